/* SPDX-License-Identifier: Apache-2.0
 * Element-wise kernels, products, neurons, norms with known statistics, orders and convolution,
 * against float or whole numbers; cycles as their texts state them. */
#include "kernel_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 512, RUNS = 12 };

static void draw_all(struct kernel *k, int32_t *x, int n, long most)
{
    for (int i = 0; i < n; i++)
        x[i] = (int32_t)kernel_draw(k, -most, most);
}

static double clip8(double v)
{
    return fmax(-127, fmin(127, v));
}

static double rounded(double v)
{
    return floor(v + 0.5);
}

/* Kernels of two streams: f of two elements is what leaves, exactly. */
static void pairs(const char *name, int n, int lanes, double (*f)(double, double))
{
    const struct ohm_asm_param param[] = {{"n", n}};
    const uint32_t count[2] = {(uint32_t)n, (uint32_t)n};
    int32_t x[2][MOST];
    struct kernel k;

    kernel_open(&k, name, lanes, param, 1);
    for (int run = 0; run < RUNS; run++) {
        draw_all(&k, x[0], n, 127);
        draw_all(&k, x[1], n, 127);
        kernel_run(&k, 2, (const int32_t *const[]){x[0], x[1]}, count, 1);
        for (int i = 0; i < n; i++)
            SAME(kernel_out(&k, 0, 1, (uint32_t)i), f(x[0][i], x[1][i]));
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    printf("%s of %d, %d lanes: %u cycles\n", name, n, lanes, k.b.done.cycles);
    kernel_close(&k);
}

static double add_ref(double a, double b)
{
    return clip8(rounded((a + b) / 2));
}

static double mul_ref(double a, double b)
{
    return clip8(rounded(a * b * 129 / 16384));
}

static void test_pairs(void **unused)
{
    (void)unused;
    pairs("add", 128, 8, add_ref);
    pairs("add", 37, 16, add_ref);
    pairs("mul", 128, 8, mul_ref);
    pairs("max", 100, 4, fmax);
}

/* Sums over runs; a new sequence begins with 0. */
static void test_axpy(void **unused)
{
    const struct ohm_asm_param param[] = {{"n", 40}, {"T", 5}};
    const uint32_t count[1] = {40};
    int32_t x[40];
    double y[40];
    struct kernel k;

    (void)unused;
    kernel_open(&k, "axpy", 8, param, 2);
    for (int run = 0; run < 15; run++) {
        if (run % 5 == 0)
            memset(y, 0, sizeof y);
        draw_all(&k, x, 40, 127);
        kernel_run(&k, 1, (const int32_t *const[]){x}, count, 1);
        for (int i = 0; i < 40; i++) {
            y[i] += rounded(x[i] * 1.5);
            SAME(kernel_out(&k, 0, 3, (uint32_t)i), y[i]);
        }
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
        if (run % 5 == 4)
            kernel_run(&k, 0, NULL, NULL, 0); /* init */
    }
    kernel_close(&k);
}

static void test_dot(void **unused)
{
    const struct ohm_asm_param param[] = {{"n", 300}, {"in_format", 2}, {"in_per", 2},
                                          {"shift", 7}};
    const uint32_t count[2] = {300, 300};
    int32_t x[2][MOST];
    struct kernel k;

    (void)unused;
    kernel_open(&k, "dot", 16, param, 4);
    for (int run = 0; run < RUNS; run++) {
        double sum = 0;
        draw_all(&k, x[0], 300, 32767);
        draw_all(&k, x[1], 300, 32767);
        for (int i = 0; i < 300; i++)
            sum += (double)x[0][i] * x[1][i];
        kernel_run(&k, 2, (const int32_t *const[]){x[0], x[1]}, count, 2);
        SAME(kernel_out(&k, 0, 3, 0), rounded(sum / 128));
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    kernel_close(&k);
}

/* Two sequences of neurons in turn; v in float beside v in whole numbers. */
static void test_lif(void **unused)
{
    enum { N = 32, B = 2, T = 50 };
    const struct ohm_asm_param param[] = {{"n", N}, {"B", B}, {"T", T}};
    const double decay = 29491 / 32768.0, near = 0.5 / (1 - decay);
    const uint32_t count[1] = {N};
    double v[B][N];
    int32_t z[N];
    unsigned spikes = 0, doubtful = 0;
    struct kernel k;

    (void)unused;
    kernel_open(&k, "lif", 8, param, 3);
    memset(v, 0, sizeof v);
    for (int run = 0; run < B * T; run++) {
        double *lane = v[run % B];
        for (int i = 0; i < N; i++)
            z[i] = (int32_t)kernel_draw(&k, -10, 40);
        kernel_run(&k, 1, (const int32_t *const[]){z}, count, 1);
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
        for (int i = 0; i < N; i++) {
            const int spike = kernel_out(&k, 0, 0, (uint32_t)i);
            lane[i] = lane[i] * decay + z[i] * 256.0;
            if (fabs(lane[i] - 16384) <= near)
                doubtful++;
            else
                SAME(spike, lane[i] >= 16384);
            lane[i] -= spike * 16384.0;
            spikes += (unsigned)spike;
        }
        if (run >= B * (T - 1))
            kernel_run(&k, 0, NULL, NULL, 0); /* init: the lane's sequence has ended */
    }
    printf("lif: %u spikes of %d neurons in %d steps, %u of %d nearer than the rounding\n", spikes,
           B * N, T, doubtful, B * N * T);
    TRUE(spikes > 100 && doubtful < 10);
    for (int i = 0; i < B * N; i++)
        SAME(kernel_peek(&k, "v", i), 0);
    kernel_close(&k);
}

static void test_batchnorm(void **unused)
{
    const uint32_t count[1] = {128};
    long a[128], b[128];
    int32_t x[128];
    struct kernel k;

    (void)unused;
    kernel_load(&k, "batchnorm", 8, (const struct ohm_asm_param[]){{"low", 0}}, 1);
    for (int i = 0; i < 128; i++) {
        a[i] = kernel_draw(&k, -8192, 8192);
        b[i] = kernel_draw(&k, -100000, 100000);
        kernel_poke(&k, "a", i, a[i]);
        kernel_poke(&k, "b", i, b[i]);
    }
    kernel_start(&k);
    for (int run = 0; run < RUNS; run++) {
        draw_all(&k, x, 128, 127);
        kernel_run(&k, 1, (const int32_t *const[]){x}, count, 1);
        for (int i = 0; i < 128; i++) {
            const double y = rounded(((double)x[i] * (double)a[i] + (double)b[i]) / 4096);
            SAME(kernel_out(&k, 0, 1, (uint32_t)i), fmin(127, fmax(0, y)));
        }
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    kernel_close(&k);
}

/* Few values, so that many are equal: the first of them comes first. */
static void test_topk(void **unused)
{
    const struct ohm_asm_param param[] = {{"n", 90}, {"k", 7}};
    const uint32_t count[1] = {90};
    int32_t x[90];
    struct kernel k;

    (void)unused;
    kernel_open(&k, "topk", 8, param, 2);
    for (int run = 0; run < RUNS; run++) {
        int taken[90] = {0};
        draw_all(&k, x, 90, run % 2 ? 3 : 127);
        kernel_run(&k, 1, (const int32_t *const[]){x}, count, 1);
        for (uint32_t j = 0; j < 7; j++) {
            int best = -1;
            for (int i = 0; i < 90; i++)
                if (!taken[i] && (best < 0 || x[i] > x[best]))
                    best = i;
            taken[best] = 1;
            SAME(kernel_out(&k, 0, 3, j), best);
            SAME(kernel_out(&k, 0, 3, 7 + j), x[best]);
        }
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    kernel_close(&k);
}

static void test_softargmax(void **unused)
{
    enum { N = 64 };
    const uint32_t count[1] = {N};
    int32_t x[N];
    struct kernel k;

    (void)unused;
    kernel_load(&k, "softargmax", 8, NULL, 0);
    for (int i = 0; i < N; i++)
        kernel_poke(&k, "place", i, i);
    kernel_start(&k);
    for (int run = 0; run < RUNS; run++) {
        double sum = 0, mean = 0, centre = (double)kernel_draw(&k, 0, N - 1);
        for (int i = 0; i < N; i++) {
            const double far = fabs(i - centre);
            x[i] = (int32_t)(100 - 6 * (far > 30 ? 30 : far) + (double)kernel_draw(&k, -5, 5));
            sum += exp(x[i] / 16.0);
            mean += i * exp(x[i] / 16.0);
        }
        kernel_run(&k, 1, (const int32_t *const[]){x}, count, 1);
        kernel_near(&k, kernel_out(&k, 0, 3, 0) / 256.0, mean / sum,
                    (N - 1) * 5.8e-4 + 3.1e-5 * N * N + 2e-3, "softargmax");
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    printf("softargmax of %d: %u cycles, error at most %.2f of its bound\n", N, k.b.done.cycles,
           k.worst);
    kernel_close(&k);
}

/* A map of 9 lines and one of zeros, twice: the second one sees nothing of the first. */
static void test_depthwise(void **unused)
{
    enum { W = 7, C = 32, H = 9, LINE = W * C };
    const struct ohm_asm_param param[] = {{"W", W}, {"C", C}, {"T", H + 1}};
    const uint32_t count[1] = {LINE};
    static int32_t map[H + 3][W + 2][C];
    static int32_t weight[3][3][C];
    struct kernel k;

    (void)unused;
    kernel_load(&k, "depthwise3x3", 8, param, 3);
    for (int tap = 0; tap < 9; tap++)
        for (int c = 0; c < C; c++) {
            weight[tap / 3][tap % 3][c] = (int32_t)kernel_draw(&k, -127, 127);
            for (int x = 0; x < W; x++)
                kernel_poke(&k, "w", (tap * W + x) * C + c, weight[tap / 3][tap % 3][c]);
        }
    kernel_start(&k);
    for (int run = 0; run < 2 * (H + 1); run++) {
        const int r = run % (H + 1); /* line r of the map is map[r + 2] */
        if (r == 0)
            memset(map, 0, sizeof map);
        for (int x = 0; x < W && r < H; x++)
            draw_all(&k, map[r + 2][x + 1], C, 127);
        kernel_run(&k, 1, (const int32_t *const[]){map[r + 2][1]}, count, 1);
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
        for (int x = 0; x < W; x++)
            for (int c = 0; c < C; c++) {
                double sum = 0;
                for (int tap = 0; tap < 9; tap++)
                    sum += weight[tap / 3][tap % 3][c]
                         * (double)map[r + tap / 3][x + tap % 3][c];
                SAME(kernel_out(&k, 0, 1, (uint32_t)(x * C + c)), clip8(rounded(sum / 64)));
            }
        if (r == H)
            kernel_run(&k, 0, NULL, NULL, 0); /* init */
    }
    printf("depthwise 3 x 3, %d pixels of %d channels: %ld cycles a line\n", W, C,
           kernel_const(&k, "cycles"));
    kernel_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs), cmocka_unit_test(test_axpy), cmocka_unit_test(test_dot),
        cmocka_unit_test(test_lif), cmocka_unit_test(test_batchnorm), cmocka_unit_test(test_topk),
        cmocka_unit_test(test_softargmax), cmocka_unit_test(test_depthwise),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
