/* SPDX-License-Identifier: Apache-2.0
 * What every demonstration has: its options, a table of published numbers beside its own, a report
 * in JSON, figures as SVG. */
#ifndef OHM_APP_H
#define OHM_APP_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "ohm_energy.h"
#include "ohm_error.h"
#include "ohm_learn.h"

struct ohm_app {
    const char *name;
    /* options */
    const char *out;     /* directory of what it writes; NULL: it writes nothing */
    const char *device;  /* device file, the application's own unless told */
    uint64_t seed;
    int small, tiny, threads, golden; /* tiny: for comparing models, reaches nothing */
    long samples;        /* 0: the application's own number */
    struct ohm_energy_params energy;
    /* results */
    cJSON *json, *rows;
    int missed;          /* rows that did not reach what they should */
    struct ohm_error err;
};

/* Reads the options and prints the title. device: its own device file. Ends the program with one
 * line when an option is bad. */
void ohm_app_open(struct ohm_app *a, int argc, char **argv, const char *name, const char *title,
                  const char *device);
/* A file of the application's, wherever the program is started: below the project's root, which
 * OHM_ROOT names, else the directory it is started in. */
const char *ohm_app_file(const char *name, char *buffer, size_t size);
/* Ends the program with the line in a->err. */
_Noreturn void ohm_app_die(const struct ohm_app *a);

enum ohm_app_reach { OHM_APP_TOLD, OHM_APP_AT_LEAST, OHM_APP_AT_MOST };
/* One row of the table: what, the published number in words, ours, and what it must reach. */
void ohm_app_row(struct ohm_app *a, const char *what, const char *published, double ours,
                 const char *unit, enum ohm_app_reach reach, double limit);
/* Pulses, endurance and energy of a matrix, as rows and in the report. */
void ohm_app_spent(struct ohm_app *a, const char *what, const struct ohm_learn *l);

struct ohm_app_curve { const char *label; const double *x, *y; int count; };
/* <out>/<file>.svg: curves over x, or (steps) bars of histograms. */
void ohm_app_figure(struct ohm_app *a, const char *file, const char *title, const char *x,
                    const char *y, const struct ohm_app_curve *curve, int curves, int steps);
/* Conductances of a matrix before and after: <out>/<file>.svg. */
void ohm_app_histogram(struct ohm_app *a, const char *file, const uint64_t *before,
                       const uint64_t *after);

struct ohm_data;
/* MNIST of 8 x 8 pixels as it is shipped: 60,000 and 10,000 images. Ends the program when they are
 * not there. */
void ohm_app_mnist(struct ohm_app *a, struct ohm_data *train, struct ohm_data *test);
/* Which of `count` training samples comes as number i: drawn from the seed. */
uint32_t ohm_app_sample(const struct ohm_app *a, long i, int count);

/* Writes <out>/report.json; the exit code: 0 when every row has reached its limit. */
int ohm_app_close(struct ohm_app *a);

#endif
