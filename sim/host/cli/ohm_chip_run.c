/* SPDX-License-Identifier: Apache-2.0
 * The chip runs: calibration, images, and what is to be said of them. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "ohm_activity.h"
#include "ohm_calibrate.h"
#include "ohm_program.h"

/* What measures is no image. */
static void observe(void *user, unsigned tile, uint32_t seq, unsigned out, int32_t acc, int32_t y)
{
    const struct program *p = user;
    if (!p->measuring)
        ohm_figures_observe(p->figures, tile, seq, out, acc, y);
}

/* The fast model, which learns what an image is, leaves measuring to the golden model. */
int program_open_backend(struct program *p, int measuring, struct ohm_backend *b,
                         struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const struct ohm_backend_settings s = {
        .config = &o->config, .device = o->device, .physics = &o->physics, .seed = o->seed,
        .observer = p->figures && !measuring ? observe : NULL, .user = p,
        .threads = o->threads, .rtl_library = o->rtl_lib, .unchecked = !o->check,
        .trip_code = &o->trip_code, .wave_path = measuring ? NULL : o->waves,
        .record_path = measuring ? NULL : o->record, .tlm_library = o->tlm_lib, .tlm = &o->tlm,
        .activity = p->energy.activity, .line = o->uart, .patience = o->patience};
    return ohm_backend_open(measuring && o->backend->by_image ? "golden" : o->backend->name, &s, b,
                            err);
}

static void take_checked(const struct ohm_backend *b, struct ohm_golden_stats *out)
{
    if (b->golden)
        ohm_golden_stats(b->golden, out);
    else if (b->stats)
        b->stats(b->self, out);
}

static void streaming_begins(void *user)
{
    struct program *p = user;
    take_checked(p->backend, &p->checked_before);
    if (p->backend->restart)
        p->backend->restart(p->backend->self);
    if (p->energy.activity)
        ohm_energy_streaming(&p->energy);
    if (p->part_file && p->energy.activity) {
        p->once = ohm_activity_share(p->energy.activity);
        const uint32_t base =
            p->options.first / (uint32_t)ohm_lanes(&p->chip) * ohm_frames(&p->chip);
        p->bad |= !p->once
                  || (p->net.steps && ohm_activity_tell_starts(p->energy.activity, p->once, base));
    }
}

/* What a part counts from here on, as the chip is stopped, is there once in a run. */
static void streaming_ends(void *user)
{
    struct program *p = user;
    if (p->once)
        ohm_activity_subtract(p->once, p->energy.activity);
}

int program_open_energy(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    if (!o->energy)
        return 0;
    p->run.energy = &p->energy;
    return ohm_energy_open(&p->energy, o->energy, &p->chip, o->device, o->tlm.clock_mhz, err);
}

int program_count_energy(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    if (p->energy.activity && b->count)
        return b->count(b->self, p->energy.activity, err);
    if (p->energy.activity && b->golden)
        ohm_activity_watch(p->energy.activity, b->golden);
    return 0;
}

static void close_energy(struct program *p, struct ohm_backend *b)
{
    struct ohm_energy_run *e = &p->energy;
    if (!e->activity)
        return;
    e->images = p->run.done;
    e->cycles = p->run.stats.steady;
    if (p->once)
        ohm_activity_add(p->once, e->activity);
    if (b->count_credits)
        b->count_credits(b->self, e->activity);
    else if (b->golden)
        ohm_activity_credits(e->activity, b->golden);
}

static void say_calibration(const struct ohm_calibrated *c, FILE *to)
{
    fprintf(to,
            "calibrate  %" PRIu32
            " vectors a tile, %d columns of %d tiles fitted, %d left; %" PRIu64 " cycles\n",
            c->vectors, c->columns, c->tiles, c->flat, c->cycles);
    if (!c->columns)
        return;
    const struct ohm_column_errors *e[] = {&c->before, &c->after};
    static const char *const when[] = {"before", "after"};
    for (int i = 0; i < 2; i++)
        fprintf(to,
                "  %-7s slopes %.3f %% apart (sigma), at most %.3f %% off, offsets %.3f codes;\n"
                "          error of a column %.3f %% of the range (%.2f %% of its own sigma)\n",
                when[i], 100 * e[i]->spread, 100 * e[i]->worst, e[i]->offset, 100 * e[i]->error,
                100 * e[i]->own);
}

static void say_tile(void *user, const struct ohm_calibrated_tile *t)
{
    const struct program *p = user;
    fprintf(p->log,
            "calibrate  tile (%d,%d): %d of %d columns; slopes %.3f %% apart, were %.3f %%; error "
            "%.3f %% of the range, "
            "was %.3f %%\n",
            t->x, t->y, t->fitted, t->columns, 100 * t->after.spread, 100 * t->before.spread,
            100 * t->after.error, 100 * t->before.error);
}

int program_calibrate(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    struct ohm_calibrated c;
    printf("calibrating %d tile%s, %" PRIu32 " vectors each\n", p->chip.tile_count,
           p->chip.tile_count == 1 ? "" : "s", o->calibrate);
    fflush(stdout);
    if (ohm_calibrate(&p->chip, b, p->programmed, o->calibrate, o->seed, say_tile, p, &c, err))
        return -1;
    say_calibration(&c, p->log);
    say_calibration(&c, stdout);
    return 0;
}

static int image_done(void *user, uint32_t image, const int32_t *v)
{
    struct program *p = user;
    uint32_t i = image - p->options.first;
    uint64_t compared;
    size_t scores = (size_t)ohm_net_scores(&p->net);
    p->run.predictions[i].chip = program_class(p, v);
    ohm_report_image(&p->run, OHM_CHIP, image, v, program_unit(&p->chip));
    if (v)
        memcpy(p->run.scores + (size_t)i * scores, v, scores * sizeof *v);
    p->run.done++;
    program_show_progress(p);
    return p->figures && ohm_figures_exact(p->figures, &compared, NULL);
}

int program_run_chip(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    struct ohm_drive d = {.mapping = &p->chip, .images = p->data.images, .first = o->first,
                          .count = o->count, .timed = o->timed,
                          .limit_cycles = o->limit_cycles, .done = image_done,
                          .configuring = program_show_configuring, .streaming = streaming_begins,
                          .streamed = streaming_ends,
                          .scheme = o->program ? &o->scheme : NULL, .programmed = p->programmed,
                          .write = p->run.stats.write, .user = p};
    uint64_t compared;
    p->backend = b;
    p->tty = isatty(STDOUT_FILENO);
    p->started = p->streaming = p->shown = program_now();
    int rc = ohm_drive_run(&d, b, &p->run.stats, err);
    p->run.seconds = program_now() - p->streaming;
    p->run.setup_seconds = p->streaming - p->started;
    take_checked(b, &p->run.checked);
    close_energy(p, b);
    if (p->figures && ohm_figures_exact(p->figures, &compared, err))
        return -1;
    if (rc)
        return rc;
    if (p->bad)
        return ohm_fail(err, "out of memory");
    if (p->run.stats.lost)
        return ohm_fail(err, "%" PRIu64 " images came back lost", p->run.stats.lost);
    if (p->run.stats.events)
        return ohm_fail(err, "%" PRIu64 " events, the first: %s", p->run.stats.events,
                        p->run.stats.first_event);
    if (o->check && p->run.checked.vmms == 0)
        return ohm_fail(err, "no VMM was checked");
    return 0;
}

uint32_t program_failed_image(const struct program *p, const struct ohm_backend *b)
{
    uint32_t image = p->options.first + p->run.done;
    long low = b->suspect ? b->suspect(b->self) : -1;
    if (low >= 0)
        image += (uint32_t)(int32_t)(int16_t)(uint16_t)((uint32_t)low - image);
    uint32_t last = p->options.first + p->options.count - 1;
    return image < p->options.first ? p->options.first : image > last ? last : image;
}
