/* SPDX-License-Identifier: Apache-2.0
 * ohm_exact_sum: order and grouping change no bit, and the sum is the true one. Last line:
 * PASS exact_sum <n> checks. */
#include "ohm_exact_sum.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TERMS = 2000, ORDERS = 20 };

static long checks;

static void check(int good, const char *what)
{
    checks++;
    if (!good) {
        printf("FAIL exact_sum: %s\n", what);
        exit(1);
    }
}

static double sum_of(const double *x, int n)
{
    struct ohm_exact_sum s = {0};
    for (int i = 0; i < n; i++)
        ohm_exact_add(&s, x[i]);
    return ohm_exact_value(&s);
}

/* Terms of all sizes, both signs, some subnormal. */
static double term(void)
{
    const double m = (double)rand() / RAND_MAX - 0.5;
    return ldexp(m, rand() % 2000 - 1060);
}

static void check_orders(void)
{
    static double x[TERMS];
    char text[OHM_EXACT_TEXT], again[OHM_EXACT_TEXT];
    struct ohm_exact_sum all = {0};
    for (int i = 0; i < TERMS; i++) {
        x[i] = term();
        ohm_exact_add(&all, x[i]);
    }
    const double want = ohm_exact_value(&all);
    ohm_exact_print(&all, text);
    for (int k = 0; k < ORDERS; k++) {
        struct ohm_exact_sum parts[3] = {{{0}, 0}, {{0}, 0}, {{0}, 0}}, whole;
        for (int i = TERMS - 1; i > 0; i--) {
            const int j = rand() % (i + 1);
            const double t = x[i];
            x[i] = x[j];
            x[j] = t;
        }
        for (int i = 0; i < TERMS; i++)
            ohm_exact_add(&parts[rand() % 3], x[i]);
        ohm_exact_print(&parts[1], again);
        check(!ohm_exact_scan(again, &whole), "a printed sum is scanned");
        ohm_exact_merge(&whole, &parts[0]);
        ohm_exact_merge(&whole, &parts[2]);
        ohm_exact_print(&whole, again);
        check(!strcmp(text, again), "another order is the same sum");
        check(ohm_exact_value(&whole) == want, "another order has the same value");
    }
}

int main(void)
{
    struct ohm_exact_sum s;
    srand(1);
    check(sum_of((double[]){1e300, 1, -1e300}, 3) == 1, "1e300 + 1 - 1e300");
    check(sum_of((double[]){DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX}, 4) == 0, "no overflow");
    check(sum_of((double[]){DBL_TRUE_MIN, 1, -1}, 3) == DBL_TRUE_MIN, "the least double");
    check(sum_of((double[]){-3, 1}, 2) == -2, "a negative sum");
    check(sum_of(NULL, 0) == 0, "nothing");
    for (int i = 0; i < TERMS; i++) {
        const double x = term();
        check(sum_of(&x, 1) == x, "one term is itself");
    }
    check_orders();
    static const char *const bad[] = {"", "5", "-", "1:0", "1:zzzzzzzz", "70:00000001",
                                      "0:12345678;"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(ohm_exact_scan(bad[i], &s) != 0, "a text that is no sum");
    printf("PASS exact_sum %ld checks\n", checks);
    return 0;
}
