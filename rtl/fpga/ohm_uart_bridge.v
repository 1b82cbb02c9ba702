// SPDX-License-Identifier: Apache-2.0
//
// ohm_uart_bridge: the chip's three host ports over one serial line (docs/start/boards.md).
//
// A frame is bytes between flags 0x7E; 0x7E and 0x7D inside travel as 0x7D and the byte xor 0x20.
// Its first byte says what it is: 0xF0 data packet, 0xE1 configuration packet, 0xD2 register read,
// 0xC3 register write. Packets follow as little-endian words with their CRC: the chip checks CRC
// and length and counts, so noise costs a packet and the next flag mends the framing. A frame with
// a byte of a bad stop bit, a half word, an unknown first byte, or a word that nobody took ends as
// a packet of bad length or as nothing. Register read: address; its answer 0xD2, address, four
// bytes, and the xor of these six. Register write: address, byte 0 of the word, and the xor of
// address and byte; the rest of the word is 0.
// Throughput: the line's. Latency: a word is passed on when the next one begins or the frame ends.
// Protocol: AXI4-Stream and AXI4-Lite as ohm_chip has them. Answers go between packets, whole.
// Parameters: DIV clock cycles per bit (ohm_uart_rx).
//
`default_nettype none
module ohm_uart_bridge #(
    parameter DIV = 12
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        rx,
    output wire        tx,
    output reg  [31:0] s_axis_tdata,
    output reg         s_axis_tvalid,
    input  wire        s_axis_tready,
    output reg         s_axis_tlast,
    output reg         s_axis_tuser,
    input  wire [31:0] m_axis_tdata,
    input  wire        m_axis_tvalid,
    output wire        m_axis_tready,
    input  wire        m_axis_tlast,
    output reg  [7:0]  axil_addr,
    output reg         axil_write,      // address and data valid until taken
    input  wire        axil_awready,
    output reg         axil_data,       // write data valid until taken
    input  wire        axil_wready,
    output reg         axil_wbit,
    output reg         axil_read,
    input  wire        axil_arready,
    input  wire        axil_rvalid,
    output wire        axil_rready,
    input  wire [31:0] axil_rdata,
    // a byte without stop bit, a frame of no known kind, or a word lost
    output wire        spoilt
);
    localparam [7:0] FLAG = 8'h7E, ESCAPE = 8'h7D, FLIP = 8'h20;
    localparam [7:0] IS_DATA = 8'hF0, IS_CONFIG = 8'hE1, IS_READ = 8'hD2, IS_WRITE = 8'hC3;

    // ---- receiving: bytes to words ----
    wire       in_valid, in_bad;
    wire [7:0] in_byte;
    ohm_uart_rx #(.DIV(DIV)) u_rx (.clk(clk), .rst(rst), .rx(rx), .valid(in_valid), .bad(in_bad),
        .data(in_byte));

    localparam [2:0] ST_HUNT  = 3'd0,   // for a flag
                     ST_KIND  = 3'd1,   // first byte of a frame
                     ST_WORDS = 3'd2,   // of a packet
                     ST_READ  = 3'd3,   // address
                     ST_WRITE = 3'd4,   // address, byte, check
                     ST_END   = 3'd5;   // a register access whose flag is to come
    reg [2:0]  state_q;
    reg        escape_q, write_q;
    reg [1:0]  lane_q;                  // bytes of the word so far
    reg        word_q, broken_q;        // a whole word waits in in_q; the frame is spoilt
    reg [31:0] in_q;
    reg [7:0]  sum_q;

    wire       flag  = in_valid && in_byte == FLAG && !in_bad;
    wire       plain = in_valid && !flag && !(in_byte == ESCAPE && !escape_q);
    wire [7:0] octet = in_byte ^ (escape_q ? FLIP : 8'd0);
    wire       words = state_q == ST_WORDS;
    // A word goes on when it is known whether it is the last. A spoilt frame ends with one word too
    // few or too many.
    wire       push  = words && ((plain && word_q) || (flag && (word_q || lane_q != 2'd0)));

    always @(posedge clk) begin
        if (s_axis_tready) s_axis_tvalid <= 1'b0;
        if (axil_awready) axil_write <= 1'b0;
        if (axil_wready) axil_data <= 1'b0;
        if (axil_arready) axil_read <= 1'b0;
        if (in_valid) escape_q <= in_byte == ESCAPE && !escape_q;
        if (push) begin
            s_axis_tdata  <= broken_q ? ~in_q : in_q;
            s_axis_tlast  <= flag;
            s_axis_tvalid <= 1'b1;
            word_q        <= 1'b0;
            if (s_axis_tvalid && !s_axis_tready) broken_q <= 1'b1;
        end
        if (plain) begin
            case (state_q)
                ST_KIND: begin
                    lane_q       <= 2'd0;
                    s_axis_tuser <= octet == IS_CONFIG;
                    write_q      <= octet == IS_WRITE;
                    state_q <= octet == IS_DATA || octet == IS_CONFIG ? ST_WORDS
                             : octet == IS_READ || octet == IS_WRITE ? ST_READ : ST_HUNT;
                end
                ST_WORDS: begin
                    in_q   <= {octet, in_q[31:8]};
                    lane_q <= lane_q + 2'd1;
                    if (lane_q == 2'd3) word_q <= 1'b1;
                end
                ST_READ: begin
                    axil_addr <= octet;
                    sum_q     <= octet;
                    lane_q    <= 2'd0;
                    state_q   <= write_q ? ST_WRITE : ST_END;
                end
                ST_WRITE: begin
                    sum_q  <= sum_q ^ octet;
                    lane_q <= lane_q + 2'd1;
                    if (!lane_q[0]) axil_wbit <= octet[0];
                    else state_q <= sum_q == octet ? ST_END : ST_HUNT;
                end
                default: state_q <= ST_HUNT;    // too many bytes
            endcase
            if (in_bad) broken_q <= 1'b1;
        end
        if (flag) begin
            if (state_q == ST_END && !broken_q) begin
                axil_read  <= !write_q;
                axil_write <= write_q;
                axil_data  <= write_q;
            end
            state_q  <= ST_KIND;
            broken_q <= 1'b0;
            word_q   <= 1'b0;
        end
        if (rst) begin
            state_q       <= ST_HUNT;
            escape_q      <= 1'b0;
            word_q        <= 1'b0;
            broken_q      <= 1'b0;
            s_axis_tvalid <= 1'b0;
            axil_read     <= 1'b0;
            axil_write    <= 1'b0;
            axil_data     <= 1'b0;
        end
    end

    assign spoilt = plain && (in_bad || (state_q == ST_KIND && octet != IS_DATA
        && octet != IS_CONFIG && octet != IS_READ
                                         && octet != IS_WRITE))
                    || (push && s_axis_tvalid && !s_axis_tready);

    // ---- sending: words to bytes ----
    localparam [2:0] TX_IDLE  = 3'd0,   // the line is between frames, a flag has ended the last one
                     TX_KIND  = 3'd1,
                     TX_ADDR  = 3'd2,
                     TX_WORDS = 3'd3,
                     TX_SUM   = 3'd4,
                     TX_FLAG  = 3'd5;
    reg [2:0]  out_state_q;
    reg        answer_q, out_escape_q, out_have_q, out_last_q;
    reg [1:0]  out_lane_q;
    reg [31:0] out_q;
    reg [7:0]  out_sum_q;
    // The address of the answer that is awaited, and of the one that is being sent: the next
    // request may be there already.
    reg [7:0]  asked_q, told_q;

    wire       out_ready;
    wire [7:0] raw  = out_state_q == TX_KIND ? (answer_q ? IS_READ : IS_DATA)
                    : out_state_q == TX_ADDR ? told_q
                    : out_state_q == TX_SUM  ? out_sum_q : out_q[7:0];
    wire       mark = out_state_q == TX_FLAG;
    reg        special_q, stands_q;     // raw stands for a cycle, and was one of these
    wire       stuff = !mark && !out_escape_q && special_q;
    wire [7:0] out_byte = mark ? FLAG : stuff ? ESCAPE : out_escape_q ? raw ^ FLIP : raw;
    wire       there = out_state_q != TX_IDLE && !(out_state_q == TX_WORDS && !out_have_q);
    wire       out_valid = there && stands_q;
    wire       sent = out_valid && out_ready && !stuff;

    ohm_uart_tx #(.DIV(DIV)) u_tx (.clk(clk), .rst(rst), .valid(out_valid), .ready(out_ready),
        .data(out_byte), .tx(tx));

    assign m_axis_tready = out_state_q == TX_WORDS && !answer_q && !out_have_q;
    assign axil_rready   = out_state_q == TX_IDLE;

    always @(posedge clk) begin
        special_q <= raw == FLAG || raw == ESCAPE;
        stands_q  <= there && !(out_valid && out_ready) && !rst;
        if (out_valid && out_ready) out_escape_q <= stuff;
        if (axil_read && axil_arready) asked_q <= axil_addr;
        case (out_state_q)
            TX_IDLE: begin
                answer_q   <= axil_rvalid;
                told_q     <= asked_q;
                out_have_q <= axil_rvalid;
                out_last_q <= 1'b1;
                out_lane_q <= 2'd0;
                out_q      <= axil_rdata;
                if (axil_rvalid || m_axis_tvalid) out_state_q <= TX_KIND;
            end
            TX_KIND: if (sent) out_state_q <= answer_q ? TX_ADDR : TX_WORDS;
            TX_ADDR: if (sent) out_state_q <= TX_WORDS;
            TX_WORDS: begin
                if (m_axis_tvalid && m_axis_tready) begin
                    out_q      <= m_axis_tdata;
                    out_have_q <= 1'b1;
                    out_last_q <= m_axis_tlast;
                end
                if (sent) begin
                    out_q      <= {8'd0, out_q[31:8]};
                    out_lane_q <= out_lane_q + 2'd1;
                    if (out_lane_q == 2'd3) begin
                        out_have_q <= 1'b0;
                        if (out_last_q) out_state_q <= answer_q ? TX_SUM : TX_FLAG;
                    end
                end
            end
            TX_SUM: if (sent) out_state_q <= TX_FLAG;
            default: if (sent) out_state_q <= TX_IDLE;
        endcase
        if (out_state_q == TX_IDLE) out_sum_q <= 8'd0;
        else if (sent) out_sum_q <= out_sum_q ^ raw;
        if (rst) begin
            // so that the first frame stands clear of what was there before
            out_state_q  <= TX_FLAG;
            out_escape_q <= 1'b0;
        end
    end
endmodule
`default_nettype wire
