/* SPDX-License-Identifier: Apache-2.0
 * A tile's cells programmed by pulses and verify reads: the programming engine driven through
 * packets (docs/reference/programming.md). A scheme is a file of parameters; what comes of it is
 * what the reports say. */
#ifndef OHM_WRITE_H
#define OHM_WRITE_H

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"
#include "ohm_param.h"

OHM_API_BEGIN

/* Parameters of a scheme; the same of both phases stand side by side. */
enum ohm_write_param {
    OHM_WRITE_LEVELS, OHM_WRITE_PART, OHM_WRITE_ERASE, OHM_WRITE_ERASE_COUNT, OHM_WRITE_ERASE_AMP,
    OHM_WRITE_ERASE_WIDTH, OHM_WRITE_RELAX, OHM_WRITE_PHASE0,
    OHM_WRITE_TICK_BITS = OHM_WRITE_PHASE0, OHM_WRITE_AVERAGE, OHM_WRITE_MARGIN, OHM_WRITE_LIMIT,
    OHM_WRITE_FIRST, OHM_WRITE_SET_AMP0, OHM_WRITE_SET_AMP_STEP, OHM_WRITE_SET_AMP_MAX,
    OHM_WRITE_SET_WIDTH0, OHM_WRITE_SET_WIDTH_MAX, OHM_WRITE_RESET_AMP0, OHM_WRITE_RESET_AMP_STEP,
    OHM_WRITE_RESET_AMP_MAX, OHM_WRITE_RESET_WIDTH0, OHM_WRITE_RESET_WIDTH_MAX,
    OHM_WRITE_AIM, OHM_WRITE_PHASE1, OHM_WRITE_PHASE_COUNT = OHM_WRITE_PHASE1 - OHM_WRITE_PHASE0,
    OHM_WRITE_COUNT = OHM_WRITE_PHASE1 + OHM_WRITE_PHASE_COUNT
};

struct ohm_write_scheme {
    struct ohm_param param[OHM_WRITE_COUNT + 1];
};

void ohm_write_default(struct ohm_write_scheme *s);
/* From a file (ohm_param.h). */
int ohm_write_load(const char *path, struct ohm_write_scheme *s, struct ohm_error *err);
/* Of a phase (0, 1), the parameter as phase 0 has it. */
static inline unsigned ohm_write_value(const struct ohm_write_scheme *s, int phase,
                                       enum ohm_write_param p)
{
    return (unsigned)s->param[p + phase * OHM_WRITE_PHASE_COUNT].value;
}

#define OHM_WRITE_BINS 8
struct ohm_write_result { /* adds up over rows and runs */
    uint64_t rows, devices, cells; /* rows of one device; cells that were not left alone */
    uint64_t iterations, iterations_max; /* of a row of one device */
    uint64_t fails, cell_pulses;
    uint64_t reads, pulses; /* of a row each, as the engine counts them; measuring too */
    uint64_t repaired; /* cells whose other device makes up for one that failed */
    uint64_t error[OHM_WRITE_BINS]; /* cells by the codes they are off at the final read */
};

struct ohm_write_array {
    struct ohm_backend *b;
    const struct ohm_config *config;
    int x, y;
    unsigned first, rows; /* of the array that are worked on, from this row on */
    /* target codes of G_max/2^14, [2][ROWS][COLS]; above 2^14: left alone */
    const uint16_t *codes;
    /* nothing is pulsed, `codes` do not matter, and reports are the codes of a read: plus device in
     * bits 15:0, minus device above, a word a column */
    int measure;
    /* called with what a row's report says: words of it; NULL: not wanted */
    void (*report)(void *user, unsigned row, const uint32_t *words);
    void *user;
};

/* Programs rows of a tile that is disabled and leaves it so. With `relax` of the scheme they are
 * programmed again, from where they are, when that many seconds have passed (MACRO_TIME, which
 * stays there); what is accepted, failed and off is as of that pass. 0, or -1 + err. */
int ohm_write_rows(const struct ohm_write_array *a, const struct ohm_write_scheme *s,
                   struct ohm_write_result *out, struct ohm_error *err);
/* MACRO_TIME of a tile that is disabled. */
int ohm_write_time(const struct ohm_write_array *a, uint32_t seconds, struct ohm_error *err);
/* The cells of a mapping's tile. Then those with one device that failed are measured, and the other
 * device gets what makes their difference right. */
int ohm_write_tile(struct ohm_backend *b, const struct ohm_mapping *m, int tile,
                   const struct ohm_write_scheme *s, struct ohm_write_result *out,
                   struct ohm_error *err);
/* The same of the rows whose `chosen` is not 0 alone, with targets `scale` times what they should
 * be, for a tile whose gains make up for the rest. */
int ohm_write_tile_rows(struct ohm_backend *b, const struct ohm_mapping *m, int tile,
                        const uint8_t *chosen, double scale, const struct ohm_write_scheme *s,
                        struct ohm_write_result *out, struct ohm_error *err);
/* Words of a report for one device. */
static inline unsigned ohm_write_words(const struct ohm_config *c)
{
    return 6 + ((unsigned)c->cols + 31) / 32;
}

OHM_API_END

#endif
