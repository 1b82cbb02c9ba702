// SPDX-License-Identifier: Apache-2.0
// The tile's ends of the duration links: from the tile in the west, to the tile in the east. What a
// column's comparator says leaves as a pulse, which is on from the ramp's START to the trip and
// drives a row of the next tile; nobody counts it.
//
//   rx_ready  ~~~~~~~\_____________________________   this tile can integrate when its turn comes:
//   claim     _______/~~\__________________________   reserved by the sender's `go`, before its
//                                                     first pulse
//   start     ______________________/~~\___________   L cycles after the claim, the same L for
//                                                     every vector
//   pulses    _________________________/~~~~~~~\___   on for code - START cycles
//   (row_on)  ____________________________/~~~~~~~\   of the receiving tile
//   poison    _____________________________________   instead of start: a vector without pulses;
//                                                     `mark` says so with its claim
//
// All wires are registered once, here. A receiver takes vectors at the pace at which it is claimed,
// for L is constant (a macro that is always ready), so one that has been claimed no faster than it
// can read never has to refuse: `gap` counts its pace down after each claim. Each claim owns an
// accumulator bank. In a chain a tile hands claims on and is ready only when the next one is: then
// nothing waits between the first tile's first pulse and the last tile's sample. Poison is quicker
// than pulses, and waits in each tile of a chain for the ramp before it; from its mark until it has
// passed a tile promises nothing, so no later vector can catch up with it.
// Throughput: one vector per max(N + 3, STOP - START + 3, COLS1 + 3) cycles, and as the sender can;
// two cycles more for each hop past the first.
// Latency claim to start: N + 5 of the sender; start to tick 0: 2. Legal: LINK_W 1-256; ROWS, COLS
// 4-256.
`default_nettype none

module ohm_link #(
    parameter ROWS = 64,
    parameter COLS = 64,
    parameter CODE_W = 10,
    parameter ACC_BANKS = 4,
    parameter LINK_W = 64,
    parameter BANK_W = $clog2(ACC_BANKS)
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              cfg_we,
    input  wire              cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output wire [31:0]       cfg_rdata,
    // descriptor
    input  wire              init_end,
    input  wire              run,
    input  wire              in_on,         // LINK_IN
    input  wire              out_on,        // LINK_OUT
    input  wire [7:0]        rows1,
    input  wire [7:0]        cols1,
    // LINK or LINK_BIAS asks for rows or wires that are not there
    output wire              bad_rows,
    input  wire              sl_ok,         // the slice entry's fields:
    input  wire [3:0]        sl_w,
    input  wire [CODE_W-1:0] sl_start,
    input  wire [CODE_W-1:0] sl_stop,
    // controller
    input  wire [31:0]       seq_base,
    input  wire              alloc,         // a vector gets its bank
    input  wire              pass,          // it is poison
    input  wire [BANK_W:0]   used,          // banks
    output wire              ok,            // a vector may be taken that will leave on the link
    output wire              start,         // a vector comes, its tick 0 two cycles later
    output wire              poison,        // a poison vector has come, until it passes
    output wire [31:0]       seq,           // its number
    output wire              busy,
    // pulses
    input  wire              ans_first,
    input  wire [COLS-1:0]   pulse,
    output wire [ROWS-1:0]   rows,          // rows that the link drives
    output wire [ROWS-1:0]   bias_rows,
    output wire [7:0]        bias_ticks,
    // wires {mark, poison, start, claim, pulses}
    input  wire [LINK_W+3:0] rx,
    output wire              rx_ready,
    output wire [LINK_W+3:0] tx,
    input  wire              tx_ready
);
    `include "ohm_map.vh"
    localparam PACE_W = CODE_W > 8 ? CODE_W + 2 : 10;
    localparam WIRES = LINK_W < COLS ? LINK_W : COLS;   // columns that have a wire
    localparam [ROWS-1:0] ALL = {ROWS{1'b1}};
    localparam [LINK_W-1:0] USED = {LINK_W{1'b1}};

    // registers ----------------------------------------------------------------------------------
    reg [15:0] link_q;
    reg [23:0] bias_q;
    reg [31:0] cfg_rdata_q;
    always @(posedge clk) begin
        if (rst) begin
            link_q <= 16'd0;
            bias_q <= 24'd0;
        end else if (cfg_we) begin
            if (cfg_addr == REG_LINK) link_q <= cfg_wdata[15:0];
            if (cfg_addr == REG_LINK_BIAS) bias_q <= cfg_wdata[23:0];
        end
        cfg_rdata_q <= !cfg_re ? 32'd0 : cfg_addr == REG_LINK ? {16'd0, link_q}
            : cfg_addr == REG_LINK_BIAS ? {8'd0, bias_q} : 32'd0;
    end
    assign cfg_rdata = cfg_rdata_q;
    wire [7:0] first = link_q[LINK_FIRST_LSB +: LINK_FIRST_W];
    wire [7:0] count1 = link_q[LINK_COUNT1_LSB +: LINK_COUNT1_W];
    wire [7:0] bias_first = bias_q[LINK_BIAS_FIRST_LSB +: LINK_BIAS_FIRST_W];
    wire [7:0] bias_last = bias_q[LINK_BIAS_LAST_LSB +: LINK_BIAS_LAST_W];
    wire       biased = (in_on || out_on) && bias_ticks != 8'd0;
    assign bias_ticks = bias_q[LINK_BIAS_TICKS_LSB +: LINK_BIAS_TICKS_W];
    assign bad_rows = (in_on && ({1'b0, first} + {1'b0, count1} > {1'b0, rows1}
        || {1'b0, count1} >= LINK_W[8:0]))
                      || (biased && (bias_first > bias_last || bias_last > rows1));

    // Fixed while the tile runs: rows with bias, wires in use, cycles from one vector to the next.
    reg [ROWS-1:0]   bias_rows_q;
    reg [LINK_W-1:0] wires_q;
    always @(posedge clk) if (init_end) begin
        bias_rows_q <= biased ? (ALL << bias_first) & ~(ALL << bias_last << 1) : {ROWS{1'b0}};
        wires_q <= in_on ? ~(USED << count1 << 1) : {LINK_W{1'b0}};
    end
    wire [7:0]        n = 8'hFF >> (4'd8 - sl_w);
    wire [PACE_W-1:0] pace_n = {{PACE_W-8{1'b0}}, n} + 3;
    wire [PACE_W-1:0] pace_ramp = {{PACE_W-CODE_W{sl_stop[CODE_W-1]}}, sl_stop}
        - {{PACE_W-CODE_W{sl_start[CODE_W-1]}}, sl_start} + 3;
    wire [PACE_W-1:0] pace_scan = {{PACE_W-8{1'b0}}, cols1} + 3;
    wire [PACE_W-1:0] pace_read = pace_n > pace_ramp ? pace_n : pace_ramp;
    reg  [PACE_W-1:0] pace_q;
    reg               known_q;          // pace_q is there
    always @(posedge clk) begin
        if (sl_ok) pace_q <= pace_read > pace_scan ? pace_read : pace_scan;
        known_q <= run && (known_q || sl_ok);
    end

    // from the west ------------------------------------------------------------------------------
    wire              claim = rx[LINK_W];
    // due: poison has been claimed for and has not passed
    reg               ready_q, poison_q, due_q;
    reg [PACE_W-1:0]  gap_q;
    reg [BANK_W:0]    claimed_q;        // vectors that have claimed a bank and have none yet
    reg [31:0]        seq_q;
    always @(posedge clk) begin
        if (!run || !in_on) begin
            ready_q <= 1'b0;
            poison_q <= 1'b0;
            due_q <= 1'b0;
            gap_q <= {PACE_W{1'b0}};
            claimed_q <= {BANK_W+1{1'b0}};
            seq_q <= seq_base;
        end else begin
            // A claim that is on its way when `ready` was looked at has used that promise up: the
            // sender waits for the next one.
            ready_q <= known_q && !claim && gap_q == 0 && !due_q
                && {1'b0, used} + {1'b0, claimed_q} < ACC_BANKS[BANK_W+1:0] && ok;
            poison_q <= rx[LINK_W+2] || (poison_q && !pass);
            due_q <= (claim && rx[LINK_W+3]) || (due_q && !pass);
            gap_q <= claim ? pace_q - 3 : gap_q == 0 ? gap_q : gap_q - 1'b1;
            claimed_q <= claimed_q + {{BANK_W{1'b0}}, claim} - {{BANK_W{1'b0}}, alloc};
            if (alloc) seq_q <= seq_q + 32'd1;
        end
    end
    assign rx_ready = ready_q;
    assign start = in_on && rx[LINK_W+1];
    assign poison = poison_q;
    assign seq = seq_q;
    assign busy = claimed_q != 0;

    // wire i to row FIRST + i
    wire [LINK_W-1:0]      on = rx[LINK_W-1:0] & wires_q;
    wire [ROWS+LINK_W-1:0] spread = {{ROWS{1'b0}}, on} << first;
    assign rows = spread[ROWS-1:0];
    assign bias_rows = bias_rows_q;
    wire unused = &{1'b0, spread[ROWS +: LINK_W], cfg_wdata[31:24]};

    // to the east --------------------------------------------------------------------------------
    reg [LINK_W-1:0] pulse_q;
    reg              claim_q, start_q, pass_q, mark_q;
    wire [LINK_W-1:0] pulses;
    generate
        if (LINK_W > WIRES) begin : g_wide
            assign pulses = {{LINK_W-WIRES{1'b0}}, pulse[WIRES-1:0]};
        end else begin : g_fit
            assign pulses = pulse[WIRES-1:0];
        end
        if (COLS > WIRES) begin : g_rest
            wire unused_pulse = &{1'b0, pulse[COLS-1:WIRES]};
        end
    endgenerate
    always @(posedge clk) begin
        if (!run || !out_on) begin
            pulse_q <= {LINK_W{1'b0}};
            claim_q <= 1'b0;
            start_q <= 1'b0;
            pass_q <= 1'b0;
            mark_q <= 1'b0;
        end else begin
            pulse_q <= pulses;
            claim_q <= in_on ? claim : alloc;
            start_q <= ans_first;
            pass_q <= pass;
            mark_q <= in_on ? rx[LINK_W+3] : pass;
        end
    end
    assign tx = {mark_q, pass_q, start_q, claim_q, pulse_q};
    assign ok = !out_on || (tx_ready && !claim_q);
endmodule

`default_nettype wire
