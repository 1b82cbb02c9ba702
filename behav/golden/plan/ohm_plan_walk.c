/* SPDX-License-Identifier: Apache-2.0
 * The windows of a descriptor (docs/explain/convolution.md). */
#include "ohm_plan.h"

#include "ohm_packet.h" /* OHM_FIELD */

static int or_else(uint32_t field, uint32_t otherwise)
{
    return (int)(field ? field : otherwise);
}

static struct ohm_walk_plan walk_plan(const struct ohm_plan *p, const struct ohm_registers *r,
                                      unsigned i)
{
    const uint32_t *reg = r->reg + i * OHM_REG_WINDOW_STRIDE;
    const uint32_t map = reg[OHM_REG_WINDOW_MAP], pixel = reg[OHM_REG_WINDOW_PIXEL],
                   kernel = reg[OHM_REG_WINDOW_KERNEL];

    return (struct ohm_walk_plan){.on = OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_ON),
                                  .is_signed = OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_SIGNED),
                                  .stream =
                                      i ? OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_STREAM) : p->stream,
                                  .lines = (int)OHM_FIELD(map, WINDOW_MAP_LINES1) + 1,
                                  .pixels = (int)OHM_FIELD(map, WINDOW_MAP_PIXELS1) + 1,
                                  .pitch = OHM_FIELD(pixel, WINDOW_PIXEL_PITCH),
                                  .first = OHM_FIELD(pixel, WINDOW_PIXEL_FIRST),
                                  .count = OHM_FIELD(pixel, WINDOW_PIXEL_COUNT1) + 1,
                                  .height = (int)OHM_FIELD(kernel, WINDOW_KERNEL_H1) + 1,
                                  .width = (int)OHM_FIELD(kernel, WINDOW_KERNEL_W1) + 1,
                                  .stride = (int)OHM_FIELD(kernel, WINDOW_KERNEL_STRIDE),
                                  .across = or_else(OHM_FIELD(kernel, WINDOW_KERNEL_ACROSS),
                                                    OHM_FIELD(kernel, WINDOW_KERNEL_STRIDE)),
                                  .top = (int8_t)OHM_FIELD(kernel, WINDOW_KERNEL_TOP),
                                  .left = (int8_t)OHM_FIELD(kernel, WINDOW_KERNEL_LEFT),
                                  .pad = i ? 0 : OHM_FIELD(reg[OHM_REG_WINDOW], WINDOW_PAD),
                                  .line0 = reg[OHM_REG_WINDOW_LINE0]};
}

/* Stride, stream and slots of a walker that is on. */
static int walk_is_bad(const struct ohm_plan *p, const struct ohm_config *c,
                       const struct ohm_registers *r, const struct ohm_walk_plan *w)
{
    if (w->stride == 0 || w->stream >= (unsigned)c->nstream)
        return 1;
    const unsigned log2 = OHM_FIELD(
        r->reg[OHM_REG_STREAM_VEC + w->stream * OHM_REG_STREAM_VEC_STRIDE], STREAM_VEC_LOG2_SLOTS);
    return w->height + (p->block.rows_walked - 1) * w->stride > (log2 > 4 ? 16 : 1 << log2);
}

int ohm_plan_walk(struct ohm_plan *p, const struct ohm_config *c, const struct ohm_registers *r,
                  int alone)
{
    struct ohm_walk_plan *w = p->walk;
    const uint32_t map = r->reg[OHM_REG_BLOCK_MAP], step = r->reg[OHM_REG_BLOCK_STEP],
                   pool = r->reg[OHM_REG_POOL];
    const uint32_t mean = r->reg[OHM_REG_POOL_MEAN];

    if (!c->window)
        return 0;
    if (!alone) {
        const uint32_t *const second = r->reg + OHM_REG_WINDOW_STRIDE;
        return OHM_FIELD(r->reg[OHM_REG_WINDOW], WINDOW_ON)
            || OHM_FIELD(second[OHM_REG_WINDOW], WINDOW_ON) || OHM_FIELD(pool, POOL_ARGMAX);
    }
    p->block = (struct ohm_block_plan){.rows = (int)OHM_FIELD(map, BLOCK_MAP_ROWS1) + 1,
                                       .cols = (int)OHM_FIELD(map, BLOCK_MAP_COLS1) + 1,
                                       .first = (int)OHM_FIELD(step, BLOCK_STEP_FIRST),
                                       .step = (int)OHM_FIELD(step, BLOCK_STEP_STEP),
                                       .height = (int)OHM_FIELD(pool, POOL_H1) + 1,
                                       .width = (int)OHM_FIELD(pool, POOL_W1) + 1,
                                       .stride = (int)OHM_FIELD(pool, POOL_STRIDE),
                                       .across = or_else(OHM_FIELD(pool, POOL_ACROSS),
                                                         OHM_FIELD(pool, POOL_STRIDE)),
                                       .lines = OHM_FIELD(pool, POOL_LINES),
                                       .average = OHM_FIELD(pool, POOL_AVERAGE),
                                       .argmax = OHM_FIELD(pool, POOL_ARGMAX),
                                       .mean_scale = OHM_FIELD(mean, POOL_MEAN_SCALE),
                                       .mean_down = OHM_FIELD(mean, POOL_MEAN_DOWN),
                                       .mean_shift = OHM_FIELD(mean, POOL_MEAN_SHIFT)};
    const int many = p->block.height * p->block.width > 1;
    p->block.pooled = many && p->mode == OHM_DESC_MODE_Y;
    p->block.rows_walked = p->block.lines ? 1 : p->block.height;
    for (unsigned i = 0; i < OHM_REG_WINDOW_COUNT; i++)
        w[i] = walk_plan(p, r, i);

    if (p->block.argmax && p->mode != OHM_DESC_MODE_V)
        return 1;
    if (!w[0].on)
        return w[1].on;
    if (walk_is_bad(p, c, r, &w[0]) || p->block.stride == 0
        || (p->block.lines && p->block.cols > 1) || (many && p->mode == OHM_DESC_MODE_V)
        || (p->block.pooled && p->block.average && p->block.mean_shift > 40))
        return 1;
    return w[1].on
           && (p->mode == OHM_DESC_MODE_PSUM || w[1].count != p->outs || w[1].stream == w[0].stream
               || walk_is_bad(p, c, r, &w[1]));
}

/* A byte at a time, or a word where everything lies in whole words. */
unsigned ohm_plan_reads(const struct ohm_plan *p, unsigned walker)
{
    const struct ohm_walk_plan *w = &p->walk[walker];
    if (!w->on)
        return 0;
    const unsigned most = walker ? p->outs : p->rows,
                   all = (unsigned)(w->height * w->width) * w->count,
                   bytes = all < most ? all : most;
    return w->first % 4 || w->pitch % 4 || w->count % 4 ? bytes : (bytes + 3) / 4;
}
