/* SPDX-License-Identifier: Apache-2.0
 * The inner loops of a crossbar read: integer product, float variance, noise. Same bits at every
 * vector width: the product is exact, and every column sums its variance over the rows in row
 * order, one rounding per multiply and per add.
 *
 * Layout. Columns are padded to a stride, a multiple of OHM_KERNEL_COLS. Conductances: rows in
 * pairs, the two of a pair side by side: g[(r/2 * stride + c) * 2 + r%2]; an odd last row has a
 * partner of zeros. Variances: s2[r * stride + c]. Matrices and results are aligned to 64 bytes. */
#ifndef OHM_KERNEL_H
#define OHM_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_simd.h"

#define OHM_KERNEL_COLS 64
#define OHM_KERNEL_ROWS_MAX 256 /* |t| ≤ 255 and |g| ≤ 32767 then keep every sum inside int32 */

static inline size_t ohm_kernel_stride(int cols)
{
    return ((size_t)cols + OHM_KERNEL_COLS - 1) / OHM_KERNEL_COLS * OHM_KERNEL_COLS;
}

/* q[c] = Σ_r t[r]·g[r][c], c < stride */
void ohm_kernel_vmm(enum ohm_simd simd, int rows, size_t stride, const int16_t *g, const int16_t *t,
                    int32_t *q);

/* var[c] = Σ_r t[r]²·s2[r][c], c < stride */
void ohm_kernel_variance(enum ohm_simd simd, int rows, size_t stride, const float *s2,
                         const int16_t *t, float *var);

/* q[c] += rnd(√var[c] · xi_c), c < cols, where xi_c is draw c of the key; saturates at the ends of
 * int32. */
void ohm_kernel_noise(enum ohm_simd simd, int cols, uint64_t key, const float *var, int32_t *q);

#endif
