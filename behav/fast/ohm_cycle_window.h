/* SPDX-License-Identifier: Apache-2.0
 * Time in the window walker and in pooling (rtl/walk/ohm_window.v, ohm_walker.v, ohm_pool.v). Private to behav/fast. */
#ifndef OHM_CYCLE_WINDOW_H
#define OHM_CYCLE_WINDOW_H

#include <stdint.h>

#include "ohm_config.h"
#include "ohm_map.h"

struct cycle_window {
    /* registers, fixed while it runs */
    unsigned stream[OHM_REG_WINDOW_COUNT];
    unsigned rows1, cols1, pool_h1, pool_w1; /* blocks of an image; windows of a block */
    int residual;
    unsigned start, res_slots; /* cycles from enable to the first row; vectors in the residual's queue */
    struct cycle_walk {
        int lines1, top, step, span1; /* step: lines from a block row to the next */
        unsigned fill;                /* cycles to assemble a window */
        /* lines of the image */
        int row_y, lo, hi, taken, freed;
    } walk[OHM_REG_WINDOW_COUNT];

    enum { WINDOW_OFF, WINDOW_ROW, WINDOW_LINES, WINDOW_WAIT, WINDOW_FILL, WINDOW_TURN, WINDOW_STEP } state;
    unsigned age;              /* cycles since enable, up to start */
    unsigned by, j, dx, dy;
    int spoilt, second, fill, give;
    unsigned left;             /* cycles of WINDOW_FILL */
    uint8_t full, poison;
    uint32_t seq;
    unsigned held;             /* vectors in the residual's queue */
};

struct cycle_lines { /* what happens to lines in a cycle: stream, -1: nothing */
    int take, pop;
};

int cycle_window_on(const struct ohm_config *config, const uint32_t *reg);
/* Number of a stream's first vector after enable. */
uint32_t cycle_window_first(const struct ohm_config *config, const uint32_t *reg, unsigned stream);
/* Registers that are refused at enable. */
int cycle_window_bad(const struct ohm_config *config, const uint32_t *reg);
void cycle_window_stop(struct cycle_window *w, uint32_t seq_base); /* one cycle of enable = 0 */
/* What happens to lines in this cycle; valid, poison: of each stream. */
struct cycle_lines cycle_window_lines(const struct cycle_window *w, const uint8_t *valid);
/* One cycle of enable = 1, walker 0 on; what cycle_window_lines said happens. */
void cycle_window_step(struct cycle_window *w, const struct ohm_config *config, const uint32_t *reg, struct cycle_lines lines,
                       const uint8_t *poison, int run, int vec_pop, int rsd_pop);
/* Nothing happens in it until a line comes. */
int cycle_window_idle(const struct cycle_window *w, const uint8_t *valid);

struct cycle_pool {
    unsigned dx, dy;
    int spoilt;
    unsigned done, argmax;     /* bit k: k + 1 cycles ago */
    int poison;                /* of the vector on its way */
    uint32_t seq;
};

struct cycle_result { /* a vector for the output stage, or none */
    int done, poison;
    uint32_t seq;
};

void cycle_pool_stop(struct cycle_pool *p);
int cycle_pool_ready(const struct cycle_pool *p, const struct ohm_config *config, const uint32_t *reg, int res_ready);
/* One cycle; in: what leaves the core. */
struct cycle_result cycle_pool_step(struct cycle_pool *p, const struct ohm_config *config, const uint32_t *reg, struct cycle_result in);

#endif
