// SPDX-License-Identifier: Apache-2.0
//
// ohm_crc32: CRC-32 (IEEE 802.3, reflected; zlib's crc32) over 32-bit words taken as little-endian bytes.
//
// Throughput: one word a cycle. Latency: crc covers a word one cycle after its en.
// Protocol: en takes data; first (with en) starts a new sum with this word. crc is the finished sum (already inverted)
// of the words so far, and holds its value between words. Meaningless until the first `first`, hence no reset.
//
//   en     1   1   0   1
//   first  1   0   0   0
//   data   a   b   -   c
//   crc    -   a   ab  ab  abc
//
`default_nettype none
module ohm_crc32 (
    input  wire        clk,
    input  wire        en,
    input  wire        first,
    input  wire [31:0] data,
    output wire [31:0] crc
);
    reg [31:0] sum_q;   // no reset: `first` sets it

    function [31:0] step;
        input [31:0] sum;
        input [31:0] word;
        integer i;
        begin
            step = sum ^ word;
            for (i = 0; i < 32; i = i + 1)
                step = {1'b0, step[31:1]} ^ (step[0] ? 32'hEDB88320 : 32'd0);
        end
    endfunction

    assign crc = ~sum_q;

    always @(posedge clk)
        if (en)
            sum_q <= step(first ? 32'hFFFFFFFF : sum_q, data);
endmodule
`default_nettype wire
