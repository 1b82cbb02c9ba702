/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ohm_npy.h"

static int load_npy(const char *path, struct ohm_table *t, struct ohm_error *err)
{
    struct ohm_npy a;
    if (ohm_npy_load(path, &a, err))
        return -1;
    int rc = 0;
    if (a.type != OHM_NPY_F32 && a.type != OHM_NPY_F64)
        rc = ohm_fail(err, "%s: an integer type, expected float32 or float64", path);
    else if (a.dims != 1 && a.dims != 2)
        rc = ohm_fail(err, "%s: %d dimensions, expected 1 or 2", path, a.dims);
    else if (a.count == 0)
        rc = ohm_fail(err, "%s: empty array", path);
    if (!rc) {
        t->rows = a.shape[0];
        t->cols = a.dims == 2 ? a.shape[1] : 1;
        t->v = malloc(a.count * sizeof *t->v);
        if (!t->v)
            rc = ohm_fail(err, "%s: out of memory", path);
        for (size_t i = 0; i < a.count && !rc; i++)
            t->v[i] = a.type == OHM_NPY_F32 ? (double)((const float *)a.data)[i]
                                            : ((const double *)a.data)[i];
    }
    ohm_npy_free(&a);
    return rc;
}

/* Characters of a value that a message shows. */
static int shown(const char *p)
{
    const size_t n = strcspn(p, ",\r\n");
    return n < 40 ? (int)n : 40;
}

/* One line's numbers, appended; *room grows. */
static int parse_line(const char *path, size_t line, const char *p, struct ohm_table *t,
                      size_t *room, struct ohm_error *err)
{
    size_t n = 0;
    for (;;) {
        char *end;
        double x = strtod(p, &end);
        if (end == p
            || !(*(end + strspn(end, " \t\r\n")) == ',' || !*(end + strspn(end, " \t\r\n"))))
            return ohm_fail(err, "%s: line %zu, value %zu: '%.*s', expected a number", path, line,
                            n + 1, shown(p), p);
        if (p[0] == '0' && p[1] >= '0'
            && p[1] <= '9') /* 0,00001 of a spreadsheet would be two numbers */
            return ohm_fail(err,
                            "%s: line %zu, value %zu: '%.*s', expected no 0 before it: numbers "
                            "have a decimal point",
                            path, line, n + 1, shown(p), p);
        size_t used = t->rows * t->cols + n;
        if (used >= *room) {
            double *grown = realloc(t->v, (*room = 2 * *room + 64) * sizeof *grown);
            if (!grown)
                return ohm_fail(err, "%s: out of memory", path);
            t->v = grown;
        }
        t->v[used] = x;
        n++;
        p = end + strspn(end, " \t\r\n");
        if (!*p)
            break;
        p++;
        if (!*(p + strspn(p, " \t\r\n")))
            return ohm_fail(err, "%s: line %zu: ends in a comma, expected a number", path, line);
    }
    if (t->rows > 0 && n != t->cols)
        return ohm_fail(err, "%s: line %zu: %zu values, expected %zu as in the first row", path,
                        line, n, t->cols);
    t->cols = n;
    t->rows++;
    return 0;
}

static int load_csv(const char *path, struct ohm_table *t, struct ohm_error *err)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t size = 0, number = 0, room = 0;
    int rc = 0;
    ssize_t length;
    while (!rc && (length = getline(&line, &size, f)) >= 0) {
        number++;
        char *p = line + (number == 1 && !strncmp(line, "\xef\xbb\xbf", 3) ? 3 : 0);
        p += strspn(p, " \t\r\n");
        if (strlen(line) != (size_t)length)
            rc = ohm_fail(err, "%s: line %zu: a byte 0, expected text", path, number);
        else if (*p && *p != '#')
            rc = parse_line(path, number, p, t, &room, err);
    }
    if (!rc && ferror(f))
        rc = ohm_fail(err, "%s: %s", path, strerror(errno));
    if (!rc && t->rows == 0)
        rc = ohm_fail(err, "%s: no numbers", path);
    free(line);
    fclose(f);
    return rc;
}

int ohm_table_load(const char *path, struct ohm_table *t, struct ohm_error *err)
{
    memset(t, 0, sizeof *t);
    FILE *f = fopen(path, "rb");
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    int first = getc(f);
    fclose(f);
    int rc = first == 0x93 ? load_npy(path, t, err) : load_csv(path, t, err);
    for (size_t i = 0; !rc && i < t->rows * t->cols; i++)
        if (!isfinite(t->v[i]))
            rc = ohm_fail(err, "%s: row %zu, column %zu = %g, expected a finite number", path,
                          i / t->cols, i % t->cols, t->v[i]);
    if (rc)
        ohm_table_free(t);
    return rc;
}

void ohm_table_free(struct ohm_table *t)
{
    free(t->v);
    memset(t, 0, sizeof *t);
}

static FILE *add_output(struct ohm_outputs *o, const char *path, struct ohm_error *err)
{
    if (o->count == OHM_OUTPUTS_MAX || strlen(path) >= sizeof o->of[0].path) {
        ohm_fail(err, "%.200s: too many output files, or too long a name", path);
        return NULL;
    }
    for (int i = 0; i < o->count; i++)
        if (!strcmp(o->of[i].path, path)) {
            ohm_fail(err, "%s: named for two outputs", path);
            return NULL;
        }
    snprintf(o->of[o->count].path, sizeof o->of[0].path, "%s", path);
    snprintf(o->of[o->count].temporary, sizeof o->of[0].temporary, "%s.%ld.tmp", path,
             (long)getpid());
    struct stat s;
    FILE *f = !stat(path, &s) && S_ISDIR(s.st_mode) ? (errno = EISDIR, NULL)
                                                    : fopen(o->of[o->count].temporary, "wbx");
    if (!f) {
        ohm_fail(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    o->of[o->count].reserved = 0;
    o->of[o->count++].file = f;
    return f;
}

int ohm_outputs_reserve(struct ohm_outputs *o, const char *path, struct ohm_error *err)
{
    if (!add_output(o, path, err))
        return -1;
    o->of[o->count - 1].reserved = 1;
    return 0;
}

FILE *ohm_outputs_open(struct ohm_outputs *o, const char *path, struct ohm_error *err)
{
    for (int i = 0; i < o->count; i++)
        if (o->of[i].reserved && !strcmp(o->of[i].path, path)) {
            o->of[i].reserved = 0;
            return o->of[i].file;
        }
    return add_output(o, path, err);
}

int ohm_outputs_array(struct ohm_outputs *o, const char *path, int dims, const size_t *shape,
                      const double *data, struct ohm_error *err)
{
    FILE *f = ohm_outputs_open(o, path, err);
    if (!f)
        return -1;
    size_t n = strlen(path), count = 1, cols = shape[dims - 1];
    if (n > 4 && !strcmp(path + n - 4, ".npy")) {
        ohm_npy_write(f, dims, shape, data);
        return 0;
    }
    for (int i = 0; i < dims; i++)
        count *= shape[i];
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%.17g%c", data[i], (i + 1) % cols ? ',' : '\n');
    return 0;
}

int ohm_outputs_commit(struct ohm_outputs *o, struct ohm_error *err)
{
    for (int i = 0; i < o->count; i++) {
        int bad = ferror(o->of[i].file) | fclose(o->of[i].file);
        o->of[i].file = NULL;
        if (bad) {
            ohm_fail(err, "%s: could not be written (%s)", o->of[i].path, strerror(errno));
            ohm_outputs_abandon(o);
            return -1;
        }
    }
    for (int i = 0; i < o->count; i++)
        if (rename(o->of[i].temporary, o->of[i].path)) {
            ohm_fail(err, "%s: %s", o->of[i].path, strerror(errno));
            ohm_outputs_abandon(o);
            return -1;
        }
    o->count = 0;
    return 0;
}

void ohm_outputs_abandon(struct ohm_outputs *o)
{
    for (int i = 0; i < o->count; i++) {
        if (o->of[i].file)
            fclose(o->of[i].file);
        remove(o->of[i].temporary);
    }
    o->count = 0;
}
