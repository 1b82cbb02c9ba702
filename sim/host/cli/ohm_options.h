/* SPDX-License-Identifier: Apache-2.0
 * Command line of `ohmic`. */
#ifndef OHM_OPTIONS_H
#define OHM_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "ohm_backend.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_mapper.h"
#include "ohm_physics.h"
#include "ohm_tlm_settings.h"
#include "ohm_write.h"

#define OHM_REPLICA_OPTIONS (OHM_MESH_MAX * OHM_MESH_MAX) /* one for each layer that has room */

struct ohm_options {
    const char *net, *data, *labels, *out, *rtl_lib, *tlm_lib, *energy, *waves, *record, *uart,
        *draw, *outputs;
    uint32_t first, count;
    int up_to;         /* `count` images, or as many as there are */
    struct ohm_config config; /* with the mesh in use */
    const struct ohm_device_model *device;
    /* the same from --device-file, NULL without; ohm_options_free */
    struct ohm_device_model *loaded;
    char *tlm_beside; /* tlm_lib when no option named it, or NULL; ohm_options_free */
    const char *device_file, *physics_file, *maps, *program, *defects,
        *save_defects;
    struct ohm_write_scheme scheme; /* of --program */
    struct ohm_physics physics; /* without the maps */
    uint32_t time;     /* MACRO_TIME */
    int compensate;    /* of drift */
    int references;    /* rows of a tile that tell of it; 0: none */
    uint32_t calibrate; /* vectors a tile, 0: none */
    uint64_t seed, limit_cycles;
    uint32_t timed;    /* images; 0: all */
    int plan;          /* only say how the run can be divided */
    const char *part, *merge; /* FIRST:N:FILE and a directory of such files; NULL: the whole run */
    enum ohm_mapping_kind mapping; /* = coding.kind */
    struct ohm_coding coding;
    const char *replicas[OHM_REPLICA_OPTIONS]; /* LAYER=N */
    int replica_count;
    enum ohm_range_rule range;
    const struct ohm_backend_type *backend;
    struct ohm_tlm_settings tlm;
    int reload;        /* piece after piece on the tiles there are */
    int check;
    int threads; /* of the fast model */
    int patience; /* with a board, s */
    int32_t trip_code; /* INT32_MIN: physics */
    int help;          /* only --help was asked for; nothing else is set */
};

/* The last of an option counts. -1 + err names the option, the value and what was expected. */
int ohm_options_parse(int argc, char **argv, struct ohm_options *out, struct ohm_error *err);
/* The wishes for replicas, per layer; other entries stay. -1 + err: no such layer, no such number.
 */
int ohm_options_replicas(const struct ohm_options *o, const struct ohm_net *net, int *replicas,
                         struct ohm_error *err);
void ohm_options_free(struct ohm_options *o);
void ohm_options_help(FILE *to);
/* The options that say what the analog side is, as text to give a shell again; empty when all are
 * defaults. */
#define OHM_ANALOG_MAX 4096 /* characters */
void ohm_options_analog(const struct ohm_options *o, char *text, size_t size);

#endif
