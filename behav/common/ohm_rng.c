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

enum { DRAWS = 64 }; /* of a block */

/* Blocks of draws, compiled for registers of 2, 4 and 8 doubles: wider vectors than the registers
 * would be kept in memory. */
#define RNG_NAME(f) f##_portable
#define RNG_TARGET
#define RNG_WIDTH 2
#define RNG_ONE_BY_ONE 1
#include "ohm_rng_lanes.h"
#if OHM_X86
#define RNG_NAME(f) f##_avx2
#define RNG_TARGET OHM_TARGET_AVX2
#define RNG_WIDTH 4
#define RNG_ONE_BY_ONE 1
#include "ohm_rng_lanes.h"
#define RNG_NAME(f) f##_avx512
#define RNG_TARGET OHM_TARGET_AVX512
#define RNG_WIDTH 8
#define RNG_ONE_BY_ONE 0
#include "ohm_rng_lanes.h"
#endif

void ohm_normals(enum ohm_simd simd, uint64_t key, int n, double *out)
{
    switch (simd) {
#if OHM_X86
    case OHM_SIMD_AVX512: normals_avx512(key, n, out); return;
    case OHM_SIMD_AVX2: normals_avx2(key, n, out); return;
#endif
    default: normals_portable(key, n, out);
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
    default: normals_of_portable(key, value, element, n, out);
    }
}
