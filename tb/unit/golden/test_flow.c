/* SPDX-License-Identifier: Apache-2.0
 * Vectors through several tiles: partial-sum chains, multicast, poison, lost vectors, numbers that
 * wrap, packets that the chip drops, disabling, and use as a functional simulator. */
#include "model.h"

#include <string.h>

#include "ohm_array.h"
#include "ohm_config.h"
#include "ohm_device.h"

static struct ohm_golden *g;
static struct ohm_error err;
static struct m_tile a, b, c;
static uint64_t seed = 11;

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

static int setup(void **state)
{
    struct ohm_config config;
    (void)state;

    naive_fault = 0;
    err.text[0] = '\0';
    if (ohm_config_find("small", &config, &err))
        return -1;
    config.mesh_w = 2;
    config.mesh_h = 4;
    g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    return g ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    ohm_golden_free(g);
    return 0;
}

static void random_cells(struct m_tile *t)
{
    for (int r = 0; r < t->rows; r++)
        for (int col = 0; col < t->cols; col++)
            t->cell[m_random(&seed) % 2][r][col] = (int)(m_random(&seed) % 16385);
}

static void random_input(uint8_t *input)
{
    for (int r = 0; r < SIDE; r++)
        input[r] = (uint8_t)m_random(&seed);
}

static void place(struct m_tile *t, unsigned x, unsigned y, int rows, int cols, uint32_t seq_base)
{
    m_default(t, rows, cols, 6);
    t->x = x;
    t->y = y;
    t->lsb = 40000;
    t->seq_base = seq_base;
    random_cells(t);
}

static int traces(const struct m_tile *t, uint32_t seq, const struct m_vmm *v)
{
    return m_trace_codes(g, t, seq, v, &err) || m_trace_results(g, t, seq, v, &err);
}

#define OK(call) do { checks++; if (call) fail_msg("line %d: %s", __LINE__, err.text); } while (0)

static int poison(const struct m_tile *t, unsigned type, uint32_t seq)
{
    return m_packet(
        g,
        (struct ohm_header){.type = type, .x = t->x, .y = t->y, .poison = 1, .seq = seq & 0xffffu},
        NULL, &err);
}

static int result_poison(const struct m_tile *t, uint32_t seq)
{
    uint32_t flits[2];
    ohm_header_encode(&(struct ohm_header){.type = OHM_TYPE_RESULT, .x = t->x, .y = t->y, .host = 1,
                                           .poison = 1, .seq = seq & 0xffffu},
                      flits);
    return ohm_golden_check_packet_out(g, flits, 2, 5, &err);
}

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_chain),        TEST(test_codes_before_psum),
                                       TEST(test_wraps),        TEST(test_multicast),
                                       TEST(test_poison),       TEST(test_poison_half),
                                       TEST(test_lost),         TEST(test_dropped),
                                       TEST(test_buffer_end),   TEST(test_bad_descriptors),
                                       TEST(test_enable_again), TEST(test_functional),
                                       TEST(test_naive_fault),  TEST(test_observer)};
    const int failed = cmocka_run_group_tests_name("golden flow", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
