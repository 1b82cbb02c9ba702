/* SPDX-License-Identifier: Apache-2.0
 * Tiles with several descriptors: descriptor d reads stream d, which the host feeds, and sends its
 * results to the host; it reads the array forward or from its columns. */
#include "equivalence.h"

uint32_t results_of(const struct problem *p, const struct tile *t)
{
    uint32_t n = t->leave_count;

    for (unsigned d = 1; d < OHM_DESC_MAX; d++)
        if (t->mask >> d & 1)
            n += p->vectors - t->lag;
    return n;
}

static void random_columns(struct problem *p, struct more *m)
{
    for (unsigned c = 0; c < LONG_SIDE; c++) {
        const unsigned kind = chance(p, 75) ? 1 : chance(p, 50) ? 3 : m->back ? 0 : draw(p, 3);
        m->trim[c] = draw(p, 65536);
        m->refcoef[c] = draw(p, 65536);
        m->colmap[c] = OHM_PLACE(draw(p, 65536), COLMAP_GAIN)
                       | OHM_PLACE(chance(p, 70) ? c % m->outs : draw(p, m->outs), COLMAP_OUT)
                       | OHM_PLACE(m->back || chance(p, 70) ? 0 : draw(p, 8), COLMAP_SHIFT)
                       | OHM_PLACE(chance(p, 20), COLMAP_NEG)
                       | OHM_PLACE(p->config.modes && chance(p, 30), COLMAP_TRIM)
                       | OHM_PLACE(p->config.modes || kind != 2 ? kind : 0, COLMAP_KIND);
        m->bias[c] = chance(p, 50) ? draw(p, 1000) : draw(p, 1u << 31) * 2;
        m->scale[c] = draw(p, 65536);
        m->drive[c] = OHM_PLACE(draw(p, 4 * m->feed.words), DRIVE_ELEMENT)
                      | OHM_PLACE(chance(p, 20), DRIVE_NEG) | OHM_PLACE(chance(p, 85), DRIVE_ON);
    }
}

static void random_more(struct problem *p, struct more *m, unsigned d, unsigned lag)
{
    struct tile sliced = {0};
    const unsigned rows = (unsigned)p->config.rows, cols = (unsigned)p->config.cols;
    const unsigned side = rows > cols ? rows : cols, mode = draw(p, 3);

    m->back = p->config.transpose && chance(p, 60);
    m->rows = 1 + draw(p, m->back ? cols : rows);
    m->cols = 1 + draw(p, m->back ? rows : cols);
    m->outs = 1 + draw(p, side);
    m->feed = (struct feed){.words = m->back ? 1 + draw(p, 5) : (m->rows + 3) / 4, .parts = 1,
                            .log2_slots = 2, .first = p->first, .count = p->vectors};
    m->feed.parts = m->feed.words > 1 && chance(p, 40) ? 2 : 1;
    random_slices(p, &sliced);
    for (unsigned k = 0; k < OHM_REG_SLICE_COUNT; k++) {
        m->slice[2 * k] = sliced.slice[2 * k];
        m->slice[2 * k + 1] = sliced.slice[2 * k + 1];
        m->ext[k] = sliced.ext[k];
    }
    m->desc = sliced.desc | OHM_PLACE(mode, DESC_MODE) | OHM_PLACE(chance(p, 50), DESC_SIGNED)
              | OHM_PLACE(chance(p, 50), DESC_RELU) | OHM_PLACE(chance(p, 50), DESC_OSIGNED)
              | OHM_PLACE(draw(p, 30), DESC_SHIFT) | OHM_PLACE(d, DESC_STREAM)
              | OHM_PLACE(m->back, DESC_TRANSPOSE);
    if (p->config.modes && !OHM_FIELD(m->desc, DESC_RELU))
        m->desc |= OHM_PLACE(draw(p, 3), DESC_FUNC);
    m->sums = (struct feed){.words = m->outs, .parts = m->outs > 1 && chance(p, 40) ? 2 : 1,
                            .first = p->first};
    while (2 << m->sums.log2_slots <= p->config.psum_slots)
        m->sums.log2_slots++;
    if (p->config.psum_slots && chance(p, 40)) {
        m->desc |= OHM_PLACE(1, DESC_PSUM);
        m->sums.count = p->vectors - lag;
    }
    m->size = OHM_PLACE(m->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(m->cols - 1, DESC_SIZE_COLS1)
              | OHM_PLACE(m->outs - 1, DESC_SIZE_OUTS1);
    m->lsb = chance(p, 10) ? 1 + draw(p, 100) : 5000 + draw(p, 400000);
    random_columns(p, m);
}

void random_several(struct problem *p, int i)
{
    struct tile *t = &p->tile[i];
    const unsigned all = (1u << p->config.ndesc) - 1;

    t->mask = 0;
    if (p->maps || OHM_FIELD(t->slice[0], SLICE_TABLE) || !chance(p, 80))
        return;
    t->mask = 1 | (draw(p, all) + 1);
    t->lag = chance(p, 50) ? 0 : draw(p, 4);
    for (unsigned d = 1; d < (unsigned)p->config.ndesc; d++)
        if (t->mask >> d & 1) {
            random_more(p, &t->more[d], d, t->lag);
            t->feed[1 + d] = t->more[d].feed;
            t->feed[SUMS + d] = t->more[d].sums;
        }
}

void configure_several(const struct problem *p, const struct ohm_backend *b, const struct tile *t,
                       unsigned entry)
{
    write_one(b, t, OHM_REG_ORDER, OHM_PLACE(t->mask, ORDER_MASK) | OHM_PLACE(t->lag, ORDER_LAG));
    for (unsigned d = 1; d < (unsigned)p->config.ndesc; d++) {
        const struct more *m = &t->more[d];
        const unsigned table = d * OHM_REG_COLMAP_DESC, slices = d * OHM_REG_SLICE_DESC;
        const unsigned nslice = (unsigned)OHM_FIELD(m->desc, DESC_NSLICE);
        const unsigned route = (1 + d) * OHM_REG_ROUTE_STRIDE, stream = d * OHM_REG_STREAM_STRIDE;
        if (!(t->mask >> d & 1)) {
            write_one(b, t, OHM_REG_ROUTE + route, 0);
            continue;
        }
        write_one(b, t, OHM_REG_DESC + d * OHM_REG_DESC_DESC, m->desc);
        write_one(b, t, OHM_REG_DESC_SIZE + d * OHM_REG_DESC_SIZE_DESC, m->size);
        write_one(b, t, OHM_REG_DESC_LSB + d * OHM_REG_DESC_LSB_DESC, m->lsb);
        write_registers(b, t, OHM_REG_SLICE + slices, m->slice, 2 * nslice);
        if (p->config.modes) {
            write_registers(b, t, OHM_REG_SLICE_EXT + slices, m->ext, nslice);
            write_registers(b, t, OHM_REG_TRIM + table, m->trim, m->cols);
            write_registers(b, t, OHM_REG_REFCOEF + table, m->refcoef, m->outs);
        }
        write_registers(b, t, OHM_REG_COLMAP + table, m->colmap, m->cols);
        write_registers(b, t, OHM_REG_BIAS + table, m->bias, m->outs);
        write_registers(b, t, OHM_REG_SCALE + table, m->scale, m->outs);
        if (m->back)
            write_registers(b, t, OHM_REG_DRIVE + table, m->drive, m->rows);
        write_one(b, t, OHM_REG_STREAM + stream,
                  OHM_PLACE(p->config.ibuf_words / 2 + 32 * (d - 1), STREAM_BASE)
                      | OHM_PLACE(m->feed.words, STREAM_SIZE));
        write_one(b, t, OHM_REG_STREAM_VEC + stream,
                  OHM_PLACE(m->feed.words, STREAM_VEC_EXPECT)
                      | OHM_PLACE(m->feed.log2_slots, STREAM_VEC_LOG2_SLOTS));
        write_one(b, t, OHM_REG_ROUTE + route,
                  OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)
                      | OHM_PLACE(d, H0_CHAN) | OHM_PLACE(1u << d, ROUTE_DESCS));
        write_one(b, t, OHM_REG_ROUTE_PART + route,
                  OHM_PLACE(m->outs - 1, ROUTE_PART_COUNT1)
                      | OHM_PLACE(HOST_ENTRY, ROUTE_PART_CREDIT));
        write_one(b, t, OHM_REG_RETURN + entry++,
                  OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                      | OHM_PLACE(d, RETURN_STREAM) | OHM_PLACE(1 + d, RETURN_CHAN));
        if (m->sums.count)
            write_one(b, t, OHM_REG_RETURN + entry++,
                      OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                          | OHM_PLACE(1, RETURN_PSUM) | OHM_PLACE(d, RETURN_STREAM)
                          | OHM_PLACE(SUMS + d, RETURN_CHAN));
    }
}

struct change bad_several(struct problem *p, const struct tile *t)
{
    unsigned d = 1 + draw(p, (unsigned)p->config.ndesc - 1);
    while (!(t->mask >> d & 1))
        d = d % ((unsigned)p->config.ndesc - 1) + 1;
    const struct more *m = &t->more[d];
    const unsigned k = draw(p, (unsigned)OHM_FIELD(m->desc, DESC_NSLICE)), c = draw(p, m->cols);
    const unsigned table = d * OHM_REG_COLMAP_DESC, slice = d * OHM_REG_SLICE_DESC + 2 * k;
    const struct change at[] = {
        {OHM_REG_DESC + d * OHM_REG_DESC_DESC, m->desc, 0, 30},
        {OHM_REG_DESC, t->desc, 28, 2}, /* what descriptor 0 may have alone, or never */
        {OHM_REG_DESC_SIZE + d * OHM_REG_DESC_SIZE_DESC, m->size, 0, 30},
        {OHM_REG_DESC_LSB + d * OHM_REG_DESC_LSB_DESC, m->lsb, 0, 32},
        {OHM_REG_SLICE + slice, m->slice[2 * k], 0, 21},
        {OHM_REG_SLICE_RAMP + slice, m->slice[2 * k + 1], 0, 32},
        {OHM_REG_COLMAP + table + c, m->colmap[c], 16, 16},
        {OHM_REG_POOL, t->pool, 25, 1},
        {OHM_REG_WINDOW, 0, 0, 1},
        {OHM_REG_ORDER, OHM_PLACE(t->mask, ORDER_MASK) | OHM_PLACE(t->lag, ORDER_LAG), 0, 12}};

    return at[draw(p, sizeof at / sizeof at[0])];
}
