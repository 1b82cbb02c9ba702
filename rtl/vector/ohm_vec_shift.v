// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// v·2^-n, floor, as 32 bits with the bit behind the point below them; `fits`: the 32 bits are
// signed and hold it. Three steps of 16, 4 and 1 keep only what can still reach the result; what
// falls off above must be copies of the sign. The registers lie in front of the last step, because
// a sum stands in front of the first one and a rounding behind the last.
//
//   v, n          --<v>---
//   minus y fits  -----<y>     in the next cycle, from registers through the last step
//
// Throughput: one a cycle. Legal: W 49 to 64.
module ohm_vec_shift #(
    parameter W = 64
) (
    input  wire         clk,
    input  wire [W-1:0] v,
    input  wire [5:0]   n,
    output reg          minus,
    output wire [32:0]  y,
    output wire         fits
);
    wire        sign = v[W-1];
    wire [96:0] x16  = {{96-W{sign}}, v, 1'b0};
    // one of four in two cells of four inputs: the first one chooses, or hands the choice on
    wire [47:0] t16 = n[5] ? {48{n[4]}} : n[4] ? x16[63:16] : x16[47:0];
    wire [47:0] x4  = n[5] ? (t16 & x16[95:48]) | (~t16 & x16[79:32]) : t16;
    wire [35:0] t4  = n[3] ? {36{n[2]}} : n[2] ? x4[39:4] : x4[35:0];
    wire [16:0] high = x16[64:48] ^ {17{sign}};
    wire [11:0] mid  = x4[47:36] ^ {12{sign}};
    wire        off_4 = (n[3:2] != 2'd3 && mid[11:8] != 4'd0) || (!n[3] && mid[7:4] != 4'd0)
                     || (n[3:2] == 2'd0 && mid[3:0] != 4'd0);
    reg  [35:0] x1;
    reg  [1:0]  by;
    reg         off_16_q, off_4_q;
    always @(posedge clk) begin
        x1       <= n[3] ? (t4 & x4[47:12]) | (~t4 & x4[43:8]) : t4;
        by       <= n[1:0];
        minus    <= sign;
        off_16_q <= n[5:4] == 2'd0 && high != 17'd0;
        off_4_q  <= off_4;
    end

    wire [32:0] t1  = by[1] ? {33{by[0]}} : by[0] ? x1[33:1] : x1[32:0];
    assign y = by[1] ? (t1 & x1[35:3]) | (~t1 & x1[34:2]) : t1;
    wire [2:0]  low = x1[35:33] ^ {3{minus}};
    wire        off_1 = (by != 2'd3 && low[2]) || (!by[1] && low[1]) || (by == 2'd0 && low[0]);
    assign fits = !off_16_q && !off_4_q && !off_1 && y[32] == minus;
    wire unused = &{1'b0, x16[96]};
endmodule
`default_nettype wire
