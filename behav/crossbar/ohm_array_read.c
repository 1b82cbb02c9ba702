/* SPDX-License-Identifier: Apache-2.0
 * Reads of an array. Every conductance and read noise is a pure function of what was programmed and
 * of the time, computed at the first read that needs it into views: matrices in the layout of the
 * kernel, one set for each way of selecting devices. With wires the whole network is solved then,
 * and a device's effective conductance, read noise and telegraph noise shrink by the same
 * factor. */
#include "ohm_array_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"

double ohm_array_least(const struct ohm_array *a)
{
    return a->parallel * a->settler.device->g_min / ohm_array_unit(a);
}

/* One of the devices in parallel, without wires and telegraph noise. */
struct ohm_settled ohm_array_settle(const struct ohm_array *a, unsigned dev, unsigned parallel,
                                    unsigned row, unsigned col)
{
    size_t i = cell_index(a, row, col);
    if (a->pulsed) {
        const struct pulsed *d = pulsed_at(a, dev, parallel, i);
        return ohm_settle_pulsed(&a->settler, place_of(dev, parallel, row, col), d->number,
                                 ohm_array_reached(a, dev, parallel, row, col),
                                 a->seconds > d->time ? a->seconds - d->time : 0);
    }
    struct programmed p = a->cells[dev][i];
    const double *map = a->macro < 256 ? a->physics.map[a->macro] : NULL;
    double target = ohm_device_target(a->settler.device, p.code, OHM_CODE_MAX);
    double measured = map ? map[dev * (size_t)a->rows * (size_t)a->cols + i] / a->parallel : -1;
    return ohm_settle(&a->settler, place_of(dev, parallel, row, col), p.events, target, measured,
                      a->seconds);
}

int ohm_array_whole(struct ohm_array *a, unsigned dev, unsigned row, unsigned col, double units)
{
    double code = floor(units + 0.5);
    if (code <= OHM_UNITS_MAX)
        return (int)code;
    if (!a->fault[0])
        snprintf(
            a->fault, sizeof a->fault,
            "tile (%u,%u): %s device of row %u, column %u: %g uS, expected at most %g (%d G_max)",
            a->macro % 16, a->macro / 16, dev ? "minus" : "plus", row, col,
            units * ohm_array_unit(a), OHM_UNITS_MAX * ohm_array_unit(a),
            OHM_UNITS_MAX / OHM_CODE_MAX);
    return OHM_UNITS_MAX;
}

/* Devices first to last of the parallel ones of one polarity, from first principles: program,
 * drift, read. The wires of the direction back act on them. */
static struct sensed sense_parts(struct ohm_array *a, int back, unsigned dev, uint32_t seq,
                                 unsigned row, unsigned col, unsigned first, unsigned last)
{
    const double *behind = a->behind[back][dev];
    double unit = ohm_array_unit(a), g = 0, quiet = 0, s2 = 0;
    for (unsigned k = 0; k < (unsigned)a->parallel; k++) {
        struct ohm_settled d = ohm_array_settle(a, dev, k, row, col);
        double sigma = sqrt(d.variance) / unit;
        quiet += d.g;
        if (k < first || k > last)
            continue;
        g += a->settler.telegraph
                 ? d.g
                       * ohm_settle_telegraph(&a->settler, place_of(dev, k, row, col), a->seconds,
                                              seq)
                 : d.g;
        s2 += sigma * sigma;
    }
    if (behind) {
        double left = quiet > 0 ? behind[cell_index(a, row, col)] / quiet : 0;
        g *= left;
        s2 *= left * left;
    }
    return (struct sensed){ohm_array_whole(a, dev, row, col, g / unit), (float)s2};
}

/* One polarity of a cell. */
static struct sensed sense_device(struct ohm_array *a, int back, unsigned dev, uint32_t seq,
                                  unsigned row, unsigned col)
{
    return sense_parts(a, back, dev, seq, row, col, 0, (unsigned)a->parallel - 1);
}

static struct sensed select_devices(enum ohm_cell_sel sel, struct sensed plus, struct sensed minus)
{
    switch (sel) {
    case OHM_CELL_PLUS: return plus;
    case OHM_CELL_MINUS: return minus;
    default: return (struct sensed){plus.g - minus.g, plus.s2 + minus.s2};
    }
}

static struct sensed sense_cell(struct ohm_array *a, int back, enum ohm_cell_sel sel, uint32_t seq,
                                unsigned row, unsigned col)
{
    if (sel >= OHM_CELL_PLUS_MOST) {
        const unsigned k = sel >= OHM_CELL_PLUS_LEAST;
        return sense_parts(a, back, sel & 1, seq, row, col, k, k);
    }
    return select_devices(sel, sense_device(a, back, PLUS, seq, row, col),
                          sense_device(a, back, MINUS, seq, row, col));
}

/* ---- views ---- */

static void *aligned_zeros(size_t bytes)
{
    void *p = aligned_alloc(64, bytes); /* a stride is whole groups of 64 bytes */
    if (p)
        memset(p, 0, bytes);
    return p;
}

/* Memory of the view; 0, or -1 when there is none. */
static int open_view(struct ohm_array *a, int back, enum ohm_cell_sel sel)
{
    struct view *v = &a->views[back][sel];
    const size_t lines = (size_t)driven_lines(a, back), stride = a->stride[back];
    v->g = aligned_zeros((lines + 1) / 2 * 2 * stride * sizeof *v->g);
    v->s2 = a->settler.noisy ? aligned_zeros(lines * stride * sizeof *v->s2) : NULL;
    if (v->g && (v->s2 || !a->settler.noisy)) {
        memset(a->stale, STALE_BOTH, (size_t)a->rows * (size_t)a->cols);
        memset(a->stale_row, 1, (size_t)a->rows);
        a->any_stale = 1;
        return 0;
    }
    free(v->g);
    free(v->s2);
    *v = (struct view){NULL, NULL, NULL};
    return -1;
}

/* g beside what the narrow matrix holds of it. */
static void set_above(struct ohm_array *a, int back, struct view *v, unsigned line, unsigned sensed,
                      int rest)
{
    const size_t stride = a->stride[back];
    if (!v->above && rest) {
        v->above = calloc((size_t)driven_lines(a, back) * stride, sizeof *v->above);
        if (!v->above && !a->fault[0])
            snprintf(a->fault, sizeof a->fault, "array: out of memory");
    }
    if (v->above)
        v->above[line * stride + sensed] = rest;
}

/* A cell in the views of one direction. */
static void show_cell(struct ohm_array *a, int back, unsigned row, unsigned col,
                      struct sensed plus, struct sensed minus)
{
    const unsigned line = back ? col : row, sensed = back ? row : col;
    const size_t stride = a->stride[back];
    for (int sel = 0; sel < SELECTIONS; sel++) {
        struct view *v = &a->views[back][sel];
        if (!v->g)
            continue;
        struct sensed s = sel < OHM_CELL_PLUS_MOST
                              ? select_devices((enum ohm_cell_sel)sel, plus, minus)
                              : sense_cell(a, back, (enum ohm_cell_sel)sel, a->seq, row, col);
        int narrow = s.g > NARROW_MAX ? NARROW_MAX : s.g < -NARROW_MAX ? -NARROW_MAX : s.g;
        v->g[(line / 2 * stride + sensed) * 2 + line % 2] = (int16_t)narrow;
        if (v->above || s.g != narrow)
            set_above(a, back, v, line, sensed, s.g - narrow);
        if (v->s2)
            v->s2[line * stride + sensed] = s.s2;
    }
}

static void refresh_cell(struct ohm_array *a, int back, unsigned row, unsigned col)
{
    show_cell(a, back, row, col, sense_device(a, back, PLUS, a->seq, row, col),
              sense_device(a, back, MINUS, a->seq, row, col));
}

static int has_views(const struct ohm_array *a, int back)
{
    for (int sel = 0; sel < SELECTIONS; sel++)
        if (a->views[back][sel].g)
            return 1;
    return 0;
}

/* Behind wires every cell depends on every other. */
static void bring_wires_up_to_date(struct ohm_array *a, int back)
{
    const unsigned others = a->unsolved & ~(1u << back);
    if (!a->behind[FORWARD][PLUS] || !(a->unsolved >> back & 1))
        return;
    for (unsigned dev = 0; dev < DEVICES; dev++)
        if (!a->behind[back][dev])
            a->behind[back][dev] = calloc((size_t)a->rows * (size_t)a->cols,
                                          sizeof *a->behind[back][dev]);
    if (!a->behind[back][PLUS] || !a->behind[back][MINUS]) {
        snprintf(a->fault, sizeof a->fault, "array: out of memory");
        return;
    }
    ohm_array_solve_wires(a, back);
    ohm_array_all_stale(a);
    a->unsolved = others;
}

static void list_telegraphic(struct ohm_array *a)
{
    uint32_t count = 0;
    a->telegraphic = malloc((size_t)a->rows * (size_t)a->cols * sizeof *a->telegraphic);
    for (unsigned row = 0; row < (unsigned)a->rows; row++)
        for (unsigned col = 0; col < (unsigned)a->cols; col++)
            for (unsigned k = 0; k < (unsigned)(DEVICES * a->parallel); k++)
                if (ohm_settle_telegraphic(&a->settler,
                                           place_of(k % DEVICES, k / DEVICES, row, col))) {
                    if (a->telegraphic)
                        a->telegraphic[count++] = (uint32_t)cell_index(a, row, col);
                    break;
                }
    a->telegraphic_count = count;
    a->listed = a->telegraphic != NULL;
}

/* Takes the views to the interval of vector seq. */
static void enter_interval(struct ohm_array *a, uint32_t seq)
{
    if (!a->settler.telegraph
        || ohm_settle_interval(&a->settler, seq) == ohm_settle_interval(&a->settler, a->seq))
        return;
    a->seq = seq;
    if (!a->listed)
        list_telegraphic(a);
    if (!a->listed) { /* no memory for the list */
        memset(a->stale, STALE_BOTH, (size_t)a->rows * (size_t)a->cols);
        memset(a->stale_row, 1, (size_t)a->rows);
        a->any_stale = 1;
    }
    for (uint32_t i = 0; i < a->telegraphic_count; i++) {
        a->stale[a->telegraphic[i]] = STALE_BOTH;
        a->stale_row[a->telegraphic[i] / (uint32_t)a->cols] = 1;
        a->any_stale = 1;
    }
}

static void refresh(struct ohm_array *a)
{
    int used[DIRECTIONS];
    for (int back = 0; back < DIRECTIONS; back++) {
        used[back] = has_views(a, back);
        if (used[back])
            bring_wires_up_to_date(a, back);
    }
    for (unsigned row = 0; row < (unsigned)a->rows; row++) {
        if (!a->stale_row[row])
            continue;
        uint8_t *stale = a->stale + cell_index(a, row, 0);
        for (unsigned dev = 0; dev < DEVICES && ohm_array_alone(a); dev++)
            ohm_array_refresh_row(a, dev, row);
        for (unsigned col = 0; col < (unsigned)a->cols; col++)
            for (int back = 0; stale[col] && back < DIRECTIONS; back++)
                if (used[back] && ohm_array_alone(a))
                    show_cell(a, back, row, col, a->kept[PLUS][cell_index(a, row, col)],
                              a->kept[MINUS][cell_index(a, row, col)]);
                else if (used[back])
                    refresh_cell(a, back, row, col);
        memset(stale, 0, (size_t)a->cols);
        a->stale_row[row] = 0;
    }
    a->any_stale = 0;
}

struct view *ohm_array_view(struct ohm_array *a, int back, enum ohm_cell_sel sel)
{
    struct view *v = &a->views[back][sel];
    if (!v->g && open_view(a, back, sel))
        return NULL;
    if (a->any_stale)
        refresh(a);
    return v;
}

static uint64_t noise_key(const struct ohm_array *a, const struct ohm_read_key *key)
{
    return ohm_key_add(a->read_key,
                       (uint64_t)key->desc << 40 | (uint64_t)key->slice << 32 | key->seq);
}

static uint64_t line_key(uint64_t key, unsigned line)
{
    return ohm_key_add(key, (uint64_t)1 << 48 | line);
}

static int32_t saturated(double q)
{
    return q >= INT32_MAX ? INT32_MAX : q <= INT32_MIN ? INT32_MIN : (int32_t)q;
}

/* Noise by one draw a cell, q[c] += rnd(Σ_r t[r]·σ[r][c]·ξ_rc). */
static void cell_noise(const struct ohm_array *a, int back, const struct view *v, const int16_t *t,
                       uint64_t key, int32_t *q)
{
    double sum[SIZE_MAX_SIDE] = {0}, xi[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    const int sensed = sensed_lines(a, back);
    for (unsigned line = 0; line < (unsigned)driven_lines(a, back); line++) {
        if (!t[line])
            continue;
        ohm_normals(a->simd, line_key(key, line), sensed, xi);
        for (int c = 0; c < sensed; c++)
            sum[c] += t[line] * sqrt((double)v->s2[line * a->stride[back] + (size_t)c]) * xi[c];
    }
    for (int c = 0; c < sensed; c++)
        q[c] = saturated(q[c] + floor(sum[c] + 0.5));
}

static int by_cell(const struct ohm_array *a)
{
    return ohm_physics_value(&a->physics, OHM_PHYSICS_NOISE) == OHM_NOISE_CELL;
}

/* q[c] = Σ_r t[r]·g[r][c], held to 32 bits as a charge is. */
void ohm_array_product(const struct ohm_array *a, int back, const struct view *v,
                       const int16_t *t, int32_t *q)
{
    const int lines = driven_lines(a, back);
    ohm_kernel_vmm(a->simd, lines, a->stride[back], v->g, t, q);
    for (int c = 0; v->above && c < sensed_lines(a, back); c++) {
        int64_t sum = q[c];
        for (int r = 0; r < lines; r++)
            sum += (int64_t)t[r] * v->above[(size_t)r * a->stride[back] + (size_t)c];
        q[c] = saturated((double)sum);
    }
}

void ohm_array_read(struct ohm_array *a, enum ohm_cell_sel sel, const int16_t *t,
                    const struct ohm_read_key *key, int32_t *q)
{
    const int back = key->back, sensed = sensed_lines(a, back);
    enter_interval(a, key->seq);
    struct view *v = ohm_array_view(a, back, sel);
    if (!v) { /* no memory for the fast way */
        ohm_array_read_naive(a, sel, t, key, q);
        return;
    }
    int32_t sum[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    ohm_array_product(a, back, v, t, sum);
    if (v->s2 && by_cell(a)) {
        cell_noise(a, back, v, t, noise_key(a, key), sum);
    } else if (v->s2) {
        float var[SIZE_MAX_SIDE] __attribute__((aligned(64)));
        ohm_kernel_variance(a->simd, driven_lines(a, back), a->stride[back], v->s2, t, var);
        ohm_kernel_noise(a->simd, sensed, noise_key(a, key), var, sum);
    }
    memcpy(q, sum, (size_t)sensed * sizeof *q);
}

void ohm_array_read_row(struct ohm_array *a, enum ohm_cell_sel sel, unsigned row, int16_t ticks,
                        const struct ohm_read_key *key, int32_t *q)
{
    int32_t sum[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    float var[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    enter_interval(a, key->seq);
    struct view *v = ohm_array_view(a, FORWARD, sel);
    if (!v || (v->s2 && by_cell(a))) {
        int16_t t[SIZE_MAX_SIDE] = {0};
        t[row] = ticks;
        ohm_array_read(a, sel, t, key, q);
        return;
    }
    const int16_t *g = v->g + row / 2 * a->stride[FORWARD] * 2 + row % 2;
    for (size_t c = 0; c < (size_t)a->cols; c++) {
        const int64_t above = v->above ? v->above[row * a->stride[FORWARD] + c] : 0;
        sum[c] = saturated((double)(ticks * (g[2 * c] + above)));
    }
    if (v->s2) {
        for (size_t c = 0; c < (size_t)a->cols; c++)
            var[c] = (float)(ticks * ticks) * v->s2[row * a->stride[FORWARD] + c];
        ohm_kernel_noise(a->simd, a->cols, noise_key(a, key), var, sum);
    }
    memcpy(q, sum, (size_t)a->cols * sizeof *q);
}

void ohm_array_read_naive(struct ohm_array *a, enum ohm_cell_sel sel, const int16_t *t,
                          const struct ohm_read_key *key, int32_t *q)
{
    const int back = key->back;
    bring_wires_up_to_date(a, back);
    for (unsigned at = 0; at < (unsigned)sensed_lines(a, back); at++) {
        int64_t sum = 0;
        float var = 0;
        double noise = 0;
        for (unsigned line = 0; line < (unsigned)driven_lines(a, back); line++) {
            if (!t[line])
                continue;
            struct sensed s = sense_cell(a, back, sel, key->seq, back ? at : line,
                                         back ? line : at);
            sum += (int64_t)t[line] * s.g;
            var += (float)(t[line] * t[line]) * s.s2;
            if (by_cell(a))
                noise += t[line] * sqrt((double)s.s2)
                         * ohm_normal(ohm_key_at(line_key(noise_key(a, key), line), at));
        }
        if (a->settler.noisy && !by_cell(a))
            noise = sqrt((double)var) * ohm_normal(ohm_key_at(noise_key(a, key), at));
        q[at] = saturated(saturated((double)sum) + floor(noise + 0.5));
    }
}

int ohm_array_geff(struct ohm_array *a, enum ohm_cell_sel sel, unsigned row, unsigned col)
{
    bring_wires_up_to_date(a, FORWARD);
    return sense_cell(a, FORWARD, sel, 0, row, col).g;
}
