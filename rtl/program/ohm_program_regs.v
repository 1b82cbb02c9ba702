// SPDX-License-Identifier: Apache-2.0
// Registers of the programming engine: PROGRAM, PROGRAM_ROWS, PROGRAM_ERASE and the PHASE tables,
// in a RAM that is read back and, through a second copy, read by the engine.
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

    localparam [31:0] ALL = 32'hFFFFFFFF;

    // the two blocks of addresses, and where their words lie in the RAM
    wire       run = cfg_addr[15:2] == REG_PROGRAM[15:2];
    wire       phase = cfg_addr[15:4] == REG_PHASE_READ[15:4];
    wire       here = run || phase;
    wire [1:0] next = cfg_addr[1:0] + 2'd1;
    wire [3:0] place = phase ? cfg_addr[3:0] : {2'b01, next};

    // bits that no field has are not kept
    reg [31:0] kept;
    always @* case (place[2:0])
        PLACE_READ: kept = PHASE_READ_MASK;
        PLACE_LSB: kept = PHASE_LSB_MASK;
        PLACE_PROGRAM: kept = PROGRAM_MASK;
        PLACE_ROWS: kept = PROGRAM_ROWS_MASK;
        PLACE_ERASE: kept = PROGRAM_ERASE_MASK;
        default: kept = ALL;
    endcase

    wire        put = cfg_we && here;
    wire [31:0] data = cfg_wdata & kept;
    wire [31:0] mine, back;
    reg  [15:0] there_q;                    // words that were written
    reg         mine_q, back_q;             // the word read was
    reg  [1:0]  stream_q;
    ohm_ram #(.DEPTH(16), .WIDTH(32)) u_engine (
        .clk(clk), .we(put), .waddr(place), .wdata(data), .re(1'b1), .raddr(at), .rdata(mine)
    );
    ohm_ram #(.DEPTH(16), .WIDTH(32)) u_back (
        .clk(clk), .we(put), .waddr(place), .wdata(data), .re(1'b1), .raddr(place), .rdata(back)
    );
    always @(posedge clk) begin
        if (put) there_q[place] <= 1'b1;
        if (put && place == {1'b0, PLACE_PROGRAM})
            stream_q <= cfg_wdata[PROGRAM_STREAM_LSB +: PROGRAM_STREAM_W];
        if (!enable) stream <= stream_q;
        mine_q <= there_q[at];
        back_q <= cfg_re && here && there_q[place];
        if (rst) begin
            there_q <= 16'd0;
            stream_q <= 2'd0;
        end
    end
    assign word = mine_q ? mine : 32'd0;
    assign cfg_rdata = back_q ? back : 32'd0;
endmodule

`default_nettype wire
