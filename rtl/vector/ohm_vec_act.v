// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// What an operation asks of the lanes, decoded once for all of them and kept in registers: s2 is
// the first that needs it, and the lanes' logic stays small where it sees no more of the word.
//
//   op     _<ins>_______   stands still from the cycle of s1 at the latest
//   act    _______<act>_   one cycle later
//
// Throughput: one operation a cycle. Parameters: none.
module ohm_vec_act (
    input  wire        clk,
    input  wire [5:0]  op,
    input  wire [5:0]  sh,
    input  wire [3:0]  table_shift,
    output wire        plus,            // at once
    output reg  [16:0] act,             // as ohm_vec_lane takes it apart
    output reg  [5:0]  count,           // of the shift
    output reg  [15:0] table_one,       // 2^table_shift of tab, else 0
    output reg  [15:0] table_rest       // bits below
);
`include "ohm_map.vh"
    wire        is_tab = op == VOP_TAB, is_shl = op == VOP_SHL, is_abs = op == VOP_ABS;
    wire        is_product = op == VOP_MUL || op == VOP_DOT || op == VOP_MV || op == VOP_MT;
    wire [15:0] one = 16'd1 << table_shift;
    reg  [1:0]  both_of;                // a, b, and, or
    always @* case (op)
        VOP_MOV, VOP_PUT, VOP_UNPACK, VOP_RND: both_of = 2'd1;
        VOP_AND: both_of = 2'd2;
        VOP_OR:  both_of = 2'd3;
        default: both_of = 2'd0;
    endcase
    assign plus = op == VOP_ADD;
    always @(posedge clk) begin
        act <= {!is_product && !is_tab, is_shl || op == VOP_SUM, plus || op == VOP_SUB, is_abs,
                op == VOP_CEQ, op == VOP_CLT, op == VOP_MAX, op == VOP_MIN, both_of,
                op == VOP_XOR, op == VOP_CLZ, plus || is_abs, is_product, op == VOP_SRA, is_shl,
                is_tab};
        count      <= is_tab ? {2'd0, table_shift} : op == VOP_UNPACK ? 6'd0 : sh;
        table_one  <= is_tab ? one : 16'd0;
        table_rest <= is_tab ? one - 16'd1 : 16'd0;
    end
endmodule
`default_nettype wire
