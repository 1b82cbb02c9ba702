// SPDX-License-Identifier: Apache-2.0
//
// ohm_crc32: CRC-32 (IEEE 802.3, reflected; zlib's crc32) over 32-bit words taken as little-endian
// bytes.
//
// Throughput: one word a cycle; with SERIAL = 1 (small FPGAs) one in 33 cycles.
// Latency: crc covers a word one cycle after its take.
// Protocol: valid offers data; in a cycle with ready the word may be taken (take); first, with it,
// starts a new sum with this word. valid, first and data hold still until take. crc is the finished
// sum (already inverted) of the words so far, and holds its value between words. Meaningless until
// the first `first`.
//
//   take   1   1   0   1
//   first  1   0   0   0
//   data   a   b   -   c
//   crc    -   a   ab  ab  abc
//
`default_nettype none
module ohm_crc32 #(
    parameter SERIAL = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        valid,
    output wire        ready,
    input  wire        take,
    input  wire        first,
    input  wire [31:0] data,
    output wire [31:0] crc
);
    reg [31:0] sum_q;   // no reset: `first` sets it

    function [31:0] step;
        input [31:0] sum;
        input        in;
        step = {1'b0, sum[31:1]} ^ (sum[0] ^ in ? 32'hEDB88320 : 32'd0);
    endfunction

    assign crc = ~sum_q;

    generate
        if (SERIAL == 0) begin : g_word
            function [31:0] word;
                input [31:0] sum;
                input [31:0] in;
                integer i;
                begin
                    word = sum;
                    for (i = 0; i < 32; i = i + 1)
                        word = step(word, in[i]);
                end
            endfunction

            assign ready = 1'b1;
            always @(posedge clk)
                if (take) sum_q <= word(first ? 32'hFFFFFFFF : sum_q, data);
            wire unused = &{1'b0, rst, valid};
        end else begin : g_bit
            reg       there_q, in_q;    // a bit has been picked: data comes late, out of a RAM
            reg [4:0] bit_q;            // the next to pick
            wire      last = bit_q == 5'd0;
            assign ready = there_q && last;
            always @(posedge clk) begin
                in_q <= last && there_q ? in_q : data[bit_q];
                if (there_q ? !last : valid) bit_q <= bit_q + 5'd1;
                if (there_q && (!last || take)) sum_q <=
                    step(first && bit_q == 5'd1 ? 32'hFFFFFFFF : sum_q, in_q);
                there_q <= there_q ? !(last && take) : valid;
                if (rst) begin
                    there_q <= 1'b0;
                    bit_q   <= 5'd0;
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire
