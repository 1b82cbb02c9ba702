/* SPDX-License-Identifier: Apache-2.0
 * An array keeps what was programmed (target code, number of programming events of each device) and the time. Every
 * conductance and read noise is a pure function of those, computed at the first read that needs it into views: matrices
 * in the layout of the kernel, one set for each way of selecting devices. */
#include "ohm_array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_device.h"
#include "ohm_kernel.h"
#include "ohm_rng.h"

enum { PLUS, MINUS, DEVICES };
enum { SELECTIONS = 3, SIZE_MAX_SIDE = OHM_KERNEL_ROWS_MAX };
enum domain { DOMAIN_PROGRAM = 1, DOMAIN_DRIFT, DOMAIN_READ };

struct programmed { /* one device */
    uint32_t events;
    uint16_t code;
};

struct sensed { /* one device or one selection of a cell, as a read sees it */
    int g;    /* charge units a tick */
    float s2; /* variance of one read, units² */
};

struct view {
    int16_t *g; /* NULL until first read */
    float *s2;  /* NULL when the device model has no read noise */
};

struct ohm_array {
    int rows, cols;
    size_t stride;
    enum ohm_simd simd;
    const struct ohm_device_model *device;
    uint64_t program_key, drift_key, read_key;
    uint32_t seconds;
    struct programmed *cells[DEVICES];
    uint8_t *stale;     /* per cell: views are behind */
    uint8_t *stale_row; /* per row: some cell is */
    int any_stale;
    struct view views[SELECTIONS];
};

static size_t cell_index(const struct ohm_array *a, unsigned row, unsigned col)
{
    return (size_t)row * (size_t)a->cols + col;
}

static void all_stale(struct ohm_array *a)
{
    memset(a->stale, 1, (size_t)a->rows * (size_t)a->cols);
    memset(a->stale_row, 1, (size_t)a->rows);
    a->any_stale = 1;
}

struct ohm_array *ohm_array_new(int rows, int cols, const struct ohm_device_model *device, uint64_t seed, unsigned macro,
                                struct ohm_error *err)
{
    if (rows < 1 || rows > SIZE_MAX_SIDE || cols < 1 || cols > SIZE_MAX_SIDE) {
        ohm_fail(err, "array: size %d x %d, expected 1 to %d rows and columns", rows, cols, SIZE_MAX_SIDE);
        return NULL;
    }
    struct ohm_array *a = calloc(1, sizeof *a);
    size_t cells = (size_t)rows * (size_t)cols;
    if (a) {
        a->cells[PLUS] = calloc(cells, sizeof *a->cells[PLUS]);
        a->cells[MINUS] = calloc(cells, sizeof *a->cells[MINUS]);
        a->stale = malloc(cells);
        a->stale_row = malloc((size_t)rows);
    }
    if (!a || !a->cells[PLUS] || !a->cells[MINUS] || !a->stale || !a->stale_row) {
        ohm_array_free(a);
        ohm_fail(err, "array: out of memory for %d x %d cells", rows, cols);
        return NULL;
    }
    a->rows = rows;
    a->cols = cols;
    a->stride = ohm_kernel_stride(cols);
    a->simd = ohm_simd_best();
    a->device = device;
    a->program_key = ohm_key_add(ohm_key(seed, DOMAIN_PROGRAM), macro);
    a->drift_key = ohm_key_add(ohm_key(seed, DOMAIN_DRIFT), macro);
    a->read_key = ohm_key_add(ohm_key(seed, DOMAIN_READ), macro);
    all_stale(a);
    return a;
}

void ohm_array_free(struct ohm_array *a)
{
    if (!a)
        return;
    for (int s = 0; s < SELECTIONS; s++) {
        free(a->views[s].g);
        free(a->views[s].s2);
    }
    free(a->cells[PLUS]);
    free(a->cells[MINUS]);
    free(a->stale);
    free(a->stale_row);
    free(a);
}

int ohm_array_program(struct ohm_array *a, unsigned dev, unsigned row, unsigned col, unsigned code, struct ohm_error *err)
{
    if (dev >= DEVICES)
        return ohm_fail(err, "program: device %u, expected 0 (plus) or 1 (minus)", dev);
    if (row >= (unsigned)a->rows)
        return ohm_fail(err, "program: row %u, expected 0 to %d", row, a->rows - 1);
    if (col >= (unsigned)a->cols)
        return ohm_fail(err, "program: column %u, expected 0 to %d", col, a->cols - 1);
    if (code > OHM_CODE_MAX)
        return ohm_fail(err, "program: code %u of row %u, column %u, expected 0 to %d", code, row, col, OHM_CODE_MAX);
    size_t i = cell_index(a, row, col);
    a->cells[dev][i].code = (uint16_t)code;
    a->cells[dev][i].events++;
    a->stale[i] = a->stale_row[row] = 1;
    a->any_stale = 1;
    return 0;
}

void ohm_array_set_time(struct ohm_array *a, uint32_t seconds)
{
    if (a->seconds == seconds)
        return;
    a->seconds = seconds;
    if (a->device->drift || a->device->read_sigma)
        all_stale(a);
}

/* One device from first principles: program, drift, read. */
static struct sensed sense_device(const struct ohm_array *a, unsigned dev, unsigned row, unsigned col)
{
    const struct ohm_device_model *d = a->device;
    struct programmed p = a->cells[dev][cell_index(a, row, col)];
    uint64_t place = (uint64_t)dev << 32 | row << 16 | col;
    double unit = d->g_max / OHM_CODE_MAX, target = p.code * unit, g = target;
    if (d->program)
        g = d->program(target, ohm_normal(ohm_key_at(ohm_key_add(a->program_key, place), p.events)));
    if (d->drift && a->seconds)
        g = d->drift(g, target, a->seconds, ohm_normal(ohm_key_at(ohm_key_add(a->drift_key, place), 0)));
    double sigma = d->read_sigma ? d->read_sigma(g, target, a->seconds) / unit : 0;
    double code = floor(g / unit + 0.5);
    return (struct sensed){code < INT16_MAX ? (int)code : INT16_MAX, (float)(sigma * sigma)};
}

static struct sensed select_devices(enum ohm_cell_sel sel, struct sensed plus, struct sensed minus)
{
    switch (sel) {
    case OHM_CELL_PLUS: return plus;
    case OHM_CELL_MINUS: return minus;
    default: return (struct sensed){plus.g - minus.g, plus.s2 + minus.s2};
    }
}

static struct sensed sense_cell(const struct ohm_array *a, enum ohm_cell_sel sel, unsigned row, unsigned col)
{
    return select_devices(sel, sense_device(a, PLUS, row, col), sense_device(a, MINUS, row, col));
}

static void *aligned_zeros(size_t bytes)
{
    void *p = aligned_alloc(64, bytes); /* a stride is whole groups of 64 bytes */
    if (p)
        memset(p, 0, bytes);
    return p;
}

/* Memory of the view; 0, or -1 when there is none. */
static int open_view(struct ohm_array *a, enum ohm_cell_sel sel)
{
    struct view *v = &a->views[sel];
    size_t row_pairs = ((size_t)a->rows + 1) / 2;
    v->g = aligned_zeros(row_pairs * 2 * a->stride * sizeof *v->g);
    v->s2 = a->device->read_sigma ? aligned_zeros((size_t)a->rows * a->stride * sizeof *v->s2) : NULL;
    if (v->g && (v->s2 || !a->device->read_sigma)) {
        all_stale(a);
        return 0;
    }
    free(v->g);
    free(v->s2);
    *v = (struct view){NULL, NULL};
    return -1;
}

static void refresh_cell(struct ohm_array *a, unsigned row, unsigned col)
{
    struct sensed plus = sense_device(a, PLUS, row, col), minus = sense_device(a, MINUS, row, col);
    for (int sel = 0; sel < SELECTIONS; sel++) {
        struct view *v = &a->views[sel];
        if (!v->g)
            continue;
        struct sensed s = select_devices((enum ohm_cell_sel)sel, plus, minus);
        v->g[(row / 2 * a->stride + col) * 2 + row % 2] = (int16_t)s.g;
        if (v->s2)
            v->s2[row * a->stride + col] = s.s2;
    }
}

static void refresh(struct ohm_array *a)
{
    for (unsigned row = 0; row < (unsigned)a->rows; row++) {
        if (!a->stale_row[row])
            continue;
        uint8_t *stale = a->stale + cell_index(a, row, 0);
        for (unsigned col = 0; col < (unsigned)a->cols; col++)
            if (stale[col])
                refresh_cell(a, row, col);
        memset(stale, 0, (size_t)a->cols);
        a->stale_row[row] = 0;
    }
    a->any_stale = 0;
}

static uint64_t noise_key(const struct ohm_array *a, const struct ohm_read_key *key)
{
    return ohm_key_add(a->read_key, (uint64_t)key->desc << 40 | (uint64_t)key->slice << 32 | key->seq);
}

void ohm_array_read(struct ohm_array *a, enum ohm_cell_sel sel, const int16_t *t, const struct ohm_read_key *key, int32_t *q)
{
    struct view *v = &a->views[sel];
    if (!v->g && open_view(a, sel)) { /* no memory for the fast way */
        ohm_array_read_naive(a, sel, t, key, q);
        return;
    }
    if (a->any_stale)
        refresh(a);

    int32_t sum[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    ohm_kernel_vmm(a->simd, a->rows, a->stride, v->g, t, sum);
    if (v->s2) {
        float var[SIZE_MAX_SIDE] __attribute__((aligned(64)));
        ohm_kernel_variance(a->simd, a->rows, a->stride, v->s2, t, var);
        ohm_kernel_noise(a->simd, a->cols, noise_key(a, key), var, sum);
    }
    memcpy(q, sum, (size_t)a->cols * sizeof *q);
}

void ohm_array_read_naive(struct ohm_array *a, enum ohm_cell_sel sel, const int16_t *t, const struct ohm_read_key *key,
                          int32_t *q)
{
    for (unsigned col = 0; col < (unsigned)a->cols; col++) {
        int64_t sum = 0;
        float var = 0;
        for (unsigned row = 0; row < (unsigned)a->rows; row++) {
            if (!t[row])
                continue;
            struct sensed s = sense_cell(a, sel, row, col);
            sum += (int64_t)t[row] * s.g;
            var += (float)(t[row] * t[row]) * s.s2;
        }
        if (a->device->read_sigma)
            sum += (int64_t)floor(sqrt((double)var) * ohm_normal(ohm_key_at(noise_key(a, key), col)) + 0.5);
        q[col] = sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : (int32_t)sum;
    }
}

int ohm_array_geff(struct ohm_array *a, enum ohm_cell_sel sel, unsigned row, unsigned col)
{
    return sense_cell(a, sel, row, col).g;
}
