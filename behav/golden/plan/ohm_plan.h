/* SPDX-License-Identifier: Apache-2.0
 * A descriptor, decoded once for all models: the golden model does it, the others ask for the
 * result. It knows registers and the configuration, no tile. */
#ifndef OHM_PLAN_H
#define OHM_PLAN_H

#include <stdint.h>

#include "ohm_config.h"
#include "ohm_map.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TILE_MAX = 256 }; /* tiles of a 16 x 16 mesh; also rows, columns and outputs of a tile */


struct ohm_slice_plan {
    unsigned lo, w, in, dev, neg, rs;
    unsigned first, last; /* rows driven */
    unsigned count, length; /* pulses of one tick; ticks of the integration */
    uint32_t gain;        /* Q2.14, 0: none */
    unsigned table;       /* the ramp climbs by RAMP_TAB */
    int32_t start, stop;
    int64_t lsb;
};

struct ohm_column_plan { /* a column that is scanned */
    uint8_t col, out, neg, data, reference;
    unsigned shift;
    uint32_t gain;
    int32_t trim;
};

struct ohm_walk_plan { /* a window walker, decoded; docs/explain/convolution.md */
    int on, is_signed;
    unsigned stream, pitch, first, count; /* bytes from pixel to pixel; bytes taken of one */
    int lines, pixels;                    /* of the map */
    int height, width, top, left;         /* of the window */
    int stride, across;                   /* from one to the next, in lines and in pixels */
    unsigned pad;                         /* byte of what lies outside the map */
    uint32_t line0;
};

struct ohm_block_plan { /* windows that become one vector */
    int rows, cols, first, step; /* blocks of an image; with `lines`, rows of windows */
    int height, width;           /* windows of a block */
    int stride, across;          /* from one block to the next, down and across */
    int lines, rows_walked;      /* a row of windows at a time; rows walked as one */
    int pooled, average, argmax; /* pooled: more than one window, in mode y */
    unsigned mean_scale, mean_shift, mean_down;
};

struct ohm_link_plan { /* duration links, decoded; docs/explain/links.md */
    unsigned in, out;     /* LINK_IN, LINK_OUT */
    unsigned first, count; /* rows that the link from the west drives */
    /* rows that are on for so long in every vector; ticks 0: none */
    unsigned bias_first, bias_last, bias_ticks;
};

struct ohm_staircase { /* amplitudes, then widths, of the pulses of a round */
    unsigned amp0, amp_step, amp_max, width0, width_max;
};

struct ohm_phase_plan { /* of the programming engine */
    unsigned w, k, first, margin, limit;
    int32_t start, stop;
    int64_t lsb;
    struct ohm_staircase stair[2]; /* reset, set */
};

struct ohm_program_plan { /* docs/reference/programming.md */
    unsigned stream, worked[2], part, codes; /* worked: plus, minus */
    unsigned first, step, count;             /* rows */
    unsigned erase_amp, erase_width, erase_set, erase_count;
    struct ohm_phase_plan phase[OHM_REG_PHASE_READ_COUNT];
};

struct ohm_drive_plan { /* what drives a column in a transposed read */
    uint8_t on, element, neg;
};

struct ohm_order_plan { /* ORDER, decoded */
    unsigned mask, first; /* descriptors in use; the lowest of them */
    unsigned lag;
    int alone; /* descriptor 0 and no other */
};

/* A descriptor, decoded; `transpose`: rows are driven columns, cols sensed rows. */
struct ohm_plan {
    unsigned desc, transpose;
    unsigned mode, psum, calib, is_signed, relu, o_signed, func, stream, nslice, shift;
    /* columns of kind reference are there; columns with TRIM or slices with MUL */
    int references, trimmed;
    /* cols: scanned; ncol: those of them that are not of kind off */
    unsigned rows, cols, outs, ncol;
    struct ohm_slice_plan slice[OHM_REG_SLICE_COUNT];
    struct ohm_column_plan column[TILE_MAX];
    struct ohm_drive_plan drive[TILE_MAX];
    struct ohm_walk_plan walk[OHM_REG_WINDOW_COUNT];
    struct ohm_block_plan block;
    struct ohm_link_plan link;
};

struct ohm_registers { /* what a descriptor is decoded from, as written */
    const uint32_t *reg;            /* from address 0 on */
    /* of each descriptor, of each column */
    const uint32_t (*colmap)[OHM_REG_COLMAP_COUNT], (*trim)[OHM_REG_TRIM_COUNT],
        (*drive)[OHM_REG_DRIVE_COUNT];
    int west, east;                 /* the tile has a neighbour there */
};

/* Decodes ORDER, and each descriptor of it into p[d]; the others are emptied. 0, or the detail of
 * event BAD_DESC: of the lowest descriptor at fault (bits 15:8) the lowest one when several things
 * are wrong. */
int ohm_plan_decode(struct ohm_plan p[OHM_DESC_MAX], struct ohm_order_plan *o,
                    const struct ohm_config *c, const struct ohm_registers *r);
/* Descriptor d's LSB_min. */
static inline uint32_t ohm_plan_lsb(const uint32_t *reg, unsigned d)
{
    return reg[d ? OHM_REG_DESC_LSB + d * OHM_REG_DESC_LSB_DESC : OHM_REG_MACRO_LSB];
}
/* The longer side of a tile's sensed lines, and of its outputs. */
static inline unsigned ohm_plan_side(const struct ohm_config *c)
{
    return (unsigned)(c->transpose && c->rows > c->cols ? c->rows : c->cols);
}
/* The programming engine's registers, from address 0 on. 0, or the detail of event BAD_DESC. */
int ohm_plan_program(struct ohm_program_plan *p, const struct ohm_config *c, const uint32_t *reg);
/* The walkers' part. alone: no other descriptor is in use. 1: it is refused. */
int ohm_plan_walk(struct ohm_plan *p, const struct ohm_config *c, const struct ohm_registers *r,
                  int alone);
/* Reads of the input buffer for a window (walker 0) or its residual (1); 0: the walker is off. */
unsigned ohm_plan_reads(const struct ohm_plan *p, unsigned walker);

/* Signed ticks of row r: ticks, unless it is a bias row. */
static inline int16_t ohm_plan_bias(const struct ohm_plan *p, const struct ohm_slice_plan *s,
                                    unsigned r, int16_t ticks)
{
    const unsigned most = (1u << s->w) - 1;

    if (!p->link.bias_ticks || r < p->link.bias_first || r > p->link.bias_last)
        return ticks;
    return (int16_t)(p->link.bias_ticks < most ? p->link.bias_ticks : most);
}

#ifdef __cplusplus
}
#endif

#endif
