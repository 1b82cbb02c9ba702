/* SPDX-License-Identifier: Apache-2.0
 * The vectors that a tile has computed and whose traces may still come. Private to behav/golden. */
#ifndef OHM_GOLDEN_RING_H
#define OHM_GOLDEN_RING_H

#include "ohm_golden_state.h"

/* A vector for number ring.tail, which the caller then moves on; NULL when out of memory. */
struct vmm *ohm_ring_push(struct tile *t);
void ohm_vmm_free(struct vmm *v);
/* Vectors before this one are used no more. */
uint64_t ohm_ring_oldest(const struct tile *t);
/* Vector whose next code is expected, NULL when none is. */
struct vmm *ohm_code_front(struct vmm_ring *r);
/* Vector whose next result is expected, NULL when none is. */
struct vmm *ohm_result_front(struct vmm_ring *r);
/* Gives up what is left of the codes of the front vector. */
void ohm_code_skip(struct vmm_ring *r);
/* Gives up what is left of its results. */
void ohm_result_skip(struct vmm_ring *r);

/* Codes expected of a vector; 0 for poison. */
static inline uint32_t vmm_codes(const struct vmm *v)
{
    return (uint32_t)v->ncol * v->nslice;
}

#endif
