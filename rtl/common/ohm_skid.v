// SPDX-License-Identifier: Apache-2.0
//
// ohm_skid: a pipeline stage of two words that shows its front word from registers: a queue of
// depth 2 for where reading a memory would cost the longest path its time.
//
// Throughput: one word a cycle. Latency: 1 cycle. in_ready comes from a register.
// Parameters: W bits; the low ZERO of them are 0 at the output while nothing is there, if they are
// 0 at the input then.
//
//   in_valid   1 1 1 0 0 0
//   in_data    a b c - - -
//   in_ready   1 1 1 0 0 1      c waits in the second register while b is not taken
//   out_data   - a b b b c
//   out_ready  1 1 0 0 1 1
//
`default_nettype none
module ohm_skid #(
    parameter W = 8,
    parameter ZERO = 0
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
    localparam Z1 = (ZERO != 0) ? ZERO : 1;
    reg         valid_q, full_q;    // the front word is there; the second is
    reg [W-1:0] front_q, second_q;

    assign in_ready  = !full_q;
    assign out_valid = valid_q;
    assign out_data  = front_q;

    always @(posedge clk) begin
        if (!valid_q || out_ready) front_q <= full_q ? second_q : in_data;
        if (!full_q) second_q <= in_data;
        valid_q <= (valid_q && !out_ready) || full_q || in_valid;
        full_q  <= valid_q && !out_ready && (full_q || in_valid);
        if (rst) begin
            valid_q <= 1'b0;
            full_q  <= 1'b0;
            if (ZERO != 0) front_q[Z1-1:0] <= {Z1{1'b0}};
        end
    end

`ifdef FORMAL
    // One word, any, is followed from the cycle it goes in to the cycle it leaves: unchanged, after
    // those before it and before those behind it.
    (* anyseq *) wire f_choose;
    wire        f_push = in_valid && in_ready;
    wire        f_pop = out_valid && out_ready;
    reg         f_past = 1'b0;
    reg         f_here;         // the word is in
    reg         f_ahead;        // a word is in front of it
    reg [W-1:0] f_word;

    always @(posedge clk) begin
        f_past <= 1'b1;
        if (!f_here && f_push && f_choose) begin
            f_here  <= 1'b1;
            f_ahead <= valid_q && !f_pop;
            f_word  <= in_data;
        end else if (f_here && f_pop) begin
            f_here  <= f_ahead;
            f_ahead <= 1'b0;
        end
        if (rst) f_here <= 1'b0;
    end

    always @* begin
        if (!f_past) assume (rst);
        else begin
            assert (!full_q || valid_q);
            if (ZERO != 0) begin
                assume (in_valid || in_data[Z1-1:0] == 0);
                assert (out_valid || out_data[Z1-1:0] == 0);
            end
            if (f_here) begin
                assert (valid_q && (!f_ahead || full_q));
                assert ((f_ahead ? second_q : front_q) == f_word);
            end
        end
    end

    always @(posedge clk)
        cover (f_past && f_here && f_ahead && full_q && f_pop);
`endif
endmodule
`default_nettype wire
