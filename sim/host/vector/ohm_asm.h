/* SPDX-License-Identifier: Apache-2.0
 * Assembler of the vector unit: text (docs/reference/vector-assembler.md) to all that one vector
 * tile is loaded with; back to text: ohm_vec_text (ohm_vec_word.h). */
#ifndef OHM_ASM_H
#define OHM_ASM_H

#include "ohm_api.h"
#include "ohm_error.h"
#include "ohm_vec.h"

#ifdef __cplusplus
extern "C" {
#endif
OHM_API_BEGIN

/* A register or memory word of the tile. */
struct ohm_asm_write {
    uint32_t address, value;
};

/* A value that the user gives to a `param` of the text. */
struct ohm_asm_param {
    const char *name;
    long value;
};

/* What a name of the text stands for. */
enum ohm_asm_kind {
    OHM_ASM_NUMBER,
    OHM_ASM_VECTOR,
    OHM_ASM_REGISTER,
    OHM_ASM_TABLE,
    OHM_ASM_LABEL
};
struct ohm_asm_symbol {
    char name[32];
    enum ohm_asm_kind kind;
    long value;    /* number, vector number, register, table, instruction */
    long elements; /* of a vector */
};

struct ohm_asm {
    uint64_t *code;   /* `count` instructions */
    int *line;        /* of the text, for each */
    uint32_t count;
    struct ohm_asm_write *write; /* data, tables, program's registers; not the code */
    uint32_t writes;
    struct ohm_asm_symbol *symbol;
    uint32_t symbols;
    uint32_t used;    /* words of vector memory that the text names */
    uint32_t tables, programs;
};

/* Assembles. `file` names the text in errors: "file:line:column: …, expected …". Every param of
 * the list must be in the text. Returns -1 + err, with nothing in *out to free. */
int ohm_asm(const char *text, const char *file, const struct ohm_vec_size *size,
            const struct ohm_asm_param *param, int params, struct ohm_asm *out,
            struct ohm_error *err);
void ohm_asm_free(struct ohm_asm *a);

/* The symbol of this name; NULL when the text has none. */
const struct ohm_asm_symbol *ohm_asm_find(const struct ohm_asm *a, const char *name);

/* Writes code and all else into a unit that is disabled. */
void ohm_asm_load(const struct ohm_asm *a, struct ohm_vec *v);

/* Entries of a table: e[i] = f((x0 + i*2^shift) / 2^in) * 2^out, rounded and held to 16 bits.
 * Functions: sigmoid, tanh, exp, reciprocal, rsqrt, gelu, silu. -1: there is no such function. */
int ohm_asm_table(const char *function, int in, int out, long x0, int shift,
                  int32_t entry[OHM_VEC_ENTRIES]);

OHM_API_END
#ifdef __cplusplus
}
#endif

#endif
