/* SPDX-License-Identifier: Apache-2.0
 * Inside ohm-xbar: its options, read from the command line and checked. */
#ifndef OHM_XBAR_H
#define OHM_XBAR_H

#include "ohm_solve.h"

enum ohm_xbar_idle { OHM_XBAR_GROUND, OHM_XBAR_FLOAT, OHM_XBAR_HALF, OHM_XBAR_THIRD };
/* ends of a line in use: left or top, right or bottom */
enum { OHM_XBAR_NEAR = 1, OHM_XBAR_FAR = 2 };

struct ohm_xbar_options {
    /* file names; bias may be a number */
    const char *g, *in, *bias, *out, *matrix, *nodes, *delays, *spice, *cells;
    const char *float_wl, *float_bl;                                          /* lists "0,3,8-15" */
    double r_wl, r_bl, r_drive, r_sense;
    double c_wl, c_bl; /* farads per cell */
    int wl_ends, bl_ends;
    int part_rows, part_cols;
    int transposed, help, compensate;
    double g_min, g_max;
    int select, row, col; /* select: one cell is read */
    double read;
    enum ohm_xbar_idle idle;
    int vector; /* of netlist and delays */
    struct ohm_iv iv;
};

extern const char ohm_xbar_help[];

int ohm_xbar_parse(int argc, char **argv, struct ohm_xbar_options *o, struct ohm_error *err);

/* Sets ends[i] to INFINITY for the lines of a list. */
int ohm_xbar_float(const char *option, const char *list, double *near, double *far, int n,
                   struct ohm_error *err);

struct ohm_xbar_ends { /* resistances of the lines' ends; infinite: open */
    double *left, *right, *top, *bottom;
};

/* Lines that nothing joins to any driven or sensed line, as rows without conductance that float: no
 * current flows in them, whatever their voltage is. They are held at 0 V instead (isolated[]: word
 * lines, then bit lines), which changes no current. Returns how many there are; -1 + err: out of
 * memory. */
int ohm_xbar_isolated(const double *g, int rows, int cols, struct ohm_xbar_ends *ends,
                      unsigned char *isolated, struct ohm_error *err);

#endif
