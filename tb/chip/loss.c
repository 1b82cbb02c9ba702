/* SPDX-License-Identifier: Apache-2.0
 * The recurrent chip of vector.h while it runs, one flit anywhere in its mesh hit (tb/chip/loss.sh
 * builds such a chip): a packet is dropped. It costs one sequence at most, from one vector of it
 * on; every other vector is right. One lane with VWAIT, and lanes that interleave without; besides,
 * a sequence that only the driver can release (one lane, VWAIT 0), and all slots of a stream with
 * two producers full of poison.
 *   loss [SEED [HITS]]   with CONFIG and MESH in the environment. HITS: so many flits for each
 * number of lanes, spread evenly over a run's; 0: every flit. Last line: PASS loss <n> checks */
#include <inttypes.h>

#include "vector_cell.h"

enum { SEQUENCES = 4, WAIT = 3000, IDLE = 12000, NO_HIT = -1 };

/* The chip counts the flits that enter a queue of a router while OHM_HIT is there, into
 * OHM_HIT_COUNT, and hits the one that OHM_HIT names. */
static void aim(long flit)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", flit);
    setenv("OHM_HIT", text, 1);
    setenv("OHM_HIT_COUNT", "0", 1);
}

static long flits_seen(void)
{
    const long n = strtol(getenv("OHM_HIT_COUNT"), NULL, 10);
    unsetenv("OHM_HIT");
    return n;
}

static void close_chip(struct bench *b)
{
    b->b.close(b->b.self);
}

static uint32_t missing(const struct bench *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->count; i++)
        n += !b->h_came[i] + !b->y_came[i];
    return n;
}

/* Feeds as credits come, until all has come or nothing comes any more. */
static void stream_some(struct bench *b)
{
    for (int idle = 0; idle < IDLE / 200 && missing(b);) {
        while (b->sent != FIRST + b->count && (int32_t)(b->limit - b->sent) > 0)
            send_x(b);
        idle = turn(b) ? 0 : idle + 1;
    }
}

/* What is not right belongs to one sequence and one lane, h from one vector of it to its end; no
 * more than `absent` results, hit on their way to the host, did not come. Returns vectors lost. */
static unsigned compare(struct bench *b, const char *what, long at, uint32_t absent)
{
    static int8_t h[VECTORS_MAX][N];
    static int32_t y[VECTORS_MAX][Y];
    const uint32_t lanes = (uint32_t)b->lanes, whole = lanes * STEPS;
    uint32_t first = UINT32_MAX;
    unsigned lost = 0;
    reference(b, h, y);
    CHECK(b, missing(b) <= absent, "%s %ld: %u results did not come", what, at, missing(b));
    for (uint32_t n = 0; n < b->count; n++) {
        const int good = b->h_came[n] == 1 && b->y_came[n] == 1;
        if (!good && first == UINT32_MAX)
            first = n;
        lost += !good;
        CHECK(b, good || (n / whole == first / whole && n % lanes == first % lanes),
              "%s %ld: vector %u is lost beside vector %u", what, at, n, first);
        CHECK(b, b->h_came[n] != 2 || b->y_came[n] != 1,
              "%s %ld: y(%u) came out of an h that is poison", what, at, n);
        CHECK(b, b->h_came[n] != 2 || n + lanes >= b->count || (n + lanes) / whole != n / whole
                     || b->h_came[n + lanes] != 1,
              "%s %ld: h(%u) is good behind a lost one", what, at, n + lanes);
        if (b->h_came[n] == 1)
            CHECK(b, !memcmp(b->h[n], h[n], N), "%s %ld: h(%u) is wrong", what, at, n);
        if (b->y_came[n] == 1)
            CHECK(b, !memcmp(b->y[n], y[n], sizeof y[n]), "%s %ld: y(%u) is wrong", what, at, n);
    }
    return lost;
}

/* A run with that flit hit; returns the flits of a run. */
static long hit(struct bench *b, int lanes, long flit, unsigned *lost)
{
    start(b, lanes, SEQUENCES, &no_fault, 70000, lanes == 1 ? WAIT : 0, 1);
    turn(b); /* VSTART has come, and the first h */
    aim(flit);
    stream_some(b);
    const long n = flits_seen();
    CHECK(b, n > flit, "flit %ld of %ld was not reached", flit, n);
    *lost = compare(b, "flit", flit, flit == NO_HIT ? 0 : 1);
    close_chip(b);
    return n;
}

/* Flits of the first two sequences: of what comes last nothing newer tells that it is lost. */
static void hits(struct bench *b, int lanes, long samples)
{
    unsigned lost, runs = 0, damaged = 0, most = 0;
    const long all = hit(b, lanes, NO_HIT, &lost) / 2;
    const long step = samples && all > samples ? all / samples : 1;
    CHECK(b, lost == 0, "%u vectors lost without a hit", lost);
    for (long flit = draw(b, (int)step); flit < all; flit += step) {
        hit(b, lanes, flit, &lost);
        runs++;
        damaged += lost != 0;
        most = lost > most ? lost : most;
    }
    printf("%d lanes: %u of %ld flits hit, %u of them cost a sequence, %u vectors of it at most\n",
           lanes, runs, all, damaged, most);
    CHECK(b, damaged > 0 && most <= STEPS, "no hit cost anything, or one %u vectors", most);
}

static void poison_x(struct bench *b, uint32_t n)
{
    packet(b, OHM_CLASS_DATA,
           (struct ohm_header){.type = OHM_TYPE_ACT, .poison = 1, .seq = (FIRST + n) & 0xffff},
           NULL);
}

/* One lane, VWAIT 0, x(bad) lost: nothing moves until the host sends its poison. */
static void release(struct bench *b, int bad)
{
    start(b, 1, SEQUENCES, &no_fault, 70000, 0, 1);
    b->skip = bad;
    stream_some(b);
    CHECK(b, missing(b) && b->h_came[bad - 1] == 1 && !b->h_came[bad],
          "vector %d: the loop did not wait for it", bad);
    poison_x(b, (uint32_t)bad);
    stream_some(b);
    CHECK(b, compare(b, "x", bad, 0) == STEPS - (unsigned)bad % STEPS,
          "x %d: not the rest of its sequence is lost", bad);
    close_chip(b);
}

/* As many x of a lane in a row as the stream has slots are poison, all of one sequence. With one
 * lane they fill the window behind a vector that waits for its h, which is given up with them
 * (docs/explain/noc.md). */
static void full(struct bench *b, int lanes, uint32_t bad)
{
    uint32_t left = 1u << SLOTS_LOG2;
    start(b, lanes, SEQUENCES, &no_fault, 70000, lanes == 1 ? WAIT : 0, 1);
    for (int idle = 0; idle < IDLE / 200 && missing(b);) {
        while (b->sent != FIRST + b->count && (int32_t)(b->limit - b->sent) > 0) {
            const uint32_t n = b->sent - FIRST;
            if (n >= bad && left && (n - bad) % (uint32_t)lanes == 0) {
                b->sent++;
                left--;
                poison_x(b, n);
            } else {
                send_x(b);
            }
        }
        idle = turn(b) ? 0 : idle + 1;
    }
    const unsigned lost = compare(b, "poison from x", bad, 0);
    CHECK(b, lost == (1u << SLOTS_LOG2) + (lanes == 1), "poison from x %u: %u vectors lost", bad,
          lost);
    close_chip(b);
}

int main(int argc, char **argv)
{
    static struct bench b; /* zero */
    const char *name = getenv("CONFIG");
    const long samples = argc > 2 ? strtol(argv[2], NULL, 10) : 30;
    b.random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    b.model = "rtl";
    b.timed = 1;
    if (ohm_config_find(name ? name : "tiny_vec", &b.config, &b.err)) {
        printf("FAIL loss: %s\n", b.err.text);
        return 1;
    }
    for (int lanes = 1; lanes <= 3; lanes++)
        hits(&b, lanes, samples);
    release(&b, 7);
    full(&b, 1, 1 + STEPS);
    full(&b, 2, 2 * STEPS + 3);
    free(b.log[0]);
    printf("PASS loss %lu checks\n", b.checks);
    return 0;
}
