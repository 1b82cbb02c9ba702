/* SPDX-License-Identifier: Apache-2.0
 * Checks, random numbers and distances of the tests of wires, and the tests themselves by subject.
 */
#ifndef WIRES_TEST_H
#define WIRES_TEST_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"
#include "ohm_solve.h"
#include "ohm_wires_compensate.h"
#include "ohm_wires_node.h"
#include "ohm_wires_spice.h"

extern long checks, failures;
extern uint64_t key, counter; /* of the random numbers */

#define CHECK(condition, ...) \
    do { \
        checks++; \
        if (!(condition)) { \
            if (failures++ < 20) { \
                printf("FAIL %s:%d: ", __func__, __LINE__); \
                printf(__VA_ARGS__); \
                putchar('\n'); \
            } \
        } \
    } while (0)

static inline double uniform(double low, double high)
{
    return low + (high - low) * ohm_uniform(ohm_key_at(key, counter++));
}
static inline int below(int n) { return (int)uniform(0, n); }

static inline double *new_array(size_t n)
{
    double *p = calloc(n, sizeof *p);
    if (!p)
        abort();
    return p;
}

static inline double *random_array(size_t n, double low, double high)
{
    double *p = new_array(n);
    for (size_t i = 0; i < n; i++)
        p[i] = uniform(low, high);
    return p;
}

/* Largest |a − b| as part of the largest |b|, or of `floor` if that is more. */
static inline double distance_over(double floor, const double *a, const double *b, size_t n)
{
    double off = 0, largest = floor;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(a[i] - b[i]) <= off))
            off = fabs(a[i] - b[i]);
        largest = fmax(largest, fabs(b[i]));
    }
    return largest > 0 ? off / largest : off;
}

static inline double distance(const double *a, const double *b, size_t n)
{
    return distance_over(0, a, b, n);
}

static inline void must_transfer(const struct ohm_wires *w, int rows, int cols, const double *g,
                                 double *geff)
{
    struct ohm_error err = {""};
    int rc = ohm_wires_transfer(w, rows, cols, g, geff, &err);
    CHECK(rc == 0, "%d x %d: %s", rows, cols, err.text);
}

static inline void must_solve(const struct ohm_wires *w, int rows, int cols, const double *g,
                              const struct ohm_solve_io *io)
{
    struct ohm_error err = {""};
    struct ohm_solver *s = ohm_solver_new(w, rows, cols, g, &err);
    CHECK(s && ohm_solver_run(s, io, &err) == 0, "%d x %d: %s", rows, cols, err.text);
    ohm_solver_free(s);
}

void test_solutions(const char *directory); /* test_solve.c: one linear array against others */
void test_currents(void);                   /* test_newton.c: I-V curves */
void test_uses(void);                       /* test_uses.c: delay, compensation, nodes */
void test_bad_input(void);                  /* test_refused.c */

#endif
