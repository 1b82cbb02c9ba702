/* SPDX-License-Identifier: Apache-2.0
 * A vector tile of the golden model: the shell's streams and routes around the interpreter of
 * behav/golden/vector. Private to behav/golden.
 *
 * Functional use runs a program as soon as its streams are whole. Where the chip is checked, a
 * program runs when the chip shows the first of it: only the chip knows whether VWAIT ran out. */
#ifndef OHM_GOLDEN_VEC_H
#define OHM_GOLDEN_VEC_H

#include "ohm_golden_state.h"
#include "ohm_vec.h"

struct vec_step { /* of a vector unit's run, as the chip must show it */
    uint32_t n, at, value, pc; /* pc: of the instruction that does it */
    uint8_t kind, program, named, abandoned; /* named: pc is known */
};
struct vec_steps { /* in order */
    struct vec_step *at;
    size_t head, tail, size;
};
struct vec_tile {
    struct ohm_vec *unit;
    struct ohm_vec_turn turn;      /* of the last run */
    struct vec_steps steps, sent;  /* checking: expected */
    uint8_t *written;              /* checking: words of memory that hold something */
    struct ohm_vec_moment *moments; /* of the last run, for hooks */
    size_t moment_count, moment_size;
    int known;                     /* checking: the chip's memory is the model's */
};

static inline struct vec_tile *vec_of(const struct tile *t)
{
    return t->own;
}

/* Checking: is a run due whose streams are ready? */
int ohm_tile_vec_due(const struct tile *t, struct ohm_vec_turn *turn);
/* Checking: the chip has shown a step that was not expected yet. Does the run that is due, if that
 * can be the chip's; 0: it cannot, or there is none. */
int ohm_tile_vec_shown(struct tile *t, const struct ohm_trace_vec *c);
int ohm_tile_vec_check(struct tile *t, const struct ohm_trace_vec *c, struct ohm_error *err);
extern const struct ohm_tile_kind ohm_tile_vec;
/* Checking: nothing is due, and all that was expected has been seen. */
int ohm_tile_vec_finish(struct tile *t, struct ohm_error *err);

#endif
