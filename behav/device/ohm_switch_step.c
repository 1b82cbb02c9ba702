/* SPDX-License-Identifier: Apache-2.0
 * Steps of a size: soft bounds, linear, exponential.
 *
 *   soft bounds  Δw = ±step·u·(1 − w/bound)(1 + c ξ)
 *   linear       Δw = ±step·u·(1 − γ w/bound + c ξ)
 *   exponential  Δw = ±step·u·max(0, 1 − A e^{±γ z})(1 + c ξ), z = 2 a w/(upper − lower) + b
 *
 * step is the device's own, lognormal between devices; steps up are (1 + asymmetry) as large, steps
 * down (1 − asymmetry). What a pulse of amplitude code a and width code w has more than the one
 * that was published: u = (1 + amp_slope·a) e^{amp_gain·a} (w + 1).
 *
 * Parameters of published arrays as in AIHWKit's presets: ReRamArrayOM and ReRamArrayHfO2 (Gong,
 * Rasch et al., IEDM 2022), EcRamMO (Kim et al., IEDM 2019), ReRamES (Gong et al., Nature
 * Communications 2018), PCM (Nandakumar et al., Frontiers in Neuroscience 2020). */
#include <math.h>

#include "ohm_math.h"
#include "ohm_rng.h"
#include "ohm_switch.h"

enum kind { SOFT_BOUNDS, LINEAR, EXPONENTIAL };
struct fits {
    enum kind kind;
    int one_sided;        /* down pulses do nothing */
    double a_up, a_down, a, b, gamma_up, gamma_down;
};

enum {
    STEP, STEP_D2D, STEP_C2C, ASYMMETRY, WRITE_NOISE, UPPER, LOWER, UPPER_D2D, LOWER_D2D, CORRUPT,
    AMP_SLOPE, AMP_GAIN
};
#define TABLE(step, d2d, c2c, asymmetry, noise, upper, lower, upper_d2d, lower_d2d, corrupt, \
              slope) \
    { \
        [STEP] = {"step", step, 0, 1, "mean |change of w| of a pulse, before all factors", NULL}, \
        [STEP_D2D] = {"step_d2d", d2d, 0, 5, "its spread between devices, of the mean", NULL}, \
        [STEP_C2C] = {"step_c2c", c2c, 0, 100, "spread from pulse to pulse, of the step", NULL}, \
        [ASYMMETRY] = {"asymmetry", asymmetry, -1, 1, "steps up more, steps down less", NULL}, \
        [WRITE_NOISE] = {"write_noise", noise, 0, 1000, "of w as read after a pulse, in steps", \
                         NULL}, \
        [UPPER] = {"upper", upper, 1e-3, 100, "mean upper bound of w", NULL}, \
        [LOWER] = {"lower", lower, -100, 0, "mean lower bound of w", NULL}, \
        [UPPER_D2D] = {"upper_d2d", upper_d2d, 0, 5, "its spread between devices, of it", NULL}, \
        [LOWER_D2D] = {"lower_d2d", lower_d2d, 0, 5, "its spread between devices, of it", NULL}, \
        [CORRUPT] = {"corrupt", corrupt, 0, 1, "share of devices that never move", NULL}, \
        [AMP_SLOPE] = {"amp_slope", slope, 0, 100, "step more for one code, of the step", NULL}, \
        [AMP_GAIN] = {"amp_gain", 0, 0, 1, "of the logarithm of the step for one code", NULL}, \
        OHM_PARAM_END, \
    }
#define P(name) s->own[name].value

static double bound(const struct ohm_switch *s, int upper)
{
    return upper ? P(UPPER) : P(LOWER);
}

static void device(const struct ohm_switch *s, uint64_t key, struct ohm_switch_device *d)
{
    const struct fits *f = s->model->fits;
    d->up = P(STEP) * (1 + P(ASYMMETRY));
    d->down = f->one_sided ? 0 : P(STEP) * (1 - P(ASYMMETRY));
    if (P(STEP_D2D) > 0) { /* lognormal of mean 1 */
        double s2 = ohm_log(1 + P(STEP_D2D) * P(STEP_D2D));
        double factor = ohm_exp(sqrt(s2) * ohm_normal(ohm_key_at(key, 0)) - s2 / 2);
        d->up *= factor;
        d->down *= factor;
    }
    if (P(UPPER_D2D) > 0)
        d->upper = fabs(P(UPPER) * (1 + P(UPPER_D2D) * ohm_normal(ohm_key_at(key, 1))));
    if (P(LOWER_D2D) > 0)
        d->lower = -fabs(P(LOWER) * (1 + P(LOWER_D2D) * ohm_normal(ohm_key_at(key, 2))));
    d->dead = ohm_uniform(ohm_key_at(key, 3)) < P(CORRUPT);
}

static double pulse(const struct ohm_switch *s, const struct ohm_switch_device *d, double w,
                    const struct ohm_switch_pulse *p, double xi)
{
    const struct fits *f = s->model->fits;
    double unit = (1 + P(AMP_SLOPE) * p->amp) * (p->width + 1);
    if (P(AMP_GAIN) > 0)
        unit *= ohm_exp(P(AMP_GAIN) * p->amp);
    double step = unit * (p->set ? d->up : -d->down), edge = p->set ? d->upper : d->lower;
    double to_edge = edge != 0 ? w / edge : 0;
    if (f->kind == SOFT_BOUNDS)
        return w + step * (1 - to_edge) * (1 + P(STEP_C2C) * xi);
    if (f->kind == LINEAR)
        return w
               + step
                     * (1 - (p->set ? f->gamma_up : f->gamma_down) * to_edge + P(STEP_C2C) * xi);
    double z = 2 * f->a * w / (d->upper - d->lower) + f->b;
    double factor = 1
                    - (p->set ? f->a_up * ohm_exp(f->gamma_up * z)
                              : f->a_down * ohm_exp(-f->gamma_down * z));
    return w + step * (factor > 0 ? factor : 0) * (1 + P(STEP_C2C) * xi);
}

static double seen(const struct ohm_switch *s, double w, double xi)
{
    return w + P(WRITE_NOISE) * P(STEP) * xi;
}

#define MODEL(variable, label, text, table, fit) \
    const struct ohm_switch_model variable = { \
        .name = label, .doc = text, .own = table, .fits = fit, .bound = bound, .device = device, \
        .pulse = pulse, .seen = seen, \
    };

static const struct fits soft = {.kind = SOFT_BOUNDS}, linear = {.kind = LINEAR},
                         ecram = {.kind = LINEAR, .gamma_up = 0.4152, .gamma_down = 0.7342},
                         es = {.kind = EXPONENTIAL, .gamma_up = 5, .gamma_down = 5,
                               .a_up = -1.18445, .a_down = -0.081404, .a = -0.5, .b = -0.5},
                         one_sided = {.kind = EXPONENTIAL, .one_sided = 1, .gamma_up = 2.5,
                                      .a_up = -27.235, .a = -1};

/* 2^-14: one code of G_max/2^14 for each unit of amplitude and width, as the emulation view. */
static const struct ohm_param linear_own[] = TABLE(0x1p-14, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
static const struct ohm_param soft_own[] = TABLE(0.02, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0);
static const struct ohm_param om[] =
    TABLE(0.0949, 0.783, 0.416, 0, 1.41, 1, -1, 0.35, 0.57, 0.135, 0);
static const struct ohm_param hfo2[] =
    TABLE(0.4622, 0.7125, 0.2174, 0, 0.5841, 1, -1, 0.43, 0.60, 0.1, 0);
static const struct ohm_param ecram_own[] =
    TABLE(2.8214e-4, 0.1, 2, 0, 0, 1.1714, -0.8286, 0.05, 0.05, 0, 0);
static const struct ohm_param es_own[] =
    TABLE(0.00135, 0.2, 5, 0.259359, 75, 1, -1, 0.3, 0.3, 0, 0);
static const struct ohm_param one_sided_own[] =
    TABLE(0.01, 0.2, 0.6, 0, 0, 2, 0, 0.1, 0, 0, 0);

MODEL(ohm_switch_linear, "linear", "linear steps with bounds", linear_own, &linear)
MODEL(ohm_switch_soft_bounds, "soft-bounds", "soft bounds, parameters of your own", soft_own, &soft)
MODEL(ohm_switch_reram_om, "reram-om", "ReRAM array, optimised material (IEDM 2022)", om, &soft)
MODEL(ohm_switch_reram_hfo2, "reram-hfo2", "HfO2 ReRAM array (IEDM 2022)", hfo2, &soft)
MODEL(ohm_switch_ecram_mo, "ecram-mo", "metal-oxide ECRAM (IEDM 2019)", ecram_own, &ecram)
MODEL(ohm_switch_reram_es, "reram-es", "ReRAM with exponential steps (2018)", es_own, &es)
MODEL(ohm_switch_pcm_one_sided, "pcm-one-sided", "PCM, set pulses only (2020)", one_sided_own,
      &one_sided)

const struct ohm_switch ohm_switch_ideal = {&ohm_switch_linear, ohm_switch_common, linear_own};
