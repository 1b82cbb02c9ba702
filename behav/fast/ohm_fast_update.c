/* SPDX-License-Identifier: Apache-2.0
 * Steps of a row are kept as one magnitude and one sign a column; the columns of a pulse are those
 * whose magnitude reaches a number, sixteen of them by one comparison. Magnitudes of rule row are
 * products, and what they must reach comes from shift and rounding: no product is ever shifted. */
#include "ohm_fast_update.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_numeric.h"
#include "ohm_simd.h"

#if OHM_X86
#include <immintrin.h>
#endif

enum { SIDE = 256, WORDS = SIDE / 32, PRODUCT_MAX = 255 * 127 };

struct lines { uint32_t bit[WORDS]; };

struct run { /* an update under way */
    struct ohm_update_array *t;
    const struct ohm_update *u;
    struct ohm_update_phase phase[OHM_UPDATE_PHASES];
    struct ohm_error *err;
};

static int any(const struct lines *l)
{
    uint32_t all = 0;
    for (int i = 0; i < WORDS; i++)
        all |= l->bit[i];
    return all != 0;
}

static int count(const struct lines *l)
{
    int n = 0;
    for (int i = 0; i < WORDS; i++)
        n += __builtin_popcount(l->bit[i]);
    return n;
}

static int give(struct run *r, const struct ohm_array_pulse *p, const struct lines *rows,
                const struct lines *cols)
{
    struct ohm_update_array *t = r->t;

    if (!any(rows) || !any(cols))
        return 0;
    if (t->observe)
        t->observe(t->user, p, rows->bit, cols->bit);
    t->counts.pulses++;
    t->counts.cells += (uint64_t)count(rows) * (uint64_t)count(cols);
    return ohm_array_pulse(t->array, p, rows->bit, cols->bit, r->err);
}

/* Columns whose magnitude is at least `least`, of 1 to INT16_MAX. */
static void reaching(const int16_t *magnitude, int least, struct lines *out)
{
#if OHM_X86
    const __m128i below = _mm_set1_epi16((int16_t)(least - 1));
    for (int i = 0; i < WORDS; i++) {
        const __m128i *m = (const __m128i *)(magnitude + 32 * i);
        uint32_t half[2];
        for (int h = 0; h < 2; h++)
            half[h] = (uint32_t)_mm_movemask_epi8(
                _mm_packs_epi16(_mm_cmpgt_epi16(_mm_load_si128(m + 2 * h), below),
                                _mm_cmpgt_epi16(_mm_load_si128(m + 2 * h + 1), below)));
        out->bit[i] = half[0] | half[1] << 16;
    }
#else
    memset(out, 0, sizeof *out);
    for (unsigned c = 0; c < SIDE; c++)
        out->bit[c / 32] |= (uint32_t)(magnitude[c] >= least) << c % 32;
#endif
}

static void both(const struct lines *a, const struct lines *b, struct lines *out)
{
    for (int i = 0; i < WORDS; i++)
        out->bit[i] = a->bit[i] & b->bit[i];
}

/* Pulses of a row. A column has a step number i when its magnitude reaches i·unit − half; side:
 * columns whose steps go down (0) and up (1). most: steps of a column at most. */
static int pulse_row(struct run *r, unsigned row, const int16_t *magnitude, int unit, int half,
                     unsigned most, const struct lines side[2])
{
    struct lines reach[OHM_UPDATE_COUNT_MAX], rows = {{0}};
    unsigned steps = 0;

    for (unsigned i = 1; i <= most; i++, steps++) {
        const int64_t least = (int64_t)i * unit - half;
        if (least > PRODUCT_MAX)
            break;
        reaching(magnitude, (int)least, &reach[steps]);
        if (!any(&reach[steps]))
            break;
    }
    rows.bit[row / 32] = 1u << row % 32;
    for (int f = 0; f < OHM_UPDATE_PHASES; f++)
        for (unsigned i = 0; r->phase[f].there && i < steps; i++) {
            struct lines cols;
            both(&reach[i], &side[r->phase[f].up], &cols);
            if (!any(&cols))
                break;
            if (give(r, &r->phase[f].pulse, &rows, &cols))
                return -1;
        }
    return 0;
}

/* ---- vectors ---- */

static int number_of(uint8_t byte, int is_signed)
{
    int saturated;
    return ohm_input(byte, is_signed, &saturated);
}

/* Numbers of a vector that reach the threshold, else 0; their magnitudes, and where they are
 * negative (0) and positive (1). Returns the largest magnitude. */
struct taking { int16_t magnitude[SIDE] __attribute__((aligned(64))); struct lines side[2]; };

static int take(struct taking *v, const uint8_t *bytes, int n, int is_signed, unsigned threshold,
                int other_sign)
{
    int most = 0;

    memset(v, 0, sizeof *v);
    for (unsigned i = 0; i < (unsigned)n; i++) {
        const int value = number_of(bytes[i], is_signed), size = abs(value);
        if (!value || size < (int)threshold)
            continue;
        v->magnitude[i] = (int16_t)size;
        v->side[(value > 0) != other_sign].bit[i / 32] |= 1u << i % 32;
        most = size > most ? size : most;
    }
    return most;
}

/* ---- rule row ---- */

static int by_products(struct run *r, const struct taking *x, const struct taking *d, int most)
{
    const int unit = 1 << r->u->shift, half = r->u->shift ? unit / 2 : 0;

    for (unsigned row = 0; row < (unsigned)r->t->rows; row++) {
        const int size = x->magnitude[row];
        int16_t product[SIDE] __attribute__((aligned(64)));
        if (!size || size * most < unit - half)
            continue;
        for (int c = 0; c < SIDE; c++)
            product[c] = (int16_t)(size * d->magnitude[c]);
        const int positive = x->side[1].bit[row / 32] >> row % 32 & 1;
        const struct lines side[2] = {d->side[positive], d->side[!positive]};
        if (pulse_row(r, row, product, unit, half, r->u->count, side))
            return -1;
    }
    return 0;
}

/* Adds a row's products to the memory and takes whole steps out of it: their numbers, upwards
 * positive. Returns whether there is any; *open: whether the memory still holds some. */
static int accumulate(const struct run *r, int32_t *a, int x, const int16_t *d, int16_t *k,
                      uint8_t *open)
{
    const int32_t unit = 1 << r->u->shift;
    const int32_t most = (int32_t)r->u->count;
    int some = 0;

    for (int c = 0; c < r->t->cols; c++) {
        const int64_t sum = (int64_t)a[c] - x * d[c];
        a[c] = (int32_t)(sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : sum);
        some |= a[c] >= unit || a[c] <= -unit;
    }
    *open = 0;
    for (int c = 0; some && c < r->t->cols; c++) {
        const int32_t whole = abs(a[c]) >> r->u->shift, p = whole > most ? most : whole;
        k[c] = (int16_t)(a[c] < 0 ? -p : p);
        a[c] -= k[c] * unit;
        *open |= whole > most;
    }
    return some;
}

/* Pulses of a row for numbers of steps, upwards positive. */
static int by_steps(struct run *r, unsigned row, const int16_t *k)
{
    int16_t magnitude[SIDE] __attribute__((aligned(64))) = {0};
    struct lines side[2] = {{{0}}};

    for (unsigned c = 0; c < (unsigned)r->t->cols; c++) {
        magnitude[c] = (int16_t)abs(k[c]);
        side[k[c] > 0].bit[c / 32] |= (uint32_t)(k[c] != 0) << c % 32;
    }
    return pulse_row(r, row, magnitude, 1, 0, OHM_UPDATE_COUNT_MAX, side);
}

static int by_memory(struct run *r, const struct taking *x, const struct taking *d)
{
    int16_t signed_d[SIDE] = {0}, k[SIDE] = {0};

    for (unsigned c = 0; c < (unsigned)r->t->cols; c++)
        signed_d[c] = d->side[0].bit[c / 32] >> c % 32 & 1 ? (int16_t)-d->magnitude[c]
                                                           : d->magnitude[c];
    if (r->t->open_shift != r->u->shift)
        memset(r->t->open_row, 1, sizeof r->t->open_row);
    r->t->open_shift = r->u->shift;
    for (unsigned row = 0; row < (unsigned)r->t->rows; row++) {
        const int negative = x->side[0].bit[row / 32] >> row % 32 & 1;
        if (!x->magnitude[row] && !r->t->open_row[row])
            continue;
        if (accumulate(r, r->t->memory + (size_t)row * (size_t)r->t->cols,
                       negative ? -x->magnitude[row] : x->magnitude[row], signed_d, k,
                       &r->t->open_row[row])
            && by_steps(r, row, k))
            return -1;
    }
    return 0;
}

/* ---- rules sign and stochastic ---- */

static int by_lines(struct run *r, const struct lines rows[2], const struct lines cols[2])
{
    for (int f = 0; f < OHM_UPDATE_PHASES; f++)
        for (int i = 1; r->phase[f].there && i >= 0; i--)
            if (give(r, &r->phase[f].pulse, &rows[i], &cols[r->phase[f].up ? !i : i]))
                return -1;
    return 0;
}

/* Lines of v that fire in a slot, by the sign of their numbers. */
static void fire(const struct taking *v, int n, uint32_t *reg, unsigned mask, struct lines out[2])
{
    struct lines fires = {{0}};

    for (unsigned i = 0; i < (unsigned)n; i++)
        fires.bit[i / 32] |=
            (uint32_t)((int)(ohm_update_draw(reg) & mask) < v->magnitude[i]) << i % 32;
    both(&fires, &v->side[0], &out[0]);
    both(&fires, &v->side[1], &out[1]);
}

static int by_slots(struct run *r, const struct taking *x, const struct taking *d, uint32_t number)
{
    uint32_t lx = ohm_update_register(r->u->seed, number, 0),
             ld = ohm_update_register(r->u->seed, number, 1);

    for (unsigned slot = 0; slot < r->u->count; slot++) {
        struct lines rows[2], cols[2];
        fire(x, r->t->rows, &lx, 255, rows);
        fire(d, r->t->cols, &ld, 127, cols);
        if (by_lines(r, rows, cols))
            return -1;
    }
    return 0;
}

int ohm_fast_update(struct ohm_update_array *t, const struct ohm_update *u,
                    const struct ohm_update_vector *v, struct ohm_error *err)
{
    struct run r = {.t = t, .u = u, .err = err};
    struct taking x, d;

    t->counts.updates++;
    if (v->poison) {
        t->counts.poisoned++;
        return 0;
    }
    ohm_update_phases(u, r.phase);
    take(&x, v->x, t->rows, u->x_signed, u->tx, 0);
    const int most = take(&d, v->d, t->cols, 1, u->td, u->d_neg);
    if (u->rule == OHM_UPDATE_ROW)
        return u->accumulate ? by_memory(&r, &x, &d) : by_products(&r, &x, &d, most);
    return u->rule == OHM_UPDATE_SIGN ? by_lines(&r, x.side, d.side)
                                      : by_slots(&r, &x, &d, v->number);
}

int ohm_fast_transfer(struct ohm_update_array *t, const struct ohm_update *u, const int8_t *k,
                      struct ohm_error *err)
{
    struct run r = {.t = t, .u = u, .err = err};

    ohm_update_phases(u, r.phase);
    for (unsigned row = 0; row < (unsigned)t->rows; row++) {
        const int8_t *of = k + (size_t)row * (size_t)t->cols;
        int16_t steps[SIDE];
        int some = 0;
        for (int c = 0; c < t->cols; c++)
            some |= steps[c] = of[c];
        if (some && by_steps(&r, row, steps))
            return -1;
    }
    t->counts.updates++;
    return 0;
}
