/* SPDX-License-Identifier: Apache-2.0
 * What a run leaves: summary, predictions.csv, scores.csv, layers.json, and the commands that run
 * it again. */
#ifndef OHM_REPORT_H
#define OHM_REPORT_H

#include <stdio.h>

#include "ohm_data.h"
#include "ohm_driver.h"
#include "ohm_energy_report.h"
#include "ohm_figures.h"
#include "ohm_intref.h"
#include "ohm_mapper.h"
#include "ohm_options.h"

enum ohm_who { OHM_CHIP, OHM_IDEAL, OHM_SOFTWARE };

struct ohm_prediction { /* of one image; classes, -1: none */
    int chip, ideal, software;
    /* of each enum ohm_who, where every step has a label: steps whose class is right; bits that
     * their labels cost together */
    int right[3];
    double bits[3];
};

struct ohm_run { /* everything about a run that is over */
    const struct ohm_options *options;
    const struct ohm_net *net;
    const struct ohm_data *data;
    const struct ohm_mapping *mapping;
    const struct ohm_figures *figures; /* NULL when nothing was checked */
    struct ohm_prediction *predictions;
    int32_t *scores;     /* count × classes: what the chip's RESULT packets held */
    uint32_t done;       /* images that ended */
    struct ohm_drive_stats stats;
    struct ohm_golden_stats checked; /* of the fast model: what it has computed */
    /* images of the fast model that the golden model computed too, with the same scores … */
    uint32_t again;
    uint64_t again_vmms; /* … and their VMMs */
    /* images of the fast model that the SystemC model ran too, with the same scores … */
    uint32_t timed;
    struct ohm_drive_stats timing; /* … and what time they took */
    struct ohm_error untimed; /* why the fast model's images were not timed */
    const struct ohm_energy_run *energy; /* NULL: not counted */
    /* configuration and programming; from there to the end; of parts the sums */
    double setup_seconds, seconds;
    uint32_t parts; /* processes that ran it; 0: this one */
};

/* `make run …` for images first … first+count-1, with or without waves. */
void ohm_report_command(const struct ohm_options *o, uint32_t first, uint32_t count, int waves,
                        FILE *to);
/* ohm_report_steps.c: */
/* Whether every step of a sequence has a label. */
int ohm_report_has_steps(const struct ohm_run *r);
/* Results v of all steps of an image, 1 / unit of them being a 1 of the network's own integers. */
void ohm_report_image(struct ohm_run *r, enum ohm_who who, uint32_t image, const int32_t *v,
                      double unit);
/* Percent of the labels. */
double ohm_report_accuracy(const struct ohm_run *r, enum ohm_who who);
/* Bits a label: cross-entropy, where the network says what its results are as logits; else
 * negative. */
double ohm_report_bits(const struct ohm_run *r, enum ohm_who who);
/* Of a run without mismatch. times: seconds, too, which no two runs share. */
void ohm_report_summary(const struct ohm_run *r, int times, FILE *to);
/* OUT/predictions.csv, OUT/scores.csv and OUT/layers.json. */
int ohm_report_files(const struct ohm_run *r, struct ohm_error *err);

#endif
