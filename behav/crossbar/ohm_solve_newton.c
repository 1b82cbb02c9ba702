/* SPDX-License-Identifier: Apache-2.0
 * Newton on the cells: each is replaced by its tangent, a conductance beside a current source,
 * which is a linear network again. The wires hold exactly in every iterate, so all that is left to
 * go wrong is the distance of each cell's current from its curve. That distance falls as 1 − t
 * along a Newton step t to first order, so halving the step always finds a decrease.
 *
 * The first steps may be so long that steep curves explode. Until the sources are at their full
 * values, a step (which raises them by the same part) is halved until no cell's tangent grows more
 * than GROWTH-fold. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_solve.h"

enum { HALVINGS = 40, GROWTH = 10 };

struct state {
    size_t cells;
    double *v;     /* voltage over each cell */
    double *error; /* the cell's current by its curve less the one the wires carry */
};

/* Fills the mismatch of the state t of the way from `at` to the solution of the linearised network,
 * whose cells have the voltages `to` and carry slope·(to − at) more than their curve at `at`.
 * Returns Σ error²; the largest |current| goes to *scale. */
static double step_to(struct state *out, double t, const struct ohm_iv *iv, const double *g,
                      const struct state *at, const double *slope, const double *to, double *scale,
                      double *worst)
{
    double sum = 0;
    *scale = *worst = 0;
    for (size_t i = 0; i < out->cells; i++) {
        double delta = t * (to[i] - at->v[i]);
        out->v[i] = at->v[i] + delta;
        double now = ohm_iv_current(iv, g[i], out->v[i], NULL),
               was = ohm_iv_current(iv, g[i], at->v[i], NULL);
        out->error[i] = (1 - t) * at->error[i] + (now - was - slope[i] * delta);
        sum += out->error[i] * out->error[i];
        if (!(fabs(out->error[i]) <= *worst))
            *worst = fabs(out->error[i]);
        if (fabs(now) > *scale)
            *scale = fabs(now);
    }
    return sum;
}

/* Differential conductances where the iteration stands. */
static int tangents(const struct ohm_iv *iv, const double *g, const double *v, int cols,
                    size_t cells, double *slope, struct ohm_error *err)
{
    for (size_t i = 0; i < cells; i++) {
        ohm_iv_current(iv, g[i], v[i], &slope[i]);
        if (!(slope[i] > 0 || g[i] == 0) || slope[i] > 1e3)
            return ohm_fail(err,
                            "crossbar: differential conductance of row %zu, column %zu = %g S at "
                            "%g V, expected above 0 to 1000",
                            i / (size_t)cols, i % (size_t)cols, slope[i], v[i]);
    }
    return 0;
}

static int grows(const struct ohm_iv *iv, const double *g, const double *v, const double *slope,
                 size_t cells)
{
    for (size_t i = 0; i < cells; i++) {
        double now;
        ohm_iv_current(iv, g[i], v[i], &now);
        if (!(now <= GROWTH * slope[i]))
            return 1;
    }
    return 0;
}

int ohm_newton_run(const struct ohm_wires *w, int rows, int cols, const double *g,
                   const struct ohm_iv *iv, const struct ohm_solve_io *io,
                   struct ohm_newton *newton, struct ohm_error *err)
{
    newton->steps = 0;
    newton->mismatch = 0;
    if (ohm_wires_check(w, rows, cols, g, err))
        return -1;
    size_t cells = (size_t)rows * (size_t)cols;
    struct ohm_error why;
    for (size_t i = 0; i < cells; i++)
        if (ohm_iv_check(iv, g[i], &why))
            return ohm_fail(err, "crossbar: row %zu, column %zu: %.400s", i / (size_t)cols,
                            i % (size_t)cols, why.text);
    double tolerance = newton->tolerance > 0 ? newton->tolerance : 1e-12;
    int max_steps = newton->max_steps > 0 ? newton->max_steps : 50;

    double *m = calloc(10 * cells, sizeof *m);
    if (!m)
        return ohm_fail(err, "crossbar: out of memory for %d x %d", rows, cols);
    struct state now = {cells, m, m + cells}, next = {cells, m + 2 * cells, m + 3 * cells};
    double *slope = m + 4 * cells, *in_w = m + 5 * cells, *in_b = m + 6 * cells,
           *node_w = m + 7 * cells, *node_b = m + 8 * cells, *to = m + 9 * cells;
    /* applied: part of the sources */
    double norm = INFINITY, scale = 0, worst = INFINITY, applied = 0;
    int rc = 0, done = 0;
    while (!rc && !done && newton->steps < max_steps) {
        rc = tangents(iv, g, now.v, cols, cells, slope, err);
        struct ohm_solver *solver = rc ? NULL : ohm_solver_new(w, rows, cols, slope, err);
        for (size_t i = 0; i < cells; i++) {
            double source = ohm_iv_current(iv, g[i], now.v[i], NULL) - slope[i] * now.v[i];
            in_w[i] = (io->inject_w ? io->inject_w[i] : 0) - source;
            in_b[i] = (io->inject_b ? io->inject_b[i] : 0) + source;
        }
        struct ohm_solve_io linear = {.v_wl = io->v_wl, .v_bl = io->v_bl, .inject_w = in_w,
                                      .inject_b = in_b, .i_wl = io->i_wl, .i_bl = io->i_bl,
                                      .node_w = node_w, .node_b = node_b};
        rc = !solver || ohm_solver_run(solver, &linear, err) ? -1 : 0;
        ohm_solver_free(solver);
        if (rc)
            break;
        for (size_t i = 0; i < cells; i++)
            to[i] = node_w[i] - node_b[i];
        /* A full step ends in the state that the linear solve describes; only such a one may be the
         * answer. */
        double t = 1, sum = step_to(&next, 1, iv, g, &now, slope, to, &scale, &worst);
        newton->steps++;
        done = isfinite(scale) && worst <= tolerance * scale;
        for (int h = 0; !done && (applied < 1 ? grows(iv, g, next.v, slope, cells) : !(sum < norm));
             h++) {
            if (h == HALVINGS) {
                rc = ohm_fail(err,
                              "crossbar: Newton: no step lowers the mismatch of %g A in step %d",
                              newton->mismatch, newton->steps);
                break;
            }
            t *= 0.5;
            sum = step_to(&next, t, iv, g, &now, slope, to, &scale, &worst);
        }
        applied = t == 1 ? 1 : applied + (1 - applied) * t;
        struct state old = now;
        now = next;
        next = old;
        norm = sum;
        newton->mismatch = worst;
    }
    if (!rc && !done)
        rc = ohm_fail(
            err,
            "crossbar: Newton: no convergence in %d steps, mismatch %g A, expected at most %g A",
            max_steps, newton->mismatch, tolerance * scale);
    if (!rc && io->node_w)
        memcpy(io->node_w, node_w, cells * sizeof *node_w);
    if (!rc && io->node_b)
        memcpy(io->node_b, node_b, cells * sizeof *node_b);
    free(m);
    return rc;
}
