/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_cycle_mesh.h"

#include <stdlib.h>
#include <string.h>

struct cycle_packet *cycle_packet_new(const uint32_t *words, unsigned given, unsigned flits)
{
    struct cycle_packet *p = malloc(sizeof *p + given * sizeof *words);

    if (!p)
        return NULL;
    *p = (struct cycle_packet){.h = ohm_header_decode(words), .flits = flits, .holders = 1};
    memcpy(p->words, words, given * sizeof *words);
    return p;
}

void cycle_packet_drop(struct cycle_packet *p)
{
    if (!--p->holders)
        free(p);
}

int cycle_mesh_init(struct cycle_mesh *m, int width, int height, int depth)
{
    const size_t n = (size_t)width * (size_t)height;

    *m = (struct cycle_mesh){.width = width, .height = height, .depth = depth};
    m->router = calloc(n, sizeof *m->router);
    m->to_tile = calloc(n, sizeof *m->to_tile);
    m->push = calloc(n * CYCLE_PORTS, sizeof *m->push);
    if (!m->router || !m->to_tile || !m->push)
        return -1;
    for (size_t i = 0; i < n; i++) {
        m->router[i].ready = (1 << CYCLE_PORTS) - 1;
        memset(m->router[i].owner, CYCLE_PORTS, sizeof m->router[i].owner);
    }
    return 0;
}

void cycle_mesh_free(struct cycle_mesh *m)
{
    struct cycle_packet *mine = NULL; /* those whose last flit is here; only then freed, for other flits point to them too */

    for (int i = 0; m->router && i < m->width * m->height; i++)
        for (int port = 0; port < CYCLE_PORTS; port++)
            for (unsigned k = 0; k < m->router[i].in[port].count; k++) {
                const struct cycle_queue *q = &m->router[i].in[port];
                const struct cycle_flit f = q->flit[(q->head + k) % CYCLE_DEPTH_MAX];
                if (!cycle_is_last(f))
                    continue;
                f.p->next = mine;
                mine = f.p;
            }
    while (mine) {
        struct cycle_packet *p = mine;
        mine = p->next;
        cycle_packet_drop(p);
    }
    free(m->router);
    free(m->to_tile);
    free(m->push);
}

unsigned cycle_round_robin(unsigned req, uint8_t *after, int take, unsigned n)
{
    const unsigned from = req & *after ? req & *after : req;
    const unsigned winner = from ? (unsigned)__builtin_ctz(from) : n;

    if (take && req)
        *after = (uint8_t)(~((2u << winner) - 1) & ((1u << n) - 1));
    return winner;
}

/* Whose turn it is at a free output, as ohm_turns: packets on their way before those of the router's own tile, until WAIT of them
 * have gone before it. CYCLE_PORTS: nobody asks. */
static unsigned turn(struct cycle_router *r, unsigned out, unsigned req)
{
    enum { WAIT = 4 };
    const unsigned through = req & ~(1u << CYCLE_L), tile = req >> CYCLE_L;

    if (tile && (!through || r->passed[out] == WAIT)) {
        r->passed[out] = 0;
        return CYCLE_L;
    }
    r->passed[out] = (uint8_t)(tile ? r->passed[out] + 1 : 0);
    return through ? cycle_round_robin(through, &r->after[out], 1, CYCLE_L) : CYCLE_PORTS;
}

/* Outputs for a packet: X first, then Y; copies where it goes north in its last column. */
static unsigned route(const struct ohm_header *h, unsigned x, unsigned y)
{
    if (h->host)
        return x ? 1 << CYCLE_W : y ? 1 << CYCLE_S : 1 << CYCLE_W;
    if (h->x != x)
        return h->x < x ? 1 << CYCLE_W : 1 << CYCLE_E;
    if (h->y < y)
        return 1 << CYCLE_S;
    if (h->y == y)
        return 1 << CYCLE_L;
    return 1 << CYCLE_N | (y + h->mc >= h->y ? 1 << CYCLE_L : 0);
}

void cycle_mesh_push(struct cycle_mesh *m, unsigned router, unsigned port, struct cycle_flit f)
{
    m->push[m->pushes++] = (struct cycle_push){(uint16_t)router, (uint8_t)port, f};
}

/* The router on the other side of an output, -1 over the edge; *port: its input. */
static int neighbour(const struct cycle_mesh *m, unsigned i, unsigned out, unsigned *port)
{
    const int x = (int)i % m->width, y = (int)i / m->width;

    switch (out) {
    case CYCLE_N: *port = CYCLE_S; return y + 1 < m->height ? (int)i + m->width : -1;
    case CYCLE_E: *port = CYCLE_W; return x + 1 < m->width ? (int)i + 1 : -1;
    case CYCLE_S: *port = CYCLE_N; return y > 0 ? (int)i - m->width : -1;
    default: *port = CYCLE_E; return x > 0 ? (int)i - 1 : -1;
    }
}

/* A flit leaves by one output. */
static void leave(struct cycle_mesh *m, unsigned i, unsigned out, struct cycle_flit f)
{
    unsigned port;

    if (out == CYCLE_L) {
        m->to_tile[i] = f;
    } else if (i == 0 && out == CYCLE_W) {
        m->to_host = f;
    } else {
        const int to = neighbour(m, i, out, &port);
        if (to >= 0)
            cycle_mesh_push(m, (unsigned)to, port, f);
    }
}

static int output_ready(const struct cycle_mesh *m, unsigned i, unsigned out)
{
    unsigned port;

    if (out == CYCLE_L || (i == 0 && out == CYCLE_W))
        return 1;
    const int to = neighbour(m, i, out, &port);
    return to < 0 || cycle_mesh_ready(m, (unsigned)to, port);
}

/* The packet goes no further inside the mesh. */
static int ends_here(const struct cycle_mesh *m, unsigned i, unsigned dest)
{
    unsigned port;

    for (unsigned out = 0; out < CYCLE_L; out++)
        if (dest >> out & 1 && !(i == 0 && out == CYCLE_W) && neighbour(m, i, out, &port) >= 0)
            return 0;
    return 1;
}

static void step_router(struct cycle_mesh *m, unsigned i)
{
    struct cycle_router *r = &m->router[i];
    struct cycle_flit head[CYCLE_PORTS];
    unsigned dest[CYCLE_PORTS] = {0}, want[CYCLE_PORTS] = {0}, grant[CYCLE_PORTS], have = 0;

    for (unsigned in = 0; in < CYCLE_PORTS; in++) {
        const struct cycle_queue *q = &r->in[in];
        if (!q->count)
            continue;
        have |= 1u << in;
        head[in] = q->flit[q->head];
        dest[in] = r->open >> in & 1 ? r->dest[in]
                                     : route(&head[in].p->h, i % (unsigned)m->width, i / (unsigned)m->width);
        for (unsigned out = 0; out < CYCLE_PORTS; out++)
            want[out] |= (dest[in] >> out & 1) << in;
    }

    /* L first: a copy asks for N only when it holds L */
    const unsigned copy = want[CYCLE_L] & want[CYCLE_N];
    for (int out = CYCLE_L; out >= 0; out--) {
        unsigned req = want[out];
        if (out == CYCLE_N && copy)
            req &= ~(copy & ~(grant[CYCLE_L] < CYCLE_PORTS ? 1u << grant[CYCLE_L] : 0));
        grant[out] = r->owner[out] == CYCLE_PORTS ? turn(r, (unsigned)out, req) : r->owner[out];
    }

    unsigned stuck = 0, taken = 0;
    for (unsigned out = 0; out < CYCLE_PORTS; out++) {
        if (!want[out])
            continue;
        const unsigned granted = grant[out] < CYCLE_PORTS ? 1u << grant[out] : 0;
        const int ready = output_ready(m, i, out), done = r->done >> out & 1;
        stuck |= want[out] & ~(ready || done ? granted : 0);
        if (granted & have && !done && ready) {
            leave(m, i, out, head[grant[out]]);
            taken |= 1u << out;
        }
    }

    const unsigned move = have & ~stuck;
    unsigned ended = 0;
    for (unsigned in = 0; in < CYCLE_PORTS; in++) {
        if (!(move >> in & 1))
            continue;
        struct cycle_queue *q = &r->in[in];
        q->head = (uint8_t)((q->head + 1) % CYCLE_DEPTH_MAX);
        q->count--;
        r->flits--;
        m->flits--;
        r->dest[in] = (uint8_t)dest[in];
        if (cycle_is_last(head[in])) {
            r->open &= (uint8_t)~(1u << in);
            ended |= 1u << in;
            if (ends_here(m, i, dest[in]))
                cycle_packet_drop(head[in].p); /* receivers hold it by themselves */
        } else {
            r->open |= (uint8_t)(1u << in);
        }
    }
    for (unsigned out = 0; out < CYCLE_PORTS; out++) {
        if (grant[out] == CYCLE_PORTS)
            continue;
        r->owner[out] = ended >> grant[out] & 1 ? CYCLE_PORTS : (uint8_t)grant[out];
        const unsigned done = ((r->done | taken) >> out & 1) && !(move >> grant[out] & 1);
        r->done = (uint8_t)((r->done & ~(1u << out)) | done << out);
    }
}

void cycle_mesh_step(struct cycle_mesh *m)
{
    for (unsigned i = 0, n = (unsigned)(m->width * m->height), left = m->flits; i < n && left; i++) {
        const unsigned flits = m->router[i].flits;
        if (!flits)
            continue;
        step_router(m, i);
        left -= flits;
    }
}

void cycle_mesh_edge(struct cycle_mesh *m)
{
    for (unsigned i = 0; i < m->pushes; i++) {
        const struct cycle_push *p = &m->push[i];
        struct cycle_router *r = &m->router[p->router];
        struct cycle_queue *q = &r->in[p->port];
        q->flit[(q->head + q->count) % CYCLE_DEPTH_MAX] = p->flit;
        q->count++;
        r->flits++;
        m->flits++;
    }
    m->pushes = 0;
    for (int i = 0; i < m->width * m->height; i++) {
        struct cycle_router *r = &m->router[i];
        unsigned ready = 0;
        if (!r->flits && r->ready == (1 << CYCLE_PORTS) - 1)
            continue;
        for (unsigned port = 0; port < CYCLE_PORTS; port++)
            ready |= (unsigned)(r->in[port].count != m->depth) << port;
        r->ready = (uint8_t)ready;
    }
}
