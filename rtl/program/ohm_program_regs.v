// SPDX-License-Identifier: Apache-2.0
// Registers of the programming engine: PROGRAM, PROGRAM_ROWS, PROGRAM_ERASE and the PHASE tables,
// in a RAM that is read back and read by the engine. Bits that no field has are kept as written.
//
//   at       --<a>------        word of the engine's port, one cycle later; 0 if never written
//   word     ------<w>--
//
// The engine's address is a place of ohm_program.vh, of phase 1 eight further. PROGRAM.STREAM
// stands beside it, for the shell needs it with the first cycle of `enable`; it is taken over while
// `enable` is 0.
// Throughput: one write, one read-back and one word a cycle. Latency: 1.
`default_nettype none

module ohm_program_regs (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire        enable,
    output reg  [1:0]  stream,
    input  wire [3:0]  at,
    output wire [31:0] word
);
    `include "ohm_map.vh"
    `include "ohm_program.vh"

    // the two blocks of addresses, and where their words lie in the RAM
    wire       run = cfg_addr[15:2] == REG_PROGRAM[15:2];
    wire       phase = cfg_addr[15:4] == REG_PHASE_READ[15:4];
    wire       here = run || phase;
    wire [1:0] next = cfg_addr[1:0] + 2'd1;
    wire [3:0] place = phase ? cfg_addr[3:0] : {2'b01, next};

    // One memory with two readers. A word that is 0 is its register's reset, which costs no gate.
    wire        put = cfg_we && here;
    (* no_rw_check *) reg [31:0] mem [0:15];
    reg  [31:0] word_q, back_q;
    reg  [15:0] there_q;                    // words that were written
    reg  [1:0]  stream_q;
    always @(posedge clk) if (put) mem[place] <= cfg_wdata;
    always @(posedge clk)
        if (!there_q[at]) word_q <= 32'd0;
        else word_q <= mem[at];
    always @(posedge clk)
        if (!(cfg_re && here && there_q[place])) back_q <= 32'd0;
        else back_q <= mem[place];
    always @(posedge clk) begin
        if (put) there_q[place] <= 1'b1;
        if (put && place == {1'b0, PLACE_PROGRAM})
            stream_q <= cfg_wdata[PROGRAM_STREAM_LSB +: PROGRAM_STREAM_W];
        if (!enable) stream <= stream_q;
        if (rst) begin
            there_q <= 16'd0;
            stream_q <= 2'd0;
        end
    end
    assign word = word_q;
    assign cfg_rdata = back_q;
endmodule

`default_nettype wire
