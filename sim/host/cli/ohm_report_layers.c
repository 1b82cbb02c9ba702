/* SPDX-License-Identifier: Apache-2.0
 * layers.json: the figures of a run for programs, scripts/report.py among them. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "ohm_activity.h"
#include "ohm_file.h"
#include "ohm_report_parts.h"

static double counter(const struct ohm_run *r, int tile, int reg)
{
    return (double)r->stats.tile_counters[tile][reg - OHM_REG_CNT_VMM];
}

/* null where the number was not measured: no file says 0 for that. */
static void add_measured(cJSON *to, const char *name, double value)
{
    if (value > 0)
        cJSON_AddNumberToObject(to, name, value);
    else
        cJSON_AddNullToObject(to, name);
}

/* Cells in use, and those of the arrays of a crossbar layer's tiles. */
static void add_cells(cJSON *j, const struct ohm_mapping *m, int layer)
{
    const struct ohm_layer_map *lm = &m->layers[layer];
    const int vector = m->net->layers[layer].kind == OHM_LAYER_VECTOR;
    double used = 0;
    for (int i = lm->first_tile; !vector && i < lm->first_tile + lm->tiles; i++)
        used += (double)m->tiles[i].rows * m->tiles[i].cols;
    cJSON_AddNumberToObject(j, "cells", used);
    cJSON_AddNumberToObject(j, "cells_there",
                            vector ? 0 : (double)lm->tiles * m->config.rows * m->config.cols);
}

static void add_shape(cJSON *j, const struct ohm_mapping *m, int layer)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    cJSON_AddStringToObject(j, "kind", l->kind == OHM_LAYER_VECTOR ? "vector"
                                       : l->kind == OHM_LAYER_CONV ? "conv"
                                                                   : "dense");
    cJSON_AddNumberToObject(j, "inputs", l->inputs);
    cJSON_AddNumberToObject(j, "outputs", l->outputs);
    const int map[] = {l->map_h, l->map_w};
    cJSON_AddItemToObject(j, "map", cJSON_CreateIntArray(map, 2));
    /* windows of the busiest tile × cycles of a window: what the layer takes by itself */
    cJSON_AddNumberToObject(j, "cycles_planned",
                            (double)m->tiles[m->layers[layer].first_tile].windows * m->vmm_cycles);
}

static void add_counted(cJSON *j, const struct ohm_run *r, int first, int count)
{
    double vmms = 0, low = 0, high = 0, saturated = 0, pj = 0;
    for (int i = first; i < first + count; i++) {
        struct ohm_energy e;
        low += counter(r, i, OHM_REG_CNT_CLIP_LO);
        high += counter(r, i, OHM_REG_CNT_CLIP_HI);
        saturated += counter(r, i, OHM_REG_CNT_SAT_OUT);
        if (r->energy) {
            ohm_energy_tile_image(r->energy, i, &e);
            pj += ohm_energy_sum(&e, 0);
            /* not the tile's counter: behind the last image a loop goes on, which counts, too */
            const struct ohm_tile_map *t = &r->mapping->tiles[i];
            vmms += (double)r->energy->activity->tile[16 * t->y + t->x].vectors;
        }
    }
    cJSON_AddNumberToObject(j, "clipped_low", low);
    cJSON_AddNumberToObject(j, "clipped_high", high);
    cJSON_AddNumberToObject(j, "saturated", saturated);
    if (r->energy) {
        cJSON_AddNumberToObject(j, "vmms", vmms);
        cJSON_AddNumberToObject(j, "pj_per_image", pj);
    }
}

static void add_error(cJSON *j, const struct ohm_layer_figures *f)
{
    cJSON_AddNumberToObject(j, "samples", (double)f->samples);
    cJSON_AddNumberToObject(j, "error_rms", f->rms);
    cJSON_AddNumberToObject(j, "error_mean", f->mean);
    cJSON_AddNumberToObject(j, "output_rms", f->output_rms);
    cJSON_AddNumberToObject(j, "output_most", f->output_most);
    cJSON_AddNumberToObject(j, "full_scale", f->full_scale);
    cJSON_AddNumberToObject(j, "output_range", f->range);
    if (f->rms > 0)
        cJSON_AddNumberToObject(j, "enob", f->enob);
    else
        cJSON_AddNullToObject(j, "enob");
    if (f->rms > 0)
        cJSON_AddNumberToObject(j, "sqnr_db", f->sqnr);
    else
        cJSON_AddNullToObject(j, "sqnr_db");
    cJSON_AddNumberToObject(j, "bin_of_full_scale", OHM_FIGURES_BIN);
    cJSON *bins = cJSON_AddArrayToObject(j, "error_bins");
    for (int i = 0; i < OHM_FIGURES_BINS; i++)
        cJSON_AddItemToArray(bins, cJSON_CreateNumber((double)f->bins[i]));
}

static cJSON *layer_json(const struct ohm_run *r, int l)
{
    const struct ohm_layer_map *lm = &r->mapping->layers[l];
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "name", r->net->layers[l].name);
    cJSON_AddNumberToObject(j, "tiles", lm->tiles);
    cJSON_AddNumberToObject(j, "row_parts", lm->row_parts);
    cJSON_AddNumberToObject(j, "column_parts", lm->col_parts);
    add_shape(j, r->mapping, l);
    add_cells(j, r->mapping, l);
    add_counted(j, r, lm->first_tile, lm->tiles);
    if (!r->figures || r->net->layers[l].kind == OHM_LAYER_VECTOR)
        return j;
    struct ohm_layer_figures f;
    ohm_figures_layer(r->figures, l, &f);
    add_error(j, &f);
    return j;
}

static cJSON *tile_json(const struct ohm_run *r, int tile)
{
    const struct ohm_tile_map *t = &r->mapping->tiles[tile];
    int busiest;
    cJSON *j = cJSON_CreateObject();
    cJSON_AddNumberToObject(j, "x", t->x);
    cJSON_AddNumberToObject(j, "y", t->y);
    cJSON_AddStringToObject(j, "layer", r->net->layers[t->layer].name);
    cJSON_AddNumberToObject(j, "rows", t->rows);
    cJSON_AddNumberToObject(j, "columns", t->cols);
    cJSON_AddNumberToObject(j, "busy", (double)t->windows * r->mapping->vmm_cycles
                                           / (double)ohm_bottleneck(r->mapping, &busiest));
    add_counted(j, r, tile, 1);
    return j;
}

static void add_quality(cJSON *to, const struct ohm_run *r)
{
    static const char *const NAMES[3][2] = {{"accuracy_chip", "bits_chip"},
                                            {"accuracy_ideal_chip", "bits_ideal_chip"},
                                            {"accuracy_software", "bits_software"}};
    for (int w = OHM_CHIP; w <= OHM_SOFTWARE; w++) {
        const double bits = ohm_report_bits(r, (enum ohm_who)w);
        if (r->data->labels)
            cJSON_AddNumberToObject(to, NAMES[w][0], ohm_report_accuracy(r, (enum ohm_who)w));
        else
            cJSON_AddNullToObject(to, NAMES[w][0]);
        if (bits >= 0)
            cJSON_AddNumberToObject(to, NAMES[w][1], bits);
    }
}

static void add_run(cJSON *root, const struct ohm_run *r)
{
    const struct ohm_options *o = r->options;
    char coding[128], *command = NULL;
    size_t size;
    FILE *f = open_memstream(&command, &size);
    if (f) {
        ohm_report_command(o, o->first, r->done, 0, f);
        if (!fclose(f))
            cJSON_AddStringToObject(root, "command", command);
        free(command);
    }
    cJSON_AddStringToObject(root, "network", r->net->name);
    cJSON_AddStringToObject(root, "backend", o->backend->name);
    cJSON_AddStringToObject(root, "configuration", o->config.name);
    cJSON_AddNumberToObject(root, "mesh_w", o->config.mesh_w);
    cJSON_AddNumberToObject(root, "mesh_h", o->config.mesh_h);
    cJSON_AddStringToObject(root, "mapping", ohm_mapping_name(o->mapping));
    ohm_coding_text(&o->coding, coding, sizeof coding);
    cJSON_AddStringToObject(root, "coding", coding);
    cJSON_AddStringToObject(root, "device", o->device->name);
    cJSON_AddNumberToObject(root, "seed", (double)o->seed);
    cJSON_AddNumberToObject(root, "first", o->first);
    cJSON_AddNumberToObject(root, "images", r->done);
    add_quality(root, r);
}

static void add_energy(cJSON *root, const struct ohm_run *r)
{
    struct ohm_area area;
    struct ohm_energy image;
    ohm_energy_area(&r->energy->params, r->mapping, &area);
    cJSON_AddNumberToObject(root, "energy_nj_per_image", 1e-3 * ohm_energy_per_image(r->energy));
    cJSON_AddNumberToObject(root, "conversions_per_image", ohm_energy_conversions(r->energy));
    cJSON_AddNumberToObject(root, "tops_w", ohm_energy_tops_w(r->energy));
    add_measured(root, "tops_mm2", ohm_energy_tops_mm2(r->energy));
    cJSON_AddNumberToObject(root, "area_mm2", area.total);
    cJSON_AddNumberToObject(root, "clock_mhz", r->energy->clock_mhz);
    ohm_energy_image(r->energy, &image);
    cJSON *parts = cJSON_AddObjectToObject(root, "energy_pj");
    for (int c = 0; c < OHM_PARTS; c++)
        if (c != OHM_PART_PROGRAMMING)
            cJSON_AddNumberToObject(parts, ohm_component_name((enum ohm_component)c), image.pj[c]);
    const struct { const char *name; double mm2; } rooms[] = {
        {"array", area.array}, {"drivers", area.drivers}, {"columns", area.columns},
        {"digital", area.digital}, {"buffers", area.buffers}, {"router", area.router}};
    parts = cJSON_AddObjectToObject(root, "area_mm2_by_part");
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
        cJSON_AddNumberToObject(parts, rooms[i].name, rooms[i].mm2);
}

static void add_counters(cJSON *root, const struct ohm_run *r)
{
    const struct ohm_drive_stats *const time = ohm_report_timing(r);
    const uint64_t *c = r->stats.counters;
    int layer;
    cJSON_AddNumberToObject(root, "raw_per_score",
                            r->mapping->layers[r->net->layer_count - 1].unit);
    add_measured(root, "latency_cycles", time ? (double)time->latency : 0);
    add_measured(root, "cycles_per_image", time ? time->steady : 0);
    /* of a busy tile, planned */
    cJSON_AddNumberToObject(root, "cycles_per_vmm", r->mapping->vmm_cycles);
    cJSON_AddNumberToObject(root, "cycles_planned", (double)ohm_bottleneck(r->mapping, &layer));
    cJSON_AddStringToObject(root, "bottleneck", r->net->layers[layer].name);
    cJSON_AddNumberToObject(root, "tiles", r->mapping->tile_count);
    cJSON_AddNumberToObject(root, "clipped", (double)(c[OHM_REG_CNT_CLIP_LO - OHM_REG_CNT_VMM]
                                                      + c[OHM_REG_CNT_CLIP_HI - OHM_REG_CNT_VMM]));
    cJSON_AddNumberToObject(root, "vmms", (double)r->checked.vmms);
    /* 0 where nobody compared; a run with a mismatch leaves no file at all */
    cJSON_AddNumberToObject(root, "vmms_checked", (double)ohm_report_checked(r));
}

static void add_lists(cJSON *root, const struct ohm_run *r)
{
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (int l = 0; l < r->net->layer_count; l++)
        cJSON_AddItemToArray(layers, layer_json(r, l));
    cJSON *tiles = cJSON_AddArrayToObject(root, "tile_list");
    for (int i = 0; i < r->mapping->tile_count; i++)
        cJSON_AddItemToArray(tiles, tile_json(r, i));
}

int ohm_report_layers(const struct ohm_run *r, struct ohm_error *err)
{
    struct ohm_file f;
    if (ohm_file_create(&f, r->options->out, "layers.json", err))
        return -1;
    cJSON *root = cJSON_CreateObject();
    add_run(root, r);
    add_counters(root, r);
    if (r->energy)
        add_energy(root, r);
    add_lists(root, r);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (!text) {
        ohm_file_drop(&f);
        return ohm_fail(err, "layers.json: out of memory");
    }
    fprintf(f.to, "%s\n", text);
    free(text);
    return ohm_file_finish(&f, err);
}
