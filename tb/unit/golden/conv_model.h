/* SPDX-License-Identifier: Apache-2.0
 * Layers of windows as plain loops over whole maps, tiles that are to make them, and the packets
 * that must come of it. */
#ifndef CONV_MODEL_H
#define CONV_MODEL_H

#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_config.h"
#include "ohm_device.h"

enum { MAP = 16, CHANNELS = 16, LINE_WORDS = 40, IMAGES = 3, PACKETS = 4096 };

struct map { /* bytes as numbers */
    int lines, pixels, channels;
    int at[MAP][MAP][CHANNELS];
};

struct walk { /* a walker's registers */
    int on, stream, lines, pixels, pitch, first, count, height, width, stride, top, left, is_signed,
        log2_slots;
    int wider; /* words of a line past the map */
    int across, pad; /* stride in pixels, 0: the same; byte beside the map */
    uint32_t line0;
};

struct blocks {
    int rows, cols, first, step, height, width, stride, average, argmax, scale, shift, down, rscale;
    int across, lines; /* stride across, 0: the same; a row of windows at a time */
    int vecs, out_step, class0;
    uint32_t out_line0;
};

struct packet {
    size_t n;
    uint32_t flits[2 + SIDE];
};

static struct ohm_golden *g;
static struct ohm_error err;
static uint64_t seed = 5;
static struct packet got[PACKETS], want[PACKETS];
static size_t ngot, nwant;

#define OK(call) do { checks++; if (call) fail_msg("line %d: %s", __LINE__, err.text); } while (0)

static inline int setup(void **state)
{
    struct ohm_config config;
    (void)state;

    err.text[0] = '\0';
    ngot = nwant = 0;
    if (ohm_config_find("small", &config, &err))
        return -1;
    config.mesh_w = 2;
    config.mesh_h = 4;
    config.ibuf_words = 4096;
    g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    if (g)
        ohm_golden_set_checking(g, 0);
    return g ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    ohm_golden_free(g);
    return 0;
}

static inline int pick(int lo, int hi)
{
    return lo + (int)(m_random(&seed) % (uint32_t)(hi - lo + 1));
}

static inline void random_tile(struct m_tile *t, unsigned x, unsigned y, int rows, int outs,
                               int mode)
{
    m_default(t, rows, outs, 6);
    t->x = x;
    t->y = y;
    t->lsb = 30000;
    t->mode = mode;
    t->shift = mode == Y_MODE ? 8 : 0;
    t->part[0] = m_part(0, outs, 0, 0);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < outs; c++)
            t->cell[m_random(&seed) % 2][r][c] = pick(0, 16384);
    for (int o = 0; o < outs; o++)
        t->bias[o] = pick(-20000, 20000);
}

static inline void write_walk(const struct m_tile *t, unsigned i, const struct walk *w)
{
    const unsigned at = i * OHM_REG_WINDOW_STRIDE;

    m_write(g, t->x, t->y, OHM_REG_WINDOW + at,
            OHM_PLACE(w->on, WINDOW_ON) | OHM_PLACE(w->is_signed, WINDOW_SIGNED)
                | OHM_PLACE(w->stream, WINDOW_STREAM) | OHM_PLACE(w->pad, WINDOW_PAD));
    m_write(g, t->x, t->y, OHM_REG_WINDOW_MAP + at, OHM_PLACE(w->lines - 1, WINDOW_MAP_LINES1)
            | OHM_PLACE(w->pixels - 1, WINDOW_MAP_PIXELS1));
    m_write(g, t->x, t->y, OHM_REG_WINDOW_PIXEL + at,
            OHM_PLACE(w->pitch, WINDOW_PIXEL_PITCH) | OHM_PLACE(w->first, WINDOW_PIXEL_FIRST)
                | OHM_PLACE(w->count - 1, WINDOW_PIXEL_COUNT1));
    m_write(g, t->x, t->y, OHM_REG_WINDOW_KERNEL + at, OHM_PLACE(w->height - 1, WINDOW_KERNEL_H1)
            | OHM_PLACE(w->width - 1, WINDOW_KERNEL_W1) | OHM_PLACE(w->stride, WINDOW_KERNEL_STRIDE)
            | OHM_PLACE(w->across, WINDOW_KERNEL_ACROSS)
            | OHM_PLACE(w->top, WINDOW_KERNEL_TOP) | OHM_PLACE(w->left, WINDOW_KERNEL_LEFT));
    m_write(g, t->x, t->y, OHM_REG_WINDOW_LINE0 + at, w->line0);
}

static inline int line_words(const struct walk *w)
{
    return (w->pixels * w->pitch + 3) / 4 + w->wider;
}

/* Registers and cells of a tile that walks windows; residual: NULL or walker 1. */
static inline void load(const struct m_tile *t, const struct walk *w, const struct walk *residual,
                        const struct blocks *b)
{
    const struct walk *both[2] = {w, residual};

    m_write(g, t->x, t->y, OHM_REG_CTRL, 0);
    for (unsigned i = 0; i < 2; i++)
        m_write(g, t->x, t->y, OHM_REG_WINDOW + i * OHM_REG_WINDOW_STRIDE, 0);
    m_write(g, t->x, t->y, OHM_REG_POOL, 0);
    m_load(g, t);
    m_write(g, t->x, t->y, OHM_REG_CTRL, 0);
    for (unsigned i = 0; i < 2 && both[i]; i++) {
        const unsigned stream = 2 * (unsigned)both[i]->stream;
        write_walk(t, i, both[i]);
        m_write(g, t->x, t->y, OHM_REG_STREAM + stream,
                OHM_PLACE(i * 2048, STREAM_BASE) | OHM_PLACE(line_words(both[i]), STREAM_SIZE));
        m_write(g, t->x, t->y, OHM_REG_STREAM_VEC + stream,
                OHM_PLACE(line_words(both[i]), STREAM_VEC_EXPECT)
                    | OHM_PLACE(both[i]->log2_slots, STREAM_VEC_LOG2_SLOTS));
    }
    m_write(g, t->x, t->y, OHM_REG_BLOCK_MAP,
            OHM_PLACE(b->rows * (b->lines ? b->height : 1) - 1, BLOCK_MAP_ROWS1)
                | OHM_PLACE(b->cols - 1, BLOCK_MAP_COLS1));
    m_write(g, t->x, t->y, OHM_REG_BLOCK_STEP,
            OHM_PLACE(b->first, BLOCK_STEP_FIRST) | OHM_PLACE(b->step, BLOCK_STEP_STEP));
    m_write(g, t->x, t->y, OHM_REG_POOL,
            OHM_PLACE(b->height - 1, POOL_H1) | OHM_PLACE(b->width - 1, POOL_W1)
                | OHM_PLACE(b->lines ? 1 : b->stride, POOL_STRIDE)
                | OHM_PLACE(b->across, POOL_ACROSS) | OHM_PLACE(b->lines, POOL_LINES)
                | OHM_PLACE(b->average, POOL_AVERAGE) | OHM_PLACE(b->argmax, POOL_ARGMAX));
    m_write(g, t->x, t->y, OHM_REG_POOL_MEAN,
            OHM_PLACE(b->scale, POOL_MEAN_SCALE) | OHM_PLACE(b->shift, POOL_MEAN_SHIFT)
                | OHM_PLACE(b->down, POOL_MEAN_DOWN));
    m_write(g, t->x, t->y, OHM_REG_RSCALE, (uint32_t)b->rscale);
    m_write(g, t->x, t->y, OHM_REG_OUT_LINE,
            OHM_PLACE(b->vecs - 1, OUT_LINE_VECS1) | OHM_PLACE(b->out_step, OUT_LINE_STEP));
    m_write(g, t->x, t->y, OHM_REG_OUT_LINE0, b->out_line0);
    m_write(g, t->x, t->y, OHM_REG_CLASS0, (uint32_t)b->class0);
    m_write(g, t->x, t->y, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
}

/* ---- maps ---- */

static inline void random_map(struct map *m, int lines, int pixels, int channels)
{
    *m = (struct map){.lines = lines, .pixels = pixels, .channels = channels};
    for (int i = 0; i < lines; i++)
        for (int j = 0; j < pixels; j++)
            for (int c = 0; c < channels; c++)
                m->at[i][j][c] = pick(0, 255);
}

/* Sends a line as the walker's map lies in it, in one packet or two, last part first. */
static inline int send_line(const struct m_tile *t, unsigned mc, const struct walk *w,
                            const struct map *m, int line, uint32_t seq)
{
    const unsigned n = (unsigned)line_words(w), cut = n > 1 ? (unsigned)pick(0, (int)n - 1) : 0;
    uint32_t words[LINE_WORDS] = {0};
    struct ohm_header h = {.type = OHM_TYPE_ACT, .x = t->x, .y = t->y, .mc = mc,
                           .chan = (unsigned)w->stream, .seq = seq & 0xffffu};

    for (int at = 0; at < 4 * (int)n; at++) {
        const int p = at / w->pitch, c = at % w->pitch - w->first;
        const int byte = p < w->pixels && c >= 0 && c < m->channels
                             ? m->at[line][p][c]
                             : pick(0, 255); /* bytes that nobody takes */
        words[at / 4] |= (uint32_t)byte << (8 * (at % 4));
    }
    h.offset = cut;
    h.len = n - cut;
    if (m_packet(g, h, words + cut, &err))
        return -1;
    h.offset = 0;
    h.len = cut;
    return cut ? m_packet(g, h, words, &err) : 0;
}

static inline int send_poison(const struct m_tile *t, const struct walk *w, uint32_t seq)
{
    return m_packet(g,
                    (struct ohm_header){.type = OHM_TYPE_ACT, .x = t->x, .y = t->y,
                                        .chan = (unsigned)w->stream, .poison = 1,
                                        .seq = seq & 0xffffu},
                    NULL, &err);
}

static inline int across_of(int across, int stride)
{
    return across ? across : stride;
}

/* The pixels under a window as a vector, `pad` beside the map. */
static inline void window_of(const struct map *m, int line, int pixel, const struct walk *w,
                             uint8_t *x)
{
    memset(x, 0, SIDE);
    for (int ky = 0; ky < w->height; ky++)
        for (int kx = 0; kx < w->width; kx++)
            for (int c = 0; c < w->count; c++) {
                const int at = (ky * w->width + kx) * w->count + c, i = line + ky, j = pixel + kx;
                const int inside = i >= 0 && i < m->lines && j >= 0 && j < m->pixels;
                if (at < SIDE)
                    x[at] = (uint8_t)(inside ? m->at[i][j][c] : w->pad);
            }
}

/* Output of one window, with a partial sum and a residual or without. */
static inline void window_out(const struct m_tile *t, const struct walk *w, const struct map *m,
                              const struct walk *rw, const struct map *rm, const struct blocks *b,
                              int wy, int wx, const int32_t *psum, struct m_vmm *v)
{
    static struct m_tile with;
    uint8_t x[SIDE], r[SIDE];

    with = *t;
    window_of(m, wy * w->stride + w->top, wx * across_of(w->across, w->stride) + w->left, w, x);
    if (rw) {
        window_of(rm, wy * rw->stride + rw->top,
                  wx * across_of(rw->across, rw->stride) + rw->left, rw, r);
        for (int o = 0; o < t->outs; o++) /* the same sum as a bias of its own for each window */
            with.bias[o] += (rw->is_signed ? (int8_t)r[o] : r[o]) * b->rscale;
    }
    m_compute(&with, x, psum, v);
}

static inline int pooled(const struct blocks *b, const int *y, int n, int o_signed)
{
    long sum = 0;
    int most = y[0];

    for (int i = 0; i < n; i++) {
        sum += y[i];
        most = y[i] > most ? y[i] : most;
    }
    if (!b->average || n == 1)
        return most;
    sum = sum * b->scale - b->down;
    if (b->shift) {
        const long unit = 1L << b->shift;
        sum += unit / 2;
        sum = sum >= 0 ? sum / unit : -((-sum + unit - 1) / unit);
    }
    const long lo = o_signed ? -127 : 0, hi = o_signed ? 127 : 255;
    return (int)(sum < lo ? lo : sum > hi ? hi : sum);
}

/* The map that a layer makes, all block columns; psum: NULL, or of each window [wy][wx][output]. */
static int32_t sums[2 * MAP][2 * MAP][SIDE];
static inline void layer_out(const struct m_tile *t, const struct walk *w, const struct map *m,
                             const struct walk *rw, const struct map *rm, const struct blocks *b,
                             int cols, int with_sums, struct map *out)
{
    static struct m_vmm v;

    *out = (struct map){.lines = b->rows, .pixels = cols, .channels = t->outs};
    for (int by = 0; by < b->rows; by++)
        for (int bx = 0; bx < cols; bx++) {
            int y[SIDE][64], n = 0;
            for (int dy = 0; dy < b->height; dy++)
                for (int dx = 0; dx < b->width; dx++, n++) {
                    const int wy = by * b->stride + dy,
                              wx = bx * across_of(b->across, b->stride) + dx;
                    window_out(t, w, m, rw, rm, b, wy, wx, with_sums ? sums[wy][wx] : NULL, &v);
                    for (int o = 0; o < t->outs; o++)
                        y[o][n] = v.y[o];
                }
            for (int o = 0; o < t->outs; o++)
                out->at[by][bx][o] = t->mode == Y_MODE ? pooled(b, y[o], n, t->o_signed) : y[o][0];
        }
}

/* ---- packets ---- */

static inline void expect(const struct m_tile *t, uint32_t seq, unsigned offset, const int *y,
                          int n, int poison)
{
    struct packet *p = &want[nwant++];
    const int bytes = t->mode == Y_MODE;
    const struct ohm_header h = {.type = OHM_TYPE_RESULT, .x = t->x, .y = t->y, .host = 1,
                                 .poison = (unsigned)poison,
                                 .len = poison ? 0 : (unsigned)(bytes ? (n + 3) / 4 : n),
                                 .seq = seq & 0xffffu,
                                 .offset = offset & 0xffffu};

    memset(p, 0, sizeof *p);
    p->n = 2 + h.len;
    ohm_header_encode(&h, p->flits);
    for (int i = 0; i < n && !poison; i++) {
        if (bytes)
            p->flits[2 + i / 4] |= ((uint32_t)y[i] & 255u) << (8 * (i % 4));
        else
            p->flits[2 + i] = (uint32_t)y[i];
    }
}

/* All packets for the host: results are kept, the last credit limit of each CHAN and the number of
 * events are told. */
static unsigned credit[16], events;
static inline void collect(void)
{
    struct packet p;

    while ((p.n = ohm_golden_pop_packet(g, p.flits, sizeof p.flits / sizeof *p.flits))) {
        const struct ohm_header h = ohm_header_decode(p.flits);
        if (h.type == OHM_TYPE_CREDIT)
            credit[h.chan] = h.offset;
        else if (h.type == OHM_TYPE_EVENT)
            events++;
        else
            got[ngot++] = p;
    }
}

static inline void compare(void)
{
    collect();
    CHECK_EQUAL(ngot, nwant);
    for (size_t i = 0; i < nwant; i++) {
        CHECK_EQUAL(got[i].n, want[i].n);
        for (size_t k = 0; k < want[i].n; k++)
            if (got[i].flits[k] != want[i].flits[k])
                fail_msg("packet %zu flit %zu: got %08x, expected %08x", i, k, got[i].flits[k],
                         want[i].flits[k]);
        checks += want[i].n;
    }
    ngot = nwant = 0;
}

#endif
