// SPDX-License-Identifier: Apache-2.0
// Conductances of the macro's emulation view: codes of G_max/2^14 in two RAMs, even and odd
// columns, so that a pair is written in one cycle.
//
// Throughput: one pair a cycle in and out. Latency: even and odd show cell `at` one cycle later.
// Protocol: prog_* as the macro's; while a pulse is under way (PROGRAM 1: ohm_emu_pulse) it has the
// memory and the row lines, row_read is 0 and nothing is loaded.
// Legal: ROWS, COLS 2-256, with PROGRAM 4-256. Cells that were never programmed hold 0; rst keeps
// them.
//
//   at     a  b
//   even      A  B
//
`default_nettype none

module ohm_emu_cells #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter PROGRAM = 0,
    parameter AW = $clog2(ROWS) + $clog2(COLS)      // {device, row, pair of columns}
) (
    input  wire            clk,
    input  wire            rst,
    input  wire            prog_valid,
    input  wire            prog_minus,
    input  wire [7:0]      prog_row,
    input  wire [7:0]      prog_col,
    input  wire [31:0]     prog_data,
    input  wire [AW-1:0]   at,
    output wire [14:0]     even,
    output wire [14:0]     odd,
    input  wire [ROWS-1:0] row_on,
    output wire [ROWS-1:0] row_read,        // row_on without those of pulses
    input  wire            pulse_start,
    input  wire            pulse_set,
    input  wire            pulse_minus,
    input  wire [7:0]      pulse_amp,
    input  wire [3:0]      pulse_width,
    input  wire [COLS-1:0] pulse_col,
    output wire            pulse_done
);
    localparam RW = $clog2(ROWS);
    localparam CW = $clog2(COLS);

    (* no_rw_check *) reg [14:0] even_mem [0:(1<<AW)-1];
    (* no_rw_check *) reg [14:0] odd_mem [0:(1<<AW)-1];
    reg [14:0] even_q, odd_q;
    integer    i;
    initial
        for (i = 0; i < 1 << AW; i = i + 1) begin
            even_mem[i] = 15'd0;
            odd_mem[i]  = 15'd0;
        end

    wire [8:0]    next_col = {1'b0, prog_col} + 9'd1;
    wire [RW:0]   prog_at  = {prog_minus, prog_row[RW-1:0]};
    wire          two      = next_col < COLS[8:0];
    wire          pulsing, put;             // pulses have the memory; they write
    wire [AW-1:0] pulse_at;
    wire [14:0]   new_even, new_odd;
    wire [AW-1:0] get_at   = pulsing ? pulse_at : at;
    always @(posedge clk) begin
        if (put || (prog_valid && (!prog_col[0] || two)))
            even_mem[put ? pulse_at : {prog_at, next_col[CW-1:1]}] <= put ? new_even
                : prog_col[0] ? prog_data[30:16] : prog_data[14:0];
        even_q <= even_mem[get_at];
    end
    always @(posedge clk) begin
        if (put || (prog_valid && (prog_col[0] || two)))
            odd_mem[put ? pulse_at : {prog_at, prog_col[CW-1:1]}] <= put ? new_odd
                : prog_col[0] ? prog_data[14:0] : prog_data[30:16];
        odd_q <= odd_mem[get_at];
    end
    assign even = even_q;
    assign odd = odd_q;

    generate
        if (PROGRAM != 0) begin : g_pulse
            ohm_emu_pulse #(.ROWS(ROWS), .COLS(COLS)) u_pulse (
                .clk(clk), .rst(rst), .pulse_start(pulse_start), .pulse_set(pulse_set),
                .minus(pulse_minus), .pulse_amp(pulse_amp), .pulse_width(pulse_width),
                .row_on(row_on), .pulse_col(pulse_col), .pulse_done(pulse_done), .busy(pulsing),
                .at(pulse_at), .even(even_q), .odd(odd_q), .put(put), .new_even(new_even),
                .new_odd(new_odd)
            );
            assign row_read = pulsing || pulse_start ? {ROWS{1'b0}} : row_on;
        end else begin : g_no_pulse
            assign {pulse_done, pulsing, put, pulse_at, new_even, new_odd} = {AW+33{1'b0}};
            assign row_read = row_on;
            wire unused_pulse = &{1'b0, rst, pulse_start, pulse_set, pulse_minus, pulse_amp,
                pulse_width, pulse_col};
        end
    endgenerate
    wire unused = &{1'b0, prog_row, prog_col, prog_data[31], prog_data[15]};
endmodule

`default_nettype wire
