/* SPDX-License-Identifier: Apache-2.0
 * One run of `ohmic`: what it holds, and its steps, a file each. Private to sim/host/cli. */
#ifndef OHM_PROGRAM_H
#define OHM_PROGRAM_H

#include <stdio.h>

#include "ohm_backend.h"
#include "ohm_compensate.h"
#include "ohm_data.h"
#include "ohm_defects.h"
#include "ohm_driver.h"
#include "ohm_energy_report.h"
#include "ohm_figures.h"
#include "ohm_find_defects.h"
#include "ohm_maps.h"
#include "ohm_options.h"
#include "ohm_outputs.h"
#include "ohm_intref.h"
#include "ohm_part.h"
#include "ohm_report.h"
#include "ohm_spare.h"

enum { EXIT_FAILED = 1, EXIT_BAD_INPUT = 2, EXIT_UNCHECKED = 3 };

struct program {
    struct ohm_options options;
    struct ohm_net net;
    struct ohm_data data;
    struct ohm_mapping mapping; /* as for ideal devices at time 0 */
    struct ohm_mapping chip;    /* with time, compensation and calibration; shares the rest */
    struct ohm_maps *maps; /* NULL: none */
    struct ohm_figures *figures;
    struct ohm_outputs *outputs; /* NULL: not asked for */
    struct ohm_defects defects; /* from a file or from the chip's test */
    int measuring; /* what is computed is no image's */
    int programmed; /* the chip that is open holds the network's cells */
    struct ohm_energy_run energy;
    /* of a part: what a run counts once, when sequences start and when the chip is stopped */
    struct ohm_activity *once;
    int bad; /* out of memory for it */
    struct ohm_golden_stats checked_before; /* what was checked before the first image */
    char key[OHM_PART_KEY]; /* of a run that is divided: what its result depends on */
    const char *part_file;  /* NULL: it is no part */
    struct ohm_backend *backend; /* while the chip runs */
    struct ohm_run run;
    FILE *log;
    /* when: the run, its first image, the last line of progress */
    double started, streaming, shown;
    int tty;
};

/* The class of an image; -1: lost. */
static inline int program_class(const struct program *p, const int32_t *v)
{
    const int last = ohm_net_results(&p->net) - p->net.classes; /* of the last step */
    return !v ? -1
         : ohm_net_classifies(&p->net) ? (int)v[0]
         : ohm_intref_argmax(v + last, p->net.classes);
}

/* What a 1 of the network's own integers is in the results. */
static inline double program_unit(const struct ohm_mapping *m)
{
    return m->layers[m->net->layer_count - 1].unit;
}

/* ohm_input.c: network, images, mapping, physics. */
int program_load_input(struct program *p, struct ohm_error *err);
/* Makes the directory of results and those above it, and opens its run.log. */
int program_open_log(struct program *p, struct ohm_error *err);
/* Nothing in the run may differ from the integer network. */
int program_is_exact(const struct ohm_options *o);

/* ohm_progress.c: seconds since some moment. */
double program_now(void);
/* Now and then a line while the chip is programmed. */
void program_show_configuring(void *user, size_t packets_left);
/* The same of images. */
void program_show_progress(struct program *p);

/* ohm_prepare.c: what has to be known of the chip's cells before the run, measured through its
 * pins: the test of its devices, places of columns, drift. Changes p->chip. */
int program_prepare(struct program *p, struct ohm_backend *b, struct ohm_error *err);
/* Brings another chip with the same devices to the same state. */
int program_prepare_again(struct program *p, struct ohm_backend *b, struct ohm_error *err);

/* ohm_chip_run.c: measuring: for calibration, before the run: nobody counts, observes or records
 * it. */
int program_open_backend(struct program *p, int measuring, struct ohm_backend *b,
                         struct ohm_error *err);
int program_open_energy(struct program *p, struct ohm_error *err);
/* Counts what the chip does from now on. */
int program_count_energy(struct program *p, struct ohm_backend *b, struct ohm_error *err);
/* Drives the chip and judges: every image back, every check good, at least one VMM checked. */
int program_run_chip(struct program *p, struct ohm_backend *b, struct ohm_error *err);
/* Corrects the columns of the mapping by what the chip's tiles measure. */
int program_calibrate(struct program *p, struct ohm_backend *b, struct ohm_error *err);
/* The image in which a check failed: the one of the low 16 bits nearest to where the run is. */
uint32_t program_failed_image(const struct program *p, const struct ohm_backend *b);

/* ohm_after_run.c: what runs again, with ideal devices and in software, for comparison … */
int program_compare(struct program *p, struct ohm_error *err);
/* … and on the models that check or time a model. */
int program_check_again(struct program *p, struct ohm_error *err);

/* ohm_part.c: a run that is divided among processes. How it can be, as JSON. */
int program_plan(struct program *p, FILE *to, struct ohm_error *err);
/* Finds the run's key, and of --part the images: the options are those of a run of them from here
 * on. */
int program_part_begin(struct program *p, struct ohm_error *err);
/* ohm_part_write.c: the part that has run, into its file. */
int program_part_write(const struct program *p, struct ohm_error *err);
/* ohm_part_read.c: the run as if this process had done all of it. -1 + err: a part is missing, is
 * there twice or is of another run. */
int program_merge(struct program *p, struct ohm_error *err);

/* ohm_reload_run.c: the network piece after piece; closes the back end. Returns the exit code. */
int program_reload(struct program *p, struct ohm_backend *b);

#endif
