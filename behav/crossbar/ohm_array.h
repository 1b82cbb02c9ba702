/* SPDX-License-Identifier: Apache-2.0
 * A programmed array of differential cells and its integer reads.
 *
 * Units: target codes 0…16384 (16384 = G_max of the device model); conductances and charges as in
 * docs/reference/numeric.md (one tick × G_max/2^14 at the read voltage). Everything is a pure
 * function of (device, seed, macro, what was programmed, key): same bits on any machine, thread
 * count or call order of reads. One array serves one thread at a time: reads bring its caches up to
 * date. */
#ifndef OHM_ARRAY_H
#define OHM_ARRAY_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_array; /* opaque */
struct ohm_device_model;
struct ohm_physics;
struct ohm_readout;

struct ohm_read_key { /* names one read; the noise is a function of all but `back` */
    uint32_t seq;
    uint8_t desc, slice;
    uint8_t back; /* 1: transposed: the columns are driven, the rows sensed */
};

#define OHM_CODE_MAX 16384 /* target code of G_max */
/* Largest conductance of a polarity, in units of G_max/2^14. Spread between devices and temperature
 * may take one far above G_max: every read up to this is exact, as far as a charge has bits, and
 * the first device above is named by ohm_array_fault. */
#define OHM_UNITS_MAX (128 * OHM_CODE_MAX)
/* What is known before any read must not go so far: the converters' ranges are set for G_max. A
 * measured map and the I-V curve at the read voltage may reach this many G_max and are refused
 * above. */
#define OHM_G_MAX_TIMES 4
#define OHM_TICKS_MAX 255  /* longest on-time of a row */

/* Devices that are read or pulsed; the last four are one device of a parallel pair (cell = 4t4r),
 * which OHM_CELL_PLUS and OHM_CELL_MINUS mean both of. 3 is none. */
enum ohm_cell_sel {
    OHM_CELL_BOTH = 0, OHM_CELL_PLUS = 1, OHM_CELL_MINUS = 2, OHM_CELL_PLUS_MOST = 4,
    OHM_CELL_MINUS_MOST = 5, OHM_CELL_PLUS_LEAST = 6, OHM_CELL_MINUS_LEAST = 7
};

struct ohm_array_pulse { /* docs/reference/programming.md */
    enum ohm_cell_sel dev;
    int set;             /* 1: set, 0: reset */
    unsigned amp, width; /* codes */
};

/* rows × cols cells of two devices, all at code 0 and programmed once (with the device's error).
 * NULL + err when out of memory, when the size is illegal or when the device's I-V curve goes too
 * far. macro: tile number y*16+x. */
struct ohm_array *ohm_array_new(int rows, int cols, const struct ohm_device_model *device,
                                uint64_t seed, unsigned macro, struct ohm_error *err);
void ohm_array_free(struct ohm_array *a);

/* Cells, wires, measured map and readout; the default is ohm_physics_default. Copies what it needs
 * but the maps. */
int ohm_array_set_physics(struct ohm_array *a, const struct ohm_physics *physics,
                          struct ohm_error *err);

/* Programs device dev (0 plus, 1 minus) of one cell to a target code 0…16384; each programming
 * event of a cell draws its own error. */
int ohm_array_program(struct ohm_array *a, unsigned dev, unsigned row, unsigned col, unsigned code,
                      struct ohm_error *err);

/* One pulse to the cells of all rows and columns whose bits are set (bit r of word r/32). -1 + err:
 * no device of that code, or devices that can't be pulsed. */
int ohm_array_pulse(struct ohm_array *a, const struct ohm_array_pulse *p, const uint32_t *rows,
                    const uint32_t *cols, struct ohm_error *err);
/* What the last pulse took: its devices; whether their file knows it, and then the femtojoules. */
struct ohm_array_pulsed {
    uint64_t devices, fj;
    int known;
};
struct ohm_array_pulsed ohm_array_pulsed(const struct ohm_array *a);
/* What a polarity at target code 0 conducts, in units of G_max/2^14. */
double ohm_array_least(const struct ohm_array *a);
/* Can this selection be read, or (pulse) pulsed? 0, or -1 + err. */
int ohm_array_selects(const struct ohm_array *a, unsigned sel, int pulse, struct ohm_error *err);

struct ohm_array_device { /* one device, as pulses know it */
    double w;                /* state, without the half-selects that it has yet to feel */
    uint32_t number, cycles; /* loads and pulses; pulses */
    double g;                /* conductance now, uS, without wires and telegraph noise */
};
/* dev: OHM_CELL_PLUS or OHM_CELL_MINUS for the first of a pair, or one of the last four. */
struct ohm_array_device ohm_array_device(const struct ohm_array *a, enum ohm_cell_sel dev,
                                         unsigned row, unsigned col);

/* Seconds since the device model's reference time (drift). */
void ohm_array_set_time(struct ohm_array *a, uint32_t seconds);

/* One read of all columns: q[c] = Σ_r t[r]·Geff[r][c] + noise, charge units. t: rows signed tick
 * counts (|t| ≤ 255). With key->back q[r] = Σ_c t[c]·Geff[r][c] + noise, of the same
 * conductances. */
void ohm_array_read(struct ohm_array *a, enum ohm_cell_sel sel, const int16_t *t,
                    const struct ohm_read_key *key, int32_t *q);

/* The first with one row on, sooner. */
void ohm_array_read_row(struct ohm_array *a, enum ohm_cell_sel sel, unsigned row, int16_t ticks,
                        const struct ohm_read_key *key, int32_t *q);

/* The same by a naive double loop over conductances (Σ in int64), for re-checking the kernel.
 * Behind wires both start from the same solution of the network. */
void ohm_array_read_naive(struct ohm_array *a, enum ohm_cell_sel sel, const int16_t *t,
                          const struct ohm_read_key *key, int32_t *q);

/* What the integrators make of the charges q of a read of `ticks` ticks with on-times t (back: that
 * of its key). Nothing when the readout is ideal. */
void ohm_array_integrate(struct ohm_array *a, enum ohm_cell_sel sel, int back, const int16_t *t,
                         int ticks, int32_t *q);
/* The readout of the columns, or (back) of the rows; NULL when it is ideal. */
const struct ohm_readout *ohm_array_readout(const struct ohm_array *a, int back);

/* Why reads are wrong (the network of wires could not be solved, a device's conductance is beyond
 * all bounds), NULL when they are not. */
const char *ohm_array_fault(const struct ohm_array *a);

/* Effective conductance of a cell in units of G_max/2^14 (of a polarity), in the interval of vector
 * 0. */
int ohm_array_geff(struct ohm_array *a, enum ohm_cell_sel sel, unsigned row, unsigned col);

OHM_API_END

#endif
