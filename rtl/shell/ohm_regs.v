// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// The tile's own registers: ID, SHAPE, CTRL, STATUS, SEQ_BASE, SEQ_HEAD.
//
// Throughput: one access a cycle. Latency: a write shows the next cycle, cfg_rdata comes one cycle
// after cfg_re. Buffers are held empty at SEQ_BASE while enable is 0, so they are ready in the
// first cycle with enable = 1.
// Parameters: as docs/reference/configurations.md.
module ohm_regs #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter PIPE = 0,
    parameter PROGRAM = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire        busy,
    input  wire        bad_desc,
    input  wire [31:0] seq_head,
    output reg         enable,
    output reg         early_stop,
    // enabled for the programming engine, and before that what the write of CTRL in this cycle says
    output wire        programs,
    output reg  [31:0] seq_base
);
`include "ohm_map.vh"

    // The status, and with PIPE = 1 whether one of these is read at all, is joined after the cycle:
    // they come late.
    reg         here_q, status_q, busy_q, bad_q;
    reg  [31:0] word_q;
    wire        here = cfg_re && cfg_addr[15:3] == REG_ID[15:3];
    wire [31:0] status = {30'd0, status_q && bad_q, status_q && busy_q};
    assign cfg_rdata = PIPE == 0 || here_q ? word_q | status : 32'd0;

    wire asked;                         // CTRL.PROGRAM
    generate if (PROGRAM != 0) begin : g_program
        wire ctrl = cfg_we && cfg_addr == REG_CTRL;
        reg  asked_q, program_q;
        always @(posedge clk)
            if (rst) {asked_q, program_q} <= 2'd0;
            else begin
                if (ctrl) asked_q <= cfg_wdata[CTRL_PROGRAM_LSB];
                program_q <= programs;
            end
        assign asked = asked_q;
        assign programs = enable ? program_q : ctrl ? cfg_wdata[CTRL_PROGRAM_LSB] : asked_q;
    end else begin : g_no_program
        assign {asked, programs} = 2'd0;
    end endgenerate

    always @(posedge clk) begin
        here_q   <= here;
        status_q <= here && cfg_addr[2:0] == REG_STATUS[2:0];
        busy_q   <= busy;
        bad_q    <= bad_desc;
        case (cfg_addr[2:0])
            REG_ID[2:0]:       word_q <= ID_VALUE;
            REG_SHAPE[2:0]:    word_q <= {COLS[15:0], ROWS[15:0]};
            REG_CTRL[2:0]:     word_q <= {29'd0, asked, early_stop, enable};
            REG_SEQ_BASE[2:0]: word_q <= seq_base;
            REG_SEQ_HEAD[2:0]: word_q <= seq_head;
            default:           word_q <= 32'd0;
        endcase
        if (PIPE == 0 && !here) word_q <= 32'd0;
        if (rst) begin
            enable     <= 1'b0;
            early_stop <= 1'b0;
            seq_base   <= 32'd0;
        end else if (cfg_we) begin
            if (cfg_addr == REG_CTRL) begin
                enable     <= cfg_wdata[CTRL_ENABLE_LSB];
                early_stop <= cfg_wdata[CTRL_EARLY_STOP_LSB];
            end
            if (cfg_addr == REG_SEQ_BASE) seq_base <= cfg_wdata;
        end
    end
endmodule
`default_nettype wire
