// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Store-and-forward FIFO of configuration words, and the configuration bus behind it.
//
// CFG_WR, CFG_RD, PROG and CREDIT take effect in the order of arrival, and only whole good packets
// do. Entry = {CHAN, kind, address, data}, kind one of four bits: CFG_WR register and word; PROG
// {row, column} and a pair of codes; CFG_RD register and the second header with its tag; CREDIT
// limit. CHAN: PROG device, CREDIT entry of the credit table.
//
// Throughput: one entry a cycle. Latency: 3 cycles from commit to the bus in an empty FIFO; the
// answer to CFG_RD is taken from the bus one cycle after cfg_re.
// Never full: a packet brings at most 64 entries and takes two flits more than it has (CFG_RD and
// CREDIT: one more), and an entry leaves every cycle. Suppose at most 64 wait after a commit. The
// next packet's first entry comes 3 cycles later or more and its later ones at most one a cycle, so
// that while old entries wait there is never one more than before; when they are gone, only that
// packet's own, at most 64, can wait at its commit.
// Protocol: we/start/commit as in ohm_ni_rx; read_busy from a read's commit until inject has taken
// its answer.
module ohm_cfg_fifo (
    input  wire        clk,
    input  wire        rst,
    input  wire [3:0]  tile_x,
    input  wire [3:0]  tile_y,

    input  wire        fifo_start,
    input  wire        fifo_we,
    input  wire [55:0] fifo_entry,
    input  wire        fifo_commit,
    output reg         read_busy,

    output wire        cfg_we,
    output wire        cfg_re,
    output wire [15:0] cfg_addr,
    output wire [31:0] cfg_wdata,
    input  wire [31:0] cfg_rdata,       // OR of all blocks, one cycle after cfg_re

    output wire        prog_valid,
    output wire [3:0]  prog_dev,
    output wire [7:0]  prog_row,
    output wire [7:0]  prog_col,
    output wire [31:0] prog_data,

    output wire        credit_valid,    // CREDIT packet: raise entry credit_idx to credit_limit
    output wire [3:0]  credit_idx,
    output wire [15:0] credit_limit,

    output reg         ans_valid,       // CFG_DATA packet to send
    input  wire        ans_take,
    output wire [31:0] ans_h0,
    output wire [31:0] ans_h1,
    output reg  [31:0] ans_data
);
`include "ohm_map.vh"
    localparam DEPTH = 64;

    wire        out_valid;
    wire [3:0]  chan;
    wire [3:0]  kind;
    wire [15:0] addr;
    wire [31:0] data;
    wire        room;

    ohm_pkt_fifo #(.W(56), .DEPTH(DEPTH)) u_fifo (
        .clk(clk), .rst(rst),
        .in_valid(fifo_we), .in_ready(room), .in_data(fifo_entry),
        .commit(fifo_commit), .rollback(fifo_start),
        .out_valid(out_valid), .out_ready(1'b1), .out_data({chan, kind, addr, data})
    );

    assign cfg_we       = out_valid && kind[0];
    assign cfg_re       = out_valid && kind[1];
    assign cfg_addr     = addr;
    assign cfg_wdata    = data;
    assign prog_valid   = out_valid && kind[2];
    assign prog_dev     = chan;
    assign prog_row     = addr[15:8];
    assign prog_col     = addr[7:0];
    assign prog_data    = data;
    assign credit_valid = out_valid && kind[3];
    assign credit_idx   = chan;
    assign credit_limit = addr;

    // the one answer
    reg        re_q;
    reg [15:0] tag_q, addr_q;
    assign ans_h0 = {TYPE_CFG_DATA, tile_y, tile_x, 1'b1, 4'd0, 1'b0, 4'd0, 10'd1};
    assign ans_h1 = {tag_q, addr_q};

    always @(posedge clk) begin
        re_q <= cfg_re;
        if (cfg_re) begin
            tag_q  <= data[H1_SEQ_LSB +: H1_SEQ_W];
            addr_q <= addr;
        end
        if (re_q) begin
            ans_data  <= cfg_rdata;
            ans_valid <= 1'b1;
        end
        if (ans_take) begin
            ans_valid <= 1'b0;
            read_busy <= 1'b0;
        end
        if (fifo_commit && fifo_entry[49]) read_busy <= 1'b1;
        if (rst) begin
            re_q      <= 1'b0;
            ans_valid <= 1'b0;
            read_busy <= 1'b0;
        end
    end

`ifndef SYNTHESIS
    always @(posedge clk)
        if (!rst && fifo_we && !room) begin
            $display("%m: configuration FIFO overflow");
            $finish;
        end
`endif
endmodule
`default_nettype wire
