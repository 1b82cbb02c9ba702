// SPDX-License-Identifier: Apache-2.0
// Pulses of the macro's emulation view (docs/reference/programming.md): ideal linear steps of
// (pulse_amp + 1) * (pulse_width + 1) codes, held to 0 ... 2^14.
//
// It adds up the step, then takes the selected rows one after the other and in each all pairs of
// columns: read, step where the column is selected, write.
// Throughput: a pulse takes pulse_width + 2 + ROWS + 2 * (COLS + 1)/2 * rows selected cycles.
// Protocol: as the macro's pins; `busy` from the cycle after pulse_start up to pulse_done. While it
// is busy, cell `at` is read (its codes come a cycle later) and `put` writes cell `at` of the cycle
// before.
// Legal: ROWS 4-256, COLS 4-256.
//
//   pulse_start  1
//   busy            1  1 ... 1  1
//   at                      a  a
//   put                        1
//   pulse_done                     1
//
`default_nettype none

module ohm_emu_pulse #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter AW = $clog2(ROWS) + $clog2(COLS)      // {device, row, pair of columns}
) (
    input  wire            clk,
    input  wire            rst,
    input  wire            pulse_start,
    input  wire            pulse_set,
    input  wire            minus,
    input  wire [7:0]      pulse_amp,
    input  wire [3:0]      pulse_width,
    input  wire [ROWS-1:0] row_on,
    input  wire [COLS-1:0] pulse_col,
    output wire            pulse_done,
    output wire            busy,
    // conductances, two columns at a time
    output wire [AW-1:0]   at,
    input  wire [14:0]     even,
    input  wire [14:0]     odd,
    output wire            put,
    output wire [14:0]     new_even,
    output wire [14:0]     new_odd
);
    localparam RW = $clog2(ROWS);
    localparam CW = $clog2(COLS);
    localparam PW = CW - 1;
    localparam [RW-1:0] LAST_ROW = ROWS[RW-1:0] - 1'b1;
    localparam [31:0]   LAST = (COLS - 1) / 2;
    localparam [PW-1:0] LAST_PAIR = LAST[PW-1:0];
    localparam [14:0]   TOP = 15'd16384;

    localparam [2:0] ST_IDLE = 3'd0,
                     ST_UNIT = 3'd1,    // one more unit of width
                     ST_ROW  = 3'd2,    // is the next row selected?
                     ST_GET  = 3'd3,    // address of a pair is out
                     ST_PUT  = 3'd4,    // its codes are there
                     ST_END  = 3'd5;
    reg [2:0]      state_q;
    reg [3:0]      units_q;
    reg [12:0]     step_q;
    reg [ROWS-1:0] rows_q;              // the next row in bit 0
    reg [RW-1:0]   row_q;
    reg [PW-1:0]   pair_q;

    wire row_over = state_q == ST_PUT ? pair_q == LAST_PAIR : state_q == ST_ROW && !rows_q[0];
    always @(posedge clk) begin
        case (state_q)
            ST_UNIT: begin
                step_q  <= step_q + {5'd0, pulse_amp} + 13'd1;
                units_q <= units_q - 4'd1;
                if (units_q == 4'd0) state_q <= ST_ROW;
            end
            ST_ROW: if (rows_q[0]) state_q <= ST_GET;
            ST_GET: state_q <= ST_PUT;
            ST_PUT: begin
                pair_q  <= pair_q == LAST_PAIR ? {PW{1'b0}} : pair_q + 1'b1;
                state_q <= ST_GET;
            end
            default: state_q <= ST_IDLE;
        endcase
        if (row_over) begin
            rows_q  <= {1'b0, rows_q[ROWS-1:1]};
            row_q   <= row_q + 1'b1;
            state_q <= row_q == LAST_ROW ? ST_END : ST_ROW;
        end
        if (pulse_start) begin
            state_q <= ST_UNIT;
            units_q <= pulse_width;
            step_q  <= 13'd0;
            rows_q  <= row_on;
            row_q   <= {RW{1'b0}};
            pair_q  <= {PW{1'b0}};
        end
        if (rst) state_q <= ST_IDLE;
    end

    // columns past the last one are not selected
    wire [2*(1<<PW)-1:0] selected;
    genvar c;
    generate
        for (c = 0; c < 2 * (1 << PW); c = c + 1) begin : g_col
            if (c < COLS) begin : g_there
                assign selected[c] = pulse_col[c];
            end else begin : g_past
                assign selected[c] = 1'b0;
            end
        end
    endgenerate

    function [14:0] stepped;
        input [14:0] code;
        input        on;
        input        up;
        input [12:0] by;
        reg   [15:0] moved;
        begin
            moved = up ? {1'b0, code} + {3'd0, by} : {1'b0, code} - {3'd0, by};
            if (!on) stepped = code;
            else if (up) stepped = moved > {1'b0, TOP} ? TOP : moved[14:0];
            else stepped = moved[15] ? 15'd0 : moved[14:0];
        end
    endfunction

    assign busy       = state_q != ST_IDLE;
    assign pulse_done = state_q == ST_END;
    assign at         = {minus, row_q, pair_q};
    assign put        = state_q == ST_PUT;
    assign new_even   = stepped(even, selected[{pair_q, 1'b0}], pulse_set, step_q);
    assign new_odd    = stepped(odd, selected[{pair_q, 1'b1}], pulse_set, step_q);
endmodule

`default_nettype wire
