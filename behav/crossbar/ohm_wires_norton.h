/* SPDX-License-Identifier: Apache-2.0
 * Inside ohm_wires.c and ohm_solve.c: the elimination step they share.
 *
 * Seen from the bit lines, everything already eliminated is a Norton network: an admittance Y (C×C)
 * and the short-circuit currents J (C×sources) that the sources push into the bit lines. */
#ifndef OHM_WIRES_NORTON_H
#define OHM_WIRES_NORTON_H

#include <stddef.h>

#define OHM_NORTON_BLOCK 32 /* columns are padded to whole blocks */

struct ohm_norton {
    int cols, pad; /* pad: cols rounded up to whole blocks */
    size_t stride; /* doubles from one row of m to the next */
    double *m;     /* pad rows of [K | Y | J] */
    double *ladder, *alpha, *beta;
};

/* 0, or -1: out of memory (free it then too). */
int ohm_norton_init(struct ohm_norton *n, int cols, int sources);
void ohm_norton_free(struct ohm_norton *n);

static inline double *ohm_norton_y(const struct ohm_norton *n, int i)
{
    return n->m + (size_t)i * n->stride + n->pad;
}
static inline double *ohm_norton_j(const struct ohm_norton *n, int i)
{
    return ohm_norton_y(n, i) + n->pad;
}

/* K = diag(alpha) + Y·diag(beta), then [Y | J] ← K⁻¹ [Y | J]: alpha 1, beta r puts r ohms in series
 * with each bit line; alpha 0, beta 1 leaves it open. Uses the first `sources` columns of J. 0, or
 * -1 where K is singular. */
int ohm_norton_series(struct ohm_norton *n, const double *alpha, const double *beta, int sources);

/* The same with alpha 1, beta r for all. */
int ohm_norton_segment(struct ohm_norton *n, double r, int sources);

/* Adds a word line to Y; u[i]: its voltages at 1 V of its source and grounded bit lines (room of
 * cols; valid until the next call). */
const double *ohm_norton_word_line(struct ohm_norton *n, double r_wl, double left, double right,
                                   const double *g);

/* y[0 … pad) += Σ_j x[j]·m[j][0 … pad), j < rows of m in order. y and m aligned to 64 bytes, pad a
 * multiple of 8. */
void ohm_norton_multiply(double *y, const double *m, const double *x, int rows, int pad);

/* Both ends of a line without segments, in parallel. */
double ohm_norton_parallel(double a, double b);

#endif
