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

struct calibration { /* inputs of every layer for every calibration image */
    int count;
    uint8_t **x; /* [layer]: count × inputs */
};

static void calibration_free(struct calibration *c, int layers)
{
    for (int l = 0; c->x && l < layers; l++)
        free(c->x[l]);
    free(c->x);
}

static int calibration_run(const struct ohm_net *net, struct calibration *c)
{
    c->count = net->calib_count;
    c->x = calloc((size_t)net->layer_count, sizeof *c->x);
    if (!c->x)
        return -1;
    for (int l = 0; l < net->layer_count; l++) {
        const struct ohm_layer *layer = &net->layers[l];
        size_t bytes = (size_t)c->count * (size_t)layer->inputs;
        c->x[l] = malloc(bytes + 1);
        int32_t *wx = l ? malloc((size_t)net->layers[l - 1].outputs * sizeof *wx) : NULL;
        if (!c->x[l] || (l && !wx)) {
            free(wx);
            return -1;
        }
        if (l == 0)
            memcpy(c->x[0], net->calib, bytes);
        for (int i = 0; l && i < c->count; i++) {
            const struct ohm_layer *before = &net->layers[l - 1];
            ohm_intref_product(before, ohm_net_signed(net, l - 1), c->x[l - 1] + (size_t)i * (size_t)before->inputs, wx);
            ohm_intref_post(before, wx, c->x[l] + (size_t)i * (size_t)layer->inputs);
        }
        free(wx);
    }
    return 0;
}

/* Column sums of a tile's part of W·x, all calibration images; count × outs values. */
static int32_t *tile_sums(const struct ohm_mapping *m, const struct ohm_tile_map *t, const struct calibration *c)
{
    const struct ohm_layer *layer = &m->net->layers[t->layer];
    int is_signed = ohm_net_signed(m->net, t->layer);
    int32_t *sums = calloc((size_t)c->count * (size_t)t->outs, sizeof *sums);
    for (int i = 0; sums && i < c->count; i++) {
        const uint8_t *x = c->x[t->layer] + (size_t)i * (size_t)layer->inputs + t->row0;
        int32_t *sum = sums + (size_t)i * (size_t)t->outs;
        for (int r = 0; r < t->rows; r++) {
            int xi = is_signed ? (int8_t)x[r] : x[r];
            const int8_t *w = layer->weights + (size_t)(t->row0 + r) * (size_t)layer->outputs + t->out0;
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

static int calibrated_lsb(struct ohm_mapping *m, struct ohm_tile_map *t, const struct calibration *c)
{
    static const double SHARES[] = {0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0};
    size_t n = (size_t)c->count * (size_t)t->outs;
    int32_t *sums = tile_sums(m, t, c), *sorted = malloc(n * sizeof *sorted);
    if (!sums || !sorted) {
        free(sums);
        free(sorted);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = abs(sums[i]);
    qsort(sorted, n, sizeof *sorted, compare);
    double best = -1;
    for (size_t k = 0; k < sizeof SHARES / sizeof SHARES[0]; k++) {
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

static uint32_t bound_lsb(const struct ohm_mapping *m, const struct ohm_tile_map *t)
{
    const struct ohm_layer *layer = &m->net->layers[t->layer];
    int is_signed = ohm_net_signed(m->net, t->layer);
    int64_t largest = 0;
    for (int o = t->out0; o < t->out0 + t->outs; o++) {
        int64_t plus = 0, minus = 0;
        for (int r = t->row0; r < t->row0 + t->rows; r++) {
            int w = layer->weights[(size_t)r * (size_t)layer->outputs + (size_t)o];
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
    struct ohm_tile_map *tiles = m->tiles + l->first_tile;
    int n = l->row_parts * l->col_parts;
    uint32_t largest = 1;
    for (int i = 0; i < n; i++)
        if (tiles[i].lsb > largest)
            largest = tiles[i].lsb;
    l->unit = ldexp(OHM_PWM_CODE, m->config.acc_f) * GAIN_MAX / ((double)largest * GAIN_ONE);
    double span = 0;
    for (int i = 0; i < n; i++) {
        tiles[i].gain = (unsigned)floor((double)tiles[i].lsb * GAIN_MAX / largest + 0.5);
        if (!tiles[i].gain)
            return ohm_fail(err, "layer %s: MACRO_LSB %u of a tile against %u of another: too far apart for a gain",
                            m->net->layers[layer].name, tiles[i].lsb, largest);
        span += (double)tiles[i].lsb * (2 * CODE_MAX + 2) / OHM_PWM_CODE;
    }
    l->full_scale = span / l->col_parts;
    return 0;
}

static int exact_units(struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    struct ohm_layer_map *l = &m->layers[layer];
    const struct ohm_layer *net = &m->net->layers[layer];
    l->unit = ldexp(1, m->config.acc_f);
    for (int o = 0; o < net->outputs; o++) {
        double bound = fabs((double)net->bias[o]);
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
    for (int i = 0; i < l->row_parts * l->col_parts; i++) {
        m->tiles[l->first_tile + i].lsb = OHM_EXACT_LEVEL;
        m->tiles[l->first_tile + i].gain = GAIN_ONE;
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
    int rc = 0, calibrate = m->kind == OHM_MAPPING_PWM && m->net->calib_count;
    if (calibrate && calibration_run(m->net, &c))
        rc = ohm_fail(err, "calibration: out of memory");
    for (int i = 0; !rc && m->kind == OHM_MAPPING_PWM && i < m->tile_count; i++) {
        if (!calibrate)
            m->tiles[i].lsb = bound_lsb(m, &m->tiles[i]);
        else if (calibrated_lsb(m, &m->tiles[i], &c))
            rc = ohm_fail(err, "calibration: out of memory");
    }
    for (int l = 0; !rc && l < m->net->layer_count; l++)
        rc = m->kind == OHM_MAPPING_PWM ? pwm_units(m, l, err) : exact_units(m, l, err);
    for (int i = 0; !rc && i < m->tile_count; i++)
        rc = choose_shift(m, &m->tiles[i], err);
    calibration_free(&c, m->net->layer_count);
    return rc;
}
