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

void host_write_npy(const char *name, const char *descr, const char *shape, const void *bytes, size_t n)
{
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    int k = snprintf(header + 10, 118, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape);
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

void host_random_net(struct ohm_net *net, const int *widths, int count, int is_signed, int calib, uint32_t seed)
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
            l->scale[o] = (int16_t)(ldexp(is_signed ? 60 : 120, 24) / spread * (0.8 + 0.4 * (host_random(&seed) % 1000) / 1000.0));
    }
    struct ohm_error err;
    CHECK(!ohm_net_shape(net, &err));
    net->calib_count = calib;
    if (!calib)
        return;
    net->calib = malloc((size_t)calib * (size_t)net->inputs);
    for (size_t k = 0; k < (size_t)calib * (size_t)net->inputs; k++)
        net->calib[k] = (uint8_t)(is_signed ? (int)(host_random(&seed) % 255) - 127 : (int)(host_random(&seed) % 256));
}
