/* SPDX-License-Identifier: Apache-2.0
 * The cycle model as a backend. */
#include "ohm_backend_types.h"

#include "ohm_cycle.h"

static int send(void *self, int config_class, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    return ohm_cycle_send(self, config_class, flits, n, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    (void)err;
    return (long)ohm_cycle_recv(self, flits, max);
}

static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    return ohm_cycle_run(self, cycles, err);
}

static uint64_t cycle(void *self)
{
    return ohm_cycle_now(self);
}

static size_t queued(void *self)
{
    return ohm_cycle_queued(self);
}

static int finish(void *self, struct ohm_error *err)
{
    (void)self;
    (void)err;
    return 0;
}

static void close_model(void *self)
{
    ohm_cycle_free(self);
}

static void stats(void *self, struct ohm_golden_stats *out)
{
    ohm_cycle_stats(self, out);
}

static int geff(void *self, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    return ohm_cycle_geff(self, tile, sel, row, col);
}

static int count(void *self, struct ohm_activity *a, struct ohm_error *err)
{
    (void)err;
    ohm_cycle_count(self, a);
    return 0;
}

static void count_credits(void *self, struct ohm_activity *a)
{
    ohm_cycle_count_credits(self, a);
}

static int open_model(const struct ohm_backend_settings *s, struct ohm_backend *out, struct ohm_error *err)
{
    struct ohm_cycle *c = ohm_cycle_new(s->config, s->device, s->physics, s->seed, err);

    if (!c)
        return -1;
    if (s->observer)
        ohm_cycle_observe(c, s->observer, s->user);
    *out = (struct ohm_backend){.self = c, .send = send, .recv = recv, .run = run, .cycle = cycle, .queued = queued,
                                .finish = finish, .close = close_model, .stats = stats, .geff = geff, .count = count,
                                .count_credits = count_credits};
    return 0;
}

const struct ohm_backend_type ohm_backend_cycle = {
    .name = "cycle", .doc = "the cycle model", .title = "cycle model", .check = OHM_BACKEND_AGAIN, .open = open_model,
};
