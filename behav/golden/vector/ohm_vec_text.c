/* SPDX-License-Identifier: Apache-2.0
 * The disassembler: a word as the text that makes it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ohm_vec_word.h"

/* Text that grows. */
struct line {
    char *text;
    size_t used;
    int operands;
};

__attribute__((format(printf, 2, 3)))
static void add(struct line *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int n = vsnprintf(l->text + l->used, OHM_VEC_TEXT - l->used, format, args);
    va_end(args);
    l->used += (size_t)n;
    if (l->used >= OHM_VEC_TEXT)
        l->used = OHM_VEC_TEXT - 1;
}

static const char *comma(struct line *l)
{
    return l->operands++ ? ", " : " ";
}

static void operand(struct line *l, int is_register, unsigned number, unsigned x, int index)
{
    const char *between = comma(l);

    add(l, "%s%c%u", between, is_register ? 's' : 'v', number);
    if (x)
        add(l, "[s%d]", index);
}

static void mask(struct line *l, unsigned bits)
{
    for (int i = 0; bits >> i; i++)
        if (bits >> i & 1u)
            add(l, " %d", i);
}

static void operand_b(struct line *l, const struct ohm_vec_op *op, const struct ohm_vec_ins *i)
{
    if (!op->b)
        return;
    if (op->b & OHM_VEC_B_STREAM) {
        const char *between = comma(l);
        add(l, "%sstream %u", between, i->b);
    } else if (i->bk == 2) {
        const char *between = comma(l);
        add(l, "%s#%d", between, op->imm == OHM_VEC_IMM_B ? (int16_t)i->imm : (int)i->imm);
    } else {
        operand(l, i->bk == 1, i->b, i->bx, 15);
    }
}

static void immediate(struct line *l, const struct ohm_vec_op *op, const struct ohm_vec_ins *i)
{
    unsigned rows, stride;

    switch (op->imm) {
    case OHM_VEC_IMM_B:
    case OHM_VEC_IMM_ELEMENT:
    case OHM_VEC_IMM_LENGTH: return;
    case OHM_VEC_IMM_MATRIX: {
        const int by_register = ohm_vec_matrix(i, &rows, &stride);
        add(l, ", rows %s%u, stride %u", by_register ? "s" : "", rows, stride);
        return;
    }
    case OHM_VEC_IMM_STREAMS: mask(l, i->imm); return;
    case OHM_VEC_IMM_ROUTES:
        add(l, ", routes");
        mask(l, i->imm);
        return;
    case OHM_VEC_IMM_ANY: add(l, ", #%u", i->imm); return;
    case OHM_VEC_IMM_TABLE: add(l, ", t%u", i->imm); return;
    case OHM_VEC_IMM_WORD: add(l, ", word %u", i->imm); return;
    case OHM_VEC_IMM_TARGET: add(l, ", %u", i->imm); return;
    }
}

int ohm_vec_text(uint64_t word, int tables, char text[OHM_VEC_TEXT])
{
    const struct ohm_vec_ins i = ohm_vec_decode(word);
    const struct ohm_vec_op *op = &ohm_vec_ops[i.op];
    struct line l = {.text = text};
    const int fault = ohm_vec_judge(&i, tables);

    if (fault) {
        add(&l, "; 0x%016" PRIx64 " is no legal word: %s", word,
            fault == OHM_PROGRAM_OPCODE ? "unknown operation" : "a field");
        return -1;
    }
    add(&l, "%s", op->name);
    if (op->d)
        operand(&l, i.s || op->d == OHM_VEC_REGISTER, i.d, i.dx, 13);
    if (op->a)
        operand(&l, i.s || op->a == OHM_VEC_REGISTER, i.a, i.ax, 14);
    operand_b(&l, op, &i);
    if (!op->format && i.sh)
        add(&l, " >> %u", i.sh);
    immediate(&l, op, &i);
    if (op->format)
        add(&l, ", %s", ohm_vec_formats[i.sh]);
    return 0;
}
