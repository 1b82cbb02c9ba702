/* SPDX-License-Identifier: Apache-2.0
 * Golden model: the programming engine, sentence by sentence as in docs/reference/programming.md.
 */
#include "ohm_golden_program.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_golden_code.h"
#include "ohm_golden_flow.h"
#include "ohm_golden_out.h"

enum { NAIVE_EVERY = 256, BINS = 8, LEAVE_ALONE = 0x8000, HEAD = 6 };

static unsigned mask_words(const struct tile *t)
{
    return ((unsigned)t->g->config.cols + 31) / 32;
}

static const struct ohm_phase_plan *phase_of(const struct program *p)
{
    return &p->plan.phase[p->final ? 1 : p->phase];
}

static int32_t target_of(const struct program *p, unsigned col)
{
    const uint32_t word = p->target[col] >> 16 * p->dev & 0x7fff;
    return (int32_t)(word ^ 0x4000) - 0x4000;
}

/* ---- masks and pulses ---- */

/* Makes `pulse` what comes next, to the columns for which `wanted` says so; 0: to none. */
static unsigned select_columns(struct tile *t, int (*wanted)(const struct program *p, unsigned col))
{
    struct program *p = &t->program;
    unsigned n = 0;

    memset(p->cols, 0, sizeof p->cols);
    for (unsigned c = 0; c < (unsigned)t->g->config.cols; c++)
        if (!p->left_alone[c] && wanted(p, c)) {
            p->cols[c / 32] |= 1u << c % 32;
            n++;
        }
    return n;
}

static int any_column(const struct program *p, unsigned col)
{
    (void)p, (void)col;
    return 1;
}

/* How far the column's sum is from what was asked for. */
static int32_t error_of(const struct program *p, unsigned col)
{
    return p->sum[col] - target_of(p, col) * (1 << phase_of(p)->k);
}

/* Columns that a pulse of the round's polarity helps. */
static int helped(const struct program *p, unsigned col)
{
    return !p->accepted[col] && (error_of(p, col) < 0) == (p->set != 0);
}

static enum ohm_cell_sel device_code(const struct program *p)
{
    switch (p->plan.part) {
    case OHM_PROGRAM_PART_MOST: return p->dev ? OHM_CELL_MINUS_MOST : OHM_CELL_PLUS_MOST;
    case OHM_PROGRAM_PART_LEAST: return p->dev ? OHM_CELL_MINUS_LEAST : OHM_CELL_PLUS_LEAST;
    default: return p->dev ? OHM_CELL_MINUS : OHM_CELL_PLUS;
    }
}

static void begin_stair(struct program *p)
{
    const struct ohm_staircase *s = &phase_of(p)->stair[p->set];

    p->amp = s->amp0;
    p->width = s->width0;
    p->ended = 0;
}

static void climb(struct program *p)
{
    const struct ohm_staircase *s = &phase_of(p)->stair[p->set];

    if (p->amp < s->amp_max)
        p->amp = p->amp + s->amp_step > s->amp_max ? s->amp_max : p->amp + s->amp_step;
    else if (p->width < s->width_max)
        p->width++;
    else
        p->ended = 1;
}

/* ---- a row ---- */

static void want_read(struct program *p)
{
    p->next = PROGRAM_READ;
    p->reads_left = 1u << phase_of(p)->k;
    memset(p->sum, 0, sizeof p->sum);
}

/* The next phase that has iterations, else the final read. */
static void begin_phase(struct program *p, unsigned phase)
{
    while (phase < OHM_REG_PHASE_READ_COUNT && !p->plan.phase[phase].limit)
        phase++;
    p->final = phase == OHM_REG_PHASE_READ_COUNT;
    p->phase = phase;
    p->in_phase = 0;
    p->way = OHM_ENGINE_PHASE;
    if (!p->final) {
        memset(p->accepted, 0, sizeof p->accepted);
        p->set = phase_of(p)->first;
        begin_stair(p);
    }
    want_read(p);
}

static void want_erase(struct tile *t)
{
    struct program *p = &t->program;

    if (!p->erase_left || !select_columns(t, any_column)) {
        begin_phase(p, 0);
        return;
    }
    p->erase_left--;
    p->pulse = (struct ohm_array_pulse){device_code(p), (int)p->plan.erase_set, p->plan.erase_amp,
                                        p->plan.erase_width};
    p->next = PROGRAM_PULSE;
}

static void begin_device(struct tile *t)
{
    struct program *p = &t->program;
    const struct ohm_phase_plan *fine = &p->plan.phase[1];

    p->iterations = 0;
    p->device_cells = 0;
    p->erase_left = p->plan.erase_count;
    memset(p->refused, 0, sizeof p->refused);
    memset(p->accepted, 0, sizeof p->accepted);
    for (unsigned c = 0; c < (unsigned)t->g->config.cols; c++) {
        const int32_t target = target_of(p, c);
        const int alone = (p->target[c] >> 16 * p->dev & LEAVE_ALONE) != 0;
        p->refused[c] = !alone && (target < fine->start || target > fine->stop);
        p->left_alone[c] = (uint8_t)(alone || p->refused[c]);
    }
    want_erase(t);
}

/* The device's part of the report. */
static void report_device(struct tile *t)
{
    struct program *p = &t->program;
    const unsigned words = mask_words(t);
    const int ran = p->plan.phase[0].limit || p->plan.phase[1].limit;
    uint32_t report[HEAD + TILE_MAX / 32] = {0}, any_refused = 0, fails = 0;

    for (unsigned c = 0; c < (unsigned)t->g->config.cols; c++) {
        if (p->plan.codes)
            p->report[c] |= (int32_t)((uint32_t)(p->sum[c] & 0xffff) << 16 * p->dev);
        if (p->refused[c] || (!p->left_alone[c] && ran && !p->accepted[c])) {
            report[HEAD + c / 32] |= 1u << c % 32;
            fails++;
        }
        any_refused |= p->refused[c];
        if (p->left_alone[c])
            continue;
        const unsigned off = (unsigned)abs(error_of(p, c)) >> phase_of(p)->k,
                       bin = off < BINS ? off : BINS - 1;
        report[2 + bin / 2] += 1u << 16 * (bin % 2);
    }
    p->fails += fails;
    report[0] = p->row | p->dev << 8 | 1u << 9 | any_refused << 10 | (p->iterations & 511) << 16;
    report[1] = p->device_cells;
    if (!p->plan.codes)
        memcpy(p->report + p->dev * (HEAD + words), report, (HEAD + words) * sizeof *report);
}

/* The next vector, if one is whole; poison goes on as poison. */
static void take_vector(struct tile *t)
{
    struct program *p = &t->program;
    struct slots *in = &t->stream[p->plan.stream];

    while (p->next == PROGRAM_WAIT && p->position < p->plan.count && slots_ready(in)) {
        p->seq = in->head;
        const int poison = ohm_tile_next(t, in);
        for (unsigned c = 0; c < (unsigned)t->g->config.cols; c++)
            p->target[c] = c < in->words ? slot_data(in, p->seq)[c] : LEAVE_ALONE * 0x10001u;
        p->row = p->position++ ? (p->row + p->plan.step) % (unsigned)t->g->config.rows
                               : p->plan.first;
        memset(p->report, 0, sizeof p->report);
        ohm_program_tell_row(t, poison);
        if (poison) {
            ohm_tile_send(t, 0, p->seq, p->report, 0, 1);
            if (p->abandoned)
                ohm_tile_abandon(t);
            ohm_tile_free_oldest(t, p->plan.stream);
            continue;
        }
        p->dev = !p->plan.worked[0];
        begin_device(t);
    }
}

/* The device is done: the next one, or the row's report. */
static void end_device(struct tile *t)
{
    struct program *p = &t->program;
    const unsigned words =
        p->plan.codes ? (unsigned)t->g->config.cols : 2 * (HEAD + mask_words(t));

    report_device(t);
    if (p->dev == 0 && p->plan.worked[1]) {
        p->dev = 1;
        begin_device(t);
        p->way = OHM_ENGINE_DEVICE;
        return;
    }
    p->next = PROGRAM_WAIT;
    p->rows++;
    ohm_tile_send(t, 0, p->seq, p->report, words, 0);
    if (p->abandoned)
        ohm_tile_abandon(t);
    ohm_tile_free_oldest(t, p->plan.stream);
    take_vector(t);
    p->way = OHM_ENGINE_END;
}

/* Steps 1 to 4 of a phase, after its verify read. */
static void decide(struct tile *t)
{
    struct program *p = &t->program;
    const struct ohm_phase_plan *f = phase_of(p);
    unsigned open = 0;

    p->iterations++;
    p->in_phase++;
    for (unsigned c = 0; c < (unsigned)t->g->config.cols; c++) {
        if (p->left_alone[c] || p->accepted[c])
            continue;
        p->accepted[c] = (uint32_t)abs(error_of(p, c)) <= f->margin << f->k;
        open += !p->accepted[c];
    }
    if (!open || p->in_phase == f->limit) {
        begin_phase(p, p->phase + 1);
        return;
    }
    p->way = OHM_ENGINE_DECIDED;
    if (!select_columns(t, helped) || p->ended) {
        p->way = OHM_ENGINE_ROUND;
        p->set = !p->set;
        if (!select_columns(t, helped))
            p->set = !p->set;
        select_columns(t, helped);
        begin_stair(p);
    }
    p->pulse = (struct ohm_array_pulse){device_code(p), (int)p->set, p->amp, p->width};
    p->next = PROGRAM_PULSE;
    climb(p);
}

void ohm_program_pulse(struct tile *t)
{
    struct program *p = &t->program;
    struct ohm_golden_engine told = ohm_program_told(t, OHM_ENGINE_PULSE);
    uint32_t rows[TILE_MAX / 32] = {0};
    struct ohm_error err;

    rows[p->row / 32] |= 1u << p->row % 32;
    if (ohm_array_pulse(t->array, &p->pulse, rows, p->cols, &err))
        ohm_golden_fault(t->g, err.text);
    p->pulses++;
    t->g->stats.pulses++;
    for (unsigned i = 0; i < TILE_MAX / 32; i++) {
        p->device_cells += (uint32_t)__builtin_popcount(p->cols[i]);
        p->cells += (uint32_t)__builtin_popcount(p->cols[i]);
    }
    p->way = OHM_ENGINE_AGAIN;
    if (p->iterations)
        want_read(p);
    else
        want_erase(t);
    ohm_program_tell(t, &told);
}

/* One of the reads of the row: charges into g->q; their sum. */
static uint64_t read_charges(struct tile *t, const struct ohm_phase_plan *f, enum ohm_cell_sel sel)
{
    struct ohm_golden *g = t->g;
    struct program *p = &t->program;
    const struct ohm_read_key key = {p->read, OHM_PROGRAM_DESC, (uint8_t)(p->final ? 1 : p->phase),
                                     0};
    const int16_t ticks = (int16_t)((1 << f->w) - 1);

    memset(g->ticks, 0, sizeof g->ticks);
    g->ticks[p->row] = ticks;
    ohm_array_read_row(t->array, sel, p->row, ticks, &key, g->q);
    if (ohm_array_fault(t->array))
        ohm_golden_fault(g, ohm_array_fault(t->array));
    if (g->checking && p->read % NAIVE_EVERY == 0) {
        ohm_array_read_naive(t->array, sel, g->ticks, &key, g->q_naive);
        if (memcmp(g->q, g->q_naive, (size_t)g->config.cols * sizeof *g->q))
            ohm_golden_fault(g, "golden model: a read of one row and the naive loop differ");
        g->stats.naive++;
    }
    uint64_t sum = 0;
    for (int c = 0; c < g->config.cols; c++)
        sum += g->q[c] > 0 ? (uint64_t)g->q[c] : 0;
    ohm_array_integrate(t->array, sel, 0, g->ticks, ticks, g->q);
    return sum;
}

void ohm_program_read(struct tile *t)
{
    struct program *p = &t->program;
    const struct ohm_phase_plan *f = phase_of(p);
    const struct ohm_slice_plan slice = {.start = f->start, .stop = f->stop, .lsb = f->lsb};
    const struct ohm_converter by = {.config = &t->g->config,
                                     .kind = ohm_converter_kind(&t->g->config),
                                     .readout = ohm_array_readout(t->array, 0),
                                     .desc = OHM_PROGRAM_DESC};
    struct ohm_error err;

    if (ohm_array_selects(t->array, device_code(p), 0, &err)) {
        ohm_golden_fault(t->g, err.text);
        return;
    }
    struct ohm_golden_engine told = ohm_program_told(t, OHM_ENGINE_READ);
    told.charge = read_charges(t, f, device_code(p));
    for (unsigned c = 0; c < (unsigned)t->g->config.cols; c++) {
        int clip;
        p->code[c] = (int16_t)ohm_golden_code(&by, &slice, p->read, p->final ? 1 : p->phase, c,
                                              t->g->q[c], &clip);
        p->sum[c] += p->code[c];
    }
    p->checked = 0;
    p->read++;
    p->way = OHM_ENGINE_AGAIN;
    ohm_program_told_ramp(t, f, &told);
    if (--p->reads_left == 0 && p->final)
        end_device(t);
    else if (p->reads_left == 0)
        decide(t);
    ohm_program_tell(t, &told);
}

/* ---- the engine ---- */

int ohm_program_enable(struct tile *t)
{
    struct program *p = &t->program;
    const int detail = ohm_plan_program(&p->plan, &t->g->config, t->reg);
    const struct ohm_program_plan plan = p->plan;

    *p = (struct program){.on = 1, .plan = plan, .next = PROGRAM_WAIT};
    p->checked = (unsigned)t->g->config.cols;
    /* what leaves are words; nothing else of the descriptor counts */
    t->plan[0] = (struct ohm_plan){.mode = OHM_DESC_MODE_V, .stream = plan.stream};
    t->plan_version++;
    t->g->programming++;
    return detail;
}

void ohm_program_disable(struct tile *t)
{
    t->g->programming -= t->program.on && !t->program.abandoned;
    t->program.abandoned = 1;
}

void ohm_program_run(struct tile *t)
{
    struct program *p = &t->program;

    if (t->bad_desc)
        return;
    take_vector(t);
    while (!t->g->checking && !ohm_program_waits(t) && p->next != PROGRAM_WAIT
           && !t->g->fault.text[0])
        ohm_program_step(t);
}

void ohm_program_step(struct tile *t)
{
    if (t->program.next == PROGRAM_READ)
        ohm_program_read(t);
    else
        ohm_program_pulse(t);
}

uint32_t ohm_program_counter(const struct tile *t, unsigned addr)
{
    const struct program *p = &t->program;

    switch (addr) {
    case OHM_REG_CNT_PROGRAM_ROW: return p->rows;
    case OHM_REG_CNT_PROGRAM_FAIL: return p->fails;
    case OHM_REG_CNT_PROGRAM_PULSE: return p->pulses;
    case OHM_REG_CNT_PROGRAM_CELL: return p->cells;
    default: return p->read;
    }
}
