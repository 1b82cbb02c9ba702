/* SPDX-License-Identifier: Apache-2.0
 * Golden model: maps, windows, residuals, pooling and classes, sentence by sentence as in docs/explain/convolution.md. */
#include <string.h>

#include "ohm_golden_tile.h"
#include "ohm_numeric.h"

/* ---- plan ---- */

static struct walk_plan walk_plan(const struct tile *t, unsigned i)
{
    const uint32_t *reg = t->reg + i * OHM_REG_WINDOW_STRIDE;
    const uint32_t map = reg[OHM_REG_WINDOW_MAP], pixel = reg[OHM_REG_WINDOW_PIXEL], kernel = reg[OHM_REG_WINDOW_KERNEL];

    return (struct walk_plan){
        .on = OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_ON), .is_signed = OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_SIGNED),
        .stream = i ? OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_STREAM) : t->plan.stream,
        .lines = (int)OHM_FIELD(map, WINDOW_MAP_LINES1) + 1, .pixels = (int)OHM_FIELD(map, WINDOW_MAP_PIXELS1) + 1,
        .pitch = OHM_FIELD(pixel, WINDOW_PIXEL_PITCH), .first = OHM_FIELD(pixel, WINDOW_PIXEL_FIRST),
        .count = OHM_FIELD(pixel, WINDOW_PIXEL_COUNT1) + 1, .height = (int)OHM_FIELD(kernel, WINDOW_KERNEL_H1) + 1,
        .width = (int)OHM_FIELD(kernel, WINDOW_KERNEL_W1) + 1, .stride = (int)OHM_FIELD(kernel, WINDOW_KERNEL_STRIDE),
        .top = (int8_t)OHM_FIELD(kernel, WINDOW_KERNEL_TOP), .left = (int8_t)OHM_FIELD(kernel, WINDOW_KERNEL_LEFT),
        .line0 = reg[OHM_REG_WINDOW_LINE0]};
}

/* Stride, stream and slots of a walker that is on. */
static int walk_is_bad(const struct tile *t, const struct walk_plan *w)
{
    if (w->stride == 0 || w->stream >= (unsigned)t->g->config.nstream)
        return 1;
    const unsigned log2 = OHM_FIELD(t->reg[OHM_REG_STREAM_VEC + w->stream * OHM_REG_STREAM_VEC_STRIDE], STREAM_VEC_LOG2_SLOTS);
    return w->height + (t->plan.block.height - 1) * w->stride > (log2 > 4 ? 16 : 1 << log2);
}

int ohm_window_plan(struct tile *t)
{
    struct plan *p = &t->plan;
    struct walk_plan *w = p->walk;
    const uint32_t map = t->reg[OHM_REG_BLOCK_MAP], step = t->reg[OHM_REG_BLOCK_STEP], pool = t->reg[OHM_REG_POOL];
    const uint32_t mean = t->reg[OHM_REG_POOL_MEAN];

    if (!t->g->config.window)
        return 0;
    p->block = (struct block_plan){
        .rows = (int)OHM_FIELD(map, BLOCK_MAP_ROWS1) + 1, .cols = (int)OHM_FIELD(map, BLOCK_MAP_COLS1) + 1,
        .first = (int)OHM_FIELD(step, BLOCK_STEP_FIRST), .step = (int)OHM_FIELD(step, BLOCK_STEP_STEP),
        .height = (int)OHM_FIELD(pool, POOL_H1) + 1, .width = (int)OHM_FIELD(pool, POOL_W1) + 1,
        .stride = (int)OHM_FIELD(pool, POOL_STRIDE), .average = OHM_FIELD(pool, POOL_AVERAGE),
        .argmax = OHM_FIELD(pool, POOL_ARGMAX), .mean_scale = OHM_FIELD(mean, POOL_MEAN_SCALE),
        .mean_shift = OHM_FIELD(mean, POOL_MEAN_SHIFT)};
    const int many = p->block.height * p->block.width > 1;
    p->block.pooled = many && p->mode == MODE_Y;
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
        w[i] = walk_plan(t, i);

    if (p->block.argmax && p->mode != MODE_V)
        return 1;
    if (!w[0].on)
        return w[1].on;
    if (walk_is_bad(t, &w[0]) || p->block.stride == 0
        || (many && p->mode == MODE_V) || (p->block.pooled && p->block.average && p->block.mean_shift > 40))
        return 1;
    return w[1].on && (p->mode == MODE_PSUM || w[1].count != p->outs || w[1].stream == w[0].stream || walk_is_bad(t, &w[1]));
}

void ohm_window_reset(struct tile *t)
{
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
        t->walker[i] = (struct walker){.image = t->reg[OHM_REG_WINDOW_LINE0 + i * OHM_REG_WINDOW_LINE0_STRIDE]};
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

static unsigned line_byte(const struct slots *s, uint32_t line, unsigned byte)
{
    const uint32_t word = byte / 4 < s->words ? slot_data(s, line)[byte / 4] : 0;

    return word >> (8 * (byte % 4)) & 255u;
}

/* The first n bytes of the window at (wy, wx) of the walker's image. */
static void gather(const struct walk_plan *w, const struct slots *s, uint32_t image, int wy, int wx, uint8_t *bytes, unsigned n)
{
    unsigned r = 0;

    for (int ky = 0; ky < w->height; ky++) {
        for (int kx = 0; kx < w->width; kx++) {
            const int line = wy * w->stride + w->top + ky, pixel = wx * w->stride + w->left + kx;
            const int inside = line >= 0 && line < w->lines && pixel >= 0 && pixel < w->pixels;

            for (unsigned c = 0; c < w->count && r < n; c++)
                bytes[r++] = (uint8_t)(inside ? line_byte(s, image + (uint32_t)line, (unsigned)pixel * w->pitch + w->first + c) : 0);
        }
    }
    memset(bytes + r, 0, n - r);
}

/* Window (wy, wx): its residual, then the vector. */
static void start_window(struct tile *t, int wy, int wx)
{
    const struct walk_plan *w = t->plan.walk;
    uint32_t words[TILE_MAX / 4] = {0};
    uint8_t bytes[TILE_MAX];

    if (t->image_poison) {
        ohm_tile_start(t, t->window_seq++, NULL, 0);
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
    gather(&w[0], &t->stream[w[0].stream], t->walker[0].image, wy, wx, bytes, t->plan.rows);
    for (unsigned r = 0; r < t->plan.rows; r++)
        words[r / 4] |= (uint32_t)bytes[r] << (8 * (r % 4));
    ohm_tile_start(t, t->window_seq++, words, (t->plan.rows + 3) / 4);
}

static void tell(const struct tile *t, enum ohm_golden_walk step, unsigned stream, uint32_t number)
{
    if (t->g->hooks && t->g->hooks->walk)
        t->g->hooks->walk(t->g->hooks->user, t->number, step, stream, number);
}

/* Frees the lines of the image that were taken, up to `below`. */
static void free_lines(struct tile *t, unsigned i, int below)
{
    const struct slots *s = &t->stream[t->plan.walk[i].stream];

    while (s->taken && (int32_t)(t->walker[i].image + (uint32_t)below - s->head) > 0) {
        tell(t, OHM_WALK_FREE, t->plan.walk[i].stream, s->head);
        ohm_tile_free_oldest(t, t->plan.walk[i].stream);
    }
}

/* Takes the image's lines up to `last`, in order; those below `first` are free at once. 0: they have not all come. */
static int take_lines(struct tile *t, unsigned i, int first, int last)
{
    struct slots *s = &t->stream[t->plan.walk[i].stream];

    for (; t->walker[i].taken <= last; t->walker[i].taken++) {
        if (!slots_ready(s))
            return 0;
        tell(t, OHM_WALK_TAKE, t->plan.walk[i].stream, s->head + s->taken);
        t->image_poison |= ohm_tile_next(t, s);
        free_lines(t, i, first);
    }
    return 1;
}

/* The lines that block row `row` needs; past the last one: all. 0: they have not all come. */
static int take_row(struct tile *t, unsigned i, int row)
{
    const struct walk_plan *w = &t->plan.walk[i];
    const struct block_plan *b = &t->plan.block;
    const int first = row * b->stride * w->stride + w->top, last = first + (b->height - 1) * w->stride + w->height - 1;

    if (!w->on)
        return 1;
    return row == b->rows ? take_lines(t, i, w->lines, w->lines - 1)
                          : take_lines(t, i, clip(first, w->lines - 1), clip(last, w->lines - 1));
}

/* A block row is over: its lines that no later one needs are free. */
static void free_row(struct tile *t, unsigned i, int row)
{
    const struct walk_plan *w = &t->plan.walk[i];
    const struct block_plan *b = &t->plan.block;

    if (w->on)
        free_lines(t, i, row + 1 == b->rows ? w->lines : clip((row + 1) * b->stride * w->stride + w->top, w->lines - 1));
}

void ohm_window_run(struct tile *t)
{
    const struct block_plan *b = &t->plan.block;

    for (;;) {
        const int whole = take_row(t, 0, t->block_row);
        if (!take_row(t, 1, t->block_row) || !whole)
            return;
        if (t->block_row == b->rows) {
            tell(t, OHM_WALK_IMAGE, 0, 0);
            for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
                t->walker[i] = (struct walker){.image = t->walker[i].image + (uint32_t)t->plan.walk[i].lines};
            t->block_row = t->image_poison = 0;
            continue;
        }
        tell(t, OHM_WALK_WINDOWS, 0, 0);
        for (int j = 0; j < b->cols; j++)
            for (int dy = 0; dy < b->height; dy++)
                for (int dx = 0; dx < b->width; dx++)
                    start_window(t, t->block_row * b->stride + dy, (b->first + j * b->step) * b->stride + dx);
        tell(t, OHM_WALK_ROW, 0, 0);
        for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
            free_row(t, i, t->block_row);
        t->block_row++;
    }
}

/* A byte at a time, or a word where everything lies in whole words. */
static unsigned reads(const struct walk_plan *w, unsigned most)
{
    const unsigned all = (unsigned)(w->height * w->width) * w->count, bytes = all < most ? all : most;

    return w->first % 4 || w->pitch % 4 || w->count % 4 ? bytes : (bytes + 3) / 4;
}

unsigned ohm_window_reads(const struct tile *t)
{
    const struct plan *p = &t->plan;

    return (p->walk[0].on ? reads(&p->walk[0], p->rows) : 0) + (p->walk[1].on ? reads(&p->walk[1], p->outs) : 0);
}

/* ---- what leaves ---- */

static int32_t mean(const struct plan *p, int64_t sum)
{
    int clipped;

    return ohm_post_clip(ohm_round_shift(sum * p->block.mean_scale, p->block.mean_shift), (int)p->o_signed, &clipped);
}

/* Adds a vector to its block. 1: the block is complete, and is in y now. */
static int pool(struct tile *t, int32_t *y, unsigned n, int *poison)
{
    const struct block_plan *b = &t->plan.block;
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
        y[o] = b->average ? mean(&t->plan, t->block_y[o]) : t->block_y[o];
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
    const struct plan *p = &t->plan;

    if (p->walk[0].on && p->block.pooled && !pool(t, y, *n, poison))
        return 0;
    if (p->block.argmax && !*poison)
        pick_class(t, y, n);
    return 1;
}
