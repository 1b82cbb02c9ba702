/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_switch.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "ohm_device.h" /* ohm_device_clip */
#include "ohm_math.h"
#include "ohm_rng.h"

/* X(model, name) of every switching model: the one list from which declarations and both lookups
 * come. */
#define MODELS(X) \
    X(ohm_switch_linear, "linear") \
    X(ohm_switch_soft_bounds, "soft-bounds") \
    X(ohm_switch_reram_om, "reram-om") \
    X(ohm_switch_reram_hfo2, "reram-hfo2") \
    X(ohm_switch_ecram_mo, "ecram-mo") \
    X(ohm_switch_reram_es, "reram-es") \
    X(ohm_switch_pcm_one_sided, "pcm-one-sided") \
    X(ohm_switch_pcm, "pcm-partial-reset") \
    X(ohm_switch_filament, "filament") \
    X(ohm_switch_vteam, "vteam") \
    X(ohm_switch_data, "data-driven") \
    X(ohm_switch_neurosim, "neurosim")

#define MODEL_DECLARE(model, name) extern const struct ohm_switch_model model;
#define MODEL_POINTER(model, name) &model,
#define MODEL_NAME(model, name) name,

MODELS(MODEL_DECLARE)

enum { DRAW_LIFE = 15 }; /* element of a device's key; models have those below */

enum { FIXED, OHMIC };
static const char *const energies[] = {"fixed", "ohmic", NULL};
enum { HALVES, THIRDS };
static const char *const schemes[] = {"V/2", "V/3", NULL};

const struct ohm_param ohm_switch_common[] = {
    [OHM_SWITCH_SET_VOLT] = {"set_volt", 1, 0, 100, "V, set pulse of amplitude code 0", NULL},
    [OHM_SWITCH_SET_VOLT_STEP] = {"set_volt_step", 0.01, 0, 10, "V for one code more", NULL},
    [OHM_SWITCH_RESET_VOLT] = {"reset_volt", 1, 0, 100, "V, reset pulse of amplitude code 0", NULL},
    [OHM_SWITCH_RESET_VOLT_STEP] = {"reset_volt_step", 0.01, 0, 10, "V for one code more", NULL},
    [OHM_SWITCH_PULSE_TIME] = {"pulse_time", 1e-7, 1e-12, 1, "s, one unit of width", NULL},
    [OHM_SWITCH_HALF_MEAN] = {"half_mean", 0, 0, 1,
                              "half-select disturb of one unit of width, mean, of the range", NULL},
    [OHM_SWITCH_HALF_SPREAD] = {"half_spread", 0, 0, 1, "its spread, of the range", NULL},
    [OHM_SWITCH_ENDURANCE] = {"endurance", 0, 0, 1e15,
                              "pulses that a device stands, median; 0: any number", NULL},
    [OHM_SWITCH_ENDURANCE_SPREAD] = {"endurance_spread", 0.5, 0, 5, "sigma of its logarithm", NULL},
    [OHM_SWITCH_FORM_AMP] = {"form_amp", 0, 0, 255,
                             "amplitude code of the set pulse that forms a device; 0: none needed",
                             NULL},
    [OHM_SWITCH_FORM_LEVEL] = {"form_level", 0.5, 0, 1, "where forming leaves w, of the range",
                               NULL},
    [OHM_SWITCH_PULSE_ENERGY] = {"pulse_energy", FIXED, FIXED, OHMIC,
                                 "of a pulse: fixed, write_fj of the energy file, or ohmic, "
                                 "V^2*G*t of its volts and seconds",
                                 energies},
    [OHM_SWITCH_HALF_SCHEME] = {"half_scheme", HALVES, HALVES, THIRDS,
                                "voltage of lines that a pulse does not select", schemes},
    OHM_PARAM_END,
};
#define C(s, name) s->common[OHM_SWITCH_##name].value

const char *const *ohm_switch_names(void)
{
    static const char *const names[] = {MODELS(MODEL_NAME) NULL};
    return names;
}

const struct ohm_switch_model *ohm_switch_find(const char *name)
{
    static const struct ohm_switch_model *const models[] = {MODELS(MODEL_POINTER)};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(name, models[i]->name))
            return models[i];
    return NULL;
}

void ohm_switch_default(struct ohm_switch *s, const struct ohm_switch_model *model)
{
    *s = (struct ohm_switch){model, ohm_switch_common, model->own};
}

struct ohm_switch_device ohm_switch_device(const struct ohm_switch *s, uint64_t key)
{
    struct ohm_switch_device d = {1, 1, s->model->bound(s, 1), s->model->bound(s, 0), INFINITY, 0};
    if (s->model->device)
        s->model->device(s, key, &d);
    if (C(s, ENDURANCE) > 0)
        d.life = C(s, ENDURANCE)
                 * ohm_exp(C(s, ENDURANCE_SPREAD) * ohm_normal(ohm_key_at(key, DRAW_LIFE)));
    return d;
}

double ohm_switch_pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                        uint32_t cycles, const struct ohm_switch_pulse *p, double xi)
{
    const double low = s->model->bound(s, 0), high = s->model->bound(s, 1);
    if (d->dead || cycles >= d->life)
        return w;
    if (w == OHM_SWITCH_UNFORMED)
        return p->set && p->amp >= C(s, FORM_AMP) ? low + C(s, FORM_LEVEL) * (high - low) : w;
    return ohm_device_clip(s->model->pulse(s, d, w, p, xi), d->lower, d->upper);
}

int ohm_switch_thirds(const struct ohm_switch *s)
{
    return C(s, HALF_SCHEME) == THIRDS;
}

double ohm_switch_half(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                       const uint32_t n[2], const double xi[2])
{
    const double range = s->model->bound(s, 1) - s->model->bound(s, 0);
    if (d->dead || (!n[0] && !n[1]) || w == OHM_SWITCH_UNFORMED)
        return w;
    for (int set = 0; set < 2; set++) {
        const double move =
            range * (C(s, HALF_MEAN) * n[set] + C(s, HALF_SPREAD) * sqrt((double)n[set]) * xi[set]);
        w += set ? move : -move;
    }
    return ohm_device_clip(w, d->lower, d->upper);
}

double ohm_switch_conductance(const struct ohm_switch *s, double w, double g_min, double g_max)
{
    const double low = s->model->bound(s, 0), high = s->model->bound(s, 1);
    const double g = g_min + (w - low) / (high - low) * (g_max - g_min);
    return g > 0 ? g : 0;
}

double ohm_switch_state(const struct ohm_switch *s, double g, double g_min, double g_max)
{
    const double low = s->model->bound(s, 0), high = s->model->bound(s, 1);
    return low + (g - g_min) / (g_max - g_min) * (high - low);
}

double ohm_switch_volt(const struct ohm_switch *s, const struct ohm_switch_pulse *p)
{
    return p->set ? C(s, SET_VOLT) + p->amp * C(s, SET_VOLT_STEP)
                  : -(C(s, RESET_VOLT) + p->amp * C(s, RESET_VOLT_STEP));
}

double ohm_switch_seconds(const struct ohm_switch *s, const struct ohm_switch_pulse *p)
{
    return (p->width + 1) * C(s, PULSE_TIME);
}

int ohm_switch_heats(const struct ohm_switch *s)
{
    return C(s, PULSE_ENERGY) == OHMIC;
}

double ohm_switch_fj(const struct ohm_switch *s, const struct ohm_switch_pulse *p, double g)
{
    const double v = ohm_switch_volt(s, p);
    return ohm_switch_heats(s) ? 1e9 * v * v * g * ohm_switch_seconds(s, p) : 0;
}
