/* SPDX-License-Identifier: Apache-2.0
 * The programming engine of a tile (docs/reference/programming.md). Private to behav/golden.
 *
 * It goes from one thing that is seen outside to the next, so that a chip that is stopped in the
 * middle of a row has given the pulses that the model has. A chip that is checked drives it by its
 * traces; else rows are worked on the moment their targets are whole. */
#ifndef OHM_GOLDEN_PROGRAM_H
#define OHM_GOLDEN_PROGRAM_H

#include "ohm_golden_state.h"

/* Descriptor number of its reads. */
enum { OHM_PROGRAM_DESC = 15 };

/* Begins; 0, or the detail of event BAD_DESC. */
int ohm_program_enable(struct tile *t);
void ohm_program_disable(struct tile *t);
/* Takes vectors that are whole, as far as the next read or pulse (checking), or all. */
void ohm_program_run(struct tile *t);
/* Does the read or the pulse that comes next. */
void ohm_program_step(struct tile *t);
void ohm_program_read(struct tile *t);
void ohm_program_pulse(struct tile *t);
uint32_t ohm_program_counter(const struct tile *t, unsigned addr);

/* What the hooks are told (ohm_golden_program_hook.c): where the engine is, before it goes on; of a
 * read its ramp, once its codes are there; and then that it has done so. Whether it waits for
 * ohm_golden_engine_step. */
struct ohm_golden_engine ohm_program_told(const struct tile *t, enum ohm_golden_engine_kind kind);
void ohm_program_told_ramp(const struct tile *t, const struct ohm_phase_plan *f,
                           struct ohm_golden_engine *told);
void ohm_program_tell(struct tile *t, struct ohm_golden_engine *told);
void ohm_program_tell_row(struct tile *t, int poison);
int ohm_program_waits(const struct tile *t);

/* Checking: a code of an engine read, a pulse. As of ohm_golden_check_code. */
int ohm_program_check_code(struct tile *t, const struct ohm_trace_code *c, struct ohm_error *err);
int ohm_program_check_pulse(struct tile *t, const struct ohm_trace_pulse *p, struct ohm_error *err);
/* Checking: nothing that had begun is missing at the end of a run. */
int ohm_program_finish(const struct tile *t, struct ohm_error *err);

#endif
