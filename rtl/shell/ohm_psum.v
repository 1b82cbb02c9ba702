// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Partial-sum buffer: PSUM_SLOTS vectors of one 32-bit word per output, filled by PSUM packets.
//
// DESC: the descriptor whose partial sums they are. As ohm_ibuf, with one stream, slots of COLS
// words, and complete when DESC_SIZE.OUTS1 + 1 words have come (snooped on the configuration bus;
// the core owns the register).
//
// Throughput: one word a cycle in and out. Latency: ps_rdata one cycle after ps_raddr.
// Protocol: check, words, commit as in ohm_ni_rx; ps_* as in docs/reference/borders.md. Parameters:
// as docs/reference/configurations.md.
module ohm_psum #(
    parameter COLS       = 128,
    parameter PSUM_SLOTS = 4,
    parameter DESC       = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        enable,
    input  wire [31:0] seq_base,
    input  wire        cfg_we,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,

    input  wire        chk,
    input  wire [3:0]  chk_chan,
    input  wire [15:0] chk_seq,
    input  wire [15:0] chk_offset,
    input  wire [9:0]  chk_len,
    output wire        chk_addr_ok,
    output reg         chk_slot_ok,     // from the cycle after chk
    input  wire        word_valid,
    input  wire [31:0] word,
    input  wire        commit,
    input  wire [15:0] com_seq,
    input  wire [9:0]  com_len,
    input  wire        com_poison,
    output reg         com_stale,

    output wire        ps_valid,
    output wire        ps_poison,
    output wire [31:0] ps_seq,
    input  wire [7:0]  ps_raddr,
    output reg  [31:0] ps_rdata,
    input  wire        ps_pop,

    output wire [15:0] limit,
    output wire        lost_req,        // there is a loss to be said
    input  wire        lost_ack,        // a loss may be said
    output reg         lost             // one cycle, of ps_seq
);
`include "ohm_map.vh"
    localparam SW = $clog2(PSUM_SLOTS);
    localparam CW = $clog2(COLS);
    localparam [2:0]  LOG2_SLOTS = SW[2:0];
    localparam [16:0] N_COL = COLS[16:0];

    reg [DESC_SIZE_OUTS1_W-1:0] outs1_q;
    always @(posedge clk)
        if (rst) outs1_q <= {DESC_SIZE_OUTS1_W{1'b0}};
        else if (cfg_we && cfg_addr == REG_DESC_SIZE + DESC * REG_DESC_SIZE_DESC) outs1_q <=
            cfg_wdata[DESC_SIZE_OUTS1_LSB +: DESC_SIZE_OUTS1_W];

    wire [3:0] chk_slot, slots1;
    wire       gone, chk_ok;
    wire       stale;
    always @(posedge clk) begin
        lost      <= gone && !rst;
        com_stale <= stale;
    end
    ohm_slots #(.SLOTS(PSUM_SLOTS), .HOLD(0)) u_slots (
        .clk(clk), .rst(rst), .enable(enable), .seq_base(seq_base),
        .log2_slots(LOG2_SLOTS), .expect_words({2'd0, outs1_q} + 12'd1),
        .chk(chk), .chk_seq(chk_seq), .chk_ok(chk_ok), .chk_slot(chk_slot),
        .commit(commit && chk_slot_ok && !com_stale), .com_seq(com_seq), .com_len(com_len),
        .com_poison(com_poison), .com_stale(stale),
        .slots1(slots1), .front_valid(ps_valid), .front_poison(ps_poison), .front_seq(ps_seq),
        .take(ps_pop), .pop(ps_pop),
        .limit(limit), .lost_req(lost_req), .lost_ack(lost_ack), .lost(gone)
    );

    assign chk_addr_ok = chk_chan == DESC && {1'b0, chk_offset} + {7'd0, chk_len} <= N_COL;

    // slot and column make the address; the RAM is cut to a power of two of columns
    // a whole vector is read, others are written
    (* no_rw_check *) reg [31:0] mem [0:(1 << (SW + CW)) - 1];
    reg [SW+CW-1:0] waddr_q;

    always @(posedge clk) begin
        if (chk) begin
            waddr_q     <= {chk_slot[SW-1:0], chk_offset[CW-1:0]};
            chk_slot_ok <= chk_ok;
        end
        if (word_valid && chk_slot_ok) begin
            mem[waddr_q] <= word;
            waddr_q      <= waddr_q + 1'b1;
        end
    end

    always @(posedge clk) ps_rdata <= mem[{ps_seq[SW-1:0], ps_raddr[CW-1:0]}];

    // other fields of DESC_SIZE; upper bits of columns and slots that do not exist
    wire unused = &{1'b0, cfg_wdata, ps_raddr, chk_slot, slots1};
endmodule
`default_nettype wire
