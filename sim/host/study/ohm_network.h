/* SPDX-License-Identifier: Apache-2.0
 * A network directory on the chip in few calls: images in, scores, classes, cycles and energy out.
 * What ohm_matrix.h is to a matrix. Other languages call it: its structures are flat. */
#ifndef OHM_NETWORK_H
#define OHM_NETWORK_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_network; /* opaque; one thread at a time */

/* all zero: base with its mesh, pcm-hermes, pwm, the fast model, seed 0, one thread */
struct ohm_network_options {
    const char *config, *device, *mapping, *backend; /* by their names; NULL: see above */
    /* the shared object of rtl and tlm, the line of uart; NULL with others */
    const char *library;
    const char *energy;    /* file of energy parameters; NULL: no energy */
    uint64_t seed;
    int threads;
    int mesh_w, mesh_h;    /* 0: the configuration's */
    uint32_t seconds;      /* of the reads, after the device model's reference time */
};

struct ohm_network_shape {
    int lines, pixels, channels; /* of an image */
    int input_signed;            /* images are int8, not uint8 */
    int scores;                  /* of an image; 0: the chip says the class alone */
    int tiles, layers;
};

struct ohm_network_figures { /* of one run */
    uint64_t latency, cycles; /* of one image alone; of the run, without configuration */
    double steady;            /* cycles per image; 0: not measured */
    uint64_t vmms;            /* that the golden model checked or computed; 0: of the fast model */
    uint64_t clipped;         /* conversions */
    double energy_nj;         /* per image; 0: not asked for */
    uint32_t images;
};

/* Loads the directory and maps it. NULL + err: what is wrong with it, or does not fit. */
struct ohm_network *ohm_network_new(const char *directory,
                                    const struct ohm_network_options *options,
                                    struct ohm_error *err);
void ohm_network_free(struct ohm_network *n);
void ohm_network_shape(const struct ohm_network *n, struct ohm_network_shape *out);

/* Configures and programs a chip and runs the images (count × lines × pixels × channels bytes).
 * scores: count × shape.scores doubles in units of the network's own integers (what the last
 * layer's v is in software), NULL: not wanted. classes: count. figures: NULL or what the run took.
 * -1 + err also when a check finds a mismatch or an image is lost. */
int ohm_network_run(struct ohm_network *n, const void *images, uint32_t count, double *scores,
                    int32_t *classes, struct ohm_network_figures *figures, struct ohm_error *err);

/* The same in plain integers, without a chip. */
int ohm_network_software(const struct ohm_network *n, const void *images, uint32_t count,
                         double *scores, int32_t *classes, struct ohm_error *err);

OHM_API_END

#endif
