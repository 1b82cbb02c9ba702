/* SPDX-License-Identifier: Apache-2.0
 * Mappings of convolutional networks: random graphs (kernels, strides, paddings, pools, residuals,
 * concatenations, flattened maps) and some by hand. Every weight on every replica once; every
 * window of every layer walked once; every word of every line written once and in its place; then
 * images through the golden model, where exact mappings must give the integer reference to the bit.
 * What does not fit, or would wait for ever, is refused by name. */
#include "conv_check.h"

static void random_graphs(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"small", "base", "tiny"};
    int mapped = 0;
    for (int k = 0; k < 30; k++) {
        struct graph g;
        struct ohm_error err = {{0}};
        struct ohm_mapping m;
        enum ohm_mapping_kind kind = draw(4) ? OHM_MAPPING_EXACT : OHM_MAPPING_PWM;
        const char *name = NAMES[draw(5) % 3];
        if (random_graph(&g, draw(2) ? OHM_OUTPUT_CLASS : OHM_OUTPUT_S32, &err))
            continue; /* the pieces leave no map */
        if (!map(&g, name, 4 + draw(3), 4 + draw(5), kind, NULL, &m, &err)) {
            mapped++;
            check_weights(&m);
            check_tiles(&m);
            check_run(&m);
            ohm_mapping_free(&m);
        } else if (!strstr(err.text, "layer ")) {
            fail_msg("%s", err.text);
        }
        end(&g);
    }
    CHECK(mapped >= 12);
}

/* A kernel whose rows are more than a tile's is cut by channels, then by lines. */
static void split_kernels(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 12, 12, 1, 0);
    conv(&g, 5, 9, 9, 4); /* 81 rows on 64: two parts by lines */
    pool(conv(&g, 12, 5, 5, 2), OHM_POOL_MAX, 2, 2); /* 5·25 rows: by channels */
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
    CHECK(!map(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL, &m, &err));
    CHECK(m.layers[0].row_parts == 2 && m.tiles[0].kh + m.tiles[m.layers[0].col_parts].kh == 9
          && m.tiles[0].bytes == 1);
    CHECK(m.layers[1].row_parts == 3 && m.tiles[m.layers[1].first_tile].kh == 5);
    ohm_mapping_free(&m);
    check_all(&g, "small", 8, 8, OHM_MAPPING_EXACT, NULL);
    end(&g);
}

/* Replicas as asked for; odd numbers of block columns. */
static void replicas(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 11, 13, 2, 0);
    conv(&g, 6, 3, 3, 1);
    pool(conv(&g, 8, 3, 3, 0), OHM_POOL_AVERAGE, 3, 2); /* overlapping blocks */
    add_layer(&g, OHM_LAYER_DENSE, 7);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 12, &err));
    check_all(&g, "small", 4, 4, OHM_MAPPING_EXACT, (const int[]){5, 2, 0});
    check_all(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){1, 3, 1});
    CHECK(map(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){14, 1, 1}, &m, &err));
    CHECK_ERROR(err, "layer layer0: 14 replicas, expected at most 13");
    CHECK(map(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){13, 5, 1}, &m, &err));
    CHECK_ERROR(err, "replicas: 21 tiles, the mesh 4x4 has 16");
    CHECK(map(&g, "small", 4, 4, OHM_MAPPING_PWM, (const int[]){10, 1, 1}, &m, &err));
    CHECK_ERROR(err, "NRETURN of small");
    end(&g);
}

/* The residual must hold what the longer branch is behind; the balance takes the busiest layer. */
static void residual(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    int layer;
    begin(&g, 14, 14, 3, 0);
    conv(&g, 8, 3, 3, 1);
    conv(&g, 8, 5, 5, 2);
    add_to(conv(&g, 8, 3, 3, 1), 0);
    pool(&g.layers[2], OHM_POOL_MAX, 0, 1);
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_S32, 12, &err));
    if (map(&g, "base", 4, 4, OHM_MAPPING_EXACT, NULL, &m, &err))
        fail_msg("%s", err.text);
    const struct ohm_tile_map *join = &m.tiles[m.layers[3].first_tile - 1];
    /* one block over all lines */
    CHECK(join->tail && join->streams[OHM_STREAM_RESIDUAL].need == 14);
    CHECK( ohm_bottleneck(&m, &layer) == 14L * 14 * m.vmm_cycles && layer == 2);
    ohm_mapping_free(&m);
    check_all(&g, "base", 4, 4, OHM_MAPPING_EXACT, NULL);
    end(&g);

    begin(&g, 14, 14, 3, 0);
    conv(&g, 8, 3, 3, 1);
    conv(&g, 8, 5, 5, 2);
    add_to(conv(&g, 8, 3, 3, 1), 0);
    pool(conv(&g, 4, 3, 3, 0), OHM_POOL_MAX, 4, 4);
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_S32, 12, &err));
    /* two lines by the 5x5, one by the 3x3, its own */
    CHECK(!map(&g, "base", 4, 4, OHM_MAPPING_PWM, NULL, &m, &err));
    for (int i = 0; i < m.tile_count; i++)
        CHECK(m.tiles[i].layer != 2 || !m.tiles[i].tail
              || m.tiles[i].streams[OHM_STREAM_RESIDUAL].need == 4);
    for (int i = 0; i < m.tile_count; i++) /* less is a circle of waits */
        m.tiles[i].streams[OHM_STREAM_RESIDUAL].log2_slots = 1;
    CHECK(ohm_check_flow(&m, &err));
    CHECK_ERROR(err, "waits for ever", "layer0", "layer2");
    ohm_mapping_free(&m);
    end(&g);
}

static void refused(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 32, 32, 3, 0);
    conv(&g, 60, 3, 3, 1); /* no two halves of whole words */
    conv(&g, 8, 3, 3, 1);
    pool(&g.layers[1], OHM_POOL_MAX, 4, 4);
    add_layer(&g, OHM_LAYER_DENSE, 10);
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 2, &err));
    CHECK(map(&g, "small", 8, 8, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK_ERROR(err, "layer layer1: lines do not fit the input buffer: 8 x 480 words, IBUF_WORDS "
                     "of small is 512");
    struct ohm_config config;
    CHECK(!ohm_config_find("base", &config, &err));
    config.window = 0;
    CHECK(ohm_map_network(&g.net, &config, OHM_MAPPING_PWM, &m, &err));
    CHECK_ERROR(err, "layer layer0: reads windows of a map, WINDOW of base is 0");
    CHECK(map(&g, "base", 1, 2, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK_ERROR(err, "layer layer1: does not fit");
    end(&g);

    begin(&g, 20, 20, 1, 0); /* twenty lines at once */
    conv(&g, 4, 1, 1, 0);
    add_layer(&g, OHM_LAYER_DENSE, 4);
    CHECK(!finish(&g, OHM_OUTPUT_S32, 2, &err));
    CHECK(map(&g, "base", 16, 16, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK_ERROR(err, "layer layer1: must hold 20 lines of its input at once, expected at most 16");
    end(&g);
}

static void drawing(void **state)
{
    (void)state;
    struct graph g;
    struct ohm_error err = {{0}};
    struct ohm_mapping m;
    begin(&g, 8, 8, 1, 0);
    pool(conv(&g, 4, 3, 3, 0), OHM_POOL_MAX, 2, 2);
    add_layer(&g, OHM_LAYER_DENSE, 4);
    snprintf(g.layers[0].name, sizeof g.layers[0].name, "a<b&c");
    CHECK(!finish(&g, OHM_OUTPUT_CLASS, 2, &err));
    CHECK(!map(&g, "small", 2, 3, OHM_MAPPING_PWM, NULL, &m, &err));
    CHECK(!ohm_mapping_draw(&m, host_path("mesh.svg"), &err));
    char text[20000] = "";
    FILE *f = fopen(host_path("mesh.svg"), "r");
    CHECK(f && fread(text, 1, sizeof text - 1, f) > 1000);
    fclose(f);
    CHECK(strstr(text, "<svg") == text && strstr(text, "</svg>") && strstr(text, ">abc<")
          && strstr(text, "replica 3 of 3"));
    struct ohm_links l;
    ohm_measure_links(&m, &l);
    CHECK(l.in == 8 * (2 + 2)); /* lines of two words */
    CHECK(ohm_mapping_draw(&m, host_path("no/such/mesh.svg"), &err));
    CHECK_ERROR(err, "no/such/mesh.svg");
    ohm_mapping_free(&m);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs), cmocka_unit_test(split_kernels),
        cmocka_unit_test(replicas),      cmocka_unit_test(residual),
        cmocka_unit_test(refused),       cmocka_unit_test(drawing)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
