/* SPDX-License-Identifier: Apache-2.0
 * From a charge to a code: ramp, ramp table or another converter, ideal or not. */
#include "ohm_golden_code.h"

#include "ohm_numeric.h"

/* Converter that is not ideal, or has a code of its own; *clip as of ohm_code_clip. */
static int32_t convert(const struct ohm_converter *by, const struct ohm_slice_plan *s, uint32_t seq,
                       unsigned k, unsigned col, int32_t q, int *clip)
{
    const double scale = (double)(1u << s->rs);
    struct ohm_conversion c = {
        .lsb = (double)s->lsb / scale,
        .scale = scale,
        .first = s->start - 1,
        .noise_key = by->readout ? ohm_readout_key(by->readout, seq, by->desc, k) : 0};

    if (by->kind->held)
        by->kind->held(by->config, &c);
    return ohm_code_clip(ohm_converter_code(by->kind, by->readout, &c, col, q), s->start, s->stop,
                         clip);
}

/* RAMP_TAB of step n. */
static int32_t ramp_level(const struct ohm_converter *by, int32_t n)
{
    const unsigned spare = 32 - (unsigned)by->config->code_w;
    return (int32_t)(by->ramp_tab[(unsigned)n & (OHM_REG_RAMP_TAB_COUNT - 1)] << spare) >> spare;
}

int32_t ohm_golden_code(const struct ohm_converter *by, const struct ohm_slice_plan *s,
                        uint32_t seq, unsigned k, unsigned col, int32_t q, int *clip)
{
    const struct ohm_readout *readout = by->readout;

    if (!s->table)
        return readout || by->kind->code ? convert(by, s, seq, k, col, q, clip)
                                         : ohm_adc(q, s->lsb, s->start, s->stop, clip);
    /* where a linear ramp would trip: the code is the first step that is as high */
    const double scale = (double)(1u << s->rs);
    const int32_t first = ramp_level(by, s->start - 1);
    const struct ohm_conversion c = {.lsb = (double)s->lsb / scale,
                                     .scale = scale,
                                     .first = first,
                                     .noise_key =
                                         readout ? ohm_readout_key(readout, seq, 0, k) : 0};
    const int64_t trip = readout ? ohm_readout_trip(readout, &c, col, q)
                                 : ohm_code(q, s->lsb);
    int32_t n = s->start;

    while (n < s->stop && ramp_level(by, n) < trip)
        n++;
    *clip = trip <= first ? -1 : ramp_level(by, n) < trip;
    return *clip < 0 ? s->start : n;
}
