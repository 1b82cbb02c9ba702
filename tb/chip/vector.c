/* SPDX-License-Identifier: Apache-2.0
 * A crossbar tile, a vector tile with a recurrent route back to it, a second crossbar tile behind
 * it (vector.h): sequences one after the other and interleaved against a reference written out
 * there, every run of the unit against the golden model; state read back; a vector that is lost, a
 * program that faults at run time, and one that never ends cost their sequence and nothing else;
 * what can be known to fail is refused before; packets that a vector tile does not take. All of it
 * again on the SystemC model, whose packets come in the RTL's cycles, and on the golden model
 * alone.
 *   vector [SEED]   with CONFIG (tiny_vec) and MESH in the environment; last line: PASS vector
 * <n> checks */
#include <inttypes.h>

#include "vector_cell.h"

static const struct fault faults[] = {
    {"add z, c[s14], #0", 0},
    {"mov s14, #1000\n    add z, z[s14], #0", OHM_PROGRAM_ADDRESS},
    {"again: beq s0, s0, again", OHM_PROGRAM_LIMIT},
    {"len s0", OHM_PROGRAM_VALUE},
};

static void finish(struct bench *b)
{
    if (b->b.finish(b->b.self, &b->err))
        die(b, b->err.text);
    b->b.close(b->b.self);
}

/* Of the sequence that vector `bad` belongs to, nothing from there on is right; all else is. */
static void compare(struct bench *b, int bad)
{
    static int8_t h[VECTORS_MAX][N];
    static int32_t y[VECTORS_MAX][Y];
    const uint32_t lanes = (uint32_t)b->lanes, whole = lanes * STEPS;
    reference(b, h, y);
    for (uint32_t n = 0; n < b->count; n++) {
        const int lost = bad >= 0 && n >= (uint32_t)bad && n / whole == (uint32_t)bad / whole
                         && n % lanes == (uint32_t)bad % lanes;
        CHECK(b, b->h_came[n] == 1 + lost && b->y_came[n] == 1 + lost,
              "vector %u: h is %s, y is %s, expected %s", n, b->h_came[n] == 2 ? "poison" : "good",
              b->y_came[n] == 2 ? "poison" : "good", lost ? "poison" : "good");
        for (int o = 0; o < N && !lost; o++)
            CHECK(b, b->h[n][o] == h[n][o], "h(%u)[%d]: got %d, expected %d", n, o, b->h[n][o],
                  h[n][o]);
        for (int o = 0; o < Y && !lost; o++)
            CHECK(b, b->y[n][o] == y[n][o], "y(%u)[%d]: got %d, expected %d", n, o, b->y[n][o],
                  y[n][o]);
    }
}

/* Nothing goes wrong: results, state in the memory, counters, a second start. */
static void good(struct bench *b, int lanes)
{
    uint32_t words[2];
    start(b, lanes, 3, &faults[0], 70000, 0, 0);
    stream_all(b);
    compare(b, -1);
    CHECK(b, b->event_count == 0, "%u events", b->event_count);
    if (ohm_group_stop(&b->group, FIRST + b->count, &b->err))
        die(b, b->err.text);
    /* init has begun the next sequence in every lane */
    for (int lane = 0; lane < lanes; lane++) {
        if (ohm_group_read(&b->group, VX, VY, OHM_REG_VMEM + 16 + 16 * (unsigned)lane, words, 1,
                           &b->err))
            die(b, b->err.text);
        CHECK(b, words[0] == 0, "state of lane %d: %" PRId32 ", expected 0", lane,
              (int32_t)words[0]);
    }
    if (ohm_group_read(&b->group, VX, VY, OHM_REG_CNT_VMM, words, 2, &b->err))
        die(b, b->err.text);
    CHECK(b, words[0] == b->count + 4 * (uint32_t)lanes && words[1] == 0,
          "CNT_VMM %u, CNT_POISON %u, expected %u and 0", words[0], words[1],
          b->count + 4 * (uint32_t)lanes);
    finish(b);
}

/* x(bad) never arrives. One lane: the timer heals the loop; more: the next lane's vector tells. */
static void lose(struct bench *b, int lanes, int bad)
{
    start(b, lanes, 4, &faults[0], 70000, lanes == 1 ? 6000 : 0, 0);
    b->skip = bad;
    stream_all(b);
    compare(b, bad);
    CHECK(b, b->events[OHM_EVENT_LOST] >= 1, "no event LOST");
    CHECK(b, b->event_count == b->events[OHM_EVENT_LOST] + b->events[OHM_EVENT_NO_SLOT],
          "%u events, expected LOST and NO_SLOT only", b->event_count);
    finish(b);
}

/* The program meets a fault in run `bad`. */
static void fault(struct bench *b, const struct fault *f, int lanes, int bad)
{
    start(b, lanes, 3, f, FIRST + (uint32_t)bad, 0, 0);
    stream_all(b);
    compare(b, bad);
    /* poison runs ahead of x where there is no time */
    const unsigned late = strcmp(b->model, "golden") ? 0 : b->events[OHM_EVENT_NO_SLOT];
    CHECK(b, b->event_count == 1 + late && b->events[OHM_EVENT_BAD_DESC] == 1,
          "%u events, expected one PROGRAM", b->event_count);
    CHECK(b, (b->detail & 0xff) == f->code && b->detail >> 31 && (b->detail >> 8 & 15) == 0,
          "event PROGRAM: detail 0x%08" PRIx32 ", expected code %u of program 0", b->detail,
          f->code);
    finish(b);
}

/* Packets that the vector tile does not take, in mid-run: each one event, nothing else. */
static void wrong_packets(struct bench *b)
{
    static const struct {
        struct ohm_header h;
        unsigned event;
    } wrong[] = {
        {{.type = OHM_TYPE_PROG, .x = VX, .y = VY, .len = 1}, OHM_EVENT_BAD_ADDR},
        {{.type = OHM_TYPE_PSUM, .x = VX, .y = VY, .len = 1, .seq = FIRST}, OHM_EVENT_BAD_ADDR},
        {{.type = OHM_TYPE_CFG_WR, .x = VX, .y = VY, .len = 1, .offset = OHM_REG_DESC},
         OHM_EVENT_BAD_ADDR},
        {{.type = OHM_TYPE_CFG_WR, .x = 1, .y = 1, .len = 1, .offset = OHM_REG_VCYCLE},
         OHM_EVENT_BAD_ADDR},
        {{.type = OHM_TYPE_ACT, .x = VX, .y = VY, .len = 1, .chan = 2, .seq = FIRST},
         OHM_EVENT_BAD_ADDR},
        {{.type = OHM_TYPE_ACT, .x = VX, .y = VY, .len = 1, .seq = FIRST + 300},
         OHM_EVENT_NO_SLOT},
        {{.type = OHM_TYPE_CFG_WR, .x = VX, .y = VY, .len = 1, .offset = OHM_REG_VMEM},
         OHM_EVENT_BAD_DESC},
    };
    const uint32_t word = 0x5a5a5a5a;
    start(b, 2, 3, &faults[0], 70000, 0, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ohm_header h = wrong[i].h;
        const unsigned before = b->events[wrong[i].event];
        h.seq &= 0xffff;
        packet(b, h.type == OHM_TYPE_ACT || h.type == OHM_TYPE_PSUM ? OHM_CLASS_DATA
                                                                    : OHM_CLASS_CONFIG,
               h, &word);
        if (b->sent != FIRST + b->count && (int32_t)(b->limit - b->sent) > 0)
            send_x(b);
        for (int k = 0; k < 20 && b->events[wrong[i].event] == before; k++)
            turn(b);
        CHECK(b, b->events[wrong[i].event] == before + 1 && b->event_count == i + 1,
              "wrong packet %zu: %u events, %u of them %s", i, b->event_count,
              b->events[wrong[i].event], ohm_event_name(wrong[i].event));
    }
    CHECK(b, (b->detail & 0xff) == OHM_PROGRAM_WRITE, "write to memory: detail 0x%08" PRIx32,
          b->detail);
    stream_all(b);
    compare(b, -1);
    b->b.close(b->b.self);
}

/* Programs that are known to fail before they run, and what is said of each. */
static void refusals(struct bench *b)
{
    static const struct {
        const char *text, *said;
        int x;
    } bad[] = {
        {"program streams 0, routes 1\n    end\n", "expected a place of kind vec", 0},
        {"program streams 0, routes 1\nagain: beq s0, s0, again\n    end\n", "", 1},
        {"program streams 0\n    beq s1, s0, off\n    end\noff: len #1\n", "past", 1},
        {"program streams 0\nagain: loop s4, again\n    add s4, s4, #1\n", "no way to an `end`", 1},
        {"program routes 1\n    end\n", "STREAMS", 1},
        {"program streams 0\n    end\ninit routes 1\n    end\n", "ROUTES", 1},
    };
    struct ohm_vec_size size;
    ohm_vec_size_of(&b->config, &size);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ohm_asm a;
        struct ohm_error err = {""};
        const struct ohm_vec_tile v = {.program = &a};
        const int rc = ohm_asm(bad[i].text, "bad", &size, NULL, 0, &a, &err);
        b->checks++;
        if (!rc) {
            const int refused = ohm_vec_tile_check(&b->config, bad[i].x, 0, &v, &err);
            if ((refused != 0) != (bad[i].said[0] != 0) || !strstr(err.text, bad[i].said)) {
                printf("FAIL vector: program %zu: '%s', expected '%s'\n", i, err.text,
                       bad[i].said);
                exit(1);
            }
            ohm_asm_free(&a);
        } else {
            printf("FAIL vector: program %zu: %s\n", i, err.text);
            exit(1);
        }
    }
}

/* The chip itself refuses a cycle of no programs; the group says which tile. */
static void refused_at_enable(struct bench *b)
{
    b->lanes = 1;
    open_chip(b, 0);
    set_up(b);
    CHECK(b, ohm_group_start(&b->group, &b->err) && strstr(b->err.text, "(1,0) refuses its progr"),
          "'%s', expected a refusal", b->err.text);
    b->err.text[0] = 0;
    b->b.close(b->b.self);
}

/* The same on the SystemC model: each packet to the host is the same, in the same cycle. */
static void same_in_time(struct bench *b, int scenario)
{
    const size_t n = b->used[0] < b->used[1] ? b->used[0] : b->used[1];
    for (size_t i = 0; i < n; i += b->log[0][i + 1] + 2) {
        const uint32_t *rtl = b->log[0] + i, *tlm = b->log[1] + i;
        const struct ohm_header h = ohm_header_decode(rtl + 2), g = ohm_header_decode(tlm + 2);
        b->checks++;
        if (memcmp(rtl, tlm, (rtl[1] + 2) * sizeof *rtl)) {
            printf("FAIL vector: scenario %d: RTL: cycle %u, %s %u of (%u,%u), SystemC model: "
                   "cycle %u, %s %u of (%u,%u)\n",
                   scenario, rtl[0], ohm_type_name(h.type), h.seq, h.x, h.y, tlm[0],
                   ohm_type_name(g.type), g.seq, g.x, g.y);
            exit(1);
        }
    }
    if (b->used[0] != b->used[1]) {
        printf("FAIL vector: scenario %d: RTL has sent %zu words, SystemC model %zu\n", scenario,
               b->used[0], b->used[1]);
        exit(1);
    }
}

enum { ALONE = 3, WRONG = 8, SCENARIOS };

static void play(struct bench *b, int scenario)
{
    switch (scenario) {
    case 0: good(b, 1); return;
    case 1: good(b, 2); return;
    case 2: good(b, 3); return;
    case ALONE: lose(b, 1, 7); return;
    case 4: lose(b, 2, 13); return;
    case WRONG: wrong_packets(b); return;
    default: fault(b, &faults[scenario - 4], 1 + scenario % 2, 6); return;
    }
}

int main(int argc, char **argv)
{
    static struct bench b; /* zero */
    const char *name = getenv("CONFIG");
    b.random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    if (ohm_config_find(name ? name : "tiny_vec", &b.config, &b.err)) {
        printf("FAIL vector: %s\n", b.err.text);
        return 1;
    }
    refusals(&b);
    for (int i = 0; i < SCENARIOS; i++) {
        const uint64_t random = b.random;
        b.used[0] = b.used[1] = 0;
        for (b.which = 0; b.which < 2; b.which++) {
            b.model = b.which ? "tlm" : "rtl";
            b.random = random;
            play(&b, i);
        }
        same_in_time(&b, i);
        b.which = 1;
        b.model = "golden"; /* it has no time for VWAIT, and says itself what it refuses */
        b.random = random;
        if (i != ALONE && i != WRONG)
            play(&b, i);
    }
    b.model = "rtl";
    b.which = 0;
    refused_at_enable(&b);
    free(b.log[0]);
    free(b.log[1]);
    printf("PASS vector %lu checks\n", b.checks);
    return 0;
}
