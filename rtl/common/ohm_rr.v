// SPDX-License-Identifier: Apache-2.0
//
// ohm_rr: round-robin arbiter. gnt is one-hot among req (0 when req is 0), starting after the last winner.
//
// Throughput: one decision a cycle. Latency: combinational from req to gnt.
// Protocol: while req stays and take is 0, gnt keeps its value unless a requester nearer to the last winner joins; the cycle
// with take = 1 makes the present winner the last one. A requester that keeps asking is served within N takes.
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
    localparam [N-1:0] ONE = {{(N-1){1'b0}}, 1'b1};

    reg  [N-1:0] after_q;   // ones above the last winner

    wire [N-1:0] high  = req & after_q;
    wire [N-1:0] from  = (|high) ? high : req;
    assign gnt = from & (~from + ONE);   // lowest bit set

    always @(posedge clk)
        if (rst)
            after_q <= {N{1'b0}};
        else if (take && |req)
            after_q <= ~(gnt | (gnt - ONE));
endmodule
`default_nettype wire
