// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// First look at an instruction word: its class, one bit each and none for an operation that does
// not exist, and which of its fields are empty. The sequencer keeps the answers with the word, so
// that what is decided a cycle later (ohm_vec_decode) need not begin at the word's bits.
//
// Combinational. TABLES is a power of two. Parameters: as docs/reference/configurations.md.
module ohm_vec_kind #(
    parameter TABLES = 4
) (
    input  wire [63:0] word,
    output wire [10:0] kind,            // end, loop, len, send, free, unpack, branch, get or put,
                                        // matrix, reduction, element-wise
    output wire [7:0]  small_of,        // imm: rows and stride, routes, streams, a table, address,
                                        // 0; sh: a format, 0
    output wire [6:0]  empty,           // b but for a stream, b, a, d: but for a register, all
    output wire        is_end           // the only word of `end`
);
`include "ohm_map.vh"
    localparam TW = $clog2(TABLES);
    wire [5:0]  op  = word[VI_OP_LSB +: VI_OP_W];
    wire [5:0]  sh  = word[VI_SH_LSB +: VI_SH_W];
    wire [10:0] d   = word[VI_D_LSB +: VI_D_W];
    wire [10:0] a   = word[VI_A_LSB +: VI_A_W];
    wire [10:0] b   = word[VI_B_LSB +: VI_B_W];
    wire [15:0] imm = word[VI_IMM_LSB +: VI_IMM_W];
    // from the bits of op: a comparison with a bound would be a carry chain
    assign kind = {
        op == VOP_END, op == VOP_LOOP, op == VOP_LEN, op == VOP_SEND, op == VOP_FREE,
        op == VOP_UNPACK,
        op == VOP_BEQ || op == VOP_BNE || op == VOP_BLT || op == VOP_BGE,
        op == VOP_GET || op == VOP_PUT,
        op == VOP_MV || op == VOP_MT,
        op[5:2] == VOP_SUM[5:2],
        (op[5:4] == 2'd0 && op[3:0] != 4'd0) || op == VOP_TAB || op == VOP_RND
    };
    assign small_of = {
        imm[14:8] != 7'd0 && (imm[15] ? imm[7:4] == 4'd0 : imm[7:0] != 8'd0),
        imm[15:8] == 8'd0 && imm[7:0] != 8'd0,
        imm[15:4] == 12'd0 && imm[3:0] != 4'd0,
        imm[15:TW] == {16-TW{1'b0}}, imm[15:12] == 4'd0, imm == 16'd0, sh[5:2] == 4'd0, sh == 6'd0
    };
    assign empty = {b[10:2] == 9'd0, b[10:4] == 7'd0, b == 11'd0, a[10:4] == 7'd0, a == 11'd0,
                    d[10:4] == 7'd0, d == 11'd0};
    assign is_end = word == {VOP_END[5:0], {VI_OP_LSB{1'b0}}};
endmodule
`default_nettype wire
