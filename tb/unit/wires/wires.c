/* SPDX-License-Identifier: Apache-2.0
 * Crossbar wires: transfer matrix, node voltages, Newton, capacitance, compensation and bad input,
 * against measured references, an independent nodal solver (nodal.h), closed forms and symmetries.
 * Usage: wires <data directory> <seed>. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodal.h"
#include "ohm_npy.h"
#include "ohm_rng.h"
#include "ohm_wires_compensate.h"
#include "ohm_wires_node.h"
#include "ohm_wires_spice.h"

static long checks, failures;
static uint64_t key, counter;

#define CHECK(condition, ...) \
    do { \
        checks++; \
        if (!(condition)) { \
            if (failures++ < 20) { \
                printf("FAIL %s:%d: ", __func__, __LINE__); \
                printf(__VA_ARGS__); \
                putchar('\n'); \
            } \
        } \
    } while (0)

static double uniform(double low, double high)
{
    return low + (high - low) * ohm_uniform(ohm_key_at(key, counter++));
}
static int below(int n) { return (int)uniform(0, n); }

static double *new_array(size_t n)
{
    double *p = calloc(n, sizeof *p);
    if (!p)
        abort();
    return p;
}

static double *random_array(size_t n, double low, double high)
{
    double *p = new_array(n);
    for (size_t i = 0; i < n; i++)
        p[i] = uniform(low, high);
    return p;
}

/* Largest |a − b| as part of the largest |b|, or of `floor` if that is more. */
static double distance_over(double floor, const double *a, const double *b, size_t n)
{
    double off = 0, largest = floor;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(a[i] - b[i]) <= off))
            off = fabs(a[i] - b[i]);
        largest = fmax(largest, fabs(b[i]));
    }
    return largest > 0 ? off / largest : off;
}

static double distance(const double *a, const double *b, size_t n)
{
    return distance_over(0, a, b, n);
}

static void must_transfer(const struct ohm_wires *w, int rows, int cols, const double *g,
                          double *geff)
{
    struct ohm_error err = {""};
    int rc = ohm_wires_transfer(w, rows, cols, g, geff, &err);
    CHECK(rc == 0, "%d x %d: %s", rows, cols, err.text);
}

static void must_solve(const struct ohm_wires *w, int rows, int cols, const double *g,
                       const struct ohm_solve_io *io)
{
    struct ohm_error err = {""};
    struct ohm_solver *s = ohm_solver_new(w, rows, cols, g, &err);
    CHECK(s && ohm_solver_run(s, io, &err) == 0, "%d x %d: %s", rows, cols, err.text);
    ohm_solver_free(s);
}

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

/* ---- nonlinear cells ---- */

static void test_iv(void)
{
    static const struct ohm_iv models[] = {{OHM_IV_LINEAR, 0},
                                           {OHM_IV_SINH, 0.25},
                                           {OHM_IV_SINH, 0.05},
                                           {OHM_IV_DATA, 0},
                                           {OHM_IV_MILO, 0}};
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++)
        for (double v = -0.7; v < 0.7; v += 0.0101) {
            double g = 120e-6, slope, h = 1e-5;
            ohm_iv_current(&models[m], g, v, &slope);
            double by_difference = (ohm_iv_current(&models[m], g, v + h, NULL)
                                    - ohm_iv_current(&models[m], g, v - h, NULL))
                                   / (2 * h);
            CHECK(fabs(slope / by_difference - 1) < 1e-7,
                  "model %zu at %g V: slope %g, expected %g", m, v, slope, by_difference);
            if (models[m].kind == OHM_IV_SINH) {
                double expected = g * models[m].v0 * sinh(v / models[m].v0),
                       got = ohm_iv_current(&models[m], g, v, NULL);
                CHECK(fabs(got - expected) <= 1e-14 * fabs(expected),
                      "sinh at %g V: %.17g, expected %.17g", v, got, expected);
            }
        }
    /* Excess over the ohmic current: 0.7 % at 0.05 V, 11 % at 0.2 V for V0 = 0.25; 5 % at 0.2 V for
     * the data-driven curve. */
    double slope, zero = ohm_iv_current(&models[3], 1, 0, &slope);
    CHECK(zero == 0 && fabs(slope - 0.3205 * 2.717) < 1e-15, "data: slope %g at 0 V", slope);
    CHECK(fabs(ohm_iv_current(&models[1], 1, 0.05, NULL) / 0.05 - 1.0067) < 1e-4, "sinh at 0.05 V");
    CHECK(fabs(ohm_iv_current(&models[1], 1, 0.2, NULL) / 0.2 - 1.110) < 5e-4, "sinh at 0.2 V");
    CHECK(fabs(ohm_iv_current(&models[3], 1, 0.2, NULL) / (0.2 * slope) - 1.050) < 5e-4,
          "data at 0.2 V");
    double nl2, nl3;
    ohm_iv_milo(1e-4, &nl2, &nl3); /* log10 G = −4 by hand */
    CHECK(fabs(nl2 - (-64 * 1.388e-4 + 16 * 1.541e-3 - 4 * 5.711e-3 + 7.063e-3)) < 1e-16,
          "milo: NL2 %g", nl2);
    CHECK(fabs(nl3 - (16 * 8.871e-5 - 4 * 6.792e-4 + 1.2968e-3)) < 1e-16, "milo: NL3 %g", nl3);
}

/* At the solution each cell acts like the resistor I/V: the nodal solver, given those, must find
 * the same network. */
static void test_newton(void)
{
    static const struct { struct ohm_iv iv; double r, volts;
    } cases[] = {{{OHM_IV_LINEAR, 0}, 2, 0.2},   {{OHM_IV_SINH, 0.25}, 1, 0.2},
                 {{OHM_IV_SINH, 0.25}, 10, 1.0}, {{OHM_IV_SINH, 0.05}, 5, 1.0},
                 {{OHM_IV_DATA, 0}, 2, 0.5},     {{OHM_IV_MILO, 0}, 2, 0.3},
                 {{OHM_IV_SINH, 0.1}, 0, 0.3}};
    enum { R = 20, C = 12, LINES = R + C, CELLS = R * C };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double *g = random_array(CELLS, 50e-6, 200e-6),
               *v = random_array(LINES, -cases[k].volts, cases[k].volts), secant[CELLS];
        double got[LINES + 2 * CELLS], expected[LINES + 2 * CELLS], ends[LINES];
        for (int i = 0; i < LINES; i++)
            ends[i] = i % 5 == 3 ? INFINITY : 7;
        struct ohm_wires w = {
            .r_wl = cases[k].r, .r_bl = cases[k].r, .wl_left = ends, .bl_bottom = ends + R};
        struct ohm_solve_io a = {v,   v + R,   NULL,        NULL,
                                 got, got + R, got + LINES, got + LINES + CELLS};
        struct ohm_solve_io b = {v,
                                 v + R,
                                 NULL,
                                 NULL,
                                 expected,
                                 expected + R,
                                 expected + LINES,
                                 expected + LINES + CELLS};
        struct ohm_newton newton = {0};
        struct ohm_error err = {""};
        int rc = ohm_newton_run(&w, R, C, g, &cases[k].iv, &a, &newton, &err);
        CHECK(rc == 0, "case %zu: %s", k, err.text);
        double heat = 0, power = 0;
        for (int i = 0; i < CELLS; i++) {
            double cell = got[LINES + i] - got[LINES + CELLS + i];
            secant[i] = cell != 0 ? ohm_iv_current(&cases[k].iv, g[i], cell, NULL) / cell : g[i];
            heat += ohm_iv_current(&cases[k].iv, g[i], cell, NULL) * cell;
        }
        nodal_solve(&w, R, C, secant, &b);
        double off = distance(got, expected, LINES),
               off_nodes = distance(got + LINES, expected + LINES, 2 * CELLS);
        CHECK(off < 1e-9 && off_nodes < 1e-9,
              "case %zu: currents off by %g, voltages by %g after %d steps", k, off, off_nodes,
              newton.steps);
        /* What the terminals deliver is what cells, segments and ends turn into heat. */
        for (int i = 0; i < LINES; i++) {
            power -= v[i] * got[i];
            if (!isinf(ends[i]))
                /* one end in use: its whole current runs through */
                heat += got[i] * got[i] * (ends[i] + cases[k].r);
        }
        for (int r = 0; r < R && cases[k].r > 0; r++)
            for (int c = 0; c < C; c++) {
                const double *nw = got + LINES + r * C + c, *nb = nw + CELLS;
                heat += c > 0 ? (nw[0] - nw[-1]) * (nw[0] - nw[-1]) / cases[k].r : 0;
                heat += r > 0 ? (nb[0] - nb[-C]) * (nb[0] - nb[-C]) / cases[k].r : 0;
            }
        CHECK(fabs(power / heat - 1) < 1e-9, "case %zu: power %g W in, %g W turned into heat", k,
              power, heat);
        printf("  Newton case %zu: %d steps, mismatch %.2g A\n", k, newton.steps, newton.mismatch);

        /* stopped short: an error with the mismatch, never an answer */
        if (cases[k].iv.kind == OHM_IV_SINH && cases[k].r > 0) {
            newton = (struct ohm_newton){.max_steps = 2};
            rc = ohm_newton_run(&w, R, C, g, &cases[k].iv, &a, &newton, &err);
            CHECK(rc < 0 && strstr(err.text, "no convergence in 2 steps, mismatch")
                      && newton.mismatch > 0,
                  "stopped short: %d %s", rc, err.text);
        }
        free(g);
        free(v);
    }
}

/* ---- capacitance ---- */

static void test_delay(void)
{
    enum { N = 30 };
    double g[N] = {0}, v[1] = {1}, drive[1] = {100}, node_w[N], node_b[N], r = 2, c_wl = 1e-16, tau,
           pi = 3.14159265358979323846;
    struct ohm_error err = {""};
    struct ohm_wires w = {.r_wl = r, .r_bl = 1, .wl_left = drive};
    struct ohm_solver *s = ohm_solver_new(&w, 1, N, g, &err); /* no cells: an RC ladder */
    struct ohm_solve_io io = {.v_wl = v, .node_w = node_w, .node_b = node_b};
    CHECK(s && !ohm_solver_delay(s, c_wl, 3e-16, &io, &err), "ladder: %s", err.text);
    for (int k = 0; k < N; k++) {
        double elmore = 0;
        for (int j = 0; j < N; j++)
            elmore += c_wl * (drive[0] + r * ((j < k ? j : k) + 1));
        CHECK(fabs(node_w[k] / elmore - 1) < 1e-13, "Elmore delay of node %d: %g, expected %g", k,
              node_w[k], elmore);
        CHECK(isnan(node_b[k]), "bit-line node %d never moves, delay %g", k, node_b[k]);
    }
    ohm_solver_free(s);
    w.wl_left = NULL;
    s = ohm_solver_new(&w, 1, N, g, &err);
    double exact = r * c_wl / (2 - 2 * cos(pi / (2 * N + 1)));
    CHECK(s && !ohm_solver_time_constant(s, c_wl, 0, &tau, &err) && fabs(tau / exact - 1) < 1e-6,
          "ladder's time constant %g, expected %g", tau, exact);
    ohm_solver_free(s);

    /* One cell: the bit-line node has r_bl to ground and the cell to the source. */
    double cell = 1e-3, i_bl[1], node[1];
    w = (struct ohm_wires){.r_bl = 500};
    s = ohm_solver_new(&w, 1, 1, &cell, &err);
    io = (struct ohm_solve_io){.v_wl = v, .i_bl = i_bl, .node_b = node};
    exact = 2e-15 / (cell + 1 / 500.0);
    CHECK(s && !ohm_solver_delay(s, 1e-15, 2e-15, &io, &err)
              && !ohm_solver_time_constant(s, 1e-15, 2e-15, &tau, &err),
          "one cell: %s", err.text);
    CHECK(fabs(i_bl[0] / exact - 1) < 1e-13 && fabs(node[0] / exact - 1) < 1e-13
              && fabs(tau / exact - 1) < 1e-12,
          "one cell: delay %g, %g, time constant %g, expected %g", i_bl[0], node[0], tau, exact);
    ohm_solver_free(s);

    /* Whole array: implicit Euler in small steps (many linear solves) is how the delay is defined:
     * the area above the curve. */
    enum { R = 6, C = 5, CELLS = R * C };
    double *cells = random_array(CELLS, 1e-5, 1e-3), *in = random_array(R, 0.1, 0.2), w0[CELLS],
           b0[CELLS], now[2 * CELLS] = {0}, area[2 * CELLS] = {0}, delay[2 * CELLS];
    w = (struct ohm_wires){.r_wl = 20, .r_bl = 30};
    s = ohm_solver_new(&w, R, C, cells, &err);
    must_solve(&w, R, C, cells, &(struct ohm_solve_io){.v_wl = in, .node_w = w0, .node_b = b0});
    CHECK(s
              && !ohm_solver_delay(
                  s, 1e-15, 2e-15,
                  &(struct ohm_solve_io){.v_wl = in, .node_w = delay, .node_b = delay + CELLS},
                  &err)
              && !ohm_solver_time_constant(s, 1e-15, 2e-15, &tau, &err),
          "array: %s", err.text);
    /* x' = −C⁻¹(A x − s): explicit steps from the nodal form, written out. */
    double dt = 1e-16, t;
    for (t = 0; t < 30 * tau; t += dt) {
        double next[2 * CELLS];
        for (int rr = 0; rr < R; rr++)
            for (int c = 0; c < C; c++) {
                int i = rr * C + c, b = CELLS + i;
                double up = rr > 0 ? (now[b - C] - now[b]) / 30 : 0,
                       down = ((rr < R - 1 ? now[b + C] : 0) - now[b]) / 30;
                double left = ((c > 0 ? now[i - 1] : in[rr]) - now[i]) / 20,
                       right = c < C - 1 ? (now[i + 1] - now[i]) / 20 : 0;
                double through = cells[i] * (now[i] - now[b]);
                next[i] = now[i] + dt / 1e-15 * (left + right - through);
                next[b] = now[b] + dt / 2e-15 * (up + down + through);
                area[i] += dt * (w0[i] - now[i]);
                area[b] += dt * (b0[i] - now[b]);
            }
        memcpy(now, next, sizeof now);
    }
    for (int i = 0; i < CELLS; i++) {
        CHECK(fabs(area[i] / w0[i] / delay[i] - 1) < 1e-8,
              "word-line node %d: delay %g, simulated %g", i, delay[i], area[i] / w0[i]);
        CHECK(fabs(area[CELLS + i] / b0[i] / delay[CELLS + i] - 1) < 1e-8,
              "bit-line node %d: delay %g, simulated %g", i, delay[CELLS + i],
              area[CELLS + i] / b0[i]);
    }
    ohm_solver_free(s);
    free(cells);
    free(in);
}

/* ---- compensation ---- */

static void test_compensation(void)
{
    enum { N = 32 };
    double *g = random_array(N * N, 5e-6, 100e-6), *target = new_array(N * N),
           *found = new_array(N * N), *geff = new_array(N * N);
    struct ohm_wires w = {.r_wl = 2, .r_bl = 2};
    struct ohm_error err = {""};
    must_transfer(&w, N, N, g, target);
    struct ohm_compensation c = {.g_min = 0, .g_max = 1e-3};
    int rc = ohm_wires_compensate(&w, N, N, target, found, &c, &err);
    CHECK(rc == 0 && c.at_max == 0 && c.at_min == 0, "round trip: %s, %d cells out of reach",
          err.text, c.at_max + c.at_min);
    CHECK(distance(found, g, N * N) < 1e-7, "round trip: cells off by %g",
          distance(found, g, N * N));
    must_transfer(&w, N, N, found, geff);
    CHECK(distance(geff, target, N * N) <= 1e-9, "round trip: matrix off by %g",
          distance(geff, target, N * N));
    printf("  compensation: %d steps, cells off by %.2g\n", c.steps, distance(found, g, N * N));

    c = (struct ohm_compensation){.g_min = 0, .g_max = 80e-6};
    rc = ohm_wires_compensate(&w, N, N, target, found, &c, &err);
    must_transfer(&w, N, N, found, geff);
    int missed = 0;
    double worst = 0, other = 0, largest = 0;
    for (int i = 0; i < N * N; i++) {
        largest = fmax(largest, target[i]);
        if (found[i] >= 80e-6 && geff[i] < target[i] * (1 - 1e-6)) {
            missed++;
            worst = fmax(worst, target[i] - geff[i]);
        } else if (found[i] < 80e-6) {
            other = fmax(other, fabs(target[i] - geff[i]));
        }
    }
    CHECK(rc == 0 && missed > 50 && abs(missed - c.at_max) <= 1
              && fabs(worst / largest - c.worst) < 1e-9 && other <= 1e-9 * largest,
          "narrow range: %s, %d cells miss, %d reported, worst %g, %g reported, others off by %g",
          err.text, missed, c.at_max, worst / largest, c.worst, other / largest);
    c = (struct ohm_compensation){.g_min = 0, .g_max = 1e-3, .max_steps = 3};
    CHECK(ohm_wires_compensate(&w, N, N, target, found, &c, &err) < 0
              && strstr(err.text, "no convergence in 3 steps, error"),
          "stopped short: %s", err.text);
    free(g);
    free(target);
    free(found);
    free(geff);
}

/* ---- technology table ---- */

static void test_table(void)
{
    static const struct { int nm; double ohm4, ohm12, ff4, ff12;
    } table[] = {{130, 0.31, 0.94, 0.140, 0.420}, {65, 0.60, 1.80, 0.084, 0.252},
                 {40, 0.97, 2.92, 0.064, 0.192},  {45, 0.97, 2.92, 0.064, 0.192},
                 {28, 1.47, 4.41, 0.045, 0.134},  {32, 1.47, 4.41, 0.045, 0.134},
                 {22, 2.12, 6.36, 0.032, 0.096},  {14, 4.06, 12.2, 0.020, 0.060},
                 {7, 7.06, 21.2, 0.014, 0.043}};
    struct ohm_error err;
    double ohm, farad;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CHECK(!ohm_wires_node_segment(table[i].nm, 4, &ohm, &farad, &err)
                  && fabs(ohm / table[i].ohm4 - 1) < 0.02
                  && fabs(farad * 1e15 / table[i].ff4 - 1) < 0.03,
              "%d nm, 4 F: %g ohm, %g fF", table[i].nm, ohm, farad * 1e15);
        CHECK(!ohm_wires_node_segment(table[i].nm, 12, &ohm, &farad, &err)
                  && fabs(ohm / table[i].ohm12 - 1) < 0.02
                  && fabs(farad * 1e15 / table[i].ff12 - 1) < 0.02,
              "%d nm, 12 F: %g ohm, %g fF", table[i].nm, ohm, farad * 1e15);
    }
    CHECK(ohm_wires_node_segment(90, 4, &ohm, &farad, &err) < 0 && strstr(err.text, "node = 90"),
          "%s", err.text);
    CHECK(ohm_wires_node_segment(22, NAN, &ohm, &farad, &err) < 0 && strstr(err.text, "pitch = "),
          "%s", err.text);
    CHECK(ohm_wires_node_at(6)->nm == 7 && !ohm_wires_node_at(7) && !ohm_wires_node_at(-1),
          "table's ends");
}

/* ---- bad input ---- */

static void refused(const char *expected, const struct ohm_wires *w, int rows, int cols,
                    const double *g)
{
    struct ohm_error err = {""};
    double geff[16];
    CHECK(ohm_wires_transfer(w, rows, cols, g, geff, &err) < 0 && strstr(err.text, expected)
              && !strchr(err.text, '\n'),
          "transfer: '%s', expected '%s'", err.text, expected);
    err.text[0] = 0;
    struct ohm_solver *s = ohm_solver_new(w, rows, cols, g, &err);
    CHECK(!s && strstr(err.text, expected), "solver: '%s', expected '%s'", err.text, expected);
    ohm_solver_free(s);
    struct ohm_newton newton = {0};
    CHECK(ohm_newton_run(w, rows, cols, g, &(struct ohm_iv){OHM_IV_DATA, 0},
                         &(struct ohm_solve_io){0}, &newton, &err)
                  < 0
              && strstr(err.text, expected),
          "Newton: '%s'", err.text);
    CHECK(ohm_wires_transfer(w, rows, cols, g, geff, NULL) < 0, "no place for the message");
}

static void test_bad_input(void)
{
    double g[6] = {1e-5, 1e-5, 1e-5, 1e-5, 1e-5, 1e-5}, bad[6], ends[3];
    struct ohm_wires plain = {.r_wl = 1, .r_bl = 1};
    static const struct { double value; const char *text;
    } cells[] = {{-1e-6, "row 1, column 2 = -1e-06 S"},
                 {NAN, "row 1, column 2 = "},
                 {INFINITY, "row 1, column 2 = inf S"},
                 {2000, "row 1, column 2 = 2000 S"}};
    for (int i = 0; i < 4; i++) {
        memcpy(bad, g, sizeof g);
        bad[5] = cells[i].value;
        refused(cells[i].text, &plain, 2, 3, bad);
    }
    refused("size 0 x 3", &plain, 0, 3, g);
    refused("size 2 x 5000", &plain, 2, 5000, g);
    refused("r_wl = -1 ohm", &(struct ohm_wires){.r_wl = -1}, 2, 3, g);
    refused("r_bl = nan", &(struct ohm_wires){.r_bl = fabs(NAN)}, 2, 3, g);
    refused("r_bl = inf", &(struct ohm_wires){.r_bl = INFINITY}, 2, 3, g);
    refused("r_wl = 1e+12 ohm", &(struct ohm_wires){.r_wl = 1e12}, 2, 3, g);
    refused("parts of -1 x 0", &(struct ohm_wires){.part_rows = -1}, 2, 3, g);
    ends[0] = ends[1] = ends[2] = 1;
    ends[1] = -5;
    refused("wl_left[1] = -5 ohm", &(struct ohm_wires){.wl_left = ends}, 2, 3, g);
    refused("wl_right[1] = -5 ohm", &(struct ohm_wires){.wl_right = ends}, 2, 3, g);
    refused("bl_top[1] = -5 ohm", &(struct ohm_wires){.bl_top = ends}, 2, 3, g);
    refused("bl_bottom[1] = -5 ohm", &(struct ohm_wires){.bl_bottom = ends}, 2, 3, g);
    ends[1] = 1e10;
    refused("bl_bottom[1] = 1e+10 ohm", &(struct ohm_wires){.bl_bottom = ends}, 2, 3, g);

    /* Floating lines: word line 1 with its cells open; then everything but the cells of one row. */
    memcpy(bad, g, sizeof g);
    bad[3] = bad[4] = bad[5] = 0;
    ends[1] = INFINITY;
    refused("word line 1 floats", &(struct ohm_wires){.r_wl = 1, .wl_left = ends}, 2, 3, bad);
    memcpy(bad, g, sizeof g);
    bad[1] = bad[4] = 0;
    refused("bit line 1 floats", &(struct ohm_wires){.r_bl = 1, .bl_bottom = ends}, 2, 3, bad);
    double open[3] = {INFINITY, INFINITY, INFINITY};
    refused("word line 0 floats", &(struct ohm_wires){.wl_left = open, .bl_bottom = open}, 2, 3, g);
    /* parts: word line 1 hangs on bit lines that are not in its part's reach */
    double one[3] = {1, INFINITY, INFINITY};
    refused("word line 1 floats",
            &(struct ohm_wires){.wl_left = one, .bl_bottom = open, .part_rows = 1}, 2, 3, g);
    double geff[6];
    /* the control: floating, but held by cells */
    must_transfer(&(struct ohm_wires){.wl_left = one, .bl_bottom = one}, 2, 3, g, geff);

    struct ohm_error err;
    struct ohm_newton newton = {0};
    struct ohm_iv iv = {OHM_IV_MILO, 0};
    CHECK(ohm_newton_run(&plain, 2, 3, g, &iv, &(struct ohm_solve_io){0}, &newton, &err) < 0
              && strstr(err.text, "row 0, column 0: iv: 1e-05 S, expected 5e-05"),
          "%s", err.text);
    double volts[2] = {1, 100};
    iv = (struct ohm_iv){OHM_IV_SINH, 0.01};
    CHECK(ohm_newton_run(&plain, 2, 3, g, &iv, &(struct ohm_solve_io){.v_wl = volts}, &newton, &err)
                  < 0
              && strstr(err.text, "crossbar: "),
          "%s", err.text);
    static const char *const models[] = {"sinhx", "sinh:", "sinh:0", "sinh:0.25V", "cubic", ""};
    for (int i = 0; i < 6; i++)
        CHECK(ohm_iv_parse(models[i], &iv, &err) < 0 && !strncmp(err.text, "iv: ", 4),
              "'%s' taken as a model", models[i]);
    CHECK(!ohm_iv_parse("sinh:0.1", &iv, &err) && iv.kind == OHM_IV_SINH && iv.v0 == 0.1,
          "sinh:0.1");

    double found[6];
    struct ohm_compensation c = {.g_min = 1e-5, .g_max = 1e-6};
    CHECK(ohm_wires_compensate(&plain, 2, 3, g, found, &c, &err) < 0 && strstr(err.text, "range"),
          "%s", err.text);
    double zeros[6] = {0};
    c = (struct ohm_compensation){.g_max = 1e-3};
    CHECK(ohm_wires_compensate(&plain, 2, 3, zeros, found, &c, &err) < 0
              && strstr(err.text, "all targets are 0"),
          "%s", err.text);
    struct ohm_solver *s = ohm_solver_new(&plain, 2, 3, g, &err);
    double tau;
    CHECK(s && ohm_solver_time_constant(s, -1e-15, 0, &tau, &err) < 0
              && strstr(err.text, "capacitance"),
          "%s", err.text);
    CHECK(s && ohm_solver_delay(s, NAN, 0, &(struct ohm_solve_io){0}, &err) < 0
              && strstr(err.text, "capacitance"),
          "%s", err.text);
    CHECK(s && ohm_solver_delay(s, 1e-15, 0, &(struct ohm_solve_io){.inject_w = g}, &err) < 0
              && strstr(err.text, "injected"),
          "%s", err.text);
    ohm_solver_free(s);
    FILE *null = fopen("/dev/null", "w");
    struct ohm_wires parts = {.part_rows = 1};
    CHECK(null
              && ohm_wires_spice(null, &parts, 2, 3, g, &(struct ohm_iv){0}, 0, 0, NULL, NULL, &err)
                     < 0
              && strstr(err.text, "in parts"),
          "%s", err.text);
    if (null)
        fclose(null);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: wires <data directory> <seed>\n");
        return 2;
    }
    key = ohm_key(strtoull(argv[2], NULL, 0), 0x57495245);
    test_reference(argv[1]);
    test_nodal();
    test_column();
    test_sneak();
    test_symmetry();
    test_iv();
    test_newton();
    test_delay();
    test_compensation();
    test_table();
    test_bad_input();
    printf("wires: %ld checks, %ld failures\n", checks, failures);
    return failures || checks == 0;
}
