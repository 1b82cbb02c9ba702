/* SPDX-License-Identifier: Apache-2.0
 * The driver against a chip that misbehaves: the golden model behind a backend that loses or bends
 * one packet. */
#include "host_test.h"

#include "ohm_driver.h"
#include "ohm_packet.h"

struct bent {
    struct ohm_backend inner;
    unsigned type;  /* of the packets to bend, 0: none */
    int skip;       /* so many of that type pass first */
    int forever;    /* all from there on, not only one */
    int (*bend)(uint32_t *flits, long n); /* 0: the packet is lost */
    uint64_t cycle;
};

static int send(void *self, int class, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    struct bent *b = self;
    return b->inner.send(b->inner.self, class, flits, n, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    struct bent *b = self;
    for (;;) {
        long n = b->inner.recv(b->inner.self, flits, max, err);
        if (n <= 0 || !b->type || OHM_FIELD(flits[0], H0_TYPE) != b->type)
            return n;
        if (b->skip-- > 0)
            return n;
        if (!b->forever)
            b->type = 0;
        if (b->bend(flits, n))
            return n;
    }
}

static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    struct bent *b = self;
    (void)err;
    b->cycle += cycles;
    return 0;
}

static uint64_t cycle(void *self)
{
    return ((struct bent *)self)->cycle;
}

static size_t queued(void *self)
{
    (void)self;
    return 0;
}

static int finish(void *self, struct ohm_error *err)
{
    struct bent *b = self;
    return b->inner.finish(b->inner.self, err);
}

static int lose(uint32_t *flits, long n)
{
    (void)flits;
    (void)n;
    return 0;
}

static int one_more(uint32_t *flits, long n) /* in the last payload word */
{
    flits[n - 1]++;
    return 1;
}

static int other_tile(uint32_t *flits, long n)
{
    (void)n;
    flits[0] ^= OHM_PLACE(8, H0_Y);
    return 1;
}

static int other_offset(uint32_t *flits, long n)
{
    (void)n;
    flits[1] ^= 4;
    return 1;
}

static int other_number(uint32_t *flits, long n)
{
    (void)n;
    flits[1] ^= OHM_PLACE(1000, H1_SEQ);
    return 1;
}

static int other_length(uint32_t *flits, long n)
{
    (void)n;
    flits[0] ^= OHM_PLACE(1, H0_LEN);
    return 1;
}

static int as_event(uint32_t *flits, long n)
{
    (void)n;
    flits[0] = (flits[0] & ~(OHM_PLACE(15, H0_TYPE) | OHM_PLACE(1023, H0_LEN)))
               | OHM_PLACE(OHM_TYPE_EVENT, H0_TYPE) | OHM_PLACE(1, H0_LEN);
    return 1;
}

static int as_poison(uint32_t *flits, long n)
{
    (void)n;
    flits[0] |= OHM_PLACE(1, H0_POISON);
    return 1;
}

static struct ohm_net net;
static struct ohm_mapping mapping;
static uint32_t stop_at, ended, lost;

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    (void)user;
    ended++;
    lost += !v;
    return image == stop_at;
}

/* Runs 40 images from 65520 on (their low 16 bits wrap on the way); what is bent, is bent. */
static int drive(unsigned type, int skip, int forever, int (*bend)(uint32_t *, long),
                 uint64_t limit, struct ohm_drive_stats *stats, struct ohm_error *err)
{
    enum { FIRST = 65520, COUNT = 40 };
    struct bent b = {.type = type, .skip = skip, .forever = forever, .bend = bend};
    uint8_t *images = calloc((size_t)(FIRST + COUNT) * (size_t)net.inputs, 1);
    struct ohm_drive d = {.mapping = &mapping, .images = images, .first = FIRST, .count = COUNT,
                          .limit_cycles = limit, .done = image_done};
    const struct ohm_backend_settings ideal = {
        .config = &mapping.config, .device = ohm_device_find("ideal"), .seed = 1};
    if (!images || ohm_backend_open("golden", &ideal, &b.inner, err))
        fail_msg("%s", err->text);
    struct ohm_backend outer = {.self = &b, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .golden = b.inner.golden};
    ended = lost = 0;
    int rc = ohm_drive_run(&d, &outer, stats, err);
    b.inner.close(b.inner.self);
    free(images);
    return rc;
}

static void good(void **state)
{
    (void)state;
    struct ohm_drive_stats stats;
    struct ohm_error err = {{0}};
    if (drive(0, 0, 0, NULL, 0, &stats, &err))
        fail_msg("%s", err.text);
    CHECK(ended == 40 && lost == 0 && stats.events == 0
          && stats.counters[0] == 40u * (unsigned)mapping.tile_count);
}

static void broken(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        int skip, forever;
        int (*bend)(uint32_t *, long);
        const char *word1, *word2;
    } cases[] = {
        {OHM_TYPE_CFG_DATA, 0, 0, lose, "no progress", "to CFG_RD"},
        {OHM_TYPE_CFG_DATA, 0, 0, one_more, "ID 0x4f484d03", "expected 0x4f484d02"},
        {OHM_TYPE_CFG_DATA, 14, 0, one_more, "mismatch: tile",
         "register 0x0010: expected 40, got 41"},
        {OHM_TYPE_RESULT, 5, 0, lose, "no progress", "image 65525 (results of 0 of 1 tiles)"},
        {OHM_TYPE_RESULT, 30, 0, other_number, "no such image", "RESULT"},
        {OHM_TYPE_RESULT, 2, 0, other_offset, "other outputs", "RESULT"},
        {OHM_TYPE_RESULT, 2, 0, other_length, "length and LEN differ", "RESULT"},
        {OHM_TYPE_RESULT, 2, 0, other_tile, "not in use", "RESULT"},
        {OHM_TYPE_CREDIT, 0, 1, lose, "no progress", "fed to"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ohm_drive_stats stats;
        struct ohm_error err = {{0}};
        CHECK(drive(cases[i].type, cases[i].skip, cases[i].forever, cases[i].bend, 0, &stats, &err)
              == -1);
        CHECK_ERROR(err, cases[i].word1, cases[i].word2);
    }
}

static void reported(void **state)
{
    (void)state;
    struct ohm_drive_stats stats;
    struct ohm_error err = {{0}};
    CHECK(!drive(OHM_TYPE_RESULT, 7, 0, as_poison, 0, &stats, &err));
    CHECK(ended == 40 && lost == 1 && stats.lost == 1);
    /* one lost credit heals with the next */
    CHECK(!drive(OHM_TYPE_CREDIT, 100, 0, lose, 0, &stats, &err));
    CHECK(drive(OHM_TYPE_RESULT, 7, 0, as_event, 0, &stats, &err) == -1);
    CHECK_ERROR(err, "length and LEN differ", "EVENT");
    CHECK(drive(0, 0, 0, NULL, 1, &stats, &err) == -1);
    CHECK_ERROR(err, "limit of 1 cycles");
    stop_at = 65530;
    CHECK(drive(0, 0, 0, NULL, 0, &stats, &err) == -1);
    CHECK_ERROR(err, "image 65530: stopped");
    CHECK(ended == 11);
    stop_at = 0;
}

int main(void)
{
    struct ohm_config config;
    struct ohm_error err = {{0}};
    host_random_net(&net, (const int[]){32, 20, 10}, 3, 0, 0, 9);
    if (ohm_config_find("tiny", &config, &err))
        return 1;
    config.mesh_w = 4;
    config.mesh_h = 2;
    if (ohm_map_network(&net, &config, OHM_MAPPING_PWM, &mapping, &err)) {
        puts(err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(broken),
                                       cmocka_unit_test(reported)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ohm_mapping_free(&mapping);
    ohm_net_free(&net);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
