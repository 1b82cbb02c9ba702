// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Stand-in for the macro in the bench of the tile shell: reports the programming port to the bench,
// answers nothing.
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */
module ohm_macro #(
    parameter ROWS = 128, COLS = 128, CODE_W = 10, SERIAL = 0, PROGRAM = 0, NDESC = 1,
        TRANSPOSE = 0,
    parameter ADC = 0, MUX = 1, ADC_CYCLES = 1
) (
    input  wire              clk, rst,
    input  wire [7:0]        macro_id,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              prog_valid,
    input  wire [3:0]        prog_dev,
    input  wire [7:0]        prog_row, prog_col,
    input  wire [31:0]       prog_data,
    input  wire [ROWS-1:0]   row_on, row_neg,
    input  wire              transpose,
    input  wire [2:0]        cell_sel,
    input  wire              int_reset, int_en, sample,
    input  wire [31:0]       op_seq,
    input  wire [3:0]        op_desc, op_slice, ramp_rs,
    input  wire [24:0]       ramp_lsb,
    input  wire              ramp_en,
    input  wire [CODE_W-1:0] ramp_step,
    output wire [COLS-1:0]   cmp,
    input  wire              adc_start,
    input  wire [7:0]        adc_mux,
    output wire              adc_valid, adc_code,
    input  wire              pulse_start, pulse_set,
    input  wire [2:0]        pulse_dev,
    input  wire [7:0]        pulse_amp,
    input  wire [3:0]        pulse_width,
    input  wire [COLS-1:0]   pulse_col,
    output wire              pulse_done,
    output wire              ready
);
    import "DPI-C" function void bench_prog(input int macro, input int dev, input int row,
        input int col, input int data);
    always @(posedge clk)
        if (prog_valid) bench_prog({24'd0, macro_id}, {28'd0, prog_dev}, {24'd0, prog_row},
            {24'd0, prog_col}, prog_data);
    assign {cmp, adc_valid, adc_code, pulse_done} = '0;
    assign ready = 1'b1;
endmodule
`default_nettype wire
