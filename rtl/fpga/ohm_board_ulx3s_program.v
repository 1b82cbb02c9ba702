// SPDX-License-Identifier: Apache-2.0
// ULX3S with an ECP5-12F (25 MHz, 1 Mbit/s): the chip of ohm_board_ulx3s_tiny with a programming
// engine (configuration board_program): it programs and verifies its tile by pulses.
// Throughput, latency, protocol: as ohm_fpga. LEDs: {spoilt line, packets out, packets in, alive}.
`default_nettype none
module ohm_board_ulx3s_program (
    input  wire       clk,
    input  wire       rx,
    output wire       tx,
    input  wire       button,
    output wire [3:0] led
);
    ohm_fpga #(.DIV(25), .HEART(25), .PROGRAM(1)) u_fpga (.clk(clk), .rx(rx), .tx(tx),
        .button(button), .lamp(led));
endmodule
`default_nettype wire
