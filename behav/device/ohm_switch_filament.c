/* SPDX-License-Identifier: Apache-2.0
 * Stanford-PKU filament (Z. Jiang et al., "A compact model for metal-oxide resistive random access
 * memory with experiment verification", IEEE Trans. Electron Devices 63, 1884, 2016).
 *
 *   I = i0 exp(−gap/g0) sinh(V/v0)
 *   dgap/dt = −velocity exp(−energy/kT) sinh(γ hop/thickness V/kT), γ = gamma0 − beta (gap/1 nm)³
 *   T = temperature + heat |V I|
 *
 * w = exp(−gap/g0), which the conductance at low voltage is proportional to. The spread from pulse
 * to pulse is one of the velocity, lognormal. */
#include <math.h>

#include "ohm_device.h"
#include "ohm_math.h"
#include "ohm_rng.h"
#include "ohm_switch.h"

#define BOLTZMANN_EV 8.617333262e-5 /* eV/K */
enum { STEPS_MAX = 100000 };

enum {
    I0, G0, V0, VELOCITY, ENERGY, HOP, THICKNESS, GAMMA0, BETA, TEMPERATURE, HEAT, GAP_MIN, GAP_MAX,
    ENERGY_D2D, VELOCITY_C2C
};
static const struct ohm_param own[] = {
    [I0] = {"i0", 1e-3, 1e-12, 1, "A", NULL},
    [G0] = {"g0", 0.25e-9, 1e-12, 1e-6, "m, decay of the current with the gap", NULL},
    [V0] = {"v0", 0.25, 1e-3, 10, "V, of the current", NULL},
    [VELOCITY] = {"velocity", 10, 1e-6, 1e6, "m/s", NULL},
    [ENERGY] = {"energy", 0.6, 0, 10, "eV, activation", NULL},
    [HOP] = {"hop", 0.25e-9, 1e-12, 1e-6, "m, one hop of a vacancy", NULL},
    [THICKNESS] = {"thickness", 12e-9, 1e-12, 1e-6, "m, of the oxide", NULL},
    [GAMMA0] = {"gamma0", 16, 0, 1000, "field factor", NULL},
    [BETA] = {"beta", 0.8, 0, 1000, "its loss with the gap", NULL},
    [TEMPERATURE] = {"ambient", 298, 1, 1000, "K", NULL},
    [HEAT] = {"heat", 2.1e3, 0, 1e9, "K/W", NULL},
    [GAP_MIN] = {"gap_min", 0.2e-9, 0, 1e-6, "m", NULL},
    [GAP_MAX] = {"gap_max", 1.7e-9, 1e-12, 1e-6, "m", NULL},
    [ENERGY_D2D] = {"energy_d2d", 0, 0, 1, "eV, spread between devices", NULL},
    [VELOCITY_C2C] = {"velocity_c2c", 0, 0, 5, "spread of the velocity's logarithm", NULL},
    OHM_PARAM_END,
};
#define P(name) s->own[name].value

static double sinh_of(double x)
{
    if (fabs(x) < 1e-3) /* the difference of exponentials would cancel */
        return x * (1 + x * x / 6);
    return (ohm_exp(x) - ohm_exp(-x)) / 2;
}

double ohm_switch_filament_current(const struct ohm_switch *s, double gap, double v)
{
    return P(I0) * ohm_exp(-gap / P(G0)) * sinh_of(v / P(V0));
}

static double rate_at(const struct ohm_switch *s, double energy, double gap, double v)
{
    double nm = gap * 1e9, gamma = P(GAMMA0) - P(BETA) * nm * nm * nm;
    double kt = BOLTZMANN_EV
                * (P(TEMPERATURE) + P(HEAT) * fabs(v * ohm_switch_filament_current(s, gap, v)));
    return -P(VELOCITY) * ohm_exp(-energy / kt) * sinh_of(gamma * P(HOP) / P(THICKNESS) * v / kt);
}

double ohm_switch_filament_rate(const struct ohm_switch *s, double gap, double v)
{
    return rate_at(s, P(ENERGY), gap, v);
}

/* Steps that move the gap by at most 1 % of its range, explicit midpoint. */
static double moved(const struct ohm_switch *s, double energy, double gap, double v, double seconds)
{
    double left = seconds, move = 0.01 * (P(GAP_MAX) - P(GAP_MIN));
    for (int i = 0; i < STEPS_MAX && left > 0; i++) {
        double rate = rate_at(s, energy, gap, v), dt = left;
        if (fabs(rate) * dt > move)
            dt = move / fabs(rate);
        double middle = ohm_device_clip(gap + rate * dt / 2, P(GAP_MIN), P(GAP_MAX));
        double next = ohm_device_clip(gap + rate_at(s, energy, middle, v) * dt, P(GAP_MIN),
                                      P(GAP_MAX));
        if (next == gap) /* at a bound */
            break;
        gap = next;
        left -= dt;
    }
    return gap;
}

double ohm_switch_filament_gap(const struct ohm_switch *s, double gap, double v, double seconds)
{
    return moved(s, P(ENERGY), gap, v, seconds);
}

static double bound(const struct ohm_switch *s, int upper)
{
    return ohm_exp(-(upper ? P(GAP_MIN) : P(GAP_MAX)) / P(G0));
}

static void device(const struct ohm_switch *s, uint64_t key, struct ohm_switch_device *d)
{
    d->up = P(ENERGY)
            + (P(ENERGY_D2D) > 0 ? P(ENERGY_D2D) * ohm_normal(ohm_key_at(key, 0)) : 0);
}

static double pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi)
{
    /* a load may have left w outside of the bounds */
    double gap = -P(G0) * ohm_log(ohm_device_clip(w, d->lower, d->upper));
    double faster = P(VELOCITY_C2C) > 0 ? ohm_exp(P(VELOCITY_C2C) * xi) : 1;
    gap = moved(s, d->up, gap, ohm_switch_volt(s, p), ohm_switch_seconds(s, p) * faster);
    return ohm_exp(-gap / P(G0));
}

const struct ohm_switch_model ohm_switch_filament = {
    .name = "filament", .doc = "Stanford-PKU filament, a gap that voltage and heat move",
    .own = own, .bound = bound, .device = device, .pulse = pulse,
};
