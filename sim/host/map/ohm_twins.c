/* SPDX-License-Identifier: Apache-2.0
 * Twins: a tile grants and is granted credits by at most NCREDIT readers, so a layer that more
 * tiles read stands on the mesh several times. All twins do the same work; each feeds some of the
 * readers, and nothing but copies of tiles is needed.
 *
 * Readers are dealt out in the order of the network and of their tiles, as many to a twin as it can
 * serve. A reader of a vector only counts for the column parts whose outputs it takes. Layers are
 * looked at from the last to the first, for twins are readers too. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper_steps.h"

struct deal { /* the readers of one layer, dealt out */
    struct ohm_mapping *m;
    int source, room;  /* whose readers; how many a tile may have */
    int twin;          /* that gets the next reader */
    int load[OHM_MESH_MAX * OHM_MESH_MAX]; /* readers that this twin's tile of a column part has */
    int assign;        /* writes it into the readers' tiles */
};

/* Column parts of the source that send to a tile; use: index of from[], or OHM_FROM_MAX for the
 * residual. 0: none. */
static int senders(const struct deal *d, const struct ohm_tile_map *t, int use, int *first,
                   int *last)
{
    const struct ohm_layer_map *lm = &d->m->layers[t->layer], *from = &d->m->layers[d->source];
    *first = 0;
    *last = from->col_parts - 1;
    const int slices = use == OHM_FROM_MAX ? lm->residual_slices : lm->slices,
              bytes = parts_of(d->m->net->layers[d->source].outputs, slices);
    if (lm->walk && slices == 1)
        return 1;
    *first = from->col_parts;
    *last = -1;
    for (int c = 0; c < from->col_parts; c++) {
        struct ohm_tile_map s;
        ohm_cut_tile(d->m, d->source, c, &s);
        const int out0 = lm->walk ? s.out0 : 4 * lm->source_word[use] + s.out0;
        const int slice = use == OHM_FROM_MAX ? t->out0 / bytes : t->slice;
        const int lo = lm->walk ? slice * bytes : t->row0,
                  hi = lm->walk ? lo + bytes : t->row0 + t->bytes;
        if (out0 >= hi || out0 + s.outs <= lo)
            continue;
        *first = c < *first ? c : *first;
        *last = c;
    }
    return *first <= *last;
}

static void deal_to(struct deal *d, int layer, int k, int use)
{
    struct ohm_tile_map t;
    int first, last, full = 0;
    ohm_cut_tile(d->m, layer, k, &t);
    if ((use == OHM_FROM_MAX && !t.tail) || !senders(d, &t, use, &first, &last))
        return;
    for (int c = first; c <= last; c++)
        full |= d->load[c] == d->room;
    if (full) {
        memset(d->load, 0, sizeof d->load);
        d->twin++;
    }
    for (int c = first; c <= last; c++)
        d->load[c]++;
    if (d->assign)
        d->m->tiles[d->m->layers[layer].first_tile + k].source_twin[use] = (uint8_t)d->twin;
}

/* Tiles of a layer that reads vectors are dealt column part by column part: those of one row part
 * get the same. */
static void deal_layer(struct deal *d, int layer, int use)
{
    const struct ohm_layer_map *lm = &d->m->layers[layer];
    const int group = lm->row_parts * lm->col_parts, tiles = lm->twins * lm->replicas * group;
    for (int i = 0; i < tiles; i++) {
        const int place = i % group, col = place / lm->row_parts, row = place % lm->row_parts;
        deal_to(d, layer, lm->walk ? i : i - place + row * lm->col_parts + col, use);
    }
}

/* Returns how many twins it takes. */
static int deal(struct ohm_mapping *m, int source, int room, int assign)
{
    struct deal d = {.m = m, .source = source, .room = room, .assign = assign};
    for (int i = source + 1; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        for (int f = 0; f < l->from_count; f++)
            if (l->from[f] == source)
                deal_layer(&d, i, f);
        if (l->has_residual && l->add == source)
            deal_layer(&d, i, OHM_FROM_MAX);
    }
    return d.twin + 1;
}

void ohm_choose_twins(struct ohm_mapping *m)
{
    for (int s = m->net->layer_count - 1; s >= 0; s--)
        m->layers[s].twins = deal(m, s, m->readers_most, 0);
}

int ohm_twins_suffice(const struct ohm_mapping *m, int source)
{
    struct ohm_mapping copy = *m;
    return deal(&copy, source, m->readers_most, 0) <= m->layers[source].twins;
}

void ohm_assign_twins(struct ohm_mapping *m)
{
    for (int s = 0; s < m->net->layer_count; s++) {
        int room = m->readers_most;
        while (room > 1
               && deal(m, s, room - 1, 0)
                      <= m->layers[s].twins) /* as evenly as so many twins can */
            room--;
        deal(m, s, room, 1);
    }
}
