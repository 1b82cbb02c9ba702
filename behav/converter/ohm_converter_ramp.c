/* SPDX-License-Identifier: Apache-2.0
 * ADC 0: a ramp for the whole tile, a comparator for each column. */
#include "ohm_converter.h"
#include "ohm_energy.h"

static double energy(const struct ohm_energy_params *p, const struct ohm_config *c,
                     const struct ohm_tile_activity *t)
{
    (void)c;
    return (double)t->integrations * p->sample_fj + (double)t->column_steps * p->comparator_step_fj
           + (double)t->ramp_steps * p->ramp_step_fj;
}

static double area(const struct ohm_energy_params *p, const struct ohm_config *c)
{
    return c->cols * p->column_um2 + p->ramp_um2;
}

const struct ohm_converter_kind ohm_converter_ramp = {.energy_fj = energy, .area_um2 = area};
