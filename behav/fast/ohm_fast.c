/* SPDX-License-Identifier: Apache-2.0
 * The fast model as its users see it. */
#include "ohm_fast.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_fast_parts.h"

int ohm_fast_set_physics(struct ohm_fast *f, const struct ohm_physics *physics,
                         struct ohm_error *err)
{
    return ohm_golden_set_physics(fast_model(f), physics, err);
}

int ohm_fast_packet_in(struct ohm_fast *f, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    if (ohm_golden_faulty(fast_model(f), err))
        return -1;
    if (n < 2)
        return ohm_fail(err, "packet: %zu flits, expected at least 2", n);

    const struct ohm_header h = ohm_header_decode(flits);
    if (h.type == OHM_TYPE_CREDIT)
        return fast_deliver(f, flits, n, err); /* limits of tiles mean nothing here: nobody waits */
    /* targets are no images: the engine works on a row the moment it is whole */
    if ((h.type != OHM_TYPE_ACT && h.type != OHM_TYPE_PSUM)
        || ohm_golden_programming(fast_model(f))) {
        if (fast_one_by_one(f, err))
            return -1;
        if (h.type != OHM_TYPE_CFG_RD)
            fast_forget(f);
        return fast_deliver(f, flits, n, err);
    }

    f->fresh = 1;
    if (f->learning && ((h.seq - f->learned_seq) & 0xffff) >= f->numbers
        && ohm_golden_idle(fast_model(f)))
        fast_end_learning(f);
    if (f->known && fast_collect(f, &h, flits, n)) {
        if (fast_give_credits(f))
            return ohm_fail(err, "fast model: out of memory");
        return f->complete >= WINDOW / 2 || f->complete * f->numbers >= NUMBERS_MAX
                   ? fast_compute_complete(f, err)
                   : 0;
    }
    if (fast_one_by_one(f, err))
        return -1;
    if (!f->learning)
        fast_begin_learning(f, &h);
    const int rc = fast_deliver(f, flits, n, err);
    if (f->learning && !rc)
        fast_learn(f, &h, flits);
    else
        fast_forget(f);
    return rc;
}

int ohm_fast_run(struct ohm_fast *f, struct ohm_error *err)
{
    int begun = 0;

    if (!f->known || f->complete)
        return fast_compute_complete(f, err);
    for (unsigned i = 0; i < WINDOW; i++)
        begun |= f->image[i].missing != f->parts;
    /* the host waits with an image half sent: its tiles go on with what they have */
    return begun ? fast_one_by_one(f, err) : 0;
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
    ohm_golden_observe(fast_model(f), fn, user);
}

int ohm_fast_count(struct ohm_fast *f, struct ohm_activity *a, struct ohm_error *err)
{
    f->copies[0].activity = a;
    ohm_activity_watch(a, fast_model(f));
    for (int k = 1; k < f->threads; k++)
        if (!(f->copies[k].activity = ohm_activity_share(a)))
            return ohm_fail(err, "fast model: out of memory");
    return 0;
}

void ohm_fast_count_credits(const struct ohm_fast *f, struct ohm_activity *a)
{
    ohm_activity_credits(a, fast_model(f));
}

/* What a copy has computed. */
static void add_stats(struct ohm_golden_stats *to, const struct ohm_golden *g)
{
    struct ohm_golden_stats from;

    ohm_golden_stats(g, &from);
    to->vmms += from.vmms;
    to->clip_lo += from.clip_lo;
    to->clip_hi += from.clip_hi;
    to->sat_in += from.sat_in;
    to->sat_out += from.sat_out;
}

void ohm_fast_stats(const struct ohm_fast *f, struct ohm_golden_stats *out)
{
    *out = (struct ohm_golden_stats){0};
    for (int k = 0; k < f->threads; k++)
        if (f->copies[k].g)
            add_stats(out, f->copies[k].g);
}

int ohm_fast_geff(const struct ohm_fast *f, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    return ohm_golden_geff(fast_model(f), tile, sel, row, col);
}

struct ohm_array_device ohm_fast_device(const struct ohm_fast *f, unsigned tile, unsigned dev,
                                        unsigned row, unsigned col)
{
    return ohm_golden_device(fast_model(f), tile, dev, row, col);
}

uint32_t ohm_fast_counter(struct ohm_fast *f, unsigned tile, unsigned reg)
{
    if (f->known && !fast_compute_complete(f, NULL))
        fast_gather(f);
    return ohm_golden_counter(fast_model(f), tile, reg);
}

struct ohm_fast *ohm_fast_new(const struct ohm_config *config,
                              const struct ohm_device_model *device, uint64_t seed, int threads,
                              struct ohm_error *err)
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
    if (device->common[OHM_DEVICE_RTN_RATE].value > 0
        && device->common[OHM_DEVICE_RTN_AMPLITUDE].value > 0)
        f->interval = (uint32_t)device->common[OHM_DEVICE_RTN_READS].value;
    f->copies[0].g = ohm_golden_new(config, device, seed, err);
    f->pool = f->copies[0].g ? fast_pool_new(threads, err) : NULL;
    if (!f->pool) {
        ohm_fast_free(f);
        return NULL;
    }
    ohm_golden_set_checking(fast_model(f), 0);
    fast_compute_install(&f->copies[0].compute, fast_model(f));
    return f;
}

void ohm_fast_free(struct ohm_fast *f)
{
    if (!f)
        return;
    fast_pool_free(f->pool);
    for (int k = f->threads - 1; k >= 0 && f->copies; k--) {
        if (k) {
            fast_free_copy(&f->copies[k]);
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
