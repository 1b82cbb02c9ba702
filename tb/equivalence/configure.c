/* SPDX-License-Identifier: Apache-2.0
 * The host's packets that set a random chip up, and those that tiles refuse. */
#include <string.h>

#include "equivalence.h"
#include "ohm_adc.h"

int send_packet(const struct ohm_backend *b, int class, struct ohm_header h,
                const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error refused;

    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *flits);
    return b->send(b->self, class, flits, 2 + h.len,
                   &refused); /* models say what tiles refuse, the RTL does not */
}

struct ohm_header to_tile(const struct tile *t, unsigned type)
{
    return (struct ohm_header){.type = type, .x = t->x, .y = t->y};
}

void write_registers(const struct ohm_backend *b, const struct tile *t, unsigned addr,
                     const uint32_t *words, unsigned n)
{
    struct ohm_header h = to_tile(t, OHM_TYPE_CFG_WR);

    h.offset = addr;
    h.len = n;
    send_packet(b, 1, h, words);
}

void write_one(const struct ohm_backend *b, const struct tile *t, unsigned addr, uint32_t word)
{
    write_registers(b, t, addr, &word, 1);
}

static void configure_windows(const struct problem *p, const struct ohm_backend *b,
                              const struct tile *t)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct walk *w = &t->walk[i];
        const uint32_t words[5] = {
            OHM_PLACE(w->on, WINDOW_ON) | OHM_PLACE(w->is_signed, WINDOW_SIGNED)
                | OHM_PLACE(w->stream, WINDOW_STREAM) | OHM_PLACE(w->pad, WINDOW_PAD),
            OHM_PLACE(w->lines - 1, WINDOW_MAP_LINES1)
                | OHM_PLACE(w->pixels - 1, WINDOW_MAP_PIXELS1),
            OHM_PLACE(w->pitch, WINDOW_PIXEL_PITCH) | OHM_PLACE(w->from, WINDOW_PIXEL_FIRST)
                | OHM_PLACE(w->count - 1, WINDOW_PIXEL_COUNT1),
            OHM_PLACE(w->height - 1, WINDOW_KERNEL_H1) | OHM_PLACE(w->width - 1, WINDOW_KERNEL_W1)
                | OHM_PLACE(w->stride, WINDOW_KERNEL_STRIDE) | OHM_PLACE(w->top, WINDOW_KERNEL_TOP)
                | OHM_PLACE(w->across, WINDOW_KERNEL_ACROSS)
                | OHM_PLACE(w->left, WINDOW_KERNEL_LEFT),
            t->feed[i].first};
        write_registers(b, t, OHM_REG_WINDOW + i * OHM_REG_WINDOW_STRIDE, words, 5);
    }
    const uint32_t words[8] = {
        OHM_PLACE(t->block_rows - 1, BLOCK_MAP_ROWS1)
            | OHM_PLACE(t->block_cols - 1, BLOCK_MAP_COLS1),
        OHM_PLACE(t->block_first, BLOCK_STEP_FIRST) | OHM_PLACE(t->block_step, BLOCK_STEP_STEP),
        t->pool,
        t->pool_mean,
        t->rscale,
        OHM_PLACE(t->leave_parts - 1, OUT_LINE_VECS1) | OHM_PLACE(t->leave_step, OUT_LINE_STEP),
        t->leave_first,
        t->class0};
    write_registers(b, t, OHM_REG_BLOCK_MAP, words, 8);
    if (t->walk[1].on) {
        const unsigned at = t->walk[1].stream * OHM_REG_STREAM_STRIDE;
        write_one(b, t, OHM_REG_STREAM + at,
                  OHM_PLACE(p->config.ibuf_words / 2, STREAM_BASE)
                      | OHM_PLACE(t->feed[1].words, STREAM_SIZE));
        write_one(b, t, OHM_REG_STREAM_VEC + at,
                  OHM_PLACE(t->feed[1].words, STREAM_VEC_EXPECT)
                      | OHM_PLACE(t->feed[1].log2_slots, STREAM_VEC_LOG2_SLOTS));
    }
}

/* Where outputs go, with which credits, and to whom the tile returns its own. */
static void configure_paths(const struct problem *p, const struct ohm_backend *b,
                            const struct tile *t)
{
    const unsigned sent = OHM_FIELD(t->pool, POOL_ARGMAX) ? 2 : t->outs;
    const uint32_t first = t->walk[0].on ? t->leave_first : p->first;
    unsigned entry = 0;

    write_one(b, t, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    write_one(b, t, OHM_REG_ROUTE_PART,
              OHM_PLACE(sent - 1, ROUTE_PART_COUNT1) | OHM_PLACE(HOST_ENTRY, ROUTE_PART_CREDIT));
    write_one(b, t, OHM_REG_CREDIT + HOST_ENTRY, (first + 30000) & 0xffff);
    if (t->to >= 0) {
        const struct tile *n = &p->tile[t->to];
        const uint32_t limit = t->to_psum ? p->first + (uint32_t)p->config.psum_slots
                                          : n->feed[0].first + (1u << n->feed[0].log2_slots);
        write_one(b, t, OHM_REG_ROUTE + 2,
                  OHM_PLACE(t->to_psum ? OHM_TYPE_PSUM : OHM_TYPE_ACT, H0_TYPE)
                      | OHM_PLACE(n->x, H0_X) | OHM_PLACE(n->y, H0_Y));
        write_one(b, t, OHM_REG_ROUTE_PART + 2,
                  OHM_PLACE(t->outs - 1, ROUTE_PART_COUNT1)
                      | OHM_PLACE(TILE_ENTRY, ROUTE_PART_CREDIT));
        write_one(b, t, OHM_REG_CREDIT + TILE_ENTRY, limit & 0xffff);
    } else if (p->config.nroute > 1) {
        write_one(b, t, OHM_REG_ROUTE + 2, 0);
    }
    if (t->in < 0)
        write_one(b, t, OHM_REG_RETURN + entry++,
                  OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    else
        write_one(b, t, OHM_REG_RETURN + entry++,
                  OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(p->tile[t->in].x, RETURN_X)
                      | OHM_PLACE(p->tile[t->in].y, RETURN_Y) | OHM_PLACE(TILE_ENTRY, RETURN_CHAN));
    if (t->psum >= 0)
        write_one(b, t, OHM_REG_RETURN + entry++,
                  OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_PSUM)
                      | OHM_PLACE(p->tile[t->psum].x, RETURN_X)
                      | OHM_PLACE(p->tile[t->psum].y, RETURN_Y)
                      | OHM_PLACE(TILE_ENTRY, RETURN_CHAN));
    if (t->walk[1].on)
        write_one(b, t, OHM_REG_RETURN + entry,
                  OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                      | OHM_PLACE(t->walk[1].stream, RETURN_STREAM) | OHM_PLACE(1, RETURN_CHAN));
    if (p->config.ndesc > 1)
        configure_several(p, b, t, entry + t->walk[1].on);
}

void configure_tile(struct problem *p, const struct ohm_backend *b, int i)
{
    const struct tile *t = &p->tile[i];
    const unsigned words = t->feed[0].words;

    write_one(b, t, OHM_REG_SEQ_BASE, p->first);
    write_one(b, t, OHM_REG_DESC, t->desc);
    write_one(b, t, OHM_REG_DESC_SIZE, t->size);
    write_registers(b, t, OHM_REG_SLICE, t->slice, 2 * (unsigned)OHM_FIELD(t->desc, DESC_NSLICE));
    write_one(b, t, OHM_REG_STREAM, OHM_PLACE(words, STREAM_SIZE));
    write_one(b, t, OHM_REG_STREAM_VEC,
              OHM_PLACE(words, STREAM_VEC_EXPECT)
                  | OHM_PLACE(t->feed[0].log2_slots, STREAM_VEC_LOG2_SLOTS));
    if (p->config.window)
        configure_windows(p, b, t);
    write_one(b, t, OHM_REG_MACRO_LSB, t->lsb);
    write_one(b, t, OHM_REG_MACRO_TIME, p->time);
    if (p->config.link_w) {
        write_one(b, t, OHM_REG_LINK, t->link);
        write_one(b, t, OHM_REG_LINK_BIAS, t->link_bias);
    }
    if (p->config.modes) {
        write_registers(b, t, OHM_REG_SLICE_EXT, t->ext, (unsigned)OHM_FIELD(t->desc, DESC_NSLICE));
        write_registers(b, t, OHM_REG_TRIM, t->trim, t->cols);
        write_registers(b, t, OHM_REG_REFCOEF, t->refcoef, t->outs);
    }
    write_registers(b, t, OHM_REG_COLMAP, t->colmap, t->cols);
    write_registers(b, t, OHM_REG_BIAS, t->bias, t->outs);
    write_registers(b, t, OHM_REG_SCALE, t->scale, t->outs);
    for (unsigned n = 0; n < 256 && p->config.modes; n += 64) {
        write_registers(b, t, OHM_REG_TABLE + n, t->table + n, 64);
        if (ohm_adc_pins(p->config.adc) == OHM_ADC_PINS_COMPARATORS)
            write_registers(b, t, OHM_REG_RAMP_TAB + n, t->ramp_tab + n, 64);
    }
    configure_paths(p, b, t);
    for (unsigned dev = 0; dev < 2; dev++)
        for (unsigned row = 0; row < t->rows; row++) {
            uint32_t codes[SIDE / 2];
            for (unsigned c = 0; c < SIDE / 2; c++)
                codes[c] = draw(p, 16385) | draw(p, 16385) << 16;
            struct ohm_header h = to_tile(t, OHM_TYPE_PROG);
            h.chan = dev;
            h.offset = row;
            h.len = SIDE / 2;
            send_packet(b, 1, h, codes);
        }
}

void send_bad(struct problem *p, const struct ohm_backend *b)
{
    const struct tile *t = &p->tile[draw(p, (unsigned)p->tiles)];
    const uint32_t payload[4] = {0, 0xffffffff, 0, 0};
    struct ohm_header h = to_tile(t, OHM_TYPE_CFG_WR);
    int class = 1;

    h.len = 1;
    switch (draw(p, BAD_KINDS)) {
    case 0: h.offset = 0x7777; break;
    case 1: h.len = 0; break;
    case 2:
        h.type = OHM_TYPE_PROG;
        h.offset = (unsigned)p->config.rows;
        break;
    case 3:
        h.type = OHM_TYPE_PROG;
        h.len = 2;
        break; /* code above G_max */
    case 4:
        h.type = OHM_TYPE_ACT;
        h.chan = 9;
        class = 0;
        break;
    case 5:
        h.type = OHM_TYPE_ACT;
        h.seq = (p->first - 200) & 0xffff;
        class = 0;
        break;
    case 6:
        h.type = OHM_TYPE_CREDIT;
        h.chan = 15;
        h.len = 0;
        break;
    default:
        h.type = OHM_TYPE_ACT;
        h.offset = 200;
        h.seq = p->first & 0xffff;
        class = 0;
    }
    send_packet(b, class, h, payload);
}

void enable_bad(struct problem *p, const struct ohm_backend *b, int i)
{
    const struct tile *t = &p->tile[i];
    const unsigned k = draw(p, (unsigned)OHM_FIELD(t->desc, DESC_NSLICE)), c = draw(p, t->cols);
    const struct change at[] = {{OHM_REG_DESC, t->desc, 0, 28},
              {OHM_REG_DESC, t->desc, 30, 2},
              {OHM_REG_LINK, t->link, 0, 16},
              {OHM_REG_LINK_BIAS, t->link_bias, 0, 24},
              {OHM_REG_DESC_SIZE, t->size, 0, 30},
              {OHM_REG_SLICE + 2 * k, t->slice[2 * k], 0, 16},
              {OHM_REG_SLICE + 2 * k, t->slice[2 * k], 20, 1},
              {OHM_REG_SLICE_RAMP + 2 * k, t->slice[2 * k + 1], 0, 32},
              {OHM_REG_MACRO_LSB, t->lsb, 0, 32},
              {OHM_REG_COLMAP + c, t->colmap[c], 16, 16},
              {OHM_REG_POOL, t->pool, 0, 32},
              {OHM_REG_POOL_MEAN, t->pool_mean, 16, 6},
              {OHM_REG_WINDOW,
               OHM_PLACE(t->walk[0].on, WINDOW_ON) | OHM_PLACE(t->walk[0].is_signed, WINDOW_SIGNED)
                   | OHM_PLACE(t->walk[0].pad, WINDOW_PAD),
               0, 2},
              {OHM_REG_WINDOW_KERNEL,
               OHM_PLACE(t->walk[0].height - 1, WINDOW_KERNEL_H1)
                   | OHM_PLACE(t->walk[0].width - 1, WINDOW_KERNEL_W1)
                   | OHM_PLACE(t->walk[0].stride, WINDOW_KERNEL_STRIDE)
                   | OHM_PLACE(t->walk[0].across, WINDOW_KERNEL_ACROSS)
                   | OHM_PLACE(t->walk[0].top, WINDOW_KERNEL_TOP)
                   | OHM_PLACE(t->walk[0].left, WINDOW_KERNEL_LEFT),
               0, 12}};
    const unsigned which = draw(p, sizeof at / sizeof at[0] - (p->maps ? 0 : 4));
    const int several = (t->mask & ~1u) && chance(p, 60);
    const struct change bad = several ? bad_several(p, t) : at[which];
    uint32_t word = bad.good;

    for (unsigned n = 1 + draw(p, 3); n; n--)
        word |= 1u << (bad.first + draw(p, bad.bits));
    write_one(b, t, bad.addr, word);
    write_one(b, t, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
    if (chance(p, 50)) { /* a slice word is read back during the check */
        struct ohm_header r = to_tile(t, OHM_TYPE_CFG_RD);
        r.offset = p->config.modes && chance(p, 50) ? OHM_REG_SLICE_EXT : OHM_REG_SLICE;
        if (p->config.ndesc > 1 && chance(p, 50) && (t->mask & 2u)) /* its words are written */
            r.offset += OHM_REG_SLICE_DESC;
        send_packet(b, 1, r, NULL);
    }
    const int walks = p->config.ndesc > 1 ? 3 : 1;
    for (int n = 0; n < walks * (4 + p->config.cols / 3); n++) /* the check takes a while */
        write_one(b, t, OHM_REG_SEQ_BASE, p->first);
    write_one(b, t, OHM_REG_CTRL, 0);
    write_one(b, t, bad.addr, bad.good);
}
