/* SPDX-License-Identifier: Apache-2.0
 * The assembler: lines, labels, what a program needs besides its instructions. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_asm_parts.h"

int ohm_asm_grow(struct asm_state *s, int which, uint32_t count, size_t size, void **array)
{
    if (count <= s->room[which])
        return 0;
    const uint32_t room = count * 2 + 16;
    void *larger = realloc(*array, room * size);
    if (!larger)
        return ohm_asm_memory(s);
    *array = larger;
    s->room[which] = room;
    return 0;
}

int ohm_asm_write(struct asm_state *s, uint32_t address, uint32_t value)
{
    struct ohm_asm *a = s->out;

    if (ohm_asm_grow(s, 1, a->writes + 1, sizeof *a->write, (void **)&a->write))
        return -1;
    a->write[a->writes++] = (struct ohm_asm_write){address, value};
    return 0;
}

int ohm_asm_emit(struct asm_state *s, uint64_t word)
{
    struct ohm_asm *a = s->out;
    const uint32_t room = s->room[0];

    if (ohm_asm_grow(s, 0, a->count + 1, sizeof *a->code, (void **)&a->code))
        return -1;
    if (s->room[0] != room) {
        int *line = realloc(a->line, s->room[0] * sizeof *line);
        if (!line)
            return ohm_asm_memory(s);
        a->line = line;
    }
    a->line[a->count] = s->line;
    a->code[a->count++] = word;
    return 0;
}

int ohm_asm_later(struct asm_state *s, const char *at, const char *name)
{
    if (ohm_asm_grow(s, 3, s->uses + 1, sizeof *s->use, (void **)&s->use))
        return -1;
    struct asm_use *u = &s->use[s->uses++];
    snprintf(u->name, sizeof u->name, "%s", name);
    u->at = s->out->count;
    u->line = s->line;
    u->column = (int)(at - s->line_start) + 1;
    return 0;
}

const struct ohm_asm_symbol *ohm_asm_find(const struct ohm_asm *a, const char *name)
{
    for (uint32_t i = 0; i < a->symbols; i++)
        if (!strcmp(a->symbol[i].name, name))
            return &a->symbol[i];
    return NULL;
}

/* Labels, then at most one statement. */
static int one_line(struct asm_state *s)
{
    char word[32];

    for (;;) {
        int rc;
        if (ohm_asm_line_ends(s))
            return 0;
        const char *at = s->at;
        if (ohm_asm_name(s, word))
            return ohm_asm_expected(s, at, "a label, an instruction or a directive");
        if (ohm_asm_accept(s, ":")) {
            if (ohm_asm_define(s, at, word, OHM_ASM_LABEL, s->out->count, 0))
                return -1;
            continue;
        }
        rc = ohm_asm_directive(s, word, at);
        if (!rc)
            rc = ohm_asm_instruction(s, word, at);
        if (!rc)
            return ohm_asm_expected(s, at, "an instruction or a directive");
        if (rc > 0 && !ohm_asm_line_ends(s))
            return ohm_asm_expected(s, s->at, "the end of the line");
        return rc < 0 ? -1 : 0;
    }
}

/* Puts labels where they were used before they were known. */
static int join_labels(struct asm_state *s)
{
    for (uint32_t i = 0; i < s->uses; i++) {
        const struct asm_use *u = &s->use[i];
        const struct ohm_asm_symbol *label = ohm_asm_find(s->out, u->name);
        if (!label || label->kind != OHM_ASM_LABEL)
            return ohm_fail(s->err, "%s:%d:%d: '%s', expected a label of this text", s->file,
                            u->line, u->column, u->name);
        s->out->code[u->at] |= (uint64_t)label->value << OHM_VI_IMM_LSB;
    }
    return 0;
}

static int written(const struct ohm_asm *a, uint32_t address)
{
    for (uint32_t i = 0; i < a->writes; i++)
        if (a->write[i].address == address)
            return 1;
    return 0;
}

/* What the text has left to its default. */
static int defaults(struct asm_state *s)
{
    struct ohm_asm *a = s->out;

    for (int i = 0; i < s->params; i++)
        if (!(s->taken >> i & 1u))
            return ohm_fail(s->err, "%s: %s, expected the name of a param of the text", s->file,
                            s->param[i].name);
    if (a->programs && ohm_asm_write(s, OHM_REG_VCYCLE, a->programs))
        return -1;
    if (!written(a, OHM_REG_VSEQ)
        && ohm_asm_write(s, OHM_REG_VSEQ, 1u << OHM_VSEQ_STEPS_LSB | 1u << OHM_VSEQ_LANES_LSB))
        return -1;
    return written(a, OHM_REG_VLIMIT) ? 0 : ohm_asm_write(s, OHM_REG_VLIMIT, 1000000);
}

int ohm_asm(const char *text, const char *file, const struct ohm_vec_size *size,
            const struct ohm_asm_param *param, int params, struct ohm_asm *out,
            struct ohm_error *err)
{
    struct asm_state s = {.out = out, .file = file, .at = text, .size = size, .param = param,
                          .params = params, .err = err};
    int rc = 0;

    *out = (struct ohm_asm){0};
    if (params > 32)
        return ohm_fail(err, "%s: %d params, expected at most 32", file, params);
    while (!rc && *s.at) {
        s.line++;
        s.line_start = s.at;
        rc = one_line(&s);
        s.at += rc ? 0 : strcspn(s.at, "\n");
        s.at += !rc && *s.at == '\n';
    }
    if (!rc)
        rc = join_labels(&s) || defaults(&s) ? -1 : 0;
    free(s.use);
    if (rc)
        ohm_asm_free(out);
    return rc;
}

void ohm_asm_free(struct ohm_asm *a)
{
    free(a->code);
    free(a->line);
    free(a->write);
    free(a->symbol);
    *a = (struct ohm_asm){0};
}

void ohm_asm_load(const struct ohm_asm *a, struct ohm_vec *v)
{
    for (uint32_t i = 0; i < a->count; i++) {
        ohm_vec_write(v, OHM_REG_VCODE + 2 * i, (uint32_t)a->code[i]);
        ohm_vec_write(v, OHM_REG_VCODE + 2 * i + 1, (uint32_t)(a->code[i] >> 32));
    }
    for (uint32_t i = 0; i < a->writes; i++)
        ohm_vec_write(v, a->write[i].address, a->write[i].value);
}
