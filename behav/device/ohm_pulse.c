/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_pulse.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "ohm_device.h" /* ohm_device_clip */
#include "ohm_math.h"
#include "ohm_rng.h"

/* Parameters as in AIHWKit's presets: ReRamArrayOM and ReRamArrayHfO2 (Gong, Rasch et al., IEDM
 * 2022), EcRamMO (Kim et al., IEDM 2019), ReRamES (Gong et al., Nature Communications 2018), PCM
 * (Nandakumar et al., Frontiers in Neuroscience 2020). */
static const struct ohm_pulse_model models[] = {
    {.name = "reram-om", .kind = OHM_PULSE_SOFT_BOUNDS, .step = 0.0949, .step_d2d = 0.783,
     .c2c = 0.416, .write_noise = 1.41, .upper = 1, .lower = -1, .upper_d2d = 0.35,
     .lower_d2d = 0.57, .corrupt = 0.135},
    {.name = "reram-hfo2", .kind = OHM_PULSE_SOFT_BOUNDS, .step = 0.4622, .step_d2d = 0.7125,
     .c2c = 0.2174, .write_noise = 0.5841, .upper = 1, .lower = -1, .upper_d2d = 0.43,
     .lower_d2d = 0.60, .corrupt = 0.1},
    {.name = "ecram-mo", .kind = OHM_PULSE_LINEAR, .step = 2.8214e-4, .step_d2d = 0.1, .c2c = 2,
     .upper = 1.1714, .lower = -0.8286, .upper_d2d = 0.05, .lower_d2d = 0.05, .gamma_up = 0.4152,
     .gamma_down = 0.7342},
    {.name = "reram-es", .kind = OHM_PULSE_EXPONENTIAL, .step = 0.00135, .asymmetry = 0.259359,
     .step_d2d = 0.2, .c2c = 5, .write_noise = 75, .upper = 1, .lower = -1, .upper_d2d = 0.3,
     .lower_d2d = 0.3, .gamma_up = 5, .gamma_down = 5, .a_up = -1.18445, .a_down = -0.081404,
     .a = -0.5, .b = -0.5},
    {.name = "pcm-one-sided", .kind = OHM_PULSE_EXPONENTIAL, .step = 0.01, .step_d2d = 0.2,
     .c2c = 0.6, .upper = 2, .lower = 0, .upper_d2d = 0.1, .gamma_up = 2.5, .a_up = -27.235,
     .a = -1, .one_sided = 1},
};
enum { MODELS = sizeof models / sizeof *models };

const struct ohm_pulse_model *ohm_pulse_find(const char *name)
{
    for (int i = 0; i < MODELS; i++)
        if (!strcmp(name, models[i].name))
            return &models[i];
    return NULL;
}

const char *const *ohm_pulse_names(void)
{
    static const char *const names[] = {"reram-om", "reram-hfo2",    "ecram-mo",
                                        "reram-es", "pcm-one-sided", NULL};
    return names;
}

struct ohm_pulse_device ohm_pulse_device(const struct ohm_pulse_model *m, uint64_t key)
{
    struct ohm_pulse_device d = {.step_up = m->step * (1 + m->asymmetry),
                                 .step_down = m->one_sided ? 0 : m->step * (1 - m->asymmetry),
                                 .upper = m->upper, .lower = m->lower};
    if (m->step_d2d > 0) { /* lognormal of mean 1 */
        double s2 = ohm_log(1 + m->step_d2d * m->step_d2d);
        double factor = ohm_exp(sqrt(s2) * ohm_normal(ohm_key_at(key, 0)) - s2 / 2);
        d.step_up *= factor;
        d.step_down *= factor;
    }
    if (m->upper_d2d > 0)
        d.upper = fabs(m->upper * (1 + m->upper_d2d * ohm_normal(ohm_key_at(key, 1))));
    if (m->lower_d2d > 0)
        d.lower = -fabs(m->lower * (1 + m->lower_d2d * ohm_normal(ohm_key_at(key, 2))));
    d.stuck = ohm_uniform(ohm_key_at(key, 3)) < m->corrupt;
    return d;
}

static double step_of(const struct ohm_pulse_model *m, const struct ohm_pulse_device *d, double w,
                      int up, double xi)
{
    double step = up ? d->step_up : -d->step_down, bound = up ? d->upper : d->lower;
    double to_bound = bound != 0 ? w / bound : 0;
    switch (m->kind) {
    case OHM_PULSE_SOFT_BOUNDS:
        return step * (1 - to_bound) * (1 + m->c2c * xi);
    case OHM_PULSE_LINEAR:
        return step * (1 - (up ? m->gamma_up : m->gamma_down) * to_bound + m->c2c * xi);
    case OHM_PULSE_EXPONENTIAL: {
        double z = 2 * m->a * w / (d->upper - d->lower) + m->b;
        double f =
            1 - (up ? m->a_up * ohm_exp(m->gamma_up * z) : m->a_down * ohm_exp(-m->gamma_down * z));
        return step * (f > 0 ? f : 0) * (1 + m->c2c * xi);
    }
    }
    return 0;
}

double ohm_pulse_apply(const struct ohm_pulse_model *m, const struct ohm_pulse_device *d, double w,
                       int up, double xi)
{
    return d->stuck ? w : ohm_device_clip(w + step_of(m, d, w, up, xi), d->lower, d->upper);
}

double ohm_pulse_read(const struct ohm_pulse_model *m, const struct ohm_pulse_device *d, double w,
                      double xi)
{
    (void)d;
    return w + m->write_noise * m->step * xi;
}

/* ---- pulses of a voltage and a length ---- */

#define BOLTZMANN_EV 8.617333262e-5 /* eV/K */
enum { FILAMENT_STEPS_MAX = 100000 };

const struct ohm_pulse_filament ohm_pulse_stanford = {
    .i0 = 1e-3, .g0 = 0.25e-9, .v0 = 0.25, .velocity = 10, .energy = 0.6, .hop = 0.25e-9,
    .thickness = 12e-9, .gamma0 = 16, .beta = 0.8, .temperature = 298, .heat = 2.1e3,
    .gap_min = 0.2e-9, .gap_max = 1.7e-9,
};

static double sinh_of(double x)
{
    if (fabs(x) < 1e-3) /* the difference of exponentials would cancel */
        return x * (1 + x * x / 6);
    return (ohm_exp(x) - ohm_exp(-x)) / 2;
}

double ohm_pulse_filament_current(const struct ohm_pulse_filament *f, double gap, double v)
{
    return f->i0 * ohm_exp(-gap / f->g0) * sinh_of(v / f->v0);
}

double ohm_pulse_filament_rate(const struct ohm_pulse_filament *f, double gap, double v)
{
    double nm = gap * 1e9, gamma = f->gamma0 - f->beta * nm * nm * nm;
    double kt =
        BOLTZMANN_EV * (f->temperature + f->heat * fabs(v * ohm_pulse_filament_current(f, gap, v)));
    return -f->velocity * ohm_exp(-f->energy / kt)
           * sinh_of(gamma * f->hop / f->thickness * v / kt);
}

double ohm_pulse_filament_apply(const struct ohm_pulse_filament *f, double gap, double v,
                                double seconds)
{
    double left = seconds, move = 0.01 * (f->gap_max - f->gap_min);
    for (int i = 0; i < FILAMENT_STEPS_MAX && left > 0; i++) {
        double rate = ohm_pulse_filament_rate(f, gap, v), dt = left;
        if (fabs(rate) * dt > move)
            dt = move / fabs(rate);
        double middle = ohm_device_clip(gap + rate * dt / 2, f->gap_min, f->gap_max);
        double next = ohm_device_clip(gap + ohm_pulse_filament_rate(f, middle, v) * dt, f->gap_min,
                                      f->gap_max);
        if (next == gap) /* at a bound */
            break;
        gap = next;
        left -= dt;
    }
    return gap;
}

/* MemTorch's defaults: unphysical, to be fitted anew for a device. */
const struct ohm_pulse_vteam ohm_pulse_vteam_default = {
    .k_on = -10, .k_off = 5e-4, .v_on = -0.2, .v_off = 0.02, .alpha_on = 3, .alpha_off = 1,
};

double ohm_pulse_vteam_rate(const struct ohm_pulse_vteam *m, double v)
{
    if (v > m->v_off)
        return m->k_off * ohm_pow(v / m->v_off - 1, m->alpha_off);
    if (v < m->v_on)
        return m->k_on * ohm_pow(v / m->v_on - 1, m->alpha_on);
    return 0;
}

double ohm_pulse_vteam_apply(const struct ohm_pulse_vteam *m, double x, double v, double seconds)
{
    return ohm_device_clip(x + ohm_pulse_vteam_rate(m, v) * seconds, 0, 1);
}

/* The rate depends on R by (r − R)² only, so a pulse has a closed form: with u = R − r, u' = ∓|s|
 * u², u(t) = u/(1 + |s| u t). The fit's s is negative for V > 0: positive voltage lowers R. */
double ohm_pulse_data_apply(double resistance, double v, double seconds)
{
    if (v == 0)
        return resistance;
    double a = v > 0 ? 600.1 : -34.60, t = v > 0 ? -0.02120 : -0.05344;
    double s = a * (ohm_exp(fabs(v) / t) - 1);
    double r = v > 0 ? 2699.2 - 672.9 * v : 649.4 - 1474.3 * v;
    /* to where the pulse takes R; past it nothing moves */
    double distance = s < 0 ? resistance - r : r - resistance;
    if (distance <= 0)
        return resistance;
    double left = distance / (1 + fabs(s) * distance * seconds);
    return s < 0 ? r + left : r - left;
}

double ohm_pulse_neurosim(double g_min, double g_max, double p, double p_max, double a)
{
    return g_min + (g_max - g_min) * (1 - ohm_exp(-p / a)) / (1 - ohm_exp(-p_max / a));
}
