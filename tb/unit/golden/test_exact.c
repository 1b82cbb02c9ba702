/* SPDX-License-Identifier: Apache-2.0
 * Exactness, the first test of everything: with ideal devices and column sums inside the ramp's
 * range acc = W.x*2^ACC_F, for every slice plan, weight mapping and sign mode. And whatever the
 * descriptor: the same bits as the model of model.h. */
#include "model.h"

#include <math.h>

#include "ohm_math.h"

#include <string.h>

#include "ohm_config.h"
#include "ohm_device.h"

static uint64_t seed = 7;

static int between(int lo, int hi)
{
    return lo + (int)(m_random(&seed) % (uint32_t)(hi - lo + 1));
}

static struct ohm_golden *new_golden(const char *name, int code_w)
{
    struct ohm_config config;
    struct ohm_error err;

    assert_int_equal(ohm_config_find(name, &config, &err), 0);
    config.mesh_w = config.mesh_h = 1;
    config.modes = 1;
    config.nslice = SLICES;
    config.code_w = code_w ? code_w : config.code_w;
    struct ohm_golden *g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    assert_non_null(g);
    ohm_golden_set_checking(g, 0);
    return g;
}

struct plan_case {
    const char *name;
    int code_w, rows, weight_max, x_max, is_signed, nslice, digital_pairs, digits;
    struct m_slice slice[SLICES];
    enum { PAIRS, OFFSET, FLIPPED } coding; /* of weights in cells */
};

#define RAMP .start = -511, .stop = 511
#define WIDE .start = -1023, .stop = 1023
#define BITS(...) \
    {.lo = 0, .w = 1, __VA_ARGS__}, {.lo = 1, .w = 1, __VA_ARGS__}, \
        {.lo = 2, .w = 1, __VA_ARGS__}, {.lo = 3, .w = 1, __VA_ARGS__}, \
        {.lo = 4, .w = 1, __VA_ARGS__}, {.lo = 5, .w = 1, __VA_ARGS__}, \
        {.lo = 6, .w = 1, __VA_ARGS__}, \
    { \
        .lo = 7, .w = 1, __VA_ARGS__ \
    }
#define ROWS(a, b) .part = 1, .gain = 1, .first = a, .last = b

static const struct plan_case plans[] = {
    {"8-bit PWM", 11, 4, 1, 255, 0, 1, 0, 0, {{.w = 8, WIDE}}, PAIRS},
    {"8-bit PWM, signed by polarity", 11, 8, 1, 127, 1, 1, 0, 0, {{.w = 8, WIDE}}, PAIRS},
    {"bit-serial",
     0, 64, 7, 255, 0, 8, 0, 0,
     {{.lo = 0, .w = 1, RAMP},
      {.lo = 1, .w = 1, RAMP},
      {.lo = 2, .w = 1, RAMP},
      {.lo = 3, .w = 1, RAMP},
      {.lo = 4, .w = 1, RAMP},
      {.lo = 5, .w = 1, RAMP},
      {.lo = 6, .w = 1, RAMP},
      {.lo = 7, .w = 1, RAMP}},
     PAIRS},
    {"bit-serial, signed, downwards",
     0, 64, 7, 127, 1, 7, 0, 0,
     {{.lo = 6, .w = 1, RAMP},
      {.lo = 5, .w = 1, RAMP},
      {.lo = 4, .w = 1, RAMP},
      {.lo = 3, .w = 1, RAMP},
      {.lo = 2, .w = 1, RAMP},
      {.lo = 1, .w = 1, RAMP},
      {.lo = 0, .w = 1, RAMP}},
     PAIRS},
    {"2+3+3",
     0, 20, 3, 255, 0, 3, 0, 0,
     {{.lo = 0, .w = 2, RAMP}, {.lo = 2, .w = 3, RAMP}, {.lo = 5, .w = 3, RAMP}},
     PAIRS},
    {"4+4", 0, 16, 2, 255, 0, 2, 0, 0, {{.lo = 0, .w = 4, RAMP}, {.lo = 4, .w = 4, RAMP}}, PAIRS},
    {"4+4, ramp from 0",
     0, 16, 2, 255, 0, 2, 1, 0,
     {{.lo = 0, .w = 4, .start = 0, .stop = 511}, {.lo = 4, .w = 4, .start = 0, .stop = 511}},
     PAIRS},
    {"two phases",
     0, 8, 1, 63, 1, 2, 0, 0,
     {{.w = 7, .in = 1, RAMP}, {.w = 7, .in = 2, .neg = 1, RAMP}},
     PAIRS},
    {"two phases, sliced",
     0, 32, 2, 127, 1, 6, 0, 0,
     {{.lo = 0, .w = 3, .in = 1, RAMP},
      {.lo = 3, .w = 3, .in = 1, RAMP},
      {.lo = 6, .w = 1, .in = 1, RAMP},
      {.lo = 0, .w = 3, .in = 2, .neg = 1, RAMP},
      {.lo = 3, .w = 3, .in = 2, .neg = 1, RAMP},
      {.lo = 6, .w = 1, .in = 2, .neg = 1, RAMP}},
     PAIRS},
    {"four phases",
     0, 4, 1, 127, 1, 4, 0, 0,
     {{.w = 7, .in = 1, .dev = 1, RAMP},
      {.w = 7, .in = 1, .dev = 2, .neg = 1, RAMP},
      {.w = 7, .in = 2, .dev = 1, .neg = 1, RAMP},
      {.w = 7, .in = 2, .dev = 2, RAMP}},
     PAIRS},
    {"plus and minus device apart, polarity",
     0, 8, 1, 63, 1, 2, 0, 0,
     {{.w = 7, .dev = 1, RAMP}, {.w = 7, .dev = 2, .neg = 1, RAMP}},
     PAIRS},
    {"minus as columns of its own", 0, 16, 3, 15, 0, 1, 1, 0, {{.w = 4, RAMP}}, PAIRS},
    {"2-bit weight slices, bit-serial",
     0, 64, 127, 255, 0, 8, 0, 4,
     {{.lo = 0, .w = 1, RAMP},
      {.lo = 1, .w = 1, RAMP},
      {.lo = 2, .w = 1, RAMP},
      {.lo = 3, .w = 1, RAMP},
      {.lo = 4, .w = 1, RAMP},
      {.lo = 5, .w = 1, RAMP},
      {.lo = 6, .w = 1, RAMP},
      {.lo = 7, .w = 1, RAMP}},
     PAIRS},
    {"bit-serial in two groups of rows",
     0, 64, 7, 255, 0, 16, 0, 0,
     {BITS(ROWS(0, 31), RAMP), BITS(ROWS(32, 63), RAMP)},
     PAIRS},
    {"offset column, bit-serial", 0, 64, 3, 255, 0, 8, 0, 0, {BITS(RAMP)}, OFFSET},
    {"offset column, 4+4",
     0, 16, 1, 255, 0, 2, 0, 0,
     {{.lo = 0, .w = 4, RAMP}, {.lo = 4, .w = 4, RAMP}},
     OFFSET},
    {"flipped columns, bit-serial", 0, 64, 3, 255, 0, 8, 0, 0, {BITS(RAMP)}, FLIPPED},
    {"flipped columns, signed 4+3",
     0, 16, 1, 127, 1, 2, 0, 0,
     {{.lo = 0, .w = 4, RAMP}, {.lo = 4, .w = 3, RAMP}},
     FLIPPED},
    {"2-bit weight slices, signed 4+3",
     0, 10, 127, 127, 1, 2, 0, 4,
     {{.lo = 0, .w = 4, RAMP}, {.lo = 4, .w = 3, RAMP}},
     PAIRS},
};

/* Random weights, and the cells and columns that the plan's coding makes of them. */
static void random_weights(const struct plan_case *p, struct m_tile *t, int rows, int outs,
                           int per_output, int weight[SIDE][SIDE])
{
    for (int r = 0; r < rows; r++) {
        for (int o = 0; o < outs; o++) {
            const int w = weight[r][o] = between(-p->weight_max, p->weight_max),
                      magnitude = w < 0 ? -w : w;
            for (int i = 0; i < per_output; i++) {
                const int c = o * per_output + i;
                t->column[c].out = o;
                if (p->digits) {
                    t->column[c].shift = 2 * i;
                    t->cell[w < 0][r][c] = (magnitude >> (2 * i) & 3) * t->lsb;
                } else if (p->coding) {
                    const int flip = p->coding == FLIPPED && o % 2;
                    t->column[c].neg = flip;
                    t->refcoef[o] = flip ? 16384 : -16384;
                    t->cell[0][r][c] = (p->weight_max + (flip ? -w : w)) * t->lsb;
                } else if (p->digital_pairs) {
                    t->column[c].neg = i;
                    t->cell[0][r][c] = (w < 0) == i ? magnitude * t->lsb : 0;
                } else {
                    t->cell[w < 0][r][c] = magnitude * t->lsb;
                }
            }
        }
    }
}

/* One plan with random weights and inputs, through packets only: weights in, activations in, sums
 * out. */
static void run_plan(const struct plan_case *p, const char *config, int acc_f)
{
    static struct m_tile t;
    static int weight[SIDE][SIDE];
    const int per_output = p->digits ? p->digits : p->digital_pairs ? 2 : 1;
    const int side = acc_f ? 64 : 16, rows = p->rows < side ? p->rows : side,
              outs = side / per_output - (p->coding != PAIRS);
    const int level = 5461; /* 3 levels of a cell up to G_max; one level is the LSB */
    struct ohm_golden *g = new_golden(config, p->code_w);
    struct ohm_error err = {""};

    m_default(&t, rows, outs * per_output, acc_f);
    t.outs = outs;
    t.nslice = p->nslice;
    t.is_signed = p->is_signed;
    memcpy(t.slice, p->slice, sizeof t.slice);
    for (int k = 0; k < p->nslice; k++) { /* groups of rows are given for 64 */
        t.slice[k].first = t.slice[k].first * side / 64;
        t.slice[k].last = (t.slice[k].last + 1) * side / 64 - 1;
    }
    t.lsb = p->digits || (p->weight_max <= 3 && !p->coding) ? level : 2340; /* 7 levels */
    /* cells hold w + weight_max or, flipped, weight_max - w; the last column, of weight_max, tells
     * them apart */
    if (p->coding) {
        t.cols = outs + 1;
        t.column[outs] = (struct m_column){.gain = 16384, .kind = REFERENCE};
        for (int r = 0; r < rows; r++)
            t.cell[0][r][outs] = p->weight_max * t.lsb;
    }
    t.part[0] = m_part(0, outs, 0, 0);
    random_weights(p, &t, rows, outs, per_output, weight);
    m_load(g, &t);

    for (uint32_t n = 0; n < 20; n++) {
        uint8_t input[SIDE];
        uint32_t flits[OHM_PACKET_MAX];
        for (int r = 0; r < rows; r++)
            input[r] = (uint8_t)(n == 0 ? p->x_max : n == 1 && p->is_signed ? -p->x_max
                                 : between(p->is_signed ? -p->x_max : 0, p->x_max));
        CHECK_EQUAL(m_act(g, &t, n, input, &err), 0);
        CHECK_EQUAL(ohm_golden_pop_packet(g, flits, OHM_PACKET_MAX), 2 + outs);
        CHECK_EQUAL(flits[1], n << 16);
        for (int o = 0; o < outs; o++) {
            int32_t sum = 0;
            for (int r = 0; r < rows; r++)
                sum += weight[r][o] * (p->is_signed ? (int8_t)input[r] : input[r]);
            checks++;
            if ((int32_t)flits[2 + o] != sum * (1 << acc_f))
                fail_msg("%s: output %d: %d, expected %d * 2^%d", p->name, o, (int32_t)flits[2 + o],
                         sum, acc_f);
        }
    }
    CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_CLIP_LO)
                    + ohm_golden_counter(g, 0, OHM_REG_CNT_CLIP_HI),
                0);
    CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_VMM), 20);
    CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
    ohm_golden_free(g);
}

static void test_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        run_plan(&plans[i], "small", 6);
        run_plan(&plans[i], "tiny", 0);
    }
}

static void random_descriptor(struct m_tile *t, int round)
{
    m_default(t, between(1, 64), between(1, 64), 6);
    t->outs = between(1, t->cols);
    t->nslice = between(1, 16);
    t->mode = between(0, 2);
    t->is_signed = between(0, 1);
    t->relu = between(0, 1);
    t->o_signed = between(0, 1);
    t->func = t->relu ? 0 : between(0, 2);
    for (int i = 0; i < 256; i++)
        t->table[i] = between(0, 9) ? between(0, 255) : 128;
    t->stream = between(0, 3);
    t->shift = t->func ? between(24, 40) : between(0, 40);
    t->lsb = between(1, 1 << between(1, 24));
    t->seq_base = m_random(&seed);
    t->part[0] = m_part(0, between(1, t->outs), between(0, 1000), 0);
    t->route[0] = m_route(OHM_TYPE_RESULT, 0, 0, 1, 0, (unsigned)between(0, 15));
    for (int k = 0; k < t->nslice; k++) {
        const int start = between(-511, 510), lo = between(0, 7);
        t->slice[k] = (struct m_slice){.lo = lo, .w = between(1, 8 - lo), .in = between(0, 2),
                                      .dev = between(0, 2), .neg = between(0, 1),
                                      .rs = between(0, 15), .start = start,
                                      .stop = between(start + 1, 511)};
        t->slice[k].mul = between(0, 2) == 0;
        t->slice[k].part = between(0, 2) == 0;
        t->slice[k].count = between(0, 2) == 0;
        t->slice[k].gain = between(1, 65535);
        t->slice[k].first = between(0, 63);
        t->slice[k].last = between(t->slice[k].first, 63);
    }
    for (int c = 0; c < t->cols; c++) {
        static const int kinds[] = {OFF, DATA, DATA, DATA, DATA, DATA, CHECK_ONLY, REFERENCE};
        t->column[c] = (struct m_column){.gain = between(0, 65535),
                                        .out = between(0, t->outs - 1), .shift = between(0, 15),
                                        .neg = between(0, 1),
                                        .kind = kinds[between(0, round % 2 ? 7 : 6)],
                                        .trim = between(0, 1),
                                        .offset = between(-32768, 32767)};
        t->bias[c] = (int32_t)(m_random(&seed) << 1);
        t->scale[c] = between(-32768, 32767);
        t->refcoef[c] = between(-32768, 32767);
        for (int r = 0; r < t->rows; r++)
            for (int dev = 0; dev < 2; dev++)
                t->cell[dev][r][c] = between(0, 16384);
    }
}

/* Random descriptors, weights and inputs; codes, accumulators, outputs, counters and packets as the
 * model says. */
static void test_random_descriptors(void **state)
{
    static struct m_tile t;
    static struct m_vmm v;
    (void)state;

    for (int round = 0; round < 150; round++) {
        struct ohm_error err = {""};
        uint32_t clip_lo = 0, clip_hi = 0, sat_in = 0, sat_out = 0;
        struct ohm_golden *g = new_golden("small", 0);

        ohm_golden_set_checking(g, 1);
        random_descriptor(&t, round);
        m_load(g, &t);
        for (uint32_t n = 0; n < 5; n++) {
            uint8_t input[SIDE];
            for (int r = 0; r < t.rows; r++)
                input[r] = (uint8_t)(between(0, 9) ? between(0, 255) : 128);
            m_compute(&t, input, NULL, &v);
            clip_lo += (uint32_t)v.clip_lo;
            clip_hi += (uint32_t)v.clip_hi;
            sat_in += (uint32_t)v.sat_in;
            sat_out += (uint32_t)v.sat_out;
            const uint32_t seq = t.seq_base + n;
            if (m_act(g, &t, seq, input, &err) || m_trace_codes(g, &t, seq, &v, &err)
                || m_trace_results(g, &t, seq, &v, &err) || m_result_packet(g, &t, seq, &v, &err))
                fail_msg("round %d: %s", round, err.text);
        }
        CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_CLIP_LO), clip_lo);
        CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_CLIP_HI), clip_hi);
        CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_SAT_IN), sat_in);
        CHECK_EQUAL(ohm_golden_counter(g, 0, OHM_REG_CNT_SAT_OUT), sat_out);
        if (ohm_golden_finish(g, &err))
            fail_msg("round %d: %s", round, err.text);
        struct ohm_golden_stats stats;
        ohm_golden_stats(g, &stats);
        CHECK_EQUAL(stats.vmms, 5);
        CHECK_EQUAL(stats.clip_lo, clip_lo);
        ohm_golden_free(g);
    }
}

/* Noise belongs to (tile, seq, slice, column): the order in which vectors reach two tiles does not
 * matter. */
static void test_noise_by_key(void **state)
{
    static struct m_tile t[2];
    static uint32_t first[2][2][4][OHM_PACKET_MAX];
    (void)state;

    for (int order = 0; order < 2; order++) {
        struct ohm_config config;
        struct ohm_error err;
        assert_int_equal(ohm_config_find("small", &config, &err), 0);
        config.mesh_w = 2;
        config.mesh_h = 1;
        struct ohm_golden *g = ohm_golden_new(&config, ohm_device_find("pcm-hermes"), 5, &err);
        assert_non_null(g);
        ohm_golden_set_checking(g, 0);
        for (unsigned x = 0; x < 2; x++) {
            m_default(&t[x], 64, 64, 6);
            t[x].x = x;
            for (int r = 0; r < 64; r++)
                for (int c = 0; c < 64; c++)
                    t[x].cell[(r + c) % 2][r][c] = (r * 64 + c) * 4;
            m_load(g, &t[x]);
        }
        for (uint32_t n = 0; n < 8; n++) {
            const uint32_t x = order ? n / 4 : n % 2, seq = order ? n % 4 : n / 2;
            uint8_t input[SIDE];
            memset(input, 200, sizeof input);
            CHECK_EQUAL(m_act(g, &t[x], seq, input, &err), 0);
            CHECK_EQUAL(ohm_golden_pop_packet(g, first[order][x][seq], OHM_PACKET_MAX), 66);
        }
        CHECK_EQUAL(ohm_golden_finish(g, &err), 0);
        ohm_golden_free(g);
    }
    CHECK(!memcmp(first[0], first[1], sizeof first[0]));
    CHECK(memcmp(first[0][0][0] + 2, first[0][0][1] + 2, 64 * 4));
    CHECK(memcmp(first[0][0][0] + 2, first[0][1][0] + 2, 64 * 4));
}

/* sigmoid and tanh in the ramp: levels are the inverse function, so codes are the function, to half
 * a step and what levels round. */
static void test_ramp_function(void **state)
{
    (void)state;
    static struct m_tile t;
    enum { ROWS = 32, OUTS = 32, SPAN = 60 /* levels of one unit of the argument */ };

    for (int tanh = 0; tanh <= 1; tanh++) {
        struct ohm_error err = {""};
        struct ohm_golden *g = new_golden("small", 10);
        const int start = tanh ? -127 : 0, stop = tanh ? 127 : 254;
        m_default(&t, ROWS, OUTS, 6);
        t.mode = Y_MODE;
        t.o_signed = tanh;
        t.shift = 6; /* acc has 6 fraction bits: y is the code */
        t.is_signed = 1;
        t.lsb = 40000;
        t.part[0] = m_part(0, OUTS, 0, 0);
        t.slice[0] = (struct m_slice){.w = 7, .start = start, .stop = stop, .table = 1};
        for (int n = start - 1; n <= stop; n++) { /* code n ends where the function is n + 1/2 */
            const double y = tanh ? ((n + 0.5) / 128 + 1) / 2 : (n + 0.5) / 255;
            const double x = y <= 0   ? -9
                             : y >= 1 ? 9
                                      : (ohm_log(y) - ohm_log(1 - y)) / (tanh ? 2 : 1);
            const double level = floor(x * SPAN);
            t.ramp_tab[n & 255] = level < -511 ? -511 : level > 510 ? 510 : (int)level;
        }
        for (int r = 0; r < ROWS; r++)
            for (int o = 0; o < OUTS; o++)
                t.cell[between(0, 1)][r][o] = between(0, 9000);
        m_load(g, &t);
        int least = 999, most = -999;
        for (uint32_t n = 0; n < 20; n++) {
            uint8_t input[ROWS];
            struct m_vmm v;
            for (int r = 0; r < ROWS; r++)
                input[r] = (uint8_t)between(-127, 127);
            CHECK(!m_act(g, &t, n, input, &err));
            m_compute(&t, input, NULL, &v);
            if (m_trace_codes(g, &t, n, &v, &err)) fail_msg("%s", err.text);
            CHECK(!m_trace_results(g, &t, n, &v, &err));
            for (int o = 0; o < OUTS; o++) {
                double q = 0;
                for (int r = 0; r < ROWS; r++)
                    q += (int8_t)input[r] * (double)(t.cell[0][r][o] - t.cell[1][r][o]);
                const double x = q / t.lsb / SPAN, s = 1 / (1 + ohm_exp(tanh ? -2 * x : -x)),
                             want = tanh ? 128 * (2 * s - 1) : 255 * s;
                CHECK(v.y[o] > want - 1.8 - 0.6 * tanh && v.y[o] < want + 1.8 + 0.6 * tanh);
                least = v.y[o] < least ? v.y[o] : least;
                most = v.y[o] > most ? v.y[o] : most;
            }
        }
        CHECK(least < start + 60 && most > stop - 60); /* both ends of the function were seen */
        ohm_golden_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact), cmocka_unit_test(test_random_descriptors),
        cmocka_unit_test(test_noise_by_key), cmocka_unit_test(test_ramp_function)};
    const int failed = cmocka_run_group_tests_name("golden exact", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
