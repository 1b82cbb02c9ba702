/* SPDX-License-Identifier: Apache-2.0
 * Softmax, layer norm, RMS norm and attention against float; error bounds and cycles as their
 * texts state them. */
#include "kernel_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 256, RUNS = 40 };

static void softmax_ref(const double *x, int n, double *p)
{
    double sum = 0, top = -INFINITY;

    for (int i = 0; i < n; i++)
        top = fmax(top, x[i]);
    for (int i = 0; i < n; i++)
        sum += p[i] = exp(x[i] - top);
    for (int i = 0; i < n; i++)
        p[i] /= sum;
}

/* Inputs of several spreads: from all alike to one that wins; one element too. */
static void softmax_of(int n, int lanes)
{
    const struct ohm_asm_param param[] = {{"n", n}, {"in_scale", 128}};
    const uint32_t count[1] = {(uint32_t)n};
    int32_t in[MOST];
    double x[MOST], p[MOST];
    struct kernel k;

    kernel_open(&k, "softmax", lanes, param, 2);
    for (int run = 0; run < RUNS; run++) {
        const long spread = run % 4 == 0 ? 0 : 1L << (run % 8);
        for (int i = 0; i < n; i++) {
            in[i] = (int32_t)kernel_draw(&k, spread ? -spread : 5, spread ? spread - 1 : 5);
            x[i] = in[i] / 32.0;
        }
        kernel_run(&k, 1, (const int32_t *const[]){in}, count, 1);
        softmax_ref(x, n, p);
        for (int i = 0; i < n; i++)
            kernel_near(&k, kernel_out(&k, 0, 2, (uint32_t)i) / 32768.0, p[i],
                        p[i] * (5e-4 + 1.6e-5 * n) + 6e-5, "softmax");
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    printf("softmax of %d, %d lanes: %u cycles, error at most %.2f of its bound\n", n, lanes,
           k.b.done.cycles, k.worst);
    TRUE(n == 1 || k.worst > 0.1);
    kernel_close(&k);
}

static void test_softmax(void **unused)
{
    (void)unused;
    softmax_of(64, 8);
    softmax_of(10, 4);
    softmax_of(1, 8);
    softmax_of(250, 16);
}

/* Both norms; `centred`: layer norm. */
static void norm_of(const char *name, int centred, int n, int lanes)
{
    const struct ohm_asm_param param[] = {
        {"n", n}, {"out_format", 2}, {"out_per", 2}, {"out_scale", 16384}, {"out_shift", 14}};
    const uint32_t count[1] = {(uint32_t)n};
    int32_t in[MOST];
    double gamma[MOST], beta[MOST] = {0};
    struct kernel k;

    kernel_load(&k, name, lanes, param, 5);
    for (int i = 0; i < n; i++) {
        const long g = kernel_draw(&k, -8192, 8192), b = kernel_draw(&k, -4096, 4096);
        gamma[i] = (double)g / 4096;
        kernel_poke(&k, "gamma", i, g);
        if (centred) {
            beta[i] = (double)b / 4096;
            kernel_poke(&k, "beta", i, b);
        }
    }
    kernel_start(&k);
    for (int run = 0; run < RUNS; run++) {
        const long spread = 1L << run % 8, shift = kernel_draw(&k, -128 + spread, 128 - spread);
        double mean = 0, square = 0;
        for (int i = 0; i < n; i++) {
            in[i] = (int32_t)(kernel_draw(&k, -spread, spread - 1) + shift);
            mean += centred ? in[i] * 64.0 / n : 0;
        }
        for (int i = 0; i < n; i++)
            square += (in[i] * 64.0 - mean) * (in[i] * 64.0 - mean) / n;
        square += 64; /* eps = 1 in 2^6 */
        kernel_run(&k, 1, (const int32_t *const[]){in}, count, 1);
        for (int i = 0; i < n; i++) {
            const double norm = (in[i] * 64.0 - mean) / sqrt(square);
            const double want = fmax(-8, fmin(32767 / 4096.0, gamma[i] * norm + beta[i]));
            const double bound = fabs(gamma[i])
                                   * (fabs(norm) * (6e-5 + 32 / square) + 2.5e-4
                                      + (centred ? 1 / sqrt(square) : 0)) + 1.3e-4;
            kernel_near(&k, kernel_out(&k, 0, 2, (uint32_t)i) / 4096.0, want, bound, name);
        }
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    printf("%s of %d, %d lanes: %u cycles, error at most %.2f of its bound\n", name, n, lanes,
           k.b.done.cycles, k.worst);
    TRUE(k.worst > 0.3);
    kernel_close(&k);
}

static void test_layernorm(void **unused)
{
    (void)unused;
    norm_of("layernorm", 1, 64, 8);
    norm_of("layernorm", 1, 50, 4);
    norm_of("layernorm", 1, 128, 16);
}

static void test_rmsnorm(void **unused)
{
    (void)unused;
    norm_of("rmsnorm", 0, 64, 8);
    norm_of("rmsnorm", 0, 200, 16);
}

enum { HEADS_MAX = 4, DIM_MAX = 32, STEPS_MAX = 40, TOKEN = 3 * HEADS_MAX * DIM_MAX };

/* One token: output of a head over the r rows so far, and what the kernel's may differ by. */
static void attend(struct kernel *k, int32_t (*seen)[TOKEN], int r, int heads, int d, int head)
{
    const int32_t *q = seen[r - 1] + head * d;
    const double scale = kernel_const(k, "score_scale") / 4096.0;
    double score[STEPS_MAX], p[STEPS_MAX];

    for (int j = 0; j < r; j++) {
        double dot = 0;
        for (int i = 0; i < d; i++)
            dot += (double)q[i] * seen[j][(heads + head) * d + i];
        score[j] = dot * scale;
    }
    softmax_ref(score, r, p);
    for (int i = 0; i < d; i++) {
        double want = 0;
        for (int j = 0; j < r; j++)
            want += p[j] * seen[j][(2 * heads + head) * d + i];
        kernel_near(k, kernel_out(k, 0, 1, (uint32_t)(head * d + i)), want,
                    127 * (5e-4 + 7.6e-5 * r) + 0.51, "attention");
    }
}

static void attention_of(int heads, int d, int steps, int sequences, int lanes)
{
    const struct ohm_asm_param param[] = {
        {"H", heads}, {"d", d}, {"T", steps}, {"B", sequences}};
    static int32_t seen[2][STEPS_MAX][TOKEN];
    const uint32_t count[1] = {(uint32_t)(3 * heads * d)};
    struct kernel k;

    kernel_open(&k, "attention", lanes, param, 4);
    for (int n = 0; n < 2 * steps * sequences; n++) {
        const int lane = n % sequences, t = n / sequences % steps, r = t + 1;
        for (int i = 0; i < 3 * heads * d; i++)
            seen[lane][t][i] = (int32_t)kernel_draw(&k, -120, 120);
        kernel_run(&k, 1, (const int32_t *const[]){seen[lane][t]}, count, 1);
        for (int head = 0; head < heads; head++)
            attend(&k, seen[lane], r, heads, d, head);
        SAME(k.b.done.cycles,
             kernel_const(&k, "cycles")
                 + heads * (kernel_const(&k, "cycles_row") * r
                            + kernel_const(&k, "cycles_group") * ((r + lanes - 1) / lanes)));
    }
    printf("attention, %d heads of %d, row %d, %d lanes: %u cycles, error at most %.2f of its "
           "bound\n", heads, d, steps, lanes, k.b.done.cycles, k.worst);
    TRUE(k.worst > 0.5);
    kernel_close(&k);
}

static void test_attention(void **unused)
{
    (void)unused;
    attention_of(4, 16, 32, 1, 8);
    attention_of(2, 32, 12, 2, 16);
    attention_of(1, 16, 40, 1, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax), cmocka_unit_test(test_layernorm),
        cmocka_unit_test(test_rmsnorm), cmocka_unit_test(test_attention),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
