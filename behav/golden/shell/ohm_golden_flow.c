/* SPDX-License-Identifier: Apache-2.0
 * Golden model: how vectors pass through a tile and what it sends. */
#include <stdlib.h>
#include <string.h>

#include "ohm_golden_tile.h"

enum { RING_START = 4 };

/* ---- vectors ---- */

static struct vmm *vmm_new(const struct ohm_config *c)
{
    const size_t cols = (size_t)c->cols;
    struct vmm *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->codes = calloc((size_t)c->nslice * cols, sizeof *v->codes);
    v->acc = calloc(cols, sizeof *v->acc);
    v->y = calloc(cols, sizeof *v->y);
    return v;
}

void ohm_vmm_free(struct vmm *v)
{
    if (!v)
        return;
    free(v->codes);
    free(v->acc);
    free(v->y);
    free(v);
}

uint64_t ohm_ring_oldest(const struct tile *t)
{
    const struct vmm_ring *r = &t->ring;
    const uint64_t checked = r->code < r->result ? r->code : r->result;

    return t->g->checking && checked < r->done ? checked : r->done;
}

void ohm_code_skip(struct vmm_ring *r)
{
    r->code++;
    r->code_at = r->code_col = r->code_slice = 0;
}

struct vmm *ohm_code_front(struct vmm_ring *r)
{
    while (r->code < r->tail) {
        struct vmm *v = vmm_at(r, r->code);
        if (r->code_at < vmm_codes(v))
            return v;
        ohm_code_skip(r);
    }
    return NULL;
}

void ohm_result_skip(struct vmm_ring *r)
{
    r->result++;
    r->result_at = 0;
}

struct vmm *ohm_result_front(struct vmm_ring *r)
{
    while (r->result < r->done) {
        struct vmm *v = vmm_at(r, r->result);
        if (r->result_at < v->nres)
            return v;
        ohm_result_skip(r);
    }
    return NULL;
}

/* A vector for number ring.tail, which the caller then moves on; NULL when out of memory. */
static struct vmm *ring_push(struct tile *t)
{
    struct vmm_ring *r = &t->ring;

    if (t->g->checking) { /* both move past vectors without records */
        ohm_code_front(r);
        ohm_result_front(r);
    }
    if (r->tail - ohm_ring_oldest(t) == r->capacity) {
        const uint32_t capacity = r->capacity ? 2 * r->capacity : RING_START;
        struct vmm **at = calloc(capacity, sizeof *at);
        if (!at)
            return NULL;
        for (uint64_t i = r->tail - r->capacity; i < r->tail; i++)
            at[i & (capacity - 1)] = vmm_at(r, i);
        free(r->at);
        r->at = at;
        r->capacity = capacity;
    }

    struct vmm **v = &r->at[r->tail & (r->capacity - 1)];
    if (!*v)
        *v = vmm_new(&t->g->config);
    if (!*v || !(*v)->codes || !(*v)->acc || !(*v)->y)
        return NULL;
    (*v)->poison = (*v)->no_result = (*v)->abandoned = 0;
    (*v)->ncol = (*v)->nslice = (*v)->nres = 0;
    return *v;
}

/* ---- packets that leave ---- */

void ohm_tile_to_host(struct tile *t, struct ohm_header h, const uint32_t *payload)
{
    h.host = 1;
    h.x = t->x;
    h.y = t->y;
    ohm_golden_route(t, &h, payload);
}

void ohm_tile_event(struct tile *t, unsigned code, uint32_t detail)
{
    const uint32_t count = ++t->counter[OHM_REG_CNT_EVENT - OHM_REG_CNT_VMM + code - 1];

    if (!t->g->checking)
        ohm_tile_to_host(t, (struct ohm_header){.type = OHM_TYPE_EVENT, .len = 1, .seq = count & 0xffffu, .offset = code},
                     &detail);
}

/* A slot was freed: credits for the host, whose driver waits for them in functional use too. */
static void return_credits(struct tile *t, const struct slots *s, int psum, unsigned stream)
{
    if (t->g->checking)
        return;
    for (int i = 0; i < t->g->config.nreturn; i++) {
        const uint32_t w = t->reg[OHM_REG_RETURN + i];
        if (OHM_FIELD(w, RETURN_VALID) && OHM_FIELD(w, RETURN_HOST) && OHM_FIELD(w, RETURN_PSUM) == (unsigned)psum
            && (psum || OHM_FIELD(w, RETURN_STREAM) == stream))
            ohm_tile_to_host(t, (struct ohm_header){.type = OHM_TYPE_CREDIT, .chan = OHM_FIELD(w, RETURN_CHAN),
                                                .offset = (s->head + s->count) & 0xffffu}, NULL);
    }
}

void ohm_tile_free_oldest(struct tile *t, unsigned stream)
{
    slots_free_oldest(&t->stream[stream]);
    return_credits(t, &t->stream[stream], 0, stream);
}

/* Outputs first … first+count-1 of the n in y as payload, bytes past the last one 0; returns the flits. */
static unsigned pack_outputs(const struct tile *t, const int32_t *y, unsigned n, unsigned first, unsigned count,
                             uint32_t *payload)
{
    const int bytes = t->plan.mode == OHM_DESC_MODE_Y;
    const unsigned flits = bytes ? (count + 3) / 4 : count;

    memset(payload, 0, flits * sizeof *payload);
    for (unsigned i = 0; i < count; i++) {
        const uint32_t word = first + i < n ? (uint32_t)y[first + i] : 0;
        if (bytes)
            payload[i / 4] |= (word & 255u) << (8 * (i % 4));
        else
            payload[i] = word;
    }
    return flits;
}

/* What leaves: y as pooling and arg-max have made it; seq: of the (last) vector it comes from. */
static void send_outputs(struct tile *t, uint32_t seq, const int32_t *y, unsigned n, int poison)
{
    const uint32_t line = t->reg[OHM_REG_OUT_LINE], vecs = OHM_FIELD(line, OUT_LINE_VECS1) + 1, k = t->leave_count++;
    uint32_t payload[TILE_MAX];

    for (int r = 0; r < t->g->config.nroute; r++) {
        const uint32_t flits[2] = {t->reg[OHM_REG_ROUTE + r * OHM_REG_ROUTE_STRIDE], 0};
        const uint32_t part = t->reg[OHM_REG_ROUTE_PART + r * OHM_REG_ROUTE_PART_STRIDE];
        struct ohm_header h = ohm_header_decode(flits);

        if (!h.type)
            continue;
        h.poison = (unsigned)poison;
        h.seq = seq & 0xffffu;
        h.offset = OHM_FIELD(part, ROUTE_PART_OFFSET);
        if (t->plan.walk[0].on && h.type != OHM_TYPE_PSUM) {
            h.seq = (t->reg[OHM_REG_OUT_LINE0] + k / vecs) & 0xffffu;
            h.offset = (h.offset + OHM_FIELD(line, OUT_LINE_STEP) * (k % vecs)) & 0xffffu;
        }
        h.len = poison ? 0 : pack_outputs(t, y, n, OHM_FIELD(part, ROUTE_PART_FIRST), OHM_FIELD(part, ROUTE_PART_COUNT1) + 1,
                                          payload);
        if (h.host) {
            h.x = t->x;
            h.y = t->y;
        }
        ohm_golden_route(t, &h, payload);
    }
}

/* ---- dataflow ---- */

int ohm_tile_next(struct tile *t, struct slots *s)
{
    const uint32_t seq = s->head + s->taken;
    int lost;
    const int poison = slots_take(s, &lost);

    if (lost)
        ohm_tile_event(t, OHM_EVENT_LOST, seq);
    return poison;
}

void ohm_tile_start(struct tile *t, uint32_t seq, const uint32_t *input, uint32_t words)
{
    struct vmm *v = ring_push(t);

    if (!v) {
        ohm_golden_fault(t->g, "golden model: out of memory");
        return;
    }
    v->seq = seq;
    v->poison = !input;
    if (input)
        t->g->compute(t, v, input, words);
    if (t->g->hooks && t->g->hooks->vector)
        ohm_tile_tell_vector(t, v, input, words);
    t->ring.tail++;
    if (t->plan.link.out)
        ohm_link_send(t, v);
}

static void start_vectors(struct tile *t)
{
    struct slots *in = &t->stream[t->plan.stream];

    while (slots_ready(in)) {
        const uint32_t seq = in->head;
        const int poison = ohm_tile_next(t, in);

        ohm_tile_start(t, seq, poison ? NULL : slot_data(in, seq), in->words);
        ohm_tile_free_oldest(t, t->plan.stream);
    }
}

static void finish_vectors(struct tile *t)
{
    struct vmm_ring *r = &t->ring;

    while (r->done < r->tail) {
        struct vmm *v = vmm_at(r, r->done);
        const struct ohm_fifo_entry *residual = t->plan.walk[1].on && !v->poison ? ohm_fifo_front(&t->residual) : NULL;
        const uint32_t *psum = NULL;
        int poison = v->poison;
        int32_t y[TILE_MAX];

        if (t->plan.psum) {
            if (!slots_ready(&t->psum))
                return;
            psum = slot_data(&t->psum, t->psum.head);
            poison |= ohm_tile_next(t, &t->psum);
        }
        if (poison) {
            v->no_result = !v->poison;
            v->nres = 0;
            COUNTER(t, POISON)++;
        } else {
            ohm_tile_post(t, v, psum, residual ? residual->flits : NULL);
            COUNTER(t, VMM)++;
            if (!t->g->checking)
                t->g->stats.vmms++;
        }
        r->done++;
        if (t->g->hooks && t->g->hooks->finished)
            t->g->hooks->finished(t->g->hooks->user, t->number, v->seq, poison);
        unsigned n = t->plan.outs;
        if (!poison)
            memcpy(y, v->y, n * sizeof *y);
        if (ohm_window_pool(t, y, &n, &poison))
            send_outputs(t, v->seq, y, n, poison);
        if (residual)
            ohm_fifo_pop(&t->residual);
        if (t->plan.psum) {
            slots_free_oldest(&t->psum);
            return_credits(t, &t->psum, 1, 0);
        }
    }
}

void ohm_tile_run(struct tile *t)
{
    if (!t->enabled || t->bad_desc)
        return;
    if (t->stale_plan)
        t->bad_desc = ohm_tile_plan(t) != 0;
    t->stale_plan = 0;
    if (t->bad_desc)
        return;
    if (t->plan.walk[0].on)
        ohm_window_run(t);
    else if (t->plan.link.in)
        ohm_link_run(t);
    else if (!t->plan.calib)
        start_vectors(t);
    finish_vectors(t);
    while (t->plan.calib && ohm_calib_start(t))
        finish_vectors(t);
}
