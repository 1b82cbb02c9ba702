// SPDX-License-Identifier: Apache-2.0
// The report of a row (docs/reference/programming.md, "Report"), word for word into the output
// stage's bank.
//
//   show     ~~~~~~~\____________________   columns are shown: each 32 of them are a word of fails
//   emit     _______/~~~~~~~~~~\_________   then the device's other six words
//   dump     __________________/~~~~~~~~\   codes, or zeros for the device not worked on
//   emitted  _________________/\_______/\   last cycle
//
// Throughput: a word in two cycles (show, emit), a word a cycle (dump). Latency: 1. Protocol: the
// bank has been free since before show (res_ready). Legal: COLS 16-256.
`default_nettype none

module ohm_program_report #(
    parameter COLS = 128
) (
    input  wire        clk,
    input  wire        show,
    input  wire        judged,              // last_fail has a column's from the next cycle on
    input  wire [31:0] last_fail,
    input  wire        emit,
    input  wire        dump,
    output wire        emitted,
    // settings, and the device's numbers
    input  wire        plus,
    input  wire        minus,
    input  wire        codes,
    input  wire        dev,
    input  wire [7:0]  row,
    input  wire [8:0]  iterations,
    input  wire        refused_any,
    // counts: entry, its word a cycle later
    output wire [3:0]  count_at,
    input  wire [31:0] count,
    // sums: column, its word two cycles later
    output wire        walk,
    output wire [7:0]  walk_col,
    input  wire [31:0] sums,
    output wire        res_valid,
    output wire [7:0]  res_idx,
    output wire [31:0] res_data
);
`include "ohm_program.vh"
    localparam integer MASKS = (COLS + 31) / 32;
    localparam integer EACH = 6 + MASKS;
    localparam integer REST = (32 - COLS % 32) % 32;    // bits that the last word has no column for
    localparam [8:0] LAST = COLS[8:0] - 9'd1;
    localparam [8:0] LAST_ZERO = EACH[8:0] - 9'd1;
    localparam [7:0] SECOND = EACH[7:0];

    reg [8:0]  at_q;                        // column, or step
    reg [15:0] even_q;                      // the bin that shares the next word
    reg        mask_q, mask_last_q;
    reg [2:0]  mask_at_q;
    reg        valid_q, walk1_q, walk2_q;
    reg [7:0]  idx_q, col1_q, col2_q;
    reg [31:0] data_q;

    // a step of the report: 0 the device, 1 columns pulsed, 2 to 9 the bins
    wire [7:0] base = dev ? SECOND : 8'd0;
    wire [7:0] idle_base = plus ? SECOND : 8'd0;        // of the device not worked on
    wire       word_step = at_q[0] || at_q == 9'd0;
    wire [31:0] head = {7'd0, iterations, 5'd0, refused_any, 1'b1, dev, row};

    always @(posedge clk) begin
        if (!show && !emit && !dump) at_q <= 9'd0;
        else if ((show && at_q == LAST && judged) || emitted) at_q <= 9'd0;
        else if (emit || dump || judged) at_q <= at_q + 9'd1;
        mask_q <= show && judged && !codes && (at_q[4:0] == 5'd31 || at_q == LAST);
        mask_at_q <= at_q[7:5];
        mask_last_q <= at_q == LAST;
        even_q <= count[15:0];
        walk1_q <= walk;
        walk2_q <= walk1_q;
        col1_q <= at_q[7:0];
        col2_q <= col1_q;

        valid_q <= mask_q || (emit && word_step) || (dump && !codes) || walk2_q;
        idx_q <= mask_q ? base + 8'd6 + {5'd0, mask_at_q} : emit
            ? base + {4'd0, at_q == 9'd0 ? 4'd0 : at_q[4:1] + 4'd1} : codes
            ? col2_q : idle_base + at_q[7:0];
        data_q <= mask_q ? (mask_last_q ? last_fail >> REST : last_fail) : emit
            ? (at_q == 9'd0 ? head : at_q == 9'd1 ? count : {count[15:0], even_q}) : codes
            ? {minus ? sums[31:16] : 16'd0, plus ? sums[15:0] : 16'd0} : 32'd0;
    end
    assign count_at = at_q == 9'd0 ? COUNT_DEVICE : {1'b0, at_q[2:0] - 3'd1};
    assign emitted = emit ? at_q == 9'd9 : dump && at_q == (codes ? LAST + 9'd3 : LAST_ZERO);
    assign walk = dump && codes && at_q <= LAST;
    assign walk_col = at_q[7:0];
    assign res_valid = valid_q;
    assign res_idx = idx_q;
    assign res_data = data_q;
endmodule

`default_nettype wire
