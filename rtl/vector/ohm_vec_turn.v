// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Which run is due: the fixed cycle of programs, sequences and their lanes, marks, init runs
// ("When a program runs" in docs/reference/vector.md). It never looks at what has arrived.
//
//   valid    __/~~~~~~~~~~~~~~~~\___/~~    a run is due, and stays due until `fin`
//   fin      _______________/~~\________   it is over; fin_bad: poisoned or stopped
//
// Latency: the next run is there in the cycle after fin, its `quiet` two later; what decides what
// comes behind it is worked out beside it, so fin comes in the fourth cycle at the earliest.
// Parameters: none of its own.
module ohm_vec_turn (
    input  wire         clk,
    input  wire         enable,
    input  wire         on,             // enabled, and nothing refused
    input  wire         start,
    input  wire [31:0]  seq_base,
    input  wire [3:0]   cycle,
    input  wire [15:0]  steps,
    input  wire [4:0]   lanes,
    input  wire [31:0]  init,
    output wire [2:0]   program_i,      // which entry of the cycle it is
    input  wire [23:0]  entry,
    output wire         valid,
    output wire [3:0]   which,          // 0 to 7, 15 init
    output wire [31:0]  head,           // n of the cycle
    output wire [31:0]  n,              // number of the run
    output wire [15:0]  step,
    output wire [3:0]   lane,
    output wire [11:0]  pc,
    output wire [3:0]   streams,
    output wire [7:0]   routes,
    output reg  [7:0]   quiet,          // a send on them does nothing
    output wire [7:0]   recurrent,
    output wire         marked,
    input  wire         fin,
    input  wire         fin_bad
);
`include "ohm_map.vh"
    reg  [15:0] step_q, marks_q;
    reg  [31:0] n_q;                    // first init runs have the numbers in front of seq_base
    reg  [3:0]  lane_q;
    reg  [2:0]  at_q;
    reg  [4:0]  begun_q;                // lanes whose first init run is over
    reg         started_q, closing_q;

    wire        init_on   = init[VINIT_ON_LSB];
    wire        opening   = init_on && begun_q != lanes;
    wire        is_init   = opening || closing_q;
    reg         last_step;              // of the sequence
    assign program_i = at_q;
    assign recurrent = init_on ? init[VINIT_ROUTES_LSB +: VINIT_ROUTES_W] : 8'd0;

    assign valid   = on && (!init_on || started_q);
    assign which   = is_init ? 4'd15 : {1'b0, at_q};
    assign n       = n_q;
    assign head    = opening ? seq_base : n_q;
    assign step    = is_init ? 16'd0 : step_q;
    assign lane    = opening ? begun_q[3:0] : lane_q;
    assign pc      = is_init ? init[VINIT_START_LSB +: VINIT_START_W]
                             : entry[VPROGRAM_START_LSB +: VPROGRAM_START_W];
    assign streams = is_init ? 4'd0 : entry[VPROGRAM_STREAMS_LSB +: VPROGRAM_STREAMS_W];
    assign routes  = is_init ? recurrent : entry[VPROGRAM_ROUTES_LSB +: VPROGRAM_ROUTES_W];
    assign marked  = !is_init && marks_q[lane_q];

    wire last_program = {1'b0, at_q} + 4'd1 == cycle;
    wire cycle_over   = !is_init && last_program;
    reg  clears;                        // the mark of the sequence that ends
    reg  advance, last_lane;
    integer i;
    always @(posedge clk) begin
        last_step <= step_q + 16'd1 == steps;
        last_lane <= {1'b0, lane_q} + 5'd1 == lanes;
        clears    <= cycle_over && last_step;
        advance   <= closing_q || (cycle_over && !(last_step && init_on));
        quiet     <= !is_init && last_step ? recurrent : 8'd0;
        started_q <= enable && (started_q || start);
        if (fin) begin
            for (i = 0; i < 16; i = i + 1)
                if ((fin_bad || clears) && lane == i[3:0]) marks_q[i] <= !clears;
            if (opening) begun_q <= begun_q + 5'd1;
            if (opening || advance) n_q <= n_q + 32'd1;
            if (!is_init) at_q <= last_program ? 3'd0 : at_q + 3'd1;
            if (clears && init_on) closing_q <= 1'b1;
            if (!opening && advance) begin
                closing_q <= 1'b0;
                lane_q    <= last_lane ? 4'd0 : lane_q + 4'd1;
                if (last_lane) step_q <= last_step ? 16'd0 : step_q + 16'd1;
            end
        end
        if (!on) begin
            n_q       <= seq_base - (init_on ? {27'd0, lanes} : 32'd0);
            step_q    <= 16'd0;
            lane_q    <= 4'd0;
            at_q      <= 3'd0;
            marks_q   <= 16'd0;
            begun_q   <= 5'd0;
            closing_q <= 1'b0;
        end
    end
    wire unused = &{1'b0, init[30:24], init[15:12]};
endmodule
`default_nettype wire
