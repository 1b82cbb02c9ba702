/* SPDX-License-Identifier: Apache-2.0
 * Phase-change memory of the HERMES chip (Le Gallo et al. 2023, see ohm_device_pcm_hermes.c), one device per polarity: the
 * same equations with AIHWKit's fits of the one-device case, g_max 10.35 µS, t0 = 200 s. For four-device pairs of such
 * devices see the array option `cell = 4t4r`. */
#include "ohm_device.h"

#include <math.h>

#include "ohm_math.h"

#define G_MAX 10.35 /* µS, of the fits */

enum { T0, T_READ, PROGRAM_SCALE, DRIFT_SCALE, READ_SCALE };
static const struct ohm_param own[] = {
    [T0] = {"t0", 200, 1e-3, 1e9, "s from programming to the reference time", NULL},
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
    double sigma = 0.15782 + r * (2.32444 + r * (-2.16311 + r * 0.68842));
    double g = g_target + sigma * (d->g_max / G_MAX) * P(PROGRAM_SCALE) * xi;
    return g > 0 ? g : 0;
}

static double drift(const struct ohm_device_model *d, double g_programmed, double g_target, double seconds, double xi)
{
    double r = ohm_device_relative(d, g_target), t0 = P(T0);
    double mean = r < 0.0945 ? ohm_device_clip(-0.0387 * ohm_log(r) - 0.0182, 0.072, 0.13)
                             : 0.0736 + r * (-0.0126 + r * -0.0436);
    double deviation = r < 0.3039 ? ohm_device_clip(-0.0120 * ohm_log(r) - 0.0023, 0.0124, 0.04)
                                  : 0.0104 + r * (0.0116 + r * -0.0165);
    return g_programmed * ohm_pow((seconds + t0) / t0, -fabs(mean + deviation * xi) * P(DRIFT_SCALE));
}

static double read_sigma(const struct ohm_device_model *d, double g, double g_target, double seconds)
{
    (void)g_target;
    double r = ohm_device_relative(d, g), t_read = P(T_READ);
    double q = r < 0.1591 ? ohm_device_clip(-0.0078 * ohm_log(r) + 0.0038, 0.0179, 0.04)
                          : 0.0088 + r * (0.0768 + r * (-0.1352 + r * 0.0664));
    return g * q * P(READ_SCALE) * sqrt(ohm_log((seconds + P(T0) + t_read) / (2 * t_read)));
}

const struct ohm_device_model ohm_device_pcm_hermes_one = {
    .name = "pcm-hermes-one",
    .doc = "phase-change memory of the HERMES chip, one device per polarity, drift from 200 s on",
    .g_max = G_MAX,
    .common = ohm_device_common,
    .own = own,
    .program = program,
    .drift = drift,
    .read_sigma = read_sigma,
};
