/* SPDX-License-Identifier: Apache-2.0
 * The golden model as a functional simulator of the chip. */
#include "ohm_backend_types.h"

static int send(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err)
{
    (void)config_class;
    return ohm_golden_packet_in(self, flits, n, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    (void)err;
    return (long)ohm_golden_pop_packet(self, flits, max);
}

static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    (void)self;
    (void)cycles;
    (void)err;
    return 0;
}

static uint64_t cycle(void *self)
{
    (void)self;
    return 0;
}

static size_t queued(void *self)
{
    (void)self;
    return 0;
}

static int finish(void *self, struct ohm_error *err)
{
    return ohm_golden_finish(self, err);
}

static void close_model(void *self)
{
    ohm_golden_free(self);
}

static int open_model(const struct ohm_backend_settings *s, struct ohm_backend *out,
                      struct ohm_error *err)
{
    struct ohm_golden *g = ohm_golden_new(s->config, s->device, s->seed, err);
    if (!g)
        return -1;
    if (s->physics && ohm_golden_set_physics(g, s->physics, err)) {
        ohm_golden_free(g);
        return -1;
    }
    ohm_golden_set_checking(g, 0);
    if (s->observer)
        ohm_golden_observe(g, s->observer, s->user);
    *out = (struct ohm_backend){.self = g, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .close = close_model,
                                .golden = g};
    return 0;
}

const struct ohm_backend_type ohm_backend_golden = {
    .name = "golden", .doc = "the golden model alone", .title = "golden model alone",
    .check = OHM_BACKEND_NAIVE, .untimed = 1, .open = open_model,
};
