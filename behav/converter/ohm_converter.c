/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_converter.h"

#include "ohm_numeric.h"

#define DECLARED(name, field) extern const struct ohm_converter_kind ohm_converter_##field;
OHM_ADC_LIST(DECLARED)
#undef DECLARED

const struct ohm_converter_kind *ohm_converter_kind(const struct ohm_config *c)
{
#define LISTED(name, field) [OHM_ADC_##name] = &ohm_converter_##field,
    static const struct ohm_converter_kind *const KINDS[] = {OHM_ADC_LIST(LISTED)};
#undef LISTED
    return KINDS[c->adc];
}

int ohm_converter_check(const struct ohm_config *c, const struct ohm_physics *p,
                        struct ohm_error *err)
{
    const struct ohm_converter_kind *kind = ohm_converter_kind(c);

    for (int i = 0; kind->without[i]; i++) {
        const double value = ohm_physics_value(p, kind->without[i]);
        if (value != 0)
            return ohm_fail(err, "physics: %s = %g, expected 0: %s",
                            p->param[kind->without[i]].name, value, kind->why);
    }
    return 0;
}

int64_t ohm_converter_code(const struct ohm_converter_kind *kind, const struct ohm_readout *readout,
                           const struct ohm_conversion *conversion, unsigned col, int64_t q)
{
    const int64_t lsb = (int64_t)(conversion->lsb * conversion->scale);

    if (kind->code)
        return kind->code(q, lsb);
    return readout ? ohm_readout_trip(readout, conversion, col, (int32_t)q) : ohm_code(q, lsb);
}
