/* SPDX-License-Identifier: Apache-2.0
 * Images as the chip sees them: frames, each one step of a sequence, or a whole image. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_driver_steps.h"

int ohm_drive_words(const struct driver *g)
{
    return ohm_net_classifies(g->m->net) ? OHM_CLASS_WORDS : g->m->net->classes;
}

int ohm_drive_frames(struct driver *g)
{
    const uint32_t lanes = (uint32_t)ohm_lanes(g->m), end = g->d->first + g->d->count;
    const uint32_t rounds = (end + lanes - 1) / lanes - g->d->first / lanes;
    g->first = g->d->first / lanes * ohm_frames(g->m);
    g->count = rounds * ohm_frames(g->m);
    g->timed = g->d->timed / lanes * ohm_frames(g->m);
    if (!g->timed || g->timed > g->count)
        g->timed = g->count;
    g->lane = calloc(lanes, sizeof *g->lane);
    for (uint32_t i = 0; g->lane && i < lanes; i++)
        if (!(g->lane[i].v = calloc((size_t)ohm_net_scores(g->m->net), sizeof(int32_t))))
            return ohm_fail(g->err, "driver: out of memory");
    return g->lane ? 0 : ohm_fail(g->err, "driver: out of memory");
}

void ohm_drive_free_frames(struct driver *g)
{
    for (int i = 0; g->lane && i < ohm_lanes(g->m); i++)
        free(g->lane[i].v);
    free(g->lane);
}

uint32_t ohm_drive_first_result(const struct driver *g)
{
    const uint32_t lanes = (uint32_t)ohm_lanes(g->m);
    return ohm_frames(g->m) - lanes + g->d->first % lanes;
}

const uint8_t *ohm_drive_input(const struct driver *g, uint32_t frame)
{
    const struct ohm_net *net = g->m->net;
    const uint32_t last = g->d->first + g->d->count - 1, own = ohm_frame_image(g->m, frame),
                   image = own < last ? own : last;
    return g->d->images + (size_t)image * (size_t)net->inputs
           + (size_t)ohm_frame_step(g->m, frame) * (size_t)ohm_net_step_inputs(net);
}

int ohm_drive_frame_done(struct driver *g, uint32_t frame, const int32_t *v)
{
    const struct ohm_net *net = g->m->net;
    const int step = ohm_frame_step(g->m, frame), words = ohm_drive_words(g);
    const uint32_t image = ohm_frame_image(g->m, frame);
    struct collected *c = &g->lane[frame % (uint32_t)ohm_lanes(g->m)];
    c->lost |= !v;
    if (v)
        memcpy(c->v + (net->every_step ? step * words : 0), v, (size_t)words * sizeof *v);
    if (step + 1 < ohm_net_steps(net))
        return 0;
    const int lost = c->lost;
    c->lost = 0;
    if (image - g->d->first >= g->d->count)
        return 0;
    g->stats->lost += (uint64_t)lost;
    return g->d->done(g->d->user, image, lost ? NULL : c->v)
               ? ohm_fail(g->err, "image %" PRIu32 ": stopped", image)
               : 0;
}

int ohm_drive_stop(struct driver *g)
{
    const uint32_t off = 0;
    for (int i = 0; i < g->m->tile_count; i++) {
        struct ohm_tile_io io = {g->b, g->m, i, g->err};
        if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1))
            return -1;
    }
    return ohm_drive_read(g, 0, g->m->tile_count, OHM_REG_STATUS);
}
