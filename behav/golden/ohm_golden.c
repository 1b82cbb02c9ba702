/* SPDX-License-Identifier: Apache-2.0
 * Golden model: the chip as a whole, its packets, and the comparison with what the chip did. */
#include "ohm_golden.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_converter.h"
#include "ohm_golden_out.h"
#include "ohm_golden_tile.h"

struct ohm_golden *ohm_golden_new(const struct ohm_config *config,
                                  const struct ohm_device_model *device, uint64_t seed,
                                  struct ohm_error *err)
{
    if (ohm_config_check(config, err))
        return NULL;

    struct ohm_golden *g = calloc(1, sizeof *g);
    if (!g) {
        ohm_fail(err, "golden model: out of memory");
        return NULL;
    }
    g->config = *config;
    for (int kind = 0; kind < OHM_KIND_COUNT; kind++)
        ohm_regs_init(&g->regs[kind], config, (enum ohm_kind)kind);
    g->checking = 1;
    g->wake = ohm_tile_run;
    for (unsigned y = 0; y < (unsigned)config->mesh_h; y++) {
        for (unsigned x = 0; x < (unsigned)config->mesh_w; x++) {
            if (ohm_config_kind(config, (int)x, (int)y) == OHM_KIND_NONE)
                continue;
            struct tile *t = ohm_tile_new(g, x, y, device, seed, err);
            if (!t) {
                ohm_golden_free(g);
                return NULL;
            }
            g->tile[t->number] = t;
        }
    }
    return g;
}

int ohm_golden_set_physics(struct ohm_golden *g, const struct ohm_physics *physics,
                           struct ohm_error *err)
{
    if (ohm_converter_check(&g->config, physics, err))
        return -1;
    for (int i = 0; i < TILE_MAX; i++)
        if (g->tile[i] && g->tile[i]->array
            && ohm_array_set_physics(g->tile[i]->array, physics, err))
            return -1;
    return 0;
}

void ohm_golden_free(struct ohm_golden *g)
{
    if (!g)
        return;
    for (int i = 0; i < TILE_MAX; i++)
        ohm_tile_free(g->tile[i]);
    ohm_fifo_free(&g->inside);
    ohm_fifo_free(&g->host);
    free(g);
}

/* ---- packets inside the chip ---- */

/* The tile at the destination, or `south` tiles below it; NULL outside the mesh and where no tile
 * stands. */
static struct tile *target(const struct ohm_golden *g, const struct ohm_header *h, unsigned south)
{
    return south <= h->y ? g->tile[(h->y - south) * 16 + h->x] : NULL;
}

/* Whether the tile takes the packet; otherwise err has the reason. */
static int hand_over(struct tile *t, const struct ohm_header *h, const uint32_t *flits,
                     int from_host, struct ohm_error *err)
{
    const int event = ohm_tile_refuses(t, h, flits + 2, from_host, err);

    if (event) {
        const int of_packet = event == OHM_EVENT_BAD_LENGTH || event == OHM_EVENT_BAD_TYPE
                              || event == OHM_EVENT_DISABLED;
        ohm_tile_event(t, (unsigned)event, flits[!of_packet]);
        return 0;
    }
    ohm_tile_take(t, h, flits + 2);
    return 1;
}

/* Delivers to every target. Returns how many took the packet; err keeps the last reason of one that
 * did not. */
static unsigned deliver(struct ohm_golden *g, const struct ohm_header *h, const uint32_t *flits,
                        int from_host, struct ohm_error *err)
{
    unsigned taken = 0;

    for (unsigned south = 0; south <= h->mc; south++) {
        struct tile *t = target(g, h, south);
        if (t) /* NULL: its packet is gone */
            taken += (unsigned)hand_over(t, h, flits, from_host, err);
    }
    return taken;
}

/* Until nothing moves. A packet is copied out first: deliveries add to the queue. */
void ohm_golden_settle(struct ohm_golden *g)
{
    uint32_t flits[2 + TILE_MAX];
    const struct ohm_fifo_entry *e;

    while ((e = ohm_fifo_front(&g->inside))) {
        memcpy(flits, e->flits, e->n * sizeof *flits);
        ohm_fifo_pop(&g->inside);
        const struct ohm_header h = ohm_header_decode(flits);
        deliver(g, &h, flits, 0, NULL);
    }
}

int ohm_golden_admits(const struct ohm_golden *g, const uint32_t *flits, size_t n,
                      struct ohm_error *err)
{
    if (n < 2)
        return ohm_fail(err, "packet: %zu flits, expected at least 2", n);

    const struct ohm_header h = ohm_header_decode(flits);
    if (n != 2 + (size_t)h.len)
        return ohm_fail(err, "packet %s: %zu flits, expected %u as LEN says", ohm_type_name(h.type),
                        n, 2 + h.len);
    if (h.type != OHM_TYPE_CFG_WR && h.type != OHM_TYPE_CFG_RD && h.type != OHM_TYPE_ACT
        && h.type != OHM_TYPE_PSUM && h.type != OHM_TYPE_CREDIT && h.type != OHM_TYPE_PROG)
        return ohm_fail(err, "packet: TYPE %u (%s), expected one that the host may send", h.type,
                        ohm_type_name(h.type));
    if (h.host || !target(g, &h, 0) || h.mc > h.y)
        return ohm_fail(
            err,
            "packet %s: HOST %u, destination (%u,%u), MC %u, expected a tile of the %dx%d mesh",
            ohm_type_name(h.type), h.host, h.x, h.y, h.mc, g->config.mesh_w, g->config.mesh_h);
    return 0;
}

int ohm_golden_packet_in(struct ohm_golden *g, const uint32_t *flits, size_t n,
                         struct ohm_error *err)
{
    if (ohm_golden_faulty(g, err) || ohm_golden_admits(g, flits, n, err))
        return -1;

    const struct ohm_header h = ohm_header_decode(flits);
    if (g->hooks && g->hooks->packet && g->hooks->packet(g->hooks->user, -1, flits, n))
        return 0;
    if (!deliver(g, &h, flits, 1, err))
        return -1;
    ohm_golden_settle(g);
    return ohm_golden_faulty(g, err);
}

int ohm_golden_deliver(struct ohm_golden *g, unsigned tile, const uint32_t *flits, size_t n,
                       int from_host, struct ohm_error *err)
{
    const struct ohm_header h = ohm_header_decode(flits);
    struct tile *t = tile < TILE_MAX ? g->tile[tile] : NULL;

    if (ohm_golden_faulty(g, err))
        return -1;
    if (!t || n != 2 + (size_t)h.len)
        return ohm_fail(
            err, "packet %s: %zu flits for tile %u, expected %u flits and a tile of the mesh",
            ohm_type_name(h.type), n, tile, 2 + h.len);
    if (!hand_over(t, &h, flits, from_host, err))
        return -1;
    ohm_golden_settle(g);
    return ohm_golden_faulty(g, err);
}

void ohm_golden_expire(struct ohm_golden *g, unsigned tile)
{
    if (tile < TILE_MAX && g->tile[tile] && g->tile[tile]->kind->expire)
        g->tile[tile]->kind->expire(g->tile[tile]);
    ohm_golden_settle(g);
}

int ohm_golden_refuses(const struct ohm_golden *g, unsigned tile, const uint32_t *flits,
                       int from_host)
{
    const struct ohm_header h = ohm_header_decode(flits);
    struct ohm_error why;

    return tile < TILE_MAX && g->tile[tile]
               ? ohm_tile_refuses(g->tile[tile], &h, flits + 2, from_host, &why)
               : 0;
}

void ohm_golden_hook(struct ohm_golden *g, const struct ohm_golden_hooks *hooks)
{
    g->hooks = hooks;
}

void ohm_golden_set_checking(struct ohm_golden *g, int on)
{
    g->checking = on != 0;
}

size_t ohm_golden_pop_packet(struct ohm_golden *g, uint32_t *flits, size_t max)
{
    const struct ohm_fifo_entry *e = ohm_fifo_front(&g->host);

    if (!e || e->n > max)
        return 0;
    const size_t n = e->n;
    memcpy(flits, e->flits, n * sizeof *flits);
    ohm_fifo_pop(&g->host);
    return n;
}

void ohm_golden_observe(struct ohm_golden *g, ohm_golden_observer fn, void *user)
{
    g->observer = fn;
    g->observer_user = user;
}

void ohm_golden_stats(const struct ohm_golden *g, struct ohm_golden_stats *out)
{
    *out = g->stats;
}

uint32_t ohm_golden_counter(const struct ohm_golden *g, unsigned tile, unsigned reg)
{
    return tile < TILE_MAX && g->tile[tile] ? ohm_tile_read(g->tile[tile], reg) : 0;
}

int ohm_golden_geff(const struct ohm_golden *g, unsigned tile, unsigned sel, unsigned row,
                    unsigned col)
{
    return tile < TILE_MAX && g->tile[tile] && g->tile[tile]->array
               ? ohm_array_geff(g->tile[tile]->array, (enum ohm_cell_sel)sel, row, col)
               : 0;
}

struct ohm_array_device ohm_golden_device(const struct ohm_golden *g, unsigned tile, unsigned dev,
                                          unsigned row, unsigned col)
{
    if (tile >= TILE_MAX || !g->tile[tile] || !g->tile[tile]->array)
        return (struct ohm_array_device){0};
    return ohm_array_device(g->tile[tile]->array, (enum ohm_cell_sel)dev, row, col);
}

int ohm_golden_programming(const struct ohm_golden *g)
{
    return g->programming > 0;
}
