/* SPDX-License-Identifier: Apache-2.0
 * Every function of ohm_numeric.h for all arguments of small widths, against the definitions in
 * 128-bit integers, and by hand where a slip is likely: ties, negative numbers, ends of ranges. */
#include "model.h"

#include "ohm_numeric.h"

/* floor(a/b + 1/2), b > 0, from the definition */
static __int128 nearest(__int128 a, __int128 b)
{
    __int128 n = (2 * a) / (2 * b) - 2;

    while (2 * b * (n + 1) <= 2 * a + b)
        n++;
    return n;
}

static int32_t ohm_post(int32_t v, int32_t scale, unsigned shift, int relu, int o_signed,
                        int *clipped)
{
    const int64_t y0 = ohm_round_shift((int64_t)v * scale, shift);

    return ohm_post_clip(relu && y0 < 0 ? 0 : y0, o_signed, clipped);
}

static void test_by_hand(void **state)
{
    int flag;
    (void)state;

    /* ADC, LSB 10: code 0 is -5 <= Q < 5, a tie goes up */
    CHECK_EQUAL(ohm_adc(4, 10, -8, 7, &flag), 0);
    CHECK_EQUAL(ohm_adc(5, 10, -8, 7, &flag), 1);
    CHECK_EQUAL(ohm_adc(-5, 10, -8, 7, &flag), 0);
    CHECK_EQUAL(ohm_adc(-6, 10, -8, 7, &flag), -1);
    CHECK_EQUAL(flag, 0);
    /* ends: -8 without a clip is -85 … -76; 7 is 65 … 74 */
    CHECK_EQUAL(ohm_adc(-85, 10, -8, 7, &flag), -8);
    CHECK_EQUAL(flag, 0);
    CHECK_EQUAL(ohm_adc(-86, 10, -8, 7, &flag), -8);
    CHECK_EQUAL(flag, -1);
    CHECK_EQUAL(ohm_adc(74, 10, -8, 7, &flag), 7);
    CHECK_EQUAL(flag, 0);
    CHECK_EQUAL(ohm_adc(75, 10, -8, 7, &flag), 7);
    CHECK_EQUAL(flag, 1);
    CHECK_EQUAL(ohm_adc(INT32_MAX, 1, -8, 7, &flag), 7);
    CHECK_EQUAL(ohm_adc(INT32_MIN, (int64_t)1 << 39, -8, 7, &flag), 0);

    /* terms: half a unit rounds up, on both sides of zero */
    CHECK_EQUAL(ohm_term(1, 16384, 0), 1);
    CHECK_EQUAL(ohm_term(1, 8192, 0), 1);   /*  0.5 ->  1 */
    CHECK_EQUAL(ohm_term(-1, 8192, 0), 0);  /* -0.5 ->  0 */
    CHECK_EQUAL(ohm_term(-3, 8192, 0), -1); /* -1.5 -> -1 */
    CHECK_EQUAL(ohm_term(-1, 8193, 0), -1);
    CHECK_EQUAL(ohm_term(5, 16384, 6), 320);
    CHECK_EQUAL(ohm_term(-1024, 65535, 6), -262140);

    /* post-process, s = 1 and s = 0 */
    CHECK_EQUAL(ohm_post(3, 1, 1, 0, 1, &flag), 2);   /*  1.5 ->  2 */
    CHECK_EQUAL(ohm_post(-3, 1, 1, 0, 1, &flag), -1); /* -1.5 -> -1 */
    CHECK_EQUAL(ohm_post(-5, 1, 0, 0, 1, &flag), -5);
    CHECK_EQUAL(ohm_post(-5, 1, 0, 1, 1, &flag), 0);
    CHECK_EQUAL(flag, 0); /* the zero of ReLU is no clip */
    CHECK_EQUAL(ohm_post(-5, 1, 0, 0, 0, &flag), 0);
    CHECK_EQUAL(flag, 1);
    CHECK_EQUAL(ohm_post(-128, 1, 0, 0, 1, &flag), -127);
    CHECK_EQUAL(flag, 1);
    CHECK_EQUAL(ohm_post(255, 1, 0, 0, 0, &flag), 255);
    CHECK_EQUAL(flag, 0);
    CHECK_EQUAL(ohm_post(256, 1, 0, 0, 0, &flag), 255);
    CHECK_EQUAL(flag, 1);
    CHECK_EQUAL(ohm_post(INT32_MIN, -32768, 40, 0, 0, &flag), 64); /* 2^46 / 2^40 */
    CHECK_EQUAL(ohm_post(INT32_MIN, 32767, 0, 0, 1, &flag), -127);

    CHECK_EQUAL(ohm_wrap_add(INT32_MAX, 1), INT32_MIN);
    CHECK_EQUAL(ohm_wrap_add(INT32_MIN, -1), INT32_MAX);
    CHECK(ohm_accumulate(5, -3, 0, 0) == 2);
    CHECK(ohm_accumulate(5, 3, 31, 0) == 0x80000005u);
    CHECK(ohm_accumulate(5, -1, 45, 1) == 5); /* shifted out: multiples of 2^32 */
    CHECK_EQUAL(ohm_input(0x80, 1, &flag), -127);
    CHECK_EQUAL(flag, 1);
    CHECK_EQUAL(ohm_input(0x80, 0, &flag), 128);
    CHECK_EQUAL(flag, 0);
}

static void test_ticks(void **state)
{
    (void)state;
    for (int x = -127; x <= 255; x++) {
        for (unsigned lo = 0; lo < 16; lo++) {
            for (unsigned w = 1; w <= 8; w++) {
                int magnitude = x < 0 ? -x : x, ticks = 0;
                for (unsigned b = 0; b < w; b++)
                    if (lo + b < 8 && magnitude & 1 << (lo + b))
                        ticks |= 1 << b;
                checks += 3;
                assert_int_equal(ohm_ticks(x, lo, w, 0), x < 0 ? -ticks : ticks);
                assert_int_equal(ohm_ticks(x, lo, w, 1), x < 0 ? 0 : ticks);
                assert_int_equal(ohm_ticks(x, lo, w, 2), x < 0 ? ticks : 0);
            }
        }
    }
}

/* The smallest step at which the comparator says 1, searched. */
static void test_adc(void **state)
{
    (void)state;
    for (int64_t lsb = 1; lsb <= 40; lsb++) {
        for (int32_t q = -700; q <= 700; q++) {
            for (int start = -15; start <= 9; start += 6) {
                const int stop = start + 1 + (int)(lsb % 14);
                int n = start, clip;
                while (n < stop && !(2 * (int64_t)q < lsb * (2 * n + 1)))
                    n++;
                const int high = !(2 * (int64_t)q < lsb * (2 * n + 1));
                const int low = 2 * (int64_t)q < lsb * (2 * (start - 1) + 1);
                checks += 2;
                assert_int_equal(ohm_adc(q, lsb, start, stop, &clip), n);
                assert_int_equal(clip, high - low);
            }
        }
    }
}

static void test_terms(void **state)
{
    static const uint32_t gains[] = {0,     1,     255,   8191,  8192,  8193,  16383,
                                     16384, 16385, 20000, 24576, 32768, 49151, 65535};
    (void)state;
    for (unsigned acc_f = 0; acc_f <= 6; acc_f++) {
        for (int code = -1024; code <= 1023; code++) {
            for (size_t i = 0; i < sizeof gains / sizeof gains[0]; i++) {
                checks++;
                assert_int_equal(ohm_term(code, gains[i], acc_f),
                                 (int64_t)nearest((__int128)code * gains[i] * (1 << acc_f), 16384));
            }
        }
    }
    for (uint32_t gain = 0; gain < 65536; gain++) {
        for (int code = -128; code < 128; code += 17) {
            checks++;
            assert_int_equal(ohm_term(code, gain, 6),
                             (int64_t)nearest((__int128)code * gain * 64, 16384));
        }
    }
}

/* Every y0 near the table and some far from it. */
static void test_table(void **state)
{
    uint32_t table[256];
    (void)state;
    for (unsigned i = 0; i < 256; i++)
        table[i] = 0xabcd00 | ((i * 77 + 5) & 255);
    for (int y0 = -600; y0 <= 600; y0++) {
        const int i = y0 < -128 ? 0 : y0 > 127 ? 255 : y0 + 128;
        checks += 2;
        assert_int_equal(ohm_table_entry(table,
                                         y0 == 600    ? INT64_MAX
                                         : y0 == -600 ? INT64_MIN
                                                      : y0,
                                         0),
                         (uint8_t)(i * 77 + 5));
        assert_int_equal(ohm_table_entry(table,
                                         y0 == 600    ? INT64_MAX
                                         : y0 == -600 ? INT64_MIN
                                                      : y0,
                                         1),
                         (int8_t)(uint8_t)(i * 77 + 5));
    }
}

static void test_post(void **state)
{
    static const int scales[] = {-32768, -32767, -3, -1, 0, 1, 2, 3, 181, 32767};
    static const int64_t large[] = {INT32_MIN, INT32_MIN + 1, -1000003,
                                    1000003,   INT32_MAX - 1, INT32_MAX};
    (void)state;
    for (unsigned s = 0; s <= 40; s++) {
        for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
            for (int64_t v = -300; v <= 300 + 6; v++) {
                const int32_t value = (int32_t)(v > 300 ? large[v - 301] : v);
                for (int how = 0; how < 4; how++) {
                    const int relu = how & 1, o_signed = how >> 1, lo = o_signed ? -127 : 0,
                              hi = o_signed ? 127 : 255;
                    __int128 y = nearest((__int128)value * scales[i], (__int128)1 << s);
                    int clipped;
                    if (relu && y < 0)
                        y = 0;
                    checks += 2;
                    assert_int_equal(ohm_post(value, scales[i], s, relu, o_signed, &clipped),
                                     (int)(y < lo ? lo : y > hi ? hi : y));
                    assert_int_equal(clipped, y < lo || y > hi);
                }
            }
        }
    }
}

static void test_wraps(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const int32_t a = (int32_t)(m_random(&seed) << 1),
                      b = (int32_t)(m_random(&seed) << 1 ^ m_random(&seed));
        const unsigned shift = m_random(&seed) % 46;
        const unsigned __int128 m = (unsigned __int128)1 << 32;
        checks += 3;
        assert_true((uint32_t)ohm_wrap_add(a, b) == (uint32_t)(((__int128)a + b + m + m) % m));
        assert_true(ohm_accumulate((uint32_t)a, b, shift, 0)
                    == (uint32_t)((unsigned __int128)(uint32_t)a
                                  + (unsigned __int128)((__int128)b * ((__int128)1 << shift))));
        assert_true(ohm_accumulate((uint32_t)a, b, shift, 1)
                    == (uint32_t)((unsigned __int128)(uint32_t)a
                                  - (unsigned __int128)((__int128)b * ((__int128)1 << shift))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_ticks),
                                       cmocka_unit_test(test_adc),     cmocka_unit_test(test_terms),
                                       cmocka_unit_test(test_post),    cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_wraps)};
    const int failed = cmocka_run_group_tests_name("golden numeric", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
