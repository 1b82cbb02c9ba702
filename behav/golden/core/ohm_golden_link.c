/* SPDX-License-Identifier: Apache-2.0
 * Golden model: duration links between neighbours (docs/explain/links.md). It chains numbers: what the sender's code is above START, the
 * receiver's row is on, as far as its integration lasts. */
#include "ohm_golden_tile.h"

static struct tile *neighbour(const struct tile *t, int east)
{
    if (east ? t->x == 15 : t->x == 0)
        return NULL;
    return t->g->tile[east ? t->number + 1 : t->number - 1]; /* NULL outside the mesh */
}

int ohm_link_plan(struct tile *t)
{
    const uint32_t desc = t->reg[OHM_REG_DESC], link = t->reg[OHM_REG_LINK], bias = t->reg[OHM_REG_LINK_BIAS];
    const unsigned wires = (unsigned)t->g->config.link_w;
    struct plan *p = &t->plan;
    struct link_plan *l = &p->link;
    const struct slice_plan *s = &p->slice[0];

    *l = (struct link_plan){.in = OHM_FIELD(desc, DESC_LINK_IN), .out = OHM_FIELD(desc, DESC_LINK_OUT),
                            .first = OHM_FIELD(link, LINK_FIRST), .count = OHM_FIELD(link, LINK_COUNT1) + 1,
                            .bias_first = OHM_FIELD(bias, LINK_BIAS_FIRST), .bias_last = OHM_FIELD(bias, LINK_BIAS_LAST),
                            .bias_ticks = OHM_FIELD(bias, LINK_BIAS_TICKS)};
    if (!l->in && !l->out) {
        *l = (struct link_plan){0};
        return 0;
    }
    if (!wires || p->nslice != 1 || p->psum || p->walk[0].on || s->count || OHM_FIELD(t->reg[OHM_REG_SLICE], SLICE_PART)
        || (l->in && (!neighbour(t, 0) || s->lo || s->in != IN_ALL)) || (l->out && (!neighbour(t, 1) || p->cols > wires)))
        return OHM_BAD_DESC_LINK;
    if ((l->in && (l->first + l->count > p->rows || l->count > wires))
        || (l->bias_ticks && (l->bias_first > l->bias_last || l->bias_last >= p->rows)))
        return OHM_BAD_DESC_LINK_ROWS;
    if (l->in)
        p->is_signed = 0; /* a row is on, or it is not */
    return 0;
}

void ohm_link_reset(struct tile *t, int on)
{
    if (on) {
        t->link_seq = t->reg[OHM_REG_SEQ_BASE];
        return;
    }
    struct tile *of[2] = {t, t->plan.link.out ? neighbour(t, 1) : NULL}; /* what it has sent and nobody has begun is lost too */
    for (int i = 0; i < 2; i++)
        while (of[i] && ohm_fifo_front(&of[i]->linked))
            ohm_fifo_pop(&of[i]->linked);
}

void ohm_link_send(struct tile *t, const struct vmm *v)
{
    struct tile *to = neighbour(t, 1);
    struct ohm_fifo_entry *e = ohm_fifo_push(&to->linked, v->poison ? 0 : t->plan.cols);

    if (!e) {
        ohm_golden_fault(t->g, "golden model: out of memory");
        return;
    }
    for (unsigned c = 0; c < e->n; c++)
        e->flits[c] = v->duration[c];
    ohm_tile_run(to); /* when it is off, or not at a link, they wait until it is enabled */
}

void ohm_link_run(struct tile *t)
{
    const struct link_plan *l = &t->plan.link;
    const uint32_t most = (1u << t->plan.slice[0].w) - 1;
    const struct ohm_fifo_entry *e;

    while ((e = ohm_fifo_front(&t->linked))) {
        uint32_t rows[TILE_MAX / 4] = {0};
        const int poison = !e->n;

        for (unsigned i = 0; i < e->n && i < l->count; i++) {
            const uint32_t ticks = e->flits[i] < most ? e->flits[i] : most;
            rows[(l->first + i) / 4] |= ticks << (8 * ((l->first + i) % 4));
        }
        ohm_fifo_pop(&t->linked);
        ohm_tile_start(t, t->link_seq++, poison ? NULL : rows, TILE_MAX / 4);
    }
}
