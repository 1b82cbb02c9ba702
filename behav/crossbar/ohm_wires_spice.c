/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_wires_spice.h"

#include <math.h>

/* One family of lines, word or bit. The terminal of line i is node <x>t<i>, behind it the measuring
 * source v<x>l<i>. */
struct family {
    char x; /* 'w' or 'b' */
    int count, length;
    double r;
    const double *near, *far; /* ends at position 0 and at the last one */
    double near_default, far_default;
};

static double near_of(const struct family *f, int i)
{
    return f->near ? f->near[i] : f->near_default;
}
static double far_of(const struct family *f, int i) { return f->far ? f->far[i] : f->far_default; }

/* The node of line i at position k. Without segment resistance a line is one node, and with an
 * ideal end it is the terminal itself. */
static const char *node(const struct family *f, int i, int k, char text[32])
{
    if (f->r > 0)
        snprintf(text, 32, "%c%d_%d", f->x, i, k);
    else if (near_of(f, i) == 0 || far_of(f, i) == 0)
        snprintf(text, 32, "%ct%d", f->x, i);
    else
        snprintf(text, 32, "%c%d", f->x, i);
    return text;
}

static void write_family(FILE *out, const struct family *f, const double *v, double farad)
{
    char a[32], b[32];
    for (int i = 0; i < f->count; i++) {
        double near = f->r + near_of(f, i), far = f->r + far_of(f, i);
        if (!isinf(near) || !isinf(far)) {
            fprintf(out, "v%cl%d %ct%d 0 dc %.17g\n", f->x, i, f->x, i, v ? v[i] : 0);
            if (!isinf(near) && near > 0 && !(f->r == 0 && far == 0))
                fprintf(out, "r%cn%d %ct%d %s %.17g\n", f->x, i, f->x, i, node(f, i, 0, a), near);
            if (!isinf(far) && far > 0 && !(f->r == 0 && near == 0))
                fprintf(out, "r%cf%d %ct%d %s %.17g\n", f->x, i, f->x, i,
                        node(f, i, f->length - 1, a), far);
        }
        for (int k = 1; k < f->length && f->r > 0; k++)
            fprintf(out, "r%c%d_%d %s %s %.17g\n", f->x, i, k, node(f, i, k - 1, a),
                    node(f, i, k, b), f->r);
        for (int k = 0; k < f->length && farad > 0; k++)
            fprintf(out, "c%c%d_%d %s 0 %.17g\n", f->x, i, k, node(f, i, k, a), farad);
    }
}

static void write_cell(FILE *out, const struct ohm_iv *iv, int r, int c, double g, const char *w,
                       const char *b)
{
    if (iv->kind == OHM_IV_LINEAR) {
        fprintf(out, "rg%d_%d %s %s %.17g\n", r, c, w, b, 1 / g);
    } else if (iv->kind == OHM_IV_SINH) {
        fprintf(out, "bg%d_%d %s %s i=%.17g*sinh(v(%s,%s)*%.17g)\n", r, c, w, b, g * iv->v0, w, b,
                1 / iv->v0);
    } else if (iv->kind == OHM_IV_DATA) {
        fprintf(out, "bg%d_%d %s %s i=%.17g*sinh(v(%s,%s)*%.17g)\n", r, c, w, b, OHM_IV_DATA_A * g,
                w, b, OHM_IV_DATA_B);
    } else {
        double nl2, nl3;
        ohm_iv_milo(g, &nl2, &nl3);
        fprintf(out, "bg%d_%d %s %s i=v(%s,%s)*(%.17g+v(%s,%s)*(%.17g+v(%s,%s)*(%.17g)))\n", r, c,
                w, b, w, b, g, w, b, nl2, w, b, nl3);
    }
}

int ohm_wires_spice(FILE *out, const struct ohm_wires *w, int rows, int cols, const double *g,
                    const struct ohm_iv *iv, double c_wl, double c_bl, const double *v_wl,
                    const double *v_bl, struct ohm_error *err)
{
    if (ohm_wires_check(w, rows, cols, g, err))
        return -1;
    if ((w->part_rows > 0 && w->part_rows < rows) || (w->part_cols > 0 && w->part_cols < cols))
        return ohm_fail(
            err, "crossbar: netlist of an array in parts, expected one part (export each part)");
    struct family word = {'w', rows, cols, w->r_wl, w->wl_left, w->wl_right, 0, INFINITY};
    struct family bit = {'b', cols, rows, w->r_bl, w->bl_top, w->bl_bottom, INFINITY, 0};
    fprintf(out,
            "* crossbar %d x %d: w<row>_<column> and b<column>_<row> are the nodes of a cell\n",
            rows, cols);
    fprintf(out, ".options reltol=1e-12 abstol=1e-18 vntol=1e-15 gmin=1e-30\n");
    write_family(out, &word, v_wl, c_wl);
    write_family(out, &bit, v_bl, c_bl);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            double x = g[(size_t)r * (size_t)cols + (size_t)c];
            char a[32], b[32];
            if (ohm_iv_check(iv, x, err))
                return -1;
            if (x > 0)
                write_cell(out, iv, r, c, x, node(&word, r, c, a), node(&bit, c, r, b));
        }
    fprintf(out, ".control\nset numdgt=16\nop\n");
    for (int r = 0; r < rows; r++)
        if (!isinf(near_of(&word, r)) || !isinf(far_of(&word, r)))
            fprintf(out, "print i(vwl%d)\n", r);
    for (int c = 0; c < cols; c++)
        if (!isinf(near_of(&bit, c)) || !isinf(far_of(&bit, c)))
            fprintf(out, "print i(vbl%d)\n", c);
    fprintf(out, "quit\n.endc\n.end\n");
    return ferror(out) ? ohm_fail(err, "crossbar: the netlist could not be written") : 0;
}
