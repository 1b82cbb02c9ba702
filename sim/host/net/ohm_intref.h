/* SPDX-License-Identifier: Apache-2.0
 * The network in plain integers, straight from its arrays: software accuracy, calibration, and the
 * reference of exact runs. Shares nothing with mapper, crossbar or golden model. */
#ifndef OHM_INTREF_H
#define OHM_INTREF_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_net.h"

OHM_API_BEGIN

struct ohm_intref_unit;

struct ohm_intref { /* what one image makes of a network; of a sequence, its last step */
    const struct ohm_net *net;
    /* [layer]: W·x without bias of every window, lines first: ((wy·conv_w + wx)·outputs + output)
     */
    int32_t **wx;
    /* [layer]: its output map, pooled; not filled in the last layer. [layer count + layer]: the
     * state that readers from before it find in this step */
    uint8_t **y;
    int32_t *v;   /* [class]: the last layer's results; of every step where the network says so */
    struct ohm_intref_unit **unit; /* [layer]: a kernel's; NULL */
    uint8_t *map, *windows;
};

/* Buffers for the network, which must outlive them. -1 + err: out of memory. */
int ohm_intref_new(const struct ohm_net *net, struct ohm_intref *out, struct ohm_error *err);
void ohm_intref_free(struct ohm_intref *r);

/* The whole network; fills wx, y and v. Returns the class. */
int ohm_intref_run(struct ohm_intref *r, const uint8_t *image);
/* A sequence begins: its states are what the first step finds. */
void ohm_intref_begin(struct ohm_intref *r);
/* A kernel's layer on the map that it reads: y what leaves; its state is r's. */
void ohm_intref_kernel(struct ohm_intref *r, int layer, uint8_t *map, uint8_t *y);
/* One step of a sequence, each after the one before; of an image that is none, all of it. */
void ohm_intref_step(struct ohm_intref *r, const uint8_t *image, int step);

/* The map that a layer reads, in_h × in_w × in_c, from the image, or its step, and y as in struct
 * ohm_intref. */
void ohm_intref_map(const struct ohm_net *net, int layer, const uint8_t *image, uint8_t *const *y,
                    uint8_t *map);

/* The inputs bytes of window (wy, wx) of that map; pad_value outside. */
void ohm_intref_window(const struct ohm_layer *l, const uint8_t *map, int wy, int wx, uint8_t *x);

/* wx[o] = Σ_i W[i][o]·x[i], without bias. x: a window's bytes, two's complement when is_signed. */
void ohm_intref_product(const struct ohm_layer *l, int is_signed, const uint8_t *x, int32_t *wx);

/* y[o] = clip(act(floor((wx + bias + rscale·r)·scale/2^shift + ½))) as bytes; only for outputs u8
 * and s8. r: residual bytes of this window, NULL without residual. */
void ohm_intref_post(const struct ohm_layer *l, const int32_t *wx, const uint8_t *r, int r_signed,
                     uint8_t *y);

/* Bytes of all windows to the pooled map; a copy without pooling. */
void ohm_intref_pool(const struct ohm_layer *l, const uint8_t *windows, uint8_t *map);

/* Index of the largest value, the lowest one on a tie. Of one value alone, a binary classifier's: 1
 * when it is positive, else 0. */
int ohm_intref_argmax(const int32_t *v, int n);

OHM_API_END

#endif
