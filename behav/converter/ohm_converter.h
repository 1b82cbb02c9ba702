/* SPDX-License-Identifier: Apache-2.0
 * Kinds of converters: what a kind's code of a charge is, which errors of the read-out it has, what
 * a conversion costs. One file a kind; the table of them is made from the values of ADC in
 * sim/configs/ohmic.json, whose other columns (pins, cycles, codes) are in ohm_adc.h. */
#ifndef OHM_CONVERTER_H
#define OHM_CONVERTER_H

#include <stdint.h>

#include "ohm_adc.h"
#include "ohm_readout.h"

struct ohm_energy_params;
struct ohm_tile_activity;

enum { OHM_WITHOUT_MAX = 8 };

struct ohm_converter_kind {
    /* Code of charge q before it is clipped, lsb >= 1. NULL: the nearest one, as numeric.md has it,
     * with the errors of ohm_readout_trip. A kind with a code of its own has none of those. */
    int64_t (*code)(int64_t q, int64_t lsb);
    /* Sets mux and cycles of a conversion; NULL: those of a ramp. */
    void (*held)(const struct ohm_config *c, struct ohm_conversion *conversion);
    /* Errors of the read-out that the kind cannot have, ended by a 0, which is none of them; and
     * the reason that the user reads. */
    enum ohm_physics_param without[OHM_WITHOUT_MAX];
    const char *why;
    /* Femtojoules of all conversions of a tile; square micrometres of a tile's converters. */
    double (*energy_fj)(const struct ohm_energy_params *p, const struct ohm_config *c,
                        const struct ohm_tile_activity *t);
    double (*area_um2)(const struct ohm_energy_params *p, const struct ohm_config *c);
};

/* The kind of a configuration that ohm_config_check has let pass. */
const struct ohm_converter_kind *ohm_converter_kind(const struct ohm_config *c);

/* Can the configuration's converters have these errors? -1 + err when not. */
int ohm_converter_check(const struct ohm_config *c, const struct ohm_physics *p,
                        struct ohm_error *err);

/* Code of charge q of column col before it is clipped; readout NULL: ideal. */
int64_t ohm_converter_code(const struct ohm_converter_kind *kind, const struct ohm_readout *readout,
                           const struct ohm_conversion *conversion, unsigned col, int64_t q);

#endif
