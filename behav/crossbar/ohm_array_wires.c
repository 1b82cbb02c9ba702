/* SPDX-License-Identifier: Apache-2.0
 * The wires of an array as a network, and what its devices conduct behind them. */
#include "ohm_array_parts.h"

#include <math.h>
#include <stdlib.h>

#include "ohm_wires.h"

/* Element of the network's matrix: the devices of a cell lie side by side, on two word lines (2t2r,
 * 4t4r) or two bit lines (1t1r). The network is reciprocal; with bit lines as its rows the solver
 * is faster where they are more. */
struct network {
    int lines, sensed;      /* word lines, bit lines */
    int by_bit_line;        /* rows of the matrix are bit lines */
    int word_step, bit_step; /* lines from a cell to the next */
};

static struct network network_of(const struct ohm_array *a)
{
    struct network n = {.word_step = 2, .bit_step = 1};
    if (ohm_physics_value(&a->physics, OHM_PHYSICS_CELL) == OHM_CELL_1T1R)
        n.word_step = 1, n.bit_step = 2;
    n.lines = a->rows * n.word_step;
    n.sensed = a->cols * n.bit_step;
    n.by_bit_line = n.sensed > n.lines;
    return n;
}

static size_t network_index(const struct network *n, unsigned dev, unsigned row, unsigned col)
{
    size_t word = (size_t)row * (size_t)n->word_step + (n->word_step == 2 ? dev : 0);
    size_t bit = (size_t)col * (size_t)n->bit_step + (n->bit_step == 2 ? dev : 0);
    return n->by_bit_line ? bit * (size_t)n->lines + word : word * (size_t)n->sensed + bit;
}

static void fill(double *ends, int count, double value)
{
    for (int i = 0; i < count; i++)
        ends[i] = value;
}

/* The wires of the network: word lines driven from the left, bit lines sensed at the bottom, or at
 * both ends; back: bit lines driven and word lines sensed at these ends. */
static int transfer(const struct ohm_array *a, const struct network *n, int back, double *g,
                    struct ohm_error *err)
{
    const struct ohm_physics *p = &a->physics;
    const double drive = ohm_physics_value(p, OHM_PHYSICS_R_DRIVE),
                 sense = ohm_physics_value(p, OHM_PHYSICS_R_SENSE),
                 drive_far = ohm_physics_value(p, OHM_PHYSICS_DRIVE) ? drive : INFINITY,
                 sense_far = ohm_physics_value(p, OHM_PHYSICS_SENSE) ? sense : INFINITY;
    double word_near[2 * SIZE_MAX_SIDE], word_far[2 * SIZE_MAX_SIDE], bit_near[2 * SIZE_MAX_SIDE],
        bit_far[2 * SIZE_MAX_SIDE];
    fill(word_near, n->lines, back ? sense : drive);
    fill(word_far, n->lines, back ? sense_far : drive_far);
    fill(bit_near, n->sensed, back ? drive : sense);
    fill(bit_far, n->sensed, back ? drive_far : sense_far);
    double r_wl = ohm_physics_value(p, OHM_PHYSICS_R_WL),
           r_bl = ohm_physics_value(p, OHM_PHYSICS_R_BL);
    int part_lines = (int)ohm_physics_value(p, OHM_PHYSICS_PART_ROWS) * n->word_step;
    int part_sensed = (int)ohm_physics_value(p, OHM_PHYSICS_PART_COLS) * n->bit_step;
    if (!n->by_bit_line) {
        struct ohm_wires w = {.r_wl = r_wl, .r_bl = r_bl, .wl_left = word_near,
                              .wl_right = word_far, .bl_top = bit_far, .bl_bottom = bit_near,
                              .part_rows = part_lines, .part_cols = part_sensed};
        return ohm_wires_transfer(&w, n->lines, n->sensed, g, g, err);
    }
    /* transposed: what was the top is now the left */
    struct ohm_wires w = {.r_wl = r_bl, .r_bl = r_wl, .wl_left = bit_far, .wl_right = bit_near,
                          .bl_top = word_near, .bl_bottom = word_far, .part_rows = part_sensed,
                          .part_cols = part_lines};
    return ohm_wires_transfer(&w, n->sensed, n->lines, g, g, err);
}

void ohm_array_solve_wires(struct ohm_array *a, int back)
{
    struct network n = network_of(a);
    struct ohm_error err = {"array: out of memory for the network of wires"};
    double *g = malloc((size_t)n.lines * (size_t)n.sensed * sizeof *g);
    int failed = !g;
    for (unsigned dev = 0; g && dev < DEVICES; dev++)
        for (unsigned row = 0; row < (unsigned)a->rows; row++)
            for (unsigned col = 0; col < (unsigned)a->cols; col++) {
                double sum = 0;
                for (unsigned k = 0; k < (unsigned)a->parallel; k++)
                    sum += ohm_array_settle(a, dev, k, row, col).g;
                g[network_index(&n, dev, row, col)] = sum * 1e-6;
            }
    failed = failed || transfer(a, &n, back, g, &err);
    for (unsigned dev = 0; dev < DEVICES; dev++)
        for (unsigned row = 0; row < (unsigned)a->rows; row++)
            for (unsigned col = 0; col < (unsigned)a->cols; col++)
                a->behind[back][dev][cell_index(a, row, col)] =
                    failed ? 0 : g[network_index(&n, dev, row, col)] * 1e6;
    if (failed && !a->fault[0])
        snprintf(a->fault, sizeof a->fault, "tile (%u,%u): %.120s", a->macro % 16, a->macro / 16,
                 err.text);
    free(g);
}
