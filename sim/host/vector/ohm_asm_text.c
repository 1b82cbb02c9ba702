/* SPDX-License-Identifier: Apache-2.0
 * Reading the assembler's text: tokens, names, expressions, and errors that say where. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_asm_parts.h"

int ohm_asm_expected(struct asm_state *s, const char *at, const char *format, ...)
{
    char expected[200], found[40];
    size_t n = 0;
    va_list args;

    va_start(args, format);
    vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    while (at[n] && !strchr("\n;", at[n]) && n < 24
           && !(n && strchr(" \t,", at[n]) && at[n - 1] != ','))
        n++;
    while (n && (at[n - 1] == ' ' || at[n - 1] == '\t' || at[n - 1] == '\r'))
        n--;
    if (n)
        snprintf(found, sizeof found, "'%.*s'", (int)n, at);
    else
        snprintf(found, sizeof found, "end of line");
    return ohm_fail(s->err, "%s:%d:%d: %s, expected %s", s->file, s->line,
                    (int)(at - s->line_start) + 1, found, expected);
}

int ohm_asm_memory(struct asm_state *s)
{
    return ohm_fail(s->err, "%s: out of memory", s->file);
}

void ohm_asm_blanks(struct asm_state *s)
{
    while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
        s->at++;
}

int ohm_asm_line_ends(struct asm_state *s)
{
    ohm_asm_blanks(s);
    return !*s->at || *s->at == '\n' || *s->at == ';';
}

static int in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

int ohm_asm_accept(struct asm_state *s, const char *token)
{
    const size_t n = strlen(token);

    ohm_asm_blanks(s);
    if (strncmp(s->at, token, n) || (in_name(token[n - 1]) && in_name(s->at[n])))
        return 0;
    s->at += n;
    return 1;
}

int ohm_asm_need(struct asm_state *s, const char *token)
{
    return ohm_asm_accept(s, token) ? 0 : ohm_asm_expected(s, s->at, "'%s'", token);
}

int ohm_asm_name(struct asm_state *s, char name[32])
{
    size_t n = 0;

    ohm_asm_blanks(s);
    if (!isalpha((unsigned char)*s->at) && *s->at != '_')
        return -1;
    while (in_name(s->at[n]))
        n++;
    if (n > 31)
        return -1;
    memcpy(name, s->at, n);
    name[n] = '\0';
    s->at += n;
    return 0;
}

/* v7, s5, t0: a letter and a number without a zero in front. */
static int built_in(const char *name, struct ohm_asm_symbol *symbol)
{
    static const struct {
        char letter;
        enum ohm_asm_kind kind;
        long below;
    } all[] = {{'v', OHM_ASM_VECTOR, 1024},
               {'s', OHM_ASM_REGISTER, OHM_VEC_REGS},
               {'t', OHM_ASM_TABLE, OHM_VEC_TABLES}};
    char *end;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (name[0] != all[i].letter || !isdigit((unsigned char)name[1])
            || (name[1] == '0' && name[2]))
            continue;
        const long n = strtol(name + 1, &end, 10);
        if (*end || n >= all[i].below)
            continue;
        *symbol = (struct ohm_asm_symbol){.kind = all[i].kind, .value = n};
        return 1;
    }
    return 0;
}

int ohm_asm_look(struct asm_state *s, struct ohm_asm_symbol *symbol)
{
    const char *at = s->at;
    char name[32];

    if (ohm_asm_name(s, name)) {
        s->at = at;
        return 0;
    }
    if (built_in(name, symbol))
        return 1;
    const struct ohm_asm_symbol *found = ohm_asm_find(s->out, name);
    if (!found) {
        s->at = at;
        return 0;
    }
    *symbol = *found;
    return 1;
}

/* ---- expressions: numbers of 32 bits and more never overflow a long ---- */

enum { DEEP = 50 };
static const long LARGEST = 1L << 40;

static int sum(struct asm_state *s, int depth, long *value);

static int primary(struct asm_state *s, int depth, long *value)
{
    struct ohm_asm_symbol symbol;

    ohm_asm_blanks(s);
    const char *at = s->at;
    if (depth > DEEP)
        return ohm_asm_expected(s, at, "at most %d levels of brackets and signs", DEEP);
    if (ohm_asm_accept(s, "-")) {
        if (primary(s, depth + 1, value))
            return -1;
        *value = -*value;
        return 0;
    }
    if (ohm_asm_accept(s, "("))
        return sum(s, depth + 1, value) || ohm_asm_need(s, ")") ? -1 : 0;
    if (isdigit((unsigned char)*at)) {
        char *end;
        *value = strtol(at, &end, at[0] == '0' && at[1] == 'x' ? 16 : 10);
        if (in_name(*end) || *value > LARGEST)
            return ohm_asm_expected(s, at, "a number, decimal or 0x…");
        s->at = end;
        return 0;
    }
    if (!ohm_asm_look(s, &symbol) || symbol.kind != OHM_ASM_NUMBER) {
        s->at = at;
        return ohm_asm_expected(s, at, "a number, or the name of one");
    }
    *value = symbol.value;
    return 0;
}

static int product(struct asm_state *s, int depth, long *value)
{
    if (primary(s, depth, value))
        return -1;
    for (;;) {
        ohm_asm_blanks(s);
        const char *at = s->at, op = *at;
        long right;
        if (op != '*' && op != '/' && op != '%')
            return 0;
        s->at++;
        if (primary(s, depth, &right))
            return -1;
        if (op != '*' && right == 0)
            return ohm_asm_expected(s, at, "a divisor that is not 0");
        if (op == '*' && labs(*value) > LARGEST / (labs(right) + 1))
            return ohm_asm_expected(s, at, "a product below 2^40");
        *value = op == '*' ? *value * right : op == '/' ? *value / right : *value % right;
    }
}

static int sum(struct asm_state *s, int depth, long *value)
{
    if (product(s, depth, value))
        return -1;
    for (;;) {
        ohm_asm_blanks(s);
        const char *at = s->at, op = *at;
        long right;
        if (op != '+' && op != '-')
            return 0;
        s->at++;
        if (product(s, depth, &right))
            return -1;
        *value += op == '+' ? right : -right;
        if (labs(*value) > LARGEST)
            return ohm_asm_expected(s, at, "a sum below 2^40");
    }
}

int ohm_asm_number(struct asm_state *s, long low, long high, const char *what, long *value)
{
    ohm_asm_blanks(s);
    const char *at = s->at;

    if (sum(s, 0, value))
        return -1;
    if (*value < low || *value > high)
        return ohm_asm_expected(s, at, "%s, %ld to %ld (it is %ld)", what, low, high, *value);
    return 0;
}

int ohm_asm_mask(struct asm_state *s, int below, const char *what, uint32_t *mask)
{
    *mask = 0;
    do {
        long n;
        ohm_asm_blanks(s);
        const char *at = s->at;
        if (ohm_asm_number(s, 0, below - 1, what, &n))
            return -1;
        if (*mask >> n & 1u)
            return ohm_asm_expected(s, at, "each %s once", what);
        *mask |= 1u << n;
        ohm_asm_blanks(s);
    } while (in_name(*s->at));
    return 0;
}

int ohm_asm_define(struct asm_state *s, const char *at, const char *name, enum ohm_asm_kind kind,
                   long value, long elements)
{
    struct ohm_asm_symbol symbol = {.kind = kind, .value = value, .elements = elements}, other;

    if (built_in(name, &other) || ohm_asm_find(s->out, name))
        return ohm_asm_expected(s, at, "a name that is not in use");
    if (ohm_asm_grow(s, 2, s->out->symbols + 1, sizeof symbol, (void **)&s->out->symbol))
        return -1;
    snprintf(symbol.name, sizeof symbol.name, "%s", name);
    s->out->symbol[s->out->symbols++] = symbol;
    return 0;
}
