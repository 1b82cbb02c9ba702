/* SPDX-License-Identifier: Apache-2.0
 * One tile: packets that the chip drops, descriptors that it refuses, use as a functional simulator
 * and by an observer, and a kernel that differs from the naive loop. */
#include "flow.h"

/* Planted fault: with it set, the naive loop disagrees with the kernel in column 3. */
static int naive_fault;
void __real_ohm_array_read_naive(struct ohm_array *array, enum ohm_cell_sel sel, const int16_t *t,
                                 const struct ohm_read_key *key, int32_t *q);
void __wrap_ohm_array_read_naive(struct ohm_array *array, enum ohm_cell_sel sel, const int16_t *t,
                                 const struct ohm_read_key *key, int32_t *q);
void __wrap_ohm_array_read_naive(struct ohm_array *array, enum ohm_cell_sel sel, const int16_t *t,
                                 const struct ohm_read_key *key, int32_t *q)
{
    __real_ohm_array_read_naive(array, sel, t, key, q);
    q[3] += naive_fault;
}

/* Each with its reason, and nothing else is disturbed. */
static void test_dropped(void **state)
{
    static struct m_vmm v;
    uint8_t x[SIDE];
    uint32_t words[OHM_PACKET_MAX] = {0};
    (void)state;

    place(&a, 1, 2, 16, 8, 100);
    m_load(g, &a);
#define DROPPED(...) CHECK_EQUAL(m_packet(g, (struct ohm_header){__VA_ARGS__}, words, &err), -1)
    DROPPED(.type = OHM_TYPE_RESULT, .x = 1, .y = 2, .len = 1);
    CHECK_SAYS(err, "TYPE 6 (RESULT)");
    DROPPED(.type = 13, .x = 1, .y = 2);
    DROPPED(.type = OHM_TYPE_ACT, .x = 2, .y = 2, .len = 4, .seq = 100);
    CHECK_SAYS(err, "(2,2)", "2x4 mesh");
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 4, .len = 4, .seq = 100);
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .host = 1, .len = 4, .seq = 100);
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 0, .seq = 100);
    CHECK_SAYS(err, "tile (1,2)", "ACT", "LEN 0", "1 to 64");
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 65, .seq = 100);
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 4, .poison = 1, .seq = 100);
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 5, .seq = 100);
    CHECK_SAYS(err, "tile (1,2)", "words 0 to 4", "has 4");
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 1, .offset = 4, .seq = 100);
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 4, .chan = 4, .seq = 100);
    CHECK_SAYS(err, "CHAN 4");
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 4, .seq = 99);
    CHECK_SAYS(err, "sequence number 99", "100 to 103");
    DROPPED(.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 4, .seq = 104);
    DROPPED(.type = OHM_TYPE_ACT, .x = 0, .y = 0, .len = 4, .seq = 100);
    CHECK_SAYS(err, "tile (0,0)", "disabled");
    DROPPED(.type = OHM_TYPE_PSUM, .x = 1, .y = 2, .len = 1, .offset = 64, .seq = 100);
    DROPPED(.type = OHM_TYPE_PSUM, .x = 1, .y = 2, .len = 1, .chan = 1, .seq = 100);
    DROPPED(.type = OHM_TYPE_PSUM, .x = 1, .y = 2, .len = 1, .seq = 104);
    DROPPED(.type = OHM_TYPE_CFG_WR, .x = 1, .y = 2, .len = 0, .offset = OHM_REG_BIAS);
    DROPPED(.type = OHM_TYPE_CFG_WR, .x = 1, .y = 2, .len = 65, .offset = OHM_REG_BIAS);
    DROPPED(.type = OHM_TYPE_CFG_WR, .x = 1, .y = 2, .len = 2, .offset = OHM_REG_BIAS + 63);
    CHECK_SAYS(err, "tile (1,2)", "CFG_WR", "0x2040");
    DROPPED(.type = OHM_TYPE_CFG_WR, .x = 1, .y = 2, .len = 1, .offset = 0xffff);
    DROPPED(.type = OHM_TYPE_CFG_RD, .x = 1, .y = 2, .len = 1);
    DROPPED(.type = OHM_TYPE_CFG_RD, .x = 1, .y = 2, .offset = 0x17);
    DROPPED(.type = OHM_TYPE_CREDIT, .x = 1, .y = 2, .chan = 8);
    DROPPED(.type = OHM_TYPE_CREDIT, .x = 1, .y = 2, .len = 1);
    DROPPED(.type = OHM_TYPE_PROG, .x = 1, .y = 2, .len = 1, .chan = 2);
    DROPPED(.type = OHM_TYPE_PROG, .x = 1, .y = 2, .len = 1, .offset = 64);
    CHECK_SAYS(err, "row 64");
    DROPPED(.type = OHM_TYPE_PROG, .x = 1, .y = 2, .len = 33);
    DROPPED(.type = OHM_TYPE_PROG, .x = 1, .y = 2, .len = 1, .seq = 64);
    words[0] = 16385;
    DROPPED(.type = OHM_TYPE_PROG, .x = 1, .y = 2, .len = 1);
    CHECK_SAYS(err, "code 16385");
    words[0] = 0;
    CHECK_EQUAL(ohm_golden_packet_in(g, words, 1, &err), -1);
    CHECK_SAYS(err, "1 flits");
    const struct ohm_header act = {.type = OHM_TYPE_ACT, .x = 1, .y = 2, .len = 4, .seq = 100};
    ohm_header_encode(&act, words);
    CHECK_EQUAL(ohm_golden_packet_in(g, words, 5, &err), -1);
    CHECK_EQUAL(ohm_golden_packet_in(g, words, 7, &err), -1);
    CHECK_SAYS(err, "ACT: 7 flits, expected 6");
    CHECK_EQUAL(ohm_golden_counter(g, 0x21, OHM_REG_CNT_EVENT + OHM_EVENT_NO_SLOT - 1), 3);
    CHECK_EQUAL(ohm_golden_counter(g, 0x00, OHM_REG_CNT_EVENT + OHM_EVENT_DISABLED - 1), 1);

    random_input(x);
    m_compute(&a, x, NULL, &v);
    OK(m_act(g, &a, 100, x, &err));
    CHECK_EQUAL(m_act(g, &a, 100, x, &err), -1); /* twice */
    OK(traces(&a, 100, &v));
    OK(m_result_packet(g, &a, 100, &v, &err));
    OK(ohm_golden_finish(g, &err));
}

/* A slot past the end of the input buffer (512 words), and one that fits. */
static void test_buffer_end(void **state)
{
    uint8_t x[SIDE] = {0};
    (void)state;

    place(&a, 0, 0, 16, 8, 0);
    m_load(g, &a);
    m_write(g, 0, 0, OHM_REG_CTRL, 0);
    m_write(g, 0, 0, OHM_REG_STREAM, OHM_PLACE(501, STREAM_BASE) | OHM_PLACE(4, STREAM_SIZE));
    m_write(g, 0, 0, OHM_REG_CTRL, 1);
    OK(m_act(g, &a, 1, x, &err));
    CHECK_EQUAL(m_act(g, &a, 2, x, &err), -1);
    CHECK_SAYS(err, "tile (0,0)", "word 512", "512");
}

static void test_bad_descriptors(void **state)
{
    static const struct { unsigned addr; uint32_t value; unsigned detail;
    } bad[] = {{OHM_REG_DESC, 0, 1},
               {OHM_REG_DESC, 17u << 12, 1},
               {OHM_REG_DESC_SIZE, 64, 2},
               {OHM_REG_DESC_SIZE, 64 << 10, 2},
               {OHM_REG_DESC_SIZE, 64u << 20, 2},
               {OHM_REG_SLICE, 0, 3},
               {OHM_REG_SLICE, 9 << 4, 3},
               {OHM_REG_SLICE, 1 | 8 << 4, 3},
               {OHM_REG_SLICE, 15 | 1 << 4, 3},
               {OHM_REG_SLICE, 8 << 4 | 3 << 8, 9},
               {OHM_REG_SLICE, 8 << 4 | 3 << 10, 10},
               {OHM_REG_MACRO_LSB, 0, 11},
               {OHM_REG_MACRO_LSB, (1 << 24) + 1, 11},
               {OHM_REG_DESC, 1u << 12 | 3, 8},
               {OHM_REG_DESC, 1u << 12 | 3u << 26, 13},
               {OHM_REG_DESC, 1u << 12 | 2u << 26 | 1 << 4, 13},
               {OHM_REG_COLMAP, 1u << 30 | 8 << 16, 6},
               {OHM_REG_COLMAP + 7, 1u << 30 | 255 << 16, 6},
               {OHM_REG_SLICE_RAMP, 5 | 5 << 16, 4},
               {OHM_REG_SLICE_RAMP, (uint16_t)-512, 4},
               {OHM_REG_SLICE_RAMP, 512u << 16, 4},
               {OHM_REG_DESC, 1u << 12 | 41u << 20, 5},
               {OHM_REG_SLICE, 8 << 4 | 1 << 13, 14},
               {OHM_REG_SLICE, 8 << 4 | 1 << 14, 14}};
    uint8_t x[SIDE] = {0};
    uint32_t flits[OHM_PACKET_MAX];
    (void)state;

    ohm_golden_set_checking(g, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        place(&a, 0, 1, 16, 8, 0);
        m_load(g, &a);
        m_write(g, 0, 1, OHM_REG_CTRL, 0);
        m_write(g, 0, 1, bad[i].addr, bad[i].value);
        m_write(g, 0, 1, OHM_REG_CTRL, 1);
        CHECK_EQUAL(ohm_golden_counter(g, 0x10, OHM_REG_STATUS), 2);
        OK(m_act(g, &a, 0, x, &err)); /* taken, never computed */
        CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), 3);
        const struct ohm_header h = ohm_header_decode(flits);
        CHECK_EQUAL(h.type, OHM_TYPE_EVENT);
        CHECK_EQUAL(h.offset, OHM_EVENT_BAD_DESC);
        CHECK_EQUAL(h.seq, i + 1);
        CHECK_EQUAL(flits[2], bad[i].detail);
        CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), 0);
    }
    m_load(g, &a);
    OK(m_act(g, &a, 0, x, &err));
    CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), 10);
}

/* Alone, the model answers like the chip: results, answers, credits. */
static void test_functional(void **state)
{
    static struct m_vmm v;
    uint8_t x[SIDE];
    uint32_t flits[OHM_PACKET_MAX], want[OHM_PACKET_MAX];
    struct ohm_golden_stats stats;
    (void)state;

    ohm_golden_set_checking(g, 0);
    place(&a, 1, 0, 16, 8, 0);
    a.ret[1] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST) | OHM_PLACE(3, RETURN_CHAN);
    m_load(g, &a);
    OK(m_packet(
        g, (struct ohm_header){.type = OHM_TYPE_CFG_RD, .x = 1, .seq = 77, .offset = OHM_REG_SHAPE},
        NULL, &err));
    CHECK_EQUAL(ohm_golden_pop_packet(g, flits, 2), 0); /* too small: stays */
    CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), 3);
    CHECK_EQUAL(flits[0], (uint32_t)OHM_TYPE_CFG_DATA << 28 | 1u << 20 | 1u << 19 | 1u);
    CHECK_EQUAL(flits[1], 77u << 16 | OHM_REG_SHAPE);
    CHECK_EQUAL(flits[2], 64u | 64u << 16);
    for (uint32_t n = 0; n < 300; n++) {
        random_input(x);
        m_compute(&a, x, NULL, &v);
        OK(m_act(g, &a, n, x, &err));
        CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), 2);
        struct ohm_header h = ohm_header_decode(flits);
        CHECK(h.type == OHM_TYPE_CREDIT && h.host && h.x == 1 && h.y == 0 && h.chan == 3
              && h.offset == n + 5);
        const size_t size = m_result_flits(&a, n, &v, want);
        CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), size);
        CHECK(!memcmp(flits, want, size * sizeof *flits));
    }
    OK(ohm_golden_finish(g, &err));
    ohm_golden_stats(g, &stats);
    CHECK_EQUAL(stats.vmms, 300);
    CHECK_EQUAL(stats.naive, 2); /* vectors 0 and 256 */
}

static void test_naive_fault(void **state)
{
    static struct m_vmm v;
    uint8_t x[SIDE];
    (void)state;

    place(&a, 1, 0, 16, 8, 0);
    m_load(g, &a);
    naive_fault = 1;
    random_input(x);
    m_compute(&a, x, NULL, &v);
    CHECK_EQUAL(m_act(g, &a, 0, x, &err), -1);
    CHECK_EQUAL(m_trace_codes(g, &a, 0, &v, &err), -1);
    CHECK_SAYS(err, "tile (1,0)", "VMM 0", "column 3", "slice 0", "naive");
    CHECK_EQUAL(ohm_golden_finish(g, &err), -1);
}

static void observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    const struct m_vmm *v = user;

    CHECK_EQUAL(tile, 0x20);
    CHECK_EQUAL(seq, 4);
    CHECK_EQUAL(acc, v->acc[out]);
    CHECK_EQUAL(y, v->y[out]);
}

static void test_observer(void **state)
{
    static struct m_vmm v;
    uint8_t x[SIDE];
    (void)state;

    place(&a, 0, 2, 16, 8, 4);
    a.mode = V_MODE;
    a.bias[3] = -77;
    m_load(g, &a);
    random_input(x);
    m_compute(&a, x, NULL, &v);
    unsigned long before;
    ohm_golden_observe(g, observe, &v);
    before = checks;
    OK(m_act(g, &a, 4, x, &err));
    before = checks - before;
    CHECK_EQUAL(before, 1 + 4 * 8);
}

static int sound_setup(void **state)
{
    naive_fault = 0;
    return setup(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sound_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_dropped),
        TEST(test_buffer_end),
        TEST(test_bad_descriptors),
        TEST(test_functional),
        TEST(test_naive_fault),
        TEST(test_observer),
    };
    const int failed = cmocka_run_group_tests_name("golden alone", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
