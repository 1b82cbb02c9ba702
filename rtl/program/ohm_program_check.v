// SPDX-License-Identifier: Apache-2.0
// The programming engine's check at enable: every register passes by once; what is wrong is known
// behind the last, the lowest detail counts (docs/reference/programming.md, "Refused"). The fields
// that a run needs all the time stay here.
//
//   clear   ~~\___________________
//   valid   ____/~~~~~~~~~\_______      place (as of ohm_program_regs) and its word
//   bad     ________________/~~~~~      detail
//
// Throughput: a register a cycle. Latency: 1. Legal: ROWS 4-256; CODE_W 4-11; NSTREAM 1-4; CODES:
// of a converter, from START to STOP at most, 0: any.
`default_nettype none

module ohm_program_check #(
    parameter ROWS = 128,
    parameter CODE_W = 10,
    parameter NSTREAM = 4,
    parameter CODES = 0
) (
    input  wire              clk,
    input  wire              clear,
    input  wire              valid,
    input  wire [3:0]        place,
    input  wire [31:0]       word,
    output wire              bad,
    output wire [4:0]        detail,
    // PROGRAM, PROGRAM_ROWS
    output wire              plus,
    output wire              minus,
    output wire [1:0]        part,
    output wire              codes,
    output wire [7:0]        row_first,
    output wire [7:0]        row_step,
    output wire [7:0]        row_count1,
    // PHASE_RAMP of phase 1
    output wire [CODE_W-1:0] least,
    output wire [CODE_W-1:0] most
);
    `include "ohm_map.vh"
    `include "ohm_program.vh"

    localparam [24:0] LSB_MAX = 25'd1 << 24;
    localparam [11:0] MARGIN_MAX = 12'd2048;
    localparam signed [15:0] CODE_LIMIT = 16'sd1 << (CODE_W - 1);
    localparam signed [31:0] ALL_CODES = CODES;
    localparam signed [16:0] SPAN = ALL_CODES[16:0];

    reg [8:0]  program_q;
    reg [23:0] rows_q;
    reg [CODE_W-1:0] least_q, most_q;
    reg        used_q;                      // the phase has iterations
    // phase 1 is read even without iterations: it has the final read
    wire       reads = place[3] || used_q;

    wire [3:0]  w = word[PHASE_READ_W_LSB +: PHASE_READ_W_W];
    wire        phase_used = word[PHASE_READ_LIMIT_LSB +: PHASE_READ_LIMIT_W] != 8'd0;
    wire signed [15:0] start = word[PHASE_RAMP_START_LSB +: PHASE_RAMP_START_W];
    wire signed [15:0] stop = word[PHASE_RAMP_STOP_LSB +: PHASE_RAMP_STOP_W];
    wire signed [16:0] span = {stop[15], stop} - {start[15], start};
    wire [7:0]  amp0 = word[PHASE_SET_AMP0_LSB +: PHASE_SET_AMP0_W];
    wire [7:0]  amp_max = word[PHASE_SET_AMP_MAX_LSB +: PHASE_SET_AMP_MAX_W];
    wire [1:0]  asked = word[PROGRAM_STREAM_LSB +: PROGRAM_STREAM_W];
    wire [7:0]  first = word[PROGRAM_ROWS_FIRST_LSB +: PROGRAM_ROWS_FIRST_W];
    wire [7:0]  step = word[PROGRAM_ROWS_STEP_LSB +: PROGRAM_ROWS_STEP_W];
    wire [7:0]  count1 = word[PROGRAM_ROWS_COUNT1_LSB +: PROGRAM_ROWS_COUNT1_W];

    reg wrong;                              // the word that passes by
    always @* case (place[2:0])
        PLACE_READ: wrong = (place[3] || phase_used) && (w == 4'd0 || w > 4'd8
            || word[PHASE_READ_K_LSB +: PHASE_READ_K_W] > 3'd4
            || word[PHASE_READ_MARGIN_LSB +: PHASE_READ_MARGIN_W] > MARGIN_MAX);
        PLACE_RAMP: wrong = reads && (start >= stop || start <= -CODE_LIMIT || stop >= CODE_LIMIT
            || (CODES != 0 && span >= SPAN));
        PLACE_LSB: wrong = reads && (word[24:0] == 25'd0 || word[24:0] > LSB_MAX);
        PLACE_SET, PLACE_RESET: wrong = used_q && (amp0 > amp_max
            || word[PHASE_SET_WIDTH0_LSB +: PHASE_SET_WIDTH0_W]
                > word[PHASE_SET_WIDTH_MAX_LSB +: PHASE_SET_WIDTH_MAX_W]
            || (word[PHASE_SET_AMP_STEP_LSB +: PHASE_SET_AMP_STEP_W] == 8'd0 && amp0 != amp_max));
        PLACE_PROGRAM: wrong = !place[3] && ((!word[PROGRAM_PLUS_LSB] && !word[PROGRAM_MINUS_LSB])
            || word[PROGRAM_PART_LSB +: PROGRAM_PART_W] == 2'd3
            || {1'b0, asked} >= NSTREAM[2:0]);
        PLACE_ROWS: wrong = !place[3] && ({1'b0, first} >= ROWS[8:0] || {1'b0, step} >= ROWS[8:0]
            || step == 8'd0 || {1'b0, count1} >= ROWS[8:0]);
        default: wrong = 1'b0;
    endcase

    reg [5:0] fault_q;                      // details 21 to 26
    always @(posedge clk) begin
        if (clear) fault_q <= 6'd0;
        else if (valid && wrong) case (place[2:0])
            PLACE_PROGRAM: fault_q[0] <= 1'b1;
            PLACE_ROWS: fault_q[1] <= 1'b1;
            PLACE_READ: fault_q[2] <= 1'b1;
            PLACE_RAMP: fault_q[3] <= 1'b1;
            PLACE_LSB: fault_q[4] <= 1'b1;
            default: fault_q[5] <= 1'b1;
        endcase
        if (valid && place[2:0] == PLACE_READ) used_q <= phase_used;
        if (valid && place == {1'b0, PLACE_PROGRAM}) program_q <= word[8:0];
        if (valid && place == {1'b0, PLACE_ROWS}) rows_q <= word[23:0];
        if (valid && place == {1'b1, PLACE_RAMP})
            {most_q, least_q} <= {stop[CODE_W-1:0], start[CODE_W-1:0]};
    end
    integer i;
    reg [4:0] lowest;
    always @* begin
        lowest = 5'd0;
        for (i = 5; i >= 0; i = i - 1) if (fault_q[i]) lowest = BAD_DESC_PROGRAM[4:0] + i[4:0];
    end
    assign bad = fault_q != 6'd0;
    assign detail = lowest;
    assign plus = program_q[PROGRAM_PLUS_LSB];
    assign minus = program_q[PROGRAM_MINUS_LSB];
    assign part = program_q[PROGRAM_PART_LSB +: PROGRAM_PART_W];
    assign codes = program_q[PROGRAM_REPORT_LSB];
    assign row_first = rows_q[PROGRAM_ROWS_FIRST_LSB +: PROGRAM_ROWS_FIRST_W];
    assign row_step = rows_q[PROGRAM_ROWS_STEP_LSB +: PROGRAM_ROWS_STEP_W];
    assign row_count1 = rows_q[PROGRAM_ROWS_COUNT1_LSB +: PROGRAM_ROWS_COUNT1_W];
    assign {least, most} = {least_q, most_q};
    wire unused = &{1'b0, program_q, span};
endmodule

`default_nettype wire
