/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_driver_steps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_packet.h"

/* ---- what comes back ---- */

static int unexpected(const struct driver *g, const struct ohm_header *h, const char *why)
{
    return ohm_fail(g->err, "packet %s from tile (%u,%u), number %u, offset %u: %s",
                    ohm_type_name(h->type), h->x, h->y, h->seq, h->offset, why);
}

static int finish_images(struct driver *g)
{
    while (g->done != g->first + g->count) {
        struct pending *p = &g->pending[g->done % g->window];
        if (p->tails_left)
            return 0;
        uint64_t cycle = g->b->cycle(g->b->self);
        if (g->done == g->first + ohm_drive_first_result(g))
            g->stats->latency = cycle - g->first_cycle;
        if (g->done == g->first + g->timed / 2)
            g->half_cycle = cycle;
        if (g->done < g->first + g->timed)
            g->stats->end_cycle = cycle;
        p->tails_left = g->tails;
        if (ohm_drive_frame_done(g, g->done, p->poison ? NULL : p->v))
            return -1;
        p->poison = p->any = 0;
        g->done++;
    }
    return 0;
}

/* Lets the tails send further results, now and then. */
static int grant(struct driver *g)
{
    if (g->done + g->window - g->granted < g->window / OHM_DRIVE_GRANTS)
        return 0;
    g->granted = g->done + g->window;
    for (int i = 0; i < g->m->tile_count; i++) {
        const struct ohm_tile_map *t = &g->m->tiles[i];
        for (int k = 0; k < t->route_count; k++) {
            if (!t->routes[k].host)
                continue;
            struct ohm_header h = ohm_to_tile(g->m, i, OHM_TYPE_CREDIT);
            h.chan = (unsigned)t->routes[k].credit;
            h.offset = g->granted & 0xFFFF;
            if (ohm_send(g->b, OHM_CLASS_CONFIG, &h, NULL, g->err))
                return -1;
        }
    }
    return 0;
}

/* Of the classes that several tiles found in their outputs the one with the largest value, the
 * lowest on a tie. */
static void take_class(struct pending *p, const uint32_t *payload)
{
    int32_t class = (int32_t)payload[0], value = (int32_t)payload[1];
    if (!p->any || value > p->v[1] || (value == p->v[1] && class < p->v[0])) {
        p->v[0] = class;
        p->v[1] = value;
    }
    p->any = 1;
}

static int take_result(struct driver *g, int tile, const struct ohm_header *h,
                       const uint32_t *payload)
{
    const struct ohm_tile_map *t = &g->m->tiles[tile];
    uint32_t image = ohm_extend(g->done, h->seq);
    if (!t->tail || t->layer != g->m->net->layer_count - 1)
        return unexpected(g, h, "the tile sends no results");
    if (image - g->done >= g->window || image - g->first >= g->count)
        return unexpected(g, h, "no such image is under way");
    struct pending *p = &g->pending[image % g->window];
    if (!p->tails_left)
        return unexpected(g, h, "more results than tiles");
    if (h->poison)
        p->poison = 1;
    else if ((int)h->offset != t->out0 || (int)h->len != t->routes[0].count)
        return unexpected(g, h, "other outputs than the tile holds");
    else if (ohm_net_classifies(g->m->net))
        take_class(p, payload);
    else
        memcpy(p->v + t->out0, payload, (size_t)t->outs * sizeof *p->v);
    p->tails_left--;
    return finish_images(g) ? -1 : grant(g);
}

static int take_event(struct driver *g, const struct ohm_header *h, const uint32_t *payload)
{
    const int tile = g->tile_at[h->y][h->x];
    const struct ohm_vec_tile *vec = tile < 0 ? NULL : g->m->tiles[tile].vec;
    char text[OHM_VEC_DETAIL];
    const char *detail =
        vec ? ohm_vec_tile_detail(vec, g->m->config.vtables, payload[0], text)
            : ohm_bad_desc_field(payload[0]);
    if (!g->stats->events++)
        snprintf(g->stats->first_event, sizeof g->stats->first_event,
                 "%s at tile (%u,%u), detail 0x%08" PRIx32 "%s%s", ohm_event_name(h->offset), h->x,
                 h->y, payload[0], h->offset == OHM_EVENT_BAD_DESC ? ": " : "",
                 h->offset == OHM_EVENT_BAD_DESC ? detail : "");
    return 0;
}

static int take(struct driver *g, const uint32_t *flits, size_t n)
{
    struct ohm_header h = ohm_header_decode(flits);
    if (n != 2 + h.len)
        return unexpected(g, &h, "length and LEN differ");
    int tile = g->tile_at[h.y][h.x];
    if (tile < 0 && h.type != OHM_TYPE_EVENT)
        return unexpected(g, &h, "the tile is not in use");
    switch (h.type) {
    case OHM_TYPE_CREDIT: {
        if (h.chan >= OHM_STREAMS_USED)
            return unexpected(g, &h, "a credit for a stream that the host does not feed");
        uint32_t *old = &g->limit[tile][h.chan], limit = ohm_extend(*old, h.offset);
        if ((int32_t)(limit - *old) > 0)
            *old = limit;
        return 0;
    }
    case OHM_TYPE_RESULT:
        return take_result(g, tile, &h, flits + 2);
    case OHM_TYPE_CFG_DATA:
        if (g->answered[tile] || h.len != 1)
            return unexpected(g, &h, "no answer was asked for");
        g->answered[tile] = 1;
        g->answer[tile] = flits[2];
        g->answers_left--;
        return 0;
    case OHM_TYPE_EVENT:
        return h.len == 1 ? take_event(g, &h, flits + 2) : unexpected(g, &h, "LEN is not 1");
    default:
        return unexpected(g, &h, "a type the host does not take");
    }
}

/* What everybody waits for, for the message of a stuck chip. */
static int stuck(struct driver *g)
{
    char what[256] = "";
    for (int i = 0; i < g->m->tile_count && g->answers_left; i++)
        if (!g->answered[i])
            snprintf(what, sizeof what, "the answer of tile (%d,%d) to CFG_RD", g->m->tiles[i].x,
                     g->m->tiles[i].y);
    if (!g->answers_left) {
        snprintf(what, sizeof what, "image %" PRIu32 " (results of %d of %d tiles)", g->done,
                 g->tails - g->pending[g->done % g->window].tails_left, g->tails);
        for (int k = 0; k < g->m->feed_count; k++) {
            size_t n = strlen(what);
            uint32_t lines = (uint32_t)g->m->feeds[k].lines;
            if ((int32_t)(g->sent[k] - (g->done + g->window) * lines) < 0
                && g->sent[k] != (g->first + g->count) * lines && n < sizeof what - 60)
                snprintf(what + n, sizeof what - n, "%s (%u,%u) next %" PRIu32,
                         n > 90 ? "," : "; fed to", g->m->feeds[k].x, g->m->feeds[k].y, g->sent[k]);
        }
    }
    return ohm_fail(g->err,
                    "no progress for %" PRIu64 " cycles at cycle %" PRIu64
                    ": %zu packets wait to enter; missing: %s",
                    g->patience, g->b->cycle(g->b->self), g->queued, what);
}

/* Lets the chip work until a packet comes or a round is over, and takes what came. */
int ohm_drive_turn(struct driver *g)
{
    uint32_t flits[OHM_PACKET_MAX];
    if (g->b->run(g->b->self, OHM_ROUND, g->err))
        return -1;
    if (g->d->limit_cycles && g->b->cycle(g->b->self) > g->d->limit_cycles)
        return ohm_fail(g->err,
                        "limit of %" PRIu64 " cycles reached, image %" PRIu32 " has not ended",
                        g->d->limit_cycles, g->done);
    int came = 0;
    for (;;) {
        long n = g->b->recv(g->b->self, flits, OHM_PACKET_MAX, g->err);
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        if (n < 2 || n > OHM_PACKET_MAX)
            return ohm_fail(g->err, "packet from the chip: %ld flits, expected 2 to %d", n,
                            OHM_PACKET_MAX);
        came = 1;
        if (take(g, flits, (size_t)n))
            return -1;
    }
    size_t queued = g->b->queued(g->b->self);
    g->idle = came || queued != g->queued ? 0 : g->idle + OHM_ROUND;
    g->queued = queued;
    return g->idle > g->patience ? stuck(g) : 0;
}

static struct ohm_tile_io io_of(struct driver *g, int tile)
{
    return (struct ohm_tile_io){g->b, g->m, tile, g->err};
}

/* Reads a register of `count` tiles into g->answer. */
static int read_some(struct driver *g, int tile, int count, unsigned addr)
{
    g->answers_left = count;
    g->idle = 0;
    for (int i = tile; i < tile + count; i++) {
        struct ohm_tile_io io = io_of(g, i);
        g->answered[i] = 0;
        if (ohm_tile_ask(&io, addr))
            return -1;
    }
    while (g->answers_left) {
        if (ohm_drive_turn(g))
            return -1;
        if (g->d->configuring && g->done == g->first)
            g->d->configuring(g->d->user, g->queued);
    }
    return 0;
}

int ohm_drive_read(struct driver *g, int tile, int count, unsigned addr)
{
    int rc = 0;
    for (int i = 0; !rc && i < count; i += OHM_ASKED_MOST) /* as many as the bridge has room for */
        rc = read_some(g, tile + i, count - i < OHM_ASKED_MOST ? count - i : OHM_ASKED_MOST, addr);
    return rc;
}

static int read_all(struct driver *g, unsigned addr)
{
    return ohm_drive_read(g, 0, g->m->tile_count, addr);
}

/* ---- what goes in ---- */

static int program_tile(struct ohm_tile_io *io, const struct ohm_write_scheme *scheme,
                        struct ohm_write_result *write)
{
    if (io->m->tiles[io->tile].vec)
        return 0; /* no cells: its memories are written with its registers */
    return scheme ? ohm_write_tile(io->b, io->m, io->tile, scheme, write, io->err)
                  : ohm_tile_program(io);
}

int ohm_drive_program(const struct ohm_mapping *m, struct ohm_backend *b,
                      const struct ohm_write_scheme *scheme, struct ohm_write_result *write,
                      struct ohm_error *err)
{
    for (int i = 0; i < m->tile_count; i++) {
        struct ohm_tile_io io = {b, m, i, err};
        if (program_tile(&io, scheme, write))
            return -1;
    }
    return 0;
}

/* Enables all tiles, asks whether any refuses what it was loaded with, then starts the loops. */
static int enable_all(struct driver *g)
{
    uint32_t on = OHM_PLACE(1, CTRL_ENABLE), start = OHM_PLACE(1, VSTART_START);
    for (int i = 0; i < g->m->tile_count; i++) {
        struct ohm_tile_io io = io_of(g, i);
        if (ohm_tile_write(&io, OHM_REG_CTRL, &on, 1))
            return -1;
    }
    int vec = 0;
    for (int i = 0; i < g->m->tile_count; i++)
        vec |= g->m->tiles[i].vec != NULL;
    /* with vector tiles twice: they look at their programs for ten cycles */
    if (read_all(g, OHM_REG_STATUS) || (vec && read_all(g, OHM_REG_STATUS)))
        return -1;
    for (int i = 0; i < g->m->tile_count; i++)
        if (OHM_FIELD(g->answer[i], STATUS_BAD_DESC))
            return ohm_fail(g->err, "tile (%d,%d) of layer %s refuses its %s (%s)",
                            g->m->tiles[i].x, g->m->tiles[i].y,
                            g->m->net->layers[g->m->tiles[i].layer].name,
                            g->m->tiles[i].vec ? "programs" : "descriptor", g->stats->first_event);
    for (int i = 0; i < g->m->tile_count; i++) {
        struct ohm_tile_io io = io_of(g, i);
        if (g->m->tiles[i].vec && ohm_tile_write(&io, OHM_REG_VSTART, &start, 1))
            return -1;
    }
    return 0;
}

static int configure(struct driver *g)
{
    const int written = !g->d->programmed && g->d->scheme, loaded = !g->d->programmed && !written;
    uint32_t off = 0;
    for (int i = 0; i < g->m->tile_count; i++) {
        struct ohm_tile_io io = io_of(g, i);
        uint32_t base = g->first * (uint32_t)g->m->tiles[i].windows;
        if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1)
            || (written && program_tile(&io, g->d->scheme, &g->stats->write))
            || ohm_tile_registers(g->m, i, g->first, ohm_tile_write, &io)
            || ohm_tile_write(&io, OHM_REG_SEQ_BASE, &base, 1)
            || (loaded && program_tile(&io, NULL, NULL)))
            return -1;
    }
    if (read_all(g, OHM_REG_ID))
        return -1;
    for (int i = 0; i < g->m->tile_count; i++)
        if (g->answer[i] != OHM_ID_VALUE)
            return ohm_fail(g->err, "tile (%d,%d): ID 0x%08" PRIx32 ", expected 0x%08x",
                            g->m->tiles[i].x, g->m->tiles[i].y, g->answer[i], OHM_ID_VALUE);
    return enable_all(g);
}

uint32_t ohm_drive_image(const struct driver *g, int feed)
{
    return g->sent[feed] / (uint32_t)g->m->feeds[feed].lines;
}

static int may_send(const struct driver *g, int feed, uint32_t end)
{
    const struct ohm_feed *f = &g->m->feeds[feed];
    uint32_t image = ohm_drive_image(g, feed);
    if (image == end
        || (int32_t)(image - g->done - g->window)
               >= 0) /* an image may be done before its last lines are sent */
        return 0;
    for (int i = 0; i < f->tile_count; i++)
        if ((int32_t)(g->limit[f->tiles[i]][f->chan] - g->sent[feed]) <= 0)
            return 0;
    return 1;
}

/* A line, or a part of a vector, in packets as long as the mesh lets through. */
static int send_line(struct driver *g, int feed)
{
    const struct ohm_feed *f = &g->m->feeds[feed];
    uint32_t line = g->sent[feed] % (uint32_t)f->lines;
    const uint8_t *x = ohm_drive_input(g, ohm_drive_image(g, feed))
                       + (size_t)line * (size_t)f->line_bytes;
    int most = ohm_packet_words(&g->m->config), end = f->word0 + f->words;
    for (int from = f->word0; from < end; from += most) {
        int n = end - from < most ? end - from : most;
        uint32_t words[OHM_REG_COLMAP_COUNT] = {0};
        for (int i = 4 * from; i < 4 * (from + n) && i < f->line_bytes; i++)
            words[i / 4 - from] |= (uint32_t)x[i] << 8 * (i % 4);
        struct ohm_header h = {.type = OHM_TYPE_ACT, .x = f->x, .y = f->y, .mc = f->mc,
                               .chan = f->chan, .len = (unsigned)n, .seq = g->sent[feed] & 0xFFFF,
                               .offset = (unsigned)(from - f->word0 + f->offset)};
        if (ohm_send(g->b, OHM_CLASS_DATA, &h, words, g->err))
            return -1;
    }
    g->sent[feed]++;
    return 0;
}

/* Sends of the images before `end` what credits allow, the oldest first. */
int ohm_drive_feed(struct driver *g, uint32_t end)
{
    for (;;) {
        int best = -1;
        for (int k = 0; k < g->m->feed_count; k++)
            if (may_send(g, k, end)
                && (best < 0 || (int32_t)(ohm_drive_image(g, k) - ohm_drive_image(g, best)) < 0
                    || (ohm_drive_image(g, k) == ohm_drive_image(g, best)
                        && g->sent[k] < g->sent[best])))
                best = k;
        if (best < 0)
            return 0;
        if (send_line(g, best))
            return -1;
    }
}

/* Sends images up to `end` and waits until they are done. */
static int stream(struct driver *g, uint32_t end)
{
    g->idle = 0;
    while (g->done != end)
        if (ohm_drive_feed(g, end) || ohm_drive_turn(g))
            return -1;
    return 0;
}

static int prepare(struct driver *g)
{
    const struct ohm_mapping *m = g->m;
    memset(g->tile_at, -1, sizeof g->tile_at);
    for (int i = 0; i < m->tile_count; i++) {
        g->tile_at[m->tiles[i].y][m->tiles[i].x] = i;
        g->tails += m->tiles[i].tail && m->tiles[i].layer == m->net->layer_count - 1;
    }
    if (ohm_drive_frames(g))
        return -1;
    g->window = (uint32_t)m->result_window;
    g->patience = ohm_stuck_after(g->b, m, 0);
    g->done = g->first;
    g->granted = g->first + g->window;
    size_t tiles = (size_t)m->tile_count;
    g->limit = calloc(tiles, sizeof *g->limit);
    g->answered = calloc(tiles, sizeof *g->answered);
    g->answer = calloc(tiles, sizeof *g->answer);
    g->sent = calloc((size_t)m->feed_count, sizeof *g->sent);
    g->pending = calloc(g->window, sizeof *g->pending);
    if (!g->limit || !g->answered || !g->answer || !g->sent || !g->pending)
        return ohm_fail(g->err, "driver: out of memory");
    for (size_t i = 0; i < tiles; i++) {
        for (int k = 0; k < OHM_STREAMS_USED; k++)
            g->limit[i][k] = g->first * (uint32_t)m->tiles[i].streams[k].lines
                             + (1u << m->tiles[i].streams[k].log2_slots);
        g->answered[i] = 1;
    }
    for (int k = 0; k < m->feed_count; k++)
        g->sent[k] = g->first * (uint32_t)m->feeds[k].lines;
    for (uint32_t i = 0; i < g->window; i++) {
        g->pending[i].tails_left = g->tails;
        g->pending[i].v = calloc((size_t)ohm_drive_words(g), sizeof(int32_t));
        if (!g->pending[i].v)
            return ohm_fail(g->err, "driver: out of memory");
    }
    return 0;
}

static void cleanup(struct driver *g)
{
    for (uint32_t i = 0; g->pending && i < g->window; i++)
        free(g->pending[i].v);
    free(g->pending);
    ohm_drive_free_frames(g);
    free(g->limit);
    free(g->answered);
    free(g->answer);
    free(g->sent);
}

int ohm_drive_run(const struct ohm_drive *d, struct ohm_backend *b, struct ohm_drive_stats *out,
                  struct ohm_error *err)
{
    struct driver g = {.d = d, .m = d->mapping, .b = b, .stats = out, .err = err};
    memset(out, 0, sizeof *out);
    out->write = d->write;
    int rc = ohm_drive_check_refresh(&g) ? -1 : prepare(&g);
    if (!rc)
        rc = configure(&g);
    out->start_cycle = g.first_cycle = b->cycle(b->self);
    g.patience = ohm_stuck_after(b, g.m, 1);
    if (!rc && d->streaming)
        d->streaming(d->user);
    if (!rc)
        rc = stream(&g, g.first + ohm_frames(g.m)); /* alone: its latency */
    for (int i = 0; !rc && i < d->refresh_count; i++)
        rc = ohm_drive_refresh_tile(&g, d->refresh[i].tile, d->refresh[i].image);
    if (!rc && !d->refresh_count)
        rc = stream(&g, g.first + g.timed);
    if (!rc)
        rc = stream(&g, g.first + g.count);
    if (!rc && d->streamed)
        d->streamed(d->user);
    uint32_t second_half = g.timed - 1 - g.timed / 2;
    if (!rc && g.timed >= 8)
        out->steady = (double)(out->end_cycle - g.half_cycle) / second_half
                      * ohm_net_steps(g.m->net);
    if (!rc)
        rc = ohm_drive_counters(&g) || (g.m->net->steps && ohm_drive_stop(&g)) ? -1 : 0;
    if (!rc)
        rc = b->finish(b->self, err);
    cleanup(&g);
    return rc;
}
