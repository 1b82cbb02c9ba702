/* SPDX-License-Identifier: Apache-2.0
 * A tile that measures: no partial sums, no windows, a column for each output, gain one, results
 * to the host. */
#include "ohm_measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_adc.h"
#include "ohm_array.h" /* OHM_CODE_MAX */
#include "ohm_tile_io.h"

enum { SIDE = OHM_REG_COLMAP_COUNT, SLOTS_LOG2 = 1, GAIN_ONE = 16384, COARSE = 3 };

struct turn { /* while the chip works */
    struct ohm_measure *g;
    struct ohm_measured *tiles;
    int tile_count, count;
    uint32_t first;
    int answers;  /* of STATUS, still to come */
    int settling; /* what comes is of whoever used the chip before */
    uint64_t idle;
    size_t queued;
    struct ohm_error *err;
};

/* The first code of a ramp: a single device reads below 0 only what noise makes of it. */
static int bottom_of(const struct ohm_measured *t)
{
    return t->dev ? -(t->reach / 8) - 1 : -t->reach;
}

int ohm_measure_reach(const struct ohm_config *config)
{
    const int wide = (1 << (config->code_w - 1)) - 1, few = ohm_adc_codes(config) / 2 - 1;
    return wide < few ? wide : few;
}

static int write_words(struct turn *s, int tile, unsigned addr, const uint32_t *words, int count)
{
    struct ohm_tile_io io = {s->g->b, s->g->m, tile, s->err};
    return ohm_tile_write(&io, addr, words, count);
}

static int write_word(struct turn *s, int tile, unsigned addr, uint32_t value)
{
    return write_words(s, tile, addr, &value, 1);
}

static int write_tables(struct turn *s, const struct ohm_measured *t)
{
    uint32_t map[SIDE], zero[SIDE] = {0};
    for (int c = 0; c < t->cols; c++)
        map[c] = OHM_PLACE(GAIN_ONE, COLMAP_GAIN) | OHM_PLACE((unsigned)c, COLMAP_OUT)
                 | OHM_PLACE(OHM_COLMAP_KIND_DATA, COLMAP_KIND);
    return write_words(s, t->tile, OHM_REG_COLMAP, map, t->cols)
                   || write_words(s, t->tile, OHM_REG_BIAS, zero, t->cols)
               ? -1
               : 0;
}

static int write_pairs(struct turn *s, int tile, const uint32_t (*pairs)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (write_word(s, tile, pairs[i][0], pairs[i][1]))
            return -1;
    return 0;
}

static int configure(struct turn *s, struct ohm_measured *t)
{
    const struct ohm_config *c = &s->g->m->config;
    const unsigned words = (unsigned)(t->rows + 3) / 4;
    const uint32_t all[][2] = {
        {OHM_REG_SEQ_BASE, s->first},
        {OHM_REG_DESC, OHM_PLACE(OHM_DESC_MODE_V, DESC_MODE) | OHM_PLACE(1, DESC_NSLICE)},
        {OHM_REG_DESC_SIZE, OHM_PLACE((unsigned)t->rows - 1, DESC_SIZE_ROWS1)
                                | OHM_PLACE((unsigned)t->cols - 1, DESC_SIZE_COLS1)
                                | OHM_PLACE((unsigned)t->cols - 1, DESC_SIZE_OUTS1)},
        {OHM_REG_SLICE,
         OHM_PLACE((unsigned)t->bits, SLICE_W) | OHM_PLACE((unsigned)t->dev, SLICE_DEV)},
        {OHM_REG_SLICE_RAMP, OHM_PLACE(bottom_of(t), SLICE_RAMP_START)
                                 | OHM_PLACE(t->reach, SLICE_RAMP_STOP)},
        {OHM_REG_STREAM, OHM_PLACE(words, STREAM_SIZE)},
        {OHM_REG_STREAM_VEC,
         OHM_PLACE(words, STREAM_VEC_EXPECT) | OHM_PLACE(SLOTS_LOG2, STREAM_VEC_LOG2_SLOTS)},
        {OHM_REG_CREDIT, (s->first + (uint32_t)s->count) & 0xffff},
        {OHM_REG_MACRO_LSB, t->lsb},
        {OHM_REG_MACRO_TIME, s->g->seconds},
        {OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)},
        {OHM_REG_ROUTE_PART, OHM_PLACE((unsigned)t->cols - 1, ROUTE_PART_COUNT1)},
        {OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)}};
    const uint32_t windows[][2] = {{OHM_REG_WINDOW, 0},
                                   {OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE, 0},
                                   {OHM_REG_POOL, OHM_PLACE(1, POOL_STRIDE)}};
    t->sent = t->got = t->clipped = 0;
    t->limit = s->first + (1u << SLOTS_LOG2);
    if (write_pairs(s, t->tile, all, sizeof all / sizeof *all) || write_tables(s, t)
        || (c->window && write_pairs(s, t->tile, windows, sizeof windows / sizeof *windows)))
        return -1;
    for (int i = 1; i < c->nroute; i++)
        if (write_word(s, t->tile, OHM_REG_ROUTE + (unsigned)i * OHM_REG_ROUTE_STRIDE, 0))
            return -1;
    for (int i = 1; i < c->nreturn; i++)
        if (write_word(s, t->tile, OHM_REG_RETURN + (unsigned)i, 0))
            return -1;
    return write_word(s, t->tile, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
}

/* ---- what comes back ---- */

static int take_result(struct turn *s, struct ohm_measured *t, const struct ohm_header *h,
                       const uint32_t *payload)
{
    int32_t *code = t->code + (size_t)t->got * (size_t)t->cols;
    if (h->poison || (int)h->len != t->cols || h->seq != ((s->first + t->got) & 0xffff))
        return ohm_fail(s->err, "measuring tile (%u,%u): result %u, %u words, expected %" PRIu32
                                ", %d words",
                        h->x, h->y, h->seq, h->len, (s->first + t->got) & 0xffff, t->cols);
    for (int c = 0; c < t->cols; c++) {
        code[c] = (int32_t)payload[c] / (1 << s->g->m->config.acc_f);
        t->clipped += code[c] == t->reach || code[c] == bottom_of(t);
    }
    t->got++;
    return 0;
}

static int take(struct turn *s, const uint32_t *flits)
{
    const struct ohm_header h = ohm_header_decode(flits);
    struct ohm_measured *t = NULL;
    for (int i = 0; i < s->tile_count; i++) {
        const struct ohm_tile_map *at = &s->g->m->tiles[s->tiles[i].tile];
        if (s->tiles[i].rows && at->x == (int)h.x && at->y == (int)h.y)
            t = &s->tiles[i];
    }
    if (s->settling && (h.type == OHM_TYPE_CREDIT || h.type == OHM_TYPE_RESULT))
        return 0;
    if (t && h.type == OHM_TYPE_RESULT)
        return take_result(s, t, &h, flits + 2);
    if (t && h.type == OHM_TYPE_CREDIT) {
        const uint32_t limit = ohm_extend(t->limit, h.offset);
        t->limit = (int32_t)(limit - t->limit) > 0 ? limit : t->limit;
        return 0;
    }
    if (t && h.type == OHM_TYPE_CFG_DATA && s->answers) {
        s->answers--;
        return !s->settling && OHM_FIELD(flits[2], STATUS_BAD_DESC)
                   ? ohm_fail(s->err, "measuring tile (%u,%u): it refuses its descriptor", h.x, h.y)
                   : 0;
    }
    if (h.type == OHM_TYPE_EVENT)
        return ohm_fail(s->err, "measuring: event %s at tile (%u,%u), detail 0x%08" PRIx32,
                        ohm_event_name(h.offset), h.x, h.y, flits[2]);
    return ohm_fail(s->err, "measuring: packet %s of tile (%u,%u), expected none",
                    ohm_type_name(h.type), h.x, h.y);
}

/* Lets the chip work until a packet comes or a round is over, and takes what came. */
static int take_packets(struct turn *s)
{
    struct ohm_backend *b = s->g->b;
    uint32_t flits[OHM_PACKET_MAX];
    long n;
    if (b->run(b->self, OHM_ROUND, s->err))
        return -1;
    s->idle += OHM_ROUND;
    while ((n = b->recv(b->self, flits, OHM_PACKET_MAX, s->err)) > 0) {
        s->idle = 0;
        if (n < 2 || take(s, flits))
            return n < 2 ? ohm_fail(s->err, "packet from the chip: %ld flits, expected 2 to %d", n,
                                    OHM_PACKET_MAX)
                         : -1;
    }
    const size_t queued = b->queued(b->self);
    s->idle = queued != s->queued ? 0 : s->idle;
    s->queued = queued;
    const uint64_t patience = ohm_stuck_after(b, s->g->m, 0);
    if (s->idle > patience)
        return ohm_fail(s->err, "measuring: nothing for %" PRIu64 " cycles", patience);
    return n < 0 ? -1 : 0;
}

/* ---- what goes in ---- */

/* Vectors must not overtake registers: an answer of each tile says that it has them. */
static int await_tiles(struct turn *s)
{
    for (int i = 0; i < s->tile_count; i++) {
        struct ohm_tile_io io = {s->g->b, s->g->m, s->tiles[i].tile, s->err};
        s->answers += s->tiles[i].rows > 0;
        if (s->tiles[i].rows && ohm_tile_ask(&io, OHM_REG_STATUS))
            return -1;
        while (s->answers && (s->answers == OHM_ASKED_MOST || i + 1 == s->tile_count))
            if (take_packets(s))
                return -1;
    }
    return 0;
}

/* The tiles are off, and nothing that was under way from them is any more: credits of others would
 * count as ours, and ours as theirs. */
static int settle(struct turn *s)
{
    s->settling = 1;
    for (int i = 0; i < s->tile_count; i++)
        if (s->tiles[i].rows && write_word(s, s->tiles[i].tile, OHM_REG_CTRL, 0))
            return -1;
    const int rc = await_tiles(s);
    s->settling = 0;
    return rc;
}

static int send_vector(struct turn *s, struct ohm_measured *t)
{
    const uint8_t *x = t->x + (size_t)t->sent * (size_t)t->rows;
    struct ohm_header h = ohm_to_tile(s->g->m, t->tile, OHM_TYPE_ACT);
    uint32_t words[SIDE / 4] = {0};
    for (int r = 0; r < t->rows; r++)
        words[r / 4] |= (uint32_t)x[r] << 8 * (r % 4);
    h.len = (unsigned)(t->rows + 3) / 4;
    h.seq = (s->first + t->sent++) & 0xffff;
    return ohm_send(s->g->b, OHM_CLASS_DATA, &h, words, s->err);
}

static int stream(struct turn *s)
{
    for (int left = 1; left;) {
        left = 0;
        for (int i = 0; i < s->tile_count; i++) {
            struct ohm_measured *t = &s->tiles[i];
            if (!t->rows)
                continue;
            while (t->sent < (uint32_t)s->count && (int32_t)(t->limit - s->first - t->sent) > 0)
                if (send_vector(s, t))
                    return -1;
            left |= t->got < (uint32_t)s->count;
        }
        if (left && take_packets(s))
            return -1;
    }
    return 0;
}

int ohm_measure_vectors(struct ohm_measure *g, struct ohm_measured *tiles, int tile_count,
                        int count, struct ohm_error *err)
{
    struct turn s = {.g = g, .tiles = tiles, .tile_count = tile_count, .count = count,
                     .first = g->number, .err = err};
    if (ohm_measure_reach(&g->m->config) < 1)
        return ohm_fail(err, "measuring: converters of configuration %s have %d codes, expected 4",
                        g->m->config.name, ohm_adc_codes(&g->m->config));
    if (settle(&s))
        return -1;
    for (int i = 0; i < tile_count; i++)
        if (tiles[i].rows && configure(&s, &tiles[i]))
            return -1;
    if (await_tiles(&s) || stream(&s))
        return -1;
    g->number += (uint32_t)count;
    return settle(&s);
}

/* ---- cells ---- */

void ohm_cells_free(const struct ohm_mapping *m, struct ohm_cells *cells)
{
    for (int i = 0; cells && i < m->tile_count; i++)
        free(cells[i].g);
    free(cells);
}

struct ohm_cells *ohm_cells_new(const struct ohm_mapping *m, int more_cols, struct ohm_error *err)
{
    struct ohm_cells *cells = calloc((size_t)m->tile_count, sizeof *cells);
    for (int i = 0; cells && i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        struct ohm_cells *c = &cells[i];
        const int cols = t->columns + more_cols;
        if (t->vec)
            continue;
        c->rows = t->rows;
        c->cols = cols < m->config.cols ? cols : m->config.cols;
        c->g = calloc((size_t)c->rows * (size_t)c->cols, sizeof *c->g);
        if (!c->g) {
            ohm_cells_free(m, cells);
            cells = NULL;
        }
    }
    if (!cells)
        ohm_fail(err, "measuring: out of memory for the cells of %d tiles", m->tile_count);
    return cells;
}

/* One row on in each vector. */
static int one_row_each(struct ohm_measured *t, int count)
{
    uint8_t *x = calloc((size_t)count * (size_t)t->rows, 1);
    t->x = x;
    t->code = malloc((size_t)count * (size_t)t->cols * sizeof *t->code);
    for (int r = 0; x && r < t->rows; r++)
        x[(size_t)r * (size_t)t->rows + (size_t)r] = 1;
    return x && t->code ? 0 : -1;
}

int ohm_measure_cells(struct ohm_measure *g, struct ohm_cells *cells, int dev, int coarse,
                      int times, struct ohm_error *err)
{
    const int tile_count = g->m->tile_count, reach = ohm_measure_reach(&g->m->config);
    struct ohm_measured *tiles = calloc((size_t)tile_count, sizeof *tiles);
    int unit = OHM_MEASURE_UNIT * (coarse ? COARSE : 1), most = 1, rc = tiles ? 0 : -1;
    const int all = 11 * OHM_CODE_MAX / 10; /* room above G_max */
    while (reach >= 1 && unit * reach < all)
        unit += OHM_MEASURE_UNIT;
    for (int i = 0; !rc && i < tile_count; i++)
        most = cells[i].rows > most ? cells[i].rows : most;
    for (int i = 0; !rc && i < tile_count; i++) {
        tiles[i] = (struct ohm_measured){.tile = i, .rows = cells[i].rows, .cols = cells[i].cols,
                                         .dev = dev, .bits = 1, .lsb = (uint32_t)unit,
                                         .reach = (all + unit - 1) / unit};
        if (!cells[i].rows)
            continue;
        memset(cells[i].g, 0, (size_t)cells[i].rows * (size_t)cells[i].cols * sizeof(float));
        rc = one_row_each(&tiles[i], most);
    }
    if (rc)
        ohm_fail(err, "measuring: out of memory for %d tiles", tile_count);
    for (int k = 0; !rc && k < times; k++) {
        rc = ohm_measure_vectors(g, tiles, tile_count, most, err);
        for (int i = 0; !rc && i < tile_count; i++)
            for (size_t j = 0; j < (size_t)cells[i].rows * (size_t)cells[i].cols; j++)
                cells[i].g[j] += (float)((double)tiles[i].code[j] * unit / times);
    }
    for (int i = 0; tiles && i < tile_count; i++) {
        free((void *)tiles[i].x);
        free(tiles[i].code);
    }
    free(tiles);
    return rc;
}
