/* SPDX-License-Identifier: Apache-2.0
 * Golden model: the programming engine of a chip that is checked. Its traces drive the model from
 * read to pulse to read; the first difference is said in one line. */
#include <inttypes.h>
#include <string.h>

#include "ohm_golden_program.h"

static const char *const coming[] = {
    [PROGRAM_WAIT] = "nothing", [PROGRAM_READ] = "a read", [PROGRAM_PULSE] = "a pulse"};

/* Where a difference is: what every line begins with. */
#define WHERE "tile (%u,%u) programming row %u, %s device, iteration %u: "
#define AT(t) \
    (t)->x, (t)->y, (t)->program.row, (t)->program.dev ? "minus" : "plus", (t)->program.iterations

int ohm_program_check_code(struct tile *t, const struct ohm_trace_code *c, struct ohm_error *err)
{
    struct program *p = &t->program;
    const unsigned cols = (unsigned)t->g->config.cols;

    if (p->on && p->checked == cols && p->next == PROGRAM_READ)
        ohm_program_read(t);
    if (t->g->fault.text[0])
        return ohm_fail(err, "%s", t->g->fault.text);
    if (!p->on || p->checked == cols)
        return ohm_fail(err,
                        WHERE "read %u column %u: expected %s, got code %d, cycle %" PRIu64,
                        AT(t), c->seq, c->col, coming[p->next], c->code, c->cycle);
    if (c->seq != p->read - 1 || c->col != p->checked || c->code != p->code[p->checked])
        return ohm_fail(err,
                        WHERE "expected read %u column %u code %d, got read %u column %u code %d, "
                              "cycle %" PRIu64,
                        AT(t), p->read - 1, p->checked, p->code[p->checked], c->seq, c->col,
                        c->code, c->cycle);
    p->checked++;
    t->g->stats.codes++;
    return 0;
}

int ohm_program_check_pulse(struct tile *t, const struct ohm_trace_pulse *c, struct ohm_error *err)
{
    struct program *p = &t->program;
    const struct ohm_array_pulse *want = &p->pulse;
    uint32_t rows[TILE_MAX / 32] = {0};

    if (!p->on || p->next != PROGRAM_PULSE || p->checked != (unsigned)t->g->config.cols)
        return ohm_fail(err, WHERE "expected %s, got a pulse, cycle %" PRIu64, AT(t),
                        p->on && p->next == PROGRAM_PULSE ? "the rest of a read" : coming[p->next],
                        c->cycle);
    if (c->dev != want->dev || c->set != want->set || c->amp != want->amp
        || c->width != want->width)
        return ohm_fail(err,
                        WHERE "pulse: expected device %u set %d amplitude %u width %u, got %u %u "
                              "%u %u, cycle %" PRIu64,
                        AT(t), (unsigned)want->dev, want->set, want->amp, want->width,
                        c->dev, c->set, c->amp, c->width, c->cycle);
    rows[p->row / 32] |= 1u << p->row % 32;
    for (unsigned i = 0; i < TILE_MAX / 32; i++)
        if (c->rows[i] != rows[i] || c->cols[i] != p->cols[i])
            return ohm_fail(err,
                            WHERE "pulse: lines %u to %u: expected rows %08x columns %08x, got "
                                  "%08x %08x, cycle %" PRIu64,
                            AT(t), 32 * i, 32 * i + 31, rows[i], p->cols[i],
                            c->rows[i], c->cols[i], c->cycle);
    ohm_program_pulse(t);
    return 0;
}

int ohm_program_finish(const struct tile *t, struct ohm_error *err)
{
    const struct program *p = &t->program;

    if (!p->on || p->abandoned || p->next == PROGRAM_WAIT)
        return 0;
    return ohm_fail(err, WHERE "expected %s, got none by the end", AT(t), coming[p->next]);
}
