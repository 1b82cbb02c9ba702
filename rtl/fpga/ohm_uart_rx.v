// SPDX-License-Identifier: Apache-2.0
//
// ohm_uart_rx: serial receiver, 8 data bits, no parity, 1 stop bit, least significant bit first.
//
// Throughput: one byte per 10 bit times. Latency: valid in the middle of the stop bit.
// Protocol: the line rests at 1. A start bit is looked at again in its middle, so that short spikes
// begin nothing; every bit is taken in its middle. valid pulses for one cycle with data; bad (with
// valid) says that the stop bit was 0.
// Parameters: DIV clock cycles per bit, 4 to 4095.
//
//   rx     1 1 0 d0 d1 … d7 1
//   valid  0 0 0 0  0  … 0  1
//
`default_nettype none
module ohm_uart_rx #(
    parameter DIV = 12
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       rx,
    output reg        valid,
    output reg        bad,
    output wire [7:0] data
);
    localparam WW = $clog2(DIV);
    localparam [WW-1:0] WHOLE = DIV - 1;
    localparam [WW-1:0] HALF  = DIV / 2 - 1;

    reg [1:0]  sync_q;          // the line is not of this clock
    reg        busy_q;
    reg [WW-1:0] wait_q;
    // stop bit, byte, start bit; a 1 arrives at the bottom when all are in
    reg [9:0]  bits_q;

    assign data = bits_q[8:1];
    always @(posedge clk) begin
        sync_q <= {sync_q[0], rx};
        valid  <= 1'b0;
        if (!busy_q) begin
            wait_q <= HALF;
            bits_q <= 10'h200;
            busy_q <= !sync_q[1];
        end else if (wait_q != {WW{1'b0}})
            wait_q <= wait_q - 1'b1;
        else begin
            wait_q <= WHOLE;
            bits_q <= {sync_q[1], bits_q[9:1]};
            if (bits_q == 10'h200 && sync_q[1]) busy_q <= 1'b0;     // no start bit
            if (bits_q[0]) begin
                busy_q <= 1'b0;
                valid  <= 1'b1;
                bad    <= !sync_q[1];
            end
        end
        if (rst) begin
            sync_q <= 2'b11;
            busy_q <= 1'b0;
            valid  <= 1'b0;
        end
    end
endmodule
`default_nettype wire
