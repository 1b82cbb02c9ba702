/* SPDX-License-Identifier: Apache-2.0
 * Golden model of an update: what docs/reference/learning.md says, cell by cell and pulse by pulse,
 * with no thought of speed. */
#include "ohm_update.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_numeric.h"

enum { SIDE = 256, WORDS = SIDE / 32 };

struct lines { uint32_t bit[WORDS]; };

static void mark(struct lines *l, unsigned i)
{
    l->bit[i / 32] |= 1u << i % 32;
}

static int marked(const struct lines *l)
{
    int n = 0;
    for (unsigned i = 0; i < WORDS; i++)
        n += __builtin_popcount(l->bit[i]);
    return n;
}

/* A pulse that selects nothing is not given. */
static int give(struct ohm_update_array *t, const struct ohm_array_pulse *p,
                const struct lines *rows, const struct lines *cols, struct ohm_error *err)
{
    const int cells = marked(rows) * marked(cols);

    if (!cells)
        return 0;
    if (t->observe)
        t->observe(t->user, p, rows->bit, cols->bit);
    t->counts.pulses++;
    t->counts.cells += (uint64_t)cells;
    return ohm_array_pulse(t->array, p, rows->bit, cols->bit, err);
}

/* A byte as a number; δ counts with the other sign where the descriptor says so. */
static int number_of(uint8_t byte, int is_signed)
{
    int saturated;
    return ohm_input(byte, is_signed, &saturated);
}

static int x_of(const struct ohm_update *u, const struct ohm_update_vector *v, unsigned row)
{
    const int x = number_of(v->x[row], u->x_signed);
    return abs(x) >= (int)(u->tx ? u->tx : 1) ? x : 0;
}

static int d_of(const struct ohm_update *u, const struct ohm_update_vector *v, unsigned col)
{
    const int d = number_of(v->d[col], 1);
    return abs(d) < (int)(u->td ? u->td : 1) ? 0 : u->d_neg ? -d : d;
}

/* ---- rule row ---- */

/* Pulses of one row for its numbers of steps. */
static int pulse_row(struct ohm_update_array *t, const struct ohm_update_phase *phase, unsigned row,
                     const int *k, struct ohm_error *err)
{
    struct lines rows = {{0}};

    mark(&rows, row);
    for (int f = 0; f < OHM_UPDATE_PHASES; f++)
        for (int i = 1; phase[f].there; i++) {
            struct lines cols = {{0}};
            for (unsigned c = 0; c < (unsigned)t->cols; c++)
                if ((phase[f].up ? k[c] : -k[c]) >= i)
                    mark(&cols, c);
            if (!marked(&cols))
                break;
            if (give(t, &phase[f].pulse, &rows, &cols, err))
                return -1;
        }
    return 0;
}

static int sign_of(int v)
{
    return (v > 0) - (v < 0);
}

/* Steps of a cell out of its word of the accumulate memory. */
static int accumulated(const struct ohm_update *u, int32_t *a, int product)
{
    const int64_t sum = (int64_t)*a - product,
                  held = sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : sum;
    const int64_t whole = (held < 0 ? -held : held) >> u->shift;
    const int p = whole > u->count ? (int)u->count : (int)whole, k = held < 0 ? -p : p;

    *a = (int32_t)(held - k * ((int64_t)1 << u->shift));
    return k;
}

static int update_rows(struct ohm_update_array *t, const struct ohm_update *u,
                       const struct ohm_update_vector *v, struct ohm_error *err)
{
    struct ohm_update_phase phase[OHM_UPDATE_PHASES];
    int k[SIDE];

    ohm_update_phases(u, phase);
    for (unsigned r = 0; r < (unsigned)t->rows; r++) {
        const int x = x_of(u, v, r);
        for (unsigned c = 0; c < (unsigned)t->cols; c++) {
            const int product = x * d_of(u, v, c);
            const int64_t p = ohm_round_shift(abs(product), u->shift);
            if (u->accumulate)
                k[c] = accumulated(u, &t->memory[r * (unsigned)t->cols + c], product);
            else
                k[c] = -sign_of(product) * (p > u->count ? (int)u->count : (int)p);
        }
        if (pulse_row(t, phase, r, k, err))
            return -1;
    }
    return 0;
}

int ohm_update_golden_transfer(struct ohm_update_array *t, const struct ohm_update *u,
                               const int8_t *k, struct ohm_error *err)
{
    struct ohm_update_phase phase[OHM_UPDATE_PHASES];
    int steps[SIDE];

    ohm_update_phases(u, phase);
    for (unsigned r = 0; r < (unsigned)t->rows; r++) {
        for (unsigned c = 0; c < (unsigned)t->cols; c++)
            steps[c] = k[r * (unsigned)t->cols + c];
        if (pulse_row(t, phase, r, steps, err))
            return -1;
    }
    t->counts.updates++;
    return 0;
}

/* ---- rules sign and stochastic ---- */

/* One step for the cells of the rows and columns that are told by their signs: index 0 those of
 * positive numbers. */
static int rectangles(struct ohm_update_array *t, const struct ohm_update *u,
                      const struct lines rows[2], const struct lines cols[2], struct ohm_error *err)
{
    struct ohm_update_phase phase[OHM_UPDATE_PHASES];

    ohm_update_phases(u, phase);
    for (int f = 0; f < OHM_UPDATE_PHASES; f++)
        for (int i = 0; phase[f].there && i < 2; i++)
            if (give(t, &phase[f].pulse, &rows[i], &cols[phase[f].up ? !i : i], err))
                return -1;
    return 0;
}

/* slots: of rule stochastic; 0 where every line that takes part fires. */
static int update_lines(struct ohm_update_array *t, const struct ohm_update *u,
                        const struct ohm_update_vector *v, unsigned slots, struct ohm_error *err)
{
    uint32_t lx = ohm_update_register(u->seed, v->number, 0),
             ld = ohm_update_register(u->seed, v->number, 1);

    for (unsigned slot = 0; slot < (slots ? slots : 1); slot++) {
        struct lines rows[2] = {{{0}}}, cols[2] = {{{0}}};
        for (unsigned r = 0; r < (unsigned)t->rows; r++) {
            const int x = x_of(u, v, r), draw = slots ? (int)ohm_update_draw(&lx) : -1;
            if (x && draw < abs(x))
                mark(&rows[x < 0], r);
        }
        for (unsigned c = 0; c < (unsigned)t->cols; c++) {
            const int d = d_of(u, v, c), draw = slots ? (int)(ohm_update_draw(&ld) & 127) : -1;
            if (d && draw < abs(d))
                mark(&cols[d < 0], c);
        }
        if (rectangles(t, u, rows, cols, err))
            return -1;
    }
    return 0;
}

int ohm_update_golden(struct ohm_update_array *t, const struct ohm_update *u,
                      const struct ohm_update_vector *v, struct ohm_error *err)
{
    t->counts.updates++;
    if (v->poison) {
        t->counts.poisoned++;
        return 0;
    }
    if (u->rule == OHM_UPDATE_ROW)
        return update_rows(t, u, v, err);
    return update_lines(t, u, v, u->rule == OHM_UPDATE_STOCHASTIC ? u->count : 0, err);
}
