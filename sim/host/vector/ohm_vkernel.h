/* SPDX-License-Identifier: Apache-2.0
 * The shipped kernels (sim/kernels/) as layers of networks: which there are, and the program of one
 * layer, with its sizes, formats and the routes that its tile has. */
#ifndef OHM_VKERNEL_H
#define OHM_VKERNEL_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_asm.h"
#include "ohm_error.h"

OHM_API_BEGIN

enum {
    OHM_VKERNEL_STREAMS = 2, /* that a kernel takes at most */
    OHM_VKERNEL_VALUES = 12,
    OHM_VKERNEL_ARRAYS = 2
};

struct ohm_vkernel {
    const char *name;
    int size[OHM_VKERNEL_STREAMS + 1]; /* elements of each stream in multiples of the outputs; 0 */
    const char *text;
};

struct ohm_vkernel_value { /* of a param of the text */
    char name[32];
    int value;
};

struct ohm_vkernel_array { /* words of a vector of the text */
    char name[32];
    int32_t *words;
    int count;
};

/* What one route of the tile carries: outputs [first, first + count) of what the text sends on its
 * route `route`. */
struct ohm_vkernel_part {
    int route, first, count;
};

/* A kernel as a layer has it. */
struct ohm_vkernel_use {
    const struct ohm_vkernel *kernel;
    int outputs, is_signed, out_signed; /* elements; streams, what leaves: s8, not u8 */
    int steps, lanes;
    const struct ohm_vkernel_value *values;
    int value_count;
    const struct ohm_vkernel_array *arrays;
    int array_count;
    const struct ohm_vkernel_part *parts; /* one a route of the tile */
    int part_count;
};

/* The kernel of this name; NULL when no layer can be one. */
const struct ohm_vkernel *ohm_vkernel_find(const char *name);
/* The i-th, NULL past the last one. */
const struct ohm_vkernel *ohm_vkernel_at(int i);
int ohm_vkernel_streams(const struct ohm_vkernel *k);
/* Whether its state comes back to it: route 0 then goes to the layer that makes its input, route 1
 * to other readers. */
int ohm_vkernel_recurrent(const struct ohm_vkernel *k);
/* The route of the text for readers in the same step. */
static inline int ohm_vkernel_forward(const struct ohm_vkernel *k)
{
    return ohm_vkernel_recurrent(k);
}
/* Whether a layer may give this param: the text has it, and it does not follow from the layer's
 * sizes. */
int ohm_vkernel_takes(const struct ohm_vkernel *k, const char *param);
/* Whether the text lets a layer choose between u8 and s8 for what leaves; otherwise it is s8. */
int ohm_vkernel_formats(const struct ohm_vkernel *k);

/* The program of a tile of this size. -1 + err: the kernel's name, then what the assembler says, an
 * array of another size, or outputs that do not lie at a multiple of 16. */
int ohm_vkernel_assemble(const struct ohm_vkernel_use *u, const struct ohm_vec_size *size,
                        struct ohm_asm *out, struct ohm_error *err);

OHM_API_END

#endif
