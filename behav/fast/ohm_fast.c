/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_fast.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_activity.h"
#include "ohm_fast_pool.h"
#include "ohm_fast_vmm.h"
#include "ohm_golden_tile.h"

enum { THREADS_MAX = 256, WINDOW = 256, PARTS_MAX = 1024, NUMBERS_MAX = 1 << 14 /* of the 16 bits of a packet */ };

struct part { /* a packet of the pattern */
    uint32_t h0, offset;
    uint32_t number; /* of its vector or line in the image */
    uint32_t at;     /* of its payload in an image's words */
    /* once it and all parts before it are there: */
    uint32_t limit;  /* the first number that has no slot yet */
    size_t credits;  /* credits given back to the host */
};

struct advance { /* how far an image moves the numbers of a tile */
    uint32_t stream[OHM_REG_STREAM_COUNT], psum, window, link, leave, image[OHM_REG_WINDOW_COUNT];
};

struct seen { /* one output, kept for the observer */
    unsigned tile, out;
    uint32_t seq;
    int32_t acc, y;
};

struct log { /* of outputs; grows */
    struct seen *at;
    size_t count, capacity;
};

struct image { /* being collected, or computed and not yet handed out */
    unsigned missing; /* parts */
    unsigned prefix;  /* parts that came with all parts before them */
    size_t credits;   /* given back for them */
    uint32_t *arrival; /* of each part: when it came, counted from 1; 0: not yet */
    uint32_t *words;
    struct ohm_fifo out;
    struct log log;
};

struct copy { /* tiles that one thread computes on */
    struct ohm_golden *g;
    struct fast_compute compute;
    uint32_t position; /* images since the pattern was learned */
    struct log log;
    struct ohm_activity *activity; /* NULL: nobody counts */
};

struct ohm_fast {
    int threads;
    struct fast_pool *pool;
    struct copy *copies; /* the first is the model itself, the others share its arrays */
    ohm_golden_observer observer;
    void *observer_user;
    struct ohm_fifo out;

    /* the pattern: what makes an image */
    int learning, known;
    uint32_t learned_seq; /* low 16 bits of its number */
    uint32_t vector;      /* number of the vector after it in all tiles; 0: it differs among them */
    struct part part[PARTS_MAX];
    unsigned parts;
    uint32_t words;                /* payload of an image */
    uint32_t numbers;              /* vectors, or lines, that the host sends for an image */
    uint32_t slots;                /* of the streams that it sends to, the least */
    struct advance advance[TILE_MAX]; /* while learning: where each tile was */
    uint32_t poisoned;             /* vectors, when learning began */
    struct ohm_fifo credits;       /* that the image gave back to the host */

    /* images of that pattern, a ring */
    struct image *image; /* WINDOW */
    unsigned first, complete; /* oldest; how many from there on are complete */
    uint32_t done;            /* images computed since the pattern was learned */
    unsigned batch;           /* the first of the images being computed */
    uint32_t interval;        /* vectors between changes of the arrays by telegraph noise; 0: none */
    uint32_t arrivals;
    int fresh;                /* packets came since ohm_fast_collecting was last asked */
};

static struct ohm_golden *model(const struct ohm_fast *f)
{
    return f->copies[0].g;
}

/* ---- copies ---- */

static void log_output(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    struct copy *c = user;
    struct log *l = &c->log;

    if (l->count == l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 1024;
        struct seen *at = realloc(l->at, capacity * sizeof *at);
        if (!at) {
            ohm_golden_fault(c->g, "fast model: out of memory");
            return;
        }
        l->at = at;
        l->capacity = capacity;
    }
    l->at[l->count++] = (struct seen){.tile = tile, .out = out, .seq = seq, .acc = acc, .y = y};
}

static void free_copy(struct copy *c)
{
    for (int i = 0; c->g && i < TILE_MAX; i++)
        if (c->g->tile[i])
            c->g->tile[i]->array = NULL; /* the model's */
    ohm_golden_free(c->g);
    c->g = NULL;
}

static int copy_slots(struct slots *s, const struct slots *from)
{
    *s = (struct slots){0};
    return from->count ? slots_reset(s, from->head, from->base, from->count, from->words, from->expect) : 0;
}

/* Registers and plans as the model's, buffers empty, counters 0. */
static int fill_copy(struct copy *c, const struct ohm_golden *from)
{
    free_copy(c);
    c->g = calloc(1, sizeof *c->g);
    if (!c->g)
        return -1;
    c->g->config = from->config;
    if (c->activity)
        ohm_activity_watch(c->activity, c->g);
    fast_compute_free(&c->compute);
    fast_compute_install(&c->compute, c->g);
    for (int i = 0; i < TILE_MAX; i++) {
        const struct tile *t = from->tile[i];
        struct tile *n = t ? malloc(sizeof *n) : NULL;
        if (!t)
            continue;
        if (!n)
            return -1;
        *n = *t;
        n->g = c->g;
        n->ring = (struct vmm_ring){0};
        n->expected = n->residual = n->linked = (struct ohm_fifo){0};
        memset(n->counter, 0, sizeof n->counter);
        memset(n->stream, 0, sizeof n->stream);
        n->psum = (struct slots){0};
        c->g->tile[i] = n;
        for (int k = 0; k < from->config.nstream; k++)
            if (copy_slots(&n->stream[k], &t->stream[k]))
                return -1;
        if (copy_slots(&n->psum, &t->psum))
            return -1;
    }
    return 0;
}

/* Moves a copy that holds nothing to an image: the numbers of all vectors move alike. */
static void move_to(const struct ohm_fast *f, struct copy *c, uint32_t position)
{
    const uint32_t by = position - c->position;

    for (int i = 0; i < TILE_MAX; i++) {
        const struct advance *a = &f->advance[i];
        struct tile *t = c->g->tile[i];
        if (!t)
            continue;
        for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
            t->stream[k].head += by * a->stream[k];
        for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
            t->walker[k].image += by * a->image[k];
        t->psum.head += by * a->psum;
        t->window_seq += by * a->window;
        t->link_seq += by * a->link;
        t->leave_count += by * a->leave;
    }
    c->position = position;
}

static void add_stats(struct ohm_golden_stats *to, const struct ohm_golden_stats *from)
{
    to->vmms += from->vmms;
    to->clip_lo += from->clip_lo;
    to->clip_hi += from->clip_hi;
    to->sat_in += from->sat_in;
    to->sat_out += from->sat_out;
}

/* Brings the model up to date: numbers, and what the copies have counted. */
static void gather(struct ohm_fast *f)
{
    move_to(f, &f->copies[0], f->done);
    for (int k = 1; k < f->threads; k++) {
        struct ohm_golden *g = f->copies[k].g;
        for (int i = 0; g && i < TILE_MAX; i++) {
            struct tile *from = g->tile[i], *to = model(f)->tile[i];
            if (!from)
                continue;
            for (size_t c = 0; c < sizeof from->counter / sizeof from->counter[0]; c++)
                to->counter[c] += from->counter[c];
            memset(from->counter, 0, sizeof from->counter);
        }
        if (g) {
            add_stats(&model(f)->stats, &g->stats);
            g->stats = (struct ohm_golden_stats){0};
        }
    }
}

/* ---- the pattern ---- */

static int slots_empty(const struct slots *s)
{
    for (uint32_t i = 0; i < s->capacity; i++)
        if (s->got[i])
            return 0;
    return 1;
}

static int idle(const struct ohm_golden *g)
{
    for (int i = 0; i < TILE_MAX; i++) {
        const struct tile *t = g->tile[i];
        if (!t || !t->enabled)
            continue;
        if (t->ring.done != t->ring.tail || !slots_empty(&t->psum) || t->block_row || t->walker[0].taken || t->walker[1].taken
            || t->block_windows || t->linked.count)
            return 0;
        for (int k = 0; k < g->config.nstream; k++)
            if (!slots_empty(&t->stream[k]))
                return 0;
    }
    return 1;
}

static struct advance place(const struct tile *t)
{
    struct advance a = {.psum = t->psum.head, .window = t->window_seq, .link = t->link_seq, .leave = t->leave_count};

    for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
        a.stream[k] = t->stream[k].head;
    for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
        a.image[k] = t->walker[k].image;
    return a;
}

static uint32_t poisoned(const struct ohm_golden *g)
{
    uint32_t n = 0;

    for (int i = 0; i < TILE_MAX; i++)
        n += g->tile[i] ? COUNTER(g->tile[i], POISON) : 0;
    return n;
}

static void forget(struct ohm_fast *f)
{
    f->learning = f->known = 0;
}

static void begin_learning(struct ohm_fast *f, const struct ohm_header *h)
{
    forget(f);
    if (!idle(model(f)))
        return;
    for (int i = 0; i < TILE_MAX; i++)
        f->advance[i] = model(f)->tile[i] ? place(model(f)->tile[i]) : (struct advance){0};
    f->poisoned = poisoned(model(f));
    while (ohm_fifo_front(&f->credits))
        ohm_fifo_pop(&f->credits);
    f->learning = 1;
    f->learned_seq = h->seq;
    f->parts = f->words = f->numbers = 0;
    f->slots = NUMBERS_MAX;
}

/* Calls fn for each stream, or partial sums (chan 4), that a packet of the host goes to; -1: one of them said so. */
enum { TO_PSUM = OHM_REG_STREAM_COUNT };
static int each_target(struct ohm_fast *f, const struct ohm_header *h, int (*fn)(struct ohm_fast *f, unsigned tile, unsigned chan))
{
    for (unsigned south = 0; south <= h->mc && south <= h->y; south++)
        if (fn(f, (h->y - south) * 16 + h->x, h->type == OHM_TYPE_PSUM ? TO_PSUM : h->chan % OHM_REG_STREAM_COUNT))
            return -1;
    return 0;
}

static const struct slots *slots_at(const struct ohm_fast *f, unsigned tile, unsigned chan)
{
    const struct tile *t = model(f)->tile[tile];

    return chan == TO_PSUM ? &t->psum : &t->stream[chan];
}

static uint32_t advance_at(const struct ohm_fast *f, unsigned tile, unsigned chan)
{
    return chan == TO_PSUM ? f->advance[tile].psum : f->advance[tile].stream[chan];
}

static int note_slots(struct ohm_fast *f, unsigned tile, unsigned chan)
{
    const struct slots *s = slots_at(f, tile, chan);
    struct part *p = &f->part[f->parts];
    const uint32_t limit = s->head - advance_at(f, tile, chan) + s->count;

    p->limit = limit < p->limit ? limit : p->limit;
    f->slots = s->count < f->slots ? s->count : f->slots;
    return 0;
}

static void learn(struct ohm_fast *f, const struct ohm_header *h, const uint32_t *flits)
{
    const uint32_t number = (h->seq - f->learned_seq) & 0xffff;

    if (number >= NUMBERS_MAX || h->poison || f->parts == PARTS_MAX) {
        f->learning = 0;
        return;
    }
    f->part[f->parts] = (struct part){.h0 = flits[0], .offset = h->offset, .number = number, .at = f->words, .limit = UINT32_MAX,
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
    return advance_at(f, tile, chan) == f->numbers ? 0 : -1;
}

/* The pattern is known when its image has left nothing behind, was whole, and moved all that the host sends to by as many
 * numbers. */
static void end_learning(struct ohm_fast *f)
{
    int any = 0, alike = 1;

    f->learning = 0;
    if (!idle(model(f)) || poisoned(model(f)) != f->poisoned)
        return;
    f->vector = 0;
    for (int i = 0; i < TILE_MAX; i++) {
        const struct tile *t = model(f)->tile[i];
        struct advance *a = &f->advance[i], now;
        if (!t)
            continue;
        now = place(t);
        for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
            a->stream[k] = now.stream[k] - a->stream[k];
        for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
            a->image[k] = now.image[k] - a->image[k];
        a->psum = now.psum - a->psum;
        a->window = now.window - a->window;
        a->link = now.link - a->link;
        a->leave = now.leave - a->leave;

        const uint32_t by = t->plan.link.in ? a->link : t->plan.walk[0].on ? a->window : a->stream[t->plan.stream];
        const uint32_t vector = t->plan.link.in ? now.link : t->plan.walk[0].on ? now.window : now.stream[t->plan.stream];
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
        if (k && fill_copy(&f->copies[k], model(f))) {
            ohm_golden_fault(model(f), "fast model: out of memory");
            return;
        }
        f->copies[k].position = 0;
    }
    f->first = f->complete = 0;
    f->done = f->arrivals = 0;
    f->known = 1;
}

/* ---- one after the other ---- */

static int hand_out(struct ohm_fast *f, struct ohm_fifo *from, int with_credits)
{
    const struct ohm_fifo_entry *e;
    int rc = 0;

    while ((e = ohm_fifo_front(from))) {
        const struct ohm_header h = ohm_header_decode(e->flits);
        struct ohm_fifo *to[2] = {h.type == OHM_TYPE_CREDIT && !with_credits ? NULL : &f->out,
                                  h.type == OHM_TYPE_CREDIT && with_credits && f->learning ? &f->credits : NULL};
        for (int i = 0; i < 2; i++) {
            struct ohm_fifo_entry *copy = to[i] ? ohm_fifo_push(to[i], e->n) : NULL;
            if (copy)
                memcpy(copy->flits, e->flits, e->n * sizeof *e->flits);
            else if (to[i])
                rc = -1;
        }
        ohm_fifo_pop(from);
    }
    if (rc)
        ohm_golden_fault(model(f), "fast model: out of memory");
    return rc;
}

static int deliver(struct ohm_fast *f, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    const int rc = ohm_golden_packet_in(model(f), flits, n, err);

    hand_out(f, &model(f)->host, 1);
    return rc;
}

struct late { /* a packet of an image that was not completed */
    uint32_t arrival;
    unsigned image, part;
};

static int by_arrival(const void *a, const void *b)
{
    const uint32_t x = ((const struct late *)a)->arrival, y = ((const struct late *)b)->arrival;
    return (x > y) - (x < y);
}

static size_t part_packet(const struct ohm_fast *f, const struct image *im, unsigned part, uint32_t first, uint32_t *flits)
{
    const struct part *p = &f->part[part];
    const unsigned len = OHM_FIELD(p->h0, H0_LEN);

    flits[0] = p->h0;
    flits[1] = OHM_PLACE(first + p->number, H1_SEQ) | OHM_PLACE(p->offset, H1_OFFSET);
    memcpy(flits + 2, im->words + p->at, len * sizeof *flits);
    return 2 + len;
}

static void empty_image(const struct ohm_fast *f, struct image *im)
{
    memset(im->arrival, 0, f->parts * sizeof *im->arrival);
    im->missing = f->parts;
    im->prefix = 0;
    im->credits = 0;
}

static struct image *image_at(const struct ohm_fast *f, unsigned i)
{
    return &f->image[(f->first + i) % WINDOW];
}

static int compute_complete(struct ohm_fast *f, struct ohm_error *err);

/* Computes what is complete, gives the model what is not, in the order in which it came, and forgets the pattern. */
static int one_by_one(struct ohm_fast *f, struct ohm_error *err)
{
    if (!f->known)
        return 0;
    if (compute_complete(f, err))
        return -1;
    gather(f);
    f->known = 0;

    size_t count = 0;
    struct late *late = NULL;
    for (int fill = 0; fill < 2; fill++) {
        if (fill && !(late = malloc((count + 1) * sizeof *late)))
            return ohm_fail(err, "fast model: out of memory");
        count = 0;
        for (unsigned i = 0; i < WINDOW; i++) {
            const struct image *im = image_at(f, i);
            for (unsigned p = 0; im->missing != f->parts && p < f->parts; p++) {
                if (!im->arrival[p])
                    continue;
                if (fill)
                    late[count] = (struct late){im->arrival[p], i, p};
                count++;
            }
        }
    }
    qsort(late, count, sizeof *late, by_arrival);
    for (size_t i = 0; i < count; i++) {
        uint32_t flits[OHM_PACKET_MAX];
        const size_t n = part_packet(f, image_at(f, late[i].image), late[i].part,
                                     f->learned_seq + (1 + f->done + late[i].image) * f->numbers, flits);
        deliver(f, flits, n, NULL); /* what is refused now is an event now */
    }
    free(late);
    for (unsigned i = 0; i < WINDOW; i++)
        empty_image(f, image_at(f, i));
    return ohm_golden_faulty(model(f), err);
}

/* ---- in parallel ---- */

static void compute_image(void *user, int thread, int job)
{
    struct ohm_fast *f = user;
    struct copy *c = &f->copies[thread];
    const unsigned index = f->batch + (unsigned)job;
    struct image *im = image_at(f, index);
    uint32_t flits[OHM_PACKET_MAX];

    move_to(f, c, f->done + index);
    for (unsigned p = 0; p < f->parts; p++) {
        const size_t n = part_packet(f, im, p, f->learned_seq + (1 + f->done + index) * f->numbers, flits);
        struct ohm_error why;
        if (ohm_golden_packet_in(c->g, flits, n, &why))
            ohm_golden_fault(c->g, why.text); /* the same packet was good in the pattern */
    }
    c->position++;

    const struct ohm_fifo out = im->out;
    im->out = c->g->host;
    c->g->host = out;
    const struct log log = im->log;
    im->log = c->log;
    c->log = log;
    c->log.count = 0;
}

/* How many images from `index` on can be computed at once: the first read in an interval of telegraph noise changes the
 * arrays, so that its image goes alone. */
static unsigned batch_size(const struct ohm_fast *f, unsigned index, unsigned end)
{
    const uint32_t number = f->vector + f->done + index;
    uint32_t same;

    if (!f->interval)
        return end - index;
    if (f->done + index == 0 || number % f->interval == 0 || !f->vector)
        return 1;
    same = f->interval - number % f->interval;
    return same < end - index ? same : end - index;
}

static int compute_complete(struct ohm_fast *f, struct ohm_error *err)
{
    const unsigned n = f->complete;

    if (!n)
        return 0;
    for (int k = 0; k < f->threads; k++)
        ohm_golden_observe(f->copies[k].g, f->observer ? log_output : NULL, &f->copies[k]);
    for (f->batch = 0; f->batch < n;) {
        const unsigned size = batch_size(f, f->batch, n);
        fast_pool_run(f->pool, (int)size, compute_image, f);
        f->batch += size;
    }
    ohm_golden_observe(model(f), f->observer, f->observer_user);
    for (int k = 1; k < f->threads && f->copies[0].activity; k++) {
        ohm_activity_add(f->copies[0].activity, f->copies[k].activity);
        ohm_activity_restart(f->copies[k].activity);
    }

    for (int k = 0; k < f->threads; k++)
        if (ohm_golden_faulty(f->copies[k].g, err))
            return -1;
    for (unsigned i = 0; i < n; i++) {
        struct image *im = image_at(f, i);
        for (size_t k = 0; k < im->log.count; k++) {
            const struct seen *s = &im->log.at[k];
            f->observer(f->observer_user, s->tile, s->seq, s->out, s->acc, s->y);
        }
        im->log.count = 0;
        hand_out(f, &im->out, 0);
        empty_image(f, im);
    }
    f->first = (f->first + n) % WINDOW;
    f->done += n;
    f->complete = 0;
    return ohm_golden_faulty(model(f), err);
}

/* The host's credits for the oldest incomplete image, as far as its parts have come; images that are complete count. */
static int give_credits(struct ohm_fast *f)
{
    while (f->complete < WINDOW - 1) {
        struct image *im = image_at(f, f->complete);
        const uint32_t further = (f->done + f->complete + 1) * f->numbers;
        const struct ohm_fifo_entry *e = ohm_fifo_front(&f->credits);

        while (im->prefix < f->parts && im->arrival[im->prefix])
            im->prefix++;
        for (size_t k = 0; im->prefix && k < f->part[im->prefix - 1].credits; k++, e = ohm_fifo_next(&f->credits, e)) {
            if (k < im->credits)
                continue;
            struct ohm_fifo_entry *copy = ohm_fifo_push(&f->out, e->n);
            if (!copy)
                return -1;
            struct ohm_header h = ohm_header_decode(e->flits);
            h.offset = (h.offset + further) & 0xffff;
            ohm_header_encode(&h, copy->flits);
            im->credits = k + 1;
        }
        if (im->missing)
            return 0;
        f->complete++;
    }
    return 0;
}

/* Takes a packet into its image. 0: it does not belong to one. */
static int collect(struct ohm_fast *f, const struct ohm_header *h, const uint32_t *flits, size_t n)
{
    const uint32_t ahead = (h->seq - (f->learned_seq + (1 + f->done) * f->numbers)) & 0xffff;
    const unsigned index = ahead / f->numbers, number = ahead % f->numbers;

    if (n != 2 + (size_t)h->len || index >= WINDOW - 1 || index < f->complete)
        return 0;
    const unsigned prefix = image_at(f, f->complete)->prefix;
    if (ahead - f->complete * f->numbers >= (prefix ? f->part[prefix - 1].limit : f->slots))
        return 0;
    struct image *im = image_at(f, index);
    for (unsigned i = 0, p = f->parts - im->missing; i < f->parts; i++, p++) { /* most come in the pattern's order */
        p = p < f->parts ? p : p - f->parts;
        if (f->part[p].h0 != flits[0] || f->part[p].offset != h->offset || f->part[p].number != number)
            continue;
        if (im->arrival[p] || (im->missing == 1 && index != f->complete))
            return 0; /* twice, or complete before an older one: that one has lost a packet */
        im->arrival[p] = ++f->arrivals;
        memcpy(im->words + f->part[p].at, flits + 2, h->len * sizeof *flits);
        im->missing--;
        return 1;
    }
    return 0;
}

int ohm_fast_set_physics(struct ohm_fast *f, const struct ohm_physics *physics, struct ohm_error *err)
{
    return ohm_golden_set_physics(model(f), physics, err);
}

int ohm_fast_packet_in(struct ohm_fast *f, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    if (ohm_golden_faulty(model(f), err))
        return -1;
    if (n < 2)
        return ohm_fail(err, "packet: %zu flits, expected at least 2", n);

    const struct ohm_header h = ohm_header_decode(flits);
    if (h.type == OHM_TYPE_CREDIT)
        return deliver(f, flits, n, err); /* limits of tiles mean nothing here: nobody waits */
    if (h.type != OHM_TYPE_ACT && h.type != OHM_TYPE_PSUM) {
        if (one_by_one(f, err))
            return -1;
        if (h.type != OHM_TYPE_CFG_RD)
            forget(f);
        return deliver(f, flits, n, err);
    }

    f->fresh = 1;
    if (f->learning && ((h.seq - f->learned_seq) & 0xffff) >= f->numbers && idle(model(f)))
        end_learning(f);
    if (f->known && collect(f, &h, flits, n)) {
        if (give_credits(f))
            return ohm_fail(err, "fast model: out of memory");
        return f->complete >= WINDOW / 2 || f->complete * f->numbers >= NUMBERS_MAX ? compute_complete(f, err) : 0;
    }
    if (one_by_one(f, err))
        return -1;
    if (!f->learning)
        begin_learning(f, &h);
    const int rc = deliver(f, flits, n, err);
    if (f->learning && !rc)
        learn(f, &h, flits);
    else
        forget(f);
    return rc;
}

int ohm_fast_run(struct ohm_fast *f, struct ohm_error *err)
{
    int begun = 0;

    if (!f->known || f->complete)
        return compute_complete(f, err);
    for (unsigned i = 0; i < WINDOW; i++)
        begun |= f->image[i].missing != f->parts;
    return begun ? one_by_one(f, err) : 0; /* the host waits with an image half sent: its tiles go on with what they have */
}

int ohm_fast_collecting(struct ohm_fast *f)
{
    const int fresh = f->fresh;

    f->fresh = 0;
    return fresh;
}

size_t ohm_fast_pop_packet(struct ohm_fast *f, uint32_t *flits, size_t max)
{
    const struct ohm_fifo_entry *e = ohm_fifo_front(&f->out);

    if (!e || e->n > max)
        return 0;
    const size_t n = e->n;
    memcpy(flits, e->flits, n * sizeof *flits);
    ohm_fifo_pop(&f->out);
    return n;
}

size_t ohm_fast_waiting(const struct ohm_fast *f)
{
    return f->known ? f->complete : 0;
}

void ohm_fast_observe(struct ohm_fast *f, ohm_golden_observer fn, void *user)
{
    f->observer = fn;
    f->observer_user = user;
    ohm_golden_observe(model(f), fn, user);
}

int ohm_fast_count(struct ohm_fast *f, struct ohm_activity *a, struct ohm_error *err)
{
    f->copies[0].activity = a;
    ohm_activity_watch(a, model(f));
    for (int k = 1; k < f->threads; k++)
        if (!(f->copies[k].activity = ohm_activity_share(a)))
            return ohm_fail(err, "fast model: out of memory");
    return 0;
}

void ohm_fast_count_credits(const struct ohm_fast *f, struct ohm_activity *a)
{
    ohm_activity_credits(a, model(f));
}

void ohm_fast_stats(const struct ohm_fast *f, struct ohm_golden_stats *out)
{
    *out = (struct ohm_golden_stats){0};
    for (int k = 0; k < f->threads; k++)
        if (f->copies[k].g)
            add_stats(out, &f->copies[k].g->stats);
}

int ohm_fast_geff(const struct ohm_fast *f, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    return ohm_golden_geff(model(f), tile, sel, row, col);
}

uint32_t ohm_fast_counter(struct ohm_fast *f, unsigned tile, unsigned reg)
{
    if (f->known && !compute_complete(f, NULL))
        gather(f);
    return ohm_golden_counter(model(f), tile, reg);
}

struct ohm_fast *ohm_fast_new(const struct ohm_config *config, const struct ohm_device_model *device, uint64_t seed,
                              int threads, struct ohm_error *err)
{
    if (threads < 1 || threads > THREADS_MAX) {
        ohm_fail(err, "fast model: %d threads, expected 1 to %d", threads, THREADS_MAX);
        return NULL;
    }
    struct ohm_fast *f = calloc(1, sizeof *f);
    if (f) {
        f->copies = calloc((size_t)threads, sizeof *f->copies);
        f->image = calloc(WINDOW, sizeof *f->image);
    }
    if (!f || !f->copies || !f->image) {
        ohm_fast_free(f);
        ohm_fail(err, "fast model: out of memory");
        return NULL;
    }
    f->threads = threads;
    if (device->common[OHM_DEVICE_RTN_RATE].value > 0 && device->common[OHM_DEVICE_RTN_AMPLITUDE].value > 0)
        f->interval = (uint32_t)device->common[OHM_DEVICE_RTN_READS].value;
    f->copies[0].g = ohm_golden_new(config, device, seed, err);
    f->pool = f->copies[0].g ? fast_pool_new(threads, err) : NULL;
    if (!f->pool) {
        ohm_fast_free(f);
        return NULL;
    }
    ohm_golden_set_checking(model(f), 0);
    fast_compute_install(&f->copies[0].compute, model(f));
    return f;
}

void ohm_fast_free(struct ohm_fast *f)
{
    if (!f)
        return;
    fast_pool_free(f->pool);
    for (int k = f->threads - 1; k >= 0 && f->copies; k--) {
        if (k) {
            free_copy(&f->copies[k]);
            ohm_activity_free(f->copies[k].activity);
        } else
            ohm_golden_free(f->copies[0].g);
        fast_compute_free(&f->copies[k].compute);
        free(f->copies[k].log.at);
    }
    for (int i = 0; f->image && i < WINDOW; i++) {
        free(f->image[i].arrival);
        free(f->image[i].words);
        ohm_fifo_free(&f->image[i].out);
        free(f->image[i].log.at);
    }
    free(f->image);
    free(f->copies);
    ohm_fifo_free(&f->out);
    ohm_fifo_free(&f->credits);
    free(f);
}
