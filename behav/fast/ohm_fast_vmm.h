/* SPDX-License-Identifier: Apache-2.0
 * One vector through one tile, for speed: the numbers of docs/reference/numeric.md in loops over
 * whole blocks of columns. Takes the place of the loop of a golden model that checks nothing; keeps
 * no codes, and no naive loop re-checks it (the equivalence test does). Private to behav/fast. */
#ifndef OHM_FAST_VMM_H
#define OHM_FAST_VMM_H

#include <stdint.h>

#include "ohm_golden_model.h"
#include "ohm_simd.h"

struct fast_plan; /* a tile's column map in the layout of the loops */

struct fast_compute { /* compute_user of a golden model; one for each thread */
    enum ohm_simd simd;
    struct fast_plan *plan[TILE_MAX][OHM_DESC_MAX];
};

/* Makes g compute through c, which must outlive it. */
void fast_compute_install(struct fast_compute *c, struct ohm_golden *g);
void fast_compute_free(struct fast_compute *c);

#endif
