/* SPDX-License-Identifier: Apache-2.0
 * Device models: one small file each, one line each in the table of ohm_device.c. Conductances in
 * µS, times in seconds; xi is always a standard normal draw. Equations and sources:
 * docs/explain/devices.md.
 *
 * The reference time is when a model's own g is read unless told otherwise: `seconds` counts from
 * there. A function that is NULL does nothing: programming hits its target, conductance stays,
 * reads are free of noise. */
#ifndef OHM_DEVICE_H
#define OHM_DEVICE_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"
#include "ohm_param.h"

OHM_API_BEGIN

/* Parameters that every model has; what they do is in ohm_settle.h. All are off unless a device
 * file sets them. */
enum ohm_device_common {
    OHM_DEVICE_G_MAX, /* the model's own values: g_max and g_min of struct ohm_device_model count */
    OHM_DEVICE_G_MIN, OHM_DEVICE_D2D, OHM_DEVICE_C2C, OHM_DEVICE_STUCK_HIGH, OHM_DEVICE_STUCK_LOW,
    OHM_DEVICE_STUCK_HIGH_LEVEL, OHM_DEVICE_STUCK_LOW_LEVEL, OHM_DEVICE_RTN_RATE,
    OHM_DEVICE_RTN_AMPLITUDE, OHM_DEVICE_RTN_READS, OHM_DEVICE_READ_NOISE, OHM_DEVICE_THERMAL_TIME,
    OHM_DEVICE_IV, OHM_DEVICE_IV_V0, OHM_DEVICE_V_READ, OHM_DEVICE_TEMPERATURE,
    OHM_DEVICE_TEMPERATURE_COEFFICIENT, OHM_DEVICE_COMMON_COUNT
};

struct ohm_switch;

struct ohm_device_model {
    const char *name, *doc;
    double g_max; /* conductance of target code 16384 */
    /* conductance of target code 0: where a device cannot go below it, a pair at zero holds two of
     * them */
    double g_min;
    const struct ohm_param *common; /* ohm_device_common, or the table of a device file */
    const struct ohm_param *own;    /* the model's own parameters, NULL when it has none */
    /* constants that models of one form differ in; private, may be NULL */
    const void *fits;
    /* conductance after programming to g_target */
    double (*program)(const struct ohm_device_model *d, double g_target, double xi);
    /* conductance `seconds` > 0 after the reference time; xi: the device's own, the same at all
     * times */
    double (*drift)(const struct ohm_device_model *d, double g_programmed, double g_target,
                    double seconds, double xi);
    /* standard deviation of one read at conductance g, `seconds` after the reference time;
     * g_programmed: what it was there, which the coefficients of phase-change memory belong to */
    double (*read_sigma)(const struct ohm_device_model *d, double g, double g_programmed,
                         double seconds);
    /* for models that draw a later conductance anew from the target: what it is about g, which
     * pulses have reached, with the spread that it has gained by then. NULL: drift, from g on. */
    double (*relax)(const struct ohm_device_model *d, double g, double seconds, double xi);
    /* what pulses do (ohm_switch.h); NULL: it can only be loaded. With one that a device file names
     * a load hits its target, and `program` is not used: it is the outcome of programming. */
    const struct ohm_switch *switching;
};

extern const struct ohm_param ohm_device_common[];
/* The one model that code names; all others are found by their name. */
extern const struct ohm_device_model ohm_device_ideal;

/* NULL when the name is unknown. */
const struct ohm_device_model *ohm_device_find(const char *name);
/* Names, NULL-terminated, for messages and --help. */
const char *const *ohm_device_names(void);

/* A model with parameters from a file (ohm_param.h), whose first line is `device = <name>`. NULL +
 * err. */
struct ohm_device_model *ohm_device_load(const char *path, struct ohm_error *err);
/* Only for models of ohm_device_load. */
void ohm_device_free(struct ohm_device_model *d);
/* All parameters of the model as a device file. */
void ohm_device_print(const struct ohm_device_model *d, FILE *to);

/* ---- for the models ---- */

static inline double ohm_device_clip(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

/* The conductance that a device is programmed to by a target code (0 to `codes`). */
static inline double ohm_device_target(const struct ohm_device_model *d, double code, double codes)
{
    return d->g_min + code * ((d->g_max - d->g_min) / codes);
}

/* g/g_max, kept off 0 so that logarithms stay finite; every fit is clipped long before. */
static inline double ohm_device_relative(const struct ohm_device_model *d, double g)
{
    double r = g / d->g_max;
    return r < 1e-7 ? 1e-7 : r;
}

OHM_API_END

#endif
