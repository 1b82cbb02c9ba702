/* SPDX-License-Identifier: Apache-2.0
 * The programming engine's time: the RTL and the SystemC model, driven alike, send the same packets
 * in the same cycles and leave the same conductances. Random schemes, devices, targets; vectors
 * that come as poison or never; reports that wait for credit; tiles that are stopped in the middle
 * of a row, then go on; settings that are refused.
 *   program_time [SEED [CASES [FROM]]]   CONFIG and MESH in the environment
 * Last line: `PASS program_time <n> checks`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_array.h"
#include "ohm_backend.h"
#include "ohm_map.h"
#include "ohm_packet.h"
#include "ohm_physics.h"
#include "ohm_rng.h"

enum { TILES = 2, ROUND = 400, PATIENCE = 4000, SEEN = 4000, ROWS_MAX = 4, COLS_MAX = 256 };

static struct ohm_error err;
static unsigned long checks;
static uint64_t random_state;

#define CHECK(ok, ...) \
    do { \
        checks++; \
        if (!(ok)) { \
            printf("FAIL program_time: "); \
            printf(__VA_ARGS__); \
            printf("\n"); \
            exit(1); \
        } \
    } while (0)

static unsigned draw(unsigned low, unsigned high)
{
    random_state += OHM_GOLDEN_GAMMA;
    return low + (unsigned)(ohm_mix(random_state) % (high - low + 1));
}

struct seen { /* a packet to the host */
    uint64_t cycle;
    size_t n;
    uint32_t flits[OHM_PACKET_MAX];
};

struct chip { /* one model in one case */
    struct ohm_config config;
    struct ohm_backend b;
    struct seen *seen;
    size_t count, known;    /* that have come; that the host has looked at */
    uint32_t limit[TILES]; /* first number of each tile that may not be sent yet */
    unsigned reports[TILES];
};

struct run { /* of one tile */
    unsigned first, row_step, rows, devices, part, codes, late; /* late: credit comes late */
    uint32_t seq;
    int start, stop;
};

/* ---- the host ---- */

static void send_packet(struct chip *c, struct ohm_header h, const uint32_t *payload)
{
    const int config = h.type != OHM_TYPE_ACT;
    uint32_t flits[OHM_PACKET_MAX];
    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *payload);
    CHECK(!c->b.send(c->b.self, config, flits, 2 + h.len, &err), "%s", err.text);
}

static void write_at(struct chip *c, unsigned x, unsigned addr, uint32_t value)
{
    send_packet(c, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .len = 1, .offset = addr},
                &value);
}

/* Up to so many cycles; takes what comes. */
static void turn(struct chip *c, uint64_t cycles)
{
    uint32_t flits[OHM_PACKET_MAX];
    long n;
    CHECK(!c->b.run(c->b.self, cycles, &err), "%s", err.text);
    while ((n = c->b.recv(c->b.self, flits, OHM_PACKET_MAX, &err)) > 0) {
        CHECK(c->count < SEEN, "more than %d packets", SEEN);
        struct seen *s = &c->seen[c->count++];
        s->cycle = c->b.cycle(c->b.self);
        s->n = (size_t)n;
        memcpy(s->flits, flits, (size_t)n * sizeof *flits);
    }
    CHECK(n == 0, "%s", err.text);
}

/* So many cycles, whatever comes: what the host does must not hang on when a model shows it. */
static void wait_cycles(struct chip *c, uint64_t cycles)
{
    const uint64_t until = c->b.cycle(c->b.self) + cycles;
    while (c->b.cycle(c->b.self) < until)
        turn(c, until - c->b.cycle(c->b.self));
    /* what has come in the last cycle may be there or not */
    for (; c->known < c->count && c->seen[c->known].cycle + ROUND / 8 <= until; c->known++) {
        const struct ohm_header h = ohm_header_decode(c->seen[c->known].flits);
        if (h.type == OHM_TYPE_CREDIT)
            c->limit[h.x] = h.offset;
        c->reports[h.x] += h.type == OHM_TYPE_RESULT;
    }
}

/* What a register holds: the answer is compared as all packets are. */
static void ask(struct chip *c, unsigned x, unsigned addr)
{
    send_packet(c, (struct ohm_header){.type = OHM_TYPE_CFG_RD, .x = x, .seq = addr & 0xffff,
                                       .offset = addr}, NULL);
    wait_cycles(c, 200);
}

static void wait_reports(struct chip *c, unsigned x, unsigned n)
{
    for (int k = 0; c->reports[x] < n && k < PATIENCE; k++)
        wait_cycles(c, ROUND);
    CHECK(c->reports[x] >= n, "tile %u: %u of %u reports", x, c->reports[x], n);
}

/* ---- a run ---- */

static uint32_t stair(void)
{
    const unsigned amp0 = draw(0, 40), width0 = draw(0, 3);
    return OHM_PLACE(amp0, PHASE_SET_AMP0) | OHM_PLACE(draw(1, 60), PHASE_SET_AMP_STEP)
           | OHM_PLACE(amp0 + draw(0, 200), PHASE_SET_AMP_MAX) | OHM_PLACE(width0, PHASE_SET_WIDTH0)
           | OHM_PLACE(width0 + draw(0, 3), PHASE_SET_WIDTH_MAX);
}

static struct run draw_run(const struct chip *c, unsigned k)
{
    const unsigned rows = (unsigned)c->config.rows;
    return (struct run){.first = draw(0, rows - 1), .row_step = draw(1, rows - 1),
                        .rows = draw(2, ROWS_MAX), .devices = draw(1, 3),
                        .part = k % 3 == 2 ? draw(0, 2) : 0, .codes = draw(0, 3) == 0,
                        .late = draw(0, 2) == 0, .seq = draw(0, 1) ? 0xfffe : draw(0, 1u << 16),
                        .start = -(int)draw(2, 10),
                        .stop = (int)draw(9, c->config.code_w > 7 ? 60 : 31)};
}

static void write_phases(struct chip *c, unsigned x, const struct run *r)
{
    for (unsigned i = 0; i < 2; i++) {
        const unsigned at = i * OHM_REG_PHASE_READ_STRIDE, w = draw(1, 6);
        const uint32_t limit = draw(0, 3) ? draw(1, 9) : 0;
        write_at(c, x, OHM_REG_PHASE_READ + at,
                 OHM_PLACE(w, PHASE_READ_W) | OHM_PLACE(i ? draw(0, 2) : 0, PHASE_READ_K)
                     | OHM_PLACE(draw(0, 1), PHASE_READ_FIRST)
                     | OHM_PLACE(i ? draw(1, 2) : draw(2, 6), PHASE_READ_MARGIN)
                     | OHM_PLACE(limit, PHASE_READ_LIMIT));
        write_at(c, x, OHM_REG_PHASE_RAMP + at,
                 OHM_PLACE(r->start, PHASE_RAMP_START) | OHM_PLACE(r->stop, PHASE_RAMP_STOP));
        write_at(c, x, OHM_REG_PHASE_LSB + at, ((1u << w) - 1) * 16384 / (r->part ? 80 : 40));
        write_at(c, x, OHM_REG_PHASE_SET + at, stair());
        write_at(c, x, OHM_REG_PHASE_RESET + at, stair());
    }
}

static void set_up(struct chip *c, unsigned x, const struct run *r)
{
    const unsigned cols = (unsigned)c->config.cols, masks = (cols + 31) / 32;
    write_at(c, x, OHM_REG_SEQ_BASE, r->seq);
    write_at(c, x, OHM_REG_STREAM, OHM_PLACE(cols, STREAM_SIZE));
    write_at(c, x, OHM_REG_STREAM_VEC,
             OHM_PLACE(cols, STREAM_VEC_EXPECT) | OHM_PLACE(1, STREAM_VEC_LOG2_SLOTS));
    write_at(c, x, OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    write_at(c, x, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    write_at(c, x, OHM_REG_ROUTE_PART,
             OHM_PLACE((r->codes ? cols : 2 * (6 + masks)) - 1, ROUTE_PART_COUNT1));
    write_at(c, x, OHM_REG_CREDIT, (r->seq + (r->late ? 0 : 0x7000)) & 0xffff);
    write_at(c, x, OHM_REG_PROGRAM,
             r->devices << OHM_PROGRAM_PLUS_LSB | OHM_PLACE(r->part, PROGRAM_PART)
                 | OHM_PLACE(r->codes, PROGRAM_REPORT));
    write_at(c, x, OHM_REG_PROGRAM_ROWS,
             OHM_PLACE(r->first, PROGRAM_ROWS_FIRST) | OHM_PLACE(r->row_step, PROGRAM_ROWS_STEP)
                 | OHM_PLACE(r->rows - 1, PROGRAM_ROWS_COUNT1));
    write_at(c, x, OHM_REG_PROGRAM_ERASE,
             OHM_PLACE(draw(0, 60), PROGRAM_ERASE_AMP)
                 | OHM_PLACE(draw(0, 15), PROGRAM_ERASE_WIDTH)
                 | OHM_PLACE(draw(0, 1), PROGRAM_ERASE_SET)
                 | OHM_PLACE(draw(0, 2), PROGRAM_ERASE_COUNT));
    write_phases(c, x, r);
}

static void enable(struct chip *c, unsigned x, const struct run *r)
{
    c->limit[x] = (r->seq + 2) & 0xffff;
    c->reports[x] = 0;
    write_at(c, x, OHM_REG_CTRL,
             OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(1, CTRL_PROGRAM)
                 | OHM_PLACE(draw(0, 1), CTRL_EARLY_STOP));
    wait_cycles(c, 300); /* data may overtake registers */
}

/* Vector n of a run: whole, in two parts, poison, or (lossy) without its second part. */
static void send_targets(struct chip *c, unsigned x, const struct run *r, unsigned n)
{
    const unsigned cols = (unsigned)c->config.cols, cut = draw(1, cols),
                   kind = draw(0, 9), lossy = n + 1 < r->rows && n % 2 == 0;
    struct ohm_header h = {.type = OHM_TYPE_ACT, .x = x, .seq = (r->seq + n) & 0xffff};
    uint32_t targets[COLS_MAX] = {0};
    for (unsigned i = 0; i < cols; i++) {
        for (int dev = 0; dev < 2; dev++) {
            const unsigned odd = draw(0, 19);
            const int code = odd == 0 ? r->stop + 3 : odd == 1 ? r->start - 3 : (int)draw(0, 40);
            targets[i] |= (((uint32_t)code & 0x7fff) | (odd == 2 ? 0x8000u : 0)) << 16 * dev;
        }
    }
    if (kind == 0) {
        h.poison = 1;
        send_packet(c, h, NULL);
        return;
    }
    h.len = cut;
    send_packet(c, h, targets);
    if (cut == cols || (kind == 1 && lossy))
        return;
    h.offset = cut;
    h.len = cols - cut;
    send_packet(c, h, targets + cut);
}

/* Vectors from n on, as far as credits go; the next one. */
static unsigned feed(struct chip *c, unsigned x, const struct run *r, unsigned n)
{
    while (n < r->rows && (int16_t)(uint16_t)(c->limit[x] - (r->seq + n)) > 0)
        send_targets(c, x, r, n++);
    return n;
}

static void disable(struct chip *c, unsigned x)
{
    write_at(c, x, OHM_REG_CTRL, 0);
    wait_cycles(c, draw(1, 200));
}

/* Both tiles at once, row after row. */
static void whole_run(struct chip *c, unsigned tiles, unsigned k)
{
    struct run r[TILES];
    unsigned sent[TILES] = {0}, left;
    for (unsigned x = 0; x < tiles; x++) {
        r[x] = draw_run(c, k);
        set_up(c, x, &r[x]);
        enable(c, x, &r[x]);
    }
    do {
        left = 0;
        for (unsigned x = 0; x < tiles; x++) {
            sent[x] = feed(c, x, &r[x], sent[x]);
            if (r[x].late && c->reports[x] < r[x].rows && draw(0, 3) == 0)
                send_packet(c, (struct ohm_header){.type = OHM_TYPE_CREDIT, .x = x,
                                                   .offset = (r[x].seq + c->reports[x] + 1)
                                                             & 0xffff}, NULL);
            left += r[x].rows - c->reports[x];
        }
        CHECK(c->count < SEEN && c->b.cycle(c->b.self) < 1u << 30, "no end");
        if (left)
            wait_cycles(c, ROUND);
    } while (left);
    for (unsigned x = 0; x < tiles; x++)
        for (unsigned i = OHM_REG_CNT_PROGRAM_ROW; i <= OHM_REG_CNT_PROGRAM_READ; i++)
            ask(c, x, i);
    for (unsigned x = 0; x < tiles; x++)
        disable(c, x);
}

/* A tile is stopped in the middle of a row, and goes on with the next one. */
static void stopped_run(struct chip *c, unsigned k)
{
    struct run r = draw_run(c, k);
    r.late = 0;
    set_up(c, 0, &r);
    enable(c, 0, &r);
    send_targets(c, 0, &r, 0);
    send_targets(c, 0, &r, 1);
    wait_cycles(c, draw(150, 6000)); /* its targets are there */
    write_at(c, 0, OHM_REG_CTRL, 0);
    wait_cycles(c, 1000);
    for (unsigned i = OHM_REG_CNT_PROGRAM_PULSE; i <= OHM_REG_CNT_PROGRAM_READ; i++)
        ask(c, 0, i);
    r.first = (r.first + 1) % (unsigned)c->config.rows;
    r.rows = 1;
    set_up(c, 0, &r);
    enable(c, 0, &r);
    send_targets(c, 0, &r, 0);
    wait_reports(c, 0, 1);
    disable(c, 0);
}

/* A tile is stopped and enabled again at once, with settings that are refused: when it says so
 * tells whether it has waited for the end of its last pulse. A model beside the RTL would take the
 * end of what it did for the beginning of what it does. */
static void hurried_run(struct chip *c, unsigned k)
{
    struct run r = draw_run(c, k);
    r.late = 0;
    set_up(c, 0, &r);
    write_at(c, 0, OHM_REG_PROGRAM_ERASE,
             OHM_PLACE(15, PROGRAM_ERASE_WIDTH) | OHM_PLACE(255, PROGRAM_ERASE_COUNT));
    enable(c, 0, &r);
    write_at(c, 0, OHM_REG_PROGRAM_ROWS, 0);
    send_targets(c, 0, &r, 0);
    wait_cycles(c, draw(200, 400));
    write_at(c, 0, OHM_REG_CTRL, 0);
    wait_cycles(c, draw(1, 10));
    enable(c, 0, &r);
    disable(c, 0);
    wait_cycles(c, 1000);
}

static void refused_run(struct chip *c)
{
    struct run r = draw_run(c, 0);
    set_up(c, 0, &r);
    write_at(c, 0, OHM_REG_PROGRAM_ROWS, 0); /* STEP 0 */
    enable(c, 0, &r);
    wait_cycles(c, 1000);
    disable(c, 0);
}

/* ---- a case ---- */

static void drive(struct chip *c, unsigned k)
{
    const unsigned tiles = c->config.mesh_w > 1 ? TILES : 1;
    const uint64_t random = random_state; /* every model draws the same */
    whole_run(c, tiles, k);
    refused_run(c);
    for (int i = 0; i < 3; i++)
        if (k % 2)
            hurried_run(c, k);
        else
            stopped_run(c, k);
    whole_run(c, tiles, k);
    random_state = random;
}

static void compare(const struct chip *rtl, const struct chip *tlm, unsigned k)
{
    for (size_t i = 0; i < rtl->count || i < tlm->count; i++) {
        CHECK(i < rtl->count && i < tlm->count, "case %u: RTL %zu packets, SystemC model %zu", k,
              rtl->count, tlm->count);
        const struct seen *a = &rtl->seen[i], *b = &tlm->seen[i];
        const struct ohm_header h = ohm_header_decode(a->flits), g = ohm_header_decode(b->flits);
        CHECK(a->cycle == b->cycle && a->n == b->n
                  && !memcmp(a->flits, b->flits, a->n * sizeof *a->flits),
              "case %u, packet %zu: RTL %s from (%u,%u) number %u offset %u in cycle %" PRIu64
              ", SystemC model %s from (%u,%u) number %u offset %u in cycle %" PRIu64, k, i,
              ohm_type_name(h.type), h.x, h.y, h.seq, h.offset, a->cycle, ohm_type_name(g.type),
              g.x, g.y, g.seq, g.offset, b->cycle);
    }
}

static const char *const devices[] = {
    "device = ideal\n",
    "device = pcm-hermes\nswitching = pcm-partial-reset\nstuck_low = 0.02\n",
    "device = rram-neurram\nswitching = soft-bounds\nstep = 0.05\nstep_c2c = 0.3\nstep_d2d = 0.3\n"
    "amp_gain = 0.01\nhalf_mean = 1e-4\nhalf_spread = 1e-4\n",
};

static struct ohm_device_model *load_device(unsigned k)
{
    const char *out = getenv("OUT");
    char path[512];
    snprintf(path, sizeof path, "%s/program_time-device.txt", out ? out : ".");
    FILE *f = fopen(path, "w");
    CHECK(f, "%s: cannot be written", path);
    fputs(devices[k % 3], f);
    fclose(f);
    struct ohm_device_model *d = ohm_device_load(path, &err);
    CHECK(d, "%s", err.text);
    return d;
}

static void run_case(const struct ohm_config *config, const char *rtl, unsigned k, uint64_t seed)
{
    static struct chip chip[2];
    static const char *const names[] = {"rtl", "tlm"};
    struct ohm_device_model *device = load_device(k);
    struct ohm_physics physics;
    ohm_physics_default(&physics);
    CHECK(!ohm_physics_set(&physics, "cell", k % 3 == 2 ? "4t4r" : "2t2r", &err), "%s", err.text);
    const struct ohm_backend_settings s = {.config = config, .device = device, .physics = &physics,
                                           .seed = seed, .rtl_library = rtl,
                                           .unchecked = (int)(k % 2),
                                           .tlm_library = "sim/out/build/libohm_tlm.so"};
    int *geff[2];
    const size_t cells = 2 * (size_t)config->rows * (size_t)config->cols;
    random_state = ohm_key(seed, k);
    for (int i = 0; i < 2; i++) {
        struct chip *c = &chip[i];
        *c = (struct chip){.config = *config, .seen = calloc(SEEN, sizeof *c->seen)};
        geff[i] = malloc(cells * sizeof **geff);
        CHECK(c->seen && geff[i], "out of memory");
        CHECK(!ohm_backend_open(names[i], &s, &c->b, &err), "%s", err.text);
        drive(c, k);
        CHECK(!c->b.finish(c->b.self, &err), "%s: %s", names[i], err.text);
        for (size_t j = 0; j < cells; j++)
            geff[i][j] = c->b.geff(c->b.self, 0, 1 + (j >= cells / 2),
                                   (unsigned)(j % (cells / 2)) / (unsigned)config->cols,
                                   (unsigned)(j % (unsigned)config->cols));
        c->b.close(c->b.self);
    }
    compare(&chip[0], &chip[1], k);
    for (size_t j = 0; j < cells; j++)
        CHECK(geff[0][j] == geff[1][j], "case %u: cell %zu: RTL %d, SystemC model %d", k, j,
              geff[0][j], geff[1][j]);
    for (int i = 0; i < 2; i++) {
        free(chip[i].seen);
        free(geff[i]);
    }
    ohm_device_free(device);
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const unsigned cases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 6,
                   from = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    const char *mesh = getenv("MESH"), *name = getenv("CONFIG");
    struct ohm_config config;
    char rtl[300];

    CHECK(name && !ohm_config_find(name, &config, &err), "CONFIG: %s", err.text);
    CHECK(mesh && sscanf(mesh, "%dx%d", &config.mesh_w, &config.mesh_h) == 2, "MESH");
    snprintf(rtl, sizeof rtl, "sim/out/build/%s-%s/libohm_rtl.so", name, mesh);
    for (unsigned k = from; k < cases; k++)
        run_case(&config, rtl, k, seed + k);
    printf("PASS program_time %lu checks\n", checks);
    return 0;
}
