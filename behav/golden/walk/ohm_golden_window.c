/* SPDX-License-Identifier: Apache-2.0
 * Golden model: maps, windows, residuals, pooling and classes, sentence by sentence as in
 * docs/explain/convolution.md. */
#include "ohm_golden_walk.h"

#include <string.h>

#include "ohm_golden_flow.h"
#include "ohm_golden_out.h"
#include "ohm_numeric.h"

void ohm_window_reset(struct tile *t)
{
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
        t->walker[i] = (struct walker){
            .image = t->reg[OHM_REG_WINDOW_LINE0 + i * OHM_REG_WINDOW_LINE0_STRIDE]};
    while (ohm_fifo_front(&t->residual))
        ohm_fifo_pop(&t->residual);
    t->block_row = t->image_poison = 0;
    t->window_seq = t->reg[OHM_REG_SEQ_BASE];
    t->block_windows = t->block_poison = 0;
    t->leave_count = 0;
}

/* ---- windows ---- */

static int clip(int v, int hi)
{
    return v < 0 ? 0 : v > hi ? hi : v;
}

static unsigned line_byte(const struct slots *s, uint32_t line, unsigned byte, unsigned pad)
{
    return byte / 4 < s->words ? slot_data(s, line)[byte / 4] >> (8 * (byte % 4)) & 255u : pad;
}

/* The first n bytes of the window at (wy, wx) of the walker's image. */
static void gather(const struct ohm_walk_plan *w, const struct slots *s, uint32_t image, int wy,
                   int wx, uint8_t *bytes, unsigned n)
{
    unsigned r = 0;

    for (int ky = 0; ky < w->height; ky++) {
        for (int kx = 0; kx < w->width; kx++) {
            const int line = wy * w->stride + w->top + ky, pixel = wx * w->across + w->left + kx;
            const int inside = line >= 0 && line < w->lines && pixel >= 0 && pixel < w->pixels;

            for (unsigned c = 0; c < w->count && r < n; c++)
                bytes[r++] = (uint8_t)(inside ? line_byte(s, image + (uint32_t)line,
                                                          (unsigned)pixel * w->pitch + w->first + c,
                                                          w->pad)
                                              : w->pad);
        }
    }
    memset(bytes + r, 0, n - r);
}

/* Window (wy, wx): its residual, then the vector. */
static void start_window(struct tile *t, int wy, int wx)
{
    const struct ohm_walk_plan *w = t->plan[0].walk;
    uint32_t words[TILE_MAX / 4] = {0};
    uint8_t bytes[TILE_MAX];

    if (t->image_poison) {
        ohm_tile_start(t, 0, t->window_seq++, NULL, 0);
        return;
    }
    if (w[1].on) {
        struct ohm_fifo_entry *e = ohm_fifo_push(&t->residual, w[1].count);
        if (!e) {
            ohm_golden_fault(t->g, "golden model: out of memory");
            return;
        }
        gather(&w[1], &t->stream[w[1].stream], t->walker[1].image, wy, wx, bytes, w[1].count);
        for (unsigned o = 0; o < w[1].count; o++)
            e->flits[o] = w[1].is_signed ? (uint32_t)(int8_t)bytes[o] : bytes[o];
    }
    gather(&w[0], &t->stream[w[0].stream], t->walker[0].image, wy, wx, bytes, t->plan[0].rows);
    for (unsigned r = 0; r < t->plan[0].rows; r++)
        words[r / 4] |= (uint32_t)bytes[r] << (8 * (r % 4));
    ohm_tile_start(t, 0, t->window_seq++, words, (t->plan[0].rows + 3) / 4);
}

static void tell(const struct tile *t, enum ohm_golden_walk step, unsigned stream, uint32_t number)
{
    if (t->g->hooks && t->g->hooks->walk)
        t->g->hooks->walk(t->g->hooks->user, t->number, step, stream, number);
}

/* Frees the lines of the image that were taken, up to `below`. */
static void free_lines(struct tile *t, unsigned i, int below)
{
    const struct slots *s = &t->stream[t->plan[0].walk[i].stream];

    while (s->taken && (int32_t)(t->walker[i].image + (uint32_t)below - s->head) > 0) {
        tell(t, OHM_WALK_FREE, t->plan[0].walk[i].stream, s->head);
        ohm_tile_free_oldest(t, t->plan[0].walk[i].stream);
    }
}

/* Takes the image's lines up to `last`, in order; those below `first` are free at once. 0: they
 * have not all come. */
static int take_lines(struct tile *t, unsigned i, int first, int last)
{
    struct slots *s = &t->stream[t->plan[0].walk[i].stream];

    for (; t->walker[i].taken <= last; t->walker[i].taken++) {
        if (!slots_ready(s))
            return 0;
        tell(t, OHM_WALK_TAKE, t->plan[0].walk[i].stream, s->head + s->taken);
        t->image_poison |= ohm_tile_next(t, s);
        free_lines(t, i, first);
    }
    return 1;
}

/* The lines that block row `row` needs; past the last one: all. 0: they have not all come. */
static int take_row(struct tile *t, unsigned i, int row)
{
    const struct ohm_walk_plan *w = &t->plan[0].walk[i];
    const struct ohm_block_plan *b = &t->plan[0].block;
    const int first = row * b->stride * w->stride + w->top,
              last = first + (b->rows_walked - 1) * w->stride + w->height - 1;

    if (!w->on)
        return 1;
    return row == b->rows ? take_lines(t, i, w->lines, w->lines - 1)
                          : take_lines(t, i, clip(first, w->lines - 1), clip(last, w->lines - 1));
}

/* A block row is over: its lines that no later one needs are free. */
static void free_row(struct tile *t, unsigned i, int row)
{
    const struct ohm_walk_plan *w = &t->plan[0].walk[i];
    const struct ohm_block_plan *b = &t->plan[0].block;

    if (w->on)
        free_lines(t, i,
                   row + 1 == b->rows
                       ? w->lines
                       : clip((row + 1) * b->stride * w->stride + w->top, w->lines - 1));
}

void ohm_window_run(struct tile *t)
{
    const struct ohm_block_plan *b = &t->plan[0].block;

    for (;;) {
        const int whole = take_row(t, 0, t->block_row);
        if (!take_row(t, 1, t->block_row) || !whole)
            return;
        if (t->block_row == b->rows) {
            tell(t, OHM_WALK_IMAGE, 0, 0);
            for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
                t->walker[i] = (struct walker){
                    .image = t->walker[i].image + (uint32_t)t->plan[0].walk[i].lines};
            t->block_row = t->image_poison = 0;
            continue;
        }
        tell(t, OHM_WALK_WINDOWS, 0, 0);
        for (int j = 0; j < b->cols; j++)
            for (int dy = 0; dy < b->rows_walked; dy++)
                for (int dx = 0; dx < b->width; dx++)
                    start_window(t, t->block_row * b->stride + dy,
                                 (b->first + j * b->step) * b->across + dx);
        tell(t, OHM_WALK_ROW, 0, 0);
        for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
            free_row(t, i, t->block_row);
        t->block_row++;
    }
}

/* ---- what leaves ---- */

static int32_t mean(const struct ohm_plan *p, int64_t sum)
{
    int clipped;

    return ohm_post_clip(ohm_round_shift(sum * p->block.mean_scale - p->block.mean_down,
                                         p->block.mean_shift),
                         (int)p->o_signed, &clipped);
}

/* Adds a vector to its block. 1: the block is complete, and is in y now. */
static int pool(struct tile *t, int32_t *y, unsigned n, int *poison)
{
    const struct ohm_block_plan *b = &t->plan[0].block;
    const int first = t->block_windows++ == 0;

    t->block_poison |= *poison;
    for (unsigned o = 0; o < n && !t->block_poison; o++) {
        int32_t *best = &t->block_y[o];
        if (first)
            *best = y[o];
        else if (b->average)
            *best += y[o];
        else if (y[o] > *best)
            *best = y[o];
    }
    if (t->block_windows < b->height * b->width)
        return 0;
    *poison = t->block_poison;
    for (unsigned o = 0; o < n && !*poison; o++)
        y[o] = b->average ? mean(&t->plan[0], t->block_y[o]) : t->block_y[o];
    t->block_windows = t->block_poison = 0;
    return 1;
}

static void pick_class(const struct tile *t, int32_t *y, unsigned *n)
{
    unsigned best = 0;

    for (unsigned o = 1; o < *n; o++)
        if (y[o] > y[best])
            best = o;
    y[1] = y[best]; /* best is 0 or 1 at the least: y[0] is not needed any more */
    y[0] = (int32_t)((t->reg[OHM_REG_CLASS0] & 0xffffu) + best);
    *n = 2;
}

int ohm_window_pool(struct tile *t, int32_t *y, unsigned *n, int *poison)
{
    const struct ohm_plan *p = &t->plan[0];

    if (p->walk[0].on && p->block.pooled && !pool(t, y, *n, poison))
        return 0;
    if (p->block.argmax && !*poison)
        pick_class(t, y, n);
    return 1;
}
