// SPDX-License-Identifier: Apache-2.0
// Compute core of a tile: vectors in, macro pulses and ramp out, comparators in, outputs out. It
// only wires its parts; what they do is in their own files, the arithmetic in
// docs/reference/numeric.md, the wires in docs/reference/borders.md.
//
//   vectors ─► ohm_rows ─► ohm_row_mod ─► macro ─► ohm_capture ─► ohm_shift_add ─► ohm_acc
//                 ▲            ▲            ▲           ▲                             │
//              ohm_ctrl ───────┴──────── ohm_ramp ──────┘   outputs ◄─ ohm_post ◄─────┘
//                                                        partial sums ─►┘
//
// With DESC.CALIB the vectors are ohm_calib's own, and it adds up what comes of them.
//
// Four vectors at once, in steady state: one integrates, one is on the ramp, one is scanned, one is
// post-processed. Throughput: per slice entry max(N + 3, STOP - START + 3, COLS1 + 1) cycles, per
// vector at least OUTS1 + 7 (N = 2^W - 1 ticks, with COUNT twice that). Base, one 8-bit entry,
// START -128, STOP 127: 258 cycles per vector.
// Latency of a one-entry vector, vec_valid to res_done, nothing waiting:
// (ROWS1/4 + 4) + (N + 3) + (STOP - START + 4) + (COLS1 + 5) + (OUTS1 + 6); two more with trims
// (ohm_trim). `enable` low empties the core within two cycles; vectors in it are lost.
// NDESC > 1: vectors of several descriptors in the fixed order of ORDER (ohm_order), each with its
// own sizes, slices and tables from its load to its results. TRANSPOSE = 1: some of them read the
// array from its columns; a load takes ROWS1 + 5 cycles then (ohm_rows).
// Legal: ROWS, COLS 4-256; CODE_W 4-11; ACC_F 0-6; ACC_BANKS a power of two 2-8; NSLICE 1-16;
// NSTREAM 1-4; PSUM 0: no partial sums; MODES 1: every mode of the descriptor, 0: not those that
// docs/reference/numeric.md marks; LINK_W 0-256: duration links to the neighbours (ohm_link).
`default_nettype none

module ohm_core #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter ACC_F = 6,
    parameter ACC_BANKS = 4,
    parameter NSLICE = 16,
    parameter NSTREAM = 4,
    parameter PSUM = 1,
    parameter MODES = 1,
    parameter LINK_W = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,      // lines sensed, outputs
    parameter LINES = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,     // lines driven
    parameter LINK_B = LINK_W != 0 ? LINK_W + 4 : 1,
    parameter ADC = 0,
    parameter MUX = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_BITS = CODE_W,
    parameter ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX)
) (
    input  wire              clk,
    input  wire              rst,
    // configuration bus
    input  wire              cfg_we,
    input  wire              cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output wire [31:0]       cfg_rdata,
    // shell
    input  wire              enable,
    input  wire              early_stop,
    output wire              busy,
    output wire              bad_desc,
    output wire              ev_bad_desc,
    output wire [31:0]       ev_detail,
    output wire [1:0]        desc_stream,
    output wire [1:0]        desc_mode,
    output wire              run,           // the descriptor is accepted
    output wire [7:0]        rows1,
    output wire [7:0]        outs1,
    output wire              osigned,
    input  wire              window_bad,
    input  wire              walk,          // windows make the vectors
    input  wire              walk_asked,    // a walker, or ARGMAX
    input  wire [31:0]       seq_base,
    output wire [31:0]       next_seq,      // number of the next vector to start
    // vectors
    input  wire              vec_valid,
    input  wire              vec_poison,
    input  wire [31:0]       vec_seq,
    output wire [5:0]        vec_raddr,
    input  wire [31:0]       vec_rdata,
    output wire              vec_pop,
    // duration links: tiles there {west, east}, from the west, to the east
    input  wire [1:0]        link_near,
    input  wire [LINK_B-1:0] link_rx,
    output wire              link_rx_ready,
    output wire [LINK_B-1:0] link_tx,
    input  wire              link_tx_ready,
    // partial sums
    output wire [1:0]        ps_desc,       // whose partial sums are asked for
    input  wire              ps_valid,
    input  wire              ps_poison,
    input  wire [31:0]       ps_seq,
    output wire [7:0]        ps_raddr,
    input  wire [31:0]       ps_rdata,
    output wire              ps_pop,
    // residual
    input  wire              rsd_on,
    input  wire              rsd_signed,
    input  wire [31:0]       rscale,
    output wire              rsd_re,
    output wire [7:0]        rsd_raddr,
    input  wire [7:0]        rsd_rdata,
    output wire              rsd_pop,
    // outputs
    input  wire              res_ready,
    output wire              res_valid,
    output wire [7:0]        res_idx,
    output wire [31:0]       res_data,
    output wire              res_done,
    output wire [31:0]       res_seq,
    output wire              res_poison,
    output wire [1:0]        res_desc,
    // macro
    output wire [LINES-1:0]  row_on,
    output wire [LINES-1:0]  row_neg,
    output wire              transpose,
    output wire [1:0]        cell_sel,
    output wire              int_reset,
    output wire              int_en,
    output wire              sample,
    output wire [31:0]       op_seq,
    output wire [3:0]        op_desc,
    output wire [3:0]        op_slice,
    output wire [3:0]        ramp_rs,
    output wire [24:0]       ramp_lsb,
    output wire              ramp_en,
    output wire [CODE_W-1:0] ramp_step,
    input  wire [SIDE-1:0]   cmp,
    output wire              adc_start,
    output wire [7:0]        adc_mux,
    input  wire              adc_valid,
    input  wire [ADC_B-1:0]  adc_code,
    input  wire              ready,
    // the converter works for the programming engine, while `conv_own`
    input  wire              conv_own,
    input  wire              conv_run,
    input  wire              conv_init,
    input  wire [7:0]        conv_init_idx,
    input  wire              conv_init_end,
    input  wire              conv_load,
    input  wire [CODE_W-1:0] conv_start,
    input  wire [CODE_W-1:0] conv_stop,
    output wire              scan_valid,
    output wire              scan_last,
    output wire [7:0]        scan_col,
    output wire [CODE_W-1:0] scan_code,
    // trace
    output wire              trc_code_valid,
    output wire [31:0]       trc_code_seq,
    output wire [3:0]        trc_code_desc,
    output wire [3:0]        trc_code_slice,
    output wire [7:0]        trc_code_col,
    output wire [CODE_W-1:0] trc_code,
    output wire              trc_res_valid,
    output wire [31:0]       trc_res_seq,
    output wire [3:0]        trc_res_desc,
    output wire [7:0]        trc_res_out,
    output wire [31:0]       trc_res_acc,
    output wire [31:0]       trc_res_y
);
    localparam BANK_W = $clog2(ACC_BANKS);
    localparam COL_W = $clog2(SIDE);
    localparam OWN = NDESC > 1;                 // a conversion's tag has its COLS1 and descriptor
    localparam TAG_W = 12 + BANK_W + (OWN ? 10 : 0);
    localparam [7:0] COLS1 = COLS[7:0] - 8'd1;

`include "ohm_core_limits.vh"
`include "ohm_adc.vh"

    // descriptor ---------------------------------------------------------------------------------
    wire              init, init_end, map_bad;
    wire [7:0]        init_idx, cols1;
    wire              psum, signed_in, relu;
    wire [5:0]        shift;
    wire [1:0]        func;
    wire [3:0]        slice_last, sl_idx, sl_lo, sl_w, sl_rs;
    wire [1:0]        sl_in, sl_dev;
    wire              sl_neg, sl_mul, sl_part, sl_count, sl_ok, mul_used;
    wire [7:0]        sl_row_first, sl_row_last;
    wire [CODE_W-1:0] sl_start, sl_stop;
    wire [1:0]        turn, init_desc, sl_desc, first_desc, trc_desc;
    wire [3:0]        order_mask, order_lag;
    wire              turned, sl_back, map_turned;
    wire [24:0]       sl_lsb;
    wire              link_in, link_out, link_bad, by_table, map_shared, calib, calib_bad;
    wire [31:0]       desc_rdata, cnt_rdata, link_rdata, calib_rdata;

    ohm_desc #(
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .NSLICE(NSLICE), .NSTREAM(NSTREAM), .PSUM(PSUM),
        .MODES(MODES), .LINK_W(LINK_W), .ADC(ADC), .CODES(CONVERT_CODES), .NDESC(NDESC),
        .TRANSPOSE(TRANSPOSE), .PREPARE(SIDE)
    ) u_desc (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(desc_rdata), .enable(enable), .init(init),
        .init_idx(init_idx), .init_end(init_end), .map_bad(map_bad), .map_shared(map_shared),
        .window_bad(window_bad), .calib_bad(calib_bad), .load_desc(turn), .slice_desc(sl_desc),
        .post_desc(ps_desc), .walk_desc(init_desc), .order_mask(order_mask), .order_lag(order_lag),
        .order_first(first_desc), .walk_asked(walk_asked), .map_turned(map_turned), .turned(turned),
        .sl_back(sl_back), .sl_lsb(sl_lsb), .walk(walk), .link_near(link_near), .link_bad(link_bad),
        .run(run), .bad_desc(bad_desc), .ev_bad_desc(ev_bad_desc), .ev_detail(ev_detail),
        .mode(desc_mode), .psum(psum), .signed_in(signed_in), .relu(relu), .osigned(osigned),
        .stream(desc_stream), .shift(shift), .func(func), .link_in(link_in), .link_out(link_out),
        .calib(calib), .mul_used(mul_used), .by_table(by_table), .slice_last(slice_last),
        .rows1(rows1), .cols1(cols1), .outs1(outs1), .sl_idx(sl_idx), .sl_ok(sl_ok), .sl_lo(sl_lo),
        .sl_w(sl_w), .sl_in(sl_in), .sl_dev(sl_dev), .sl_neg(sl_neg), .sl_mul(sl_mul),
        .sl_part(sl_part), .sl_count(sl_count), .sl_row_first(sl_row_first),
        .sl_row_last(sl_row_last), .sl_rs(sl_rs), .sl_start(sl_start), .sl_stop(sl_stop)
    );
    assign cfg_rdata = desc_rdata | cnt_rdata | link_rdata | calib_rdata;

    // calibration: vectors of the tile's own ------------------------------------------------------
    wire              in_valid, in_poison, in_re, in_pop, sum_valid;
    wire [31:0]       in_seq, in_rdata;
    wire [7:0]        sum_idx;
    wire [15:0]       sum_y, sum_p;
    ohm_source #(.COLS(SIDE), .MODES(MODES), .PSUM(PSUM)) u_source (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(calib_rdata), .calib(calib), .calib_bad(calib_bad),
        .init(init), .init_idx(init_idx), .init_end(init_end), .seq_base(seq_base),
        .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq), .vec_rdata(vec_rdata),
        .vec_pop(vec_pop), .in_valid(in_valid), .in_poison(in_poison), .in_seq(in_seq),
        .in_re(in_re), .in_rdata(in_rdata), .in_pop(in_pop), .sum_valid(sum_valid),
        .sum_idx(sum_idx), .sum_y(sum_y), .sum_p(sum_p)
    );

    // rows ---------------------------------------------------------------------------------------
    wire              ld_busy, ld_full, ld_poison, ld_take;
    wire [31:0]       ld_seq;
    wire              rows_in_use;
    wire [2:0]        sat_in;
    wire              mod_take, mod_first, mod_en;
    wire [8:0]        mod_tick;
    wire              mod_count;
    wire [3:0]        mod_lo, mod_w;
    wire [1:0]        mod_in;
    wire [LINES-1:0]  link_rows, bias_rows;
    wire [7:0]        bias_ticks;

    wire [8*LINES-1:0] act_mag;
    wire [LINES-1:0]  act_neg;
    wire [1:0]        ld_desc;
    ohm_order #(.NDESC(NDESC)) u_order (
        .clk(clk), .run(run), .mask(order_mask), .lag(order_lag), .first(first_desc), .pop(in_pop),
        .turn(turn)
    );
    ohm_rows #(.ROWS(LINES), .COLS(COLS), .NDESC(NDESC), .TRANSPOSE(TRANSPOSE)) u_rows (
        .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .desc(turn),
        .turned(turned), .ld_desc(ld_desc), .init_end(init_end), .run(run), .signed_in(signed_in),
        .rows1(rows1), .vec_valid(in_valid && !link_in), .vec_poison(in_poison), .vec_seq(in_seq),
        .vec_raddr(vec_raddr), .vec_rdata(in_rdata), .vec_re(in_re), .vec_pop(in_pop),
        .ld_busy(ld_busy), .ld_full(ld_full), .ld_poison(ld_poison), .ld_seq(ld_seq),
        .ld_take(ld_take), .sat_in(sat_in), .act_mag(act_mag), .act_neg(act_neg)
    );
    ohm_row_mod #(.ROWS(LINES), .MODES(MODES), .LINK(LINK_W != 0)) u_row_mod (
        .clk(clk), .run(run), .take(mod_take), .part(sl_part), .row_first(sl_row_first),
        .row_last(sl_row_last), .first(mod_first), .en(mod_en), .tick(mod_tick), .count(mod_count),
        .lo(mod_lo), .w(mod_w), .in(mod_in), .act_mag(act_mag), .act_neg(act_neg),
        .link_in(link_in), .link_rows(link_rows), .bias_rows(bias_rows), .bias_ticks(bias_ticks),
        .row_on(row_on), .row_neg(row_neg)
    );
    wire unused_rows = rows_in_use;

    // controller ---------------------------------------------------------------------------------
    wire              op_back;
    wire [24:0]       op_lsb;
    wire [1:0]        head_desc;
    wire [7:0]        next_cols1;
    wire              ctrl_busy, ramp_load, ramp_busy, ans_first, ans_last, cap_full;
    wire [CODE_W-1:0] ramp_start, ramp_stop;
    wire [CODE_W:0]   ramp_left;
    wire [TAG_W-1:0]  load_tag, scan_tag;
    wire [7:0]        scan_left;
    wire              scan_next, scan_lo, scan_hi;
    wire              sum_done, head_done, head_poison, head_free;
    wire [BANK_W-1:0] sum_bank, head_bank, trc_bank;
    wire [31:0]       head_seq, link_seq;
    wire              link_ok, link_start, link_poison, link_busy, pass;
    wire [BANK_W:0]   used;

    ohm_ctrl #(.CODE_W(CODE_W), .ACC_BANKS(ACC_BANKS), .NDESC(NDESC)) u_ctrl (
        .clk(clk), .run(run), .busy(ctrl_busy), .rows_in_use(rows_in_use), .slice_last(slice_last),
        .sl_idx(sl_idx), .sl_desc(sl_desc), .sl_back(sl_back), .sl_cols1(cols1), .sl_lsb(sl_lsb),
        .op_lsb(op_lsb), .sl_ok(sl_ok), .sl_lo(sl_lo), .sl_w(sl_w), .sl_in(sl_in), .sl_dev(sl_dev),
        .sl_neg(sl_neg), .sl_mul(sl_mul), .sl_count(sl_count), .sl_rs(sl_rs), .sl_start(sl_start),
        .sl_stop(sl_stop), .ld_full(ld_full), .ld_poison(ld_poison), .ld_seq(ld_seq),
        .ld_desc(ld_desc), .ld_take(ld_take), .link_in(link_in), .link_out(link_out),
        .link_ok(link_ok), .link_start(link_start), .link_poison(link_poison), .link_seq(link_seq),
        .pass(pass), .used(used), .mod_take(mod_take), .mod_first(mod_first), .mod_en(mod_en),
        .mod_tick(mod_tick), .mod_count(mod_count), .mod_lo(mod_lo), .mod_w(mod_w), .mod_in(mod_in),
        .step(1'b1), .ready(ready), .cell_sel(cell_sel), .int_reset(int_reset), .int_en(int_en),
        .sample(sample), .op_seq(op_seq), .op_desc(op_desc[1:0]), .op_back(op_back),
        .op_slice(op_slice), .ramp_rs(ramp_rs), .ramp_load(ramp_load), .ramp_start(ramp_start),
        .ramp_stop(ramp_stop), .ramp_tag(load_tag), .ramp_left(ramp_left), .ramp_busy(ramp_busy),
        .ans_last(ans_last), .cap_full(cap_full), .scan_left(scan_left),
        .cols1(OWN ? next_cols1 : cols1), .sum_done(sum_done), .sum_bank(sum_bank),
        .head_done(head_done), .head_poison(head_poison), .head_seq(head_seq),
        .head_desc(head_desc), .head_bank(head_bank), .head_free(head_free), .scan_bank(trc_bank),
        .scan_seq(trc_code_seq)
    );
    assign busy = ctrl_busy || ld_busy || link_busy || (calib && run && in_valid);
    assign op_desc[3:2] = 2'd0;
    assign ramp_lsb = run ? op_lsb : 25'd0;
    assign transpose = TRANSPOSE != 0 && run && op_back;
    wire   unused_desc = &{1'b0, next_cols1, op_back};

    wire [SIDE-1:0] pulse;
    generate
        if (LINK_W != 0) begin : g_link
            ohm_link #(.ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_BANKS(ACC_BANKS),
                .LINK_W(LINK_W)) u_link (
                .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
                .cfg_wdata(cfg_wdata), .cfg_rdata(link_rdata), .init_end(init_end), .run(run),
                .in_on(link_in), .out_on(link_out), .rows1(rows1), .cols1(cols1),
                .bad_rows(link_bad), .sl_ok(sl_ok), .sl_w(sl_w), .sl_start(sl_start),
                .sl_stop(sl_stop), .seq_base(seq_base), .alloc(ld_take), .pass(pass), .used(used),
                .ok(link_ok), .start(link_start), .poison(link_poison), .seq(link_seq),
                .busy(link_busy), .ans_first(ans_first), .pulse(pulse), .rows(link_rows),
                .bias_rows(bias_rows), .bias_ticks(bias_ticks), .rx(link_rx),
                .rx_ready(link_rx_ready), .tx(link_tx), .tx_ready(link_tx_ready)
            );
            assign next_seq = link_in ? link_seq : in_seq;
        end else begin : g_no_link
            assign {link_rdata, link_bad, link_ok, link_start, link_poison, link_seq,
                link_busy} = {32'd0, 1'b0, 1'b1, 35'd0};
            assign {link_rows, bias_rows, bias_ticks} = {2*LINES+8{1'b0}};
            assign {link_rx_ready, link_tx} = {LINK_B+1{1'b0}};
            assign next_seq = in_seq;
            wire unused_link = &{1'b0, ans_first, pulse, pass, used, link_rx, link_tx_ready};
        end
    endgenerate

    // conversion ---------------------------------------------------------------------------------
    ohm_convert #(
        .COLS(SIDE), .CODE_W(CODE_W), .TAG_W(TAG_W), .MODES(MODES), .ADC(ADC), .MUX(MUX),
        .ADC_CYCLES(ADC_CYCLES), .CYCLES(CONVERT_CYCLES), .OWN(OWN)
    ) u_convert (
        .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .by_table(by_table),
        .init(init || conv_init), .init_idx(conv_own ? conv_init_idx : init_idx),
        .init_end(init_end || conv_init_end), .run(run || conv_run), .early_stop(early_stop),
        .cols1(conv_own ? COLS1 : cols1), .load(ramp_load || conv_load),
        .start(conv_own ? conv_start : ramp_start), .stop(conv_own ? conv_stop : ramp_stop),
        .load_tag(OWN && conv_own ? {COLS1, load_tag[TAG_W-9:0]} : load_tag), .left(ramp_left),
        .busy(ramp_busy), .ans_first(ans_first), .ans_last(ans_last), .full(cap_full),
        .pulse(pulse), .ramp_en(ramp_en), .ramp_step(ramp_step), .cmp(cmp), .ready(ready),
        .adc_start(adc_start), .adc_mux(adc_mux), .adc_valid(adc_valid), .adc_code(adc_code),
        .scan_next(scan_next), .next_cols1(next_cols1), .scan_left(scan_left),
        .scan_valid(scan_valid), .scan_last(scan_last), .scan_col(scan_col), .scan_code(scan_code),
        .scan_lo(scan_lo), .scan_hi(scan_hi), .scan_tag(scan_tag)
    );

    assign res_desc = ps_desc;          // the post-processor's own while results leave

    wire              clip_lo, clip_hi, add_valid, add_take, acc_re;
    wire [BANK_W-1:0] add_bank, acc_bank;
    wire [COL_W-1:0]  add_idx, acc_idx;
    wire [31:0]       add_term, acc_rdata, sum_rdata;
    wire              ref_valid, ref_used;

    ohm_shift_add #(
        .COLS(SIDE), .CODE_W(CODE_W), .ACC_F(ACC_F), .BANK_W(BANK_W), .NSLICE(NSLICE),
        .MODES(MODES), .NDESC(NDESC)
    ) u_shift_add (
        .clk(clk), .run(run), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .init(init), .init_idx(init_idx), .cols1(cols1), .outs1(outs1), .mul_used(mul_used),
        .init_desc(init_desc), .first_desc(first_desc), .map_bad(map_bad), .map_shared(map_shared),
        .map_turned(map_turned), .scan_valid(scan_valid && !conv_own), .scan_last(scan_last),
        .scan_col(scan_col), .scan_code(scan_code), .scan_lo(scan_lo), .scan_hi(scan_hi),
        .scan_tag(scan_tag), .scan_next(scan_next), .trc_desc(trc_desc), .trc_valid(trc_code_valid),
        .trc_bank(trc_bank), .trc_slice(trc_code_slice), .trc_col(trc_code_col),
        .trc_code(trc_code), .clip_lo(clip_lo), .clip_hi(clip_hi), .add_valid(add_valid),
        .add_take(add_take), .add_bank(add_bank), .add_idx(add_idx), .add_term(add_term),
        .ref_valid(ref_valid), .ref_used(ref_used), .sum_done(sum_done), .sum_bank(sum_bank)
    );
    ohm_acc #(.COLS(SIDE), .BANKS(ACC_BANKS)) u_acc (
        .clk(clk), .init(init), .init_idx(init_idx), .add_valid(add_valid), .add_take(add_take),
        .add_bank(add_bank), .add_idx(add_idx), .add_term(add_term), .out_re(acc_re),
        .out_bank(acc_bank), .out_idx(acc_idx), .out_rdata(acc_rdata)
    );

    generate
        if (MODES != 0) begin : g_reference
            ohm_reference #(.COLS(SIDE), .BANKS(ACC_BANKS), .NDESC(NDESC)) u_reference (
                .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .init(init),
                .used(ref_used), .ref_valid(ref_valid), .ref_bank(add_bank), .ref_term(add_term),
                .out_re(acc_re), .out_free(head_free), .out_desc(ps_desc), .out_bank(acc_bank),
                .out_idx(acc_idx), .acc_rdata(acc_rdata), .out_rdata(sum_rdata)
            );
        end else begin : g_no_reference
            assign sum_rdata = acc_rdata;
            wire unused_ref = &{1'b0, ref_valid, ref_used};
        end
    endgenerate

    // outputs ------------------------------------------------------------------------------------
    wire sat_out;
    ohm_post #(.COLS(SIDE), .BANK_W(BANK_W), .MODES(MODES), .NDESC(NDESC)) u_post (
        .clk(clk), .run(run), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .mode(desc_mode), .psum(psum), .calib(calib), .relu(relu), .osigned(osigned), .func(func),
        .shift(shift), .outs1(outs1), .head_done(head_done), .head_poison(head_poison),
        .head_seq(head_seq), .head_desc(head_desc), .desc(ps_desc), .head_bank(head_bank),
        .head_free(head_free), .acc_re(acc_re), .acc_bank(acc_bank), .acc_idx(acc_idx),
        .acc_rdata(sum_rdata), .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq),
        .ps_raddr(ps_raddr), .ps_rdata(ps_rdata), .ps_pop(ps_pop), .rsd_on(rsd_on),
        .rsd_signed(rsd_signed), .rscale(rscale), .rsd_re(rsd_re), .rsd_raddr(rsd_raddr),
        .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop), .res_ready(res_ready), .res_valid(res_valid),
        .res_idx(res_idx), .res_data(res_data), .res_done(res_done), .res_seq(res_seq),
        .res_poison(res_poison), .res_acc(trc_res_acc), .sat_out(sat_out), .sum_valid(sum_valid),
        .sum_idx(sum_idx), .sum_y(sum_y), .sum_p(sum_p)
    );

    ohm_counters u_counters (
        .clk(clk), .rst(rst), .clr(init_end), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_rdata(cnt_rdata), .vmm_inc(res_done && !res_poison),
        .poison_inc(res_done && res_poison), .clip_lo_inc(clip_lo), .clip_hi_inc(clip_hi),
        .sat_in_inc(sat_in), .sat_out_inc(sat_out)
    );

    // trace --------------------------------------------------------------------------------------
    assign trc_code_desc = {2'd0, trc_desc};
    assign trc_res_valid = res_valid;
    assign trc_res_seq = res_seq;
    assign trc_res_desc = {2'd0, res_desc};
    assign trc_res_out = res_idx;
    assign trc_res_y = res_data;

`ifdef FORMAL
    // A tile that does not run leaves everything outside the core as it is: nothing is taken from a
    // buffer, no result leaves, no row is on, nothing is counted. From any state of the core on,
    // from the second cycle without `run`, whatever comes in and whatever its memories hold; that a
    // refused descriptor never runs is proved in ohm_desc.
    reg  f_idle = 1'b0;             // no run in the last cycle
    always @(posedge clk) f_idle <= !run;
    wire f_quiet = !vec_pop && !ps_pop && !rsd_pop && !rsd_re && !res_valid && !res_done
        && row_on == 0 && !int_reset && !int_en && !sample
                   && !ramp_en && !adc_start && !trc_code_valid && !trc_res_valid && !clip_lo
                       && !clip_hi && sat_in == 0 && !sat_out && !busy;
    always @* begin
        assume (!conv_own && !conv_run && !conv_load);
        if (f_idle && !run) assert (f_quiet);
    end
`endif
endmodule

`default_nettype wire
