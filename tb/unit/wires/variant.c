/* SPDX-License-Identifier: Apache-2.0
 * Prints all result bits of a few networks as one number: run.sh compiles it for each vector width.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"
#include "ohm_solve.h"

static uint64_t hash(uint64_t h, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &v[i], sizeof bits);
        h = ohm_key_add(h, bits);
    }
    return h;
}

int main(void)
{
    static const int sizes[][2] = {{1, 1}, {5, 40}, {64, 64}, {70, 33}, {96, 100}};
    uint64_t h = 0;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        int rows = sizes[k][0], cols = sizes[k][1];
        size_t cells = (size_t)(rows * cols);
        double *g = malloc(cells * sizeof *g), *m = malloc(3 * cells * sizeof *m), v[128], top[128];
        struct ohm_iv iv = {OHM_IV_SINH, 0.25};
        struct ohm_newton newton = {0};
        struct ohm_error err;
        for (size_t i = 0; g && i < cells; i++)
            g[i] = 1e-6 + 1e-4 * ohm_uniform(ohm_key_at(k, i));
        for (int i = 0; i < 128; i++) {
            v[i] = 0.2 * ohm_uniform(ohm_key_at(99, (uint64_t)i));
            top[i] = i % 3;
        }
        struct ohm_wires w = {.r_wl = 2.1, .r_bl = 0.35, .bl_top = top};
        struct ohm_solve_io io = {
            .v_wl = v, .node_w = m ? m + cells : NULL, .node_b = m ? m + 2 * cells : NULL};
        if (!g || !m || ohm_wires_transfer(&w, rows, cols, g, m, &err)
            || ohm_newton_run(&w, rows, cols, g, &iv, &io, &newton, &err))
            return 1;
        h = hash(h, m, 3 * cells);
        free(g);
        free(m);
    }
    printf("%016" PRIx64 "\n", h);
    return 0;
}
