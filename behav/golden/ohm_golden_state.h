/* SPDX-License-Identifier: Apache-2.0
 * What a tile of the golden model holds: registers, slots, descriptor, and the vectors it has
 * computed. Private to behav/golden.
 *
 * The tile knows no time: a vector is computed the moment its input is whole, and leaves the moment
 * its partial sum is. What it computed stays in a ring until the traces have retired it.
 *
 * Each room has one header, and includes only those before it in this list: plan; state; shell/out,
 * what leaves; core, one vector; shell/ring, the vectors that are checked; shell/flow, how one
 * begins; program, the engine; vec, a vector tile; walk; tile, registers and packets; the chip. */
#ifndef OHM_GOLDEN_STATE_H
#define OHM_GOLDEN_STATE_H

#include <stdint.h>

#include "ohm_array.h"
#include "ohm_config.h"
#include "ohm_fifo.h"
#include "ohm_golden.h"
#include "ohm_golden_hooks.h"
#include "ohm_golden_model.h"
#include "ohm_golden_slots.h"
#include "ohm_packet.h"
#include "ohm_reg.h"
#include "ohm_plan.h"

struct walker { /* where it is in its stream */
    uint32_t image; /* number of the image's line 0 */
    int taken;      /* lines of the image */
};

struct calib { /* a tile that calibrates; docs/explain/calibration.md */
    uint32_t state, seq, left; /* generator; number of the next vector; vectors to make */
    struct calib_sum { uint32_t y; uint64_t yy, yp; } sum[TILE_MAX]; /* modulo 2^32, 2^48 */
};

/* The programming engine (docs/reference/programming.md), between two things that are seen from
 * outside: a read, a pulse, the end of a row. */
enum program_step { PROGRAM_WAIT, PROGRAM_READ, PROGRAM_PULSE };
struct program {
    int on;        /* it runs, or ran until the tile was disabled, in place of the descriptor */
    int abandoned; /* the tile was disabled: what the chip still does may come or not */
    struct ohm_program_plan plan;
    enum program_step next;        /* what comes next; WAIT: a vector */
    uint32_t seq, position, read;  /* number of the row's vector; rows begun; number of the read */
    uint32_t rows, fails, pulses, cells;
    unsigned row, dev;             /* under way; 0 plus, 1 minus */
    uint32_t target[TILE_MAX];     /* as they came */
    unsigned erase_left, phase, final, reads_left; /* final: the read for the report */
    unsigned iterations, in_phase; /* of the device; of the phase */
    unsigned set, ended, amp, width; /* polarity of the round; its staircase */
    uint8_t left_alone[TILE_MAX], refused[TILE_MAX], accepted[TILE_MAX];
    int32_t sum[TILE_MAX];         /* of the codes of the verify read */
    int16_t code[TILE_MAX];        /* of the last read */
    unsigned checked;              /* of those */
    struct ohm_array_pulse pulse;  /* that comes next, to the row and these columns */
    uint32_t cols[TILE_MAX / 32];
    uint32_t device_cells;         /* selected for the device so far */
    enum ohm_golden_engine_way way; /* that it has taken from the last read or pulse */
    int32_t report[TILE_MAX];
};

struct vmm { /* one vector in the tile, from its input to its last trace record */
    uint32_t seq;
    uint8_t desc;
    uint16_t ncol, nslice, nres; /* expected records: ncol * nslice codes, nres results */
    uint8_t poison;              /* input was poison: no records */
    /* partial sum was poison: the codes may be missing, all of them; no results */
    uint8_t no_result;
    uint8_t abandoned;           /* the tile was disabled under it: any record may be missing */
    uint8_t cols[TILE_MAX];      /* columns in scan order */
    int16_t *codes;              /* slice by slice, ncol each */
    int32_t *acc, *y;
    uint16_t duration[TILE_MAX]; /* LINK_OUT: code - START of each column */
    /* with early stop, for hooks: highest code of all columns scanned */
    int16_t last_trip[OHM_REG_SLICE_COUNT];
};

struct vmm_ring { /* four cursors over one sequence of vectors, numbers never wrap */
    struct vmm **at;
    uint32_t capacity; /* power of two */
    uint64_t tail;     /* computed up to here */
    uint64_t done;     /* left the tile up to here (partial sum was there) */
    uint64_t code;     /* codes checked up to here */
    uint64_t result;   /* results checked up to here */
    /* progress inside the vectors at `code` and `result` */
    uint32_t code_col, code_slice, code_at, result_at;
};

struct read_wait { /* a CFG_RD whose answer has not come */
    uint32_t tag, addr, value;
    uint32_t mask; /* bits of the value to compare; 0 when it depends on time */
};

/* What a kind of tile does in its own way: a table in its own file, in a list that is made from
 * sim/configs/ohmic.json. Packets, slots, credits, routes and the registers of the shell are every
 * tile's. A function that is NULL has nothing to do. */
struct tile;
struct ohm_tile_kind {
    const char *name; /* as an error line says it */
    int cells;        /* it has a crossbar: SHAPE has rows, it takes PROG and PSUM, has links */
    /* -1: out of memory, or err has another reason */
    int (*make)(struct tile *t, const struct ohm_device_model *device, uint64_t seed,
                struct ohm_error *err);
    void (*free)(struct tile *t);
    /* Its state again for a copy of the tile, which checks nothing. -1: out of memory. */
    int (*copy)(struct tile *t, const struct tile *from);
    uint32_t (*enable)(struct tile *t); /* detail of the refusal, or 0 */
    void (*disable)(struct tile *t);
    void (*run)(struct tile *t);        /* something has come */
    void (*expire)(struct tile *t);     /* a timed model: what is due has waited long enough */
    uint32_t (*head)(const struct tile *t); /* SEQ_HEAD */
    /* Registers from OHM_REG_VSHAPE up. known: a read has one right answer. */
    void (*write)(struct tile *t, unsigned addr, uint32_t value);
    uint32_t (*read)(const struct tile *t, unsigned addr);
    int (*known)(const struct tile *t, unsigned addr);
    /* Checking: the chip returns a credit for more than the model has freed. Frees what the chip
     * may have freed by itself; 0: nothing. */
    int (*freed)(struct tile *t);
    /* Checking: nothing is due, and all that was expected has been seen. */
    int (*finish)(struct tile *t, struct ohm_error *err);
};

struct tile {
    struct ohm_golden *g;
    unsigned number, x, y; /* number: y * 16 + x */
    const struct ohm_tile_kind *kind;
    const struct ohm_regs *regs; /* what a tile of its kind has */
    struct ohm_array *array;     /* a tile with cells */
    void *own;                   /* what the kind keeps besides */

    uint32_t reg[OHM_REG_SLICE + OHM_DESC_MAX * OHM_REG_SLICE_DESC]; /* as written */
    uint32_t ramp_tab[OHM_REG_RAMP_TAB_COUNT], table[OHM_REG_TABLE_COUNT];
    /* of each descriptor */
    uint32_t colmap[OHM_DESC_MAX][OHM_REG_COLMAP_COUNT], bias[OHM_DESC_MAX][OHM_REG_BIAS_COUNT],
        scale[OHM_DESC_MAX][OHM_REG_SCALE_COUNT], trim[OHM_DESC_MAX][OHM_REG_TRIM_COUNT],
        refcoef[OHM_DESC_MAX][OHM_REG_REFCOEF_COUNT], drive[OHM_DESC_MAX][OHM_REG_DRIVE_COUNT];
    uint32_t counter[OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT - OHM_REG_CNT_VMM];
    int enabled, bad_desc;
    int stale_plan; /* a register was written since the plan was decoded */
    unsigned plan_version; /* counts decodings */

    struct slots stream[OHM_REG_STREAM_COUNT], psum[OHM_DESC_MAX];
    struct ohm_plan plan[OHM_DESC_MAX];
    struct ohm_order_plan order;
    unsigned turn, behind; /* descriptor of the next vector; numbers that the first is ahead by */
    struct walker walker[OHM_REG_WINDOW_COUNT];
    int block_row, image_poison; /* of the image: next block row; a line taken is poison */
    uint32_t window_seq;         /* number of the next window */
    struct ohm_fifo residual;    /* of windows, a word an output */
    struct ohm_fifo linked;      /* vectors from the west: durations, none for poison */
    uint32_t link_seq;           /* number of the next one */
    struct calib calib;
    struct program program;
    struct vmm_ring ring;

    /* of the block that is being pooled: windows in it; one was poison */
    int block_windows, block_poison;
    int32_t block_y[TILE_MAX];       /* largest y, or their sum */
    uint32_t leave_count;            /* vectors that left since enable */

    struct ohm_fifo expected; /* checking: packets for the host */
    struct read_wait read[16];
    unsigned nread;
    uint16_t credit_last[16]; /* checking: last limit sent to the host, by CHAN */
    uint16_t credit_seen;     /* bit c: credit_last[c] is valid */
};

struct ohm_golden {
    struct ohm_config config;
    struct ohm_regs regs[OHM_KIND_COUNT]; /* what a tile of a kind has */
    /* NULL: ohm_tile_compute, else one with the same numbers that is faster */
    ohm_golden_compute compute;
    void *compute_user;
    /* ohm_tile_run: something has come for the tile from its neighbour */
    void (*wake)(struct tile *t);
    int shares;                   /* the tiles' arrays are another model's */
    struct tile *tile[TILE_MAX]; /* by tile number, NULL outside the mesh */
    struct ohm_fifo inside;      /* packets on their way from tile to tile */
    struct ohm_fifo host;        /* functional use: packets for the host */
    int checking, programming; /* tiles whose engine runs */
    ohm_golden_observer observer;
    void *observer_user;
    const struct ohm_golden_hooks *hooks;
    struct ohm_golden_stats stats;
    /* out of memory, kernel differs from the naive loop: every later check fails with it */
    struct ohm_error fault;
    int16_t ticks[TILE_MAX];
    int32_t q[TILE_MAX], q_naive[TILE_MAX];
};

#define COUNTER(t, name) ((t)->counter[OHM_REG_CNT_##name - OHM_REG_CNT_VMM])

static inline struct vmm *vmm_at(const struct vmm_ring *r, uint64_t i)
{
    return r->at[i & (r->capacity - 1)];
}

#endif
