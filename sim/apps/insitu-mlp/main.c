/* SPDX-License-Identifier: Apache-2.0
 * A two-layer network trained in its arrays (C. Li et al., "Efficient and self-adaptive in-situ
 * learning in multilayer memristor neural networks", Nature Communications 9, 2385, 2018): MNIST
 * cropped to 20 x 20 and averaged to 8 x 8, 64 inputs, 54 hidden neurons, 10 classes, arrays of
 * 128 x 64 cells. Each sample is read forward, its errors are read back through the second layer's
 * array, and both arrays are updated row by row with the accumulate memory (the paper adds up
 * batches of 50 digitally). Activations, softmax and errors are the host's.
 *
 * Three trainings: sound devices, 11 % stuck ones, and sound ones with the endurance-aware mode. */
#include <stdio.h>
#include <stdlib.h>

#include "ohm_app.h"
#include "ohm_data.h"
#include "ohm_mlp.h"

enum { PIXELS = 64, HIDDEN = 54, CLASSES = 10, SAMPLES = 80000, POINTS = 20, FIT = 200,
       CURVE_TEST = 1000 };

struct training {
    double x[POINTS + 1], y[POINTS + 1], accuracy, cells;
    uint64_t before[OHM_LEARN_BINS], after[OHM_LEARN_BINS];
};

static struct ohm_mlp_options options(const struct ohm_app *a,
                                      const struct ohm_device_model *device)
{
    const struct ohm_update first = {.rule = OHM_UPDATE_ROW, .accumulate = 1, .shift = 15,
                                     .count = 2};
    struct ohm_update second = first;

    second.shift = 14;
    return (struct ohm_mlp_options){
        .layers = 2, .size = {PIXELS, HIDDEN, CLASSES},
        .learn = {.device = device, .seed = a->seed, .rows = 128, .cols = 64,
                  .threads = a->threads, .golden = a->golden},
        .scale = {2, 4}, .init = {0.3, 0.3}, .base = 0.5, .hidden_max = 4, .gain = {1, 1},
        .update = {first, second}, .headroom = 4};
}

/* Ends the program when the chip is at fault. */
static double accuracy(struct ohm_app *a, struct ohm_mlp *m, const struct ohm_data *test, int count)
{
    const double share = ohm_mlp_accuracy(m, test->images, test->labels,
                                          count < test->count ? count : test->count, &a->err);
    if (share < 0)
        ohm_app_die(a);
    return 100 * share;
}

/* Trains anew; what is spent is told when `what` is not NULL. */
static void train(struct ohm_app *a, const struct ohm_mlp_options *o, const struct ohm_data *train,
                  const struct ohm_data *test, const char *what, struct training *t)
{
    const long samples = a->samples ? a->samples
                         : a->tiny  ? 100
                         : a->small ? SAMPLES / 16
                                    : SAMPLES;
    struct ohm_learn_spent spent[2];
    struct ohm_mlp *m = ohm_mlp_new(o, train->images, FIT, &a->err);
    int point = 0;

    if (!m)
        ohm_app_die(a);
    ohm_learn_histogram(ohm_mlp_layer(m, 0), t->before);
    for (long i = 0;; i++) {
        if (i >= point * samples / POINTS && point <= POINTS) {
            t->x[point] = (double)i;
            t->y[point++] = accuracy(a, m, test, a->tiny ? 20 : CURVE_TEST);
        }
        if (i == samples)
            break;
        for (int k = 0; i == samples / 4 * 3 && k < 2; k++) /* the last quarter in finer steps */
            ohm_mlp_update_of(m, k)->shift++;
        const uint32_t s = ohm_app_sample(a, i, train->count);
        if (ohm_mlp_train(m, train->images + s * (size_t)PIXELS, train->labels[s], &a->err) < 0)
            ohm_app_die(a);
    }
    t->accuracy = accuracy(a, m, test, a->tiny ? 20 : a->small ? CURVE_TEST : test->count);
    for (int k = 0; k < 2; k++)
        ohm_learn_spent(ohm_mlp_layer(m, k), &a->energy, &spent[k]);
    t->cells = (double)(spent[0].counts.cells + spent[1].counts.cells);
    ohm_learn_histogram(ohm_mlp_layer(m, 0), t->after);
    if (what) {
        ohm_app_spent(a, "layer 1", ohm_mlp_layer(m, 0));
        ohm_app_spent(a, "layer 2", ohm_mlp_layer(m, 1));
    }
    ohm_mlp_free(m);
}

int main(int argc, char **argv)
{
    static struct training sound, stuck, spared;
    struct ohm_app a;
    struct ohm_data images, test;
    char path[512];

    ohm_app_open(&a, argc, argv, "insitu-mlp", "Li et al., Nature Communications 9, 2385 (2018)",
                 "sim/apps/insitu-mlp/hfo2-1t1r.txt");
    ohm_app_mnist(&a, &images, &test);
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err), *worn = NULL;
    if (!device
        || !(worn = ohm_device_load(ohm_app_file("sim/apps/insitu-mlp/hfo2-1t1r-stuck.txt", path,
                                                 sizeof path), &a.err)))
        ohm_app_die(&a);
    const double least = a.tiny ? 0 : a.small ? 80 : 91.71;
    struct ohm_mlp_options o = options(&a, device);
    train(&a, &o, &images, &test, "sound", &sound);
    ohm_app_row(&a, "MNIST, test accuracy", "91.71 %", sound.accuracy, "%", OHM_APP_AT_LEAST,
                least);
    if (!a.small && !a.tiny) {
        o.learn.device = worn;
        train(&a, &o, &images, &test, NULL, &stuck);
        ohm_app_row(&a, "with 11 % of the devices stuck", "91.71 %", stuck.accuracy, "%",
                    OHM_APP_AT_LEAST, least);
        o = options(&a, device);
        ohm_mlp_spare_devices(&o);
        train(&a, &o, &images, &test, NULL, &spared);
        ohm_app_row(&a, "endurance-aware", "-", spared.accuracy, "%", OHM_APP_AT_LEAST,
                    sound.accuracy - 0.5);
        ohm_app_row(&a, "endurance-aware: pulses, of the others", "-",
                    100 * spared.cells / sound.cells, "%", OHM_APP_AT_MOST, 25);
    }
    const struct ohm_app_curve c[] = {{"sound devices", sound.x, sound.y, POINTS + 1},
                                      {"11 % stuck", stuck.x, stuck.y, POINTS + 1},
                                      {"endurance-aware", spared.x, spared.y, POINTS + 1}};
    ohm_app_figure(&a, "curve", "MNIST of 8 x 8, 64-54-10, trained in the arrays", "samples",
                   "right of 1000 test images, %", c, a.small || a.tiny ? 1 : 3, 0);
    ohm_app_histogram(&a, "conductances", sound.before, sound.after);
    ohm_data_free(&images);
    ohm_data_free(&test);
    ohm_device_free(device);
    ohm_device_free(worn);
    return ohm_app_close(&a);
}
