// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Packs elements into words and hands them to the output stage, a packet of up to COLS words a
// bank.
//
//   s1  four elements out of a group, those with lane s1_lane among them
//   s2  clipped and packed; a word of one element comes as it is
//   s3  on the shell's result port; the first word of a packet waits there for a bank (`hold`),
//       and everything behind it stands still
//
// Throughput: one word a cycle. Latency: s1 to s3. Parameters: as docs/reference/configurations.md.
module ohm_vec_send #(
    parameter LW   = 3,                     // log2 of lanes
    parameter COLS = 128
) (
    input  wire                clk,
    input  wire                clear,
    input  wire                s1_valid,
    input  wire                s1_first,    // first word of the vector
    input  wire                s1_last,     // last one
    input  wire [LW-1:0]       s1_lane,     // of its first element
    input  wire [127:0]        s1_four,     // the four of the group with it among them
    input  wire [31:0]         s2_one,      // it, a cycle later
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

    // ---- s1 ----
    reg [127:0] four_q;
    reg         upper_q;
    reg [3:1]   keep_q;
    reg         valid2_q, first2_q, last2_q;
    wire [3:0]  keep = s1_last ? ~(4'b1110 << last_packed) : 4'b1111;
    always @(posedge clk) begin
        if (!hold) begin
            four_q   <= s1_four;
            upper_q  <= s1_lane[1];
            keep_q   <= keep[3:1];
            first2_q <= s1_first;
            last2_q  <= s1_last;
            valid2_q <= s1_valid;
        end
        if (clear) valid2_q <= 1'b0;
    end

    // ---- s2 ----
    // held to a byte (unsigned, or signed and symmetric), to 16 bits
    function [7:0] to_byte;
        input [31:0] v;
        input        is_signed;
        reg   fits;
        begin
            fits = v[30:8] == {23{v[31]}} && (is_signed ? v[7] == v[31] && v[7:0] != 8'h80
                                                        : !v[31]);
            to_byte = fits ? v[7:0] : is_signed ? (v[31] ? 8'h81 : 8'h7F) : {8{!v[31]}};
        end
    endfunction
    function [15:0] to_half;
        input [31:0] v;
        to_half = v[30:15] == {16{v[31]}} ? v[15:0] : {v[31], {15{!v[31]}}};
    endfunction
    // where a word has two, they are the upper or the lower ones of the four
    wire [31:0] even = upper_q ? four_q[64 +: 32] : four_q[0 +: 32];
    wire [31:0] odd  = upper_q ? four_q[96 +: 32] : four_q[32 +: 32];
    wire        s8   = format[0];
    wire [31:0] bytes  = {to_byte(four_q[96 +: 32], s8) & {8{keep_q[3]}},
                          to_byte(four_q[64 +: 32], s8) & {8{keep_q[2]}},
                          to_byte(four_q[32 +: 32], s8) & {8{keep_q[1]}},
                          to_byte(four_q[0 +: 32], s8)};
    wire [31:0] halves = {to_half(odd) & {16{keep_q[1]}}, to_half(even)};
    reg  [31:0] word_q;
    reg         valid3_q, last3_q;
    reg  [7:0]  idx_q;                      // word of the packet
    reg  [15:0] at_q;                       // words before the packet
    always @(posedge clk) begin
        if (!hold) begin
            word_q   <= !format[1] ? bytes : format[0] ? s2_one : halves;
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
    wire unused = &{1'b0, keep[0], s1_lane};
endmodule
`default_nettype wire
