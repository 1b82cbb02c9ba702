/* SPDX-License-Identifier: Apache-2.0
 * Normal draws by the inverse distribution function: M. J. Wichura, "Algorithm AS 241: The
 * Percentage Points of the Normal Distribution", Applied Statistics 37 (1988) 477-484, PPND16. */
#include "ohm_rng.h"

#include <math.h>

#include "ohm_math.h"

#define SPLIT 0.425 /* |p − ½| up to here: one rational function of q² (85 % of draws) */

/* Numerators and denominators, constant term first. */
static const double A[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                            1.9715909503065514427e3, 1.3731693765509461125e4,
                            4.5921953931549871457e4, 6.7265770927008700853e4,
                            3.3430575583588128105e4, 2.5090809287301226727e3};
static const double B[8] = {1.0,
                            4.2313330701600911252e1,
                            6.8718700749205790830e2,
                            5.3941960214247511077e3,
                            2.1213794301586595867e4,
                            3.9307895800092710610e4,
                            2.8729085735721942674e4,
                            5.2264952788528545610e3};
static const double C[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                            5.76949722146069140550e0,  3.64784832476320460504e0,
                            1.27045825245236838258e0,  2.41780725177450611770e-1,
                            2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double D[8] = {1.0,
                            2.05319162663775882187e0,
                            1.67638483018380384940e0,
                            6.89767334985100004550e-1,
                            1.48103976427480074590e-1,
                            1.51986665636164571966e-2,
                            5.47593808499534494600e-4,
                            1.05075007164441684324e-9};
static const double E[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                            1.78482653991729133580e0,  2.96560571828504891230e-1,
                            2.65321895265761230930e-2, 1.24266094738807843860e-3,
                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double F[8] = {1.0,
                            5.99832206555887937690e-1,
                            1.36929880922735805310e-1,
                            1.48753612908506148525e-2,
                            7.86869131145613259100e-4,
                            1.84631831751005468180e-5,
                            1.42151175831644588870e-7,
                            2.04426310338993978564e-15};

static double ratio(const double *num, const double *den, double x)
{
    double n = num[7], d = den[7];
    for (int i = 6; i >= 0; i--) {
        n = n * x + num[i];
        d = d * x + den[i];
    }
    return n / d;
}

/* q = p − ½ beyond SPLIT */
static double tail(double q)
{
    double r = sqrt(-ohm_log(0.5 - fabs(q))); /* the difference is exact */
    double x = r <= 5 ? ratio(C, D, r - 1.6) : ratio(E, F, r - 5);
    return q < 0 ? -x : x;
}

double ohm_normal(uint64_t bits)
{
    double q = ohm_uniform(bits) - 0.5;
    return fabs(q) <= SPLIT ? q * ratio(A, B, SPLIT * SPLIT - q * q) : tail(q);
}

/* Eight draws at once by GCC vectors, which become whatever the target has; every lane does what
 * ohm_normal does. */
typedef uint64_t u64x8 __attribute__((vector_size(64)));
typedef double f64x8 __attribute__((vector_size(64)));

__attribute__((always_inline))
static inline void mix_eight(u64x8 *to)
{
    u64x8 z = *to;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    *to = z ^ (z >> 31);
}

/* Of random bits. */
__attribute__((always_inline))
static inline void eight(const u64x8 *bits, double *out)
{
    /* k = the top 52 bits: 1 + k·2^-52 by its bit pattern; all steps to q = (k + ½)·2^-52 − ½
     * are exact */
    f64x8 q = (f64x8)(*bits >> 12 | 0x3ff0000000000000u) - 1.5 + 0x1p-53;
    f64x8 x = SPLIT * SPLIT - q * q;
    f64x8 num = x * A[7] + A[6], den = x * B[7] + B[6];
    for (int j = 5; j >= 0; j--) {
        num = num * x + A[j];
        den = den * x + B[j];
    }
    *(f64x8 *)out = q * (num / den);
    double lane[8] __attribute__((aligned(64)));
    *(f64x8 *)lane = q;
    for (int j = 0; j < 8; j++)
        if (fabs(lane[j]) > SPLIT)
            out[j] = tail(lane[j]);
}

__attribute__((always_inline))
static inline void normals(uint64_t key, int n, double *out)
{
    const u64x8 one_to_eight = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int i = 0; i < n; i += 8) {
        u64x8 z = key + ((uint64_t)i + one_to_eight) * OHM_GOLDEN_GAMMA;
        mix_eight(&z);
        eight(&z, out + i);
    }
}

__attribute__((always_inline))
static inline void normals_of(uint64_t key, const uint64_t *value, const uint64_t *element, int n,
                              double *out)
{
    for (int i = 0; i < n; i += 8) {
        u64x8 z = (key ^ *(const u64x8 *)(value + i)) + OHM_GOLDEN_GAMMA;
        mix_eight(&z);
        z += (*(const u64x8 *)(element + i) + 1) * OHM_GOLDEN_GAMMA;
        mix_eight(&z);
        eight(&z, out + i);
    }
}

#if OHM_X86
OHM_TARGET_AVX2 static void normals_avx2(uint64_t key, int n, double *out) { normals(key, n, out); }
OHM_TARGET_AVX512 static void normals_avx512(uint64_t key, int n, double *out)
{
    normals(key, n, out);
}
OHM_TARGET_AVX2 static void normals_of_avx2(uint64_t key, const uint64_t *value,
                                            const uint64_t *element, int n, double *out)
{
    normals_of(key, value, element, n, out);
}
OHM_TARGET_AVX512 static void normals_of_avx512(uint64_t key, const uint64_t *value,
                                                const uint64_t *element, int n, double *out)
{
    normals_of(key, value, element, n, out);
}
#endif

void ohm_normals(enum ohm_simd simd, uint64_t key, int n, double *out)
{
    switch (simd) {
#if OHM_X86
    case OHM_SIMD_AVX512: normals_avx512(key, n, out); return;
    case OHM_SIMD_AVX2: normals_avx2(key, n, out); return;
#endif
    default: normals(key, n, out);
    }
}

void ohm_normals_of(enum ohm_simd simd, uint64_t key, const uint64_t *value,
                    const uint64_t *element, int n, double *out)
{
    switch (simd) {
#if OHM_X86
    case OHM_SIMD_AVX512: normals_of_avx512(key, value, element, n, out); return;
    case OHM_SIMD_AVX2: normals_of_avx2(key, value, element, n, out); return;
#endif
    default: normals_of(key, value, element, n, out);
    }
}
