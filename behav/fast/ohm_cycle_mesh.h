/* SPDX-License-Identifier: Apache-2.0
 * Links and routers of the cycle model: which flit is where. Private to behav/fast; rtl/noc is the original. */
#ifndef OHM_CYCLE_MESH_H
#define OHM_CYCLE_MESH_H

#include <stdint.h>

#include "ohm_packet.h"

enum { CYCLE_N, CYCLE_E, CYCLE_S, CYCLE_W, CYCLE_L, CYCLE_PORTS, CYCLE_DEPTH_MAX = 16 };

struct cycle_packet {
    struct ohm_header h;
    unsigned flits;      /* on a link: 2 + LEN */
    int config_class;    /* on the host's stream */
    unsigned holders;    /* who still needs it; freed at 0 */
    struct cycle_packet *next; /* in a queue of packets */
    uint32_t words[];    /* all flits; those of tiles to tiles are headers only */
};

struct cycle_flit {
    struct cycle_packet *p; /* NULL: none */
    unsigned at;
};

static inline int cycle_is_last(struct cycle_flit f)
{
    return f.at + 1 == f.p->flits;
}

/* words: n flits of which `given` are there. NULL when out of memory. One holder. */
struct cycle_packet *cycle_packet_new(const uint32_t *words, unsigned given, unsigned flits);
void cycle_packet_drop(struct cycle_packet *p); /* one holder less */

struct cycle_queue {
    struct cycle_flit flit[CYCLE_DEPTH_MAX];
    uint8_t head, count;
};

struct cycle_router {
    struct cycle_queue in[CYCLE_PORTS];
    uint8_t ready;             /* inputs with room, as of the start of the cycle */
    uint8_t open;              /* inputs in mid-packet */
    uint8_t dest[CYCLE_PORTS]; /* outputs of an input's open packet */
    uint8_t owner[CYCLE_PORTS]; /* input that holds an output, CYCLE_PORTS: none */
    uint8_t after[CYCLE_PORTS]; /* round robin of inputs N to W: those after the last winner */
    uint8_t passed[CYCLE_PORTS]; /* packets that went before the tile's, since it asks */
    uint8_t done;              /* outputs that have taken the present flit of a copied packet */
    unsigned flits;            /* in all queues */
};

struct cycle_push { /* a flit that arrives at the end of the cycle */
    uint16_t router;
    uint8_t port;
    struct cycle_flit flit;
};

struct cycle_mesh {
    int width, height, depth;
    struct cycle_router *router; /* [y * width + x] */
    struct cycle_flit *to_tile;  /* what each tile gets in this cycle */
    struct cycle_flit to_host;
    struct cycle_push *push;
    unsigned pushes;
    unsigned flits; /* in all routers */
};

int cycle_mesh_init(struct cycle_mesh *m, int width, int height, int depth); /* -1: out of memory */
void cycle_mesh_free(struct cycle_mesh *m);

/* Room for a flit of tile or host in this cycle? */
static inline int cycle_mesh_ready(const struct cycle_mesh *m, unsigned router, unsigned port)
{
    return m->router[router].ready >> port & 1;
}

/* Puts a flit on a router's input; it is there in the next cycle. */
void cycle_mesh_push(struct cycle_mesh *m, unsigned router, unsigned port, struct cycle_flit f);
/* Moves all flits by one link: fills to_tile and to_host. */
void cycle_mesh_step(struct cycle_mesh *m);
/* End of the cycle: pushes take effect. */
void cycle_mesh_edge(struct cycle_mesh *m);

/* Round robin among the bits of req, starting with the bits of *after; take: the winner is the last one then. */
unsigned cycle_round_robin(unsigned req, uint8_t *after, int take, unsigned n);

#endif
