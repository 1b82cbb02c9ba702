/* SPDX-License-Identifier: Apache-2.0
 * Golden model: a vector tile's runs against what the chip shows of them, step by step. The first
 * difference names tile, run, program, instruction. */
#include <inttypes.h>
#include <stdio.h>

#include "ohm_golden_vec.h"

enum { TEXT = 64 };

/* A step as words. */
static void describe(char text[TEXT], unsigned kind, uint32_t at, uint32_t value)
{
    switch (kind) {
    case OHM_TRACE_VEC_WORD:
        snprintf(text, TEXT, "memory word %" PRIu32 " = %" PRId32, at, (int32_t)value);
        return;
    case OHM_TRACE_VEC_SCALAR:
        snprintf(text, TEXT, "s%" PRIu32 " = %" PRId32, at, (int32_t)value);
        return;
    case OHM_TRACE_VEC_INSTRUCTION:
        snprintf(text, TEXT, "instruction %" PRIu32 " done", at);
        return;
    case OHM_TRACE_VEC_SENT:
        snprintf(text, TEXT, "word 0x%08" PRIx32 " sent", value);
        return;
    default:
        snprintf(text, TEXT, "the run over: %s",
                 !at ? "end" : at == OHM_VEC_POISONED ? "poisoned" : ohm_program_name(at));
        return;
    }
}

static int differs(const struct tile *t, const struct vec_step *want,
                   const struct ohm_trace_vec *got, struct ohm_error *err)
{
    char expected[TEXT], seen[TEXT], text[OHM_VEC_TEXT] = "poison", whose[32] = "";
    const uint64_t code = ohm_vec_code(vec_of(t)->unit, want->pc);

    describe(expected, want->kind, want->at, want->value);
    describe(seen, got->kind, got->at, got->value);
    if (want->kind != OHM_TRACE_VEC_RUN || want->at != OHM_VEC_POISONED)
        ohm_vec_text(code, t->g->config.vtables, text);
    if (got->kind == OHM_TRACE_VEC_INSTRUCTION || got->kind == OHM_TRACE_VEC_RUN)
        snprintf(whose, sizeof whose, " in run %" PRIu32 " program %u", got->seq, got->program);
    return ohm_fail(err,
                    "tile (%u,%u) run %" PRIu32 " program %u instruction %" PRIu32
                    " (%s): expected %s, got %s%s, cycle %" PRIu64,
                    t->x, t->y, want->n, want->program, want->pc, text, expected, seen, whose,
                    got->cycle);
}

static int same(const struct vec_step *want, const struct ohm_trace_vec *got)
{
    const int named = got->kind == OHM_TRACE_VEC_INSTRUCTION || got->kind == OHM_TRACE_VEC_RUN;

    return want->kind == got->kind && want->at == got->at && want->value == got->value
        && (!named || (want->n == got->seq && want->program == got->program));
}

static const struct vec_step *front(const struct vec_steps *q)
{
    return q->head != q->tail ? &q->at[q->head] : NULL;
}

int ohm_tile_vec_check(struct tile *t, const struct ohm_trace_vec *c, struct ohm_error *err)
{
    struct vec_steps *q = c->kind == OHM_TRACE_VEC_SENT ? &vec_of(t)->sent : &vec_of(t)->steps;
    const struct vec_step *s;

    for (;;) {
        while (!front(q) && ohm_tile_vec_shown(t, c))
            continue;
        s = front(q);
        if (!s)
            break;
        if (same(s, c)) {
            t->g->stats.instructions += c->kind == OHM_TRACE_VEC_INSTRUCTION;
            t->g->stats.runs += c->kind == OHM_TRACE_VEC_RUN && !s->abandoned;
            q->head++;
            return 0;
        }
        if (!s->abandoned)
            return differs(t, s, c, err);
        q->head++;
    }
    char seen[TEXT];
    describe(seen, c->kind, c->at, c->value);
    return ohm_fail(err,
                    "tile (%u,%u) run %" PRIu32 " program %u: expected no run, got %s, cycle "
                    "%" PRIu64,
                    t->x, t->y, c->seq, c->program, seen, c->cycle);
}

int ohm_tile_vec_finish(struct tile *t, struct ohm_error *err)
{
    struct vec_steps *const queue[] = {&vec_of(t)->steps, &vec_of(t)->sent};
    struct ohm_vec_turn turn;
    char expected[TEXT];

    for (int i = 0; i < 2; i++)
        for (const struct vec_step *s; (s = front(queue[i])); queue[i]->head++) {
            if (s->abandoned)
                continue;
            describe(expected, s->kind, s->at, s->value);
            return ohm_fail(err,
                            "tile (%u,%u) run %" PRIu32 " program %u instruction %" PRIu32
                            ": expected %s, got none by the end",
                            t->x, t->y, s->n, s->program, s->pc, expected);
        }
    if (t->enabled && !t->bad_desc && ohm_tile_vec_due(t, &turn))
        return ohm_fail(err,
                        "tile (%u,%u) run %" PRIu32 " program %d: expected a run, got none by the "
                        "end",
                        t->x, t->y, turn.n, turn.program);
    return 0;
}
