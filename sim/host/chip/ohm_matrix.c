/* SPDX-License-Identifier: Apache-2.0
 * A network of one layer, its mapping, and a host that feeds the fast model. */
#include "ohm_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_fast.h"
#include "ohm_intref.h"
#include "ohm_mapper.h"
#include "ohm_packet.h"
#include "ohm_rng.h"

enum { CALIB_VECTORS = 256, CALIB_KEY = 0x6d6174 };
enum { BATCH = 64, SIDE_MAX = 256 }; /* vectors given to the model before it is asked to run */

struct ohm_matrix {
    struct ohm_net net;
    struct ohm_layer layer;
    struct ohm_mapping mapping;
    struct ohm_fast *fast;
    uint32_t next; /* number of the next vector */
    struct line {
        double slope, offset;
    } *lines;      /* of each output */
    double error;  /* ohm_matrix_error */
};

struct target { /* of register writes */
    struct ohm_matrix *v;
    int tile;
    struct ohm_error *err;
};

static int send(struct ohm_matrix *v, struct ohm_header h, const uint32_t *payload, struct ohm_error *err)
{
    uint32_t flits[OHM_PACKET_MAX];

    ohm_header_encode(&h, flits);
    memcpy(flits + 2, payload, h.len * sizeof *flits);
    return ohm_fast_packet_in(v->fast, flits, 2 + h.len, err);
}

static struct ohm_header to_tile(const struct ohm_matrix *v, int tile, unsigned type)
{
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];
    return (struct ohm_header){.type = type, .x = (unsigned)t->x, .y = (unsigned)t->y};
}

static int write_words(void *user, unsigned addr, const uint32_t *words, int count)
{
    const struct target *t = user;
    struct ohm_header h = to_tile(t->v, t->tile, OHM_TYPE_CFG_WR);

    h.offset = addr;
    h.len = (unsigned)count;
    return send(t->v, h, words, t->err);
}

static int program(struct ohm_matrix *v, int tile, struct ohm_error *err)
{
    enum { FLITS = 64 };
    const struct ohm_tile_map *t = &v->mapping.tiles[tile];
    uint16_t codes[SIDE_MAX + 1];

    for (int row = 0; row < t->rows; row++)
        for (int dev = 0; dev < 2; dev++) {
            ohm_tile_codes(&v->mapping, tile, dev, row, codes);
            codes[t->cols] = 0;
            for (int col = 0; col < t->cols; col += 2 * FLITS) {
                const int flits = (t->cols - col + 1) / 2 < FLITS ? (t->cols - col + 1) / 2 : FLITS;
                uint32_t words[FLITS];
                struct ohm_header h = to_tile(v, tile, OHM_TYPE_PROG);
                for (int i = 0; i < flits; i++)
                    words[i] = codes[col + 2 * i] | (uint32_t)codes[col + 2 * i + 1] << 16;
                h.chan = (unsigned)dev;
                h.seq = (unsigned)col;
                h.offset = (unsigned)row;
                h.len = (unsigned)flits;
                if (send(v, h, words, err))
                    return -1;
            }
        }
    return 0;
}

static int configure(struct ohm_matrix *v, struct ohm_error *err)
{
    const uint32_t base = 0, on = OHM_PLACE(1, CTRL_ENABLE);

    for (int i = 0; i < v->mapping.tile_count; i++) {
        struct target t = {v, i, err};
        if (ohm_tile_registers(&v->mapping, i, base, write_words, &t) || write_words(&t, OHM_REG_SEQ_BASE, &base, 1)
            || program(v, i, err) || write_words(&t, OHM_REG_CTRL, &on, 1))
            return -1;
    }
    return 0;
}

/* The smallest mesh, nearly square, that the mapping accepts. */
static int map_layer(struct ohm_matrix *v, struct ohm_config *config, struct ohm_error *err)
{
    const int rows = config->rows / 4 * 4, cols = config->cols / 4 * 4;
    const long tiles = ((long)v->layer.inputs + rows - 1) / rows * (((long)v->layer.outputs + cols - 1) / cols);

    if (tiles > OHM_MESH_MAX * OHM_MESH_MAX)
        return ohm_fail(err, "matrix %d x %d: needs %ld tiles of %s, expected at most %d", v->layer.inputs, v->layer.outputs, tiles,
                        config->name, OHM_MESH_MAX * OHM_MESH_MAX);
    for (config->mesh_h = 1; (long)config->mesh_h * config->mesh_h < tiles;)
        config->mesh_h++;
    config->mesh_w = (int)((tiles + config->mesh_h - 1) / config->mesh_h);
    return ohm_map_network(&v->net, config, OHM_MAPPING_PWM, &v->mapping, err);
}

/* Inputs as the ranges' calibration wants them, drawn evenly from what the user's can be. */
static void draw_inputs(struct ohm_matrix *v, int low, int high)
{
    const size_t n = (size_t)v->net.calib_count * (size_t)v->layer.inputs;
    for (size_t i = 0; i < n; i++)
        v->net.calib[i] = (uint8_t)(low + (int)floor(ohm_uniform(ohm_key_at(CALIB_KEY, i)) * (high - low + 1)));
}

static int copy_in(struct ohm_matrix *v, const struct ohm_matrix_options *o, int inputs, int outputs, const int8_t *weights,
                   struct ohm_error *err)
{
    const size_t n = (size_t)inputs * (size_t)outputs, vectors = o->calib ? (size_t)o->calib_count : CALIB_VECTORS,
                 calib = vectors * (size_t)inputs;
    const int least = o->input_signed ? -127 : 0, most = o->input_signed ? 127 : 255, any = !o->input_low && !o->input_high;

    v->layer = (struct ohm_layer){.name = "matrix", .inputs = inputs, .outputs = outputs, .output = OHM_OUTPUT_S32};
    v->net = (struct ohm_net){.name = "matrix", .inputs = inputs, .in_h = 1, .in_w = 1, .in_c = inputs, .input_signed = o->input_signed, .classes = outputs,
                              .layer_count = 1, .layers = &v->layer, .calib_count = (int)vectors};
    v->layer.weights = malloc(n);
    v->layer.bias = calloc((size_t)outputs, sizeof *v->layer.bias);
    v->net.calib = malloc(calib + 1);
    if (!v->layer.weights || !v->layer.bias || !v->net.calib)
        return ohm_fail(err, "matrix %d x %d: out of memory", inputs, outputs);
    memcpy(v->layer.weights, weights, n);
    if (!any && !(o->input_low >= least && o->input_low <= o->input_high && o->input_high <= most))
        return ohm_fail(err, "matrix %d x %d: inputs of %d to %d, expected a range within %d to %d", inputs, outputs, o->input_low,
                        o->input_high, least, most);
    if (o->calib)
        memcpy(v->net.calib, o->calib, calib);
    else
        draw_inputs(v, any ? least : o->input_low, any ? most : o->input_high);
    for (size_t i = 0; i < n; i++)
        if (weights[i] == INT8_MIN)
            return ohm_fail(err, "matrix %d x %d: weight of input %zu, output %zu: -128, expected -127 to 127", inputs, outputs,
                            i / (size_t)outputs, i % (size_t)outputs);
    return ohm_net_shape(&v->net, err);
}

/* The straight line y = slope·exact + offset through the calibration vectors of one output, which takes away what its column
 * has of gain and offset, as a tile's GAIN and TRIM would; and the squares that are left. An output that never changes stays. */
static double fit(struct line *line, int count, const double *y, const double *exact, size_t step)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0, left = 0;
    for (int i = 0; i < count; i++) {
        sx += exact[(size_t)i * step];
        sy += y[(size_t)i * step];
        sxx += exact[(size_t)i * step] * exact[(size_t)i * step];
        sxy += exact[(size_t)i * step] * y[(size_t)i * step];
    }
    const double spread = sxx - sx * sx / count, slope = spread > 0 ? (sxy - sx * sy / count) / spread : 1;
    if (count > 2 && spread > 0 && slope > 0.05)
        *line = (struct line){slope, (sy - slope * sx) / count};
    for (int i = 0; i < count; i++) {
        const double e = (y[(size_t)i * step] - line->offset) / line->slope - exact[(size_t)i * step];
        left += e * e;
    }
    return left;
}

/* Runs some of the calibration vectors, fits each output's line and tells the error that is left. */
static int calibrate(struct ohm_matrix *v, struct ohm_error *err)
{
    const struct ohm_layer *l = &v->layer;
    const size_t outputs = (size_t)l->outputs;
    int count = v->net.calib_count < CALIB_VECTORS ? v->net.calib_count : CALIB_VECTORS;
    while (count > 8 && count * ((double)l->inputs * l->outputs) > 3e7) /* large matrices are made in a second or two */
        count /= 2;
    double *y = malloc((size_t)count * outputs * sizeof *y), *exact = malloc((size_t)count * outputs * sizeof *exact), sum = 0;
    int32_t *product = malloc(outputs * sizeof *product);
    v->lines = malloc(outputs * sizeof *v->lines);
    int rc = y && exact && product && v->lines ? 0 : ohm_fail(err, "matrix %d x %d: out of memory", l->inputs, l->outputs);
    for (size_t o = 0; !rc && o < outputs; o++)
        v->lines[o] = (struct line){1, 0};
    rc = rc || ohm_matrix_run(v, v->net.calib, count, y, err) ? -1 : 0;
    for (int i = 0; !rc && i < count; i++) {
        ohm_intref_product(l, v->net.input_signed, v->net.calib + (size_t)i * (size_t)l->inputs, product);
        for (size_t o = 0; o < outputs; o++)
            exact[(size_t)i * outputs + o] = product[o];
    }
    for (size_t o = 0; !rc && o < outputs; o++)
        sum += fit(&v->lines[o], count, y + o, exact + o, outputs);
    v->error = sqrt(sum / ((double)(count > 2 ? count - 2 : 1) * l->outputs)); /* two numbers of each output are fitted */
    free(y);
    free(exact);
    free(product);
    return rc;
}

double ohm_matrix_error(const struct ohm_matrix *v)
{
    return v->error;
}

struct ohm_matrix *ohm_matrix_new(const struct ohm_matrix_options *options, int inputs, int outputs, const int8_t *weights,
                            struct ohm_error *err)
{
    const struct ohm_matrix_options none = {0}, *o = options ? options : &none;
    const char *device_name = o->device ? o->device : "pcm-hermes";
    const struct ohm_device_model *device = ohm_device_find(device_name);
    struct ohm_config config;

    if (inputs < 1 || inputs > 1 << 16 || outputs < 1 || outputs > 1 << 16 || (o->calib && o->calib_count < 1)) {
        ohm_fail(err, "matrix %d x %d, %d calibration vectors, expected 1 to 65536 inputs and outputs, 1 vector or more", inputs,
                 outputs, o->calib_count);
        return NULL;
    }
    if (ohm_config_find(o->config ? o->config : "base", &config, err))
        return NULL;
    if (!device) {
        ohm_fail(err, "device: %s, expected a device model", device_name);
        return NULL;
    }
    struct ohm_matrix *v = calloc(1, sizeof *v);
    if (!v) {
        ohm_fail(err, "matrix %d x %d: out of memory", inputs, outputs);
        return NULL;
    }
    if (copy_in(v, o, inputs, outputs, weights, err) || map_layer(v, &config, err)
        || !(v->fast = ohm_fast_new(&config, device, o->seed, o->threads ? o->threads : 1, err)) || configure(v, err)
        || calibrate(v, err)) {
        ohm_matrix_free(v);
        return NULL;
    }
    return v;
}

void ohm_matrix_free(struct ohm_matrix *v)
{
    if (!v)
        return;
    ohm_fast_free(v->fast);
    ohm_mapping_free(&v->mapping);
    free(v->layer.weights);
    free(v->layer.bias);
    free(v->net.calib);
    free(v->lines);
    free(v);
}

static int feed(struct ohm_matrix *v, const uint8_t *x, struct ohm_error *err)
{
    for (int k = 0; k < v->mapping.feed_count; k++) {
        const struct ohm_feed *f = &v->mapping.feeds[k];
        const int from = 4 * f->word0, rest = v->layer.inputs - from, bytes = rest < 4 * f->words ? rest : 4 * f->words;
        uint32_t words[SIDE_MAX / 4] = {0};
        for (int i = 0; i < bytes; i++)
            words[i / 4] |= (uint32_t)x[from + i] << 8 * (i % 4);
        if (send(v, (struct ohm_header){.type = OHM_TYPE_ACT, .x = f->x, .y = f->y, .mc = f->mc, .len = (unsigned)f->words,
                                        .seq = v->next & 0xffff}, words, err))
            return -1;
    }
    v->next++;
    return 0;
}

/* Takes what the model has for vectors first … first+count-1; *left: results still missing. */
static int collect(struct ohm_matrix *v, uint32_t first, int count, double *y, long *left, struct ohm_error *err)
{
    uint32_t flits[OHM_PACKET_MAX];
    size_t n;

    while ((n = ohm_fast_pop_packet(v->fast, flits, OHM_PACKET_MAX))) {
        const struct ohm_header h = ohm_header_decode(flits);
        const unsigned i = (h.seq - first) & 0xffff;
        if (h.type == OHM_TYPE_CREDIT)
            continue;
        if (h.type != OHM_TYPE_RESULT || h.poison || i >= (unsigned)count || h.offset + h.len > (unsigned)v->layer.outputs)
            return ohm_fail(err, "matrix: unexpected packet %s from tile (%u,%u), number %u", ohm_type_name(h.type), h.x, h.y, h.seq);
        for (unsigned o = 0; o < h.len; o++) {
            const struct line *line = &v->lines[h.offset + o];
            const double now = (int32_t)flits[2 + o] / v->mapping.layers[0].unit;
            y[(size_t)i * (size_t)v->layer.outputs + h.offset + o] = (now - line->offset) / line->slope;
        }
        --*left;
    }
    return 0;
}

int ohm_matrix_run(struct ohm_matrix *v, const void *x, int count, double *y, struct ohm_error *err)
{
    const uint8_t *bytes = x;
    const size_t inputs = (size_t)v->layer.inputs, outputs = (size_t)v->layer.outputs;

    for (int from = 0; from < count; from += BATCH) {
        const int batch = count - from < BATCH ? count - from : BATCH;
        const uint32_t first = v->next;
        long left = (long)batch * v->mapping.layers[0].col_parts;
        for (int i = 0; i < batch; i++)
            if (feed(v, bytes + (size_t)(from + i) * inputs, err))
                return -1;
        if (ohm_fast_run(v->fast, err) || collect(v, first, batch, y + (size_t)from * outputs, &left, err))
            return -1;
        if (left)
            return ohm_fail(err, "matrix: %ld results are missing", left);
    }
    return 0;
}

int ohm_matrix_tiles(const struct ohm_matrix *v)
{
    return v->mapping.tile_count;
}
