/* SPDX-License-Identifier: Apache-2.0
 * What the mapper's files ask of each other. Private to sim/host/map. */
#ifndef OHM_MAPPER_STEPS_H
#define OHM_MAPPER_STEPS_H

#include "ohm_mapper.h"

/* How many parts of at most `limit` n units make. */
static inline int parts_of(int n, int limit)
{
    return (n + limit - 1) / limit;
}

static inline int smaller(int a, int b)
{
    return a < b ? a : b;
}

static inline int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Edge k of n units cut evenly into parts. */
static inline int edge(int n, int parts, int k)
{
    return (int)((long long)n * k / parts);
}

/* Steps of a layer's walk over an image, and in rows of windows how many each takes and how far one
 * is from the next: block rows, or the rows of windows themselves. */
static inline int walked_rows(const struct ohm_layer *l, const struct ohm_layer_map *lm)
{
    return lm->by_lines ? l->map_h * l->pool_h : l->map_h;
}

static inline int walked_height(const struct ohm_layer *l, const struct ohm_layer_map *lm)
{
    return lm->by_lines ? 1 : l->pool_h;
}

static inline int walked_step(const struct ohm_layer *l, const struct ohm_layer_map *lm)
{
    return lm->by_lines ? 1 : l->pool_stride_h;
}

/* Bytes of a pixel that a tile of the layer gets: of its input, of the residual. */
static inline int slice_bytes(const struct ohm_layer_map *lm)
{
    return lm->pixel_bytes / lm->slices;
}

static inline int residual_slice_bytes(const struct ohm_layer *l, const struct ohm_layer_map *lm)
{
    return l->outputs / lm->residual_slices;
}

/* ohm_coding.c */
struct ohm_vector_tile { /* of the mapping: a tile's program and all else of it */
    struct ohm_asm program;
    struct ohm_vec_tile load;
};

static inline int is_vector(const struct ohm_mapping *m, int layer)
{
    return m->net->layers[layer].kind == OHM_LAYER_VECTOR;
}

/* Slices of a layer: a signed input's magnitude has one bit less. */
int ohm_layer_slices(const struct ohm_mapping *m, int layer);
int ohm_columns_per_output(const struct ohm_coding *c);
int ohm_cell_level(const struct ohm_coding *c); /* conductance code of one level */
/* rows of a group whose sums fit the ramp of the exact mapping */
int ohm_exact_rows(const struct ohm_coding *c);
int ohm_coding_check(const struct ohm_coding *c, const struct ohm_config *config,
                     struct ohm_error *err);

/* ohm_durations.c, with coding.links, after ohm_layout: the chain's tiles, their places, scales and
 * bias rows. */
int ohm_durations_layout(struct ohm_mapping *m, struct ohm_error *err);
/* Signed code, plus less minus, of a cell of a tile that sends durations. */
int ohm_duration_code(const struct ohm_mapping *m, int tile, int row, int output);

/* Steps of ohm_map_network, one file each. */
/* ohm_layout.c: tiles of every layer, lines. The busiest layer is replicated up to `most` times;
 * *steps: how often it was. */
int ohm_layout(struct ohm_mapping *m, const int *replicas, int most, int *steps,
               struct ohm_error *err);
/* ohm_ranges.c: lsb, then units */
int ohm_choose_ranges(struct ohm_mapping *m, struct ohm_error *err);
/* ohm_units.c: gain, unit, shift */
int ohm_choose_unit(struct ohm_mapping *m, int layer, struct ohm_error *err);
/* The scale register of an output of the layer (ohm_units.c). */
int ohm_scale_word(const struct ohm_mapping *m, const struct ohm_tile_map *t, int output);
/* ohm_lines.c, the last step of ohm_layout: lines of every tile's streams. */
int ohm_size_lines(struct ohm_mapping *m, struct ohm_error *err);
/* ohm_layout_vector.c */
/* Adds the channels of from[i] to the layer's input bytes, from a word boundary on. */
void ohm_lay_source(const struct ohm_mapping *m, int layer, int i, int channel);
/* All sources of a layer in a network of sequences. A vector tile sends from multiples of 16
 * elements on: what comes from one lies first, and rows are cut there. */
void ohm_lay_vectors(const struct ohm_mapping *m, int layer);
/* Row parts of a vector: as few as fit `limit` rows and the table of producers. Where it takes no
 * more parts, one begins behind what vector tiles send, so that fewer tiles read them. */
int ohm_vector_parts(const struct ohm_mapping *m, int layer, int limit);
/* First row of part k of so many of a vector. */
int ohm_row_edge(const struct ohm_layer_map *lm, int parts, int k);
/* One tile for each vector layer. -1 + err: the mesh has not so many. */
int ohm_count_vectors(struct ohm_mapping *m, struct ohm_error *err);
/* ohm_layout.c: whether all that the layer reads is the network's input. */
int ohm_reads_input_only(const struct ohm_layer *l);
/* ohm_layout.c: part k of a layer. */
void ohm_cut_tile(const struct ohm_mapping *m, int layer, int k, struct ohm_tile_map *t);
void ohm_choose_twins(struct ohm_mapping *m); /* ohm_twins.c: of all layers */
/* for the readers that the layer has now */
int ohm_twins_suffice(const struct ohm_mapping *m, int source);
void ohm_assign_twins(struct ohm_mapping *m); /* once there are tiles */
int ohm_place_tiles(
    struct ohm_mapping *m,
    struct ohm_error *err); /* ohm_place.c: x, y, then connects; 1 + err: no place
                             * found where the tiles' tables have room for all routes */
/* ohm_connect.c: routes, credits, feeds. Returns how many entries are missing in the tiles' tables;
 * err, if any: the first. */
int ohm_connect_tiles(struct ohm_mapping *m, struct ohm_error *err);
/* ohm_flow.c: -1 + err when lines would wait for each other for ever. */
int ohm_check_flow(const struct ohm_mapping *m, struct ohm_error *err);

/* ohm_programs.c, once routes are known: what each vector tile is loaded with. -1 + err: a program
 * does not fit its tile. */
int ohm_make_programs(struct ohm_mapping *m, struct ohm_error *err);
void ohm_free_programs(struct ohm_mapping *m);

#define OHM_PORTS 4 /* N E S W */
struct ohm_links { /* flits per image */
    /* leaving router y*mesh_w + x by that port */
    long flits[OHM_MESH_MAX * OHM_MESH_MAX][OHM_PORTS];
    long in, hops;
};
void ohm_measure_links(const struct ohm_mapping *m, struct ohm_links *out); /* ohm_load.c */
void ohm_measure_load(const struct ohm_mapping *m, struct ohm_load *out);

#endif
