/* SPDX-License-Identifier: Apache-2.0
 * The descriptor: its sizes, slices, columns and links, and what makes a tile refuse it
 * (docs/reference/numeric.md). */
#include "ohm_plan.h"

#include "ohm_adc.h"
#include "ohm_array.h"  /* OHM_CELL_MINUS */
#include "ohm_packet.h" /* OHM_FIELD */

enum { LSB_MAX = 1 << 24 };

/* When several things are wrong the lowest detail is reported. */
static void refuse_if(int *bad, int condition, int detail)
{
    if (condition && (!*bad || detail < *bad))
        *bad = detail;
}

/* Lines that the descriptor may drive, and sense. */
static unsigned lines_of(const struct ohm_config *c, unsigned transpose)
{
    return (unsigned)(transpose ? c->cols : c->rows);
}

/* Slice k; *tables: a slice climbs by RAMP_TAB. One that was never written has W 0, and START and
 * STOP 0. */
static void decode_slice(struct ohm_plan *p, const struct ohm_config *c,
                         const struct ohm_registers *r, unsigned k, int alone, unsigned *tables,
                         int *bad)
{
    const int32_t limit = 1 << (c->code_w - 1);
    const uint32_t *const reg = r->reg + p->desc * OHM_REG_SLICE_DESC;
    const uint32_t w0 = reg[OHM_REG_SLICE + k * OHM_REG_SLICE_STRIDE];
    const uint32_t w1 = reg[OHM_REG_SLICE_RAMP + k * OHM_REG_SLICE_RAMP_STRIDE];
    struct ohm_slice_plan *s = &p->slice[k];

    *s = (struct ohm_slice_plan){.lo = OHM_FIELD(w0, SLICE_LO), .w = OHM_FIELD(w0, SLICE_W),
                                 .in = OHM_FIELD(w0, SLICE_IN), .dev = OHM_FIELD(w0, SLICE_DEV),
                                 .neg = OHM_FIELD(w0, SLICE_NEG), .rs = OHM_FIELD(w0, SLICE_RS),
                                 .start = (int16_t)OHM_FIELD(w1, SLICE_RAMP_START),
                                 .stop = (int16_t)OHM_FIELD(w1, SLICE_RAMP_STOP)};
    const uint32_t ext = reg[OHM_REG_SLICE_EXT + k];
    const int mul = OHM_FIELD(w0, SLICE_MUL) != 0, part = OHM_FIELD(w0, SLICE_PART) != 0;
    s->lsb = (int64_t)ohm_plan_lsb(r->reg, p->desc) << s->rs;
    s->first = part ? OHM_FIELD(ext, SLICE_EXT_FIRST) : 0;
    s->last = part ? OHM_FIELD(ext, SLICE_EXT_LAST) : p->rows - 1;
    s->gain = mul ? OHM_FIELD(ext, SLICE_EXT_GAIN) : 0;
    p->trimmed |= mul;
    s->table = OHM_FIELD(w0, SLICE_TABLE);
    *tables |= s->table;
    refuse_if(bad,
              s->table
                  && (!alone || !c->modes || ohm_adc_pins(c->adc) != OHM_ADC_PINS_COMPARATORS
                      || p->nslice != 1 || p->psum
                      || p->mode == OHM_DESC_MODE_PSUM || s->stop - s->start > 254),
              OHM_BAD_DESC_TABLE);
    s->count = OHM_FIELD(w0, SLICE_COUNT);
    s->length = ((1u << s->w) - 1) << s->count;
    refuse_if(bad, s->count && !c->modes, OHM_BAD_DESC_EXT);
    refuse_if(bad, (mul || part) && (!c->modes || !OHM_FIELD(ext, SLICE_EXT_GAIN)),
              OHM_BAD_DESC_EXT);
    refuse_if(bad, part && (s->first > s->last || s->last >= lines_of(c, p->transpose)),
              OHM_BAD_DESC_EXT);
    refuse_if(bad, s->w < 1 || s->lo + s->w > 8, OHM_BAD_DESC_W);
    refuse_if(bad, s->in > OHM_SLICE_IN_NEGATIVE, OHM_BAD_DESC_IN);
    refuse_if(bad, s->dev > OHM_CELL_MINUS, OHM_BAD_DESC_DEV);
    refuse_if(bad, s->stop - s->start >= ohm_adc_codes(c), OHM_BAD_DESC_ADC);
    refuse_if(bad, s->start >= s->stop || s->start <= -limit || s->stop >= limit,
              OHM_BAD_DESC_RAMP);
}

/* The columns that are scanned. */
static void decode_columns(struct ohm_plan *p, const struct ohm_config *c,
                           const struct ohm_registers *r, unsigned tables, int *bad)
{
    int next_out = 0; /* of the next data column, with a ramp table, at the least */

    for (unsigned col = 0; col < p->cols; col++) {
        const uint32_t w = r->colmap[p->desc][col];
        const unsigned kind = OHM_FIELD(w, COLMAP_KIND);

        refuse_if(bad,
                  p->transpose
                      && (kind == OHM_COLMAP_KIND_REFERENCE
                          || (kind == OHM_COLMAP_KIND_DATA && OHM_FIELD(w, COLMAP_SHIFT))),
                  OHM_BAD_DESC_TRANSPOSE);

        refuse_if(bad, kind == OHM_COLMAP_KIND_DATA && OHM_FIELD(w, COLMAP_OUT) >= p->outs,
                  OHM_BAD_DESC_COLMAP);
        refuse_if(bad,
                  !c->modes
                      && (kind == OHM_COLMAP_KIND_REFERENCE
                          || (kind != OHM_COLMAP_KIND_OFF && OHM_FIELD(w, COLMAP_TRIM))),
                  OHM_BAD_DESC_COLMAP);
        if (tables && kind == OHM_COLMAP_KIND_DATA) {
            refuse_if(bad, (int)OHM_FIELD(w, COLMAP_OUT) < next_out || OHM_FIELD(w, COLMAP_SHIFT),
                      OHM_BAD_DESC_TABLE);
            next_out = (int)OHM_FIELD(w, COLMAP_OUT) + 1;
        }
        refuse_if(bad, tables && kind == OHM_COLMAP_KIND_REFERENCE, OHM_BAD_DESC_TABLE);
        p->references |= kind == OHM_COLMAP_KIND_REFERENCE;
        p->trimmed |= kind != OHM_COLMAP_KIND_OFF && OHM_FIELD(w, COLMAP_TRIM);
        if (kind != OHM_COLMAP_KIND_OFF)
            p->column[p->ncol++] = (struct ohm_column_plan){
                .col = (uint8_t)col, .data = kind == OHM_COLMAP_KIND_DATA,
                .reference = kind == OHM_COLMAP_KIND_REFERENCE,
                .out = (uint8_t)OHM_FIELD(w, COLMAP_OUT), .neg = OHM_FIELD(w, COLMAP_NEG),
                .shift = OHM_FIELD(w, COLMAP_SHIFT), .gain = OHM_FIELD(w, COLMAP_GAIN),
                .trim = OHM_FIELD(w, COLMAP_TRIM) ? (int16_t)r->trim[p->desc][col] : 0};
    }
}

/* A tile that calibrates (docs/explain/calibration.md). */
static int calib_is_bad(const struct ohm_plan *p, const struct ohm_config *c,
                        const struct ohm_registers *r, int alone)
{
    return p->calib
           && (!alone || !c->modes || !c->psum_slots || !p->psum || p->walk[0].on
               || !r->reg[OHM_REG_CALIB_SEED] || !(r->reg[OHM_REG_CALIB_COUNT] & 0xffffu));
}

/* Duration links (docs/explain/links.md). 0, or what is wrong. */
static int decode_links(struct ohm_plan *p, const struct ohm_config *config,
                        const struct ohm_registers *r)
{
    const uint32_t desc = r->reg[OHM_REG_DESC + p->desc * OHM_REG_DESC_DESC],
                   link = r->reg[OHM_REG_LINK], bias = r->reg[OHM_REG_LINK_BIAS];
    const unsigned wires = (unsigned)config->link_w;
    struct ohm_link_plan *l = &p->link;
    const struct ohm_slice_plan *s = &p->slice[0];

    *l = (struct ohm_link_plan){.in = OHM_FIELD(desc, DESC_LINK_IN),
                                .out = OHM_FIELD(desc, DESC_LINK_OUT),
                                .first = OHM_FIELD(link, LINK_FIRST),
                                .count = OHM_FIELD(link, LINK_COUNT1) + 1,
                                .bias_first = OHM_FIELD(bias, LINK_BIAS_FIRST),
                                .bias_last = OHM_FIELD(bias, LINK_BIAS_LAST),
                                .bias_ticks = OHM_FIELD(bias, LINK_BIAS_TICKS)};
    if (!l->in && !l->out) {
        *l = (struct ohm_link_plan){0};
        return 0;
    }
    if (!wires || p->nslice != 1 || p->psum || p->walk[0].on || s->count
        || OHM_FIELD(r->reg[OHM_REG_SLICE], SLICE_PART)
        || (l->in && (!r->west || s->lo || s->in != OHM_SLICE_IN_ALL))
        || (l->out && (!r->east || p->cols > wires)))
        return OHM_BAD_DESC_LINK;
    if ((l->in && (l->first + l->count > p->rows || l->count > wires))
        || (l->bias_ticks && (l->bias_first > l->bias_last || l->bias_last >= p->rows)))
        return OHM_BAD_DESC_LINK_ROWS;
    if (l->in)
        p->is_signed = 0; /* a row is on, or it is not */
    return 0;
}

/* Columns that a transposed read drives. */
static void decode_drive(struct ohm_plan *p, const struct ohm_registers *r)
{
    for (unsigned col = 0; col < p->rows && col < TILE_MAX; col++) {
        const uint32_t w = r->drive[p->desc][col];
        p->drive[col] = (struct ohm_drive_plan){.on = (uint8_t)OHM_FIELD(w, DRIVE_ON),
                                                .element = (uint8_t)OHM_FIELD(w, DRIVE_ELEMENT),
                                                .neg = (uint8_t)OHM_FIELD(w, DRIVE_NEG)};
    }
}

/* Descriptor d; *streams: those of lower ones in use, this one's is added. */
static int decode_one(struct ohm_plan *p, unsigned d, const struct ohm_config *c,
                      const struct ohm_registers *r, const struct ohm_order_plan *o,
                      unsigned *streams)
{
    const uint32_t desc = r->reg[OHM_REG_DESC + d * OHM_REG_DESC_DESC],
                   size = r->reg[OHM_REG_DESC_SIZE + d * OHM_REG_DESC_SIZE_DESC];
    const uint32_t lsb_min = ohm_plan_lsb(r->reg, d);
    unsigned tables = 0;
    int bad = 0;

    *p = (struct ohm_plan){.desc = d,
                           .transpose = c->transpose ? OHM_FIELD(desc, DESC_TRANSPOSE) : 0,
                           .mode = OHM_FIELD(desc, DESC_MODE), .psum = OHM_FIELD(desc, DESC_PSUM),
                           .calib = OHM_FIELD(desc, DESC_CALIB),
                           .is_signed = OHM_FIELD(desc, DESC_SIGNED),
                           .relu = OHM_FIELD(desc, DESC_RELU),
                           .o_signed = OHM_FIELD(desc, DESC_OSIGNED),
                           .func = OHM_FIELD(desc, DESC_FUNC),
                           .stream = OHM_FIELD(desc, DESC_STREAM),
                           .nslice = OHM_FIELD(desc, DESC_NSLICE),
                           .shift = OHM_FIELD(desc, DESC_SHIFT),
                           .rows = OHM_FIELD(size, DESC_SIZE_ROWS1) + 1,
                           .outs = OHM_FIELD(size, DESC_SIZE_OUTS1) + 1};
    const unsigned cols = OHM_FIELD(size, DESC_SIZE_COLS1) + 1;

    const unsigned sensed = lines_of(c, !p->transpose);
    p->cols = cols < sensed ? cols : sensed;

    refuse_if(&bad, p->nslice < 1 || p->nslice > (unsigned)c->nslice, OHM_BAD_DESC_NSLICE);
    refuse_if(&bad,
              p->rows > lines_of(c, p->transpose) || cols > sensed
                  || p->outs > ohm_plan_side(c),
              OHM_BAD_DESC_SIZE);
    refuse_if(&bad, p->transpose && !d, OHM_BAD_DESC_TRANSPOSE);
    refuse_if(&bad, *streams >> p->stream & 1, OHM_BAD_DESC_ORDER);
    *streams |= 1u << p->stream;
    refuse_if(&bad, o->mask >> c->ndesc || o->lag > 14, OHM_BAD_DESC_ORDER);
    refuse_if(&bad, p->shift > 40, OHM_BAD_DESC_SHIFT);
    refuse_if(&bad, p->mode > OHM_DESC_MODE_V || (p->psum && !c->psum_slots), OHM_BAD_DESC_MODE);
    refuse_if(&bad, p->func > OHM_DESC_FUNC_THRESHOLD || (p->func && (p->relu || !c->modes)),
              OHM_BAD_DESC_FUNC);
    refuse_if(&bad, p->stream >= (unsigned)c->nstream, OHM_BAD_DESC_STREAM);
    refuse_if(&bad, lsb_min < 1 || lsb_min > LSB_MAX, OHM_BAD_DESC_LSB);

    for (unsigned k = 0; k < p->nslice && k < (unsigned)c->nslice; k++)
        decode_slice(p, c, r, k, o->alone, &tables, &bad);
    decode_columns(p, c, r, tables, &bad);
    if (p->transpose)
        decode_drive(p, r);
    refuse_if(&bad, ohm_plan_walk(p, c, r, o->alone), OHM_BAD_DESC_WINDOW);
    refuse_if(&bad, calib_is_bad(p, c, r, o->alone), OHM_BAD_DESC_CALIB);
    const int link = decode_links(p, c, r);
    refuse_if(&bad, link, link);
    return bad;
}

int ohm_plan_decode(struct ohm_plan p[OHM_DESC_MAX], struct ohm_order_plan *o,
                    const struct ohm_config *c, const struct ohm_registers *r)
{
    const uint32_t order = c->ndesc > 1 ? r->reg[OHM_REG_ORDER] : 0;
    const unsigned mask = OHM_FIELD(order, ORDER_MASK);
    unsigned streams = 0;
    int detail = 0;

    *o = (struct ohm_order_plan){.mask = mask ? mask : 1, .lag = OHM_FIELD(order, ORDER_LAG)};
    o->alone = o->mask == 1;
    o->first = (unsigned)__builtin_ctz(o->mask);
    for (unsigned d = 0; d < OHM_DESC_MAX; d++) {
        p[d] = (struct ohm_plan){.desc = d};
        if (detail || !(o->mask >> d & 1) || (d >= (unsigned)c->ndesc && d != o->first))
            continue;
        const int bad = decode_one(&p[d], d, c, r, o, &streams);
        if (bad)
            detail = (int)(d << 8) | bad;
    }
    return detail;
}
