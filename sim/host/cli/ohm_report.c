/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_macro.h"

enum which { CHIP, IDEAL, SOFTWARE };

static int class_of(const struct ohm_prediction *p, enum which w)
{
    return w == CHIP ? p->chip : w == IDEAL ? p->ideal : p->software;
}

/* Without labels: how often as in software. */
static double accuracy(const struct ohm_run *r, enum which w)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < r->done; i++)
        right += class_of(&r->predictions[i], w)
              == (r->data->labels ? r->data->labels[r->options->first + i] : r->predictions[i].software);
    return r->done ? 100.0 * right / r->done : 0;
}

void ohm_report_command(const struct ohm_options *o, uint32_t first, uint32_t count, int waves, FILE *to)
{
    const int rtl = waves || o->backend->waves; /* only the RTL has waves */
    char analog[1024], coding[128];
    ohm_options_analog(o, analog, sizeof analog);
    ohm_coding_text(&o->coding, coding, sizeof coding);
    if (*coding) {
        size_t n = strlen(analog);
        snprintf(analog + n, sizeof analog - n, "%s%s", n ? " " : "", coding);
    }
    for (int i = 0; i < o->replica_count; i++) {
        size_t n = strlen(analog);
        snprintf(analog + n, sizeof analog - n, "%s--replicas %s", n ? " " : "", o->replicas[i]);
    }
    fprintf(to, "make run NET=%s DATA=%s LABELS=%s CONFIG=%s MESH=%dx%d DEVICE=%s SEED=%" PRIu64 " MAPPING=%s FIRST=%" PRIu32
            " N=%" PRIu32 "%s%s%s%s%s%s\n", o->net, o->data, o->labels ? o->labels : "", o->config.name, o->config.mesh_w, o->config.mesh_h,
            o->loaded ? "" : o->device->name, o->seed, ohm_mapping_name(o->mapping), first, count, waves ? " WAVES=1" : "",
            rtl ? "" : " BACKEND=", rtl ? "" : o->backend->name, *analog ? " OPTIONS='" : "", analog, *analog ? "'" : "");
}

static void print_layers(const struct ohm_run *r, FILE *to)
{
    for (int l = 0; l < r->net->layer_count; l++) {
        struct ohm_layer_figures f;
        ohm_figures_layer(r->figures, l, &f);
        if (!f.samples && r->mapping->coding.links) {
            fprintf(to, "  %-8s durations, not counted\n", r->net->layers[l].name);
            continue;
        }
        fprintf(to, "  %-8s error RMS %.3f %% of full scale, %.3f %% of output range; ", r->net->layers[l].name,
                100 * f.rms / f.full_scale, f.range > 0 ? 100 * f.rms / f.range : 0);
        if (r->net->layers[l].output < OHM_OUTPUT_S32)
            fprintf(to, "bytes off by %.2f RMS, %.0f at most; ", f.output_rms, f.output_most);
        else
            fprintf(to, "scores off by %.3f %% RMS; ", f.range > 0 ? 100 * f.output_rms / f.range : 0);
        if (f.rms > 0)
            fprintf(to, "ENOB %.2f\n", f.enob);
        else
            fprintf(to, "exact\n");
    }
}

/* Of a run of the fast model the first images were timed; the others pass at their steady rate. */
static void print_cycles(const struct ohm_run *r, FILE *to)
{
    const struct ohm_drive_stats *s = r->timed ? &r->timing : &r->stats;
    uint32_t more = r->timed ? r->done - r->timed : 0;
    fprintf(to, "cycles     latency %" PRIu64, s->latency);
    if (s->steady > 0)
        fprintf(to, ", steady state %.1f per image", s->steady);
    fprintf(to, "; %s%.0f in all, %" PRIu64 " of them configuration and programming", more ? "about " : "",
            (double)s->end_cycle + more * s->steady, s->start_cycle);
    if (r->timed)
        fprintf(to, " (cycle model, %" PRIu32 " images)", r->timed);
    fputc('\n', to);
}

void ohm_report_summary(const struct ohm_run *r, FILE *to)
{
    const struct ohm_options *o = r->options;
    fprintf(to, "\nnetwork    %s (%s), backend %s\n", r->net->name, o->net, o->backend->name);
    ohm_mapping_print(r->mapping, 0, to);
    fprintf(to, "device     %s, seed %" PRIu64 "%s\n", o->device->name, o->seed,
            o->trip_code != OHM_TRIP_PHYSICS ? " (no physics: fixed trip code)" : "");
    char analog[1024];
    ohm_options_analog(o, analog, sizeof analog);
    if (*analog)
        fprintf(to, "analog     %s\n", analog);
    fprintf(to, "images     %" PRIu32 " from %" PRIu32 " on, %.1f s, %.1f images/s (programming before: %.1f s)\n", r->done, o->first,
            r->seconds, r->seconds > 0 ? r->done / r->seconds : 0, r->setup_seconds);
    if (r->data->labels)
        fprintf(to, "accuracy   chip %.2f %%, ideal chip %.2f %%, software %.2f %%\n", accuracy(r, CHIP), accuracy(r, IDEAL),
                accuracy(r, SOFTWARE));
    else
        fprintf(to, "accuracy   no labels; as software: chip %.2f %%, ideal chip %.2f %%\n", accuracy(r, CHIP), accuracy(r, IDEAL));
    if (o->backend->check != OHM_BACKEND_NAIVE || !o->backend->untimed)
        print_cycles(r, to);
    fprintf(to, "counters   clipped low %" PRIu64 ", clipped high %" PRIu64 ", saturated outputs %" PRIu64 "; lost images %" PRIu64
            ", events %" PRIu64 "\n", r->stats.counters[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM],
            r->stats.counters[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM], r->stats.counters[OHM_REG_CNT_SAT_OUT - OHM_REG_CNT_VMM],
            r->stats.lost, r->stats.events);
    if (r->figures) {
        uint64_t compared;
        fprintf(to, "analog error against the exact product\n");
        print_layers(r, to);
        ohm_figures_exact(r->figures, &compared, NULL);
        if (compared)
            fprintf(to, "exactness  %" PRIu64 " accumulators equal W.x\n", compared);
    }
    if (r->energy)
        ohm_energy_print(r->energy, to);
    fprintf(to, "left       %s/predictions.csv %s/layers.json %s/mesh.svg %s/run.log\n", o->out, o->out, o->out, o->out);
    if (o->waves) {
        fprintf(to, "waves      gtkwave %s\n", o->waves);
    } else {
        fprintf(to, "waves      ");
        ohm_report_command(o, o->first, 1, 1, to);
    }
    if (!o->check)
        fprintf(to, "nothing was checked (--no-check)\n");
    else if (o->backend->check == OHM_BACKEND_BESIDE)
        fprintf(to, "VMMs checked: %" PRIu64 ", mismatches: 0\n", r->checked.vmms);
    else if (o->backend->check == OHM_BACKEND_AGAIN)
        fprintf(to, "%s: %" PRIu64 " VMMs computed; VMMs checked: %" PRIu64 ", mismatches: 0 (scores of %" PRIu32
                " images, against the golden model)\n", o->backend->title, r->checked.vmms, r->again_vmms, r->again);
    else if (o->backend->check == OHM_BACKEND_RESULTS) /* their outputs, as far as they leave the board */
        fprintf(to, "board: results of %" PRIu32 " images compared word for word; VMMs checked: %" PRIu64 ", mismatches: 0\n", r->done,
                r->checked.vmms);
    else /* nothing to compare with but the naive loop, which stops the run when it differs */
        fprintf(to, "%s: %" PRIu64 " VMMs computed; by the naive loop, VMMs checked: %" PRIu64 ", mismatches: 0\n",
                o->backend->title, r->checked.vmms,
                r->checked.naive);
}

static FILE *create(const char *directory, const char *name, char *path, size_t size, struct ohm_error *err)
{
    snprintf(path, size, "%s/%s", directory, name);
    FILE *f = fopen(path, "w");
    if (!f)
        ohm_fail(err, "%s: %s", path, strerror(errno));
    return f;
}

static int finish(FILE *f, const char *path, struct ohm_error *err)
{
    int failed = ferror(f);
    if (fclose(f) || failed)
        return ohm_fail(err, "%s: not written completely", path);
    return 0;
}

static int write_predictions(const struct ohm_run *r, struct ohm_error *err)
{
    char path[1024];
    FILE *f = create(r->options->out, "predictions.csv", path, sizeof path, err);
    if (!f)
        return -1;
    fprintf(f, "image,label,chip,ideal_chip,software,right");
    int scores = ohm_net_scores(r->net), classifies = ohm_net_classifies(r->net);
    for (int c = 0; c < scores && !classifies; c++)
        fprintf(f, ",score_%d", c);
    fputs(classifies ? ",class,value" : "", f); /* of the class packet */
    fputc('\n', f);
    for (uint32_t i = 0; i < r->done; i++) {
        const struct ohm_prediction *p = &r->predictions[i];
        const int label = r->data->labels ? r->data->labels[r->options->first + i] : 0;
        if (r->data->labels)
            fprintf(f, "%" PRIu32 ",%d,%d,%d,%d,%d", r->options->first + i, label, p->chip, p->ideal, p->software, p->chip == label);
        else /* neither label nor right */
            fprintf(f, "%" PRIu32 ",,%d,%d,%d,", r->options->first + i, p->chip, p->ideal, p->software);
        for (int c = 0; c < scores; c++)
            fprintf(f, ",%" PRId32, r->scores[(size_t)i * (size_t)scores + (size_t)c]);
        fputc('\n', f);
    }
    return finish(f, path, err);
}

static cJSON *layer_json(const struct ohm_run *r, int l)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "name", r->net->layers[l].name);
    cJSON_AddNumberToObject(j, "tiles", r->mapping->layers[l].tiles);
    cJSON_AddNumberToObject(j, "row_parts", r->mapping->layers[l].row_parts);
    cJSON_AddNumberToObject(j, "column_parts", r->mapping->layers[l].col_parts);
    if (!r->figures)
        return j;
    struct ohm_layer_figures f;
    ohm_figures_layer(r->figures, l, &f);
    cJSON_AddNumberToObject(j, "samples", (double)f.samples);
    cJSON_AddNumberToObject(j, "error_rms", f.rms);
    cJSON_AddNumberToObject(j, "error_mean", f.mean);
    cJSON_AddNumberToObject(j, "output_rms", f.output_rms);
    cJSON_AddNumberToObject(j, "output_most", f.output_most);
    cJSON_AddNumberToObject(j, "full_scale", f.full_scale);
    cJSON_AddNumberToObject(j, "output_range", f.range);
    if (f.rms > 0)
        cJSON_AddNumberToObject(j, "enob", f.enob);
    else
        cJSON_AddNullToObject(j, "enob");
    return j;
}

static uint64_t clipped(const struct ohm_run *r)
{
    return r->stats.counters[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM] + r->stats.counters[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM];
}

static int write_layers(const struct ohm_run *r, struct ohm_error *err)
{
    const struct ohm_options *o = r->options;
    char path[1024];
    FILE *f = create(o->out, "layers.json", path, sizeof path, err);
    if (!f)
        return -1;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "network", r->net->name);
    cJSON_AddStringToObject(root, "configuration", o->config.name);
    cJSON_AddNumberToObject(root, "mesh_w", o->config.mesh_w);
    cJSON_AddNumberToObject(root, "mesh_h", o->config.mesh_h);
    cJSON_AddStringToObject(root, "mapping", ohm_mapping_name(o->mapping));
    char coding[128];
    ohm_coding_text(&o->coding, coding, sizeof coding);
    cJSON_AddStringToObject(root, "coding", coding);
    cJSON_AddStringToObject(root, "device", o->device->name);
    cJSON_AddNumberToObject(root, "seed", (double)o->seed);
    cJSON_AddNumberToObject(root, "first", o->first);
    cJSON_AddNumberToObject(root, "images", r->done);
    cJSON_AddItemToObject(root, "accuracy_chip", r->data->labels ? cJSON_CreateNumber(accuracy(r, CHIP)) : cJSON_CreateNull());
    cJSON_AddItemToObject(root, "accuracy_ideal_chip", r->data->labels ? cJSON_CreateNumber(accuracy(r, IDEAL)) : cJSON_CreateNull());
    cJSON_AddItemToObject(root, "accuracy_software", r->data->labels ? cJSON_CreateNumber(accuracy(r, SOFTWARE)) : cJSON_CreateNull());
    cJSON_AddNumberToObject(root, "latency_cycles", (double)r->stats.latency);
    cJSON_AddNumberToObject(root, "cycles_per_image", r->timed ? r->timing.steady : r->stats.steady);
    cJSON_AddNumberToObject(root, "cycles_per_vmm", r->mapping->vmm_cycles); /* of a busy tile, planned */
    cJSON_AddNumberToObject(root, "tiles", r->mapping->tile_count);
    cJSON_AddNumberToObject(root, "clipped", (double)clipped(r));
    cJSON_AddNumberToObject(root, "vmms_checked", (double)r->checked.vmms);
    if (r->energy) {
        struct ohm_area area;
        ohm_area_tile(&r->energy->params, &o->config, &area);
        cJSON_AddNumberToObject(root, "energy_nj_per_image", 1e-3 * ohm_energy_per_image(r->energy));
        cJSON_AddNumberToObject(root, "conversions_per_image", ohm_energy_conversions(r->energy));
        cJSON_AddNumberToObject(root, "tops_w", ohm_energy_tops_w(r->energy));
        cJSON_AddNumberToObject(root, "tops_mm2", ohm_energy_tops_mm2(r->energy));
        cJSON_AddNumberToObject(root, "area_mm2", area.total * r->mapping->tile_count);
        cJSON_AddNumberToObject(root, "clock_mhz", r->energy->clock_mhz);
    }
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (int l = 0; l < r->net->layer_count; l++)
        cJSON_AddItemToArray(layers, layer_json(r, l));
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (!text) {
        fclose(f);
        return ohm_fail(err, "%s: out of memory", path);
    }
    fprintf(f, "%s\n", text);
    free(text);
    return finish(f, path, err);
}

int ohm_report_files(const struct ohm_run *r, struct ohm_error *err)
{
    char path[1024];
    if (write_predictions(r, err) || write_layers(r, err))
        return -1;
    snprintf(path, sizeof path, "%s/energy.csv", r->options->out);
    return r->energy ? ohm_energy_write(r->energy, path, err) : 0;
}
