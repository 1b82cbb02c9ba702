/* SPDX-License-Identifier: Apache-2.0
 * HfO2 RRAM in IHP's 1T1R arrays (V. Milo et al., "Accurate program/verify schemes of resistive
 * switching memory (RRAM) for in-memory neural network circuits", IEEE Trans. Electron Devices 68,
 * 3832, 2021). Fit as in CrossSim, 50 to 225 µS:
 *
 *   programming  g_p = max(0, g_t + (4.782 − 0.009107 g_t) ξ)
 *
 * The fit ends at 50 µS, so target code 0 is 50 µS (g_min) and a pair at zero holds two of those.
 * With another g_min in a device file, σ outside of the fit's range is that of its nearest end. The
 * source gives no relaxation, and read noise only through its I-V curve (`iv = milo`); rtn_* and
 * read_noise add what a user has measured. */
#include "ohm_device.h"

#define G_LOW 50.0
#define G_HIGH 225.0

enum { SIGMA0, SIGMA1 };
static const struct ohm_param own[] = {
    [SIGMA0] = {"sigma0", 4.782, 0, 100, "uS, programming error at 0", NULL},
    [SIGMA1] = {"sigma1", -0.009107, -1, 1, "programming error, slope over the conductance", NULL},
    OHM_PARAM_END,
};
#define P(name) d->own[name].value

static double program(const struct ohm_device_model *d, double g_target, double xi)
{
    double sigma = P(SIGMA0) + P(SIGMA1) * ohm_device_clip(g_target, G_LOW, G_HIGH);
    double g = g_target + (sigma > 0 ? sigma : 0) * xi;
    return g > 0 ? g : 0;
}

const struct ohm_device_model ohm_device_rram_ihp = {
    .name = "rram-ihp", .doc = "HfO2 RRAM of IHP's 1T1R arrays: programming error", .g_max = G_HIGH,
    .g_min = G_LOW, .common = ohm_device_common, .own = own, .program = program,
};
