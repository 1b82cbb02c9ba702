/* SPDX-License-Identifier: Apache-2.0
 * The host of a random chip: it feeds vectors as credits come, and notes every packet from the chip
 * with its cycle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "equivalence.h"

/* Vector (or line) n of a feed of the tile, as the case has it: whole, in parts, poison, or with a
 * part missing. */
static void feed(struct problem *p, const struct ohm_backend *b, int i, unsigned k, uint32_t n)
{
    struct problem own = {.random = p->seed * 77 + (uint64_t)i * 1000003 + k * 7919
                                    + n}; /* the same in every run, whatever the order */
    const struct tile *t = &p->tile[i];
    const struct feed *f = &t->feed[k];
    const unsigned words = f->words, cut = f->parts > 1 ? 1 + words / 2 : words;
    uint32_t x[LINE_WORDS];
    struct ohm_header h = to_tile(t, OHM_TYPE_ACT);

    for (int warm = 0; warm < 5; warm++)
        draw(&own, 2);
    for (unsigned w = 0; w < words; w++) {
        x[w] = draw(&own, 1u << 16) << 16 | draw(&own, 1u << 16);
        if (chance(&own, 20))
            x[w] &= 0xff00;
    }
    h.seq = n & 0xffff;
    h.chan = k > SUMS ? k - SUMS : k > 1 ? k - 1 : k ? t->walk[k].stream : 0;
    if (k > SUMS)
        h.type = OHM_TYPE_PSUM;
    h.mc = k == 0 && p->copies[i] >= 0;
    const int clean = p->maps
                      && n >= f->first + f->count
                                  - f->count
                                        / IMAGES; /* the last image: some VMM must be checked */
    /* not two in a row: two incomplete vectors fill two slots, and no newer one can show that they
     * are lost */
    const uint32_t behind = k > 1 && k < SUMS ? t->lag : 0; /* of the last ones nobody takes */
    const int lose = p->lossy && n % 2 == 0 && n + 1 + behind < f->first + f->count && f->parts > 1
                     && cut < words && !clean && chance(&own, 15);
    if (!p->lossy && !clean && chance(&own, 5)) {
        h.poison = 1;
        send_packet(b, 0, h, NULL);
        return;
    }
    h.len = cut;
    send_packet(b, 0, h, x);
    if (cut < words && !lose) {
        h.offset = cut;
        h.len = words - cut;
        send_packet(b, 0, h, x + cut);
    }
}

struct host {
    struct problem *p;
    const struct ohm_backend *b;
    struct trace *t;
    uint32_t limit[TILES][FEEDS], sent[TILES][FEEDS]; /* per feed */
    unsigned results[TILES];
    int answered;
    uint32_t answer;
};

int tile_at(const struct problem *p, unsigned x, unsigned y)
{
    for (int i = 0; i < p->tiles; i++)
        if (p->tile[i].x == x && p->tile[i].y == y)
            return i;
    return -1;
}

static void record(struct trace *t, uint64_t cycle, const uint32_t *flits, size_t n)
{
    if (t->count == t->capacity)
        t->seen = realloc(t->seen, (t->capacity = 2 * t->capacity + 64) * sizeof *t->seen);
    while (t->used + n > t->room)
        t->words = realloc(t->words, (t->room = 2 * t->room + 1024) * sizeof *t->words);
    if (!t->seen || !t->words) {
        printf("FAIL equivalence: out of memory\n");
        exit(1);
    }
    memcpy(t->words + t->used, flits, n * sizeof *flits);
    t->seen[t->count++] = (struct seen){cycle, n, t->used};
    t->used += n;
}

/* Lets the chip work and takes what comes. Returns whether anything came. */
static int turn(struct host *h)
{
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error err = {""};
    int came = 0;
    long n;

    must(h->b->run(h->b->self, ROUND, &err) != 0, h->p, "run", &err);
    while ((n = h->b->recv(h->b->self, flits, OHM_PACKET_MAX, &err)) > 0) {
        const struct ohm_header got = ohm_header_decode(flits);
        const int tile = tile_at(h->p, got.x, got.y);
        came = 1;
        record(h->t, h->b->cycle(h->b->self), flits, (size_t)n);
        if (tile < 0) {
            if (got.type == OHM_TYPE_CREDIT)
                credit_vectors(h->p, &got);
            continue;
        }
        if (got.type == OHM_TYPE_CREDIT)
            h->limit[tile][got.chan % FEEDS] += (uint32_t)(int32_t)(int16_t)(uint16_t)(
                got.offset - h->limit[tile][got.chan % FEEDS]);
        else if (got.type == OHM_TYPE_RESULT)
            h->results[tile]++;
        else if (got.type == OHM_TYPE_CFG_DATA) {
            h->answered = 1;
            h->answer = flits[2];
        }
    }
    must(n < 0, h->p, "recv", &err);
    return came || h->b->queued(h->b->self);
}

void free_trace(struct trace *t)
{
    free(t->seen);
    free(t->words);
    *t = (struct trace){0};
}

/* Until nothing comes and nothing waits. */
static void settle(struct host *h)
{
    while (turn(h))
        continue;
}

/* Feeds the tile what its credits allow. Returns whether more is to come of it: vectors, lines that
 * no result needs, results. */
static int feed_tile(struct host *h, int i)
{
    struct problem *p = h->p;
    int busy = h->results[i] < results_of(p, &p->tile[i]);

    for (unsigned k = 0; k < FEEDS; k++) {
        const struct feed *f = &p->tile[i].feed[k];
        const int other = k ? -1 : p->copies[i];
        uint32_t *sent = &h->sent[i][k];
        if (!k && copied(p, i))
            continue;
        while (*sent != f->first + f->count && (int32_t)(h->limit[i][k] - *sent) > 0
               && (other < 0 || (int32_t)(h->limit[other][0] - *sent) > 0)) {
            feed(p, h->b, i, k, (*sent)++);
            if (p->bad && *sent % 5 == 0)
                send_bad(p, h->b);
        }
        busy |= *sent != f->first + f->count;
    }
    return busy;
}

static void read_counters(struct host *h, int i)
{
    struct trace *t = h->t;

    for (unsigned k = 0; k < sizeof t->counter[i] / sizeof t->counter[i][0]; k++) {
        const unsigned reg = OHM_REG_CNT_VMM + k;
        struct ohm_header r = to_tile(&h->p->tile[i], OHM_TYPE_CFG_RD);
        if (reg > OHM_REG_CNT_SAT_OUT && reg < OHM_REG_CNT_EVENT)
            continue;
        r.offset = reg;
        r.seq = k;
        h->answered = 0;
        send_packet(h->b, 1, r, NULL);
        for (int patience = 0; !h->answered && patience < PATIENCE; patience++)
            turn(h);
        t->counter[i][k] = h->answer;
    }
}

static void read_conductances(struct host *h, int i)
{
    const struct tile *t = &h->p->tile[i];

    for (unsigned sel = 0; sel < 3; sel++)
        for (unsigned row = 0; row < t->rows; row++)
            for (unsigned col = 0; col < t->cols; col++)
                h->t->geff[i][sel][row][col] = h->b->geff(h->b->self, 16 * t->y + t->x, sel, row,
                                                          col);
}

static void enable_tiles(struct host *h)
{
    const struct problem *p = h->p;

    for (int i = 0; i < p->tiles; i++) {
        write_one(h->b, &p->tile[i], OHM_REG_CTRL,
                  OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(p->tile[i].early_stop, CTRL_EARLY_STOP));
        for (int k = 0; k < FEEDS; k++) {
            h->sent[i][k] = p->tile[i].feed[k].first;
            h->limit[i][k] = h->sent[i][k] + (1u << p->tile[i].feed[k].log2_slots);
        }
    }
    settle(h);
}

void run_problem(struct problem *p, const struct ohm_backend *b, struct trace *t)
{
    struct host h = {.p = p, .b = b, .t = t};
    const uint64_t random = p->random; /* every run draws the same */
    struct ohm_error err = {""};

    t->count = t->used = 0;
    for (int i = 0; i < p->tiles; i++)
        configure_tile(p, b, i);
    configure_vectors(p, b);
    settle(&h); /* the classes of packets overtake each other on the way */
    if (p->bad)
        send_bad(p, b); /* tiles are still disabled */
    for (int i = 0; i < p->tiles; i++)
        if (p->bad && chance(p, 50))
            enable_bad(p, b, i);
    settle(&h);
    enable_tiles(&h);
    enable_vectors(p, b);
    for (int idle = 0, busy = 1; busy && idle < PATIENCE;) {
        busy = 0;
        for (int i = 0; i < p->tiles; i++)
            busy |= feed_tile(&h, i);
        busy |= feed_vectors(p, b);
        idle = turn(&h) ? 0 : idle + 1;
    }
    t->end = b->cycle(b->self);
    settle(&h); /* credits of the last vectors */
    for (int idle = 0; p->vecs && idle < SILENCE;)
        idle = turn(&h) ? 0 : idle + 1;
    for (unsigned k = 0; ask_vectors(p, b, k); k++)
        settle(&h);
    for (int i = 0; i < p->tiles; i++) {
        if (h.results[i] != results_of(p, &p->tile[i])) {
            snprintf(err.text, sizeof err.text, "tile (%u,%u): %u of %u results", p->tile[i].x,
                     p->tile[i].y, h.results[i], results_of(p, &p->tile[i]));
            must(1, p, "no progress", &err);
        }
        read_counters(&h, i);
    }
    for (int i = 0; i < p->tiles; i++)
        read_conductances(&h, i);
    p->random = random;
}
