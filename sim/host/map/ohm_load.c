/* SPDX-License-Identifier: Apache-2.0
 * The load that a mapping puts on the links of the mesh, in flits per image. */
#include "ohm_mapper_steps.h"

#define HEADER 2 /* flits of a packet before its payload; a CREDIT packet has no more */

enum { NORTH, EAST, SOUTH, WEST };

struct sending {
    int mesh_w;
    struct ohm_links *links;
};

static int words_of(int bytes)
{
    return (bytes + 3) / 4;
}

static void leave(const struct sending *s, int x, int y, int port, long flits)
{
    s->links->flits[y * s->mesh_w + x][port] += flits;
    s->links->hops += flits;
}

/* X first, then Y, as the routers do. */
static void send(const struct sending *s, int x, int y, int to_x, int to_y, long flits)
{
    for (; x < to_x; x++)
        leave(s, x, y, EAST, flits);
    for (; x > to_x; x--)
        leave(s, x, y, WEST, flits);
    for (; y < to_y; y++)
        leave(s, x, y, NORTH, flits);
    for (; y > to_y; y--)
        leave(s, x, y, SOUTH, flits);
}

static void send_host(const struct sending *s, int x, int y, long flits)
{
    send(s, x, y, 0, 0, flits);
    leave(s, 0, 0, WEST, flits);
}

static void send_feed(const struct ohm_mapping *m, const struct sending *s,
                      const struct ohm_feed *f)
{
    int most = ohm_packet_words(&m->config), packets = (f->words + most - 1) / most;
    long flits = (long)f->lines * (packets * HEADER + f->words);
    s->links->in += flits;
    s->links->hops += flits;
    send(s, 0, 0, (int)f->x, (int)f->y, flits);
}

static void send_tile(const struct ohm_mapping *m, const struct sending *s,
                      const struct ohm_tile_map *t)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    for (int k = 0; k < t->route_count; k++) {
        const struct ohm_route *r = &t->routes[k];
        long packets = t->tail ? l->map_h * t->block_cols : t->windows;
        long flits = packets * (HEADER + (r->type == OHM_TYPE_ACT ? words_of(r->count) : r->count));
        if (r->host)
            send_host(s, t->x, t->y, flits);
        else
            send(s, t->x, t->y, (int)r->x, (int)r->y, flits);
    }
    for (int k = 0; k < t->return_count; k++) {
        const struct ohm_return *r = &t->returns[k];
        long flits = (long)HEADER * (r->psum ? t->windows : t->streams[r->stream].lines);
        if (r->host)
            send_host(s, t->x, t->y, flits);
        else
            send(s, t->x, t->y, m->tiles[r->tile].x, m->tiles[r->tile].y, flits);
    }
}

void ohm_measure_links(const struct ohm_mapping *m, struct ohm_links *out)
{
    const struct sending s = {m->config.mesh_w, out};
    *out = (struct ohm_links){.in = 0};
    for (int i = 0; i < m->feed_count; i++)
        send_feed(m, &s, &m->feeds[i]);
    for (int i = 0; i < m->tile_count; i++)
        send_tile(m, &s, &m->tiles[i]);
}

void ohm_measure_load(const struct ohm_mapping *m, struct ohm_load *out)
{
    struct ohm_links l;
    ohm_measure_links(m, &l);
    *out = (struct ohm_load){.busiest = l.in, .direction = 'I', .hops = l.hops};
    for (int i = 0; i < m->config.mesh_w * m->config.mesh_h; i++) {
        for (int p = 0; p < OHM_PORTS; p++) {
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
