/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_maps.h"

#include <stdlib.h>
#include <unistd.h>

#include "ohm_npy.h"

struct ohm_maps {
    double *g[256]; /* by tile number */
};

static double *as_doubles(const struct ohm_npy *a, const char *path, struct ohm_error *err)
{
    double *g = malloc(a->count * sizeof *g);
    if (!g)
        ohm_fail(err, "%s: out of memory", path);
    for (size_t i = 0; g && i < a->count; i++) {
        g[i] = a->type == OHM_NPY_F32 ? (double)((const float *)a->data)[i]
                                      : ((const double *)a->data)[i];
        if (!(g[i] >= 0 && g[i] <= 1e6)) {
            ohm_fail(err, "%s: element %zu: %g uS, expected 0 to 1e6", path, i, g[i]);
            free(g);
            return NULL;
        }
    }
    return g;
}

static double *load(const char *path, const struct ohm_config *c, struct ohm_error *err)
{
    const size_t shape[3] = {2, (size_t)c->rows, (size_t)c->cols};
    struct ohm_npy a;
    if (ohm_npy_load(path, &a, err))
        return NULL;
    enum ohm_npy_type type = a.type == OHM_NPY_F32 ? OHM_NPY_F32 : OHM_NPY_F64;
    double *g = ohm_npy_expect(&a, path, type, 3, shape, err) ? NULL : as_doubles(&a, path, err);
    ohm_npy_free(&a);
    return g;
}

struct ohm_maps *ohm_maps_load(const char *directory, const struct ohm_config *config,
                               struct ohm_physics *physics, struct ohm_error *err)
{
    struct ohm_maps *m = calloc(1, sizeof *m);
    int count = 0;
    if (!m)
        ohm_fail(err, "%s: out of memory", directory);
    for (int i = 0; m && i < config->mesh_w * config->mesh_h; i++) {
        int x = i % config->mesh_w, y = i / config->mesh_w, tile = y * 16 + x;
        char path[1024];
        snprintf(path, sizeof path, "%s/tile-%d-%d.npy", directory, x, y);
        if (access(path, F_OK))
            continue;
        m->g[tile] = load(path, config, err);
        physics->map[tile] = m->g[tile];
        count++;
        if (!m->g[tile]) {
            ohm_maps_free(m);
            return NULL;
        }
    }
    if (m && !count) {
        ohm_fail(err, "%s: no map, expected files tile-X-Y.npy of the %dx%d mesh", directory,
                 config->mesh_w, config->mesh_h);
        ohm_maps_free(m);
        return NULL;
    }
    return m;
}

void ohm_maps_free(struct ohm_maps *m)
{
    for (int i = 0; m && i < 256; i++)
        free(m->g[i]);
    free(m);
}
