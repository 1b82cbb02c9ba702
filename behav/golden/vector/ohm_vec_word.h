/* SPDX-License-Identifier: Apache-2.0
 * Instruction words of the vector unit (docs/reference/vector.md): their fields, and what each
 * operation asks of them. The interpreter judges by this table, the assembler writes by it. */
#ifndef OHM_VEC_WORD_H
#define OHM_VEC_WORD_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_map.h"

#ifdef __cplusplus
extern "C" {
#endif
OHM_API_BEGIN

enum {
    OHM_VEC_UNIT = 16,      /* words from one vector number to the next */
    OHM_VEC_REGS = 16,      /* scalar registers */
    OHM_VEC_LENGTH = 4095,  /* elements of a vector at most */
    OHM_VEC_SEND = 1024,    /* words of a send at most */
    OHM_VEC_ROWS = 255,     /* rows of a matrix at most */
    OHM_VEC_TEXT = 96       /* an instruction's text at most, with its end */
};

/* What an operand field holds. */
enum ohm_vec_operand { OHM_VEC_NONE, OHM_VEC_VECTOR, OHM_VEC_REGISTER };

/* What b may be, a bit for each value of the field bk; none of them: bk and b are 0. */
enum { OHM_VEC_B_VECTOR = 1, OHM_VEC_B_REGISTER = 2, OHM_VEC_B_IMM = 4, OHM_VEC_B_STREAM = 8 };

/* What the immediate is when bk is not 2; with bk 2 it is operand b, of the range `imm` says. */
enum ohm_vec_imm {
    OHM_VEC_IMM_B,       /* 0; as b any 16 bits */
    OHM_VEC_IMM_ELEMENT, /* 0; as b 0 to 4095 */
    OHM_VEC_IMM_LENGTH,  /* 0; as b 1 to 4095 */
    OHM_VEC_IMM_ANY,     /* 16 bits of rnd */
    OHM_VEC_IMM_TABLE,
    OHM_VEC_IMM_MATRIX,  /* stride, rows or their register */
    OHM_VEC_IMM_WORD,    /* 0 to 4095 */
    OHM_VEC_IMM_STREAMS, /* mask, 1 to 15 */
    OHM_VEC_IMM_ROUTES,  /* mask, 1 to 255 */
    OHM_VEC_IMM_TARGET   /* 0 to 4095 */
};

struct ohm_vec_op {
    const char *name; /* NULL: no such operation */
    int scalar;       /* 1: has a form on scalar registers */
    enum ohm_vec_operand d, a; /* with S = 0 */
    unsigned b;
    enum ohm_vec_imm imm;
    int shift, format; /* largest sh; 1: sh is a format */
};

/* Fields of a word. */
struct ohm_vec_ins {
    unsigned op, bk, s, sh;
    unsigned d, a, b;    /* vector number or register */
    unsigned dx, ax, bx; /* 1: its index register is added */
    uint16_t imm;
};

extern const struct ohm_vec_op ohm_vec_ops[1 << OHM_VI_OP_W];
extern const char *const ohm_vec_formats[4]; /* u8, s8, s16, s32 */

struct ohm_vec_ins ohm_vec_decode(uint64_t word);
uint64_t ohm_vec_encode(const struct ohm_vec_ins *ins);

/* Judges a word by itself, for a unit of so many tables: 0, or OHM_PROGRAM_OPCODE or _FIELD. */
int ohm_vec_judge(const struct ohm_vec_ins *ins, int tables);

/* An instruction's text, as the assembler reads it. 0; -1: not a legal word for so many tables, and
 * the text says so as a comment. */
int ohm_vec_text(uint64_t word, int tables, char text[OHM_VEC_TEXT]);

/* Rows and stride of a matrix instruction; *rows is a register's number when the result is 1. */
int ohm_vec_matrix(const struct ohm_vec_ins *ins, unsigned *rows, unsigned *stride);

/* Elements in a word of a format. */
static inline unsigned ohm_vec_packed(unsigned format)
{
    return format < 2 ? 4 : format == 2 ? 2 : 1;
}

OHM_API_END
#ifdef __cplusplus
}
#endif

#endif
