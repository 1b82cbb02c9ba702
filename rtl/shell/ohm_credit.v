// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// What this tile may send: one limit per consumer, the first sequence number that may not be sent
// yet.
//
// CFG_WR sets a limit (before enable), CREDIT packets raise it; both come through the configuration
// FIFO, so in order and one a cycle. Limits are cumulative: a CREDIT that does not raise (late,
// repeated) does nothing, a lost one heals with the next. Numbers are 16 bits and compared as
// signed differences.
//
// Throughput: one change and one question a cycle. Latency: a change counts the next cycle; ok is
// combinational. Register: CREDIT. Parameters: as docs/reference/configurations.md; entries past
// NCREDIT never allow anything.
module ohm_credit #(
    parameter NCREDIT = 8
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire        raise,
    input  wire [3:0]  raise_idx,
    input  wire [15:0] raise_limit,
    input  wire [4:0]  ask_idx,
    input  wire [15:0] ask_seq,
    output wire        ask_ok
);
`include "ohm_map.vh"
    localparam IW = NCREDIT > 1 ? $clog2(NCREDIT) : 1;
    reg  [15:0] limit [0:NCREDIT-1];
    wire        cfg_hit = cfg_addr[15:4] == REG_CREDIT[15:4]
        && {1'b0, cfg_addr[3:0]} < NCREDIT[4:0];

    // each entry has a comparator of its own: which one is meant comes late, out of a RAM
    function signed [15:0] lead;
        input [15:0] from, to;
        lead = to - from;
    endfunction

    wire [15:0] room  = limit[ask_idx[IW-1:0]] - ask_seq;
    assign ask_ok = {11'd0, ask_idx} < NCREDIT[15:0] && !room[15] && room != 16'd0;

    // the entry that is read back: chosen after the cycle, which costs no register a bit
    reg          back_q;
    reg [IW-1:0] back_idx_q;
    assign cfg_rdata = back_q ? {16'd0, limit[back_idx_q]} : 32'd0;

    integer i;
    always @(posedge clk) begin
        back_q <= cfg_re && cfg_hit;
        back_idx_q <= cfg_addr[IW-1:0];
        if (rst) begin
            for (i = 0; i < NCREDIT; i = i + 1) limit[i] <= 16'd0;
        end else if (cfg_we && cfg_hit) limit[cfg_addr[IW-1:0]] <= cfg_wdata[15:0];
        else if (raise) begin
            for (i = 0; i < NCREDIT; i = i + 1)
                if (raise_idx[IW-1:0] == i[IW-1:0] && lead(limit[i], raise_limit) >= 0)
                    limit[i] <= raise_limit;
        end
    end

    // a limit is 16 bits; entries past NCREDIT are never raised
    wire unused = &{1'b0, cfg_wdata[31:16], raise_idx};

`ifdef FORMAL
    // One entry, any, is followed: it goes where it is set, with a CREDIT only up, else it stays.
    (* anyconst *) wire [IW-1:0] f_idx;
    reg        f_past = 1'b0;
    reg        f_rst, f_set, f_raise;
    reg [15:0] f_to, f_was;
    wire [15:0]        f_limit = limit[f_idx];
    wire signed [15:0] f_ahead = f_limit - ask_seq, f_up = f_to - f_was;

    always @(posedge clk) begin
        f_past  <= 1'b1;
        f_rst   <= rst;
        f_set   <= cfg_we && cfg_hit && cfg_addr[IW-1:0] == f_idx;
        f_raise <= raise && raise_idx == f_idx;
        f_to    <= cfg_we ? cfg_wdata[15:0] : raise_limit;
        f_was   <= f_limit;
    end

    always @* begin
        assume ({1'b0, f_idx} < NCREDIT && {1'b0, raise_idx} < NCREDIT);
        assume (!cfg_we || !raise);         // both come out of one queue
        if (!f_past) assume (rst);
        else if (f_rst) assert (f_limit == 16'd0);
        else if (f_set || (f_raise && f_up > 0)) assert (f_limit == f_to);
        else assert (f_limit == f_was);
        if (ask_idx == f_idx) assert (ask_ok == (f_ahead > 0));
        if (ask_idx >= NCREDIT) assert (!ask_ok);
    end
`endif
endmodule
`default_nettype wire
