/* SPDX-License-Identifier: Apache-2.0
 * C API of the Verilated chip (one shared object per configuration and mesh). It moves packets over
 * the AXI4-Stream ports, registers over AXI4-Lite, and hands out traces; it checks nothing itself.
 */
#ifndef OHM_RTL_H
#define OHM_RTL_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_golden.h" /* the trace records */

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_rtl; /* opaque */
struct ohm_physics;

struct ohm_rtl_options {
    const struct ohm_device_model *device;
    const struct ohm_physics *physics; /* of the macros, NULL: ideal */
    uint64_t seed;          /* of the devices, and of what registers and memories begin with */
    int blank;              /* these begin with 0 instead */
    int32_t trip_code;      /* OHM_TRIP_PHYSICS, or the fixed code of the bench macro */
    const char *wave_path;  /* FST file, NULL for none; needs a build with waves. It has its name
                             * when it is whole, until then it is FILE.part (ohm_wave.h) */
    /* called in cycle order; NULL: not wanted. Return non-zero to stop ohm_rtl_run at the end of
     * the cycle. */
    int (*on_code)(void *user, const struct ohm_trace_code *t);
    int (*on_result)(void *user, const struct ohm_trace_result *t);
    int (*on_pulse)(void *user, const struct ohm_trace_pulse *t);
    int (*on_vec)(void *user, const struct ohm_trace_vec *t);
    void *user;
};

/* The build's own sizes are checked against config; -1 names the first that differs. */
struct ohm_rtl *ohm_rtl_open(const struct ohm_config *config, const struct ohm_rtl_options *options,
                             struct ohm_error *err);
/* Ends the wave file before the chip is closed, if there is one. -1 + err: it is not whole, and
 * nothing is left of it. ohm_rtl_close does the same, and tells nobody. */
int ohm_rtl_end_wave(struct ohm_rtl *r, struct ohm_error *err);
void ohm_rtl_close(struct ohm_rtl *r);

/* Reset for so many cycles, at least 2, whatever is under way: packets on their way in or out are
 * gone, cells stay. */
void ohm_rtl_reset(struct ohm_rtl *r, unsigned cycles);

/* Queues a packet (CRC included, n flits) for the data (0) or configuration (1) class; the queue is
 * unbounded. */
int ohm_rtl_send(struct ohm_rtl *r, int config_class, const uint32_t *flits, size_t n,
                 struct ohm_error *err);
/* Next packet from the chip (CRC included): number of flits, 0 when none is waiting. */
size_t ohm_rtl_recv(struct ohm_rtl *r, uint32_t *flits, size_t max);
/* Packets queued and not yet wholly accepted by the chip, both classes. */
size_t ohm_rtl_queued(const struct ohm_rtl *r);
/* Runs up to `cycles` clocks; returns at once when a packet is ready to ohm_rtl_recv, early when
 * one arrives or a callback asked to stop. Returns the cycles run. */
uint64_t ohm_rtl_run(struct ohm_rtl *r, uint64_t cycles);
uint64_t ohm_rtl_cycle(const struct ohm_rtl *r);
/* Non-zero once the RTL called $finish (an illegal parameter): a failure. */
int ohm_rtl_finished(const struct ohm_rtl *r);
/* First illegal use of a macro's pins (ohm_rtl_run stops there), NULL when none: a failure. */
const char *ohm_rtl_fault_text(const struct ohm_rtl *r);

uint32_t ohm_rtl_axil_read(struct ohm_rtl *r, unsigned addr);
void ohm_rtl_axil_write(struct ohm_rtl *r, unsigned addr, uint32_t data);

/* Conductance in a macro (ohm_array_geff): tile y*16 + x of the mesh, sel 0 both devices, 1 plus, 2
 * minus. */
int ohm_rtl_geff(struct ohm_rtl *r, unsigned tile, unsigned sel, unsigned row, unsigned col);

/* Fault injection for negative tests: what: "stall_out" (hold m_axis_tready low for `arg` cycles).
 * 0 or -1. */
int ohm_rtl_fault(struct ohm_rtl *r, const char *what, uint64_t arg);

#ifdef __cplusplus
}
#endif

#endif
