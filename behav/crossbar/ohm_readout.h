/* SPDX-License-Identifier: Apache-2.0
 * What integrators, hold capacitors, ramp and comparators of one macro do to a charge. Parameters:
 * ohm_physics.h. Golden model and macro convert by these functions; with an ideal readout neither
 * calls them.
 *
 *   integrator  a charge that comes at tick t of N has e^(−(N−t)/leak) of it left at the end: a
 *               pulse of T ticks from tick 0 on counts as leak·(e^(−(N−T)/leak) − e^(−N/leak));
 *               then times gain·(1 + gain_spread ξ_column), then clipped to ± saturation, then
 *               rounded to the unit
 *   hold        at step n of a ramp that began at step n0 the charge is
 *               Q(n) = Q·(1 − droop·(n − n0))
 *   ramp        Θ(n) = LSB·2^rs·(1 + reference_spread ξ_tile)·level(n),
 *               level(n) = n + ½ + bow(n) + Σ ramp_step ξ_step over the steps between 0 and n;
 *               bow(n) = ramp_bow·(1 − (n/ramp_span)²); no step is smaller than ¼
 *   comparator  trips at the first n ≥ n0 with
 *               Q(n) < Θ(n) + LSB·(offset ξ_column + comparator_noise ξ_conversion)
 *
 * Converters without a ramp (ohm_conversion.mux): codes are the same first n, of a charge that does
 * not move under a ramp. level(n) is the converter's reference ladder, one of the tile; offset ξ is
 * the converter's, of the first of its columns; column m of a converter has drooped for (m + 1)
 * conversions of `cycles` cycles. What of it a kind has not is refused (behav/converter).
 *
 * LSB = MACRO_LSB. ξ_column, ξ_tile and ξ_step belong to the macro for ever; ξ_conversion is a
 * function of the read's key. */
#ifndef OHM_READOUT_H
#define OHM_READOUT_H

#include <stdint.h>

#include "ohm_physics.h"

/* no step beyond; a column that never trips: the last */
enum { OHM_READOUT_STEP_MIN = -2049, OHM_READOUT_STEP_MAX = 2048 };

struct ohm_readout; /* opaque */

struct ohm_conversion { /* one sample under the ramp */
    double lsb;        /* MACRO_LSB */
    double scale;      /* 2^rs */
    int32_t first;     /* n0: the step before START */
    uint64_t noise_key; /* ohm_readout_key */
    /* 0: ramp; else columns to a converter, which takes so many cycles (none: nothing is held) */
    unsigned mux;
    int32_t cycles;
};

/* Of the converters of the columns, or (back) of the rows: they have gains and offsets of their own
 * and share the tile's ramp. lines: of them. */
struct ohm_readout *ohm_readout_new(const struct ohm_physics *p, uint64_t seed, unsigned macro,
                                    int back, int lines, struct ohm_error *err);
void ohm_readout_free(struct ohm_readout *r);

/* Key of the comparator noise of one read. */
uint64_t ohm_readout_key(const struct ohm_readout *r, uint32_t seq, unsigned desc, unsigned slice);

/* Ticks that a pulse of t of `ticks` ticks counts for. */
double ohm_readout_weight(const struct ohm_readout *r, int t, int ticks);
int ohm_readout_leaks(const struct ohm_readout *r);
/* Gain and saturation of column col, rounded to the unit. */
int32_t ohm_readout_integrated(const struct ohm_readout *r, unsigned col, double charge);

/* First step at which the comparator of column col trips, or the code of a converter without ramp;
 * OHM_READOUT_STEP_MAX when none does. */
int32_t ohm_readout_trip(const struct ohm_readout *r, const struct ohm_conversion *c, unsigned col,
                         int32_t charge);

#endif
