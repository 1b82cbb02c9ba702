// SPDX-License-Identifier: Apache-2.0
// A table that every descriptor has one of: entry i of descriptor d is register BASE + d * 0x200 +
// i, written by the configuration bus, low WIDTH bits.
//
//   re    _/~~\______
//   at    -<i >------     desc and entry
//   rdata _____<t >--     until the next re
//
// Throughput: one read and one write a cycle. Latency: 1. Legal: ENTRIES 4-256; WIDTH 1-32; NDESC
// 1-4; entries at or past ENTRIES, and descriptors at or past NDESC, are not read.
`default_nettype none

module ohm_table #(
    parameter [15:0] BASE = 16'h1000,
    parameter ENTRIES = 128,
    parameter WIDTH = 32,
    parameter NDESC = 1
) (
    input  wire             clk,
    input  wire             cfg_we,
    input  wire [15:0]      cfg_addr,
    input  wire [31:0]      cfg_wdata,
    input  wire             re,
    input  wire [1:0]       desc,
    input  wire [7:0]       entry,
    output wire [WIDTH-1:0] rdata
);
    localparam ENTRY_W = $clog2(ENTRIES);
    localparam DESC_W = NDESC > 2 ? 2 : NDESC > 1 ? 1 : 0;
    localparam AT_W = ENTRY_W + DESC_W;

    wire               here = cfg_addr[15:11] == BASE[15:11] && {1'b0, cfg_addr[10:9]} < NDESC[2:0]
        && !cfg_addr[8] && {1'b0, cfg_addr[7:0]} < ENTRIES[8:0];
    wire [ENTRY_W+1:0] put = {cfg_addr[10:9], cfg_addr[ENTRY_W-1:0]};
    wire [ENTRY_W+1:0] get = {desc, entry[ENTRY_W-1:0]};
    ohm_ram #(.DEPTH(NDESC > 1 ? NDESC << ENTRY_W : ENTRIES), .WIDTH(WIDTH)) u_ram (
        .clk(clk), .we(cfg_we && here), .waddr(put[AT_W-1:0]), .wdata(cfg_wdata[WIDTH-1:0]),
        .re(re), .raddr(get[AT_W-1:0]), .rdata(rdata)
    );
    // a table may be narrower, shorter and the only one
    wire unused = &{1'b0, put, get, entry, cfg_wdata};
endmodule

`default_nettype wire
