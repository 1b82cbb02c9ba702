/* SPDX-License-Identifier: Apache-2.0
 * Fast functional model of the whole chip: the same packets in and out as the golden model in
 * functional use (and so, but for their order and time, as the RTL), the same noise, bit for bit,
 * on any number of threads.
 *
 * How: golden tiles with a faster computation (ohm_fast_vmm.c). The first image that runs through
 * the configured chip alone is the pattern: which packets make an image. Whole images of that
 * pattern are collected and computed in parallel, one thread an image, on copies of the tiles'
 * registers that share the arrays; anything else (incomplete or poisoned images, configuration,
 * other patterns) is done in order on the first copy, exactly as the golden model does it, and so
 * is all that a chip with vector tiles in use does: they remember what was before. */
#ifndef OHM_FAST_H
#define OHM_FAST_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_golden.h" /* observer, statistics */

OHM_API_BEGIN

struct ohm_activity;
struct ohm_fast; /* opaque; one user thread at a time */

/* threads: 1 to 256, the caller's among them. */
struct ohm_fast *ohm_fast_new(const struct ohm_config *config,
                              const struct ohm_device_model *device, uint64_t seed, int threads,
                              struct ohm_error *err);
void ohm_fast_free(struct ohm_fast *f);

/* As ohm_golden_set_physics, before the first packet. */
int ohm_fast_set_physics(struct ohm_fast *f, const struct ohm_physics *physics,
                         struct ohm_error *err);

/* A packet enters the chip (n flits, without CRC). -1 + err as ohm_golden_packet_in. */
int ohm_fast_packet_in(struct ohm_fast *f, const uint32_t *flits, size_t n, struct ohm_error *err);

/* Computes all images that are complete; when none is, what parts of one make. 0, or -1 (out of
 * memory). Whatever needs it does it by itself, but popping: the longer one waits, the more images
 * there are for the threads. */
int ohm_fast_run(struct ohm_fast *f, struct ohm_error *err);

/* Next packet from the chip that is ready: flits; 0 if none is or max is too small. */
size_t ohm_fast_pop_packet(struct ohm_fast *f, uint32_t *flits, size_t max);
/* Images that wait for ohm_fast_run. */
size_t ohm_fast_waiting(const struct ohm_fast *f);
/* Whether packets came since this was last asked: a host that still has something to send need not
 * run the model yet. */
int ohm_fast_collecting(struct ohm_fast *f);

/* Called in the order of the images, by the thread that runs the model. */
void ohm_fast_observe(struct ohm_fast *f, ohm_golden_observer fn, void *user);

/* Counts what happens from now on into a, which must outlive the model: the same sums on any number
 * of threads. -1: out of memory. */
int ohm_fast_count(struct ohm_fast *f, struct ohm_activity *a, struct ohm_error *err);
/* After the run: what the model does not tell (ohm_activity_credits). */
void ohm_fast_count_credits(const struct ohm_fast *f, struct ohm_activity *a);

void ohm_fast_stats(const struct ohm_fast *f, struct ohm_golden_stats *out);
/* As ohm_golden_geff. */
int ohm_fast_geff(const struct ohm_fast *f, unsigned tile, unsigned sel, unsigned row,
                  unsigned col);
/* As ohm_golden_device. */
struct ohm_array_device ohm_fast_device(const struct ohm_fast *f, unsigned tile, unsigned dev,
                                        unsigned row, unsigned col);
/* As ohm_golden_counter; runs what waits. */
uint32_t ohm_fast_counter(struct ohm_fast *f, unsigned tile, unsigned reg);

OHM_API_END

#endif
