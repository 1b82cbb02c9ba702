/* SPDX-License-Identifier: Apache-2.0
 * Threads that share numbered jobs. Of behav/fast and of
 * sim/host/learn. */
#ifndef OHM_FAST_POOL_H
#define OHM_FAST_POOL_H

#include "ohm_error.h"

struct fast_pool; /* opaque */

typedef void (*fast_job)(void *user, int thread, int job);

/* threads - 1 threads besides the caller's. */
struct fast_pool *fast_pool_new(int threads, struct ohm_error *err);
void fast_pool_free(struct fast_pool *p);

/* Calls fn for jobs 0 … count-1, each once, from thread numbers 0 (the caller) … threads-1; returns
 * when all are done. */
void fast_pool_run(struct fast_pool *p, int count, fast_job fn, void *user);

#endif
