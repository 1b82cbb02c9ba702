/* SPDX-License-Identifier: Apache-2.0
 * Crossbar with wire resistance, solved exactly in double precision.
 *
 * A linear crossbar stays linear in its inputs whatever its wires are, so one factorisation gives
 * the effective conductance matrix: I[c] = Σ_r Geff[r][c]·V[r], which is what an ideal array
 * multiplies by. Equations: docs/explain/crossbar.md. For node voltages, currents of all terminals
 * and bias voltages of the bit lines see ohm_solve.h. */
#ifndef OHM_WIRES_H
#define OHM_WIRES_H

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

#define OHM_WIRES_SIZE_MAX 4096 /* rows, columns */

/* All in ohms. Each line has one terminal (a source or a virtual ground) that both of its ends lead
 * to:
 *
 *   word line r:  terminal – wl_left[r] – r_wl – w(r,0) – r_wl – w(r,1) … w(r,C−1) – r_wl –
 * wl_right[r] – terminal bit line c:   terminal – bl_top[c] – r_bl – b(0,c) – r_bl – b(1,c) …
 * b(R−1,c) – r_bl – bl_bottom[c] – terminal
 *
 * Cell (r,c) joins w(r,c) and b(r,c). INFINITY is an open end, 0 an ideal one; a line with two open
 * ends floats. In a normal read the word lines are driven and the bit lines sensed; a transposed
 * read swaps the roles, nothing else.
 *
 * part_rows, part_cols > 0 cut the array into parts of that size (the last ones may be smaller),
 * each with wires and ends of its own: a word line's parts share its source, the currents of a bit
 * line's parts are added. 0: one part. */
struct ohm_wires {
    double r_wl, r_bl;       /* of one segment, 0 to 1e9 */
    const double *wl_left;   /* rows values, 0 to 1e9 or INFINITY; NULL: 0 everywhere */
    const double *wl_right;  /* rows values; NULL: open everywhere */
    const double *bl_top;    /* columns values; NULL: open everywhere */
    const double *bl_bottom; /* columns values; NULL: 0 everywhere */
    int part_rows, part_cols;
};

/* Names the first illegal value, or the first line that no path of conductances joins to a terminal
 * (its voltage is undefined). g[rows][cols] in siemens, row-major, each 0 to 1000. */
int ohm_wires_check(const struct ohm_wires *w, int rows, int cols, const double *g,
                    struct ohm_error *err);

/* Effective conductance matrix geff[rows][cols] of the conductances g: I_bl[c] = Σ_r
 * geff[r][c]·V_wl[r] with the bit lines at 0 V, both of their ends together. The network is
 * reciprocal: transposed, I_wl[r] = Σ_c geff[r][c]·V_bl[c] with the word lines at 0 V. geff may be
 * g. Time O(rows·cols²·(rows + cols)), twice that where bit lines are sensed at both ends; memory
 * O(cols·(2·cols + rows)) doubles. Same bits at any vector width. -1 + err: what ohm_wires_check
 * finds, or no memory. */
int ohm_wires_transfer(const struct ohm_wires *w, int rows, int cols, const double *g, double *geff,
                       struct ohm_error *err);

OHM_API_END

#endif
