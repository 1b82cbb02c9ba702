/* SPDX-License-Identifier: Apache-2.0
 * Right values whatever the network: random networks under random codings on ideal devices, every
 * output of every layer against the integer meaning of what the layer was sent, within half a step
 * and what the converters may be off by; and networks that need twins or many routes, exact. */
#include "host_test.h"

#include <math.h>

#include "ohm_backend.h"
#include "ohm_driver.h"
#include "ohm_figures.h"
#include "ohm_intref.h"
#include "ohm_mapper_steps.h"

enum { NETS = 10, GRAPHS = 11, FULL = 3, /* `run.sh full`: so many times these */
       IMAGES = 4, LAYERS_MAX = 4, WIDTH_MAX = 220 };

struct seen { /* of vectors: what the chip made of each image */
    const struct ohm_mapping *m;
    int32_t y[IMAGES][LAYERS_MAX][WIDTH_MAX];
    int tile_at[256];
};

static uint32_t seed;

static int pick(int n)
{
    return (int)(host_random(&seed) % (uint32_t)n);
}

static void observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    struct seen *s = user;
    const struct ohm_tile_map *t = &s->m->tiles[s->tile_at[tile]];
    (void)acc;
    if (t->tail && !t->twin)
        s->y[seq][t->layer][t->out0 + (int)out] = y;
}

static int no_score(void *user, uint32_t image, const int32_t *v)
{
    (void)user;
    (void)image;
    return v == NULL;
}

/* What the converters of an output's chain may be off by, in units of W·x: half a step each, the
 * rounding of gains and of the accumulator. */
static double chain_error(const struct ohm_mapping *m, int tail)
{
    const struct ohm_tile_map *end = &m->tiles[tail];
    const struct ohm_layer_map *lm = &m->layers[end->layer];
    double error = 1 / lm->unit, columns = 0; /* bias and residual */
    int start, stop;
    ohm_layer_ramp(m, end->layer, &start, &stop);
    for (int k = 0; k < ohm_columns_per_output(&m->coding); k++)
        columns += ldexp(1, m->coding.cell_bits * k);
    for (int p = 0; p < lm->row_parts; p++) {
        const int tile = ohm_tile_index(lm, end->twin, end->replica, p, end->col_part);
        const struct ohm_tile_map *t = &m->tiles[tile];
        struct ohm_read reads[OHM_READS_MAX];
        const int count = ohm_tile_reads(m, tile, reads);
        const double step =
            (double)t->lsb / ohm_cell_level(&m->coding) * (0.5 + 0.5 * stop / t->gain)
            + 0.5 / lm->unit;
        for (int k = 0; k < count; k++)
            error += columns * ldexp(step, t->rs[reads[k].slice] + reads[k].lo);
    }
    return error;
}

static void compare(const struct ohm_mapping *m, const struct seen *s, const uint8_t *images)
{
    for (int image = 0; image < IMAGES; image++) {
        const uint8_t *x = images + image * m->net->inputs;
        uint8_t sent[WIDTH_MAX], want[WIDTH_MAX];
        for (int layer = 0; layer < m->net->layer_count; layer++) {
            const struct ohm_layer *l = &m->net->layers[layer];
            const struct ohm_layer_map *lm = &m->layers[layer];
            int32_t wx[WIDTH_MAX];
            ohm_intref_product(l, ohm_net_signed(m->net, layer), x, wx);
            if (l->scale)
                ohm_intref_post(l, wx, NULL, 0, want);
            for (int o = 0; o < l->outputs; o++) {
                int c = 0;
                while (o >= m->tiles[ohm_tile_index(lm, 0, 0, 0, c)].out0
                                + m->tiles[ohm_tile_index(lm, 0, 0, 0, c)].outs)
                    c++;
                const double most = chain_error(m, ohm_tile_index(lm, 0, 0, lm->row_parts - 1, c));
                const int32_t y = s->y[image][layer][o];
                if (l->scale
                    && fabs((double)y - (l->output == OHM_OUTPUT_S8 ? (int8_t)want[o] : want[o]))
                           > most * fabs(ldexp(l->scale[o], -l->shift)) + 1.5)
                    fail_msg("layer %d output %d (scale %d / 2^%d): %d, expected %d, within %.2f "
                             "and 1.5",
                             layer, o, l->scale[o], l->shift, y, want[o],
                             most * ldexp(l->scale[o], -l->shift));
                if (!l->scale && fabs(y / lm->unit - wx[o] - l->bias[o]) > most)
                    fail_msg("output %d: %.1f, expected %d within %.1f", o, y / lm->unit,
                             wx[o] + l->bias[o], most);
                host_checks++;
                sent[o] = (uint8_t)y;
            }
            x = memcpy(want, sent, sizeof sent);
        }
    }
}

/* Scales of a layer lie up to four decades apart, its small-scaled outputs fill the byte; some
 * weights and some inputs are all 0. */
static void spread(struct ohm_layer *l, int quiet)
{
    const double sum = 73.0 * 100 * sqrt(l->inputs);
    const int from = pick(l->inputs), to = from + pick(l->inputs), most = 1 << (1 + pick(15));
    for (int i = 0; quiet && i < l->inputs; i++)
        for (int o = 0; i >= from && i < to && o < l->outputs; o++)
            l->weights[i * l->outputs + o] =
                (int8_t)(quiet == 1 ? 0 : l->weights[i * l->outputs + o] / 64);
    if (!l->scale)
        return;
    const int least = 1 + pick(most < 12 ? most : 12);
    l->shift = (int)fmin(40, fmax(0, floor(log2(least * sum / 100))));
    for (int o = 0; o < l->outputs; o++)
        l->scale[o] =
            (int16_t)(pick(3) ? least + pick(4) : 1 + pick(most * 2 > 32767 ? 32767 : most * 2));
}

static void random_coding(struct ohm_coding *c)
{
    static const char *const SLICES[] = {"8", "8", "1+7", "7+1", "4+4", "2+6", "1+1+6", "8x1"};
    struct ohm_error err;
    ohm_coding_default(OHM_MAPPING_PWM, c);
    CHECK(!ohm_coding_slices(SLICES[pick(8)], c, &err));
    c->cell_bits = pick(4) ? OHM_WEIGHT_BITS : 2 + pick(3);
    c->apart_inputs = !pick(4);
    c->apart_weights = !pick(4);
    c->copies = pick(3) ? 1 : 2 + pick(5);
}

/* Runs the images on the golden model; 0 when the mapping clips some of them. */
static int run(const struct ohm_mapping *m, const uint8_t *images, ohm_golden_observer observer,
               void *user)
{
    struct ohm_error err = {{0}};
    struct ohm_backend b;
    struct ohm_drive_stats stats;
    struct ohm_drive d = {.mapping = m, .images = images, .count = IMAGES, .done = no_score};
    const struct ohm_backend_settings ideal = {.config = &m->config,
                                               .device = ohm_device_find("ideal"), .seed = 1,
                                               .observer = observer, .user = user};
    if (ohm_backend_open("golden", &ideal, &b, &err) || ohm_drive_run(&d, &b, &stats, &err))
        fail_msg("%s", err.text);
    b.close(b.self);
    return stats.counters[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM]
               + stats.counters[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM]
           == 0;
}

static int start_of(const struct ohm_mapping *m)
{
    int start, stop;
    ohm_layer_ramp(m, 0, &start, &stop);
    return start;
}

static int try_vectors(uint32_t number)
{
    static const char *const CONFIGS[] = {"tiny", "small", "base", "base"};
    static struct seen s;
    int widths[LAYERS_MAX + 1], count = 2 + pick(LAYERS_MAX);
    struct ohm_net net;
    struct ohm_config config;
    struct ohm_coding coding;
    struct ohm_mapping m;
    struct ohm_error err = {{0}};
    for (int i = 0; i < count; i++)
        widths[i] = 1 + pick(pick(2) ? 30 : WIDTH_MAX);
    host_random_net(&net, widths, count, pick(2), pick(3) ? IMAGES : 0, number);
    for (int i = 0; i < net.layer_count; i++)
        spread(&net.layers[i], pick(3));
    for (int k = 0; net.calib_count && k < IMAGES * net.inputs; k++) /* borders, of some images */
        net.calib[k] = k % net.inputs < net.inputs / 3 && number % 2 ? 0 : net.calib[k];
    CHECK(!ohm_config_find(CONFIGS[pick(4)], &config, &err));
    config.mesh_w = config.mesh_h = 8 + 8 * pick(2);
    random_coding(&coding);
    uint8_t *images = malloc((size_t)(IMAGES * net.inputs));
    for (int k = 0; k < IMAGES * net.inputs;
         k++) /* borders are filled where images have to be as the calibration's elsewhere */
        images[k] = net.calib_count && k % net.inputs >= net.inputs / 3
                        ? net.calib[k]
                        : (uint8_t)(net.input_signed ? pick(255) - 127 : pick(256));
    int good = 0;
    if (!ohm_map_replicated(&net, &config, &coding, NULL, &m, &err)) {
        CHECK(!ohm_set_ranges(&m, pick(2) ? OHM_RANGE_LARGEST : OHM_RANGE_BOUND, &err));
        s.m = &m;
        for (int i = 0; i < m.tile_count; i++)
            s.tile_at[m.tiles[i].y * 16 + m.tiles[i].x] = i;
        /* what is below a ramp from 0 is clipped, and right so */
        good = run(&m, images, observe, &s) || start_of(&m) == 0;
        good = good && (m.range == OHM_RANGE_BOUND || start_of(&m) < 0);
        if (good)
            compare(&m, &s, images);
        ohm_mapping_free(&m);
    } else if (!strstr(err.text, "does not fit") && !strstr(err.text, "read it")
               && !strstr(err.text, "expected") && !strstr(err.text, "needs codes")) {
        fail_msg("network %u: %s", number, err.text);
    }
    free(images);
    ohm_net_free(&net);
    return good;
}

static uint32_t times(uint32_t few)
{
    return getenv("OHM_FULL") ? FULL * few : few;
}

static void vectors(void **state)
{
    (void)state;
    int good = 0;
    seed = 20;
    const uint32_t nets = times(NETS);
    for (uint32_t number = 1; number <= nets; number++)
        good += try_vectors(number);
    if (good < (int)nets / 3)
        fail_msg("only %d of %u networks could be compared", good, nets);
}

/* Maps, pools, residuals: the largest error of a layer's bytes, against the largest that any of its
 * outputs may have. */
static void graphs(void **state)
{
    (void)state;
    int good = 0, twins = 0;
    const uint32_t most_graphs = times(GRAPHS);
    for (uint32_t number = 1; number <= most_graphs; number++) {
        struct ohm_net net;
        struct ohm_config config;
        struct ohm_mapping m;
        struct ohm_error err = {{0}};
        seed = 77 * number;
        host_random_graph(&net, 7919 * number);
        CHECK(!ohm_config_find(number % 3 == 0   ? "tiny"
                               : number % 3 == 1 ? "small"
                                                 : "base",
                               &config, &err));
        config.mesh_w = config.mesh_h = 8;
        uint8_t *images = malloc((size_t)(IMAGES * net.inputs));
        for (int k = 0; k < IMAGES * net.inputs; k++)
            images[k] = (uint8_t)(net.input_signed ? pick(255) - 127 : pick(256));
        if (ohm_map_network(&net, &config, OHM_MAPPING_PWM, &m, &err)) {
            if (!strstr(err.text, "NSTREAM of tiny") && !strstr(err.text, "does not fit")
                && !strstr(err.text, "the mesh") && !strstr(err.text, "at once")
                && !strstr(err.text, "input buffer") && !strstr(err.text, "expected it alone"))
                fail_msg("graph %u: %s", number, err.text);
        } else {
            struct ohm_figures *f = ohm_figures_new(&m, images, 0, &err);
            CHECK(f && run(&m, images, ohm_figures_observe, f));
            for (int i = 0; i < net.layer_count; i++) {
                const struct ohm_layer *l = &net.layers[i];
                struct ohm_layer_figures figures;
                double most = 0, largest = 0;
                for (int k = m.layers[i].first_tile; k < m.layers[i].first_tile + m.layers[i].tiles;
                     k++)
                    most = m.tiles[k].tail ? fmax(most, chain_error(&m, k)) : most;
                for (int o = 0; l->scale && o < l->outputs; o++)
                    largest = fmax(largest, fabs(ldexp(l->scale[o], -l->shift)));
                /* a factor of the residual, rounded */
                most += 255.0 * l->has_residual / m.layers[i].unit;
                ohm_figures_layer(f, i, &figures);
                CHECK(figures.samples > 0);
                if (figures.output_most > (l->scale ? most * largest + 1.5 : most))
                    fail_msg("graph %u, layer %s: off by %g, expected at most %g", number, l->name,
                             figures.output_most, l->scale ? most * largest + 1.5 : most);
                twins += m.layers[i].twins > 1;
            }
            ohm_figures_free(f);
            ohm_mapping_free(&m);
            good++;
        }
        free(images);
        ohm_net_free(&net);
    }
    if (good < (int)most_graphs / 3 || !twins)
        fail_msg("%d of %u graphs mapped, %d layers with twins", good, most_graphs, twins);
}

static const struct {
    int widths[LAYERS_MAX + 1], count;
    const char *config;
    int w, h;
    enum ohm_mapping_kind kind;
    int twins; /* some layer must have them */
} LARGE[] = {
    {{16, 16, 80}, 3, "tiny", 4, 2, OHM_MAPPING_EXACT, 0},
    {{16, 16, 80}, 3, "tiny", 3, 3, OHM_MAPPING_PWM, 1},
    {{16, 16, 80}, 3, "tiny", 8, 8, OHM_MAPPING_EXACT, 1},
    {{500, 700, 600, 10}, 4, "base", 8, 8, OHM_MAPPING_PWM, 0},
    {{2000, 400, 10}, 3, "base", 9, 8, OHM_MAPPING_PWM, 0},
};

/* Dense layers that take most of the mesh. */
static void large(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LARGE / sizeof LARGE[0]; i++) {
        struct ohm_net net;
        struct ohm_config config;
        struct ohm_mapping m;
        struct ohm_error err = {{0}};
        int twins = 0;
        host_random_net(&net, LARGE[i].widths, LARGE[i].count, 0, IMAGES, 3);
        CHECK(!ohm_config_find(LARGE[i].config, &config, &err));
        config.mesh_w = LARGE[i].w;
        config.mesh_h = LARGE[i].h;
        const int refused = ohm_map_network(&net, &config, LARGE[i].kind, &m, &err);
        if (i == 0) { /* 20 tiles of 16 columns and more: the first is the one that does not fit */
            CHECK(refused);
            CHECK_ERROR(err, "does not fit");
            ohm_net_free(&net);
            continue;
        }
        if (refused)
            fail_msg("%s", err.text);
        struct ohm_figures *f =
            ohm_figures_new(&m, net.calib, LARGE[i].kind == OHM_MAPPING_EXACT, &err);
        CHECK(f);
        run(&m, net.calib, ohm_figures_observe, f);
        for (int l = 0; l < net.layer_count; l++) {
            struct ohm_layer_figures figures;
            uint64_t compared;
            ohm_figures_layer(f, l, &figures);
            CHECK(figures.samples == (uint64_t)(IMAGES * net.layers[l].outputs)
                  && figures.rms < 0.01 * figures.range);
            CHECK(!ohm_figures_exact(f, &compared, &err)
                  && (LARGE[i].kind == OHM_MAPPING_EXACT) == (compared > 0));
            twins += m.layers[l].twins > 1;
        }
        if (LARGE[i].twins != (twins > 0))
            fail_msg("network %zu: %d layers have twins", i, twins);
        ohm_figures_free(f);
        ohm_mapping_free(&m);
        ohm_net_free(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors), cmocka_unit_test(graphs),
                                       cmocka_unit_test(large)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
