/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_device.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_switch.h"

/* X(model, name) of every device model: the one list from which declarations and both lookups come.
 */
#define MODELS(X) \
    X(ohm_device_ideal, "ideal") \
    X(ohm_device_pcm_hermes, "pcm-hermes") \
    X(ohm_device_pcm_hermes_one, "pcm-hermes-one") \
    X(ohm_device_pcm, "pcm") \
    X(ohm_device_rram_neurram, "rram-neurram") \
    X(ohm_device_rram_ihp, "rram-ihp") \
    X(ohm_device_rram_cmo, "rram-cmo")

#define MODEL_DECLARE(model, name) extern const struct ohm_device_model model;
#define MODEL_POINTER(model, name) &model,
#define MODEL_NAME(model, name) name,

MODELS(MODEL_DECLARE)

/* order of enum ohm_iv_kind */
static const char *const iv_names[] = {"linear", "sinh", "data", "milo", NULL};

const struct ohm_param ohm_device_common[] = {
    [OHM_DEVICE_G_MAX] = {"g_max", 1, 1e-3, 1e6, "uS, conductance of target code 16384", NULL},
    [OHM_DEVICE_G_MIN] = {"g_min", 0, 0, 1e6, "uS, conductance of target code 0", NULL},
    [OHM_DEVICE_D2D] = {"d2d", 0, 0, 1, "device to device: sigma of a gain that a device keeps",
                        NULL},
    [OHM_DEVICE_C2C] = {"c2c", 0, 0, 1, "cycle to cycle: sigma of a gain drawn at each programming",
                        NULL},
    [OHM_DEVICE_STUCK_HIGH] = {"stuck_high", 0, 0, 1, "share of devices stuck at stuck_high_level",
                               NULL},
    [OHM_DEVICE_STUCK_LOW] = {"stuck_low", 0, 0, 1, "share of devices stuck at stuck_low_level",
                              NULL},
    [OHM_DEVICE_STUCK_HIGH_LEVEL] = {"stuck_high_level", 1, 0, 2, "of g_max", NULL},
    [OHM_DEVICE_STUCK_LOW_LEVEL] = {"stuck_low_level", 0, 0, 2, "of g_max", NULL},
    [OHM_DEVICE_RTN_RATE] = {"rtn_rate", 0, 0, 1, "share of devices with telegraph noise", NULL},
    [OHM_DEVICE_RTN_AMPLITUDE] = {"rtn_amplitude", 0, 0, 1, "upper less lower state, of their mean",
                                  NULL},
    [OHM_DEVICE_RTN_READS] = {"rtn_reads", 64, 1, 1e9,
                              "vectors of one interval, in which a state is kept", NULL},
    [OHM_DEVICE_READ_NOISE] = {"read_noise", 0, 0, 1, "more read noise: sigma, of the conductance",
                               NULL},
    [OHM_DEVICE_THERMAL_TIME] = {"thermal_time", 0, 0, 1,
                                 "s, integration time for thermal read noise, 0: none", NULL},
    [OHM_DEVICE_IV] = {"iv", 0, 0, 3, "I-V curve: linear, sinh, data or milo", iv_names},
    [OHM_DEVICE_IV_V0] = {"iv_v0", 0.25, 1e-3, 1e3, "V, of sinh", NULL},
    [OHM_DEVICE_V_READ] = {"v_read", 0.2, 1e-3, 10, "V, read voltage (I-V curve, thermal noise)",
                           NULL},
    [OHM_DEVICE_TEMPERATURE] = {"temperature", 300, 1, 1000, "K, of the read", NULL},
    [OHM_DEVICE_TEMPERATURE_COEFFICIENT] = {"temperature_coefficient", 0, -0.1, 0.1,
                                            "1/K, of the conductance, from 300 K", NULL},
    OHM_PARAM_END,
};

const char *const *ohm_device_names(void)
{
    static const char *const names[] = {MODELS(MODEL_NAME) NULL};
    return names;
}

const struct ohm_device_model *ohm_device_find(const char *name)
{
    static const struct ohm_device_model *const models[] = {MODELS(MODEL_POINTER)};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(name, models[i]->name))
            return models[i];
    return NULL;
}

/* ---- device files ---- */

struct loaded { /* model first */
    struct ohm_device_model model;
    struct ohm_switch switching;
    /* of `switching`, once the file has named it; the model's and the general ones, own tables */
    struct ohm_param *switch_own, switch_common[OHM_SWITCH_COMMON_COUNT + 1];
    struct ohm_param common[OHM_DEVICE_COMMON_COUNT + 1];
    struct ohm_param own[];
};

static size_t length(const struct ohm_param *table)
{
    size_t n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

static struct loaded *copy_model(const struct ohm_device_model *model)
{
    size_t own = length(model->own) + 1;
    struct loaded *l = calloc(1, sizeof *l + own * sizeof l->own[0]);
    if (!l)
        return NULL;
    l->model = *model;
    memcpy(l->common, model->common, sizeof l->common);
    l->common[OHM_DEVICE_G_MAX].value = model->g_max;
    l->common[OHM_DEVICE_G_MIN].value = model->g_min;
    if (model->own)
        memcpy(l->own, model->own, own * sizeof l->own[0]);
    l->model.common = l->common;
    l->model.own = l->own;
    return l;
}

/* Says that `field` has no such choice. */
static int unknown_name(const char *field, const char *text, const char *const *choices,
                        struct ohm_error *err)
{
    char names[300] = "";
    for (; *choices; choices++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", *choices);
    }
    return ohm_fail(err, "%s: '%s', expected one of %s", field, text, names);
}

/* The line `switching = <name>`: the model's parameters may follow. */
static int name_switching(struct loaded *l, const char *text, struct ohm_error *err)
{
    const struct ohm_switch_model *model = ohm_switch_find(text);
    if (l->switch_own)
        return ohm_fail(err, "switching: '%s', expected only one such line", text);
    if (!model)
        return unknown_name("switching", text, ohm_switch_names(), err);
    size_t own = (length(model->own) + 1) * sizeof *model->own;
    l->switch_own = malloc(own);
    if (!l->switch_own)
        return ohm_fail(err, "switching: out of memory");
    memcpy(l->switch_own, model->own, own);
    memcpy(l->switch_common, ohm_switch_common, sizeof l->switch_common);
    l->switching = (struct ohm_switch){model, l->switch_common, l->switch_own};
    l->model.switching = &l->switching;
    return 0;
}

static int set_parameter(void *user, const char *name, const char *text, struct ohm_error *err)
{
    struct loaded **l = user;
    if (!strcmp(name, "device")) {
        const struct ohm_device_model *model = ohm_device_find(text);
        if (*l)
            return ohm_fail(err, "device: '%s', expected only one such line", text);
        if (!model)
            return unknown_name("device", text, ohm_device_names(), err);
        *l = copy_model(model);
        return *l ? 0 : ohm_fail(err, "device: out of memory");
    }
    if (!*l)
        return ohm_fail(err, "%s: expected the line device = <name> before it", name);
    if (!strcmp(name, "switching"))
        return name_switching(*l, text, err);
    int rc = ohm_param_set((*l)->common, name, text, err);
    if (rc == 1)
        rc = ohm_param_set((*l)->own, name, text, err);
    if (rc == 1 && (*l)->switch_own)
        rc = ohm_param_set((*l)->switch_common, name, text, err);
    if (rc == 1 && (*l)->switch_own)
        rc = ohm_param_set((*l)->switch_own, name, text, err);
    if (rc == 1 && (*l)->switch_own)
        return ohm_param_unknown((*l)->switching.model->name, name, (*l)->switch_common,
                                 (*l)->switch_own, err);
    return rc == 1 ? ohm_param_unknown((*l)->model.name, name, (*l)->common, (*l)->own, err) : rc;
}

struct ohm_device_model *ohm_device_load(const char *path, struct ohm_error *err)
{
    struct loaded *l = NULL;
    int failed = ohm_param_read(path, set_parameter, &l, err);
    if (!failed && !l)
        failed = ohm_fail(err, "%s: expected the line device = <name>", path);
    if (!failed
        && l->common[OHM_DEVICE_STUCK_HIGH].value + l->common[OHM_DEVICE_STUCK_LOW].value > 1)
        failed = ohm_fail(err, "%s: stuck_high + stuck_low: %g, expected at most 1", path,
                          l->common[OHM_DEVICE_STUCK_HIGH].value
                              + l->common[OHM_DEVICE_STUCK_LOW].value);
    if (!failed && !(l->common[OHM_DEVICE_G_MIN].value < l->common[OHM_DEVICE_G_MAX].value))
        failed = ohm_fail(err, "%s: g_min: %g, expected less than g_max, %g", path,
                          l->common[OHM_DEVICE_G_MIN].value, l->common[OHM_DEVICE_G_MAX].value);
    double spread = l ? l->common[OHM_DEVICE_D2D].value + l->common[OHM_DEVICE_C2C].value : 0;
    if (!failed && spread > 0 && l->switch_own)
        failed = ohm_fail(err, "%s: d2d + c2c: %g, expected 0 with switching, which has its own",
                          path, spread);
    if (failed) {
        if (l)
            ohm_device_free(&l->model);
        return NULL;
    }
    if (spread > 0) /* the linear steps of `ideal` know of no spread */
        l->model.switching = NULL;
    l->model.g_max = l->common[OHM_DEVICE_G_MAX].value;
    l->model.g_min = l->common[OHM_DEVICE_G_MIN].value;
    return &l->model;
}

void ohm_device_free(struct ohm_device_model *d)
{
    struct loaded *l = (struct loaded *)d; /* its first member */
    if (l)
        free(l->switch_own);
    free(l);
}

void ohm_device_print(const struct ohm_device_model *d, FILE *to)
{
    fprintf(to, "# %s\ndevice = %s\n", d->doc, d->name);
    struct ohm_param common[OHM_DEVICE_COMMON_COUNT + 1];
    memcpy(common, d->common, sizeof common);
    common[OHM_DEVICE_G_MAX].value = d->g_max;
    common[OHM_DEVICE_G_MIN].value = d->g_min;
    ohm_param_print(common, to);
    if (d->own)
        ohm_param_print(d->own, to);
    if (d->switching && d->switching != &ohm_switch_ideal) {
        fprintf(to, "# %s\nswitching = %s\n", d->switching->model->doc, d->switching->model->name);
        ohm_param_print(d->switching->common, to);
        ohm_param_print(d->switching->own, to);
    }
}
