/* SPDX-License-Identifier: Apache-2.0
 * Golden model: what other models of the chip need of it. */
#include "ohm_golden_model.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_golden_tile.h"

const struct ohm_plan *ohm_golden_plan(const struct ohm_golden *g, unsigned tile)
{
    return tile < TILE_MAX && g->tile[tile] ? g->tile[tile]->plan : NULL;
}

struct ohm_fifo *ohm_golden_host(struct ohm_golden *g)
{
    return &g->host;
}

void ohm_golden_compute_by(struct ohm_golden *g, ohm_golden_compute fn, void *user)
{
    g->compute = fn;
    g->compute_user = user;
}

/* ---- copies ---- */

static int copy_slots(struct slots *s, const struct slots *from)
{
    *s = (struct slots){0};
    return from->count
               ? slots_reset(s, from->head, from->base, from->count, from->words, from->expect)
               : 0;
}

/* -1: out of memory; then what there is of the tile is freed with the model. */
static int copy_tile(struct ohm_golden *g, const struct tile *t)
{
    struct tile *n = malloc(sizeof *n);

    if (!n)
        return -1;
    *n = *t;
    n->g = g;
    n->ring = (struct vmm_ring){0};
    n->expected = n->residual = n->linked = (struct ohm_fifo){0};
    memset(n->counter, 0, sizeof n->counter);
    memset(n->stream, 0, sizeof n->stream);
    memset(n->psum, 0, sizeof n->psum);
    n->own = NULL;
    g->tile[t->number] = n;
    int rc = t->kind->copy ? t->kind->copy(n, t) : 0;
    for (int k = 0; !rc && k < g->config.nstream; k++)
        rc = copy_slots(&n->stream[k], &t->stream[k]);
    for (int d = 0; !rc && d < g->config.ndesc; d++)
        rc = copy_slots(&n->psum[d], &t->psum[d]);
    return rc;
}

struct ohm_golden *ohm_golden_share(const struct ohm_golden *from)
{
    struct ohm_golden *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    g->config = from->config;
    g->wake = from->wake;
    g->shares = 1;
    for (int i = 0; i < TILE_MAX; i++)
        if (from->tile[i] && copy_tile(g, from->tile[i])) {
            ohm_golden_free(g);
            return NULL;
        }
    return g;
}

void ohm_golden_absorb(struct ohm_golden *to, struct ohm_golden *from)
{
    for (int i = 0; i < TILE_MAX; i++) {
        struct tile *t = from->tile[i];
        if (!t)
            continue;
        for (size_t c = 0; c < sizeof t->counter / sizeof t->counter[0]; c++)
            to->tile[i]->counter[c] += t->counter[c];
        memset(t->counter, 0, sizeof t->counter);
    }
    to->stats.vmms += from->stats.vmms;
    to->stats.runs += from->stats.runs;
    to->stats.instructions += from->stats.instructions;
    to->stats.clip_lo += from->stats.clip_lo;
    to->stats.clip_hi += from->stats.clip_hi;
    to->stats.sat_in += from->stats.sat_in;
    to->stats.sat_out += from->stats.sat_out;
    from->stats = (struct ohm_golden_stats){0};
}

/* ---- places ---- */

static int slots_empty(const struct slots *s)
{
    for (uint32_t i = 0; i < s->capacity; i++)
        if (s->got[i])
            return 0;
    return 1;
}

int ohm_golden_idle(const struct ohm_golden *g)
{
    for (int i = 0; i < TILE_MAX; i++) {
        const struct tile *t = g->tile[i];
        if (!t || !t->enabled)
            continue;
        for (int d = 0; d < g->config.ndesc; d++)
            if (!slots_empty(&t->psum[d]))
                return 0;
        if (t->ring.done != t->ring.tail || t->block_row
            || t->walker[0].taken || t->walker[1].taken || t->block_windows || t->linked.count)
            return 0;
        for (int k = 0; k < g->config.nstream; k++)
            if (!slots_empty(&t->stream[k]))
                return 0;
    }
    return 1;
}

int ohm_golden_remembers(const struct ohm_golden *g)
{
    for (int i = 0; i < TILE_MAX; i++)
        if (g->tile[i] && g->tile[i]->enabled
            && (!g->tile[i]->kind->cells || !g->tile[i]->order.alone))
            return 1;
    return 0;
}

struct ohm_golden_place ohm_golden_place(const struct ohm_golden *g, unsigned tile)
{
    const struct tile *t = g->tile[tile];
    struct ohm_golden_place p = {0};

    if (!t)
        return p;
    p.psum = t->psum[0].head;
    p.window = t->window_seq;
    p.link = t->link_seq;
    p.leave = t->leave_count;
    for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
        p.stream[k] = t->stream[k].head;
    for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
        p.image[k] = t->walker[k].image;
    return p;
}

void ohm_golden_move(struct ohm_golden *g, unsigned tile, const struct ohm_golden_place *step,
                     uint32_t by)
{
    struct tile *t = g->tile[tile];

    if (!t)
        return;
    for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
        t->stream[k].head += by * step->stream[k];
    for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
        t->walker[k].image += by * step->image[k];
    t->psum[0].head += by * step->psum;
    t->window_seq += by * step->window;
    t->link_seq += by * step->link;
    t->leave_count += by * step->leave;
}

uint32_t ohm_golden_slots(const struct ohm_golden *g, unsigned tile, unsigned stream)
{
    const struct tile *t = g->tile[tile];

    if (!t)
        return UINT32_MAX;
    return stream == OHM_REG_STREAM_COUNT ? t->psum[0].count : t->stream[stream].count;
}
