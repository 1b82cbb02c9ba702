/* SPDX-License-Identifier: Apache-2.0
 * The network in plain integers, straight from its arrays: software accuracy, calibration, and the reference of exact
 * runs. Shares nothing with mapper, crossbar or golden model. */
#ifndef OHM_INTREF_H
#define OHM_INTREF_H

#include <stdint.h>

#include "ohm_net.h"

/* wx[o] = Σ_i W[i][o]·x[i], without bias. x: the layer's input bytes, two's complement when is_signed. */
void ohm_intref_product(const struct ohm_layer *l, int is_signed, const uint8_t *x, int32_t *wx);

/* y[o] = clip(act(floor((wx + bias)·scale/2^shift + ½))) as bytes; only for outputs u8 and s8. */
void ohm_intref_post(const struct ohm_layer *l, const int32_t *wx, uint8_t *y);

/* Index of the largest value, the lowest one on a tie. */
int ohm_intref_argmax(const int32_t *v, int n);

/* Whole network: inputs of layer l in x[l] (x[0] given; others filled), products in wx[l]. Returns the class. */
int ohm_intref_run(const struct ohm_net *net, uint8_t *const *x, int32_t *const *wx);

#endif
