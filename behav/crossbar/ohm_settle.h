/* SPDX-License-Identifier: Apache-2.0
 * One device of an array at a given time: its model (ohm_device.h) and what every device may have
 * besides.
 *
 *   g  = program(target)·(1 + d2d ξ)·(1 + c2c ξ')      or the measured conductance, or
 *   g  = what its state says                           after pulses
 *   g  = drift(g)                                      at later times
 *   g  = stuck level                                   for stuck devices
 *   g  = g (1 + coefficient (T − 300 K))
 *   g' = I(v_read; g)/v_read                           secant conductance of the I-V curve
 *   g' = g'·(1 ± rtn_amplitude/2)                      telegraph noise: the state is a hash of
 * (device, interval)
 *
 * Variance of a read, of g': model's σ² (its coefficient that of the conductance before drift and
 * temperature) + (read_noise g)² + 4kT g/(2 thermal_time v_read²). µS throughout. */
#ifndef OHM_SETTLE_H
#define OHM_SETTLE_H

#include <stdint.h>

#include "ohm_device.h"

struct ohm_settler { /* a device model and the keys of one array; fill in by ohm_settler_init */
    const struct ohm_device_model *device;
    uint64_t program_key, drift_key, spread_key, fault_key, telegraph_key;
    int varied, stuck, telegraph, heated, curved, noisy; /* which parts are in use */
    int switched; /* loads hit their target, later conductances are about what was reached */
};

struct ohm_settled {
    double g;        /* secant conductance, without telegraph noise */
    double variance; /* of one read */
};

void ohm_settler_init(struct ohm_settler *s, const struct ohm_device_model *device, uint64_t seed,
                      unsigned macro);

/* place: names the device within the array. events: how often it was programmed. measured: at the
 * reference time, or a negative number when there is none. */
struct ohm_settled ohm_settle(const struct ohm_settler *s, uint64_t place, uint32_t events,
                              double target, double measured, uint32_t seconds);

/* The same of a device that pulses have left at conductance g, `seconds` ago; pulse: its number. */
struct ohm_settled ohm_settle_pulsed(const struct ohm_settler *s, uint64_t place, uint32_t pulse,
                                     double g, uint32_t seconds);

/* Secant conductance at the read voltage of a device at g_max, over g_max. */
double ohm_settle_factor(const struct ohm_device_model *device);

/* Has the device telegraph noise? */
int ohm_settle_telegraphic(const struct ohm_settler *s, uint64_t place);
/* Factor on its conductance in the interval in which vector seq is read. */
double ohm_settle_telegraph(const struct ohm_settler *s, uint64_t place, uint32_t seconds,
                            uint32_t seq);
/* Number of that interval. */
uint32_t ohm_settle_interval(const struct ohm_settler *s, uint32_t seq);

#endif
