/* SPDX-License-Identifier: Apache-2.0
 * Phase-change memory with partial reset; w is the share of G_max, 0 to 1.
 *
 *   set    w + step·(1 + boost·e^(−rate·w))·(pulse width + 1)·(1 + set_c2c ξ): it accumulates, much
 *          at first and little near the top (Nandakumar et al., Frontiers in Neuroscience 14, 406,
 *          2020; the numbers are those of AIHWKit's one-sided PCM preset over its range of 2)
 *   reset  (1 − u)^curve·(1 + reset_c2c ξ), whatever was there: melting and quenching leave an
 *          amorphous plug that the amplitude makes (Papandreou et al., ISCAS 2011: partial reset,
 *          the falling side of the programming curve). u = (a + a_d − melt)/(full − melt), held to
 *          0 … 1; a_d is the device's own, N(0, melt_d2d) codes. */
#include "ohm_device.h"
#include "ohm_math.h"
#include "ohm_rng.h"
#include "ohm_switch.h"

enum { STEP, BOOST, RATE, SET_C2C, MELT, FULL, MELT_D2D, CURVE, RESET_C2C };
static const struct ohm_param own[] = {
    [STEP] = {"step", 0.005, 0, 1, "of a set pulse near the top, of G_max", NULL},
    [BOOST] = {"boost", 27.235, 0, 1000, "how much more at 0", NULL},
    [RATE] = {"rate", 5, 0, 100, "how soon that is over", NULL},
    [SET_C2C] = {"set_c2c", 0.6, 0, 10, "spread of a set pulse, of its step", NULL},
    [MELT] = {"melt", 0, 0, 255, "amplitude code at which melting begins", NULL},
    [FULL] = {"full", 200, 1, 255, "amplitude code that leaves nothing", NULL},
    [MELT_D2D] = {"melt_d2d", 4, 0, 255, "codes, spread of both between devices", NULL},
    [CURVE] = {"curve", 1.5, 0.1, 10, "exponent between the two", NULL},
    [RESET_C2C] = {"reset_c2c", 0.1, 0, 10, "spread of what a reset leaves, of it", NULL},
    OHM_PARAM_END,
};
#define P(name) s->own[name].value

static double bound(const struct ohm_switch *s, int upper)
{
    (void)s;
    return upper;
}

static void device(const struct ohm_switch *s, uint64_t key, struct ohm_switch_device *d)
{
    d->up = P(STEP);
    d->down = P(MELT_D2D) > 0 ? P(MELT_D2D) * ohm_normal(ohm_key_at(key, 0)) : 0;
}

static double pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi)
{
    if (p->set) {
        double step = d->up * (1 + P(BOOST) * ohm_exp(-P(RATE) * w)) * (p->width + 1);
        return w + step * (1 + P(SET_C2C) * xi);
    }
    double u = ohm_device_clip((p->amp + d->down - P(MELT)) / (P(FULL) - P(MELT)), 0, 1);
    return ohm_pow(1 - u, P(CURVE)) * (1 + P(RESET_C2C) * xi);
}

const struct ohm_switch_model ohm_switch_pcm = {
    .name = "pcm-partial-reset",
    .doc = "phase-change memory: set accumulates, reset leaves what its amplitude says",
    .own = own, .bound = bound, .device = device, .pulse = pulse,
};
