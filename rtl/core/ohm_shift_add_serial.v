// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_shift_add for small tiles: the same terms of the scanned codes, by an adder that
// multiplies and a register that moves, one column after the other. No trims, no references.
//
//   term = rnd(code * GAIN * 2^(ACC_F-14)), negated if COLMAP.NEG xor SLICE.NEG,
//   shifted left by LO + RS (slice) + SHIFT (column)
//
//   scan_valid  _/~~~~~ ... ~~\_____     a column, until scan_next
//   trc_valid   ____/~~\_____________     code trace and clip counts
//   add_valid   __________ ... /~~\__     accumulator index, until add_take; add_term with it
//   scan_next   __________ ... ___/~~\    the column has been added
//   sum_done    after a vector's last term is in its bank
//
// Throughput: 22 + shift cycles for each column. Latency: as long. map_bad: as ohm_shift_add.
// Legal: ACC_F 0-6; COLS 4-256.
`default_nettype none

module ohm_shift_add_serial #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter ACC_F = 6,
    parameter BANK_W = 2,
    parameter TAG_W = 12 + BANK_W,
    parameter COL_W = $clog2(COLS)
) (
    input  wire              clk,
    input  wire              run,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              init,
    input  wire [7:0]        init_idx,
    input  wire [7:0]        cols1,
    input  wire [7:0]        outs1,
    input  wire              mul_used,
    output wire              map_bad,
    output wire              map_shared,    // not one column of an output of its own, unshifted
    input  wire              scan_valid,
    input  wire              scan_last,
    input  wire [7:0]        scan_col,
    input  wire [CODE_W-1:0] scan_code,
    input  wire              scan_lo,
    input  wire              scan_hi,
    input  wire [TAG_W-1:0]  scan_tag,
    output wire              scan_next,     // the column has been added
    output wire              trc_valid,
    output wire [BANK_W-1:0] trc_bank,
    output wire [3:0]        trc_slice,
    output wire [7:0]        trc_col,
    output wire [CODE_W-1:0] trc_code,
    output wire              clip_lo,
    output wire              clip_hi,
    output wire              add_valid,
    input  wire              add_take,      // the accumulators are free for it
    output wire [BANK_W-1:0] add_bank,
    output wire [COL_W-1:0]  add_idx,
    output wire [31:0]       add_term,
    output wire              ref_valid,     // bank and term as of an add
    output wire              ref_used,
    output wire              sum_done,
    output wire [BANK_W-1:0] sum_bank
);
    `include "ohm_map.vh"

    localparam FRAC = 14 - ACC_F;           // bits that rounding removes
    localparam PROD_W = CODE_W + 17;
    localparam MAP_W = 32;
    localparam QW = PROD_W - FRAC;          // rounded term

    // column map ---------------------------------------------------------------------------------
    wire map_we = cfg_we && cfg_addr[15:8] == REG_COLMAP[15:8] && {1'b0, cfg_addr[7:0]} < COLS[8:0];
    wire [MAP_W-1:0] map;
    ohm_ram #(.DEPTH(COLS), .WIDTH(MAP_W)) u_map (
        .clk(clk),
        .we(map_we),
        .waddr(cfg_addr[COL_W-1:0]),
        .wdata(cfg_wdata),
        .re(!run || start),
        .raddr(!run ? init_idx[COL_W-1:0] : scan_col[COL_W-1:0]),
        .rdata(map)
    );
    wire [1:0]  map_kind = map[COLMAP_KIND_LSB +: COLMAP_KIND_W];
    wire        map_trim = map[COLMAP_TRIM_LSB];
    wire        map_neg = map[COLMAP_NEG_LSB];
    wire [3:0]  map_shift = map[COLMAP_SHIFT_LSB +: COLMAP_SHIFT_W];
    wire [7:0]  map_out = map[COLMAP_OUT_LSB +: COLMAP_OUT_W];
    wire [15:0] map_gain = map[COLMAP_GAIN_LSB +: COLMAP_GAIN_W];

    reg init_q;                             // map holds a word of a column in use
    always @(posedge clk) init_q <= init && init_idx <= cols1;
    assign map_bad = init_q && ((map_kind == COLMAP_KIND_DATA && map_out > outs1)
                                || map_kind == COLMAP_KIND_REFERENCE
                                    || (map_kind != COLMAP_KIND_OFF && map_trim));

    assign map_shared = 1'b0;

    // stage 1: code and its column map word ------------------------------------------------------
    wire             start;                 // a column's word is read
    reg              v1_q;
    wire             last1, lo1, hi1;
    wire [7:0]       col1;
    wire [CODE_W-1:0] code1;
    wire [TAG_W-1:0] tag1;
    always @(posedge clk) v1_q <= run && start;
    wire [3:0]        slice1;
    wire [BANK_W-1:0] bank1;
    wire              mul1, final1, neg1;   // SLICE.MUL, last slice of the vector, SLICE.NEG
    wire [4:0]        shift1;
    assign {mul1, slice1, bank1, final1, neg1, shift1} = tag1;
    wire              data1 = v1_q && map_kind == COLMAP_KIND_DATA && {1'b0, map_out} < COLS[8:0];
    wire              end1 = v1_q && last1 && final1;

    assign trc_valid = v1_q && map_kind != COLMAP_KIND_OFF;
    assign trc_bank = bank1;
    assign trc_slice = slice1;
    assign trc_col = col1;
    assign trc_code = code1;
    assign clip_lo = trc_valid && lo1;
    assign clip_hi = trc_valid && hi1;

    // product; rounded, shifted term; the bank writes the sum at its end -------------------------
    reg [COL_W-1:0]  idx2_q;
    reg [BANK_W-1:0] bank2_q;
    reg [5:0]        shift2_q;
    reg              neg2_q;
    always @(posedge clk)
        if (v1_q) begin
            idx2_q <= map_out[COL_W-1:0];
            bank2_q <= bank1;
            shift2_q <= {1'b0, shift1} + {2'b0, map_shift};
            neg2_q <= map_neg ^ neg1;
        end

    wire             end2;                  // the vector's last term goes out, or has
    reg              end3_q, end4_q;
    reg [BANK_W-1:0] bank3_q, bank4_q;
    always @(posedge clk) begin
        end3_q <= run && end2;
        end4_q <= run && end3_q;
        if (end2) bank3_q <= add_bank;
        if (end3_q) bank4_q <= bank3_q;
    end
    assign sum_done = end4_q;
    assign sum_bank = bank4_q;

    // The product grows in p_q from above while the gain leaves it below; q + b is the rounded
    // term, ~q + !b its negative, which then moves up by the shift. A checked column takes as long
    // as its clip counts need.
    localparam [5:0] COUNTED = 6'd11;
    reg              mul_q, round_q, move_q, add_q, end_q, check_q, next_q;
    wire             check1 = v1_q && map_kind == COLMAP_KIND_CHECK;
    reg [5:0]        count_q;
    reg [PROD_W-1:0] p_q;
    reg [31:0]       term_q;
    wire             idle = !(v1_q || mul_q || round_q || move_q || add_q || end_q || next_q);
    wire [CODE_W:0]  sum = p_q[PROD_W-1:16] + ({CODE_W+1{p_q[0]}} & {code1[CODE_W-1], code1});
    wire [QW-1:0]    value = (p_q[PROD_W-1:FRAC] ^ {QW{neg2_q}})
        + {{QW-1{1'b0}}, p_q[FRAC-1] ^ neg2_q};
    wire             zero = count_q == 6'd0;
    always @(posedge clk) begin
        if (mul_q || move_q) count_q <= count_q - 6'd1;
        if (v1_q) check_q <= check1;
        if (check1) begin
            move_q <= 1'b1;
            count_q <= COUNTED;
        end
        if (data1) begin
            mul_q <= 1'b1;
            count_q <= 6'd15;
            p_q <= {{CODE_W+1{1'b0}}, map_gain};
        end
        if (mul_q) begin
            p_q <= {sum[CODE_W], sum, p_q[15:1]};
            mul_q <= !zero;
            round_q <= zero;
        end
        if (round_q) begin
            term_q <= {{32-QW{value[QW-1]}}, value};
            count_q <= shift2_q;
            round_q <= 1'b0;
            move_q <= 1'b1;
        end
        if (move_q) begin
            if (!zero) term_q <= {term_q[30:0], 1'b0};
            move_q <= !zero;
            add_q <= zero && !check_q;
        end
        if (add_q && add_take) add_q <= 1'b0;
        end_q <= end1 || (end_q && !end2);
        if (!run) begin
            mul_q <= 1'b0;
            round_q <= 1'b0;
            move_q <= 1'b0;
            add_q <= 1'b0;
            end_q <= 1'b0;
        end
    end
    wire last_step = (v1_q && !data1 && !check1) || (move_q && zero && check_q)
        || (add_q && add_take);
    assign start = scan_valid && idle;
    always @(posedge clk) next_q <= run && last_step;
    assign scan_next = next_q;
    assign {last1, col1, code1, lo1, hi1, tag1} = {scan_last, scan_col, scan_code, scan_lo,
        scan_hi, scan_tag};
    assign add_valid = add_q;
    assign add_term = term_q;
    assign add_bank = bank2_q;
    assign add_idx = idx2_q;
    assign ref_valid = 1'b0;
    assign ref_used = 1'b0;
    wire unused_mul = &{1'b0, mul1, mul_used};
    assign end2 = end_q && !mul_q && !round_q && !move_q && (!add_q || add_take);

    wire unused = &{1'b0, init_idx, scan_col};
endmodule

`default_nettype wire
