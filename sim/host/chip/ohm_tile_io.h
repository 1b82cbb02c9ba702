/* SPDX-License-Identifier: Apache-2.0
 * Packets from the host to one tile of a mapping. Each call queues them and returns; 0, or the
 * backend's -1 + err. */
#ifndef OHM_TILE_IO_H
#define OHM_TILE_IO_H

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"
#include "ohm_packet.h"

OHM_API_BEGIN

enum { OHM_CLASS_DATA, OHM_CLASS_CONFIG };

#define OHM_ROUND 1000 /* cycles that the host leaves a backend alone at a time */

/* The 32-bit number that ends in these 16 bits and is nearest to `near`. */
static inline uint32_t ohm_extend(uint32_t near, unsigned low)
{
    return near + (uint32_t)(int32_t)(int16_t)(uint16_t)(low - near);
}

struct ohm_tile_io {
    struct ohm_backend *b;
    const struct ohm_mapping *m;
    int tile;
    struct ohm_error *err;
};

int ohm_send(struct ohm_backend *b, int class, const struct ohm_header *h, const uint32_t *payload,
             struct ohm_error *err);
/* Cycles without any packet or movement of the queue after which the chip counts as stuck.
 * streaming: while images pass. */
static inline uint64_t ohm_stuck_after(const struct ohm_backend *b, const struct ohm_mapping *m,
                                       int streaming)
{
    return b->patience ? b->patience : (uint64_t)ohm_patience(m, streaming);
}
/* A header to the tile. */
struct ohm_header ohm_to_tile(const struct ohm_mapping *m, int tile, unsigned type);
/* CFG_WR, in as many packets as it takes; user is a struct ohm_tile_io: an ohm_emit. */
int ohm_tile_write(void *user, unsigned addr, const uint32_t *words, int count);
int ohm_tile_ask(struct ohm_tile_io *io, unsigned addr); /* CFG_RD, tag = address */
/* Codes of the plus (0) or minus (1) devices of a row, columns 0 to cols - 1. */
int ohm_tile_load(struct ohm_tile_io *io, int dev, int row, const uint16_t *codes, int cols);
/* All cells in use. */
int ohm_tile_program(struct ohm_tile_io *io);

OHM_API_END

#endif
