// SPDX-License-Identifier: Apache-2.0
// ohm_macro, emulation view: the analog macro with ideal devices as logic, for FPGAs. Codes are
// bit-identical to the behavioral view's (docs/reference/numeric.md).
//
// Conductances and pulses: ohm_emu_cells.
// Each row measures its pulses (up at positive polarity, down at negative). After the last pulse
// one adder sums Q of column after column, one device of a cell a cycle, and then divides it: y =
// floor(2Q / LSB) is held in place of the charge. A comparator answers y <= 2n: 2Q < LSB (2n + 1).
// Throughput: a read takes RS + 2 + COLS * (B * D * ROWS + CODE_W + 4) cycles more than its pulses,
// D = 2 where both devices are read, else 1. B = 1 with PARALLEL (a 9 x 15 bit multiplier), else 9
// (one bit of the on-times at a time). ready is 0 from int_reset until the codes are there
// (ohm_ctrl waits in SETTLE); the ramp before is let out first.
// Latency of cmp: 1. With SERIAL = 1 one comparator answers for all columns: ready is 0 for COLS +
// 1 cycles after each step, which stands until then; pulses last a cycle and are ROWS + 2 apart,
// the first as far from int_reset; no ramp runs while a read is under way (ohm_rows_serial,
// ohm_ramp, ohm_ctrl). Other converters (ADC 1, 2) answer one cycle after adc_start: all counts at
// once, nothing while it integrates; a code before its slot is over. Unlike the analog macro it
// needs ramp_rs from int_reset on, as ohm_ctrl gives it.
// TRANSPOSE = 1: a read with `transpose` from int_reset on sums row after row over the columns,
// whose on-times the lines then are; not with SERIAL.
// Legal: ROWS, COLS 2-256; CODE_W 4-11. Cells that were never programmed hold 0; rst keeps them.
//
//   int_reset  1
//   int_en        1 ... 1
//   ready      1  0  0  0  0 ... 0  1
//   sample                             1
//   ramp_en                               1  1  1
//   cmp                                      a  b  c
`default_nettype none
`ifndef OHM_MULTIPLIER
`define OHM_MULTIPLIER 0    // 1: the part has a multiplier to spare
`endif
/* verilator lint_off DECLFILENAME */   // one module, several views
module ohm_macro #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter SERIAL = 0,
    parameter PROGRAM = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter LINES = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,
    parameter ADC = 0,
    parameter MUX = 1,
    /* verilator lint_off UNUSEDPARAM */    // its codes never take longer than one cycle
    parameter ADC_CYCLES = 1,
    /* verilator lint_on UNUSEDPARAM */
    parameter ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX),
    parameter PARALLEL = ROWS * COLS > 256 || `OHM_MULTIPLIER
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [7:0]        macro_id,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              prog_valid,
    input  wire [3:0]        prog_dev,
    input  wire [7:0]        prog_row,
    input  wire [7:0]        prog_col,
    input  wire [31:0]       prog_data,
    input  wire [LINES-1:0]  row_on,
    input  wire [LINES-1:0]  row_neg,
    input  wire              transpose,
    input  wire [2:0]        cell_sel,
    input  wire              int_reset,
    input  wire              int_en,
    input  wire              sample,
    input  wire [31:0]       op_seq,
    input  wire [3:0]        op_desc,
    input  wire [3:0]        op_slice,
    input  wire [3:0]        ramp_rs,
    input  wire [24:0]       ramp_lsb,
    input  wire              ramp_en,
    input  wire [CODE_W-1:0] ramp_step,
    output wire [SIDE-1:0]   cmp,
    input  wire              adc_start,
    input  wire [7:0]        adc_mux,
    output wire              adc_valid,
    output wire [ADC_B-1:0]  adc_code,
    input  wire              pulse_start,
    input  wire              pulse_set,
    input  wire [2:0]        pulse_dev,
    input  wire [7:0]        pulse_amp,
    input  wire [3:0]        pulse_width,
    input  wire [COLS-1:0]   pulse_col,
    output wire              pulse_done,
    output wire              ready
);
    `include "ohm_map.vh"

    localparam RW = $clog2(ROWS);
    localparam CW = $clog2(COLS);
    localparam PW = CW - 1;                 // a pair of columns
    localparam AW = 1 + RW + PW;            // {device, row, pair}
    // LSB: with its top bit set it is above 2|Q|, and y is 0 or -1
    localparam IW = $clog2(LINES);          // a driven line
    localparam OW = $clog2(SIDE);           // a sensed line
    localparam LW = 24 + IW;
    localparam EW = LW + CODE_W + 1;        // twice the divisor's highest multiple, and a sign
    localparam [RW-1:0] LAST_ROW = ROWS[RW-1:0] - 1'b1;
    localparam [1:0] SEL_BOTH = 2'd0, SEL_MINUS = 2'd2;

    localparam [2:0] ST_IDLE = 3'd0,        // codes are there, or nothing was asked for
                     ST_TICK = 3'd1,        // pulses
                     ST_WAIT = 3'd2,        // the ramp before ends, LSB is shifted
                     ST_MAC  = 3'd3,        // cells of a column
                     ST_PIPE = 3'd4,        // the last products arrive
                     ST_DIV  = 3'd5,        // one quotient bit a cycle, sign first
                     ST_CODE = 3'd6,        // code to its column
                     ST_RAMP = 3'd7;        // SERIAL: comparator of one column after the other
    reg [2:0] state_q;
    // registers that save time, and that small parts save
    localparam STAGE = PARALLEL != 0 && ROWS * COLS > 256;

    // ---- conductances ----
    wire [AW-1:0]   at;                     // cell that is read next
    wire [14:0]     even_q, odd_q;          // of the one before, even and odd column
    wire [ROWS-1:0] row_read;               // row_on of reads
    wire [LINES-1:0] row_pulse;             // and of lines past the rows
    ohm_emu_cells #(.ROWS(ROWS), .COLS(COLS), .PROGRAM(PROGRAM)) u_cells (
        .clk(clk), .rst(rst), .prog_valid(prog_valid), .prog_minus(prog_dev[0]),
        .prog_row(prog_row), .prog_col(prog_col), .prog_data(prog_data), .at(at), .even(even_q),
        .odd(odd_q), .row_on(row_on[ROWS-1:0]), .row_read(row_read), .pulse_start(pulse_start),
        .pulse_set(pulse_set), .pulse_minus(pulse_dev[1]), .pulse_amp(pulse_amp),
        .pulse_width(pulse_width), .pulse_col(pulse_col), .pulse_done(pulse_done)
    );

    generate
        if (LINES > ROWS) begin : g_more_lines
            assign row_pulse = {row_on[LINES-1:ROWS], row_read};
        end else begin : g_rows_only
            assign row_pulse = row_read;
        end
    endgenerate

    // ---- sequence: what it works on ----
    reg [OW-1:0] col_q;                     // sensed line
    reg [1:0]    sel_q;
    reg [3:0]    count_q;                   // shifts of LSB, products in flight, quotient bits
    wire         dev;
    wire [IW-1:0] row;                      // driven line
    wire         last_row, last_col, odd;   // of those; the cell is in an odd column
    wire         both = sel_q == SEL_BOTH;
    reg [3:0]    bit_q;                     // of the on-times
    wire         first_cell = row == {IW{1'b0}} && (dev == (sel_q == SEL_MINUS));
    ohm_emu_walk #(.ROWS(ROWS), .COLS(COLS), .TRANSPOSE(TRANSPOSE)) u_walk (
        .clk(clk), .begins(int_reset), .transpose(transpose),
        .minus_first(cell_sel[1:0] == SEL_MINUS), .minus(sel_q == SEL_MINUS), .both(both),
        .step(state_q == ST_MAC), .next(state_q == ST_CODE), .sensed(col_q), .at(at), .dev(dev),
        .line(row), .last_line(last_row), .last_sensed(last_col), .odd(odd)
    );

    reg [CODE_W:0] y_q;                     // quotient

    // ---- on-times, signed, and what is held: SERIAL in one RAM, else in registers ----
    localparam KW = RW > CW ? RW : CW;
    localparam HW = CODE_W > 8 ? CODE_W + 1 : 9;
    // SERIAL: the rows of a pulse are counted one after the other
    wire             counting;
    // SERIAL: time of the row that ST_MAC asked for, y of the column that ST_RAMP did
    wire [HW-1:0]    kept;
    wire [16*LINES-1:0] times;               // 9 bits each; that stride would take a multiplier
    genvar r;
    generate
        if (SERIAL == 0) begin : g_times
            for (r = 0; r < LINES; r = r + 1) begin : g_row
                reg [8:0] time_q;
                always @(posedge clk)
                    if (int_reset) time_q <= 9'd0;
                    else if (row_pulse[r]) time_q <= time_q + {{8{row_neg[r]}}, 1'b1};
                assign times[16*r +: 16] = {7'd0, time_q};
            end
            assign counting = 1'b0;
            assign kept = {HW{1'b0}};
        end else begin : g_kept
            // y of the columns above, times of the rows below
            (* no_rw_check *) reg [HW-1:0] mem [0:(2<<KW)-1];
            reg [HW-1:0]   kept_q;
            // there was a pulse; a row is read; its time is written
            reg            any_q, read_q, put_q, clear_q;
            reg [RW-1:0]   row_q, put_row_q;
            reg [ROWS-1:0] on_q, neg_q;     // move down as rows pass
            wire [8:0]     sum = kept_q[8:0] + (on_q[0] ? {{8{neg_q[0]}}, 1'b1} : 9'd0);
            wire           put_now;                     // what is written, with STAGE a cycle later
            wire [RW-1:0]  put_to;
            wire [8:0]     put_time;
            if (STAGE) begin : g_later
                reg          put_now_q;
                reg [RW-1:0] put_to_q;
                reg [8:0]    put_time_q;
                always @(posedge clk) begin
                    put_now_q  <= put_q && !rst;
                    put_to_q   <= put_row_q;
                    put_time_q <= clear_q ? 9'd0 : sum;
                end
                assign {put_now, put_to, put_time} = {put_now_q, put_to_q, put_time_q};
            end else begin : g_now
                assign {put_now, put_to, put_time} = {put_q, put_row_q, clear_q ? 9'd0 : sum};
            end
            wire           code = state_q == ST_CODE;
            wire [KW:0]    up_col = {{KW-CW+1{1'b0}}, col_q}, up_row = {{KW-RW+1{1'b0}}, row},
                up_at = {{KW-RW+1{1'b0}}, row_q};
            wire [KW:0]    up_put = {{KW-RW+1{1'b0}}, put_to}, above = {1'b1, {KW{1'b0}}};
            always @(posedge clk) begin
                if (code || put_now) mem[code ? above | up_col : up_put] <= code
                    ? {{HW-CODE_W-1{1'b0}}, y_q} : {{HW-9{1'b0}}, put_time};
                kept_q <= mem[state_q == ST_RAMP ? above | up_col : read_q ? up_at : up_row];
                put_q     <= read_q;
                put_row_q <= row_q;
                // the rows are taken in every cycle until there is a pulse, and while the last is
                // written: which it was comes late
                if (put_q && put_row_q != LAST_ROW) begin
                    on_q  <= {1'b0, on_q[ROWS-1:1]};
                    neg_q <= {1'b0, neg_q[ROWS-1:1]};
                end else if (!any_q && !read_q) begin
                    on_q  <= row_pulse;
                    neg_q <= row_neg;
                end
                any_q <= |row_pulse && !rst;
                row_q <= read_q ? row_q + 1'b1 : {RW{1'b0}};
                if (row_q == LAST_ROW) read_q <= 1'b0;
                if (int_reset || any_q) begin
                    read_q  <= 1'b1;
                    clear_q <= int_reset;
                end
                if (rst) read_q <= 1'b0;
            end
            assign kept = kept_q;
            assign counting = any_q || read_q || put_q || put_now;
            assign times = {16*LINES{1'b0}};
        end
    endgenerate

    // ---- sequence ----
    localparam [3:0] QUOTIENT = CODE_W[3:0];     // bits after the sign
    localparam [3:0] TOP_BIT = PARALLEL != 0 ? 4'd0 : 4'd8;
    // stages between a cell's address and the sum, less 1
    localparam [3:0] DEPTH = STAGE ? 4'd2 : 4'd1;

    always @(posedge clk) begin
        case (state_q)
            ST_TICK: if (!int_en) state_q <= ST_WAIT;
            ST_WAIT: begin
                if (count_q != 4'd0) count_q <= count_q - 4'd1;
                else if (!ramp_en && !counting) state_q <= ST_MAC;
            end
            ST_MAC: begin
                count_q <= DEPTH;
                if (!(both && !dev) && last_row) begin
                    bit_q <= bit_q == 4'd0 ? TOP_BIT : bit_q - 4'd1;
                    if (bit_q == 4'd0) state_q <= ST_PIPE;
                end
            end
            ST_PIPE: begin
                count_q <= count_q == 4'd0 ? QUOTIENT : count_q - 4'd1;
                if (count_q == 4'd0) state_q <= ST_DIV;
            end
            ST_DIV: begin
                count_q <= count_q - 4'd1;
                if (count_q == 4'd0) state_q <= ST_CODE;
            end
            ST_CODE: begin
                col_q <= last_col ? {OW{1'b0}} : col_q + 1'b1;
                state_q <= last_col ? ST_IDLE : ST_MAC;
            end
            ST_RAMP: begin
                col_q <= last_col ? {OW{1'b0}} : col_q + 1'b1;
                if (last_col) state_q <= ST_IDLE;
            end
            default: if (SERIAL != 0 && ramp_en) state_q <= ST_RAMP;
        endcase
        if (int_reset) begin
            state_q <= ST_TICK;
            sel_q   <= cell_sel[1:0];
            count_q <= ramp_rs;
            bit_q   <= TOP_BIT;
            col_q   <= {OW{1'b0}};
        end
        if (rst) state_q <= ST_IDLE;
    end
    wire   asking;                          // SERIAL: the last comparator's answer is on its way
    assign ready = state_q == ST_IDLE && !asking;

    // ---- LSB of this read ----
    reg [24:0]   lsb_min_q;
    reg [LW-1:0] lsb_q;
    always @(posedge clk) begin
        if (int_reset)
            lsb_q <= {{LW-25{1'b0}},
                (PROGRAM != 0 || NDESC > 1) && ramp_lsb != 25'd0 ? ramp_lsb : lsb_min_q};
        else if (state_q == ST_WAIT && count_q != 4'd0
            && !lsb_q[LW-1]) lsb_q <= {lsb_q[LW-2:0], 1'b0};
        if (rst) lsb_min_q <= 25'd1;
        else if (cfg_we && cfg_addr == REG_MACRO_LSB) lsb_min_q <= cfg_wdata[24:0];
    end

    // ---- products: address, RAM output, with a multiplier its operands, product ----
    reg                go1_q, neg1_q, odd1_q, first1_q;     // the RAM shows a cell
    reg                go2_q, neg2_q, first2_q;             // stage 2 holds one
    wire               go, neg, first;                      // a product is there
    reg signed [24:0]  term_q;
    wire [8:0]         time_r = times[16*row +: 9];
    wire signed [15:0] code1 = {1'b0, odd1_q ? odd_q : even_q};
    always @(posedge clk) begin
        go1_q <= state_q == ST_MAC;
        go2_q <= go1_q;
        if (state_q == ST_MAC) begin
            // plus - minus; the sign of a time weighs -256
            neg1_q   <= (both && dev) ^ (bit_q == 4'd8);
            odd1_q   <= odd;
            first1_q <= first_cell;
        end
        if (go1_q) begin
            neg2_q   <= neg1_q;
            first2_q <= first1_q;
        end
    end
    generate
        if (PARALLEL != 0) begin : g_parallel
            reg signed [8:0]  time1_q;
            wire signed [8:0] time1 = SERIAL != 0 ? kept[8:0] : time1_q;
            always @(posedge clk) if (state_q == ST_MAC) time1_q <= time_r;
            if (STAGE) begin : g_stage
                reg signed [8:0]  time2_q;
                reg signed [15:0] code2_q;
                reg               go3_q, neg3_q, first3_q;
                always @(posedge clk) begin
                    if (go1_q) begin
                        time2_q <= time1;
                        code2_q <= code1;
                    end
                    if (go2_q) begin
                        term_q   <= time2_q * code2_q;
                        neg3_q   <= neg2_q;
                        first3_q <= first2_q;
                    end
                    go3_q <= go2_q;
                end
                assign {go, neg, first} = {go3_q, neg3_q, first3_q};
            end else begin : g_at_once
                always @(posedge clk) if (go1_q) term_q <= time1 * code1;
                assign {go, neg, first} = {go2_q, neg2_q, first2_q};
            end
        end else begin : g_serial
            reg       time1_q;
            reg [3:0] bit1_q;
            always @(posedge clk) begin
                if (state_q == ST_MAC) begin
                    time1_q <= time_r[bit_q];
                    bit1_q  <= bit_q;
                end
                if (go1_q) term_q <= (SERIAL != 0 ? kept[bit1_q] : time1_q) ? {9'd0, code1} : 25'd0;
            end
            assign {go, neg, first} = {go2_q, neg2_q, first2_q};
        end
    endgenerate

    // ---- sum, then non-restoring division ----
    // e = Q, doubled before each bit of the times. With D = LSB * 2^(CODE_W-1) the first step of
    // the division brings e into -D ... D, where its sign is that of y (inverted), each later one
    // doubles and gives a bit.
    reg [EW-1:0]     e_q;
    reg              high_q, low_q;         // y above, below the range: its bits are set, cleared
    wire             sign  = count_q == QUOTIENT;
    wire             div   = state_q == ST_DIV;
    wire             minus = div ? !e_q[EW-1] : neg;
    wire             twice = div ? !sign : first;
    wire [EW-1:0]    term  = div ? {2'b00, lsb_q, {CODE_W-1{1'b0}}} : {{EW-25{term_q[24]}}, term_q};
    wire [EW-1:0]    base  = twice ? {e_q[EW-2:0], 1'b0} : e_q;
    wire [EW-1:0]    sum   = base + (minus ? ~term : term) + {{EW-1{1'b0}}, minus};
    always @(posedge clk) begin
        if (state_q == ST_WAIT || state_q == ST_CODE) e_q <= {EW{1'b0}};
        else if (div || go) e_q <= sum;
        if (div) begin
            if (sign) begin
                high_q <= !e_q[EW-1] && !sum[EW-1];
                low_q  <= e_q[EW-1] && sum[EW-1];
            end
            y_q <= {y_q[CODE_W-1:0], sign ? e_q[EW-1] : high_q || (!low_q && !sum[EW-1])};
        end
    end

    // ---- held y; comparators, or numbers: code = ceil(y / 2) ----
    localparam [3:0] PINS = ADC_PINS[4*ADC +: 4];
    genvar c;
    generate
        if (PINS == ADC_PINS_COMPARATORS) begin : g_ramp
            wire signed [CODE_W:0] step = {ramp_step, 1'b0};
            if (SERIAL == 0) begin : g_each
            for (c = 0; c < SIDE; c = c + 1) begin : g_col
                reg signed [CODE_W:0] held_q;
                reg                   cmp_q;
                always @(posedge clk) begin
                    if (state_q == ST_CODE && col_q == c) held_q <= y_q;
                    if (ramp_en) cmp_q <= held_q <= step;
                end
                assign cmp[c] = cmp_q;
            end
            assign asking = 1'b0;
            end else begin : g_one
            reg                    ask_q, late_q;
            reg signed [CODE_W:0]  y_late_q;
            reg [COLS-1:0]         cmp_q;   // comes in from above
            wire signed [CODE_W:0] y = STAGE ? y_late_q : kept[CODE_W:0];
            always @(posedge clk) begin
                ask_q    <= state_q == ST_RAMP && !rst;
                late_q   <= ask_q && !rst;
                y_late_q <= kept[CODE_W:0];
                if (STAGE ? late_q : ask_q) cmp_q <= {y <= step, cmp_q[COLS-1:1]};
            end
            assign cmp    = cmp_q;
            assign asking = ask_q || (STAGE && late_q);
            end
            assign adc_valid = 1'b0;
            assign adc_code = 1'b0;
            wire unused_adc = &{1'b0, adc_start, adc_mux};
        end else begin : g_number
            assign asking = 1'b0;
            localparam W = CODE_W + 1;
            localparam EACH = PINS == ADC_PINS_CODES ? MUX : 1;
            reg [COLS*W-1:0] held_q;
            reg [ADC_B-1:0]  code_q;
            reg              valid_q;
            wire [W-1:0]     code = {y_q[CODE_W], y_q[CODE_W:1]} + {{CODE_W{1'b0}}, y_q[0]};
            for (c = 0; c < COLS; c = c + 1) begin : g_col
                always @(posedge clk) if (state_q == ST_CODE
                    && col_q == c) held_q[c*W +: W] <= code;
            end
            for (c = 0; c < COLS / EACH; c = c + 1) begin : g_adc
                always @(posedge clk) if (adc_start) code_q[c*W +: W] <= held_q[(c*EACH
                    + (EACH == 1 ? 0 : {24'd0, adc_mux}))*W +: W];
            end
            always @(posedge clk) valid_q <= adc_start && !rst;
            assign adc_valid = valid_q;
            assign adc_code = code_q;
            assign cmp = {COLS{1'b0}};
            wire unused_ramp = &{1'b0, ramp_step, adc_mux};
        end
    endgenerate

    // noise is keyed by what is not needed here
    wire unused = &{1'b0, kept, time_r, macro_id, prog_dev[3:1], prog_row, prog_data[31],
        prog_data[15], cfg_wdata[31:25], sample,
                    op_seq, op_desc, op_slice, cell_sel[2], ramp_lsb, pulse_start, pulse_set,
                    pulse_dev, pulse_amp, pulse_width, pulse_col};
endmodule
/* verilator lint_on DECLFILENAME */
`default_nettype wire
