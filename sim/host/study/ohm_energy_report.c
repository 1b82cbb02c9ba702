/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_energy_report.h"

#include <string.h>

#include "ohm_array.h"
#include "ohm_file.h"
#include "ohm_text.h"

int ohm_energy_open(struct ohm_energy_run *r, const char *path, const struct ohm_mapping *mapping,
                    const struct ohm_device_model *device, double clock_mhz, struct ohm_error *err)
{
    *r = (struct ohm_energy_run){.mapping = mapping, .device = device, .clock_mhz = clock_mhz};
    if (ohm_energy_load(path, &r->params, err))
        return -1;
    r->activity = ohm_activity_new(&mapping->config);
    return r->activity ? 0 : ohm_fail(err, "energy: out of memory");
}

void ohm_energy_close(struct ohm_energy_run *r)
{
    ohm_activity_free(r->activity);
    r->activity = NULL;
}

static const struct ohm_tile_activity *activity_of(const struct ohm_energy_run *r,
                                                   const struct ohm_tile_map *t)
{
    return &r->activity->tile[16 * t->y + t->x];
}

static void tile_energy(const struct ohm_energy_run *r, const struct ohm_tile_map *t,
                        struct ohm_energy *out)
{
    struct ohm_tile_activity a = *activity_of(r, t);
    /* of the codes; two devices a cell hold g_min besides */
    const double span = r->device->g_max - r->device->g_min;
    a.charge += (uint64_t)(r->device->g_min / span * OHM_CODE_MAX * 2 * r->mapping->config.cols
                           * (double)a.row_ticks);
    ohm_energy_tile(&r->params, &r->mapping->config, &a, span, r->clock_mhz, out);
}

/* Of the tiles of a layer (-1: of all). */
static struct ohm_energy tiles_energy(const struct ohm_energy_run *r, int layer)
{
    struct ohm_energy sum = {{0}}, e;
    for (int i = 0; i < r->mapping->tile_count; i++) {
        const struct ohm_tile_map *t = &r->mapping->tiles[i];
        if (layer >= 0 && t->layer != layer)
            continue;
        tile_energy(r, t, &e);
        ohm_energy_add(&sum, &e);
    }
    return sum;
}

static struct ohm_energy all_energy(const struct ohm_energy_run *r)
{
    struct ohm_energy e = tiles_energy(r, -1), chip;
    ohm_energy_chip(&r->params, r->activity, &chip);
    ohm_energy_add(&e, &chip);
    return e;
}

void ohm_energy_streaming(struct ohm_energy_run *r)
{
    const struct ohm_energy e = all_energy(r);
    r->programming_pj = ohm_energy_sum(&e, 1);
    ohm_activity_restart(r->activity);
}

static double macs(const struct ohm_energy_run *r)
{
    double n = 0;
    for (int i = 0; i < r->mapping->tile_count; i++)
        n += (double)activity_of(r, &r->mapping->tiles[i])->macs;
    return n;
}

double ohm_energy_conversions(const struct ohm_energy_run *r)
{
    double n = 0;
    for (int i = 0; i < r->mapping->tile_count; i++)
        n += (double)activity_of(r, &r->mapping->tiles[i])->integrations;
    return r->images ? n / r->images : 0;
}

double ohm_energy_per_image(const struct ohm_energy_run *r)
{
    const struct ohm_energy e = all_energy(r);
    return r->images ? ohm_energy_sum(&e, 0) / r->images : 0;
}

static void per_image(const struct ohm_energy_run *r, struct ohm_energy *e)
{
    e->pj[OHM_PART_PROGRAMMING] = 0;
    for (int c = 0; r->images && c < OHM_PARTS; c++)
        e->pj[c] /= r->images;
}

void ohm_energy_image(const struct ohm_energy_run *r, struct ohm_energy *out)
{
    *out = all_energy(r);
    per_image(r, out);
}

void ohm_energy_tile_image(const struct ohm_energy_run *r, int tile, struct ohm_energy *out)
{
    tile_energy(r, &r->mapping->tiles[tile], out);
    per_image(r, out);
}

double ohm_energy_tops_w(const struct ohm_energy_run *r)
{
    const struct ohm_energy e = all_energy(r);
    return 2 * macs(r) / ohm_energy_sum(&e, 0); /* operations a picojoule */
}

void ohm_energy_area(const struct ohm_energy_params *p, const struct ohm_mapping *m,
                     struct ohm_area *out)
{
    struct ohm_area c, v;
    int vectors = 0;
    ohm_area_tile(p, &m->config, &c);
    ohm_area_vector(p, &m->config, &v);
    for (int i = 0; i < m->tile_count; i++)
        vectors += m->tiles[i].vec != NULL;
    const int crossbars = m->tile_count - vectors;
    *out = (struct ohm_area){.array = c.array * crossbars,
                             .drivers = c.drivers * crossbars,
                             .columns = c.columns * crossbars,
                             .digital = c.digital * crossbars + v.digital * vectors,
                             .buffers = c.buffers * crossbars + v.buffers * vectors,
                             .router = c.router * crossbars + v.router * vectors,
                             .total = c.total * crossbars + v.total * vectors};
}

double ohm_energy_tops_mm2(const struct ohm_energy_run *r)
{
    struct ohm_area a;
    ohm_energy_area(&r->params, r->mapping, &a);
    if (!r->images || r->cycles <= 0)
        return 0;
    return 2 * macs(r) / r->images / (r->cycles / r->clock_mhz * 1e-6)
           / a.total * 1e-12;
}

void ohm_energy_print(const struct ohm_energy_run *r, FILE *to)
{
    const struct ohm_energy all = all_energy(r);
    const double sum = ohm_energy_sum(&all, 0);
    struct ohm_area area;
    ohm_energy_area(&r->params, r->mapping, &area);
    enum { WIDTH = 100 };
    int column = fprintf(to, "energy     %.2f nJ per image:", 1e-3 * ohm_energy_per_image(r));
    for (int c = 0; c < OHM_PARTS; c++)
        if (c != OHM_PART_PROGRAMMING) {
            if (column > WIDTH)
                column = fprintf(to, "\n          ") - 1;
            column += fprintf(to, " %s %.1f %%%s", ohm_component_name((enum ohm_component)c),
                              sum > 0 ? 100 * all.pj[c] / sum : 0, c + 2 < OHM_PARTS ? "," : "");
        }
    fputc('\n', to);
    for (int l = 0; l < r->mapping->net->layer_count; l++) {
        const struct ohm_energy e = tiles_energy(r, l);
        fprintf(to, "  %-8s %.2f nJ per image in its tiles\n", r->mapping->net->layers[l].name,
                r->images ? 1e-3 * ohm_energy_sum(&e, 0) / r->images : 0);
    }
    fprintf(to,
            "           %.3f TOPS/W (1 MAC of 8 x 8 bits = 2 operations); programming before: %.3f "
            "mJ\n",
            ohm_energy_tops_w(r), 1e-9 * r->programming_pj);
    fprintf(to,
            "area       %.3f mm2 in %d tiles (array %.0f %%, drivers %.0f %%, columns %.0f %%, "
            "digital %.0f %%, buffers %.0f %%, "
            "router %.0f %%)",
            area.total, r->mapping->tile_count,
            100 * area.array / area.total, 100 * area.drivers / area.total,
            100 * area.columns / area.total, 100 * area.digital / area.total,
            100 * area.buffers / area.total, 100 * area.router / area.total);
    if (r->cycles > 0)
        fprintf(to, "\n           at %.0f MHz %.0f images/s, %.4f TOPS/mm2, %.1f mW", r->clock_mhz,
                1e6 * r->clock_mhz / r->cycles, ohm_energy_tops_mm2(r),
                1e-6 * ohm_energy_per_image(r) * r->clock_mhz / r->cycles * 1e3);
    fputc('\n', to);
}

int ohm_energy_write(const struct ohm_energy_run *r, const char *path, struct ohm_error *err)
{
    struct ohm_file f;
    if (ohm_file_create(&f, NULL, path, err))
        return -1;
    fprintf(f.to, "layer,component,pj_per_image\n");
    for (int l = 0; r->images && l < r->mapping->net->layer_count; l++) {
        const struct ohm_energy e = tiles_energy(r, l);
        for (int c = 0; c < OHM_PARTS; c++)
            if (c != OHM_PART_PROGRAMMING && c != OHM_PART_NETWORK && c != OHM_PART_HOST) {
                ohm_text_csv(r->mapping->net->layers[l].name, f.to);
                fprintf(f.to, ",%s,%.3f\n", ohm_component_name((enum ohm_component)c),
                        e.pj[c] / r->images);
            }
    }
    const struct ohm_energy e = all_energy(r);
    for (int c = OHM_PART_NETWORK; r->images && c <= OHM_PART_HOST; c++)
        fprintf(f.to, "chip,%s,%.3f\n", ohm_component_name((enum ohm_component)c),
                e.pj[c] / r->images);
    return ohm_file_finish(&f, err);
}
