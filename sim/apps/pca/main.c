/* SPDX-License-Identifier: Apache-2.0
 * Principal components learned in the array (F. Cai et al., "A fully integrated reprogrammable
 * memristor-CMOS system for efficient multiply-accumulate operations", Nature Electronics 2, 290,
 * 2019), here of the Wisconsin diagnostic breast cancer set, 30 features: Sanger's rule finds two
 * components, y = Wx by a forward read, what the components explain of x by a transposed read of
 * the same array, the step by rule stochastic. A layer in a second array then tells malignant from
 * benign by the two. Power iteration finds the same components in an array that holds the
 * covariance. Norms, residuals and the scaling of vectors are the host's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_app.h"
#include "ohm_mlp.h"
#include "ohm_rng.h"

enum {
    FEATURES = 30, SAMPLES = 569, TRAIN = 400, PARTS = 2, RUNS = 20, PASSES = 60, CLASS_PASSES = 40,
    POWER = 40
};
#define X_UNIT 32.0 /* bytes of a standard deviation */
#define Y_UNIT 8.0  /* of a component, */
#define CLASS_UNIT 16.0 /* and for the classes: those far out are clipped */

struct data { double x[SAMPLES][FEATURES]; int label[SAMPLES]; };

/* The set, each feature to mean 0 and deviation 1. */
static int load(struct ohm_app *a, struct data *d)
{
    char path[512], line[1024];
    FILE *f = fopen(ohm_app_file("sim/data/wdbc/wdbc.csv", path, sizeof path), "r");
    int n = -1;

    if (!f)
        return ohm_fail(&a->err, "%s: cannot be read", path);
    for (; n < SAMPLES && fgets(line, sizeof line, f); n++) {
        char *at = line;
        for (int i = 0; n >= 0 && i < FEATURES; i++, at += *at == ',')
            d->x[n][i] = strtod(at, &at);
        if (n >= 0)
            d->label[n] = atoi(at);
    }
    fclose(f);
    if (n != SAMPLES)
        return ohm_fail(&a->err, "%s: %d samples, expected %d", path, n, SAMPLES);
    for (int i = 0; i < FEATURES; i++) {
        double mean = 0, square = 0;
        for (n = 0; n < SAMPLES; n++)
            mean += d->x[n][i] / SAMPLES;
        for (n = 0; n < SAMPLES; n++)
            square += (d->x[n][i] - mean) * (d->x[n][i] - mean) / SAMPLES;
        for (n = 0; n < SAMPLES; n++)
            d->x[n][i] = (d->x[n][i] - mean) / sqrt(square);
    }
    return 0;
}

static uint8_t byte_of(double v)
{
    const double r = floor(v + 0.5);
    return (uint8_t)(int)(r > 127 ? 127 : r < -127 ? -127 : r);
}

static void to_bytes(const double *v, int n, double unit, uint8_t *out)
{
    for (int i = 0; i < n; i++)
        out[i] = byte_of(v[i] * unit);
}

static double dot(const double *a, const double *b)
{
    double s = 0;
    for (int i = 0; i < FEATURES; i++)
        s += a[i] * b[i];
    return s;
}

/* The two leading eigenvectors of the covariance, by software: what the array is compared with. */
static void exact_parts(double c[FEATURES][FEATURES], double v[PARTS][FEATURES])
{
    for (int p = 0; p < PARTS; p++) {
        for (int i = 0; i < FEATURES; i++)
            v[p][i] = 1 + 0.01 * i * (p ? -1 : 1);
        for (int n = 0; n < 2000; n++) {
            double y[FEATURES];
            for (int i = 0; i < FEATURES; i++)
                y[i] = dot(c[i], v[p]);
            for (int q = 0; q < p; q++) {
                const double share = dot(y, v[q]);
                for (int i = 0; i < FEATURES; i++)
                    y[i] -= share * v[q][i];
            }
            const double norm = sqrt(dot(y, y));
            for (int i = 0; i < FEATURES; i++)
                v[p][i] = y[i] / norm;
        }
    }
}

static double alike(const double *a, const double *b)
{
    return fabs(dot(a, b)) / sqrt(dot(a, a) * dot(b, b));
}

/* ---- Sanger's rule ---- */

/* One sample: y, then for each component what is left of x without it and those before, and the
 * step along it. */
static int sanger(struct ohm_app *a, struct ohm_learn *l, const double *x, unsigned slots,
                  uint32_t *number)
{
    const struct ohm_update u = {.rule = OHM_UPDATE_STOCHASTIC, .count = slots, .x_signed = 1,
                                 .d_neg = 1, .seed = 7};
    uint8_t bytes[FEATURES];
    double y[PARTS], z[FEATURES];

    to_bytes(x, FEATURES, X_UNIT, bytes);
    if (ohm_learn_forward(l, ++*number, bytes, y, &a->err))
        return -1;
    for (int p = 0; p < PARTS; p++) {
        uint8_t d[PARTS] = {0}, rest[FEATURES];
        double left[FEATURES];
        for (int q = 0; q <= p; q++)
            d[q] = byte_of(y[q] / X_UNIT * Y_UNIT);
        if (ohm_learn_backward(l, ++*number, d, z, &a->err))
            return -1;
        for (int i = 0; i < FEATURES; i++)
            left[i] = x[i] - z[i] / Y_UNIT;
        to_bytes(left, FEATURES, X_UNIT, rest);
        for (int q = 0; q < p; q++)
            d[q] = 0;
        if (ohm_learn_update(l, &u, *number, rest, d, &a->err))
            return -1;
    }
    return 0;
}

/* How near the components are to the exact ones, pass after pass, and the devices before. */
struct course {
    double x[PASSES + 1], cosine[PARTS][PASSES + 1];
    int count;
    uint64_t before[OHM_LEARN_BINS];
};

static void note(struct course *k, const struct ohm_learn *l, double exact[PARTS][FEATURES])
{
    for (int p = 0; p < PARTS; p++) {
        double w[FEATURES];
        for (int i = 0; i < FEATURES; i++)
            w[i] = ohm_learn_weight(l, i, p);
        k->cosine[p][k->count] = alike(w, exact[p]);
    }
    k->x[k->count] = k->count;
    k->count++;
}

static struct ohm_learn *learn_parts(struct ohm_app *a, const struct ohm_learn_options *o,
                                     const struct data *d, const int *order, int passes,
                                     double exact[PARTS][FEATURES], struct course *k)
{
    struct ohm_learn *l = ohm_learn_new(o, FEATURES, PARTS, &a->err);
    double w[FEATURES * PARTS];
    uint32_t number = 0;

    for (int i = 0; i < FEATURES * PARTS; i++)
        w[i] = 0.1 * ohm_normal(ohm_key_at(ohm_key(o->seed, 100), (uint64_t)i));
    if (!l || ohm_learn_load(l, w, 0.5, &a->err))
        ohm_app_die(a);
    ohm_learn_set_lsb(l, 0, (int64_t)(X_UNIT * 14 * OHM_CODE_MAX / 127));
    ohm_learn_set_lsb(l, 1, (int64_t)(Y_UNIT * 6 * OHM_CODE_MAX / 127));
    *k = (struct course){.count = 0};
    ohm_learn_histogram(l, k->before);
    for (int n = 0; n < passes * TRAIN; n++) { /* the last fifth in fewer steps */
        if (n % TRAIN == 0)
            note(k, l, exact);
        if (sanger(a, l, d->x[order[n % TRAIN]], n < passes * TRAIN / 5 * 4 ? 4 : 1, &number))
            ohm_app_die(a);
    }
    note(k, l, exact);
    return l;
}

/* Tells the classes by the components, as an array of its own learns it: share right of the samples
 * that were kept back. */
static double classify(struct ohm_app *a, struct ohm_learn *l, const struct ohm_learn_options *o,
                       const struct data *d, const int *order)
{
    static uint8_t in[SAMPLES][PARTS];
    static int32_t label[SAMPLES];
    const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .accumulate = 1, .shift = 14, .count = 2,
                                 .x_signed = 1};
    struct ohm_mlp_options m = {.layers = 1, .size = {PARTS, 2}, .learn = *o, .scale = {24},
                                .base = 0.5, .hidden_max = 1, .gain = {1}, .update = {u},
                                .headroom = 8};

    m.learn.macro = 100;
    m.learn.code_max = 511;
    for (int n = 0; n < SAMPLES; n++) {
        uint8_t bytes[FEATURES];
        double y[PARTS];
        to_bytes(d->x[order[n]], FEATURES, X_UNIT, bytes);
        if (ohm_learn_forward(l, 1000000u + (uint32_t)n, bytes, y, &a->err))
            ohm_app_die(a);
        for (int p = 0; p < PARTS; p++)
            in[n][p] = byte_of(y[p] / X_UNIT * CLASS_UNIT);
        label[n] = d->label[order[n]];
    }
    m.init[0] = 0.02;
    struct ohm_mlp *c = ohm_mlp_new(&m, in[0], TRAIN, &a->err);
    if (c) /* all three inputs full and their weights, two thirds of the range, of one sign */
        ohm_learn_set_lsb(ohm_mlp_layer(c, 0), 0, 127 * 2 * OHM_CODE_MAX / 511);
    for (int n = 0; c && n < CLASS_PASSES * TRAIN; n++) {
        ohm_mlp_update_of(c, 0)->shift = u.shift + (unsigned)(8 * n / (CLASS_PASSES * TRAIN) / 3);
        if (ohm_mlp_train(c, in[n % TRAIN], label[n % TRAIN], &a->err) < 0)
            ohm_app_die(a);
    }
    const double share =
        c ? ohm_mlp_accuracy(c, in[TRAIN], label + TRAIN, SAMPLES - TRAIN, &a->err) : -1;
    if (share < 0)
        ohm_app_die(a);
    ohm_mlp_free(c);
    return share;
}

/* ---- power iteration ---- */

/* Component p of the covariance that the array holds; those before are taken out of each vector. */
static void power(struct ohm_app *a, struct ohm_learn *l, int p, double v[PARTS][FEATURES])
{
    for (int i = 0; i < FEATURES; i++)
        v[p][i] = 1 + 0.01 * i * (p ? -1 : 1);
    for (int n = 0; n < POWER; n++) {
        uint8_t bytes[FEATURES];
        double y[FEATURES], most = 0;
        for (int i = 0; i < FEATURES; i++)
            most = fmax(most, fabs(v[p][i]));
        to_bytes(v[p], FEATURES, 127 / most, bytes);
        if (ohm_learn_forward(l, (uint32_t)(p * POWER + n), bytes, y, &a->err))
            ohm_app_die(a);
        for (int q = 0; q < p; q++) {
            const double share = dot(y, v[q]);
            for (int i = 0; i < FEATURES; i++)
                y[i] -= share * v[q][i];
        }
        const double norm = sqrt(dot(y, y));
        for (int i = 0; i < FEATURES; i++)
            v[p][i] = y[i] / norm;
    }
}

static void run_power(struct ohm_app *a, const struct ohm_learn_options *o,
                      double c[FEATURES][FEATURES], double exact[PARTS][FEATURES])
{
    static double w[FEATURES * FEATURES];
    double v[PARTS][FEATURES];
    struct ohm_learn_options p = *o;

    p.macro = 200;
    struct ohm_learn *l = ohm_learn_new(&p, FEATURES, FEATURES, &a->err);
    for (int i = 0; i < FEATURES * FEATURES; i++)
        w[i] = c[i / FEATURES][i % FEATURES];
    if (!l || ohm_learn_load(l, w, 0.5, &a->err))
        ohm_app_die(a);
    ohm_learn_set_lsb(l, 0, (int64_t)(127 * 16.0 * OHM_CODE_MAX / 127));
    for (int k = 0; k < PARTS; k++)
        power(a, l, k, v);
    ohm_app_row(a, "power iteration: first component, cosine", "-", alike(v[0], exact[0]), "",
                OHM_APP_AT_LEAST, 0.99);
    ohm_app_row(a, "power iteration: second component, cosine", "-", alike(v[1], exact[1]), "",
                OHM_APP_AT_LEAST, 0.95);
    ohm_learn_free(l);
}

static void figures(struct ohm_app *a, const struct ohm_learn *l, const struct course *k)
{
    const struct ohm_app_curve c[] = {{"first component", k->x, k->cosine[0], k->count},
                                      {"second component", k->x, k->cosine[1], k->count}};
    uint64_t after[OHM_LEARN_BINS];

    ohm_learn_histogram(l, after);
    ohm_app_figure(a, "curve", "Components by Sanger's rule, last run", "passes",
                   "cosine with the exact component", c, PARTS, 0);
    ohm_app_histogram(a, "conductances", k->before, after);
}

static void shuffle(const struct ohm_app *a, int run, int *order)
{
    for (int n = 0; n < SAMPLES; n++)
        order[n] = n;
    for (int n = SAMPLES - 1; n > 0; n--) {
        const int k = (int)(ohm_key_at(ohm_key(a->seed + (uint64_t)run, 500), (uint64_t)n)
                            % (uint64_t)(n + 1)),
                  was = order[n];
        order[n] = order[k];
        order[k] = was;
    }
}

int main(int argc, char **argv)
{
    static struct data d;
    static double c[FEATURES][FEATURES], exact[PARTS][FEATURES];
    static struct course course;
    struct ohm_app a;
    double share = 0, cosine[PARTS] = {0};
    int order[SAMPLES];

    ohm_app_open(&a, argc, argv, "pca", "Cai et al., Nature Electronics 2, 290 (2019)",
                 "sim/apps/pca/wox.txt");
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err);
    if (!device || load(&a, &d))
        ohm_app_die(&a);
    for (int n = 0; n < SAMPLES; n++)
        for (int i = 0; i < FEATURES; i++)
            for (int k = 0; k < FEATURES; k++)
                c[i][k] += d.x[n][i] * d.x[n][k] / SAMPLES;
    exact_parts(c, exact);
    const int runs = a.small || a.tiny ? 1 : RUNS, passes = a.tiny ? 1 : a.small ? 5 : PASSES;
    for (int run = 0; run < runs; run++) {
        const struct ohm_learn_options o = {.device = device, .seed = a.seed + (uint64_t)run,
                                            .golden = a.golden, .x_signed = 1, .code_max = 127};
        shuffle(&a, run, order);
        struct ohm_learn *l = learn_parts(&a, &o, &d, order, passes, exact, &course);
        for (int p = 0; p < PARTS; p++)
            cosine[p] += course.cosine[p][passes] / runs;
        share += 100 * classify(&a, l, &o, &d, order) / runs;
        if (run + 1 == runs) {
            ohm_app_row(&a, "malignant or benign, right of those kept back", "94.6 %", share, "%",
                        a.tiny ? OHM_APP_TOLD : OHM_APP_AT_LEAST, a.small ? 85 : 94.6);
            ohm_app_row(&a, "Sanger: first component, cosine", "-", cosine[0], "", OHM_APP_TOLD, 0);
            ohm_app_row(&a, "Sanger: second component, cosine", "-", cosine[1], "", OHM_APP_TOLD,
                        0);
            ohm_app_spent(&a, "last run", l);
            run_power(&a, &o, c, exact);
            figures(&a, l, &course);
        }
        ohm_learn_free(l);
    }
    ohm_device_free(device);
    return ohm_app_close(&a);
}
