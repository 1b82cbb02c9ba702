// SPDX-License-Identifier: Apache-2.0
// Column counters of oscillator converters (ADC = 1): each column adds the counts that its
// oscillator makes while it integrates, up or down, and the one that is left after the sample
// (noise, what the last tick did not finish). The sum is then held until the scan takes it, and the
// counters begin again.
//
//   tick (int_en)  _/~~~~ ... ~~\_____________   cycles 1 ... N of the read
//   cnt_valid      ____/~~~~ ... ~~\______/~~\_  one cycle behind each tick; with `last` the rest
//   last           _______________________/~~\_  cycle N + 4
//   full           __________________________/~~ until the values move
//
// A sum is whole modulo 2^(CODE_W+1), and lies in -2^(CODE_W-1) ... 2^(CODE_W-1)
// (docs/reference/borders.md), so no order of ups and downs can spoil it.
// Throughput: one conversion per read. Latency last to full: 1. The capture must be empty when
// `last` comes; ohm_ctrl sees to it. Legal: COLS 4-256; CODE_W 4-11.
`default_nettype none

module ohm_capture_cco #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter TAG_W = 12,
    parameter W = CODE_W + 1
) (
    input  wire              clk,
    input  wire              run,
    input  wire              cnt_valid,
    input  wire [COLS*W-1:0] cnt,           // signed counts of a tick, column c at c*W
    input  wire              last,
    input  wire              tag_move,
    input  wire [TAG_W-1:0]  tag,
    output wire              full,
    output wire [COLS*W-1:0] value,
    output wire [TAG_W-1:0]  value_tag,
    input  wire              move
);
    reg [COLS*W-1:0] sum_q, value_q;
    reg [TAG_W-1:0]  tag_q;
    reg              full_q;
    wire [COLS*W-1:0] sum;

    genvar c;
    generate
        for (c = 0; c < COLS; c = c + 1) begin : g_col
            assign sum[c*W +: W] = sum_q[c*W +: W] + (cnt_valid ? cnt[c*W +: W] : {W{1'b0}});
        end
    endgenerate

    always @(posedge clk) begin
        if (!run) full_q <= 1'b0;
        else if (last) full_q <= 1'b1;
        else if (move) full_q <= 1'b0;
        if (!run || last) sum_q <= {COLS*W{1'b0}};
        else if (cnt_valid) sum_q <= sum;
    end
    always @(posedge clk) begin             // data, without reset
        if (last) value_q <= sum;
        if (tag_move) tag_q <= tag;
    end

    assign full = full_q;
    assign value = value_q;
    assign value_tag = tag_q;

`ifdef FORMAL
    // Each count of a column enters exactly one code: all counts = all codes that were captured +
    // what is being counted. A code stands until it is taken.
    (* anyconst *) reg [7:0] f_col;
    reg         f_past = 1'b0;
    reg [W-1:0] f_all = {W{1'b0}}, f_taken = {W{1'b0}}, f_code;
    wire [W-1:0] f_cnt = cnt[f_col*W +: W], f_sum = sum_q[f_col*W +: W],
        f_value = value_q[f_col*W +: W];
    wire [W-1:0] f_total = f_sum + (cnt_valid ? f_cnt : {W{1'b0}});
    always @(posedge clk) begin
        f_past <= 1'b1;
        if (!run) begin
            f_all <= {W{1'b0}};
            f_taken <= {W{1'b0}};
        end else begin
            if (cnt_valid) f_all <= f_all + f_cnt;
            if (last) f_taken <= f_taken + f_total;
        end
        if (last) f_code <= f_all - f_taken + (cnt_valid ? f_cnt : {W{1'b0}});
    end
    always @* begin
        assume (f_col < COLS);
        if (!f_past) assume (!run);
        assume (!last || (run && (!full_q || move)));   // ohm_ctrl
        assume (!move || full_q);
        if (f_past) assert (f_sum == f_all - f_taken);
        if (f_past && full_q) assert (f_value == f_code);
    end
    always @(posedge clk) cover (f_past && full_q && f_value == 3 && f_sum == {W{1'b1}});
`endif
endmodule

`default_nettype wire
