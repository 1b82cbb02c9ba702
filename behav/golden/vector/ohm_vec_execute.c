/* SPDX-License-Identifier: Apache-2.0
 * What each instruction does and how long it takes. */
#include "ohm_numeric.h"
#include "ohm_vec_state.h"

uint32_t ohm_vec_hash(uint32_t x)
{
    x = (x + 0x7ed55d16u) + (x << 12);
    x = (x ^ 0xc761c23cu) ^ (x >> 19);
    x = (x + 0x165667b1u) + (x << 5);
    x = (x + 0xd3a2646cu) ^ (x << 9);
    x = (x + 0xfd7046c5u) + (x << 3);
    return (x ^ 0xb55a4f09u) ^ (x >> 16);
}

int32_t ohm_vec_scaled(int64_t v, unsigned shift)
{
    if (shift)
        v = ohm_floor_shift(v + (INT64_C(1) << (shift - 1)), shift);
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

static int64_t low16(uint32_t w)
{
    return (int64_t)(w & 0xFFFFu) - (w & 0x8000u ? 65536 : 0);
}

static int64_t product(uint32_t a, uint32_t b)
{
    return (int32_t)a * low16(b);
}

static uint32_t leading_zeros(uint32_t x)
{
    uint32_t n = 0;

    while (n < 32 && !(x >> (31 - n) & 1u))
        n++;
    return n;
}

static uint32_t interpolated(const struct ohm_vec *v, unsigned table, int32_t x)
{
    const unsigned s = v->held.shift[table];
    const int64_t u = (int64_t)x - (int32_t)v->held.x0[table];
    const int32_t *e = v->table[table];

    if (u < 0)
        return (uint32_t)e[0];
    if (u >= INT64_C(256) << s)
        return (uint32_t)e[256];
    const int64_t i = u >> s, f = u - (i << s);
    return (uint32_t)(e[i] + ohm_vec_scaled((e[i + 1] - e[i]) * f, s));
}

uint32_t ohm_vec_element(const struct vec_run *r, const struct ohm_vec_ins *ins, uint32_t a,
                         uint32_t b, uint32_t i)
{
    const int32_t x = (int32_t)a, y = (int32_t)b;

    switch (ins->op) {
    case OHM_VOP_MOV: return b;
    case OHM_VOP_ADD: return a + b;
    case OHM_VOP_SUB: return a - b;
    case OHM_VOP_MUL: return (uint32_t)ohm_vec_scaled(product(a, b), ins->sh);
    case OHM_VOP_MIN: return x < y ? a : b;
    case OHM_VOP_MAX: return x > y ? a : b;
    case OHM_VOP_AND: return a & b;
    case OHM_VOP_OR: return a | b;
    case OHM_VOP_XOR: return a ^ b;
    case OHM_VOP_SHL: return a << (b & 31u);
    case OHM_VOP_SRA: return (uint32_t)ohm_floor_shift(x, b & 31u);
    case OHM_VOP_CLT: return x < y ? UINT32_MAX : 0;
    case OHM_VOP_CEQ: return x == y ? UINT32_MAX : 0;
    case OHM_VOP_ABS: return x == INT32_MIN ? INT32_MAX : (uint32_t)(x < 0 ? -x : x);
    case OHM_VOP_CLZ: return leading_zeros(a);
    case OHM_VOP_TAB: return interpolated(r->v, ins->imm, x);
    default: /* rnd */
        return ohm_vec_hash(ohm_vec_hash(r->v->held.seed ^ r->turn->n) ^ (uint32_t)ins->imm << 16
                            ^ i);
    }
}

static void write_word(struct vec_run *r, uint32_t word, uint32_t value)
{
    r->v->mem[word] = value;
    if (r->hooks->memory)
        r->hooks->memory(r->hooks->user, word, value);
}

static void write_scalar(struct vec_run *r, unsigned reg, uint32_t value)
{
    if (!reg)
        return;
    r->s[reg] = value;
    if (r->hooks->scalar)
        r->hooks->scalar(r->hooks->user, reg, value);
}

/* Operand b of element i. */
static uint32_t b_of(const struct vec_run *r, const struct ohm_vec_ins *ins,
                     const struct vec_place *p, uint32_t i)
{
    if (ins->bk == 1)
        return r->s[ins->b];
    if (ins->bk == 2)
        return (uint32_t)low16(ins->imm);
    return ohm_vec_ops[ins->op].b & OHM_VEC_B_VECTOR ? r->v->mem[p->b + i] : 0;
}

static void elementwise(struct vec_run *r, const struct ohm_vec_ins *ins,
                        const struct vec_place *p)
{
    const int has_a = ohm_vec_ops[ins->op].a != OHM_VEC_NONE;

    if (ins->s) {
        write_scalar(r, ins->d,
                     ohm_vec_element(r, ins, has_a ? r->s[ins->a] : 0, b_of(r, ins, p, 0), 0));
        return;
    }
    for (uint32_t i = 0; i < r->length; i++)
        write_word(r, p->d + i,
                   ohm_vec_element(r, ins, has_a ? r->v->mem[p->a + i] : 0, b_of(r, ins, p, i),
                                   i));
}

static void reduce(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *p)
{
    const uint32_t *a = r->v->mem + p->a;
    uint32_t sum = 0, best = 0;
    int64_t dot = 0;

    for (uint32_t i = 0; i < r->length; i++) {
        sum += a[i];
        if ((int32_t)a[i] > (int32_t)a[best])
            best = i;
        if (ins->op == OHM_VOP_DOT)
            dot += product(a[i], b_of(r, ins, p, i));
    }
    write_scalar(r, ins->d,
                 ins->op == OHM_VOP_SUM   ? sum
                 : ins->op == OHM_VOP_TOP ? a[best]
                 : ins->op == OHM_VOP_DOT ? (uint32_t)ohm_vec_scaled(dot, ins->sh)
                                          : best);
}

static void matrix(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *p)
{
    const uint32_t *m = r->v->mem + p->a, *b = r->v->mem + p->b;
    const uint32_t step = p->stride * OHM_VEC_UNIT;
    const int by_row = ins->op == OHM_VOP_MV;
    const uint32_t outs = by_row ? p->rows : r->length, terms = by_row ? r->length : p->rows;

    for (uint32_t o = 0; o < outs; o++) {
        int64_t sum = 0;
        for (uint32_t t = 0; t < terms; t++)
            sum += product(by_row ? m[o * step + t] : m[t * step + o], b[t]);
        write_word(r, p->d + o, (uint32_t)ohm_vec_scaled(sum, ins->sh));
    }
}

static void unpack(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *p)
{
    const uint32_t k = ohm_vec_packed(ins->sh), bits = 32 / k;
    const uint32_t *words = r->front[ins->b].words + ins->imm;

    for (uint32_t i = 0; i < r->length; i++) {
        uint32_t value = words[i / k];
        if (bits < 32) {
            value = value >> (i % k * bits) & ((1u << bits) - 1u);
            if (ins->sh && value >> (bits - 1))
                value -= 1u << bits;
        }
        write_word(r, p->d + i, value);
    }
}

/* An element as it travels, before it is cut to its bits. */
static uint32_t clipped(uint32_t w, unsigned format)
{
    static const int32_t low[] = {0, -127, -32768, INT32_MIN};
    static const int32_t high[] = {255, 127, 32767, INT32_MAX};
    const int32_t x = (int32_t)w;

    return (uint32_t)(x < low[format] ? low[format] : x > high[format] ? high[format] : x);
}

static void send(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *p)
{
    const uint32_t k = ohm_vec_packed(ins->sh), bits = 32 / k;
    const uint32_t routes = ins->imm & ~r->turn->quiet;
    uint32_t words[OHM_VEC_SEND] = {0};

    r->sent |= ins->imm;
    if (!routes || !r->hooks->sent)
        return;
    for (uint32_t i = 0; i < r->length; i++) {
        const uint32_t x = clipped(r->v->mem[p->a + i], ins->sh);
        words[i / k] |= bits < 32 ? (x & ((1u << bits) - 1u)) << (i % k * bits) : x;
    }
    r->hooks->sent(r->hooks->user,
                   &(struct ohm_vec_sent){.routes = routes, .n = r->turn->n, .words = words,
                                          .count = (r->length + k - 1) / k});
}

/* Branches and loop: tells whether pc goes to the target. */
static int jumps(struct vec_run *r, const struct ohm_vec_ins *ins)
{
    const uint32_t a = r->s[ins->a], b = r->s[ins->b];

    switch (ins->op) {
    case OHM_VOP_BEQ: return a == b;
    case OHM_VOP_BNE: return a != b;
    case OHM_VOP_BLT: return (int32_t)a < (int32_t)b;
    case OHM_VOP_BGE: return (int32_t)a >= (int32_t)b;
    case OHM_VOP_LOOP:
        write_scalar(r, ins->d, r->s[ins->d] - 1u);
        return r->s[ins->d] != 0;
    default: return 0;
    }
}

void ohm_vec_execute(struct vec_run *r, const struct ohm_vec_ins *ins, const struct vec_place *p)
{
    uint32_t next = r->pc + 1;

    switch (ins->op) {
    case OHM_VOP_SUM:
    case OHM_VOP_TOP:
    case OHM_VOP_ARGTOP:
    case OHM_VOP_DOT: reduce(r, ins, p); break;
    case OHM_VOP_MV:
    case OHM_VOP_MT: matrix(r, ins, p); break;
    case OHM_VOP_GET: write_scalar(r, ins->d, r->v->mem[p->element]); break;
    case OHM_VOP_PUT: write_word(r, p->element, r->s[ins->a]); break;
    case OHM_VOP_UNPACK: unpack(r, ins, p); break;
    case OHM_VOP_FREE: r->freed |= ins->imm; break;
    case OHM_VOP_SEND: send(r, ins, p); break;
    case OHM_VOP_LEN: r->length = ins->bk == 1 ? r->s[ins->b] : ins->imm; break;
    case OHM_VOP_END: r->over = 1; break;
    case OHM_VOP_BEQ:
    case OHM_VOP_BNE:
    case OHM_VOP_BLT:
    case OHM_VOP_BGE:
    case OHM_VOP_LOOP:
        if (jumps(r, ins)) {
            next = ins->imm;
            r->cycles++; /* no word has been read ahead */
        }
        break;
    default: elementwise(r, ins, p); break;
    }
    r->pc = next;
}

uint32_t ohm_vec_cycles(const struct vec_run *r, const struct ohm_vec_ins *ins,
                        const struct vec_place *p)
{
    const uint32_t lanes = (uint32_t)r->v->size.lanes, k = ohm_vec_packed(ins->sh);
    const uint32_t groups = (r->length + lanes - 1) / lanes, words = (r->length + k - 1) / k;

    switch (ins->op) {
    case OHM_VOP_SUM:
    case OHM_VOP_TOP:
    case OHM_VOP_ARGTOP:
    case OHM_VOP_DOT: return groups + 10;
    case OHM_VOP_MV:
    case OHM_VOP_MT: return p->rows * groups + 10;
    case OHM_VOP_GET:
    case OHM_VOP_PUT: return 7;
    case OHM_VOP_UNPACK: return words + 6;
    case OHM_VOP_SEND: return ins->imm & ~r->turn->quiet ? words + 6 : 7;
    case OHM_VOP_FREE: return 2 + vec_bits(ins->imm);
    case OHM_VOP_END: return 2 + vec_bits(r->turn->streams & ~r->freed);
    case OHM_VOP_RND: return (ins->s ? 1 : r->length) + 10;
    default: return ins->op >= OHM_VOP_LEN ? 2 : ins->s ? 7 : groups + 6;
    }
}
