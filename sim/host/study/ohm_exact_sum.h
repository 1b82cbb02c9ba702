/* SPDX-License-Identifier: Apache-2.0
 * A sum of doubles without rounding: the order of its terms, and how they are divided among
 * processes, can't change a bit of it. A term is added to a fixed-point number as wide as all
 * doubles (Kulisch, Computer Arithmetic and Validity, 2008, chapter 8). */
#ifndef OHM_EXACT_SUM_H
#define OHM_EXACT_SUM_H

#include <stdint.h>

#include "ohm_api.h"

OHM_API_BEGIN

/* Words of 32 bits: from 2^-1074 to above 2^1023, and room for 2^63 terms. */
enum { OHM_EXACT_WORDS = 68, OHM_EXACT_TEXT = 9 * OHM_EXACT_WORDS + 8 };

struct ohm_exact_sum { /* all 0: zero */
    int64_t word[OHM_EXACT_WORDS]; /* word i counts 2^(32·i - 1074); carries wait in it */
    uint32_t waiting;              /* terms since the last carry */
};

/* x: finite. */
void ohm_exact_add(struct ohm_exact_sum *s, double x);
void ohm_exact_merge(struct ohm_exact_sum *s, const struct ohm_exact_sum *other);
/* The double that the sum gives: a function of the exact sum alone. */
double ohm_exact_value(const struct ohm_exact_sum *s);
/* Sign, index of the lowest word, and words, lowest first, as text, and back; "0": zero. -1: the
 * text is none. */
void ohm_exact_print(const struct ohm_exact_sum *s, char text[OHM_EXACT_TEXT]);
int ohm_exact_scan(const char *text, struct ohm_exact_sum *out);

OHM_API_END

#endif
