/* SPDX-License-Identifier: Apache-2.0
 * Checks and statistics of the device tests. Seeds are fixed and bounds are 4.9 standard errors (a
 * right model fails one in a million), so a failure is a change of the model. */
#ifndef DEVICES_TEST_H
#define DEVICES_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ohm_error.h"

#define SIGMAS 4.9

static long checks;

static inline void check_at(int ok, const char *file, int line, const char *what, double got,
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

struct moments {
    double n, mean, sigma;
};

static inline struct moments moments_of(const double *x, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    for (int i = 0; i < n; i++)
        squares += (x[i] - sum / n) * (x[i] - sum / n);
    return (struct moments){n, sum / n, sqrt(squares / (n - 1))};
}

/* Normal sample of this mean and sigma? `slack`: how well the expected numbers are known. */
#define CHECK_NORMAL(m, expected_mean, expected_sigma, slack) \
    do { \
        CHECK_NEAR((m).mean, expected_mean, SIGMAS *(expected_sigma) / sqrt((m).n) + (slack)); \
        CHECK_NEAR((m).sigma, expected_sigma, \
                   SIGMAS *(expected_sigma) / sqrt(2 * (m).n) + (slack)); \
    } while (0)

static inline int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* Kolmogorov-Smirnov distance of two samples of n, times √(n/2): above 2.7 with probability 2
 * exp(−2·2.7²) = 1e-6. Sorts them. */
static inline double ks_two(double *x, double *y, int n)
{
    double worst = 0;
    qsort(x, (size_t)n, sizeof *x, ascending);
    qsort(y, (size_t)n, sizeof *y, ascending);
    for (int i = 0, j = 0; i < n && j < n;) {
        double at = x[i] < y[j] ? x[i] : y[j];
        while (i < n && x[i] <= at)
            i++;
        while (j < n && y[j] <= at)
            j++;
        worst = fmax(worst, fabs((double)(i - j) / n));
    }
    return worst * sqrt(n / 2.0);
}
#define KS_LIMIT 2.7

/* A file in the directory of the tests, with these contents. */
static inline const char *text_file(const char *name, const char *text)
{
    static char path[512];
    const char *out = getenv("OUT");
    snprintf(path, sizeof path, "%s/%s", out ? out : ".", name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

#define RUN_TESTS(tests) \
    int failed = cmocka_run_group_tests(tests, NULL, NULL); \
    printf("checks %ld\n", checks); \
    return failed != 0 || checks == 0

#endif
