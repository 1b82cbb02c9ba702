/* SPDX-License-Identifier: Apache-2.0
 * Functions that tables hold. */
#include <math.h>
#include <string.h>

#include "ohm_asm.h"
#include "ohm_math.h"

static double sigmoid(double x)
{
    return 1.0 / (1.0 + ohm_exp(-x));
}

static double hyperbolic(double x)
{
    return 2.0 * sigmoid(2.0 * x) - 1.0;
}

static double reciprocal(double x)
{
    return 1.0 / x;
}

static double rsqrt_of(double x)
{
    return 1.0 / sqrt(x);
}

/* The usual approximation of GELU by a tanh (Hendrycks, Gimpel 2016). */
static double gelu(double x)
{
    return 0.5 * x * (1.0 + hyperbolic(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

static double silu(double x)
{
    return x * sigmoid(x);
}

int ohm_asm_table(const char *function, int in, int out, long x0, int shift,
                  int32_t entry[OHM_VEC_ENTRIES])
{
    static const struct {
        const char *name;
        double (*f)(double);
    } all[] = {{"sigmoid", sigmoid}, {"tanh", hyperbolic}, {"exp", ohm_exp},
               {"reciprocal", reciprocal}, {"rsqrt", rsqrt_of}, {"gelu", gelu}, {"silu", silu}};
    const size_t n = sizeof all / sizeof all[0];
    size_t k = 0;

    while (k < n && strcmp(all[k].name, function))
        k++;
    if (k == n)
        return -1;
    for (int i = 0; i < OHM_VEC_ENTRIES; i++) {
        const double x = ldexp((double)x0 + ldexp(i, shift), -in);
        const double y = floor(ldexp(all[k].f(x), out) + 0.5);
        entry[i] = y >= 32767.0 ? 32767 : y <= -32768.0 ? -32768 : y == y ? (int32_t)y : 32767;
    }
    return 0;
}
