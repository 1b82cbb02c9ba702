/* SPDX-License-Identifier: Apache-2.0
 * ADC ranges and scales.
 *
 * pwm: the ramp's steps are spread over the charges that calibration images give with ideal
 * weights. A wider ramp rounds more coarsely, a narrower one clips: several percentiles of |charge|
 * are tried as the end of the ramp and the one with the least squared error is taken. Without
 * calibration images the ramp covers the largest possible charge. With several input slices the
 * highest one, whose error weighs most, is given its LSB so; a lower one is the best number of
 * octaves (SLICE.RS) away from it. All reads of a slice share one range. What becomes of the codes:
 * ohm_units.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_intref.h"
#include "ohm_mapper_steps.h"

#define RS_MAX 15
#define LSB_MAX (1 << 24)

/* Windows of all calibration images from which a tile's range is chosen, at most; a prime, so that
 * they do not keep to a few columns of the map. */
#define SAMPLES 2039
/* A sketch, of which only energy and cycles are asked, is content with fewer of both. */
#define SKETCH_SAMPLES 509
#define SKETCH_IMAGES 16

struct calibration { /* what the calibration images, or their steps, make of the network */
    int count;
    uint8_t ***y; /* [image][layer]: output map; behind them, as in struct ohm_intref, states */
};

static void calibration_free(struct calibration *c, int layers)
{
    for (int i = 0; c->y && i < c->count; i++) {
        for (int l = 0; c->y[i] && l < 2 * layers; l++)
            free(c->y[i][l]);
        free(c->y[i]);
    }
    free(c->y);
}

/* Copies what the reference has of each layer; with states: what they find in this step. */
static int keep(const struct ohm_net *net, uint8_t **y, uint8_t *const *from, int states)
{
    for (int l = 0; l < net->layer_count; l++) {
        const int at = states ? net->layer_count + l : l;
        const size_t bytes = (size_t)ohm_net_map(&net->layers[l]);
        if (!from[at])
            continue;
        if (!(y[at] = malloc(bytes)))
            return -1;
        if (l < net->layer_count - 1)
            memcpy(y[at], from[at], bytes);
    }
    return 0;
}

static int calibration_run(const struct ohm_mapping *m, struct calibration *c,
                           struct ohm_error *err)
{
    const struct ohm_net *net = m->net;
    struct ohm_intref r;
    int ok = 1;
    const int steps = ohm_net_steps(net);
    c->count =
        (m->sketch ? smaller(net->calib_count, SKETCH_IMAGES) : net->calib_count) * steps;
    c->y = calloc((size_t)c->count, sizeof *c->y);
    if (!c->y)
        return ohm_fail(err, "calibration: out of memory");
    if (ohm_intref_new(net, &r, err))
        return -1;
    for (int i = 0; ok && i < c->count; i++) {
        c->y[i] = calloc(2 * (size_t)net->layer_count, sizeof **c->y);
        if (c->y[i] && i % steps == 0)
            ohm_intref_begin(&r);
        ok = c->y[i] && !keep(net, c->y[i], r.y, 1);
        ohm_intref_step(&r, net->calib + (size_t)(i / steps) * (size_t)net->inputs, i % steps);
        ok = ok && !keep(net, c->y[i], r.y, 0);
    }
    ohm_intref_free(&r);
    return ok ? 0 : ohm_fail(err, "calibration: out of memory");
}

struct samples { /* windows of one layer's calibration inputs */
    int count;
    uint8_t *x; /* count × inputs */
};

static int sample_windows(const struct ohm_mapping *m, int layer, const struct calibration *c,
                          struct samples *out)
{
    const struct ohm_net *net = m->net;
    const int most = m->sketch ? SKETCH_SAMPLES : SAMPLES;
    const struct ohm_layer *l = &net->layers[layer];
    const int64_t windows = (int64_t)l->conv_h * l->conv_w, all = windows * c->count;
    out->count = (int)(all < most ? all : most);
    out->x = malloc((size_t)out->count * (size_t)l->inputs);
    uint8_t *map = malloc((size_t)l->in_h * (size_t)l->in_w * (size_t)l->in_c);
    int64_t image = -1;
    for (int k = 0; out->x && map && k < out->count; k++) {
        const int64_t at = k * all / out->count, w = at % windows;
        if (at / windows != image) {
            image = at / windows;
            ohm_intref_map(net, layer,
                           net->calib + (size_t)image * (size_t)ohm_net_step_inputs(net),
                           c->y[image], map);
        }
        ohm_intref_window(l, map, (int)(w / l->conv_w), (int)(w % l->conv_w),
                          out->x + (size_t)k * (size_t)l->inputs);
    }
    int ok = out->x && map;
    free(map);
    return ok ? 0 : -1;
}

/* What a read makes of an input and of a weight: the magnitudes' bits that it has, with their
 * signs. */
static int read_input(const struct ohm_read *r, int x)
{
    int magnitude = abs(x) > 127 && x < 0 ? 127 : abs(x),
        ticks = magnitude >> r->lo & ((1 << r->width) - 1);
    return r->in == 0 ? (x < 0 ? -ticks : ticks) : (r->in == 2) == (x < 0) ? ticks : 0;
}

static int cell_level(const struct ohm_coding *c, const struct ohm_read *r, int w, int digit)
{
    int level = abs(w) >> c->cell_bits * digit & ((1 << c->cell_bits) - 1);
    return r->dev == 0 ? (w < 0 ? -level : level) : (r->dev == 2) == (w < 0) ? level : 0;
}

/* Adds the column sums of one read, count × columns of one copy of the weights, in ticks × levels.
 */
static void add_read(const struct ohm_mapping *m, int tile, const struct samples *s,
                     const struct ohm_read *read, int32_t *sums)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *layer = &m->net->layers[t->layer];
    int is_signed = ohm_net_signed(m->net, t->layer), per = ohm_columns_per_output(&m->coding),
        cols = t->outs * per;
    for (int r = read->first; r <= read->last; r++) {
        int row = ohm_tile_row(m, tile, r), levels[OHM_REG_COLMAP_COUNT];
        if (row < 0)
            continue;
        const int8_t *w = layer->weights + (size_t)row * (size_t)layer->outputs + t->out0;
        for (int c = 0; c < cols; c++)
            levels[c] = cell_level(&m->coding, read, w[c / per], c % per);
        for (int i = 0; i < s->count; i++) {
            uint8_t x = s->x[(size_t)i * (size_t)layer->inputs + (size_t)row];
            int ticks = read_input(read, is_signed ? (int8_t)x : x);
            int32_t *sum = sums + (size_t)i * (size_t)cols;
            for (int c = 0; ticks && c < cols; c++)
                sum[c] += ticks * levels[c];
        }
    }
}

/* The largest sum that a read of a column can have, in ticks × levels. */
static int64_t largest_sum(const struct ohm_mapping *m, int tile, const struct ohm_read *read)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *layer = &m->net->layers[t->layer];
    int both = ohm_net_signed(m->net, t->layer) && !read->in,
        per = ohm_columns_per_output(&m->coding);
    int64_t largest = 0, ticks = (1 << read->width) - 1;
    for (int c = 0; c < t->outs * per; c++) {
        int64_t plus = 0, minus = 0;
        for (int r = read->first; r <= read->last; r++) {
            int row = ohm_tile_row(m, tile, r);
            int w = row < 0 ? 0
                            : layer->weights[(size_t)row * (size_t)layer->outputs
                                             + (size_t)(t->out0 + c / per)];
            int level = cell_level(&m->coding, read, w, c % per);
            plus += level > 0 ? level : 0;
            minus += level < 0 ? -level : 0;
        }
        int64_t sum = ticks * (both ? plus + minus : plus > minus ? plus : minus);
        largest = sum > largest ? sum : largest;
    }
    return largest;
}

struct slice { /* of a tile: all column sums of its reads over the samples */
    const struct ohm_mapping *m;
    int32_t *sums, *sorted, *spare; /* sorted: magnitudes */
    size_t n;
    int start, stop;
    /* the ramp's end with which none of them is clipped; without any charge, the largest possible
     * one */
    int64_t whole;
};

static int slice_sums(const struct ohm_mapping *m, int tile, int slice, const struct samples *s,
                      struct slice *out)
{
    struct ohm_read reads[OHM_READS_MAX];
    int count = ohm_tile_reads(m, tile, reads), own = 0;
    size_t each = (size_t)s->count * (size_t)m->tiles[tile].outs
                  * (size_t)ohm_columns_per_output(&m->coding);
    *out = (struct slice){.m = m,
                          .sums = calloc(each * (size_t)count, sizeof *out->sums),
                          .sorted = malloc(each * (size_t)count * sizeof *out->sorted),
                          .spare = malloc(each * (size_t)count * sizeof *out->spare)};
    for (int k = 0; out->sums && out->sorted && k < count; k++)
        if (reads[k].slice == slice)
            add_read(m, tile, s, &reads[k], out->sums + each * (size_t)own++);
    out->n = each * (size_t)own;
    ohm_layer_ramp(m, m->tiles[tile].layer, &out->start, &out->stop);
    for (size_t i = 0; out->sums && out->sorted && i < out->n; i++)
        out->sorted[i] = abs(out->sums[i]);
    return out->sums && out->sorted && out->spare ? 0 : -1;
}

static void slice_free(struct slice *s)
{
    free(s->sums);
    free(s->sorted);
    free(s->spare);
}

/* Sorts magnitudes, digit after digit from the lowest on; spare has their size. */
static void sort(int32_t *values, int32_t *spare, size_t n)
{
    enum { BITS = 11, DIGITS = 1 << BITS };
    int32_t largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = values[i] > largest ? values[i] : largest;
    for (int at = 0; at < 31 && largest >> at; at += BITS) {
        size_t end[DIGITS] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++)
            end[values[i] >> at & (DIGITS - 1)]++;
        for (int d = 0; d < DIGITS; d++) {
            const size_t count = end[d];
            end[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            spare[end[values[i] >> at & (DIGITS - 1)]++] = values[i];
        memcpy(values, spare, n * sizeof *values);
    }
}

/* Of a step: that puts the charge at the ramp's end, but no finer than one level of a cell that
 * holds part of a weight. */
static uint32_t lsb_for(const struct ohm_mapping *m, int stop, int64_t charge)
{
    int64_t lsb = (charge + stop - 1) / stop,
            least = m->coding.cell_bits == OHM_WEIGHT_BITS ? 1 : ohm_cell_level(&m->coding);
    return (uint32_t)(lsb < least ? least : lsb > LSB_MAX ? LSB_MAX : lsb);
}

/* Mean squared error of converting the charges with that LSB; *clipped: how many were clipped.
 * enough: an error that is no longer of interest, of which both may fall short; below 0: none. */
static double ramp_error(const struct slice *s, uint32_t lsb, double enough, size_t *clipped)
{
    double total = 0, level = ohm_cell_level(&s->m->coding);
    const double most = enough < 0 ? INFINITY : enough * (double)s->n * (1 + 1e-9);
    *clipped = 0;
    for (size_t i = 0; i < s->n && total <= most; i++) {
        double q = (double)s->sums[i] * level, code = floor(q / lsb + 0.5);
        if (code > s->stop || code < s->start) {
            code = code > 0 ? s->stop : s->start;
            ++*clipped;
        }
        total += (code * lsb - q) * (code * lsb - q);
    }
    return total / (double)s->n;
}

/* Sorts the magnitudes and finds the ramp's end with which nothing is clipped. What calibration
 * images never charge, other images may: pruned weights and black borders then get the range that
 * their cells allow. */
static void find_whole(struct slice *s, int tile, int slice)
{
    struct ohm_read reads[OHM_READS_MAX];
    const int count = ohm_tile_reads(s->m, tile, reads);
    sort(s->sorted, s->spare, s->n);
    s->whole = s->sorted[s->n - 1];
    for (int k = 0; k < count && !s->sorted[s->n - 1]; k++) {
        const int64_t sum = reads[k].slice == slice ? largest_sum(s->m, tile, &reads[k]) : 0;
        s->whole = sum > s->whole ? sum : s->whole;
    }
    s->whole *= ohm_cell_level(&s->m->coding);
}

/* Of the highest slice, which weighs most: any LSB. */
static uint32_t best_lsb(const struct slice *s)
{
    static const double SHARES[] = {0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0};
    const size_t shares = sizeof SHARES / sizeof SHARES[0];
    uint32_t best_of_all = lsb_for(s->m, s->stop, s->whole);
    double best = -1;
    for (size_t k = !s->sorted[s->n - 1]               ? shares
                    : s->m->range == OHM_RANGE_LARGEST ? shares - 1
                                                       : 0;
         k < shares; k++) {
        size_t clipped, at = (size_t)(SHARES[k] * (double)(s->n - 1));
        uint32_t lsb =
            lsb_for(s->m, s->stop, (int64_t)s->sorted[at] * ohm_cell_level(&s->m->coding));
        double error = ramp_error(s, lsb, best, &clipped);
        if (best >= 0 && error >= best)
            continue;
        best = error;
        best_of_all = lsb;
    }
    return best_of_all;
}

static uint32_t scaled(uint32_t lsb, int octaves)
{
    return octaves >= 0 ? lsb << octaves : ((lsb - 1) >> -octaves) + 1;
}

/* Of a lower slice: so many octaves above the highest slice's LSB. SLICE.RS reaches over RS_MAX
 * octaves from the lowest to the highest of all slices, of which those chosen before have lowest to
 * highest. `largest`: nothing may be clipped. */
static int best_octaves(const struct slice *s, uint32_t lsb, int lowest, int highest)
{
    int low = 0, high = 0, best_of_all = 0;
    while (low > highest - RS_MAX && scaled(lsb, low) > lsb_for(s->m, s->stop, 1))
        low--;
    while (high < RS_MAX + lowest && scaled(lsb, high + 1) <= LSB_MAX)
        high++;
    uint32_t least = lsb_for(s->m, s->stop, s->whole);
    double best = -1;
    for (int k = low; k <= high; k++) {
        size_t clipped;
        if (s->m->range == OHM_RANGE_LARGEST && scaled(lsb, k) < least && k < high)
            continue;
        double error = ramp_error(s, scaled(lsb, k), best, &clipped);
        if (best >= 0 && error > best)
            break; /* beyond the best range a wider ramp only rounds more coarsely */
        best = error;
        best_of_all = k;
        if (scaled(lsb, k) >= least)
            break;
    }
    return best_of_all;
}

/* MACRO_LSB and ramp scales from octaves relative to the highest slice's LSB, of which one is 0. */
static void set_scales(struct ohm_tile_map *t, uint32_t lsb, const int *octaves, int slices)
{
    int low = 0;
    for (int k = 0; k < slices; k++)
        low = octaves[k] < low ? octaves[k] : low;
    t->lsb = scaled(lsb, low);
    for (int k = 0; k < slices; k++)
        t->rs[k] = octaves[k] - low;
}

static int calibrated_lsb(struct ohm_mapping *m, int tile, const struct samples *samples)
{
    struct ohm_tile_map *t = &m->tiles[tile];
    int slices = ohm_layer_slices(m, t->layer), octaves[OHM_INPUT_BITS] = {0}, lowest = 0,
        highest = 0;
    uint32_t lsb = 0;
    for (int k = slices - 1; k >= 0; k--) {
        struct slice s;
        size_t clipped;
        if (slice_sums(m, tile, k, samples, &s)) {
            slice_free(&s);
            return -1;
        }
        find_whole(&s, tile, k);
        if (k == slices - 1)
            lsb = best_lsb(&s);
        else
            octaves[k] = best_octaves(&s, lsb, lowest, highest);
        lowest = octaves[k] < lowest ? octaves[k] : lowest;
        highest = octaves[k] > highest ? octaves[k] : highest;
        uint32_t own = scaled(lsb, octaves[k]);
        double reached =
            (double)s.sorted[s.n - 1] * ohm_cell_level(&m->coding) / ((double)own * s.stop);
        ramp_error(&s, own, -1, &clipped);
        t->clipped += (double)clipped / (double)s.n / slices;
        t->unused += reached < 1 ? (1 - reached) / slices : 0;
        slice_free(&s);
    }
    set_scales(t, lsb, octaves, slices);
    return 0;
}

/* The same weights as an earlier tile, a replica's: the same range. */
static int copied_range(struct ohm_mapping *m, int tile)
{
    struct ohm_tile_map *t = &m->tiles[tile];
    for (int i = 0; i < tile; i++) {
        const struct ohm_tile_map *e = &m->tiles[i];
        if (e->layer != t->layer || e->row_part != t->row_part || e->col_part != t->col_part)
            continue;
        t->lsb = e->lsb;
        memcpy(t->rs, e->rs, sizeof t->rs);
        t->clipped = e->clipped;
        t->unused = e->unused;
        return 1;
    }
    return 0;
}

/* Ramps of one layer's tiles from the calibration images. */
static int calibrate_layer(struct ohm_mapping *m, int layer, const struct calibration *c)
{
    struct samples s = {0};
    int rc = sample_windows(m, layer, c, &s);
    for (int i = 0; !rc && i < m->tile_count; i++)
        if (m->tiles[i].layer == layer && !copied_range(m, i))
            rc = calibrated_lsb(m, i, &s);
    free(s.x);
    return rc;
}

static void bound_lsb(struct ohm_mapping *m, int tile)
{
    struct ohm_tile_map *t = &m->tiles[tile];
    struct ohm_read reads[OHM_READS_MAX];
    int slices = ohm_layer_slices(m, t->layer), count = ohm_tile_reads(m, tile, reads), start, stop,
        octaves[OHM_INPUT_BITS] = {0};
    uint32_t lsb[OHM_INPUT_BITS] = {0};
    ohm_layer_ramp(m, t->layer, &start, &stop);
    for (int k = 0; k < count; k++) {
        uint32_t own =
            lsb_for(m, stop, largest_sum(m, tile, &reads[k]) * ohm_cell_level(&m->coding));
        lsb[reads[k].slice] = own > lsb[reads[k].slice] ? own : lsb[reads[k].slice];
    }
    uint32_t top = lsb[slices - 1];
    for (int k = 0; k < slices - 1; k++) {
        while (scaled(top, octaves[k]) < lsb[k])
            octaves[k]++;
        while (octaves[k] > -RS_MAX && scaled(top, octaves[k]) > 1
               && scaled(top, octaves[k] - 1) >= lsb[k])
            octaves[k]--;
    }
    set_scales(t, top, octaves, slices);
}

int ohm_choose_ranges(struct ohm_mapping *m, struct ohm_error *err)
{
    struct calibration c = {0};
    int pwm = m->kind == OHM_MAPPING_PWM,
        calibrate = pwm && m->net->calib_count && m->range != OHM_RANGE_BOUND;
    int rc = calibrate ? calibration_run(m, &c, err) : 0;
    for (int i = 0; !rc && pwm && !calibrate && i < m->tile_count; i++)
        if (!m->tiles[i].link_out && !is_vector(m, m->tiles[i].layer))
            bound_lsb(m, i);
    for (int l = 0; !rc && l < m->net->layer_count; l++) {
        if (m->tiles[m->layers[l].first_tile].link_out || is_vector(m, l))
            continue; /* ohm_durations_layout has scaled it; a kernel has no range */
        if (calibrate && calibrate_layer(m, l, &c))
            rc = ohm_fail(err, "calibration: out of memory");
        else
            rc = ohm_choose_unit(m, l, err);
    }
    calibration_free(&c, m->net->layer_count);
    return rc;
}

int ohm_set_ranges(struct ohm_mapping *m, enum ohm_range_rule rule, struct ohm_error *err)
{
    if (m->kind != OHM_MAPPING_PWM)
        return ohm_fail(err, "range: another rule in mapping %s, expected only in pwm",
                        ohm_mapping_name(m->kind));
    m->range = rule;
    for (int i = 0; i < m->tile_count; i++)
        m->tiles[i].clipped = m->tiles[i].unused = 0;
    return ohm_choose_ranges(m, err);
}
