/* SPDX-License-Identifier: Apache-2.0
 * What a matrix on the chip holds, for its files. Private to ohm_matrix*.c. */
#ifndef OHM_MATRIX_PARTS_H
#define OHM_MATRIX_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_backend.h"
#include "ohm_mapper.h"
#include "ohm_matrix.h"
#include "ohm_net.h"
#include "ohm_packet.h"

enum { SIDE_MAX = 256 };

struct line { /* what a column, or a row, makes of the exact product */
    double slope, offset;
};

struct back { /* products from the columns: descriptor 1 of every tile, stream 1 */
    int made, facing; /* set up; the tiles work on descriptor 1 now */
    uint32_t next, window; /* number of the next vector; vectors on their way at once */
    uint32_t *limit;       /* per tile: first vector that may not be sent yet */
    double *unit;          /* per tile: accumulator units of one unit of W·x */
    struct line *lines;    /* of each input */
};

struct ohm_matrix {
    struct ohm_net net;
    struct ohm_layer layer;
    struct ohm_mapping mapping;
    struct ohm_config config;
    struct ohm_backend backend;
    int open;        /* backend is */
    uint32_t next;   /* number of the next vector */
    uint32_t *limit; /* per tile: first vector that may not be sent yet */
    uint32_t *done;  /* per tile: first vector whose result has not come */
    uint32_t granted; /* first vector whose results the tiles may not send yet */
    int answers;     /* to CFG_RD that have not come */
    int idle;        /* rounds without any packet */
    size_t queued;
    struct line *lines; /* of each output */
    double error;    /* ohm_matrix_error */
    struct back back; /* ohm_matrix_back.c */
};

struct batch { /* that is being computed */
    int back;        /* from the columns */
    uint32_t first;
    int count;
    long left; /* results */
    double *y;
};

/* Lets the chip work for a round, and takes what came. b: what is computed, NULL: nothing. */
int ohm_matrix_turn(struct ohm_matrix *v, struct batch *b, struct ohm_error *err);
/* The straight line y = slope·exact + offset through `count` pairs, `step` apart, and the squares
 * that are left. An output that never changes stays. */
double ohm_matrix_fit(struct line *line, int count, const double *y, const double *exact,
                      size_t step);
/* Lets the tiles work on the matrix (back 0) or on its transpose, once nothing is on its way. */
int ohm_matrix_face(struct ohm_matrix *v, int back, struct ohm_error *err);
/* Results and credits of descriptor 1 (ohm_matrix_back.c). 0, -1 + err, or 1: it is not one. */
int ohm_matrix_take_back(struct ohm_matrix *v, struct batch *b, int tile,
                         const struct ohm_header *h, const uint32_t *payload,
                         struct ohm_error *err);
void ohm_matrix_free_back(struct ohm_matrix *v);

#endif
