/* SPDX-License-Identifier: Apache-2.0
 * What a learning matrix holds. Private to sim/host/learn. */
#ifndef OHM_LEARN_PARTS_H
#define OHM_LEARN_PARTS_H

#include "ohm_fast_pool.h"
#include "ohm_learn.h"

enum { LEARN_SIDE = 256 };

struct learn_array { /* one array of the matrix */
    struct ohm_update_array t;
    int row0, col0;          /* first input and first output */
    int32_t q[LEARN_SIDE];   /* of the read under way: charges, then codes */
    uint64_t driven;         /* rows and columns that were on, */
    uint64_t ticks;          /* and for how many ticks in all */
    uint64_t clipped, codes;
    struct ohm_error err;
    int failed;
};

struct ohm_learn {
    struct ohm_learn_options o;
    int inputs, outputs, across, count;
    struct learn_array *arrays;
    struct fast_pool *pool;
    int64_t lsb[2];
    uint64_t reads[2], updates;
};

/* What one thread does with one array. */
struct learn_job {
    struct ohm_learn *l;
    const uint8_t *x, *d;
    const int8_t *k;
    const struct ohm_update *u;
    uint32_t number;
    enum ohm_cell_sel sel;
    int back, convert;
};
/* Runs fn for each array; -1 + err: what the first that failed says. */
int learn_each(struct ohm_learn *l, fast_job fn, struct learn_job *job, struct ohm_error *err);

/* Bytes as signed ticks. */
static inline int16_t learn_ticks(uint8_t byte, int is_signed)
{
    return (int16_t)(!is_signed || byte < 128 ? byte : byte == 128 ? -127 : (int)byte - 256);
}

#endif
