// SPDX-License-Identifier: Apache-2.0
// One-read one-write memory with registered read, the form that FPGA tools infer as block or
// distributed RAM.
//
//   re     __/~~\______
//   raddr  --<a0>------
//   rdata  ------<m0>--      one cycle later, held until the next read
//
// Throughput: one read and one write a cycle. Latency: 1.
// A read of the address written in the same cycle returns the old word in simulation and anything
// in hardware (no_rw_check: no bypass is built); no user here does it, or looks.
// Contents are undefined until written. Legal: DEPTH >= 2, WIDTH >= 1; addresses at or past DEPTH
// must not be used with `re` or `we`.
`default_nettype none

module ohm_ram #(
    parameter DEPTH = 128,
    parameter WIDTH = 32,
    parameter ADDR_W = $clog2(DEPTH)
) (
    input  wire              clk,
    input  wire              we,
    input  wire [ADDR_W-1:0] waddr,
    input  wire [WIDTH-1:0]  wdata,
    input  wire              re,
    input  wire [ADDR_W-1:0] raddr,
    output wire [WIDTH-1:0]  rdata
);
    (* no_rw_check *) reg [WIDTH-1:0] mem [0:DEPTH-1];
    reg [WIDTH-1:0] rdata_q;

    always @(posedge clk) if (we) mem[waddr] <= wdata;
    always @(posedge clk) if (re) rdata_q <= mem[raddr];

    assign rdata = rdata_q;
endmodule

`default_nettype wire
