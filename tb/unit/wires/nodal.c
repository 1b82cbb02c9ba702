/* SPDX-License-Identifier: Apache-2.0 */
#include "nodal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long double real;

/* A node is an unknown (≥ 0) or, where an ideal wire leads to it, the terminal of a line: −1 −
 * line, word lines first. */
struct net {
    int rows, cols, unknowns, band;
    int *w, *b; /* node of each cell */
    real *a;    /* [unknowns][band + 1]: a[i][j − i + band], j ≤ i */
    real *rhs;
    const double *v_wl, *v_bl;
    real *out_wl, *out_bl; /* terminal currents */
};

static double at(const double *ends, int i, double otherwise) { return ends ? ends[i] : otherwise; }

static real terminal(const struct net *n, int node)
{
    int line = -1 - node;
    return line < n->rows ? (n->v_wl ? n->v_wl[line] : 0) : (n->v_bl ? n->v_bl[line - n->rows] : 0);
}

static void add(struct net *n, int i, int j, real x)
{
    if (j <= i)
        n->a[(size_t)i * (size_t)(n->band + 1) + (size_t)(j - i + n->band)] += x;
}

static void conductor(struct net *n, int p, int q, real g)
{
    if (p >= 0) {
        add(n, p, p, g);
        if (q >= 0)
            add(n, p, q, -g);
        else
            n->rhs[p] += g * terminal(n, q);
    }
    if (q >= 0) {
        add(n, q, q, g);
        if (p >= 0)
            add(n, q, p, -g);
        else
            n->rhs[q] += g * terminal(n, p);
    }
}

static real voltage(const struct net *n, int node)
{
    return node >= 0 ? n->rhs[node] : terminal(n, node);
}

static void flow(struct net *n, int from, int to, real g)
{
    real current = g * (voltage(n, from) - voltage(n, to));
    int nodes[2] = {from, to};
    for (int k = 0; k < 2; k++)
        if (nodes[k] < 0) {
            int line = -1 - nodes[k];
            *(line < n->rows ? &n->out_wl[line] : &n->out_bl[line - n->rows]) +=
                k ? current : -current;
        }
}

/* Calls f for every resistor of the part. */
static void each(struct net *n, const struct ohm_wires *w, const double *g, int r0, int r1, int c0,
                 int c1, int cols, void (*f)(struct net *, int, int, real))
{
    for (int r = r0; r < r1; r++) {
        double left = w->r_wl + at(w->wl_left, r, 0),
               right = w->r_wl + at(w->wl_right, r, INFINITY);
        if (left > 0 && !isinf(left))
            f(n, -1 - r, n->w[r * cols + c0], 1 / (real)left);
        if (right > 0 && !isinf(right))
            f(n, -1 - r, n->w[r * cols + c1 - 1], 1 / (real)right);
        for (int c = c0; c < c1; c++) {
            if (c > c0 && w->r_wl > 0)
                f(n, n->w[r * cols + c - 1], n->w[r * cols + c], 1 / (real)w->r_wl);
            if (r > r0 && w->r_bl > 0)
                f(n, n->b[(r - 1) * cols + c], n->b[r * cols + c], 1 / (real)w->r_bl);
            f(n, n->w[r * cols + c], n->b[r * cols + c], g[r * cols + c]);
        }
    }
    for (int c = c0; c < c1; c++) {
        double top = w->r_bl + at(w->bl_top, c, INFINITY),
               bottom = w->r_bl + at(w->bl_bottom, c, 0);
        if (top > 0 && !isinf(top))
            f(n, -1 - n->rows - c, n->b[r0 * cols + c], 1 / (real)top);
        if (bottom > 0 && !isinf(bottom))
            f(n, -1 - n->rows - c, n->b[(r1 - 1) * cols + c], 1 / (real)bottom);
    }
}

static void part(struct net *n, const struct ohm_wires *w, const double *g,
                 const struct ohm_solve_io *io, int r0, int r1, int c0, int c1)
{
    int cols = n->cols;
    n->unknowns = 0;
    for (int r = r0; r < r1; r++)
        for (int c = c0; c < c1; c++) {
            int i = r * cols + c;
            if (w->r_wl == 0 && (at(w->wl_left, r, 0) == 0 || at(w->wl_right, r, INFINITY) == 0))
                n->w[i] = -1 - r;
            else
                n->w[i] = w->r_wl == 0 && c > c0 ? n->w[i - 1] : n->unknowns++;
            if (w->r_bl == 0 && (at(w->bl_top, c, INFINITY) == 0 || at(w->bl_bottom, c, 0) == 0))
                n->b[i] = -1 - n->rows - c;
            else
                n->b[i] = w->r_bl == 0 && r > r0 ? n->b[i - cols] : n->unknowns++;
        }
    int u = n->unknowns;
    n->band = w->r_bl == 0 || w->r_wl == 0 ? u : 2 * (c1 - c0) + 1;
    n->band = n->band > u ? u : n->band;
    size_t stride = (size_t)n->band + 1;
    n->a = calloc((size_t)u * stride + 1, sizeof *n->a);
    n->rhs = calloc((size_t)u + 1, sizeof *n->rhs);
    if (!n->a || !n->rhs)
        abort();
    each(n, w, g, r0, r1, c0, c1, cols, conductor);
    for (int r = r0; r < r1; r++)
        for (int c = c0; c < c1; c++) {
            int i = r * cols + c;
            if (io->inject_w && n->w[i] >= 0)
                n->rhs[n->w[i]] += io->inject_w[i];
            else if (io->inject_w)
                n->out_wl[-1 - n->w[i]] += io->inject_w[i];
            if (io->inject_b && n->b[i] >= 0)
                n->rhs[n->b[i]] += io->inject_b[i];
            else if (io->inject_b)
                n->out_bl[-1 - n->b[i] - n->rows] += io->inject_b[i];
        }
    for (int i = 0; i < u; i++) { /* Cholesky */
        int low = i - n->band > 0 ? i - n->band : 0;
        real *ri = n->a + (size_t)i * stride + n->band - i; /* ri[j] = a[i][j] */
        for (int j = low; j <= i; j++) {
            real *rj = n->a + (size_t)j * stride + n->band - j, s = ri[j];
            for (int k = j - n->band > low ? j - n->band : low; k < j; k++)
                s -= ri[k] * rj[k];
            if (j == i && !(s > 0)) {
                printf("nodal: singular at node %d\n", i);
                exit(2);
            }
            ri[j] = j == i ? sqrtl(s) : s / rj[j];
        }
    }
    for (int i = 0; i < u; i++) {
        real *ri = n->a + (size_t)i * stride + n->band - i;
        for (int k = i - n->band > 0 ? i - n->band : 0; k < i; k++)
            n->rhs[i] -= ri[k] * n->rhs[k];
        n->rhs[i] /= ri[i];
    }
    for (int i = u - 1; i >= 0; i--) {
        real *ri = n->a + (size_t)i * stride + n->band - i;
        n->rhs[i] /= ri[i];
        for (int k = i - n->band > 0 ? i - n->band : 0; k < i; k++)
            n->rhs[k] -= ri[k] * n->rhs[i];
    }
    each(n, w, g, r0, r1, c0, c1, cols, flow);
    for (int r = r0; r < r1; r++)
        for (int c = c0; c < c1; c++) {
            io->node_w[r * cols + c] = (double)voltage(n, n->w[r * cols + c]);
            io->node_b[r * cols + c] = (double)voltage(n, n->b[r * cols + c]);
        }
    free(n->a);
    free(n->rhs);
}

void nodal_solve(const struct ohm_wires *w, int rows, int cols, const double *g,
                 const struct ohm_solve_io *io)
{
    struct net n = {.rows = rows, .cols = cols, .v_wl = io->v_wl, .v_bl = io->v_bl};
    n.w = calloc((size_t)(rows * cols), sizeof *n.w);
    n.b = calloc((size_t)(rows * cols), sizeof *n.b);
    n.out_wl = calloc((size_t)rows, sizeof *n.out_wl);
    n.out_bl = calloc((size_t)cols, sizeof *n.out_bl);
    if (!n.w || !n.b || !n.out_wl || !n.out_bl)
        abort();
    int pr = w->part_rows > 0 ? w->part_rows : rows, pc = w->part_cols > 0 ? w->part_cols : cols;
    for (int r = 0; r < rows; r += pr)
        for (int c = 0; c < cols; c += pc)
            part(&n, w, g, io, r, r + pr < rows ? r + pr : rows, c, c + pc < cols ? c + pc : cols);
    for (int r = 0; r < rows; r++)
        io->i_wl[r] = (double)n.out_wl[r];
    for (int c = 0; c < cols; c++)
        io->i_bl[c] = (double)n.out_bl[c];
    free(n.w);
    free(n.b);
    free(n.out_wl);
    free(n.out_bl);
}
