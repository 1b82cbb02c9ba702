/* SPDX-License-Identifier: Apache-2.0
 * The software that a demonstration is compared with: the same two-layer network in double
 * precision. */
#ifndef OHM_SOFT_H
#define OHM_SOFT_H

#include <stdint.h>

struct ohm_soft; /* opaque */

struct ohm_soft_options {
    int inputs, hidden, outputs;
    uint64_t seed;
    double init[2];   /* spread of the first weights */
    double rate;      /* of stochastic gradient descent; with `sign` a factor on `step` */
    /* 1: a step is -rate·step·sgn x·sgn delta where |x| and |delta| reach the thresholds, and
     * weights stay within `bound` of their layer */
    int sign;
    double tx[2], td[2], step[2], bound[2];
};

/* NULL: out of memory. */
struct ohm_soft *ohm_soft_new(const struct ohm_soft_options *o);
void ohm_soft_free(struct ohm_soft *s);
double *ohm_soft_rate(struct ohm_soft *s);
/* x: bytes over 255. */
void ohm_soft_train(struct ohm_soft *s, const uint8_t *x, int label);
double ohm_soft_accuracy(struct ohm_soft *s, const uint8_t *x, const int32_t *label, int count);

#endif
