// SPDX-License-Identifier: Apache-2.0
//
// One instruction of the vector unit, any legal word (ohm_vec_decode) with any registers, length,
// streams and routes: what finds its faults (ohm_vec_place) and the walk over its groups
// (ohm_vec_issue), which may be held up at any time. Proved by induction:
//   where no fault is found, each group that is written lies in the destination's own vector
//   numbers, and these in the memory, no address of them wrapped; the walk ends: each step goes on
//   in the order of its two counters, which have an end.
//
`default_nettype none
module vec_walk #(
    parameter LANES = 4,
    parameter WORDS = 256
) (
    input wire clk
);
`include "ohm_map.vh"
    localparam LW = $clog2(LANES), GW = $clog2(WORDS) - LW, UW = 4 - LW;
    localparam [15:0] GROUPS = 1 << GW;
    (* anyconst *) wire [63:0] ins;
    (* anyconst *) wire [31:0] sb, index_d, index_a, index_b;
    (* anyconst *) wire [11:0] len1, line_words;
    (* anyconst *) wire [3:0]  held;
    (* anyconst *) wire [7:0]  unsent;
    (* anyconst *) wire        quiet;
    (* anyseq *) wire          may_go;

    wire [5:0]  op = ins[VI_OP_LSB +: VI_OP_W];
    wire        is_mv = op == VOP_MV, is_mt = op == VOP_MT, is_put = op == VOP_PUT;
    wire        by_word = op == VOP_UNPACK || op == VOP_RND;
    wire [1:0]  format = op == VOP_RND ? 2'd3 : ins[VI_SH_LSB +: 2];
    wire        d_vector, a_vector, b_vector, bad_op, bad_field;
    wire [10:0] kind;
    wire [7:0]  small_of;
    wire [6:0]  empty;
    wire        is_end;
    ohm_vec_kind #(.TABLES(2)) u_kind (
        .word(ins), .kind(kind), .small_of(small_of), .empty(empty), .is_end(is_end)
    );
    ohm_vec_decode u_decode (
        .word(ins), .kind(kind), .small_of(small_of), .empty(empty),
        .d_vector(d_vector), .a_vector(a_vector), .b_vector(b_vector),
        .bad_op(bad_op), .bad_field(bad_field)
    );

    // cycles since the beginning: operands are placed in 1, the walk may begin in 2, faults are
    // known in 3
    reg  [1:0] age_q = 2'd0;
    reg        over_q = 1'b0;
    wire       start = age_q == 2'd1;
    wire       go    = age_q >= 2'd2 && may_go && !over_q;
    wire       judged = age_q == 2'd3;
    wire       last, first_term, last_term;
    always @(posedge clk) begin
        if (!judged) age_q <= age_q + 2'd1;
        if (go && last) over_q <= 1'b1;
    end

    wire [9:0]       at_d, at_a, at_b;
    wire [7:0]       rows1;
    wire [11:0]      element, words1, count;
    wire [3:0]       fault;
    wire [GW-1:0]    addr_a, addr_b, addr_d;
    wire [LW-1:0]    lane;
    wire [LANES-1:0] lanes_on;
    ohm_vec_place #(.WORDS(WORDS)) u_place (
        .clk(clk), .start(start), .ins(ins), .format(format), .d_vector(d_vector),
        .a_vector(a_vector), .b_vector(b_vector), .sb(sb), .index_d(index_d), .index_a(index_a),
        .index_b(index_b), .len1(len1), .held(held), .unsent(unsent), .line_words(line_words),
        .at_d(at_d), .at_a(at_a), .at_b(at_b), .rows1(rows1), .element(element), .words1(words1),
        .fault(fault)
    );
    ohm_vec_issue #(.LANES(LANES), .GROUPS(1 << GW), .GW(GW)) u_issue (
        .clk(clk), .start(start), .go(go), .op(op), .format(format),
        .once(ins[VI_S_LSB] || (op == VOP_SEND && quiet)), .stride(ins[14:8]), .at_d(at_d),
        .at_a(at_a), .at_b(at_b), .rows1(rows1), .element(element), .len1(len1), .words1(words1),
        .last(last), .first_term(first_term), .last_term(last_term), .addr_a(addr_a),
        .addr_b(addr_b), .addr_d(addr_d), .lane(lane), .on(lanes_on), .count(count)
    );
    (* hierconn *) wire [11:0]   \u_issue.inner_q ;
    (* hierconn *) wire [11:0]   \u_issue.outer_q ;
    (* hierconn *) wire [7:0]    \u_place.more_d ;
    (* hierconn *) wire [9:0]    \u_place.at_1 ;
    (* hierconn *) wire          \u_place.far_1 ;
    (* hierconn *) wire          \u_place.far_d ;
    (* hierconn *) wire          \u_issue.is_mv ;
    (* hierconn *) wire          \u_issue.is_mt ;
    (* hierconn *) wire          \u_issue.is_get ;
    (* hierconn *) wire          \u_issue.is_put ;
    (* hierconn *) wire          \u_issue.is_unpack ;
    (* hierconn *) wire          \u_issue.is_send ;
    (* hierconn *) wire [2:0]    \u_issue.packed_n ;
    (* hierconn *) wire [11:0]   \u_issue.inner1 ;
    (* hierconn *) wire [11:0]   \u_issue.outer1 ;
    (* hierconn *) wire [GW-1:0] \u_issue.d_q ;
    (* hierconn *) wire [LW-1:0] \u_issue.lane_q ;
    wire [11:0] inner = \u_issue.inner_q , outer = \u_issue.outer_q ;
    wire [11:0] inner1 = \u_issue.inner1 , outer1 = \u_issue.outer1 ;

    // ---- where it writes: numbers of the destination, groups of them, in 16 bits ----
    wire [15:0] first   = {4'd0, at_d, 2'd0} << (UW - 2);
    wire [15:0] numbers = is_mv ? {12'd0, rows1[7:4]} + 16'd1 : {8'd0, len1[11:4]} + 16'd1;
    wire [15:0] behind  = first + (numbers << UW);
    wire [15:0] single  = first + ({4'd0, element} >> LW);
    wire [15:0] row     = first + ({8'd0, rows1} >> LW);        // of the last row of mv
    wire [13:0] element_now = by_word ? (format[1] ? (format[0] ? {2'd0, inner}
                                                                : {1'd0, inner, 1'b0})
                                                   : {inner, 2'd0}) : 14'd0;
    // group behind the destination's first one
    wire [15:0] step    = is_mt ? {4'd0, outer} : by_word ? {2'd0, element_now} >> LW
                        : {4'd0, inner};
    reg  [11:0] f_inner, f_outer;
    reg         f_went = 1'b0;
    always @(posedge clk) begin
        f_went  <= go && !last;
        f_inner <= inner;
        f_outer <= outer;
    end

    always @* begin
        assume (!bad_op && !bad_field && op < VOP_LEN && op != VOP_FREE && len1 < 12'd4095);

        // what is to be shown
        if (judged && fault == 4'd0 && d_vector && !over_q) begin
            if (is_put) assert (single < GROUPS && addr_d == single[GW-1:0]);
            else if (is_mv) assert (behind <= GROUPS && row < behind);
            else assert (behind <= GROUPS && first + step < behind
                         && addr_d == first[GW-1:0] + step[GW-1:0]);
        end
        if (f_went) assert (outer > f_outer || (outer == f_outer && inner > f_inner));
        if (age_q >= 2'd2 && !over_q && d_vector == 1'b1)
            assert (inner <= inner1 && outer <= outer1);

        // what induction needs
        if (age_q >= 2'd2 && !over_q) begin
            assert (inner <= inner1 && outer <= outer1);
            if (d_vector && !is_put && !is_mv) assert (\u_issue.d_q == step[GW-1:0]);
            if (by_word && !ins[VI_S_LSB]) assert (\u_issue.lane_q == element_now[LW-1:0]);
        end
        // what the cycle of start has left stands
        if (age_q >= 2'd2) begin
            assert (\u_issue.is_mv == is_mv && \u_issue.is_mt == is_mt && \u_issue.is_put == is_put
                    && \u_issue.is_get == (op == VOP_GET) && \u_issue.is_unpack == by_word
                    && \u_issue.is_send == (op == VOP_SEND));
            assert (\u_issue.packed_n == (format[1] ? (format[0] ? 3'd1 : 3'd2) : 3'd4));
            assert (inner1 == (ins[VI_S_LSB] || op == VOP_GET || is_put || (op == VOP_SEND && quiet)
                               ? 12'd0 : is_mt ? {4'd0, rows1}
                               : by_word || op == VOP_SEND ? words1 : {{LW{1'b0}}, len1[11:LW]}));
            assert (outer1 == (is_mv ? {4'd0, rows1}
                               : is_mt ? {{LW{1'b0}}, len1[11:LW]} : 12'd0));
            assert (\u_place.more_d == (is_mv ? {4'd0, rows1[7:4]} : len1[11:4]));
            if (is_put) assert (\u_place.at_1 == at_d && \u_place.far_1 == \u_place.far_d );
        end
        if (age_q < 2'd2) assert (!over_q && !f_went);
        if (age_q == 2'd2) assert (inner == 12'd0 && outer == 12'd0 && !over_q && !f_went);
    end
endmodule
`default_nettype wire
