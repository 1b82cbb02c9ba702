/* SPDX-License-Identifier: Apache-2.0
 * The work of each instruction in elements, products and words of memories: what its meaning asks
 * for, not what the ports of a wide memory read beside it. */
#include "ohm_vec_state.h"

/* Element-wise operations and reductions: n elements, with the vectors that they read. */
static void count_elements(struct ohm_vec_work *w, const struct ohm_vec_ins *ins, uint64_t n)
{
    const struct ohm_vec_op *op = &ohm_vec_ops[ins->op];
    const int reads_a = op->a == OHM_VEC_VECTOR;
    const int reads_b = ins->bk == 0 && (op->b & OHM_VEC_B_VECTOR);

    w->elements += n;
    w->products += ins->op == OHM_VOP_MUL || ins->op == OHM_VOP_DOT ? n : 0;
    w->lookups += ins->op == OHM_VOP_TAB ? n : 0;
    if (ins->s)
        return;
    w->reads += n * (uint64_t)(reads_a + reads_b);
    w->writes += op->d == OHM_VEC_VECTOR ? n : 0;
}

void ohm_vec_count(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *p)
{
    struct ohm_vec_work *w = &r->work;
    const uint64_t length = r->length, k = ohm_vec_packed(ins->sh), words = (length + k - 1) / k;
    const uint64_t lanes = (uint64_t)r->v->size.lanes, groups = (length + lanes - 1) / lanes;

    w->instructions++;
    switch (ins->op) {
    case OHM_VOP_MV:
    case OHM_VOP_MT: {
        const int by_row = ins->op == OHM_VOP_MV;
        w->elements += p->rows * length;
        w->products += p->rows * length;
        w->reads += p->rows * (length + (by_row ? length : groups));
        w->writes += by_row ? p->rows : length;
        break;
    }
    case OHM_VOP_GET: w->reads++; break;
    case OHM_VOP_PUT: w->writes++; break;
    case OHM_VOP_UNPACK:
        w->taken += words;
        w->elements += length;
        w->writes += length;
        break;
    case OHM_VOP_SEND:
        if (ins->imm & ~r->turn->quiet) {
            w->reads += length;
            w->sent += words;
        }
        break;
    default:
        if (ins->op < OHM_VOP_MV)
            count_elements(w, ins, ins->s ? 1 : length);
        break;
    }
}
