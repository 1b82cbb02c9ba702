// SPDX-License-Identifier: Apache-2.0
//
// ohm_solo: in place of ohm_router where the mesh is one tile and small (LEAN): wires between the
// host's link and the tile.
//
// Throughput: one flit a cycle each way. Latency: 0.
// Protocol: ports, links and flits as in ohm_router, without its checks: what comes in is whole
// packets, from ohm_bridge_in, which sends to tiles of the mesh only, and from the tile. A packet
// of the tile that is not for the host goes over the edge at E, where the mesh counts and discards
// it (a tile alone has no consumer, not even itself).
// Parameters: FLIT_W >= 32 data bits (the header is in the low 32).
//
`default_nettype none
module ohm_solo #(
    parameter FLIT_W = 32
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire [4:0]              rx_valid,
    output wire [4:0]              rx_ready,
    input  wire [5*(FLIT_W+2)-1:0] rx_flit,
    output wire [4:0]              tx_valid,
    input  wire [4:0]              tx_ready,
    output wire [5*(FLIT_W+2)-1:0] tx_flit
);
`include "ohm_map.vh"
    localparam FW = FLIT_W + 2;
    localparam E = 1, W = 3, L = 4;

    reg           host_q;       // the packet of the tile is for the host
    wire [FW-1:0] flit  = rx_flit[L*FW +: FW];
    wire          first = flit[FLIT_W];
    wire          host  = first ? flit[H0_HOST_LSB] : host_q;
    always @(posedge clk)
        if (rst) host_q <= 1'b0;
        else if (rx_valid[L] && first) host_q <= flit[H0_HOST_LSB];

    assign tx_valid = {rx_valid[W], rx_valid[L] && host, 1'b0, rx_valid[L] && !host, 1'b0};
    assign tx_flit  = {rx_flit[W*FW +: FW], flit, {FW{1'b0}}, flit, {FW{1'b0}}};
    assign rx_ready = {host ? tx_ready[W] : tx_ready[E], tx_ready[L], 3'b111};

    wire unused = &{1'b0, rx_valid, rx_flit, tx_ready};     // sides without neighbour
endmodule
`default_nettype wire
