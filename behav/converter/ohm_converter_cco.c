/* SPDX-License-Identifier: Apache-2.0
 * ADC 1: an oscillator for each column, counted while it integrates. Its comparator noise comes
 * with the last count. */
#include "ohm_converter.h"
#include "ohm_energy.h"

static void held(const struct ohm_config *c, struct ohm_conversion *conversion)
{
    (void)c;
    conversion->mux = 1;
    conversion->cycles = 0;
}

static double energy(const struct ohm_energy_params *p, const struct ohm_config *c,
                     const struct ohm_tile_activity *t)
{
    (void)c;
    return (double)t->column_ticks * p->count_fj;
}

static double area(const struct ohm_energy_params *p, const struct ohm_config *c)
{
    return c->cols * p->oscillator_um2;
}

const struct ohm_converter_kind ohm_converter_cco = {
    .held = held,
    .without = {OHM_PHYSICS_DROOP, OHM_PHYSICS_RAMP_BOW, OHM_PHYSICS_RAMP_STEP},
    .why = "the oscillators of ADC = 1 hold nothing and have no ramp",
    .energy_fj = energy,
    .area_um2 = area,
};
