/* SPDX-License-Identifier: Apache-2.0
 * Spare columns: after a trial programming each column of a tile is verified cell by cell; columns
 * that fail are moved to free ones that hold their weights better. COLMAP tells the tile where each
 * column of an output is (docs/reference/numeric.md). */
#ifndef OHM_SPARE_H
#define OHM_SPARE_H

#include <stdint.h>
#include <stdio.h>

#include "ohm_api.h"
#include "ohm_device.h"
#include "ohm_mapper.h"
#include "ohm_physics.h"

OHM_API_BEGIN

#define OHM_SPARE_FACTOR \
    4 /* a column fails when its squared error is so many times the median of its tile's */

struct ohm_spare_stats {
    /* columns that failed, of those the ones that were moved; tiles with such columns */
    int failed, moved, tiles;
    double before, after;        /* RMS error of a cell over all columns in use, share of G_max */
};

/* Verifies the cells of m's tiles, as they are with coding.spare_columns left free, and changes
 * place and cols of the tiles where that helps: the worst column first, to the free column with the
 * least error; a column stays where no free one is better. The devices are those of the chip's
 * macros (same seed). `log`: a line per failed column; NULL: none. -1 + err: out of memory. */
int ohm_spare_columns(struct ohm_mapping *m, const struct ohm_device_model *device,
                      const struct ohm_physics *physics, uint64_t seed, FILE *log,
                      struct ohm_spare_stats *out, struct ohm_error *err);

OHM_API_END

#endif
