/* SPDX-License-Identifier: Apache-2.0
 * IDX files of unsigned bytes (the MNIST format), plain or gzip: http://yann.lecun.com/exdb/mnist.
 */
#ifndef OHM_IDX_H
#define OHM_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_error.h"

#define OHM_IDX_DIMS 4

struct ohm_idx {
    int dims;
    size_t shape[OHM_IDX_DIMS];
    size_t count; /* bytes */
    uint8_t *data; /* owned */
};

int ohm_idx_load(const char *path, struct ohm_idx *out, struct ohm_error *err);
void ohm_idx_free(struct ohm_idx *a);

#endif
