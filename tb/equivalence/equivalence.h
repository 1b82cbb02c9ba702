/* SPDX-License-Identifier: Apache-2.0
 * What the files of the equivalence test share: a random chip with its vectors, and what one model
 * made of it. */
#ifndef EQUIVALENCE_H
#define EQUIVALENCE_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_backend.h"
#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_physics.h"
#include "ohm_vec_random.h"

enum {
    TILES = 4,
    SIDE = 16,
    LONG_SIDE = 32, /* lines of descriptors beside the first */
    VECTORS_MAX = 24,
    SUMS = OHM_DESC_MAX, /* feed of a descriptor's partial sums: SUMS + its number */
    FEEDS = 2 * OHM_DESC_MAX,
    IMAGES = 3,
    LINE_WORDS = 64,
    HOST_ENTRY = 0,
    TILE_ENTRY = 1,
    ROUND = 400,
    PATIENCE = 100,
    BAD_KINDS = 8,
    VECS = 4,
    SILENCE = 100 /* rounds after which a vector unit has ended */
};

struct feed {                          /* vectors or lines of one stream that the host sends */
    unsigned words, parts, log2_slots; /* of a vector; packets of one */
    uint32_t first, count;
};

struct walk { /* a walker's registers, and the stream it reads */
    unsigned on, is_signed, stream, lines, pixels, pitch, from, count, height, width, stride;
    unsigned across, pad;
    int top, left;
};

struct more { /* a descriptor beside the first */
    unsigned rows, cols, outs, back;
    uint32_t desc, size, lsb, slice[2 * OHM_REG_SLICE_COUNT], ext[OHM_REG_SLICE_COUNT],
        colmap[LONG_SIDE], bias[LONG_SIDE], scale[LONG_SIDE], trim[LONG_SIDE], refcoef[LONG_SIDE],
        drive[LONG_SIDE];
    struct feed feed, sums; /* sums: count 0 without partial sums */
};

struct change { /* bits of a register that may be set to make a descriptor illegal */
    unsigned addr;
    uint32_t good;
    unsigned first, bits;
};

struct tile {
    unsigned x, y;
    int in, psum; /* tile that sends its input (-1: the host), its partial sums (-1: none) */
    int to;       /* tile it sends to, -1: none */
    int to_psum;
    unsigned rows, cols, outs, mode;
    uint32_t desc, size, slice[2 * OHM_REG_SLICE_COUNT], lsb, colmap[SIDE], bias[SIDE], scale[SIDE],
        table[256], trim[SIDE], refcoef[SIDE], ext[OHM_REG_SLICE_COUNT];
    unsigned log2_slots, parts; /* packets of a vector from the host */
    int early_stop;

    unsigned mask, lag; /* of ORDER; 0: descriptor 0 */
    struct more more[OHM_DESC_MAX];
    struct walk walk[2];
    /* of the descriptor's stream, of the residual's, of the other descriptors', of their partial
     * sums; count 0: another tile makes it, or nobody */
    struct feed feed[FEEDS];
    unsigned block_rows, block_cols, block_first, block_step, pool, pool_mean;
    uint32_t ramp_tab[256];
    uint32_t link, link_bias;
    uint32_t rscale, class0, expect_words; /* of the descriptor's stream */
    unsigned leave_parts,
        leave_step; /* vectors that leave to a line of the receiver; words from one to the next */
    uint32_t leave_first,
        leave_count; /* number of the receiver's first line; vectors that leave in all */
};

struct vec_place { /* a vector tile, its program and vectors */
    unsigned x, y, log2_slots, offset;
    struct ohm_vec_case c;
    uint32_t sent[OHM_VEC_STREAMS], limit[OHM_VEC_STREAMS];
};

struct problem {
    uint64_t random;
    struct ohm_config config;
    const struct ohm_device_model *device;
    struct ohm_physics physics;
    uint64_t seed;
    int tiles; /* that take part */
    struct tile tile[TILES];
    int copies[TILES]; /* the tile's feed goes to this tile too, -1: none; such a tile has no feed
                        */
    int vecs;
    struct vec_place vec[VECS];
    uint32_t first, vectors, time;
    int maps;  /* tiles may walk windows */
    int bad;   /* broken packets are sent */
    int lossy; /* parts of vectors get lost; otherwise vectors come as poison. Not both: poison does
                  not show that one is lost */
};

struct seen { /* a packet to the host */
    uint64_t cycle;
    size_t n, at; /* words in `words` from `at` on */
};

struct trace { /* of one run */
    struct seen *seen;
    size_t count, capacity;
    uint32_t *words;
    size_t used, room;
    uint32_t counter[TILES][OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT - OHM_REG_CNT_VMM];
    int geff[TILES][3][SIDE][SIDE]; /* both devices, plus, minus; the cells in use */
    uint64_t end;
};

/* A number below `below`; the same sequence in every run of a case. */
unsigned draw(struct problem *p, unsigned below);
int chance(struct problem *p, unsigned percent);
/* Ends the program with the error's line when failed is not 0. */
void must(int failed, const struct problem *p, const char *what, const struct ohm_error *err);
/* Whether another tile's feed goes to this one too. */
int copied(const struct problem *p, int tile);

/* Slices of a descriptor, into t. */
void random_slices(struct problem *p, struct tile *t);
/* several.c: the tile's other descriptors are drawn, set up (entry: the first free RETURN), spoilt;
 * results of the tile for the host, of all descriptors. */
void random_several(struct problem *p, int i);
void configure_several(const struct problem *p, const struct ohm_backend *b, const struct tile *t,
                       unsigned entry);
struct change bad_several(struct problem *p, const struct tile *t);
uint32_t results_of(const struct problem *p, const struct tile *t);
/* Tile i, without what the maps need; the others are there up to i - 1. */
void random_tile(struct problem *p, int i);
/* Whether tile i walks, and over what; its numbers. */
void random_map(struct problem *p, int i);
/* The case of this number for a configuration. */
void random_problem(struct problem *p, const struct ohm_config *config, uint64_t seed);

/* A packet of the host's; what a tile refuses becomes an event, and the test goes on. */
int send_packet(const struct ohm_backend *b, int class, struct ohm_header h,
                const uint32_t *payload);
/* A header for tile t. */
struct ohm_header to_tile(const struct tile *t, unsigned type);
void write_registers(const struct ohm_backend *b, const struct tile *t, unsigned addr,
                     const uint32_t *words, unsigned n);
void write_one(const struct ohm_backend *b, const struct tile *t, unsigned addr, uint32_t word);
void configure_tile(struct problem *p, const struct ohm_backend *b, int i);
/* A packet that a tile or its registers refuse. */
void send_bad(struct problem *p, const struct ohm_backend *b);
/* Enables tile i with a field of its descriptor made illegal, or changed at least; then puts the
 * register back. */
void enable_bad(struct problem *p, const struct ohm_backend *b, int i);

/* vector.c: vector tiles are drawn, freed, set up, enabled and started, fed (more is to come: 1),
 * get their credits; k-th question about what they hold (more follow: 1). */
void random_vectors(struct problem *p);
void free_vectors(struct problem *p);
void configure_vectors(struct problem *p, const struct ohm_backend *b);
void enable_vectors(const struct problem *p, const struct ohm_backend *b);
int feed_vectors(struct problem *p, const struct ohm_backend *b);
void credit_vectors(struct problem *p, const struct ohm_header *h);
int ask_vectors(struct problem *p, const struct ohm_backend *b, unsigned k);

/* Drives one model through the whole case and notes what came. */
void run_problem(struct problem *p, const struct ohm_backend *b, struct trace *t);
void free_trace(struct trace *t);
/* Tile at these coordinates, -1: none of the case's. */
int tile_at(const struct problem *p, unsigned x, unsigned y);

#endif
