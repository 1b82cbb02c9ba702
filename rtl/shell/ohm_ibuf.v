// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Input buffer: the activation vectors of NSTREAM streams in one RAM, each stream with its own
// base, slot size and slots.
//
// ACT packets are written into their slot as they arrive, four bytes a word, and count when
// committed (ohm_slots). The reader (ohm_window) takes vectors of a stream in the order of their
// numbers and frees them in that order.
//
// Throughput: one word a cycle in and out. Latency: rd_data one cycle after rd_slot and rd_word;
// line_valid one cycle after the last packet's commit. pop frees the slot at that edge, take shows
// the next vector in the next cycle.
// Protocol: check, words, commit as in ohm_ni_rx; chk_chan is there a cycle before chk. What is
// read without being held is read as in docs/reference/borders.md:
//
//   line_valid  1  1  1  …  1  (next)
//   rd_word     0  1  2
//   rd_data        w0 w1 w2
//   take, pop               1
//
// Registers: STREAM, STREAM_VEC. Parameters: as docs/reference/configurations.md; HOLD: vectors may
// be freed later than taken; STAGE = 1: registers on the way to the address and to line_valid:
// stream and rd_slot stand two cycles before rd_word, line_valid and line_poison come a cycle late;
// EARLY = 1: a vector may be taken and freed before it is valid.
module ohm_ibuf #(
    parameter IBUF_WORDS = 2048,
    parameter NSTREAM    = 4,
    parameter NSLOT      = 16,
    parameter HOLD       = 1,
    parameter STAGE      = 0,
    parameter EARLY      = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        enable,
    input  wire [127:0] first_seq,      // of each stream: number of the first vector after enable

    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,

    input  wire        chk,
    input  wire [3:0]  chk_chan,
    input  wire [15:0] chk_seq,
    input  wire [15:0] chk_offset,
    input  wire [9:0]  chk_len,
    output wire        chk_addr_ok,
    output reg         chk_slot_ok,     // from the cycle after chk: it has a slot
    output reg         chk_fits,        // and, if chk_addr_ok, ends inside the RAM
    input  wire        word_valid,
    input  wire [31:0] word,
    input  wire        commit,
    input  wire [3:0]  com_chan,
    input  wire [15:0] com_seq,
    input  wire [9:0]  com_len,
    input  wire        com_poison,
    output reg         com_stale,

    output wire [3:0]  line_valid,      // of each stream: its oldest not taken is whole, or poison
    output wire [3:0]  line_poison,
    input  wire [1:0]  stream,          // the one that is read, taken from or freed
    output wire [31:0] line_seq,        // its oldest vector not taken
    output wire [11:0] line_words,      // words from one of its slots to the next
    input  wire [3:0]  rd_slot,         // low bits of a vector's number
    input  wire [11:0] rd_word,
    output reg  [31:0] rd_data,
    input  wire        take,
    input  wire        pop,

    output wire [15:0] slots1,          // of each stream: slots, less 1
    output wire [63:0] limit,           // of each stream, for credits
    output wire        lost_req,        // of some stream
    output wire        lost,            // one cycle
    output wire [31:0] lost_seq
);
`include "ohm_map.vh"
    localparam AW = $clog2(IBUF_WORDS);
    localparam integer N_REG = NSTREAM * REG_STREAM_STRIDE;
    localparam [17:0] N_WORD = IBUF_WORDS[17:0];

    // ---- one block a stream, padded to four so that a stream number is always an index ----
    wire [3:0]   exists, s_chk_ok, s_stale, s_valid, s_poison, s_lost, s_gone;
    wire [15:0]  s_chk_slot;
    wire [63:0]  s_base;
    // 12 bits each; a stride that is no power of two would take a multiplier
    wire [63:0]  s_size;
    wire [127:0] s_seq, s_reg0, s_reg1;
    wire [3:0]   lost_ack = s_lost & (~s_lost + 4'd1);        // one a cycle, lowest stream first

    wire        good = commit && chk_fits && chk_slot_ok && !com_stale;

    wire        cfg_hit = cfg_addr[15:3] == REG_STREAM[15:3] && {1'b0, cfg_addr[2:0]} < N_REG[3:0];
    wire [1:0]  cfg_i   = cfg_addr[2:1];

    genvar i;
    generate for (i = 0; i < 4; i = i + 1) begin : g_stream
        if (i < NSTREAM) begin : g_slots
            reg [15:0] base_q;
            reg [11:0] size_q, expect_q;
            reg [2:0]  log2_q;

            always @(posedge clk)
                if (rst) begin
                    base_q   <= 16'd0;
                    size_q   <= 12'd0;
                    expect_q <= 12'd0;
                    log2_q   <= 3'd0;
                end else if (cfg_we && cfg_hit && cfg_i == i) begin
                    if (cfg_addr[0]) begin
                        expect_q <= cfg_wdata[STREAM_VEC_EXPECT_LSB +: STREAM_VEC_EXPECT_W];
                        log2_q   <= cfg_wdata[STREAM_VEC_LOG2_SLOTS_LSB +: STREAM_VEC_LOG2_SLOTS_W];
                    end else begin
                        base_q   <= cfg_wdata[STREAM_BASE_LSB +: STREAM_BASE_W];
                        size_q   <= cfg_wdata[STREAM_SIZE_LSB +: STREAM_SIZE_W];
                    end
                end

            ohm_slots #(.SLOTS(NSLOT), .HOLD(HOLD), .EARLY(EARLY)) u_slots (
                .clk(clk), .rst(rst), .enable(enable), .seq_base(first_seq[32*i +: 32]),
                .log2_slots(log2_q), .expect_words(expect_q),
                .chk(chk), .chk_seq(chk_seq), .chk_ok(s_chk_ok[i]), .chk_slot(s_chk_slot[4*i +: 4]),
                .commit(good && com_chan[1:0] == i), .com_seq(com_seq), .com_len(com_len),
                .com_poison(com_poison),
                .com_stale(s_stale[i]),
                .slots1(slots1[4*i +: 4]), .front_valid(s_valid[i]), .front_poison(s_poison[i]),
                .front_seq(s_seq[32*i +: 32]),
                .take(take && stream == i), .pop(pop && stream == i), .limit(limit[16*i +: 16]),
                .lost_req(s_lost[i]), .lost_ack(lost_ack[i]), .lost(s_gone[i])
            );
            assign exists[i] = 1'b1;
            assign s_base[16*i +: 16] = base_q;
            assign s_size[16*i +: 16] = {4'd0, size_q};
            assign s_reg0[32*i +: 32] = {4'd0, size_q, base_q};
            assign s_reg1[32*i +: 32] = {17'd0, log2_q, expect_q};
        end else begin : g_none
            assign exists[i] = 1'b0;
            assign s_chk_ok[i] = 1'b0;
            assign s_stale[i] = 1'b1;
            assign s_valid[i] = 1'b0;
            assign s_poison[i] = 1'b0;
            assign s_lost[i] = 1'b0;
            assign s_gone[i] = 1'b0;
            assign s_chk_slot[4*i +: 4] = 4'd0;
            assign slots1[4*i +: 4] = 4'd0;
            assign s_base[16*i +: 16] = 16'd0;
            assign s_size[16*i +: 16] = 16'd0;
            assign limit[16*i +: 16] = 16'd0;
            assign s_seq[32*i +: 32] = 32'd0;
            assign s_reg0[32*i +: 32] = 32'd0;
            assign s_reg1[32*i +: 32] = 32'd0;
        end
    end endgenerate

    reg         back_q, back_second_q;  // as in ohm_credit
    reg  [1:0]  back_i_q;
    always @(posedge clk) begin
        back_q        <= cfg_re && cfg_hit;
        back_second_q <= cfg_addr[0];
        back_i_q      <= cfg_i;
    end
    assign cfg_rdata = !back_q ? 32'd0 : back_second_q
        ? s_reg1[32*back_i_q +: 32] : s_reg0[32*back_i_q +: 32];

    // ---- writing ----
    // The channel is there a cycle before chk: of several streams what belongs to it is looked up
    // then. The sums need no multiplier.
    wire [1:0]  w_i    = chk_chan[1:0];
    wire [15:0] w_from = s_base[16*w_i +: 16];
    wire [34+AW:0] w_own = {chk_chan[3:2] == 2'd0
        && exists[w_i], slots1[4*w_i +: 4], s_size[16*w_i +: 12],
                            w_from[AW-1:0], {2'd0, w_from} - N_WORD - 18'd1};
    reg  [34+AW:0] w_own_q;
    always @(posedge clk) w_own_q <= w_own;
    wire        w_here;
    wire [3:0]  w_slots1;
    wire [11:0] w_size;
    wire [AW-1:0] w_base;
    wire [17:0] w_short;                // below 0 by the words behind the base and 1
    assign {w_here, w_slots1, w_size, w_base, w_short} = NSTREAM > 1 ? w_own_q : w_own;
    function [15:0] times;              // a slot's number and its size
        input [3:0]  slot;
        input [11:0] size;
        times = ((slot[0] ? {4'd0, size} : 16'd0) + (slot[1] ? {3'd0, size, 1'b0} : 16'd0))
              + ((slot[2] ? {2'd0, size, 2'd0} : 16'd0) + (slot[3] ? {1'd0, size, 3'd0} : 16'd0));
    endfunction
    wire [15:0] w_slot  = times(chk_seq[3:0] & w_slots1, w_size);
    // in the slot; 12 bits if chk_addr_ok
    wire [16:0] w_behind = {1'b0, chk_offset} + {7'd0, chk_len};
    wire [AW-1:0] w_start = (w_base + chk_offset[AW-1:0]) + w_slot[AW-1:0];
    wire [17:0] w_end   = (w_short + {6'd0, w_behind[11:0]}) + {2'd0, w_slot};    // below 0: inside

    assign chk_addr_ok = w_here && w_behind <= {5'd0, w_size};
    always @(posedge clk) com_stale <= s_stale[chk ? w_i : com_chan[1:0]];

    // a whole vector is read, others are written
    (* no_rw_check *) reg [31:0] mem [0:IBUF_WORDS-1];
    reg [AW-1:0] waddr_q;

    always @(posedge clk) begin
        if (chk) begin
            waddr_q  <= w_start;
            chk_fits <= w_end[17];
            chk_slot_ok <= s_chk_ok[w_i];
        end
        if (word_valid && chk_fits && chk_slot_ok) begin
            mem[waddr_q] <= word;
            waddr_q      <= waddr_q + 1'b1;
        end
    end

    // ---- reading ----
    wire [3:0]  r_i = rd_slot & slots1[4*stream +: 4];
    wire [3:0]  r_place;                // the slot's number, and where it begins
    wire [15:0] r_slot = s_base[16*stream +: 16] + times(r_place, s_size[16*stream +: 12]);
    wire [15:0] r_start;
    wire [15:0] r_addr = r_start + {4'd0, rd_word};

    always @(posedge clk) rd_data <= mem[r_addr[AW-1:0]];

    generate
        if (STAGE == 0) begin : g_now
            assign {r_place, r_start} = {r_i, r_slot};
            assign {line_valid, line_poison} = {s_valid, s_poison};
        end else begin : g_late
            reg [3:0]  r_i_q, valid_q, poison_q;
            reg [15:0] r_slot_q;
            always @(posedge clk) begin
                r_i_q    <= r_i;
                r_slot_q <= r_slot;
                {valid_q, poison_q} <= {s_valid, s_poison};
            end
            assign {r_place, r_start} = {r_i_q, r_slot_q};
            assign {line_valid, line_poison} = {valid_q, poison_q};
        end
    endgenerate
    assign line_seq     = s_seq[32*stream +: 32];
    assign line_words   = s_size[16*stream +: 12];

    reg  [3:0]  gone_q;                 // the front, poison now, is still the front in this cycle
    always @(posedge clk) gone_q <= rst ? 4'd0 : s_gone;
    assign lost_req = |s_lost;
    assign lost     = |gone_q;
    assign lost_seq = gone_q[0] ? s_seq[31:0] : gone_q[1] ? s_seq[63:32] : gone_q[2]
        ? s_seq[95:64] : s_seq[127:96];

    // map's free bits; CHAN was checked with the packet; addresses stay inside by the
    // same check; streams that are not there lose nothing
    wire unused = &{1'b0, cfg_wdata[31:28], first_seq, com_chan[3:2], w_end, r_addr, lost_ack,
        s_chk_slot};
endmodule
`default_nettype wire
