/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_intref.h"

/* outputs of one image as they come: of each layer block by block, of a block window by window */
struct image {
    uint32_t number;
    long left; /* outputs still to come; 0: not in use */
    int32_t **acc; /* [layer] */
    uint8_t **y;   /* [layer] */
    int32_t *v;    /* of the last layer */
};

struct ohm_figures {
    const struct ohm_mapping *m;
    const uint8_t *images;
    int exact;
    long outputs;        /* of all layers and windows */
    int tile_at[256];    /* y*16 + x: tile of the mapping, or -1 */
    uint32_t ring_count; /* images; more than the chip can hold */
    struct image *ring;
    struct ohm_layer_sums *sums; /* [layer] */
    uint8_t **maps;      /* [layer]: output maps of an image */
    uint8_t *map, *x;    /* what a layer reads; of it a window */
    int32_t *wx;         /* its exact product */
    uint8_t *want;       /* the bytes that this product should give */
    struct ohm_intref reference; /* in exact runs */
    struct ohm_intref *lane; /* of sequences: what their kernels make of what the chip sent */
    uint32_t last;           /* image of the run */
    uint64_t compared;
    struct ohm_error first_difference;
    ohm_figures_image told; /* NULL: nobody asked */
    void *told_user;
};

static long
walked(const struct ohm_layer *l) /* windows of an image; one in several blocks counts in each */
{
    return (long)l->map_h * l->map_w * l->pool_h * l->pool_w;
}

/* Its outputs are durations, which nobody counts. */
static int linked(const struct ohm_mapping *m, int layer)
{
    return m->tiles[m->layers[layer].first_tile].link_out;
}

/* Nobody sees its outputs: durations, or a kernel's. */
static int silent(const struct ohm_mapping *m, int layer)
{
    return linked(m, layer) || m->net->layers[layer].kind == OHM_LAYER_VECTOR;
}

/* The image, or its step, with this number. */
static const uint8_t *input_of(const struct ohm_figures *f, uint32_t number)
{
    const struct ohm_net *net = f->m->net;
    const uint32_t own = ohm_frame_image(f->m, number), image = own < f->last ? own : f->last;
    return f->images + (size_t)image * (size_t)net->inputs
           + (size_t)ohm_frame_step(f->m, number) * (size_t)ohm_net_step_inputs(net);
}

/* Of a sequence against the product of what the layers before have sent, f->wx. */
static void compare_exact(struct ohm_figures *f, const struct image *im, int layer,
                          const int32_t *acc, long window)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    const int32_t *wx = f->m->net->steps ? f->wx : f->reference.wx[layer] + window * l->outputs;
    for (int o = 0; o < l->outputs; o++) {
        int64_t want = (int64_t)wx[o] * (1 << f->m->config.acc_f);
        f->compared++;
        if (acc[o] != want && !f->first_difference.text[0])
            ohm_fail(&f->first_difference,
                     "mismatch with W.x: image %" PRIu32
                     ", layer %s, window (%ld,%ld), output %d: expected %" PRId64 ", got %" PRId32,
                     im->number, l->name, window / l->conv_w, window % l->conv_w, o, want, acc[o]);
    }
}

static void add_output(struct ohm_layer_sums *s, double e)
{
    ohm_exact_add(&s->out_square, e * e);
    s->out_most = fabs(e) > s->out_most ? fabs(e) : s->out_most;
}

/* What the window's outputs are against what the exact product, f->wx, should give: bytes, or sums
 * with bias and residual. */
static void compare_outputs(struct ohm_figures *f, const struct image *im, int layer, long first,
                            int wy, int wx)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    const uint8_t *r = NULL;
    const int r_signed = l->has_residual && ohm_net_from_signed(f->m->net, l->add),
              bytes = l->output < OHM_OUTPUT_S32;
    if (l->has_residual)
        r = (l->add < 0 ? input_of(f, im->number) : f->maps[l->add])
            + ((size_t)wy * (size_t)l->conv_w + (size_t)wx) * (size_t)l->outputs;
    if (bytes)
        ohm_intref_post(l, f->wx, r, r_signed, f->want);
    for (int o = 0; o < l->outputs; o++) {
        if (bytes) {
            const uint8_t y = im->y[layer][first + o];
            add_output(&f->sums[layer], l->output == OHM_OUTPUT_S8 ? (int8_t)y - (int8_t)f->want[o]
                                                                   : y - f->want[o]);
        } else {
            const double more = r ? (double)l->rscale * (r_signed ? (int8_t)r[o] : r[o]) : 0;
            add_output(&f->sums[layer],
                       im->v[first + o] / f->m->layers[layer].unit - f->wx[o] - l->bias[o] - more);
        }
    }
}

/* The bin of an error, which is a share of the full scale. */
static int bin_of(double share)
{
    const double k = floor(share / OHM_FIGURES_BIN + 0.5) + OHM_FIGURES_BINS / 2;
    return k >= OHM_FIGURES_BINS ? OHM_FIGURES_BINS - 1 : k > 0 ? (int)k : 0;
}

static void compare(struct ohm_figures *f, int layer, const int32_t *acc, int wy, int wx)
{
    const struct ohm_layer *l = &f->m->net->layers[layer];
    struct ohm_layer_sums *s = &f->sums[layer];
    const double per_unit = 1 / f->m->layers[layer].unit,
                 full_scale = f->m->layers[layer].full_scale;
    ohm_intref_window(l, f->map, wy, wx, f->x);
    ohm_intref_product(l, ohm_net_signed(f->m->net, layer), f->x, f->wx);
    for (int o = 0; o < l->outputs; o++) {
        double exact = f->wx[o], e = acc[o] * per_unit - exact;
        ohm_exact_add(&s->error, e);
        ohm_exact_add(&s->square, e * e);
        ohm_exact_add(&s->signal, exact * exact);
        s->bins[bin_of(e / full_scale)]++;
        s->low = !s->n || exact < s->low ? exact : s->low;
        s->high = !s->n || exact > s->high ? exact : s->high;
        s->n++;
    }
}

/* The states that a step of a sequence finds; steps of one sequence come in order. NULL: it is
 * none. */
static struct ohm_intref *begin_step(struct ohm_figures *f, uint32_t number)
{
    const int layers = f->m->net->layer_count;
    if (!f->lane)
        return NULL;
    struct ohm_intref *lane = &f->lane[number % (uint32_t)ohm_lanes(f->m)];
    if (ohm_frame_step(f->m, number) == 0)
        ohm_intref_begin(lane);
    for (int i = 0; i < layers; i++)
        f->maps[layers + i] = lane->y[layers + i];
    return lane;
}

/* Layer by layer against the exact products of what the chip's layers before really sent. */
static void evaluate(struct ohm_figures *f, const struct image *im)
{
    const struct ohm_net *net = f->m->net;
    const uint8_t *image = input_of(f, im->number);
    struct ohm_intref *lane = begin_step(f, im->number);
    if ((f->exact && !net->steps)  || f->m->coding.links)
        ohm_intref_run(&f->reference, image);
    for (int i = 0; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        /* nobody knows what was sent: the next layer is held against the network's own numbers */
        if (linked(f->m, i)) {
            memcpy(f->maps[i], f->reference.y[i], (size_t)l->outputs);
            continue;
        }
        struct ohm_layer block = *l; /* one block, to pool it */
        block.conv_h = l->pool_h;
        block.conv_w = l->pool_w;
        block.map_h = block.map_w = 1;
        ohm_intref_map(net, i, image, f->maps, f->map);
        if (l->kind == OHM_LAYER_VECTOR) {
            ohm_intref_kernel(lane, i, f->map, f->maps[i]);
            continue;
        }
        for (int b = 0; b < l->map_h * l->map_w; b++) {
            long k = (long)b * l->pool_h * l->pool_w;
            ohm_intref_pool(&block, im->y[i] + k * l->outputs,
                            f->maps[i] + (size_t)b * (size_t)l->outputs);
            for (int w = 0; w < l->pool_h * l->pool_w; w++, k++) {
                int wy = b / l->map_w * l->pool_stride_h + w / l->pool_w,
                    wx = b % l->map_w * l->pool_stride_w + w % l->pool_w;
                compare(f, i, im->acc[i] + k * l->outputs, wy, wx);
                compare_outputs(f, im, i, k * l->outputs, wy, wx);
                if (f->exact)
                    compare_exact(f, im, i, im->acc[i] + k * l->outputs, (long)wy * l->conv_w + wx);
            }
        }
    }
    if (f->told)
        f->told(f->told_user, im->number, f->maps, im->v);
}

void ohm_figures_tell(struct ohm_figures *f, ohm_figures_image told, void *user)
{
    f->told = told;
    f->told_user = user;
}

void ohm_figures_observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc,
                         int32_t y)
{
    struct ohm_figures *f = user;
    int at = f->tile_at[tile & 255];
    if (at < 0 || !f->m->tiles[at].tail || f->m->tiles[at].twin
        || silent(f->m, f->m->tiles[at].layer))
        return;
    const struct ohm_tile_map *t = &f->m->tiles[at];
    const struct ohm_layer *l = &f->m->net->layers[t->layer];
    int block = l->pool_h * l->pool_w, row = t->block_cols * block; /* windows */
    uint32_t number = seq / (uint32_t)t->windows;
    int k = (int)(seq % (uint32_t)t->windows), by = k / row,
        bx = t->replica + k % row / block * f->m->layers[t->layer].replicas;
    struct image *im = &f->ring[number % f->ring_count];
    if (!im->left || im->number != number) { /* new; an unfinished one is a lost image */
        im->number = number;
        im->left = f->outputs;
    }
    long place =
        (((long)by * l->map_w + bx) * block + k % block) * l->outputs + t->out0 + (long)out;
    im->acc[t->layer][place] = acc;
    im->y[t->layer][place] = (uint8_t)y;
    if (t->layer == f->m->net->layer_count - 1)
        im->v[place] = y;
    if (--im->left == 0)
        evaluate(f, im);
}

static void free_rows(void **rows, int n)
{
    for (int i = 0; rows && i < n; i++)
        free(rows[i]);
    free(rows);
}

void ohm_figures_free(struct ohm_figures *f)
{
    if (!f)
        return;
    int n = f->m->net->layer_count;
    for (uint32_t i = 0; f->ring && i < f->ring_count; i++) {
        free_rows((void **)f->ring[i].acc, n);
        free_rows((void **)f->ring[i].y, n);
        free(f->ring[i].v);
    }
    free_rows((void **)f->maps, n);
    ohm_intref_free(&f->reference);
    for (int i = 0; f->lane && i < ohm_lanes(f->m); i++)
        ohm_intref_free(&f->lane[i]);
    free(f->lane);
    free(f->ring);
    free(f->map);
    free(f->x);
    free(f->wx);
    free(f->want);
    free(f->sums);
    free(f);
}

/* Per layer, size bytes for each output of each window. NULL when out of memory. */
static void *new_rows(const struct ohm_net *net, size_t size)
{
    void **rows = calloc(2 * (size_t)net->layer_count, sizeof *rows); /* and for states */
    for (int i = 0; rows && i < net->layer_count; i++) {
        rows[i] = calloc((size_t)walked(&net->layers[i]) * (size_t)net->layers[i].outputs, size);
        if (!rows[i]) {
            free_rows(rows, i);
            return NULL;
        }
    }
    return rows;
}

static int allocate(struct ohm_figures *f, struct ohm_error *err)
{
    const struct ohm_net *net = f->m->net;
    const struct ohm_layer *last = &net->layers[net->layer_count - 1];
    size_t map = 1, x = 1, wx = 1; /* the largest of all layers */
    for (int i = 0; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        size_t bytes = (size_t)l->in_h * (size_t)l->in_w * (size_t)l->in_c;
        map = bytes > map ? bytes : map;
        x = (size_t)l->inputs > x ? (size_t)l->inputs : x;
        wx = (size_t)l->outputs > wx ? (size_t)l->outputs : wx;
        f->outputs += silent(f->m, i) ? 0 : walked(l) * l->outputs;
    }
    f->map = malloc(map);
    f->x = malloc(x);
    f->wx = malloc(wx * sizeof *f->wx);
    f->want = malloc(wx);
    f->maps = new_rows(net, 1);
    f->sums = calloc((size_t)net->layer_count, sizeof *f->sums);
    f->ring = calloc(f->ring_count, sizeof *f->ring);
    int ok = f->map && f->x && f->wx && f->want && f->maps && f->sums && f->ring
             && !ohm_intref_new(net, &f->reference, err);
    for (uint32_t i = 0; ok && i < f->ring_count; i++) {
        f->ring[i].acc = new_rows(net, sizeof(int32_t));
        f->ring[i].y = new_rows(net, 1);
        f->ring[i].v = malloc((size_t)walked(last) * (size_t)last->outputs * sizeof *f->ring[i].v);
        ok = f->ring[i].acc && f->ring[i].y && f->ring[i].v;
    }
    if (ok && net->steps)
        ok = (f->lane = calloc((size_t)ohm_lanes(f->m), sizeof *f->lane)) != NULL;
    for (int i = 0; ok && f->lane && i < ohm_lanes(f->m); i++)
        ok = !ohm_intref_new(net, &f->lane[i], err);
    return ok ? 0 : ohm_fail(err, "figures: out of memory");
}

struct ohm_figures *ohm_figures_new(const struct ohm_mapping *m, const uint8_t *images, int exact,
                                    struct ohm_error *err)
{
    struct ohm_figures *f = calloc(1, sizeof *f);
    if (!f) {
        ohm_fail(err, "figures: out of memory");
        return NULL;
    }
    f->m = m;
    f->images = images;
    f->exact = exact;
    f->last = UINT32_MAX;
    f->ring_count = 2 * (uint32_t)m->result_window;
    memset(f->tile_at, -1, sizeof f->tile_at);
    for (int i = 0; i < m->tile_count; i++)
        f->tile_at[m->tiles[i].y * 16 + m->tiles[i].x] = i;
    if (!allocate(f, err))
        return f;
    ohm_figures_free(f);
    return NULL;
}

void ohm_figures_until(struct ohm_figures *f, uint32_t last)
{
    f->last = last;
}

void ohm_figures_layer(const struct ohm_figures *f, int layer, struct ohm_layer_figures *out)
{
    const struct ohm_layer_sums *s = &f->sums[layer];
    memset(out, 0, sizeof *out);
    out->full_scale = f->m->layers[layer].full_scale;
    if (!s->n)
        return;
    out->samples = s->n;
    out->rms = sqrt(ohm_exact_value(&s->square) / (double)s->n);
    out->mean = ohm_exact_value(&s->error) / (double)s->n;
    out->range = s->high - s->low;
    out->output_rms = sqrt(ohm_exact_value(&s->out_square) / (double)s->n);
    out->output_most = s->out_most;
    if (out->rms > 0)
        out->enob = log2(out->full_scale / (out->rms * sqrt(12)));
    const double signal = ohm_exact_value(&s->signal);
    if (out->rms > 0 && signal > 0)
        out->sqnr = 10 * log10(signal / ohm_exact_value(&s->square));
    memcpy(out->bins, s->bins, sizeof out->bins);
}

const struct ohm_layer_sums *ohm_figures_sums(const struct ohm_figures *f, int layer)
{
    return &f->sums[layer];
}

void ohm_figures_add(struct ohm_figures *f, int layer, const struct ohm_layer_sums *more)
{
    struct ohm_layer_sums *s = &f->sums[layer];
    if (!more->n)
        return;
    s->low = !s->n || more->low < s->low ? more->low : s->low;
    s->high = !s->n || more->high > s->high ? more->high : s->high;
    s->out_most = more->out_most > s->out_most ? more->out_most : s->out_most;
    s->n += more->n;
    ohm_exact_merge(&s->error, &more->error);
    ohm_exact_merge(&s->square, &more->square);
    ohm_exact_merge(&s->out_square, &more->out_square);
    ohm_exact_merge(&s->signal, &more->signal);
    for (int i = 0; i < OHM_FIGURES_BINS; i++)
        s->bins[i] += more->bins[i];
}

void ohm_figures_add_compared(struct ohm_figures *f, uint64_t compared)
{
    f->compared += compared;
}

int ohm_figures_exact(const struct ohm_figures *f, uint64_t *compared, struct ohm_error *err)
{
    *compared = f->compared;
    if (!f->first_difference.text[0])
        return 0;
    return ohm_fail(err, "%s", f->first_difference.text);
}
