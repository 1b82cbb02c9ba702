/* SPDX-License-Identifier: Apache-2.0
 * What the files of the report share. Private to sim/host/cli. */
#ifndef OHM_REPORT_PARTS_H
#define OHM_REPORT_PARTS_H

#include "ohm_report.h"

/* Cycles of the run; of the fast model those of the images that were timed. NULL: nothing was. */
const struct ohm_drive_stats *ohm_report_timing(const struct ohm_run *r);

/* VMMs that something was held against; 0: nothing was checked. */
uint64_t ohm_report_checked(const struct ohm_run *r);

/* ohm_report_layers.c: OUT/layers.json. -1 + err. */
int ohm_report_layers(const struct ohm_run *r, struct ohm_error *err);

#endif
