// SPDX-License-Identifier: Apache-2.0
// ohm_ram for words of four bytes, each written on its own.
//
//   we     __/~~\______      one bit a byte, byte 0 in bits 7:0
//   re     ________/~~\_
//   raddr  --------<a0>-
//   rdata  -------------<m0>      one cycle later, held until the next read
//
// Throughput: one read and one write a cycle. Latency: 1. What holds for ohm_ram holds here.
// Legal: DEPTH >= 2.
`default_nettype none

module ohm_byte_ram #(
    parameter DEPTH = 128,
    parameter ADDR_W = $clog2(DEPTH)
) (
    input  wire              clk,
    input  wire [3:0]        we,
    input  wire [ADDR_W-1:0] waddr,
    input  wire [31:0]       wdata,
    input  wire              re,
    input  wire [ADDR_W-1:0] raddr,
    output wire [31:0]       rdata
);
    (* no_rw_check *) reg [31:0] mem [0:DEPTH-1];
    reg [31:0] rdata_q;

    always @(posedge clk)
        if (we != 4'd0) begin
            if (we[0]) mem[waddr][7:0]   <= wdata[7:0];
            if (we[1]) mem[waddr][15:8]  <= wdata[15:8];
            if (we[2]) mem[waddr][23:16] <= wdata[23:16];
            if (we[3]) mem[waddr][31:24] <= wdata[31:24];
        end
    always @(posedge clk) if (re) rdata_q <= mem[raddr];

    assign rdata = rdata_q;
endmodule

`default_nettype wire
