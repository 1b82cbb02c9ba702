/* SPDX-License-Identifier: Apache-2.0
 * Arrays with physics: the fast read against the naive one with everything on, telegraph noise,
 * measured maps, conductances beyond what the kernel holds, files. */
#include "arrays_test.h"

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
                                       (uint8_t)draw(0, 15), 0};
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
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, first[i]);
    for (uint32_t i = 0; i < 39; i++)
        CHECK(!memcmp(first[i], first[i + 1], sizeof q) == (i % 10 != 9));
    for (uint32_t i = 40; i-- > 0;) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, q);
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
 * by maps, fast and naive, one polarity and both. */
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
        ohm_array_read(a, sel, t, &(struct ohm_read_key){0, 0, 0, 0}, fast);
        ohm_array_read_naive(a, sel, t, &(struct ohm_read_key){0, 0, 0, 0}, naive);
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
}

/* A device too much for any charge, and a curve too steep, by name. */
static void test_too_much(void **unused)
{
    (void)unused;
    enum { ROWS = 9, COLS = 70 };
    static double map[2 * ROWS * COLS];
    struct ohm_physics p;
    struct ohm_error err = {""};
    ohm_physics_default(&p);
    p.map[18] = map;
    struct ohm_device_model *hot = ohm_device_load(
        text_file("hot.txt", "device = ideal\ntemperature = 1000\ntemperature_coefficient = 0.1\n"),
        &err);
    int32_t q[256];
    assert_non_null(hot);
    for (int i = 0; i < 2 * ROWS * COLS; i++)
        map[i] = i == ROWS * COLS + 3 * COLS + 2 ? 80 : 20;
    struct ohm_array *a = new_array(ROWS, COLS, hot, &p);
    ohm_array_read(a, OHM_CELL_BOTH, (int16_t[256]){0}, &(struct ohm_read_key){0, 0, 0, 0}, q);
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
}

/* Beyond 2 G_max by the I-V curve at a high voltage and by the spread between devices, with a leak
 * and behind wires. */
static void test_above_by_device(void **unused)
{
    (void)unused;
    enum { ROWS = 9, COLS = 70 };
    struct ohm_error err = {""};
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
            struct ohm_read_key key = {step * 50, 1, 2, 0};
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
        cmocka_unit_test(test_fast_equals_naive),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_four_devices),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_above_twice_g_max),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_above_by_device),
        cmocka_unit_test(test_physics_files),
    };
    RUN_TESTS(tests);
}
