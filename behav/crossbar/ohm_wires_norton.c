/* SPDX-License-Identifier: Apache-2.0
 * Every step adds or multiplies positive numbers or solves a diagonally dominant system, so nothing
 * cancels and r = 0 is exact. Vector code sums in the same order at any width. */
#include "ohm_wires_norton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_simd.h"

enum { BLOCK = OHM_NORTON_BLOCK };
enum { LANES = 8, STRIP = 3 * LANES, TILE = 8 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(64)));

#if !defined(OHM_NO_CLONES) /* the test compiles each width for itself */
#define CLONES OHM_X86
#else
#define CLONES 0
#endif

/* m[i][from … to) −= Σ_k factor[i][k]·pivot[k][from … to) for TILE rows, k in order. from and to
 * are multiples of LANES. */
__attribute__((always_inline)) static inline void
eliminate_lanes(double *m, size_t stride, const double *factor, size_t factor_stride,
                const double *pivot, size_t pivot_stride, int depth, int from, int to)
{
    int j = from;
    for (; j + STRIP <= to; j += STRIP) {
        lanes acc[TILE][3];
        for (int i = 0; i < TILE; i++)
            for (int v = 0; v < 3; v++)
                acc[i][v] = *(const lanes *)&m[(size_t)i * stride + (size_t)(j + v * LANES)];
        for (int k = 0; k < depth; k++) {
            const double *p = pivot + (size_t)k * pivot_stride + j;
            lanes p0 = *(const lanes *)p, p1 = *(const lanes *)(p + LANES),
                  p2 = *(const lanes *)(p + 2 * LANES);
#pragma GCC unroll 8
            for (int i = 0; i < TILE; i++) {
                double f = factor[(size_t)i * factor_stride + (size_t)k];
                acc[i][0] -= f * p0;
                acc[i][1] -= f * p1;
                acc[i][2] -= f * p2;
            }
        }
        for (int i = 0; i < TILE; i++)
            for (int v = 0; v < 3; v++)
                *(lanes *)&m[(size_t)i * stride + (size_t)(j + v * LANES)] = acc[i][v];
    }
    for (; j < to; j += LANES)
        for (int i = 0; i < TILE; i++) {
            lanes acc = *(const lanes *)&m[(size_t)i * stride + (size_t)j];
            for (int k = 0; k < depth; k++)
                acc -= factor[(size_t)i * factor_stride + (size_t)k]
                       * *(const lanes *)&pivot[(size_t)k * pivot_stride + (size_t)j];
            *(lanes *)&m[(size_t)i * stride + (size_t)j] = acc;
        }
}

__attribute__((always_inline))
static inline void multiply_lanes(double *y, const double *m, const double *x, int rows, int pad)
{
    int i = 0;
    for (; i + 4 * LANES <= pad; i += 4 * LANES) {
        lanes *out = (lanes *)&y[i], a = out[0], b = out[1], c = out[2], d = out[3];
        for (int j = 0; j < rows; j++) {
            const lanes *p = (const lanes *)&m[(size_t)j * (size_t)pad + (size_t)i];
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

#define WIDTH(name, target) \
    target static void eliminate_##name(double *m, size_t stride, const double *factor, \
                                        size_t factor_stride, const double *pivot, \
                                        size_t pivot_stride, int depth, int from, int to) \
    { \
        eliminate_lanes(m, stride, factor, factor_stride, pivot, pivot_stride, depth, from, to); \
    } \
    target static void multiply_##name(double *y, const double *m, const double *x, int rows, \
                                       int pad) \
    { \
        multiply_lanes(y, m, x, rows, pad); \
    }

WIDTH(portable, )
#if CLONES
WIDTH(avx2, OHM_TARGET_AVX2)
WIDTH(avx512, OHM_TARGET_AVX512)
#endif

static void eliminate(double *m, size_t stride, const double *factor, size_t factor_stride,
                      const double *pivot, size_t pivot_stride, int depth, int from, int to)
{
    switch (ohm_simd_best()) {
#if CLONES
    case OHM_SIMD_AVX512:
        eliminate_avx512(m, stride, factor, factor_stride, pivot, pivot_stride, depth, from, to);
        return;
    case OHM_SIMD_AVX2:
        eliminate_avx2(m, stride, factor, factor_stride, pivot, pivot_stride, depth, from, to);
        return;
#endif
    default:
        eliminate_portable(m, stride, factor, factor_stride, pivot, pivot_stride, depth, from, to);
    }
}

void ohm_norton_multiply(double *y, const double *m, const double *x, int rows, int pad)
{
    switch (ohm_simd_best()) {
#if CLONES
    case OHM_SIMD_AVX512: multiply_avx512(y, m, x, rows, pad); return;
    case OHM_SIMD_AVX2: multiply_avx2(y, m, x, rows, pad); return;
#endif
    default: multiply_portable(y, m, x, rows, pad);
    }
}

static double *k_at(const struct ohm_norton *n, int i) { return n->m + (size_t)i * n->stride; }

static int round_up(int n, int unit) { return (n + unit - 1) / unit * unit; }

int ohm_norton_init(struct ohm_norton *n, int cols, int sources)
{
    memset(n, 0, sizeof *n);
    n->cols = cols;
    n->pad = round_up(cols, BLOCK);
    /* odd in lines, so that a column is not one cache set */
    n->stride = (size_t)(2 * n->pad + round_up(sources, LANES)) + LANES;
    size_t bytes = (size_t)n->pad * n->stride * sizeof *n->m;
    n->m = aligned_alloc(64, bytes);
    n->ladder = malloc((6 * (size_t)cols + 2 * (size_t)n->pad) * sizeof *n->ladder);
    if (!n->m || !n->ladder)
        return -1;
    memset(n->m, 0, bytes);
    n->alpha = n->ladder + 6 * (size_t)cols;
    n->beta = n->alpha + n->pad;
    return 0;
}

void ohm_norton_free(struct ohm_norton *n)
{
    free(n->m);
    free(n->ladder);
    memset(n, 0, sizeof *n);
}

/* Blocked Gauss–Jordan. The columns of K are diagonally dominant: no pivoting. */
int ohm_norton_series(struct ohm_norton *n, const double *alpha, const double *beta, int sources)
{
    int width = 2 * n->pad + round_up(sources, LANES);
    for (int i = 0; i < n->pad; i++)
        for (int j = 0; j < n->pad; j++)
            k_at(n, i)[j] =
                j >= n->cols ? i == j : (i == j ? alpha[j] : 0) + beta[j] * ohm_norton_y(n, i)[j];
    for (int p = 0; p < n->pad; p += BLOCK) {
        for (int k = p; k < p + BLOCK; k++) {
            double *pivot = k_at(n, k), scale = 1 / pivot[k];
            if (!(pivot[k] > 0 && scale > 0 && isfinite(scale)))
                return -1;
            int from = k / LANES * LANES;
            for (int j = from; j < width; j++)
                pivot[j] *= scale;
            for (int i = p; i < p + BLOCK; i++) {
                double *row = k_at(n, i), f = row[k];
                if (i != k)
                    for (int j = from; j < width; j++)
                        row[j] -= f * pivot[j];
            }
        }
        for (int i = 0; i < n->pad; i += TILE)
            if (i < p || i >= p + BLOCK)
                eliminate(k_at(n, i), n->stride, k_at(n, i) + p, n->stride, k_at(n, p), n->stride,
                          BLOCK, p + BLOCK, width);
    }
    return 0;
}

int ohm_norton_segment(struct ohm_norton *n, double r, int sources)
{
    for (int j = 0; j < n->pad; j++) {
        n->alpha[j] = 1;
        n->beta[j] = r;
    }
    return ohm_norton_series(n, n->alpha, n->beta, sources);
}

const double *ohm_norton_word_line(struct ohm_norton *s, double r_wl, double left, double right,
                                   const double *g)
{
    int n = s->cols;
    /* looking left and right from node i past its own cell; diagonal of the inverse; divider
     * towards i from the left; voltages */
    double *al = s->ladder, *be = al + n, *inv = be + n, *div = inv + n, *u = div + n, *sum = u + n;
    if (r_wl > 0) {
        al[0] = 1 / (r_wl + left);
        for (int i = 1; i < n; i++)
            al[i] = (al[i - 1] + g[i - 1]) / (1 + r_wl * (al[i - 1] + g[i - 1]));
        be[n - 1] = 1 / (r_wl + right);
        for (int i = n - 2; i >= 0; i--)
            be[i] = (be[i + 1] + g[i + 1]) / (1 + r_wl * (be[i + 1] + g[i + 1]));
        for (int i = 0; i < n; i++) {
            double total = al[i] + g[i] + be[i];
            inv[i] = total > 0 ? 1 / total : 0;
            div[i] = 1 / (1 + r_wl * (g[i] + be[i]));
        }
        u[0] = al[0] * inv[0];
        for (int i = 1; i < n; i++)
            u[i] = u[i - 1] * div[i];
        double v = be[n - 1] * inv[n - 1];
        for (int i = n - 1; i >= 0; i--) {
            u[i] += v;
            v /= 1 + r_wl * (i > 0 ? g[i - 1] + al[i - 1] : 0);
        }
    } else { /* one node */
        double drive = 1 / left + 1 / right, total = drive;
        for (int i = 0; i < n; i++)
            total += g[i];
        for (int i = 0; i < n; i++) {
            inv[i] = total > 0 ? 1 / total : 0;
            div[i] = 1;
            u[i] = isinf(drive) ? 1 : total > 0 ? drive / total : 0;
        }
    }
    for (int i = 0; i < n; i++)
        sum[i] = g[i] * u[i];
    for (int i = 0; i < n; i++) {
        double t = g[i] * inv[i], *yi = ohm_norton_y(s, i);
        for (int j = i + 1; j < n; j++) {
            t *= div[j];
            double y = t * g[j];
            yi[j] -= y;
            ohm_norton_y(s, j)[i] -= y;
            sum[i] += y;
            sum[j] += y;
        }
    }
    for (int i = 0; i < n; i++)
        /* a row of Y sums to g·u: nothing flows when source and bit lines are alike */
        ohm_norton_y(s, i)[i] += sum[i];
    return u;
}

double ohm_norton_parallel(double a, double b)
{
    return a == 0 || b == 0 ? 0 : 1 / (1 / a + 1 / b);
}
