/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_intref.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_intref_vector.h"
#include "ohm_simd.h"

enum { BLOCK = 32 }; /* a constant trip count becomes vectors */

/* The row of input i, all outputs. */
__attribute__((always_inline))
static inline void add_row(int32_t *restrict wx, const int8_t *restrict w, int32_t xi, int outputs)
{
    for (; outputs >= BLOCK; outputs -= BLOCK, wx += BLOCK, w += BLOCK)
        for (int o = 0; o < BLOCK; o++)
            wx[o] += xi * w[o];
    for (int o = 0; o < outputs; o++)
        wx[o] += xi * w[o];
}

#define ADD_ROW(name, target) \
    target static void name(int32_t *restrict wx, const int8_t *restrict w, int32_t xi, \
                            int outputs) \
    { \
        add_row(wx, w, xi, outputs); \
    }

ADD_ROW(add_row_portable, )
#if OHM_X86
ADD_ROW(add_row_avx2, OHM_TARGET_AVX2)
#endif

void ohm_intref_product(const struct ohm_layer *l, int is_signed, const uint8_t *x, int32_t *wx)
{
    void (*add)(int32_t *, const int8_t *, int32_t, int) = add_row_portable;
#if OHM_X86
    if (ohm_simd_best() >= OHM_SIMD_AVX2)
        add = add_row_avx2;
#endif
    memset(wx, 0, (size_t)l->outputs * sizeof *wx);
    for (int i = 0; i < l->inputs; i++) {
        int32_t xi = is_signed ? (int8_t)x[i] : x[i];
        if (xi)
            add(wx, l->weights + (size_t)i * (size_t)l->outputs, xi, l->outputs);
    }
}

void ohm_intref_post(const struct ohm_layer *l, const int32_t *wx, const uint8_t *r, int r_signed,
                     uint8_t *y)
{
    for (int o = 0; o < l->outputs; o++) {
        int64_t v = (int64_t)wx[o] + l->bias[o];
        if (r)
            v += (int64_t)l->rscale * (r_signed ? (int8_t)r[o] : r[o]);
        int64_t p = v * l->scale[o];
        if (l->shift) /* >> of a negative number: floor, on every compiler that builds this */
            p = (p + ((int64_t)1 << (l->shift - 1))) >> l->shift;
        if (l->activation == OHM_ACTIVATION_RELU && p < 0)
            p = 0;
        if (l->activation == OHM_ACTIVATION_TABLE) {
            y[o] = l->table[(p < -128 ? -128 : p > 127 ? 127 : p) + 128];
            continue;
        }
        if (l->activation == OHM_ACTIVATION_THRESHOLD)
            p = p >= 0 ? 1 : l->output == OHM_OUTPUT_S8 ? -1 : 0;
        int64_t min = l->output == OHM_OUTPUT_S8 ? -127 : 0,
                max = l->output == OHM_OUTPUT_S8 ? 127 : 255;
        y[o] = (uint8_t)(p < min ? min : p > max ? max : p);
    }
}

int ohm_intref_argmax(const int32_t *v, int n)
{
    int best = 0;
    if (n == 1) /* a binary classifier: yes when its one result is positive (a sigmoid above one
                   half) */
        return v[0] > 0;
    for (int i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return best;
}

void ohm_intref_map(const struct ohm_net *net, int layer, const uint8_t *image, uint8_t *const *y,
                    uint8_t *map)
{
    const struct ohm_layer *l = &net->layers[layer];
    int first = 0;
    for (int i = 0; i < l->from_count; i++) {
        const int state = ohm_net_back(net, layer, i) ? net->layer_count : 0;
        const uint8_t *from = l->from[i] < 0 ? image : y[state + l->from[i]];
        int channels = ohm_net_channels(net, l->from[i]);
        for (int p = 0; p < l->in_h * l->in_w; p++)
            memcpy(map + (size_t)p * (size_t)l->in_c + first, from + (size_t)p * (size_t)channels,
                   (size_t)channels);
        first += channels;
    }
}

void ohm_intref_window(const struct ohm_layer *l, const uint8_t *map, int wy, int wx, uint8_t *x)
{
    const int left = wx * l->stride_w - l->pad_left, over = left + l->kernel_w - l->in_w;
    const int room = l->kernel_w, before = left >= 0 ? 0 : -left < room ? -left : room,
              rest = room - before, after = over <= 0 ? 0 : over < rest ? over : rest;
    const size_t pixel = (size_t)l->in_c, line = (size_t)l->kernel_w * pixel;
    for (int ky = 0; ky < l->kernel_h; ky++, x += line) {
        const int y = wy * l->stride_h - l->pad_top + ky;
        memset(x, l->pad_value, line);
        if (y >= 0 && y < l->in_h && before + after < room)
            memcpy(x + (size_t)before * pixel, map + (size_t)(y * l->in_w + left + before) * pixel,
                   (size_t)(room - before - after) * pixel);
    }
}

/* Largest, or mean floor((Σ·m + 2^(s−1)) / 2^s) with s = 15 + ⌈log2 n⌉, m = rnd(2^s / n), of a
 * block of n windows; 1 less before the division where halves go down. */
static uint8_t pool_block(const struct ohm_layer *l, const uint8_t *first, int is_signed)
{
    int64_t sum = 0;
    int largest = -128, n = l->pool_h * l->pool_w, s = 15;
    for (int dy = 0; dy < l->pool_h; dy++) {
        for (int dx = 0; dx < l->pool_w; dx++) {
            uint8_t byte = first[(size_t)(dy * l->conv_w + dx) * (size_t)l->outputs];
            int value = is_signed ? (int8_t)byte : byte;
            sum += value;
            largest = value > largest ? value : largest;
        }
    }
    if (l->pool == OHM_POOL_MAX)
        return (uint8_t)largest;
    while (1 << (s - 15) < n)
        s++;
    const int64_t one = (int64_t)1 << s, m = (2 * one + n) / (2 * n),
                  mean = (sum * m - l->ties_down + one / 2) >> s;
    int64_t min = is_signed ? -127 : 0, max = is_signed ? 127 : 255;
    return (uint8_t)(mean < min ? min : mean > max ? max : mean);
}

void ohm_intref_pool(const struct ohm_layer *l, const uint8_t *windows, uint8_t *map)
{
    if (l->pool == OHM_POOL_NONE) {
        memcpy(map, windows, (size_t)ohm_net_map(l));
        return;
    }
    for (int y = 0; y < l->map_h; y++)
        for (int x = 0; x < l->map_w; x++)
            for (int o = 0; o < l->outputs; o++)
                *map++ = pool_block(
                    l,
                    windows
                        + (size_t)(y * l->pool_stride_h * l->conv_w + x * l->pool_stride_w)
                              * (size_t)l->outputs
                        + o,
                    l->output == OHM_OUTPUT_S8);
}

int ohm_intref_new(const struct ohm_net *net, struct ohm_intref *out, struct ohm_error *err)
{
    const size_t n = (size_t)net->layer_count;
    size_t map = 1, windows = 1;
    *out = (struct ohm_intref){.net = net, .wx = calloc(n, sizeof *out->wx),
                               .y = calloc(2 * n, sizeof *out->y),
                               .v = calloc((size_t)ohm_net_results(net), sizeof *out->v),
                               .unit = calloc(n, sizeof(void *))};
    int ok = out->wx && out->y && out->v && out->unit;
    for (size_t i = 0; ok && i < n; i++) {
        const struct ohm_layer *l = &net->layers[i];
        /* map and one window */
        const size_t in = (size_t)l->in_h * (size_t)l->in_w * (size_t)l->in_c + (size_t)l->inputs;
        const size_t all = (size_t)l->conv_h * (size_t)l->conv_w * (size_t)l->outputs;
        map = in > map ? in : map;
        windows = all > windows ? all : windows;
        out->wx[i] = malloc(all * sizeof **out->wx);
        out->y[i] = malloc((size_t)ohm_net_map(l));
        ok = out->wx[i] && out->y[i];
        if (ok && l->kind == OHM_LAYER_VECTOR) {
            out->y[n + i] = malloc((size_t)l->outputs);
            if (!(out->unit[i] = ohm_intref_unit_new(net, (int)i, err))) {
                ohm_intref_free(out);
                return -1;
            }
            ok = out->y[n + i] != NULL;
        }
    }
    out->map = malloc(map);
    out->windows = malloc(windows);
    if (ok && out->map && out->windows)
        return 0;
    ohm_intref_free(out);
    return ohm_fail(err, "network %s: out of memory for its maps", net->name);
}

void ohm_intref_free(struct ohm_intref *r)
{
    for (int i = 0; r->net && i < r->net->layer_count; i++) {
        free(r->wx ? r->wx[i] : NULL);
        free(r->y ? r->y[i] : NULL);
        free(r->y ? r->y[r->net->layer_count + i] : NULL);
        ohm_intref_unit_free(r->unit ? r->unit[i] : NULL);
    }
    free(r->unit);
    free(r->wx);
    free(r->y);
    free(r->v);
    free(r->map);
    free(r->windows);
    memset(r, 0, sizeof *r);
}

/* A kernel's streams are its sources, one after the other in the map. */
void ohm_intref_kernel(struct ohm_intref *r, int layer, uint8_t *map, uint8_t *y)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    uint8_t *x[OHM_VKERNEL_STREAMS], *at = map;
    for (int i = 0; i < l->from_count; i++) {
        x[i] = at;
        at += ohm_net_channels(r->net, l->from[i]);
    }
    ohm_intref_unit_step(r->unit[layer], x, y, r->y[r->net->layer_count + layer]);
}

/* v: of the last layer. */
static void run_layer(struct ohm_intref *r, int layer, const uint8_t *image, int32_t *v)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    const int is_signed = ohm_net_signed(r->net, layer), last = layer == r->net->layer_count - 1;
    const uint8_t *residual = !l->has_residual ? NULL : l->add < 0 ? image : r->y[l->add];
    const int r_signed = residual && ohm_net_from_signed(r->net, l->add);
    uint8_t *x = r->map + (size_t)l->in_h * (size_t)l->in_w * (size_t)l->in_c;
    ohm_intref_map(r->net, layer, image, r->y, r->map);
    if (l->kind == OHM_LAYER_VECTOR) {
        ohm_intref_kernel(r, layer, r->map, r->y[layer]);
        return;
    }
    for (int w = 0; w < l->conv_h * l->conv_w; w++) {
        const size_t at = (size_t)w * (size_t)l->outputs;
        ohm_intref_window(l, r->map, w / l->conv_w, w % l->conv_w, x);
        ohm_intref_product(l, is_signed, x, r->wx[layer] + at);
        if (!last)
            ohm_intref_post(l, r->wx[layer] + at, residual ? residual + at : NULL, r_signed,
                            r->windows + at);
        else
            for (int o = 0; o < l->outputs; o++)
                v[o] =
                    r->wx[layer][o] + l->bias[o]
                    + (residual ? l->rscale * (r_signed ? (int8_t)residual[o] : residual[o]) : 0);
    }
    if (!last)
        ohm_intref_pool(l, r->windows, r->y[layer]);
}

void ohm_intref_begin(struct ohm_intref *r)
{
    for (int l = 0; l < r->net->layer_count; l++)
        if (r->unit[l])
            ohm_intref_unit_begin(r->unit[l], r->y[r->net->layer_count + l]);
}

void ohm_intref_step(struct ohm_intref *r, const uint8_t *image, int step)
{
    const struct ohm_net *net = r->net;
    for (int l = 0; l < net->layer_count; l++)
        run_layer(r, l, image + (size_t)step * (size_t)ohm_net_step_inputs(net),
                  r->v + (net->every_step ? step * net->classes : 0));
}

int ohm_intref_run(struct ohm_intref *r, const uint8_t *image)
{
    ohm_intref_begin(r);
    for (int step = 0; step < ohm_net_steps(r->net); step++)
        ohm_intref_step(r, image, step);
    return ohm_intref_argmax(r->v + ohm_net_results(r->net) - r->net->classes, r->net->classes);
}
