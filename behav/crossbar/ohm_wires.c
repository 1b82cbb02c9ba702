/* SPDX-License-Identifier: Apache-2.0
 * Row-by-row elimination from one end of the bit lines to the other:
 *
 *   one bit-line segment in series:   Y ← (1 + r_bl·Y)⁻¹ Y,   J ← (1 + r_bl·Y)⁻¹ J
 *   one row of cells in parallel:     Y ← Y + S_r,            J ← [J, f_r]
 *
 * S_r and f_r are the row's word line with its nodes eliminated, a ladder network. */
#include "ohm_wires.h"

#include <math.h>
#include <stdlib.h>

#include "ohm_wires_norton.h"

static double end_of(const double *ends, int i, double otherwise)
{
    return ends ? ends[i] : otherwise;
}

/* ---- checks ---- */

static int check_ends(const char *name, const double *ends, int n, struct ohm_error *err)
{
    for (int i = 0; ends && i < n; i++)
        if (!(ends[i] >= 0 && (ends[i] <= 1e9 || isinf(ends[i]))))
            return ohm_fail(err, "crossbar: %s[%d] = %g ohm, expected 0 to 1e9 or inf", name, i,
                            ends[i]);
    return 0;
}

static int find_root(int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Lines joined by cells are one net; a net without a terminal has no defined voltage. Node `rows +
 * cols` is all terminals. */
static int check_floating(const struct ohm_wires *w, int ld, int r0, int rows, int c0, int cols,
                          const double *g, int *parent, struct ohm_error *err)
{
    int terminal = rows + cols;
    for (int i = 0; i <= terminal; i++)
        parent[i] = i;
    for (int r = 0; r < rows; r++) {
        if (!isinf(end_of(w->wl_left, r0 + r, 0)) || !isinf(end_of(w->wl_right, r0 + r, INFINITY)))
            parent[find_root(parent, r)] = find_root(parent, terminal);
        for (int c = 0; c < cols; c++)
            if (g[(size_t)(r0 + r) * (size_t)ld + (size_t)(c0 + c)] > 0)
                parent[find_root(parent, r)] = find_root(parent, rows + c);
    }
    for (int c = 0; c < cols; c++)
        if (!isinf(end_of(w->bl_bottom, c0 + c, 0)) || !isinf(end_of(w->bl_top, c0 + c, INFINITY)))
            parent[find_root(parent, rows + c)] = find_root(parent, terminal);
    for (int i = 0; i < terminal; i++)
        if (find_root(parent, i) != find_root(parent, terminal))
            return ohm_fail(
                err,
                "crossbar: %s line %d floats: no conductance joins it to a driven or sensed line",
                i < rows ? "word" : "bit", i < rows ? r0 + i : c0 + i - rows);
    return 0;
}

static int part_size(int part, int whole) { return part > 0 && part < whole ? part : whole; }
static int min_int(int a, int b) { return a < b ? a : b; }

int ohm_wires_check(const struct ohm_wires *w, int rows, int cols, const double *g,
                    struct ohm_error *err)
{
    if (rows < 1 || rows > OHM_WIRES_SIZE_MAX || cols < 1 || cols > OHM_WIRES_SIZE_MAX)
        return ohm_fail(err, "crossbar: size %d x %d, expected 1 to %d rows and columns", rows,
                        cols, OHM_WIRES_SIZE_MAX);
    if (!(w->r_wl >= 0 && w->r_wl <= 1e9))
        return ohm_fail(err, "crossbar: r_wl = %g ohm, expected 0 to 1e9", w->r_wl);
    if (!(w->r_bl >= 0 && w->r_bl <= 1e9))
        return ohm_fail(err, "crossbar: r_bl = %g ohm, expected 0 to 1e9", w->r_bl);
    if (w->part_rows < 0 || w->part_cols < 0)
        return ohm_fail(err, "crossbar: parts of %d x %d, expected 0 or more", w->part_rows,
                        w->part_cols);
    if (check_ends("wl_left", w->wl_left, rows, err)
        || check_ends("wl_right", w->wl_right, rows, err)
        || check_ends("bl_top", w->bl_top, cols, err)
        || check_ends("bl_bottom", w->bl_bottom, cols, err))
        return -1;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            double x = g[(size_t)r * (size_t)cols + (size_t)c];
            if (!(x >= 0 && x <= 1e3))
                return ohm_fail(
                    err, "crossbar: conductance of row %d, column %d = %g S, expected 0 to 1000", r,
                    c, x);
        }
    int *parent = malloc((size_t)(rows + cols + 1) * sizeof *parent), rc = 0;
    if (!parent)
        return ohm_fail(err, "crossbar: out of memory for %d x %d", rows, cols);
    int pr = part_size(w->part_rows, rows), pc = part_size(w->part_cols, cols);
    for (int r = 0; r < rows && !rc; r += pr)
        for (int c = 0; c < cols && !rc; c += pc)
            rc = check_floating(w, cols, r, min_int(pr, rows - r), c, min_int(pc, cols - c), g,
                                parent, err);
    free(parent);
    return rc;
}

/* ---- transfer matrix ---- */

struct part {
    const struct ohm_wires *w;
    const double *g; /* of its first cell */
    size_t ld;       /* columns of the whole array */
    int row, col;    /* its first cell */
    int rows, cols;
};

/* Adds to out[rows][cols] what reaches the bottom ends, or the top ones: then the rows are taken
 * from the last one up. */
static int pass(const struct part *p, int to_top, double *out, struct ohm_error *err)
{
    const struct ohm_wires *w = p->w;
    struct ohm_norton n;
    if (ohm_norton_init(&n, p->cols, p->rows)) {
        ohm_norton_free(&n);
        return ohm_fail(err, "crossbar: out of memory for %d x %d", p->rows, p->cols);
    }
    int bad = 0;
    for (int c = 0; c < p->cols && w->r_bl > 0; c++)
        ohm_norton_y(&n, c)[c] = 1
                                 / (w->r_bl
                                    + (to_top ? end_of(w->bl_bottom, p->col + c, 0)
                                              : end_of(w->bl_top, p->col + c, INFINITY)));
    for (int k = 0; k < p->rows && !bad; k++) {
        if (k > 0 && w->r_bl > 0)
            bad = ohm_norton_segment(&n, w->r_bl, k);
        int r = to_top ? p->rows - 1 - k : k;
        const double *g = p->g + (size_t)r * p->ld;
        const double *u = ohm_norton_word_line(&n, w->r_wl, end_of(w->wl_left, p->row + r, 0),
                                               end_of(w->wl_right, p->row + r, INFINITY), g);
        for (int c = 0; c < p->cols; c++)
            ohm_norton_j(&n, c)[k] = g[c] * u[c];
    }
    double total = 0;
    for (int c = 0; c < p->cols; c++) {
        double bottom = end_of(w->bl_bottom, p->col + c, 0),
               top = end_of(w->bl_top, p->col + c, INFINITY);
        double r =
            w->r_bl > 0 ? w->r_bl + (to_top ? top : bottom) : ohm_norton_parallel(top, bottom);
        n.alpha[c] = !isinf(r);
        n.beta[c] = isinf(r) ? 1 : r;
        total += n.beta[c];
    }
    if (!bad && total > 0)
        bad = ohm_norton_series(&n, n.alpha, n.beta, p->rows);
    for (int k = 0; k < p->rows && !bad; k++) {
        int r = to_top ? p->rows - 1 - k : k;
        for (int c = 0; c < p->cols; c++)
            out[(size_t)r * (size_t)p->cols + (size_t)c] += n.alpha[c] * ohm_norton_j(&n, c)[k];
    }
    ohm_norton_free(&n);
    return bad ? ohm_fail(err, "crossbar: singular to double precision: a line hangs on "
                               "conductances too small against the others")
               : 0;
}

static int any_closed(const double *ends, int from, int n, double otherwise)
{
    for (int i = 0; i < n; i++)
        if (!isinf(end_of(ends, from + i, otherwise)))
            return 1;
    return 0;
}

static int transfer_part(const struct part *p, double *geff, struct ohm_error *err)
{
    double *sum = calloc((size_t)p->rows * (size_t)p->cols, sizeof *sum);
    if (!sum)
        return ohm_fail(err, "crossbar: out of memory for %d x %d", p->rows, p->cols);
    int rc = 0, bottom = any_closed(p->w->bl_bottom, p->col, p->cols, 0),
        top = any_closed(p->w->bl_top, p->col, p->cols, INFINITY);
    if (bottom || (top && p->w->r_bl == 0)) /* without segments both ends are one */
        rc = pass(p, 0, sum, err);
    if (!rc && top && p->w->r_bl > 0)
        rc = pass(p, 1, sum, err);
    for (int r = 0; r < p->rows && !rc; r++)
        for (int c = 0; c < p->cols; c++)
            geff[(size_t)r * p->ld + (size_t)c] = sum[(size_t)r * (size_t)p->cols + (size_t)c];
    free(sum);
    return rc;
}

int ohm_wires_transfer(const struct ohm_wires *w, int rows, int cols, const double *g, double *geff,
                       struct ohm_error *err)
{
    if (ohm_wires_check(w, rows, cols, g, err))
        return -1;
    int pr = part_size(w->part_rows, rows), pc = part_size(w->part_cols, cols);
    for (int r = 0; r < rows; r += pr)
        for (int c = 0; c < cols; c += pc) {
            size_t at = (size_t)r * (size_t)cols + (size_t)c;
            struct part p = {
                w, g + at, (size_t)cols, r, c, min_int(pr, rows - r), min_int(pc, cols - c)};
            if (transfer_part(&p, geff + at, err))
                return -1;
        }
    return 0;
}
