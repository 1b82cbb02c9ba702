/* SPDX-License-Identifier: Apache-2.0
 * VTEAM without window (S. Kvatinsky et al., "VTEAM: a general model for voltage-controlled
 * memristors", IEEE Trans. Circuits Syst. II 62, 786, 2015). x is 0 on and 1 off, w = 1 − x.
 *
 *   dx/dt = k_on (V/v_on − 1)^alpha_on for V < v_on < 0, k_off (V/v_off − 1)^alpha_off for V >
 *   v_off > 0, else 0
 *
 * A set pulse is negative here. The numbers are MemTorch's defaults: unphysical, to be fitted anew
 * for a device. */
#include "ohm_device.h"
#include "ohm_math.h"
#include "ohm_switch.h"

enum { K_ON, K_OFF, V_ON, V_OFF, ALPHA_ON, ALPHA_OFF, RATE_C2C };
static const struct ohm_param own[] = {
    [K_ON] = {"k_on", -10, -1e12, 0, "1/s", NULL},
    [K_OFF] = {"k_off", 5e-4, 0, 1e12, "1/s", NULL},
    [V_ON] = {"v_on", -0.2, -100, -1e-6, "V, threshold of set", NULL},
    [V_OFF] = {"v_off", 0.02, 1e-6, 100, "V, threshold of reset", NULL},
    [ALPHA_ON] = {"alpha_on", 3, 0, 100, "exponent of set", NULL},
    [ALPHA_OFF] = {"alpha_off", 1, 0, 100, "exponent of reset", NULL},
    [RATE_C2C] = {"rate_c2c", 0, 0, 10, "spread of the rate from pulse to pulse, of it", NULL},
    OHM_PARAM_END,
};
#define P(name) s->own[name].value

double ohm_switch_vteam_rate(const struct ohm_switch *s, double v)
{
    if (v > P(V_OFF))
        return P(K_OFF) * ohm_pow(v / P(V_OFF) - 1, P(ALPHA_OFF));
    if (v < P(V_ON))
        return P(K_ON) * ohm_pow(v / P(V_ON) - 1, P(ALPHA_ON));
    return 0;
}

static double bound(const struct ohm_switch *s, int upper)
{
    (void)s;
    return upper;
}

static double pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi)
{
    (void)d;
    return w
           - ohm_switch_vteam_rate(s, -ohm_switch_volt(s, p)) * ohm_switch_seconds(s, p)
                 * (1 + P(RATE_C2C) * xi);
}

const struct ohm_switch_model ohm_switch_vteam = {
    .name = "vteam", .doc = "VTEAM without window: rates beyond two thresholds", .own = own,
    .bound = bound, .pulse = pulse,
};
