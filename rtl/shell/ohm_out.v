// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Output stage: two banks of outputs, and a sender that turns a full bank into one packet per
// route.
//
// The core fills one bank while the other is sent. Mode y packs four bytes a word, modes 0 and 2
// take a word each. Routes go in order of number; each waits until all its consumers (MC + 1 credit
// entries) may get this sequence number, and only then asks for the network, so nothing that has
// entered can be stuck. Bytes past COUNT1 in a packet's last word are 0. A poison vector is one
// two-flit packet per route.
//
// With `walk` (window walker 0 is on) ACT and RESULT packets are parts of lines: VECS1 + 1 vectors
// make a line, STEP apart (docs/explain/convolution.md); partial sums keep the vector's number.
//
// With VECTOR = 1 each bank brings the routes that it leaves on, its words and how many words of
// the vector went before it; each route adds its four bits of res_add to the number.
//
// With NDESC > 1 a bank remembers its vector's descriptor and mode, and leaves on the routes that
// name the descriptor.
//
// Throughput: one word a cycle in, one flit a cycle out. A vector takes, with R routes in use, 1 +
// Σ (2 + MC + 2 + LEN) cycles: 133 for 128 words on one route. Latency: first flit 4 cycles after
// res_done.
// Protocol: res_* as in docs/reference/borders.md; out_valid/out_ready per flit, flit {last, first,
// data}. With enable = 0 the packet under way is finished, everything else forgotten; only then
// res_ready rises again.
// Registers: ROUTE, ROUTE_PART, OUT_LINE, OUT_LINE0. Parameters: as
// docs/reference/configurations.md; STAGE = 1: registers before the route's number and, with
// several routes, around the question for credits.
module ohm_out #(
    parameter COLS   = 128,
    parameter NROUTE = 4,
    parameter WINDOW = 1,
    parameter STAGE  = 0,
    parameter VECTOR = 0,
    parameter NDESC  = 1
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [3:0]  tile_x,
    input  wire [3:0]  tile_y,
    input  wire        enable,
    input  wire [1:0]  mode,            // DESC.MODE
    input  wire        walk,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output reg  [31:0] cfg_rdata,

    output wire        res_ready,
    input  wire        res_valid,
    input  wire [7:0]  res_idx,
    input  wire [31:0] res_data,
    input  wire        res_done,
    input  wire [31:0] res_seq,
    input  wire        res_poison,
    input  wire [1:0]  res_desc,        // with res_done
    input  wire [7:0]  res_routes,      // VECTOR; with res_done, as the next two
    input  wire [7:0]  res_words1,
    input  wire [15:0] res_at,
    input  wire [31:0] res_add,         // constant while enabled

    output wire [4:0]  ask_idx,         // may consumer ask_idx get ask_seq? same cycle
    output wire [15:0] ask_seq,
    input  wire        ask_ok,

    output wire        out_valid,
    input  wire        out_ready,
    output wire [33:0] out_flit,
    output wire        busy
);
`include "ohm_map.vh"
    localparam CW = $clog2(COLS);
    localparam integer N_REG = NROUTE * REG_ROUTE_STRIDE;

    // ---- registers ----
    localparam RW = NROUTE > 1 ? $clog2(NROUTE) : 1;
    reg  [31:0] route [0:NROUTE-1];
    reg  [31:0] part  [0:NROUTE-1];
    reg  [7:0]  on_q;                               // routes with a TYPE
    wire        cfg_hit = cfg_addr[15:4] == REG_ROUTE[15:4] && {1'b0, cfg_addr[3:0]} < N_REG[4:0];
    wire [RW-1:0] cfg_i = cfg_addr[RW:1];

    reg [31:0] out_line_q, out_line0_q;

    always @(posedge clk) begin
        cfg_rdata <= 32'd0;
        if (cfg_re && cfg_hit) cfg_rdata <= cfg_addr[0] ? part[cfg_i] : route[cfg_i];
        if (cfg_re && cfg_addr == REG_OUT_LINE) cfg_rdata <= out_line_q;
        if (cfg_re && cfg_addr == REG_OUT_LINE0) cfg_rdata <= out_line0_q;
        if (WINDOW != 0 && cfg_we && cfg_addr == REG_OUT_LINE) out_line_q <= cfg_wdata;
        if (WINDOW != 0 && cfg_we && cfg_addr == REG_OUT_LINE0) out_line0_q <= cfg_wdata;
        if (cfg_we && cfg_hit) begin
            if (cfg_addr[0]) part[cfg_i] <= cfg_wdata;
            else begin
                route[cfg_i] <= cfg_wdata;
                on_q[cfg_addr[3:1]] <= cfg_wdata[H0_TYPE_LSB +: H0_TYPE_W] != 4'd0;
            end
        end
        if (rst) begin
            on_q        <= 8'd0;
            out_line_q  <= 32'd0;
            out_line0_q <= 32'd0;
        end
    end

    // ---- banks ----
    (* no_rw_check *) reg [31:0] mem [0:(2 << CW) - 1]; // one bank is read, the other one written
    reg [31:0]  rdata_q;
    reg         fill_q, send_q;                     // bank being filled, bank being sent
    reg [1:0]   full_q, poison_q;
    reg [31:0]  seq_q;                              // 16 bits per bank
    reg         flush_q;                            // disabled; the sender may still be in a packet

    wire        bytes = mode == DESC_MODE_Y;
    wire [7:0]  w_word = bytes ? {2'd0, res_idx[7:2]} : res_idx;
    wire [CW:0] w_addr = {fill_q, w_word[CW-1:0]};
    wire [3:0]  w_lane = bytes ? 4'd1 << res_idx[1:0] : 4'hF;
    wire [31:0] w_data = bytes ? {4{res_data[7:0]}} : res_data;

    always @(posedge clk)
        if (res_valid) begin
            if (w_lane[0]) mem[w_addr][7:0]   <= w_data[7:0];
            if (w_lane[1]) mem[w_addr][15:8]  <= w_data[15:8];
            if (w_lane[2]) mem[w_addr][23:16] <= w_data[23:16];
            if (w_lane[3]) mem[w_addr][31:24] <= w_data[31:24];
        end

    // ---- what a bank brings, in a vector tile ----
    wire [7:0]  on;                                 // routes of the bank that is sent
    wire        send_bytes;                         // the bank that is sent is in mode y
    wire [7:0]  own_words1;
    wire [15:0] own_at;
    generate
        if (VECTOR != 0) begin : g_vector
            reg [15:0] routes_q, words1_q;          // of bank 0 in the low half
            reg [31:0] at_q;
            always @(posedge clk) if (res_done) begin
                routes_q[8*fill_q +: 8] <= res_routes;
                words1_q[8*fill_q +: 8] <= res_words1;
                at_q[16*fill_q +: 16]   <= res_at;
            end
            assign on         = on_q & routes_q[8*send_q +: 8];
            assign own_words1 = words1_q[8*send_q +: 8];
            assign own_at     = at_q[16*send_q +: 16];
        end else if (NDESC > 1) begin : g_descs
            reg  [31:0] sel_q;                      // of each route: ROUTE.DESCS
            reg  [3:0]  of_q;                       // of each bank: descriptor
            reg  [1:0]  bytes_q;                    // and whether its mode is y
            genvar i;
            always @(posedge clk) begin
                if (cfg_we && cfg_hit && !cfg_addr[0])
                    sel_q[4*cfg_addr[3:1] +: 4] <= cfg_wdata[ROUTE_DESCS_LSB +: ROUTE_DESCS_W];
                if (res_done) begin
                    of_q[2*fill_q +: 2] <= res_desc;
                    bytes_q[fill_q] <= bytes;
                end
            end
            for (i = 0; i < 8; i = i + 1) begin : g_route
                wire [3:0] sel = sel_q[4*i +: 4] == 4'd0 ? 4'd1 : sel_q[4*i +: 4];
                assign on[i] = on_q[i] && sel[of_q[2*send_q +: 2]];
            end
            assign send_bytes = bytes_q[send_q];
            assign {own_words1, own_at} = 24'd0;
            wire unused = &{1'b0, res_routes, res_words1, res_at, res_add};
        end else begin : g_plain
            assign on = on_q;
            assign {own_words1, own_at} = 24'd0;
            wire unused = &{1'b0, res_routes, res_words1, res_at, res_add};
        end
        if (VECTOR != 0 || NDESC == 1) begin : g_same
            assign send_bytes = bytes;
            wire unused_desc = &{1'b0, res_desc};
        end
    endgenerate

    // ---- sender ----
    localparam [2:0] ST_WAIT  = 3'd0,   // for a full bank
                     ST_ASK   = 3'd1,   // for the credits of a route, one entry a cycle
                     ST_HEAD0 = 3'd2,
                     ST_HEAD1 = 3'd3,
                     ST_BODY  = 3'd4;
    // the next vector's line, its place, its number there
    reg [15:0] line_q, line_at_q, line_vec_q;
    reg [2:0] state_q;
    reg [7:0] todo_q;                               // routes still to serve
    reg [3:0] member_q;                             // consumer of the route being asked for
    reg [7:0] raddr_q, left_q;

    wire       poison    = poison_q[send_q];
    wire       last_word = left_q == 8'd0;
    wire       sent  = out_ready && (state_q == ST_BODY ? last_word : state_q == ST_HEAD1
        && poison);
    wire [7:0] later = todo_q & (todo_q - 8'd1);
    wire [7:0] todo  = state_q == ST_WAIT ? on : sent ? later : todo_q;
    reg [2:0] r, next_r;                            // the route: lowest in todo_q
    integer i;
    always @* begin
        next_r = 3'd0;
        for (i = 7; i >= 0; i = i - 1) if (STAGE != 0 ? todo_q[i] : todo[i]) next_r = i[2:0];
    end
    always @(posedge clk) begin
        todo_q <= todo;
        r      <= next_r;
    end

    wire [31:0] ra      = route[r[RW-1:0]];
    wire [31:0] rb      = part[r[RW-1:0]];
    wire [7:0]  first   = rb[ROUTE_PART_FIRST_LSB +: ROUTE_PART_FIRST_W];
    wire [7:0]  count1  = rb[ROUTE_PART_COUNT1_LSB +: ROUTE_PART_COUNT1_W];
    wire [9:0]  offset  = rb[ROUTE_PART_OFFSET_LSB +: ROUTE_PART_OFFSET_W];
    wire [3:0]  entry   = rb[ROUTE_PART_CREDIT_LSB +: ROUTE_PART_CREDIT_W];
    wire [3:0]  mc      = ra[H0_MC_LSB +: H0_MC_W];
    wire        host    = ra[H0_HOST_LSB];
    wire        in_line = walk && ra[H0_TYPE_LSB +: H0_TYPE_W] != TYPE_PSUM;
    wire [3:0]  add     = VECTOR != 0 ? res_add[4*r +: 4] : 4'd0;
    wire [15:0] seq     = in_line ? line_q : seq_q[16*send_q +: 16] + {12'd0, add};
    wire [15:0] at      = (in_line ? line_at_q : own_at) + {6'd0, offset};
    wire [7:0]  words1  = VECTOR != 0 ? own_words1
                        : send_bytes ? {2'd0, count1[7:2]} : count1;    // payload flits, less 1
    wire [9:0]  len     = poison ? 10'd0 : {2'd0, words1} + 10'd1;

    wire [4:0]  consumer = {1'b0, entry} + {1'b0, member_q};
    assign ask_seq = seq;
    wire        grant;
    generate
        if (STAGE == 0 || NROUTE == 1) begin : g_at_once
            assign ask_idx = consumer;
            assign grant   = ask_ok;
        end else begin : g_in_steps                 // who, whether, and then it is granted
            reg [4:0] who_q;
            reg       there_q, asked_q, ok_q;       // the route is there; its consumer; the answer
            always @(posedge clk) begin
                who_q   <= consumer;
                there_q <= state_q == ST_ASK && !grant;
                asked_q <= there_q && state_q == ST_ASK && !grant;
                ok_q    <= asked_q && state_q == ST_ASK && !grant && ask_ok;
            end
            assign ask_idx = who_q;
            assign grant   = ok_q;
        end
    endgenerate

    wire [31:0] h0 = {ra[H0_TYPE_LSB +: 4], host
        ? {tile_y, tile_x} : {ra[H0_Y_LSB +: 4], ra[H0_X_LSB +: 4]},
                      host, mc, poison, ra[H0_CHAN_LSB +: 4], len};
    wire [31:0] h1 = {seq, at};
    wire [31:0] keep = !send_bytes
        || !last_word ? 32'hFFFF_FFFF : ~(32'hFFFF_FF00 << {count1[1:0], 3'd0});

    assign out_valid = state_q == ST_HEAD0 || state_q == ST_HEAD1 || state_q == ST_BODY;
    assign out_flit  = state_q == ST_HEAD0 ? {2'b01, h0}
                     : state_q == ST_HEAD1 ? {poison, 1'b0, h1} : {last_word, 1'b0, rdata_q & keep};
    assign res_ready = !flush_q && !full_q[fill_q];
    assign busy      = full_q != 2'd0 || state_q != ST_WAIT;

    // a vector
    wire       gone  = sent ? later == 8'd0 : state_q == ST_WAIT && full_q[send_q] && on == 8'd0;
    wire       line_end = line_vec_q == out_line_q[OUT_LINE_VECS1_LSB +: OUT_LINE_VECS1_W];

    // the word after the one that is leaving
    always @(posedge clk)
        if (out_ready && (state_q == ST_HEAD1
            || state_q == ST_BODY)) rdata_q <= mem[{send_q, raddr_q[CW-1:0]}];

    always @(posedge clk) begin
        case (state_q)
            ST_WAIT: begin
                member_q <= 4'd0;
                if (full_q[send_q] && !flush_q) begin
                    if (on != 8'd0) state_q <= ST_ASK;
                    else begin                      // nobody wants it
                        full_q[send_q] <= 1'b0;
                        send_q         <= !send_q;
                    end
                end
            end
            ST_ASK:
                if (flush_q) state_q <= ST_WAIT;
                else if (grant) begin
                    member_q <= member_q + 4'd1;
                    if (member_q == mc) state_q <= ST_HEAD0;
                end
            ST_HEAD0: begin
                raddr_q <= VECTOR != 0 ? 8'd0 : send_bytes ? {2'd0, first[7:2]} : first;
                left_q  <= words1;
                if (out_ready) state_q <= ST_HEAD1;
            end
            ST_HEAD1: if (out_ready) begin
                raddr_q <= raddr_q + 8'd1;
                if (!poison) state_q <= ST_BODY;
            end
            ST_BODY: if (out_ready && !last_word) begin
                raddr_q <= raddr_q + 8'd1;
                left_q  <= left_q - 8'd1;
            end
            default: state_q <= ST_WAIT;
        endcase
        if (sent) begin
            member_q <= 4'd0;
            if (flush_q || later == 8'd0) begin
                state_q        <= ST_WAIT;
                full_q[send_q] <= 1'b0;
                send_q         <= !send_q;
            end else state_q <= ST_ASK;
        end
        if (gone && walk) begin
            line_vec_q <= line_end ? 16'd0 : line_vec_q + 16'd1;
            line_at_q  <= line_end
                ? 16'd0 : line_at_q + out_line_q[OUT_LINE_STEP_LSB +: OUT_LINE_STEP_W];
            if (line_end) line_q <= line_q + 16'd1;
        end
        if (res_done && !flush_q) begin
            full_q[fill_q]        <= 1'b1;
            poison_q[fill_q]      <= res_poison;
            seq_q[16*fill_q +: 16] <= res_seq[15:0];
            fill_q                <= !fill_q;
        end
        // a disabled tile forgets its banks, once no packet is being sent from them
        if (!enable) flush_q <= 1'b1;
        else if (state_q == ST_WAIT) flush_q <= 1'b0;
        if (flush_q && state_q == ST_WAIT) begin
            full_q     <= 2'd0;
            fill_q     <= 1'b0;
            send_q     <= 1'b0;
            line_q     <= out_line0_q[15:0];
            line_at_q  <= 16'd0;
            line_vec_q <= 16'd0;
        end
        if (rst) begin
            state_q <= ST_WAIT;
            flush_q <= 1'b1;
            full_q  <= 2'd0;
            fill_q  <= 1'b0;
            send_q  <= 1'b0;
        end
    end

    // 16 bits of the number travel; outputs past COLS do not exist; map's free bits
    wire unused = &{1'b0, res_seq[31:16], w_word, rb[31:30], r, out_line0_q[31:16]};
endmodule
`default_nettype wire
