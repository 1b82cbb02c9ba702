// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_program_read for small tiles: the row is on for one cycle in each tick, and ticks
// are ROWS + 2 cycles apart, as those of ohm_rows_serial are: the macro counts one row after the
// other between them.
//
//   int_reset   1
//   int_en         1  1 ... 1  1  1 ... 1  1
//   line                       1           1      the row is on
//   load                                      1
//   sample                                       1
//
// Throughput: a read per N (ROWS + 2) + 4 cycles and its conversion, N = 2^W - 1. Protocol: as
// ohm_program_read. Legal: W 1-8; ROWS 4-256.
`default_nettype none

module ohm_program_read_serial #(
    parameter ROWS = 16
) (
    input  wire       clk,
    input  wire       run,
    input  wire       go,
    input  wire [3:0] w,
    input  wire       ready,
    output wire       idle,
    output wire       int_reset,
    output wire       int_en,
    output wire       line,
    output wire       load,
    output wire       sample
);
    localparam [2:0] ST_IDLE   = 3'd0,
                     ST_RESET  = 3'd1,
                     ST_TICK   = 3'd2,
                     ST_SETTLE = 3'd3,
                     ST_ACQ    = 3'd4;
    localparam [8:0] PACE = ROWS[8:0] + 9'd1;   // cycles of a tick, less 1
    reg [2:0] state_q;
    reg [7:0] tick_q;                   // ticks after this one
    reg [8:0] pace_q;                   // cycles of this tick after this one

    always @(posedge clk) begin
        case (state_q)
            ST_IDLE: if (go && ready) state_q <= ST_RESET;
            ST_RESET: state_q <= ST_TICK;
            ST_TICK: if (tick_q == 8'd0 && pace_q == 9'd0) state_q <= ST_SETTLE;
            ST_SETTLE: if (ready) state_q <= ST_ACQ;
            default: state_q <= ST_IDLE;
        endcase
        if (!run) state_q <= ST_IDLE;
        pace_q <= state_q != ST_TICK || pace_q == 9'd0 ? PACE : pace_q - 9'd1;
        if (state_q == ST_RESET) tick_q <= (8'hFF >> (4'd8 - w)) - 8'd1;
        else if (state_q == ST_TICK && pace_q == 9'd0) tick_q <= tick_q - 8'd1;
    end
    assign idle = state_q == ST_IDLE;
    assign int_reset = state_q == ST_RESET;
    assign int_en = state_q == ST_TICK;
    assign line = state_q == ST_TICK && pace_q == 9'd0;
    assign load = state_q == ST_SETTLE && ready;
    assign sample = state_q == ST_ACQ;
endmodule

`default_nettype wire
