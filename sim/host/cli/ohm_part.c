/* SPDX-License-Identifier: Apache-2.0
 * How a run can be divided among processes: images are independent, their noise is keyed by their
 * number, and sums are exact, so any division gives the same result. Parts begin at whole rounds of
 * sequences and at whole steps of the credits that the host grants, so that the packets of all
 * parts together are those of the whole run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ohm_program.h"

enum { TIMED_MOST = 256, TIMED_LEAST = 16, TIMED_VMMS = 4096 };

/* ---- what the result depends on ---- */

/* FNV-1a, 64 bits. */
static void hash(uint64_t *h, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++)
        *h = (*h ^ at[i]) * UINT64_C(0x100000001b3);
}

static int hash_file(uint64_t *h, const char *path, struct ohm_error *err)
{
    uint8_t block[65536];
    size_t n;
    if (!path)
        return 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return ohm_fail(err, "%s: cannot be read", path);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        hash(h, block, n);
    const int bad = ferror(f);
    fclose(f);
    return bad ? ohm_fail(err, "%s: cannot be read", path) : 0;
}

static void hash_network(uint64_t *h, const struct ohm_net *net)
{
    for (int i = 0; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        const size_t outputs = (size_t)l->outputs;
        if (l->weights)
            hash(h, l->weights, (size_t)l->inputs * outputs);
        if (l->bias)
            hash(h, l->bias, outputs * sizeof *l->bias);
        if (l->scale)
            hash(h, l->scale, outputs * sizeof *l->scale);
    }
    if (net->calib)
        hash(h, net->calib, (size_t)net->calib_count * (size_t)net->inputs);
}

/* The command and the mapping as text, every file by what it holds, and the programs. */
static int find_key(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const char *const files[] = {o->device_file, o->physics_file, o->program, o->defects,
                                 o->backend->waves ? o->rtl_lib : NULL, "/proc/self/exe"};
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return ohm_fail(err, "out of memory");
    ohm_report_command(o, o->first, o->count, 0, f);
    fprintf(f, "%" PRIu32 "\n", o->timed);
    ohm_mapping_print(&p->chip, 1, f);
    if (fclose(f))
        return ohm_fail(err, "out of memory");
    hash(&h, text, size);
    free(text);
    hash_network(&h, &p->net);
    hash(&h, p->data.images + (size_t)o->first * (size_t)p->net.inputs,
         (size_t)o->count * (size_t)p->net.inputs);
    const size_t labels = (size_t)p->data.label_steps;
    if (p->data.labels)
        hash(&h, p->data.labels + o->first * labels, o->count * labels * sizeof *p->data.labels);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (hash_file(&h, files[i], err))
            return -1;
    snprintf(p->key, sizeof p->key, "%016" PRIx64, h);
    return 0;
}

/* ---- where it can be divided ---- */

/* Why it cannot be; NULL: it can. */
static const char *alone(const struct ohm_options *o)
{
    return o->waves                  ? "--waves"
         : o->record                 ? "--record"
         : o->reload                 ? "--reload"
         : o->outputs                ? "--outputs"
         : o->limit_cycles           ? "--limit-cycles"
         : !o->check                 ? "--no-check"
         : o->compensate             ? "--compensate"
         : o->calibrate              ? "--calibrate"
         : o->coding.spare_columns   ? "--spare-columns"
         : o->save_defects           ? "--save-defects"
         : o->maps                   ? "--maps"
         : o->backend->board         ? "--backend uart"
         : o->backend->tunable       ? "--backend tlm"
         : o->backend->check == OHM_BACKEND_NAIVE ? "--backend golden"
                                     : NULL;
}

/* Images of a whole step: of rounds, and of what the host grants the tails at once. */
static uint32_t step_of(const struct ohm_mapping *m)
{
    const uint32_t lanes = (uint32_t)ohm_lanes(m), frames = ohm_frames(m),
                   grants = (uint32_t)m->result_window / OHM_DRIVE_GRANTS;
    uint32_t rounds = 1;
    while (grants && rounds * frames % grants)
        rounds++;
    return rounds * lanes;
}

static uint32_t vmms_of(const struct ohm_mapping *m)
{
    uint32_t n = 0;
    for (int i = 0; i < m->tile_count; i++)
        n += m->tiles[i].vec ? 0 : (uint32_t)m->tiles[i].windows;
    return n * (uint32_t)ohm_net_steps(m->net);
}

int program_plan(struct program *p, FILE *to, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const char *why = alone(o);
    if (why) {
        fprintf(to, "{\"first\": %" PRIu32 ", \"count\": %" PRIu32 ", \"alone\": \"%s\"}\n",
                o->first, o->count, why);
        return 0;
    }
    const uint32_t step = step_of(&p->chip), vmms = vmms_of(&p->chip),
                   lanes = (uint32_t)ohm_lanes(&p->chip);
    uint32_t timed = TIMED_VMMS / (vmms ? vmms : 1);
    timed = timed > TIMED_MOST ? TIMED_MOST : timed < TIMED_LEAST ? TIMED_LEAST : timed;
    timed = (timed + lanes - 1) / lanes * lanes;
    p->options.timed = o->count > timed && !o->backend->untimed ? timed : 0;
    if (find_key(p, err))
        return -1;
    const uint32_t least = o->timed ? o->timed : o->backend->untimed ? step : o->count;
    fprintf(to,
            "{\"first\": %" PRIu32 ", \"count\": %" PRIu32 ", \"origin\": %" PRIu32
            ", \"step\": %" PRIu32 ", \"timed\": %" PRIu32 ", \"least\": %" PRIu32
            ", \"vmms\": %" PRIu32 ", \"key\": \"%s\"}\n",
            o->first, o->count, o->first / lanes * lanes, step, o->timed, least, vmms, p->key);
    return 0;
}

/* ---- a part ---- */

static int take_range(struct program *p, struct ohm_error *err)
{
    struct ohm_options *o = &p->options;
    const uint32_t lanes = (uint32_t)ohm_lanes(&p->chip), origin = o->first / lanes * lanes,
                   step = step_of(&p->chip), end = o->first + o->count;
    unsigned first, count;
    int n = 0;
    if (sscanf(o->part, "%9u:%9u:%n", &first, &count, &n) != 2 || !n || !o->part[n])
        return ohm_fail(err, "--part: %s, expected FIRST:N:FILE", o->part);
    if (first < o->first || !count || first + count > end)
        return ohm_fail(err,
                        "--part: %s, expected images within %" PRIu32 " to %" PRIu32
                        " (--first, --count)",
                        o->part, o->first, end - 1);
    if ((first != o->first && (first - origin) % step)
        || (first + count != end && (first + count - origin) % step))
        return ohm_fail(err,
                        "--part: %s, expected a beginning and an end that are whole steps of "
                        "%" PRIu32 " images from image %" PRIu32 " on",
                        o->part, step, origin);
    if (o->timed && first == o->first && first + count < origin + o->timed)
        return ohm_fail(err, "--part: %s, expected at least the %" PRIu32 " images of --timed",
                        o->part, o->timed);
    if (!o->timed && !o->backend->untimed && count != o->count)
        return ohm_fail(err, "--part: %s, expected all images without --timed", o->part);
    p->part_file = o->part + n;
    o->first = first;
    o->count = count;
    return 0;
}

int program_part_begin(struct program *p, struct ohm_error *err)
{
    const struct ohm_options *o = &p->options;
    const char *why = alone(o);
    if (!o->part && !o->merge)
        return 0;
    if (why)
        return ohm_fail(err, "--%s: with %s, expected without: such a run stays in one process",
                        o->part ? "part" : "merge", why);
    if (find_key(p, err))
        return -1;
    return o->part ? take_range(p, err) : 0;
}
