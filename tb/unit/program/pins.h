/* SPDX-License-Identifier: Apache-2.0
 * A programming engine that works a macro by its pins: docs/reference/programming.md, sentence by
 * sentence, without anything of the golden model. It tells of each code and pulse. */
#ifndef PINS_H
#define PINS_H

#include "ohm_config.h"
#include "ohm_golden.h" /* the trace records */
#include "ohm_macro.h"

struct pins_stair { unsigned amp0, amp_step, amp_max, width0, width_max; };
struct pins_phase {
    unsigned w, k, first, margin, limit, lsb;
    int start, stop;
    struct pins_stair reset, set;
};
struct pins_setting {
    unsigned part, codes, devices; /* devices: 1 plus, 2 minus, 3 both */
    unsigned erase_amp, erase_width, erase_set, erase_count;
    struct pins_phase phase[2];
};

struct pins {
    struct ohm_macro *macro;
    int rows, cols;
    uint32_t reads, fails, pulses, cells;
    long stop_after; /* pulses; negative: never */
    /* tell of what is done; non-zero: stop */
    int (*on_code)(void *user, const struct ohm_trace_code *c);
    int (*on_pulse)(void *user, const struct ohm_trace_pulse *p);
    void *user;
};

/* Works on a row; report: the words that leave, their number is returned. -1: stopped. */
int pins_row(struct pins *p, const struct pins_setting *s, unsigned row, const uint32_t *targets,
             uint32_t *report);

#endif
