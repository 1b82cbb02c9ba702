/* SPDX-License-Identifier: Apache-2.0
 * The reference of the wires test: all nodes of the network at once, banded Cholesky in long
 * double. Shares nothing with the solver under test but the description of the array. */
#ifndef NODAL_H
#define NODAL_H

#include "ohm_solve.h"

/* io as in ohm_solve.h; every pointer must be given except inject_*. Aborts the program when the
 * network is singular. */
void nodal_solve(const struct ohm_wires *w, int rows, int cols, const double *g,
                 const struct ohm_solve_io *io);

#endif
