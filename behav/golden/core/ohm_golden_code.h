/* SPDX-License-Identifier: Apache-2.0
 * From a charge to a code; the fast model takes the same. */
#ifndef OHM_GOLDEN_CODE_H
#define OHM_GOLDEN_CODE_H

#include <stdint.h>

#include "ohm_config.h"
#include "ohm_converter.h"
#include "ohm_plan.h"
#include "ohm_readout.h"

struct ohm_converter { /* of one tile */
    const struct ohm_config *config;
    const struct ohm_converter_kind *kind;
    const struct ohm_readout *readout; /* NULL: ideal */
    const uint32_t *ramp_tab;
    unsigned desc; /* of the read */
};

/* Code of charge q of column col in slice k: ramp, ramp table or another converter, ideal or not.
 * *clip as of ohm_adc. */
int32_t ohm_golden_code(const struct ohm_converter *by, const struct ohm_slice_plan *s,
                        uint32_t seq, unsigned k, unsigned col, int32_t q, int *clip);

#endif
