/* SPDX-License-Identifier: Apache-2.0
 * Sign and threshold learning (W. Zhang et al., "Edge learning using a fully integrated neuro-
 * inspired memristor chip", Science 381, 1205, 2023): a step is one pulse of the sign of x·δ where
 * both reach their thresholds, all cells of an array at once. MNIST of 8 x 8 pixels, 64-100-10:
 * first nine classes from scratch, then a month's relaxation and what learning makes good of it,
 * then the tenth class. Beside it the same rule in double precision, with the same samples, whose
 * weights do not relax. Rectifier, softmax and errors are the host's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ohm_app.h"
#include "ohm_data.h"
#include "ohm_mlp.h"
#include "ohm_soft.h"

enum { PIXELS = 64, HIDDEN = 100, CLASSES = 10, FIT = 200, POINTS = 10, PHASES = 3,
       MONTH = 30 * 86400, CURVE_TEST = 1000 };
#define TX 0.5       /* thresholds of pixels, of hidden outputs, of errors */
#define HIDDEN_TX 1.0
#define HIDDEN_MAX 4.0
#define TD0 0.1
#define TD1 0.2

struct both { double array, software; };

struct run {
    struct ohm_app *a;
    struct ohm_mlp *m;
    struct ohm_soft *s;
    struct ohm_data images, test;
    long drawn;                       /* samples that were looked at */
    double x[PHASES * (POINTS + 1)], y[2][PHASES * (POINTS + 1)];
    int points;
};

/* Test images of the first `classes` classes, in front of the others. */
static int in_front(struct ohm_data *d, int classes)
{
    int n = 0;

    for (int i = 0; i < d->count; i++) {
        if (d->labels[i] >= classes)
            continue;
        const int32_t label = d->labels[i];
        d->labels[i] = d->labels[n];
        d->labels[n] = label;
        for (int p = 0; p < PIXELS; p++) {
            uint8_t *from = &d->images[(size_t)i * PIXELS + (size_t)p],
                    *to = &d->images[(size_t)n * PIXELS + (size_t)p], was = *from;
            *from = *to;
            *to = was;
        }
        n++;
    }
    return n;
}

static struct both accuracy(struct run *r, int count)
{
    struct both b = {ohm_mlp_accuracy(r->m, r->test.images, r->test.labels, count, &r->a->err),
                     100 * ohm_soft_accuracy(r->s, r->test.images, r->test.labels, count)};

    if (b.array < 0)
        ohm_app_die(r->a);
    b.array *= 100;
    return b;
}

static int some(const struct run *r, int count)
{
    const int most = r->a->tiny ? 20 : CURVE_TEST;
    return count < most ? count : most;
}

/* Trains both with samples of the first classes. */
static struct both phase(struct run *r, int classes, long samples)
{
    const int all = in_front(&r->test, classes), quick = r->a->tiny || r->a->small;
    int point = 0;

    for (long i = 0; i <= samples;) {
        if (i >= point * samples / POINTS && point <= POINTS) {
            const struct both b = accuracy(r, some(r, all));
            const double before = r->points && point ? r->x[r->points - point] : 0;
            r->x[r->points] = point ? before + (double)i
                                    : r->points ? r->x[r->points - 1] : 0;
            r->y[0][r->points] = b.array;
            r->y[1][r->points++] = b.software;
            point++;
        }
        const uint32_t n = ohm_app_sample(r->a, r->drawn++, r->images.count);
        const uint8_t *x = r->images.images + n * (size_t)PIXELS;
        if (r->images.labels[n] >= classes)
            continue;
        if (i++ == samples)
            break;
        ohm_soft_train(r->s, x, r->images.labels[n]);
        if (ohm_mlp_train(r->m, x, r->images.labels[n], &r->a->err) < 0)
            ohm_app_die(r->a);
    }
    return accuracy(r, quick ? some(r, all) : all);
}

static void open_networks(struct run *r, const struct ohm_device_model *device)
{
    const struct ohm_update first = {.rule = OHM_UPDATE_SIGN, .tx = (unsigned)(TX * 255),
                                     .td = (unsigned)(TD0 * 127)},
                            second = {.rule = OHM_UPDATE_SIGN,
                                      .tx = (unsigned)(HIDDEN_TX / HIDDEN_MAX * 255),
                                      .td = (unsigned)(TD1 * 127)};
    const struct ohm_mlp_options o = {
        .layers = 2, .size = {PIXELS, HIDDEN, CLASSES},
        .learn = {.device = device, .seed = r->a->seed, .threads = r->a->threads,
                  .golden = r->a->golden, .code_max = 511},
        .scale = {2, 4}, .init = {0.2, 0.3}, .base = 0.3, .hidden_max = HIDDEN_MAX,
        .gain = {1, 1}, .update = {first, second}, .headroom = 4};
    /* a pair moves by twice the device's step of the scale */
    const struct ohm_soft_options s = {
        .inputs = PIXELS, .hidden = HIDDEN, .outputs = CLASSES, .seed = r->a->seed,
        .init = {0.3, 0.3}, .rate = 1, .sign = 1, .tx = {TX, HIDDEN_TX}, .td = {TD0, TD1},
        .step = {0.02, 0.01}, .bound = {2, 1}};

    r->m = ohm_mlp_new(&o, r->images.images, FIT, &r->a->err);
    if (r->m && !(r->s = ohm_soft_new(&s)))
        ohm_fail(&r->a->err, "out of memory");
    if (!r->m || !r->s)
        ohm_app_die(r->a);
}

static void told(struct run *r, const char *what, struct both b, double points)
{
    char line[100];

    ohm_app_row(r->a, what, "-", b.array, "%", OHM_APP_TOLD, 0);
    ohm_app_row(r->a, "  software", "-", b.software, "%", OHM_APP_TOLD, 0);
    snprintf(line, sizeof line, "  software's less the arrays', points");
    ohm_app_row(r->a, line, "-", b.software - b.array, "",
                r->a->tiny ? OHM_APP_TOLD : OHM_APP_AT_MOST, points);
}

int main(int argc, char **argv)
{
    static struct run r;
    struct ohm_app a;
    uint64_t before[OHM_LEARN_BINS], after[OHM_LEARN_BINS];

    ohm_app_open(&a, argc, argv, "stellar", "Zhang et al., Science 381, 1205 (2023)",
                 "sim/apps/stellar/rram.txt");
    r.a = &a;
    ohm_app_mnist(&a, &r.images, &r.test);
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err);
    if (!device)
        ohm_app_die(&a);
    open_networks(&r, device);
    ohm_learn_histogram(ohm_mlp_layer(r.m, 0), before);
    const long samples = a.samples ? a.samples : a.tiny ? 40 : a.small ? 2000 : 40000;
    const double points = a.small ? 15 : 1;
    told(&r, "nine classes from scratch", phase(&r, CLASSES - 1, samples), points);
    for (int k = 0; k < 2; k++)
        ohm_learn_time(ohm_mlp_layer(r.m, k), MONTH);
    ohm_app_row(&a, "a month later", "-",
                accuracy(&r, some(&r, in_front(&r.test, CLASSES - 1))).array, "%", OHM_APP_TOLD,
                0);
    told(&r, "after learning again, a quarter of the samples", phase(&r, CLASSES - 1, samples / 4),
         points);
    told(&r, "all ten classes, the tenth new", phase(&r, CLASSES, samples), points);
    ohm_app_spent(&a, "layer 1", ohm_mlp_layer(r.m, 0));
    ohm_app_spent(&a, "layer 2", ohm_mlp_layer(r.m, 1));
    ohm_learn_histogram(ohm_mlp_layer(r.m, 0), after);
    const struct ohm_app_curve c[] = {{"arrays", r.x, r.y[0], r.points},
                                      {"software", r.x, r.y[1], r.points}};
    ohm_app_figure(&a, "curve", "Sign and threshold learning: scratch, a month, a new class",
                   "samples", "right of 1000 test images, %", c, 2, 0);
    ohm_app_histogram(&a, "conductances", before, after);
    ohm_mlp_free(r.m);
    ohm_soft_free(r.s);
    ohm_data_free(&r.images);
    ohm_data_free(&r.test);
    ohm_device_free(device);
    return ohm_app_close(&a);
}
