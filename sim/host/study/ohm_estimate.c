/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_estimate.h"

#include <string.h>

#include "ohm_backend.h"
#include "ohm_driver.h"
#include "ohm_energy_report.h"

#define MAPPINGS_MOST 4 /* whose tiles fit, before a configuration is given up */
#define IMAGES_MOST 8
#define VMMS_MOST 2000 /* that the golden model computes: more would take longer than the mapping */

/* Of an image in its busiest tile, all steps where it is a sequence. */
static long image_cycles(const struct ohm_mapping *m, int *layer)
{
    return ohm_bottleneck(m, layer) * ohm_net_steps(m->net);
}

/* Cycles of the busiest tile when the network is laid out on a mesh; -1 + err: it does not fit. */
static long laid_out(const struct ohm_net *net, struct ohm_config config, int w, int h,
                     const struct ohm_coding *coding, struct ohm_error *err)
{
    struct ohm_mapping m;
    int layer;
    config.mesh_w = w;
    config.mesh_h = h;
    if (ohm_map_tiles(net, &config, coding, &m, err))
        return -1;
    const long cycles = image_cycles(&m, &layer);
    ohm_mapping_free(&m);
    return cycles;
}

/* The next larger mesh: one column more while it is square, else one row. */
static void grow(int *w, int *h)
{
    *(*w > *h ? h : w) += 1;
}

/* Maps the network onto the configuration's own mesh, or onto the smallest that does where that is
 * allowed: tiles alone are tried first, since that takes no time. */
static int choose_mesh(const struct ohm_net *net, const struct ohm_estimate_settings *s,
                       struct ohm_estimate *e, struct ohm_mapping *m, struct ohm_error *err)
{
    struct ohm_config *c = &e->config;
    if (laid_out(net, *c, c->mesh_w, c->mesh_h, s->coding, err) >= 0
        && !ohm_map_sketch(net, c, s->coding, m, err))
        return 0;
    if (s->mesh_given)
        return -1;
    int mapped = 0;
    e->grown = 1;
    for (c->mesh_w = c->mesh_h = 1;
         mapped < MAPPINGS_MOST && c->mesh_w <= OHM_MESH_MAX && c->mesh_h <= OHM_MESH_MAX;
         grow(&c->mesh_w, &c->mesh_h)) {
        if (laid_out(net, *c, c->mesh_w, c->mesh_h, s->coding, err) < 0)
            continue;
        mapped++;
        if (!ohm_map_sketch(net, c, s->coding, m, err))
            return 0;
    }
    return -1;
}

static void choose_lift(const struct ohm_net *net, const struct ohm_estimate_settings *s,
                        struct ohm_estimate *e)
{
    const struct ohm_config *c = &e->config;
    struct ohm_error unused;
    int w = c->mesh_w, h = c->mesh_h;
    for (grow(&w, &h); w <= OHM_MESH_MAX && h <= OHM_MESH_MAX; grow(&w, &h)) {
        const long cycles = laid_out(net, *c, w, h, s->coding, &unused);
        if (cycles >= 0 && cycles < e->tile_cycles) {
            e->lift_w = w;
            e->lift_h = h;
            e->lift_cycles = cycles;
            return;
        }
    }
}

static int ended(void *user, uint32_t image, const int32_t *v)
{
    (void)user;
    (void)image;
    (void)v;
    return 0;
}

static void streaming(void *user)
{
    ohm_energy_streaming(user);
}

/* Runs some calibration images on the golden model, which counts what it does. */
static int run_golden(const struct ohm_mapping *m, const struct ohm_estimate_settings *s,
                      struct ohm_energy_run *run, struct ohm_estimate *e, struct ohm_error *err)
{
    const struct ohm_backend_settings settings = {.config = &m->config, .device = s->device,
                                                  .seed = 1};
    const struct ohm_drive d = {.mapping = m, .images = m->net->calib,
                                .count = (uint32_t)e->images, .done = ended,
                                .streaming = streaming, .user = run};
    struct ohm_drive_stats stats;
    struct ohm_backend b;
    if (ohm_backend_open("golden", &settings, &b, err))
        return -1;
    ohm_activity_watch(run->activity, b.golden);
    const int rc = ohm_drive_run(&d, &b, &stats, err);
    ohm_activity_credits(run->activity, b.golden);
    b.close(b.self);
    return rc;
}

static int measure_energy(const struct ohm_mapping *m, const struct ohm_estimate_settings *s,
                          struct ohm_estimate *e, struct ohm_error *err)
{
    struct ohm_energy_run run;
    struct ohm_area area;
    long vmms = 0;
    if (ohm_energy_open(&run, s->energy, m, s->device, s->clock_mhz, err))
        return -1;
    ohm_energy_area(&run.params, m, &area);
    e->area_mm2 = area.total;
    for (int i = 0; i < m->tile_count; i++)
        vmms += m->tiles[i].windows * ohm_net_steps(m->net);
    e->images = vmms ? (int)(VMMS_MOST / vmms) : 1;
    e->images = e->images < 1 ? 1 : e->images > IMAGES_MOST ? IMAGES_MOST : e->images;
    e->images = e->images < m->net->calib_count ? e->images : m->net->calib_count;
    int rc = 0;
    if (e->images && !(rc = run_golden(m, s, &run, e, err))) {
        run.images = (uint32_t)e->images;
        ohm_energy_image(&run, &e->energy);
        e->tops_w = ohm_energy_tops_w(&run);
    }
    ohm_energy_close(&run);
    return rc;
}

/* Tiles of the mesh, vector tiles among them where the network may need them. */
static int places_of(const struct ohm_net *net, const struct ohm_config *c)
{
    int n = 0;
    for (int i = 0; i < c->mesh_w * c->mesh_h; i++) {
        const enum ohm_kind kind = ohm_config_kind(c, i % c->mesh_w, i / c->mesh_w);
        n += kind == OHM_KIND_CIM || (kind == OHM_KIND_VEC && net->steps);
    }
    return n;
}

int ohm_estimate(const struct ohm_net *net, const struct ohm_config *config,
                 const struct ohm_estimate_settings *settings, struct ohm_estimate *out,
                 struct ohm_error *err)
{
    struct ohm_mapping m;
    *out = (struct ohm_estimate){.config = *config};
    if (choose_mesh(net, settings, out, &m, err))
        return -1;
    out->tiles = m.tile_count;
    out->places = places_of(net, &m.config);
    out->cells = ohm_mapping_cells(&m);
    out->cells_there = ohm_mapping_cells_there(&m);
    out->tile_cycles = image_cycles(&m, &out->layer);
    out->vmm_cycles = m.vmm_cycles;
    out->windows = out->tile_cycles / m.vmm_cycles;
    out->load = m.load;
    out->link_cycles = m.load.busiest * ohm_net_steps(net); /* a flit a cycle */
    out->limit = out->tile_cycles >= out->link_cycles ? OHM_LIMIT_TILE
               : m.load.direction == 'I'
                       || (m.load.direction == 'W' && !m.load.bx && !m.load.by)
                   ? OHM_LIMIT_HOST
                   : OHM_LIMIT_LINK;
    choose_lift(net, settings, out);
    const int rc = measure_energy(&m, settings, out, err);
    ohm_mapping_free(&m);
    return rc;
}
