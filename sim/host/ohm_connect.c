/* SPDX-License-Identifier: Apache-2.0
 * Routes, credits and feeds that follow from where the tiles are, and the load they put on the links. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper.h"

/* Outputs of one partial-sum packet, while routes last. A tile takes one packet at a time: behind a long one, a packet of the
 * host's would wait, and with it everything that comes after it from the host. */
#define PSUM_PIECE 32
#define HEADER 2 /* flits of a packet before its payload; a CREDIT packet has no more */

static int words_of(int bytes)
{
    return (bytes + 3) / 4;
}

static int tile_at(const struct ohm_layer_map *l, int row_part, int col_part)
{
    return l->first_tile + row_part * l->col_parts + col_part;
}

/* Cuts a row part's tiles into runs that one multicast packet from height from_y reaches: one mesh column, heights without
 * gap, none below from_y (copies are taken northward only). Calls take for each run, from south to north. */
static int for_each_run(const struct ohm_mapping *m, int layer, int row_part, int from_y,
                        int (*take)(void *user, const int *tiles, int n), void *user)
{
    const struct ohm_layer_map *l = &m->layers[layer];
    int at[OHM_MESH_MAX * OHM_MESH_MAX]; /* tile by x*mesh_h + y, for the order */
    int cells = m->config.mesh_w * m->config.mesh_h;
    for (int i = 0; i < cells; i++)
        at[i] = -1;
    for (int c = 0; c < l->col_parts; c++) {
        const struct ohm_tile_map *t = &m->tiles[tile_at(l, row_part, c)];
        at[t->x * m->config.mesh_h + t->y] = tile_at(l, row_part, c);
    }
    for (int i = 0; i < cells;) {
        if (at[i] < 0) {
            i++;
            continue;
        }
        int n = 1, y = i % m->config.mesh_h;
        while (y >= from_y && y + n < m->config.mesh_h && at[i + n] >= 0)
            n++;
        if (take(user, at + i, n))
            return -1;
        i += n;
    }
    return 0;
}

static int add_feed(void *user, const int *tiles, int n)
{
    struct ohm_mapping *m = user;
    const struct ohm_tile_map *t = &m->tiles[tiles[n - 1]];
    struct ohm_feed *f = &m->feeds[m->feed_count++];
    *f = (struct ohm_feed){.word0 = t->row0 / 4, .words = words_of(t->rows), .x = (unsigned)t->x, .y = (unsigned)t->y,
                           .mc = (unsigned)(n - 1), .tile_count = n};
    memcpy(f->tiles, tiles, (size_t)n * sizeof *tiles);
    for (int i = 0; i < n; i++) {
        struct ohm_tile_map *to = &m->tiles[tiles[i]];
        if (to->return_count < m->config.nreturn)
            to->returns[to->return_count++] = (struct ohm_return){.host = 1, .tile = -1};
    }
    return 0;
}

struct connection { /* from a tile, being made */
    struct ohm_mapping *m;
    int from, type, first, count, offset;
    struct ohm_error *err;
};

/* Appends a route of tile k->from to tiles (n = 0: the host) with its credit entries, and the returns that feed them. */
static int add_route(void *user, const int *tiles, int n)
{
    struct connection *k = user;
    struct ohm_mapping *m = k->m;
    struct ohm_tile_map *t = &m->tiles[k->from];
    const char *layer = m->net->layers[t->layer].name;
    int credits = n ? n : 1;
    if (t->route_count == m->config.nroute)
        return ohm_fail(k->err, "layer %s: a tile needs more than %d output routes (NROUTE of %s)", layer, m->config.nroute,
                        m->config.name);
    if (t->credit_count + credits > m->config.ncredit)
        return ohm_fail(k->err, "layer %s: a tile sends to more than %d tiles (NCREDIT of %s)", layer, m->config.ncredit,
                        m->config.name);
    const struct ohm_tile_map *to = n ? &m->tiles[tiles[n - 1]] : t;
    struct ohm_route *r = &t->routes[t->route_count];
    *r = (struct ohm_route){.type = (unsigned)k->type, .x = (unsigned)to->x, .y = (unsigned)to->y, .host = n == 0,
                            .mc = n > 1 ? (unsigned)(n - 1) : 0, .chan = n ? 0 : (unsigned)t->route_count,
                            .first = k->first, .count = k->count, .offset = k->offset, .credit = t->credit_count,
                            .tile_count = n};
    t->route_count++;
    for (int i = 0; i < n; i++) {
        struct ohm_tile_map *consumer = &m->tiles[tiles[i]];
        if (consumer->return_count == m->config.nreturn)
            return ohm_fail(k->err, "layer %s: a tile has more than %d producers (NRETURN of %s)",
                            m->net->layers[consumer->layer].name, m->config.nreturn, m->config.name);
        r->tiles[i] = tiles[i];
        consumer->returns[consumer->return_count++] =
            (struct ohm_return){.psum = k->type == OHM_TYPE_PSUM, .tile = k->from, .chan = t->credit_count + i};
    }
    t->credit_count += credits;
    return 0;
}

/* The chain's next tile: several packets, one credit. */
static int add_psum_routes(struct connection *k, int to)
{
    struct ohm_tile_map *t = &k->m->tiles[k->from];
    int pieces = (t->outs + PSUM_PIECE - 1) / PSUM_PIECE;
    if (pieces > k->m->config.nroute)
        pieces = k->m->config.nroute;
    k->type = OHM_TYPE_PSUM;
    k->count = t->outs / pieces;
    if (add_route(k, &to, 1))
        return -1;
    for (int i = 1; i < pieces; i++) {
        struct ohm_route *r = &t->routes[t->route_count++];
        *r = t->routes[0];
        r->first = r->offset = t->outs * i / pieces;
        r->count = t->outs * (i + 1) / pieces - r->first;
    }
    return 0;
}

static int connect_tile(struct ohm_mapping *m, int from, struct ohm_error *err)
{
    struct ohm_tile_map *t = &m->tiles[from];
    const struct ohm_layer_map *l = &m->layers[t->layer];
    struct connection k = {.m = m, .from = from, .err = err};
    if (!t->tail)
        return add_psum_routes(&k, tile_at(l, t->row_part + 1, t->col_part));
    if (t->layer == m->net->layer_count - 1) {
        k.type = OHM_TYPE_RESULT;
        k.count = t->outs;
        k.offset = t->out0;
        return add_route(&k, NULL, 0);
    }
    const struct ohm_layer_map *next = &m->layers[t->layer + 1];
    k.type = OHM_TYPE_ACT;
    for (int p = 0; p < next->row_parts; p++) {
        const struct ohm_tile_map *part = &m->tiles[tile_at(next, p, 0)];
        int lo = t->out0 > part->row0 ? t->out0 : part->row0;
        int hi = t->out0 + t->outs < part->row0 + part->rows ? t->out0 + t->outs : part->row0 + part->rows;
        if (lo >= hi)
            continue;
        k.first = lo - t->out0;
        k.count = hi - lo;
        k.offset = (lo - part->row0) / 4;
        if (for_each_run(m, t->layer + 1, p, t->y, add_route, &k))
            return -1;
    }
    return 0;
}

int ohm_connect_tiles(struct ohm_mapping *m, struct ohm_error *err)
{
    for (int i = 0; i < m->tile_count; i++)
        m->tiles[i].route_count = m->tiles[i].credit_count = m->tiles[i].return_count = 0;
    m->feed_count = 0;
    for (int p = 0; p < m->layers[0].row_parts; p++)
        for_each_run(m, 0, p, 0, add_feed, m);
    for (int i = 0; i < m->tile_count; i++)
        if (connect_tile(m, i, err))
            return -1;
    return 0;
}

enum { NORTH, EAST, SOUTH, WEST, PORTS };

struct links {
    const struct ohm_mapping *m;
    int flits[OHM_MESH_MAX * OHM_MESH_MAX][PORTS]; /* leaving router y*mesh_w + x by that port */
    int in;
    long hops;
};

static void leave(struct links *l, int x, int y, int port, int flits)
{
    l->flits[y * l->m->config.mesh_w + x][port] += flits;
    l->hops += flits;
}

/* X first, then Y, as the routers do. */
static void send(struct links *l, int x, int y, int to_x, int to_y, int flits)
{
    for (; x < to_x; x++)
        leave(l, x, y, EAST, flits);
    for (; x > to_x; x--)
        leave(l, x, y, WEST, flits);
    for (; y < to_y; y++)
        leave(l, x, y, NORTH, flits);
    for (; y > to_y; y--)
        leave(l, x, y, SOUTH, flits);
}

static void send_host(struct links *l, int x, int y, int flits)
{
    send(l, x, y, 0, 0, flits);
    leave(l, 0, 0, WEST, flits);
}

void ohm_measure_load(const struct ohm_mapping *m, struct ohm_load *out)
{
    struct links l = {.m = m};
    for (int i = 0; i < m->feed_count; i++) {
        const struct ohm_feed *f = &m->feeds[i];
        l.in += HEADER + f->words;
        send(&l, 0, 0, (int)f->x, (int)f->y, HEADER + f->words);
    }
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        for (int k = 0; k < t->route_count; k++) {
            const struct ohm_route *r = &t->routes[k];
            int flits = HEADER + (r->type == OHM_TYPE_ACT ? words_of(r->count) : r->count);
            if (r->host)
                send_host(&l, t->x, t->y, flits);
            else
                send(&l, t->x, t->y, (int)r->x, (int)r->y, flits);
        }
        for (int k = 0; k < t->return_count; k++) {
            if (t->returns[k].host) {
                send_host(&l, t->x, t->y, HEADER);
            } else {
                const struct ohm_tile_map *producer = &m->tiles[t->returns[k].tile];
                send(&l, t->x, t->y, producer->x, producer->y, HEADER);
            }
        }
    }
    *out = (struct ohm_load){.busiest = l.in, .direction = 'I', .hops = l.hops + l.in};
    for (int i = 0; i < m->config.mesh_w * m->config.mesh_h; i++) {
        for (int p = 0; p < PORTS; p++) {
            out->squares += (int64_t)l.flits[i][p] * l.flits[i][p];
            if (l.flits[i][p] > out->busiest) {
                out->busiest = l.flits[i][p];
                out->bx = i % m->config.mesh_w;
                out->by = i / m->config.mesh_w;
                out->direction = "NESW"[p];
            }
        }
    }
}
