/* SPDX-License-Identifier: Apache-2.0
 * Tests of the kernels in sim/kernels/: a kernel in a unit of its own, random inputs, what leaves
 * as numbers. */
#ifndef KERNEL_TEST_H
#define KERNEL_TEST_H

#include "vector_test.h"

struct kernel {
    struct bench b;
    struct ohm_vec_turn turn; /* of the run that was last */
    uint64_t key, draws;
    double worst; /* largest share of its bound that an error has had */
};

/* Loads sim/kernels/NAME.vec and enables it; init runs when the kernel has one. */
void kernel_open(struct kernel *k, const char *name, int lanes,
                 const struct ohm_asm_param *param, int params);
/* The same in two steps: what the host loads comes between them. */
void kernel_load(struct kernel *k, const char *name, int lanes,
                 const struct ohm_asm_param *param, int params);
void kernel_start(struct kernel *k);
void kernel_close(struct kernel *k);

long kernel_const(const struct kernel *k, const char *name);
/* Element i of a vector of the text. */
void kernel_poke(struct kernel *k, const char *name, long i, long value);
/* The same, read back; the unit is disabled for it, so no run may come after it. */
int32_t kernel_peek(struct kernel *k, const char *name, long i);

/* Uniform integer from low to high. */
long kernel_draw(struct kernel *k, long low, long high);

/* One run; stream s gets count[s] elements of a format. It must reach its end. */
void kernel_run(struct kernel *k, int streams, const int32_t *const in[], const uint32_t count[],
                unsigned format);
/* Element i of what left on a route in that run. */
int32_t kernel_out(const struct kernel *k, unsigned route, unsigned format, uint32_t i);

/* The error is within its bound; the largest share is kept. */
void kernel_near(struct kernel *k, double got, double want, double bound, const char *what);

double ref_sigmoid(double x);

#endif
