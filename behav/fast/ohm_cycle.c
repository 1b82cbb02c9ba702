/* SPDX-License-Identifier: Apache-2.0
 * The chip of the cycle model: bridge, mesh and tiles, and where its packets meet the numbers. */
#include "ohm_cycle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_activity.h"
#include "ohm_cycle_tile.h"
#include "ohm_fast_vmm.h"
#include "ohm_golden_model.h"

enum { RESET_CYCLES = 8 }; /* of ohm_rtl_open */
enum { OUT_DEPTH = 2048, CLASSES = 2 };

struct packets { /* a queue */
    struct cycle_packet *first, **end;
    size_t count;
};

struct buffer { /* a store-and-forward queue of the bridge (rtl/common/ohm_pkt_fifo.v), read side */
    struct packets packets; /* committed, oldest first; its flits from `at` on wait */
    unsigned at, waiting;   /* committed flits not fetched yet */
    unsigned used;          /* words in the RAM, not yet committed ones too */
    struct cycle_flit out;  /* output register */
};

struct trip_queue { /* per tile, of vectors computed and not yet begun */
    struct fast_trips *at;
    unsigned head, count, capacity;
};

struct ohm_cycle {
    struct ohm_config config;
    uint64_t now;
    struct cycle_mesh mesh;
    struct cycle_tile *tiles; /* [y * mesh_w + x] */
    struct cycle_owner owner;
    struct ohm_error fault;

    /* numbers */
    struct ohm_golden *g;
    struct fast_compute compute;
    struct ohm_fifo answers[TILE_MAX]; /* packets of each tile for the host that the model has sent */
    struct trip_queue trips[TILE_MAX];

    /* from the host */
    struct packets in[CLASSES];
    struct cycle_packet *sending;
    unsigned sent;                /* words of it taken, with the CRC */
    struct cycle_flit skid[2];
    unsigned skids;
    struct buffer buffer[CLASSES];
    unsigned buffer_depth;
    int owner_class;              /* whose packet passes into the mesh, -1: none */
    uint8_t after;                /* round robin */

    /* to the host */
    struct buffer outgoing;
    struct cycle_packet *arriving;
    int arriving_full;
    unsigned arriving_kept;
    int crc;                      /* next is the CRC of `leaving` */
    struct cycle_packet *leaving;
    struct packets out;
};

/* ---- queues ---- */

static void put(struct packets *q, struct cycle_packet *p)
{
    p->next = NULL;
    if (!q->first)
        q->end = &q->first;
    *q->end = p;
    q->end = &p->next;
    q->count++;
}

static struct cycle_packet *pull(struct packets *q)
{
    struct cycle_packet *p = q->first;

    q->first = p->next;
    q->count--;
    return p;
}

static void drop_all(struct packets *q)
{
    while (q->first)
        cycle_packet_drop(pull(q));
}

static void commit(struct buffer *b, struct cycle_packet *p)
{
    put(&b->packets, p);
    b->waiting += p->flits;
}

/* One cycle of the read side; waiting: what was committed at its start. taken: the output register is read. */
static void fetch(struct buffer *b, unsigned waiting, int taken)
{
    if (b->out.p && !taken)
        return;
    b->out.p = NULL;
    if (!waiting)
        return;
    b->out = (struct cycle_flit){b->packets.first, b->at};
    b->waiting--;
    b->used--;
    if (++b->at == b->out.p->flits) {
        b->at = 0;
        pull(&b->packets);
    }
}

/* ---- numbers ---- */

static int out_of_step(struct ohm_cycle *c, const struct cycle_tile *t, const char *what, uint32_t number)
{
    return ohm_fail(&c->fault, "cycle model out of step with the numbers: tile (%u,%u), %s %" PRIu32 ", cycle %" PRIu64, t->x, t->y,
                    what, number, c->now);
}

static void keep_trips(void *user, unsigned tile, const struct fast_trips *trips)
{
    struct ohm_cycle *c = user;
    struct trip_queue *q = &c->trips[tile];

    if (q->count == q->capacity) {
        const unsigned capacity = q->capacity ? 2 * q->capacity : 16;
        struct fast_trips *at = malloc(capacity * sizeof *at);
        if (!at) {
            ohm_golden_fault(c->g, "cycle model: out of memory");
            return;
        }
        for (unsigned i = 0; i < q->count; i++)
            at[i] = q->at[(q->head + i) % q->capacity];
        free(q->at);
        *q = (struct trip_queue){.at = at, .count = q->count, .capacity = capacity};
    }
    q->at[(q->head + q->count++) % q->capacity] = *trips;
}

static int give_trips(void *self, struct cycle_tile *t, uint32_t seq, int16_t *last)
{
    struct ohm_cycle *c = self;
    struct trip_queue *q = &c->trips[t->number];

    while (q->count) {
        const struct fast_trips *trips = &q->at[q->head];
        const int it = trips->seq == seq;
        if (it)
            memcpy(last, trips->last, sizeof trips->last);
        q->head = (q->head + 1) % q->capacity;
        q->count--;
        if (it)
            return 0;
    }
    return out_of_step(c, t, "vector", seq);
}

/* Sorts what the numbers' model has sent to the host by tile; credits and events are the cycle model's own. */
static int sort_answers(struct ohm_cycle *c, struct ohm_error *err)
{
    const struct ohm_fifo_entry *e;

    while ((e = ohm_fifo_front(ohm_golden_host(c->g)))) {
        const struct ohm_header h = ohm_header_decode(e->flits);
        if (h.type != OHM_TYPE_CREDIT && h.type != OHM_TYPE_EVENT) {
            struct ohm_fifo_entry *copy = ohm_fifo_push(&c->answers[h.y * 16 + h.x], e->n);
            if (!copy)
                return ohm_fail(err, "cycle model: out of memory");
            memcpy(copy->flits, e->flits, e->n * sizeof *e->flits);
        }
        ohm_fifo_pop(ohm_golden_host(c->g));
    }
    return ohm_golden_faulty(c->g, err);
}

/* The numbers' model knows the packet: the same headers. Answers that were refused in time are passed over, and left behind
 * once a later one is asked for. */
static int give_payload(void *self, struct cycle_tile *t, struct cycle_packet *p)
{
    struct ohm_cycle *c = self;
    struct ohm_fifo *answers = &c->answers[t->number];

    for (struct ohm_fifo_entry *e = ohm_fifo_front(answers); e; e = ohm_fifo_next(answers, e)) {
        if (e->abandoned || e->n != p->flits || e->flits[0] != p->words[0] || e->flits[1] != p->words[1])
            continue;
        if (p->h.type != OHM_TYPE_CFG_DATA || !t->read_timed)
            memcpy(p->words + 2, e->flits + 2, (e->n - 2) * sizeof *e->flits);
        e->abandoned = 1;
        while ((e = ohm_fifo_front(answers)) && e->abandoned)
            ohm_fifo_pop(answers);
        return 0;
    }
    return out_of_step(c, t, ohm_type_name(p->h.type), p->h.seq);
}

/* ---- the bridge, inwards ---- */

/* The host offers its next packet, configuration first. */
static void offer(struct ohm_cycle *c)
{
    if (c->sending)
        return;
    c->sending = c->in[1].first ? c->in[1].first : c->in[0].first;
    c->sent = 0;
}

static void step_in(struct ohm_cycle *c)
{
    const int offered = c->sending != NULL, room_in_skid = c->skids != 2;
    unsigned waiting[CLASSES], have = 0;
    int room[CLASSES];

    for (int i = 0; i < CLASSES; i++) {
        waiting[i] = c->buffer[i].waiting;
        have |= (unsigned)(c->buffer[i].out.p != NULL) << i;
        room[i] = c->buffer[i].used != c->buffer_depth;
    }

    /* into the mesh, whole packets in turn */
    const int free = c->owner_class < 0, ready = cycle_mesh_ready(&c->mesh, 0, CYCLE_W);
    const unsigned pick = free ? cycle_round_robin(have, &c->after, 1, CLASSES) : (unsigned)c->owner_class;
    int taken[CLASSES] = {0, 0};
    if (pick < CLASSES && have >> pick & 1) {
        const struct cycle_flit f = c->buffer[pick].out;
        if (ready)
            cycle_mesh_push(&c->mesh, 0, CYCLE_W, f);
        taken[pick] = ready;
        c->owner_class = ready && cycle_is_last(f) ? -1 : (int)pick;
    }

    /* from the register behind the stream into the buffers; the word after a packet's last is its CRC */
    int took = 0;
    if (c->skids) {
        const struct cycle_flit f = c->skid[0];
        const int class = f.p->config_class, is_crc = f.at == f.p->flits;
        took = is_crc || room[class];
        if (took && is_crc)
            commit(&c->buffer[class], f.p);
        else if (took)
            c->buffer[class].used++;
    }
    for (int i = 0; i < CLASSES; i++)
        fetch(&c->buffer[i], waiting[i], taken[i]);

    /* the stream */
    if (took)
        c->skid[0] = c->skid[--c->skids];
    if (offered && room_in_skid) {
        c->skid[c->skids++] = (struct cycle_flit){c->sending, c->sent};
        if (c->sent++ == c->sending->flits) {
            pull(&c->in[c->sending->config_class]);
            c->sending = NULL;
        }
        offer(c);
    }
}

/* ---- the bridge, outwards ---- */

static void step_out(struct ohm_cycle *c)
{
    struct buffer *b = &c->outgoing;
    const unsigned waiting = b->waiting;
    const int room = b->used != OUT_DEPTH;
    const struct cycle_flit f = c->mesh.to_host;

    if (f.p) {
        if (f.at == 0) {
            f.p->holders++;
            c->arriving = f.p;
            c->arriving_full = 0;
            c->arriving_kept = 0;
        }
        c->arriving_full |= !room;
        if (!c->arriving_full) {
            b->used++;
            c->arriving_kept++;
        }
        if (cycle_is_last(f)) {
            if (c->arriving_full) {
                b->used -= c->arriving_kept;
                cycle_packet_drop(f.p);
            } else {
                commit(b, f.p);
            }
            c->arriving = NULL;
        }
    }

    /* the host always takes; after a packet's last flit comes its CRC */
    const int give = !c->crc && b->out.p;
    if (c->crc) {
        put(&c->out, c->leaving);
        c->leaving = NULL;
        c->crc = 0;
    } else if (give && cycle_is_last(b->out)) {
        c->leaving = b->out.p;
        c->crc = 1;
        fetch(b, waiting, 1);
        return;
    }
    fetch(b, waiting, give);
}

/* ---- the chip ---- */

/* Something comes on a duration link. */
static int linked(const struct cycle_tile *t, const struct cycle_tile *west, const struct cycle_tile *east)
{
    return (west && (west->link.claim || west->link.start || west->link.pass)) || (east && east->link.ready != t->link_seen);
}

static int step(struct ohm_cycle *c)
{
    const unsigned n = (unsigned)(c->config.mesh_w * c->config.mesh_h);

    offer(c);
    memset(c->mesh.to_tile, 0, n * sizeof *c->mesh.to_tile);
    c->mesh.to_host.p = NULL;
    if (c->mesh.flits)
        cycle_mesh_step(&c->mesh);
    for (unsigned i = 0; i < n; i++) {
        struct cycle_tile *t = &c->tiles[i];
        if (!ohm_config_tile(&c->config, (int)t->x, (int)t->y))
            continue; /* what comes is thrown away */
        const struct cycle_flit rx = c->mesh.to_tile[i];
        struct cycle_flit tx;
        const struct cycle_tile *west = c->config.link_w && t->x ? t - 1 : NULL, *east = c->config.link_w && t->x + 1 < (unsigned)c->config.mesh_w ? t + 1 : NULL;
        if (!rx.p && c->now >= t->awake_until && !linked(t, west, east))
            continue;
        if (cycle_tile_step(t, c->now, west, east, rx, cycle_mesh_ready(&c->mesh, i, CYCLE_L), &tx))
            return c->fault.text[0] ? -1 : ohm_fail(&c->fault, "cycle model: out of memory");
        if (tx.p)
            cycle_mesh_push(&c->mesh, i, CYCLE_L, tx);
    }
    for (unsigned i = 0; c->config.link_w && i < n; i++)
        c->tiles[i].link = c->tiles[i].link_next;
    step_in(c);
    step_out(c);
    cycle_mesh_edge(&c->mesh);
    c->now++;
    return 0;
}

/* Nothing will ever happen unless the host sends. */
static int asleep(const struct ohm_cycle *c)
{
    if (c->mesh.flits || c->in[0].first || c->in[1].first || c->skids || c->outgoing.used || c->outgoing.out.p || c->crc)
        return 0;
    for (int i = 0; i < CLASSES; i++)
        if (c->buffer[i].used || c->buffer[i].out.p)
            return 0;
    for (int i = 0; i < c->config.mesh_w * c->config.mesh_h; i++)
        if (c->now < c->tiles[i].awake_until)
            return 0;
    return 1;
}

int ohm_cycle_run(struct ohm_cycle *c, uint64_t cycles, struct ohm_error *err)
{
    const uint64_t end = c->now + cycles;

    while (c->now != end && !c->out.first && !c->fault.text[0]) {
        if (asleep(c)) {
            c->now = end;
            break;
        }
        step(c);
    }
    return c->fault.text[0] ? ohm_fail(err, "%s", c->fault.text) : 0;
}

int ohm_cycle_send(struct ohm_cycle *c, int config_class, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    struct ohm_error why;

    if (c->fault.text[0])
        return ohm_fail(err, "%s", c->fault.text);
    if (ohm_golden_admits(c->g, flits, n, err))
        return -1;
    if (n > 2 + (size_t)(c->config.cols > 64 ? c->config.cols : 64))
        return ohm_fail(err, "packet: %zu flits, expected at most %d", n, 2 + (c->config.cols > 64 ? c->config.cols : 64));
    struct cycle_packet *p = cycle_packet_new(flits, (unsigned)n, (unsigned)n);
    if (!p)
        return ohm_fail(err, "cycle model: out of memory");
    p->config_class = config_class != 0;
    put(&c->in[p->config_class], p);
    ohm_golden_packet_in(c->g, flits, n, &why); /* what a tile refuses is an event, in time */
    return sort_answers(c, err);
}

size_t ohm_cycle_recv(struct ohm_cycle *c, uint32_t *flits, size_t max)
{
    if (!c->out.first || c->out.first->flits > max)
        return 0;
    struct cycle_packet *p = pull(&c->out);
    const size_t n = p->flits;
    memcpy(flits, p->words, n * sizeof *flits);
    cycle_packet_drop(p);
    return n;
}

size_t ohm_cycle_queued(const struct ohm_cycle *c)
{
    return c->in[0].count + c->in[1].count;
}

uint64_t ohm_cycle_now(const struct ohm_cycle *c)
{
    return c->now;
}

void ohm_cycle_observe(struct ohm_cycle *c, ohm_golden_observer fn, void *user)
{
    ohm_golden_observe(c->g, fn, user);
}

void ohm_cycle_count(struct ohm_cycle *c, struct ohm_activity *a)
{
    ohm_activity_watch(a, c->g);
}

void ohm_cycle_count_credits(const struct ohm_cycle *c, struct ohm_activity *a)
{
    ohm_activity_credits(a, c->g);
}

void ohm_cycle_stats(const struct ohm_cycle *c, struct ohm_golden_stats *out)
{
    ohm_golden_stats(c->g, out);
}

int ohm_cycle_geff(const struct ohm_cycle *c, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    return ohm_golden_geff(c->g, tile, sel, row, col);
}

uint32_t ohm_cycle_counter(const struct ohm_cycle *c, unsigned tile, unsigned reg)
{
    return ohm_golden_counter(c->g, tile, reg);
}

struct ohm_cycle *ohm_cycle_new(const struct ohm_config *config, const struct ohm_device_model *device,
                                const struct ohm_physics *physics, uint64_t seed, struct ohm_error *err)
{
    const size_t n = (size_t)config->mesh_w * (size_t)config->mesh_h;
    const unsigned longest = 2 + (unsigned)(config->cols > 64 ? config->cols : 64);

    if (config->fifo_depth < 2 || config->fifo_depth > CYCLE_DEPTH_MAX || config->acc_banks < 2
        || config->acc_banks > CYCLE_BANKS_MAX) {
        ohm_fail(err, "cycle model: FIFO_DEPTH %d, ACC_BANKS %d, expected 2 to %d and 2 to %d", config->fifo_depth,
                 config->acc_banks, CYCLE_DEPTH_MAX, CYCLE_BANKS_MAX);
        return NULL;
    }
    if (config->nvc != 1 || config->pipe != 0) {
        ohm_fail(err, "cycle model: NVC %d, PIPE %d, expected 1 and 0", config->nvc, config->pipe);
        return NULL;
    }
    struct ohm_golden *g = ohm_golden_new(config, device, seed, err); /* checks the other sizes */
    if (!g)
        return NULL;
    struct ohm_cycle *c = calloc(1, sizeof *c);
    if (!c) {
        ohm_golden_free(g);
        ohm_fail(err, "cycle model: out of memory");
        return NULL;
    }
    c->g = g;
    c->config = *config;
    c->now = RESET_CYCLES;
    c->owner_class = -1;
    c->owner = (struct cycle_owner){c, give_payload, give_trips};
    for (c->buffer_depth = 1; c->buffer_depth < 2 * longest;)
        c->buffer_depth *= 2;
    c->tiles = calloc(n, sizeof *c->tiles);
    if (cycle_mesh_init(&c->mesh, config->mesh_w, config->mesh_h, config->fifo_depth) || !c->tiles) {
        ohm_fail(err, "cycle model: out of memory");
        ohm_cycle_free(c);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        cycle_tile_init(&c->tiles[i], &c->config, &c->owner, (unsigned)(i % (size_t)config->mesh_w),
                        (unsigned)(i / (size_t)config->mesh_w));
    ohm_golden_set_checking(g, 0);
    fast_compute_install(&c->compute, g);
    c->compute.trips = keep_trips;
    c->compute.user = c;
    if (physics && ohm_golden_set_physics(g, physics, err)) {
        ohm_cycle_free(c);
        return NULL;
    }
    return c;
}

static void free_buffer(struct buffer *b)
{
    if (b->out.p && cycle_is_last(b->out))
        cycle_packet_drop(b->out.p);
    drop_all(&b->packets);
}

void ohm_cycle_free(struct ohm_cycle *c)
{
    if (!c)
        return;
    cycle_mesh_free(&c->mesh); /* first: it looks at packets that others hold */
    for (int i = 0; c->tiles && i < c->config.mesh_w * c->config.mesh_h; i++)
        cycle_tile_free(&c->tiles[i]);
    free(c->tiles);
    for (unsigned i = 0; i < c->skids; i++)
        if (c->skid[i].at == c->skid[i].p->flits)
            cycle_packet_drop(c->skid[i].p);
    for (int i = 0; i < CLASSES; i++) {
        drop_all(&c->in[i]);
        free_buffer(&c->buffer[i]);
    }
    if (c->arriving)
        cycle_packet_drop(c->arriving);
    if (c->leaving)
        cycle_packet_drop(c->leaving);
    free_buffer(&c->outgoing);
    drop_all(&c->out);
    for (int i = 0; i < TILE_MAX; i++) {
        ohm_fifo_free(&c->answers[i]);
        free(c->trips[i].at);
    }
    ohm_golden_free(c->g);
    fast_compute_free(&c->compute);
    free(c);
}
