/* SPDX-License-Identifier: Apache-2.0
 * ohm_matrix on the RTL, every VMM checked by the golden model beside it: the bits of the fast
 * model, of the golden model and of every other back end that needs no library. CONFIG, MESH: of
 * the chip. Last line: `PASS matrix <n> checks`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_matrix.h"
#include "ohm_rng.h"

enum { INPUTS = 20, OUTPUTS = 12, VECTORS = 60, FIRST = 25 };

static struct ohm_matrix_options options;
static int8_t weights[INPUTS * OUTPUTS];
static uint8_t x[VECTORS * INPUTS];

/* All vectors in two calls, so that numbers go on from one to the next. */
static void compute(const char *backend, const char *library, double *y)
{
    struct ohm_error err = {{0}};
    options.backend = backend;
    options.library = library;
    struct ohm_matrix *m = ohm_matrix_new(&options, INPUTS, OUTPUTS, weights, &err);
    if (!m || ohm_matrix_run(m, x, FIRST, y, &err)
        || ohm_matrix_run(m, x + FIRST * INPUTS, VECTORS - FIRST, y + FIRST * OUTPUTS, &err)
        || ohm_matrix_finish(m, &err)) {
        printf("FAIL matrix: %s: %s\n", backend, err.text);
        exit(1);
    }
    ohm_matrix_free(m);
}

int main(int argc, char **argv)
{
    static double expected[VECTORS * OUTPUTS], y[VECTORS * OUTPUTS];
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const char *mesh = getenv("MESH");
    char library[200];
    int checks = 0, apart = 0;

    options = (struct ohm_matrix_options){
        .config = getenv("CONFIG"), .seed = seed, .calib = x, .calib_count = VECTORS};
    if (!options.config || !mesh || sscanf(mesh, "%dx%d", &options.mesh_w, &options.mesh_h) != 2) {
        printf("FAIL matrix: CONFIG and MESH, expected the chip's\n");
        return 1;
    }
    for (size_t i = 0; i < sizeof weights; i++)
        weights[i] = (int8_t)((int)(ohm_key_add(ohm_key(seed, 1), i) % 255) - 127);
    for (size_t i = 0; i < sizeof x; i++)
        x[i] = (uint8_t)ohm_key_add(ohm_key(seed, 2), i);
    snprintf(library, sizeof library, "sim/out/build/%s-%s/libohm_rtl.so", options.config, mesh);
    compute("rtl", library, expected);
    for (int i = 1; i < VECTORS * OUTPUTS; i++)
        apart += expected[i] != expected[i - 1];
    if (apart < VECTORS) {
        printf("FAIL matrix: only %d products differ from the one before\n", apart);
        return 1;
    }
    const struct ohm_backend_type *t;
    for (int i = 0; (t = ohm_backend_at(i)); i++) {
        if (t->waves || t->tunable || t->board) /* those need a library or a line */
            continue;
        compute(t->name, NULL, y);
        for (int k = 0; k < VECTORS * OUTPUTS; k++, checks++)
            if (y[k] != expected[k]) {
                printf("FAIL matrix: vector %d, output %d: %s says %g, the RTL %g\n", k / OUTPUTS,
                       k % OUTPUTS, t->name, y[k], expected[k]);
                return 1;
            }
    }
    printf("PASS matrix %d checks\n", checks);
    return checks ? 0 : 1;
}
