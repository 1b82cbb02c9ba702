/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_dpi.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "ohm_macro.h"

/* DPI has no user argument: the one global of the project, see ohm_dpi.h. */
static struct ohm_dpi_context *dpi;

void ohm_dpi_set_context(struct ohm_dpi_context *context)
{
    dpi = context;
}

void *ohm_dpi_reset(int macro_id)
{
    assert(dpi && "ohm_dpi_set_context comes before the first evaluation");
    struct ohm_macro *m = dpi->macro[macro_id & 255];
    dpi->calls++;
    if (m)
        ohm_macro_reset(m);
    return m;
}

int ohm_dpi_waves(void)
{
    return dpi->waves;
}

/* Hands the first fault of the chip to the owner of the context. */
static int first_fault(const char *fault)
{
    if (!fault || dpi->fault)
        return 0;
    dpi->fault = fault;
    dpi->stop = 1;
    return 1;
}

static int faulty(const struct ohm_macro *m)
{
    dpi->calls++;
    return first_fault(ohm_macro_fault(m));
}

const char *ohm_dpi_fault(void)
{
    return dpi->fault;
}

uint64_t ohm_dpi_calls(void)
{
    return dpi->calls;
}

int ohm_dpi_missing(void)
{
    dpi->calls++;
    return first_fault("no C model for this macro_id, or no reset before use");
}

void ohm_dpi_cfg(void *macro, int addr, int data)
{
    dpi->calls++;
    ohm_macro_cfg(macro, (uint32_t)addr, (uint32_t)data);
}

int ohm_dpi_prog(void *macro, int dev, int row, int col, int two_codes)
{
    ohm_macro_prog(macro, (unsigned)dev, (unsigned)row, (unsigned)col, (uint32_t)two_codes);
    return faulty(macro);
}

/* Views of waves open where a macro begins its first VMM. */
static void note_first(const void *macro)
{
    for (int id = 0; id < 256; id++)
        if (dpi->macro[id] == macro && !dpi->first[id])
            dpi->first[id] = dpi->cycle;
}

int ohm_dpi_pulse(void *macro, int set, int dev, int amp, int width, const uint32_t *rows,
                  const uint32_t *cols)
{
    const struct ohm_array_pulse p = {(enum ohm_cell_sel)dev, set, (unsigned)amp, (unsigned)width};
    ohm_macro_pulse(macro, &p, rows, cols);
    return faulty(macro);
}

int ohm_dpi_begin(void *macro, int seq, int desc, int slice, int back, int cell_sel, int lsb)
{
    struct ohm_read_key key = {(uint32_t)seq, (uint8_t)desc, (uint8_t)slice, (uint8_t)back};
    if (dpi->waves)
        note_first(macro);
    ohm_macro_begin(macro, &key, (unsigned)cell_sel);
    ohm_macro_ramp_lsb(macro, (uint32_t)lsb);
    return faulty(macro);
}

int ohm_dpi_rows(void *macro, int tick, const uint32_t *row_on, const uint32_t *row_neg)
{
    ohm_macro_rows(macro, (unsigned)tick, row_on, row_neg);
    return faulty(macro);
}

int ohm_dpi_sample(void *macro, int ramp_rs, int lsb, int ticks)
{
    ohm_macro_ramp_lsb(macro, (uint32_t)lsb);
    ohm_macro_sample(macro, (unsigned)ramp_rs, (unsigned)ticks);
    return faulty(macro);
}

int ohm_dpi_cmp(void *macro, int step, uint32_t *cmp, int *change)
{
    *change = ohm_macro_cmp(macro, step, cmp);
    return faulty(macro);
}

int ohm_dpi_count(void *macro, int ramp_rs, int limit, uint32_t *count)
{
    int16_t each[256] = {0};
    ohm_macro_count(macro, (unsigned)ramp_rs, limit, each);
    for (int i = 0; i < 128; i++)
        count[i] = (uint16_t)each[2 * i] | (uint32_t)(uint16_t)each[2 * i + 1] << 16;
    return faulty(macro);
}

int ohm_dpi_convert(void *macro, int limit, uint32_t *code)
{
    int16_t each[256] = {0};
    ohm_macro_convert(macro, limit, each);
    for (int i = 0; i < 128; i++)
        code[i] = (uint16_t)each[2 * i] | (uint32_t)(uint16_t)each[2 * i + 1] << 16;
    return faulty(macro);
}

int ohm_dpi_misuse(void *macro, const char *what)
{
    ohm_macro_misuse(macro, "%s", what);
    return faulty(macro);
}

double ohm_dpi_hold(void *macro, int col)
{
    return ohm_macro_hold(macro, (unsigned)col);
}

void ohm_dpi_code(int tile, int seq, int desc, int slice, int col, int code)
{
    struct ohm_trace_code t = {.cycle = dpi->cycle, .seq = (uint32_t)seq, .code = code,
                               .tile = (uint8_t)tile, .desc = (uint8_t)desc,
                               .slice = (uint8_t)slice, .col = (uint8_t)col};
    if (!dpi->reset && dpi->on_code && dpi->on_code(dpi->user, &t))
        dpi->stop = 1;
}

void ohm_dpi_result(int tile, int seq, int desc, int out, int acc, int y)
{
    struct ohm_trace_result t = {.cycle = dpi->cycle, .seq = (uint32_t)seq, .acc = acc, .y = y,
                                 .tile = (uint8_t)tile, .desc = (uint8_t)desc, .out = (uint8_t)out};
    if (!dpi->reset && dpi->on_result && dpi->on_result(dpi->user, &t))
        dpi->stop = 1;
}

void ohm_dpi_pulsed(int tile, int set, int dev, int amp, int width, const uint32_t *rows,
                    const uint32_t *cols)
{
    struct ohm_trace_pulse t = {.cycle = dpi->cycle, .tile = (uint8_t)tile, .set = (uint8_t)set,
                                .dev = (uint8_t)dev, .amp = (uint8_t)amp, .width = (uint8_t)width};
    memcpy(t.rows, rows, sizeof t.rows);
    memcpy(t.cols, cols, sizeof t.cols);
    if (!dpi->reset && dpi->on_pulse && dpi->on_pulse(dpi->user, &t))
        dpi->stop = 1;
}

void ohm_dpi_vec(int tile, int kind, int seq, int which, int at, int value)
{
    struct ohm_trace_vec t = {.cycle = dpi->cycle, .seq = (uint32_t)seq, .at = (uint32_t)at,
                              .value = (uint32_t)value, .tile = (uint8_t)tile,
                              .kind = (uint8_t)kind, .program = (uint8_t)which};
    if (!dpi->reset && dpi->on_vec && dpi->on_vec(dpi->user, &t))
        dpi->stop = 1;
}
