/* SPDX-License-Identifier: Apache-2.0
 * Mappings of many networks: every weight once and right, legal routes and multicasts, credits and
 * returns that belong together, room in the bridge; then the whole thing on the golden model: exact
 * mappings must give W·x to the bit. */
#include "mapper_test.h"

static const struct setup SETUPS[] = {
    {{16, 16, 10}, 3, "tiny", 2, 2, OHM_MAPPING_PWM, 0},
    {{16, 4, 4}, 3, "tiny", 2, 1, OHM_MAPPING_EXACT, 0},
    {{5, 3}, 2, "tiny", 1, 1, OHM_MAPPING_PWM, 0},      /* no multiples of four */
    {{37, 7, 3}, 3, "tiny", 2, 4, OHM_MAPPING_EXACT, 0}, /* three row parts, two column parts */
    /* as many tiles as there are: a place has none */
    {{16, 16, 16, 10}, 4, "tiny_none", 2, 2, OHM_MAPPING_PWM, 0},
    {{37, 7, 3}, 3, "tiny_none", 2, 4, OHM_MAPPING_EXACT, 0},
    {{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 0},
    {{64, 32, 10}, 3, "small", 4, 1, OHM_MAPPING_PWM, 1},
    {{200, 130, 70, 10}, 4, "small", 8, 8, OHM_MAPPING_PWM, 0},
    {{200, 60, 30, 10}, 4, "small", 8, 8, OHM_MAPPING_EXACT, 1},
    {{300, 200, 150, 20}, 4, "base", 4, 4, OHM_MAPPING_PWM, 1},
    {{100, 250}, 2, "base", 2, 2, OHM_MAPPING_PWM, 0},   /* two tiles send results */
    {{300, 100, 10}, 3, "base", 5, 4, OHM_MAPPING_EXACT, 0},
    {{784, 240, 10}, 3, "large", 3, 2, OHM_MAPPING_PWM, 0},
    {{300, 250, 10}, 3, "large", 4, 4, OHM_MAPPING_EXACT, 1},
};

static const struct coded { /* other codings than the mapping's own */
    struct setup setup;
    const char *slices;
    int cell_bits, apart, row_groups, pulse_count, adc_bits; /* apart: 1 inputs, 2 weights */
} CODED[] = {
    {{{64, 32, 10}, 3, "small", 4, 4, OHM_MAPPING_PWM, 1}, "4+4", 7, 0, 1, 0, 8},
    {{{200, 30, 10}, 3, "small", 8, 8, OHM_MAPPING_PWM, 0}, "2+3+3", 4, 0, 1, 0, 9},
    {{{64, 32, 10}, 3, "small", 4, 4, OHM_MAPPING_PWM, 1}, "8x1", 2, 1, 1, 1, 6},
    {{{64, 32, 10}, 3, "small", 4, 4, OHM_MAPPING_PWM, 1}, "8", 7, 3, 3, 0, 8},
    {{{100, 37, 9}, 3, "base", 4, 4, OHM_MAPPING_PWM, 0}, "1+7", 3, 2, 2, 0, 5},
    {{{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 1}, "4+4", 2, 0, 1, 0, 8},
    {{{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 0}, "2+3+3", 2, 0, 2, 0, 8},
    {{{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 1}, "8x1", 3, 1, 1, 1, 8},
    {{{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 0}, "3+3+2", 2, 2, 1, 0, 8},
    {{{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 1}, "4+4", 1, 3, 2, 0, 8},
    {{{64, 32, 10}, 3, "small", 8, 8, OHM_MAPPING_EXACT, 1}, "1+3+4", 3, 0, 4, 1, 8},
    {{{20, 8, 4}, 3, "small", 4, 4, OHM_MAPPING_EXACT, 1}, "8x1", 6, 1, 1, 0, 8},
};

#define COUNT_OF(array) (sizeof array / sizeof array[0])

static void coding_of(const struct coded *s, struct ohm_coding *c)
{
    struct ohm_error err;
    ohm_coding_default(s->setup.kind, c);
    if (ohm_coding_slices(s->slices, c, &err))
        fail_msg("%s", err.text);
    c->cell_bits = s->cell_bits;
    c->apart_inputs = s->apart & 1;
    c->apart_weights = s->apart >> 1;
    c->row_groups = s->row_groups;
    c->pulse_count = s->pulse_count;
    c->adc_bits = s->adc_bits;
}

static struct ohm_mapping map(const struct setup *s, struct ohm_net *net, int calib)
{
    struct ohm_coding coding;
    ohm_coding_default(s->kind, &coding);
    return map_coded(s, &coding, net, calib);
}

/* Weights read back from the cell codes. */
static void check_weights(const struct ohm_mapping *m)
{
    static const int LEVEL[] = {0, 16384, 5461, 2340, 1092, 528, 260, 129}; /* by bits of a cell */
    for (int l = 0; l < m->net->layer_count; l++) {
        const struct ohm_layer *layer = &m->net->layers[l];
        unsigned char *seen = calloc((size_t)layer->inputs * (size_t)layer->outputs, 1);
        for (int i = 0; i < m->tile_count; i++) {
            const struct ohm_tile_map *t = &m->tiles[i];
            if (t->layer != l)
                continue;
            int per = t->cols / t->outs;
            CHECK(t->rows <= m->config.rows && t->cols <= m->config.cols && t->row0 % 4 == 0
                  && t->out0 % 4 == 0);
            for (int r = 0; r < t->rows; r++) {
                uint16_t codes[2][256];
                ohm_tile_codes(m, i, 0, r, codes[0]);
                ohm_tile_codes(m, i, 1, r, codes[1]);
                for (int o = 0; o < t->outs; o++) {
                    int w = 0;
                    for (int k = 0; k < per; k++) {
                        int step = LEVEL[m->coding.cell_bits],
                            net = codes[0][o * per + k] - codes[1][o * per + k];
                        if (net % step || (codes[0][o * per + k] && codes[1][o * per + k]))
                            fail_msg("codes %d and %d", codes[0][o * per + k],
                                     codes[1][o * per + k]);
                        w += net / step * (1 << m->coding.cell_bits * k);
                    }
                    size_t at =
                        (size_t)(t->row0 + r) * (size_t)layer->outputs + (size_t)(t->out0 + o);
                    if (w != layer->weights[at] || seen[at]++)
                        fail_msg("weight %zu of layer %d: %d, expected %d, once", at, l, w,
                                 layer->weights[at]);
                }
            }
        }
        for (size_t k = 0; k < (size_t)layer->inputs * (size_t)layer->outputs; k++)
            if (!seen[k])
                fail_msg("weight %zu of layer %d is on no tile", k, l);
        free(seen);
        host_checks++;
    }
}

/* Which tile of the mapping is at a place; -1. */
static int tile_at(const struct ohm_mapping *m, int x, int y)
{
    for (int i = 0; i < m->tile_count; i++)
        if (m->tiles[i].x == x && m->tiles[i].y == y)
            return i;
    return -1;
}

static void check_multicast(const struct ohm_mapping *m, int from_y, unsigned x, unsigned y,
                            unsigned mc, const int *tiles, int n)
{
    CHECK((int)mc == n - 1 && y >= mc && (mc == 0 || from_y <= (int)(y - mc)));
    for (int i = 0; i < n; i++)
        CHECK(tile_at(m, (int)x, (int)(y - mc) + i) == tiles[i]);
}

static void check_routes(const struct ohm_mapping *m)
{
    int returns = 0, expected = 0;
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        CHECK(t->x < m->config.mesh_w && t->y < m->config.mesh_h && tile_at(m, t->x, t->y) == i);
        CHECK(t->route_count >= 1 && t->route_count <= m->config.nroute
              && t->credit_count <= m->config.ncredit);
        CHECK(t->return_count >= 1 && t->return_count <= m->config.nreturn);
        for (int k = 0; k < t->route_count; k++) {
            const struct ohm_route *r = &t->routes[k];
            CHECK(r->first >= 0 && r->count >= 1 && r->first + r->count <= t->outs
                  && r->credit + r->tile_count <= t->credit_count);
            CHECK(r->type != OHM_TYPE_ACT || r->first % 4 == 0);
            CHECK(r->host == (r->tile_count == 0));
            if (r->host)
                continue;
            check_multicast(m, t->y, r->x, r->y, r->mc, r->tiles, r->tile_count);
            /* the consumer gives credit back to the entry this route looks at */
            for (int n = 0; n < r->tile_count; n++) {
                const struct ohm_tile_map *to = &m->tiles[r->tiles[n]];
                int found = 0;
                for (int e = 0; e < to->return_count; e++)
                    found += !to->returns[e].host && to->returns[e].tile == i
                             && to->returns[e].chan == r->credit + n
                             && to->returns[e].psum == (r->type == OHM_TYPE_PSUM);
                CHECK(found == 1);
                if (r->type == OHM_TYPE_ACT) /* the bytes land where the consumer's rows are */
                    CHECK(to->row0 + 4 * r->offset == t->out0 + r->first
                          && to->row0 + 4 * r->offset + r->count <= to->row0 + to->rows);
                else
                    CHECK(r->offset == r->first && to->out0 == t->out0 && to->outs == t->outs
                          && to->row_part == t->row_part + 1);
            }
            if (k == 0 || r->credit != t->routes[k - 1].credit)
                expected += r->tile_count;
        }
        for (int e = 0; e < t->return_count; e++)
            returns += !t->returns[e].host;
    }
    CHECK(returns == expected);
    /* what leaves a layer reaches all rows of all tiles of the next */
    for (int l = 0, at = 0; l < m->net->layer_count; l++) {
        const struct ohm_layer_map *lm = &m->layers[l];
        CHECK(lm->first_tile == at);
        at += lm->row_parts * lm->col_parts;
    }
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *to = &m->tiles[i];
        int rows = 0, outs = 0;
        for (int j = 0; j < m->tile_count; j++)
            for (int k = 0; k < m->tiles[j].route_count; k++)
                for (int n = 0; n < m->tiles[j].routes[k].tile_count; n++)
                    if (m->tiles[j].routes[k].tiles[n] == i)
                        *(m->tiles[j].routes[k].type == OHM_TYPE_ACT ? &rows : &outs) +=
                            m->tiles[j].routes[k].count;
        CHECK(to->layer == 0 || rows == to->rows);
        CHECK(outs == (to->row_part ? to->outs : 0));
    }
}

static void check_feeds(const struct ohm_mapping *m)
{
    int fed = 0, credits = 0, results = 0;
    for (int k = 0; k < m->feed_count; k++) {
        const struct ohm_feed *f = &m->feeds[k];
        check_multicast(m, 0, f->x, f->y, f->mc, f->tiles, f->tile_count);
        for (int i = 0; i < f->tile_count; i++) {
            const struct ohm_tile_map *t = &m->tiles[f->tiles[i]];
            CHECK(t->layer == 0 && t->row0 == 4 * f->word0 && (t->rows + 3) / 4 == f->words
                  && t->returns[0].host);
            fed++;
        }
    }
    CHECK(fed == m->layers[0].row_parts * m->layers[0].col_parts);
    for (int i = 0; i < m->tile_count; i++) {
        credits += m->tiles[i].layer == 0 ? 3 << m->log2_slots : 0;
        if (m->tiles[i].routes[0].host)
            results += m->tiles[i].outs + 3;
        CHECK((m->tiles[i].rows + 3) / 4 << m->log2_slots <= m->config.ibuf_words);
    }
    CHECK(m->result_window >= 4 && m->result_window * results + credits <= 2048);
}

struct sink {
    const struct ohm_mapping *m;
    const uint8_t *images;
    int exact, images_done;
};

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct sink *s = user;
    const struct ohm_net *net = s->m->net;
    CHECK(v && image == 3 + (uint32_t)s->images_done);
    s->images_done++;
    if (!s->exact)
        return 0;
    struct ohm_intref r;
    struct ohm_error err;
    CHECK(!ohm_intref_new(net, &r, &err));
    CHECK(ohm_intref_argmax(v, net->classes)
          == ohm_intref_run(&r, s->images + (size_t)image * (size_t)net->inputs));
    for (int o = 0; o < net->classes; o++)
        CHECK(v[o] == r.v[o] * (1 << s->m->config.acc_f));
    ohm_intref_free(&r);
    return 0;
}

/* Variance of W·x from the rounding of a tile's conversions. */
static double rounding(const struct ohm_mapping *m, int tile)
{
    struct ohm_read reads[OHM_READS_MAX];
    int count = ohm_tile_reads(m, tile, reads), bits = m->coding.cell_bits;
    double square = 0;
    for (int k = 0; k < count; k++)
        for (int shift = 0; shift < OHM_WEIGHT_BITS; shift += bits)
            square += pow(ldexp(m->tiles[tile].lsb * (pow(2, bits) - 1) / 16384,
                                m->tiles[tile].rs[reads[k].slice] + reads[k].lo + shift),
                          2)
                      / 12;
    return square;
}

/* 30 images through the golden model with ideal devices. */
static void check_run(const struct ohm_mapping *m)
{
    enum { FIRST = 3, COUNT = 30 };
    struct ohm_error err = {{0}};
    struct ohm_backend b;
    struct ohm_drive_stats stats;
    struct sink s = {.m = m, .images = m->net->calib, .exact = m->kind == OHM_MAPPING_EXACT};
    struct ohm_figures *f = ohm_figures_new(m, s.images, s.exact, &err);
    struct ohm_drive d = {.mapping = m, .images = s.images, .first = FIRST, .count = COUNT,
                          .done = image_done, .user = &s};
    const struct ohm_backend_settings ideal = {.config = &m->config,
                                               .device = ohm_device_find("ideal"), .seed = 1,
                                               .observer = ohm_figures_observe, .user = f};
    if (!f || ohm_backend_open("golden", &ideal, &b, &err) || ohm_drive_run(&d, &b, &stats, &err))
        fail_msg("%s", err.text);
    b.close(b.self);
    CHECK(s.images_done == COUNT && stats.lost == 0 && stats.events == 0);
    CHECK(stats.counters[0] == (uint64_t)COUNT * (uint64_t)m->tile_count);
    uint64_t compared, outputs = 0;
    CHECK(!ohm_figures_exact(f, &compared, &err));
    for (int l = 0; l < m->net->layer_count; l++) {
        struct ohm_layer_figures figures;
        outputs += (uint64_t)m->net->layers[l].outputs;
        ohm_figures_layer(f, l, &figures);
        CHECK(figures.samples == (uint64_t)COUNT * (uint64_t)m->net->layers[l].outputs);
        if (s.exact) {
            CHECK(figures.rms == 0);
            continue;
        }
        /* rounding of each ADC, of gains and of accumulators; the calibration images are these
         * images */
        double square = 0;
        for (int r = 0; r < m->layers[l].row_parts; r++)
            square += rounding(m, m->layers[l].first_tile + r * m->layers[l].col_parts);
        CHECK(figures.rms > 0 && figures.rms < 1.5 * sqrt(square) + 1 / m->layers[l].unit);
    }
    CHECK(compared == (s.exact ? outputs * COUNT : 0));
    ohm_figures_free(f);
}

static void mappings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SETUPS / sizeof SETUPS[0]; i++) {
        struct ohm_net net, again;
        struct ohm_mapping m = map(&SETUPS[i], &net, 40), n = map(&SETUPS[i], &again, 40);
        check_weights(&m);
        check_routes(&m);
        check_feeds(&m);
        check_run(&m);
        /* deterministic */
        CHECK(!memcmp(m.tiles, n.tiles, (size_t)m.tile_count * sizeof *m.tiles));
        ohm_mapping_free(&m);
        ohm_mapping_free(&n);
        ohm_net_free(&net);
        ohm_net_free(&again);
    }
}

static void codings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CODED); i++) {
        struct ohm_net net;
        struct ohm_coding coding;
        coding_of(&CODED[i], &coding);
        struct ohm_mapping m = map_coded(&CODED[i].setup, &coding, &net, 40);
        check_weights(&m);
        check_routes(&m);
        check_run(&m);
        ohm_mapping_free(&m);
        ohm_net_free(&net);
    }
}

static void no_calibration(void **state)
{
    (void)state;
    struct ohm_net net;
    struct setup s = {{32, 16, 10}, 3, "small", 2, 2, OHM_MAPPING_PWM, 0};
    struct ohm_mapping m = map(&s, &net, 0);
    /* no sum whatever can be clipped, and one image reaches the ramp's end */
    for (int i = 0; i < m.tile_count; i++) {
        const struct ohm_tile_map *t = &m.tiles[i];
        const struct ohm_layer *l = &net.layers[t->layer];
        int64_t largest = 0;
        for (int o = 0; o < l->outputs; o++) {
            int64_t plus = 0, minus = 0;
            for (int r = 0; r < l->inputs; r++)
                *(l->weights[r * l->outputs + o] > 0 ? &plus : &minus) +=
                    255 * 129 * abs(l->weights[r * l->outputs + o]);
            largest = plus > largest ? plus : largest;
            largest = minus > largest ? minus : largest;
        }
        CHECK((int64_t)t->lsb * 127 >= largest && (int64_t)(t->lsb - 1) * 127 < largest);
    }
    ohm_mapping_free(&m);
    ohm_net_free(&net);
}

/* Without calibration images no conversion is clipped, whatever the coding; these images reach the
 * largest sums of outputs 3 to 10. */
static void no_clipping(void **state)
{
    enum { FIRST = 3, COUNT = 8 };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CODED); i++) {
        struct ohm_net net;
        struct ohm_coding coding;
        struct ohm_error err = {{0}};
        struct ohm_backend b;
        struct ohm_drive_stats stats;
        const struct setup *setup = &CODED[i].setup;
        coding_of(&CODED[i], &coding);
        struct ohm_mapping m = map_coded(setup, &coding, &net, 0);
        uint8_t *images = malloc((FIRST + COUNT) * (size_t)net.inputs);
        for (int k = 0; k < (FIRST + COUNT) * net.inputs; k++) {
            int w = net.layers[0].weights[k % net.inputs * net.layers[0].outputs
                                          + k / net.inputs % net.layers[0].outputs],
                signs = setup->is_signed;
            images[k] = (uint8_t)(w > 0 ? (signs ? 127 : 255) : signs ? -127 : 0);
        }
        struct sink s = {.m = &m, .images = images};
        struct ohm_drive d = {.mapping = &m, .images = images, .first = FIRST, .count = COUNT,
                              .done = image_done, .user = &s};
        const struct ohm_backend_settings ideal = {
            .config = &m.config, .device = ohm_device_find("ideal"), .seed = 1};
        if (ohm_backend_open("golden", &ideal, &b, &err) || ohm_drive_run(&d, &b, &stats, &err))
            fail_msg("%s", err.text);
        b.close(b.self);
        CHECK(stats.counters[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM]
                  + stats.counters[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM]
              == 0);
        free(images);
        ohm_mapping_free(&m);
        ohm_net_free(&net);
    }
}

/* One accumulator off by one must be found, and named. */
static void inexact(void **state)
{
    (void)state;
    struct ohm_net net;
    struct ohm_error err = {{0}};
    struct setup s = {{5, 3}, 2, "tiny", 1, 1, OHM_MAPPING_EXACT, 0};
    struct ohm_mapping m = map(&s, &net, 4);
    for (int wrong = 0; wrong < 2; wrong++) {
        struct ohm_figures *f = ohm_figures_new(&m, net.calib, 1, &err);
        int32_t wx[3];
        uint64_t compared;
        CHECK(f);
        for (uint32_t image = 0; image < 4; image++) {
            ohm_intref_product(&net.layers[0], 0, net.calib + image * 5, wx);
            for (unsigned o = 0; o < 3; o++)
                ohm_figures_observe(f, 0, image, o, wx[o] + (wrong && image == 2 && o == 1), 0);
        }
        CHECK(ohm_figures_exact(f, &compared, &err) == -wrong);
        CHECK(compared == 12 && ohm_figures_exact(f, &compared, NULL) == -wrong);
        if (wrong)
            CHECK_ERROR(err, "mismatch with W.x: image 2, layer layer0, window (0,0), output 1");
        ohm_figures_free(f);
    }
    ohm_mapping_free(&m);
    ohm_net_free(&net);
}

static void refuse(const int *widths, int count, const char *config_name, int w, int h,
                   enum ohm_mapping_kind kind, const char *word1, const char *word2)
{
    struct ohm_net net;
    struct ohm_config config;
    struct ohm_mapping m;
    struct ohm_error err = {{0}};
    host_random_net(&net, widths, count, 0, 0, 5);
    CHECK(!ohm_config_find(config_name, &config, &err));
    config.mesh_w = w;
    config.mesh_h = h;
    CHECK(ohm_map_network(&net, &config, kind, &m, &err));
    CHECK_ERROR(err, word1, word2);
    ohm_net_free(&net);
}

static void too_big(void **state)
{
    refuse((const int[]){16, 16, 16, 16, 10}, 5, "tiny_none", 2, 2, OHM_MAPPING_PWM,
           "layer layer3: does not fit", "has 3");
    (void)state;
    refuse((const int[]){784, 240, 10}, 3, "base", 4, 3, OHM_MAPPING_PWM,
           "layer layer0: does not fit: it needs 14 tiles", "the network 16, the mesh 4x3 has 12");
    refuse((const int[]){784, 240, 10}, 3, "base", 3, 5, OHM_MAPPING_PWM,
           "layer layer1: does not fit", "has 15");
    refuse((const int[]){16, 16, 10}, 3, "tiny", 4, 2, OHM_MAPPING_EXACT,
           "layer layer0: more than 2 tiles read it", "needs 11 tiles, the mesh 4x2 has 8");
    refuse((const int[]){16, 100}, 2, "base", 17, 4, OHM_MAPPING_PWM, "mesh: 17x4",
           "expected 1x1 to 16x16");
    refuse((const int[]){8000, 4}, 2, "base", 16, 16, OHM_MAPPING_EXACT, "layer layer0: output",
           "32-bit accumulator");
    refuse((const int[]){16, 2000}, 2, "base", 16, 16, OHM_MAPPING_PWM, "layer layer0: results of",
           "bridge's 2048 words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings),    cmocka_unit_test(codings), cmocka_unit_test(no_calibration),
        cmocka_unit_test(no_clipping), cmocka_unit_test(inexact), cmocka_unit_test(too_big)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
