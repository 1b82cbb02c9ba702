/* SPDX-License-Identifier: Apache-2.0
 * ohm-year: a programmed network through a simulated year, under the refresh policy and without. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ohm_data.h"
#include "ohm_defects.h"
#include "ohm_driver.h"
#include "ohm_energy.h"
#include "ohm_file.h"
#include "ohm_intref.h"
#include "ohm_option_value.h"
#include "ohm_refresh.h"

enum { EXIT_BAD_INPUT = 2, THREADS_MAX = 256, DAY = 86400, CODE_MAX = 16384 };
#define CLOCK_MHZ 1000
#define FIGURES 4 /* accuracies of a line */

static const char HELP[] =
    "usage: ohm-year --net DIR --data FILE --labels FILE --device-file FILE --scheme FILE\n"
    "                --energy FILE [options]\n"
    "Programs a network by write-verify and runs images through it as it ages: under the refresh\n"
    "policy, with gains alone, and left alone. A line for each check, and OUT/year.csv.\n"
    "  --config NAME       configuration (large)\n"
    "  --mesh WxH          tiles of the chip (the configuration's)\n"
    "  --backend NAME      golden, model or rtl (model)\n"
    "  --rtl-lib FILE      with rtl: the Verilated chip, of this configuration with PROGRAM 1\n"
    "  --days N            how long (365)\n"
    "  --gain PERCENT      a tile's gain that is off by more is set anew (2)\n"
    "  --cell PERCENT      a tile whose cells are off by more of G_max, RMS, is programmed anew;\n"
    "                      a row when it is twice that (8)\n"
    "  --first SECONDS     from programming to the first check (3600)\n"
    "  --longest DAYS      from check to check at most (30)\n"
    "  --defects FILE      devices that do not change (make program DEFECTS=)\n"
    "  --count N           images at each check (1000)\n"
    "  --seed N            of the devices (1)\n"
    "  --threads N         of the fast model (1)\n"
    "  --out DIR           where year.csv goes (sim/out/year)\n"
    "exit codes: 0 done; 1 failed; 2 bad input\n";

struct chip {
    struct ohm_backend b;
    struct ohm_refresh r;
    int open;
};

struct year {
    const char *net_dir, *data, *labels, *device_file, *scheme_file, *energy_file, *config_name,
        *backend, *defects_file, *out, *mesh, *rtl_lib;
    uint64_t days, first, longest, count, seed, threads;
    double gain, cell; /* percent */
    struct ohm_net net;
    struct ohm_data images;
    struct ohm_mapping mapping;
    struct ohm_config config;
    struct ohm_device_model *device;
    struct ohm_write_scheme scheme;
    struct ohm_energy_params energy;
    struct ohm_defects defects;
    struct chip refreshed, alone;
    double codes; /* mean target of a row's devices together, for the energy of reads */
    uint64_t right; /* of the run that goes on */
    double started;
    FILE *csv;
};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- what is measured of the simulation ---- */

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct year *y = user;
    const int class = !v                          ? -1
                      : ohm_net_classifies(&y->net) ? (int)v[0]
                                                    : ohm_intref_argmax(v, y->net.classes);
    y->right += class == y->images.labels[image];
    return 0;
}

/* Percent of the images, with cells as they are now. */
static int accuracy(struct year *y, struct chip *c, const struct ohm_mapping *m, double *out,
                    struct ohm_error *err)
{
    const struct ohm_drive d = {.mapping = m, .images = y->images.images,
                                .count = (uint32_t)y->count, .programmed = 1, .done = image_done,
                                .user = y};
    struct ohm_drive_stats stats;
    y->right = 0;
    if (ohm_drive_run(&d, &c->b, &stats, err))
        return -1;
    *out = 100.0 * (double)y->right / (double)y->count;
    return stats.events ? ohm_fail(err, "%" PRIu64 " events, the first: %s", stats.events,
                                   stats.first_event)
                        : 0;
}

/* Microjoules of the engine's reads and pulses. */
static void energies(const struct year *y, const struct ohm_refresh_stats *s, double *reads,
                     double *pulses)
{
    const unsigned bits = ohm_write_value(&y->scheme, 1, OHM_WRITE_TICK_BITS);
    const uint64_t n = s->read.reads + s->write.reads, ticks = (1u << bits) - 1,
                   cols = (uint64_t)y->config.cols,
                   steps = (uint64_t)(1.21 * y->scheme.param[OHM_WRITE_LEVELS].value);
    const struct ohm_tile_activity a = {
        .pulses = n, .row_ticks = n * ticks, .charge = (uint64_t)((double)(n * ticks) * y->codes),
        .integrations = n * cols, .column_ticks = n * cols * ticks, .ramp_steps = n * steps,
        .column_steps = n * cols * steps};
    const struct ohm_tile_activity p = {.programmed = s->write.cell_pulses};
    struct ohm_energy e;
    ohm_energy_tile(&y->energy, &y->config, &a, y->device->g_max - y->device->g_min, CLOCK_MHZ,
                    &e);
    *reads = 1e-6 * ohm_energy_sum(&e, 1);
    ohm_energy_tile(&y->energy, &y->config, &p, y->device->g_max - y->device->g_min, CLOCK_MHZ,
                    &e);
    *pulses = 1e-6 * ohm_energy_sum(&e, 1);
}

static double mean_codes(const struct ohm_mapping *m)
{
    double sum = 0, rows = 0;
    uint16_t codes[OHM_REG_COLMAP_COUNT];
    for (int i = 0; i < m->tile_count; i++)
        for (int r = 0; !m->tiles[i].vec && r < m->tiles[i].rows; r++, rows++)
            for (int dev = 0; dev < 2; dev++) {
                ohm_tile_codes(m, i, dev, r, codes);
                for (int c = 0; c < m->tiles[i].cols; c++)
                    sum += codes[c];
            }
    return rows > 0 ? sum / rows : 0;
}

/* ---- a line ---- */

static void print_left(const struct year *y, uint32_t now, uint32_t next)
{
    const double end = (double)y->days * DAY, checks = (double)y->refreshed.r.stats.checks + 1,
                 mean = now / checks, coming = next > now ? next - now : 1,
                 left = (end - now) / (mean > coming ? mean : coming)
                        * (seconds_now() - y->started) / checks;
    if (now < end)
        printf("  (about %.0f s left)", left);
}

/* before, after: under the policy; gains, untouched: the chip that is left alone. */
static void write_line(struct year *y, uint32_t now, uint32_t next,
                       const double accuracies[FIGURES])
{
    const struct ohm_refresh *r = &y->refreshed.r;
    double least = 2, worst = 0, reads, pulses;
    for (int i = 0; i < y->mapping.tile_count; i++) {
        least = r->tiles[i].conducts < least ? r->tiles[i].conducts : least;
        worst = r->tiles[i].error > worst ? r->tiles[i].error : worst;
    }
    energies(y, &r->stats, &reads, &pulses);
    fprintf(y->csv,
            "%" PRIu32 ",%.2f,%.2f,%.2f,%.2f,%.4f,%.4f,%" PRIu64 ",%" PRIu64 ",%" PRIu64
            ",%" PRIu64 ",%" PRIu64 ",%.3f,%.3f\n",
            now, accuracies[0], accuracies[1], accuracies[2], accuracies[3], least, 100 * worst,
            r->stats.gains, r->stats.rows, r->stats.tiles, r->stats.write.cell_pulses,
            r->stats.read.reads + r->stats.write.reads, pulses, reads);
    printf("%9.3f %8.2f %8.2f %8.2f %8.2f %8.4f %7.3f %5" PRIu64 " %5" PRIu64 " %5" PRIu64
           " %9.0f %9.0f",
           (double)now / DAY, accuracies[0], accuracies[1], accuracies[2], accuracies[3], least,
           100 * worst, r->stats.gains, r->stats.rows, r->stats.tiles, pulses, reads);
    print_left(y, now, next);
    putchar('\n');
    fflush(stdout);
}

static void print_head(void)
{
    printf("%9s %8s %8s %8s %8s %8s %7s %5s %5s %5s %9s %9s\n", "days", "before,%", "after,%",
           "gains,%", "alone,%", "conducts", "cell,%", "gains", "rows", "tiles", "pulses,uJ",
           "reads,uJ");
}

/* ---- the year ---- */

static int check(struct year *y, uint32_t now, uint32_t *next, struct ohm_error *err)
{
    struct chip *c = &y->refreshed, *alone = &y->alone;
    struct ohm_mapping untouched = y->mapping;
    double a[FIGURES];
    uint32_t unused;
    untouched.seconds = now;
    if (ohm_refresh_time(&c->r, now, err) || accuracy(y, c, &c->r.chip, &a[0], err)
        || (now && ohm_refresh_check(&c->r, next, err))
        || accuracy(y, c, &c->r.chip, &a[1], err) || ohm_refresh_time(&alone->r, now, err)
        || (now && ohm_refresh_check(&alone->r, &unused, err))
        || accuracy(y, alone, &alone->r.chip, &a[2], err)
        || accuracy(y, alone, &untouched, &a[3], err))
        return -1;
    write_line(y, now, *next, a);
    return 0;
}

static int run(struct year *y, struct ohm_error *err)
{
    struct ohm_file f;
    const uint64_t end = y->days * DAY;
    int rc = 0;
    if (ohm_file_make_directory(y->out, err) || ohm_file_create(&f, y->out, "year.csv", err))
        return -1;
    y->csv = f.to;
    y->started = seconds_now();
    fprintf(y->csv, "seconds,before,after,gains_alone,untouched,conducts,cell_error,gains_set,"
                    "rows_programmed,tiles_programmed,cell_pulses,row_reads,pulses_uj,reads_uj\n");
    printf("programming two chips\n");
    fflush(stdout);
    if (!(rc = ohm_refresh_begin(&y->refreshed.r, err)))
        rc = ohm_refresh_begin(&y->alone.r, err);
    print_head();
    for (uint64_t now = 0; !rc;) {
        uint32_t next = (uint32_t)y->first;
        rc = check(y, (uint32_t)now, &next, err);
        if (now == end)
            break;
        now = next < end ? next : end;
    }
    if (rc) {
        ohm_file_drop(&f);
        return -1;
    }
    return ohm_file_finish(&f, err);
}

/* ---- what it begins with ---- */

static int open_chip(struct year *y, struct chip *c, const char *backend, double cell,
                     struct ohm_error *err)
{
    const struct ohm_backend_settings s = {.config = &y->config, .device = y->device,
                                           .seed = y->seed, .threads = (int)y->threads,
                                           .rtl_library = y->rtl_lib};
    if (ohm_backend_open(backend, &s, &c->b, err))
        return -1;
    c->open = 1;
    c->r = (struct ohm_refresh){.b = &c->b, .m = &y->mapping, .scheme = &y->scheme,
                                .budget = {y->gain / 100, cell, (uint32_t)y->first,
                                           (uint32_t)(y->longest * DAY)}};
    return 0;
}

static int load(struct year *y, struct ohm_error *err)
{
    if (ohm_config_find(y->config_name, &y->config, err)
        || ohm_write_load(y->scheme_file, &y->scheme, err)
        || ohm_energy_load(y->energy_file, &y->energy, err)
        || !(y->device = ohm_device_load(y->device_file, err))
        || ohm_net_load(y->net_dir, &y->net, err)
        || ohm_data_load(y->data, y->labels, &y->images, err))
        return -1;
    if (y->scheme.param[OHM_WRITE_RELAX].value > 0)
        return ohm_fail(err, "%s: relax: %g, expected 0: the policy programs anew when it must",
                        y->scheme_file, y->scheme.param[OHM_WRITE_RELAX].value);
    y->config.program = 1; /* the models have the engine, whatever the RTL is built with */
    y->config.lean = 0;
    if (y->mesh && ohm_option_mesh(y->mesh, &y->config.mesh_w, &y->config.mesh_h, err))
        return -1;
    if (!y->device->switching)
        return ohm_fail(err, "%s: no switching model, expected a line switching = <name>",
                        y->device_file);
    if (y->images.labels && y->images.label_steps != 1)
        return ohm_fail(err, "%s: %d labels an image, expected one", y->labels,
                        y->images.label_steps);
    if (!y->images.labels || y->images.inputs != y->net.inputs)
        return ohm_fail(err, "%s: %d values an image, expected %d (input of %s)", y->data,
                        y->images.inputs, y->net.inputs, y->net_dir);
    y->count = y->count < (uint64_t)y->images.count ? y->count : (uint64_t)y->images.count;
    if (ohm_map_network(&y->net, &y->config, OHM_MAPPING_PWM, &y->mapping, err)
        || (y->defects_file && ohm_defects_load(y->defects_file, &y->config, &y->defects, err)))
        return -1;
    y->mapping.defects = &y->defects;
    y->codes = mean_codes(&y->mapping);
    /* a Verilated chip is there once in a program: the other one is the same chip as a model */
    const char *other = strcmp(y->backend, "rtl") ? y->backend : "golden";
    return open_chip(y, &y->refreshed, y->backend, y->cell / 100, err)
                   || open_chip(y, &y->alone, other, HUGE_VAL, err)
               ? -1
               : 0;
}

static int percent(const char *option, const char *text, double *out, struct ohm_error *err)
{
    char *end;
    *out = strtod(text, &end);
    return end == text || *end || !(*out > 0 && *out <= 100)
               ? ohm_fail(err, "--%s: %s, expected a number above 0, 100 at most", option, text)
               : 0;
}

static const char **text_of(struct year *y, int option)
{
    const char **const to[] = {['n'] = &y->net_dir, ['d'] = &y->data, ['l'] = &y->labels,
                               ['v'] = &y->device_file, ['s'] = &y->scheme_file,
                               ['e'] = &y->energy_file, ['c'] = &y->config_name,
                               ['b'] = &y->backend, ['x'] = &y->defects_file, ['o'] = &y->out,
                               ['m'] = &y->mesh, ['r'] = &y->rtl_lib};
    return (size_t)option < sizeof to / sizeof *to ? to[option] : NULL;
}

static int take_number(struct year *y, int option, const char *text, struct ohm_error *err)
{
    switch (option) {
    case 'D': return ohm_option_number("days", text, 1, 3650, &y->days, err);
    case 'G': return percent("gain", text, &y->gain, err);
    case 'R': return percent("cell", text, &y->cell, err);
    case 'F': return ohm_option_number("first", text, 1, DAY, &y->first, err);
    case 'L': return ohm_option_number("longest", text, 1, 365, &y->longest, err);
    case 'N': return ohm_option_number("count", text, 1, INT32_MAX, &y->count, err);
    case 'S': return ohm_option_number("seed", text, 0, UINT64_MAX, &y->seed, err);
    default: return ohm_option_number("threads", text, 1, THREADS_MAX, &y->threads, err);
    }
}

static int parse(int argc, char **argv, struct year *y, struct ohm_error *err)
{
    static const struct option LONG[] = {
        {"net", 1, NULL, 'n'}, {"data", 1, NULL, 'd'}, {"labels", 1, NULL, 'l'},
        {"device-file", 1, NULL, 'v'}, {"scheme", 1, NULL, 's'}, {"energy", 1, NULL, 'e'},
        {"config", 1, NULL, 'c'}, {"backend", 1, NULL, 'b'}, {"defects", 1, NULL, 'x'},
        {"out", 1, NULL, 'o'}, {"mesh", 1, NULL, 'm'},
        {"rtl-lib", 1, NULL, 'r'}, {"days", 1, NULL, 'D'}, {"gain", 1, NULL, 'G'},
        {"cell", 1, NULL, 'R'}, {"first", 1, NULL, 'F'}, {"longest", 1, NULL, 'L'},
        {"count", 1, NULL, 'N'}, {"seed", 1, NULL, 'S'}, {"threads", 1, NULL, 'T'},
        {"help", 0, NULL, 'h'}, {0}};
    const struct {
        const char *name, *const *value;
    } needed[] = {{"net", &y->net_dir}, {"data", &y->data}, {"labels", &y->labels},
                  {"device-file", &y->device_file}, {"scheme", &y->scheme_file},
                  {"energy", &y->energy_file}};
    int c, rc = 0;
    opterr = 0;
    while (!rc && (c = getopt_long(argc, argv, ":", LONG, NULL)) != -1) {
        const char **to = text_of(y, c);
        if (c == 'h')
            return 1;
        if (c == ':' || c == '?')
            rc = ohm_fail(err, "%s: %s (--help lists the options)", argv[optind - 1],
                          c == ':' ? "without a value" : "no such option");
        else if (to)
            *to = optarg;
        else
            rc = take_number(y, c, optarg, err);
    }
    if (!rc && optind < argc)
        rc = ohm_fail(err, "%s: expected options alone (--help lists them)", argv[optind]);
    for (size_t i = 0; !rc && i < sizeof needed / sizeof *needed; i++)
        if (!*needed[i].value)
            rc = ohm_fail(err, "--%s: missing (--help lists the options)", needed[i].name);
    return rc || ohm_option_chip(y->backend, y->rtl_lib, err) ? -1 : 0;
}

int main(int argc, char **argv)
{
    static struct year y = {.config_name = "large", .backend = "model", .out = "sim/out/year",
                            .days = 365, .first = 3600, .longest = 30, .count = 1000, .seed = 1,
                            .threads = 1, .gain = 2, .cell = 8};
    struct ohm_error err = {""};
    int rc = parse(argc, argv, &y, &err);
    if (rc > 0) {
        fputs(HELP, stdout);
        return 0;
    }
    const int bad = rc || load(&y, &err), failed = bad || run(&y, &err);
    struct chip *chips[] = {&y.refreshed, &y.alone};
    for (int i = 0; i < 2; i++) {
        ohm_refresh_end(&chips[i]->r);
        if (chips[i]->open)
            chips[i]->b.close(chips[i]->b.self);
    }
    ohm_mapping_free(&y.mapping);
    ohm_defects_free(&y.defects);
    ohm_data_free(&y.images);
    ohm_net_free(&y.net);
    ohm_device_free(y.device);
    if (failed)
        fprintf(stderr, "ohm-year: %s\n", err.text);
    return bad ? EXIT_BAD_INPUT : failed;
}
