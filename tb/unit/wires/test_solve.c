/* SPDX-License-Identifier: Apache-2.0
 * Linear arrays: transfer matrix and node voltages against given solutions, an independent nodal
 * solver (nodal.h), closed forms and symmetries. */
#include "wires_test.h"
#include "nodal.h"
#include "ohm_npy.h"

/* ---- the given solutions ---- */

static double *read_npy(const char *directory, const char *name, size_t rows, size_t cols)
{
    char path[512];
    struct ohm_npy a;
    struct ohm_error err;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (ohm_npy_load(path, &a, &err)
        || ohm_npy_expect(&a, path, OHM_NPY_F64, 2, (size_t[]){rows, cols}, &err)) {
        printf("FAIL %s\n", err.text);
        exit(1);
    }
    return a.data;
}

static void test_reference(const char *directory)
{
    static const struct { const char *file; double r, limit;
    } cases[] = {{"i64_r1_refined.npy", 1, 1e-12},
                 {"i64_r1_ngspice.npy", 1, 1e-11},
                 {"i64_r0.npy", 0, 1e-14}};
    double *g = read_npy(directory, "g64.npy", 64, 64), *v = read_npy(directory, "v64.npy", 64, 16),
           *geff = new_array(64 * 64);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double *expected = read_npy(directory, cases[k].file, 16, 64), *got = new_array(16 * 64),
               *solved = new_array(16 * 64);
        struct ohm_wires w = {.r_wl = cases[k].r, .r_bl = cases[k].r};
        must_transfer(&w, 64, 64, g, geff);
        struct ohm_solver *s = ohm_solver_new(&w, 64, 64, g, NULL);
        for (int n = 0; n < 16; n++) {
            double one[64];
            for (int r = 0; r < 64; r++) {
                one[r] = v[r * 16 + n];
                for (int c = 0; c < 64; c++)
                    got[n * 64 + c] += geff[r * 64 + c] * one[r];
            }
            struct ohm_solve_io io = {.v_wl = one, .i_bl = solved + n * 64};
            CHECK(s && !ohm_solver_run(s, &io, NULL), "solver");
        }
        double a = distance(got, expected, 16 * 64), b = distance(solved, expected, 16 * 64);
        CHECK(a <= cases[k].limit, "%s: transfer matrix off by %g", cases[k].file, a);
        CHECK(b <= cases[k].limit, "%s: solver off by %g", cases[k].file, b);
        printf("  %-20s transfer matrix off by %.2g, node solver by %.2g of the largest current\n",
               cases[k].file, a, b);
        if (cases[k].r == 0)
            CHECK(!memcmp(g, geff, 64 * 64 * sizeof *g), "r = 0 is not exact");
        ohm_solver_free(s);
        free(expected);
        free(got);
        free(solved);
    }
    free(g);
    free(v);
    free(geff);
}

/* ---- against the nodal solver ---- */

static double random_end(void)
{
    int kind = below(4);
    return kind == 0 ? 0 : kind == 1 ? INFINITY : uniform(0.1, 1000);
}

static double worst_nodal;

/* Everything the solver knows, and the transfer matrix row by row, against nodal_solve. */
static void compare(const struct ohm_wires *w, int rows, int cols, const double *g)
{
    size_t cells = (size_t)(rows * cols), lines = (size_t)(rows + cols);
    double *v = random_array(lines, -0.2, 0.3), *in = random_array(2 * cells, -1e-6, 1e-6),
           *got = new_array(lines + 2 * cells), *expected = new_array(lines + 2 * cells);
    for (int injected = 0; injected < 2; injected++) {
        struct ohm_solve_io
            a = {v,   v + rows,   injected ? in : NULL, injected ? in + cells : NULL,
                 got, got + rows, got + lines,          got + lines + cells},
            b = a;
        b.i_wl = expected;
        b.i_bl = expected + rows;
        b.node_w = expected + lines;
        b.node_b = expected + lines + cells;
        must_solve(w, rows, cols, g, &a);
        nodal_solve(w, rows, cols, g, &b);
        /* a network may have all its terminals alike: then its currents are rounding errors against
         * one cell's */
        double i = distance_over(1e-7, got, expected, lines),
               n = distance(got + lines, expected + lines, 2 * cells);
        worst_nodal = fmax(worst_nodal, fmax(i, n));
        CHECK(i <= 1e-10, "%d x %d, r %g, %g: terminal currents off by %g", rows, cols, w->r_wl,
              w->r_bl, i);
        CHECK(n <= 1e-10, "%d x %d, r %g, %g: node voltages off by %g", rows, cols, w->r_wl,
              w->r_bl, n);
    }
    double *geff = new_array(cells), *row = new_array((size_t)rows), largest = 0, off = 0;
    must_transfer(w, rows, cols, g, geff);
    for (int r = 0; r < rows; r += 1 + rows / 5) {
        memset(row, 0, (size_t)rows * sizeof *row);
        row[r] = 1;
        struct ohm_solve_io b = {.v_wl = row, .i_wl = expected, .i_bl = expected + rows,
                                 .node_w = expected + lines, .node_b = expected + lines + cells};
        nodal_solve(w, rows, cols, g, &b);
        for (int c = 0; c < cols; c++) {
            off = fmax(off, fabs(geff[r * cols + c] - expected[rows + c]));
            largest = fmax(largest, fabs(expected[rows + c]));
        }
    }
    worst_nodal = fmax(worst_nodal, largest > 0 ? off / largest : off);
    CHECK(off <= 1e-11 * largest, "%d x %d, r %g, %g: transfer matrix off by %g of %g", rows, cols,
          w->r_wl, w->r_bl, off, largest);
    free(v);
    free(in);
    free(got);
    free(expected);
    free(geff);
    free(row);
}

static void test_nodal(void)
{
    static const double ohms[] = {0, 0.35, 1, 2.1, 5, 10};
    static const int sizes[][2] = {{1, 1}, {1, 7}, {9, 1}, {8, 35}, {33, 6}, {16, 16}};
    for (int a = 0; a < 6; a++)
        for (int b = 0; b < 6; b++)
            for (int k = 0; k < 3; k++) {
                int rows = sizes[(a + 2 * b + 5 * k) % 6][0],
                    cols = sizes[(a + 2 * b + 5 * k) % 6][1];
                double *g = random_array((size_t)(rows * cols), 1e-6, 100e-6),
                       *ends = new_array(2 * (size_t)(rows + cols));
                for (int i = 0; i < 2 * (rows + cols); i++)
                    ends[i] = random_end();
                ends[0] = 0.5; /* something holds the network */
                struct ohm_wires w = {
                    ohms[a], ohms[b], ends, ends + rows, ends + 2 * rows, ends + 2 * rows + cols,
                    0,       0};
                if (k == 2) { /* parts, each held by the default ends */
                    w = (struct ohm_wires){ohms[a],         ohms[b], NULL,         ends + rows,
                                           ends + 2 * rows, NULL,    1 + rows / 3, 1 + cols / 2};
                }
                compare(&w, rows, cols, g);
                free(g);
                free(ends);
            }
    for (int a = 1; a < 6; a += 2) { /* a normal read, larger */
        double *g = random_array(48 * 48, 1e-6, 100e-6);
        struct ohm_wires w = {.r_wl = ohms[a], .r_bl = ohms[a]};
        compare(&w, 48, 48, g);
        free(g);
    }
    printf("  nodal solver: off by %.2g at most\n", worst_nodal);
}

/* ---- closed forms ---- */

static void test_column(void)
{
    enum { N = 200 };
    double g[N], geff[N], sum = 0, r = 2.1, cell = 25e-6, theta = acosh(1 + r * cell / 2);
    for (int i = 0; i < N; i++)
        g[i] = cell;
    struct ohm_wires w = {.r_bl = r};
    must_transfer(&w, N, 1, g, geff);
    for (int i = 0; i < N; i++)
        sum += geff[i];
    double expected = (1 - cosh((N - 0.5) * theta) / cosh((N + 0.5) * theta)) / r;
    CHECK(fabs(sum / expected - 1) < 1e-11, "column of %d: %.15g, expected %.15g", N, sum,
          expected);
    must_transfer(&(struct ohm_wires){.r_wl = r}, 1, 1, g, geff);
    CHECK(fabs(geff[0] * (1 / cell + r) - 1) < 1e-15, "one cell behind %g ohm", r);
}

static void test_sneak(void)
{
    double g4[4] = {10e-6, 80e-6, 50e-6, 20e-6}, out[3], ends[3] = {0, INFINITY, INFINITY};
    struct ohm_wires w = {.wl_left = ends, .bl_bottom = ends};
    double v[3] = {1, 0, 0}, expected = g4[0] + 1 / (1 / g4[1] + 1 / g4[3] + 1 / g4[2]);
    must_solve(&w, 2, 2, g4, &(struct ohm_solve_io){.v_wl = v, .i_bl = out});
    CHECK(fabs(out[0] / expected - 1) < 1e-14 && fabs(out[1]) < 1e-20,
          "2x2 floating: %g, expected %g", out[0], expected);
    double g9[9], geff[9];
    for (int i = 0; i < 9; i++)
        g9[i] = 1e-5;
    must_solve(&w, 3, 3, g9, &(struct ohm_solve_io){.v_wl = v, .i_bl = out});
    /* 1 + 1/(1/2 + 1/4 + 1/2) cells */
    CHECK(fabs(out[0] / 1.8e-5 - 1) < 1e-14, "3x3 floating: %g, expected 1.8e-5", out[0]);
    must_transfer(&w, 3, 3, g9, geff);
    CHECK(fabs(geff[0] / 1.8e-5 - 1) < 1e-14, "3x3 floating: matrix %g", geff[0]);
    struct ohm_wires grounded = {0};
    double half[2] = {1, 0.5}, third[2] = {1, 1.0 / 3}, bit_half[2] = {0, 0.5},
           bit_third[2] = {0, 2.0 / 3};
    must_solve(&grounded, 2, 2, g4,
               &(struct ohm_solve_io){.v_wl = half, .v_bl = bit_half, .i_bl = out});
    CHECK(fabs(out[0] - (g4[0] + g4[2] / 2)) < 1e-19 && fabs(out[1] - g4[1] / 2) < 1e-19,
          "V/2: %g %g", out[0], out[1]);
    must_solve(&grounded, 2, 2, g4,
               &(struct ohm_solve_io){.v_wl = third, .v_bl = bit_third, .i_bl = out});
    CHECK(fabs(out[0] - (g4[0] + g4[2] / 3)) < 1e-19 && fabs(out[1] - (g4[1] - g4[3]) / 3) < 1e-19,
          "V/3: %g %g", out[0], out[1]);
}

/* ---- symmetries ---- */

static void test_symmetry(void)
{
    enum { R = 18, C = 26 };
    double *g = random_array(R * C, 1e-6, 1e-4), *t = new_array(R * C), *geff = new_array(R * C),
           *back = new_array(R * C);
    double *rows = random_array(2 * R, 0, 50), *cols = random_array(2 * C, 0, 50),
           *v = random_array(C, 0, 0.2), i_wl[R], expected[R] = {0};
    struct ohm_wires w = {3, 0.7, rows, rows + R, cols, cols + C, 0, 0},
                     swapped = {0.7, 3, cols, cols + C, rows, rows + R, 0, 0};
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++)
            t[c * R + r] = g[r * C + c];
    must_transfer(&w, R, C, g, geff);
    must_transfer(&swapped, C, R, t, back);
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++) {
            CHECK(fabs(back[c * R + r] - geff[r * C + c]) < 1e-12 * 1e-4, "reciprocity at %d, %d",
                  r, c);
            expected[r] += geff[r * C + c] * v[c];
        }
    must_solve(&w, R, C, g, &(struct ohm_solve_io){.v_bl = v, .i_wl = i_wl});
    CHECK(distance(i_wl, expected, R) < 1e-12, "transposed read off by %g",
          distance(i_wl, expected, R));

    /* Mirrored arrays: nothing crosses the middle, so that each half is an array of its own. */
    double zeros[C] = {0};
    for (int r = 0; r < R / 2; r++)
        memcpy(g + (R - 1 - r) * C, g + r * C, C * sizeof *g);
    must_transfer(&(struct ohm_wires){.r_wl = 3, .r_bl = 0.7, .bl_top = zeros}, R, C, g, geff);
    must_transfer(&(struct ohm_wires){.r_wl = 3, .r_bl = 0.7}, R / 2, C, g + R / 2 * C, back);
    double whole[C] = {0}, half[C] = {0};
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++) {
            whole[c] += geff[r * C + c];
            half[c] += r < R / 2 ? 2 * back[r * C + c] : 0;
        }
    CHECK(distance(whole, half, C) < 1e-13, "sensed at both ends: off by %g",
          distance(whole, half, C));
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C / 2; c++) {
            g[r * C + C - 1 - c] = g[r * C + c];
            t[r * (C / 2) + c] = g[r * C + c];
        }
    must_transfer(&(struct ohm_wires){.r_wl = 3, .wl_right = zeros}, R, C, g, geff);
    must_transfer(&(struct ohm_wires){.r_wl = 3}, R, C / 2, t, back);
    for (int r = 0; r < R; r++)
        CHECK(distance(geff + r * C, back + r * (C / 2), C / 2) < 1e-13,
              "driven at both ends: row %d", r);

    /* Parts are arrays of their own. */
    must_transfer(&(struct ohm_wires){.r_wl = 3, .r_bl = 0.7, .part_rows = 7, .part_cols = 10}, R,
                  C, g, geff);
    for (int r = 0; r < 4; r++)
        for (int c = 0; c < 6; c++)
            t[r * 6 + c] = g[(14 + r) * C + 20 + c];
    must_transfer(&(struct ohm_wires){.r_wl = 3, .r_bl = 0.7}, 4, 6, t, back);
    for (int r = 0; r < 4; r++)
        CHECK(!memcmp(geff + (14 + r) * C + 20, back + r * 6, 6 * sizeof *back),
              "last part, row %d", r);

    /* In place. */
    must_transfer(&w, R, C, g, geff);
    must_transfer(&w, R, C, g, g);
    CHECK(!memcmp(g, geff, R * C * sizeof *g), "in place");
    free(g);
    free(t);
    free(geff);
    free(back);
    free(rows);
    free(cols);
    free(v);
}

void test_solutions(const char *directory)
{
    test_reference(directory);
    test_nodal();
    test_column();
    test_sneak();
    test_symmetry();
}
