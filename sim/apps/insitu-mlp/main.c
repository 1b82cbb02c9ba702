/* SPDX-License-Identifier: Apache-2.0
 * A two-layer network trained in its arrays (C. Li et al., "Efficient and self-adaptive in-situ
 * learning in multilayer memristor neural networks", Nature Communications 9, 2385, 2018): MNIST
 * cropped to 20 x 20 and averaged to 8 x 8, 64 inputs, 54 hidden neurons, 10 classes. Each sample
 * is read forward, its errors are read back through the second layer's array, and both arrays are
 * updated row by row. Activations, softmax and errors are the host's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_app.h"
#include "ohm_data.h"
#include "ohm_mlp.h"
#include "ohm_rng.h"

enum { HIDDEN = 54, CURVE_MAX = 200, FIT = 200 };

static int env(const char *name, int def) { const char *s = getenv(name); return s ? atoi(s) : def; }
static double envf(const char *name, double def) { const char *s = getenv(name); return s ? atof(s) : def; }

int main(int argc, char **argv)
{
    struct ohm_app a;
    struct ohm_data train, test;
    char path[4][512];
    ohm_app_open(&a, argc, argv, "insitu-mlp", "Li et al., Nature Communications 9, 2385 (2018)",
                 "sim/apps/insitu-mlp/hfo2-1t1r.txt");
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err);
    if (!device || ohm_data_load(ohm_app_file("sim/data/mnist/train-images-8x8-idx3-ubyte.gz", path[0], 512), ohm_app_file("sim/data/mnist/train-labels-idx1-ubyte.gz", path[1], 512), &train, &a.err)
        || ohm_data_load(ohm_app_file("sim/data/mnist/t10k-images-8x8-idx3-ubyte.gz", path[2], 512), ohm_app_file("sim/data/mnist/t10k-labels-idx1-ubyte.gz", path[3], 512), &test, &a.err))
        ohm_app_die(&a);
    const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .shift = env("SHIFT", 12), .count = env("PMAX", 8), .accumulate = env("ACC", 0), .tx = env("TX", 0), .td = env("TD", 0)};
    struct ohm_update u2 = u; u2.shift = env("SHIFT2", (int)u.shift);
    struct ohm_mlp_options o = {.layers = 2, .size = {64, HIDDEN, 10},
        .learn = {.device = device, .seed = a.seed, .threads = a.threads, .golden = a.golden, .code_max = env("CODE", 127)},
        .scale = {envf("S0", 2), envf("S1", 4)}, .init = {envf("I0", 0.1), envf("I1", 0.1)}, .base = 0.5, .hidden_max = envf("HMAX", 4),
        .gain = {envf("G0", 1), envf("G1", 1)}, .update = {u, u2}, .batch = env("BATCH", 50), .headroom = envf("HEAD", 4), .keep_sure = env("SURE", 0), .sure = 0.9};
    struct ohm_mlp *m = ohm_mlp_new(&o, train.images, FIT, &a.err);
    if (!m)
        ohm_app_die(&a);
    long n = a.samples ? a.samples : 80000;
    int right = 0;
    for (long i = 0; i < n; i++) {
        const uint32_t at = (uint32_t)(ohm_key_at(ohm_key(a.seed, 300), (uint64_t)i) % (uint64_t)train.count);
        int r = ohm_mlp_train(m, train.images + at * 64u, train.labels[at], &a.err);
        if (r < 0)
            ohm_app_die(&a);
        right += r;
        if (i % 10000 == 9999) {
            printf("%ld: train %.2f test %.2f\n", i + 1, right / 100.0, 100 * ohm_mlp_accuracy(m, test.images, test.labels, env("TEST", 2000), &a.err));
            fflush(stdout);
            right = 0;
        }
    }
    ohm_app_row(&a, "accuracy", "91.71", 100 * ohm_mlp_accuracy(m, test.images, test.labels, test.count, &a.err), "%", OHM_APP_AT_LEAST, 91.71);
    ohm_app_spent(&a, "layer 1", ohm_mlp_layer(m, 0));
    ohm_app_spent(&a, "layer 2", ohm_mlp_layer(m, 1));
    return ohm_app_close(&a);
}
