/* SPDX-License-Identifier: Apache-2.0
 * Inside ohm_wires_norton.c, once for each width: the loops of the elimination. NORTON_NAME names
 * them, NORTON_TARGET is their attribute, NORTON_WIDTH the doubles of a register, NORTON_ROWS the
 * rows whose sums stay in registers. Each element sees the same operations in the same order
 * whatever the width is. */

typedef double NORTON_NAME(vec)
    __attribute__((vector_size(NORTON_WIDTH * sizeof(double)), aligned(8 * NORTON_WIDTH)));

/* m[i][from … to) −= Σ_k factor[i][k]·pivot[k][from … to) for TILE rows, k < BLOCK in order. All
 * three have rows `stride` apart; from and to are multiples of LANES. */
NORTON_TARGET static void NORTON_NAME(eliminate)(double *m, size_t stride, const double *factor,
                                                 const double *pivot, int from, int to)
{
    typedef NORTON_NAME(vec) vec;
    enum { W = NORTON_WIDTH, ROWS = NORTON_ROWS };
    for (int top = 0; top < TILE; top += ROWS) {
        double *rows = m + (size_t)top * stride;
        const double *f = factor + (size_t)top * stride;
        int j = from;
        for (; j + 3 * W <= to; j += 3 * W) {
            vec acc[ROWS][3];
#pragma GCC unroll 8
            for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 3
                for (int v = 0; v < 3; v++)
                    acc[i][v] = *(const vec *)&rows[(size_t)i * stride + (size_t)(j + v * W)];
            for (int k = 0; k < BLOCK; k++) {
                const double *p = pivot + (size_t)k * stride + j;
                vec p0 = *(const vec *)p, p1 = *(const vec *)(p + W),
                    p2 = *(const vec *)(p + 2 * W);
#pragma GCC unroll 8
                for (int i = 0; i < ROWS; i++) {
                    double factor_ik = f[(size_t)i * stride + (size_t)k];
                    acc[i][0] -= factor_ik * p0;
                    acc[i][1] -= factor_ik * p1;
                    acc[i][2] -= factor_ik * p2;
                }
            }
#pragma GCC unroll 8
            for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 3
                for (int v = 0; v < 3; v++)
                    *(vec *)&rows[(size_t)i * stride + (size_t)(j + v * W)] = acc[i][v];
        }
        for (; j < to; j += W)
            for (int i = 0; i < ROWS; i++) {
                vec acc = *(const vec *)&rows[(size_t)i * stride + (size_t)j];
                for (int k = 0; k < BLOCK; k++)
                    acc -= f[(size_t)i * stride + (size_t)k]
                           * *(const vec *)&pivot[(size_t)k * stride + (size_t)j];
                *(vec *)&rows[(size_t)i * stride + (size_t)j] = acc;
            }
    }
}

/* Row k of the block of rows from p on, scaled, is taken out of the block's other rows, from the
 * cache line of its pivot on. m: row p. */
NORTON_TARGET static void NORTON_NAME(panel)(double *m, size_t stride, int p, int k, double scale,
                                             int width)
{
    typedef NORTON_NAME(vec) vec;
    enum { W = NORTON_WIDTH };
    double *pivot = m + (size_t)(k - p) * stride;
    int from = k / LANES * LANES;
    for (int j = from; j < width; j += W)
        *(vec *)&pivot[j] *= scale;
    for (int i = 0; i < BLOCK; i++) {
        double *row = m + (size_t)i * stride, f = row[k];
        for (int j = from; j < width && i != k - p; j += W)
            *(vec *)&row[j] -= f * *(const vec *)&pivot[j];
    }
}

/* y[0 … pad) += Σ_j x[j]·m[j][0 … pad), j in order; pad is a multiple of BLOCK. */
NORTON_TARGET static void NORTON_NAME(multiply)(double *y, const double *m, const double *x,
                                                int rows, int pad)
{
    typedef NORTON_NAME(vec) vec;
    enum { W = NORTON_WIDTH };
    for (int i = 0; i < pad; i += 4 * W) {
        vec *out = (vec *)&y[i], a = out[0], b = out[1], c = out[2], d = out[3];
        for (int j = 0; j < rows; j++) {
            const vec *p = (const vec *)&m[(size_t)j * (size_t)pad + (size_t)i];
            a += x[j] * p[0];
            b += x[j] * p[1];
            c += x[j] * p[2];
            d += x[j] * p[3];
        }
        out[0] = a;
        out[1] = b;
        out[2] = c;
        out[3] = d;
    }
}

#undef NORTON_NAME
#undef NORTON_TARGET
#undef NORTON_WIDTH
#undef NORTON_ROWS
