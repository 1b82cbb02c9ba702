// SPDX-License-Identifier: Apache-2.0
//
// ohm_bridge_out: packets from the mesh to the host's AXI4-Stream, store and forward, CRC appended.
//
// Throughput: one flit a cycle in; out one a cycle too, plus one for the CRC flit of each packet.
// Latency: the head is at the stream 2 cycles after the packet's last flit came.
// Protocol: the mesh is never pushed back (there is no ready): a packet that does not fit whole is
// dropped whole and pulses out_drop. One whose flits do not match its LEN (closed by a router) is
// dropped whole and pulses stray; cut = 1 (the mesh is in reset) forgets a packet that is coming
// in. Out: AXI4-Stream, m_tvalid does not wait for m_tready; out_pkt pulses with the CRC flit.
// Parameters: DEPTH words of buffer, a power of two; SERIAL = 1: one flit in 33 cycles out.
//
//   rx_valid 1  1  1  0  0  0  0  0
//   m_tvalid 0  0  0  0  1  1  1  1
//   m_tlast  0  0  0  0  0  0  0  1     CRC
//
`default_nettype none
module ohm_bridge_out #(
    parameter DEPTH = 2048,
    parameter SERIAL = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cut,
    input  wire        rx_valid,
    input  wire [33:0] rx_flit,
    output wire [31:0] m_tdata,
    output wire        m_tvalid,
    input  wire        m_tready,
    output wire        m_tlast,
    output reg         out_pkt,
    output reg         out_drop,
    output reg         stray
);
`include "ohm_map.vh"
    localparam CW = H0_LEN_W + 2;

    // ---- in ----
    reg          open_q;            // in mid-packet
    reg          full_q;            // it did not fit
    reg [CW-1:0] left_q;            // flits that its LEN still lets follow; 0 stays 0
    wire         room;
    wire         last   = rx_flit[33];
    wire         first  = rx_flit[32] && !last;   // both: the abort flit of a router
    wire         mine   = rx_valid && (first || open_q);   // what belongs to no packet is ignored
    wire         full   = !room || (full_q && !first);
    wire         done   = rx_valid && open_q && last;
    wire         match  = left_q == {{(CW-1){1'b0}}, 1'b1} && !rx_flit[32];
    wire         broken = (done && !match) || (rx_valid && open_q && first);
    wire         keep   = mine && !full && !(done && !match) && !cut;

    // ---- out ----
    wire         have, give, have_last;
    wire [31:0]  have_data, crc;
    reg          start_q, crc_q;    // next is a packet's first flit; its CRC

    ohm_pkt_fifo #(.W(33), .DEPTH(DEPTH)) u_buffer (
        .clk(clk), .rst(rst),
        .in_valid(keep), .in_ready(room), .in_data({last, rx_flit[31:0]}),
        .commit(keep && last), .rollback(broken || (done && full) || cut),
        .out_valid(have), .out_ready(give), .out_data({have_last, have_data}));

    always @(posedge clk) begin
        if (mine) begin
            open_q <= !last;
            full_q <= full;
            if (first)
                left_q <= {{(CW-H0_LEN_W){1'b0}}, rx_flit[H0_LEN_LSB +: H0_LEN_W]} + 1'b1;
            else if (|left_q)
                left_q <= left_q - 1'b1;
        end
        out_drop <= done && match && full && !cut;
        stray    <= broken && !cut;
        if (rst || cut)
            open_q <= 1'b0;
    end

    wire         summed;            // the sum can take the flit
    ohm_crc32 #(.SERIAL(SERIAL)) u_crc (
        .clk(clk), .rst(rst), .valid(have && !crc_q), .ready(summed), .take(have && give),
        .first(start_q),
        .data(have_data), .crc(crc));

    assign give     = m_tready && !crc_q && summed;
    assign m_tvalid = (have && summed) || crc_q;
    assign m_tdata  = crc_q ? crc : have_data;
    assign m_tlast  = crc_q;

    always @(posedge clk) begin
        if (m_tvalid && m_tready) begin
            start_q <= crc_q;
            crc_q   <= have_last && !crc_q;
        end
        out_pkt <= crc_q && m_tready;
        if (rst) begin
            start_q <= 1'b1;
            crc_q   <= 1'b0;
            out_pkt <= 1'b0;
        end
    end
endmodule
`default_nettype wire
