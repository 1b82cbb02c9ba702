// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Vector memory: LANES banks of 32 bits, word w in bank w mod LANES, so that one group of LANES
// elements is read or written in a cycle. Two copies, written together, give two read ports.
//
//   re_a     __/~~\______           we     __/~~\______
//   addr_a   --<g >------           waddr  --<g >------
//   rdata_a  ------<m >--           a read from the next cycle on sees the new words
//
// Throughput: two reads and one write a cycle. Latency: 1. Parameters: as
// docs/reference/configurations.md; GROUPS = VMEM_WORDS / LANES.
module ohm_vec_mem #(
    parameter LANES  = 8,
    parameter GROUPS = 512,
    parameter GW     = $clog2(GROUPS)
) (
    input  wire                clk,
    input  wire [LANES-1:0]    we,
    input  wire [GW-1:0]       waddr,
    input  wire [32*LANES-1:0] wdata,
    input  wire                re_a,
    input  wire [GW-1:0]       addr_a,
    output wire [32*LANES-1:0] rdata_a,
    input  wire                re_b,
    input  wire [GW-1:0]       addr_b,
    output wire [32*LANES-1:0] rdata_b
);
    genvar i;
    generate for (i = 0; i < LANES; i = i + 1) begin : g_bank
        ohm_ram #(.DEPTH(GROUPS), .WIDTH(32)) u_a (
            .clk(clk), .we(we[i]), .waddr(waddr), .wdata(wdata[32*i +: 32]),
            .re(re_a), .raddr(addr_a), .rdata(rdata_a[32*i +: 32])
        );
        ohm_ram #(.DEPTH(GROUPS), .WIDTH(32)) u_b (
            .clk(clk), .we(we[i]), .waddr(waddr), .wdata(wdata[32*i +: 32]),
            .re(re_b), .raddr(addr_b), .rdata(rdata_b[32*i +: 32])
        );
    end endgenerate
endmodule
`default_nettype wire
