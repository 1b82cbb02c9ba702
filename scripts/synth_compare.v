// SPDX-License-Identifier: Apache-2.0
//
// Techmap for Yosys: comparisons as logic instead of carry chains. An iCE40 cell whose carry is in
// use and whose LUT is not is lost, and comparisons with constants, which most are, take a third of
// the cells as LUTs.
//
// Throughput, latency, protocol: combinational. Parameters: those of Yosys' cells.
//
`default_nettype none
(* techmap_celltype = "$lt $le $gt $ge" *)
module ohm_compare (A, B, Y);
    parameter A_SIGNED = 0;
    parameter B_SIGNED = 0;
    parameter A_WIDTH = 1;
    parameter B_WIDTH = 1;
    parameter Y_WIDTH = 1;
    parameter _TECHMAP_CELLTYPE_ = "";
    input  wire [A_WIDTH-1:0] A;
    input  wire [B_WIDTH-1:0] B;
    output wire [Y_WIDTH-1:0] Y;

    localparam W = A_WIDTH > B_WIDTH ? A_WIDTH : B_WIDTH;
    localparam SIGNED = A_SIGNED != 0 && B_SIGNED != 0;
    localparam SWAP = _TECHMAP_CELLTYPE_ == "$gt" || _TECHMAP_CELLTYPE_ == "$ge";
    localparam EQUAL = _TECHMAP_CELLTYPE_ == "$le" || _TECHMAP_CELLTYPE_ == "$ge";

    wire [W-1:0] a = {{W{SIGNED && A[A_WIDTH-1]}}, A};      // cut to W
    wire [W-1:0] b = {{W{SIGNED && B[B_WIDTH-1]}}, B};
    wire [W-1:0] flip = SIGNED ? {1'b1, {W{1'b0}}} >> 1 : {W{1'b0}};
    wire [W-1:0] x = (SWAP ? b : a) ^ flip;
    wire [W-1:0] y = (SWAP ? a : b) ^ flip;
    wire [W:0]   less;                                      // x < y, in the bits below
    assign less[0] = EQUAL;
    genvar i;
    generate
        for (i = 0; i < W; i = i + 1) begin : g_bit
            assign less[i+1] = x[i] ^ y[i] ? y[i] : less[i];
        end
    endgenerate
    assign Y = {{Y_WIDTH{1'b0}}, less[W]};
endmodule
`default_nettype wire
