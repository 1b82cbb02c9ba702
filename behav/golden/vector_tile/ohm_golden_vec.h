/* SPDX-License-Identifier: Apache-2.0
 * A vector tile of the golden model: the shell's streams and routes around the interpreter of
 * behav/golden/vector. Private to behav/golden.
 *
 * Functional use runs a program as soon as its streams are whole. Where the chip is checked, a
 * program runs when the chip shows the first of it: only the chip knows whether VWAIT ran out. */
#ifndef OHM_GOLDEN_VEC_H
#define OHM_GOLDEN_VEC_H

#include "ohm_golden_state.h"

/* A unit as after reset; -1: out of memory. */
int ohm_tile_vec_new(struct tile *t);
void ohm_tile_vec_free(struct tile *t);
/* Its state again for a copy of the tile, which checks nothing. -1: out of memory. */
int ohm_tile_vec_copy(struct tile *t, const struct tile *from);

/* Detail of event PROGRAM when it refuses its programs, else 0. */
uint32_t ohm_tile_vec_enable(struct tile *t);
void ohm_tile_vec_disable(struct tile *t);
/* A word for its own registers (0x9000 up), which starts what it starts. */
void ohm_tile_vec_write(struct tile *t, unsigned addr, uint32_t value);
uint32_t ohm_tile_vec_read(const struct tile *t, unsigned addr);
/* Whether a read of vector memory is known: what it holds depends on no run that the chip may have
 * done or not, and somebody has written the word. */
int ohm_tile_vec_known(const struct tile *t, unsigned addr);

/* Something has come: all runs that are due, in functional use. */
void ohm_tile_vec_run(struct tile *t);
/* A timed model: the run that is due has waited VWAIT cycles. */
void ohm_tile_vec_expire(struct tile *t);

/* Checking: is a run due whose streams are ready? */
int ohm_tile_vec_due(const struct tile *t, struct ohm_vec_turn *turn);
/* Checking: the chip has shown a step that was not expected yet. Does the run that is due, if that
 * can be the chip's; 0: it cannot, or there is none. */
int ohm_tile_vec_shown(struct tile *t, const struct ohm_trace_vec *c);
int ohm_tile_vec_check(struct tile *t, const struct ohm_trace_vec *c, struct ohm_error *err);
/* Checking: nothing is due, and all that was expected has been seen. */
int ohm_tile_vec_finish(struct tile *t, struct ohm_error *err);

#endif
