/* SPDX-License-Identifier: Apache-2.0
 * Puts a run together from its parts: every image there once, all parts of the same run, what was
 * before the first image the same in all. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_activity.h"
#include "ohm_file.h"
#include "ohm_program.h"

struct part {
    char path[OHM_FILE_PATH_MAX];
    cJSON *file, *root; /* the file, and in it the part itself */
    uint32_t first, count;
};

struct parts {
    struct part *at;
    size_t count;
};

/* ---- fields ---- */

static const char *text_of(const struct part *p, const cJSON *in, const char *name,
                           struct ohm_error *err)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(in, name));
    if (!text)
        ohm_fail(err, "%s: %s: missing, expected text", p->path, name);
    return text;
}

static int take_counts(const struct part *p, const cJSON *in, const char *name, void *to,
                       size_t bytes, struct ohm_error *err)
{
    const char *text = text_of(p, in, name, err), *at = text;
    uint64_t *out = to;
    if (!text)
        return -1;
    for (size_t i = 0; i < bytes / sizeof *out; i++) {
        char *end;
        out[i] = strtoull(at, &end, 10);
        if (end == at)
            return ohm_fail(err, "%s: %s: \"%.40s\", expected %zu numbers", p->path, name, text,
                            bytes / sizeof *out);
        at = end;
    }
    return *at ? ohm_fail(err, "%s: %s: \"%.40s\", expected %zu numbers", p->path, name, text,
                          bytes / sizeof *out)
               : 0;
}

static int take_number(const struct part *p, const cJSON *in, const char *name, double *to,
                       struct ohm_error *err)
{
    const char *text = text_of(p, in, name, err);
    char *end;
    if (!text)
        return -1;
    *to = strtod(text, &end);
    return *end || end == text
               ? ohm_fail(err, "%s: %s: \"%.40s\", expected a number", p->path, name, text)
               : 0;
}

static int take_sum(const struct part *p, const cJSON *in, const char *name,
                    struct ohm_exact_sum *to, struct ohm_error *err)
{
    const char *text = text_of(p, in, name, err);
    return !text                       ? -1
           : !ohm_exact_scan(text, to) ? 0
                                       : ohm_fail(err, "%s: %s: \"%.40s\", expected an exact sum",
                                                  p->path, name, text);
}

/* ---- files ---- */

static int load(struct part *p, struct ohm_error *err)
{
    char *text = NULL;
    size_t size;
    FILE *f = fopen(p->path, "r"), *to = open_memstream(&text, &size);
    int c;
    if (!f || !to) {
        if (f)
            fclose(f);
        if (to)
            fclose(to);
        free(text);
        return ohm_fail(err, "%s: cannot be read", p->path);
    }
    while ((c = getc(f)) != EOF)
        putc(c, to);
    fclose(f);
    fclose(to);
    p->file = cJSON_Parse(text);
    free(text);
    cJSON *const inner = cJSON_GetObjectItemCaseSensitive(p->file, "result");
    p->root = inner ? inner : p->file; /* in the record of a plan's job */
    const char *format =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(p->root, "format"));
    const cJSON *first = cJSON_GetObjectItemCaseSensitive(p->root, "first"),
                *count = cJSON_GetObjectItemCaseSensitive(p->root, "count");
    if (!format || strcmp(format, OHM_PART_FORMAT) || !cJSON_IsNumber(first)
        || !cJSON_IsNumber(count))
        return ohm_fail(err, "%s: format \"%.40s\", expected %s with first and count", p->path,
                        format ? format : "", OHM_PART_FORMAT);
    p->first = (uint32_t)first->valuedouble;
    p->count = (uint32_t)count->valuedouble;
    return 0;
}

static int is_part(const struct dirent *d)
{
    const size_t n = strlen(d->d_name);
    return n > 5 && !strcmp(d->d_name + n - 5, ".json") && strcmp(d->d_name, "merge.json");
}

static int by_first(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
                                : strcmp(x->path, y->path);
}

static int load_all(const char *directory, struct parts *all, struct ohm_error *err)
{
    struct dirent **names;
    const int n = scandir(directory, &names, is_part, alphasort);
    int rc = 0;
    if (n < 0)
        return ohm_fail(err, "--merge: %s: cannot be read", directory);
    all->at = calloc((size_t)n + 1, sizeof *all->at);
    for (int i = 0; i < n; i++) {
        struct part *p = all->at ? &all->at[all->count] : NULL;
        if (!p)
            rc = ohm_fail(err, "out of memory");
        if (!rc) {
            snprintf(p->path, sizeof p->path, "%s/%.250s", directory, names[i]->d_name);
            all->count++;
            rc = load(p, err);
        }
        free(names[i]);
    }
    free(names);
    if (!rc && all->count)
        qsort(all->at, all->count, sizeof *all->at, by_first);
    return rc;
}

/* Every image once. */
static int check_ranges(const struct program *p, const char *directory, const struct parts *all,
                        struct ohm_error *err)
{
    const uint32_t end = p->options.first + p->options.count;
    uint32_t next = p->options.first;
    for (size_t i = 0; i < all->count; i++) {
        const struct part *at = &all->at[i];
        const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(at->root, "key"));
        if (!key || strcmp(key, p->key))
            return ohm_fail(err,
                            "%s: inconsistent: of run %.40s, expected %s (other options, files or "
                            "programs)",
                            at->path, key ? key : "without key", p->key);
        if (at->first < next)
            return ohm_fail(err, "%s: duplicate: image %" PRIu32 " is in another part, too",
                            at->path, at->first);
        if (at->first > next)
            break;
        next += at->count;
    }
    if (next < end)
        return ohm_fail(err, "%s: missing: no part has image %" PRIu32, directory, next);
    return next == end ? 0
                       : ohm_fail(err, "%s: image %" PRIu32 ", expected none after %" PRIu32,
                                  directory, end, end - 1);
}

/* ---- what they add up to ---- */

static int add_layers(struct program *p, const struct part *at, struct ohm_error *err)
{
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(at->root, "layers");
    uint64_t compared = 0;
    if (cJSON_GetArraySize(layers) != p->net.layer_count)
        return ohm_fail(err, "%s: layers: %d, expected %d", at->path, cJSON_GetArraySize(layers),
                        p->net.layer_count);
    for (int l = 0; l < p->net.layer_count; l++) {
        const cJSON *j = cJSON_GetArrayItem(layers, l);
        struct ohm_layer_sums s = {0};
        if (take_counts(at, j, "samples", &s.n, sizeof s.n, err)
            || take_sum(at, j, "error", &s.error, err)
            || take_sum(at, j, "square", &s.square, err)
            || take_sum(at, j, "output_square", &s.out_square, err)
            || take_sum(at, j, "signal", &s.signal, err)
            || take_counts(at, j, "bins", s.bins, sizeof s.bins, err)
            || take_number(at, j, "low", &s.low, err) || take_number(at, j, "high", &s.high, err)
            || take_number(at, j, "output_most", &s.out_most, err))
            return -1;
        ohm_figures_add(p->figures, l, &s);
    }
    if (take_counts(at, at->root, "compared", &compared, sizeof compared, err))
        return -1;
    ohm_figures_add_compared(p->figures, compared);
    return 0;
}

/* Counts of a part, all (sign 1), or off again (-1). */
static int count_activity(struct program *p, const struct part *at, const char *of, int sign,
                          struct ohm_error *err)
{
    struct ohm_energy_run *e = &p->energy;
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(at->root, of);
    struct ohm_activity *more = ohm_activity_share(e->activity);
    uint64_t chip[4];
    if (!more)
        return ohm_fail(err, "out of memory");
    int rc = take_counts(at, from, "chip", chip, sizeof chip, err);
    for (int i = 0; !rc && i < p->chip.tile_count; i++) {
        const struct ohm_tile_map *t = &p->chip.tiles[i];
        char name[16];
        snprintf(name, sizeof name, "%d,%d", t->x, t->y);
        rc = take_counts(at, from, name, &more->tile[16 * t->y + t->x], sizeof more->tile[0], err);
    }
    if (!rc) {
        more->router_flits = chip[0];
        more->link_flits = chip[1];
        more->words_in = chip[2];
        more->words_out = chip[3];
        (sign > 0 ? ohm_activity_add : ohm_activity_subtract)(e->activity, more);
    }
    ohm_activity_free(more);
    return rc;
}

static int add_activity(struct program *p, const struct part *at, struct ohm_error *err)
{
    struct ohm_energy_run *e = &p->energy;
    const int opening = at->first == p->options.first;
    double programming;
    if (take_number(at, at->root, "programming_pj", &programming, err))
        return -1;
    if (!opening && programming != e->programming_pj)
        return ohm_fail(err, "%s: inconsistent: programming_pj %.17g, expected %.17g", at->path,
                        programming, e->programming_pj);
    e->programming_pj = programming;
    return count_activity(p, at, "activity", 1, err)
                   || (!opening && count_activity(p, at, "once", -1, err))
               ? -1
               : 0;
}

/* The words of an image; NULL: they are none. */
static const char *take_image(struct program *p, uint32_t image, const char *text)
{
    const size_t scores = (size_t)ohm_net_scores(&p->net);
    struct ohm_prediction *r = &p->run.predictions[image];
    int32_t *score = p->run.scores + (size_t)image * scores;
    int n = 0;
    if (sscanf(text, "%d %d %d%n", &r->chip, &r->ideal, &r->software, &n) != 3)
        return NULL;
    for (int w = OHM_CHIP; w <= OHM_SOFTWARE && ohm_report_has_steps(&p->run); w++) {
        text += n;
        if (sscanf(text, "%d %lf%n", &r->right[w], &r->bits[w], &n) != 2)
            return NULL;
    }
    text += n;
    for (size_t k = 0; k < scores; k++) {
        char *end;
        score[k] = (int32_t)strtol(text, &end, 10);
        if (end == text)
            return NULL;
        text = end;
    }
    return *text ? NULL : text;
}

static int add_images(struct program *p, const struct part *at, struct ohm_error *err)
{
    const cJSON *images = cJSON_GetObjectItemCaseSensitive(at->root, "images"), *image;
    uint32_t i = at->first - p->options.first;
    if ((uint32_t)cJSON_GetArraySize(images) != at->count)
        return ohm_fail(err, "%s: images: %d, expected %" PRIu32, at->path,
                        cJSON_GetArraySize(images), at->count);
    cJSON_ArrayForEach(image, images)
    {
        const char *text = cJSON_GetStringValue(image);
        if (!text || !take_image(p, i++, text))
            return ohm_fail(err, "%s: images: \"%.40s\", expected classes and scores", at->path,
                            text ? text : "");
    }
    p->run.done += at->count;
    return 0;
}

/* Counts of checks: what was before the images is there once. */
static int add_checked(struct program *p, const struct part *at, struct ohm_error *err)
{
    struct ohm_golden_stats before, all;
    uint64_t *sum = (uint64_t *)&p->run.checked;
    if (take_counts(at, at->root, "checked_before", &before, sizeof before, err)
        || take_counts(at, at->root, "checked", &all, sizeof all, err))
        return -1;
    const int opening = at->first == p->options.first;
    if (!opening && memcmp(&before, &p->checked_before, sizeof before))
        return ohm_fail(err, "%s: inconsistent: checked_before differs from the first part's",
                        at->path);
    p->checked_before = before;
    for (size_t i = 0; i < sizeof all / sizeof *sum; i++)
        sum[i] += ((uint64_t *)&all)[i] - (opening ? 0 : ((uint64_t *)&before)[i]);
    return 0;
}

static int add_part(struct program *p, const struct part *at, struct ohm_error *err)
{
    struct ohm_drive_stats *s = &p->run.stats;
    const int opening = at->first == p->options.first;
    uint64_t cycles[3], counters[OHM_DRIVE_COUNTERS];
    uint64_t tiles[OHM_MESH_MAX * OHM_MESH_MAX][OHM_DRIVE_COUNTERS];
    struct ohm_write_result write;
    double steady, seconds, setup;
    if (take_counts(at, at->root, "cycles", cycles, sizeof cycles, err)
        || take_number(at, at->root, "steady", &steady, err)
        || take_counts(at, at->root, "counters", counters, sizeof counters, err)
        || take_counts(at, at->root, "tile_counters", tiles,
                       (size_t)p->chip.tile_count * sizeof tiles[0], err)
        || take_counts(at, at->root, "write", &write, sizeof write, err)
        || take_number(at, at->root, "seconds", &seconds, err)
        || take_number(at, at->root, "setup_seconds", &setup, err) || add_checked(p, at, err))
        return -1;
    if (opening) {
        s->start_cycle = cycles[0];
        s->end_cycle = cycles[1];
        s->latency = cycles[2];
        s->steady = steady;
        s->write = write;
    } else if (memcmp(&write, &s->write, sizeof write)) {
        return ohm_fail(err, "%s: inconsistent: programming differs from the first part's",
                        at->path);
    }
    for (size_t i = 0; i < OHM_DRIVE_COUNTERS; i++)
        s->counters[i] += counters[i];
    for (int t = 0; t < p->chip.tile_count; t++)
        for (size_t i = 0; i < OHM_DRIVE_COUNTERS; i++)
            s->tile_counters[t][i] += tiles[t][i];
    p->run.seconds += seconds;
    p->run.setup_seconds += setup;
    return add_layers(p, at, err) || (p->energy.activity && add_activity(p, at, err))
                   || add_images(p, at, err)
               ? -1
               : 0;
}

int program_merge(struct program *p, struct ohm_error *err)
{
    struct parts all = {0};
    int rc = load_all(p->options.merge, &all, err)
                     || check_ranges(p, p->options.merge, &all, err)
                 ? -1
                 : 0;
    for (size_t i = 0; !rc && i < all.count; i++)
        rc = add_part(p, &all.at[i], err);
    for (size_t i = 0; i < all.count; i++)
        cJSON_Delete(all.at[i].file);
    p->run.parts = (uint32_t)all.count;
    free(all.at);
    p->energy.images = p->run.done;
    p->energy.cycles = p->run.stats.steady;
    return rc;
}
