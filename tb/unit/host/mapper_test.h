/* SPDX-License-Identifier: Apache-2.0
 * Mappings of random networks, as their tests ask for them. */
#ifndef MAPPER_TEST_H
#define MAPPER_TEST_H

#include "host_test.h"

#include <math.h>

#include "ohm_driver.h"
#include "ohm_figures.h"
#include "ohm_intref.h"

struct setup {
    int widths[5], count;
    const char *config;
    int w, h;
    enum ohm_mapping_kind kind;
    int is_signed;
};

static inline struct ohm_mapping map_coded(const struct setup *s, const struct ohm_coding *coding,
                                    struct ohm_net *net, int calib)
{
    struct ohm_config config;
    struct ohm_mapping m;
    struct ohm_error err = {{0}};
    host_random_net(net, s->widths, s->count, s->is_signed, calib, 77);
    if (ohm_config_find(s->config, &config, &err))
        fail_msg("%s", err.text);
    config.mesh_w = s->w;
    config.mesh_h = s->h;
    if (ohm_map_replicated(net, &config, coding, NULL, &m, &err))
        fail_msg("%s", err.text);
    return m;
}

#endif
