/* SPDX-License-Identifier: Apache-2.0
 * Convolutional networks that fit only by another layout: pooled line by line, lines in slices of
 * their channels, groups packed along the diagonal. Exact mappings give the integer reference to
 * the bit. */
#include "conv_check.h"

/* Pools of more lines than a stream has slots: a row of windows at a time. */
static void by_lines(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct graph g;
        struct ohm_error err = {{0}};
        struct ohm_mapping m;
        begin(&g, k ? 40 : 25, k ? 3 : 5, 3, k);
        conv(&g, 8, 3, 3, 1);
        struct ohm_layer *l = conv(&g, 12, 1, 1, 0);
        pool(l, k ? OHM_POOL_MAX : OHM_POOL_AVERAGE, k ? 20 : 0, 20); /* two blocks, or one */
        l->pool_w = k ? 3 : 0;
        add_layer(&g, OHM_LAYER_DENSE, 5);
        CHECK(!finish(&g, OHM_OUTPUT_S32, 12, &err));
        if (map(&g, "small", 3, 3, OHM_MAPPING_EXACT, NULL, &m, &err))
            fail_msg("%s", err.text);
        CHECK(!m.layers[0].by_lines && m.layers[1].by_lines && l->map_h == 1 + k);
        CHECK(m.tiles[m.layers[1].first_tile].streams[0].need <= 2);
        ohm_mapping_free(&m);
        check_all(&g, "small", 3, 3, OHM_MAPPING_EXACT, NULL);
        end(&g);
    }
}

/* Lines of 128 words, and of a residual as many, in a buffer of 512: a tile gets some channels. */
static void slices(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 4, 32, 2, 0);
    conv(&g, 16, 3, 3, 1);
    conv(&g, 16, 3, 3, 1);
    add_to(conv(&g, 16, 3, 3, 1), 0);
    pool(conv(&g, 8, 1, 1, 0), OHM_POOL_AVERAGE, 0, 1);
    add_layer(&g, OHM_LAYER_DENSE, 5);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
    if (map(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL, &m, &err))
        fail_msg("%s", err.text);
    CHECK(m.layers[2].residual_slices > 1 && m.layers[2].col_parts > 1 && m.layers[1].slices > 1);
    ohm_mapping_free(&m);
    check_all(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL);
    end(&g);
}

/* Groups on the diagonal: column parts with the rows of their own groups, no partial sums. */
static void groups(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct graph g;
        struct ohm_error err = {{0}};
        struct ohm_mapping m;
        begin(&g, 5, 6, 2, 0);
        conv(&g, 18, 3, 3, 1);
        /* depthwise; two outputs a channel; two channels a group */
        struct ohm_layer *l = conv(&g, (int[]){18, 36, 18}[k], 3, 3, 1);
        l->groups = k == 2 ? 9 : 18;
        pool(conv(&g, 8, 1, 1, 0), OHM_POOL_AVERAGE, 0, 1);
        add_layer(&g, OHM_LAYER_DENSE, 5);
        CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
        if (map(&g, "small", 4, 6, OHM_MAPPING_EXACT, NULL, &m, &err))
            fail_msg("%s", err.text);
        CHECK(m.layers[1].packed && m.layers[1].row_parts == 1);
        for (int i = 0; i < m.layers[1].tiles; i++)
            CHECK(m.tiles[m.layers[1].first_tile + i].bytes < 18);
        ohm_mapping_free(&m);
        check_all(&g, "small", 4, 6, OHM_MAPPING_EXACT, NULL);
        end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_lines), cmocka_unit_test(slices),
                                       cmocka_unit_test(groups)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
