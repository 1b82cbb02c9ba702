// SPDX-License-Identifier: Apache-2.0
//
// ohm_exit: from a router's port to the tile or the host: the parity bit ends here, and with PIPE = 1 a register lies between.
//
// Throughput: one flit a cycle. Latency: PIPE.
// Protocol: valid/ready; in_valid one bit a channel, one at a time; with PIPE = 1 in_ready depends on out_ready in the same cycle.
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

    generate
        if (PIPE != 0) begin : g_register
            reg        valid_q;
            reg [33:0] flit_q;
            wire       free = !valid_q || out_ready;
            always @(posedge clk) begin
                if (free) flit_q <= flit;
                valid_q <= !rst && (!free || |in_valid);
            end
            assign {out_valid, out_flit} = {valid_q, flit_q};
            assign in_ready = {NVC{free}};
        end else begin : g_wires
            assign {out_valid, out_flit} = {|in_valid, flit};
            assign in_ready = {NVC{out_ready}};
            wire unused_clk = &{1'b0, clk, rst};
        end
    endgenerate
endmodule
`default_nettype wire
