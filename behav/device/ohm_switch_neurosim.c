/* SPDX-License-Identifier: Apache-2.0
 * NeuroSim's curve of equal pulses (P.-Y. Chen, X. Peng, S. Yu, IEEE Trans. Comput.-Aided Design
 * 37, 3067, 2018): after n of N set pulses w = (1 − e^(−n/a))/(1 − e^(−N/a)), w from 0 to 1; reset
 * the same from the top with a of its own. A pulse moves the device along the curve of its polarity
 * from where it is; (pulse width + 1) pulses for a longer one. */
#include "ohm_device.h"
#include "ohm_math.h"
#include "ohm_switch.h"

enum { PULSES, A_SET, A_RESET, C2C };
static const struct ohm_param own[] = {
    [PULSES] = {"pulses", 64, 1, 1e6, "from one end to the other", NULL},
    [A_SET] = {"a_set", 40, 1e-3, 1e9, "pulses, nonlinearity of set; large: linear", NULL},
    [A_RESET] = {"a_reset", 40, 1e-3, 1e9, "pulses, nonlinearity of reset", NULL},
    [C2C] = {"range_c2c", 0, 0, 1, "spread of a pulse, of the range", NULL},
    OHM_PARAM_END,
};
#define P(name) s->own[name].value

static double bound(const struct ohm_switch *s, int upper)
{
    (void)s;
    return upper;
}

static double pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi)
{
    double a = p->set ? P(A_SET) : P(A_RESET), whole = 1 - ohm_exp(-P(PULSES) / a);
    double from = ohm_device_clip(p->set ? w : 1 - w, 0, 1);
    /* 1 − from·whole shrinks by e^(−1/a) with each pulse */
    double to = (1 - (1 - from * whole) * ohm_exp(-(double)(p->width + 1) / a)) / whole;
    (void)d;
    return (p->set ? to : 1 - to) + P(C2C) * xi;
}

const struct ohm_switch_model ohm_switch_neurosim = {
    .name = "neurosim", .doc = "NeuroSim's curve of equal pulses", .own = own, .bound = bound,
    .pulse = pulse,
};
