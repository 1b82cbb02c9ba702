/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_vec_word.h"

#define ANY_B (OHM_VEC_B_VECTOR | OHM_VEC_B_REGISTER | OHM_VEC_B_IMM)
#define OF_TWO(text, most) {text, 1, OHM_VEC_VECTOR, OHM_VEC_VECTOR, ANY_B, OHM_VEC_IMM_B, most, 0}
#define OF_ONE(text, imm) {text, 1, OHM_VEC_VECTOR, OHM_VEC_VECTOR, 0, imm, 0, 0}
#define REDUCE(text) {text, 0, OHM_VEC_REGISTER, OHM_VEC_VECTOR, 0, OHM_VEC_IMM_B, 0, 0}
#define MATRIX(text) \
    {text, 0, OHM_VEC_VECTOR, OHM_VEC_VECTOR, OHM_VEC_B_VECTOR, OHM_VEC_IMM_MATRIX, 63, 0}
#define BRANCH(text) \
    {text, 0, OHM_VEC_NONE, OHM_VEC_REGISTER, OHM_VEC_B_REGISTER, OHM_VEC_IMM_TARGET, 0, 0}

const struct ohm_vec_op ohm_vec_ops[1 << OHM_VI_OP_W] = {
    [OHM_VOP_MOV] = {"mov", 1, OHM_VEC_VECTOR, OHM_VEC_NONE, ANY_B, OHM_VEC_IMM_B, 0, 0},
    [OHM_VOP_ADD] = OF_TWO("add", 0),
    [OHM_VOP_SUB] = OF_TWO("sub", 0),
    [OHM_VOP_MUL] = OF_TWO("mul", 47),
    [OHM_VOP_MIN] = OF_TWO("min", 0),
    [OHM_VOP_MAX] = OF_TWO("max", 0),
    [OHM_VOP_AND] = OF_TWO("and", 0),
    [OHM_VOP_OR] = OF_TWO("or", 0),
    [OHM_VOP_XOR] = OF_TWO("xor", 0),
    [OHM_VOP_SHL] = OF_TWO("shl", 0),
    [OHM_VOP_SRA] = OF_TWO("sra", 0),
    [OHM_VOP_CLT] = OF_TWO("clt", 0),
    [OHM_VOP_CEQ] = OF_TWO("ceq", 0),
    [OHM_VOP_ABS] = OF_ONE("abs", OHM_VEC_IMM_B),
    [OHM_VOP_CLZ] = OF_ONE("clz", OHM_VEC_IMM_B),
    [OHM_VOP_TAB] = OF_ONE("tab", OHM_VEC_IMM_TABLE),
    [OHM_VOP_RND] = {"rnd", 1, OHM_VEC_VECTOR, OHM_VEC_NONE, 0, OHM_VEC_IMM_ANY, 0, 0},
    [OHM_VOP_SUM] = REDUCE("sum"),
    [OHM_VOP_TOP] = REDUCE("top"),
    [OHM_VOP_ARGTOP] = REDUCE("argtop"),
    [OHM_VOP_DOT] = {"dot", 0, OHM_VEC_REGISTER, OHM_VEC_VECTOR, ANY_B, OHM_VEC_IMM_B, 63, 0},
    [OHM_VOP_MV] = MATRIX("mv"),
    [OHM_VOP_MT] = MATRIX("mt"),
    [OHM_VOP_GET] = {"get", 0, OHM_VEC_REGISTER, OHM_VEC_VECTOR,
                     OHM_VEC_B_REGISTER | OHM_VEC_B_IMM, OHM_VEC_IMM_ELEMENT, 0, 0},
    [OHM_VOP_PUT] = {"put", 0, OHM_VEC_VECTOR, OHM_VEC_REGISTER,
                     OHM_VEC_B_REGISTER | OHM_VEC_B_IMM, OHM_VEC_IMM_ELEMENT, 0, 0},
    [OHM_VOP_UNPACK] = {"unpack", 0, OHM_VEC_VECTOR, OHM_VEC_NONE, OHM_VEC_B_STREAM,
                        OHM_VEC_IMM_WORD, 3, 1},
    [OHM_VOP_FREE] = {"free", 0, OHM_VEC_NONE, OHM_VEC_NONE, 0, OHM_VEC_IMM_STREAMS, 0, 0},
    [OHM_VOP_SEND] = {"send", 0, OHM_VEC_NONE, OHM_VEC_VECTOR, 0, OHM_VEC_IMM_ROUTES, 3, 1},
    [OHM_VOP_LEN] = {"len", 0, OHM_VEC_NONE, OHM_VEC_NONE, OHM_VEC_B_REGISTER | OHM_VEC_B_IMM,
                     OHM_VEC_IMM_LENGTH, 0, 0},
    [OHM_VOP_BEQ] = BRANCH("beq"),
    [OHM_VOP_BNE] = BRANCH("bne"),
    [OHM_VOP_BLT] = BRANCH("blt"),
    [OHM_VOP_BGE] = BRANCH("bge"),
    [OHM_VOP_LOOP] = {"loop", 0, OHM_VEC_REGISTER, OHM_VEC_NONE, 0, OHM_VEC_IMM_TARGET, 0, 0},
    [OHM_VOP_END] = {"end", 0, OHM_VEC_NONE, OHM_VEC_NONE, 0, OHM_VEC_IMM_B, 0, 0},
};

const char *const ohm_vec_formats[4] = {"u8", "s8", "s16", "s32"};

static unsigned field(uint64_t word, int lsb, int width)
{
    return (unsigned)(word >> lsb & ((UINT64_C(1) << width) - 1));
}
#define FIELD(word, name) field(word, OHM_VI_##name##_LSB, OHM_VI_##name##_W)

/* An operand's highest bit is its x. */
enum { X_LSB = OHM_VI_D_W - 1, NUMBER = (1 << X_LSB) - 1 };

struct ohm_vec_ins ohm_vec_decode(uint64_t word)
{
    const unsigned d = FIELD(word, D), a = FIELD(word, A), b = FIELD(word, B);

    return (struct ohm_vec_ins){
        .op = FIELD(word, OP), .bk = FIELD(word, BK), .s = FIELD(word, S), .sh = FIELD(word, SH),
        .d = d & NUMBER, .a = a & NUMBER, .b = b & NUMBER,
        .dx = d >> X_LSB, .ax = a >> X_LSB, .bx = b >> X_LSB,
        .imm = (uint16_t)FIELD(word, IMM)};
}

uint64_t ohm_vec_encode(const struct ohm_vec_ins *i)
{
    return (uint64_t)i->op << OHM_VI_OP_LSB | (uint64_t)i->bk << OHM_VI_BK_LSB
         | (uint64_t)i->s << OHM_VI_S_LSB | (uint64_t)i->sh << OHM_VI_SH_LSB
         | (uint64_t)(i->dx << X_LSB | i->d) << OHM_VI_D_LSB
         | (uint64_t)(i->ax << X_LSB | i->a) << OHM_VI_A_LSB
         | (uint64_t)(i->bx << X_LSB | i->b) << OHM_VI_B_LSB | i->imm;
}

static int operand_legal(enum ohm_vec_operand kind, unsigned number, unsigned x)
{
    switch (kind) {
    case OHM_VEC_NONE: return !number && !x;
    case OHM_VEC_REGISTER: return number < OHM_VEC_REGS && !x;
    default: return 1;
    }
}

/* Tells whether bk and the field b are legal for an operation. */
static int b_legal(const struct ohm_vec_op *op, const struct ohm_vec_ins *i)
{
    const unsigned allowed = i->s ? op->b & ~(unsigned)OHM_VEC_B_VECTOR : op->b;

    if (allowed == OHM_VEC_B_STREAM)
        return i->bk == 0 && i->b < 4 && !i->bx;
    if (!allowed)
        return i->bk == 0 && !i->b && !i->bx;
    if (!(allowed >> i->bk & 1u) || i->bk == 3)
        return 0;
    return operand_legal(i->bk == 0   ? OHM_VEC_VECTOR
                         : i->bk == 1 ? OHM_VEC_REGISTER
                                      : OHM_VEC_NONE,
                         i->b, i->bx);
}

int ohm_vec_matrix(const struct ohm_vec_ins *i, unsigned *rows, unsigned *stride)
{
    *stride = i->imm >> 8 & 0x7Fu;
    *rows = i->imm & 0xFFu;
    return i->imm >> 15;
}

static int imm_legal(const struct ohm_vec_op *op, const struct ohm_vec_ins *i, int tables)
{
    const unsigned imm = i->imm;
    unsigned rows, stride;

    switch (op->imm) {
    case OHM_VEC_IMM_B: return i->bk == 2 || !imm;
    case OHM_VEC_IMM_ELEMENT: return i->bk == 2 ? imm <= OHM_VEC_LENGTH : !imm;
    case OHM_VEC_IMM_LENGTH: return i->bk == 2 ? imm && imm <= OHM_VEC_LENGTH : !imm;
    case OHM_VEC_IMM_ANY: return 1;
    case OHM_VEC_IMM_TABLE: return imm < (unsigned)tables;
    case OHM_VEC_IMM_WORD:
    case OHM_VEC_IMM_TARGET: return imm <= 4095;
    case OHM_VEC_IMM_STREAMS: return imm && imm <= 15;
    case OHM_VEC_IMM_ROUTES: return imm && imm <= 255;
    case OHM_VEC_IMM_MATRIX: break;
    }
    return (ohm_vec_matrix(i, &rows, &stride) ? rows < OHM_VEC_REGS : rows > 0) && stride > 0;
}

int ohm_vec_judge(const struct ohm_vec_ins *i, int tables)
{
    const struct ohm_vec_op *op = &ohm_vec_ops[i->op];
    const enum ohm_vec_operand d = i->s && op->d ? OHM_VEC_REGISTER : op->d;
    const enum ohm_vec_operand a = i->s && op->a ? OHM_VEC_REGISTER : op->a;

    if (!op->name)
        return OHM_PROGRAM_OPCODE;
    if ((i->s && !op->scalar) || i->sh > (unsigned)op->shift || !operand_legal(d, i->d, i->dx)
        || !operand_legal(a, i->a, i->ax) || !b_legal(op, i) || !imm_legal(op, i, tables)
        || (i->op == OHM_VOP_LOOP && i->d == 0))
        return OHM_PROGRAM_FIELD;
    return 0;
}
