// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_counters for small tiles: the counters CNT_VMM to CNT_SAT_OUT in a RAM: cleared
// when the tile is enabled, kept when it is disabled, CNT_W bits, wrapping.
//
//   clr        _/~~\______________      at enable
//   *_inc      ______/~~\_________
//   cfg_re     _____________/~~\__
//   cfg_rdata  ----------------<n>      one cycle later, 0 for other addresses
//
// Throughput: an input counts once in 12 cycles (ohm_tally), but for sat_in, of which up to 511
// wait.
// Latency: 1 (read-back). Legal: CNT_W 4 to 32.
`default_nettype none

module ohm_counters_serial #(
    parameter CNT_W = 16
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

    localparam [15:0] FIRST = REG_CNT_VMM;
    reg  [8:0]       sat_q;             // inputs of -128 to be counted
    reg              here_q;
    wire [5:0]       pending;
    wire [15:0]      at = cfg_addr - FIRST;
    wire             here = cfg_re && at < 16'd6;
    wire             sat = sat_q != 9'd0 && !pending[4];
    wire [CNT_W-1:0] count;
    ohm_tally #(.N(6), .W(CNT_W)) u_tally (
        .clk(clk), .clr(rst || clr),
        .inc({sat_out_inc, sat, clip_hi_inc, clip_lo_inc, poison_inc, vmm_inc}),
        .pending(pending), .re(here), .raddr(at[2:0]), .rdata(count)
    );
    always @(posedge clk) begin
        sat_q  <= rst || clr ? 9'd0 : sat_q + {6'd0, sat_in_inc} - {8'd0, sat};
        here_q <= here;
    end
    assign cfg_rdata = here_q ? {{32-CNT_W{1'b0}}, count} : 32'd0;
    wire unused = &{1'b0, pending};
endmodule

`default_nettype wire
