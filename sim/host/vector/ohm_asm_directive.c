/* SPDX-License-Identifier: Apache-2.0
 * Statements of the assembler that are no instructions: names, memory, tables, programs. */
#include <stdlib.h>
#include <string.h>

#include "ohm_asm_parts.h"

static const long WORD = 1L << 32; /* values from -2^31 to 2^32 - 1 are a word */

/* A new name, and what comes between it and its value. */
static int fresh(struct asm_state *s, const char *between, char name[32], const char **at)
{
    ohm_asm_blanks(s);
    *at = s->at;
    if (ohm_asm_name(s, name))
        return ohm_asm_expected(s, *at, "a name of at most 31 letters, digits and _");
    return ohm_asm_need(s, between);
}

static int constant(struct asm_state *s, int is_param)
{
    char name[32];
    const char *at;
    long value;

    if (fresh(s, "=", name, &at) || ohm_asm_number(s, -WORD, WORD, "a number", &value))
        return -1;
    for (int i = 0; is_param && i < s->params; i++)
        if (!strcmp(s->param[i].name, name)) {
            value = s->param[i].value;
            s->taken |= 1u << i;
        }
    return ohm_asm_define(s, at, name, OHM_ASM_NUMBER, value, 0);
}

/* Takes memory for a vector behind those that there are. */
static int allocate(struct asm_state *s, const char *at, const char *name, long elements)
{
    const uint32_t units = (uint32_t)((elements + OHM_VEC_UNIT - 1) / OHM_VEC_UNIT);
    const uint32_t first = s->out->used / OHM_VEC_UNIT;

    if (s->out->used + units * OHM_VEC_UNIT > (uint32_t)s->size->mem)
        return ohm_asm_expected(s, at, "vectors of at most VMEM_WORDS = %d words together, "
                                "this one ends at %u", s->size->mem,
                                s->out->used + units * OHM_VEC_UNIT);
    s->out->used += units * OHM_VEC_UNIT;
    return ohm_asm_define(s, at, name, OHM_ASM_VECTOR, first, elements);
}

static int vectors(struct asm_state *s)
{
    char name[32];
    const char *at;
    long elements;

    if (fresh(s, ",", name, &at)
        || ohm_asm_number(s, 1, s->size->mem, "elements", &elements))
        return -1;
    return allocate(s, at, name, elements);
}

static int data(struct asm_state *s)
{
    const uint32_t first = s->out->used;
    char name[32];
    const char *at;
    uint32_t n = 0;

    if (fresh(s, ",", name, &at))
        return -1;
    do {
        long value;
        if (ohm_asm_number(s, -WORD / 2, WORD - 1, "a word", &value)
            || ohm_asm_write(s, OHM_REG_VMEM + first + n++, (uint32_t)value))
            return -1;
    } while (ohm_asm_accept(s, ","));
    return allocate(s, at, name, n);
}

static int alias(struct asm_state *s)
{
    struct ohm_asm_symbol symbol;
    char name[32];
    const char *at;

    if (fresh(s, "=", name, &at))
        return -1;
    ohm_asm_blanks(s);
    if (!ohm_asm_look(s, &symbol) || symbol.kind != OHM_ASM_REGISTER)
        return ohm_asm_expected(s, s->at, "a register (s0 … s15, or its name)");
    return ohm_asm_define(s, at, name, OHM_ASM_REGISTER, symbol.value, 0);
}

/* `word` and a number behind a comma. */
static int setting(struct asm_state *s, const char *word, long low, long high, long *value)
{
    return ohm_asm_need(s, ",") || ohm_asm_need(s, word)
        || ohm_asm_number(s, low, high, word, value) ? -1 : 0;
}

static int table(struct asm_state *s)
{
    int32_t entry[OHM_VEC_ENTRIES];
    char name[32], function[32];
    const char *at;
    long in, out, from, shift;

    if (fresh(s, "=", name, &at))
        return -1;
    ohm_asm_blanks(s);
    const char *which = s->at;
    if (ohm_asm_name(s, function))
        return ohm_asm_expected(s, which, "the name of a function");
    if (setting(s, "in", 0, 31, &in) || setting(s, "out", 0, 31, &out)
        || setting(s, "from", -WORD / 2, WORD / 2 - 1, &from)
        || setting(s, "shift", 0, 15, &shift))
        return -1;
    if (ohm_asm_table(function, (int)in, (int)out, from, (int)shift, entry))
        return ohm_asm_expected(s, which, "sigmoid, tanh, exp, reciprocal, rsqrt, gelu or silu");
    if ((int)s->out->tables >= s->size->tables)
        return ohm_asm_expected(s, at, "at most VTABLES = %d tables", s->size->tables);
    const uint32_t t = s->out->tables++;
    for (uint32_t i = 0; i < OHM_VEC_ENTRIES; i++)
        if (ohm_asm_write(s, OHM_REG_VTABLE + t * OHM_REG_VTABLE_STRIDE + i,
                          (uint32_t)entry[i] & 0xFFFFu))
            return -1;
    if (ohm_asm_write(s, OHM_REG_VTABLE_X0 + t, (uint32_t)from)
        || ohm_asm_write(s, OHM_REG_VTABLE_SHIFT + t, (uint32_t)shift))
        return -1;
    return ohm_asm_define(s, at, name, OHM_ASM_TABLE, (long)t, 0);
}

/* `program [streams 0 1] [, routes 0]` and `init [routes 0]`. */
static int program(struct asm_state *s, const char *at, int is_init)
{
    uint32_t streams = 0, routes = 0;
    const uint32_t start = s->out->count;

    if (!is_init && ohm_asm_accept(s, "streams")) {
        ohm_asm_blanks(s);
        const char *list = s->at;
        if (ohm_asm_mask(s, s->size->streams, "stream", &streams))
            return -1;
        if (streams & s->streams)
            return ohm_asm_expected(s, list, "streams that no other program names");
        s->streams |= streams;
    }
    if (!ohm_asm_line_ends(s)) {
        if ((streams && ohm_asm_need(s, ",")) || ohm_asm_need(s, "routes"))
            return -1;
        ohm_asm_blanks(s);
        const char *list = s->at;
        if (ohm_asm_mask(s, s->size->routes, "route", &routes))
            return -1;
        if (!is_init && routes & s->routes)
            return ohm_asm_expected(s, list, "routes that no other program names");
        s->routes |= is_init ? 0 : routes;
    }
    if (is_init)
        return ohm_asm_write(s, OHM_REG_VINIT, start << OHM_VINIT_START_LSB
                                                   | routes << OHM_VINIT_ROUTES_LSB
                                                   | 1u << OHM_VINIT_ON_LSB);
    if (s->out->programs == OHM_VEC_PROGRAMS)
        return ohm_asm_expected(s, at, "at most %d programs", OHM_VEC_PROGRAMS);
    return ohm_asm_write(s, OHM_REG_VPROGRAM + s->out->programs++,
                         start << OHM_VPROGRAM_START_LSB | streams << OHM_VPROGRAM_STREAMS_LSB
                             | routes << OHM_VPROGRAM_ROUTES_LSB);
}

static int sequence(struct asm_state *s)
{
    long steps, lanes;

    if (ohm_asm_need(s, "steps") || ohm_asm_number(s, 1, 65535, "steps", &steps)
        || setting(s, "lanes", 1, OHM_VEC_LANES, &lanes))
        return -1;
    return ohm_asm_write(s, OHM_REG_VSEQ, (uint32_t)steps << OHM_VSEQ_STEPS_LSB
                                              | (uint32_t)lanes << OHM_VSEQ_LANES_LSB);
}

static int number_of(struct asm_state *s, uint32_t reg, long low, long high, const char *what)
{
    long value;

    return ohm_asm_number(s, low, high, what, &value) || ohm_asm_write(s, reg, (uint32_t)value)
             ? -1
             : 0;
}

int ohm_asm_directive(struct asm_state *s, const char *word, const char *at)
{
    static const char *const words[] = {"const",   "param", "vec",      "data",  "reg", "table",
                                        "program", "init",  "sequence", "limit", "seed"};
    const size_t n = sizeof words / sizeof words[0];
    size_t i = 0;
    int rc = 0;

    while (i < n && strcmp(words[i], word))
        i++;
    switch (i) {
    case 0: rc = constant(s, 0); break;
    case 1: rc = constant(s, 1); break;
    case 2: rc = vectors(s); break;
    case 3: rc = data(s); break;
    case 4: rc = alias(s); break;
    case 5: rc = table(s); break;
    case 6: rc = program(s, at, 0); break;
    case 7: rc = program(s, at, 1); break;
    case 8: rc = sequence(s); break;
    case 9: rc = number_of(s, OHM_REG_VLIMIT, 1, OHM_VLIMIT_MASK, "instructions"); break;
    case 10: rc = number_of(s, OHM_REG_VSEED, 0, UINT32_MAX, "a seed"); break;
    default: return 0;
    }
    return rc ? -1 : 1;
}
