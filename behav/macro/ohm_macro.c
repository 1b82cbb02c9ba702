/* SPDX-License-Identifier: Apache-2.0
 * Two stores, as in silicon: the integrators (on-times of the read in progress) and the hold
 * capacitors (charges of the read before, under the ramp). Held columns hang in lists by the ramp
 * step that trips them, so a ramp costs one visit a column and asks again only where something
 * changes. */
#include "ohm_macro.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_converter.h"
#include "ohm_map.h"
#include "ohm_readout.h"

enum { SIDE_MAX = 256, WORDS = SIDE_MAX / 32 };
/* Ramp steps lie between these (CODE_W ≤ 12); columns that trip outside are kept at the ends. */
enum {
    TRIP_MIN = OHM_READOUT_STEP_MIN, TRIP_MAX = OHM_READOUT_STEP_MAX,
    TRIP_RANGE = TRIP_MAX - TRIP_MIN + 1,
    TRIP_WORDS = (TRIP_RANGE + 63) / 64
};
enum {
    LSB_MAX = 1 << 24, RAMP_RS_MAX = 15, NO_COLUMN = -1,
    INTEGRATION_MAX = 2 * OHM_TICKS_MAX /* pulses and pauses */
};

struct ohm_macro {
    int rows, cols;
    int32_t trip_code;
    struct ohm_array *array;
    enum ohm_adc_pins pins;
    const struct ohm_converter_kind *kind;
    struct ohm_conversion by; /* mux and cycles of the kind */
    uint32_t lsb, pin_lsb; /* MACRO_LSB; ramp_lsb, 0: none */

    /* integrators */
    int integrating;
    struct ohm_read_key key;
    enum ohm_cell_sel sel;
    int16_t on_time[SIDE_MAX]; /* signed ticks of pulses that are over */
    uint16_t since[SIDE_MAX];  /* tick at which the pulse under way began */
    uint32_t row_on[WORDS], row_neg[WORDS];
    unsigned last_tick;
    int64_t current[SIDE_MAX]; /* pins COUNTS: charge of a tick, of the rows that are on */
    int64_t so_far[SIDE_MAX];  /* charge without noise, */
    int32_t counted[SIDE_MAX]; /* and counts, of the ticks so far */

    /* hold capacitors */
    int held, held_back; /* held_back: of rows, after a transposed read */
    double held_lsb;
    struct ohm_conversion conversion;
    int32_t charge[SIDE_MAX];
    int32_t trip[SIDE_MAX];
    int32_t shown[SIDE_MAX];  /* pins COUNTS: what was counted while it integrated */
    int16_t next_column[SIDE_MAX]; /* list of the columns with the same trip code */
    int16_t first_column[TRIP_RANGE];
    uint64_t occupied[TRIP_WORDS]; /* trip codes that have columns */

    /* comparators */
    int32_t ramp_step;   /* step that cmp stands for */
    int32_t next_change; /* lowest occupied trip code above it */
    uint32_t cmp[WORDS];

    char fault[160];
};

void ohm_macro_misuse(struct ohm_macro *m, const char *format, ...)
{
    if (m->fault[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(m->fault, sizeof m->fault, format, args);
    va_end(args);
}

const char *ohm_macro_fault(const struct ohm_macro *m)
{
    return m->fault[0] ? m->fault : NULL;
}

struct ohm_macro *ohm_macro_new(int rows, int cols, const struct ohm_device_model *device,
                                uint64_t seed, unsigned macro, int32_t trip_code,
                                struct ohm_error *err)
{
    struct ohm_array *array = ohm_array_new(rows, cols, device, seed, macro, err);
    if (!array)
        return NULL;
    struct ohm_macro *m = calloc(1, sizeof *m);
    if (!m) {
        ohm_array_free(array);
        ohm_fail(err, "macro %u: out of memory", macro);
        return NULL;
    }
    m->rows = rows;
    m->cols = cols;
    m->trip_code = trip_code;
    m->array = array;
    ohm_macro_set_converter(m, &(struct ohm_config){.adc = OHM_ADC_RAMP});
    ohm_macro_reset(m);
    return m;
}

void ohm_macro_free(struct ohm_macro *m)
{
    if (!m)
        return;
    ohm_array_free(m->array);
    free(m);
}

int ohm_macro_set_physics(struct ohm_macro *m, const struct ohm_physics *physics,
                          struct ohm_error *err)
{
    return ohm_array_set_physics(m->array, physics, err);
}

void ohm_macro_set_converter(struct ohm_macro *m, const struct ohm_config *config)
{
    m->pins = ohm_adc_pins(config->adc);
    m->kind = ohm_converter_kind(config);
    m->by = (struct ohm_conversion){0};
    if (m->kind->held)
        m->kind->held(config, &m->by);
}

void ohm_macro_reset(struct ohm_macro *m)
{
    m->integrating = m->held = 0;
    m->lsb = 1;
    m->pin_lsb = 0;
    ohm_array_set_time(m->array, 0);
}

void ohm_macro_cfg(struct ohm_macro *m, uint32_t addr, uint32_t data)
{
    if (addr == OHM_REG_MACRO_LSB)
        m->lsb = data;
    else if (addr == OHM_REG_MACRO_TIME)
        ohm_array_set_time(m->array, data);
}

void ohm_macro_prog(struct ohm_macro *m, unsigned dev, unsigned row, unsigned col,
                    uint32_t two_codes)
{
    struct ohm_error err;
    if (m->integrating)
        ohm_macro_misuse(m, "row %u is programmed during a read", row);
    else if (ohm_array_program(m->array, dev, row, col, two_codes & 0xffff, &err))
        ohm_macro_misuse(m, "%s", err.text);
    else if (col + 1 < (unsigned)m->cols
             && ohm_array_program(m->array, dev, row, col + 1, two_codes >> 16, &err))
        ohm_macro_misuse(m, "%s", err.text);
}

void ohm_macro_pulse(struct ohm_macro *m, const struct ohm_array_pulse *p, const uint32_t *rows,
                     const uint32_t *cols)
{
    struct ohm_error err;
    m->integrating = 0; /* a read that was abandoned: nobody may sample it any more */
    if (ohm_array_pulse(m->array, p, rows, cols, &err))
        ohm_macro_misuse(m, "%s", err.text);
}

void ohm_macro_ramp_lsb(struct ohm_macro *m, uint32_t lsb)
{
    m->pin_lsb = lsb;
}

/* Of the read under way. */
static uint32_t lsb_of(const struct ohm_macro *m)
{
    return m->pin_lsb ? m->pin_lsb : m->lsb;
}

void ohm_macro_begin(struct ohm_macro *m, const struct ohm_read_key *key, unsigned cell_sel)
{
    struct ohm_error err;
    if (ohm_array_selects(m->array, cell_sel, 0, &err)) {
        ohm_macro_misuse(m, "cell_sel = %u: %s", cell_sel, err.text);
        return;
    }
    if (key->back && m->pins != OHM_ADC_PINS_COMPARATORS) {
        ohm_macro_misuse(m, "a transposed read of a macro without a ramp");
        return;
    }
    m->key = *key;
    m->sel = (enum ohm_cell_sel)cell_sel;
    memset(m->on_time, 0, sizeof m->on_time);
    memset(m->row_on, 0, sizeof m->row_on);
    memset(m->row_neg, 0, sizeof m->row_neg);
    memset(m->current, 0, sizeof m->current);
    memset(m->so_far, 0, sizeof m->so_far);
    memset(m->counted, 0, sizeof m->counted);
    m->last_tick = 0;
    m->integrating = 1;
}

/* Lines that a read drives, and that it senses. */
static int driven(const struct ohm_macro *m)
{
    return m->key.back ? m->cols : m->rows;
}

static int sensed(const struct ohm_macro *m, int back)
{
    return back ? m->rows : m->cols;
}

/* Oscillators: a row's current is there from now on (1), or no more (-1). */
static void switch_row(struct ohm_macro *m, unsigned row, uint32_t negative, int on)
{
    const int sign = negative >> row % 32 & 1 ? -on : on;
    if (m->pins == OHM_ADC_PINS_COUNTS)
        for (int c = 0; c < m->cols; c++)
            m->current[c] += sign * ohm_array_geff(m->array, m->sel, row, (unsigned)c);
}

/* Adds the pulse under way, up to `tick`. */
static void end_pulse(struct ohm_macro *m, unsigned row, unsigned tick)
{
    int ticks = (int)tick - m->since[row];
    m->on_time[row] += (int16_t)(m->row_neg[row / 32] >> row % 32 & 1 ? -ticks : ticks);
    switch_row(m, row, m->row_neg[row / 32], -1);
}

void ohm_macro_rows(struct ohm_macro *m, unsigned tick, const uint32_t *row_on,
                    const uint32_t *row_neg)
{
    if (!m->integrating) {
        ohm_macro_misuse(m, "row lines change at tick %u without int_reset before it", tick);
        return;
    }
    if (tick < m->last_tick || tick >= INTEGRATION_MAX) {
        ohm_macro_misuse(m, "row lines change at tick %u, expected %u to %d", tick, m->last_tick,
                         INTEGRATION_MAX - 1);
        return;
    }
    m->last_tick = tick;
    if (m->trip_code != OHM_TRIP_PHYSICS)
        return;
    for (unsigned w = 0; w * 32 < (unsigned)driven(m); w++) {
        uint32_t was = m->row_on[w], is = row_on[w],
                 turned = (m->row_neg[w] ^ row_neg[w]) & was & is;
        for (uint32_t over = (was & ~is) | turned; over; over &= over - 1)
            end_pulse(m, w * 32 + (unsigned)__builtin_ctz(over), tick);
        for (uint32_t begun = (is & ~was) | turned; begun; begun &= begun - 1) {
            const unsigned row = w * 32 + (unsigned)__builtin_ctz(begun);
            m->since[row] = (uint16_t)tick;
            switch_row(m, row, row_neg[w], 1);
        }
        m->row_on[w] = is;
        m->row_neg[w] = row_neg[w];
    }
}

static int32_t within_ramp(int64_t trip)
{
    return trip < TRIP_MIN ? TRIP_MIN : trip > TRIP_MAX ? TRIP_MAX : (int32_t)trip;
}

static int32_t within(int64_t code, int limit)
{
    return code < -limit ? -limit : code > limit ? limit : (int32_t)code;
}

void ohm_macro_count(struct ohm_macro *m, unsigned ramp_rs, int limit, int16_t *count)
{
    const struct ohm_conversion ideal = {.lsb = lsb_of(m), .scale = ldexp(1, (int)ramp_rs)};
    if (m->pins != OHM_ADC_PINS_COUNTS || !m->integrating) {
        ohm_macro_misuse(
            m, "counts are asked for outside an integration, or of a macro without oscillators");
        memset(count, 0, (size_t)m->cols * sizeof *count);
        return;
    }
    for (int c = 0; c < m->cols; c++) {
        m->so_far[c] += m->current[c];
        const int32_t all =
            within(ohm_converter_code(m->kind, NULL, &ideal, (unsigned)c, m->so_far[c]), limit);
        count[c] = (int16_t)(all - m->counted[c]);
        m->counted[c] = all;
    }
}

void ohm_macro_convert(struct ohm_macro *m, int limit, int16_t *code)
{
    if (m->pins == OHM_ADC_PINS_COMPARATORS || !m->held) {
        ohm_macro_misuse(m, m->held ? "conversion of a macro that has a ramp"
                                    : "conversion without a sample");
        memset(code, 0, (size_t)m->cols * sizeof *code);
        return;
    }
    for (int c = 0; c < m->cols; c++)
        code[c] = (int16_t)(within(m->trip[c], limit) - m->shown[c]);
}

static void list_columns(struct ohm_macro *m)
{
    memset(m->occupied, 0, sizeof m->occupied);
    for (int c = sensed(m, m->held_back) - 1; c >= 0; c--) {
        unsigned slot = (unsigned)(m->trip[c] - TRIP_MIN);
        uint64_t bit = (uint64_t)1 << slot % 64;
        m->next_column[c] = m->occupied[slot / 64] & bit ? m->first_column[slot] : NO_COLUMN;
        m->first_column[slot] = (int16_t)c;
        m->occupied[slot / 64] |= bit;
    }
}

/* Lowest trip code in use that is at least `code`, INT32_MAX when there is none. */
static int32_t next_trip(const struct ohm_macro *m, int32_t code)
{
    if (code > TRIP_MAX)
        return INT32_MAX;
    unsigned slot = (unsigned)(code - TRIP_MIN), w = slot / 64;
    uint64_t bits = m->occupied[w] >> slot % 64 << slot % 64;
    while (!bits) {
        if (++w == TRIP_WORDS)
            return INT32_MAX;
        bits = m->occupied[w];
    }
    return TRIP_MIN + (int32_t)(w * 64 + (unsigned)__builtin_ctzll(bits));
}

/* A ramp begins at this step. Only a readout that is not ideal makes the trip codes depend on it.
 */
static void begin_ramp(struct ohm_macro *m, int32_t step)
{
    const struct ohm_readout *readout = ohm_array_readout(m->array, m->held_back);
    if (readout && m->trip_code == OHM_TRIP_PHYSICS) {
        m->conversion.first = step;
        for (int c = 0; c < sensed(m, m->held_back); c++)
            m->trip[c] = ohm_readout_trip(readout, &m->conversion, (unsigned)c, m->charge[c]);
        list_columns(m);
    }
    memset(m->cmp, 0, sizeof m->cmp);
    m->ramp_step = INT32_MIN;
    m->next_change = next_trip(m, TRIP_MIN);
}

void ohm_macro_sample(struct ohm_macro *m, unsigned ramp_rs, unsigned ticks)
{
    if (!m->integrating) {
        ohm_macro_misuse(m, "sample without int_reset before it");
        return;
    }
    if (ticks < 1 || ticks > INTEGRATION_MAX) {
        ohm_macro_misuse(m, "integration of %u ticks, expected 1 to %d", ticks, INTEGRATION_MAX);
        return;
    }
    if (m->last_tick >= ticks) {
        ohm_macro_misuse(m, "row lines change at tick %u of an integration of %u ticks",
                         m->last_tick, ticks);
        return;
    }
    if (lsb_of(m) < 1 || lsb_of(m) > LSB_MAX || ramp_rs > RAMP_RS_MAX) {
        ohm_macro_misuse(m, "%s = %u, ramp_rs = %u, expected 1 to %d and 0 to %d",
                         m->pin_lsb ? "ramp_lsb" : "MACRO_LSB", lsb_of(m),
                         ramp_rs, LSB_MAX, RAMP_RS_MAX);
        return;
    }
    const int back = m->key.back, lines = sensed(m, back);
    m->integrating = 0;
    m->held = 1;
    m->held_back = back;
    m->held_lsb = ldexp(lsb_of(m), (int)ramp_rs);
    memcpy(m->shown, m->counted, sizeof m->shown);
    if (m->trip_code != OHM_TRIP_PHYSICS) {
        for (int c = 0; c < lines; c++)
            m->trip[c] = within_ramp(m->trip_code);
    } else {
        for (unsigned w = 0; w * 32 < (unsigned)driven(m); w++)
            for (uint32_t on = m->row_on[w]; on; on &= on - 1)
                end_pulse(m, w * 32 + (unsigned)__builtin_ctz(on), ticks);
        ohm_array_read(m->array, m->sel, m->on_time, &m->key, m->charge);
        ohm_array_integrate(m->array, m->sel, back, m->on_time, (int)ticks, m->charge);
        /* Where a readout that is not ideal trips a ramp is known when the ramp begins. */
        const struct ohm_readout *readout = ohm_array_readout(m->array, back);
        const int ramp = m->pins == OHM_ADC_PINS_COMPARATORS;
        m->conversion = m->by;
        m->conversion.lsb = lsb_of(m);
        m->conversion.scale = ldexp(1, (int)ramp_rs);
        m->conversion.first = TRIP_MIN;
        if (readout)
            m->conversion.noise_key =
                ohm_readout_key(readout, m->key.seq, m->key.desc, m->key.slice);
        for (int c = 0; c < lines; c++)
            m->trip[c] = within_ramp(ohm_converter_code(m->kind, ramp ? NULL : readout,
                                                        &m->conversion, (unsigned)c, m->charge[c]));
        if (ohm_array_fault(m->array))
            ohm_macro_misuse(m, "%s", ohm_array_fault(m->array));
    }
    list_columns(m);
    m->ramp_step = INT32_MAX; /* the next step begins a ramp */
}

int32_t ohm_macro_cmp(struct ohm_macro *m, int32_t step, uint32_t *cmp)
{
    size_t bytes = ((size_t)sensed(m, m->held_back) + 31) / 32 * sizeof *cmp;
    if (!m->held || step <= TRIP_MIN || step >= TRIP_MAX) {
        ohm_macro_misuse(
            m, m->held ? "ramp at step %d, outside its range" : "ramp at step %d without a sample",
            step);
        memset(cmp, 0, bytes);
        return INT32_MAX;
    }
    if (step < m->ramp_step)
        begin_ramp(m, step);
    while (m->next_change <= step) {
        for (int c = m->first_column[m->next_change - TRIP_MIN]; c != NO_COLUMN;
             c = m->next_column[c])
            m->cmp[c / 32] |= (uint32_t)1 << c % 32;
        m->next_change = next_trip(m, m->next_change + 1);
    }
    m->ramp_step = step;
    memcpy(cmp, m->cmp, bytes);
    return m->next_change;
}

double ohm_macro_hold(const struct ohm_macro *m, unsigned col)
{
    if (!m->held || col >= (unsigned)sensed(m, m->held_back))
        return 0;
    return m->trip_code == OHM_TRIP_PHYSICS ? m->charge[col] / m->held_lsb : m->trip_code;
}

int ohm_macro_geff(struct ohm_macro *m, enum ohm_cell_sel sel, unsigned row, unsigned col)
{
    return ohm_array_geff(m->array, sel, row, col);
}

struct ohm_array_device ohm_macro_device(const struct ohm_macro *m, enum ohm_cell_sel dev,
                                         unsigned row, unsigned col)
{
    return ohm_array_device(m->array, dev, row, col);
}
