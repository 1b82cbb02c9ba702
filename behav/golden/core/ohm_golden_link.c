/* SPDX-License-Identifier: Apache-2.0
 * Golden model: duration links between neighbours (docs/explain/links.md). It chains numbers: what
 * the sender's code is above START, the receiver's row is on, as far as its integration lasts. */
#include "ohm_golden_core.h"
#include "ohm_golden_out.h"

static struct tile *neighbour(const struct tile *t, int east)
{
    if (east ? t->x == 15 : t->x == 0)
        return NULL;
    return t->g->tile[east ? t->number + 1 : t->number - 1]; /* NULL outside the mesh */
}

void ohm_link_reset(struct tile *t, int on)
{
    if (on) {
        t->link_seq = t->reg[OHM_REG_SEQ_BASE];
        return;
    }
    /* what it has sent and nobody has begun is lost too */
    struct tile *of[2] = {t, t->plan[0].link.out ? neighbour(t, 1) : NULL};
    for (int i = 0; i < 2; i++)
        while (of[i] && ohm_fifo_front(&of[i]->linked))
            ohm_fifo_pop(&of[i]->linked);
}

void ohm_link_send(struct tile *t, const struct vmm *v)
{
    struct tile *to = neighbour(t, 1);
    struct ohm_fifo_entry *e = ohm_fifo_push(&to->linked, v->poison ? 0 : t->plan[0].cols);

    if (!e) {
        ohm_golden_fault(t->g, "golden model: out of memory");
        return;
    }
    for (unsigned c = 0; c < e->n; c++)
        e->flits[c] = v->duration[c];
    t->g->wake(to); /* when it is off, or not at a link, they wait until it is enabled */
}
