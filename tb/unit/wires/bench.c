/* SPDX-License-Identifier: Apache-2.0
 * Processor seconds for the transfer matrix and the node voltages of square arrays, median of
 * three; beside them the same network by a banded nodal solver (nodal.c) where that is quick. Build
 * without sanitizers: see run_bench.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nodal.h"
#include "ohm_rng.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double median(double *t)
{
    qsort(t, 3, sizeof *t, ascending);
    return t[1];
}

int main(void)
{
    static const int sizes[] = {64, 128, 256};
    for (int k = 0; k < 3; k++) {
        int n = sizes[k];
        size_t cells = (size_t)n * (size_t)n;
        double *g = malloc(cells * sizeof *g), *m = malloc(2 * cells * sizeof *m),
               *v = malloc(3 * (size_t)n * sizeof *v), t[3];
        struct ohm_wires w = {.r_wl = 1, .r_bl = 1};
        struct ohm_error err;
        if (!g || !m || !v)
            return 1;
        for (size_t i = 0; i < cells; i++)
            g[i] = 1e-6 + 99e-6 * ohm_uniform(ohm_key_at(1, i));
        for (int i = 0; i < n; i++)
            v[i] = 0.2 * ohm_uniform(ohm_key_at(2, (uint64_t)i));
        for (int i = 0; i < 3; i++) {
            double start = now();
            if (ohm_wires_transfer(&w, n, n, g, m, &err))
                return puts(err.text), 1;
            t[i] = now() - start;
        }
        printf("%3d x %-3d  transfer matrix %7.4f s", n, n, median(t));
        struct ohm_solver *s = NULL;
        for (int i = 0; i < 3; i++) {
            ohm_solver_free(s);
            double start = now();
            s = ohm_solver_new(&w, n, n, g, &err);
            t[i] = now() - start;
        }
        printf("   node solver: factor %7.4f s", median(t));
        struct ohm_solve_io io = {
            .v_wl = v, .i_wl = v + n, .i_bl = v + 2 * n, .node_w = m, .node_b = m + cells};
        for (int i = 0; i < 3; i++) {
            double start = now();
            if (!s || ohm_solver_run(s, &io, &err))
                return puts(err.text), 1;
            t[i] = now() - start;
        }
        printf(", vector %7.4f s", median(t));
        ohm_solver_free(s);
        if (n <= 64) {
            double start = now();
            nodal_solve(&w, n, n, g, &io);
            printf("   banded nodal solver, long double, one vector: %.3f s", now() - start);
        }
        putchar('\n');
        free(g);
        free(m);
        free(v);
    }
    return 0;
}
