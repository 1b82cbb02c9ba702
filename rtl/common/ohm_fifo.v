// SPDX-License-Identifier: Apache-2.0
//
// ohm_fifo: small first-in first-out queue in registers, first word falls through.
//
// Throughput: one word a cycle in and out, for DEPTH >= 2 also when it is nearly full or nearly
// empty.
// Latency: a word put into an empty queue is at the output one cycle later.
// Protocol: valid/ready at both ends. in_ready and out_valid come from registers, so there is no
// combinational path between the two ends; in_ready is 1 during reset.
// Parameters: W >= 1 bits, DEPTH 2 to 256 words (any number, not only powers of two).
//
//            ____      ____      ____      ____
//  clk   ___/    \____/    \____/    \____/    \____
//  in_valid  ‾‾‾‾‾‾‾‾‾\_____________________________
//  out_valid ________/‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾\__________
//  out_ready ___________________/‾‾‾‾‾‾‾‾‾\__________   the word leaves at this edge
//
`default_nettype none
module ohm_fifo #(
    parameter W = 34,
    parameter DEPTH = 4
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
    localparam AW = $clog2(DEPTH);
    localparam CW = $clog2(DEPTH + 1);
    localparam [AW-1:0] LAST = DEPTH[AW-1:0] - 1'b1;

    reg [W-1:0]  mem [0:DEPTH-1];   // no reset: read only where written
    reg [AW-1:0] head_q, tail_q;    // next to leave, next to be written
    reg [CW-1:0] count_q;

    wire push = in_valid && in_ready;
    wire pop  = out_valid && out_ready;

    assign in_ready  = count_q != DEPTH[CW-1:0];
    assign out_valid = count_q != {CW{1'b0}};
    assign out_data  = mem[head_q];

    always @(posedge clk) begin
        if (push) begin
            mem[tail_q] <= in_data;
            tail_q <= (tail_q == LAST) ? {AW{1'b0}} : tail_q + 1'b1;
        end
        if (pop)
            head_q <= (head_q == LAST) ? {AW{1'b0}} : head_q + 1'b1;
        if (push != pop)
            count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
        if (rst) begin
            head_q  <= {AW{1'b0}};
            tail_q  <= {AW{1'b0}};
            count_q <= {CW{1'b0}};
        end
    end

`ifdef FORMAL
    // One word, any, is followed from the cycle it goes in to the cycle it leaves: it must leave
    // after those before it and before those behind it, unchanged.
    (* anyseq *) wire f_choose;
    reg          f_past = 1'b0;
    reg          f_here;        // the word is in the queue
    reg [CW-1:0] f_ahead;       // words in front of it
    reg [W-1:0]  f_word;
    wire [CW:0]  f_at   = {1'b0, f_ahead} + {{(CW+1-AW){1'b0}}, head_q};
    wire [CW:0]  f_slot = (f_at >= DEPTH) ? f_at - DEPTH : f_at;
    wire [CW:0]  f_end  = {1'b0, count_q} + {{(CW+1-AW){1'b0}}, head_q};

    always @(posedge clk) begin
        f_past <= 1'b1;
        if (push && f_choose && !f_here) begin
            f_here  <= 1'b1;
            f_ahead <= count_q - {{(CW-1){1'b0}}, pop};
            f_word  <= in_data;
        end else if (f_here && pop) begin
            f_here  <= f_ahead != 0;
            f_ahead <= f_ahead - 1'b1;
        end
        if (rst)
            f_here <= 1'b0;
    end

    always @* begin
        if (!f_past)
            assume (rst);
        else begin
            assert (count_q <= DEPTH);
            assert (head_q < DEPTH);
            assert (tail_q == ((f_end >= DEPTH) ? f_end - DEPTH : f_end));
            assert (in_ready == (count_q < DEPTH));
            assert (out_valid == (count_q > 0));
            if (f_here) begin
                assert (f_ahead < count_q);
                assert (mem[f_slot[AW-1:0]] == f_word);
                if (f_ahead == 0)
                    assert (out_data == f_word);
            end
        end
    end

    always @(posedge clk)
        cover (f_past && f_here && f_ahead == DEPTH - 1 && pop);   // a full queue moves on
`endif
endmodule
`default_nettype wire
