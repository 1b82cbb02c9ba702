/* SPDX-License-Identifier: Apache-2.0
 * Speed of training on the fast model: 784-240-10 on arrays of 256 x 256, samples of MNIST in wall
 * time. Not a demonstration: the shipped images of the test set stand in for training images, and
 * nothing is said of accuracy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ohm_app.h"
#include "ohm_data.h"
#include "ohm_mlp.h"
#include "ohm_rng.h"

enum { PIXELS = 784, HIDDEN = 240, CLASSES = 10, FIT = 20, WARM_UP = 50 };

struct moment { double wall, processor; };

static struct moment now(void)
{
    struct timespec t[2];
    clock_gettime(CLOCK_MONOTONIC, &t[0]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
    return (struct moment){(double)t[0].tv_sec + 1e-9 * (double)t[0].tv_nsec,
                           (double)t[1].tv_sec + 1e-9 * (double)t[1].tv_nsec};
}

/* Samples in a second since then, of wall time and of one core's time. */
static struct moment rate_since(const struct moment *begin, long samples)
{
    const struct moment end = now();
    return (struct moment){(double)samples / (end.wall - begin->wall),
                           (double)samples / (end.processor - begin->processor)};
}

/* *share: cells that a sample pulses, of all, in percent; *right: images that are told right after
 * it, -1 where nothing is learned. */
static struct moment measure(struct ohm_app *a, const struct ohm_mlp_options *o,
                             const struct ohm_data *images, long samples, double *share,
                             double *right)
{
    struct ohm_mlp *m = ohm_mlp_new(o, images->images, FIT, &a->err);
    struct moment begin = {0};
    double cells = 0;

    if (!m)
        ohm_app_die(a);
    for (long i = -WARM_UP; i < samples; i++) {
        struct ohm_learn_spent spent[2];
        for (int k = 0; (i == 0 || i + 1 == samples) && k < 2; k++) {
            ohm_learn_spent(ohm_mlp_layer(m, k), NULL, &spent[k]);
            cells += (i == 0 ? -1.0 : 1.0) * (double)spent[k].counts.cells;
        }
        if (i == 0)
            begin = now();
        const uint32_t s = ohm_app_sample(a, i + WARM_UP, images->count);
        if (ohm_mlp_train(m, images->images + s * (size_t)PIXELS, images->labels[s], &a->err) < 0)
            ohm_app_die(a);
    }
    const struct moment rate = rate_since(&begin, samples);
    *right = 100 * ohm_mlp_accuracy(m, images->images, images->labels, 1000, &a->err);
    *share = 100 * cells / (double)samples / ((PIXELS + 1.0) * HIDDEN + (HIDDEN + 1.0) * CLASSES);
    ohm_mlp_free(m);
    return rate;
}

/* The same work with errors that nothing makes small: a random byte for every second output, so
 * that the updates are as dense as the rows of the images allow. */
static struct moment measure_dense(struct ohm_app *a, const struct ohm_mlp_options *o,
                                   const struct ohm_data *images, long samples, double *share,
                                   double *right)
{
    static uint8_t x[PIXELS + 1], d[HIDDEN];
    static double y[HIDDEN];
    struct ohm_update u = o->update[0];
    struct ohm_mlp *m = ohm_mlp_new(o, images->images, FIT, &a->err);
    struct ohm_learn_spent spent;

    if (!m)
        ohm_app_die(a);
    struct ohm_learn *l = ohm_mlp_layer(m, 0);
    u.accumulate = 0;
    u.shift = 8;
    x[PIXELS] = 255;
    const struct moment begin = now();
    for (long i = 0; i < samples; i++) {
        memcpy(x, images->images + ohm_app_sample(a, i, images->count) * (size_t)PIXELS, PIXELS);
        for (int c = 0; c < HIDDEN; c++) {
            const uint64_t draw = ohm_key_at((uint64_t)i, (uint64_t)c);
            d[c] = (uint8_t)(draw & 256 ? draw : 0);
        }
        if (ohm_learn_forward(l, (uint32_t)i, x, y, &a->err)
            || ohm_learn_update(l, &u, (uint32_t)i, x, d, &a->err))
            ohm_app_die(a);
    }
    const struct moment rate = rate_since(&begin, samples);
    ohm_learn_spent(l, NULL, &spent);
    *right = -1;
    *share = 100 * (double)spent.counts.cells / (double)samples / ((PIXELS + 1.0) * HIDDEN);
    ohm_mlp_free(m);
    return rate;
}

typedef struct moment (*measurement)(struct ohm_app *, const struct ohm_mlp_options *,
                              const struct ohm_data *, long, double *, double *);

static void told(struct ohm_app *a, const char *what, measurement by,
                 const struct ohm_mlp_options *o, const struct ohm_data *images, long samples,
                 double least)
{
    char line[100];
    double share, right;
    const struct moment rate = by(a, o, images, samples, &share, &right);

    ohm_app_row(a, what, "-", rate.wall, "samples/s",
                least > 0 ? OHM_APP_AT_LEAST : OHM_APP_TOLD, least);
    snprintf(line, sizeof line, "  a second of one core");
    ohm_app_row(a, line, "-", rate.processor, "samples", OHM_APP_TOLD, 0);
    snprintf(line, sizeof line, "  cells that a sample pulses");
    ohm_app_row(a, line, "-", share, "%", OHM_APP_TOLD, 0);
    if (right >= 0)
        ohm_app_row(a, "  right of 1000 of the images then", "-", right, "%", OHM_APP_TOLD, 0);
}

int main(int argc, char **argv)
{
    struct ohm_app a;
    struct ohm_data images;
    char path[3][512];

    ohm_app_open(&a, argc, argv, "speed", "training samples in a second, 784-240-10",
                 "sim/configs/devices/reram-hfo2.txt");
    struct ohm_device_model *hfo2 = ohm_device_load(a.device, &a.err), *pcm = NULL;
    if (!hfo2
        || !(pcm = ohm_device_load(ohm_app_file("sim/configs/devices/pcm-pulses.txt", path[0],
                                                sizeof path[0]), &a.err))
        || ohm_data_load(ohm_app_file("sim/data/mnist/t10k-images-idx3-ubyte.gz", path[1],
                                      sizeof path[1]),
                         ohm_app_file("sim/data/mnist/t10k-labels-idx1-ubyte.gz", path[2],
                                      sizeof path[2]), &images, &a.err))
        ohm_app_die(&a);
    const struct ohm_update row = {.rule = OHM_UPDATE_ROW, .shift = 17, .count = 1,
                                   .accumulate = 1};
    struct ohm_mlp_options o = {
        .layers = 2, .size = {PIXELS, HIDDEN, CLASSES},
        .learn = {.device = hfo2, .seed = a.seed, .threads = a.threads}, .scale = {2, 4},
        .init = {0.3, 0.3}, .base = 0.5, .hidden_max = 4, .gain = {1, 1}, .update = {row, row},
        .headroom = 4};
    const long n = a.samples ? a.samples : 2000;
    told(&a, "reram-hfo2, row, one pulse at most", measure, &o, &images, n, 500);
    told(&a, "the same, as dense as can be", measure_dense, &o, &images, n / 4, 0);
    for (int k = 0; k < 2; k++)
        o.update[k].tx = 128, o.update[k].td = 48;
    told(&a, "the same with thresholds", measure, &o, &images, n, 2000);
    o.learn.device = pcm;
    for (int k = 0; k < 2; k++) {
        o.update[k] = row;
        o.update[k].policy = OHM_UPDATE_ONE_SIDED;
    }
    told(&a, "PCM, read noise", measure, &o, &images, n / 4, 100);
    ohm_data_free(&images);
    ohm_device_free(hfo2);
    ohm_device_free(pcm);
    return ohm_app_close(&a);
}
