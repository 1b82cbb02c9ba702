// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Sibling of ohm_events for small tiles: the counts are in a RAM (ohm_tally), and there is one
// detail for all sources, the latest event's; packets of other sources that still wait leave with
// detail 0.
//
// Throughput: every source once in 16 cycles (ohm_tally), details in each. Latency: offered some
// cycles after the event. Protocol: as ohm_events, but valid may fall while a count is read.
// Register: CNT_EVENT (since reset). Parameters: CNT_W 16 to 32, bits of a count; PIPE = 1: a
// register before the detail that is kept.
module ohm_events_serial #(
    parameter CNT_W = 16,
    parameter PIPE  = 0
) (
    input  wire         clk,
    input  wire         rst,
    input  wire [3:0]   tile_x,
    input  wire [3:0]   tile_y,
    input  wire         cfg_re,
    input  wire [15:0]  cfg_addr,
    output reg  [31:0]  cfg_rdata,
    input  wire [7:0]   ev,              // one cycle each, event code 1 in bit 0
    input  wire         ev_late,         // one of 3, 4, 5, 8, whose details are one word
    input  wire [255:0] ev_detail,       // one word each
    output wire         valid,
    input  wire         take,
    output wire [31:0]  h0,
    output wire [31:0]  h1,
    output wire [31:0]  detail
);
`include "ohm_map.vh"
    reg [7:0]  due_q;

    reg  [2:0]  pick;
    integer p;
    always @* begin
        pick = 3'd0;
        for (p = 7; p >= 0; p = p - 1) if (due_q[p]) pick = p[2:0];
    end

    assign h0 = {TYPE_EVENT, tile_y, tile_x, 1'b1, 4'd0, 1'b0, 4'd0, 10'd1};
    wire   here = cfg_re && cfg_addr[15:3] == REG_CNT_EVENT[15:3];

    reg              offer_q;           // a source is offered
    reg              shown_q, here_q;   // at the RAM's output is: its count; what is read back
    reg [2:0]        pick_q;
    wire [7:0]       pending;
    wire [7:0]       pick_1h = 8'd1 << pick_q;
    wire [CNT_W-1:0] count;
    wire             show = offer_q && !cfg_re && pending == 8'd0;
    ohm_tally #(.N(8), .W(CNT_W)) u_tally (
        .clk(clk), .clr(rst), .inc(ev), .pending(pending), .re(here || show),
        .raddr(here ? cfg_addr[2:0] : pick_q), .rdata(count)
    );
    assign valid  = shown_q;
    assign h1     = {count[15:0], 12'd0, {1'b0, pick_q} + 4'd1};
    always @* cfg_rdata = here_q ? {{32-CNT_W{1'b0}}, count} : 32'd0;

    integer    k;
    reg [31:0] last_q, latest;
    reg [2:0]  source_q, source;
    // of those that come at once the one furthest right: known last
    localparam [31:0] ORDER = 32'h65107423;
    always @* begin
        latest = 32'd0;
        source = 3'd0;
        for (k = 7; k >= 0; k = k - 1)
            if (ev[ORDER[4*k +: 3]]) begin
                if (k > 3) latest = ev_detail[32*ORDER[4*k +: 3] +: 32];
                source = ORDER[4*k +: 3];
            end
        if (ev_late) latest = ev_detail[32*ORDER[2:0] +: 32];
    end
    wire        keep;
    wire [34:0] kept;
    generate if (PIPE == 0) begin : g_now
        assign {keep, kept} = {|ev, source, latest};
    end else begin : g_late
        reg        keep_q;
        reg [34:0] kept_q;
        always @(posedge clk) begin
            keep_q <= |ev;
            kept_q <= {source, latest};
        end
        assign {keep, kept} = {keep_q, kept_q};
    end endgenerate
    always @(posedge clk) begin
        shown_q <= show && !take;
        here_q  <= here;
        if (keep) {source_q, last_q} <= kept;
        if (!offer_q) pick_q <= pick;
        offer_q <= offer_q ? !take : |due_q;
        due_q   <= (take ? due_q & ~pick_1h : due_q) | ev;
        if (rst) begin
            due_q   <= 8'd0;
            offer_q <= 1'b0;
            shown_q <= 1'b0;
            here_q  <= 1'b0;
        end
    end
    assign detail = pick_q == source_q ? last_q : 32'd0;
endmodule
`default_nettype wire
