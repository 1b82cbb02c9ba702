// SPDX-License-Identifier: Apache-2.0
//
// ohm_place: what stands at a place of the mesh: a tile of the place's kind, serial or not, or
// nothing. The one module that chooses: a new kind of tile is one more branch here.
//
// Throughput and latency: the tile's. Protocol: the tile's. A place without a tile takes every
// packet and throws it away; stray pulses with the first flit of each, for ohm_mesh to count.
// Parameters: KIND as of ohm_kinds.vh; LEAN = 1: small tiles; the others as
// docs/reference/configurations.md.
//
`default_nettype none
module ohm_place #(
    parameter KIND = 0,
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
    parameter PIPE = 0,
    parameter LINK_W = 0,
    parameter ADC = 0,
    parameter MUX = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_BITS = 11,
    parameter PROGRAM = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter VLANES = 0,
    parameter VMEM_WORDS = 4096,
    parameter VPROG = 512,
    parameter VTABLES = 4,
    parameter LEAN = 0,
    // own
    parameter LINK_B = LINK_W != 0 ? LINK_W + 4 : 1     // wires of a link
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [3:0]        tile_x,
    input  wire [3:0]        tile_y,
    input  wire              rx_valid,
    output wire              rx_ready,
    input  wire [33:0]       rx_flit,       // {last, first, data}
    output wire              tx_valid,
    input  wire              tx_ready,
    output wire [33:0]       tx_flit,
    output wire              stray,         // a packet has come to a place without a tile
    // duration links (docs/explain/links.md)
    input  wire [1:0]        link_near,
    input  wire [LINK_B-1:0] link_rx,
    output wire              link_rx_ready,
    output wire [LINK_B-1:0] link_tx,
    input  wire              link_tx_ready
);
`include "ohm_kinds.vh"
    generate
        if (KIND != KIND_CIM && KIND != KIND_NONE && KIND != KIND_VEC) begin : g_unknown
            initial begin
                $display("%m: KIND = %0d, expected a kind that has a tile here", KIND);
                $finish;
            end
        end
        if (KIND == KIND_NONE) begin : g_none
            assign {rx_ready, tx_valid, tx_flit} = {1'b1, 1'b0, 34'd0};
            assign {link_rx_ready, link_tx} = {LINK_B+1{1'b0}};
            assign stray = rx_valid && rx_flit[33:32] == 2'b01;
            wire unused = &{1'b0, clk, rst, tile_x, tile_y, rx_flit[31:0], tx_ready,
                            link_near, link_rx, link_tx_ready};
        end else if (KIND == KIND_VEC) begin : g_vec
            ohm_tile_vec #(
                .COLS(COLS), .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT),
                .NROUTE(NROUTE), .NCREDIT(NCREDIT), .NRETURN(NRETURN), .PIPE(PIPE),
                .VLANES(VLANES), .VMEM_WORDS(VMEM_WORDS), .VPROG(VPROG), .VTABLES(VTABLES),
                .KIND(KIND)
            ) u_tile (
                .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
                .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_flit(rx_flit),
                .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit)
            );
            assign {link_rx_ready, link_tx} = {LINK_B+1{1'b0}};
            assign stray = 1'b0;
            wire unused = &{1'b0, link_near, link_rx, link_tx_ready};
        end else if (LEAN == 0) begin : g_cim
            ohm_tile #(
                .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
                .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT), .PSUM_SLOTS(PSUM_SLOTS),
                .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT), .NRETURN(NRETURN),
                .WINDOW(WINDOW), .MODES(MODES), .PIPE(PIPE), .LINK_W(LINK_W), .ADC(ADC), .MUX(MUX),
                .ADC_CYCLES(ADC_CYCLES), .ADC_BITS(ADC_BITS), .PROGRAM(PROGRAM), .NDESC(NDESC),
                .TRANSPOSE(TRANSPOSE)
            ) u_tile (
                .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
                .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_flit(rx_flit),
                .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit),
                .link_near(link_near), .link_rx(link_rx), .link_rx_ready(link_rx_ready),
                .link_tx(link_tx), .link_tx_ready(link_tx_ready)
            );
            assign stray = 1'b0;
        end else begin : g_cim_serial
            ohm_tile_serial #(
                .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
                .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT), .PSUM_SLOTS(PSUM_SLOTS),
                .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT), .NRETURN(NRETURN),
                .WINDOW(WINDOW), .MODES(MODES), .PIPE(PIPE), .LINK_W(LINK_W), .ADC(ADC),
                .PROGRAM(PROGRAM)
            ) u_tile (
                .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
                .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_flit(rx_flit),
                .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit),
                .link_near(link_near), .link_rx(link_rx), .link_rx_ready(link_rx_ready),
                .link_tx(link_tx), .link_tx_ready(link_tx_ready)
            );
            assign stray = 1'b0;
        end
    endgenerate
endmodule
`default_nettype wire
