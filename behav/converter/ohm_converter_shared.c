/* SPDX-License-Identifier: Apache-2.0
 * ADC 2: SAR, flash or sense amplifiers, each of them for MUX columns in turn. */
#include "ohm_converter.h"
#include "ohm_energy.h"
#include "ohm_math.h"

static void held(const struct ohm_config *c, struct ohm_conversion *conversion)
{
    conversion->mux = (unsigned)c->mux;
    conversion->cycles = c->adc_cycles;
}

/* Of a converter with so many bits, from what one of 8 and one of 4 bits costs: the same factor for
 * each bit. */
static double of_bits(double eight, double four, int bits)
{
    return eight * ohm_pow(eight / four, (bits - 8) / 4.0);
}

static double energy(const struct ohm_energy_params *p, const struct ohm_config *c,
                     const struct ohm_tile_activity *t)
{
    return (double)t->integrations
           * (p->sample_fj + of_bits(p->sar8_fj, p->sar4_fj, c->adc_bits));
}

static double area(const struct ohm_energy_params *p, const struct ohm_config *c)
{
    return c->cols / c->mux * of_bits(p->sar8_um2, p->sar4_um2, c->adc_bits);
}

const struct ohm_converter_kind ohm_converter_shared = {
    .held = held, .energy_fj = energy, .area_um2 = area};
