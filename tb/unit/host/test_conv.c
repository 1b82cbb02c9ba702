/* SPDX-License-Identifier: Apache-2.0
 * Mappings of convolutional networks: random graphs (kernels, strides, paddings, pools, residuals,
 * concatenations, flattened maps) and some by hand. Every weight on every replica once; every
 * window of every layer walked once; every word of every line written once and in its place; then
 * images through the golden model, where exact mappings must give the integer reference to the bit.
 * What does not fit, or would wait for ever, is refused by name. */
#include "host_test.h"

#include <math.h>

#include "ohm_driver.h"
#include "ohm_figures.h"
#include "ohm_intref.h"
#include "ohm_mapper_steps.h"

static uint32_t seed = 20817;

static int draw(int n)
{
    return (int)(host_random(&seed) % (uint32_t)n);
}

/* ---- networks ---- */

struct graph {
    struct ohm_net net;
    struct ohm_layer layers[12];
};

static void begin(struct graph *g, int h, int w, int c, int is_signed)
{
    memset(g, 0, sizeof *g);
    snprintf(g->net.name, sizeof g->net.name, "graph");
    g->net.in_h = h;
    g->net.in_w = w;
    g->net.in_c = c;
    g->net.inputs = h * w * c;
    g->net.input_signed = is_signed;
    g->net.layers = g->layers;
}

static struct ohm_layer *add_layer(struct graph *g, enum ohm_layer_kind kind, int outputs)
{
    struct ohm_layer *l = &g->layers[g->net.layer_count++];
    snprintf(l->name, sizeof l->name, "layer%d", g->net.layer_count - 1);
    l->kind = kind;
    l->outputs = outputs;
    l->output = OHM_OUTPUT_U8;
    l->activation = OHM_ACTIVATION_RELU;
    l->stride_h = l->stride_w = 1;
    return l;
}

static struct ohm_layer *conv(struct graph *g, int outputs, int kernel_h, int kernel_w, int pad)
{
    struct ohm_layer *l = add_layer(g, OHM_LAYER_CONV, outputs);
    l->kernel_h = kernel_h;
    l->kernel_w = kernel_w;
    l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = pad;
    return l;
}

static void pool(struct ohm_layer *l, enum ohm_pool kind, int size, int stride)
{
    l->pool = kind;
    l->pool_h = l->pool_w = size;
    l->pool_stride_h = l->pool_stride_w = stride;
}

static void add_to(struct ohm_layer *l, int layer)
{
    l->has_residual = 1;
    l->add = layer;
    l->rscale = 40;
}

/* Numbers for all layers; the last one's output is of that kind. -1: the shape is not possible. */
static int finish(struct graph *g, enum ohm_output output, int images, struct ohm_error *err)
{
    struct ohm_net *net = &g->net;
    struct ohm_layer *last = &g->layers[net->layer_count - 1];
    last->output = output;
    last->activation = OHM_ACTIVATION_NONE;
    net->classes = last->outputs;
    if (ohm_net_shape(net, err))
        return -1;
    for (int i = 0; i < net->layer_count; i++) {
        struct ohm_layer *l = &g->layers[i];
        size_t n = (size_t)l->inputs * (size_t)l->outputs;
        l->weights = malloc(n);
        l->bias = malloc((size_t)l->outputs * sizeof *l->bias);
        for (size_t k = 0; k < n; k++) {
            const int c = (int)(k / (size_t)l->outputs) % l->in_c,
                      o = (int)(k % (size_t)l->outputs), w = draw(255) - 127;
            l->weights[k] =
                (int8_t)(c * l->groups / l->in_c == o * l->groups / l->outputs ? w : 0);
        }
        for (int o = 0; o < l->outputs; o++)
            l->bias[o] = draw(20001) - 10000;
        if (l == last)
            continue;
        l->scale = malloc((size_t)l->outputs * sizeof *l->scale);
        l->shift = 24;
        for (int o = 0; o < l->outputs; o++)
            l->scale[o] = (int16_t)(ldexp(100, 24) / (73.0 * 100 * sqrt(l->inputs))
                                    * (0.8 + 0.0004 * draw(1000)));
    }
    net->calib_count = images;
    net->calib = malloc((size_t)images * (size_t)net->inputs);
    for (int k = 0; k < images * net->inputs; k++)
        net->calib[k] = (uint8_t)(net->input_signed ? draw(255) - 127 : draw(256));
    return 0;
}

static void end(struct graph *g)
{
    for (int i = 0; i < g->net.layer_count; i++) {
        free(g->layers[i].weights);
        free(g->layers[i].bias);
        free(g->layers[i].scale);
    }
    free(g->net.calib);
}

/* A chain with now and then a residual or a concatenation, ended by a flattening or pooled dense
 * layer. */
static int random_graph(struct graph *g, enum ohm_output output, struct ohm_error *err)
{
    begin(g, 5 + draw(8), 5 + draw(8), 1 + draw(4), draw(4) == 0);
    int layers = 1 + draw(3), same = -1; /* same: a layer whose map the next ones keep */
    for (int i = 0; i < layers; i++) {
        int kernel_h = 1 + draw(3), kernel_w = draw(2) ? kernel_h : 1 + draw(3),
            smaller = kernel_h < kernel_w ? kernel_h : kernel_w;
        struct ohm_layer *l = conv(g, 1 + draw(10), kernel_h, kernel_w, draw(smaller));
        l->stride_h = 1 + (draw(4) == 0);
        l->stride_w = draw(4) ? l->stride_h : 1 + draw(2);
        l->pad_bottom = draw(kernel_h);
        l->pad_right = draw(kernel_w);
        l->pad_value = draw(100);
        if (draw(4) == 0 && !g->net.input_signed) {
            l->output = OHM_OUTPUT_S8;
            l->activation = OHM_ACTIVATION_NONE;
        }
        if (draw(3) == 0)
            pool(l, draw(2) ? OHM_POOL_MAX : OHM_POOL_AVERAGE, 1 + draw(3), 1 + draw(2));
        same = i;
    }
    int how = draw(4), channels = g->layers[same].outputs;
    struct ohm_layer *l;
    if (how >= 2) { /* residual pair, or a concatenation over it */
        l = conv(g, channels, 3, 3, 1);
        l->output = g->layers[same].output;
        l = conv(g, channels, 3, 3, 1);
        l->output = g->layers[same].output;
        if (how == 2) {
            add_to(l, same);
        } else {
            l = conv(g, 1 + draw(6), 1, 1, 0);
            l->from_count = 2;
            l->from[0] = same;
            l->from[1] = same + 2;
        }
    }
    if (draw(3) == 0)
        /* global */
        pool(&g->layers[g->net.layer_count - 1], draw(2) ? OHM_POOL_MAX : OHM_POOL_AVERAGE, 0, 1);
    add_layer(g, OHM_LAYER_DENSE, 2 + draw(9));
    return finish(g, output, 12, err);
}

/* ---- checks ---- */

static void check_weights(const struct ohm_mapping *m)
{
    for (int i = 0; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        const struct ohm_layer_map *lm = &m->layers[i];
        unsigned char *seen = calloc((size_t)l->inputs * (size_t)l->outputs, 1);
        for (int k = lm->first_tile; k < lm->first_tile + lm->tiles; k++) {
            const struct ohm_tile_map *t = &m->tiles[k];
            CHECK(t->layer == i && t->rows <= m->config.rows && t->cols <= m->config.cols
                  && t->out0 % 4 == 0);
            for (int r = 0; r < t->rows; r++) {
                int input = ohm_tile_row(m, k, r);
                uint16_t codes[2][256];
                ohm_tile_codes(m, k, 0, r, codes[0]);
                ohm_tile_codes(m, k, 1, r, codes[1]);
                for (int o = 0; o < t->outs; o++) {
                    int per = t->cols / t->outs, w = 0;
                    for (int s = 0; s < per; s++)
                        w += (codes[0][o * per + s] - codes[1][o * per + s])
                             / (per > 1 ? 5461 : 129) * (1 << 2 * s);
                    if (w
                        != (input < 0 ? 0
                                      : l->weights[(size_t)input * (size_t)l->outputs
                                                   + (size_t)(t->out0 + o)]))
                        fail_msg("layer %d, row %d, output %d: weight %d", i, r, o, w);
                    if (input >= 0)
                        seen[(size_t)input * (size_t)l->outputs + (size_t)(t->out0 + o)]++;
                }
            }
        }
        for (size_t k = 0; k < (size_t)l->inputs * (size_t)l->outputs; k++)
            if (!lm->packed || seen[k] || l->weights[k])
            CHECK(seen[k] == lm->replicas * lm->twins);
        free(seen);
    }
}

/* Which bytes of a line of the reader's map a source's tiles write, by the registers' rule: k-th
 * pixel at OFFSET + STEP·k. */
static void write_line(const struct ohm_mapping *m, int source, int reader, int stream,
                       unsigned char *line)
{
    const struct ohm_layer_map *lm = &m->layers[source];
    for (int i = lm->first_tile; i < lm->first_tile + lm->tiles; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        for (int k = 0; t->tail && k < t->route_count; k++) {
            const struct ohm_route *r = &t->routes[k];
            for (int n = 0; n < r->tile_count; n++) {
                if (r->tiles[n] != reader || r->type != OHM_TYPE_ACT || (int)r->chan != stream)
                    continue;
                for (int p = 0; p < t->block_cols; p++) {
                    int word = r->offset + p * lm->out_step * lm->replicas,
                        pixel = t->replica + p * lm->replicas;
                    CHECK(word + (r->count + 3) / 4 <= m->tiles[reader].streams[stream].size
                          && r->first % 4 == 0 && r->first + r->count <= t->outs);
                    /* the byte says which channel of which pixel */
                    for (int o = 0; o < r->count; o++) {
                        CHECK(line[4 * word + o] == 0);
                        line[4 * word + o] =
                            (unsigned char)(1 + (pixel * 7 + t->out0 + r->first + o) % 250);
                    }
                }
            }
        }
    }
}

/* Every byte that the walker's windows reach is what the layer's map has there. */
static void check_lines(const struct ohm_mapping *m, int tile)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *l = &m->net->layers[t->layer];
    const struct ohm_layer_map *lm = &m->layers[t->layer];
    const int bytes = slice_bytes(lm), first = t->slice * bytes,
              added = residual_slice_bytes(l, lm), first_added = t->out0 / added * added;
    int words = 0;
    if (!lm->walk || l->from[0] == OHM_FROM_INPUT)
        return;
    CHECK(t->row0 >= first && t->row0 + t->bytes <= first + bytes
          && t->out0 + t->outs <= first_added + added);
    unsigned char *line = calloc((size_t)t->streams[0].size, 4);
    for (int f = 0, channel = 0; f < l->from_count; f++) {
        int source = l->from[f], channels = m->net->layers[source].outputs;
        unsigned char *own = calloc((size_t)t->streams[0].size, 4);
        write_line(m, source, tile, OHM_STREAM_MAIN, own);
        for (int k = 0; k < 4 * t->streams[0].size; k++) {
            CHECK(!own[k] || !line[k]); /* nobody writes where another does */
            line[k] = (unsigned char)(line[k] | own[k]);
        }
        for (int p = 0; p < l->in_w; p++)
            for (int b = first; b < first + bytes; b++)
                if (lm->channel[b] >= channel && lm->channel[b] < channel + channels)
                    CHECK(own[p * lm->pitch + b - first]
                          == 1 + (p * 7 + lm->channel[b] - channel) % 250);
        channel += channels;
        words += l->in_w * ((channels / lm->slices + 3) / 4);
        free(own);
    }
    CHECK(t->streams[0].expect == words);
    free(line);
    if (!l->has_residual || !t->tail || l->add == OHM_FROM_INPUT)
        return;
    line = calloc((size_t)t->streams[1].size, 4);
    write_line(m, l->add, tile, OHM_STREAM_RESIDUAL, line);
    for (int p = 0; p < l->conv_w; p++)
        for (int o = 0; o < added; o++)
            CHECK(line[p * lm->residual_pitch + o] == 1 + (p * 7 + first_added + o) % 250);
    CHECK(t->streams[1].expect == l->conv_w * ((added + 3) / 4));
    free(line);
}

static void check_tiles(const struct ohm_mapping *m)
{
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        const struct ohm_layer_map *lm = &m->layers[t->layer];
        int used = 0;
        CHECK(t->route_count >= 1 && t->route_count <= m->config.nroute
              && t->credit_count <= m->config.ncredit && t->return_count >= 1
              && t->return_count <= m->config.nreturn);
        for (int k = 0; k < OHM_STREAMS_USED; k++) {
            const struct ohm_stream_map *s = &t->streams[k];
            if (!s->lines)
                continue;
            CHECK(s->base >= used && s->log2_slots >= 1 && s->log2_slots <= 4
                  && s->need <= 1 << s->log2_slots && s->expect <= s->size);
            used = s->base + (s->size << s->log2_slots);
        }
        CHECK(used <= m->config.ibuf_words);
        for (int k = 0; k < t->route_count; k++) {
            const struct ohm_route *r = &t->routes[k];
            CHECK((int)r->mc == (r->host ? 0 : r->tile_count - 1));
            for (int n = 0; n < r->tile_count; n++) {
                const struct ohm_tile_map *to = &m->tiles[r->tiles[n]];
                int found = 0;
                CHECK(to->x == (int)r->x && to->y == (int)(r->y - r->mc) + n
                      && (r->mc == 0 || t->y <= to->y));
                for (int e = 0; e < to->return_count; e++)
                    found += !to->returns[e].host && to->returns[e].tile == i
                             && to->returns[e].chan == r->credit + n
                             && to->returns[e].psum == (r->type == OHM_TYPE_PSUM)
                             && (to->returns[e].psum || to->returns[e].stream == (int)r->chan);
                CHECK(found == 1);
            }
        }
        CHECK(t->replica < lm->replicas);
        check_lines(m, i);
    }
    for (int i = 0; i < m->net->layer_count; i++) { /* the replicas' block columns make the map */
        const struct ohm_layer *l = &m->net->layers[i];
        const struct ohm_layer_map *lm = &m->layers[i];
        int columns = 0;
        for (int k = 0; k < lm->replicas; k++)
            columns += m->tiles[ohm_tile_index(lm, 0, k, 0, 0)].block_cols;
        CHECK(columns == l->map_w);
    }
}

struct sink {
    const struct ohm_mapping *m;
    struct ohm_intref reference;
    int done;
};

enum { FIRST = 2, COUNT = 9 };

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct sink *s = user;
    const struct ohm_net *net = s->m->net;
    CHECK(v && image == FIRST + (uint32_t)s->done);
    s->done++;
    int class = ohm_intref_run(&s->reference, net->calib + (size_t)image * (size_t)net->inputs),
        one = 1 << s->m->config.acc_f;
    if (s->m->kind != OHM_MAPPING_EXACT)
        return 0;
    if (ohm_net_classifies(net)) {
        CHECK(v[0] == class && v[1] == s->reference.v[class] * one);
    } else {
        for (int o = 0; o < net->classes; o++)
            CHECK(v[o] == s->reference.v[o] * one);
    }
    return 0;
}

static void describe(const struct ohm_mapping *m)
{
    for (int i = 0; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        printf("  %s of %d%s: %dx%dx%d, kernel %dx%d stride %dx%d padding %d %d %d %d of %d, pool "
               "%d %dx%d stride %dx%d, %d outputs of type %d%s\n",
               l->name, l->from[0], l->from_count > 1 ? " and another" : "", l->in_h, l->in_w,
               l->in_c, l->kernel_h, l->kernel_w, l->stride_h, l->stride_w, l->pad_top, l->pad_left,
               l->pad_bottom, l->pad_right, l->pad_value, l->pool, l->pool_h, l->pool_w,
               l->pool_stride_h, l->pool_stride_w, l->outputs, l->output,
               l->has_residual ? ", residual" : "");
    }
    ohm_mapping_print(m, 1, stdout);
}

static void check_run(const struct ohm_mapping *m)
{
    struct ohm_error err = {{0}};
    struct ohm_backend b;
    struct ohm_drive_stats stats;
    struct sink s = {.m = m};
    int exact = m->kind == OHM_MAPPING_EXACT;
    struct ohm_figures *f = ohm_figures_new(m, m->net->calib, exact, &err);
    struct ohm_drive d = {.mapping = m, .images = m->net->calib, .first = FIRST, .count = COUNT,
                          .done = image_done, .user = &s};
    const struct ohm_backend_settings ideal = {.config = &m->config,
                                               .device = ohm_device_find("ideal"), .seed = 1,
                                               .observer = ohm_figures_observe, .user = f};
    if (!f || ohm_intref_new(m->net, &s.reference, &err)
        || ohm_backend_open("golden", &ideal, &b, &err) || ohm_drive_run(&d, &b, &stats, &err)) {
        describe(m);
        fail_msg("%s", err.text);
    }
    b.close(b.self);
    uint64_t windows = 0, results = 0, compared;
    for (int i = 0; i < m->tile_count; i++)
        windows += (uint64_t)m->tiles[i].windows;
    CHECK(s.done == COUNT && stats.lost == 0 && stats.events == 0
          && stats.counters[0] == COUNT * windows);
    if (ohm_figures_exact(f, &compared, &err))
        fail_msg("%s", err.text);
    for (int i = 0; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        struct ohm_layer_figures figures;
        ohm_figures_layer(f, i, &figures);
        results += (uint64_t)(l->map_h * l->map_w * l->pool_h * l->pool_w * l->outputs);
        CHECK(figures.samples
              == (uint64_t)(l->map_h * l->map_w * l->pool_h * l->pool_w * l->outputs) * COUNT);
        CHECK(exact ? figures.rms == 0 : figures.rms < 0.02 * figures.full_scale);
    }
    CHECK(compared == (exact ? results * COUNT : 0));
    ohm_intref_free(&s.reference);
    ohm_figures_free(f);
}

static int map(struct graph *g, const char *name, int w, int h, enum ohm_mapping_kind kind,
               const int *replicas, struct ohm_mapping *m, struct ohm_error *err)
{
    struct ohm_config config;
    CHECK(!ohm_config_find(name, &config, err));
    config.mesh_w = w;
    config.mesh_h = h;
    struct ohm_coding coding;
    ohm_coding_default(kind, &coding);
    return ohm_map_replicated(&g->net, &config, &coding, replicas, m, err);
}

static void check_all(struct graph *g, const char *name, int w, int h, enum ohm_mapping_kind kind,
                      const int *replicas)
{
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    if (map(g, name, w, h, kind, replicas, &m, &err))
        fail_msg("%s", err.text);
    check_weights(&m);
    check_tiles(&m);
    check_run(&m);
    ohm_mapping_free(&m);
}

/* ---- tests ---- */

static void random_graphs(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"small", "base", "tiny"};
    int mapped = 0;
    for (int k = 0; k < 30; k++) {
        struct graph g;
        struct ohm_error err = {{0}};
        struct ohm_mapping m;
        enum ohm_mapping_kind kind = draw(4) ? OHM_MAPPING_EXACT : OHM_MAPPING_PWM;
        const char *name = NAMES[draw(5) % 3];
        if (random_graph(&g, draw(2) ? OHM_OUTPUT_CLASS : OHM_OUTPUT_S32, &err))
            continue; /* the pieces leave no map */
        if (!map(&g, name, 4 + draw(3), 4 + draw(5), kind, NULL, &m, &err)) {
            mapped++;
            check_weights(&m);
            check_tiles(&m);
            check_run(&m);
            ohm_mapping_free(&m);
        } else if (!strstr(err.text, "layer ")) {
            fail_msg("%s", err.text);
        }
        end(&g);
    }
    CHECK(mapped >= 12);
}

/* A kernel whose rows are more than a tile's is cut by channels, then by lines. */
static void split_kernels(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 12, 12, 1, 0);
    conv(&g, 5, 9, 9, 4); /* 81 rows on 64: two parts by lines */
    pool(conv(&g, 12, 5, 5, 2), OHM_POOL_MAX, 2, 2); /* 5·25 rows: by channels */
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
    CHECK(!map(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL, &m, &err));
    CHECK(m.layers[0].row_parts == 2 && m.tiles[0].kh + m.tiles[m.layers[0].col_parts].kh == 9
          && m.tiles[0].bytes == 1);
    CHECK(m.layers[1].row_parts == 3 && m.tiles[m.layers[1].first_tile].kh == 5);
    ohm_mapping_free(&m);
    check_all(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL);
    end(&g);
}

/* Replicas as asked for; odd numbers of block columns. */
static void replicas(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 11, 13, 2, 0);
    conv(&g, 6, 3, 3, 1);
    pool(conv(&g, 8, 3, 3, 0), OHM_POOL_AVERAGE, 3, 2); /* overlapping blocks */
    add_layer(&g, OHM_LAYER_DENSE, 7);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
    check_all(&g, "small", 4, 4, OHM_MAPPING_EXACT, (const int[]){5, 2, 0});
    check_all(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){1, 3, 1});
    CHECK(map(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){14, 1, 1}, &m, &err));
    CHECK_ERROR(err, "layer layer0: 14 replicas, expected at most 13");
    CHECK(map(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){13, 5, 1}, &m, &err));
    CHECK_ERROR(err, "replicas: 21 tiles, the mesh 4x4 has 16");
    CHECK(map(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){10, 1, 1}, &m, &err));
    CHECK_ERROR(err, "NRETURN of small");
    end(&g);
}

/* The residual must hold what the longer branch is behind; the balance takes the busiest layer. */
static void residual(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    int layer;
    begin(&g, 14, 14, 3, 0);
    conv(&g, 8, 3, 3, 1);
    conv(&g, 8, 5, 5, 2);
    add_to(conv(&g, 8, 3, 3, 1), 0);
    pool(&g.layers[2], OHM_POOL_MAX, 0, 1);
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_S32, 12, &err));
    if (map(&g, "base", 4, 4, OHM_MAPPING_EXACT, NULL, &m, &err))
        fail_msg("%s", err.text);
    const struct ohm_tile_map *join = &m.tiles[m.layers[3].first_tile - 1];
    /* one block over all lines */
    CHECK(join->tail && join->streams[OHM_STREAM_RESIDUAL].need == 14);
    CHECK( ohm_bottleneck(&m, &layer) == 14L * 14 * m.vmm_cycles && layer == 2);
    ohm_mapping_free(&m);
    check_all(&g, "base", 4, 4, OHM_MAPPING_EXACT, NULL);
    end(&g);

    begin(&g, 14, 14, 3, 0);
    conv(&g, 8, 3, 3, 1);
    conv(&g, 8, 5, 5, 2);
    add_to(conv(&g, 8, 3, 3, 1), 0);
    pool(conv(&g, 4, 3, 3, 0), OHM_POOL_MAX, 4, 4);
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_S32, 12, &err));
    /* two lines by the 5x5, one by the 3x3, its own */
    CHECK(!map(&g, "base", 4, 4, OHM_MAPPING_PWM, NULL, &m, &err));
    for (int i = 0; i < m.tile_count; i++)
        CHECK(m.tiles[i].layer != 2 || !m.tiles[i].tail
              || m.tiles[i].streams[OHM_STREAM_RESIDUAL].need == 4);
    for (int i = 0; i < m.tile_count; i++) /* less is a circle of waits */
        m.tiles[i].streams[OHM_STREAM_RESIDUAL].log2_slots = 1;
    CHECK(ohm_check_flow(&m, &err));
    CHECK_ERROR(err, "waits for ever", "layer0", "layer2");
    ohm_mapping_free(&m);
    end(&g);
}

/* Pools of more lines than a stream has slots: a row of windows at a time. */
static void by_lines(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct graph g;
        struct ohm_error err = {{0}};
        struct ohm_mapping m;
        begin(&g, k ? 40 : 25, k ? 3 : 5, 3, k);
        conv(&g, 8, 3, 3, 1);
        struct ohm_layer *l = conv(&g, 12, 1, 1, 0);
        pool(l, k ? OHM_POOL_MAX : OHM_POOL_AVERAGE, k ? 20 : 0, 20); /* two blocks, or one */
        l->pool_w = k ? 3 : 0;
        add_layer(&g, OHM_LAYER_DENSE, 5);
        CHECK(!finish(&g, OHM_OUTPUT_S32, 12, &err));
        if (map(&g, "small", 3, 3, OHM_MAPPING_EXACT, NULL, &m, &err))
            fail_msg("%s", err.text);
        CHECK(!m.layers[0].by_lines && m.layers[1].by_lines && l->map_h == 1 + k);
        CHECK(m.tiles[m.layers[1].first_tile].streams[0].need <= 2);
        ohm_mapping_free(&m);
        check_all(&g, "small", 3, 3, OHM_MAPPING_EXACT, NULL);
        end(&g);
    }
}

/* Lines of 128 words, and of a residual as many, in a buffer of 512: a tile gets some channels. */
static void slices(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 4, 32, 2, 0);
    conv(&g, 16, 3, 3, 1);
    conv(&g, 16, 3, 3, 1);
    add_to(conv(&g, 16, 3, 3, 1), 0);
    pool(conv(&g, 8, 1, 1, 0), OHM_POOL_AVERAGE, 0, 1);
    add_layer(&g, OHM_LAYER_DENSE, 5);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
    if (map(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL, &m, &err))
        fail_msg("%s", err.text);
    CHECK(m.layers[2].residual_slices > 1 && m.layers[2].col_parts > 1 && m.layers[1].slices > 1);
    ohm_mapping_free(&m);
    check_all(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL);
    end(&g);
}

/* Groups on the diagonal: column parts with the rows of their own groups, no partial sums. */
static void groups(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct graph g;
        struct ohm_error err = {{0}};
        struct ohm_mapping m;
        begin(&g, 5, 6, 2, 0);
        conv(&g, 18, 3, 3, 1);
        /* depthwise; two outputs a channel; two channels a group */
        struct ohm_layer *l = conv(&g, (int[]){18, 36, 18}[k], 3, 3, 1);
        l->groups = k == 2 ? 9 : 18;
        pool(conv(&g, 8, 1, 1, 0), OHM_POOL_AVERAGE, 0, 1);
        add_layer(&g, OHM_LAYER_DENSE, 5);
        CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
        if (map(&g, "small", 4, 6, OHM_MAPPING_EXACT, NULL, &m, &err))
            fail_msg("%s", err.text);
        CHECK(m.layers[1].packed && m.layers[1].row_parts == 1);
        for (int i = 0; i < m.layers[1].tiles; i++)
            CHECK(m.tiles[m.layers[1].first_tile + i].bytes < 18);
        ohm_mapping_free(&m);
        check_all(&g, "small", 4, 6, OHM_MAPPING_EXACT, NULL);
        end(&g);
    }
}

static void refused(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 32, 32, 3, 0);
    conv(&g, 60, 3, 3, 1); /* no two halves of whole words */
    conv(&g, 8, 3, 3, 1);
    pool(&g.layers[1], OHM_POOL_MAX, 4, 4);
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 2, &err));
    CHECK(map(&g, "small", 8, 8, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK_ERROR(err, "layer layer1: lines do not fit the input buffer: 8 x 480 words, IBUF_WORDS "
                     "of small is 512");
    struct ohm_config config;
    CHECK(!ohm_config_find("base", &config, &err));
    config.window = 0;
    CHECK(ohm_map_network(&g.net, &config, OHM_MAPPING_PWM, &m, &err));
    CHECK_ERROR(err, "layer layer0: reads windows of a map, WINDOW of base is 0");
    CHECK(map(&g, "base", 1, 2, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK_ERROR(err, "layer layer1: does not fit");
    end(&g);

    begin(&g, 20, 20, 1, 0); /* twenty lines at once */
    conv(&g, 4, 1, 1, 0);
    add_layer(&g, OHM_LAYER_DENSE, 4);
    CHECK(!finish(&g, OHM_OUTPUT_S32, 2, &err));
    CHECK(map(&g, "base", 16, 16, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK_ERROR(err, "layer layer1: must hold 20 lines of its input at once, expected at most 16");
    end(&g);
}

static void drawing(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 8, 8, 1, 0);
    pool(conv(&g, 4, 3, 3, 0), OHM_POOL_MAX, 2, 2);
    add_layer(&g, OHM_LAYER_DENSE, 4);
    snprintf(g.layers[0].name, sizeof g.layers[0].name, "a<b&c");
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 2, &err));
    CHECK(!map(&g, "small", 2, 3, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK(!ohm_mapping_draw(&m, host_path("mesh.svg"), &err));
    char text[20000] = "";
    FILE *f = fopen(host_path("mesh.svg"), "r");
    CHECK(f && fread(text, 1, sizeof text - 1, f) > 1000);
    fclose(f);
    CHECK(strstr(text, "<svg") == text && strstr(text, "</svg>") && strstr(text, ">abc<")
          && strstr(text, "replica 3 of 3"));
    struct ohm_links l;
    ohm_measure_links(&m, &l);
    CHECK(l.in == 8 * (2 + 2)); /* lines of two words */
    CHECK(ohm_mapping_draw(&m, host_path("no/such/mesh.svg"), &err));
    CHECK_ERROR(err, "no/such/mesh.svg");
    ohm_mapping_free(&m);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs), cmocka_unit_test(split_kernels),
        cmocka_unit_test(replicas),      cmocka_unit_test(residual),
        cmocka_unit_test(by_lines),      cmocka_unit_test(slices),
        cmocka_unit_test(groups),
        cmocka_unit_test(refused),       cmocka_unit_test(drawing)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
