// SPDX-License-Identifier: Apache-2.0
// From the held columns to codes that leave one a cycle: the one place that knows which kind of
// converter the macro has.
//   ADC 0  ramp: comparators (ohm_ramp, ohm_capture); where `by_table` its step n shows the macro
//          level RAMP_TAB[n mod 256]
//   ADC 1  column oscillators, counts while integrating (ohm_capture_cco); one cycle after the
//          sample for the rest
//   ADC 2  SAR, flash or sense amplifiers, one for MUX columns (ohm_capture_code);
//          MUX * ADC_CYCLES cycles
//
//   load       _/~~\______________________      the cycle before `sample`
//   ramp_en    _______/~~~~~~~ ... ~~\____      M cycles: STOP - START + 2, or CYCLES
//   ans_last   ______________________/~~\_
//   full       _________________________/~~\_
//   scan_valid ____________________________/~~~ COLS1 + 1 cycles
//
// What comes before and behind is the same for all: ohm_ctrl counts on M cycles, codes are clipped
// to START ... STOP. Kinds 1 and 2 use ohm_ramp to count their M cycles. Early stop is for ramps;
// the others take no notice of it.
// Throughput: one conversion per max(M + 1, COLS1 + 1) cycles. Latency load to ans_last: M + 2.
// Legal: as of the parts; duration links only with ADC 0.
`default_nettype none

module ohm_convert #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter TAG_W = 14,
    parameter MODES = 1,
    parameter ADC = 0,
    parameter MUX = 1,
    parameter ADC_CYCLES = 1,
    parameter CYCLES = 0,       // M of a kind without a ramp
    parameter OWN = 0,          // a conversion's COLS1 is in its tag, bits TAG_W-1 down
    parameter ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX)
) (
    input  wire              clk,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              by_table,      // static
    input  wire              init,
    input  wire [7:0]        init_idx,
    input  wire              init_end,
    input  wire              run,
    input  wire              early_stop,
    input  wire [7:0]        cols1,
    // conversion
    input  wire              load,
    input  wire [CODE_W-1:0] start,
    input  wire [CODE_W-1:0] stop,
    input  wire [TAG_W-1:0]  load_tag,
    output wire [CODE_W:0]   left,
    output wire              busy,
    output wire              ans_first,
    output wire              ans_last,
    output wire              full,
    output wire [COLS-1:0]   pulse,
    // macro
    output wire              ramp_en,
    output wire [CODE_W-1:0] ramp_step,
    input  wire [COLS-1:0]   cmp,
    input  wire              ready,         // the comparators have answered
    output wire              adc_start,
    output wire [7:0]        adc_mux,
    input  wire              adc_valid,
    input  wire [ADC_B-1:0]  adc_code,
    // scan
    input  wire              scan_next,
    output wire [7:0]        next_cols1,    // of the conversion in the capture
    output wire [7:0]        scan_left,
    output wire              scan_valid,
    output wire              scan_last,
    output wire [7:0]        scan_col,
    output wire [CODE_W-1:0] scan_code,
    output wire              scan_lo,
    output wire              scan_hi,
    output wire [TAG_W-1:0]  scan_tag
);
    `include "ohm_map.vh"

    wire              ans, tag_move;
    wire [CODE_W-1:0] ans_step, step, next_step;

    generate
        if (ADC == ADC_RAMP) begin : g_ramp
            wire             all_done;
            wire [TAG_W-1:0] ramp_tag;
            wire             hold;
            ohm_ramp #(.CODE_W(CODE_W), .TAG_W(TAG_W)) u_ramp (
                .clk(clk), .run(run), .load(load), .start(start), .stop(stop), .load_tag(load_tag),
                .halt(early_stop && all_done), .ready(ready), .hold(hold), .ramp_en(ramp_en),
                .ramp_step(step), .next_step(next_step), .left(left), .busy(busy),
                .ans(ans), .ans_first(ans_first), .ans_last(ans_last), .ans_step(ans_step),
                .tag_move(tag_move), .tag(ramp_tag)
            );
            ohm_capture #(.COLS(COLS), .CODE_W(CODE_W), .TAG_W(TAG_W), .OWN(OWN)) u_capture (
                .clk(clk), .init(init), .init_idx(init_idx), .init_end(init_end), .run(run),
                .cols1(cols1), .cmp(cmp),
                .ans(ans), .ans_first(ans_first), .ans_last(ans_last), .ans_step(ans_step),
                .tag_move(tag_move), .tag(ramp_tag), .all_done(all_done), .hold(hold),
                .pulse(pulse), .full(full), .scan_next(scan_next), .next_cols1(next_cols1),
                .scan_left(scan_left),
                .scan_valid(scan_valid), .scan_last(scan_last), .scan_col(scan_col),
                .scan_code(scan_code), .scan_lo(scan_lo), .scan_hi(scan_hi), .scan_tag(scan_tag)
            );
            if (MODES != 0) begin : g_table
                wire [CODE_W-1:0] level;
                wire [15:0]       at = {{16-CODE_W{next_step[CODE_W-1]}}, next_step};
                ohm_ram #(.DEPTH(256), .WIDTH(CODE_W)) u_table (
                    .clk(clk), .we(cfg_we && cfg_addr[15:8] == REG_RAMP_TAB[15:8]),
                    .waddr(cfg_addr[7:0]), .wdata(cfg_wdata[CODE_W-1:0]),
                    .re(1'b1), .raddr(at[7:0]), .rdata(level)
                );
                assign ramp_step = by_table ? level : step;
                wire unused_table = &{1'b0, at, cfg_wdata};
            end else begin : g_no_table
                assign ramp_step = step;
                wire unused_table = &{1'b0, next_step, cfg_we, cfg_addr, cfg_wdata, by_table};
            end
            assign adc_start = 1'b0;
            assign adc_mux = 8'd0;
            wire unused = &{1'b0, adc_valid, adc_code};
        end else begin : g_number
            localparam W = CODE_W + 1;
            localparam ALL_W = TAG_W + 2*CODE_W;        // START and STOP go with the conversion
            localparam TO = CYCLES - 1;                 // from 1: M = TO + 1
            wire [ALL_W-1:0]  ramp_tag, value_tag, all_tag;
            wire [COLS*W-1:0] value;
            wire              move;
            wire [W-1:0]      scan_value;
            ohm_ramp #(.CODE_W(CODE_W), .TAG_W(ALL_W)) u_ramp (
                .clk(clk), .run(run), .load(load), .start({{CODE_W-1{1'b0}}, 1'b1}),
                .stop(TO[CODE_W-1:0]), .load_tag({start, stop, load_tag}),
                .halt(1'b0), .ready(1'b1), .hold(1'b0), .ramp_en(ramp_en), .ramp_step(step),
                .next_step(next_step), .left(left), .busy(busy),
                .ans(ans), .ans_first(ans_first), .ans_last(ans_last), .ans_step(ans_step),
                .tag_move(tag_move), .tag(ramp_tag)
            );
            if (ADC == ADC_CCO) begin : g_cco
                assign adc_start = ramp_en;
                assign adc_mux = 8'd0;
                ohm_capture_cco #(.COLS(COLS), .CODE_W(CODE_W), .TAG_W(ALL_W)) u_capture (
                    .clk(clk), .run(run), .cnt_valid(adc_valid), .cnt(adc_code), .last(ans_last),
                    .tag_move(tag_move), .tag(ramp_tag), .full(full), .value(value),
                    .value_tag(value_tag), .move(move)
                );
            end else if (ADC == ADC_SHARED) begin : g_code
                ohm_capture_code #(.COLS(COLS), .CODE_W(CODE_W), .TAG_W(ALL_W), .MUX(MUX),
                    .ADC_CYCLES(ADC_CYCLES)) u_capture (
                    .clk(clk), .run(run), .conv(ramp_en), .adc_start(adc_start), .adc_mux(adc_mux),
                    .valid(adc_valid), .code(adc_code),
                    .last(ans_last), .tag_move(tag_move), .tag(ramp_tag), .full(full),
                    .value(value), .value_tag(value_tag), .move(move)
                );
            end else begin : g_none
                initial begin
                    $display("%m: ADC = %0d, expected a kind that is captured here", ADC);
                    $finish;
                end
            end
            ohm_scan #(.COLS(COLS), .W(W), .TAG_W(ALL_W), .OWN(OWN),
                .COLS1_LSB(TAG_W - 8)) u_scan (
                .clk(clk), .run(run), .cols1(cols1), .full(full), .value(value), .tag(value_tag),
                .next_cols1(next_cols1), .move(move),
                .scan_left(scan_left), .scan_valid(scan_valid), .scan_last(scan_last),
                .scan_col(scan_col), .scan_value(scan_value),
                .scan_tag(all_tag)
            );
            wire signed [W-1:0] number = scan_value;
            wire signed [W-1:0] low = {all_tag[ALL_W-1], all_tag[TAG_W+CODE_W +: CODE_W]};
            wire signed [W-1:0] high = {all_tag[TAG_W+CODE_W-1], all_tag[TAG_W +: CODE_W]};
            assign scan_lo = number < low;
            assign scan_hi = number > high;
            assign scan_code = scan_lo ? low[CODE_W-1:0] : scan_hi
                ? high[CODE_W-1:0] : number[CODE_W-1:0];
            assign scan_tag = all_tag[TAG_W-1:0];
            assign pulse = {COLS{1'b0}};
            assign ramp_step = step;
            wire unused = &{1'b0, next_step, cfg_we, cfg_addr, cfg_wdata, by_table, init, init_idx,
                init_end, early_stop, cmp, ready, scan_next, ans, ans_step};
        end
    endgenerate
endmodule

`default_nettype wire
