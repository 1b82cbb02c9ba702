/* SPDX-License-Identifier: Apache-2.0
 * ohm_matrix_back on the RTL, every VMM checked by the golden model beside it: the bits of the fast
 * model, products near the exact ones, and forward products between that come out as without it.
 * CONFIG, MESH: of the chip. Last line: `PASS matrix_back <n> checks`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_matrix.h"
#include "ohm_rng.h"

enum { INPUTS = 30, OUTPUTS = 22, VECTORS = 24, HALF = 10 };

static struct ohm_matrix_options options;
static int8_t weights[INPUTS * OUTPUTS], delta[VECTORS * OUTPUTS];
static uint8_t x[VECTORS * INPUTS];

static void fail(const char *what, const char *why)
{
    printf("FAIL matrix_back: %s: %s\n", what, why);
    exit(1);
}

/* Both kinds of product in turn. */
static void compute(const char *backend, const char *library, double *y, double *back)
{
    struct ohm_error err = {{0}};
    options.backend = backend;
    options.library = library;
    struct ohm_matrix *m = ohm_matrix_new(&options, INPUTS, OUTPUTS, weights, &err);
    if (!m || ohm_matrix_run(m, x, HALF, y, &err)
        || ohm_matrix_back(m, delta, HALF, back, &err)
        || ohm_matrix_run(m, x + HALF * INPUTS, VECTORS - HALF, y + HALF * OUTPUTS, &err)
        || ohm_matrix_back(m, delta + HALF * OUTPUTS, VECTORS - HALF, back + HALF * INPUTS, &err)
        || ohm_matrix_finish(m, &err))
        fail(backend, err.text);
    ohm_matrix_free(m);
}

static double distance(const double *back)
{
    double left = 0, all = 0;
    for (int i = 0; i < VECTORS; i++)
        for (int k = 0; k < INPUTS; k++) {
            double exact = 0;
            for (int o = 0; o < OUTPUTS; o++)
                exact += delta[i * OUTPUTS + o] * weights[k * OUTPUTS + o];
            left += (back[i * INPUTS + k] - exact) * (back[i * INPUTS + k] - exact);
            all += exact * exact;
        }
    return sqrt(left / all);
}

int main(int argc, char **argv)
{
    static double y[VECTORS * OUTPUTS], y_fast[VECTORS * OUTPUTS], back[VECTORS * INPUTS],
        back_fast[VECTORS * INPUTS];
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const char *mesh = getenv("MESH");
    struct ohm_error err = {{0}};
    char library[200];

    options = (struct ohm_matrix_options){.config = getenv("CONFIG"), .seed = seed};
    if (!options.config || !mesh || sscanf(mesh, "%dx%d", &options.mesh_w, &options.mesh_h) != 2)
        fail("CONFIG and MESH", "expected the chip's");
    for (size_t i = 0; i < sizeof weights; i++)
        weights[i] = (int8_t)((int)(ohm_key_add(ohm_key(seed, 1), i) % 255) - 127);
    for (size_t i = 0; i < sizeof x; i++)
        x[i] = (uint8_t)ohm_key_add(ohm_key(seed, 2), i);
    for (size_t i = 0; i < sizeof delta; i++)
        delta[i] = (int8_t)((int)(ohm_key_add(ohm_key(seed, 3), i) % 255) - 127);
    snprintf(library, sizeof library, "sim/out/build/%s-%s/libohm_rtl.so", options.config, mesh);
    compute("rtl", library, y, back);
    compute("model", NULL, y_fast, back_fast);
    if (memcmp(y, y_fast, sizeof y))
        fail("forward products", "RTL and fast model differ");
    if (memcmp(back, back_fast, sizeof back))
        fail("products from the columns", "RTL and fast model differ");
    const double error = distance(back);
    options.device = "ideal";
    compute("model", NULL, y, back);
    const double rounding = distance(back);
    printf("products from the columns: error %.1f %% of their RMS, of ideal devices %.1f %%\n",
           100 * error, 100 * rounding);
    if (!(rounding < 0.02 && error < 0.2))
        fail("products from the columns", "error above 20 %, or 2 % of ideal devices");

    options.config = "tiny"; /* which cannot */
    options.mesh_w = options.mesh_h = 0;
    struct ohm_matrix *m = ohm_matrix_new(&options, 8, 8, weights, &err);
    if (!m || !ohm_matrix_back(m, delta, 1, back, &err) || !strstr(err.text, "TRANSPOSE"))
        fail("tiny", "expected a refusal that names TRANSPOSE");
    ohm_matrix_free(m);
    printf("PASS matrix_back %d checks\n", VECTORS * (INPUTS + OUTPUTS) + 2);
    return 0;
}
