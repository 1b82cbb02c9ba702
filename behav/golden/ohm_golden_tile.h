/* SPDX-License-Identifier: Apache-2.0
 * One tile of the golden model: registers, slots, descriptor, and the vectors it has computed.
 *
 * Private to behav/golden. The tile knows no time: a vector is computed the moment its input is whole, and leaves the
 * moment its partial sum is. What it computed stays in a ring until the traces have retired it. */
#ifndef OHM_GOLDEN_TILE_H
#define OHM_GOLDEN_TILE_H

#include <stdint.h>

#include "ohm_array.h"
#include "ohm_config.h"
#include "ohm_golden.h"
#include "ohm_golden_fifo.h"
#include "ohm_golden_hooks.h"
#include "ohm_golden_slots.h"
#include "ohm_packet.h"

enum {
    TILE_MAX = 256,      /* 16 x 16 mesh; also rows, columns and outputs of a tile */
    PAYLOAD_CFG_MAX = 64, /* flits of CFG_WR and PROG */
    PAYLOAD_MIN = 64      /* longest payload on the mesh: this or the columns, whichever is more */
};

enum { MODE_PSUM, MODE_Y, MODE_V };          /* DESC.MODE */
enum { IN_ALL, IN_POSITIVE, IN_NEGATIVE };   /* SLICE.IN */
enum { FUNC_LINEAR, FUNC_TABLE, FUNC_THRESHOLD }; /* DESC.FUNC */

struct slice_plan {
    unsigned lo, w, in, dev, neg, rs;
    unsigned first, last; /* rows driven */
    unsigned count, length; /* pulses of one tick; ticks of the integration */
    uint32_t gain;        /* Q2.14, 0: none */
    unsigned table;       /* the ramp climbs by RAMP_TAB */
    int32_t start, stop;
    int64_t lsb;
};

struct column_plan { /* a column that is scanned */
    uint8_t col, out, neg, data, reference;
    unsigned shift;
    uint32_t gain;
    int32_t trim;
};

struct walk_plan { /* a window walker, decoded; docs/explain/convolution.md */
    int on, is_signed;
    unsigned stream, pitch, first, count; /* bytes from pixel to pixel; bytes taken of one */
    int lines, pixels;                    /* of the map */
    int height, width, stride, top, left; /* of the window */
    uint32_t line0;
};

struct block_plan { /* windows that become one vector */
    int rows, cols, first, step; /* blocks of an image */
    int height, width, stride;   /* windows of a block */
    int pooled, average, argmax; /* pooled: more than one window, in mode y */
    unsigned mean_scale, mean_shift;
};

struct link_plan { /* duration links, decoded; docs/explain/links.md */
    unsigned in, out;     /* LINK_IN, LINK_OUT */
    unsigned first, count; /* rows that the link from the west drives */
    unsigned bias_first, bias_last, bias_ticks; /* rows that are on for so long in every vector; ticks 0: none */
};

struct plan { /* the descriptor, decoded */
    unsigned mode, psum, calib, is_signed, relu, o_signed, func, stream, nslice, shift;
    int references, trimmed; /* columns of kind reference are there; columns with TRIM or slices with MUL */
    unsigned rows, cols, outs, ncol; /* cols: scanned; ncol: those of them that are not of kind off */
    struct slice_plan slice[OHM_REG_SLICE_COUNT];
    struct column_plan column[TILE_MAX];
    struct walk_plan walk[OHM_REG_WINDOW_COUNT];
    struct block_plan block;
    struct link_plan link;
};

struct walker { /* where it is in its stream */
    uint32_t image; /* number of the image's line 0 */
    int taken;      /* lines of the image */
};

struct calib { /* a tile that calibrates; docs/explain/calibration.md */
    uint32_t state, seq, left; /* generator; number of the next vector; vectors to make */
    struct calib_sum { uint32_t y; uint64_t yy, yp; } sum[TILE_MAX]; /* modulo 2^32, 2^48 */
};

struct vmm { /* one vector in the tile, from its input to its last trace record */
    uint32_t seq;
    uint16_t ncol, nslice, nres; /* expected records: ncol * nslice codes, nres results */
    uint8_t poison;              /* input was poison: no records */
    uint8_t no_result;           /* partial sum was poison: the codes may be missing, all of them; no results */
    uint8_t abandoned;           /* the tile was disabled under it: any record may be missing */
    uint8_t cols[TILE_MAX];      /* columns in scan order */
    int16_t *codes;              /* slice by slice, ncol each */
    int32_t *acc, *y;
    uint16_t duration[TILE_MAX]; /* LINK_OUT: code - START of each column */
    int16_t last_trip[OHM_REG_SLICE_COUNT]; /* with early stop, from a computation that keeps no codes */
};

struct vmm_ring { /* four cursors over one sequence of vectors, numbers never wrap */
    struct vmm **at;
    uint32_t capacity; /* power of two */
    uint64_t tail;     /* computed up to here */
    uint64_t done;     /* left the tile up to here (partial sum was there) */
    uint64_t code;     /* codes checked up to here */
    uint64_t result;   /* results checked up to here */
    uint32_t code_col, code_slice, code_at, result_at; /* progress inside the vectors at `code` and `result` */
};

struct read_wait { /* a CFG_RD whose answer has not come */
    uint32_t tag, addr, value;
    uint32_t mask; /* bits of the value to compare; 0 when it depends on time */
};

struct tile {
    struct ohm_golden *g;
    unsigned number, x, y; /* number: y * 16 + x */
    struct ohm_array *array;

    uint32_t reg[OHM_REG_MACRO_TIME + 1]; /* as written */
    uint32_t colmap[OHM_REG_COLMAP_COUNT], bias[OHM_REG_BIAS_COUNT], scale[OHM_REG_SCALE_COUNT];
    uint32_t ramp_tab[OHM_REG_RAMP_TAB_COUNT], table[OHM_REG_TABLE_COUNT], trim[OHM_REG_TRIM_COUNT], refcoef[OHM_REG_REFCOEF_COUNT];
    uint32_t counter[OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT - OHM_REG_CNT_VMM];
    int enabled, bad_desc;
    int stale_plan; /* a register was written since the plan was decoded */
    unsigned plan_version; /* counts decodings */

    struct slots stream[OHM_REG_STREAM_COUNT], psum;
    struct plan plan;
    struct walker walker[OHM_REG_WINDOW_COUNT];
    int block_row, image_poison; /* of the image: next block row; a line taken is poison */
    uint32_t window_seq;         /* number of the next window */
    struct ohm_fifo residual;    /* of windows, a word an output */
    struct ohm_fifo linked;      /* vectors from the west: durations, none for poison */
    uint32_t link_seq;           /* number of the next one */
    struct calib calib;
    struct vmm_ring ring;

    int block_windows, block_poison; /* of the block that is being pooled: windows in it; one was poison */
    int32_t block_y[TILE_MAX];       /* largest y, or their sum */
    uint32_t leave_count;            /* vectors that left since enable */

    struct ohm_fifo expected; /* checking: packets for the host */
    struct read_wait read[16];
    unsigned nread;
    uint16_t credit_last[16]; /* checking: last limit sent to the host, by CHAN */
    uint16_t credit_seen;     /* bit c: credit_last[c] is valid */
};

/* Computes the accumulators of one vector, without partial sum, into v (checking: its codes too), and counts. */
typedef void (*ohm_compute)(struct tile *t, struct vmm *v, const uint32_t *input, uint32_t input_words);

struct ohm_golden {
    struct ohm_config config;
    ohm_compute compute; /* ohm_tile_compute, or one with the same numbers that is faster (behav/fast) */
    void *compute_user;
    struct tile *tile[TILE_MAX]; /* by tile number, NULL where none stands */
    struct ohm_fifo inside;      /* packets on their way from tile to tile */
    struct ohm_fifo host;        /* functional use: packets for the host */
    int checking;
    ohm_golden_observer observer;
    void *observer_user;
    const struct ohm_golden_hooks *hooks;
    struct ohm_golden_stats stats;
    struct ohm_error fault; /* out of memory, kernel differs from the naive loop: every later check fails with it */
    int16_t ticks[TILE_MAX];
    int32_t q[TILE_MAX], q_naive[TILE_MAX];
};

#define COUNTER(t, name) ((t)->counter[OHM_REG_CNT_##name - OHM_REG_CNT_VMM])

struct tile *ohm_tile_new(struct ohm_golden *g, unsigned x, unsigned y, const struct ohm_device_model *device,
                          uint64_t seed, struct ohm_error *err);
void ohm_tile_free(struct tile *t);

/* Would the tile drop this packet? 0, or the event code with the reason in err. from_host: see struct slots. */
int ohm_tile_refuses(const struct tile *t, const struct ohm_header *h, const uint32_t *payload, int from_host,
                     struct ohm_error *err);
/* Takes a packet that is not refused and does what follows from it in this tile. */
void ohm_tile_take(struct tile *t, const struct ohm_header *h, const uint32_t *payload);
void ohm_tile_event(struct tile *t, unsigned code, uint32_t detail);
uint32_t ohm_tile_read(const struct tile *t, unsigned addr);
/* Decodes the descriptor into t->plan: 0, or the detail word of event BAD_DESC. */
int ohm_tile_plan(struct tile *t);

/* Starts and finishes every vector that can be. */
void ohm_tile_run(struct tile *t);
/* Sends a packet to the host; HOST, X and Y are filled in. */
void ohm_tile_to_host(struct tile *t, struct ohm_header h, const uint32_t *payload);

void ohm_tile_compute(struct tile *t, struct vmm *v, const uint32_t *input, uint32_t input_words);
/* Adds the partial sum and the residual (NULL: none) and post-processes. */
void ohm_tile_post(struct tile *t, struct vmm *v, const uint32_t *psum, const uint32_t *residual);

/* The stream's first slots are free: credits for the host. */
void ohm_tile_free_oldest(struct tile *t, unsigned stream);
/* One vector from an input that is whole, or poison (input NULL); `words` of it. */
void ohm_tile_start(struct tile *t, uint32_t seq, const uint32_t *input, uint32_t words);
/* Takes the stream's next vector; 1: it is poison. */
int ohm_tile_next(struct tile *t, struct slots *s);

/* Windows (ohm_golden_window.c): the walkers' part of the plan, 1 if it is refused; places after enable; all windows whose
 * lines have come. */
int ohm_window_plan(struct tile *t);
void ohm_window_reset(struct tile *t);
void ohm_window_run(struct tile *t);
/* Reads of the input buffer for a window and its residual; 0: no windows. */
unsigned ohm_window_reads(const struct tile *t);
/* A vector is done (y: as on the trace port): pools it, picks the class. 1: y, of *n words, leaves now, *poison or not. */
int ohm_window_pool(struct tile *t, int32_t *y, unsigned *n, int *poison);

/* Calibration (ohm_golden_calib.c): 1: the descriptor is refused; after enable; the next vector, unless enough wait for their partial sums or all
 * are made; an output and what it should be; a word of CALIB_SUM. */
int ohm_calib_refuses(const struct tile *t);
void ohm_calib_reset(struct tile *t);
int ohm_calib_start(struct tile *t);
void ohm_calib_add(struct tile *t, unsigned o, int64_t y0, uint32_t expected);
uint32_t ohm_calib_read(const struct tile *t, unsigned addr);

/* Duration links (ohm_golden_link.c): the plan's part, 0 or what is wrong; after enable and disable; a vector is on its way to the east; all that
 * have come from the west. */
int ohm_link_plan(struct tile *t);
/* Code of charge q of column col in slice k: ramp, ramp table or another converter, ideal or not. *clip as of ohm_adc. */
int32_t ohm_tile_code(const struct tile *t, const struct slice_plan *s, uint32_t seq, unsigned k, unsigned col, int32_t q, int *clip);
void ohm_link_reset(struct tile *t, int on);
void ohm_link_send(struct tile *t, const struct vmm *v);
void ohm_link_run(struct tile *t);
/* Signed ticks of row r: ticks, unless it is a bias row. */
static inline int16_t ohm_link_bias(const struct plan *p, const struct slice_plan *s, unsigned r, int16_t ticks)
{
    const unsigned most = (1u << s->w) - 1;

    if (!p->link.bias_ticks || r < p->link.bias_first || r > p->link.bias_last)
        return ticks;
    return (int16_t)(p->link.bias_ticks < most ? p->link.bias_ticks : most);
}

/* Tells the hooks of a vector that was just computed (input: its words). */
void ohm_tile_tell_vector(struct tile *t, const struct vmm *v, const uint32_t *input, uint32_t input_words);

/* Called by a tile: a packet leaves it. */
void ohm_golden_route(struct tile *t, const struct ohm_header *h, const uint32_t *payload);
/* First fault wins. */
void ohm_golden_fault(struct ohm_golden *g, const char *text);
/* -1 and the fault's line when there was one. */
int ohm_golden_faulty(const struct ohm_golden *g, struct ohm_error *err);

void ohm_vmm_free(struct vmm *v);
/* Vectors before this one are used no more. */
uint64_t ohm_ring_oldest(const struct tile *t);
/* Vector whose next code (result) is expected, NULL when none is; skip gives up what is left of it. */
struct vmm *ohm_code_front(struct vmm_ring *r);
struct vmm *ohm_result_front(struct vmm_ring *r);
void ohm_code_skip(struct vmm_ring *r);
void ohm_result_skip(struct vmm_ring *r);

/* Codes expected of a vector; 0 for poison. */
static inline uint32_t vmm_codes(const struct vmm *v)
{
    return (uint32_t)v->ncol * v->nslice;
}

static inline struct vmm *vmm_at(const struct vmm_ring *r, uint64_t i)
{
    return r->at[i & (r->capacity - 1)];
}

#endif
