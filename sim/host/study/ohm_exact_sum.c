/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_exact_sum.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE INT64_C(0x100000000)
#define MASK UINT64_C(0xffffffff)
#define MANTISSA ((UINT64_C(1) << 52) - 1)

enum { CARRY_AFTER = 1 << 30 }; /* terms, each below 2^32 in a word of 63 bits */

/* Each word but the highest from 0 to 2^32 - 1; the highest has the sign. */
static void carry(struct ohm_exact_sum *s)
{
    for (int i = 0; i + 1 < OHM_EXACT_WORDS; i++) {
        const int64_t low = (int64_t)((uint64_t)s->word[i] & MASK);
        s->word[i + 1] += (s->word[i] - low) / BASE;
        s->word[i] = low;
    }
    s->waiting = 0;
}

void ohm_exact_add(struct ohm_exact_sum *s, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52 & 2047), at = exponent ? exponent - 1 : 0,
              shift = at % 32;
    const uint64_t m = (bits & MANTISSA) | (uint64_t)(exponent != 0) << 52;
    const int64_t part[3] = {(int64_t)(m << shift & MASK), (int64_t)(m >> (32 - shift) & MASK),
                             shift > 11 ? (int64_t)(m >> (64 - shift)) : 0};
    int64_t *to = &s->word[at / 32];
    for (int i = 0; i < 3; i++)
        to[i] += bits >> 63 ? -part[i] : part[i];
    if (++s->waiting == CARRY_AFTER)
        carry(s);
}

void ohm_exact_merge(struct ohm_exact_sum *s, const struct ohm_exact_sum *other)
{
    struct ohm_exact_sum more = *other;
    carry(s);
    carry(&more);
    for (int i = 0; i < OHM_EXACT_WORDS; i++)
        s->word[i] += more.word[i];
    carry(s);
}

/* Sign and magnitude; 1: negative. */
static int magnitude(const struct ohm_exact_sum *s, struct ohm_exact_sum *out)
{
    *out = *s;
    carry(out);
    if (out->word[OHM_EXACT_WORDS - 1] >= 0)
        return 0;
    for (int i = 0; i < OHM_EXACT_WORDS; i++)
        out->word[i] = -out->word[i];
    carry(out);
    return 1;
}

double ohm_exact_value(const struct ohm_exact_sum *s)
{
    struct ohm_exact_sum m;
    const int negative = magnitude(s, &m);
    double sum = 0;
    for (int i = 0; i < OHM_EXACT_WORDS; i++)
        sum += ldexp((double)m.word[i], 32 * i - 1074);
    return negative ? -sum : sum;
}

void ohm_exact_print(const struct ohm_exact_sum *s, char text[OHM_EXACT_TEXT])
{
    struct ohm_exact_sum m;
    const int negative = magnitude(s, &m);
    int low = 0, high = OHM_EXACT_WORDS;
    while (low < OHM_EXACT_WORDS && !m.word[low])
        low++;
    while (high > low && !m.word[high - 1])
        high--;
    if (low == OHM_EXACT_WORDS) {
        strcpy(text, "0");
        return;
    }
    int n = sprintf(text, "%s%d", negative ? "-" : "", low);
    for (int i = low; i < high; i++)
        n += sprintf(text + n, ":%08" PRIx64, (uint64_t)m.word[i] & MASK);
}

int ohm_exact_scan(const char *text, struct ohm_exact_sum *out)
{
    const int negative = *text == '-';
    char *end;
    *out = (struct ohm_exact_sum){0};
    if (!strcmp(text, "0"))
        return 0;
    const long low = strtol(text + negative, &end, 10);
    if (end == text + negative || low < 0 || *end != ':')
        return -1;
    for (long i = low; *end; i++) {
        const char *digits = end + 1;
        if (*end != ':' || i >= OHM_EXACT_WORDS || strspn(digits, "0123456789abcdef") != 8)
            return -1;
        const int64_t word = (int64_t)strtoull(digits, &end, 16);
        out->word[i] = negative ? -word : word;
    }
    return 0;
}
