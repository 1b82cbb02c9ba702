/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_group.h"

#include <inttypes.h>

#include "ohm_packet.h"
#include "ohm_tile_io.h"
#include "ohm_vec_word.h"

/* ---- registers of several tiles ---- */

struct asked { /* one register of some tiles */
    unsigned addr;
    uint32_t value[OHM_GROUP_MAX];
    uint8_t came[OHM_GROUP_MAX];
    int left;
};

static struct ohm_header to(int x, int y, unsigned type, unsigned addr)
{
    return (struct ohm_header){.type = type, .x = (unsigned)x, .y = (unsigned)y, .seq = addr,
                               .offset = addr};
}

static int write_one(const struct ohm_group *g, int i, unsigned addr, uint32_t value,
                     struct ohm_error *err)
{
    struct ohm_header h = to(g->tile[i].x, g->tile[i].y, OHM_TYPE_CFG_WR, addr);

    h.seq = 0;
    h.len = 1;
    return ohm_send(g->b, OHM_CLASS_CONFIG, &h, &value, err);
}

/* Takes what has come: answers to a, the rest to `other`. 1: anything came; -1 + err. */
static int take(const struct ohm_group *g, struct asked *a, struct ohm_error *err)
{
    uint32_t flits[OHM_PACKET_MAX];
    int any = 0;
    long n;

    while ((n = g->b->recv(g->b->self, flits, OHM_PACKET_MAX, err)) > 0) {
        const struct ohm_header h = ohm_header_decode(flits);
        int mine = 0;
        any = 1;
        for (int i = 0; h.type == OHM_TYPE_CFG_DATA && h.offset == a->addr && i < g->count; i++)
            if (!a->came[i] && g->tile[i].x == h.x && g->tile[i].y == h.y) {
                a->value[i] = flits[2];
                a->came[i] = mine = 1;
                a->left--;
                break;
            }
        if (!mine && g->other && g->other(g->user, flits, (size_t)n))
            return ohm_fail(err, "stopped while tiles were asked");
    }
    return n < 0 ? -1 : any;
}

static int wait_for(const struct ohm_group *g, struct asked *a, struct ohm_error *err)
{
    for (uint64_t idle = 0; a->left;) {
        const size_t queued = g->b->queued(g->b->self);
        if (g->b->run(g->b->self, OHM_ROUND, err))
            return -1;
        const int any = take(g, a, err);
        if (any < 0)
            return -1;
        idle = any || g->b->queued(g->b->self) != queued ? 0 : idle + OHM_ROUND;
        for (int i = 0; idle > g->patience && i < g->count; i++)
            if (!a->came[i])
                return ohm_fail(err,
                                "tile (%d,%d) register 0x%04x: no answer for %" PRIu64 " cycles",
                                g->tile[i].x, g->tile[i].y, a->addr, g->patience);
    }
    return 0;
}

/* The register at addr of all tiles, or only of vector tiles (others: 0). */
static int ask(const struct ohm_group *g, unsigned addr, int vec_only, struct asked *a,
               struct ohm_error *err)
{
    *a = (struct asked){.addr = addr};
    for (int i = 0; i < g->count; i++) {
        struct ohm_header h = to(g->tile[i].x, g->tile[i].y, OHM_TYPE_CFG_RD, addr);
        a->came[i] =
            vec_only && ohm_config_kind(g->config, (int)h.x, (int)h.y) != OHM_KIND_VEC;
        if (a->came[i])
            continue;
        a->left++;
        if (ohm_send(g->b, OHM_CLASS_CONFIG, &h, NULL, err))
            return -1;
    }
    return wait_for(g, a, err);
}

int ohm_group_read(const struct ohm_group *g, int x, int y, unsigned addr, uint32_t *words,
                   int count, struct ohm_error *err)
{
    struct ohm_group one = {.b = g->b, .config = g->config, .count = 1, .patience = g->patience,
                            .other = g->other, .user = g->user};

    one.tile[0].x = (uint8_t)x;
    one.tile[0].y = (uint8_t)y;
    for (int i = 0; i < count; i++) {
        struct asked a;
        if (ask(&one, addr + (unsigned)i, 0, &a, err))
            return -1;
        words[i] = a.value[0];
    }
    return 0;
}

/* ---- start ---- */

static int check(const struct ohm_group *g, const struct asked *a, int i, const char *name,
                 uint32_t expected, struct ohm_error *err)
{
    return a->value[i] == expected
               ? 0
               : ohm_fail(err, "tile (%d,%d) %s: 0x%08" PRIx32 ", expected 0x%08" PRIx32,
                          g->tile[i].x, g->tile[i].y, name, a->value[i], expected);
}

static int is_vec(const struct ohm_group *g, int i)
{
    return ohm_config_kind(g->config, g->tile[i].x, g->tile[i].y) == OHM_KIND_VEC;
}

/* The tiles are what the configuration says. */
static int identify(const struct ohm_group *g, struct ohm_error *err)
{
    const struct ohm_config *c = g->config;
    const uint32_t vshape = OHM_PLACE(c->vlanes, VSHAPE_LANES)
                            | OHM_PLACE(c->vmem_words / OHM_VEC_UNIT, VSHAPE_MEM)
                            | OHM_PLACE(c->vprog, VSHAPE_PROG)
                            | OHM_PLACE(c->vtables, VSHAPE_TABLES);
    struct asked a;
    int rc = ask(g, OHM_REG_ID, 0, &a, err);

    for (int i = 0; !rc && i < g->count; i++)
        rc = check(g, &a, i, "ID", OHM_ID_VALUE, err);
    if (!rc)
        rc = ask(g, OHM_REG_SHAPE, 0, &a, err);
    for (int i = 0; !rc && i < g->count; i++)
        rc = check(g, &a, i, "SHAPE",
                   OHM_PLACE(is_vec(g, i) ? 0 : c->rows, SHAPE_ROWS)
                       | OHM_PLACE(c->cols, SHAPE_COLS),
                   err);
    if (!rc)
        rc = ask(g, OHM_REG_VSHAPE, 1, &a, err);
    for (int i = 0; !rc && i < g->count; i++)
        rc = is_vec(g, i) ? check(g, &a, i, "VSHAPE", vshape, err) : 0;
    return rc;
}

static int write_all(const struct ohm_group *g, unsigned addr, uint32_t value, int vec_only,
                     struct ohm_error *err)
{
    int rc = 0;

    for (int i = 0; !rc && i < g->count; i++)
        if (!vec_only || is_vec(g, i))
            rc = write_one(g, i, addr, value, err);
    return rc;
}

int ohm_group_start(const struct ohm_group *g, struct ohm_error *err)
{
    struct asked a;
    int rc = identify(g, err);

    if (!rc)
        rc = write_all(g, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE), 0, err);
    /* twice: a vector tile looks at its programs for ten cycles */
    for (int i = 0; !rc && i < 2; i++)
        rc = ask(g, OHM_REG_STATUS, 0, &a, err);
    for (int i = 0; !rc && i < g->count; i++)
        if (OHM_FIELD(a.value[i], STATUS_BAD_DESC))
            rc = ohm_fail(err, "tile (%d,%d) refuses its %s", g->tile[i].x, g->tile[i].y,
                          is_vec(g, i) ? "programs (event PROGRAM)"
                                       : "descriptor (event BAD_DESC)");
    return rc ? rc : write_all(g, OHM_REG_VSTART, OHM_PLACE(1, VSTART_START), 1, err);
}

/* ---- stop ---- */

/* One round: 1 when all vector tiles are at `end` and no tile is busy. *sum: of where they are;
 * *last: a tile that is not there. */
static int at_end(const struct ohm_group *g, uint32_t end, uint64_t *sum, int *last,
                  struct asked *heads, struct ohm_error *err)
{
    struct asked status, *head = heads;
    int there = 1;

    if (ask(g, OHM_REG_SEQ_HEAD, 1, head, err) || ask(g, OHM_REG_STATUS, 0, &status, err))
        return -1;
    *sum = 0;
    for (int i = 0; i < g->count; i++) {
        *sum += head->value[i];
        if ((is_vec(g, i) && head->value[i] != end)
            || OHM_FIELD(status.value[i], STATUS_BUSY)) {
            *last = i;
            there = 0;
        }
    }
    return there;
}

/* With the second answer all credits have left that the tiles owed, as in ohm_driver_refresh.c. */
int ohm_group_stop(const struct ohm_group *g, uint32_t end, struct ohm_error *err)
{
    uint64_t moved = g->b->cycle(g->b->self), sum = 0, now = 0;
    uint64_t rounds = 0; /* without movement, where the backend knows no time */
    struct asked head;
    int last = 0;

    for (int said = 0; said < 2; rounds++) {
        const int there = at_end(g, end, &now, &last, &head, err);
        if (there < 0)
            return -1;
        said = there ? said + 1 : 0;
        if (now != sum || there) {
            moved = g->b->cycle(g->b->self);
            rounds = 0;
        }
        sum = now;
        if (g->b->cycle(g->b->self) - moved > g->patience || rounds > g->patience)
            return ohm_fail(err,
                            "tile (%d,%d) is at vector %" PRIu32 " and none of the loop gets "
                            "further for %" PRIu64 " cycles, expected %" PRIu32,
                            g->tile[last].x, g->tile[last].y, head.value[last], g->patience, end);
    }
    return write_all(g, OHM_REG_CTRL, 0, 0, err);
}
