// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Leading zeros of 32 bits, 32 for 0: which four bits are the first that are not 0, then theirs.
//
// Combinational.
module ohm_vec_clz (
    input  wire [31:0] v,
    output wire [5:0]  n
);
    wire [7:0] some;                    // of four bits, the upper ones first
    genvar i;
    generate for (i = 0; i < 8; i = i + 1) begin : g_four
        assign some[i] = v[28-4*i +: 4] != 4'd0;
    end endgenerate
    wire       lower = some[3:0] == 4'd0;
    wire       pair  = lower ? some[5:4] == 2'd0 : some[1:0] == 2'd0;
    wire       last  = lower ? (pair ? !some[6] : !some[4]) : pair ? !some[2] : !some[0];
    wire [2:0] at    = {lower, pair, last};
    // one of eight: of each pair the one or the other, then two times one of two
    wire [15:0] f_pair = last ? {v[3:0], v[11:8], v[19:16], v[27:24]}
                              : {v[7:4], v[15:12], v[23:20], v[31:28]};
    wire [7:0]  f_half = pair ? {f_pair[15:12], f_pair[7:4]} : {f_pair[11:8], f_pair[3:0]};
    wire [3:0]  f      = lower ? f_half[7:4] : f_half[3:0];
    wire        none   = lower && some[7:4] == 4'd0;
    assign n = none ? 6'd32 : {1'b0, at, !f[3] && !f[2], !f[3] && (f[2] || !f[1])};
    wire unused = &{1'b0, f[0]};
endmodule
`default_nettype wire
