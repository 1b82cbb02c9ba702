/* SPDX-License-Identifier: Apache-2.0
 * Layers that pass durations: a chain of dense layers, one tile each, side by side in the mesh's
 * lowest row, what a tile's ramp says drives the next tile's rows as it is said
 * (docs/explain/links.md).
 *
 * Nobody scales a duration, so the cells do: column o holds w·s[o]·LSB, where s[o] =
 * scale[o]/2^shift is what the network multiplies the layer's sums by, and one LSB of charge is one
 * step of the next layer's input. START is 0, which is the ReLU, STOP 255. LSB is the largest with
 * which all cells stay in range. The bias is in rows of its own, on for the whole integration. */
#include <math.h>
#include <stdlib.h>

#include "ohm_array.h"
#include "ohm_mapper_steps.h"

enum { TICKS = 255 }; /* of an 8-bit integration */

static double scale_of(const struct ohm_layer *l, int output)
{
    return ldexp(l->scale[output], -l->shift);
}

static int refuse_coding(const struct ohm_mapping *m, struct ohm_error *err)
{
    struct ohm_coding plain;
    char text[128];
    ohm_coding_default(OHM_MAPPING_PWM, &plain);
    plain.links = 1;
    const struct ohm_coding *c = &m->coding;
    if (c->kind == plain.kind && c->slice_count == 1 && c->cell_bits == plain.cell_bits
        && !c->apart_inputs && !c->apart_weights && !c->pulse_count && c->row_groups == 1
        && c->copies == 1)
        return 0;
    ohm_coding_text(c, text, sizeof text);
    return ohm_fail(
        err,
        "links: mapping %s %s, expected pwm with one slice, one pair a weight and all rows at once",
        ohm_mapping_name(c->kind), text);
}

static int refuse_layer(const struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    const struct ohm_net *net = m->net;
    const struct ohm_layer *l = &net->layers[layer];
    const struct ohm_layer_map *lm = &m->layers[layer];
    const int last = layer == net->layer_count - 1;
    if (lm->walk || l->from_count != 1 || l->from[0] != layer - 1 || l->has_residual)
        return ohm_fail(
            err,
            "layer %s: links: expected a dense layer that reads the layer before and nothing else",
            l->name);
    if (lm->tiles != 1)
        return ohm_fail(err, "layer %s: links: %d x %d in %d tiles of %dx%d, expected one", l->name,
                        l->inputs, l->outputs, lm->tiles, m->config.rows, m->config.cols);
    if (!last && (l->activation != OHM_ACTIVATION_RELU || l->output != OHM_OUTPUT_U8))
        return ohm_fail(
            err,
            "layer %s: links: expected activation relu and output u8: a duration is not negative",
            l->name);
    if (!last && l->outputs > m->config.link_w)
        return ohm_fail(err, "layer %s: links: %d outputs, LINK_W of %s is %d", l->name, l->outputs,
                        m->config.name, m->config.link_w);
    return 0;
}

/* MACRO_LSB, and the rows that its bias takes. */
static int scale_layer(const struct ohm_mapping *m, struct ohm_tile_map *t, struct ohm_error *err)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    double largest = 0, bias = 0;
    for (int o = 0; o < l->outputs; o++) {
        for (int i = 0; i < l->inputs; i++)
            largest = fmax(largest, fabs(l->weights[(size_t)i * (size_t)l->outputs + (size_t)o]
                                         * scale_of(l, o)));
        bias = fmax(bias, fabs(l->bias[o] * scale_of(l, o)));
    }
    const double lsb = largest > 0 ? floor(OHM_CODE_MAX / largest) : 1 << 24;
    if (lsb < 1)
        return ohm_fail(err, "layer %s: links: weight times scale up to %g, expected at most %d",
                        l->name, largest, OHM_CODE_MAX);
    t->lsb = lsb < 1 << 24 ? (uint32_t)lsb : 1 << 24;
    const double rows = ceil(bias * t->lsb / ((double)TICKS * OHM_CODE_MAX));
    if (rows > m->config.rows - l->inputs)
        return ohm_fail(err, "layer %s: links: %d inputs and %.0f rows of bias, ROWS of %s is %d",
                        l->name, l->inputs, rows, m->config.name, m->config.rows);
    t->bias_rows = (int)rows;
    t->bias_first = t->rows;
    t->rows += t->bias_rows;
    t->gain = 16384;
    return 0;
}

int ohm_durations_layout(struct ohm_mapping *m, struct ohm_error *err)
{
    const int layers = m->net->layer_count;
    if (refuse_coding(m, err))
        return -1;
    if (!m->config.link_w)
        return ohm_fail(err, "links: LINK_W of %s is 0", m->config.name);
    int row = 0; /* tiles side by side in the southern row */
    while (ohm_config_tile(&m->config, row, 0))
        row++;
    if (layers < 2 || layers > row)
        return ohm_fail(err, "links: %d layers, expected 2 to %d, the tiles in a row of the mesh",
                        layers, row);
    for (int i = 0; i < layers; i++) {
        if (refuse_layer(m, i, err))
            return -1;
        struct ohm_tile_map *t = &m->tiles[m->layers[i].first_tile];
        struct ohm_stream_map *s = &t->streams[OHM_STREAM_MAIN];
        t->x = i;
        t->y = 0;
        t->link_in = i > 0;
        t->link_out = i < layers - 1;
        if (t->link_out && scale_layer(m, t, err))
            return -1;
        s->size = s->expect = t->link_in ? 0 : (t->rows + 3) / 4;
        s->lines = !t->link_in;
        m->layers[i].unit = 1;
        m->layers[i].full_scale = 0;
    }
    return 0;
}

int ohm_duration_code(const struct ohm_mapping *m, int tile, int row, int output)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *l = &m->net->layers[t->layer];
    const int input = ohm_tile_row(m, tile, row);
    double code;
    if (row >= t->bias_first)
        code = l->bias[output] * scale_of(l, output) * t->lsb / ((double)TICKS * t->bias_rows);
    else if (input < 0)
        return 0;
    else
        code = l->weights[(size_t)input * (size_t)l->outputs + (size_t)output] * scale_of(l, output)
               * t->lsb;
    return (int)floor(code + 0.5);
}
