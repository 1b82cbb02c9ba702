// SPDX-License-Identifier: Apache-2.0
//
// ohm_trace_vec, checking view: hands every record of a vector tile's trace streams to C in the
// cycle it appears.
//
// Throughput: one instruction, one group of words, one register, one word sent, one run's end a
// cycle. Latency: none. Protocol: valid only, nothing pushes back.
// Parameters: VLANES, lanes of the unit.
// tile_id is y * 16 + x. In C they come in their order: what an instruction writes, the
// instruction, the run's end. The sinks are those of the DPI context (tb/harness/ohm_dpi.h).
//
`default_nettype none
/* verilator lint_off DECLFILENAME */ // one module, several views
module ohm_trace_vec #(
    parameter VLANES = 8
) (
    input wire                 clk,
    input wire [7:0]           tile_id,
    input wire                 trc_ins_valid,
    input wire [31:0]          trc_ins_seq,
    input wire [3:0]           trc_ins_prog,
    input wire [11:0]          trc_ins_pc,
    input wire                 trc_vec_valid,
    input wire [13:0]          trc_vec_addr,
    input wire [VLANES-1:0]    trc_vec_mask,
    input wire [32*VLANES-1:0] trc_vec_data,
    input wire                 trc_reg_valid,
    input wire [3:0]           trc_reg_idx,
    input wire [31:0]          trc_reg_data,
    input wire                 trc_send_valid,
    input wire [31:0]          trc_send_data,
    input wire                 trc_run_valid,
    input wire [31:0]          trc_run_seq,
    input wire [3:0]           trc_run_prog,
    input wire [7:0]           trc_run_code
);
    import "DPI-C" function void ohm_dpi_vec(input int tile, input int kind, input int seq,
        input int which, input int at, input int value);
    // enum ohm_trace_vec_kind
    localparam int WORD = 0, SCALAR = 1, INSTRUCTION = 2, SENT = 3, RUN = 4;

    always @(posedge clk) begin
        if (trc_vec_valid)
            for (int i = 0; i < VLANES; i = i + 1)
                if (trc_vec_mask[i])
                    ohm_dpi_vec(32'(tile_id), WORD, 0, 0, 32'(trc_vec_addr) + i,
                        trc_vec_data[32*i +: 32]);
        if (trc_reg_valid)
            ohm_dpi_vec(32'(tile_id), SCALAR, 0, 0, 32'(trc_reg_idx), trc_reg_data);
        if (trc_send_valid)
            ohm_dpi_vec(32'(tile_id), SENT, 0, 0, 0, trc_send_data);
        if (trc_ins_valid)
            ohm_dpi_vec(32'(tile_id), INSTRUCTION, trc_ins_seq, 32'(trc_ins_prog),
                32'(trc_ins_pc), 0);
        if (trc_run_valid)
            ohm_dpi_vec(32'(tile_id), RUN, trc_run_seq, 32'(trc_run_prog), 32'(trc_run_code), 0);
    end
endmodule
`default_nettype wire
