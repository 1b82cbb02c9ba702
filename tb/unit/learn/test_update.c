/* SPDX-License-Identifier: Apache-2.0
 * Updates: golden and fast model give the same pulses in the same order and leave the same devices,
 * for random descriptors and vectors; single sentences of docs/reference/learning.md by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ohm_device.h"
#include "ohm_fast_update.h"
#include "ohm_physics.h"
#include "ohm_rng.h"
#include "ohm_update.h"

static unsigned long checks;
#define CHECK(condition) (checks++, assert_true(condition))
#define CHECK_EQUAL(a, b) (checks++, assert_int_equal((a), (b)))
#define MUST(call) \
    do { \
        checks++; \
        if (call) \
            fail_msg("%s", err.text); \
    } while (0)

static struct ohm_error err;
static uint64_t random_state = 1;

static unsigned draw(unsigned low, unsigned high)
{
    random_state += OHM_GOLDEN_GAMMA;
    return low + (unsigned)(ohm_mix(random_state) % (high - low + 1));
}

/* ---- pulses as they come ---- */

enum { WORDS = 8, LOG_MAX = 20000 };
struct log {
    int n;
    struct seen { struct ohm_array_pulse p; uint32_t rows[WORDS], cols[WORDS]; } *pulse;
};

static void on_pulse(void *user, const struct ohm_array_pulse *p, const uint32_t *rows,
                     const uint32_t *cols)
{
    struct log *l = user;
    assert_true(l->n < LOG_MAX);
    struct seen *s = &l->pulse[l->n++];
    memset(s, 0, sizeof *s);
    s->p.dev = p->dev, s->p.set = p->set, s->p.amp = p->amp, s->p.width = p->width;
    memcpy(s->rows, rows, sizeof s->rows);
    memcpy(s->cols, cols, sizeof s->cols);
}

static struct ohm_device_model *model(const char *text)
{
    const char *out = getenv("OUT");
    char path[512];
    snprintf(path, sizeof path, "%s/device.txt", out ? out : ".");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    struct ohm_device_model *m = ohm_device_load(path, &err);
    if (!m)
        fail_msg("%s", err.text);
    return m;
}

struct side { struct ohm_update_array t; struct log log; };

static void open_side(struct side *s, int rows, int cols, const struct ohm_device_model *m,
                      const char *cell)
{
    struct ohm_physics physics;
    memset(s, 0, sizeof *s);
    s->log.pulse = calloc(LOG_MAX, sizeof *s->log.pulse);
    ohm_physics_default(&physics);
    MUST(ohm_physics_set(&physics, "cell", cell, &err));
    s->t = (struct ohm_update_array){.array = ohm_array_new(rows, cols, m, 7, 3, &err),
                                     .rows = rows, .cols = cols, .observe = on_pulse,
                                     .user = &s->log};
    assert_non_null(s->t.array);
    MUST(ohm_array_set_physics(s->t.array, &physics, &err));
    s->t.memory = calloc((size_t)rows * (size_t)cols, sizeof *s->t.memory);
}

static void close_side(struct side *s)
{
    ohm_array_free(s->t.array);
    free(s->t.memory);
    free(s->log.pulse);
}

static void same(struct side *a, struct side *b)
{
    const int rows = a->t.rows, cols = a->t.cols;
    CHECK_EQUAL(a->log.n, b->log.n);
    for (int i = 0; i < a->log.n; i++)
        CHECK(!memcmp(&a->log.pulse[i], &b->log.pulse[i], sizeof *a->log.pulse));
    CHECK(!memcmp(&a->t.counts, &b->t.counts, sizeof a->t.counts));
    CHECK_EQUAL(a->t.counts.pulses >= (uint64_t)a->log.n, 1);
    CHECK(!memcmp(a->t.memory, b->t.memory, (size_t)rows * (size_t)cols * sizeof *a->t.memory));
    for (unsigned r = 0; r < (unsigned)rows; r++)
        for (unsigned c = 0; c < (unsigned)cols; c++)
            for (int dev = OHM_CELL_PLUS; dev <= OHM_CELL_MINUS; dev++) {
                const struct ohm_array_device x = ohm_array_device(a->t.array, dev, r, c),
                                              y = ohm_array_device(b->t.array, dev, r, c);
                CHECK(x.w == y.w && x.g == y.g && x.number == y.number && x.cycles == y.cycles);
            }
    int16_t ticks[256];
    int32_t q[256], p[256], naive[256];
    for (int r = 0; r < rows; r++)
        ticks[r] = (int16_t)((int)draw(0, 510) - 255);
    const struct ohm_read_key key = {.seq = draw(0, 1000)};
    ohm_array_read(a->t.array, OHM_CELL_BOTH, ticks, &key, q);
    ohm_array_read(b->t.array, OHM_CELL_BOTH, ticks, &key, p);
    ohm_array_read_naive(b->t.array, OHM_CELL_BOTH, ticks, &key, naive);
    CHECK(!memcmp(q, p, (size_t)cols * sizeof *q));
    CHECK(!memcmp(q, naive, (size_t)cols * sizeof *q));
}

static struct ohm_update random_update(int carry)
{
    struct ohm_update u = {.rule = draw(0, 2), .policy = draw(0, carry ? 3 : 2),
                           .shift = draw(0, 3) ? draw(8, 15) : draw(0, 20),
                           .count = draw(0, 2) ? draw(1, 3) : draw(1, 63),
                           .x_signed = (int)draw(0, 1), .d_neg = (int)draw(0, 1),
                           .tx = draw(0, 2) ? 0 : draw(0, 100), .td = draw(0, 2) ? 0 : draw(0, 60),
                           .amp = {draw(0, 40), draw(0, 40)}, .width = {draw(0, 2), draw(0, 2)},
                           .seed = draw(0, 1u << 31)};
    if (u.rule == OHM_UPDATE_STOCHASTIC)
        u.count = draw(1, 8);
    u.accumulate = u.rule == OHM_UPDATE_ROW && draw(0, 1);
    return u;
}

static void random_updates(const char *device, const char *cell, int count)
{
    struct ohm_device_model *m = model(device);
    for (int trial = 0; trial < count; trial++) {
        struct side golden, fast;
        const int rows = (int)draw(1, 40), cols = (int)draw(1, 70);
        open_side(&golden, rows, cols, m, cell);
        open_side(&fast, rows, cols, m, cell);
        for (unsigned n = 0; n < 4; n++) {
            uint8_t x[256], d[256];
            uint32_t words[OHM_UPDATE_WORDS];
            struct ohm_update u = random_update(!strcmp(cell, "4t4r")), again;
            ohm_update_encode(&u, words);
            MUST(ohm_update_decode(&again, words, strcmp(cell, "4t4r") ? 1 : 2, &err));
            for (int r = 0; r < rows; r++)
                x[r] = (uint8_t)(draw(0, 2) ? draw(0, 255) : 0);
            for (int c = 0; c < cols; c++)
                d[c] = (uint8_t)(draw(0, 2) ? draw(0, 255) : 0);
            const struct ohm_update_vector v = {.number = draw(0, 1000), .x = x, .d = d,
                                                .poison = !draw(0, 9)};
            MUST(ohm_update_golden(&golden.t, &u, &v, &err));
            MUST(ohm_fast_update(&fast.t, &again, &v, &err));
            same(&golden, &fast);
            golden.log.n = fast.log.n = 0;
        }
        int8_t *k = malloc((size_t)rows * (size_t)cols);
        for (int i = 0; i < rows * cols; i++)
            k[i] = (int8_t)(draw(0, 3) ? 0 : (int)draw(0, 8) - 4);
        const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .count = 1};
        MUST(ohm_update_golden_transfer(&golden.t, &u, k, &err));
        MUST(ohm_fast_transfer(&fast.t, &u, k, &err));
        same(&golden, &fast);
        free(k);
        close_side(&golden);
        close_side(&fast);
    }
    ohm_device_free(m);
}

static void test_models_agree(void **state)
{
    (void)state;
    random_updates("device = ideal\n", "2t2r", 25);
    random_updates("device = ideal\ng_max = 100\ng_min = 5\nswitching = reram-hfo2\n", "2t2r", 25);
    random_updates("device = ideal\ng_max = 100\nswitching = reram-om\n", "4t4r", 15);
    random_updates("device = pcm-hermes\nswitching = pcm-partial-reset\n", "2t2r", 10);
    random_updates("device = ideal\nstuck_low = 0.1\nswitching = soft-bounds\nhalf_mean = 0.001\n"
                   "half_spread = 0.001\n", "1t1r", 10);
}

/* One row, four columns: what the document's loop gives. */
static void test_rule_row(void **state)
{
    (void)state;
    struct ohm_device_model *m = model("device = ideal\n");
    struct side s;
    open_side(&s, 1, 4, m, "2t2r");
    const uint8_t x[] = {200}, d[] = {100, 50, (uint8_t)-100, 1};
    /* 20000, 10000, 20000, 200 by 2^-13, half up: 2, 1, 2, 0 */
    const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .shift = 13, .count = 3};
    const struct ohm_update_vector v = {.x = x, .d = d};
    MUST(ohm_update_golden(&s.t, &u, &v, &err));
    const struct { int dev, set; uint32_t cols; } want[] = {
        {1, 1, 4}, {1, 1, 4}, /* up: column 2, twice */
        {2, 1, 3}, {2, 1, 1}, /* down: columns 0 and 1, then 0 */
        {1, 0, 3}, {1, 0, 1},
        {2, 0, 4}, {2, 0, 4},
    };
    CHECK_EQUAL(s.log.n, 8);
    for (int i = 0; i < 8; i++) {
        CHECK_EQUAL(s.log.pulse[i].p.dev, want[i].dev);
        CHECK_EQUAL(s.log.pulse[i].p.set, want[i].set);
        CHECK_EQUAL(s.log.pulse[i].cols[0], want[i].cols);
        CHECK_EQUAL(s.log.pulse[i].rows[0], 1);
    }
    CHECK_EQUAL(s.t.counts.cells, 2 + 3 + 3 + 2);
    close_side(&s);
    ohm_device_free(m);
}

/* Steps come on average as often as the two magnitudes say. */
static void test_rule_stochastic(void **state)
{
    (void)state;
    struct ohm_device_model *m = model("device = ideal\n");
    struct side s;
    open_side(&s, 1, 1, m, "2t2r");
    const uint8_t x[] = {128}, d[] = {(uint8_t)-64};
    const struct ohm_update u = {.rule = OHM_UPDATE_STOCHASTIC, .policy = OHM_UPDATE_ONE_SIDED,
                                 .count = 16, .seed = 5};
    for (uint32_t n = 0; n < 1000; n++) {
        const struct ohm_update_vector v = {.number = n, .x = x, .d = d};
        s.log.n = 0;
        MUST(ohm_update_golden(&s.t, &u, &v, &err));
    }
    /* 16 000 slots, a quarter of them: 4000 and six sigmas of 55 */
    CHECK(s.t.counts.pulses > 3670 && s.t.counts.pulses < 4330);
    close_side(&s);
    ohm_device_free(m);
}

static void test_accumulate(void **state)
{
    (void)state;
    struct ohm_device_model *m = model("device = ideal\n");
    struct side s;
    open_side(&s, 1, 2, m, "2t2r");
    const uint8_t x[] = {100}, d[] = {10, (uint8_t)-10};
    const struct ohm_update u = {.rule = OHM_UPDATE_ROW, .policy = OHM_UPDATE_SINGLE, .shift = 12,
                                 .count = 1, .accumulate = 1};
    const struct ohm_update_vector v = {.x = x, .d = d};
    for (int n = 0; n < 4; n++)
        MUST(ohm_update_golden(&s.t, &u, &v, &err));
    CHECK_EQUAL(s.log.n, 0); /* 4000 are not 4096 */
    CHECK_EQUAL(s.t.memory[0], -4000);
    MUST(ohm_update_golden(&s.t, &u, &v, &err));
    CHECK_EQUAL(s.log.n, 2);
    CHECK_EQUAL(s.t.memory[0], -904);
    CHECK_EQUAL(s.t.memory[1], 904);
    CHECK_EQUAL(s.log.pulse[0].p.set, 1);
    CHECK_EQUAL(s.log.pulse[0].cols[0], 2);
    close_side(&s);
    ohm_device_free(m);
}

static void test_refused(void **state)
{
    (void)state;
    const struct ohm_update good = {.rule = OHM_UPDATE_ROW, .shift = 12, .count = 1};
    struct ohm_update u = good;
    CHECK(!ohm_update_check(&u, 1, &err));
    u.count = 0;
    CHECK(ohm_update_check(&u, 1, &err) && strstr(err.text, "count 0, expected 1 to 63"));
    u = good, u.shift = 21;
    CHECK(ohm_update_check(&u, 1, &err) && strstr(err.text, "shift 21"));
    u = good, u.policy = OHM_UPDATE_CARRY;
    CHECK(ohm_update_check(&u, 1, &err) && strstr(err.text, "4t4r"));
    CHECK(!ohm_update_check(&u, 2, &err));
    u = good, u.rule = OHM_UPDATE_SIGN, u.accumulate = 1;
    CHECK(ohm_update_check(&u, 1, &err) && strstr(err.text, "accumulate"));
    u.rule = 3;
    CHECK(ohm_update_check(&u, 1, &err) && strstr(err.text, "rule 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models_agree), cmocka_unit_test(test_rule_row),
        cmocka_unit_test(test_rule_stochastic), cmocka_unit_test(test_accumulate),
        cmocka_unit_test(test_refused),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("checks %lu\n", checks);
    return failed;
}
