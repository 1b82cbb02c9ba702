// SPDX-License-Identifier: Apache-2.0
//
// ohm_macro, black-box view: the ports of the analog macro for synthesis, nothing inside.
//
// Throughput, latency and protocol are the macro's own (docs/reference/borders.md): a read is
// int_reset, then N = 2^W - 1 ticks of int_en, then sample; a conversion is ramp_en from step START
// - 1 to STOP, with cmp answering one cycle later.
// Parameters: ROWS word lines, COLS sensed columns, CODE_W bits of a signed ramp step; ADC kind of
// converter, MUX columns to one, ADC_CYCLES a conversion. TRANSPOSE 1: with `transpose` row_on and
// row_neg are column lines and cmp answers for rows; SIDE, LINES: the longer side.
//
//   int_reset  1
//   int_en        1 ... 1
//   sample                 1
//   ramp_en                    1  1  1
//   cmp                           a  b  c
//
`default_nettype none
(* blackbox *)
/* verilator lint_off DECLFILENAME */   // one module, several views
/* verilator lint_off UNUSEDSIGNAL */   // a black box reads none of its inputs
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNDRIVEN */       // and drives none of its outputs
module ohm_macro #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter SERIAL = 0,       // for ohm_macro_emu
    parameter PROGRAM = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter LINES = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,
    parameter ADC = 0,
    parameter MUX = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX)
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [7:0]        macro_id,
    // static settings
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    // load programming: two target codes of a row
    input  wire              prog_valid,
    input  wire [3:0]        prog_dev,
    input  wire [7:0]        prog_row,
    input  wire [7:0]        prog_col,
    input  wire [31:0]       prog_data,
    // read
    input  wire [LINES-1:0]  row_on,
    input  wire [LINES-1:0]  row_neg,
    input  wire              transpose,
    input  wire [2:0]        cell_sel,
    input  wire              int_reset,
    input  wire              int_en,
    input  wire              sample,
    input  wire [31:0]       op_seq,
    input  wire [3:0]        op_desc,
    input  wire [3:0]        op_slice,
    // conversion
    input  wire [3:0]        ramp_rs,
    input  wire [24:0]       ramp_lsb,
    input  wire              ramp_en,
    input  wire [CODE_W-1:0] ramp_step,
    output wire [SIDE-1:0]   cmp,
    input  wire              adc_start,
    input  wire [7:0]        adc_mux,
    output wire              adc_valid,
    output wire [ADC_B-1:0]  adc_code,
    // pulses
    input  wire              pulse_start,
    input  wire              pulse_set,
    input  wire [2:0]        pulse_dev,
    input  wire [7:0]        pulse_amp,
    input  wire [3:0]        pulse_width,
    input  wire [COLS-1:0]   pulse_col,
    output wire              pulse_done,
    output wire              ready
);
endmodule
/* verilator lint_on DECLFILENAME */
/* verilator lint_on UNUSEDSIGNAL */
/* verilator lint_on UNDRIVEN */
/* verilator lint_on UNUSEDPARAM */
`default_nettype wire
