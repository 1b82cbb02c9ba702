/* SPDX-License-Identifier: Apache-2.0
 * Phase-change memory, generic (S. R. Nandakumar et al., "Phase-change memory models for deep
 * learning training and inference", ICECS 2019). Fits as in AIHWKit's PCMLikeNoiseModel, g_max 25
 * µS.
 *
 *   programming  g_p = max(0, g_t + σ(r) ξ), σ = (0.26348 + 1.9650 r − 1.1731 r²) g_max/25 r =
 * g_t/g_max drift        g(t) = g_p ((t + t0)/t0)^−ν, ν = |μ(r) + s(r) ξ|, t0 = 20 s read (1/f)   σ
 * = g Q(r) √ln((t + t0 + t_r)/(2 t_r)), Q = min(0.2, 0.0088/max(r^0.65, 0.001)), t_r = 250 ns
 *
 * Q belongs to what was programmed, r = g_p/g_max, and not to what drift has left of it: then σ/g
 * is the device's own for ever, but for the logarithm. g is the conductance at the time of the
 * read.
 *
 * The reference time is t0 after programming. */
#include "ohm_device.h"

#include <math.h>

#include "ohm_math.h"

#define G_MAX 25.0 /* µS, of the fits */

enum { T0, T_READ, PROGRAM_SCALE, DRIFT_SCALE, READ_SCALE };
static const struct ohm_param own[] = {
    [T0] = {"t0", 20, 1e-3, 1e9, "s from programming to the reference time", NULL},
    [T_READ] = {"t_read", 250e-9, 1e-12, 1, "s, one read", NULL},
    [PROGRAM_SCALE] = {"program_scale", 1, 0, 100, "factor on the programming error", NULL},
    [DRIFT_SCALE] = {"drift_scale", 1, 0, 100, "factor on the drift exponents", NULL},
    [READ_SCALE] = {"read_scale", 1, 0, 100, "factor on the read noise", NULL},
    OHM_PARAM_END,
};
#define P(name) d->own[name].value

static double program(const struct ohm_device_model *d, double g_target, double xi)
{
    double r = g_target / d->g_max;
    double sigma = 0.26348 + r * (1.9650 + r * -1.1731);
    double g = g_target + sigma * (d->g_max / G_MAX) * P(PROGRAM_SCALE) * xi;
    return g > 0 ? g : 0;
}

static double drift(const struct ohm_device_model *d, double g_programmed, double g_target,
                    double seconds, double xi)
{
    double log_r = ohm_log(ohm_device_relative(d, g_target)), t0 = P(T0);
    double mean = ohm_device_clip(-0.0155 * log_r + 0.0244, 0.049, 0.1);
    double deviation = ohm_device_clip(-0.0125 * log_r - 0.0059, 0.008, 0.045);
    return g_programmed
           * ohm_pow((seconds + t0) / t0, -fabs(mean + deviation * xi) * P(DRIFT_SCALE));
}

static double read_sigma(const struct ohm_device_model *d, double g, double g_programmed,
                         double seconds)
{
    double power = ohm_pow(ohm_device_relative(d, g_programmed), 0.65), t_read = P(T_READ);
    double q = 0.0088 / (power > 1e-3 ? power : 1e-3);
    return g * (q < 0.2 ? q : 0.2) * P(READ_SCALE)
           * sqrt(ohm_log((seconds + P(T0) + t_read) / (2 * t_read)));
}

const struct ohm_device_model ohm_device_pcm = {
    .name = "pcm",
    .doc = "phase-change memory, generic: programming error, 1/f read noise, drift from 20 s after "
           "programming",
    .g_max = G_MAX, .common = ohm_device_common, .own = own, .program = program, .drift = drift,
    .read_sigma = read_sigma,
};
