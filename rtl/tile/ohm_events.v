// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Counts the eight events and tells the host: one waiting EVENT packet per source, with its latest count and detail.
//
// Events never wait and never stall anything; several of one source before its packet leaves show in its count.
//
// Throughput: every source once a cycle. Latency: offered the cycle after the event.
// Protocol: valid with h0/h1/detail until take. Register: CNT_EVENT (since reset). Parameters: CNT_W 16 to 32, bits of a count;
// LEAN = 1: one detail for all sources, the latest event's; packets of other sources that still wait then leave with detail 0.
module ohm_events #(
    parameter CNT_W = 32,
    parameter LEAN  = 0
) (
    input  wire         clk,
    input  wire         rst,
    input  wire [3:0]   tile_x,
    input  wire [3:0]   tile_y,
    input  wire         cfg_re,
    input  wire [15:0]  cfg_addr,
    output reg  [31:0]  cfg_rdata,
    input  wire [7:0]   ev,              // one cycle each, event code 1 in bit 0
    input  wire [255:0] ev_detail,       // one word each
    output wire         valid,
    input  wire         take,
    output wire [31:0]  h0,
    output wire [31:0]  h1,
    output wire [31:0]  detail
);
`include "ohm_map.vh"
    reg [7:0]  due_q;
    reg [CNT_W-1:0] count [0:7];

    reg  [2:0]  pick;
    integer p;
    always @* begin
        pick = 3'd0;
        for (p = 7; p >= 0; p = p - 1) if (due_q[p]) pick = p[2:0];
    end

    // LEAN: one read port for the packet and the register; the register comes first
    wire [2:0]       at = LEAN != 0 && cfg_re ? cfg_addr[2:0] : pick;
    wire [CNT_W-1:0] picked = count[at];
    assign valid  = |due_q && (LEAN == 0 || !cfg_re);
    assign h0     = {TYPE_EVENT, tile_y, tile_x, 1'b1, 4'd0, 1'b0, 4'd0, 10'd1};
    assign h1     = {picked[15:0], 13'd0, pick} + 32'd1;      // code = source + 1

    integer k;
    generate
        if (LEAN == 0) begin : g_each
            reg [31:0] last [0:7];
            always @(posedge clk)
                for (k = 0; k < 8; k = k + 1)
                    if (ev[k]) last[k] <= ev_detail[32*k +: 32];
            assign detail = last[pick];
        end else begin : g_latest
            reg [31:0] last_q, latest;
            reg [2:0]  source_q, source;
            always @* begin             // the lowest of those that come at once
                latest = 32'd0;
                source = 3'd0;
                for (k = 7; k >= 0; k = k - 1)
                    if (ev[k]) begin
                        latest = ev_detail[32*k +: 32];
                        source = k[2:0];
                    end
            end
            always @(posedge clk)
                if (|ev) begin
                    last_q   <= latest;
                    source_q <= source;
                end
            assign detail = pick == source_q ? last_q : 32'd0;
        end
    endgenerate

    integer i;
    always @(posedge clk) begin
        cfg_rdata <= 32'd0;
        if (cfg_re && cfg_addr[15:3] == REG_CNT_EVENT[15:3]) cfg_rdata <= {{32-CNT_W{1'b0}}, LEAN != 0 ? picked : count[cfg_addr[2:0]]};
        if (rst) begin
            due_q <= 8'd0;
            for (i = 0; i < 8; i = i + 1) count[i] <= {CNT_W{1'b0}};
        end else if (take || |ev) begin
            due_q <= (take ? due_q & (due_q - 8'd1) : due_q) | ev;
            for (i = 0; i < 8; i = i + 1)
                if (ev[i]) count[i] <= count[i] + 1'b1;
        end
    end

    // the packet carries the low half of the count
    wire unused = &{1'b0, picked};
endmodule
`default_nettype wire
