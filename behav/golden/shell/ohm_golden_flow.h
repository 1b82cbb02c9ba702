/* SPDX-License-Identifier: Apache-2.0
 * How a vector begins: it is taken from its slot, computed, and put into the ring. Private to
 * behav/golden. */
#ifndef OHM_GOLDEN_FLOW_H
#define OHM_GOLDEN_FLOW_H

#include "ohm_golden_state.h"

/* Takes the stream's next vector; 1: it is poison. */
int ohm_tile_next(struct tile *t, struct slots *s);
/* One vector from an input that is whole, or poison (input NULL); `words` of it. */
void ohm_tile_start(struct tile *t, unsigned desc, uint32_t seq, const uint32_t *input,
                    uint32_t words);

#endif
