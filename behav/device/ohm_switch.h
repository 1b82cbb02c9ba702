/* SPDX-License-Identifier: Apache-2.0
 * What one set or reset pulse does to a device: switching models, one small file each, one line
 * each in the table of ohm_switch.c. Equations and sources: docs/explain/devices.md; state of a
 * device and its draws: docs/reference/programming.md.
 *
 * A device is its state w and what distinguishes it from its neighbours, drawn once by `device`.
 * Conductance is linear in w: g_min at the nominal lower bound, g_max at the upper one. Every
 * function is pure: draws come in as standard normal numbers. */
#ifndef OHM_SWITCH_H
#define OHM_SWITCH_H

#include <math.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"
#include "ohm_param.h"

OHM_API_BEGIN

/* Parameters that every switching model has. */
enum ohm_switch_common {
    OHM_SWITCH_SET_VOLT, OHM_SWITCH_SET_VOLT_STEP, OHM_SWITCH_RESET_VOLT,
    OHM_SWITCH_RESET_VOLT_STEP, OHM_SWITCH_PULSE_TIME, OHM_SWITCH_HALF_MEAN, OHM_SWITCH_HALF_SPREAD,
    OHM_SWITCH_ENDURANCE, OHM_SWITCH_ENDURANCE_SPREAD, OHM_SWITCH_FORM_AMP, OHM_SWITCH_FORM_LEVEL,
    OHM_SWITCH_PULSE_ENERGY, OHM_SWITCH_HALF_SCHEME, OHM_SWITCH_COMMON_COUNT
};
extern const struct ohm_param ohm_switch_common[];

/* w of a device that no pulse has formed (form_amp): it conducts nothing. */
#define OHM_SWITCH_UNFORMED (-HUGE_VAL)

struct ohm_switch_pulse {
    int set;             /* 1: conductance up */
    unsigned amp, width; /* codes: 0 to 255; 0 to 15, width + 1 units of time */
};

struct ohm_switch_device { /* what a device keeps for ever */
    double up, down;     /* sizes of its steps, or another number of its model's */
    double upper, lower; /* bounds of w */
    double life;         /* pulses that it stands */
    int dead;            /* pulses never move it */
};

struct ohm_switch_model;
struct ohm_switch { /* a model with its parameters */
    const struct ohm_switch_model *model;
    const struct ohm_param *common, *own;
};

struct ohm_switch_model {
    const char *name, *doc;
    const struct ohm_param *own;
    const void *fits; /* constants that models of one form differ in; private, may be NULL */
    /* nominal lower (0) and upper (1) bound of w */
    double (*bound)(const struct ohm_switch *s, int upper);
    /* draws what distinguishes the device of that key (ohm_rng.h), within elements 0 to 15; NULL:
     * nothing */
    void (*device)(const struct ohm_switch *s, uint64_t key, struct ohm_switch_device *d);
    /* w after the pulse; the caller holds it to the device's bounds */
    double (*pulse)(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi);
    /* w as it is seen in reads after that pulse; NULL: as it is */
    double (*seen)(const struct ohm_switch *s, double w, double xi);
};

/* NULL when the name is unknown. */
const struct ohm_switch_model *ohm_switch_find(const char *name);
const char *const *ohm_switch_names(void); /* NULL-terminated */
/* Makes s the model with its own defaults. */
void ohm_switch_default(struct ohm_switch *s, const struct ohm_switch_model *model);
/* The linear steps of the macro's emulation view: what `ideal` devices do. */
extern const struct ohm_switch ohm_switch_ideal;

/* The device of that key. */
struct ohm_switch_device ohm_switch_device(const struct ohm_switch *s, uint64_t key);
/* w after one pulse, within the device's bounds; cycles: pulses that it had before. */
double ohm_switch_pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                        uint32_t cycles, const struct ohm_switch_pulse *p, double xi);
/* Whether lines that a pulse does not select are held at thirds of its voltage (V/3), so that the
 * cells of those lines feel a third of it in the other direction; else at half of it (V/2). */
int ohm_switch_thirds(const struct ohm_switch *s);
/* w under n[0] reset and n[1] set half-selects, in units of time. */
double ohm_switch_half(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                       const uint32_t n[2], const double xi[2]);
/* Between a state and a conductance, g_min to g_max over the nominal bounds, not below 0. */
double ohm_switch_conductance(const struct ohm_switch *s, double w, double g_min, double g_max);
double ohm_switch_state(const struct ohm_switch *s, double g, double g_min, double g_max);

/* Volts across the device, positive for set, and seconds of a pulse. */
double ohm_switch_volt(const struct ohm_switch *s, const struct ohm_switch_pulse *p);
double ohm_switch_seconds(const struct ohm_switch *s, const struct ohm_switch_pulse *p);
/* Whether the parameters know what a pulse takes; then the femtojoules of one to a device of g uS,
 * else 0. */
int ohm_switch_heats(const struct ohm_switch *s);
double ohm_switch_fj(const struct ohm_switch *s, const struct ohm_switch_pulse *p, double g);

/* ---- physics that several tests look at ---- */

/* Stanford-PKU filament (Jiang et al. 2016): current and dgap/dt in m/s at a gap in metres. */
double ohm_switch_filament_current(const struct ohm_switch *s, double gap, double v);
double ohm_switch_filament_rate(const struct ohm_switch *s, double gap, double v);
/* The gap after `seconds` at v. */
double ohm_switch_filament_gap(const struct ohm_switch *s, double gap, double v, double seconds);
/* VTEAM: dx/dt in 1/s. */
double ohm_switch_vteam_rate(const struct ohm_switch *s, double v);
/* Data-driven model: resistance after `seconds` at v. */
double ohm_switch_data_resistance(double resistance, double v, double seconds);

OHM_API_END

#endif
