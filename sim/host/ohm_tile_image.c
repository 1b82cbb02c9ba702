/* SPDX-License-Identifier: Apache-2.0
 * What the host writes into one tile: registers and cell codes, from its place in the mapping. */
#include <math.h>
#include <string.h>

#include "ohm_mapper.h"
#include "ohm_packet.h"

#define PIECE 64 /* words of one CFG_WR */
#define KIND_DATA 1
#define MODE_PSUM 0
#define MODE_Y 1
#define MODE_V 2

struct image {
    const struct ohm_mapping *m;
    const struct ohm_tile_map *t;
    ohm_emit emit;
    void *user;
};

static int emit_all(const struct image *g, unsigned addr, const uint32_t *words, int count)
{
    for (int i = 0; i < count; i += PIECE) {
        int rc = g->emit(g->user, addr + (unsigned)i, words + i, count - i < PIECE ? count - i : PIECE);
        if (rc)
            return rc;
    }
    return 0;
}

static int emit_descriptor(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    const struct ohm_layer *l = &g->m->net->layers[t->layer];
    int is_signed = ohm_net_signed(g->m->net, t->layer), exact = g->m->kind == OHM_MAPPING_EXACT;
    int bits = is_signed ? 7 : 8, slices = exact ? bits : 1;
    unsigned mode = !t->tail ? MODE_PSUM : l->output == OHM_OUTPUT_S32 ? MODE_V : MODE_Y;
    uint32_t desc[2] = {
        OHM_PLACE(mode, DESC_MODE) | OHM_PLACE(t->row_part > 0, DESC_PSUM) | OHM_PLACE(is_signed, DESC_SIGNED)
            | OHM_PLACE(l->activation == OHM_ACTIVATION_RELU, DESC_RELU) | OHM_PLACE(l->output == OHM_OUTPUT_S8, DESC_OSIGNED)
            | OHM_PLACE(slices, DESC_NSLICE) | OHM_PLACE(t->shift, DESC_SHIFT),
        OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(t->outs - 1, DESC_SIZE_OUTS1)};
    int rc = emit_all(g, OHM_REG_DESC, desc, 2);
    uint32_t slice[2 * OHM_REG_SLICE_COUNT];
    int start = exact ? -OHM_EXACT_RAMP : -128, stop = exact ? OHM_EXACT_RAMP : 127;
    for (int i = 0; i < slices; i++) {
        slice[2 * i] = OHM_PLACE(exact ? i : 0, SLICE_LO) | OHM_PLACE(exact ? 1 : bits, SLICE_W);
        slice[2 * i + 1] = OHM_PLACE(start, SLICE_RAMP_START) | OHM_PLACE(stop, SLICE_RAMP_STOP);
    }
    return rc ? rc : emit_all(g, OHM_REG_SLICE, slice, 2 * slices);
}

static int emit_columns(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    int per = t->cols / t->outs; /* columns of one output, lowest bits first */
    uint32_t words[OHM_REG_COLMAP_COUNT];
    for (int c = 0; c < t->cols; c++)
        words[c] = OHM_PLACE(t->gain, COLMAP_GAIN) | OHM_PLACE(c / per, COLMAP_OUT)
                 | OHM_PLACE(2 * (c % per), COLMAP_SHIFT) | OHM_PLACE(KIND_DATA, COLMAP_KIND);
    return emit_all(g, OHM_REG_COLMAP, words, t->cols);
}

/* Bias and scale in accumulator units. In the exact mapping unit and shift are powers of two and nothing is rounded. */
static int emit_post(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    const struct ohm_layer *l = &g->m->net->layers[t->layer];
    double unit = g->m->layers[t->layer].unit;
    uint32_t words[OHM_REG_BIAS_COUNT];
    if (!t->tail)
        return 0;
    for (int o = 0; o < t->outs; o++)
        words[o] = (uint32_t)(int32_t)floor(l->bias[t->out0 + o] * unit + 0.5);
    int rc = emit_all(g, OHM_REG_BIAS, words, t->outs);
    if (rc || !l->scale)
        return rc;
    for (int o = 0; o < t->outs; o++)
        words[o] = (uint32_t)(int32_t)floor(ldexp(l->scale[t->out0 + o], t->shift - l->shift) / unit + 0.5);
    return emit_all(g, OHM_REG_SCALE, words, t->outs);
}

static int emit_buffers(const struct image *g)
{
    const struct ohm_mapping *m = g->m;
    uint32_t words[2 * OHM_REG_STREAM_COUNT] = {0};
    int size = (g->t->rows + 3) / 4;
    words[0] = OHM_PLACE(size, STREAM_SIZE);
    words[1] = OHM_PLACE(size, STREAM_VEC_EXPECT) | OHM_PLACE(m->log2_slots, STREAM_VEC_LOG2_SLOTS);
    int rc = emit_all(g, OHM_REG_STREAM, words, 2);
    uint32_t macro[2] = {g->t->lsb, m->seconds}; /* MACRO_LSB, MACRO_TIME */
    return rc ? rc : emit_all(g, OHM_REG_MACRO_LSB, macro, 2);
}

static int emit_routes(const struct image *g, uint32_t first)
{
    const struct ohm_mapping *m = g->m;
    const struct ohm_tile_map *t = g->t;
    uint32_t route[2 * OHM_REG_ROUTE_COUNT] = {0}, credit[OHM_REG_CREDIT_COUNT] = {0}, ret[OHM_REG_RETURN_COUNT] = {0};
    for (int i = 0; i < t->route_count; i++) {
        const struct ohm_route *r = &t->routes[i];
        route[2 * i] = OHM_PLACE(r->type, H0_TYPE) | OHM_PLACE(r->y, H0_Y) | OHM_PLACE(r->x, H0_X)
                     | OHM_PLACE(r->host, H0_HOST) | OHM_PLACE(r->mc, H0_MC) | OHM_PLACE(r->chan, H0_CHAN);
        route[2 * i + 1] = OHM_PLACE(r->first, ROUTE_PART_FIRST) | OHM_PLACE(r->count - 1, ROUTE_PART_COUNT1)
                         | OHM_PLACE(r->offset, ROUTE_PART_OFFSET) | OHM_PLACE(r->credit, ROUTE_PART_CREDIT);
        int room = r->host ? m->result_window : r->type == OHM_TYPE_PSUM ? m->config.psum_slots : 1 << m->log2_slots;
        for (int k = 0; k <= (int)r->mc; k++)
            credit[r->credit + k] = (first + (uint32_t)room) & 0xFFFF;
    }
    for (int i = 0; i < t->return_count; i++) {
        const struct ohm_return *r = &t->returns[i];
        const struct ohm_tile_map *to = r->host ? t : &m->tiles[r->tile];
        ret[i] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(r->psum, RETURN_PSUM) | OHM_PLACE(r->host, RETURN_HOST)
               | OHM_PLACE(to->y, RETURN_Y) | OHM_PLACE(to->x, RETURN_X) | OHM_PLACE(r->chan, RETURN_CHAN);
    }
    int rc = emit_all(g, OHM_REG_ROUTE, route, 2 * m->config.nroute);
    if (!rc)
        rc = emit_all(g, OHM_REG_CREDIT, credit, m->config.ncredit);
    return rc ? rc : emit_all(g, OHM_REG_RETURN, ret, m->config.nreturn);
}

int ohm_tile_registers(const struct ohm_mapping *m, int tile, uint32_t first, ohm_emit emit, void *user)
{
    struct image g = {m, &m->tiles[tile], emit, user};
    int rc = emit_descriptor(&g);
    if (!rc)
        rc = emit_columns(&g);
    if (!rc)
        rc = emit_post(&g);
    if (!rc)
        rc = emit_buffers(&g);
    return rc ? rc : emit_routes(&g, first);
}

void ohm_tile_codes(const struct ohm_mapping *m, int tile, int dev, int row, uint16_t *codes)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *l = &m->net->layers[t->layer];
    const int8_t *w = l->weights + (size_t)(t->row0 + row) * (size_t)l->outputs + t->out0;
    for (int o = 0; o < t->outs; o++) {
        int magnitude = dev ? -w[o] : w[o];
        if (magnitude < 0)
            magnitude = 0;
        if (m->kind == OHM_MAPPING_PWM) {
            codes[o] = (uint16_t)(magnitude * OHM_PWM_CODE);
            continue;
        }
        for (int k = 0; k < OHM_EXACT_SLICES; k++)
            codes[OHM_EXACT_SLICES * o + k] = (uint16_t)((magnitude >> 2 * k & 3) * OHM_EXACT_LEVEL);
    }
}
