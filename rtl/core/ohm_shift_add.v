// SPDX-License-Identifier: Apache-2.0
// Shift and add: weighs the scanned codes by the column map and sends them to the accumulators,
// through one multiplier.
//
//   term = rnd(code * GAIN * 2^(ACC_F-14)), trimmed (ohm_trim), negated if COLMAP.NEG xor
//   SLICE.NEG, shifted left by LO + RS (slice) + SHIFT (column)
//
//   scan_valid  _/~~~~~ ... ~~\________________     column map word is read
//   trc_valid   ____/~~~~~ ... ~~\_____________     code trace and clip counts; product
//   add_valid   _______/~~~~~ ... ~~\__________     accumulator index
//   add_term    _________< t  ... >____________     rounded, shifted
//   sum_done    __________________________/~~\_     after a vector's last term is in its bank
//
// Kind off is skipped, kind check goes to trace and clip counts only. Terms for outputs past the
// last accumulator are dropped. Terms of kind reference go to ohm_reference (ref_valid), and
// ref_used tells that there are such columns. While `init` walks, map_bad reports words that ask
// for more than there is (data for an output above OUTS1), one cycle behind init_idx. Where some
// slice has MUL or some column TRIM, add_valid and what follows come two cycles later than drawn.
// Throughput: one column a cycle. Latency last scan_valid to sum_done: 4, or 6.
// Legal: ACC_F 0-6; COLS 4-256; NSLICE 1-16; MODES 0 (no trims, no references), 1.
`default_nettype none

module ohm_shift_add #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter ACC_F = 6,
    parameter BANK_W = 2,
    parameter NSLICE = 16,
    parameter MODES = 1,
    parameter NDESC = 1,
    parameter TAG_W = 12 + BANK_W + (NDESC > 1 ? 10 : 0),
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
    input  wire [1:0]        init_desc,     // that `init` walks, and the lowest of them
    input  wire [1:0]        first_desc,
    output wire              map_turned,    // what a transposed read may not have
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
    output wire [1:0]        trc_desc,
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

    localparam OWN_W = 12 + BANK_W;
    localparam FRAC = 14 - ACC_F;           // bits that rounding removes
    localparam PROD_W = CODE_W + 17;
    localparam MAP_W = 32;
    localparam QW = PROD_W - FRAC;          // rounded term

    // above the rest of the tag: the descriptor, COLS1
    wire [1:0] scan_desc;
    generate
        if (NDESC > 1) begin : g_desc
            assign scan_desc = scan_tag[OWN_W +: 2];
        end else begin : g_one_desc
            assign scan_desc = 2'd0;
        end
    endgenerate

    // column map ---------------------------------------------------------------------------------
    wire [MAP_W-1:0] map;
    ohm_table #(.BASE(REG_COLMAP), .ENTRIES(COLS), .WIDTH(MAP_W), .NDESC(NDESC)) u_map (
        .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .re(!run || start), .desc(!run ? init_desc : scan_desc),
        .entry(!run ? init_idx : scan_col), .rdata(map)
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
                                || (MODES == 0 && (map_kind == COLMAP_KIND_REFERENCE
                                    || (map_kind != COLMAP_KIND_OFF && map_trim))));

    assign map_turned = NDESC > 1 && init_q && (map_kind == COLMAP_KIND_REFERENCE
        || (map_kind == COLMAP_KIND_DATA && map_shift != 4'd0));
    // of all descriptors: what one of them uses all have time for
    wire init_first = init && init_idx == 8'd0 && (NDESC == 1 || init_desc == first_desc);
    generate
        if (MODES != 0) begin : g_alone
            reg       seen_q;                   // data columns so far, their last output
            reg [7:0] last_q;
            always @(posedge clk) begin
                if (init && init_idx == 8'd0) seen_q <= 1'b0;
                else if (init_q && map_kind == COLMAP_KIND_DATA) seen_q <= 1'b1;
                if (init_q && map_kind == COLMAP_KIND_DATA) last_q <= map_out;
            end
            assign map_shared = init_q && (map_kind == COLMAP_KIND_REFERENCE
                || (map_kind == COLMAP_KIND_DATA && (map_shift != 4'd0
                    || (seen_q && map_out <= last_q))));
        end else begin : g_no_alone
            assign map_shared = 1'b0;
        end
    endgenerate

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
    assign {mul1, slice1, bank1, final1, neg1, shift1} = tag1[OWN_W-1:0];
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

    reg [1:0]        desc1_q;
    always @(posedge clk) if (scan_valid) desc1_q <= scan_desc;
    assign trc_desc = NDESC > 1 ? desc1_q : 2'd0;
    reg              last1_q, lo1_q, hi1_q;
    reg [7:0]        col1_q;
    reg [CODE_W-1:0] code1_q;
    reg [TAG_W-1:0]  tag1_q;
    always @(posedge clk)
        if (scan_valid) begin
            last1_q <= scan_last;
            col1_q <= scan_col;
            code1_q <= scan_code;
            lo1_q <= scan_lo;
            hi1_q <= scan_hi;
            tag1_q <= scan_tag;
        end
    assign start = scan_valid;
    assign scan_next = 1'b1;
    assign {last1, col1, code1, lo1, hi1, tag1} = {last1_q, col1_q, code1_q, lo1_q, hi1_q, tag1_q};

    localparam signed [PROD_W-1:0] HALF = 1 << (FRAC - 1);
    reg                     v2_q, ref2_q, end2_q;
    reg signed [PROD_W-1:0] prod2_q;
    wire signed [PROD_W-1:0] rounded = (prod2_q + HALF) >>> FRAC;
    wire signed [31:0]       value;         // trimmed
    wire                     neg;
    wire [5:0]               up;
    reg [31:0]               term_q;
    always @(posedge clk) begin
        v2_q <= run && data1;
        ref2_q <= run && v1_q && map_kind == COLMAP_KIND_REFERENCE;
        end2_q <= run && end1;
        if (v1_q) prod2_q <= $signed({{17{code1[CODE_W-1]}}, code1}) * $signed({{CODE_W+1{1'b0}},
            map_gain});
        term_q <= (neg ? -value : value) << up;
    end
    assign add_term = term_q;

    generate if (MODES != 0) begin : g_trim
        localparam TERM_W = QW > 16 ? QW : 16;
        localparam SIDE_W = BANK_W + COL_W + 10;
        wire signed [TERM_W+2:0] out_term;
        wire [SIDE_W-1:0]        side2 = {v2_q, ref2_q, end2_q, neg2_q, shift2_q, bank2_q, idx2_q};
        wire [SIDE_W-1:0]        side4;
        wire                     add, add_ref, vector_end;
        reg                      used_q, trimmed_q;
        ohm_trim #(
            .COLS(COLS), .NSLICE(NSLICE), .NDESC(NDESC), .TERM_W(TERM_W), .SIDE_W(SIDE_W)
        ) u_trim (
            .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
            .re(start), .desc(scan_desc), .col(scan_col[COL_W-1:0]),
            .slice(scan_tag[BANK_W+7 +: 4]),
            .trim(map_trim), .mul(mul1),
            .term(rounded[TERM_W-1:0]), .in_side(side2),
            .out_term(out_term), .out_side(side4)
        );
        always @(posedge clk)
            if (init_first) begin
                used_q <= 1'b0;
                trimmed_q <= 1'b0;
            end else if (init_q) begin
                if (map_kind == COLMAP_KIND_REFERENCE) used_q <= 1'b1;
                if (map_kind != COLMAP_KIND_OFF && map_trim) trimmed_q <= 1'b1;
            end
        wire late = mul_used || trimmed_q;
        assign {add, add_ref, vector_end, neg, up, add_bank, add_idx} = late ? side4 : side2;
        assign value = late ? {{29-TERM_W{out_term[TERM_W+2]}}, out_term}
            : {{32-QW{rounded[QW-1]}}, rounded[QW-1:0]};
        assign add_valid = run && add;
        assign ref_valid = run && add_ref;
        assign ref_used = used_q;
        assign end2 = run && vector_end;
    end else begin : g_plain
        assign value = {{32-QW{rounded[QW-1]}}, rounded[QW-1:0]};
        assign {add_valid, end2, neg, up, add_bank, add_idx} = {v2_q, end2_q, neg2_q, shift2_q,
            bank2_q, idx2_q};
        assign ref_valid = 1'b0;
        assign ref_used = 1'b0;
        wire unused_plain = &{1'b0, ref2_q, mul1, mul_used, init_first};
    end endgenerate
    wire unused_take = &{1'b0, add_take, rounded};

    wire unused = &{1'b0, init_idx, scan_col, init_desc, scan_desc, first_desc, desc1_q, scan_tag,
        tag1};

`ifdef FORMAL
    // The term is that of docs/reference/numeric.md, computed here in one step, for any code, gain,
    // sign and shift.
    reg               f_past = 1'b0;
    reg               f2_v = 1'b0, f3_v = 1'b0;
    reg [31:0]        f2_term, f3_term;
    wire signed [39:0] f_scaled = $signed({{40-CODE_W{code1[CODE_W-1]}}, code1}) * $signed({24'd0,
        map_gain});
    wire signed [39:0] f_term = (f_scaled + (40'sd1 << (FRAC - 1))) >>> FRAC;
    wire [31:0]        f_signed = map_neg != neg1 ? 32'd0 - f_term[31:0] : f_term[31:0];
    always @(posedge clk) begin
        f_past <= 1'b1;
        f2_v <= run && data1;
        f3_v <= f2_v;
        f2_term <= f_signed << ({1'b0, shift1} + {2'b00, map_shift});
        f3_term <= f2_term;
    end
    always @(posedge clk) if (f_past && MODES == 0) begin
        assert (add_valid == f2_v);
        if (f3_v) assert (add_term == f3_term);
        cover (f3_v && add_term == 32'hFFFFFFFE);
    end
`endif
endmodule

`default_nettype wire
