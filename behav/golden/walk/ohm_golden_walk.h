/* SPDX-License-Identifier: Apache-2.0
 * Windows of maps, pooling, classes (docs/explain/convolution.md). Private to behav/golden. */
#ifndef OHM_GOLDEN_WALK_H
#define OHM_GOLDEN_WALK_H

#include "ohm_golden_state.h"

/* The walkers' places after enable. */
void ohm_window_reset(struct tile *t);
/* All windows whose lines have come. */
void ohm_window_run(struct tile *t);
/* A vector is done (y: as on the trace port): pools it, picks the class. 1: y, of *n words, leaves
 * now, *poison or not. */
int ohm_window_pool(struct tile *t, int32_t *y, unsigned *n, int *poison);

#endif
