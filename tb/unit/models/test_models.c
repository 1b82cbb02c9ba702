/* SPDX-License-Identifier: Apache-2.0
 * Analog models: elementary functions, random numbers, kernels, devices, arrays, macro. Statistics
 * use fixed seeds and bounds at 4.9 standard errors (a right model fails one in a million), so a
 * failure is a change of the model. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_kernel.h"
#include "ohm_macro.h"
#include "ohm_map.h"
#include "ohm_math.h"
#include "ohm_rng.h"

#define SIGMAS 4.9

static long checks;

static void check_at(int ok, const char *file, int line, const char *what, double got,
                     double expected)
{
    checks++;
    if (!ok) {
        print_error("%s:%d: %s: got %.17g, expected %.17g\n", file, line, what, got, expected);
        _fail(file, line);
    }
}

#define CHECK(ok) check_at(ok, __FILE__, __LINE__, #ok, 0, 1)
#define CHECK_NEAR(got, expected, tolerance) \
    check_at(fabs((double)(got) - (double)(expected)) <= (tolerance), __FILE__, __LINE__, #got, \
             got, expected)
#define CHECK_EQUAL(got, expected) CHECK_NEAR(got, expected, 0)

/* ---- elementary functions ---- */

static double ulps(double got, long double exact)
{
    double near = (double)exact;
    return (double)(fabsl(got - exact)
                    / (long double)(nextafter(fabs(near), INFINITY) - fabs(near)));
}

static void test_log_exp(void **state)
{
    (void)state;
    double worst_log = 0, worst_exp = 0, worst_pow = 0;
    for (uint64_t i = 0; i < 300000; i++) {
        double u = ohm_uniform(ohm_key_at(1, i)), v = ohm_uniform(ohm_key_at(2, i));
        double x = ldexp(1 + u, (int)(v * 2040) - 1020);
        worst_log = fmax(worst_log, ulps(ohm_log(x), logl(x)));
        double near_one = 1 + (u - 0.5) * 1e-3;
        worst_log = fmax(worst_log, ulps(ohm_log(near_one), logl(near_one)));
        double y = (u - 0.5) * 1400;
        worst_exp = fmax(worst_exp, ulps(ohm_exp(y), expl(y)));
        worst_exp = fmax(worst_exp, ulps(ohm_exp(u - 0.5), expl(u - 0.5)));
        double base = 1 + 1e6 * u, power = -0.2 * v, size = 2 + fabs(power * log(base));
        long double exact = powl(base, power);
        worst_pow =
            fmax(worst_pow, (double)(fabsl(ohm_pow(base, power) - exact) / exact) / 0x1p-52 / size);
    }
    print_message("worst error: ln %.3f ulp, exp %.3f ulp, pow %.3f of its bound\n", worst_log,
                  worst_exp, worst_pow);
    CHECK(worst_log < 1);
    CHECK(worst_exp < 1);
    CHECK(worst_pow < 1);
}

static void test_math_ends(void **state)
{
    (void)state;
    CHECK_EQUAL(ohm_log(1), 0);
    CHECK(ohm_log(0) == -INFINITY && ohm_log(INFINITY) == INFINITY);
    CHECK(isnan(ohm_log(-1)) && isnan(ohm_log(NAN)));
    CHECK(ulps(ohm_log(0x1p-1074), logl(0x1p-1074)) < 1);
    CHECK(ulps(ohm_log(1.7e308), logl(1.7e308)) < 1);
    CHECK_EQUAL(ohm_exp(0), 1);
    CHECK(ohm_exp(1000) == INFINITY && ohm_exp(-1000) == 0 && ohm_exp(-INFINITY) == 0
          && isnan(ohm_exp(NAN)));
    CHECK(ulps(ohm_exp(709.7), expl(709.7L)) < 1e3); /* 709.7 itself is rounded */
    CHECK_NEAR(ohm_exp(-740), exp(-740), 0x1p-1073);
    CHECK(ohm_pow(2, 0) == 1 && ohm_pow(0, 2) == 0 && ohm_pow(0, -1) == INFINITY
          && ohm_pow(0, 0) == 1);
}

/* ---- random numbers ---- */

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Bits that ohm_uniform turns into the p nearest to the one wanted. */
static uint64_t bits_of(double p)
{
    return (uint64_t)(p * 0x1p52) << 12;
}

static void test_normal_inverse(void **state)
{
    (void)state;
    /* AS 241 test values and the ends */
    CHECK_NEAR(ohm_normal(bits_of(0.25)), -0.6744897501960817, 1e-14);
    CHECK_NEAR(ohm_normal(bits_of(0.001)), -3.090232306167813, 1e-10);
    CHECK_NEAR(ohm_normal(bits_of(1e-12)), -7.034483825, 1e-3); /* p is a multiple of 2^-53 here */
    CHECK_NEAR(ohm_normal(0), -8.2095, 1e-3);
    CHECK_NEAR(ohm_normal(UINT64_MAX), 8.2095, 1e-3);
    CHECK_EQUAL(ohm_normal(0), -ohm_normal(UINT64_MAX));
    double worst = 0;
    for (int i = 1; i < 20000; i++) { /* Φ(Φ^-1(p)) = p, in both tails too */
        double p = ohm_uniform(bits_of(i <= 10000 ? i / 20000.0 : ldexp(1, (10000 - i) / 250 - 1)));
        double x = ohm_normal(bits_of(p)), density = exp(-x * x / 2) / sqrt(2 * acos(-1));
        worst = fmax(worst, fabs(normal_cdf(x) - p) / density);
    }
    print_message("worst error of the inverse normal: %.2g\n", worst);
    CHECK(worst < 1e-9);
}

static void test_normal_distribution(void **state)
{
    (void)state;
    enum { N = 200000 };
    double *x = aligned_alloc(64, N * sizeof *x), m1 = 0, m2 = 0, m3 = 0, m4 = 0, lag = 0;
    ohm_normals(ohm_simd_best(), ohm_key(7, 7), N, x);
    for (int i = 0; i < N; i++) {
        m1 += x[i];
        m2 += x[i] * x[i];
        m3 += pow(x[i], 3);
        m4 += pow(x[i], 4);
        lag += i ? x[i] * x[i - 1] : 0;
    }
    double s = SIGMAS / sqrt(N);
    CHECK_NEAR(m1 / N, 0, s);
    CHECK_NEAR(m2 / N, 1, s * sqrt(2));
    CHECK_NEAR(m3 / N, 0, s * sqrt(15));
    CHECK_NEAR(m4 / N, 3, s * sqrt(96));
    CHECK_NEAR(lag / N, 0, s);
    qsort(x, N, sizeof *x, compare_doubles);
    double ks = 0;
    for (int i = 0; i < N; i++)
        ks = fmax(ks, fmax(fabs(normal_cdf(x[i]) - (double)i / N),
                           fabs(normal_cdf(x[i]) - (i + 1.0) / N)));
    CHECK(ks * sqrt(N) < 2.7); /* P = 2 exp(-2·2.7²) = 1e-6 */
    free(x);
}

static void test_keys(void **state)
{
    (void)state;
    /* neighbouring keys in every place give unrelated draws */
    enum { N = 40000 };
    double seed = 0, value = 0, order = 0;
    for (uint64_t i = 0; i < N; i++) {
        double x = ohm_normal(ohm_key_at(ohm_key_add(ohm_key(i, 1), 5), 0));
        seed += x * ohm_normal(ohm_key_at(ohm_key_add(ohm_key(i + 1, 1), 5), 0));
        value += x * ohm_normal(ohm_key_at(ohm_key_add(ohm_key(i, 1), 6), 0));
        order += x * ohm_normal(ohm_key_at(ohm_key_add(ohm_key(i, 5), 1), 0));
    }
    double s = SIGMAS * sqrt(N);
    CHECK_NEAR(seed, 0, s);
    CHECK_NEAR(value, 0, s);
    CHECK_NEAR(order, 0, s);
    /* SplitMix64 of seed 0, as published */
    CHECK(ohm_key_at(0, 0) == 0xe220a8397b1dcdafu && ohm_key_at(0, 1) == 0x6e789e6aa1b965f4u);
}

static void test_normals_any_width(void **state)
{
    (void)state;
    double x[256] __attribute__((aligned(64)));
    for (uint64_t key = 0; key < 50; key++)
        for (int simd = OHM_SIMD_NONE; simd <= (int)ohm_simd_best(); simd++) {
            int n = 1 + (int)(ohm_mix(key) % 256);
            ohm_normals((enum ohm_simd)simd, key, n, x);
            for (int i = 0; i < n; i++) {
                double one = ohm_normal(ohm_key_at(key, (uint64_t)i));
                CHECK(!memcmp(&one, &x[i], sizeof one));
            }
        }
}

/* ---- kernels ---- */

static uint64_t draw_state = 1;
static int draw(int low, int high)
{
    return low + (int)(ohm_key_at(99, draw_state++) % (uint64_t)(high - low + 1));
}

static void test_kernels(void **state)
{
    (void)state;
    static int16_t g[256 * 256] __attribute__((aligned(64)));
    static float s2[256 * 256] __attribute__((aligned(64)));
    int32_t q[256] __attribute__((aligned(64))), noisy[4][256] __attribute__((aligned(64)));
    float var[256] __attribute__((aligned(64)));
    int16_t t[256];
    for (int round = 0; round < 120; round++) {
        int rows = round ? draw(1, 256) : 256, cols = round ? draw(1, 256) : 256,
            sparse = draw(0, 3);
        size_t stride = ohm_kernel_stride(cols);
        memset(g, 0, sizeof g);
        for (int r = 0; r < rows; r++) {
            t[r] = (int16_t)(sparse && draw(0, sparse) ? 0 : draw(-255, 255));
            for (size_t c = 0; c < stride; c++) {
                g[((size_t)r / 2 * stride + c) * 2 + (size_t)r % 2] = (int16_t)draw(-32767, 32767);
                s2[(size_t)r * stride + c] = (float)draw(0, 1000000) / 7;
            }
            if (!round) { /* the largest sum there is */
                t[r] = 255;
                for (size_t c = 0; c < stride; c++)
                    g[((size_t)r / 2 * stride + c) * 2 + (size_t)r % 2] = INT16_MAX;
            }
        }
        for (int simd = OHM_SIMD_NONE; simd <= (int)ohm_simd_best(); simd++) {
            ohm_kernel_vmm((enum ohm_simd)simd, rows, stride, g, t, q);
            ohm_kernel_variance((enum ohm_simd)simd, rows, stride, s2, t, var);
            for (int c = 0; c < cols; c++) {
                int64_t sum = 0;
                float v = 0;
                for (int r = 0; r < rows; r++) {
                    sum +=
                        (int64_t)t[r] * g[((size_t)r / 2 * stride + (size_t)c) * 2 + (size_t)r % 2];
                    float square = (float)(t[r] * t[r]),
                          part = square * s2[(size_t)r * stride + (size_t)c];
                    v = v + part;
                }
                CHECK(q[c] == sum);
                CHECK(!memcmp(&var[c], &v, sizeof v));
            }
            memcpy(noisy[simd], q, sizeof q);
            ohm_kernel_noise((enum ohm_simd)simd, cols, (uint64_t)round, var, noisy[simd]);
            for (int c = 0; c < cols; c++) {
                double xi = ohm_normal(ohm_key_at((uint64_t)round, (uint64_t)c));
                double exact =
                    fmin(fmax(q[c] + floor(sqrt((double)var[c]) * xi + 0.5), INT32_MIN), INT32_MAX);
                CHECK_EQUAL(noisy[simd][c], exact);
            }
        }
    }
}

/* ---- devices ---- */

static void test_device_names(void **state)
{
    (void)state;
    int n = 0;
    for (const char *const *name = ohm_device_names(); *name; name++, n++) {
        const struct ohm_device_model *d = ohm_device_find(*name);
        CHECK(d && !strcmp(d->name, *name) && d->doc[0] && d->g_max > 0);
    }
    CHECK(n == 7);
    CHECK(!ohm_device_find("pcm-") && !ohm_device_find(""));
}

static void test_hermes_programming(void **state)
{
    (void)state;
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    const double sigma[] = {0.166, 0.889, 0.991, 0.912, 1.093};
    for (int i = 0; i < 5; i++) {
        double target = d->g_max * i / 4;
        CHECK_NEAR(d->program(d, target, 1) - target, sigma[i], 0.0005);
        CHECK_NEAR(d->program(d, target, 0), target, 0);
    }
    CHECK_EQUAL(d->program(d, 1, -100), 0); /* never below zero */
}

static void test_hermes_read_and_drift(void **state)
{
    (void)state;
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    /* σ = g Q √ln((300 + 512e-9)/(1.024e-6)), the root being 4.41515 */
    double root = sqrt(log((300 + 512e-9) / 1024e-9));
    CHECK_NEAR(root, 4.415, 0.001);
    /* r = 1: Q = 0.0123 */
    CHECK_NEAR(d->read_sigma(d, 20.7, 20.7, 0), 20.7 * 0.0123 * root, 1e-9);
    /* r = ½ */
    CHECK_NEAR(d->read_sigma(d, 10.35, 10.35, 0), 10.35 * 0.0167125 * root, 1e-9);
    /* r = 0.1 */
    CHECK_NEAR(d->read_sigma(d, 2.07, 2.07, 0), 2.07 * (0.0117 * log(10) - 0.0069) * root, 1e-9);
    /* clipped */
    CHECK_NEAR(d->read_sigma(d, 0.0207, 0.0207, 0), 0.0207 * 0.04 * root, 1e-9);
    CHECK_EQUAL(d->read_sigma(d, 0, 0, 0), 0);
    CHECK(d->read_sigma(d, 10, 0, 86400) > d->read_sigma(d, 10, 0, 0));
    /* ν(1) = 0.0736 − 0.0126 − 0.0436 = 0.0174, ν(0+) = 0.13; deviations 0.0048 and 0.04 */
    CHECK_EQUAL(d->drift(d, 20, 20.7, 0, 1), 20);
    CHECK_NEAR(d->drift(d, 20, 20.7, 86400, 0), 20 * pow(289, -0.0174), 1e-12);
    CHECK_NEAR(d->drift(d, 20, 20.7, 86400, 2), 20 * pow(289, -0.0174 - 2 * 0.0048), 1e-12);
    CHECK_NEAR(d->drift(d, 1, 0, 86400, 0), pow(289, -0.13), 1e-12);
    CHECK_NEAR(d->drift(d, 1, 0, 86400, 1), pow(289, -0.17), 1e-12);
    CHECK_NEAR(d->drift(d, 1, 0, 86400, -4), pow(289, -0.03), 1e-12); /* |ν| */
    CHECK_NEAR(d->drift(d, 5, 20.7 * 0.25, 300, 0),
               5 * pow(2, -(0.0736 - 0.0126 * 0.25 - 0.0436 / 16)), 1e-12);
}

/* ---- arrays ---- */

static struct ohm_array *new_array(int rows, int cols, const char *device, uint64_t seed,
                                   unsigned macro)
{
    struct ohm_error err = {""};
    struct ohm_array *a = ohm_array_new(rows, cols, ohm_device_find(device), seed, macro, &err);
    CHECK(a && !err.text[0]);
    return a;
}

static void program_all(struct ohm_array *a, int rows, int cols, unsigned dev, unsigned code)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            CHECK(!ohm_array_program(a, dev, (unsigned)r, (unsigned)c, code, NULL));
}

static void test_array_errors(void **state)
{
    (void)state;
    struct ohm_error err;
    CHECK(!ohm_array_new(0, 4, ohm_device_find("ideal"), 1, 0, &err) && strstr(err.text, "0 x 4"));
    CHECK(!ohm_array_new(4, 257, ohm_device_find("ideal"), 1, 0, &err)
          && strstr(err.text, "4 x 257"));
    struct ohm_array *a = new_array(4, 4, "ideal", 1, 0);
    CHECK(ohm_array_program(a, 2, 0, 0, 0, &err) == -1 && strstr(err.text, "device 2"));
    CHECK(ohm_array_program(a, 0, 4, 0, 0, &err) == -1 && strstr(err.text, "row 4"));
    CHECK(ohm_array_program(a, 0, 0, 4, 0, &err) == -1 && strstr(err.text, "column 4"));
    CHECK(ohm_array_program(a, 0, 0, 0, 16385, &err) == -1 && strstr(err.text, "code 16385"));
    ohm_array_free(a);
    ohm_array_free(NULL);
}

static void test_ideal_exact(void **state)
{
    (void)state;
    enum { ROWS = 37, COLS = 21 };
    static int plus[ROWS][COLS], minus[ROWS][COLS];
    struct ohm_array *a = new_array(ROWS, COLS, "ideal", 3, 5);
    int32_t q[COLS];
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 200; i++) { /* some cells change between reads */
            int r = draw(0, ROWS - 1), c = draw(0, COLS - 1);
            int (*kept)[COLS] = draw(0, 1) ? minus : plus;
            kept[r][c] = draw(0, 16384);
            CHECK(!ohm_array_program(a, kept == minus, (unsigned)r, (unsigned)c,
                                     (unsigned)kept[r][c], NULL));
        }
        int16_t t[ROWS];
        for (int r = 0; r < ROWS; r++)
            t[r] = (int16_t)draw(-255, 255);
        struct ohm_read_key key = {(uint32_t)round, 0, 0};
        for (int sel = 0; sel < 3; sel++) {
            ohm_array_set_time(a, (uint32_t)round * 1000);
            ohm_array_read(a, (enum ohm_cell_sel)sel, t, &key, q);
            for (int c = 0; c < COLS; c++) {
                int sum = 0;
                for (int r = 0; r < ROWS; r++)
                    sum += t[r]
                           * (sel == OHM_CELL_PLUS    ? plus[r][c]
                              : sel == OHM_CELL_MINUS ? minus[r][c]
                                                      : plus[r][c] - minus[r][c]);
                CHECK_EQUAL(q[c], sum);
            }
        }
    }
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_BOTH, 3, 4), plus[3][4] - minus[3][4]);
    ohm_array_free(a);
}

static void random_program(struct ohm_array *a, int rows, int cols, int cells, uint64_t key)
{
    for (int i = 0; i < cells; i++) {
        uint64_t bits = ohm_key_at(key, (uint64_t)i);
        CHECK(!ohm_array_program(a, bits & 1, (unsigned)(bits >> 8) % (unsigned)rows,
                                 (unsigned)(bits >> 24) % (unsigned)cols,
                                 (unsigned)(bits >> 40) % 16385, NULL));
    }
}

/* The fast read equals the naive one, after any history of programming and time. */
static void test_read_equals_naive(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        int rows = draw(1, 150), cols = draw(1, 150);
        struct ohm_array *a = new_array(rows, cols, round % 4 ? "pcm-hermes" : "ideal",
                                        (uint64_t)round, (unsigned)draw(0, 255));
        for (int step = 0; step < 4; step++) {
            random_program(a, rows, cols, 300, (uint64_t)(round * 10 + step));
            ohm_array_set_time(a, step == 2 ? 86400 : step == 3 ? 0 : (uint32_t)step);
            int16_t t[256];
            int32_t fast[256], naive[256];
            for (int r = 0; r < rows; r++)
                t[r] = (int16_t)(draw(0, 2) ? draw(-255, 255) : 0);
            struct ohm_read_key key = {(uint32_t)draw(0, 1 << 30) * 4u, (uint8_t)draw(0, 15),
                                       (uint8_t)draw(0, 15)};
            enum ohm_cell_sel sel = (enum ohm_cell_sel)draw(0, 2);
            ohm_array_read(a, sel, t, &key, fast);
            ohm_array_read_naive(a, sel, t, &key, naive);
            for (int c = 0; c < cols; c++)
                CHECK_EQUAL(fast[c], naive[c]);
        }
        ohm_array_free(a);
    }
}

/* Same final programming, any order of it and of the reads: same bits. Another seed, macro or key:
 * others. */
static void test_order_independence(void **state)
{
    (void)state;
    enum { N = 24 };
    struct ohm_array *a = new_array(N, N, "pcm-hermes", 11, 3),
                     *b = new_array(N, N, "pcm-hermes", 11, 3);
    struct ohm_array *other_macro = new_array(N, N, "pcm-hermes", 11, 4),
                     *other_seed = new_array(N, N, "pcm-hermes", 12, 3);
    int16_t t[N];
    int32_t q[8][N], late[N];
    for (int r = 0; r < N; r++)
        t[r] = (int16_t)(r * 10 - 100);
    for (int i = 0; i < N * N; i++)
        for (unsigned dev = 0; dev < 2; dev++) {
            unsigned row = (unsigned)(i / N), col = (unsigned)(i % N), code = (unsigned)(i * 28);
            ohm_array_program(a, dev, row, col, code, NULL);
            ohm_array_program(b, 1 - dev, N - 1 - row, N - 1 - col, (unsigned)(N * N - 1 - i) * 28,
                              NULL);
            ohm_array_program(other_macro, dev, row, col, code, NULL);
            ohm_array_program(other_seed, dev, row, col, code, NULL);
            if (i % 100 == 0) { /* reads in between change nothing */
                struct ohm_read_key key = {(uint32_t)i, 1, 1};
                ohm_array_read(b, (enum ohm_cell_sel)(i / 100 % 3), t, &key, late);
            }
        }
    for (uint32_t seq = 0; seq < 8; seq++)
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){seq, 2, 3}, q[seq]);
    for (uint32_t seq = 8; seq-- > 0;) {
        ohm_array_read(b, OHM_CELL_BOTH, t, &(struct ohm_read_key){seq, 2, 3}, late);
        CHECK(!memcmp(q[seq], late, sizeof late));
    }
    struct ohm_read_key others[] = {{1, 2, 3}, {0, 1, 3}, {0, 2, 4}};
    for (int i = 0; i < 3; i++) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &others[i], late);
        CHECK(memcmp(q[0], late, sizeof late));
    }
    struct ohm_read_key first = {0, 2, 3};
    ohm_array_read(other_macro, OHM_CELL_BOTH, t, &first, late);
    CHECK(memcmp(q[0], late, sizeof late));
    ohm_array_read(other_seed, OHM_CELL_BOTH, t, &first, late);
    CHECK(memcmp(q[0], late, sizeof late));
    /* programming again draws a new error */
    int before = ohm_array_geff(a, OHM_CELL_PLUS, 5, 5);
    ohm_array_program(a, 0, 5, 5, (5 * N + 5) * 28, NULL);
    CHECK(before != ohm_array_geff(a, OHM_CELL_PLUS, 5, 5));
    ohm_array_free(a);
    ohm_array_free(b);
    ohm_array_free(other_macro);
    ohm_array_free(other_seed);
}

static void test_programming_statistics(void **state)
{
    (void)state;
    enum { SIDE = 128, N = SIDE * SIDE };
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    struct ohm_array *a = new_array(SIDE, SIDE, "pcm-hermes", 5, 9);
    const unsigned codes[] = {4096, 8192, 12288, 16384};
    for (int i = 0; i < 4; i++) {
        program_all(a, SIDE, SIDE, 0, codes[i]);
        double sum = 0, squares = 0, target = codes[i];
        for (unsigned cell = 0; cell < N; cell++) {
            double e = ohm_array_geff(a, OHM_CELL_PLUS, cell / SIDE, cell % SIDE) - target;
            sum += e;
            squares += e * e;
        }
        double unit = d->g_max / 16384,
               sigma = (d->program(d, target * unit, 1) - target * unit) / unit;
        CHECK_NEAR(sum / N, 0, SIGMAS * sigma / sqrt(N));
        CHECK_NEAR(squares / N / (sigma * sigma), 1, SIGMAS * sqrt(2.0 / N));
    }
    /* code 0: half of the devices at zero, the others half-normal */
    double zeros = 0, sum = 0, sigma = 0.16603 * 16384 / d->g_max;
    for (unsigned cell = 0; cell < N; cell++) {
        int g = ohm_array_geff(a, OHM_CELL_MINUS, cell / SIDE, cell % SIDE);
        CHECK(g <= 0 || g < 9 * sigma);
        zeros += g == 0;
        sum += g;
    }
    CHECK_NEAR(zeros / N, 0.5 + 0.5 / sigma * sqrt(2 / acos(-1)) / 2, SIGMAS * 0.5 / sqrt(N));
    CHECK_NEAR(sum / N, sigma / sqrt(2 * acos(-1)), SIGMAS * sigma * 0.5838 / sqrt(N));
    ohm_array_free(a);
}

static void test_read_statistics(void **state)
{
    (void)state;
    enum { ROWS = 32, COLS = 64, READS = 2000 };
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    struct ohm_array *a = new_array(ROWS, COLS, "pcm-hermes", 6, 2);
    random_program(a, ROWS, COLS, 3000, 77);
    int16_t t[ROWS];
    int32_t q[COLS];
    for (int r = 0; r < ROWS; r++)
        t[r] = (int16_t)draw(-255, 255);
    double exact[COLS] = {0}, var[COLS], sum[COLS] = {0}, squares[COLS] = {0}, total = 0,
           unit = d->g_max / 16384;
    for (unsigned c = 0; c < COLS; c++) {
        var[c] = 1.0 / 12; /* of rounding to the unit */
        for (unsigned r = 0; r < ROWS; r++) {
            exact[c] += t[r] * ohm_array_geff(a, OHM_CELL_BOTH, r, c);
            for (int sel = OHM_CELL_PLUS; sel <= OHM_CELL_MINUS; sel++) {
                /* at time 0, as programmed */
                const double g = ohm_array_geff(a, (enum ohm_cell_sel)sel, r, c) * unit;
                double s = t[r] * d->read_sigma(d, g, g, 0) / unit;
                var[c] += s * s;
            }
        }
    }
    for (uint32_t i = 0; i < READS; i++) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0}, q);
        for (unsigned c = 0; c < COLS; c++) {
            sum[c] += q[c] - exact[c];
            squares[c] += (q[c] - exact[c]) * (q[c] - exact[c]);
        }
    }
    for (unsigned c = 0; c < COLS; c++) {
        double ratio = squares[c] / READS / var[c];
        CHECK_NEAR(sum[c] / READS / sqrt(var[c]), 0, SIGMAS / sqrt(READS));
        CHECK_NEAR(ratio, 1, SIGMAS * sqrt(2.0 / READS) + 1e-3); /* g is known to its rounding */
        total += ratio;
    }
    CHECK_NEAR(total / COLS, 1, SIGMAS * sqrt(2.0 / READS / COLS) + 1e-3);
    ohm_array_free(a);
}

static void test_drift(void **state)
{
    (void)state;
    enum { SIDE = 64, N = SIDE * SIDE };
    struct ohm_array *a = new_array(SIDE, SIDE, "pcm-hermes", 8, 0);
    program_all(a, SIDE, SIDE, 0, 16384);
    double now = 0, sum = 0, squares = 0, halves = 0;
    for (unsigned i = 0; i < N; i++)
        now += ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE);
    static int before[N];
    for (unsigned i = 0; i < N; i++)
        before[i] = ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE);
    ohm_array_set_time(a, 86400);
    for (unsigned i = 0; i < N; i++) {
        double nu = -log((double)ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) / before[i])
                    / log(289);
        sum += nu;
        squares += (nu - 0.0174) * (nu - 0.0174);
    }
    CHECK_NEAR(sum / N, 0.0174, SIGMAS * 0.0048 / sqrt(N) + 1e-5);
    CHECK_NEAR(sqrt(squares / N), 0.0048, SIGMAS * 0.0048 / sqrt(2 * N) + 1e-5);
    /* a device keeps its exponent: half the logarithm of time, half the loss */
    ohm_array_set_time(a, 4800); /* (4800 + 300)/300 = 17 = √289 */
    for (unsigned i = 0; i < N; i++) {
        double half = log((double)ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) / before[i]);
        ohm_array_set_time(a, 86400);
        double whole =
            log((double)ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) / before[i]);
        ohm_array_set_time(a, 4800);
        CHECK_NEAR(whole, 2 * half, 3e-4);
        halves += half;
    }
    CHECK(halves < 0);
    ohm_array_set_time(a, 0);
    for (unsigned i = 0; i < N; i++)
        now -= ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE);
    CHECK_EQUAL(now, 0);
    ohm_array_free(a);
}

/* ---- macro ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Pulses in, codes out: code = clip(floor((2Q + LSB)/(2 LSB)), START, STOP), by a ramp that asks
 * only at changes. */
static void test_macro_codes(void **state)
{
    (void)state;
    enum { ROWS = 50, COLS = 45 };
    for (int round = 0; round < 60; round++) {
        const char *device = round & 1 ? "pcm-hermes" : "ideal";
        struct ohm_error err;
        struct ohm_macro *m =
            ohm_macro_new(ROWS, COLS, ohm_device_find(device), 21, 17, OHM_TRIP_PHYSICS, &err);
        struct ohm_array *a = new_array(ROWS, COLS, device, 21, 17);
        int32_t q[COLS];
        for (unsigned r = 0; r < ROWS; r++)
            for (unsigned c = 0; c < COLS; c += 2)
                for (unsigned dev = 0; dev < 2; dev++) {
                    unsigned low = (unsigned)draw(0, 16384), high = (unsigned)draw(0, 16384);
                    ohm_macro_prog(m, dev, r, c, low | high << 16);
                    ohm_array_program(a, dev, r, c, low, NULL);
                    if (c + 1 < COLS)
                        ohm_array_program(a, dev, r, c + 1, high, NULL);
                }
        uint32_t lsb = round == 4 ? 1u : round == 5 ? 1u << 24 : (uint32_t)draw(1000, 60000);
        unsigned rs = round == 5 ? 15 : (unsigned)draw(0, 2);
        ohm_macro_cfg(m, OHM_REG_MACRO_LSB, lsb);
        ohm_macro_cfg(m, OHM_REG_COLMAP, 0); /* not the macro's */

        unsigned ticks = (1u << draw(1, 8)) - 1;
        int on[ROWS], neg[ROWS];
        int16_t t[ROWS];
        for (int r = 0; r < ROWS; r++) {
            on[r] = draw(0, (int)ticks);
            neg[r] = draw(0, 1);
            t[r] = (int16_t)(neg[r] ? -on[r] : on[r]);
        }
        struct ohm_read_key key = {(uint32_t)round, 1, 2};
        enum ohm_cell_sel sel = (enum ohm_cell_sel)draw(0, 2);
        ohm_macro_begin(m, &key, sel);
        for (unsigned tick = 0; tick < ticks; tick++) {
            uint32_t row_on[2] = {0}, row_neg[2] = {0};
            for (int r = 0; r < ROWS; r++) {
                row_on[r / 32] |= (uint32_t)((int)tick < on[r]) << r % 32;
                row_neg[r / 32] |= (uint32_t)neg[r] << r % 32;
            }
            ohm_macro_rows(m, tick, row_on, row_neg);
        }
        ohm_macro_sample(m, rs, ticks);
        ohm_array_read_naive(a, sel, t, &key, q);

        int start = -draw(1, 500), stop = draw(1, 500), code[COLS], clipped_low[COLS] = {0};
        for (int c = 0; c < COLS; c++)
            code[c] = stop;
        uint32_t cmp[2];
        int done[COLS] = {0};
        int32_t change = INT32_MIN;
        for (int step = start - 1; step <= stop; step++) {
            if (step >= change)
                change = ohm_macro_cmp(m, step, cmp);
            for (int c = 0; c < COLS; c++)
                if (!done[c] && cmp[c / 32] >> c % 32 & 1) {
                    done[c] = 1;
                    code[c] = step < start ? start : step;
                    clipped_low[c] = step < start;
                }
        }
        for (int c = 0; c < COLS; c++) {
            int64_t l = (int64_t)lsb << rs, n = floor_div(2 * (int64_t)q[c] + l, 2 * l);
            CHECK_EQUAL(code[c], n < start ? start : n > stop ? stop : n);
            CHECK_EQUAL(clipped_low[c], n < start);
            CHECK_NEAR(ohm_macro_hold(m, (unsigned)c), (double)q[c] / (double)l, 1e-9);
        }
        CHECK(!ohm_macro_fault(m));
        ohm_macro_cmp(m, 2048, cmp);
        CHECK(ohm_macro_fault(m) && strstr(ohm_macro_fault(m), "outside its range"));
        ohm_macro_free(m);
        ohm_array_free(a);
    }
}

static void test_macro_reset(void **state)
{
    (void)state;
    struct ohm_error err;
    struct ohm_macro *m =
        ohm_macro_new(4, 4, ohm_device_find("ideal"), 1, 0, OHM_TRIP_PHYSICS, &err);
    struct ohm_read_key key = {0, 0, 0};
    uint32_t on[1] = {1}, neg[1] = {0}, cmp[1];
    ohm_macro_prog(m, 0, 0, 0, 700);
    ohm_macro_cfg(m, OHM_REG_MACRO_LSB, 50);
    ohm_macro_begin(m, &key, 0);
    ohm_macro_reset(m);
    ohm_macro_begin(m, &key, 0);
    ohm_macro_rows(m, 0, on, neg);
    ohm_macro_sample(m, 0, 1);
    CHECK_EQUAL(ohm_macro_hold(m, 0), 700); /* MACRO_LSB is back at 1, the conductance is not */
    ohm_macro_reset(m);
    CHECK(!ohm_macro_fault(m));
    ohm_macro_cmp(m, 0, cmp);
    CHECK(ohm_macro_fault(m) && strstr(ohm_macro_fault(m), "without a sample"));
    ohm_macro_free(m);
    CHECK(!ohm_macro_new(0, 4, ohm_device_find("ideal"), 1, 0, OHM_TRIP_PHYSICS, &err)
          && err.text[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_exp),
        cmocka_unit_test(test_math_ends),
        cmocka_unit_test(test_normal_inverse),
        cmocka_unit_test(test_normal_distribution),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_normals_any_width),
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_device_names),
        cmocka_unit_test(test_hermes_programming),
        cmocka_unit_test(test_hermes_read_and_drift),
        cmocka_unit_test(test_array_errors),
        cmocka_unit_test(test_ideal_exact),
        cmocka_unit_test(test_read_equals_naive),
        cmocka_unit_test(test_order_independence),
        cmocka_unit_test(test_programming_statistics),
        cmocka_unit_test(test_read_statistics),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_macro_codes),
        cmocka_unit_test(test_macro_reset),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("checks %ld\n", checks);
    return failed != 0 || checks == 0;
}
