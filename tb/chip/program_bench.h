/* SPDX-License-Identifier: Apache-2.0
 * The chip of tb/chip/program.c and the models beside it: packets to all of them, what comes back,
 * and another tile that is kept busy. */
#ifndef PROGRAM_BENCH_H
#define PROGRAM_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_fast.h"
#include "ohm_golden.h"
#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_physics.h"
#include "ohm_record.h"
#include "ohm_rng.h"
#include "ohm_rtl.h"

enum { SIDE = 4, PATIENCE = 2000000, REPORT_MAX = 256, STREAM_WORDS = 64 };

static struct ohm_error err;
static unsigned long checks, failed_devices, multiplied;
static uint64_t random_state;

static void die(const char *what)
{
    printf("FAIL program_rtl: %s\n", what);
    exit(1);
}

#define CHECK(ok, ...) \
    do { \
        checks++; \
        if (!(ok)) { \
            char text_[600]; \
            snprintf(text_, sizeof text_, __VA_ARGS__); \
            die(text_); \
        } \
    } while (0)
#define MUST(call) CHECK(!(call), "%s", err.text)

static unsigned draw(unsigned low, unsigned high)
{
    random_state += OHM_GOLDEN_GAMMA;
    return low + (unsigned)(ohm_mix(random_state) % (high - low + 1));
}

/* ---- the chip and the models ---- */

struct bench {
    struct ohm_config config;
    struct ohm_device_model *device;
    struct ohm_rtl *rtl;
    struct ohm_golden *checked, *golden;
    struct ohm_fast *fast;
    int alone;             /* golden and fast model get the packets of tile (0,0) too */
    uint32_t seq, limit;   /* of the next targets; first that may not be sent yet */
    uint32_t report[REPORT_MAX + 2];
    size_t report_flits;   /* 0: none has come */
    uint32_t answer, tag;
    int answered;
    unsigned event, event_count;
    uint32_t detail;
    uint32_t next_x, next_y; /* numbers of the other tile's vectors */
    int quiet;               /* it gets none */
    struct ohm_recorder *recorder; /* NULL: none */
    unsigned codes;          /* REPORT of the run */
};

static int on_code(void *user, const struct ohm_trace_code *c)
{
    if (((struct bench *)user)->recorder)
        ohm_recorder_code(((struct bench *)user)->recorder, c);
    return ohm_golden_check_code(((struct bench *)user)->checked, c, &err);
}

static int on_result(void *user, const struct ohm_trace_result *r)
{
    if (((struct bench *)user)->recorder)
        ohm_recorder_result(((struct bench *)user)->recorder, r);
    return ohm_golden_check_result(((struct bench *)user)->checked, r, &err);
}

static int on_pulse(void *user, const struct ohm_trace_pulse *p)
{
    if (((struct bench *)user)->recorder)
        ohm_recorder_pulse(((struct bench *)user)->recorder, p);
    return ohm_golden_check_pulse(((struct bench *)user)->checked, p, &err);
}

/* The same packet to the chip and to the models. refused: all drop it. */
static void send_packet(struct bench *b, struct ohm_header h, const uint32_t *payload, int refused)
{
    const int config = h.type != OHM_TYPE_ACT && h.type != OHM_TYPE_PSUM;
    uint32_t flits[OHM_PACKET_MAX + 1];
    struct ohm_error why;
    const size_t n = 2 + h.len;

    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *payload);
    CHECK(!ohm_golden_packet_in(b->checked, flits, n, &why) == !refused, "%s",
          refused ? "a packet is taken, expected it to be refused" : why.text);
    if (b->recorder)
        ohm_recorder_packet_in(b->recorder, flits, n);
    if (b->alone && !h.x && !h.y) {
        CHECK(!ohm_golden_packet_in(b->golden, flits, n, &why) == !refused, "golden: %s", why.text);
        CHECK(!ohm_fast_packet_in(b->fast, flits, n, &why) == !refused, "fast: %s", why.text);
    }
    flits[n] = ohm_packet_crc(flits, n);
    MUST(ohm_rtl_send(b->rtl, config, flits, n + 1, &err));
}

static void write_at(struct bench *b, unsigned x, unsigned addr, uint32_t value)
{
    send_packet(b, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .len = 1, .offset = addr},
                &value, 0);
}

static void write_register(struct bench *b, unsigned addr, uint32_t value)
{
    write_at(b, 0, addr, value);
}

static void take_packet(struct bench *b, const uint32_t *flits, size_t n)
{
    const struct ohm_header h = ohm_header_decode(flits);
    struct ohm_error why;

    if (b->recorder)
        ohm_recorder_packet_out(b->recorder, flits, n, ohm_rtl_cycle(b->rtl));
    CHECK(!ohm_golden_check_packet_out(b->checked, flits, n, ohm_rtl_cycle(b->rtl), &why), "%s",
          why.text);
    if (h.type == OHM_TYPE_EVENT) {
        b->event = h.offset;
        b->detail = flits[2];
        b->event_count++;
    } else if (h.type == OHM_TYPE_CFG_DATA) {
        b->answer = flits[2];
        b->answered = 1;
    } else if (h.type == OHM_TYPE_CREDIT && !h.x) {
        b->limit = h.offset;
    } else if (h.type == OHM_TYPE_RESULT && !h.x) {
        CHECK(!b->report_flits, "a second report before the first was taken");
        memcpy(b->report, flits, n * sizeof *flits);
        b->report_flits = n;
    } else if (h.type == OHM_TYPE_RESULT) {
        b->next_y++;
        multiplied++;
    }
}

/* The other tile is kept busy: two vectors are under way. */
static void feed(struct bench *b)
{
    while (b->config.mesh_w > 1 && !b->quiet && b->next_x - b->next_y < 2) {
        const uint32_t word = draw(0, UINT32_MAX - 1);
        send_packet(b, (struct ohm_header){.type = OHM_TYPE_ACT, .x = 1, .len = 1,
                                           .seq = b->next_x++ & 0xffff}, &word, 0);
    }
}

static void step(struct bench *b, uint64_t cycles)
{
    uint32_t flits[OHM_PACKET_MAX + 1];
    size_t n;

    feed(b);
    ohm_rtl_run(b->rtl, cycles);
    CHECK(!ohm_rtl_fault_text(b->rtl), "%s", ohm_rtl_fault_text(b->rtl));
    CHECK(!ohm_rtl_finished(b->rtl) && !err.text[0], "%s", err.text);
    while ((n = ohm_rtl_recv(b->rtl, flits, OHM_PACKET_MAX + 1)))
        take_packet(b, flits, n - 1);
}

#define WAIT(b, condition, what) \
    do { \
        const uint64_t from_ = ohm_rtl_cycle((b)->rtl); \
        while (!(condition)) { \
            step(b, 100); \
            CHECK(ohm_rtl_cycle((b)->rtl) - from_ < PATIENCE, "no %s in %d cycles", what, \
                  PATIENCE); \
        } \
    } while (0)

static uint32_t read_register(struct bench *b, unsigned addr)
{
    b->answered = 0;
    send_packet(b, (struct ohm_header){.type = OHM_TYPE_CFG_RD, .offset = addr,
                                       .seq = b->tag++ & 0xffff}, NULL, 0);
    WAIT(b, b->answered, "answer");
    return b->answer;
}

static const char *const devices[] = {
    "device = ideal\n",
    "device = pcm-hermes\nswitching = pcm-partial-reset\nstuck_low = 0.02\n",
    "device = rram-neurram\nswitching = soft-bounds\nstep = 0.05\nstep_c2c = 0.3\nstep_d2d = 0.3\n"
    "amp_gain = 0.01\nhalf_mean = 1e-4\nhalf_spread = 1e-4\n",
    "device = rram-ihp\nswitching = reram-om\nendurance = 30\nread_noise = 0.01\n",
};

static void open_bench(struct bench *b, unsigned k, uint64_t seed)
{
    const char *out = getenv("OUT"), *mesh = getenv("MESH"), *name = getenv("CONFIG");
    char path[512];
    struct ohm_physics physics;

    *b = (struct bench){.alone = 1};
    MUST(ohm_config_find(name ? name : "tiny_vc", &b->config, &err));
    CHECK(mesh && sscanf(mesh, "%dx%d", &b->config.mesh_w, &b->config.mesh_h) == 2, "MESH");
    const char *sizes = getenv("SIZES"); /* of a tile alone */
    if (sizes) {
        struct ohm_config *c = &b->config;
        CHECK(sscanf(sizes, "%d %d %d %d %d %d %d %d %d", &c->rows, &c->cols, &c->code_w, &c->adc,
                     &c->mux, &c->adc_cycles, &c->adc_bits, &c->nstream, &c->window) == 9
                  && !ohm_config_check(c, &err), "SIZES: %s", err.text);
        c->ibuf_words = 1024;
    }
    snprintf(path, sizeof path, "%s/program_rtl-device.txt", out ? out : ".");
    FILE *f = fopen(path, "w");
    CHECK(f, "%s: cannot be written", path);
    fputs(devices[k % 4], f);
    fclose(f);
    b->device = ohm_device_load(path, &err);
    CHECK(b->device, "%s", err.text);
    ohm_physics_default(&physics);
    MUST(ohm_physics_set(&physics, "cell", k % 3 == 2 ? "4t4r" : "2t2r", &err));
    if (k % 3 == 1) {
        MUST(ohm_physics_set(&physics, "offset", "0.4", &err));
        MUST(ohm_physics_set(&physics, "comparator_noise", "0.3", &err));
    }
    b->checked = ohm_golden_new(&b->config, b->device, seed, &err);
    b->golden = ohm_golden_new(&b->config, b->device, seed, &err);
    b->fast = ohm_fast_new(&b->config, b->device, seed, 1, &err);
    CHECK(b->checked && b->golden && b->fast, "%s", err.text);
    ohm_golden_set_checking(b->golden, 0);
    MUST(ohm_golden_set_physics(b->checked, &physics, &err));
    MUST(ohm_golden_set_physics(b->golden, &physics, &err));
    MUST(ohm_fast_set_physics(b->fast, &physics, &err));
    const struct ohm_rtl_options o = {.device = b->device, .physics = &physics, .seed = seed,
                                      .trip_code = OHM_TRIP_PHYSICS, .on_code = on_code,
                                      .on_result = on_result, .on_pulse = on_pulse, .user = b};
    b->rtl = ohm_rtl_open(&b->config, &o, &err);
    CHECK(b->rtl, "%s", err.text);
    if (getenv("RECORD") && k == 0) /* its physics are the default ones, which no record holds */
        b->recorder = ohm_recorder_new(getenv("RECORD"), &b->config, b->device->name, seed, &err);
}

static void close_bench(struct bench *b)
{
    MUST(ohm_recorder_close(b->recorder, &err));
    ohm_rtl_close(b->rtl);
    ohm_golden_free(b->checked);
    ohm_golden_free(b->golden);
    ohm_fast_free(b->fast);
    ohm_device_free(b->device);
}

/* A product of 4 x 4 in tile (1,0), whose traffic must not suffer. */
static void start_other(struct bench *b)
{
    if (b->config.mesh_w < 2)
        return;
    const uint32_t setting[][2] = {
        {OHM_REG_DESC, OHM_PLACE(1, DESC_NSLICE)},
        {OHM_REG_DESC_SIZE, (SIDE - 1) | (SIDE - 1) << 10 | (SIDE - 1) << 20},
        {OHM_REG_SLICE, OHM_PLACE(8, SLICE_W)},
        {OHM_REG_SLICE_RAMP, (uint16_t)-63 | 63u << 16},
        {OHM_REG_STREAM, OHM_PLACE(1, STREAM_SIZE)},
        {OHM_REG_STREAM_VEC, OHM_PLACE(1, STREAM_VEC_EXPECT) | OHM_PLACE(1, STREAM_VEC_LOG2_SLOTS)},
        {OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)},
        {OHM_REG_ROUTE_PART, OHM_PLACE(SIDE - 1, ROUTE_PART_COUNT1)},
        {OHM_REG_CREDIT, 0x7000},
        {OHM_REG_MACRO_LSB, 16384},
    };
    for (size_t i = 0; i < sizeof setting / sizeof *setting; i++)
        write_at(b, 1, setting[i][0], setting[i][1]);
    for (unsigned c = 0; c < SIDE; c++)
        write_at(b, 1, OHM_REG_COLMAP + c, 16384 | c << 16 | 1u << 30);
    write_at(b, 1, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
    b->next_x = b->next_y = 0;
    b->quiet = 1;
    step(b, 1000);
    b->quiet = 0;
}

#endif
