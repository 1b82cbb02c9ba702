/* SPDX-License-Identifier: Apache-2.0
 * Broken packets on the whole chip: each is dropped whole, counted where it should be and nowhere
 * else, reported by the right event, and the vectors before and after it come out right.
 *
 * Two tiles of a 2x2 `tiny` mesh: WORK at (0,1) computes 4x4 products, IDLE at (1,0) is never
 * enabled. Every result is compared with W*x written out here, every trace record and packet with
 * the golden model. Numbers start at 65530, so that the 16 bits in packets wrap on the way.
 *   bad_packets [SEED [hits]]   last line: PASS bad_packets <n> checks; CONFIG in the environment,
 * tiny without it With KINDS = 1 no tile stands at (1,1): packets for it are thrown away and
 * counted too. With `hits` the chip is one with PARITY = 1 whose mesh flips a bit of the flits of
 * the table `hits` (tb/chip/hits.sh). The tables are in bad_packets.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_packets.h"
#include "ohm_config.h"
#include "ohm_golden.h"
#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_rtl.h"

struct bench {
    struct ohm_rtl *rtl;
    struct ohm_golden *golden;
    struct ohm_error err;
    int weight[SIDE][SIDE], bias[SIDE];
    int x[2][SIDE];        /* of the two vectors under way, by the parity of their number */
    uint32_t next_seq;     /* to send */
    uint32_t next_result;  /* to arrive */
    unsigned events, event_code, event_tile, event_count;
    uint32_t event_detail, first_detail, answer;
    int answered, poisoned;
    unsigned long checks;
    uint64_t random;
};

static void die(const struct bench *b, const char *what)
{
    printf("FAIL bad_packets: %s (cycle %llu)\n", what, (unsigned long long)ohm_rtl_cycle(b->rtl));
    exit(1);
}

#define CHECK(b, ok, ...) \
    do { \
        (b)->checks++; \
        if (!(ok)) { \
            char text_[600]; \
            snprintf(text_, sizeof text_, __VA_ARGS__); \
            die((b), text_); \
        } \
    } while (0)

static unsigned draw(struct bench *b, unsigned below) /* Knuth's MMIX generator, high bits */
{
    b->random = b->random * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)((b->random >> 33) % below);
}

static int on_code(void *user, const struct ohm_trace_code *t)
{
    struct bench *b = user;
    return ohm_golden_check_code(b->golden, t, &b->err);
}

static int on_result(void *user, const struct ohm_trace_result *t)
{
    struct bench *b = user;
    return ohm_golden_check_result(b->golden, t, &b->err);
}

/* ---- packets in ---- */

/* Sends n flits with their CRC xor-ed by crc_error. */
static void send_raw(struct bench *b, int config_class, const uint32_t *flits, size_t n,
                     uint32_t crc_error, enum fate fate)
{
    uint32_t wire[OHM_PACKET_MAX + 2];
    struct ohm_error err = {""};
    memcpy(wire, flits, n * sizeof *wire);
    wire[n] = ohm_packet_crc(flits, n) ^ crc_error;
    if (fate != SKIP_GOLDEN) {
        int refused = ohm_golden_packet_in(b->golden, flits, n, &err) != 0;
        CHECK(b, refused == (fate == REFUSED), "golden model: packet %08x %08x %s", flits[0],
              flits[1], refused ? err.text : "accepted, expected it refused");
    }
    if (ohm_rtl_send(b->rtl, config_class, wire, n + 1, &err))
        die(b, err.text);
}

static size_t packet(uint32_t *flits, struct ohm_header h, const uint32_t *payload)
{
    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *flits);
    return 2 + h.len;
}

static void write_reg(struct bench *b, unsigned x, unsigned y, unsigned addr, uint32_t value)
{
    uint32_t flits[3];
    size_t n = packet(
        flits,
        (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .y = y, .len = 1, .offset = addr},
        &value);
    send_raw(b, 1, flits, n, 0, GOOD);
}

static size_t act(uint32_t *flits, uint32_t seq, const int *x)
{
    uint32_t word = 0;
    for (int r = 0; r < SIDE; r++)
        word |= (uint32_t)x[r] << (8 * r);
    return packet(
        flits,
        (struct ohm_header){
            .type = OHM_TYPE_ACT, .x = WORK_X, .y = WORK_Y, .len = 1, .seq = seq & 0xffff},
        &word);
}

static void send_vector(struct bench *b)
{
    uint32_t flits[3];
    int *x = b->x[b->next_seq & 1];
    for (int r = 0; r < SIDE; r++)
        x[r] = (int)draw(b, 4);
    size_t n = act(flits, b->next_seq, x);
    send_raw(b, 0, flits, n, 0, GOOD);
    b->next_seq++;
}

/* ---- packets out ---- */

static void take(struct bench *b, const uint32_t *flits, size_t n)
{
    struct ohm_header h = ohm_header_decode(flits);
    CHECK(b, n >= 3 && ohm_packet_crc(flits, n - 1) == flits[n - 1],
          "packet %08x from the chip: bad CRC", flits[0]);
    CHECK(b, h.len + 3 == n, "packet %08x from the chip: %zu flits", flits[0], n);
    if (ohm_golden_check_packet_out(b->golden, flits, n - 1, ohm_rtl_cycle(b->rtl), &b->err))
        die(b, b->err.text);
    if (h.type == OHM_TYPE_RESULT) {
        const int *x = b->x[b->next_result & 1];
        CHECK(b, h.seq == (b->next_result & 0xffff), "result %u, expected %u", h.seq,
              b->next_result & 0xffff);
        b->poisoned = (int)h.poison;
        CHECK(b, h.poison ? h.len == 0 : h.len == SIDE, "result %u: %u words", h.seq, h.len);
        for (int o = 0; o < SIDE && !h.poison; o++) {
            int v = b->bias[o];
            for (int r = 0; r < SIDE; r++)
                v += b->weight[r][o] * x[r];
            CHECK(b, (int32_t)flits[2 + o] == v, "result %u output %d: got %d, expected %d", h.seq,
                  o, (int32_t)flits[2 + o], v);
        }
        b->next_result++;
    } else if (h.type == OHM_TYPE_EVENT) {
        b->events++;
        b->event_code = h.offset;
        b->event_tile = h.y * 16 + h.x;
        b->event_count = h.seq;
        b->event_detail = flits[2];
        if (b->events == 1)
            b->first_detail = flits[2];
    } else if (h.type == OHM_TYPE_CFG_DATA) {
        b->answered = 1;
        b->answer = flits[2];
    } else {
        CHECK(b, h.type == OHM_TYPE_CREDIT, "packet of type %s from the chip",
              ohm_type_name(h.type));
    }
}

static int all_results(const struct bench *b) { return b->next_result == b->next_seq; }
static int an_event(const struct bench *b) { return b->events > 0; }
static int an_answer(const struct bench *b) { return b->answered; }

/* Runs until done or for `cycles`; 1 when done. */
static int run(struct bench *b, int (*done)(const struct bench *), uint64_t cycles)
{
    uint32_t flits[OHM_PACKET_MAX + 1];
    uint64_t end = ohm_rtl_cycle(b->rtl) + cycles;
    for (;;) {
        for (size_t n; (n = ohm_rtl_recv(b->rtl, flits, OHM_PACKET_MAX + 1)) > 0;)
            take(b, flits, n);
        if (b->err.text[0])
            die(b, b->err.text);
        if (ohm_rtl_finished(b->rtl))
            die(b, "the RTL stopped by itself");
        if (done && done(b))
            return 1;
        uint64_t now = ohm_rtl_cycle(b->rtl);
        if (now >= end)
            return 0;
        ohm_rtl_run(b->rtl, end - now);
    }
}

static uint32_t read_reg(struct bench *b, unsigned x, unsigned y, unsigned addr)
{
    uint32_t flits[2];
    size_t n = packet(
        flits,
        (struct ohm_header){.type = OHM_TYPE_CFG_RD, .x = x, .y = y, .seq = 7, .offset = addr},
        NULL);
    b->answered = 0;
    send_raw(b, 1, flits, n, 0, GOOD);
    CHECK(b, run(b, an_answer, PATIENCE), "no answer to a read of 0x%04x in tile (%u,%u)", addr, x,
          y);
    return b->answer;
}

/* ---- set-up ---- */

static void configure(struct bench *b, const struct ohm_config *config)
{
    const unsigned x = WORK_X, y = WORK_Y;
    write_reg(b, x, y, OHM_REG_DESC, OHM_PLACE(2, DESC_MODE) | OHM_PLACE(1, DESC_NSLICE));
    write_reg(b, x, y, OHM_REG_DESC_SIZE,
              OHM_PLACE(SIDE - 1, DESC_SIZE_ROWS1) | OHM_PLACE(SIDE - 1, DESC_SIZE_COLS1)
                  | OHM_PLACE(SIDE - 1, DESC_SIZE_OUTS1));
    write_reg(b, x, y, OHM_REG_SLICE, OHM_PLACE(2, SLICE_W));
    write_reg(b, x, y, OHM_REG_SLICE_RAMP,
              OHM_PLACE(-300, SLICE_RAMP_START) | OHM_PLACE(300, SLICE_RAMP_STOP));
    write_reg(b, x, y, OHM_REG_STREAM, OHM_PLACE(1, STREAM_SIZE));
    write_reg(b, x, y, OHM_REG_STREAM_VEC,
              OHM_PLACE(1, STREAM_VEC_EXPECT) | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS));
    for (int i = 0; i < config->nroute; i++)
        write_reg(b, x, y, OHM_REG_ROUTE + OHM_REG_ROUTE_STRIDE * (unsigned)i,
                  i ? 0
                    : OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)
                          | OHM_PLACE(x, H0_X) | OHM_PLACE(y, H0_Y));
    write_reg(b, x, y, OHM_REG_ROUTE_PART, OHM_PLACE(SIDE - 1, ROUTE_PART_COUNT1));
    for (int i = 0; i < config->nreturn; i++)
        write_reg(b, x, y, OHM_REG_RETURN + (unsigned)i,
                  i ? 0 : OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    write_reg(b, x, y, OHM_REG_CREDIT, (FIRST_SEQ + 1000) & 0xffff);
    write_reg(b, x, y, OHM_REG_MACRO_LSB, 129);
    write_reg(b, x, y, OHM_REG_MACRO_TIME, 0);
    for (unsigned c = 0; c < SIDE; c++) {
        write_reg(b, x, y, OHM_REG_COLMAP + c,
                  OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT)
                      | OHM_PLACE(1, COLMAP_KIND));
        b->bias[c] = (int)draw(b, 2001) - 1000;
        write_reg(b, x, y, OHM_REG_BIAS + c, (uint32_t)b->bias[c]);
        write_reg(b, x, y, OHM_REG_SCALE + c, 1);
    }
    for (unsigned r = 0; r < SIDE; r++)
        for (unsigned c = 0; c < SIDE; c += 2) {
            uint32_t code[2] = {0, 0}; /* plus, minus */
            for (unsigned k = 0; k < 2; k++) {
                int w = (int)draw(b, 41) - 20;
                b->weight[r][c + k] = w;
                code[w < 0] |= (uint32_t)(abs(w) * 129) << (16 * k);
            }
            for (unsigned dev = 0; dev < 2; dev++) {
                uint32_t flits[3];
                size_t n = packet(flits,
                                  (struct ohm_header){.type = OHM_TYPE_PROG, .x = x, .y = y,
                                                      .chan = dev, .len = 1, .seq = c, .offset = r},
                                  &code[dev]);
                send_raw(b, 1, flits, n, 0, GOOD);
            }
        }
    write_reg(b, x, y, OHM_REG_SEQ_BASE, FIRST_SEQ);
    write_reg(b, x, y, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
    CHECK(b, read_reg(b, x, y, OHM_REG_ID) == OHM_ID_VALUE, "tile ID");
    CHECK(b, read_reg(b, x, y, OHM_REG_STATUS) == 0, "tile status 0x%x, expected idle", b->answer);
    CHECK(b, b->events == 0, "event %s while configuring", ohm_event_name(b->event_code));
}

/* ---- the faults ---- */

static void counters(const struct bench *b, uint32_t *out)
{
    for (int i = 0; i < AXIL_COUNTERS; i++)
        out[i] = ohm_rtl_axil_read(b->rtl, axil[i]);
}

/* A good vector, the bad packet, a good vector; then exactly the expected traces of the bad one. */
static void try(struct bench *b, const struct bad *bad)
{
    uint32_t flits[OHM_PACKET_MAX + 1],
        payload[OHM_PACKET_MAX] = {bad->counter == PARITY ? hit_word : 0x5a5a5a5a},
        before[AXIL_COUNTERS], after[AXIL_COUNTERS];
    counters(b, before);
    uint32_t events =
        bad->event ? read_reg(b, bad->x, bad->y, OHM_REG_CNT_EVENT + bad->event - 1) : 0;
    const unsigned reports = bad->event != 0;
    b->events = 0;
    send_vector(b);
    size_t n = packet(flits, bad->head, payload) + (size_t)bad->extra;
    if (bad->extra > 0)
        flits[n - 1] = 0;
    send_raw(b, bad->config_class, flits, n, bad->crc_error, bad->fate);
    send_vector(b);
    CHECK(b, run(b, all_results, PATIENCE), "%s: vector %u never came out", bad->name,
          b->next_result);
    if (bad->event) {
        CHECK(b, run(b, an_event, PATIENCE), "%s: no event, expected %s", bad->name,
              ohm_event_name(bad->event));
        CHECK(b, b->event_code == bad->event, "%s: event %s, expected %s", bad->name,
              ohm_event_name(b->event_code), ohm_event_name(bad->event));
        CHECK(b, b->event_tile == bad->y * 16 + bad->x, "%s: event from tile %u", bad->name,
              b->event_tile);
        CHECK(b, b->first_detail == flits[bad->detail], "%s: event detail %08x, expected %08x",
              bad->name, b->first_detail, flits[bad->detail]);
        uint32_t now = read_reg(b, bad->x, bad->y, OHM_REG_CNT_EVENT + bad->event - 1);
        events += reports;
        CHECK(b, now == events, "%s: CNT_EVENT %u, expected %u", bad->name, now, events);
        CHECK(b, b->event_count == (now & 0xffff), "%s: count in the event %u, expected %u",
              bad->name, b->event_count, now);
    }
    run(b, NULL, 400); /* a second event or a late packet would come now */
    CHECK(b, b->events == reports, "%s: %u events", bad->name, b->events);
    counters(b, after);
    for (int i = 0; i < AXIL_COUNTERS; i++)
        CHECK(b, after[i] == before[i] + (i == bad->counter),
              "%s: bridge counter %s went from %u to %u", bad->name, axil_name[i], before[i],
              after[i]);
}

/* Packets for a place without a tile: the host's are refused at the bridge, a tile's are thrown
 * away there. */
static void try_nowhere(struct bench *b)
{
    static const struct bad nowhere = {"no tile there",
                                       {.type = OHM_TYPE_ACT, .x = 1, .y = 1, .len = 1},
                                       0, 0, 0, REFUSED, 2, 0, 0, 0,
                                       0};
    const uint32_t place = OHM_PLACE(1, H0_X) | OHM_PLACE(1, H0_Y), to_host = OHM_PLACE(1, H0_HOST);
    uint32_t before[AXIL_COUNTERS], after[AXIL_COUNTERS];

    try(b, &nowhere);
    counters(b, before);
    write_reg(b, WORK_X, WORK_Y, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | place);
    send_vector(b);
    CHECK(b, !run(b, all_results, 2000), "result %u came out, expected it lost", b->next_result);
    b->next_result++;
    write_reg(b, WORK_X, WORK_Y, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | to_host);
    send_vector(b);
    CHECK(b, run(b, all_results, PATIENCE), "vector %u never came out", b->next_result);
    counters(b, after);
    for (int i = 0; i < AXIL_COUNTERS; i++)
        CHECK(b, after[i] == before[i] + (axil[i] == OHM_AXIL_STRAY),
              "packet to no tile: bridge counter %s went from %u to %u", axil_name[i], before[i],
              after[i]);
}

static int an_event_lost(const struct bench *b)
{
    return b->events && b->event_code == OHM_EVENT_LOST;
}

/* Vector n never arrives, or is hit on its way: it leaves as poison when n+1 is complete, and n+1
 * comes out right. `before`: so many were lost already. */
static void lose_one(struct bench *b, int hit, uint32_t before)
{
    b->events = 0;
    uint32_t lost = b->next_seq++;
    if (hit) {
        uint32_t flits[3];
        size_t n = packet(
            flits,
            (struct ohm_header){.type = OHM_TYPE_ACT, TO_WORK, .len = 1, .seq = lost & 0xffff},
            &hit_word);
        send_raw(b, 0, flits, n, 0, SKIP_GOLDEN);
    }
    send_vector(b);
    uint32_t until = b->next_seq;
    b->next_seq = lost + 1;
    CHECK(b, run(b, all_results, PATIENCE), "lost vector %u: nothing came out for it", lost);
    CHECK(b, b->poisoned, "lost vector %u: its result is not poison", lost);
    b->next_seq = until;
    CHECK(b, run(b, all_results, PATIENCE), "vector %u after a lost one never came out", until - 1);
    CHECK(b, !b->poisoned, "vector %u after a lost one is poison too", until - 1);
    CHECK(b, run(b, an_event_lost, PATIENCE), "lost vector %u: no event LOST", lost);
    CHECK(b, b->events == (hit ? 2u : 1u), "lost vector %u: %u events", lost, b->events);
    CHECK(b, b->event_detail == lost, "event LOST: detail %u, expected %u", b->event_detail, lost);
    CHECK(b, read_reg(b, WORK_X, WORK_Y, OHM_REG_CNT_POISON) == before + 1,
          "CNT_POISON %u, expected %u", b->answer, before + 1);
}

int main(int argc, char **argv)
{
    static struct bench b; /* zero */
    struct ohm_config config;
    struct ohm_error err = {""};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const int hit = argc > 2 && !strcmp(argv[2], "hits");
    const char *name = getenv("CONFIG");
    b.random = seed;
    b.next_seq = b.next_result = FIRST_SEQ;
    struct ohm_rtl_options options = {.device = &ohm_device_ideal, .seed = seed,
                                      .trip_code = OHM_TRIP_PHYSICS, .on_code = on_code,
                                      .on_result = on_result, .user = &b};
    if (ohm_config_find(name ? name : "tiny", &config, &err) == 0)
        b.golden = ohm_golden_new(&config, &ohm_device_ideal, seed, &err);
    b.rtl = b.golden ? ohm_rtl_open(&config, &options, &err) : NULL;
    if (!b.rtl) {
        printf("FAIL bad_packets: %s\n", err.text);
        return 1;
    }
    ohm_golden_set_checking(b.golden, 1);
    configure(&b, &config);
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++)
        try(&b, &bads[i]);
    for (size_t i = 0; hit && i < sizeof hits / sizeof *hits; i++)
        try(&b, &hits[i]);
    if (config.kinds)
        try_nowhere(&b);
    CHECK(&b, ohm_golden_finish(b.golden, &err) == 0, "golden model at the end: %s", err.text);
    lose_one(&b, 0, 0);
    if (hit)
        lose_one(&b, 1, 1);
    uint32_t vmms = read_reg(&b, WORK_X, WORK_Y, OHM_REG_CNT_VMM);
    CHECK(&b, vmms == b.next_seq - FIRST_SEQ - 1 - (unsigned)hit, "CNT_VMM %u, expected %u", vmms,
          b.next_seq - FIRST_SEQ - 1 - (unsigned)hit);
    printf("%u vectors, %zu kinds of bad packets, %llu cycles\n", vmms,
           (sizeof bads + (hit ? sizeof hits : 0)) / sizeof *bads,
           (unsigned long long)ohm_rtl_cycle(b.rtl));
    printf("PASS bad_packets %lu checks\n", b.checks);
    ohm_rtl_close(b.rtl);
    ohm_golden_free(b.golden);
    return 0;
}
