/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_math.h"
#include "ohm_numeric.h"
#include "ohm_rng.h"

enum { DOMAIN_INIT = 200 };

struct layer {
    struct ohm_learn *w;
    int inputs, outputs;  /* without the bias' row */
    uint8_t *x, *d;       /* bytes in, errors out as bytes; x has the bias at its end */
    double *y, *delta, *z;
    int64_t *sum;         /* of x·δ over a batch; NULL without */
    int8_t *steps;
};

struct ohm_mlp {
    struct ohm_mlp_options o;
    struct layer layer[OHM_MLP_LAYERS];
    uint32_t number; /* of the next vector */
    int in_batch;
};

void ohm_mlp_spare_devices(struct ohm_mlp_options *o)
{
    o->batch = 0;
    o->keep_sure = 1;
    o->sure = 0.9;
    for (int k = 0; k < o->layers; k++) {
        struct ohm_update *u = &o->update[k];
        u->rule = OHM_UPDATE_ROW;
        u->accumulate = 1;
        u->shift += k + 1 < o->layers ? 2 : 1;
        u->width[0] = u->width[1] = 2;
    }
}

/* The byte of 1. */
static int full(const struct ohm_mlp *m)
{
    return m->o.learn.x_signed ? 127 : 255;
}

static int open_layer(struct ohm_mlp *m, int k, unsigned *macro, struct ohm_error *err)
{
    struct layer *l = &m->layer[k];
    struct ohm_learn_options o = m->o.learn;
    int failed = 0;

    l->inputs = m->o.size[k];
    l->outputs = m->o.size[k + 1];
    o.macro = *macro;
    if (!(l->w = ohm_learn_new(&o, l->inputs + 1, l->outputs, err)))
        return -1;
    *macro += (unsigned)ohm_learn_arrays(l->w);
    const size_t inputs = (size_t)l->inputs + 1, outputs = (size_t)l->outputs;
    l->x = calloc(inputs, 1);
    l->d = calloc(outputs, 1);
    l->y = calloc(outputs, sizeof *l->y);
    l->delta = calloc(outputs, sizeof *l->delta);
    l->z = calloc(inputs, sizeof *l->z);
    double *w = calloc(inputs * outputs, sizeof *w);
    if (m->o.batch) {
        l->sum = calloc(inputs * outputs, sizeof *l->sum);
        l->steps = calloc(inputs * outputs, 1);
    }
    if (!l->x || !l->d || !l->y || !l->delta || !l->z || !w
        || (m->o.batch && (!l->sum || !l->steps)))
        failed = ohm_fail(err, "network: out of memory for layer %d", k + 1);
    for (size_t i = 0; !failed && i < (inputs - 1) * outputs; i++) /* biases begin at 0 */
        w[i] = m->o.init[k]
               * ohm_normal(ohm_key_at(ohm_key_add(ohm_key(o.seed, DOMAIN_INIT), (uint64_t)k), i));
    failed = failed || ohm_learn_load(l->w, w, m->o.base, err);
    free(w);
    if (!failed)
        l->x[l->inputs] = (uint8_t)full(m);
    return failed ? -1 : 0;
}

static uint8_t byte_of(double v, double low, double high)
{
    const double r = floor(v + 0.5);
    return (uint8_t)(int)(r < low ? low : r > high ? high : r);
}

/* Outputs of layer k into the next one's inputs, or the probabilities. */
static void activate(struct ohm_mlp *m, int k, double *p)
{
    struct layer *l = &m->layer[k];
    double most = -INFINITY, sum = 0;

    for (int o = 0; o < l->outputs; o++) {
        l->y[o] *= m->o.scale[k] / full(m);
        most = l->y[o] > most ? l->y[o] : most;
    }
    for (int o = 0; k + 1 < m->o.layers && o < l->outputs; o++)
        m->layer[k + 1].x[o] = byte_of(l->y[o] / m->o.hidden_max * full(m), 0, full(m));
    for (int o = 0; k + 1 == m->o.layers && o < l->outputs; o++)
        sum += p[o] = ohm_exp(l->y[o] - most);
    for (int o = 0; k + 1 == m->o.layers && o < l->outputs; o++)
        p[o] /= sum;
}

int ohm_mlp_forward(struct ohm_mlp *m, const uint8_t *x, double *p, struct ohm_error *err)
{
    memcpy(m->layer[0].x, x, (size_t)m->layer[0].inputs);
    for (int k = 0; k < m->o.layers; k++) {
        if (ohm_learn_forward(m->layer[k].w, m->number, m->layer[k].x, m->layer[k].y, err))
            return -1;
        activate(m, k, p);
    }
    m->number++;
    return 0;
}

/* Ranges of the converters, layer after layer: the largest charge of the first weights, with
 * headroom for what they grow to; backward for errors of a size as they come. */
static int fit(struct ohm_mlp *m, const uint8_t *x, int count, struct ohm_error *err)
{
    double p[1 << 10];
    int failed = 0;

    for (int k = 0; !failed && k < m->o.layers; k++) {
        struct layer *l = &m->layer[k];
        const size_t inputs = (size_t)l->inputs + 1;
        uint8_t *v = calloc(inputs + (size_t)l->outputs, (size_t)count);
        if (!v)
            return ohm_fail(err, "network: out of memory for %d vectors", count);
        for (int i = 0; !failed && i < count; i++) {
            memcpy(m->layer[0].x, x + (size_t)i * (size_t)m->layer[0].inputs,
                   (size_t)m->layer[0].inputs);
            for (int j = 0; !failed && j < k; j++) {
                failed = ohm_learn_forward(m->layer[j].w, (uint32_t)i, m->layer[j].x,
                                           m->layer[j].y, err);
                activate(m, j, p);
            }
            memcpy(v + (size_t)i * inputs, l->x, inputs);
        }
        failed = failed || ohm_learn_fit(l->w, 0, v, count, 0.001, err);
        ohm_learn_set_lsb(l->w, 0, (int64_t)(m->o.headroom * (double)ohm_learn_lsb(l->w, 0)));
        for (int i = 0; i < count; i++) /* an error or two of full size, of changing signs */
            for (int o = 0; o < 2; o++)
                v[i * l->outputs + (i + o * (1 + i / l->outputs)) % l->outputs] = o ? 129 : 127;
        failed = failed || (k && ohm_learn_fit(l->w, 1, v, count, 0.001, err));
        ohm_learn_set_lsb(l->w, 1, (int64_t)(m->o.headroom * (double)ohm_learn_lsb(l->w, 1)));
        free(v);
    }
    return failed ? -1 : 0;
}

struct ohm_mlp *ohm_mlp_new(const struct ohm_mlp_options *o, const uint8_t *x, int count,
                            struct ohm_error *err)
{
    struct ohm_mlp *m = NULL;
    unsigned macro = o->learn.macro;
    int failed = o->layers < 1 || o->layers > OHM_MLP_LAYERS || o->size[o->layers] > 1 << 10;

    if (failed)
        ohm_fail(err, "network: %d layers, %d outputs, expected 1 to %d, at most 1024", o->layers,
                 o->size[o->layers], OHM_MLP_LAYERS);
    else if (!(m = calloc(1, sizeof *m)))
        ohm_fail(err, "network: out of memory");
    if (!m)
        return NULL;
    m->o = *o;
    for (int k = 0; !failed && k < o->layers; k++)
        failed = open_layer(m, k, &macro, err);
    failed = failed || fit(m, x, count, err);
    if (!failed)
        return m;
    ohm_mlp_free(m);
    return NULL;
}

void ohm_mlp_free(struct ohm_mlp *m)
{
    for (int k = 0; m && k < m->o.layers; k++) {
        struct layer *l = &m->layer[k];
        ohm_learn_free(l->w);
        free(l->x);
        free(l->d);
        free(l->y);
        free(l->delta);
        free(l->z);
        free(l->sum);
        free(l->steps);
    }
    free(m);
}

struct ohm_learn *ohm_mlp_layer(struct ohm_mlp *m, int k) { return m->layer[k].w; }
struct ohm_update *ohm_mlp_update_of(struct ohm_mlp *m, int k) { return &m->o.update[k]; }
double *ohm_mlp_gain_of(struct ohm_mlp *m, int k) { return &m->o.gain[k]; }
const double *ohm_mlp_delta(const struct ohm_mlp *m, int k) { return m->layer[k].delta; }
const uint8_t *ohm_mlp_input(const struct ohm_mlp *m, int k) { return m->layer[k].x; }

static int likeliest(const double *p, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (p[i] > p[best])
            best = i;
    return best;
}

/* Errors of layer k as bytes; those of the layer before by the transposed read. */
static int backward(struct ohm_mlp *m, int k, uint32_t number, struct ohm_error *err)
{
    struct layer *l = &m->layer[k];

    for (int o = 0; o < l->outputs; o++)
        l->d[o] = byte_of(127 * m->o.gain[k] * l->delta[o], -127, 127);
    if (k == 0)
        return 0;
    if (ohm_learn_backward(l->w, number, l->d, l->z, err))
        return -1;
    const double slope = m->o.scale[k] / (127 * m->o.gain[k] * m->o.hidden_max);
    for (int i = 0; i < l->inputs; i++) {
        /* a byte that is full still passes its error, or it could never come down again */
        const int open = l->x[i] > 0;
        m->layer[k - 1].delta[i] = open ? l->z[i] * slope : 0;
    }
    return 0;
}

/* Adds a sample's products; at the end of a batch the sums become steps. */
static int add_up(struct ohm_mlp *m, struct layer *l, const struct ohm_update *u,
                  struct ohm_error *err)
{
    const size_t inputs = (size_t)l->inputs + 1, outputs = (size_t)l->outputs;

    for (size_t i = 0; i < inputs; i++)
        for (size_t o = 0; l->x[i] && o < outputs; o++)
            l->sum[i * outputs + o] -= (int64_t)l->x[i] * (int8_t)l->d[o];
    if (m->in_batch + 1 < m->o.batch)
        return 0;
    for (size_t i = 0; i < inputs * outputs; i++) {
        const int64_t p = ohm_round_shift(llabs(l->sum[i]), u->shift),
                      k = p > u->count ? u->count : p;
        l->steps[i] = (int8_t)(l->sum[i] < 0 ? -k : k);
        l->sum[i] = 0;
    }
    return ohm_learn_transfer(l->w, u, l->steps, err);
}

int ohm_mlp_train(struct ohm_mlp *m, const uint8_t *x, int label, struct ohm_error *err)
{
    const int last = m->o.layers - 1, classes = m->layer[last].outputs;
    const uint32_t number = m->number;
    double p[1 << 10];

    if (ohm_mlp_forward(m, x, p, err))
        return -1;
    const int right = likeliest(p, classes) == label;
    if (m->o.keep_sure && right && p[label] > m->o.sure)
        return 1;
    for (int o = 0; o < classes; o++)
        m->layer[last].delta[o] = p[o] - (o == label);
    for (int k = last; k >= 0; k--)
        if (backward(m, k, number, err))
            return -1;
    for (int k = 0; k <= last; k++) {
        struct layer *l = &m->layer[k];
        const struct ohm_update *u = &m->o.update[k];
        if (m->o.batch ? add_up(m, l, u, err)
                       : ohm_learn_update(l->w, u, number, l->x, l->d, err))
            return -1;
    }
    m->in_batch = m->o.batch ? (m->in_batch + 1) % m->o.batch : 0;
    return right;
}

double ohm_mlp_accuracy(struct ohm_mlp *m, const uint8_t *x, const int32_t *label, int count,
                        struct ohm_error *err)
{
    const int classes = m->layer[m->o.layers - 1].outputs;
    double p[1 << 10];
    int right = 0;

    for (int i = 0; i < count; i++) {
        if (ohm_mlp_forward(m, x + (size_t)i * (size_t)m->layer[0].inputs, p, err))
            return -1;
        right += likeliest(p, classes) == label[i];
    }
    return (double)right / count;
}
