/* SPDX-License-Identifier: Apache-2.0
 * What a mapping of a convolutional network must be, and do on the golden model. */
#ifndef CONV_CHECK_H
#define CONV_CHECK_H

#include "conv_graph.h"

#include "ohm_driver.h"
#include "ohm_figures.h"
#include "ohm_intref.h"
#include "ohm_mapper_steps.h"

static inline void check_weights(const struct ohm_mapping *m)
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
static inline void write_line(const struct ohm_mapping *m, int source, int reader, int stream,
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
static inline void check_lines(const struct ohm_mapping *m, int tile)
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

static inline void check_tiles(const struct ohm_mapping *m)
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

static inline int image_done(void *user, uint32_t image, const int32_t *v)
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

static inline void describe(const struct ohm_mapping *m)
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

static inline void check_run(const struct ohm_mapping *m)
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

static inline int map(struct graph *g, const char *name, int w, int h, enum ohm_mapping_kind kind,
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

static inline void check_all(struct graph *g, const char *name, int w, int h,
                             enum ohm_mapping_kind kind, const int *replicas)
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

#endif
