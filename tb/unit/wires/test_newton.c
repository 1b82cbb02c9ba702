/* SPDX-License-Identifier: Apache-2.0
 * Cells whose current is no straight line: the curves, and Newton's steps over the wires. */
#include "nodal.h"
#include "wires_test.h"

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

void test_currents(void)
{
    test_iv();
    test_newton();
}
