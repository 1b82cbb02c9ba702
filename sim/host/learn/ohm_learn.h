/* SPDX-License-Identifier: Apache-2.0
 * A matrix of weights that learns in the array: products forward and backward, updates by pulses.
 *
 * The matrix is cut over as many arrays as it takes; a weight is a pair of devices, (G⁺ − G⁻) /
 * (G_max − G_min). Reads are those of a core with one slice of pulse widths (docs/reference/
 * numeric.md), each array with its own converter codes; updates are those of docs/reference/
 * learning.md. What the chip's other parts would do with codes and errors (activation, loss) is the
 * caller's, in whatever arithmetic it likes. Same bits on any number of threads, and from the
 * golden and the fast model. */
#ifndef OHM_LEARN_H
#define OHM_LEARN_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_device.h"
#include "ohm_energy.h"
#include "ohm_error.h"
#include "ohm_physics.h"
#include "ohm_update.h"

OHM_API_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_learn; /* opaque; one user thread at a time */

struct ohm_learn_options {
    const struct ohm_device_model *device; /* one that can be pulsed; borrowed */
    const struct ohm_physics *physics;     /* cells and wires; an ideal readout. NULL: ideal */
    uint64_t seed;
    unsigned macro;      /* number of the first array: layers of one chip have different ones */
    int rows, cols;      /* of an array of cells, 4 to 256; 0: 256 */
    int threads;         /* 0: 1 */
    int golden;          /* 1: the golden model's pulses and naive reads, slowly */
    int x_signed;        /* inputs are int8, else uint8 */
    int code_max;        /* codes of the converters: −code_max … code_max; 0: 127 */
};

struct ohm_learn *ohm_learn_new(const struct ohm_learn_options *options, int inputs, int outputs,
                                struct ohm_error *err);
void ohm_learn_free(struct ohm_learn *l);
int ohm_learn_inputs(const struct ohm_learn *l);
int ohm_learn_outputs(const struct ohm_learn *l);
int ohm_learn_arrays(const struct ohm_learn *l);

/* Loads weights by code, w[input * outputs + output] of −1 to 1, each about the middle of both of
 * its devices: base is what both have at weight 0, 0 to 1 of their range. */
int ohm_learn_load(struct ohm_learn *l, const double *w, double base, struct ohm_error *err);
/* Loads every pair of which a device is above `level`, 0 to 1 of its range, anew: the same weight
 * about `base` as ohm_learn_load has it. Policies that only set need it now and then. Returns how
 * many. */
long ohm_learn_refresh(struct ohm_learn *l, double level, double base, struct ohm_error *err);
/* Seconds since the device model's reference time: drift. */
void ohm_learn_time(struct ohm_learn *l, uint32_t seconds);

/* One LSB of the converters, forward (0) or backward (1), in charge units: the largest charge of an
 * array and line to be expected is code_max of them. fit: chooses it from reads of these vectors,
 * so that a share `clip` of the charges is beyond. */
void ohm_learn_set_lsb(struct ohm_learn *l, int back, int64_t lsb);
int64_t ohm_learn_lsb(const struct ohm_learn *l, int back);
int ohm_learn_fit(struct ohm_learn *l, int back, const uint8_t *v, int count, double clip,
                  struct ohm_error *err);

/* y[o] = Σ_i x[i]·w[i][o] as the arrays' codes say, in those units. number: of the vector; noise is
 * a function of it. -1 + err: the array is at fault. */
int ohm_learn_forward(struct ohm_learn *l, uint32_t number, const uint8_t *x, double *y,
                      struct ohm_error *err);
/* z[i] = Σ_o d[o]·w[i][o] by transposed reads of the same arrays; d: int8. */
int ohm_learn_backward(struct ohm_learn *l, uint32_t number, const uint8_t *d, double *z,
                       struct ohm_error *err);
/* The first by one device of each pair alone (OHM_CELL_PLUS, OHM_CELL_MINUS). */
int ohm_learn_forward_of(struct ohm_learn *l, enum ohm_cell_sel sel, uint32_t number,
                         const uint8_t *x, double *y, struct ohm_error *err);
/* One update with byte vectors of number `number`: x of the inputs, d (int8) of the outputs. */
int ohm_learn_update(struct ohm_learn *l, const struct ohm_update *u, uint32_t number,
                     const uint8_t *x, const uint8_t *d, struct ohm_error *err);
/* Steps of each weight as the caller counts them, k[input * outputs + output] of −63 to 63, upwards
 * positive: pulses as rule row's. */
int ohm_learn_transfer(struct ohm_learn *l, const struct ohm_update *u, const int8_t *k,
                       struct ohm_error *err);

/* ---- what it is and what it took ---- */

/* The weight now, without read noise and wires. */
double ohm_learn_weight(const struct ohm_learn *l, int input, int output);
/* One of its devices, 0 to 1 of the range of the model. */
double ohm_learn_level(const struct ohm_learn *l, enum ohm_cell_sel dev, int input, int output);
/* Devices by conductance: bins from 0 to 1.5 of the range, the last for all above. */
enum { OHM_LEARN_BINS = 30 };
void ohm_learn_histogram(const struct ohm_learn *l, uint64_t count[OHM_LEARN_BINS]);

struct ohm_learn_spent {
    struct ohm_update_counts counts; /* pulses of the ports, cells that they reached */
    uint64_t reads[2];               /* of vectors: forward, backward */
    uint64_t clipped, codes;
    double cycles_mean;              /* pulses of a device that has a weight, */
    uint32_t cycles_most;            /* and of the one with most */
    double write_pj, read_pj;        /* with ohm_energy_load's parameters; 0 without */
};
/* energy: NULL: none is told. */
void ohm_learn_spent(const struct ohm_learn *l, const struct ohm_energy_params *energy,
                     struct ohm_learn_spent *out);

#ifdef __cplusplus
}
#endif

OHM_API_END

#endif
