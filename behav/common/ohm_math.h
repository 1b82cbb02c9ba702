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

#endif
