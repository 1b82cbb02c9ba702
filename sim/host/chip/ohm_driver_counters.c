/* SPDX-License-Identifier: Apache-2.0
 * The tiles' own counters at the end of a run. */
#include <inttypes.h>

#include "ohm_driver_steps.h"

static uint32_t expected_of(const struct driver *g, int tile, unsigned reg)
{
    const struct ohm_tile_map *t = &g->m->tiles[tile];
    return g->b->golden
               ? ohm_golden_counter(g->b->golden, (unsigned)(t->y * 16 + t->x), reg)
               : g->answer[tile];
}

/* Whether a tile's counter is right. Behind the last result a loop still works on the starts of the
 * sequences after it, which the golden model has done: as far as slots let it come. */
static int counted(const struct driver *g, int tile, unsigned reg, uint32_t expected)
{
    const uint32_t behind = expected - g->answer[tile];
    if (!g->m->tiles[tile].loop)
        return !behind;
    return reg == OHM_REG_CNT_VMM ? behind <= (uint32_t)g->m->coding.lanes : (int32_t)behind >= 0;
}

int ohm_drive_counters(struct driver *g)
{
    for (unsigned i = 0; i < OHM_DRIVE_COUNTERS; i++) {
        unsigned reg = OHM_REG_CNT_VMM + i;
        if (ohm_drive_read(g, 0, g->m->tile_count, reg))
            return -1;
        for (int t = 0; t < g->m->tile_count; t++) {
            const struct ohm_tile_map *at = &g->m->tiles[t];
            g->stats->counters[i] += g->answer[t];
            g->stats->tile_counters[t][i] = g->answer[t];
            const uint32_t expected = expected_of(g, t, reg);
            if (!counted(g, t, reg, expected))
                return ohm_fail(g->err,
                                "mismatch: tile (%d,%d), register 0x%04x: expected %" PRIu32
                                ", got %" PRIu32,
                                at->x, at->y, reg, expected, g->answer[t]);
        }
    }
    return 0;
}
