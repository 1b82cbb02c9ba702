/* SPDX-License-Identifier: Apache-2.0
 * HfOx RRAM of the NeuRRAM chip (W. Wan et al., "A compute-in-memory chip based on resistive
 * random-access memory", Nature 608, 504, 2022). Fits of programming and relaxation together, as in
 * AIHWKit's ReRamWan2022NoiseModel with the reference of 40 µS used throughout:
 *
 *   g(t) = max(0, g_t + σ(r, t) ξ)     r = g_t/40 µS
 *   σ(1 s)   = 0.348 + 16.030 r − 43.853 r² + 45.393 r³ − 16.815 r⁴
 *   σ(1 day) = 0.701 + 22.086 r − 50.773 r² + 47.095 r³ − 16.458 r⁴, the same after two days and
 * later
 *
 * in between linear in ln t. The mean does not drift. Later times are drawn anew from the target,
 * not added to the state at 1 s; a device keeps that second draw. Reads have 1 % noise. The
 * reference time is 1 s after programming. */
#include "ohm_device.h"

#include <math.h>

#include "ohm_math.h"

#define G_FIT 40.0 /* µS */
#define DAY 86400.0

enum { SCALE, READ };
static const struct ohm_param own[] = {
    [SCALE] = {"program_scale", 1, 0, 100, "factor on programming and relaxation error", NULL},
    [READ] = {"read_sigma", 0.01, 0, 1, "read noise: sigma, of the conductance", NULL},
    OHM_PARAM_END,
};
#define P(name) d->own[name].value

static double sigma_1s(double r)
{
    return 0.348 + r * (16.030 + r * (-43.853 + r * (45.393 + r * -16.815)));
}

static double sigma_1day(double r)
{
    return 0.701 + r * (22.086 + r * (-50.773 + r * (47.095 + r * -16.458)));
}

static double placed(const struct ohm_device_model *d, double g_target, double sigma, double xi)
{
    double g = g_target + (sigma > 0 ? sigma : 0) * P(SCALE) * xi;
    return g > 0 ? g : 0;
}

static double program(const struct ohm_device_model *d, double g_target, double xi)
{
    return placed(d, g_target, sigma_1s(g_target / G_FIT), xi);
}

static double drift(const struct ohm_device_model *d, double g_programmed, double g_target,
                    double seconds, double xi)
{
    (void)g_programmed;
    double r = g_target / G_FIT, share = ohm_device_clip(ohm_log(1 + seconds) / ohm_log(DAY), 0, 1);
    return placed(d, g_target, sigma_1s(r) + share * (sigma_1day(r) - sigma_1s(r)), xi);
}

/* What sigma has grown by since 1 s, about where pulses have left the device. */
static double relax(const struct ohm_device_model *d, double g, double seconds, double xi)
{
    double r = g / G_FIT, share = ohm_device_clip(ohm_log(1 + seconds) / ohm_log(DAY), 0, 1);
    double first = sigma_1s(r), now = first + share * (sigma_1day(r) - first);
    double grown = now > first && first > 0 ? sqrt(now * now - first * first) : 0;
    return placed(d, g, grown, xi);
}

static double read_sigma(const struct ohm_device_model *d, double g, double g_programmed,
                         double seconds)
{
    (void)g_programmed;
    (void)seconds;
    return P(READ) * g;
}

const struct ohm_device_model ohm_device_rram_neurram = {
    .name = "rram-neurram",
    .doc = "HfOx RRAM of the NeuRRAM chip: programming and relaxation error from 1 s to days, 1 % "
           "read noise",
    .g_max = G_FIT, .common = ohm_device_common, .own = own, .program = program, .drift = drift,
    .read_sigma = read_sigma, .relax = relax,
};
