/* SPDX-License-Identifier: Apache-2.0
 * What is run for comparison once the chip has run. */
#include <inttypes.h>
#include <string.h>

#include "ohm_intref.h"
#include "ohm_program.h"

static int ideal_done(void *user, uint32_t image, const int32_t *v)
{
    struct program *p = user;
    p->run.predictions[image - p->options.first].ideal = program_class(p, v);
    ohm_report_image(&p->run, OHM_IDEAL, image, v, program_unit(&p->mapping));
    return 0;
}

/* The same mapping with ideal devices, on the fast model. */
static int run_ideal(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    struct ohm_backend b;
    struct ohm_drive_stats stats;
    struct ohm_drive d = {.mapping = &p->mapping, .images = p->data.images, .first = o->first,
                          .count = p->run.done, .done = ideal_done, .user = p};
    const struct ohm_backend_settings s = {.config = &o->config, .device = ohm_device_find("ideal"),
                                           .seed = o->seed, .threads = o->threads};
    if (ohm_backend_open("model", &s, &b, err))
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
    if (!v
        || memcmp(v, a->p->run.scores + (image - a->p->options.first) * scores, scores * sizeof *v))
        a->differs = 1;
    a->images += !a->differs;
    return a->differs;
}

/* Runs up to `count` images again. */
static int run_again(struct program *p, struct ohm_backend *b, uint32_t count, const char *model,
                     struct ohm_drive_stats *stats, uint32_t *images, struct ohm_error *err)
{
    struct again a = {p, 0, 0};
    struct ohm_drive d = {.mapping = &p->chip, .images = p->data.images, .first = p->options.first,
                          .count = p->run.done < count ? p->run.done : count, .done = same_scores,
                          .scheme = p->options.program ? &p->options.scheme : NULL, .user = &a};
    if (program_prepare_again(p, b, err))
        return -1;
    d.programmed = p->programmed;
    int rc = ohm_drive_run(&d, b, stats, err);
    if (a.differs)
        ohm_fail(err, "mismatch: image %" PRIu32 ": the %s model has other scores",
                 d.first + a.images, model);
    *images = a.images;
    return rc;
}

/* What time the fast model's images take: the first ones again on the SystemC model, where there is
 * one. */
static int time_model(struct program *p, struct ohm_error *err)
{
    /* networks of many VMMs are steady sooner */
    enum { TIMED = 256, TIMED_MIN = 16, VMMS = 200000 };
    const struct ohm_options *o = &p->options;
    const uint64_t vmms = p->run.checked.vmms / (p->run.done ? p->run.done : 1) + 1;
    const uint64_t most = VMMS / vmms < TIMED_MIN ? TIMED_MIN
                          : VMMS / vmms > TIMED   ? TIMED
                                                  : VMMS / vmms;
    const struct ohm_backend_settings s = {.tlm_library = o->tlm_lib, .config = &o->config,
                                           .device = o->device, .physics = &o->physics,
                                           .seed = o->seed, .tlm = &o->tlm};
    struct ohm_backend b;
    struct ohm_error why = {"no SystemC model: --tlm-lib"};

    if (!o->tlm_lib || ohm_backend_open("tlm", &s, &b, &why)) {
        p->run.untimed = why;
        return 0;
    }
    const int rc = run_again(p, &b, (uint32_t)most, "SystemC", &p->run.timing, &p->run.timed, err);
    p->energy.cycles = p->run.timing.steady;
    b.close(b.self);
    return rc;
}

/* The fast model's numbers against the golden model's. */
static int check_model(struct program *p, struct ohm_error *err)
{
    enum { CHECKED = 4 };
    const struct ohm_options *o = &p->options;
    struct ohm_backend b;
    struct ohm_drive_stats untimed;
    struct ohm_golden_stats computed;
    const struct ohm_backend_settings s = {
        .config = &o->config, .device = o->device, .physics = &o->physics, .seed = o->seed};
    if (ohm_backend_open("golden", &s, &b, err))
        return -1;
    int rc = run_again(p, &b, CHECKED, "golden", &untimed, &p->run.again, err);
    ohm_golden_stats(b.golden, &computed);
    p->run.again_vmms = computed.vmms;
    b.close(b.self);
    return rc;
}

static int run_software(struct program *p, struct ohm_error *err)
{
    struct ohm_intref r;
    if (ohm_intref_new(&p->net, &r, err))
        return -1;
    for (uint32_t i = 0; i < p->run.done; i++) {
        const uint32_t image = p->options.first + i;
        p->run.predictions[i].software =
            ohm_intref_run(&r, p->data.images + (size_t)image * (size_t)p->net.inputs);
        ohm_report_image(&p->run, OHM_SOFTWARE, image, r.v, 1);
    }
    ohm_intref_free(&r);
    return 0;
}

int program_check_again(struct program *p, struct ohm_error *err)
{
    return p->options.backend->check == OHM_BACKEND_AGAIN
                   && (check_model(p, err) || time_model(p, err))
               ? -1
               : 0;
}

int program_compare(struct program *p, struct ohm_error *err)
{
    return run_ideal(p, err) || run_software(p, err) ? -1 : 0;
}
