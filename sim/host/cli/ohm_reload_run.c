/* SPDX-License-Identifier: Apache-2.0
 * The network runs piece after piece, and what is to be said of it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_intref.h"
#include "ohm_program.h"
#include "ohm_reload.h"

static void show_piece(void *user, const char *layer, int piece, int pieces,
                       const struct ohm_mapping *m)
{
    struct program *p = user;
    char line[160];
    snprintf(line, sizeof line,
             "piece      layer %s, %d of %d: %d inputs, %d outputs on %d tile%s, %ld cells\n",
             layer, piece + 1, pieces, m->net->inputs, m->net->classes, m->tile_count,
             m->tile_count == 1 ? "" : "s", ohm_mapping_cells(m));
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
    const struct ohm_backend_settings s = {
        .config = &o->config, .device = o->device, .physics = &o->physics, .seed = o->seed};
    int rc = ohm_backend_open("golden", &s, &b, err);
    if (!rc) {
        rc = ohm_reload_run(&again, &b, v, &stats, err);
        ohm_golden_stats(b.golden, &computed);
        p->run.again_vmms = computed.vmms;
        b.close(b.self);
    }
    for (size_t i = 0; !rc && i < again.count * classes; i++)
        if (v[i] != p->run.scores[i])
            rc = ohm_fail(err, "mismatch: image %zu: the golden model has other scores",
                          o->first + i / classes);
    free(v);
    return rc;
}

static int run_reload(struct program *p, struct ohm_backend *b, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const int fast = o->backend->check == OHM_BACKEND_AGAIN;
    struct ohm_reload r = {.net = &p->net, .config = &o->config, .coding = &o->coding,
                           .range = o->range, .bridge_words = o->backend->bridge_words,
                           .images = p->data.images + (size_t)o->first * (size_t)p->net.inputs,
                           .count = o->count, .piece = show_piece, .user = p};
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
        return ohm_fail(err, "%" PRIu64 " images lost, %" PRIu64 " events, the first: %s",
                        stats.lost, stats.events, stats.first_event);
    if (fast && reload_again(p, &r, err))
        return -1;
    if (!fast && o->check && p->run.checked.vmms == 0)
        return ohm_fail(err, "no VMM was checked");
    if (ohm_intref_new(&p->net, &ref, err))
        return -1;
    int exact = program_is_exact(o), rc = 0;
    for (uint32_t i = 0; !rc && i < o->count; i++) {
        const int32_t *v = p->run.scores + (size_t)i * (size_t)p->net.classes;
        const int label = p->data.labels ? p->data.labels[o->first + i] : -1;
        software += ohm_intref_run(&ref, r.images + (size_t)i * (size_t)p->net.inputs) == label;
        chip += ohm_intref_argmax(v, p->net.classes) == label;
        if (exact && memcmp(v, ref.v, (size_t)p->net.classes * sizeof *v))
            rc = ohm_fail(err,
                          "mismatch: image %" PRIu32 ": other scores than the integer network's",
                          o->first + i);
    }
    ohm_intref_free(&ref);
    FILE *to[] = {p->log, stdout};
    for (int i = 0; !rc && i < 2; i++) {
        if (p->data.labels)
            fprintf(to[i],
                    "accuracy   chip %.2f %%, software (int8) %.2f %%, of %" PRIu32 " images%s\n",
                    100.0 * chip / o->count, 100.0 * software / o->count, o->count,
                    exact ? "; all scores equal the integer network's" : "");
        else
            fprintf(to[i], "accuracy   not known: %" PRIu32 " images without labels%s\n", o->count,
                    exact ? "; all scores equal the integer network's" : "");
        fprintf(to[i], "reload     %d pieces, %" PRIu64 " cells programmed", stats.pieces,
                stats.cells);
        if (stats.cycles)
            fprintf(to[i], "; %" PRIu64 " cycles, %.1f %% of them configuration and programming",
                    stats.cycles, 100.0 * (double)stats.programming / (double)stats.cycles);
        if (fast)
            fprintf(to[i],
                    "\nVMMs checked: %" PRIu64
                    " of the first images on the golden model, mismatches: 0\n",
                    p->run.again_vmms);
        else
            fprintf(to[i], "\nVMMs checked: %" PRIu64 ", mismatches: 0\n", p->run.checked.vmms);
    }
    return rc;
}

int program_reload(struct program *p, struct ohm_backend *b)
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
