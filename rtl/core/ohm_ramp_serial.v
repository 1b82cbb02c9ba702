// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_ramp for small tiles: each step of the ramp, START-1 to STOP, waits until the
// macro's one comparator has gone through the columns and the capture has kept the answers.
//
//   load       _/~~\___________________________
//   ramp_en    ___________/~~\_________________    one cycle a step; ramp_step stands
//   ready      ~~~~~~~~~~~~~~~\_____/~~~~~~~~~~    the comparators have answered
//   ans        _____________________/~~\________    ans_first: START-1; ans_last: the last step's
//   hold       _________________________/~~~~\__    of the capture
//
// `halt` (early stop: every column has tripped) ends the ramp with the answer to a step.
// Throughput: a step in four cycles at least. Latency: none fixed.
// Legal: CODE_W 4-11; -2^(CODE_W-1) < START < STOP < 2^(CODE_W-1).
`default_nettype none

module ohm_ramp_serial #(
    parameter CODE_W = 10,
    parameter TAG_W = 12
) (
    input  wire              clk,
    input  wire              run,
    input  wire              load,
    input  wire [CODE_W-1:0] start,
    input  wire [CODE_W-1:0] stop,
    input  wire [TAG_W-1:0]  load_tag,
    input  wire              halt,
    input  wire              ready,         // the comparators have answered
    input  wire              hold,          // the last answer is still being kept
    output wire              ramp_en,
    output wire [CODE_W-1:0] ramp_step,
    output wire [CODE_W-1:0] next_step,     // ramp_step of the next cycle
    output wire [CODE_W:0]   left,
    output wire              busy,
    output wire              ans,
    output wire              ans_first,
    output wire              ans_last,
    output wire [CODE_W-1:0] ans_step,
    output wire              tag_move,      // cycle of step START-1: the tag goes on to the capture
    output wire [TAG_W-1:0]  tag
);
    reg              en_q, first_q, busy_q;
    reg [CODE_W-1:0] step_q;
    reg [CODE_W:0]   left_q;
    reg [TAG_W-1:0]  tag_q;
    wire [CODE_W:0]  steps = {stop[CODE_W-1], stop} - {start[CODE_W-1], start} + 2;

    reg  ask_q;                         // the answer is awaited
    // it comes out of registers: capture and macro are far apart
    reg  ans_q, ans_first_q, ans_last_q;
    wire here = ask_q && ready;
    wire next = left_q != 0 && !en_q && !ask_q && !ans_q && !hold;
    always @(posedge clk) begin
        if (!run) begin
            en_q <= 1'b0;
            ask_q <= 1'b0;
            ans_q <= 1'b0;
            busy_q <= 1'b0;
            left_q <= {CODE_W+1{1'b0}};
        end else begin
            en_q <= next && !load;
            ans_q <= here;
            ask_q <= en_q || (ask_q && !ready);
            busy_q <= load || (busy_q && !ans_last);
            if (load) left_q <= steps;
            else if (ans_last) left_q <= {CODE_W+1{1'b0}};
            else if (next) left_q <= left_q - 1'b1;
        end
        ans_first_q <= here && first_q;
        ans_last_q  <= here && (left_q == 0 || (halt && !first_q));
        if (load) first_q <= 1'b1;
        else if (ans) first_q <= 1'b0;
        step_q <= next_step;
        if (load) tag_q <= load_tag;
    end
    assign next_step = load ? start - 1'b1 : next && !first_q ? step_q + 1'b1 : step_q;
    assign {ans, ans_first, ans_last} = {ans_q, ans_first_q, ans_last_q};
    assign ans_step = step_q;

    assign ramp_en = en_q;
    assign ramp_step = step_q;
    assign left = left_q;
    assign busy = busy_q;
    assign tag_move = en_q && first_q;
    assign tag = tag_q;
endmodule

`default_nettype wire
