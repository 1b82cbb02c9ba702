// SPDX-License-Identifier: Apache-2.0
//
// ohm_trace, checking view: hands every record of a tile's two trace streams to C in the cycle it
// appears.
//
// Throughput: one code and one result a cycle. Latency: none. Protocol: valid only, nothing pushes
// back.
// Parameters: CODE_W, the bits of a code.
// tile_id is y * 16 + x. Codes come as columns are scanned, results as outputs commit
// (docs/reference/borders.md). The sinks are those of the DPI context (tb/harness/ohm_dpi.h).
//
`default_nettype none
/* verilator lint_off DECLFILENAME */ // one module, several views
module ohm_trace #(
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
    input wire [31:0]       trc_res_y
);
    import "DPI-C" function void ohm_dpi_code(input int tile, input int seq, input int desc,
        input int slice,
                                              input int col, input int code);
    import "DPI-C" function void ohm_dpi_result(input int tile, input int seq, input int desc,
        input int out,
                                                input int acc, input int y);

    always @(posedge clk) begin
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
