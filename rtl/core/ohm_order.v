// SPDX-License-Identifier: Apache-2.0
// Order of vectors among the descriptors in use: for n = SEQ_BASE and up, vector n of the lowest
// one, then vector n - LAG of each other one, ascending; numbers below SEQ_BASE are left out.
//
//   mask 011, lag 1
//   pop   _/~~\__/~~\__/~~\__/~~\__
//   turn   <0   ><0   ><1   ><0   ><1       F(0), F(1), B(0), F(2), B(1) ...
//
// turn: the descriptor whose stream is asked for the next vector; it moves on behind each pop.
// Whatever arrives first, the order is the same, so no order of arrival can change a bit.
// Throughput: a pop a cycle. Latency: 1. Legal: mask not 0, constant while `run`; NDESC 1-4.
`default_nettype none

module ohm_order #(
    parameter NDESC = 1
) (
    input  wire       clk,
    input  wire       run,
    input  wire [3:0] mask,
    input  wire [3:0] lag,
    input  wire [1:0] first,            // lowest in mask
    input  wire       pop,
    output wire [1:0] turn
);
    generate if (NDESC > 1) begin : g_turn
        reg  [1:0] turn_q;
        reg  [3:0] behind_q;            // vectors that the first one is still to be ahead by
        wire [3:0] above = mask & (4'b1110 << turn_q);
        wire       unused = above[0];
        wire       alone = turn_q == first && behind_q != 4'd0;
        always @(posedge clk)
            if (!run) begin
                turn_q <= first;
                behind_q <= lag;
            end else if (pop) begin
                if (alone) behind_q <= behind_q - 4'd1;
                else turn_q <= above[1] ? 2'd1 : above[2] ? 2'd2 : above[3] ? 2'd3 : first;
            end
        assign turn = turn_q;
`ifdef FORMAL
        // Of every descriptor in use as many vectors have been taken as the order says: in turn of
        // descriptor d, whose next number is n_d, the first one is at n_d + LAG + 1 (one beyond
        // SEQ_BASE + LAG), those below d have the same number as it or one more.
        (* anyconst *) reg [3:0] f_mask, f_lag;
        reg        f_past = 1'b0;
        reg [7:0]  f_n [0:3];           // vectors taken
        wire [1:0] f_first = f_mask[0] ? 2'd0 : f_mask[1] ? 2'd1 : f_mask[2] ? 2'd2 : 2'd3;
        integer i;
        always @(posedge clk) begin
            f_past <= 1'b1;
            for (i = 0; i < 4; i = i + 1)
                if (!run) f_n[i] <= 8'd0;
                else if (pop && turn == i[1:0]) f_n[i] <= f_n[i] + 8'd1;
        end
        always @* begin
            assume (f_mask != 4'd0 && f_mask >> NDESC == 4'd0 && f_lag <= 4'd14);
            assume (mask == f_mask && lag == f_lag && first == f_first);
            assume (run == f_past);
            if (f_past && f_n[f_first] < 8'd200) begin
                assert (mask[turn] && turn >= first);
                assert (behind_q <= f_lag);
                if (behind_q != 4'd0) assert (turn == first
                    && f_n[f_first] == {4'd0, f_lag - behind_q});
                else assert (f_n[f_first] >= {4'd0, f_lag});
                for (i = 0; i < 4; i = i + 1) if (f_mask[i] && i[1:0] != f_first)
                    assert (behind_q != 4'd0 ? f_n[i] == 8'd0
                        : f_n[i] + {4'd0, f_lag} + (turn != first && turn <= i[1:0] ? 8'd1 : 8'd0)
                            == f_n[f_first]);
            end
            cover (f_past && turn == 2'd1 && f_n[0] == 8'd4 && f_lag == 4'd2);
        end
`endif
    end else begin : g_one
        assign turn = 2'd0;
        wire unused = &{1'b0, clk, run, mask, lag, first, pop};
    end endgenerate
endmodule

`default_nettype wire
