// SPDX-License-Identifier: Apache-2.0
// What the programming engine knows of each column: the sum of its codes so far, and whether it is
// accepted, low or high.
//
// A column goes through in four cycles: its sum and its target are read, the code less the target
// is added, and in the last of the reads that are averaged (`judge`) the error is held against the
// margin. So the RAM holds errors, e = S - 2^K * target; with `raw` (REPORT codes) FINAL
// leaves S there. The
// plus device has the lower half of a word, the minus device the upper one.
//
//   put        1              col, code; kind: what is done with the column
//   target        1           word `col` of the targets, a cycle later
//   judged              1     the masks move on; bin of a column that is shown
//
//   kind       what a pass over all columns, 0 first, does
//   ADD        adds the code; `first`: to 0
//   JUDGE      as ADD, and columns become accepted, low or high; `fresh`: none is accepted yet
//   FINAL      as ADD, for the report
//   PICK       low and high: every column that is not left alone (erase)
//   SHOW       bin of the error that FINAL has found; last_fail: who failed, the newest on top
//   SUMS       sums: the RAM's word of the column, two cycles later
//
// Masks are shift registers that each judged column moves by one, so they are in place after a
// whole pass, and a column's place needs no decoder. `set` shows the low ones, else the high ones,
// while `on` is 1.
// Throughput: one column a cycle. Latency: 4. Legal: COLS 16-256; CODE_W 4-11; K 0-4; |sum| below
// 2^15, which codes and targets of CODE_W bits keep.
`default_nettype none

module ohm_program_verdict #(
    parameter COLS = 128,
    parameter CODE_W = 10
) (
    input  wire              clk,
    input  wire              run,
    // static during a pass
    input  wire [2:0]        kind,
    input  wire              minus,         // the device
    input  wire              first,
    input  wire              fresh,
    input  wire              raw,
    input  wire              ran,           // a phase has run: who is not accepted has failed
    input  wire [2:0]        k,
    input  wire [15:0]       margin,        // 2^K * MARGIN
    input  wire [CODE_W-1:0] least,         // START and STOP of phase 1: targets that are accepted
    input  wire [CODE_W-1:0] most,
    // columns
    input  wire              clear,         // a pass begins: counts are 0
    input  wire              put,
    input  wire [7:0]        col,
    input  wire [CODE_W-1:0] code,
    input  wire [31:0]       target,
    output wire              idle,          // no column is on its way
    output wire              judged,
    output wire              bin_valid,
    output wire [2:0]        bin,
    output wire [31:0]       sums,
    // of the pass
    output wire [8:0]        low_count,
    output wire [8:0]        high_count,
    output wire [8:0]        fail_count,
    output wire              refused_any,
    output wire [31:0]       last_fail,
    // pulses
    input  wire              set,
    input  wire              on,
    output wire [COLS-1:0]   pulse_col
);
    localparam CW = $clog2(COLS);
`include "ohm_program.vh"

    // 1: sum and target are read -----------------------------------------------------------------
    reg              put1_q, put2_q, put3_q;
    reg [CW-1:0]     col1_q, col2_q;
    reg [CODE_W-1:0] code1_q;
    wire [31:0]      word;
    always @(posedge clk) begin
        put1_q <= put && run;
        put2_q <= put1_q && run;
        put3_q <= put2_q && run;
        col1_q <= col[CW-1:0];
        col2_q <= col1_q;
        code1_q <= code;
    end
    assign idle = !put1_q && !put2_q && !put3_q;
    wire unused = &{1'b0, col};             // its upper bits

    // 2: the target, less which the code is added ------------------------------------------------
    wire [15:0] mine = minus ? target[31:16] : target[15:0];
    wire        alone1 = mine[15];
    wire signed [14:0] asked = mine[14:0];
    wire signed [14:0] low1 = {{15-CODE_W{least[CODE_W-1]}}, least};
    wire signed [14:0] high1 = {{15-CODE_W{most[CODE_W-1]}}, most};
    wire        refused1 = !alone1 && (asked < low1 || asked > high1);
    wire [CODE_W-1:0] less = raw && kind == KIND_FINAL ? {CODE_W{1'b0}} : mine[CODE_W-1:0];
    reg [CODE_W:0]    term2_q;
    reg               active2_q, refused2_q;
    always @(posedge clk) begin
        term2_q <= {code1_q[CODE_W-1], code1_q} - {less[CODE_W-1], less};
        active2_q <= !alone1 && !refused1;
        refused2_q <= refused1;
    end

    // 3: the sum ---------------------------------------------------------------------------------
    reg  [31:0] word2_q;
    wire        adds = kind == KIND_ADD || kind == KIND_JUDGE || kind == KIND_FINAL;
    wire [15:0] half = minus ? word2_q[31:16] : word2_q[15:0];
    wire [15:0] sum2 = (adds && first ? 16'd0 : half)
        + (adds ? {{15-CODE_W{term2_q[CODE_W]}}, term2_q} : 16'd0);
    ohm_ram #(.DEPTH(COLS), .WIDTH(32)) u_sum (
        .clk(clk), .we(put2_q && adds), .waddr(col2_q),
        .wdata(minus ? {sum2, word2_q[15:0]} : {word2_q[31:16], sum2}),
        .re(1'b1), .raddr(col[CW-1:0]), .rdata(word)
    );
    reg [15:0] sum3_q;
    reg        active3_q, refused3_q;
    always @(posedge clk) begin
        word2_q <= word;
        sum3_q <= sum2;
        active3_q <= active2_q;
        refused3_q <= refused2_q;
    end
    assign sums = word2_q;

    // 4: the verdict -----------------------------------------------------------------------------
    wire        below = sum3_q[15];
    wire [15:0] off = below ? -sum3_q : sum3_q;
    reg [COLS-1:0] accepted_q, low_q, high_q;
    wire        was = accepted_q[0] && !(kind == KIND_JUDGE && fresh);
    wire        accept = active3_q && (was || off <= margin);
    wire        judges = kind == KIND_JUDGE;
    wire        picks = kind == KIND_PICK;
    wire        low3 = active3_q && (picks || (judges && !accept && below));
    wire        high3 = active3_q && (picks || (judges && !accept && !below));
    wire        moves = put3_q && kind != KIND_ADD && kind != KIND_SUMS;
    wire [15:0] shown = off >> k;
    wire        fail = refused3_q || (active3_q && ran && !accepted_q[0]);

    reg  [8:0]  low_count_q, high_count_q, fail_count_q;
    reg         refused_any_q;
    reg  [31:0] last_fail_q;
    always @(posedge clk) begin
        if (moves) begin
            accepted_q <= {judges ? accept : accepted_q[0], accepted_q[COLS-1:1]};
            low_q <= {low3, low_q[COLS-1:1]};
            high_q <= {high3, high_q[COLS-1:1]};
        end
        if (clear) begin
            low_count_q <= 9'd0;
            high_count_q <= 9'd0;
            fail_count_q <= 9'd0;
            refused_any_q <= 1'b0;
        end else if (moves) begin
            low_count_q <= low_count_q + {8'd0, low3};
            high_count_q <= high_count_q + {8'd0, high3};
            fail_count_q <= fail_count_q + {8'd0, fail};
            refused_any_q <= refused_any_q || refused3_q;
        end
        if (moves) last_fail_q <= {fail, last_fail_q[31:1]};
    end
    assign judged = put3_q;
    assign bin_valid = active3_q;
    assign bin = shown[15:3] != 13'd0 ? 3'd7 : shown[2:0];
    assign low_count = low_count_q;
    assign high_count = high_count_q;
    assign fail_count = fail_count_q;
    assign refused_any = refused_any_q;
    assign last_fail = last_fail_q;
    assign pulse_col = (set ? low_q : high_q) & {COLS{on}};
`ifdef FORMAL
    // A column is pulsed only if it was not left alone and its target not refused when it was last
    // judged, and the low ones and the high ones are apart. What is left alone is told here from
    // the targets' word again. Passes are whole before masks are shown (ohm_program_seq).
    (* anyconst *) reg [7:0] f_col;
    reg       f_past = 1'b0;
    reg [8:0] f_at;                         // columns of this pass so far
    reg       f_low, f_high, f_ok, f_known = 1'b0, f_ok2, f_ok3, f_picked;
    wire signed [15:0] f_asked = {mine[14], mine[14:0]};
    wire signed [15:0] f_least = {{16-CODE_W{least[CODE_W-1]}}, least};
    wire signed [15:0] f_most = {{16-CODE_W{most[CODE_W-1]}}, most};
    wire      f_mine = moves && f_at == {1'b0, f_col};
    always @(posedge clk) begin
        f_past <= 1'b1;
        f_ok2 <= !mine[15] && f_asked >= f_least && f_asked <= f_most;
        f_ok3 <= f_ok2;
        if (!f_past) f_at <= 9'd0;
        else if (moves) f_at <= f_at == COLS - 1 ? 9'd0 : f_at + 9'd1;
        if (f_past && f_mine) begin
            {f_low, f_high, f_ok} <= {low3, high3, f_ok3};
            f_known <= 1'b1;
            f_picked <= picks;
        end
    end
    // where the bit of the column is: on its way down until it has been judged anew
    wire [8:0] f_place = f_at <= {1'b0, f_col} ? {1'b0, f_col} - f_at
        : COLS[8:0] + {1'b0, f_col} - f_at;
    always @* begin
        assume (f_col < COLS && (!on || f_at == 9'd0));
        if (!f_past) assume (!put1_q && !put2_q && !put3_q && !put && !run);
        if (f_past) begin
            assert (f_at < COLS);
            assert (f_ok3 == active3_q || !put3_q);
            assert (f_ok2 == active2_q || !put2_q);
            if (f_known) assert (low_q[f_place] == f_low && high_q[f_place] == f_high);
            if (f_known) assert ((!f_low && !f_high) || f_ok);
            if (f_known && !f_picked) assert (!f_low || !f_high);
            if (f_known && pulse_col[f_col]) assert (f_ok && on && (set ? f_low : f_high));
        end
    end
    always @(posedge clk) cover (f_past && f_known && !f_picked && pulse_col[f_col]);
`endif
endmodule

`default_nettype wire
