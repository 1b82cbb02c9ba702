/* SPDX-License-Identifier: Apache-2.0
 * Each piece is a network of one layer, laid out and driven like any other: some inputs, some
 * outputs, no bias, results to the host. */
#include "ohm_reload.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_driver.h"
#include "ohm_intref.h"

struct piece { /* rows [row0, row0 + rows) and outputs [out0, out0 + outs) of a layer */
    struct ohm_net net;
    struct ohm_layer layer;
    struct ohm_mapping mapping;
    int row0, out0, mapped;
    double *sums; /* of the whole layer: count × outputs, W·x */
    int outputs;
    uint32_t ended;
};

int ohm_reload_check(const struct ohm_net *net, const struct ohm_coding *coding,
                     struct ohm_error *err)
{
    if (coding->links)
        return ohm_fail(err, "reload: layers pass durations, expected none: a chain of tiles is on "
                             "the chip together");
    if (net->steps)
        return ohm_fail(err, "reload: a network of sequences, expected one of images");
    for (int i = 0; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        if (l->kind != OHM_LAYER_DENSE || l->from_count != 1 || l->from[0] != i - 1
            || l->has_residual)
            return ohm_fail(
                err, "reload: layer %s: %s, expected a dense layer behind the one before it",
                l->name, l->kind == OHM_LAYER_DENSE ? "reads another layer" : "walks windows");
    }
    return 0;
}

static void free_piece(struct piece *p)
{
    if (p->mapped)
        ohm_mapping_free(&p->mapping);
    p->mapped = 0;
    free(p->layer.weights);
    free(p->layer.bias);
    free(p->net.calib);
    p->layer.weights = NULL;
    p->layer.bias = NULL;
    p->net.calib = NULL;
}

/* x: inputs of the layer's calibration images, calib_count × inputs; NULL without. */
static int make_piece(const struct ohm_reload *r, int layer, int row0, int rows, int out0, int outs,
                      const uint8_t *x, struct piece *p, struct ohm_error *err)
{
    const struct ohm_layer *l = &r->net->layers[layer];

    p->row0 = row0;
    p->out0 = out0;
    p->layer = (struct ohm_layer){.kind = OHM_LAYER_DENSE, .outputs = outs,
                                  .output = OHM_OUTPUT_S32,
                                  .weights = malloc((size_t)rows * (size_t)outs),
                                  .bias = calloc((size_t)outs, sizeof(int32_t))};
    memcpy(p->layer.name, l->name, sizeof l->name);
    p->net =
        (struct ohm_net){.inputs = rows, .in_h = 1, .in_w = 1, .in_c = rows,
                         .input_signed = ohm_net_signed(r->net, layer), .classes = outs,
                         .layer_count = 1, .layers = &p->layer,
                         .calib_count = x ? r->net->calib_count : 0,
                         .calib = x ? malloc((size_t)r->net->calib_count * (size_t)rows) : NULL};
    memcpy(p->net.name, r->net->name, sizeof p->net.name);
    if (!p->layer.weights || !p->layer.bias || (x && !p->net.calib))
        return ohm_fail(err, "reload: out of memory");
    for (int i = 0; i < rows; i++)
        memcpy(p->layer.weights + (size_t)i * (size_t)outs,
               l->weights + (size_t)(row0 + i) * (size_t)l->outputs + out0, (size_t)outs);
    for (int i = 0; x && i < r->net->calib_count; i++)
        memcpy(p->net.calib + (size_t)i * (size_t)rows, x + (size_t)i * (size_t)l->inputs + row0,
               (size_t)rows);
    const int one = 1;
    if (ohm_net_shape(&p->net, err)
        || ohm_map_replicated(&p->net, r->config, r->coding, &one, &p->mapping, err))
        return -1;
    p->mapped = 1;
    if ((r->range && ohm_set_ranges(&p->mapping, r->range, err))
        || (r->bridge_words && ohm_size_windows(&p->mapping, r->bridge_words, err)))
        return -1;
    return 0;
}

/* Part k of n of something of this size: where it begins. Whole words of inputs. */
static int part(int size, int k, int n)
{
    const int words = (size + 3) / 4;
    const int at = 4 * (int)((int64_t)words * k / n);
    return at < size ? at : size;
}

/* The fewest pieces of which the largest still fits the mesh; the first reason why one does not is
 * err's. */
static int cut(const struct ohm_reload *r, int layer, int *row_parts, int *col_parts,
               struct ohm_error *err)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    const int most_rows = (l->inputs + r->config->rows - 1) / r->config->rows * 8,
              most_cols = (l->outputs + r->config->cols - 1) / r->config->cols * 8;

    for (int n = 1; n <= most_rows * most_cols; n++)
        for (int cols = 1; cols <= n && cols <= most_cols; cols++) {
            const int rows = n / cols;
            struct piece p = {.mapped = 0};
            struct ohm_error why = {""};
            if (n % cols || rows > most_rows || part(l->inputs, 1, rows) == 0
                || part(l->outputs, 1, cols) == 0)
                continue;
            int widest = 0, tallest = 0;
            for (int k = 0; k < rows; k++)
                if (part(l->inputs, k + 1, rows) - part(l->inputs, k, rows) > tallest)
                    tallest = part(l->inputs, k + 1, rows) - part(l->inputs, k, rows);
            for (int k = 0; k < cols; k++)
                if (part(l->outputs, k + 1, cols) - part(l->outputs, k, cols) > widest)
                    widest = part(l->outputs, k + 1, cols) - part(l->outputs, k, cols);
            const int fits = !make_piece(r, layer, 0, tallest, 0, widest, NULL, &p, &why);
            free_piece(&p);
            if (n == 1 && !fits)
                *err = why;
            if (fits) {
                *row_parts = rows;
                *col_parts = cols;
                return 0;
            }
        }
    return -1;
}

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct piece *p = user;
    double *sums = p->sums + (size_t)image * (size_t)p->outputs + p->out0;
    for (int o = 0; v && o < p->layer.outputs; o++)
        sums[o] += v[o] / p->mapping.layers[0].unit;
    p->ended++;
    return 0;
}

/* All images through one piece. x: count × inputs of the layer. */
static int run_piece(const struct ohm_reload *r, struct ohm_backend *b, struct piece *p,
                     const uint8_t *x, int inputs, struct ohm_reload_stats *out,
                     struct ohm_error *err)
{
    const size_t rows = (size_t)p->layer.inputs;
    uint8_t *slice = malloc(r->count * rows);
    struct ohm_drive d = {
        .mapping = &p->mapping, .images = slice, .count = r->count, .done = image_done, .user = p};
    struct ohm_drive_stats stats;
    const uint64_t began = b->cycle(b->self);

    if (!slice)
        return ohm_fail(err, "reload: out of memory");
    for (uint32_t i = 0; i < r->count; i++)
        memcpy(slice + i * rows, x + (size_t)i * (size_t)inputs + p->row0, rows);
    int rc = ohm_drive_run(&d, b, &stats, err);
    free(slice);
    out->pieces++;
    out->cells += (uint64_t)ohm_mapping_cells(&p->mapping);
    out->programming += stats.start_cycle - began;
    out->cycles = b->cycle(b->self);
    out->lost += stats.lost;
    if (stats.events && !out->events)
        memcpy(out->first_event, stats.first_event, sizeof out->first_event);
    out->events += stats.events;
    return rc;
}

/* sums: count × outputs. */
static int run_layer(const struct ohm_reload *r, struct ohm_backend *b, int layer, const uint8_t *x,
                     const uint8_t *calib, double *sums, struct ohm_reload_stats *out,
                     struct ohm_error *err)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    int row_parts, col_parts, rc = 0;

    if (cut(r, layer, &row_parts, &col_parts, err))
        return -1;
    for (int k = 0; !rc && k < row_parts * col_parts; k++) {
        const int row = k / col_parts, col = k % col_parts;
        const int row0 = part(l->inputs, row, row_parts), out0 = part(l->outputs, col, col_parts);
        struct piece p = {.sums = sums, .outputs = l->outputs};
        rc = make_piece(r, layer, row0, part(l->inputs, row + 1, row_parts) - row0, out0,
                        part(l->outputs, col + 1, col_parts) - out0, calib, &p, err);
        if (!rc && r->piece)
            r->piece(r->user, l->name, k, row_parts * col_parts, &p.mapping);
        if (!rc)
            rc = run_piece(r, b, &p, x, l->inputs, out, err);
        free_piece(&p);
    }
    return rc;
}

/* Inputs of a layer on the calibration images, as the integer network has them. */
static int calibration(const struct ohm_net *net, int layer, uint8_t *x, struct ohm_error *err)
{
    const size_t inputs = (size_t)net->layers[layer].inputs;
    struct ohm_intref ref;
    if (ohm_intref_new(net, &ref, err))
        return -1;
    for (int i = 0; i < net->calib_count; i++) {
        const uint8_t *image = net->calib + (size_t)i * (size_t)net->inputs;
        ohm_intref_run(&ref, image);
        memcpy(x + (size_t)i * inputs, layer ? ref.y[layer - 1] : image, inputs);
    }
    ohm_intref_free(&ref);
    return 0;
}

int ohm_reload_run(const struct ohm_reload *r, struct ohm_backend *b, int32_t *v,
                   struct ohm_reload_stats *out, struct ohm_error *err)
{
    const struct ohm_net *net = r->net;
    size_t widest = (size_t)net->inputs;

    *out = (struct ohm_reload_stats){0};
    if (ohm_reload_check(net, r->coding, err))
        return -1;
    for (int i = 0; i < net->layer_count; i++)
        if ((size_t)net->layers[i].outputs > widest)
            widest = (size_t)net->layers[i].outputs;
    uint8_t *x = malloc(r->count * widest),
            *calib = net->calib_count ? malloc((size_t)net->calib_count * widest) : NULL;
    double *sums = malloc(r->count * widest * sizeof *sums);
    int32_t *wx = malloc(widest * sizeof *wx);
    int rc = x && sums && wx && (calib || !net->calib_count)
                 ? 0
                 : ohm_fail(err, "reload: out of memory for %" PRIu32 " images", r->count);

    if (!rc)
        memcpy(x, r->images, (size_t)r->count * (size_t)net->inputs);
    for (int layer = 0; !rc && layer < net->layer_count; layer++) {
        const struct ohm_layer *l = &net->layers[layer];
        for (size_t i = 0; i < r->count * (size_t)l->outputs; i++)
            sums[i] = 0;
        rc = (calib && calibration(net, layer, calib, err))
                     || run_layer(r, b, layer, x, calib, sums, out, err)
                 ? -1
                 : 0;
        for (uint32_t i = 0; !rc && i < r->count; i++) {
            for (int o = 0; o < l->outputs; o++)
                wx[o] = (int32_t)floor(sums[(size_t)i * (size_t)l->outputs + (size_t)o] + 0.5);
            for (int o = 0; layer + 1 == net->layer_count && o < l->outputs; o++)
                v[(size_t)i * (size_t)l->outputs + (size_t)o] = wx[o] + l->bias[o];
            if (layer + 1 < net->layer_count)
                ohm_intref_post(l, wx, NULL, 0, x + (size_t)i * (size_t)l->outputs);
        }
    }
    free(x);
    free(calib);
    free(sums);
    free(wx);
    return rc;
}
