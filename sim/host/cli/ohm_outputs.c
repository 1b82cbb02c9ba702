/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_outputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_file.h"

struct ohm_outputs {
    const struct ohm_mapping *m;
    uint32_t first, count, told;
    int files; /* that were made */
    struct layer_file {
        struct ohm_file file;
        long begins; /* behind the header */
    } layer[];
};

/* Header of a .npy file, version 1.0, a multiple of 64 bytes. */
static void write_header(FILE *f, const char *type, const char *shape)
{
    char text[256];
    const int n = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': "
                           "(%s), }", type, shape),
              rest = 64 - (10 + n + 1) % 64, length = n + rest + 1;
    fwrite("\x93NUMPY\x01\x00", 1, 8, f);
    fputc(length & 0xff, f);
    fputc(length >> 8, f);
    fprintf(f, "%s%*s\n", text, rest, "");
}

/* Sums as doubles, in the machine's order, which is little-endian where this program runs. */
static void write_sums(const struct ohm_outputs *o, FILE *f, const int32_t *sums)
{
    const int last = o->m->net->layer_count - 1;
    for (int k = 0; k < o->m->net->layers[last].outputs; k++) {
        const double v = sums[k] / o->m->layers[last].unit;
        fwrite(&v, sizeof v, 1, f);
    }
}

static void image_told(void *user, uint32_t image, uint8_t *const *maps, const int32_t *sums)
{
    struct ohm_outputs *o = user;
    const struct ohm_net *net = o->m->net;
    const long at = (long)(image - o->first);
    o->told++;
    for (int i = 0; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        const int last = i == net->layer_count - 1;
        const long size = last ? (long)sizeof(double) * l->outputs : ohm_net_map(l);
        FILE *f = o->layer[i].file.to;
        fseek(f, o->layer[i].begins + at * size, SEEK_SET);
        if (last)
            write_sums(o, f, sums);
        else
            fwrite(maps[i], 1, (size_t)size, f);
    }
}

static int open_file(struct ohm_outputs *o, const char *directory, int layer,
                     struct ohm_error *err)
{
    const struct ohm_layer *l = &o->m->net->layers[layer];
    const int last = layer == o->m->net->layer_count - 1;
    char name[OHM_NAME_MAX + 8], shape[64];
    snprintf(name, sizeof name, "%s.npy", l->name);
    if (strchr(l->name, '/'))
        return ohm_fail(err, "layer %s: a '/' in its name, expected none with --outputs", l->name);
    if (ohm_file_create(&o->layer[layer].file, directory, name, err))
        return -1;
    o->files++;
    if (last)
        snprintf(shape, sizeof shape, "%" PRIu32 ", %d", o->count, l->outputs);
    else
        snprintf(shape, sizeof shape, "%" PRIu32 ", %d, %d, %d", o->count, l->map_h, l->map_w,
                 l->outputs);
    write_header(o->layer[layer].file.to,
                 last ? "<f8" : l->output == OHM_OUTPUT_S8 ? "|i1" : "|u1", shape);
    o->layer[layer].begins = ftell(o->layer[layer].file.to);
    return 0;
}

struct ohm_outputs *ohm_outputs_new(const char *directory, const struct ohm_mapping *m,
                                    struct ohm_figures *figures, uint32_t first, uint32_t count,
                                    struct ohm_error *err)
{
    const int layers = m->net->layer_count;
    struct ohm_outputs *o = calloc(1, sizeof *o + (size_t)layers * sizeof o->layer[0]);
    if (!o) {
        ohm_fail(err, "outputs: out of memory");
        return NULL;
    }
    *o = (struct ohm_outputs){.m = m, .first = first, .count = count};
    int rc = ohm_file_make_directory(directory, err);
    for (int i = 0; !rc && i < layers; i++)
        rc = open_file(o, directory, i, err);
    if (rc) {
        ohm_outputs_end(o, 0, NULL);
        return NULL;
    }
    ohm_figures_tell(figures, image_told, o);
    return o;
}

int ohm_outputs_end(struct ohm_outputs *o, int keep, struct ohm_error *err)
{
    int rc = 0;
    if (!o)
        return 0;
    if (keep && o->told != o->count)
        rc = ohm_fail(err, "outputs: %" PRIu32 " images told of, expected %" PRIu32, o->told,
                      o->count);
    for (int i = 0; i < o->files; i++) {
        if (!keep || rc)
            ohm_file_drop(&o->layer[i].file);
        else
            rc = ohm_file_finish(&o->layer[i].file, err);
    }
    free(o);
    return rc;
}
