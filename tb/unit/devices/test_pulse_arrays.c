/* SPDX-License-Identifier: Apache-2.0
 * Pulses to the cells of an array: states, draws that replay, age, half-selects, stuck, worn and
 * unformed devices, devices in parallel. */
#include "devices_test.h"

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_physics.h"

static double sample[400];

static void lines(uint32_t *mask, int n, unsigned every)
{
    memset(mask, 0, 32);
    for (int i = 0; i < n; i++)
        if (i % (int)every == 0)
            mask[i / 32] |= 1u << i % 32;
}

static struct ohm_array *array_of(const char *text, struct ohm_device_model **device)
{
    struct ohm_error err = {""};
    *device = ohm_device_load(text_file("pulses.txt", text), &err);
    if (!*device)
        print_error("%s\n", err.text);
    assert_non_null(*device);
    struct ohm_array *a = ohm_array_new(12, 20, *device, 7, 3, &err);
    assert_non_null(a);
    return a;
}

static void pulse(struct ohm_array *a, const struct ohm_array_pulse *p, const uint32_t *rows,
                  const uint32_t *cols)
{
    struct ohm_error err;
    const int failed = ohm_array_pulse(a, p, rows, cols, &err);
    CHECK_EQUAL(failed, 0);
}

/* Plus device. */
static void load(struct ohm_array *a, unsigned row, unsigned col, unsigned code)
{
    struct ohm_error err;
    const int failed = ohm_array_program(a, 0, row, col, code, &err);
    CHECK_EQUAL(failed, 0);
}

static struct ohm_array_pulse pulse_number(unsigned i)
{
    return (struct ohm_array_pulse){i % 3 ? OHM_CELL_PLUS : OHM_CELL_MINUS, i % 5 < 3,
                                    (i * 37) % 90, i % 16};
}

/* Pulses beside others, in another order of cells, or alone give the same state; reads change
 * nothing; loads count. */
static void test_replay(void **unused)
{
    (void)unused;
    struct ohm_device_model *device, *again;
    static const char *text = "device = rram-neurram\nswitching = reram-om\namp_gain = 0.01\n";
    struct ohm_array *a = array_of(text, &device), *b = array_of(text, &again);
    uint32_t rows[8], cols[8], row[8] = {0}, col[8] = {0};
    int32_t q[256];
    int16_t t[256] = {3, 0, 200};
    for (unsigned i = 0; i < 40; i++) {
        const struct ohm_array_pulse p = pulse_number(i);
        lines(rows, 12, 1 + i % 4);
        lines(cols, 20, 1 + i % 3);
        if (i == 20) {
            load(a, 4, 6, 9000);
            load(b, 4, 6, 9000);
        }
        pulse(a, &p, rows, cols);
        const struct ohm_read_key key = {i, 15, 0, 0};
        ohm_array_read(a, OHM_CELL_PLUS, t, &key, q);
        /* one cell after the other, the last first */
        for (int r = 11; r >= 0; r--)
            for (int c = 19; c >= 0; c--)
                if ((rows[0] >> r & 1) && (cols[0] >> c & 1)) {
                    row[0] = 1u << r;
                    col[0] = 1u << c;
                    pulse(b, &p, row, col);
                }
    }
    unsigned moved = 0;
    for (unsigned r = 0; r < 12; r++)
        for (unsigned c = 0; c < 20; c++)
            for (int sel = OHM_CELL_PLUS; sel <= OHM_CELL_MINUS; sel++) {
                const struct ohm_array_device x = ohm_array_device(a, sel, r, c),
                                              y = ohm_array_device(b, sel, r, c);
                CHECK(x.w == y.w && x.g == y.g && x.number == y.number && x.cycles == y.cycles);
                CHECK_EQUAL(ohm_array_geff(a, sel, r, c), ohm_array_geff(b, sel, r, c));
                moved += x.w != -1;
            }
    CHECK(moved > 250);
    CHECK_EQUAL(ohm_array_device(a, OHM_CELL_PLUS, 4, 6).number,
                ohm_array_device(a, OHM_CELL_PLUS, 4, 6).cycles + 1);
    ohm_array_free(a);
    ohm_array_free(b);
    ohm_device_free(device);
    ohm_device_free(again);
}

/* Each pulse of a device, and each device, has a draw of its own. */
static void test_draws(void **unused)
{
    (void)unused;
    struct ohm_device_model *device;
    struct ohm_array *a = array_of("device = ideal\nswitching = linear\nstep = 0.001\n"
                                   "amp_slope = 0\nstep_c2c = 0.5\n",
                                   &device);
    const struct ohm_array_pulse p = {OHM_CELL_PLUS, 1, 0, 0};
    uint32_t rows[8], cols[8];
    double was = 0;
    lines(rows, 12, 1);
    lines(cols, 20, 1);
    for (int n = 0; n < 400; n++) { /* 0 to 0.4: no bound is near */
        pulse(a, &p, rows, cols);
        const double now = ohm_array_device(a, OHM_CELL_PLUS, 3, 7).w;
        sample[n] = now - was;
        was = now;
    }
    struct moments pulses = moments_of(sample, 400);
    CHECK_NORMAL(pulses, 0.001, 0.0005, 0);
    for (unsigned i = 0; i < 240; i++)
        sample[i] = ohm_array_device(a, OHM_CELL_PLUS, i / 20, i % 20).w;
    struct moments devices = moments_of(sample, 240);
    CHECK_NORMAL(devices, 0.4, 0.0005 * 20, 0);
    ohm_array_free(a);
    ohm_device_free(device);
}

/* A load hits its target; a read of what pulses left is that conductance; age counts from the last
 * pulse. */
static void test_age(void **unused)
{
    (void)unused;
    struct ohm_device_model *device;
    struct ohm_array *a = array_of("device = pcm-hermes\nswitching = pcm-partial-reset\n", &device);
    const struct ohm_array_pulse p = {OHM_CELL_PLUS, 0, 60, 0};
    uint32_t rows[8] = {1}, cols[8] = {1};
    load(a, 0, 1, 8192);
    CHECK_EQUAL(ohm_array_device(a, OHM_CELL_PLUS, 0, 1).g, 20.7 / 2);
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_PLUS, 0, 1), 8192);
    ohm_array_set_time(a, 1000000);
    const double aged = ohm_array_device(a, OHM_CELL_PLUS, 0, 1).g;
    CHECK(aged < 20.7 / 2 * 0.8);
    pulse(a, &p, rows, cols);
    const struct ohm_array_device d = ohm_array_device(a, OHM_CELL_PLUS, 0, 0);
    CHECK_EQUAL(d.g, d.w * 20.7); /* young */
    CHECK_EQUAL(ohm_array_device(a, OHM_CELL_PLUS, 0, 1).g, aged);
    ohm_array_set_time(a, 2000000);
    CHECK(ohm_array_device(a, OHM_CELL_PLUS, 0, 0).g < d.g);
    ohm_array_free(a);
    ohm_device_free(device);
}

/* n half-selects move w by n·mean with spread √n, the same at every read of it; a full pulse makes
 * it final. */
static void test_half(void **unused)
{
    (void)unused;
    struct ohm_device_model *device;
    struct ohm_array *a = array_of("device = ideal\nswitching = linear\nstep = 0.01\n"
                                   "amp_slope = 0\nhalf_mean = 1e-4\nhalf_spread = 1e-3\n",
                                   &device);
    struct ohm_array_pulse p = {OHM_CELL_PLUS, 1, 0, 3};
    uint32_t rows[8] = {1}, cols[8] = {1};
    for (int i = 0; i < 25; i++)
        pulse(a, &p, rows, cols);
    /* 25 pulses of 4 units: row 0 and column 0 but their cell */
    int n = 0;
    for (unsigned r = 0; r < 12; r++)
        for (unsigned c = 0; c < 20; c++) {
            const struct ohm_array_device d = ohm_array_device(a, OHM_CELL_PLUS, r, c);
            CHECK_EQUAL(ohm_array_device(a, OHM_CELL_MINUS, r, c).g, 0);
            CHECK_EQUAL(d.g, ohm_array_device(a, OHM_CELL_PLUS, r, c).g);
            if (r && c)
                CHECK_EQUAL(d.g, 0);
            else if (r || c)
                sample[n++] = d.g / 20;
        }
    CHECK_NEAR(ohm_array_device(a, OHM_CELL_PLUS, 0, 0).g, 20, 1e-9);
    int above = 0;
    for (int i = 0; i < n; i++)
        above += sample[i] > 0.01; /* held to 0 below */
    CHECK(n == 30 && above > 5 && above < 25);
    const double before = ohm_array_device(a, OHM_CELL_PLUS, 0, 5).g / 20;
    cols[0] = 1 << 5;
    pulse(a, &p, rows, cols);
    CHECK_NEAR(ohm_array_device(a, OHM_CELL_PLUS, 0, 5).w, before + 0.04, 1e-12);
    ohm_array_free(a);
    ohm_device_free(device);
}

static void test_faults(void **unused)
{
    (void)unused;
    struct ohm_device_model *device;
    struct ohm_array *a = array_of("device = ideal\nswitching = linear\nendurance = 10\n"
                                   "endurance_spread = 0\nstuck_high = 0.2\nform_amp = 50\n",
                                   &device);
    const struct ohm_array_pulse weak = {OHM_CELL_PLUS, 1, 49, 0},
                                 strong = {OHM_CELL_PLUS, 1, 99, 0};
    uint32_t rows[8], cols[8];
    struct ohm_error err;
    lines(rows, 12, 1);
    lines(cols, 20, 1);
    pulse(a, &weak, rows, cols);
    int stuck = 0;
    for (unsigned r = 0; r < 12; r++)
        for (unsigned c = 0; c < 20; c++)
            stuck += ohm_array_device(a, OHM_CELL_PLUS, r, c).g == 20;
    CHECK(stuck > 20 && stuck < 80);
    for (int i = 0; i < 20; i++)
        pulse(a, &strong, rows, cols);
    for (unsigned r = 0; r < 12; r++)
        for (unsigned c = 0; c < 20; c++) {
            const struct ohm_array_device d = ohm_array_device(a, OHM_CELL_PLUS, r, c);
            CHECK_EQUAL(d.number, 21);
            /* formed by the second pulse; the tenth is the last that does anything */
            CHECK_EQUAL(d.w, 0.5 + 8 * 100 * 0x1p-14);
            CHECK(d.g == 20 || d.g == 20 * d.w);
        }
    ohm_array_free(a);
    ohm_device_free(device);

    /* what can't be pulsed says so */
    const struct ohm_array_pulse codes[] = {
        {OHM_CELL_BOTH, 1, 0, 0}, {3, 1, 0, 0}, {OHM_CELL_PLUS_MOST, 1, 0, 0}, {8, 1, 0, 0}};
    a = ohm_array_new(4, 4, &ohm_device_ideal, 1, 0, &err);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(ohm_array_pulse(a, &codes[i], rows, cols, &err), -1);
    ohm_array_free(a);
    a = ohm_array_new(4, 4, ohm_device_find("pcm-hermes"), 1, 0, &err);
    CHECK_EQUAL(ohm_array_pulse(a, &weak, rows, cols, &err), -1);
    CHECK(strstr(err.text, "switching") != NULL);
    ohm_array_free(a);
    static const char *const refused[] = {
        "device = ideal\nswitching = toy\n", "device = ideal\nswitching = linear\nd2d = 0.1\n",
        "device = ideal\nswitching = linear\nmelt = 3\n",
        "device = ideal\nswitching = linear\nswitching = linear\n", "switching = linear\n"};
    for (int i = 0; i < 5; i++) {
        CHECK(!ohm_device_load(text_file("pulses.txt", refused[i]), &err));
        CHECK(strstr(err.text, "pulses.txt") != NULL);
    }
}

/* One device of a parallel pair, and both. */
static void test_parallel(void **unused)
{
    (void)unused;
    struct ohm_error err;
    struct ohm_physics physics;
    ohm_physics_default(&physics);
    CHECK_EQUAL(ohm_physics_set(&physics, "cell", "4t4r", &err), 0);
    struct ohm_array *a = ohm_array_new(4, 4, &ohm_device_ideal, 1, 0, &err);
    CHECK_EQUAL(ohm_array_set_physics(a, &physics, &err), 0);
    const struct ohm_array_pulse both = {OHM_CELL_MINUS, 1, 99, 9},
                                 least_one = {OHM_CELL_MINUS_LEAST, 1, 49, 9};
    uint32_t rows[8] = {2}, cols[8] = {4};
    pulse(a, &both, rows, cols);
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_MINUS, 1, 2), 1000);
    CHECK_EQUAL(ohm_array_pulsed(a).devices, 2);
    pulse(a, &least_one, rows, cols);
    CHECK_EQUAL(ohm_array_pulsed(a).devices, 1);
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_MINUS, 1, 2), 1250);
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_MINUS_MOST, 1, 2), 500);
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_MINUS_LEAST, 1, 2), 750);
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_BOTH, 1, 2), -1250);
    const struct ohm_read_key key = {0, 15, 1, 0};
    int16_t t[256] = {0, 2};
    int32_t q[256];
    ohm_array_read(a, OHM_CELL_MINUS_LEAST, t, &key, q);
    CHECK_EQUAL(q[2], 1500);
    ohm_array_free(a);
}

/* V/3: the cells of the pulse's lines feel it, and all others feel it in the other direction, once
 * for each unit of width; what a cell got itself and what it felt do not count again. */
static void test_thirds(void **unused)
{
    (void)unused;
    struct ohm_device_model *device;
    struct ohm_array *a = array_of("device = ideal\nswitching = linear\nstep = 0.01\n"
                                   "amp_slope = 0\nhalf_mean = 1e-3\nhalf_scheme = V/3\n",
                                   &device);
    struct ohm_array_pulse p = {OHM_CELL_PLUS, 1, 0, 3};
    for (unsigned r = 0; r < 12; r++)
        for (unsigned c = 0; c < 20; c++)
            load(a, r, c, 8192);
    uint32_t rows[8] = {3}, cols[8] = {6}; /* rows 0, 1; columns 1, 2 */
    for (int i = 0; i < 5; i++)
        pulse(a, &p, rows, cols);
    const double range = 20, half = 0.5 * range;
    for (unsigned r = 0; r < 12; r++)
        for (unsigned c = 0; c < 20; c++) {
            const int on_row = r < 2, on_col = c == 1 || c == 2;
            const double moved = on_row && on_col   ? 5 * 4 * 0.01
                                 : on_row || on_col ? 5 * 4 * 1e-3
                                                    : -5 * 4 * 1e-3;
            CHECK_NEAR(ohm_array_device(a, OHM_CELL_PLUS, r, c).g, half + moved * range, 1e-9);
            CHECK_EQUAL(ohm_array_device(a, OHM_CELL_MINUS, r, c).g, 0);
        }
    /* a cell that was disturbed is pulsed, and again by others */
    rows[0] = 1 << 7;
    cols[0] = 1 << 9;
    pulse(a, &p, rows, cols);
    CHECK_NEAR(ohm_array_device(a, OHM_CELL_PLUS, 7, 9).w, 0.5 - 0.02 + 0.04, 1e-12);
    p.set = 0;
    rows[0] = 1;
    pulse(a, &p, rows, cols); /* its column */
    CHECK_NEAR(ohm_array_device(a, OHM_CELL_PLUS, 7, 9).g, (0.52 - 4e-3) * range, 1e-9);
    CHECK_NEAR(ohm_array_device(a, OHM_CELL_PLUS, 8, 8).g, (0.5 - 0.02 - 4e-3 + 4e-3) * range,
               1e-9);
    ohm_array_free(a);
    ohm_device_free(device);
}

/* V²·G·t at the mean of before and after, where the file says so; both devices of a pair. */
static void test_energy(void **unused)
{
    (void)unused;
    struct ohm_device_model *device;
    struct ohm_array *a = array_of("device = ideal\nswitching = linear\nstep = 0.25\nstep_c2c = 0\n"
                                   "step_d2d = 0\nupper_d2d = 0\nlower_d2d = 0\n"
                                   "pulse_energy = ohmic\nset_volt = 1.5\nset_volt_step = 0.1\n"
                                   "pulse_time = 1e-8\n",
                                   &device);
    const struct ohm_array_pulse p = {OHM_CELL_PLUS, 1, 5, 3};
    const uint32_t row[8] = {1}, cols[8] = {3};
    const double before = ohm_array_device(a, OHM_CELL_PLUS, 0, 0).g;
    pulse(a, &p, row, cols);
    const double after = ohm_array_device(a, OHM_CELL_PLUS, 0, 0).g;
    assert_true(after > before);
    /* two columns, 2 V, 40 ns, uS */
    CHECK_EQUAL(ohm_array_pulsed(a).known, 1);
    CHECK_EQUAL(ohm_array_pulsed(a).devices, 2);
    CHECK_EQUAL((double)ohm_array_pulsed(a).fj, floor(2 * 4 * (before + after) / 2 * 4e-8 * 1e9 + 0.5));
    ohm_array_free(a);
    ohm_device_free(device);
    a = array_of("device = ideal\nswitching = linear\n", &device);
    pulse(a, &p, row, cols);
    CHECK_EQUAL(ohm_array_pulsed(a).known, 0);
    CHECK_EQUAL(ohm_array_pulsed(a).devices, 2);
    ohm_array_free(a);
    ohm_device_free(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay), cmocka_unit_test(test_age),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_half),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_parallel), cmocka_unit_test(test_energy),
        cmocka_unit_test(test_thirds),
    };
    RUN_TESTS(tests);
}
