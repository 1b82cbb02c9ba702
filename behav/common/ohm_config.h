/* SPDX-License-Identifier: Apache-2.0
 * Named configurations of the chip. */
#ifndef OHM_CONFIG_H
#define OHM_CONFIG_H

#include "ohm_config_table.h"
#include "ohm_error.h"

/* Copies the named configuration (tiny, small, base, large) to *out. */
int ohm_config_find(const char *name, struct ohm_config *out, struct ohm_error *err);

/* Tells whether a crossbar tile stands at (x, y): inside the mesh, by the configuration's pattern. */
int ohm_config_tile(const struct ohm_config *config, int x, int y);

/* Counts the crossbar tiles of the mesh. */
int ohm_config_tiles(const struct ohm_config *config);

#endif
