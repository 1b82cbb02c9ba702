/* SPDX-License-Identifier: Apache-2.0
 * Kernels of one function of each element against float; error bounds and cycles as their texts
 * state them. */
#include "kernel_test.h"

#include <math.h>
#include <stdio.h>

enum { N = 128 };

struct function {
    const char *name;
    double (*f)(double);
    double relative, absolute; /* bound */
    int32_t low, high;         /* whole numbers that go in */
    double in, out;            /* what one of them is worth, and one of what leaves */
    unsigned in_format, out_format;
};

static double reciprocal(double x)
{
    return 1 / x;
}

static double rsqrt_of(double x)
{
    return 1 / sqrt(x);
}

/* Inputs that the kernel is said for: ends, then at random with few and with many bits. */
static int32_t input(struct kernel *k, const struct function *f, int run, int i)
{
    if (run == 0 && i < 2)
        return i ? f->high : f->low;
    if (f->in_format == 3)
        return (int32_t)(f->low + (kernel_draw(k, 0, f->high - f->low) >> (i % 31)));
    return (int32_t)kernel_draw(k, f->low, f->high);
}

static void check(const struct function *f, int lanes)
{
    static const struct ohm_asm_param wide[] = {{"in_format", 2}, {"in_per", 2}, {"in_scale", 1}};
    const uint32_t count[1] = {N};
    int32_t x[N];
    struct kernel k;

    kernel_open(&k, f->name, lanes, wide, f->in_format == 2 ? 3 : 0);
    for (int run = 0; run < 30; run++) {
        for (int i = 0; i < N; i++)
            x[i] = input(&k, f, run, i);
        kernel_run(&k, 1, (const int32_t *const[]){x}, count, f->in_format);
        for (int i = 0; i < N; i++) {
            const double want = f->f(x[i] * f->in);
            kernel_near(&k, kernel_out(&k, 0, f->out_format, (uint32_t)i) * f->out, want,
                        fabs(want) * f->relative + f->absolute, f->name);
        }
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
    }
    printf("%s of %d, %d lanes: %u cycles, error at most %.2f of its bound\n", f->name, N, lanes,
           k.b.done.cycles, k.worst);
    TRUE(k.worst > 0.4);
    kernel_close(&k);
}

static void test_functions(void **unused)
{
    static const struct function all[] = {
        {"sigmoid", ref_sigmoid, 0, 7e-5 + 0x1p-16, -32767, 32767, 0x1p-12, 0x1p-15, 2, 2},
        {"tanh", tanh, 0, 4.2e-4 + 0x1p-16, -32767, 32767, 0x1p-12, 0x1p-15, 2, 2},
        {"exp", exp, 5e-4, 3.1e-5, -32768, 0, 0x1p-12, 0x1p-15, 2, 2},
        {"reciprocal", reciprocal, 7e-5, 0x1p-30, 1, INT32_MAX, 1, 0x1p-30, 3, 3},
        {"rsqrt", rsqrt_of, 1.1e-4, 0, 1, (1 << 30) - 1, 1, 0x1p-29, 3, 3},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (int lanes = 4; lanes <= 16; lanes *= 2)
            check(&all[i], lanes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_functions)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
