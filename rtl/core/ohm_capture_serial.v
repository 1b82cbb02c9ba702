// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_capture for small tiles: codes lie in a RAM, columns are written and read one
// after the other. It makes no pulses for duration links, and a scan's length is not known
// (scan_left is 0).
//
//   ans        ~~\_________________       a step whose comparators have answered
//   hold       ___/~~~~~~~~~~~\____       columns that tripped are written; the ramp waits
//   full       ___/~~~~~~~~~~~~~~~~       after ans_last, until the last column has been taken
//   scan_valid __________________/~~      holds with its column until scan_next
//
// A step without a trip costs nothing. Columns that never trip get STOP at the last answer. Columns
// past COLS1 count as tripped (early stop does not wait for them). The ramp's step stands still
// from its answer until hold is 0 again.
// Throughput: COLS cycles for each step at which a column trips, 2 and what the taker needs for
// each column of a scan.
// Latency ans_last to scan_valid: COLS + 3. Legal: COLS 4-256; CODE_W 4-11.
`default_nettype none

module ohm_capture_serial #(
    parameter COLS = 16,
    parameter CODE_W = 10,
    parameter TAG_W = 12
) (
    input  wire              clk,
    input  wire              init,
    input  wire [7:0]        init_idx,
    input  wire              init_end,
    input  wire              run,
    input  wire [7:0]        cols1,
    input  wire [COLS-1:0]   cmp,
    input  wire              ans,
    input  wire              ans_first,
    input  wire              ans_last,
    input  wire [CODE_W-1:0] ans_step,
    input  wire              tag_move,
    input  wire [TAG_W-1:0]  tag,
    output wire              all_done,
    output wire              hold,          // the last answer is still being kept
    output wire [COLS-1:0]   pulse,
    output wire              full,
    input  wire              scan_next,     // this column has been taken
    output wire [7:0]        scan_left,
    output wire              scan_valid,
    output wire              scan_last,     // last column of this scan
    output wire [7:0]        scan_col,
    output wire [CODE_W-1:0] scan_code,
    output wire              scan_lo,
    output wire              scan_hi,
    output wire [TAG_W-1:0]  scan_tag
);
    localparam COL_W = $clog2(COLS);
    localparam [COL_W-1:0] LAST = COLS[COL_W-1:0] - 1'b1;

    // columns past COLS1, made once at enable, a cycle behind the walk
    reg [COLS-1:0] idle_q;
    reg            init_q, past_q;
    always @(posedge clk) begin
        init_q <= init && {1'b0, init_idx} < COLS[8:0];
        past_q <= init_idx > cols1;
        if (init_q) idle_q <= {past_q, idle_q[COLS-1:1]};
    end

    // a conversion is there; trips are written; a column is offered
    reg             full_q, pass_q, there_q;
    reg [COLS-1:0]  done_q, trip_q, lo_q, hi_q; // the last three move down as columns pass
    reg [COL_W-1:0] at_q;                       // column that is written, or read
    reg [TAG_W-1:0] tag_q;
    // all done, a cycle late: answers are three cycles apart
    reg             all_q;

    wire            free = there_q && scan_next && scan_last;
    wire [COLS-1:0] trip = (cmp | {COLS{ans_last}}) & ~done_q;
    wire            look = ans && !ans_first;

    always @(posedge clk) begin
        if (init_end || free) done_q <= idle_q;
        else if (look) done_q <= done_q | trip;

        if (look) trip_q <= trip;
        else if (pass_q) trip_q <= {1'b0, trip_q[COLS-1:1]};

        if (ans_first) lo_q <= cmp;
        else if (there_q && scan_next) lo_q <= {1'b0, lo_q[COLS-1:1]};
        if (ans_last) hi_q <= ~done_q & ~cmp;
        else if (there_q && scan_next) hi_q <= {1'b0, hi_q[COLS-1:1]};
        if (tag_move) tag_q <= tag;

        all_q <= &done_q;
        if (look) pass_q <= |(cmp & ~done_q) || (ans_last && !all_q);     // |trip
        else if (at_q == LAST) pass_q <= 1'b0;
        there_q <= full_q && !pass_q && !scan_next;
        if (look || free) at_q <= {COL_W{1'b0}};
        else if (pass_q || (there_q
            && scan_next)) at_q <= at_q == LAST ? {COL_W{1'b0}} : at_q + 1'b1;

        if (ans_last) full_q <= 1'b1;
        else if (free) full_q <= 1'b0;
        if (!run) begin
            full_q  <= 1'b0;
            pass_q  <= 1'b0;
            there_q <= 1'b0;
        end
    end

    ohm_ram #(.DEPTH(COLS), .WIDTH(CODE_W)) u_code (
        .clk(clk), .we(pass_q && trip_q[0]), .waddr(at_q), .wdata(ans_step),
        .re(1'b1), .raddr(at_q), .rdata(scan_code)
    );

    assign all_done   = all_q;
    assign hold       = pass_q;
    assign pulse      = {COLS{1'b0}};
    assign scan_left  = 8'd0;
    assign full       = full_q;
    assign scan_valid = there_q;
    assign scan_col   = {{8-COL_W{1'b0}}, at_q};
    assign scan_last  = scan_col == cols1;
    assign scan_lo    = lo_q[0];
    assign scan_hi    = hi_q[0];
    assign scan_tag   = tag_q;
endmodule

`default_nettype wire
