/* SPDX-License-Identifier: Apache-2.0
 * Read noise by column and by cell, and behind wires against full solves. */
#include "arrays_test.h"

#include "ohm_solve.h"

static void test_noise_by_cell(void **unused)
{
    (void)unused;
    enum { ROWS = 24, COLS = 6, READS = 16000 };
    static double column[COLS][READS], cell[COLS][READS], z[READS], normal[READS];
    struct ohm_physics by_cell = PHYSICS("noise", "cell");
    struct ohm_array *a = new_array(ROWS, COLS, ohm_device_find("pcm-hermes"), NULL);
    struct ohm_array *b = new_array(ROWS, COLS, ohm_device_find("pcm-hermes"), &by_cell);
    int16_t t[ROWS];
    int32_t q[COLS];
    program_random(a, ROWS, COLS, 5);
    program_random(b, ROWS, COLS, 5);
    random_times(t, ROWS);
    for (uint32_t i = 0; i < READS; i++) {
        struct ohm_read_key key = {i, 0, 0, 0};
        ohm_array_read(a, OHM_CELL_BOTH, t, &key, q);
        for (int c = 0; c < COLS; c++)
            column[c][i] = q[c];
        ohm_array_read(b, OHM_CELL_BOTH, t, &key, q);
        for (int c = 0; c < COLS; c++)
            cell[c][i] = q[c];
    }
    for (int c = 0; c < COLS; c++) {
        double exact = 0;
        for (unsigned r = 0; r < ROWS; r++)
            exact += t[r] * ohm_array_geff(a, OHM_CELL_BOTH, r, (unsigned)c);
        struct moments m = moments_of(column[c], READS);
        CHECK_NEAR(m.mean, exact, SIGMAS * m.sigma / sqrt(READS));
        for (int i = 0; i < READS; i++) {
            z[i] = (cell[c][i] - exact) / m.sigma;
            normal[i] = ohm_normal(ohm_key_at(12345 + (uint64_t)c, (uint64_t)i));
        }
        double distance = ks_two(column[c], cell[c], READS), to_normal = ks_two(z, normal, READS);
        print_message("column %d: sigma %.0f units; KS between the modes %.2f, to a normal %.2f "
                      "(limit %.1f)\n",
                      c, m.sigma, distance, to_normal, KS_LIMIT);
        CHECK(distance < KS_LIMIT);
        CHECK(to_normal < KS_LIMIT);
        for (int i = 0; i < READS; i++) /* and the test would see a sigma that is 20 % too large */
            column[c][i] = exact + 1.2 * (column[c][i] - exact);
        CHECK(ks_two(column[c], cell[c], READS) > KS_LIMIT);
    }
    ohm_array_free(a);
    ohm_array_free(b);
}

/* Behind wires a device's read noise is taken to shrink as its effective conductance does:
 * σ·Geff/g. The truth to first order in the noise: δI_c = Σ δg·u·a_c over all cells, u the voltage
 * across the cell at this input, a_c that across it with 1 V at the sensed end of column c
 * (reciprocity). Returns the worst relative error of a column's sigma, for activations (half of the
 * rows on, both devices with opposite polarity) or for the worst input there is (every row fully
 * on, plus devices only). */
static double noise_error(int side, double ohms, double mean_us, int plus_only)
{
    struct ohm_error err;
    int lines = 2 * side;
    size_t cells = (size_t)(lines * side);
    double *g = calloc(cells, sizeof *g), *geff = calloc(cells, sizeof *geff),
           *w = calloc(cells, sizeof *w), *b = calloc(cells, sizeof *b);
    double *u = calloc(cells, sizeof *u), *v_wl = calloc((size_t)lines, sizeof *v_wl),
           *v_bl = calloc((size_t)side, sizeof *v_bl), worst = 0;
    for (size_t i = 0; i < cells; i++)
        g[i] = 2 * mean_us * 1e-6 * ohm_uniform(ohm_key_at(8, i));
    struct ohm_wires wires = {.r_wl = ohms, .r_bl = ohms};
    struct ohm_solver *s = ohm_solver_new(&wires, lines, side, g, &err);
    assert_non_null(s);
    CHECK(!ohm_wires_transfer(&wires, lines, side, g, geff, &err));
    for (int r = 0; r < side; r++) {
        v_wl[2 * r] = plus_only ? 1 : r % 2 ? 0 : ohm_uniform(ohm_key_at(9, (uint64_t)r));
        v_wl[2 * r + 1] = plus_only ? 0 : -v_wl[2 * r];
    }
    CHECK(!ohm_solver_run(s, &(struct ohm_solve_io){.v_wl = v_wl, .node_w = w, .node_b = b}, &err));
    for (size_t i = 0; i < cells; i++)
        u[i] = w[i] - b[i];
    for (int c = 0; c < side; c += side / 4 - 1) {
        memset(v_bl, 0, (size_t)side * sizeof *v_bl);
        v_bl[c] = 1;
        CHECK(!ohm_solver_run(s, &(struct ohm_solve_io){.v_bl = v_bl, .node_w = w, .node_b = b},
                              &err));
        double exact = 0, used = 0; /* read noise of 1 % of each conductance */
        for (size_t i = 0; i < cells; i++)
            exact += pow(0.01 * g[i] * u[i] * (b[i] - w[i]), 2);
        for (int line = 0; line < lines; line++)
            used += pow(0.01 * geff[line * side + c] * v_wl[line], 2);
        worst = fmax(worst, fabs(sqrt(used / exact) - 1));
    }
    ohm_solver_free(s);
    free(g);
    free(geff);
    free(w);
    free(b);
    free(u);
    free(v_wl);
    free(v_bl);
    return worst;
}

static void test_noise_behind_wires(void **unused)
{
    (void)unused;
    static const struct {
        int side;
        double ohms, mean_us;
        int plus_only;
        double bound;
    } cases[] = {{16, 0.35, 5, 0, 2e-4},   {64, 0.35, 5, 0, 0.001},  {64, 2.1, 5, 0, 0.006},
                 {64, 0.35, 25, 0, 0.005}, {128, 0.35, 5, 0, 0.005}, {16, 0.35, 5, 1, 8e-4},
                 {64, 0.35, 5, 1, 0.008},  {64, 2.1, 5, 1, 0.04},    {64, 0.35, 25, 1, 0.035},
                 {128, 0.35, 5, 1, 0.03}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double error =
            noise_error(cases[i].side, cases[i].ohms, cases[i].mean_us, cases[i].plus_only);
        print_message("%dx%d pairs, %.2f ohm, mean %.0f uS, %s: sigma of the read noise off by at "
                      "most %.3f %%\n",
                      cases[i].side, cases[i].side, cases[i].ohms, cases[i].mean_us,
                      cases[i].plus_only ? "plus devices, all on" : "activations", 100 * error);
        CHECK(error <= cases[i].bound);
    }
    /* the array uses σ·Geff/g: its noise has that variance */
    enum { SIDE = 32, READS = 3000 };
    struct ohm_error err;
    struct ohm_device_model *d =
        ohm_device_load(text_file("noisy.txt", "device = ideal\nread_noise = 0.05\n"), &err);
    struct ohm_physics p = PHYSICS("r_wl", "20", "r_bl", "20");
    struct ohm_array *a = new_array(SIDE, SIDE, d, &p);
    program_random(a, SIDE, SIDE, 4);
    static double noise[READS];
    int16_t t[SIDE];
    int32_t q[SIDE];
    random_times(t, SIDE);
    double variance = 0, exact = 0;
    for (unsigned r = 0; r < SIDE; r++) {
        double plus = ohm_array_geff(a, OHM_CELL_PLUS, r, SIDE - 1),
               minus = ohm_array_geff(a, OHM_CELL_MINUS, r, SIDE - 1);
        exact += t[r] * (plus - minus);
        variance += t[r] * t[r] * 0.05 * 0.05 * (plus * plus + minus * minus);
    }
    for (uint32_t i = 0; i < READS; i++) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, q);
        noise[i] = q[SIDE - 1] - exact;
    }
    struct moments m = moments_of(noise, READS);
    CHECK_NORMAL(m, 0, sqrt(variance), 1e-3 * sqrt(variance));
    ohm_array_free(a);
    ohm_device_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_by_cell),
        cmocka_unit_test(test_noise_behind_wires),
    };
    RUN_TESTS(tests);
}
