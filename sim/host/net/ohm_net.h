/* SPDX-License-Identifier: Apache-2.0
 * A network directory in the format ohmic-network-1: network.json and .npy arrays
 * (docs/reference/network-format.md).
 *
 * Layers form a graph without cycles: each reads the maps of earlier layers or the input. A map is
 * h lines of w pixels of c channels, bytes in that order; a vector is a map of one pixel. Layer,
 * per window of its input map: v = Wᵀx + b + rscale·r; outputs u8 and s8: y =
 * clip(act(floor(v·scale/2^shift + ½))), pooled over blocks of windows; outputs s32 and class (last
 * layer): v itself, the class is the index of the largest, the lowest one on a tie. A dense layer
 * is a convolution whose kernel is the whole map.
 *
 * In a network of sequences an image is `steps` vectors, one a step. Its layers are dense, or
 * kernels of the vector unit, some of which keep a state; who reads a state from an earlier place
 * in the graph gets that of the step before. */
#ifndef OHM_NET_H
#define OHM_NET_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"
#include "ohm_vkernel.h"

OHM_API_BEGIN

enum ohm_layer_kind { OHM_LAYER_DENSE, OHM_LAYER_CONV, OHM_LAYER_VECTOR };
enum ohm_activation {
    OHM_ACTIVATION_NONE, OHM_ACTIVATION_RELU, OHM_ACTIVATION_TABLE, OHM_ACTIVATION_THRESHOLD
};
#define OHM_TABLE_SIZE 256 /* of an activation: y of clip(y0, -128, 127) + 128 */
/* CLASS: v, arg-max on the chip */
enum ohm_output { OHM_OUTPUT_U8, OHM_OUTPUT_S8, OHM_OUTPUT_S32, OHM_OUTPUT_CLASS };
enum ohm_pool { OHM_POOL_NONE, OHM_POOL_MAX, OHM_POOL_AVERAGE };

#define OHM_NAME_MAX 64
#define OHM_LAYERS_MAX 64
#define OHM_FROM_MAX 8
#define OHM_FROM_INPUT (-1) /* the network's input, where a layer's index may stand */

struct ohm_layer {
    char name[OHM_NAME_MAX];
    enum ohm_layer_kind kind;
    int inputs, outputs; /* rows and columns of the weights: inputs = kernel_h·kernel_w·in_c */
    /* [input * outputs + output], -127…127; input = (ky·kernel_w + kx)·in_c + c */
    int8_t *weights;
    int32_t *bias;
    int16_t *scale; /* NULL when output is s32 or class */
    int shift;
    enum ohm_activation activation;
    /* OHM_TABLE_SIZE bytes, two's complement where output is s8; NULL without */
    uint8_t *table;
    enum ohm_output output;
    int from[OHM_FROM_MAX], from_count; /* whose channels it reads, side by side in this order */
    int in_h, in_w, in_c;               /* its input map, all channels */
    int kernel_h, kernel_w, stride_h, stride_w;
    int pad_top, pad_left, pad_bottom, pad_right, pad_value; /* pad_value: a byte as its inputs */
    int groups; /* of channels and of outputs that read them; weights elsewhere are 0 */
    int conv_h, conv_w; /* windows: the map before pooling */
    enum ohm_pool pool;
    int ties_down; /* a mean's half is rounded down */
    /* windows of a block, and from one block to the next; 1 without pooling */
    int pool_h, pool_w, pool_stride_h, pool_stride_w;
    int map_h, map_w;                /* its output map, of `outputs` channels */
    int has_residual, add;           /* add: whose map (conv_h × conv_w × outputs) is r */
    int32_t rscale;
    /* of a vector layer; from[i] is stream i of the kernel */
    const struct ohm_vkernel *kernel;
    struct ohm_vkernel_value values[OHM_VKERNEL_VALUES];
    struct ohm_vkernel_array arrays[OHM_VKERNEL_ARRAYS];
    int value_count, array_count;
};

struct ohm_net {
    char name[OHM_NAME_MAX];
    int inputs, input_signed, classes; /* inputs = in_h·in_w·in_c, of all steps */
    int in_h, in_w, in_c;              /* of a step */
    int steps;      /* of a sequence, each a vector; 0: images are no sequences */
    int every_step; /* results of all steps, not of the last one */
    double unit;    /* of sequences: what a 1 of the results is as a logit; 0: not told */
    int halve;      /* images are bytes, of which the network gets the half, as s8 */
    int layer_count;
    struct ohm_layer *layers;
    int calib_count; /* 0: no calibration images */
    uint8_t *calib;  /* calib_count × inputs */
};

/* Every field is validated: what a loaded network claims, holds (shapes fit, weights ≥ -127, no
 * 32-bit overflow). */
int ohm_net_load(const char *directory, struct ohm_net *out, struct ohm_error *err);
void ohm_net_free(struct ohm_net *net);

/* Fills in the geometry: from (none given: the layer before), in_*, conv_*, map_*, inputs of conv
 * layers, and of dense layers the kernel. Given are the input's shape and each layer's kind, from,
 * kernel, stride, pad, groups (0: one), pool (pool_h 0: the whole map), residual, outputs and
 * output. -1 + err with
 * the layer's name: a layer without output, a kernel larger than its map, sizes that differ, … */
int ohm_net_shape(struct ohm_net *net, struct ohm_error *err);

/* Images as the network gets them, in place: halved where it wants that. */
void ohm_net_take(const struct ohm_net *net, uint8_t *images, size_t bytes);
/* Bytes that an image gives to one step. */
static inline int ohm_net_step_inputs(const struct ohm_net *net)
{
    return net->in_h * net->in_w * net->in_c;
}

/* Steps of an image: 1 where it is no sequence. */
static inline int ohm_net_steps(const struct ohm_net *net)
{
    return net->steps ? net->steps : 1;
}

/* Values that an image makes: of its last step, or of all. */
static inline int ohm_net_results(const struct ohm_net *net)
{
    return net->classes * (net->every_step ? net->steps : 1);
}

/* Whether from[i] of a layer goes back in time: it gets what its source made in the step before. */
static inline int ohm_net_back(const struct ohm_net *net, int layer, int i)
{
    return net->layers[layer].from[i] >= layer;
}

/* The layer's kernel for a tile with these routes and `lanes` interleaved sequences. */
struct ohm_vkernel_use ohm_net_kernel_use(const struct ohm_net *net, int layer, int lanes,
                                         const struct ohm_vkernel_part *parts, int part_count);

/* Channels and signedness of what `from` names. */
static inline int ohm_net_channels(const struct ohm_net *net, int from)
{
    return from < 0 ? net->in_c : net->layers[from].outputs;
}

static inline int ohm_net_from_signed(const struct ohm_net *net, int from)
{
    return from < 0 ? net->input_signed : net->layers[from].output == OHM_OUTPUT_S8;
}

/* Whether a layer's inputs are two's complement; all that it reads agree. */
static inline int ohm_net_signed(const struct ohm_net *net, int layer)
{
    return ohm_net_from_signed(net, net->layers[layer].from[0]);
}

/* Bytes of a layer's output map. */
static inline int ohm_net_map(const struct ohm_layer *l)
{
    return l->map_h * l->map_w * l->outputs;
}

OHM_API_END

#endif
