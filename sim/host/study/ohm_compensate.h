/* SPDX-License-Identifier: Apache-2.0
 * Global compensation of drift: one factor a tile on the gain of its columns (V. Joshi et al.,
 * "Accurate deep neural network inference using computational phase-change memory", Nature
 * Communications 11, 2473, 2020). */
#ifndef OHM_COMPENSATE_H
#define OHM_COMPENSATE_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_device.h"
#include "ohm_mapper.h"
#include "ohm_physics.h"

OHM_API_BEGIN

/* Reads each tile with probe vectors at time 0 and at m->seconds and multiplies its gain by Σ|Q(0)|
 * / Σ|Q(t)|; where a gain of a layer then passes its range, all of them are halved and the layer's
 * unit with them. The reads are those of the chip's macros (same seed, so the same devices), before
 * their converters. Replaces m->tiles and m->layers by arrays of its own; the old ones stay with
 * their owner. -1 + err: a gain out of any range, no memory; then m is as before. */
int ohm_compensate(struct ohm_mapping *m, const struct ohm_device_model *device,
                   const struct ohm_physics *physics, uint64_t seed, struct ohm_error *err);

/* Makes room for column gains of up to `most` (16384 = one) in all of a layer's tiles: they and the
 * layer's unit are to be halved as often as it returns; the unit here is, and so are the shifts of
 * post-processing, so that the scale's words stay as they were. */
int ohm_gain_room(const struct ohm_mapping *m, int layer, double most, struct ohm_tile_map *tiles,
                  struct ohm_layer_map *l);

OHM_API_END

#endif
