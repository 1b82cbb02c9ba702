/* SPDX-License-Identifier: Apache-2.0
 * State of the vector unit's golden model. Private to behav/golden/vector. */
#ifndef OHM_VEC_STATE_H
#define OHM_VEC_STATE_H

#include "ohm_vec.h"

struct ohm_vec {
    struct ohm_vec_size size;
    struct ohm_vec_regs set, held; /* as written; as they were at enable */
    uint64_t *code;
    uint32_t *mem;
    int32_t table[OHM_VEC_TABLES][OHM_VEC_ENTRIES];
    /* since enable */
    int enabled, refused, started;
    uint32_t base, n, lane, step, marks; /* marks: a bit for each lane */
    uint32_t at;                         /* place in the cycle */
    uint32_t init_lane;                  /* lanes whose first init has run */
    int closing;                         /* init is due for the end of a sequence */
    uint32_t runs[2];                    /* reached end; poisoned or stopped */
};

/* A run while it goes on. */
struct vec_run {
    struct ohm_vec *v;
    const struct ohm_vec_turn *turn;
    const struct ohm_vec_front *front;
    const struct ohm_vec_hooks *hooks;
    uint32_t s[OHM_VEC_REGS], length, pc, count;
    uint32_t freed, sent; /* masks */
    uint32_t cycles;
    struct ohm_vec_work work;
    int over;
};

/* Operands of an instruction, looked up: where vectors begin, in words. */
struct vec_place {
    uint32_t d, a, b; /* words */
    uint32_t element; /* get, put: index */
    uint32_t rows, stride;
};

/* Judges an instruction in its run: 0 and *place, or the lowest fault that applies. */
int ohm_vec_fault(const struct vec_run *r, const struct ohm_vec_ins *ins, struct vec_place *place);

/* Does an instruction that has no fault; moves pc on. */
void ohm_vec_execute(struct vec_run *r, const struct ohm_vec_ins *ins,
                     const struct vec_place *place);

/* Cycles that it takes, without waits. */
uint32_t ohm_vec_cycles(const struct vec_run *r, const struct ohm_vec_ins *ins,
                        const struct vec_place *place);

/* Adds the work that it does to that of the run; before it is done. */
void ohm_vec_count(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *place);

/* f of docs/reference/vector.md, element-wise: b is operand b, i the element's index. */
uint32_t ohm_vec_element(const struct vec_run *r, const struct ohm_vec_ins *ins, uint32_t a,
                         uint32_t b, uint32_t i);

static inline unsigned vec_bits(uint32_t mask)
{
    unsigned n = 0;

    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

#endif
