/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_network.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_driver.h"
#include "ohm_energy_report.h"
#include "ohm_intref.h"

struct ohm_network {
    struct ohm_net net;
    struct ohm_mapping mapping;
    struct ohm_config config;
    const struct ohm_device_model *device;
    const struct ohm_backend_type *backend;
    struct ohm_energy_run energy; /* activity NULL: not asked for */
    char *library;
    uint64_t seed;
    int threads;
    int loaded, mapped;
};

struct batch { /* that is being run */
    const struct ohm_network *n;
    double *scores;
    int32_t *classes;
    struct ohm_energy_run *energy;
    struct ohm_backend chip;
};

static int scores_of(const struct ohm_network *n)
{
    return ohm_net_classifies(&n->net) ? 0 : ohm_net_results(&n->net);
}

static int choose(struct ohm_network *n, const struct ohm_network_options *o,
                  struct ohm_error *err)
{
    const char *device = o->device ? o->device : "pcm-hermes",
               *backend = o->backend ? o->backend : "model";
    n->device = ohm_device_find(device);
    n->backend = ohm_backend_find(backend);
    n->seed = o->seed;
    n->threads = o->threads;
    if (!n->device)
        return ohm_fail(err, "device: %s, expected a device model", device);
    if (!n->backend)
        return ohm_fail(err, "backend: %s, expected golden, model, tlm, rtl or uart", backend);
    if (ohm_config_find(o->config ? o->config : "base", &n->config, err))
        return -1;
    if (o->mesh_w || o->mesh_h) {
        if (o->mesh_w < 1 || o->mesh_w > OHM_MESH_MAX || o->mesh_h < 1 || o->mesh_h > OHM_MESH_MAX)
            return ohm_fail(err, "mesh: %dx%d, expected 1x1 to %dx%d", o->mesh_w, o->mesh_h,
                            OHM_MESH_MAX, OHM_MESH_MAX);
        n->config.mesh_w = o->mesh_w;
        n->config.mesh_h = o->mesh_h;
    }
    if (o->library && !(n->library = strdup(o->library)))
        return ohm_fail(err, "network: out of memory");
    return 0;
}

static int load(struct ohm_network *n, const char *directory, const struct ohm_network_options *o,
                struct ohm_error *err)
{
    const char *mapping = o->mapping ? o->mapping : ohm_mapping_name(OHM_MAPPING_PWM);
    const int exact = !strcmp(mapping, ohm_mapping_name(OHM_MAPPING_EXACT));
    if (!exact && strcmp(mapping, ohm_mapping_name(OHM_MAPPING_PWM)))
        return ohm_fail(err, "mapping: %s, expected pwm or exact", mapping);
    if (ohm_net_load(directory, &n->net, err))
        return -1;
    n->loaded = 1;
    if (o->unmapped)
        return 0;
    if (ohm_map_network(&n->net, &n->config, exact ? OHM_MAPPING_EXACT : OHM_MAPPING_PWM,
                        &n->mapping, err))
        return -1;
    n->mapped = 1;
    n->mapping.seconds = o->seconds;
    if (n->backend->bridge_words && ohm_size_windows(&n->mapping, n->backend->bridge_words, err))
        return -1;
    return o->energy ? ohm_energy_open(&n->energy, o->energy, &n->mapping, n->device, 1000, err)
                     : 0;
}

struct ohm_network *ohm_network_new(const char *directory,
                                    const struct ohm_network_options *options,
                                    struct ohm_error *err)
{
    const struct ohm_network_options none = {0}, *o = options ? options : &none;
    struct ohm_network *n = calloc(1, sizeof *n);
    if (!n) {
        ohm_fail(err, "network: out of memory");
        return NULL;
    }
    if (choose(n, o, err) || load(n, directory, o, err)) {
        ohm_network_free(n);
        return NULL;
    }
    return n;
}

void ohm_network_free(struct ohm_network *n)
{
    if (!n)
        return;
    ohm_energy_close(&n->energy);
    if (n->mapped)
        ohm_mapping_free(&n->mapping);
    if (n->loaded)
        ohm_net_free(&n->net);
    free(n->library);
    free(n);
}

void ohm_network_shape(const struct ohm_network *n, struct ohm_network_shape *out)
{
    const int steps = n->net.steps;
    *out = (struct ohm_network_shape){
        .lines = steps ? steps : n->net.in_h, .pixels = steps ? n->net.in_c : n->net.in_w,
        .channels = steps ? 1 : n->net.in_c,
        .input_signed = n->net.input_signed && !n->net.halve, .scores = scores_of(n),
        .tiles = n->mapping.tile_count, .layers = n->net.layer_count};
}

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    const struct batch *b = user;
    const int scores = scores_of(b->n), classes = b->n->net.classes;
    if (!v)
        return 0; /* counted as lost */
    b->classes[image] = scores ? ohm_intref_argmax(v + scores - classes, classes) : v[0];
    for (int k = 0; b->scores && k < scores; k++)
        b->scores[(size_t)image * (size_t)scores + (size_t)k] =
            v[k] / b->n->mapping.layers[b->n->net.layer_count - 1].unit;
    return 0;
}

static void streaming_begins(void *user)
{
    const struct batch *b = user;
    if (b->chip.restart)
        b->chip.restart(b->chip.self);
    if (b->energy)
        ohm_energy_streaming(b->energy);
}

/* Drives an opened chip and judges, as the program does. */
static int drive(struct ohm_network *n, struct ohm_backend *chip, const struct ohm_drive *d,
                 struct ohm_drive_stats *stats, struct ohm_golden_stats *checked,
                 struct ohm_error *err)
{
    struct ohm_activity *counts = n->energy.activity;
    if (counts && chip->count && chip->count(chip->self, counts, err))
        return -1;
    if (counts && !chip->count && chip->golden)
        ohm_activity_watch(counts, chip->golden);
    if (ohm_drive_run(d, chip, stats, err))
        return -1;
    if (chip->golden)
        ohm_golden_stats(chip->golden, checked);
    else if (chip->stats)
        chip->stats(chip->self, checked);
    if (counts && chip->count_credits)
        chip->count_credits(chip->self, counts);
    else if (counts && chip->golden)
        ohm_activity_credits(counts, chip->golden);
    if (stats->lost)
        return ohm_fail(err, "%" PRIu64 " images came back lost", stats->lost);
    if (stats->events)
        return ohm_fail(err, "%" PRIu64 " events, the first: %s", stats->events,
                        stats->first_event);
    return 0;
}

/* The images as the network gets them, to be freed. */
static uint8_t *taken(const struct ohm_network *n, const void *images, uint32_t count,
                      struct ohm_error *err)
{
    const size_t bytes = (size_t)count * (size_t)n->net.inputs;
    uint8_t *own = malloc(bytes ? bytes : 1);
    if (!own) {
        ohm_fail(err, "images: out of memory for %" PRIu32, count);
        return NULL;
    }
    memcpy(own, images, bytes);
    ohm_net_take(&n->net, own, bytes);
    return own;
}

/* images: as the network gets them. */
static int run(struct ohm_network *n, const uint8_t *images, uint32_t count, double *scores,
               int32_t *classes, struct ohm_network_figures *figures, struct ohm_error *err)
{
    struct ohm_energy_run *energy = n->energy.activity ? &n->energy : NULL;
    const struct ohm_backend_settings s = {
        .config = &n->config, .device = n->device, .seed = n->seed, .threads = n->threads,
        .rtl_library = n->library, .tlm_library = n->library, .line = n->library,
        .activity = n->energy.activity};
    struct batch b = {.n = n, .scores = scores, .classes = classes, .energy = energy};
    const struct ohm_drive d = {.mapping = &n->mapping, .images = images, .count = count,
                                .done = image_done, .streaming = streaming_begins, .user = &b};
    struct ohm_golden_stats checked = {0};
    struct ohm_drive_stats stats;
    if (!n->mapped)
        return ohm_fail(err, "network: unmapped, expected a chip to run it on");
    if (!count)
        return ohm_fail(err, "images: none, expected at least one");
    if (ohm_backend_open(n->backend->name, &s, &b.chip, err))
        return -1;
    if (energy)
        ohm_activity_restart(energy->activity);
    const int rc = drive(n, &b.chip, &d, &stats, &checked, err);
    b.chip.close(b.chip.self);
    if (rc || !figures)
        return rc;
    *figures = (struct ohm_network_figures){
        .latency = stats.latency, .cycles = stats.end_cycle - stats.start_cycle,
        .steady = stats.steady, .vmms = checked.vmms, .images = count,
        .clipped = stats.counters[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM]
                 + stats.counters[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM]};
    if (energy) {
        energy->images = count;
        figures->energy_nj = 1e-3 * ohm_energy_per_image(energy);
    }
    return 0;
}

int ohm_network_run(struct ohm_network *n, const void *images, uint32_t count, double *scores,
                    int32_t *classes, struct ohm_network_figures *figures, struct ohm_error *err)
{
    uint8_t *own = taken(n, images, count, err);
    const int rc = own ? run(n, own, count, scores, classes, figures, err) : -1;
    free(own);
    return rc;
}

int ohm_network_software(const struct ohm_network *n, const void *images, uint32_t count,
                         double *scores, int32_t *classes, struct ohm_error *err)
{
    uint8_t *bytes = taken(n, images, count, err);
    const int wanted = scores_of(n);
    struct ohm_intref r;
    if (!bytes || ohm_intref_new(&n->net, &r, err)) {
        free(bytes);
        return -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        classes[i] = ohm_intref_run(&r, bytes + (size_t)i * (size_t)n->net.inputs);
        for (int k = 0; scores && k < wanted; k++)
            scores[(size_t)i * (size_t)wanted + (size_t)k] = r.v[k];
    }
    ohm_intref_free(&r);
    free(bytes);
    return 0;
}
