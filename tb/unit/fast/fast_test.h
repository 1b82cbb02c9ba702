/* SPDX-License-Identifier: Apache-2.0
 * Shared by the tests of the fast model: counted checks, and a host for a chip of two `tiny` tiles
 * above each other, the upper one of which adds the lower one's partial sums. */
#ifndef FAST_TEST_H
#define FAST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_config.h"
#include "ohm_packet.h"

extern unsigned long fast_checks;
#define CHECK(ok) do { fast_checks++; if (!(ok)) fail_msg("%s", #ok); } while (0)
/* err must hold both words, and be one line */
#define CHECK_ERROR(err, word1, word2) \
    CHECK(strstr((err).text, word1) && strstr((err).text, word2) && !strchr((err).text, '\n'))

/* first vector; rows and columns; number of the upper tile */
enum { FIRST = 65500, SIDE = 16, TAIL = 16 };
enum { POISON = 1, LOSE = 2, REFUSED = 4, RECONFIGURE = 8, CONV = 16 };
enum { LINES = 6, LINE_WORDS = 3 }; /* of an image of the convolution */

struct fast_host {
    int (*send)(void *user, const uint32_t *flits, size_t n);
    void *user;
};

const struct ohm_config *fast_config(void); /* tiny, mesh 1x2 */
void fast_configure(struct fast_host *h);
/* The lower tile makes a map of 2 x 2 pixels of the lines (convolution, pooling), which is the
 * upper one's vector (arg-max). */
void fast_configure_conv(struct fast_host *h);
/* A line of an image; lost: nothing comes of it. */
void fast_line(struct fast_host *h, uint32_t seq);
/* Input of tile (0,part) of an image: whole; its first half only; poison. */
void fast_image_part(struct fast_host *h, unsigned part, uint32_t seq);
void fast_image_piece(struct fast_host *h, unsigned part, uint32_t seq);
void fast_poison(struct fast_host *h, unsigned part, uint32_t seq);
/* A packet that a tile refuses, another one for each i. */
void fast_refused(struct fast_host *h, uint32_t i);
/* Other cells, another bias, a later time. */
void fast_reprogram(struct fast_host *h, uint32_t i);

uint64_t fast_hash(unsigned a, uint32_t b, uint32_t c, uint32_t d, uint32_t e);
int fast_run_tests(const char *name, const struct CMUnitTest *tests, size_t count);

#endif
