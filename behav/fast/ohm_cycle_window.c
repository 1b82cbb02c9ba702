/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_cycle_window.h"

#include "ohm_packet.h"

enum { MODE_PSUM, MODE_Y, MODE_V };
enum { PREPARE = 65, MEAN_SHIFT_MAX = 40 };

/* ---- registers ---- */

static const uint32_t *entry(const uint32_t *reg, unsigned i)
{
    return reg + i * OHM_REG_WINDOW_STRIDE;
}

static int on(const uint32_t *reg, unsigned i)
{
    return OHM_FIELD(entry(reg, i)[OHM_REG_WINDOW], WINDOW_ON);
}

int cycle_window_on(const struct ohm_config *config, const uint32_t *reg)
{
    return config->window && on(reg, 0);
}

static unsigned stream_of(const uint32_t *reg, unsigned i)
{
    return i ? OHM_FIELD(entry(reg, i)[OHM_REG_WINDOW], WINDOW_STREAM) : OHM_FIELD(reg[OHM_REG_DESC], DESC_STREAM);
}

uint32_t cycle_window_first(const struct ohm_config *config, const uint32_t *reg, unsigned stream)
{
    for (unsigned i = 0; cycle_window_on(config, reg) && i < OHM_REG_WINDOW_COUNT; i++)
        if (on(reg, i) && stream_of(reg, i) == stream)
            return entry(reg, i)[OHM_REG_WINDOW_LINE0];
    return reg[OHM_REG_SEQ_BASE];
}

/* Lines of a block row, less 1. */
static int span1(const uint32_t *reg, unsigned i)
{
    const uint32_t kernel = entry(reg, i)[OHM_REG_WINDOW_KERNEL];

    return (int)(OHM_FIELD(reg[OHM_REG_POOL], POOL_H1) * OHM_FIELD(kernel, WINDOW_KERNEL_STRIDE) + OHM_FIELD(kernel, WINDOW_KERNEL_H1));
}

static int walk_bad(const struct ohm_config *config, const uint32_t *reg, unsigned i)
{
    const unsigned stream = stream_of(reg, i);
    const unsigned log2 = OHM_FIELD(reg[OHM_REG_STREAM_VEC + stream * OHM_REG_STREAM_VEC_STRIDE], STREAM_VEC_LOG2_SLOTS);

    return !OHM_FIELD(entry(reg, i)[OHM_REG_WINDOW_KERNEL], WINDOW_KERNEL_STRIDE) || stream >= (unsigned)config->nstream
        || span1(reg, i) >= (log2 >= 4 ? 16 : 1 << log2);
}

static int many_windows(const uint32_t *reg)
{
    return OHM_FIELD(reg[OHM_REG_POOL], POOL_H1) || OHM_FIELD(reg[OHM_REG_POOL], POOL_W1);
}

static int pools(const struct ohm_config *config, const uint32_t *reg)
{
    return cycle_window_on(config, reg) && many_windows(reg) && OHM_FIELD(reg[OHM_REG_DESC], DESC_MODE) == MODE_Y;
}

static int argmax(const struct ohm_config *config, const uint32_t *reg)
{
    return config->window && OHM_FIELD(reg[OHM_REG_POOL], POOL_ARGMAX);
}

int cycle_window_bad(const struct ohm_config *config, const uint32_t *reg)
{
    const unsigned mode = OHM_FIELD(reg[OHM_REG_DESC], DESC_MODE), outs1 = OHM_FIELD(reg[OHM_REG_DESC_SIZE], DESC_SIZE_OUTS1);

    if (!config->window)
        return 0;
    if (argmax(config, reg) && mode != MODE_V)
        return 1;
    if (!on(reg, 0))
        return on(reg, 1);
    if ((mode == MODE_V && many_windows(reg)) || (pools(config, reg) && OHM_FIELD(reg[OHM_REG_POOL], POOL_AVERAGE)
                                                  && OHM_FIELD(reg[OHM_REG_POOL_MEAN], POOL_MEAN_SHIFT) > MEAN_SHIFT_MAX))
        return 1;
    if (walk_bad(config, reg, 0) || !OHM_FIELD(reg[OHM_REG_POOL], POOL_STRIDE))
        return 1;
    return on(reg, 1) && (mode == MODE_PSUM || stream_of(reg, 1) == stream_of(reg, 0) || walk_bad(config, reg, 1)
                          || OHM_FIELD(entry(reg, 1)[OHM_REG_WINDOW_PIXEL], WINDOW_PIXEL_COUNT1) != (outs1 & 255));
}

/* Cycles that the bytes of a window take, up to byte `limit`: whole words where everything lies in whole words. */
static unsigned fill_cycles(const uint32_t *reg, unsigned i, unsigned limit)
{
    const uint32_t pixel = entry(reg, i)[OHM_REG_WINDOW_PIXEL], kernel = entry(reg, i)[OHM_REG_WINDOW_KERNEL];
    const unsigned count = OHM_FIELD(pixel, WINDOW_PIXEL_COUNT1) + 1;
    const unsigned bytes = count * (OHM_FIELD(kernel, WINDOW_KERNEL_H1) + 1) * (OHM_FIELD(kernel, WINDOW_KERNEL_W1) + 1);
    const int words = !(OHM_FIELD(pixel, WINDOW_PIXEL_FIRST) % 4 || OHM_FIELD(pixel, WINDOW_PIXEL_PITCH) % 4 || count % 4);
    const unsigned all = words ? bytes / 4 : bytes, most = words ? limit / 4 + 1 : limit + 1;

    return all < most ? all : most;
}

static unsigned log2_up(unsigned n)
{
    unsigned log2 = 0;

    while (1u << log2 < n)
        log2++;
    return log2;
}

/* The walkers are where walker 0's first block row begins. */
static void set_up(struct cycle_window *w, const struct ohm_config *config, const uint32_t *reg)
{
    const unsigned words = config->rows > 8 ? log2_up((unsigned)config->rows) - 2 : 1, clear = 2u << words;
    const uint32_t size = reg[OHM_REG_DESC_SIZE], pool = reg[OHM_REG_POOL];

    w->start = clear > PREPARE ? clear : PREPARE;
    w->res_slots = config->acc_banks > 4 ? 16 : 8;
    w->residual = on(reg, 1);
    w->rows1 = OHM_FIELD(reg[OHM_REG_BLOCK_MAP], BLOCK_MAP_ROWS1);
    w->cols1 = OHM_FIELD(reg[OHM_REG_BLOCK_MAP], BLOCK_MAP_COLS1);
    w->pool_h1 = OHM_FIELD(pool, POOL_H1);
    w->pool_w1 = OHM_FIELD(pool, POOL_W1);
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++) {
        const uint32_t kernel = entry(reg, i)[OHM_REG_WINDOW_KERNEL];
        const int top = (int8_t)OHM_FIELD(kernel, WINDOW_KERNEL_TOP);
        w->stream[i] = stream_of(reg, i);
        w->walk[i] = (struct cycle_walk){
            .lines1 = (int)OHM_FIELD(entry(reg, i)[OHM_REG_WINDOW_MAP], WINDOW_MAP_LINES1), .top = top, .row_y = top,
            .step = (int)(OHM_FIELD(pool, POOL_STRIDE) * OHM_FIELD(kernel, WINDOW_KERNEL_STRIDE)), .span1 = span1(reg, i),
            .fill = fill_cycles(reg, i, i ? OHM_FIELD(size, DESC_SIZE_OUTS1) : OHM_FIELD(size, DESC_SIZE_ROWS1))};
    }
}

/* ---- walker ---- */

void cycle_window_stop(struct cycle_window *w, uint32_t seq_base)
{
    *w = (struct cycle_window){.seq = seq_base};
}

static int wants_free(const struct cycle_walk *k)
{
    return k->freed < k->lo && k->freed < k->taken;
}

static int wants_take(const struct cycle_walk *k)
{
    return k->taken <= k->hi;
}

/* The first that is possible: free a line of walker 0, of walker 1, take one of walker 0, of walker 1. */
struct cycle_lines cycle_window_lines(const struct cycle_window *w, const uint8_t *valid)
{
    struct cycle_lines lines = {-1, -1};
    const unsigned walkers = w->residual ? 2 : 1;

    if (w->state != WINDOW_LINES)
        return lines;
    for (unsigned i = 0; i < walkers; i++)
        if (wants_free(&w->walk[i])) {
            lines.pop = (int)w->stream[i];
            return lines;
        }
    for (unsigned i = 0; i < walkers; i++)
        if (wants_take(&w->walk[i]) && valid[w->stream[i]]) {
            lines.take = (int)w->stream[i];
            return lines;
        }
    return lines;
}

static int lines_settled(const struct cycle_window *w)
{
    for (unsigned i = 0; i < (w->residual ? 2u : 1u); i++)
        if (wants_free(&w->walk[i]) || wants_take(&w->walk[i]))
            return 0;
    return 1;
}

int cycle_window_idle(const struct cycle_window *w, const uint8_t *valid)
{
    const struct cycle_lines lines = cycle_window_lines(w, valid);

    return w->state == WINDOW_LINES && !w->full && !lines_settled(w) && lines.take < 0 && lines.pop < 0;
}

static int clip(int line, int last)
{
    return line < 0 ? 0 : line > last ? last : line;
}

static void step_lines(struct cycle_window *w, struct cycle_lines lines, const uint8_t *poison)
{
    const int over = w->by > w->rows1, done = lines_settled(w);

    if (lines.take >= 0 && poison[lines.take])
        w->spoilt = 1;
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++) {
        struct cycle_walk *k = &w->walk[i];
        k->taken += lines.take == (int)w->stream[i] && (!i || w->residual);
        k->freed += lines.pop == (int)w->stream[i] && (!i || w->residual);
        if (done && over) {
            k->row_y = k->top;
            k->taken = k->freed = 0;
        }
    }
    if (!done)
        return;
    w->state = over ? WINDOW_ROW : WINDOW_WAIT;
    if (over) {
        w->by = 0;
        w->spoilt = 0;
    }
}

static void step_step(struct cycle_window *w)
{
    const uint8_t bit = (uint8_t)(1u << w->fill);

    w->full |= bit;
    w->poison = (uint8_t)(w->spoilt ? w->poison | bit : w->poison & ~bit);
    w->fill = !w->fill;
    w->state = WINDOW_WAIT;
    if (w->dx++ != w->pool_w1)
        return;
    w->dx = 0;
    if (w->dy++ != w->pool_h1)
        return;
    w->dy = 0;
    if (w->j++ != w->cols1)
        return;
    w->j = 0;
    w->by++;
    w->state = WINDOW_ROW;
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
        w->walk[i].row_y += w->walk[i].step;
}

void cycle_window_step(struct cycle_window *w, const struct ohm_config *config, const uint32_t *reg, struct cycle_lines lines,
                       const uint8_t *poison, int run, int vec_pop, int rsd_pop)
{
    const int room = !(w->full >> w->fill & 1) && (!w->residual || w->held != w->res_slots), step = w->state == WINDOW_STEP;

    switch (w->state) {
    case WINDOW_OFF:
        if (!w->age)
            set_up(w, config, reg);
        if (run && w->age == w->start)
            w->state = WINDOW_ROW;
        w->age += w->age != w->start;
        break;
    case WINDOW_ROW:
        for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++) {
            struct cycle_walk *k = &w->walk[i];
            const int over = w->by > w->rows1;
            k->lo = over ? k->lines1 + 1 : clip(k->row_y, k->lines1);
            k->hi = over ? k->lines1 : clip(k->row_y + k->span1, k->lines1);
        }
        w->state = WINDOW_LINES;
        break;
    case WINDOW_LINES: step_lines(w, lines, poison); break;
    case WINDOW_WAIT:
        w->second = 0;
        w->left = w->walk[0].fill;
        if (room)
            w->state = w->spoilt ? WINDOW_STEP : WINDOW_FILL;
        break;
    case WINDOW_FILL:
        if (!--w->left)
            w->state = w->residual && !w->second ? WINDOW_TURN : WINDOW_STEP;
        break;
    case WINDOW_TURN:
        w->second = 1;
        w->left = w->walk[1].fill;
        w->state = WINDOW_FILL;
        break;
    default: step_step(w);
    }
    if (vec_pop) {
        w->full &= (uint8_t)~(1u << w->give);
        w->give = !w->give;
        w->seq++;
    }
    if (w->residual)
        w->held += (unsigned)step - (unsigned)rsd_pop;
}

/* ---- pooling ---- */

enum { POOL_DELAY = 4 }; /* cycles from the core's last word to res_done; without words too */

void cycle_pool_stop(struct cycle_pool *p)
{
    p->dx = p->dy = 0;
    p->spoilt = 0;
    p->done = p->argmax = 0;
}

static int block_is_last(const struct cycle_pool *p, const uint32_t *reg)
{
    return p->dx == OHM_FIELD(reg[OHM_REG_POOL], POOL_W1) && p->dy == OHM_FIELD(reg[OHM_REG_POOL], POOL_H1);
}

int cycle_pool_ready(const struct cycle_pool *p, const struct ohm_config *config, const uint32_t *reg, int res_ready)
{
    return (pools(config, reg) && !block_is_last(p, reg)) || (res_ready && !p->done && !p->argmax);
}

struct cycle_result cycle_pool_step(struct cycle_pool *p, const struct ohm_config *config, const uint32_t *reg, struct cycle_result in)
{
    const int pooled = pools(config, reg), class = argmax(config, reg), last = pooled && block_is_last(p, reg);
    const int spoilt = p->spoilt || in.poison;
    struct cycle_result out = {.poison = p->poison, .seq = p->seq};

    if (!pooled && !class)
        return in;
    out.done = class ? (p->argmax & 1 && p->poison) || p->argmax & 2 : p->done >> (POOL_DELAY - 1) & 1;
    p->argmax = (p->argmax & 1 && !p->poison ? 2u : 0) | (unsigned)(class && in.done);
    p->done = (p->done << 1 | (unsigned)(last && in.done)) & ((1u << POOL_DELAY) - 1);
    if (in.done && (class || last)) {
        p->seq = in.seq;
        p->poison = spoilt;
    }
    if (pooled && in.done) {
        p->spoilt = spoilt && !last;
        if (p->dx++ == OHM_FIELD(reg[OHM_REG_POOL], POOL_W1)) {
            p->dx = 0;
            p->dy = last ? 0 : p->dy + 1;
        }
    }
    return out;
}
