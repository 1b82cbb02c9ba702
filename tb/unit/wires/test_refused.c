/* SPDX-License-Identifier: Apache-2.0
 * Wires, cells and requests that have no solution: each is refused by name. */
#include "wires_test.h"

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

static const double g[6] = {1e-5, 1e-5, 1e-5, 1e-5, 1e-5, 1e-5};
static const struct ohm_wires plain = {.r_wl = 1, .r_bl = 1};

static void test_values(void)
{
    double bad[6], ends[3];
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
}

/* Floating lines: word line 1 with its cells open; then everything but the cells of one row. */
static void test_floating(void)
{
    double bad[6], ends[3] = {1, INFINITY, 1};
    memcpy(bad, g, sizeof g);
    bad[3] = bad[4] = bad[5] = 0;
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
}

static void test_curves(void)
{
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
}

static void test_requests(void)
{
    struct ohm_error err;
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

void test_bad_input(void)
{
    test_values();
    test_floating();
    test_curves();
    test_requests();
}
