// SPDX-License-Identifier: Apache-2.0
//
// ohm_rr: round-robin arbiter. gnt is one-hot among req (0 when req is 0), starting after the last
// winner.
//
// Throughput: one decision a cycle. Latency: combinational from req to gnt.
// Protocol: while req stays and take is 0, gnt keeps its value unless a requester nearer to the
// last winner joins; the cycle with take = 1 makes the present winner the last one. A requester
// that keeps asking is served within N takes.
// Parameters: N >= 2 requesters.
//
//   req   0110 0110 0110 1110
//   take     1    1    1    1
//   gnt   0010 0100 0010 0100
//
`default_nettype none
module ohm_rr #(
    parameter N = 5
) (
    input  wire         clk,
    input  wire         rst,
    input  wire [N-1:0] req,
    input  wire         take,
    output wire [N-1:0] gnt
);
    reg  [N-1:0] after_q;   // ones above the last winner

    // ones above the lowest bit set; gates, where a subtraction would be a carry chain in the
    // routers' longest path
    function [N-1:0] above;
        input [N-1:0] set;
        integer i;
        begin
            above = {N{1'b0}};
            for (i = 1; i < N; i = i + 1)
                above[i] = above[i-1] | set[i-1];
        end
    endfunction

    wire [N-1:0] high       = req & after_q;
    wire [N-1:0] above_high = above(high);
    wire [N-1:0] above_req  = above(req);
    assign gnt = |high ? high & ~above_high : req & ~above_req;

    always @(posedge clk)
        if (rst)
            after_q <= {N{1'b0}};
        else if (take && |req)
            after_q <= |high ? above_high : above_req;

`ifdef FORMAL
    localparam [N-1:0] ONE = {{(N-1){1'b0}}, 1'b1};

    // Fairness: a requester, any, that keeps asking sees at most N - 1 others win before it.
    (* anyconst *) wire [$clog2(N)-1:0] f_who;
    reg             f_past = 1'b0;
    reg [7:0]       f_waited;       // wins of others since it asks
    reg [7:0]       f_start, f_before;
    integer         f_i;

    always @(posedge clk) begin
        f_past   <= 1'b1;
        f_waited <= (rst || !req[f_who] || (take && gnt[f_who])) ? 8'd0 : f_waited + {7'd0, take};
    end

    always @* begin
        f_start = 8'd0;             // first in line: lowest bit of after_q, else 0
        for (f_i = N - 1; f_i >= 0; f_i = f_i - 1)
            if (after_q[f_i])
                f_start = f_i;
        f_before = (f_who >= f_start) ? f_who - f_start : f_who + N - f_start;
        assume (f_who < N);
        if (!f_past)
            assume (rst);
        else begin
            assert ((gnt & ~req) == 0);
            assert ((gnt & (gnt - ONE)) == 0);
            assert ((gnt == 0) == (req == 0));
            assert ((~after_q & (~after_q + ONE)) == {N{1'b0}});   // ones above some place only
            assert (f_waited + f_before < N);
        end
    end

    always @(posedge clk)
        cover (f_past && f_waited == N - 1 && gnt[f_who]);
`endif
endmodule
`default_nettype wire
