/* SPDX-License-Identifier: Apache-2.0
 * Estimates (ohm_estimate.h) of a network directory on several configurations, as structures and as
 * JSON. */
#ifndef OHM_ESTIMATE_ALL_H
#define OHM_ESTIMATE_ALL_H

#include "ohm_api.h"
#include "ohm_estimate.h"

OHM_API_BEGIN

#define OHM_ESTIMATES_MAX 32

/* all zero but net: tiny, small, base and large with meshes of their own or the smallest that do,
 * pcm-hermes, pwm, sim/configs/energy.txt, 1000 MHz */
struct ohm_estimate_options {
    const char *net;    /* directory */
    const char *config; /* one configuration, or "all" */
    const char *device, *mapping, *energy;
    int mesh_w, mesh_h; /* of one configuration; 0: see above */
    int clock_mhz;
};

struct ohm_estimates {
    struct ohm_net net;
    double clock_mhz;
    int count;
    struct ohm_estimate_one {
        struct ohm_config config;
        int failed;               /* it does not fit: err says why */
        struct ohm_estimate result;
        struct ohm_error err;
    } one[OHM_ESTIMATES_MAX];
};

/* All configurations at once, each in a thread of its own. -1 + err: the network or an option is
 * wrong; what does not fit is no error. */
int ohm_estimate_all(const struct ohm_estimate_options *options, struct ohm_estimates *out,
                     struct ohm_error *err);
void ohm_estimates_free(struct ohm_estimates *e);

/* The same as JSON: {"net", "configurations": [{"config", "fits", "reason" or figures}]}; to be
 * given to ohm_estimate_json_free. NULL + err: as above. */
char *ohm_estimate_json(const struct ohm_estimate_options *options, struct ohm_error *err);
void ohm_estimate_json_free(char *text);

OHM_API_END

#endif
