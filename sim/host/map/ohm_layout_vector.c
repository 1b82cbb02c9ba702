/* SPDX-License-Identifier: Apache-2.0
 * Which tile gets which part of a vector, and where vector tiles are needed. */
#include "ohm_mapper_steps.h"

void ohm_lay_source(const struct ohm_mapping *m, int layer, int i, int channel)
{
    struct ohm_layer_map *lm = &m->layers[layer];
    while (lm->pixel_bytes % 4)
        lm->channel[lm->pixel_bytes++] = -1;
    lm->source_word[i] = lm->pixel_bytes / 4;
    for (int c = 0; c < ohm_net_channels(m->net, m->net->layers[layer].from[i]); c++)
        lm->channel[lm->pixel_bytes++] = channel + c;
}

void ohm_lay_vectors(const struct ohm_mapping *m, int layer)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    struct ohm_layer_map *lm = &m->layers[layer];
    for (int vectors = 1; vectors >= 0; vectors--) {
        for (int i = 0, channel = 0; i < l->from_count; i++) {
            const int from = l->from[i], is = from >= 0 && is_vector(m, from);
            if (is == vectors)
                ohm_lay_source(m, layer, i, channel);
            if (is)
                lm->cut = 16;
            channel += ohm_net_channels(m->net, from);
        }
        if (vectors && lm->pixel_bytes % lm->cut == 0)
            lm->state_units = lm->pixel_bytes / lm->cut;
    }
}

int ohm_row_edge(const struct ohm_layer_map *lm, int parts, int k)
{
    const int units = parts_of(slice_bytes(lm), lm->cut), first = lm->state_parts;
    if (!first)
        return lm->cut * edge(units, parts, k);
    return lm->cut
           * (k <= first ? edge(lm->state_units, first, k)
                         : lm->state_units
                               + edge(units - lm->state_units, parts - first, k - first));
}

/* Tiles of a source that send outputs: the host is one. */
static int columns_of(const struct ohm_mapping *m, int from)
{
    return from < 0 || is_vector(m, from) ? 1 : m->layers[from].col_parts;
}

/* Most tiles that send to one of so many row parts of a vector: column parts of its sources, and
 * the part before. */
static int most_producers(const struct ohm_mapping *m, int layer, int parts)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    const struct ohm_layer_map *lm = &m->layers[layer];
    int most = 0;
    for (int p = 0; p < parts; p++) {
        const int lo = ohm_row_edge(lm, parts, p) / 4, hi = ohm_row_edge(lm, parts, p + 1) / 4;
        int n = p > 0;
        for (int f = 0; f < l->from_count; f++) {
            const int columns = columns_of(m, l->from[f]),
                      outs = parts_of(ohm_net_channels(m->net, l->from[f]), 4);
            for (int c = 0; c < columns; c++)
                n += lm->source_word[f] + edge(outs, columns, c) < hi
                     && lm->source_word[f] + edge(outs, columns, c + 1) > lo;
        }
        most = larger(most, n);
    }
    return most;
}

int ohm_vector_parts(const struct ohm_mapping *m, int layer, int limit)
{
    struct ohm_layer_map *lm = &m->layers[layer];
    const int units = parts_of(lm->pixel_bytes, lm->cut), most = larger(limit / lm->cut, 1),
              states = parts_of(lm->state_units, most),
              others = parts_of(units - lm->state_units, most), parts = parts_of(units, most);
    lm->state_parts = states && others && states + others == parts ? states : 0;
    for (int n = parts; n <= units; n++)
        if (most_producers(m, layer, n) <= m->config.nreturn)
            return n;
    return parts;
}

int ohm_count_vectors(struct ohm_mapping *m, struct ohm_error *err)
{
    int places = 0, all = 0;
    for (int i = 0; i < m->config.mesh_w * m->config.mesh_h; i++)
        places += ohm_config_kind(&m->config, i % m->config.mesh_w, i / m->config.mesh_w)
                  == OHM_KIND_VEC;
    for (int i = 0; i < m->net->layer_count; i++) {
        struct ohm_layer_map *lm = &m->layers[i];
        if (!is_vector(m, i))
            continue;
        lm->row_parts = lm->col_parts = lm->replicas = lm->twins = 1;
        if (++all > places)
            return ohm_fail(err,
                            "layer %s: needs vector tile %d of the network, the mesh %dx%d of %s "
                            "has %d (KINDS)",
                            m->net->layers[i].name, all, m->config.mesh_w, m->config.mesh_h,
                            m->config.name, places);
    }
    return 0;
}

