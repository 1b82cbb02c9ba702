/* SPDX-License-Identifier: Apache-2.0
 * The SystemC model as a backend. It is a shared object that is loaded when it is asked for, so
 * that SystemC is needed by those only who use it. */
#include "ohm_backend_types.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_file.h"
#include "ohm_activity.h"
#include "ohm_tlm.h"

enum { LINKS_MAX = 256 * 5 + 1, TILES_MAX = 256 };

struct library { /* functions of the shared object */
    void *handle;
    struct ohm_tlm *(*open)(const struct ohm_config *, const struct ohm_tlm_options *,
                            struct ohm_error *);
    void (*close)(struct ohm_tlm *);
    int (*send)(struct ohm_tlm *, int, const uint32_t *, size_t, struct ohm_error *);
    size_t (*recv)(struct ohm_tlm *, uint32_t *, size_t);
    size_t (*queued)(const struct ohm_tlm *);
    int (*run)(struct ohm_tlm *, uint64_t, struct ohm_error *);
    uint64_t (*cycle)(const struct ohm_tlm *);
    int (*finish)(struct ohm_tlm *, struct ohm_error *);
    struct ohm_golden *(*golden)(const struct ohm_tlm *);
    void (*restart)(struct ohm_tlm *);
    size_t (*links)(const struct ohm_tlm *, struct ohm_tlm_link *, size_t);
    size_t (*tiles)(const struct ohm_tlm *, struct ohm_tlm_tile *, size_t);
};

struct backend {
    struct library lib;
    struct ohm_tlm *tlm;
    struct ohm_tlm_settings settings;
    struct ohm_file trace;
    struct ohm_tlm_link links[LINKS_MAX];
    struct ohm_tlm_tile tiles[TILES_MAX];
};

static int load(struct library *l, const char *path, struct ohm_error *err)
{
    const struct {
        const char *name;
        void **to;
    } symbols[] = {
        {"ohm_tlm_open", (void **)&l->open},     {"ohm_tlm_close", (void **)&l->close},
        {"ohm_tlm_send", (void **)&l->send},     {"ohm_tlm_recv", (void **)&l->recv},
        {"ohm_tlm_queued", (void **)&l->queued}, {"ohm_tlm_run", (void **)&l->run},
        {"ohm_tlm_cycle", (void **)&l->cycle},   {"ohm_tlm_finish", (void **)&l->finish},
        {"ohm_tlm_golden", (void **)&l->golden}, {"ohm_tlm_links", (void **)&l->links},
        {"ohm_tlm_tiles", (void **)&l->tiles},   {"ohm_tlm_restart", (void **)&l->restart},
    };
    char local[1024]; /* without a slash the loader would search the system's directories */
    snprintf(local, sizeof local, "%s%s", strchr(path, '/') ? "" : "./", path);
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
    /* SystemC's objects live as long as the process */
    l->handle = dlopen(local, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!l->handle)
        return ohm_fail(err, "SystemC model: %s", dlerror());
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        *symbols[i].to = dlsym(l->handle, symbols[i].name);
        if (!*symbols[i].to)
            return ohm_fail(err, "%s: no function %s: not a SystemC model of this version", path,
                            symbols[i].name);
    }
    return 0;
}

static int send(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err)
{
    struct backend *b = self;
    return b->lib.send(b->tlm, config_class, flits, n, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    struct backend *b = self;
    (void)err;
    return (long)b->lib.recv(b->tlm, flits, max);
}

static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    struct backend *b = self;
    return b->lib.run(b->tlm, cycles, err);
}

static uint64_t cycle(void *self)
{
    struct backend *b = self;
    return b->lib.cycle(b->tlm);
}

static size_t queued(void *self)
{
    struct backend *b = self;
    return b->lib.queued(b->tlm);
}

static int finish(void *self, struct ohm_error *err)
{
    struct backend *b = self;
    if (b->trace.to && (fflush(b->trace.to) || ferror(b->trace.to)))
        return ohm_fail(err, "%.400s: not written completely; nothing is left of it",
                        b->trace.path);
    return b->lib.finish(b->tlm, err);
}

static int geff(void *self, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    struct backend *b = self;
    return ohm_golden_geff(b->lib.golden(b->tlm), tile, sel, row, col);
}

static void close_model(void *self)
{
    struct backend *b = self;
    if (b->tlm)
        b->lib.close(b->tlm);
    if (b->tlm && b->trace.to) /* of a run that failed, too, up to there */
        ohm_file_finish(&b->trace, NULL);
    ohm_file_drop(&b->trace);
    free(b);
}

/* ---- what an architect wants to see ---- */

/* Load of links and tiles, a line each: links.csv, tiles.csv. */
static int files(void *self, const char *directory, struct ohm_error *err)
{
    struct backend *b = self;
    struct ohm_file f;
    size_t n = b->lib.links(b->tlm, b->links, LINKS_MAX);
    if (ohm_file_create(&f, directory, "links.csv", err))
        return -1;
    fprintf(f.to, "x,y,port,packets,flits,held_cycles,waited_cycles\n");
    for (size_t i = 0; i < n; i++) {
        const struct ohm_tlm_link *l = &b->links[i];
        fprintf(f.to, "%u,%u,%c,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", l->x, l->y,
                l->port, l->packets, l->flits, l->held, l->waited);
    }
    if (ohm_file_finish(&f, err))
        return -1;
    n = b->lib.tiles(b->tlm, b->tiles, TILES_MAX);
    if (ohm_file_create(&f, directory, "tiles.csv", err))
        return -1;
    fprintf(f.to, "x,y,vectors,integrating_cycles,ramping_cycles,scanning_cycles,sending_cycles,"
                  "first_cycle,last_cycle\n");
    for (size_t i = 0; i < n; i++) {
        const struct ohm_tlm_tile *t = &b->tiles[i];
        fprintf(f.to,
                "%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                ",%" PRIu64 "\n",
                t->x, t->y, t->vectors, t->integrating, t->ramping, t->scanning, t->sending,
                t->first, t->last);
    }
    return ohm_file_finish(&f, err);
}

static void restart(void *self)
{
    const struct backend *b = self;
    b->lib.restart(b->tlm);
}

/* It counts from the start by itself, if at all. */
static int count(void *self, struct ohm_activity *a, struct ohm_error *err)
{
    (void)self;
    (void)a;
    (void)err;
    return 0;
}

/* The network's flits, as the routers counted them. */
static void count_credits(void *self, struct ohm_activity *a)
{
    struct backend *b = self;
    const size_t n = b->lib.links(b->tlm, b->links, LINKS_MAX);
    a->router_flits = a->link_flits = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ohm_tlm_link *l = &b->links[i];
        if (l->port == 'I')
            continue;
        a->router_flits += l->flits;
        if (l->port != 'L' && !(l->port == 'W' && l->x == 0))
            a->link_flits += l->flits;
    }
}

static int busier(const void *a, const void *b)
{
    const struct ohm_tlm_link *p = a, *q = b;
    return p->held != q->held ? (p->held < q->held ? 1 : -1)
                              : (int)(q->y * 16 + q->x) - (int)(p->y * 16 + p->x);
}

/* Timing style, clocks, the busiest links, use of the tiles. */
static void summary(void *self, uint64_t cycles, FILE *to)
{
    enum { SHOWN = 4 };
    struct backend *b = self;
    const struct ohm_tlm_settings *s = &b->settings;
    const size_t links = b->lib.links(b->tlm, b->links, LINKS_MAX),
                 tiles = b->lib.tiles(b->tlm, b->tiles, TILES_MAX);
    const double routers_cycles = (double)cycles * s->noc_num / s->noc_den;
    uint64_t used = 0, integrating = 0, ramping = 0, most = 0;

    if (!cycles)
        return;
    fprintf(to, "SystemC    %s timed, %.0f MHz, routers x %u/%u, %u ramp step%s a cycle\n",
            s->timing == OHM_TLM_AT ? "approximately" : "loosely", s->clock_mhz, s->noc_num,
            s->noc_den, s->adc_steps, s->adc_steps == 1 ? "" : "s");
    qsort(b->links, links, sizeof *b->links, busier);
    fprintf(to, "link load ");
    for (size_t i = 0; i < links && i < SHOWN; i++)
        fprintf(to, "%s (%u,%u) %c %.1f %% (waited %.1f %%)", i ? "," : "", b->links[i].x,
                b->links[i].y, b->links[i].port, 100 * (double)b->links[i].held / routers_cycles,
                100 * (double)b->links[i].waited / routers_cycles);
    for (size_t i = 0; i < tiles; i++) {
        used += b->tiles[i].vectors != 0;
        integrating += b->tiles[i].integrating;
        ramping += b->tiles[i].ramping;
        most = b->tiles[i].ramping > most ? b->tiles[i].ramping : most;
    }
    const double all = used ? (double)cycles * (double)used : 1;
    fprintf(to,
            "\nuse        of %" PRIu64
            " tiles: arrays %.1f %%, converters %.1f %% on average, %.1f %% in the busiest\n",
            used, 100 * (double)integrating / all, 100 * (double)ramping / all,
            100 * (double)most / (double)cycles);
}

static int open_model(const struct ohm_backend_settings *r, struct ohm_backend *out,
                      struct ohm_error *err)
{
    struct backend *b = calloc(1, sizeof *b);
    if (!b)
        return ohm_fail(err, "TLM backend: out of memory");
    if (r->tlm)
        b->settings = *r->tlm;
    else
        ohm_tlm_settings_default(&b->settings);
    if (b->settings.trace && ohm_file_create(&b->trace, NULL, b->settings.trace, err)) {
        close_model(b);
        return -1;
    }
    const struct ohm_tlm_options o = {.device = r->device, .physics = r->physics, .seed = r->seed,
                                      .timing = b->settings.timing,
                                      .clock_mhz = b->settings.clock_mhz,
                                      .noc_num = b->settings.noc_num,
                                      .noc_den = b->settings.noc_den,
                                      .adc_steps = b->settings.adc_steps,
                                      .trace = b->trace.to, .observer = r->observer,
                                      .user = r->user, .activity = r->activity};
    if (!r->tlm_library)
        ohm_fail(err, "SystemC model: no file, expected libohm_tlm.so (make tlm)");
    else if (!load(&b->lib, r->tlm_library, err))
        b->tlm = b->lib.open(r->config, &o, err);
    if (!b->tlm) {
        close_model(b);
        return -1;
    }
    *out = (struct ohm_backend){.self = b, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .close = close_model,
                                .geff = geff, .golden = b->lib.golden(b->tlm), .count = count,
                                .count_credits = count_credits, .restart = restart,
                                .summary = summary, .files = files};
    return 0;
}

const struct ohm_backend_type ohm_backend_tlm = {
    .name = "tlm", .doc = "the SystemC model", .title = "golden model in SystemC's time",
    .check = OHM_BACKEND_NAIVE, .tunable = 1, .open = open_model,
};
