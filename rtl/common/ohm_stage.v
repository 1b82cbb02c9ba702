// SPDX-License-Identifier: Apache-2.0
//
// ohm_stage: with PIPE = 1 one word in a register between two parts that are far apart, with PIPE =
// 0 wires.
//
// Throughput: one word a cycle. Latency: PIPE.
// Protocol: valid/ready; in_ready depends on out_ready in the same cycle (ohm_skid, which is twice
// as big, does without).
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

`ifdef FORMAL
    // PIPE = 1: one word, any, is followed: it stays at the output, unchanged, until it is taken;
    // and nothing else is ever there.
    (* anyseq *) wire f_choose;
    wire        f_push = in_valid && in_ready;
    wire        f_pop = out_valid && out_ready;
    reg         f_past = 1'b0;
    reg         f_full;         // a word is in
    reg         f_here;         // the one that is followed
    reg [W-1:0] f_word;

    always @(posedge clk) begin
        f_past <= 1'b1;
        f_full <= !rst && (f_push || (f_full && !f_pop));
        f_here <= !rst && (f_push ? f_choose : f_here && !f_pop);
        if (f_push && f_choose) f_word <= in_data;
    end

    always @* begin
        if (!f_past) assume (rst);
        else begin
            assert (out_valid == f_full);
            assert (!f_here || (f_full && out_data == f_word));
            assert (in_ready || (f_full && !out_ready));
        end
    end

    always @(posedge clk)
        cover (f_past && f_here && f_pop && f_push);
`endif
endmodule
`default_nettype wire
