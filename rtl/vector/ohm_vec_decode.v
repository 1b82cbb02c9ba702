// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// An instruction word taken apart: what its operands are, and whether the word is legal
// by itself (faults OPCODE and FIELD of docs/reference/vector.md).
//
// Combinational. Parameters: as docs/reference/configurations.md.
module ohm_vec_decode #(
    parameter TABLES = 4
) (
    input  wire [63:0] word,
    output wire        d_vector,        // operand d is a vector
    output wire        a_vector,
    output wire        b_vector,
    output wire        bad_op,
    output wire        bad_field
);
`include "ohm_map.vh"
    localparam [1:0] NONE = 2'd0, VEC = 2'd1, REG = 2'd2;
    // what b may be: vector, register, immediate, stream
    localparam [3:0] B_NONE = 4'b0000, B_VEC = 4'b0001, B_REG = 4'b0010, B_SCALAR = 4'b0110,
                     B_ANY = 4'b0111, B_STREAM = 4'b1000;

    wire [5:0]  op  = word[VI_OP_LSB +: VI_OP_W];
    wire [1:0]  bk  = word[VI_BK_LSB +: VI_BK_W];
    wire        s   = word[VI_S_LSB];
    wire [5:0]  sh  = word[VI_SH_LSB +: VI_SH_W];
    wire [10:0] d   = word[VI_D_LSB +: VI_D_W];
    wire [10:0] a   = word[VI_A_LSB +: VI_A_W];
    wire [10:0] b   = word[VI_B_LSB +: VI_B_W];
    wire [15:0] imm = word[VI_IMM_LSB +: VI_IMM_W];

    wire elementwise = op >= VOP_MOV && op <= VOP_RND;
    wire reduction   = op >= VOP_SUM && op <= VOP_DOT;
    wire matrix = op == VOP_MV || op == VOP_MT;
    wire branch = op >= VOP_BEQ && op <= VOP_BGE;
    wire single = op == VOP_GET || op == VOP_PUT;

    reg [1:0] d_kind, a_kind;           // with S = 0
    reg [3:0] b_kinds;
    reg [5:0] most;                     // largest sh
    reg       imm_ok;                   // with bk not 2
    reg       imm_b_ok;                 // with bk 2: range of b
    always @* begin
        d_kind   = NONE;
        a_kind   = NONE;
        b_kinds  = B_NONE;
        most     = 6'd0;
        imm_ok   = imm == 16'd0;
        imm_b_ok = 1'b1;
        if (elementwise) begin
            d_kind  = VEC;
            a_kind  = op == VOP_MOV || op == VOP_RND ? NONE : VEC;
            b_kinds = op >= VOP_ABS ? B_NONE : B_ANY;
            if (op == VOP_MUL) most = 6'd47;
            if (op == VOP_TAB) imm_ok = imm < TABLES[15:0];
            if (op == VOP_RND) imm_ok = 1'b1;
        end
        if (reduction) begin
            d_kind = REG;
            a_kind = VEC;
            if (op == VOP_DOT) begin
                b_kinds = B_ANY;
                most    = 6'd63;
            end
        end
        if (matrix) begin
            {d_kind, a_kind, b_kinds} = {VEC, VEC, B_VEC};
            most   = 6'd63;
            imm_ok = imm[14:8] != 7'd0 && (imm[15] ? imm[7:4] == 4'd0 : imm[7:0] != 8'd0);
        end
        if (single) begin
            d_kind   = op == VOP_GET ? REG : VEC;
            a_kind   = op == VOP_GET ? VEC : REG;
            b_kinds  = B_SCALAR;
            imm_b_ok = imm[15:12] == 4'd0;
        end
        if (branch) begin
            a_kind  = REG;
            b_kinds = B_REG;
            imm_ok  = imm[15:12] == 4'd0;
        end
        case (op)
            VOP_UNPACK: begin
                d_kind  = VEC;
                b_kinds = B_STREAM;
                most    = 6'd3;
                imm_ok  = imm[15:12] == 4'd0;
            end
            VOP_FREE: imm_ok = imm[15:4] == 12'd0 && imm[3:0] != 4'd0;
            VOP_SEND: begin
                a_kind = VEC;
                most   = 6'd3;
                imm_ok = imm[15:8] == 8'd0 && imm[7:0] != 8'd0;
            end
            VOP_LEN: begin
                b_kinds  = B_SCALAR;
                imm_b_ok = imm[15:12] == 4'd0 && imm[11:0] != 12'd0;
            end
            VOP_LOOP: begin
                d_kind = REG;
                imm_ok = imm[15:12] == 4'd0;
            end
            default: ;
        endcase
    end

    // operands as they are in this form
    wire [3:0] b_may = s ? b_kinds & ~B_VEC : b_kinds;
    wire       d_reg = d_kind == REG || (s && d_kind == VEC);
    wire       a_reg = a_kind == REG || (s && a_kind == VEC);
    assign d_vector = d_kind == VEC && !s;
    assign a_vector = a_kind == VEC && !s;
    assign b_vector = b_may[0] && bk == 2'd0;

    wire d_ok = d_kind == NONE ? d == 11'd0 : !d_reg || d[10:4] == 7'd0;
    wire a_ok = a_kind == NONE ? a == 11'd0 : !a_reg || a[10:4] == 7'd0;
    wire b_ok = b_may == B_STREAM ? bk == 2'd0 && b[10:2] == 9'd0
              : bk == 2'd0 ? b_may[0] || (b_may == B_NONE && b == 11'd0)
              : bk == 2'd1 ? b_may[1] && b[10:4] == 7'd0
              : bk == 2'd2 && b_may[2] && b == 11'd0;

    assign bad_op    = !(elementwise || reduction || matrix || single || branch || op == VOP_UNPACK
                         || op == VOP_FREE || op == VOP_SEND || op == VOP_LEN || op == VOP_LOOP
                         || op == VOP_END);
    assign bad_field = (s && !elementwise) || sh > most || !d_ok || !a_ok || !b_ok
                     || (bk == 2'd2 ? !imm_b_ok : !imm_ok) || (op == VOP_LOOP && d == 11'd0);
endmodule
`default_nettype wire
