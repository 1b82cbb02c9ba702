/* SPDX-License-Identifier: Apache-2.0
 * Tiles that walk windows of maps: padding, strides, pooling, residuals, chains of partial sums,
 * maps of maps. */
#include "equivalence.h"

/* Rows of windows that are walked as one. */
static unsigned walked_rows(const struct tile *t)
{
    return OHM_FIELD(t->pool, POOL_LINES) ? 1 : OHM_FIELD(t->pool, POOL_H1) + 1;
}

/* Lines of the map that the tile makes. */
static unsigned made_rows(const struct tile *t)
{
    return OHM_FIELD(t->pool, POOL_LINES) ? t->block_rows / (OHM_FIELD(t->pool, POOL_H1) + 1)
                                          : t->block_rows;
}

static int slots_needed(const struct tile *t, const struct walk *w)
{
    return (int)(w->height + (walked_rows(t) - 1) * w->stride);
}

/* Words of a pixel that the tile makes, and of a line of them. */
static unsigned pixel_words(const struct tile *t)
{
    return (t->outs + 3) / 4;
}

/* Vectors that leave for an image. */
static unsigned vectors_of(const struct tile *t)
{
    return t->mode == OHM_DESC_MODE_PSUM
               ? t->block_rows * t->block_cols * walked_rows(t) * (OHM_FIELD(t->pool, POOL_W1) + 1)
               : made_rows(t) * t->block_cols;
}

/* A walker and its stream; pixels: 0, or as another tile makes them, `pitch` bytes apart. */
static void random_walk(struct problem *p, struct tile *t, unsigned i, unsigned lines,
                        unsigned pixels, unsigned pitch)
{
    const unsigned room = (unsigned)p->config.ibuf_words / (p->config.nstream > 1 ? 2 : 1),
                   step = chance(p, 40) ? 4 : 1;
    struct walk *w = &t->walk[i];
    struct feed *f = &t->feed[i];

    for (;;) {
        *w = (struct walk){.on = 1,
                           .is_signed = chance(p, 50),
                           .stream = i ? 1 + draw(p, (unsigned)p->config.nstream - 1) : 0,
                           .lines = lines ? lines : 1 + draw(p, 7),
                           .pixels = pixels ? pixels : 1 + draw(p, 7),
                           .height = i ? 1 : 1 + draw(p, 3),
                           .width = i ? 1 : 1 + draw(p, 3),
                           .stride = 1 + draw(p, 2),
                           .across = draw(p, 3),
                           .pad = draw(p, 256),
                           .top = 1 - (int)draw(p, 4),
                           .left = 1 - (int)draw(p, 4)};
        w->count = i ? t->outs : step * (1 + draw(p, 8 / step));
        w->from = step * draw(p, 2);
        w->pitch = pitch ? pitch : step * ((w->from + w->count + step - 1) / step + draw(p, 2));
        f->words = (w->pixels * w->pitch + 3) / 4
                   + (pitch ? 0 : draw(p, 3)); /* a line may be wider than the map */
        f->parts = f->words > 1 && chance(p, 40) ? 2 : 1;
        for (f->log2_slots = 1; 1 << f->log2_slots < slots_needed(t, w);)
            f->log2_slots++;
        f->log2_slots += p->lossy || chance(p, 50);
        if (f->log2_slots <= 4 && f->words << f->log2_slots <= room && f->words <= LINE_WORDS)
            break;
    }
    f->first = p->first + draw(p, 100);
    f->count = IMAGES * w->lines;
}

/* Blocks of windows, in a chain those of the tile before it. */
static void random_blocks(struct problem *p, struct tile *t)
{
    if (t->psum >= 0) {
        const struct tile *from = &p->tile[t->psum];
        t->block_rows = from->block_rows;
        t->block_cols = from->block_cols;
        t->block_first = from->block_first;
        t->block_step = from->block_step;
        t->pool = from->pool & ~OHM_PLACE(1, POOL_AVERAGE);
    } else {
        const int many = t->mode != OHM_DESC_MODE_V && chance(p, 60);
        t->block_rows = 1 + draw(p, 3);
        t->block_cols = 1 + draw(p, 3);
        t->block_first = draw(p, 2);
        t->block_step = 1 + draw(p, 2);
        t->pool = OHM_PLACE(many ? draw(p, 2) : 0, POOL_H1)
                  | OHM_PLACE(many ? draw(p, 2) : 0, POOL_W1)
                  | OHM_PLACE(1 + draw(p, 2), POOL_STRIDE) | OHM_PLACE(draw(p, 3), POOL_ACROSS)
                  | OHM_PLACE(chance(p, 25), POOL_LINES);
        if (OHM_FIELD(t->pool, POOL_LINES)) {
            t->block_rows *= OHM_FIELD(t->pool, POOL_H1) + 1;
            t->block_cols = 1;
        }
    }
    if (t->mode == OHM_DESC_MODE_V
        && (OHM_FIELD(t->pool, POOL_H1) || OHM_FIELD(t->pool, POOL_W1))) {
        t->mode = OHM_DESC_MODE_Y;
        t->desc = (t->desc & ~OHM_PLACE(3, DESC_MODE)) | OHM_PLACE(OHM_DESC_MODE_Y, DESC_MODE);
    }
    t->pool |= OHM_PLACE(t->mode == OHM_DESC_MODE_Y && chance(p, 40), POOL_AVERAGE);
    t->pool_mean = OHM_PLACE(draw(p, 2000), POOL_MEAN_SCALE)
                   | OHM_PLACE(draw(p, 14), POOL_MEAN_SHIFT)
                   | OHM_PLACE(draw(p, 2), POOL_MEAN_DOWN);
    t->rscale = chance(p, 50) ? draw(p, 2000) - 1000u : draw(p, 1u << 31) * 2;
}

void random_map(struct problem *p, int i)
{
    struct tile *t = &p->tile[i], *from = t->in >= 0 ? &p->tile[t->in] : NULL;
    const int of_walk = from && from->walk[0].on;
    int walks = t->psum >= 0 ? (int)p->tile[t->psum].walk[0].on
                : from       ? of_walk && chance(p, 60)
                             : chance(p, 75);

    if (of_walk) { /* a map of the other tile's pixels, or all of them as one vector */
        const unsigned all = made_rows(from) * from->block_cols * pixel_words(from),
                       line = from->block_cols * pixel_words(from);
        walks |= all > LINE_WORDS || all << t->log2_slots > (unsigned)p->config.ibuf_words;
        t->rows = 1 + draw(p, SIDE);
        if (walks
            && (line << 3) > (unsigned)p->config.ibuf_words
                                 / (p->config.nstream > 1 ? 2 : 1)) { /* too long a line */
            from->to = t->in = -1;
            from = NULL;
        }
        from = t->in >= 0 ? from : NULL;
    }
    if (walks) {
        random_blocks(p, t);
        t->rows = chance(p, 50) ? SIDE : 1 + draw(p, SIDE);
        if (from) {
            do
                random_walk(p, t, 0, made_rows(from), from->block_cols, 4 * pixel_words(from));
            while (t->feed[0].log2_slots > 3);
        } else {
            random_walk(p, t, 0, 0, 0, 0);
        }
        if (p->config.nstream > 1 && t->mode != OHM_DESC_MODE_PSUM && chance(p, 50))
            random_walk(p, t, 1, 0, 0, 0);
        t->leave_count = IMAGES * vectors_of(t);
    } else {
        t->feed[0] = (struct feed){of_walk && from
                                       ? made_rows(from) * from->block_cols * pixel_words(from)
                                       : (t->rows + 3) / 4,
                                   t->rows > 4 ? t->parts : 1, t->log2_slots, p->first, p->vectors};
        if (from || t->psum >= 0)
            t->feed[0].count = p->tile[from ? t->in : t->psum].leave_count;
        if (of_walk && from)
            t->feed[0].count = IMAGES;
        t->leave_count = t->feed[0].count;
        t->walk[0] = t->walk[1] = (struct walk){0};
    }
    t->leave_first = p->first;
    t->leave_parts = 1 + draw(p, 5);
    t->leave_step = draw(p, 4);
    if (from) { /* where the other tile's vectors go */
        from->leave_first = t->feed[0].first;
        from->leave_step = pixel_words(from);
        from->leave_parts = walks     ? from->block_cols
                            : of_walk ? made_rows(from) * from->block_cols
                                      : 1;
        t->feed[0].count = 0;
    }
}
