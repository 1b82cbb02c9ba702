/* SPDX-License-Identifier: Apache-2.0
 * Convolutions through the golden model, against plain loops over whole maps: random layers on one
 * tile (padding, strides, pitch, pooling at once or by lines, residual, replicas), poison and lost
 * lines. */
#include "conv_model.h"

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

struct layer {
    struct m_tile t;
    struct walk w, rw, *r; /* r: &rw, or NULL without a residual */
    struct blocks b;
    int cols; /* of the map that all replicas make */
    struct map m[IMAGES], rm[IMAGES];
    int fate[IMAGES], bad[IMAGES]; /* of an image, and its line that is not well */
    unsigned lost, poisoned;
};

/* The walker and its blocks; 0: the windows do not fit into the map. */
static int random_windows(struct layer *l)
{
    struct walk *w = &l->w;
    struct blocks *b = &l->b;

    *w = (struct walk){.on = 1, .stream = pick(0, 3), .height = pick(1, 3), .width = pick(1, 3),
                       .stride = pick(1, 2), .count = pick(1, 5), .line0 = m_random(&seed),
                       .across = pick(0, 3), .pad = pick(0, 255)};
    *b = (struct blocks){.height = 1, .width = 1, .stride = 1, .out_line0 = m_random(&seed),
                         .out_step = pick(0, 5)};
    const int pool = pick(0, 2);
    l->t.mode = pool ? Y_MODE : pick(1, 2);
    l->r = pick(0, 1) ? &l->rw : NULL;
    w->first = pick(0, 2);
    w->pitch = w->first + w->count + pick(0, 2);
    w->wider = pick(0, 3);
    w->lines = pick(w->height, 11);
    w->pixels = pick(w->width, 11);
    w->top = -pick(0, w->height - 1);
    w->left = -pick(0, w->width - 1);
    if (pool) {
        b->height = pick(1, 3);
        b->width = pick(1, 3);
        b->stride = pick(1, 3);
        b->across = pick(0, 2);
        b->average = pool == 2;
        b->shift = pick(0, 12);
        b->down = pick(0, 1);
        b->scale = (1 << b->shift) / (b->height * b->width) + (b->shift > 4 ? pick(0, 3) : 0);
    }
    const int wide = (w->lines - w->top * 2 - w->height) / w->stride + 1,
              across = (w->pixels - w->left * 2 - w->width) / across_of(w->across, w->stride) + 1;
    b->rows = (wide - b->height) / b->stride + 1;
    l->cols = (across - b->width) / across_of(b->across, b->stride) + 1;
    return wide >= b->height && across >= b->width;
}

/* Replicas, the tile and its residual; writes them into the model. */
static void random_layer(struct layer *l)
{
    struct m_tile *t = &l->t;
    struct walk *w = &l->w, *rw = &l->rw;
    struct blocks *b = &l->b;

    b->step = pick(1, l->cols);
    b->first = pick(0, b->step - 1);
    b->cols = (l->cols - b->first + b->step - 1) / b->step;
    b->lines = b->cols == 1 && (b->stride == b->height || b->rows == 1) && pick(0, 1);
    if (b->lines && !b->across)
        b->across = b->stride; /* STRIDE counts rows of windows then */
    b->vecs = pick(0, 1) ? b->cols : b->cols * b->rows; /* a line, or all as one vector */
    w->log2_slots = slots_for(w, b);
    if (w->log2_slots < 4)
        w->log2_slots++; /* room for the line that proves another one lost */

    random_tile(t, (unsigned)pick(0, 1), (unsigned)pick(0, 3), w->height * w->width * w->count,
                pick(1, 12), t->mode);
    t->stream = w->stream;
    t->is_signed = pick(0, 1);
    t->o_signed = pick(0, 1);
    t->seq_base = m_random(&seed);
    t->ret[0] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                | OHM_PLACE(w->stream, RETURN_STREAM) | OHM_PLACE(7, RETURN_CHAN);
    *rw = (struct walk){.on = 1, .stream = (w->stream + 1) % 4, .height = 1, .width = 1,
                        .stride = pick(1, 2), .across = pick(0, 2), .count = t->outs,
                        .is_signed = pick(0, 1),
                        .line0 = m_random(&seed), .first = pick(0, 1), .top = pick(-1, 1),
                        .left = pick(-1, 1)};
    rw->pitch = rw->first + rw->count + pick(0, 1);
    rw->lines = pick(1, 11);
    rw->pixels = pick(1, 11);
    rw->log2_slots = slots_for(rw, b);
    b->rscale = pick(-400, 400);
    t->ret[1] = (t->ret[0] & ~OHM_PLACE(3, RETURN_STREAM) & ~OHM_PLACE(15, RETURN_CHAN))
                | OHM_PLACE(rw->stream, RETURN_STREAM) | OHM_PLACE(8, RETURN_CHAN);
    credit[7] = w->line0 + (1u << w->log2_slots);
    credit[8] = rw->line0 + (1u << rw->log2_slots);
    load(t, w, l->r, b);
}

/* Images, what befalls them, and the packets that must come. */
static void random_images(struct layer *l)
{
    static struct map out;
    const struct blocks *b = &l->b;
    uint32_t k = 0;

    l->lost = l->poisoned = 0;
    for (int i = 0; i < IMAGES; i++) {
        const int fate = i == IMAGES - 1 ? ALL_WELL
                                         : pick(0, l->r ? FATES - 1 : POISON_RESIDUAL - 1);
        const struct walk *of = fate == POISON_RESIDUAL ? &l->rw : &l->w;
        l->fate[i] = fate;
        l->bad[i] = fate == ALL_WELL ? -1 : pick(0, of->lines - 1);
        l->lost += fate == LOST_LINE;
        random_map(&l->m[i], l->w.lines, l->w.pixels, l->w.count);
        random_map(&l->rm[i], l->rw.lines, l->rw.pixels, l->rw.count);
        layer_out(&l->t, &l->w, &l->m[i], l->r, &l->rm[i], b, l->cols, 0, &out);
        for (int by = 0; by < b->rows; by++) {
            const int rows = l->bad[i] < 0 ? 0 : waiting_rows(of, b, by, l->bad[i]),
                      poison = rows > 0;
            l->poisoned += (unsigned)(rows * b->cols * b->width);
            for (int bx = b->first; bx < l->cols; bx += b->step, k++)
                expect(&l->t, b->out_line0 + k / (unsigned)b->vecs,
                       k % (unsigned)b->vecs * (unsigned)b->out_step, out.at[by][bx], l->t.outs,
                       poison);
        }
    }
}

/* The lines of both streams in random order, as far as there are credits. */
static void send_lines(const struct layer *l)
{
    const struct walk *both[2] = {&l->w, &l->rw};

    for (int next[2] = {0, l->r ? 0 : IMAGES * l->rw.lines};
         next[0] < IMAGES * l->w.lines || next[1] < IMAGES * l->rw.lines;) {
        int may[2];
        collect();
        for (int s = 0; s < 2; s++)
            may[s] = next[s] < IMAGES * both[s]->lines
                     && (int16_t)(uint16_t)(credit[7 + s] - (both[s]->line0 + (uint32_t)next[s]))
                            > 0;
        CHECK(may[0] || may[1]);
        const int from = may[0] && may[1] ? pick(0, 1) : may[1], n = next[from]++;
        const int i = n / both[from]->lines, at = n % both[from]->lines;
        const uint32_t seq = both[from]->line0 + (uint32_t)n;
        if (at != l->bad[i] || (l->fate[i] == POISON_RESIDUAL) != (from == 1))
            OK(send_line(&l->t, 0, both[from], from ? &l->rm[i] : &l->m[i], at, seq));
        else if (l->fate[i] != LOST_LINE)
            OK(send_poison(&l->t, both[from], seq));
    }
}

static void test_random_layers(void **state)
{
    static struct layer l;
    (void)state;

    for (int round = 0; round < 150; round++) {
        const struct walk *w = &l.w;
        const struct blocks *b = &l.b;
        if (!random_windows(&l))
            continue;
        random_layer(&l);
        events = 0;
        random_images(&l);
        send_lines(&l);
        compare();
        CHECK_EQUAL(credit[7], (w->line0 + (uint32_t)(IMAGES * w->lines) + (1u << w->log2_slots))
                                   & 0xffffu); /* every line was freed */
        const unsigned windows = (unsigned)(IMAGES * b->rows * b->cols * b->height * b->width),
                       tile = l.t.y * 16 + l.t.x;
        CHECK_EQUAL(ohm_golden_counter(g, tile, OHM_REG_CNT_POISON), l.poisoned);
        CHECK_EQUAL(ohm_golden_counter(g, tile, OHM_REG_CNT_VMM), windows - l.poisoned);
        CHECK_EQUAL(ohm_golden_counter(g, tile, OHM_REG_SEQ_HEAD), l.t.seq_base + windows);
        CHECK_EQUAL(events, l.lost);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_layers, setup, teardown),
    };
    const int failed = cmocka_run_group_tests_name("golden convolution", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
