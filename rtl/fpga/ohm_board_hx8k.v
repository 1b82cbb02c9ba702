// SPDX-License-Identifier: Apache-2.0
//
// ohm_board_hx8k: Lattice iCE40-HX8K breakout board. 12 MHz from the board's oscillator, 1 Mbaud
// (12 cycles a bit) over channel B of its USB bridge. The board has no button; reset is power-up,
// or AXIL_CTRL over the line.
//
// Throughput, latency, protocol: ohm_fpga. Pins: constraints/ice40-hx8k/board.pcf. Parameters:
// none.
//
`default_nettype none
module ohm_board_hx8k (
    input  wire       clk,
    input  wire       rx,
    output wire       tx,
    output wire [3:0] led
);
    ohm_fpga #(.DIV(12), .HEART(24)) u_fpga (.clk(clk), .rx(rx), .tx(tx), .button(1'b0),
        .lamp(led));
endmodule
`default_nettype wire
