/* SPDX-License-Identifier: Apache-2.0
 * What one set or reset pulse does to a device: models of switching, for write-verify and training.
 * Equations and sources: docs/explain/devices.md.
 *
 * A device is its state and what distinguishes it from its neighbours, drawn once by
 * ohm_pulse_device. Every function is pure: draws come in as standard normal numbers. */
#ifndef OHM_PULSE_H
#define OHM_PULSE_H

#include <stdint.h>

#include "ohm_api.h"

OHM_API_BEGIN

/* ---- pulses of fixed size: state w between bounds about −1 and 1 ---- */

enum ohm_pulse_kind {
    OHM_PULSE_SOFT_BOUNDS, /* Δw = ±step·(1 − w/bound)(1 + c2c ξ) */
    OHM_PULSE_LINEAR,      /* Δw = ±step·(1 − gamma w/bound + c2c ξ) */
    OHM_PULSE_EXPONENTIAL /* Δw = ±step·max(0, 1 − A e^{±gamma z})(1 + c2c ξ), z = 2 a w/(upper −
                             lower) + b */
};

struct ohm_pulse_model {
    const char *name;
    enum ohm_pulse_kind kind;
    /* mean |Δw| of one pulse, before the factors above; its spread between devices (lognormal) */
    double step, step_d2d;
    /* steps up are (1 + asymmetry) as large, steps down (1 − asymmetry) */
    double asymmetry;
    int one_sided;              /* down pulses do nothing; the device is reset as a whole */
    double c2c;                 /* spread from pulse to pulse, of the step */
    double write_noise;         /* of the state as read after a pulse, in steps */
    double upper, lower;        /* mean bounds */
    double upper_d2d, lower_d2d; /* their spread between devices, of the mean */
    double corrupt;             /* share of devices that never move */
    double gamma_up, gamma_down; /* LINEAR, EXPONENTIAL */
    double a_up, a_down, a, b;   /* EXPONENTIAL */
};

/* The models of the publications: reram-om, reram-hfo2, ecram-mo, reram-es, pcm-one-sided. NULL:
 * unknown. */
const struct ohm_pulse_model *ohm_pulse_find(const char *name);
const char *const *ohm_pulse_names(void); /* NULL-terminated */

struct ohm_pulse_device {
    double step_up, step_down, upper, lower;
    int stuck; /* corrupt: pulses do nothing */
};

/* The device of that key (ohm_rng.h). */
struct ohm_pulse_device ohm_pulse_device(const struct ohm_pulse_model *m, uint64_t key);
/* State after one pulse (up: set, w grows), within the device's bounds. */
double ohm_pulse_apply(const struct ohm_pulse_model *m, const struct ohm_pulse_device *d, double w,
                       int up, double xi);
/* The state as it is read after the pulse. */
double ohm_pulse_read(const struct ohm_pulse_model *m, const struct ohm_pulse_device *d, double w,
                      double xi);

/* ---- pulses of a voltage and a length ---- */

/* Stanford-PKU filament (Jiang et al. 2016): state is the gap in metres. */
struct ohm_pulse_filament {
    double i0, g0, v0;         /* A, m, V: I = i0 exp(−gap/g0) sinh(V/v0) */
    double velocity, energy;   /* m/s, eV */
    double hop, thickness;     /* m */
    double gamma0, beta;       /* field factor γ = gamma0 − beta (gap/1 nm)³ */
    double temperature, heat;  /* K, K/W: T = temperature + heat |V I| */
    double gap_min, gap_max;   /* m */
};
extern const struct ohm_pulse_filament ohm_pulse_stanford;

double ohm_pulse_filament_current(const struct ohm_pulse_filament *f, double gap, double v);
/* dgap/dt in m/s; positive V closes the gap. */
double ohm_pulse_filament_rate(const struct ohm_pulse_filament *f, double gap, double v);
/* The gap after `seconds` at v: steps that move it by at most 1 % of its range, explicit midpoint.
 */
double ohm_pulse_filament_apply(const struct ohm_pulse_filament *f, double gap, double v,
                                double seconds);

/* VTEAM (Kvatinsky et al. 2015) without window: state x in [0, 1], 0 on (v < v_on drives there), 1
 * off. */
struct ohm_pulse_vteam {
    double k_on, k_off;         /* 1/s; k_on < 0 */
    double v_on, v_off;         /* V; v_on < 0 < v_off */
    double alpha_on, alpha_off;
};
extern const struct ohm_pulse_vteam ohm_pulse_vteam_default;

double ohm_pulse_vteam_rate(const struct ohm_pulse_vteam *m, double v); /* dx/dt in 1/s */
double ohm_pulse_vteam_apply(const struct ohm_pulse_vteam *m, double x, double v, double seconds);

/* Data-driven (Messaris et al. 2018): state is the resistance in ohms; dR/dt = s(V)(r(V) − R)²
 * towards r. */
double ohm_pulse_data_apply(double resistance, double v, double seconds);

/* NeuroSim: conductance after p of p_max equal set pulses, from g_min to g_max with nonlinearity a
 * (in pulses). */
double ohm_pulse_neurosim(double g_min, double g_max, double p, double p_max, double a);

OHM_API_END

#endif
