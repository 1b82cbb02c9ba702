// SPDX-License-Identifier: Apache-2.0
//
// ohm_board_ulx3s: ULX3S (ECP5-85F), configuration board_2x2 (2x2 tiles of 64x64).
// 25 MHz from the board's oscillator, 1 Mbaud (25 cycles a bit) over its USB bridge. The button
// FIRE1 resets; four lamps.
//
// Throughput, latency, protocol: ohm_fpga. Pins: constraints/ecp5-ulx3s/board.lpf. Parameters:
// none.
//
`default_nettype none
module ohm_board_ulx3s (
    input  wire       clk,
    input  wire       rx,
    output wire       tx,
    input  wire       button,
    output wire [3:0] led
);
    ohm_fpga #(
        .DIV(25), .HEART(25), .ROWS(64), .COLS(64), .CODE_W(10), .ACC_F(6), .ACC_BANKS(4),
        .IBUF_WORDS(512), .NSTREAM(4),
        .NSLOT(16), .PSUM_SLOTS(4), .NSLICE(16), .NROUTE(4), .NCREDIT(8), .NRETURN(8),
        .FIFO_DEPTH(4), .PIPE(1), .MESH_W(2), .MESH_H(2), .LEAN(1)
    ) u_fpga (.clk(clk), .rx(rx), .tx(tx), .button(button), .lamp(led));
endmodule
`default_nettype wire
