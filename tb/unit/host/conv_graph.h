/* SPDX-License-Identifier: Apache-2.0
 * Convolutional networks for the tests of mappings: layer by layer, or a random graph, with random
 * numbers in them. */
#ifndef CONV_GRAPH_H
#define CONV_GRAPH_H

#include "host_test.h"

#include <math.h>

#include "ohm_figures.h"

static uint32_t seed = 20817;

static inline int draw(int n)
{
    return (int)(host_random(&seed) % (uint32_t)n);
}

struct graph {
    struct ohm_net net;
    struct ohm_layer layers[12];
};

static inline void begin(struct graph *g, int h, int w, int c, int is_signed)
{
    memset(g, 0, sizeof *g);
    snprintf(g->net.name, sizeof g->net.name, "graph");
    g->net.in_h = h;
    g->net.in_w = w;
    g->net.in_c = c;
    g->net.inputs = h * w * c;
    g->net.input_signed = is_signed;
    g->net.layers = g->layers;
}

static inline struct ohm_layer *add_layer(struct graph *g, enum ohm_layer_kind kind, int outputs)
{
    struct ohm_layer *l = &g->layers[g->net.layer_count++];
    snprintf(l->name, sizeof l->name, "layer%d", g->net.layer_count - 1);
    l->kind = kind;
    l->outputs = outputs;
    l->output = OHM_OUTPUT_U8;
    l->activation = OHM_ACTIVATION_RELU;
    l->stride_h = l->stride_w = 1;
    return l;
}

static inline struct ohm_layer *conv(struct graph *g, int outputs, int kernel_h, int kernel_w,
                                     int pad)
{
    struct ohm_layer *l = add_layer(g, OHM_LAYER_CONV, outputs);
    l->kernel_h = kernel_h;
    l->kernel_w = kernel_w;
    l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = pad;
    return l;
}

static inline void pool(struct ohm_layer *l, enum ohm_pool kind, int size, int stride)
{
    l->pool = kind;
    l->pool_h = l->pool_w = size;
    l->pool_stride_h = l->pool_stride_w = stride;
    l->ties_down = kind == OHM_POOL_AVERAGE && draw(2);
}

static inline void add_to(struct ohm_layer *l, int layer)
{
    l->has_residual = 1;
    l->add = layer;
    l->rscale = 40;
}

/* Numbers for all layers; the last one's output is of that kind. -1: the shape is not possible. */
static inline int finish(struct graph *g, enum ohm_output output, int images, struct ohm_error *err)
{
    struct ohm_net *net = &g->net;
    struct ohm_layer *last = &g->layers[net->layer_count - 1];
    last->output = output;
    last->activation = OHM_ACTIVATION_NONE;
    net->classes = last->outputs;
    if (ohm_net_shape(net, err))
        return -1;
    for (int i = 0; i < net->layer_count; i++) {
        struct ohm_layer *l = &g->layers[i];
        size_t n = (size_t)l->inputs * (size_t)l->outputs;
        l->weights = malloc(n);
        l->bias = malloc((size_t)l->outputs * sizeof *l->bias);
        for (size_t k = 0; k < n; k++) {
            const int c = (int)(k / (size_t)l->outputs) % l->in_c,
                      o = (int)(k % (size_t)l->outputs), w = draw(255) - 127;
            l->weights[k] =
                (int8_t)(c * l->groups / l->in_c == o * l->groups / l->outputs ? w : 0);
        }
        for (int o = 0; o < l->outputs; o++)
            l->bias[o] = draw(20001) - 10000;
        if (l == last)
            continue;
        l->scale = malloc((size_t)l->outputs * sizeof *l->scale);
        l->shift = 24;
        for (int o = 0; o < l->outputs; o++)
            l->scale[o] = (int16_t)(ldexp(100, 24) / (73.0 * 100 * sqrt(l->inputs))
                                    * (0.8 + 0.0004 * draw(1000)));
    }
    net->calib_count = images;
    net->calib = malloc((size_t)images * (size_t)net->inputs);
    for (int k = 0; k < images * net->inputs; k++)
        net->calib[k] = (uint8_t)(net->input_signed ? draw(255) - 127 : draw(256));
    return 0;
}

static inline void end(struct graph *g)
{
    for (int i = 0; i < g->net.layer_count; i++) {
        free(g->layers[i].weights);
        free(g->layers[i].bias);
        free(g->layers[i].scale);
    }
    free(g->net.calib);
}

/* A chain with now and then a residual or a concatenation, ended by a flattening or pooled dense
 * layer. */
static inline int random_graph(struct graph *g, enum ohm_output output, struct ohm_error *err)
{
    begin(g, 5 + draw(8), 5 + draw(8), 1 + draw(4), draw(4) == 0);
    int layers = 1 + draw(3), same = -1; /* same: a layer whose map the next ones keep */
    for (int i = 0; i < layers; i++) {
        int kernel_h = 1 + draw(3), kernel_w = draw(2) ? kernel_h : 1 + draw(3),
            smaller = kernel_h < kernel_w ? kernel_h : kernel_w;
        struct ohm_layer *l = conv(g, 1 + draw(10), kernel_h, kernel_w, draw(smaller));
        l->stride_h = 1 + (draw(4) == 0);
        l->stride_w = draw(4) ? l->stride_h : 1 + draw(2);
        l->pad_bottom = draw(kernel_h);
        l->pad_right = draw(kernel_w);
        l->pad_value = draw(100);
        if (draw(4) == 0 && !g->net.input_signed) {
            l->output = OHM_OUTPUT_S8;
            l->activation = OHM_ACTIVATION_NONE;
        }
        if (draw(3) == 0)
            pool(l, draw(2) ? OHM_POOL_MAX : OHM_POOL_AVERAGE, 1 + draw(3), 1 + draw(2));
        same = i;
    }
    int how = draw(4), channels = g->layers[same].outputs;
    struct ohm_layer *l;
    if (how >= 2) { /* residual pair, or a concatenation over it */
        l = conv(g, channels, 3, 3, 1);
        l->output = g->layers[same].output;
        l = conv(g, channels, 3, 3, 1);
        l->output = g->layers[same].output;
        if (how == 2) {
            add_to(l, same);
        } else {
            l = conv(g, 1 + draw(6), 1, 1, 0);
            l->from_count = 2;
            l->from[0] = same;
            l->from[1] = same + 2;
        }
    }
    if (draw(3) == 0)
        /* global */
        pool(&g->layers[g->net.layer_count - 1], draw(2) ? OHM_POOL_MAX : OHM_POOL_AVERAGE, 0, 1);
    add_layer(g, OHM_LAYER_DENSE, 2 + draw(9));
    return finish(g, output, 12, err);
}

#endif
