/* SPDX-License-Identifier: Apache-2.0
 * One instruction of the assembler's text, by the table of operations. */
#include <string.h>

#include "ohm_asm_parts.h"

enum { INDEX_D = 13, INDEX_A, INDEX_B }; /* index registers of the operands */

/* A vector operand: a name or v7, words behind it, an index register. */
static int vector(struct asm_state *s, const char *at, int index,
                  const struct ohm_asm_symbol *symbol, unsigned *field, unsigned *x)
{
    const long units = s->size->mem / OHM_VEC_UNIT;
    long more = 0;

    ohm_asm_blanks(s);
    if (*s->at == '+' || *s->at == '-') {
        const int minus = *s->at++ == '-';
        if (ohm_asm_number(s, 0, units, "vector numbers", &more))
            return -1;
        more = minus ? -more : more;
    }
    if (symbol->value + more < 0 || symbol->value + more >= units)
        return ohm_asm_expected(s, at, "a vector number from 0 to %ld (it is %ld)", units - 1,
                                symbol->value + more);
    *field = (unsigned)(symbol->value + more);
    *x = 0;
    if (ohm_asm_accept(s, "[")) {
        struct ohm_asm_symbol reg;
        const char *from = s->at;
        if (!ohm_asm_look(s, &reg) || reg.kind != OHM_ASM_REGISTER || reg.value != index)
            return ohm_asm_expected(s, from, "the operand's index register s%d", index);
        *x = 1;
        return ohm_asm_need(s, "]");
    }
    return 0;
}
/* An operand that is a vector or, where `scalar` allows it, a register; *is_register says which. */
static int operand(struct asm_state *s, int index, int vectors, int registers,
                   unsigned *field, unsigned *x, int *is_register)
{
    struct ohm_asm_symbol symbol;
    const char *what = vectors && registers ? "a vector or a register"
                     : vectors              ? "a vector (v0 …, or its name)"
                                            : "a register (s0 … s15, or its name)";

    ohm_asm_blanks(s);
    const char *at = s->at;
    if (!ohm_asm_look(s, &symbol) || !((vectors && symbol.kind == OHM_ASM_VECTOR)
                                       || (registers && symbol.kind == OHM_ASM_REGISTER)))
        return ohm_asm_expected(s, at, "%s", what);
    *is_register = symbol.kind == OHM_ASM_REGISTER;
    if (!*is_register)
        return vector(s, at, index, &symbol, field, x);
    *field = (unsigned)symbol.value;
    *x = 0;
    return 0;
}

/* Operand b: what the operation takes, in the form that d has chosen. */
static int operand_b(struct asm_state *s, const struct ohm_vec_op *op, struct ohm_vec_ins *i)
{
    const int vectors = op->b & OHM_VEC_B_VECTOR && !i->s;
    const int registers = !!(op->b & OHM_VEC_B_REGISTER);
    int is_register;
    long n;

    if (op->b & OHM_VEC_B_STREAM) {
        if (ohm_asm_need(s, "stream") || ohm_asm_number(s, 0, s->size->streams - 1, "a stream", &n))
            return -1;
        i->b = (unsigned)n;
        return 0;
    }
    if (op->b & OHM_VEC_B_IMM && ohm_asm_accept(s, "#")) {
        const int length = op->imm == OHM_VEC_IMM_LENGTH, any = op->imm == OHM_VEC_IMM_B;
        i->bk = 2;
        if (ohm_asm_number(s, length ? 1 : any ? -32768 : 0, any ? 32767 : OHM_VEC_LENGTH,
                           length ? "a length" : any ? "an immediate" : "an element", &n))
            return -1;
        i->imm = (uint16_t)n;
        return 0;
    }
    ohm_asm_blanks(s);
    if (op->b & OHM_VEC_B_IMM) {
        struct ohm_asm_symbol symbol;
        const char *at = s->at;
        if (!ohm_asm_look(s, &symbol)
            || !((vectors && symbol.kind == OHM_ASM_VECTOR)
                 || (registers && symbol.kind == OHM_ASM_REGISTER)))
            return ohm_asm_expected(s, at, vectors ? "a vector, a register or #number"
                                                   : "a register or #number");
        s->at = at;
    }
    if (operand(s, INDEX_B, vectors, registers, &i->b, &i->bx, &is_register))
        return -1;
    i->bk = is_register ? 1 : 0;
    return 0;
}

static int matrix_shape(struct asm_state *s, struct ohm_vec_ins *i)
{
    struct ohm_asm_symbol symbol;
    long rows, stride;

    if (ohm_asm_need(s, ",") || ohm_asm_need(s, "rows"))
        return -1;
    ohm_asm_blanks(s);
    const char *at = s->at;
    if (ohm_asm_look(s, &symbol) && symbol.kind == OHM_ASM_REGISTER)
        i->imm = (uint16_t)(1u << 15 | (unsigned)symbol.value);
    else {
        s->at = at;
        if (ohm_asm_number(s, 1, OHM_VEC_ROWS, "a register or a number of rows", &rows))
            return -1;
        i->imm = (uint16_t)rows;
    }
    if (ohm_asm_need(s, ",") || ohm_asm_need(s, "stride")
        || ohm_asm_number(s, 1, 127, "vector numbers from row to row", &stride))
        return -1;
    i->imm = (uint16_t)(i->imm | stride << 8);
    return 0;
}

/* A label or an instruction's number. */
static int target(struct asm_state *s, struct ohm_vec_ins *i)
{
    struct ohm_asm_symbol symbol;
    char name[32];
    long n;

    ohm_asm_blanks(s);
    const char *at = s->at;
    if (ohm_asm_look(s, &symbol) && symbol.kind == OHM_ASM_LABEL) {
        i->imm = (uint16_t)symbol.value;
        return 0;
    }
    s->at = at;
    if (!ohm_asm_name(s, name) && !ohm_asm_find(s->out, name))
        return ohm_asm_later(s, at, name);
    s->at = at;
    if (ohm_asm_number(s, 0, s->size->prog - 1, "a label or an instruction's number", &n))
        return -1;
    i->imm = (uint16_t)n;
    return 0;
}

/* What the immediate says besides operand b. */
static int immediate(struct asm_state *s, const struct ohm_vec_op *op, struct ohm_vec_ins *i,
                     int comma)
{
    struct ohm_asm_symbol symbol;
    uint32_t mask;
    long n;

    switch (op->imm) {
    case OHM_VEC_IMM_B:
    case OHM_VEC_IMM_ELEMENT:
    case OHM_VEC_IMM_LENGTH: return 0;
    case OHM_VEC_IMM_MATRIX: return matrix_shape(s, i);
    default: break;
    }
    if (comma && ohm_asm_need(s, ","))
        return -1;
    ohm_asm_blanks(s);
    const char *at = s->at;
    switch (op->imm) {
    case OHM_VEC_IMM_ANY:
        if (ohm_asm_need(s, "#") || ohm_asm_number(s, 0, 65535, "an immediate", &n))
            return -1;
        break;
    case OHM_VEC_IMM_TABLE:
        if (!ohm_asm_look(s, &symbol) || symbol.kind != OHM_ASM_TABLE
            || symbol.value >= s->size->tables)
            return ohm_asm_expected(s, at, "a table (t0 to t%d, or its name)", s->size->tables - 1);
        n = symbol.value;
        break;
    case OHM_VEC_IMM_WORD:
        if (ohm_asm_need(s, "word") || ohm_asm_number(s, 0, 4095, "a word of the vector", &n))
            return -1;
        break;
    case OHM_VEC_IMM_STREAMS:
        if (ohm_asm_mask(s, s->size->streams, "stream", &mask))
            return -1;
        n = (long)mask;
        break;
    case OHM_VEC_IMM_ROUTES:
        if (ohm_asm_need(s, "routes") || ohm_asm_mask(s, s->size->routes, "route", &mask))
            return -1;
        n = (long)mask;
        break;
    default: return target(s, i);
    }
    i->imm = (uint16_t)n;
    return 0;
}

static int format(struct asm_state *s, struct ohm_vec_ins *i)
{
    struct ohm_asm_symbol symbol;

    if (ohm_asm_need(s, ","))
        return -1;
    for (unsigned f = 0; f < 4; f++)
        if (ohm_asm_accept(s, ohm_vec_formats[f])) {
            i->sh = f;
            return 0;
        }
    /* a number's name, so that a param can choose the format */
    const char *at = s->at;
    if (!ohm_asm_look(s, &symbol) || symbol.kind != OHM_ASM_NUMBER || symbol.value < 0
        || symbol.value > 3)
        return ohm_asm_expected(s, at, "u8, s8, s16, s32, or the name of 0, 1, 2 or 3");
    i->sh = (unsigned)symbol.value;
    return 0;
}

/* The operands of an operation into *i. */
static int operands(struct asm_state *s, const struct ohm_vec_op *op, struct ohm_vec_ins *i)
{
    int comma = 0, is_register;
    long shift;

    if (op->d) {
        if (operand(s, INDEX_D, op->d == OHM_VEC_VECTOR, op->scalar || op->d == OHM_VEC_REGISTER,
                    &i->d, &i->dx, &is_register))
            return -1;
        i->s = op->scalar && is_register;
        comma = 1;
    }
    if (op->a) {
        const int vectors = op->a == OHM_VEC_VECTOR && !i->s;
        if ((comma && ohm_asm_need(s, ","))
            || operand(s, INDEX_A, vectors, !vectors, &i->a, &i->ax, &is_register))
            return -1;
        comma = 1;
    }
    if (op->b) {
        if ((comma && ohm_asm_need(s, ",")) || operand_b(s, op, i))
            return -1;
        comma = 1;
    }
    if (op->shift && !op->format && ohm_asm_accept(s, ">>")) {
        if (ohm_asm_number(s, 0, op->shift, "a shift", &shift))
            return -1;
        i->sh = (unsigned)shift;
    }
    if (immediate(s, op, i, comma))
        return -1;
    return op->format ? format(s, i) : 0;
}

int ohm_asm_instruction(struct asm_state *s, const char *word, const char *at)
{
    for (unsigned op = 0; op < 1u << OHM_VI_OP_W; op++) {
        struct ohm_vec_ins i = {.op = op};
        if (!ohm_vec_ops[op].name || strcmp(ohm_vec_ops[op].name, word))
            continue;
        const char *from = s->at;
        if (operands(s, &ohm_vec_ops[op], &i))
            return -1;
        if (ohm_vec_judge(&i, s->size->tables))
            return ohm_asm_expected(s, from, op == OHM_VOP_LOOP ? "a register that is not s0"
                                                                : "operands of a legal word");
        if ((int)s->out->count >= s->size->prog)
            return ohm_asm_expected(s, at, "at most %d instructions", s->size->prog);
        return ohm_asm_emit(s, ohm_vec_encode(&i)) ? -1 : 1;
    }
    return 0;
}
