/* SPDX-License-Identifier: Apache-2.0
 * ADC ranges and scales.
 *
 * pwm: the ramp's 256 steps are spread over the charges that calibration images give with ideal weights. A wider ramp
 * rounds more coarsely, a narrower one clips: several percentiles of |charge| are tried as the end of the ramp and the one
 * with the least squared error is taken. Without calibration images the ramp covers the largest possible charge. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_intref.h"
#include "ohm_mapper.h"

#define GAIN_ONE 16384
#define GAIN_MAX 65535
#define CODE_MAX 127
#define LSB_MAX (1 << 24)
#define SHIFT_MAX 40

/* Windows of all calibration images from which a tile's range is chosen, at most; a prime, so that they do not keep to a few
 * columns of the map. */
#define SAMPLES 2039

struct calibration { /* what the calibration images make of the network */
    int count;
    uint8_t ***y; /* [image][layer]: output map */
};

static void calibration_free(struct calibration *c, int layers)
{
    for (int i = 0; c->y && i < c->count; i++) {
        for (int l = 0; c->y[i] && l < layers; l++)
            free(c->y[i][l]);
        free(c->y[i]);
    }
    free(c->y);
}

static int calibration_run(const struct ohm_net *net, struct calibration *c, struct ohm_error *err)
{
    struct ohm_intref r;
    int ok = 1;
    c->count = net->calib_count;
    c->y = calloc((size_t)c->count, sizeof *c->y);
    if (!c->y)
        return ohm_fail(err, "calibration: out of memory");
    if (ohm_intref_new(net, &r, err))
        return -1;
    for (int i = 0; ok && i < c->count; i++) {
        ohm_intref_run(&r, net->calib + (size_t)i * (size_t)net->inputs);
        c->y[i] = calloc((size_t)net->layer_count, sizeof **c->y);
        ok = c->y[i] != NULL;
        for (int l = 0; ok && l < net->layer_count; l++) {
            size_t bytes = (size_t)ohm_net_map(&net->layers[l]);
            ok = (c->y[i][l] = malloc(bytes)) != NULL;
            if (ok && l < net->layer_count - 1)
                memcpy(c->y[i][l], r.y[l], bytes);
        }
    }
    ohm_intref_free(&r);
    return ok ? 0 : ohm_fail(err, "calibration: out of memory");
}

struct samples { /* windows of one layer's calibration inputs */
    int count;
    uint8_t *x; /* count × inputs */
};

static int sample_windows(const struct ohm_net *net, int layer, const struct calibration *c, struct samples *out)
{
    const struct ohm_layer *l = &net->layers[layer];
    const int64_t windows = (int64_t)l->conv_h * l->conv_w, all = windows * c->count;
    out->count = (int)(all < SAMPLES ? all : SAMPLES);
    out->x = malloc((size_t)out->count * (size_t)l->inputs);
    uint8_t *map = malloc((size_t)l->in_h * (size_t)l->in_w * (size_t)l->in_c);
    int64_t image = -1;
    for (int k = 0; out->x && map && k < out->count; k++) {
        const int64_t at = k * all / out->count, w = at % windows;
        if (at / windows != image) {
            image = at / windows;
            ohm_intref_map(net, layer, net->calib + (size_t)image * (size_t)net->inputs, c->y[image], map);
        }
        ohm_intref_window(l, map, (int)(w / l->conv_w), (int)(w % l->conv_w), out->x + (size_t)k * (size_t)l->inputs);
    }
    int ok = out->x && map;
    free(map);
    return ok ? 0 : -1;
}

/* Column sums of a tile's part of W·x over the samples; count × outs values. */
static int32_t *tile_sums(const struct ohm_mapping *m, int tile, const struct samples *s)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *layer = &m->net->layers[t->layer];
    int is_signed = ohm_net_signed(m->net, t->layer);
    int32_t *sums = calloc((size_t)s->count * (size_t)t->outs, sizeof *sums);
    for (int r = 0; sums && r < t->rows; r++) {
        int row = ohm_tile_row(m, tile, r);
        if (row < 0)
            continue;
        const int8_t *w = layer->weights + (size_t)row * (size_t)layer->outputs + t->out0;
        for (int i = 0; i < s->count; i++) {
            uint8_t x = s->x[(size_t)i * (size_t)layer->inputs + (size_t)row];
            int xi = is_signed ? (int8_t)x : x;
            int32_t *sum = sums + (size_t)i * (size_t)t->outs;
            for (int o = 0; xi && o < t->outs; o++)
                sum[o] += xi * w[o];
        }
    }
    return sums;
}

static int compare(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t lsb_for(int64_t charge) /* that puts it at the ramp's end */
{
    int64_t lsb = (charge + CODE_MAX - 1) / CODE_MAX;
    return (uint32_t)(lsb < 1 ? 1 : lsb > LSB_MAX ? LSB_MAX : lsb);
}

/* Mean squared error of converting the charges with that LSB; *clipped: how many were clipped. */
static double ramp_error(const int32_t *sums, size_t n, uint32_t lsb, size_t *clipped)
{
    double total = 0;
    *clipped = 0;
    for (size_t i = 0; i < n; i++) {
        double q = (double)sums[i] * OHM_PWM_CODE, code = floor(q / lsb + 0.5);
        if (code > CODE_MAX || code < -CODE_MAX - 1) {
            code = code > 0 ? CODE_MAX : -CODE_MAX - 1;
            ++*clipped;
        }
        total += (code * lsb - q) * (code * lsb - q);
    }
    return total / (double)n;
}

static int calibrated_lsb(struct ohm_mapping *m, int tile, const struct samples *s)
{
    static const double SHARES[] = {0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0};
    struct ohm_tile_map *t = &m->tiles[tile];
    size_t n = (size_t)s->count * (size_t)t->outs;
    int32_t *sums = tile_sums(m, tile, s), *sorted = malloc(n * sizeof *sorted);
    if (!sums || !sorted) {
        free(sums);
        free(sorted);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = abs(sums[i]);
    qsort(sorted, n, sizeof *sorted, compare);
    double best = -1;
    const size_t shares = sizeof SHARES / sizeof SHARES[0];
    for (size_t k = m->range == OHM_RANGE_LARGEST ? shares - 1 : 0; k < shares; k++) {
        size_t clipped, at = (size_t)(SHARES[k] * (double)(n - 1));
        uint32_t lsb = lsb_for((int64_t)sorted[at] * OHM_PWM_CODE);
        double error = ramp_error(sums, n, lsb, &clipped);
        if (best >= 0 && error >= best)
            continue;
        best = error;
        t->lsb = lsb;
        t->clipped = (double)clipped / (double)n;
    }
    double reached = (double)sorted[n - 1] * OHM_PWM_CODE / ((double)t->lsb * CODE_MAX);
    t->unused = reached < 1 ? 1 - reached : 0;
    free(sums);
    free(sorted);
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
    int rc = sample_windows(m->net, layer, c, &s);
    for (int i = 0; !rc && i < m->tile_count; i++)
        if (m->tiles[i].layer == layer && !copied_range(m, i))
            rc = calibrated_lsb(m, i, &s);
    free(s.x);
    return rc;
}

static uint32_t bound_lsb(const struct ohm_mapping *m, int tile)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *layer = &m->net->layers[t->layer];
    int is_signed = ohm_net_signed(m->net, t->layer);
    int64_t largest = 0;
    for (int o = t->out0; o < t->out0 + t->outs; o++) {
        int64_t plus = 0, minus = 0;
        for (int r = 0; r < t->rows; r++) {
            int row = ohm_tile_row(m, tile, r);
            int w = row < 0 ? 0 : layer->weights[(size_t)row * (size_t)layer->outputs + (size_t)o];
            plus += w > 0 ? w : 0;
            minus += w < 0 ? -w : 0;
        }
        int64_t sum = is_signed ? 127 * (plus + minus) : 255 * (plus > minus ? plus : minus);
        if (sum > largest)
            largest = sum;
    }
    return lsb_for(largest * OHM_PWM_CODE);
}

/* Gains bring a layer's tiles to one unit; the largest LSB gets the largest gain, which leaves most fraction bits. */
static int pwm_units(struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    struct ohm_layer_map *l = &m->layers[layer];
    uint32_t largest = 1;
    for (int i = 0; i < m->tile_count; i++)
        if (m->tiles[i].layer == layer && m->tiles[i].lsb > largest)
            largest = m->tiles[i].lsb;
    l->unit = ldexp(OHM_PWM_CODE, m->config.acc_f) * GAIN_MAX / ((double)largest * GAIN_ONE);
    double span = 0;
    int chains = 0;
    for (int i = 0; i < m->tile_count; i++) {
        struct ohm_tile_map *t = &m->tiles[i];
        if (t->layer != layer)
            continue;
        t->gain = (unsigned)floor((double)t->lsb * GAIN_MAX / largest + 0.5);
        if (!t->gain)
            return ohm_fail(err, "layer %s: MACRO_LSB %u of a tile against %u of another: too far apart for a gain",
                            m->net->layers[layer].name, t->lsb, largest);
        span += (double)t->lsb * (2 * CODE_MAX + 2) / OHM_PWM_CODE;
        chains += t->tail;
    }
    l->full_scale = span / chains;
    return 0;
}

static int exact_units(struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    struct ohm_layer_map *l = &m->layers[layer];
    const struct ohm_layer *net = &m->net->layers[layer];
    l->unit = ldexp(1, m->config.acc_f);
    for (int o = 0; o < net->outputs; o++) {
        double bound = fabs((double)net->bias[o]) + 255.0 * abs(net->rscale);
        for (int i = 0; i < net->inputs; i++)
            bound += 255.0 * abs(net->weights[(size_t)i * (size_t)net->outputs + (size_t)o]);
        if (bound * l->unit > INT32_MAX)
            return ohm_fail(err, "layer %s: output %d: largest sum %.0f, expected below %.0f (32-bit accumulator, ACC_F %d)",
                            net->name, o, bound, INT32_MAX / l->unit, m->config.acc_f);
    }
    if (net->scale && net->shift + m->config.acc_f > SHIFT_MAX)
        return ohm_fail(err, "layer %s: shift: %d, expected at most %d in the exact mapping with ACC_F %d", net->name,
                        net->shift, SHIFT_MAX - m->config.acc_f, m->config.acc_f);
    l->full_scale = 2.0 * 255 * 127 * net->inputs; /* nothing can be clipped: the span of W·x itself */
    for (int i = 0; i < m->tile_count; i++) {
        if (m->tiles[i].layer != layer)
            continue;
        m->tiles[i].lsb = OHM_EXACT_LEVEL;
        m->tiles[i].gain = GAIN_ONE;
    }
    return 0;
}

/* Post-process shift of a tile: the most precise one whose scales still fit 16 bits. */
static int choose_shift(struct ohm_mapping *m, struct ohm_tile_map *t, struct ohm_error *err)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    double unit = m->layers[t->layer].unit, limit = INT32_MAX;
    for (int o = t->out0; o < t->out0 + t->outs; o++)
        if (fabs(l->bias[o] * unit) > limit)
            return ohm_fail(err, "layer %s: bias of output %d: %d, expected below %.0f", l->name, o, l->bias[o], limit / unit);
    if (255.0 * abs(l->rscale) * unit > limit)
        return ohm_fail(err, "layer %s: add.scale: %d, expected below %.0f", l->name, l->rscale, limit / unit / 255);
    if (!l->scale)
        return 0;
    if (m->kind == OHM_MAPPING_EXACT) {
        t->shift = l->shift + m->config.acc_f;
        return 0;
    }
    double largest = 0;
    for (int o = t->out0; o < t->out0 + t->outs; o++)
        if (abs(l->scale[o]) > largest)
            largest = abs(l->scale[o]);
    double ratio = ldexp(largest, -l->shift) / unit;
    for (t->shift = SHIFT_MAX; t->shift >= 0; t->shift--)
        if (floor(ldexp(ratio, t->shift) + 0.5) <= INT16_MAX)
            return 0;
    return ohm_fail(err, "layer %s: scale: too large for the accumulator unit, expected below %.0f at shift %d", l->name,
                    INT16_MAX * unit * ldexp(1, l->shift), l->shift);
}

int ohm_choose_ranges(struct ohm_mapping *m, struct ohm_error *err)
{
    struct calibration c = {0};
    int pwm = m->kind == OHM_MAPPING_PWM, calibrate = pwm && m->net->calib_count && m->range != OHM_RANGE_BOUND;
    int rc = calibrate ? calibration_run(m->net, &c, err) : 0;
    for (int i = 0; !rc && pwm && !calibrate && i < m->tile_count; i++)
        m->tiles[i].lsb = bound_lsb(m, i);
    for (int l = 0; !rc && l < m->net->layer_count; l++) {
        if (calibrate && calibrate_layer(m, l, &c))
            rc = ohm_fail(err, "calibration: out of memory");
        else
            rc = pwm ? pwm_units(m, l, err) : exact_units(m, l, err);
    }
    for (int i = 0; !rc && i < m->tile_count; i++)
        rc = choose_shift(m, &m->tiles[i], err);
    calibration_free(&c, m->net->layer_count);
    return rc;
}

int ohm_set_ranges(struct ohm_mapping *m, enum ohm_range_rule rule, struct ohm_error *err)
{
    if (m->kind != OHM_MAPPING_PWM)
        return ohm_fail(err, "range: another rule in mapping %s, expected only in pwm", ohm_mapping_name(m->kind));
    m->range = rule;
    for (int i = 0; i < m->tile_count; i++)
        m->tiles[i].clipped = m->tiles[i].unused = 0;
    return ohm_choose_ranges(m, err);
}
