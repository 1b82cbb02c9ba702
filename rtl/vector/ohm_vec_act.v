// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// What an operation asks of the lanes, decoded once for all of them and kept in registers: the
// lanes' logic stays small and quick where it sees no more of the word.
//
//   op                _<ins>_____________   from the cycle of decoding on
//   plus, from_*, act _______<s1>________   one cycle later; table_shift comes then
//   count, table_*    _____________<s2>__   two
//
// Throughput: one operation a cycle. Parameters: none.
module ohm_vec_act (
    input  wire        clk,
    input  wire [5:0]  op,
    input  wire [5:0]  sh,
    input  wire [3:0]  table_shift,
    output reg         plus,            // b is inverted
    output reg         from_hash,       // where b comes from when it is no vector
    output reg         from_line,
    output reg         from_one,
    output reg         from_a,
    output reg         is_sum,          // over the lanes
    output reg  [16:0] act,             // as ohm_vec_lane takes it apart
    output reg  [5:0]  count,           // of the shift
    output reg  [15:0] table_one,       // 2^table_shift of tab, else 0
    output reg  [15:0] table_rest,      // bits below
    output reg  [23:0] table_high       // bits of a distance above 8 that are past the table
);
`include "ohm_map.vh"
    wire        is_tab = op == VOP_TAB, is_shl = op == VOP_SHL, is_abs = op == VOP_ABS;
    wire        is_product = op == VOP_MUL || op == VOP_DOT || op == VOP_MV || op == VOP_MT;
    wire        adds = op == VOP_ADD;
    wire [15:0] one = 16'd1 << table_shift;
    reg  [1:0]  both_of;                // a, b, and, or
    always @* case (op)
        VOP_MOV, VOP_PUT, VOP_UNPACK, VOP_RND: both_of = 2'd1;
        VOP_AND: both_of = 2'd2;
        VOP_OR:  both_of = 2'd3;
        default: both_of = 2'd0;
    endcase
    always @(posedge clk) begin
        plus      <= adds;
        from_hash <= op == VOP_RND;
        from_line <= op == VOP_UNPACK;
        from_one  <= op == VOP_MT;
        from_a    <= op == VOP_PUT;
        is_sum    <= op == VOP_SUM || op == VOP_TOP || op == VOP_ARGTOP || op == VOP_DOT
                     || op == VOP_MV;
        act <= {!is_product && !is_tab, is_shl || op == VOP_SUM, adds || op == VOP_SUB, is_abs,
                op == VOP_CEQ, op == VOP_CLT, op == VOP_MAX, op == VOP_MIN, both_of,
                op == VOP_XOR, op == VOP_CLZ, adds || is_abs, is_product, op == VOP_SRA, is_shl,
                is_tab};
        count      <= is_tab ? {2'd0, table_shift} : op == VOP_UNPACK ? 6'd0 : sh;
        table_one  <= is_tab ? one : 16'd0;
        table_rest <= is_tab ? one - 16'd1 : 16'd0;
        table_high <= 24'hFFFFFF << table_shift;
    end
endmodule
`default_nettype wire
