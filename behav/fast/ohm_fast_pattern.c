/* SPDX-License-Identifier: Apache-2.0
 * The fast model learns which packets make an image, and how far an image moves the tiles. */
#include <stdlib.h>

#include "ohm_fast_parts.h"

/* ---- copies ---- */

void fast_free_copy(struct copy *c)
{
    ohm_golden_free(c->g);
    c->g = NULL;
}

/* Registers and plans as the model's, buffers empty, counters 0. */
static int fill_copy(struct copy *c, const struct ohm_golden *from)
{
    fast_free_copy(c);
    c->g = ohm_golden_share(from);
    if (!c->g)
        return -1;
    if (c->activity)
        ohm_activity_watch(c->activity, c->g);
    fast_compute_free(&c->compute);
    fast_compute_install(&c->compute, c->g);
    return 0;
}

void fast_move(const struct ohm_fast *f, struct copy *c, uint32_t position)
{
    for (unsigned i = 0; i < TILE_MAX; i++)
        ohm_golden_move(c->g, i, &f->advance[i], position - c->position);
    c->position = position;
}

/* ---- the pattern ---- */

static uint32_t poisoned(const struct ohm_golden *g)
{
    uint32_t n = 0;

    for (unsigned i = 0; i < TILE_MAX; i++)
        n += ohm_golden_counter(g, i, OHM_REG_CNT_POISON);
    return n;
}

void fast_forget(struct ohm_fast *f)
{
    f->learning = f->known = 0;
}

void fast_begin_learning(struct ohm_fast *f, const struct ohm_header *h)
{
    fast_forget(f);
    if (!ohm_golden_idle(fast_model(f)) || ohm_golden_remembers(fast_model(f)))
        return;
    for (int i = 0; i < TILE_MAX; i++)
        f->advance[i] = ohm_golden_place(fast_model(f), (unsigned)i);
    f->poisoned = poisoned(fast_model(f));
    while (ohm_fifo_front(&f->credits))
        ohm_fifo_pop(&f->credits);
    f->learning = 1;
    f->learned_seq = h->seq;
    f->parts = f->words = f->numbers = 0;
    f->slots = NUMBERS_MAX;
}

/* Calls fn for each stream, or partial sums (chan 4), that a packet of the host goes to; -1: one of
 * them said so. */
enum { TO_PSUM = OHM_REG_STREAM_COUNT };
static int each_target(struct ohm_fast *f, const struct ohm_header *h,
                       int (*fn)(struct ohm_fast *f, unsigned tile, unsigned chan))
{
    for (unsigned south = 0; south <= h->mc && south <= h->y; south++)
        if (fn(f, (h->y - south) * 16 + h->x,
               h->type == OHM_TYPE_PSUM ? TO_PSUM : h->chan % OHM_REG_STREAM_COUNT))
            return -1;
    return 0;
}

static uint32_t number_at(const struct ohm_golden_place *p, unsigned chan)
{
    return chan == TO_PSUM ? p->psum : p->stream[chan];
}

static int note_slots(struct ohm_fast *f, unsigned tile, unsigned chan)
{
    const struct ohm_golden_place now = ohm_golden_place(fast_model(f), tile);
    const uint32_t count = ohm_golden_slots(fast_model(f), tile, chan);
    struct part *p = &f->part[f->parts];
    const uint32_t limit = number_at(&now, chan) - number_at(&f->advance[tile], chan) + count;

    p->limit = limit < p->limit ? limit : p->limit;
    f->slots = count < f->slots ? count : f->slots;
    return 0;
}

void fast_learn(struct ohm_fast *f, const struct ohm_header *h, const uint32_t *flits)
{
    const uint32_t number = (h->seq - f->learned_seq) & 0xffff;

    if (number >= NUMBERS_MAX || h->poison || f->parts == PARTS_MAX) {
        f->learning = 0;
        return;
    }
    f->part[f->parts] = (struct part){.h0 = flits[0], .offset = h->offset, .number = number,
                                      .at = f->words, .limit = UINT32_MAX,
                                      .credits = f->credits.count};
    each_target(f, h, note_slots);
    f->parts++;
    f->words += h->len;
    f->numbers = number >= f->numbers ? number + 1 : f->numbers;
}

static int new_images(struct ohm_fast *f)
{
    for (int i = 0; i < WINDOW; i++) {
        struct image *im = &f->image[i];
        free(im->arrival);
        free(im->words);
        im->arrival = calloc(f->parts, sizeof *im->arrival);
        im->words = calloc(f->words + 1, sizeof *im->words);
        im->missing = f->parts;
        im->prefix = 0;
        im->credits = 0;
        if (!im->arrival || !im->words)
            return -1;
    }
    return 0;
}

static int moves_alike(struct ohm_fast *f, unsigned tile, unsigned chan)
{
    return number_at(&f->advance[tile], chan) == f->numbers ? 0 : -1;
}

/* Of the vectors that the tile computes. */
static uint32_t vector_of(const struct ohm_plan *plan, const struct ohm_golden_place *p)
{
    return plan->link.in ? p->link : plan->walk[0].on ? p->window : p->stream[plan->stream];
}

void fast_end_learning(struct ohm_fast *f)
{
    int any = 0, alike = 1;

    f->learning = 0;
    if (!ohm_golden_idle(fast_model(f)) || poisoned(fast_model(f)) != f->poisoned)
        return;
    f->vector = 0;
    for (int i = 0; i < TILE_MAX; i++) {
        const struct ohm_plan *plan = ohm_golden_plan(fast_model(f), (unsigned)i);
        const struct ohm_golden_place now = ohm_golden_place(fast_model(f), (unsigned)i);
        struct ohm_golden_place *a = &f->advance[i];
        if (!plan)
            continue;
        for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
            a->stream[k] = now.stream[k] - a->stream[k];
        for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
            a->image[k] = now.image[k] - a->image[k];
        a->psum = now.psum - a->psum;
        a->window = now.window - a->window;
        a->link = now.link - a->link;
        a->leave = now.leave - a->leave;

        const uint32_t by = vector_of(plan, a), vector = vector_of(plan, &now);
        if (by)
            alike &= by == 1 && (!any || vector == f->vector);
        if (by && !any)
            f->vector = vector;
        any |= by != 0;
    }
    if (!alike)
        f->vector = 0;
    for (unsigned p = 0; p < f->parts; p++) {
        const struct ohm_header h = ohm_header_decode((const uint32_t[2]){f->part[p].h0, 0});
        if (each_target(f, &h, moves_alike))
            return;
    }
    if (!any || new_images(f))
        return;
    for (int k = 0; k < f->threads; k++) {
        if (k && fill_copy(&f->copies[k], fast_model(f))) {
            ohm_golden_fault(fast_model(f), "fast model: out of memory");
            return;
        }
        f->copies[k].position = 0;
    }
    f->first = f->complete = 0;
    f->done = f->arrivals = 0;
    f->known = 1;
}
