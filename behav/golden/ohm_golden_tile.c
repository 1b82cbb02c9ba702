/* SPDX-License-Identifier: Apache-2.0
 * Golden model: registers of a tile and the packets that reach it. */
#include "ohm_golden_tile.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_golden_core.h"
#include "ohm_golden_out.h"
#include "ohm_golden_program.h"
#include "ohm_golden_ring.h"
#include "ohm_golden_kinds.h"
#include "ohm_golden_walk.h"

enum { PAYLOAD_CFG_MAX = 64, /* flits of CFG_WR and PROG */
       /* longest payload on the mesh: this or the columns, whichever is more */
       PAYLOAD_MIN = 64 };
/* no tile runs further ahead of another; half the range of signed 16-bit differences */
enum { AHEAD_MAX = 1 << 14 };

/* ---- registers ---- */

static void enable(struct tile *t)
{
    const struct ohm_config *c = &t->g->config;
    const uint32_t base = t->reg[OHM_REG_SEQ_BASE];
    int failed = 0;

    t->program.on = 0;
    const uint32_t detail = t->kind->enable(t);
    t->turn = t->order.first;
    t->behind = t->order.lag;
    ohm_window_reset(t);
    ohm_link_reset(t, 1);
    ohm_calib_reset(t);
    for (int i = 0; i < c->nstream; i++) {
        const uint32_t stream = t->reg[OHM_REG_STREAM + i * OHM_REG_STREAM_STRIDE];
        const uint32_t vec = t->reg[OHM_REG_STREAM_VEC + i * OHM_REG_STREAM_VEC_STRIDE];
        const unsigned asked = 1u << OHM_FIELD(vec, STREAM_VEC_LOG2_SLOTS),
                       slots = asked < (unsigned)c->nslot ? asked : (unsigned)c->nslot;
        uint32_t head = base;
        for (int k = 0; k < OHM_REG_WINDOW_COUNT; k++)
            if (t->plan[0].walk[k].on && t->plan[0].walk[k].stream == (unsigned)i)
                head = t->plan[0].walk[k].line0;
        failed |= slots_reset(&t->stream[i], head, OHM_FIELD(stream, STREAM_BASE), slots,
                              OHM_FIELD(stream, STREAM_SIZE), OHM_FIELD(vec, STREAM_VEC_EXPECT));
    }
    for (unsigned d = 0; d < (unsigned)c->ndesc; d++)
        failed |= slots_reset(
            &t->psum[d], base, 0, (uint32_t)c->psum_slots, ohm_plan_side(c),
            OHM_FIELD(t->reg[OHM_REG_DESC_SIZE + d * OHM_REG_DESC_SIZE_DESC], DESC_SIZE_OUTS1)
                + 1);
    if (failed) {
        ohm_golden_fault(t->g, "golden model: out of memory");
        return;
    }

    memset(t->counter, 0, (OHM_REG_CNT_EVENT - OHM_REG_CNT_VMM) * sizeof *t->counter);
    t->credit_seen = 0;
    t->enabled = 1;
    t->bad_desc = detail != 0;
    t->stale_plan = 0;
    if (t->bad_desc)
        ohm_tile_event(t, OHM_EVENT_BAD_DESC, detail);
}

/* The chip may throw away vectors in flight, so what is still expected of them may come or not. */
static void disable(struct tile *t)
{
    struct vmm_ring *r = &t->ring;

    if (t->kind->disable)
        t->kind->disable(t);
    for (uint64_t i = ohm_ring_oldest(t); i < r->tail; i++) {
        struct vmm *v = vmm_at(r, i);
        v->abandoned = 1;
        if (i >= r->done)
            v->nres = 0;
    }
    r->done = r->tail;
    ohm_tile_abandon(t);
    ohm_program_disable(t);
    ohm_link_reset(t, 0);
    t->enabled = 0;
    t->bad_desc = 0;
}

/* The word of the tile that keeps what was written to a register. */
static uint32_t *kept(struct tile *t, const struct ohm_reg *r, unsigned addr)
{
    const unsigned entry = (addr - r->address) / r->stride;

    switch (r->of) {
    case OHM_REGISTER_COLMAP: return &t->colmap[r->desc][entry];
    case OHM_REGISTER_BIAS: return &t->bias[r->desc][entry];
    case OHM_REGISTER_SCALE: return &t->scale[r->desc][entry];
    case OHM_REGISTER_TABLE: return &t->table[entry];
    case OHM_REGISTER_TRIM: return &t->trim[r->desc][entry];
    case OHM_REGISTER_REFCOEF: return &t->refcoef[r->desc][entry];
    case OHM_REGISTER_DRIVE_1: return &t->drive[r->desc][entry];
    case OHM_REGISTER_RAMP_TAB: return &t->ramp_tab[entry];
    default: return &t->reg[addr];
    }
}

/* A write to what can only be read is ignored. */
static void write_register(struct tile *t, unsigned addr, uint32_t value)
{
    const struct ohm_reg *r = ohm_reg_at(t->regs, addr);

    if (!r || !(r->access & OHM_WRITE))
        return;
    t->stale_plan = 1;
    if (addr >= OHM_REG_VSHAPE) {
        t->kind->write(t, addr, value);
        return;
    }
    *kept(t, r, addr) = value;

    if (addr == OHM_REG_MACRO_TIME)
        ohm_array_set_time(t->array, value);
    if (addr == OHM_REG_CTRL) {
        const int on = OHM_FIELD(value, CTRL_ENABLE) != 0;
        if (on && !t->enabled) {
            enable(t);
            ohm_tile_run(t); /* what has come on a link meanwhile */
        }
        else if (!on && t->enabled)
            disable(t);
    }
}

uint32_t ohm_tile_read(const struct tile *t, unsigned addr)
{
    const struct ohm_config *c = &t->g->config;
    const struct ohm_reg *r = ohm_reg_at(t->regs, addr);

    if (!r || !(r->access & OHM_READ))
        return 0;
    if (addr >= OHM_REG_VSHAPE)
        return t->kind->read(t, addr);
    switch ((enum ohm_register)(r - t->regs->reg)) {
    case OHM_REGISTER_ID: return OHM_ID_VALUE;
    case OHM_REGISTER_SHAPE:
        return OHM_PLACE(t->kind->cells ? c->rows : 0, SHAPE_ROWS) | OHM_PLACE(c->cols, SHAPE_COLS);
    case OHM_REGISTER_STATUS:
        return OHM_PLACE(t->ring.done != t->ring.tail, STATUS_BUSY)
             | OHM_PLACE(t->bad_desc, STATUS_BAD_DESC);
    case OHM_REGISTER_SEQ_HEAD: return t->kind->head(t);
    case OHM_REGISTER_CALIB_SUM: return ohm_calib_read(t, addr);
    case OHM_REGISTER_CNT_PROGRAM_ROW:
    case OHM_REGISTER_CNT_PROGRAM_FAIL:
    case OHM_REGISTER_CNT_PROGRAM_PULSE:
    case OHM_REGISTER_CNT_PROGRAM_CELL:
    case OHM_REGISTER_CNT_PROGRAM_READ: return ohm_program_counter(t, addr);
    default: break;
    }
    return addr >= OHM_REG_CNT_VMM && addr < OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT
         ? t->counter[addr - OHM_REG_CNT_VMM] : t->reg[addr];
}

/* Bits of an answer that are compared. A `w` table reads as 0; what no field has is left open, and
 * so is what depends on time. Calibration sums do not, once the chip has shown all that the model
 * has computed: one vector may be on its way into them, but no answer is so quick. */
static uint32_t compared_bits(struct tile *t, unsigned addr)
{
    const struct ohm_reg *r = ohm_reg_at(t->regs, addr);

    if (!r || !(r->access & OHM_READ))
        return UINT32_MAX;
    if (addr >= OHM_REG_VSHAPE && t->kind->known && !t->kind->known(t, addr))
        return 0;
    if (r == &t->regs->reg[OHM_REGISTER_CALIB_SUM])
        return ohm_result_front(&t->ring) ? 0 : r->mask;
    return r->live ? 0 : r->mask;
}

static void read_register(struct tile *t, const struct ohm_header *h)
{
    const uint32_t value = ohm_tile_read(t, h->offset);

    if (!t->g->checking) {
        ohm_tile_to_host(
            t,
            (struct ohm_header){
                .type = OHM_TYPE_CFG_DATA, .len = 1, .seq = h->seq, .offset = h->offset},
            &value);
        return;
    }
    if (t->nread == sizeof t->read / sizeof t->read[0])
        memmove(t->read, t->read + 1, --t->nread * sizeof t->read[0]);
    t->read[t->nread++] = (struct read_wait){.tag = h->seq, .addr = h->offset, .value = value,
                                             .mask = compared_bits(t, h->offset)};
}

/* ---- packets that arrive ---- */

/* Refuses with an event code and a reason. */
#define REFUSE(event, ...) return ohm_fail(err, __VA_ARGS__), OHM_EVENT_##event

static int refuses_vector(const struct tile *t, const struct ohm_header *h, int from_host,
                          struct ohm_error *err)
{
    const int act = h->type == OHM_TYPE_ACT;
    const char *name = ohm_type_name(h->type);

    const unsigned side = ohm_plan_side(&t->g->config);
    const unsigned max = side > PAYLOAD_MIN ? side : PAYLOAD_MIN;

    if (h->poison ? h->len != 0 : h->len < 1 || h->len > max)
        REFUSE(BAD_LENGTH, "tile (%u,%u): %s: LEN %u, expected %u to %u", t->x, t->y, name, h->len,
               !h->poison, h->poison ? 0 : max);
    if (!t->enabled)
        REFUSE(DISABLED, "tile (%u,%u): %s for a disabled tile", t->x, t->y, name);
    if (t->program.on && (!act || h->chan != t->program.plan.stream))
        REFUSE(DISABLED, "tile (%u,%u): %s, expected targets for the programming engine", t->x,
               t->y, name);
    if (h->chan >= (unsigned)(act ? t->g->config.nstream : t->g->config.ndesc))
        REFUSE(BAD_ADDR, "tile (%u,%u): %s: CHAN %u, expected less than %d", t->x, t->y, name,
               h->chan, act ? t->g->config.nstream : t->g->config.ndesc);

    if (!act && !t->kind->cells)
        REFUSE(BAD_ADDR, "tile (%u,%u): PSUM, which a %s does not take", t->x, t->y,
               t->kind->name);
    if (!act && !t->g->config.psum_slots)
        REFUSE(BAD_ADDR, "tile (%u,%u): PSUM, PSUM_SLOTS of the configuration is 0", t->x, t->y);

    const struct slots *s = act ? &t->stream[h->chan] : &t->psum[h->chan];
    const int ahead = slot_ahead(s, h->seq);
    if (h->offset + h->len > s->words)
        REFUSE(BAD_ADDR, "tile (%u,%u): %s: words %u to %u, the slot has %u", t->x, t->y, name,
               h->offset, h->offset + h->len - 1, s->words);
    const uint32_t end = s->base + h->seq % s->count * s->words + h->offset + h->len;
    if (act && end > (uint32_t)t->g->config.ibuf_words)
        REFUSE(BAD_ADDR, "tile (%u,%u): ACT: slot up to word %u of the input buffer, which has %d",
               t->x, t->y, end - 1, t->g->config.ibuf_words);
    if (ahead < 0 || ahead >= (from_host ? (int)s->count : AHEAD_MAX))
        REFUSE(NO_SLOT, "tile (%u,%u): %s: sequence number %u, expected %u to %u", t->x, t->y, name,
               h->seq, s->head & 0xffffu, (s->head + s->count - 1) & 0xffffu);
    if ((uint32_t)ahead < s->capacity
        && (*slot_got(s, s->head + (uint32_t)ahead) & (SLOT_WHOLE | SLOT_POISON)) == SLOT_WHOLE)
        REFUSE(NO_SLOT, "tile (%u,%u): %s: sequence number %u is complete already", t->x, t->y,
               name, h->seq);
    return 0;
}

static int refuses_program(const struct tile *t, const struct ohm_header *h,
                           const uint32_t *payload, struct ohm_error *err)
{
    const unsigned rows = (unsigned)t->g->config.rows, cols = (unsigned)t->g->config.cols;

    if (t->enabled && t->program.on)
        REFUSE(DISABLED, "tile (%u,%u): PROG while the programming engine runs", t->x, t->y);
    if (!t->kind->cells)
        REFUSE(BAD_ADDR, "tile (%u,%u): PROG, a %s has no cells", t->x, t->y, t->kind->name);
    if (h->chan > 1)
        REFUSE(BAD_ADDR, "tile (%u,%u): PROG: device %u, expected 0 or 1", t->x, t->y, h->chan);
    if (h->offset >= rows || h->seq + 2 * h->len > cols + 1)
        REFUSE(BAD_ADDR,
               "tile (%u,%u): PROG: row %u, columns %u to %u, the macro has %u rows, %u columns",
               t->x, t->y, h->offset, h->seq, h->seq + 2 * h->len - 1, rows, cols);
    for (unsigned i = 0; i < 2 * h->len && h->seq + i < cols; i++) {
        const unsigned code = (payload[i / 2] >> (i % 2 * 16)) & 0xffffu;
        if (code > 16384)
            REFUSE(BAD_ADDR, "tile (%u,%u): PROG: row %u column %u: code %u, expected 0 to 16384",
                   t->x, t->y, h->offset, h->seq + i, code);
    }
    return 0;
}

int ohm_tile_refuses(const struct tile *t, const struct ohm_header *h, const uint32_t *payload,
                     int from_host, struct ohm_error *err)
{
    switch (h->type) {
    case OHM_TYPE_ACT:
    case OHM_TYPE_PSUM:
        return refuses_vector(t, h, from_host, err);
    case OHM_TYPE_CFG_WR:
    case OHM_TYPE_PROG:
        if (h->len < 1 || h->len > PAYLOAD_CFG_MAX)
            REFUSE(BAD_LENGTH, "tile (%u,%u): %s: LEN %u, expected 1 to %d", t->x, t->y,
                   ohm_type_name(h->type), h->len, PAYLOAD_CFG_MAX);
        if (h->type == OHM_TYPE_PROG)
            return refuses_program(t, h, payload, err);
        for (unsigned i = 0; i < h->len; i++)
            if (!ohm_reg_at(t->regs, h->offset + i))
                REFUSE(BAD_ADDR, "tile (%u,%u): CFG_WR: address 0x%04x is no register", t->x, t->y,
                       h->offset + i);
        return 0;
    case OHM_TYPE_CFG_RD:
    case OHM_TYPE_CREDIT:
        if (h->len)
            REFUSE(BAD_LENGTH, "tile (%u,%u): %s: LEN %u, expected 0", t->x, t->y,
                   ohm_type_name(h->type), h->len);
        if (h->type == OHM_TYPE_CFG_RD && !ohm_reg_at(t->regs, h->offset))
            REFUSE(BAD_ADDR, "tile (%u,%u): CFG_RD: address 0x%04x is no register", t->x, t->y,
                   h->offset);
        if (h->type == OHM_TYPE_CREDIT && h->chan >= (unsigned)t->g->config.ncredit)
            REFUSE(BAD_ADDR, "tile (%u,%u): CREDIT: CHAN %u, expected less than %d", t->x, t->y,
                   h->chan, t->g->config.ncredit);
        return 0;
    default:
        REFUSE(BAD_TYPE, "tile (%u,%u): packet type %u (%s), expected one for a tile", t->x, t->y,
               h->type, ohm_type_name(h->type));
    }
}

void ohm_tile_take(struct tile *t, const struct ohm_header *h, const uint32_t *payload)
{
    switch (h->type) {
    case OHM_TYPE_ACT:
    case OHM_TYPE_PSUM: {
        struct slots *s = h->type == OHM_TYPE_ACT ? &t->stream[h->chan] : &t->psum[h->chan];
        if (slots_reach(s, (uint32_t)slot_ahead(s, h->seq))) {
            ohm_golden_fault(t->g, "golden model: out of memory");
            return;
        }
        slots_write(s, h, payload);
        ohm_tile_run(t);
        break;
    }
    case OHM_TYPE_CFG_WR:
        for (unsigned i = 0; i < h->len; i++)
            write_register(t, h->offset + i, payload[i]);
        break;
    case OHM_TYPE_PROG:
        for (unsigned i = 0; i < 2 * h->len && h->seq + i < (unsigned)t->g->config.cols; i++)
            if (ohm_array_program(t->array, h->chan, h->offset, h->seq + i,
                                  (payload[i / 2] >> (i % 2 * 16)) & 0xffffu, &t->g->fault))
                return;
        break;
    case OHM_TYPE_CFG_RD:
        read_register(t, h);
        break;
    case OHM_TYPE_CREDIT: {
        uint32_t *limit = &t->reg[OHM_REG_CREDIT + h->chan];
        if ((int16_t)(uint16_t)(h->offset - *limit) > 0)
            *limit = h->offset;
        break;
    }
    default:
        break;
    }
}

struct tile *ohm_tile_new(struct ohm_golden *g, unsigned x, unsigned y,
                          const struct ohm_device_model *device, uint64_t seed,
                          struct ohm_error *err)
{
    struct tile *t = calloc(1, sizeof *t);

    if (!t) {
        ohm_fail(err, "golden model: out of memory");
        return NULL;
    }
    t->g = g;
    t->x = x;
    t->y = y;
    t->number = y * 16 + x;
    const enum ohm_kind kind = ohm_config_kind(&g->config, (int)x, (int)y);
    t->kind = kinds[kind];
    t->regs = &g->regs[kind];
    if (t->kind->make(t, device, seed, err)) {
        ohm_tile_free(t);
        return NULL;
    }
    return t;
}

void ohm_tile_free(struct tile *t)
{
    if (!t)
        return;
    if (!t->g->shares && t->array)
        ohm_array_free(t->array);
    if (t->kind->free)
        t->kind->free(t);
    for (int i = 0; i < OHM_REG_STREAM_COUNT; i++)
        slots_free(&t->stream[i]);
    for (int d = 0; d < OHM_DESC_MAX; d++)
        slots_free(&t->psum[d]);
    for (uint32_t i = 0; i < t->ring.capacity; i++)
        ohm_vmm_free(t->ring.at[i]);
    free(t->ring.at);
    ohm_fifo_free(&t->residual);
    ohm_fifo_free(&t->linked);
    ohm_fifo_free(&t->expected);
    free(t);
}
