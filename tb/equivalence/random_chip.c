/* SPDX-License-Identifier: Apache-2.0
 * A random chip: places, physics, copies, duration links. */
#include <stdio.h>
#include <string.h>

#include "equivalence.h"
#include "ohm_converter.h"

int copied(const struct problem *p, int tile)
{
    for (int i = 0; i < p->tiles; i++)
        if (p->copies[i] == tile)
            return 1;
    return 0;
}

static void random_physics(struct problem *p)
{
    static const char *const settings[][2] = {{"offset", "0.4"},       {"comparator_noise", "0.3"},
                                              {"leak", "500"},         {"droop", "0.00005"},
                                              {"gain_spread", "0.02"}, {"r_wl", "1"},
                                              {"noise", "cell"},       {"ramp_step", "0.05"}};
    struct ohm_error err = {""};

    ohm_physics_default(&p->physics);
    for (size_t i = 0; chance(p, 25) && i < sizeof settings / sizeof settings[0]; i++)
        if (chance(p, 40)) {
            const struct ohm_physics before = p->physics;
            must(ohm_physics_set(&p->physics, settings[i][0], settings[i][1], &err) != 0, p,
                 "physics", &err);
            if (ohm_converter_check(&p->config, &p->physics, &err)) /* the kind cannot have it */
                p->physics = before;
        }
}

/* Vectors from the host, or from another tile, and as many that leave. */
static void plain_feed(struct problem *p, int i)
{
    struct tile *t = &p->tile[i];

    t->feed[0] = (struct feed){(t->rows + 3) / 4, t->parts, t->log2_slots, p->first,
                               t->in < 0 ? p->vectors : 0};
    t->leave_first = p->first;
    t->leave_count = p->vectors;
    t->leave_parts = 1;
}

/* One slice entry, as links want it. */
static void one_read(struct tile *t, unsigned link)
{
    t->desc = (t->desc & ~OHM_PLACE(31, DESC_NSLICE)) | OHM_PLACE(1, DESC_NSLICE) | link;
    t->slice[0] &= ~(OHM_PLACE(1, SLICE_PART) | OHM_PLACE(1, SLICE_COUNT));
}

/* No tile sends its outputs, or its partial sums, to t. */
static void detach(struct problem *p, struct tile *t, int psum)
{
    int *from = psum ? &t->psum : &t->in;

    if (*from < 0)
        return;
    p->tile[*from].to = -1;
    *from = -1;
    if (psum)
        t->desc &= ~OHM_PLACE(1, DESC_PSUM);
    else
        t->feed[0].count = p->vectors;
}

/* Durations from a tile to the one in the east of it, a later one so that no ring comes about,
 * where neither takes part in anything else that comes in. */
static void random_links(struct problem *p)
{
    for (int i = 0; i < p->tiles; i++)
        for (int j = i + 1; j < p->tiles; j++) {
            struct tile *a = &p->tile[i], *b = &p->tile[j];
            if (a->x + 1 != b->x || a->y != b->y || !chance(p, 80))
                continue;
            if (!p->maps) {
                detach(p, a, 1);
                detach(p, b, 0);
                detach(p, b, 1);
            }
            if (a->walk[0].on || b->walk[0].on || a->psum >= 0 || b->psum >= 0 || b->in >= 0
                || p->copies[j] >= 0 || copied(p, j) || a->leave_count != b->leave_count)
                continue;
            const unsigned count1 = draw(p, b->rows), first = draw(p, b->rows - count1);
            one_read(a, OHM_PLACE(1, DESC_LINK_OUT));
            one_read(b, OHM_PLACE(1, DESC_LINK_IN));
            b->slice[0] = (b->slice[0]
                           & ~(OHM_PLACE(15, SLICE_LO) | OHM_PLACE(15, SLICE_W)
                               | OHM_PLACE(3, SLICE_IN)))
                          | OHM_PLACE(1 + draw(p, 8), SLICE_W);
            b->link = OHM_PLACE(first, LINK_FIRST) | OHM_PLACE(count1, LINK_COUNT1);
            b->feed[0].count = 0;
        }
    for (int i = 0; i < p->tiles; i++) {
        struct tile *t = &p->tile[i];
        const unsigned first = draw(p, t->rows);
        t->link_bias = OHM_PLACE(first, LINK_BIAS_FIRST)
                       | OHM_PLACE(first + draw(p, t->rows - first), LINK_BIAS_LAST)
                       | OHM_PLACE(chance(p, 50) ? draw(p, 256) : 0, LINK_BIAS_TICKS);
    }
}

void random_problem(struct problem *p, const struct ohm_config *config, uint64_t seed)
{
    unsigned devices = 0, places = 0, used[TILES], place[256];

    for (int y = 0; y < config->mesh_h; y++)
        for (int x = 0; x < config->mesh_w; x++)
            if (ohm_config_tile(config, x, y))
                place[places++] = (unsigned)(y * config->mesh_w + x);
    *p = (struct problem){.random = seed * 0x9e3779b97f4a7c15u + 1,
                          .config = *config,
                          .tiles = places < TILES ? (int)places : TILES};
    for (int i = 0; i < 10; i++)
        draw(p, 2);
    while (ohm_device_names()[devices])
        devices++;
    p->device = ohm_device_find(ohm_device_names()[draw(p, devices)]);
    p->seed = draw(p, 1u << 30);
    p->first = chance(p, 20) ? 65530 : draw(p, 70000);
    p->vectors = 4 + draw(p, VECTORS_MAX - 3);
    p->time = chance(p, 30) ? draw(p, 100000) : 0;
    p->bad = chance(p, 40);
    p->lossy = chance(p, 40);
    p->maps = config->window && seed % 2;
    random_physics(p);
    const int in_order = config->link_w && chance(p, 70); /* more neighbours */
    for (int i = 0; i < p->tiles; i++) {
        for (int again = 1; again;) {
            used[i] = place[in_order ? (unsigned)i : draw(p, places)];
            again = 0;
            for (int j = 0; j < i; j++)
                again |= used[i] == used[j];
        }
        p->tile[i].x = used[i] % (unsigned)config->mesh_w;
        p->tile[i].y = used[i] / (unsigned)config->mesh_w;
        random_tile(p, i);
        if (p->maps)
            random_map(p, i);
        else
            plain_feed(p, i);
    }
    for (int i = 0; i < p->tiles; i++)
        p->copies[i] = -1;
    for (int i = 0; i < p->tiles; i++) /* two tiles above each other may share one feed */
        for (int j = 0; j < p->tiles; j++) {
            struct tile *a = &p->tile[i], *b = &p->tile[j];
            if (a->x != b->x || b->y + 1 != a->y || a->in >= 0 || b->in >= 0
                || a->feed[0].words != b->feed[0].words || a->walk[0].lines != b->walk[0].lines
                || a->feed[0].count != b->feed[0].count)
                continue;
            b->feed[0].parts = a->feed[0].parts;
            b->feed[0].first = a->feed[0].first;
            p->copies[i] = j;
        }
    for (int i = 0; config->ndesc > 1 && i < p->tiles; i++)
        random_several(p, i);
    if (config->link_w)
        random_links(p);
    if (config->vlanes)
        random_vectors(p);
    for (int i = 0; i < p->tiles; i++) {
        struct tile *t = &p->tile[i];
        if (p->maps && t->mode == OHM_DESC_MODE_V && t->to < 0 && chance(p, 60)) {
            t->pool |= OHM_PLACE(1, POOL_ARGMAX);
            t->class0 = draw(p, 65536);
        }
    }
}
