/* SPDX-License-Identifier: Apache-2.0
 * A perceptron trained in a passive crossbar (M. Prezioso et al., "Training and operation of an
 * integrated neuromorphic network based on metal-oxide memristors", Nature 521, 61, 2015): 3 x 3
 * patterns of three letters, ten inputs, three outputs, each weight a pair of devices of a 12 x 12
 * array without selectors; Manhattan rule: the gradient is summed over all patterns of an epoch,
 * then every weight gets one pulse of the sum's sign. Wires and the lines' resistances are solved
 * for at every read, with the idle lines grounded: currents take all ways through the array. Half-
 * selected devices are disturbed by every pulse. Sums, tanh and signs are the host's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_app.h"
#include "ohm_rng.h"

enum {
    ROWS = 12, COLS = 6, /* cells: two devices on neighbouring columns each */
    PIXELS = 9, INPUTS = 10, CLASSES = 3, PATTERNS = 30, EPOCHS_MAX = 100, RUNS = 20
};
#define BETA 1.8   /* of tanh, for weights of the range and inputs of 1: 2e5/A · 0.1 V · 90 µS */
#define TARGET 0.85

static const char *const letters[CLASSES] = {"110010011", "101101010", "010101101"}; /* z, v, n */

struct pattern { uint8_t x[ROWS]; int class; };

/* The letter and its nine versions with one pixel turned. */
static void make_patterns(struct pattern *p)
{
    for (int n = 0; n < PATTERNS; n++) {
        const int class = n / 10, turned = n % 10 - 1;
        p[n] = (struct pattern){.class = class};
        for (int i = 0; i < PIXELS; i++)
            p[n].x[i] = (uint8_t)((letters[class][i] == '1') != (i == turned) ? 127 : -127);
        p[n].x[PIXELS] = 127; /* bias */
    }
}

struct run { int epochs; double errors[EPOCHS_MAX + 1]; };

/* One array from its random state to no error; -1: the array is at fault. */
static int train(struct ohm_app *a, const struct ohm_learn_options *o, struct run *r,
                 struct ohm_learn **out, uint64_t *before)
{
    struct pattern p[PATTERNS];
    const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .policy = OHM_UPDATE_PAIR, .count = 1,
                                 .x_signed = 1};
    double w[ROWS * COLS], y[COLS];
    struct ohm_learn *l = ohm_learn_new(o, ROWS, COLS, &a->err);
    uint32_t number = 0;

    if (!l)
        return -1;
    *out = l;
    make_patterns(p);
    for (int i = 0; i < ROWS * COLS; i++) /* nobody aims: weights of about a tenth of the range */
        w[i] = 0.1 * ohm_normal(ohm_key_at(ohm_key(o->seed, 100), (uint64_t)i));
    ohm_learn_set_lsb(l, 0, (int64_t)(INPUTS * 127.0 * OHM_CODE_MAX * 0.5 / 127));
    if (ohm_learn_load(l, w, 0.3, &a->err))
        return -1;
    ohm_learn_histogram(l, before);
    for (r->epochs = 0;; r->epochs++) {
        double sum[INPUTS][CLASSES] = {{0}};
        int8_t k[ROWS * COLS] = {0};
        int wrong = 0;
        for (int n = 0; n < PATTERNS; n++) {
            if (ohm_learn_forward(l, number++, p[n].x, y, &a->err))
                return -1;
            int right = 1;
            for (int c = 0; c < CLASSES; c++) {
                const double f = tanh(BETA * y[c] / 127),
                             e = (c == p[n].class ? TARGET : -TARGET) - f;
                for (int i = 0; i < INPUTS; i++)
                    sum[i][c] += e * (1 - f * f) * (int8_t)p[n].x[i];
                right &= c == p[n].class || y[c] < y[p[n].class];
            }
            wrong += !right;
        }
        r->errors[r->epochs] = wrong;
        if (!wrong || r->epochs == EPOCHS_MAX)
            return 0;
        for (int i = 0; i < INPUTS; i++)
            for (int c = 0; c < CLASSES; c++)
                k[i * COLS + c] = (int8_t)((sum[i][c] > 0) - (sum[i][c] < 0));
        if (ohm_learn_transfer(l, &u, k, &a->err))
            return -1;
    }
}

static int physics_of(struct ohm_app *a, struct ohm_physics *physics)
{
    /* one word line and two bit lines a cell is the passive array's network; segments of a line,
     * drivers and sense amplifiers of some ohms */
    static const char *const set[][2] = {{"cell", "1t1r"}, {"r_wl", "10"}, {"r_bl", "10"},
                                         {"r_drive", "100"}, {"r_sense", "100"}};

    ohm_physics_default(physics);
    for (unsigned i = 0; i < sizeof set / sizeof *set; i++)
        if (ohm_physics_set(physics, set[i][0], set[i][1], &a->err))
            return -1;
    return 0;
}

int main(int argc, char **argv)
{
    static struct run run[RUNS];
    static double x[EPOCHS_MAX + 1];
    struct ohm_app a;
    struct ohm_physics physics;
    uint64_t before[OHM_LEARN_BINS], after[OHM_LEARN_BINS];
    double mean = 0, worst = 0;
    int converged = 0;

    ohm_app_open(&a, argc, argv, "perceptron", "Prezioso et al., Nature 521, 61 (2015)",
                 "sim/apps/perceptron/tio2.txt");
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err);
    if (!device || physics_of(&a, &physics))
        ohm_app_die(&a);
    const int runs = a.small ? 3 : RUNS;
    for (int s = 0; s < runs; s++) {
        const struct ohm_learn_options o = {.device = device, .physics = &physics,
                                            .seed = a.seed + (uint64_t)s, .rows = ROWS,
                                            .cols = COLS, .golden = a.golden, .x_signed = 1};
        struct ohm_learn *l = NULL;
        if (train(&a, &o, &run[s], &l, before))
            ohm_app_die(&a);
        converged += run[s].errors[run[s].epochs] == 0;
        mean += (double)run[s].epochs / runs;
        worst = fmax(worst, run[s].epochs);
        if (s + 1 == runs) {
            ohm_app_row(&a, "runs of other devices", "1", runs, "", OHM_APP_TOLD, 0);
            ohm_app_row(&a, "runs that end with 0 errors of 30 patterns", "1", converged, "",
                        OHM_APP_AT_LEAST, runs);
            ohm_app_row(&a, "epochs to 0 errors, mean", "23", mean, "", OHM_APP_AT_MOST, 23);
            ohm_app_row(&a, "epochs to 0 errors, most", "-", worst, "", OHM_APP_TOLD, 0);
            ohm_app_spent(&a, "last run", l);
            ohm_learn_histogram(l, after);
        }
        ohm_learn_free(l);
    }
    static const char *const names[] = {"first seed", "second", "third", "fourth", "fifth"};
    struct ohm_app_curve c[5];
    for (int i = 0; i <= EPOCHS_MAX; i++)
        x[i] = i;
    for (int s = 0; s < 5 && s < runs; s++)
        c[s] = (struct ohm_app_curve){names[s], x, run[s].errors, run[s].epochs + 1};
    ohm_app_figure(&a, "curve", "Perceptron in a passive array: the first runs", "epoch",
                   "errors of 30 patterns", c, runs < 5 ? runs : 5, 0);
    ohm_app_histogram(&a, "conductances", before, after);
    ohm_device_free(device);
    return ohm_app_close(&a);
}
