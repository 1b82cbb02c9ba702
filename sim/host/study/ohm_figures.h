/* SPDX-License-Identifier: Apache-2.0
 * Analog error per layer: what the chip's accumulators say against the exact integer product of the
 * inputs that the layer really got on the chip. In exact runs also: accumulators against W·x of the
 * image, from the arrays alone. */
#ifndef OHM_FIGURES_H
#define OHM_FIGURES_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_exact_sum.h"
#include "ohm_mapper.h"

OHM_API_BEGIN

struct ohm_figures; /* opaque */

/* Of a histogram of errors: a bin is OHM_FIGURES_BIN of the full scale wide, the middle one stands
 * around 0, the outermost hold all that lies beyond. */
#define OHM_FIGURES_BINS 129
#define OHM_FIGURES_BIN (1.0 / 2048)

struct ohm_layer_figures { /* in units of W·x */
    uint64_t samples;
    double rms;         /* of the error */
    double mean;        /* of the error */
    double full_scale;  /* span of the converters of a chain */
    double range;       /* span of the exact products met */
    /* of what the layer's outputs are off by, bias, residual, scale and activation included: in
     * steps */
    double output_rms;
    double output_most; /* of a byte, or in units of W·x where outputs are sums; and the largest */
    /* log2(full_scale / (rms·√12)): bits of an ideal converter with this error; 0 when rms is 0 */
    double enob;
    /* power of the exact products over that of the error, decibels; 0 when rms is 0 */
    double sqnr;
    uint64_t bins[OHM_FIGURES_BINS]; /* of the error */
};

/* What the figures of a layer are made of; sums are exact, so parts of a run add up to the whole. */
struct ohm_layer_sums {
    uint64_t n;
    struct ohm_exact_sum error, square, out_square; /* of the errors after the accumulator */
    struct ohm_exact_sum signal; /* of the squares of the exact products */
    uint64_t bins[OHM_FIGURES_BINS];
    double low, high; /* of the exact products met */
    double out_most;
};

/* images: of the whole data set, as in struct ohm_drive. exact: every accumulator must be
 * W·x·2^ACC_F. */
struct ohm_figures *ohm_figures_new(const struct ohm_mapping *m, const uint8_t *images, int exact,
                                    struct ohm_error *err);
void ohm_figures_free(struct ohm_figures *f);

/* Of sequences: the last image of the run; frames behind it are not looked up (ohm_drive). */
void ohm_figures_until(struct ohm_figures *f, uint32_t last);

/* From now on tells what each image left in the layers, as soon as all of it is known: maps[layer],
 * map_h × map_w × outputs bytes, and the last layer's sums, in accumulator units. Images may come
 * out of order. */
typedef void (*ohm_figures_image)(void *user, uint32_t image, uint8_t *const *maps,
                                  const int32_t *sums);
void ohm_figures_tell(struct ohm_figures *f, ohm_figures_image told, void *user);

/* An ohm_golden_observer; user: the figures. */
void ohm_figures_observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc,
                         int32_t y);

void ohm_figures_layer(const struct ohm_figures *f, int layer, struct ohm_layer_figures *out);
/* The sums behind them; what other parts of the run have found is added to its own. */
const struct ohm_layer_sums *ohm_figures_sums(const struct ohm_figures *f, int layer);
void ohm_figures_add(struct ohm_figures *f, int layer, const struct ohm_layer_sums *more);
/* Adds what other parts of the run have compared with W·x. */
void ohm_figures_add_compared(struct ohm_figures *f, uint64_t compared);
/* Accumulators compared with W·x. -1 + err: the first that differed. */
int ohm_figures_exact(const struct ohm_figures *f, uint64_t *compared, struct ohm_error *err);

OHM_API_END

#endif
