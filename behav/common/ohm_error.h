/* SPDX-License-Identifier: Apache-2.0
 * Errors: one clear line, returned, never printed by the library. */
#ifndef OHM_ERROR_H
#define OHM_ERROR_H

#include <stdarg.h>
#include <stdio.h>

#include "ohm_api.h"

OHM_API_BEGIN

struct ohm_error {
    char text[512]; /* "file: field: value, expected …"; empty when nothing went wrong */
};

/* Writes the line and returns -1, so that callers can `return ohm_fail(err, …)`. err may be NULL. A
 * control character, which can only come from a file or an argument, becomes a `?`: it would end
 * the line, or talk to the terminal. */
__attribute__((format(printf, 2, 3)))
static inline int ohm_fail(struct ohm_error *err, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        for (char *c = err->text; *c; c++)
            if ((*c >= 0 && *c < ' ') || *c == 127)
                *c = '?';
    }
    return -1;
}

OHM_API_END

#endif
