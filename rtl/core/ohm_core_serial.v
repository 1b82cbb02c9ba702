// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_core for small tiles: the same numbers from one row comparator, one column
// comparator, one accumulator RAM and adders that multiply bit by bit. It only wires its parts;
// each is a sibling of the part in ohm_core, or the same.
//
//   vectors ─► ohm_rows_serial ─► macro ─► ohm_convert_serial ─► ohm_shift_add_serial ─┐
//                    ▲              ▲              ▲                                   ▼
//                 ohm_ctrl ─────────┴──────────────┘        outputs ◄─ ohm_post ◄─ ohm_acc_serial
//
// One vector at a time is read while another is post-processed. Throughput: per slice entry (N + 1)
// ticks of ROWS + 2 cycles, STOP - START + 2 steps of COLS + 5 cycles, and 24 + shift cycles for
// each column (docs/reference/borders.md). Latency: as long. `enable` low empties the core within
// two cycles; vectors in it are lost.
// Legal: as ohm_core, with MODES, LINK_W and ADC 0; ACC_BANKS * COLS up to 256.
`default_nettype none

module ohm_core_serial #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter ACC_F = 6,
    parameter ACC_BANKS = 2,
    parameter NSLICE = 16,
    parameter NSTREAM = 4,
    parameter PSUM = 1,
    parameter MODES = 0,
    parameter LINK_W = 0,
    parameter LINK_B = LINK_W != 0 ? LINK_W + 4 : 1,
    parameter ADC = 0
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
    // macro
    output wire [ROWS-1:0]   row_on,
    output wire [ROWS-1:0]   row_neg,
    output wire [1:0]        cell_sel,
    output wire              int_reset,
    output wire              int_en,
    output wire              sample,
    output wire [31:0]       op_seq,
    output wire [3:0]        op_desc,
    output wire [3:0]        op_slice,
    output wire [3:0]        ramp_rs,
    output wire              ramp_en,
    output wire [CODE_W-1:0] ramp_step,
    input  wire [COLS-1:0]   cmp,
    output wire              adc_start,
    output wire [7:0]        adc_mux,
    input  wire              adc_valid,
    input  wire [0:0]        adc_code,
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
    localparam COL_W = $clog2(COLS);
    localparam TAG_W = 12 + BANK_W;
    localparam [7:0] COLS1 = COLS[7:0] - 8'd1;

`include "ohm_core_serial_limits.vh"

    // descriptor ---------------------------------------------------------------------------------
    wire              init, init_end, map_bad, map_shared;
    wire [7:0]        init_idx, cols1;
    wire              psum, signed_in, relu, calib, mul_used, by_table;
    wire [5:0]        shift;
    wire [1:0]        func;
    wire [3:0]        slice_last, sl_idx, sl_lo, sl_w, sl_rs;
    wire [1:0]        sl_in, sl_dev;
    wire              sl_neg, sl_mul, sl_part, sl_count, sl_ok, link_in, link_out;
    wire [7:0]        sl_row_first, sl_row_last;
    wire [CODE_W-1:0] sl_start, sl_stop;
    wire [31:0]       desc_rdata, cnt_rdata;
    // there is one descriptor
    wire [1:0]        walk_desc, order_first, sl_desc, ctrl_desc, head_desc, post_desc;
    wire [3:0]        order_mask, order_lag;
    wire              turned, sl_back, op_back;
    wire [24:0]       sl_lsb, op_lsb;

    ohm_desc #(
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .NSLICE(NSLICE), .NSTREAM(NSTREAM), .PSUM(PSUM),
        .MODES(MODES), .LINK_W(LINK_W), .ADC(ADC), .CODES(0), .NDESC(1), .TRANSPOSE(0), .RAMS(1),
        .PREPARE(ACC_BANKS * COLS)
    ) u_desc (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(desc_rdata),
        .enable(enable), .init(init), .init_idx(init_idx), .init_end(init_end), .map_bad(map_bad),
        .load_desc(2'd0), .slice_desc(2'd0), .post_desc(2'd0), .walk_desc(walk_desc),
        .order_mask(order_mask), .order_lag(order_lag), .order_first(order_first),
        .walk_asked(1'b0), .map_turned(1'b0), .turned(turned), .sl_back(sl_back),
        .sl_lsb(sl_lsb),
        .map_shared(map_shared), .window_bad(window_bad), .calib_bad(1'b0), .walk(walk),
        .link_near(link_near), .link_bad(1'b0), .run(run), .bad_desc(bad_desc),
        .ev_bad_desc(ev_bad_desc), .ev_detail(ev_detail),
        .mode(desc_mode), .psum(psum), .signed_in(signed_in), .relu(relu), .osigned(osigned),
        .stream(desc_stream), .shift(shift), .func(func), .link_in(link_in), .link_out(link_out),
        .calib(calib), .mul_used(mul_used), .by_table(by_table), .slice_last(slice_last),
        .rows1(rows1), .cols1(cols1), .outs1(outs1),
        .sl_idx(sl_idx), .sl_ok(sl_ok), .sl_lo(sl_lo), .sl_w(sl_w), .sl_in(sl_in), .sl_dev(sl_dev),
        .sl_neg(sl_neg), .sl_mul(sl_mul), .sl_part(sl_part), .sl_count(sl_count),
        .sl_row_first(sl_row_first), .sl_row_last(sl_row_last),
        .sl_rs(sl_rs), .sl_start(sl_start), .sl_stop(sl_stop)
    );
    assign cfg_rdata = desc_rdata | cnt_rdata;
    assign next_seq = vec_seq;
    assign {link_rx_ready, link_tx} = {LINK_B+1{1'b0}};

    // rows ---------------------------------------------------------------------------------------
    wire              ld_busy, ld_full, ld_poison, ld_take, in_use, sat_in, mod_step;
    wire [31:0]       ld_seq;
    wire              mod_take, mod_first, mod_en, mod_count;
    wire [8:0]        mod_tick;
    wire [3:0]        mod_lo, mod_w;
    wire [1:0]        mod_in;

    ohm_rows_serial #(.ROWS(ROWS)) u_rows (
        .clk(clk), .run(run), .signed_in(signed_in), .rows1(rows1),
        .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq),
        .vec_raddr(vec_raddr), .vec_rdata(vec_rdata), .vec_pop(vec_pop),
        .ld_busy(ld_busy), .ld_full(ld_full), .ld_poison(ld_poison), .ld_seq(ld_seq),
        .ld_take(ld_take), .in_use(in_use), .sat_in(sat_in),
        .first(mod_first), .en(mod_en), .tick(mod_tick[7:0]), .lo(mod_lo), .w(mod_w), .in(mod_in),
        .step(mod_step), .row_on(row_on), .row_neg(row_neg)
    );

    // controller ---------------------------------------------------------------------------------
    wire              ctrl_busy, ramp_load, ramp_busy, ans_first, ans_last, cap_full, pass;
    wire [CODE_W-1:0] ramp_start, ramp_stop;
    wire [CODE_W:0]   ramp_left;
    wire [TAG_W-1:0]  load_tag, scan_tag;
    wire [7:0]        scan_left;
    wire              scan_next, scan_lo, scan_hi;
    wire              sum_done, head_done, head_poison, head_free;
    wire [BANK_W-1:0] sum_bank, head_bank, trc_bank;
    wire [31:0]       head_seq;
    wire [BANK_W:0]   used;

    ohm_ctrl #(.CODE_W(CODE_W), .ACC_BANKS(ACC_BANKS), .NDESC(1), .OVERLAP(0)) u_ctrl (
        .clk(clk), .run(run), .busy(ctrl_busy), .rows_in_use(in_use),
        .slice_last(slice_last), .sl_idx(sl_idx), .sl_desc(sl_desc), .sl_back(sl_back),
        .sl_cols1(cols1), .sl_lsb(sl_lsb), .op_lsb(op_lsb), .ld_desc(2'd0), .op_desc(ctrl_desc),
        .op_back(op_back),
        .head_desc(head_desc), .sl_ok(sl_ok), .sl_lo(sl_lo), .sl_w(sl_w),
        .sl_in(sl_in), .sl_dev(sl_dev), .sl_neg(sl_neg), .sl_mul(sl_mul), .sl_count(sl_count),
        .sl_rs(sl_rs), .sl_start(sl_start), .sl_stop(sl_stop),
        .ld_full(ld_full), .ld_poison(ld_poison), .ld_seq(ld_seq), .ld_take(ld_take),
        .link_in(link_in), .link_out(link_out), .link_ok(1'b1), .link_start(1'b0),
        .link_poison(1'b0), .link_seq(32'd0), .pass(pass), .used(used),
        .mod_take(mod_take), .mod_first(mod_first), .mod_en(mod_en), .mod_tick(mod_tick),
        .mod_count(mod_count), .mod_lo(mod_lo), .mod_w(mod_w), .mod_in(mod_in),
        .step(mod_step), .ready(ready), .cell_sel(cell_sel), .int_reset(int_reset),
        .int_en(int_en), .sample(sample), .op_seq(op_seq), .op_slice(op_slice), .ramp_rs(ramp_rs),
        .ramp_load(ramp_load), .ramp_start(ramp_start), .ramp_stop(ramp_stop), .ramp_tag(load_tag),
        .ramp_left(ramp_left), .ramp_busy(ramp_busy), .ans_last(ans_last), .cap_full(cap_full),
        .scan_left(scan_left), .cols1(cols1), .sum_done(sum_done), .sum_bank(sum_bank),
        .head_done(head_done), .head_poison(head_poison), .head_seq(head_seq),
        .head_bank(head_bank), .head_free(head_free), .scan_bank(trc_bank), .scan_seq(trc_code_seq)
    );
    assign busy = ctrl_busy || ld_busy;
    assign op_desc = 4'd0;                  // one descriptor per tile

    // conversion ---------------------------------------------------------------------------------
    wire [COLS-1:0] pulse;

    ohm_convert_serial #(.COLS(COLS), .CODE_W(CODE_W), .TAG_W(TAG_W)) u_convert (
        .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .by_table(by_table),
        .init(init || conv_init), .init_idx(conv_own ? conv_init_idx : init_idx),
        .init_end(init_end || conv_init_end), .run(run || conv_run), .early_stop(early_stop),
        .cols1(conv_own ? COLS1 : cols1), .load(ramp_load || conv_load),
        .start(conv_own ? conv_start : ramp_start), .stop(conv_own ? conv_stop : ramp_stop),
        .load_tag(load_tag),
        .left(ramp_left), .busy(ramp_busy), .ans_first(ans_first), .ans_last(ans_last),
        .full(cap_full), .pulse(pulse), .ramp_en(ramp_en), .ramp_step(ramp_step), .cmp(cmp),
        .ready(ready), .adc_start(adc_start), .adc_mux(adc_mux), .adc_valid(adc_valid),
        .adc_code(adc_code), .scan_next(conv_own ? scan_valid : scan_next), .scan_left(scan_left),
        .scan_valid(scan_valid), .scan_last(scan_last), .scan_col(scan_col),
        .scan_code(scan_code), .scan_lo(scan_lo), .scan_hi(scan_hi), .scan_tag(scan_tag)
    );

    wire              clip_lo, clip_hi, add_valid, add_take, acc_re, ref_valid, ref_used;
    wire [BANK_W-1:0] add_bank, acc_bank;
    wire [COL_W-1:0]  add_idx, acc_idx;
    wire [31:0]       add_term, acc_rdata;

    ohm_shift_add_serial #(
        .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .BANK_W(BANK_W)
    ) u_shift_add (
        .clk(clk), .run(run), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .init(init), .init_idx(init_idx), .cols1(cols1), .outs1(outs1), .mul_used(mul_used),
        .map_bad(map_bad), .map_shared(map_shared),
        .scan_valid(scan_valid && !conv_own), .scan_last(scan_last), .scan_col(scan_col),
        .scan_code(scan_code), .scan_lo(scan_lo), .scan_hi(scan_hi), .scan_tag(scan_tag),
        .scan_next(scan_next), .trc_valid(trc_code_valid), .trc_bank(trc_bank),
        .trc_slice(trc_code_slice), .trc_col(trc_code_col), .trc_code(trc_code),
        .clip_lo(clip_lo), .clip_hi(clip_hi),
        .add_valid(add_valid), .add_take(add_take), .add_bank(add_bank), .add_idx(add_idx),
        .add_term(add_term), .ref_valid(ref_valid), .ref_used(ref_used),
        .sum_done(sum_done), .sum_bank(sum_bank)
    );
    ohm_acc_serial #(.COLS(COLS), .BANKS(ACC_BANKS)) u_acc (
        .clk(clk), .init(init), .init_idx(init_idx),
        .add_valid(add_valid), .add_take(add_take), .add_bank(add_bank), .add_idx(add_idx),
        .add_term(add_term),
        .out_re(acc_re), .out_bank(acc_bank), .out_idx(acc_idx), .out_rdata(acc_rdata)
    );

    // outputs ------------------------------------------------------------------------------------
    wire        sat_out, sum_valid;
    wire [7:0]  sum_idx;
    wire [15:0] sum_y, sum_p;
    ohm_post #(.COLS(COLS), .BANK_W(BANK_W), .SERIAL(1), .MODES(MODES), .NDESC(1)) u_post (
        .clk(clk), .run(run), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .mode(desc_mode), .psum(psum), .calib(calib), .relu(relu), .osigned(osigned), .func(func),
        .shift(shift), .outs1(outs1), .head_done(head_done), .head_poison(head_poison),
        .head_seq(head_seq), .head_desc(head_desc), .desc(post_desc), .head_bank(head_bank),
        .head_free(head_free), .acc_re(acc_re), .acc_bank(acc_bank), .acc_idx(acc_idx),
        .acc_rdata(acc_rdata),
        .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq), .ps_raddr(ps_raddr),
        .ps_rdata(ps_rdata), .ps_pop(ps_pop),
        .rsd_on(rsd_on), .rsd_signed(rsd_signed), .rscale(rscale), .rsd_re(rsd_re),
        .rsd_raddr(rsd_raddr), .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop),
        .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data),
        .res_done(res_done), .res_seq(res_seq), .res_poison(res_poison), .res_acc(trc_res_acc),
        .sat_out(sat_out), .sum_valid(sum_valid), .sum_idx(sum_idx), .sum_y(sum_y), .sum_p(sum_p)
    );

    ohm_counters_serial u_counters (
        .clk(clk), .rst(rst), .clr(init_end), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_rdata(cnt_rdata), .vmm_inc(res_done && !res_poison),
        .poison_inc(res_done && res_poison),
        .clip_lo_inc(clip_lo), .clip_hi_inc(clip_hi), .sat_in_inc({2'd0, sat_in}),
        .sat_out_inc(sat_out)
    );

    // trace --------------------------------------------------------------------------------------
    assign trc_code_desc = 4'd0;
    assign trc_res_valid = res_valid;
    assign trc_res_seq = res_seq;
    assign trc_res_desc = 4'd0;
    assign trc_res_out = res_idx;
    assign trc_res_y = res_data;

    // what only ohm_core has use for
    wire unused = &{1'b0, seq_base, link_rx, link_tx_ready, sl_part, sl_row_first, sl_row_last,
                    mod_take, mod_count, mod_tick[8], pass, used, ans_first, pulse,
                    ref_valid, ref_used, walk_desc, order_first, sl_desc, ctrl_desc, post_desc,
                    order_mask, order_lag, turned, sl_back, op_back, op_lsb, sum_valid, sum_idx,
                    sum_y, sum_p};

`ifdef FORMAL
    // As in ohm_core: a tile that does not run leaves everything outside the core as it is.
    reg  f_idle = 1'b0;             // no run in the last cycle
    always @(posedge clk) f_idle <= !run;
    wire f_quiet = !vec_pop && !ps_pop && !rsd_pop && !rsd_re && !res_valid && !res_done
        && row_on == 0
                   && !int_reset && !int_en && !sample && !ramp_en && !adc_start && !trc_code_valid
                   && !trc_res_valid && !clip_lo && !clip_hi && !sat_in && !sat_out && !busy;
    always @* begin
        assume (!conv_own && !conv_run && !conv_load);
        if (f_idle && !run) assert (f_quiet);
    end
`endif
endmodule

`default_nettype wire
