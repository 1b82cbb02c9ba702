/* SPDX-License-Identifier: Apache-2.0
 * Every step adds or multiplies positive numbers or solves a diagonally dominant system, so nothing
 * cancels and r = 0 is exact. Vector code sums in the same order at any width. */
#include "ohm_wires_norton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_simd.h"

enum { BLOCK = OHM_NORTON_BLOCK };
enum { LANES = 8, TILE = 8 }; /* doubles of a cache line; rows of one call of eliminate */

#if !defined(OHM_NO_CLONES) /* the test compiles each width for itself */
#define CLONES OHM_X86
#else
#define CLONES 0
#endif

/* The loops over doubles, compiled for registers of 2, 4 and 8 of them. What stays in registers is
 * chosen for each: 16 registers hold 4 rows of 3 vectors beside the pivot's, 32 hold 8 rows. */
#define NORTON_NAME(f) f##_portable
#define NORTON_TARGET
#if defined(__AVX512F__)
#define NORTON_WIDTH 8
#define NORTON_ROWS 8
#elif defined(__AVX__)
#define NORTON_WIDTH 4
#define NORTON_ROWS 4
#else
#define NORTON_WIDTH 2
#define NORTON_ROWS 4
#endif
#include "ohm_wires_norton_lanes.h"
#if CLONES
#define NORTON_NAME(f) f##_avx2
#define NORTON_TARGET OHM_TARGET_AVX2
#define NORTON_WIDTH 4
#define NORTON_ROWS 4
#include "ohm_wires_norton_lanes.h"
#define NORTON_NAME(f) f##_avx512
#define NORTON_TARGET OHM_TARGET_AVX512
#define NORTON_WIDTH 8
#define NORTON_ROWS 8
#include "ohm_wires_norton_lanes.h"
#endif

/* The widest of them for this processor. */
#if CLONES
#define WIDEST(f, ...) \
    switch (ohm_simd_best()) { \
    case OHM_SIMD_AVX512: f##_avx512(__VA_ARGS__); break; \
    case OHM_SIMD_AVX2: f##_avx2(__VA_ARGS__); break; \
    default: f##_portable(__VA_ARGS__); \
    }
#else
#define WIDEST(f, ...) f##_portable(__VA_ARGS__)
#endif

static void eliminate(double *m, size_t stride, const double *factor, const double *pivot, int from,
                      int to)
{
    WIDEST(eliminate, m, stride, factor, pivot, from, to);
}

static void panel(double *m, size_t stride, int p, int k, double scale, int width)
{
    WIDEST(panel, m, stride, p, k, scale, width);
}

void ohm_norton_multiply(double *y, const double *m, const double *x, int rows, int pad)
{
    WIDEST(multiply, y, m, x, rows, pad);
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
            panel(k_at(n, p), n->stride, p, k, scale, width);
        }
        for (int i = 0; i < n->pad; i += TILE)
            if (i < p || i >= p + BLOCK)
                eliminate(k_at(n, i), n->stride, k_at(n, i) + p, k_at(n, p), p + BLOCK, width);
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
