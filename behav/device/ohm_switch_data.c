/* SPDX-License-Identifier: Apache-2.0
 * Data-driven model (I. Messaris et al., "A data-driven Verilog-A ReRAM model", IEEE Trans.
 * Comput.-Aided Design 37, 3151, 2018): dR/dt = s(V)(r(V) − R)² towards r, R in ohms; positive
 * voltage lowers R.
 *
 * w = 1/R in siemens; the bounds are the file's r_low and r_high. */
#include <math.h>

#include "ohm_device.h"
#include "ohm_math.h"
#include "ohm_switch.h"

enum { R_LOW, R_HIGH, TIME_C2C };
static const struct ohm_param own[] = {
    [R_LOW] = {"r_low", 1700, 1, 1e9, "ohm, of g_max", NULL},
    [R_HIGH] = {"r_high", 3500, 1, 1e9, "ohm, of g_min", NULL},
    [TIME_C2C] = {"time_c2c", 0, 0, 5, "spread of the logarithm of a pulse's length", NULL},
    OHM_PARAM_END,
};
#define P(name) s->own[name].value

/* The rate depends on R by (r − R)² only, so a pulse has a closed form: with u = R − r, u' = ∓|s|
 * u², u(t) = u/(1 + |s| u t). The fit's s is negative for V > 0. */
double ohm_switch_data_resistance(double resistance, double v, double seconds)
{
    if (v == 0)
        return resistance;
    double a = v > 0 ? 600.1 : -34.60, t = v > 0 ? -0.02120 : -0.05344;
    double s = a * (ohm_exp(fabs(v) / t) - 1);
    double r = v > 0 ? 2699.2 - 672.9 * v : 649.4 - 1474.3 * v;
    /* to where the pulse takes R; past it nothing moves */
    double distance = s < 0 ? resistance - r : r - resistance;
    if (distance <= 0)
        return resistance;
    double left = distance / (1 + fabs(s) * distance * seconds);
    return s < 0 ? r + left : r - left;
}

static double bound(const struct ohm_switch *s, int upper)
{
    return 1 / (upper ? P(R_LOW) : P(R_HIGH));
}

static double pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi)
{
    double longer = P(TIME_C2C) > 0 ? ohm_exp(P(TIME_C2C) * xi) : 1;
    return 1
           / ohm_switch_data_resistance(1 / ohm_device_clip(w, d->lower, d->upper),
                                        ohm_switch_volt(s, p), ohm_switch_seconds(s, p) * longer);
}

const struct ohm_switch_model ohm_switch_data = {
    .name = "data-driven", .doc = "rates fitted to measured ReRAM (Messaris 2018)", .own = own,
    .bound = bound, .pulse = pulse,
};
