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
        // The first descriptor is ahead of any other one, f_d, by as many vectors as the order
        // says: LAG between rounds, one more from its turn to that of f_d.
        (* anyconst *) reg [3:0] f_mask, f_lag;
        (* anyconst *) reg [1:0] f_d;
        reg        f_past = 1'b0;
        reg [4:0]  f_ahead;             // vectors of the first one, less those of f_d
        wire [1:0] f_first = f_mask[0] ? 2'd0 : f_mask[1] ? 2'd1 : f_mask[2] ? 2'd2 : 2'd3;
        always @(posedge clk) begin
            f_past <= 1'b1;
            if (!run) f_ahead <= 5'd0;
            else if (pop) f_ahead <= f_ahead + {4'd0, turn == f_first} - {4'd0, turn == f_d};
        end
        always @* begin
            assume (f_mask != 4'd0 && f_mask >> NDESC == 4'd0 && f_lag <= 4'd14);
            assume (f_mask[f_d] && f_d != f_first);
            assume (mask == f_mask && lag == f_lag && first == f_first);
            assume (run == f_past);
            if (f_past) begin
                assert (mask[turn] && behind_q <= f_lag);
                if (behind_q != 4'd0) assert (turn == first);
                assert (f_ahead == {1'b0, f_lag} - {1'b0, behind_q}
                    + {4'd0, turn != first && turn <= f_d});
            end
            cover (f_past && turn == f_d && f_lag == 4'd2);
        end
`endif
    end else begin : g_one
        assign turn = 2'd0;
        wire unused = &{1'b0, clk, run, mask, lag, first, pop};
    end endgenerate
endmodule

`default_nettype wire
