/* SPDX-License-Identifier: Apache-2.0
 * Files of what each image left in each layer: NAME.npy, u8 or int8 (images, lines, pixels,
 * channels), and of the last layer float64 (images, outputs) in units of the network's own
 * integers. */
#ifndef OHM_OUTPUTS_H
#define OHM_OUTPUTS_H

#include "ohm_figures.h"

struct ohm_outputs; /* opaque */

/* Makes the directory and the files, for images first … first+count-1 that the figures will tell
 * of. NULL + err. */
struct ohm_outputs *ohm_outputs_new(const char *directory, const struct ohm_mapping *m,
                                    struct ohm_figures *figures, uint32_t first, uint32_t count,
                                    struct ohm_error *err);
/* Ends the files when every image has been told of; else, or with keep 0, leaves none. -1 + err.
 * NULL is nothing to end. */
int ohm_outputs_end(struct ohm_outputs *o, int keep, struct ohm_error *err);

#endif
