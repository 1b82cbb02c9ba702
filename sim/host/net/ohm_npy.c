/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_npy.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_HEADER 65536
#define MAX_BYTES ((size_t)1 << 31)

static const struct {
    const char *descr, *name;
    size_t size;
} TYPES[] = {
    [OHM_NPY_U8] = {"|u1", "uint8", 1},
    [OHM_NPY_S8] = {"|i1", "int8", 1},
    [OHM_NPY_S16] = {"<i2", "int16", 2},
    [OHM_NPY_S32] = {"<i4", "int32", 4},
    [OHM_NPY_S64] = {"<i8", "int64", 8},
    [OHM_NPY_F32] = {"<f4", "float32", 4},
    [OHM_NPY_F64] = {"<f8", "float64", 8},
};
#define TYPE_COUNT (sizeof TYPES / sizeof TYPES[0])

/* The text after 'key': in the header's dictionary, or NULL. */
static const char *find_value(const char *header, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *p = strstr(header, quoted);
    if (!p)
        return NULL;
    p += strlen(quoted);
    p += strspn(p, " ");
    if (*p != ':')
        return NULL;
    return p + 1 + strspn(p + 1, " ");
}

static int parse_type(const char *path, const char *header, struct ohm_npy *out,
                      struct ohm_error *err)
{
    const char *p = find_value(header, "descr");
    if (!p || *p != '\'')
        return ohm_fail(
            err,
            "%s: descr: missing or not a plain type, expected |u1, |i1, <i2, <i4, <i8, <f4 or <f8",
            path);
    size_t n = strcspn(p + 1, "'");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (n == strlen(TYPES[i].descr) && !strncmp(p + 1, TYPES[i].descr, n)) {
            out->type = (enum ohm_npy_type)i;
            return 0;
        }
    }
    return ohm_fail(err, "%s: descr: '%.*s', expected |u1, |i1, <i2, <i4, <i8, <f4 or <f8", path,
                    (int)(n < 16 ? n : 16), p + 1);
}

static int parse_shape(const char *path, const char *header, struct ohm_npy *out,
                       struct ohm_error *err)
{
    const char *p = find_value(header, "shape");
    if (!p || *p != '(')
        return ohm_fail(err, "%s: shape: missing, expected a tuple", path);
    p++;
    out->dims = 0;
    out->count = 1;
    for (;;) {
        p += strspn(p, " ,");
        if (*p == ')')
            break;
        char *end;
        errno = 0;
        unsigned long long v = strtoull(p, &end, 10);
        if (end == p || *p == '-' || errno)
            return ohm_fail(err, "%s: shape: '%.16s', expected non-negative numbers", path, p);
        if (out->dims == OHM_NPY_DIMS)
            return ohm_fail(err, "%s: shape: more than %d dimensions", path, OHM_NPY_DIMS);
        if (v > MAX_BYTES || (v && out->count > MAX_BYTES / v))
            return ohm_fail(err, "%s: shape: too large", path);
        out->shape[out->dims++] = (size_t)v;
        out->count *= (size_t)v;
        p = end;
    }
    return 0;
}

/* Little-endian file bytes to the machine's numbers, in place. */
static void decode(struct ohm_npy *a)
{
    const unsigned char *b = a->data;
    if (a->type == OHM_NPY_S16) {
        int16_t *v = a->data;
        for (size_t i = 0; i < a->count; i++)
            v[i] = (int16_t)(b[2 * i] | b[2 * i + 1] << 8);
    } else if (a->type == OHM_NPY_S32 || a->type == OHM_NPY_F32) {
        for (size_t i = 0; i < a->count; i++, b += 4) {
            uint32_t v = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
            memcpy((char *)a->data + 4 * i, &v, 4);
        }
    } else if (a->type == OHM_NPY_F64 || a->type == OHM_NPY_S64) {
        for (size_t i = 0; i < a->count; i++, b += 8) {
            uint64_t v = 0;
            for (int k = 7; k >= 0; k--)
                v = v << 8 | b[k];
            memcpy((char *)a->data + 8 * i, &v, 8);
        }
    }
}

/* A key that is not there once only would mean one array to us and another to NumPy. */
static int parse_header(const char *path, const char *header, size_t length, struct ohm_npy *out,
                        struct ohm_error *err)
{
    static const char *const KEYS[] = {"'descr'", "'shape'", "'fortran_order'"};
    if (memchr(header, 0, length))
        return ohm_fail(err, "%s: header: a byte 0, expected text", path);
    for (int i = 0; i < 3; i++) {
        const char *first = strstr(header, KEYS[i]);
        if (first && strstr(first + 1, KEYS[i]))
            return ohm_fail(err, "%s: %s: twice in the header, expected it once", path, KEYS[i]);
    }
    if (parse_type(path, header, out, err) || parse_shape(path, header, out, err))
        return -1;
    const char *order = find_value(header, "fortran_order");
    return order && !strncmp(order, "False", 5)
               ? 0
               : ohm_fail(err,
                          "%s: fortran_order: expected False (save with numpy.ascontiguousarray)",
                          path);
}

/* A header may claim what the file does not hold: no memory is taken for that. */
static int holds(FILE *f, const char *path, size_t bytes, struct ohm_error *err)
{
    struct stat s;
    long at = ftell(f);
    if (at < 0 || fstat(fileno(f), &s) || !S_ISREG(s.st_mode)
        || (uint64_t)s.st_size - (uint64_t)at >= bytes)
        return 0;
    return ohm_fail(err, "%s: only %lld data bytes, its header says %zu", path,
                    (long long)s.st_size - at, bytes);
}

static int load(FILE *f, const char *path, struct ohm_npy *out, struct ohm_error *err)
{
    unsigned char head[12];
    if (fread(head, 1, 10, f) != 10 || memcmp(head, "\x93NUMPY", 6))
        return ohm_fail(err, "%s: not a .npy file", path);
    size_t length = head[8] | (size_t)head[9] << 8;
    if (head[6] == 2 || head[6] == 3) {
        if (fread(head + 10, 1, 2, f) != 2)
            return ohm_fail(err, "%s: truncated header", path);
        length |= (size_t)head[10] << 16 | (size_t)head[11] << 24;
    } else if (head[6] != 1) {
        return ohm_fail(err, "%s: format version %d, expected 1 to 3", path, head[6]);
    }
    if (length > MAX_HEADER)
        return ohm_fail(err, "%s: header of %zu bytes, expected at most %d", path, length,
                        MAX_HEADER);
    char *header = malloc(length + 1);
    if (!header)
        return ohm_fail(err, "%s: out of memory", path);
    int rc = 0;
    if (fread(header, 1, length, f) != length)
        rc = ohm_fail(err, "%s: truncated header", path);
    header[length] = 0;
    if (!rc)
        rc = parse_header(path, header, length, out, err);
    free(header);
    if (rc)
        return rc;

    size_t bytes = out->count * TYPES[out->type].size;
    if (bytes > MAX_BYTES)
        return ohm_fail(err, "%s: shape: too large", path);
    if (holds(f, path, bytes, err))
        return -1;
    out->data = malloc(bytes + 1);
    if (!out->data)
        return ohm_fail(err, "%s: out of memory for %zu bytes", path, bytes);
    size_t got = fread(out->data, 1, bytes + 1, f); /* one more: finds trailing bytes */
    if (got != bytes)
        return ohm_fail(err, "%s: %s %zu data bytes, its header says %zu", path,
                        got < bytes ? "only" : "more than", got < bytes ? got : bytes, bytes);
    decode(out);
    return 0;
}

int ohm_npy_load(const char *path, struct ohm_npy *out, struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    FILE *f = fopen(path, "rb");
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    int rc = load(f, path, out, err);
    fclose(f);
    if (rc)
        ohm_npy_free(out);
    return rc;
}

void ohm_npy_write(FILE *f, int dims, const size_t *shape, const double *data)
{
    char header[256];
    size_t count = 1;
    int n = snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < dims; i++) {
        n += snprintf(header + n, sizeof header - (size_t)n, "%zu,%s", shape[i],
                      i + 1 < dims ? " " : "");
        count *= shape[i];
    }
    n += snprintf(header + n, sizeof header - (size_t)n, "), }");
    while ((10 + n + 1) % 64)
        header[n++] = ' ';
    header[n++] = '\n';
    fwrite("\x93NUMPY\1\0", 1, 8, f);
    putc(n & 0xff, f);
    putc(n >> 8, f);
    fwrite(header, 1, (size_t)n, f);
    for (size_t i = 0; i < count; i++) {
        unsigned char b[8];
        uint64_t v;
        memcpy(&v, &data[i], 8);
        for (int k = 0; k < 8; k++)
            b[k] = (unsigned char)(v >> 8 * k);
        fwrite(b, 1, 8, f);
    }
}

void ohm_npy_free(struct ohm_npy *a)
{
    free(a->data);
    memset(a, 0, sizeof *a);
}

static void shape_text(char *text, size_t size, int dims, const size_t *shape)
{
    size_t n = 0;
    for (int i = 0; i < dims && n < size; i++) {
        int k = shape[i] ? snprintf(text + n, size - n, "%s%zu", i ? ", " : "", shape[i])
                         : snprintf(text + n, size - n, "%sany", i ? ", " : "");
        n += (size_t)k;
    }
}

int ohm_npy_narrow(struct ohm_npy *a, const char *path, enum ohm_npy_type type,
                   struct ohm_error *err)
{
    const long long low[] = {[OHM_NPY_U8] = 0,
                             [OHM_NPY_S8] = INT8_MIN,
                             [OHM_NPY_S16] = INT16_MIN,
                             [OHM_NPY_S32] = INT32_MIN};
    const long long high[] = {[OHM_NPY_U8] = UINT8_MAX,
                              [OHM_NPY_S8] = INT8_MAX,
                              [OHM_NPY_S16] = INT16_MAX,
                              [OHM_NPY_S32] = INT32_MAX};
    if (a->type != OHM_NPY_S64 || type > OHM_NPY_S32)
        return 0;
    const int64_t *wide = a->data;
    char *narrow = a->data; /* in place: element i ends before element i of the wide ones begins */
    const size_t size = TYPES[type].size;
    for (size_t i = 0; i < a->count; i++) {
        const int64_t v = wide[i];
        if (v < low[type] || v > high[type])
            return ohm_fail(err, "%s: element %zu: %lld, expected %lld to %lld", path, i,
                            (long long)v, low[type], high[type]);
        const uint8_t u8 = (uint8_t)v;
        const int16_t s16 = (int16_t)v;
        const int32_t s32 = (int32_t)v;
        memcpy(narrow + i * size,
               size == 1   ? (const void *)&u8
               : size == 2 ? (const void *)&s16
                           : &s32,
               size);
    }
    a->type = type;
    return 0;
}

int ohm_npy_expect(const struct ohm_npy *a, const char *path, enum ohm_npy_type type, int dims,
                   const size_t *shape, struct ohm_error *err)
{
    if (a->type != type)
        return ohm_fail(err, "%s: type %s, expected %s", path, TYPES[a->type].name,
                        TYPES[type].name);
    int same = a->dims == dims;
    for (int i = 0; same && i < dims; i++)
        same = shape[i] == 0 || a->shape[i] == shape[i];
    if (same)
        return 0;
    char got[96] = "", want[96] = "";
    shape_text(got, sizeof got, a->dims, a->shape);
    shape_text(want, sizeof want, dims, shape);
    return ohm_fail(err, "%s: shape (%s), expected (%s)", path, got, want);
}
