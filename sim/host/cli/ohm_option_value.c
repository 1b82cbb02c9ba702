/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_option_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper.h" /* OHM_MESH_MAX */

int ohm_option_number(const char *option, const char *text, int64_t min, uint64_t max,
                      uint64_t *out, struct ohm_error *err)
{
    char *end;
    errno = 0;
    const char *p = text + strspn(text, "+-");
    int negative = text[0] == '-';
    uint64_t v = strtoull(p, &end, 10);
    if (p - text > 1 || *p < '0' || *p > '9' || *end || errno
        || (negative ? v > (uint64_t) - (min + 1) + 1 || min >= 0 : v > max)
        || (!negative && min > 0 && v < (uint64_t)min))
        return ohm_fail(err, "--%s: %s, expected a number from %" PRId64 " to %" PRIu64, option,
                        text, min, max);
    *out = negative ? 0 - v : v;
    return 0;
}

int ohm_option_choice(const char *option, const char *text, const char *const *names,
                      struct ohm_error *err)
{
    char all[128] = "";
    for (int i = 0; names[i]; i++) {
        size_t n = strlen(all);
        if (!strcmp(text, names[i]))
            return i;
        snprintf(all + n, sizeof all - n, "%s%s", !i ? "" : names[i + 1] ? ", " : " or ", names[i]);
    }
    return ohm_fail(err, "--%s: %s, expected %s", option, text, all);
}

/* NAME=VALUE */
int ohm_option_physics(const char *text, struct ohm_physics *p, struct ohm_error *err)
{
    char name[64];
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : sizeof name;
    if (n >= sizeof name)
        return ohm_fail(err, "--set: %s, expected NAME=VALUE", text);
    memcpy(name, text, n);
    name[n] = '\0';
    return ohm_option_shorthand("set", name, equals + 1, p, err);
}

int ohm_option_shorthand(const char *option, const char *name, const char *text,
                         struct ohm_physics *p, struct ohm_error *err)
{
    struct ohm_error reason;
    return ohm_physics_set(p, name, text, &reason)
               ? ohm_fail(err, "--%s: %.400s", option, reason.text)
               : 0;
}

int ohm_option_mesh(const char *text, int *w, int *h, struct ohm_error *err)
{
    int used = 0;
    if (sscanf(text, "%2dx%2d%n", w, h, &used) == 2 && !text[used] && *w >= 1 && *w <= OHM_MESH_MAX
        && *h >= 1 && *h <= OHM_MESH_MAX)
        return 0;
    return ohm_fail(err, "--mesh: %s, expected WxH from 1x1 to %dx%d", text, OHM_MESH_MAX,
                    OHM_MESH_MAX);
}

int ohm_option_chip(const char *backend, const char *rtl_lib, struct ohm_error *err)
{
    static const char *const names[] = {"golden", "model", "rtl", NULL};
    const int k = ohm_option_choice("backend", backend, names, err);
    if (k == 2 && !rtl_lib)
        return ohm_fail(err, "--rtl-lib: missing, expected the Verilated chip");
    if (k >= 0 && k != 2 && rtl_lib)
        return ohm_fail(err, "--rtl-lib: with --backend %s, expected rtl", backend);
    return k < 0 ? -1 : 0;
}
