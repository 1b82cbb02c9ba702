/* SPDX-License-Identifier: Apache-2.0
 * Measured conductances, one .npy file a tile: DIR/tile-X-Y.npy, float32 or float64, shape (2,
 * rows, columns), µS, plus devices first. A tile without a file is as programmed. */
#ifndef OHM_MAPS_H
#define OHM_MAPS_H

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_error.h"
#include "ohm_physics.h"

OHM_API_BEGIN

struct ohm_maps; /* opaque: owns the numbers */

/* Enters the maps into the physics, which must not outlive them. NULL + err also when DIR has no
 * map for the mesh. */
struct ohm_maps *ohm_maps_load(const char *directory, const struct ohm_config *config,
                               struct ohm_physics *physics, struct ohm_error *err);
void ohm_maps_free(struct ohm_maps *m);

OHM_API_END

#endif
