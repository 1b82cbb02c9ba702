// SPDX-License-Identifier: Apache-2.0
//
// ohm_board_ulx3s_tiny: ULX3S with the smallest ECP5 (12F or 25F) and configuration board, one tile
// of 16x16. 25 MHz from the board's oscillator, 1 Mbaud (25 cycles a bit) over its USB bridge. The
// button FIRE1 resets; four lamps.
//
// Throughput, latency, protocol: ohm_fpga. Pins: constraints/ecp5-ulx3s/board.lpf. Parameters:
// none.
//
`default_nettype none
module ohm_board_ulx3s_tiny (
    input  wire       clk,
    input  wire       rx,
    output wire       tx,
    input  wire       button,
    output wire [3:0] led
);
    ohm_fpga #(.DIV(25), .HEART(25)) u_fpga (.clk(clk), .rx(rx), .tx(tx), .button(button),
        .lamp(led));
endmodule
`default_nettype wire
