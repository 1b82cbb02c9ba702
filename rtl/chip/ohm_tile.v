// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// A tile: network interface, buffers and output stage around the compute core and its analog macro.
//
//  ohm_ni_rx ─► ohm_ibuf ─► ohm_window ─► ┌──────────┐ ─► ohm_pool ─► ohm_out ─► ohm_inject ─► tx
//   │   └────► ohm_psum ────────────────► │ ohm_core │                credits       ▲
//   └─ ohm_cfg_fifo                       └──────────┘                              └── answers, credit returns, events
//        └─► cfg bus, PROG                  ohm_macro
//
// Throughput and latency: see the parts; the core sets the pace. rx_ready is constant 1: a tile never blocks the mesh.
// Protocol: docs/reference/borders.md. Packets, registers, events: docs/reference/map.md. Parameters: as docs/reference/configurations.md.
// The position is an input, not a parameter, so that all tiles are one module and compile once.
module ohm_tile #(
    parameter ROWS       = 128,
    parameter COLS       = 128,
    parameter CODE_W     = 10,
    parameter ACC_F      = 6,
    parameter ACC_BANKS  = 4,
    parameter IBUF_WORDS = 2048,
    parameter NSTREAM    = 4,
    parameter NSLOT      = 16,
    parameter PSUM_SLOTS = 4,
    parameter NSLICE     = 16,
    parameter NROUTE     = 4,
    parameter NCREDIT    = 8,
    parameter NRETURN    = 8,
    parameter WINDOW     = 1,
    parameter MODES      = 1,
    parameter LEAN       = 0,
    parameter PIPE       = 0,
    parameter LINK_W     = 0,
    parameter LINK_B     = LINK_W != 0 ? LINK_W + 4 : 1,    // wires of a link
    parameter ADC        = 0,
    parameter MUX        = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_BITS   = CODE_W
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [3:0]        tile_x,
    input  wire [3:0]        tile_y,
    input  wire              rx_valid,
    output wire              rx_ready,
    input  wire [33:0]       rx_flit,       // {last, first, data}
    output wire              tx_valid,
    input  wire              tx_ready,
    output wire [33:0]       tx_flit,
    // duration links (docs/explain/links.md): neighbours there {west, east}; from the west, to the east
    input  wire [1:0]        link_near,
    input  wire [LINK_B-1:0] link_rx,
    output wire              link_rx_ready,
    output wire [LINK_B-1:0] link_tx,
    input  wire              link_tx_ready,

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
    /* verilator no_inline_module */

    assign rx_ready = 1'b1;

    // configuration bus
    wire        cfg_we, cfg_re;
    wire [15:0] cfg_addr;
    wire [31:0] cfg_wdata;
    wire [31:0] rd_regs, rd_events, rd_ibuf, rd_out, rd_credit, rd_return, rd_core, rd_window, rd_pool;

    // control
    wire        enable, early_stop, core_busy, out_busy, in_busy, bad_desc;
    wire [31:0] seq_base;
    wire [1:0]  desc_stream, desc_mode;

    // ---- receiving ----
    wire [3:0]  chk_chan, com_chan;
    wire [15:0] chk_seq, chk_offset, com_seq;
    wire [9:0]  chk_len, com_len;
    wire        com_poison;
    wire [31:0] word;
    wire        act_chk, act_addr_ok, act_fits, act_slot_ok, act_word, act_commit, act_stale;
    wire        psum_chk, psum_addr_ok, psum_slot_ok, psum_word, psum_commit, psum_stale;
    wire        fifo_start, fifo_we, fifo_commit, read_busy;
    wire [55:0] fifo_entry;
    wire [7:0]  rx_ev;
    wire        rx_ev_late;
    wire [31:0] rx_ev_end_h0, rx_ev_late_word;

    ohm_ni_rx #(
        .ROWS(ROWS), .COLS(COLS), .NSTREAM(NSTREAM), .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT),
        .NRETURN(NRETURN), .WINDOW(WINDOW), .MODES(MODES), .PSUM(PSUM_SLOTS != 0), .LINK_W(LINK_W), .ADC(ADC), .PIPE(PIPE)
    ) u_ni_rx (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y), .enable(enable),
        .rx_valid(rx_valid), .rx_flit(rx_flit),
        .chk_chan(chk_chan), .chk_seq(chk_seq), .chk_offset(chk_offset), .chk_len(chk_len),
        .act_chk(act_chk), .psum_chk(psum_chk),
        .act_addr_ok(act_addr_ok), .act_fits(act_fits), .act_slot_ok(act_slot_ok),
        .psum_addr_ok(psum_addr_ok), .psum_slot_ok(psum_slot_ok),
        .act_word(act_word), .psum_word(psum_word), .word(word),
        .act_commit(act_commit), .psum_commit(psum_commit),
        .com_chan(com_chan), .com_seq(com_seq), .com_len(com_len), .com_poison(com_poison),
        .act_stale(act_stale), .psum_stale(psum_stale),
        .fifo_start(fifo_start), .fifo_we(fifo_we), .fifo_entry(fifo_entry), .fifo_commit(fifo_commit),
        .read_busy(read_busy),
        .ev(rx_ev), .ev_end_h0(rx_ev_end_h0), .ev_late(rx_ev_late), .ev_late_word(rx_ev_late_word)
    );

    wire        prog_valid, credit_valid, ans_valid, ans_take;
    wire [3:0]  prog_dev, credit_idx;
    wire [7:0]  prog_row, prog_col;
    wire [15:0] credit_limit;
    wire [31:0] prog_data, ans_h0, ans_h1, ans_data;

    ohm_cfg_fifo u_cfg_fifo (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
        .fifo_start(fifo_start), .fifo_we(fifo_we), .fifo_entry(fifo_entry), .fifo_commit(fifo_commit),
        .read_busy(read_busy),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_regs | rd_events | rd_ibuf | rd_out | rd_credit | rd_return | rd_core | rd_window | rd_pool),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col), .prog_data(prog_data),
        .credit_valid(credit_valid), .credit_idx(credit_idx), .credit_limit(credit_limit),
        .ans_valid(ans_valid), .ans_take(ans_take), .ans_h0(ans_h0), .ans_h1(ans_h1), .ans_data(ans_data)
    );

    // ---- buffers ----
    wire [127:0] line_first;
    wire [3:0]  line_valid, line_poison, line_slot;
    wire [1:0]  line_stream;
    wire [11:0] line_size, line_word;
    wire [15:0] line_slots1;
    wire [31:0] line_seq, line_data, vec_lost_seq;
    wire [63:0] line_limit;
    wire        line_take, line_pop, vec_lost, vec_lost_req;

    ohm_ibuf #(.IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT), .HOLD(WINDOW), .LEAN(LEAN)) u_ibuf (
        .clk(clk), .rst(rst), .enable(enable), .first_seq(line_first),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .cfg_rdata(rd_ibuf),
        .chk(act_chk), .chk_chan(chk_chan), .chk_seq(chk_seq), .chk_offset(chk_offset), .chk_len(chk_len),
        .chk_addr_ok(act_addr_ok), .chk_slot_ok(act_slot_ok), .chk_fits(act_fits), .word_valid(act_word), .word(word),
        .commit(act_commit), .com_chan(com_chan), .com_seq(com_seq), .com_len(com_len), .com_poison(com_poison),
        .com_stale(act_stale),
        .line_valid(line_valid), .line_poison(line_poison), .stream(line_stream), .line_seq(line_seq),
        .line_words(line_size), .rd_slot(line_slot), .rd_word(line_word), .rd_data(line_data),
        .take(line_take), .pop(line_pop),
        .slots1(line_slots1), .limit(line_limit), .lost_req(vec_lost_req), .lost(vec_lost), .lost_seq(vec_lost_seq)
    );

    wire        ps_valid, ps_poison, ps_pop, ps_lost;
    wire [31:0] ps_seq, ps_rdata;
    wire [7:0]  ps_raddr;
    wire [15:0] ps_limit;

    generate if (PSUM_SLOTS != 0) begin : g_psum
        ohm_psum #(.COLS(COLS), .PSUM_SLOTS(PSUM_SLOTS)) u_psum (
            .clk(clk), .rst(rst), .enable(enable), .seq_base(seq_base),
            .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
            .chk(psum_chk), .chk_chan(chk_chan), .chk_seq(chk_seq), .chk_offset(chk_offset), .chk_len(chk_len),
            .chk_addr_ok(psum_addr_ok), .chk_slot_ok(psum_slot_ok), .word_valid(psum_word), .word(word),
            .commit(psum_commit), .com_seq(com_seq), .com_len(com_len), .com_poison(com_poison), .com_stale(psum_stale),
            .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq), .ps_raddr(ps_raddr), .ps_rdata(ps_rdata),
            .ps_pop(ps_pop), .limit(ps_limit), .lost_ack(!vec_lost_req), .lost(ps_lost)     // one a cycle
        );
    end else begin : g_no_psum
        assign {psum_addr_ok, psum_slot_ok, psum_stale} = 3'b001;
        assign {ps_valid, ps_poison, ps_seq, ps_rdata} = 66'd0;
        assign {ps_limit, ps_lost} = 17'd0;
        wire unused_ps = &{1'b0, vec_lost_req, psum_chk, psum_word, psum_commit, ps_raddr, ps_pop};
    end endgenerate

    // ---- windows and pooling ----
    wire        vec_valid, vec_poison, vec_pop, run, osigned, window_bad, walk;
    wire [31:0] vec_seq, vec_rdata;
    wire [5:0]  vec_raddr;
    wire [7:0]  rows1, outs1;
    wire        rsd_on, rsd_signed, rsd_re, rsd_pop;
    wire [31:0] rscale;
    wire [7:0]  rsd_raddr, rsd_rdata;
    wire        y_ready, y_valid, y_done, y_poison;             // from the core
    wire [7:0]  y_idx;
    wire [31:0] y_data, y_seq;
    wire        res_ready, res_valid, res_done, res_poison;     // to the output stage
    wire [7:0]  res_idx;
    wire [31:0] res_data, res_seq;

    generate if (WINDOW != 0) begin : g_window
        wire [4:0] pool_h1, pool_w1, pool_stride;
        wire       walk_bad, pool_bad, walk_busy, pool_busy;
        ohm_window #(.ROWS(ROWS), .COLS(COLS), .NSTREAM(NSTREAM), .ACC_BANKS(ACC_BANKS)) u_window (
            .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
            .cfg_rdata(rd_window),
            .enable(enable), .run(run), .seq_base(seq_base), .desc_stream(desc_stream), .desc_mode(desc_mode),
            .rows1(rows1), .outs1(outs1), .pool_h1(pool_h1), .pool_w1(pool_w1), .pool_stride(pool_stride),
            .on(walk), .bad(walk_bad), .busy(walk_busy),
            .first_seq(line_first), .line_valid(line_valid), .line_poison(line_poison), .stream(line_stream),
            .line_seq(line_seq), .line_words(line_size), .rd_slot(line_slot), .rd_word(line_word),
            .rd_data(line_data), .take(line_take), .pop(line_pop), .slots1(line_slots1),
            .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq), .vec_raddr(vec_raddr),
            .vec_rdata(vec_rdata), .vec_pop(vec_pop),
            .rsd_on(rsd_on), .rsd_signed(rsd_signed), .rscale(rscale), .rsd_re(rsd_re), .rsd_raddr(rsd_raddr),
            .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop)
        );
        ohm_pool #(.COLS(COLS)) u_pool (
            .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
            .cfg_rdata(rd_pool),
            .enable(enable), .walk(walk), .mode(desc_mode), .osigned(osigned),
            .pool_h1(pool_h1), .pool_w1(pool_w1), .pool_stride(pool_stride), .bad(pool_bad), .busy(pool_busy),
            .core_ready(y_ready), .core_valid(y_valid), .core_idx(y_idx), .core_data(y_data), .core_done(y_done),
            .core_seq(y_seq), .core_poison(y_poison),
            .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data), .res_done(res_done),
            .res_seq(res_seq), .res_poison(res_poison)
        );
        assign window_bad = walk_bad || pool_bad;
        assign in_busy = walk_busy || pool_busy || (!walk && vec_valid);
    end else begin : g_direct
        assign line_first  = {4{seq_base}};
        assign line_stream = desc_stream;
        assign line_slot   = line_seq[3:0];
        assign line_word   = {6'd0, vec_raddr};
        assign line_take   = vec_pop;
        assign line_pop    = vec_pop;
        assign vec_valid   = line_valid[desc_stream];
        assign vec_poison  = line_poison[desc_stream];
        assign vec_seq     = line_seq;
        assign vec_rdata   = line_data;
        assign y_ready     = res_ready;
        assign {res_valid, res_idx, res_data, res_done} = {y_valid, y_idx, y_data, y_done};
        assign {res_seq, res_poison} = {y_seq, y_poison};
        assign {rsd_on, rsd_signed, rscale, rsd_rdata} = 42'd0;
        assign {window_bad, walk} = 2'd0;
        assign in_busy     = vec_valid;
        assign rd_window   = 32'd0;
        assign rd_pool     = 32'd0;
        wire unused = &{1'b0, line_size, line_slots1, run, osigned, rows1, outs1, rsd_re, rsd_raddr, rsd_pop};
    end endgenerate

    // ---- core and macro ----
    wire              ev_bad_desc;
    wire [31:0]       ev_desc_detail, next_seq;
    wire [ROWS-1:0]   row_on, row_neg;
    wire [1:0]        cell_sel;
    wire              int_reset, int_en, sample, ramp_en, macro_ready;
    wire [31:0]       op_seq;
    wire [3:0]        op_desc, op_slice, ramp_rs;
    wire [CODE_W-1:0] ramp_step;
    wire [COLS-1:0]   cmp;

    localparam ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX);
    wire              adc_start, adc_valid;
    wire [7:0]        adc_mux;
    wire [ADC_B-1:0]  adc_code;

    ohm_core #(
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS), .NSLICE(NSLICE), .NSTREAM(NSTREAM),
        .PSUM(PSUM_SLOTS != 0), .MODES(MODES), .LEAN(LEAN), .LINK_W(LINK_W), .ADC(ADC), .MUX(MUX), .ADC_CYCLES(ADC_CYCLES), .ADC_BITS(ADC_BITS)
    ) u_core (
        .clk(clk), .rst(rst),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .cfg_rdata(rd_core),
        .enable(enable), .early_stop(early_stop),
        .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq), .vec_raddr(vec_raddr),
        .vec_rdata(vec_rdata), .vec_pop(vec_pop),
        .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq), .ps_raddr(ps_raddr), .ps_rdata(ps_rdata),
        .ps_pop(ps_pop),
        .rsd_on(rsd_on), .rsd_signed(rsd_signed), .rscale(rscale),
        .rsd_re(rsd_re), .rsd_raddr(rsd_raddr), .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop),
        .res_ready(y_ready), .res_valid(y_valid), .res_idx(y_idx), .res_data(y_data), .res_done(y_done),
        .res_seq(y_seq), .res_poison(y_poison),
        .row_on(row_on), .row_neg(row_neg), .cell_sel(cell_sel), .int_reset(int_reset), .int_en(int_en),
        .sample(sample), .op_seq(op_seq), .op_desc(op_desc), .op_slice(op_slice), .ramp_rs(ramp_rs),
        .ramp_en(ramp_en), .ramp_step(ramp_step), .cmp(cmp), .adc_start(adc_start), .adc_mux(adc_mux), .adc_valid(adc_valid), .adc_code(adc_code), .ready(macro_ready),
        .trc_code_valid(trc_code_valid), .trc_code_seq(trc_code_seq), .trc_code_desc(trc_code_desc),
        .trc_code_slice(trc_code_slice), .trc_code_col(trc_code_col), .trc_code(trc_code),
        .trc_res_valid(trc_res_valid), .trc_res_seq(trc_res_seq), .trc_res_desc(trc_res_desc),
        .trc_res_out(trc_res_out), .trc_res_acc(trc_res_acc), .trc_res_y(trc_res_y),
        .busy(core_busy), .bad_desc(bad_desc), .ev_bad_desc(ev_bad_desc), .ev_detail(ev_desc_detail),
        .desc_stream(desc_stream), .desc_mode(desc_mode), .run(run), .rows1(rows1), .outs1(outs1), .osigned(osigned),
        .window_bad(window_bad), .walk(walk), .seq_base(seq_base), .next_seq(next_seq),
        .link_near(link_near), .link_rx(link_rx), .link_rx_ready(link_rx_ready), .link_tx(link_tx), .link_tx_ready(link_tx_ready)
    );

    ohm_macro #(.ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .LEAN(LEAN), .ADC(ADC), .MUX(MUX), .ADC_CYCLES(ADC_CYCLES)) u_macro (
        .clk(clk), .rst(rst), .macro_id({tile_y, tile_x}),
        .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col), .prog_data(prog_data),
        .row_on(row_on), .row_neg(row_neg), .cell_sel(cell_sel), .int_reset(int_reset), .int_en(int_en),
        .sample(sample), .op_seq(op_seq), .op_desc(op_desc), .op_slice(op_slice), .ramp_rs(ramp_rs),
        .ramp_en(ramp_en), .ramp_step(ramp_step), .cmp(cmp),
        .adc_start(adc_start), .adc_mux(adc_mux), .adc_valid(adc_valid), .adc_code(adc_code), .ready(macro_ready)
    );

    // ---- sending ----
    wire        out_valid, out_ready, ask_ok;
    wire [33:0] out_flit;
    wire [4:0]  ask_idx;
    wire [15:0] ask_seq;

    ohm_out #(.COLS(COLS), .NROUTE(NROUTE), .WINDOW(WINDOW), .LEAN(LEAN)) u_out (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y), .enable(enable), .mode(desc_mode), .walk(walk),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .cfg_rdata(rd_out),
        .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data), .res_done(res_done),
        .res_seq(res_seq), .res_poison(res_poison),
        .ask_idx(ask_idx), .ask_seq(ask_seq), .ask_ok(ask_ok),
        .out_valid(out_valid), .out_ready(out_ready), .out_flit(out_flit), .busy(out_busy)
    );

    ohm_credit #(.NCREDIT(NCREDIT)) u_credit (
        .clk(clk), .rst(rst),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .cfg_rdata(rd_credit),
        .raise(credit_valid), .raise_idx(credit_idx), .raise_limit(credit_limit),
        .ask_idx(ask_idx), .ask_seq(ask_seq), .ask_ok(ask_ok)
    );

    wire        ret_valid, ret_take, ev_valid, ev_take;
    wire [31:0] ret_h0, ret_h1, ev_h0, ev_h1, ev_detail;

    ohm_return #(.NRETURN(NRETURN), .LEAN(LEAN)) u_return (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y), .enable(enable),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .cfg_rdata(rd_return),
        .vec_pop(line_pop), .vec_stream(line_stream), .vec_limit(line_limit), .ps_pop(ps_pop), .ps_limit(ps_limit),
        .valid(ret_valid), .take(ret_take), .h0(ret_h0), .h1(ret_h1)
    );

    // the sources' events, code 1 in bit 0 and in the low detail word
    wire [7:0]   ev = rx_ev | {1'b0, ev_bad_desc, vec_lost || ps_lost, 5'd0};
    wire [255:0] ev_details = {rx_ev_late_word, ev_desc_detail, vec_lost ? vec_lost_seq : ps_seq,       // 8, 7, 6
                               {3{rx_ev_late_word}}, {2{rx_ev_end_h0}}};                                // 5 … 1

    ohm_events #(.CNT_W(LEAN != 0 ? 16 : 32), .LEAN(LEAN), .PIPE(PIPE)) u_events (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
        .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_rdata(rd_events),
        .ev(ev), .ev_late(rx_ev_late), .ev_detail(ev_details),
        .valid(ev_valid), .take(ev_take), .h0(ev_h0), .h1(ev_h1), .detail(ev_detail)
    );

    ohm_inject #(.LEAN(LEAN), .PIPE(PIPE)) u_inject (
        .clk(clk), .rst(rst),
        .ans_valid(ans_valid), .ans_take(ans_take), .ans_h0(ans_h0), .ans_h1(ans_h1), .ans_data(ans_data),
        .ret_valid(ret_valid), .ret_take(ret_take), .ret_h0(ret_h0), .ret_h1(ret_h1),
        .ev_valid(ev_valid), .ev_take(ev_take), .ev_h0(ev_h0), .ev_h1(ev_h1), .ev_detail(ev_detail),
        .data_valid(out_valid), .data_ready(out_ready), .data_flit(out_flit),
        .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit)
    );

    ohm_regs #(.ROWS(ROWS), .COLS(COLS), .PIPE(PIPE)) u_regs (
        .clk(clk), .rst(rst),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata), .cfg_rdata(rd_regs),
        .busy(core_busy || out_busy || in_busy), .bad_desc(bad_desc), .seq_head(next_seq),
        .enable(enable), .early_stop(early_stop), .seq_base(seq_base)
    );
endmodule
`default_nettype wire
