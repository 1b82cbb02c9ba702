/* SPDX-License-Identifier: Apache-2.0
 * Named parameters that a user may set in a text file: one table says name, default, range and
 * meaning.
 *
 *   # comment                    empty lines and everything after a # do not count
 *   name = value                 a number, or one of the parameter's names; the last line of a name
 * counts */
#ifndef OHM_PARAM_H
#define OHM_PARAM_H

#include <stdio.h>

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_param {
    const char *name; /* NULL ends a table */
    double value, min, max;
    const char *doc; /* with the unit */
    const char *const *choices; /* NULL: a number; else the names of 0, 1, 2 …, NULL-terminated */
};

#define OHM_PARAM_END {NULL, 0, 0, 0, NULL, NULL}

/* Sets `name` of the table: 0; 1: it is not in the table; -1 + err: not a legal value. */
int ohm_param_set(struct ohm_param *table, const char *name, const char *text,
                  struct ohm_error *err);

/* Says that neither table (own may be NULL) of `what` has the name, and which names they have. -1.
 */
int ohm_param_unknown(const char *what, const char *name, const struct ohm_param *common,
                      const struct ohm_param *own, struct ohm_error *err);

/* Calls set for each line of a file, in order. set fails with "name: value, expected …"; the error
 * then begins with file and line. */
typedef int (*ohm_param_setter)(void *user, const char *name, const char *text,
                                struct ohm_error *err);
int ohm_param_read(const char *path, ohm_param_setter set, void *user, struct ohm_error *err);

/* The table as a file that can be read back, with its documentation. */
void ohm_param_print(const struct ohm_param *table, FILE *to);

OHM_API_END

#endif
