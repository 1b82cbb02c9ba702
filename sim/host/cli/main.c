/* SPDX-License-Identifier: Apache-2.0
 * ohmic: a network on the chip. See --help, README.md and docs/reference/network-format.md. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ohm_backend.h"
#include "ohm_backend_tlm.h"
#include "ohm_backend_uart.h"
#include "ohm_calibrate.h"
#include "ohm_compensate.h"
#include "ohm_data.h"
#include "ohm_driver.h"
#include "ohm_energy_report.h"
#include "ohm_figures.h"
#include "ohm_intref.h"
#include "ohm_maps.h"
#include "ohm_options.h"
#include "ohm_reload.h"
#include "ohm_report.h"
#include "ohm_spare.h"

enum { EXIT_FAILED = 1, EXIT_BAD_INPUT = 2, EXIT_UNCHECKED = 3 };

struct program {
    struct ohm_options options;
    struct ohm_net net;
    struct ohm_data data;
    struct ohm_mapping mapping; /* as for ideal devices at time 0 */
    struct ohm_mapping chip;    /* with time, compensation and calibration; shares the rest */
    struct ohm_maps *maps; /* NULL: none */
    struct ohm_figures *figures;
    struct ohm_spare_stats spare;
    char *spare_log; /* a line per column that failed */
    size_t spare_log_size;
    struct ohm_energy_run energy;
    struct ohm_backend *backend; /* while the chip runs */
    struct ohm_run run;
    FILE *log;
    double started, streaming, shown; /* when: the run, its first image, the last line of progress */
    int tty;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- input ---- */

static int check_input(struct program *p, struct ohm_error *err)
{
    enum { MOST = 200 }; /* images when nobody says how many */
    struct ohm_options *o = &p->options;
    if (!o->count && o->first < (uint32_t)p->data.count)
        o->count = (uint32_t)p->data.count - o->first < MOST ? (uint32_t)p->data.count - o->first : MOST;
    if (p->data.inputs != p->net.inputs)
        return ohm_fail(err, "%s: %d values an image, expected %d (input of %s)", o->data, p->data.inputs, p->net.inputs, o->net);
    if (p->data.is_signed != p->net.input_signed)
        return ohm_fail(err, "%s: type %s, expected %s (input of %s)", o->data, p->data.is_signed ? "int8" : "uint8",
                        p->net.input_signed ? "int8" : "uint8", o->net);
    if (o->first >= (uint32_t)p->data.count || o->count > (uint32_t)p->data.count - o->first)
        return ohm_fail(err, "%s: first %" PRIu32 ", count %" PRIu32 ": past the end, it holds %d images", o->data, o->first,
                        o->count, p->data.count);
    const int classes = p->net.classes > 1 ? p->net.classes : 2; /* one output tells two classes apart */
    for (int i = 0; p->data.labels && i < p->data.count; i++)
        if (p->data.labels[i] >= classes)
            return ohm_fail(err, "%s: label %d: %d, expected below %d (classes of %s)", o->labels ? o->labels : o->data, i, p->data.labels[i],
                            classes, o->net);
    return 0;
}

/* Nothing in the run may differ from the integer network. */
static int is_exact(const struct ohm_options *o)
{
    char analog[1024];
    ohm_options_analog(o, analog, sizeof analog);
    return o->mapping == OHM_MAPPING_EXACT && !strcmp(o->device->name, "ideal") && !*analog;
}

/* Measured conductances, time and compensation. */
static int prepare_physics(struct program *p, struct ohm_error *err)
{
    struct ohm_options *o = &p->options;
    if (o->maps && !(p->maps = ohm_maps_load(o->maps, &o->config, &o->physics, err)))
        return -1;
    if (o->coding.spare_columns) { /* before there is a log */
        FILE *log = open_memstream(&p->spare_log, &p->spare_log_size);
        if (!log)
            return ohm_fail(err, "out of memory");
        int rc = ohm_spare_columns(&p->mapping, o->device, &o->physics, o->seed, log, &p->spare, err);
        fclose(log);
        if (rc)
            return -1;
    }
    p->chip = p->mapping;
    p->chip.seconds = o->time;
    return o->compensate ? ohm_compensate(&p->chip, o->device, &o->physics, o->seed, err) : 0;
}

static int map_network(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    int *replicas = calloc((size_t)p->net.layer_count, sizeof *replicas);
    int rc = replicas ? ohm_options_replicas(o, &p->net, replicas, err) : ohm_fail(err, "out of memory");
    if (!rc)
        rc = ohm_map_replicated(&p->net, &o->config, &o->coding, replicas, &p->mapping, err);
    free(replicas);
    return rc;
}

static int load_input(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    if (ohm_net_load(o->net, &p->net, err) || ohm_data_load(o->data, o->labels, &p->data, err) || check_input(p, err))
        return -1;
    p->run.predictions = calloc(o->count, sizeof *p->run.predictions);
    p->run.scores = calloc((size_t)o->count * (size_t)ohm_net_scores(&p->net), sizeof *p->run.scores);
    if (!p->run.predictions || !p->run.scores)
        return ohm_fail(err, "out of memory for %" PRIu32 " images", o->count);
    if (o->reload)
        return ohm_reload_check(&p->net, &o->coding, err);
    if (map_network(p, err)
        || (o->range && ohm_set_ranges(&p->mapping, o->range, err))
        || (o->backend == OHM_BACKEND_UART && ohm_size_windows(&p->mapping, OHM_UART_BRIDGE_WORDS, err)) || prepare_physics(p, err))
        return -1;
    p->run.options = o;
    p->run.net = &p->net;
    p->run.data = &p->data;
    p->run.mapping = &p->chip;
    if (!o->check)
        return 0;
    p->figures = ohm_figures_new(&p->chip, p->data.images, is_exact(o), err);
    p->run.figures = p->figures;
    return p->figures ? 0 : -1;
}

static int open_log(struct program *p, struct ohm_error *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s", p->options.out);
    for (char *s = path + 1; ; s++) { /* the directory and those above it */
        char c = *s;
        if (c != '/' && c)
            continue;
        *s = 0;
        if (mkdir(path, 0777) && errno != EEXIST)
            return ohm_fail(err, "%s: %s", path, strerror(errno));
        *s = c;
        if (!c)
            break;
    }
    snprintf(path, sizeof path, "%s/run.log", p->options.out);
    p->log = fopen(path, "w");
    return p->log ? 0 : ohm_fail(err, "%s: %s", path, strerror(errno));
}

/* ---- the run ---- */

static int time_to_show(struct program *p)
{
    double t = now();
    if (t - p->shown < (p->tty ? 0.1 : 5))
        return 0;
    p->shown = t;
    return 1;
}

static void show_configuring(void *user, size_t packets_left)
{
    struct program *p = user;
    p->streaming = now();
    if (!time_to_show(p))
        return;
    printf("%sprogramming, %zu packets left%s", p->tty ? "\r" : "", packets_left, p->tty ? "   " : "\n");
    fflush(stdout);
}

static void show_progress(struct program *p)
{
    int last = p->run.done == p->options.count;
    double rate = p->run.done / (now() - p->streaming + 1e-9);
    if (!time_to_show(p) && !(last && p->tty))
        return;
    if (!p->tty) {
        printf("%" PRIu32 " of %" PRIu32 " images, %.1f images/s\n", p->run.done, p->options.count, rate);
        fflush(stdout);
        return;
    }
    enum { WIDTH = 40 };
    char bar[WIDTH + 1];
    int full = (int)((uint64_t)WIDTH * p->run.done / p->options.count);
    memset(bar, '.', WIDTH);
    memset(bar, '#', (size_t)full);
    bar[WIDTH] = 0;
    printf("\r[%s] %" PRIu32 "/%" PRIu32 "  %.1f images/s ", bar, p->run.done, p->options.count, rate);
    if (last)
        putchar('\n');
    fflush(stdout);
}

static int class_of(const struct program *p, const int32_t *v) /* -1: lost */
{
    return !v ? -1 : ohm_net_classifies(&p->net) ? (int)v[0] : ohm_intref_argmax(v, p->net.classes);
}

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct program *p = user;
    uint32_t i = image - p->options.first;
    uint64_t compared;
    size_t scores = (size_t)ohm_net_scores(&p->net);
    p->run.predictions[i].chip = class_of(p, v);
    if (v)
        memcpy(p->run.scores + (size_t)i * scores, v, scores * sizeof *v);
    p->run.done++;
    show_progress(p);
    return p->figures && ohm_figures_exact(p->figures, &compared, NULL);
}

static int ideal_done(void *user, uint32_t image, const int32_t *v)
{
    struct program *p = user;
    p->run.predictions[image - p->options.first].ideal = class_of(p, v);
    return 0;
}

/* The same mapping with ideal devices, on the fast model. */
static int run_ideal(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    struct ohm_backend b;
    struct ohm_drive_stats stats;
    struct ohm_drive d = {.mapping = &p->mapping, .images = p->data.images, .first = o->first, .count = p->run.done,
                          .done = ideal_done, .user = p};
    if (ohm_backend_model_open(&o->config, ohm_device_find("ideal"), NULL, o->seed, o->threads, NULL, NULL, &b, err))
        return -1;
    int rc = ohm_drive_run(&d, &b, &stats, err);
    b.close(b.self);
    return rc;
}

struct again { /* the first images of a run, on another model */
    struct program *p;
    uint32_t images; /* with the same scores so far */
    int differs;
};

static int same_scores(void *user, uint32_t image, const int32_t *v)
{
    struct again *a = user;
    size_t scores = (size_t)ohm_net_scores(&a->p->net);
    if (!v || memcmp(v, a->p->run.scores + (image - a->p->options.first) * scores, scores * sizeof *v))
        a->differs = 1;
    a->images += !a->differs;
    return a->differs;
}

/* Runs up to `count` images again; closes the backend. */
static int run_again(struct program *p, struct ohm_backend *b, uint32_t count, const char *model, struct ohm_drive_stats *stats,
                     uint32_t *images, struct ohm_error *err)
{
    struct again a = {p, 0, 0};
    struct ohm_drive d = {.mapping = &p->chip, .images = p->data.images, .first = p->options.first,
                          .count = p->run.done < count ? p->run.done : count, .done = same_scores, .user = &a};
    int rc = ohm_drive_run(&d, b, stats, err);
    if (a.differs)
        ohm_fail(err, "mismatch: image %" PRIu32 ": the %s model has other scores", d.first + a.images, model);
    *images = a.images;
    return rc;
}

/* The fast model's numbers against the golden model's; the cycles from the cycle model. */
static int check_model(struct program *p, struct ohm_error *err)
{
    enum { CHECKED = 4, TIMED = 256 };
    const struct ohm_options *o = &p->options;
    struct ohm_backend b;
    struct ohm_drive_stats untimed;
    struct ohm_golden_stats computed;
    if (ohm_backend_golden_open(&o->config, o->device, o->seed, NULL, NULL, &b, err))
        return -1;
    int rc = ohm_backend_golden_physics(&b, &o->physics, err);
    if (!rc)
        rc = run_again(p, &b, CHECKED, "golden", &untimed, &p->run.again, err);
    ohm_golden_stats(b.golden, &computed);
    p->run.again_vmms = computed.vmms;
    b.close(b.self);
    if (rc || o->backend == OHM_BACKEND_CYCLE)
        return rc;
    if (ohm_backend_cycle_open(&o->config, o->device, &o->physics, o->seed, NULL, NULL, &b, err))
        return -1;
    rc = run_again(p, &b, TIMED, "cycle", &p->run.timing, &p->run.timed, err);
    p->energy.cycles = p->run.timing.steady;
    b.close(b.self);
    return rc;
}

static int run_software(struct program *p, struct ohm_error *err)
{
    struct ohm_intref r;
    if (ohm_intref_new(&p->net, &r, err))
        return -1;
    for (uint32_t i = 0; i < p->run.done; i++)
        p->run.predictions[i].software = ohm_intref_run(&r, p->data.images + (size_t)(p->options.first + i) * (size_t)p->net.inputs);
    ohm_intref_free(&r);
    return 0;
}

static void streaming_begins(void *user)
{
    struct program *p = user;
    if (p->options.backend == OHM_BACKEND_TLM)
        ohm_backend_tlm_restart(p->backend);
    if (p->energy.activity)
        ohm_energy_streaming(&p->energy);
}

static int open_energy(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    if (!o->energy)
        return 0;
    p->run.energy = &p->energy;
    return ohm_energy_open(&p->energy, o->energy, &p->chip, o->device, o->tlm.clock_mhz, err);
}

static void close_energy(struct program *p, struct ohm_backend *b)
{
    struct ohm_energy_run *e = &p->energy;
    if (!e->activity)
        return;
    e->images = p->run.done;
    e->cycles = p->run.stats.steady;
    if (p->options.backend == OHM_BACKEND_TLM)
        ohm_backend_tlm_network(b, e->activity);
    else if (b->golden)
        ohm_activity_credits(e->activity, b->golden);
    else if (b->count_credits)
        b->count_credits(b->self, e->activity);
}

/* measuring: for ohm_calibrate, before the run: nobody counts, observes or records it, and the fast model, which learns what an image
 * is, leaves it to the golden model. */
static int open_backend(struct program *p, int measuring, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    ohm_golden_observer observer = p->figures && !measuring ? ohm_figures_observe : NULL;
    if (o->backend == OHM_BACKEND_GOLDEN || (measuring && o->backend == OHM_BACKEND_MODEL)) {
        if (ohm_backend_golden_open(&o->config, o->device, o->seed, observer, p->figures, b, err))
            return -1;
        if (!ohm_backend_golden_physics(b, &o->physics, err))
            return 0;
        b->close(b->self);
        return -1;
    }
    if (o->backend == OHM_BACKEND_UART)
        return ohm_backend_uart_open(&o->config, o->uart, o->patience, observer, p->figures, b, err);
    if (o->backend == OHM_BACKEND_CYCLE)
        return ohm_backend_cycle_open(&o->config, o->device, &o->physics, o->seed, observer, p->figures, b, err);
    if (o->backend == OHM_BACKEND_MODEL)
        return ohm_backend_model_open(&o->config, o->device, &o->physics, o->seed, o->threads, observer, p->figures, b, err);
    if (o->backend == OHM_BACKEND_TLM) {
        struct ohm_tlm_run t = {.library = o->tlm_lib, .config = &o->config, .device = o->device, .physics = &o->physics,
                                .seed = o->seed, .settings = &o->tlm, .observer = observer, .user = p->figures,
                                .activity = p->energy.activity};
        return ohm_backend_tlm_open(&t, b, err);
    }
    struct ohm_rtl_run r = {.library = o->rtl_lib, .config = &o->config, .device = o->device, .physics = &o->physics,
                            .seed = o->seed, .trip_code = o->trip_code, .check = o->check, .wave_path = measuring ? NULL : o->waves,
                            .record_path = measuring ? NULL : o->record,
                            .observer = observer, .user = p->figures};
    return ohm_backend_rtl_open(&r, b, err);
}

static void say_calibration(const struct ohm_calibrated *c, FILE *to)
{
    fprintf(to, "calibrate  %" PRIu32 " vectors a tile, %d columns of %d tiles fitted, %d left; %" PRIu64 " cycles\n", c->vectors, c->columns, c->tiles, c->flat, c->cycles);
    if (!c->columns)
        return;
    const struct ohm_column_errors *e[] = {&c->before, &c->after};
    static const char *const when[] = {"before", "after"};
    for (int i = 0; i < 2; i++)
        fprintf(to, "  %-7s slopes %.3f %% apart (sigma), at most %.3f %% off, offsets %.3f codes; error of a column %.3f %% of the range (%.2f %% of its own sigma)\n",
                when[i], 100 * e[i]->spread, 100 * e[i]->worst, e[i]->offset, 100 * e[i]->error, 100 * e[i]->own);
}

static int calibrate(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    struct ohm_calibrated c;
    printf("calibrating %d tile%s, %" PRIu32 " vectors each\n", p->chip.tile_count, p->chip.tile_count == 1 ? "" : "s", o->calibrate);
    fflush(stdout);
    if (ohm_calibrate(&p->chip, b, o->calibrate, o->seed, p->log, &c, err))
        return -1;
    say_calibration(&c, p->log);
    say_calibration(&c, stdout);
    return 0;
}

/* Drives the chip and judges: every image back, every check good, at least one VMM checked. */
static int run_chip(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    struct ohm_drive d = {.mapping = &p->chip, .images = p->data.images, .first = o->first, .count = o->count,
                          .limit_cycles = o->limit_cycles, .done = image_done, .configuring = show_configuring, .streaming = streaming_begins, .user = p};
    uint64_t compared;
    p->backend = b;
    if (p->energy.activity && b->golden && o->backend != OHM_BACKEND_TLM) /* which counts by itself */
        ohm_activity_watch(p->energy.activity, b->golden);
    else if (p->energy.activity && b->count && b->count(b->self, p->energy.activity, err))
        return -1;
    p->tty = isatty(STDOUT_FILENO);
    p->started = p->streaming = p->shown = now();
    int rc = ohm_drive_run(&d, b, &p->run.stats, err);
    p->run.seconds = now() - p->streaming;
    p->run.setup_seconds = p->streaming - p->started;
    if (b->golden)
        ohm_golden_stats(b->golden, &p->run.checked);
    else if (b->stats)
        b->stats(b->self, &p->run.checked);
    close_energy(p, b);
    if (p->figures && ohm_figures_exact(p->figures, &compared, err))
        return -1;
    if (rc)
        return rc;
    if (p->run.stats.lost)
        return ohm_fail(err, "%" PRIu64 " images came back lost", p->run.stats.lost);
    if (p->run.stats.events)
        return ohm_fail(err, "%" PRIu64 " events, the first: %s", p->run.stats.events, p->run.stats.first_event);
    if (o->check && p->run.checked.vmms == 0)
        return ohm_fail(err, "no VMM was checked");
    return 0;
}

static void say_failure(const struct program *p, const struct ohm_error *err, uint32_t image, FILE *to)
{
    fprintf(to, "%sFAIL  %s\n      image %" PRIu32 " (%" PRIu32 " of %" PRIu32 " ended)\n      rerun: ", p->tty ? "\n" : "", err->text,
            image, p->run.done, p->options.count);
    ohm_report_command(&p->options, image, 1, p->options.backend == OHM_BACKEND_RTL, to);
    fprintf(to, "      log:   %s/run.log\n", p->options.out);
    if (p->options.waves)
        fprintf(to, "      waves: gtkwave %s\n", p->options.waves);
}

/* The image in which a check failed: the one of the low 16 bits nearest to where the run is. */
static uint32_t failed_image(const struct program *p, const struct ohm_backend *b)
{
    uint32_t image = p->options.first + p->run.done;
    long low = b->suspect ? b->suspect(b->self) : -1;
    if (low >= 0)
        image += (uint32_t)(int32_t)(int16_t)(uint16_t)((uint32_t)low - image);
    uint32_t last = p->options.first + p->options.count - 1;
    return image < p->options.first ? p->options.first : image > last ? last : image;
}

/* ---- piece after piece ---- */

static void show_piece(void *user, const char *layer, int piece, int pieces, const struct ohm_mapping *m)
{
    struct program *p = user;
    char line[160];
    snprintf(line, sizeof line, "piece      layer %s, %d of %d: %d inputs, %d outputs on %d tile%s, %ld cells\n", layer, piece + 1, pieces, m->net->inputs,
             m->net->classes, m->tile_count, m->tile_count == 1 ? "" : "s", ohm_mapping_cells(m));
    fputs(line, p->log);
    fputs(line, stdout);
    fflush(stdout);
}

/* The first images again on the golden model: the same values. */
static int reload_again(struct program *p, const struct ohm_reload *r, struct ohm_error *err)
{
    enum { CHECKED = 4 };
    const struct ohm_options *o = &p->options;
    struct ohm_reload again = *r;
    struct ohm_reload_stats stats;
    struct ohm_golden_stats computed;
    struct ohm_backend b;
    const size_t classes = (size_t)p->net.classes;
    again.count = o->count < CHECKED ? o->count : CHECKED;
    again.piece = NULL;
    int32_t *v = malloc(again.count * classes * sizeof *v);
    if (!v)
        return ohm_fail(err, "out of memory");
    int rc = ohm_backend_golden_open(&o->config, o->device, o->seed, NULL, NULL, &b, err);
    if (!rc) {
        rc = ohm_backend_golden_physics(&b, &o->physics, err) || ohm_reload_run(&again, &b, v, &stats, err) ? -1 : 0;
        ohm_golden_stats(b.golden, &computed);
        p->run.again_vmms = computed.vmms;
        b.close(b.self);
    }
    for (size_t i = 0; !rc && i < again.count * classes; i++)
        if (v[i] != p->run.scores[i])
            rc = ohm_fail(err, "mismatch: image %zu: the golden model has other scores", o->first + i / classes);
    free(v);
    return rc;
}

static int run_reload(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const int fast = o->backend == OHM_BACKEND_MODEL || o->backend == OHM_BACKEND_CYCLE;
    struct ohm_reload r = {.net = &p->net, .config = &o->config, .coding = &o->coding, .range = o->range,
                           .bridge_words = o->backend == OHM_BACKEND_UART ? OHM_UART_BRIDGE_WORDS : 0,
                           .images = p->data.images + (size_t)o->first * (size_t)p->net.inputs, .count = o->count, .piece = show_piece, .user = p};
    struct ohm_reload_stats stats;
    struct ohm_intref ref;
    uint32_t chip = 0, software = 0;
    if (ohm_reload_run(&r, b, p->run.scores, &stats, err))
        return -1;
    if (b->golden)
        ohm_golden_stats(b->golden, &p->run.checked);
    else if (b->stats)
        b->stats(b->self, &p->run.checked);
    if (stats.lost || stats.events)
        return ohm_fail(err, "%" PRIu64 " images lost, %" PRIu64 " events, the first: %s", stats.lost, stats.events, stats.first_event);
    if (fast && reload_again(p, &r, err))
        return -1;
    if (!fast && o->check && p->run.checked.vmms == 0)
        return ohm_fail(err, "no VMM was checked");
    if (ohm_intref_new(&p->net, &ref, err))
        return -1;
    int exact = is_exact(o), rc = 0;
    for (uint32_t i = 0; !rc && i < o->count; i++) {
        const int32_t *v = p->run.scores + (size_t)i * (size_t)p->net.classes;
        const int own = ohm_intref_run(&ref, r.images + (size_t)i * (size_t)p->net.inputs);
        const int label = p->data.labels ? p->data.labels[o->first + i] : own;
        software += own == label;
        chip += ohm_intref_argmax(v, p->net.classes) == label;
        if (exact && memcmp(v, ref.v, (size_t)p->net.classes * sizeof *v))
            rc = ohm_fail(err, "mismatch: image %" PRIu32 ": other scores than the integer network's", o->first + i);
    }
    ohm_intref_free(&ref);
    FILE *to[] = {p->log, stdout};
    for (int i = 0; !rc && i < 2; i++) {
        const char *all = exact ? "; all scores equal the integer network's" : "";
        if (p->data.labels)
            fprintf(to[i], "accuracy   chip %.2f %%, software (int8) %.2f %%, of %" PRIu32 " images%s\n", 100.0 * chip / o->count,
                    100.0 * software / o->count, o->count, all);
        else
            fprintf(to[i], "accuracy   no labels; chip as software (int8) in %.2f %% of %" PRIu32 " images%s\n", 100.0 * chip / o->count,
                    o->count, all);
        fprintf(to[i], "reload     %d pieces, %" PRIu64 " cells programmed", stats.pieces, stats.cells);
        if (stats.cycles)
            fprintf(to[i], "; %" PRIu64 " cycles, %.1f %% of them configuration and programming", stats.cycles,
                    100.0 * (double)stats.programming / (double)stats.cycles);
        if (fast)
            fprintf(to[i], "\nVMMs checked: %" PRIu64 " of the first images on the golden model, mismatches: 0\n", p->run.again_vmms);
        else
            fprintf(to[i], "\nVMMs checked: %" PRIu64 ", mismatches: 0\n", p->run.checked.vmms);
    }
    return rc;
}

static int reload(struct program *p, struct ohm_backend *b)
{
    struct ohm_error err = {{0}};
    if (!run_reload(p, b, &err)) {
        b->close(b->self);
        return p->options.check ? 0 : EXIT_UNCHECKED;
    }
    fprintf(p->log, "FAIL  %s\n", err.text);
    fprintf(stderr, "FAIL  %s\n", err.text);
    b->close(b->self);
    return EXIT_FAILED;
}

static int say_bad_input(const struct ohm_error *err)
{
    fprintf(stderr, "ohmic: %s\n", err->text);
    return EXIT_BAD_INPUT;
}

/* What is known before the chip runs. */
static int print_mapping(struct program *p, struct ohm_error *err)
{
    char drawing[1024];
    ohm_mapping_print(&p->chip, 0, stdout);
    ohm_mapping_print(&p->chip, 1, p->log);
    if (p->spare_log)
        fputs(p->spare_log, p->log);
    if (p->options.coding.spare_columns)
        printf("spare      %d columns a tile; %d columns of %d tiles failed, %d of them moved; error of a cell %.3f %% of G_max, was %.3f %%\n",
               p->options.coding.spare_columns, p->spare.failed, p->spare.tiles, p->spare.moved, 100 * p->spare.after, 100 * p->spare.before);
    snprintf(drawing, sizeof drawing, "%s/mesh.svg", p->options.out);
    return ohm_mapping_draw(&p->chip, p->options.draw ? p->options.draw : drawing, err);
}

static int run(struct program *p)
{
    struct ohm_error err = {{0}};
    struct ohm_backend b;
    if (load_input(p, &err) || (!p->options.reload && open_energy(p, &err)) || open_backend(p, p->options.calibrate != 0, &b, &err))
        return say_bad_input(&err);
    if (open_log(p, &err) || (!p->options.reload && print_mapping(p, &err))) {
        b.close(b.self);
        return say_bad_input(&err);
    }
    if (p->options.reload)
        return reload(p, &b);
    fflush(stdout);
    if (p->options.calibrate) { /* on a chip of its own: the same devices */
        int failed = calibrate(p, &b, &err);
        b.close(b.self);
        if (failed) {
            fprintf(p->log, "FAIL  %s\n", err.text);
            fprintf(stderr, "FAIL  %s\n", err.text);
            return EXIT_FAILED;
        }
        if (open_backend(p, 0, &b, &err))
            return say_bad_input(&err);
    }
    int failed = run_chip(p, &b, &err) != 0;
    if (failed) {
        uint32_t image = failed_image(p, &b);
        say_failure(p, &err, image, p->log);
        fflush(p->log);
        say_failure(p, &err, image, stderr);
    } else if (p->options.backend == OHM_BACKEND_TLM) {
        const uint64_t cycles = p->run.stats.end_cycle - p->run.stats.start_cycle;
        ohm_backend_tlm_summary(&b, cycles, p->log);
        ohm_backend_tlm_summary(&b, cycles, stdout);
        failed = ohm_backend_tlm_files(&b, p->options.out, &err) != 0;
        if (failed)
            fprintf(stderr, "ohmic: %s\n", err.text);
    }
    b.close(b.self);
    if (!failed && (((p->options.backend == OHM_BACKEND_MODEL || p->options.backend == OHM_BACKEND_CYCLE) && check_model(p, &err)) || run_ideal(p, &err) || run_software(p, &err) || ohm_report_files(&p->run, &err))) {
        failed = 1;
        fprintf(stderr, "ohmic: %s\n", err.text);
    }
    if (!failed) {
        ohm_report_summary(&p->run, p->log);
        ohm_report_summary(&p->run, stdout);
    }
    return failed ? EXIT_FAILED : p->options.check ? 0 : EXIT_UNCHECKED;
}

int main(int argc, char **argv)
{
    static struct program p; /* zeroed; large */
    struct ohm_error err = {{0}};
    if (ohm_options_parse(argc, argv, &p.options, &err)) {
        fprintf(stderr, "ohmic: %s\n", err.text);
        return EXIT_BAD_INPUT;
    }
    if (p.options.help) {
        ohm_options_help(stdout);
        return 0;
    }
    int rc = run(&p);
    ohm_figures_free(p.figures);
    ohm_energy_close(&p.energy);
    ohm_maps_free(p.maps);
    ohm_options_free(&p.options);
    if (p.chip.tiles != p.mapping.tiles) { /* ohm_compensate, ohm_calibrate */
        free(p.chip.tiles);
        free(p.chip.layers);
    }
    ohm_mapping_free(&p.mapping);
    ohm_data_free(&p.data);
    ohm_net_free(&p.net);
    free(p.spare_log);
    free(p.run.predictions);
    free(p.run.scores);
    if (p.log && fclose(p.log)) {
        fprintf(stderr, "ohmic: %s/run.log: not written completely\n", p.options.out);
        rc = rc ? rc : EXIT_FAILED;
    }
    return rc;
}
