// SPDX-License-Identifier: Apache-2.0
// Top of the walker's bench: input buffer, window walker and pooling as ohm_tile joins them. C++
// plays the network interface, the core and the output stage.
`default_nettype none
module window_top #(
    parameter ROWS = 16, COLS = 16, IBUF_WORDS = 1024, NSTREAM = 4, ACC_BANKS = 2
) (
    input  wire        clk, rst, enable, run,
    input  wire [31:0] seq_base,
    input  wire [1:0]  desc_stream, desc_mode,
    input  wire [7:0]  rows1, outs1,
    input  wire        osigned,
    input  wire        cfg_we, cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,

    input  wire        chk,
    input  wire [3:0]  chk_chan,
    input  wire [15:0] chk_seq, chk_offset,
    input  wire [9:0]  chk_len,
    output wire        chk_addr_ok, chk_slot_ok, chk_fits,
    input  wire        word_valid,
    input  wire [31:0] word,
    input  wire        commit,
    input  wire [3:0]  com_chan,
    input  wire [15:0] com_seq,
    input  wire [9:0]  com_len,
    input  wire        com_poison,
    output wire        com_stale,
    output wire [63:0] limit,
    output wire        lost,
    output wire [31:0] lost_seq,

    output wire        take, pop,                   // lines taken and freed, of this stream
    output wire [1:0]  stream,
    output wire        bad, busy,

    output wire        vec_valid, vec_poison,
    output wire [31:0] vec_seq,
    input  wire [5:0]  vec_raddr,
    output wire [31:0] vec_rdata,
    input  wire        vec_pop,
    output wire        rsd_on, rsd_signed,
    output wire [31:0] rscale,
    input  wire        rsd_re,
    input  wire [7:0]  rsd_raddr,
    output wire [7:0]  rsd_rdata,
    input  wire        rsd_pop,

    output wire        core_ready,
    input  wire        core_valid,
    input  wire [7:0]  core_idx,
    input  wire [31:0] core_data,
    input  wire        core_done,
    input  wire [31:0] core_seq,
    input  wire        core_poison,
    input  wire        res_ready,
    output wire        res_valid,
    output wire [7:0]  res_idx,
    output wire [31:0] res_data,
    output wire        res_done,
    output wire [31:0] res_seq,
    output wire        res_poison
);
    wire         lost_req;
    wire [127:0] first_seq;
    wire [3:0]   line_valid, line_poison, rd_slot;
    wire [31:0]  line_seq, rd_data, rd_ibuf, rd_window, rd_pool;
    wire [11:0]  line_words, rd_word;
    wire [15:0]  slots1;
    wire [4:0]   walk_h1, pool_w1, pool_stride, pool_across;
    wire         pool_lines, walk, walk_bad, pool_bad, walk_busy, pool_busy;

    ohm_ibuf #(.IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM)) u_ibuf (
        .clk, .rst, .enable, .first_seq, .cfg_we, .cfg_re, .cfg_addr, .cfg_wdata,
        .cfg_rdata(rd_ibuf),
        .chk, .chk_chan, .chk_seq, .chk_offset, .chk_len, .chk_addr_ok, .chk_slot_ok, .chk_fits,
        .word_valid, .word,
        .commit, .com_chan, .com_seq, .com_len, .com_poison, .com_stale,
        .line_valid, .line_poison, .stream, .line_seq, .line_words, .rd_slot, .rd_word, .rd_data,
        .take, .pop,
        .slots1, .limit, .lost_req, .lost, .lost_seq
    );
    wire walk_any, pool_argmax;         // what asks for descriptor 0 alone
    wire unused_asked = &{1'b0, walk_any, pool_argmax};
    ohm_window #(.ROWS(ROWS), .COLS(COLS), .NSTREAM(NSTREAM), .ACC_BANKS(ACC_BANKS)) u_window (
        .clk, .rst, .cfg_we, .cfg_re, .cfg_addr, .cfg_wdata, .cfg_rdata(rd_window),
        .enable, .run, .seq_base, .desc_stream, .desc_mode, .rows1, .outs1,
        .pool_h1(walk_h1), .pool_w1, .pool_stride, .pool_across, .pool_lines,
        .on(walk), .any(walk_any), .bad(walk_bad), .busy(walk_busy),
        .first_seq, .line_valid, .line_poison, .stream, .line_seq, .line_words, .rd_slot, .rd_word,
        .rd_data, .take, .pop,
        .slots1, .vec_valid, .vec_poison, .vec_seq, .vec_raddr, .vec_rdata, .vec_pop,
        .rsd_on, .rsd_signed, .rscale, .rsd_re, .rsd_raddr, .rsd_rdata, .rsd_pop
    );
    ohm_pool #(.COLS(COLS)) u_pool (
        .clk, .rst, .cfg_we, .cfg_re, .cfg_addr, .cfg_wdata, .cfg_rdata(rd_pool),
        .enable, .walk, .mode(desc_mode), .osigned, .walk_h1, .pool_w1, .pool_stride,
        .pool_across, .lines(pool_lines),
        .argmax(pool_argmax), .bad(pool_bad), .busy(pool_busy),
        .core_ready, .core_valid, .core_idx, .core_data, .core_done, .core_seq, .core_poison,
        .res_ready, .res_valid, .res_idx, .res_data, .res_done, .res_seq, .res_poison
    );
    assign cfg_rdata = rd_ibuf | rd_window | rd_pool;
    assign bad       = walk_bad || pool_bad;
    assign busy      = walk_busy || pool_busy;
    wire unused = lost_req;
endmodule
`default_nettype wire
