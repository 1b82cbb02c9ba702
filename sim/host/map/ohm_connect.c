/* SPDX-License-Identifier: Apache-2.0
 * Routes, credits and feeds that follow from where the tiles are. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper_steps.h"

/* Outputs of one partial-sum packet, while routes last. A tile takes one packet at a time: behind a
 * long one, a packet of the host's would wait, and with it everything that comes after it from the
 * host. */
#define PSUM_PIECE 32

struct connection { /* from a tile or the host, being made */
    struct ohm_mapping *m;
    int from; /* tile; -1: the host */
    struct ohm_route route;  /* of a tile: type, first, count, offset, chan */
    struct ohm_feed feed;    /* of the host: lines, words, chan */
    /* of the readers' sources: index of from[], or OHM_FROM_MAX for the residual */
    int use;
    int missing;             /* entries that the tables have no room for */
    struct ohm_error *err;   /* NULL: counted only */
};

static int words_of(int bytes)
{
    return (bytes + 3) / 4;
}

static void lack(struct connection *k, int layer, const char *what, int limit, const char *name)
{
    if (!k->missing++ && k->err)
        ohm_fail(k->err, "layer %s: a tile %s more than %d %s of %s)",
                 k->m->net->layers[layer].name, what, limit, name, k->m->config.name);
}

/* Whether a tile of the consumer still takes a producer. */
static void add_return(struct connection *k, int tile, struct ohm_return r)
{
    struct ohm_tile_map *t = &k->m->tiles[tile];
    if (t->return_count == k->m->config.nreturn)
        lack(k, t->layer, "has", k->m->config.nreturn, "producers (NRETURN");
    else
        t->returns[t->return_count++] = r;
}

static void add_feed(struct connection *k, const int *tiles, int n)
{
    struct ohm_mapping *m = k->m;
    struct ohm_feed *f = &m->feeds[m->feed_count++];
    *f = k->feed;
    f->x = (unsigned)m->tiles[tiles[n - 1]].x;
    f->y = (unsigned)m->tiles[tiles[n - 1]].y;
    f->mc = (unsigned)(n - 1);
    f->tile_count = n;
    memcpy(f->tiles, tiles, (size_t)n * sizeof *tiles);
    for (int i = 0; i < n; i++)
        add_return(k, tiles[i],
                   (struct ohm_return){
                       .stream = (int)f->chan, .host = 1, .tile = -1, .chan = (int)f->chan});
}

/* Appends a route of tile k->from to tiles (n = 0: the host) with its credit entries, and the
 * returns that feed them. */
static void add_route(struct connection *k, const int *tiles, int n)
{
    struct ohm_mapping *m = k->m;
    struct ohm_tile_map *t = &m->tiles[k->from];
    int credits = n ? n : 1;
    if (t->route_count == m->config.nroute) {
        lack(k, t->layer, "needs", m->config.nroute, "output routes (NROUTE");
        return;
    }
    if (t->credit_count + credits > m->config.ncredit) {
        lack(k, t->layer, "sends to", m->config.ncredit, "tiles (NCREDIT");
        return;
    }
    const struct ohm_tile_map *to = n ? &m->tiles[tiles[n - 1]] : t;
    struct ohm_route *r = &t->routes[t->route_count];
    *r = k->route;
    r->x = (unsigned)to->x;
    r->y = (unsigned)to->y;
    r->host = n == 0;
    r->mc = n > 1 ? (unsigned)(n - 1) : 0;
    r->chan = n ? k->route.chan : (unsigned)t->route_count;
    r->credit = t->credit_count;
    r->tile_count = n;
    t->route_count++;
    for (int i = 0; i < n; i++) {
        r->tiles[i] = tiles[i];
        add_return(k, tiles[i],
                   (struct ohm_return){.psum = r->type == OHM_TYPE_PSUM, .stream = (int)r->chan,
                                       .tile = k->from, .chan = t->credit_count + i});
    }
    t->credit_count += credits;
}

/* Cuts tiles that get the same into runs that one multicast packet from height from_y reaches: one
 * mesh column, heights without gap, none below from_y (copies are taken northward only). A route or
 * feed for each run, from south to north. */
static void send_to(struct connection *k, const int *tiles, int count)
{
    const struct ohm_mapping *m = k->m;
    int at[OHM_MESH_MAX * OHM_MESH_MAX]; /* tile by x*mesh_h + y, for the order */
    int cells = m->config.mesh_w * m->config.mesh_h, from_y = k->from < 0 ? 0 : m->tiles[k->from].y;
    memset(at, -1, sizeof at);
    for (int i = 0; i < count; i++)
        at[m->tiles[tiles[i]].x * m->config.mesh_h + m->tiles[tiles[i]].y] = tiles[i];
    for (int i = 0; i < cells;) {
        if (at[i] < 0) {
            i++;
            continue;
        }
        int n = 1, y = i % m->config.mesh_h;
        while (y >= from_y && y + n < m->config.mesh_h && at[i + n] >= 0)
            n++;
        if (k->from < 0)
            add_feed(k, at + i, n);
        else
            add_route(k, at + i, n);
        i += n;
    }
}

/* The slice of the map that a tile reads: of its input, or as the residual. */
static int slice_of(const struct ohm_mapping *m, const struct ohm_tile_map *t, int residual)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    return residual ? t->out0 / residual_slice_bytes(l, &m->layers[t->layer]) : t->slice;
}

/* The tiles of a layer, of one row part and one slice or (-1) of all, that the sender feeds. */
static int collect(const struct connection *k, int layer, int row_part, int slice, int *tiles)
{
    const struct ohm_mapping *m = k->m;
    int n = 0;
    for (int i = m->layers[layer].first_tile;
         i < m->layers[layer].first_tile + m->layers[layer].tiles; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        const int feeds = k->from < 0 || t->source_twin[k->use] == m->tiles[k->from].twin;
        if (feeds && (k->use < OHM_FROM_MAX || t->tail)
            && (row_part < 0 || t->row_part == row_part)
            && (slice < 0 || slice_of(m, t, k->use == OHM_FROM_MAX) == slice))
            tiles[n++] = i;
    }
    return n;
}

/* Of a tile's outputs, to the tiles of each slice those in it. */
static void send_slices(struct connection *k, int layer, int stream, int base, int slices)
{
    const struct ohm_tile_map *t = &k->m->tiles[k->from];
    const int bytes = parts_of(k->m->net->layers[t->layer].outputs, slices);
    int tiles[OHM_MESH_MAX * OHM_MESH_MAX];
    for (int s = 0; s < slices; s++) {
        const int lo = larger(t->out0, s * bytes),
                  hi = smaller(t->out0 + t->outs, (s + 1) * bytes);
        if (lo >= hi)
            continue;
        k->route = (struct ohm_route){.type = OHM_TYPE_ACT,
                                      .first = lo - t->out0,
                                      .count = hi - lo,
                                      .chan = (unsigned)stream,
                                      .offset = base + (lo - s * bytes) / 4
                                                + t->replica * k->m->layers[t->layer].out_step};
        send_to(k, tiles, collect(k, layer, -1, slices > 1 ? s : -1, tiles));
    }
}

/* Pixels, the source's channels from word `base` of a pixel on, to all tiles that walk the lines.
 */
static void send_pixels(struct connection *k, int layer, int stream, int base)
{
    const struct ohm_layer *l = &k->m->net->layers[layer];
    const struct ohm_layer_map *lm = &k->m->layers[layer];
    const int residual = stream == OHM_STREAM_RESIDUAL;
    int tiles[OHM_MESH_MAX * OHM_MESH_MAX];
    if (k->from >= 0) {
        send_slices(k, layer, stream, base, residual ? lm->residual_slices : lm->slices);
    } else {
        int n = collect(k, layer, -1, -1, tiles);
        int bytes = l->in_w * l->in_c;
        if (residual)
            bytes = l->conv_w * l->outputs;
        k->feed = (struct ohm_feed){.lines = residual ? l->conv_h : l->in_h,
                                    .line_bytes = bytes, .words = words_of(bytes),
                                    .chan = (unsigned)stream};
        send_to(k, tiles, n);
    }
}

/* To each row part of a vector its own words of source f. What follows the last source is of the
 * last part: rows that a layer adds, which the host sends as zeros. */
static void send_vector(struct connection *k, int layer, int f)
{
    const struct ohm_layer_map *lm = &k->m->layers[layer];
    const int base = lm->source_word[f], last = f + 1 == k->m->net->layers[layer].from_count;
    int tiles[OHM_MESH_MAX * OHM_MESH_MAX];
    for (int p = 0; p < lm->row_parts; p++) {
        int n = collect(k, layer, p, -1, tiles);
        const struct ohm_tile_map *part = &k->m->tiles[ohm_tile_index(lm, 0, 0, p, 0)];
        if (k->from < 0) {
            const int bytes = ohm_net_step_inputs(k->m->net), first = part->row0 / 4,
                      lo = larger(base, first), end = first + words_of(part->rows),
                      hi = last ? end : smaller(base + words_of(bytes), end);
            if (lo >= hi)
                continue;
            k->feed = (struct ohm_feed){.lines = 1, .line_bytes = bytes, .word0 = lo - base,
                                        .words = hi - lo, .offset = lo - first};
        } else {
            const struct ohm_tile_map *t = &k->m->tiles[k->from];
            int out0 = 4 * base + t->out0; /* its place in the vector */
            int lo = out0 > part->row0 ? out0 : part->row0;
            int hi = out0 + t->outs < part->row0 + part->bytes ? out0 + t->outs
                                                               : part->row0 + part->bytes;
            if (lo >= hi)
                continue;
            k->route = (struct ohm_route){.type = OHM_TYPE_ACT,
                                          .first = lo - out0,
                                          .count = hi - lo,
                                          .offset = (lo - part->row0) / 4,
                                          .back = t->layer >= layer};
        }
        send_to(k, tiles, n);
    }
}

/* To the tile of a kernel, of which the source is stream `stream`. */
static void send_kernel(struct connection *k, int layer, int stream)
{
    const int tile = k->m->layers[layer].first_tile;
    if (k->from < 0) {
        const int bytes = ohm_net_step_inputs(k->m->net);
        k->feed = (struct ohm_feed){.lines = 1, .line_bytes = bytes, .words = words_of(bytes),
                                    .chan = (unsigned)stream};
    } else {
        const struct ohm_tile_map *t = &k->m->tiles[k->from];
        k->route = (struct ohm_route){.type = OHM_TYPE_ACT, .count = t->outs,
                                      .chan = (unsigned)stream, .offset = t->out0 / 4};
    }
    send_to(k, &tile, 1);
}

/* Everything that a tile of that layer, or the host, sends to other layers. */
static void send_on(struct connection *k, int source)
{
    const struct ohm_net *net = k->m->net;
    for (int i = 0; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        const struct ohm_layer_map *lm = &k->m->layers[i];
        for (int f = 0; f < l->from_count; f++) {
            k->use = f;
            if (l->from[f] == source && l->kind == OHM_LAYER_VECTOR)
                send_kernel(k, i, f);
            else if (l->from[f] == source && lm->walk)
                send_pixels(k, i, OHM_STREAM_MAIN, lm->source_word[f]);
            else if (l->from[f] == source)
                send_vector(k, i, f);
        }
        k->use = OHM_FROM_MAX;
        if (l->has_residual && l->add == source)
            send_pixels(k, i, OHM_STREAM_RESIDUAL, 0);
    }
}

/* The chain's next tile: several packets, one credit. */
static void send_sums(struct connection *k, int to)
{
    struct ohm_tile_map *t = &k->m->tiles[k->from];
    int pieces = (t->outs + PSUM_PIECE - 1) / PSUM_PIECE;
    if (pieces > k->m->config.nroute)
        pieces = k->m->config.nroute;
    k->route = (struct ohm_route){.type = OHM_TYPE_PSUM, .count = t->outs / pieces};
    add_route(k, &to, 1);
    for (int i = 1; i < pieces; i++) {
        struct ohm_route *r = &t->routes[t->route_count++];
        *r = t->routes[0];
        r->first = r->offset = t->outs * i / pieces;
        r->count = t->outs * (i + 1) / pieces - r->first;
    }
}

static void connect_tile(struct connection *k, int from)
{
    struct ohm_mapping *m = k->m;
    const struct ohm_tile_map *t = &m->tiles[from];
    const struct ohm_layer_map *lm = &m->layers[t->layer];
    k->from = from;
    if (!t->tail) {
        send_sums(k, ohm_tile_index(lm, t->twin, t->replica, t->row_part + 1, t->col_part));
    } else if (t->layer == m->net->layer_count - 1) {
        int classes = m->net->layers[t->layer].output == OHM_OUTPUT_CLASS;
        k->route = (struct ohm_route){.type = OHM_TYPE_RESULT,
                                      .count = classes ? OHM_CLASS_WORDS : t->outs,
                                      .offset = t->out0};
        add_route(k, NULL, 0);
    } else if (!t->link_out) {
        send_on(k, t->layer);
    }
}

int ohm_connect_tiles(struct ohm_mapping *m, struct ohm_error *err)
{
    struct connection k = {.m = m, .from = -1, .err = err};
    for (int i = 0; i < m->tile_count; i++)
        m->tiles[i].route_count = m->tiles[i].credit_count = m->tiles[i].return_count = 0;
    m->feed_count = 0;
    send_on(&k, OHM_FROM_INPUT);
    for (int i = 0; i < m->tile_count; i++)
        connect_tile(&k, i);
    return k.missing;
}
