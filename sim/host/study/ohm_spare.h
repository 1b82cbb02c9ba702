/* SPDX-License-Identifier: Apache-2.0
 * Spare columns: what devices that do not change leave of a weight, after the other device of the
 * cell has made up for what it can, counts against a column; columns with too much of it move to
 * free ones that hold their weights better. COLMAP tells the tile where each column of an output is
 * (docs/reference/numeric.md). */
#ifndef OHM_SPARE_H
#define OHM_SPARE_H

#include <stdio.h>

#include "ohm_api.h"
#include "ohm_mapper.h"

OHM_API_BEGIN

/* A column fails with as much as a single cell that is so far off, in units of G_max/2^14: G_max/32
 * is two read errors of a device. */
#define OHM_SPARE_CELL 512

struct ohm_spare_stats {
    /* columns that failed, of those the ones that were moved; tiles with such columns */
    int failed, moved, tiles;
    double before, after; /* RMS error of a cell over all columns in use, share of G_max */
};

/* Changes place and cols of m's tiles, with coding.spare_columns left free, where m->defects says
 * that it helps: the worst column first, to the free column with the least error; a column stays
 * where no free one is better. `log`: a line per failed column; NULL: none. -1 + err: out of
 * memory. */
int ohm_spare_columns(struct ohm_mapping *m, FILE *log, struct ohm_spare_stats *out,
                      struct ohm_error *err);

OHM_API_END

#endif
