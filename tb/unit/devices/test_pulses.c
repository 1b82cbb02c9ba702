/* SPDX-License-Identifier: Apache-2.0
 * Pulse models: populations of devices against the published spreads, single steps against their
 * equations, dynamics against finer integration. */
#include "devices_test.h"

#include "ohm_pulse.h"
#include "ohm_rng.h"

enum { N = 40000 };
static double sample[N];

static double normal(uint64_t key, uint64_t i)
{
    return ohm_normal(ohm_key_at(key, i));
}

static void test_names(void **unused)
{
    (void)unused;
    int n = 0;
    for (const char *const *name = ohm_pulse_names(); *name; name++, n++)
        CHECK(ohm_pulse_find(*name) && !strcmp(ohm_pulse_find(*name)->name, *name));
    CHECK(n == 5 && !ohm_pulse_find("reram"));
}

static void test_populations(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double step, spread, corrupt;
    } cases[] = {{"reram-om", 0.0949, 0.783, 0.135}, {"reram-hfo2", 0.4622, 0.7125, 0.1}};
    for (int k = 0; k < 2; k++) {
        const struct ohm_pulse_model *m = ohm_pulse_find(cases[k].name);
        int corrupt = 0;
        for (uint64_t i = 0; i < N; i++) {
            struct ohm_pulse_device d = ohm_pulse_device(m, ohm_mix(i));
            corrupt += d.stuck;
            sample[i] = log(d.step_up);
            CHECK(d.upper >= 0 && d.lower <= 0);
            if (d.stuck)
                CHECK_EQUAL(ohm_pulse_apply(m, &d, 0.1, 1, 0.5), 0.1);
        }
        /* of the logarithm: the mean step is the published one */
        double s = sqrt(log(1 + cases[k].spread * cases[k].spread));
        struct moments logs = moments_of(sample, N);
        CHECK_NORMAL(logs, log(cases[k].step) - s * s / 2, s, 0);
        CHECK_NEAR(corrupt / (double)N, cases[k].corrupt, SIGMAS * sqrt(cases[k].corrupt / N));
    }
    const struct ohm_pulse_model *m = ohm_pulse_find("reram-om");
    for (uint64_t i = 0; i < N; i++)
        sample[i] = ohm_pulse_device(m, ohm_mix(i + N)).upper;
    /* |1 + 0.35 ξ|: folding at 2.9 sigma hardly counts */
    struct moments upper = moments_of(sample, N);
    CHECK_NEAR(upper.mean, 1, SIGMAS * 0.35 / sqrt(N) + 1e-3);
    CHECK_NEAR(upper.sigma, 0.35, SIGMAS * 0.35 / sqrt(2 * N) + 2e-3);
}

/* One step without noise, and the spread of one with it. */
static void check_step(const char *name, double w, int up, double mean, double sigma)
{
    const struct ohm_pulse_model *m = ohm_pulse_find(name);
    struct ohm_pulse_device d = {m->step * (1 + m->asymmetry),
                                 m->one_sided ? 0 : m->step * (1 - m->asymmetry), m->upper,
                                 m->lower, 0};
    CHECK_NEAR(ohm_pulse_apply(m, &d, w, up, 0) - w, mean, 1e-9 + 1e-4 * fabs(mean));
    for (uint64_t i = 0; i < N; i++)
        sample[i] = ohm_pulse_apply(m, &d, w, up, normal(3, i)) - w;
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

    const struct ohm_pulse_model *m = ohm_pulse_find("reram-om");
    struct ohm_pulse_device d = ohm_pulse_device(m, 5);
    for (uint64_t i = 0; i < N; i++)
        sample[i] = ohm_pulse_read(m, &d, 0.3, normal(4, i));
    struct moments read = moments_of(sample, N);
    CHECK_NORMAL(read, 0.3, 1.41 * 0.0949, 0);
}

/* Soft bounds: n pulses without noise leave (1 − step/bound)^n of the way; no pulse passes a bound.
 */
static void test_bounds(void **unused)
{
    (void)unused;
    const struct ohm_pulse_model *m = ohm_pulse_find("reram-hfo2");
    struct ohm_pulse_device d = {0.05, 0.08, 0.9, -1.1, 0};
    double w = 0, noisy = 0;
    for (int n = 1; n <= 100; n++) {
        w = ohm_pulse_apply(m, &d, w, 1, 0);
        CHECK_NEAR(w, 0.9 * (1 - pow(1 - 0.05 / 0.9, n)), 1e-12);
        noisy = ohm_pulse_apply(m, &d, noisy, n % 3 != 0, normal(6, (uint64_t)n) * 30);
        CHECK(noisy <= 0.9 && noisy >= -1.1);
    }
    for (const char *const *name = ohm_pulse_names(); *name; name++) {
        m = ohm_pulse_find(*name);
        for (uint64_t k = 0; k < 50; k++) {
            d = ohm_pulse_device(m, k);
            for (w = 0, noisy = 0; noisy < 200; noisy++) {
                w = ohm_pulse_apply(m, &d, w, 1, normal(7 + k, (uint64_t)noisy));
                CHECK(w <= d.upper && w >= d.lower);
            }
        }
    }
}

static void test_filament(void **unused)
{
    (void)unused;
    const struct ohm_pulse_filament *f = &ohm_pulse_stanford;
    CHECK_NEAR(ohm_pulse_filament_current(f, 0.5e-9, 0.25), 1e-3 * exp(-2) * sinh(1), 1e-12);
    CHECK_NEAR(ohm_pulse_filament_current(f, 0.5e-9, -0.25), -1e-3 * exp(-2) * sinh(1), 1e-12);
    /* no cancellation near 0 V */
    CHECK_NEAR(ohm_pulse_filament_current(f, 1e-9, 1e-6) / 1e-6, 1e-3 * exp(-4) / 0.25, 1e-12);
    double gap = 1e-9, v = 1.2, current = ohm_pulse_filament_current(f, gap, v),
           t = 298 + 2.1e3 * v * current, kt = 8.617333262e-5 * t;
    double rate = -10 * exp(-0.6 / kt) * sinh((16 - 0.8) * 0.25 / 12 * v / kt);
    CHECK_NEAR(ohm_pulse_filament_rate(f, gap, v), rate, 1e-9 * fabs(rate));
    CHECK(ohm_pulse_filament_rate(f, gap, 1) < 0 && ohm_pulse_filament_rate(f, gap, -1) > 0);
    CHECK_EQUAL(ohm_pulse_filament_apply(f, gap, 0, 1), gap);
    /* set, then reset, against plain steps a thousand times finer */
    static const struct {
        double gap, v, seconds;
    } pulses[] = {
        {1.6e-9, 1.3, 5e-7}, {1.6e-9, 1.5, 3e-8}, {1.0e-9, -1.1, 1e-7}, {1.0e-9, 0.9, 1e-7}};
    for (size_t i = 0; i < sizeof pulses / sizeof pulses[0]; i++) {
        double fine = pulses[i].gap,
               got = ohm_pulse_filament_apply(f, pulses[i].gap, pulses[i].v, pulses[i].seconds);
        for (int k = 0; k < 200000; k++)
            fine = fmin(f->gap_max,
                        fmax(f->gap_min, fine
                                             + ohm_pulse_filament_rate(f, fine, pulses[i].v)
                                                   * pulses[i].seconds / 200000));
        print_message("filament %.2f nm, %+.1f V, %g s: gap %.4f nm, by fine steps %.4f nm\n",
                      pulses[i].gap * 1e9, pulses[i].v, pulses[i].seconds, got * 1e9, fine * 1e9);
        CHECK_NEAR(got, fine, 0.002e-9);
        CHECK(fabs(got - pulses[i].gap) > 0.002e-9); /* the pulse did something */
    }
    CHECK_EQUAL(ohm_pulse_filament_apply(f, 1e-9, 3, 1), f->gap_min);
    CHECK_EQUAL(ohm_pulse_filament_apply(f, 1e-9, -3, 1), f->gap_max);
}

static void test_vteam(void **unused)
{
    (void)unused;
    const struct ohm_pulse_vteam *m = &ohm_pulse_vteam_default;
    CHECK_EQUAL(ohm_pulse_vteam_rate(m, 0.02), 0);
    CHECK_EQUAL(ohm_pulse_vteam_rate(m, -0.2), 0);
    CHECK_NEAR(ohm_pulse_vteam_rate(m, 0.06), 5e-4 * 2, 1e-15);
    CHECK_NEAR(ohm_pulse_vteam_rate(m, -0.6), -10 * 8, 1e-9);
    CHECK_NEAR(ohm_pulse_vteam_apply(m, 0.9, -0.6, 0.01), 0.1, 1e-9);
    CHECK_EQUAL(ohm_pulse_vteam_apply(m, 0.9, -0.6, 1), 0);
    CHECK_EQUAL(ohm_pulse_vteam_apply(m, 0.9, 5, 1e9), 1);
    CHECK_EQUAL(ohm_pulse_vteam_apply(m, 0.4, -0.1, 1e9), 0.4);
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
        double got = ohm_pulse_data_apply(pulses[i].r, v, pulses[i].seconds);
        CHECK_NEAR(got, fine, 1e-3 * fabs(fine - pulses[i].r) + 1e-3);
        CHECK((got - pulses[i].r) * v < 0); /* positive voltage lowers R */
    }
    /* already past the end of that voltage */
    CHECK_EQUAL(ohm_pulse_data_apply(1900, 1.0, 1), 1900);
    CHECK_EQUAL(ohm_pulse_data_apply(1500, 0, 1), 1500);
}

static void test_neurosim(void **unused)
{
    (void)unused;
    CHECK_EQUAL(ohm_pulse_neurosim(0.1, 5, 0, 64, 20), 0.1);
    CHECK_NEAR(ohm_pulse_neurosim(0.1, 5, 64, 64, 20), 5, 1e-12);
    CHECK_NEAR(ohm_pulse_neurosim(0.1, 5, 32, 64, 1e6), 2.55, 1e-3); /* nearly linear */
    CHECK(ohm_pulse_neurosim(0.1, 5, 32, 64, 10) > 4.5);             /* saturates early */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_populations),
        cmocka_unit_test(test_steps),       cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_filament),    cmocka_unit_test(test_vteam),
        cmocka_unit_test(test_data_driven), cmocka_unit_test(test_neurosim),
    };
    RUN_TESTS(tests);
}
