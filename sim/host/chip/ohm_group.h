/* SPDX-License-Identifier: Apache-2.0
 * Tiles that hang together: those of a loop, which are enabled, started, drained and stopped
 * together, at the boundary of a sequence. One of them alone would miss vectors that are on their
 * way in the loop.
 *
 * Each call sends, lets the chip work and takes what comes until it has its answers; packets that
 * are not for it go to `other`. */
#ifndef OHM_GROUP_H
#define OHM_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_config.h"
#include "ohm_error.h"

OHM_API_BEGIN

enum { OHM_GROUP_MAX = 256 };

struct ohm_group {
    struct ohm_backend *b;
    const struct ohm_config *config;
    int count;
    struct { uint8_t x, y; } tile[OHM_GROUP_MAX];
    uint64_t patience; /* cycles without an answer that are too many */
    /* Results, credits and events that come meanwhile; NULL: they are dropped. Non-zero stops. */
    int (*other)(void *user, const uint32_t *flits, size_t n);
    void *user;
};

/* Checks ID, and SHAPE and VSHAPE against the kind that stands at each place; enables all tiles;
 * asks each whether it refuses what it was loaded with; writes VSTART to the vector tiles, which
 * counts where there is an init program. -1 + err: tile, expected, got. */
int ohm_group_start(const struct ohm_group *g, struct ohm_error *err);
/* Waits until each vector tile has done all vectors before `end` and none is busy, which each says
 * twice, then disables all tiles. No vector from `end` on may have been sent to them from outside;
 * `end` lies at the boundary of a sequence in all lanes. */
int ohm_group_stop(const struct ohm_group *g, uint32_t end, struct ohm_error *err);
/* Reads `count` registers of one tile from addr on: vector memory of a tile that is disabled,
 * counters. The tile need not belong to the group. */
int ohm_group_read(const struct ohm_group *g, int x, int y, unsigned addr, uint32_t *words,
                   int count, struct ohm_error *err);

OHM_API_END

#endif
