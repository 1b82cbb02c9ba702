// SPDX-License-Identifier: Apache-2.0
//
// ohm_mesh: MESH_W x MESH_H routers, each with what stands at its place (ohm_place).
//
// Tile (0,0) is south-west; x grows east, y grows north. The host's link is the W port of router
// (0,0).
// Throughput: one flit a cycle on every link. Latency: a packet's head needs 1 + PIPE cycles per
// router it passes (links + 1) on free paths, and PIPE at the exit.
// Protocol: valid/ready links with flits {last, first, data[31:0]}. Links over the edge take
// everything: a packet whose route leaves the mesh is discarded there and counted; so is one for a
// place without a tile. long_count is the number of routers that closed a path, stray_count the
// number of such packets, both as pulses for ohm_axil. parity_count: routers that met a flit with a
// wrong bit. NVC > 1: that many virtual channels, each with routers of its own; the links are
// shared (ohm_channels). Tile (x, y) sends on channel (x + y) mod NVC, the host on channel 0, so
// packets of one pair stay in order. PARITY = 1: every flit gets a parity bit where it enters,
// every router checks it (ohm_router). LINK_W > 0: a duration link of so many wires from each tile
// to its neighbour in the east, past the routers (ohm_link).
// Parameters: MESH_W and MESH_H 1 to 16; KINDS, the pattern of tile kinds; NVC 1 to 4; PIPE and
// PARITY 0 or 1; TRIM = 1 leaves out the inputs of edge routers that have no neighbour (smaller;
// same behaviour, but routers at edges are then modules of their own, slower to compile in
// simulation); LEAN = 1 chooses small tiles, and puts wires in place of the router of a mesh of one
// tile (ohm_solo); MAX_FLITS and FIFO_DEPTH (per channel) as in ohm_router; the others are the
// tile's (docs/reference/configurations.md).
//
//            y=1  (0,1)══(1,1)══(2,1)
//                   ║      ║      ║
//   host ═══ y=0  (0,0)══(1,0)══(2,0)
//
`default_nettype none
module ohm_mesh #(
    parameter MAX_FLITS = 130,
    parameter TRIM = 0,
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
    input  wire        host_in_valid,
    input  wire [33:0] host_in_flit,
    output wire        host_in_ready,
    output wire        host_out_valid,
    output wire [33:0] host_out_flit,
    input  wire        host_out_ready,
    output reg  [8:0]  long_count,
    output reg  [8:0]  stray_count,
    output reg  [8:0]  parity_count
);
`include "ohm_kinds.vh"
    localparam NT = MESH_W * MESH_H;
    // wires of a duration link, from each tile to the one in the east
    localparam LB = LINK_W != 0 ? LINK_W + 4 : 1;
    localparam FW = 34 + (PARITY != 0 ? 1 : 0);     // {last, first, [parity,] data}
    localparam N = 0, E = 1, S = 2, W = 3, L = 4;   // router ports
    localparam [NVC-1:0] ONE = 1;
    // wires in place of the router
    localparam SOLO = NT == 1 && LEAN != 0 && NVC == 1 && PARITY == 0;

    wire [NVC*NT-1:0]   long_path; // a router closed a path
    wire [NVC*NT-1:0]   bad_flit;  // a router met a flit with a wrong bit
    wire [4*NVC*NT-1:0] stray;     // a packet's first flit went over the edge, per side
    wire [NT-1:0]       no_tile;   // a packet came to a place without a tile
    wire [NT-1:0]       nowhere = KINDS != 0 ? no_tile : {NT{1'b0}};

    function [FW-1:0] enter;       // a flit as the routers know it
        input [33:0] flit;
        begin
            enter = {FW{1'b0}};
            enter[31:0] = flit[31:0];
            enter[FW-2 +: 2] = flit[33:32];
            if (PARITY != 0)
                enter[FW-3] = ^flit;
        end
    endfunction

    genvar gx, gy, gs, gv;
    generate
        for (gy = 0; gy < MESH_H; gy = gy + 1) begin : g_y
            for (gx = 0; gx < MESH_W; gx = gx + 1) begin : g_x
                localparam [3:0] X = gx;
                localparam [3:0] Y = gy;
                localparam T = gy * MESH_W + gx;
                localparam KIND = kind_at(KINDS, gx, gy, MESH_W, MESH_H);
                // crossbar tiles that a duration link can join, {west, east}
                localparam [1:0] LINKED = {gx > 0
                    && kind_at(KINDS, gx - 1, gy, MESH_W, MESH_H) == KIND_CIM,
                                           gx < MESH_W - 1 && kind_at(KINDS, gx
                                               + 1, gy, MESH_W, MESH_H) == KIND_CIM};
                localparam OWN = (gx + gy) % NVC;   // the channel of this tile's packets
                localparam HOST = gx == 0 && gy == 0;
                // neighbours {W, S, E, N}; the host counts as one
                localparam [3:0] NEAR = {gx > 0 || HOST, gy > 0, gx < MESH_W - 1, gy < MESH_H - 1};

                // links: the flit, and per port and channel [port * NVC + channel] whose it is, and
                // where there is room
                wire [5*NVC-1:0] rx_valid, rx_ready, tx_valid, tx_ready;
                wire [5*FW-1:0]  rx_flit, tx_flit;

                // routers, one per channel
                wire [5*NVC-1:0]    r_valid, r_ready;
                wire [5*NVC*FW-1:0] r_flit;
                for (gv = 0; gv < NVC; gv = gv + 1) begin : g_v
                    wire [4:0]      in_valid, in_ready, out_valid, out_ready;
                    wire [5*FW-1:0] out_flit;
                    localparam [4:0] PORTS = {gv == OWN, NEAR[W] && (!HOST || gv == 0), NEAR[2:0]};
                    if (SOLO) begin : g_solo
                        ohm_solo #(.FLIT_W(FW - 2)) u_solo (
                            .clk(clk), .rst(rst), .rx_valid(in_valid), .rx_ready(in_ready),
                            .rx_flit(rx_flit),
                            .tx_valid(out_valid), .tx_ready(out_ready), .tx_flit(out_flit));
                        assign long_path[T*NVC + gv] = 1'b0;
                        assign bad_flit[T*NVC + gv] = 1'b0;
                    end else begin : g_router
                        ohm_router #(.FLIT_W(FW - 2), .FIFO_DEPTH(FIFO_DEPTH),
                            .MAX_FLITS(MAX_FLITS),
                                     .PORTS(TRIM != 0 ? PORTS : 5'b11111), .PIPE(PIPE),
                                     .PARITY(PARITY),
                                     .SHARED(NVC > 1)) u_router (
                            .clk(clk), .rst(rst), .x(X), .y(Y),
                            .rx_valid(in_valid), .rx_ready(in_ready), .rx_flit(rx_flit),
                            .tx_valid(out_valid), .tx_ready(out_ready), .tx_flit(out_flit),
                            .long_path(long_path[T*NVC + gv]), .bad_flit(bad_flit[T*NVC + gv]));
                    end
                    for (gs = 0; gs < 5; gs = gs + 1) begin : g_port
                        assign in_valid[gs] = rx_valid[gs*NVC + gv];
                        assign rx_ready[gs*NVC + gv] = in_ready[gs];
                        assign r_valid[gs*NVC + gv] = out_valid[gs];
                        assign out_ready[gs] = r_ready[gs*NVC + gv];
                        assign r_flit[(gs*NVC + gv)*FW +: FW] = out_flit[gs*FW +: FW];
                    end
                end
                for (gs = 0; gs < 5; gs = gs + 1) begin : g_share
                    if (NVC == 1) begin : g_one
                        assign tx_valid[gs] = r_valid[gs];
                        assign r_ready[gs]  = tx_ready[gs];
                        assign tx_flit[gs*FW +: FW] = r_flit[gs*FW +: FW];
                    end else begin : g_many
                        ohm_channels #(.NVC(NVC), .W(FW), .WHOLE(gs == L
                            || (gs == W && HOST))) u_channels (
                            .clk(clk), .rst(rst),
                            .in_valid(r_valid[gs*NVC +: NVC]), .in_ready(r_ready[gs*NVC +: NVC]),
                            .in_flit(r_flit[gs*NVC*FW +: NVC*FW]),
                            .out_valid(tx_valid[gs*NVC +: NVC]),
                            .out_ready(tx_ready[gs*NVC +: NVC]),
                            .out_flit(tx_flit[gs*FW +: FW]));
                    end
                end

                // Each side: what the neighbour sends, and whether it takes what we send.
                if (NEAR[N]) begin : g_n
                    assign rx_valid[N*NVC +: NVC] = g_y[gy+1].g_x[gx].tx_valid[S*NVC +: NVC];
                    assign rx_flit[N*FW +: FW] = g_y[gy+1].g_x[gx].tx_flit[S*FW +: FW];
                    assign tx_ready[N*NVC +: NVC] = g_y[gy+1].g_x[gx].rx_ready[S*NVC +: NVC];
                end
                if (NEAR[E]) begin : g_e
                    assign rx_valid[E*NVC +: NVC] = g_y[gy].g_x[gx+1].tx_valid[W*NVC +: NVC];
                    assign rx_flit[E*FW +: FW] = g_y[gy].g_x[gx+1].tx_flit[W*FW +: FW];
                    assign tx_ready[E*NVC +: NVC] = g_y[gy].g_x[gx+1].rx_ready[W*NVC +: NVC];
                end
                if (NEAR[S]) begin : g_s
                    assign rx_valid[S*NVC +: NVC] = g_y[gy-1].g_x[gx].tx_valid[N*NVC +: NVC];
                    assign rx_flit[S*FW +: FW] = g_y[gy-1].g_x[gx].tx_flit[N*FW +: FW];
                    assign tx_ready[S*NVC +: NVC] = g_y[gy-1].g_x[gx].rx_ready[N*NVC +: NVC];
                end
                if (HOST) begin : g_host
                    assign rx_valid[W*NVC +: NVC] = {NVC{host_in_valid}} & ONE;
                    assign rx_flit[W*FW +: FW] = enter(host_in_flit);
                    assign host_in_ready  = rx_ready[W*NVC];
                    ohm_exit #(.NVC(NVC), .FW(FW), .PIPE(PIPE)) u_exit (
                        .clk(clk), .rst(rst), .in_valid(tx_valid[W*NVC +: NVC]),
                        .in_ready(tx_ready[W*NVC +: NVC]), .in_flit(tx_flit[W*FW +: FW]),
                        .out_valid(host_out_valid), .out_ready(host_out_ready),
                        .out_flit(host_out_flit));
                end else if (NEAR[W]) begin : g_w
                    assign rx_valid[W*NVC +: NVC] = g_y[gy].g_x[gx-1].tx_valid[E*NVC +: NVC];
                    assign rx_flit[W*FW +: FW] = g_y[gy].g_x[gx-1].tx_flit[E*FW +: FW];
                    assign tx_ready[W*NVC +: NVC] = g_y[gy].g_x[gx-1].rx_ready[E*NVC +: NVC];
                end

                // Sides without neighbour take everything, and tell of first flits.
                for (gs = 0; gs < 4; gs = gs + 1) begin : g_side
                    if (!NEAR[gs]) begin : g_edge
                        wire unused = &{1'b0, rx_ready[gs*NVC +: NVC], tx_flit[gs*FW +: FW-2]};
                        assign rx_valid[gs*NVC +: NVC] = {NVC{1'b0}};
                        assign rx_flit[gs*FW +: FW] = {FW{1'b0}};
                        assign tx_ready[gs*NVC +: NVC] = {NVC{1'b1}};
                        assign stray[(T*4 + gs)*NVC +: NVC] =
                            tx_valid[gs*NVC +: NVC] & {NVC{tx_flit[gs*FW + FW-2 +: 2] == 2'b01}};
                    end else begin : g_link
                        assign stray[(T*4 + gs)*NVC +: NVC] = {NVC{1'b0}};
                    end
                end

                // Duration links: registered in the tiles, wires here.
                wire          link_rx_ready, link_tx_ready;
                wire [LB-1:0] link_rx, link_tx;
                if (LINK_W != 0 && gx > 0) begin : g_link_in
                    assign link_rx = g_y[gy].g_x[gx-1].link_tx;
                end else begin : g_no_link_in
                    assign link_rx = {LB{1'b0}};
                    wire unused_ready = link_rx_ready;
                end
                if (LINK_W != 0 && gx < MESH_W - 1) begin : g_link_out
                    assign link_tx_ready = g_y[gy].g_x[gx+1].link_rx_ready;
                end else begin : g_no_link_out
                    assign link_tx_ready = 1'b0;
                    wire unused_link = &{1'b0, link_tx};
                end

                // What stands here: one stream each way.
                wire        in_valid, in_ready, out_valid, out_ready;
                wire [33:0] in_flit, out_flit;
                assign rx_valid[L*NVC +: NVC] = {NVC{in_valid}} & (ONE << OWN);
                assign rx_flit[L*FW +: FW] = enter(in_flit);
                assign in_ready  = rx_ready[L*NVC + OWN];
                ohm_exit #(.NVC(NVC), .FW(FW), .PIPE(PIPE)) u_exit (
                    .clk(clk), .rst(rst), .in_valid(tx_valid[L*NVC +: NVC]),
                    .in_ready(tx_ready[L*NVC +: NVC]), .in_flit(tx_flit[L*FW +: FW]),
                    .out_valid(out_valid), .out_ready(out_ready), .out_flit(out_flit));

                wire tile_rst;
                if (PIPE != 0) begin : g_reset
                    reg rst_q;
                    always @(posedge clk) rst_q <= rst;
                    assign tile_rst = rst_q;
                end else begin : g_reset_now
                    assign tile_rst = rst;
                end
                ohm_place #(
                    .KIND(KIND),
                    // sizes, written by scripts/gen.py
                    .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
                    .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT),
                    .PSUM_SLOTS(PSUM_SLOTS), .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT),
                    .NRETURN(NRETURN), .WINDOW(WINDOW), .MODES(MODES), .PIPE(PIPE), .LINK_W(LINK_W),
                    .ADC(ADC), .MUX(MUX), .ADC_CYCLES(ADC_CYCLES), .ADC_BITS(ADC_BITS),
                    .PROGRAM(PROGRAM), .NDESC(NDESC), .TRANSPOSE(TRANSPOSE), .VLANES(VLANES),
                    .VMEM_WORDS(VMEM_WORDS), .VPROG(VPROG), .VTABLES(VTABLES), .LEAN(LEAN)
                ) u_place (
                    .clk(clk), .rst(tile_rst), .tile_x(X), .tile_y(Y),
                    .rx_valid(out_valid), .rx_flit(out_flit), .rx_ready(out_ready),
                    .tx_valid(in_valid), .tx_flit(in_flit), .tx_ready(in_ready),
                    .stray(no_tile[T]), .link_near(LINKED), .link_rx(link_rx),
                    .link_rx_ready(link_rx_ready), .link_tx(link_tx),
                    .link_tx_ready(link_tx_ready));
            end
        end
    endgenerate

    function [8:0] ones;
        input [(4*NVC+1)*NT-1:0] set;
        integer i;
        begin
            ones = 9'd0;
            for (i = 0; i < (4 * NVC + 1) * NT; i = i + 1)
                ones = ones + {8'd0, set[i]};
        end
    endfunction

    always @(posedge clk) begin
        long_count   <= (|long_path) ? ones({{(3*NVC+1)*NT{1'b0}}, long_path}) : 9'd0;
        stray_count  <= |{nowhere, stray} ? ones({nowhere, stray}) : 9'd0;
        parity_count <= (|bad_flit) ? ones({{(3*NVC+1)*NT{1'b0}}, bad_flit}) : 9'd0;
        if (rst) begin
            long_count   <= 9'd0;
            stray_count  <= 9'd0;
            parity_count <= 9'd0;
        end
    end
endmodule
`default_nettype wire
