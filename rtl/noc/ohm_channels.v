// SPDX-License-Identifier: Apache-2.0
//
// ohm_channels: one link for the packets of NVC virtual channels, each of which has a router of its
// own behind it.
//
// Throughput: one flit a cycle, from any channel that has one and, on the far side, room for it.
// Latency: combinational.
// Protocol: in_* valid/ready per channel. Out: the flit, and one valid bit that says of which
// channel it is. WHOLE = 0, between routers: flits of channels take turns (ohm_rr); a channel
// without room is passed over, so it can't hold up another one. out_ready must come from registers:
// valid goes up only where there is room. WHOLE = 1, out of the mesh: packets stay in one piece,
// and out_valid does not wait for out_ready. in_ready of a channel depends on in_valid of the
// others: who waits for it must not hold back valid (ohm_router does not).
// Parameters: NVC 2 to 4, W bits of a flit, its last mark on top.
//
//   in_valid   11 11 11 10      both channels have flits, then the upper one alone
//   out_ready  11 10 11 11
//   out_valid  01 10 01 10
//
`default_nettype none
module ohm_channels #(
    parameter NVC = 2,
    parameter W = 34,
    parameter WHOLE = 0
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [NVC-1:0]   in_valid,
    output wire [NVC-1:0]   in_ready,
    input  wire [NVC*W-1:0] in_flit,
    output wire [NVC-1:0]   out_valid,
    input  wire [NVC-1:0]   out_ready,
    output reg  [W-1:0]     out_flit
);
    wire [NVC-1:0] turn;    // one-hot: whose flit is on the link

    generate
        if (WHOLE != 0) begin : g_whole
            reg  [NVC-1:0] owner_q;     // in mid-packet; 0: none
            wire [NVC-1:0] pick;
            wire           free = owner_q == {NVC{1'b0}};
            ohm_rr #(.N(NVC)) u_rr (.clk(clk), .rst(rst), .req(in_valid), .take(free), .gnt(pick));
            assign turn = free ? pick : owner_q;
            assign out_valid = turn & in_valid;
            always @(posedge clk)
                if (rst)
                    owner_q <= {NVC{1'b0}};
                else if (|out_valid)
                    owner_q <= (out_flit[W-1] && |(turn & out_ready)) ? {NVC{1'b0}} : turn;
        end else begin : g_flits
            ohm_rr #(.N(NVC)) u_rr (.clk(clk), .rst(rst), .req(in_valid & out_ready), .take(1'b1),
                .gnt(turn));
            assign out_valid = turn;
        end
    endgenerate

    assign in_ready = turn & out_ready;

    always @* begin : select
        integer c;
        out_flit = {W{1'b0}};
        for (c = 0; c < NVC; c = c + 1)
            if (turn[c])
                out_flit = out_flit | in_flit[c*W +: W];
    end

`ifdef FORMAL
    // One channel at a time is on the link, with its own flit, and what leaves is what the far side
    // takes. With WHOLE = 1 a packet that has begun goes on to its last flit; between routers
    // nothing is offered where there is no room.
    reg           f_past = 1'b0;
    reg           f_open = 1'b0;
    reg [NVC-1:0] f_of;         // in mid-packet: the channel
    wire          f_take = |(out_valid & out_ready);
    reg [NVC-1:0] f_waits = {NVC{1'b0}};    // offered and not taken: stays

    always @(posedge clk) begin
        f_past  <= 1'b1;
        f_waits <= in_valid & ~in_ready & {NVC{!rst}};
        if (f_take) begin
            f_open <= !out_flit[W-1];
            f_of   <= out_valid;
        end
        if (rst)
            f_open <= 1'b0;
    end

    always @* begin : f_prove
        integer c;
        if (!f_past)
            assume (rst);
        else begin
            assume ((f_waits & ~in_valid) == 0);
            assert ((out_valid & (out_valid - {{(NVC-1){1'b0}}, 1'b1})) == 0);
            assert ((out_valid & ~in_valid) == 0);
            assert ((out_valid & out_ready) == (in_valid & in_ready));
            for (c = 0; c < NVC; c = c + 1)
                if (out_valid[c])
                    assert (out_flit == in_flit[c*W +: W]);
            if (WHOLE != 0) begin
                if (f_open)
                    assert (turn == f_of && (out_valid & ~f_of) == 0);
                else
                    assert (|out_valid == |in_valid);
            end else begin
                assert ((out_valid & ~out_ready) == 0);
                assert (|out_valid == |(in_valid & out_ready));     // no cycle is wasted
            end
        end
    end

    generate
        if (WHOLE != 0) begin : g_formal
            initial g_whole.owner_q = {NVC{1'b0}};      // as after reset
            always @* begin
                if (f_past) begin
                    assert ((g_whole.owner_q & (g_whole.owner_q - {{(NVC-1){1'b0}}, 1'b1})) == 0);
                    assert (f_open ? g_whole.owner_q == f_of : (g_whole.owner_q & ~in_valid) == 0);
                end
            end
        end
    endgenerate

    always @(posedge clk)
        cover (f_past && f_open && f_take && out_flit[W-1] && !rst);
`endif
endmodule
`default_nettype wire
