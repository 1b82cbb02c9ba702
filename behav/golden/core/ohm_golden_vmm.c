/* SPDX-License-Identifier: Apache-2.0
 * Golden model: one vector through one tile, sentence by sentence as in docs/reference/numeric.md. */
#include <stdio.h>
#include <string.h>

#include "ohm_golden_tile.h"
#include "ohm_numeric.h"
#include "ohm_readout.h"

enum { NAIVE_EVERY = 256, LSB_MAX = 1 << 24 };

enum { KIND_OFF, KIND_DATA, KIND_REFERENCE, KIND_CHECK };

/* When several things are wrong the lowest detail is reported. */
static void refuse_if(int *bad, int condition, int detail)
{
    if (condition && (!*bad || detail < *bad))
        *bad = detail;
}

int ohm_tile_plan(struct tile *t)
{
    const struct ohm_config *c = &t->g->config;
    const uint32_t desc = t->reg[OHM_REG_DESC], size = t->reg[OHM_REG_DESC_SIZE];
    const uint32_t lsb_min = t->reg[OHM_REG_MACRO_LSB];
    const int32_t limit = 1 << (c->code_w - 1);
    struct plan *p = &t->plan;

    *p = (struct plan){
        .mode = OHM_FIELD(desc, DESC_MODE), .psum = OHM_FIELD(desc, DESC_PSUM), .calib = OHM_FIELD(desc, DESC_CALIB),
        .is_signed = OHM_FIELD(desc, DESC_SIGNED), .relu = OHM_FIELD(desc, DESC_RELU),
        .o_signed = OHM_FIELD(desc, DESC_OSIGNED), .func = OHM_FIELD(desc, DESC_FUNC), .stream = OHM_FIELD(desc, DESC_STREAM),
        .nslice = OHM_FIELD(desc, DESC_NSLICE), .shift = OHM_FIELD(desc, DESC_SHIFT),
        .rows = OHM_FIELD(size, DESC_SIZE_ROWS1) + 1, .outs = OHM_FIELD(size, DESC_SIZE_OUTS1) + 1};
    const unsigned cols = OHM_FIELD(size, DESC_SIZE_COLS1) + 1;
    t->plan_version++;

    p->cols = cols < (unsigned)c->cols ? cols : (unsigned)c->cols;

    int bad = 0, next_out = 0; /* of the next data column, with a ramp table, at the least */
    unsigned tables = 0;
    refuse_if(&bad, p->nslice < 1 || p->nslice > (unsigned)c->nslice, OHM_BAD_DESC_NSLICE);
    refuse_if(&bad, p->rows > (unsigned)c->rows || cols > (unsigned)c->cols || p->outs > (unsigned)c->cols, OHM_BAD_DESC_SIZE);
    refuse_if(&bad, p->shift > 40, OHM_BAD_DESC_SHIFT);
    refuse_if(&bad, p->mode > MODE_V || (p->psum && !c->psum_slots), OHM_BAD_DESC_MODE);
    refuse_if(&bad, p->func > FUNC_THRESHOLD || (p->func && (p->relu || !c->modes)), OHM_BAD_DESC_FUNC);
    refuse_if(&bad, p->stream >= (unsigned)c->nstream, OHM_BAD_DESC_STREAM);
    refuse_if(&bad, lsb_min < 1 || lsb_min > LSB_MAX, OHM_BAD_DESC_LSB);

    for (unsigned k = 0; k < p->nslice && k < (unsigned)c->nslice; k++) { /* never written: W is 0, and so are START and STOP */
        const uint32_t w0 = t->reg[OHM_REG_SLICE + k * OHM_REG_SLICE_STRIDE];
        const uint32_t w1 = t->reg[OHM_REG_SLICE_RAMP + k * OHM_REG_SLICE_RAMP_STRIDE];
        struct slice_plan *s = &p->slice[k];

        *s = (struct slice_plan){
            .lo = OHM_FIELD(w0, SLICE_LO), .w = OHM_FIELD(w0, SLICE_W), .in = OHM_FIELD(w0, SLICE_IN),
            .dev = OHM_FIELD(w0, SLICE_DEV), .neg = OHM_FIELD(w0, SLICE_NEG), .rs = OHM_FIELD(w0, SLICE_RS),
            .start = (int16_t)OHM_FIELD(w1, SLICE_RAMP_START), .stop = (int16_t)OHM_FIELD(w1, SLICE_RAMP_STOP)};
        const uint32_t ext = t->reg[OHM_REG_SLICE_EXT + k];
        const int mul = OHM_FIELD(w0, SLICE_MUL) != 0, part = OHM_FIELD(w0, SLICE_PART) != 0;
        s->lsb = (int64_t)lsb_min << s->rs;
        s->first = part ? OHM_FIELD(ext, SLICE_EXT_FIRST) : 0;
        s->last = part ? OHM_FIELD(ext, SLICE_EXT_LAST) : p->rows - 1;
        s->gain = mul ? OHM_FIELD(ext, SLICE_EXT_GAIN) : 0;
        p->trimmed |= mul;
        s->table = OHM_FIELD(w0, SLICE_TABLE);
        tables |= s->table;
        refuse_if(&bad, s->table && (!c->modes || c->adc || p->nslice != 1 || p->psum || p->mode == MODE_PSUM || s->stop - s->start > 254), OHM_BAD_DESC_TABLE);
        s->count = OHM_FIELD(w0, SLICE_COUNT);
        s->length = ((1u << s->w) - 1) << s->count;
        refuse_if(&bad, s->count && !c->modes, OHM_BAD_DESC_EXT);
        refuse_if(&bad, (mul || part) && (!c->modes || !OHM_FIELD(ext, SLICE_EXT_GAIN)), OHM_BAD_DESC_EXT);
        refuse_if(&bad, part && (s->first > s->last || s->last >= (unsigned)c->rows), OHM_BAD_DESC_EXT);
        refuse_if(&bad, s->w < 1 || s->lo + s->w > 8, OHM_BAD_DESC_W);
        refuse_if(&bad, s->in > IN_NEGATIVE, OHM_BAD_DESC_IN);
        refuse_if(&bad, s->dev > OHM_CELL_MINUS, OHM_BAD_DESC_DEV);
        refuse_if(&bad, c->adc == 2 && s->stop - s->start >= 1 << c->adc_bits, OHM_BAD_DESC_ADC);
        refuse_if(&bad, s->start >= s->stop || s->start <= -limit || s->stop >= limit, OHM_BAD_DESC_RAMP);
    }

    for (unsigned col = 0; col < cols && col < (unsigned)c->cols; col++) {
        const uint32_t w = t->colmap[col];
        const unsigned kind = OHM_FIELD(w, COLMAP_KIND);

        refuse_if(&bad, kind == KIND_DATA && OHM_FIELD(w, COLMAP_OUT) >= p->outs, OHM_BAD_DESC_COLMAP);
        refuse_if(&bad, !c->modes && (kind == KIND_REFERENCE || (kind != KIND_OFF && OHM_FIELD(w, COLMAP_TRIM))), OHM_BAD_DESC_COLMAP);
        if (tables && kind == KIND_DATA) {
            refuse_if(&bad, (int)OHM_FIELD(w, COLMAP_OUT) < next_out || OHM_FIELD(w, COLMAP_SHIFT), OHM_BAD_DESC_TABLE);
            next_out = (int)OHM_FIELD(w, COLMAP_OUT) + 1;
        }
        refuse_if(&bad, tables && kind == KIND_REFERENCE, OHM_BAD_DESC_TABLE);
        p->references |= kind == KIND_REFERENCE;
        p->trimmed |= kind != KIND_OFF && OHM_FIELD(w, COLMAP_TRIM);
        if (kind != KIND_OFF)
            p->column[p->ncol++] = (struct column_plan){
                .col = (uint8_t)col, .data = kind == KIND_DATA, .reference = kind == KIND_REFERENCE, .out = (uint8_t)OHM_FIELD(w, COLMAP_OUT),
                .neg = OHM_FIELD(w, COLMAP_NEG), .shift = OHM_FIELD(w, COLMAP_SHIFT),
                .gain = OHM_FIELD(w, COLMAP_GAIN), .trim = OHM_FIELD(w, COLMAP_TRIM) ? (int16_t)t->trim[col] : 0};
    }
    refuse_if(&bad, ohm_window_plan(t), OHM_BAD_DESC_WINDOW);
    refuse_if(&bad, ohm_calib_refuses(t), OHM_BAD_DESC_CALIB);
    const int link = ohm_link_plan(t);
    refuse_if(&bad, link, link);
    return bad;
}

/* Reads slice k into g->q; one VMM in 256 is read by the naive loop as well. */
static void read_columns(struct tile *t, const struct vmm *v, unsigned k, int naive)
{
    struct ohm_golden *g = t->g;
    const struct ohm_read_key key = {.seq = v->seq, .desc = 0, .slice = (uint8_t)k};
    const enum ohm_cell_sel sel = (enum ohm_cell_sel)t->plan.slice[k].dev;

    ohm_array_read(t->array, sel, g->ticks, &key, g->q);
    if (ohm_array_fault(t->array))
        ohm_golden_fault(g, ohm_array_fault(t->array));
    if (!naive)
        return;
    ohm_array_read_naive(t->array, sel, g->ticks, &key, g->q_naive);
    for (int c = 0; c < g->config.cols; c++) {
        if (g->q[c] != g->q_naive[c]) {
            char text[200];
            snprintf(text, sizeof text, "tile (%u,%u) VMM %u column %d slice %u: kernel reads %d, naive loop %d", t->x,
                     t->y, v->seq, c, k, g->q[c], g->q_naive[c]);
            ohm_golden_fault(g, text);
            return;
        }
    }
}

/* Converter that is not ideal; *clip as of ohm_adc. */
static int32_t convert(const struct ohm_config *config, const struct ohm_readout *r, const struct slice_plan *s, uint32_t seq, unsigned k, unsigned col, int32_t q,
                       int *clip)
{
    const double scale = (double)(1u << s->rs);
    const struct ohm_conversion c = {.lsb = (double)s->lsb / scale, .scale = scale, .first = s->start - 1,
                                     .noise_key = ohm_readout_key(r, seq, 0, k), .mux = config->adc == 2 ? (unsigned)config->mux : (unsigned)config->adc,
                                     .cycles = config->adc == 2 ? config->adc_cycles : 0};
    const int32_t step = ohm_readout_trip(r, &c, col, q);

    *clip = (step > s->stop) - (step < s->start);
    return *clip ? (*clip > 0 ? s->stop : s->start) : step;
}

/* RAMP_TAB of step n. */
static int32_t ramp_level(const struct tile *t, int32_t n)
{
    const unsigned spare = 32 - (unsigned)t->g->config.code_w;
    return (int32_t)(t->ramp_tab[(unsigned)n & (OHM_REG_RAMP_TAB_COUNT - 1)] << spare) >> spare;
}

int32_t ohm_tile_code(const struct tile *t, const struct slice_plan *s, uint32_t seq, unsigned k, unsigned col, int32_t q, int *clip)
{
    const struct ohm_readout *readout = ohm_array_readout(t->array);

    if (!s->table)
        return readout ? convert(&t->g->config, readout, s, seq, k, col, q, clip) : ohm_adc(q, s->lsb, s->start, s->stop, clip);
    /* where a linear ramp would trip: the code is the first step that is as high */
    const double scale = (double)(1u << s->rs);
    const int32_t first = ramp_level(t, s->start - 1);
    const struct ohm_conversion c = {.lsb = (double)s->lsb / scale, .scale = scale, .first = first, .noise_key = readout ? ohm_readout_key(readout, seq, 0, k) : 0};
    const int64_t trip = readout ? ohm_readout_trip(readout, &c, col, q) : ohm_floor_div(2 * (int64_t)q + s->lsb, 2 * s->lsb);
    int32_t n = s->start;

    while (n < s->stop && ramp_level(t, n) < trip)
        n++;
    *clip = trip <= first ? -1 : ramp_level(t, n) < trip;
    return *clip < 0 ? s->start : n;
}

/* Signed ticks of row r with input x. */
static int16_t row_ticks(const struct plan *p, const struct slice_plan *s, int x, unsigned r)
{
    return ohm_link_bias(p, s, r, (int16_t)(r < s->first || r > s->last ? 0 : ohm_ticks(x, s->lo, s->w, s->in)));
}

/* How long each column's pulse lasts on the link to the east. */
static void durations(struct tile *t, struct vmm *v)
{
    const struct slice_plan *s = &t->plan.slice[0];

    for (unsigned col = 0; col < t->plan.cols; col++) {
        int clip;
        const int32_t code = ohm_tile_code(t, s, v->seq, 0, col, t->g->q[col], &clip);
        v->duration[col] = (uint16_t)(code - s->start);
    }
}

void ohm_tile_compute(struct tile *t, struct vmm *v, const uint32_t *input, uint32_t input_words)
{
    struct ohm_golden *g = t->g;
    const struct plan *p = &t->plan;
    const unsigned acc_f = (unsigned)g->config.acc_f;
    const int naive = t->ring.tail % NAIVE_EVERY == 0;
    int x[TILE_MAX];
    uint32_t acc[TILE_MAX] = {0}, reference = 0;
    int16_t *code_out = v->codes;

    for (unsigned r = 0; r < p->rows; r++) {
        const unsigned byte = r / 4 < input_words ? (input[r / 4] >> (8 * (r % 4))) & 255u : 0;
        int saturated;
        x[r] = ohm_input(byte, (int)p->is_signed, &saturated);
        COUNTER(t, SAT_IN) += (uint32_t)saturated;
        g->stats.sat_in += (uint64_t)saturated;
    }
    memset(g->ticks, 0, sizeof g->ticks);

    for (unsigned k = 0; k < p->nslice; k++) {
        const struct slice_plan *s = &p->slice[k];
        uint32_t clip_lo = 0, clip_hi = 0;

        for (unsigned r = 0; r < p->rows; r++)
            g->ticks[r] = row_ticks(p, s, x[r], r);
        read_columns(t, v, k, naive);
        ohm_array_integrate(t->array, (enum ohm_cell_sel)s->dev, g->ticks, (int)s->length, g->q);

        for (unsigned i = 0; i < p->ncol; i++) {
            const struct column_plan *c = &p->column[i];
            int clip;
            const int32_t code = ohm_tile_code(t, s, v->seq, k, c->col, g->q[c->col], &clip);

            clip_lo += clip < 0;
            clip_hi += clip > 0;
            *code_out++ = (int16_t)code;
            uint32_t *sum = c->data ? &acc[c->out] : c->reference ? &reference : NULL;
            const int32_t term = ohm_term(code, c->gain, acc_f) + c->trim;
            if (sum)
                *sum = ohm_accumulate(*sum, s->gain ? ohm_multiplied(term, s->gain) : term, s->lo + c->shift + s->rs,
                                      c->neg ^ (int)s->neg);
        }
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
        v->acc[o] = ohm_wrap_add((int32_t)acc[o], p->references ? ohm_share((int32_t)reference, (int16_t)t->refcoef[o]) : 0);
}

/* What y0 becomes in mode y. */
static int32_t output(const struct tile *t, int64_t y0, int *clipped)
{
    const struct plan *p = &t->plan;

    switch (p->func) {
    case FUNC_TABLE: return ohm_post_clip(ohm_table_entry(t->table, y0, (int)p->o_signed), (int)p->o_signed, clipped);
    case FUNC_THRESHOLD: return y0 >= 0 ? 1 : p->o_signed ? -1 : 0;
    default: return ohm_post_clip(p->relu && y0 < 0 ? 0 : y0, (int)p->o_signed, clipped);
    }
}

void ohm_tile_post(struct tile *t, struct vmm *v, const uint32_t *psum, const uint32_t *residual)
{
    struct ohm_golden *g = t->g;
    const struct plan *p = &t->plan;

    for (unsigned o = 0; o < v->nres; o++) {
        const int32_t a = ohm_wrap_add(v->acc[o], psum && !p->calib ? (int32_t)psum[o] : 0);
        const int32_t sum = ohm_wrap_add(ohm_wrap_add(a, (int32_t)t->bias[o]),
                                         residual ? (int32_t)(residual[o] * t->reg[OHM_REG_RSCALE]) : 0);
        const int64_t y0 = p->mode == MODE_Y || p->calib ? ohm_round_shift((int64_t)sum * (int16_t)t->scale[o], p->shift) : 0;
        int clipped = 0;

        v->acc[o] = a;
        if (p->calib)
            ohm_calib_add(t, o, y0, psum[o]);
        if (p->mode == MODE_PSUM)
            v->y[o] = a;
        else if (p->mode == MODE_Y)
            v->y[o] = output(t, y0, &clipped);
        else
            v->y[o] = sum;
        COUNTER(t, SAT_OUT) += (uint32_t)clipped;
        g->stats.sat_out += (uint64_t)clipped;
        if (g->observer)
            g->observer(g->observer_user, t->number, v->seq, o, v->acc[o], v->y[o]);
    }
}

/* Steps of the ramp of slice k, or cycles of another conversion. With early stop a ramp ends two steps after the last column has tripped: so long it takes to
 * see it. A column of kind off has no code here; what it does is not known, so then the whole ramp counts. */
static unsigned ramp_steps(const struct tile *t, const struct vmm *v, unsigned k)
{
    const struct plan *p = &t->plan;
    const int16_t *codes = v->codes + (size_t)k * p->ncol;
    const int32_t start = p->slice[k].start;
    const unsigned all = (unsigned)(p->slice[k].stop - start + 2);
    const struct ohm_config *c = &t->g->config;
    int32_t last = start;

    if (c->adc)
        return c->adc == 1 ? 1 : (unsigned)(c->mux * c->adc_cycles);
    if (!OHM_FIELD(t->reg[OHM_REG_CTRL], CTRL_EARLY_STOP) || p->ncol < p->cols)
        return all;
    if (t->g->compute != ohm_tile_compute)
        last = v->last_trip[k];
    else for (unsigned i = 0; i < p->ncol; i++)
        last = codes[i] > last ? codes[i] : last;
    return (unsigned)(last - start + 4) < all ? (unsigned)(last - start + 4) : all;
}

void ohm_tile_tell_vector(struct tile *t, const struct vmm *v, const uint32_t *input, uint32_t input_words)
{
    const struct plan *p = &t->plan;
    int16_t ticks[OHM_REG_SLICE_COUNT * TILE_MAX];
    struct ohm_golden_vector told = {.seq = v->seq, .poison = v->poison};

    if (!v->poison) {
        told.psum = (int)p->psum;
        told.gathered = ohm_window_reads(t);
        told.residual = p->walk[1].on ? p->outs : 0;
        told.pooled = p->walk[0].on && p->block.pooled;
        told.trimmed = p->trimmed;
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
            const struct slice_plan *s = &p->slice[k];
            told.length[k] = s->length;
            told.count[k] = (uint8_t)s->count;
            told.steps[k] = ramp_steps(t, v, k);
            for (unsigned r = 0; r < p->rows; r++) {
                const unsigned byte = r / 4 < input_words ? (input[r / 4] >> (8 * (r % 4))) & 255u : 0;
                int saturated;
                ticks[k * p->rows + r] = row_ticks(p, s, ohm_input(byte, (int)p->is_signed, &saturated), r);
            }
        }
    }
    t->g->hooks->vector(t->g->hooks->user, t->number, &told);
}
