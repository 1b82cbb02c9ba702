// SPDX-License-Identifier: Apache-2.0
// Trims of a term: the column's offset (TRIM) is added, then the slice's real gain (SLICE_EXT.GAIN,
// Q2.14) multiplies.
//
//   out = rnd((term + TRIM[col]) * GAIN[slice] * 2^-14)
//         without TRIM where trim = 0, without GAIN where mul = 0
//
//   re        _/~~\__________________      col, slice
//   trim, mul ____/~~\_______________
//   term      _______<t >____________      with in_side
//   out_term  ______________<t'>_____      with out_side
//
// in_side is what travels with the term. Tables TRIM and GAIN are written by the configuration bus
// and read as 0 here (ohm_desc reads SLICE_EXT back).
// Throughput: one term a cycle. Latency term to out_term: 2. Legal: COLS 4-256; NSLICE 1-16; TERM_W
// 16-24; SIDE_W >= 1.
`default_nettype none

module ohm_trim #(
    parameter COLS = 128,
    parameter NSLICE = 16,
    parameter NDESC = 1,
    parameter TERM_W = 20,
    parameter SIDE_W = 1,
    parameter COL_W = $clog2(COLS)
) (
    input  wire                     clk,
    input  wire                     cfg_we,
    input  wire [15:0]              cfg_addr,
    input  wire [31:0]              cfg_wdata,
    input  wire                     re,
    input  wire [1:0]               desc,
    input  wire [COL_W-1:0]         col,
    input  wire [3:0]               slice,
    input  wire                     trim,
    input  wire                     mul,
    input  wire signed [TERM_W-1:0] term,
    input  wire [SIDE_W-1:0]        in_side,
    output wire signed [TERM_W+2:0] out_term,
    output wire [SIDE_W-1:0]        out_side
);
    `include "ohm_map.vh"

    localparam PROD_W = TERM_W + 18;
    localparam SLICES = NSLICE > 1 ? NSLICE : 2;
    localparam SIDX_W = $clog2(SLICES);

    wire [15:0] offset, gain;
    wire        gain_we = cfg_we && cfg_addr[15:8] == REG_SLICE_EXT[15:8]
        && {1'b0, cfg_addr[7:6]} < NDESC[2:0] && cfg_addr[5:4] == REG_SLICE_EXT[5:4]
        && {1'b0, cfg_addr[3:0]} < NSLICE[4:0];
    localparam GAIN_W = SIDX_W + (NDESC > 2 ? 2 : NDESC > 1 ? 1 : 0);
    wire [SIDX_W+1:0] gain_put = {cfg_addr[7:6], cfg_addr[SIDX_W-1:0]};
    wire [SIDX_W+1:0] gain_get = {desc, slice[SIDX_W-1:0]};
    wire [7:0]  at = {{8-COL_W{1'b0}}, col};
    ohm_table #(.BASE(REG_TRIM), .ENTRIES(COLS), .WIDTH(16), .NDESC(NDESC)) u_offset (
        .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .re(re), .desc(desc), .entry(at), .rdata(offset)
    );
    ohm_ram #(.DEPTH(NDESC > 1 ? NDESC << SIDX_W : SLICES), .WIDTH(16)) u_gain (
        .clk(clk), .we(gain_we), .waddr(gain_put[GAIN_W-1:0]),
        .wdata(cfg_wdata[SLICE_EXT_GAIN_LSB +: SLICE_EXT_GAIN_W]),
        .re(re), .raddr(gain_get[GAIN_W-1:0]), .rdata(gain)
    );

    reg [15:0]              gain2_q, gain3_q;
    reg                     mul2_q, mul3_q, mul4_q;
    reg signed [TERM_W:0]   offset2_q, term3_q, term4_q;
    reg signed [PROD_W-1:0] prod4_q;
    reg [SIDE_W-1:0]        side3_q, side4_q;
    always @(posedge clk) begin             // data, without reset
        offset2_q <= {TERM_W+1{trim}} & {{TERM_W-15{offset[15]}}, offset};
        gain2_q <= gain;
        mul2_q <= mul;
        term3_q <= term + offset2_q;
        gain3_q <= gain2_q;
        mul3_q <= mul2_q;
        side3_q <= in_side;
        prod4_q <= term3_q * $signed({1'b0, gain3_q});
        term4_q <= term3_q;
        mul4_q <= mul3_q;
        side4_q <= side3_q;
    end
    wire signed [PROD_W-1:0] half = {{PROD_W-14{1'b0}}, 14'h2000};
    wire signed [PROD_W-1:0] scaled = (prod4_q + half) >>> 14;
    assign out_term = mul4_q ? scaled[TERM_W+2:0] : {{2{term4_q[TERM_W]}}, term4_q};
    assign out_side = side4_q;

    wire unused = &{1'b0, cfg_wdata, slice, desc, gain_put, gain_get, scaled[PROD_W-1:TERM_W+3]};
endmodule

`default_nettype wire
