// SPDX-License-Identifier: Apache-2.0
// The slice tables of all descriptors, SLICE, SLICE_RAMP and SLICE_EXT, in RAMs with one read port:
// the walk's, then the controller's, unless a word is read back.
//
//   walk       _/~~~~~~~~\____    entry idx of descriptor desc is read; `step`: it is
//   sl,rp,ext  ----<0><1>  ...    a cycle later; ext_there: SLICE_EXT of it was written
//   sl_ok      ~~~~~~~~~~~~~~~    0: a read-back took the port in the cycle before
//
// RAMS = 1: both words of an entry are in one RAM and read in turn: a walk takes two cycles an
// entry, and sl_ok is 1 every other cycle, two after idx at most. Read-back: one cycle, 0
// elsewhere. Throughput: one entry a cycle. Latency: 1. Legal: NSLICE 1-16; NDESC 1-4, with RAMS 1
// one; RAMS 1, 2.
`default_nettype none

module ohm_slice_table #(
    parameter NSLICE = 16,
    parameter NDESC = 1,
    parameter MODES = 1,
    parameter RAMS = 2
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire        walk,
    output wire        step,
    input  wire [1:0]  desc,
    input  wire [3:0]  idx,
    output wire [20:0] sl,
    output wire [31:0] rp,
    output wire [31:0] ext,
    output wire        ext_there,
    output wire        sl_ok
);
    `include "ohm_map.vh"

    localparam SLICES = NSLICE > 1 ? NSLICE : 2;
    localparam SIDX_W = $clog2(SLICES);
    localparam DESC_W = NDESC > 2 ? 2 : NDESC > 1 ? 1 : 0;
    localparam ENTRY_W = 4 + DESC_W;

    // NSLICE may be less than the map's 16 entries; the rest ignore writes and read as 0.
    wire       at_slices = cfg_addr[15:8] == REG_SLICE[15:8]
        && {1'b0, cfg_addr[7:6]} < NDESC[2:0];
    wire       at_slice = at_slices && !cfg_addr[5] && {1'b0, cfg_addr[4:1]} < NSLICE[4:0];
    wire [SIDX_W-1:0] cfg_slice = cfg_addr[SIDX_W:1];
    wire              at_ext = MODES != 0 && at_slices && cfg_addr[5:4] == 2'b10
        && {1'b0, cfg_addr[3:0]} < NSLICE[4:0];
    // RAMS 1: any read, known sooner
    wire              back = cfg_re && (RAMS == 1 || at_slice || at_ext);
    // the entry's second word is read; with two RAMs both words, always
    wire              turn;
    assign            step = walk && !back && turn;
    wire [SIDX_W-1:0] rd_idx = !back ? idx[SIDX_W-1:0] : at_ext ? cfg_addr[SIDX_W-1:0] : cfg_slice;
    // with several descriptors, the number of the table stands above the entry's
    wire [SIDX_W+1:0] cfg_place = {cfg_addr[7:6], cfg_slice};
    wire [SIDX_W+1:0] ext_place = {cfg_addr[7:6], cfg_addr[SIDX_W-1:0]};
    wire [SIDX_W+1:0] rd_place = {back ? cfg_addr[7:6] : desc, rd_idx};
    localparam PLACE_W = SIDX_W + DESC_W;
    localparam PLACES = NDESC > 1 ? NDESC << SIDX_W : SLICES;
    wire [31:0]       rd_first, rd_second;  // what is read back
    wire              both;                 // they are of one entry
    generate
        if (RAMS == 2) begin : g_two
            ohm_ram #(.DEPTH(PLACES), .WIDTH(21)) u_slice (
                .clk(clk), .we(cfg_we && at_slice && !cfg_addr[0]),
                .waddr(cfg_place[PLACE_W-1:0]), .wdata(cfg_wdata[20:0]),
                .re(1'b1), .raddr(rd_place[PLACE_W-1:0]), .rdata(sl)
            );
            ohm_ram #(.DEPTH(PLACES), .WIDTH(32)) u_ramp (
                .clk(clk), .we(cfg_we && at_slice && cfg_addr[0]),
                .waddr(cfg_place[PLACE_W-1:0]), .wdata(cfg_wdata),
                .re(1'b1), .raddr(rd_place[PLACE_W-1:0]), .rdata(rp)
            );
            assign {turn, both} = 2'b11;
            assign {rd_first, rd_second} = {11'd0, sl, rp};
        end else begin : g_one                  // first and second word in turn
            reg        turn_q, first_q, second_q;
            reg [20:0] sl_q;
            ohm_ram #(.DEPTH(2 * SLICES), .WIDTH(32)) u_slice (
                .clk(clk), .we(cfg_we && at_slice), .waddr({cfg_slice, cfg_addr[0]}),
                .wdata(cfg_wdata),
                .re(1'b1), .raddr({rd_idx, back ? cfg_addr[0] : turn_q}), .rdata(rp)
            );
            always @(posedge clk) begin
                if (!back) turn_q <= !turn_q;
                first_q <= !back && !turn_q;
                second_q <= !back && turn_q;
                if (first_q) sl_q <= rp[20:0];
                if (rst) turn_q <= 1'b0;
            end
            assign {turn, both, sl} = {turn_q, second_q, sl_q};
            assign {rd_first, rd_second} = {11'd0, rp[20:0], rp};
        end
    endgenerate
    generate
        if (MODES != 0) begin : g_ext
            reg [16*NDESC-1:0] there_q;
            reg        chk_there_q;
            wire [5:0] put = {cfg_addr[7:6], cfg_addr[3:0]}, get = {desc, idx};
            wire unused_entry = &{1'b0, put, get};
            ohm_ram #(.DEPTH(PLACES), .WIDTH(32)) u_ext (
                .clk(clk), .we(cfg_we && at_ext), .waddr(ext_place[PLACE_W-1:0]),
                .wdata(cfg_wdata),
                .re(1'b1), .raddr(rd_place[PLACE_W-1:0]), .rdata(ext)
            );
            always @(posedge clk) begin
                if (rst) there_q <= {16*NDESC{1'b0}};
                else if (cfg_we && at_ext) there_q[put[ENTRY_W-1:0]] <= 1'b1;
                chk_there_q <= there_q[get[ENTRY_W-1:0]];
            end
            assign ext_there = chk_there_q;
        end else begin : g_no_ext
            assign ext = 32'd0;
            assign ext_there = 1'b0;
        end
    endgenerate
    wire unused = &{1'b0, rst, idx, desc, cfg_place, ext_place, rd_place};

    // what is read back: first slice word, second, SLICE_EXT
    reg [2:0]  back_q;
    always @(posedge clk)
        back_q <= {cfg_re && at_ext, cfg_re && at_slice && cfg_addr[0],
                   cfg_re && at_slice && !cfg_addr[0]};
    assign cfg_rdata = (back_q[0] ? rd_first : 32'd0) | (back_q[1] ? rd_second : 32'd0)
        | (back_q[2] ? ext : 32'd0);
    assign sl_ok = back_q == 3'd0 && both;
endmodule

`default_nettype wire
