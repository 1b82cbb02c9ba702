// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// An instruction word and what ohm_vec_kind says of it taken apart: what its operands are, and
// whether the word is legal by itself (faults OPCODE and FIELD of docs/reference/vector.md).
//
// Combinational.
module ohm_vec_decode (
    input  wire [63:0] word,
    input  wire [10:0] kind,            // as ohm_vec_kind has them
    input  wire [7:0]  small_of,
    input  wire [6:0]  empty,
    output wire        d_vector,        // operand d is a vector
    output wire        a_vector,
    output wire        b_vector,
    output wire        bad_op,
    output wire        bad_field
);
`include "ohm_map.vh"
    wire [4:0]  op  = word[VI_OP_LSB +: 5];
    wire [1:0]  bk  = word[VI_BK_LSB +: VI_BK_W];
    wire        s   = word[VI_S_LSB];
    wire [1:0]  sh  = word[VI_SH_LSB + 4 +: 2];
    wire rows_ok, routes_ok, streams_ok, table_ok, address, imm_0, format, sh_0;
    assign {rows_ok, routes_ok, streams_ok, table_ok, address, imm_0, format, sh_0} = small_of;
    wire b_stream, b_small, b_0, a_small, a_0, d_small, d_0;
    assign {b_stream, b_small, b_0, a_small, a_0, d_small, d_0} = empty;

    // no more than one class holds; inside a class a few bits of op tell its operations
    wire is_end, is_loop, is_len, is_send, is_free, is_unpack, branch, single, matrix, reduction,
         elementwise;
    assign {is_end, is_loop, is_len, is_send, is_free, is_unpack, branch, single, matrix,
            reduction, elementwise} = kind;
    wire is_mov = elementwise && op == VOP_MOV[4:0];
    wire is_mul = elementwise && op == VOP_MUL[4:0];
    wire is_tab = elementwise && op[4] && !op[0];
    wire is_rnd = elementwise && op[4] && op[0];
    wire two    = elementwise && !op[4] && op[3:1] != VOP_ABS[3:1];     // has an operand b
    wire is_dot = reduction && op[1:0] == VOP_DOT[1:0];
    wire is_get = single && !op[0];
    wire is_put = single && op[0];

    // what operands may be, a vector with S = 0
    wire d_vec = elementwise || matrix || is_put || is_unpack;
    wire d_reg = reduction || is_get || is_loop || (s && d_vec);
    wire a_vec = (elementwise && !is_mov && !is_rnd) || reduction || matrix || is_get || is_send;
    wire a_reg = is_put || branch || (s && a_vec);
    wire b_vec = !s && (two || is_dot || matrix);
    wire b_imm = two || is_dot || single || is_len;
    wire b_reg = b_imm || branch;
    assign d_vector = d_vec && !s;
    assign a_vector = a_vec && !s;
    assign b_vector = b_vec && bk == 2'd0;

    wire d_ok  = d_0 || d_vector || (d_reg && d_small);
    wire a_ok  = a_0 || a_vector || (a_reg && a_small);
    wire b_ok  = (bk == 2'd0 && (b_vec || (is_unpack && b_stream)
                                 || (!b_reg && !matrix && b_0)))
              || (bk == 2'd1 && b_reg && b_small) || (bk == 2'd2 && b_imm && b_0);
    wire sh_ok = sh_0 || (is_mul && sh != 2'd3) || is_dot || matrix
              || ((is_unpack || is_send) && format);
    // imm is all of it where it is b, but for an address and a length
    wire imm_ok   = is_rnd || (is_tab && table_ok) || (matrix && rows_ok)
                 || ((branch || is_loop || is_unpack) && address)
                 || (is_free && streams_ok) || (is_send && routes_ok)
                 || (!matrix && !is_free && !is_send && imm_0);
    wire imm_b_ok = !(single || is_len) || (address && !(is_len && imm_0));

    assign bad_op    = kind == 11'd0;
    assign bad_field = (s && !elementwise) || !sh_ok || !d_ok || !a_ok || !b_ok
                    || (bk == 2'd2 ? !imm_b_ok : !imm_ok) || (is_loop && d_0);
    wire unused = &{1'b0, is_end, word};
endmodule
`default_nettype wire
