// SPDX-License-Identifier: Apache-2.0
//
// macro_dpi_top: two behavioral macros on the same pins, each with its own number, and one trace
// sink.
//
`default_nettype none
// the widest pins, so that C++ sees the same types for every size
/* verilator lint_off UNUSEDSIGNAL */
module macro_dpi_top #(
    parameter ROWS = 16,
    parameter COLS = 16,
    parameter CODE_W = 10
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [7:0]        id_a,
    input  wire [7:0]        id_b,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              prog_valid,
    input  wire [3:0]        prog_dev,
    input  wire [7:0]        prog_row,
    input  wire [7:0]        prog_col,
    input  wire [31:0]       prog_data,
    input  wire [255:0]      row_on,
    input  wire [255:0]      row_neg,
    input  wire [2:0]        cell_sel,
    input  wire              int_reset,
    input  wire              int_en,
    input  wire              sample,
    input  wire [31:0]       op_seq,
    input  wire [3:0]        op_desc,
    input  wire [3:0]        op_slice,
    input  wire [3:0]        ramp_rs,
    input  wire              ramp_en,
    input  wire [15:0]       ramp_step,
    input  wire [24:0]       ramp_lsb,
    input  wire              pulse_start,
    input  wire              pulse_set,
    input  wire [2:0]        pulse_dev,
    input  wire [7:0]        pulse_amp,
    input  wire [3:0]        pulse_width,
    input  wire [255:0]      pulse_col,
    input  wire              trc_code_valid,
    input  wire              trc_res_valid,
    input  wire [31:0]       trc_word,
    output wire [255:0]      cmp_a,
    output wire [255:0]      cmp_b,
    output wire [1:0]        pulse_done,
    output wire [1:0]        ready
);
    wire [COLS-1:0] narrow_a;
    wire [COLS-1:0] narrow_b;
    /* verilator lint_off UNUSEDSIGNAL */ // a macro with a ramp
    wire [3:0]      unused;
    /* verilator lint_on UNUSEDSIGNAL */
    assign cmp_a = 256'(narrow_a);
    assign cmp_b = 256'(narrow_b);

    ohm_macro #(.ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W)) u_a (
        .clk(clk), .rst(rst), .macro_id(id_a),
        .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col),
        .prog_data(prog_data),
        .row_on(row_on[ROWS-1:0]), .row_neg(row_neg[ROWS-1:0]),
        .transpose(1'b0), .cell_sel(cell_sel),
        .int_reset(int_reset), .int_en(int_en), .sample(sample),
        .op_seq(op_seq), .op_desc(op_desc), .op_slice(op_slice),
        .ramp_rs(ramp_rs),
        .ramp_lsb(ramp_lsb), .ramp_en(ramp_en), .ramp_step(ramp_step[CODE_W-1:0]), .cmp(narrow_a),
        .adc_start(1'b0), .adc_mux(8'd0), .adc_valid(unused[0]), .adc_code(unused[1]),
        .pulse_start(pulse_start), .pulse_set(pulse_set), .pulse_dev(pulse_dev),
        .pulse_amp(pulse_amp), .pulse_width(pulse_width), .pulse_col(pulse_col[COLS-1:0]),
        .pulse_done(pulse_done[0]), .ready(ready[0]));

    ohm_macro #(.ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W)) u_b (
        .clk(clk), .rst(rst), .macro_id(id_b),
        .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col),
        .prog_data(prog_data),
        .row_on(row_on[ROWS-1:0]), .row_neg(row_neg[ROWS-1:0]),
        .transpose(1'b0), .cell_sel(cell_sel),
        .int_reset(int_reset), .int_en(int_en), .sample(sample),
        .op_seq(op_seq), .op_desc(op_desc), .op_slice(op_slice),
        .ramp_rs(ramp_rs),
        .ramp_lsb(ramp_lsb), .ramp_en(ramp_en), .ramp_step(ramp_step[CODE_W-1:0]), .cmp(narrow_b),
        .adc_start(1'b0), .adc_mux(8'd0), .adc_valid(unused[2]), .adc_code(unused[3]),
        .pulse_start(pulse_start), .pulse_set(pulse_set), .pulse_dev(pulse_dev),
        .pulse_amp(pulse_amp), .pulse_width(pulse_width), .pulse_col(pulse_col[COLS-1:0]),
        .pulse_done(pulse_done[1]), .ready(ready[1]));

    ohm_trace #(.ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W)) u_trace (
        .clk(clk), .tile_id(id_a),
        .trc_code_valid(trc_code_valid), .trc_code_seq(trc_word), .trc_code_desc(trc_word[3:0]),
        .trc_code_slice(trc_word[7:4]), .trc_code_col(trc_word[15:8]),
        .trc_code(trc_word[CODE_W-1:0]),
        .trc_res_valid(trc_res_valid), .trc_res_seq(trc_word), .trc_res_desc(trc_word[3:0]),
        .trc_res_out(trc_word[15:8]), .trc_res_acc(~trc_word), .trc_res_y(trc_word),
        .pulse_start(pulse_start), .pulse_set(pulse_set), .pulse_dev(pulse_dev),
        .pulse_amp(pulse_amp), .pulse_width(pulse_width), .row_on(row_on[ROWS-1:0]),
        .pulse_col(pulse_col[COLS-1:0]));
endmodule
`default_nettype wire
