/* SPDX-License-Identifier: Apache-2.0
 * Duration links on the whole chip, by hand-written registers: three tiles in a row, the pulses of
 * the first drive the second's rows, those of the second the third's, which sends its accumulators
 * to the host. Each result is compared with products written out here, every trace record and
 * packet with the golden model; vectors come at full pace, as poison, and after a restart; early
 * stop changes nothing. The pace is measured, and every descriptor that asks for a link that cannot
 * be is refused by name. links [SEED]   last line: PASS links <n> checks; CONFIG and MESH (3 tiles
 * wide at least) in the environment */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_macro.h"
#include "ohm_packet.h"

enum {
    CHAIN = 3, SETS = 2, SIDE = 12, FIRST_SEQ = 65500, SLOTS = 4, PATIENCE = 40000, UNIT = 129,
    LATE = 200
};

struct stage { /* a tile of the chain */
    unsigned rows, cols, w;
    int start, stop;
    unsigned first;                              /* row of wire 0 */
    unsigned bias_first, bias_last, bias_ticks;
    int weight[SIDE][SIDE];
};

struct bench {
    struct ohm_backend chip;
    struct ohm_error err;
    struct stage stage[CHAIN];
    int x[LATE][SIDE], is_poison[LATE];
    uint32_t first, sent, limit, got; /* vectors; limit: credit, as a count */
    uint64_t at[LATE];
    unsigned event, detail, events, answer, answered;
    unsigned long checks;
    uint64_t random;
};

static void die(const struct bench *b, const char *what)
{
    printf("FAIL links: %s (cycle %llu)\n", what, (unsigned long long)b->chip.cycle(b->chip.self));
    exit(1);
}

#define CHECK(b, ok, ...) \
    do { \
        (b)->checks++; \
        if (!(ok)) { \
            char text_[600]; \
            snprintf(text_, sizeof text_, __VA_ARGS__); \
            die((b), text_); \
        } \
    } while (0)

static unsigned draw(struct bench *b, unsigned below)
{
    b->random = b->random * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)((b->random >> 33) % below);
}

static void send(struct bench *b, int config_class, struct ohm_header h, const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];

    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *flits);
    if (b->chip.send(b->chip.self, config_class, flits, 2 + h.len, &b->err))
        die(b, b->err.text);
}

static void put(struct bench *b, unsigned x, unsigned addr, uint32_t value)
{
    send(b, 1, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .len = 1, .offset = addr},
         &value);
}

static int ticks(const struct stage *s, int t)
{
    const int n = (1 << s->w) - 1;
    return t < n ? t : n;
}

/* What a vector's accumulators are at the end of the chain. */
static void expect(const struct bench *b, const int *x, int *out)
{
    int in[SIDE] = {0};

    for (unsigned i = 0; i < b->stage[0].rows; i++)
        in[i] = x[i] & ((1 << b->stage[0].w) - 1);
    for (int k = 0; k < CHAIN; k++) {
        const struct stage *s = &b->stage[k];
        int t[SIDE] = {0};
        for (unsigned r = 0; r < s->rows; r++)
            t[r] = k == 0 ? in[r]
                   : r >= s->first && r - s->first < b->stage[k - 1].cols
                       ? ticks(s, in[r - s->first])
                       : 0;
        for (unsigned r = s->bias_first; s->bias_ticks && r <= s->bias_last; r++)
            t[r] = ticks(s, (int)s->bias_ticks);
        for (unsigned c = 0; c < s->cols; c++) {
            int code = 0;
            for (unsigned r = 0; r < s->rows; r++)
                code += t[r] * s->weight[r][c];
            code = code < s->start ? s->start : code > s->stop ? s->stop : code;
            out[c] = k == CHAIN - 1 ? code : code - s->start;
        }
        memcpy(in, out, sizeof in);
    }
}

static void take(struct bench *b, const uint32_t *flits)
{
    const struct ohm_header h = ohm_header_decode(flits);

    if (h.type == OHM_TYPE_CREDIT) {
        b->limit = (uint16_t)(h.offset - b->first);
    } else if (h.type == OHM_TYPE_EVENT) {
        b->events++;
        b->event = h.offset;
        b->detail = flits[2];
    } else if (h.type == OHM_TYPE_CFG_DATA) {
        b->answer = flits[2];
        b->answered = 1;
    } else {
        const struct stage *s = &b->stage[CHAIN - 1];
        int y[SIDE];
        CHECK(b, h.type == OHM_TYPE_RESULT && h.seq == ((b->first + b->got) & 0xffff),
              "packet of type %s, number %u, expected RESULT %u", ohm_type_name(h.type), h.seq,
              (b->first + b->got) & 0xffff);
        CHECK(b, (int)h.poison == b->is_poison[b->got], "result %u: poison %u, expected %d", b->got,
              h.poison, b->is_poison[b->got]);
        expect(b, b->x[b->got], y);
        for (unsigned c = 0; !h.poison && c < s->cols; c++)
            CHECK(b, (int32_t)flits[2 + c] == y[c] * 64, "result %u output %u: got %d, expected %d",
                  b->got, c, (int32_t)flits[2 + c], y[c] * 64);
        b->at[b->got++] = b->chip.cycle(b->chip.self);
    }
}

static int all_out(const struct bench *b) { return b->got == b->sent; }
static int an_event(const struct bench *b) { return b->events > 0; }
static int an_answer(const struct bench *b) { return b->answered != 0; }
static int room(const struct bench *b) { return (int16_t)(uint16_t)(b->limit - b->sent) > 0; }

/* Runs until `done`, or for so many cycles. */
static int run(struct bench *b, int (*done)(const struct bench *), uint64_t cycles)
{
    uint32_t flits[OHM_PACKET_MAX];
    const uint64_t end = b->chip.cycle(b->chip.self) + cycles;

    for (;;) {
        long n;
        while ((n = b->chip.recv(b->chip.self, flits, OHM_PACKET_MAX, &b->err)) > 0)
            take(b, flits);
        if (n < 0)
            die(b, b->err.text);
        if (done && done(b))
            return 1;
        const uint64_t now = b->chip.cycle(b->chip.self);
        if (now >= end)
            return 0;
        if (b->chip.run(b->chip.self, end - now, &b->err))
            die(b, b->err.text);
    }
}

static void ask(struct bench *b, unsigned x, unsigned addr)
{
    b->answered = 0;
    send(b, 1, (struct ohm_header){.type = OHM_TYPE_CFG_RD, .x = x, .seq = 3, .offset = addr},
         NULL);
    CHECK(b, run(b, an_answer, PATIENCE), "tile (%u,0): no answer from 0x%04x", x, addr);
}

/* ---- set-up ---- */

static uint32_t desc_of(int k)
{
    return OHM_PLACE(2, DESC_MODE) | OHM_PLACE(1, DESC_NSLICE) | OHM_PLACE(k > 0, DESC_LINK_IN)
           | OHM_PLACE(k < CHAIN - 1, DESC_LINK_OUT);
}

static void shape(struct bench *b, int k)
{
    const struct stage *s = &b->stage[k];
    const unsigned x = (unsigned)k;

    put(b, x, OHM_REG_DESC, desc_of(k));
    put(b, x, OHM_REG_DESC_SIZE,
        OHM_PLACE(s->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(s->cols - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(k == CHAIN - 1 ? s->cols - 1 : 0, DESC_SIZE_OUTS1));
    put(b, x, OHM_REG_SLICE, OHM_PLACE(s->w, SLICE_W));
    put(b, x, OHM_REG_SLICE_RAMP,
        OHM_PLACE(s->start, SLICE_RAMP_START) | OHM_PLACE(s->stop, SLICE_RAMP_STOP));
    put(b, x, OHM_REG_LINK,
        OHM_PLACE(s->first, LINK_FIRST) | OHM_PLACE(k ? b->stage[k - 1].cols - 1 : 0, LINK_COUNT1));
    put(b, x, OHM_REG_LINK_BIAS,
        OHM_PLACE(s->bias_first, LINK_BIAS_FIRST) | OHM_PLACE(s->bias_last, LINK_BIAS_LAST)
            | OHM_PLACE(s->bias_ticks, LINK_BIAS_TICKS));
}

/* First the last tile is the slowest, and promises wait for it; then the first, and the next vector
 * is promised while it still integrates. */
static void configure(struct bench *b, const struct ohm_config *config, int set)
{
    static const struct stage stages[SETS][CHAIN] = {{{.rows = 10, .cols = 9, .w = 4, .start = 0,
                                                       .stop = 31, .bias_first = 8, .bias_last = 9,
                                                       .bias_ticks = 5},
                                                      {.rows = 12, .cols = 7, .w = 5, .start = -10,
                                                       .stop = 50, .first = 3, .bias_first = 0,
                                                       .bias_last = 1, .bias_ticks = 40},
                                                      {.rows = 8, .cols = 4, .w = 5, .start = -500,
                                                       .stop = 500, .first = 1, .bias_first = 0,
                                                       .bias_last = 0, .bias_ticks = 0}},
                                                     {{.rows = 10, .cols = 9, .w = 8, .start = -2,
                                                       .stop = 31, .bias_first = 8, .bias_last = 9,
                                                       .bias_ticks = 3},
                                                      {.rows = 12, .cols = 7, .w = 5, .start = 0,
                                                       .stop = 60, .first = 3, .bias_first = 0,
                                                       .bias_last = 2, .bias_ticks = 2},
                                                      {.rows = 8, .cols = 4, .w = 6, .start = -60,
                                                       .stop = 100, .first = 1, .bias_first = 7,
                                                       .bias_last = 7, .bias_ticks = 255}}};

    for (int k = 0; k < CHAIN; k++) {
        struct stage *s = &b->stage[k];
        const unsigned x = (unsigned)k;
        *s = stages[set][k];
        shape(b, k);
        put(b, x, OHM_REG_STREAM, OHM_PLACE((SIDE + 3) / 4, STREAM_SIZE));
        put(b, x, OHM_REG_STREAM_VEC,
            OHM_PLACE((b->stage[0].rows + 3) / 4, STREAM_VEC_EXPECT)
                | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS));
        for (int i = 0; i < config->nroute; i++)
            put(b, x, OHM_REG_ROUTE + OHM_REG_ROUTE_STRIDE * (unsigned)i, i || k < CHAIN - 1 ? 0
                : OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST) | OHM_PLACE(x, H0_X));
        put(b, x, OHM_REG_ROUTE_PART, OHM_PLACE(s->cols - 1, ROUTE_PART_COUNT1));
        for (int i = 0; i < config->nreturn; i++)
            put(b, x, OHM_REG_RETURN + (unsigned)i,
                i || k ? 0 : OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
        put(b, x, OHM_REG_MACRO_LSB, UNIT);
        put(b, x, OHM_REG_MACRO_TIME, 0);
        /* what only leaves on the link is checked and added to nothing */
        for (unsigned c = 0; c < s->cols; c++) {
            put(b, x, OHM_REG_COLMAP + c,
                OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(k == CHAIN - 1 ? c : 0, COLMAP_OUT)
                    | OHM_PLACE(k == CHAIN - 1 ? 1
                                : c == 5       ? 0
                                               : 3,
                                COLMAP_KIND));
            put(b, x, OHM_REG_BIAS + c, 0);
            put(b, x, OHM_REG_SCALE + c, 1);
        }
        for (unsigned r = 0; r < s->rows; r++)
            for (unsigned c = 0; c < s->cols; c++) {
                const int w = (int)draw(b, 7) - 3 + (k == 0);
                for (unsigned dev = 0; dev < 2; dev++) {
                    const uint32_t code = dev == (w < 0) ? (uint32_t)(abs(w) * UNIT) : 0,
                                   zero = code;
                    s->weight[r][c] = w;
                    send(b, 1,
                         (struct ohm_header){.type = OHM_TYPE_PROG, .x = x, .chan = dev, .len = 1,
                                             .seq = c, .offset = r},
                         &zero);
                }
            }
        put(b, x, OHM_REG_SEQ_BASE, FIRST_SEQ);
    }
}

static void enable(struct bench *b, int early_stop)
{
    b->first = FIRST_SEQ;
    b->sent = b->got = 0;
    b->limit = SLOTS;
    put(b, CHAIN - 1, OHM_REG_CREDIT, (FIRST_SEQ + 1000) & 0xffff);
    for (unsigned x = CHAIN; x-- > 0;)
        put(b, x, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(early_stop, CTRL_EARLY_STOP));
    ask(b, 0, OHM_REG_STATUS);
}

static void disable(struct bench *b)
{
    for (unsigned x = 0; x < CHAIN; x++)
        put(b, x, OHM_REG_CTRL, 0);
    ask(b, CHAIN - 1, OHM_REG_STATUS);
}

/* ---- what is done with it ---- */

/* watch: the slice table of the second tile is read back all the time; the port must not be missed
 * when a vector comes. */
static void stream(struct bench *b, unsigned vectors, unsigned poisoned, int watch)
{
    for (unsigned i = 0; i < vectors; i++) {
        uint32_t words[(SIDE + 3) / 4] = {0};
        for (int n = 0; watch && !room(b) && n < PATIENCE / 10; n++)
            ask(b, 1, OHM_REG_SLICE);
        CHECK(b, run(b, room, PATIENCE), "vector %u: no credit", b->sent);
        b->is_poison[b->sent] = draw(b, 100) < poisoned;
        for (unsigned r = 0; r < b->stage[0].rows; r++) {
            b->x[b->sent][r] = draw(b, 4) ? (int)draw(b, b->stage[0].w == 8 ? 8 : 256) : 0;
            words[r / 4] |= (uint32_t)b->x[b->sent][r] << (8 * (r % 4));
        }
        const struct ohm_header h = {.type = OHM_TYPE_ACT,
                                     .len = b->is_poison[b->sent] ? 0 : (b->stage[0].rows + 3) / 4,
                                     .poison = (unsigned)b->is_poison[b->sent],
                                     .seq = (b->first + b->sent) & 0xffff};
        send(b, 0, h, words);
        b->sent++;
    }
    CHECK(b, run(b, all_out, PATIENCE), "%u of %u vectors came out", b->got, b->sent);
}

/* Registers of the second tile, and what is wrong with them. */
static void refusals(struct bench *b)
{
    const struct { const char *what; unsigned addr, x; uint32_t value; unsigned detail;
    } bad[] = {
        {"partial sums", OHM_REG_DESC, 1, desc_of(1) | OHM_PLACE(1, DESC_PSUM), OHM_BAD_DESC_LINK},
        {"two slice entries", OHM_REG_DESC, 1,
         (desc_of(1) & ~OHM_PLACE(31, DESC_NSLICE)) | OHM_PLACE(2, DESC_NSLICE), OHM_BAD_DESC_W},
        {"sender, two slice entries", OHM_REG_DESC, 0,
         (desc_of(0) & ~OHM_PLACE(31, DESC_NSLICE)) | OHM_PLACE(2, DESC_NSLICE), OHM_BAD_DESC_W},
        {"pulse count", OHM_REG_SLICE, 1, OHM_PLACE(5, SLICE_W) | OHM_PLACE(1, SLICE_COUNT),
         OHM_BAD_DESC_LINK},
        {"sender, pulse count", OHM_REG_SLICE, 0, OHM_PLACE(5, SLICE_W) | OHM_PLACE(1, SLICE_COUNT),
         OHM_BAD_DESC_LINK},
        {"LO", OHM_REG_SLICE, 1, OHM_PLACE(5, SLICE_W) | OHM_PLACE(1, SLICE_LO), OHM_BAD_DESC_LINK},
        {"IN", OHM_REG_SLICE, 1, OHM_PLACE(5, SLICE_W) | OHM_PLACE(1, SLICE_IN), OHM_BAD_DESC_LINK},
        {"rows past ROWS1", OHM_REG_LINK, 1, OHM_PLACE(4, LINK_FIRST) | OHM_PLACE(8, LINK_COUNT1),
         OHM_BAD_DESC_LINK_ROWS},
        {"wires past LINK_W", OHM_REG_LINK, 1, OHM_PLACE(200, LINK_COUNT1), OHM_BAD_DESC_LINK_ROWS},
        {"bias rows past ROWS1", OHM_REG_LINK_BIAS, 1,
         OHM_PLACE(12, LINK_BIAS_LAST) | OHM_PLACE(1, LINK_BIAS_TICKS), OHM_BAD_DESC_LINK_ROWS},
        {"bias rows backwards", OHM_REG_LINK_BIAS, 1,
         OHM_PLACE(2, LINK_BIAS_FIRST) | OHM_PLACE(1, LINK_BIAS_LAST)
             | OHM_PLACE(1, LINK_BIAS_TICKS),
         OHM_BAD_DESC_LINK_ROWS},
        {"window walker", OHM_REG_WINDOW, 1, OHM_PLACE(1, WINDOW_ON), OHM_BAD_DESC_WINDOW},
        {"nobody in the west", OHM_REG_DESC, 0, desc_of(1), OHM_BAD_DESC_LINK},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        b->events = 0;
        put(b, bad[i].x, bad[i].addr, bad[i].value);
        put(b, bad[i].x, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
        CHECK(b, run(b, an_event, PATIENCE), "%s: not refused", bad[i].what);
        CHECK(b, b->event == OHM_EVENT_BAD_DESC && b->detail == bad[i].detail,
              "%s: event %s with detail %u, expected BAD_DESC with %u", bad[i].what,
              ohm_event_name(b->event), b->detail, bad[i].detail);
        put(b, bad[i].x, OHM_REG_CTRL, 0);
        put(b, bad[i].x, OHM_REG_WINDOW, 0);
        shape(b, (int)bad[i].x);
        shape(b, (int)bad[i].x);
        put(b, bad[i].x, OHM_REG_SLICE, OHM_PLACE(b->stage[bad[i].x].w, SLICE_W));
    }
    b->events = 0;
}

static uint64_t slowest(const struct bench *b)
{
    uint64_t pace = 0;
    for (int k = 0; k < CHAIN; k++) {
        const struct stage *s = &b->stage[k];
        const uint64_t n = (1u << s->w) + 2, ramp = (uint64_t)(s->stop - s->start + 3),
                       scan = s->cols + 2; /* COLS1 + 3 */
        uint64_t own = n > ramp ? n : ramp;
        /* past the first hop a promise and its claim take a cycle more each */
        own = (scan > own ? scan : own) + (k > 1 ? 2 * (k - 1) : 0);
        pace = own > pace ? own : pace;
    }
    return pace;
}

int main(int argc, char **argv)
{
    static struct bench b; /* zero */
    struct ohm_config config;
    struct ohm_error err = {""};
    const char *name = getenv("CONFIG"), *mesh = getenv("MESH");
    char path[200];

    b.random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    snprintf(path, sizeof path, "sim/out/build/%s-%s/libohm_rtl.so", name ? name : "small_link",
             mesh ? mesh : "3x1");
    const struct ohm_backend_settings how = {
        .rtl_library = path, .config = &config, .device = &ohm_device_ideal, .seed = b.random};
    if (ohm_config_find(name ? name : "small_link", &config, &err)
        || sscanf(mesh ? mesh : "3x1", "%dx%d", &config.mesh_w, &config.mesh_h) != 2
        || ohm_backend_open("rtl", &how, &b.chip, &err)) {
        printf("FAIL links: %s\n", err.text);
        return 1;
    }
    for (int set = 0; set < SETS; set++) {
        configure(&b, &config, set);
        refusals(&b);
        enable(&b, 0);
        stream(&b, 60, 0, 0);
        const uint64_t cycles = b.at[49] - b.at[9];
        CHECK(&b, cycles <= 40 * slowest(&b), "40 vectors took %llu cycles, expected at most %llu",
              (unsigned long long)cycles, (unsigned long long)(40 * slowest(&b)));
        printf("%.1f cycles a vector, %llu promised\n", (double)cycles / 40,
               (unsigned long long)slowest(&b));
        stream(&b, 60, 30, 1);
        disable(&b);
        enable(&b, 1);
        stream(&b, 60, 20, 0);
        CHECK(&b, b.events == 0, "event %s", ohm_event_name(b.event));
        ask(&b, CHAIN - 1, OHM_REG_SEQ_HEAD);
        CHECK(&b, b.answer == FIRST_SEQ + 60, "SEQ_HEAD of the last tile is %u, expected %u",
              b.answer, FIRST_SEQ + 60);
        ask(&b, 1, OHM_REG_LINK);
        disable(&b);
    }
    if (b.chip.finish(b.chip.self, &b.err))
        die(&b, b.err.text);
    printf("PASS links %lu checks\n", b.checks);
    b.chip.close(b.chip.self);
    return 0;
}
