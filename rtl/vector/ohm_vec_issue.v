// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Walks over the groups of an instruction's operands: one group, or one word of a packet, a cycle.
//
//   start   _/~~\______________________    operands' numbers are there from the next cycle on
//   go      ______/~~~~~~~~~~~~~~~~\___
//   addr_*  ------<g0><g1>...<last>----
//   last    _____________________/~~\__
//
// Order: element-wise, reductions, unpack and send: groups ascending; mv: row by row; mt: group by
// group, all rows of each; rnd: like unpack with one element a word. Throughput: one group a cycle
// while go. Latency: none. Parameters: as docs/reference/configurations.md; GROUPS = VMEM_WORDS /
// LANES.
module ohm_vec_issue #(
    parameter LANES  = 8,
    parameter GROUPS = 512,
    parameter LW     = $clog2(LANES),
    parameter GW     = $clog2(GROUPS)
) (
    input  wire             clk,
    input  wire             start,
    input  wire             go,
    input  wire [5:0]       op,
    input  wire [1:0]       format,
    input  wire             once,       // scalar form, or a send of which nothing is left
    input  wire [6:0]       stride,
    input  wire [9:0]       at_d,
    input  wire [9:0]       at_a,
    input  wire [9:0]       at_b,
    input  wire [7:0]       rows1,      // rows, less 1; right in the cycle of start
    input  wire [11:0]      element,
    input  wire [11:0]      len1,       // L - 1
    input  wire [11:0]      words1,     // words of a packet, less 1
    output wire             last,       // the last one of the instruction
    output wire             first_term, // a sum begins
    output wire             last_term,  // a sum ends
    output wire [GW-1:0]    addr_a,
    output wire [GW-1:0]    addr_b,
    output wire [GW-1:0]    addr_d,
    output wire [LW-1:0]    lane,       // of b (get, mt), of a (send)
    output reg  [LANES-1:0] on,         // lanes with an element
    output wire [11:0]      count       // group or word
);
`include "ohm_map.vh"
    localparam UW = 4 - LW;             // log2 of groups a number
    // what it is, in the cycle of start; registers say it while it walks
    wire mv = op == VOP_MV, mt = op == VOP_MT, get = op == VOP_GET, put = op == VOP_PUT;
    wire unpack = op == VOP_UNPACK || op == VOP_RND, send = op == VOP_SEND;
    reg  is_mv, is_mt, is_get, is_put, is_unpack, is_send;
    reg  [2:0]    packed_n;             // elements a word of a packet
    reg  [1:0]    last_packed;          // of the last one, less 1

    reg  [11:0]   inner_q, outer_q;
    reg  [GW-1:0] a_q, b_q, d_q, row_q; // groups behind the operand's first one; row_q: its row
    reg  [LW-1:0] lane_q;

    wire [11:0] groups1 = {{LW{1'b0}}, len1[11:LW]};
    reg  [11:0] inner1, outer1;         // the last ones
    assign first_term = inner_q == 12'd0;
    assign last_term  = inner_q == inner1;
    assign last       = last_term && outer_q == outer1;
    assign count      = is_mt ? outer_q : inner_q;

    wire [5:0]    lane_from = {{6-LW{1'b0}}, lane_q};
    wire [5:0]    lane_next = lane_from + {3'd0, packed_n};
    wire [16:0]   step = {10'd0, stride} << UW;

    wire [15:0]   element_at = {4'd0, element} >> LW;
    wire [GW-1:0] element_group = element_at[GW-1:0];
    wire          single = is_get || is_put;
    wire [13:0]   base_a = {4'd0, at_a} << UW;
    wire [13:0]   base_b = {4'd0, at_b} << UW;
    wire [13:0]   base_d = {4'd0, at_d} << UW;
    assign addr_a = base_a[GW-1:0] + a_q;
    // `get` and `send` read by the port whose lane can be chosen
    wire [GW-1:0] base_chosen = is_get || is_send ? base_a[GW-1:0] : base_b[GW-1:0];
    assign addr_b = base_chosen + (is_get ? element_group : b_q);
    assign addr_d = base_d[GW-1:0] + (is_put ? element_group : d_q);
    assign lane   = single ? element[LW-1:0] : lane_q;

    always @(posedge clk) begin
        if (go) begin
            inner_q <= last_term ? 12'd0 : inner_q + 12'd1;
            if (last_term) outer_q <= outer_q + 12'd1;
            if (is_mv) begin
                a_q <= last_term ? row_q + step[GW-1:0] : a_q + 1'b1;
                b_q <= last_term ? {GW{1'b0}} : b_q + 1'b1;
                if (last_term) row_q <= row_q + step[GW-1:0];
            end else if (is_mt) begin
                a_q <= last_term ? row_q + 1'b1 : a_q + step[GW-1:0];
                if (last_term) row_q <= row_q + 1'b1;
                {b_q, lane_q} <= last_term ? {GW+LW{1'b0}} : {b_q, lane_q} + 1'b1;
                if (last_term) d_q <= d_q + 1'b1;
            end else if (is_unpack || is_send) begin
                lane_q <= lane_next[LW-1:0];
                if (lane_next == LANES[5:0]) begin
                    b_q <= b_q + 1'b1;
                    d_q <= d_q + 1'b1;
                end
            end else begin
                a_q <= a_q + 1'b1;
                b_q <= b_q + 1'b1;
                d_q <= d_q + 1'b1;
            end
        end
        if (start) begin
            {is_mv, is_mt, is_get, is_put, is_unpack, is_send} <= {mv, mt, get, put, unpack, send};
            packed_n    <= format[1] ? (format[0] ? 3'd1 : 3'd2) : 3'd4;
            last_packed <= format[1] ? (format[0] ? 2'd0 : {1'b0, len1[0]}) : len1[1:0];
            inner1  <= get || put || once ? 12'd0 : mt ? {4'd0, rows1}
                     : unpack || send ? words1 : groups1;
            outer1  <= mv ? {4'd0, rows1} : mt ? groups1 : 12'd0;
            inner_q <= 12'd0;
            outer_q <= 12'd0;
            a_q     <= {GW{1'b0}};
            b_q     <= {GW{1'b0}};
            d_q     <= {GW{1'b0}};
            row_q   <= {GW{1'b0}};
            lane_q  <= {LW{1'b0}};
        end
    end

    // lanes: all but those behind the last element; of `unpack` the ones of this word
    wire at_end = is_mt ? outer_q == groups1 : last_term;
    integer i;
    always @* begin
        for (i = 0; i < LANES; i = i + 1)
            if (is_put) on[i] = element[LW-1:0] == i[LW-1:0];
            else if (is_unpack)
                on[i] = i[5:0] >= lane_from && i[5:0] < lane_next
                     && (!last_term || i[5:0] <= lane_from + {4'd0, last_packed});
            else on[i] = !at_end || i[LW-1:0] <= len1[LW-1:0];
    end
    wire unused = &{1'b0, step, base_a, base_b, base_d, element_at};
endmodule
`default_nettype wire
