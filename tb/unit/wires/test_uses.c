/* SPDX-License-Identifier: Apache-2.0
 * What wires are solved for: delays, conductances that make up for the wires, wires of a process.
 */
#include "wires_test.h"

/* ---- capacitance ---- */

/* No cells: an RC ladder, against Elmore's sum and the closed form of its time constant. */
static void test_ladder(void)
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
}

/* One cell: the bit-line node has r_bl to ground and the cell to the source. */
static void test_one_cell(void)
{
    struct ohm_error err = {""};
    double v[1] = {1}, tau, cell = 1e-3, i_bl[1], node[1];
    struct ohm_wires w = {.r_bl = 500};
    struct ohm_solver *s = ohm_solver_new(&w, 1, 1, &cell, &err);
    struct ohm_solve_io io = {.v_wl = v, .i_bl = i_bl, .node_b = node};
    double exact = 2e-15 / (cell + 1 / 500.0);
    CHECK(s && !ohm_solver_delay(s, 1e-15, 2e-15, &io, &err)
              && !ohm_solver_time_constant(s, 1e-15, 2e-15, &tau, &err),
          "one cell: %s", err.text);
    CHECK(fabs(i_bl[0] / exact - 1) < 1e-13 && fabs(node[0] / exact - 1) < 1e-13
              && fabs(tau / exact - 1) < 1e-12,
          "one cell: delay %g, %g, time constant %g, expected %g", i_bl[0], node[0], tau, exact);
    ohm_solver_free(s);
}

/* Whole array: small steps in time are how the delay is defined, as the area above the curve. */
static void test_delay(void)
{
    enum { R = 6, C = 5, CELLS = R * C };
    struct ohm_error err = {""};
    double tau;
    double *cells = random_array(CELLS, 1e-5, 1e-3), *in = random_array(R, 0.1, 0.2), w0[CELLS],
           b0[CELLS], now[2 * CELLS] = {0}, area[2 * CELLS] = {0}, delay[2 * CELLS];
    struct ohm_wires w = {.r_wl = 20, .r_bl = 30};
    struct ohm_solver *s = ohm_solver_new(&w, R, C, cells, &err);
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

void test_uses(void)
{
    test_ladder();
    test_one_cell();
    test_delay();
    test_compensation();
    test_table();
}
