// SPDX-License-Identifier: Apache-2.0
//
// ohm_bridge_in: packets from the host's AXI4-Stream into the mesh, store and forward: nothing
// enters before it is good.
//
// Throughput: one flit a cycle in and out, without gaps between packets (the CRC flit is taken
// off).
// Latency: the head is at tx 3 cycles after the packet's last flit was taken from the stream.
// Protocol: AXI4-Stream in, one packet with its CRC flit up to tlast; tuser of its first flit
// chooses the buffer: 0 data, 1 configuration (SERIAL: one buffer for both). Each buffer holds two
// of the longest packets; packets leave the two in turn, so that neither waits for more than one
// packet of the other. Out: mesh link; hold = 1 stops it. A packet is dropped whole, with one
// pulse, for the first of: bad_len (no LEN + 3 flits, or LEN > MAX_FLITS - 2; one that never ends
// is thrown away up to its tlast), bad_crc, bad_dst (destination or first copy outside the mesh, no
// tile at the destination, HOST set, or a type the host may not send). in_pkt pulses for a good
// one.
// Parameters: MAX_FLITS longest packet without CRC; MESH_W, MESH_H 1 to 16; KINDS pattern of
// tile kinds; SERIAL = 1: the CRC is summed
// bit by bit (one flit in 33 cycles), packets keep their order, and tready depends on the flit.
//
//   s_tvalid 1  1  1  1  0  0  0  0  0      header, header, payload, CRC
//   s_tlast  0  0  0  1
//   tx_valid 0  0  0  0  0  0  1  1  1
//
`default_nettype none
module ohm_bridge_in #(
    parameter MAX_FLITS = 130,
    parameter MESH_W = 4,
    parameter MESH_H = 4,
    parameter KINDS = 0,
    parameter SERIAL = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        hold,
    input  wire [31:0] s_tdata,
    input  wire        s_tvalid,
    output wire        s_tready,
    input  wire        s_tlast,
    input  wire        s_tuser,
    output wire        tx_valid,
    output wire [33:0] tx_flit,
    input  wire        tx_ready,
    output reg         in_pkt,
    output reg         bad_crc,
    output reg         bad_len,
    output reg         bad_dst
);
`include "ohm_map.vh"
`include "ohm_kinds.vh"
    localparam DEPTH = 1 << $clog2(2 * MAX_FLITS);
    localparam integer PAYLOAD = MAX_FLITS - 2;
    localparam [H0_LEN_W-1:0] MAX_LEN = PAYLOAD[H0_LEN_W-1:0];
    localparam [4:0] WIDTH = MESH_W[4:0], HEIGHT = MESH_H[4:0];
    localparam CW = H0_LEN_W + 1;

    // The stream is registered here: whether there is room depends on tuser, and tready should not.
    // A serial source, the UART, has registers of its own.
    wire        in_valid, in_ready, in_user, in_tail;
    wire [31:0] in_data;
    generate
        if (SERIAL == 0) begin : g_skid
            ohm_fifo #(.W(34), .DEPTH(2)) u_skid (
                .clk(clk), .rst(rst),
                .in_valid(s_tvalid), .in_ready(s_tready), .in_data({s_tuser, s_tlast, s_tdata}),
                .out_valid(in_valid), .out_ready(in_ready), .out_data({in_user, in_tail, in_data}));
        end else begin : g_no_skid
            assign {in_valid, s_tready} = {s_tvalid, in_ready};
            assign {in_user, in_tail, in_data} = {s_tuser, s_tlast, s_tdata};
        end
    endgenerate

    // ---- the packet that is coming in ----
    reg [CW-1:0]       index_q;         // flits of it so far, stays at its highest value
    reg                kind_q;
    reg [H0_LEN_W-1:0] len_q;
    reg                dst_ok_q;
    wire               start = index_q == {CW{1'b0}};
    wire               take = in_valid && in_ready;
    wire               kind = start ? in_user : kind_q;
    wire [CW-1:0]      body_end = {1'b0, len_q} + 1'b1;   // index of its last flit before the CRC

    // header, checked as it comes
    wire [3:0] h_type = in_data[H0_TYPE_LSB +: H0_TYPE_W];
    wire [3:0] h_x    = in_data[H0_X_LSB +: H0_X_W];
    wire [3:0] h_y    = in_data[H0_Y_LSB +: H0_Y_W];
    wire [3:0] h_mc   = in_data[H0_MC_LSB +: H0_MC_W];
    wire       type_ok = h_type == TYPE_CFG_WR || h_type == TYPE_CFG_RD || h_type == TYPE_ACT
        || h_type == TYPE_PSUM ||
                         h_type == TYPE_CREDIT || h_type == TYPE_PROG;
    wire       dst_ok  = type_ok && !in_data[H0_HOST_LSB] && {1'b0, h_x} < WIDTH
        && {1'b0, h_y} < HEIGHT && h_mc <= h_y
                      && kind_at(KINDS, {28'd0, h_x}, {28'd0, h_y}, MESH_W, MESH_H) != KIND_NONE;

    // Kept are the flits up to index LEN + 1 of a packet that can be legal; only they need room.
    // The tail is the CRC.
    wire       in_body, at_end, at_crc; // index against LEN
    wire       settled;
    wire       keep = !in_tail && (start || in_body);
    wire [2:0] place = {len_q <= MAX_LEN
        && index_q <= body_end, index_q == body_end, len_q <= MAX_LEN
        && index_q == body_end + 1'b1};
    generate
        if (SERIAL == 0) begin : g_now
            assign {in_body, at_end, at_crc, settled} = {place, 1'b1};
        end else begin : g_before               // they stand a cycle before the flit is taken
            reg [2:0] place_q;
            reg       settled_q;
            always @(posedge clk) begin
                place_q   <= place;
                settled_q <= !take && !rst;
            end
            assign {in_body, at_end, at_crc, settled} = {place_q, settled_q};
        end
    endgenerate
    localparam CLASSES = SERIAL != 0 ? 1 : 2;
    wire [1:0] room;
    wire       summed;              // the sum can take the flit
    assign in_ready = (!keep || room[CLASSES == 1 ? 1'b0 : kind]) && (summed || in_tail) && settled;

    wire [31:0] crc;
    ohm_crc32 #(.SERIAL(SERIAL)) u_crc (
        .clk(clk), .rst(rst), .valid(in_valid && !in_tail), .ready(summed),
        .take(take && !in_tail), .first(start),
        .data(in_data), .crc(crc));

    wire end_take = take && in_tail;
    wire len_good = !start && at_crc;
    wire good     = len_good && in_data == crc && dst_ok_q;

    always @(posedge clk) begin
        if (take) begin
            if (start) begin
                kind_q  <= in_user;
                len_q    <= in_data[H0_LEN_LSB +: H0_LEN_W];
                dst_ok_q <= dst_ok;
            end
            index_q <= in_tail ? {CW{1'b0}} : index_q + {{(CW-1){1'b0}}, ~&index_q};
        end
        in_pkt  <= end_take && good;
        bad_len <= end_take && !len_good;
        bad_crc <= end_take && len_good && in_data != crc;
        bad_dst <= end_take && len_good && in_data == crc && !dst_ok_q;
        if (rst) begin
            index_q <= {CW{1'b0}};
            in_pkt  <= 1'b0;
            bad_len <= 1'b0;
            bad_crc <= 1'b0;
            bad_dst <= 1'b0;
        end
    end

    // ---- buffers: 0 data, 1 configuration ----
    wire [1:0]  have, give;
    wire [67:0] flits;
    genvar c;
    generate
        for (c = 0; c < CLASSES; c = c + 1) begin : g_class
            localparam [0:0] MINE = c;
            wire here = CLASSES == 1 || kind == MINE;
            ohm_pkt_fifo #(.W(34), .DEPTH(DEPTH)) u_buffer (
                .clk(clk), .rst(rst),
                .in_valid(in_valid && keep && here && summed && settled), .in_ready(room[c]),
                .in_data({at_end && !start, start, in_data}),
                .commit(end_take && here && good), .rollback(end_take && here && !good),
                .out_valid(have[c]), .out_ready(give[c]), .out_data(flits[c*34 +: 34]));
        end
        if (CLASSES == 1) begin : g_one
            assign {room[1], have[1], flits[67:34]} = 36'd0;
            wire unused = give[1];
        end
    endgenerate

    // ---- into the mesh, whole packets in turn ----
    reg  [1:0] owner_q;     // buffer whose packet is passing, one-hot; 0: none
    wire [1:0] pick;
    wire       free = owner_q == 2'b00;
    wire [1:0] turn = free ? pick : owner_q;
    ohm_rr #(.N(2)) u_rr (.clk(clk), .rst(rst), .req(have & {2{!hold}}), .take(free), .gnt(pick));

    assign tx_valid = |(turn & have) && !hold;
    assign tx_flit  = turn[1] ? flits[67:34] : flits[33:0];
    assign give     = turn & {2{tx_ready && !hold}};

    always @(posedge clk)
        if (rst)
            owner_q <= 2'b00;
        else if (tx_valid)
            owner_q <= (tx_ready && tx_flit[33]) ? 2'b00 : turn;
endmodule
`default_nettype wire
