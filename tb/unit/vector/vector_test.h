/* SPDX-License-Identifier: Apache-2.0
 * What the tests of the vector unit share: counted checks, a unit with a program in it, one run. */
#ifndef VECTOR_TEST_H
#define VECTOR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ohm_asm.h"

extern unsigned long checks;

#define SAME(a, b) (checks++, assert_int_equal(a, b))
#define TEXT(a, b) (checks++, assert_string_equal(a, b))
#define TRUE(a) (checks++, assert_true(a))

/* What left in a run. */
enum { SENT_MAX = 8 };
struct sent {
    struct ohm_vec_sent head;
    uint32_t words[OHM_VEC_SEND];
};
struct bench {
    struct ohm_vec *v;
    struct ohm_asm a;
    struct ohm_vec_done done;
    struct sent sent[SENT_MAX];
    int sends;
};

extern const struct ohm_vec_size test_size; /* 8 lanes, 4096 words */

/* Assembles, loads, but does not enable. Fails the test when the text is refused. */
void bench_open(struct bench *b, const struct ohm_vec_size *size, const char *text,
                const struct ohm_asm_param *param, int params);
void bench_close(struct bench *b);
/* Does the run that is due; words of each stream's vector, NULL: poison. */
void bench_run(struct bench *b, const uint32_t *const words[OHM_VEC_STREAMS],
               const uint32_t size[OHM_VEC_STREAMS]);

/* The hook that fills sent[]; user is the bench. */
void bench_keep(void *user, const struct ohm_vec_sent *s);

/* A whole file, ended by 0; the caller frees it. */
char *read_text(const char *path);

#endif
