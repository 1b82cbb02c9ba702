/* SPDX-License-Identifier: Apache-2.0
 * Products with the transpose of a matrix on the chip: descriptor 1 of each tile reads the cells
 * from their columns and sends the sums of its rows to the host, which adds up what tiles beside
 * each other have of the same rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_matrix_parts.h"
#include "ohm_packet.h"
#include "ohm_rng.h"
#include "ohm_tile_io.h"

enum { DESC = 1, STREAM = 1, CHAN = 1, RETURN_CHAN = 2 }; /* CHAN: of the results */
enum { LOG2_SLOTS = 2, W = 7, TOP = 127, LSB_MAX = 1 << 24 };
enum { CALIB_VECTORS = 256, CALIB_KEY = 0x6261636b };

struct cells { /* of one tile, as they were programmed */
    int rows, cols, outs, per; /* per: columns of an output */
    int32_t *code;             /* [row * cols + column]: plus less minus */
};

static int read_cells(struct ohm_matrix *v, int tile, struct cells *c, struct ohm_error *err)
{
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];
    uint16_t codes[SIDE_MAX];

    *c = (struct cells){.rows = t->rows, .cols = t->cols, .outs = t->outs,
                        .per = t->columns / t->outs};
    c->code = calloc((size_t)c->rows * (size_t)c->cols, sizeof *c->code);
    if (!c->code)
        return ohm_fail(err, "matrix: out of memory");
    for (int dev = 0; dev < 2; dev++)
        for (int r = 0; r < c->rows; r++) {
            ohm_tile_codes(&v->mapping, tile, dev, r, codes);
            for (int k = 0; k < c->cols; k++)
                c->code[r * c->cols + k] += dev ? -codes[k] : codes[k];
        }
    return 0;
}

/* Value o of vector i of those that ranges are chosen for. */
static int calib_value(const struct ohm_matrix *v, int i, int o)
{
    const uint64_t at = (uint64_t)i * (uint64_t)v->layer.outputs + (uint64_t)o;
    return (int)floor(ohm_uniform(ohm_key_at(CALIB_KEY, at)) * (2 * TOP + 1)) - TOP;
}

/* Charge units of one unit of W·x, and the largest sum of a row. */
static void measure(const struct ohm_matrix *v, int tile, const struct cells *c, double *per_unit,
                    double *largest)
{
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];
    double product = 0, squares = 0, most = 1;

    for (int r = 0; r < c->rows; r++) {
        const int input = ohm_tile_row(&v->mapping, tile, r);
        for (int o = 0; input >= 0 && o < c->outs; o++) {
            const double w =
                v->layer.weights[(size_t)input * (size_t)v->layer.outputs + (size_t)(t->out0 + o)];
            double code = 0;
            for (int k = 0; k < c->per; k++)
                code += c->code[r * c->cols + t->place[o * c->per + k]];
            product += code * w;
            squares += w * w;
        }
    }
    for (int i = 0; i < CALIB_VECTORS / 4; i++)
        for (int r = 0; r < c->rows; r++) {
            double sum = 0;
            for (int k = 0; k < c->outs * c->per; k++)
                sum += (double)calib_value(v, i, t->out0 + k / c->per)
                       * c->code[r * c->cols + t->place[k]];
            most = fmax(most, fabs(sum));
        }
    *per_unit = squares > 0 ? product / squares : 1;
    *largest = most;
}

/* Where descriptor 1 finds a stream, a route, a credit and a return entry of its own. */
static int has_room(const struct ohm_matrix *v, int tile, int base, int words,
                    struct ohm_error *err)
{
    const struct ohm_config *c = &v->config;
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];

    if (t->route_count < c->nroute && t->credit_count < c->ncredit && t->return_count < c->nreturn
        && c->nstream > STREAM && base + (words << LOG2_SLOTS) <= c->ibuf_words)
        return 0;
    return ohm_fail(err,
                    "matrix: tile (%d,%d) of %s has no room for a second descriptor: expected a "
                    "stream, a route, a credit and a return entry more, and %d words of input "
                    "buffer from %d on",
                    t->x, t->y, c->name, words << LOG2_SLOTS, base);
}

static int write_tables(struct ohm_tile_io *io, const struct ohm_tile_map *t,
                        const struct cells *c)
{
    const unsigned table = DESC * OHM_REG_COLMAP_DESC;
    uint32_t words[SIDE_MAX] = {0};

    if (ohm_tile_write(io, OHM_REG_BIAS + table, words, c->rows))
        return -1;
    for (int r = 0; r < c->rows; r++)
        words[r] = OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(r, COLMAP_OUT)
                   | OHM_PLACE(OHM_COLMAP_KIND_DATA, COLMAP_KIND);
    if (ohm_tile_write(io, OHM_REG_COLMAP + table, words, c->rows))
        return -1;
    memset(words, 0, sizeof words);
    for (int k = 0; k < c->outs * c->per; k++)
        words[t->place[k]] = OHM_PLACE(k / c->per, DRIVE_ELEMENT) | OHM_PLACE(1, DRIVE_ON);
    return ohm_tile_write(io, OHM_REG_DRIVE + table, words, c->cols);
}

static int write_tile(struct ohm_matrix *v, int tile, struct ohm_error *err)
{
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];
    const struct ohm_stream_map *main = &t->streams[OHM_STREAM_MAIN];
    struct ohm_tile_io io = {&v->backend, &v->mapping, tile, err};
    const int base = main->base + (main->size << main->log2_slots), words = (t->outs + 3) / 4;
    const int limit = (1 << (v->config.code_w - 1)) - 2, top = limit < TOP ? limit : TOP;
    struct cells c = {0};
    double per_unit, largest;

    if (has_room(v, tile, base, words, err) || read_cells(v, tile, &c, err))
        return -1;
    measure(v, tile, &c, &per_unit, &largest);
    const double lsb = fmin(fmax(ceil(largest / top), 1), LSB_MAX);
    v->back.unit[tile] = ldexp(per_unit / lsb, v->config.acc_f);
    const uint32_t desc[3] = {
        OHM_PLACE(OHM_DESC_MODE_V, DESC_MODE) | OHM_PLACE(1, DESC_SIGNED)
            | OHM_PLACE(STREAM, DESC_STREAM) | OHM_PLACE(1, DESC_NSLICE)
            | OHM_PLACE(1, DESC_TRANSPOSE),
        OHM_PLACE(c.cols - 1, DESC_SIZE_ROWS1) | OHM_PLACE(c.rows - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(c.rows - 1, DESC_SIZE_OUTS1),
        (uint32_t)lsb};
    const uint32_t slice[2] = {OHM_PLACE(W, SLICE_W),
                               OHM_PLACE(-top, SLICE_RAMP_START) | OHM_PLACE(top, SLICE_RAMP_STOP)};
    const uint32_t stream[2] = {OHM_PLACE(base, STREAM_BASE) | OHM_PLACE(words, STREAM_SIZE),
                                OHM_PLACE(words, STREAM_VEC_EXPECT)
                                    | OHM_PLACE(LOG2_SLOTS, STREAM_VEC_LOG2_SLOTS)};
    const uint32_t route[2] = {OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)
                                   | OHM_PLACE(CHAN, H0_CHAN) | OHM_PLACE(1 << DESC, ROUTE_DESCS),
                               OHM_PLACE(c.rows - 1, ROUTE_PART_COUNT1)
                                   | OHM_PLACE(t->credit_count, ROUTE_PART_CREDIT)};
    const uint32_t ret = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                         | OHM_PLACE(STREAM, RETURN_STREAM) | OHM_PLACE(RETURN_CHAN, RETURN_CHAN);
    const uint32_t off = 0; /* tables are not written under a tile that works */
    const int rc =
        ohm_tile_write(&io, OHM_REG_CTRL, &off, 1)
        || ohm_tile_write(&io, OHM_REG_DESC + DESC * OHM_REG_DESC_DESC, desc, 3)
        || ohm_tile_write(&io, OHM_REG_SLICE + DESC * OHM_REG_SLICE_DESC, slice, 2)
        || ohm_tile_write(&io, OHM_REG_STREAM + STREAM * OHM_REG_STREAM_STRIDE, stream, 2)
        || ohm_tile_write(&io, OHM_REG_ROUTE + (unsigned)t->route_count * OHM_REG_ROUTE_STRIDE,
                          route, 2)
        || ohm_tile_write(&io, OHM_REG_RETURN + (unsigned)t->return_count, &ret, 1)
        || write_tables(&io, t, &c);
    free(c.code);
    return rc ? -1 : 0;
}

/* Vectors on their way at once: their results take the host's room of the forward ones. */
static uint32_t window_of(const struct ohm_matrix *v)
{
    double forward = 0, back = 0;

    for (int i = 0; i < v->mapping.tile_count; i++) {
        const struct ohm_tile_map *t = &v->mapping.tiles[i];
        forward += t->tail ? t->outs + 3 : 0;
        back += t->rows + 3;
    }
    const double window = v->mapping.result_window * forward / back;
    return window < 1 ? 1 : (uint32_t)window;
}

int ohm_matrix_face(struct ohm_matrix *v, int back, struct ohm_error *err)
{
    const uint32_t off = 0, on = OHM_PLACE(1, CTRL_ENABLE);
    const uint32_t order = OHM_PLACE(back ? 1 << DESC : 1, ORDER_MASK);
    const uint32_t next = back ? v->back.next : v->next;

    if (v->back.facing == back)
        return 0;
    for (int i = 0; i < v->mapping.tile_count; i++) {
        struct ohm_tile_io io = {&v->backend, &v->mapping, i, err};
        const int slots = v->mapping.tiles[i].streams[OHM_STREAM_MAIN].log2_slots;
        if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1)
            || ohm_tile_write(&io, OHM_REG_ORDER, &order, 1)
            || ohm_tile_write(&io, OHM_REG_SEQ_BASE, &next, 1)
            || ohm_tile_write(&io, OHM_REG_CTRL, &on, 1)
            || ohm_tile_ask(&io, OHM_REG_STATUS))
            return -1;
        v->limit[i] = v->next + (1u << slots);
        if (v->back.limit)
            v->back.limit[i] = v->back.next + (1u << LOG2_SLOTS);
    }
    v->back.facing = back;
    v->answers = v->mapping.tile_count;
    v->idle = 0;
    while (v->answers)
        if (ohm_matrix_turn(v, NULL, err))
            return -1;
    return 0;
}

int ohm_matrix_take_back(struct ohm_matrix *v, struct batch *b, int tile,
                         const struct ohm_header *h, const uint32_t *payload,
                         struct ohm_error *err)
{
    if (h->type == OHM_TYPE_CREDIT && h->chan == RETURN_CHAN && v->back.made) {
        const uint32_t limit = ohm_extend(v->back.limit[tile], h->offset);
        if ((int32_t)(limit - v->back.limit[tile]) > 0)
            v->back.limit[tile] = limit;
        return 0;
    }
    if (h->type != OHM_TYPE_RESULT || h->chan != CHAN || !b || !b->back)
        return 1;
    const uint32_t i = ohm_extend(b->first, h->seq) - b->first;
    if (h->poison || i >= (uint32_t)b->count
        || h->len != (unsigned)v->mapping.tiles[tile].rows)
        return ohm_fail(err, "matrix: unexpected result of tile (%u,%u), number %u", h->x, h->y,
                        h->seq);
    for (unsigned r = 0; r < h->len; r++) {
        const int input = ohm_tile_row(&v->mapping, tile, (int)r);
        if (input >= 0)
            b->y[(size_t)i * (size_t)v->layer.inputs + (size_t)input] +=
                (int32_t)payload[r] / v->back.unit[tile];
    }
    b->left--;
    return 0;
}

/* A part of vector n, values from, to one tile. */
static int feed_tile(struct ohm_matrix *v, int tile, uint32_t n, const int8_t *x,
                     struct ohm_error *err)
{
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];
    struct ohm_header h = ohm_to_tile(&v->mapping, tile, OHM_TYPE_ACT);
    uint32_t words[SIDE_MAX / 4] = {0};

    for (int o = 0; o < t->outs; o++)
        words[o / 4] |= (uint32_t)(uint8_t)x[t->out0 + o] << 8 * (o % 4);
    h.chan = STREAM;
    h.seq = n & 0xffff;
    h.len = (unsigned)(t->outs + 3) / 4;
    return ohm_send(&v->backend, OHM_CLASS_DATA, &h, words, err);
}

/* As many vectors as may be on their way at once. */
static int run_window(struct ohm_matrix *v, const int8_t *x, int count, double *y,
                      struct ohm_error *err)
{
    const int tiles = v->mapping.tile_count;
    struct batch b = {.back = 1, .first = v->back.next, .count = count,
                      .left = (long)count * tiles, .y = y};

    memset(y, 0, (size_t)count * (size_t)v->layer.inputs * sizeof *y);
    for (int i = 0; i < tiles; i++) {
        struct ohm_header h = ohm_to_tile(&v->mapping, i, OHM_TYPE_CREDIT);
        h.offset = (b.first + (uint32_t)count) & 0xffff;
        h.chan = (unsigned)v->mapping.tiles[i].credit_count;
        if (ohm_send(&v->backend, OHM_CLASS_CONFIG, &h, NULL, err))
            return -1;
    }
    v->idle = 0;
    while (b.left) {
        for (uint32_t k; (k = v->back.next - b.first) < (uint32_t)count; v->back.next++) {
            int may = 1;
            for (int i = 0; i < tiles; i++)
                may &= (int32_t)(v->back.limit[i] - v->back.next) > 0;
            if (!may)
                break;
            for (int i = 0; i < tiles; i++)
                if (feed_tile(v, i, v->back.next, x + (size_t)k * (size_t)v->layer.outputs, err))
                    return -1;
        }
        if (ohm_matrix_turn(v, &b, err))
            return -1;
    }
    return 0;
}

static int run(struct ohm_matrix *v, const int8_t *x, int count, double *y, struct ohm_error *err)
{
    const size_t inputs = (size_t)v->layer.inputs, outputs = (size_t)v->layer.outputs;
    const int window = (int)v->back.window;

    if (ohm_matrix_face(v, 1, err))
        return -1;
    for (int i = 0; i < count; i += window)
        if (run_window(v, x + (size_t)i * outputs, count - i < window ? count - i : window,
                       y + (size_t)i * inputs, err))
            return -1;
    for (size_t i = 0; i < (size_t)count * inputs; i++)
        y[i] = (y[i] - v->back.lines[i % inputs].offset) / v->back.lines[i % inputs].slope;
    return 0;
}

/* Fits each row's line. */
static int calibrate(struct ohm_matrix *v, struct ohm_error *err)
{
    const size_t inputs = (size_t)v->layer.inputs, outputs = (size_t)v->layer.outputs;
    const int count = CALIB_VECTORS / 4;
    int8_t *x = malloc((size_t)count * outputs);
    double *y = malloc((size_t)count * inputs * sizeof *y),
           *exact = calloc((size_t)count * inputs, sizeof *exact);
    int rc = x && y && exact ? 0 : ohm_fail(err, "matrix: out of memory");

    for (int i = 0; !rc && i < count; i++)
        for (size_t o = 0; o < outputs; o++) {
            const int value = calib_value(v, i, (int)o);
            x[(size_t)i * outputs + o] = (int8_t)value;
            for (size_t k = 0; k < inputs; k++)
                exact[(size_t)i * inputs + k] += value * v->layer.weights[k * outputs + o];
        }
    rc = rc || run(v, x, count, y, err) ? -1 : 0;
    for (size_t k = 0; !rc && k < inputs; k++)
        ohm_matrix_fit(&v->back.lines[k], count, y + k, exact + k, inputs);
    free(x);
    free(y);
    free(exact);
    return rc;
}

static int make(struct ohm_matrix *v, struct ohm_error *err)
{
    const size_t tiles = (size_t)v->mapping.tile_count;

    if (!v->config.transpose)
        return ohm_fail(err,
                        "matrix: products from the columns: %s has no transposed reads, expected a "
                        "configuration with TRANSPOSE",
                        v->config.name);
    v->back.limit = calloc(tiles, sizeof *v->back.limit);
    v->back.unit = calloc(tiles, sizeof *v->back.unit);
    v->back.lines = malloc((size_t)v->layer.inputs * sizeof *v->back.lines);
    if (!v->back.limit || !v->back.unit || !v->back.lines)
        return ohm_fail(err, "matrix: out of memory for %zu tiles", tiles);
    for (int k = 0; k < v->layer.inputs; k++)
        v->back.lines[k] = (struct line){1, 0};
    v->back.window = window_of(v);
    v->back.facing = -1; /* whatever comes next turns the tiles */
    for (int i = 0; i < v->mapping.tile_count; i++)
        if (write_tile(v, i, err))
            return -1;
    v->back.made = 1;
    return calibrate(v, err);
}

int ohm_matrix_back(struct ohm_matrix *v, const int8_t *x, int count, double *y,
                    struct ohm_error *err)
{
    if (!v->back.made && make(v, err)) {
        ohm_matrix_free_back(v);
        return -1;
    }
    return run(v, x, count, y, err);
}

void ohm_matrix_free_back(struct ohm_matrix *v)
{
    free(v->back.limit);
    free(v->back.unit);
    free(v->back.lines);
    v->back = (struct back){.facing = v->back.facing, .next = v->back.next};
}
