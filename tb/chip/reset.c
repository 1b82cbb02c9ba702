/* SPDX-License-Identifier: Apache-2.0
 * Reset of 2 to 21 cycles at any time: while registers are written, cells programmed, images on
 * their way, results read. Behind it the chip is configured anew, and every VMM, counter and score
 * is that of a chip that was never disturbed. Registers and memories begin with random values, too,
 * which the seed changes. reset [SEED [ROUNDS]], with CONFIG and MESH in the environment; last
 * line: PASS reset <n> checks */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_data.h"
#include "ohm_driver.h"
#include "ohm_mapper.h"
#include "ohm_net.h"

enum { COUNT = 12, SCORES = 10, SHORTEST = 2, LONGEST = 21 };

static unsigned long checks;

#define CHECK(ok, ...) do { \
        checks++; \
        if (!(ok)) { printf("FAIL reset: "); printf(__VA_ARGS__); printf("\n"); exit(1); } \
    } while (0)

struct scores {
    int32_t v[COUNT][SCORES];
    uint32_t ended;
};

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct scores *s = user;
    s->ended++;
    if (v)
        memcpy(s->v[image], v, sizeof s->v[image]);
    return !v;
}

static uint64_t state;

static uint64_t below(uint64_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
}

/* A run to its end. */
static void drive(struct ohm_drive *d, struct ohm_backend *b, const struct scores *want,
                  struct ohm_drive_stats *stats)
{
    struct scores got = {0};
    struct ohm_error err = {""};
    struct ohm_golden_stats seen;
    d->limit_cycles = 0;
    d->user = &got;
    CHECK(!ohm_drive_run(d, b, stats, &err), "%s", err.text);
    ohm_golden_stats(b->golden, &seen);
    CHECK(seen.vmms == (uint64_t)COUNT * (uint64_t)d->mapping->tile_count,
          "%" PRIu64 " VMMs checked", seen.vmms);
    CHECK(got.ended == COUNT && stats->lost == 0 && stats->events == 0,
          "%u images, %" PRIu64 " lost, %" PRIu64 " events, first: %s", got.ended, stats->lost,
          stats->events, stats->first_event);
    for (int i = 0; want && i < COUNT; i++)
        for (int k = 0; k < SCORES; k++)
            CHECK(got.v[i][k] == want->v[i][k],
                  "image %d, score %d: %" PRId32 ", expected %" PRId32, i, k, got.v[i][k],
                  want->v[i][k]);
}

/* A run that a reset cuts off somewhere; returns whether it was under way. */
static int cut(struct ohm_drive *d, struct ohm_backend *b, uint64_t cycles)
{
    struct scores got = {0};
    struct ohm_drive_stats stats;
    struct ohm_error err = {""};
    const uint64_t begins = b->cycle(b->self);
    const unsigned length = SHORTEST + (unsigned)below(LONGEST - SHORTEST + 1);
    d->limit_cycles = begins + 1 + below(cycles * 4 / 5);
    d->user = &got;
    const int rc = ohm_drive_run(d, b, &stats, &err);
    CHECK(!rc || strstr(err.text, "limit of "), "%s", err.text);
    /* the driver looks at its limit now and then only */
    CHECK(!b->run(b->self, below(200), &err), "%s", err.text);
    printf("reset of %2u cycles in cycle %6" PRIu64 " of a run, %2u images ended\n", length,
           b->cycle(b->self) - begins, got.ended);
    CHECK(!b->reset(b, length, &err), "%s", err.text);
    return rc != 0;
}

int main(int argc, char **argv)
{
    struct ohm_error err = {""};
    struct ohm_config config;
    struct ohm_net net;
    struct ohm_data data;
    struct ohm_mapping m;
    struct ohm_drive_stats stats;
    struct ohm_backend model, chip;
    struct scores want = {0};
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const int rounds = argc > 2 ? atoi(argv[2]) : 20;
    const char *name = getenv("CONFIG"), *mesh = getenv("MESH");
    char library[256];
    int under_way = 0;

    state = seed;
    CHECK(name && mesh, "CONFIG and MESH are not set");
    CHECK(!ohm_config_find(name, &config, &err), "%s", err.text);
    CHECK(sscanf(mesh, "%dx%d", &config.mesh_w, &config.mesh_h) == 2, "MESH %s", mesh);
    CHECK(!ohm_net_load("sim/networks/digits-16-16-10", &net, &err), "%s", err.text);
    CHECK(!ohm_data_load("sim/data/digits/test-images-4x4.npy", NULL, &data, &err), "%s", err.text);
    CHECK(!ohm_map_network(&net, &config, OHM_MAPPING_PWM, &m, &err), "%s", err.text);
    struct ohm_drive d = {.mapping = &m, .images = data.images, .count = COUNT, .done = image_done};
    const struct ohm_backend_settings s = {.config = &config, .device = ohm_device_find("ideal"),
                                           .seed = seed, .rtl_library = library};
    CHECK(!ohm_backend_open("golden", &s, &model, &err), "%s", err.text);
    d.user = &want;
    CHECK(!ohm_drive_run(&d, &model, &stats, &err), "%s", err.text);
    model.close(model.self);

    snprintf(library, sizeof library, "sim/out/build/%s-%s/libohm_rtl.so", name, mesh);
    CHECK(!ohm_backend_open("rtl", &s, &chip, &err), "%s", err.text);
    const uint64_t begins = chip.cycle(chip.self);
    drive(&d, &chip, &want, &stats);
    const uint64_t whole = chip.cycle(chip.self) - begins;
    CHECK(!chip.reset(&chip, SHORTEST, &err), "%s", err.text);
    for (int i = 0; i < rounds; i++) {
        under_way += cut(&d, &chip, whole);
        drive(&d, &chip, &want, &stats);
        CHECK(!chip.reset(&chip, SHORTEST, &err), "%s", err.text);
    }
    CHECK(under_way * 2 > rounds, "%d of %d resets cut a run off", under_way, rounds);
    chip.close(chip.self);
    ohm_mapping_free(&m);
    ohm_data_free(&data);
    ohm_net_free(&net);
    printf("PASS reset %lu checks\n", checks);
    return 0;
}
