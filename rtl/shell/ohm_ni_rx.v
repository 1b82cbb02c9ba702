// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Network interface, receiving side: parses packets, checks them and hands the good ones on.
//
// Throughput: one flit a cycle, never stalls (the tile end of a path always takes a flit). Latency:
// 2 cycles from tail to commit. A packet is taken whole or dropped whole: payload goes to its place
// as it arrives (a buffer slot, or the uncommitted end of the configuration FIFO) and counts only
// when the tail was good. A `first` flit in mid-packet ends the old packet (BAD_LENGTH) and starts
// the new one, unless it is an abort flit {last, first, 0}; flits outside any packet are the rest
// of a path that a router has closed and that was reported then, and are ignored.
// One event per bad packet. Order of the checks: flit count, type and destination, LEN for the
// type, enable, address, slot.
//
//   link     H0   H1   w0   w1    H0'  H1'       two packets back to back, LEN 2
//   h0_q          H0   H0   H0    H0   H0'
//   h1_q               H1   H1    H1   H1        chk_q: slot and address are looked up
//   chk_q              1
//   word_q                  w0    w1             written to where the check said
//   done_q                              1        commit; the next chk_q comes later
//
// Parameters: as docs/reference/configurations.md.
module ohm_ni_rx #(
    parameter ROWS    = 128,
    parameter COLS    = 128,
    parameter NSTREAM = 4,
    parameter NSLICE  = 16,
    parameter NROUTE  = 4,
    parameter NCREDIT = 8,
    parameter NRETURN = 8,
    parameter WINDOW  = 1,
    parameter MODES   = 1,
    parameter PSUM    = 1,
    parameter LINK_W  = 0,
    parameter ADC     = 0,
    parameter VMEM_WORDS = 4096,
    parameter VPROG   = 512,
    parameter VTABLES = 4,
    parameter KIND    = 0,
    parameter PROGRAM = 0,
    parameter NDESC   = 1,
    parameter TRANSPOSE = 0,
    parameter SIDE    = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter PIPE    = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [3:0]  tile_x,
    input  wire [3:0]  tile_y,
    input  wire        enable,
    input  wire        programs,      // enabled for the programming engine, with targets as
    input  wire [1:0]  target_stream, // ACT on this stream; other data and PROG are refused
    input  wire        rx_valid,
    input  wire [33:0] rx_flit,       // {last, first, data}

    // ACT and PSUM: check, words, commit; the same buses for both buffers
    output wire [3:0]  chk_chan,
    output wire [15:0] chk_seq,
    output wire [15:0] chk_offset,
    output wire [9:0]  chk_len,
    output wire        act_chk,       // keep the write address of what is on chk_*
    output wire        psum_chk,
    input  wire        act_addr_ok,   // what is on chk_* fits; same cycle
    // from the cycle after act_chk, as act_slot_ok and psum_slot_ok
    input  wire        act_fits,
    input  wire        act_slot_ok,
    input  wire        psum_addr_ok,
    input  wire        psum_slot_ok,
    // write `word` at the kept address, which then moves on, if the buffer found no fault
    output wire        act_word,
    output wire        psum_word,
    output reg  [31:0] word,          // of a packet without words its second header
    // the packet described by com_* was good as far as is known here
    output wire        act_commit,
    output wire        psum_commit,
    output wire [3:0]  com_chan,
    output wire [15:0] com_seq,
    output wire [9:0]  com_len,
    output wire        com_poison,
    input  wire        act_stale,     // the slot for com_* has gone since the check; same cycle
    input  wire        psum_stale,

    // configuration FIFO
    output wire        fifo_start,    // forget what was not committed
    output wire        fifo_we,
    output wire [55:0] fifo_entry,    // {CHAN, kind, address, data}: see ohm_cfg_fifo
    output wire        fifo_commit,
    input  wire        read_busy,     // a CFG_RD is still unanswered

    output wire [7:0]  ev,            // one bit per event code, code 1 in bit 0
    output wire [31:0] ev_end_h0,     // details: BAD_LENGTH, BAD_TYPE
    output wire        ev_late,       // one of the others, known late; the detail sooner:
    // DISABLED: first header; BAD_ADDR, NO_SLOT, READ_BUSY: second
    output wire [31:0] ev_late_word
);
`include "ohm_map.vh"
    localparam integer PAYLOAD = SIDE > 64 ? SIDE : 64;   // routers cut longer packets
    localparam [9:0]  MAX_DATA = PAYLOAD[9:0];
    localparam [9:0]  MAX_CFG  = 10'd64;
    localparam [15:0] N_ROW    = ROWS[15:0];
    localparam [15:0] N_COL    = COLS[15:0];
    localparam [4:0]  N_CREDIT = NCREDIT[4:0];

    localparam [2:0] ST_IDLE = 3'd0,  // between packets
                     ST_HEAD = 3'd1,  // first header taken
                     ST_BODY = 3'd2,  // payload
                     ST_OVER = 3'd3,  // more flits than LEN
                     // one cycle: a packet of one flit, first and last; else as IDLE
                     ST_STUB = 3'd4;
    reg [2:0]  state_q;
    reg [31:0] h0_q, h1_q;
    reg [9:0]  left_q;
    reg        chk_q, word_q, tail_q, done_q;

    wire        first = rx_flit[32];
    wire        last  = rx_flit[33];
    wire [31:0] data  = rx_flit[31:0];

    // ---- what the first header says ----
    wire [3:0] h_type   = h0_q[H0_TYPE_LSB +: H0_TYPE_W];
    wire [3:0] h_y      = h0_q[H0_Y_LSB +: H0_Y_W];
    wire [3:0] h_x      = h0_q[H0_X_LSB +: H0_X_W];
    wire [3:0] h_mc     = h0_q[H0_MC_LSB +: H0_MC_W];
    wire       h_poison = h0_q[H0_POISON_LSB];
    wire [3:0] h_chan   = h0_q[H0_CHAN_LSB +: H0_CHAN_W];
    wire [9:0] h_len    = h0_q[H0_LEN_LSB +: H0_LEN_W];

    wire is_wr     = h_type == TYPE_CFG_WR;
    wire is_rd     = h_type == TYPE_CFG_RD;
    wire is_act    = h_type == TYPE_ACT;
    wire is_psum   = h_type == TYPE_PSUM;
    wire is_credit = h_type == TYPE_CREDIT;
    wire is_prog   = h_type == TYPE_PROG;
    // a multicast copy belongs here when the tile is one of the h_mc just south of the destination
    wire here    = h_x == tile_x && h_y >= tile_y && h_y - tile_y <= h_mc && !h0_q[H0_HOST_LSB];
    wire type_ok = here && (is_wr || is_rd || is_act || is_psum || is_credit || is_prog);
    wire len_ok  = is_rd || is_credit                ? h_len == 10'd0
                 : is_wr || is_prog                  ? h_len != 10'd0 && h_len <= MAX_CFG
                 : h_poison                          ? h_len == 10'd0
                 :                                     h_len != 10'd0 && h_len <= MAX_DATA;
    wire head_ok = type_ok && len_ok;
    reg  head_ok_q;                   // at the check: h0_q was there a cycle before
    always @(posedge clk) head_ok_q <= head_ok;

    // ---- the link; when a packet ends here, h0_q is still its own ----
    wire open  = state_q == ST_HEAD || state_q == ST_BODY || state_q == ST_OVER;
    wire cut   = rx_valid && first && open;
    wire tail  = rx_valid && !first && last && open;
    wire exact = tail && (state_q == ST_HEAD ? h_len == 10'd0 : state_q == ST_BODY
        && left_q == 10'd1);
    wire ends  = cut || tail || state_q == ST_STUB;

    always @(posedge clk) begin
        chk_q  <= 1'b0;
        word_q <= 1'b0;
        if (rx_valid) begin
            if (first) begin
                h0_q    <= data;
                state_q <= !last ? ST_HEAD : open ? ST_IDLE : ST_STUB;
            end else case (state_q)
                ST_HEAD: begin
                    h1_q    <= data;
                    word    <= data;
                    left_q  <= h_len;
                    chk_q   <= 1'b1;
                    state_q <= last ? ST_IDLE : h_len == 10'd0 ? ST_OVER : ST_BODY;
                end
                ST_BODY: begin
                    word    <= data;
                    word_q  <= 1'b1;
                    left_q  <= left_q - 10'd1;
                    state_q <= last ? ST_IDLE : left_q == 10'd1 ? ST_OVER : ST_BODY;
                end
                ST_OVER: if (last) state_q <= ST_IDLE;
                default: state_q <= ST_IDLE;
            endcase
        end else if (state_q == ST_STUB) state_q <= ST_IDLE;
        tail_q <= exact && head_ok;
        done_q <= tail_q;
        if (rst) begin
            state_q <= ST_IDLE;
            chk_q   <= 1'b0;
            word_q  <= 1'b0;
            tail_q  <= 1'b0;
            done_q  <= 1'b0;
        end
    end

    // ---- the check ----
    assign chk_chan   = h_chan;
    assign chk_seq    = h1_q[H1_SEQ_LSB +: H1_SEQ_W];
    assign chk_offset = h1_q[H1_OFFSET_LSB +: H1_OFFSET_W];
    assign chk_len    = h_len;
    assign act_chk    = chk_q && head_ok_q && is_act;
    assign psum_chk   = chk_q && head_ok_q && is_psum;

    // the last word's lower column must exist: SEQ + 2·LEN − 2 < COLS
    /* verilator lint_off UNSIGNED */ // a kind of tile without cells has no rows
    wire row_ok    = chk_offset < N_ROW;
    /* verilator lint_on UNSIGNED */
    wire prog_ok   = h_chan <= 4'd1 && row_ok
        && {1'b0, chk_seq} + {6'd0, h_len, 1'b0} <= {1'b0, N_COL} + 17'd1;
    wire credit_ok = {1'b0, h_chan} < N_CREDIT;
    wire addr_ok   = is_act ? act_addr_ok : is_psum ? psum_addr_ok : is_prog ? prog_ok : !is_credit
        || credit_ok;

    // ---- the packet whose payload is being written, from its check to its commit ----
    // h1_q is its own still when it commits, two cycles after its tail: the next one's second
    // header comes then
    reg [31:0] p_h0_q;
    reg        p_head_q, p_addr_q;             // the checks' results
    // of a kind that the tile was not enabled for at some time
    reg        p_off_q;
    reg [15:0] addr_q;                         // of the next word: register, or {row, column}

    reg        p_wr, p_rd, p_act, p_psum, p_credit, p_prog;     // its type
    wire [3:0] p_chan   = p_h0_q[H0_CHAN_LSB +: H0_CHAN_W];
    wire       p_off    = p_off_q || ((p_act || p_psum) && !enable)
        || (programs && enable && (p_psum || p_prog || (p_act && p_chan != {2'd0, target_stream})));

    // a register's address, and the verdict a cycle later: of a write with each word, of a read at
    // its check, with PIPE = 0 at its commit
    wire reg_good;
    reg  reg_ok, wrote_q;
    wire read_ok = PIPE != 0 ? reg_ok : reg_good;
    ohm_reg_check #(
        .COLS(COLS), .NSTREAM(NSTREAM), .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT),
        .NRETURN(NRETURN),
        .WINDOW(WINDOW), .MODES(MODES), .PSUM(PSUM), .LINK_W(LINK_W), .ADC(ADC),
        .VMEM_WORDS(VMEM_WORDS), .VPROG(VPROG), .VTABLES(VTABLES), .KIND(KIND),
        .PROGRAM(PROGRAM), .NDESC(NDESC), .TRANSPOSE(TRANSPOSE), .ROWS(ROWS)
    ) u_reg_check (.addr(PIPE != 0 && chk_q ? chk_offset : addr_q), .ok(reg_good));

    // target codes end at 2^14 = G_max; the upper one is ignored past the last column
    function over_gmax;
        input [15:0] code;
        over_gmax = code > 16'd16384;
    endfunction
    wire has_pair = {8'd0, addr_q[7:0]} + 16'd1 < N_COL;

    always @(posedge clk) begin
        if (chk_q) begin
            p_h0_q   <= h0_q;
            {p_wr, p_rd, p_act, p_psum, p_credit, p_prog} <=
                {is_wr, is_rd, is_act, is_psum, is_credit, is_prog};
            p_head_q <= head_ok_q;
            p_addr_q <= addr_ok;
            p_off_q  <= ((is_act || is_psum) && !enable) || (programs && enable
                && (is_psum || is_prog || (is_act && h_chan != {2'd0, target_stream})));
            addr_q   <= is_prog ? {chk_offset[7:0], chk_seq[7:0]} : chk_offset;
        end else begin
            p_off_q <= p_off;
            if (word_q && p_wr) addr_q <= addr_q + 16'd1;
            if (wrote_q && !reg_ok) p_addr_q <= 1'b0;
            if (word_q && p_prog) begin
                addr_q[7:0] <= addr_q[7:0] + 8'd2;
                if (over_gmax(word[15:0]) || (over_gmax(word[31:16]) && has_pair)) p_addr_q <= 1'b0;
            end
        end
        reg_ok  <= reg_good;
        wrote_q <= word_q && p_wr;
        if (rst) p_head_q <= 1'b0;
    end

    // ---- payload and commit ----
    wire p_addr = p_addr_q && (!p_rd || read_ok) && (!wrote_q || reg_ok) && (!p_act || act_fits);
    // at the commit
    wire p_slot = (!p_act || (act_slot_ok && !act_stale))
        && (!p_psum || (psum_slot_ok && !psum_stale));
    wire p_mine = p_head_q && p_addr_q && !p_off;
    // The buffers hold their own verdicts against it themselves: no way there and back in a cycle.
    assign act_word    = word_q && p_mine && p_act;
    assign psum_word   = word_q && p_mine && p_psum;
    assign act_commit  = done_q && p_mine && p_act;
    assign psum_commit = done_q && p_mine && p_psum;
    assign fifo_commit = done_q && !p_act && !p_psum && p_head_q && p_addr_q && !p_off
        && (!p_rd || (read_ok && !read_busy)) && (!wrote_q || reg_ok);

    assign com_chan    = p_h0_q[H0_CHAN_LSB +: H0_CHAN_W];
    assign com_seq     = h1_q[H1_SEQ_LSB +: H1_SEQ_W];
    assign com_len     = p_h0_q[H0_LEN_LSB +: H0_LEN_W];
    assign com_poison  = p_h0_q[H0_POISON_LSB];

    // CFG_RD and CREDIT have no payload: their one entry carries the second header as data. What is
    // written without a commit is forgotten at the next check.
    assign fifo_start  = chk_q;
    assign fifo_we     = p_head_q && ((word_q && (p_wr || p_prog))
        || (done_q && (p_rd || p_credit)));
    assign fifo_entry  = {com_chan, p_credit, p_prog, p_rd, p_wr, addr_q, word};

    // ---- events: one per bad packet, by the order of the checks ----
    wire fail = done_q && !(((act_commit && act_fits) || psum_commit) && p_slot) && !fifo_commit;
    assign ev = {fail && p_addr && p_rd,                                    // 8 READ_BUSY
                 // 7 BAD_DESC, 6 LOST: not found here
                 2'b00,
                 fail && !p_off && p_addr && !p_slot,                       // 5 NO_SLOT
                 fail && p_off,                                             // 4 DISABLED
                 fail && !p_off && !p_addr,                                 // 3 BAD_ADDR
                 ends && exact && !type_ok,                                 // 2 BAD_TYPE
                 ends && (!exact || (type_ok && !len_ok))};                 // 1 BAD_LENGTH
    assign ev_end_h0 = h0_q;
    assign ev_late   = fail;
    assign ev_late_word = p_off ? p_h0_q : h1_q;
endmodule
`default_nettype wire
