/* SPDX-License-Identifier: Apache-2.0
 * The fast model as a backend: untimed, several images at once. */
#include "ohm_backend_types.h"

#include "ohm_fast.h"

static int send(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err)
{
    (void)config_class;
    return ohm_fast_packet_in(self, flits, n, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    (void)err;
    return (long)ohm_fast_pop_packet(self, flits, max);
}

/* As long as the host has something to send it may, for more images at once. */
static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    (void)cycles;
    return ohm_fast_collecting(self) ? 0 : ohm_fast_run(self, err);
}

static uint64_t cycle(void *self)
{
    (void)self;
    return 0;
}

static size_t queued(void *self)
{
    return ohm_fast_waiting(self);
}

static int finish(void *self, struct ohm_error *err)
{
    return ohm_fast_run(self, err);
}

static void close_model(void *self)
{
    ohm_fast_free(self);
}

static void stats(void *self, struct ohm_golden_stats *out)
{
    ohm_fast_stats(self, out);
}

static int geff(void *self, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    return ohm_fast_geff(self, tile, sel, row, col);
}

static int count(void *self, struct ohm_activity *a, struct ohm_error *err)
{
    return ohm_fast_count(self, a, err);
}

static void count_credits(void *self, struct ohm_activity *a)
{
    ohm_fast_count_credits(self, a);
}

static int open_model(const struct ohm_backend_settings *s, struct ohm_backend *out,
                      struct ohm_error *err)
{
    struct ohm_fast *f =
        ohm_fast_new(s->config, s->device, s->seed, s->threads ? s->threads : 1, err);

    if (!f)
        return -1;
    if (s->physics && ohm_fast_set_physics(f, s->physics, err)) {
        ohm_fast_free(f);
        return -1;
    }
    if (s->observer)
        ohm_fast_observe(f, s->observer, s->user);
    *out = (struct ohm_backend){.self = f, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .close = close_model,
                                .stats = stats, .geff = geff, .count = count,
                                .count_credits = count_credits};
    return 0;
}

const struct ohm_backend_type ohm_backend_model = {
    .name = "model", .doc = "the fast model", .title = "fast model", .check = OHM_BACKEND_AGAIN,
    .untimed = 1, .by_image = 1, .open = open_model,
};
