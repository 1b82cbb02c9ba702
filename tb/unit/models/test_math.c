/* SPDX-License-Identifier: Apache-2.0
 * Elementary functions, random numbers and kernels, each against a plain computation. */
#include "models_test.h"

#include "ohm_kernel.h"
#include "ohm_math.h"

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
    };
    RUN_TESTS(tests);
}
