/* SPDX-License-Identifier: Apache-2.0
 * Linear correction of columns by what the tiles measure themselves (docs/explain/calibration.md):
 * random vectors from a tile's own generator, sums in the tile, a straight line for each column by
 * the host, written back to the column's gain and trim. */
#ifndef OHM_CALIBRATE_H
#define OHM_CALIBRATE_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"

OHM_API_BEGIN

struct ohm_column_errors { /* of all columns that were fitted, before or after the correction */
    double spread;  /* standard deviation of their slopes, 1 = as it should be */
    double worst;   /* largest |slope - 1| */
    double offset;  /* root mean square of their offsets, in codes of one read */
    double error;   /* standard deviation of what a column reads from what it should, over all
                       vectors, as a share of largest less least of what it should over all
                       columns and vectors of its tile; root mean square of the tiles */
    double own;     /* the same as a share of the standard deviation of what it should */
};

struct ohm_calibrated {
    uint32_t vectors;     /* of a tile, in each of the two measurements */
    int tiles, columns;   /* columns: fitted */
    /* columns that no line could be fitted to: they never change, or hardly follow; left as they
     * were */
    int flat;
    uint64_t cycles;
    struct ohm_column_errors before, after; /* after: with other vectors */
};

struct ohm_calibrated_tile { /* of one tile */
    int x, y, fitted, columns;
    struct ohm_column_errors before, after;
};
typedef void (*ohm_calibrated_fn)(void *user, const struct ohm_calibrated_tile *t);

/* Measures every tile of m on a chip of its own at b, tile after tile: configures it and, unless
 * `programmed` says that its cells are what they should be, programs it, feeds `vectors` (2 to
 * 65535) expected outputs, reads the sums, corrects, and measures again. seed: of the vectors.
 * Replaces m->tiles and m->layers by arrays of its own, as ohm_compensate does. done: told of each
 * tile with columns that were fitted; NULL: nobody. -1 + err: the chip answers otherwise than it
 * should, or a correction that its registers cannot hold. */
int ohm_calibrate(struct ohm_mapping *m, struct ohm_backend *b, int programmed, uint32_t vectors,
                  uint64_t seed, ohm_calibrated_fn done, void *user, struct ohm_calibrated *out,
                  struct ohm_error *err);

OHM_API_END

#endif
