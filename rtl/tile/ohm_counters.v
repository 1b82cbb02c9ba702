// SPDX-License-Identifier: Apache-2.0
// The core's counters, CNT_VMM to CNT_SAT_OUT: cleared when the tile is enabled, kept when it is
// disabled, 32 bits, wrapping.
//
//   clr        _/~~\______________      at enable
//   *_inc      ______/~~\_________
//   cfg_re     _____________/~~\__
//   cfg_rdata  ----------------<n>      one cycle later, 0 for other addresses
//
// Throughput: every input may count in every cycle. Latency: 1.
`default_nettype none

module ohm_counters (
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

    reg [31:0] vmm_q, poison_q, clip_lo_q, clip_hi_q, sat_in_q, sat_out_q, cfg_rdata_q;

    always @(posedge clk) begin
        if (rst || clr) begin
            vmm_q <= 32'd0;
            poison_q <= 32'd0;
            clip_lo_q <= 32'd0;
            clip_hi_q <= 32'd0;
            sat_in_q <= 32'd0;
            sat_out_q <= 32'd0;
        end else begin
            if (vmm_inc) vmm_q <= vmm_q + 32'd1;
            if (poison_inc) poison_q <= poison_q + 32'd1;
            if (clip_lo_inc) clip_lo_q <= clip_lo_q + 32'd1;
            if (clip_hi_inc) clip_hi_q <= clip_hi_q + 32'd1;
            if (|sat_in_inc) sat_in_q <= sat_in_q + {29'd0, sat_in_inc};
            if (sat_out_inc) sat_out_q <= sat_out_q + 32'd1;
        end
    end

    always @(posedge clk) begin
        cfg_rdata_q <= 32'd0;
        if (cfg_re) case (cfg_addr)
            REG_CNT_VMM: cfg_rdata_q <= vmm_q;
            REG_CNT_POISON: cfg_rdata_q <= poison_q;
            REG_CNT_CLIP_LO: cfg_rdata_q <= clip_lo_q;
            REG_CNT_CLIP_HI: cfg_rdata_q <= clip_hi_q;
            REG_CNT_SAT_IN: cfg_rdata_q <= sat_in_q;
            REG_CNT_SAT_OUT: cfg_rdata_q <= sat_out_q;
            default: ;
        endcase
    end
    assign cfg_rdata = cfg_rdata_q;
endmodule

`default_nettype wire
