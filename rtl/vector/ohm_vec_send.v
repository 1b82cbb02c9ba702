// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Packs elements into words and hands them to the output stage, a packet of up to COLS words a
// bank.
//
//   s1  up to four elements out of a group, from lane s1_lane on
//   s2  clipped and packed
//   s3  on the shell's result port; the first word of a packet waits there for a bank (`wait`),
//       and everything behind it stands still
//
// Throughput: one word a cycle. Latency: s1 to s3. Parameters: as docs/reference/configurations.md.
module ohm_vec_send #(
    parameter LANES = 8,
    parameter COLS  = 128,
    parameter LW    = $clog2(LANES)
) (
    input  wire                clk,
    input  wire                clear,
    input  wire                s1_valid,
    input  wire                s1_first,    // first word of the vector
    input  wire                s1_last,     // last one
    input  wire [LW-1:0]       s1_lane,
    input  wire [32*LANES-1:0] s1_data,
    input  wire [1:0]          format,
    input  wire [1:0]          last_packed, // elements of the last word, less 1
    output wire                hold,        // s1 and what comes behind it must stand still
    input  wire                res_ready,
    output wire                res_valid,
    output wire [7:0]          res_idx,
    output wire [31:0]         res_data,
    output wire                res_done,
    output wire [15:0]         res_at
);
    localparam integer LAST = COLS - 1;
    localparam [7:0] TOP = LAST[7:0];

    // ---- s1: element j of a word lies in a lane that is a multiple of its format's words ----
    wire [31:0] e [0:3];
    localparam [LW-1:0] ONE = 1, TWO = 2, THREE = 3;
    wire [LW-1:0] lane1 = s1_lane | ONE;
    wire [LW-1:0] lane2 = (s1_lane & ~THREE) | TWO;
    wire [LW-1:0] lane3 = s1_lane | THREE;
    assign e[0] = s1_data[32*s1_lane +: 32];
    assign e[1] = s1_data[32*lane1 +: 32];
    assign e[2] = s1_data[32*lane2 +: 32];
    assign e[3] = s1_data[32*lane3 +: 32];
    reg [127:0] four_q;
    reg [3:1]   keep_q;
    reg         valid2_q, first2_q, last2_q;
    wire [3:0]  keep = s1_last ? ~(4'b1110 << last_packed) : 4'b1111;
    always @(posedge clk) begin
        if (!hold) begin
            four_q   <= {e[3], e[2], e[1], e[0]};
            keep_q   <= keep[3:1];
            first2_q <= s1_first;
            last2_q  <= s1_last;
            valid2_q <= s1_valid;
        end
        if (clear) valid2_q <= 1'b0;
    end

    // ---- s2 ----
    function [31:0] clipped;
        input [31:0] v;
        input [31:0] low;
        input [31:0] high;
        clipped = $signed(v) < $signed(low) ? low : $signed(v) > $signed(high) ? high : v;
    endfunction
    wire [31:0] low  = format == 2'd0 ? 32'd0 : format == 2'd1 ? -32'sd127 : -32'sd32768;
    wire [31:0] high = format == 2'd0 ? 32'd255 : format == 2'd1 ? 32'd127 : 32'd32767;
    wire [31:0] c0 = clipped(four_q[31:0], low, high),   c1 = clipped(four_q[63:32], low, high);
    wire [31:0] c2 = clipped(four_q[95:64], low, high),  c3 = clipped(four_q[127:96], low, high);
    wire [31:0] bytes  = {c3[7:0] & {8{keep_q[3]}}, c2[7:0] & {8{keep_q[2]}},
                          c1[7:0] & {8{keep_q[1]}}, c0[7:0]};
    wire [31:0] halves = {c1[15:0] & {16{keep_q[1]}}, c0[15:0]};
    reg  [31:0] word_q;
    reg         valid3_q, last3_q;
    reg  [7:0]  idx_q;                      // word of the packet
    reg  [15:0] at_q;                       // words before the packet
    always @(posedge clk) begin
        if (!hold) begin
            word_q   <= format[1] ? (format[0] ? four_q[31:0] : halves) : bytes;
            valid3_q <= valid2_q;
            last3_q  <= last2_q;
            if (valid2_q) begin
                idx_q <= first2_q || idx_q == TOP ? 8'd0 : idx_q + 8'd1;
                if (first2_q) at_q <= 16'd0;
                else if (idx_q == TOP) at_q <= at_q + COLS[15:0];
            end
        end
        if (clear) valid3_q <= 1'b0;
    end

    // ---- s3 ----
    assign hold      = valid3_q && idx_q == 8'd0 && !res_ready;
    assign res_valid = valid3_q && !hold;
    assign res_idx   = idx_q;
    assign res_data  = word_q;
    assign res_done  = res_valid && (last3_q || idx_q == TOP);
    assign res_at    = at_q;
    wire unused = &{1'b0, keep[0], c0[31:16], c1[31:16], c2[31:8], c3[31:8]};
endmodule
`default_nettype wire
