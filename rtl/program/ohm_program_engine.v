// SPDX-License-Identifier: Apache-2.0
// The programming engine: wires its parts. ohm_program says what it is joined with, each part what
// it does.
//
// Throughput and latency: those of ohm_program. Protocol: columns pass as scan_valid shows them;
// word `col` of the targets is in `target` a cycle later; row_line is on in ticks and pulses, in
// which row and minus stand. Legal: as ohm_program.
`default_nettype none

module ohm_program_engine #(
    parameter SERIAL = 0,
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter NSTREAM = 4,
    parameter CODES = 0
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              cfg_we,
    input  wire              cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output wire [31:0]       cfg_rdata,
    input  wire              enable,
    output wire              own,
    output wire              hold,
    output wire              busy,
    output wire              refused,
    output wire              ev_refused,
    output wire [4:0]        detail,
    output wire [1:0]        stream,
    input  wire              line_valid,
    input  wire              line_poison,
    input  wire [31:0]       target,
    output wire [7:0]        col,
    input  wire              res_ready,
    output wire              res_valid,
    output wire [7:0]        res_idx,
    output wire [31:0]       res_data,
    output wire              close,
    output wire              close_poison,
    output wire              conv_run,
    output wire              conv_init,
    output wire [7:0]        conv_init_idx,
    output wire              conv_init_end,
    output wire              conv_load,
    output wire [CODE_W-1:0] conv_start,
    output wire [CODE_W-1:0] conv_stop,
    input  wire              scan_valid,
    input  wire              scan_last,
    input  wire [7:0]        scan_col,
    input  wire [CODE_W-1:0] scan_code,
    output wire [7:0]        row,
    output wire              row_line,
    output wire              minus,
    output wire [1:0]        part,
    output wire              phase,
    output wire              int_reset,
    output wire              int_en,
    output wire              sample,
    output wire [31:0]       number,
    output wire [31:0]       scan_number,   // of the read whose columns pass
    output wire [24:0]       lsb,
    input  wire              ready,
    output wire              pulse_start,
    output wire              pulse_set,
    output wire [7:0]        pulse_amp,
    output wire [3:0]        pulse_width,
    output wire [COLS-1:0]   pulse_col,
    input  wire              pulse_done
);
    // registers and settings ---------------------------------------------------------------------
    wire [31:0] rd_regs, rd_tally, word;
    wire [3:0]  place, passed, w;
    wire        check, load, load_stair, load_erase, bad, plus_on, minus_on, codes;
    wire [7:0]  row_first, row_step, row_count1, limit;
    wire [2:0]  k;
    wire        set_first, ended, climb;
    wire [15:0] margin;
    wire [CODE_W-1:0] least, most;
    assign cfg_rdata = rd_regs | rd_tally;

    ohm_program_regs u_regs (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(rd_regs), .enable(enable), .stream(stream),
        .at(place), .word(word)
    );
    ohm_program_check #(
        .ROWS(ROWS), .CODE_W(CODE_W), .NSTREAM(NSTREAM), .CODES(CODES)
    ) u_check (
        .clk(clk), .clear(!own), .valid(check), .place(passed), .word(word), .bad(bad),
        .detail(detail), .plus(plus_on), .minus(minus_on), .part(part), .codes(codes),
        .row_first(row_first), .row_step(row_step), .row_count1(row_count1),
        .least(least), .most(most)
    );
    ohm_program_phase #(.CODE_W(CODE_W)) u_phase (
        .clk(clk), .clear(!own), .valid(load), .place(passed[2:0]), .word(word), .w(w), .k(k),
        .set_first(set_first), .margin(margin), .limit(limit), .start(conv_start),
        .stop(conv_stop), .lsb(lsb)
    );
    ohm_program_stair u_stair (
        .clk(clk), .load(load_stair), .erase(load_erase), .word(word), .climb(climb),
        .amp(pulse_amp), .width(pulse_width), .ended(ended)
    );

    // what comes next ----------------------------------------------------------------------------
    wire        dev, set, read_go, read_idle, line, pulse_on;
    wire [8:0]  iterations, low_count, high_count, fail_count, add_by;
    wire [2:0]  kind, bin;
    wire        again, read_next, last, whole;
    wire [3:0]  reads1, reads_left;
    wire        first, fresh, ran, clear, seq_walk, show_walk, idle, judged, bin_valid;
    wire [7:0]  seq_col, report_col;
    wire        clear_all, forget, add, take_number, show, emit, dump, emitted, refused_any;
    wire [3:0]  add_at, count_at;
    wire [31:0] count, sums, last_fail;

    ohm_program_seq #(.ROWS(ROWS), .COLS(COLS)) u_seq (
        .clk(clk), .rst(rst), .enable(enable), .own(own), .run(conv_run), .hold(hold),
        .busy(busy), .refused(refused), .ev_refused(ev_refused), .init(conv_init),
        .init_end(conv_init_end), .init_idx(conv_init_idx), .place(place), .word(word),
        .passed(passed), .check(check), .load(load), .load_stair(load_stair),
        .load_erase(load_erase), .bad(bad), .plus(plus_on), .minus(minus_on), .codes(codes),
        .row_first(row_first), .row_step(row_step), .row_count1(row_count1), .limit(limit),
        .k(k), .set_first(set_first), .ended(ended), .climb(climb),
        .line_valid(line_valid), .line_poison(line_poison), .row(row), .dev(dev),
        .phase(phase), .set(set), .iterations(iterations), .read_go(read_go),
        .read_idle(read_idle), .ready(ready), .again(again), .reads1(reads1),
        .reads_left(reads_left), .read_next(read_next), .last(last), .whole(whole), .kind(kind),
        .fresh(fresh), .ran(ran), .clear(clear), .walk(seq_walk),
        .walk_col(seq_col), .idle(idle), .low_count(low_count), .high_count(high_count),
        .fail_count(fail_count), .bin_valid(judged && bin_valid), .bin(bin),
        .pulse_start(pulse_start), .pulse_on(pulse_on), .pulse_done(pulse_done),
        .clear_all(clear_all), .forget(forget), .add(add), .add_at(add_at), .add_by(add_by),
        .number(take_number), .res_ready(res_ready), .show(show), .emit(emit), .dump(dump),
        .emitted(emitted), .close(close), .close_poison(close_poison)
    );
    assign minus = dev;
    assign pulse_set = set;
    assign row_line = line || pulse_on;

    // reads --------------------------------------------------------------------------------------
    generate if (SERIAL == 0) begin : g_read
        ohm_program_read #(.ROWS(ROWS)) u_read (
            .clk(clk), .run(conv_run), .go(read_go), .w(w), .ready(ready), .idle(read_idle),
            .int_reset(int_reset), .int_en(int_en), .line(line), .load(conv_load), .sample(sample)
        );
        ohm_program_scans u_scans (
            .clk(clk), .again(again), .reads1(reads1), .left(reads_left), .scan_valid(scan_valid),
            .scan_last(scan_last), .scan_col(scan_col), .idle(idle), .next(read_next),
            .first(first), .last(last), .whole(whole)
        );
    end else begin : g_read_serial
        ohm_program_read_serial #(.ROWS(ROWS)) u_read (
            .clk(clk), .run(conv_run), .go(read_go), .w(w), .ready(ready), .idle(read_idle),
            .int_reset(int_reset), .int_en(int_en), .line(line), .load(conv_load), .sample(sample)
        );
        ohm_program_scans_serial u_scans (
            .clk(clk), .again(again), .reads1(reads1), .left(reads_left), .scan_valid(scan_valid),
            .scan_last(scan_last), .scan_col(scan_col), .idle(idle), .next(read_next),
            .first(first), .last(last), .whole(whole)
        );
    end endgenerate
    // a scan has the number that stood when its first column came; the next read's may stand then
    reg [31:0] number_q, scanned_q;
    wire       scan_first = scan_valid && scan_col == 8'd0;
    always @(posedge clk) begin
        if (take_number) number_q <= count;
        if (scan_first) scanned_q <= number_q;
    end
    assign number = number_q;
    assign scan_number = scan_first ? number_q : scanned_q;

    // columns ------------------------------------------------------------------------------------
    assign col = seq_walk ? seq_col : dump ? report_col : scan_col;
    ohm_program_verdict #(.COLS(COLS), .CODE_W(CODE_W)) u_verdict (
        .clk(clk), .run(conv_run), .kind(kind), .minus(dev), .first(first), .fresh(fresh),
        .raw(codes), .ran(ran), .k(k), .margin(margin), .least(least), .most(most),
        .clear(clear), .put(scan_valid || seq_walk || show_walk), .col(col), .code(scan_code),
        .target(target), .idle(idle), .judged(judged), .bin_valid(bin_valid),
        .bin(bin), .sums(sums), .low_count(low_count), .high_count(high_count),
        .fail_count(fail_count), .refused_any(refused_any), .last_fail(last_fail),
        .set(set), .on(pulse_on), .pulse_col(pulse_col)
    );

    // counts and report --------------------------------------------------------------------------
    ohm_program_tally u_tally (
        .clk(clk), .rst(rst), .clear(clear_all), .forget(forget), .add(add),
        .at(emit ? count_at : add_at), .by(add_by), .old(count),
        .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_rdata(rd_tally)
    );
    ohm_program_report #(.COLS(COLS)) u_report (
        .clk(clk), .show(show), .judged(judged), .last_fail(last_fail), .emit(emit), .dump(dump),
        .emitted(emitted), .plus(plus_on), .minus(minus_on), .codes(codes), .dev(dev), .row(row),
        .iterations(iterations), .refused_any(refused_any), .count_at(count_at), .count(count),
        .walk(show_walk), .walk_col(report_col), .sums(sums), .res_valid(res_valid),
        .res_idx(res_idx), .res_data(res_data)
    );
endmodule

`default_nettype wire
