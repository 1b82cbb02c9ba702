/* SPDX-License-Identifier: Apache-2.0
 * Lays a network onto the mesh: splits layers over tiles, chooses ADC ranges and scales, places tiles, connects them.
 *
 * A layer of `inputs` rows and `outputs` columns becomes row_parts × col_parts tiles. Tiles of one column part form a
 * chain of partial sums; the last of the chain post-processes. Its outputs go to every tile of the next layer that needs
 * them, or to the host.
 *
 * Mappings: `pwm`: one in-cell differential pair per weight (|w|·129 in the plus or minus device), one 8-bit input slice,
 * an 8-bit ramp whose LSB is chosen per tile from calibration images; the column gain brings all tiles of a layer to one
 * accumulator unit. `exact`: magnitudes in 2-bit slices over four columns (level·5461), 1-bit input slices, a ramp wide
 * enough for every column sum: with ideal devices acc = W·x·2^ACC_F. */
#ifndef OHM_MAPPER_H
#define OHM_MAPPER_H

#include <stdint.h>
#include <stdio.h>

#include "ohm_config.h"
#include "ohm_map.h"
#include "ohm_net.h"

enum ohm_mapping_kind { OHM_MAPPING_PWM, OHM_MAPPING_EXACT };

#define OHM_MESH_MAX 16   /* tiles in a row or column of the mesh */
#define OHM_PWM_CODE 129  /* conductance code of one weight step: 127·129 = 16383 */
#define OHM_EXACT_LEVEL 5461 /* conductance code of one level of a 2-bit cell: 3·5461 = 16383 */
#define OHM_EXACT_SLICES 4   /* columns of one output: |w| < 2^7 in groups of two bits */
#define OHM_EXACT_ROWS 128   /* 3·128 = 384 fits the ramp of a 10-bit code */
#define OHM_EXACT_RAMP 384

struct ohm_route { /* one ROUTE entry */
    unsigned type, x, y, host, mc, chan;
    int first, count, offset, credit;
    int tiles[OHM_MESH_MAX]; /* destinations, in order of the credit entries; none when host */
    int tile_count;
};

struct ohm_return { /* one RETURN entry: a producer */
    int psum, host, tile, chan;
};

struct ohm_tile_map {
    int layer, row_part, col_part;
    int x, y;
    int row0, rows, out0, outs, cols; /* its piece of the layer; sensed columns in use */
    int tail;                         /* last of its chain */
    uint32_t lsb;                     /* MACRO_LSB */
    unsigned gain;                    /* of every column, 16384 = one */
    int shift;                        /* post-process */
    double clipped, unused;           /* calibration: share of conversions clipped; share of the ramp never reached */
    struct ohm_route routes[OHM_REG_ROUTE_COUNT];
    int route_count, credit_count;
    struct ohm_return returns[OHM_REG_RETURN_COUNT];
    int return_count;
};

struct ohm_layer_map {
    int row_parts, col_parts, first_tile; /* tile of (row part r, column part c) = first_tile + r*col_parts + c */
    double unit;       /* accumulator units per unit of W·x */
    double full_scale; /* span of W·x that the converters of one chain cover together */
};

struct ohm_feed { /* one packet per image from the host: a row part of the first layer to its column parts */
    int word0, words;
    unsigned x, y, mc;
    int tiles[OHM_MESH_MAX];
    int tile_count;
};

struct ohm_load { /* of the links, per image, in flits */
    int busiest;      /* flits on the busiest link between routers, or between bridge and mesh */
    int bx, by;       /* router it leaves … */
    char direction;   /* … by this port: N E S W; I: the bridge's way in */
    long hops;        /* flits × links */
    int64_t squares;  /* Σ flits² over all links: what placement makes small */
};

struct ohm_mapping {
    const struct ohm_net *net;
    struct ohm_config config; /* with the mesh in use */
    enum ohm_mapping_kind kind;
    int tile_count;
    struct ohm_tile_map *tiles;
    struct ohm_layer_map *layers;
    struct ohm_feed *feeds;
    int feed_count;
    int log2_slots;    /* input slots of a tile */
    int result_window; /* images whose results the bridge can hold at once */
    uint32_t seconds;  /* MACRO_TIME; 0, or set before the run */
    struct ohm_load load;
};

/* -1 + err: what does not fit, with the layer's name and the numbers. Deterministic. The mesh is config's; net must outlive the mapping. */
int ohm_map_network(const struct ohm_net *net, const struct ohm_config *config, enum ohm_mapping_kind kind,
                    struct ohm_mapping *out, struct ohm_error *err);
/* Again for a bridge whose output buffer holds this many words (2048 in ohm_map_network). */
int ohm_size_windows(struct ohm_mapping *m, int bridge_words, struct ohm_error *err);
void ohm_mapping_free(struct ohm_mapping *m);

/* The mapping report; `full`: with a line per tile. */
void ohm_mapping_print(const struct ohm_mapping *m, int full, FILE *to);
long ohm_mapping_cells(const struct ohm_mapping *m);
const char *ohm_mapping_name(enum ohm_mapping_kind kind);

/* Which input of its layer drives row r of a tile: an index into a window, as the weights count; -1: none, its weights are 0. */
int ohm_tile_row(const struct ohm_mapping *m, int tile, int r);

/* What the host writes into a tile (ohm_tile_image.c). */
typedef int (*ohm_emit)(void *user, unsigned addr, const uint32_t *words, int count);
/* Calls emit for every register but SEQ_BASE and CTRL, in pieces of at most 64 words; first: the first image's number.
 * Stops at, and returns, the first non-zero answer. */
int ohm_tile_registers(const struct ohm_mapping *m, int tile, uint32_t first, ohm_emit emit, void *user);
/* Target codes of device dev (0 plus, 1 minus) of columns 0 … cols-1 of a row. */
void ohm_tile_codes(const struct ohm_mapping *m, int tile, int dev, int row, uint16_t *codes);

/* Steps of ohm_map_network, one file each. */
int ohm_choose_ranges(struct ohm_mapping *m, struct ohm_error *err);        /* ohm_ranges.c: lsb, gain, unit, shift */
int ohm_place_tiles(struct ohm_mapping *m, struct ohm_error *err);          /* ohm_place.c: x, y, then connects */
int ohm_connect_tiles(struct ohm_mapping *m, struct ohm_error *err);        /* ohm_connect.c: routes, credits, feeds */
void ohm_measure_load(const struct ohm_mapping *m, struct ohm_load *out);   /* ohm_connect.c */

#endif
