// SPDX-License-Identifier: Apache-2.0
//
// ohm_uart_tx: serial transmitter, 8 data bits, no parity, 1 stop bit, least significant bit first.
//
// Throughput: one byte per 10 * DIV + 1 cycles. Latency: the start bit begins one cycle after the
// byte was taken.
// Protocol: valid/ready; ready comes from a register. The line rests at 1.
// Parameters: DIV clock cycles per bit, 4 to 4095.
//
//   valid  1 0
//   ready  1 0 0 0  … 0  1
//   tx     1 0 d0 … d7 1 1
//
`default_nettype none
module ohm_uart_tx #(
    parameter DIV = 12
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       valid,
    output wire       ready,
    input  wire [7:0] data,
    output wire       tx
);
    localparam WW = $clog2(DIV);
    localparam [WW-1:0] WHOLE = DIV - 1;

    reg [WW-1:0] wait_q;
    reg [9:0]  bits_q;          // next bit at the bottom; ones come in above
    reg [3:0]  left_q;          // bits still to come after this one

    reg busy_q;
    assign ready = !busy_q;
    assign tx    = bits_q[0];
    always @(posedge clk) begin
        if (!busy_q) begin
            wait_q <= WHOLE;
            left_q <= 4'd9;
            if (valid) begin
                busy_q <= 1'b1;
                bits_q <= {1'b1, data, 1'b0};
            end
        end else if (wait_q != {WW{1'b0}})
            wait_q <= wait_q - 1'b1;
        else begin
            wait_q <= WHOLE;
            left_q <= left_q - 4'd1;
            bits_q <= {1'b1, bits_q[9:1]};
            if (left_q == 4'd0) busy_q <= 1'b0;
        end
        if (rst) begin
            busy_q <= 1'b0;
            bits_q <= 10'h3FF;
        end
    end
endmodule
`default_nettype wire
