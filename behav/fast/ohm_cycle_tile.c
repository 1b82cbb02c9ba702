/* SPDX-License-Identifier: Apache-2.0
 * Every step first works out what the wires carry in this cycle, from the registers, then writes the registers. */
#include "ohm_cycle_tile.h"

#include <stdlib.h>
#include <string.h>

enum { TILE_SIDE = 256, PAYLOAD_MIN = 64, CONFIG_PAYLOAD = 64, MODE_Y = 1, KIND_DATA = 1, KIND_REFERENCE = 2, LSB_MAX = 1 << 24, CODE_TOP = 16384 };
enum { LINGER = 8 }; /* cycles that a tile stays awake after anything happened: more than any chain of registers is long */

static unsigned stream_of(const struct cycle_tile *t)
{
    return OHM_FIELD(t->reg[OHM_REG_DESC], DESC_STREAM);
}

/* Vectors come from the tile's own generator (docs/explain/calibration.md). */
static int calibrates(const struct cycle_tile *t)
{
    return OHM_FIELD(t->reg[OHM_REG_DESC], DESC_CALIB) != 0;
}

static struct cycle_slots *input_of(struct cycle_tile *t)
{
    return &t->stream[stream_of(t) % OHM_REG_STREAM_COUNT];
}

static void event(struct cycle_tile *t, unsigned code, uint32_t detail)
{
    t->event_new |= (uint8_t)(1u << (code - 1));
    t->event_count[code - 1]++;
    t->event_detail[code - 1] = detail;
}

/* ---- registers ---- */

static int within(unsigned addr, unsigned base, int count)
{
    return (uint16_t)(addr - base) < count;
}

static int is_register(const struct ohm_config *c, unsigned addr)
{
    return within(addr, OHM_REG_ID, 6) || within(addr, OHM_REG_CNT_VMM, 6)
        || within(addr, OHM_REG_CNT_EVENT, OHM_REG_CNT_EVENT_COUNT) || within(addr, OHM_REG_DESC, 2)
        || within(addr, OHM_REG_SLICE, c->nslice * OHM_REG_SLICE_STRIDE)
        || within(addr, OHM_REG_STREAM, c->nstream * OHM_REG_STREAM_STRIDE)
        || within(addr, OHM_REG_ROUTE, c->nroute * OHM_REG_ROUTE_STRIDE) || within(addr, OHM_REG_CREDIT, c->ncredit)
        || within(addr, OHM_REG_RETURN, c->nreturn) || within(addr, OHM_REG_MACRO_LSB, 2)
        || (c->window && (within(addr, OHM_REG_WINDOW, 5) || within(addr, OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE, 5)
                          || within(addr, OHM_REG_BLOCK_MAP, 8)))
        || (c->link_w && within(addr, OHM_REG_LINK, 2)) || within(addr, OHM_REG_COLMAP, c->cols) || within(addr, OHM_REG_BIAS, c->cols)
        || within(addr, OHM_REG_SCALE, c->cols) || within(addr, OHM_REG_TABLE, c->modes * OHM_REG_TABLE_COUNT)
        || within(addr, OHM_REG_RAMP_TAB, c->modes && !c->adc ? OHM_REG_RAMP_TAB_COUNT : 0)
        || within(addr, OHM_REG_TRIM, c->modes * c->cols) || within(addr, OHM_REG_REFCOEF, c->modes * c->cols)
        || within(addr, OHM_REG_SLICE_EXT, c->modes * c->nslice)
        || (c->modes && c->psum_slots && (within(addr, OHM_REG_CALIB_SEED, 2) || within(addr, OHM_REG_CALIB_SUM, c->cols * OHM_REG_CALIB_SUM_STRIDE)));
}

/* Words behind the port of the slice table. */
static int in_slices(const struct ohm_config *c, unsigned addr)
{
    return within(addr, OHM_REG_SLICE, c->nslice * OHM_REG_SLICE_STRIDE) || within(addr, OHM_REG_SLICE_EXT, c->modes * c->nslice);
}

static void shape_stream(struct cycle_tile *t, unsigned i)
{
    const uint32_t vec = t->reg[OHM_REG_STREAM_VEC + i * OHM_REG_STREAM_STRIDE];
    const unsigned asked = 1u << OHM_FIELD(vec, STREAM_VEC_LOG2_SLOTS), most = (unsigned)t->config->nslot;

    t->stream[i].expect = OHM_FIELD(vec, STREAM_VEC_EXPECT);
    t->stream[i].slots = asked < most ? asked : most;
}

static void write_register(struct cycle_tile *t, unsigned addr, uint32_t value)
{
    if (within(addr, OHM_REG_COLMAP, t->config->cols)) {
        t->colmap[addr - OHM_REG_COLMAP] = value;
        return;
    }
    if (addr == OHM_REG_MACRO_LSB)
        t->lsb = value;
    if (addr >= OHM_REG_MACRO_LSB || within(addr, OHM_REG_ID, 2) || addr == OHM_REG_STATUS || within(addr, OHM_REG_SEQ_HEAD, 0x20))
        return; /* no effect on time, or read only */
    if (within(addr, OHM_REG_CREDIT, t->config->ncredit))
        t->limit[addr - OHM_REG_CREDIT] = (uint16_t)value;
    t->reg[addr] = value;
    if (addr == OHM_REG_CTRL) {
        t->enable = OHM_FIELD(value, CTRL_ENABLE) != 0;
        t->early_stop = OHM_FIELD(value, CTRL_EARLY_STOP) != 0;
    } else if (addr == OHM_REG_DESC_SIZE) {
        t->psum.expect = OHM_FIELD(value, DESC_SIZE_OUTS1) + 1;
    } else if (within(addr, OHM_REG_STREAM, t->config->nstream * OHM_REG_STREAM_STRIDE)) {
        shape_stream(t, (addr - OHM_REG_STREAM) / OHM_REG_STREAM_STRIDE);
    }
}

/* What a register that depends on time holds; 0: it does not depend on it. */
static int timed_register(const struct cycle_tile *t, unsigned addr, uint32_t *value)
{
    const struct cycle_core *c = &t->core;
    const struct cycle_slots *in = &t->stream[stream_of(t) % OHM_REG_STREAM_COUNT];

    if (addr == OHM_REG_STATUS) {
        const struct cycle_window *w = &t->window;
        const int walks = cycle_window_on(t->config, t->reg);
        const int busy = c->used || c->link.claimed || c->rows != ROWS_IDLE || c->full || t->bank_full || t->out != OUT_WAIT || t->pool.done
                      || t->pool.argmax || (calibrates(t) && t->desc == DESC_RUN && t->calib_left) || (walks ? w->full || w->state > WINDOW_LINES : cycle_slots_valid(in));
        *value = OHM_PLACE(busy, STATUS_BUSY) | OHM_PLACE(t->desc == DESC_REFUSED, STATUS_BAD_DESC);
    } else if (addr == OHM_REG_SEQ_HEAD) {
        *value = calibrates(t) ? t->calib_seq : c->link.in ? c->link.seq : cycle_window_on(t->config, t->reg) ? t->window.seq : in->front;
    } else if (addr == OHM_REG_CNT_VMM) {
        *value = c->vmms;
    } else if (addr == OHM_REG_CNT_POISON) {
        *value = c->poisons;
    } else if (within(addr, OHM_REG_CNT_EVENT, OHM_REG_CNT_EVENT_COUNT)) {
        *value = t->event_count[addr - OHM_REG_CNT_EVENT];
    } else if (within(addr, OHM_REG_CREDIT, t->config->ncredit)) {
        *value = t->limit[addr - OHM_REG_CREDIT];
    } else {
        return 0;
    }
    return 1;
}

/* ---- network interface ---- */

static int is_vector(unsigned type)
{
    return type == OHM_TYPE_ACT || type == OHM_TYPE_PSUM;
}

static int known_type(unsigned type)
{
    return type == OHM_TYPE_CFG_WR || type == OHM_TYPE_CFG_RD || is_vector(type) || type == OHM_TYPE_CREDIT
        || type == OHM_TYPE_PROG;
}

static int length_ok(const struct cycle_tile *t, const struct ohm_header *h)
{
    const unsigned longest = t->config->cols > PAYLOAD_MIN ? (unsigned)t->config->cols : PAYLOAD_MIN;

    if (h->type == OHM_TYPE_CFG_RD || h->type == OHM_TYPE_CREDIT || (is_vector(h->type) && h->poison))
        return h->len == 0;
    return h->len && h->len <= (is_vector(h->type) ? longest : CONFIG_PAYLOAD);
}

static int address_ok(const struct cycle_tile *t, const struct cycle_packet *p)
{
    const struct ohm_config *c = t->config;
    const struct ohm_header *h = &p->h;

    switch (h->type) {
    case OHM_TYPE_ACT: {
        if (h->chan >= (unsigned)c->nstream)
            return 0;
        const uint32_t stream = t->reg[OHM_REG_STREAM + h->chan * OHM_REG_STREAM_STRIDE], size = OHM_FIELD(stream, STREAM_SIZE);
        const uint32_t at = OHM_FIELD(stream, STREAM_BASE) + ((cycle_slot(&t->stream[h->chan], h->seq) * size) & 0xffff)
                          + h->offset + h->len;
        return h->offset + h->len <= size && at <= (uint32_t)c->ibuf_words;
    }
    case OHM_TYPE_PSUM:
        return c->psum_slots && h->chan == 0 && h->offset + h->len <= (unsigned)c->cols;
    case OHM_TYPE_PROG:
        if (h->chan > 1 || h->offset >= (unsigned)c->rows || h->seq + 2 * h->len > (unsigned)c->cols + 1)
            return 0;
        for (unsigned i = 0; i < 2 * h->len; i++)
            if ((p->words[2 + i / 2] >> (i % 2 * 16) & 0xffff) > CODE_TOP && h->seq + i < (unsigned)c->cols)
                return 0;
        return 1;
    case OHM_TYPE_CREDIT:
        return h->chan < (unsigned)c->ncredit;
    case OHM_TYPE_CFG_RD:
        return is_register(c, h->offset);
    default:
        for (unsigned i = 0; i < h->len; i++)
            if (!is_register(c, (h->offset + i) & 0xffff))
                return 0;
        return 1;
    }
}

/* The cycle of chk_q; the checks of payload words come later in the RTL, before anyone asks. */
static void check(struct cycle_tile *t)
{
    const struct cycle_packet *p = t->taken ? t->taken : t->coming;
    const struct ohm_header *h = &p->h;

    t->head_ok = known_type(h->type) && length_ok(t, h);
    if (!t->head_ok)
        return;
    t->off = is_vector(h->type) && !t->enable;
    t->addr_ok = address_ok(t, p);
    t->slot_ok = h->type == OHM_TYPE_ACT    ? h->chan < (unsigned)t->config->nstream
                                                && cycle_slots_take(&t->stream[h->chan], (uint16_t)h->seq)
               : h->type == OHM_TYPE_PSUM ? cycle_slots_take(&t->psum, (uint16_t)h->seq) : 1;
}

static void queue_entry(struct cycle_tile *t, unsigned type, unsigned addr, uint32_t data)
{
    t->fifo[t->fifo_good++ % CYCLE_CONFIG_MAX] = (struct cycle_entry){(uint8_t)type, (uint16_t)addr, data};
}

/* The cycle of done_q. Returns the slots that the packet commits to, NULL when none. */
static struct cycle_slots *commit(struct cycle_tile *t)
{
    const struct cycle_packet *p = t->taken;
    const struct ohm_header *h = &p->h;
    struct cycle_slots *s = h->type == OHM_TYPE_ACT ? &t->stream[h->chan % OHM_REG_STREAM_COUNT]
                          : h->type == OHM_TYPE_PSUM ? &t->psum : NULL;

    if (!t->head_ok)
        return NULL;
    if (t->off || (s && !t->enable)) {
        event(t, OHM_EVENT_DISABLED, p->words[0]);
        return NULL;
    }
    if (!t->addr_ok) {
        event(t, OHM_EVENT_BAD_ADDR, p->words[1]);
        return NULL;
    }
    if (!t->slot_ok || (s && !cycle_slots_take(s, (uint16_t)h->seq))) {
        event(t, OHM_EVENT_NO_SLOT, p->words[1]);
        return NULL;
    }
    switch (h->type) {
    case OHM_TYPE_CFG_RD:
        if (t->read_busy) {
            event(t, OHM_EVENT_READ_BUSY, p->words[1]);
            return NULL;
        }
        t->read_busy = 1;
        queue_entry(t, h->type, h->offset, h->seq);
        break;
    case OHM_TYPE_CREDIT:
        queue_entry(t, h->type, h->offset, h->chan);
        break;
    case OHM_TYPE_CFG_WR:
    case OHM_TYPE_PROG:
        for (unsigned i = 0; i < h->len; i++)
            queue_entry(t, h->type, h->offset + i, p->words[2 + i]);
        break;
    default:
        break;
    }
    return s;
}

static void receive(struct cycle_tile *t, struct cycle_flit rx)
{
    if (t->check_in)
        t->check_in--;
    if (t->commit_in)
        t->commit_in--;
    if (!rx.p)
        return;
    if (rx.at == 0) {
        t->coming = rx.p;
        rx.p->holders++;
    }
    if (rx.at == 1)
        t->check_in = 1;
    if (!cycle_is_last(rx))
        return;
    t->taken = rx.p;
    t->coming = NULL;
    t->commit_in = 2;
    if (!known_type(rx.p->h.type))
        event(t, OHM_EVENT_BAD_TYPE, rx.p->words[0]);
    else if (!length_ok(t, &rx.p->h))
        event(t, OHM_EVENT_BAD_LENGTH, rx.p->words[0]);
}

/* ---- configuration bus ---- */

static void step_config(struct cycle_tile *t, unsigned good)
{
    const int read = t->entry_valid && t->entry.type == OHM_TYPE_CFG_RD;

    if (t->read_now)
        t->answer_valid = 1;
    t->read_now = read;
    if (t->entry_valid) {
        const struct cycle_entry e = t->entry;
        if (e.type == OHM_TYPE_CFG_WR) {
            write_register(t, e.addr, e.data);
        } else if (e.type == OHM_TYPE_CREDIT) {
            if ((int16_t)(uint16_t)(e.addr - t->limit[e.data & 15]) >= 0)
                t->limit[e.data & 15] = e.addr;
        } else if (read) {
            t->read_tag = e.data;
            t->read_addr = e.addr;
        }
    }
    t->entry_valid = t->fifo_rd != good;
    if (t->entry_valid)
        t->entry = t->fifo[t->fifo_rd++ % CYCLE_CONFIG_MAX];
}

/* ---- descriptor ---- */

/* Detail of event BAD_DESC, 0: the descriptor is legal. */
static unsigned descriptor_fault(const struct cycle_tile *t)
{
    const struct ohm_config *c = t->config;
    const uint32_t desc = t->reg[OHM_REG_DESC], size = t->reg[OHM_REG_DESC_SIZE];
    const unsigned nslice = OHM_FIELD(desc, DESC_NSLICE), outs1 = OHM_FIELD(size, DESC_SIZE_OUTS1), func = OHM_FIELD(desc, DESC_FUNC);
    const int limit = 1 << (c->code_w - 1);
    uint32_t faults = 0; /* bit = detail */
    int table = 0, next_out = 0; /* SLICE.TABLE; the least output of the next data column with it */

    #define FAULT(condition, name) faults |= (uint32_t)(condition) << OHM_BAD_DESC_##name
    FAULT(nslice < 1 || nslice > (unsigned)c->nslice, NSLICE);
    FAULT(OHM_FIELD(size, DESC_SIZE_ROWS1) >= (unsigned)c->rows || OHM_FIELD(size, DESC_SIZE_COLS1) >= (unsigned)c->cols
          || outs1 >= (unsigned)c->cols, SIZE);
    FAULT(OHM_FIELD(desc, DESC_SHIFT) > 40, SHIFT);
    FAULT(OHM_FIELD(desc, DESC_MODE) > 2, MODE);
    FAULT(cycle_window_bad(c, t->reg), WINDOW);
    FAULT(calibrates(t) && (!c->modes || !c->psum_slots || !OHM_FIELD(desc, DESC_PSUM) || cycle_window_on(c, t->reg) || !t->reg[OHM_REG_CALIB_SEED]
                            || !(t->reg[OHM_REG_CALIB_COUNT] & 0xffffu)), CALIB);
    FAULT(func > 2 || (func && (OHM_FIELD(desc, DESC_RELU) || !c->modes)), FUNC);
    FAULT(stream_of(t) >= (unsigned)c->nstream, STREAM);
    FAULT(t->lsb < 1 || t->lsb > LSB_MAX, LSB);
    for (unsigned k = 0; k < nslice && k < (unsigned)c->nslice; k++) {
        const uint32_t s = t->reg[OHM_REG_SLICE + 2 * k], r = t->reg[OHM_REG_SLICE_RAMP + 2 * k];
        const unsigned w = OHM_FIELD(s, SLICE_W);
        const int start = (int16_t)OHM_FIELD(r, SLICE_RAMP_START), stop = (int16_t)OHM_FIELD(r, SLICE_RAMP_STOP);
        FAULT(w < 1 || OHM_FIELD(s, SLICE_LO) + w > 8, W);
        FAULT(OHM_FIELD(s, SLICE_IN) > 2, IN);
        FAULT(OHM_FIELD(s, SLICE_DEV) > 2, DEV);
        const uint32_t ext = t->reg[OHM_REG_SLICE_EXT + k];
        const int part = OHM_FIELD(s, SLICE_PART) != 0;
        FAULT(!c->modes && OHM_FIELD(s, SLICE_COUNT), EXT);
        FAULT((OHM_FIELD(s, SLICE_MUL) || part) && (!c->modes || !OHM_FIELD(ext, SLICE_EXT_GAIN)), EXT);
        FAULT(part && (OHM_FIELD(ext, SLICE_EXT_FIRST) > OHM_FIELD(ext, SLICE_EXT_LAST)
                       || OHM_FIELD(ext, SLICE_EXT_LAST) >= (unsigned)c->rows), EXT);
        table |= OHM_FIELD(s, SLICE_TABLE) != 0;
        FAULT(OHM_FIELD(s, SLICE_TABLE) && (!c->modes || c->adc || nslice != 1 || OHM_FIELD(desc, DESC_PSUM) || !OHM_FIELD(desc, DESC_MODE)
              || stop - start > 254), TABLE);
        FAULT(c->adc == 2 && stop - start >= 1 << c->adc_bits, ADC);
        FAULT(start >= stop || start <= -limit || stop >= limit, RAMP);
    }
    for (unsigned col = 0; col <= OHM_FIELD(size, DESC_SIZE_COLS1) && col < (unsigned)c->cols; col++) {
        const unsigned kind = OHM_FIELD(t->colmap[col], COLMAP_KIND);
        FAULT(kind == KIND_DATA && OHM_FIELD(t->colmap[col], COLMAP_OUT) > outs1, COLMAP);
        const int out = (int)OHM_FIELD(t->colmap[col], COLMAP_OUT);
        FAULT(table && (kind == KIND_REFERENCE || (kind == KIND_DATA && (out < next_out || OHM_FIELD(t->colmap[col], COLMAP_SHIFT)))), TABLE);
        next_out = kind == KIND_DATA ? out + 1 : next_out;
        FAULT(!c->modes && (kind == KIND_REFERENCE || (kind && OHM_FIELD(t->colmap[col], COLMAP_TRIM))), COLMAP);
    }
    const unsigned in = OHM_FIELD(desc, DESC_LINK_IN), out = OHM_FIELD(desc, DESC_LINK_OUT), wires = (unsigned)c->link_w;
    if (in || out) {
        const uint32_t s = t->reg[OHM_REG_SLICE], link = t->reg[OHM_REG_LINK], bias = t->reg[OHM_REG_LINK_BIAS];
        const unsigned rows1 = OHM_FIELD(size, DESC_SIZE_ROWS1), count1 = OHM_FIELD(link, LINK_COUNT1), last = OHM_FIELD(bias, LINK_BIAS_LAST);
        FAULT(!wires || nslice != 1 || OHM_FIELD(desc, DESC_PSUM) || cycle_window_on(c, t->reg) || OHM_FIELD(s, SLICE_PART)
              || OHM_FIELD(s, SLICE_COUNT), LINK);
        FAULT(in && (!t->x || OHM_FIELD(s, SLICE_LO) || OHM_FIELD(s, SLICE_IN)), LINK);
        FAULT(out && (t->x + 1 >= (unsigned)c->mesh_w || OHM_FIELD(size, DESC_SIZE_COLS1) >= wires), LINK);
        FAULT(in && wires && (OHM_FIELD(link, LINK_FIRST) + count1 > rows1 || count1 >= wires), LINK_ROWS);
        FAULT(wires && OHM_FIELD(bias, LINK_BIAS_TICKS) && (OHM_FIELD(bias, LINK_BIAS_FIRST) > last || last > rows1), LINK_ROWS);
    }
    #undef FAULT
    return faults ? (unsigned)__builtin_ctz(faults) : 0;
}

static void load_descriptor(struct cycle_tile *t)
{
    const uint32_t desc = t->reg[OHM_REG_DESC], size = t->reg[OHM_REG_DESC_SIZE];
    struct cycle_core *c = &t->core;

    c->banks = (unsigned)t->config->acc_banks;
    c->sum_delay = 4;
    c->nslice = OHM_FIELD(desc, DESC_NSLICE);
    c->psum = OHM_FIELD(desc, DESC_PSUM);
    c->rows1 = OHM_FIELD(size, DESC_SIZE_ROWS1);
    c->cols1 = OHM_FIELD(size, DESC_SIZE_COLS1);
    c->outs1 = OHM_FIELD(size, DESC_SIZE_OUTS1);
    for (unsigned k = 0; k < c->nslice; k++) {
        const uint32_t s = t->reg[OHM_REG_SLICE + 2 * k], r = t->reg[OHM_REG_SLICE_RAMP + 2 * k];
        if (OHM_FIELD(s, SLICE_MUL))
            c->sum_delay = 6;
        const int start = (int16_t)OHM_FIELD(r, SLICE_RAMP_START), stop = (int16_t)OHM_FIELD(r, SLICE_RAMP_STOP);
        const int steps = t->config->adc == 0 ? stop - start + 2 : t->config->adc == 1 ? 1 : t->config->mux * t->config->adc_cycles;
        c->slice[k] = (struct cycle_slice){((1u << OHM_FIELD(s, SLICE_W)) - 1) << OHM_FIELD(s, SLICE_COUNT), start, stop, steps};
    }
    const int ticks = (int)c->slice[0].ticks + 3, ramp = c->slice[0].stop - c->slice[0].start + 3, scan = (int)c->cols1 + 3;
    const int read = ticks > ramp ? ticks : ramp;
    c->link.in = OHM_FIELD(desc, DESC_LINK_IN);
    c->link.out = OHM_FIELD(desc, DESC_LINK_OUT);
    c->link.pace = (unsigned)(read > scan ? read : scan);
    for (unsigned col = 0; col <= c->cols1; col++)
        if (OHM_FIELD(t->colmap[col], COLMAP_KIND) && OHM_FIELD(t->colmap[col], COLMAP_TRIM))
            c->sum_delay = 6;
}

/* back: a slice word is read back, the walk waits for the port */
static void step_descriptor(struct cycle_tile *t, int enable, int back)
{
    const unsigned columns = (unsigned)t->config->cols, slices = (unsigned)t->config->nslice;
    const unsigned walk = columns > slices ? columns : slices;

    if (!enable) {
        t->desc = DESC_OFF;
        t->walk = 0;
        return;
    }
    switch (t->desc) {
    case DESC_OFF: t->desc = DESC_WALK; break;
    case DESC_WALK:
        if (!back && ++t->walk == walk)
            t->desc = DESC_DRAIN;
        break;
    case DESC_DRAIN: t->desc = DESC_JUDGE; break;
    case DESC_JUDGE: {
        const unsigned fault = descriptor_fault(t);
        if (fault)
            event(t, OHM_EVENT_BAD_DESC, fault);
        else
            load_descriptor(t);
        t->desc = fault ? DESC_REFUSED : DESC_RUN;
        cycle_core_init_end(&t->core);
        break;
    }
    default: break;
    }
}

/* ---- output stage and injection ---- */

static uint32_t route_word(const struct cycle_tile *t, unsigned route, unsigned second)
{
    return t->reg[OHM_REG_ROUTE + OHM_REG_ROUTE_STRIDE * route + second];
}

static uint8_t routes_on(const struct cycle_tile *t)
{
    uint8_t on = 0;

    for (int i = 0; i < t->config->nroute; i++)
        on |= (uint8_t)((OHM_FIELD(route_word(t, (unsigned)i, 0), H0_TYPE) != 0) << i);
    return on;
}

static unsigned first_bit(unsigned bits)
{
    return bits ? (unsigned)__builtin_ctz(bits) : 0;
}

static unsigned payload_words(const struct cycle_tile *t, uint32_t part)
{
    const unsigned count1 = OHM_FIELD(part, ROUTE_PART_COUNT1);

    return (OHM_FIELD(t->reg[OHM_REG_DESC], DESC_MODE) == MODE_Y ? count1 / 4 : count1) + 1;
}

static int in_lines(const struct cycle_tile *t, unsigned route)
{
    return cycle_window_on(t->config, t->reg) && OHM_FIELD(route_word(t, route, 0), H0_TYPE) != OHM_TYPE_PSUM;
}

static uint16_t number_sent(const struct cycle_tile *t, unsigned route)
{
    return in_lines(t, route) ? t->line : t->bank_seq[t->send];
}

/* A vector has left. */
static void next_in_line(struct cycle_tile *t)
{
    const uint32_t line = t->reg[OHM_REG_OUT_LINE];

    t->line_at = (uint16_t)(t->line_at + OHM_FIELD(line, OUT_LINE_STEP));
    if (t->line_vec++ == OHM_FIELD(line, OUT_LINE_VECS1)) {
        t->line_vec = t->line_at = 0;
        t->line++;
    }
}

static struct cycle_packet *output_packet(struct cycle_tile *t, unsigned route)
{
    const uint32_t a = route_word(t, route, 0), b = route_word(t, route, 1);
    struct ohm_header h = ohm_header_decode((const uint32_t[2]){a, 0});
    uint32_t words[2 + TILE_SIDE] = {0};

    h.poison = t->bank_poison >> t->send & 1;
    h.len = h.poison ? 0 : payload_words(t, b);
    h.seq = number_sent(t, route);
    h.offset = (OHM_FIELD(b, ROUTE_PART_OFFSET) + (in_lines(t, route) ? t->line_at : 0)) & 0xffff;
    if (h.host) {
        h.x = t->x;
        h.y = t->y;
    }
    ohm_header_encode(&h, words);
    struct cycle_packet *p = cycle_packet_new(words, h.host ? 2 + h.len : 2, 2 + h.len);
    if (p && h.host && t->owner->payload(t->owner->self, t, p)) {
        cycle_packet_drop(p);
        return NULL;
    }
    return p;
}

static int may_send(const struct cycle_tile *t, unsigned entry, uint16_t seq)
{
    return entry < (unsigned)t->config->ncredit && (int16_t)(uint16_t)(t->limit[entry] - seq) > 0;
}

/* ready: the network takes a flit; *flit: what it gets. -1: stop. */
static int step_output(struct cycle_tile *t, int ready, int enable, const struct cycle_result *done, struct cycle_flit *flit)
{
    const unsigned route = first_bit(t->todo);
    const uint32_t a = route_word(t, route, 0), b = route_word(t, route, 1);
    const unsigned later = t->todo & (t->todo - 1u);
    const int was_waiting = t->out == OUT_WAIT, was_flush = t->flush;
    int sent = 0;

    switch (t->out) {
    case OUT_WAIT:
        t->todo = routes_on(t);
        t->member = 0;
        if ((t->bank_full >> t->send & 1) && !t->flush) {
            if (t->todo) {
                t->out = OUT_ASK;
            } else {
                t->bank_full &= (uint8_t)~(1u << t->send);
                t->send = !t->send;
                next_in_line(t);
            }
        }
        break;
    case OUT_ASK:
        if (t->flush)
            t->out = OUT_WAIT;
        else if (may_send(t, OHM_FIELD(b, ROUTE_PART_CREDIT) + t->member, number_sent(t, route)) && t->member++ == OHM_FIELD(a, H0_MC))
            t->out = OUT_HEAD0;
        break;
    case OUT_HEAD0:
        if (!ready)
            break;
        t->leaving = output_packet(t, route);
        if (!t->leaving)
            return -1;
        *flit = (struct cycle_flit){t->leaving, 0};
        t->out = OUT_HEAD1;
        break;
    case OUT_HEAD1:
        if (!ready)
            break;
        *flit = (struct cycle_flit){t->leaving, 1};
        t->words_left = t->leaving->flits - 2;
        sent = !t->words_left;
        if (!sent)
            t->out = OUT_BODY;
        break;
    default:
        if (!ready)
            break;
        *flit = (struct cycle_flit){t->leaving, t->leaving->flits - t->words_left};
        sent = !--t->words_left;
    }
    if (sent) {
        t->todo = (uint8_t)later;
        t->member = 0;
        t->leaving = NULL;
        if (!later)
            next_in_line(t);
        if (was_flush || !later) {
            t->out = OUT_WAIT;
            t->bank_full &= (uint8_t)~(1u << t->send);
            t->send = !t->send;
        } else {
            t->out = OUT_ASK;
        }
    }
    if (done->done && !was_flush) {
        const uint8_t bit = (uint8_t)(1u << t->fill);
        t->bank_full |= bit;
        t->bank_poison = (uint8_t)(done->poison ? t->bank_poison | bit : t->bank_poison & ~bit);
        t->bank_seq[t->fill] = (uint16_t)done->seq;
        t->fill = !t->fill;
    }
    if (!enable)
        t->flush = 1;
    else if (was_waiting)
        t->flush = 0;
    if (was_flush && was_waiting) {
        t->bank_full = 0;
        t->fill = t->send = 0;
        t->line = (uint16_t)t->reg[OHM_REG_OUT_LINE0];
        t->line_vec = t->line_at = 0;
    }
    return 0;
}

static struct cycle_packet *short_packet(struct cycle_tile *t, struct ohm_header h, uint32_t payload)
{
    uint32_t words[3] = {0, 0, payload};

    if (h.host) {
        h.x = t->x;
        h.y = t->y;
    }
    ohm_header_encode(&h, words);
    return cycle_packet_new(words, 2 + h.len, 2 + h.len);
}

static struct cycle_packet *answer_packet(struct cycle_tile *t)
{
    struct cycle_packet *p = short_packet(t, (struct ohm_header){.type = OHM_TYPE_CFG_DATA, .host = 1, .len = 1, .seq = t->read_tag,
                                                            .offset = t->read_addr}, t->read_value);

    if (p && t->owner->payload(t->owner->self, t, p)) {
        cycle_packet_drop(p);
        return NULL;
    }
    return p;
}

static struct cycle_packet *credit_packet(struct cycle_tile *t, unsigned entry, const uint16_t *vec_limit, uint16_t ps_limit)
{
    const uint32_t e = t->reg[OHM_REG_RETURN + entry];

    return short_packet(t, (struct ohm_header){.type = OHM_TYPE_CREDIT, .host = OHM_FIELD(e, RETURN_HOST),
                                               .x = OHM_FIELD(e, RETURN_X), .y = OHM_FIELD(e, RETURN_Y),
                                               .chan = OHM_FIELD(e, RETURN_CHAN),
                                               .offset = OHM_FIELD(e, RETURN_PSUM) ? ps_limit : vec_limit[OHM_FIELD(e, RETURN_STREAM)]}, 0);
}

static struct cycle_packet *event_packet(struct cycle_tile *t, unsigned source, uint32_t count, uint32_t detail)
{
    return short_packet(t, (struct ohm_header){.type = OHM_TYPE_EVENT, .host = 1, .len = 1, .seq = count & 0xffff,
                                               .offset = source + 1}, detail);
}

/* stream: whose slot is freed, -1: none */
static uint16_t entries_freed(const struct cycle_tile *t, int stream, int ps_pop)
{
    uint16_t freed = 0;

    for (int i = 0; (stream >= 0 || ps_pop) && i < t->config->nreturn; i++) {
        const uint32_t e = t->reg[OHM_REG_RETURN + i];
        const int is = OHM_FIELD(e, RETURN_PSUM) ? ps_pop : (int)OHM_FIELD(e, RETURN_STREAM) == stream;
        freed |= (uint16_t)((OHM_FIELD(e, RETURN_VALID) && is) << i);
    }
    return freed;
}

/* ---- the tile ---- */

static void streams_valid(const struct cycle_tile *t, uint8_t *valid)
{
    for (int i = 0; i < OHM_REG_STREAM_COUNT; i++)
        valid[i] = i < t->config->nstream && cycle_slots_valid(&t->stream[i]);
}

/* No input that the tile could go on with. */
static int starved(const struct cycle_tile *t)
{
    uint8_t valid[OHM_REG_STREAM_COUNT];

    streams_valid(t, valid);
    if (calibrates(t))
        return !t->calib_left;
    return cycle_window_on(t->config, t->reg) ? cycle_window_idle(&t->window, valid) : !valid[stream_of(t)];
}

static int settled(const struct cycle_tile *t)
{
    return !t->coming && !t->taken && t->fifo_rd == t->fifo_good && !t->entry_valid && !t->read_now && !t->answer_valid
        && (t->desc == DESC_OFF || t->desc == DESC_RUN || t->desc == DESC_REFUSED) && cycle_core_idle(&t->core)
        && (t->desc != DESC_RUN || starved(t)) && !t->pool.done && !t->pool.argmax
        && t->out == OUT_WAIT && !t->bank_full && t->inject == INJECT_IDLE && !t->due && !t->event_due && !t->gone;
}

int cycle_tile_step(struct cycle_tile *t, uint64_t now, const struct cycle_tile *west, const struct cycle_tile *east, struct cycle_flit rx, int tx_ready, struct cycle_flit *tx)
{
    const int enable = t->enable, run = t->desc == DESC_RUN, own = calibrates(t), walks = cycle_window_on(t->config, t->reg);
    const unsigned good = t->fifo_good;
    const int stream = (int)stream_of(t);
    struct cycle_slots *in = input_of(t);
    uint8_t valid[OHM_REG_STREAM_COUNT], poison[OHM_REG_STREAM_COUNT];
    uint16_t vec_limit[OHM_REG_STREAM_COUNT];

    streams_valid(t, valid);
    for (int i = 0; i < OHM_REG_STREAM_COUNT; i++) {
        poison[i] = (uint8_t)cycle_slots_poison(&t->stream[i]);
        vec_limit[i] = cycle_slots_limit(&t->stream[i]);
    }
    const struct cycle_window *w = &t->window;
    const struct cycle_lines lines = walks && enable ? cycle_window_lines(w, valid) : (struct cycle_lines){-1, -1};
    const struct cycle_core_in vectors = {
        .vec_valid = own ? t->calib_left != 0 : walks ? w->full >> w->give & 1 : valid[stream],
        .vec_poison = own ? 0 : walks ? w->poison >> w->give & 1 : poison[stream],
        .vec_seq = own ? t->calib_seq : walks ? w->seq : in->front,
        .ps_valid = cycle_slots_valid(&t->psum), .ps_poison = cycle_slots_poison(&t->psum), .ps_seq = t->psum.front,
        .res_ready = cycle_pool_ready(&t->pool, t->config, t->reg, !t->flush && !(t->bank_full >> t->fill & 1)),
        .slice_held = t->read_now && in_slices(t->config, t->read_addr),
        .link_claim = west && west->link.claim, .link_mark = west && west->link.mark, .link_start = west && west->link.start, .link_poison = west && west->link.pass,
        .link_ready = east && east->link.ready};
    const uint16_t ps_limit = cycle_slots_limit(&t->psum);
    struct cycle_core_out core = {0};
    const int read = t->entry_valid && t->entry.type == OHM_TYPE_CFG_RD;
    const int back = read && in_slices(t->config, t->entry.addr);
    if (read)
        t->read_timed = timed_register(t, t->entry.addr, &t->read_value);
    *tx = (struct cycle_flit){NULL, 0};

    /* injection chooses from what is there now; data flows through */
    const int idle = t->inject == INJECT_IDLE;
    const int take_answer = idle && t->answer_valid, take_credit = idle && !take_answer && t->due;
    const int take_event = idle && !take_answer && !take_credit && t->event_due;
    const unsigned source = first_bit(t->event_due);
    const uint32_t event_count = t->event_count[source], event_detail = t->event_detail[source];
    const unsigned entry = first_bit(t->due);
    const int data_valid = t->out >= OUT_HEAD0, data_ready = t->inject == INJECT_DATA && tx_ready;

    /* lost vectors, one a cycle: streams first. What was lost a cycle ago may have come since; the event is a cycle behind. */
    if (t->gone)
        event(t, OHM_EVENT_LOST, t->gone_seq);
    struct cycle_slots *lost = NULL;
    for (int i = 0; i <= t->config->nstream; i++) {
        struct cycle_slots *s = i < t->config->nstream ? &t->stream[i] : &t->psum;
        const int chosen = !lost && s->missing;

        if (chosen)
            lost = s;
        s->missing = !chosen && cycle_slots_lost(s);
    }
    if (lost && cycle_slots_valid(lost))
        lost = NULL;
    t->gone = enable && lost;
    if (lost)
        t->gone_seq = lost->front;

    /* receiving */
    const int checking = t->check_in == 1, committing = t->commit_in == 1;
    struct cycle_slots *filled = NULL;
    struct cycle_packet *whole = t->taken;
    if (checking)
        check(t);
    if (committing)
        filled = commit(t);
    struct ohm_header h = {0};
    if (committing) {
        h = whole->h;
        cycle_packet_drop(whole);
        t->taken = NULL;
    }
    receive(t, rx);

    /* core */
    if (run) {
        t->core.early_stop = t->early_stop && !t->config->adc;
        cycle_core_step(&t->core, &vectors, &core);
        if (core.begins && t->core.early_stop && t->owner->trips(t->owner->self, t, core.begins_seq, t->core.trips))
            return -1;
    } else {
        cycle_core_stop(&t->core);
        t->core.link.seq = t->calib_seq = t->reg[OHM_REG_SEQ_BASE];
        t->calib_left = t->reg[OHM_REG_CALIB_COUNT] & 0xffffu;
    }
    if (own && core.vec_pop) {
        t->calib_seq++;
        t->calib_left--;
    }
    t->link_next = (struct cycle_link_wires){t->core.link.ready, t->core.link.claim, t->core.link.mark, t->core.link.start, t->core.link.pass};
    t->link_seen = vectors.link_ready;
    step_descriptor(t, enable, back);

    /* windows and pooling */
    const struct cycle_result done = cycle_pool_step(&t->pool, t->config, t->reg,
                                                     (struct cycle_result){core.res_done, core.res_poison, core.res_seq});
    if (!enable) {
        cycle_pool_stop(&t->pool);
        cycle_window_stop(&t->window, t->reg[OHM_REG_SEQ_BASE]);
    } else if (walks) {
        cycle_window_step(&t->window, t->config, t->reg, lines, poison, run, core.vec_pop, core.rsd_pop);
    }
    const int pop = core.vec_pop && !own;
    const int taken = walks ? lines.take : pop ? stream : -1, freed = walks ? lines.pop : pop ? stream : -1;

    /* output and injection */
    if (step_output(t, data_ready, enable, &done, tx))
        return -1;
    if (t->inject == INJECT_SHORT && tx_ready) {
        *tx = t->short_flit;
        if (cycle_is_last(t->short_flit))
            t->inject = INJECT_IDLE;
        t->short_flit.at++;
    } else if (t->inject == INJECT_DATA && tx->p && cycle_is_last(*tx)) {
        t->inject = INJECT_IDLE;
    } else if (take_answer || take_credit || take_event) {
        t->short_flit = (struct cycle_flit){take_answer ? answer_packet(t) : take_credit ? credit_packet(t, entry, vec_limit, ps_limit)
                                                        : event_packet(t, source, event_count, event_detail), 0};
        if (!t->short_flit.p)
            return -1;
        t->inject = INJECT_SHORT;
    } else if (idle && data_valid) {
        t->inject = INJECT_DATA;
    }
    if (take_answer)
        t->answer_valid = t->read_busy = 0;
    if (take_event)
        t->event_due &= (uint8_t)~(1u << source);
    if (take_credit)
        t->due &= (uint16_t)(t->due - 1);
    t->due |= entries_freed(t, freed, core.ps_pop);
    if (!enable)
        t->due = 0;

    /* buffers */
    if (!enable) {
        for (int i = 0; i < t->config->nstream; i++)
            cycle_slots_reset(&t->stream[i], cycle_window_first(t->config, t->reg, (unsigned)i));
        cycle_slots_reset(&t->psum, t->reg[OHM_REG_SEQ_BASE]);
    } else {
        if (filled)
            cycle_slots_commit(filled, (uint16_t)h.seq, h.len, (int)h.poison);
        if (lost)
            cycle_slots_lose(lost);
        if (taken >= 0)
            cycle_slots_hold(&t->stream[taken]);
        if (freed >= 0)
            cycle_slots_pop(&t->stream[freed]);
        if (core.ps_pop) {
            cycle_slots_hold(&t->psum);
            cycle_slots_pop(&t->psum);
        }
    }
    step_config(t, good);
    t->event_due |= t->event_new; /* also of the source that has just been told */
    t->event_new = 0;

    if (!settled(t))
        t->awake_until = now + LINGER;
    return 0;
}

void cycle_tile_init(struct cycle_tile *t, const struct ohm_config *config, const struct cycle_owner *owner, unsigned x, unsigned y)
{
    memset(t, 0, sizeof *t);
    t->config = config;
    t->owner = owner;
    t->x = x;
    t->y = y;
    t->number = y * 16 + x;
    t->router = y * (unsigned)config->mesh_w + x;
    t->flush = 1;
    t->psum.slots = config->psum_slots ? (unsigned)config->psum_slots : 1; /* none: nothing gets there (address_ok) */
    t->psum.expect = 1;
    for (unsigned i = 0; i < OHM_REG_STREAM_COUNT; i++)
        shape_stream(t, i);
}

void cycle_tile_free(struct cycle_tile *t)
{
    if (t->coming)
        cycle_packet_drop(t->coming);
    if (t->taken)
        cycle_packet_drop(t->taken);
    if (t->inject == INJECT_SHORT && t->short_flit.p)
        cycle_packet_drop(t->short_flit.p);
    if (t->leaving)
        cycle_packet_drop(t->leaving);
}
