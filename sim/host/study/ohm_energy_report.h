/* SPDX-License-Identifier: Apache-2.0
 * Energy and area of a run, per layer and per component, from the counts that its backend made. */
#ifndef OHM_ENERGY_REPORT_H
#define OHM_ENERGY_REPORT_H

#include <stdio.h>

#include "ohm_api.h"
#include "ohm_device.h"
#include "ohm_energy.h"
#include "ohm_mapper.h"

OHM_API_BEGIN

struct ohm_energy_run { /* of one run; all NULL or 0: nothing is known */
    const struct ohm_mapping *mapping;
    const struct ohm_device_model *device;
    struct ohm_energy_params params;
    struct ohm_activity *activity;  /* of streaming */
    double programming_pj;          /* before it */
    double clock_mhz;
    uint32_t images;
    double cycles;                  /* per image, 0: not known */
};

/* Loads the parameters and makes the counters. */
int ohm_energy_open(struct ohm_energy_run *r, const char *path, const struct ohm_mapping *mapping,
                    const struct ohm_device_model *device, double clock_mhz, struct ohm_error *err);
void ohm_energy_close(struct ohm_energy_run *r);
/* Programming is over, streaming begins. */
void ohm_energy_streaming(struct ohm_energy_run *r);

double ohm_energy_conversions(const struct ohm_energy_run *r); /* per image */
double ohm_energy_per_image(const struct ohm_energy_run *r); /* picojoules, without programming */
/* The same by component. */
void ohm_energy_image(const struct ohm_energy_run *r, struct ohm_energy *out);
/* The same of one tile of the mapping alone. */
void ohm_energy_tile_image(const struct ohm_energy_run *r, int tile, struct ohm_energy *out);
double ohm_energy_tops_w(const struct ohm_energy_run *r);
/* Of all tiles in use. */
void ohm_energy_area(const struct ohm_energy_params *p, const struct ohm_mapping *m,
                     struct ohm_area *out);
double ohm_energy_tops_mm2(const struct ohm_energy_run *r);  /* of the tiles in use; 0: no cycles */
void ohm_energy_print(const struct ohm_energy_run *r, FILE *to);
/* A line per layer and component: layer,component,pj_per_image. */
int ohm_energy_write(const struct ohm_energy_run *r, const char *path, struct ohm_error *err);

OHM_API_END

#endif
