/* SPDX-License-Identifier: Apache-2.0
 * Matrices of doubles in files (.npy or CSV), and output files that appear whole or not at all. */
#ifndef OHM_TABLE_H
#define OHM_TABLE_H

#include <stddef.h>

#include "ohm_error.h"

struct ohm_table {
    size_t rows, cols;
    double *v; /* row-major, owned */
};

/* Reads float32 or float64 .npy with one (a single column) or two dimensions, or CSV: numbers separated by commas, one row a line, empty
 * lines and lines that start with # skipped, a UTF-8 mark at the beginning as well. Every number must be finite. */
int ohm_table_load(const char *path, struct ohm_table *t, struct ohm_error *err);
void ohm_table_free(struct ohm_table *t);

#define OHM_OUTPUTS_MAX 8

/* Files being written: under a temporary name beside their own until ohm_outputs_commit. Start with all zeros. */
struct ohm_outputs {
    int count;
    struct { char path[4096], temporary[4128]; FILE *file; int reserved; } of[OHM_OUTPUTS_MAX];
};

/* Takes the name and sees that it can be written, before any work; the file itself comes from the functions below. -1 + err. */
int ohm_outputs_reserve(struct ohm_outputs *o, const char *path, struct ohm_error *err);
/* The file of a reserved name, or a new one, to write to; NULL + err. */
FILE *ohm_outputs_open(struct ohm_outputs *o, const char *path, struct ohm_error *err);

/* data of the given shape, as .npy if the path ends so, else as CSV (all but the last dimension become rows). */
int ohm_outputs_array(struct ohm_outputs *o, const char *path, int dims, const size_t *shape, const double *data, struct ohm_error *err);

/* Gives all files their names; on an error none is left under its temporary name. */
int ohm_outputs_commit(struct ohm_outputs *o, struct ohm_error *err);
void ohm_outputs_abandon(struct ohm_outputs *o);

#endif
