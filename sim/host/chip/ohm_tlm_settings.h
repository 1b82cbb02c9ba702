/* SPDX-License-Identifier: Apache-2.0
 * What an architect may change in the SystemC model: clocks, ADC rate, timing style, and every size
 * of the configuration. */
#ifndef OHM_TLM_SETTINGS_H
#define OHM_TLM_SETTINGS_H

#include <stdio.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_error.h"
#include "ohm_tlm_timing.h"

OHM_API_BEGIN

struct ohm_tlm_settings {
    enum ohm_tlm_timing timing;
    double clock_mhz;
    unsigned noc_num, noc_den, adc_steps;
    const char *trace; /* NULL: none */
};

void ohm_tlm_settings_default(struct ohm_tlm_settings *s);
/* NAME=VALUE; a size goes into the configuration. -1 + err: unknown name or illegal value, with
 * what was expected. The text must outlive s. */
int ohm_tlm_settings_set(struct ohm_tlm_settings *s, struct ohm_config *config, const char *text,
                         struct ohm_error *err);
void ohm_tlm_settings_help(FILE *to);

OHM_API_END

#endif
