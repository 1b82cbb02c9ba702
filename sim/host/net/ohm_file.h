/* SPDX-License-Identifier: Apache-2.0
 * Files that are there whole or not at all: written under a temporary name beside their own,
 * renamed at the end. Nothing is followed: a link in the place of either is replaced, what it
 * points to stays as it is. */
#ifndef OHM_FILE_H
#define OHM_FILE_H

#include <stdio.h>

#include "ohm_error.h"

#define OHM_FILE_PATH_MAX 1200
#define OHM_FILE_DIRECTORY_MAX \
    900 /* characters of a directory for results: names of files in it still fit */

struct ohm_file {
    FILE *to;
    char path[OHM_FILE_PATH_MAX], temporary[OHM_FILE_PATH_MAX];
};

/* Opens directory/name for writing; a directory of NULL: name is the whole path. -1 + err. */
int ohm_file_create(struct ohm_file *f, const char *directory, const char *name,
                    struct ohm_error *err);
/* Closes and renames. -1 + err: not written completely, and nothing is left; a file that was there
 * before stays. */
int ohm_file_finish(struct ohm_file *f, struct ohm_error *err);
/* Closes and leaves nothing. */
void ohm_file_drop(struct ohm_file *f);

/* Opens a file that grows under its own name, like a log, in place of whatever was there. NULL +
 * err. */
FILE *ohm_file_log(const char *directory, const char *name, struct ohm_error *err);

/* Whether files can be made in the directory, which need not be there yet. Makes nothing. -1 + err.
 */
int ohm_file_check_directory(const char *directory, struct ohm_error *err);
/* Makes the directory and those above it. -1 + err. */
int ohm_file_make_directory(const char *directory, struct ohm_error *err);

#endif
