/* SPDX-License-Identifier: Apache-2.0
 * The checks must fail: one wrong bit, a missing, extra or misplaced record of every kind is
 * caught, and the line names tile, VMM, output or column, slice, expected, got and cycle. */
#include "model.h"

#include <string.h>

#include "ohm_config.h"
#include "ohm_device.h"

static struct ohm_golden *g;
static struct m_tile t;
static struct m_vmm v[3];
static struct ohm_error err;

static int setup(void **state)
{
    struct ohm_config config;
    uint64_t seed = 3;
    (void)state;

    err.text[0] = '\0';
    if (ohm_config_find("small", &config, &err))
        return -1;
    config.mesh_w = 3;
    config.mesh_h = 2;
    if (!(g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err)))
        return -1;
    m_default(&t, 12, 10, 6);
    t.x = 2;
    t.y = 1;
    t.outs = 7;
    t.mode = Y_MODE;
    t.o_signed = 1;
    t.shift = 6;
    t.seq_base = 57;
    t.nslice = 2;
    t.slice[0] = (struct m_slice){.w = 4, .start = -511, .stop = 511};
    t.slice[1] = (struct m_slice){.lo = 4, .w = 4, .start = -511, .stop = 511};
    t.part[0] = m_part(0, 7, 0, 0);
    t.ret[0] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST) | OHM_PLACE(0, RETURN_CHAN);
    for (int c = 0; c < 10; c++) {
        t.column[c] = (struct m_column){.gain = 16000 + c,
                                        .out = c % 7,
                                        .kind = c == 4   ? OFF
                                                : c == 8 ? CHECK_ONLY
                                                         : DATA};
        for (int r = 0; r < 12; r++)
            t.cell[m_random(&seed) % 2][r][c] = (int)(m_random(&seed) % 16385);
    }
    m_load(g, &t);
    for (uint32_t n = 0; n < 3; n++) {
        uint8_t input[12];
        for (int r = 0; r < 12; r++)
            input[r] = (uint8_t)m_random(&seed);
        m_compute(&t, input, NULL, &v[n]);
        if (m_act(g, &t, 57 + n, input, &err))
            return -1;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ohm_golden_free(g);
    return 0;
}

static struct ohm_trace_code code_record(unsigned n, int i)
{
    return (struct ohm_trace_code){.cycle = 91342, .seq = 57 + n, .code = v[n].code[i],
                                   .tile = 0x12, .slice = (uint8_t)v[n].slice_of[i],
                                   .col = (uint8_t)v[n].col_of[i]};
}

static struct ohm_trace_result result_record(unsigned n, int o)
{
    return (struct ohm_trace_result){.cycle = 91342, .seq = 57 + n, .acc = v[n].acc[o],
                                     .y = v[n].y[o], .tile = 0x12, .out = (uint8_t)o};
}

static void codes(unsigned n)
{
    CHECK_EQUAL(m_trace_codes(g, &t, 57 + n, &v[n], &err), 0);
}

static void results(unsigned n)
{
    CHECK_EQUAL(m_trace_results(g, &t, 57 + n, &v[n], &err), 0);
}

static void packet(unsigned n)
{
    CHECK_EQUAL(m_result_packet(g, &t, 57 + n, &v[n], &err), 0);
}

static void everything(void)
{
    for (unsigned n = 0; n < 3; n++) {
        codes(n);
        results(n);
        packet(n);
    }
}

static void test_good(void **state)
{
    struct ohm_golden_stats s;
    (void)state;
    everything();
    CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
    ohm_golden_stats(g, &s);
    CHECK_EQUAL(s.vmms, 3);
    CHECK_EQUAL(s.codes, 3 * 2 * 9);
    CHECK_EQUAL(s.results, 3 * 7);
    CHECK_EQUAL(s.packets, 3);
    CHECK_EQUAL(s.naive, 1);
}

/* Overlap as in the tile: the next vector's codes come before this one's results. */
static void test_overlap(void **state)
{
    (void)state;
    codes(0);
    codes(1);
    results(0);
    codes(2);
    results(1);
    results(2);
    packet(0);
    packet(1);
    packet(2);
    CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
}

/* Any bit of any code of a VMM. */
static void test_code_bits(void **state)
{
    (void)state;
    codes(0);
    for (int i = 0; i < v[1].ncode; i++) {
        for (int bit = 0; bit < 10; bit++) {
            struct ohm_trace_code c = code_record(1, i);
            c.code ^= 1 << bit;
            CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        }
        char column[32], slice[32], want[32], got[32];
        snprintf(column, sizeof column, "column %d ", v[1].col_of[i]);
        snprintf(slice, sizeof slice, "slice %d:", v[1].slice_of[i]);
        snprintf(want, sizeof want, "expected %d,", v[1].code[i]);
        snprintf(got, sizeof got, "got %d,", v[1].code[i] ^ 1 << 9);
        CHECK_SAYS(err, "tile (2,1)", "VMM 58", column, slice, "code", want, got, "cycle 91342");
        struct ohm_trace_code right = code_record(1, i);
        CHECK_EQUAL(ohm_golden_check_code(g, &right, &err), 0);
    }
}

static void test_code_fields(void **state)
{
    (void)state;
    for (int i = 0; i < v[0].ncode; i++) {
        struct ohm_trace_code c = code_record(0, i);
        c.seq ^= 1;
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        CHECK_SAYS(err, "tile (2,1)", "expected VMM 57", "got VMM 56", "cycle 91342");
        c = code_record(0, i);
        c.col ^= 1;
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        CHECK_SAYS(err, "tile (2,1)", "expected VMM 57 column", "got VMM 57 column");
        c = code_record(0, i);
        c.slice ^= 1;
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        c = code_record(0, i);
        c.desc = 1;
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        c = code_record(0, i);
        c.tile = 0x11;
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        CHECK_SAYS(err, "tile (1,1)", "expected none");
        c.tile = 0x33;
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
        CHECK_SAYS(err, "tile (3,3)", "outside the mesh");
        c = code_record(0, i);
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), 0);
    }
}

static void test_code_missing_and_extra(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct ohm_trace_code c = code_record(0, i);
        CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), 0);
    }
    struct ohm_trace_code c = code_record(0, 6); /* one skipped */
    CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "expected VMM 57 column 6 slice 0",
               "got VMM 57 column 7 slice 0");
    c = code_record(0, 4); /* one twice */
    CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
    c = code_record(1, 0); /* the rest of the VMM is missing */
    CHECK_EQUAL(ohm_golden_check_code(g, &c, &err), -1);
    CHECK_EQUAL(ohm_golden_finish(g, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "VMM 57 column 6 slice 0", "got none by the end");
}

static void test_result_bits(void **state)
{
    (void)state;
    codes(0);
    for (int o = 0; o < 7; o++) {
        struct ohm_trace_result r;
        for (int bit = 0; bit < 32; bit++) {
            r = result_record(0, o);
            r.acc = (int32_t)((uint32_t)r.acc ^ 1u << bit);
            CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
            r = result_record(0, o);
            r.y = (int32_t)((uint32_t)r.y ^ 1u << bit);
            CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
        }
        char output[32], want[64], got[64];
        snprintf(output, sizeof output, "output %d:", o);
        snprintf(want, sizeof want, "expected acc %d y %d,", v[0].acc[o], v[0].y[o]);
        snprintf(got, sizeof got, "got acc %d y %d,", r.acc, r.y);
        CHECK_SAYS(err, "tile (2,1)", "VMM 57", output, want, got, "cycle 91342");
        r = result_record(0, o);
        r.out ^= 1;
        CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
        CHECK_SAYS(err, "tile (2,1)", "expected VMM 57 output", "got VMM 57 output");
        r = result_record(0, o);
        r.seq++;
        CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
        r = result_record(0, o);
        r.desc++;
        CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
        r = result_record(0, o);
        CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), 0);
    }
}

static void test_result_order(void **state)
{
    struct ohm_trace_result r = result_record(0, 0);
    (void)state;
    CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "VMM 57 output 0", "result before code 0 of 18");
    r.tile = 0;
    CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
    CHECK_SAYS(err, "tile (0,0)", "expected none");
    r.tile = 0x40;
    CHECK_EQUAL(ohm_golden_check_result(g, &r, &err), -1);
    CHECK_SAYS(err, "tile (0,4)", "outside the mesh");
    codes(0);
    codes(1);
    codes(2);
    results(0);
    CHECK_EQUAL(ohm_golden_finish(g, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "VMM 58 output 0", "got none by the end");
}

static void test_packet_bits(void **state)
{
    uint32_t flits[OHM_PACKET_MAX];
    const size_t n = m_result_flits(&t, 57, &v[0], flits);
    unsigned caught = 0;
    (void)state;

    codes(0);
    results(0);
    CHECK_EQUAL(n, 4);
    for (size_t i = 0; i < n; i++) {
        for (int bit = 0; bit < 32; bit++) {
            flits[i] ^= 1u << bit;
            CHECK_EQUAL(ohm_golden_check_packet_out(g, flits, n, 91342, &err), -1);
            caught++;
            flits[i] ^= 1u << bit;
        }
    }
    CHECK_EQUAL(caught, 128);
    CHECK_SAYS(err, "tile (2,1)", "RESULT", "VMM 57", "route 0", "flit 1", "expected", "got",
               "cycle 91342");
    flits[1] ^= 1u << 16;
    CHECK_EQUAL(ohm_golden_check_packet_out(g, flits, n, 91342, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "RESULT", "VMM 57", "header", "VMM 56", "cycle 91342");
    flits[1] ^= 1u << 16;
    CHECK_EQUAL(ohm_golden_check_packet_out(g, flits, n - 1, 91342, &err), -1);
    CHECK_EQUAL(ohm_golden_check_packet_out(g, flits, 1, 91342, &err), -1);
    CHECK_EQUAL(ohm_golden_check_packet_out(g, flits, n, 91342, &err), 0);
    CHECK_EQUAL(ohm_golden_check_packet_out(g, flits, n, 91342, &err), -1); /* twice */
    CHECK_SAYS(err, "expected", "VMM 58");
}

static void test_packet_missing(void **state)
{
    (void)state;
    codes(0);
    results(0);
    packet(0);
    codes(1);
    results(1);
    codes(2);
    results(2);
    packet(1);
    CHECK_EQUAL(ohm_golden_finish(g, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "RESULT", "VMM 59", "route 0", "got none by the end");
    packet(2);
    CHECK_EQUAL(m_result_packet(g, &t, 60, &v[2], &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "VMM 60", "expected no packet");
    CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
}

static int out(unsigned type, unsigned chan, unsigned seq, unsigned offset, unsigned len,
               uint32_t word)
{
    uint32_t flits[3] = {0, 0, word};

    ohm_header_encode(&(struct ohm_header){.type = type, .x = 2, .y = 1, .host = 1, .chan = chan,
                                           .len = len, .seq = seq, .offset = offset},
                      flits);
    return ohm_golden_check_packet_out(g, flits, 2 + len, 91342, &err);
}

static void test_credits(void **state)
{
    (void)state;
    everything(); /* 57 … 59 done, four slots: 64 is the first that may not be sent */
    CHECK_EQUAL(out(OHM_TYPE_CREDIT, 0, 0, 62, 0, 0), 0);
    CHECK_EQUAL(out(OHM_TYPE_CREDIT, 0, 0, 61, 0, 0), -1);
    CHECK_SAYS(err, "tile (2,1)", "CREDIT", "expected 62 to 64, got 61", "cycle 91342");
    CHECK_EQUAL(out(OHM_TYPE_CREDIT, 0, 0, 65, 0, 0), -1);
    CHECK_EQUAL(out(OHM_TYPE_CREDIT, 0, 0, 64, 0, 0), 0);
    CHECK_EQUAL(out(OHM_TYPE_CREDIT, 1, 0, 64, 0, 0), -1);
    CHECK_SAYS(err, "CHAN");
    CHECK_EQUAL(out(OHM_TYPE_CREDIT, 0, 0, 64, 1, 0), -1);
    CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
}

static void test_answers(void **state)
{
    const struct ohm_header read = {
        .type = OHM_TYPE_CFG_RD, .x = 2, .y = 1, .seq = 9, .offset = OHM_REG_DESC_SIZE};
    const uint32_t size = 11 | 9 << 10 | 6 << 20;
    (void)state;
    everything();
    CHECK_EQUAL(out(OHM_TYPE_CFG_DATA, 0, 9, OHM_REG_DESC_SIZE, 1, size), -1);
    CHECK_SAYS(err, "tile (2,1)", "CFG_DATA", "expected none");
    CHECK_EQUAL(m_packet(g, read, NULL, &err), 0);
    CHECK_EQUAL(ohm_golden_finish(g, &err), -1);
    CHECK_SAYS(err, "tile (2,1)", "CFG_DATA", "0x0101", "got none by the end");
    CHECK_EQUAL(out(OHM_TYPE_CFG_DATA, 0, 8, OHM_REG_DESC_SIZE, 1, size), -1);
    CHECK_EQUAL(out(OHM_TYPE_CFG_DATA, 0, 9, OHM_REG_DESC, 1, size), -1);
    for (int bit = 0; bit < 30; bit++)
        CHECK_EQUAL(out(OHM_TYPE_CFG_DATA, 0, 9, OHM_REG_DESC_SIZE, 1, size ^ 1u << bit), -1);
    CHECK_SAYS(err, "tile (2,1)", "0x0101", "expected 0x0060240b", "got 0x2060240b", "cycle 91342");
    CHECK_EQUAL(out(OHM_TYPE_CFG_DATA, 0, 9, OHM_REG_DESC_SIZE, 1, size), 0);
    CHECK_EQUAL(out(OHM_TYPE_CFG_DATA, 0, 9, OHM_REG_DESC_SIZE, 1, size), -1); /* twice */
    CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
}

static void test_events(void **state)
{
    struct ohm_golden_stats s;
    (void)state;
    CHECK_EQUAL(out(OHM_TYPE_EVENT, 0, 1, OHM_EVENT_NO_SLOT, 1, 0), 0);
    CHECK_EQUAL(out(OHM_TYPE_EVENT, 0, 1, 9, 1, 0), -1);
    CHECK_EQUAL(out(OHM_TYPE_EVENT, 0, 1, 0, 1, 0), -1);
    CHECK_EQUAL(out(OHM_TYPE_EVENT, 0, 1, OHM_EVENT_NO_SLOT, 0, 0), -1);
    CHECK_SAYS(err, "tile (2,1)", "EVENT", "got LEN 0", "cycle 91342");
    CHECK_EQUAL(out(OHM_TYPE_ACT, 0, 57, 0, 1, 0), -1); /* no such thing leaves for the host */
    ohm_golden_stats(g, &s);
    CHECK_EQUAL(s.events, 1);
}

static void test_nothing_checked(void **state)
{
    struct ohm_config config;
    (void)state;
    CHECK_EQUAL(ohm_config_find("tiny", &config, &err), 0);
    struct ohm_golden *empty = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    CHECK(empty != NULL);
    CHECK_EQUAL(ohm_golden_finish(empty, &err), -1);
    CHECK_SAYS(err, "no VMM was checked");
    ohm_golden_free(empty);
    config.rows = 257;
    CHECK(ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err) == NULL);
    CHECK_SAYS(err, "ROWS", "257", "256");
    CHECK_EQUAL(ohm_config_find("huge", &config, &err), -1);
    CHECK_SAYS(err, "huge", "tiny, small, base, large");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_good),
                                       TEST(test_overlap),
                                       TEST(test_code_bits),
                                       TEST(test_code_fields),
                                       TEST(test_code_missing_and_extra),
                                       TEST(test_result_bits),
                                       TEST(test_result_order),
                                       TEST(test_packet_bits),
                                       TEST(test_packet_missing),
                                       TEST(test_credits),
                                       TEST(test_answers),
                                       TEST(test_events),
                                       TEST(test_nothing_checked)};
    const int failed = cmocka_run_group_tests_name("golden check", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
