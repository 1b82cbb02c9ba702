/* SPDX-License-Identifier: Apache-2.0
 * Compensation of drift by reads through the chip: one factor a tile on the gain of its columns (V.
 * Joshi et al., "Accurate deep neural network inference using computational phase-change memory",
 * Nature Communications 11, 2473, 2020), and with reference rows one for each column. */
#ifndef OHM_COMPENSATE_H
#define OHM_COMPENSATE_H

#include "ohm_api.h"
#include "ohm_mapper.h"
#include "ohm_measure.h"
#include "ohm_write.h"

OHM_API_BEGIN

struct ohm_compensated {
    double least, most; /* of the tiles' factors: what they conducted by what they conduct */
    double weight;      /* 0 to 1, mean of the tiles: how much a column's own references count */
};

/* Rows below those in use, so many in each tile, get a known conductance in their plus devices: by
 * the engine with a scheme, else by code. -1 + err: a tile has fewer free ones. */
int ohm_load_references(struct ohm_measure *g, int rows, const struct ohm_write_scheme *scheme,
                        struct ohm_write_result *write, struct ohm_error *err);

/* Reads each programmed tile of m at time g->from and at m->seconds and multiplies its gain by what
 * was read then over what is read now; where a gain of a layer then passes its range, all of them
 * are halved and the layer's unit with them. references 0: the sum of the magnitudes of all
 * columns' answers to 16 probe vectors, which together drive each row once. references > 0: so many
 * rows of ohm_load_references, read one by one; a column's own references count as far as the
 * columns differ by more than their references do among themselves. Replaces m->tiles and m->layers
 * by arrays of its own; the old ones stay with their owner. -1 + err: a gain out of any range, no
 * memory; then m is as before. */
int ohm_compensate(struct ohm_mapping *m, struct ohm_measure *g, int references,
                   struct ohm_compensated *out, struct ohm_error *err);

/* The same by factors that are known already, one for each tile. */
int ohm_compensate_by(struct ohm_mapping *m, const double *factors, struct ohm_error *err);

/* Makes room for column gains of up to `most` (16384 = one) in all of a layer's tiles: they and the
 * layer's unit are to be halved as often as it returns; the unit here is, and so are the shifts of
 * post-processing, so that the scale's words stay as they were. */
int ohm_gain_room(const struct ohm_mapping *m, int layer, double most, struct ohm_tile_map *tiles,
                  struct ohm_layer_map *l);

OHM_API_END

#endif
