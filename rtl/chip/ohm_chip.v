// SPDX-License-Identifier: Apache-2.0
//
// ohm_chip: the whole chip: host bridge and mesh of tiles.
//
// Throughput: one flit a cycle into and out of the chip. Latency: that of the bridge, plus one
// cycle per router passed.
// Protocol: packets with a CRC flit on AXI4-Stream in (tuser 0: data, 1: configuration) and out,
// AXI4-Lite for status (docs/reference/map.md, docs/reference/borders.md). rst resets all, in any
// cycle, when it lasts at least two (the first ends a tile's RUN, the second what a running tile
// does); AXIL_CTRL bit 0 resets the mesh and the tiles alone.
// Parameters: the keys of docs/reference/configurations.md, with their ranges; an illegal one stops
// the simulation at time 0. LEAN = 1 is for small FPGAs: serial scaling (more cycles per output),
// 16-bit counters, 256 words of output buffer. Same numbers.
//
//   s_axis ─► ┌────────┐ ─► ┌────────────────────────────┐
//   m_axis ◄─ │ bridge │ ◄─ │ mesh of routers with tiles │
//   s_axil ◄► └────────┘    └────────────────────────────┘
//
`default_nettype none
module ohm_chip #(
    // sizes, written by scripts/gen.py
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter ACC_F = 6,
    parameter ACC_BANKS = 4,
    parameter IBUF_WORDS = 2048,
    parameter NSTREAM = 4,
    parameter NSLOT = 16,
    parameter PSUM_SLOTS = 4,
    parameter NSLICE = 16,
    parameter NROUTE = 4,
    parameter NCREDIT = 8,
    parameter NRETURN = 8,
    parameter WINDOW = 1,
    parameter MODES = 1,
    parameter FIFO_DEPTH = 4,
    parameter NVC = 1,
    parameter PIPE = 0,
    parameter PARITY = 0,
    parameter LINK_W = 0,
    parameter ADC = 0,
    parameter MUX = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_BITS = 11,
    parameter PROGRAM = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter MESH_W = 4,
    parameter MESH_H = 4,
    parameter KINDS = 0,
    parameter VLANES = 0,
    parameter VMEM_WORDS = 4096,
    parameter VPROG = 512,
    parameter VTABLES = 4,
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
    input  wire        s_axil_rready
);
    localparam SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS;     // outputs of a tile
    localparam MAX_FLITS = 2 + (SIDE > 64 ? SIDE : 64);
`ifdef SYNTHESIS
    localparam TRIM = 1;    // smaller
`else
    localparam TRIM = 0;    // one compiled router for all places
`endif

    wire        in_valid, in_ready, out_valid, out_ready, mesh_rst;
    wire [33:0] in_flit, out_flit;
    wire [8:0]  long_count, stray_count, parity_count;

    ohm_bridge #(
        .MAX_FLITS(MAX_FLITS), .OUT_DEPTH(LEAN != 0 ? 256 : 2048), .MESH_W(MESH_W), .MESH_H(MESH_H),
        .KINDS(KINDS), .LEAN(LEAN)
    ) u_bridge (
        .clk(clk), .rst(rst),
        .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
        .s_axis_tlast(s_axis_tlast), .s_axis_tuser(s_axis_tuser),
        .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready),
        .m_axis_tlast(m_axis_tlast),
        .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready),
        .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb), .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wready(s_axil_wready),
        .s_axil_bresp(s_axil_bresp), .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready),
        .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid),
        .s_axil_rready(s_axil_rready),
        .tx_valid(in_valid), .tx_flit(in_flit), .tx_ready(in_ready),
        .rx_valid(out_valid), .rx_flit(out_flit), .rx_ready(out_ready),
        .mesh_rst(mesh_rst), .long_count(long_count), .stray_count(stray_count),
        .parity_count(parity_count));

    ohm_mesh #(
        .MAX_FLITS(MAX_FLITS), .TRIM(TRIM),
        // sizes, written by scripts/gen.py
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
        .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT), .PSUM_SLOTS(PSUM_SLOTS),
        .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT), .NRETURN(NRETURN), .WINDOW(WINDOW),
        .MODES(MODES), .FIFO_DEPTH(FIFO_DEPTH), .NVC(NVC), .PIPE(PIPE), .PARITY(PARITY),
        .LINK_W(LINK_W), .ADC(ADC), .MUX(MUX), .ADC_CYCLES(ADC_CYCLES), .ADC_BITS(ADC_BITS),
        .PROGRAM(PROGRAM), .NDESC(NDESC), .TRANSPOSE(TRANSPOSE), .MESH_W(MESH_W), .MESH_H(MESH_H),
        .KINDS(KINDS), .VLANES(VLANES), .VMEM_WORDS(VMEM_WORDS), .VPROG(VPROG), .VTABLES(VTABLES),
        .LEAN(LEAN)
    ) u_mesh (
        .clk(clk), .rst(rst || mesh_rst),
        .host_in_valid(in_valid), .host_in_flit(in_flit), .host_in_ready(in_ready),
        .host_out_valid(out_valid), .host_out_flit(out_flit), .host_out_ready(out_ready),
        .long_count(long_count), .stray_count(stray_count), .parity_count(parity_count));

`include "ohm_chip_limits.vh"
endmodule
`default_nettype wire
