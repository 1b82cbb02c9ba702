/* SPDX-License-Identifier: Apache-2.0
 * What the interpreter counts of its work, instruction by instruction: what energy comes from. */
#include "vector_test.h"

#include <stdio.h>
#include <string.h>

/* What is counted of a line, beside the instructions around it. */
static void test_work(void **unused)
{
    enum { OTHERS = 4 }; /* instructions: len, mov s4, mov s13, end; the movs are an element each */
    static const struct {
        const char *line;
        struct ohm_vec_work work; /* elements, products, lookups, reads, writes, taken, sent */
    } cases[] = {
        {"add v2, v0, v1", {1, 3, 0, 0, 6, 3, 0, 0}},
        {"mov v2, #1", {1, 3, 0, 0, 0, 3, 0, 0}},
        {"mul v2, v0, s4 >> 1", {1, 3, 3, 0, 3, 3, 0, 0}},
        {"mul s5, s4, #3", {1, 1, 1, 0, 0, 0, 0, 0}},
        {"tab v2, v0, t1", {1, 3, 0, 3, 3, 3, 0, 0}},
        {"rnd v2, #7", {1, 3, 0, 0, 0, 3, 0, 0}},
        {"sum s5, v0", {1, 3, 0, 0, 3, 0, 0, 0}},
        {"dot s5, v0, v1", {1, 3, 3, 0, 6, 0, 0, 0}},
        {"mv v2, v0, v1, rows 2, stride 1", {1, 6, 6, 0, 12, 2, 0, 0}},
        {"mt v2, v0, v1, rows 2, stride 1", {1, 6, 6, 0, 8, 3, 0, 0}},
        {"get s5, v0, #1", {1, 0, 0, 0, 1, 0, 0, 0}},
        {"put v0, s4, #1", {1, 0, 0, 0, 0, 1, 0, 0}},
        {"unpack v2, stream 1, word 0, s8", {1, 3, 0, 0, 0, 3, 1, 0}},
        {"free 0 1", {1, 0, 0, 0, 0, 0, 0, 0}},
        {"beq s4, s0, 0", {1, 0, 0, 0, 0, 0, 0, 0}},
    };
    static const uint32_t in[1] = {0x00807F05};
    char text[300];
    struct bench b;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ohm_vec_work want = cases[i].work;
        want.instructions += OTHERS;
        want.elements += 2;
        snprintf(text, sizeof text,
                 "data x, 5, -7, 100\ndata y, 3, 3, -2\nvec z, 16\nprogram streams 0 1\n"
                 "len #3\nmov s4, #10\nmov s13, #3\n%s\nend\n", cases[i].line);
        bench_open(&b, &test_size, text, NULL, 0);
        ohm_vec_enable(b.v, 2);
        bench_run(&b, (const uint32_t *const[4]){in, in}, (const uint32_t[4]){1, 1});
        SAME(b.done.code, 0);
        SAME(memcmp(&b.done.work, &want, sizeof want), 0);
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_work)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
