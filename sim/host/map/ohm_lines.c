/* SPDX-License-Identifier: Apache-2.0
 * Lines of every input stream: how many words each has, and how many of them a tile must hold so
 * that no walker waits for a line that cannot come before it goes on. */
#include <stdlib.h>

#include "ohm_mapper_steps.h"

#define SIZE_MAX_WORDS 4095

static int clip(int line, int lines)
{
    return line < 0 ? 0 : line >= lines ? lines - 1 : line;
}

/* need[layer][y]: the last line of one source without which no line y of the layer can be made; -1:
 * none */
struct reach {
    int **need;
};

static int line_of(const struct reach *r, int source, int from, int line)
{
    return from == source ? line : from < 0 ? -1 : r->need[from][line];
}

/* The last line of the source without which a layer's row of windows cannot be made. */
static int row_need(const struct ohm_mapping *m, const struct reach *r, int source, int layer,
                    int row)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    int most = -1, last = clip(row * l->stride_h + l->kernel_h - 1 - l->pad_top, l->in_h);
    if (!m->layers[layer].walk)
        last = 0;
    for (int f = 0; f < l->from_count; f++)
        most = larger(most, line_of(r, source, l->from[f], last));
    if (l->has_residual)
        most = larger(most, line_of(r, source, l->add, row));
    return most;
}

static void find_reach(const struct ohm_mapping *m, int source, struct reach *r)
{
    for (int i = source < 0 ? 0 : source; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        for (int y = 0; y < l->map_h; y++)
            r->need[i][y] = row_need(m, r, source, i, y * l->pool_stride_h + l->pool_h - 1);
    }
}

/* Raises t's stream to the lines between the first that it still holds and the last that its
 * sources must send before the walker can go on, by whatever way that line is needed. */
static void need_lines(const struct ohm_mapping *m, struct ohm_tile_map *t, int stream, int source,
                       const struct reach *r)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    const struct ohm_layer_map *lm = &m->layers[t->layer];
    struct ohm_stream_map *s = &t->streams[stream];
    int residual = stream == OHM_STREAM_RESIDUAL, stride = residual ? 1 : l->stride_h;
    int top = residual ? 0 : t->ky0 - l->pad_top, h1 = residual ? 0 : t->kh - 1, held = 0;
    for (int by = 0; by < walked_rows(l, lm); by++) {
        const int row = by * walked_step(l, lm), end = row + walked_height(l, lm) - 1;
        int first = clip(row * stride + top, s->lines);
        int last = clip(end * stride + top + h1, s->lines);
        /* a line that was not taken yet is taken and freed in this block row */
        held = by ? smaller(first, held) : 0;
        s->need =
            larger(s->need, larger(last, row_need(m, r, source, t->layer, end)) - held + 1);
        held = larger(last + 1, held);
    }
}

static int walk_lines(struct ohm_mapping *m, struct ohm_error *err)
{
    const struct ohm_net *net = m->net;
    struct reach r = {calloc((size_t)net->layer_count, sizeof *r.need)};
    int ok = r.need != NULL;
    for (int i = 0; ok && i < net->layer_count; i++)
        ok = (r.need[i] = malloc((size_t)net->layers[i].map_h * sizeof **r.need)) != NULL;
    for (int source = OHM_FROM_INPUT; ok && source < net->layer_count; source++) {
        for (int i = 0; i < net->layer_count; i++)
            for (int y = 0; y < net->layers[i].map_h; y++)
                r.need[i][y] = -1;
        find_reach(m, source, &r);
        for (int i = 0; i < m->tile_count; i++) {
            struct ohm_tile_map *t = &m->tiles[i];
            const struct ohm_layer *l = &net->layers[t->layer];
            if (!m->layers[t->layer].walk)
                continue;
            for (int f = 0; f < l->from_count; f++)
                if (l->from[f] == source)
                    need_lines(m, t, OHM_STREAM_MAIN, source, &r);
            if (l->has_residual && t->tail && l->add == source)
                need_lines(m, t, OHM_STREAM_RESIDUAL, source, &r);
        }
    }
    for (int i = 0; r.need && i < net->layer_count; i++)
        free(r.need[i]);
    free(r.need);
    return ok ? 0 : ohm_fail(err, "mapping: out of memory");
}

static void size_streams(const struct ohm_mapping *m, struct ohm_tile_map *t)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    const struct ohm_layer_map *lm = &m->layers[t->layer];
    struct ohm_stream_map *s = &t->streams[OHM_STREAM_MAIN], *r = &t->streams[OHM_STREAM_RESIDUAL];
    s->lines = lm->walk ? l->in_h : 1;
    s->size = s->expect = parts_of(t->bytes, 4);
    for (int k = 0; l->kind == OHM_LAYER_VECTOR && k < l->from_count; k++) {
        struct ohm_stream_map *stream = &t->streams[k];
        stream->lines = 1;
        stream->size = stream->expect = parts_of(ohm_net_channels(m->net, l->from[k]), 4);
    }
    if (lm->walk) {
        s->size = parts_of(l->in_w * lm->pitch, 4);
        s->expect = ohm_reads_input_only(l) ? s->size : l->in_w * parts_of(slice_bytes(lm), 4);
        /* what the tile itself insists on */
        s->need = t->kh + (walked_height(l, lm) - 1) * l->stride_h;
    }
    if (l->has_residual && t->tail) {
        r->lines = l->conv_h;
        r->size = parts_of(l->conv_w * lm->residual_pitch, 4);
        r->expect = l->add == OHM_FROM_INPUT
                        ? r->size
                        : l->conv_w * parts_of(residual_slice_bytes(l, lm), 4);
        r->need = walked_height(l, lm);
    }
}

int ohm_size_lines(struct ohm_mapping *m, struct ohm_error *err)
{
    for (int i = 0; i < m->tile_count; i++) {
        struct ohm_tile_map *t = &m->tiles[i];
        size_streams(m, t);
        for (int k = 0; k < OHM_STREAMS_USED; k++)
            if (t->streams[k].size > SIZE_MAX_WORDS)
                return ohm_fail(err, "layer %s: lines of %d words, expected at most %d",
                                m->net->layers[t->layer].name, t->streams[k].size, SIZE_MAX_WORDS);
    }
    return walk_lines(m, err);
}
