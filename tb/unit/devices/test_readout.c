/* SPDX-License-Identifier: Apache-2.0
 * The readout: thresholds found from outside by bisection of the charge, against the equations of
 * ohm_readout.h; integrators against a tick-by-tick sum; the macro's pins against both. */
#include "devices_test.h"

#include "ohm_array.h"
#include "ohm_converter.h"
#include "ohm_device.h"
#include "ohm_macro.h"
#include "ohm_map.h"
#include "ohm_readout.h"
#include "ohm_rng.h"

#define LSB 100000.0

static uint64_t state = 1;

static int draw(int low, int high)
{
    return low + (int)(ohm_key_at(77, state++) % (uint64_t)(high - low + 1));
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

static struct ohm_readout *new_readout(const struct ohm_physics *p, unsigned macro)
{
    struct ohm_error err = {""};
    struct ohm_readout *r = ohm_readout_new(p, 9, macro, 0, 256, &err);
    assert_non_null(r);
    return r;
}

static int32_t trip(const struct ohm_readout *r, unsigned col, int32_t first, uint32_t seq,
                    double scale, int32_t charge)
{
    struct ohm_conversion c = {LSB, scale, first, ohm_readout_key(r, seq, 0, 0), 0, 0};
    return ohm_readout_trip(r, &c, col, charge);
}

/* Largest charge, in LSB of the conversion, that trips at step n or before. */
static double threshold(const struct ohm_readout *r, unsigned col, int32_t first, int32_t n,
                        uint32_t seq, double scale)
{
    double low = -3000 * LSB * scale, high = 3000 * LSB * scale;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (trip(r, col, first, seq, scale, (int32_t)middle) <= n)
            low = middle;
        else
            high = middle;
    }
    return (low + 1) / (LSB * scale); /* the comparison is strict, so the edge is the next unit */
}

static void test_ideal(void **unused)
{
    (void)unused;
    struct ohm_physics p;
    ohm_physics_default(&p);
    struct ohm_readout *r = new_readout(&p, 0);
    for (int i = 0; i < 20000; i++) {
        int32_t lsb = draw(1, 200000), first = draw(-600, 10),
                q = (int32_t)(((int64_t)draw(-4000, 4000) * lsb) / 2) + draw(-1, 1);
        unsigned rs = (unsigned)draw(0, 3);
        struct ohm_conversion c = {lsb, (double)(1 << rs), first, 0, 0, 0};
        /* the numeric contract */
        double exact = floor((2.0 * q + ldexp(lsb, (int)rs)) / ldexp(lsb, (int)rs + 1));
        double expected = exact < first                  ? first
                          : exact > OHM_READOUT_STEP_MAX ? OHM_READOUT_STEP_MAX
                                                         : exact;
        CHECK_EQUAL(ohm_readout_trip(r, &c, (unsigned)draw(0, 255), q), expected);
        CHECK_EQUAL(ohm_readout_integrated(r, 3, q), q);
    }
    for (int t = 0; t <= 255; t++)
        CHECK_EQUAL(ohm_readout_weight(r, t, 255), t);
    ohm_readout_free(r);
}

static void test_ramp(void **unused)
{
    (void)unused;
    struct ohm_physics bow = PHYSICS("ramp_bow", "3", "ramp_span", "100");
    struct ohm_readout *r = new_readout(&bow, 0);
    static const int steps[] = {-150, -100, -50, 0, 1, 50, 100, 150};
    for (int i = 0; i < 8; i++)
        for (int rs = 0; rs < 3; rs++) /* bow(n) = 3(1 − (n/100)²), in steps at any scale */
            CHECK_NEAR(threshold(r, 7, -1000, steps[i], 1, 1 << rs),
                       steps[i] + 0.5 + 3 * (1 - steps[i] * steps[i] / 1e4), 2e-5);
    ohm_readout_free(r);

    struct ohm_physics dnl = PHYSICS("ramp_step", "0.1");
    static double step[40 * 200], slope[400];
    int n = 0;
    for (unsigned macro = 0; macro < 40; macro++) {
        r = new_readout(&dnl, macro);
        double last = threshold(r, 0, -1000, -100, 1, 1);
        /* one ramp for all columns and reads */
        CHECK_NEAR(threshold(r, 99, -1000, -100, 5, 1), last, 1e-9);
        for (int s = -99; s <= 100; s++, n++) {
            double next = threshold(r, 0, -1000, s, 1, 1);
            step[n] = next - last;
            last = next;
        }
        ohm_readout_free(r);
    }
    struct moments m = moments_of(step, n);
    CHECK_NORMAL(m, 1, 0.1, 1e-4);

    struct ohm_physics spread = PHYSICS("reference_spread", "0.02");
    for (unsigned macro = 0; macro < 400; macro++) {
        r = new_readout(&spread, macro);
        slope[macro] = threshold(r, 0, -1000, 100, 1, 1) / 100.5;
        CHECK_NEAR(threshold(r, 0, -1000, -80, 1, 1) / -79.5, slope[macro], 1e-6);
        ohm_readout_free(r);
    }
    m = moments_of(slope, 400);
    CHECK_NORMAL(m, 1, 0.02, 1e-5);
}

static void test_comparators(void **unused)
{
    (void)unused;
    struct ohm_physics p = PHYSICS("offset", "0.7");
    static double offset[2560], noise[3000];
    int n = 0;
    for (unsigned macro = 0; macro < 10; macro++) {
        struct ohm_readout *r = new_readout(&p, macro);
        for (unsigned c = 0; c < 256; c++, n++) {
            offset[n] = threshold(r, c, -1000, 5, 1, 1) - 5.5;
            if (c < 20) { /* the same at any step and read; in LSB of scale 0 */
                CHECK_NEAR(threshold(r, c, -1000, -60, 2, 1) + 59.5, offset[n], 2e-5);
                CHECK_NEAR((threshold(r, c, -1000, 5, 2, 4) - 5.5) * 4, offset[n], 2e-4);
            }
        }
        ohm_readout_free(r);
    }
    struct moments m = moments_of(offset, n);
    CHECK_NORMAL(m, 0, 0.7, 1e-4);

    struct ohm_physics q = PHYSICS("comparator_noise", "0.4");
    struct ohm_readout *r = new_readout(&q, 3);
    for (uint32_t i = 0; i < 3000; i++) {
        noise[i] = threshold(r, 11, -1000, 5, i, 1) - 5.5;
        if (i < 20) /* once a conversion: the same at every step of it */
            CHECK_NEAR(threshold(r, 11, -1000, 90, i, 1) - 90.5, noise[i], 2e-5);
    }
    m = moments_of(noise, 3000);
    CHECK_NORMAL(m, 0, 0.4, 1e-4);
    double product = 0;
    for (int i = 0; i + 1 < 3000; i++)
        product += noise[i] * noise[i + 1] / 0.16;
    CHECK_NEAR(product / 3000, 0, SIGMAS / sqrt(3000));
    ohm_readout_free(r);
}

static void test_droop(void **unused)
{
    (void)unused;
    struct ohm_physics p = PHYSICS("droop", "1e-4");
    struct ohm_readout *r = new_readout(&p, 0);
    for (int i = 0; i < 200; i++) {
        int first = draw(-1000, 0), n = draw(first + 1, 900);
        double exact = (n + 0.5) / (1 - 1e-4 * (n - first)); /* Q(1 − d(n − n0)) = n + ½ */
        double found = threshold(r, 0, first, n, 1, 1);
        CHECK_NEAR(found, exact, 3e-5);
    }
    ohm_readout_free(r);
}

/* Bisection of the ramp against a walk up every step, with everything on. */
static void test_walk(void **unused)
{
    (void)unused;
    struct ohm_physics p = PHYSICS("droop", "1e-4", "ramp_step", "0.5", "ramp_bow", "-20", "offset",
                                   "3", "comparator_noise", "2", "reference_spread", "0.1");
    int different = 0;
    for (unsigned macro = 0; macro < 4; macro++) {
        struct ohm_readout *r = new_readout(&p, macro);
        for (int i = 0; i < 3000; i++) {
            int first = draw(-1023, 200), q = draw(-2000, 2000) * 60000;
            unsigned col = (unsigned)draw(0, 255);
            int32_t got = trip(r, col, first, (uint32_t)i, 1, q), n = first;
            /* a ramp that begins at n and trips at once with the charge of then: cmp(n) = 1 */
            for (; n < OHM_READOUT_STEP_MAX; n++)
                if (trip(r, col, n, (uint32_t)i, 1, (int32_t)floor(q * (1 - 1e-4 * (n - first))))
                    == n)
                    break;
            CHECK(abs(got - n) <= 1); /* the charge of then is rounded to the unit */
            different += got != n;
            CHECK(got >= first);
        }
        ohm_readout_free(r);
    }
    CHECK(different <= 3);
}

static void test_integrator(void **unused)
{
    (void)unused;
    struct ohm_physics p = PHYSICS("leak", "700");
    struct ohm_readout *r = new_readout(&p, 0);
    for (int i = 0; i < 300; i++) {
        int ticks = draw(1, 255), t = draw(0, ticks);
        double sum = 0; /* e^(−(N−s)/τ) over s = 0 … T, by a fine midpoint rule */
        for (int k = 0; k < 100 * t; k++)
            sum += exp(-(ticks - (k + 0.5) / 100) / 700) / 100;
        CHECK_NEAR(ohm_readout_weight(r, t, ticks), sum, 1e-6 * ticks);
    }
    CHECK(ohm_readout_leaks(r));
    ohm_readout_free(r);

    struct ohm_physics q = PHYSICS("gain", "0.9", "gain_spread", "0.05", "saturation", "100");
    r = new_readout(&q, 0);
    double gain[256];
    for (unsigned c = 0; c < 256; c++) {
        gain[c] = ohm_readout_integrated(r, c, 1e6) / 1e6;
        CHECK_NEAR(ohm_readout_integrated(r, c, -500000), -500000 * gain[c], 1);
        CHECK_EQUAL(ohm_readout_integrated(r, c, 1e9), 100 * 16384);
        CHECK_EQUAL(ohm_readout_integrated(r, c, -1e9), -100 * 16384);
    }
    struct moments m = moments_of(gain, 256);
    CHECK_NORMAL(m, 0.9, 0.045, 1e-5);
    ohm_readout_free(r);
    struct ohm_physics open = PHYSICS("gain", "10");
    r = new_readout(&open, 0);
    CHECK_EQUAL(ohm_readout_integrated(r, 0, 2e9), INT32_MAX);
    CHECK_EQUAL(ohm_readout_integrated(r, 0, -2e9), INT32_MIN);
    ohm_readout_free(r);
}

/* Leak inside an array: what the integer kernel makes of it, against the sum in doubles. */
static void test_leak_of_array(void **unused)
{
    (void)unused;
    enum { ROWS = 30, COLS = 20 };
    struct ohm_physics p = PHYSICS("leak", "300");
    struct ohm_error err;
    struct ohm_array *a = ohm_array_new(ROWS, COLS, ohm_device_find("ideal"), 1, 0, &err);
    CHECK(!ohm_array_set_physics(a, &p, &err));
    for (unsigned i = 0; i < ROWS * COLS * 2; i++)
        ohm_array_program(a, i % 2, i / 2 / COLS, i / 2 % COLS, (unsigned)draw(0, 16384), NULL);
    for (int round = 0; round < 30; round++) {
        int ticks = draw(1, 255);
        int16_t t[ROWS];
        int32_t q[COLS];
        for (int r = 0; r < ROWS; r++)
            t[r] = (int16_t)draw(-ticks, ticks);
        enum ohm_cell_sel sel = (enum ohm_cell_sel)(round % 3);
        ohm_array_read(a, sel, t, &(struct ohm_read_key){0, 0, 0, 0}, q);
        ohm_array_integrate(a, sel, 0, t, ticks, q);
        for (unsigned c = 0; c < COLS; c++) {
            double sum = 0;
            for (unsigned r = 0; r < ROWS; r++) {
                double weight = 300 * (exp((abs(t[r]) - ticks) / 300.0) - exp(-ticks / 300.0));
                sum += (t[r] < 0 ? -weight : weight) * ohm_array_geff(a, sel, r, c);
            }
            CHECK_NEAR(q[c], sum, 0.5 + ROWS * 16384 * 0.5 / 65536);
        }
    }
    ohm_array_free(a);
}

/* Pulses in, comparators out: the macro trips where array and readout say. */
static void test_macro(void **unused)
{
    (void)unused;
    enum { ROWS = 40, COLS = 33 };
    struct ohm_physics p =
        PHYSICS("droop", "5e-5", "ramp_step", "0.2", "ramp_bow", "4", "offset", "1",
                "comparator_noise", "0.5", "reference_spread", "0.03", "leak", "900", "gain_spread",
                "0.02", "saturation", "3000", "r_wl", "1", "r_bl", "1", "noise", "cell");
    for (int round = 0; round < 20; round++) {
        struct ohm_error err;
        const struct ohm_device_model *d = ohm_device_find(round % 2 ? "pcm-hermes" : "rram-cmo");
        struct ohm_macro *m = ohm_macro_new(ROWS, COLS, d, 21, 17, OHM_TRIP_PHYSICS, &err);
        struct ohm_array *a = ohm_array_new(ROWS, COLS, d, 21, 17, &err);
        CHECK(!ohm_macro_set_physics(m, &p, &err) && !ohm_array_set_physics(a, &p, &err));
        for (unsigned r = 0; r < ROWS; r++)
            for (unsigned c = 0; c < COLS; c += 2)
                for (unsigned dev = 0; dev < 2; dev++) {
                    unsigned low = (unsigned)draw(0, 16384), high = (unsigned)draw(0, 16384);
                    ohm_macro_prog(m, dev, r, c, low | high << 16);
                    ohm_array_program(a, dev, r, c, low, NULL);
                    if (c + 1 < COLS)
                        ohm_array_program(a, dev, r, c + 1, high, NULL);
                }
        unsigned ticks = (1u << draw(3, 8)) - 1, rs = (unsigned)draw(0, 1);
        uint32_t lsb = (uint32_t)draw(2000, 40000);
        ohm_macro_cfg(m, OHM_REG_MACRO_LSB, lsb);
        ohm_macro_cfg(m, OHM_REG_MACRO_TIME, 3600);
        ohm_array_set_time(a, 3600);
        int16_t t[ROWS];
        struct ohm_read_key key = {(uint32_t)round, 0, 2, 0};
        ohm_macro_begin(m, &key, OHM_CELL_BOTH);
        for (int r = 0; r < ROWS; r++)
            t[r] = (int16_t)draw(0, (int)ticks);
        for (unsigned tick = 0; tick < ticks; tick++) {
            uint32_t on[2] = {0}, neg[2] = {0};
            for (int r = 0; r < ROWS; r++)
                on[r / 32] |= (uint32_t)((int)tick < t[r]) << r % 32;
            ohm_macro_rows(m, tick, on, neg);
        }
        ohm_macro_sample(m, rs, ticks);
        int32_t q[COLS], first = -draw(1, 300);
        ohm_array_read(a, OHM_CELL_BOTH, t, &key, q);
        ohm_array_integrate(a, OHM_CELL_BOTH, 0, t, (int)ticks, q);
        const struct ohm_readout *readout = ohm_array_readout(a, 0);
        struct ohm_conversion c = {
            lsb, (double)(1u << rs), first, ohm_readout_key(readout, key.seq, 0, key.slice), 0, 0};
        uint32_t cmp[2];
        int32_t change = INT32_MIN;
        for (int32_t step = first; step <= 400; step++) {
            if (step >= change)
                change = ohm_macro_cmp(m, step, cmp);
            for (unsigned col = 0; col < COLS; col++)
                CHECK((cmp[col / 32] >> col % 32 & 1)
                      == (ohm_readout_trip(readout, &c, col, q[col]) <= step));
        }
        CHECK(!ohm_macro_fault(m));
        ohm_macro_free(m);
        ohm_array_free(a);
    }
}

/* Oscillators: what the macro counts in each tick is what the charge so far makes, and with the
 * rest it is the code of the read. */
static void test_counts(void **unused)
{
    (void)unused;
    enum { ROWS = 24, COLS = 17, LIMIT = 512 };
    struct ohm_physics p = PHYSICS("offset", "1", "comparator_noise", "0.7", "reference_spread",
                                   "0.03", "gain_spread", "0.02");
    for (int round = 0; round < 20; round++) {
        struct ohm_error err;
        const struct ohm_device_model *d = ohm_device_find(round % 2 ? "pcm-hermes" : "ideal");
        struct ohm_macro *m = ohm_macro_new(ROWS, COLS, d, 21, 17, OHM_TRIP_PHYSICS, &err);
        struct ohm_array *a = ohm_array_new(ROWS, COLS, d, 21, 17, &err);
        ohm_macro_set_converter(m, &(struct ohm_config){.adc = OHM_ADC_CCO});
        if (round % 2)
            CHECK(!ohm_macro_set_physics(m, &p, &err) && !ohm_array_set_physics(a, &p, &err));
        for (unsigned r = 0; r < ROWS; r++)
            for (unsigned c = 0; c < COLS; c++)
                for (unsigned dev = 0; dev < 2; dev++) {
                    const unsigned code = (unsigned)draw(0, 16384);
                    ohm_array_program(a, dev, r, c, code, NULL);
                    /* the next column too, which its own turn programs again */
                    ohm_macro_prog(m, dev, r, c, code);
                    if (c + 1 < COLS)
                        ohm_array_program(a, dev, r, c + 1, 0, NULL);
                }
        const unsigned ticks = (1u << draw(1, 8)) - 1, rs = (unsigned)draw(0, 1);
        const uint32_t lsb = (uint32_t)draw(2000, 90000);
        const double step = ldexp(lsb, (int)rs);
        int16_t t[ROWS], count[COLS];
        int32_t sum[COLS] = {0}, q[COLS];
        const struct ohm_read_key key = {(uint32_t)round, 0, 3, 0};
        ohm_macro_cfg(m, OHM_REG_MACRO_LSB, lsb);
        ohm_macro_begin(m, &key, OHM_CELL_BOTH);
        for (int r = 0; r < ROWS; r++)
            t[r] = (int16_t)draw(-(int)ticks, (int)ticks);
        for (unsigned tick = 0; tick < ticks; tick++) {
            uint32_t on = 0, neg = 0;
            for (int r = 0; r < ROWS; r++) {
                on |= (uint32_t)((int)tick < abs(t[r])) << r;
                neg |= (uint32_t)(t[r] < 0) << r;
            }
            ohm_macro_rows(m, tick, &on, &neg);
            ohm_macro_count(m, rs, LIMIT, count);
            for (unsigned c = 0; c < COLS; c++) {
                double charge = 0;
                for (unsigned r = 0; r < ROWS; r++)
                    charge += (t[r] < 0 ? -1 : 1) * fmin(abs(t[r]), tick + 1)
                              * ohm_array_geff(a, OHM_CELL_BOTH, r, c);
                const double code = floor((2 * charge + step) / (2 * step));
                sum[c] += count[c];
                CHECK_EQUAL(sum[c], code < -LIMIT ? -LIMIT : code > LIMIT ? LIMIT : code);
            }
        }
        ohm_macro_sample(m, rs, ticks);
        ohm_macro_convert(m, LIMIT, count);
        ohm_array_read(a, OHM_CELL_BOTH, t, &key, q);
        ohm_array_integrate(a, OHM_CELL_BOTH, 0, t, (int)ticks, q);
        const struct ohm_readout *readout = ohm_array_readout(a, 0);
        for (unsigned c = 0; c < COLS; c++) {
            struct ohm_conversion conversion = {
                lsb,  ldexp(1, (int)rs),
                -600, readout ? ohm_readout_key(readout, key.seq, 0, key.slice) : 0,
                1,    0};
            const double code = readout ? ohm_readout_trip(readout, &conversion, c, q[c])
                                        : floor((2.0 * q[c] + step) / (2 * step));
            CHECK_EQUAL(sum[c] + count[c], code < -LIMIT ? -LIMIT : code > LIMIT ? LIMIT : code);
        }
        CHECK(!ohm_macro_fault(m));
        ohm_macro_free(m);
        ohm_array_free(a);
    }
}

/* Converters without a ramp: the columns of one share its offset, and droop for as long as they
 * wait; what oscillators cannot have is refused. */
static void test_numbers(void **unused)
{
    (void)unused;
    enum { MUX = 8, CYCLES = 5 };
    struct ohm_error err = {""};
    struct ohm_physics p = PHYSICS("droop", "1e-4", "offset", "3", "ramp_step", "0.1");
    struct ohm_readout *r = new_readout(&p, 2);
    double offset[256 / MUX];
    for (unsigned c = 0; c < 256; c++) {
        double edge[2];
        for (int i = 0; i < 2; i++) { /* thresholds of codes 0 and 400 */
            int32_t low = -3000 * LSB, high = 3000 * LSB;
            while (high - low > 1) {
                const int32_t middle = low + (high - low) / 2;
                const struct ohm_conversion conversion = {
                    LSB, 1, -600, ohm_readout_key(r, 7, 0, 0), MUX, CYCLES};
                if (ohm_readout_trip(r, &conversion, c, middle) <= 400 * i)
                    low = middle;
                else
                    high = middle;
            }
            /* what is left of it when it is decided */
            edge[i] = (low + 1) * (1 - 1e-4 * CYCLES * (c % MUX + 1)) / LSB;
        }
        if (c % MUX == 0)
            offset[c / MUX] = edge[0];
        CHECK_NEAR(edge[0], offset[c / MUX], 2.0 / LSB);
        CHECK_NEAR(edge[1] - edge[0], 400, 0.1 * 20 * 4); /* the ladder's steps add up */
        CHECK(c < MUX || c % MUX || fabs(offset[c / MUX] - offset[c / MUX - 1]) > 1e-3);
    }
    ohm_readout_free(r);
    const struct ohm_config ramp = {.adc = OHM_ADC_RAMP}, cco = {.adc = OHM_ADC_CCO},
                            shared = {.adc = OHM_ADC_SHARED};
    CHECK(!ohm_converter_check(&ramp, &p, &err) && !ohm_converter_check(&shared, &p, &err));
    CHECK(ohm_converter_check(&cco, &p, &err) && strstr(err.text, "droop = 0.0001, expected 0"));
    struct ohm_physics q = PHYSICS("offset", "3", "comparator_noise", "1", "gain", "0.9");
    CHECK(!ohm_converter_check(&cco, &q, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ideal),         cmocka_unit_test(test_ramp),
        cmocka_unit_test(test_comparators),   cmocka_unit_test(test_droop),
        cmocka_unit_test(test_walk),          cmocka_unit_test(test_integrator),
        cmocka_unit_test(test_leak_of_array), cmocka_unit_test(test_macro),
        cmocka_unit_test(test_counts),        cmocka_unit_test(test_numbers),
    };
    RUN_TESTS(tests);
}
