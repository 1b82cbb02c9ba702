/* SPDX-License-Identifier: Apache-2.0
 * What the columns of a tile read of its own vectors, and what they should. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_calibrate_steps.h"
#include "ohm_numeric.h"
#include "ohm_rng.h"

enum { SHIFT_MAX = 40, TRIES = 12, SUM_WORDS = 5, DOMAIN_CALIBRATION = 0x63616c };
#define HEADROOM 1.3      /* of the ramp over the largest ideal charge: gains differ */

/* ---- what should come out ---- */

static int read_input(const struct ohm_read *r, unsigned byte, int is_signed)
{
    int saturated;
    return ohm_ticks(ohm_input(byte, is_signed, &saturated), (unsigned)r->lo, (unsigned)r->width,
                     (unsigned)r->in);
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
                    q[c] += ticks
                            * ((r->dev != 2 ? plus[c] : 0) - (r->dev == 0 ? minus[c] : 0)
                               + (r->dev == 2 ? minus[c] : 0));
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

/* The step with which the largest charge fits the ramp, and the scale with which y0 fits 16 bits.
 */
static void set_scale(struct run *g, double headroom)
{
    struct ohm_tile_map *t = &g->m.tiles[g->tile];
    const double lsb = ceil(headroom * (double)g->most / g->stop);
    int64_t largest = 1;
    t->lsb = lsb < 1 ? 1 : lsb > 1 << 24 ? 1 << 24 : (uint32_t)lsb;
    for (size_t i = 0; i < (size_t)g->vectors * (size_t)t->cols; i++)
        largest = llabs(g->ideal[i]) > largest ? llabs(g->ideal[i]) : largest;
    const double y =
        ldexp(SCALE, g->m.config.acc_f - g->halved) * (double)largest / t->lsb * headroom;
    for (g->shift = 0; ldexp(y, -g->shift) > INT16_MAX && g->shift < SHIFT_MAX; g->shift++)
        ;
}

/* ---- the chip ---- */

static int take(struct run *g, const uint32_t *flits, size_t n)
{
    const struct ohm_header h = ohm_header_decode(flits);
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    if (h.type == OHM_TYPE_EVENT && n == 3)
        return ohm_fail(g->err,
                        "calibration of tile (%d,%d): event %s at tile (%u,%u), detail 0x%08" PRIx32
                        "%s%s",
                        t->x, t->y, ohm_event_name(h.offset), h.x, h.y, flits[2],
                        h.offset == OHM_EVENT_BAD_DESC ? ": " : "",
                        h.offset == OHM_EVENT_BAD_DESC ? ohm_bad_desc_field(flits[2]) : "");
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
    return ohm_fail(g->err,
                    "calibration of tile (%d,%d): packet %s from tile (%u,%u), expected none", t->x,
                    t->y, ohm_type_name(h.type), h.x, h.y);
}

/* Lets the chip work until a packet comes or a round is over, and takes what came. *idle: rounds
 * without. */
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
            return n < 2 ? ohm_fail(g->err, "packet from the chip: %ld flits, expected 2 to %d", n,
                                    OHM_PACKET_MAX)
                         : -1;
    }
    if (n < 0)
        return -1;
    if (g->b->queued(g->b->self) != queued)
        *idle = 0;
    const uint64_t patience = ohm_stuck_after(g->b, &g->m, 0);
    return (uint64_t)*idle * OHM_ROUND > patience ? ohm_fail(
               g->err, "calibration of tile (%d,%d): nothing for %" PRIu64 " cycles, expected %s",
               t->x, t->y, patience, what)
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

int ohm_calibrate_too_far(const struct ohm_tile_map *t, int column, double trim,
                          struct ohm_error *err)
{
    return ohm_fail(err, "calibration of tile (%d,%d): column %d: trim %.0f, expected -%d to %d",
                    t->x, t->y, column, trim, INT16_MAX, INT16_MAX);
}

/* As in the run, but: a column for each output, nothing added, no windows, nothing sent. fix: of
 * each column, NULL: none. */
static int configure(struct run *g, uint32_t state, const struct line *fix)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    struct ohm_tile_io io = io_of(g);
    uint32_t map[SIDE], trim[SIDE], bias[SIDE], scale[SIDE];
    const uint32_t off = 0, calib[2] = {state, g->vectors}, pool = OHM_PLACE(1, POOL_STRIDE);
    const uint32_t desc[2] = {
        OHM_PLACE(OHM_DESC_MODE_V, DESC_MODE) | OHM_PLACE(1, DESC_PSUM) | OHM_PLACE(1, DESC_CALIB)
            | OHM_PLACE(ohm_net_signed(g->m.net, t->layer), DESC_SIGNED)
            | OHM_PLACE(g->read_count, DESC_NSLICE) | OHM_PLACE(g->shift, DESC_SHIFT),
        OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(t->cols - 1, DESC_SIZE_OUTS1)};
    for (int c = 0; c < t->cols; c++) {
        const double slope = fix && fix[c].good ? fix[c].slope : 1,
                     offset = fix && fix[c].good ? fix[c].offset : 0;
        const double gain = floor(ldexp(GAIN_ONE / slope, -g->halved) + 0.5),
                     term = floor(0.5 - ldexp(offset / slope, -g->halved));
        if (fabs(term) > INT16_MAX)
            return ohm_calibrate_too_far(t, c, term, g->err);
        trim[c] = (uint32_t)(int32_t)term;
        map[c] = OHM_PLACE((uint32_t)gain, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT)
                 | OHM_PLACE(OHM_COLMAP_KIND_DATA, COLMAP_KIND)
                 | OHM_PLACE(trim[c] != 0, COLMAP_TRIM);
        bias[c] = 0;
        scale[c] = SCALE;
    }
    if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1)
        || ohm_tile_registers(&g->m, g->tile, 0, ohm_tile_write, &io)
        || ohm_tile_write(&io, OHM_REG_DESC, desc, 2)
        || ohm_tile_write(&io, OHM_REG_COLMAP, map, t->cols)
        || ohm_tile_write(&io, OHM_REG_TRIM, trim, t->cols)
        || ohm_tile_write(&io, OHM_REG_BIAS, bias, t->cols)
        || ohm_tile_write(&io, OHM_REG_SCALE, scale, t->cols)
        || ohm_tile_write(&io, OHM_REG_CALIB_SEED, calib, 2)
        || ohm_tile_write(&io, OHM_REG_SEQ_BASE, &g->first, 1))
        return -1;
    if (!g->m.config.window)
        return 0;
    return ohm_tile_write(&io, OHM_REG_WINDOW, &off, 1)
                   || ohm_tile_write(&io, OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE, &off, 1)
                   || ohm_tile_write(&io, OHM_REG_POOL, &pool, 1)
               ? -1
               : 0;
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
            if (read_register(g, OHM_REG_CALIB_SUM + (unsigned)c * OHM_REG_CALIB_SUM_STRIDE + i,
                              &w[i]))
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
    const uint32_t off = 0, on = OHM_PLACE(1, CTRL_ENABLE),
                   end = g->first + g->vectors + (uint32_t)g->m.config.psum_slots;
    uint32_t count, low, status;
    int idle = 0;
    g->limit = g->first + (uint32_t)g->m.config.psum_slots;
    if (configure(g, state, fix) || read_register(g, OHM_REG_ID, &count)
        || ohm_tile_write(&io, OHM_REG_CTRL, &on, 1)
        || read_register(g, OHM_REG_STATUS, &status)) /* the tile takes partial sums from here on */
        return -1;
    for (uint32_t v = 0; g->limit != end;) {
        for (; v < g->vectors && (int32_t)(g->limit - g->first - v) > 0; v++)
            if (send_expected(g, v))
                return -1;
        if (turn(g, &idle, "credits for partial sums"))
            return -1;
    }
    if (read_register(g, OHM_REG_CNT_VMM, &count) || read_register(g, OHM_REG_CNT_CLIP_LO, &low)
        || read_register(g, OHM_REG_CNT_CLIP_HI, clipped) || read_sums(g))
        return -1;
    if (g->start < 0)
        *clipped += low; /* else what is below 0 is clipped, and right so */
    if (count != g->vectors)
        return ohm_fail(g->err,
                        "calibration of tile (%d,%d): CNT_VMM %" PRIu32 ", expected %" PRIu32, t->x,
                        t->y, count, g->vectors);
    return ohm_tile_write(&io, OHM_REG_CTRL, &off, 1);
}

/* Measures with vectors of this seed until nothing is clipped. fix: as in configure. */
int ohm_calibrate_measure(struct run *g, uint64_t seed, const struct line *fix)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    const uint32_t state = (uint32_t)ohm_key_add(ohm_key(seed, DOMAIN_CALIBRATION),
                                                 (uint64_t)(t->y * OHM_MESH_MAX + t->x))
                           | 1u;
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
    return ohm_fail(
        g->err,
        "calibration of tile (%d,%d): %" PRIu32
        " conversions clipped with a ramp %.0f times as wide as the charges, expected none",
        t->x, t->y, clipped, headroom);
}
