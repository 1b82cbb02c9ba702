/* SPDX-License-Identifier: Apache-2.0
 * Mappings whose layers pass durations from tile to tile: cells against weights and scales, and
 * what cannot be mapped so. */
#include "mapper_test.h"

/* A chain of layers that pass durations: places, cells against weights and scales, rows of bias. */
static void links(void **state)
{
    (void)state;
    struct ohm_net net;
    struct ohm_coding coding;
    struct setup s = {{50, 40, 30, 7}, 4, "small_link", 4, 1, OHM_MAPPING_PWM, 0};
    ohm_coding_default(s.kind, &coding);
    coding.links = 1;
    struct ohm_mapping m = map_coded(&s, &coding, &net, 8);
    CHECK(m.tile_count == 3 && m.feed_count == 1 && m.feeds[0].words == (m.tiles[0].rows + 3) / 4);
    for (int i = 0; i < 3; i++) {
        const struct ohm_tile_map *t = &m.tiles[i];
        const struct ohm_layer *l = &net.layers[i];
        int largest = 0;
        CHECK(t->x == i && t->y == 0 && t->link_in == (i > 0) && t->link_out == (i < 2)
              && t->route_count == (i == 2));
        CHECK(t->rows == l->inputs + t->bias_rows && t->return_count == (i == 0)
              && (i < 2 || !t->bias_rows));
        for (int r = 0; i < 2 && r < t->rows; r++) {
            uint16_t plus[256], minus[256];
            ohm_tile_codes(&m, i, 0, r, plus);
            ohm_tile_codes(&m, i, 1, r, minus);
            CHECK(ohm_tile_row(&m, i, r) == (r < l->inputs ? r : -1));
            for (int o = 0; o < l->outputs; o++) {
                /* charge of one unit of W·x, in a tick */
                const double step = ldexp(l->scale[o], -l->shift) * t->lsb;
                const double want = r < l->inputs ? l->weights[r * l->outputs + o] * step
                                                  : l->bias[o] * step / (255.0 * t->bias_rows);
                if (fabs(plus[o] - minus[o] - want) > 0.5001 || (plus[o] && minus[o])
                    || plus[o] > 16384 || minus[o] > 16384)
                    fail_msg("tile %d row %d output %d: codes %u and %u, expected %g", i, r, o,
                             plus[o], minus[o], want);
                largest = plus[o] > largest ? plus[o] : minus[o] > largest ? minus[o] : largest;
                host_checks++;
            }
        }
        CHECK(i == 2 || largest > 16300); /* the cells' whole range is used */
    }
    ohm_mapping_free(&m);
    ohm_net_free(&net);
}

static void refuse_links(const int *widths, int count, int is_signed, const char *config_name,
                         int w, enum ohm_mapping_kind kind, const char *word1, const char *word2)
{
    struct ohm_net net;
    struct ohm_config config;
    struct ohm_mapping m;
    struct ohm_coding coding;
    struct ohm_error err = {{0}};
    host_random_net(&net, widths, count, is_signed, 0, 5);
    CHECK(!ohm_config_find(config_name, &config, &err));
    config.mesh_w = w;
    config.mesh_h = 2;
    ohm_coding_default(kind, &coding);
    coding.links = 1;
    CHECK(ohm_map_replicated(&net, &config, &coding, NULL, &m, &err) == -1);
    CHECK_ERROR(err, word1, word2);
    ohm_net_free(&net);
}

static void no_links(void **state)
{
    (void)state;
    refuse_links((const int[]){20, 12, 4}, 3, 0, "small", 2, OHM_MAPPING_PWM,
                 "links: LINK_W of small is 0", "links");
    refuse_links((const int[]){20, 12, 4}, 3, 0, "small_link", 1, OHM_MAPPING_PWM,
                 "links: 2 layers, expected 2 to 1", "row of the mesh");
    refuse_links((const int[]){20, 4}, 2, 0, "small_link", 2, OHM_MAPPING_PWM, "links: 1 layers",
                 "expected 2 to 2");
    refuse_links((const int[]){20, 12, 4}, 3, 1, "small_link", 2, OHM_MAPPING_PWM,
                 "layer layer0: links: expected activation relu", "u8");
    refuse_links((const int[]){20, 12, 4}, 3, 0, "small_link", 2, OHM_MAPPING_EXACT,
                 "links: mapping exact", "expected pwm");
    refuse_links((const int[]){100, 12, 4}, 3, 0, "small_link", 2, OHM_MAPPING_PWM,
                 "layer layer0: links: 100 x 12 in 2 tiles of 72x64", "expected one");
    refuse_links((const int[]){20, 68, 4}, 3, 0, "small_link", 2, OHM_MAPPING_PWM,
                 "layer layer0: links: 20 x 68 in 2 tiles", "expected one");
    refuse_links((const int[]){72, 12, 4}, 3, 0, "small_link", 2, OHM_MAPPING_PWM,
                 "layer layer0: links: 72 inputs and", "ROWS of small_link is 72");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(links), cmocka_unit_test(no_links)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
