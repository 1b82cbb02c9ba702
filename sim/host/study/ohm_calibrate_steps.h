/* SPDX-License-Identifier: Apache-2.0
 * One tile's measurement and what the calibration makes of it. Private to ohm_calibrate*.c. */
#ifndef OHM_CALIBRATE_STEPS_H
#define OHM_CALIBRATE_STEPS_H

#include "ohm_calibrate.h"
#include "ohm_tile_io.h"

enum { SIDE = OHM_REG_COLMAP_COUNT, HOST_PSUM = 15, GAIN_ONE = 16384, SCALE = 16384 };

struct sums { /* of one column, exact */
    int64_t y, yy, yp; /* from the chip */
    int64_t p, pp;     /* of what it should be */
};

struct run { /* one tile */
    struct ohm_mapping m; /* with the tile as it calibrates: ramp scales 0, no routes */
    int tile;
    struct ohm_backend *b;
    struct ohm_error *err;
    uint32_t vectors;
    int programmed;       /* the cells are what they should be */
    struct ohm_read reads[OHM_READS_MAX];
    int read_count, start, stop;
    int64_t weight;       /* sum over the reads of +-2^lo */
    int64_t operating;    /* the same with the ramp scales of the run: +-2^(lo + rs) */
    int16_t (*codes)[SIDE][SIDE]; /* plus, minus: row, column */
    int64_t *ideal;       /* vector, column: sum over the reads of +-2^lo times the charge */
    int16_t *expected;    /* the same as y0 should be */
    int64_t most;         /* largest charge of a read */
    int shift;
    /* corrected gains and trims, as often as it takes for the largest to fit; y0 follows */
    int halved;
    uint32_t limit;       /* first partial sum that may not be sent yet */
    uint32_t first;       /* number of the first vector */
    int answered;
    uint32_t answer;
    struct sums sums[SIDE];
    int64_t least, largest; /* expected, over all columns and vectors */
};

/* of a column: y = slope expected + offset; offset in accumulator units of one read */
struct line {
    int good;
    double slope, offset;
};

/* Measures with vectors of this seed until nothing is clipped. fix: of each column, NULL: none. */
int ohm_calibrate_measure(struct run *g, uint64_t seed, const struct line *fix);
/* -1 + err: a trim that its register cannot hold. */
int ohm_calibrate_too_far(const struct ohm_tile_map *t, int column, double trim,
                          struct ohm_error *err);

#endif
