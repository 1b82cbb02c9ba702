/* SPDX-License-Identifier: Apache-2.0
 * The whole network of a crossbar (geometry: ohm_wires.h): every node voltage and terminal current
 * for any voltages of the word and bit lines' terminals; line capacitance; nonlinear cells. */
#ifndef OHM_SOLVE_H
#define OHM_SOLVE_H

#include "ohm_api.h"
#include "ohm_iv.h"
#include "ohm_wires.h"

OHM_API_BEGIN

/* opaque: a factored linear network; read-only after creation, so threads may share it */
struct ohm_solver;

/* Copies g and all ends of w. Time O(rows·cols³), memory rows·cols² doubles (per part). NULL + err:
 * what ohm_wires_check finds, singular to double precision, or no memory. */
struct ohm_solver *ohm_solver_new(const struct ohm_wires *w, int rows, int cols, const double *g,
                                  struct ohm_error *err);
void ohm_solver_free(struct ohm_solver *s);

/* One set of inputs and what is wanted of the answer; NULL: 0 everywhere, or not wanted. Matrices
 * are [rows][cols], row-major. */
struct ohm_solve_io {
    const double *v_wl, *v_bl;         /* terminal voltages: rows, columns values (V) */
    /* currents fed into the word-line and bit-line node of each cell (A) */
    const double *inject_w, *inject_b;
    /* currents out of the lines into their terminals, both ends together: rows, columns values (A)
     */
    double *i_wl, *i_bl;
    double *node_w, *node_b;           /* voltages of the cells' two nodes (V) */
};

/* Time O(rows·cols²). -1 + err: no memory. */
int ohm_solver_run(const struct ohm_solver *s, const struct ohm_solve_io *io,
                   struct ohm_error *err);

/* Newton's method, the same structure refactored for the cells' differential conductances each
 * step, with step halving where the mismatch would grow. io as above (inject_w, inject_b included).
 * g: each cell's conductance parameter of the model iv. */
struct ohm_newton {
    double tolerance; /* in: accept when no cell's current is further from its I–V curve than this
                         part of the largest cell current; 0: 1e-12 */
    int max_steps;     /* in: 0: 50 */
    int steps;         /* out: linear solves taken */
    double mismatch;   /* out: the largest mismatch (A) */
};

/* -1 + err: illegal input; a conductance outside of the model's range; no convergence (with the
 * mismatch); a cell whose differential conductance is not positive and finite where the iteration
 * stands. */
int ohm_newton_run(const struct ohm_wires *w, int rows, int cols, const double *g,
                   const struct ohm_iv *iv, const struct ohm_solve_io *io,
                   struct ohm_newton *newton, struct ohm_error *err);

/* ---- capacitance ---- */

/* Delay of each node after a step of the terminal voltages io->v_wl, io->v_bl from 0: the first
 * moment of the node's impulse response in the whole resistive network, cells included, T = (A⁻¹ C
 * A⁻¹ s) / (A⁻¹ s), which is Elmore's delay (Elmore 1948) where the network is a tree of
 * capacitances behind one source. c_wl, c_bl: farads per cell. io's node_w, node_b receive seconds;
 * i_wl, i_bl the delays of the terminal currents; NAN where the final value is 0. inject_w and
 * inject_b must be NULL. */
int ohm_solver_delay(const struct ohm_solver *s, double c_wl, double c_bl,
                     const struct ohm_solve_io *io, struct ohm_error *err);

/* The slowest time constant of the network (s), by power iteration on A⁻¹ C to 1e-9: whatever the
 * inputs, what is missing from the final values after t falls at least as fast as exp(-t/tau) (in
 * the norm of the stored energy). */
int ohm_solver_time_constant(const struct ohm_solver *s, double c_wl, double c_bl, double *tau,
                             struct ohm_error *err);

OHM_API_END

#endif
