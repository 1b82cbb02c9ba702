/* SPDX-License-Identifier: Apache-2.0
 * Defect maps: kept in order, looked up by row, read and written as text. */
#include "ohm_defects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_file.h"
#include "ohm_mapper.h"

enum { FORMAT = 1, LINE = 200, CODE_MAX = 16384, FIELDS = 6 };

void ohm_defects_free(struct ohm_defects *d)
{
    free(d->at);
    *d = (struct ohm_defects){0};
}

/* In order of what the file is ordered by. */
static int compare(const struct ohm_defect *a, const struct ohm_defect *b)
{
    const int by[][2] = {{a->y, b->y}, {a->x, b->x}, {a->row, b->row}, {a->col, b->col},
                         {a->dev, b->dev}};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++)
        if (by[i][0] != by[i][1])
            return by[i][0] < by[i][1] ? -1 : 1;
    return 0;
}

/* The first that is not before `one`. */
static size_t find(const struct ohm_defects *d, const struct ohm_defect *one)
{
    size_t low = 0, high = d->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare(&d->at[middle], one) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int ohm_defects_add(struct ohm_defects *d, const struct ohm_defect *one, struct ohm_error *err)
{
    const size_t at = find(d, one);
    if (at < d->count && !compare(&d->at[at], one)) {
        d->at[at].g = one->g;
        return 0;
    }
    if (d->count == d->room) {
        const size_t room = d->room ? 2 * d->room : 64;
        struct ohm_defect *more = realloc(d->at, room * sizeof *more);
        if (!more)
            return ohm_fail(err, "defects: out of memory for %zu devices", room);
        d->at = more;
        d->room = room;
    }
    memmove(d->at + at + 1, d->at + at, (d->count - at) * sizeof *d->at);
    d->at[at] = *one;
    d->count++;
    return 0;
}

const struct ohm_defect *ohm_defects_row(const struct ohm_defects *d, int x, int y, int row,
                                         size_t *count)
{
    const struct ohm_defect first = {.x = x, .y = y, .row = row}, last = {.x = x, .y = y,
                                                                          .row = row + 1};
    const size_t from = find(d, &first);
    *count = find(d, &last) - from;
    return d->at + from;
}

/* ---- the file ---- */

/* A number of the line, from 0 to most. */
static int number(const char *name, const char *text, int most, int *out, struct ohm_error *err)
{
    char *end;
    errno = 0;
    const long v = text ? strtol(text, &end, 10) : 0;
    if (!text || end == text || *end || errno || v < 0 || v > most)
        return ohm_fail(err, "%s: %.40s, expected 0 to %d", name, text ? text : "missing", most);
    *out = (int)v;
    return 0;
}

static int read_device(char *const word[FIELDS], const struct ohm_config *c, struct ohm_defects *d,
                       struct ohm_error *err)
{
    struct ohm_defect one = {0};
    if (number("tile x", word[0], c->mesh_w - 1, &one.x, err)
        || number("tile y", word[1], c->mesh_h - 1, &one.y, err))
        return -1;
    if (!word[2] || (strcmp(word[2], "plus") && strcmp(word[2], "minus")))
        return ohm_fail(err, "device: %.40s, expected plus or minus",
                        word[2] ? word[2] : "missing");
    one.dev = *word[2] == 'm';
    if (number("row", word[3], c->rows - 1, &one.row, err)
        || number("column", word[4], c->cols - 1, &one.col, err)
        || number("conductance", word[5], OHM_DEFECT_G_MAX, &one.g, err))
        return -1;
    return ohm_defects_add(d, &one, err);
}

/* heads: lines of the head so far. */
static int read_line(char *line, const struct ohm_config *c, int *heads, struct ohm_defects *d,
                     struct ohm_error *err)
{
    char *word[FIELDS] = {NULL}, *rest = line;
    int n = 0, v;
    line[strcspn(line, "#\n")] = '\0';
    for (char *w; (w = strtok_r(rest, " \t\r", &rest));) {
        if (n == FIELDS)
            return ohm_fail(err, "'%.40s', expected %d words at most", w, FIELDS);
        word[n++] = w;
    }
    if (!n)
        return 0;
    if (*heads == 0) {
        if (strcmp(word[0], "defects") || n != 2)
            return ohm_fail(err, "'%.40s', expected the line: defects %d", word[0], FORMAT);
        if (number("defects", word[1], FORMAT, &v, err) || v != FORMAT)
            return ohm_fail(err, "defects: format %.40s, expected %d", word[1], FORMAT);
    } else if (*heads == 1) {
        int rows, cols;
        if (strcmp(word[0], "tiles") || n != 3)
            return ohm_fail(err, "'%.40s', expected the line: tiles ROWS COLUMNS", word[0]);
        if (number("tiles", word[1], OHM_REG_COLMAP_COUNT, &rows, err)
            || number("tiles", word[2], OHM_REG_COLMAP_COUNT, &cols, err))
            return -1;
        if (rows != c->rows || cols != c->cols)
            return ohm_fail(err, "tiles: %d %d, expected %d %d as configuration %s has", rows,
                            cols, c->rows, c->cols, c->name);
    } else {
        return read_device(word, c, d, err);
    }
    ++*heads;
    return 0;
}

int ohm_defects_load(const char *path, const struct ohm_config *config, struct ohm_defects *out,
                     struct ohm_error *err)
{
    FILE *f = fopen(path, "r");
    char line[LINE + 2];
    int rc = 0, heads = 0;
    *out = (struct ohm_defects){0};
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    for (unsigned k = 1; !rc; k++) {
        struct ohm_error why;
        memset(line, 1, sizeof line); /* so that a second 0 tells of one in the text */
        if (!fgets(line, sizeof line, f))
            break;
        const size_t length = strlen(line);
        if (length > LINE)
            rc = ohm_fail(err, "%s:%u: longer than %d characters", path, k, LINE);
        else if (memchr(line + length + 1, 0, sizeof line - length - 1))
            rc = ohm_fail(err, "%s:%u: a byte 0, expected text", path, k);
        else if (read_line(line, config, &heads, out, &why))
            rc = ohm_fail(err, "%s:%u: %.300s", path, k, why.text);
    }
    if (!rc && ferror(f))
        rc = ohm_fail(err, "%s: %s", path, strerror(errno));
    if (!rc && heads < 2)
        rc = ohm_fail(err, "%s: ends before its second line, expected: %s", path,
                      heads ? "tiles ROWS COLUMNS" : "defects 1");
    fclose(f);
    if (rc)
        ohm_defects_free(out);
    return rc;
}

int ohm_defects_save(const char *path, const struct ohm_config *config,
                     const struct ohm_defects *d, const char *what, struct ohm_error *err)
{
    struct ohm_file f;
    if (ohm_file_create(&f, NULL, path, err))
        return -1;
    fprintf(f.to, "# Devices that do not change: %s\ndefects %d\ntiles %d %d\n", what, FORMAT,
            config->rows, config->cols);
    fprintf(f.to, "# tile x y, device, row, column, conductance in G_max/2^14\n");
    for (size_t i = 0; i < d->count; i++)
        fprintf(f.to, "%d %d %s %d %d %d\n", d->at[i].x, d->at[i].y,
                d->at[i].dev ? "minus" : "plus", d->at[i].row, d->at[i].col, d->at[i].g);
    return ohm_file_finish(&f, err);
}

/* ---- targets ---- */

int ohm_defects_repair(const int stuck[2], uint16_t *plus, uint16_t *minus)
{
    const int want = *plus - *minus;
    uint16_t *const target[2] = {plus, minus};
    for (int dev = 0; dev < 2; dev++) {
        if (stuck[dev] < 0)
            continue;
        *target[dev] = (uint16_t)(stuck[dev] > CODE_MAX ? CODE_MAX : stuck[dev]);
        if (stuck[1 - dev] >= 0)
            continue;
        const int to = dev ? stuck[dev] + want : stuck[dev] - want;
        *target[1 - dev] = (uint16_t)(to < 0 ? 0 : to > CODE_MAX ? CODE_MAX : to);
    }
    return (stuck[0] < 0 ? *plus : stuck[0]) - (stuck[1] < 0 ? *minus : stuck[1]) - want;
}

void ohm_tile_targets(const struct ohm_mapping *m, int tile, int row, uint16_t *codes[2],
                      uint8_t *stuck[2])
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    size_t count = 0;
    const struct ohm_defect *d =
        m->defects ? ohm_defects_row(m->defects, t->x, t->y, row, &count) : NULL;
    for (int dev = 0; dev < 2; dev++) {
        ohm_tile_codes(m, tile, dev, row, codes[dev]);
        if (stuck)
            memset(stuck[dev], 0, (size_t)t->cols);
    }
    for (size_t i = 0; i < count;) {
        const int col = d[i].col;
        int g[2] = {-1, -1};
        for (; i < count && d[i].col == col; i++)
            g[d[i].dev] = d[i].g;
        if (col >= t->cols)
            continue;
        ohm_defects_repair(g, &codes[0][col], &codes[1][col]);
        for (int dev = 0; stuck && dev < 2; dev++)
            stuck[dev][col] = g[dev] >= 0;
    }
}
