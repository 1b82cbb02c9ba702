/* SPDX-License-Identifier: Apache-2.0
 * Shared by the tests of the host library: counted checks, files made on the spot, networks of
 * random numbers. */
#ifndef HOST_TEST_H
#define HOST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_net.h"

extern unsigned long host_checks;
#define CHECK(ok) do { host_checks++; if (!(ok)) fail_msg("%s", #ok); } while (0)
/* err must hold every one of the words, and be one line */
#define CHECK_ERROR(err, ...) \
    host_check_error((err).text, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
void host_check_error(const char *text, const char *const *words, const char *file, int line);

/* Path of a file in the test's directory; valid until the eighth next call. */
const char *host_path(const char *name);
void host_write(const char *name, const void *bytes, size_t n);
void host_write_npy(const char *name, const char *descr, const char *shape, const void *bytes,
                    size_t n);

uint32_t host_random(uint32_t *state); /* 32 bits */

/* A network of the given widths (count of them: layers + 1) with random weights; hidden layers relu
 * and u8, or s8 without activation when is_signed. Scales keep hidden outputs inside the byte. Free
 * with ohm_net_free. */
void host_random_net(struct ohm_net *net, const int *widths, int count, int is_signed, int calib,
                     uint32_t seed);

/* A random graph of a few conv layers (kernels, strides, padding, pooling, several sources,
 * residuals) and a dense last one, output class or s32. Free with ohm_net_free. */
void host_random_graph(struct ohm_net *net, uint32_t seed);

#endif
