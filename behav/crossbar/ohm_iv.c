/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_iv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_math.h"

#define LN_10 2.302585092994045684
#define MILO_MIN 50e-6
#define MILO_MAX 225e-6

int ohm_iv_parse(const char *text, struct ohm_iv *iv, struct ohm_error *err)
{
    struct ohm_iv out = {OHM_IV_LINEAR, 0.25};
    if (!strcmp(text, "linear")) {
        out.kind = OHM_IV_LINEAR;
    } else if (!strcmp(text, "data")) {
        out.kind = OHM_IV_DATA;
    } else if (!strcmp(text, "milo")) {
        out.kind = OHM_IV_MILO;
    } else if (!strcmp(text, "sinh")) {
        out.kind = OHM_IV_SINH;
    } else if (!strncmp(text, "sinh:", 5)) {
        char *end;
        out.kind = OHM_IV_SINH;
        out.v0 = strtod(text + 5, &end);
        if (end == text + 5 || *end || !(out.v0 >= 1e-3 && out.v0 <= 1e3))
            return ohm_fail(err, "iv: v0 = '%s', expected 0.001 to 1000 V", text + 5);
    } else {
        return ohm_fail(err, "iv: '%s', expected linear, sinh, sinh:<V0>, data or milo", text);
    }
    *iv = out;
    return 0;
}

int ohm_iv_check(const struct ohm_iv *iv, double g, struct ohm_error *err)
{
    if (iv->kind == OHM_IV_SINH && !(iv->v0 >= 1e-3 && iv->v0 <= 1e3))
        return ohm_fail(err, "iv: v0 = %g V, expected 0.001 to 1000", iv->v0);
    if (iv->kind == OHM_IV_MILO && g != 0 && !(g >= MILO_MIN && g <= MILO_MAX))
        return ohm_fail(err, "iv: %g S, expected %g to %g for milo (or 0)", g, MILO_MIN, MILO_MAX);
    return 0;
}

/* sinh x and cosh x; below 1/2 by series, where the difference of exponentials would cancel. */
static double hyperbolic(double x, double *cosh_x)
{
    double up = ohm_exp(x), down = ohm_exp(-x);
    *cosh_x = 0.5 * (up + down);
    if (fabs(x) >= 0.5)
        return 0.5 * (up - down);
    double x2 = x * x, term = x, sum = 0;
    double terms[8];
    for (int k = 0; k < 8; k++) {
        terms[k] = term;
        term *= x2 / ((2 * k + 2) * (2 * k + 3));
    }
    for (int k = 7; k >= 0; k--)
        sum += terms[k];
    return sum;
}

void ohm_iv_milo(double g, double *nl2, double *nl3)
{
    double x = ohm_log(g) / LN_10;
    *nl2 = ((1.388e-4 * x + 1.541e-3) * x + 5.711e-3) * x + 7.063e-3;
    *nl3 = (8.871e-5 * x + 6.792e-4) * x + 1.2968e-3;
}

double ohm_iv_current(const struct ohm_iv *iv, double g, double v, double *slope)
{
    double current = g * v, s = g, cosh_x;
    switch (iv->kind) {
    case OHM_IV_LINEAR:
        break;
    case OHM_IV_SINH:
        current = g * iv->v0 * hyperbolic(v / iv->v0, &cosh_x);
        s = g * cosh_x;
        break;
    case OHM_IV_DATA:
        current = OHM_IV_DATA_A * g * hyperbolic(OHM_IV_DATA_B * v, &cosh_x);
        s = OHM_IV_DATA_A * OHM_IV_DATA_B * g * cosh_x;
        break;
    case OHM_IV_MILO:
        if (g > 0) {
            double nl2, nl3;
            ohm_iv_milo(g, &nl2, &nl3);
            current = ((nl3 * v + nl2) * v + g) * v;
            s = (3 * nl3 * v + 2 * nl2) * v + g;
        }
        break;
    }
    if (slope)
        *slope = s;
    return current;
}
