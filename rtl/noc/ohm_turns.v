// SPDX-License-Identifier: Apache-2.0
//
// ohm_turns: whose turn it is at an output of a router. Packets on their way (inputs 0 to 3) go in
// turn and before those of the router's own tile (input 4): a mesh that lets packets out before it
// lets more in fills less and carries more (docs/explain/noc.md has the figures). When WAIT packets
// have gone before it, it is the tile's turn.
//
// Throughput: one decision a cycle. Latency: combinational from req to gnt.
// Protocol: as ohm_rr: gnt is one-hot among req; the cycle with take = 1 makes the present winner
// the last one. The tile, while it keeps asking, is served after at most WAIT takes of others; any
// other input after at most 4.
// Parameters: WAIT 3 to 7.
//
//   req    10011 10010 10011 10001 10010 10001      input 4 is the tile, WAIT = 4
//   take     1     1     1     1     1     1
//   gnt    00001 00010 00001 00001 10000 00001
//
`default_nettype none
module ohm_turns #(
    parameter WAIT = 4
) (
    input  wire       clk,
    input  wire       rst,
    input  wire [4:0] req,
    input  wire       take,
    output wire [4:0] gnt
);
    localparam L = 4;           // the tile

    reg  [2:0] passed_q;        // packets that went before the tile's
    reg        due_q;           // they are WAIT
    wire       through = |req[3:0];
    wire       own = req[L] && (!through || due_q);

    // round robin of the others, as in ohm_rr; here because proofs of the whole need its state
    reg  [3:0] after_q;         // ones above the last winner
    wire [3:0] high = req[3:0] & after_q;
    // ones above the lowest bit set
    wire [3:0] above_high = {|high[2:0], |high[1:0], high[0], 1'b0};
    wire [3:0] above_req  = {|req[2:0], |req[1:0], req[0], 1'b0};
    // both answers first, then the choice: a chain here is in the routers' longest path
    assign gnt = own ? 5'b10000 : {1'b0, |high ? high & ~above_high : req[3:0] & ~above_req};

    always @(posedge clk) begin
        if (rst) after_q <= 4'd0;
        else if (take && through && !own) after_q <= |high ? above_high : above_req;
        if (rst || !req[L] || (take && own)) begin
            passed_q <= 3'd0;
            due_q    <= 1'b0;
        end else if (take) begin
            passed_q <= passed_q + 3'd1;
            due_q    <= passed_q == WAIT[2:0] - 3'd1;
        end
    end

`ifdef FORMAL
    // Fairness: what an input, any, that keeps asking has to wait for.
    (* anyconst *) wire [2:0] f_who;
    reg       f_past = 1'b0;
    reg [3:0] f_waited;         // takes of others since it asks
    reg       f_tile;           // the tile's among them
    reg [3:0] f_start, f_before;
    integer   f_i;

    always @(posedge clk) begin
        f_past   <= 1'b1;
        f_waited <= (rst || !req[f_who] || (take && gnt[f_who])) ? 4'd0 : f_waited + {3'd0, take};
        f_tile   <= !(rst || !req[f_who] || (take && gnt[f_who])) && (f_tile || (take && own));
    end

    always @* begin
        f_start = 4'd0;         // first in line: lowest bit of after_q, else 0
        for (f_i = 3; f_i >= 0; f_i = f_i - 1)
            if (after_q[f_i])
                f_start = f_i;
        f_before = ({1'b0, f_who} >= f_start) ? f_who - f_start : f_who + 4'd4 - f_start;
        assume (f_who < 5);
        if (!f_past)
            assume (rst);
        else begin
            assert ((gnt & ~req) == 0 && (gnt & (gnt - 5'd1)) == 0 && (gnt == 0) == (req == 0));
            assert ((~after_q & (~after_q + 4'd1)) == 4'd0);
            assert (passed_q <= WAIT[2:0] && due_q == (passed_q == WAIT[2:0]));
            if (f_who == L)
                assert (f_waited == {1'b0, passed_q});
            else begin
                assert (f_waited <= 4'd4);
                assert (f_waited + f_before < 4'd4 + {3'd0, f_tile});
                assert (!f_tile || {1'b0, passed_q} + 4'd1 <= f_waited || !req[L]);
            end
        end
    end

    always @(posedge clk) begin
        cover (f_past && f_who == L && f_waited == WAIT && gnt[L]);
        cover (f_past && f_who != L && f_waited == 4'd4 && gnt[f_who]);
    end
`endif
endmodule
`default_nettype wire
