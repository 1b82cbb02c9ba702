/* SPDX-License-Identifier: Apache-2.0
 * Effective conductances behind wires against the node solver, and the kernel's
 * rounding of them. */
#include "arrays_test.h"

#include "ohm_solve.h"

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

/* A transposed read behind wires is the forward read of the array that lies on its side, mirrored:
 * word lines are bit lines there, a cell's devices lie on two of the others, and what was driven at
 * the left is sensed at the bottom; plus is minus, which lies first then. */
static void test_transposed(void **unused)
{
    (void)unused;
    enum { LONG = 21, SHORT = 13 };
    const enum ohm_cell_sel opposite[] = {OHM_CELL_BOTH, OHM_CELL_MINUS, OHM_CELL_PLUS};
    for (int k = 0; k < 4; k++) {
        const char *cell = k % 2 ? "1t1r" : "2t2r", *other = k % 2 ? "2t2r" : "1t1r";
        struct ohm_physics p = PHYSICS("cell", cell, "r_wl", "2.1", "r_bl", "1.3", "r_drive", "100",
                                       "r_sense", "30"),
                           q = PHYSICS("cell", other, "r_wl", "1.3", "r_bl", "2.1", "r_drive",
                                       "100", "r_sense", "30");
        p.param[OHM_PHYSICS_DRIVE].value = q.param[OHM_PHYSICS_DRIVE].value = k / 2;
        const struct ohm_device_model *d = ohm_device_find("ideal");
        struct ohm_array *a = new_array(LONG, SHORT, d, &p), *b = new_array(SHORT, LONG, d, &q);
        int16_t t[SHORT], mirrored[SHORT];
        int32_t back[LONG], forward[LONG], before[SHORT], after[SHORT];
        int16_t rows[LONG];
        for (unsigned r = 0; r < LONG; r++)
            for (unsigned c = 0; c < SHORT; c++)
                for (unsigned dev = 0; dev < 2; dev++) {
                    const unsigned code = (unsigned)draw(0, 16384);
                    ohm_array_program(a, dev, r, c, code, NULL);
                    ohm_array_program(b, 1 - dev, SHORT - 1 - c, LONG - 1 - r, code, NULL);
                }
        random_times(rows, LONG);
        ohm_array_read(a, OHM_CELL_BOTH, rows, &(struct ohm_read_key){0, 0, 0, 0}, before);
        for (uint32_t seq = 0; seq < 20; seq++) {
            const enum ohm_cell_sel sel = (enum ohm_cell_sel)(seq % 3);
            random_times(t, SHORT);
            for (int c = 0; c < SHORT; c++)
                mirrored[c] = t[SHORT - 1 - c];
            ohm_array_read(a, sel, t, &(struct ohm_read_key){seq, 1, 0, 1}, back);
            ohm_array_read(b, opposite[sel], mirrored, &(struct ohm_read_key){seq, 1, 0, 0},
                           forward);
            for (int r = 0; r < LONG; r++)
                CHECK_EQUAL(back[r], sel == OHM_CELL_BOTH ? -forward[LONG - 1 - r]
                                                          : forward[LONG - 1 - r]);
        }
        ohm_array_read(a, OHM_CELL_BOTH, rows, &(struct ohm_read_key){0, 0, 0, 0}, after);
        CHECK(!memcmp(before, after, sizeof after)); /* and leaves forward reads alone */
        ohm_array_free(a);
        ohm_array_free(b);
    }
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
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){seq, 0, 0, 0}, q);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wires),
        cmocka_unit_test(test_transposed),
        cmocka_unit_test(test_rounding_bound),
    };
    RUN_TESTS(tests);
}
