/* SPDX-License-Identifier: Apache-2.0
 * What the cells of tiles conduct, read through the chip: vectors of one's own in, a code of each
 * column out. Ordinary vectors, so every chip can; all tiles work at the same time. */
#ifndef OHM_MEASURE_H
#define OHM_MEASURE_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"

OHM_API_BEGIN

/* Units of G_max/2^14 of one code where a device at G_max reads 381 codes: a third of a weight's
 * step, and a share of a level of every slice of cells, so that ideal cells read without
 * rounding. */
#define OHM_MEASURE_UNIT 43

struct ohm_measure { /* one chip */
    struct ohm_backend *b;
    const struct ohm_mapping *m;
    uint32_t seconds; /* MACRO_TIME */
    uint32_t from;    /* the same when its cells had been programmed */
    uint32_t number;  /* of the next vector: reads with numbers of their own have noise of it */
};
/* Measures count from here on, images from 0: no read of a run has the noise of one before. */
#define OHM_MEASURE_FIRST 0x80000000u

struct ohm_measured { /* one tile; what is measured, and what comes of it */
    int tile;         /* of the mapping */
    int rows, cols;   /* of the macro, from 0 on; rows 0: the tile is left out */
    int dev;          /* as SLICE.DEV: 0 plus less minus, 1 plus, 2 minus */
    int bits;         /* of an input that count: its row is on for so many ticks */
    uint32_t lsb;     /* MACRO_LSB */
    int reach;        /* codes of the ramp up and, with dev 0, down */
    const uint8_t *x; /* [vector][row] */
    int32_t *code;    /* [vector][column] */
    uint32_t clipped; /* codes at an end of the ramp */
    uint32_t sent, got, limit; /* private */
};

/* Runs `count` (1 to 2^14) vectors through each of the tiles, which are disabled before and after
 * and lose their registers, not their cells. -1 + err: the chip answers otherwise than it should.
 */
int ohm_measure_vectors(struct ohm_measure *g, struct ohm_measured *tiles, int tile_count,
                        int count, struct ohm_error *err);

struct ohm_cells { /* of one tile, [row * cols + column] in units of G_max/2^14 */
    int rows, cols; /* of the macro, from 0 on; a vector tile has none */
    float *g;
};
/* Reads every cell of `rows` × `cols` of each of m's tiles by itself, the mean of `times` reads.
 * cells: tile_count entries, which keep their arrays. dev: as above. coarse: a third of the codes,
 * and of the time. */
int ohm_measure_cells(struct ohm_measure *g, struct ohm_cells *cells, int dev, int coarse,
                      int times, struct ohm_error *err);
/* Cells of all tiles for ohm_measure_cells: those that a mapping's outputs have in order and so
 * many columns behind them, as far as the macro has them. NULL + err: out of memory. */
struct ohm_cells *ohm_cells_new(const struct ohm_mapping *m, int more_cols,
                                struct ohm_error *err);
void ohm_cells_free(const struct ohm_mapping *m, struct ohm_cells *cells);

/* Codes at most, up and down, of a signed ramp on this chip; 0: its converters only decide. */
int ohm_measure_reach(const struct ohm_config *config);

OHM_API_END

#endif
