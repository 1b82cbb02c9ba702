/* SPDX-License-Identifier: Apache-2.0
 * What the vector tiles are loaded with: each kernel's program for the routes that its tile has,
 * and which tiles hang together in a loop. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper_steps.h"

/* reach[a][b]: what layer a makes gets to layer b. */
struct reach {
    uint8_t to[OHM_LAYERS_MAX][OHM_LAYERS_MAX];
};

static void find_reach(const struct ohm_net *net, struct reach *r)
{
    const int n = net->layer_count;
    memset(r, 0, sizeof *r);
    for (int i = 0; i < n; i++)
        for (int f = 0; f < net->layers[i].from_count; f++)
            if (net->layers[i].from[f] >= 0)
                r->to[net->layers[i].from[f]][i] = 1;
    for (int k = 0; k < n; k++)
        for (int a = 0; a < n; a++)
            for (int b = 0; b < n; b++)
                r->to[a][b] |= r->to[a][k] && r->to[k][b];
}

/* Tiles of layers that reach each other are of one loop, named by the first of them. */
static void mark_loops(struct ohm_mapping *m, const struct reach *r)
{
    for (int i = 0; i < m->tile_count; i++) {
        const int own = m->tiles[i].layer;
        for (int l = m->net->layer_count - 1; l >= 0; l--)
            if (r->to[own][l] && r->to[l][own])
                m->tiles[i].loop = l + 1;
    }
}

static int make_program(struct ohm_mapping *m, struct ohm_tile_map *t, struct ohm_vector_tile *v,
                        struct ohm_error *err)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    struct ohm_vkernel_part part[OHM_REG_ROUTE_COUNT];
    struct ohm_vec_size size;
    struct ohm_error why;
    ohm_vec_size_of(&m->config, &size);
    for (int i = 0; i < t->route_count; i++) {
        const struct ohm_route *r = &t->routes[i];
        part[i] = (struct ohm_vkernel_part){r->back ? 0 : ohm_vkernel_forward(l->kernel), r->first,
                                            r->count};
        v->load.add[i] = r->back ? (uint32_t)m->coding.lanes : 0;
    }
    const struct ohm_vkernel_use use =
        ohm_net_kernel_use(m->net, t->layer, m->coding.lanes, part, t->route_count);
    if (ohm_vkernel_assemble(&use, &size, &v->program, &why))
        return strstr(why.text, "VMEM_WORDS") && m->coding.lanes > 1
                   ? ohm_fail(err, "layer %s: %.350s; %d sequences interleave (--lanes), fewer "
                              "take less", l->name, why.text, m->coding.lanes)
                   : ohm_fail(err, "layer %s: %.400s", l->name, why.text);
    v->load.program = &v->program;
    t->vec = &v->load;
    if (ohm_vec_tile_check(&m->config, t->x, t->y, t->vec, &why))
        return ohm_fail(err, "layer %s: %.400s", l->name, why.text);
    return 0;
}

int ohm_make_programs(struct ohm_mapping *m, struct ohm_error *err)
{
    struct reach r;
    int vectors = 0;
    for (int i = 0; i < m->tile_count; i++)
        vectors += is_vector(m, m->tiles[i].layer);
    if (!vectors)
        return 0;
    find_reach(m->net, &r);
    mark_loops(m, &r);
    m->vectors = calloc((size_t)vectors, sizeof *m->vectors);
    if (!m->vectors)
        return ohm_fail(err, "mapping: out of memory");
    for (int i = 0; i < m->tile_count; i++)
        if (is_vector(m, m->tiles[i].layer)
            && make_program(m, &m->tiles[i], &m->vectors[m->vector_count++], err))
            return -1;
    return 0;
}

void ohm_free_programs(struct ohm_mapping *m)
{
    for (int i = 0; i < m->vector_count; i++)
        if (m->vectors[i].program.code)
            ohm_asm_free(&m->vectors[i].program);
    free(m->vectors);
}
