/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_idx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define TYPE_U8 0x08
#define MAX_BYTES ((size_t)1 << 31)
#define DEFLATE_MOST 1032  /* zlib never makes more bytes of one */
#define SUSPECT_BYTES \
    ((size_t)64 << 20) /* more than this must not come from less than one byte in SUSPECT_RATIO */
#define SUSPECT_RATIO 200

/* gzread takes an unsigned length and stops early on bad data. */
static size_t read_all(gzFile f, uint8_t *to, size_t n)
{
    size_t got = 0;
    while (got < n) {
        size_t part = n - got < 1 << 24 ? n - got : 1 << 24;
        int k = gzread(f, to + got, (unsigned)part);
        if (k <= 0)
            break;
        got += (size_t)k;
    }
    return got;
}

/* Damaged gzip data shows as a read that ends early. 0: the data is sound as far as it goes. */
static int damaged(gzFile f, const char *path, struct ohm_error *err)
{
    int code;
    const char *text = gzerror(f, &code);
    if (code == Z_OK || code == Z_STREAM_END)
        return 0;
    return ohm_fail(err, "%s: damaged gzip data (%s)", path,
                    code == Z_BUF_ERROR ? "truncated" : text);
}

/* What a file of that size cannot hold, or what only a file made to fill the memory would: refused
 * before any memory is taken. */
static int plausible(gzFile f, const char *path, size_t count, struct ohm_error *err)
{
    struct stat s;
    if (stat(path, &s) || !S_ISREG(s.st_mode))
        return 0;
    const size_t size = (size_t)s.st_size;
    if (gzdirect(f) ? count > size : count / DEFLATE_MOST > size)
        return ohm_fail(err, "%s: a file of %zu bytes, its header says %zu data bytes", path, size,
                        count);
    if (!gzdirect(f) && count > SUSPECT_BYTES && count / SUSPECT_RATIO > size)
        return ohm_fail(
            err, "%s: %zu data bytes in a gzip file of %zu, expected at most %d times as many",
            path, count, size, SUSPECT_RATIO);
    return 0;
}

static int load(gzFile f, const char *path, struct ohm_idx *out, struct ohm_error *err)
{
    uint8_t b[4];
    size_t first = read_all(f, b, 4);
    if (damaged(f, path, err))
        return -1;
    if (first != 4 || b[0] || b[1])
        return ohm_fail(err, "%s: not an IDX file", path);
    if (b[2] != TYPE_U8)
        return ohm_fail(err, "%s: IDX type 0x%02x, expected 0x08 (unsigned bytes)", path, b[2]);
    if (b[3] < 1 || b[3] > OHM_IDX_DIMS)
        return ohm_fail(err, "%s: %d dimensions, expected 1 to %d", path, b[3], OHM_IDX_DIMS);
    out->dims = b[3];
    out->count = 1;
    for (int i = 0; i < out->dims; i++) {
        if (read_all(f, b, 4) != 4)
            return ohm_fail(err, "%s: truncated header", path);
        size_t v = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
        if (v && out->count > MAX_BYTES / v)
            return ohm_fail(err, "%s: shape: too large", path);
        out->shape[i] = v;
        out->count *= v;
    }
    if (plausible(f, path, out->count, err))
        return -1;
    out->data = malloc(out->count + 1);
    if (!out->data)
        return ohm_fail(err, "%s: out of memory for %zu bytes", path, out->count);
    size_t got = read_all(f, out->data, out->count + 1); /* one more: finds trailing bytes */
    if (damaged(f, path, err))
        return -1;
    if (got != out->count)
        return ohm_fail(err, "%s: %s %zu data bytes, its header says %zu", path,
                        got < out->count ? "only" : "more than",
                        got < out->count ? got : out->count, out->count);
    return 0;
}

int ohm_idx_load(const char *path, struct ohm_idx *out, struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    errno = 0;
    gzFile f = gzopen(path, "rb");
    if (!f)
        return ohm_fail(err, "%s: %s", path, errno ? strerror(errno) : "out of memory");
    int rc = load(f, path, out, err);
    gzclose(f);
    if (rc)
        ohm_idx_free(out);
    return rc;
}

void ohm_idx_free(struct ohm_idx *a)
{
    free(a->data);
    memset(a, 0, sizeof *a);
}
