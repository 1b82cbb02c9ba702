/* SPDX-License-Identifier: Apache-2.0
 * Time in the compute core of a tile: rows, controller, ramp, capture, scan, post-process (rtl/core/ohm_core.v and its
 * parts). No numbers, but the step at which early stop ends a ramp. Private to behav/fast. */
#ifndef OHM_CYCLE_CORE_H
#define OHM_CYCLE_CORE_H

#include <stdint.h>

#include "ohm_map.h"

enum { CYCLE_BANKS_MAX = 8 };

struct cycle_slice {
    unsigned ticks; /* N */
    int start, stop;
    int steps; /* M: cycles of the conversion */
};

struct cycle_core {
    /* descriptor, fixed while it runs */
    unsigned banks, nslice, psum, rows1, cols1, outs1;
    struct cycle_slice slice[OHM_REG_SLICE_COUNT];
    int early_stop;
    int sum_delay; /* cycles from the last scan cycle to sum_done */

    /* rows: the load bank */
    enum { ROWS_IDLE, ROWS_LOAD, ROWS_END, ROWS_POISON } rows;
    unsigned word;
    int full, poison;
    uint32_t seq;

    /* controller */
    enum { CTRL_IDLE, CTRL_RESET, CTRL_TICK, CTRL_SETTLE, CTRL_ACQ } ctrl;
    int more;
    unsigned next; /* slice entry to read next */
    unsigned tick;
    struct cycle_read { /* a read and its way through ramp, capture and scan */
        unsigned slice, bank;
        int last;      /* of its vector */
        int last_trip; /* step of the last trip, STOP at the latest */
    } read, ramp, capture, scan;
    int16_t trips[OHM_REG_SLICE_COUNT]; /* of the vector being read */

    /* ramp */
    int en, first, fresh, busy, answer, answer_first;
    int step, answer_step;
    int left;

    /* capture and scan */
    int captured, all_done, scanning;
    unsigned scan_left;
    unsigned summed; /* the last scan cycles of final slices on their way: bit k, k + 1 cycles ago */
    uint8_t sum_bank[6];

    /* vectors in order */
    unsigned alloc, head, used;
    uint8_t done, poisoned; /* per bank */
    uint32_t seqs[CYCLE_BANKS_MAX];

    /* post-process */
    enum { POST_WAIT, POST_SWEEP, POST_FREE, POST_TAIL } post;
    unsigned index;
    int post_poison;
    uint32_t post_seq;

    uint32_t vmms, poisons; /* CNT_VMM, CNT_POISON */

    struct cycle_link { /* duration links (rtl/core/ohm_link.v) */
        int in, out;   /* descriptor */
        unsigned pace; /* cycles from one claim to the next */
        int known, poison, due;
        unsigned gap, claimed;
        uint32_t seq;
        int ready, claim, mark, start, pass; /* what the wires carry: to the west, to the east */
    } link;
};

struct cycle_core_in { /* as of the start of the cycle */
    int vec_valid, vec_poison;
    uint32_t vec_seq;
    int ps_valid, ps_poison;
    uint32_t ps_seq;
    int res_ready;
    int slice_held; /* a read-back holds the port of the slice table */
    int link_claim, link_mark, link_start, link_poison; /* from the west */
    int link_ready; /* from the east */
};

struct cycle_core_out {
    int vec_pop, ps_pop, rsd_pop, res_done, res_poison; /* rsd_pop: where there are residuals */
    uint32_t res_seq;
    int begins; /* a vector's first read: its trips are wanted in core->trips, before the next cycle */
    uint32_t begins_seq;
};

void cycle_core_stop(struct cycle_core *c); /* one cycle of run = 0 */
void cycle_core_init_end(struct cycle_core *c);
/* One cycle of run = 1. */
void cycle_core_step(struct cycle_core *c, const struct cycle_core_in *in, struct cycle_core_out *out);
/* Nothing happens in it until a vector comes. */
int cycle_core_idle(const struct cycle_core *c);

#endif
