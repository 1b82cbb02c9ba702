/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_intref.h"

#include <string.h>

void ohm_intref_product(const struct ohm_layer *l, int is_signed, const uint8_t *x, int32_t *wx)
{
    memset(wx, 0, (size_t)l->outputs * sizeof *wx);
    for (int i = 0; i < l->inputs; i++) {
        int32_t xi = is_signed ? (int8_t)x[i] : x[i];
        if (!xi)
            continue;
        const int8_t *w = l->weights + (size_t)i * (size_t)l->outputs;
        for (int o = 0; o < l->outputs; o++)
            wx[o] += xi * w[o];
    }
}

void ohm_intref_post(const struct ohm_layer *l, const int32_t *wx, uint8_t *y)
{
    for (int o = 0; o < l->outputs; o++) {
        int64_t p = ((int64_t)wx[o] + l->bias[o]) * l->scale[o];
        if (l->shift) /* >> of a negative number: floor, on every compiler that builds this */
            p = (p + ((int64_t)1 << (l->shift - 1))) >> l->shift;
        if (l->activation == OHM_ACTIVATION_RELU && p < 0)
            p = 0;
        int64_t min = l->output == OHM_OUTPUT_S8 ? -127 : 0, max = l->output == OHM_OUTPUT_S8 ? 127 : 255;
        y[o] = (uint8_t)(p < min ? min : p > max ? max : p);
    }
}

int ohm_intref_argmax(const int32_t *v, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return best;
}

int ohm_intref_run(const struct ohm_net *net, uint8_t *const *x, int32_t *const *wx)
{
    int last = net->layer_count - 1;
    for (int l = 0; l < last; l++) {
        ohm_intref_product(&net->layers[l], ohm_net_signed(net, l), x[l], wx[l]);
        ohm_intref_post(&net->layers[l], wx[l], x[l + 1]);
    }
    const struct ohm_layer *final = &net->layers[last];
    ohm_intref_product(final, ohm_net_signed(net, last), x[last], wx[last]);
    int best = 0;
    for (int o = 1; o < final->outputs; o++)
        if ((int64_t)wx[last][o] + final->bias[o] > (int64_t)wx[last][best] + final->bias[best])
            best = o;
    return best;
}
