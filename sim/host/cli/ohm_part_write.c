/* SPDX-License-Identifier: Apache-2.0
 * A part of a run as a JSON file. Counts are decimal text, many in a string: a JSON number holds no
 * 64 bits. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_activity.h"
#include "ohm_file.h"
#include "ohm_program.h"

static void add_counts(cJSON *to, const char *name, const void *counts, size_t bytes)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return;
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++)
        fprintf(f, "%s%" PRIu64, i ? " " : "", ((const uint64_t *)counts)[i]);
    if (!fclose(f))
        cJSON_AddStringToObject(to, name, text);
    free(text);
}

static void add_number(cJSON *to, const char *name, double v)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", v);
    cJSON_AddStringToObject(to, name, text);
}

static void add_sum(cJSON *to, const char *name, const struct ohm_exact_sum *s)
{
    char text[OHM_EXACT_TEXT];
    ohm_exact_print(s, text);
    cJSON_AddStringToObject(to, name, text);
}

static void add_timing(cJSON *root, const struct ohm_drive_stats *s)
{
    const uint64_t cycles[] = {s->start_cycle, s->end_cycle, s->latency};
    add_counts(root, "cycles", cycles, sizeof cycles);
    add_number(root, "steady", s->steady);
}

static void add_layers(cJSON *root, const struct program *p)
{
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    uint64_t compared = 0;
    for (int l = 0; l < p->net.layer_count; l++) {
        const struct ohm_layer_sums *s = ohm_figures_sums(p->figures, l);
        cJSON *j = cJSON_CreateObject();
        add_counts(j, "samples", &s->n, sizeof s->n);
        add_sum(j, "error", &s->error);
        add_sum(j, "square", &s->square);
        add_sum(j, "output_square", &s->out_square);
        add_sum(j, "signal", &s->signal);
        add_counts(j, "bins", s->bins, sizeof s->bins);
        add_number(j, "low", s->low);
        add_number(j, "high", s->high);
        add_number(j, "output_most", s->out_most);
        cJSON_AddItemToArray(layers, j);
    }
    ohm_figures_exact(p->figures, &compared, NULL);
    add_counts(root, "compared", &compared, sizeof compared);
}

static void add_activity(cJSON *root, const char *of, const struct ohm_mapping *m,
                         const struct ohm_activity *a)
{
    const uint64_t chip[] = {a->router_flits, a->link_flits, a->words_in, a->words_out};
    cJSON *to = cJSON_AddObjectToObject(root, of);
    add_counts(to, "chip", chip, sizeof chip);
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        char name[16];
        snprintf(name, sizeof name, "%d,%d", t->x, t->y);
        add_counts(to, name, &a->tile[16 * t->y + t->x], sizeof a->tile[0]);
    }
}

/* Of each image what the chip, the ideal chip and the software say, of their steps how many are
 * right and what bits they cost, and the chip's scores. */
static void add_images(cJSON *root, const struct program *p)
{
    const size_t scores = (size_t)ohm_net_scores(&p->net);
    cJSON *images = cJSON_AddArrayToObject(root, "images");
    for (uint32_t i = 0; i < p->run.done; i++) {
        const struct ohm_prediction *r = &p->run.predictions[i];
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        if (!f)
            return;
        fprintf(f, "%d %d %d", r->chip, r->ideal, r->software);
        for (int w = OHM_CHIP; w <= OHM_SOFTWARE && ohm_report_has_steps(&p->run); w++)
            fprintf(f, " %d %.17g", r->right[w], r->bits[w]);
        for (size_t k = 0; k < scores; k++)
            fprintf(f, " %" PRId32, p->run.scores[(size_t)i * scores + k]);
        if (!fclose(f))
            cJSON_AddItemToArray(images, cJSON_CreateString(text));
        free(text);
    }
}

int program_part_write(const struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const struct ohm_drive_stats *s = &p->run.stats;
    struct ohm_file f;
    if (ohm_file_create(&f, NULL, p->part_file, err))
        return -1;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "format", OHM_PART_FORMAT);
    cJSON_AddStringToObject(root, "key", p->key);
    cJSON_AddNumberToObject(root, "first", o->first);
    cJSON_AddNumberToObject(root, "count", o->count);
    add_timing(root, s);
    add_counts(root, "counters", s->counters, sizeof s->counters);
    add_counts(root, "tile_counters", s->tile_counters,
               (size_t)p->chip.tile_count * sizeof s->tile_counters[0]);
    add_counts(root, "write", &s->write, sizeof s->write);
    add_counts(root, "checked_before", &p->checked_before, sizeof p->checked_before);
    add_counts(root, "checked", &p->run.checked, sizeof p->run.checked);
    add_layers(root, p);
    if (p->once) {
        add_number(root, "programming_pj", p->energy.programming_pj);
        add_activity(root, "activity", &p->chip, p->energy.activity);
        add_activity(root, "once", &p->chip, p->once);
    }
    add_number(root, "setup_seconds", p->run.setup_seconds);
    add_number(root, "seconds", p->run.seconds);
    add_images(root, p);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (!text) {
        ohm_file_drop(&f);
        return ohm_fail(err, "%s: out of memory", p->part_file);
    }
    fprintf(f.to, "%s\n", text);
    free(text);
    return ohm_file_finish(&f, err);
}
