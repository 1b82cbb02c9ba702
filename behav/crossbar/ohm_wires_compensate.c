/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_wires_compensate.h"

#include <math.h>
#include <stdlib.h>

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Counts anew where the cells stand. */
static void measure(struct ohm_compensation *c, int rows, int cols, const double *target,
                    const double *g, const double *geff, double largest)
{
    c->error = c->worst = 0;
    c->at_max = c->at_min = 0;
    c->worst_row = c->worst_col = 0;
    for (int i = 0; i < rows * cols; i++) {
        double miss = fabs(geff[i] - target[i]) / largest;
        int high = g[i] >= c->g_max && geff[i] < target[i],
            low = g[i] <= c->g_min && geff[i] > target[i];
        if (!high && !low) {
            c->error = fmax(c->error, miss);
        } else if (miss > c->tolerance) {
            c->at_max += high;
            c->at_min += low;
            if (miss > c->worst) {
                c->worst = miss;
                c->worst_row = i / cols;
                c->worst_col = i % cols;
            }
        }
    }
}

int ohm_wires_compensate(const struct ohm_wires *w, int rows, int cols, const double *target,
                         double *g, struct ohm_compensation *c, struct ohm_error *err)
{
    if (!(c->g_min >= 0 && c->g_min < c->g_max && c->g_max <= 1e3))
        return ohm_fail(err,
                        "crossbar: compensation range %g to %g S, expected 0 <= min < max <= 1000",
                        c->g_min, c->g_max);
    if (ohm_wires_check(w, rows, cols, target, err))
        return -1;
    if (!(c->tolerance > 0))
        c->tolerance = 1e-9;
    int max_steps = c->max_steps > 0 ? c->max_steps : 500;
    size_t cells = (size_t)rows * (size_t)cols;
    double largest = 0, *geff = malloc(cells * sizeof *geff);
    if (!geff)
        return ohm_fail(err, "crossbar: out of memory for %d x %d", rows, cols);
    for (size_t i = 0; i < cells; i++) {
        largest = fmax(largest, target[i]);
        g[i] = clip(target[i], c->g_min, c->g_max);
    }
    int rc =
        largest > 0
            ? 0
            : ohm_fail(err, "crossbar: compensation: all targets are 0, expected one above 0 S");
    c->error = INFINITY;
    for (c->steps = 0; !rc;) {
        rc = ohm_wires_transfer(w, rows, cols, g, geff, err);
        if (rc)
            break;
        c->steps++;
        measure(c, rows, cols, target, g, geff, largest);
        if (c->error <= c->tolerance)
            break;
        if (c->steps == max_steps) {
            rc = ohm_fail(err,
                          "crossbar: compensation: no convergence in %d steps, error %g of the "
                          "largest target, expected at most %g",
                          max_steps, c->error, c->tolerance);
            break;
        }
        for (size_t i = 0; i < cells; i++)
            if (geff[i] > 0)
                g[i] = clip(g[i] * (target[i] / geff[i]), c->g_min, c->g_max);
            else
                g[i] = clip(target[i], c->g_min, c->g_max); /* an open line: nothing reaches it */
    }
    free(geff);
    return rc;
}
