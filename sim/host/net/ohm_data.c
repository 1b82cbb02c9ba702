/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_data.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_idx.h"
#include "ohm_npy.h"

/* An array of either format (IDX: bytes). */
static int load(const char *path, struct ohm_npy *out, struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    FILE *f = fopen(path, "rb");
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    int c = getc(f);
    int failed = ferror(f);
    fclose(f);
    if (c == EOF)
        return ohm_fail(err, "%s: %s", path, failed ? "cannot be read" : "empty file");

    if (c == 0x93)
        return ohm_npy_load(path, out, err);
    if (c == 0x1f || c == 0x00) {
        struct ohm_idx a;
        if (ohm_idx_load(path, &a, err))
            return -1;
        out->dims = a.dims;
        memcpy(out->shape, a.shape, sizeof out->shape);
        out->count = a.count;
        out->data = a.data;
        out->type = OHM_NPY_U8;
        return 0;
    }
    return ohm_fail(err, "%s: neither an IDX (plain or gzip) nor a .npy file", path);
}

/* A label byte, then 32×32 bytes each of red, green and blue (Krizhevsky, Learning Multiple Layers
 * of Features from Tiny Images, 2009). */
enum { CIFAR_PIXELS = 32 * 32, CIFAR_COLOURS = 3, CIFAR_RECORD = 1 + CIFAR_PIXELS * CIFAR_COLOURS };

int ohm_data_is_cifar(const char *path)
{
    size_t n = strlen(path);
    return n > 4 && !strcmp(path + n - 4, ".bin");
}

static int read_cifar(FILE *f, const char *path, struct ohm_data *out, struct ohm_error *err)
{
    uint8_t record[CIFAR_RECORD];
    if (fseek(f, 0, SEEK_END))
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    long size = ftell(f);
    rewind(f);
    if (size < CIFAR_RECORD || size % CIFAR_RECORD || size > INT_MAX)
        return ohm_fail(err, "%s: %ld bytes, expected a multiple of %d (CIFAR-10, binary version)",
                        path, size, CIFAR_RECORD);
    out->count = (int)(size / CIFAR_RECORD);
    out->inputs = CIFAR_PIXELS * CIFAR_COLOURS;
    out->label_steps = 1;
    out->dims = 3;
    out->shape[0] = out->shape[1] = 32;
    out->shape[2] = CIFAR_COLOURS;
    out->images = malloc((size_t)out->count * (size_t)out->inputs);
    out->labels = malloc((size_t)out->count * sizeof *out->labels);
    if (!out->images || !out->labels)
        return ohm_fail(err, "%s: out of memory for %d images", path, out->count);
    uint8_t *pixel = out->images;
    for (int i = 0; i < out->count; i++) {
        if (fread(record, sizeof record, 1, f) != 1)
            return ohm_fail(err, "%s: cannot be read", path);
        out->labels[i] = record[0];
        for (int p = 0; p < CIFAR_PIXELS; p++)
            for (int c = 0; c < CIFAR_COLOURS; c++)
                *pixel++ = record[1 + c * CIFAR_PIXELS + p];
    }
    return 0;
}

static int load_cifar(const char *path, const char *labels_path, struct ohm_data *out,
                      struct ohm_error *err)
{
    if (labels_path)
        return ohm_fail(err, "%s: labels given, but %s (CIFAR-10) holds its own", labels_path,
                        path);
    FILE *f = fopen(path, "rb");
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    int rc = read_cifar(f, path, out, err);
    fclose(f);
    if (rc)
        ohm_data_free(out);
    return rc;
}

static int check_images(const char *path, const struct ohm_npy *x, struct ohm_error *err)
{
    if (x->type != OHM_NPY_U8 && x->type != OHM_NPY_S8)
        return ohm_fail(err, "%s: wider than a byte, expected uint8 or int8", path);
    if (x->dims < 2)
        return ohm_fail(err, "%s: %d dimension, expected images × pixels", path, x->dims);
    if (x->shape[0] == 0 || x->count == 0)
        return ohm_fail(err, "%s: no images, expected at least one", path);
    if (x->count > INT_MAX)
        return ohm_fail(err, "%s: %zu bytes, expected fewer than 2^31", path, x->count);
    for (size_t i = 0; x->type == OHM_NPY_S8 && i < x->count; i++)
        if (((const int8_t *)x->data)[i] == INT8_MIN)
            return ohm_fail(err, "%s: element %zu: -128, expected -127 to 127", path, i);
    return 0;
}

static int64_t element(const struct ohm_npy *a, size_t i)
{
    switch (a->type) {
    case OHM_NPY_U8: return ((const uint8_t *)a->data)[i];
    case OHM_NPY_S8: return ((const int8_t *)a->data)[i];
    case OHM_NPY_S16: return ((const int16_t *)a->data)[i];
    case OHM_NPY_S32: return ((const int32_t *)a->data)[i];
    default: return ((const int64_t *)a->data)[i];
    }
}

/* Labels of whichever integer type, which are small numbers whatever it is. */
static int take_labels(const char *path, const struct ohm_npy *y, const char *images_path,
                       size_t images, struct ohm_data *out, struct ohm_error *err)
{
    if (y->type == OHM_NPY_F32 || y->type == OHM_NPY_F64)
        return ohm_fail(err, "%s: floating-point numbers, expected labels as integers", path);
    if (y->dims < 1 || y->dims > 2)
        return ohm_fail(err,
                        "%s: %d dimensions, expected one, a label for each image, or two, one for "
                        "each step of a sequence",
                        path, y->dims);
    if (y->shape[0] != images)
        return ohm_fail(err, "%s: %zu labels, expected %zu (images of %s)", path, y->shape[0],
                        images, images_path);
    if (!y->count || y->count > INT_MAX)
        return ohm_fail(err, "%s: %zu labels, expected one to 2^31 - 1", path, y->count);
    out->label_steps = (int)(y->count / images);
    if (!(out->labels = malloc(y->count * sizeof *out->labels)))
        return ohm_fail(err, "%s: out of memory for %zu labels", path, y->count);
    for (size_t i = 0; i < y->count; i++) {
        const int64_t v = element(y, i);
        if (v < 0 || v > INT32_MAX)
            return ohm_fail(err, "%s: element %zu: %" PRId64 ", expected a class from 0 on", path,
                            i, v);
        out->labels[i] = (int32_t)v;
    }
    return 0;
}

int ohm_data_load(const char *images_path, const char *labels_path, struct ohm_data *out,
                  struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    if (ohm_data_is_cifar(images_path))
        return load_cifar(images_path, labels_path, out, err);
    struct ohm_npy x = {0}, y = {0};
    int rc = load(images_path, &x, err) || (labels_path && load(labels_path, &y, err))
                     || check_images(images_path, &x, err)
                     || (labels_path
                         && take_labels(labels_path, &y, images_path, x.shape[0], out, err))
                 ? -1
                 : 0;
    ohm_npy_free(&y);
    if (rc) {
        ohm_npy_free(&x);
        ohm_data_free(out);
        return rc;
    }
    out->count = (int)x.shape[0];
    out->inputs = (int)(x.count / x.shape[0]);
    out->is_signed = x.type == OHM_NPY_S8;
    out->dims = x.dims - 1;
    for (int i = 0; i < out->dims; i++)
        out->shape[i] = (int)x.shape[i + 1];
    out->images = x.data;
    return 0;
}

/* The sizes of a shape that are not 1, which change no order. */
static int sizes(int dims, const int *shape, int *out)
{
    int n = 0;
    for (int i = 0; i < dims; i++)
        if (shape[i] != 1)
            out[n++] = shape[i];
    return n;
}

int ohm_data_fits(const struct ohm_data *d, const char *path, int h, int w, int c,
                  struct ohm_error *err)
{
    const int map[3] = {h, w, c};
    int want[3], have[3], n = sizes(3, map, want), k = sizes(d->dims, d->shape, have);
    if (n < 2 || k < 2) /* a vector on one side: its order is the other's */
        return 0;
    if (n == k && !memcmp(want, have, (size_t)n * sizeof *want))
        return 0;
    char text[64] = "";
    for (int i = 0; i < d->dims; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ", %d", d->shape[i]);
    return ohm_fail(err, "%s: shape (%d%s), expected (%d, %d, %d, %d): lines, pixels, channels",
                    path, d->count, text, d->count, h, w, c);
}

void ohm_data_free(struct ohm_data *d)
{
    free(d->images);
    free(d->labels);
    memset(d, 0, sizeof *d);
}
