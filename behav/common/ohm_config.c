/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_config.h"

#include <string.h>

static const struct ohm_config configs[] = {OHM_CONFIG_TABLE};

int ohm_config_find(const char *name, struct ohm_config *out, struct ohm_error *err)
{
    const size_t n = sizeof configs / sizeof configs[0];
    char names[128] = "";

    for (size_t i = 0; i < n; i++) {
        if (!strcmp(configs[i].name, name)) {
            *out = configs[i];
            return 0;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", configs[i].name);
    }
    return ohm_fail(err, "configuration: \"%s\", expected one of %s", name, names);
}

int ohm_config_tile(const struct ohm_config *config, int x, int y)
{
    return x >= 0 && y >= 0 && x < config->mesh_w && y < config->mesh_h
        && ohm_kind_at(config->kinds, x, y, config->mesh_w, config->mesh_h) == OHM_KIND_CIM;
}

int ohm_config_tiles(const struct ohm_config *config)
{
    int n = 0;
    for (int y = 0; y < config->mesh_h; y++)
        for (int x = 0; x < config->mesh_w; x++)
            n += ohm_config_tile(config, x, y);
    return n;
}
