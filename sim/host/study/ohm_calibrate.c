/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_calibrate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_compensate.h"
#include "ohm_numeric.h"
#include "ohm_rng.h"
#include "ohm_tile_io.h"

enum { SIDE = OHM_REG_COLMAP_COUNT, HOST_PSUM = 15, GAIN_ONE = 16384, KIND_DATA = 1, MODE_V = 2, SCALE = 16384, SHIFT_MAX = 40,
       TRIES = 12, SUM_WORDS = 5, DOMAIN_CALIBRATION = 0x63616c };
#define HEADROOM 1.3      /* of the ramp over the largest ideal charge: gains differ */
#define HARDLY 0.05       /* a slope below it is no column that works */

struct sums { /* of one column, exact */
    int64_t y, yy, yp; /* from the chip */
    int64_t p, pp;     /* of what it should be */
};

struct run { /* one tile */
    struct ohm_mapping m; /* with the tile as it calibrates: ramp scales 0, no routes */
    int tile;
    struct ohm_backend *b;
    struct ohm_error *err;
    uint32_t vectors;
    struct ohm_read reads[OHM_READS_MAX];
    int read_count, start, stop;
    int64_t weight;       /* sum over the reads of +-2^lo */
    int64_t operating;    /* the same with the ramp scales of the run: +-2^(lo + rs) */
    int16_t (*codes)[SIDE][SIDE]; /* plus, minus: row, column */
    int64_t *ideal;       /* vector, column: sum over the reads of +-2^lo times the charge */
    int16_t *expected;    /* the same as y0 should be */
    int64_t most;         /* largest charge of a read */
    int shift;
    int halved;           /* corrected gains and trims, as often as it takes for the largest to fit; y0 follows */
    uint32_t limit;       /* first partial sum that may not be sent yet */
    uint32_t first;       /* number of the first vector */
    int answered;
    uint32_t answer;
    struct sums sums[SIDE];
    int64_t least, largest; /* expected, over all columns and vectors */
};

struct line { /* of a column: y = slope expected + offset; offset in accumulator units of one read */
    int good;
    double slope, offset;
};

/* ---- what should come out ---- */

static int read_input(const struct ohm_read *r, unsigned byte, int is_signed)
{
    int saturated;
    return ohm_ticks(ohm_input(byte, is_signed, &saturated), (unsigned)r->lo, (unsigned)r->width, (unsigned)r->in);
}

/* Charges of all vectors from the state of the generator on. */
static void compute(struct run *g, uint32_t state)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    const int is_signed = ohm_net_signed(g->m.net, t->layer);
    g->most = 1;
    for (uint32_t v = 0; v < g->vectors; v++) {
        int64_t *sum = g->ideal + (size_t)v * (size_t)t->cols;
        uint32_t x[SIDE / 4];
        for (int i = 0; i < (t->rows + 3) / 4; i++)
            x[i] = ohm_calib_word(&state);
        memset(sum, 0, (size_t)t->cols * sizeof *sum);
        for (int k = 0; k < g->read_count; k++) {
            const struct ohm_read *r = &g->reads[k];
            int32_t q[SIDE] = {0};
            for (int row = r->first; row <= r->last; row++) {
                const int ticks = read_input(r, x[row / 4] >> 8 * (row % 4) & 255u, is_signed);
                const int16_t *plus = g->codes[0][row], *minus = g->codes[1][row];
                for (int c = 0; ticks && c < t->cols; c++)
                    q[c] += ticks * ((r->dev != 2 ? plus[c] : 0) - (r->dev == 0 ? minus[c] : 0) + (r->dev == 2 ? minus[c] : 0));
            }
            for (int c = 0; c < t->cols; c++) {
                g->most = llabs(q[c]) > g->most ? llabs(q[c]) : g->most;
                sum[c] += (r->neg ? -(int64_t)q[c] : q[c]) * ((int64_t)1 << r->lo);
            }
        }
    }
}

/* y0 of what was computed, for the ramp's step and the scale that the tile has now. */
static void expect(struct run *g)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    const double unit = ldexp(SCALE, g->m.config.acc_f - g->shift - g->halved) / t->lsb;
    for (int c = 0; c < t->cols; c++)
        g->sums[c] = (struct sums){0};
    g->least = INT64_MAX;
    g->largest = INT64_MIN;
    for (uint32_t v = 0; v < g->vectors; v++)
        for (int c = 0; c < t->cols; c++) {
            const size_t at = (size_t)v * (size_t)t->cols + (size_t)c;
            const int64_t p = (int64_t)floor((double)g->ideal[at] * unit + 0.5);
            g->expected[at] = (int16_t)p;
            g->sums[c].p += p;
            g->sums[c].pp += p * p;
            g->least = p < g->least ? p : g->least;
            g->largest = p > g->largest ? p : g->largest;
        }
}

/* The step with which the largest charge fits the ramp, and the scale with which y0 fits 16 bits. */
static void set_scale(struct run *g, double headroom)
{
    struct ohm_tile_map *t = &g->m.tiles[g->tile];
    const double lsb = ceil(headroom * (double)g->most / g->stop);
    int64_t largest = 1;
    t->lsb = lsb < 1 ? 1 : lsb > 1 << 24 ? 1 << 24 : (uint32_t)lsb;
    for (size_t i = 0; i < (size_t)g->vectors * (size_t)t->cols; i++)
        largest = llabs(g->ideal[i]) > largest ? llabs(g->ideal[i]) : largest;
    const double y = ldexp(SCALE, g->m.config.acc_f - g->halved) * (double)largest / t->lsb * headroom;
    for (g->shift = 0; ldexp(y, -g->shift) > INT16_MAX && g->shift < SHIFT_MAX; g->shift++)
        ;
}

/* ---- the chip ---- */

static int take(struct run *g, const uint32_t *flits, size_t n)
{
    const struct ohm_header h = ohm_header_decode(flits);
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    if (h.type == OHM_TYPE_EVENT && n == 3)
        return ohm_fail(g->err, "calibration of tile (%d,%d): event %s at tile (%u,%u), detail 0x%08" PRIx32 "%s%s", t->x, t->y, ohm_event_name(h.offset), h.x,
                        h.y, flits[2], h.offset == OHM_EVENT_BAD_DESC ? ": " : "", h.offset == OHM_EVENT_BAD_DESC ? ohm_bad_desc_field(flits[2]) : "");
    if (h.type == OHM_TYPE_CREDIT && h.chan == HOST_PSUM && (int)h.x == t->x && (int)h.y == t->y) {
        const int more = (int16_t)(uint16_t)(h.offset - g->limit);
        g->limit += more > 0 ? (uint32_t)more : 0;
        return 0;
    }
    if (h.type == OHM_TYPE_CFG_DATA && n == 3 && !g->answered) {
        g->answered = 1;
        g->answer = flits[2];
        return 0;
    }
    return ohm_fail(g->err, "calibration of tile (%d,%d): packet %s from tile (%u,%u), expected none", t->x, t->y, ohm_type_name(h.type), h.x, h.y);
}

/* Lets the chip work until a packet comes or a round is over, and takes what came. *idle: rounds without. */
static int turn(struct run *g, int *idle, const char *what)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    uint32_t flits[OHM_PACKET_MAX];
    const size_t queued = g->b->queued(g->b->self);
    long n;
    ++*idle;
    if (g->b->run(g->b->self, OHM_ROUND, g->err))
        return -1;
    while ((n = g->b->recv(g->b->self, flits, OHM_PACKET_MAX, g->err)) > 0) {
        *idle = 0;
        if (n < 2 || take(g, flits, (size_t)n))
            return n < 2 ? ohm_fail(g->err, "packet from the chip: %ld flits, expected 2 to %d", n, OHM_PACKET_MAX) : -1;
    }
    if (n < 0)
        return -1;
    if (g->b->queued(g->b->self) != queued)
        *idle = 0;
    const uint64_t patience = ohm_stuck_after(g->b, &g->m, 0);
    return (uint64_t)*idle * OHM_ROUND > patience
               ? ohm_fail(g->err, "calibration of tile (%d,%d): nothing for %" PRIu64 " cycles, expected %s", t->x, t->y, patience, what)
               : 0;
}

static struct ohm_tile_io io_of(struct run *g)
{
    return (struct ohm_tile_io){g->b, &g->m, g->tile, g->err};
}

static int read_register(struct run *g, unsigned addr, uint32_t *value)
{
    struct ohm_tile_io io = io_of(g);
    int idle = 0;
    g->answered = 0;
    if (ohm_tile_ask(&io, addr))
        return -1;
    while (!g->answered)
        if (turn(g, &idle, "an answer to CFG_RD"))
            return -1;
    *value = g->answer;
    return 0;
}

static int too_far(const struct ohm_tile_map *t, int column, double trim, struct ohm_error *err)
{
    return ohm_fail(err, "calibration of tile (%d,%d): column %d: trim %.0f, expected -%d to %d", t->x, t->y, column, trim, INT16_MAX, INT16_MAX);
}

/* As in the run, but: a column for each output, nothing added, no windows, nothing sent. fix: of each column, NULL: none. */
static int configure(struct run *g, uint32_t state, const struct line *fix)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    struct ohm_tile_io io = io_of(g);
    uint32_t map[SIDE], trim[SIDE], bias[SIDE], scale[SIDE];
    const uint32_t off = 0, calib[2] = {state, g->vectors}, pool = OHM_PLACE(1, POOL_STRIDE);
    const uint32_t desc[2] = {
        OHM_PLACE(MODE_V, DESC_MODE) | OHM_PLACE(1, DESC_PSUM) | OHM_PLACE(1, DESC_CALIB) | OHM_PLACE(ohm_net_signed(g->m.net, t->layer), DESC_SIGNED)
            | OHM_PLACE(g->read_count, DESC_NSLICE) | OHM_PLACE(g->shift, DESC_SHIFT),
        OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_OUTS1)};
    for (int c = 0; c < t->cols; c++) {
        const double slope = fix && fix[c].good ? fix[c].slope : 1, offset = fix && fix[c].good ? fix[c].offset : 0;
        const double gain = floor(ldexp(GAIN_ONE / slope, -g->halved) + 0.5), term = floor(0.5 - ldexp(offset / slope, -g->halved));
        if (fabs(term) > INT16_MAX)
            return too_far(t, c, term, g->err);
        trim[c] = (uint32_t)(int32_t)term;
        map[c] = OHM_PLACE((uint32_t)gain, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT) | OHM_PLACE(KIND_DATA, COLMAP_KIND) | OHM_PLACE(trim[c] != 0, COLMAP_TRIM);
        bias[c] = 0;
        scale[c] = SCALE;
    }
    if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1) || ohm_tile_registers(&g->m, g->tile, 0, ohm_tile_write, &io) || ohm_tile_write(&io, OHM_REG_DESC, desc, 2)
        || ohm_tile_write(&io, OHM_REG_COLMAP, map, t->cols) || ohm_tile_write(&io, OHM_REG_TRIM, trim, t->cols) || ohm_tile_write(&io, OHM_REG_BIAS, bias, t->cols)
        || ohm_tile_write(&io, OHM_REG_SCALE, scale, t->cols) || ohm_tile_write(&io, OHM_REG_CALIB_SEED, calib, 2) || ohm_tile_write(&io, OHM_REG_SEQ_BASE, &g->first, 1))
        return -1;
    if (!g->m.config.window)
        return 0;
    return ohm_tile_write(&io, OHM_REG_WINDOW, &off, 1) || ohm_tile_write(&io, OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE, &off, 1)
        || ohm_tile_write(&io, OHM_REG_POOL, &pool, 1) ? -1 : 0;
}

static int send_expected(struct run *g, uint32_t v)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    struct ohm_header h = ohm_to_tile(&g->m, g->tile, OHM_TYPE_PSUM);
    uint32_t words[SIDE];
    for (int c = 0; c < t->cols; c++)
        words[c] = (uint16_t)g->expected[(size_t)v * (size_t)t->cols + (size_t)c];
    h.seq = (g->first + v) & 0xFFFFu;
    h.len = (unsigned)t->cols;
    return ohm_send(g->b, OHM_CLASS_DATA, &h, words, g->err);
}

static int64_t wide(uint32_t low, uint32_t high)
{
    return (int64_t)((uint64_t)high << 32 | low);
}

static int read_sums(struct run *g)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    for (int c = 0; c < t->cols; c++) {
        uint32_t w[SUM_WORDS];
        for (unsigned i = 0; i < SUM_WORDS; i++)
            if (read_register(g, OHM_REG_CALIB_SUM + (unsigned)c * OHM_REG_CALIB_SUM_STRIDE + i, &w[i]))
                return -1;
        g->sums[c].y = (int32_t)w[0];
        g->sums[c].yy = wide(w[1], w[2]);
        g->sums[c].yp = wide(w[3], w[4]);
    }
    return 0;
}

/* Runs all vectors. *clipped: conversions that did not fit the ramp. */
static int stream(struct run *g, uint32_t state, const struct line *fix, uint32_t *clipped)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    struct ohm_tile_io io = io_of(g);
    const uint32_t off = 0, on = OHM_PLACE(1, CTRL_ENABLE), end = g->first + g->vectors + (uint32_t)g->m.config.psum_slots;
    uint32_t count, low, status;
    int idle = 0;
    g->limit = g->first + (uint32_t)g->m.config.psum_slots;
    if (configure(g, state, fix) || read_register(g, OHM_REG_ID, &count) || ohm_tile_write(&io, OHM_REG_CTRL, &on, 1)
        || read_register(g, OHM_REG_STATUS, &status)) /* the tile takes partial sums from here on */
        return -1;
    for (uint32_t v = 0; g->limit != end;) {
        for (; v < g->vectors && (int32_t)(g->limit - g->first - v) > 0; v++)
            if (send_expected(g, v))
                return -1;
        if (turn(g, &idle, "credits for partial sums"))
            return -1;
    }
    if (read_register(g, OHM_REG_CNT_VMM, &count) || read_register(g, OHM_REG_CNT_CLIP_LO, &low) || read_register(g, OHM_REG_CNT_CLIP_HI, clipped)
        || read_sums(g))
        return -1;
    if (g->start < 0)
        *clipped += low; /* else what is below 0 is clipped, and right so */
    if (count != g->vectors)
        return ohm_fail(g->err, "calibration of tile (%d,%d): CNT_VMM %" PRIu32 ", expected %" PRIu32, t->x, t->y, count, g->vectors);
    return ohm_tile_write(&io, OHM_REG_CTRL, &off, 1);
}

/* Measures with vectors of this seed until nothing is clipped. fix: as in configure. */
static int measure(struct run *g, uint64_t seed, const struct line *fix)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    const uint32_t state = (uint32_t)ohm_key_add(ohm_key(seed, DOMAIN_CALIBRATION), (uint64_t)(t->y * OHM_MESH_MAX + t->x)) | 1u;
    uint32_t clipped = 0;
    double headroom = HEADROOM;
    compute(g, state);
    for (int i = 0; i < TRIES; i++, headroom *= HEADROOM) {
        set_scale(g, headroom);
        expect(g);
        if (stream(g, state, fix, &clipped))
            return -1;
        g->first += g->vectors;
        if (!clipped)
            return 0;
    }
    return ohm_fail(g->err, "calibration of tile (%d,%d): %" PRIu32 " conversions clipped with a ramp %.0f times as wide as the charges, expected none", t->x, t->y,
                    clipped, headroom);
}

/* ---- lines ---- */

/* Least squares of y on what it should be, which has no noise. */
static struct line fit(const struct run *g, const struct sums *s)
{
    const double n = g->vectors;
    const __int128 spread = (__int128)g->vectors * s->pp - (__int128)s->p * s->p;
    if (spread <= 0)
        return (struct line){0};
    const double slope = (double)((__int128)g->vectors * s->yp - (__int128)s->p * s->y) / (double)spread;
    const double offset = ((double)s->y - slope * (double)s->p) / n;
    return (struct line){slope > HARDLY, slope, g->weight ? ldexp(offset, g->shift + g->halved) / SCALE / (double)g->weight : 0};
}

/* Adds the tile's part; spread, offset: sums of squares, error and own: of the tiles' squares. */
static void judge(const struct run *g, const struct line *lines, const struct line *counted, struct ohm_column_errors *e)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    __int128 squares = 0, pp = 0, p = 0;
    int64_t n = 0;
    for (int c = 0; c < t->cols; c++) {
        const struct sums *s = &g->sums[c];
        if (!counted[c].good)
            continue;
        const double off = lines[c].slope - 1, codes = ldexp(lines[c].offset, -g->m.config.acc_f);
        e->spread += off * off;
        e->worst = fabs(off) > e->worst ? fabs(off) : e->worst;
        e->offset += codes * codes;
        squares += (__int128)s->yy - 2 * (__int128)s->yp + s->pp;
        pp += s->pp;
        p += s->p;
        n += g->vectors;
    }
    if (!n)
        return;
    const double range = (double)(g->largest - g->least), mean = (double)p / (double)n;
    e->error += (double)squares / (double)n / (range * range);
    e->own += (double)squares / (double)n / ((double)pp / (double)n - mean * mean);
}

/* What the columns' terms are to be multiplied by and what is then to be added, for the run. */
struct fix {
    double gain[SIDE], trim[SIDE];
};

static void correct(const struct run *g, unsigned gain, const struct line *lines, struct fix *f)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    for (int c = 0; c < t->cols; c++) {
        const struct line *l = &lines[c];
        f->gain[c] = l->good ? gain / l->slope : gain;
        f->trim[c] = l->good && g->operating ? -l->offset * (double)g->weight / (double)g->operating * f->gain[c] / GAIN_ONE : 0;
    }
}

/* Writes a layer's corrections into its tiles. */
static int apply(const struct ohm_mapping *m, int layer, const struct fix *fixes, struct ohm_tile_map *tiles, struct ohm_layer_map *l, struct ohm_error *err)
{
    double most = 0;
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++)
        for (int c = 0; c < tiles[i].cols; c++)
            most = fixes[i].gain[c] > most ? fixes[i].gain[c] : most;
    const int halved = ohm_gain_room(m, layer, most, tiles, l);
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++) {
        struct ohm_tile_map *t = &tiles[i];
        for (int c = 0; c < t->cols; c++) {
            const double gain = floor(ldexp(fixes[i].gain[c], -halved) + 0.5), trim = floor(ldexp(fixes[i].trim[c], -halved) + 0.5);
            if (fabs(trim) > INT16_MAX)
                return too_far(t, c, trim, err);
            if (gain < 1)
                return ohm_fail(err, "calibration of tile (%d,%d): column %d: gain 0, expected 1 to %d of 16384: its layer's gains differ too much", t->x, t->y, c,
                                UINT16_MAX);
            t->gains[c] = (uint16_t)gain;
            t->trims[c] = (int16_t)trim;
        }
        t->calibrated = 1;
    }
    return 0;
}

static int calibrate_tile(struct run *g, uint64_t seed, struct fix *fix, FILE *log, struct ohm_calibrated *out)
{
    struct ohm_tile_map *t = &g->m.tiles[g->tile];
    struct line lines[SIDE] = {{0}}, after[SIDE] = {{0}};
    struct ohm_column_errors own[2] = {{0}};
    int good = 0;
    for (int row = 0; row < t->rows; row++)
        for (int dev = 0; dev < 2; dev++) {
            uint16_t codes[SIDE];
            ohm_tile_codes(&g->m, g->tile, dev, row, codes);
            for (int c = 0; c < t->cols; c++)
                g->codes[dev][row][c] = (int16_t)codes[c];
        }
    struct ohm_tile_io io = io_of(g);
    if (ohm_tile_program(&io) || measure(g, seed, NULL))
        return -1;
    for (int c = 0; c < t->cols; c++) {
        lines[c] = fit(g, &g->sums[c]);
        good += lines[c].good;
    }
    judge(g, lines, lines, &own[0]);
    correct(g, t->gain, lines, fix);
    for (int c = 0; c < t->cols; c++)
        while (lines[c].good && ldexp(GAIN_ONE / lines[c].slope, -g->halved) > UINT16_MAX)
            g->halved++;
    if (measure(g, ~seed, lines))
        return -1;
    for (int c = 0; c < t->cols; c++)
        after[c] = fit(g, &g->sums[c]);
    judge(g, after, lines, &own[1]);
    if (log && good)
        fprintf(log, "calibrate  tile (%d,%d): %d of %d columns; slopes %.3f %% apart, were %.3f %%; error %.3f %% of the range, was %.3f %%\n", t->x, t->y, good, t->cols,
                100 * sqrt(own[1].spread / good), 100 * sqrt(own[0].spread / good), 100 * sqrt(own[1].error), 100 * sqrt(own[0].error));
    struct ohm_column_errors *sum[] = {&out->before, &out->after};
    for (int i = 0; i < 2; i++) {
        sum[i]->spread += own[i].spread;
        sum[i]->worst = own[i].worst > sum[i]->worst ? own[i].worst : sum[i]->worst;
        sum[i]->offset += own[i].offset;
        sum[i]->error += own[i].error;
        sum[i]->own += own[i].own;
    }
    out->tiles += good != 0;
    out->columns += good;
    out->flat += t->cols - good;
    return 0;
}

static void finish(struct ohm_column_errors *e, const struct ohm_calibrated *c)
{
    e->spread = sqrt(e->spread / c->columns);
    e->offset = sqrt(e->offset / c->columns);
    e->error = sqrt(e->error / c->tiles);
    e->own = sqrt(e->own / c->tiles);
}

/* A tile on a mapping of its own, which configure and the others take it from. */
static int run_tile(const struct ohm_mapping *m, int tile, uint64_t seed, struct fix *fix, struct run *g, FILE *log, struct ohm_calibrated *out)
{
    struct ohm_tile_map *t = &g->m.tiles[tile];
    g->tile = tile;
    g->halved = 0;
    g->read_count = ohm_tile_reads(m, tile, g->reads);
    ohm_layer_ramp(m, t->layer, &g->start, &g->stop);
    g->weight = g->operating = 0;
    for (int k = 0; k < g->read_count; k++) {
        const int64_t sign = g->reads[k].neg ? -1 : 1;
        g->weight += sign * ((int64_t)1 << g->reads[k].lo);
        g->operating += sign * ((int64_t)1 << (g->reads[k].lo + t->rs[g->reads[k].slice]));
    }
    memset(t->rs, 0, sizeof t->rs);
    t->route_count = t->credit_count = 0;
    t->return_count = 1;
    t->returns[0] = (struct ohm_return){.psum = 1, .host = 1, .chan = HOST_PSUM};
    return calibrate_tile(g, seed, fix, log, out);
}

int ohm_calibrate(struct ohm_mapping *m, struct ohm_backend *b, uint32_t vectors, uint64_t seed, FILE *log, struct ohm_calibrated *out,
                  struct ohm_error *err)
{
    const size_t tiles_size = (size_t)m->tile_count * sizeof *m->tiles, layers_size = (size_t)m->net->layer_count * sizeof *m->layers;
    const size_t values = (size_t)vectors * SIDE;
    struct run *g = calloc(1, sizeof *g);
    struct ohm_tile_map *tiles = malloc(tiles_size), *own = malloc(tiles_size);
    struct ohm_layer_map *layers = malloc(layers_size);
    struct fix *fixes = calloc((size_t)m->tile_count, sizeof *fixes);
    int failed = -1;
    *out = (struct ohm_calibrated){.vectors = vectors};
    if (g) {
        g->codes = calloc(2, sizeof *g->codes);
        g->ideal = malloc(values * sizeof *g->ideal);
        g->expected = malloc(values * sizeof *g->expected);
    }
    if (!g || !tiles || !own || !layers || !fixes || !g->codes || !g->ideal || !g->expected) {
        ohm_fail(err, "calibration: out of memory for %" PRIu32 " vectors", vectors);
    } else {
        memcpy(tiles, m->tiles, tiles_size);
        memcpy(own, m->tiles, tiles_size);
        memcpy(layers, m->layers, layers_size);
        g->m = *m;
        g->m.tiles = own;
        g->b = b;
        g->err = err;
        g->vectors = vectors;
        const uint64_t from = b->cycle(b->self);
        failed = 0;
        for (int tile = 0; !failed && tile < m->tile_count; tile++)
            failed = run_tile(m, tile, seed, &fixes[tile], g, log, out);
        out->cycles = b->cycle(b->self) - from;
        failed = failed || b->finish(b->self, err);
        for (int layer = 0; !failed && layer < m->net->layer_count; layer++)
            failed = apply(m, layer, fixes, tiles, &layers[layer], err);
    }
    if (!failed && out->columns) {
        finish(&out->before, out);
        finish(&out->after, out);
    }
    if (!failed) {
        m->tiles = tiles;
        m->layers = layers;
    } else {
        free(tiles);
        free(layers);
    }
    if (g) {
        free(g->codes);
        free(g->ideal);
        free(g->expected);
    }
    free(g);
    free(own);
    free(fixes);
    return failed ? -1 : 0;
}
