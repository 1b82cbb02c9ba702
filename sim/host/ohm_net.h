/* SPDX-License-Identifier: Apache-2.0
 * A network directory in the format ohmic-network-1: network.json and .npy arrays (docs/network-format.md).
 *
 * Layer: v = Wᵀx + b; outputs u8 and s8: y = clip(act(floor(v·scale/2^shift + ½))); output s32 (last layer): y = v, the
 * class is the index of the largest, the lowest one on a tie. */
#ifndef OHM_NET_H
#define OHM_NET_H

#include <stdint.h>

#include "ohm_error.h"

enum ohm_activation { OHM_ACTIVATION_NONE, OHM_ACTIVATION_RELU };
enum ohm_output { OHM_OUTPUT_U8, OHM_OUTPUT_S8, OHM_OUTPUT_S32 };

#define OHM_NAME_MAX 64

struct ohm_layer {
    char name[OHM_NAME_MAX];
    int inputs, outputs;
    int8_t *weights; /* [input * outputs + output], -127…127 */
    int32_t *bias;
    int16_t *scale;  /* NULL when output is s32 */
    int shift;
    enum ohm_activation activation;
    enum ohm_output output;
};

struct ohm_net {
    char name[OHM_NAME_MAX];
    int inputs, input_signed, classes;
    int layer_count;
    struct ohm_layer *layers;
    int calib_count; /* 0: no calibration images */
    uint8_t *calib;  /* calib_count × inputs */
};

/* Every field is validated: what a loaded network claims, holds (shapes fit, weights ≥ -127, no 32-bit overflow). */
int ohm_net_load(const char *directory, struct ohm_net *out, struct ohm_error *err);
void ohm_net_free(struct ohm_net *net);

/* Whether a layer's inputs are two's complement. */
static inline int ohm_net_signed(const struct ohm_net *net, int layer)
{
    return layer ? net->layers[layer - 1].output == OHM_OUTPUT_S8 : net->input_signed;
}

#endif
