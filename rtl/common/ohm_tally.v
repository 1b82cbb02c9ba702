// SPDX-License-Identifier: Apache-2.0
//
// ohm_tally: N event counters in one RAM, one adder for all: what small tiles and bridges count
// with.
//
// Throughput: an event of some source every other cycle. A source that fires again before its last
// event has been counted, 2 N cycles later at most, counts once.
// Latency: an event shows in its count 3 to 2 N + 1 cycles later. rdata one cycle after re.
// Protocol: inc one bit a source; re reads count raddr and holds the counting back for that cycle.
// clr forgets all. pending: the source's event is not in its count yet. Parameters: N sources, 2 to
// 16; W bits of a count, which wraps.
//
//   inc[k]      1
//   pending[k]     1  1
//   count k               +1
//
`default_nettype none
module ohm_tally #(
    parameter N = 8,
    parameter W = 16,
    parameter AW = $clog2(N)
) (
    input  wire          clk,
    input  wire          clr,
    input  wire [N-1:0]  inc,
    output wire [N-1:0]  pending,
    input  wire          re,
    input  wire [AW-1:0] raddr,
    output wire [W-1:0]  rdata
);
    // to be counted; was counted since clr, else the RAM's word means 0
    reg [N-1:0]  hit_q, seen_q;
    reg          add_q;                 // the RAM shows count at_q, which is to be raised
    reg [AW-1:0] at_q;

    reg [AW-1:0] next;
    integer i;
    always @* begin
        next = {AW{1'b0}};
        for (i = N - 1; i >= 0; i = i - 1) if (hit_q[i]) next = i[AW-1:0];
    end

    wire          look = |hit_q && !re && !add_q;
    wire [N-1:0]  at_1h = {{N-1{1'b0}}, 1'b1} << at_q;
    wire [W-1:0]  word;
    wire          seen = |(seen_q & at_1h);
    assign rdata   = seen ? word : {W{1'b0}};
    assign pending = hit_q;

    ohm_ram #(.DEPTH(1 << AW), .WIDTH(W)) u_ram (
        .clk(clk), .we(add_q), .waddr(at_q), .wdata(rdata + 1'b1), .re(re || look),
        .raddr(re ? raddr : next), .rdata(word)
    );

    always @(posedge clk) begin
        add_q <= look;
        if (re || look) at_q <= re ? raddr : next;
        hit_q <= (add_q ? hit_q & ~at_1h : hit_q) | inc;
        if (add_q) seen_q <= seen_q | at_1h;
        if (clr) begin
            hit_q  <= {N{1'b0}};
            seen_q <= {N{1'b0}};
            add_q  <= 1'b0;
        end
    end
endmodule
`default_nettype wire
