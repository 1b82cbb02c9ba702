/* SPDX-License-Identifier: Apache-2.0
 * What becomes of a layer's codes: column gains bring all its tiles to one accumulator unit, in
 * which bias and residual are added; the scale of each output brings the sum back to a byte.
 *
 * A scale register has 16 bits. In a unit as it happens to come, a small scale beside a large one
 * is rounded again, and the small one's outputs would all be too large or too small. Where that
 * would show, the unit is a power of two: registers are then the network's own scales, shifted, and
 * nothing is rounded. It costs less than one bit of the gain. */
#include <math.h>
#include <stdlib.h>

#include "ohm_mapper_steps.h"

#define GAIN_ONE 16384
#define GAIN_MAX 65535
#define GAIN_LEAST 256 /* of the quietest tile: a smaller gain would be rounded too coarsely */
#define RS_MAX 15
#define SHIFT_MAX 40
#define SCALE_COST \
    0.4 /* of rounding scales, in steps of a byte: of the half that may be lost, a tenth is for \
           bias and gain */

/* The largest magnitude that an accumulator of the layer can reach, in units of W·x. */
static double largest_result(const struct ohm_layer *l, int *output)
{
    double largest = 0;
    for (int o = 0; o < l->outputs; o++) {
        double bound = fabs((double)l->bias[o]) + 255.0 * abs(l->rscale);
        for (int i = 0; i < l->inputs; i++)
            bound += 255.0 * abs(l->weights[(size_t)i * (size_t)l->outputs + (size_t)o]);
        if (bound > largest) {
            largest = bound;
            *output = o;
        }
    }
    return largest;
}

/* Span of W·x that the converters of a tile cover together. */
static double tile_span(const struct ohm_mapping *m, int tile)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    struct ohm_read reads[OHM_READS_MAX];
    int count = ohm_tile_reads(m, tile, reads), start, stop;
    double span = 0, columns = 0;
    ohm_layer_ramp(m, t->layer, &start, &stop);
    for (int k = 0; k < ohm_columns_per_output(&m->coding); k++)
        columns += ldexp(1, m->coding.cell_bits * k);
    for (int k = 0; k < count; k++)
        span += ldexp((double)t->lsb * (stop - start + 1) / ohm_cell_level(&m->coding),
                      t->rs[reads[k].slice] + reads[k].lo);
    return span * columns;
}

/* Scale register of an output at a shift, before it is rounded. */
static double scale_at(const struct ohm_mapping *m, const struct ohm_tile_map *t, int output,
                       int shift)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    return ldexp(l->scale[output], shift - l->shift) / m->layers[t->layer].unit;
}

int ohm_scale_word(const struct ohm_mapping *m, const struct ohm_tile_map *t, int output)
{
    const double word = floor(scale_at(m, t, output, t->shift) + 0.5);
    /* What does not fit even at shift 0 is beyond any byte with the first unit of the accumulator,
     * and so is the largest word. */
    return word > INT16_MAX ? INT16_MAX : word < -INT16_MAX ? -INT16_MAX : (int)word;
}

/* The most precise shift of a tile whose scales still fit 16 bits; 0 when none does. */
static int best_shift(const struct ohm_mapping *m, const struct ohm_tile_map *t)
{
    double largest = 0;
    int shift = SHIFT_MAX;
    for (int o = t->out0; o < t->out0 + t->outs; o++)
        largest = fmax(largest, fabs(scale_at(m, t, o, 0)));
    while (shift > 0 && floor(ldexp(largest, shift) + 0.5) > INT16_MAX)
        shift--;
    return shift;
}

static void choose_shifts(struct ohm_mapping *m, int layer)
{
    const struct ohm_layer_map *lm = &m->layers[layer];
    for (int i = lm->first_tile; m->net->layers[layer].scale && i < lm->first_tile + lm->tiles; i++)
        m->tiles[i].shift = best_shift(m, &m->tiles[i]);
}

/* Most that rounding the scales costs, in steps of a byte that is full. */
static double scale_cost(const struct ohm_mapping *m, int layer)
{
    const struct ohm_layer_map *lm = &m->layers[layer];
    double cost = 0;
    for (int i = lm->first_tile; m->net->layers[layer].scale && i < lm->first_tile + lm->tiles;
         i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        for (int o = t->out0; o < t->out0 + t->outs; o++) {
            const double exact = fabs(scale_at(m, t, o, t->shift));
            if (exact > 0 && exact < INT16_MAX)
                cost = fmax(cost, 255 * fabs(abs(ohm_scale_word(m, t, o)) / exact - 1));
        }
    }
    return cost;
}

/* What a unit of W·x adds to the accumulator with an LSB and a gain of one: each copy as much. */
static double accumulated(const struct ohm_mapping *m, int layer)
{
    return ldexp(ohm_cell_level(&m->coding), m->config.acc_f) * m->layers[layer].copies;
}

/* Raises a tile's LSB; the octaves of its slices make up for it where they can. */
static void raise_lsb(struct ohm_tile_map *t, uint32_t lsb)
{
    for (int k = 0; k < OHM_INPUT_BITS; k++) {
        const uint64_t own = (uint64_t)t->lsb << t->rs[k];
        for (t->rs[k] = 0; t->rs[k] < RS_MAX && (uint64_t)lsb << t->rs[k] < own;)
            t->rs[k]++;
    }
    t->lsb = lsb;
}

/* Gains of the layer's tiles when the largest LSB gets the gain `most`. A tile that is so quiet
 * beside the loudest one that no gain tells its steps gets a wider ramp: its error is still far
 * below theirs. */
static void set_gains(struct ohm_mapping *m, int layer, uint32_t largest, double most)
{
    const struct ohm_layer_map *lm = &m->layers[layer];
    const double least = fmin(largest, ceil(largest * GAIN_LEAST / most));
    m->layers[layer].unit = accumulated(m, layer) * most / ((double)largest * GAIN_ONE);
    for (int i = lm->first_tile; i < lm->first_tile + lm->tiles; i++) {
        struct ohm_tile_map *t = &m->tiles[i];
        if (t->lsb < least)
            raise_lsb(t, (uint32_t)least);
        t->gain = (unsigned)fmax(1, floor(t->lsb * most / largest + 0.5));
    }
}

/* The largest LSB gets the largest gain that an accumulator can take, which leaves most fraction
 * bits. */
static void pwm_unit(struct ohm_mapping *m, int layer)
{
    struct ohm_layer_map *l = &m->layers[layer];
    const struct ohm_layer *net = &m->net->layers[layer];
    uint32_t largest = 1;
    int chains = 0, output = 0;
    double span = 0;
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++)
        largest = m->tiles[i].lsb > largest ? m->tiles[i].lsb : largest;
    const double one = accumulated(m, layer) / ((double)largest * GAIN_ONE);
    const double room = floor(INT32_MAX / (one * (1 + largest_result(net, &output))));
    set_gains(m, layer, largest, room < GAIN_MAX ? room : GAIN_MAX);
    choose_shifts(m, layer);
    if (scale_cost(m, layer) > SCALE_COST) {
        /* registers are then no smaller than the scales */
        const int octave = ilogb(l->unit), most = SHIFT_MAX - net->shift;
        set_gains(m, layer, largest, ldexp(1, octave < most ? octave : most) / one);
        choose_shifts(m, layer);
    }
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++) {
        span += tile_span(m, i);
        chains += m->tiles[i].tail;
    }
    l->full_scale = span / chains;
}

static int exact_unit(struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    struct ohm_layer_map *l = &m->layers[layer];
    const struct ohm_layer *net = &m->net->layers[layer];
    l->unit = ldexp(1, m->config.acc_f);
    int output = 0;
    double bound = largest_result(net, &output);
    if (bound * l->unit > INT32_MAX)
        return ohm_fail(err,
                        "layer %s: output %d: largest sum %.0f, expected below %.0f (32-bit "
                        "accumulator, ACC_F %d)",
                        net->name, output, bound, INT32_MAX / l->unit, m->config.acc_f);
    if (net->scale && net->shift + m->config.acc_f > SHIFT_MAX)
        return ohm_fail(
            err, "layer %s: shift: %d, expected at most %d in the exact mapping with ACC_F %d",
            net->name, net->shift, SHIFT_MAX - m->config.acc_f, m->config.acc_f);
    /* nothing can be clipped: the span of W·x itself */
    l->full_scale = 2.0 * 255 * 127 * net->inputs;
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++) {
        m->tiles[i].lsb = (uint32_t)ohm_cell_level(&m->coding);
        m->tiles[i].gain = GAIN_ONE;
        m->tiles[i].shift = net->scale ? net->shift + m->config.acc_f : 0;
    }
    return 0;
}

int ohm_choose_unit(struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    if (m->kind == OHM_MAPPING_EXACT)
        return exact_unit(m, layer, err);
    pwm_unit(m, layer);
    return 0;
}
