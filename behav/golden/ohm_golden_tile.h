/* SPDX-License-Identifier: Apache-2.0
 * A tile of the golden model as the chip sees it: packets in, registers. Private to behav/golden.
 */
#ifndef OHM_GOLDEN_TILE_H
#define OHM_GOLDEN_TILE_H

#include "ohm_golden_state.h"

struct tile *ohm_tile_new(struct ohm_golden *g, unsigned x, unsigned y,
                          const struct ohm_device_model *device, uint64_t seed,
                          struct ohm_error *err);
void ohm_tile_free(struct tile *t);

/* Would the tile drop this packet? 0, or the event code with the reason in err. from_host: see
 * struct slots. */
int ohm_tile_refuses(const struct tile *t, const struct ohm_header *h, const uint32_t *payload,
                     int from_host, struct ohm_error *err);
/* Takes a packet that is not refused and does what follows from it in this tile. */
void ohm_tile_take(struct tile *t, const struct ohm_header *h, const uint32_t *payload);
/* What a register reads as. */
uint32_t ohm_tile_read(const struct tile *t, unsigned addr);
extern const struct ohm_tile_kind ohm_tile_cim;
/* Decodes the descriptor into t->plan: 0, or the detail word of event BAD_DESC. */
int ohm_tile_plan(struct tile *t);
/* Starts and finishes every vector that can be. */
void ohm_tile_run(struct tile *t);
/* Hands packets from tile to tile until nothing moves. */
void ohm_golden_settle(struct ohm_golden *g);

#endif
