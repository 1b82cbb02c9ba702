// SPDX-License-Identifier: Apache-2.0
//
// ohm_stage: with PIPE = 1 one word in a register between two parts that are far apart, with PIPE = 0 wires.
//
// Throughput: one word a cycle. Latency: PIPE.
// Protocol: valid/ready; in_ready depends on out_ready in the same cycle (ohm_skid, which is twice as big, does without).
// Parameters: W bits; PIPE 0 or 1.
//
`default_nettype none
module ohm_stage #(
    parameter W = 34,
    parameter PIPE = 0
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [W-1:0] in_data,
    output wire         out_valid,
    input  wire         out_ready,
    output wire [W-1:0] out_data
);
    generate
        if (PIPE != 0) begin : g_register
            reg         valid_q;
            reg [W-1:0] data_q;
            assign in_ready = !valid_q || out_ready;
            always @(posedge clk) begin
                if (in_ready) data_q <= in_data;
                valid_q <= !rst && (in_valid || !in_ready);
            end
            assign {out_valid, out_data} = {valid_q, data_q};
        end else begin : g_wires
            assign {in_ready, out_valid, out_data} = {out_ready, in_valid, in_data};
            wire unused = &{1'b0, clk, rst};
        end
    endgenerate
endmodule
`default_nettype wire
