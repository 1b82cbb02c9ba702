/* SPDX-License-Identifier: Apache-2.0
 * Golden model of the whole chip, bit for bit.
 *
 * It sees the packets that enter the chip, decodes registers and conductances from them, runs its
 * own dataflow keyed by (tile, seq) and knows every code, accumulator, output and host packet
 * before the chip produces it. It never looks into the RTL. It shares with the analog macro only
 * ohm_array (device noise and kernel); one VMM in 256 is re-checked by the naive loop. Used on its
 * own it is a functional simulator: ohm_golden_pop_result. */
#ifndef OHM_GOLDEN_H
#define OHM_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_golden; /* opaque */
struct ohm_array_device;
struct ohm_physics;

struct ohm_trace_code { /* one scanned column */
    uint64_t cycle;
    uint32_t seq;
    int32_t code;
    uint8_t tile, desc, slice, col;
};

struct ohm_trace_result { /* one committed output; y as on the trace port */
    uint64_t cycle;
    uint32_t seq;
    int32_t acc, y;
    uint8_t tile, desc, out;
};

struct ohm_trace_pulse { /* one pulse, as it begins; lines: bit i of word i/32 */
    uint64_t cycle;
    uint32_t rows[8], cols[8];
    uint8_t tile, set, dev, amp, width;
};

/* What a vector unit did, in its order: a word of memory, a scalar register, an instruction done, a
 * word of a send, the end of a run. Sends stand beside the others. */
enum ohm_trace_vec_kind {
    OHM_TRACE_VEC_WORD, OHM_TRACE_VEC_SCALAR, OHM_TRACE_VEC_INSTRUCTION, OHM_TRACE_VEC_SENT,
    OHM_TRACE_VEC_RUN
};
struct ohm_trace_vec {
    uint64_t cycle;
    uint32_t seq;   /* INSTRUCTION, RUN: number of the run */
    uint32_t at;    /* word, register, address of the instruction, code of the run's end */
    uint32_t value; /* WORD, SCALAR, SENT */
    uint8_t tile, kind, program; /* program: as seq */
};

struct ohm_golden_stats {
    /* VMMs whose every code and output was compared (checking), or computed (functional) */
    uint64_t vmms;
    uint64_t codes, results, packets; /* compared */
    uint64_t runs, instructions; /* of vector units; compared (checking) or done (functional) */
    uint64_t naive;         /* VMMs re-checked by the naive loop */
    uint64_t pulses;        /* compared (checking) or given (functional) */
    /* expected values of the tiles' counters, summed over tiles */
    uint64_t clip_lo, clip_hi, sat_in, sat_out;
    uint64_t credits, events; /* packets to the host that were found plausible */
};

struct ohm_golden *ohm_golden_new(const struct ohm_config *config,
                                  const struct ohm_device_model *device, uint64_t seed,
                                  struct ohm_error *err);
void ohm_golden_free(struct ohm_golden *g);

/* Wires, cells and readout of every macro (ohm_physics.h), before the first packet; the default is
 * ideal. */
int ohm_golden_set_physics(struct ohm_golden *g, const struct ohm_physics *physics,
                           struct ohm_error *err);

/* A packet entered the chip (n flits, without CRC). -1 + err: the chip would drop it, with the
 * reason; state unchanged but for CNT_EVENT. A multicast packet is dropped only when every one of
 * its tiles drops it. */
int ohm_golden_packet_in(struct ohm_golden *g, const uint32_t *flits, size_t n,
                         struct ohm_error *err);

/* Check what the chip did. 0: as expected; -1: mismatch, err says tile, VMM (seq), output or
 * column, slice, expected, got, cycle. */
int ohm_golden_check_code(struct ohm_golden *g, const struct ohm_trace_code *t,
                          struct ohm_error *err);
int ohm_golden_check_result(struct ohm_golden *g, const struct ohm_trace_result *t,
                            struct ohm_error *err);
/* A pulse: decision, mask, amplitude and width; the model's own cells get it. */
int ohm_golden_check_pulse(struct ohm_golden *g, const struct ohm_trace_pulse *t,
                           struct ohm_error *err);
/* A step of a vector unit. */
int ohm_golden_check_vec(struct ohm_golden *g, const struct ohm_trace_vec *t,
                         struct ohm_error *err);
int ohm_golden_check_packet_out(struct ohm_golden *g, const uint32_t *flits, size_t n,
                                uint64_t cycle, struct ohm_error *err);
/* End of a run: everything expected must have been seen, and at least one VMM or run of a
 * vector unit checked. */
int ohm_golden_finish(struct ohm_golden *g, struct ohm_error *err);

/* Functional use: with checking off (before the first packet) the model keeps no expectations, only
 * host packets to pop: results, answers, credits, events. Returns flits; 0 if none waits or max is
 * too small. */
void ohm_golden_set_checking(struct ohm_golden *g, int on);
size_t ohm_golden_pop_packet(struct ohm_golden *g, uint32_t *flits, size_t max);

/* Called for every output of every VMM as computed (acc before bias, y as on the trace port). */
typedef void (*ohm_golden_observer)(void *user, unsigned tile, uint32_t seq, unsigned out,
                                    int32_t acc, int32_t y);
void ohm_golden_observe(struct ohm_golden *g, ohm_golden_observer fn, void *user);

void ohm_golden_stats(const struct ohm_golden *g, struct ohm_golden_stats *out);

/* What register reg (CNT_*, or any that can be read) of tile y*16+x holds when the chip is idle; 0
 * outside the mesh. CNT_EVENT counts what the model dropped itself; how often packets met a full
 * slot or a busy read is a matter of time. */
uint32_t ohm_golden_counter(const struct ohm_golden *g, unsigned tile, unsigned reg);
/* As ohm_array_geff, sel 0 both, 1 plus, 2 minus; 0 outside the mesh. */
int ohm_golden_geff(const struct ohm_golden *g, unsigned tile, unsigned sel, unsigned row,
                    unsigned col);
/* One device of a macro, as pulses know it (ohm_array_device); all 0 outside the mesh. */
struct ohm_array_device ohm_golden_device(const struct ohm_golden *g, unsigned tile, unsigned dev,
                                          unsigned row, unsigned col);

OHM_API_END

#endif
