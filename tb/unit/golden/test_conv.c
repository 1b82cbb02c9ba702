/* SPDX-License-Identifier: Apache-2.0
 * Convolutions through the golden model, against plain loops over whole maps: random layers on one
 * tile (padding, strides, pitch, pooling at once or by lines, residual, replicas), a network of
 * seven tiles, poison and lost lines, refused registers. */
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
    int rows, cols, first, step, height, width, stride, average, argmax, scale, shift, rscale;
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

static int setup(void **state)
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

static int teardown(void **state)
{
    (void)state;
    ohm_golden_free(g);
    return 0;
}

static int pick(int lo, int hi)
{
    return lo + (int)(m_random(&seed) % (uint32_t)(hi - lo + 1));
}

static void random_tile(struct m_tile *t, unsigned x, unsigned y, int rows, int outs, int mode)
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

static void write_walk(const struct m_tile *t, unsigned i, const struct walk *w)
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

static int line_words(const struct walk *w)
{
    return (w->pixels * w->pitch + 3) / 4 + w->wider;
}

/* Registers and cells of a tile that walks windows; residual: NULL or walker 1. */
static void load(const struct m_tile *t, const struct walk *w, const struct walk *residual,
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
                | OHM_PLACE(b->average, POOL_AVERAGE)
                | OHM_PLACE(b->argmax, POOL_ARGMAX));
    m_write(g, t->x, t->y, OHM_REG_POOL_MEAN,
            OHM_PLACE(b->scale, POOL_MEAN_SCALE) | OHM_PLACE(b->shift, POOL_MEAN_SHIFT));
    m_write(g, t->x, t->y, OHM_REG_RSCALE, (uint32_t)b->rscale);
    m_write(g, t->x, t->y, OHM_REG_OUT_LINE,
            OHM_PLACE(b->vecs - 1, OUT_LINE_VECS1) | OHM_PLACE(b->out_step, OUT_LINE_STEP));
    m_write(g, t->x, t->y, OHM_REG_OUT_LINE0, b->out_line0);
    m_write(g, t->x, t->y, OHM_REG_CLASS0, (uint32_t)b->class0);
    m_write(g, t->x, t->y, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
}

/* ---- maps ---- */

static void random_map(struct map *m, int lines, int pixels, int channels)
{
    *m = (struct map){.lines = lines, .pixels = pixels, .channels = channels};
    for (int i = 0; i < lines; i++)
        for (int j = 0; j < pixels; j++)
            for (int c = 0; c < channels; c++)
                m->at[i][j][c] = pick(0, 255);
}

/* Sends a line as the walker's map lies in it, in one packet or two, last part first. */
static int send_line(const struct m_tile *t, unsigned mc, const struct walk *w, const struct map *m,
                     int line, uint32_t seq)
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

static int send_poison(const struct m_tile *t, const struct walk *w, uint32_t seq)
{
    return m_packet(g,
                    (struct ohm_header){.type = OHM_TYPE_ACT, .x = t->x, .y = t->y,
                                        .chan = (unsigned)w->stream, .poison = 1,
                                        .seq = seq & 0xffffu},
                    NULL, &err);
}

static int across_of(int across, int stride)
{
    return across ? across : stride;
}

/* The pixels under a window as a vector, `pad` beside the map. */
static void window_of(const struct map *m, int line, int pixel, const struct walk *w, uint8_t *x)
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
static void window_out(const struct m_tile *t, const struct walk *w, const struct map *m,
                       const struct walk *rw, const struct map *rm, const struct blocks *b, int wy,
                       int wx, const int32_t *psum, struct m_vmm *v)
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

static int pooled(const struct blocks *b, const int *y, int n, int o_signed)
{
    long sum = 0;
    int most = y[0];

    for (int i = 0; i < n; i++) {
        sum += y[i];
        most = y[i] > most ? y[i] : most;
    }
    if (!b->average || n == 1)
        return most;
    sum *= b->scale;
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
static void layer_out(const struct m_tile *t, const struct walk *w, const struct map *m,
                      const struct walk *rw, const struct map *rm, const struct blocks *b, int cols,
                      int with_sums, struct map *out)
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

static void expect(const struct m_tile *t, uint32_t seq, unsigned offset, const int *y, int n,
                   int poison)
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
static void collect(void)
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

static void compare(void)
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

/* ---- one tile ---- */

static int slots_for(const struct walk *w, const struct blocks *b)
{
    int log2 = 1;

    while ((1 << log2) < w->height + (b->lines ? 0 : b->height - 1) * w->stride)
        log2++;
    return log2;
}

/* Whether a row of windows needs the line, or one after it: it waits for all lines up to its last.
 */
static int waits_for(const struct walk *w, int row, int line)
{
    const int last = row * w->stride + w->top + w->height - 1;

    return line <= (last < 0 ? 0 : last >= w->lines ? w->lines - 1 : last);
}

/* Rows of windows of block row `by` that wait for the line: all or none, but line by line. */
static int waiting_rows(const struct walk *w, const struct blocks *b, int by, int line)
{
    int n = 0;

    if (!b->lines)
        return waits_for(w, by * b->stride + b->height - 1, line) ? b->height : 0;
    for (int dy = 0; dy < b->height; dy++)
        n += waits_for(w, by * b->stride + dy, line);
    return n;
}

enum { ALL_WELL, POISON_LINE, LOST_LINE, POISON_RESIDUAL, FATES };

static void test_random_layers(void **state)
{
    static struct m_tile t;
    static struct map m[IMAGES], rm[IMAGES], out;
    (void)state;

    for (int round = 0; round < 150; round++) {
        struct walk w = {.on = 1, .stream = pick(0, 3), .height = pick(1, 3), .width = pick(1, 3),
                         .stride = pick(1, 2), .count = pick(1, 5), .line0 = m_random(&seed),
                         .across = pick(0, 3), .pad = pick(0, 255)};
        struct blocks b = {.height = 1, .width = 1, .stride = 1, .out_line0 = m_random(&seed),
                           .out_step = pick(0, 5)};
        const int pool = pick(0, 2), mode = pool ? Y_MODE : pick(1, 2), with_residual = pick(0, 1);

        w.first = pick(0, 2);
        w.pitch = w.first + w.count + pick(0, 2);
        w.wider = pick(0, 3);
        w.lines = pick(w.height, 11);
        w.pixels = pick(w.width, 11);
        w.top = -pick(0, w.height - 1);
        w.left = -pick(0, w.width - 1);
        if (pool) {
            b.height = pick(1, 3);
            b.width = pick(1, 3);
            b.stride = pick(1, 3);
            b.across = pick(0, 2);
            b.average = pool == 2;
            b.shift = pick(0, 12);
            b.scale = (1 << b.shift) / (b.height * b.width) + (b.shift > 4 ? pick(0, 3) : 0);
        }
        const int wide = (w.lines - w.top * 2 - w.height) / w.stride + 1,
                  across = (w.pixels - w.left * 2 - w.width) / across_of(w.across, w.stride) + 1;
        b.rows = (wide - b.height) / b.stride + 1;
        const int cols = (across - b.width) / across_of(b.across, b.stride) + 1;
        if (wide < b.height || across < b.width)
            continue;
        b.step = pick(1, cols);
        b.first = pick(0, b.step - 1);
        b.cols = (cols - b.first + b.step - 1) / b.step;
        b.lines = b.cols == 1 && (b.stride == b.height || b.rows == 1) && pick(0, 1);
        if (b.lines && !b.across)
            b.across = b.stride; /* STRIDE counts rows of windows then */
        b.vecs = pick(0, 1) ? b.cols : b.cols * b.rows; /* a line, or all as one vector */
        w.log2_slots = slots_for(&w, &b);
        if (w.log2_slots < 4)
            w.log2_slots++; /* room for the line that proves another one lost */

        random_tile(&t, (unsigned)pick(0, 1), (unsigned)pick(0, 3), w.height * w.width * w.count,
                    pick(1, 12), mode);
        t.stream = w.stream;
        t.is_signed = pick(0, 1);
        t.o_signed = pick(0, 1);
        t.seq_base = m_random(&seed);
        t.ret[0] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                   | OHM_PLACE(w.stream, RETURN_STREAM) | OHM_PLACE(7, RETURN_CHAN);
        struct walk rw = {.on = 1, .stream = (w.stream + 1) % 4, .height = 1, .width = 1,
                          .stride = pick(1, 2), .across = pick(0, 2), .count = t.outs,
                          .is_signed = pick(0, 1),
                          .line0 = m_random(&seed), .first = pick(0, 1), .top = pick(-1, 1),
                          .left = pick(-1, 1)};
        rw.pitch = rw.first + rw.count + pick(0, 1);
        rw.lines = pick(1, 11);
        rw.pixels = pick(1, 11);
        rw.log2_slots = slots_for(&rw, &b);
        b.rscale = pick(-400, 400);
        struct walk *r = with_residual ? &rw : NULL;
        t.ret[1] = (t.ret[0] & ~OHM_PLACE(3, RETURN_STREAM) & ~OHM_PLACE(15, RETURN_CHAN))
                   | OHM_PLACE(rw.stream, RETURN_STREAM) | OHM_PLACE(8, RETURN_CHAN);
        credit[7] = w.line0 + (1u << w.log2_slots);
        credit[8] = rw.line0 + (1u << rw.log2_slots);
        load(&t, &w, r, &b);

        uint32_t k = 0;
        unsigned lost = 0, poisoned = 0;
        int fate[IMAGES], bad[IMAGES];
        events = 0;
        for (int i = 0; i < IMAGES; i++) {
            fate[i] = i == IMAGES - 1 ? ALL_WELL : pick(0, r ? FATES - 1 : POISON_RESIDUAL - 1);
            bad[i] = fate[i] == ALL_WELL
                         ? -1
                         : pick(0, (fate[i] == POISON_RESIDUAL ? rw.lines : w.lines) - 1);
            lost += fate[i] == LOST_LINE;
            random_map(&m[i], w.lines, w.pixels, w.count);
            random_map(&rm[i], rw.lines, rw.pixels, rw.count);
            layer_out(&t, &w, &m[i], r, &rm[i], &b, cols, 0, &out);
            for (int by = 0; by < b.rows; by++) {
                const struct walk *of = fate[i] == POISON_RESIDUAL ? &rw : &w;
                const int rows = bad[i] < 0 ? 0 : waiting_rows(of, &b, by, bad[i]),
                          poison = rows > 0;
                poisoned += (unsigned)(rows * b.cols * b.width);
                for (int bx = b.first; bx < cols; bx += b.step, k++)
                    expect(&t, b.out_line0 + k / (unsigned)b.vecs,
                           k % (unsigned)b.vecs * (unsigned)b.out_step, out.at[by][bx], t.outs,
                           poison);
            }
        }
        /* the lines of both streams in random order, as far as there are credits */
        const struct walk *both[2] = {&w, &rw};
        for (int next[2] = {0, r ? 0 : IMAGES * rw.lines};
             next[0] < IMAGES * w.lines || next[1] < IMAGES * rw.lines;) {
            int may[2];
            collect();
            for (int s = 0; s < 2; s++)
                may[s] =
                    next[s] < IMAGES * both[s]->lines
                    && (int16_t)(uint16_t)(credit[7 + s] - (both[s]->line0 + (uint32_t)next[s]))
                           > 0;
            CHECK(may[0] || may[1]);
            const int from = may[0] && may[1] ? pick(0, 1) : may[1], n = next[from]++;
            const int i = n / both[from]->lines, l = n % both[from]->lines;
            const uint32_t seq = both[from]->line0 + (uint32_t)n;
            if (l != bad[i] || (fate[i] == POISON_RESIDUAL) != (from == 1))
                OK(send_line(&t, 0, both[from], from ? &rm[i] : &m[i], l, seq));
            else if (fate[i] != LOST_LINE)
                OK(send_poison(&t, both[from], seq));
        }
        compare();
        CHECK_EQUAL(credit[7], (w.line0 + (uint32_t)(IMAGES * w.lines) + (1u << w.log2_slots))
                                   & 0xffffu); /* every line was freed */
        const unsigned windows = (unsigned)(IMAGES * b.rows * b.cols * b.height * b.width),
                       tile = t.y * 16 + t.x;
        CHECK_EQUAL(ohm_golden_counter(g, tile, OHM_REG_CNT_POISON), poisoned);
        CHECK_EQUAL(ohm_golden_counter(g, tile, OHM_REG_CNT_VMM), windows - poisoned);
        CHECK_EQUAL(ohm_golden_counter(g, tile, OHM_REG_SEQ_HEAD), t.seq_base + windows);
        CHECK_EQUAL(events, lost);
    }
}

/* ---- a network ----
 * image 9x9x3 -> conv 3x3, 4 + 4 outputs, each half on two replicas (halves are concatenated in the
 * line) -> conv 2x2 on channels 0-3 (A) and 4-7 (B), partial sums from A to B, B adds a residual
 * and pools 2x2 -> dense, arg-max, to the host. */
static void test_network(void **state)
{
    static struct m_tile t[4], a, b, d;
    static struct map m, rm, part[2], half[2], out;
    static struct m_vmm v;
    struct walk in = {.on = 1, .lines = 9, .pixels = 9, .pitch = 3, .count = 3, .height = 3,
                      .width = 3, .stride = 1, .top = -1, .left = -1, .log2_slots = 2,
                      .line0 = 65530};
    struct walk wa = {.on = 1, .stream = 1, .lines = 9, .pixels = 9, .pitch = 8, .count = 4,
                      .height = 2, .width = 2, .stride = 1, .log2_slots = 2, .line0 = 77};
    struct walk wb = wa, res = {.on = 1, .stream = 3, .lines = 9, .pixels = 9, .pitch = 6,
                                .first = 1, .count = 4, .height = 1, .width = 1, .stride = 1,
                                .log2_slots = 2, .line0 = 1000};
    struct blocks one = {
        .rows = 9, .step = 2, .height = 1, .width = 1, .stride = 1, .out_step = 4, .out_line0 = 77};
    struct blocks two = {.rows = 4, .cols = 4, .step = 1, .height = 2, .width = 2, .stride = 2,
                         .vecs = 16, .out_step = 1, .out_line0 = 500, .rscale = 37};
    struct blocks last = {
        .rows = 1, .cols = 1, .height = 1, .width = 1, .vecs = 1, .argmax = 1, .class0 = 300};
    (void)state;
    events = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (i % 2 == 0)
            random_tile(&t[i], 0, i, 27, 4, Y_MODE);
        else
            t[i] = t[i - 1];
        t[i].y = i;
        t[i].route[0] = m_route(OHM_TYPE_ACT, 1, 1, 0, 1, 1);
        t[i].part[0] = m_part(0, 4, (int)(2 * (i % 2) + i / 2), 0); /* a pixel has two words */
        one.first = (int)i % 2;
        one.cols = one.vecs = i % 2 ? 4 : 5;
        load(&t[i], &in, NULL, &one);
    }
    random_tile(&a, 1, 1, 16, 4, PSUM_MODE);
    random_tile(&b, 1, 0, 16, 4, Y_MODE);
    a.stream = b.stream = 1;
    a.route[0] = m_route(OHM_TYPE_PSUM, 1, 0, 0, 0, 0);
    b.psum = 1;
    b.route[0] = m_route(OHM_TYPE_ACT, 1, 3, 0, 0, 0);
    wb.first = 4;
    load(&a, &wa, NULL, &two);
    load(&b, &wb, &res, &two);
    random_tile(&d, 1, 3, 64, 10, V_MODE);
    d.seq_base = 500;
    d.part[0] = m_part(0, 2, 0, 0);
    load(&d, NULL, NULL, &last);

    for (unsigned i = 0; i < IMAGES; i++) {
        uint8_t x[SIDE];
        int best = 0;

        random_map(&m, 9, 9, 3);
        random_map(&rm, 9, 9, 4);
        for (int k = 0; k < 2; k++) {
            layer_out(&t[2 * k], &in, &m, NULL, NULL, &one, 9, 0, &part[k]);
            half[k] = part[k];
        }
        for (int wy = 0; wy < 8; wy++)
            for (int wx = 0; wx < 8; wx++) {
                window_out(&a, &wa, &half[0], NULL, NULL, &two, wy, wx, NULL, &v);
                memcpy(sums[wy][wx], v.acc, sizeof v.acc);
            }
        layer_out(&b, &wb, &half[1], &res, &rm, &two, 4, 1, &out);
        for (int p = 0; p < 16; p++)
            for (int o = 0; o < 4; o++)
                x[4 * p + o] = (uint8_t)out.at[p / 4][p % 4][o];
        m_compute(&d, x, NULL, &v);
        for (int o = 1; o < 10; o++)
            best = v.y[o] > v.y[best] ? o : best;
        expect(&d, 500 + i, 0, (int[]){300 + best, v.y[best]}, 2, 0);
        for (int l = 0; l < 9; l++) {
            OK(send_line(&b, 0, &res, &rm, l, 1000 + 9 * i + (uint32_t)l));
            OK(send_line(&t[3], 3, &in, &m, l, 65530 + 9 * i + (uint32_t)l));
        }
    }
    compare();
    CHECK_EQUAL(events, 0);
}

/* Equal values: the lowest index; the largest is signed; poison stays poison. */
static void test_argmax(void **state)
{
    static struct m_tile t;
    static struct m_vmm v;
    struct blocks b = {
        .rows = 1, .cols = 1, .height = 1, .width = 1, .vecs = 1, .argmax = 1, .class0 = 65535};
    const uint8_t x[SIDE] = {0};
    const int32_t bias[3][5] = {
        {-9, -3, -3, -7, INT32_MIN}, {INT32_MAX, 5, INT32_MAX, 0, -1}, {0, 0, 0, 0, 1}};
    const int class[3] = {1, 0, 4};
    (void)state;

    for (int i = 0; i < 3; i++) {
        random_tile(&t, 1, 2, 8, 5, V_MODE);
        memcpy(t.bias, bias[i], sizeof bias[i]);
        t.part[0] = m_part(0, 2, 0, 0);
        load(&t, NULL, NULL, &b);
        m_compute(&t, x, NULL, &v);
        expect(&t, 0, 0, (int[]){65535 + class[i], bias[i][class[i]]}, 2, 0);
        expect(&t, 1, 0, NULL, 0, 1);
        OK(m_act(g, &t, 0, x, &err));
        OK(m_packet(
            g, (struct ohm_header){.type = OHM_TYPE_ACT, .x = 1, .y = 2, .poison = 1, .seq = 1},
            NULL, &err));
    }
    compare();
}

/* Each illegal register is refused, the same without it is not. */
static void test_refused(void **state)
{
    static struct m_tile t;
    const struct walk w0 = {.on = 1, .stream = 1, .lines = 6, .pixels = 6, .pitch = 4, .count = 2,
                            .height = 2, .width = 2, .stride = 2, .log2_slots = 2};
    const struct walk r0 = {.on = 1, .stream = 2, .lines = 6, .pixels = 6, .pitch = 4, .count = 4,
                            .height = 1, .width = 1, .stride = 1, .log2_slots = 1};
    const struct blocks b0 = {
        .rows = 1, .cols = 1, .step = 1, .height = 2, .width = 1, .stride = 1, .vecs = 1};
    (void)state;

    for (int i = 0; i < 14; i++) {
        struct walk w = w0, r = r0;
        struct blocks b = b0;

        random_tile(&t, 0, 1, 8, 4, Y_MODE);
        t.stream = 1;
        switch (i) {
        case 0: break;
        case 1: w.on = 0; break;                    /* residual without windows */
        case 2: t.mode = PSUM_MODE; break;          /* residual in mode PSUM */
        case 3: r.count = 3; break;
        case 4: r.stream = 1; break;
        case 5: w.stride = 0; break;
        case 6: r.stride = 0; break;
        case 7: b.stride = 0; break;
        case 8: w.stride = 3; break;                /* 5 lines in 4 slots */
        case 9: r.stride = 2; break;                /* 3 lines in 2 slots */
        case 10: t.mode = V_MODE; break;            /* blocks of two windows in mode v */
        case 11: b.average = 1, b.shift = 41; break;
        case 12: b.lines = 1, b.cols = 2; break;    /* by lines, two blocks beside each other */
        default: b.argmax = 1;                      /* in mode y */
        }
        events = 0;
        load(&t, &w, &r, &b);
        collect();
        CHECK_EQUAL(events, i != 0);
        CHECK_EQUAL(ohm_golden_counter(g, 16, OHM_REG_STATUS),
                    i ? OHM_PLACE(1, STATUS_BAD_DESC) : 0);
    }
    /* no partial sums with a residual, but blocks of several windows with them: a chain walks like
     * its last tile */
    random_tile(&t, 0, 1, 8, 4, PSUM_MODE);
    t.stream = 1;
    load(&t, &w0, NULL, &b0);
    m_write(g, 0, 1, OHM_REG_CTRL, 0);
    m_write(g, 0, 1, OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE, 0);
    m_write(g, 0, 1, OHM_REG_CTRL, 1);
    CHECK_EQUAL(ohm_golden_counter(g, 16, OHM_REG_STATUS), 0);
    /* registers of a chip without windows */
    struct ohm_config config;
    OK(ohm_config_find("small", &config, &err));
    config.window = 0;
    ohm_golden_free(g);
    g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    for (unsigned addr = OHM_REG_WINDOW; addr < OHM_REG_MACRO_LSB; addr++)
        if (addr != OHM_REG_CALIB_SEED && addr != OHM_REG_CALIB_COUNT)
            CHECK_EQUAL(
                m_packet(g, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1, .offset = addr},
                         &(uint32_t){0}, &err),
                -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_layers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_network, setup, teardown),
        cmocka_unit_test_setup_teardown(test_argmax, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    const int failed = cmocka_run_group_tests_name("golden convolution", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
