/* SPDX-License-Identifier: Apache-2.0
 * Vectors through several tiles: partial-sum chains, multicast, poison, lost vectors, numbers that
 * wrap, disabling. */
#include "flow.h"

static struct m_tile b, c;

/* a -> b -> c by partial sums; the last one post-processes. */
static void load_chain(uint32_t base)
{
    place(&a, 0, 3, 20, 12, base);
    place(&b, 1, 3, 16, 12, base);
    place(&c, 1, 0, 12, 12, base);
    a.route[0] = m_route(OHM_TYPE_PSUM, 1, 3, 0, 0, 0);
    b.route[0] = m_route(OHM_TYPE_PSUM, 1, 0, 0, 0, 0);
    b.psum = c.psum = 1;
    c.mode = Y_MODE;
    c.shift = 8;
    for (int o = 0; o < 12; o++)
        c.bias[o] = 1000 * o - 4000;
    c.ret[0] = OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST) | OHM_PLACE(5, RETURN_CHAN);
    m_load(g, &a);
    m_load(g, &b);
    m_load(g, &c);
}

static void test_chain(void **state)
{
    enum { N = 12 };
    static struct m_vmm va[N], vb[N], vc[N];
    uint8_t x[SIDE];
    struct ohm_golden_stats stats;
    (void)state;

    load_chain(65530); /* numbers pass 2^16 */
    for (uint32_t n = 0; n < N; n++) {
        const uint32_t seq = 65530 + n;
        /* in any order; a may run ahead of b further than b has slots */
        if (n % 4 == 0) {
            for (uint32_t k = n; k < n + 4; k++) {
                random_input(x);
                m_compute(&a, x, NULL, &va[k]);
                OK(m_act(g, &a, 65530 + k, x, &err));
            }
        }
        random_input(x);
        m_compute(&b, x, va[n].acc, &vb[n]);
        OK(m_act(g, &b, seq, x, &err));
        random_input(x);
        m_compute(&c, x, vb[n].acc, &vc[n]);
        OK(m_act(g, &c, seq, x, &err));
    }
    for (uint32_t n = 0; n < N; n++) {
        OK(traces(&c, 65530 + n, &vc[n]));
        OK(m_result_packet(g, &c, 65530 + n, &vc[n], &err));
    }
    for (uint32_t n = 0; n < N; n++) {
        OK(traces(&a, 65530 + n, &va[n]));
        OK(traces(&b, 65530 + n, &vb[n]));
    }
    OK(ohm_golden_finish(g, &err));
    ohm_golden_stats(g, &stats);
    CHECK_EQUAL(stats.vmms, 3 * N);
    CHECK_EQUAL(stats.naive, 3);
}

/* Codes are known before the partial sum: the chip reads the macro while it waits. */
static void test_codes_before_psum(void **state)
{
    static struct m_vmm va, vb;
    uint8_t x[SIDE];
    (void)state;

    load_chain(0);
    random_input(x);
    m_compute(&b, x, NULL, &vb);
    OK(m_act(g, &b, 0, x, &err));
    OK(m_trace_codes(g, &b, 0, &vb, &err));
    CHECK_EQUAL(m_trace_results(g, &b, 0, &vb, &err), -1);
    CHECK_SAYS(err, "expected none");
    random_input(x);
    m_compute(&a, x, NULL, &va);
    OK(m_act(g, &a, 0, x, &err));
    OK(traces(&a, 0, &va));
    for (int o = 0; o < b.outs; o++)
        vb.acc[o] = vb.y[o] = va.acc[o] + vb.acc[o];
    OK(m_trace_results(g, &b, 0, &vb, &err));
    OK(ohm_golden_finish(g, &err));
}

/* Partial sums wrap modulo 2^32, and so does the bias. */
static void test_wraps(void **state)
{
    static struct m_vmm v;
    uint8_t x[SIDE];
    uint32_t psum[12];
    int32_t sums[12];
    (void)state;

    load_chain(0xfffffffeu); /* the 32-bit number wraps too */
    c.mode = V_MODE;
    for (int col = 0; col < 12; col++) {
        c.column[col].shift = 15;
        c.bias[col] = INT32_MAX - col;
    }
    m_load(g, &c);
    for (uint32_t n = 0; n < 4; n++) {
        const uint32_t seq = 0xfffffffeu + n;
        for (int o = 0; o < 12; o++) {
            sums[o] = n % 2 ? INT32_MIN + o : INT32_MAX - o;
            psum[o] = (uint32_t)sums[o];
        }
        random_input(x);
        m_compute(&c, x, sums, &v);
        OK(m_act(g, &c, seq, x, &err));
        /* in two parts */
        OK(m_packet(g,
                    (struct ohm_header){
                        .type = OHM_TYPE_PSUM, .x = 1, .len = 5, .seq = seq & 0xffffu, .offset = 7},
                    psum + 7, &err));
        OK(m_packet(
            g, (struct ohm_header){.type = OHM_TYPE_PSUM, .x = 1, .len = 7, .seq = seq & 0xffffu},
            psum, &err));
        OK(traces(&c, seq, &v));
        OK(m_result_packet(g, &c, seq, &v, &err));
    }
    OK(ohm_golden_finish(g, &err));
}

/* One packet feeds the tiles (1,3), (1,2), (1,1); what they make goes to one vector of (0,0) as
 * bytes. */
static void test_multicast(void **state)
{
    static struct m_tile t[3];
    static struct m_vmm v[3], last;
    uint8_t x[SIDE], joined[SIDE];
    uint32_t words[4];
    (void)state;

    place(&c, 0, 0, 32, 8, 0);
    c.stream = 2;
    m_load(g, &c);
    for (unsigned i = 0; i < 3; i++) {
        place(&t[i], 1, 3 - i, 16, 10, 0);
        t[i].mode = Y_MODE;
        t[i].shift = 9;
        t[i].route[0] = m_route(OHM_TYPE_ACT, 0, 0, 0, 0, 2);
        /* words 0-2, 3-5, 6-7 */
        t[i].part[0] = m_part(i == 2 ? 4 : 0, i == 2 ? 6 : 10, 3 * (int)i, 0);
        m_load(g, &t[i]);
    }
    for (uint32_t n = 0; n < 5; n++) {
        random_input(x);
        for (int r = 0; r < 4; r++)
            words[r] = (uint32_t)x[4 * r] | (uint32_t)x[4 * r + 1] << 8
                       | (uint32_t)x[4 * r + 2] << 16 | (uint32_t)x[4 * r + 3] << 24;
        OK(m_packet(
            g,
            (struct ohm_header){.type = OHM_TYPE_ACT, .x = 1, .y = 3, .mc = 2, .len = 4, .seq = n},
            words, &err));
        memset(joined, 0, sizeof joined);
        for (int i = 0; i < 3; i++) {
            m_compute(&t[i], x, NULL, &v[i]);
            OK(traces(&t[i], n, &v[i]));
            for (int o = 0; o < (i == 2 ? 6 : 10); o++)
                joined[12 * i + o] = (uint8_t)v[i].y[(i == 2 ? 4 : 0) + o];
        }
        m_compute(&c, joined, NULL, &last);
        OK(traces(&c, n, &last));
        OK(m_result_packet(g, &c, n, &last, &err));
    }
    CHECK_EQUAL(m_packet(g,
                         (struct ohm_header){
                             .type = OHM_TYPE_ACT, .x = 1, .y = 1, .mc = 2, .len = 4, .seq = 5},
                         words, &err),
                -1);
    CHECK_SAYS(err, "MC 2", "(1,1)");
    OK(ohm_golden_finish(g, &err));
}

static void test_poison(void **state)
{
    static struct m_vmm va, vb, vc;
    uint8_t x[SIDE];
    (void)state;

    load_chain(0);
    /* 0: a gets poison, b and c compute for nothing; the chip's codes may come (b) or not (c) */
    OK(poison(&a, OHM_TYPE_ACT, 0));
    random_input(x);
    m_compute(&b, x, NULL, &vb);
    OK(m_act(g, &b, 0, x, &err));
    m_compute(&c, x, NULL, &vc);
    OK(m_act(g, &c, 0, x, &err));
    OK(m_trace_codes(g, &b, 0, &vb, &err));
    OK(result_poison(&c, 0));
    /* 1: b gets poison */
    random_input(x);
    m_compute(&a, x, NULL, &va);
    OK(m_act(g, &a, 1, x, &err));
    OK(poison(&b, OHM_TYPE_ACT, 1));
    OK(m_act(g, &c, 1, x, &err));
    OK(traces(&a, 1, &va));
    OK(result_poison(&c, 1));
    /* 2: all well */
    random_input(x);
    m_compute(&a, x, NULL, &va);
    m_compute(&b, x, va.acc, &vb);
    m_compute(&c, x, vb.acc, &vc);
    OK(m_act(g, &c, 2, x, &err));
    OK(m_act(g, &b, 2, x, &err));
    OK(m_act(g, &a, 2, x, &err));
    OK(traces(&a, 2, &va));
    OK(traces(&b, 2, &vb));
    OK(traces(&c, 2, &vc));
    CHECK_EQUAL(result_poison(&c, 2), -1);
    CHECK_SAYS(err, "tile (1,0)", "VMM 2", "header");
    OK(m_result_packet(g, &c, 2, &vc, &err));
    CHECK_EQUAL(ohm_golden_counter(g, 0x30, OHM_REG_CNT_POISON), 1);
    CHECK_EQUAL(ohm_golden_counter(g, 0x31, OHM_REG_CNT_POISON), 2);
    CHECK_EQUAL(ohm_golden_counter(g, 0x01, OHM_REG_CNT_POISON), 2);
    CHECK_EQUAL(ohm_golden_counter(g, 0x01, OHM_REG_CNT_VMM), 1);
    OK(ohm_golden_finish(g, &err));
}

/* Half the codes of a vector with a poison partial sum are no more legal than any others. */
static void test_poison_half(void **state)
{
    static struct m_vmm vb;
    uint8_t x[SIDE];
    (void)state;

    load_chain(0);
    random_input(x);
    m_compute(&b, x, NULL, &vb);
    OK(m_act(g, &b, 0, x, &err));
    OK(poison(&a, OHM_TYPE_ACT, 0));
    vb.ncode /= 2;
    OK(m_trace_codes(g, &b, 0, &vb, &err));
    CHECK_EQUAL(ohm_golden_finish(g, &err), -1);
    CHECK_SAYS(err, "tile (1,3)", "VMM 0", "got none by the end");
}

/* Vector 1 never gets all its words: poison once 2 is whole, event LOST; likewise a partial sum. */
static void test_lost(void **state)
{
    static struct m_vmm v;
    uint8_t x[SIDE];
    uint32_t words[12] = {0};
    (void)state;

    load_chain(0);
    random_input(x);
    for (uint32_t n = 0; n < 3; n++) {
        if (n == 1)
            OK(m_packet(
                g, (struct ohm_header){.type = OHM_TYPE_ACT, .x = 0, .y = 3, .len = 4, .seq = 1},
                words, &err));
        else
            OK(m_act(g, &a, n, x, &err));
        m_compute(&a, x, NULL, &v);
        if (n != 1)
            OK(traces(&a, n, &v));
    }
    CHECK_EQUAL(ohm_golden_counter(g, 0x30, OHM_REG_CNT_POISON), 1);
    CHECK_EQUAL(ohm_golden_counter(g, 0x30, OHM_REG_CNT_EVENT + OHM_EVENT_LOST - 1), 1);
    CHECK_EQUAL(m_act(g, &a, 1, x, &err), -1); /* too late */
    CHECK_SAYS(err, "sequence number 1", "expected 3 to 6");

    OK(m_act(g, &c, 0, x, &err));
    OK(m_packet(g, (struct ohm_header){.type = OHM_TYPE_PSUM, .x = 1, .len = 11, .seq = 0}, words,
                &err));
    OK(m_packet(g, (struct ohm_header){.type = OHM_TYPE_PSUM, .x = 1, .len = 12, .seq = 1}, words,
                &err));
    OK(result_poison(&c, 0));
    OK(m_act(g, &c, 1, x, &err));
    m_compute(&c, x, NULL, &v);
    OK(m_trace_codes(g, &c, 0, &v, &err));
    OK(traces(&c, 1, &v));
    OK(m_result_packet(g, &c, 1, &v, &err));
    CHECK_EQUAL(ohm_golden_counter(g, 0x01, OHM_REG_CNT_EVENT + OHM_EVENT_LOST - 1), 1);

    /* newer poison alone proves nothing until it fills the other slots (four, 3 … 6) */
    OK(poison(&a, OHM_TYPE_ACT, 4));
    OK(poison(&a, OHM_TYPE_ACT, 5));
    CHECK_EQUAL(ohm_golden_counter(g, 0x30, OHM_REG_SEQ_HEAD), 3);
    OK(poison(&a, OHM_TYPE_ACT, 6));
    CHECK_EQUAL(ohm_golden_counter(g, 0x30, OHM_REG_SEQ_HEAD), 7);
    CHECK_EQUAL(ohm_golden_counter(g, 0x30, OHM_REG_CNT_EVENT + OHM_EVENT_LOST - 1), 2);
    OK(ohm_golden_finish(g, &err));
}

/* Switched off and on again: numbers start at the new base, counters at 0, and what was in flight
 * may be missing. */
static void test_enable_again(void **state)
{
    static struct m_vmm v[3];
    uint8_t x[SIDE];
    (void)state;

    place(&a, 0, 0, 16, 8, 10);
    m_load(g, &a);
    for (uint32_t n = 0; n < 3; n++) {
        random_input(x);
        m_compute(&a, x, NULL, &v[n]);
        OK(m_act(g, &a, 10 + n, x, &err));
    }
    OK(traces(&a, 10, &v[0]));
    OK(m_result_packet(g, &a, 10, &v[0], &err));
    v[1].ncode /= 2;
    OK(m_trace_codes(g, &a, 11, &v[1], &err));
    a.seq_base = 10;
    m_load(g, &a);
    CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_VMM), 0);
    random_input(x);
    m_compute(&a, x, NULL, &v[0]);
    OK(m_act(g, &a, 10, x, &err));
    v[0].code[3] ^= 1;
    CHECK_EQUAL(m_trace_codes(g, &a, 10, &v[0], &err), -1);
    CHECK_SAYS(err, "tile (0,0)", "VMM 10", "column 3");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_chain),
        TEST(test_codes_before_psum),
        TEST(test_wraps),
        TEST(test_multicast),
        TEST(test_poison),
        TEST(test_poison_half),
        TEST(test_lost),
        TEST(test_enable_again),
    };
    const int failed = cmocka_run_group_tests_name("golden flow", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
