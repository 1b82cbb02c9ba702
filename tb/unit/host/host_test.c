/* SPDX-License-Identifier: Apache-2.0 */
#include "host_test.h"

#include <math.h>

unsigned long host_checks;

void host_check_error(const char *text, const char *const *words, const char *file, int line)
{
    host_checks++;
    for (int i = 0; words[i]; i++)
        if (!strstr(text, words[i]) || strchr(text, '\n'))
            fail_msg("%s:%d: error '%s', expected one line with '%s'", file, line, text, words[i]);
}

const char *host_path(const char *name)
{
    static char paths[8][512];
    static int next;
    char *p = paths[next++ % 8];
    const char *directory = getenv("OHM_OUT");
    snprintf(p, sizeof paths[0], "%s/%s", directory ? directory : ".", name);
    return p;
}

void host_write(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(host_path(name), "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
        fail_msg("%s: cannot be written", name);
}

void host_write_npy(const char *name, const char *descr, const char *shape, const void *bytes,
                    size_t n)
{
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    int k = snprintf(header + 10, 118, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                     descr, shape);
    header[10 + k] = ' ';
    header[127] = '\n';
    char *all = malloc(sizeof header + n);
    if (!all)
        fail_msg("out of memory");
    memcpy(all, header, sizeof header);
    memcpy(all + sizeof header, bytes, n);
    host_write(name, all, sizeof header + n);
    free(all);
}

uint32_t host_random(uint32_t *state) /* xorshift32 */
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static int pick(uint32_t *seed, int n)
{
    return (int)(host_random(seed) % (uint32_t)n);
}

/* Weights, biases and scales that keep outputs of a layer inside the byte. */
static void random_arrays(struct ohm_layer *l, int is_signed, uint32_t *seed)
{
    size_t n = (size_t)l->inputs * (size_t)l->outputs;
    l->weights = malloc(n);
    l->bias = malloc((size_t)l->outputs * sizeof *l->bias);
    for (size_t k = 0; k < n; k++)
        l->weights[k] = (int8_t)(pick(seed, 255) - 127);
    for (int o = 0; o < l->outputs; o++)
        l->bias[o] = pick(seed, 20001) - 10000;
    if (l->output == OHM_OUTPUT_S32 || l->output == OHM_OUTPUT_CLASS)
        return;
    l->scale = malloc((size_t)l->outputs * sizeof *l->scale);
    l->shift = 24;
    double spread = 73.0 * 100 * sqrt(l->inputs); /* of W·x, about */
    for (int o = 0; o < l->outputs; o++)
        l->scale[o] = (int16_t)(ldexp(is_signed ? 60 : 120, 24) / spread
                                * (0.8 + 0.4 * pick(seed, 1000) / 1000.0));
}

/* A conv layer at the end of the net's layers; fields that do not fit together are left to
 * ohm_net_shape. */
static void random_conv(struct ohm_net *net, uint32_t *seed)
{
    int index = net->layer_count - 1;
    struct ohm_layer *l = &net->layers[index];
    *l = (struct ohm_layer){.kind = OHM_LAYER_CONV,
                            .outputs = 4 * (1 + pick(seed, 3)) - pick(seed, 2) * pick(seed, 4)};
    snprintf(l->name, sizeof l->name, "layer%d", index);
    l->kernel_h = 1 + pick(seed, 4);
    l->kernel_w = 1 + pick(seed, 4);
    l->stride_h = 1 + pick(seed, 2) * pick(seed, 2);
    l->stride_w = pick(seed, 3) ? l->stride_h : 1 + pick(seed, 3);
    l->pad_top = pick(seed, l->kernel_h);
    l->pad_bottom = pick(seed, l->kernel_h);
    l->pad_left = pick(seed, l->kernel_w);
    l->pad_right = pick(seed, l->kernel_w);
    l->pad_value = pick(seed, 128);
    l->output = pick(seed, 4) ? OHM_OUTPUT_U8 : OHM_OUTPUT_S8;
    l->activation = l->output == OHM_OUTPUT_U8 ? OHM_ACTIVATION_RELU : OHM_ACTIVATION_NONE;
    l->from[0] = index - 1 - (index > 0 && !pick(seed, 4));
    l->from_count = 1;
    if (index > 0 && pick(seed, 2))
        l->from[l->from_count++] = l->from[0] == index - 1 ? index - 2 : index - 1;
    if (pick(seed, 2)) {
        l->pool = pick(seed, 2) ? OHM_POOL_MAX : OHM_POOL_AVERAGE;
        l->ties_down = l->pool == OHM_POOL_AVERAGE && pick(seed, 2);
        l->pool_h = pick(seed, 8) ? 2 + pick(seed, 2) : 0;
        l->pool_w = l->pool_h ? 1 + pick(seed, 3) : 0;
        l->pool_stride_h = 1 + pick(seed, 3);
        l->pool_stride_w = 1 + pick(seed, 3);
    }
    if (pick(seed, 2)) { /* a map of the same size: what concatenation and residuals want */
        l->stride_h = l->stride_w = 1;
        l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = 1;
        l->kernel_h = l->kernel_w = 3;
        if (pick(seed, 2)) {
            l->pool = OHM_POOL_NONE;
            l->output = OHM_OUTPUT_U8;
            l->activation = OHM_ACTIVATION_RELU;
        }
        if (index && pick(seed, 2)) {
            l->has_residual = 1;
            l->add = pick(seed, index + 1) - 1;
            l->rscale = pick(seed, 2001) - 1000;
            l->outputs = ohm_net_channels(net, l->add);
        }
    }
}

void host_random_graph(struct ohm_net *net, uint32_t seed)
{
    enum { LAYERS = 6 };
    struct ohm_error err;
    memset(net, 0, sizeof *net);
    snprintf(net->name, sizeof net->name, "graph");
    net->in_h = 3 + pick(&seed, 9);
    net->in_w = 3 + pick(&seed, 9);
    net->in_c = 1 + pick(&seed, 6);
    net->inputs = net->in_h * net->in_w * net->in_c;
    net->input_signed = pick(&seed, 2);
    net->classes = 2 + pick(&seed, 9);
    net->layers = calloc(LAYERS, sizeof *net->layers);
    int convs = 1 + pick(&seed, LAYERS - 2);
    /* the graph with the dense layer at its end must be good after each step */
    while (net->layer_count < convs) {
        struct ohm_layer *l = &net->layers[net->layer_count++];
        for (int bad = 1; bad;) {
            random_conv(net, &seed);
            net->layers[net->layer_count] =
                (struct ohm_layer){.kind = OHM_LAYER_DENSE, .outputs = net->classes};
            net->layer_count++;
            bad = ohm_net_shape(net, &err);
            net->layer_count--;
            bad = bad && !strstr(err.text, "no later layer reads it");
        }
        random_arrays(l, l->output == OHM_OUTPUT_S8, &seed);
    }
    struct ohm_layer *last = &net->layers[net->layer_count];
    snprintf(last->name, sizeof last->name, "last");
    last->output = pick(&seed, 2) ? OHM_OUTPUT_CLASS : OHM_OUTPUT_S32;
    net->layer_count++;
    if (ohm_net_shape(net, &err)) { /* a layer that nothing reads: another draw */
        ohm_net_free(net);
        host_random_graph(net, host_random(&seed));
        return;
    }
    random_arrays(last, 0, &seed);
}

void host_random_net(struct ohm_net *net, const int *widths, int count, int is_signed, int calib,
                     uint32_t seed)
{
    memset(net, 0, sizeof *net);
    snprintf(net->name, sizeof net->name, "random");
    net->inputs = net->in_c = widths[0];
    net->in_h = net->in_w = 1;
    net->input_signed = is_signed;
    net->classes = widths[count - 1];
    net->layer_count = count - 1;
    net->layers = calloc((size_t)count - 1, sizeof *net->layers);
    for (int i = 0; i < count - 1; i++) {
        struct ohm_layer *l = &net->layers[i];
        snprintf(l->name, sizeof l->name, "layer%d", i);
        l->inputs = widths[i];
        l->outputs = widths[i + 1];
        size_t n = (size_t)l->inputs * (size_t)l->outputs;
        l->weights = malloc(n);
        l->bias = malloc((size_t)l->outputs * sizeof *l->bias);
        for (size_t k = 0; k < n; k++)
            l->weights[k] = (int8_t)((int)(host_random(&seed) % 255) - 127);
        for (int o = 0; o < l->outputs; o++)
            l->bias[o] = (int32_t)(host_random(&seed) % 20001) - 10000;
        l->output = OHM_OUTPUT_S32;
        if (i == count - 2)
            continue;
        l->output = is_signed ? OHM_OUTPUT_S8 : OHM_OUTPUT_U8;
        l->activation = is_signed ? OHM_ACTIVATION_NONE : OHM_ACTIVATION_RELU;
        l->scale = malloc((size_t)l->outputs * sizeof *l->scale);
        l->shift = 24;
        double spread = 73.0 * 100 * sqrt(l->inputs); /* of W·x, about */
        for (int o = 0; o < l->outputs; o++)
            l->scale[o] = (int16_t)(ldexp(is_signed ? 60 : 120, 24) / spread
                                    * (0.8 + 0.4 * (host_random(&seed) % 1000) / 1000.0));
    }
    struct ohm_error err;
    CHECK(!ohm_net_shape(net, &err));
    net->calib_count = calib;
    if (!calib)
        return;
    net->calib = malloc((size_t)calib * (size_t)net->inputs);
    for (size_t k = 0; k < (size_t)calib * (size_t)net->inputs; k++)
        net->calib[k] = (uint8_t)(is_signed ? (int)(host_random(&seed) % 255) - 127
                                            : (int)(host_random(&seed) % 256));
}
