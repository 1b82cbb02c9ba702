/* SPDX-License-Identifier: Apache-2.0
 * The same network as a SPICE netlist. */
#ifndef OHM_WIRES_SPICE_H
#define OHM_WIRES_SPICE_H

#include <stdio.h>

#include "ohm_iv.h"
#include "ohm_wires.h"

/* Writes a netlist for ngspice that computes the operating point and prints the current of every
 * terminal, `i(vwl<r>)` and `i(vbl<c>)`: the current out of the line into its terminal. v_wl, v_bl:
 * as in ohm_solve.h, NULL: 0. c_wl, c_bl: farads per cell, 0: left out. Terminals of floating lines
 * are left out. -1 + err: what ohm_wires_check finds, parts, a conductance outside of the model's
 * range, or the stream failed. */
int ohm_wires_spice(FILE *out, const struct ohm_wires *w, int rows, int cols, const double *g,
                    const struct ohm_iv *iv, double c_wl, double c_bl, const double *v_wl,
                    const double *v_bl, struct ohm_error *err);

#endif
