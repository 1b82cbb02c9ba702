/* SPDX-License-Identifier: Apache-2.0
 * Legality of an instruction where and when it runs; that of its word alone is in ohm_vec_word.c.
 */
#include "ohm_vec_state.h"

/* Vector numbers that an operand occupies: from `first`, `count` of them. */
struct span {
    uint64_t first, count;
};

static uint64_t units(uint64_t elements)
{
    return (elements + OHM_VEC_UNIT - 1) / OHM_VEC_UNIT;
}

static uint32_t number(const struct vec_run *r, unsigned field, unsigned x, int index)
{
    return field + (x ? r->s[index] : 0u);
}

static int inside(const struct vec_run *r, struct span s)
{
    return s.first + s.count <= (uint64_t)r->v->size.mem / OHM_VEC_UNIT;
}

static int overlap(struct span p, struct span q)
{
    return p.first < q.first + q.count && q.first < p.first + p.count;
}

/* An operand's words when its vector is a legal one: below 2^14. */
static uint32_t word_of(struct span s)
{
    return (uint32_t)(s.first * OHM_VEC_UNIT);
}

/* mv and mt. */
static int matrix_fault(const struct vec_run *r, const struct ohm_vec_ins *i,
                        struct vec_place *p)
{
    unsigned rows, stride;

    if (ohm_vec_matrix(i, &rows, &stride)) {
        if (r->s[rows] < 1 || r->s[rows] > OHM_VEC_ROWS)
            return OHM_PROGRAM_VALUE;
        rows = r->s[rows];
    }
    const uint64_t in = i->op == OHM_VOP_MV ? r->length : rows;
    const uint64_t out = i->op == OHM_VOP_MV ? rows : r->length;
    const struct span d = {number(r, i->d, i->dx, 13), units(out)};
    const struct span b = {number(r, i->b, i->bx, 15), units(in)};
    const struct span m = {number(r, i->a, i->ax, 14),
                           (uint64_t)(rows - 1) * stride + units(r->length)};
    if (!inside(r, d) || !inside(r, b) || !inside(r, m))
        return OHM_PROGRAM_ADDRESS;
    if (overlap(d, m) || overlap(d, b))
        return OHM_PROGRAM_OVERLAP;
    *p = (struct vec_place){word_of(d), word_of(m), word_of(b), 0, rows, stride};
    return 0;
}

/* get and put. */
static int single_fault(const struct vec_run *r, const struct ohm_vec_ins *i,
                        struct vec_place *p)
{
    const int get = i->op == OHM_VOP_GET;
    const uint32_t v = get ? number(r, i->a, i->ax, 14) : number(r, i->d, i->dx, 13);
    const uint32_t k = i->bk == 1 ? r->s[i->b] : i->imm;

    if (k > OHM_VEC_LENGTH
        || (uint64_t)v * OHM_VEC_UNIT + k >= (uint64_t)r->v->size.mem)
        return OHM_PROGRAM_ADDRESS;
    *p = (struct vec_place){.element = v * OHM_VEC_UNIT + k};
    return 0;
}

/* Element-wise, reductions, unpack, send: vectors of L elements. */
static int vector_fault(const struct vec_run *r, const struct ohm_vec_ins *i,
                        struct vec_place *p)
{
    const struct ohm_vec_op *op = &ohm_vec_ops[i->op];
    const uint64_t n = units(r->length);
    const struct span d = {number(r, i->d, i->dx, 13), op->d == OHM_VEC_VECTOR ? n : 0};
    const struct span a = {number(r, i->a, i->ax, 14), op->a == OHM_VEC_VECTOR ? n : 0};
    const struct span b = {number(r, i->b, i->bx, 15),
                           op->b & OHM_VEC_B_VECTOR && i->bk == 0 ? n : 0};

    if ((d.count && !inside(r, d)) || (a.count && !inside(r, a)) || (b.count && !inside(r, b)))
        return OHM_PROGRAM_ADDRESS;
    if (d.count
        && ((a.count && a.first != d.first && overlap(d, a))
            || (b.count && b.first != d.first && overlap(d, b))))
        return OHM_PROGRAM_OVERLAP;
    *p = (struct vec_place){.d = d.count ? word_of(d) : 0, .a = a.count ? word_of(a) : 0,
                            .b = b.count ? word_of(b) : 0};
    return 0;
}

static uint32_t words_of(const struct vec_run *r, const struct ohm_vec_ins *i)
{
    const uint32_t k = ohm_vec_packed(i->sh);

    return (r->length + k - 1) / k;
}

/* What streams and routes add to the faults of memory. */
static int traffic_fault(const struct vec_run *r, const struct ohm_vec_ins *i)
{
    const uint32_t held = r->turn->streams & ~r->freed;

    switch (i->op) {
    case OHM_VOP_UNPACK:
        return held >> i->b & 1u && i->imm + words_of(r, i) <= r->front[i->b].size
                 ? 0
                 : OHM_PROGRAM_STREAM;
    case OHM_VOP_FREE: return i->imm & ~held ? OHM_PROGRAM_STREAM : 0;
    case OHM_VOP_SEND:
        return i->imm & ~(r->turn->routes & ~r->sent) || words_of(r, i) > OHM_VEC_SEND
                 ? OHM_PROGRAM_ROUTE
                 : 0;
    case OHM_VOP_END: return r->turn->routes & ~r->sent ? OHM_PROGRAM_UNSENT : 0;
    default: return 0;
    }
}

int ohm_vec_fault(const struct vec_run *r, const struct ohm_vec_ins *i, struct vec_place *p)
{
    const int word = ohm_vec_judge(i, r->v->size.tables);
    int fault = 0;

    *p = (struct vec_place){0};
    if (word)
        return word;
    if (i->op == OHM_VOP_LEN && i->bk == 1
        && (r->s[i->b] < 1 || r->s[i->b] > OHM_VEC_LENGTH))
        return OHM_PROGRAM_VALUE;
    if (i->op == OHM_VOP_MV || i->op == OHM_VOP_MT)
        fault = matrix_fault(r, i, p);
    else if (i->op == OHM_VOP_GET || i->op == OHM_VOP_PUT)
        fault = single_fault(r, i, p);
    else if (i->op < OHM_VOP_LEN && !i->s)
        fault = vector_fault(r, i, p);
    return fault ? fault : traffic_fault(r, i);
}
