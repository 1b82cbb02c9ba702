// SPDX-License-Identifier: Apache-2.0
// Scan registers of the converters that answer numbers (ohm_capture_cco, ohm_capture_code): when a
// conversion is whole its values move here at once and leave one a cycle, column 0 first, while the
// next conversion fills the capture.
//
//   full       _/~~\______________________   waits here while an older scan still runs
//   move       _/~~\______________________   in the last cycle of the older scan at the earliest
//   scan_valid ____/~~~~~ ... ~~\_________   COLS1 + 1 cycles, back to back with an older scan
//   scan_left     < COLS1 ... 0 >            scan cycles after this one
//
// Throughput: one conversion per COLS1 + 1 cycles. Latency full to scan_valid: 1. Legal: COLS
// 4-256; W 1 and more, bits of a value.
`default_nettype none

module ohm_scan #(
    parameter COLS = 128,
    parameter W = 11,
    parameter TAG_W = 12,
    parameter OWN = 0,          // the tag has the conversion's own COLS1 from bit COLS1_LSB up
    parameter COLS1_LSB = 0
) (
    input  wire              clk,
    input  wire              run,
    input  wire [7:0]        cols1,
    input  wire              full,
    input  wire [COLS*W-1:0] value,         // column c at c*W
    input  wire [TAG_W-1:0]  tag,
    output wire [7:0]        next_cols1,    // of the conversion that comes
    output wire              move,          // value and tag are taken
    output wire [7:0]        scan_left,
    output wire              scan_valid,
    output wire              scan_last,
    output wire [7:0]        scan_col,
    output wire [W-1:0]      scan_value,
    output wire [TAG_W-1:0]  scan_tag
);
    reg              scan_q;
    reg [7:0]        left_q, col_q;
    reg [COLS*W-1:0] value_q;
    reg [TAG_W-1:0]  tag_q;

    assign next_cols1 = OWN != 0 ? tag[COLS1_LSB +: 8] : cols1;
    assign move = full && left_q == 8'd0;
    always @(posedge clk) begin
        if (!run) begin
            scan_q <= 1'b0;
            left_q <= 8'd0;
        end else if (move) begin
            scan_q <= 1'b1;
            left_q <= next_cols1;
            col_q <= 8'd0;
        end else if (scan_q) begin
            col_q <= col_q + 8'd1;
            if (left_q == 8'd0) scan_q <= 1'b0;
            else left_q <= left_q - 8'd1;
        end
    end
    always @(posedge clk) if (move) begin   // data, without reset
        value_q <= value;
        tag_q <= tag;
    end

    assign scan_left = left_q;
    assign scan_valid = scan_q;
    assign scan_last = left_q == 8'd0;
    assign scan_col = col_q;
    assign scan_value = scan_q ? value_q[{24'd0, col_q}*W +: W] : {W{1'b0}};
    assign scan_tag = tag_q;
endmodule

`default_nettype wire
