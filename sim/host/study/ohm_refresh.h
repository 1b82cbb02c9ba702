/* SPDX-License-Identifier: Apache-2.0
 * The refresh policy: when a programmed chip is measured again, when its gains follow what has
 * drifted, and which rows are programmed anew. All it knows comes from the tiles' own engines.
 *
 * A check reads every cell of the tiles in use. The gain of a tile is the least-squares factor
 * between what its cells read and what they should; what cells are off after that gain is the
 * error. A gain that is off by more than its budget is set anew, for reads alone. A tile whose
 * error is above the budget of cells is programmed anew, all of it: its rows age alike, and rows of
 * another age would need another gain. A single row is programmed anew when its own error is twice
 * that budget: something else than age has got at it. Young devices lose much, so such a row is
 * aimed above what the tile's gain asks for, by what the tile itself has lost at the age that the
 * row will have half way to the next check. What programming can't reach counts against nothing.
 *
 * The law of drift is measured too: conductance falls with a power of age, whose exponent two
 * checks of a tile give that has got no rows in between. So a tile is due when its gain will have
 * used up its budget; those that nearly are come along. */
#ifndef OHM_REFRESH_H
#define OHM_REFRESH_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"
#include "ohm_write.h"

OHM_API_BEGIN

struct ohm_refresh_budget {
    double gain; /* relative error of a tile's gain */
    double cell; /* RMS error of a tile's cells, share of G_max */
    /* seconds from programming to the first check; from check to check at most */
    uint32_t first, longest;
};

struct ohm_refresh_stats { /* adds up */
    uint64_t checks, gains;         /* gains: tiles whose gain was set */
    uint64_t rows, tiles;           /* programmed anew: single rows; whole tiles */
    struct ohm_write_result read;   /* what measuring took */
    struct ohm_write_result write;  /* what programming took, the first one too */
};

struct ohm_refresh_tile {
    double factor;       /* of its gain, in force */
    uint32_t programmed; /* when all of it was */
    double conducts;     /* at the last check, of what it should */
    double error, row;   /* RMS of its cells, of those of its worst row, at the last check */
    double fresh;        /* the same when it had just been programmed */
    uint32_t checked;    /* when; its programming counts as one */
    uint32_t settled;    /* age at the first check since, 0: there was none */
    double start, loss;  /* what it conducted when fresh; what of that is left at that age */
    double exponent;     /* of the drift; 0: not known yet */
    uint32_t due;        /* when it is to be checked again */
    int mixed;           /* rows of another age have come since */
};

struct ohm_refresh {
    struct ohm_backend *b;
    const struct ohm_mapping *m; /* with the gains of a chip that does not drift */
    const struct ohm_write_scheme *scheme;
    struct ohm_refresh_budget budget;
    struct ohm_mapping chip;     /* with those in force, for runs now */
    struct ohm_refresh_tile *tiles;
    struct ohm_refresh_stats stats;
    uint32_t now;
};

/* Programs all tiles at time 0 and reads what has come of it. -1 + err. */
int ohm_refresh_begin(struct ohm_refresh *r, struct ohm_error *err);
/* Sets the chip's clock, for what is read until the next check. */
int ohm_refresh_time(struct ohm_refresh *r, uint32_t now, struct ohm_error *err);
/* Measures the tiles that are due at the time that was set, and does what the budget asks for.
 * *next: when it is to be called again. */
int ohm_refresh_check(struct ohm_refresh *r, uint32_t *next, struct ohm_error *err);
void ohm_refresh_end(struct ohm_refresh *r);

OHM_API_END

#endif
