/* SPDX-License-Identifier: Apache-2.0
 * What the host asks the chip before a run. All of it comes through the chip's pins, so a model, a
 * simulated chip and a board are asked alike. */
#include <string.h>

#include "ohm_program.h"

static const struct ohm_write_scheme *scheme_of(const struct program *p)
{
    return p->options.program ? &p->options.scheme : NULL;
}

static struct ohm_measure measure_of(const struct program *p, struct ohm_backend *b)
{
    const struct ohm_write_scheme *s = scheme_of(p);
    return (struct ohm_measure){.b = b, .m = &p->chip, .number = OHM_MEASURE_FIRST,
                                .from = s ? (uint32_t)s->param[OHM_WRITE_RELAX].value : 0};
}

/* Places of columns need to know what the spare ones are worth. */
static int needs_test(const struct program *p)
{
    const struct ohm_options *o = &p->options;
    return o->save_defects || (o->coding.spare_columns && !o->defects);
}

static int test_cells(struct program *p, struct ohm_measure *g, struct ohm_defects *found,
                      struct ohm_find_stats *stats, struct ohm_error *err)
{
    *stats = (struct ohm_find_stats){0};
    return ohm_find_defects(g, p->options.coding.spare_columns, scheme_of(p), found, stats, err);
}

static void say_defects(const struct program *p, const struct ohm_find_stats *s, FILE *to)
{
    fprintf(to, "defects    %zu devices tested, %zu of them do not change", s->devices, s->stuck);
    if (p->options.program)
        fprintf(to, "; %.3f pulses of a device",
                (double)s->write.cell_pulses / (double)s->devices);
    fputc('\n', to);
}

static void say_spare(const struct program *p, const struct ohm_spare_stats *s, FILE *to)
{
    fprintf(to,
            "spare      %d columns a tile; %d columns of %d tiles failed, %d of them moved; "
            "error of a cell %.3f %% of G_max, was %.3f %%\n",
            p->options.coding.spare_columns, s->failed, s->tiles, s->moved, 100 * s->after,
            100 * s->before);
}

static int test(struct program *p, struct ohm_measure *g, struct ohm_error *err)
{
    struct ohm_find_stats found;
    if (test_cells(p, g, &p->defects, &found, err))
        return -1;
    say_defects(p, &found, p->log);
    say_defects(p, &found, stdout);
    return p->options.save_defects
               ? ohm_defects_save(p->options.save_defects, &p->options.config, &p->defects,
                                  "tested before a run of ohmic", err)
               : 0;
}

static int place_columns(struct program *p, struct ohm_error *err)
{
    struct ohm_spare_stats spare;
    if (ohm_spare_columns(&p->chip, p->log, &spare, err))
        return -1;
    p->mapping.vmm_cycles = p->chip.vmm_cycles; /* the tiles they share */
    say_spare(p, &spare, p->log);
    say_spare(p, &spare, stdout);
    return 0;
}

/* Cells, and references beside them, as the run will have them. */
static int program_cells(struct program *p, struct ohm_measure *g, struct ohm_error *err)
{
    struct ohm_write_result references = {0};
    p->programmed = 1;
    return ohm_drive_program(&p->chip, g->b, scheme_of(p), &p->run.stats.write, err)
                   || (p->options.references
                       && ohm_load_references(g, p->options.references, scheme_of(p),
                                              &references, err))
               ? -1
               : 0;
}

static void say_compensation(const struct program *p, const struct ohm_compensated *c, FILE *to)
{
    fprintf(to, "drift      tiles conduct 1/%.4f to 1/%.4f of what they did", c->least, c->most);
    if (p->options.references)
        fprintf(to, "; %d reference rows a tile, a column's own weigh %.2f", p->options.references,
                c->weight);
    fputc('\n', to);
}

static int compensate(struct program *p, struct ohm_measure *g, struct ohm_error *err)
{
    struct ohm_compensated c;
    if (ohm_compensate(&p->chip, g, p->options.references, &c, err))
        return -1;
    say_compensation(p, &c, p->log);
    say_compensation(p, &c, stdout);
    return 0;
}

/* A run that programs before it measures does it here; others leave it to the driver. */
static int programs_now(const struct program *p)
{
    return p->options.compensate || (p->options.calibrate && p->options.program);
}

int program_prepare(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    struct ohm_measure g = measure_of(p, b);
    p->measuring = 1;
    p->programmed = 0;
    int rc = (needs_test(p) && test(p, &g, err))
                     || (p->options.coding.spare_columns && place_columns(p, err))
                     || (programs_now(p) && program_cells(p, &g, err))
                     || (p->options.compensate && compensate(p, &g, err))
                 ? -1
                 : 0;
    p->measuring = 0;
    fflush(stdout);
    return rc;
}

int program_prepare_again(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    struct ohm_measure g = measure_of(p, b);
    const struct ohm_write_result write = p->run.stats.write;
    struct ohm_defects found = {0};
    struct ohm_find_stats stats;
    int rc = 0;
    p->measuring = 1;
    p->programmed = 0;
    if (needs_test(p)) {
        rc = test_cells(p, &g, &found, &stats, err);
        if (!rc && (found.count != p->defects.count
                    || (found.count && memcmp(found.at, p->defects.at,
                                              found.count * sizeof *found.at))))
            rc = ohm_fail(err, "mismatch: the test of the cells finds other defects on another "
                               "model");
    }
    if (!rc && programs_now(p))
        rc = program_cells(p, &g, err);
    p->run.stats.write = write;
    p->measuring = 0;
    ohm_defects_free(&found);
    return rc;
}
