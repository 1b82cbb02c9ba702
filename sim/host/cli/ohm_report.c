/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_file.h"
#include "ohm_macro.h"
#include "ohm_report_parts.h"
#include "ohm_text.h"

/* One more word of the command, on a line of its own where this one would pass the report's width.
 */
static void word(FILE *to, int *column, const char *name, const char *value)
{
    enum { WIDTH = 120 };
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return;
    fprintf(f, "%s=", name);
    ohm_text_quote_make(value, f);
    if (fclose(f))
        return;
    if (*column + 1 + (int)size + 2 > WIDTH && *column > 20) {
        fputs(" \\\n          ", to);
        *column = 10;
    }
    *column += fprintf(to, " %s", text);
    free(text);
}

/* The options that have no variable of make's. */
static char *other_options(const struct ohm_options *o)
{
    char analog[OHM_ANALOG_MAX], coding[128];
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return NULL;
    ohm_options_analog(o, analog, sizeof analog);
    ohm_coding_text(&o->coding, coding, sizeof coding);
    fprintf(f, "%s%s%s", analog, *analog && *coding ? " " : "", coding);
    for (int i = 0; i < o->replica_count; i++) {
        fprintf(f, "%s--replicas ", ftell(f) ? " " : "");
        ohm_text_quote(o->replicas[i], f);
    }
    if (o->reload)
        fprintf(f, "%s--reload", ftell(f) ? " " : "");
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}

void ohm_report_command(const struct ohm_options *o, uint32_t first, uint32_t count, int waves,
                        FILE *to)
{
    const int rtl = waves || o->backend->waves; /* only the RTL has waves */
    char number[32], *others = other_options(o);
    int column = 18 + fprintf(to, "make run"); /* what stands before it */
    word(to, &column, "NET", o->net);
    word(to, &column, "DATA", o->data);
    word(to, &column, "LABELS", o->labels ? o->labels : "");
    word(to, &column, "CONFIG", o->config.name);
    snprintf(number, sizeof number, "%dx%d", o->config.mesh_w, o->config.mesh_h);
    word(to, &column, "MESH", number);
    word(to, &column, "DEVICE", o->loaded ? "" : o->device->name);
    snprintf(number, sizeof number, "%" PRIu64, o->seed);
    word(to, &column, "SEED", number);
    word(to, &column, "MAPPING", ohm_mapping_name(o->mapping));
    snprintf(number, sizeof number, "%" PRIu32, first);
    word(to, &column, "FIRST", number);
    snprintf(number, sizeof number, "%" PRIu32, count);
    word(to, &column, "N", number);
    if (waves)
        word(to, &column, "WAVES", "1");
    if (!rtl)
        word(to, &column, "BACKEND", o->backend->name);
    if (others && *others)
        word(to, &column, "OPTIONS", others);
    fputc('\n', to);
    free(others);
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
        if (r->net->layers[l].kind == OHM_LAYER_VECTOR)
            continue; /* whole numbers, the same in software */
        fprintf(to, "  %-8s error RMS %.3f %% of full scale, %.3f %% of output range; ",
                r->net->layers[l].name, 100 * f.rms / f.full_scale,
                f.range > 0 ? 100 * f.rms / f.range : 0);
        if (r->net->layers[l].output < OHM_OUTPUT_S32)
            fprintf(to, "bytes off by %.2f RMS, %.0f at most; ", f.output_rms, f.output_most);
        else
            fprintf(to, "scores off by %.3f %% RMS; ",
                    f.range > 0 ? 100 * f.output_rms / f.range : 0);
        if (f.rms > 0)
            fprintf(to, "ENOB %.2f\n", f.enob);
        else
            fprintf(to, "exact\n");
    }
}

const struct ohm_drive_stats *ohm_report_timing(const struct ohm_run *r)
{
    if (r->options->backend->untimed && !r->timed)
        return NULL;
    return r->timed ? &r->timing : &r->stats;
}

/* Where the first images alone were timed, the others pass at their steady rate. */
static void print_cycles(const struct ohm_run *r, FILE *to)
{
    const struct ohm_drive_stats *s = ohm_report_timing(r);
    const uint32_t first = r->options->timed && r->options->timed < r->done ? r->options->timed : 0,
                   timed = r->timed ? r->timed : first, more = timed ? r->done - timed : 0;
    if (!s) {
        fprintf(to, "cycles     not timed (%s)\n", r->untimed.text);
        return;
    }
    fprintf(to, "cycles     latency %" PRIu64, s->latency);
    if (s->steady > 0)
        fprintf(to, ", steady state %.1f per image", s->steady);
    if (!more || s->steady > 0)
        fprintf(to, "; %s%.0f in all", more ? "about " : "",
                (double)s->end_cycle + more * s->steady);
    fprintf(to, ", %" PRIu64 " of them configuration and programming", s->start_cycle);
    if (r->timed)
        fprintf(to, " (SystemC model, %" PRIu32 " images)", r->timed);
    else if (timed)
        fprintf(to, " (the first %" PRIu32 " images)", timed);
    fputc('\n', to);
}

/* Without labels: how often the chip says what the software does. */
static void print_programming(const struct ohm_write_result *w, FILE *to)
{
    fprintf(to,
            "program    %" PRIu64 " devices, %.3f %% accepted; %.2f iterations of a row, %.3f "
            "pulses of a device; %" PRIu64 " cells made up for by the other device\n",
            w->cells, 100 * (1 - (double)w->fails / (double)w->cells),
            (double)w->iterations / (double)w->devices, (double)w->cell_pulses / (double)w->cells,
            w->repaired);
}

static void print_accuracy(const struct ohm_run *r, FILE *to)
{
    uint32_t same = 0;
    if (r->data->labels) {
        fprintf(to, "accuracy   chip %.2f %%, ideal chip %.2f %%, software %.2f %%%s\n",
                ohm_report_accuracy(r, OHM_CHIP), ohm_report_accuracy(r, OHM_IDEAL),
                ohm_report_accuracy(r, OHM_SOFTWARE), ohm_report_has_steps(r) ? " of steps" : "");
        if (ohm_report_bits(r, OHM_CHIP) >= 0)
            fprintf(to, "bits       chip %.3f, ideal chip %.3f, software %.3f a step\n",
                    ohm_report_bits(r, OHM_CHIP), ohm_report_bits(r, OHM_IDEAL),
                    ohm_report_bits(r, OHM_SOFTWARE));
        return;
    }
    for (uint32_t i = 0; i < r->done; i++)
        same += r->predictions[i].chip == r->predictions[i].software;
    fprintf(to,
            "accuracy   not known: no labels; the chip's class is the software's in %.2f %% of the "
            "images\n",
            r->done ? 100.0 * same / r->done : 0);
}

/* Wall times of one process, or of all parts together. */
static void print_times(const struct ohm_run *r, FILE *to)
{
    fprintf(to, ", %.1f s, %.1f images/s", r->seconds, r->seconds > 0 ? r->done / r->seconds : 0);
    if (r->parts)
        fprintf(to, " a process, in %" PRIu32 " parts", r->parts);
    fprintf(to, " (programming before: %.1f s)", r->setup_seconds);
}

uint64_t ohm_report_checked(const struct ohm_run *r)
{
    const struct ohm_options *o = r->options;
    return !o->check                                ? 0
           : o->backend->check == OHM_BACKEND_AGAIN ? r->again_vmms
           : o->backend->check == OHM_BACKEND_NAIVE ? r->checked.naive
                                                    : r->checked.vmms;
}

void ohm_report_summary(const struct ohm_run *r, int times, FILE *to)
{
    const struct ohm_options *o = r->options;
    fprintf(to, "\nnetwork    %s (%s), backend %s\n", r->net->name, o->net, o->backend->name);
    ohm_mapping_print(r->mapping, 0, to);
    fprintf(to, "device     %s, seed %" PRIu64 "%s\n", o->device->name, o->seed,
            o->trip_code != OHM_TRIP_PHYSICS ? " (no physics: fixed trip code)" : "");
    char analog[OHM_ANALOG_MAX];
    ohm_options_analog(o, analog, sizeof analog);
    if (*analog)
        fprintf(to, "analog     %s\n", analog);
    fprintf(to, "images     %" PRIu32 " from %" PRIu32 " on", r->done, o->first);
    if (times)
        print_times(r, to);
    fputc('\n', to);
    if (o->program)
        print_programming(&r->stats.write, to);
    print_accuracy(r, to);
    if (o->backend->check != OHM_BACKEND_NAIVE || !o->backend->untimed)
        print_cycles(r, to);
    fprintf(to,
            "counters   clipped low %" PRIu64 ", clipped high %" PRIu64
            ", saturated outputs %" PRIu64 "; lost images %" PRIu64 ", events %" PRIu64 "\n",
            r->stats.counters[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM],
            r->stats.counters[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM],
            r->stats.counters[OHM_REG_CNT_SAT_OUT - OHM_REG_CNT_VMM], r->stats.lost,
            r->stats.events);
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
    fprintf(to, "left       predictions.csv scores.csv layers.json mesh.svg run.log in %s\n",
            o->out);
    if (o->waves) {
        fprintf(to, "waves      gtkwave %s\n", o->waves);
    } else {
        fprintf(to, "waves      ");
        ohm_report_command(o, o->first, 1, 1, to);
    }
    const uint64_t checked = ohm_report_checked(r);
    if (!o->check)
        fprintf(to, "nothing was checked (--no-check)\n");
    else if (o->backend->check == OHM_BACKEND_BESIDE)
        fprintf(to, "VMMs checked: %" PRIu64 ", mismatches: 0\n", checked);
    else if (o->backend->check == OHM_BACKEND_AGAIN)
        fprintf(to,
                "%s: %" PRIu64 " VMMs computed; VMMs checked: %" PRIu64
                ", mismatches: 0\n           (scores of %" PRIu32
                " images, against the golden model)\n",
                o->backend->title, r->checked.vmms, checked, r->again);
    else if (o->backend->check
             == OHM_BACKEND_RESULTS) /* their outputs, as far as they leave the board */
        fprintf(to,
                "board: results of %" PRIu32
                " images compared word for word; VMMs checked: %" PRIu64 ", mismatches: 0\n",
                r->done, checked);
    else /* nothing to compare with but the naive loop, which stops the run when it differs */
        fprintf(to,
                "%s: %" PRIu64 " VMMs computed; by the naive loop, VMMs checked: %" PRIu64
                ", mismatches: 0\n",
                o->backend->title, r->checked.vmms, checked);
}

/* score_k of scores.csv, in units of the network's own integers: what W·x + b would be, whatever
 * chip, mapping and options. */
static double score_of(const struct ohm_run *r, int32_t raw)
{
    return raw / r->mapping->layers[r->net->layer_count - 1].unit;
}

static int write_scores(const struct ohm_run *r, struct ohm_error *err)
{
    struct ohm_file f;
    const int scores = ohm_net_scores(r->net), classifies = ohm_net_classifies(r->net);
    if (ohm_file_create(&f, r->options->out, "scores.csv", err))
        return -1;
    fputs(classifies ? "image,class,value" : "image", f.to);
    for (int c = 0; c < scores && !classifies; c++)
        fprintf(f.to, ",score_%d", c);
    fputc('\n', f.to);
    for (uint32_t i = 0; i < r->done; i++) {
        const int32_t *v = r->scores + (size_t)i * (size_t)scores;
        fprintf(f.to, "%" PRIu32, r->options->first + i);
        for (int c = 0; c < scores; c++)
            fprintf(f.to, ",%.10g", classifies && c == 0 ? (double)v[c] : score_of(r, v[c]));
        fputc('\n', f.to);
    }
    return ohm_file_finish(&f, err);
}

static int write_predictions(const struct ohm_run *r, struct ohm_error *err)
{
    struct ohm_file f;
    if (ohm_file_create(&f, r->options->out, "predictions.csv", err))
        return -1;
    fprintf(f.to, "image,label,chip,ideal_chip,software,right");
    int scores = ohm_net_scores(r->net), classifies = ohm_net_classifies(r->net);
    for (int c = 0; c < scores && !classifies; c++)
        fprintf(f.to, ",raw_%d", c);
    fputs(classifies ? ",class,raw" : "", f.to); /* of the class packet */
    fputc('\n', f.to);
    for (uint32_t i = 0; i < r->done; i++) {
        const struct ohm_prediction *p = &r->predictions[i];
        const int steps = r->data->label_steps;
        const size_t last = (size_t)(r->options->first + i + 1) * (size_t)steps - 1;
        const int label = r->data->labels ? r->data->labels[last] : -1;
        fprintf(f.to, "%" PRIu32 ",", r->options->first + i);
        if (r->data->labels)
            fprintf(f.to, "%d,%d,%d,%d,%d", label, p->chip, p->ideal, p->software,
                    p->chip == label);
        else
            fprintf(f.to, ",%d,%d,%d,", p->chip, p->ideal, p->software);
        for (int c = 0; c < scores; c++)
            fprintf(f.to, ",%" PRId32, r->scores[(size_t)i * (size_t)scores + (size_t)c]);
        fputc('\n', f.to);
    }
    return ohm_file_finish(&f, err);
}

int ohm_report_files(const struct ohm_run *r, struct ohm_error *err)
{
    char path[OHM_FILE_PATH_MAX];
    if (write_predictions(r, err) || write_scores(r, err) || ohm_report_layers(r, err))
        return -1;
    snprintf(path, sizeof path, "%s/energy.csv", r->options->out);
    return r->energy ? ohm_energy_write(r->energy, path, err) : 0;
}
