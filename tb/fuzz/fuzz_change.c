/* SPDX-License-Identifier: Apache-2.0
 * Changes of an input: of bits, bytes, numbers in binary and in text, of pieces, and of what the
 * code has compared with something else. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

struct fuzz_pairs *fuzz_pairs;

static uint64_t state = 1;

void fuzz_seed(uint64_t seed)
{
    state = seed * 2 + 1;
}

/* xorshift64*: Vigna, ACM TOMS 42(4), 2016. */
uint64_t fuzz_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717u >> 16;
}

static size_t below(size_t n)
{
    return (size_t)(fuzz_random() % n);
}

static const int64_t NUMBERS[] = {0, 1, -1, 2, 7, 15, 16, 17, 127, 128, 255, 256, 257, 1023, 1024,
                                  32767, 32768, 65535, 65536, 16777216, INT32_MAX, INT32_MIN,
                                  UINT32_MAX, INT64_MAX, INT64_MIN};
static const char *const WORDS[] = {"0", "1", "-1", "2", "255", "256", "65536", "100000",
                                    "2147483647", "2147483648", "-2147483649", "4294967296",
                                    "99999999999999999999", "1e308", "1e-320", "nan", "inf", "-0",
                                    "0.5", "=", ",", "\"", "[]", "{}", "null", "#", "\n", "\n\n",
                                    " ", "\t", "\r", "..", "/", "(", ")", "%s", "\xff", "\xc0\x80"};
enum { NUMBER_N = sizeof NUMBERS / sizeof NUMBERS[0], WORD_N = sizeof WORDS / sizeof WORDS[0] };

/* Puts text in place of data[at … at+old-1]. */
static size_t replace(uint8_t *data, size_t n, size_t at, size_t old, const void *text, size_t size)
{
    if (n - old + size > FUZZ_INPUT_MAX)
        return n;
    memmove(data + at + size, data + at + old, n - at - old);
    memcpy(data + at, text, size);
    return n - old + size;
}

static size_t put_number(uint8_t *data, size_t n)
{
    const size_t sizes[] = {1, 2, 4, 8}, size = sizes[below(4)];
    uint64_t v = (uint64_t)NUMBERS[below(NUMBER_N)];
    if (n < size)
        return n;
    if (fuzz_random() & 1) /* big-endian, as IDX has them */
        v = __builtin_bswap64(v) >> (64 - 8 * size);
    memcpy(data + below(n - size + 1), &v, size);
    return n;
}

/* The decimal number around a place becomes another one. */
static size_t put_text_number(uint8_t *data, size_t n)
{
    size_t first = below(n), last;
    while (first < n && (data[first] < '0' || data[first] > '9'))
        first++;
    for (last = first; last < n && data[last] >= '0' && data[last] <= '9'; last++)
        ;
    if (first == n)
        return n;
    const char *word = WORDS[below(WORD_N)];
    return replace(data, n, first, last - first, word, strlen(word));
}

/* A value that the code compared becomes what it was compared with, or that and one more. */
static size_t put_pair(uint8_t *data, size_t n)
{
    char old[24], new[24];
    if (!fuzz_pairs || !fuzz_pairs->count)
        return put_number(data, n);
    const uint32_t held = fuzz_pairs->count < FUZZ_PAIRS ? fuzz_pairs->count : FUZZ_PAIRS,
                   i = (uint32_t)below(held);
    uint64_t a = fuzz_pairs->pair[i].a, b = fuzz_pairs->pair[i].b + below(3) - 1;
    size_t size = fuzz_pairs->pair[i].size, new_size = size;
    const void *from = &a, *to = &b;
    if (fuzz_random() & 1) {
        size = (size_t)snprintf(old, sizeof old, "%" PRId64, (int64_t)a);
        new_size = (size_t)snprintf(new, sizeof new, "%" PRId64, (int64_t)b);
        from = old;
        to = new;
    } else if (fuzz_random() & 1) {
        a = __builtin_bswap64(a) >> (64 - 8 * size);
        b = __builtin_bswap64(b) >> (64 - 8 * size);
    }
    const size_t begin = below(n);
    for (size_t k = 0; k + size <= n; k++) {
        const size_t at = (begin + k) % (n - size + 1);
        if (!memcmp(data + at, from, size))
            return replace(data, n, at, size, to, new_size);
    }
    return n;
}

static size_t change_piece(uint8_t *data, size_t n, const uint8_t *other, size_t other_n)
{
    static uint8_t piece[FUZZ_INPUT_MAX];
    const size_t at = below(n), most = n - at, size = 1 + below(below(8) ? (most < 12 ? most : 12)
                                                                         : most);
    switch (below(4)) {
    case 0: /* gone */
        return n > size ? replace(data, n, at, size, "", 0) : n;
    case 1: /* twice: behind itself, as an element more of a list, or anywhere */
        memcpy(piece, data + at, size);
        return replace(data, n, fuzz_random() & 1 ? at : below(n), 0, piece, size);
    case 2: /* over another place */
        memmove(data + below(n - size + 1), data + at, size);
        return n;
    default: { /* of the other input */
        const size_t from = below(other_n), k = 1 + below(other_n - from);
        return replace(data, n, at, fuzz_random() & 1 ? size : 0, other + from, k);
    }
    }
}

size_t fuzz_change(uint8_t *data, size_t n, const uint8_t *other, size_t other_n)
{
    for (size_t i = 1 + below(4); i; i--) {
        const char *word = WORDS[below(WORD_N)];
        n = n ? n : replace(data, 0, 0, 0, "0", 1);
        switch (below(8)) {
        case 0: data[below(n)] ^= (uint8_t)(1u << below(8)); break;
        case 1: data[below(n)] = (uint8_t)fuzz_random(); break;
        case 2: data[below(n)] += (uint8_t)(fuzz_random() & 1 ? 1 + below(16) : 256 - below(16));
            break;
        case 3: n = put_number(data, n); break;
        case 4: n = put_text_number(data, n); break;
        case 5: n = replace(data, n, below(n + 1), 0, word, strlen(word)); break;
        case 6: n = put_pair(data, n); break;
        default: n = change_piece(data, n, other, other_n);
        }
    }
    return n ? n : 1;
}
