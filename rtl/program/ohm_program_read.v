// SPDX-License-Identifier: Apache-2.0
// One read of one row for the programming engine: as ohm_ctrl reads, with that row on in every
// tick.
//
//   cycle       0        1 ... N      N+1     N+2         N = 2^W - 1
//   state       RESET    TICK         SETTLE  ACQ
//   int_reset   1
//   int_en               1 ... 1
//   line                 1 ... 1                          the row is on
//   load                              1
//   sample                                    1
//
// `go` is taken with `ready` in a cycle without a read (`idle`); a macro that computes lowers
// `ready` in SETTLE, which waits. Throughput: a read per N + 4 cycles and its conversion.
// Legal: W 1-8; ROWS is for ohm_program_read_serial.
`default_nettype none

module ohm_program_read #(
    parameter ROWS = 128
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
    reg [2:0] state_q;
    reg [7:0] tick_q;                   // ticks after this one

    always @(posedge clk) begin
        case (state_q)
            ST_IDLE: if (go && ready) state_q <= ST_RESET;
            ST_RESET: state_q <= ST_TICK;
            ST_TICK: if (tick_q == 8'd0) state_q <= ST_SETTLE;
            ST_SETTLE: if (ready) state_q <= ST_ACQ;
            default: state_q <= ST_IDLE;
        endcase
        if (!run) state_q <= ST_IDLE;
        if (state_q == ST_RESET) tick_q <= (8'hFF >> (4'd8 - w)) - 8'd1;
        else if (state_q == ST_TICK) tick_q <= tick_q - 8'd1;
    end
    assign idle = state_q == ST_IDLE;
    assign int_reset = state_q == ST_RESET;
    assign int_en = state_q == ST_TICK;
    assign line = state_q == ST_TICK;
    assign load = state_q == ST_SETTLE && ready;
    assign sample = state_q == ST_ACQ;
    wire unused = ROWS != 0;

`ifdef FORMAL
    // It works on the macro only while it is not idle, is not idle from the cycle behind `go` to
    // its sample, and the row is on in as many cycles as there are ticks, within int_en.
    reg       f_past = 1'b0;
    reg [8:0] f_ticks;
    always @(posedge clk) begin
        f_past <= 1'b1;
        if (int_reset) f_ticks <= 9'd0;
        else if (line) f_ticks <= f_ticks + 9'd1;
    end
    always @* begin
        assume (w >= 4'd1 && w <= 4'd8);
        if (!f_past) assume (!run);
        if (f_past) begin
            assert (state_q <= ST_ACQ);
            assert (idle == !(int_reset || int_en || sample || state_q == ST_SETTLE));
            assert (!line || int_en);
            assert (!(int_en && (int_reset || sample || load)));
        end
    end
    reg       f_idle, f_go, f_run;
    reg [3:0] f_w;
    always @(posedge clk) {f_idle, f_go, f_run, f_w} <= {idle, go && ready, run, w};
    always @* if (f_past) begin
        assume (w == f_w || (f_idle && idle));
        if (!idle && f_idle) assert (f_go && f_run && int_reset);
        if (state_q == ST_TICK) assert (f_ticks + {1'b0, tick_q} + 9'd1 == (9'd1 << w) - 9'd1);
        if (state_q == ST_SETTLE || state_q == ST_ACQ) assert (f_ticks == (9'd1 << w) - 9'd1);
    end
    always @(posedge clk) cover (f_past && sample && w == 4'd2);
`endif
endmodule

`default_nettype wire
