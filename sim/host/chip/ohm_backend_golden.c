/* SPDX-License-Identifier: Apache-2.0
 * The golden model as a functional simulator of the chip. */
#include "ohm_backend.h"

static int send(void *self, int config_class, const uint32_t *flits, size_t n, struct ohm_error *err)
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

int ohm_backend_golden_physics(struct ohm_backend *b, const struct ohm_physics *physics, struct ohm_error *err)
{
    return ohm_golden_set_physics(b->self, physics, err);
}

int ohm_backend_golden_open(const struct ohm_config *config, const struct ohm_device_model *device, uint64_t seed,
                            ohm_golden_observer observer, void *user, struct ohm_backend *out, struct ohm_error *err)
{
    struct ohm_golden *g = ohm_golden_new(config, device, seed, err);
    if (!g)
        return -1;
    ohm_golden_set_checking(g, 0);
    if (observer)
        ohm_golden_observe(g, observer, user);
    *out = (struct ohm_backend){.self = g, .send = send, .recv = recv, .run = run, .cycle = cycle, .queued = queued,
                                .finish = finish, .close = close_model, .golden = g};
    return 0;
}
