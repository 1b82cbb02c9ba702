/* SPDX-License-Identifier: Apache-2.0
 * The elimination of ohm_wires.c with what the way back needs kept. With k the inverse of K = 1 +
 * r_bl·Y at a segment,
 *
 *   forward:  j ← k j + (what the next row pushes in)      back:  b ← k (b + r_bl·j),
 *
 * j being the short-circuit currents above the segment and b the bit-line voltages below it. k has
 * no negative entries, so voltages and currents of one sign never cancel. */
#include "ohm_solve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_wires_norton.h"

struct part {
    int row, col, rows, cols, pad;
    double r_bl;
    double *k;     /* rows − 1 segments of [cols][pad]: the inverse's columns */
    /* [cols][pad]: the inverse's columns behind the last row: z = last·j − sense·v_bl */
    double *last;
    double *sense; /* [cols][pad] */
    double *alpha, *beta; /* cols: b(last) − v_bl = beta·z */
    double *top;   /* cols: conductance from b(0,c) to the terminal */
    /* [rows][cols]: looking left and right from a word-line node past its own cell */
    double *left, *right;
};

struct ohm_solver {
    int rows, cols, parts;
    double r_wl;
    double *g, *wl_left, *wl_right; /* owned copies */
    struct part part[];
};

static int min_int(int a, int b) { return a < b ? a : b; }

static double *copy_ends(const double *ends, int n, double otherwise)
{
    double *out = malloc((size_t)n * sizeof *out);
    for (int i = 0; out && i < n; i++)
        out[i] = ends ? ends[i] : otherwise;
    return out;
}

/* The transpose of the J (or Y, offset −pad) block. */
static void keep(double *out, const struct ohm_norton *n, int from_y)
{
    for (int i = 0; i < n->cols; i++)
        for (int j = 0; j < n->cols; j++)
            out[(size_t)j * (size_t)n->pad + (size_t)i] =
                from_y ? ohm_norton_y(n, i)[j] : ohm_norton_j(n, i)[j];
}

static void identity(struct ohm_norton *n)
{
    for (int i = 0; i < n->pad; i++)
        for (int j = 0; j < n->pad; j++)
            ohm_norton_j(n, i)[j] = i == j;
}

static double *matrix(size_t count)
{
    double *m = aligned_alloc(64, (count * sizeof *m + 63) / 64 * 64);
    if (m)
        memset(m, 0, count * sizeof *m);
    return m;
}

/* The ladder of one word line, as in ohm_norton_word_line. */
static void ladder(const struct ohm_solver *s, const struct part *p, int r)
{
    const double *g = s->g + (size_t)(p->row + r) * (size_t)s->cols + (size_t)p->col;
    double *al = p->left + (size_t)r * (size_t)p->cols,
           *be = p->right + (size_t)r * (size_t)p->cols;
    int n = p->cols;
    if (s->r_wl == 0)
        return;
    al[0] = 1 / (s->r_wl + s->wl_left[p->row + r]);
    for (int i = 1; i < n; i++)
        al[i] = (al[i - 1] + g[i - 1]) / (1 + s->r_wl * (al[i - 1] + g[i - 1]));
    be[n - 1] = 1 / (s->r_wl + s->wl_right[p->row + r]);
    for (int i = n - 2; i >= 0; i--)
        be[i] = (be[i + 1] + g[i + 1]) / (1 + s->r_wl * (be[i + 1] + g[i + 1]));
}

static int factor(struct ohm_solver *s, struct part *p, const struct ohm_wires *w,
                  struct ohm_error *err)
{
    struct ohm_norton n;
    int bad_init = ohm_norton_init(
            &n, p->cols, (p->cols + OHM_NORTON_BLOCK - 1) / OHM_NORTON_BLOCK * OHM_NORTON_BLOCK),
        bad = 0;
    size_t block = (size_t)p->cols * (size_t)n.pad, cells = (size_t)p->rows * (size_t)p->cols;
    p->pad = n.pad;
    p->r_bl = w->r_bl;
    p->k = w->r_bl > 0 && p->rows > 1 ? matrix(block * (size_t)(p->rows - 1)) : NULL;
    p->last = matrix(block);
    p->sense = matrix(block);
    p->alpha = matrix(3 * (size_t)p->cols);
    p->left = matrix(2 * cells);
    if (bad_init || (w->r_bl > 0 && p->rows > 1 && !p->k) || !p->last || !p->sense || !p->alpha
        || !p->left) {
        ohm_norton_free(&n);
        return ohm_fail(err, "crossbar: out of memory for the node voltages of %d x %d", p->rows,
                        p->cols);
    }
    p->beta = p->alpha + p->cols;
    p->top = p->beta + p->cols;
    p->right = p->left + cells;
    for (int c = 0; c < p->cols; c++) {
        double top = w->bl_top ? w->bl_top[p->col + c] : INFINITY,
               bottom = w->bl_bottom ? w->bl_bottom[p->col + c] : 0;
        double r = w->r_bl > 0 ? w->r_bl + bottom : ohm_norton_parallel(top, bottom);
        p->alpha[c] = !isinf(r);
        p->beta[c] = isinf(r) ? 1 : r;
        p->top[c] = w->r_bl > 0 ? 1 / (w->r_bl + top) : 0;
        ohm_norton_y(&n, c)[c] = p->top[c];
    }
    for (int r = 0; r < p->rows && !bad; r++) {
        if (r > 0 && w->r_bl > 0) {
            identity(&n);
            bad = ohm_norton_segment(&n, w->r_bl, n.pad);
            keep(p->k + block * (size_t)(r - 1), &n, 0);
        }
        ladder(s, p, r);
        ohm_norton_word_line(&n, s->r_wl, s->wl_left[p->row + r], s->wl_right[p->row + r],
                             s->g + (size_t)(p->row + r) * (size_t)s->cols + (size_t)p->col);
    }
    identity(&n);
    if (!bad)
        bad = ohm_norton_series(&n, p->alpha, p->beta, n.pad);
    keep(p->last, &n, 0);
    keep(p->sense, &n, 1);
    ohm_norton_free(&n);
    return bad ? ohm_fail(err, "crossbar: singular to double precision: a line hangs on "
                               "conductances too small against the others")
               : 0;
}

struct ohm_solver *ohm_solver_new(const struct ohm_wires *w, int rows, int cols, const double *g,
                                  struct ohm_error *err)
{
    if (ohm_wires_check(w, rows, cols, g, err))
        return NULL;
    int pr = w->part_rows > 0 ? min_int(w->part_rows, rows) : rows,
        pc = w->part_cols > 0 ? min_int(w->part_cols, cols) : cols;
    int count = ((rows + pr - 1) / pr) * ((cols + pc - 1) / pc);
    struct ohm_solver *s = calloc(1, sizeof *s + (size_t)count * sizeof s->part[0]);
    if (s) {
        s->rows = rows;
        s->cols = cols;
        s->r_wl = w->r_wl;
        s->g = malloc((size_t)rows * (size_t)cols * sizeof *g);
        s->wl_left = copy_ends(w->wl_left, rows, 0);
        s->wl_right = copy_ends(w->wl_right, rows, INFINITY);
    }
    if (!s || !s->g || !s->wl_left || !s->wl_right) {
        ohm_solver_free(s);
        ohm_fail(err, "crossbar: out of memory for %d x %d", rows, cols);
        return NULL;
    }
    memcpy(s->g, g, (size_t)rows * (size_t)cols * sizeof *g);
    for (int r = 0; r < rows; r += pr)
        for (int c = 0; c < cols; c += pc) {
            struct part *p = &s->part[s->parts++];
            p->row = r;
            p->col = c;
            p->rows = min_int(pr, rows - r);
            p->cols = min_int(pc, cols - c);
            if (factor(s, p, w, err)) {
                ohm_solver_free(s);
                return NULL;
            }
        }
    return s;
}

void ohm_solver_free(struct ohm_solver *s)
{
    for (int i = 0; s && i < s->parts; i++) {
        free(s->part[i].k);
        free(s->part[i].last);
        free(s->part[i].sense);
        free(s->part[i].alpha);
        free(s->part[i].left);
    }
    if (s) {
        free(s->g);
        free(s->wl_left);
        free(s->wl_right);
    }
    free(s);
}

/* Voltages of word line r's nodes; b NULL: bit lines at 0. */
static void word_nodes(const struct ohm_solver *s, const struct part *p, int r, double v,
                       const double *b, const double *inject, double *out)
{
    int n = p->cols;
    const double *g = s->g + (size_t)(p->row + r) * (size_t)s->cols + (size_t)p->col;
    double from_left = s->wl_left[p->row + r], from_right = s->wl_right[p->row + r];
    if (s->r_wl == 0) {
        double drive = 1 / from_left + 1 / from_right, total = drive,
               sum = isinf(drive) ? 0 : drive * v;
        for (int i = 0; i < n; i++) {
            total += g[i];
            sum += (b ? g[i] * b[i] : 0) + (inject ? inject[i] : 0);
        }
        double w = isinf(drive) ? v : sum / total;
        for (int i = 0; i < n; i++)
            out[i] = w;
        return;
    }
    const double *al = p->left + (size_t)r * (size_t)n, *be = p->right + (size_t)r * (size_t)n;
    double j = v * al[0]; /* short-circuit current from the left */
    for (int i = 0; i < n; i++) {
        out[i] = j;
        j = (j + (b ? g[i] * b[i] : 0) + (inject ? inject[i] : 0)) / (1 + s->r_wl * (al[i] + g[i]));
    }
    j = v * be[n - 1];
    for (int i = n - 1; i >= 0; i--) {
        double own = (b ? g[i] * b[i] : 0) + (inject ? inject[i] : 0);
        out[i] = (out[i] + own + j) / (al[i] + g[i] + be[i]);
        j = (j + own) / (1 + s->r_wl * (be[i] + g[i]));
    }
}

static const double *row_of(const double *m, const struct ohm_solver *s, const struct part *p,
                            int r)
{
    return m ? m + (size_t)(p->row + r) * (size_t)s->cols + (size_t)p->col : NULL;
}

/* j: (rows + 2) × pad doubles of work; w: cols. */
static void run_part(const struct ohm_solver *s, const struct part *p,
                     const struct ohm_solve_io *io, double *work, double *w)
{
    int n = p->cols, rows = p->rows;
    size_t pad = (size_t)p->pad, block = (size_t)n * pad;
    double *b = work + (size_t)rows * pad, *z = b + pad;
    const double *v_bl = io->v_bl ? io->v_bl + p->col : NULL;
    double *j = work; /* of the row: kept as it is above the segment below the row */
    memset(work, 0, pad * sizeof *work);
    for (int c = 0; c < n && v_bl; c++)
        j[c] = p->top[c] * v_bl[c];
    for (int r = 0; r < rows; r++) {
        double *next = work + (size_t)r * pad;
        if (r > 0) {
            if (p->r_bl > 0) {
                memset(next, 0, pad * sizeof *next);
                ohm_norton_multiply(next, p->k + block * (size_t)(r - 1), j, n, p->pad);
            } else {
                memcpy(next, j, pad * sizeof *next);
            }
        }
        j = next;
        const double *g = row_of(s->g, s, p, r), *inject = row_of(io->inject_b, s, p, r);
        word_nodes(s, p, r, io->v_wl ? io->v_wl[p->row + r] : 0, NULL,
                   row_of(io->inject_w, s, p, r), w);
        for (int c = 0; c < n; c++)
            j[c] += g[c] * w[c] + (inject ? inject[c] : 0);
    }
    memset(z, 0, pad * sizeof *z);
    memset(b, 0, pad * sizeof *b);
    if (v_bl) {
        for (int c = 0; c < n; c++)
            b[c] = p->alpha[c] > 0 ? -v_bl[c] : 0;
        ohm_norton_multiply(z, p->sense, b, n, p->pad);
        memset(b, 0, pad * sizeof *b);
    }
    ohm_norton_multiply(z, p->last, j, n, p->pad);
    for (int c = 0; c < n; c++)
        b[c] = p->beta[c] * z[c] + (v_bl && p->alpha[c] > 0 ? v_bl[c] : 0);
    for (int r = rows - 1; r >= 0; r--) {
        if (r < rows - 1 && p->r_bl > 0) {
            j = work + (size_t)r * pad;
            for (int c = 0; c < n; c++)
                j[c] = b[c] + p->r_bl * j[c];
            memset(b, 0, pad * sizeof *b);
            ohm_norton_multiply(b, p->k + block * (size_t)r, j, n, p->pad);
        }
        word_nodes(s, p, r, io->v_wl ? io->v_wl[p->row + r] : 0, b, row_of(io->inject_w, s, p, r),
                   w);
        const double *g = row_of(s->g, s, p, r), *in_w = row_of(io->inject_w, s, p, r),
                     *in_b = row_of(io->inject_b, s, p, r);
        size_t at = (size_t)(p->row + r) * (size_t)s->cols + (size_t)p->col;
        for (int c = 0; c < n; c++) {
            double current = g[c] * (w[c] - b[c]);
            if (io->i_wl)
                io->i_wl[p->row + r] += (in_w ? in_w[c] : 0) - current;
            if (io->i_bl)
                io->i_bl[p->col + c] += (in_b ? in_b[c] : 0) + current;
            if (io->node_w)
                io->node_w[at + (size_t)c] = w[c];
            if (io->node_b)
                io->node_b[at + (size_t)c] = b[c];
        }
    }
}

int ohm_solver_run(const struct ohm_solver *s, const struct ohm_solve_io *io, struct ohm_error *err)
{
    size_t pad = 0, rows = 0;
    for (int i = 0; i < s->parts; i++) {
        pad = (size_t)s->part[i].pad > pad ? (size_t)s->part[i].pad : pad;
        rows = (size_t)s->part[i].rows > rows ? (size_t)s->part[i].rows : rows;
    }
    double *work = matrix((rows + 3) * pad);
    if (!work)
        return ohm_fail(err, "crossbar: out of memory for %d x %d", s->rows, s->cols);
    if (io->i_wl)
        memset(io->i_wl, 0, (size_t)s->rows * sizeof *io->i_wl);
    if (io->i_bl)
        memset(io->i_bl, 0, (size_t)s->cols * sizeof *io->i_bl);
    for (int i = 0; i < s->parts; i++)
        run_part(s, &s->part[i], io, work, work + (rows + 2) * pad);
    free(work);
    return 0;
}

/* ---- capacitance ---- */

static int check_capacitance(double c_wl, double c_bl, struct ohm_error *err)
{
    if (!(c_wl >= 0 && c_wl <= 1) || !(c_bl >= 0 && c_bl <= 1))
        return ohm_fail(err, "crossbar: capacitance %g, %g F per cell, expected 0 to 1", c_wl,
                        c_bl);
    return 0;
}

static double ratio(double moment, double value)
{
    return value != 0 ? moment / value : NAN;
}

int ohm_solver_delay(const struct ohm_solver *s, double c_wl, double c_bl,
                     const struct ohm_solve_io *io, struct ohm_error *err)
{
    size_t cells = (size_t)s->rows * (size_t)s->cols, lines = (size_t)(s->rows + s->cols);
    if (check_capacitance(c_wl, c_bl, err))
        return -1;
    if (io->inject_w || io->inject_b)
        return ohm_fail(err, "crossbar: delay: injected currents, expected none");
    double *m = malloc((4 * cells + 2 * lines) * sizeof *m);
    if (!m)
        return ohm_fail(err, "crossbar: out of memory for %d x %d", s->rows, s->cols);
    double *w0 = m, *b0 = w0 + cells, *w1 = b0 + cells, *b1 = w1 + cells, *i0 = b1 + cells,
           *i1 = i0 + lines;
    struct ohm_solve_io step = {.v_wl = io->v_wl, .v_bl = io->v_bl, .i_wl = i0,
                                .i_bl = i0 + s->rows, .node_w = w0, .node_b = b0};
    int rc = ohm_solver_run(s, &step, err);
    for (size_t i = 0; i < cells; i++) {
        w1[i] = c_wl * w0[i];
        b1[i] = c_bl * b0[i];
    }
    /* The charge that the lines still lack arrives late: seen from a terminal it is a current of
     * the opposite sign. */
    struct ohm_solve_io moment = {.inject_w = w1, .inject_b = b1, .i_wl = i1, .i_bl = i1 + s->rows,
                                  .node_w = io->node_w, .node_b = io->node_b};
    if (!rc)
        rc = ohm_solver_run(s, &moment, err);
    for (size_t i = 0; i < cells && !rc; i++) {
        if (io->node_w)
            io->node_w[i] = ratio(io->node_w[i], w0[i]);
        if (io->node_b)
            io->node_b[i] = ratio(io->node_b[i], b0[i]);
    }
    for (int r = 0; r < s->rows && !rc && io->i_wl; r++)
        io->i_wl[r] = ratio(i1[r], i0[r]);
    for (int c = 0; c < s->cols && !rc && io->i_bl; c++)
        io->i_bl[c] = ratio(i1[s->rows + c], i0[s->rows + c]);
    free(m);
    return rc;
}

int ohm_solver_time_constant(const struct ohm_solver *s, double c_wl, double c_bl, double *tau,
                             struct ohm_error *err)
{
    enum { STEPS = 10000 };
    size_t cells = (size_t)s->rows * (size_t)s->cols;
    if (check_capacitance(c_wl, c_bl, err))
        return -1;
    if (c_wl == 0 && c_bl == 0) {
        *tau = 0;
        return 0;
    }
    double *x = malloc(2 * cells * sizeof *x), *q = malloc(2 * cells * sizeof *q), now = 0,
           change = 1;
    int rc = x && q ? 0 : ohm_fail(err, "crossbar: out of memory for %d x %d", s->rows, s->cols),
        steps = 0;
    for (size_t i = 0; i < 2 * cells && !rc; i++)
        x[i] = 1;
    struct ohm_solve_io io = {.inject_w = q, .inject_b = q ? q + cells : NULL, .node_w = x,
                              .node_b = x ? x + cells : NULL};
    /* Every entry of A⁻¹ C is ≥ 0 and it is symmetric in the energy norm: power iteration converges
     * to the largest eigenvalue. */
    while (!rc && change > 1e-9 && steps++ < STEPS) {
        double before = 0, after = 0, last = now, norm;
        for (size_t i = 0; i < 2 * cells; i++) {
            q[i] = (i < cells ? c_wl : c_bl) * x[i];
            before += q[i] * x[i];
        }
        rc = ohm_solver_run(s, &io, err);
        for (size_t i = 0; i < 2 * cells; i++)
            after += q[i] * x[i];
        /* Rayleigh quotient: its error is the square of the vector's */
        now = before > 0 ? after / before : 0;
        norm = 0;
        for (size_t i = 0; i < 2 * cells; i++)
            norm = x[i] > norm ? x[i] : norm;
        for (size_t i = 0; i < 2 * cells && norm > 0; i++)
            x[i] /= norm;
        change = now > 0 ? fabs(now - last) / now : 0;
    }
    free(x);
    free(q);
    if (!rc && change > 1e-9)
        rc = ohm_fail(err,
                      "crossbar: time constant: no convergence in %d steps, last change %g of %g s",
                      STEPS, change, now);
    if (!rc)
        *tau = now;
    return rc;
}
