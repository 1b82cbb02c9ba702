/* SPDX-License-Identifier: Apache-2.0
 * The fast model against the golden model in functional use: packets, outputs, counters, on any
 * number of threads, whatever the host does between whole images; and what it refuses. */
#include "fast_test.h"

#include "ohm_fast.h"
#include "ohm_physics.h"

enum { IMAGES = 150 };

/* Everything that was seen of one run, in an order that does not depend on the model: a sum of
 * hashes. */
struct digest {
    uint64_t outputs, results, events, credits;
    unsigned vectors[2], poisoned;
    uint32_t counter[2][OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT - OHM_REG_CNT_VMM];
    uint32_t order; /* last vector whose output was observed; never falls within a tile */
    int disorder;
};

static void observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    struct digest *d = user;
    d->outputs += fast_hash(tile, seq, out, (uint32_t)acc, (uint32_t)y);
    d->disorder += tile == TAIL && (int32_t)(seq - d->order) < 0;
    if (tile == TAIL)
        d->order = seq;
}

struct model { /* golden or fast model behind the calls that they share */
    struct ohm_golden *golden;
    struct ohm_fast *fast;
};

static int packet_in(void *self, const uint32_t *flits, size_t n)
{
    struct model *m = self;
    struct ohm_error err;
    return m->golden ? ohm_golden_packet_in(m->golden, flits, n, &err)
                     : ohm_fast_packet_in(m->fast, flits, n, &err);
}

static void drain(struct model *m, struct digest *d)
{
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error err;
    size_t n;
    if (m->fast)
        CHECK(!ohm_fast_run(m->fast, &err));
    for (;;) {
        n = m->golden ? ohm_golden_pop_packet(m->golden, flits, OHM_PACKET_MAX)
                      : ohm_fast_pop_packet(m->fast, flits, OHM_PACKET_MAX);
        if (!n)
            break;
        const struct ohm_header h = ohm_header_decode(flits);
        uint64_t hash = 0;
        for (size_t i = 0; i < n; i++)
            hash = fast_hash((unsigned)i, (uint32_t)hash, (uint32_t)(hash >> 32), flits[i], 1);
        if (h.type == OHM_TYPE_RESULT) {
            d->results += hash;
            d->vectors[h.y]++;
            d->poisoned += h.poison;
        } else if (h.type == OHM_TYPE_EVENT) {
            d->events += hash;
        } else if (h.type == OHM_TYPE_CREDIT) {
            d->credits += hash;
        }
    }
}

static void send_dense(struct fast_host *host, uint32_t i, int what)
{
    const uint32_t seq = FIRST + i;
    if ((what & POISON) && i % 37 == 20)
        fast_poison(host, i % 2, seq);
    else
        fast_image_part(host, i % 2, seq);
    if (!((what & LOSE) && i % 41 == 30))
        fast_image_part(host, !(i % 2), seq);
    else
        fast_image_piece(host, !(i % 2), seq);
}

static void send_lines(struct fast_host *host, uint32_t i, int what)
{
    for (uint32_t line = 0; line < LINES; line++) {
        const uint32_t seq = FIRST + LINES * i + line;
        if ((what & POISON) && i % 37 == 20 && line == i % LINES)
            fast_poison(host, 0, seq);
        else if (!((what & LOSE) && i % 41 == 30 && line == i % LINES))
            fast_line(host, seq);
    }
}

/* Two tiles, the second adds the first one's partial sums, both fed by the host; or a convolution.
 * `what` chooses what happens besides whole images; `late`: how many images are collected before
 * the model is asked to run. */
static void run(struct model *m, struct digest *d, int what, unsigned late)
{
    struct fast_host host = {.send = packet_in, .user = m};
    memset(d, 0, sizeof *d);
    d->order = FIRST;
    if (m->golden)
        ohm_golden_observe(m->golden, observe, d);
    if (m->fast)
        ohm_fast_observe(m->fast, observe, d);
    (what & CONV ? fast_configure_conv : fast_configure)(&host);
    for (uint32_t i = 0; i < IMAGES; i++) {
        (what & CONV ? send_lines : send_dense)(&host, i, what);
        if ((what & REFUSED) && i % 29 == 11)
            fast_refused(&host, i);
        if ((what & RECONFIGURE) && i % 50 == 49)
            fast_reprogram(&host, i);
        if (i % late == 0)
            drain(m, d);
    }
    drain(m, d);
    for (unsigned t = 0; t < 2; t++)
        for (unsigned k = 0; k < sizeof d->counter[t] / sizeof d->counter[t][0]; k++)
            d->counter[t][k] = m->golden
                                   ? ohm_golden_counter(m->golden, t * 16, OHM_REG_CNT_VMM + k)
                                   : ohm_fast_counter(m->fast, t * 16, OHM_REG_CNT_VMM + k);
}

static void same(const struct digest *a, const struct digest *b, int what)
{
    CHECK(a->outputs == b->outputs && a->results == b->results && a->events == b->events);
    CHECK(a->vectors[1] == IMAGES && b->vectors[1] == IMAGES && a->poisoned == b->poisoned);
    CHECK(!memcmp(a->counter, b->counter, sizeof a->counter));
    CHECK(!b->disorder);
    /* the run was what it should be */
    CHECK((a->poisoned != 0) == ((what & (POISON | LOSE)) != 0));
    /* four poison packets make a poison vector: the first one does, the others come too late */
    CHECK((a->events != 0)
          == ((what & (LOSE | REFUSED)) || (what & (CONV | POISON)) == (CONV | POISON)));
    CHECK(what != CONV || a->credits == b->credits);
}

static void as_golden(void **state)
{
    (void)state;
    static const char *const devices[] = {"ideal", "pcm-hermes", "rram-neurram"};
    struct digest golden, fast;
    struct ohm_error err = {""};
    for (size_t k = 0; k < sizeof devices / sizeof devices[0]; k++) {
        for (int what = 0; what < 32; what++) {
            const struct ohm_device_model *device = ohm_device_find(devices[k]);
            struct model m = {.golden = ohm_golden_new(fast_config(), device, 5, &err)};
            CHECK(m.golden != NULL);
            ohm_golden_set_checking(m.golden, 0);
            run(&m, &golden, what, 1);
            ohm_golden_free(m.golden);
            static const int threads[] = {1, 2, 5};
            for (int t = 0; t < 3; t++) {
                m = (struct model){.fast =
                                       ohm_fast_new(fast_config(), device, 5, threads[t], &err)};
                CHECK(m.fast != NULL);
                run(&m, &fast, what, t == 0 ? 1 : t == 1 ? 7 : 1000);
                ohm_fast_free(m.fast);
                same(&golden, &fast, what);
            }
        }
    }
}

/* Telegraph noise changes the arrays from interval to interval; a readout that is not ideal
 * converts otherwise. */
static void as_golden_with_physics(void **state)
{
    (void)state;
    struct digest golden, fast;
    struct ohm_error err = {""};
    struct ohm_physics physics;
    struct ohm_device_model *device = ohm_device_load("tb/unit/fast/telegraph.device", &err);
    CHECK(device != NULL);
    ohm_physics_default(&physics);
    CHECK(!ohm_physics_set(&physics, "offset", "0.5", &err)
          && !ohm_physics_set(&physics, "leak", "300", &err));
    for (int wired = 0; wired < 2; wired++) {
        CHECK(!wired || !ohm_physics_set(&physics, "r_wl", "5", &err));
        struct model m = {.golden = ohm_golden_new(fast_config(), device, 9, &err)};
        ohm_golden_set_checking(m.golden, 0);
        CHECK(!ohm_golden_set_physics(m.golden, &physics, &err));
        run(&m, &golden, 0, 1);
        ohm_golden_free(m.golden);
        for (int threads = 1; threads <= 4; threads += 3) {
            m = (struct model){.fast = ohm_fast_new(fast_config(), device, 9, threads, &err)};
            CHECK(!ohm_fast_set_physics(m.fast, &physics, &err));
            run(&m, &fast, 0, 1000);
            ohm_fast_free(m.fast);
            same(&golden, &fast, 0);
        }
    }
    ohm_device_free(device);
}

/* With whole images and several threads the work really is shared: the images wait until the model
 * is asked to run. */
static void collects(void **state)
{
    (void)state;
    struct ohm_error err = {""};
    struct model m = {.fast = ohm_fast_new(fast_config(), ohm_device_find("ideal"), 1, 2, &err)};
    struct fast_host host = {.send = packet_in, .user = &m};
    struct digest d = {0};
    fast_configure(&host);
    for (uint32_t i = 0; i < 20; i++) {
        fast_image_part(&host, 0, FIRST + i);
        fast_image_part(&host, 1, FIRST + i);
        CHECK(ohm_fast_waiting(m.fast) == (i ? i : 0)); /* the first image is the pattern */
    }
    CHECK(ohm_fast_collecting(m.fast) == 1 && ohm_fast_collecting(m.fast) == 0);
    drain(&m, &d);
    CHECK(d.vectors[1] == 20 && ohm_fast_waiting(m.fast) == 0);
    ohm_fast_free(m.fast);

    m.fast = ohm_fast_new(fast_config(), ohm_device_find("ideal"), 1, 2, &err);
    fast_configure_conv(&host);
    for (uint32_t i = 0; i < 20; i++) {
        send_lines(&host, i, 0);
        CHECK(ohm_fast_waiting(m.fast) == i); /* lines make whole images */
    }
    d = (struct digest){0};
    drain(&m, &d);
    CHECK(d.vectors[1] == 20 && d.credits && ohm_fast_waiting(m.fast) == 0);
    ohm_fast_free(m.fast);
}

static void refused(void **state)
{
    (void)state;
    struct ohm_error err = {""};
    struct ohm_config bad = *fast_config();
    CHECK(!ohm_fast_new(fast_config(), ohm_device_find("ideal"), 1, 0, &err));
    CHECK_ERROR(err, "0 threads", "1 to 256");
    CHECK(!ohm_fast_new(fast_config(), ohm_device_find("ideal"), 1, 257, &err));
    CHECK_ERROR(err, "257", "1 to 256");
    bad.cols = 500;
    CHECK(!ohm_fast_new(&bad, ohm_device_find("ideal"), 1, 1, &err));
    CHECK_ERROR(err, "COLS", "500");
    struct ohm_fast *f = ohm_fast_new(fast_config(), ohm_device_find("ideal"), 1, 1, &err);
    uint32_t flits[3] = {OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE), 0, 0};
    CHECK(ohm_fast_packet_in(f, flits, 1, &err) == -1);
    CHECK_ERROR(err, "1 flits", "at least 2");
    CHECK(ohm_fast_packet_in(f, flits, 2, &err) == -1);
    CHECK_ERROR(err, "RESULT", "host may send");
    flits[0] = OHM_PLACE(OHM_TYPE_ACT, H0_TYPE) | OHM_PLACE(7, H0_X);
    CHECK(ohm_fast_packet_in(f, flits, 2, &err) == -1);
    CHECK_ERROR(err, "(7,0)", "mesh");
    ohm_fast_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_golden),
        cmocka_unit_test(as_golden_with_physics),
        cmocka_unit_test(collects),
        cmocka_unit_test(refused),
    };
    return fast_run_tests("fast", tests, sizeof tests / sizeof tests[0]);
}
