/* SPDX-License-Identifier: Apache-2.0
 * Learning matrices: the same numbers on any number of threads, from the golden and the fast model;
 * products against the weights; transposed reads of a symmetric matrix; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ohm_learn.h"
#include "ohm_rng.h"

enum { INPUTS = 50, OUTPUTS = 37, SIDE = 16, MODELS = 3 };

static unsigned long checks;
#define CHECK(condition) (checks++, assert_true(condition))
#define MUST(call) \
    do { \
        checks++; \
        if (call) \
            fail_msg("%s", err.text); \
    } while (0)

static struct ohm_error err;

static struct ohm_device_model *noisy(void)
{
    const char *out = getenv("OUT");
    char path[512];
    snprintf(path, sizeof path, "%s/learn.txt", out ? out : ".");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("device = ideal\nread_noise = 0.01\nstuck_low = 0.05\nswitching = soft-bounds\n"
          "step_c2c = 0.3\nstep_d2d = 0.3\n", f);
    fclose(f);
    struct ohm_device_model *m = ohm_device_load(path, &err);
    if (!m)
        fail_msg("%s", err.text);
    return m;
}

static struct ohm_learn *matrix(struct ohm_learn_options o, int inputs, int outputs)
{
    struct ohm_learn *l = ohm_learn_new(&o, inputs, outputs, &err);
    double *w = calloc((size_t)inputs * (size_t)outputs, sizeof *w);
    if (!l)
        fail_msg("%s", err.text);
    for (int i = 0; i < inputs * outputs; i++)
        w[i] = 0.3 * ohm_normal(ohm_key_at(9, (uint64_t)i));
    MUST(ohm_learn_load(l, w, 0.5, &err));
    free(w);
    ohm_learn_set_lsb(l, 0, 4096);
    ohm_learn_set_lsb(l, 1, 4096);
    return l;
}

static void bytes(uint64_t key, uint8_t *v, int n)
{
    for (int i = 0; i < n; i++)
        v[i] = (uint8_t)(ohm_key_at(key, (uint64_t)i) >> 7);
}

/* One thread, three threads, the golden model. */
static void test_models(void **state)
{
    (void)state;
    struct ohm_device_model *m = noisy();
    struct ohm_learn *l[MODELS];
    for (int k = 0; k < MODELS; k++)
        l[k] = matrix((struct ohm_learn_options){.device = m, .seed = 3, .rows = SIDE,
                                                 .cols = SIDE, .threads = k == 1 ? 3 : 1,
                                                 .golden = k == 2, .code_max = 511},
                      INPUTS, OUTPUTS);
    CHECK(ohm_learn_arrays(l[0]) == 4 * 3);
    for (uint32_t n = 0; n < 12; n++) {
        const struct ohm_update u = {.rule = n % 3, .policy = n / 3 % 3, .shift = 13, .count = 3,
                                     .accumulate = n % 6 == 2, .seed = 8};
        uint8_t x[INPUTS], d[OUTPUTS];
        double y[MODELS][OUTPUTS], z[MODELS][INPUTS];
        bytes(n + 100, x, INPUTS);
        bytes(n + 200, d, OUTPUTS);
        for (int k = 0; k < MODELS; k++) {
            MUST(ohm_learn_forward(l[k], n, x, y[k], &err));
            MUST(ohm_learn_backward(l[k], n, d, z[k], &err));
            MUST(ohm_learn_update(l[k], &u, n, x, d, &err));
        }
        for (int k = 1; k < MODELS; k++) {
            CHECK(!memcmp(y[k], y[0], sizeof *y));
            CHECK(!memcmp(z[k], z[0], sizeof *z));
        }
    }
    struct ohm_learn_spent spent[MODELS];
    for (int k = 0; k < MODELS; k++)
        ohm_learn_spent(l[k], NULL, &spent[k]);
    CHECK(spent[0].counts.cells > 1000);
    for (int k = 1; k < MODELS; k++)
        CHECK(!memcmp(&spent[k], &spent[0], sizeof spent[0]));
    for (int k = 0; k < MODELS; k++)
        ohm_learn_free(l[k]);
    ohm_device_free(m);
}

/* Codes are within half an LSB an array of the product with the weights. */
static void test_products(void **state)
{
    (void)state;
    struct ohm_learn *l = matrix((struct ohm_learn_options){.device = &ohm_device_ideal,
                                                            .rows = SIDE, .cols = SIDE,
                                                            .code_max = 32767},
                                 INPUTS, OUTPUTS);
    uint8_t x[INPUTS], d[OUTPUTS];
    double y[OUTPUTS], z[INPUTS];
    bytes(1, x, INPUTS);
    bytes(2, d, OUTPUTS);
    for (int o = 0; o < OUTPUTS; o++)
        d[o] = d[o] == 128 ? 129 : d[o];
    MUST(ohm_learn_forward(l, 0, x, y, &err));
    MUST(ohm_learn_backward(l, 0, d, z, &err));
    for (int o = 0; o < OUTPUTS; o++) {
        double exact = 0;
        for (int i = 0; i < INPUTS; i++)
            exact += x[i] * ohm_learn_weight(l, i, o);
        CHECK((y[o] - exact) * (y[o] - exact) <= 0.51 * 0.51); /* 4 arrays × 4096/2 of 16384 */
    }
    for (int i = 0; i < INPUTS; i++) {
        double exact = 0;
        for (int o = 0; o < OUTPUTS; o++)
            exact += (int8_t)d[o] * ohm_learn_weight(l, i, o);
        CHECK((z[i] - exact) * (z[i] - exact) <= 0.39 * 0.39);
    }
    ohm_learn_free(l);
}

static void test_symmetric(void **state)
{
    (void)state;
    const struct ohm_learn_options o = {.device = &ohm_device_ideal, .x_signed = 1,
                                        .code_max = 2047};
    struct ohm_learn *l = ohm_learn_new(&o, SIDE, SIDE, &err);
    double w[SIDE * SIDE], y[SIDE], z[SIDE];
    uint8_t x[SIDE];
    assert_non_null(l);
    for (int i = 0; i < SIDE; i++)
        for (int k = 0; k < SIDE; k++)
            w[i * SIDE + k] = 0.01 * ((i * k) % 13 - 6);
    MUST(ohm_learn_load(l, w, 0.5, &err));
    for (int n = 0; n < 2; n++) {
        ohm_learn_set_lsb(l, n, 999);
        bytes(5, x, SIDE);
    }
    MUST(ohm_learn_forward(l, 0, x, y, &err));
    MUST(ohm_learn_backward(l, 0, x, z, &err));
    CHECK(!memcmp(y, z, sizeof y));
    ohm_learn_free(l);
}

static void test_refused(void **state)
{
    (void)state;
    struct ohm_learn_options o = {.device = &ohm_device_ideal, .rows = 3};
    CHECK(!ohm_learn_new(&o, 8, 8, &err) && strstr(err.text, "expected 4 to 256"));
    o.rows = 0;
    CHECK(!ohm_learn_new(&o, 0, 8, &err) && strstr(err.text, "matrix 0 x 8"));
    o.device = ohm_device_find("pcm");
    CHECK(!ohm_learn_new(&o, 8, 8, &err) && strstr(err.text, "switching"));
    o.device = &ohm_device_ideal;
    struct ohm_learn *l = ohm_learn_new(&o, 8, 8, &err);
    assert_non_null(l);
    const struct ohm_update u = {.rule = OHM_UPDATE_SIGN, .x_signed = 1};
    const uint8_t v[8] = {1};
    const int8_t k[64] = {[7] = 64};
    CHECK(ohm_learn_update(l, &u, 0, v, v, &err) && strstr(err.text, "signed inputs"));
    const struct ohm_update row = {.rule = OHM_UPDATE_ROW, .count = 1};
    CHECK(ohm_learn_transfer(l, &row, k, &err)
          && strstr(err.text, "64 steps of input 0, output 7"));
    ohm_learn_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models), cmocka_unit_test(test_products),
        cmocka_unit_test(test_symmetric), cmocka_unit_test(test_refused),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("checks %lu\n", checks);
    return failed;
}
