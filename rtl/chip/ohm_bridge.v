// SPDX-License-Identifier: Apache-2.0
//
// ohm_bridge: the host's side of the chip: AXI4-Stream packets to and from the mesh's host link,
// AXI4-Lite registers.
//
// Throughput: one flit a cycle each way. Latency: ohm_bridge_in and ohm_bridge_out, store and
// forward both.
// Protocol: see those and ohm_axil. mesh_rst is AXIL_CTRL bit 0: while it is 1, nothing is sent
// into the mesh, a packet that was just leaving it is forgotten, and one that was just entering it
// is thrown away by the mesh. mesh_ready = 1 always: the mesh is never pushed back.
// Parameters: MAX_FLITS longest packet, OUT_DEPTH words of output buffer (power of two), MESH_W,
// MESH_H 1 to 16, KINDS, LEAN = 1: smaller and slower (ohm_chip).
//
//   s_axis ─► ohm_bridge_in ─► mesh (W port of tile (0,0)) ─► ohm_bridge_out ─► m_axis
//                   └────── counts ─► ohm_axil ◄─ counts ──────────┘
//
`default_nettype none
module ohm_bridge #(
    parameter MAX_FLITS = 130,
    parameter OUT_DEPTH = 2048,
    parameter MESH_W = 4,
    parameter MESH_H = 4,
    parameter KINDS = 0,
    parameter LEAN = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [31:0] s_axis_tdata,
    input  wire        s_axis_tvalid,
    output wire        s_axis_tready,
    input  wire        s_axis_tlast,
    input  wire        s_axis_tuser,
    output wire [31:0] m_axis_tdata,
    output wire        m_axis_tvalid,
    input  wire        m_axis_tready,
    output wire        m_axis_tlast,
    input  wire [7:0]  s_axil_awaddr,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output wire [1:0]  s_axil_bresp,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [7:0]  s_axil_araddr,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    // the mesh's host link
    output wire        tx_valid,
    output wire [33:0] tx_flit,
    input  wire        tx_ready,
    input  wire        rx_valid,
    input  wire [33:0] rx_flit,
    output wire        rx_ready,
    output wire        mesh_rst,
    input  wire [8:0]  long_count,
    input  wire [8:0]  stray_count,
    input  wire [8:0]  parity_count
);
    wire in_pkt, out_pkt, bad_crc, bad_len, bad_dst, out_drop, out_stray;

    assign rx_ready = 1'b1;

    ohm_bridge_in #(
        .MAX_FLITS(MAX_FLITS), .MESH_W(MESH_W), .MESH_H(MESH_H), .KINDS(KINDS), .SERIAL(LEAN)
    ) u_in (
        .clk(clk), .rst(rst), .hold(mesh_rst),
        .s_tdata(s_axis_tdata), .s_tvalid(s_axis_tvalid), .s_tready(s_axis_tready),
        .s_tlast(s_axis_tlast),
        .s_tuser(s_axis_tuser),
        .tx_valid(tx_valid), .tx_flit(tx_flit), .tx_ready(tx_ready),
        .in_pkt(in_pkt), .bad_crc(bad_crc), .bad_len(bad_len), .bad_dst(bad_dst));

    ohm_bridge_out #(.DEPTH(OUT_DEPTH), .SERIAL(LEAN)) u_out (
        .clk(clk), .rst(rst), .cut(mesh_rst),
        .rx_valid(rx_valid), .rx_flit(rx_flit),
        .m_tdata(m_axis_tdata), .m_tvalid(m_axis_tvalid), .m_tready(m_axis_tready),
        .m_tlast(m_axis_tlast),
        .out_pkt(out_pkt), .out_drop(out_drop), .stray(out_stray));

    ohm_axil #(
        .MESH_W(MESH_W), .MESH_H(MESH_H), .CNT_W(LEAN != 0 ? 16 : 32), .TALLY(LEAN)
    ) u_axil (
        .clk(clk), .rst(rst),
        .awaddr(s_axil_awaddr), .awvalid(s_axil_awvalid), .awready(s_axil_awready),
        .wdata(s_axil_wdata), .wstrb(s_axil_wstrb), .wvalid(s_axil_wvalid), .wready(s_axil_wready),
        .bresp(s_axil_bresp), .bvalid(s_axil_bvalid), .bready(s_axil_bready),
        .araddr(s_axil_araddr), .arvalid(s_axil_arvalid), .arready(s_axil_arready),
        .rdata(s_axil_rdata), .rresp(s_axil_rresp), .rvalid(s_axil_rvalid), .rready(s_axil_rready),
        .in_pkt(in_pkt), .out_pkt(out_pkt), .bad_crc(bad_crc), .bad_len(bad_len), .bad_dst(bad_dst),
        .out_drop(out_drop), .long_count(long_count), .stray_count(stray_count + {8'd0, out_stray}),
        .parity_count(parity_count), .mesh_rst(mesh_rst));
endmodule
`default_nettype wire
