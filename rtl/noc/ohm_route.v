// SPDX-License-Identifier: Apache-2.0
//
// ohm_route: where a packet leaves a router, from its first header flit. X first, then Y; HOST
// packets go to tile (0,0) and out of its W port. A copy for the tile (MC) is taken where the
// packet goes north in its last column, at the MC routers just south of the destination.
//
// Throughput: one decision a cycle. Latency: combinational.
// Protocol: dest is a set of outputs {L, W, S, E, N}; one bit, or N and L together for a copy. dest
// leads out of the mesh when the header does; the mesh discards such packets. Coordinates are
// ports, so that all routers are one module.
//
//   here (x, y)    X > x: E    X < x: W    X = x: Y > y: N (and L if Y - MC <= y)
//                                                 Y < y: S            Y = y: L
//   HOST           x > 0: W                x = 0: y > 0: S            y = 0: W
//
`default_nettype none
module ohm_route (
    input  wire [3:0]  x,
    input  wire [3:0]  y,
    input  wire [31:0] header,
    output wire [4:0]  dest
);
`include "ohm_map.vh"
    wire [3:0] to_x = header[H0_X_LSB +: H0_X_W];
    wire [3:0] to_y = header[H0_Y_LSB +: H0_Y_W];
    wire [3:0] mc   = header[H0_MC_LSB +: H0_MC_W];
    wire       host = header[H0_HOST_LSB];

    wire west  = host ? (x != 4'd0 || y == 4'd0) : to_x < x;
    wire east  = !host && to_x > x;
    wire south = host ? (x == 4'd0 && y != 4'd0) : (to_x == x && to_y < y);
    wire north = !host && to_x == x && to_y > y;
    wire here  = !host && to_x == x && to_y == y;
    // y + mc >= to_y, in one sum
    wire copy  = north && $signed({2'd0, y} + {2'd0, mc} - {2'd0, to_y}) >= 0;

    assign dest = {here || copy, west, south, east, north};

    wire unused = &{1'b0, header};   // the other fields are the receiver's business
endmodule
`default_nettype wire
