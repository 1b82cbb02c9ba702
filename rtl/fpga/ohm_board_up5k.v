// SPDX-License-Identifier: Apache-2.0
//
// ohm_board_up5k: iCEBreaker (iCE40-UP5K). 12 MHz from the board's oscillator, 1 Mbaud (12 cycles a
// bit) over channel B of its USB bridge. The user button (low when pressed) resets; the two lamps
// (low lights) show heartbeat and lost frames.
//
// Throughput, latency, protocol: ohm_fpga. Pins: constraints/ice40-up5k/board.pcf. Parameters:
// none.
//
`default_nettype none
module ohm_board_up5k (
    input  wire clk,
    input  wire rx,
    output wire tx,
    input  wire button_n,
    output wire led_green_n,
    output wire led_red_n
);
    wire [3:0] lamp;
    ohm_fpga #(.DIV(12), .HEART(24)) u_fpga (.clk(clk), .rx(rx), .tx(tx), .button(!button_n),
        .lamp(lamp));
    assign led_green_n = !lamp[0];
    assign led_red_n   = !lamp[3];
    wire unused = &{1'b0, lamp[2:1]};
endmodule
`default_nettype wire
