/* SPDX-License-Identifier: Apache-2.0
 * The test of a chip's cells, through its pins: all devices are written low, read, written high and
 * read again. A device that has moved by less than half of its range does not change any more. */
#ifndef OHM_FIND_DEFECTS_H
#define OHM_FIND_DEFECTS_H

#include "ohm_api.h"
#include "ohm_defects.h"
#include "ohm_measure.h"
#include "ohm_write.h"

OHM_API_BEGIN

struct ohm_find_stats {
    size_t devices, stuck;
    struct ohm_write_result write; /* with a scheme */
};

/* Tests the cells that the mapping uses and `columns` more of each tile, as far as there are, and
 * adds what it finds to `out`. scheme: the programming engine writes and reads them; NULL: they
 * are loaded by code and read by vectors. The cells hold nothing of use afterwards. -1 + err. */
int ohm_find_defects(struct ohm_measure *g, int columns, const struct ohm_write_scheme *scheme,
                     struct ohm_defects *out, struct ohm_find_stats *stats,
                     struct ohm_error *err);

OHM_API_END

#endif
