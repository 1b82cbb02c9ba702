/* SPDX-License-Identifier: Apache-2.0
 * A network of one layer, its mapping, and a host that feeds any back end, as credits allow. */
#include "ohm_matrix.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_intref.h"
#include "ohm_matrix_parts.h"
#include "ohm_packet.h"
#include "ohm_rng.h"
#include "ohm_tile_io.h"

enum { CALIB_VECTORS = 256, CALIB_KEY = 0x6d6174 };

static int at(const struct ohm_matrix *v, const struct ohm_header *h)
{
    for (int i = 0; i < v->mapping.tile_count; i++)
        if (v->mapping.tiles[i].x == (int)h->x && v->mapping.tiles[i].y == (int)h->y)
            return i;
    return -1;
}

/* Lets the tiles send further results. */
static int grant(struct ohm_matrix *v, struct ohm_error *err)
{
    const uint32_t window = (uint32_t)v->mapping.result_window;
    uint32_t done = v->next;

    for (int i = 0; i < v->mapping.tile_count; i++)
        if (v->mapping.tiles[i].tail && (int32_t)(v->done[i] - done) < 0)
            done = v->done[i];
    if (4 * (done + window - v->granted) < window)
        return 0;
    v->granted = done + window;
    for (int i = 0; i < v->mapping.tile_count; i++) {
        const struct ohm_tile_map *t = &v->mapping.tiles[i];
        struct ohm_header h = ohm_to_tile(&v->mapping, i, OHM_TYPE_CREDIT);
        h.offset = v->granted & 0xffff;
        for (int k = 0; k < t->route_count; k++) {
            h.chan = (unsigned)t->routes[k].credit;
            if (t->routes[k].host && ohm_send(&v->backend, OHM_CLASS_CONFIG, &h, NULL, err))
                return -1;
        }
    }
    return 0;
}

static int take_result(struct ohm_matrix *v, struct batch *b, int tile, const struct ohm_header *h,
                       const uint32_t *payload, struct ohm_error *err)
{
    const uint32_t number = ohm_extend(v->done[tile], h->seq), i = number - b->first;

    if (h->poison || i >= (uint32_t)b->count || h->offset + h->len > (unsigned)v->layer.outputs)
        return ohm_fail(err, "matrix: unexpected result of tile (%u,%u), number %u", h->x, h->y,
                        h->seq);
    for (unsigned o = 0; o < h->len; o++) {
        const struct line *line = &v->lines[h->offset + o];
        const double now = (int32_t)payload[o] / v->mapping.layers[0].unit;
        b->y[(size_t)i * (size_t)v->layer.outputs + h->offset + o] =
            (now - line->offset) / line->slope;
    }
    v->done[tile] = number + 1;
    b->left--;
    return grant(v, err);
}

static int take(struct ohm_matrix *v, struct batch *b, const uint32_t *flits, struct ohm_error *err)
{
    const struct ohm_header h = ohm_header_decode(flits);
    const int tile = at(v, &h);

    const int rc = tile >= 0 ? ohm_matrix_take_back(v, b, tile, &h, flits + 2, err) : 1;
    if (rc <= 0)
        return rc;
    if (tile >= 0 && h.type == OHM_TYPE_RESULT && b && !b->back)
        return take_result(v, b, tile, &h, flits + 2, err);
    if (tile >= 0 && h.type == OHM_TYPE_CREDIT && h.chan == 0) {
        const uint32_t limit = ohm_extend(v->limit[tile], h.offset);
        v->limit[tile] = (int32_t)(limit - v->limit[tile]) > 0 ? limit : v->limit[tile];
        return 0;
    }
    if (tile >= 0 && h.type == OHM_TYPE_CFG_DATA && h.len == 1 && v->answers) {
        v->answers--;
        return OHM_FIELD(flits[2], STATUS_BAD_DESC)
            ? ohm_fail(err, "matrix: tile (%u,%u) refuses its descriptor", h.x, h.y) : 0;
    }
    return ohm_fail(err, "matrix: unexpected packet %s from tile (%u,%u), number %u",
                    ohm_type_name(h.type), h.x, h.y, h.seq);
}

/* Lets the chip work for a round, and takes what came. b: what is computed, NULL: nothing. */
int ohm_matrix_turn(struct ohm_matrix *v, struct batch *b, struct ohm_error *err)
{
    struct ohm_backend *chip = &v->backend;
    uint32_t flits[OHM_PACKET_MAX];
    long n;

    if (chip->run(chip->self, OHM_ROUND, err))
        return -1;
    v->idle++;
    while ((n = chip->recv(chip->self, flits, OHM_PACKET_MAX, err)) > 0) {
        v->idle = 0;
        if (n < 2)
            return ohm_fail(err, "matrix: packet from the chip: %ld flits, expected 2 to %d", n,
                            OHM_PACKET_MAX);
        if (take(v, b, flits, err))
            return -1;
    }
    if (n < 0)
        return -1;
    const size_t queued = chip->queued(chip->self);
    if (queued != v->queued)
        v->idle = 0;
    v->queued = queued;
    const uint64_t patience = ohm_stuck_after(chip, &v->mapping, 1);
    if ((uint64_t)v->idle * OHM_ROUND > patience)
        return ohm_fail(err, "matrix: nothing came for %" PRIu64 " cycles: %ld results are missing",
                        patience, b ? b->left : 0);
    return 0;
}

static int configure(struct ohm_matrix *v, struct ohm_error *err)
{
    const uint32_t base = 0, on = OHM_PLACE(1, CTRL_ENABLE);

    for (int i = 0; i < v->mapping.tile_count; i++) {
        struct ohm_tile_io io = {&v->backend, &v->mapping, i, err};
        v->limit[i] = 1u << v->mapping.tiles[i].streams[OHM_STREAM_MAIN].log2_slots;
        if (ohm_tile_registers(&v->mapping, i, base, ohm_tile_write, &io)
            || ohm_tile_write(&io, OHM_REG_SEQ_BASE, &base, 1) || ohm_tile_program(&io)
            || ohm_tile_write(&io, OHM_REG_CTRL, &on, 1))
            return -1;
    }
    v->granted = (uint32_t)v->mapping.result_window;
    v->answers = v->mapping.tile_count;
    /* vectors may not overtake what came before */
    for (int i = 0; i < v->mapping.tile_count; i++) {
        struct ohm_tile_io io = {&v->backend, &v->mapping, i, err};
        if (ohm_tile_ask(&io, OHM_REG_STATUS))
            return -1;
    }
    while (v->answers)
        if (ohm_matrix_turn(v, NULL, err))
            return -1;
    return 0;
}

/* On the mesh that is asked for, else on the smallest, nearly square, that the mapping accepts. */
static int map_layer(struct ohm_matrix *v, const struct ohm_matrix_options *o,
                     struct ohm_error *err)
{
    struct ohm_config *config = &v->config;
    const int rows = config->rows / 4 * 4, cols = config->cols / 4 * 4;
    const long tiles =
        ((long)v->layer.inputs + rows - 1) / rows * (((long)v->layer.outputs + cols - 1) / cols);

    if (tiles > OHM_MESH_MAX * OHM_MESH_MAX)
        return ohm_fail(err, "matrix %d x %d: needs %ld tiles of %s, expected at most %d",
                        v->layer.inputs, v->layer.outputs, tiles, config->name,
                        OHM_MESH_MAX * OHM_MESH_MAX);
    if (o->mesh_w || o->mesh_h) {
        if (o->mesh_w < 1 || o->mesh_w > OHM_MESH_MAX || o->mesh_h < 1 || o->mesh_h > OHM_MESH_MAX)
            return ohm_fail(err, "matrix: mesh %dx%d, expected 1x1 to %dx%d", o->mesh_w, o->mesh_h,
                            OHM_MESH_MAX, OHM_MESH_MAX);
        config->mesh_w = o->mesh_w;
        config->mesh_h = o->mesh_h;
        return ohm_map_network(&v->net, config, OHM_MAPPING_PWM, &v->mapping, err);
    }
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
        v->net.calib[i] =
            (uint8_t)(low + (int)floor(ohm_uniform(ohm_key_at(CALIB_KEY, i)) * (high - low + 1)));
}

static int copy_in(struct ohm_matrix *v, const struct ohm_matrix_options *o, int inputs,
                   int outputs, const int8_t *weights, struct ohm_error *err)
{
    const size_t n = (size_t)inputs * (size_t)outputs,
                 vectors = o->calib ? (size_t)o->calib_count : CALIB_VECTORS,
                 calib = vectors * (size_t)inputs;
    const int least = o->input_signed ? -127 : 0, most = o->input_signed ? 127 : 255,
              any = !o->input_low && !o->input_high;

    v->layer = (struct ohm_layer){
        .name = "matrix", .inputs = inputs, .outputs = outputs, .output = OHM_OUTPUT_S32};
    v->net = (struct ohm_net){.name = "matrix", .inputs = inputs, .in_h = 1, .in_w = 1,
                              .in_c = inputs, .input_signed = o->input_signed, .classes = outputs,
                              .layer_count = 1, .layers = &v->layer, .calib_count = (int)vectors};
    v->layer.weights = malloc(n);
    v->layer.bias = calloc((size_t)outputs, sizeof *v->layer.bias);
    v->net.calib = malloc(calib + 1);
    if (!v->layer.weights || !v->layer.bias || !v->net.calib)
        return ohm_fail(err, "matrix %d x %d: out of memory", inputs, outputs);
    memcpy(v->layer.weights, weights, n);
    if (!any && !(o->input_low >= least && o->input_low <= o->input_high && o->input_high <= most))
        return ohm_fail(err, "matrix %d x %d: inputs of %d to %d, expected a range within %d to %d",
                        inputs, outputs, o->input_low, o->input_high, least, most);
    if (o->calib)
        memcpy(v->net.calib, o->calib, calib);
    else
        draw_inputs(v, any ? least : o->input_low, any ? most : o->input_high);
    for (size_t i = 0; i < n; i++)
        if (weights[i] == INT8_MIN)
            return ohm_fail(
                err, "matrix %d x %d: weight of input %zu, output %zu: -128, expected -127 to 127",
                inputs, outputs, i / (size_t)outputs, i % (size_t)outputs);
    return ohm_net_shape(&v->net, err);
}

/* The straight line y = slope·exact + offset through the calibration vectors of one output, which
 * takes away what its column has of gain and offset, as a tile's GAIN and TRIM would; and the
 * squares that are left. An output that never changes stays. */
double ohm_matrix_fit(struct line *line, int count, const double *y, const double *exact,
                      size_t step)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0, left = 0;
    for (int i = 0; i < count; i++) {
        sx += exact[(size_t)i * step];
        sy += y[(size_t)i * step];
        sxx += exact[(size_t)i * step] * exact[(size_t)i * step];
        sxy += exact[(size_t)i * step] * y[(size_t)i * step];
    }
    const double spread = sxx - sx * sx / count,
                 slope = spread > 0 ? (sxy - sx * sy / count) / spread : 1;
    if (count > 2 && spread > 0 && slope > 0.05)
        *line = (struct line){slope, (sy - slope * sx) / count};
    for (int i = 0; i < count; i++) {
        const double e =
            (y[(size_t)i * step] - line->offset) / line->slope - exact[(size_t)i * step];
        left += e * e;
    }
    return left;
}

/* Runs some of the calibration vectors, fits each output's line and tells the error that is left.
 */
static int calibrate(struct ohm_matrix *v, struct ohm_error *err)
{
    const struct ohm_layer *l = &v->layer;
    const size_t outputs = (size_t)l->outputs;
    int count = v->net.calib_count < CALIB_VECTORS ? v->net.calib_count : CALIB_VECTORS;
    while (count > 8
           && count * ((double)l->inputs * l->outputs)
                  > 3e7) /* large matrices are made in a second or two */
        count /= 2;
    double *y = malloc((size_t)count * outputs * sizeof *y),
           *exact = malloc((size_t)count * outputs * sizeof *exact), sum = 0;
    int32_t *product = malloc(outputs * sizeof *product);
    v->lines = malloc(outputs * sizeof *v->lines);
    int rc = y && exact && product && v->lines
                 ? 0
                 : ohm_fail(err, "matrix %d x %d: out of memory", l->inputs, l->outputs);
    for (size_t o = 0; !rc && o < outputs; o++)
        v->lines[o] = (struct line){1, 0};
    rc = rc || ohm_matrix_run(v, v->net.calib, count, y, err) ? -1 : 0;
    for (int i = 0; !rc && i < count; i++) {
        ohm_intref_product(l, v->net.input_signed, v->net.calib + (size_t)i * (size_t)l->inputs,
                           product);
        for (size_t o = 0; o < outputs; o++)
            exact[(size_t)i * outputs + o] = product[o];
    }
    for (size_t o = 0; !rc && o < outputs; o++)
        sum += ohm_matrix_fit(&v->lines[o], count, y + o, exact + o, outputs);
    /* two numbers of each output are fitted */
    v->error = sqrt(sum / ((double)(count > 2 ? count - 2 : 1) * l->outputs));
    free(y);
    free(exact);
    free(product);
    return rc;
}

double ohm_matrix_error(const struct ohm_matrix *v)
{
    return v->error;
}

static int open_chip(struct ohm_matrix *v, const struct ohm_matrix_options *o,
                     const struct ohm_device_model *device, struct ohm_error *err)
{
    const struct ohm_backend_settings s = {.config = &v->config, .device = device, .seed = o->seed,
                                           .threads = o->threads, .rtl_library = o->library,
                                           .tlm_library = o->library, .line = o->library};
    const size_t tiles = (size_t)v->mapping.tile_count;

    v->limit = calloc(tiles, sizeof *v->limit);
    v->done = calloc(tiles, sizeof *v->done);
    if (!v->limit || !v->done)
        return ohm_fail(err, "matrix: out of memory for %zu tiles", tiles);
    if (ohm_backend_open(o->backend ? o->backend : "model", &s, &v->backend, err))
        return -1;
    v->open = 1;
    return 0;
}

struct ohm_matrix *ohm_matrix_new(const struct ohm_matrix_options *options, int inputs, int outputs,
                                  const int8_t *weights, struct ohm_error *err)
{
    const struct ohm_matrix_options none = {0}, *o = options ? options : &none;
    const char *device_name = o->device ? o->device : "pcm-hermes";
    const struct ohm_device_model *device = ohm_device_find(device_name);

    if (inputs < 1 || inputs > 1 << 16 || outputs < 1 || outputs > 1 << 16
        || (o->calib && o->calib_count < 1)) {
        ohm_fail(err,
                 "matrix %d x %d, %d calibration vectors, expected 1 to 65536 inputs and outputs, "
                 "1 vector or more",
                 inputs, outputs, o->calib_count);
        return NULL;
    }
    if (!device) {
        ohm_fail(err, "device: %s, expected a device model", device_name);
        return NULL;
    }
    struct ohm_matrix *v = calloc(1, sizeof *v);
    if (!v) {
        ohm_fail(err, "matrix %d x %d: out of memory", inputs, outputs);
        return NULL;
    }
    if (ohm_config_find(o->config ? o->config : "base", &v->config, err)
        || copy_in(v, o, inputs, outputs, weights, err) || map_layer(v, o, err)
        || open_chip(v, o, device, err) || configure(v, err) || calibrate(v, err)) {
        ohm_matrix_free(v);
        return NULL;
    }
    return v;
}

void ohm_matrix_free(struct ohm_matrix *v)
{
    if (!v)
        return;
    if (v->open)
        v->backend.close(v->backend.self);
    free(v->limit);
    free(v->done);
    ohm_mapping_free(&v->mapping);
    free(v->layer.weights);
    free(v->layer.bias);
    free(v->net.calib);
    free(v->lines);
    ohm_matrix_free_back(v);
    free(v);
}

static int may_feed(const struct ohm_matrix *v)
{
    for (int k = 0; k < v->mapping.feed_count; k++)
        for (int i = 0; i < v->mapping.feeds[k].tile_count; i++)
            if ((int32_t)(v->limit[v->mapping.feeds[k].tiles[i]] - v->next) <= 0)
                return 0;
    return 1;
}

static int feed(struct ohm_matrix *v, const uint8_t *x, struct ohm_error *err)
{
    for (int k = 0; k < v->mapping.feed_count; k++) {
        const struct ohm_feed *f = &v->mapping.feeds[k];
        const int from = 4 * f->word0, rest = v->layer.inputs - from,
                  bytes = rest < 4 * f->words ? rest : 4 * f->words;
        uint32_t words[SIDE_MAX / 4] = {0};
        for (int i = 0; i < bytes; i++)
            words[i / 4] |= (uint32_t)x[from + i] << 8 * (i % 4);
        const struct ohm_header h = {.type = OHM_TYPE_ACT, .x = f->x, .y = f->y, .mc = f->mc,
                                     .len = (unsigned)f->words, .seq = v->next & 0xffff};
        if (ohm_send(&v->backend, OHM_CLASS_DATA, &h, words, err))
            return -1;
    }
    v->next++;
    return 0;
}

int ohm_matrix_run(struct ohm_matrix *v, const void *x, int count, double *y, struct ohm_error *err)
{
    const uint8_t *bytes = x;
    struct batch b = {.first = v->next, .count = count,
                      .left = (long)count * v->mapping.layers[0].col_parts, .y = y};

    if (ohm_matrix_face(v, 0, err))
        return -1;
    v->idle = 0;
    while (b.left) {
        for (uint32_t i; (i = v->next - b.first) < (uint32_t)count && may_feed(v);)
            if (feed(v, bytes + (size_t)i * (size_t)v->layer.inputs, err))
                return -1;
        if (ohm_matrix_turn(v, &b, err))
            return -1;
    }
    return 0;
}

int ohm_matrix_finish(struct ohm_matrix *v, struct ohm_error *err)
{
    return v->backend.finish(v->backend.self, err);
}

int ohm_matrix_tiles(const struct ohm_matrix *v)
{
    return v->mapping.tile_count;
}
