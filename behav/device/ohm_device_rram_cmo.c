/* SPDX-License-Identifier: Apache-2.0
 * CMO/HfOx RRAM of IBM Zurich (D. F. Falcone et al., "All-in-one analog AI hardware: on-chip
 * training and inference with conductive-metal-oxide/HfOx ReRAM devices", 2025). Fits as in
 * AIHWKit's ReRamCMONoiseModel, 9 to 88.19 µS:
 *
 *   programming  σ_p = 0.01122 + 0.01129 g_t (accepted within 2 %), 0.00081 + 0.00107 g_t (within
 * 0.2 %) t seconds on g(t) = max(g_min, g_t + −0.0890 ln t + √(σ_p² + σ_r²) ξ), σ_r = 0.0420 ln t +
 * 0.412 read (1/f)   σ = 0.0277 log10(g) √ln((t + 1 µs)/2 µs), 0 below 1 µS
 *
 * The devices hold 9 to 88.19 µS and none can be emptied, so target code 0 is 9 µS (g_min) and a
 * pair at zero holds two of those; no error takes a device below. Relaxation is drawn anew from the
 * target; a device keeps that second draw. The reference time is 1 s. */
#include "ohm_device.h"

#include <math.h>

#include "ohm_math.h"

#define G_MAX 88.19
#define G_MIN 9.0
#define LN_10 2.302585092994045684

static const char *const ranges[] = {"2%", "0.2%", NULL};
enum { ACCEPTED, PROGRAM_SCALE, READ_SCALE };
static const struct ohm_param own[] = {
    [ACCEPTED] = {"accepted", 0, 0, 1,
                  "program-verify ends within this part of the target: 2% or 0.2%", ranges},
    [PROGRAM_SCALE] = {"program_scale", 1, 0, 100, "factor on programming and relaxation error",
                       NULL},
    [READ_SCALE] = {"read_scale", 1, 0, 100, "factor on the read noise", NULL},
    OHM_PARAM_END,
};
#define P(name) d->own[name].value

/* t: seconds after programming, from 1 */
static double placed(const struct ohm_device_model *d, double g_target, double t, double xi)
{
    double log_t = ohm_log(t), relax = 0.0420 * log_t + 0.412;
    double program = P(ACCEPTED) == 0 ? 0.01122 + 0.01129 * g_target : 0.00081 + 0.00107 * g_target;
    double g =
        g_target - 0.0890 * log_t + sqrt(program * program + relax * relax) * P(PROGRAM_SCALE) * xi;
    return g > d->g_min ? g : d->g_min;
}

static double program(const struct ohm_device_model *d, double g_target, double xi)
{
    return placed(d, g_target, 1, xi);
}

static double drift(const struct ohm_device_model *d, double g_programmed, double g_target,
                    double seconds, double xi)
{
    (void)g_programmed;
    return placed(d, g_target, 1 + seconds, xi);
}

/* The mean loss and what the relaxation's sigma has grown by since 1 s, about where pulses have
 * left the device. */
static double relax(const struct ohm_device_model *d, double g, double seconds, double xi)
{
    double log_t = ohm_log(1 + seconds), first = 0.412, now = 0.0420 * log_t + first;
    double then = g - 0.0890 * log_t + sqrt(now * now - first * first) * P(PROGRAM_SCALE) * xi;
    return then > d->g_min ? then : d->g_min;
}

static double read_sigma(const struct ohm_device_model *d, double g, double g_programmed,
                         double seconds)
{
    (void)g_programmed;
    if (g <= 1)
        return 0;
    return 0.0277 * ohm_log(g) / LN_10 * P(READ_SCALE) * sqrt(ohm_log((1 + seconds + 1e-6) / 2e-6));
}

const struct ohm_device_model ohm_device_rram_cmo = {
    .name = "rram-cmo",
    .doc =
        "CMO/HfOx RRAM of IBM Zurich: programming and relaxation error, slow loss, 1/f read noise",
    .g_max = G_MAX, .g_min = G_MIN, .common = ohm_device_common, .own = own, .program = program,
    .drift = drift, .read_sigma = read_sigma, .relax = relax,
};
