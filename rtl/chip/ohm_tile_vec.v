// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// A vector tile. It only wires its parts: the shell, which is the same for every kind of tile, and
// the vector unit.
//
//   rx ─► ┌───────────┐ ─ lines ───► ┌─────────┐
//         │ ohm_shell │              │ ohm_vec │
//   tx ◄─ └───────────┘ ◄─ results ──└─────────┘
//
// Throughput and latency: of the unit, docs/reference/vector.md. rx_ready is constant 1: a tile
// never blocks the mesh. Protocol: docs/reference/borders.md. Packets, registers, events:
// docs/reference/map.md.
// Parameters: as docs/reference/configurations.md, KIND as of ohm_kinds.vh. ohm_trace_vec shows
// what the unit does to the simulation. The position is an input, so that all tiles are one module
// and compile once.
module ohm_tile_vec #(
    parameter COLS       = 128,
    parameter IBUF_WORDS = 2048,
    parameter NSTREAM    = 4,
    parameter NSLOT      = 16,
    parameter NROUTE     = 4,
    parameter NCREDIT    = 8,
    parameter NRETURN    = 8,
    parameter PIPE       = 0,
    parameter VLANES     = 8,
    parameter VMEM_WORDS = 4096,
    parameter VPROG      = 512,
    parameter VTABLES    = 4,
    parameter KIND       = 2
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [3:0]  tile_x,
    input  wire [3:0]  tile_y,
    input  wire        rx_valid,
    output wire        rx_ready,
    input  wire [33:0] rx_flit,       // {last, first, data}
    output wire        tx_valid,
    input  wire        tx_ready,
    output wire [33:0] tx_flit
);
    /* verilator no_inline_module */
`include "ohm_map.vh"
    wire         cfg_we, cfg_re, prog_valid, enable, early_stop, busy, bad_desc, ev_bad_desc;
    wire         ev_lost, line_take, line_pop, programs;
    wire [15:0]  cfg_addr, line_slots1;
    wire [31:0]  cfg_wdata, cfg_rdata, prog_data, seq_base, next_seq, ev_detail, line_seq;
    wire [31:0]  line_data;
    wire [3:0]   prog_dev, line_valid, line_poison, line_slot;
    wire [7:0]   prog_row, prog_col;
    wire [1:0]   line_stream;
    wire [11:0]  line_words, line_word;
    wire         ps_valid, ps_poison;
    wire [31:0]  ps_seq, ps_rdata;
    wire         res_ready, res_valid, res_done, res_poison;
    wire [7:0]   res_idx, res_routes, res_words1;
    wire [15:0]  res_at;
    wire [31:0]  res_data, res_seq, res_add;
    // trace
    wire         trc_ins_valid, trc_vec_valid, trc_reg_valid, trc_send_valid, trc_run_valid;
    wire [31:0]  trc_ins_seq, trc_reg_data, trc_send_data, trc_run_seq;
    wire [3:0]   trc_ins_prog, trc_reg_idx, trc_run_prog;
    wire [11:0]  trc_ins_pc;
    wire [13:0]  trc_vec_addr;
    wire [7:0]   trc_run_code;
    wire [VLANES-1:0]    trc_vec_mask;
    wire [32*VLANES-1:0] trc_vec_data;

    // no macro, no walkers, no partial sums
    ohm_shell #(
        .ROWS(0), .COLS(COLS), .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT),
        .PSUM_SLOTS(0), .NSLICE(1), .NROUTE(NROUTE), .NCREDIT(NCREDIT), .NRETURN(NRETURN),
        .WINDOW(0), .MODES(0), .PIPE(PIPE), .LINK_W(0), .ADC(0), .VMEM_WORDS(VMEM_WORDS),
        .VPROG(VPROG), .VTABLES(VTABLES), .KIND(KIND), .PROGRAM(0), .NDESC(1), .TRANSPOSE(0),
        .SERIAL(0), .VECTOR(1)
    ) u_shell (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
        .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_flit(rx_flit),
        .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(cfg_rdata),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col),
        .prog_data(prog_data), .enable(enable), .early_stop(early_stop),
        .programs(programs), .target_stream(2'd0), .seq_base(seq_base),
        .busy(busy), .bad_desc(bad_desc), .ev_bad_desc(ev_bad_desc), .ev_detail(ev_detail),
        .ev_lost(ev_lost), .next_seq(next_seq),
        .first_seq({4{seq_base}}), .line_valid(line_valid), .line_poison(line_poison),
        .line_slots1(line_slots1), .line_stream(line_stream), .line_seq(line_seq),
        .line_words(line_words), .line_slot(line_slot), .line_word(line_word),
        .line_data(line_data), .line_take(line_take), .line_pop(line_pop),
        .ps_desc(2'd0), .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq),
        .ps_raddr(8'd0),
        .ps_rdata(ps_rdata), .ps_pop(1'b0), .res_mode(DESC_MODE_V[1:0]), .res_in_line(1'b0),
        .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data),
        .res_done(res_done), .res_seq(res_seq), .res_poison(res_poison),
        .res_desc(2'd0),
        .res_routes(res_routes), .res_words1(res_words1), .res_at(res_at), .res_add(res_add)
    );

    ohm_vec #(
        .LANES(VLANES), .WORDS(VMEM_WORDS), .PROG(VPROG), .TABLES(VTABLES), .NSTREAM(NSTREAM),
        .NROUTE(NROUTE), .COLS(COLS)
    ) u_vec (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(cfg_rdata), .enable(enable), .seq_base(seq_base),
        .busy(busy), .bad_desc(bad_desc), .ev_bad_desc(ev_bad_desc), .ev_detail(ev_detail),
        .ev_lost(ev_lost), .next_seq(next_seq),
        .line_valid(line_valid), .line_poison(line_poison), .line_stream(line_stream),
        .line_words(line_words), .line_slot(line_slot), .line_word(line_word),
        .line_data(line_data), .line_take(line_take), .line_pop(line_pop),
        .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data),
        .res_done(res_done), .res_seq(res_seq), .res_poison(res_poison),
        .res_routes(res_routes), .res_words1(res_words1), .res_at(res_at), .res_add(res_add),
        .trc_ins_valid(trc_ins_valid), .trc_ins_seq(trc_ins_seq), .trc_ins_prog(trc_ins_prog),
        .trc_ins_pc(trc_ins_pc), .trc_vec_valid(trc_vec_valid), .trc_vec_addr(trc_vec_addr),
        .trc_vec_mask(trc_vec_mask), .trc_vec_data(trc_vec_data),
        .trc_reg_valid(trc_reg_valid), .trc_reg_idx(trc_reg_idx), .trc_reg_data(trc_reg_data),
        .trc_send_valid(trc_send_valid), .trc_send_data(trc_send_data),
        .trc_run_valid(trc_run_valid), .trc_run_seq(trc_run_seq), .trc_run_prog(trc_run_prog),
        .trc_run_code(trc_run_code)
    );

    ohm_trace_vec #(.VLANES(VLANES)) u_trace (
        .clk(clk), .tile_id({tile_y, tile_x}),
        .trc_ins_valid(trc_ins_valid), .trc_ins_seq(trc_ins_seq), .trc_ins_prog(trc_ins_prog),
        .trc_ins_pc(trc_ins_pc), .trc_vec_valid(trc_vec_valid), .trc_vec_addr(trc_vec_addr),
        .trc_vec_mask(trc_vec_mask), .trc_vec_data(trc_vec_data),
        .trc_reg_valid(trc_reg_valid), .trc_reg_idx(trc_reg_idx), .trc_reg_data(trc_reg_data),
        .trc_send_valid(trc_send_valid), .trc_send_data(trc_send_data),
        .trc_run_valid(trc_run_valid), .trc_run_seq(trc_run_seq), .trc_run_prog(trc_run_prog),
        .trc_run_code(trc_run_code)
    );

    // cells, early stop, held lines, partial sums: not of this kind
    wire unused = &{1'b0, prog_valid, prog_dev, prog_row, prog_col, prog_data, early_stop, programs,
                    line_slots1, line_seq, ps_valid, ps_poison, ps_seq, ps_rdata};
endmodule
`default_nettype wire
