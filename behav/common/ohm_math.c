/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOG2_E 0x1.71547652b82fep+0

OHM_LOG_SERIES(log_series, , double)

double ohm_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int k = 0;
    if (bits - 0x0010000000000000u >= 0x7fe0000000000000u) { /* not a positive normal number */
        if (x == 0)
            return -INFINITY;
        if (!(x > 0))
            return NAN;
        if (x == INFINITY)
            return x;
        x *= 0x1p54;
        memcpy(&bits, &x, sizeof bits);
        k = -54;
    }
    /* x = 2^k·m with m in [√½, √2) */
    uint64_t above = bits - 0x3fe6a09e667f3bcdu;
    k += (int)((int64_t)above >> 52);
    bits -= above & 0xfff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double exponent = k, f = m - 1;
    double y;
    log_series(&y, &exponent, &f);
    return y;
}

double ohm_exp(double x)
{
    if (x != x)
        return x;
    if (x > 709.79) /* beyond ln(DBL_MAX) */
        return INFINITY;
    if (x < -746) /* below half the smallest subnormal */
        return 0;
    double k = floor(x * LOG2_E + 0.5);
    double hi = x - k * OHM_LN2_HI, lo = k * OHM_LN2_LO, r = hi - lo;
    /* e^r = 1 + r + r²·p(r), Taylor to r^14: |r| < 0.347, the rest stays below 2^-60. */
    double p = 1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720
             + r * (1.0 / 5040 + r * (1.0 / 40320 + r * (1.0 / 362880 + r * (1.0 / 3628800
             + r * (1.0 / 39916800 + r * (1.0 / 479001600 + r * (1.0 / 6227020800
             + r * (1.0 / 87178291200))))))))))));
    return ldexp(1 + (hi - (lo - r * r * p)), (int)k);
}

double ohm_pow(double x, double y)
{
    if (y == 0)
        return 1;
    if (x == 0)
        return y > 0 ? 0 : INFINITY;
    return ohm_exp(y * ohm_log(x));
}
