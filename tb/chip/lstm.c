/* SPDX-License-Identifier: Apache-2.0
 * How long an LSTM step of 128 inputs and 128 hidden units takes on the chip, by hand-written
 * registers: ten tiles of a 4x4 mesh with vector tiles.
 *
 *   (0,k) gate k of i f o g: W x(t), 128 x 128, as partial sums     x from the host, one packet
 *   (2,k) gate k: + U h(t-1) + b, 128 x 128, half to each vector tile
 *   (1,0), (3,0) kernel sim/kernels/lstm.vec for 64 units each; h back to (2,0) … (2,3), one packet
 *
 * Weights and inputs are random; on the RTL the golden model checks every number. lstm [SEED
 * [BACKEND]], with CONFIG and MESH in the environment; last line: PASS lstm <n> checks */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_group.h"
#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_tile_io.h"
#include "ohm_vec_tile.h"

enum { UNITS = 128, HALF = 64, GATES = 4, STEPS = 8, SEQUENCES = 3, LANES = 8, SLOTS_LOG2 = 4,
       SLOTS = 1 << SLOTS_LOG2, VEC_SLOTS_LOG2 = 3, PATIENCE = 100000, X_COLUMN = 0, H_COLUMN = 2,
       VECTORS_MAX = STEPS * SEQUENCES * LANES };

/* Cycles of a step on this kind of converter, at most; with interleaved sequences a third. */
static const struct limit {
    const char *config;
    double step;
} limits[] = {{"base_vec", 1600}, {"base_cco_vec", 1430}};

struct bench {
    struct ohm_config config;
    struct ohm_backend b;
    struct ohm_group group;
    struct ohm_error err;
    const char *model;            /* rtl or tlm */
    uint64_t random;
    unsigned long checks;
    int lanes;
    uint32_t count, sent, limit[GATES];
    int came[VECTORS_MAX];        /* of two halves */
    uint64_t out[VECTORS_MAX], in[VECTORS_MAX];
};

static void die(const struct bench *b, const char *what)
{
    printf("FAIL lstm: %s (cycle %" PRIu64 ")\n", what, b->b.cycle(b->b.self));
    exit(1);
}

#define CHECK(b, ok, ...) do { \
        (b)->checks++; \
        if (!(ok)) { printf("FAIL lstm: "); printf(__VA_ARGS__); printf("\n"); exit(1); } \
    } while (0)

static int draw(struct bench *b, int below)
{
    b->random = b->random * 6364136223846793005ull + 1442695040888963407ull;
    return (int)((b->random >> 33) % (uint64_t)below);
}

static void packet(struct bench *b, int class, struct ohm_header h, const uint32_t *payload)
{
    if (ohm_send(&b->b, class, &h, payload, &b->err))
        die(b, b->err.text);
}

struct place { struct bench *b; unsigned x, y; };

static int emit(void *user, unsigned addr, const uint32_t *words, int count)
{
    const struct place *p = user;
    packet(p->b, OHM_CLASS_CONFIG,
           (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = p->x, .y = p->y,
                               .len = (unsigned)count, .offset = addr},
           words);
    return 0;
}

static void reg(const struct place *p, unsigned addr, uint32_t value)
{
    emit((void *)p, addr, &value, 1);
}

static void stream(const struct place *p, uint32_t words, uint32_t log2_slots)
{
    reg(p, OHM_REG_STREAM, OHM_PLACE(words, STREAM_SIZE));
    reg(p, OHM_REG_STREAM_VEC,
        OHM_PLACE(words, STREAM_VEC_EXPECT) | OHM_PLACE(log2_slots, STREAM_VEC_LOG2_SLOTS));
}

/* first: of the outputs, and of the credit entries of the `mc` + 1 consumers with `slots` each. */
static void route(const struct place *p, unsigned r, uint32_t head, uint32_t part, unsigned credit,
                  unsigned mc, uint32_t slots)
{
    reg(p, OHM_REG_ROUTE + OHM_REG_ROUTE_STRIDE * r, head | OHM_PLACE(mc, H0_MC));
    reg(p, OHM_REG_ROUTE_PART + OHM_REG_ROUTE_PART_STRIDE * r,
        part | OHM_PLACE(credit, ROUTE_PART_CREDIT));
    for (unsigned i = 0; i <= mc; i++)
        reg(p, OHM_REG_CREDIT + credit + i, slots);
}

static uint32_t to(unsigned type, unsigned x, unsigned y)
{
    return OHM_PLACE(type, H0_TYPE) | OHM_PLACE(x, H0_X) | OHM_PLACE(y, H0_Y);
}

static void back(const struct place *p, unsigned entry, unsigned x, unsigned y, unsigned chan)
{
    reg(p, OHM_REG_RETURN + entry,
        OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(x, RETURN_X) | OHM_PLACE(y, RETURN_Y)
            | OHM_PLACE(chan, RETURN_CHAN));
}

/* 128 x 128 in one 7-bit slice; psum: the tile sends partial sums, or adds those that come. */
static void crossbar(struct bench *b, const struct place *p, int sends)
{
    uint32_t words[UNITS / 2];
    reg(p, OHM_REG_DESC,
        OHM_PLACE(sends ? OHM_DESC_MODE_PSUM : OHM_DESC_MODE_Y, DESC_MODE)
            | OHM_PLACE(!sends, DESC_PSUM) | OHM_PLACE(1, DESC_NSLICE) | OHM_PLACE(1, DESC_SIGNED)
            | OHM_PLACE(1, DESC_OSIGNED) | OHM_PLACE(6, DESC_SHIFT));
    reg(p, OHM_REG_DESC_SIZE,
        OHM_PLACE(UNITS - 1, DESC_SIZE_ROWS1) | OHM_PLACE(UNITS - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(UNITS - 1, DESC_SIZE_OUTS1));
    reg(p, OHM_REG_SLICE, OHM_PLACE(7, SLICE_W));
    reg(p, OHM_REG_SLICE_RAMP,
        OHM_PLACE(-127, SLICE_RAMP_START) | OHM_PLACE(127, SLICE_RAMP_STOP));
    reg(p, OHM_REG_MACRO_LSB, 129 * 64);
    for (unsigned c = 0; c < UNITS; c++) {
        reg(p, OHM_REG_COLMAP + c,
            OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT) | OHM_PLACE(1, COLMAP_KIND));
        reg(p, OHM_REG_BIAS + c, (uint32_t)(draw(b, 41) - 20) << 6);
        reg(p, OHM_REG_SCALE + c, 1);
    }
    for (unsigned r = 0; r < UNITS; r++)
        for (unsigned dev = 0; dev < 2; dev++) {
            for (int c = 0; c < UNITS / 2; c++)
                words[c] = (uint32_t)(draw(b, 20) * 129) | (uint32_t)(draw(b, 20) * 129) << 16;
            packet(b, OHM_CLASS_CONFIG,
                   (struct ohm_header){.type = OHM_TYPE_PROG, .x = p->x, .y = p->y, .chan = dev,
                                       .len = UNITS / 2, .offset = r},
                   words);
        }
    reg(p, OHM_REG_SEQ_BASE, 0);
}

static void gate(struct bench *b, unsigned k)
{
    const struct place x = {b, X_COLUMN, k}, h = {b, H_COLUMN, k};
    const uint32_t half = OHM_PLACE(HALF - 1, ROUTE_PART_COUNT1),
                   at = OHM_PLACE(HALF / 4 * k, ROUTE_PART_OFFSET);
    stream(&x, UNITS / 4, SLOTS_LOG2);
    crossbar(b, &x, 1);
    route(&x, 0, to(OHM_TYPE_PSUM, h.x, k), OHM_PLACE(UNITS - 1, ROUTE_PART_COUNT1), 0, 0,
          (uint32_t)b->config.psum_slots);
    reg(&x, OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    stream(&h, UNITS / 4, SLOTS_LOG2);
    crossbar(b, &h, 0);
    route(&h, 0, to(OHM_TYPE_ACT, 1, 0), half | at, 0, 0, 1 << VEC_SLOTS_LOG2);
    route(&h, 1, to(OHM_TYPE_ACT, 3, 0), half | at | OHM_PLACE(HALF, ROUTE_PART_FIRST), 1, 0,
          1 << VEC_SLOTS_LOG2);
    back(&h, 0, 1, 0, k);
    back(&h, 1, 3, 0, k);
    reg(&h, OHM_REG_RETURN + 2,
        OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_PSUM) | OHM_PLACE(k, RETURN_Y));
}

static void vector(struct bench *b, unsigned x, const struct ohm_vec_tile *v)
{
    struct place p = {b, x, 0};
    if (ohm_vec_tile_check(&b->config, (int)x, 0, v, &b->err))
        die(b, b->err.text);
    stream(&p, HALF, VEC_SLOTS_LOG2);
    route(&p, 0, to(OHM_TYPE_ACT, H_COLUMN, GATES - 1),
          OHM_PLACE(x == 1 ? 0 : HALF / 4, ROUTE_PART_OFFSET), 0, GATES - 1, SLOTS);
    route(&p, 1, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST), 0, GATES, 0, 30000);
    for (unsigned k = 0; k < GATES; k++)
        back(&p, k, H_COLUMN, k, x == 1 ? 0 : 1);
    reg(&p, OHM_REG_SEQ_BASE, 0);
    ohm_vec_tile_emit(v, emit, &p);
}

static char *kernel(const char *path)
{
    static char text[8192];
    FILE *f = fopen(path, "r");
    if (!f) {
        printf("FAIL lstm: %s cannot be read\n", path);
        exit(1);
    }
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return text;
}

static int take(void *user, const uint32_t *flits, size_t n)
{
    struct bench *b = user;
    const struct ohm_header h = ohm_header_decode(flits);
    (void)n;
    if (h.type == OHM_TYPE_CREDIT) {
        uint32_t *limit = &b->limit[h.y];
        *limit += (uint32_t)(int32_t)(int16_t)(uint16_t)(h.offset - *limit);
    } else {
        CHECK(b, h.type == OHM_TYPE_RESULT && !h.poison && h.seq < b->count,
              "packet %s %u of (%u,%u)", ohm_type_name(h.type), h.seq, h.x, h.y);
        if (++b->came[h.seq] == 2)
            b->out[h.seq] = b->b.cycle(b->b.self);
    }
    return 0;
}

static void start(struct bench *b, int lanes)
{
    static char library[256];
    struct ohm_backend_settings s = {.config = &b->config, .device = ohm_device_find("ideal"),
                                     .seed = 1, .rtl_library = library,
                                     .tlm_library = "sim/out/build/libohm_tlm.so"};
    struct ohm_vec_size size;
    struct ohm_asm a;
    const struct ohm_asm_param params[] = {{"n", HALF}, {"B", lanes}, {"T", STEPS},
                                           {"lanes", b->config.vlanes}, {"in_scale", 256}};
    const struct ohm_vec_tile v = {.program = &a, .add = {(uint32_t)lanes}};
    snprintf(library, sizeof library, "sim/out/build/%s-%dx%d/libohm_rtl.so", b->config.name,
             b->config.mesh_w, b->config.mesh_h);
    if (ohm_backend_open(b->model, &s, &b->b, &b->err)) {
        printf("FAIL lstm: %s\n", b->err.text);
        exit(1);
    }
    b->group = (struct ohm_group){.b = &b->b, .config = &b->config, .count = 2 * GATES + 2,
                                  .tile = {{1, 0}, {3, 0}}, .patience = PATIENCE, .other = take,
                                  .user = b};
    b->lanes = lanes;
    b->count = (uint32_t)(SEQUENCES * STEPS * lanes);
    b->sent = 0;
    memset(b->came, 0, sizeof b->came);
    ohm_vec_size_of(&b->config, &size);
    if (ohm_asm(kernel("sim/kernels/lstm.vec"), "lstm.vec", &size, params, 5, &a, &b->err))
        die(b, b->err.text);
    for (unsigned k = 0; k < GATES; k++) {
        b->limit[k] = SLOTS;
        gate(b, k);
        b->group.tile[2 + k].x = X_COLUMN;
        b->group.tile[2 + k].y = (uint8_t)k;
        b->group.tile[2 + GATES + k].x = H_COLUMN;
        b->group.tile[2 + GATES + k].y = (uint8_t)k;
    }
    vector(b, 1, &v);
    vector(b, 3, &v);
    ohm_asm_free(&a);
    if (ohm_group_start(&b->group, &b->err))
        die(b, b->err.text);
}

static void turn(struct bench *b)
{
    uint32_t flits[OHM_PACKET_MAX];
    long n;
    if (b->b.run(b->b.self, 1000, &b->err))
        die(b, b->err.text);
    while ((n = b->b.recv(b->b.self, flits, OHM_PACKET_MAX, &b->err)) > 0)
        take(b, flits, (size_t)n);
    if (n < 0)
        die(b, b->err.text);
}

/* Feeds all x(n), each once the one `apart` before it has its h at the host; 0: as credits come. */
static void run(struct bench *b, uint32_t apart)
{
    const uint64_t begin = b->b.cycle(b->b.self);
    for (uint32_t done = 0; done < b->count;) {
        uint32_t words[UNITS / 4];
        int room = b->sent < b->count && (!apart || b->sent < done + apart);
        for (unsigned k = 0; k < GATES; k++)
            room = room && (int32_t)(b->limit[k] - b->sent) > 0;
        if (room) {
            for (int i = 0; i < UNITS / 4; i++)
                words[i] = (uint32_t)draw(b, 0x10000) << 16 | (uint32_t)draw(b, 0x10000);
            b->in[b->sent] = b->b.cycle(b->b.self);
            packet(b, OHM_CLASS_DATA,
                   (struct ohm_header){.type = OHM_TYPE_ACT, .x = X_COLUMN, .y = GATES - 1,
                                       .mc = GATES - 1, .len = UNITS / 4, .seq = b->sent++},
                   words);
            continue;
        }
        turn(b);
        while (done < b->count && b->came[done] == 2)
            done++;
        CHECK(b, b->b.cycle(b->b.self) - begin < 4000ull * b->count, "h(%u) does not come", done);
    }
    if (b->b.finish(b->b.self, &b->err))
        die(b, b->err.text);
    b->b.close(b->b.self);
}

int main(int argc, char **argv)
{
    static struct bench b; /* zero */
    const char *name = getenv("CONFIG");
    const struct limit *l = limits;
    uint64_t longest = 0;
    b.random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    b.model = argc > 2 ? argv[2] : "rtl";
    for (; l < limits + 2 && (!name || strcmp(name, l->config)); l++)
        ;
    if (l == limits + 2 || ohm_config_find(name, &b.config, &b.err)) {
        printf("FAIL lstm: CONFIG, expected base_vec or base_cco_vec\n");
        return 1;
    }
    start(&b, 1);
    run(&b, 1);
    for (uint32_t n = STEPS; n < b.count; n++)
        longest = b.out[n] - b.in[n] > longest ? b.out[n] - b.in[n] : longest;
    printf("%s: x(t) at the bridge to h(t) at the host, longest of %u steps: %" PRIu64 " cycles\n",
           name, b.count - STEPS, longest);
    start(&b, 1);
    run(&b, 0);
    const double alone = (double)(b.out[b.count - 1] - b.out[STEPS - 1]) / (b.count - STEPS);
    start(&b, LANES);
    run(&b, 0);
    const double busy = (double)(b.out[b.count - 1] - b.out[b.count / 2 - 1]) / (b.count / 2);
    printf("%s: a step of one sequence %.1f cycles, of %d interleaved ones %.1f\n", name, alone,
           LANES, busy);
    CHECK(&b, (double)longest <= l->step, "a step takes %" PRIu64 " cycles, expected %.0f", longest,
          l->step);
    CHECK(&b, busy * 3 <= l->step, "an interleaved step takes %.1f cycles, expected %.0f", busy,
          l->step / 3);
    printf("PASS lstm %lu checks\n", b.checks);
    return 0;
}
