/* SPDX-License-Identifier: Apache-2.0
 * What leaves a tile of the golden model: outputs, credits, events, answers. Private to
 * behav/golden. */
#ifndef OHM_GOLDEN_OUT_H
#define OHM_GOLDEN_OUT_H

#include "ohm_golden_state.h"

/* Sends a packet on its way. */
void ohm_golden_route(struct tile *t, const struct ohm_header *h, const uint32_t *payload);
/* Sends a packet to the host; HOST, X and Y are filled in. */
void ohm_tile_to_host(struct tile *t, struct ohm_header h, const uint32_t *payload);
/* Counts an event and tells the host. */
void ohm_tile_event(struct tile *t, unsigned code, uint32_t detail);
/* Frees the stream's first slot: credits for the host. */
void ohm_tile_free_oldest(struct tile *t, unsigned stream);
/* Frees the first slot of the partial sums. */
void ohm_tile_free_psum(struct tile *t, unsigned desc);
/* Sends outputs, y as pooling and arg-max have made it; seq: of the (last) vector it comes from. */
void ohm_tile_send(struct tile *t, unsigned desc, uint32_t seq, const int32_t *y, unsigned n,
                   int poison);

/* Checking: what is still expected of it for the host may come or not. */
void ohm_tile_abandon(struct tile *t);

#endif
