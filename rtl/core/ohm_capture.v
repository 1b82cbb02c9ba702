// SPDX-License-Identifier: Apache-2.0
// Column capture and scan registers. During a ramp each column keeps the step at which its
// comparator first answered 1; when the ramp has ended all columns move to the scan registers at
// once, from where they leave one a cycle, column 0 first, while the next ramp fills the capture
// again.
//
//   ans        ~~~~~~~~~\________________
//   ans_last   ______/~~\________________
//   full       _________/~~\_____________   waits here while an older scan still runs
//   (scan regs)   old   <new .....
//   scan_valid ____________/~~~~~ ... ~~\   COLS1 + 1 cycles, back to back with an older scan
//   scan_left            < COLS1 ... 0 >    scan cycles after this one
//
// Codes are kept as bit planes that are empty at the start of a ramp: a trip is one OR per set bit
// of the step, and costs nothing in cycles without a trip. Columns that never trip get STOP at the
// last answer. Columns past COLS1 count as tripped (early stop does not wait for them).
// Throughput: one conversion per max(ramp, COLS1 + 1) cycles. Latency ans_last to scan_valid: 2.
// The capture must be empty (`full` low or moving) at the ramp's second step; ohm_ctrl sees to it.
// `pulse` (duration links) is 1 from the answer to step START on as long as a column's comparator
// has not tripped: code - START cycles.
// OWN = 1: each conversion has a COLS1 of its own, the tag's upper 8 bits (cols1 is not looked at).
// Legal: COLS 4-256; CODE_W 4-11.
`default_nettype none

module ohm_capture #(
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter TAG_W = 12,
    parameter OWN = 0
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
    output wire              hold,          // the last answer is still being kept: never
    output wire [COLS-1:0]   pulse,
    output wire              full,
    input  wire              scan_next,     // a column has been taken: one is in each cycle
    output wire [7:0]        next_cols1,    // of the conversion in the capture
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

    assign hold = 1'b0;
    wire unused_next = scan_next;

    // columns past COLS1, made once at enable; OWN: of the ramp under way
    wire [COLS-1:0] idle, all_idle;
    generate
        if (OWN == 0) begin : g_idle
            reg [COLS-1:0] idle_q;
            always @(posedge clk)
                if (init && {1'b0, init_idx} < COLS[8:0])
                    idle_q <= {init_idx > cols1, idle_q[COLS-1:1]};
            assign idle = idle_q;
            assign all_idle = {COLS{1'b0}};
        end else begin : g_own_idle
            localparam [COLS-1:0] ALL = {COLS{1'b1}};
            assign idle = {COLS{1'b0}};
            assign all_idle = ALL << tag[TAG_W-1 -: 8] << 1;
            wire unused_own = &{1'b0, init, init_idx, cols1};
        end
    endgenerate

    // capture ------------------------------------------------------------------------------------
    reg                   full_q;
    reg [COLS-1:0]        done_q, lo_q, hi_q;
    reg [COLS*CODE_W-1:0] code_q;           // plane b at b*COLS
    reg [TAG_W-1:0]       tag_q;
    reg                   scan_q;
    reg [7:0]             left_q, col_q;

    wire move = full_q && left_q == 8'd0;   // scan idle, or in its last cycle
    wire [COLS-1:0] trip = ans && !ans_first ? (ans_last ? ~done_q : cmp & ~done_q) : {COLS{1'b0}};

    assign pulse = ans && !ans_first && !ans_last ? ~(done_q | cmp) : {COLS{1'b0}};

    integer b;
    always @(posedge clk) begin
        if (init_end || move) begin
            done_q <= idle;
            code_q <= {COLS*CODE_W{1'b0}};
        end else if (|trip) begin
            done_q <= done_q | trip;
            for (b = 0; b < CODE_W; b = b + 1)
                if (ans_step[b]) code_q[b*COLS +: COLS] <= code_q[b*COLS +: COLS] | trip;
        end
    end
    always @(posedge clk) begin             // data, without reset
        if (ans_first) lo_q <= cmp;
        if (ans_last) hi_q <= ~done_q & ~cmp;
        if (tag_move) tag_q <= tag;
    end
    always @(posedge clk) begin
        if (!run) full_q <= 1'b0;
        else if (ans_last) full_q <= 1'b1;
        else if (move) full_q <= 1'b0;
    end

    // scan ---------------------------------------------------------------------------------------
    wire [7:0] own_cols1 = OWN != 0 ? tag_q[TAG_W-1 -: 8] : cols1;
    assign next_cols1 = own_cols1;
    reg [COLS-1:0]        s_lo_q, s_hi_q;
    reg [COLS*CODE_W-1:0] s_code_q;
    reg [TAG_W-1:0]       s_tag_q;
    always @(posedge clk) if (move) begin   // data, without reset
        s_lo_q <= lo_q;
        s_hi_q <= hi_q;
        s_code_q <= code_q;
        s_tag_q <= tag_q;
    end
    assign scan_tag = s_tag_q;
    always @(posedge clk) begin
        if (!run) begin
            scan_q <= 1'b0;
            left_q <= 8'd0;
        end else if (move) begin
            scan_q <= 1'b1;
            left_q <= own_cols1;
            col_q <= 8'd0;
        end else if (scan_q) begin
            col_q <= col_q + 8'd1;
            if (left_q == 8'd0) scan_q <= 1'b0;
            else left_q <= left_q - 8'd1;
        end
    end
    reg [CODE_W-1:0] code;
    integer p;
    always @* begin
        code = {CODE_W{1'b0}};
        p = 0;                              // the index must not infer a latch
        if (scan_q) for (p = 0; p < CODE_W; p = p + 1) code[p] = s_code_q[p*COLS + {24'd0, col_q}];
    end

    assign all_done = &(done_q | all_idle);
    assign full = full_q;
    assign scan_left = left_q;
    assign scan_valid = scan_q;
    assign scan_last = left_q == 8'd0;
    assign scan_col = col_q;
    assign scan_code = code;
    assign scan_lo = s_lo_q[col_q[COL_W-1:0]];
    assign scan_hi = s_hi_q[col_q[COL_W-1:0]];

`ifdef FORMAL
    // A column in use is captured once, at the first trip of the ramp, or at its last answer; that
    // step is what is scanned. ohm_ramp's answers come as assumed, and ohm_ctrl starts no ramp that
    // would find the capture full.
    (* anyconst *) reg [7:0] f_col;
    reg              f_past = 1'b0, f_ready = 1'b0, f_ramp = 1'b0, f_got, f_scanned = 1'b0;
    reg [CODE_W-1:0] f_code, f_scan;
    always @(posedge clk) begin
        f_past <= 1'b1;
        f_ramp <= run && (ans_first || (f_ramp && !ans_last));
        if (init_end) f_ready <= 1'b1;
        if (init_end || move) f_got <= 1'b0;
        else if (ans && !ans_first && !f_got && (cmp[f_col] || ans_last)) begin
            f_got <= 1'b1;
            f_code <= ans_step;
        end
        if (move && run) begin
            f_scanned <= f_ready;
            f_scan <= f_code;
        end
        if (!run) f_scanned <= 1'b0;
    end
    always @* begin
        assume (f_col <= cols1 && cols1 < COLS);
        if (!f_past) assume (!run && !init_end);
        assume (!(run && (init || init_end)));
        assume (!init_end || !f_ready);             // one enable
        assume (f_ready || !run);
        assume (!idle[f_col] && !init);           // as the walk at enable leaves it
        assume (!(ans && !run) && ans == (ans_first
            || f_ramp) && !(ans_first && f_ramp) && !(ans_last && ans_first));
        assume (!ans_last || ans);
        assume (!(ans && !ans_first && full_q));    // ohm_ctrl
        if (f_past) begin
            if (f_ready) begin
                assert (done_q[f_col] == f_got);
                if (!f_got) assert (!full_q);
            end
            if (scan_valid && scan_col == f_col && f_scanned) assert (scan_code == f_scan);
            if (scan_valid) assert (f_scanned);
        end
    end
    // Its pulse is on in as many cycles as its step is above START, from START's answer on, and
    // never again in that ramp. Steps come one after the other.
    reg              f_trip = 1'b0;
    reg [CODE_W-1:0] f_begin, f_last, f_step, f_on;
    always @(posedge clk) begin
        if (ans_first) begin
            f_trip <= 1'b0;
            f_begin <= ans_step + 1'b1;
            f_last <= ans_step;
            f_on <= {CODE_W{1'b0}};
        end else if (ans) begin
            f_last <= ans_step;
            f_on <= f_on + {{CODE_W-1{1'b0}}, pulse[f_col]};
            if (!f_trip && (cmp[f_col] || ans_last)) begin
                f_trip <= 1'b1;
                f_step <= ans_step;
            end
        end
        // one piece
        if (f_past && $past(ans) && ans && pulse[f_col]) assert ($past(ans_first)
            || $past(pulse[f_col]));
    end
    always @* begin
        assume (!ans || ans_first || ans_step == f_last + 1'b1);
        assert (ans || pulse == {COLS{1'b0}});
        if (f_past && !f_ready) assert (!f_trip && !f_ramp);
        if (f_ready && f_past) begin
            if (f_ramp && !f_trip) assert (f_on == f_last + 1'b1 - f_begin);
            if (!f_ramp) assert (f_got == full_q);
            if (f_ramp && full_q) assert (!f_trip);
            if (f_ramp && !full_q) assert (f_got == f_trip);
            if (f_trip) assert (f_on == f_step - f_begin);
        end
    end

    integer f_b;
    always @* if (f_past && f_ready)
        for (f_b = 0; f_b < CODE_W; f_b = f_b + 1) begin
            assert (code_q[f_b*COLS + f_col] == (f_got && f_code[f_b]));
            if (f_scanned) assert (s_code_q[f_b*COLS + f_col] == f_scan[f_b]);
        end
    always @(posedge clk) begin
        if (f_past) assume ($stable(cols1) && (run || !$past(run)));
        cover (f_past && scan_valid && scan_col == f_col && scan_code == 3);
        cover (f_past && f_trip && f_on == 3 && f_begin == 1);
    end
`endif
endmodule

`default_nettype wire
