/* SPDX-License-Identifier: Apache-2.0
 * Lays a network onto the mesh: splits layers over tiles, chooses ADC ranges and scales, places
 * tiles, connects them.
 *
 * A layer is twins × replicas × row_parts × col_parts tiles. A row part holds some input bytes of a
 * window: channels [row0, row0 + bytes) of the pixels [kx0, kx0 + kw) of the lines [ky0, ky0 + kh)
 * of the kernel. The row parts of one column part and replica are a chain of partial sums; the last
 * of the chain post-processes. Its outputs go to every tile of the next layers that needs them, or
 * to the host. Replica j walks the block columns j, j + replicas, …
 *
 * A layer that reads a map of more than one pixel walks it (docs/explain/convolution.md): all its
 * tiles get all lines, every pixel whole, or one slice of its channels where whole pixels do not
 * fit. Other layers, and dense ones behind the host's images,
 * read vectors: a line of one pixel, of which each row part gets its own bytes only.
 *
 * Mappings: `pwm`: one in-cell differential pair per weight (|w|·129 in the plus or minus device),
 * one 8-bit input slice, an 8-bit ramp whose LSB is chosen per tile from calibration images; the
 * column gain brings all tiles of a layer to one accumulator unit. `exact`: magnitudes in 2-bit
 * slices over four columns (level·5461), 1-bit input slices, a ramp wide enough for every column
 * sum: with ideal devices acc = W·x·2^ACC_F. struct ohm_coding changes either
 * (docs/explain/sweep.md). */
#ifndef OHM_MAPPER_H
#define OHM_MAPPER_H

#include <stdint.h>
#include <stdio.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_map.h"
#include "ohm_net.h"
#include "ohm_vec_tile.h"

OHM_API_BEGIN

enum ohm_mapping_kind { OHM_MAPPING_PWM, OHM_MAPPING_EXACT };

/* Where a pwm ramp ends. Without calibration images always at the bound. */
enum ohm_range_rule {
    OHM_RANGE_ERROR,   /* where the calibration images' squared error is least */
    OHM_RANGE_LARGEST, /* at their largest charge: none of them is clipped */
    OHM_RANGE_BOUND    /* at the largest charge possible: nothing is clipped */
};

struct ohm_defects; /* ohm_defects.h */

#define OHM_CLASS_WORDS 2 /* of a class packet: class and value */
#define OHM_MESH_MAX 16   /* tiles in a row or column of the mesh */
#define OHM_ASKED_MOST 64 /* tiles whose registers are read at once */
#define OHM_PWM_CODE 129  /* conductance code of one weight step: 127·129 = 16383 */
#define OHM_LANES 4       /* sequences that interleave, where nobody says otherwise */
#define OHM_WEIGHT_BITS 7    /* of a magnitude */
#define OHM_INPUT_BITS 8
#define OHM_EXACT_RAMP 384   /* fits a 10-bit code; 1-bit slices of 2-bit cells: 128 rows */

/* How inputs, weights and column sums are coded. */
struct ohm_coding {
    enum ohm_mapping_kind kind;   /* whose ranges: chosen from calibration, or one level a step */
    /* input slices, highest bits first; together OHM_INPUT_BITS */
    int slice_bits[OHM_INPUT_BITS], slice_count;
    int cell_bits;     /* of a magnitude in one cell; OHM_WEIGHT_BITS: all of it */
    /* positive and negative inputs in reads of their own, subtracted as numbers */
    int apart_inputs;
    int apart_weights; /* so the plus and the minus devices */
    int pulse_count;   /* T pulses instead of one of T ticks */
    int row_groups;    /* rows are driven in so many groups, one after the other */
    int adc_bits;      /* of a pwm ramp */
    int links;         /* layers pass durations on the tiles' links */
    int spare_columns; /* that a tile's outputs leave free */
    int copies;        /* of a weight at most, where columns are free */
    int lanes;         /* sequences that interleave, in a network of sequences */
};

struct ohm_route { /* one ROUTE entry */
    unsigned type, x, y, host, mc, chan;
    int first, count, offset, credit;
    int back;       /* carries a state to the step after */
    int tiles[OHM_MESH_MAX]; /* destinations, in order of the credit entries; none when host */
    int tile_count;
};

struct ohm_return { /* one RETURN entry: a producer */
    int psum, stream, host, tile, chan;
};

enum { OHM_STREAM_MAIN, OHM_STREAM_RESIDUAL, OHM_STREAMS_USED }; /* streams of a tile */

struct ohm_stream_map {
    int lines;        /* of an image; 0: the stream is not used */
    int need;         /* lines that must fit at once */
    /* words in the input buffer; words of a slot; words that complete a line */
    int base, size, expect, log2_slots;
};

struct ohm_tile_map {
    /* a vector tile: what it is loaded with, checked by ohm_vec_tile_check; NULL: a crossbar tile.
     * The mapping frees nothing of it. */
    const struct ohm_vec_tile *vec;
    int loop; /* tiles with the same number above 0 hang together in a loop; 0: in none */
    int layer, row_part, col_part, replica, twin;
    /* which twin of from[i], last of the residual's layer, feeds it */
    uint8_t source_twin[OHM_FROM_MAX + 1];
    int x, y;
    int row0, bytes, ky0, kh, kx0, kw; /* its piece of the window */
    int slice;                        /* of the pixel's channels, which holds row0 */
    /* kh·kw·bytes; its outputs; sensed columns up to the last in use */
    int rows, out0, outs, cols;
    int columns;                      /* of its outputs: cols before any moved */
    /* where each column of its outputs is: in order, until some are moved to spares */
    uint8_t place[OHM_REG_COLMAP_COUNT];
    int tail;                         /* last of its chain */
    /* durations come from the tile in the west, leave to the one in the east */
    int link_in, link_out;
    int bias_first, bias_rows;        /* link_out: rows that hold the bias */
    int block_cols, windows;          /* block columns that it walks; windows per image */
    struct ohm_stream_map streams[OHM_STREAMS_USED];
    uint32_t lsb;                     /* MACRO_LSB */
    int rs[OHM_INPUT_BITS];           /* ramp scale of each input slice, lowest bits first */
    unsigned gain;                    /* of every column, 16384 = one */
    int calibrated;                   /* of each column instead, and a trim: */
    uint16_t gains[OHM_REG_COLMAP_COUNT];
    int16_t trims[OHM_REG_COLMAP_COUNT];
    int shift;                        /* post-process */
    /* calibration: share of conversions clipped; share of the ramp never reached; mean of the
     * slices */
    double clipped, unused;
    struct ohm_route routes[OHM_REG_ROUTE_COUNT];
    int route_count, credit_count;
    struct ohm_return returns[OHM_REG_RETURN_COUNT];
    int return_count;
};

struct ohm_layer_map {
    int row_parts, col_parts, replicas, first_tile, tiles; /* ohm_tile_index */
    /* how often all of that stands there, each time for other readers (ohm_twins.c) */
    int twins;
    int walk;             /* reads lines through a walker */
    int by_lines;         /* its windows are walked and pooled a row at a time */
    int packed;           /* a column part has the rows of its own groups only */
    int copies;           /* of each weight, in columns of their own whose codes are added */
    int slices, residual_slices; /* of the channels of the maps it reads: a tile gets one */
    int pixel_bytes;      /* of its input: each source's channels begin at a word boundary */
    int *channel;         /* of each of these bytes, as the weights count them; -1: a gap */
    int source_word[OHM_FROM_MAX]; /* where the channels of from[i] begin in a pixel */
    int cut;              /* its rows are cut at multiples of so many bytes */
    /* what vector tiles send, which lies first: so many multiples of it, in row parts of their own
     * (0: rows are cut evenly) */
    int state_units, state_parts;
    /* bytes from one pixel to the next in the lines it reads; at least pixel_bytes */
    int pitch, residual_pitch;
    int out_step;         /* words from one pixel to the next in the lines that its readers want */
    double unit;       /* accumulator units per unit of W·x */
    double full_scale; /* span of W·x that the converters of one chain cover together */
};

/* from the host: the lines of the images, or a row part of a vector, to some tiles of one mesh
 * column */
struct ohm_feed {
    int lines;        /* of an image, or of a step */
    int line_bytes;   /* of the image, from one line to the next */
    int word0, words; /* of the line */
    int offset;       /* of these words in the reader's slot */
    unsigned x, y, mc, chan;
    int tiles[OHM_MESH_MAX];
    int tile_count;
};

struct ohm_load { /* of the links, per image, in flits */
    long busiest;     /* flits on the busiest link between routers, or between bridge and mesh */
    int bx, by;       /* router it leaves … */
    char direction;   /* … by this port: N E S W; I: the bridge's way in */
    long hops;        /* flits × links */
    int64_t squares;  /* Σ flits² over all links: what placement makes small */
};

struct ohm_mapping {
    const struct ohm_net *net;
    struct ohm_config config; /* with the mesh in use */
    enum ohm_mapping_kind kind; /* = coding.kind */
    struct ohm_coding coding;
    enum ohm_range_rule range;
    int tile_count;
    struct ohm_tile_map *tiles;
    struct ohm_vector_tile *vectors; /* what the vector tiles are loaded with */
    int vector_count;
    struct ohm_layer_map *layers;
    struct ohm_feed *feeds;
    int feed_count;
    int readers_most;  /* of a tile */
    int tight;         /* layer whose lines found no room; -1: none */
    int sketch;        /* placed in a fraction of the time: links are longer than they need be */
    int grouped;       /* tiles that get the same part of a vector stand above each other */
    int log2_slots;    /* most input slots of a stream */
    int result_window; /* images whose results the bridge can hold at once */
    uint32_t seconds;  /* MACRO_TIME; 0, or set before the run */
    const struct ohm_defects *defects; /* of the chip, for targets; NULL: none are known */
    int vmm_cycles;    /* from one window to the next in a busy tile */
    struct ohm_load load;
};

/* The coding that a mapping has when nothing is changed. */
void ohm_coding_default(enum ohm_mapping_kind kind, struct ohm_coding *out);
/* "4+4", "2+3+3", "8x1": highest bits first. */
int ohm_coding_slices(const char *text, struct ohm_coding *c, struct ohm_error *err);
/* replicas: of each layer, NULL or 0: as many as the mesh has room for, the busiest layer first. -1
 * + err: what does not fit, with the layer's name and the numbers. Deterministic. The mesh is
 * config's; net must outlive the mapping. */
int ohm_map_replicated(const struct ohm_net *net, const struct ohm_config *config,
                       const struct ohm_coding *coding, const int *replicas,
                       struct ohm_mapping *out, struct ohm_error *err);
/* The same without wishes, for replicas or coding. */
int ohm_map_network(const struct ohm_net *net, const struct ohm_config *config,
                    enum ohm_mapping_kind kind, struct ohm_mapping *out, struct ohm_error *err);
/* The tiles alone: which there are and what each has to do, neither placed nor connected, without
 * ranges. Quick, and a little hopeful: routes may leave room for fewer replicas. */
int ohm_map_tiles(const struct ohm_net *net, const struct ohm_config *config,
                  const struct ohm_coding *coding, struct ohm_mapping *out, struct ohm_error *err);
/* The whole mapping, but placed in a fraction of the time: of many tiles, their links are longer
 * than they need be. */
int ohm_map_sketch(const struct ohm_net *net, const struct ohm_config *config,
                   const struct ohm_coding *coding, struct ohm_mapping *out, struct ohm_error *err);
/* Again for a bridge whose output buffer holds this many words (2048 in ohm_map_network). */
int ohm_size_windows(struct ohm_mapping *m, int bridge_words, struct ohm_error *err);
/* Chooses the ranges again by another rule than OHM_RANGE_ERROR; places stay. */
int ohm_set_ranges(struct ohm_mapping *m, enum ohm_range_rule rule, struct ohm_error *err);
void ohm_mapping_free(struct ohm_mapping *m);

/* The mapping report; `full`: with a line per tile. */
void ohm_mapping_print(const struct ohm_mapping *m, int full, FILE *to);
/* Cells in use, and those of the crossbar tiles in use. */
long ohm_mapping_cells(const struct ohm_mapping *m);
long ohm_mapping_cells_there(const struct ohm_mapping *m);
const char *ohm_mapping_name(enum ohm_mapping_kind kind);

static inline int ohm_tile_index(const struct ohm_layer_map *l, int twin, int replica, int row_part,
                                 int col_part)
{
    return l->first_tile + ((twin * l->replicas + replica) * l->row_parts + row_part) * l->col_parts
           + col_part;
}

/* Which input of its layer drives row r of a tile: an index into a window, as the weights count;
 * -1: none, its weights are 0. */
int ohm_tile_row(const struct ohm_mapping *m, int tile, int r);
/* The sequences of `lanes` images run side by side, a step of each in turn: what the host sends,
 * and what comes back, is numbered by frames. Frame f is a step of an image; without sequences it
 * is the image. */
static inline int ohm_lanes(const struct ohm_mapping *m)
{
    return m->net->steps ? m->coding.lanes : 1;
}

static inline uint32_t ohm_frames(const struct ohm_mapping *m) /* of a round of images */
{
    return (uint32_t)(ohm_lanes(m) * ohm_net_steps(m->net));
}

static inline uint32_t ohm_frame_image(const struct ohm_mapping *m, uint32_t frame)
{
    const uint32_t lanes = (uint32_t)ohm_lanes(m);
    return frame / ohm_frames(m) * lanes + frame % lanes;
}

static inline int ohm_frame_step(const struct ohm_mapping *m, uint32_t frame)
{
    return (int)(frame / (uint32_t)ohm_lanes(m) % (uint32_t)ohm_net_steps(m->net));
}

/* Windows per image of the busiest tile × vmm_cycles; *layer: whose tile. */
long ohm_bottleneck(const struct ohm_mapping *m, int *layer);
/* Cycles after which a chip that says nothing is stuck: more than any right one is silent for.
 * While it is configured, or, with streaming, while images pass. */
long ohm_patience(const struct ohm_mapping *m, int streaming);
/* The mesh with its tiles and the load of its links, as SVG. */
int ohm_mapping_draw(const struct ohm_mapping *m, const char *path, struct ohm_error *err);

#define OHM_READS_MAX 16 /* SLICE entries */
struct ohm_read { /* one slice entry */
    int slice;          /* 0: lowest bits */
    int lo, width;
    int in, dev, neg;   /* as SLICE has them */
    int first, last;    /* rows of the tile */
};
/* ohm_coding.c. The reads of one vector, lowest slice first; the reads of a slice lie together.
 * Returns their number. */
int ohm_tile_reads(const struct ohm_mapping *m, int tile, struct ohm_read reads[OHM_READS_MAX]);
/* Ends of the ramp of a layer's tiles. */
void ohm_layer_ramp(const struct ohm_mapping *m, int layer, int *start, int *stop);
/* Cycles between two vectors of a busy tile with so many columns in use. */
int ohm_coding_cycles(const struct ohm_coding *c, const struct ohm_config *config, int columns);
/* What differs from the mapping's own coding, as options; empty when nothing does. */
void ohm_coding_text(const struct ohm_coding *c, char *text, size_t size);

/* What the host writes into a tile (ohm_tile_image.c). */
typedef int (*ohm_emit)(void *user, unsigned addr, const uint32_t *words, int count);
/* Calls emit for every register but SEQ_BASE and CTRL, in pieces of at most 64 words; first: the
 * first image's number. Stops at, and returns, the first non-zero answer. */
int ohm_tile_registers(const struct ohm_mapping *m, int tile, uint32_t first, ohm_emit emit,
                       void *user);
/* Target codes of device dev (0 plus, 1 minus) of columns 0 … cols-1 of a row, of a chip without
 * defects (ohm_tile_targets). */
void ohm_tile_codes(const struct ohm_mapping *m, int tile, int dev, int row, uint16_t *codes);

/* Words of a packet's payload from the host at most: what bridge and routers let through. */
static inline int ohm_packet_words(const struct ohm_config *config)
{
    return config->cols > 64 ? config->cols : 64;
}

OHM_API_END

#endif
