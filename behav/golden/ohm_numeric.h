/* SPDX-License-Identifier: Apache-2.0
 * The arithmetic of docs/reference/numeric.md, one small function per sentence. Integers only;
 * wraps go through uint32_t. */
#ifndef OHM_NUMERIC_H
#define OHM_NUMERIC_H

#include <stdint.h>

/* floor(a / b), b > 0 */
static inline int64_t ohm_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* floor(a / 2^s), 0 <= s < 63 */
static inline int64_t ohm_floor_shift(int64_t a, unsigned s)
{
    return a < 0 ? ~(~a >> s) : a >> s;
}

/* Sum modulo 2^32, read as two's complement. */
static inline int32_t ohm_wrap_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* Input byte as a number; -128 is taken as -127 (*saturated set to 1). */
static inline int ohm_input(unsigned byte, int is_signed, int *saturated)
{
    const int x = is_signed && byte >= 128 ? (int)byte - 256 : (int)byte;

    *saturated = x == -128;
    return *saturated ? -127 : x;
}

/* Signed ticks of a row with input x in a slice {lo, w, in}. */
static inline int ohm_ticks(int x, unsigned lo, unsigned w, unsigned in)
{
    const unsigned magnitude = (unsigned)(x < 0 ? -x : x);
    const int ticks = (int)((magnitude >> lo) & ((1u << w) - 1u));

    if (in == 1)
        return x > 0 ? ticks : 0;
    if (in == 2)
        return x < 0 ? ticks : 0;
    return x < 0 ? -ticks : ticks;
}

/* The code nearest to charge q, ties upwards. lsb >= 1. */
static inline int64_t ohm_code(int64_t q, int64_t lsb)
{
    return ohm_floor_div(2 * q + lsb, 2 * lsb);
}

/* A code between start and stop; *clip = -1 clipped low, 1 clipped high, 0 neither. */
static inline int32_t ohm_code_clip(int64_t code, int32_t start, int32_t stop, int *clip)
{
    *clip = (code > stop) - (code < start);
    return *clip ? (*clip > 0 ? stop : start) : (int32_t)code;
}

/* Code of charge q, clipped. */
static inline int32_t ohm_adc(int32_t q, int64_t lsb, int32_t start, int32_t stop, int *clip)
{
    return ohm_code_clip(ohm_code(q, lsb), start, stop, clip);
}

/* rnd(code * gain * 2^(acc_f - 14)), gain unsigned Q2.14, acc_f < 14 */
static inline int32_t ohm_term(int32_t code, uint32_t gain, unsigned acc_f)
{
    const unsigned s = 14 - acc_f;

    return (int32_t)ohm_floor_shift((int64_t)code * gain + ((int64_t)1 << (s - 1)), s);
}

/* rnd(term * gain * 2^-14), gain unsigned Q2.14 */
static inline int32_t ohm_multiplied(int32_t term, uint32_t gain)
{
    return (int32_t)ohm_floor_shift((int64_t)term * gain + (1 << 13), 14);
}

/* rnd(sum * coefficient * 2^-14), coefficient signed Q2.14; modulo 2^32 */
static inline int32_t ohm_share(int32_t sum, int32_t coefficient)
{
    return (int32_t)(uint32_t)(uint64_t)ohm_floor_shift((int64_t)sum * coefficient + (1 << 13), 14);
}

/* acc + term * 2^shift, or minus; modulo 2^32. */
static inline uint32_t ohm_accumulate(uint32_t acc, int32_t term, unsigned shift, int negative)
{
    const uint32_t shifted = (uint32_t)((uint64_t)(int64_t)term << shift);

    return negative ? acc - shifted : acc + shifted;
}

/* floor((v + h) / 2^s), h = 2^(s-1), or 0 with s = 0; s < 63 */
static inline int64_t ohm_round_shift(int64_t v, unsigned s)
{
    return ohm_floor_shift(v + (s ? (int64_t)1 << (s - 1) : 0), s);
}

/* Entry of y0 in a table of 256 bytes. */
static inline int32_t ohm_table_entry(const uint32_t *table, int64_t y0, int is_signed)
{
    const uint32_t byte = table[(y0 < -128 ? -128 : y0 > 127 ? 127 : y0) + 128] & 255u;

    return (int32_t)byte - (is_signed && byte > 127 ? 256 : 0);
}

/* y as a byte that leaves; *clipped is set to 1 when it was clipped. */
static inline int32_t ohm_post_clip(int64_t y, int o_signed, int *clipped)
{
    const int64_t lo = o_signed ? -127 : 0, hi = o_signed ? 127 : 255;

    *clipped = y < lo || y > hi;
    return (int32_t)(y < lo ? lo : y > hi ? hi : y);
}

/* Next word of a calibrating tile's input vectors, four bytes each (docs/explain/calibration.md):
 * xorshift32 (Marsaglia, 2003). state: not 0. */
static inline uint32_t ohm_calib_word(uint32_t *state)
{
    const uint32_t word = *state;
    uint32_t s = word;

    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    *state = s;
    return word;
}

#endif
