/* SPDX-License-Identifier: Apache-2.0
 * One vector through the core of a tile: read, convert, add up, post-process; its sums when it
 * calibrates; duration links. Private to behav/golden. */
#ifndef OHM_GOLDEN_CORE_H
#define OHM_GOLDEN_CORE_H

#include "ohm_golden_state.h"

/* Computes the accumulators of one vector, without partial sum, into v (checking: its codes too),
 * and counts. */
void ohm_tile_compute(struct tile *t, struct vmm *v, const uint32_t *input, uint32_t input_words);
/* Cycles of a conversion from START to STOP. With early stop a ramp ends two steps after the last
 * column has tripped, at code `last`: so long it takes to see it. */
unsigned ohm_tile_ramp_steps(const struct tile *t, int start, int stop, int last);
/* Adds the partial sum and the residual (NULL: none) and post-processes. */
void ohm_tile_post(struct tile *t, struct vmm *v, const uint32_t *psum, const uint32_t *residual);
/* Tells the hooks of a vector that was just computed (input: its words). */
void ohm_tile_tell_vector(struct tile *t, const struct vmm *v, const uint32_t *input,
                          uint32_t input_words);

/* Calibration (ohm_golden_calib.c): begins anew after enable. */
void ohm_calib_reset(struct tile *t);
/* Adds an output and what it should be to the column's sums. */
void ohm_calib_add(struct tile *t, unsigned o, int64_t y0, uint32_t expected);
/* A word of CALIB_SUM. */
uint32_t ohm_calib_read(const struct tile *t, unsigned addr);

/* Duration links (ohm_golden_link.c): after enable and disable. */
void ohm_link_reset(struct tile *t, int on);
/* A vector is on its way to the east. */
void ohm_link_send(struct tile *t, const struct vmm *v);

#endif
