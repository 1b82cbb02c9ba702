/* SPDX-License-Identifier: Apache-2.0
 * C side of the DPI views ohm_macro_dpi.sv, ohm_trace_dpi.sv and ohm_trace_vec_dpi.sv.
 *
 * DPI calls carry no user argument, so the views find their models through one static pointer, set
 * by ohm_dpi_set_context: one chip at a time per shared object. Set it before the first evaluation
 * of the model and keep it until the last. */
#ifndef OHM_DPI_H
#define OHM_DPI_H

#include <stdint.h>

#include "ohm_golden.h" /* the trace records */

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_macro;

struct ohm_dpi_context {
    struct ohm_macro *macro[256]; /* by macro_id (y*16 + x); NULL: no such macro */
    /* Sinks of the trace ports; NULL: not wanted. Non-zero sets stop. */
    int (*on_code)(void *user, const struct ohm_trace_code *t);
    int (*on_result)(void *user, const struct ohm_trace_result *t);
    int (*on_pulse)(void *user, const struct ohm_trace_pulse *t);
    int (*on_vec)(void *user, const struct ohm_trace_vec *t);
    void *user;
    uint64_t cycle;    /* kept by the owner, stamped on traces */
    uint64_t calls;    /* into macros, so far */
    int reset;         /* kept by the owner: rst is high, and traces are noise */
    int waves;         /* 1: the held columns and the ramp are brought out as real signals */
    /* with waves: cycle in which each macro began its first VMM, 0: none yet */
    uint64_t first[256];
    int stop;          /* set when a sink returned non-zero or a fault appeared */
    /* first illegal use of a macro's pins (the model also calls $finish), NULL when none */
    const char *fault;
};

void ohm_dpi_set_context(struct ohm_dpi_context *context);

/* Called by the views only. rows, cmp: 256 bits, bit r of word r/32. Functions of type int return 1
 * when this call met the first illegal pin use in the chip (the view then prints ohm_dpi_fault and
 * stops), otherwise 0. */
void *ohm_dpi_reset(int macro_id); /* the macro, reset */
int ohm_dpi_missing(void); /* there is no macro of this number, or it was never reset */
int ohm_dpi_waves(void);
uint64_t ohm_dpi_calls(void);
const char *ohm_dpi_fault(void);
void ohm_dpi_cfg(void *macro, int addr, int data);
int ohm_dpi_prog(void *macro, int dev, int row, int col, int two_codes);
int ohm_dpi_pulse(void *macro, int set, int dev, int amp, int width, const uint32_t *rows,
                  const uint32_t *cols);
/* lsb: pin ramp_lsb */
int ohm_dpi_begin(void *macro, int seq, int desc, int slice, int back, int cell_sel, int lsb);
int ohm_dpi_rows(void *macro, int tick, const uint32_t *row_on, const uint32_t *row_neg);
int ohm_dpi_sample(void *macro, int ramp_rs, int lsb, int ticks);
/* change: next step with a change */
int ohm_dpi_cmp(void *macro, int step, uint32_t *cmp, int *change);
/* ohm_macro_count, ohm_macro_convert: 16 bits a column, two in each of 128 words. */
int ohm_dpi_count(void *macro, int ramp_rs, int limit, uint32_t *count);
int ohm_dpi_convert(void *macro, int limit, uint32_t *code);
int ohm_dpi_misuse(void *macro, const char *what);
double ohm_dpi_hold(void *macro, int col);
void ohm_dpi_code(int tile, int seq, int desc, int slice, int col, int code);
void ohm_dpi_result(int tile, int seq, int desc, int out, int acc, int y);
/* kind: enum ohm_trace_vec_kind; which: program */
void ohm_dpi_vec(int tile, int kind, int seq, int which, int at, int value);
void ohm_dpi_pulsed(int tile, int set, int dev, int amp, int width, const uint32_t *rows,
                    const uint32_t *cols);

#ifdef __cplusplus
}
#endif

#endif
