/* SPDX-License-Identifier: Apache-2.0
 * Named configurations of the chip, and the ranges of their sizes. */
#ifndef OHM_CONFIG_H
#define OHM_CONFIG_H

#include <stddef.h>

#include "ohm_api.h"
#include "ohm_config_table.h"
#include "ohm_error.h"

#ifdef __cplusplus
extern "C" {
#endif
OHM_API_BEGIN

#define OHM_CONFIG_COUNT_KEY(...) +1
enum { OHM_CONFIG_SIZES = 0 OHM_CONFIG_KEYS(OHM_CONFIG_COUNT_KEY) };
#undef OHM_CONFIG_COUNT_KEY

/* One size: where it lies in struct ohm_config, and what it may be
 * (docs/reference/configurations.md). */
struct ohm_config_key {
    const char *name, *field; /* NSLICE, nslice */
    size_t at;
    int min, max;
    int power2, or0; /* only powers of two; or 0 */
};

extern const struct ohm_config_key ohm_config_keys[OHM_CONFIG_SIZES]; /* in the struct's order */

/* The size that a key names. */
static inline int *ohm_config_at(struct ohm_config *c, const struct ohm_config_key *key)
{
    return (int *)(void *)((char *)c + key->at);
}

static inline int ohm_config_value(const struct ohm_config *c, const struct ohm_config_key *key)
{
    return *(const int *)(const void *)((const char *)c + key->at);
}

/* Returns the key of a field of struct ohm_config by its name; NULL when there is none. */
const struct ohm_config_key *ohm_config_key_of(const char *field);

/* Returns the name of the i-th configuration; NULL past the last one. */
const char *ohm_config_name(size_t i);

/* Copies the named configuration (tiny, small, base, large, …) to *out. */
int ohm_config_find(const char *name, struct ohm_config *out, struct ohm_error *err);

enum { OHM_CONFIG_RANGE_MAX = 64 };
/* Writes a size's range in words: "0 or a power of two from 2 to 8". Returns text. */
const char *ohm_config_range(const struct ohm_config_key *key, char text[OHM_CONFIG_RANGE_MAX]);

/* May the size be this value? 1: yes. */
int ohm_config_legal(const struct ohm_config_key *key, long value);

/* Checks every size of a configuration that comes from outside, and what two sizes ask of each
 * other: 0, or -1 with the first that is wrong. */
int ohm_config_check(const struct ohm_config *c, struct ohm_error *err);

/* Returns what stands at (x, y) by the configuration's pattern; OHM_KIND_NONE outside the mesh. */
enum ohm_kind ohm_config_kind(const struct ohm_config *config, int x, int y);

/* Tells whether a crossbar tile stands at (x, y): inside the mesh, by the configuration's pattern.
 */
int ohm_config_tile(const struct ohm_config *config, int x, int y);

/* Counts the crossbar tiles of the mesh. */
int ohm_config_tiles(const struct ohm_config *config);

OHM_API_END
#ifdef __cplusplus
}
#endif

#endif
