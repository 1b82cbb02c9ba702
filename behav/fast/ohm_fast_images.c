/* SPDX-License-Identifier: Apache-2.0
 * The fast model collects images of the pattern and computes them, side by side or one after the
 * other. */
#include <stdlib.h>
#include <string.h>

#include "ohm_fast_parts.h"

static void log_output(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc,
                       int32_t y)
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

void fast_gather(struct ohm_fast *f)
{
    fast_move(f, &f->copies[0], f->done);
    for (int k = 1; k < f->threads; k++)
        if (f->copies[k].g)
            ohm_golden_absorb(fast_model(f), f->copies[k].g);
}

/* ---- one after the other ---- */

int fast_hand_out(struct ohm_fast *f, struct ohm_fifo *from, int with_credits)
{
    const struct ohm_fifo_entry *e;
    int rc = 0;

    while ((e = ohm_fifo_front(from))) {
        const struct ohm_header h = ohm_header_decode(e->flits);
        struct ohm_fifo *to[2] = {
            h.type == OHM_TYPE_CREDIT && !with_credits ? NULL : &f->out,
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
        ohm_golden_fault(fast_model(f), "fast model: out of memory");
    return rc;
}

int fast_deliver(struct ohm_fast *f, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    const int rc = ohm_golden_packet_in(fast_model(f), flits, n, err);

    fast_hand_out(f, ohm_golden_host(fast_model(f)), 1);
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

static size_t part_packet(const struct ohm_fast *f, const struct image *im, unsigned part,
                          uint32_t first, uint32_t *flits)
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

int fast_one_by_one(struct ohm_fast *f, struct ohm_error *err)
{
    if (!f->known)
        return 0;
    if (fast_compute_complete(f, err))
        return -1;
    fast_gather(f);
    f->known = 0;

    size_t count = 0;
    struct late *late = NULL;
    for (int fill = 0; fill < 2; fill++) {
        if (fill && !(late = malloc((count + 1) * sizeof *late)))
            return ohm_fail(err, "fast model: out of memory");
        count = 0;
        for (unsigned i = 0; i < WINDOW; i++) {
            const struct image *im = fast_image(f, i);
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
        const size_t n =
            part_packet(f, fast_image(f, late[i].image), late[i].part,
                        f->learned_seq + (1 + f->done + late[i].image) * f->numbers, flits);
        fast_deliver(f, flits, n, NULL); /* what is refused now is an event now */
    }
    free(late);
    for (unsigned i = 0; i < WINDOW; i++)
        empty_image(f, fast_image(f, i));
    return ohm_golden_faulty(fast_model(f), err);
}

/* ---- in parallel ---- */

static void compute_image(void *user, int thread, int job)
{
    struct ohm_fast *f = user;
    struct copy *c = &f->copies[thread];
    const unsigned index = f->batch + (unsigned)job;
    struct image *im = fast_image(f, index);
    uint32_t flits[OHM_PACKET_MAX];

    fast_move(f, c, f->done + index);
    for (unsigned p = 0; p < f->parts; p++) {
        const size_t n =
            part_packet(f, im, p, f->learned_seq + (1 + f->done + index) * f->numbers, flits);
        struct ohm_error why;
        if (ohm_golden_packet_in(c->g, flits, n, &why))
            ohm_golden_fault(c->g, why.text); /* the same packet was good in the pattern */
    }
    c->position++;

    struct ohm_fifo *host = ohm_golden_host(c->g);
    const struct ohm_fifo out = im->out;
    im->out = *host;
    *host = out;
    const struct log log = im->log;
    im->log = c->log;
    c->log = log;
    c->log.count = 0;
}

/* How many images from `index` on can be computed at once: the first read in an interval of
 * telegraph noise changes the arrays, so that its image goes alone. */
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

int fast_compute_complete(struct ohm_fast *f, struct ohm_error *err)
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
    ohm_golden_observe(fast_model(f), f->observer, f->observer_user);
    for (int k = 1; k < f->threads && f->copies[0].activity; k++) {
        ohm_activity_add(f->copies[0].activity, f->copies[k].activity);
        ohm_activity_restart(f->copies[k].activity);
    }

    for (int k = 0; k < f->threads; k++)
        if (ohm_golden_faulty(f->copies[k].g, err))
            return -1;
    for (unsigned i = 0; i < n; i++) {
        struct image *im = fast_image(f, i);
        for (size_t k = 0; k < im->log.count; k++) {
            const struct seen *s = &im->log.at[k];
            f->observer(f->observer_user, s->tile, s->seq, s->out, s->acc, s->y);
        }
        im->log.count = 0;
        fast_hand_out(f, &im->out, 0);
        empty_image(f, im);
    }
    f->first = (f->first + n) % WINDOW;
    f->done += n;
    f->complete = 0;
    return ohm_golden_faulty(fast_model(f), err);
}

int fast_give_credits(struct ohm_fast *f)
{
    while (f->complete < WINDOW - 1) {
        struct image *im = fast_image(f, f->complete);
        const uint32_t further = (f->done + f->complete + 1) * f->numbers;
        const struct ohm_fifo_entry *e = ohm_fifo_front(&f->credits);

        while (im->prefix < f->parts && im->arrival[im->prefix])
            im->prefix++;
        for (size_t k = 0; im->prefix && k < f->part[im->prefix - 1].credits;
             k++, e = ohm_fifo_next(&f->credits, e)) {
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

int fast_collect(struct ohm_fast *f, const struct ohm_header *h, const uint32_t *flits, size_t n)
{
    const uint32_t ahead = (h->seq - (f->learned_seq + (1 + f->done) * f->numbers)) & 0xffff;
    const unsigned index = ahead / f->numbers, number = ahead % f->numbers;

    if (n != 2 + (size_t)h->len || index >= WINDOW - 1 || index < f->complete)
        return 0;
    const unsigned prefix = fast_image(f, f->complete)->prefix;
    if (ahead - f->complete * f->numbers >= (prefix ? f->part[prefix - 1].limit : f->slots))
        return 0;
    struct image *im = fast_image(f, index);
    /* most come in the pattern's order */
    for (unsigned i = 0, p = f->parts - im->missing; i < f->parts; i++, p++) {
        p = p < f->parts ? p : p - f->parts;
        if (f->part[p].h0 != flits[0] || f->part[p].offset != h->offset
            || f->part[p].number != number)
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
