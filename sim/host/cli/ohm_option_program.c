/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "ohm_option_value.h"
#include "ohm_options.h"

int ohm_option_program(struct ohm_options *o, struct ohm_error *err)
{
    const struct {
        int given;
        const char *name;
    } apart[] = {{o->maps != NULL, "--maps"},
                 {o->reload, "--reload"}};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (apart[i].given)
            return ohm_fail(err, "--program: with %s, expected without", apart[i].name);
    if (!o->device->switching && !o->backend->board) /* a board's devices take linear steps */
        return ohm_fail(err, "--program: with %s devices, expected a --device-file with switching",
                        o->device->name);
    if (ohm_write_load(o->program, &o->scheme, err))
        return -1;
    const double relax = o->scheme.param[OHM_WRITE_RELAX].value;
    if (o->time < relax)
        return ohm_fail(err, "--time: %u, expected at least %g, relax of %s", o->time, relax,
                        o->program);
    if (o->backend->untimed || o->backend->tunable) /* models: there is no RTL to agree with */
        o->config.program = 1;
    return o->config.program
               ? 0
               : ohm_fail(err, "--program: PROGRAM of configuration %s is 0, expected 1",
                          o->config.name);
}

int ohm_option_cells(const struct ohm_options *o, struct ohm_error *err)
{
    const char *name = o->defects ? "defects" : "save-defects";
    if (o->references && !o->compensate)
        return ohm_fail(err, "--references: %d, expected 0 without --compensate", o->references);
    if (o->defects && o->save_defects)
        return ohm_fail(err, "--save-defects: with --defects, expected only one of them");
    if (o->reload && (o->defects || o->save_defects))
        return ohm_fail(err, "--%s: with --reload, expected without", name);
    return 0;
}
