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

#define G_MAX 20.7 /* µS, of the fits */

enum { T0, T_READ, PROGRAM_SCALE, DRIFT_SCALE, READ_SCALE };
static const struct ohm_param own[] = {
    [T0] = {"t0", 300, 1e-3, 1e9, "s from programming to the reference time", NULL},
    [T_READ] = {"t_read", 512e-9, 1e-12, 1, "s, one read (about one four-phase multiply of the chip)", NULL},
    [PROGRAM_SCALE] = {"program_scale", 1, 0, 100, "factor on the programming error", NULL},
    [DRIFT_SCALE] = {"drift_scale", 1, 0, 100, "factor on the drift exponents", NULL},
    [READ_SCALE] = {"read_scale", 1, 0, 100, "factor on the read noise", NULL},
    OHM_PARAM_END,
};
#define P(name) d->own[name].value

static double program(const struct ohm_device_model *d, double g_target, double xi)
{
    double r = g_target / d->g_max;
    double sigma = 0.16603 + r * (4.71806 + r * (-8.48101 + r * 4.68961));
    double g = g_target + sigma * (d->g_max / G_MAX) * P(PROGRAM_SCALE) * xi;
    return g > 0 ? g : 0;
}

static double drift(const struct ohm_device_model *d, double g_programmed, double g_target, double seconds, double xi)
{
    double r = ohm_device_relative(d, g_target), t0 = P(T0);
    double mean = r < 0.0945 ? ohm_device_clip(-0.0387 * ohm_log(r) - 0.0182, 0.072, 0.13)
                             : 0.0736 + r * (-0.0126 + r * -0.0436);
    double deviation = r < 0.3055 ? ohm_device_clip(-0.0117 * ohm_log(r) - 0.0057, 0.0091, 0.04)
                                  : 0.0073 + r * (0.0093 + r * -0.0118);
    return g_programmed * ohm_pow((seconds + t0) / t0, -fabs(mean + deviation * xi) * P(DRIFT_SCALE));
}

static double read_sigma(const struct ohm_device_model *d, double g, double g_target, double seconds)
{
    (void)g_target;
    double r = ohm_device_relative(d, g), t_read = P(T_READ);
    double q = r < 0.16 ? ohm_device_clip(-0.0117 * ohm_log(r) - 0.0069, 0.015, 0.04)
                        : 0.0123 + r * (0.0211 + r * (-0.0280 + r * 0.0069));
    return g * q * P(READ_SCALE) * sqrt(ohm_log((seconds + P(T0) + t_read) / (2 * t_read)));
}

const struct ohm_device_model ohm_device_pcm_hermes = {
    .name = "pcm-hermes",
    .doc = "phase-change memory of the HERMES chip, two devices per polarity: programming error, 1/f read noise, drift from 300 s on",
    .g_max = G_MAX,
    .common = ohm_device_common,
    .own = own,
    .program = program,
    .drift = drift,
    .read_sigma = read_sigma,
};
