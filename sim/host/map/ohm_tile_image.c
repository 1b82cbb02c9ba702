/* SPDX-License-Identifier: Apache-2.0
 * What the host writes into one tile: registers and cell codes, from its place in the mapping. */
#include <math.h>
#include <string.h>

#include "ohm_mapper_steps.h"
#include "ohm_packet.h"

#define PIECE 64 /* words of one CFG_WR */
#define GAIN_ONE 16384

struct image {
    const struct ohm_mapping *m;
    const struct ohm_tile_map *t;
    ohm_emit emit;
    void *user;
};

static int emit_all(const struct image *g, unsigned addr, const uint32_t *words, int count)
{
    for (int i = 0; i < count; i += PIECE) {
        int rc =
            g->emit(g->user, addr + (unsigned)i, words + i, count - i < PIECE ? count - i : PIECE);
        if (rc)
            return rc;
    }
    return 0;
}

static unsigned function_of(const struct ohm_layer *l)
{
    return l->activation == OHM_ACTIVATION_TABLE ? OHM_DESC_FUNC_TABLE
         : l->activation == OHM_ACTIVATION_THRESHOLD ? OHM_DESC_FUNC_THRESHOLD
         : OHM_DESC_FUNC_LINEAR;
}

static int emit_descriptor(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    const struct ohm_layer *l = &g->m->net->layers[t->layer];
    const struct ohm_coding *c = &g->m->coding;
    struct ohm_read reads[OHM_READS_MAX];
    int is_signed = ohm_net_signed(g->m->net, t->layer),
        count = ohm_tile_reads(g->m, (int)(t - g->m->tiles), reads);
    unsigned mode = !t->tail ? OHM_DESC_MODE_PSUM
                  : t->link_out || l->output >= OHM_OUTPUT_S32 /* S32, CLASS */ ? OHM_DESC_MODE_V
                  : OHM_DESC_MODE_Y;
    uint32_t desc[2] = {
        OHM_PLACE(mode, DESC_MODE) | OHM_PLACE(t->row_part > 0, DESC_PSUM)
            | OHM_PLACE(is_signed, DESC_SIGNED) | OHM_PLACE(t->link_in, DESC_LINK_IN)
            | OHM_PLACE(t->link_out, DESC_LINK_OUT)
            | OHM_PLACE(l->activation == OHM_ACTIVATION_RELU, DESC_RELU)
            | OHM_PLACE(l->output == OHM_OUTPUT_S8, DESC_OSIGNED) | OHM_PLACE(count, DESC_NSLICE)
            | OHM_PLACE(t->shift, DESC_SHIFT)
            | OHM_PLACE(t->tail ? function_of(l) : OHM_DESC_FUNC_LINEAR, DESC_FUNC),
        OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(t->link_out ? 0 : t->outs - 1, DESC_SIZE_OUTS1)};
    int rc = emit_all(g, OHM_REG_DESC, desc, 2);
    uint32_t slice[2 * OHM_READS_MAX], rows[OHM_READS_MAX];
    int start, stop;
    ohm_layer_ramp(g->m, t->layer, &start, &stop);
    if (t->link_out) { /* what is negative trips at once: the ReLU */
        start = 0;
        stop = 255;
    }
    for (int i = 0; i < count; i++) {
        const struct ohm_read *r = &reads[i];
        slice[2 * i] = OHM_PLACE(r->lo, SLICE_LO) | OHM_PLACE(r->width, SLICE_W)
                       | OHM_PLACE(r->in, SLICE_IN) | OHM_PLACE(r->dev, SLICE_DEV)
                       | OHM_PLACE(r->neg, SLICE_NEG) | OHM_PLACE(c->row_groups > 1, SLICE_PART)
                       | OHM_PLACE(c->pulse_count, SLICE_COUNT)
                       | OHM_PLACE(t->rs[r->slice], SLICE_RS);
        slice[2 * i + 1] = OHM_PLACE(start, SLICE_RAMP_START) | OHM_PLACE(stop, SLICE_RAMP_STOP);
        rows[i] = OHM_PLACE(GAIN_ONE, SLICE_EXT_GAIN) | OHM_PLACE(r->first, SLICE_EXT_FIRST)
                  | OHM_PLACE(r->last, SLICE_EXT_LAST);
    }
    if (!rc && c->row_groups > 1)
        rc = emit_all(g, OHM_REG_SLICE_EXT, rows, count);
    return rc ? rc : emit_all(g, OHM_REG_SLICE, slice, 2 * count);
}

static int emit_columns(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    /* columns of one weight, lowest bits first, and of one output */
    const int digits = ohm_columns_per_output(&g->m->coding),
              per = digits * g->m->layers[t->layer].copies;
    uint32_t words[OHM_REG_COLMAP_COUNT] = {0};
    for (int c = 0; c < t->outs * per; c++) {
        const int at = t->place[c], trim = t->calibrated && t->trims[at];
        words[at] = t->link_out ? OHM_PLACE(OHM_COLMAP_KIND_CHECK, COLMAP_KIND)
                  : OHM_PLACE(t->calibrated ? t->gains[at] : t->gain, COLMAP_GAIN)
                  | OHM_PLACE(c / per, COLMAP_OUT) | OHM_PLACE(trim, COLMAP_TRIM)
                  | OHM_PLACE(g->m->coding.cell_bits * (c % digits), COLMAP_SHIFT)
                  | OHM_PLACE(OHM_COLMAP_KIND_DATA, COLMAP_KIND);
    }
    int rc = emit_all(g, OHM_REG_COLMAP, words, t->cols);
    for (int c = 0; t->calibrated && c < t->cols; c++)
        words[c] = (uint32_t)t->trims[c];
    return rc || !t->calibrated || !g->m->config.modes
               ? rc
               : emit_all(g, OHM_REG_TRIM, words, t->cols);
}

/* Bias and scale in accumulator units. In the exact mapping unit and shift are powers of two and
 * nothing is rounded. */
static int emit_post(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    const struct ohm_layer *l = &g->m->net->layers[t->layer];
    double unit = g->m->layers[t->layer].unit;
    uint32_t words[OHM_REG_BIAS_COUNT], table[OHM_TABLE_SIZE];
    if (!t->tail)
        return 0;
    if (t->link_out) { /* one output, nothing adds to it */
        words[0] = 0;
        return emit_all(g, OHM_REG_BIAS, words, 1);
    }
    for (int o = 0; o < t->outs; o++)
        words[o] = (uint32_t)(int32_t)floor(l->bias[t->out0 + o] * unit + 0.5);
    int rc = emit_all(g, OHM_REG_BIAS, words, t->outs);
    if (rc || !l->scale)
        return rc;
    for (int o = 0; o < t->outs; o++)
        words[o] = (uint32_t)ohm_scale_word(g->m, t, t->out0 + o);
    rc = emit_all(g, OHM_REG_SCALE, words, t->outs);
    if (rc || !l->table)
        return rc;
    for (int i = 0; i < OHM_TABLE_SIZE; i++)
        table[i] = l->table[i];
    return emit_all(g, OHM_REG_TABLE, table, OHM_TABLE_SIZE);
}

static int emit_buffers(const struct image *g)
{
    uint32_t words[2 * OHM_REG_STREAM_COUNT] = {0};
    int used = 0;
    for (int k = 0; k < OHM_STREAMS_USED; k++) {
        const struct ohm_stream_map *s = &g->t->streams[k];
        if (!s->lines)
            continue;
        words[2 * k] = OHM_PLACE(s->base, STREAM_BASE) | OHM_PLACE(s->size, STREAM_SIZE);
        words[2 * k + 1] = OHM_PLACE(s->expect, STREAM_VEC_EXPECT)
                           | OHM_PLACE(s->log2_slots, STREAM_VEC_LOG2_SLOTS);
        used = k + 1;
    }
    int rc = emit_all(g, OHM_REG_STREAM, words, 2 * used);
    uint32_t macro[2] = {g->t->lsb, g->m->seconds}; /* MACRO_LSB, MACRO_TIME */
    return rc || g->t->vec ? rc : emit_all(g, OHM_REG_MACRO_LSB, macro, 2);
}

/* Wires that drive rows, rows with bias. */
static int emit_links(const struct image *g)
{
    const struct ohm_tile_map *t = g->t;
    uint32_t words[2] = {OHM_PLACE(t->bytes - 1, LINK_COUNT1),
                         OHM_PLACE(t->bias_first, LINK_BIAS_FIRST)
                             | OHM_PLACE(t->bias_first + t->bias_rows - 1, LINK_BIAS_LAST)
                             | OHM_PLACE(t->bias_rows ? 255 : 0, LINK_BIAS_TICKS)};
    return t->link_in || t->link_out ? emit_all(g, OHM_REG_LINK, words, 2) : 0;
}

static int emit_walker(const struct image *g, int entry, const uint32_t *words, int count)
{
    return emit_all(g, OHM_REG_WINDOW + (unsigned)entry * OHM_REG_WINDOW_STRIDE, words, count);
}

/* A stride across, where it is not the other one. */
static int across(int stride_w, int stride_h)
{
    return stride_w == stride_h ? 0 : stride_w;
}

/* The walkers, the blocks and what becomes of them. */
static int emit_windows(const struct image *g, uint32_t first)
{
    const struct ohm_tile_map *t = g->t;
    const struct ohm_layer *l = &g->m->net->layers[t->layer];
    const struct ohm_layer_map *lm = &g->m->layers[t->layer];
    int last = t->layer == g->m->net->layer_count - 1,
        classes = t->tail && l->output == OHM_OUTPUT_CLASS;
    uint32_t off = 0, class0 = (uint32_t)t->out0;
    if (!g->m->config.window)
        return 0;
    if (!lm->walk) {
        uint32_t pool = OHM_PLACE(1, POOL_STRIDE) | OHM_PLACE(classes, POOL_ARGMAX);
        int rc = emit_walker(g, OHM_STREAM_MAIN, &off, 1);
        if (!rc)
            rc = emit_walker(g, OHM_STREAM_RESIDUAL, &off, 1);
        if (!rc)
            rc = emit_all(g, OHM_REG_POOL, &pool, 1);
        return rc ? rc : emit_all(g, OHM_REG_CLASS0, &class0, 1);
    }
    int residual = l->has_residual && t->tail, pooled = t->tail && l->pool == OHM_POOL_AVERAGE;
    uint32_t main_walker[] = {
        OHM_PLACE(1, WINDOW_ON) | OHM_PLACE((uint32_t)l->pad_value & 0xFF, WINDOW_PAD),
        OHM_PLACE(l->in_h - 1, WINDOW_MAP_LINES1) | OHM_PLACE(l->in_w - 1, WINDOW_MAP_PIXELS1),
        OHM_PLACE(lm->pitch, WINDOW_PIXEL_PITCH)
            | OHM_PLACE(t->row0 - t->slice * slice_bytes(lm), WINDOW_PIXEL_FIRST)
            | OHM_PLACE(t->bytes - 1, WINDOW_PIXEL_COUNT1),
        OHM_PLACE(t->kh - 1, WINDOW_KERNEL_H1) | OHM_PLACE(t->kw - 1, WINDOW_KERNEL_W1)
            | OHM_PLACE(l->stride_h, WINDOW_KERNEL_STRIDE)
            | OHM_PLACE(across(l->stride_w, l->stride_h), WINDOW_KERNEL_ACROSS)
            | OHM_PLACE((uint32_t)(t->ky0 - l->pad_top) & 0xFF, WINDOW_KERNEL_TOP)
            | OHM_PLACE((uint32_t)(t->kx0 - l->pad_left) & 0xFF, WINDOW_KERNEL_LEFT),
        first * (uint32_t)l->in_h};
    uint32_t residual_walker[] = {
        OHM_PLACE(1, WINDOW_ON)
            | OHM_PLACE(residual && ohm_net_from_signed(g->m->net, l->add), WINDOW_SIGNED)
            | OHM_PLACE(OHM_STREAM_RESIDUAL, WINDOW_STREAM),
        OHM_PLACE(l->conv_h - 1, WINDOW_MAP_LINES1) | OHM_PLACE(l->conv_w - 1, WINDOW_MAP_PIXELS1),
        OHM_PLACE(lm->residual_pitch, WINDOW_PIXEL_PITCH)
            | OHM_PLACE(t->out0 % residual_slice_bytes(l, lm), WINDOW_PIXEL_FIRST)
            | OHM_PLACE(t->outs - 1, WINDOW_PIXEL_COUNT1),
        OHM_PLACE(1, WINDOW_KERNEL_STRIDE), first * (uint32_t)l->conv_h};
    int block = l->pool_h * l->pool_w, shift = 15;
    while (1 << (shift - 15) < block) /* 1/block with 15 to 16 bits */
        shift++;
    uint32_t mean = pooled ? (uint32_t)((((int64_t)2 << shift) / block + 1) / 2) : 0;
    uint32_t blocks[] = {
        OHM_PLACE(walked_rows(l, lm) - 1, BLOCK_MAP_ROWS1)
            | OHM_PLACE(t->block_cols - 1, BLOCK_MAP_COLS1),
        OHM_PLACE(t->replica, BLOCK_STEP_FIRST) | OHM_PLACE(lm->replicas, BLOCK_STEP_STEP),
        OHM_PLACE(l->pool_h - 1, POOL_H1) | OHM_PLACE(l->pool_w - 1, POOL_W1)
            | OHM_PLACE(walked_step(l, lm), POOL_STRIDE) | OHM_PLACE(pooled, POOL_AVERAGE)
            | OHM_PLACE(classes, POOL_ARGMAX) | OHM_PLACE(lm->by_lines, POOL_LINES)
            | OHM_PLACE(across(l->pool_stride_w, walked_step(l, lm)), POOL_ACROSS),
        OHM_PLACE(mean, POOL_MEAN_SCALE) | OHM_PLACE(pooled ? shift : 0, POOL_MEAN_SHIFT)
            | OHM_PLACE(pooled && l->ties_down, POOL_MEAN_DOWN),
        (uint32_t)(int32_t)floor(l->rscale * lm->unit + 0.5),
        OHM_PLACE(t->block_cols - 1, OUT_LINE_VECS1)
            | OHM_PLACE(last ? 0 : lm->out_step * lm->replicas, OUT_LINE_STEP),
        first * (uint32_t)l->map_h,
        class0};
    int rc = emit_walker(g, OHM_STREAM_MAIN, main_walker, 5);
    if (!rc)
        rc = emit_walker(g, OHM_STREAM_RESIDUAL, residual ? residual_walker : &off,
                         residual ? 5 : 1);
    return rc ? rc : emit_all(g, OHM_REG_BLOCK_MAP, blocks, sizeof blocks / sizeof *blocks);
}

/* Lines or vectors that a route sends before those of the first image. */
static uint32_t sent_before(const struct image *g, const struct ohm_route *r, uint32_t first)
{
    if (r->type == OHM_TYPE_PSUM)
        return first * (uint32_t)g->t->windows;
    return first * (uint32_t)g->m->net->layers[g->t->layer].map_h;
}

static int room_of(const struct ohm_mapping *m, const struct ohm_route *r, int destination)
{
    if (r->host)
        return m->result_window;
    return r->type == OHM_TYPE_PSUM
               ? m->config.psum_slots
               : 1 << m->tiles[r->tiles[destination]].streams[r->chan].log2_slots;
}

static int emit_routes(const struct image *g, uint32_t first)
{
    const struct ohm_mapping *m = g->m;
    const struct ohm_tile_map *t = g->t;
    uint32_t route[2 * OHM_REG_ROUTE_COUNT] = {0}, credit[OHM_REG_CREDIT_COUNT] = {0},
                       ret[OHM_REG_RETURN_COUNT] = {0};
    for (int i = 0; i < t->route_count; i++) {
        const struct ohm_route *r = &t->routes[i];
        route[2 * i] = OHM_PLACE(r->type, H0_TYPE) | OHM_PLACE(r->y, H0_Y) | OHM_PLACE(r->x, H0_X)
                       | OHM_PLACE(r->host, H0_HOST) | OHM_PLACE(r->mc, H0_MC)
                       | OHM_PLACE(r->chan, H0_CHAN);
        route[2 * i + 1] =
            OHM_PLACE(r->first, ROUTE_PART_FIRST) | OHM_PLACE(r->count - 1, ROUTE_PART_COUNT1)
            | OHM_PLACE(r->offset, ROUTE_PART_OFFSET) | OHM_PLACE(r->credit, ROUTE_PART_CREDIT);
        for (int k = 0; k <= (int)r->mc; k++)
            credit[r->credit + k] =
                (sent_before(g, r, first) + (uint32_t)room_of(m, r, k)) & 0xFFFF;
    }
    for (int i = 0; i < t->return_count; i++) {
        const struct ohm_return *r = &t->returns[i];
        const struct ohm_tile_map *to = r->host ? t : &m->tiles[r->tile];
        ret[i] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(r->psum, RETURN_PSUM)
                 | OHM_PLACE(r->psum ? 0 : r->stream, RETURN_STREAM)
                 | OHM_PLACE(r->host, RETURN_HOST) | OHM_PLACE(to->y, RETURN_Y)
                 | OHM_PLACE(to->x, RETURN_X) | OHM_PLACE(r->chan, RETURN_CHAN);
    }
    int rc = emit_all(g, OHM_REG_ROUTE, route, 2 * m->config.nroute);
    if (!rc)
        rc = emit_all(g, OHM_REG_CREDIT, credit, m->config.ncredit);
    return rc ? rc : emit_all(g, OHM_REG_RETURN, ret, m->config.nreturn);
}

int ohm_tile_registers(const struct ohm_mapping *m, int tile, uint32_t first, ohm_emit emit,
                       void *user)
{
    struct image g = {m, &m->tiles[tile], emit, user};
    if (g.t->vec) {
        int failed = ohm_vec_tile_emit(g.t->vec, emit, user);
        if (!failed)
            failed = emit_buffers(&g);
        return failed ? failed : emit_routes(&g, first);
    }
    int rc = emit_descriptor(&g);
    if (!rc)
        rc = emit_columns(&g);
    if (!rc)
        rc = emit_post(&g);
    if (!rc)
        rc = emit_buffers(&g);
    if (!rc)
        rc = emit_links(&g);
    if (!rc)
        rc = emit_windows(&g, first);
    return rc ? rc : emit_routes(&g, first);
}

void ohm_tile_codes(const struct ohm_mapping *m, int tile, int dev, int row, uint16_t *codes)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *l = &m->net->layers[t->layer];
    for (int o = 0; t->link_out && o < t->outs; o++) {
        int code = ohm_duration_code(m, tile, row, o), own = dev ? -code : code;
        codes[o] = (uint16_t)(own > 0 ? own : 0);
    }
    if (t->link_out)
        return;
    int input = ohm_tile_row(m, tile, row), bits = m->coding.cell_bits,
        level = ohm_cell_level(&m->coding);
    const int digits = ohm_columns_per_output(&m->coding),
              per = digits * m->layers[t->layer].copies;
    memset(codes, 0, (size_t)t->cols * sizeof *codes);
    const int8_t *w = input < 0 ? NULL : l->weights + (size_t)input * (size_t)l->outputs + t->out0;
    for (int o = 0; o < t->outs; o++) {
        int weight = w ? w[o] : 0, magnitude = dev ? -weight : weight;
        if (magnitude < 0)
            magnitude = 0;
        for (int k = 0; k < per; k++)
            codes[t->place[per * o + k]] =
                (uint16_t)((magnitude >> bits * (k % digits) & ((1 << bits) - 1)) * level);
    }
}
