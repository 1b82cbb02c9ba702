/* SPDX-License-Identifier: Apache-2.0
 * Every tile of a running network is drained, programmed anew and restarted, one after the other,
 * while images go through: no image is lost, no event comes, each result is that of an undisturbed
 * golden model, every VMM is checked, and other tiles compute between a tile's stop and its
 * restart. With a convolutional network most of them walk windows. drain [SEED [NETWORK]], with
 * CONFIG and MESH in the environment; last line: PASS drain <n> checks */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_data.h"
#include "ohm_driver.h"
#include "ohm_macro.h"
#include "ohm_mapper.h"
#include "ohm_net.h"
#include "ohm_packet.h"

enum { FIRST = 20, COUNT_MAX = 200, SCORES_MAX = 10, TILES_MAX = 256 };

static const struct run_of_images {
    const char *net, *images, *labels;
    uint32_t count, tiles; /* images; tiles that are restarted before the same one */
} RUNS[] = {
    {"digits-64-32-10", "sim/data/digits/test-images.npy", "sim/data/digits/test-labels.npy", 200,
     1},
    {"mnist-cnn", "sim/data/mnist/t10k-images-idx3-ubyte.gz",
     "sim/data/mnist/t10k-labels-idx1-ubyte.gz", 8, 3},
};

struct watch {
    struct ohm_backend inner;
    int32_t v[COUNT_MAX][SCORES_MAX];
    int scores;
    uint32_t ended, lost;
    int off;                 /* tile y*16 + x that is switched off or being programmed, -1: none */
    unsigned restarts[TILES_MAX], programs[TILES_MAX];
    unsigned long outputs, elsewhere; /* committed in all; by other tiles while one was off */
    int streaming;
};

static int send(void *self, int class, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    struct watch *w = self;
    struct ohm_header h = ohm_header_decode(flits);
    unsigned tile = h.y * 16 + h.x;
    if (w->streaming && h.type == OHM_TYPE_CFG_WR && h.offset == OHM_REG_CTRL) {
        w->restarts[tile] += flits[2];
        if (!flits[2])
            w->off = (int)tile;
    }
    w->programs[tile] += w->streaming && h.type == OHM_TYPE_PROG;
    return w->inner.send(w->inner.self, class, flits, n, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    struct watch *w = self;
    long n = w->inner.recv(w->inner.self, flits, max, err);
    /* the answer that the driver waits for after a restart */
    if (n > 0 && OHM_FIELD(flits[0], H0_TYPE) == OHM_TYPE_CFG_DATA
        && (int)(OHM_FIELD(flits[0], H0_Y) * 16 + OHM_FIELD(flits[0], H0_X)) == w->off)
        w->off = -1;
    return n;
}

static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    struct watch *w = self;
    return w->inner.run(w->inner.self, cycles, err);
}

static uint64_t cycle(void *self)
{
    struct watch *w = self;
    return w->inner.cycle(w->inner.self);
}

static size_t queued(void *self)
{
    struct watch *w = self;
    return w->inner.queued(w->inner.self);
}

static int finish(void *self, struct ohm_error *err)
{
    struct watch *w = self;
    return w->inner.finish(w->inner.self, err);
}

static void on_streaming(void *user)
{
    ((struct watch *)user)->streaming = 1;
}

static int on_image(void *user, uint32_t image, const int32_t *v)
{
    struct watch *w = user;
    w->ended++;
    w->lost += !v;
    for (int o = 0; v && o < w->scores; o++)
        w->v[image - FIRST][o] = v[o];
    return 0;
}

static int drive(struct watch *w, const struct ohm_drive *d, struct ohm_drive_stats *stats,
                 struct ohm_error *err)
{
    struct ohm_drive mine = *d;
    struct ohm_backend outer = {.self = w, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .golden = w->inner.golden};
    mine.done = on_image;
    mine.streaming = on_streaming;
    mine.user = w;
    w->off = -1;
    int rc = ohm_drive_run(&mine, &outer, stats, err);
    w->inner.close(w->inner.self);
    return rc;
}

static void on_output(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    struct watch *w = user;
    (void)seq, (void)out, (void)acc, (void)y;
    w->outputs++;
    w->elsewhere += w->off >= 0 && (int)tile != w->off;
}

static unsigned long checks;

#define CHECK(ok, ...) do { \
        checks++; \
        if (!(ok)) { printf("FAIL drain: "); printf(__VA_ARGS__); printf("\n"); exit(1); } \
    } while (0)

/* Every score as without a refresh, every tile restarted once, others at work meanwhile. */
static void check_run(const struct watch *chip, const struct watch *model,
                      const struct ohm_mapping *m, const struct run_of_images *r,
                      const struct ohm_drive_stats *stats)
{
    CHECK(chip->ended == r->count && chip->lost == 0,
          "%u images ended, %u of them lost, expected %u and 0", chip->ended, chip->lost, r->count);
    CHECK(stats->events == 0, "%llu events, first: %s", (unsigned long long)stats->events,
          stats->first_event);
    for (uint32_t i = 0; i < r->count; i++)
        for (int o = 0; o < chip->scores; o++)
            CHECK(chip->v[i][o] == model->v[i][o],
                  "image %u output %d: got %" PRId32 ", expected %" PRId32, FIRST + i, o,
                  chip->v[i][o], model->v[i][o]);
    for (int i = 0; i < m->tile_count; i++) {
        unsigned tile = (unsigned)(m->tiles[i].y * 16 + m->tiles[i].x);
        CHECK(chip->restarts[tile] == 1 && chip->programs[tile] > 0,
              "tile (%d,%d): %u restarts, %u packets of cells", m->tiles[i].x, m->tiles[i].y,
              chip->restarts[tile], chip->programs[tile]);
    }
    CHECK(chip->elsewhere > 0, "no tile computed while another one was off");
}

/* What can't be done is refused. */
static void check_refused(struct ohm_drive *drained, struct ohm_mapping *m,
                          struct ohm_drive_refresh *refresh, struct watch *chip, uint32_t end)
{
    struct ohm_drive_stats stats;
    struct ohm_error err = {""};

    m->tiles[0].loop = 1;
    CHECK(ohm_drive_run(drained, &chip->inner, &stats, &err) == -1
              && strstr(err.text, "of a loop"),
          "%s", err.text);
    m->tiles[0].loop = 0;
    refresh[0].tile = m->tile_count;
    CHECK(ohm_drive_run(drained, &chip->inner, &stats, &err) == -1
              && strstr(err.text, "refresh 0: tile"),
          "%s", err.text);
    refresh[0].tile = 0;
    refresh[0].image = end;
    CHECK(ohm_drive_run(drained, &chip->inner, &stats, &err) == -1
              && strstr(err.text, "refresh 0: image"),
          "%s", err.text);
}

int main(int argc, char **argv)
{
    static struct watch chip, model; /* zero */
    struct ohm_error err = {""};
    struct ohm_config config;
    struct ohm_net net;
    struct ohm_data data;
    struct ohm_mapping m;
    struct ohm_drive_stats stats;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const char *name = getenv("CONFIG"), *mesh = getenv("MESH");
    const struct run_of_images *r = RUNS;
    char library[256], path[256];

    CHECK(name && mesh, "CONFIG and MESH are not set");
    CHECK(!ohm_config_find(name, &config, &err), "%s", err.text);
    CHECK(sscanf(mesh, "%dx%d", &config.mesh_w, &config.mesh_h) == 2, "MESH %s", mesh);
    for (; argc > 2 && r < RUNS + sizeof RUNS / sizeof *RUNS && strcmp(argv[2], r->net); r++)
        ;
    CHECK(r < RUNS + sizeof RUNS / sizeof *RUNS, "network %s, expected one of the list in drain.c",
          argv[2]);
    snprintf(path, sizeof path, "sim/networks/%s", r->net);
    CHECK(!ohm_net_load(path, &net, &err), "%s", err.text);
    CHECK(!ohm_data_load(r->images, r->labels, &data, &err), "%s", err.text);
    CHECK(!ohm_map_network(&net, &config, OHM_MAPPING_PWM, &m, &err), "%s", err.text);
    model.scores = chip.scores = ohm_net_scores(&net);
    const uint32_t gap = (r->count - 1) / (((uint32_t)m.tile_count + r->tiles - 1) / r->tiles + 1);
    CHECK(gap > 0, "%d tiles, too many for %u images", m.tile_count, r->count);

    struct ohm_drive plain = {.mapping = &m, .images = data.images, .first = FIRST,
                              .count = r->count},
                     drained = plain;
    struct ohm_drive_refresh refresh[TILES_MAX];
    for (int i = 0; i < m.tile_count; i++)
        refresh[i] = (struct ohm_drive_refresh){.image = FIRST + gap * (1 + (uint32_t)i / r->tiles),
                                                .tile = i};
    drained.refresh = refresh;
    drained.refresh_count = m.tile_count;

    struct ohm_backend_settings s = {.config = &config, .device = ohm_device_find("ideal"),
                                     .seed = seed, .rtl_library = library};
    CHECK(!ohm_backend_open("golden", &s, &model.inner, &err), "%s", err.text);
    CHECK(!drive(&model, &plain, &stats, &err), "%s", err.text);

    snprintf(library, sizeof library, "sim/out/build/%s-%s/libohm_rtl.so", name, mesh);
    s.observer = on_output;
    s.user = &chip;
    CHECK(!ohm_backend_open("rtl", &s, &chip.inner, &err), "%s", err.text);
    CHECK(!drive(&chip, &drained, &stats, &err), "%s", err.text);

    check_run(&chip, &model, &m, r, &stats);
    printf("%d tiles restarted in %llu cycles; %lu outputs checked, %lu of them elsewhere while a "
           "tile was off\n",
           m.tile_count, (unsigned long long)(stats.end_cycle), chip.outputs, chip.elsewhere);

    check_refused(&drained, &m, refresh, &chip, FIRST + r->count);

    printf("PASS drain %lu checks\n", checks);
    ohm_mapping_free(&m);
    ohm_data_free(&data);
    ohm_net_free(&net);
    return 0;
}
