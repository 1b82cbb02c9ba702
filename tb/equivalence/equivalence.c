/* SPDX-License-Identifier: Apache-2.0
 * Random chips through the RTL, the SystemC model and the fast model, driven by the same host.
 *
 * A case is four tiles (or as many as there are) with random descriptors, column maps, cells,
 * buffers and routes: fed by the host or by another tile, with or without partial sums, copies,
 * early stop; random devices, seeds, physics; vectors that come in one or two packets, as poison,
 * or with a packet missing; broken packets between them. In every other case tiles walk windows of
 * maps: with padding, strides, pooling, residuals, chains of partial sums, arg-max, maps of maps.
 * Where the configuration has duration links, neighbours pass durations, in chains of up to four.
 *
 * RTL against SystemC model: every packet to the host (results, credits, events, answers), in
 * order, word for word, and the cycle in which it came. RTL against fast model: every result of
 * every tile, word for word, and at the end every tile's counters. Without broken packets the
 * golden model checks the RTL's codes and accumulators besides, so that all four agree.
 *
 *   equivalence <libohm_rtl.so> <libohm_tlm.so> <config> <WxH> <seed> <cases> [first]
 * Last line: PASS equivalence <n> checks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "equivalence.h"

static uint64_t checks;

static void differ(const struct problem *p, uint64_t number, const char *what, const char *got)
{
    printf("FAIL equivalence: case %" PRIu64 ", device %s: %s: %s\n", number, p->device->name, what,
           got);
    exit(1);
}

static void same_in_time(const struct problem *p, uint64_t number, const struct trace *rtl,
                         const struct trace *model)
{
    char text[300];

    for (size_t i = 0; i < rtl->count || i < model->count; i++) {
        if (i >= rtl->count || i >= model->count) {
            snprintf(text, sizeof text, "RTL %zu packets, SystemC model %zu", rtl->count,
                     model->count);
            differ(p, number, "packets to the host", text);
        }
        const struct seen *a = &rtl->seen[i], *b = &model->seen[i];
        if (a->cycle != b->cycle || a->n != b->n
            || memcmp(rtl->words + a->at, model->words + b->at, a->n * sizeof *rtl->words)) {
            const struct ohm_header g = ohm_header_decode(rtl->words + a->at),
                                    w = ohm_header_decode(model->words + b->at);
            snprintf(text, sizeof text,
                     "RTL %s from (%u,%u) number %u offset %u in cycle %" PRIu64
                     ", SystemC model %s from (%u,%u) "
                     "number %u offset %u in cycle %" PRIu64,
                     ohm_type_name(g.type), g.x, g.y, g.seq, g.offset, a->cycle,
                     ohm_type_name(w.type), w.x, w.y, w.seq, w.offset, b->cycle);
            differ(p, number, "packet to the host", text);
        }
        checks++;
    }
}

/* The k-th result of a tile; NULL when there are fewer. */
static const uint32_t *result(const struct problem *p, const struct trace *t, int tile, unsigned k,
                              size_t *n)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct ohm_header h = ohm_header_decode(t->words + t->seen[i].at);
        if (h.type != OHM_TYPE_RESULT || tile_at(p, h.x, h.y) != tile || k--)
            continue;
        *n = t->seen[i].n;
        return t->words + t->seen[i].at;
    }
    return NULL;
}

static void same_conductances(const struct problem *p, uint64_t number, const struct trace *rtl,
                              const struct trace *model, const char *name)
{
    static const char *const sels[] = {"both devices", "plus", "minus"};
    char text[300];

    for (int i = 0; i < p->tiles; i++)
        for (unsigned sel = 0; sel < 3; sel++)
            for (unsigned row = 0; row < p->tile[i].rows; row++)
                for (unsigned col = 0; col < p->tile[i].cols; col++, checks++)
                    if (rtl->geff[i][sel][row][col] != model->geff[i][sel][row][col]) {
                        snprintf(text, sizeof text,
                                 "tile (%u,%u), row %u, column %u, %s: RTL %d, %s model %d",
                                 p->tile[i].x, p->tile[i].y, row, col, sels[sel],
                                 rtl->geff[i][sel][row][col], name, model->geff[i][sel][row][col]);
                        differ(p, number, "conductance", text);
                    }
}

static void same_numbers(const struct problem *p, uint64_t number, const struct trace *rtl,
                         const struct trace *fast)
{
    char text[300];

    for (int i = 0; i < p->tiles; i++) {
        for (unsigned k = 0; k < results_of(p, &p->tile[i]); k++) {
            size_t na = 0, nb = 0;
            const uint32_t *a = result(p, rtl, i, k, &na), *b = result(p, fast, i, k, &nb);
            if (!a || !b || na != nb || memcmp(a, b, na * sizeof *a)) {
                snprintf(text, sizeof text, "tile (%u,%u), result %u", p->tile[i].x, p->tile[i].y,
                         k);
                differ(p, number, "RTL and fast model send other results", text);
            }
            checks++;
        }
        for (unsigned k = 0; k < sizeof rtl->counter[i] / sizeof rtl->counter[i][0]; k++) {
            if (p->maps && k == OHM_REG_CNT_EVENT - OHM_REG_CNT_VMM + OHM_EVENT_NO_SLOT - 1)
                continue; /* parts of a line that is poison already: in time, or after it was taken
                           */
            if (rtl->counter[i][k] != fast->counter[i][k]) {
                snprintf(text, sizeof text, "tile (%u,%u), register 0x%04x: RTL %u, fast model %u",
                         p->tile[i].x, p->tile[i].y, OHM_REG_CNT_VMM + k, rtl->counter[i][k],
                         fast->counter[i][k]);
                differ(p, number, "counter", text);
            }
            checks++;
        }
    }
}

/* What runs of several cases share. */
struct bench {
    const char *rtl_library, *tlm_library;
    struct ohm_config config;
    struct trace rtl, tlm, fast;
    uint64_t cycles, events, links, vecs, backs;
};

static void run_fast(struct bench *bench, struct problem *p, const struct ohm_backend_settings *s,
                     uint64_t number)
{
    struct ohm_backend b;
    struct ohm_error err = {""};

    must(ohm_backend_open("model", s, &b, &err), p, "fast model", &err);
    run_problem(p, &b, &bench->fast);
    must(b.finish(b.self, &err), p, "fast model", &err);
    b.close(b.self);
    same_numbers(p, number, &bench->rtl, &bench->fast);
    same_conductances(p, number, &bench->rtl, &bench->fast, "fast");
}

static void run_case(struct bench *bench, uint64_t number)
{
    struct problem p;
    struct ohm_backend b;
    struct ohm_error err = {""};

    random_problem(&p, &bench->config, number);
    const struct ohm_backend_settings s = {.rtl_library = bench->rtl_library,
                                           .tlm_library = bench->tlm_library,
                                           .config = &p.config,
                                           .device = p.device,
                                           .physics = &p.physics,
                                           .seed = p.seed,
                                           .unchecked = p.bad,
                                           .blank = p.bad,
                                           .threads = 1 + (int)(number % 3)};
    must(ohm_backend_open("rtl", &s, &b, &err), &p, "RTL", &err);
    run_problem(&p, &b, &bench->rtl);
    must(b.finish(b.self, &err), &p, "RTL", &err);
    b.close(b.self);
    must(ohm_backend_open("tlm", &s, &b, &err), &p, "SystemC model", &err);
    run_problem(&p, &b, &bench->tlm);
    must(b.finish(b.self, &err), &p, "SystemC model", &err);
    b.close(b.self);
    same_in_time(&p, number, &bench->rtl, &bench->tlm);
    same_conductances(&p, number, &bench->rtl, &bench->tlm, "SystemC");
    if (!p.vecs) /* a chip with vector tiles: RTL and SystemC model */
        run_fast(bench, &p, &s, number);
    free_vectors(&p);
    bench->cycles += bench->rtl.end;
    for (int i = 0; i < p.tiles; i++)
        bench->links += OHM_FIELD(p.tile[i].desc, DESC_LINK_IN);
    for (int i = 0; i < p.tiles; i++)
        for (unsigned d = 1; d < OHM_DESC_MAX; d++)
            bench->backs += p.tile[i].mask >> d & p.tile[i].more[d].back;
    bench->vecs += (uint64_t)p.vecs;
    for (size_t i = 0; i < bench->rtl.count; i++)
        bench->events += ohm_header_decode(bench->rtl.words + bench->rtl.seen[i].at).type
                         == OHM_TYPE_EVENT;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct ohm_error err = {""};

    if (argc < 7 || ohm_config_find(argv[3], &bench.config, &err)
        || sscanf(argv[4], "%dx%d", &bench.config.mesh_w, &bench.config.mesh_h) != 2) {
        printf("FAIL equivalence: usage: equivalence <libohm_rtl.so> <libohm_tlm.so> <config> "
               "<WxH> <seed> <cases> [first] %s\n",
               err.text);
        return 2;
    }
    bench.rtl_library = argv[1];
    bench.tlm_library = argv[2];
    const uint64_t seed = strtoull(argv[5], NULL, 10), cases = strtoull(argv[6], NULL, 10);
    for (uint64_t i = argc > 7 ? strtoull(argv[7], NULL, 10) : 0; i < cases; i++)
        run_case(&bench, seed * 1000000 + i);
    printf("%" PRIu64 " cases on %s %s: the same in RTL, SystemC model and fast model; %" PRIu64
           " cycles, %" PRIu64 " events\n",
           cases, argv[3], argv[4], bench.cycles, bench.events);
    if (bench.config.vlanes)
        printf("%" PRIu64 " vector tiles\n", bench.vecs);
    if (bench.config.link_w)
        printf("%" PRIu64 " duration links\n", bench.links);
    if (bench.config.transpose)
        printf("%" PRIu64 " transposed descriptors\n", bench.backs);
    if (bench.config.transpose && !bench.backs) {
        printf("FAIL equivalence: no case reads an array from its columns\n");
        return 1;
    }
    if (bench.config.link_w && !bench.links) {
        printf("FAIL equivalence: no case has a link\n");
        return 1;
    }
    free_trace(&bench.rtl);
    free_trace(&bench.tlm);
    free_trace(&bench.fast);
    printf("PASS equivalence %" PRIu64 " checks\n", checks);
    return checks ? 0 : 1;
}
