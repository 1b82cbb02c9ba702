/* SPDX-License-Identifier: Apache-2.0
 * Golden (checking), golden (functional) and fast model against an engine that works the macro by
 * its pins: every code, pulse and report, and after it every device's state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ohm_device.h"
#include "ohm_fast.h"
#include "ohm_golden_hooks.h"
#include "ohm_packet.h"
#include "ohm_physics.h"
#include "ohm_rng.h"
#include "pins.h"

static unsigned long checks;
#define CHECK(condition) (checks++, assert_true(condition))
#define CHECK_EQUAL(a, b) (checks++, assert_int_equal((a), (b)))
#define MUST(call) \
    do { \
        checks++; \
        if (call) \
            fail_msg("%s", err.text); \
    } while (0)

static struct ohm_error err;
static uint64_t random_state;

static unsigned draw(unsigned low, unsigned high)
{
    random_state += OHM_GOLDEN_GAMMA;
    return low + (unsigned)(ohm_mix(random_state) % (high - low + 1));
}

/* ---- all models side by side ---- */

struct bench {
    struct ohm_config config;
    struct ohm_device_model *device;
    struct ohm_golden *checked, *golden;
    struct ohm_fast *fast;
    struct pins pins;
    struct pins_setting setting;
    unsigned first, step;
    uint32_t seq;
};

static int on_code(void *user, const struct ohm_trace_code *c)
{
    struct bench *b = user;
    MUST(ohm_golden_check_code(b->checked, c, &err));
    return 0;
}

static int on_pulse(void *user, const struct ohm_trace_pulse *p)
{
    struct bench *b = user;
    MUST(ohm_golden_check_pulse(b->checked, p, &err));
    return 0;
}

static void open_bench(struct bench *b, const char *device, const char *cell, uint64_t seed)
{
    const char *out = getenv("OUT");
    char path[512];
    struct ohm_physics physics;
    *b = (struct bench){0};
    MUST(ohm_config_find("small", &b->config, &err));
    b->config.rows = 20;
    b->config.cols = 40;
    b->config.mesh_w = b->config.mesh_h = 1;
    b->config.program = 1;
    MUST(ohm_config_check(&b->config, &err));
    snprintf(path, sizeof path, "%s/device.txt", out ? out : ".");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(device, f);
    fclose(f);
    b->device = ohm_device_load(path, &err);
    if (!b->device)
        fail_msg("%s", err.text);
    ohm_physics_default(&physics);
    MUST(ohm_physics_set(&physics, "cell", cell, &err));
    if (!strcmp(cell, "1t1r")) { /* a readout with errors of its own */
        MUST(ohm_physics_set(&physics, "offset", "0.4", &err));
        MUST(ohm_physics_set(&physics, "gain_spread", "0.02", &err));
        MUST(ohm_physics_set(&physics, "comparator_noise", "0.3", &err));
    }
    b->checked = ohm_golden_new(&b->config, b->device, seed, &err);
    b->golden = ohm_golden_new(&b->config, b->device, seed, &err);
    b->fast = ohm_fast_new(&b->config, b->device, seed, 2, &err);
    b->pins = (struct pins){
        .macro = ohm_macro_new(b->config.rows, b->config.cols, b->device, seed, 0,
                               OHM_TRIP_PHYSICS, &err),
        .rows = b->config.rows, .cols = b->config.cols, .stop_after = -1, .on_code = on_code,
        .on_pulse = on_pulse, .user = b};
    ohm_golden_set_checking(b->checked, 1);
    ohm_golden_set_checking(b->golden, 0);
    MUST(ohm_golden_set_physics(b->checked, &physics, &err));
    MUST(ohm_golden_set_physics(b->golden, &physics, &err));
    MUST(ohm_fast_set_physics(b->fast, &physics, &err));
    MUST(ohm_macro_set_physics(b->pins.macro, &physics, &err));
}

static void close_bench(struct bench *b)
{
    ohm_golden_free(b->checked);
    ohm_golden_free(b->golden);
    ohm_fast_free(b->fast);
    ohm_macro_free(b->pins.macro);
    ohm_device_free(b->device);
}

static void send(struct bench *b, struct ohm_header h, const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];
    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *payload);
    MUST(ohm_golden_packet_in(b->checked, flits, 2 + h.len, &err));
    MUST(ohm_golden_packet_in(b->golden, flits, 2 + h.len, &err));
    MUST(ohm_fast_packet_in(b->fast, flits, 2 + h.len, &err));
}

static void write_register(struct bench *b, unsigned addr, uint32_t value)
{
    send(b, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1, .offset = addr}, &value);
}

static uint32_t stair_word(const struct pins_stair *s)
{
    return OHM_PLACE(s->amp0, PHASE_SET_AMP0) | OHM_PLACE(s->amp_step, PHASE_SET_AMP_STEP)
           | OHM_PLACE(s->amp_max, PHASE_SET_AMP_MAX) | OHM_PLACE(s->width0, PHASE_SET_WIDTH0)
           | OHM_PLACE(s->width_max, PHASE_SET_WIDTH_MAX);
}

static void enable(struct bench *b, unsigned rows)
{
    const struct pins_setting *s = &b->setting;
    const unsigned cols = (unsigned)b->config.cols;
    write_register(b, OHM_REG_SEQ_BASE, b->seq);
    write_register(b, OHM_REG_STREAM + 2, OHM_PLACE(cols, STREAM_SIZE));
    write_register(b, OHM_REG_STREAM + 3,
                   OHM_PLACE(cols, STREAM_VEC_EXPECT) | OHM_PLACE(1, STREAM_VEC_LOG2_SLOTS));
    write_register(b, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    write_register(b, OHM_REG_ROUTE_PART,
                   OHM_PLACE((s->codes ? cols : 16) - 1, ROUTE_PART_COUNT1));
    write_register(b, OHM_REG_PROGRAM,
                   OHM_PLACE(1, PROGRAM_STREAM) | s->devices << OHM_PROGRAM_PLUS_LSB
                       | OHM_PLACE(s->part, PROGRAM_PART) | OHM_PLACE(s->codes, PROGRAM_REPORT));
    write_register(b, OHM_REG_PROGRAM_ROWS,
                   OHM_PLACE(b->first, PROGRAM_ROWS_FIRST) | OHM_PLACE(b->step, PROGRAM_ROWS_STEP)
                       | OHM_PLACE(rows - 1, PROGRAM_ROWS_COUNT1));
    write_register(b, OHM_REG_PROGRAM_ERASE,
                   OHM_PLACE(s->erase_amp, PROGRAM_ERASE_AMP)
                       | OHM_PLACE(s->erase_width, PROGRAM_ERASE_WIDTH)
                       | OHM_PLACE(s->erase_set, PROGRAM_ERASE_SET)
                       | OHM_PLACE(s->erase_count, PROGRAM_ERASE_COUNT));
    for (unsigned i = 0; i < 2; i++) {
        const struct pins_phase *f = &s->phase[i];
        const unsigned at = i * OHM_REG_PHASE_READ_STRIDE;
        write_register(b, OHM_REG_PHASE_READ + at,
                       OHM_PLACE(f->w, PHASE_READ_W) | OHM_PLACE(f->k, PHASE_READ_K)
                           | OHM_PLACE(f->first, PHASE_READ_FIRST)
                           | OHM_PLACE(f->margin, PHASE_READ_MARGIN)
                           | OHM_PLACE(f->limit, PHASE_READ_LIMIT));
        write_register(b, OHM_REG_PHASE_RAMP + at,
                       OHM_PLACE(f->start, PHASE_RAMP_START) | OHM_PLACE(f->stop, PHASE_RAMP_STOP));
        write_register(b, OHM_REG_PHASE_LSB + at, f->lsb);
        write_register(b, OHM_REG_PHASE_SET + at, stair_word(&f->set));
        write_register(b, OHM_REG_PHASE_RESET + at, stair_word(&f->reset));
    }
    b->pins.reads = b->pins.fails = b->pins.pulses = b->pins.cells = 0;
    write_register(b, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(1, CTRL_PROGRAM));
    CHECK_EQUAL(ohm_golden_counter(b->golden, 0, OHM_REG_STATUS) >> OHM_STATUS_BAD_DESC_LSB & 1, 0);
}

static void disable(struct bench *b)
{
    write_register(b, OHM_REG_CTRL, 0);
}

/* The models' next report is this one. */
static void expect_report(struct bench *b, const uint32_t *report, unsigned words)
{
    uint32_t flits[OHM_PACKET_MAX], got[OHM_PACKET_MAX];
    const struct ohm_header h = {.type = OHM_TYPE_RESULT, .host = 1, .len = words,
                                 .seq = b->seq & 0xffff};
    ohm_header_encode(&h, flits);
    memcpy(flits + 2, report, words * sizeof *report);
    MUST(ohm_golden_check_packet_out(b->checked, flits, 2 + words, 0, &err));
    for (int fast = 0; fast < 2; fast++) {
        const size_t n = fast ? ohm_fast_pop_packet(b->fast, got, OHM_PACKET_MAX)
                              : ohm_golden_pop_packet(b->golden, got, OHM_PACKET_MAX);
        CHECK_EQUAL(n, 2 + words);
        checks++;
        assert_memory_equal(got, flits, n * sizeof *got);
    }
}

static void targets_of(struct bench *b, uint32_t *targets)
{
    const struct pins_phase *f = &b->setting.phase[1];
    for (int c = 0; c < b->config.cols; c++) {
        targets[c] = 0;
        for (int dev = 0; dev < 2; dev++) {
            const unsigned kind = draw(0, 19);
            const int code = kind == 0   ? f->stop + (int)draw(1, 9)
                             : kind == 1 ? f->start - (int)draw(1, 9)
                                         : (int)draw(0, (unsigned)f->stop);
            targets[c] |= (((uint32_t)code & 0x7fff) | (kind == 2 ? 0x8000u : 0)) << 16 * dev;
        }
    }
}

static void same_devices(struct bench *b)
{
    const int parts = b->setting.part ? 8 : 3;
    for (unsigned r = 0; r < (unsigned)b->config.rows; r++)
        for (unsigned c = 0; c < (unsigned)b->config.cols; c++)
            for (int sel = 1; sel < parts; sel += sel == 2 ? 2 : 1) {
                const struct ohm_array_device want =
                    ohm_macro_device(b->pins.macro, (enum ohm_cell_sel)sel, r, c);
                for (int m = 0; m < 3; m++) {
                    const struct ohm_array_device got =
                        m == 2 ? ohm_fast_device(b->fast, 0, (unsigned)sel, r, c)
                               : ohm_golden_device(m ? b->golden : b->checked, 0, (unsigned)sel, r,
                                                   c);
                    CHECK(got.w == want.w && got.number == want.number && got.g == want.g
                          && got.cycles == want.cycles);
                }
            }
}

static void set_up(struct bench *b, unsigned part, unsigned codes)
{
    const unsigned full = part ? 2 : 1; /* one of a pair reads half */
    b->setting = (struct pins_setting){
        .part = part, .codes = codes, .devices = draw(1, 3), .erase_amp = draw(0, 60),
        .erase_width = draw(0, 15), .erase_set = draw(0, 1), .erase_count = draw(0, 2)};
    for (int i = 0; i < 2; i++) {
        struct pins_phase *f = &b->setting.phase[i];
        const unsigned ticks = i ? 127 : 31;
        *f = (struct pins_phase){
            .w = i ? 7 : 5, .k = i ? draw(0, 2) : 0, .first = draw(0, 1),
            .margin = i ? draw(1, 3) : draw(3, 8), .limit = draw(0, 12),
            .lsb = ticks * 16384 / 100 / full, .start = -10, .stop = 127,
            .set = {draw(0, 9), draw(1, 9), draw(10, 80), draw(0, 2), draw(2, 4)},
            .reset = {draw(0, 9), draw(1, 90), draw(10, 200), draw(0, 2), draw(2, 4)}};
    }
    b->first = draw(0, (unsigned)b->config.rows - 1);
    b->step = draw(1, (unsigned)b->config.rows - 1);
    b->seq = draw(0, 1) ? 0xfffe : draw(0, 1u << 20);
}

/* One run over some rows; stop: the chip is disabled in the middle of the last. */
static void run_rows(struct bench *b, unsigned rows, int stop)
{
    uint32_t targets[256], report[256];
    unsigned row = b->first;
    enable(b, rows);
    for (unsigned n = 0; n < rows; n++, b->seq++) {
        targets_of(b, targets);
        const struct ohm_header act = {.type = OHM_TYPE_ACT, .chan = 1,
                                       .len = (unsigned)b->config.cols, .seq = b->seq & 0xffff};
        if (!stop && n == 1) { /* a lost vector */
            struct ohm_header lost = act;
            uint32_t flits[2], got[OHM_PACKET_MAX];
            lost.poison = 1;
            lost.len = 0;
            send(b, lost, NULL);
            ohm_header_encode(&(struct ohm_header){.type = OHM_TYPE_RESULT, .host = 1, .poison = 1,
                                                   .seq = b->seq & 0xffff}, flits);
            MUST(ohm_golden_check_packet_out(b->checked, flits, 2, 0, &err));
            CHECK_EQUAL(ohm_golden_pop_packet(b->golden, got, OHM_PACKET_MAX), 2);
            CHECK_EQUAL(ohm_fast_pop_packet(b->fast, got, OHM_PACKET_MAX), 2);
        } else {
            send(b, act, targets);
            const int words = pins_row(&b->pins, &b->setting, row, targets, report);
            CHECK(words > 0);
            expect_report(b, report, (unsigned)words);
        }
        row = (row + b->step) % (unsigned)b->config.rows;
    }
    const struct { unsigned reg; uint32_t value; } totals[] = {
        {OHM_REG_CNT_PROGRAM_FAIL, b->pins.fails}, {OHM_REG_CNT_PROGRAM_PULSE, b->pins.pulses},
        {OHM_REG_CNT_PROGRAM_CELL, b->pins.cells}, {OHM_REG_CNT_PROGRAM_READ, b->pins.reads}};
    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(ohm_golden_counter(b->checked, 0, totals[i].reg), totals[i].value);
        CHECK_EQUAL(ohm_fast_counter(b->fast, 0, totals[i].reg), totals[i].value);
    }
    disable(b);
    b->first = row;
}

static const char *const devices[] = {
    "device = ideal\n",
    "device = pcm-hermes\nswitching = pcm-partial-reset\nstuck_low = 0.02\n",
    "device = rram-neurram\nswitching = soft-bounds\nstep = 0.05\nstep_c2c = 0.3\nstep_d2d = 0.3\n"
    "amp_gain = 0.01\nhalf_mean = 1e-4\nhalf_spread = 1e-4\n",
    "device = rram-ihp\nswitching = reram-om\nendurance = 30\nread_noise = 0.01\n",
};

static void test_runs(void **unused)
{
    (void)unused;
    for (unsigned k = 0; k < 12; k++) {
        struct bench b;
        random_state = 100 + k;
        open_bench(&b, devices[k % 4], k % 3 == 0 ? "2t2r" : k % 3 == 1 ? "1t1r" : "4t4r", k);
        for (int again = 0; again < 2; again++) {
            set_up(&b, k % 3 == 2 ? draw(0, 2) : 0, again && k % 2);
            run_rows(&b, draw(2, 4), 0);
            same_devices(&b);
        }
        MUST(ohm_golden_finish(b.checked, &err));
        close_bench(&b);
    }
}

/* The chip stops somewhere in a row, and goes on with the next one later: what the cells have got
 * is the same, whatever the model had expected. */
static void test_stop(void **unused)
{
    (void)unused;
    for (unsigned k = 0; k < 10; k++) {
        struct bench b;
        uint32_t targets[256], report[256];
        random_state = 900 + k;
        open_bench(&b, devices[1 + k % 3], "2t2r", k);
        set_up(&b, 0, 0);
        b.setting.phase[1].limit = 9;
        enable(&b, 3);
        targets_of(&b, targets);
        uint32_t flits[2 + 256];
        const struct ohm_header act = {.type = OHM_TYPE_ACT, .chan = 1,
                                       .len = (unsigned)b.config.cols, .seq = b.seq & 0xffff};
        ohm_header_encode(&act, flits);
        memcpy(flits + 2, targets, act.len * sizeof *targets);
        MUST(ohm_golden_packet_in(b.checked, flits, 2 + act.len, &err));
        b.pins.stop_after = k;
        CHECK_EQUAL(pins_row(&b.pins, &b.setting, b.first, targets, report), -1);
        /* half of the time the model hears of it first */
        const uint32_t off = 0;
        ohm_header_encode(&(struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1,
                                               .offset = OHM_REG_CTRL}, flits);
        flits[2] = off;
        MUST(ohm_golden_packet_in(b.checked, flits, 3, &err));
        for (unsigned r = 0; r < (unsigned)b.config.rows; r++)
            for (unsigned c = 0; c < (unsigned)b.config.cols; c++)
                for (unsigned sel = 1; sel < 3; sel++)
                    CHECK(ohm_macro_device(b.pins.macro, (enum ohm_cell_sel)sel, r, c).w
                          == ohm_golden_device(b.checked, 0, sel, r, c).w);
        if (b.pins.pulses)
            MUST(ohm_golden_finish(b.checked, &err));
        close_bench(&b);
    }
}

/* A chip that does something else is told of: a code, a mask, an amplitude, a pulse too much. */
static void test_differences(void **unused)
{
    (void)unused;
    struct bench b;
    random_state = 5;
    for (int what = 0; what < 4; what++) {
        uint32_t targets[256] = {0};
        open_bench(&b, devices[0], "2t2r", 1);
        set_up(&b, 0, 0);
        b.setting.devices = 1;
        b.setting.erase_count = 1;
        b.setting.phase[1].limit = 5;
        enable(&b, 1);
        for (int c = 0; c < b.config.cols; c++)
            targets[c] = 40;
        const struct ohm_header act = {.type = OHM_TYPE_ACT, .chan = 1,
                                       .len = (unsigned)b.config.cols, .seq = b.seq & 0xffff};
        send(&b, act, targets);
        struct ohm_trace_pulse p = {.rows = {1u << b.first}, .cols = {0xffffffff, 0xff}, .dev = 1,
                                    .set = (uint8_t)b.setting.erase_set,
                                    .amp = (uint8_t)b.setting.erase_amp,
                                    .width = (uint8_t)b.setting.erase_width};
        const struct ohm_trace_code c = {.desc = 15, .slice = 1, .code = 77};
        p.amp += what == 0;
        p.cols[1] ^= what == 1 ? 4 : 0;
        checks++;
        if (what < 2) {
            assert_int_equal(ohm_golden_check_pulse(b.checked, &p, &err), -1);
            assert_non_null(strstr(err.text, what ? "columns" : "amplitude"));
        } else {
            if (what == 3)
                MUST(ohm_golden_check_pulse(b.checked, &p, &err));
            assert_int_equal(what == 2 ? ohm_golden_check_code(b.checked, &c, &err)
                                       : ohm_golden_check_pulse(b.checked, &p, &err), -1);
            assert_non_null(strstr(err.text, what == 2 ? "expected a pulse" : "got a pulse"));
        }
        assert_int_equal(ohm_golden_finish(b.checked, &err), -1);
        close_bench(&b);
    }
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct { unsigned reg, lsb, bits; uint32_t value; unsigned detail; } cases[] = {
        {OHM_REG_PROGRAM, 2, 2, 0, OHM_BAD_DESC_PROGRAM},
        {OHM_REG_PROGRAM, 4, 2, 3, OHM_BAD_DESC_PROGRAM},
        {OHM_REG_PROGRAM_ROWS, 0, 8, 20, OHM_BAD_DESC_PROGRAM_ROWS},
        {OHM_REG_PROGRAM_ROWS, 8, 8, 0, OHM_BAD_DESC_PROGRAM_ROWS},
        {OHM_REG_PROGRAM_ROWS, 16, 8, 20, OHM_BAD_DESC_PROGRAM_ROWS},
        {OHM_REG_PHASE_READ, 0, 4, 9, OHM_BAD_DESC_PHASE_READ},
        {OHM_REG_PHASE_READ + 8, 4, 3, 5, OHM_BAD_DESC_PHASE_READ},
        {OHM_REG_PHASE_RAMP + 8, 0, 16, 128, OHM_BAD_DESC_PHASE_RAMP},
        {OHM_REG_PHASE_LSB, 0, 25, 0, OHM_BAD_DESC_PHASE_LSB},
        {OHM_REG_PHASE_SET, 0, 8, 250, OHM_BAD_DESC_PHASE_PULSE},
        {OHM_REG_PHASE_RESET + 8, 24, 4, 9, OHM_BAD_DESC_PHASE_PULSE},
    };
    struct bench b;
    random_state = 77;
    open_bench(&b, devices[0], "2t2r", 1);
    set_up(&b, 0, 0);
    b.setting.phase[0].limit = b.setting.phase[1].limit = 3;
    enable(&b, 1);
    disable(&b);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t was = ohm_golden_counter(b.golden, 0, cases[i].reg),
                       field = (cases[i].bits == 32 ? 0 : 1u << cases[i].bits) - 1;
        uint32_t got[OHM_PACKET_MAX];
        write_register(&b, cases[i].reg,
                       (was & ~(field << cases[i].lsb)) | cases[i].value << cases[i].lsb);
        write_register(&b, OHM_REG_CTRL, 5);
        const size_t n = ohm_golden_pop_packet(b.golden, got, OHM_PACKET_MAX);
        CHECK_EQUAL(n, 3);
        CHECK_EQUAL(OHM_FIELD(got[0], H0_TYPE), OHM_TYPE_EVENT);
        CHECK_EQUAL(got[2], cases[i].detail);
        disable(&b);
        write_register(&b, cases[i].reg, was);
    }
    /* the engine runs: what is not for it is dropped */
    write_register(&b, OHM_REG_CTRL, 5);
    const struct ohm_header drop[] = {{.type = OHM_TYPE_ACT, .len = 1},
                                      {.type = OHM_TYPE_PSUM, .len = 1},
                                      {.type = OHM_TYPE_PROG, .len = 1}};
    for (int i = 0; i < 3; i++) {
        uint32_t flits[3] = {0};
        ohm_header_encode(&drop[i], flits);
        CHECK_EQUAL(ohm_golden_refuses(b.golden, 0, flits, 1), OHM_EVENT_DISABLED);
    }
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_differences), cmocka_unit_test(test_refusals),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("checks %lu\n", checks);
    return failed != 0 || !checks;
}
