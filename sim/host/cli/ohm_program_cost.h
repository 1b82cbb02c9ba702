/* SPDX-License-Identifier: Apache-2.0
 * What each step of programming costs: verify reads, pulses, rows, arrays (ohm-program
 * --energy). */
#ifndef OHM_PROGRAM_COST_H
#define OHM_PROGRAM_COST_H

#include <stdio.h>

#include "ohm_activity.h"
#include "ohm_backend.h"
#include "ohm_energy.h"
#include "ohm_write.h"

struct ohm_cost { /* of all arrays together */
    struct ohm_energy_params params;
    struct ohm_config config;
    struct ohm_engine_activity work[OHM_WORK_COUNT];
    uint64_t rows, arrays;
    uint64_t cycles; /* of all arrays; 0: the chip knows no time */
};

/* Counts what a chip does from now on; a chip that counts by itself is opened with `a`. */
int ohm_cost_watch(struct ohm_activity *a, struct ohm_backend *b, struct ohm_error *err);
/* Adds an array of one tile. */
void ohm_cost_add(struct ohm_cost *cost, const struct ohm_activity *a, uint64_t rows,
                  uint64_t cycles);
/* The table. */
void ohm_cost_print(const struct ohm_cost *cost, const struct ohm_write_scheme *s,
                    const struct ohm_device_model *device, FILE *to);

#endif
