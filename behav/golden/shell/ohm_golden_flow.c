/* SPDX-License-Identifier: Apache-2.0
 * Golden model: how a vector begins. */
#include "ohm_golden_flow.h"

#include "ohm_adc.h"
#include "ohm_golden_core.h"
#include "ohm_golden_out.h"
#include "ohm_golden_ring.h"

int ohm_tile_next(struct tile *t, struct slots *s)
{
    const uint32_t seq = s->head + s->taken;
    int lost;
    const int poison = slots_take(s, &lost);

    if (lost)
        ohm_tile_event(t, OHM_EVENT_LOST, seq);
    return poison;
}

/* By the loop that another model has brought, or by the golden model's own. */
static void compute(struct tile *t, struct vmm *v, const uint32_t *input, uint32_t words)
{
    const struct ohm_plan *p = &t->plan[v->desc];
    struct ohm_golden *g = t->g;
    const int ramp = ohm_adc_pins(g->config.adc) == OHM_ADC_PINS_COMPARATORS;

    if (!g->compute) {
        ohm_tile_compute(t, v, input, words);
        return;
    }
    struct ohm_golden_work w = {.tile = t->number, .seq = v->seq, .config = &g->config,
                                .plan = p, .plan_version = t->plan_version,
                                .array = t->array, .ramp_tab = t->ramp_tab,
                                .refcoef = t->refcoef[v->desc],
                                .early_stop =
                                    ramp && OHM_FIELD(t->reg[OHM_REG_CTRL], CTRL_EARLY_STOP),
                                .told = g->hooks && g->hooks->vector, .input = input,
                                .words = words, .ticks = g->ticks, .q = g->q, .acc = v->acc,
                                .duration = v->duration, .last_trip = v->last_trip};
    const char *fault = g->compute(g->compute_user, &w);
    if (fault)
        ohm_golden_fault(g, fault);
    v->nres = (uint16_t)p->outs;
    COUNTER(t, SAT_IN) += w.sat_in;
    COUNTER(t, CLIP_LO) += w.clip_lo;
    COUNTER(t, CLIP_HI) += w.clip_hi;
    g->stats.sat_in += w.sat_in;
    g->stats.clip_lo += w.clip_lo;
    g->stats.clip_hi += w.clip_hi;
}

void ohm_tile_start(struct tile *t, unsigned desc, uint32_t seq, const uint32_t *input,
                    uint32_t words)
{
    struct vmm *v = ohm_ring_push(t);

    if (!v) {
        ohm_golden_fault(t->g, "golden model: out of memory");
        return;
    }
    v->seq = seq;
    v->desc = (uint8_t)desc;
    v->poison = !input;
    if (input)
        compute(t, v, input, words);
    if (t->g->hooks && t->g->hooks->vector)
        ohm_tile_tell_vector(t, v, input, words);
    t->ring.tail++;
    if (t->plan[desc].link.out)
        ohm_link_send(t, v);
}
