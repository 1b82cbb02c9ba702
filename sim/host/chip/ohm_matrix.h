/* SPDX-License-Identifier: Apache-2.0
 * A matrix on the chip: weights in, products out. The matrix is split over as many tiles as it
 * needs (mapping pwm, see ohm_mapper.h) and runs on any back end (ohm_backend.h), on the fast model
 * if none is named; noise, programming errors, converters and clipping are those of the chip. */
#ifndef OHM_MATRIX_H
#define OHM_MATRIX_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_matrix; /* opaque; one thread at a time */

/* all zero: base, pcm-hermes, seed 0, one thread, unsigned inputs of any value */
struct ohm_matrix_options {
    const char *config;   /* size of the tiles: tiny, small, base or large */
    const char *device;   /* device model: names as `ohmic --help` lists them */
    uint64_t seed;        /* of all device noise */
    int threads;
    int input_signed;     /* inputs are int8, -127 to 127 (−128 counts as −127) */
    /* Typical inputs, calib_count × inputs: the converters' ranges are chosen for them and each
     * output's gain and offset measured with them. NULL: 256 vectors whose values are drawn evenly
     * from input_low to input_high. */
    const uint8_t *calib;
    int calib_count;
    const char *backend;  /* by its name; NULL: model */
    /* the shared object of rtl and tlm, the serial line of uart; NULL with others */
    const char *library;
    /* 0: as many tiles as it takes; a library and a board are made for one mesh */
    int mesh_w, mesh_h;
    int input_low, input_high; /* both 0: all that a byte holds */
};

/* weights: [input * outputs + output], -127 to 127; copied. options may be NULL. NULL + err when
 * something does not fit. */
struct ohm_matrix *ohm_matrix_new(const struct ohm_matrix_options *options, int inputs, int outputs,
                                  const int8_t *weights, struct ohm_error *err);
void ohm_matrix_free(struct ohm_matrix *v);

/* y[i * outputs + o] = what the chip makes of Σ_k x[i * inputs + k] · weights[k * outputs + o], in
 * those units. Every vector is a read of its own: the same x again meets other noise. -1 + err: y
 * is not complete. */
int ohm_matrix_run(struct ohm_matrix *v, const void *x, int count, double *y,
                   struct ohm_error *err);

/* y[i * inputs + k] = what the chip makes of Σ_o x[i * outputs + o] · weights[k * outputs + o]: the
 * same cells, read from their columns, as a backward pass wants them. x: -127 to 127 (−128 counts
 * as −127). The first call chooses the converters' ranges and measures each row's gain and offset
 * with 256 vectors whose values are drawn evenly. The tiles are drained and turned when products of
 * the other kind came before. -1 + err: y is not complete, or the configuration has no descriptors
 * with TRANSPOSE. */
int ohm_matrix_back(struct ohm_matrix *v, const int8_t *x, int count, double *y,
                    struct ohm_error *err);

/* Error to expect of one y of ohm_matrix_run, RMS, in its units: left by the vectors that the
 * ranges were chosen for (some of them, of a large matrix), which were run once when the matrix was
 * made. The same run measured each output's gain and offset, and y is corrected by them; what is
 * left are errors of single devices, read noise and rounding. */
double ohm_matrix_error(const struct ohm_matrix *v);

/* -1 + err: the back end's checks found that something expected was not seen. For the end, after
 * vectors have run. */
int ohm_matrix_finish(struct ohm_matrix *v, struct ohm_error *err);

/* Tiles in use. */
int ohm_matrix_tiles(const struct ohm_matrix *v);

#ifdef __cplusplus
}
#endif

OHM_API_END

#endif
