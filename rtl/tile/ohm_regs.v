// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// The tile's own registers: ID, SHAPE, CTRL, STATUS, SEQ_BASE, SEQ_HEAD.
//
// Throughput: one access a cycle. Latency: a write shows the next cycle, cfg_rdata comes one cycle after cfg_re.
// Buffers are held empty at SEQ_BASE while enable is 0, so they are ready in the first cycle with enable = 1.
// Parameters: as docs/configurations.md.
module ohm_regs #(
    parameter ROWS = 128,
    parameter COLS = 128
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output reg  [31:0] cfg_rdata,
    input  wire        busy,
    input  wire        bad_desc,
    input  wire [31:0] seq_head,
    output reg         enable,
    output reg         early_stop,
    output reg  [31:0] seq_base
);
`include "ohm_map.vh"
    localparam [31:0] ID_VALUE = 32'h4F48_4D01;

    always @(posedge clk) begin
        cfg_rdata <= 32'd0;
        if (cfg_re)
            case (cfg_addr)
                REG_ID:       cfg_rdata <= ID_VALUE;
                REG_SHAPE:    cfg_rdata <= {COLS[15:0], ROWS[15:0]};
                REG_CTRL:     cfg_rdata <= {30'd0, early_stop, enable};
                REG_STATUS:   cfg_rdata <= {30'd0, bad_desc, busy};
                REG_SEQ_BASE: cfg_rdata <= seq_base;
                REG_SEQ_HEAD: cfg_rdata <= seq_head;
                default:      cfg_rdata <= 32'd0;
            endcase
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
