/* SPDX-License-Identifier: Apache-2.0
 * What a run begins with: network, images, mapping, physics, the directory of its results. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_file.h"
#include "ohm_program.h"
#include "ohm_reload.h"

static int check_input(struct program *p, struct ohm_error *err)
{
    struct ohm_options *o = &p->options;
    if (p->data.inputs != p->net.inputs)
        return ohm_fail(err, "%s: %d values an image, expected %d (input of %s)", o->data,
                        p->data.inputs, p->net.inputs, o->net);
    const int is_signed = p->net.input_signed && !p->net.halve;
    if (p->data.is_signed != is_signed)
        return ohm_fail(err, "%s: type %s, expected %s (input of %s)", o->data,
                        p->data.is_signed ? "int8" : "uint8", is_signed ? "int8" : "uint8",
                        o->net);
    const int steps = p->net.steps;
    if (ohm_data_fits(&p->data, o->data, steps ? steps : p->net.in_h,
                      steps ? p->net.in_c : p->net.in_w, steps ? 1 : p->net.in_c, err))
        return -1;
    ohm_net_take(&p->net, p->data.images, (size_t)p->data.count * (size_t)p->data.inputs);
    const uint32_t left =
        o->first < (uint32_t)p->data.count ? (uint32_t)p->data.count - o->first : 0;
    if (o->up_to && left && o->count > left)
        o->count = left;
    if (!left || o->count > left)
        return ohm_fail(
            err, "%s: first %" PRIu32 ", count %" PRIu32 ": past the end, it holds %d images",
            o->data, o->first, o->count, p->data.count);
    const int classes = p->net.classes == 1 ? 2 : p->net.classes; /* one output: yes or no */
    const int labels = p->data.label_steps;
    if (p->data.labels && labels != 1 && !(p->net.every_step && labels == steps))
        return ohm_fail(err, "%s: %d labels an image, expected %s (results of %s)", o->labels,
                        labels, p->net.every_step ? "one, or one for each step" : "one", o->net);
    for (int i = 0; p->data.labels && i < p->data.count * labels; i++)
        if (p->data.labels[i] >= classes)
            return ohm_fail(err, "%s: label %d: %d, expected below %d (classes of %s)",
                            o->labels ? o->labels : o->data, i, p->data.labels[i], classes, o->net);
    return 0;
}

/* What is not there for sequences. */
static int check_sequences(const struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const char *option = o->outputs ? "--outputs"
                         : o->calibrate ? "--calibrate"
                         : o->compensate ? "--compensate"
                         : o->coding.spare_columns ? "--spare-columns"
                         : NULL;
    return p->net.steps && option
               ? ohm_fail(err, "%s: %s is a network of sequences, expected one of images", option,
                          o->net)
               : 0;
}

int program_is_exact(const struct ohm_options *o)
{
    char analog[OHM_ANALOG_MAX];
    ohm_options_analog(o, analog, sizeof analog);
    return o->mapping == OHM_MAPPING_EXACT && !strcmp(o->device->name, "ideal") && !*analog;
}

/* Measured conductances, time and known defects. */
static int prepare_physics(struct program *p, struct ohm_error *err)
{
    struct ohm_options *o = &p->options;
    if (o->maps && !(p->maps = ohm_maps_load(o->maps, &o->config, &o->physics, err)))
        return -1;
    if (o->defects && ohm_defects_load(o->defects, &o->config, &p->defects, err))
        return -1;
    p->chip = p->mapping;
    p->chip.seconds = o->time;
    p->chip.defects = &p->defects;
    return 0;
}

static int map_network(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    int *replicas = calloc((size_t)p->net.layer_count, sizeof *replicas);
    int rc =
        replicas ? ohm_options_replicas(o, &p->net, replicas, err) : ohm_fail(err, "out of memory");
    if (!rc)
        rc = ohm_map_replicated(&p->net, &o->config, &o->coding, replicas, &p->mapping, err);
    free(replicas);
    if (rc && strstr(err->text, "does not fit")) {
        struct ohm_error what = *err;
        return ohm_fail(
            err, "%.400s; try a larger MESH, a CONFIG with larger tiles, or OPTIONS=--reload",
            what.text);
    }
    return rc;
}

int program_load_input(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    if (ohm_net_load(o->net, &p->net, err) || ohm_data_load(o->data, o->labels, &p->data, err)
        || check_input(p, err) || check_sequences(p, err))
        return -1;
    p->run.predictions = calloc(o->count, sizeof *p->run.predictions);
    p->run.scores =
        calloc((size_t)o->count * (size_t)ohm_net_scores(&p->net), sizeof *p->run.scores);
    if (!p->run.predictions || !p->run.scores)
        return ohm_fail(err, "out of memory for %" PRIu32 " images", o->count);
    if (o->reload)
        return ohm_reload_check(&p->net, &o->coding, err);
    if (map_network(p, err) || (o->range && ohm_set_ranges(&p->mapping, o->range, err))
        || (o->backend->bridge_words
            && ohm_size_windows(&p->mapping, o->backend->bridge_words, err))
        || prepare_physics(p, err))
        return -1;
    p->run.options = o;
    p->run.net = &p->net;
    p->run.data = &p->data;
    p->run.mapping = &p->chip;
    if (!o->check)
        return 0;
    p->figures = ohm_figures_new(&p->chip, p->data.images, program_is_exact(o), err);
    p->run.figures = p->figures;
    if (p->figures)
        ohm_figures_until(p->figures, o->first + o->count - 1);
    return p->figures ? 0 : -1;
}

int program_open_log(struct program *p, struct ohm_error *err)
{
    if (ohm_file_make_directory(p->options.out, err))
        return -1;
    p->log = ohm_file_log(p->options.out, "run.log", err);
    return p->log ? 0 : -1;
}
