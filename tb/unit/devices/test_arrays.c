/* SPDX-License-Identifier: Apache-2.0
 * Arrays with physics: effective conductances behind wires against the node solver, read noise by
 * column and by cell, read noise behind wires against full solves, telegraph noise, measured maps;
 * the fast read against the naive one with everything on. */
#include "devices_test.h"

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_physics.h"
#include "ohm_rng.h"
#include "ohm_solve.h"

static uint64_t state = 1;

static int draw(int low, int high)
{
    return low + (int)(ohm_key_at(99, state++) % (uint64_t)(high - low + 1));
}

static struct ohm_physics physics_of(const char *const *settings)
{
    struct ohm_physics p;
    struct ohm_error err;
    ohm_physics_default(&p);
    for (; *settings; settings += 2)
        CHECK(!ohm_physics_set(&p, settings[0], settings[1], &err));
    return p;
}
#define PHYSICS(...) physics_of((const char *const[]){__VA_ARGS__, NULL})

static struct ohm_array *new_array(int rows, int cols, const struct ohm_device_model *d,
                                   const struct ohm_physics *p)
{
    struct ohm_error err = {""};
    struct ohm_array *a = ohm_array_new(rows, cols, d, 4, 18, &err);
    assert_non_null(a);
    if (p && ohm_array_set_physics(a, p, &err))
        print_error("%s\n", err.text);
    CHECK(!err.text[0]);
    return a;
}

static void program_random(struct ohm_array *a, int rows, int cols, uint64_t key)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            for (unsigned dev = 0; dev < 2; dev++)
                CHECK(!ohm_array_program(
                    a, dev, (unsigned)r, (unsigned)c,
                    (unsigned)(ohm_key_at(key, (uint64_t)(r * 1000 + c * 2) + dev) % 16385), NULL));
}

static void random_times(int16_t *t, int rows)
{
    for (int r = 0; r < rows; r++)
        t[r] = (int16_t)(draw(0, 3) ? draw(-255, 255) : 0);
}

/* ---- wires ---- */

/* Conductances of an ideal array as a network of the circuit solver, which knows nothing of cells.
 */
static void fill_network(int rows, int cols, int by_column, uint64_t key, double g_max, double *g)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            for (int dev = 0; dev < 2; dev++) {
                double code = (double)(ohm_key_at(key, (uint64_t)(r * 1000 + c * 2 + dev)) % 16385);
                int line = by_column ? r : 2 * r + dev, sensed = by_column ? 2 * c + dev : c;
                g[line * (by_column ? 2 * cols : cols) + sensed] = code * g_max / 16384 * 1e-6;
            }
}

static void compare_with_solver(int rows, int cols, const char *cell, int both_ends, int part_rows,
                                int part_cols)
{
    struct ohm_physics p =
        PHYSICS("cell", cell, "r_wl", "2.1", "r_bl", "1.3", "r_drive", "100", "r_sense", "30");
    int by_column = !strcmp(cell, "1t1r"), lines = by_column ? rows : 2 * rows,
        sensed = by_column ? 2 * cols : cols;
    p.param[OHM_PHYSICS_DRIVE].value = p.param[OHM_PHYSICS_SENSE].value = both_ends;
    p.param[OHM_PHYSICS_PART_ROWS].value = part_rows;
    p.param[OHM_PHYSICS_PART_COLS].value = part_cols;
    const struct ohm_device_model *d = ohm_device_find("ideal");
    struct ohm_array *a = new_array(rows, cols, d, &p);
    program_random(a, rows, cols, 7);

    double *g = calloc((size_t)(lines * sensed), sizeof *g), *v = calloc((size_t)lines, sizeof *v),
           *i = calloc((size_t)sensed, sizeof *i);
    double drive[512], sense[512];
    for (int k = 0; k < 512; k++)
        drive[k] = 100, sense[k] = 30;
    fill_network(rows, cols, by_column, 7, d->g_max, g);
    struct ohm_wires w = {.r_wl = 2.1, .r_bl = 1.3, .wl_left = drive,
                          .wl_right = both_ends ? drive : NULL, .bl_top = both_ends ? sense : NULL,
                          .bl_bottom = sense, .part_rows = part_rows * (by_column ? 1 : 2),
                          .part_cols = part_cols * (by_column ? 2 : 1)};
    struct ohm_error err;
    struct ohm_solver *s = ohm_solver_new(&w, lines, sensed, g, &err);
    assert_non_null(s);
    double worst = 0;
    for (int line = 0; line < lines; line++) {
        memset(v, 0, (size_t)lines * sizeof *v);
        v[line] = 1;
        struct ohm_solve_io io = {.v_wl = v, .i_bl = i};
        CHECK(!ohm_solver_run(s, &io, &err));
        for (int k = 0; k < sensed; k++) {
            unsigned row = (unsigned)(by_column ? line : line / 2),
                     col = (unsigned)(by_column ? k / 2 : k);
            int dev = by_column ? k % 2 : line % 2;
            double units = i[k] * 1e6 / d->g_max * 16384,
                   got = ohm_array_geff(a, dev ? OHM_CELL_MINUS : OHM_CELL_PLUS, row, col);
            worst = fmax(worst, fabs(got - units));
        }
    }
    print_message("%dx%d %s %s: largest difference to the circuit %.6f units\n", rows, cols, cell,
                  both_ends ? "double" : "single", worst);
    CHECK(worst <= 0.5 + 1e-6); /* rounding to the unit */
    ohm_solver_free(s);
    ohm_array_free(a);
    free(g);
    free(v);
    free(i);
}

static void test_wires(void **unused)
{
    (void)unused;
    compare_with_solver(20, 12, "2t2r", 0, 0, 0);
    compare_with_solver(6, 30, "2t2r", 0, 0, 0); /* more bit lines than word lines */
    compare_with_solver(20, 12, "1t1r", 0, 0, 0);
    compare_with_solver(6, 30, "1t1r", 1, 0, 0);
    compare_with_solver(17, 23, "2t2r", 1, 0, 0);
    compare_with_solver(16, 12, "2t2r", 0, 8, 5);
    compare_with_solver(9, 21, "1t1r", 0, 4, 10);
}

/* int16 kernel against the double-precision product: half a unit a row and tick. */
static void test_rounding_bound(void **unused)
{
    (void)unused;
    enum { SIDE = 64 };
    struct ohm_physics p = PHYSICS("r_wl", "0.35", "r_bl", "0.35");
    struct ohm_array *a = new_array(SIDE, SIDE, ohm_device_find("ideal"), &p);
    program_random(a, SIDE, SIDE, 3);
    double *g = malloc(2 * SIDE * SIDE * sizeof *g), *geff = malloc(2 * SIDE * SIDE * sizeof *geff),
           worst = 0;
    fill_network(SIDE, SIDE, 0, 3, 20, g);
    struct ohm_wires w = {.r_wl = 0.35, .r_bl = 0.35};
    struct ohm_error err;
    CHECK(!ohm_wires_transfer(&w, 2 * SIDE, SIDE, g, geff, &err));
    for (uint32_t seq = 0; seq < 50; seq++) {
        int16_t t[SIDE];
        int32_t q[SIDE];
        double ticks = 0;
        random_times(t, SIDE);
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){seq, 0, 0}, q);
        for (int r = 0; r < SIDE; r++)
            ticks += abs(t[r]);
        for (int c = 0; c < SIDE; c++) {
            double exact = 0;
            for (int r = 0; r < SIDE; r++)
                exact += t[r] * (geff[2 * r * SIDE + c] - geff[(2 * r + 1) * SIDE + c]) * 1e6 / 20
                         * 16384;
            worst = fmax(worst, fabs(q[c] - exact) / ticks);
        }
    }
    print_message("int16 read against double: at most %.3f units a tick\n", worst);
    CHECK(worst <= 1); /* two devices, half a unit each */
    CHECK(worst > 0);
    free(g);
    free(geff);
    ohm_array_free(a);
}

/* ---- read noise ---- */

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
        struct ohm_read_key key = {i, 0, 0};
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
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0}, q);
        noise[i] = q[SIDE - 1] - exact;
    }
    struct moments m = moments_of(noise, READS);
    CHECK_NORMAL(m, 0, sqrt(variance), 1e-3 * sqrt(variance));
    ohm_array_free(a);
    ohm_device_free(d);
}

/* ---- everything at once ---- */

static const char EVERYTHING[] =
    "device = pcm-hermes\nd2d = 0.05\nc2c = 0.02\nstuck_high = 0.02\nstuck_low = 0.03\nrtn_rate = "
    "0.1\n"
    "rtn_amplitude = 0.2\nrtn_reads = 3\nread_noise = 0.01\niv = sinh\ntemperature = 330\n"
    "temperature_coefficient = 0.001\n";

static void test_fast_equals_naive(void **unused)
{
    (void)unused;
    static const char *const cells[] = {"2t2r", "1t1r", "4t4r"};
    struct ohm_error err;
    struct ohm_device_model *d = ohm_device_load(text_file("everything.txt", EVERYTHING), &err);
    assert_non_null(d);
    for (int round = 0; round < 24; round++) {
        struct ohm_physics p =
            PHYSICS("cell", cells[round % 3], "noise", round & 4 ? "cell" : "column");
        p.param[OHM_PHYSICS_R_WL].value = p.param[OHM_PHYSICS_R_BL].value = round & 8 ? 1.5 : 0;
        int rows = draw(1, 40), cols = draw(1, 40);
        struct ohm_array *a = new_array(rows, cols, d, &p), *b = new_array(rows, cols, d, &p);
        program_random(a, rows, cols, (uint64_t)round);
        program_random(b, rows, cols, (uint64_t)round);
        for (int step = 0; step < 6; step++) {
            int16_t t[256];
            int32_t fast[256], naive[256], again[256];
            struct ohm_read_key key = {(uint32_t)draw(0, 20), (uint8_t)draw(0, 15),
                                       (uint8_t)draw(0, 15)};
            enum ohm_cell_sel sel = (enum ohm_cell_sel)draw(0, 2);
            random_times(t, rows);
            if (step == 3)
                for (int k = 0; k < 2; k++) {
                    struct ohm_array *each = k ? b : a;
                    ohm_array_set_time(each, 86400);
                    CHECK(!ohm_array_program(each, 1, (unsigned)rows - 1, (unsigned)cols - 1, 9999,
                                             NULL));
                }
            ohm_array_read(a, sel, t, &key, fast);
            ohm_array_read_naive(a, sel, t, &key, naive);
            /* an array that never read the fast way */
            ohm_array_read_naive(b, sel, t, &key, again);
            for (int c = 0; c < cols; c++) {
                CHECK_EQUAL(fast[c], naive[c]);
                CHECK_EQUAL(fast[c], again[c]);
            }
        }
        CHECK(!ohm_array_fault(a) && !ohm_array_fault(b));
        ohm_array_free(a);
        ohm_array_free(b);
    }
    ohm_device_free(d);
}

/* Telegraph noise moves reads between intervals only; a read does not depend on which ones came
 * before. */
static void test_intervals(void **unused)
{
    (void)unused;
    enum { SIDE = 16 };
    struct ohm_error err;
    struct ohm_device_model *d = ohm_device_load(
        text_file("rtn.txt",
                  "device = ideal\nrtn_rate = 0.5\nrtn_amplitude = 0.3\nrtn_reads = 10\n"),
        &err);
    struct ohm_array *a = new_array(SIDE, SIDE, d, NULL);
    program_random(a, SIDE, SIDE, 1);
    int16_t t[SIDE];
    int32_t first[40][SIDE], q[SIDE];
    for (int r = 0; r < SIDE; r++)
        t[r] = 200;
    for (uint32_t i = 0; i < 40; i++)
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0}, first[i]);
    for (uint32_t i = 0; i < 39; i++)
        CHECK(!memcmp(first[i], first[i + 1], sizeof q) == (i % 10 != 9));
    for (uint32_t i = 40; i-- > 0;) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0}, q);
        CHECK(!memcmp(first[i], q, sizeof q));
    }
    ohm_array_free(a);
    ohm_device_free(d);
}

static void test_four_devices(void **unused)
{
    (void)unused;
    enum { SIDE = 96, N = SIDE * SIDE };
    struct ohm_physics p = PHYSICS("cell", "4t4r");
    struct ohm_array *a = new_array(SIDE, SIDE, ohm_device_find("pcm-hermes-one"), &p);
    static double error[N];
    for (unsigned i = 0; i < N; i++) {
        CHECK(!ohm_array_program(a, 0, i / SIDE, i % SIDE, 8192, NULL));
        /* µS: both at 5.175 */
        error[i] = (ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) - 8192.0) / 8192 * 10.35;
    }
    struct moments m = moments_of(error, N);
    CHECK_NORMAL(m, 0, 0.8653 * sqrt(2), 1e-3);
    ohm_array_free(a);
    struct ohm_array *ideal = new_array(4, 4, ohm_device_find("ideal"), &p);
    CHECK(!ohm_array_program(ideal, 0, 1, 2, 12345, NULL));
    CHECK_EQUAL(ohm_array_geff(ideal, OHM_CELL_PLUS, 1, 2), 12345);
    ohm_array_free(ideal);
}

static void test_maps(void **unused)
{
    (void)unused;
    enum { ROWS = 5, COLS = 7 };
    double map[2 * ROWS * COLS];
    struct ohm_physics p;
    struct ohm_error err = {""};
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    ohm_physics_default(&p);
    p.map[18] = map;
    for (int i = 0; i < 2 * ROWS * COLS; i++)
        map[i] = 20.0 * i / (2 * ROWS * COLS);
    struct ohm_array *a = new_array(ROWS, COLS, d, &p);
    program_random(a, ROWS, COLS, 1);
    for (unsigned i = 0; i < ROWS * COLS; i++) {
        CHECK_NEAR(ohm_array_geff(a, OHM_CELL_PLUS, i / COLS, i % COLS), map[i] * 16384 / d->g_max,
                   0.5);
        CHECK_NEAR(ohm_array_geff(a, OHM_CELL_MINUS, i / COLS, i % COLS),
                   map[ROWS * COLS + i] * 16384 / d->g_max, 0.5);
    }
    ohm_array_set_time(a, 86400);
    CHECK(ohm_array_geff(a, OHM_CELL_MINUS, ROWS - 1, COLS - 1)
          < map[2 * ROWS * COLS - 1] * 16384 / d->g_max - 100);
    map[ROWS * COLS + COLS + 3] = -1;
    CHECK(ohm_array_set_physics(a, &p, &err)
          && strstr(err.text, "tile (2,1): minus device of row 1, column 3: -1 uS"));
    map[ROWS * COLS + COLS + 3] = NAN;
    CHECK(ohm_array_set_physics(a, &p, &err) && strstr(err.text, "nan"));
    ohm_array_free(a);
}

/* Conductances beyond 2 G_max, which the kernel's narrow matrix cannot hold, are read as they are:
 * by maps, by the I-V curve at a high voltage, by the spread between devices; fast and naive, one
 * polarity and both, with a leak and behind wires. */
static void test_above_twice_g_max(void **unused)
{
    (void)unused;
    enum { ROWS = 9, COLS = 70 };
    static const double levels[] = {0, 20, 39.99, 40, 45, 60, 80};
    static double map[2 * ROWS * COLS];
    struct ohm_physics p;
    struct ohm_error err = {""};
    ohm_physics_default(&p);
    p.map[18] = map;
    for (int i = 0; i < 2 * ROWS * COLS; i++)
        map[i] = levels[ohm_key_at(5, (uint64_t)i) % 7];
    struct ohm_array *a = new_array(ROWS, COLS, ohm_device_find("ideal"), &p);
    for (int round = 0; round < 30; round++) {
        int16_t t[256];
        int32_t fast[256], naive[256];
        const enum ohm_cell_sel sel = (enum ohm_cell_sel)(round % 3);
        random_times(t, ROWS);
        ohm_array_read(a, sel, t, &(struct ohm_read_key){0, 0, 0}, fast);
        ohm_array_read_naive(a, sel, t, &(struct ohm_read_key){0, 0, 0}, naive);
        for (unsigned c = 0; c < COLS; c++) {
            double want = 0;
            for (unsigned r = 0; r < ROWS; r++) {
                const double plus = map[r * COLS + c], minus = map[(ROWS + r) * COLS + c];
                want += t[r] * floor((sel == OHM_CELL_MINUS ? minus : plus) / 20 * 16384 + 0.5);
                want -= sel == OHM_CELL_BOTH ? t[r] * floor(minus / 20 * 16384 + 0.5) : 0;
            }
            CHECK_EQUAL(fast[c], want > INT32_MAX   ? INT32_MAX
                                 : want < INT32_MIN ? INT32_MIN
                                                    : want);
            CHECK_EQUAL(naive[c], fast[c]);
        }
    }
    CHECK(!ohm_array_fault(a));
    map[ROWS * COLS + 3 * COLS + 2] = 80.1;
    CHECK(ohm_array_set_physics(a, &p, &err));
    CHECK(strstr(err.text, "row 3, column 2: 80.1 uS, expected 0 to 80 (4 G_max of ideal)")
          != NULL);
    ohm_array_free(a);

    /* a device too much for any charge, and a curve too steep, by name */
    struct ohm_device_model *hot = ohm_device_load(
        text_file("hot.txt", "device = ideal\ntemperature = 1000\ntemperature_coefficient = 0.1\n"),
        &err);
    int32_t q[256];
    assert_non_null(hot);
    for (int i = 0; i < 2 * ROWS * COLS; i++)
        map[i] = i == ROWS * COLS + 3 * COLS + 2 ? 80 : 20;
    a = new_array(ROWS, COLS, hot, &p);
    ohm_array_read(a, OHM_CELL_BOTH, (int16_t[256]){0}, &(struct ohm_read_key){0, 0, 0}, q);
    CHECK(ohm_array_fault(a)
          && strstr(ohm_array_fault(a), "tile (2,1): minus device of row 3, column 2: 5680 uS, "
                                        "expected at most 2560 (128 G_max)"));
    ohm_array_free(a);
    ohm_device_free(hot);
    hot = ohm_device_load(text_file("hot.txt", "device = ideal\niv = sinh\nv_read = 1\n"), &err);
    assert_non_null(hot);
    CHECK(!ohm_array_new(ROWS, COLS, hot, 1, 0, &err));
    CHECK(strstr(err.text, "ideal: v_read: 1 V, where a device at g_max conducts 6.82 times")
          && strstr(err.text, "expected at most 4"));
    ohm_device_free(hot);

    static const char *const files[] = {
        "device = ideal\niv = sinh\nv_read = 0.8\n", "device = pcm-hermes\nd2d = 0.8\n",
        "device = pcm\niv = sinh\nv_read = 0.7\nd2d = 0.5\nread_noise = 0.1\nrtn_rate = "
        "0.2\nrtn_amplitude = 0.5\n"};
    int beyond = 0;
    for (int round = 0; round < 12; round++) {
        struct ohm_physics wired =
            PHYSICS("cell", round & 1 ? "4t4r" : "2t2r", "noise", round & 2 ? "cell" : "column");
        wired.param[OHM_PHYSICS_R_WL].value = round & 4 ? 0.5 : 0;
        struct ohm_device_model *d =
            ohm_device_load(text_file("above.txt", files[round % 3]), &err);
        assert_non_null(d);
        struct ohm_array *b = new_array(ROWS, COLS, d, &wired);
        program_random(b, ROWS, COLS, 11);
        for (uint32_t step = 0; step < 6; step++) {
            int16_t t[256];
            int32_t fast[256], naive[256];
            struct ohm_read_key key = {step * 50, 1, 2};
            random_times(t, ROWS);
            ohm_array_read(b, (enum ohm_cell_sel)(step % 3), t, &key, fast);
            ohm_array_read_naive(b, (enum ohm_cell_sel)(step % 3), t, &key, naive);
            for (int c = 0; c < COLS; c++)
                CHECK_EQUAL(fast[c], naive[c]);
        }
        for (unsigned i = 0; i < ROWS * COLS; i++)
            beyond += ohm_array_geff(b, OHM_CELL_PLUS, i / COLS, i % COLS) > 32767;
        if (round == 0) /* sinh(3.2)/3.2 of each, as the curve says */
            CHECK_NEAR(ohm_array_geff(b, OHM_CELL_PLUS, 0, 0),
                       floor((double)(ohm_key_at(11, 0) % 16385) * sinh(3.2) / 3.2 + 0.5), 1);
        CHECK(!ohm_array_fault(b));
        ohm_array_free(b);
        ohm_device_free(d);
    }
    CHECK(beyond > 100);
}

static void test_physics_files(void **unused)
{
    (void)unused;
    struct ohm_physics p;
    struct ohm_error err = {""};
    ohm_physics_default(&p);
    CHECK(!ohm_physics_wired(&p) && !ohm_physics_converts(&p));
    CHECK(!ohm_physics_load(
        text_file("physics.txt", "node = 28 # nm\ncell = 1t1r\nnoise=cell\noffset = 0.5\n"), &p,
        &err));
    CHECK_NEAR(ohm_physics_value(&p, OHM_PHYSICS_R_WL), 4.41, 0.01);
    CHECK_NEAR(ohm_physics_value(&p, OHM_PHYSICS_R_BL), 4.41, 0.01);
    CHECK(ohm_physics_wired(&p) && ohm_physics_converts(&p));
    CHECK_EQUAL(ohm_physics_value(&p, OHM_PHYSICS_CELL), OHM_CELL_1T1R);
    CHECK(!ohm_physics_set(&p, "pitch", "4", &err));
    CHECK_NEAR(ohm_physics_value(&p, OHM_PHYSICS_R_WL), 1.47, 0.01);
    static const struct {
        const char *text, *place, *what;
    } cases[] = {
        {"r_wl = -1\n", ":1: r_wl: '-1'", "0 to 1e+06"},
        {"r_bl = inf\n", ":1: r_bl", "0 to 1e+06"},
        {"\nnode = 29\n", ":2:", "node = 29 nm, expected 130"},
        {"cell = 3t3r\n", ":1: cell: '3t3r'", "2t2r, 1t1r, 4t4r"},
        {"wire = 3\n", ":1: wire",
         "no parameter of the physics, expected one of cell, noise, r_wl"},
        {"droop = 0.5\n", ":1: droop", "0 to 0.0001"},
        {"gain = 0\n", ":1: gain", "0.1 to 10"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(ohm_physics_load(text_file("physics.txt", cases[i].text), &p, &err) == -1);
        if (!strstr(err.text, cases[i].place) || !strstr(err.text, cases[i].what))
            print_error("case %zu: %s\n", i, err.text);
        CHECK(strstr(err.text, cases[i].place) && strstr(err.text, cases[i].what));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wires),
        cmocka_unit_test(test_rounding_bound),
        cmocka_unit_test(test_noise_by_cell),
        cmocka_unit_test(test_noise_behind_wires),
        cmocka_unit_test(test_fast_equals_naive),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_four_devices),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_above_twice_g_max),
        cmocka_unit_test(test_physics_files),
    };
    RUN_TESTS(tests);
}
