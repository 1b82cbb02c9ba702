// SPDX-License-Identifier: Apache-2.0
// Row modulators: turns the active operands into word-line pulses. Row r is on during tick t iff
// T[r] > t, where T[r] = (|x[r]| >> LO) & (2^W - 1) for rows that IN selects, else 0.
//
//   first    _/~~\_________________     cycle of int_reset
//   en       _/~~~~~~~~~~~~~~\_____     cycle of int_reset and all ticks
//   tick     -<0><1> ... <N>-------     tick of the next cycle
//   row_on   ____/~~~~~~~\_________     T = 2; at tick N every row is off
//
// The comparison runs over bit planes, from the lowest bit of the slice to the highest: a row's bit
// above the tick's bit makes it greater, one below makes it not greater, an equal one changes
// nothing. With the tick common to all rows this is one AND or OR of ROWS-wide vectors per bit.
// With `count` a row has T pulses of one tick: it is on in the even tick 2t iff T[r] > t, and off
// in odd ones. With `part`, sampled with `take` (the cycle before `first`), only rows row_first to
// row_last are driven. With LINK = 1: `link_in` drives the rows as link_rows says, a tick later, up
// to tick N - 1; bias_rows are on in ticks 0 … bias_ticks - 1, N - 1 at most, at positive polarity.
// Throughput: one tick a cycle. Latency: 1. Legal: ROWS 4-256; LO 0-7; W 1-8; MODES 0 (no `part`),
// 1; LINK 0, 1.
`default_nettype none

module ohm_row_mod #(
    parameter ROWS = 128,
    parameter MODES = 1,
    parameter LINK = 0
) (
    input  wire              clk,
    input  wire              run,
    input  wire              take,
    input  wire              part,
    input  wire [7:0]        row_first,
    input  wire [7:0]        row_last,
    input  wire              first,
    input  wire              en,
    input  wire [8:0]        tick,
    input  wire              count,         // pulses instead of one pulse
    input  wire [3:0]        lo,
    input  wire [3:0]        w,
    input  wire [1:0]        in,
    input  wire [8*ROWS-1:0] act_mag,
    input  wire [ROWS-1:0]   act_neg,
    input  wire              link_in,
    input  wire [ROWS-1:0]   link_rows,
    input  wire [ROWS-1:0]   bias_rows,
    input  wire [7:0]        bias_ticks,
    output wire [ROWS-1:0]   row_on,
    output wire [ROWS-1:0]   row_neg
);
`include "ohm_map.vh"
    // The slice's bits in place: `bits` marks them, `tick_at` is the tick moved up to them.
    // Operands have 8 bits; a tick past them is above every T.
    wire [22:0] bits = {15'd0, 8'hFF >> (4'd8 - w)} << lo;
    wire [22:0] tick_at = {15'd0, count ? tick[8:1] : tick[7:0]} << lo;
    wire        pause = count && tick[0];

    wire [ROWS-1:0] driven;
    generate
        if (MODES != 0) begin : g_part
            localparam [ROWS-1:0] ALL = {ROWS{1'b1}};
            reg [ROWS-1:0] driven_q;
            always @(posedge clk) if (take) driven_q <= part
                ? (ALL << row_first) & ~(ALL << row_last << 1) : ALL;
            assign driven = driven_q;
        end else begin : g_all
            assign driven = {ROWS{1'b1}};
            wire unused_part = &{1'b0, take, part, row_first, row_last};
        end
    endgenerate

    reg [ROWS-1:0] own;        // T > tick
    integer b;
    always @* begin
        own = {ROWS{1'b0}};
        b = 0;                  // the index must not infer a latch
        if (en && !pause && tick_at[22:8] == 15'd0) begin
            for (b = 0; b < 8; b = b + 1)
                if (bits[b]) begin
                    if (tick_at[b]) own = own & act_mag[b*ROWS +: ROWS];
                    else own = own | act_mag[b*ROWS +: ROWS];
                end
            if (in == SLICE_IN_POSITIVE) own = own & ~act_neg;
            if (in == SLICE_IN_NEGATIVE) own = own & act_neg;
            own = own & driven;
        end
    end

    // what drives the rows; rows whose polarity does not follow the inputs
    wire [ROWS-1:0] above, positive;
    generate
        if (LINK != 0) begin : g_link
            wire            over = tick[7:0] == 8'hFF >> (4'd8 - w);               // tick N
            wire [ROWS-1:0] linked = en && !over ? link_rows : {ROWS{1'b0}};
            wire            bias_on = en && !over && tick[7:0] < bias_ticks;
            assign above = ((link_in ? linked : own) & ~bias_rows)
                | (bias_on ? bias_rows : {ROWS{1'b0}});
            assign positive = link_in ? {ROWS{1'b1}} : bias_rows;
        end else begin : g_no_link
            assign above = own;
            assign positive = {ROWS{1'b0}};
            wire unused_link = &{1'b0, link_in, link_rows, bias_rows, bias_ticks};
        end
    endgenerate

    reg [ROWS-1:0] on_q, neg_q;
    always @(posedge clk) begin
        if (!run) begin
            on_q <= {ROWS{1'b0}};
            neg_q <= {ROWS{1'b0}};
        end else begin
            if (en) on_q <= above;
            if (first) neg_q <= in == SLICE_IN_ALL ? act_neg & ~positive : {ROWS{1'b0}};
        end
    end
    assign row_on = on_q;
    assign row_neg = neg_q;

    wire unused = &{1'b0, bits[22:8]};

`ifdef FORMAL
    // In a read of any slice every row is on in as many ticks as its slice value says, its polarity
    // does not change, and it is off afterwards; so does a bias row, and a row of a link as many
    // ticks as its wire was on before tick N. A read is as ohm_ctrl makes it: take, first with tick
    // 0, tick by tick to N, all operands steady.
    (* anyconst *) reg [7:0] f_row;
    reg        f_past = 1'b0, f_busy = 1'b0, f_taken = 1'b0;
    reg        f_driven;
    reg [8:0]  f_next;              // tick after the one that the row lines show
    reg [8:0]  f_on;                // ticks in which the row was on, that one included
    reg [9*ROWS+20:0] f_held;
    wire [9*ROWS+20:0] f_operands = {lo, w, in, count, act_mag, act_neg, link_in, f_bias,
        bias_ticks};
    wire       f_bias = LINK != 0 && bias_rows[f_row];
    wire       f_linked = LINK != 0 && link_in && !f_bias;
    reg [8:0]  f_carried;           // ticks in which the row's wire was on
    wire [7:0] f_mag = {act_mag[7*ROWS + f_row], act_mag[6*ROWS + f_row], act_mag[5*ROWS + f_row],
        act_mag[4*ROWS + f_row],
                        act_mag[3*ROWS + f_row], act_mag[2*ROWS + f_row], act_mag[ROWS + f_row],
                            act_mag[f_row]};
    wire [8:0] f_width = (9'd1 << w) - 9'd1;
    wire       f_out = (in == SLICE_IN_POSITIVE && act_neg[f_row])
                       || (in == SLICE_IN_NEGATIVE && !act_neg[f_row]) || !f_driven;
    // T
    wire [8:0] f_value = f_bias ? ({1'b0, bias_ticks} < f_width ? {1'b0, bias_ticks} : f_width)
        : f_out ? 9'd0 : {1'b0, f_mag >> lo} & f_width;
    // N, in which every row is off
    wire [8:0] f_last = count ? {f_width[7:0], 1'b0} : f_width;
    // ticks in which it could have been on
    wire [8:0] f_spent = count ? (f_next + 9'd1) >> 1 : f_next;

    always @(posedge clk) begin
        f_past <= 1'b1;
        f_held <= f_operands;
        if (take) begin
            f_taken <= 1'b1;
            f_driven <= MODES == 0 || !part || (f_row >= row_first && f_row <= row_last);
        end
        if (en) begin
            f_on <= (first ? 9'd0 : f_on) + {8'd0, above[f_row]};
            f_next <= tick + 9'd1;
            f_carried <= (first ? 9'd0 : f_carried) + {8'd0, link_rows[f_row] && tick < f_width};
        end
        f_busy <= en && tick != f_last;
        if (!f_past) f_busy <= 1'b0;
    end
    always @* begin
        assume (f_row < ROWS && run);
        assume (w >= 4'd1 && w <= 4'd8 && lo <= 4'd8 - w);
        assume (en == (first || f_busy));
        assume (!first || (!f_busy && tick == 9'd0 && f_taken && f_past));
        assume (!f_busy || (tick == f_next && f_operands == f_held));
        assume (!take || (!first && !f_busy));
        assume (!count || LINK == 0 || !(link_in || f_bias));
        if (f_taken) assert (driven[f_row] == f_driven);
        if (f_past && f_busy) begin
            assert (f_next <= f_last);
            assert (f_on == (f_linked ? f_carried : f_spent < f_value ? f_spent : f_value));
            if ((f_linked || f_bias) && f_next != 9'd0) assert (!row_neg[f_row]);
        end
    end
    always @(posedge clk) if (f_past) begin
        if (f_busy && $past(f_busy)) assert ($stable(row_neg));
        if ($past(en) && $past(tick) == $past(f_last)) begin
            if (!$past(f_linked)) assert (f_on == $past(f_value));
            assert (!row_on[f_row]);
        end
        cover ($past(en) && $past(tick) == $past(f_last) && f_on == 9'd3 && $past(count));
    end
`endif
endmodule

`default_nettype wire
