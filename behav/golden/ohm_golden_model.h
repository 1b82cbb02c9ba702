/* SPDX-License-Identifier: Apache-2.0
 * What other models of the chip (behav/fast, behav/tlm) need of the golden model: its decoded
 * descriptors, its faults, and, to run images side by side, copies of it that share the arrays and
 * may be moved from image to image. */
#ifndef OHM_GOLDEN_MODEL_H
#define OHM_GOLDEN_MODEL_H

#include "ohm_array.h"
#include "ohm_fifo.h"
#include "ohm_golden.h"
#include "ohm_plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The tile's descriptors, by number, as of its last enable; NULL outside the mesh. */
const struct ohm_plan *ohm_golden_plan(const struct ohm_golden *g, unsigned tile);

/* Every later check fails with this text; the first one wins. */
void ohm_golden_fault(struct ohm_golden *g, const char *text);
/* -1 and the fault's line when there was one. */
int ohm_golden_faulty(const struct ohm_golden *g, struct ohm_error *err);
/* Packets for the host, in functional use. */
struct ohm_fifo *ohm_golden_host(struct ohm_golden *g);

struct ohm_golden_work { /* one vector in a tile, to be computed without its partial sum */
    unsigned tile;
    uint32_t seq;
    const struct ohm_config *config;
    const struct ohm_plan *plan;
    unsigned plan_version; /* counts decodings */
    struct ohm_array *array;
    const uint32_t *ramp_tab, *refcoef;
    int early_stop; /* a ramp ends with its last trip */
    int told;       /* somebody counts the steps */
    const uint32_t *input;
    uint32_t words; /* of it */
    int16_t *ticks; /* room for the rows … */
    int32_t *q;     /* … and the columns of one read */
    /* results */
    int32_t *acc;
    uint16_t *duration;  /* with a link to the east: code - START of each column */
    int16_t *last_trip;  /* early_stop: highest code of each slice, of columns of kind off too */
    uint32_t sat_in, clip_lo, clip_hi;
};
/* NULL, or what went wrong. */
typedef const char *(*ohm_golden_compute)(void *user, struct ohm_golden_work *w);
/* Makes a model that checks nothing compute by fn, which must give the same numbers; it keeps no
 * codes. */
void ohm_golden_compute_by(struct ohm_golden *g, ohm_golden_compute fn, void *user);

/* Registers and descriptors as of `from`, buffers empty, counters 0; computes by nothing but its
 * own loop, checks nothing. Shares the arrays of `from`, which must outlive it. NULL: out of
 * memory. */
struct ohm_golden *ohm_golden_share(const struct ohm_golden *from);
/* What `from` has counted goes to `to`. */
void ohm_golden_absorb(struct ohm_golden *to, struct ohm_golden *from);
/* A programming engine runs. */
int ohm_golden_programming(const struct ohm_golden *g);
/* Nothing is on its way in any tile. */
int ohm_golden_idle(const struct ohm_golden *g);
/* A tile is in use whose vectors follow from more than their numbers: a vector tile, whose memory
 * may hold what vectors before have left, or one with several descriptors. */
int ohm_golden_remembers(const struct ohm_golden *g);

struct ohm_golden_place { /* next numbers of a tile, or how far they have moved */
    uint32_t stream[OHM_REG_STREAM_COUNT], psum, window, link, leave, image[OHM_REG_WINDOW_COUNT];
};
/* All 0 outside the mesh. */
struct ohm_golden_place ohm_golden_place(const struct ohm_golden *g, unsigned tile);
/* Moves the numbers of a tile that holds nothing by so many steps. */
void ohm_golden_move(struct ohm_golden *g, unsigned tile, const struct ohm_golden_place *step,
                     uint32_t by);
/* Slots of a stream, or of the partial sums (stream OHM_REG_STREAM_COUNT); without a tile no end of
 * them. */
uint32_t ohm_golden_slots(const struct ohm_golden *g, unsigned tile, unsigned stream);

#ifdef __cplusplus
}
#endif

#endif
