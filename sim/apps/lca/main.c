/* SPDX-License-Identifier: Apache-2.0
 * Sparse coding by a locally competitive network in one array (P. Sheridan et al., "Sparse coding
 * with memristor networks", Nature Nanotechnology 12, 784, 2017; 4 x 4 patches and 16 x 32 cells as
 * Cai et al., Nature Electronics 2, 290, 2019). The array holds a dictionary of 32 elements. What
 * is active is read back to the inputs (transposed), what is left of the patch is read forward to
 * the neurons, until few of them stand for the patch:
 *
 *   r = x − Φ a,  u ← u + (Φᵀ r + a − u)/τ,  a = u soft-thresholded by λ
 *
 * The dictionary is learned in software from other patches (winner takes all, Oja's rule), and the
 * software runs the same network in double precision on the same patches. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ohm_app.h"
#include "ohm_data.h"
#include "ohm_rng.h"

enum { SIDE = 32, EDGE = 4, INPUTS = EDGE * EDGE, ATOMS = 32, LEARN = 60000, PATCHES = 500,
       STEPS = 60, DOMAIN_PATCH = 600 };
#define UNIT 24.0    /* bytes of 1, a patch has deviation 1 */
#define LAMBDA 0.25
#define TAU 10.0
#define HOUR 3600

static double dictionary[INPUTS][ATOMS];

/* Patch number n: grey, mean 0, deviation 1; patches without contrast are passed over. */
static void patch(const struct ohm_data *d, uint64_t key, uint64_t *n, double *x)
{
    for (;; ++*n) {
        const uint64_t draw = ohm_key_at(key, *n);
        const uint8_t *image = d->images + draw % (uint64_t)d->count * (uint64_t)d->inputs;
        const unsigned row = (unsigned)(draw >> 32) % (SIDE - EDGE + 1),
                       col = (unsigned)(draw >> 48) % (SIDE - EDGE + 1);
        double mean = 0, square = 0;
        for (unsigned i = 0; i < INPUTS; i++) {
            const uint8_t *p = image + 3 * ((row + i / EDGE) * SIDE + col + i % EDGE);
            x[i] = (p[0] + p[1] + p[2]) / 3.0;
            mean += x[i] / INPUTS;
        }
        for (int i = 0; i < INPUTS; i++)
            square += (x[i] - mean) * (x[i] - mean) / INPUTS;
        if (square < 25)
            continue;
        for (int i = 0; i < INPUTS; i++)
            x[i] = (x[i] - mean) / sqrt(square);
        ++*n;
        return;
    }
}

/* Elements of length 1: the one that is most alike moves towards a patch. */
static void learn_dictionary(const struct ohm_data *d, uint64_t seed)
{
    const uint64_t key = ohm_key(seed, DOMAIN_PATCH);
    uint64_t n = 0;
    double x[INPUTS];

    for (int j = 0; j < ATOMS; j++) {
        patch(d, key, &n, x);
        for (int i = 0; i < INPUTS; i++)
            dictionary[i][j] = x[i] / sqrt(INPUTS);
    }
    for (int k = 0; k < LEARN; k++) {
        double best = 0, length = 0;
        int winner = 0;
        patch(d, key, &n, x);
        for (int j = 0; j < ATOMS; j++) {
            double y = 0;
            for (int i = 0; i < INPUTS; i++)
                y += x[i] * dictionary[i][j];
            if (fabs(y) > fabs(best))
                best = y, winner = j;
        }
        for (int i = 0; i < INPUTS; i++) {
            double *w = &dictionary[i][winner];
            *w += 0.01 * best * (x[i] - best * *w);
            length += *w * *w;
        }
        for (int i = 0; i < INPUTS; i++)
            dictionary[i][winner] /= sqrt(length);
    }
}

/* Products with the dictionary: forward to the neurons, backward to the inputs. */
struct products {
    struct ohm_app *a;
    struct ohm_learn *l; /* NULL: in software */
    uint32_t number;
};

static void bytes_of(const double *v, int n, uint8_t *out)
{
    for (int i = 0; i < n; i++) {
        const double r = floor(v[i] * UNIT + 0.5);
        out[i] = (uint8_t)(int)(r > 127 ? 127 : r < -127 ? -127 : r);
    }
}

static void product(struct products *p, int back, const double *v, double *y)
{
    const int from = back ? ATOMS : INPUTS, to = back ? INPUTS : ATOMS;
    uint8_t bytes[ATOMS];

    if (p->l) {
        bytes_of(v, from, bytes);
        if (back ? ohm_learn_backward(p->l, p->number, bytes, y, &p->a->err)
                 : ohm_learn_forward(p->l, p->number, bytes, y, &p->a->err))
            ohm_app_die(p->a);
        p->number++;
        for (int k = 0; k < to; k++)
            y[k] /= UNIT;
        return;
    }
    for (int k = 0; k < to; k++) {
        y[k] = 0;
        for (int i = 0; i < from; i++)
            y[k] += v[i] * (back ? dictionary[k][i] : dictionary[i][k]);
    }
}

/* Codes a patch: a, and how many of its elements are not 0. */
static int code(struct products *p, const double *x, double *a)
{
    double u[ATOMS] = {0}, back[INPUTS], rest[INPUTS], forward[ATOMS];
    int active = 0;

    for (int j = 0; j < ATOMS; j++)
        a[j] = 0;
    for (int n = 0; n < STEPS; n++) {
        product(p, 1, a, back);
        for (int i = 0; i < INPUTS; i++)
            rest[i] = x[i] - back[i];
        product(p, 0, rest, forward);
        active = 0;
        for (int j = 0; j < ATOMS; j++) {
            u[j] += (forward[j] + a[j] - u[j]) / TAU;
            a[j] = u[j] > LAMBDA ? u[j] - LAMBDA : u[j] < -LAMBDA ? u[j] + LAMBDA : 0;
            active += a[j] != 0;
        }
    }
    return active;
}

/* RMS error of the patches that a transposed read makes of their codes, of their deviation;
 * *active: elements in use, mean. */
static double error_of(struct products *p, const struct ohm_data *d, uint64_t seed, int patches,
                       double *active)
{
    const uint64_t key = ohm_key(seed, DOMAIN_PATCH + 1);
    uint64_t n = 0;
    double sum = 0, x[INPUTS], a[ATOMS], back[INPUTS];

    *active = 0;
    for (int k = 0; k < patches; k++) {
        patch(d, key, &n, x);
        *active += (double)code(p, x, a) / patches;
        product(p, 1, a, back);
        for (int i = 0; i < INPUTS; i++)
            sum += (x[i] - back[i]) * (x[i] - back[i]) / (INPUTS * (double)patches);
    }
    return sqrt(sum);
}

int main(int argc, char **argv)
{
    struct ohm_app a;
    struct ohm_data d;
    char path[2][512];
    double active[2];

    ohm_app_open(&a, argc, argv, "lca", "Sheridan et al., Nature Nanotechnology 12, 784 (2017)",
                 "sim/configs/devices/rram-pulses.txt");
    struct ohm_device_model *device = ohm_device_load(a.device, &a.err);
    if (!device
        || ohm_data_load(ohm_app_file("sim/data/cifar10-jpeg/test-images-idx4-ubyte.gz", path[0],
                                      sizeof path[0]),
                         ohm_app_file("sim/data/cifar10-jpeg/test-labels-idx1-ubyte.gz", path[1],
                                      sizeof path[1]), &d, &a.err))
        ohm_app_die(&a);
    const struct ohm_learn_options o = {.device = device, .seed = a.seed, .golden = a.golden,
                                        .x_signed = 1, .code_max = 127};
    struct products array = {&a, ohm_learn_new(&o, INPUTS, ATOMS, &a.err), 0},
                    software = {&a, NULL, 0};
    const int patches = a.tiny ? 2 : a.small ? 50 : PATCHES;
    learn_dictionary(&d, a.seed);
    if (!array.l || ohm_learn_load(array.l, dictionary[0], 0.5, &a.err))
        ohm_app_die(&a);
    ohm_learn_time(array.l, HOUR);
    ohm_learn_set_lsb(array.l, 0, (int64_t)(UNIT * 4 * OHM_CODE_MAX / 127));
    ohm_learn_set_lsb(array.l, 1, (int64_t)(UNIT * 4 * OHM_CODE_MAX / 127));
    const double here = error_of(&array, &d, a.seed, patches, &active[0]),
                 there = error_of(&software, &d, a.seed, patches, &active[1]);
    ohm_app_row(&a, "error of patches, array, of their deviation", "-", here, "", OHM_APP_TOLD, 0);
    ohm_app_row(&a, "error of patches, software", "-", there, "", OHM_APP_TOLD, 0);
    ohm_app_row(&a, "array's error over software's", "-", here / there, "",
                a.tiny ? OHM_APP_TOLD : OHM_APP_AT_MOST, 1.1);
    ohm_app_row(&a, "elements in use of 32, array", "-", active[0], "", OHM_APP_TOLD, 0);
    ohm_app_row(&a, "elements in use of 32, software", "-", active[1], "", OHM_APP_TOLD, 0);
    ohm_app_spent(&a, "array", array.l);
    ohm_learn_free(array.l);
    ohm_data_free(&d);
    ohm_device_free(device);
    return ohm_app_close(&a);
}
