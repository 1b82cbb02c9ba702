/* SPDX-License-Identifier: Apache-2.0
 * The assembler at work: its place in the text, and what its parts share. Private to
 * sim/host/vector. */
#ifndef OHM_ASM_PARTS_H
#define OHM_ASM_PARTS_H

#include "ohm_asm.h"

/* A label that was not known yet where it was used. */
struct asm_use {
    char name[32];
    uint32_t at; /* instruction */
    int line, column;
};

struct asm_state {
    struct ohm_asm *out;
    const char *file, *at, *line_start;
    int line;
    const struct ohm_vec_size *size;
    const struct ohm_asm_param *param;
    int params;
    unsigned taken; /* a bit for each param that the text has used */
    struct asm_use *use;
    uint32_t uses, room[4]; /* room: of code, write, symbol, use */
    uint32_t streams, routes; /* named by programs so far */
    struct ohm_error *err;
};

/* Fails at a place of this line: "file:line:column: 'what stands there', expected …". */
int ohm_asm_expected(struct asm_state *s, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int ohm_asm_memory(struct asm_state *s);

/* Text: blanks never count between tokens. */
void ohm_asm_blanks(struct asm_state *s);
int ohm_asm_line_ends(struct asm_state *s);         /* at its end, or at a comment */
int ohm_asm_accept(struct asm_state *s, const char *token);
int ohm_asm_need(struct asm_state *s, const char *token);
int ohm_asm_name(struct asm_state *s, char name[32]); /* 0: a name has been read */
/* An expression of numbers: low to high, which `what` names. */
int ohm_asm_number(struct asm_state *s, long low, long high, const char *what, long *value);
/* A list of one number or more, as a mask. */
int ohm_asm_mask(struct asm_state *s, int below, const char *what, uint32_t *mask);

/* Names. s5, v7, t0 have a meaning of their own; *symbol says it, or a defined name's. 1: found, 0:
 * not (the text stands where it stood). */
int ohm_asm_look(struct asm_state *s, struct ohm_asm_symbol *symbol);
int ohm_asm_define(struct asm_state *s, const char *at, const char *name, enum ohm_asm_kind kind,
                   long value, long elements);

int ohm_asm_write(struct asm_state *s, uint32_t address, uint32_t value);
int ohm_asm_emit(struct asm_state *s, uint64_t word);
int ohm_asm_later(struct asm_state *s, const char *at, const char *name);

/* Grows an array whose room is number `which`; -1 when out of memory. */
int ohm_asm_grow(struct asm_state *s, int which, uint32_t count, size_t size, void **array);

/* Statements: 1 when the word is one of theirs, and it has been done; 0 when not; -1 + err. */
int ohm_asm_directive(struct asm_state *s, const char *word, const char *at);
int ohm_asm_instruction(struct asm_state *s, const char *word, const char *at);

#endif
