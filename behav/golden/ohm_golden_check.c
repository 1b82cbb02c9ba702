/* SPDX-License-Identifier: Apache-2.0
 * Golden model: comparison with what the chip did. The first difference is said in one line. */
#include <inttypes.h>
#include <string.h>

#include "ohm_golden_out.h"
#include "ohm_golden_program.h"
#include "ohm_golden_ring.h"
#include "ohm_golden_tile.h"
#include "ohm_golden_vec.h"

/* ---- traces ---- */

/* The tile that a trace is of; NULL when there is none, or the model has failed before. */
static struct tile *traced(struct ohm_golden *g, unsigned tile, uint64_t cycle,
                           struct ohm_error *err)
{
    if (ohm_golden_faulty(g, err))
        return NULL;
    if (!g->tile[tile])
        ohm_fail(err, "trace: tile (%u,%u) is outside the mesh, cycle %" PRIu64, tile % 16u,
                 tile / 16u, cycle);
    return g->tile[tile];
}

int ohm_golden_check_code(struct ohm_golden *g, const struct ohm_trace_code *c,
                          struct ohm_error *err)
{
    struct tile *t = traced(g, c->tile, c->cycle, err);

    if (!t)
        return -1;
    if (c->desc == OHM_PROGRAM_DESC)
        return ohm_program_check_code(t, c, err);
    struct vmm_ring *r = &t->ring;
    for (;;) {
        const struct vmm *v = ohm_code_front(r);
        if (!v)
            return ohm_fail(err,
                            "tile (%u,%u) VMM %u column %u slice %u: code: expected none, got %d, "
                            "cycle %" PRIu64,
                            t->x, t->y, c->seq, c->col, c->slice, c->code, c->cycle);
        const int placed = c->seq == v->seq && c->slice == r->code_slice
                           && c->col == v->cols[r->code_col] && c->desc == v->desc;
        if (placed && c->code == v->codes[r->code_at]) {
            g->stats.codes++;
            r->code_at++;
            if (++r->code_col == v->ncol) {
                r->code_col = 0;
                r->code_slice++;
            }
            return 0;
        }
        if (v->abandoned || (v->no_result && !placed && r->code_at == 0)) {
            ohm_code_skip(r);
            continue;
        }
        if (placed)
            return ohm_fail(
                err,
                "tile (%u,%u) VMM %u column %u slice %u: code: expected %d, got %d, cycle %" PRIu64,
                t->x, t->y, c->seq, c->col, c->slice, v->codes[r->code_at], c->code, c->cycle);
        return ohm_fail(err,
                        "tile (%u,%u): code record: expected VMM %u column %u slice %u descriptor "
                        "%u, got VMM %u "
                        "column %u slice %u descriptor %u, cycle %" PRIu64,
                        t->x, t->y, v->seq, v->cols[r->code_col], r->code_slice, v->desc,
                        c->seq, c->col,
                        c->slice, c->desc, c->cycle);
    }
}

int ohm_golden_check_pulse(struct ohm_golden *g, const struct ohm_trace_pulse *c,
                           struct ohm_error *err)
{
    struct tile *t = traced(g, c->tile, c->cycle, err);

    if (!t)
        return -1;
    return ohm_program_check_pulse(t, c, err);
}

int ohm_golden_check_result(struct ohm_golden *g, const struct ohm_trace_result *c,
                            struct ohm_error *err)
{
    struct tile *t = traced(g, c->tile, c->cycle, err);

    if (!t)
        return -1;
    struct vmm_ring *r = &t->ring;
    for (;;) {
        const struct vmm *v = ohm_result_front(r);
        if (!v)
            return ohm_fail(err,
                            "tile (%u,%u) VMM %u output %u: result: expected none, got acc %d y "
                            "%d, cycle %" PRIu64,
                            t->x, t->y, c->seq, c->out, c->acc, c->y, c->cycle);
        const int placed = c->seq == v->seq && c->out == r->result_at && c->desc == v->desc;
        if (placed && c->acc == v->acc[c->out] && c->y == v->y[c->out]) {
            ohm_code_front(r); /* moves past a vector whose codes are all checked */
            if (r->code <= r->result && !v->abandoned)
                return ohm_fail(err,
                                "tile (%u,%u) VMM %u output %u: result before code %u of %u was "
                                "seen, cycle %" PRIu64,
                                t->x, t->y, c->seq, c->out, r->code_at, vmm_codes(v), c->cycle);
            g->stats.results++;
            if (++r->result_at == v->nres) {
                g->stats.vmms += !v->abandoned;
                ohm_result_skip(r);
            }
            return 0;
        }
        if (v->abandoned) {
            ohm_result_skip(r);
            continue;
        }
        if (placed)
            return ohm_fail(err,
                            "tile (%u,%u) VMM %u output %u: result: expected acc %d y %d, got acc "
                            "%d y %d, cycle %" PRIu64,
                            t->x, t->y, c->seq, c->out, v->acc[c->out], v->y[c->out], c->acc, c->y,
                            c->cycle);
        return ohm_fail(err,
                        "tile (%u,%u): result record: expected VMM %u output %u descriptor %u, "
                        "got VMM %u output %u "
                        "descriptor %u, cycle %" PRIu64,
                        t->x, t->y, v->seq, r->result_at, v->desc, c->seq, c->out, c->desc,
                        c->cycle);
    }
}

int ohm_golden_check_vec(struct ohm_golden *g, const struct ohm_trace_vec *c,
                         struct ohm_error *err)
{
    struct tile *t = traced(g, c->tile, c->cycle, err);

    if (!t)
        return -1;
    if (t->kind != &ohm_tile_vec)
        return ohm_fail(err, "trace: tile (%u,%u) is no vector tile, cycle %" PRIu64, t->x, t->y,
                        c->cycle);
    const int rc = ohm_tile_vec_check(t, c, err);
    ohm_golden_settle(g); /* what a run has sent that began with this step */
    return rc ? rc : ohm_golden_faulty(g, err);
}

/* ---- packets to the host ---- */

static int check_credit(struct tile *t, const struct ohm_header *h, uint64_t cycle,
                        struct ohm_error *err)
{
    const struct slots *s = NULL;

    if (h->len)
        return ohm_fail(err,
                        "tile (%u,%u) CREDIT to the host: LEN: expected 0, got %u, cycle %" PRIu64,
                        t->x, t->y, h->len, cycle);
    for (int i = 0; i < t->g->config.nreturn && !s; i++) {
        const uint32_t w = t->reg[OHM_REG_RETURN + i];
        const unsigned stream = OHM_FIELD(w, RETURN_STREAM);
        if (OHM_FIELD(w, RETURN_VALID) && OHM_FIELD(w, RETURN_HOST)
            && OHM_FIELD(w, RETURN_CHAN) == h->chan && stream < (unsigned)t->g->config.nstream)
            s = !OHM_FIELD(w, RETURN_PSUM) ? &t->stream[stream]
                                           : &t->psum[t->g->config.ndesc > 1 ? stream : 0];
    }
    if (!s)
        return ohm_fail(err,
                        "tile (%u,%u) CREDIT to the host: CHAN: expected that of a RETURN entry, "
                        "got %u, cycle %" PRIu64,
                        t->x, t->y, h->chan, cycle);

    while (t->kind->freed && (int16_t)(uint16_t)(h->offset - (s->head + s->count)) > 0
           && t->kind->freed(t))
        continue;
    const uint16_t most = (uint16_t)(s->head + s->count);
    const uint16_t least = t->credit_seen & (1u << h->chan) ? t->credit_last[h->chan]
                                                            : (uint16_t)(s->start + s->count);
    if ((int16_t)(uint16_t)(h->offset - least) < 0 || (int16_t)(uint16_t)(h->offset - most) > 0)
        return ohm_fail(err,
                        "tile (%u,%u) CREDIT to the host, CHAN %u: limit: expected %u to %u, got "
                        "%u, cycle %" PRIu64,
                        t->x, t->y, h->chan, least, most, h->offset, cycle);
    t->credit_last[h->chan] = (uint16_t)h->offset;
    t->credit_seen |= (uint16_t)(1u << h->chan);
    t->g->stats.credits++;
    return 0;
}

static int check_answer(struct tile *t, const struct ohm_header *h, const uint32_t *payload,
                        uint64_t cycle, struct ohm_error *err)
{
    /* older reads than the answered one were refused: event READ_BUSY */
    for (unsigned i = 0; i < t->nread; i++) {
        const struct read_wait r = t->read[i];
        if (r.tag != h->seq || r.addr != h->offset)
            continue;
        if (h->len != 1)
            return ohm_fail(
                err, "tile (%u,%u) CFG_DATA of 0x%04x: LEN: expected 1, got %u, cycle %" PRIu64,
                t->x, t->y, r.addr, h->len, cycle);
        if ((payload[0] ^ r.value) & r.mask)
            return ohm_fail(
                err, "tile (%u,%u) CFG_DATA of 0x%04x: expected 0x%08x, got 0x%08x, cycle %" PRIu64,
                t->x, t->y, r.addr, r.value, payload[0], cycle);
        t->nread -= i + 1;
        memmove(t->read, t->read + i + 1, t->nread * sizeof t->read[0]);
        t->g->stats.packets++;
        return 0;
    }
    return ohm_fail(
        err,
        "tile (%u,%u) CFG_DATA: expected none for address 0x%04x tag %u, got one, cycle %" PRIu64,
        t->x, t->y, h->offset, h->seq, cycle);
}

static int check_event(struct tile *t, const struct ohm_header *h, uint64_t cycle,
                       struct ohm_error *err)
{
    if (h->len != 1 || h->offset < OHM_EVENT_BAD_LENGTH || h->offset > OHM_EVENT_READ_BUSY)
        return ohm_fail(err,
                        "tile (%u,%u) EVENT: expected LEN 1 and code 1 to 8, got LEN %u and code "
                        "%u, cycle %" PRIu64,
                        t->x, t->y, h->len, h->offset, cycle);
    t->g->stats.events++;
    return 0;
}

/* 0: the same; -1 and a line otherwise. */
static int compare_packet(const struct tile *t, const struct ohm_fifo_entry *e,
                          const uint32_t *flits, size_t n, uint64_t cycle, struct ohm_error *err)
{
    const struct ohm_header want = ohm_header_decode(e->flits), got = ohm_header_decode(flits);

    if (flits[0] != e->flits[0] || flits[1] != e->flits[1])
        return ohm_fail(err,
                        "tile (%u,%u) %s VMM %u route %u: header: expected %08x %08x, got %08x "
                        "%08x (%s VMM %u), "
                        "cycle %" PRIu64,
                        t->x, t->y, ohm_type_name(want.type), want.seq, want.chan, e->flits[0],
                        e->flits[1], flits[0], flits[1], ohm_type_name(got.type), got.seq, cycle);
    for (size_t i = 2; i < n; i++) {
        if (flits[i] != e->flits[i])
            return ohm_fail(err,
                            "tile (%u,%u) %s VMM %u route %u: payload flit %zu (first output %u): "
                            "expected %08x, "
                            "got %08x, cycle %" PRIu64,
                            t->x, t->y, ohm_type_name(want.type), want.seq, want.chan, i - 2,
                            want.offset, e->flits[i], flits[i], cycle);
    }
    return 0;
}

int ohm_golden_check_packet_out(struct ohm_golden *g, const uint32_t *flits, size_t n,
                                uint64_t cycle, struct ohm_error *err)
{
    if (ohm_golden_faulty(g, err))
        return -1;
    if (n < 2)
        return ohm_fail(err,
                        "packet to the host: expected at least 2 flits, got %zu, cycle %" PRIu64, n,
                        cycle);

    const struct ohm_header h = ohm_header_decode(flits);
    struct tile *t = g->tile[h.y * 16 + h.x];
    if (!h.host || !t || n != 2 + (size_t)h.len)
        return ohm_fail(err,
                        "packet %s to the host: expected HOST 1, a source in the mesh and LEN + 2 "
                        "flits, got HOST %u, "
                        "(%u,%u), LEN %u, %zu flits, cycle %" PRIu64,
                        ohm_type_name(h.type), h.host, h.x, h.y, h.len, n, cycle);
    switch (h.type) {
    case OHM_TYPE_CREDIT: return check_credit(t, &h, cycle, err);
    case OHM_TYPE_CFG_DATA: return check_answer(t, &h, flits + 2, cycle, err);
    case OHM_TYPE_EVENT: return check_event(t, &h, cycle, err);
    default: break;
    }

    const struct ohm_fifo_entry *e;
    while ((e = ohm_fifo_front(&t->expected))) {
        if (!compare_packet(t, e, flits, n, cycle, err)) {
            ohm_fifo_pop(&t->expected);
            g->stats.packets++;
            return 0;
        }
        if (!e->abandoned)
            return -1;
        ohm_fifo_pop(&t->expected);
    }
    return ohm_fail(err,
                    "tile (%u,%u) %s VMM %u route %u: expected no packet, got one, cycle %" PRIu64,
                    t->x, t->y, ohm_type_name(h.type), h.seq, h.chan, cycle);
}

/* ---- the end ---- */

static int finish_tile(struct tile *t, struct ohm_error *err)
{
    struct vmm_ring *r = &t->ring;
    const struct vmm *v;

    while ((v = ohm_code_front(r))) {
        if (!v->abandoned && !(v->no_result && r->code_at == 0))
            return ohm_fail(
                err,
                "tile (%u,%u) VMM %u column %u slice %u: code: expected %d, got none by the end",
                t->x, t->y, v->seq, v->cols[r->code_col], r->code_slice, v->codes[r->code_at]);
        ohm_code_skip(r);
    }
    while ((v = ohm_result_front(r))) {
        if (!v->abandoned)
            return ohm_fail(
                err,
                "tile (%u,%u) VMM %u output %u: result: expected acc %d y %d, got none by the end",
                t->x, t->y, v->seq, r->result_at, v->acc[r->result_at], v->y[r->result_at]);
        ohm_result_skip(r);
    }
    for (const struct ohm_fifo_entry *e; (e = ohm_fifo_front(&t->expected));
         ohm_fifo_pop(&t->expected)) {
        const struct ohm_header h = ohm_header_decode(e->flits);
        if (!e->abandoned)
            return ohm_fail(
                err, "tile (%u,%u) %s VMM %u route %u: expected a packet, got none by the end",
                t->x, t->y, ohm_type_name(h.type), h.seq, h.chan);
    }
    if (ohm_program_finish(t, err) || (t->kind->finish && t->kind->finish(t, err)))
        return -1;
    if (t->nread)
        return ohm_fail(
            err, "tile (%u,%u) CFG_DATA of 0x%04x tag %u: expected a packet, got none by the end",
            t->x, t->y, t->read[t->nread - 1].addr, t->read[t->nread - 1].tag);
    return 0;
}

int ohm_golden_finish(struct ohm_golden *g, struct ohm_error *err)
{
    if (ohm_golden_faulty(g, err))
        return -1;
    for (int i = 0; i < TILE_MAX; i++)
        if (g->tile[i] && g->checking && finish_tile(g->tile[i], err))
            return -1;
    if (!g->stats.vmms && !g->stats.pulses && !g->stats.runs)
        return ohm_fail(err, "golden model: no VMM was %s, expected at least one",
                        g->checking ? "checked" : "computed");
    return 0;
}
