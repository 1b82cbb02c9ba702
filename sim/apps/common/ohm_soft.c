/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_soft.h"

#include <math.h>
#include <stdlib.h>

#include "ohm_math.h"
#include "ohm_rng.h"

struct ohm_soft {
    struct ohm_soft_options o;
    double *w[2];               /* [input * outputs + output], the last input is the bias */
    double *x, *h, *y, *dh;     /* inputs, hidden, outputs (then their errors), hidden errors */
};

struct ohm_soft *ohm_soft_new(const struct ohm_soft_options *o)
{
    struct ohm_soft *s = calloc(1, sizeof *s);
    const size_t in = (size_t)o->inputs + 1, mid = (size_t)o->hidden + 1, out = (size_t)o->outputs;

    if (!s)
        return NULL;
    s->o = *o;
    s->w[0] = calloc(in * (mid - 1), sizeof(double));
    s->w[1] = calloc(mid * out, sizeof(double));
    s->x = calloc(in + 2 * mid + out, sizeof(double));
    if (!s->w[0] || !s->w[1] || !s->x) {
        ohm_soft_free(s);
        return NULL;
    }
    s->h = s->x + in;
    s->dh = s->h + mid;
    s->y = s->dh + mid;
    s->x[in - 1] = s->h[mid - 1] = 1;
    for (size_t i = 0; i < (in - 1) * (mid - 1); i++)
        s->w[0][i] = o->init[0] * ohm_normal(ohm_key_at(ohm_key(o->seed, 400), i));
    for (size_t i = 0; i < (mid - 1) * out; i++)
        s->w[1][i] = o->init[1] * ohm_normal(ohm_key_at(ohm_key(o->seed, 401), i));
    return s;
}

void ohm_soft_free(struct ohm_soft *s)
{
    if (!s)
        return;
    free(s->w[0]);
    free(s->w[1]);
    free(s->x);
    free(s);
}

double *ohm_soft_rate(struct ohm_soft *s)
{
    return &s->o.rate;
}

static void product(const double *w, const double *x, int inputs, int outputs, double *y)
{
    for (int o = 0; o < outputs; o++)
        y[o] = 0;
    for (int i = 0; i <= inputs; i++)
        for (int o = 0; x[i] != 0 && o < outputs; o++)
            y[o] += x[i] * w[i * outputs + o];
}

/* Outputs before the softmax; the most likely class. */
static int forward(struct ohm_soft *s, const uint8_t *x)
{
    int best = 0;

    for (int i = 0; i < s->o.inputs; i++)
        s->x[i] = x[i] / 255.0;
    product(s->w[0], s->x, s->o.inputs, s->o.hidden, s->h);
    for (int i = 0; i < s->o.hidden; i++)
        s->h[i] = s->h[i] > 0 ? s->h[i] : 0;
    product(s->w[1], s->h, s->o.hidden, s->o.outputs, s->y);
    for (int o = 1; o < s->o.outputs; o++)
        best = s->y[o] > s->y[best] ? o : best;
    return best;
}

static void update(const struct ohm_soft *s, int k, const double *x, int inputs, const double *d,
                   int outputs)
{
    const struct ohm_soft_options *p = &s->o;

    for (int i = 0; i <= inputs; i++)
        for (int o = 0; x[i] != 0 && o < outputs; o++) {
            double *w = &s->w[k][i * outputs + o];
            if (!p->sign) {
                *w -= p->rate * x[i] * d[o];
            } else if (x[i] >= p->tx[k] && fabs(d[o]) >= p->td[k]) {
                *w -= d[o] > 0 ? p->rate * p->step[k] : -p->rate * p->step[k];
                *w = *w > p->bound[k] ? p->bound[k] : *w < -p->bound[k] ? -p->bound[k] : *w;
            }
        }
}

void ohm_soft_train(struct ohm_soft *s, const uint8_t *x, int label)
{
    const double most = s->y[forward(s, x)];
    double sum = 0;

    for (int o = 0; o < s->o.outputs; o++)
        sum += s->y[o] = ohm_exp(s->y[o] - most);
    for (int o = 0; o < s->o.outputs; o++)
        s->y[o] = s->y[o] / sum - (o == label);
    for (int i = 0; i < s->o.hidden; i++) {
        s->dh[i] = 0;
        for (int o = 0; s->h[i] > 0 && o < s->o.outputs; o++)
            s->dh[i] += s->y[o] * s->w[1][i * s->o.outputs + o];
    }
    update(s, 0, s->x, s->o.inputs, s->dh, s->o.hidden);
    update(s, 1, s->h, s->o.hidden, s->y, s->o.outputs);
}

double ohm_soft_accuracy(struct ohm_soft *s, const uint8_t *x, const int32_t *label, int count)
{
    int right = 0;

    for (int i = 0; i < count; i++)
        right += forward(s, x + (size_t)i * (size_t)s->o.inputs) == label[i];
    return (double)right / count;
}
