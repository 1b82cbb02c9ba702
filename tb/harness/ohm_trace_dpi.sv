// SPDX-License-Identifier: Apache-2.0
//
// ohm_trace, checking view: hands every record of a tile's trace streams to C in the cycle it
// appears.
//
// Throughput: one code, one result and one pulse a cycle. Latency: none. Protocol: valid only,
// nothing pushes back.
// Parameters: ROWS, COLS of the macro; CODE_W, the bits of a code.
// tile_id is y * 16 + x. Codes come as columns are scanned, results as outputs commit, pulses as
// they begin (docs/reference/borders.md, docs/reference/programming.md). The sinks are those of
// the DPI context (tb/harness/ohm_dpi.h).
//
`default_nettype none
/* verilator lint_off DECLFILENAME */ // one module, several views
module ohm_trace #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10
) (
    input wire              clk,
    input wire [7:0]        tile_id,
    input wire              trc_code_valid,
    input wire [31:0]       trc_code_seq,
    input wire [3:0]        trc_code_desc,
    input wire [3:0]        trc_code_slice,
    input wire [7:0]        trc_code_col,
    input wire [CODE_W-1:0] trc_code,
    input wire              trc_res_valid,
    input wire [31:0]       trc_res_seq,
    input wire [3:0]        trc_res_desc,
    input wire [7:0]        trc_res_out,
    input wire [31:0]       trc_res_acc,
    input wire [31:0]       trc_res_y,
    // pins of the macro
    input wire              pulse_start,
    input wire              pulse_set,
    input wire [2:0]        pulse_dev,
    input wire [7:0]        pulse_amp,
    input wire [3:0]        pulse_width,
    input wire [ROWS-1:0]   row_on,
    input wire [COLS-1:0]   pulse_col
);
    import "DPI-C" function void ohm_dpi_code(input int tile, input int seq, input int desc,
        input int slice,
                                              input int col, input int code);
    import "DPI-C" function void ohm_dpi_result(input int tile, input int seq, input int desc,
        input int out,
                                                input int acc, input int y);

    import "DPI-C" function void ohm_dpi_pulsed(input int tile, input int up, input int dev,
        input int amp, input int width, input bit [255:0] rows, input bit [255:0] cols);

    always @(posedge clk) begin
        if (pulse_start)
            ohm_dpi_pulsed(32'(tile_id), 32'(pulse_set), 32'(pulse_dev), 32'(pulse_amp),
                32'(pulse_width), 256'(row_on), 256'(pulse_col));
        if (trc_code_valid)
            ohm_dpi_code(32'(tile_id), trc_code_seq, 32'(trc_code_desc), 32'(trc_code_slice),
                32'(trc_code_col),
                         32'($signed(trc_code)));
        if (trc_res_valid)
            ohm_dpi_result(32'(tile_id), trc_res_seq, 32'(trc_res_desc), 32'(trc_res_out),
                trc_res_acc, trc_res_y);
    end
endmodule
`default_nettype wire
