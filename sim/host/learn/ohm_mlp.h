/* SPDX-License-Identifier: Apache-2.0
 * A network of dense layers whose weights are learning matrices: forward and backward products and
 * updates are the arrays', activations, loss and errors the host's.
 *
 * Layer k computes a = scale[k]·(w·x + bias weight), x its inputs as bytes over 255 (127
 * where they are signed); hidden layers
 * have a rectifier whose 1 is hidden_max, the last one a softmax with cross-entropy. δ of an output
 * leaves as the byte 127·gain[k]·δ, so a sample's step of a weight is
 * rnd(255·127·gain[k]·|x·δ|·2^−SHIFT) pulses by rule row. */
#ifndef OHM_MLP_H
#define OHM_MLP_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_learn.h"

OHM_API_BEGIN

enum { OHM_MLP_LAYERS = 4 };

struct ohm_mlp_options {
    int layers;                         /* 1 to OHM_MLP_LAYERS */
    int size[OHM_MLP_LAYERS + 1];       /* inputs, then outputs of each layer */
    struct ohm_learn_options learn;     /* of the first layer; macro counts on from there */
    double scale[OHM_MLP_LAYERS];       /* real weight of a pair at its full range */
    double init[OHM_MLP_LAYERS];        /* spread of the first weights, of the range */
    double base;                        /* of the range, what both devices have at weight 0 */
    double hidden_max;
    double gain[OHM_MLP_LAYERS];
    struct ohm_update update[OHM_MLP_LAYERS];
    int batch;                          /* samples whose steps the host adds up before they are */
                                        /* rounded and given as a transfer; 0: each by itself */
    double headroom;                    /* of the converters, over the first weights' charges */
    int keep_sure; /* 1: a sample that is right and surer than `sure` changes nothing */
    double sure;
};

struct ohm_mlp; /* opaque */

/* Makes the options those of an endurance-aware training: steps gather in the accumulate memories
 * until they are worth a pulse of three units of width, thresholds four times as high (twice in the
 * last layer), and samples that are right and sure (0.9) change nothing. */
void ohm_mlp_spare_devices(struct ohm_mlp_options *o);

/* Loads random weights; the ranges of the converters are chosen from `count` inputs. */
struct ohm_mlp *ohm_mlp_new(const struct ohm_mlp_options *o, const uint8_t *x, int count,
                            struct ohm_error *err);
void ohm_mlp_free(struct ohm_mlp *m);
struct ohm_learn *ohm_mlp_layer(struct ohm_mlp *m, int k);
/* The descriptor and the gain of a layer may change as training goes on. */
struct ohm_update *ohm_mlp_update_of(struct ohm_mlp *m, int k);
double *ohm_mlp_gain_of(struct ohm_mlp *m, int k);

/* One sample forward: probabilities p of the classes. */
int ohm_mlp_forward(struct ohm_mlp *m, const uint8_t *x, double *p, struct ohm_error *err);
/* Forward, backward and the updates of all layers: exact stochastic gradient descent but for the
 * pulses. 1 when the sample was classified right before, 0 when not, -1 + err. */
int ohm_mlp_train(struct ohm_mlp *m, const uint8_t *x, int label, struct ohm_error *err);
/* The errors δ of a layer's outputs in the last ohm_mlp_train, and its inputs. */
const double *ohm_mlp_delta(const struct ohm_mlp *m, int k);
const uint8_t *ohm_mlp_input(const struct ohm_mlp *m, int k);
/* Share of these that are classified right; forward only. -1 + err. */
double ohm_mlp_accuracy(struct ohm_mlp *m, const uint8_t *x, const int32_t *label, int count,
                        struct ohm_error *err);

OHM_API_END

#endif
