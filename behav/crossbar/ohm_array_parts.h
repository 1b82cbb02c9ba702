/* SPDX-License-Identifier: Apache-2.0
 * What an array holds, for its files. Private to ohm_array*.c. */
#ifndef OHM_ARRAY_PARTS_H
#define OHM_ARRAY_PARTS_H

#include "ohm_array.h"
#include "ohm_kernel.h"
#include "ohm_physics.h"
#include "ohm_readout.h"
#include "ohm_settle.h"
#include "ohm_switch.h"

enum { PLUS, MINUS, DEVICES };
enum { FORWARD, BACK, DIRECTIONS }; /* of a read: key->back */
enum { SELECTIONS = 8, SIZE_MAX_SIDE = OHM_KERNEL_ROWS_MAX };
/* Of the kernel's matrix: 2 G_max. What a device holds above that is in a matrix of its own. */
enum { NARROW_MAX = INT16_MAX };

struct programmed { /* one device */
    uint32_t events;
    uint16_t code;
};

struct pulsed { /* one device of an array that has had a pulse; set: index 1 */
    struct ohm_switch_device keeps;
    double w;
    uint32_t number, time, cycles; /* of loads and pulses; seconds at the last one; pulses */
    uint32_t got[2], felt[2];      /* units of width: its own, half-selects it has felt */
};

struct sensed { /* one device or one selection of a cell, as a read sees it */
    int g;    /* charge units a tick */
    float s2; /* variance of one read, units² */
};

struct view { /* of direction BACK: columns and rows change places */
    int16_t *g; /* NULL until first read */
    int32_t *above; /* [row * stride + col]: what g cannot hold; NULL until there is such a cell */
    float *s2;  /* NULL when there is no read noise */
};

struct ohm_array {
    int rows, cols;
    size_t stride[DIRECTIONS]; /* of views */
    enum ohm_simd simd;
    struct ohm_settler settler;
    uint64_t seed, read_key;
    unsigned macro;
    uint32_t seconds;
    struct programmed *cells[DEVICES];
    uint8_t *stale;     /* per cell: bit 1 << device, of which views are behind */
    uint8_t *stale_row; /* per row: some cell is */
    int any_stale;
    struct view views[DIRECTIONS][SELECTIONS];

    struct ohm_physics physics;
    int parallel;             /* devices in parallel per polarity */
    struct ohm_readout *readout[DIRECTIONS];
    /* effective conductances behind the wires, µS; NULL without wires, BACK before its first
     * read */
    double *behind[DIRECTIONS][DEVICES];
    unsigned unsolved;        /* bit d: behind[d] is older than the cells */
    int listed;               /* telegraphic[] is made */
    uint32_t *telegraphic, telegraphic_count; /* cells with telegraph noise */
    struct pulsed *pulsed;    /* [parallel][device][cell]; NULL before the first pulse */
    uint64_t pulse_devices, pulse_fj; /* of the last pulse */
    /* half-selects, units of width, [parallel][device][set][rows, columns, all]; NULL: disturb
     * nothing */
    uint32_t *half;
    uint64_t switch_key, pulse_key, half_key, seen_key;
    struct sensed *kept[DEVICES]; /* per cell of pulsed arrays: a device as it was sensed last */
    uint32_t seq;             /* vector whose interval the views are in */
    char fault[160];
};

enum { STALE_BOTH = 1 << PLUS | 1 << MINUS }; /* of a cell */

/* Lines that are driven, and those that are sensed. */
static inline int driven_lines(const struct ohm_array *a, int back)
{
    return back ? a->cols : a->rows;
}

static inline int sensed_lines(const struct ohm_array *a, int back)
{
    return back ? a->rows : a->cols;
}

static inline size_t cell_index(const struct ohm_array *a, unsigned row, unsigned col)
{
    return (size_t)row * (size_t)a->cols + col;
}

/* The device was loaded (ohm_array_pulse.c). */
void ohm_array_loaded(struct ohm_array *a, unsigned dev, size_t cell);
/* Conductances of one device of cells of a row by their states, before they settle: the same,
 * sooner. Of an array that has no half-selects to feel. */
void ohm_array_reached_row(const struct ohm_array *a, unsigned dev, unsigned row,
                           const uint16_t *cols, int n, double *g);
/* Whether devices can be refreshed by themselves, many at a time: nothing else has a part in what
 * one of them conducts. Then: senses one device of the stale cells of a row into kept[]
 * (ohm_array_refresh.c). */
int ohm_array_alone(const struct ohm_array *a);
void ohm_array_refresh_row(struct ohm_array *a, unsigned dev, unsigned row);
/* A conductance, in units, as a whole number of them. One that no charge could be computed of is
 * told of by name. */
int ohm_array_whole(struct ohm_array *a, unsigned dev, unsigned row, unsigned col, double units);
static inline double ohm_array_unit(const struct ohm_array *a) /* uS */
{
    return a->parallel * ((a->settler.device->g_max - a->settler.device->g_min) / OHM_CODE_MAX);
}
/* Conductance of a device by its state, before it settles. */
double ohm_array_reached(const struct ohm_array *a, unsigned dev, unsigned parallel, unsigned row,
                         unsigned col);
static inline struct pulsed *pulsed_at(const struct ohm_array *a, unsigned dev, unsigned parallel,
                                       size_t cell)
{
    return &a->pulsed[(parallel * DEVICES + dev) * (size_t)a->rows * (size_t)a->cols + cell];
}
/* Which device it is, for the keys of draws. */
static inline uint64_t place_of(unsigned dev, unsigned parallel, unsigned row, unsigned col)
{
    return (uint64_t)(dev + DEVICES * parallel) << 32 | row << 16 | col;
}

/* Marks every cell: no view holds what it is now (ohm_array.c). */
void ohm_array_all_stale(struct ohm_array *a);
/* One of the devices in parallel, without wires and telegraph noise (ohm_array_read.c). */
struct ohm_settled ohm_array_settle(const struct ohm_array *a, unsigned dev, unsigned parallel,
                                    unsigned row, unsigned col);
/* The view, up to date; NULL when there is no memory for it (ohm_array_read.c). */
struct view *ohm_array_view(struct ohm_array *a, int back, enum ohm_cell_sel sel);
/* q of a sensed line = Σ t·g over the driven ones, held to 32 bits as a charge is. */
void ohm_array_product(const struct ohm_array *a, int back, const struct view *v,
                       const int16_t *t, int32_t *q);
/* Solves the network of wires for what is programmed now (ohm_array_wires.c): behind[back], or
 * fault. */
void ohm_array_solve_wires(struct ohm_array *a, int back);

#endif
