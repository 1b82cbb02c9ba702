// SPDX-License-Identifier: Apache-2.0
// Where the emulation view's sum is: cell after cell of a sensed line, one sensed line after the
// other. Forward reads sum columns over rows; with TRANSPOSE = 1 a read that begins with
// `transpose` sums rows over columns.
//
//   begins    _/~~\____________________    int_reset: the first cell of the first line
//   step      _______/~~~~~~~~~\_______    a cell is read: device, then the next driven line
//   at        ------<a ><b ><c >-------
//   next      ____________________/~~\_    the next sensed line
//
// Throughput: a cell a cycle. Latency: 1. Legal: ROWS, COLS 2-256; LINES, SIDE: the longer side
// with TRANSPOSE, else ROWS and COLS.
`default_nettype none

module ohm_emu_walk #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter TRANSPOSE = 0,
    parameter SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter LINES = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,
    parameter AW = $clog2(ROWS) + $clog2(COLS),
    parameter IW = $clog2(LINES),
    parameter OW = $clog2(SIDE)
) (
    input  wire          clk,
    input  wire          begins,
    input  wire          transpose,
    input  wire          minus_first,   // of the read: the minus device alone
    input  wire          minus,         // the same, kept
    input  wire          both,          // both devices of a cell
    input  wire          step,
    input  wire          next,
    input  wire [OW-1:0] sensed,        // the line that is summed
    output wire [AW-1:0] at,            // {device, row, pair of columns}
    output wire          dev,
    output wire [IW-1:0] line,          // driven line
    output wire          last_line,
    output wire          last_sensed,
    output wire          odd            // the cell is in an odd column
);
    localparam RW = $clog2(ROWS);
    localparam CW = $clog2(COLS);
    localparam PW = CW - 1;
    localparam [RW-1:0] LAST_ROW = ROWS[RW-1:0] - 1'b1;
    localparam [OW-1:0] LAST_COL = COLS[OW-1:0] - 1'b1;

    generate
        if (TRANSPOSE == 0) begin : g_forward
            reg [AW-1:0] at_q;
            always @(posedge clk) begin
                if (step) begin
                    if (both && !dev) at_q[AW-1] <= 1'b1;
                    else begin
                        at_q[AW-1] <= minus;
                        at_q[PW +: RW] <= last_line ? {RW{1'b0}} : line + 1'b1;
                    end
                end
                if (next && sensed[0]) at_q[0 +: PW] <= at_q[0 +: PW] + 1'b1;
                if (begins) at_q <= {minus_first, {RW+PW{1'b0}}};
            end
            assign at = at_q;
            assign {dev, line} = at_q[AW-1:PW];
            assign last_line = line == LAST_ROW;
            assign last_sensed = sensed == LAST_COL;
            assign odd = sensed[0];
            wire unused_turn = transpose;
        end else begin : g_both_ways
            localparam [IW-1:0] ROW1 = ROWS[IW-1:0] - 1'b1, COL1 = COLS[IW-1:0] - 1'b1;
            localparam [OW-1:0] ROW1S = ROWS[OW-1:0] - 1'b1;
            reg          dev_q, back_q;
            reg [IW-1:0] line_q;
            wire [8:0]   at_row = back_q ? {{9-OW{1'b0}}, sensed} : {{9-IW{1'b0}}, line_q};
            wire [8:0]   at_col = back_q ? {{9-IW{1'b0}}, line_q} : {{9-OW{1'b0}}, sensed};
            always @(posedge clk) begin
                if (step) begin
                    if (both && !dev) dev_q <= 1'b1;
                    else begin
                        dev_q <= minus;
                        line_q <= last_line ? {IW{1'b0}} : line_q + 1'b1;
                    end
                end
                if (begins) begin
                    dev_q <= minus_first;
                    back_q <= transpose;
                    line_q <= {IW{1'b0}};
                end
            end
            assign at = {dev_q, at_row[RW-1:0], at_col[CW-1:1]};
            assign {dev, line} = {dev_q, line_q};
            assign last_line = line_q == (back_q ? COL1 : ROW1);
            assign last_sensed = sensed == (back_q ? ROW1S : LAST_COL);
            assign odd = at_col[0];
            wire unused_at = &{1'b0, next, at_row, at_col};
        end
    endgenerate
endmodule

`default_nettype wire
