/* SPDX-License-Identifier: Apache-2.0
 * ADC ranges of random graphs, against all charges of all windows worked out one by one. */
#include "host_test.h"

#include <math.h>

#include "ohm_intref.h"
#include "ohm_mapper.h"

enum { GRAPHS = 24, IMAGES = 3, MAX_SUMS = 1 << 16 };

/* column sums of one tile over all calibration images, its outputs one after the other */
struct charges {
    int count;
    double q[MAX_SUMS];
};

static void collect(const struct ohm_mapping *m, int tile, struct charges *c)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *l = &m->net->layers[t->layer];
    struct ohm_intref r;
    struct ohm_error err;
    CHECK(!ohm_intref_new(m->net, &r, &err));
    c->count = 0;
    for (int i = 0; i < m->net->calib_count; i++) {
        const uint8_t *image = m->net->calib + i * m->net->inputs;
        ohm_intref_run(&r, image);
        uint8_t *map = malloc((size_t)(l->in_h * l->in_w * l->in_c)),
                *x = malloc((size_t)l->inputs);
        ohm_intref_map(m->net, t->layer, image, r.y, map);
        for (int w = 0; w < l->conv_h * l->conv_w; w++) {
            ohm_intref_window(l, map, w / l->conv_w, w % l->conv_w, x);
            for (int o = t->out0; o < t->out0 + t->outs; o++) {
                double sum = 0;
                for (int k = 0; k < t->rows; k++) {
                    int row = ohm_tile_row(m, tile, k);
                    if (row >= 0)
                        sum += (ohm_net_signed(m->net, t->layer) ? (int8_t)x[row] : x[row])
                               * l->weights[row * l->outputs + o];
                }
                if (c->count == MAX_SUMS)
                    fail_msg("more than %d sums", MAX_SUMS);
                c->q[c->count++] = sum * OHM_PWM_CODE;
            }
        }
        free(map);
        free(x);
    }
    ohm_intref_free(&r);
}

static double largest(const struct charges *c)
{
    double most = 0;
    for (int i = 0; i < c->count; i++)
        most = fabs(c->q[i]) > most ? fabs(c->q[i]) : most;
    return most;
}

static double square_error(const struct charges *c, double lsb)
{
    double total = 0;
    for (int i = 0; i < c->count; i++) {
        double code = floor(c->q[i] / lsb + 0.5);
        code = code > 127 ? 127 : code < -128 ? -128 : code;
        total += (code * lsb - c->q[i]) * (code * lsb - c->q[i]);
    }
    return total / c->count;
}

static int compare(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

/* No end at another percentile has less error. Sorts the charges. */
static int is_best(struct charges *c, uint32_t lsb)
{
    static const double SHARES[] = {0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1};
    double error = square_error(c, lsb);
    qsort(c->q, (size_t)c->count, sizeof *c->q, compare);
    for (int k = 0; k < 8; k++) {
        double end = ceil(fabs(c->q[(int)(SHARES[k] * (c->count - 1))]) / 127);
        if (square_error(c, end < 1 ? 1 : end) < error * (1 - 1e-9))
            return 0;
    }
    return 1;
}

/* Each weight is on exactly one tile of every replica of every twin. */
static void covered(const struct ohm_mapping *m, int layer)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    int *times = calloc((size_t)(l->inputs * l->outputs), sizeof *times),
        replicas = m->layers[layer].replicas;
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        for (int k = 0; t->layer == layer && k < t->rows; k++)
            for (int o = 0; ohm_tile_row(m, i, k) >= 0 && o < t->outs; o++)
                times[ohm_tile_row(m, i, k) * l->outputs + t->out0 + o]++;
    }
    for (int k = 0; k < l->inputs * l->outputs; k++)
        CHECK(times[k] == replicas * m->layers[layer].twins);
    free(times);
}

static void gains(const struct ohm_mapping *m)
{
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        double unit = m->layers[t->layer].unit,
               mine = ldexp(OHM_PWM_CODE, m->config.acc_f) * t->gain / (t->lsb * 16384.0);
        CHECK(fabs(mine / unit - 1) < 1.0 / t->gain);
    }
}

static void rules(void **state)
{
    (void)state;
    static struct charges c;
    struct ohm_config config;
    struct ohm_error err;
    int mapped = 0, split = 0, copies = 0;
    CHECK(!ohm_config_find("small", &config, &err));
    for (uint32_t seed = 1; seed <= GRAPHS; seed++) {
        struct ohm_net net;
        struct ohm_mapping m;
        uint32_t random = seed;
        host_random_graph(&net, 104729 * seed);
        net.calib_count = IMAGES;
        net.calib = malloc((size_t)(IMAGES * net.inputs));
        for (int i = 0; i < IMAGES * net.inputs; i++)
            net.calib[i] = (uint8_t)(net.input_signed ? (int)(host_random(&random) % 255) - 127
                                                      : (int)(host_random(&random) % 256));
        if (ohm_map_network(&net, &config, OHM_MAPPING_PWM, &m, &err)) {
            ohm_net_free(&net);
            continue;
        }
        mapped++;
        for (int l = 0; l < net.layer_count; l++) {
            covered(&m, l);
            split += m.layers[l].row_parts > 1;
            copies += m.layers[l].replicas > 1;
        }
        uint32_t best[OHM_MESH_MAX * OHM_MESH_MAX];
        gains(&m);
        for (int i = 0; i < m.tile_count; i++)
            best[i] = m.tiles[i].lsb;
        CHECK(!ohm_set_ranges(&m, OHM_RANGE_LARGEST, &err));
        gains(&m);
        for (int i = 0; i < m.tile_count; i++) {
            const struct ohm_tile_map *t = &m.tiles[i];
            if (t->replica) { /* the same weights as the first copy, the same range */
                int first = ohm_tile_index(&m.layers[t->layer], 0, 0, t->row_part, t->col_part);
                CHECK(t->lsb == m.tiles[first].lsb);
                best[i] = t->lsb;
                continue;
            }
            collect(&m, i, &c);
            uint32_t end = (uint32_t)ceil(largest(&c) / 127);
            end += !end;
            CHECK(m.tiles[i].lsb == end && m.tiles[i].clipped == 0);
            CHECK(best[i] <= end && is_best(&c, best[i]));
            best[i] = end;
        }
        CHECK(!ohm_set_ranges(&m, OHM_RANGE_BOUND, &err));
        for (int i = 0; i < m.tile_count; i++)
            CHECK(m.tiles[i].lsb >= best[i]);
        ohm_mapping_free(&m);
        ohm_net_free(&net);
    }
    if (mapped < GRAPHS / 2 || split < 5 || copies < 5)
        fail_msg("%d of %d graphs mapped, %d layers split, %d replicated", mapped, GRAPHS, split,
                 copies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
