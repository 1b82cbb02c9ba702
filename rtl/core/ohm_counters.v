// SPDX-License-Identifier: Apache-2.0
// The core's counters, CNT_VMM to CNT_SAT_OUT: cleared when the tile is enabled, kept when it is
// disabled, CNT_W bits, wrapping.
//
//   clr        _/~~\______________      at enable
//   *_inc      ______/~~\_________
//   cfg_re     _____________/~~\__
//   cfg_rdata  ----------------<n>      one cycle later, 0 for other addresses
//
// Throughput: every input may count in every cycle. Latency: 1. Legal: CNT_W 4 to 32.
`default_nettype none

module ohm_counters #(
    parameter CNT_W = 32
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        clr,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    output wire [31:0] cfg_rdata,
    input  wire        vmm_inc,
    input  wire        poison_inc,
    input  wire        clip_lo_inc,
    input  wire        clip_hi_inc,
    input  wire [2:0]  sat_in_inc,
    input  wire        sat_out_inc
);
    `include "ohm_map.vh"

    localparam [CNT_W-1:0] ZERO = {CNT_W{1'b0}};
    reg [CNT_W-1:0] vmm_q, poison_q, clip_lo_q, clip_hi_q, sat_in_q, sat_out_q, rdata_q;

    always @(posedge clk) begin
        if (rst || clr) begin
            vmm_q <= ZERO;
            poison_q <= ZERO;
            clip_lo_q <= ZERO;
            clip_hi_q <= ZERO;
            sat_in_q <= ZERO;
            sat_out_q <= ZERO;
        end else begin
            if (vmm_inc) vmm_q <= vmm_q + 1'b1;
            if (poison_inc) poison_q <= poison_q + 1'b1;
            if (clip_lo_inc) clip_lo_q <= clip_lo_q + 1'b1;
            if (clip_hi_inc) clip_hi_q <= clip_hi_q + 1'b1;
            if (|sat_in_inc) sat_in_q <= sat_in_q + {{CNT_W-3{1'b0}}, sat_in_inc};
            if (sat_out_inc) sat_out_q <= sat_out_q + 1'b1;
        end
    end

    always @(posedge clk) begin
        rdata_q <= ZERO;
        if (cfg_re) case (cfg_addr)
            REG_CNT_VMM: rdata_q <= vmm_q;
            REG_CNT_POISON: rdata_q <= poison_q;
            REG_CNT_CLIP_LO: rdata_q <= clip_lo_q;
            REG_CNT_CLIP_HI: rdata_q <= clip_hi_q;
            REG_CNT_SAT_IN: rdata_q <= sat_in_q;
            REG_CNT_SAT_OUT: rdata_q <= sat_out_q;
            default: ;
        endcase
    end
    assign cfg_rdata = {{32-CNT_W{1'b0}}, rdata_q};
endmodule

`default_nettype wire
