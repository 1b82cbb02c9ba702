/* SPDX-License-Identifier: Apache-2.0
 * SystemC TLM-2.0 model of the chip behind a C API: packets in and out as on the chip's ports, time
 * in cycles of the tiles' clock.
 *
 * What the packets do is computed by the golden model, so results are the same bits as the RTL's;
 * when they do it follows from the timings documented in rtl/ and docs/explain/noc.md
 * (docs/reference/tlm.md says how). One chip at a time: SystemC has one kernel. */
#ifndef OHM_TLM_H
#define OHM_TLM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ohm_activity.h"
#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_golden.h"
#include "ohm_physics.h"
#include "ohm_tlm_timing.h"

OHM_API_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_tlm; /* opaque */

struct ohm_tlm_options {
    const struct ohm_device_model *device;
    const struct ohm_physics *physics; /* NULL: ideal */
    uint64_t seed;
    enum ohm_tlm_timing timing;
    double clock_mhz;           /* tiles and bridge; only rates and watts depend on it */
    unsigned noc_num, noc_den;  /* routers' clock = tiles' clock * num / den, 1 to 16 each */
    unsigned adc_steps;         /* ramp steps a cycle, 1 to 16 */
    FILE *trace;                /* a line for each packet delivered; NULL: none */
    ohm_golden_observer observer; /* sees every output of every VMM; NULL: none */
    void *user;
    struct ohm_activity *activity; /* counted into; NULL: none */
};

struct ohm_tlm_link { /* one direction of a link */
    unsigned x, y;         /* the router that sends */
    char port;             /* N E S W, L: to its tile; I: from the host into (0,0) */
    uint64_t packets, flits;
    uint64_t held;         /* routers' cycles in which a packet held it */
    /* routers' cycles in which packets waited for it at the head of a queue */
    uint64_t waited;
};

struct ohm_tlm_tile {
    unsigned x, y;
    uint64_t vectors;
    uint64_t integrating, ramping, scanning, sending; /* cycles */
    uint64_t first, last;  /* cycles of the first pulse and of the last output */
};

struct ohm_tlm *ohm_tlm_open(const struct ohm_config *config, const struct ohm_tlm_options *options,
                             struct ohm_error *err);
void ohm_tlm_close(struct ohm_tlm *t);

/* Queues a packet (n flits, without CRC) for the data (0) or configuration (1) class; the queue is
 * unbounded. */
int ohm_tlm_send(struct ohm_tlm *t, int config_class, const uint32_t *flits, size_t n,
                 struct ohm_error *err);
/* Next packet from the chip (without CRC): flits, 0 when none waits or max is too small. */
size_t ohm_tlm_recv(struct ohm_tlm *t, uint32_t *flits, size_t max);
size_t ohm_tlm_queued(const struct ohm_tlm *t);
/* Up to `cycles` cycles; returns at once when a packet waits, early when one arrives. -1 + err: a
 * fault inside. */
int ohm_tlm_run(struct ohm_tlm *t, uint64_t cycles, struct ohm_error *err);
uint64_t ohm_tlm_cycle(const struct ohm_tlm *t);
/* -1 + err when packets were lost in the mesh or at the bridge. */
int ohm_tlm_finish(struct ohm_tlm *t, struct ohm_error *err);
struct ohm_golden *ohm_tlm_golden(const struct ohm_tlm *t);

/* Forgets the figures of links and tiles: they count from here on. */
void ohm_tlm_restart(struct ohm_tlm *t);
/* Number of links (tiles); at most max are written. */
size_t ohm_tlm_links(const struct ohm_tlm *t, struct ohm_tlm_link *out, size_t max);
size_t ohm_tlm_tiles(const struct ohm_tlm *t, struct ohm_tlm_tile *out, size_t max);

#ifdef __cplusplus
}
#endif

OHM_API_END

#endif
