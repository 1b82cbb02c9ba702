/* SPDX-License-Identifier: Apache-2.0
 * The table of back ends. */
#include "ohm_backend.h"

#include <string.h>

#include "ohm_backend_types.h"

static const struct ohm_backend_type *const TYPES[] = {
    &ohm_backend_rtl, &ohm_backend_golden, &ohm_backend_model, &ohm_backend_tlm, &ohm_backend_uart,
};
enum { TYPE_COUNT = sizeof TYPES / sizeof TYPES[0] };

const struct ohm_backend_type *ohm_backend_at(int i)
{
    return i >= 0 && i < TYPE_COUNT ? TYPES[i] : NULL;
}

const struct ohm_backend_type *ohm_backend_find(const char *name)
{
    for (int i = 0; i < TYPE_COUNT; i++)
        if (!strcmp(TYPES[i]->name, name))
            return TYPES[i];
    return NULL;
}

int ohm_backend_open(const char *name, const struct ohm_backend_settings *s,
                     struct ohm_backend *out, struct ohm_error *err)
{
    const struct ohm_backend_type *type = ohm_backend_find(name);
    char names[128] = "";

    if (type)
        return type->open(s, out, err);
    for (int i = 0; i < TYPE_COUNT; i++) {
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s",
                 !i                   ? ""
                 : i + 1 < TYPE_COUNT ? ", "
                                      : " or ",
                 TYPES[i]->name);
    }
    return ohm_fail(err, "back end: %s, expected %s", name, names);
}
