/* SPDX-License-Identifier: Apache-2.0
 * What integrators that are not ideal make of a read. */
#include "ohm_array_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Charges of on-times that are not whole: byte by byte of their fixed-point numbers with 16
 * fraction bits, by the integer kernel. weight[T]: what a pulse of T ticks counts for. */
static void weighted_product(const struct ohm_array *a, int back, const struct view *v,
                             const int16_t *t, const double *weight, double *q)
{
    const int sensed = sensed_lines(a, back);
    int32_t sum[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    int16_t part[SIZE_MAX_SIDE];
    memset(q, 0, (size_t)sensed * sizeof *q);
    for (int shift = 0; shift <= 16; shift += 8) {
        for (int r = 0; r < driven_lines(a, back); r++) {
            uint32_t fixed = (uint32_t)floor(weight[abs(t[r])] * 65536 + 0.5);
            int byte = (int)(fixed >> shift & 255);
            part[r] = (int16_t)(t[r] < 0 ? -byte : byte);
        }
        ohm_array_product(a, back, v, part, sum);
        for (int c = 0; c < sensed; c++)
            q[c] += ldexp(sum[c], shift - 16);
    }
}

/* The leak acts on the signal; read noise keeps the weight that it was drawn with. */
static void leak(struct ohm_array *a, enum ohm_cell_sel sel, int back, const int16_t *t, int ticks,
                 double *q)
{
    const struct ohm_readout *readout = a->readout[back];
    const struct view *v = ohm_array_view(a, back, sel);
    double weight[OHM_TICKS_MAX + 1], weighted[SIZE_MAX_SIDE];
    int32_t exact[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    if (!v) {
        snprintf(a->fault, sizeof a->fault, "array: out of memory");
        return;
    }
    for (int i = 0; i <= OHM_TICKS_MAX; i++)
        weight[i] = i <= ticks ? ohm_readout_weight(readout, i, ticks) : 0;
    weighted_product(a, back, v, t, weight, weighted);
    ohm_array_product(a, back, v, t, exact);
    for (int c = 0; c < sensed_lines(a, back); c++)
        q[c] += weighted[c] - exact[c];
}

void ohm_array_integrate(struct ohm_array *a, enum ohm_cell_sel sel, int back, const int16_t *t,
                         int ticks, int32_t *q)
{
    const struct ohm_readout *readout = a->readout[back];
    const int sensed = sensed_lines(a, back);
    if (!readout)
        return;
    double charge[SIZE_MAX_SIDE];
    for (int c = 0; c < sensed; c++)
        charge[c] = q[c];
    if (ohm_readout_leaks(readout))
        leak(a, sel, back, t, ticks, charge);
    for (int c = 0; c < sensed; c++)
        q[c] = ohm_readout_integrated(readout, (unsigned)c, charge[c]);
}
