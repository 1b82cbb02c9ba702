/* SPDX-License-Identifier: Apache-2.0
 * Golden model: what the programming engine tells those who count or time it, and how a timed model
 * makes it go on. */
#include "ohm_golden_core.h"
#include "ohm_golden_program.h"

struct ohm_golden_engine ohm_program_told(const struct tile *t, enum ohm_golden_engine_kind kind)
{
    const struct program *p = &t->program;
    struct ohm_golden_engine told = {.kind = kind, .seq = p->seq, .row = p->row, .dev = p->dev};

    told.phase = p->final ? 1 : p->phase;
    told.final = (int)p->final;
    told.cols = (unsigned)t->g->config.cols;
    told.set = p->pulse.set;
    told.width = p->pulse.width;
    for (unsigned i = 0; i < TILE_MAX / 32; i++)
        told.columns += (unsigned)__builtin_popcount(p->cols[i]);
    return told;
}

void ohm_program_told_ramp(const struct tile *t, const struct ohm_phase_plan *f,
                           struct ohm_golden_engine *told)
{
    int last = f->start;

    for (unsigned col = 0; col < told->cols; col++)
        last = t->program.code[col] > last ? t->program.code[col] : last;
    told->ticks = (1u << f->w) - 1;
    if (told->final && t->program.plan.part == OHM_PROGRAM_PART_BOTH)
        told->held = (double)told->charge / told->ticks - told->cols * ohm_array_least(t->array);
    told->steps = ohm_tile_ramp_steps(t, f->start, f->stop, last);
}

void ohm_program_tell(struct tile *t, struct ohm_golden_engine *told)
{
    const struct ohm_golden_hooks *hooks = t->g->hooks;

    if (!hooks || !hooks->engine)
        return;
    told->way = t->program.way;
    if (told->kind == OHM_ENGINE_PULSE)
        told->took = ohm_array_pulsed(t->array);
    hooks->engine(hooks->user, t->number, told);
}

void ohm_program_tell_row(struct tile *t, int poison)
{
    struct ohm_golden_engine told = ohm_program_told(t, OHM_ENGINE_ROW);

    told.poison = poison;
    ohm_program_tell(t, &told);
}

int ohm_program_waits(const struct tile *t)
{
    return t->g->hooks && t->g->hooks->engine_waits;
}

enum ohm_golden_engine_kind ohm_golden_engine_next(const struct ohm_golden *g, unsigned tile)
{
    const struct program *p = &g->tile[tile]->program;

    return !p->on || p->abandoned || g->fault.text[0] ? OHM_ENGINE_NOTHING
           : p->next == PROGRAM_READ                  ? OHM_ENGINE_READ
           : p->next == PROGRAM_PULSE                 ? OHM_ENGINE_PULSE
                                                      : OHM_ENGINE_NOTHING;
}

void ohm_golden_engine_step(struct ohm_golden *g, unsigned tile)
{
    if (ohm_golden_engine_next(g, tile) != OHM_ENGINE_NOTHING)
        ohm_program_step(g->tile[tile]);
}
