// SPDX-License-Identifier: Apache-2.0
// Any memory: for proofs that do not depend on what it holds.
`default_nettype none
module ohm_ram #(parameter DEPTH = 128, parameter WIDTH = 32, parameter ADDR_W = $clog2(DEPTH)) (
    input  wire              clk,
    input  wire              we,
    input  wire [ADDR_W-1:0] waddr,
    input  wire [WIDTH-1:0]  wdata,
    input  wire              re,
    input  wire [ADDR_W-1:0] raddr,
    output wire [WIDTH-1:0]  rdata
);
    (* anyseq *) wire [WIDTH-1:0] any;
    assign rdata = any;
endmodule
`default_nettype wire
