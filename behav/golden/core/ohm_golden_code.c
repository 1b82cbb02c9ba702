/* SPDX-License-Identifier: Apache-2.0
 * From a charge to a code: ramp, ramp table or another converter, ideal or not. */
#include "ohm_golden_code.h"

#include "ohm_numeric.h"

/* Converter that is not ideal; *clip as of ohm_adc. */
static int32_t convert(const struct ohm_converter *by, const struct ohm_slice_plan *s, uint32_t seq,
                       unsigned k, unsigned col, int32_t q, int *clip)
{
    const struct ohm_config *config = by->config;
    const struct ohm_readout *r = by->readout;
    const double scale = (double)(1u << s->rs);
    const struct ohm_conversion c = {
        .lsb = (double)s->lsb / scale,
        .scale = scale, .first = s->start - 1, .noise_key = ohm_readout_key(r, seq, by->desc, k),
        .mux = config->adc == OHM_ADC_SHARED ? (unsigned)config->mux : (unsigned)config->adc,
        .cycles = config->adc == OHM_ADC_SHARED ? config->adc_cycles : 0};
    const int32_t step = ohm_readout_trip(r, &c, col, q);

    *clip = (step > s->stop) - (step < s->start);
    return *clip ? (*clip > 0 ? s->stop : s->start) : step;
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
        return readout ? convert(by, s, seq, k, col, q, clip)
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
                                 : ohm_floor_div(2 * (int64_t)q + s->lsb, 2 * s->lsb);
    int32_t n = s->start;

    while (n < s->stop && ramp_level(by, n) < trip)
        n++;
    *clip = trip <= first ? -1 : ramp_level(by, n) < trip;
    return *clip < 0 ? s->start : n;
}
