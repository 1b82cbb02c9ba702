/* SPDX-License-Identifier: Apache-2.0
 * Golden model: packets that leave a tile. */
#include "ohm_golden_out.h"

#include <string.h>

void ohm_golden_fault(struct ohm_golden *g, const char *text)
{
    if (!g->fault.text[0])
        ohm_fail(&g->fault, "%s", text);
}

int ohm_golden_faulty(const struct ohm_golden *g, struct ohm_error *err)
{
    return g->fault.text[0] ? ohm_fail(err, "%s", g->fault.text) : 0;
}

void ohm_golden_route(struct tile *t, const struct ohm_header *h, const uint32_t *payload)
{
    struct ohm_golden *g = t->g;

    if (g->hooks && g->hooks->packet) {
        uint32_t flits[2 + TILE_MAX];
        ohm_header_encode(h, flits);
        if (h->len)
            memcpy(flits + 2, payload, h->len * sizeof *payload);
        if (g->hooks->packet(g->hooks->user, (int)t->number, flits, 2 + h->len))
            return;
    }

    struct ohm_fifo *to = !h->host ? &g->inside : g->checking ? &t->expected : &g->host;
    struct ohm_fifo_entry *e = ohm_fifo_push(to, 2 + h->len);

    if (!e) {
        ohm_golden_fault(g, "golden model: out of memory");
        return;
    }
    e->from = t->number + 1;
    ohm_header_encode(h, e->flits);
    if (h->len)
        memcpy(e->flits + 2, payload, h->len * sizeof *payload);
}

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
        ohm_tile_to_host(
            t,
            (struct ohm_header){
                .type = OHM_TYPE_EVENT, .len = 1, .seq = count & 0xffffu, .offset = code},
            &detail);
}

void ohm_tile_abandon(struct tile *t)
{
    for (struct ohm_fifo_entry *e = ohm_fifo_front(&t->expected); e;
         e = ohm_fifo_next(&t->expected, e))
        e->abandoned = 1;
}

/* A slot of a stream, or of a descriptor's partial sums, was freed: credits for the host, whose
 * driver waits for them in functional use too. */
static void return_credits(struct tile *t, const struct slots *s, int psum, unsigned of)
{
    if (t->g->checking)
        return;
    for (int i = 0; i < t->g->config.nreturn; i++) {
        const uint32_t w = t->reg[OHM_REG_RETURN + i];
        if (OHM_FIELD(w, RETURN_VALID) && OHM_FIELD(w, RETURN_HOST)
            && OHM_FIELD(w, RETURN_PSUM) == (unsigned)psum
            && ((psum && t->g->config.ndesc == 1) || OHM_FIELD(w, RETURN_STREAM) == of))
            ohm_tile_to_host(t,
                             (struct ohm_header){.type = OHM_TYPE_CREDIT,
                                                 .chan = OHM_FIELD(w, RETURN_CHAN),
                                                 .offset = (s->head + s->count) & 0xffffu},
                             NULL);
    }
}

void ohm_tile_free_oldest(struct tile *t, unsigned stream)
{
    slots_free_oldest(&t->stream[stream]);
    return_credits(t, &t->stream[stream], 0, stream);
}

void ohm_tile_free_psum(struct tile *t, unsigned desc)
{
    slots_free_oldest(&t->psum[desc]);
    return_credits(t, &t->psum[desc], 1, desc);
}

/* Outputs first … first+count-1 of the n in y as payload, bytes past the last one 0; returns the
 * flits. */
static unsigned pack_outputs(unsigned mode, const int32_t *y, unsigned n, unsigned first,
                             unsigned count, uint32_t *payload)
{
    const int bytes = mode == OHM_DESC_MODE_Y;
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

void ohm_tile_send(struct tile *t, unsigned desc, uint32_t seq, const int32_t *y, unsigned n,
                   int poison)
{
    const uint32_t line = t->reg[OHM_REG_OUT_LINE], vecs = OHM_FIELD(line, OUT_LINE_VECS1) + 1,
                   k = t->leave_count++;
    uint32_t payload[TILE_MAX];

    for (int r = 0; r < t->g->config.nroute; r++) {
        const uint32_t flits[2] = {t->reg[OHM_REG_ROUTE + r * OHM_REG_ROUTE_STRIDE], 0};
        const uint32_t part = t->reg[OHM_REG_ROUTE_PART + r * OHM_REG_ROUTE_PART_STRIDE];
        struct ohm_header h = ohm_header_decode(flits);

        const unsigned descs = OHM_FIELD(flits[0], ROUTE_DESCS);

        if (!h.type || (t->g->config.ndesc > 1 && !((descs ? descs : 1) >> desc & 1)))
            continue;
        h.poison = (unsigned)poison;
        h.seq = seq & 0xffffu;
        h.offset = OHM_FIELD(part, ROUTE_PART_OFFSET);
        if (t->plan[0].walk[0].on && h.type != OHM_TYPE_PSUM) {
            h.seq = (t->reg[OHM_REG_OUT_LINE0] + k / vecs) & 0xffffu;
            h.offset = (h.offset + OHM_FIELD(line, OUT_LINE_STEP) * (k % vecs)) & 0xffffu;
        }
        h.len = poison ? 0
                       : pack_outputs(t->plan[desc].mode, y, n, OHM_FIELD(part, ROUTE_PART_FIRST),
                                      OHM_FIELD(part, ROUTE_PART_COUNT1) + 1, payload);
        if (h.host) {
            h.x = t->x;
            h.y = t->y;
        }
        ohm_golden_route(t, &h, payload);
    }
}
