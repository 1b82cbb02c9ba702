/* SPDX-License-Identifier: Apache-2.0
 * Elementary functions with the same bits on every machine: IEEE basic operations only (compile
 * with -ffp-contract=off). libm's log, exp and pow differ between processors. */
#ifndef OHM_MATH_H
#define OHM_MATH_H

/* ln x, error under 1 ulp. x = 0: -inf; x < 0 or NaN: NaN. */
double ohm_log(double x);
/* e^x, error under 1 ulp where the result is a normal number. */
double ohm_exp(double x);
/* x^y for x > 0, as exp(y ln x): relative error under (2 + |y ln x|)·2^-52. x = 0: 0, 1 or inf by
 * the sign of y. */
double ohm_pow(double x, double y);

/* ln 2 = LN2_HI + LN2_LO; LN2_HI has 32 trailing zero bits, so that k·LN2_HI is exact for every
 * exponent k. */
#define OHM_LN2_HI 0x1.62e42feep-1
#define OHM_LN2_LO 0x1.a39ef35793c76p-33

/* Defines name(y, k, f): *y = ln(2^k·(1 + f)) for 1 + f in [√½, √2), of doubles or of vectors of
 * them (behind pointers, because how vectors are passed by value depends on the target), compiled
 * for `target`.
 *
 * ln(1+f) = 2 atanh(s), s = f/(2+f), written as f − (f²/2 − s(f²/2 + R)): f is exact, what is taken
 * off is small. R = 2(s²/3 + s⁴/5 + …); |s| < 0.1716, the terms left out stay below 2^-57. */
#define OHM_LOG_SERIES(name, target, real) \
    target static inline void name(real *y, const real *k, const real *f_at) \
    { \
        const real f = *f_at, s = f / (2 + f), z = s * s, half = 0.5 * f * f; \
        const real r = z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9 + z * (2.0 / 11 \
                     + z * (2.0 / 13 + z * (2.0 / 15 + z * (2.0 / 17 + z * (2.0 / 19 \
                     + z * (2.0 / 21)))))))))); \
        *y = *k * OHM_LN2_HI - ((half - (s * (half + r) + *k * OHM_LN2_LO)) - f); \
    }

#endif
