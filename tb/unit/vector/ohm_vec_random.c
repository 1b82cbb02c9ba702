/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_vec_random.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_map.h"
#include "ohm_rng.h"

/* Registers by their use: what decides an address, a length or a count is only ever set to a
 * constant, so that it is known where the program is written. */
enum { ROWS = 12, ELEMENT = 11, LENGTH = 10, COUNT = 9, FREE_REGS = 8, INDEX = 13 };

struct maker {
    struct ohm_vec_case *c;
    uint64_t key, draws;
    uint64_t *code;
    uint32_t pc, limit; /* next instruction, first one that may not be used */
    uint32_t value[OHM_VEC_REGS]; /* of the registers from COUNT up */
    uint32_t length;
    int fixed;          /* those values and the length must not change now */
    uint32_t streams, routes; /* of this program, still held and still to be sent on */
};

static uint32_t draw(struct maker *m, uint32_t below)
{
    return (uint32_t)((ohm_key_at(m->key, m->draws++) >> 32) * below >> 32);
}

static void put(struct maker *m, struct ohm_vec_ins ins)
{
    m->code[m->pc++] = ohm_vec_encode(&ins);
}

static void add_write(struct ohm_vec_case *c, uint32_t address, uint32_t value)
{
    c->write[c->writes++] = (struct ohm_vec_write){address, value};
}

static uint32_t units(uint32_t elements)
{
    return (elements + OHM_VEC_UNIT - 1) / OHM_VEC_UNIT;
}

/* Sets one of the known registers to a constant. */
static void set(struct maker *m, unsigned reg, uint32_t value)
{
    put(m, (struct ohm_vec_ins){.op = OHM_VOP_MOV, .bk = 2, .s = 1, .d = reg,
                                .imm = (uint16_t)value});
    m->value[reg] = value;
}

/* A new length, sometimes by way of a register. Fits `most` vector numbers. */
static void set_length(struct maker *m, uint32_t most)
{
    const uint32_t elements = most * OHM_VEC_UNIT;
    uint32_t n = 1 + draw(m, elements);

    if (draw(m, 3) == 0)
        n = 1 + draw(m, elements < 40 ? elements : 40);
    if (draw(m, 2)) {
        set(m, LENGTH, n);
        put(m, (struct ohm_vec_ins){.op = OHM_VOP_LEN, .bk = 1, .b = LENGTH});
    } else {
        put(m, (struct ohm_vec_ins){.op = OHM_VOP_LEN, .bk = 2, .imm = (uint16_t)n});
    }
    m->length = n;
}

/* A vector operand: the vector number `at` by field, or by field and index register. */
static void place(struct maker *m, int index, uint32_t at, unsigned *field, unsigned *x)
{
    const uint32_t i = m->value[index];

    *x = draw(m, 3) == 0 && at - i < 1024;
    *field = *x ? at - i : at;
}

/* A vector number at which n of them fit. */
static uint32_t room(struct maker *m, uint32_t n)
{
    return draw(m, (uint32_t)m->c->size.mem / OHM_VEC_UNIT - n + 1);
}

/* One at which n fit and that shares nothing with `count` from `first`; falls back to `same`. */
static uint32_t apart(struct maker *m, uint32_t n, uint32_t first, uint32_t count, uint32_t same)
{
    for (int tries = 0; tries < 20; tries++) {
        const uint32_t v = room(m, n);
        if (v + n <= first || first + count <= v)
            return v;
    }
    return same;
}

static unsigned any_reg(struct maker *m)
{
    return draw(m, OHM_VEC_REGS);
}

static unsigned free_reg(struct maker *m)
{
    return draw(m, FREE_REGS + 1);
}

static unsigned shift_of(struct maker *m, int most)
{
    return draw(m, (uint32_t)most + 1);
}

/* Operand b: register or immediate, or nothing. */
static void b_scalar(struct maker *m, struct ohm_vec_ins *i)
{
    i->bk = 1 + draw(m, 2);
    if (i->bk == 1)
        i->b = any_reg(m);
    else
        i->imm = (uint16_t)(draw(m, 2) ? draw(m, 65536) : draw(m, 40) - 20);
}

static void elementwise(struct maker *m)
{
    struct ohm_vec_ins i = {.op = OHM_VOP_MOV + draw(m, OHM_VOP_RND - OHM_VOP_MOV + 1)};
    const struct ohm_vec_op *op = &ohm_vec_ops[i.op];
    const uint32_t n = units(m->length), d = room(m, n);

    i.sh = shift_of(m, op->shift);
    i.s = draw(m, 4) == 0;
    if (i.s) {
        i.d = free_reg(m);
        i.a = op->a ? any_reg(m) : 0;
        if (op->b)
            b_scalar(m, &i);
    } else {
        place(m, INDEX, d, &i.d, &i.dx);
        if (op->a)
            place(m, INDEX + 1, draw(m, 4) ? apart(m, n, d, n, d) : d, &i.a, &i.ax);
        if (op->b && draw(m, 2))
            b_scalar(m, &i);
        else if (op->b)
            place(m, INDEX + 2, draw(m, 4) ? apart(m, n, d, n, d) : d, &i.b, &i.bx);
    }
    if (i.op == OHM_VOP_TAB)
        i.imm = (uint16_t)draw(m, (uint32_t)m->c->size.tables);
    if (i.op == OHM_VOP_RND)
        i.imm = (uint16_t)draw(m, 65536);
    put(m, i);
}

static void reduction(struct maker *m)
{
    struct ohm_vec_ins i = {.op = OHM_VOP_SUM + draw(m, 4), .d = free_reg(m)};
    const uint32_t n = units(m->length);

    place(m, INDEX + 1, room(m, n), &i.a, &i.ax);
    if (i.op == OHM_VOP_DOT) {
        i.sh = shift_of(m, 63);
        if (draw(m, 2))
            b_scalar(m, &i);
        else
            place(m, INDEX + 2, room(m, n), &i.b, &i.bx);
    }
    put(m, i);
}

static void matrix(struct maker *m)
{
    struct ohm_vec_ins i = {.op = OHM_VOP_MV + draw(m, 2), .sh = shift_of(m, 40)};
    const uint32_t total = (uint32_t)m->c->size.mem / OHM_VEC_UNIT, n = units(m->length);
    const uint32_t stride = 1 + draw(m, 3), most = total / 2 > n ? (total / 2 - n) / stride + 1 : 1;
    uint32_t rows = 1 + draw(m, most < 40 ? most : 40);
    const int by_register = draw(m, 2) && !m->fixed;

    if (by_register)
        set(m, ROWS, rows);
    const uint32_t span = (rows - 1) * stride + n;
    const uint32_t in = i.op == OHM_VOP_MV ? n : units(rows);
    const uint32_t out = i.op == OHM_VOP_MV ? units(rows) : n;
    if (span + in + out > total)
        return;
    const uint32_t a = draw(m, 2) ? 0 : total - span;    /* the rest is in one piece */
    const uint32_t rest = a ? 0 : span, left = total - span - in - out;
    const uint32_t d = rest + draw(m, left + 1);
    const uint32_t b = draw(m, 2) ? a : d + out;
    place(m, INDEX, d, &i.d, &i.dx);
    place(m, INDEX + 1, a, &i.a, &i.ax);
    place(m, INDEX + 2, b + in <= total ? b : a, &i.b, &i.bx);
    i.imm = (uint16_t)(stride << 8 | (by_register ? 1u << 15 | ROWS : rows));
    put(m, i);
}

static void single(struct maker *m)
{
    struct ohm_vec_ins i = {.op = OHM_VOP_GET + draw(m, 2), .bk = 1 + draw(m, 2)};
    const uint32_t words = (uint32_t)m->c->size.mem;
    uint32_t k = draw(m, words < 4096 ? words : 4096);

    if (i.bk == 1) {
        i.b = ELEMENT;
        k = m->value[ELEMENT];
    } else {
        i.imm = (uint16_t)k;
    }
    const uint32_t v = draw(m, (words - k + OHM_VEC_UNIT - 1) / OHM_VEC_UNIT);
    if (i.op == OHM_VOP_GET) {
        i.d = free_reg(m);
        place(m, INDEX + 1, v, &i.a, &i.ax);
    } else {
        i.a = any_reg(m);
        place(m, INDEX, v, &i.d, &i.dx);
    }
    put(m, i);
}

static unsigned of_mask(struct maker *m, uint32_t mask)
{
    unsigned bit;

    do
        bit = draw(m, 8);
    while (!(mask >> bit & 1u));
    return bit;
}

static void unpack(struct maker *m)
{
    struct ohm_vec_ins i = {.op = OHM_VOP_UNPACK, .sh = draw(m, 4)};
    const uint32_t k = ohm_vec_packed(i.sh), words = (m->length + k - 1) / k;

    if (!m->streams)
        return;
    i.b = of_mask(m, m->streams);
    if (words > m->c->words[i.b])
        return;
    i.imm = (uint16_t)draw(m, m->c->words[i.b] - words + 1);
    place(m, INDEX, room(m, units(m->length)), &i.d, &i.dx);
    put(m, i);
}

static void traffic(struct maker *m)
{
    if (draw(m, 2) && m->routes) {
        struct ohm_vec_ins i = {.op = OHM_VOP_SEND, .sh = draw(m, 4)};
        const uint32_t k = ohm_vec_packed(i.sh);
        if (m->fixed || (m->length + k - 1) / k > OHM_VEC_SEND)
            return;
        i.imm = (uint16_t)(draw(m, 2) ? m->routes : 1u << of_mask(m, m->routes));
        m->routes &= ~(uint32_t)i.imm;
        place(m, INDEX + 1, room(m, units(m->length)), &i.a, &i.ax);
        put(m, i);
    } else if (m->streams && !m->fixed && draw(m, 4) == 0) {
        const uint32_t mask = 1u << of_mask(m, m->streams);
        m->streams &= ~mask;
        put(m, (struct ohm_vec_ins){.op = OHM_VOP_FREE, .imm = (uint16_t)mask});
    }
}

/* One instruction, or two, that needs no more than what is known. */
static void simple(struct maker *m)
{
    const uint32_t what = draw(m, 20);

    if (what < 10)
        elementwise(m);
    else if (what < 12)
        reduction(m);
    else if (what < 14)
        matrix(m);
    else if (what < 16)
        single(m);
    else if (what < 19)
        unpack(m);
    else
        traffic(m);
}

/* A few instructions that are skipped, or done several times. */
static void block(struct maker *m)
{
    const int loop = (int)draw(m, 2);

    if (loop)
        set(m, COUNT, 1 + draw(m, 3));
    const uint32_t from = m->pc;
    if (!loop)
        put(m, (struct ohm_vec_ins){.op = OHM_VOP_BEQ + draw(m, 4), .bk = 1, .a = any_reg(m),
                                    .b = any_reg(m)});
    m->fixed = 1;
    for (uint32_t n = 1 + draw(m, 4); n; n--)
        simple(m);
    m->fixed = 0;
    if (loop) {
        put(m, (struct ohm_vec_ins){.op = OHM_VOP_LOOP, .d = COUNT, .imm = (uint16_t)from});
        m->value[COUNT] = 0;
    } else {
        struct ohm_vec_ins branch = ohm_vec_decode(m->code[from]);
        branch.imm = (uint16_t)m->pc;
        m->code[from] = ohm_vec_encode(&branch);
    }
}

/* One program; `limit` leaves room for what a round of the loop can add, and for the end. */
static void program(struct maker *m, uint32_t streams, uint32_t routes, uint32_t size)
{
    const uint32_t total = (uint32_t)m->c->size.mem / OHM_VEC_UNIT, end = m->pc + size - 14;
    const uint32_t longest = total / 4 < 6 ? total / 4 : 6;

    m->streams = streams;
    m->routes = routes;
    m->length = 16;
    memset(m->value, 0, sizeof m->value);
    while (m->pc < end) {
        const uint32_t what = draw(m, 10);
        if (what == 0)
            set_length(m, draw(m, 8) ? longest : total / 4);
        else if (what == 1)
            set(m, INDEX + draw(m, 3), draw(m, total));
        else if (what == 2)
            set(m, ELEMENT, draw(m, (uint32_t)m->c->size.mem < 4096 ? (uint32_t)m->c->size.mem
                                                                    : 4096));
        else if (what == 3 && m->pc + 10 < end)
            block(m);
        else
            simple(m);
    }
    while (m->routes) {
        put(m, (struct ohm_vec_ins){.op = OHM_VOP_LEN, .bk = 2, .imm = 1 + (uint16_t)draw(m, 32)});
        m->length = ohm_vec_decode(m->code[m->pc - 1]).imm;
        for (uint32_t was = m->pc; was == m->pc && m->routes;)
            traffic(m);
    }
    put(m, (struct ohm_vec_ins){.op = OHM_VOP_END});
}

/* Streams and routes that the program p of `count` names: every stream and route is somebody's or
 * nobody's. */
static uint32_t share(struct maker *m, uint32_t *left, uint32_t all, int need)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 8; i++)
        if ((all & *left) >> i & 1u && draw(m, 2))
            mask |= 1u << i;
    if (need && !mask)
        mask = all & *left & (0u - (all & *left));
    *left &= ~mask;
    return mask;
}

static void memories(struct maker *m)
{
    struct ohm_vec_case *c = m->c;

    for (uint32_t w = 0; w < (uint32_t)c->size.mem; w++) {
        const uint32_t bits = (uint32_t)(ohm_key_at(m->key, m->draws++) >> 32), size = draw(m, 4);
        add_write(c, OHM_REG_VMEM + w, size == 0   ? bits
                                       : size == 1 ? (uint32_t)((int32_t)bits >> 16)
                                       : size == 2 ? (uint32_t)((int32_t)bits >> 24)
                                                   : (uint32_t)((int32_t)bits >> 8));
    }
    for (uint32_t t = 0; t < (uint32_t)c->size.tables; t++) {
        const uint32_t s = draw(m, 16);
        for (uint32_t i = 0; i < OHM_VEC_ENTRIES; i++)
            add_write(c, OHM_REG_VTABLE + t * OHM_REG_VTABLE_STRIDE + i, draw(m, 65536));
        add_write(c, OHM_REG_VTABLE_SHIFT + t, s);
        add_write(c, OHM_REG_VTABLE_X0 + t,
                  draw(m, 4) ? 0u - (128u << s) : (uint32_t)ohm_key_at(m->key, m->draws++));
    }
}

/* Programs into the case: their places, what they name, their code. */
static void programs(struct maker *m)
{
    struct ohm_vec_case *c = m->c;
    const uint32_t prog = (uint32_t)c->size.prog, count = 1 + draw(m, 3);
    const uint32_t part = prog / (count + 1) < 60 ? prog / (count + 1) : 60;
    uint32_t streams = (1u << c->size.streams) - 1, routes = (1u << c->size.routes) - 1, own = 0;

    for (uint32_t p = 0; p < count; p++) {
        const uint32_t in = share(m, &streams, (1u << c->size.streams) - 1, p == 0);
        const uint32_t out = share(m, &routes, (1u << c->size.routes) - 1, p == 0);
        const uint32_t start = m->pc;
        own |= out;
        c->streams |= in;
        program(m, in, out, part);
        add_write(c, OHM_REG_VPROGRAM + p,
                  start << OHM_VPROGRAM_START_LSB | in << OHM_VPROGRAM_STREAMS_LSB
                      | out << OHM_VPROGRAM_ROUTES_LSB);
    }
    c->routes = own;
    add_write(c, OHM_REG_VCYCLE, count);
    if (draw(m, 2)) {
        const uint32_t recurrent = share(m, &own, own, 1), start = m->pc;
        program(m, 0, recurrent, part);
        add_write(c, OHM_REG_VINIT, start << OHM_VINIT_START_LSB
                                        | recurrent << OHM_VINIT_ROUTES_LSB
                                        | 1u << OHM_VINIT_ON_LSB);
    }
}

int ohm_vec_random(uint64_t seed, const struct ohm_vec_size *size, int faulty,
                   struct ohm_vec_case *c)
{
    const size_t most = (size_t)size->mem + (size_t)size->tables * 260 + 2 * (size_t)size->prog
                        + 32;
    struct maker m = {.c = c, .key = ohm_key(seed, 0x766563)};

    *c = (struct ohm_vec_case){.size = *size, .seed = seed};
    c->write = malloc(most * sizeof *c->write);
    m.code = calloc((size_t)size->prog, sizeof *m.code);
    if (!c->write || !m.code) {
        free(m.code);
        ohm_vec_case_free(c);
        return -1;
    }
    for (int s = 0; s < size->streams; s++)
        c->words[s] = 1 + draw(&m, draw(&m, 3) ? 12 : 60);
    memories(&m);
    programs(&m);
    if (faulty) {
        const uint32_t at = draw(&m, m.pc);
        if (draw(&m, 2))
            m.code[at] = ohm_key_at(m.key, m.draws++);
        else
            m.code[at] ^= UINT64_C(1) << draw(&m, 64);
    }
    for (uint32_t i = 0; i < m.pc; i++) {
        add_write(c, OHM_REG_VCODE + 2 * i, (uint32_t)m.code[i]);
        add_write(c, OHM_REG_VCODE + 2 * i + 1, (uint32_t)(m.code[i] >> 32));
    }
    free(m.code);
    const uint32_t lanes = 1 + draw(&m, 3), steps = 1 + draw(&m, 3);
    add_write(c, OHM_REG_VSEQ, steps << OHM_VSEQ_STEPS_LSB | lanes << OHM_VSEQ_LANES_LSB);
    add_write(c, OHM_REG_VLIMIT, 1000);
    add_write(c, OHM_REG_VADD, (uint32_t)ohm_key_at(m.key, m.draws++));
    add_write(c, OHM_REG_VSEED, (uint32_t)ohm_key_at(m.key, m.draws++));
    c->seq_base = draw(&m, 4) ? 0 : (uint32_t)ohm_key_at(m.key, m.draws++);
    c->vectors = lanes * steps + draw(&m, 4);
    return 0;
}

void ohm_vec_case_free(struct ohm_vec_case *c)
{
    free(c->write);
    c->write = NULL;
}

uint32_t ohm_vec_case_word(const struct ohm_vec_case *c, unsigned stream, uint32_t k,
                           uint32_t word)
{
    return (uint32_t)(ohm_key_at(ohm_key(c->seed, 0x77 + stream), (uint64_t)k << 12 | word) >> 32);
}

int ohm_vec_case_poison(const struct ohm_vec_case *c, unsigned stream, uint32_t k)
{
    return (ohm_key_at(ohm_key(c->seed, 0x70 + stream), k) >> 32) % 20 == 0;
}
