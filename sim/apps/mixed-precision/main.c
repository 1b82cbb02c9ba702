/* SPDX-License-Identifier: Apache-2.0
 * Mixed-precision training (S. R. Nandakumar et al., "Mixed-precision deep learning based on
 * computational memory", Frontiers in Neuroscience 14, 406, 2020): products forward and backward by
 * the arrays, steps gathered in a digital memory of 32 bits a weight and given to the devices as
 * whole pulses, against stochastic gradient descent in double precision on the same network,
 * samples and order. MNIST of 8 x 8 pixels, 64-100-10. Rectifier, softmax and errors are the
 * host's. */
#include <stdio.h>
#include <stdlib.h>

#include "ohm_app.h"
#include "ohm_data.h"
#include "ohm_mlp.h"
#include "ohm_soft.h"

enum { PIXELS = 64, HIDDEN = 100, CLASSES = 10, SAMPLES = 120000, POINTS = 20, FIT = 200,
       CURVE_TEST = 1000 };

struct curve { double x[POINTS + 1], y[POINTS + 1], accuracy; };

static struct ohm_mlp *open_network(struct ohm_app *a, const struct ohm_device_model *device,
                                    const uint8_t *images)
{
    const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .accumulate = 1, .shift = 14, .count = 4};
    const struct ohm_mlp_options o = {
        .layers = 2, .size = {PIXELS, HIDDEN, CLASSES},
        .learn = {.device = device, .seed = a->seed, .threads = a->threads, .golden = a->golden,
                  .code_max = 511},
        .scale = {2, 4}, .init = {0.25, 0.3}, .base = 0.25, .hidden_max = 4, .gain = {1, 1},
        .update = {u, u}, .headroom = 4};
    struct ohm_mlp *m = ohm_mlp_new(&o, images, FIT, &a->err);

    if (!m)
        ohm_app_die(a);
    return m;
}

/* Both train side by side; the last quarter in steps of an eighth (array) and a quarter. */
static void train(struct ohm_app *a, struct ohm_mlp *m, struct ohm_soft *s,
                  const struct ohm_data *images, const struct ohm_data *test, long samples,
                  struct curve c[2])
{
    const int some = a->tiny ? 20 : CURVE_TEST, all = a->tiny || a->small ? some : test->count;
    int point = 0;

    for (long i = 0; i <= samples; i++) {
        if (i >= point * samples / POINTS && point <= POINTS) {
            c[0].x[point] = c[1].x[point] = (double)i;
            c[0].y[point] = 100 * ohm_mlp_accuracy(m, test->images, test->labels, some, &a->err);
            c[1].y[point++] = 100 * ohm_soft_accuracy(s, test->images, test->labels, some);
        }
        if (i == samples)
            break;
        for (int k = 0; i == samples / 4 * 3 && k < 2; k++)
            ohm_mlp_update_of(m, k)->shift += 3;
        if (i == samples / 4 * 3)
            *ohm_soft_rate(s) /= 4;
        const uint32_t n = ohm_app_sample(a, i, images->count);
        const uint8_t *x = images->images + n * (size_t)PIXELS;
        ohm_soft_train(s, x, images->labels[n]);
        if (ohm_mlp_train(m, x, images->labels[n], &a->err) < 0)
            ohm_app_die(a);
    }
    c[0].accuracy = ohm_mlp_accuracy(m, test->images, test->labels, all, &a->err);
    if (c[0].accuracy < 0)
        ohm_app_die(a);
    c[0].accuracy *= 100;
    c[1].accuracy = 100 * ohm_soft_accuracy(s, test->images, test->labels, all);
}

int main(int argc, char **argv)
{
    static struct curve c[2];
    struct ohm_app a;
    struct ohm_data images, test;
    uint64_t before[OHM_LEARN_BINS], after[OHM_LEARN_BINS];

    ohm_app_open(&a, argc, argv, "mixed-precision",
                 "Nandakumar et al., Frontiers in Neuroscience 14, 406 (2020)",
                 "sim/apps/insitu-mlp/hfo2-1t1r.txt");
    ohm_app_mnist(&a, &images, &test);
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err);
    if (!device)
        ohm_app_die(&a);
    const struct ohm_soft_options o = {.inputs = PIXELS, .hidden = HIDDEN, .outputs = CLASSES,
                                       .seed = a.seed, .init = {0.2, 0.2}, .rate = 0.05};
    const long samples = a.samples ? a.samples
                         : a.tiny  ? 60
                         : a.small ? SAMPLES / 40
                                   : SAMPLES;
    struct ohm_mlp *m = open_network(&a, device, images.images);
    struct ohm_soft *s = ohm_soft_new(&o);
    if (!s) {
        ohm_fail(&a.err, "out of memory");
        ohm_app_die(&a);
    }
    ohm_learn_histogram(ohm_mlp_layer(m, 0), before);
    train(&a, m, s, &images, &test, samples, c);
    ohm_learn_histogram(ohm_mlp_layer(m, 0), after);
    ohm_app_row(&a, "MNIST of 8 x 8, test accuracy, arrays", "-", c[0].accuracy, "%", OHM_APP_TOLD,
                0);
    ohm_app_row(&a, "the same, software", "-", c[1].accuracy, "%", OHM_APP_TOLD, 0);
    ohm_app_row(&a, "software's less the arrays', points", "0.6", c[1].accuracy - c[0].accuracy, "",
                a.tiny ? OHM_APP_TOLD : OHM_APP_AT_MOST, a.small ? 10 : 0.5);
    ohm_app_spent(&a, "layer 1", ohm_mlp_layer(m, 0));
    ohm_app_spent(&a, "layer 2", ohm_mlp_layer(m, 1));
    const struct ohm_app_curve curves[] = {{"arrays", c[0].x, c[0].y, POINTS + 1},
                                           {"software", c[1].x, c[1].y, POINTS + 1}};
    ohm_app_figure(&a, "curve", "MNIST of 8 x 8, 64-100-10, mixed precision", "samples",
                   "right of 1000 test images, %", curves, 2, 0);
    ohm_app_histogram(&a, "conductances", before, after);
    ohm_mlp_free(m);
    ohm_soft_free(s);
    ohm_data_free(&images);
    ohm_data_free(&test);
    ohm_device_free(device);
    return ohm_app_close(&a);
}
