/* SPDX-License-Identifier: Apache-2.0
 * Phase-change memory of the HERMES chip (M. Le Gallo et al., "A 64-core mixed-signal in-memory compute chip based on
 * phase-change memory for deep neural network inference", Nature Electronics 6, 680, 2023), two devices in parallel per
 * polarity. Fits as in AIHWKit's HermesNoiseModel (two-device case, g_max 20.7 µS, t0 = 300 s, t_r = 512 ns).
 *
 *   programming  g_p = max(0, g_t + σ(r) ξ)                         r = g_t/g_max
 *   drift        g(t) = g_p ((t + t0)/t0)^−ν, ν = |μ(r) + s(r) ξ|
 *   read (1/f)   σ = g Q(r) √ln((t + t0 + t_r)/(2 t_r))              r = g/g_max
 *
 * The reference time is t0 after programming; t counts from there. */
#include "ohm_device.h"

#include <math.h>

#include "ohm_math.h"

#define G_MAX 20.7     /* µS */
#define T0 300.0       /* s */
#define T_READ 512e-9  /* s, about one four-phase multiply of the chip */
#define R_MIN 1e-7     /* keeps the logarithms finite; every fit is clipped long before */

static double clip(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

static double relative(double g)
{
    double r = g / G_MAX;
    return r < R_MIN ? R_MIN : r;
}

static double program(double g_target, double xi)
{
    double r = g_target / G_MAX;
    double sigma = 0.16603 + r * (4.71806 + r * (-8.48101 + r * 4.68961));
    double g = g_target + sigma * xi;
    return g > 0 ? g : 0;
}

static double drift(double g_programmed, double g_target, double seconds, double xi)
{
    if (seconds <= 0)
        return g_programmed;
    double r = relative(g_target);
    double mean = r < 0.0945 ? clip(-0.0387 * ohm_log(r) - 0.0182, 0.072, 0.13)
                             : 0.0736 + r * (-0.0126 + r * -0.0436);
    double deviation = r < 0.3055 ? clip(-0.0117 * ohm_log(r) - 0.0057, 0.0091, 0.04)
                                  : 0.0073 + r * (0.0093 + r * -0.0118);
    return g_programmed * ohm_pow((seconds + T0) / T0, -fabs(mean + deviation * xi));
}

static double read_sigma(double g, double g_target, double seconds)
{
    (void)g_target;
    double r = relative(g);
    double q = r < 0.16 ? clip(-0.0117 * ohm_log(r) - 0.0069, 0.015, 0.04)
                        : 0.0123 + r * (0.0211 + r * (-0.0280 + r * 0.0069));
    return g * q * sqrt(ohm_log((seconds + T0 + T_READ) / (2 * T_READ)));
}

const struct ohm_device_model ohm_device_pcm_hermes = {
    .name = "pcm-hermes",
    .doc = "phase-change memory of the HERMES chip: programming error, 1/f read noise, drift from 300 s after programming",
    .g_max = G_MAX,
    .program = program,
    .drift = drift,
    .read_sigma = read_sigma,
};
