/* SPDX-License-Identifier: Apache-2.0
 * Conductances that make up for the wires. */
#ifndef OHM_WIRES_COMPENSATE_H
#define OHM_WIRES_COMPENSATE_H

#include "ohm_wires.h"

struct ohm_compensation {
    double g_min, g_max; /* in: range of a cell (S), 0 ≤ g_min < g_max */
    double tolerance;    /* in: of a cell, part of the largest target; 0: 1e-9 */
    int max_steps;       /* in: 0: 500 */
    int steps;           /* out: transfer matrices computed */
    /* out: largest |effective − target| of the cells inside the range, part of the largest target
     */
    double error;
    int at_max, at_min;  /* out: cells held at an end of the range that miss their target */
    /* out: largest |effective − target| among those, part of the largest target */
    double worst;
    int worst_row, worst_col;
};

/* Finds cells g[rows][cols] whose effective matrix (ohm_wires_transfer) equals target[rows][cols]
 * (S, ≥ 0), by g ← clip(g·target/effective). A wire damps what a cell adds but never turns its
 * sign, so each step takes away a part of the error. Cells that cannot reach their target in the
 * range end at g_max (or g_min) and are counted; the others are exact around them. g and target may
 * not overlap. 0 when all cells inside the range are exact; -1 + err with the error: illegal input
 * or no convergence. */
int ohm_wires_compensate(const struct ohm_wires *w, int rows, int cols, const double *target,
                         double *g, struct ohm_compensation *c, struct ohm_error *err);

#endif
