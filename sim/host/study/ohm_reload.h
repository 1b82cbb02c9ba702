/* SPDX-License-Identifier: Apache-2.0
 * A network on a chip that is too small for it: the host programs one piece after the other, sends
 * all images through each, and keeps the activations between layers and the sums of pieces that
 * share outputs. Weights stay analog, products and conversions are the chip's; bias, scale,
 * activation and the sum over pieces are the host's, by the contract's arithmetic
 * (ohm_intref_post). */
#ifndef OHM_RELOAD_H
#define OHM_RELOAD_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"
#include "ohm_net.h"

OHM_API_BEGIN

struct ohm_reload {
    const struct ohm_net *net;
    const struct ohm_config *config; /* with the mesh in use */
    const struct ohm_coding *coding;
    enum ohm_range_rule range;
    int bridge_words;      /* as ohm_size_windows takes them; 0: as they are */
    const uint8_t *images; /* count × inputs */
    uint32_t count;
    /* before each piece is programmed; NULL: not wanted */
    void (*piece)(void *user, const char *layer, int piece, int pieces,
                  const struct ohm_mapping *m);
    void *user;
};

struct ohm_reload_stats {
    int pieces;               /* that were programmed */
    uint64_t cells;           /* devices that were programmed */
    uint64_t programming;     /* cycles of configuration and programming */
    uint64_t cycles;          /* in all */
    uint64_t lost, events;
    char first_event[128];
};

/* Only chains of dense layers can be: -1 + err with the layer's name otherwise. */
int ohm_reload_check(const struct ohm_net *net, const struct ohm_coding *coding,
                     struct ohm_error *err);

/* v: [count × classes], the last layer's W·x + bias. -1 + err;
 * what does not fit even in pieces of one tile cannot be. */
int ohm_reload_run(const struct ohm_reload *r, struct ohm_backend *b, int32_t *v,
                   struct ohm_reload_stats *out, struct ohm_error *err);

OHM_API_END

#endif
