/* SPDX-License-Identifier: Apache-2.0
 * What really happened on the chip, counted: pulses, conversions, steps, buffer accesses, flits,
 * programmed cells.
 *
 * Every back end has a golden model in it or beside it, whose hooks (ohm_golden_hooks.h) tell of
 * each vector and packet; since the golden model agrees with the RTL bit for bit, so do the counts.
 * A timed model that knows its links sets the network's figures itself. */
#ifndef OHM_ACTIVITY_H
#define OHM_ACTIVITY_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_golden_hooks.h"

OHM_API_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

/* What the programming engine does, each apart. */
enum ohm_engine_work {
    OHM_WORK_COARSE, OHM_WORK_FINE, OHM_WORK_FINAL, /* verify reads: one of their 2^K reads */
    OHM_WORK_SET, OHM_WORK_RESET,                   /* pulses; erase pulses too */
    OHM_WORK_COUNT
};
struct ohm_engine_activity {
    uint64_t number;                 /* reads, or pulses, of a row */
    uint64_t ticks, steps, charge;   /* of reads: integration, ramp, Σ as of ohm_tile_activity */
    /* of pulses: columns; devices whose energy their file does not know, of the others femtojoules;
     * width codes */
    uint64_t columns, unknown, fj, width;
};

struct ohm_tile_activity {
    uint64_t vectors, poisoned;
    uint64_t macs;          /* rows in use × outputs, each vector */
    uint64_t pulses;        /* rows driven, each slice */
    uint64_t row_ticks;     /* Σ on-time of rows */
    /* Σ on-time × (G+ + G-) of the row's cells, ticks × G_max/2^14 of the target conductances */
    uint64_t charge;
    uint64_t integrations;  /* columns, each slice */
    uint64_t column_ticks;  /* columns × ticks of the integration */
    uint64_t ramp_steps;    /* of the tile's ramp */
    uint64_t column_steps;  /* comparators × steps */
    uint64_t terms;         /* scanned columns: multiplied, shifted, added */
    uint64_t durations;     /* pulses on the link to the east */
    uint64_t outputs;       /* post-processed */
    uint64_t input_writes, input_reads; /* words of the input buffer */
    uint64_t window_accesses; /* of the buffers in which windows and residuals are assembled */
    uint64_t pool_accesses;   /* words of the block that is pooled */
    uint64_t lines_freed[OHM_REG_STREAM_COUNT]; /* of maps; slots that runs freed */
    uint64_t psum_writes, psum_reads;
    uint64_t output_writes, output_reads;
    uint64_t config_words;  /* register writes */
    uint64_t programmed;    /* devices, by code */
    struct ohm_engine_activity engine[OHM_WORK_COUNT];
    struct ohm_vec_work unit; /* of a vector tile; taken and sent are in the words above */
    uint64_t runs;          /* of its programs, poisoned and stopped ones too */
};

struct ohm_activity {
    struct ohm_config config;
    struct ohm_tile_activity tile[256]; /* by tile number y*16 + x */
    uint64_t router_flits;  /* flits × routers they passed */
    uint64_t link_flits;    /* flits × links between routers */
    uint64_t words_in, words_out; /* host streams, CRC included */
    uint32_t *row_codes[256]; /* Σ target codes of a row's devices; private */
    uint32_t *col_codes[256]; /* the same of a column; private */
    uint16_t *codes[256];   /* [dev][row][col]; private */
    uint32_t *held[256];    /* the same of rows that pulses have programmed, [dev][row]; private */
    int shares;             /* they are another's; private */
    struct ohm_activity *starts, *run; /* ohm_activity_tell_starts; private */
    uint32_t base;
    struct ohm_golden_hooks hooks;
};

/* NULL when out of memory. */
struct ohm_activity *ohm_activity_new(const struct ohm_config *config);
/* Counts of its own over what `of` was told of programming: for a part of the chip's work that runs
 * in parallel and programs nothing. */
struct ohm_activity *ohm_activity_share(const struct ohm_activity *of);
void ohm_activity_free(struct ohm_activity *a);

/* Counts what a golden model tells, from its first packet on; the model must not outlive a. */
void ohm_activity_watch(struct ohm_activity *a, struct ohm_golden *g);
/* Counts apart, too, what vector tiles send before their first vector, number base: once in a run,
 * and once in each of its parts. starts: from ohm_activity_share. -1: out of memory. */
int ohm_activity_tell_starts(struct ohm_activity *a, struct ohm_activity *starts, uint32_t base);
/* For hooks of one's own. */
void ohm_activity_vector(struct ohm_activity *a, unsigned tile, const struct ohm_golden_vector *v);
void ohm_activity_run(struct ohm_activity *a, unsigned tile, const struct ohm_golden_run *run);
void ohm_activity_packet(struct ohm_activity *a, int from, const uint32_t *flits, size_t n);
void ohm_activity_walk(struct ohm_activity *a, unsigned tile, enum ohm_golden_walk step,
                       unsigned stream);
void ohm_activity_engine(struct ohm_activity *a, unsigned tile, const struct ohm_golden_engine *e);

/* Adds what the golden model does not tell: a CREDIT packet for each freed slot and entry of the
 * RETURN tables. */
void ohm_activity_credits(struct ohm_activity *a, const struct ohm_golden *g);
void ohm_engine_add(struct ohm_engine_activity *to, const struct ohm_engine_activity *w);
/* b's counts onto a's (models that run in parallel). */
void ohm_activity_add(struct ohm_activity *a, const struct ohm_activity *b);
/* b's counts off a's, modulo 2^64: what is added later makes up for what is missing now. */
void ohm_activity_subtract(struct ohm_activity *a, const struct ohm_activity *b);
/* Sets all that counts work to 0, not what was programmed: streaming without configuration. */
void ohm_activity_restart(struct ohm_activity *a);

#ifdef __cplusplus
}
#endif

OHM_API_END

#endif
