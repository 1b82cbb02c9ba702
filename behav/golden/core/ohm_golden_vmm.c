/* SPDX-License-Identifier: Apache-2.0
 * Golden model: one vector through one tile, sentence by sentence as in docs/reference/numeric.md.
 */
#include <stdio.h>
#include <string.h>

#include "ohm_golden_code.h"
#include "ohm_golden_core.h"
#include "ohm_golden_out.h"
#include "ohm_numeric.h"

enum { NAIVE_EVERY = 256 };

/* Reads slice k into g->q; one VMM in 256 is read by the naive loop as well. */
static void read_columns(struct tile *t, const struct vmm *v, unsigned k, int naive)
{
    struct ohm_golden *g = t->g;
    const struct ohm_plan *p = &t->plan[v->desc];
    const struct ohm_read_key key = {.seq = v->seq, .desc = v->desc,
                                     .slice = (uint8_t)k, .back = (uint8_t)p->transpose};
    const enum ohm_cell_sel sel = (enum ohm_cell_sel)p->slice[k].dev;

    ohm_array_read(t->array, sel, g->ticks, &key, g->q);
    if (ohm_array_fault(t->array))
        ohm_golden_fault(g, ohm_array_fault(t->array));
    if (!naive)
        return;
    ohm_array_read_naive(t->array, sel, g->ticks, &key, g->q_naive);
    for (int c = 0; c < (p->transpose ? g->config.rows : g->config.cols); c++) {
        if (g->q[c] != g->q_naive[c]) {
            char text[200];
            snprintf(text, sizeof text,
                     "tile (%u,%u) VMM %u column %d slice %u: kernel reads %d, naive loop %d", t->x,
                     t->y, v->seq, c, k, g->q[c], g->q_naive[c]);
            ohm_golden_fault(g, text);
            return;
        }
    }
}

static struct ohm_converter converter(const struct tile *t, const struct ohm_plan *p)
{
    return (struct ohm_converter){
        .config = &t->g->config, .kind = ohm_converter_kind(&t->g->config),
        .readout = ohm_array_readout(t->array, (int)p->transpose), .ramp_tab = t->ramp_tab,
        .desc = p->desc};
}

/* Input of driven line r: byte r, or (transpose) what DRIVE says of column r. */
static int line_input(const struct ohm_plan *p, unsigned r, const uint32_t *input, uint32_t words,
                      int *saturated)
{
    const struct ohm_drive_plan *d = &p->drive[r];
    const unsigned at = p->transpose ? d->element : r;
    const unsigned byte = at / 4 < words ? (input[at / 4] >> (8 * (at % 4))) & 255u : 0;

    *saturated = 0;
    if (p->transpose && !d->on)
        return 0;
    const int x = ohm_input(byte, (int)p->is_signed, saturated);
    return p->transpose && d->neg ? -x : x;
}

/* Signed ticks of row r with input x. */
static int16_t row_ticks(const struct ohm_plan *p, const struct ohm_slice_plan *s, int x,
                         unsigned r)
{
    return ohm_plan_bias(
        p, s, r, (int16_t)(r < s->first || r > s->last ? 0 : ohm_ticks(x, s->lo, s->w, s->in)));
}

/* How long each column's pulse lasts on the link to the east. */
static void durations(struct tile *t, struct vmm *v)
{
    const struct ohm_slice_plan *s = &t->plan[0].slice[0];
    const struct ohm_converter by = converter(t, &t->plan[0]);

    for (unsigned col = 0; col < t->plan[0].cols; col++) {
        int clip;
        const int32_t code = ohm_golden_code(&by, s, v->seq, 0, col, t->g->q[col], &clip);
        v->duration[col] = (uint16_t)(code - s->start);
    }
}

/* The step at which the last of all columns up to COLS1 trips, those of kind off too. */
static int16_t last_trip(const struct tile *t, const struct vmm *v, unsigned k)
{
    const struct ohm_plan *p = &t->plan[v->desc];
    const struct ohm_slice_plan *s = &p->slice[k];
    const struct ohm_converter by = converter(t, p);
    int32_t last = s->start;

    for (unsigned col = 0; col < p->cols; col++) {
        int clip;
        const int32_t code = ohm_golden_code(&by, s, v->seq, k, col, t->g->q[col], &clip);
        last = code > last ? code : last;
    }
    return (int16_t)last;
}

void ohm_tile_compute(struct tile *t, struct vmm *v, const uint32_t *input, uint32_t input_words)
{
    struct ohm_golden *g = t->g;
    const struct ohm_plan *p = &t->plan[v->desc];
    const unsigned acc_f = (unsigned)g->config.acc_f;
    const int naive = t->ring.tail % NAIVE_EVERY == 0;
    const int trips = ohm_adc_pins(g->config.adc) == OHM_ADC_PINS_COMPARATORS && g->hooks
                   && g->hooks->vector
                   && OHM_FIELD(t->reg[OHM_REG_CTRL], CTRL_EARLY_STOP);
    int x[TILE_MAX];
    uint32_t acc[TILE_MAX] = {0}, reference = 0;
    int16_t *code_out = v->codes;
    const struct ohm_converter by = converter(t, p);

    for (unsigned r = 0; r < p->rows; r++) {
        int saturated;
        x[r] = line_input(p, r, input, input_words, &saturated);
        COUNTER(t, SAT_IN) += (uint32_t)saturated;
        g->stats.sat_in += (uint64_t)saturated;
    }
    memset(g->ticks, 0, sizeof g->ticks);

    for (unsigned k = 0; k < p->nslice; k++) {
        const struct ohm_slice_plan *s = &p->slice[k];
        uint32_t clip_lo = 0, clip_hi = 0;

        for (unsigned r = 0; r < p->rows; r++)
            g->ticks[r] = row_ticks(p, s, x[r], r);
        read_columns(t, v, k, naive);
        ohm_array_integrate(t->array, (enum ohm_cell_sel)s->dev, (int)p->transpose, g->ticks,
                            (int)s->length, g->q);

        for (unsigned i = 0; i < p->ncol; i++) {
            const struct ohm_column_plan *c = &p->column[i];
            int clip;
            const int32_t code = ohm_golden_code(&by, s, v->seq, k, c->col, g->q[c->col], &clip);

            clip_lo += clip < 0;
            clip_hi += clip > 0;
            *code_out++ = (int16_t)code;
            uint32_t *sum = c->data ? &acc[c->out] : c->reference ? &reference : NULL;
            const int32_t term = ohm_term(code, c->gain, acc_f) + c->trim;
            if (sum)
                *sum = ohm_accumulate(*sum, s->gain ? ohm_multiplied(term, s->gain) : term,
                                      s->lo + c->shift + s->rs, c->neg ^ (int)s->neg);
        }
        if (trips)
            v->last_trip[k] = last_trip(t, v, k);
        COUNTER(t, CLIP_LO) += clip_lo;
        COUNTER(t, CLIP_HI) += clip_hi;
        g->stats.clip_lo += clip_lo;
        g->stats.clip_hi += clip_hi;
    }
    if (p->link.out)
        durations(t, v);
    g->stats.naive += (uint64_t)naive;

    v->ncol = (uint16_t)p->ncol;
    v->nslice = (uint16_t)p->nslice;
    v->nres = (uint16_t)p->outs;
    for (unsigned i = 0; i < p->ncol; i++)
        v->cols[i] = p->column[i].col;
    for (unsigned o = 0; o < p->outs; o++)
        v->acc[o] =
            ohm_wrap_add((int32_t)acc[o],
                         p->references ? ohm_share((int32_t)reference,
                                                   (int16_t)t->refcoef[v->desc][o]) : 0);
}

/* What y0 becomes in mode y. */
static int32_t output(const struct tile *t, const struct ohm_plan *p, int64_t y0, int *clipped)
{

    switch (p->func) {
    case OHM_DESC_FUNC_TABLE:
        return ohm_post_clip(ohm_table_entry(t->table, y0, (int)p->o_signed), (int)p->o_signed,
                             clipped);
    case OHM_DESC_FUNC_THRESHOLD: return y0 >= 0 ? 1 : p->o_signed ? -1 : 0;
    default: return ohm_post_clip(p->relu && y0 < 0 ? 0 : y0, (int)p->o_signed, clipped);
    }
}

void ohm_tile_post(struct tile *t, struct vmm *v, const uint32_t *psum, const uint32_t *residual)
{
    struct ohm_golden *g = t->g;
    const struct ohm_plan *p = &t->plan[v->desc];

    for (unsigned o = 0; o < v->nres; o++) {
        const int32_t a = ohm_wrap_add(v->acc[o], psum && !p->calib ? (int32_t)psum[o] : 0);
        const int32_t sum =
            ohm_wrap_add(ohm_wrap_add(a, (int32_t)t->bias[v->desc][o]),
                         residual ? (int32_t)(residual[o] * t->reg[OHM_REG_RSCALE]) : 0);
        const int64_t y0 = p->mode == OHM_DESC_MODE_Y || p->calib
                               ? ohm_round_shift((int64_t)sum * (int16_t)t->scale[v->desc][o],
                                                 p->shift)
                               : 0;
        int clipped = 0;

        v->acc[o] = a;
        if (p->calib)
            ohm_calib_add(t, o, y0, psum[o]);
        if (p->mode == OHM_DESC_MODE_PSUM)
            v->y[o] = a;
        else if (p->mode == OHM_DESC_MODE_Y)
            v->y[o] = output(t, p, y0, &clipped);
        else
            v->y[o] = sum;
        COUNTER(t, SAT_OUT) += (uint32_t)clipped;
        g->stats.sat_out += (uint64_t)clipped;
        if (g->observer)
            g->observer(g->observer_user, t->number, v->seq, o, v->acc[o], v->y[o]);
    }
}

unsigned ohm_tile_ramp_steps(const struct tile *t, int start, int stop, int last)
{
    const struct ohm_config *c = &t->g->config;
    const unsigned all = (unsigned)ohm_adc_cycles(c, start, stop);

    if (ohm_adc_pins(c->adc) != OHM_ADC_PINS_COMPARATORS
        || !OHM_FIELD(t->reg[OHM_REG_CTRL], CTRL_EARLY_STOP))
        return all;
    const unsigned seen = (unsigned)(last - start + 4);
    return seen < all ? seen : all;
}

void ohm_tile_tell_vector(struct tile *t, const struct vmm *v, const uint32_t *input,
                          uint32_t input_words)
{
    const struct ohm_plan *p = &t->plan[v->desc];
    int16_t ticks[OHM_REG_SLICE_COUNT * TILE_MAX];
    struct ohm_golden_vector told = {
        .seq = v->seq, .desc = v->desc, .poison = v->poison, .back = (int)p->transpose};

    if (!v->poison) {
        told.psum = (int)p->psum;
        told.gathered = ohm_plan_reads(p, 0) + ohm_plan_reads(p, 1);
        told.residual = p->walk[1].on ? p->outs : 0;
        told.pooled = p->walk[0].on && p->block.pooled;
        for (unsigned d = 0; d < OHM_DESC_MAX; d++)
            told.trimmed |= t->plan[d].trimmed;
        told.linked = (int)p->link.in;
        told.sends = (int)p->link.out;
        told.bias_rows = p->link.bias_ticks ? p->link.bias_last - p->link.bias_first + 1 : 0;
        for (unsigned i = 0; i < p->ncol; i++)
            told.counted += p->column[i].data || p->column[i].reference;
        for (unsigned c = 0; p->link.out && c < p->cols; c++)
            told.durations += v->duration[c] != 0;
        told.nslice = p->nslice;
        told.rows = p->rows;
        told.cols = p->cols;
        told.outs = p->outs;
        told.ticks = ticks;
        for (unsigned k = 0; k < p->nslice; k++) {
            const struct ohm_slice_plan *s = &p->slice[k];
            told.length[k] = s->length;
            told.count[k] = (uint8_t)s->count;
            told.steps[k] = ohm_tile_ramp_steps(t, s->start, s->stop, v->last_trip[k]);
            for (unsigned r = 0; r < p->rows; r++) {
                int saturated;
                ticks[k * p->rows + r] =
                    row_ticks(p, s, line_input(p, r, input, input_words, &saturated), r);
            }
        }
    }
    t->g->hooks->vector(t->g->hooks->user, t->number, &told);
}
