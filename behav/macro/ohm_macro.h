/* SPDX-License-Identifier: Apache-2.0
 * What the pins of the analog macro see: on-times measured from the row pulses, integrators, hold
 * capacitors, ramp and comparators. Pin timing: docs/reference/borders.md. The DPI wrapper
 * tb/harness/ohm_macro_dpi.sv calls this on edges only.
 *
 * Illegal use of the pins never passes silently: the first one is kept for ohm_macro_fault, and the
 * call does nothing else. */
#ifndef OHM_MACRO_H
#define OHM_MACRO_H

#include <stdint.h>

#include "ohm_array.h"
#include "ohm_config.h"

struct ohm_macro; /* opaque */

/* trip_code: normally OHM_TRIP_PHYSICS; otherwise every column trips at that code and no analog
 * work is done (bench). */
#define OHM_TRIP_PHYSICS INT32_MIN
struct ohm_macro *ohm_macro_new(int rows, int cols, const struct ohm_device_model *device,
                                uint64_t seed, unsigned macro, int32_t trip_code,
                                struct ohm_error *err);
void ohm_macro_free(struct ohm_macro *m);

/* See ohm_array_set_physics. */
int ohm_macro_set_physics(struct ohm_macro *m, const struct ohm_physics *physics,
                          struct ohm_error *err);

/* The converter behind the pins, of a configuration that ohm_config_check has let pass; a ramp
 * unless told. */
void ohm_macro_set_converter(struct ohm_macro *m, const struct ohm_config *config);

/* The reset pin: read in progress and held sample are gone, MACRO_LSB = 1, MACRO_TIME = 0.
 * Conductances stay. */
void ohm_macro_reset(struct ohm_macro *m);

void ohm_macro_cfg(struct ohm_macro *m, uint32_t addr, uint32_t data);
void ohm_macro_prog(struct ohm_macro *m, unsigned dev, unsigned row, unsigned col,
                    uint32_t two_codes);
/* A pulse begins (pulse_start): ohm_array_pulse. It ends a read without sample. rows, cols: line r
 * is bit r mod 32 of word r/32. */
void ohm_macro_pulse(struct ohm_macro *m, const struct ohm_array_pulse *p, const uint32_t *rows,
                     const uint32_t *cols);
/* Pin ramp_lsb, with int_reset and sample: LSB of the read, 0: MACRO_LSB. */
void ohm_macro_ramp_lsb(struct ohm_macro *m, uint32_t lsb);
/* int_reset */
void ohm_macro_begin(struct ohm_macro *m, const struct ohm_read_key *key, unsigned cell_sel);
/* Row lines (key->back: column lines) as they are from tick `tick` on; called when one of them
 * changes (tick 0 first). Bit r of word r/32. */
void ohm_macro_rows(struct ohm_macro *m, unsigned tick, const uint32_t *row_on,
                    const uint32_t *row_neg);
/* ticks integrated */
void ohm_macro_sample(struct ohm_macro *m, unsigned ramp_rs, unsigned ticks);
/* Comparators at ramp step `step` into cmp, of columns (of a transposed read: rows) (bit c of word
 * c/32); returns the next step at which any of them changes, INT32_MAX when none will. */
int32_t ohm_macro_cmp(struct ohm_macro *m, int32_t step, uint32_t *cmp);
/* Pins COUNTS: counts of each column in one tick, behind its ohm_macro_rows, within -limit ...
 * limit in all; ramp_rs as the sample will have it. */
void ohm_macro_count(struct ohm_macro *m, unsigned ramp_rs, int limit, int16_t *count);
/* Codes of the held columns within -limit ... limit, less what has been counted already. */
void ohm_macro_convert(struct ohm_macro *m, int limit, int16_t *code);
/* For the waveform: held column voltage in LSB of the held sample; column c trips at the first ramp
 * step n with n + ½ above it. */
double ohm_macro_hold(const struct ohm_macro *m, unsigned col);
/* As ohm_array_geff. */
int ohm_macro_geff(struct ohm_macro *m, enum ohm_cell_sel sel, unsigned row, unsigned col);

/* As ohm_array_device. */
struct ohm_array_device ohm_macro_device(const struct ohm_macro *m, enum ohm_cell_sel dev,
                                         unsigned row, unsigned col);

/* First illegal use since the macro was made, NULL when there was none. */
const char *ohm_macro_fault(const struct ohm_macro *m);
/* For illegal use that only the pins' owner can see. */
__attribute__((format(printf, 2, 3)))
void ohm_macro_misuse(struct ohm_macro *m, const char *format, ...);

#endif
