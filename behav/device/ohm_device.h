/* SPDX-License-Identifier: Apache-2.0
 * Device models: one small file each, one line each in the table of ohm_device.c. Conductances in µS, times in seconds.
 *
 * The reference time is when a model's own g is read unless told otherwise: `seconds` counts from there. A function that
 * is NULL does nothing: programming hits its target, conductance stays, reads are free of noise. */
#ifndef OHM_DEVICE_H
#define OHM_DEVICE_H

#include <stdint.h>

struct ohm_device_model {
    const char *name, *doc;
    double g_max;
    /* conductance after programming to g_target; xi: a standard normal draw */
    double (*program)(double g_target, double xi);
    /* conductance `seconds` after the reference time; xi: the device's own standard normal draw of its drift exponent */
    double (*drift)(double g_programmed, double g_target, double seconds, double xi);
    /* standard deviation of one read at that conductance, `seconds` after the reference time */
    double (*read_sigma)(double g, double g_target, double seconds);
};

extern const struct ohm_device_model ohm_device_ideal, ohm_device_pcm_hermes;

/* NULL when the name is unknown. */
const struct ohm_device_model *ohm_device_find(const char *name);
/* Names, NULL-terminated, for messages and --help. */
const char *const *ohm_device_names(void);

#endif
