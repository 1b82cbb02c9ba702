/* SPDX-License-Identifier: Apache-2.0
 * A learning matrix: its arrays, reads and updates. */
#include "ohm_learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_fast_update.h"
#include "ohm_learn_parts.h"
#include "ohm_numeric.h"

/* ---- arrays ---- */

static int open_array(struct ohm_learn *l, int i, const struct ohm_physics *physics,
                      struct ohm_error *err)
{
    struct learn_array *a = &l->arrays[i];

    a->row0 = i / l->across * l->o.rows;
    a->col0 = i % l->across * l->o.cols;
    a->t.rows = l->inputs - a->row0 < l->o.rows ? l->inputs - a->row0 : l->o.rows;
    a->t.cols = l->outputs - a->col0 < l->o.cols ? l->outputs - a->col0 : l->o.cols;
    a->t.array = ohm_array_new(a->t.rows, a->t.cols, l->o.device, l->o.seed,
                               l->o.macro + (unsigned)i, err);
    if (!a->t.array || ohm_array_set_physics(a->t.array, physics, err))
        return -1;
    return ohm_array_selects(a->t.array, OHM_CELL_PLUS, 1, err);
}

static int check(const struct ohm_learn_options *o, int inputs, int outputs, struct ohm_error *err)
{
    if (inputs < 1 || inputs > 1 << 16 || outputs < 1 || outputs > 1 << 16)
        return ohm_fail(err, "learn: matrix %d x %d, expected 1 to 65536 inputs and outputs",
                        inputs, outputs);
    if ((o->rows && (o->rows < 4 || o->rows > LEARN_SIDE))
        || (o->cols && (o->cols < 4 || o->cols > LEARN_SIDE)))
        return ohm_fail(err, "learn: arrays of %d x %d, expected 4 to %d rows and columns", o->rows,
                        o->cols, LEARN_SIDE);
    if (o->threads < 0 || o->threads > 256)
        return ohm_fail(err, "learn: %d threads, expected 1 to 256", o->threads);
    if (o->code_max < 0 || o->code_max > 32767)
        return ohm_fail(err, "learn: codes to %d, expected 1 to 32767", o->code_max);
    if (o->physics && ohm_physics_converts(o->physics))
        return ohm_fail(err, "learn: a readout with errors, expected cells and wires only");
    return 0;
}

struct ohm_learn *ohm_learn_new(const struct ohm_learn_options *options, int inputs, int outputs,
                                struct ohm_error *err)
{
    struct ohm_physics ideal;
    struct ohm_learn *l = check(options, inputs, outputs, err) ? NULL : calloc(1, sizeof *l);

    ohm_physics_default(&ideal);
    if (!l)
        return NULL;
    l->o = *options;
    l->o.rows = options->rows ? options->rows : LEARN_SIDE;
    l->o.cols = options->cols ? options->cols : LEARN_SIDE;
    l->o.code_max = options->code_max ? options->code_max : 127;
    l->inputs = inputs;
    l->outputs = outputs;
    l->across = (outputs + l->o.cols - 1) / l->o.cols;
    l->count = (inputs + l->o.rows - 1) / l->o.rows * l->across;
    l->lsb[0] = l->lsb[1] = 1;
    l->arrays = calloc((size_t)l->count, sizeof *l->arrays);
    int failed = !l->arrays && ohm_fail(err, "learn: out of memory for %d arrays", l->count);
    for (int i = 0; !failed && i < l->count; i++)
        failed = open_array(l, i, options->physics ? options->physics : &ideal, err);
    if (!failed && options->threads > 1 && l->count > 1)
        failed = !(l->pool = fast_pool_new(options->threads, err));
    if (!failed)
        return l;
    ohm_learn_free(l);
    return NULL;
}

void ohm_learn_free(struct ohm_learn *l)
{
    if (!l)
        return;
    fast_pool_free(l->pool);
    for (int i = 0; l->arrays && i < l->count; i++) {
        ohm_array_free(l->arrays[i].t.array);
        free(l->arrays[i].t.memory);
    }
    free(l->arrays);
    free(l);
}

int ohm_learn_inputs(const struct ohm_learn *l) { return l->inputs; }
int ohm_learn_outputs(const struct ohm_learn *l) { return l->outputs; }
int ohm_learn_arrays(const struct ohm_learn *l) { return l->count; }

int learn_each(struct ohm_learn *l, fast_job fn, struct learn_job *job, struct ohm_error *err)
{
    job->l = l;
    if (l->pool)
        fast_pool_run(l->pool, l->count, fn, job);
    for (int i = 0; !l->pool && i < l->count; i++)
        fn(job, 0, i);
    for (int i = 0; i < l->count; i++)
        if (l->arrays[i].failed) {
            *err = l->arrays[i].err;
            return -1;
        }
    return 0;
}

/* Loads one device to a level, 0 to 1 of its range, held to that. */
static int load(struct ohm_learn *l, unsigned dev, int i, int o, double level,
                struct ohm_error *err)
{
    const struct learn_array *a = &l->arrays[i / l->o.rows * l->across + o / l->o.cols];
    const unsigned code = level <= 0   ? 0
                          : level >= 1 ? OHM_CODE_MAX
                                       : (unsigned)floor(level * OHM_CODE_MAX + 0.5);

    return ohm_array_program(a->t.array, dev, (unsigned)(i - a->row0), (unsigned)(o - a->col0),
                             code, err);
}

/* Loads a weight about the base, as far as both devices reach: the difference counts. */
static int load_pair(struct ohm_learn *l, int i, int o, double w, double base,
                     struct ohm_error *err)
{
    const double half = w / 2, low = base < fabs(half) ? fabs(half) : base,
                 middle = low > 1 - fabs(half) ? 1 - fabs(half) : low;

    return load(l, 0, i, o, middle + half, err) || load(l, 1, i, o, middle - half, err) ? -1 : 0;
}

int ohm_learn_load(struct ohm_learn *l, const double *w, double base, struct ohm_error *err)
{
    for (int i = 0; i < l->inputs; i++)
        for (int o = 0; o < l->outputs; o++)
            if (load_pair(l, i, o, w[(size_t)i * (size_t)l->outputs + (size_t)o], base, err))
                return -1;
    return 0;
}

long ohm_learn_refresh(struct ohm_learn *l, double level, double base, struct ohm_error *err)
{
    long count = 0;

    for (int i = 0; i < l->inputs; i++)
        for (int o = 0; o < l->outputs; o++) {
            const double plus = ohm_learn_level(l, OHM_CELL_PLUS, i, o),
                         minus = ohm_learn_level(l, OHM_CELL_MINUS, i, o);
            if (plus <= level && minus <= level)
                continue;
            if (load_pair(l, i, o, plus - minus, base, err))
                return -1;
            count++;
        }
    return count;
}

void ohm_learn_time(struct ohm_learn *l, uint32_t seconds)
{
    for (int i = 0; i < l->count; i++)
        ohm_array_set_time(l->arrays[i].t.array, seconds);
}

/* ---- reads ---- */

/* One array: charges of its lines, as codes unless the range is being fitted. */
static void read_array(void *user, int thread, int i)
{
    const struct learn_job *j = user;
    struct ohm_learn *l = j->l;
    struct learn_array *a = &l->arrays[i];
    const struct ohm_read_key key = {.seq = j->number, .desc = (uint8_t)j->back,
                                     .back = (uint8_t)j->back};
    const int driven = j->back ? a->t.cols : a->t.rows, sensed = j->back ? a->t.rows : a->t.cols;
    const uint8_t *v = j->x + (j->back ? a->col0 : a->row0);
    int16_t t[LEARN_SIDE] = {0};

    (void)thread;
    for (int r = 0; r < driven; r++) {
        t[r] = learn_ticks(v[r], j->back || l->o.x_signed);
        a->driven += t[r] != 0;
        a->ticks += (uint64_t)abs(t[r]);
    }
    if (l->o.golden)
        ohm_array_read_naive(a->t.array, j->sel, t, &key, a->q);
    else
        ohm_array_read(a->t.array, j->sel, t, &key, a->q);
    if (ohm_array_fault(a->t.array)) {
        a->failed = ohm_fail(&a->err, "learn: %s", ohm_array_fault(a->t.array));
        return;
    }
    for (int c = 0; j->convert && c < sensed; c++) {
        int clip;
        a->q[c] = ohm_adc(a->q[c], l->lsb[j->back], -l->o.code_max, l->o.code_max, &clip);
        a->clipped += clip != 0;
        a->codes++;
    }
}

int ohm_learn_forward_of(struct ohm_learn *l, enum ohm_cell_sel sel, uint32_t number,
                         const uint8_t *x, double *y, struct ohm_error *err)
{
    struct learn_job job = {.x = x, .number = number, .sel = sel, .convert = 1};

    if (learn_each(l, read_array, &job, err))
        return -1;
    memset(y, 0, (size_t)l->outputs * sizeof *y);
    for (int i = 0; i < l->count; i++)
        for (int c = 0; c < l->arrays[i].t.cols; c++)
            y[l->arrays[i].col0 + c] += l->arrays[i].q[c];
    for (int o = 0; o < l->outputs; o++)
        y[o] *= (double)l->lsb[0] / OHM_CODE_MAX;
    l->reads[0]++;
    return 0;
}

int ohm_learn_forward(struct ohm_learn *l, uint32_t number, const uint8_t *x, double *y,
                      struct ohm_error *err)
{
    return ohm_learn_forward_of(l, OHM_CELL_BOTH, number, x, y, err);
}

int ohm_learn_backward(struct ohm_learn *l, uint32_t number, const uint8_t *d, double *z,
                       struct ohm_error *err)
{
    struct learn_job job = {.x = d, .number = number, .sel = OHM_CELL_BOTH, .back = 1,
                            .convert = 1};

    if (learn_each(l, read_array, &job, err))
        return -1;
    memset(z, 0, (size_t)l->inputs * sizeof *z);
    for (int i = 0; i < l->count; i++)
        for (int r = 0; r < l->arrays[i].t.rows; r++)
            z[l->arrays[i].row0 + r] += l->arrays[i].q[r];
    for (int i = 0; i < l->inputs; i++)
        z[i] *= (double)l->lsb[1] / OHM_CODE_MAX;
    l->reads[1]++;
    return 0;
}

void ohm_learn_set_lsb(struct ohm_learn *l, int back, int64_t lsb)
{
    l->lsb[back] = lsb < 1 ? 1 : lsb;
}

int64_t ohm_learn_lsb(const struct ohm_learn *l, int back)
{
    return l->lsb[back];
}

static int ascending(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int ohm_learn_fit(struct ohm_learn *l, int back, const uint8_t *v, int count, double clip,
                  struct ohm_error *err)
{
    const int bytes = back ? l->outputs : l->inputs;
    size_t n = 0;
    int32_t *size = malloc((size_t)count * (size_t)l->count * LEARN_SIDE * sizeof *size);
    int failed = !size && ohm_fail(err, "learn: out of memory for %d vectors' charges", count);

    for (int i = 0; !failed && i < count; i++) {
        struct learn_job job = {.x = v + (size_t)i * (size_t)bytes, .number = (uint32_t)i,
                                .sel = OHM_CELL_BOTH, .back = back};
        failed = learn_each(l, read_array, &job, err);
        for (int k = 0; !failed && k < l->count; k++)
            for (int c = 0; c < (back ? l->arrays[k].t.rows : l->arrays[k].t.cols); c++)
                size[n++] = abs(l->arrays[k].q[c]);
    }
    if (!failed && n) {
        qsort(size, n, sizeof *size, ascending);
        const size_t at = (size_t)((double)(n - 1) * (1 - clip));
        ohm_learn_set_lsb(l, back, (size[at] + l->o.code_max - 1) / l->o.code_max);
    }
    free(size);
    return failed;
}

/* ---- updates ---- */

static void update_array(void *user, int thread, int i)
{
    const struct learn_job *j = user;
    struct learn_array *a = &j->l->arrays[i];
    const struct ohm_update_vector v = {j->number, j->x + a->row0, j->d + a->col0, 0};

    (void)thread;
    a->failed = j->l->o.golden ? ohm_update_golden(&a->t, j->u, &v, &a->err)
                               : ohm_fast_update(&a->t, j->u, &v, &a->err);
}

static void transfer_array(void *user, int thread, int i)
{
    const struct learn_job *j = user;
    struct learn_array *a = &j->l->arrays[i];
    int8_t k[LEARN_SIDE * LEARN_SIDE];

    (void)thread;
    for (int r = 0; r < a->t.rows; r++)
        memcpy(k + r * a->t.cols,
               j->k + (size_t)(a->row0 + r) * (size_t)j->l->outputs + (size_t)a->col0,
               (size_t)a->t.cols);
    a->failed = j->l->o.golden ? ohm_update_golden_transfer(&a->t, j->u, k, &a->err)
                               : ohm_fast_transfer(&a->t, j->u, k, &a->err);
}

/* Accumulate memories are made when an update first wants them. */
static int open_memory(struct ohm_learn *l, const struct ohm_update *u, struct ohm_error *err)
{
    const int parallel =
        l->o.physics && ohm_physics_value(l->o.physics, OHM_PHYSICS_CELL) == OHM_CELL_4T4R ? 2 : 1;

    if (ohm_update_check(u, parallel, err))
        return -1;
    if (!!u->x_signed != !!l->o.x_signed)
        return ohm_fail(err, "learn: an update with %s inputs, expected the layer's",
                        u->x_signed ? "signed" : "unsigned");
    for (int i = 0; u->accumulate && i < l->count; i++) {
        struct ohm_update_array *t = &l->arrays[i].t;
        if (!t->memory
            && !(t->memory = calloc((size_t)t->rows * (size_t)t->cols, sizeof *t->memory)))
            return ohm_fail(err, "learn: out of memory for %d x %d sums", t->rows, t->cols);
    }
    return 0;
}

int ohm_learn_update(struct ohm_learn *l, const struct ohm_update *u, uint32_t number,
                     const uint8_t *x, const uint8_t *d, struct ohm_error *err)
{
    struct learn_job job = {.x = x, .d = d, .u = u, .number = number};

    if (open_memory(l, u, err))
        return -1;
    l->updates++;
    return learn_each(l, update_array, &job, err);
}

int ohm_learn_transfer(struct ohm_learn *l, const struct ohm_update *u, const int8_t *k,
                       struct ohm_error *err)
{
    struct learn_job job = {.k = k, .u = u};
    const size_t n = (size_t)l->inputs * (size_t)l->outputs;

    if (open_memory(l, u, err))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (abs(k[i]) > OHM_UPDATE_COUNT_MAX)
            return ohm_fail(err, "learn: %d steps of input %zu, output %zu, expected -%d to %d",
                            k[i], i / (size_t)l->outputs, i % (size_t)l->outputs,
                            OHM_UPDATE_COUNT_MAX, OHM_UPDATE_COUNT_MAX);
    l->updates++;
    return learn_each(l, transfer_array, &job, err);
}
