/* SPDX-License-Identifier: Apache-2.0
 * Golden model: where a tile's vectors come from, and that they leave. */
#include <string.h>

#include "ohm_golden_core.h"
#include "ohm_golden_flow.h"
#include "ohm_golden_out.h"
#include "ohm_golden_program.h"
#include "ohm_golden_tile.h"
#include "ohm_golden_walk.h"
#include "ohm_numeric.h"

/* Vectors that are computed before their partial sums come: more than any tile holds at once, for
 * its codes are checked. */
enum { AHEAD = 24 };

/* The turn goes to the next descriptor; the first one is LAG numbers ahead of the others. */
static void pass_turn(struct tile *t)
{
    const struct ohm_order_plan *o = &t->order;
    const unsigned above = o->mask & ~0u << (t->turn + 1);

    if (t->turn == o->first && t->behind) {
        t->behind--;
        return;
    }
    t->turn = above ? (unsigned)__builtin_ctz(above) : o->first;
}

/* All vectors that are whole, in the order of ORDER. */
static void start_vectors(struct tile *t)
{
    for (;;) {
        const unsigned desc = t->turn, stream = t->plan[desc].stream;
        struct slots *in = &t->stream[stream];
        if (!slots_ready(in))
            return;
        const uint32_t seq = in->head;
        const int poison = ohm_tile_next(t, in);

        ohm_tile_start(t, desc, seq, poison ? NULL : slot_data(in, seq), in->words);
        ohm_tile_free_oldest(t, stream);
        pass_turn(t);
    }
}

/* A vector from the tile's own generator, unless enough wait for their partial sums or all are
 * made. */
static int start_calibrating(struct tile *t)
{
    uint32_t input[TILE_MAX / 4];
    const unsigned words = (t->plan[0].rows + 3) / 4;

    if (!t->calib.left || t->ring.tail - t->ring.done >= AHEAD)
        return 0;
    for (unsigned i = 0; i < words; i++)
        input[i] = ohm_calib_word(&t->calib.state);
    t->calib.left--;
    ohm_tile_start(t, 0, t->calib.seq++, input, words);
    return 1;
}

/* All vectors that have come from the west. */
static void start_linked(struct tile *t)
{
    const struct ohm_link_plan *l = &t->plan[0].link;
    const uint32_t most = (1u << t->plan[0].slice[0].w) - 1;
    const struct ohm_fifo_entry *e;

    while ((e = ohm_fifo_front(&t->linked))) {
        uint32_t rows[TILE_MAX / 4] = {0};
        const int poison = !e->n;

        for (unsigned i = 0; i < e->n && i < l->count; i++) {
            const uint32_t ticks = e->flits[i] < most ? e->flits[i] : most;
            rows[(l->first + i) / 4] |= ticks << (8 * ((l->first + i) % 4));
        }
        ohm_fifo_pop(&t->linked);
        ohm_tile_start(t, 0, t->link_seq++, poison ? NULL : rows, TILE_MAX / 4);
    }
}

/* All vectors that have their partial sums leave. */
static void finish_vectors(struct tile *t)
{
    struct vmm_ring *r = &t->ring;

    while (r->done < r->tail) {
        struct vmm *v = vmm_at(r, r->done);
        const struct ohm_plan *p = &t->plan[v->desc];
        struct slots *sums = &t->psum[v->desc];
        const struct ohm_fifo_entry *residual =
            p->walk[1].on && !v->poison ? ohm_fifo_front(&t->residual) : NULL;
        const uint32_t *psum = NULL;
        int poison = v->poison;
        int32_t y[TILE_MAX];

        if (p->psum) {
            if (!slots_ready(sums))
                return;
            psum = slot_data(sums, sums->head);
            poison |= ohm_tile_next(t, sums);
        }
        if (poison) {
            v->no_result = !v->poison;
            v->nres = 0;
            COUNTER(t, POISON)++;
        } else {
            ohm_tile_post(t, v, psum, residual ? residual->flits : NULL);
            COUNTER(t, VMM)++;
            if (!t->g->checking)
                t->g->stats.vmms++;
        }
        r->done++;
        if (t->g->hooks && t->g->hooks->finished)
            t->g->hooks->finished(t->g->hooks->user, t->number, v->seq, poison);
        unsigned n = p->outs;
        if (!poison)
            memcpy(y, v->y, n * sizeof *y);
        if (ohm_window_pool(t, y, &n, &poison))
            ohm_tile_send(t, v->desc, v->seq, y, n, poison);
        if (residual)
            ohm_fifo_pop(&t->residual);
        if (p->psum)
            ohm_tile_free_psum(t, v->desc);
    }
}

int ohm_tile_plan(struct tile *t)
{
    const struct ohm_config *c = &t->g->config;
    struct tile *const *here = &t->g->tile[t->number];
    const struct ohm_registers r = {.reg = t->reg, .colmap = t->colmap, .trim = t->trim,
                                    .drive = t->drive,
                                    .west = t->x > 0 && here[-1] && here[-1]->kind->cells,
                                    .east = t->x < 15 && here[1] && here[1]->kind->cells};

    t->plan_version++;
    return ohm_plan_decode(t->plan, &t->order, c, &r);
}

void ohm_tile_run(struct tile *t)
{
    if (t->enabled && !t->bad_desc)
        t->kind->run(t);
}

/* ---- a crossbar tile ---- */

static int cim_make(struct tile *t, const struct ohm_device_model *device, uint64_t seed,
                    struct ohm_error *err)
{
    const struct ohm_config *c = &t->g->config;

    t->array = ohm_array_new(c->rows, c->cols, device, seed, t->number, err);
    return t->array ? 0 : -1;
}

static uint32_t cim_enable(struct tile *t)
{
    return (uint32_t)(t->g->config.program && OHM_FIELD(t->reg[OHM_REG_CTRL], CTRL_PROGRAM)
                          ? ohm_program_enable(t)
                          : ohm_tile_plan(t));
}

static uint32_t cim_head(const struct tile *t)
{
    const struct ohm_plan *p = &t->plan[t->program.on ? 0 : t->turn];

    return p->calib ? t->calib.seq : p->link.in ? t->link_seq
         : p->walk[0].on ? t->window_seq : t->stream[p->stream].head;
}

static void cim_run(struct tile *t)
{
    if (t->program.on) {
        ohm_program_run(t);
        return;
    }
    if (t->stale_plan)
        t->bad_desc = ohm_tile_plan(t) != 0;
    t->stale_plan = 0;
    if (t->bad_desc)
        return;
    const struct ohm_plan *p = &t->plan[0];
    if (p->walk[0].on)
        ohm_window_run(t);
    else if (p->link.in)
        start_linked(t);
    else if (!p->calib)
        start_vectors(t);
    finish_vectors(t);
    while (p->calib && start_calibrating(t))
        finish_vectors(t);
}

const struct ohm_tile_kind ohm_tile_cim = {
    .name = "crossbar tile", .cells = 1, .make = cim_make, .enable = cim_enable, .run = cim_run,
    .head = cim_head,
};
