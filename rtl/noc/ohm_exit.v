// SPDX-License-Identifier: Apache-2.0
//
// ohm_exit: from a router's port to the tile or the host: the parity bit ends here, and with PIPE =
// 1 a register lies between.
//
// Throughput: one flit a cycle. Latency: PIPE.
// Protocol: valid/ready; in_valid one bit a channel, one at a time; with PIPE = 1 in_ready depends
// on out_ready in the same cycle.
// Parameters: NVC channels; FW bits of a flit inside, {last, first, (parity,) data}; PIPE 0 or 1.
//
`default_nettype none
module ohm_exit #(
    parameter NVC = 1,
    parameter FW = 34,
    parameter PIPE = 0
) (
    input  wire           clk,
    input  wire           rst,
    input  wire [NVC-1:0] in_valid,
    output wire [NVC-1:0] in_ready,
    input  wire [FW-1:0]  in_flit,
    output wire           out_valid,
    input  wire           out_ready,
    output wire [33:0]    out_flit
);
    wire [33:0] flit = {in_flit[FW-2 +: 2], in_flit[31:0]};
    wire        unused = in_flit[FW-3];

    wire ready;
    assign in_ready = {NVC{ready}};
    ohm_stage #(.W(34), .PIPE(PIPE)) u_stage (
        .clk(clk), .rst(rst), .in_valid(|in_valid), .in_ready(ready), .in_data(flit),
        .out_valid(out_valid), .out_ready(out_ready), .out_data(out_flit));
endmodule
`default_nettype wire
