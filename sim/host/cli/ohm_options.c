/* SPDX-License-Identifier: Apache-2.0
 * Takes the options of a command line, one after the other, and settles what follows from all. */
#include "ohm_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ohm_file.h"
#include "ohm_macro.h" /* OHM_TRIP_PHYSICS */
#include "ohm_option_list.h"
#include "ohm_option_value.h"

#define THREADS_MAX 256
#define TLM_MAX 32 /* --tlm options */

/* NAME, or NAME:DEVICE of a board. */
static int parse_backend(const char *text, struct ohm_options *o, struct ohm_error *err)
{
    enum { MOST = 16 };
    const char *names[MOST + 1] = {NULL}, *colon = strchr(text, ':');
    const struct ohm_backend_type *b;
    for (int i = 0; i < MOST && (b = ohm_backend_at(i)); i++) {
        const size_t n = strlen(b->name);
        names[i] = b->name;
        if (b->board && colon == text + n && !strncmp(text, b->name, n)) {
            o->backend = b;
            o->uart = colon + 1;
            return 0;
        }
    }
    const int k = ohm_option_choice("backend", text, names, err);
    o->uart = NULL;
    if (k < 0)
        return -1;
    o->backend = ohm_backend_at(k);
    return 0;
}

static int parse_device(const char *text, struct ohm_options *o, struct ohm_error *err)
{
    o->device = ohm_device_find(text);
    if (o->device)
        return 0;
    char names[128] = "";
    for (const char *const *d = ohm_device_names(); *d; d++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", *d);
    }
    return ohm_fail(err, "--device: %s, expected %s", text, names);
}

/* The mapping's own coding and what the options change. */
static int set_coding(const char *const *text, struct ohm_options *o, struct ohm_error *err)
{
    static const char *const APARTS[] = {"none", "inputs", "weights", "both", NULL};
    const struct {
        int option, min, max, *to;
    } numbers[] = {{CELL_BITS, 1, OHM_WEIGHT_BITS, &o->coding.cell_bits},
                   {ROW_GROUPS, 1, OHM_READS_MAX, &o->coding.row_groups},
                   {ADC_BITS, 2, 9, &o->coding.adc_bits},
                   {SPARE_COLUMNS, 0, 255, &o->coding.spare_columns},
                   {COPIES, 1, 16, &o->coding.copies},
                   {LANES, 1, 16, &o->coding.lanes}};
    const char *const values[] = {text[1], text[3], text[4], text[5], text[6],
                                  text[7]};
    struct ohm_error reason;
    ohm_coding_default(o->mapping, &o->coding);
    if (text[0] && ohm_coding_slices(text[0], &o->coding, &reason))
        return ohm_fail(err, "--slices: %.400s", reason.text);
    int apart = text[2] ? ohm_option_choice("apart", text[2], APARTS, err) : 0;
    if (apart < 0)
        return -1;
    o->coding.apart_inputs = apart & 1;
    o->coding.apart_weights = apart >> 1;
    for (int i = 0; i < 6; i++) {
        uint64_t v;
        if (values[i]
            && ohm_option_number(OHM_OPTION_LIST[numbers[i].option].name, values[i], numbers[i].min,
                                 (uint64_t)numbers[i].max, &v, err))
            return -1;
        if (values[i])
            *numbers[i].to = (int)v;
    }
    if (text[4] && o->mapping == OHM_MAPPING_EXACT)
        return ohm_fail(err, "--adc-bits: %s, expected none in mapping exact", text[4]);
    return 0;
}

static int load_device(struct ohm_options *o, const char *device, struct ohm_error *err)
{
    if (!o->device_file)
        return parse_device(device ? device : "pcm-hermes", o, err);
    if (device)
        return ohm_fail(err, "--device: %s, expected only one of --device and --device-file",
                        device);
    o->loaded = ohm_device_load(o->device_file, err);
    o->device = o->loaded;
    return o->loaded ? 0 : -1;
}

void ohm_options_free(struct ohm_options *o)
{
    ohm_device_free(o->loaded);
    free(o->tlm_beside);
    o->loaded = NULL;
    o->tlm_beside = NULL;
}

int ohm_options_replicas(const struct ohm_options *o, const struct ohm_net *net, int *replicas,
                         struct ohm_error *err)
{
    for (int i = 0; i < o->replica_count; i++) {
        const char *text = o->replicas[i], *equals = strrchr(text, '=');
        size_t n = equals ? (size_t)(equals - text) : 0;
        int layer = 0;
        uint64_t v;
        while (layer < net->layer_count
               && (strncmp(net->layers[layer].name, text, n) || net->layers[layer].name[n]))
            layer++;
        if (!equals || layer == net->layer_count)
            return ohm_fail(err, "--replicas: %s, expected LAYER=N with the name of a layer", text);
        if (ohm_option_number("replicas", equals + 1, 1, OHM_MESH_MAX * OHM_MESH_MAX, &v, err))
            return -1;
        replicas[layer] = (int)v;
    }
    return 0;
}

/* Longer ones would be cut where names of files are put together. */
static int check_paths(const struct ohm_options *o, struct ohm_error *err)
{
    const struct {
        const char *value;
        int option;
    } paths[] = {{o->net, NET},
                 {o->data, DATA},
                 {o->labels, LABELS},
                 {o->maps, MAPS},
                 {o->defects, DEFECTS},
                 {o->save_defects, SAVE_DEFECTS},
                 {o->device_file, DEVICE_FILE},
                 {o->physics_file, PHYSICS},
                 {o->energy, ENERGY},
                 {o->waves, WAVES},
                 {o->record, RECORD},
                 {o->draw, DRAW},
                 {o->outputs, OUTPUTS},
                 {o->merge, MERGE}};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (paths[i].value && (!*paths[i].value || strlen(paths[i].value) > OHM_FILE_DIRECTORY_MAX))
            return ohm_fail(err, "--%s: a path of %zu characters, expected 1 to %d",
                            OHM_OPTION_LIST[paths[i].option].name, strlen(paths[i].value),
                            OHM_FILE_DIRECTORY_MAX);
    return 0;
}

/* Takes the SystemC model that lies beside this program, where make puts it, if there is one. */
static void find_tlm_beside(struct ohm_options *o)
{
    static const char NAME[] = "libohm_tlm.so";
    char path[1024];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    const char *slash = n > 0 && n < (ssize_t)sizeof path ? memrchr(path, '/', (size_t)n) : NULL;
    if (!slash || (size_t)(slash + 1 - path) + sizeof NAME > sizeof path)
        return;
    memcpy(path + (slash + 1 - path), NAME, sizeof NAME);
    if (!access(path, R_OK))
        o->tlm_lib = o->tlm_beside = strdup(path);
}

/* Whether a recording can be checked later, from what it holds. */
static int check_record(const struct ohm_options *o, struct ohm_error *err)
{
    char analog[OHM_ANALOG_MAX];
    if (!o->check)
        return ohm_fail(err, "--record: needs checking (no --no-check)");
    ohm_options_analog(o, analog, sizeof analog);
    if (o->loaded || o->maps || strstr(analog, "--set"))
        return ohm_fail(err,
                        "--record: a recording holds device name and seed only, expected no %.400s",
                        analog);
    return 0;
}

static int complete(struct ohm_options *o, struct ohm_error *err)
{
    const struct {
        const char *value, *name;
    } needed[] = {{o->net, "net"}, {o->data, "data"}};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!needed[i].value)
            return ohm_fail(err, "--%s: missing (--help lists the options)", needed[i].name);
    struct ohm_error reason;
    if (check_paths(o, err))
        return -1;
    if (ohm_file_check_directory(o->out, &reason))
        return ohm_fail(err, "--out: %.480s", reason.text);
    if (o->backend->waves && !o->rtl_lib)
        return ohm_fail(
            err,
            "--rtl-lib: missing, expected the Verilated chip, or use --backend model or golden");
    if (o->backend->tunable && !o->tlm_lib)
        find_tlm_beside(o);
    if (o->backend->tunable && !o->tlm_lib)
        return ohm_fail(err, "--tlm-lib: missing, expected the SystemC model (make tlm)");
    if (o->coding.links && o->backend->board)
        return ohm_fail(err, "--links: durations, expected none with --backend uart");
    if (o->coding.apart_weights && o->device->g_min > 0)
        return ohm_fail(err,
                        "--apart: weights with %s, whose devices hold %g uS at zero, expected a "
                        "device with g_min 0",
                        o->device->name, o->device->g_min);
    if (o->coding.links && o->coding.spare_columns)
        return ohm_fail(
            err, "--spare-columns: %d, expected 0 with --links durations: column i is wire i",
            o->coding.spare_columns);
    if (o->backend->board && (!o->uart || !*o->uart))
        return ohm_fail(err,
                        "--backend: uart, expected uart:DEVICE, for example uart:/dev/ttyUSB1");
    if (o->backend->board && strcmp(o->device->name, "ideal"))
        return ohm_fail(err, "--device: %s, expected ideal: a board emulates ideal devices",
                        o->device->name);
    if (o->reload
        && (o->maps || o->replica_count || o->compensate || o->record || o->coding.spare_columns))
        return ohm_fail(err,
                        "--reload: with %s, expected none of --maps, --replicas, --compensate, "
                        "--record, --spare-columns",
                        o->maps            ? "--maps"
                        : o->replica_count ? "--replicas"
                        : o->compensate    ? "--compensate"
                        : o->record        ? "--record"
                                           : "--spare-columns");
    const char *const apart = !o->calibrate    ? NULL
                            : o->compensate    ? "--compensate"
                            : o->reload        ? "--reload"
                            : o->coding.links  ? "--links durations"
                                               : NULL;
    if (apart)
        return ohm_fail(
            err, "--calibrate: with %s, expected none of --compensate, --reload, --links durations",
            apart);
    if (o->calibrate && (!o->config.modes || !o->config.psum_slots))
        return ohm_fail(
            err,
            "--calibrate: configuration %s has MODES %d and PSUM_SLOTS %d, expected one with both",
            o->config.name, o->config.modes, o->config.psum_slots);
    if (!o->backend->waves && (o->waves || o->record || !o->check))
        return ohm_fail(err, "--%s: needs --backend rtl",
                        o->waves    ? "waves"
                        : o->record ? "record"
                                    : "no-check");
    if (o->trip_code != OHM_TRIP_PHYSICS && o->check)
        return ohm_fail(err, "--trip-code: needs --no-check");
    if (o->outputs && (o->reload || o->coding.links || !o->check))
        return ohm_fail(err, "--outputs: with %s, expected without",
                        o->reload         ? "--reload"
                        : o->coding.links ? "--links durations"
                                          : "--no-check");
    return ohm_option_cells(o, err) || (o->record && check_record(o, err)) ? -1 : 0;
}

struct raw { /* what has to wait for other options */
    const char *config, *mesh, *device, *tlm[TLM_MAX + 1], *coding[8];
    int tlm_count, pulse_count, links;
};

/* Where the text of an option goes as it is, NULL: elsewhere. */
static const char **text_of(int option, struct ohm_options *o, struct raw *r)
{
    switch (option) {
    case NET: return &o->net;
    case DATA: return &o->data;
    case LABELS: return &o->labels;
    case OUT: return &o->out;
    case RTL_LIB: return &o->rtl_lib;
    case TLM_LIB: return &o->tlm_lib;
    case ENERGY: return &o->energy;
    case WAVES: return &o->waves;
    case RECORD: return &o->record;
    case DEVICE_FILE: return &o->device_file;
    case PHYSICS: return &o->physics_file;
    case MAPS: return &o->maps;
    case PROGRAM: return &o->program;
    case DEFECTS: return &o->defects;
    case SAVE_DEFECTS: return &o->save_defects;
    case DRAW: return &o->draw;
    case OUTPUTS: return &o->outputs;
    case PART: return &o->part;
    case MERGE: return &o->merge;
    case CONFIG: return &r->config;
    case MESH: return &r->mesh;
    case DEVICE: return &r->device;
    case SLICES: return &r->coding[0];
    case CELL_BITS: return &r->coding[1];
    case APART: return &r->coding[2];
    case ROW_GROUPS: return &r->coding[3];
    case ADC_BITS: return &r->coding[4];
    case SPARE_COLUMNS: return &r->coding[5];
    case COPIES: return &r->coding[6];
    case LANES: return &r->coding[7];
    default: return NULL;
    }
}

/* Numbers. 1: the option is none; -1 + err. */
static int take_number(int option, const char *text, struct ohm_options *o, struct ohm_error *err)
{
    uint64_t v = 0;
    int bad;
    switch (option) {
    case TIME:
        bad = ohm_option_number("time", text, 0, UINT32_MAX, &v, err);
        o->time = (uint32_t)v;
        break;
    case CALIBRATE:
        bad = ohm_option_number("calibrate", text, 0, 65535, &v, err);
        if (!bad && v == 1)
            bad = ohm_fail(err,
                           "--calibrate: 1, expected 0 or at least 2: a line has two parameters");
        o->calibrate = (uint32_t)v;
        break;
    case REFERENCES:
        bad = ohm_option_number("references", text, 0, 64, &v, err);
        o->references = (int)v;
        break;
    case FIRST:
        bad = ohm_option_number("first", text, 0, INT32_MAX, &v, err);
        o->first = (uint32_t)v;
        break;
    case COUNT:
    case MOST:
        bad = ohm_option_number(OHM_OPTION_LIST[option].name, text, 1, INT32_MAX, &v, err);
        o->count = (uint32_t)v;
        o->up_to = option == MOST;
        break;
    case SEED: bad = ohm_option_number("seed", text, 0, UINT64_MAX, &o->seed, err); break;
    case LIMIT_CYCLES:
        bad = ohm_option_number("limit-cycles", text, 0, INT64_MAX, &o->limit_cycles, err);
        break;
    case TIMED:
        bad = ohm_option_number("timed", text, 0, INT32_MAX, &v, err);
        o->timed = (uint32_t)v;
        break;
    case TRIP_CODE:
        bad = ohm_option_number("trip-code", text, -1024, 1023, &v, err);
        o->trip_code = (int32_t)v;
        break;
    case PATIENCE:
        bad = ohm_option_number("patience", text, 1, 3600, &v, err);
        o->patience = (int)v;
        break;
    case THREADS:
        bad = ohm_option_number("threads", text, 1, THREADS_MAX, &v, err);
        o->threads = (int)v;
        break;
    default: return 1;
    }
    return bad;
}

/* All others. -1 + err. */
static int take_other(int option, const char *text, struct ohm_options *o, struct raw *r,
                      struct ohm_error *err)
{
    int k = 0;
    switch (option) {
    case SET: return ohm_option_physics(text, &o->physics, err);
    case R_WIRE: return ohm_option_shorthand("r-wire", "r_wl", text, &o->physics, err)
                        || ohm_option_shorthand("r-wire", "r_bl", text, &o->physics, err) ? -1 : 0;
    case NODE: return ohm_option_shorthand("node", "node", text, &o->physics, err);
    case COMPENSATE: o->compensate = 1; break;
    case PULSE_COUNT: r->pulse_count = 1; break;
    case RELOAD: o->reload = 1; break;
    case NO_CHECK: o->check = 0; break;
    case PLAN: o->plan = 1; break;
    case TLM:
        if (r->tlm_count == TLM_MAX)
            return ohm_fail(err, "--tlm: more than %d of them", TLM_MAX);
        r->tlm[r->tlm_count++] = text;
        break;
    case REPLICAS:
        if (o->replica_count == OHM_REPLICA_OPTIONS)
            return ohm_fail(err, "--replicas: more than %d of them", OHM_REPLICA_OPTIONS);
        o->replicas[o->replica_count++] = text;
        break;
    case MAPPING:
        k = ohm_option_choice("mapping", text, (const char *const[]){"pwm", "exact", NULL}, err);
        o->mapping = k == 1 ? OHM_MAPPING_EXACT : OHM_MAPPING_PWM;
        break;
    case LINKS:
        k = ohm_option_choice("links", text, (const char *const[]){"none", "durations", NULL}, err);
        r->links = k == 1;
        break;
    case RANGE:
        k = ohm_option_choice("range", text, OHM_OPTION_RANGES, err);
        o->range = k < 0 ? OHM_RANGE_ERROR : (enum ohm_range_rule)k;
        break;
    case BACKEND: return parse_backend(text, o, err);
    }
    return k < 0 ? -1 : 0;
}

static int take_option(int option, const char *text, struct ohm_options *o, struct raw *r,
                       struct ohm_error *err)
{
    const char **to = text_of(option, o, r);
    if (to) {
        *to = text;
        return option == PHYSICS ? ohm_physics_load(text, &o->physics, err) : 0;
    }
    const int rc = take_number(option, text, o, err);
    return rc == 1 ? take_other(option, text, o, r, err) : rc;
}

/* What follows once all options are known. */
static int settle(struct ohm_options *o, const struct raw *r, struct ohm_error *err)
{
    if (ohm_config_find(r->config ? r->config : "base", &o->config, err)
        || (r->mesh && ohm_option_mesh(r->mesh, &o->config.mesh_w, &o->config.mesh_h, err))
        || set_coding(r->coding, o, err))
        return -1;
    o->coding.pulse_count = r->pulse_count;
    o->coding.links = r->links;
    for (int i = 0; i < r->tlm_count; i++) /* sizes go into the configuration, so it comes first */
        if (ohm_tlm_settings_set(&o->tlm, &o->config, r->tlm[i], err))
            return -1;
    if (r->tlm_count && !o->backend->tunable)
        return ohm_fail(err, "--tlm: needs --backend tlm");
    if (load_device(o, r->device, err))
        return -1;
    if ((!o->program || !ohm_option_program(o, err)) && !complete(o, err))
        return 0;
    ohm_options_free(o);
    return -1;
}

int ohm_options_parse(int argc, char **argv, struct ohm_options *out, struct ohm_error *err)
{
    struct option list[OPTIONS + 1] = {{0}};
    struct raw raw = {0};
    for (int i = 0; i < OPTIONS; i++)
        list[i] = (struct option){OHM_OPTION_LIST[i].name,
                                  OHM_OPTION_LIST[i].value ? required_argument : no_argument, NULL,
                                  i + 1};
    *out = (struct ohm_options){.out = "sim/out/run",
                                .count = 100, .up_to = 1, .seed = 1, .check = 1,
                                .trip_code = OHM_TRIP_PHYSICS, .backend = ohm_backend_find("rtl")};
    ohm_physics_default(&out->physics);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    out->patience = 10;
    out->threads = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (int)processors;
    const char *threads = getenv("OHM_THREADS"); /* of a runner that starts several processes */
    if (threads && take_number(THREADS, threads, out, err))
        return -1;
    ohm_tlm_settings_default(&out->tlm);
    int k;
    optind = 0; /* start anew, also in a second call */
    opterr = 0;
    while ((k = getopt_long(argc, argv, ":", list, NULL)) != -1) {
        if (k == ':')
            return ohm_fail(err, "%s: needs a value (--help lists the options)", argv[optind - 1]);
        if (k < 1 || k > OPTIONS)
            return ohm_fail(err, "%s: unknown option (--help lists the options)", argv[optind - 1]);
        if (k - 1 == HELP) {
            out->help = 1;
            return 0;
        }
        if (take_option(k - 1, optarg, out, &raw, err))
            return -1;
    }
    if (optind < argc)
        return ohm_fail(err, "%s: expected only options (--help lists them)", argv[optind]);
    return settle(out, &raw, err);
}
