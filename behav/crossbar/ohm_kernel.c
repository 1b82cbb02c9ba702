/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_kernel.h"

#include <math.h>
#include <string.h>

#include "ohm_rng.h"

#if OHM_X86
#include <immintrin.h>
#endif

struct row_pair {
    uint32_t t; /* both on-times, as the multiply-add instruction wants them */
    uint32_t index;
};

/* The pairs that carry any charge; of a sparse input most are skipped. Returns how many. */
static int active_pairs(int rows, const int16_t *t, struct row_pair *pairs)
{
    int n = 0;
    for (int r = 0; r < rows; r += 2) {
        uint16_t lower = (uint16_t)t[r], upper = r + 1 < rows ? (uint16_t)t[r + 1] : 0;
        pairs[n].t = lower | (uint32_t)upper << 16;
        pairs[n].index = (uint32_t)r / 2;
        n += pairs[n].t != 0;
    }
    return n;
}

/* By GCC vectors: a pair of conductances is one 32-bit lane. */
static void vmm_portable(int n, const struct row_pair *pairs, size_t stride, const int16_t *g,
                         int32_t *q)
{
    enum { WIDTH = 4, VECTORS = 4 };
    typedef int32_t lanes __attribute__((vector_size(WIDTH * sizeof(int32_t)), may_alias));
    for (size_t c = 0; c < stride; c += VECTORS * WIDTH) {
        lanes sum[VECTORS] = {{0}};
        for (int i = 0; i < n; i++) {
            const lanes *row = (const lanes *)(g + (pairs[i].index * stride + c) * 2);
            const int32_t first = (int16_t)pairs[i].t, second = (int16_t)(pairs[i].t >> 16);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) {
                const lanes lower = (lanes)((row[v] << 16) >> 16), upper = row[v] >> 16;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
                sum[v] += first * lower + second * upper;
#else
                sum[v] += first * upper + second * lower;
#endif
            }
        }
        for (int v = 0; v < VECTORS; v++)
            ((lanes *)(q + c))[v] = sum[v];
    }
}

#if OHM_X86
/* One body for three widths: four vectors of columns at a time stay in registers over all rows. */
#define VMM(name, target, vec, zero, broadcast, load, store, madd, add) \
    target static void name(int n, const struct row_pair *pairs, size_t stride, const int16_t *g, \
                            int32_t *q) \
    { \
        const size_t lanes = sizeof(vec) / sizeof(int32_t); \
        for (size_t c = 0; c < stride; c += 4 * lanes) { \
            vec q0 = zero, q1 = zero, q2 = zero, q3 = zero; \
            for (int i = 0; i < n; i++) { \
                const vec *row = (const vec *)(g + (pairs[i].index * stride + c) * 2); \
                vec t = broadcast((int)pairs[i].t); \
                q0 = add(q0, madd(load(row), t)); \
                q1 = add(q1, madd(load(row + 1), t)); \
                q2 = add(q2, madd(load(row + 2), t)); \
                q3 = add(q3, madd(load(row + 3), t)); \
            } \
            vec *out = (vec *)(q + c); \
            store(out, q0); \
            store(out + 1, q1); \
            store(out + 2, q2); \
            store(out + 3, q3); \
        } \
    }

VMM(vmm_sse2, , __m128i, _mm_setzero_si128(), _mm_set1_epi32, _mm_load_si128, _mm_store_si128,
    _mm_madd_epi16, _mm_add_epi32)
VMM(vmm_avx2, OHM_TARGET_AVX2, __m256i, _mm256_setzero_si256(), _mm256_set1_epi32,
    _mm256_load_si256, _mm256_store_si256, _mm256_madd_epi16, _mm256_add_epi32)
VMM(vmm_avx512, OHM_TARGET_AVX512, __m512i, _mm512_setzero_si512(), _mm512_set1_epi32,
    _mm512_load_si512, _mm512_store_si512, _mm512_madd_epi16, _mm512_add_epi32)
#endif

void ohm_kernel_vmm(enum ohm_simd simd, int rows, size_t stride, const int16_t *g, const int16_t *t,
                    int32_t *q)
{
    struct row_pair pairs[OHM_KERNEL_ROWS_MAX / 2 + 1];
    int n = active_pairs(rows, t, pairs);
    switch (simd) {
#if OHM_X86
    case OHM_SIMD_AVX512: vmm_avx512(n, pairs, stride, g, q); return;
    case OHM_SIMD_AVX2: vmm_avx2(n, pairs, stride, g, q); return;
    case OHM_SIMD_SSE2: vmm_sse2(n, pairs, stride, g, q); return;
#endif
    default: vmm_portable(n, pairs, stride, g, q);
    }
}

/* As VMM: `n` vectors of `width` floats at a time stay in registers over all rows. The vectors are
 * as wide as the registers: wider ones would be kept in memory. */
#define VARIANCE(name, target, width, n) \
    target static void name(int rows, size_t stride, const float *s2, const int16_t *t, \
                            float *var) \
    { \
        typedef float vec __attribute__((vector_size(width * sizeof(float)))); \
        for (size_t c = 0; c < stride; c += n * width) { \
            vec v[n] = {{0}}; \
            for (int r = 0; r < rows; r++) { \
                if (!t[r]) \
                    continue; \
                const vec *row = (const vec *)(s2 + (size_t)r * stride + c); \
                float square = (float)(t[r] * t[r]); \
                _Pragma("GCC unroll 8") for (int i = 0; i < n; i++) v[i] += row[i] * square; \
            } \
            _Pragma("GCC unroll 8") for (int i = 0; i < n; i++)((vec *)(var + c))[i] = v[i]; \
        } \
    }

VARIANCE(variance_portable, , 4, 8)
#if OHM_X86
VARIANCE(variance_avx2, OHM_TARGET_AVX2, 8, 8)
VARIANCE(variance_avx512, OHM_TARGET_AVX512, 16, 4)
#endif

static void noise(int cols, const double *xi, const float *var, int32_t *q)
{
    for (int c = 0; c < cols; c++) {
        double v = q[c] + floor(sqrt((double)var[c]) * xi[c] + 0.5);
        q[c] = v >= INT32_MAX ? INT32_MAX : v <= INT32_MIN ? INT32_MIN : (int32_t)v;
    }
}

void ohm_kernel_variance(enum ohm_simd simd, int rows, size_t stride, const float *s2,
                         const int16_t *t, float *var)
{
    switch (simd) {
#if OHM_X86
    case OHM_SIMD_AVX512: variance_avx512(rows, stride, s2, t, var); return;
    case OHM_SIMD_AVX2: variance_avx2(rows, stride, s2, t, var); return;
#endif
    default: variance_portable(rows, stride, s2, t, var);
    }
}

void ohm_kernel_noise(enum ohm_simd simd, int cols, uint64_t key, const float *var, int32_t *q)
{
    double xi[64] __attribute__((aligned(64)));
    for (int c = 0; c < cols; c += 64) {
        int n = cols - c < 64 ? cols - c : 64;
        ohm_normals(simd, key + (uint64_t)c * OHM_GOLDEN_GAMMA, n, xi);
        noise(n, xi, var + c, q + c);
    }
}
