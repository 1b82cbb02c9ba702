// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Shell: what every tile has on the mesh, whatever its kind: packets in and out, buffers, credits,
// events and the tile's own registers. The kind (walker and compute core) is joined by the ports
// below.
//
//  rx ─► ohm_ni_rx ─► ohm_ibuf ─► line port       results in ─► ohm_out ─► ohm_inject ─► tx
//         │   └────► ohm_psum ─► partial sums                    credits       ▲
//         └─ ohm_cfg_fifo ─► configuration bus, programming port               └── answers, credit
//                                                                        returns, events
//
// Throughput and latency: see the parts. rx_ready is constant 1: a tile never blocks the mesh.
// Protocol: docs/reference/borders.md. Packets, registers, events: docs/reference/map.md.
//  Configuration bus: one write or read a cycle; cfg_rdata is the OR of the kind's registers, one
//   cycle after cfg_re, 0 where none is meant.
//  Line port: for each stream the number of its oldest vector not taken (line_valid, line_poison);
//   line_stream chooses the one whose line_seq and line_words are shown, whose slot line_slot is
//   read and which `take` and `pop` mean. line_data comes one cycle after line_word.
//  Partial sums: ps_* show the oldest vector; ps_rdata one cycle after ps_raddr; ps_pop frees it.
//  Results: res_valid and res_idx with a word each, res_done with the last one or later, only while
//   res_ready; numbers count up. A vector tile names routes and size of each packet itself.
// Parameters: as docs/reference/configurations.md, KIND as of ohm_kinds.vh. VECTOR = 1: the tile
// names routes and sizes of its packets, and may give up a vector that has not come. SERIAL = 1
// (small tiles): events and short packets by the serial siblings, counters of 16 bits, and a
// register before what is looked up by number.
module ohm_shell #(
    parameter ROWS       = 128,
    parameter COLS       = 128,
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
    parameter PIPE       = 0,
    parameter LINK_W     = 0,
    parameter ADC        = 0,
    parameter VMEM_WORDS = 4096,
    parameter VPROG      = 512,
    parameter VTABLES    = 4,
    parameter KIND       = 0,
    parameter PROGRAM    = 0,
    parameter NDESC      = 1,
    parameter TRANSPOSE  = 0,
    parameter SIDE       = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter SERIAL     = 0,
    parameter VECTOR     = 0
) (
    input  wire         clk,
    input  wire         rst,
    input  wire [3:0]   tile_x,
    input  wire [3:0]   tile_y,
    // the mesh; flits are {last, first, data}
    input  wire         rx_valid,
    output wire         rx_ready,
    input  wire [33:0]  rx_flit,
    output wire         tx_valid,
    input  wire         tx_ready,
    output wire [33:0]  tx_flit,
    // configuration bus
    output wire         cfg_we,
    output wire         cfg_re,
    output wire [15:0]  cfg_addr,
    output wire [31:0]  cfg_wdata,
    input  wire [31:0]  cfg_rdata,
    // programming port
    output wire         prog_valid,
    output wire [3:0]   prog_dev,
    output wire [7:0]   prog_row,
    output wire [7:0]   prog_col,
    output wire [31:0]  prog_data,
    // control and state of the kind
    output wire         enable,
    output wire         early_stop,
    output wire         programs,       // as of ohm_regs
    input  wire [1:0]   target_stream,  // of the programming engine
    output wire [31:0]  seq_base,
    input  wire         busy,
    input  wire         bad_desc,
    input  wire         ev_bad_desc,
    input  wire [31:0]  ev_detail,
    input  wire         ev_lost,        // what a vector tile waits for has not come (VWAIT)
    input  wire [31:0]  next_seq,       // number of the next vector to start
    // line port
    input  wire [127:0] first_seq,      // of each stream: number of the first vector after enable
    output wire [3:0]   line_valid,
    output wire [3:0]   line_poison,
    output wire [15:0]  line_slots1,    // of each stream: slots, less 1
    input  wire [1:0]   line_stream,
    output wire [31:0]  line_seq,
    output wire [11:0]  line_words,
    input  wire [3:0]   line_slot,      // low bits of a vector's number
    input  wire [11:0]  line_word,
    output wire [31:0]  line_data,
    input  wire         line_take,
    input  wire         line_pop,
    // partial sums
    input  wire [1:0]   ps_desc,        // of this descriptor
    output wire         ps_valid,
    output wire         ps_poison,
    output wire [31:0]  ps_seq,
    input  wire [7:0]   ps_raddr,
    output wire [31:0]  ps_rdata,
    input  wire         ps_pop,
    // results
    input  wire [1:0]   res_mode,       // DESC.MODE
    input  wire         res_in_line,    // results are parts of lines: window walker 0 is on
    output wire         res_ready,
    input  wire         res_valid,
    input  wire [7:0]   res_idx,
    input  wire [31:0]  res_data,
    input  wire         res_done,
    input  wire [31:0]  res_seq,
    input  wire         res_poison,
    input  wire [1:0]   res_desc,
    // a vector tile, with res_done: routes, words less 1, words before; always: VADD
    input  wire [7:0]   res_routes,
    input  wire [7:0]   res_words1,
    input  wire [15:0]  res_at,
    input  wire [31:0]  res_add
);
    assign rx_ready = 1'b1;

    wire [31:0] rd_regs, rd_events, rd_ibuf, rd_out, rd_credit, rd_return;

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
        .ROWS(ROWS), .COLS(COLS), .NSTREAM(NSTREAM), .NSLICE(NSLICE), .NROUTE(NROUTE),
        .NCREDIT(NCREDIT), .NRETURN(NRETURN), .WINDOW(WINDOW), .MODES(MODES),
        .PSUM(PSUM_SLOTS != 0),
        .LINK_W(LINK_W), .ADC(ADC), .VMEM_WORDS(VMEM_WORDS), .VPROG(VPROG), .VTABLES(VTABLES),
        .KIND(KIND), .PROGRAM(PROGRAM), .NDESC(NDESC), .TRANSPOSE(TRANSPOSE), .PIPE(PIPE)
    ) u_ni_rx (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y), .enable(enable),
        .programs(programs), .target_stream(target_stream),
        .rx_valid(rx_valid), .rx_flit(rx_flit),
        .chk_chan(chk_chan), .chk_seq(chk_seq), .chk_offset(chk_offset), .chk_len(chk_len),
        .act_chk(act_chk), .psum_chk(psum_chk),
        .act_addr_ok(act_addr_ok), .act_fits(act_fits), .act_slot_ok(act_slot_ok),
        .psum_addr_ok(psum_addr_ok), .psum_slot_ok(psum_slot_ok),
        .act_word(act_word), .psum_word(psum_word), .word(word),
        .act_commit(act_commit), .psum_commit(psum_commit),
        .com_chan(com_chan), .com_seq(com_seq), .com_len(com_len), .com_poison(com_poison),
        .act_stale(act_stale), .psum_stale(psum_stale),
        .fifo_start(fifo_start), .fifo_we(fifo_we), .fifo_entry(fifo_entry),
        .fifo_commit(fifo_commit), .read_busy(read_busy),
        .ev(rx_ev), .ev_end_h0(rx_ev_end_h0), .ev_late(rx_ev_late), .ev_late_word(rx_ev_late_word)
    );

    wire        credit_valid, ans_valid, ans_take;
    wire [3:0]  credit_idx;
    wire [15:0] credit_limit;
    wire [31:0] ans_h0, ans_h1, ans_data;

    ohm_cfg_fifo u_cfg_fifo (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
        .fifo_start(fifo_start), .fifo_we(fifo_we), .fifo_entry(fifo_entry),
        .fifo_commit(fifo_commit), .read_busy(read_busy),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_regs | rd_events | rd_ibuf | rd_out | rd_credit | rd_return | cfg_rdata),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col),
        .prog_data(prog_data),
        .credit_valid(credit_valid), .credit_idx(credit_idx), .credit_limit(credit_limit),
        .ans_valid(ans_valid), .ans_take(ans_take), .ans_h0(ans_h0), .ans_h1(ans_h1),
        .ans_data(ans_data)
    );

    // ---- buffers ----
    wire [31:0] vec_lost_seq;
    wire [63:0] line_limit;
    wire [31:0] ps_lost_seq;
    wire        vec_lost, vec_lost_req;

    ohm_ibuf #(
        .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT), .HOLD(WINDOW), .STAGE(SERIAL),
        .EARLY(VECTOR)
    ) u_ibuf (
        .clk(clk), .rst(rst), .enable(enable), .first_seq(first_seq),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_ibuf),
        .chk(act_chk), .chk_chan(chk_chan), .chk_seq(chk_seq), .chk_offset(chk_offset),
        .chk_len(chk_len), .chk_addr_ok(act_addr_ok), .chk_slot_ok(act_slot_ok),
        .chk_fits(act_fits),
        .word_valid(act_word), .word(word),
        .commit(act_commit), .com_chan(com_chan), .com_seq(com_seq), .com_len(com_len),
        .com_poison(com_poison), .com_stale(act_stale),
        .line_valid(line_valid), .line_poison(line_poison), .stream(line_stream),
        .line_seq(line_seq), .line_words(line_words), .rd_slot(line_slot), .rd_word(line_word),
        .rd_data(line_data), .take(line_take), .pop(line_pop),
        .slots1(line_slots1), .limit(line_limit), .lost_req(vec_lost_req), .lost(vec_lost),
        .lost_seq(vec_lost_seq)
    );

    wire        ps_lost;
    wire [63:0] ps_limit;

    generate if (PSUM_SLOTS != 0) begin : g_psum
        // a buffer for each descriptor; of several the one that ps_desc names is shown
        wire [3:0]   addr_ok, slot_ok, stale, valid, poison, lost, lost_req;
        wire [3:0]   lost_first = lost_req & (~lost_req + 4'd1);    // lowest descriptor first
        wire [127:0] seqs, rdata;
        genvar d;
        for (d = 0; d < 4; d = d + 1) begin : g_desc
            if (d < NDESC) begin : g_there
                ohm_psum #(.COLS(SIDE), .PSUM_SLOTS(PSUM_SLOTS), .DESC(d)) u_psum (
                    .clk(clk), .rst(rst), .enable(enable), .seq_base(seq_base),
                    .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
                    .chk(psum_chk), .chk_chan(chk_chan), .chk_seq(chk_seq),
                    .chk_offset(chk_offset), .chk_len(chk_len), .chk_addr_ok(addr_ok[d]),
                    .chk_slot_ok(slot_ok[d]),
                    .word_valid(psum_word && (NDESC == 1 || com_chan == d)), .word(word),
                    .commit(psum_commit && (NDESC == 1 || com_chan == d)), .com_seq(com_seq),
                    .com_len(com_len), .com_poison(com_poison), .com_stale(stale[d]),
                    .ps_valid(valid[d]), .ps_poison(poison[d]), .ps_seq(seqs[32*d +: 32]),
                    .ps_raddr(ps_raddr), .ps_rdata(rdata[32*d +: 32]),
                    .ps_pop(ps_pop && (NDESC == 1 || ps_desc == d)), .limit(ps_limit[16*d +: 16]),
                    .lost_ack(!vec_lost_req && (NDESC == 1 || lost_first[d])), // one a cycle
                    .lost_req(lost_req[d]), .lost(lost[d])
                );
            end else begin : g_none
                assign {addr_ok[d], slot_ok[d], stale[d]} = 3'b001;
                assign {valid[d], poison[d], lost[d], lost_req[d]} = 4'd0;
                assign {seqs[32*d +: 32], rdata[32*d +: 32], ps_limit[16*d +: 16]} = 80'd0;
            end
        end
        if (NDESC > 1) begin : g_several
            assign psum_slot_ok = slot_ok[com_chan[1:0]];
            assign psum_stale = stale[com_chan[1:0]];
            assign ps_lost_seq = lost[0] ? seqs[31:0] : lost[1] ? seqs[63:32]
                : lost[2] ? seqs[95:64] : seqs[127:96];
        end else begin : g_one
            assign psum_slot_ok = slot_ok[0];
            assign psum_stale = stale[0];
            assign ps_lost_seq = seqs[31:0];
        end
        wire unused = &{1'b0, slot_ok, stale, lost_first};
        assign psum_addr_ok = |addr_ok;
        assign ps_valid = valid[ps_desc];
        assign ps_poison = poison[ps_desc];
        assign ps_seq = seqs[32*ps_desc +: 32];
        assign ps_rdata = rdata[32*ps_desc +: 32];
        assign ps_lost = |lost;
    end else begin : g_no_psum
        assign {psum_addr_ok, psum_slot_ok, psum_stale} = 3'b001;
        assign {ps_valid, ps_poison, ps_seq, ps_rdata, ps_lost_seq} = 98'd0;
        assign {ps_limit, ps_lost} = 65'd0;
        wire unused = &{1'b0, vec_lost_req, psum_chk, psum_word, psum_commit, ps_raddr, ps_pop,
            ps_desc};
    end endgenerate

    // ---- sending ----
    wire        out_valid, out_ready, out_busy, ask_ok;
    wire [33:0] out_flit;
    wire [4:0]  ask_idx;
    wire [15:0] ask_seq;

    ohm_out #(
        .COLS(SIDE), .NROUTE(NROUTE), .WINDOW(WINDOW), .STAGE(SERIAL), .VECTOR(VECTOR),
        .NDESC(NDESC)
    ) u_out (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y), .enable(enable),
        .mode(res_mode), .walk(res_in_line),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_out),
        .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data),
        .res_done(res_done), .res_seq(res_seq), .res_poison(res_poison),
        .res_desc(res_desc), .res_routes(res_routes), .res_words1(res_words1), .res_at(res_at),
        .res_add(res_add),
        .ask_idx(ask_idx), .ask_seq(ask_seq), .ask_ok(ask_ok),
        .out_valid(out_valid), .out_ready(out_ready), .out_flit(out_flit), .busy(out_busy)
    );

    ohm_credit #(.NCREDIT(NCREDIT)) u_credit (
        .clk(clk), .rst(rst),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_credit),
        .raise(credit_valid), .raise_idx(credit_idx), .raise_limit(credit_limit),
        .ask_idx(ask_idx), .ask_seq(ask_seq), .ask_ok(ask_ok)
    );

    wire        ret_valid, ret_take, ev_valid, ev_take;
    wire [31:0] ret_h0, ret_h1, ev_h0, ev_h1, ev_word;

    ohm_return #(.NRETURN(NRETURN), .NDESC(NDESC), .KEEP(SERIAL)) u_return (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y), .enable(enable),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_return),
        .vec_pop(line_pop), .vec_stream(line_stream), .vec_limit(line_limit),
        .ps_pop(ps_pop), .ps_desc(ps_desc), .ps_limit(ps_limit),
        .valid(ret_valid), .take(ret_take), .h0(ret_h0), .h1(ret_h1)
    );

    // the sources' events, code 1 in bit 0 and in the low detail word
    wire [7:0]   ev = rx_ev | {1'b0, ev_bad_desc, vec_lost || ps_lost || ev_lost, 5'd0};
    wire [255:0] ev_details = {rx_ev_late_word, ev_detail,                              // 8, 7
                               vec_lost ? vec_lost_seq : VECTOR != 0 ? next_seq : ps_lost_seq, // 6
                               {3{rx_ev_late_word}}, {2{rx_ev_end_h0}}};                // 5 … 1

    generate if (SERIAL == 0) begin : g_send
        ohm_events u_events (
            .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
            .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_rdata(rd_events),
            .ev(ev), .ev_late(rx_ev_late), .ev_detail(ev_details),
            .valid(ev_valid), .take(ev_take), .h0(ev_h0), .h1(ev_h1), .detail(ev_word)
        );
        ohm_inject #(.PIPE(PIPE)) u_inject (
            .clk(clk), .rst(rst),
            .ans_valid(ans_valid), .ans_take(ans_take), .ans_h0(ans_h0), .ans_h1(ans_h1),
            .ans_data(ans_data),
            .ret_valid(ret_valid), .ret_take(ret_take), .ret_h0(ret_h0), .ret_h1(ret_h1),
            .ev_valid(ev_valid), .ev_take(ev_take), .ev_h0(ev_h0), .ev_h1(ev_h1),
            .ev_detail(ev_word),
            .data_valid(out_valid), .data_ready(out_ready), .data_flit(out_flit),
            .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit)
        );
    end else begin : g_send_serial
        ohm_events_serial #(.PIPE(PIPE)) u_events (
            .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
            .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_rdata(rd_events),
            .ev(ev), .ev_late(rx_ev_late), .ev_detail(ev_details),
            .valid(ev_valid), .take(ev_take), .h0(ev_h0), .h1(ev_h1), .detail(ev_word)
        );
        ohm_inject_serial #(.PIPE(PIPE)) u_inject (
            .clk(clk), .rst(rst),
            .ans_valid(ans_valid), .ans_take(ans_take), .ans_h0(ans_h0), .ans_h1(ans_h1),
            .ans_data(ans_data),
            .ret_valid(ret_valid), .ret_take(ret_take), .ret_h0(ret_h0), .ret_h1(ret_h1),
            .ev_valid(ev_valid), .ev_take(ev_take), .ev_h0(ev_h0), .ev_h1(ev_h1),
            .ev_detail(ev_word),
            .data_valid(out_valid), .data_ready(out_ready), .data_flit(out_flit),
            .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit)
        );
    end endgenerate

    ohm_regs #(.ROWS(ROWS), .COLS(COLS), .PIPE(PIPE), .PROGRAM(PROGRAM)) u_regs (
        .clk(clk), .rst(rst),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_regs),
        .busy(busy || out_busy), .bad_desc(bad_desc), .seq_head(next_seq),
        .enable(enable), .early_stop(early_stop), .programs(programs), .seq_base(seq_base)
    );
endmodule
`default_nettype wire
