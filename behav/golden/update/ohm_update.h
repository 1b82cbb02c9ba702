/* SPDX-License-Identifier: Apache-2.0
 * An update of an array from two vectors, x on its rows and delta on its columns, as a sequence of
 * pulses: docs/reference/learning.md, sentence by sentence. The golden model gives each pulse to
 * the array's pulse port; behav/fast gives the same ones sooner (ohm_fast_update.h). */
#ifndef OHM_UPDATE_H
#define OHM_UPDATE_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_array.h"
#include "ohm_error.h"

OHM_API_BEGIN

enum { OHM_UPDATE_WORDS = 4, OHM_UPDATE_COUNT_MAX = 63, OHM_UPDATE_SHIFT_MAX = 20 };

enum ohm_update_rule { OHM_UPDATE_SIGN, OHM_UPDATE_STOCHASTIC, OHM_UPDATE_ROW };
enum ohm_update_policy { OHM_UPDATE_PAIR, OHM_UPDATE_ONE_SIDED, OHM_UPDATE_SINGLE,
                         OHM_UPDATE_CARRY };

struct ohm_update { /* the descriptor, field by field */
    enum ohm_update_rule rule;
    enum ohm_update_policy policy;
    unsigned shift, count;  /* s; PMAX or K */
    int accumulate, x_signed, d_neg;
    unsigned tx, td;        /* thresholds */
    unsigned amp[2], width[2]; /* of reset (0) and set (1) pulses */
    uint32_t seed;
};

/* Between fields and words. decode: 0, or -1 + err where the descriptor is refused; parallel:
 * devices in parallel for each polarity, 1 or 2. */
void ohm_update_encode(const struct ohm_update *u, uint32_t words[OHM_UPDATE_WORDS]);
int ohm_update_decode(struct ohm_update *u, const uint32_t words[OHM_UPDATE_WORDS], int parallel,
                      struct ohm_error *err);
/* Is what the fields say allowed? */
int ohm_update_check(const struct ohm_update *u, int parallel, struct ohm_error *err);

struct ohm_update_counts { uint64_t updates, poisoned, pulses, cells; };

struct ohm_update_array { /* what is updated */
    struct ohm_array *array;
    int rows, cols;
    int32_t *memory;  /* accumulate memory, rows * cols; NULL where the descriptor has none */
    struct ohm_update_counts counts;
    /* the fast model's: rows whose memory may hold a whole step, of this shift, after an update */
    uint8_t open_row[256];
    unsigned open_shift;
    /* is told of every pulse before it is given; NULL: nobody is */
    void (*observe)(void *user, const struct ohm_array_pulse *p, const uint32_t *rows,
                    const uint32_t *cols);
    void *user;
};

struct ohm_update_vector { /* of one number */
    uint32_t number;
    const uint8_t *x, *d; /* a byte each row; a byte each column */
    int poison;
};

/* One update. -1 + err: the array can't be pulsed so (ohm_array_pulse). */
int ohm_update_golden(struct ohm_update_array *t, const struct ohm_update *u,
                      const struct ohm_update_vector *v, struct ohm_error *err);
/* Steps of each cell as the host counts them, k[row * cols + column] of -63 to 63, in the order of
 * rule row. */
int ohm_update_golden_transfer(struct ohm_update_array *t, const struct ohm_update *u,
                               const int8_t *k, struct ohm_error *err);

/* ---- for the models ---- */

enum { OHM_UPDATE_PHASES = 4 };
struct ohm_update_phase { /* of a step, in order */
    int there, up;        /* whether the policy has it; direction of its steps */
    struct ohm_array_pulse pulse;
};
void ohm_update_phases(const struct ohm_update *u,
                       struct ohm_update_phase phase[OHM_UPDATE_PHASES]);
/* Rows and columns that fire in the slots of a vector, slot after slot: draws of section 3. */
uint32_t ohm_update_register(uint32_t seed, uint32_t number, unsigned which);
unsigned ohm_update_draw(uint32_t *reg);

OHM_API_END

#endif
