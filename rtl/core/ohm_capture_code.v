// SPDX-License-Identifier: Apache-2.0
// Capture of converters that answer a number (ADC = 2: SAR, flash, sense amplifier), each of them
// for MUX columns in turn: columns j*MUX ... j*MUX + MUX-1 belong to converter j. Column m of each
// is converted in slot m, ADC_CYCLES cycles long.
//
//   conv       _/~~~~~~~~~~ ... ~~~~~~\_____    MUX * ADC_CYCLES cycles, right behind the sample
//   adc_mux     < 0  >< 1  > ... <M-1 >         the column that each converter sees
//   adc_start  _/~\___/~\___ ...  /~\_______    first cycle of a slot
//   valid      _______/~\___/~\ ... ___/~\__    a cycle behind the slot's last one at the latest
//   last       ________________________/~\__
//   full       __________________________/~~~   until the values move
//
// Throughput: one conversion per MUX * ADC_CYCLES + 1 cycles. Latency conv to full: MUX *
// ADC_CYCLES + 1. The capture must be empty when the first answer comes; ohm_ctrl sees to it.
// Legal: COLS 4-256, a multiple of MUX; CODE_W 4-11; MUX * ADC_CYCLES up to 2^(CODE_W-1).
`default_nettype none

module ohm_capture_code #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter TAG_W = 12,
    parameter MUX = 8,
    parameter ADC_CYCLES = 1,
    parameter W = CODE_W + 1
) (
    input  wire                  clk,
    input  wire                  run,
    input  wire                  conv,
    output wire                  adc_start,
    output wire [7:0]            adc_mux,
    input  wire                  valid,
    input  wire [COLS/MUX*W-1:0] code,      // signed, converter j at j*W
    input  wire                  last,
    input  wire                  tag_move,
    input  wire [TAG_W-1:0]      tag,
    output wire                  full,
    output wire [COLS*W-1:0]     value,
    output wire [TAG_W-1:0]      value_tag,
    input  wire                  move
);
    localparam [7:0] LAST_CYCLE = ADC_CYCLES[7:0] - 8'd1;

    reg [7:0]         mux_q, cycle_q, slot_q;   // slot_q: whose answer may come
    reg [COLS*W-1:0]  value_q;
    reg [TAG_W-1:0]   tag_q;
    reg               full_q;

    wire slot_end = cycle_q == LAST_CYCLE;
    always @(posedge clk) begin
        if (!run || !conv) begin
            mux_q <= 8'd0;
            cycle_q <= 8'd0;
        end else begin
            cycle_q <= slot_end ? 8'd0 : cycle_q + 8'd1;
            if (slot_end) mux_q <= mux_q + 8'd1;
        end
        slot_q <= mux_q;
        if (!run) full_q <= 1'b0;
        else if (last) full_q <= 1'b1;
        else if (move) full_q <= 1'b0;
        if (tag_move) tag_q <= tag;
    end

    genvar c;
    generate
        for (c = 0; c < COLS; c = c + 1) begin : g_col
            localparam SLOT = c % MUX;
            always @(posedge clk) if (valid && slot_q == SLOT[7:0])
                value_q[c*W +: W] <= code[c/MUX*W +: W];
        end
    endgenerate

    assign adc_start = conv && cycle_q == 8'd0;
    assign adc_mux = mux_q;
    assign full = full_q;
    assign value = value_q;
    assign value_tag = tag_q;

`ifdef FORMAL
    // In each conversion a column gets its converter's answer to its own slot, once, and keeps it
    // until it is taken. ohm_ramp's `conv` and `last` come as assumed; a converter answers right
    // behind its slot's last cycle.
    (* anyconst *) reg [7:0] f_col;
    reg         f_past = 1'b0, f_end = 1'b0, f_conv = 1'b0, f_whole = 1'b0;
    reg [8:0]   f_cycle = 9'd0, f_at = 9'd0;            // cycles of this conversion
    reg [1:0]   f_got = 2'd0;
    reg [W-1:0] f_code;
    wire [8:0]  f_slot_last = (f_col % MUX) * ADC_CYCLES + ADC_CYCLES - 1;
    wire        f_mine = valid && slot_q == f_col % MUX;
    always @(posedge clk) begin
        f_past <= 1'b1;
        f_end <= run && conv && slot_end;
        f_conv <= run && conv;
        f_at <= f_cycle;
        f_cycle <= run && conv ? f_cycle + 9'd1 : 9'd0;
        if (!run || (conv && f_cycle == 9'd0)) f_got <= 2'd0;
        else if (f_mine && f_got != 2'd3) f_got <= f_got + 2'd1;
        if (f_past && f_conv && f_at == f_slot_last) f_code <= code[f_col/MUX*W +: W];
        f_whole <= run && last;
    end
    always @* begin
        assume (f_col < COLS);
        if (!f_past) assume (!run);
        assume (run || !conv);
        assume (!conv || f_cycle < MUX * ADC_CYCLES);
        assume (conv || !f_conv || f_cycle == MUX * ADC_CYCLES || !run);
        assume (valid == f_end);
        assume (last == (run && f_conv && !conv));
        assume (!(conv && f_cycle == 9'd0 && f_conv));
        assume (!(f_conv && full_q));                   // ohm_ctrl
        assume (!move || full_q);
        if (f_past) begin
            assert (f_cycle <= MUX * ADC_CYCLES);
            if (!f_conv || f_cycle == 9'd0) assert (mux_q == 8'd0 && cycle_q == 8'd0 && !f_end
                && f_cycle == 9'd0);
            else begin
                assert (f_cycle == mux_q * ADC_CYCLES + cycle_q && cycle_q < ADC_CYCLES
                    && f_at == f_cycle - 9'd1);
                assert (slot_q * ADC_CYCLES <= f_at && f_at < slot_q * ADC_CYCLES + ADC_CYCLES);
                assert (f_end == (cycle_q == 8'd0));
                assert (f_got == (f_at > f_slot_last));
            end
            if (f_whole) assert (f_got == 2'd1);
            if (f_got != 2'd0 && (f_conv || full_q)) assert (value_q[f_col*W +: W] == f_code);
            if (full_q) assert (f_got == 2'd1);
        end
    end
    always @(posedge clk) cover (f_past && full_q && value_q[f_col*W +: W] == 5
        && f_col == COLS - 1);
`endif
endmodule

`default_nettype wire
