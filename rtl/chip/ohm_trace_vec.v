// SPDX-License-Identifier: Apache-2.0
//
// ohm_trace_vec: end of a vector tile's trace streams, as synthesis sees it: nothing, so that the
// streams are swept away.
//
// Simulation takes the view of the same name in tb/harness, which hands each record to C; the file
// list chooses.
// Throughput: one instruction, one group of words, one register, one word sent, one run's end a
// cycle. Latency: none. Protocol: valid only, nothing pushes back.
// Parameters: VLANES, lanes of the unit.
// tile_id is y * 16 + x. What an instruction writes comes before the instruction, that before the
// run's end (docs/reference/vector.md).
//
`default_nettype none
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
    wire unused = &{1'b0, clk, tile_id, trc_ins_valid, trc_ins_seq, trc_ins_prog, trc_ins_pc,
                    trc_vec_valid, trc_vec_addr, trc_vec_mask, trc_vec_data, trc_reg_valid,
                    trc_reg_idx, trc_reg_data, trc_send_valid, trc_send_data, trc_run_valid,
                    trc_run_seq, trc_run_prog, trc_run_code};
endmodule
`default_nettype wire
