// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_convert for small tiles: from the held columns to codes by a ramp whose steps wait
// for the macro's one comparator (ohm_ramp_serial) and for the codes' one RAM (ohm_capture_serial).
//
//   load       _/~~\______________________      the cycle before `sample`
//   ramp_en    ______/~\____/~\ ... /~\____      steps START - 1 to STOP
//   full       _________________________/~~~    until the last column has been taken
//   scan_valid ____________________________/~~~ a column, until scan_next
//
// Throughput and latency: those of the parts. Legal: as of the parts.
`default_nettype none

module ohm_convert_serial #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter TAG_W = 14
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
    input  wire [0:0]        adc_code,
    // scan
    input  wire              scan_next,
    output wire [7:0]        scan_left,
    output wire              scan_valid,
    output wire              scan_last,
    output wire [7:0]        scan_col,
    output wire [CODE_W-1:0] scan_code,
    output wire              scan_lo,
    output wire              scan_hi,
    output wire [TAG_W-1:0]  scan_tag
);
    wire              ans, tag_move, all_done, hold;
    wire [CODE_W-1:0] ans_step, next_step;
    wire [TAG_W-1:0]  ramp_tag;

    ohm_ramp_serial #(.CODE_W(CODE_W), .TAG_W(TAG_W)) u_ramp (
        .clk(clk), .run(run), .load(load), .start(start), .stop(stop), .load_tag(load_tag),
        .halt(early_stop && all_done), .ready(ready), .hold(hold), .ramp_en(ramp_en),
        .ramp_step(ramp_step), .next_step(next_step), .left(left), .busy(busy),
        .ans(ans), .ans_first(ans_first), .ans_last(ans_last), .ans_step(ans_step),
        .tag_move(tag_move), .tag(ramp_tag)
    );
    ohm_capture_serial #(.COLS(COLS), .CODE_W(CODE_W), .TAG_W(TAG_W)) u_capture (
        .clk(clk), .init(init), .init_idx(init_idx), .init_end(init_end), .run(run),
        .cols1(cols1), .cmp(cmp),
        .ans(ans), .ans_first(ans_first), .ans_last(ans_last), .ans_step(ans_step),
        .tag_move(tag_move), .tag(ramp_tag), .all_done(all_done), .hold(hold),
        .pulse(pulse), .full(full), .scan_next(scan_next), .scan_left(scan_left),
        .scan_valid(scan_valid), .scan_last(scan_last), .scan_col(scan_col),
        .scan_code(scan_code), .scan_lo(scan_lo), .scan_hi(scan_hi), .scan_tag(scan_tag)
    );
    assign adc_start = 1'b0;
    assign adc_mux = 8'd0;
    wire unused = &{1'b0, adc_valid, adc_code, next_step, cfg_we, cfg_addr, cfg_wdata, by_table};
endmodule

`default_nettype wire
