/* SPDX-License-Identifier: Apache-2.0
 * Phase-change memory of the HERMES chip (M. Le Gallo et al., "A 64-core mixed-signal in-memory
 * compute chip based on phase-change memory for deep neural network inference", Nature Electronics
 * 6, 680, 2023). Fits as in AIHWKit's HermesNoiseModel: two devices in parallel per polarity
 * (pcm-hermes: g_max 20.7 µS, t0 = 300 s) or one (pcm-hermes-one: g_max 10.35 µS, t0 = 200 s; for
 * four-device pairs of such devices see the array option `cell = 4t4r`); t_r = 512 ns.
 *
 *   programming  g_p = max(0, g_t + σ(r) ξ)                         r = g_t/g_max
 *   drift        g(t) = g_p ((t + t0)/t0)^−ν, ν = |μ(r) + s(r) ξ|
 *   read (1/f)   σ = g Q(r) √ln((t + t0 + t_r)/(2 t_r))              r = g_p/g_max
 *
 * Q belongs to what was programmed, g is the conductance at the time of the read.
 *
 * The reference time is t0 after programming; t counts from there. */
#include "ohm_device.h"

#include <math.h>

#include "ohm_math.h"

#define G_MAX_TWO 20.7 /* µS, of the fits */
#define G_MAX_ONE 10.35

/* below `edge` clip(log·ln r + offset, low, high), from there on a polynomial in r */
struct piece {
    double edge, log, offset, low, high, poly[4];
};

struct fits {
    double g_max;
    double program[4]; /* σ, polynomial in r */
    struct piece deviation, read; /* s of the drift exponent, Q */
};

static const struct piece drift_mean = {0.0945, -0.0387, -0.0182,
                                        0.072,  0.13,    {0.0736, -0.0126, -0.0436}};
static const struct fits two = {
    G_MAX_TWO, {0.16603, 4.71806, -8.48101, 4.68961},
    {0.3055, -0.0117, -0.0057, 0.0091, 0.04, {0.0073, 0.0093, -0.0118}},
    {0.16, -0.0117, -0.0069, 0.015, 0.04, {0.0123, 0.0211, -0.0280, 0.0069}},
};
static const struct fits one = {
    G_MAX_ONE, {0.15782, 2.32444, -2.16311, 0.68842},
    {0.3039, -0.0120, -0.0023, 0.0124, 0.04, {0.0104, 0.0116, -0.0165}},
    {0.1591, -0.0078, 0.0038, 0.0179, 0.04, {0.0088, 0.0768, -0.1352, 0.0664}},
};

enum { T0, T_READ, PROGRAM_SCALE, DRIFT_SCALE, READ_SCALE };
#define PARAMETERS(seconds) \
    { \
        [T0] = {"t0", seconds, 1e-3, 1e9, "s from programming to the reference time", NULL}, \
        [T_READ] = {"t_read", \
                    512e-9, \
                    1e-12, \
                    1, \
                    "s, one read (about one four-phase multiply of the chip)", \
                    NULL}, \
        [PROGRAM_SCALE] = {"program_scale", 1, 0, 100, "factor on the programming error", NULL}, \
        [DRIFT_SCALE] = {"drift_scale", 1, 0, 100, "factor on the drift exponents", NULL}, \
        [READ_SCALE] = {"read_scale", 1, 0, 100, "factor on the read noise", NULL}, OHM_PARAM_END, \
    }
static const struct ohm_param own_two[] = PARAMETERS(300), own_one[] = PARAMETERS(200);
#define P(name) d->own[name].value

static double polynomial(const double *p, double r)
{
    return p[0] + r * (p[1] + r * (p[2] + r * p[3]));
}

static double value(const struct piece *p, double r)
{
    return r < p->edge ? ohm_device_clip(p->log * ohm_log(r) + p->offset, p->low, p->high)
                       : polynomial(p->poly, r);
}

static double program(const struct ohm_device_model *d, double g_target, double xi)
{
    const struct fits *f = d->fits;
    double sigma = polynomial(f->program, g_target / d->g_max);
    double g = g_target + sigma * (d->g_max / f->g_max) * P(PROGRAM_SCALE) * xi;
    return g > 0 ? g : 0;
}

static double drift(const struct ohm_device_model *d, double g_programmed, double g_target,
                    double seconds, double xi)
{
    const struct fits *f = d->fits;
    double r = ohm_device_relative(d, g_target), t0 = P(T0);
    double exponent = value(&drift_mean, r) + value(&f->deviation, r) * xi;
    return g_programmed * ohm_pow((seconds + t0) / t0, -fabs(exponent) * P(DRIFT_SCALE));
}

static double read_sigma(const struct ohm_device_model *d, double g, double g_programmed,
                         double seconds)
{
    const struct fits *f = d->fits;
    double q = value(&f->read, ohm_device_relative(d, g_programmed)), t_read = P(T_READ);
    return g * q * P(READ_SCALE) * sqrt(ohm_log((seconds + P(T0) + t_read) / (2 * t_read)));
}

const struct ohm_device_model ohm_device_pcm_hermes = {
    .name = "pcm-hermes",
    .doc = "phase-change memory of the HERMES chip, two devices per polarity: programming error, "
           "1/f read noise, drift from 300 s on",
    .g_max = G_MAX_TWO, .common = ohm_device_common, .own = own_two, .fits = &two,
    .program = program, .drift = drift, .read_sigma = read_sigma,
};

const struct ohm_device_model ohm_device_pcm_hermes_one = {
    .name = "pcm-hermes-one",
    .doc = "phase-change memory of the HERMES chip, one device per polarity, drift from 200 s on",
    .g_max = G_MAX_ONE, .common = ohm_device_common, .own = own_one, .fits = &one,
    .program = program, .drift = drift, .read_sigma = read_sigma,
};
