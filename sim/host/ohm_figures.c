/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_intref.h"

#define RING 256 /* images; more than the chip can hold (window of the driver: 64) */

struct image { /* outputs of one image as they come */
    uint32_t seq;
    int left; /* outputs still to come; 0: not in use */
    int32_t **acc; /* [layer][output] */
    uint8_t **y;   /* [layer]: inputs of layer, from 1 on */
};

struct sums {
    uint64_t n;
    double error, square, low, high;
};

struct ohm_figures {
    const struct ohm_mapping *m;
    const uint8_t *images;
    int exact, outputs;  /* outputs: of all layers */
    int tile_at[256];    /* y*16 + x: tile of the mapping, or -1 */
    struct image ring[RING];
    struct sums *sums;   /* [layer] */
    int32_t **wx;        /* [layer][output]: exact products of the inputs met */
    struct ohm_intref reference; /* in exact runs */
    uint64_t compared;
    struct ohm_error first_difference;
};

static void compare_exact(struct ohm_figures *f, const struct image *im, const uint8_t *image)
{
    const struct ohm_net *net = f->m->net;
    ohm_intref_run(&f->reference, image);
    for (int l = 0; l < net->layer_count; l++) {
        for (int o = 0; o < net->layers[l].outputs; o++) {
            int64_t want = (int64_t)f->reference.wx[l][o] * (1 << f->m->config.acc_f);
            f->compared++;
            if (im->acc[l][o] != want && !f->first_difference.text[0])
                ohm_fail(&f->first_difference, "mismatch with W.x: image %" PRIu32 ", layer %s, output %d: expected %" PRId64
                         ", got %" PRId32, im->seq, net->layers[l].name, o, want, im->acc[l][o]);
        }
    }
}

static void evaluate(struct ohm_figures *f, const struct image *im)
{
    const struct ohm_net *net = f->m->net;
    const uint8_t *image = f->images + (size_t)im->seq * (size_t)net->inputs;
    for (int l = 0; l < net->layer_count; l++) {
        const struct ohm_layer *layer = &net->layers[l];
        struct sums *s = &f->sums[l];
        double per_unit = 1 / f->m->layers[l].unit;
        ohm_intref_product(layer, ohm_net_signed(net, l), l ? im->y[l] : image, f->wx[l]);
        for (int o = 0; o < layer->outputs; o++) {
            double exact = f->wx[l][o], e = im->acc[l][o] * per_unit - exact;
            s->error += e;
            s->square += e * e;
            s->low = !s->n || exact < s->low ? exact : s->low;
            s->high = !s->n || exact > s->high ? exact : s->high;
            s->n++;
        }
    }
    if (f->exact)
        compare_exact(f, im, image);
}

void ohm_figures_observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    struct ohm_figures *f = user;
    int at = f->tile_at[tile & 255];
    if (at < 0 || !f->m->tiles[at].tail)
        return;
    const struct ohm_tile_map *t = &f->m->tiles[at];
    struct image *im = &f->ring[seq % RING];
    if (!im->left || im->seq != seq) { /* new; an unfinished one is a lost image */
        im->seq = seq;
        im->left = f->outputs;
    }
    im->acc[t->layer][t->out0 + (int)out] = acc;
    if (t->layer + 1 < f->m->net->layer_count)
        im->y[t->layer + 1][t->out0 + (int)out] = (uint8_t)y;
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
    for (int i = 0; i < RING; i++) {
        free_rows((void **)f->ring[i].acc, n);
        free_rows((void **)f->ring[i].y, n);
    }
    free_rows((void **)f->wx, n);
    ohm_intref_free(&f->reference);
    free(f->sums);
    free(f);
}

/* Per layer, size bytes for each output (inputs != 0: each input). NULL when out of memory. */
static void *new_rows(const struct ohm_net *net, int inputs, size_t size)
{
    void **rows = calloc((size_t)net->layer_count, sizeof *rows);
    for (int l = 0; rows && l < net->layer_count; l++) {
        rows[l] = calloc((size_t)(inputs ? net->layers[l].inputs : net->layers[l].outputs), size);
        if (!rows[l]) {
            free_rows(rows, l);
            return NULL;
        }
    }
    return rows;
}

struct ohm_figures *ohm_figures_new(const struct ohm_mapping *m, const uint8_t *images, int exact, struct ohm_error *err)
{
    struct ohm_figures *f = calloc(1, sizeof *f);
    int ok = f != NULL;
    if (ok) {
        f->m = m;
        f->images = images;
        f->exact = exact;
        memset(f->tile_at, -1, sizeof f->tile_at);
        for (int i = 0; i < m->tile_count; i++)
            f->tile_at[m->tiles[i].y * 16 + m->tiles[i].x] = i;
        for (int l = 0; l < m->net->layer_count; l++)
            f->outputs += m->net->layers[l].outputs;
        f->wx = new_rows(m->net, 0, sizeof(int32_t));
        f->sums = calloc((size_t)m->net->layer_count, sizeof *f->sums);
        ok = f->wx && f->sums && !ohm_intref_new(m->net, &f->reference, err);
        for (int i = 0; ok && i < RING; i++) {
            f->ring[i].acc = new_rows(m->net, 0, sizeof(int32_t));
            f->ring[i].y = new_rows(m->net, 1, 1);
            ok = f->ring[i].acc && f->ring[i].y;
        }
    }
    if (ok)
        return f;
    ohm_fail(err, "figures: out of memory");
    ohm_figures_free(f);
    return NULL;
}

void ohm_figures_layer(const struct ohm_figures *f, int layer, struct ohm_layer_figures *out)
{
    const struct sums *s = &f->sums[layer];
    memset(out, 0, sizeof *out);
    out->full_scale = f->m->layers[layer].full_scale;
    if (!s->n)
        return;
    out->samples = s->n;
    out->rms = sqrt(s->square / (double)s->n);
    out->mean = s->error / (double)s->n;
    out->range = s->high - s->low;
    if (out->rms > 0)
        out->enob = log2(out->full_scale / (out->rms * sqrt(12)));
}

int ohm_figures_exact(const struct ohm_figures *f, uint64_t *compared, struct ohm_error *err)
{
    *compared = f->compared;
    if (!f->first_difference.text[0])
        return 0;
    *err = f->first_difference;
    return -1;
}
