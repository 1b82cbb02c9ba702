// SPDX-License-Identifier: Apache-2.0
// Ramp counter: after `load` (the cycle before `sample`) it steps from START-1 to STOP, one step a
// cycle, and marks the comparators' answers one cycle behind.
//
//   load       _/~~\______________________
//   (sample)   ____/~~\___________________
//   ramp_en    _______/~~~~~~~ ... ~~\____    steps START-1, START ... STOP
//   ans        __________/~~~~ ... ~~~~~\_    ans_step; ans_first: START-1; ans_last: the last one
//   left         <M ><M-1>  ...  <0>          ramp_en cycles after this one, M = STOP - START + 2
//   busy       ____/~~~~~~~ ... ~~~~~~~~\_    unless loaded again
//
// A `load` may come in the last ramp_en cycle at the earliest: the sample then falls on the last
// answer, and the next ramp follows after one cycle. `halt` (early stop: every column has tripped)
// ends the ramp after the current step; ans_last then belongs to that step and carries nothing new.
// Throughput: one conversion per M + 1 cycles. Latency load to ans_last: M + 2. ready and hold are
// for ohm_ramp_serial.
// Legal: CODE_W 4-11; -2^(CODE_W-1) < START < STOP < 2^(CODE_W-1).
`default_nettype none

module ohm_ramp #(
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

    reg              fresh_q, ans_q, ans_first_q;
    reg [CODE_W-1:0] ans_step_q;
    wire halt_now = halt && en_q && ans_q;   // an answer of this ramp, not of the one before

    always @(posedge clk) begin
        if (!run) begin
            en_q <= 1'b0;
            first_q <= 1'b0;
            fresh_q <= 1'b0;
            busy_q <= 1'b0;
            ans_q <= 1'b0;
            ans_first_q <= 1'b0;
            left_q <= {CODE_W+1{1'b0}};
        end else begin
            ans_q <= en_q;
            ans_first_q <= en_q && first_q;
            fresh_q <= load;
            busy_q <= load || (busy_q && (fresh_q || !ans_last));
            if (load) begin
                en_q <= 1'b0;
                first_q <= 1'b1;
                left_q <= steps;
            end else begin
                en_q <= left_q != 0 && !halt_now;
                if (en_q) first_q <= 1'b0;
                if (halt_now) left_q <= {CODE_W+1{1'b0}};
                else if (left_q != 0) left_q <= left_q - 1'b1;
            end
        end
    end
    always @(posedge clk) begin             // data, without reset
        if (en_q) ans_step_q <= step_q;
        step_q <= next_step;
        if (load) tag_q <= load_tag;
    end
    assign next_step = load ? start - 1'b1 : en_q ? step_q + 1'b1 : step_q;
    assign ans = ans_q;
    assign ans_first = ans_first_q;
    assign ans_last = ans_q && !en_q;   // steps are consecutive, so a gap is the end
    assign ans_step = ans_step_q;
    wire unused = &{1'b0, ready, hold};

    assign ramp_en = en_q;
    assign ramp_step = step_q;
    assign left = left_q;
    assign busy = busy_q;
    assign tag_move = en_q && first_q;
    assign tag = tag_q;
endmodule

`default_nettype wire
