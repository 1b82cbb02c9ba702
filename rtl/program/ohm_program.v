// SPDX-License-Identifier: Apache-2.0
// Write-verify engine of a tile (docs/reference/programming.md). It stands between the shell, the
// walk, the core and the macro: while it runs, the line port, the results and the macro's pins are
// its own and the core's converter works for it; else all pass through. Without an engine (PROGRAM
// 0) it is wires.
//
//            lines ┌───────────────────────────────────────────────┐ pins of the macro
//   ohm_shell ───► │ ohm_program_seq ─► _read ─► _stair            │ ───► ohm_macro
//             ◄─── │      ▲   │  _regs, _check, _phase, _tally     │
//          results │      │   ▼                                   │
//                  │ ohm_program_verdict ◄─ codes of ohm_convert   │ ◄─── ohm_core
//                  │      └─► ohm_program_report                   │
//                  └───────────────────────────────────────────────┘
//
// Throughput: an iteration takes N + M + COLS + 16 cycles for its first read, max(COLS, N + M + 9)
// for each further one and D + 10 or so for its pulse: N ticks, M steps of the ramp, D cycles.
// Latency of a switch: it owns all from the cycle after `enable`. Protocol:
// docs/reference/borders.md. SERIAL = 1: reads are paced as those of small tiles.
// Legal: ROWS 4-256; COLS 16-256; CODE_W 4-11.
`default_nettype none

module ohm_program #(
    parameter PROGRAM = 0,
    parameter SERIAL = 0,
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter TRANSPOSE = 0,
    // that reads may drive: rows, or columns where they are more
    parameter LINES = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,
    parameter CODE_W = 10,
    parameter NSTREAM = 4,
    parameter CODES = 0                     // of a converter, as of ohm_desc
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              cfg_we,
    input  wire              cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output wire [31:0]       cfg_rdata,
    // control: of the shell; of walk and core, which sleep while it runs; what the shell sees
    input  wire              enable,
    input  wire              programs,      // CTRL.PROGRAM, as of the next enable
    input  wire [31:0]       seq_base,
    output wire              core_enable,
    output wire [1:0]        target_stream,
    input  wire              core_busy,
    input  wire              core_bad_desc,
    input  wire              core_ev_bad_desc,
    input  wire [31:0]       core_ev_detail,
    input  wire [31:0]       core_next_seq,
    output wire              busy,
    output wire              bad_desc,
    output wire              ev_bad_desc,
    output wire [31:0]       ev_detail,
    output wire [31:0]       next_seq,
    // line port: the walk's side, the shell's side
    input  wire [127:0]      walk_first_seq,
    input  wire [1:0]        walk_stream,
    input  wire [3:0]        walk_slot,
    input  wire [11:0]       walk_word,
    input  wire              walk_take,
    input  wire              walk_pop,
    output wire [127:0]      first_seq,
    input  wire [3:0]        line_valid,
    input  wire [3:0]        line_poison,
    output wire [1:0]        line_stream,
    input  wire [31:0]       line_seq,
    output wire [3:0]        line_slot,
    output wire [11:0]       line_word,
    input  wire [31:0]       line_data,
    output wire              line_take,
    output wire              line_pop,
    // results: of the walk, to the shell
    input  wire [1:0]        walk_mode,
    input  wire              walk_in_line,
    input  wire              walk_valid,
    input  wire [7:0]        walk_idx,
    input  wire [31:0]       walk_data,
    input  wire              walk_done,
    input  wire [31:0]       walk_seq,
    input  wire              walk_poison,
    output wire [1:0]        res_mode,
    output wire              res_in_line,
    input  wire              res_ready,
    output wire              res_valid,
    output wire [7:0]        res_idx,
    output wire [31:0]       res_data,
    output wire              res_done,
    output wire [31:0]       res_seq,
    output wire              res_poison,
    // the core's converter
    output wire              conv_own,
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
    // pins of the macro: the core's, and those that leave
    input  wire [LINES-1:0]  core_row_on,
    input  wire [LINES-1:0]  core_row_neg,
    input  wire [1:0]        core_cell_sel,
    input  wire              core_int_reset,
    input  wire              core_int_en,
    input  wire              core_sample,
    input  wire [31:0]       core_op_seq,
    input  wire [3:0]        core_op_desc,
    input  wire [3:0]        core_op_slice,
    input  wire [3:0]        core_ramp_rs,
    output wire [LINES-1:0]  row_on,
    output wire [LINES-1:0]  row_neg,
    output wire [2:0]        cell_sel,
    output wire              int_reset,
    output wire              int_en,
    output wire              sample,
    output wire [31:0]       op_seq,
    output wire [3:0]        op_desc,
    output wire [3:0]        op_slice,
    output wire [3:0]        ramp_rs,
    input  wire [24:0]       core_ramp_lsb,
    output wire [24:0]       ramp_lsb,
    input  wire              ready,
    output wire              pulse_start,
    output wire              pulse_set,
    output wire [2:0]        pulse_dev,
    output wire [7:0]        pulse_amp,
    output wire [3:0]        pulse_width,
    output wire [COLS-1:0]   pulse_col,
    input  wire              pulse_done,
    // trace of codes: the core's, and what is shown
    input  wire              core_code_valid,
    input  wire [31:0]       core_code_seq,
    input  wire [3:0]        core_code_desc,
    input  wire [3:0]        core_code_slice,
    input  wire [7:0]        core_code_col,
    input  wire [CODE_W-1:0] core_code,
    output wire              trc_code_valid,
    output wire [31:0]       trc_code_seq,
    output wire [3:0]        trc_code_desc,
    output wire [3:0]        trc_code_slice,
    output wire [7:0]        trc_code_col,
    output wire [CODE_W-1:0] trc_code
);
    generate if (PROGRAM == 0) begin : g_wires
        assign cfg_rdata = 32'd0;
        assign {core_enable, target_stream} = {enable, 2'd0};
        assign {busy, bad_desc, ev_bad_desc} = {core_busy, core_bad_desc, core_ev_bad_desc};
        assign {ev_detail, next_seq} = {core_ev_detail, core_next_seq};
        assign first_seq = walk_first_seq;
        assign {line_stream, line_slot, line_word} = {walk_stream, walk_slot, walk_word};
        assign {line_take, line_pop} = {walk_take, walk_pop};
        assign {res_mode, res_in_line, res_valid, res_idx} =
            {walk_mode, walk_in_line, walk_valid, walk_idx};
        assign {res_data, res_done, res_seq, res_poison} =
            {walk_data, walk_done, walk_seq, walk_poison};
        assign {conv_own, conv_run, conv_init, conv_init_idx, conv_init_end, conv_load} = 13'd0;
        assign {conv_start, conv_stop} = {2*CODE_W{1'b0}};
        assign {row_on, row_neg, cell_sel} = {core_row_on, core_row_neg, 1'b0, core_cell_sel};
        assign {int_reset, int_en, sample} = {core_int_reset, core_int_en, core_sample};
        assign {op_seq, op_desc, op_slice, ramp_rs, ramp_lsb} =
            {core_op_seq, core_op_desc, core_op_slice, core_ramp_rs, core_ramp_lsb};
        assign {pulse_start, pulse_set, pulse_dev, pulse_amp, pulse_width} = 17'd0;
        assign pulse_col = {COLS{1'b0}};
        assign {trc_code_valid, trc_code_seq, trc_code_desc, trc_code_slice} =
            {core_code_valid, core_code_seq, core_code_desc, core_code_slice};
        assign {trc_code_col, trc_code} = {core_code_col, core_code};
        wire unused = &{1'b0, clk, rst, cfg_we, cfg_re, cfg_addr, cfg_wdata, programs, seq_base,
            line_valid, line_poison, line_seq, line_data, res_ready, scan_valid, scan_last,
            scan_col, scan_code, ready, pulse_done};
    end else begin : g_engine
        wire        on = enable && programs;
        wire        own, hold, eng_busy, eng_refused, eng_ev;
        wire        eng_valid, eng_close, eng_poison;
        wire [4:0]  detail;
        wire [7:0]  eng_idx, eng_col;
        wire [31:0] eng_data, number, scan_number;
        wire        read_reset, read_en, read_sample, eng_minus;
        wire [1:0]  part;
        wire        row_line, phase;
        wire [7:0]  row;
        wire [24:0] lsb;

        ohm_program_engine #(
            .SERIAL(SERIAL), .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .NSTREAM(NSTREAM),
            .CODES(CODES)
        ) u_engine (
            .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
            .cfg_wdata(cfg_wdata), .cfg_rdata(cfg_rdata),
            .enable(on), .own(own), .hold(hold), .busy(eng_busy), .refused(eng_refused),
            .ev_refused(eng_ev), .detail(detail), .stream(target_stream),
            .line_valid(line_valid[target_stream]), .line_poison(line_poison[target_stream]),
            .target(line_data), .col(eng_col), .res_ready(res_ready), .res_valid(eng_valid),
            .res_idx(eng_idx), .res_data(eng_data), .close(eng_close), .close_poison(eng_poison),
            .conv_run(conv_run), .conv_init(conv_init), .conv_init_idx(conv_init_idx),
            .conv_init_end(conv_init_end), .conv_load(conv_load), .conv_start(conv_start),
            .conv_stop(conv_stop), .scan_valid(scan_valid && own), .scan_last(scan_last),
            .scan_col(scan_col), .scan_code(scan_code),
            .row(row), .row_line(row_line), .minus(eng_minus), .part(part), .phase(phase),
            .int_reset(read_reset), .int_en(read_en), .sample(read_sample), .number(number),
            .scan_number(scan_number), .lsb(lsb), .ready(ready), .pulse_start(pulse_start),
            .pulse_set(pulse_set), .pulse_amp(pulse_amp), .pulse_width(pulse_width),
            .pulse_col(pulse_col),
            .pulse_done(pulse_done)
        );

        // both polarities' device of the pair, or the one that PART names
        wire [2:0] device = part == 2'd0 ? {1'b0, eng_minus, !eng_minus}
            : {1'b1, part[1], eng_minus};
        wire [LINES-1:0] line_of_row;
        genvar r;
        for (r = 0; r < LINES; r = r + 1) begin : g_row
            assign line_of_row[r] = row_line && row == r[7:0];
        end

        assign core_enable = enable && !programs && !hold;
        assign busy = hold || (on ? eng_busy : core_busy);
        assign bad_desc = core_bad_desc || eng_refused;
        assign ev_bad_desc = core_ev_bad_desc || eng_ev;
        assign ev_detail = eng_ev ? {27'd0, detail} : core_ev_detail;
        assign next_seq = on ? line_seq : core_next_seq;

        assign first_seq = programs ? {4{seq_base}} : walk_first_seq;
        assign line_stream = on ? target_stream : walk_stream;
        assign line_slot = on ? line_seq[3:0] : walk_slot;
        assign line_word = on ? {4'd0, eng_col} : walk_word;
        assign line_take = on ? eng_close : walk_take;
        assign line_pop = on ? eng_close : walk_pop;

        assign res_mode = on ? 2'd2 : walk_mode;            // words
        assign res_in_line = !on && walk_in_line;
        assign res_valid = on ? eng_valid : walk_valid;
        assign res_idx = on ? eng_idx : walk_idx;
        assign res_data = on ? eng_data : walk_data;
        assign res_done = on ? eng_close : walk_done;
        assign res_seq = on ? line_seq : walk_seq;
        assign res_poison = on ? eng_poison : walk_poison;

        assign conv_own = own;
        assign row_on = core_row_on | line_of_row;
        assign row_neg = core_row_neg & {LINES{!own}};
        assign cell_sel = own ? device : {1'b0, core_cell_sel};
        assign int_reset = core_int_reset || read_reset;
        assign int_en = core_int_en || read_en;
        assign sample = core_sample || read_sample;
        assign op_seq = own ? number : core_op_seq;
        assign op_desc = own ? 4'd15 : core_op_desc;
        assign op_slice = own ? {3'd0, phase} : core_op_slice;
        assign ramp_rs = own ? 4'd0 : core_ramp_rs;
        assign ramp_lsb = lsb | core_ramp_lsb;
        assign pulse_dev = device;

        assign trc_code_valid = own ? scan_valid && conv_run : core_code_valid;
        assign trc_code_seq = own ? scan_number : core_code_seq;
        assign trc_code_desc = own ? 4'd15 : core_code_desc;
        assign trc_code_slice = own ? {3'd0, phase} : core_code_slice;
        assign trc_code_col = own ? scan_col : core_code_col;
        assign trc_code = own ? scan_code : core_code;
    end endgenerate
endmodule

`default_nettype wire
