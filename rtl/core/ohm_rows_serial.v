// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_rows and ohm_row_mod together for small tiles: operands lie in a RAM, and one
// comparator serves all rows.
//
//   first     /~\__________________________
//   en        ~~~~~~~~~~~~~~~~~~~~~~~~\____     from int_reset to the last tick
//   step      _____________/~\_________/~\_     the tick passes: ohm_ctrl goes on to the next
//   row_on    _____________/~\_________/~\_     rows with T[r] > tick
//
// Between two ticks each row's T = (|x| >> LO) & (2^W - 1), 0 for rows that IN leaves out, is held
// against the tick, one row a cycle. A row is on in T ticks, each one cycle, and off between them:
// the charge of ideal devices is that of one long pulse. The load is that of ohm_rows with one bank
// (vec_*, ld_*, in_use, sat_in), a byte a cycle; rows past ROWS1 are idle.
// Throughput: ROWS + 2 cycles a tick; 6 cycles for each word of a load. Latency of the first tick:
// ROWS + 2.
// Legal: ROWS 4-256; LO 0-7; W 1-8.
`default_nettype none

module ohm_rows_serial #(
    parameter ROWS = 16
) (
    input  wire              clk,
    input  wire              run,
    input  wire              signed_in,
    input  wire [7:0]        rows1,
    input  wire              vec_valid,
    input  wire              vec_poison,
    input  wire [31:0]       vec_seq,
    output wire [5:0]        vec_raddr,
    input  wire [31:0]       vec_rdata,
    output wire              vec_pop,
    output wire              ld_busy,
    output wire              ld_full,
    output wire              ld_poison,
    output wire [31:0]       ld_seq,
    input  wire              ld_take,
    input  wire              in_use,        // the vector is still being read
    output wire              sat_in,        // an input of -128
    input  wire              first,
    input  wire              en,
    input  wire [7:0]        tick,
    input  wire [3:0]        lo,
    input  wire [3:0]        w,
    input  wire [1:0]        in,
    output wire              step,
    output wire [ROWS-1:0]   row_on,
    output wire [ROWS-1:0]   row_neg
);
`include "ohm_map.vh"
    localparam RW = $clog2(ROWS);
    localparam [RW-1:0] LAST = ROWS[RW-1:0] - 1'b1;
    localparam [1:0] ST_IDLE   = 2'd0,  // nothing to load, or waiting for ld_take
                     ST_LOAD   = 2'd1,  // address of word_q is out, then its bytes
                     ST_END    = 2'd2,  // the slot is freed
                     ST_POISON = 2'd3;  // nothing to load, the slot is freed

    // load ---------------------------------------------------------------------------------------
    reg [1:0]  state_q;
    reg [5:0]  word_q;
    // 0: the word is read; 1-4: its bytes; 2-5: they are written
    reg [2:0]  lane_q;
    reg [7:0]  x;                       // a byte
    reg        full_q, poison_q;
    reg [31:0] seq_q;
    wire       load = state_q == ST_LOAD;
    always @(posedge clk) begin
        if (!run) begin
            state_q <= ST_IDLE;
            full_q <= 1'b0;
            poison_q <= 1'b0;
        end else begin
            if (ld_take) full_q <= 1'b0;
            case (state_q)
                // two cycles after a pop at the earliest
                ST_IDLE: if (vec_valid && !full_q && !in_use) begin
                    state_q <= vec_poison ? ST_POISON : ST_LOAD;
                    poison_q <= vec_poison;
                    seq_q <= vec_seq;
                end
                ST_LOAD: if (lane_q == 3'd5 && word_q == rows1[7:2]) state_q <= ST_END;
                default: begin
                    state_q <= ST_IDLE;
                    full_q <= 1'b1;
                end
            endcase
        end
        lane_q <= !load || lane_q == 3'd5 ? 3'd0 : lane_q + 3'd1;
        if (!load) word_q <= 6'd0;
        else if (lane_q == 3'd5) word_q <= word_q + 6'd1;
    end
    assign vec_raddr = word_q;
    assign vec_pop = state_q == ST_END || state_q == ST_POISON;
    assign ld_busy = state_q != ST_IDLE || full_q;
    assign ld_full = full_q;
    assign ld_poison = poison_q;
    assign ld_seq = seq_q;

    wire [1:0] lane = lane_q[1:0] - 2'd1;
    wire [7:0] at = {word_q, !lane_q[1], lane_q[0]};
    wire       put = load && lane_q >= 3'd2 && at <= rows1;
    always @(posedge clk) x <= vec_rdata[8*lane +: 8];
    wire       neg = signed_in && x[7];
    wire       sat = signed_in && x == 8'h80;
    assign sat_in = put && sat;

    // ticks --------------------------------------------------------------------------------------
    // a row is read; the row before is compared; all have been
    reg            pass_q, cmp_q, step_q;
    reg [RW-1:0]   row_q;
    reg            there_q;                 // the row read is one in use
    reg [ROWS-1:0] on_q, neg_q;             // come in from above
    wire           neg_r;
    wire [7:0]     mag_r;
    ohm_ram #(.DEPTH(1 << RW), .WIDTH(9)) u_ram (
        .clk(clk), .we(put), .waddr(at[RW-1:0]), .wdata({neg, sat ? 8'd127 : neg ? -x : x}),
        .re(1'b1), .raddr(row_q), .rdata({neg_r, mag_r})
    );

    // the slice's bits in place, and the tick moved up to them; a tick past them is above every T.
    // Both stand before a row is compared.
    wire [14:0] in_place = {7'd0, 8'hFF >> (4'd8 - w)} << lo;
    wire [14:0] moved = {7'd0, tick} << lo;
    reg [7:0]   bits, tick_at;
    reg         past_q;
    always @(posedge clk) begin
        bits <= in_place[7:0];
        tick_at <= moved[7:0];
        past_q <= moved[14:8] != 7'd0;
    end
    reg         above;
    integer     b;
    always @* begin
        above = 1'b0;
        for (b = 0; b < 8; b = b + 1)
            if (bits[b]) above = tick_at[b] ? above && mag_r[b] : above || mag_r[b];
        if (past_q || !there_q || (in == SLICE_IN_POSITIVE && neg_r)
            || (in == SLICE_IN_NEGATIVE && !neg_r)) above = 1'b0;
    end
    always @(posedge clk) begin
        pass_q <= run && en && (first || step_q || (pass_q && row_q != LAST));
        cmp_q <= run && en && pass_q;
        step_q <= run && en && cmp_q && !pass_q;
        row_q <= pass_q ? row_q + 1'b1 : {RW{1'b0}};
        there_q <= {{8-RW{1'b0}}, row_q} <= rows1;
        if (cmp_q) begin
            on_q <= {above, on_q[ROWS-1:1]};
            neg_q <= {neg_r && in == SLICE_IN_ALL, neg_q[ROWS-1:1]};
        end
    end
    assign step = step_q;
    assign row_on = on_q & {ROWS{step_q}};
    assign row_neg = neg_q;
    wire unused = &{1'b0, in_place[14:8], at};
endmodule

`default_nettype wire
