/* SPDX-License-Identifier: Apache-2.0
 * A part of a run: what one process leaves so that another can put the run together as if it had
 * done all of it. Private to sim/host/cli. docs/reference/plan.md has the format. */
#ifndef OHM_PART_H
#define OHM_PART_H

#define OHM_PART_FORMAT "ohmic-part-1"

enum { OHM_PART_KEY = 17 /* characters */ };

#endif
