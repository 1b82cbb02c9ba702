/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_config.h"

#include <string.h>

static const struct ohm_config configs[] = {OHM_CONFIG_TABLE};

#define KEY(name, field, min, max, power2, or0) \
    {#name, #field, offsetof(struct ohm_config, field), min, max, power2, or0},
const struct ohm_config_key ohm_config_keys[OHM_CONFIG_SIZES] = {OHM_CONFIG_KEYS(KEY)};
#undef KEY

const struct ohm_config_key *ohm_config_key_of(const char *field)
{
    for (int i = 0; i < OHM_CONFIG_SIZES; i++)
        if (!strcmp(ohm_config_keys[i].field, field))
            return &ohm_config_keys[i];
    return NULL;
}

const char *ohm_config_name(size_t i)
{
    return i < sizeof configs / sizeof configs[0] ? configs[i].name : NULL;
}

int ohm_config_find(const char *name, struct ohm_config *out, struct ohm_error *err)
{
    const size_t n = sizeof configs / sizeof configs[0];
    char names[400] = "";

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

const char *ohm_config_range(const struct ohm_config_key *key, char text[OHM_CONFIG_RANGE_MAX])
{
    snprintf(text, OHM_CONFIG_RANGE_MAX, "%s%s%d to %d", key->or0 ? "0 or " : "",
             key->power2 ? "a power of two from " : "", key->min, key->max);
    return text;
}

int ohm_config_legal(const struct ohm_config_key *key, long value)
{
    if (value < key->min || value > key->max)
        return key->or0 && value == 0;
    return !key->power2 || !(value & (value - 1));
}

int ohm_config_check(const struct ohm_config *c, struct ohm_error *err)
{
    char range[OHM_CONFIG_RANGE_MAX];

    for (int i = 0; i < OHM_CONFIG_SIZES; i++) {
        const struct ohm_config_key *key = &ohm_config_keys[i];
        const int value = ohm_config_value(c, key);
        if (!ohm_config_legal(key, value))
            return ohm_fail(err, "%s: %d, expected %s", key->name, value,
                            ohm_config_range(key, range));
    }
#define RULE(holds, expected, field) \
    if (!(holds)) \
        return ohm_fail(err, "%s: %d, expected %s", ohm_config_key_of(#field)->name, c->field, \
                        expected);
    OHM_CONFIG_RULES(RULE)
#undef RULE
    return 0;
}

enum ohm_kind ohm_config_kind(const struct ohm_config *config, int x, int y)
{
    return x >= 0 && y >= 0 && x < config->mesh_w && y < config->mesh_h
               ? ohm_kind_at(config->kinds, x, y, config->mesh_w, config->mesh_h)
               : OHM_KIND_NONE;
}

int ohm_config_tile(const struct ohm_config *config, int x, int y)
{
    return ohm_config_kind(config, x, y) == OHM_KIND_CIM;
}

int ohm_config_tiles(const struct ohm_config *config)
{
    int n = 0;
    for (int y = 0; y < config->mesh_h; y++)
        for (int x = 0; x < config->mesh_w; x++)
            n += ohm_config_tile(config, x, y);
    return n;
}
