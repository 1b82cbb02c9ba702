/* SPDX-License-Identifier: Apache-2.0
 * Switching models: populations of devices against the published spreads, single pulses against
 * their equations, dynamics against finer integration. */
#include "devices_test.h"

#include "ohm_rng.h"
#include "ohm_switch.h"

enum { N = 40000 };
static double sample[N];

static double normal(uint64_t key, uint64_t i)
{
    return ohm_normal(ohm_key_at(key, i));
}

static struct ohm_switch model(const char *name)
{
    struct ohm_switch s;
    CHECK(ohm_switch_find(name) != NULL);
    ohm_switch_default(&s, ohm_switch_find(name));
    return s;
}

/* A pulse of the least amplitude and width. */
static double least(const struct ohm_switch *s, const struct ohm_switch_device *d, double w, int up,
                    double xi)
{
    const struct ohm_switch_pulse p = {up, 0, 0};
    return ohm_switch_pulse(s, d, w, 0, &p, xi);
}

static void test_names(void **unused)
{
    (void)unused;
    int n = 0;
    for (const char *const *name = ohm_switch_names(); *name; name++, n++) {
        const struct ohm_switch s = model(*name);
        CHECK(!strcmp(s.model->name, *name));
        CHECK(s.model->bound(&s, 0) < s.model->bound(&s, 1));
    }
    CHECK(n == 12 && !ohm_switch_find("reram"));
}

static void test_populations(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double step, spread, corrupt;
    } cases[] = {{"reram-om", 0.0949, 0.783, 0.135}, {"reram-hfo2", 0.4622, 0.7125, 0.1}};
    for (int k = 0; k < 2; k++) {
        const struct ohm_switch m = model(cases[k].name);
        int corrupt = 0;
        for (uint64_t i = 0; i < N; i++) {
            struct ohm_switch_device d = ohm_switch_device(&m, ohm_mix(i));
            corrupt += d.dead;
            sample[i] = log(d.up);
            CHECK(d.upper >= 0 && d.lower <= 0);
            if (d.dead)
                CHECK_EQUAL(least(&m, &d, 0.1, 1, 0.5), 0.1);
        }
        /* of the logarithm: the mean step is the published one */
        double s = sqrt(log(1 + cases[k].spread * cases[k].spread));
        struct moments logs = moments_of(sample, N);
        CHECK_NORMAL(logs, log(cases[k].step) - s * s / 2, s, 0);
        CHECK_NEAR(corrupt / (double)N, cases[k].corrupt, SIGMAS * sqrt(cases[k].corrupt / N));
    }
    const struct ohm_switch m = model("reram-om");
    for (uint64_t i = 0; i < N; i++)
        sample[i] = ohm_switch_device(&m, ohm_mix(i + N)).upper;
    /* |1 + 0.35 ξ|: folding at 2.9 sigma hardly counts */
    struct moments upper = moments_of(sample, N);
    CHECK_NEAR(upper.mean, 1, SIGMAS * 0.35 / sqrt(N) + 1e-3);
    CHECK_NEAR(upper.sigma, 0.35, SIGMAS * 0.35 / sqrt(2 * N) + 2e-3);
}

/* One step without noise, and the spread of one with it. */
static void check_step(const char *name, double w, int up, double mean, double sigma)
{
    const struct ohm_switch m = model(name);
    struct ohm_switch_device d = ohm_switch_device(&m, 1);
    /* the population's own means: asymmetry is at the fourth place of its table */
    d.up = m.own[0].value * (1 + m.own[3].value);
    d.down = d.down != 0 ? m.own[0].value * (1 - m.own[3].value) : 0;
    d.upper = m.model->bound(&m, 1);
    d.lower = m.model->bound(&m, 0);
    d.dead = 0;
    CHECK_NEAR(least(&m, &d, w, up, 0) - w, mean, 1e-9 + 1e-4 * fabs(mean));
    for (uint64_t i = 0; i < N; i++)
        sample[i] = least(&m, &d, w, up, normal(3, i)) - w;
    struct moments moments = moments_of(sample, N);
    CHECK_NORMAL(moments, mean, sigma, 1e-9 + 1e-4 * fabs(mean));
}

static void test_steps(void **unused)
{
    (void)unused;
    check_step("reram-om", 0.25, 1, 0.0949 * 0.75, 0.0949 * 0.75 * 0.416);
    check_step("reram-om", 0.25, 0, -0.0949 * 1.25, 0.0949 * 1.25 * 0.416);
    check_step("ecram-mo", 0, 1, 2.8214e-4, 2.8214e-4 * 2);
    check_step("ecram-mo", 0.58570, 1, 2.8214e-4 * (1 - 0.4152 / 2), 2.8214e-4 * 2);
    check_step("ecram-mo", -0.41430, 0, -2.8214e-4 * (1 - 0.7342 / 2), 2.8214e-4 * 2);
    /* z = −½w − ½: at 0, up 1 + 1.18445 e^(−2.5), down 1 + 0.081404 e^(2.5) */
    check_step("reram-es", 0, 1, 0.00135 * 1.259359 * 1.097225, 0.00135 * 1.259359 * 1.097225 * 5);
    check_step("reram-es", 0, 0, -0.00135 * 0.740641 * 1.991708, 0.00135 * 0.740641 * 1.991708 * 5);
    /* z = −w: at ½, 1 + 27.235 e^(−1.25) */
    check_step("pcm-one-sided", 0.5, 1, 0.01 * 8.803043, 0.01 * 8.803043 * 0.6);
    check_step("pcm-one-sided", 0.5, 0, 0, 0);

    const struct ohm_switch m = model("reram-om");
    for (uint64_t i = 0; i < N; i++)
        sample[i] = m.model->seen(&m, 0.3, normal(4, i));
    struct moments read = moments_of(sample, N);
    CHECK_NORMAL(read, 0.3, 1.41 * 0.0949, 0);
    /* linear steps of `ideal`: exact multiples of 2^-14 */
    const struct ohm_switch_device d = ohm_switch_device(&ohm_switch_ideal, 7);
    const struct ohm_switch_pulse p = {0, 99, 4};
    CHECK_EQUAL(ohm_switch_pulse(&ohm_switch_ideal, &d, 0.5, 0, &p, 3), 0.5 - 500 * 0x1p-14);
    CHECK_EQUAL(ohm_switch_pulse(&ohm_switch_ideal, &d, 499 * 0x1p-14, 0, &p, 3), 0);
}

/* Soft bounds: n pulses without noise leave (1 − step/bound)^n of the way; no pulse passes a bound.
 */
static void test_bounds(void **unused)
{
    (void)unused;
    struct ohm_switch m = model("reram-hfo2");
    struct ohm_switch_device d = {0.05, 0.08, 0.9, -1.1, HUGE_VAL, 0};
    double w = 0, noisy = 0;
    for (int n = 1; n <= 100; n++) {
        w = least(&m, &d, w, 1, 0);
        CHECK_NEAR(w, 0.9 * (1 - pow(1 - 0.05 / 0.9, n)), 1e-12);
        noisy = least(&m, &d, noisy, n % 3 != 0, normal(6, (uint64_t)n) * 30);
        CHECK(noisy <= 0.9 && noisy >= -1.1);
    }
    for (const char *const *name = ohm_switch_names(); *name; name++) {
        m = model(*name);
        for (uint64_t k = 0; k < 20; k++) {
            d = ohm_switch_device(&m, k);
            w = d.lower;
            for (unsigned n = 0; n < 60; n++) {
                const struct ohm_switch_pulse p = {n % 7 != 0, n % 50, n % 16};
                w = ohm_switch_pulse(&m, &d, w, n, &p, normal(7 + k, n));
                CHECK(w <= d.upper && w >= d.lower);
            }
        }
    }
}

/* Partial reset leaves what its amplitude says, whatever was there; set accumulates. */
static void test_pcm(void **unused)
{
    (void)unused;
    const struct ohm_switch m = model("pcm-partial-reset");
    struct ohm_switch_device d = ohm_switch_device(&m, 1);
    d.down = 0;
    const struct ohm_switch_pulse reset = {0, 100, 0};
    for (int from = 0; from <= 10; from++)
        CHECK_NEAR(ohm_switch_pulse(&m, &d, from / 10.0, 0, &reset, 0), pow(0.5, 1.5), 1e-12);
    for (uint64_t i = 0; i < N; i++)
        sample[i] = ohm_switch_pulse(&m, &d, 1, 0, &reset, normal(11, i));
    struct moments left = moments_of(sample, N);
    CHECK_NORMAL(left, pow(0.5, 1.5), 0.1 * pow(0.5, 1.5), 0);
    const struct ohm_switch_pulse none = {0, 200, 0};
    CHECK_EQUAL(ohm_switch_pulse(&m, &d, 1, 0, &none, 0), 0);
    for (uint64_t i = 0; i < N; i++)
        sample[i] = least(&m, &d, 0.5, 1, normal(12, i)) - 0.5;
    struct moments set = moments_of(sample, N);
    double step = 0.005 * (1 + 27.235 * exp(-2.5));
    CHECK_NORMAL(set, step, 0.6 * step, 0);
}

static void test_filament(void **unused)
{
    (void)unused;
    const struct ohm_switch m = model("filament"), *f = &m;
    const double gap_min = 0.2e-9, gap_max = 1.7e-9;
    CHECK_NEAR(ohm_switch_filament_current(f, 0.5e-9, 0.25), 1e-3 * exp(-2) * sinh(1), 1e-12);
    CHECK_NEAR(ohm_switch_filament_current(f, 0.5e-9, -0.25), -1e-3 * exp(-2) * sinh(1), 1e-12);
    /* no cancellation near 0 V */
    CHECK_NEAR(ohm_switch_filament_current(f, 1e-9, 1e-6) / 1e-6, 1e-3 * exp(-4) / 0.25, 1e-12);
    double gap = 1e-9, v = 1.2, current = ohm_switch_filament_current(f, gap, v),
           t = 298 + 2.1e3 * v * current, kt = 8.617333262e-5 * t;
    double rate = -10 * exp(-0.6 / kt) * sinh((16 - 0.8) * 0.25 / 12 * v / kt);
    CHECK_NEAR(ohm_switch_filament_rate(f, gap, v), rate, 1e-9 * fabs(rate));
    CHECK(ohm_switch_filament_rate(f, gap, 1) < 0 && ohm_switch_filament_rate(f, gap, -1) > 0);
    CHECK_EQUAL(ohm_switch_filament_gap(f, gap, 0, 1), gap);
    /* set, then reset, against plain steps a thousand times finer */
    static const struct {
        double gap, v, seconds;
    } pulses[] = {
        {1.6e-9, 1.3, 5e-7}, {1.6e-9, 1.5, 3e-8}, {1.0e-9, -1.1, 1e-7}, {1.0e-9, 0.9, 1e-7}};
    for (size_t i = 0; i < sizeof pulses / sizeof pulses[0]; i++) {
        double fine = pulses[i].gap,
               got = ohm_switch_filament_gap(f, pulses[i].gap, pulses[i].v, pulses[i].seconds);
        for (int k = 0; k < 200000; k++)
            fine = fmin(gap_max,
                        fmax(gap_min, fine
                                             + ohm_switch_filament_rate(f, fine, pulses[i].v)
                                                   * pulses[i].seconds / 200000));
        print_message("filament %.2f nm, %+.1f V, %g s: gap %.4f nm, by fine steps %.4f nm\n",
                      pulses[i].gap * 1e9, pulses[i].v, pulses[i].seconds, got * 1e9, fine * 1e9);
        CHECK_NEAR(got, fine, 0.002e-9);
        CHECK(fabs(got - pulses[i].gap) > 0.002e-9); /* the pulse did something */
    }
    CHECK_EQUAL(ohm_switch_filament_gap(f, 1e-9, 3, 1), gap_min);
    CHECK_EQUAL(ohm_switch_filament_gap(f, 1e-9, -3, 1), gap_max);
}

static void test_vteam(void **unused)
{
    (void)unused;
    const struct ohm_switch v = model("vteam"), *m = &v;
    CHECK_EQUAL(ohm_switch_vteam_rate(m, 0.02), 0);
    CHECK_EQUAL(ohm_switch_vteam_rate(m, -0.2), 0);
    CHECK_NEAR(ohm_switch_vteam_rate(m, 0.06), 5e-4 * 2, 1e-15);
    CHECK_NEAR(ohm_switch_vteam_rate(m, -0.6), -10 * 8, 1e-9);
    /* volts of the table: 1 V and more; reset moves 0.01·49 of it in 1 ms */
    const struct ohm_switch_device d = ohm_switch_device(m, 3);
    struct ohm_param common[OHM_SWITCH_COMMON_COUNT + 1];
    memcpy(common, m->common, sizeof common);
    common[OHM_SWITCH_PULSE_TIME].value = 1e-3;
    const struct ohm_switch slow = {m->model, common, m->own};
    const struct ohm_switch_pulse reset = {0, 0, 1}, set = {1, 0, 0};
    CHECK_NEAR(ohm_switch_pulse(&slow, &d, 0.9, 0, &reset, 0), 0.9 - 5e-4 * 49 * 2e-3, 1e-12);
    CHECK_NEAR(ohm_switch_pulse(&slow, &d, 0.1, 0, &set, 0), 0.1 + 10 * 64 * 1e-3, 1e-9);
}

static void test_data_driven(void **unused)
{
    (void)unused;
    static const struct {
        double r, v, seconds;
    } pulses[] = {{3000, 0.8, 1e-6}, {3000, 1.0, 1e-3}, {1500, -1.0, 1e-3}, {1200, -0.6, 1e-4}};
    for (size_t i = 0; i < sizeof pulses / sizeof pulses[0]; i++) {
        double v = pulses[i].v, fine = pulses[i].r,
               end = v > 0 ? 2699.2 - 672.9 * v : 649.4 - 1474.3 * v;
        double s = (v > 0 ? 600.1 : -34.60) * (exp(fabs(v) / (v > 0 ? -0.02120 : -0.05344)) - 1);
        int steps = 2000000;
        for (int k = 0; k < steps; k++)
            fine += s * (end - fine) * (end - fine) * pulses[i].seconds / steps;
        double got = ohm_switch_data_resistance(pulses[i].r, v, pulses[i].seconds);
        CHECK_NEAR(got, fine, 1e-3 * fabs(fine - pulses[i].r) + 1e-3);
        CHECK((got - pulses[i].r) * v < 0); /* positive voltage lowers R */
    }
    /* already past the end of that voltage */
    CHECK_EQUAL(ohm_switch_data_resistance(1900, 1.0, 1), 1900);
    CHECK_EQUAL(ohm_switch_data_resistance(1500, 0, 1), 1500);
}

static void test_neurosim(void **unused)
{
    (void)unused;
    const struct ohm_switch m = model("neurosim");
    const struct ohm_switch_device d = ohm_switch_device(&m, 1);
    const double whole = 1 - exp(-64 / 40.0);
    double up = 0, down = 1;
    for (int n = 1; n <= 64; n++) {
        up = least(&m, &d, up, 1, 0);
        down = least(&m, &d, down, 0, 0);
        CHECK_NEAR(up, (1 - exp(-n / 40.0)) / whole, 1e-12);
        CHECK_NEAR(down, 1 - (1 - exp(-n / 40.0)) / whole, 1e-12);
    }
}

/* Mean and spread of half-selects, away from the bounds. */
static void test_half_sizes(void **unused)
{
    (void)unused;
    struct ohm_switch m = model("linear");
    struct ohm_param common[OHM_SWITCH_COMMON_COUNT + 1];
    memcpy(common, m.common, sizeof common);
    common[OHM_SWITCH_HALF_MEAN].value = 1e-4;
    common[OHM_SWITCH_HALF_SPREAD].value = 1e-3;
    m.common = common;
    const struct ohm_switch_device d = ohm_switch_device(&m, 0);
    for (uint32_t n = 1; n <= 1000; n *= 10)
        for (int set = 0; set < 2; set++) {
            const uint32_t counts[2] = {set ? 0 : n, set ? n : 0};
            for (uint64_t i = 0; i < N; i++) {
                const double xi[2] = {normal(21, i), normal(22, i)};
                sample[i] = ohm_switch_half(&m, &d, 0.5, counts, xi) - 0.5;
            }
            struct moments moments = moments_of(sample, N);
            CHECK_NORMAL(moments, (set ? 1 : -1) * 1e-4 * n, 1e-3 * sqrt(n), 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_populations),
        cmocka_unit_test(test_steps),       cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_filament),    cmocka_unit_test(test_vteam),
        cmocka_unit_test(test_data_driven), cmocka_unit_test(test_neurosim),
        cmocka_unit_test(test_pcm),         cmocka_unit_test(test_half_sizes),
    };
    RUN_TESTS(tests);
}
