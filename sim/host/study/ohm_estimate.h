/* SPDX-License-Identifier: Apache-2.0
 * What a network will need on a chip, before that chip is built: tiles, cycles, energy, what is
 * slowest and which mesh would lift it.
 *
 * Nothing is modelled twice: tiles and links are the mapper's, cycles are those of its busiest tile
 * or link, whichever is more, and energy is what the golden model counts while some of the
 * network's calibration images run on it. Cycles leave out what only time shows: packets that wait
 * for each other, and credits on their way. */
#ifndef OHM_ESTIMATE_H
#define OHM_ESTIMATE_H

#include "ohm_api.h"
#include "ohm_device.h"
#include "ohm_energy.h"
#include "ohm_mapper.h"

OHM_API_BEGIN

enum ohm_limit {
    OHM_LIMIT_TILE, /* the busiest tile's windows */
    OHM_LIMIT_LINK, /* a link between two routers */
    OHM_LIMIT_HOST  /* the one between bridge and mesh */
};

struct ohm_estimate {
    struct ohm_config config; /* with the mesh that the figures are for */
    int grown;                /* the configuration's own mesh is too small; this is the smallest */
    int tiles, places;        /* in use; crossbar tiles of the mesh */
    long cells, cells_there;  /* that hold weights; of the tiles in use */
    int layer;                /* the busiest tile's */
    long windows;             /* of that tile, per image */
    int vmm_cycles;           /* from one of them to the next */
    long tile_cycles, link_cycles; /* per image */
    struct ohm_load load;
    enum ohm_limit limit;
    /* the next larger mesh on which the busiest tile has less to do, and its cycles; 0: no mesh up
     * to 16x16 */
    int lift_w, lift_h;
    long lift_cycles;
    double area_mm2;
    /* calibration images that the golden model ran; 0: the network has none, so that energy is not
     * known */
    int images;
    struct ohm_energy energy; /* per image, without programming */
    double tops_w;
};

struct ohm_estimate_settings {
    const struct ohm_coding *coding;
    const struct ohm_device_model *device;
    const char *energy; /* file of parameters, sim/configs/energy.txt */
    double clock_mhz;
    int mesh_given;     /* config's mesh or none; 0: the smallest that does where it is too small */
};

/* Estimates the network on one configuration. -1 + err: it does not fit, with the reason that the
 * largest mesh leaves, or a file is wrong. */
int ohm_estimate(const struct ohm_net *net, const struct ohm_config *config,
                 const struct ohm_estimate_settings *settings, struct ohm_estimate *out,
                 struct ohm_error *err);

/* Cycles per image in steady state: of the busiest tile or link. */
static inline long ohm_estimate_cycles(const struct ohm_estimate *e)
{
    return e->tile_cycles > e->link_cycles ? e->tile_cycles : e->link_cycles;
}

OHM_API_END

#endif
