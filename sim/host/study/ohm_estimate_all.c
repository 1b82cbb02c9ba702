/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_estimate_all.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_MHZ 1000

struct job { /* a configuration */
    const struct ohm_net *net;
    const struct ohm_estimate_settings *settings;
    struct ohm_estimate_one *one;
    pthread_t thread;
    int started;
};

/* The configurations that are asked for. */
static int choose(const struct ohm_estimate_options *o, struct ohm_estimates *all,
                  struct ohm_error *err)
{
    static const char *const USUAL[] = {"tiny", "small", "base", "large", NULL};
    const int every = o->config && !strcmp(o->config, "all"), mesh = o->mesh_w || o->mesh_h;
    for (size_t i = 0; all->count < OHM_ESTIMATES_MAX; i++) {
        const char *name = every       ? ohm_config_name(i)
                         : !o->config ? USUAL[i]
                         : i          ? NULL
                                      : o->config;
        if (!name)
            break;
        if (ohm_config_find(name, &all->one[all->count++].config, err))
            return -1;
    }
    if (!mesh)
        return 0;
    if (all->count != 1)
        return ohm_fail(err, "mesh: %dx%d, expected with one configuration", o->mesh_w, o->mesh_h);
    if (o->mesh_w < 1 || o->mesh_w > OHM_MESH_MAX || o->mesh_h < 1 || o->mesh_h > OHM_MESH_MAX)
        return ohm_fail(err, "mesh: %dx%d, expected 1x1 to %dx%d", o->mesh_w, o->mesh_h,
                        OHM_MESH_MAX, OHM_MESH_MAX);
    all->one[0].config.mesh_w = o->mesh_w;
    all->one[0].config.mesh_h = o->mesh_h;
    return 0;
}

static void *work(void *user)
{
    struct job *j = user;
    j->one->failed =
        ohm_estimate(j->net, &j->one->config, j->settings, &j->one->result, &j->one->err);
    return NULL;
}

static void work_all(struct ohm_estimates *all, const struct ohm_estimate_settings *settings)
{
    struct job jobs[OHM_ESTIMATES_MAX];
    for (int i = 0; i < all->count; i++) {
        jobs[i] = (struct job){.net = &all->net, .settings = settings, .one = &all->one[i]};
        jobs[i].started = !pthread_create(&jobs[i].thread, NULL, work, &jobs[i]);
        if (!jobs[i].started)
            work(&jobs[i]);
    }
    for (int i = 0; i < all->count; i++)
        if (jobs[i].started)
            pthread_join(jobs[i].thread, NULL);
}

int ohm_estimate_all(const struct ohm_estimate_options *options, struct ohm_estimates *out,
                     struct ohm_error *err)
{
    const struct ohm_estimate_options *o = options;
    const char *device = o->device ? o->device : "pcm-hermes",
               *mapping = o->mapping ? o->mapping : ohm_mapping_name(OHM_MAPPING_PWM);
    const int exact = !strcmp(mapping, ohm_mapping_name(OHM_MAPPING_EXACT));
    struct ohm_energy_params unused;
    struct ohm_coding coding;
    const struct ohm_estimate_settings settings = {
        .coding = &coding, .device = ohm_device_find(device),
        .energy = o->energy ? o->energy : "sim/configs/energy.txt",
        .clock_mhz = o->clock_mhz ? o->clock_mhz : CLOCK_MHZ,
        .mesh_given = o->mesh_w || o->mesh_h};
    memset(out, 0, sizeof *out);
    out->clock_mhz = settings.clock_mhz;
    if (!settings.device)
        return ohm_fail(err, "device: %s, expected a device model (ohmic --help lists them)",
                        device);
    if (!exact && strcmp(mapping, ohm_mapping_name(OHM_MAPPING_PWM)))
        return ohm_fail(err, "mapping: %s, expected pwm or exact", mapping);
    ohm_coding_default(exact ? OHM_MAPPING_EXACT : OHM_MAPPING_PWM, &coding);
    if (choose(o, out, err) || ohm_energy_load(settings.energy, &unused, err)
        || ohm_net_load(o->net, &out->net, err))
        return -1;
    work_all(out, &settings);
    return 0;
}

void ohm_estimates_free(struct ohm_estimates *e)
{
    ohm_net_free(&e->net);
}

static cJSON *energy_json(const struct ohm_estimate *e)
{
    cJSON *o = cJSON_CreateObject();
    for (int c = 0; c < OHM_PARTS; c++)
        if (c != OHM_PART_PROGRAMMING)
            cJSON_AddNumberToObject(o, ohm_component_name((enum ohm_component)c),
                                    1e-3 * e->energy.pj[c]);
    return o;
}

static cJSON *one_json(const struct ohm_estimates *all, const struct ohm_estimate_one *j)
{
    static const char *const LIMITS[] = {"tile", "link", "host"};
    const struct ohm_estimate *e = &j->result;
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "config", j->config.name);
    cJSON_AddBoolToObject(o, "fits", !j->failed);
    if (j->failed) {
        cJSON_AddStringToObject(o, "reason", j->err.text);
        return o;
    }
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"mesh_w", e->config.mesh_w}, {"mesh_h", e->config.mesh_h},
                   {"tiles", e->tiles}, {"places", e->places}, {"cells", (double)e->cells},
                   {"cells_there", (double)e->cells_there},
                   {"cycles", (double)ohm_estimate_cycles(e)},
                   {"tile_cycles", (double)e->tile_cycles},
                   {"link_cycles", (double)e->link_cycles}, {"windows", (double)e->windows},
                   {"vmm_cycles", e->vmm_cycles}, {"area_mm2", e->area_mm2},
                   {"lift_mesh_w", e->lift_w}, {"lift_mesh_h", e->lift_h},
                   {"lift_cycles", (double)e->lift_cycles}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        cJSON_AddNumberToObject(o, numbers[i].name, numbers[i].value);
    cJSON_AddBoolToObject(o, "smallest_mesh", e->grown);
    cJSON_AddStringToObject(o, "layer", all->net.layers[e->layer].name);
    cJSON_AddStringToObject(o, "limit", LIMITS[e->limit]);
    if (e->images) {
        cJSON_AddNumberToObject(o, "energy_nj", 1e-3 * ohm_energy_sum(&e->energy, 0));
        cJSON_AddNumberToObject(o, "tops_w", e->tops_w);
        cJSON_AddItemToObject(o, "energy_nj_of", energy_json(e));
    }
    return o;
}

char *ohm_estimate_json(const struct ohm_estimate_options *options, struct ohm_error *err)
{
    struct ohm_estimates *all = malloc(sizeof *all);
    if (!all || ohm_estimate_all(options, all, err)) {
        if (!all)
            ohm_fail(err, "out of memory");
        free(all);
        return NULL;
    }
    cJSON *root = cJSON_CreateObject(), *list;
    cJSON_AddStringToObject(root, "net", options->net);
    list = cJSON_AddArrayToObject(root, "configurations");
    for (int i = 0; i < all->count; i++)
        cJSON_AddItemToArray(list, one_json(all, &all->one[i]));
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    ohm_estimates_free(all);
    free(all);
    if (!text)
        ohm_fail(err, "out of memory");
    return text;
}

void ohm_estimate_json_free(char *text)
{
    free(text);
}
