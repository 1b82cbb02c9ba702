// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Two scalar registers compared, a register that does not count (there_* 0) as 0. All is worked out
// on the words as they are in the memory, because whether they count is known later than they are.
//
// Combinational.
module ohm_vec_compare (
    input  wire [31:0] a,
    input  wire [31:0] b,
    input  wire        there_a,
    input  wire        there_b,
    output wire        equal,
    output wire        less,            // a < b, signed
    output wire        a_one,           // a = 1
    output wire        b_length         // b is 1 to 4095
);
    wire        same   = a == b;
    wire        a_zero = a == 32'd0;
    wire        b_zero = b == 32'd0;
    wire [32:0] difference = {a[31], a} - {b[31], b};
    assign equal = there_a ? (there_b ? same : a_zero) : !there_b || b_zero;
    assign less  = there_a ? (there_b ? difference[32] : a[31]) : there_b && !b[31] && !b_zero;
    assign a_one = there_a && a == 32'd1;
    assign b_length = there_b && b[31:12] == 20'd0 && b[11:0] != 12'd0;
    wire unused = &{1'b0, difference[31:0]};
endmodule
`default_nettype wire
