/* SPDX-License-Identifier: Apache-2.0
 * Geometry of a network's graph: maps, windows and pooled blocks of every layer, and whether they
 * fit together. */
#include "ohm_net.h"

#define MAX_SIDE 1024     /* lines of a map, pixels of a line */
#define MAX_CHANNELS 4092 /* bytes of a pixel */
#define MAX_BLOCK 32      /* windows of a block, down and across */
#define MAX_MAP (1 << 24) /* values of a map */

static const char *name_of(const struct ohm_net *net, int from)
{
    return from < 0 ? "input" : net->layers[from].name;
}

/* A source that is no earlier layer: only a kernel's state may go back in time. */
static int back(const struct ohm_net *net, int index, int from, struct ohm_error *err)
{
    const struct ohm_layer *l = &net->layers[index], *source = &net->layers[from];
    if (!net->steps)
        return ohm_fail(
            err, "layer %s: from: \"%s\" is not an earlier layer, expected a graph without cycles",
            l->name, source->name);
    if (source->kind != OHM_LAYER_VECTOR || !ohm_vkernel_recurrent(source->kernel)
        || l->kind != OHM_LAYER_DENSE)
        return ohm_fail(err, "layer %s: from: \"%s\" is not an earlier layer, expected one, or a "
                             "recurrent kernel's that a dense layer reads a step later",
                        l->name, source->name);
    return 0;
}

static void shape_of(const struct ohm_net *net, int from, int *h, int *w)
{
    *h = net->steps ? 1 : from < 0 ? net->in_h : net->layers[from].map_h;
    *w = net->steps ? 1 : from < 0 ? net->in_w : net->layers[from].map_w;
}

/* The layer's input map: sources of one size and type, their channels side by side. */
static int gather(const struct ohm_net *net, int index, struct ohm_error *err)
{
    struct ohm_layer *l = &net->layers[index];
    if (!l->from_count) {
        l->from[0] = index - 1;
        l->from_count = 1;
    }
    l->in_c = 0;
    for (int i = 0; i < l->from_count; i++) {
        int from = l->from[i], h, w;
        if (from >= index && back(net, index, from, err))
            return -1;
        for (int k = 0; k < i; k++)
            if (l->from[k] == from)
                return ohm_fail(err, "layer %s: from: \"%s\" twice, expected different layers",
                                l->name, name_of(net, from));
        shape_of(net, from, &h, &w);
        if (i == 0) {
            l->in_h = h;
            l->in_w = w;
        }
        if (h != l->in_h || w != l->in_w)
            return ohm_fail(
                err,
                "layer %s: from: map of \"%s\" is %dx%d, that of \"%s\" %dx%d, expected one size",
                l->name, name_of(net, from), h, w, name_of(net, l->from[0]), l->in_h, l->in_w);
        if (ohm_net_from_signed(net, from) != ohm_net_from_signed(net, l->from[0]))
            return ohm_fail(err,
                            "layer %s: from: \"%s\" and \"%s\" are of different types, expected "
                            "all u8 or all s8",
                            l->name, name_of(net, l->from[0]), name_of(net, from));
        l->in_c += ohm_net_channels(net, from);
    }
    if (l->kind == OHM_LAYER_CONV && l->in_c > MAX_CHANNELS)
        return ohm_fail(err, "layer %s: %d input channels, expected at most %d", l->name, l->in_c,
                        MAX_CHANNELS);
    return 0;
}

/* So many lines or pixels of padding, of which a block of windows sees that many. */
static int padding(const struct ohm_layer *l, const char *where, int pad, int kernel, int block,
                   struct ohm_error *err)
{
    const int most = kernel + (l->pool != OHM_POOL_NONE && block ? block - 1 : 0) - 1;
    if (pad <= most)
        return 0;
    return ohm_fail(err, "layer %s: padding: %d %s, expected at most %d (kernel of %dx%d)", l->name,
                    pad, where, most, l->kernel_h, l->kernel_w);
}

static int groups(const struct ohm_layer *l, struct ohm_error *err)
{
    if (l->in_c % l->groups == 0 && l->outputs % l->groups == 0)
        return 0;
    return ohm_fail(err,
                    "layer %s: groups: %d, expected a divisor of its %d channels and %d outputs",
                    l->name, l->groups, l->in_c, l->outputs);
}

static int pad_value(const struct ohm_net *net, const struct ohm_layer *l, struct ohm_error *err)
{
    const int is_signed = ohm_net_from_signed(net, l->from[0]), min = is_signed ? -127 : 0,
              max = is_signed ? 127 : 255;
    if (l->pad_value >= min && l->pad_value <= max)
        return 0;
    return ohm_fail(err, "layer %s: padding_value: %d, expected %d to %d as its inputs", l->name,
                    l->pad_value, min, max);
}

static int convolve(struct ohm_layer *l, struct ohm_error *err)
{
    int h = l->in_h + l->pad_top + l->pad_bottom, w = l->in_w + l->pad_left + l->pad_right;
    if (l->kernel_h > h || l->kernel_w > w)
        return ohm_fail(err,
                        "layer %s: kernel: %dx%d, expected at most the map with padding, %dx%d",
                        l->name, l->kernel_h, l->kernel_w, h, w);
    if (padding(l, "above", l->pad_top, l->kernel_h, l->pool_h, err)
        || padding(l, "below", l->pad_bottom, l->kernel_h, l->pool_h, err)
        || padding(l, "on the left", l->pad_left, l->kernel_w, l->pool_w, err)
        || padding(l, "on the right", l->pad_right, l->kernel_w, l->pool_w, err))
        return -1;
    l->conv_h = (h - l->kernel_h) / l->stride_h + 1;
    l->conv_w = (w - l->kernel_w) / l->stride_w + 1;
    l->inputs = l->kernel_h * l->kernel_w * l->in_c;
    if (l->conv_h > MAX_SIDE || l->conv_w > MAX_SIDE
        || (int64_t)l->conv_h * l->conv_w * l->outputs > MAX_MAP)
        return ohm_fail(err, "layer %s: map of %dx%dx%d, expected at most %dx%d and %d values",
                        l->name, l->conv_h, l->conv_w, l->outputs, MAX_SIDE, MAX_SIDE, MAX_MAP);
    return 0;
}

static int pool(struct ohm_layer *l, struct ohm_error *err)
{
    if (l->pool == OHM_POOL_NONE)
        l->pool_h = l->pool_w = l->pool_stride_h = l->pool_stride_w = 1;
    if (!l->pool_h) { /* global */
        if (l->conv_h > MAX_BLOCK || l->conv_w > MAX_BLOCK)
            return ohm_fail(err, "layer %s: pool: global over %dx%d, expected at most %dx%d",
                            l->name, l->conv_h, l->conv_w, MAX_BLOCK, MAX_BLOCK);
        l->pool_h = l->conv_h;
        l->pool_w = l->conv_w;
        l->pool_stride_h = l->pool_stride_w = 1;
    }
    if (l->pool_h > l->conv_h || l->pool_w > l->conv_w)
        return ohm_fail(err, "layer %s: pool: size %dx%d leaves nothing of a map of %dx%d", l->name,
                        l->pool_h, l->pool_w, l->conv_h, l->conv_w);
    l->map_h = (l->conv_h - l->pool_h) / l->pool_stride_h + 1;
    l->map_w = (l->conv_w - l->pool_w) / l->pool_stride_w + 1;
    return 0;
}

static int residual(const struct ohm_net *net, int index, struct ohm_error *err)
{
    const struct ohm_layer *l = &net->layers[index];
    int h, w;
    if (!l->has_residual)
        return 0;
    if (l->kind != OHM_LAYER_CONV)
        return ohm_fail(err, "layer %s: add: in a dense layer, expected only in a conv layer",
                        l->name);
    if (l->add >= index)
        return ohm_fail(
            err, "layer %s: add: \"%s\" is not an earlier layer, expected a graph without cycles",
            l->name, name_of(net, l->add));
    shape_of(net, l->add, &h, &w);
    if (h != l->conv_h || w != l->conv_w || ohm_net_channels(net, l->add) != l->outputs)
        return ohm_fail(err,
                        "layer %s: add: map of \"%s\" is %dx%dx%d, expected %dx%dx%d as this layer "
                        "before pooling",
                        l->name, name_of(net, l->add), h, w, ohm_net_channels(net, l->add),
                        l->conv_h, l->conv_w, l->outputs);
    return 0;
}

/* A kernel's streams are as long as its outputs ask for. */
static int kernel_streams(struct ohm_net *net, int index, struct ohm_error *err)
{
    struct ohm_layer *l = &net->layers[index];
    const int streams = ohm_vkernel_streams(l->kernel);
    if (l->from_count != streams)
        return ohm_fail(err, "layer %s: from: %d layers, expected %d (kernel %s)", l->name,
                        l->from_count, streams, l->kernel->name);
    for (int i = 0; i < streams; i++)
        if (ohm_net_channels(net, l->from[i]) != l->kernel->size[i] * l->outputs)
            return ohm_fail(err, "layer %s: from: \"%s\" has %d outputs, expected %d (kernel %s "
                                 "with %d outputs)", l->name, name_of(net, l->from[i]),
                            ohm_net_channels(net, l->from[i]), l->kernel->size[i] * l->outputs,
                            l->kernel->name, l->outputs);
    l->inputs = l->in_c;
    l->kernel_h = l->kernel_w = l->stride_h = l->stride_w = l->conv_h = l->conv_w = 1;
    l->pool_h = l->pool_w = l->pool_stride_h = l->pool_stride_w = l->map_h = l->map_w = 1;
    return 0;
}

static int shape_layer(struct ohm_net *net, int index, struct ohm_error *err)
{
    struct ohm_layer *l = &net->layers[index];
    int last = index == net->layer_count - 1;
    if (gather(net, index, err))
        return -1;
    l->groups = l->groups ? l->groups : 1;
    if (l->kind == OHM_LAYER_VECTOR)
        return kernel_streams(net, index, err);
    if (net->steps && l->kind == OHM_LAYER_CONV)
        return ohm_fail(err, "layer %s: type: conv in a network of sequences, expected dense or "
                             "vector", l->name);
    if (l->kind == OHM_LAYER_DENSE) { /* one window, the whole map */
        if (l->pool != OHM_POOL_NONE)
            return ohm_fail(err, "layer %s: pool: in a dense layer, expected only in a conv layer",
                            l->name);
        l->kernel_h = l->in_h;
        l->kernel_w = l->in_w;
        l->stride_h = l->stride_w = 1;
        l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = 0;
    }
    if (groups(l, err) || pad_value(net, l, err) || convolve(l, err) || pool(l, err)
        || residual(net, index, err))
        return -1;
    if (last && l->pool != OHM_POOL_NONE)
        return ohm_fail(err, "layer %s: pool: in the last layer, expected only before it", l->name);
    if (last && (l->map_h != 1 || l->map_w != 1))
        return ohm_fail(err, "layer %s: map of %dx%d, expected 1x1 in the last layer", l->name,
                        l->map_h, l->map_w);
    return 0;
}

int ohm_net_shape(struct ohm_net *net, struct ohm_error *err)
{
    if (net->in_h > MAX_SIDE || net->in_w > MAX_SIDE)
        return ohm_fail(err, "input.shape: %dx%d, expected at most %dx%d", net->in_h, net->in_w,
                        MAX_SIDE, MAX_SIDE);
    for (int i = 0; i < net->layer_count; i++)
        if (shape_layer(net, i, err))
            return -1;
    for (int i = 0; i < net->layer_count - 1; i++) {
        const struct ohm_layer *source = &net->layers[i];
        int used = 0, returned = 0;
        for (int k = 0; k < net->layer_count; k++) {
            const struct ohm_layer *l = &net->layers[k];
            for (int f = 0; f < l->from_count; f++) {
                used |= k > i && l->from[f] == i;
                returned |= k <= i && l->from[f] == i;
            }
            used |= l->has_residual && l->add == i;
        }
        if (!used)
            return ohm_fail(err, "layer %s: no later layer reads it", source->name);
        if (source->kind == OHM_LAYER_VECTOR && ohm_vkernel_recurrent(source->kernel) && !returned)
            return ohm_fail(err, "layer %s: no layer before it reads its state, expected the one "
                                 "that makes its input (kernel %s)", source->name,
                            source->kernel->name);
    }
    return 0;
}
