/* SPDX-License-Identifier: Apache-2.0
 * Cycle model of the whole chip: packets in and out as the RTL's, in the cycle in which the RTL hands them out.
 *
 * What takes time in rtl/ is here as states and counters: links, router queues and arbiters flit by flit, slots, credits,
 * banks, slices, ramps, scans (early stop too), output packets, the bridge's buffers. What is computed comes from a golden
 * model with the faster computation (ohm_fast_vmm.h), which runs ahead: time never changes a number. Where the numbers of
 * chip and host packets meet again they must agree, or the model stops with an error.
 *
 * Not covered, because no well-formed traffic does it: broken packets and paths without tail inside the mesh, a macro that
 * is not ready, a host that does not take packets. Counters of clipped and saturated values read as the model's, which is
 * ahead while the chip is busy. */
#ifndef OHM_CYCLE_H
#define OHM_CYCLE_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_golden.h"

OHM_API_BEGIN

struct ohm_activity;
struct ohm_cycle; /* opaque */

/* physics may be NULL: ideal. Begins in the cycle in which ohm_rtl_open hands over the chip. */
struct ohm_cycle *ohm_cycle_new(const struct ohm_config *config, const struct ohm_device_model *device,
                                const struct ohm_physics *physics, uint64_t seed, struct ohm_error *err);
void ohm_cycle_free(struct ohm_cycle *c);

/* Queues a packet (no CRC) of the data (0) or configuration (1) class. -1 + err: the bridge would drop it; it is not queued. What
 * a tile drops becomes an event, as in the chip. */
int ohm_cycle_send(struct ohm_cycle *c, int config_class, const uint32_t *flits, size_t n, struct ohm_error *err);
/* Next packet from the chip (no CRC): flits, 0 if none waits or max is too small. */
size_t ohm_cycle_recv(struct ohm_cycle *c, uint32_t *flits, size_t max);
/* Packets not yet wholly taken by the chip. */
size_t ohm_cycle_queued(const struct ohm_cycle *c);
/* Lets up to `cycles` pass; returns early when a packet waits. 0, or -1 (out of memory, or out of step with the numbers). */
int ohm_cycle_run(struct ohm_cycle *c, uint64_t cycles, struct ohm_error *err);
uint64_t ohm_cycle_now(const struct ohm_cycle *c);

/* Called as outputs are computed, which is before their time. */
void ohm_cycle_observe(struct ohm_cycle *c, ohm_golden_observer fn, void *user);

/* Counts what happens from now on, as it is computed. */
void ohm_cycle_count(struct ohm_cycle *c, struct ohm_activity *a);
/* After the run: what the model does not tell (ohm_activity_credits). */
void ohm_cycle_count_credits(const struct ohm_cycle *c, struct ohm_activity *a);

void ohm_cycle_stats(const struct ohm_cycle *c, struct ohm_golden_stats *out);
/* As ohm_golden_geff. */
int ohm_cycle_geff(const struct ohm_cycle *c, unsigned tile, unsigned sel, unsigned row, unsigned col);
/* As ohm_golden_counter. */
uint32_t ohm_cycle_counter(const struct ohm_cycle *c, unsigned tile, unsigned reg);

OHM_API_END

#endif
