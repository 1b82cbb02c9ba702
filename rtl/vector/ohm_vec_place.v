// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Where the operands of an instruction lie, and whether it may have them: the faults VALUE,
// ADDRESS, OVERLAP, STREAM and ROUTE of docs/reference/vector.md that need more than the word.
//
//   start    _/~~\__________________    the instruction stands from this cycle on
//   rows1    -<====================     rows, in the cycle of start
//   numbers  ------<===============     vector numbers, element: from the next cycle on
//   fault    ----------<===========     one later, 0 for none
//
// Throughput: one instruction in two cycles. Parameters: as docs/reference/configurations.md.
module ohm_vec_place #(
    parameter WORDS = 4096
) (
    input  wire        clk,
    input  wire        start,
    input  wire [63:0] ins,
    input  wire [1:0]  format,          // of unpack, send; one element a word for rnd
    input  wire        d_vector,
    input  wire        a_vector,
    input  wire        b_vector,
    input  wire [31:0] sb,              // b as register or immediate; rows of mv and mt
    input  wire [31:0] index_d,
    input  wire [31:0] index_a,
    input  wire [31:0] index_b,
    input  wire [11:0] len1,            // L - 1
    input  wire [3:0]  held,            // streams not freed yet
    input  wire [7:0]  unsent,          // routes not sent on yet
    input  wire [11:0] line_words,      // slot's size of the stream that is named
    output reg  [9:0]  at_d,
    output reg  [9:0]  at_a,
    output reg  [9:0]  at_b,
    output wire [7:0]  rows1,           // rows, less 1
    output reg  [11:0] element,         // of get and put
    output wire [11:0] words1,          // of unpack, send, rnd, less 1
    output reg  [3:0]  fault
);
`include "ohm_map.vh"
    localparam NW = $clog2(WORDS / 16);     // bits of a vector number

    wire [5:0]  op  = ins[VI_OP_LSB +: VI_OP_W];
    wire [15:0] imm = ins[VI_IMM_LSB +: VI_IMM_W];
    wire is_mv = op == VOP_MV, is_mt = op == VOP_MT, is_get = op == VOP_GET, is_put = op == VOP_PUT;
    wire is_unpack = op == VOP_UNPACK, is_send = op == VOP_SEND;
    wire matrix = is_mv || is_mt;

    assign words1 = format[1] ? (format[0] ? len1 : {1'b0, len1[11:1]}) : {2'd0, len1[11:2]};

    // ---- numbers ----
    // field and index register: {not below 1024, number}; of the upper bits it is enough to know
    // whether they are all 0 or, where the lower ones carry, all 1
    function [10:0] number;
        input [10:0] field;
        input [31:0] index;
        reg   [10:0] low;
        begin
            low = {1'b0, field[9:0]} + {1'b0, index[9:0] & {10{field[10]}}};
            number = {field[10] && (low[10] ? !(&index[31:10]) : |index[31:10]), low[9:0]};
        end
    endfunction
    wire [31:0] rows = imm[15] ? sb : {24'd0, imm[7:0]};
    assign rows1 = rows[7:0] - 8'd1;
    wire [10:0] place_d = number(ins[VI_D_LSB +: VI_D_W], index_d);
    wire [10:0] place_a = number(ins[VI_A_LSB +: VI_A_W], index_a);
    wire [10:0] place_b = number(ins[VI_B_LSB +: VI_B_W], index_b);
    reg         far_d, far_a, far_b, far_1, far_element, rows_bad;
    reg  [9:0]  at_1;                       // of get and put
    reg  [11:0] words_q;
    reg  [14:0] span_q;                 // from the first row of a matrix to the last one
    reg  [7:0]  more_d, more_b;         // numbers of an operand behind its first one
    wire [7:0]  of_rows = {4'd0, rows1[7:4]};
    always @(posedge clk) if (start) begin
        at_d        <= place_d[9:0];
        at_a        <= place_a[9:0];
        at_b        <= place_b[9:0];
        far_d       <= place_d[10];
        far_a       <= place_a[10];
        far_b       <= place_b[10];
        {far_1, at_1} <= is_get ? place_a : place_d;
        words_q     <= words1;
        element     <= sb[11:0];
        far_element <= sb[31:12] != 20'd0;
        more_d      <= is_mv ? of_rows : len1[11:4];
        more_b      <= is_mt ? of_rows : len1[11:4];
        rows_bad    <= rows[31:8] != 24'd0 || rows[7:0] == 8'd0;
        span_q      <= matrix ? {7'd0, rows1} * {8'd0, imm[14:8]} : 15'd0;
    end

    // ---- faults ----
    wire [15:0] last_d = {6'd0, at_d} + {8'd0, more_d};     // each operand's last number
    wire [15:0] last_a = {6'd0, at_a} + ({1'b0, span_q} + {8'd0, len1[11:4]});
    wire [15:0] last_b = {6'd0, at_b} + {8'd0, more_b};
    wire        single = is_get || is_put;
    wire [16:0] word = {3'd0, at_1, 4'd0} + {5'd0, element};
    wire        out = single ? far_1 || far_element || word[16:NW+4] != 0
                    : (d_vector && (far_d || last_d[15:NW] != 0))
                   || (a_vector && (far_a || last_a[15:NW] != 0))
                   || (b_vector && (far_b || last_b[15:NW] != 0));
    wire        meets_a = {6'd0, at_d} <= last_a && {6'd0, at_a} <= last_d
                        && (matrix || at_d != at_a);
    wire        meets_b = {6'd0, at_d} <= last_b && {6'd0, at_b} <= last_d
                        && (matrix || at_d != at_b);
    wire        overlap = !single && d_vector && ((a_vector && meets_a) || (b_vector && meets_b));
    wire [1:0]  stream = ins[VI_B_LSB +: 2];
    wire        stream_bad = is_unpack
        && (!held[stream] || {1'b0, imm[11:0]} + {1'b0, words_q} >= {1'b0, line_words});
    wire        route_bad = is_send && ((imm[7:0] & ~unsent) != 8'd0 || words_q[11:10] != 2'd0);
    always @(posedge clk) fault <= matrix && rows_bad ? PROGRAM_VALUE[3:0]
                                 : out ? PROGRAM_ADDRESS[3:0]
                                 : overlap ? PROGRAM_OVERLAP[3:0]
                                 : stream_bad ? PROGRAM_STREAM[3:0]
                                 : route_bad ? PROGRAM_ROUTE[3:0] : 4'd0;
    wire unused = &{1'b0, ins, word};
endmodule
`default_nettype wire
