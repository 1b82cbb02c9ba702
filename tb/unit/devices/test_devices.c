/* SPDX-License-Identifier: Apache-2.0
 * Devices against the check values of their publications: numbers here are written out, not
 * computed by the models. Device files. Faults, telegraph noise, variation, I-V curves,
 * temperature. */
#include "devices_test.h"

#include "ohm_device.h"
#include "ohm_rng.h"
#include "ohm_settle.h"

enum { N = 20000 };
#define HOUR 3600u
#define DAY 86400u
#define MONTH (30 * DAY)
#define YEAR (365 * DAY)

static double sample[N];

/* N devices programmed to a target, read `seconds` after the reference time; from the device on
 * that `relative_to` names the logarithm of the ratio to what they were at the reference time. */
static struct moments population(const struct ohm_device_model *d, double target, uint32_t seconds,
                                 int logarithm)
{
    struct ohm_settler s;
    ohm_settler_init(&s, d, 17, 3);
    for (uint64_t i = 0; i < N; i++) {
        sample[i] = ohm_settle(&s, i, 1, target, -1, seconds).g;
        if (logarithm)
            sample[i] = log(sample[i] / ohm_settle(&s, i, 1, target, -1, 0).g);
    }
    return moments_of(sample, N);
}

static struct ohm_device_model *load(const char *text)
{
    struct ohm_error err = {""};
    struct ohm_device_model *d = ohm_device_load(text_file("device.txt", text), &err);
    if (!d)
        print_error("%s\n", err.text);
    assert_non_null(d);
    return d;
}

static double relative_read_noise(const struct ohm_device_model *d, double g, uint32_t seconds)
{
    return d->read_sigma(d, g, g, seconds) / g;
}

static void test_programming(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        double g, sigma;
    } cases[] = {
        {"pcm", 6.25, 0.681},
        {"pcm", 12.5, 0.953},
        {"pcm", 18.75, 1.077},
        {"pcm", 25, 1.055},
        {"pcm-hermes", 5.175, 0.889},
        {"pcm-hermes", 10.35, 0.991},
        {"pcm-hermes", 15.525, 0.912},
        {"pcm-hermes", 20.7, 1.093},
        {"pcm-hermes-one", 5.175, 0.8653},
        {"pcm-hermes-one", 10.35, 1.0076},
        {"rram-neurram", 10, 2.2583},
        {"rram-neurram", 20, 2.0229},
        {"rram-ihp", 50, 4.3267},
        {"rram-ihp", 225, 2.7329},
        {"rram-ihp", 30, 4.3267},
        {"rram-cmo", 50, 0.7080},
        {"rram-cmo", 88.19, 1.0879},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct moments m = population(ohm_device_find(cases[i].device), cases[i].g, 0, 0);
        print_message("%-15s %6.2f uS: sigma %.3f, published %.3f\n", cases[i].device, cases[i].g,
                      m.sigma, cases[i].sigma);
        CHECK_NORMAL(m, cases[i].g, cases[i].sigma, 6e-4);
    }
    /* at 0 half of the devices stay at 0: mean of a normal clipped there is σ/√(2π) */
    static const struct {
        const char *device;
        double sigma;
    } at_zero[] = {{"pcm", 0.2635},
                   {"pcm-hermes", 0.1660},
                   {"pcm-hermes-one", 0.1578},
                   {"rram-neurram", 0.348}};
    for (size_t i = 0; i < sizeof at_zero / sizeof at_zero[0]; i++) {
        struct moments m = population(ohm_device_find(at_zero[i].device), 0, 0, 0);
        double mean = at_zero[i].sigma / sqrt(2 * acos(-1));
        CHECK_NEAR(m.mean, mean, SIGMAS * m.sigma / sqrt(N) + 1e-4);
        int zeros = 0;
        for (int k = 0; k < N; k++)
            zeros += sample[k] == 0;
        CHECK_NEAR(zeros / (double)N, 0.5, SIGMAS * 0.5 / sqrt(N));
    }
    CHECK_EQUAL(population(ohm_device_find("ideal"), 7, YEAR, 0).sigma, 0);
    CHECK_EQUAL(sample[5], 7);
}

/* ln g(t)/g(0) = −ν ln((t + t0)/t0), ν normal. */
static void test_drift_pcm(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        double g, t0, nu, s;
    } cases[] = {
        {"pcm", 25, 20, 0.049, 0.008},
        {"pcm", 0.25, 20, 0.0958, 0.045},
        {"pcm-hermes", 20.7, 300, 0.0174, 0.0048},
        {"pcm-hermes", 5.175, 300, 0.067725, 0.0105},
        {"pcm-hermes-one", 10.35, 200, 0.0174, 0.0055},
    };
    static const uint32_t times[] = {1, HOUR, DAY, MONTH, YEAR};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int k = 0; k < 5; k++) {
            struct ohm_settler s;
            const struct ohm_device_model *d = ohm_device_find(cases[i].device);
            ohm_settler_init(&s, d, 5, 1);
            double span = log((times[k] + cases[i].t0) / cases[i].t0);
            for (uint64_t n = 0; n < N;
                 n++) /* from the exact target, so that the programming error does not count */
                sample[n] = log(ohm_settle(&s, n, 1, 0, cases[i].g, times[k]).g / cases[i].g);
            struct moments m = moments_of(sample, N);
            if (cases[i].s < cases[i].nu / 4.5) /* else |ν| folds */
                CHECK_NORMAL(m, -cases[i].nu * span, cases[i].s * span, 2e-4 * span);
            else
                CHECK_NEAR(m.mean, -cases[i].nu * span,
                           SIGMAS * cases[i].s * span / sqrt(N) + 0.01 * cases[i].nu * span);
            print_message("%-15s %6.2f uS after %9u s: g/g0 %.4f (exp of the mean)\n",
                          cases[i].device, cases[i].g, times[k], exp(m.mean));
        }
    const struct ohm_device_model *d = ohm_device_find("pcm");
    CHECK_NEAR(d->drift(d, 1, 25, DAY, 0), 0.66, 0.005); /* ν = 0.049 */
    CHECK_NEAR(d->drift(d, 1, 0.01, DAY, 0), 0.43, 0.005); /* ν = 0.1 */
}

static void test_relaxation_rram(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        double g;
        uint32_t seconds;
        double mean, sigma;
    } cases[] = {
        {"rram-neurram", 10, DAY, 10, 3.7208},
        {"rram-neurram", 20, DAY, 20, 3.9090},
        {"rram-neurram", 20, 2 * DAY, 20, 3.9090},
        /* halfway in ln t */
        {"rram-neurram", 20, YEAR, 20, 3.9090},
        {"rram-neurram", 20, 293, 20, 2.9660},
        {"rram-neurram", 30, HOUR, 30, 2.8539},
        {"rram-ihp", 100, YEAR, 100, 3.8713},
        {"rram-cmo", 50, 1, 49.9383, 0.7253},
        {"rram-cmo", 50, HOUR, 49.2712, 0.9502},
        {"rram-cmo", 50, DAY, 48.9884, 1.0595},
        {"rram-cmo", 50, MONTH, 48.6857, 1.1819},
        {"rram-cmo", 50, YEAR, 48.4633, 1.2746},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct moments m =
            population(ohm_device_find(cases[i].device), cases[i].g, cases[i].seconds, 0);
        print_message("%-15s %6.2f uS after %9u s: mean %.3f, sigma %.3f\n", cases[i].device,
                      cases[i].g, cases[i].seconds, m.mean, m.sigma);
        CHECK_NORMAL(m, cases[i].mean, cases[i].sigma, 2e-3);
    }
    /* drawn anew from the target: no memory of the error at 1 s, but kept from then on */
    const struct ohm_device_model *d = ohm_device_find("rram-neurram");
    struct ohm_settler s;
    ohm_settler_init(&s, d, 17, 3);
    double product = 0;
    for (uint64_t i = 0; i < N; i++) {
        double early = ohm_settle(&s, i, 1, 20, -1, 0).g - 20,
               late = ohm_settle(&s, i, 1, 20, -1, DAY).g - 20;
        product += early * late / (2.0229 * 3.9090);
        CHECK_EQUAL(late, ohm_settle(&s, i, 1, 20, -1, 2 * DAY).g - 20);
    }
    CHECK_NEAR(product / N, 0, SIGMAS / sqrt(N));
}

static void test_read_noise(void **state)
{
    (void)state;
    const struct ohm_device_model *pcm = ohm_device_find("pcm"),
                                  *one = ohm_device_find("pcm-hermes-one");
    CHECK_NEAR(relative_read_noise(pcm, 25, 0), 0.037, 0.0005);
    CHECK_NEAR(relative_read_noise(pcm, 6.25, 0), 0.091, 0.0005);
    /* Q clipped; √ln(20/0.5e-6) = 4.183 */
    CHECK_NEAR(relative_read_noise(pcm, 0.01, 0), 0.2 * 4.183, 0.001);
    CHECK_NEAR(relative_read_noise(one, 10.35, 0), 0.0168 * 4.3689, 1e-4); /* √ln(200/1.024e-6) */
    CHECK_NEAR(relative_read_noise(one, 1.035, 0), 0.02176 * 4.3689, 1e-4);
    CHECK_NEAR(relative_read_noise(ohm_device_find("rram-neurram"), 20, DAY), 0.01, 1e-12);
    const struct ohm_device_model *cmo = ohm_device_find("rram-cmo");
    CHECK_NEAR(cmo->read_sigma(cmo, 50, 50, 0), 0.17048, 1e-4);
    CHECK_EQUAL(cmo->read_sigma(cmo, 0.5, 0, 0), 0);
    CHECK(relative_read_noise(pcm, 25, YEAR) > relative_read_noise(pcm, 25, DAY));
}

/* Read noise of drifted devices, by the source's equation written out: the coefficient is that of
 * the programmed conductance, the conductance is what drift has left. */
static void test_read_noise_after_drift(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        double g, q, t0, t_read; /* q: the source's coefficient at g */
    } cases[] = {
        {"pcm", 25, 0.0088, 20, 250e-9},
        {"pcm", 6.25, 0.021666, 20, 250e-9},
        {"pcm", 1.25, 0.061676, 20, 250e-9},
        {"pcm", 0.1, 0.2, 20, 250e-9},
        {"pcm-hermes", 20.7, 0.0123, 300, 512e-9},
        {"pcm-hermes", 5.175, 0.015933, 300, 512e-9},
        {"pcm-hermes", 2.07, 0.020040, 300, 512e-9},
        {"pcm-hermes", 0.0207, 0.04, 300, 512e-9},
        {"pcm-hermes-one", 10.35, 0.0168, 200, 512e-9},
        {"pcm-hermes-one", 2.5875, 0.020588, 200, 512e-9},
        {"pcm-hermes-one", 1.035, 0.021760, 200, 512e-9},
    };
    static const uint32_t times[] = {0, HOUR, DAY, YEAR};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int k = 0; k < 4; k++) {
            char text[100];
            snprintf(text, sizeof text, "device = %s\nprogram_scale = 0\n", cases[i].device);
            struct ohm_device_model *d = load(text);
            struct ohm_settler s;
            ohm_settler_init(&s, d, 17, 3);
            double root =
                sqrt(log((times[k] + cases[i].t0 + cases[i].t_read) / (2 * cases[i].t_read)));
            /* each device has drifted by an exponent of its own */
            for (uint64_t n = 0; n < 50; n++) {
                struct ohm_settled r = ohm_settle(&s, n, 1, cases[i].g, -1, times[k]);
                CHECK_NEAR(sqrt(r.variance) / r.g / (cases[i].q * root), 1, 1e-4);
                CHECK(times[k] ? r.g < cases[i].g : fabs(r.g - cases[i].g) < 1e-12);
                /* a map is what was programmed */
                struct ohm_settled measured = ohm_settle(&s, n, 1, 0, cases[i].g, times[k]);
                CHECK_NEAR(sqrt(measured.variance) / measured.g / (cases[i].q * root), 1, 1e-4);
            }
            ohm_device_free(d);
        }
}

/* Devices that cannot be emptied: target code 0 is g_min, nothing takes a device below it, codes
 * share out the range above. */
static void test_lowest_conductance(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        double low, high;
    } cases[] = {{"rram-cmo", 9, 88.19}, {"rram-ihp", 50, 225}, {"pcm", 0, 25}, {"ideal", 0, 20}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ohm_device_model *d = ohm_device_find(cases[i].device);
        CHECK_NEAR(ohm_device_target(d, 0, 16384), cases[i].low, 1e-12);
        CHECK_NEAR(ohm_device_target(d, 8192, 16384), (cases[i].low + cases[i].high) / 2, 1e-12);
        CHECK_NEAR(ohm_device_target(d, 16384, 16384), cases[i].high, 1e-12);
    }
    const struct ohm_device_model *cmo = ohm_device_find("rram-cmo");
    static const uint32_t times[] = {0, DAY, YEAR};
    for (int k = 0; k < 3; k++) {
        struct moments m = population(cmo, 9, times[k], 0);
        int at_end = 0;
        for (int n = 0; n < N; n++) {
            CHECK(sample[n] >= 9);
            at_end += sample[n] == 9;
        }
        /* the mean falls by 0.089 ln t, so ever more devices end at 9 µS */
        const double gone = 0.089 * log(1.0 + times[k]),
                     sigma = hypot(0.01122 + 0.01129 * 9, 0.412 + 0.042 * log(1.0 + times[k]));
        CHECK_NEAR(at_end / (double)N, 0.5 * erfc(-gone / sigma / sqrt(2)), SIGMAS * 0.5 / sqrt(N));
        CHECK(m.mean > 9);
    }
    struct ohm_device_model *d = load("device = rram-cmo\ng_min = 0\n"); /* as if it could */
    CHECK_EQUAL(ohm_device_target(d, 0, 16384), 0);
    ohm_device_free(d);
}

/* ---- device files ---- */

static void test_files(void **state)
{
    (void)state;
    struct ohm_device_model *d = load("# mine\n\ndevice = pcm-hermes # two devices\ng_max=41.4\n  "
                                      "t0 =  600\nprogram_scale = 0.5\n"
                                      "stuck_high = 0.25\niv = sinh\nstuck_high = 0.125\n");
    CHECK_EQUAL(d->g_max, 41.4);
    /* twice the conductance, half the error */
    CHECK_NEAR(d->program(d, 41.4, 1) - 41.4, 1.093, 0.0005);
    CHECK_NEAR(d->drift(d, 1, 41.4, 600, 0), pow(2, -0.0174), 1e-12);
    CHECK_EQUAL(d->common[OHM_DEVICE_STUCK_HIGH].value, 0.125);
    CHECK_EQUAL(d->common[OHM_DEVICE_IV].value, 1);
    CHECK_EQUAL(ohm_device_find("pcm-hermes")->g_max, 20.7); /* the model itself is as it was */
    ohm_device_free(d);

    d = load("device = rram-cmo\naccepted = 0.2%\n");
    CHECK_NEAR(d->program(d, 50, 1) - 50, sqrt(0.05431 * 0.05431 + 0.412 * 0.412), 1e-6);
    ohm_device_free(d);

    /* every model prints a file that reads back as itself */
    for (const char *const *name = ohm_device_names(); *name; name++) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        ohm_device_print(ohm_device_find(*name), f);
        fclose(f);
        d = load(text);
        const struct ohm_device_model *same = ohm_device_find(*name);
        CHECK(!strcmp(d->name, *name) && d->g_max == same->g_max);
        CHECK(d->g_min == same->g_min);
        for (int i = OHM_DEVICE_G_MIN + 1; i < OHM_DEVICE_COMMON_COUNT; i++)
            CHECK_EQUAL(d->common[i].value, same->common[i].value);
        for (int i = 0; same->own && same->own[i].name; i++)
            CHECK_EQUAL(d->own[i].value, same->own[i].value);
        ohm_device_free(d);
        free(text);
    }
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *what;
    } cases[] = {
        {"", "", "device = <name>"},
        {"g_max = 3\n", ":1: g_max", "before it"},
        {"device = tin\n", ":1: device: 'tin'",
         "expected one of ideal, pcm-hermes, pcm-hermes-one, pcm, rram-neurram, rram-ihp, "
         "rram-cmo"},
        {"device = pcm\ng_min = 25\n", "g_min: 25", "less than g_max, 25"},
        {"device = pcm\ndevice = pcm\n", ":2: device", "only one"},
        {"device = pcm\n\ng_max = -1\n", ":3: g_max: '-1'", "0.001 to 1e+06"},
        {"device = pcm\ng_max = nan\n", ":2: g_max: 'nan'", "expected"},
        {"device = pcm\ng_max = 20uS\n", ":2: g_max: '20uS'", "a number"},
        {"device = pcm\nstuck_high = 1.5\n", ":2: stuck_high", "0 to 1"},
        {"device = pcm\nstuck_high = 0.6\nstuck_low = 0.6\n", "stuck_high + stuck_low: 1.2",
         "at most 1"},
        {"device = pcm\nsigma0 = 1\n", ":2: sigma0",
         "no parameter of pcm, expected one of t0, t_read, program_scale, drift_scale, read_scale, "
         "g_max, g_min, d2d"},
        {"device = pcm\niv = cubic\n", ":2: iv: 'cubic'", "linear, sinh, data, milo"},
        {"device = pcm\nt0\n", ":2: 't0'", "name = value"},
        {"device = pcm\nt0 =\n", ":2: 't0 = '", "name = value"},
        {"device = pcm\n= 3\n", ":2:", "name = value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ohm_error err = {""};
        const char *path = text_file("bad.txt", cases[i].text);
        CHECK(!ohm_device_load(path, &err));
        if (!strstr(err.text, cases[i].place) || !strstr(err.text, cases[i].what)
            || strncmp(err.text, path, strlen(path)))
            print_error("case %zu: %s\n", i, err.text);
        CHECK(strstr(err.text, cases[i].place) && strstr(err.text, cases[i].what)
              && !strchr(err.text, '\n'));
        CHECK(!strncmp(err.text, path, strlen(path)));
    }
    char longer[400];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = 0;
    struct ohm_error err;
    CHECK(!ohm_device_load(text_file("bad.txt", longer), &err)
          && strstr(err.text, ":1: longer than"));
    CHECK(!ohm_device_load("no/such/file", &err) && strstr(err.text, "no/such/file"));
}

/* ---- what every device may have ---- */

static void test_stuck(void **state)
{
    (void)state;
    struct ohm_device_model *d =
        load("device = pcm\nstuck_high = 0.02\nstuck_low = 0.05\nstuck_low_level = 0.01\n");
    struct ohm_settler s;
    ohm_settler_init(&s, d, 3, 0);
    int high = 0, low = 0;
    for (uint64_t i = 0; i < N; i++) {
        double g = ohm_settle(&s, i, 1, 12, -1, 0).g;
        high += g == 25;
        low += g == 0.25;
        if (g == 25) /* for ever, whatever is programmed */
            CHECK_EQUAL(ohm_settle(&s, i, 9, 3, -1, YEAR).g, 25);
    }
    CHECK_NEAR(high / (double)N, 0.02, SIGMAS * sqrt(0.02 * 0.98 / N));
    CHECK_NEAR(low / (double)N, 0.05, SIGMAS * sqrt(0.05 * 0.95 / N));
    ohm_device_free(d);
}

static void test_variation(void **state)
{
    (void)state;
    struct ohm_device_model *d = load("device = ideal\nd2d = 0.1\nc2c = 0.03\n");
    struct ohm_settler s;
    static double mean[N];
    ohm_settler_init(&s, d, 3, 0);
    for (uint64_t i = 0; i < N; i++) {
        double first = ohm_settle(&s, i, 1, 10, -1, 0).g,
               second = ohm_settle(&s, i, 2, 10, -1, 0).g;
        sample[i] = (first - second) / 10;
        mean[i] = (first + second) / 20;
    }
    struct moments cycles = moments_of(sample, N), devices = moments_of(mean, N);
    CHECK_NORMAL(cycles, 0, 0.03 * sqrt(2), 5e-4);
    CHECK_NORMAL(devices, 1, sqrt(0.01 + 0.03 * 0.03 / 2), 5e-4);
    ohm_device_free(d);
}

static void test_telegraph(void **state)
{
    (void)state;
    struct ohm_device_model *d =
        load("device = ideal\nrtn_rate = 0.3\nrtn_amplitude = 0.2\nrtn_reads = 8\n");
    struct ohm_settler s;
    ohm_settler_init(&s, d, 3, 0);
    int noisy = 0, up = 0, changes = 0, pairs = 0;
    for (uint64_t i = 0; i < N; i++) {
        double first = ohm_settle_telegraph(&s, i, 0, 0), next = ohm_settle_telegraph(&s, i, 0, 8);
        CHECK(ohm_settle_telegraphic(&s, i) == (first != 1));
        if (first == 1)
            continue;
        CHECK(fabs(first - 1.1) < 1e-12 || fabs(first - 0.9) < 1e-12);
        CHECK_EQUAL(first, ohm_settle_telegraph(&s, i, 0, 7)); /* the same interval */
        noisy++;
        up += first > 1;
        changes += first != next;
        pairs += (first > 1) == (ohm_settle_telegraph(&s, i, 60, 0) > 1);
    }
    CHECK_NEAR(noisy / (double)N, 0.3, SIGMAS * sqrt(0.21 / N));
    CHECK_NEAR(up / (double)noisy, 0.5, SIGMAS * 0.5 / sqrt(noisy));
    CHECK_NEAR(changes / (double)noisy, 0.5, SIGMAS * 0.5 / sqrt(noisy));
    CHECK_NEAR(pairs / (double)noisy, 0.5, SIGMAS * 0.5 / sqrt(noisy));
    ohm_device_free(d);
}

static double settled(const char *text, double g, double *variance)
{
    struct ohm_device_model *d = load(text);
    struct ohm_settler s;
    ohm_settler_init(&s, d, 1, 0);
    struct ohm_settled r = ohm_settle(&s, 0, 1, g, -1, 0);
    ohm_device_free(d);
    if (variance)
        *variance = r.variance;
    return r.g;
}

static void test_curves_and_temperature(void **state)
{
    (void)state;
    double variance;
    /* current over the ohmic one */
    CHECK_NEAR(settled("device = ideal\niv = sinh\nv_read = 0.05\n", 10, NULL), 10 * 1.0067, 1e-3);
    CHECK_NEAR(settled("device = ideal\niv = sinh\nv_read = 0.1\n", 10, NULL), 10 * 1.0269, 1e-3);
    CHECK_NEAR(settled("device = ideal\niv = sinh\nv_read = 0.2\n", 10, NULL), 10 * 1.1101, 1e-3);
    CHECK_NEAR(settled("device = ideal\niv = data\nv_read = 0.2\n", 10, NULL),
               10 * 0.3205 * 2.717 * 1.0499, 1e-3);
    /* Milo at 100 µS: NL2 = 1.388e-4·(−64) + 1.541e-3·16 − 5.711e-3·4 + 7.063e-3 = −8.082e-6… by x
     * = −4 */
    double nl2 = ((1.388e-4 * -4 + 1.541e-3) * -4 + 5.711e-3) * -4 + 7.063e-3,
           nl3 = (8.871e-5 * -4 + 6.792e-4) * -4 + 1.2968e-3;
    CHECK_NEAR(settled("device = ideal\ng_max = 225\niv = milo\nv_read = 0.2\n", 100, NULL),
               100 + 1e6 * (nl2 * 0.2 + nl3 * 0.04), 1e-6);
    CHECK(settled("device = ideal\ng_max = 225\niv = milo\n", 0, NULL) == 0);

    CHECK_NEAR(
        settled("device = ideal\ntemperature = 350\ntemperature_coefficient = 0.002\n", 10, NULL),
        11, 1e-12);
    CHECK_EQUAL(
        settled("device = ideal\ntemperature = 1000\ntemperature_coefficient = -0.1\n", 10, NULL),
        0);
    settled("device = ideal\nread_noise = 0.04\n", 10, &variance);
    CHECK_NEAR(variance, 0.16, 1e-12);
    /* 4kTG/(2t)/V²: 20 µS, 300 K, 255 ns, 0.2 V: σ = 4.03e-9 S */
    settled("device = ideal\nthermal_time = 255e-9\n", 20, &variance);
    CHECK_NEAR(sqrt(variance), 4.03e-3, 2e-5);
    settled("device = ideal\nthermal_time = 255e-9\ntemperature = 600\n", 20, &variance);
    CHECK_NEAR(sqrt(variance), 4.03e-3 * sqrt(2), 3e-5);
    settled("device = ideal\nread_noise = 0.04\niv = sinh\n", 10, &variance);
    CHECK_NEAR(sqrt(variance), 0.4 * 1.1101, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programming),
        cmocka_unit_test(test_drift_pcm),
        cmocka_unit_test(test_relaxation_rram),
        cmocka_unit_test(test_read_noise),
        cmocka_unit_test(test_read_noise_after_drift),
        cmocka_unit_test(test_lowest_conductance),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_stuck),
        cmocka_unit_test(test_variation),
        cmocka_unit_test(test_telegraph),
        cmocka_unit_test(test_curves_and_temperature),
    };
    RUN_TESTS(tests);
}
