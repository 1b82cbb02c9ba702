/* SPDX-License-Identifier: Apache-2.0
 * Whether lines can wait for each other for ever. A line is sent when every tile that reads it has
 * a free slot; a walker goes on when all lines of its block row are there, and frees what no later
 * one needs. Layers are run against each other by these two rules alone, for some images, or steps
 * of sequences: a state that goes back in time is there once for each of them before the first
 * step. Slots only ever delay: if this comes to its end, so does every order of events on the chip.
 */
#include <stdlib.h>

#include "ohm_mapper_steps.h"

#define IMAGES 3
#define STEPS 64 /* of sequences: more than slots can hold */

struct reader { /* a layer */
    /* rows walked, over all images; the image's rest of lines counts as one more */
    long row;
    long freed[OHM_STREAMS_USED]; /* lines */
};

struct flow {
    const struct ohm_mapping *m;
    struct reader *readers;
    long *made; /* lines of what `from` + 1 names */
};

static int images_of(const struct ohm_mapping *m)
{
    return m->net->steps ? STEPS : IMAGES;
}

/* The smallest number of slots among the layer's tiles. */
static int slots_of(const struct ohm_mapping *m, int layer, int stream)
{
    int slots = 0;
    for (int i = 0; i < m->layers[layer].tiles; i++) {
        const struct ohm_stream_map *s = &m->tiles[m->layers[layer].first_tile + i].streams[stream];
        if (s->lines && (!slots || 1 << s->log2_slots < slots))
            slots = 1 << s->log2_slots;
    }
    return slots;
}

static int reads(const struct ohm_layer *l, int stream, int source)
{
    if (l->kind == OHM_LAYER_VECTOR) /* a source of its own for each stream */
        return stream < l->from_count && l->from[stream] == source;
    if (stream == OHM_STREAM_RESIDUAL)
        return l->has_residual && l->add == source;
    for (int f = 0; f < l->from_count; f++)
        if (l->from[f] == source)
            return 1;
    return 0;
}

/* Lines of a source that have been sent to a layer: of a state, those of the sequences' starts
 * too. */
static long sent(const struct flow *f, int source, int layer)
{
    return f->made[source + 1] + (source >= layer ? ohm_lanes(f->m) : 0);
}

/* A layer that has no slot for the next line of a source; -1: none. */
static int full_reader(const struct flow *f, int source)
{
    for (int i = 0; i < f->m->net->layer_count; i++)
        for (int k = 0; k < OHM_STREAMS_USED; k++)
            if (reads(&f->m->net->layers[i], k, source)
                && sent(f, source, i) - f->readers[i].freed[k] >= slots_of(f->m, i, k))
                return i;
    return -1;
}

static int lines_of(const struct flow *f, int layer, int stream)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    if (l->kind == OHM_LAYER_VECTOR)
        return 1;
    return stream == OHM_STREAM_RESIDUAL ? l->conv_h : f->m->layers[layer].walk ? l->in_h : 1;
}

/* Lines of the stream that are whole. */
static long whole(const struct flow *f, int layer, int stream)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    long least = -1;
    if (l->kind == OHM_LAYER_VECTOR)
        return sent(f, l->from[stream], layer);
    if (stream == OHM_STREAM_RESIDUAL)
        return f->made[l->add + 1];
    for (int i = 0; i < l->from_count; i++)
        if (least < 0 || sent(f, l->from[i], layer) < least)
            least = sent(f, l->from[i], layer);
    return least;
}

/* Streams that a layer reads. */
static int streams_of(const struct ohm_layer *l)
{
    return l->kind == OHM_LAYER_VECTOR ? l->from_count : 1 + l->has_residual;
}

static int rows_of(const struct flow *f, int layer)
{
    return walked_rows(&f->m->net->layers[layer], &f->m->layers[layer]);
}

/* First (end = 0) or last line that a walked row needs, in the image. */
static int line(const struct flow *f, int layer, int stream, int by, int end)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    const struct ohm_layer_map *lm = &f->m->layers[layer];
    int lines = lines_of(f, layer, stream), stride = l->stride_h, top = -l->pad_top,
        h1 = l->kernel_h - 1;
    if (stream == OHM_STREAM_RESIDUAL) {
        stride = 1;
        top = h1 = 0;
    }
    int y = by * walked_step(l, lm) * stride + top
            + (end ? (walked_height(l, lm) - 1) * stride + h1 : 0);
    return y < 0 ? 0 : y >= lines ? lines - 1 : y;
}

/* The image's lines that no block row needs are freed as they come; 0 when there is nothing to free
 * yet. */
static int end_image(struct flow *f, int layer, long image)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    struct reader *r = &f->readers[layer];
    int moved = 0, over = 1;
    for (int k = 0; k < streams_of(l); k++) {
        long all = (image + 1) * lines_of(f, layer, k), there = whole(f, layer, k);
        long freed = there < all ? there : all;
        moved |= freed > r->freed[k];
        r->freed[k] = freed > r->freed[k] ? freed : r->freed[k];
        over &= there >= all;
    }
    r->row += over;
    return moved | over;
}

/* One walked row, or what is left of an image; 0 when it must wait. */
static int step(struct flow *f, int layer)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    struct reader *r = &f->readers[layer];
    const int rows = rows_of(f, layer), by = (int)(r->row % (rows + 1));
    const int makes = !f->m->layers[layer].by_lines || (by + 1) % l->pool_h == 0;
    long image = r->row / (rows + 1);
    if (image == images_of(f->m))
        return 0;
    if (by == rows)
        return end_image(f, layer, image);
    for (int k = 0; k < streams_of(l); k++)
        if (whole(f, layer, k) <= image * lines_of(f, layer, k) + line(f, layer, k, by, 1))
            return 0;
    if (makes && full_reader(f, layer) >= 0)
        return 0;
    f->made[layer + 1] += makes;
    for (int k = 0; k < 1 + l->has_residual && by + 1 < rows; k++) {
        long freed = image * lines_of(f, layer, k) + line(f, layer, k, by + 1, 0);
        r->freed[k] = freed > r->freed[k] ? freed : r->freed[k];
    }
    r->row++;
    return 1;
}

static int fail(const struct flow *f, struct ohm_error *err)
{
    const struct ohm_mapping *m = f->m;
    for (int i = 0; i < m->net->layer_count; i++) {
        for (int source = OHM_FROM_INPUT; source < i; source++) {
            int full = full_reader(f, source);
            for (int k = 0; full >= 0 && full != i && k < OHM_STREAMS_USED; k++)
                if (reads(&m->net->layers[i], k, source))
                    return ohm_fail(err,
                                    "layer %s: waits for ever: line %ld of %s finds no slot in "
                                    "layer %s, which waits for what comes by way of %s; "
                                    "%d slots, IBUF_WORDS of %s is %d",
                                    m->net->layers[i].name, f->made[source + 1],
                                    source < 0 ? "the input" : m->net->layers[source].name,
                                    m->net->layers[full].name, m->net->layers[i].name,
                                    slots_of(m, full, OHM_STREAM_MAIN), m->config.name,
                                    m->config.ibuf_words);
        }
    }
    return ohm_fail(err, "network %s: its layers would wait for each other for ever", m->net->name);
}

int ohm_check_flow(const struct ohm_mapping *m, struct ohm_error *err)
{
    struct flow f = {m, calloc((size_t)m->net->layer_count, sizeof *f.readers),
                     calloc((size_t)m->net->layer_count + 1, sizeof *f.made)};
    int rc = f.readers && f.made ? 0 : ohm_fail(err, "mapping: out of memory");
    int last = m->net->layer_count - 1, moved = 1;
    long input = 0; /* lines of an image that the host sends */
    for (int i = 0; !rc && i <= last; i++) {
        int lines = reads(&m->net->layers[i], OHM_STREAM_MAIN, OHM_FROM_INPUT)
                        ? lines_of(&f, i, OHM_STREAM_MAIN)
                        : 0;
        if (lines && input && lines != input)
            rc = ohm_fail(err,
                          "layer %s: reads the images in %d pieces, a layer before it in %ld, "
                          "expected the same",
                          m->net->layers[i].name, lines, input);
        input = lines ? lines : input;
    }
    while (!rc && moved) {
        moved = 0;
        while (f.made[0] < images_of(m) * input && full_reader(&f, OHM_FROM_INPUT) < 0) {
            f.made[0]++;
            moved = 1;
        }
        for (int i = 0; i <= last; i++)
            while (step(&f, i))
                moved = 1;
    }
    if (!rc && f.made[last + 1] != (long)images_of(m) * m->net->layers[last].map_h)
        rc = fail(&f, err);
    free(f.readers);
    free(f.made);
    return rc;
}
