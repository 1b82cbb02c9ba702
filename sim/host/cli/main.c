/* SPDX-License-Identifier: Apache-2.0
 * ohmic: a network on the chip. See --help, README.md and docs/reference/network-format.md. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_activity.h"
#include "ohm_file.h"
#include "ohm_program.h"

static int say_bad_input(const struct ohm_error *err)
{
    fprintf(stderr, "ohmic: %s\n", err->text);
    return EXIT_BAD_INPUT;
}

/* What is known before the chip runs. */
static int print_mapping(struct program *p, struct ohm_error *err)
{
    char drawing[OHM_FILE_PATH_MAX];
    ohm_mapping_print(&p->chip, 0, stdout);
    ohm_mapping_print(&p->chip, 1, p->log);
    snprintf(drawing, sizeof drawing, "%s/mesh.svg", p->options.out);
    return ohm_mapping_draw(&p->chip, p->options.draw ? p->options.draw : drawing, err);
}

static void say_failure(const struct program *p, const struct ohm_error *err, uint32_t image,
                        FILE *to)
{
    fprintf(to,
            "%sFAIL  %s\n      image %" PRIu32 " (%" PRIu32 " of %" PRIu32 " ended)\n      rerun: ",
            p->tty ? "\n" : "", err->text, image, p->run.done, p->options.count);
    ohm_report_command(&p->options, image, 1, p->options.backend->waves, to);
    fprintf(to, "      log:   %s/run.log\n", p->options.out);
    if (p->options.waves)
        fprintf(to, "      waves: gtkwave %s\n", p->options.waves);
}

/* What is measured before the run. Closes the chip if something fails. */
static int prepare(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    int rc = (!p->options.calibrate && program_count_energy(p, b, err))
                     || program_prepare(p, b, err)
                 ? -1
                 : 0;
    if (!rc && p->options.calibrate) { /* on a chip of its own: the same devices */
        rc = program_calibrate(p, b, err);
        b->close(b->self);
        if (rc || program_open_backend(p, 0, b, err))
            return -1;
        rc = program_count_energy(p, b, err) || program_prepare_again(p, b, err) ? -1 : 0;
    }
    if (rc)
        b->close(b->self);
    return rc;
}

/* What a run says when the chip is done: checks, comparisons, files, the summary. A part of a run
 * leaves what it has found to the process that puts the run together. */
static int conclude(struct program *p, struct ohm_error *err)
{
    const int is_part = p->part_file != NULL;
    if ((!is_part && program_check_again(p, err)) || (!p->options.merge && program_compare(p, err))
        || (is_part ? program_part_write(p, err) : ohm_report_files(&p->run, err)))
        return -1;
    if (is_part)
        return 0;
    ohm_report_summary(&p->run, 0, p->log);
    ohm_report_summary(&p->run, 1, stdout);
    return 0;
}

/* The run as its parts left it: no chip. */
static int merge(struct program *p)
{
    struct ohm_error err = {{0}};
    if (program_open_energy(p, &err) || program_part_begin(p, &err) || program_open_log(p, &err)
        || print_mapping(p, &err))
        return say_bad_input(&err);
    fflush(stdout);
    if (!program_merge(p, &err) && !conclude(p, &err))
        return 0;
    fprintf(stderr, "ohmic: %s\n", err.text);
    return EXIT_FAILED;
}

static int run(struct program *p)
{
    const struct ohm_options *o = &p->options;
    struct ohm_error err = {{0}};
    struct ohm_backend b;
    if (program_load_input(p, &err))
        return say_bad_input(&err);
    if (o->plan)
        return program_plan(p, stdout, &err) ? say_bad_input(&err) : 0;
    if (o->merge)
        return merge(p);
    if ((!p->options.reload && program_open_energy(p, &err)) || program_part_begin(p, &err)
        || program_open_backend(p, p->options.calibrate != 0, &b, &err))
        return say_bad_input(&err);
    if (program_open_log(p, &err) || (!p->options.reload && print_mapping(p, &err))) {
        b.close(b.self);
        return say_bad_input(&err);
    }
    if (p->options.reload)
        return program_reload(p, &b);
    fflush(stdout);
    if (prepare(p, &b, &err)) {
        fprintf(p->log, "FAIL  %s\n", err.text);
        fprintf(stderr, "FAIL  %s\n", err.text);
        return EXIT_FAILED;
    }
    if (o->outputs && !(p->outputs = ohm_outputs_new(o->outputs, &p->chip, p->figures, o->first,
                                                     o->count, &err))) {
        b.close(b.self);
        return say_bad_input(&err);
    }
    int failed = program_run_chip(p, &b, &err) != 0;
    if (ohm_outputs_end(p->outputs, !failed, failed ? NULL : &err))
        failed = 1;
    if (failed) {
        uint32_t image = program_failed_image(p, &b);
        say_failure(p, &err, image, p->log);
        fflush(p->log);
        say_failure(p, &err, image, stderr);
    } else if (b.summary) {
        const uint64_t cycles = p->run.stats.end_cycle - p->run.stats.start_cycle;
        b.summary(b.self, cycles, p->log);
        b.summary(b.self, cycles, stdout);
        failed = b.files(b.self, p->options.out, &err) != 0;
        if (failed)
            fprintf(stderr, "ohmic: %s\n", err.text);
    }
    b.close(b.self);
    if (!failed && conclude(p, &err)) {
        failed = 1;
        fprintf(stderr, "ohmic: %s\n", err.text);
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
    ohm_activity_free(p.once);
    ohm_maps_free(p.maps);
    ohm_options_free(&p.options);
    if (p.chip.tiles != p.mapping.tiles) { /* ohm_compensate, ohm_calibrate */
        free(p.chip.tiles);
        free(p.chip.layers);
    }
    ohm_mapping_free(&p.mapping);
    ohm_data_free(&p.data);
    ohm_net_free(&p.net);
    ohm_defects_free(&p.defects);
    free(p.run.predictions);
    free(p.run.scores);
    if (p.log && fclose(p.log)) {
        fprintf(stderr, "ohmic: %s/run.log: not written completely\n", p.options.out);
        rc = rc ? rc : EXIT_FAILED;
    }
    return rc;
}
