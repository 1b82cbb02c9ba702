// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Walk: between the shell and the compute core. Vectors are windows of maps (ohm_window), results
// are pooled (ohm_pool); without them (WINDOW 0) a line is a vector and results pass unchanged.
//
//   line port ─► ohm_window ─► vectors ─► core ─► y ─► ohm_pool ─► results
//                    └──────► residual ──► core
//
// Throughput and latency: those of the parts; WINDOW 0: wires. Protocol: docs/reference/borders.md.
// Parameters: as docs/reference/configurations.md.
module ohm_walk #(
    parameter ROWS      = 128,
    parameter COLS      = 128,
    parameter NSTREAM   = 4,
    parameter ACC_BANKS = 4,
    parameter WINDOW    = 1
) (
    input  wire         clk,
    input  wire         rst,
    // configuration bus
    input  wire         cfg_we,
    input  wire         cfg_re,
    input  wire [15:0]  cfg_addr,
    input  wire [31:0]  cfg_wdata,
    output wire [31:0]  cfg_rdata,
    // control, and the descriptor as the core has it
    input  wire         enable,
    input  wire         run,            // the descriptor is accepted
    input  wire [31:0]  seq_base,
    input  wire [1:0]   desc_stream,
    input  wire [1:0]   desc_mode,
    input  wire [7:0]   rows1,
    input  wire [7:0]   outs1,
    input  wire         osigned,
    output wire         walk,           // windows make the vectors: walker 0 is on
    output wire         asked,          // a walker, or ARGMAX
    output wire         bad,            // registers are not to be used together
    output wire         busy,
    // line port of the shell
    output wire [127:0] first_seq,
    input  wire [3:0]   line_valid,
    input  wire [3:0]   line_poison,
    input  wire [15:0]  line_slots1,
    output wire [1:0]   line_stream,
    input  wire [31:0]  line_seq,
    input  wire [11:0]  line_words,
    output wire [3:0]   line_slot,
    output wire [11:0]  line_word,
    input  wire [31:0]  line_data,
    output wire         line_take,
    output wire         line_pop,
    // vectors for the core
    output wire         vec_valid,
    output wire         vec_poison,
    output wire [31:0]  vec_seq,
    input  wire [5:0]   vec_raddr,
    output wire [31:0]  vec_rdata,
    input  wire         vec_pop,
    // residual for the core
    output wire         rsd_on,
    output wire         rsd_signed,
    output wire [31:0]  rscale,
    input  wire         rsd_re,
    input  wire [7:0]   rsd_raddr,
    output wire [7:0]   rsd_rdata,
    input  wire         rsd_pop,
    // results of the core
    output wire         y_ready,
    input  wire         y_valid,
    input  wire [7:0]   y_idx,
    input  wire [31:0]  y_data,
    input  wire         y_done,
    input  wire [31:0]  y_seq,
    input  wire         y_poison,
    // results for the shell
    input  wire         res_ready,
    output wire         res_valid,
    output wire [7:0]   res_idx,
    output wire [31:0]  res_data,
    output wire         res_done,
    output wire [31:0]  res_seq,
    output wire         res_poison
);
    generate if (WINDOW != 0) begin : g_window
        wire [31:0] rd_window, rd_pool;
        wire [4:0]  walk_h1, pool_w1, pool_stride, pool_across;
        wire        pool_lines;
        wire        walk_bad, pool_bad, walk_busy, pool_busy, walkers, argmax;
        ohm_window #(.ROWS(ROWS), .COLS(COLS), .NSTREAM(NSTREAM), .ACC_BANKS(ACC_BANKS)) u_window (
            .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
            .cfg_wdata(cfg_wdata), .cfg_rdata(rd_window),
            .enable(enable), .run(run), .seq_base(seq_base), .desc_stream(desc_stream),
            .desc_mode(desc_mode), .rows1(rows1), .outs1(outs1),
            .pool_h1(walk_h1), .pool_w1(pool_w1), .pool_stride(pool_stride),
            .pool_across(pool_across), .pool_lines(pool_lines),
            .on(walk), .any(walkers), .bad(walk_bad), .busy(walk_busy),
            .first_seq(first_seq), .line_valid(line_valid), .line_poison(line_poison),
            .stream(line_stream), .line_seq(line_seq), .line_words(line_words),
            .rd_slot(line_slot), .rd_word(line_word), .rd_data(line_data), .take(line_take),
            .pop(line_pop), .slots1(line_slots1),
            .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq),
            .vec_raddr(vec_raddr), .vec_rdata(vec_rdata), .vec_pop(vec_pop),
            .rsd_on(rsd_on), .rsd_signed(rsd_signed), .rscale(rscale), .rsd_re(rsd_re),
            .rsd_raddr(rsd_raddr), .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop)
        );
        ohm_pool #(.COLS(COLS)) u_pool (
            .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
            .cfg_wdata(cfg_wdata), .cfg_rdata(rd_pool),
            .enable(enable), .walk(walk), .mode(desc_mode), .osigned(osigned),
            .walk_h1(walk_h1), .pool_w1(pool_w1), .pool_stride(pool_stride),
            .pool_across(pool_across), .lines(pool_lines),
            .argmax(argmax), .bad(pool_bad), .busy(pool_busy),
            .core_ready(y_ready), .core_valid(y_valid), .core_idx(y_idx), .core_data(y_data),
            .core_done(y_done), .core_seq(y_seq), .core_poison(y_poison),
            .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data),
            .res_done(res_done), .res_seq(res_seq), .res_poison(res_poison)
        );
        assign cfg_rdata = rd_window | rd_pool;
        assign bad = walk_bad || pool_bad;
        assign asked = walkers || argmax;
        assign busy = walk_busy || pool_busy || (!walk && vec_valid);
    end else begin : g_direct
        assign first_seq   = {4{seq_base}};
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
        assign cfg_rdata   = 32'd0;
        assign {bad, walk, asked} = 3'd0;
        assign busy        = vec_valid;
        wire unused = &{1'b0, clk, rst, cfg_we, cfg_re, cfg_addr, cfg_wdata, enable, run, desc_mode,
                        rows1, outs1, osigned, line_slots1, line_words, rsd_re, rsd_raddr, rsd_pop};
    end endgenerate
endmodule
`default_nettype wire
