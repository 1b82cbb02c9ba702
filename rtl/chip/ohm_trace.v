// SPDX-License-Identifier: Apache-2.0
//
// ohm_trace: end of a tile's trace streams, as synthesis sees it: nothing, so that the streams
// are swept away.
//
// Simulation takes the view of the same name in tb/harness, which hands each record to C; the file
// list chooses.
// Throughput: one code, one result and one pulse a cycle. Latency: none. Protocol: valid only,
// nothing pushes back.
// Parameters: ROWS, COLS of the macro; CODE_W, the bits of a code.
// tile_id is y * 16 + x. Codes come as columns are scanned, results as outputs commit, pulses as
// they begin (docs/reference/borders.md, docs/reference/programming.md).
//
`default_nettype none
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
    wire unused = &{1'b0, clk, tile_id, trc_code_valid, trc_code_seq, trc_code_desc, trc_code_slice,
        trc_code_col,
                    trc_code, trc_res_valid, trc_res_seq, trc_res_desc, trc_res_out, trc_res_acc,
                        trc_res_y, pulse_start, pulse_set, pulse_dev, pulse_amp, pulse_width,
                        row_on, pulse_col};
endmodule
`default_nettype wire
