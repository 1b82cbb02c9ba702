/* SPDX-License-Identifier: Apache-2.0
 * A tile is drained, programmed anew and restarted while the others go on. */
#include <inttypes.h>

#include "ohm_driver_steps.h"

static int all_fed(const struct driver *g, uint32_t end)
{
    for (int k = 0; k < g->m->feed_count; k++)
        if (ohm_drive_image(g, k) != end)
            return 0;
    return 1;
}

/* Credit limits stay: what the consumers granted still counts, for numbers are absolute. */
static int write_but_credits(void *user, unsigned addr, const uint32_t *words, int count)
{
    return addr >= OHM_REG_CREDIT && addr < OHM_REG_CREDIT + OHM_REG_CREDIT_COUNT
               ? 0
               : ohm_tile_write(user, addr, words, count);
}

/* A tile that is to be drained has not got further for long: does any? `heads`: where all tiles
 * were when last asked. */
static int drains(struct driver *g, int tile, uint32_t base, uint64_t *heads)
{
    uint64_t now = 0;
    if (ohm_drive_read(g, 0, g->m->tile_count, OHM_REG_SEQ_HEAD))
        return 0;
    for (int i = 0; i < g->m->tile_count; i++)
        now += g->answer[i];
    if (now == *heads) {
        ohm_fail(g->err,
                 "refresh: tile (%d,%d) is at vector %" PRIu32 " for %" PRIu64
                 " cycles and no tile gets further, expected %" PRIu32,
                 g->m->tiles[tile].x, g->m->tiles[tile].y, g->answer[tile], g->patience, base);
        return 0;
    }
    *heads = now;
    return 1;
}

/* The tile has done all vectors before `image` when it says so twice: with the second answer all
 * credits that it owed its producers have left too, so switching it off forgets nothing. */
int ohm_drive_refresh_tile(struct driver *g, int tile, uint32_t image)
{
    const struct ohm_tile_map *t = &g->m->tiles[tile];
    struct ohm_tile_io io = {g->b, g->m, tile, g->err};
    uint32_t off = 0, on = OHM_PLACE(1, CTRL_ENABLE), base = image * (uint32_t)t->windows;
    g->idle = 0;
    while (!all_fed(g, image))
        if (ohm_drive_feed(g, image) || ohm_drive_turn(g))
            return -1;
    uint64_t heads = 0, asked = g->b->cycle(g->b->self);
    for (int said = 0; said < 2;) {
        if (g->b->cycle(g->b->self) - asked > g->patience) {
            if (!drains(g, tile, base, &heads))
                return -1;
            asked = g->b->cycle(g->b->self);
        }
        if (ohm_drive_read(g, tile, 1, OHM_REG_SEQ_HEAD))
            return -1;
        uint32_t head = g->answer[tile];
        if (ohm_drive_read(g, tile, 1, OHM_REG_STATUS))
            return -1;
        said = head == base && !OHM_FIELD(g->answer[tile], STATUS_BUSY) ? said + 1 : 0;
    }
    if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1)
        || ohm_tile_registers(g->m, tile, image, write_but_credits, &io)
        || ohm_tile_write(&io, OHM_REG_SEQ_BASE, &base, 1)
        || (!t->vec && ohm_tile_program(&io))
        || ohm_tile_write(&io, OHM_REG_CTRL, &on, 1)
        || ohm_drive_read(g, tile, 1, OHM_REG_STATUS)) /* nothing for it may overtake this */
        return -1;
    if (OHM_FIELD(g->answer[tile], STATUS_BAD_DESC))
        return ohm_fail(g->err, "refresh: tile (%d,%d) refuses its descriptor (%s)", t->x, t->y,
                        g->stats->first_event);
    return 0;
}

int ohm_drive_check_refresh(const struct driver *g)
{
    if (g->d->refresh_count && g->m->coding.links)
        return ohm_fail(
            g->err,
            "refresh: layers pass durations, expected none: tiles of a chain start together");
    if (g->d->refresh_count && g->m->net->steps)
        return ohm_fail(g->err, "refresh: sequences, expected none: a state would be lost");
    for (int i = 0; i < g->d->refresh_count; i++) {
        const struct ohm_drive_refresh *r = &g->d->refresh[i];
        uint32_t before = i ? r[-1].image : g->d->first + 1;
        if (r->tile < 0 || r->tile >= g->m->tile_count)
            return ohm_fail(g->err, "refresh %d: tile %d, expected 0 to %d", i, r->tile,
                            g->m->tile_count - 1);
        if (g->m->tiles[r->tile].loop)
            return ohm_fail(g->err, "refresh %d: tile (%d,%d) of a loop, expected one that is in "
                                    "none: tiles of a loop stop and start together",
                            i, g->m->tiles[r->tile].x, g->m->tiles[r->tile].y);
        if (r->image - before >= g->d->first + g->d->count - before)
            return ohm_fail(g->err,
                            "refresh %d: image %" PRIu32 ", expected %" PRIu32 " to %" PRIu32, i,
                            r->image, before, g->d->first + g->d->count - 1);
    }
    return 0;
}
