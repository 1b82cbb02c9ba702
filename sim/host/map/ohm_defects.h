/* SPDX-License-Identifier: Apache-2.0
 * The defect map of a chip: devices that no longer change, and what they conduct. A text file that
 * a chip's test writes and later runs load:
 *
 *   # comment                    empty lines and everything behind a # do not count
 *   defects 1                    the format's number
 *   tiles 256 256                rows and columns of a tile
 *   0 2 plus 17 201 16384        tile X Y, device, row, column, conductance in G_max/2^14
 *
 * A cell with one such device still holds any weight that its other device can make up for; columns
 * with others move to spare ones (ohm_spare.h). */
#ifndef OHM_DEFECTS_H
#define OHM_DEFECTS_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_mapping;

struct ohm_defect {
    int x, y, dev, row, col; /* dev: 0 plus, 1 minus */
    int g;                   /* above that of a device at code 0, G_max/2^14 */
};
#define OHM_DEFECT_G_MAX 65535

struct ohm_defects {
    struct ohm_defect *at; /* in order of tile (y, x), row, column, device */
    size_t count, room;
};

void ohm_defects_free(struct ohm_defects *d);
/* Adds one; a device that is there already gets the new conductance. -1 + err: out of memory. */
int ohm_defects_add(struct ohm_defects *d, const struct ohm_defect *one, struct ohm_error *err);
/* -1 + err: file, line, field, value and what was expected. */
int ohm_defects_load(const char *path, const struct ohm_config *config, struct ohm_defects *out,
                     struct ohm_error *err);
/* `what`: a comment of one line on where it comes from. */
int ohm_defects_save(const char *path, const struct ohm_config *config,
                     const struct ohm_defects *d, const char *what, struct ohm_error *err);
/* Those of a tile's row; *count: how many. */
const struct ohm_defect *ohm_defects_row(const struct ohm_defects *d, int x, int y, int row,
                                         size_t *count);

/* Target codes of the plus and the minus devices of columns 0 … cols-1 of a row (ohm_tile_codes),
 * where the mapping knows of defects with those of partners that make up for them. stuck: of each
 * device of each column whether it is one, [2][columns]; NULL: not wanted. */
void ohm_tile_targets(const struct ohm_mapping *m, int tile, int row, uint16_t *codes[2],
                      uint8_t *stuck[2]);

/* What a cell with these stuck devices (conductance, or -1) can do for plus and minus targets: sets
 * the free device's. Returns what is left of the error. */
int ohm_defects_repair(const int stuck[2], uint16_t *plus, uint16_t *minus);

OHM_API_END

#endif
