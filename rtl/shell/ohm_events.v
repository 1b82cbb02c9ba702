// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Counts the eight events and tells the host: one waiting EVENT packet per source, with its latest
// count and detail.
//
// Events never wait and never stall anything; several of one source before its packet leaves show
// in its count.
//
// Throughput: every source once a cycle. Latency: offered the cycle after the event.
// Protocol: valid with h0/h1/detail until take. Register: CNT_EVENT (since reset).
// Parameters: CNT_W 16 to 32, bits of a count. Small tiles have ohm_events_serial.
module ohm_events #(
    parameter CNT_W = 32
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

    integer k;
    integer         i;
    reg [CNT_W-1:0] count [0:7];
    reg [31:0]      last [0:7];
    wire [CNT_W-1:0] picked = count[pick];
    always @(posedge clk) begin
        cfg_rdata <= 32'd0;
        if (here) cfg_rdata <= {{32-CNT_W{1'b0}}, count[cfg_addr[2:0]]};
        for (k = 0; k < 8; k = k + 1)
            if (ev[k]) last[k] <= ev_detail[32*k +: 32];
        if (rst) begin
            due_q <= 8'd0;
            for (i = 0; i < 8; i = i + 1) count[i] <= {CNT_W{1'b0}};
        end else if (take || |ev) begin
            due_q <= (take ? due_q & (due_q - 8'd1) : due_q) | ev;
            for (i = 0; i < 8; i = i + 1)
                if (ev[i]) count[i] <= count[i] + 1'b1;
        end
    end
    assign valid  = |due_q;
    assign h1     = {picked[15:0], 13'd0, pick} + 32'd1;      // code = source + 1
    assign detail = last[pick];
    wire unused = &{1'b0, picked, ev_late};      // the packet carries the low half of the count
endmodule
`default_nettype wire
