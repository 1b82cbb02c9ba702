/* SPDX-License-Identifier: Apache-2.0
 * ohm-xbar: reads an array and inputs, solves, prints statistics, writes what was asked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_table.h"
#include "ohm_wires_compensate.h"
#include "ohm_wires_spice.h"
#include "ohm_xbar.h"

struct xbar {
    struct ohm_xbar_options o;
    struct ohm_table g, in, bias;
    int rows, cols, vectors;
    int driven, sensed;                     /* lines */
    double *ends;                           /* wl_left, wl_right, bl_top, bl_bottom */
    struct ohm_wires w;
    double *v_wl, *v_bl;                    /* of the vector at hand */
    double *geff, *out, *nodes, *delays, *cells;
    int newton_steps;
    /* word lines, then bit lines: float, and no current can flow in them */
    unsigned char *isolated;
    struct ohm_outputs files;
};

static void *allocate(size_t count, struct ohm_error *err)
{
    void *p = calloc(count ? count : 1, sizeof(double));
    if (!p)
        ohm_fail(err, "out of memory");
    return p;
}

/* ---- set-up ---- */

/* Files that are to be written: what cannot be is said before the work. */
static int reserve(struct xbar *x, struct ohm_error *err)
{
    const struct ohm_xbar_options *o = &x->o;
    const char *const paths[] = {o->out, o->matrix, o->nodes, o->delays, o->cells, o->spice};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (paths[i] && ohm_outputs_reserve(&x->files, paths[i], err))
            return -1;
    return 0;
}

/* Numbers in other units than siemens and volts, or with decimal commas, are far outside of what
 * cells and lines have. */
static int check_units(const char *path, const struct ohm_table *t, double most, const char *unit,
                       const char *hint, struct ohm_error *err)
{
    for (size_t i = 0; i < t->rows * t->cols; i++)
        if (fabs(t->v[i]) > most)
            return ohm_fail(err, "%s: row %zu, column %zu: %g %s, expected at most %g%s", path,
                            i / t->cols, i % t->cols, t->v[i], unit, most, hint);
    return 0;
}

static int load(struct xbar *x, struct ohm_error *err)
{
    const struct ohm_xbar_options *o = &x->o;
    if (ohm_table_load(o->g, &x->g, err))
        return -1;
    if (check_units(o->g, &x->g, 0.1, "S", ": conductances are in siemens, 10 uS is 1e-5", err))
        return -1;
    if (x->g.rows > OHM_WIRES_SIZE_MAX || x->g.cols > OHM_WIRES_SIZE_MAX)
        return ohm_fail(err, "%s: %zu x %zu, expected at most %d rows and columns", o->g, x->g.rows,
                        x->g.cols, OHM_WIRES_SIZE_MAX);
    x->rows = (int)x->g.rows;
    x->cols = (int)x->g.cols;
    x->driven = o->transposed ? x->cols : x->rows;
    x->sensed = o->transposed ? x->rows : x->cols;
    if (o->select) {
        if (o->row >= x->rows || o->col >= x->cols)
            return ohm_fail(err, "--select: cell %d,%d, expected one of the %d x %d of %s", o->row,
                            o->col, x->rows, x->cols, o->g);
        x->vectors = 1;
    }
    if (o->in) {
        if (ohm_table_load(o->in, &x->in, err) || check_units(o->in, &x->in, 100, "V", "", err))
            return -1;
        if (x->in.rows != (size_t)x->driven)
            return ohm_fail(err, "%s: %zu rows, expected %d, one for each %s line of %s", o->in,
                            x->in.rows, x->driven, o->transposed ? "bit" : "word", o->g);
        if (x->in.cols > 1 << 24)
            return ohm_fail(err, "%s: %zu vectors, expected at most %d", o->in, x->in.cols,
                            1 << 24);
        x->vectors = (int)x->in.cols;
    }
    if ((o->spice || o->delays) && o->vector >= x->vectors)
        return ohm_fail(err, "--vector: %d, expected 0 to %d", o->vector, x->vectors - 1);
    if (o->bias) {
        char *end;
        double volts = strtod(o->bias, &end);
        if (end == o->bias || *end) {
            if (ohm_table_load(o->bias, &x->bias, err))
                return -1;
            if (x->bias.rows * x->bias.cols != (size_t)x->sensed)
                return ohm_fail(err, "%s: %zu values, expected %d, one for each sensed line",
                                o->bias, x->bias.rows * x->bias.cols, x->sensed);
        } else {
            if (!(fabs(volts) <= 100))
                return ohm_fail(err, "--bias: %s V, expected -100 to 100", o->bias);
            if (!(x->bias.v = allocate((size_t)x->sensed, err)))
                return -1;
            for (int i = 0; i < x->sensed; i++)
                x->bias.v[i] = volts;
        }
    }
    return 0;
}

static int set_wires(struct xbar *x, struct ohm_error *err)
{
    const struct ohm_xbar_options *o = &x->o;
    size_t rows = (size_t)x->rows, cols = (size_t)x->cols;
    if (!(x->ends = allocate(2 * (rows + cols), err)) || !(x->v_wl = allocate(rows, err))
        || !(x->v_bl = allocate(cols, err)))
        return -1;
    double *left = x->ends, *right = left + rows, *top = right + rows, *bottom = top + cols;
    double r_wl = o->transposed ? o->r_sense : o->r_drive,
           r_bl = o->transposed ? o->r_drive : o->r_sense;
    for (int r = 0; r < x->rows; r++) {
        left[r] = o->wl_ends & OHM_XBAR_NEAR ? r_wl : INFINITY;
        right[r] = o->wl_ends & OHM_XBAR_FAR ? r_wl : INFINITY;
        if (o->select && o->idle == OHM_XBAR_FLOAT && r != o->row)
            left[r] = right[r] = INFINITY;
    }
    for (int c = 0; c < x->cols; c++) {
        top[c] = o->bl_ends & OHM_XBAR_NEAR ? r_bl : INFINITY;
        bottom[c] = o->bl_ends & OHM_XBAR_FAR ? r_bl : INFINITY;
        if (o->select && o->idle == OHM_XBAR_FLOAT && c != o->col)
            top[c] = bottom[c] = INFINITY;
    }
    x->w =
        (struct ohm_wires){o->r_wl, o->r_bl, left, right, top, bottom, o->part_rows, o->part_cols};
    if (ohm_xbar_float("--float-wl", o->float_wl, left, right, x->rows, err)
        || ohm_xbar_float("--float-bl", o->float_bl, top, bottom, x->cols, err)
        || !(x->isolated = allocate(rows + cols, err)))
        return -1;
    return ohm_xbar_isolated(x->g.v, x->rows, x->cols,
                             &(struct ohm_xbar_ends){left, right, top, bottom}, x->isolated, err)
                   < 0
               ? -1
               : 0;
}

/* An isolated line is held at 0 V, so its nodes have a number though nothing defines it. */
static void undefine(const struct xbar *x, double *nodes)
{
    const size_t cells = (size_t)x->rows * (size_t)x->cols;
    for (size_t i = 0; i < 2 * cells; i++) {
        const size_t at = i % cells, line = i < cells ? at / (size_t)x->cols
                                                      : (size_t)x->rows + at % (size_t)x->cols;
        if (x->isolated[line])
            nodes[i] = NAN;
    }
}

/* Terminal voltages of vector k. */
static void set_inputs(struct xbar *x, int k)
{
    const struct ohm_xbar_options *o = &x->o;
    double *drive = o->transposed ? x->v_bl : x->v_wl, *sense = o->transposed ? x->v_wl : x->v_bl;
    if (o->select) {
        double row = o->idle == OHM_XBAR_HALF    ? o->read / 2
                     : o->idle == OHM_XBAR_THIRD ? o->read / 3
                                                 : 0;
        double col = o->idle == OHM_XBAR_HALF    ? o->read / 2
                     : o->idle == OHM_XBAR_THIRD ? 2 * o->read / 3
                                                 : 0;
        for (int r = 0; r < x->rows; r++)
            x->v_wl[r] = r == o->row ? o->read : row;
        for (int c = 0; c < x->cols; c++)
            x->v_bl[c] = c == o->col ? 0 : col;
        return; /* an isolated line floats, which here is 0 V already */
    }
    for (int i = 0; i < x->driven; i++)
        drive[i] = x->in.v[(size_t)i * (size_t)x->vectors + (size_t)k];
    for (int i = 0; i < x->sensed; i++)
        sense[i] = x->bias.v ? x->bias.v[i] : 0;
    for (int i = 0; i < x->rows + x->cols; i++)
        if (x->isolated[i])
            *(i < x->rows ? &x->v_wl[i] : &x->v_bl[i - x->rows]) = 0;
}

/* ---- solving ---- */

static int solve_linear(struct xbar *x, struct ohm_error *err)
{
    int simple = !x->bias.v && !x->o.select && !x->nodes && !x->delays;
    if (simple) {
        for (int k = 0; k < x->vectors; k++) {
            double *out = x->out + (size_t)k * (size_t)x->sensed;
            set_inputs(x, k);
            for (int r = 0; r < x->rows; r++)
                for (int c = 0; c < x->cols; c++) {
                    double g = x->geff[(size_t)r * (size_t)x->cols + (size_t)c];
                    if (x->o.transposed)
                        out[r] += g * x->v_bl[c];
                    else
                        out[c] += g * x->v_wl[r];
                }
        }
        return 0;
    }
    struct ohm_solver *s = ohm_solver_new(&x->w, x->rows, x->cols, x->g.v, err);
    size_t cells = (size_t)x->rows * (size_t)x->cols;
    int rc = s ? 0 : -1;
    for (int k = 0; k < x->vectors && !rc; k++) {
        double *out = x->out + (size_t)k * (size_t)x->sensed,
               *nodes = x->nodes ? x->nodes + 2 * cells * (size_t)k : NULL;
        set_inputs(x, k);
        struct ohm_solve_io io = {.v_wl = x->v_wl, .v_bl = x->v_bl, .node_w = nodes,
                                  .node_b = nodes ? nodes + cells : NULL};
        *(x->o.transposed ? &io.i_wl : &io.i_bl) = out;
        rc = ohm_solver_run(s, &io, err);
        if (!rc && nodes)
            undefine(x, nodes);
        if (!rc && x->delays && k == x->o.vector) {
            struct ohm_solve_io delay = {
                .v_wl = x->v_wl, .v_bl = x->v_bl, .node_w = x->delays, .node_b = x->delays + cells};
            double tau;
            rc = ohm_solver_delay(s, x->o.c_wl, x->o.c_bl, &delay, err)
                         || ohm_solver_time_constant(s, x->o.c_wl, x->o.c_bl, &tau, err)
                     ? -1
                     : 0;
            double longest[2] = {0, 0};
            if (!rc)
                undefine(x, x->delays);
            for (size_t i = 0; i < 2 * cells && !rc; i++)
                longest[i >= cells] =
                    fmax(longest[i >= cells], isnan(x->delays[i]) ? 0 : x->delays[i]);
            if (!rc)
                printf("delay (vector %d): word-line nodes up to %.4g ps, bit-line nodes up to "
                       "%.4g ps; slowest time constant %.4g ps, "
                       "settled to 1 %% after %.4g ps, to 0.1 %% after %.4g ps\n",
                       k, longest[0] * 1e12, longest[1] * 1e12, tau * 1e12, tau * 1e12 * log(100),
                       tau * 1e12 * log(1000));
        }
    }
    ohm_solver_free(s);
    return rc;
}

static int solve_newton(struct xbar *x, struct ohm_error *err)
{
    size_t cells = (size_t)x->rows * (size_t)x->cols;
    for (int k = 0; k < x->vectors; k++) {
        double *out = x->out + (size_t)k * (size_t)x->sensed,
               *nodes = x->nodes ? x->nodes + 2 * cells * (size_t)k : NULL;
        set_inputs(x, k);
        struct ohm_solve_io io = {.v_wl = x->v_wl, .v_bl = x->v_bl, .node_w = nodes,
                                  .node_b = nodes ? nodes + cells : NULL};
        *(x->o.transposed ? &io.i_wl : &io.i_bl) = out;
        struct ohm_newton newton = {0};
        struct ohm_error why;
        if (ohm_newton_run(&x->w, x->rows, x->cols, x->g.v, &x->o.iv, &io, &newton, &why))
            return ohm_fail(err, "vector %d: %.480s", k, why.text);
        if (nodes)
            undefine(x, nodes);
        x->newton_steps = newton.steps > x->newton_steps ? newton.steps : x->newton_steps;
    }
    return 0;
}

/* ---- statistics ---- */

/* Neither line of the cell floats. */
static int held(const struct xbar *x, int r, int c)
{
    return !x->isolated[r] && !x->isolated[x->rows + c]
           && !(isinf(x->w.wl_left[r]) && isinf(x->w.wl_right[r]))
           && !(isinf(x->w.bl_top[c]) && isinf(x->w.bl_bottom[c]));
}

static void print_matrix(const struct xbar *x)
{
    double low = INFINITY, sum = 0;
    size_t at = 0, n = 0;
    for (size_t i = 0; i < (size_t)x->rows * (size_t)x->cols; i++)
        if (x->g.v[i] > 0 && held(x, (int)(i / (size_t)x->cols), (int)(i % (size_t)x->cols))) {
            double ratio = x->geff[i] / x->g.v[i];
            sum += ratio;
            n++;
            if (ratio < low) {
                low = ratio;
                at = i;
            }
        }
    if (n)
        printf("effective / cell conductance: mean %.6f, least %.6f in row %zu, column %zu\n",
               sum / (double)n, low, at / (size_t)x->cols, at % (size_t)x->cols);
}

/* Currents against those without wires: every terminal's voltage on its whole line, floating lines
 * left out. */
static void print_currents(struct xbar *x)
{
    double largest = 0, sum = 0, squares = 0, worst = 0;
    int worst_k = 0, worst_i = 0;
    size_t n = 0;
    double *ideal = calloc((size_t)x->sensed, sizeof *ideal);
    for (int k = 0; k < x->vectors && ideal; k++) {
        set_inputs(x, k);
        memset(ideal, 0, (size_t)x->sensed * sizeof *ideal);
        for (int r = 0; r < x->rows; r++)
            for (int c = 0; c < x->cols; c++)
                if (held(x, r, c)) {
                    double i =
                        ohm_iv_current(&x->o.iv, x->g.v[(size_t)r * (size_t)x->cols + (size_t)c],
                                       x->v_wl[r] - x->v_bl[c], NULL);
                    ideal[x->o.transposed ? r : c] += x->o.transposed ? -i : i;
                }
        for (int i = 0; i < x->sensed; i++) {
            double now = x->out[(size_t)k * (size_t)x->sensed + (size_t)i], off = now - ideal[i];
            largest = fmax(largest, fabs(ideal[i]));
            sum += off;
            squares += off * off;
            n++;
            if (fabs(off) > fabs(worst)) {
                worst = off;
                worst_k = k;
                worst_i = i;
            }
        }
    }
    free(ideal);
    if (n && largest > 0)
        printf("IR drop, part of the largest ideal current %.6g A: mean %+.4f %%, rms %.4f %%, "
               "largest %+.4f %% (vector %d, %s line %d)\n",
               largest, 100 * sum / (double)n / largest, 100 * sqrt(squares / (double)n) / largest,
               100 * worst / largest, worst_k, x->o.transposed ? "word" : "bit", worst_i);
    if (x->o.select)
        printf("selected bit line %d: %.9g A, the cell alone %.9g A\n", x->o.col, x->out[x->o.col],
               ohm_iv_current(&x->o.iv,
                              x->g.v[(size_t)x->o.row * (size_t)x->cols + (size_t)x->o.col],
                              x->o.read, NULL));
}

/* ---- the run ---- */

static int compensate(struct xbar *x, struct ohm_error *err)
{
    size_t cells = (size_t)x->rows * (size_t)x->cols;
    struct ohm_compensation c = {.g_min = x->o.g_min, .g_max = x->o.g_max};
    if (!(x->cells = allocate(cells, err))
        || ohm_wires_compensate(&x->w, x->rows, x->cols, x->g.v, x->cells, &c, err))
        return -1;
    printf("compensated in %d steps: error %.2g of the largest target", c.steps, c.error);
    if (c.at_max + c.at_min)
        printf(
            "; out of reach: %d cells at %g S, %d at %g S, worst row %d, column %d off by %.4f %%",
            c.at_max, c.g_max, c.at_min, c.g_min, c.worst_row, c.worst_col, 100 * c.worst);
    putchar('\n');
    memcpy(x->g.v, x->cells, cells * sizeof *x->cells); /* what follows is about these cells */
    return 0;
}

static int write_files(struct xbar *x, struct ohm_error *err)
{
    const struct ohm_xbar_options *o = &x->o;
    size_t rows = (size_t)x->rows, cols = (size_t)x->cols, n = (size_t)x->vectors;
    if (o->out
        && ohm_outputs_array(&x->files, o->out, 2, (size_t[]){n, (size_t)x->sensed}, x->out, err))
        return -1;
    if (o->matrix
        && ohm_outputs_array(&x->files, o->matrix, 2, (size_t[]){rows, cols}, x->geff, err))
        return -1;
    if (o->nodes
        && ohm_outputs_array(&x->files, o->nodes, 4, (size_t[]){n, 2, rows, cols}, x->nodes, err))
        return -1;
    if (o->delays
        && ohm_outputs_array(&x->files, o->delays, 3, (size_t[]){2, rows, cols}, x->delays, err))
        return -1;
    if (o->cells
        && ohm_outputs_array(&x->files, o->cells, 2, (size_t[]){rows, cols}, x->cells, err))
        return -1;
    if (o->spice) {
        FILE *f = ohm_outputs_open(&x->files, o->spice, err);
        set_inputs(x, o->vector);
        if (!f
            || ohm_wires_spice(f, &x->w, x->rows, x->cols, x->g.v, &o->iv, o->c_wl, o->c_bl,
                               x->v_wl, x->v_bl, err))
            return -1;
    }
    return ohm_outputs_commit(&x->files, err);
}

static int run(struct xbar *x, struct ohm_error *err)
{
    if (reserve(x, err) || load(x, err) || set_wires(x, err))
        return -1;
    size_t cells = (size_t)x->rows * (size_t)x->cols;
    if (!(x->out = allocate((size_t)x->vectors * (size_t)x->sensed, err))
        || (x->o.nodes && !(x->nodes = allocate(2 * cells * (size_t)x->vectors, err)))
        || (x->o.delays && !(x->delays = allocate(2 * cells, err)))
        || !(x->geff = allocate(cells, err)))
        return -1;
    if (ohm_wires_check(&x->w, x->rows, x->cols, x->g.v, err))
        return -1;
    printf("array %d x %d, segments %g ohm (word line), %g ohm (bit line), vectors: %d\n", x->rows,
           x->cols, x->o.r_wl, x->o.r_bl, x->vectors);
    for (int i = 0; i < x->rows + x->cols; i++)
        if (x->isolated[i])
            printf("%s line %d floats and nothing joins it to a driven or sensed line: no current, "
                   "no defined voltage\n",
                   i < x->rows ? "word" : "bit", i < x->rows ? i : i - x->rows);
    if (x->o.compensate && compensate(x, err))
        return -1;
    if (x->o.iv.kind == OHM_IV_LINEAR) {
        if (ohm_wires_transfer(&x->w, x->rows, x->cols, x->g.v, x->geff, err))
            return -1;
        print_matrix(x);
        if (x->vectors && solve_linear(x, err))
            return -1;
    } else {
        if (solve_newton(x, err))
            return -1;
        printf("Newton: at most %d steps a vector\n", x->newton_steps);
    }
    if (x->vectors)
        print_currents(x);
    return write_files(x, err);
}

int main(int argc, char **argv)
{
    static struct xbar x;
    struct ohm_error err = {""};
    int rc = ohm_xbar_parse(argc, argv, &x.o, &err);
    if (!rc && x.o.help) {
        fputs(ohm_xbar_help, stdout);
        return 0;
    }
    if (!rc)
        rc = run(&x, &err);
    ohm_outputs_abandon(&x.files);
    ohm_table_free(&x.g);
    ohm_table_free(&x.in);
    ohm_table_free(&x.bias);
    free(x.ends);
    free(x.isolated);
    free(x.v_wl);
    free(x.v_bl);
    free(x.geff);
    free(x.out);
    free(x.nodes);
    free(x.delays);
    free(x.cells);
    if (rc)
        fprintf(stderr, "ohm-xbar: %s\n", err.text);
    return rc ? 1 : 0;
}
