/* SPDX-License-Identifier: Apache-2.0
 * ohm-program: arrays programmed by write-verify, and what it took. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ohm_find_defects.h"
#include "ohm_program_cost.h"
#include "ohm_option_value.h"
#include "ohm_rng.h"
#include "ohm_write.h"

enum { EXIT_BAD_INPUT = 2, THREADS_MAX = 256, CODE_MAX = 16384, DOMAIN_TARGETS = 0x7772 };

static const char HELP[] =
    "usage: ohm-program --device-file FILE --scheme FILE [options]\n"
    "Programs arrays to random targets by the engine's pulses and verify reads, and prints yield,\n"
    "iterations, pulses and errors. One chip of one tile for each array.\n"
    "  --device-file FILE  device with its switching model (docs/explain/devices.md)\n"
    "  --scheme FILE       programming scheme (docs/explain/programming.md)\n"
    "  --config NAME       configuration whose macro it is (large)\n"
    "  --backend NAME      golden, model, tlm or rtl (model); rtl needs --config as it is built,\n"
    "                      with an engine and one tile; rtl and tlm run on one thread\n"
    "  --rtl-lib FILE      the Verilated chip, libohm_rtl.so of tb/harness/build.sh\n"
    "  --tlm-lib FILE      the SystemC model, libohm_tlm.so of make tlm\n"
    "  --time SECONDS      after programming, in which errors are looked at; those of relax too\n"
    "                      (0)\n"
    "  --energy FILE       prints what each step costs in time and energy, by this file\n"
    "  --seed N            of devices and targets of the first array (1)\n"
    "  --arrays N          how many (1)\n"
    "  --threads N         arrays at once (1)\n"
    "  --histogram FILE    errors of the conductances, % of the range, one a line\n"
    "  --cells FILE        the conductances of one array in G_max/2^14, a cell a line: row,\n"
    "                      column, plus device, minus device\n"
    "  --defects FILE      in place of arrays tests all tiles of one chip, low and high, and\n"
    "                      writes the devices that do not change (docs/explain/programming.md)\n"
    "  --mesh WxH          of that chip (1x1)\n"
    "exit codes: 0 done; 2 bad input\n";

struct job {
    struct ohm_backend_settings settings;
    struct ohm_config config;
    struct ohm_write_scheme scheme;
    const char *device_file, *scheme_file, *config_name, *backend, *histogram, *cells, *defects;
    const char *mesh, *energy;
    struct ohm_cost cost;
    uint64_t seed, arrays, threads, time;
    /* what the threads share */
    pthread_mutex_t lock;
    uint64_t next;
    struct ohm_write_result result;
    double squares, count, worst;
    uint64_t cycles; /* of the array that took most */
    FILE *to;
    int failed;
    struct ohm_error err;
};

/* ---- one array ---- */

static uint16_t *targets_of(const struct job *j, uint64_t seed)
{
    const size_t cells = 2 * (size_t)j->config.rows * (size_t)j->config.cols;
    const uint64_t key = ohm_key(seed, DOMAIN_TARGETS);
    uint16_t *codes = malloc(cells * sizeof *codes);
    for (size_t i = 0; codes && i < cells; i++)
        codes[i] = (uint16_t)(ohm_uniform(ohm_key_at(key, i)) * (CODE_MAX + 1));
    return codes;
}

static void add(struct ohm_write_result *to, const struct ohm_write_result *r)
{
    to->rows += r->rows;
    to->devices += r->devices;
    to->cells += r->cells;
    to->iterations += r->iterations;
    if (r->iterations_max > to->iterations_max)
        to->iterations_max = r->iterations_max;
    to->fails += r->fails;
    to->cell_pulses += r->cell_pulses;
    to->reads += r->reads;
    to->pulses += r->pulses;
    for (int i = 0; i < OHM_WRITE_BINS; i++)
        to->error[i] += r->error[i];
}

/* In units of G_max/2^14. */
static int conductance(const struct ohm_backend *b, int dev, int row, int col)
{
    const unsigned sel = dev ? 2 : 1;
    return b->geff ? b->geff(b->self, 0, sel, (unsigned)row, (unsigned)col)
                   : ohm_golden_geff(b->golden, 0, sel, (unsigned)row, (unsigned)col);
}

/* Adds the errors of the conductances, which only a simulation can look at. */
static void add_errors(struct job *j, const struct ohm_backend *b, const uint16_t *codes)
{
    const int rows = j->config.rows, cols = j->config.cols;
    for (int dev = 0; dev < 2; dev++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < cols; c++) {
                const double want = codes[((size_t)dev * (size_t)rows + (size_t)r) * (size_t)cols
                                          + (size_t)c],
                             e = (conductance(b, dev, r, c) - want) / CODE_MAX;
                j->squares += e * e;
                j->count++;
                j->worst = fabs(e) > j->worst ? fabs(e) : j->worst;
                if (j->to)
                    fprintf(j->to, "%.4f\n", 100 * e);
            }
}

/* The conductances that the pulses have left, cell by cell. */
static int save_cells(const struct job *j, const struct ohm_backend *b, struct ohm_error *err)
{
    FILE *f = fopen(j->cells, "w");
    for (int r = 0; f && r < j->config.rows; r++)
        for (int c = 0; c < j->config.cols; c++)
            fprintf(f, "%d %d %d %d\n", r, c, conductance(b, 0, r, c), conductance(b, 1, r, c));
    return f && !fclose(f) ? 0 : ohm_fail(err, "%s: can't be written", j->cells);
}

/* The tile is disabled, and a last answer tells that the time has arrived. */
static int set_time(const struct job *j, const struct ohm_write_array *a, struct ohm_error *err)
{
    const struct ohm_write_array look = {.b = a->b, .config = a->config, .rows = 1, .measure = 1};
    struct ohm_write_result unused = {0};
    return j->time && (ohm_write_time(a, (uint32_t)j->time, err)
                       || ohm_write_rows(&look, &j->scheme, &unused, err))
               ? -1
               : 0;
}

static int program_array(struct job *j, uint64_t i, struct ohm_error *err)
{
    struct ohm_backend_settings settings = j->settings;
    struct ohm_backend b;
    struct ohm_write_result result = {0};
    uint16_t *codes = targets_of(j, j->seed + i);
    if (!codes)
        return ohm_fail(err, "out of memory");
    settings.config = &j->config;
    settings.seed = j->seed + i;
    struct ohm_activity *activity = j->energy ? ohm_activity_new(&j->config) : NULL;
    settings.activity = activity;
    if ((j->energy && !activity && ohm_fail(err, "out of memory"))
        || ohm_backend_open(j->backend, &settings, &b, err)) {
        ohm_activity_free(activity);
        free(codes);
        return -1;
    }
    const struct ohm_write_array a = {.b = &b, .config = &j->config,
                                      .rows = (unsigned)j->config.rows, .codes = codes};
    int rc = (activity && ohm_cost_watch(activity, &b, err))
             || ohm_write_rows(&a, &j->scheme, &result, err) || set_time(j, &a, err);
    const uint64_t cycles = b.cycle ? b.cycle(b.self) : 0;
    rc = rc || b.finish(b.self, err) || (j->cells && save_cells(j, &b, err)) ? -1 : 0;
    if (!rc) {
        pthread_mutex_lock(&j->lock);
        j->cycles = cycles > j->cycles ? cycles : j->cycles;
        add(&j->result, &result);
        if (activity)
            ohm_cost_add(&j->cost, activity, result.rows, cycles);
        add_errors(j, &b, codes);
        pthread_mutex_unlock(&j->lock);
    }
    b.close(b.self);
    ohm_activity_free(activity);
    free(codes);
    return rc;
}

static void *work(void *user)
{
    struct job *j = user;
    for (;;) {
        struct ohm_error err;
        pthread_mutex_lock(&j->lock);
        const uint64_t i = j->failed ? j->arrays : j->next++;
        pthread_mutex_unlock(&j->lock);
        if (i >= j->arrays)
            return NULL;
        if (program_array(j, i, &err)) {
            pthread_mutex_lock(&j->lock);
            if (!j->failed)
                j->err = err;
            j->failed = 1;
            pthread_mutex_unlock(&j->lock);
        }
    }
}

/* ---- all of them ---- */

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print(const struct job *j, double seconds)
{
    const struct ohm_write_result *r = &j->result;
    const double cells = (double)r->cells, levels = j->scheme.param[OHM_WRITE_LEVELS].value,
                 range = j->settings.device->g_max - j->settings.device->g_min;
    printf("arrays     %" PRIu64 " of %d x %d cells, %" PRIu64 " devices, seed %" PRIu64 "\n",
           j->arrays, j->config.rows, j->config.cols, r->cells, j->seed);
    printf("yield      %.3f %% accepted, %" PRIu64 " devices failed\n",
           100 * (1 - (double)r->fails / cells), r->fails);
    printf("iterations %.2f of a row, at most %" PRIu64 "\n",
           (double)r->iterations / (double)r->devices, r->iterations_max);
    printf("pulses     %.3f of a device\n", (double)r->cell_pulses / cells);
    printf("rows       %.2f reads and %.2f pulses of each, of one device\n",
           (double)r->reads / (double)r->devices, (double)r->pulses / (double)r->devices);
    printf("final read codes off (%.0f are G_max):", levels);
    for (int i = 0; i < OHM_WRITE_BINS; i++)
        printf(" %s%d %.3f %%", i + 1 < OHM_WRITE_BINS ? "" : ">=", i,
               100 * (double)r->error[i] / cells);
    printf("\nerror      sigma %.3f %% of the range, %.3f uS; worst %.2f %%\n",
           100 * sqrt(j->squares / j->count), sqrt(j->squares / j->count) * range, 100 * j->worst);
    if (j->cycles)
        printf("cycles     %" PRIu64 " of the array that took most\n", j->cycles);
    if (j->energy)
        ohm_cost_print(&j->cost, &j->scheme, j->settings.device, stdout);
    printf("time       %.2f s on %" PRIu64 " threads, %.2f s of processor time an array\n", seconds,
           j->threads, (double)clock() / CLOCKS_PER_SEC / (double)j->arrays);
}

static int run(struct job *j, struct ohm_error *err)
{
    pthread_t thread[THREADS_MAX];
    uint64_t started = 0;
    const double start = seconds_now();
    if (j->histogram && !(j->to = fopen(j->histogram, "w")))
        return ohm_fail(err, "%s: can't be written", j->histogram);
    while (started + 1 < j->threads && !pthread_create(&thread[started], NULL, work, j))
        started++;
    work(j);
    while (started)
        pthread_join(thread[--started], NULL);
    if (j->to && fclose(j->to) && !j->failed)
        return ohm_fail(err, "%s: can't be written", j->histogram);
    if (j->failed)
        return ohm_fail(err, "%s", j->err.text);
    print(j, seconds_now() - start);
    return 0;
}

/* ---- the test of a chip ---- */

/* All cells of all tiles, as a mapping that uses them. */
static int all_tiles(const struct job *j, struct ohm_mapping *m, struct ohm_error *err)
{
    static const struct ohm_net none;
    const struct ohm_config *c = &j->config;
    *m = (struct ohm_mapping){.net = &none, .config = *c};
    m->tiles = calloc((size_t)(c->mesh_w * c->mesh_h), sizeof *m->tiles);
    if (!m->tiles)
        return ohm_fail(err, "out of memory for %d x %d tiles", c->mesh_w, c->mesh_h);
    for (int i = 0; i < c->mesh_w * c->mesh_h; i++) {
        const int x = i % c->mesh_w, y = i / c->mesh_w;
        if (ohm_kind_at(c->kinds, x, y, c->mesh_w, c->mesh_h) == OHM_KIND_CIM)
            m->tiles[m->tile_count++] = (struct ohm_tile_map){.x = x, .y = y, .rows = c->rows,
                                                              .cols = c->cols, .columns = c->cols};
    }
    return 0;
}

static int test_chip(struct job *j, struct ohm_error *err)
{
    struct ohm_backend_settings settings = j->settings;
    struct ohm_mapping m;
    struct ohm_defects found = {0};
    struct ohm_find_stats s = {0};
    struct ohm_backend b;
    char what[160];
    if (all_tiles(j, &m, err))
        return -1;
    settings.config = &j->config;
    settings.seed = j->seed;
    int rc = ohm_backend_open(j->backend, &settings, &b, err);
    if (!rc) {
        struct ohm_measure g = {.b = &b, .m = &m};
        rc = ohm_find_defects(&g, 0, &j->scheme, &found, &s, err);
        b.close(b.self);
    }
    snprintf(what, sizeof what, "chip %s %dx%d, %s, seed %" PRIu64, j->config.name,
             j->config.mesh_w, j->config.mesh_h, j->settings.device->name, j->seed);
    if (!rc && !(rc = ohm_defects_save(j->defects, &j->config, &found, what, err)))
        printf("%s\ndefects    %zu devices tested, %zu of them do not change; %.3f pulses of a "
               "device, %" PRIu64 " reads of a row: %s\n",
               what, s.devices, s.stuck, (double)s.write.cell_pulses / (double)s.devices,
               s.write.reads, j->defects);
    ohm_defects_free(&found);
    free(m.tiles);
    return rc;
}

static int check_backend(const struct job *j, struct ohm_error *err)
{
    static const char *const names[] = {"golden", "model", "rtl", "tlm", NULL};
    const struct {
        const char *backend, *option, *given, *what;
    } libraries[] = {{"rtl", "rtl-lib", j->settings.rtl_library, "the Verilated chip"},
                     {"tlm", "tlm-lib", j->settings.tlm_library, "the SystemC model (make tlm)"}};
    if (ohm_option_choice("backend", j->backend, names, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        const int asked = !strcmp(j->backend, libraries[i].backend);
        if (asked && !libraries[i].given)
            return ohm_fail(err, "--%s: missing, expected %s", libraries[i].option,
                            libraries[i].what);
        if (!asked && libraries[i].given)
            return ohm_fail(err, "--%s: with --backend %s, expected %s", libraries[i].option,
                            j->backend, libraries[i].backend);
        if (asked && j->threads > 1)
            return ohm_fail(err, "--threads: %" PRIu64 ", expected 1 for --backend %s", j->threads,
                            j->backend);
    }
    if (j->energy && j->defects)
        return ohm_fail(err, "--energy: with --defects, expected without");
    return 0;
}

static int parse(int argc, char **argv, struct job *j, struct ohm_error *err)
{
    static const struct option LONG[] = {
        {"device-file", 1, NULL, 'd'}, {"scheme", 1, NULL, 's'},  {"config", 1, NULL, 'c'},
        {"backend", 1, NULL, 'b'},     {"seed", 1, NULL, 'r'},    {"arrays", 1, NULL, 'n'},
        {"threads", 1, NULL, 't'},     {"histogram", 1, NULL, 'g'}, {"defects", 1, NULL, 'x'},
        {"cells", 1, NULL, 'e'},
        {"time", 1, NULL, 'w'},        {"energy", 1, NULL, 'E'},      {"tlm-lib", 1, NULL, 'y'},
        {"mesh", 1, NULL, 'm'},        {"rtl-lib", 1, NULL, 'l'},   {"help", 0, NULL, 'h'},
        {0}};
    int c, rc = 0;
    opterr = 0;
    while (!rc && (c = getopt_long(argc, argv, ":", LONG, NULL)) != -1) {
        switch (c) {
        case 'd': j->device_file = optarg; break;
        case 's': j->scheme_file = optarg; break;
        case 'c': j->config_name = optarg; break;
        case 'b': j->backend = optarg; break;
        case 'g': j->histogram = optarg; break;
        case 'e': j->cells = optarg; break;
        case 'l': j->settings.rtl_library = optarg; break;
        case 'x': j->defects = optarg; break;
        case 'm': j->mesh = optarg; break;
        case 'E': j->energy = optarg; break;
        case 'y': j->settings.tlm_library = optarg; break;
        case 'r': rc = ohm_option_number("seed", optarg, 0, UINT64_MAX / 2, &j->seed, err); break;
        case 'n': rc = ohm_option_number("arrays", optarg, 1, 1000000, &j->arrays, err); break;
        case 'w': rc = ohm_option_number("time", optarg, 0, UINT32_MAX, &j->time, err); break;
        case 't':
            rc = ohm_option_number("threads", optarg, 1, THREADS_MAX, &j->threads, err);
            break;
        case 'h': return 1;
        default:
            rc = ohm_fail(err, "%s: %s (--help lists the options)", argv[optind - 1],
                          c == ':' ? "without a value" : "no such option");
        }
    }
    if (!rc && optind < argc)
        rc = ohm_fail(err, "%s: expected options alone (--help lists them)", argv[optind]);
    if (!rc && (!j->device_file || !j->scheme_file))
        rc = ohm_fail(err, "--%s: missing (--help lists the options)",
                      j->device_file ? "scheme" : "device-file");
    if (!rc && j->cells && j->arrays > 1)
        rc = ohm_fail(err, "--arrays: %" PRIu64 ", expected 1 with --cells", j->arrays);
    return rc || check_backend(j, err) ? -1 : 0;
}

/* A chip of one tile with an engine, whatever the configuration is built with. */
static int prepare(struct job *j, struct ohm_device_model **device, struct ohm_error *err)
{
    if (ohm_config_find(j->config_name, &j->config, err) || ohm_write_load(j->scheme_file,
                                                                          &j->scheme, err))
        return -1;
    j->config.mesh_w = j->config.mesh_h = 1;
    if (j->mesh && ohm_option_mesh(j->mesh, &j->config.mesh_w, &j->config.mesh_h, err))
        return -1;
    if (!j->settings.rtl_library) {
        j->config.program = 1;
        j->config.lean = 0;
    }
    if (j->energy && ohm_energy_load(j->energy, &j->cost.params, err))
        return -1;
    j->cost.config = j->config;
    if (ohm_config_check(&j->config, err) || !(*device = ohm_device_load(j->device_file, err)))
        return -1;
    j->settings.device = *device;
    return 0;
}

int main(int argc, char **argv)
{
    struct job j = {.config_name = "large", .backend = "model", .seed = 1, .arrays = 1,
                    .threads = 1, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct ohm_device_model *device = NULL;
    struct ohm_error err = {""};
    int rc = parse(argc, argv, &j, &err);
    if (rc > 0) {
        fputs(HELP, stdout);
        return 0;
    }
    rc = rc || prepare(&j, &device, &err) || (j.defects ? test_chip(&j, &err) : run(&j, &err));
    ohm_device_free(device);
    if (rc)
        fprintf(stderr, "ohm-program: %s\n", err.text);
    return rc ? EXIT_BAD_INPUT : 0;
}
