// SPDX-License-Identifier: Apache-2.0
// State machine of the programming engine: rows, devices, phases and rounds, as
// docs/reference/programming.md, section 3, says in sentences. What is counted, compared and
// reported is its siblings'; here is only what comes next.
//
//   OFF ─► CHECK ─► DRAIN ─► JUDGE ─► GAP ─► WAIT ─ vector ─► ERASE ─► FETCH ─► PICK ─► PULSE
//                   REFUSED ◄──┘       ▲       └─ poison ─┐     │        │            │ PULSING
//                                      │◄── POISON ◄──────┘     └────────┤            ▼ TALLY
//           CLOSE ◄─ DUMP ◄─ REPORT ◄──┼── SHOW ◄─ ROOM       no erase   ▼  no more   │
//             └────────────────────────┘             ▲        LOAD ◄─────┴────────────┘
//                                              final │          ▼
//                           STAIR ◄─ DECIDE ◄─── SCAN ◄─ READ ◄─ NUMBER ◄─ TALLY
//                             └─► PULSE …          └──── 2^K ────►┘
//
// Throughput and latency: docs/reference/programming.md, section 4. `enable` low ends it at once,
// but a pulse that has begun is waited for and counted (`hold`).
// Legal: ROWS 4-256; COLS 16-256.
`default_nettype none

module ohm_program_seq #(
    parameter ROWS = 128,
    parameter COLS = 128
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        enable,              // of the tile, for programming
    output wire        own,                 // the converter is the engine's
    output wire        run,                 // rows are worked on
    output wire        hold,                // a pulse is under way, or not counted yet
    output wire        busy,
    output wire        refused,
    output wire        ev_refused,
    output wire        init,                // of the converter
    output wire        init_end,
    output wire [7:0]  init_idx,
    // registers: place and, a cycle later, its word, for whom
    output reg  [3:0]  place,
    input  wire [31:0] word,
    output wire [3:0]  passed,              // place of the word
    output wire        check,
    output wire        load,                // ohm_program_phase
    output wire        load_stair,          // ohm_program_stair
    output wire        load_erase,
    // settings
    input  wire        bad,
    input  wire        plus,
    input  wire        minus,
    input  wire        codes,
    input  wire [7:0]  row_first,
    input  wire [7:0]  row_step,
    input  wire [7:0]  row_count1,
    input  wire [7:0]  limit,
    input  wire [2:0]  k,
    input  wire        set_first,
    input  wire        ended,               // the staircase
    output wire        climb,
    // targets
    input  wire        line_valid,
    input  wire        line_poison,
    // what is worked on
    output reg  [7:0]  row,
    output reg         dev,
    output reg         phase,
    output reg         set,
    output reg  [8:0]  iterations,
    // reads
    output wire        read_go,
    input  wire        read_idle,
    input  wire        ready,
    output wire        again,               // no read of the verify has begun
    output wire [3:0]  reads1,              // 2^K - 1
    output wire [3:0]  reads_left,          // to begin after this one
    input  wire        read_next,           // the next one may begin
    input  wire        last,                // the last one's columns pass
    input  wire        whole,               // all have passed
    // columns
    output wire [2:0]  kind,
    output wire        fresh,
    output reg         ran,
    output wire        clear,
    output wire        walk,                // column walk_col goes through without a code
    output wire [7:0]  walk_col,
    input  wire        idle,
    input  wire [8:0]  low_count,
    input  wire [8:0]  high_count,
    input  wire [8:0]  fail_count,
    input  wire        bin_valid,           // a column's bin is to be counted
    input  wire [2:0]  bin,
    // pulses
    output wire        pulse_start,
    output wire        pulse_on,
    input  wire        pulse_done,
    // counts
    output wire        clear_all,
    output wire        forget,
    output reg         add,
    output reg  [3:0]  add_at,
    output reg  [8:0]  add_by,
    output wire        number,              // the count before is this read's number
    // report
    input  wire        res_ready,
    output wire        show,
    output wire        emit,
    output wire        dump,
    input  wire        emitted,
    output wire        close,
    output wire        close_poison
);
`include "ohm_map.vh"
`include "ohm_program.vh"
    localparam [8:0] LAST = COLS[8:0] - 9'd1;

    localparam [9:0] SHOWN = {LAST, 1'b1} + 10'd1;      // two cycles a column, as counts take two

    localparam [4:0] ST_OFF     = 5'd0,
                     ST_CHECK   = 5'd1,     // registers pass by, the converter is prepared
                     ST_DRAIN   = 5'd2,
                     ST_JUDGE   = 5'd3,
                     ST_REFUSED = 5'd4,
                     ST_GAP     = 5'd5,     // the next vector shows
                     ST_WAIT    = 5'd6,     // for a vector of targets
                     ST_ERASE   = 5'd7,     // a device begins: PROGRAM_ERASE is asked for
                     ST_FETCH   = 5'd8,
                     ST_PICK    = 5'd9,     // columns that are not left alone
                     ST_LOAD    = 5'd10,    // registers of a phase, one after the other
                     ST_STAIR   = 5'd11,    // a round begins: its staircase is asked for
                     ST_STEP    = 5'd12,
                     ST_NUMBER  = 5'd13,    // the read gets its number
                     ST_READ    = 5'd14,    // it begins when the macro is ready
                     ST_SCAN    = 5'd15,    // it integrates, is converted and scanned
                     ST_DECIDE  = 5'd16,
                     ST_PULSE   = 5'd17,    // it begins
                     ST_PULSING = 5'd18,
                     ST_TALLY   = 5'd19,    // it is counted
                     ST_ROOM    = 5'd20,    // the report's bank is awaited
                     ST_SHOW    = 5'd21,    // fails and histogram of a device
                     ST_REPORT  = 5'd22,    // its words
                     ST_DUMP    = 5'd23,    // codes, or zeros for a device not worked on
                     ST_CLOSE   = 5'd24,    // the report is handed over
                     ST_POISON  = 5'd25;
    reg [4:0] state_q;
    reg [9:0] idx_q;                        // step of a state that has several
    reg [8:0] left_q;                       // positions less 1; top bit: none
    reg [7:0] erase_left_q, in_phase_q;     // erase pulses to come, iterations of the phase
    reg [3:0] reads_q;                      // reads of this verify to begin after this one
    reg       final_q, stop_q;
    reg [3:0] passed_q;
    reg       check_q, load_q, stair_q, erase_q;

    wire begun = state_q == ST_PULSE || state_q == ST_PULSING || state_q == ST_TALLY;
    wire past = idx_q[9:0] > {1'b0, LAST};  // a walk is over
    wire [8:0] helped = set ? low_count : high_count;
    wire [8:0] other = set ? high_count : low_count;
    wire phase_over = (low_count == 9'd0 && high_count == 9'd0) || in_phase_q == limit;
    wire round_over = helped == 9'd0 || ended;
    wire no_phase = state_q == ST_LOAD && idx_q == 10'd2 && !final_q && limit == 8'd0;
    assign reads1 = (4'd1 << k) - 4'd1;     // K 4 wraps to 15, as it should
    wire [8:0] next_row = {1'b0, row} + {1'b0, row_step};
    wire [7:0] wrapped = next_row[7:0] - ROWS[7:0];     // ROWS 256 is 0 there
    wire [4:0] next_device = !dev && minus ? ST_ERASE : codes || !plus || !minus
        ? ST_DUMP : ST_CLOSE;
    wire       judged = state_q == ST_SCAN && whole;

    reg [4:0] next;
    always @* begin
        next = state_q;
        case (state_q)
            ST_OFF: if (enable) next = ST_CHECK;
            ST_CHECK: if (idx_q == {1'b0, LAST}) next = ST_DRAIN;
            ST_DRAIN: next = ST_JUDGE;
            ST_JUDGE: next = bad ? ST_REFUSED : ST_GAP;
            ST_GAP: next = ST_WAIT;
            ST_WAIT: if (line_valid && !left_q[8]) next = line_poison ? ST_POISON : ST_ERASE;
            ST_ERASE: next = ST_FETCH;
            ST_FETCH: next = word[PROGRAM_ERASE_COUNT_LSB +: PROGRAM_ERASE_COUNT_W] != 8'd0
                ? ST_PICK : ST_LOAD;
            ST_PICK: if (past && idle) next = low_count != 9'd0 ? ST_PULSE : ST_LOAD;
            ST_LOAD: if (idx_q == 10'd4) next = ST_NUMBER;
            ST_STAIR: next = ST_STEP;
            ST_STEP: next = ST_PULSE;
            ST_NUMBER: if (idx_q[0]) next = ST_READ;
            ST_READ: if (read_idle && ready) next = ST_SCAN;
            ST_SCAN: if (read_next) next = ST_NUMBER;
                else if (whole) next = final_q ? ST_ROOM : ST_DECIDE;
            ST_DECIDE: next = phase_over ? ST_LOAD : round_over ? ST_STAIR : ST_PULSE;
            ST_PULSE: next = ST_PULSING;
            ST_PULSING: if (pulse_done) next = ST_TALLY;
            ST_TALLY: if (idx_q == 10'd5) next = in_phase_q != 8'd0
                ? ST_NUMBER : erase_left_q != 8'd0 ? ST_PULSE : ST_LOAD;
            ST_ROOM: if (res_ready) next = ST_SHOW;
            ST_SHOW: if (idx_q == SHOWN + 10'd5) next = codes ? next_device : ST_REPORT;
            ST_REPORT: if (emitted) next = next_device;
            ST_DUMP: if (emitted) next = ST_CLOSE;
            ST_CLOSE: next = ST_GAP;
            ST_POISON: if (res_ready) next = ST_GAP;
            default: ;
        endcase
        // what has begun is counted
        if ((!enable || stop_q) && (!begun || (state_q == ST_TALLY && next != ST_TALLY)))
            next = ST_OFF;
        if (rst) next = ST_OFF;
    end

    always @(posedge clk) begin
        state_q <= next;
        idx_q <= next != state_q || no_phase ? 10'd0 : idx_q + 10'd1;
        stop_q <= begun && (stop_q || !enable);
        passed_q <= place;
        check_q <= state_q == ST_CHECK && idx_q[9:4] == 6'd0;
        load_q <= state_q == ST_LOAD && idx_q < 10'd3;
        stair_q <= (state_q == ST_LOAD && idx_q == 10'd3) || state_q == ST_STAIR;
        erase_q <= state_q == ST_ERASE;

        // rows
        if (state_q == ST_JUDGE) begin
            row <= row_first;
            left_q <= {1'b0, row_count1};
        end else if (close) begin
            row <= next_row >= ROWS[8:0] ? wrapped : next_row[7:0];
            left_q <= left_q - 9'd1;
        end

        // devices
        if (state_q == ST_WAIT) dev <= !plus;
        else if (next == ST_ERASE) dev <= 1'b1;
        if (state_q == ST_FETCH) begin
            erase_left_q <= word[PROGRAM_ERASE_COUNT_LSB +: PROGRAM_ERASE_COUNT_W];
            set <= word[PROGRAM_ERASE_SET_LSB];
            iterations <= 9'd0;
            in_phase_q <= 8'd0;
            ran <= 1'b0;
            {final_q, phase} <= 2'd0;
        end
        if (state_q == ST_PULSE && in_phase_q == 8'd0) erase_left_q <= erase_left_q - 8'd1;

        // phases: the next one, behind the last the final read
        if (no_phase || (state_q == ST_DECIDE && phase_over)) begin
            in_phase_q <= 8'd0;
            phase <= 1'b1;
            final_q <= phase;
        end else if (state_q == ST_LOAD && idx_q == 10'd2 && !final_q) begin
            ran <= 1'b1;
            set <= set_first;
        end

        // reads and iterations
        if (again) reads_q <= reads1;
        else if (state_q == ST_SCAN && read_next) reads_q <= reads_q - 4'd1;
        if (judged && !final_q) begin
            iterations <= iterations + 9'd1;
            in_phase_q <= in_phase_q + 8'd1;
        end
        if (state_q == ST_DECIDE && !phase_over && round_over && other != 9'd0) set <= !set;
    end

    // registers
    always @* case (state_q)
        ST_CHECK: place = idx_q[3:0];
        ST_LOAD: place = {phase, idx_q == 10'd0 ? PLACE_READ : idx_q == 10'd1 ? PLACE_RAMP
            : idx_q == 10'd2 ? PLACE_LSB : set ? PLACE_SET : PLACE_RESET};
        ST_STAIR: place = {phase, set ? PLACE_SET : PLACE_RESET};
        default: place = {1'b0, PLACE_ERASE};
    endcase
    assign passed = passed_q;
    assign check = check_q;
    assign load = load_q;
    assign load_stair = stair_q || erase_q;
    assign load_erase = erase_q;
    assign climb = state_q == ST_TALLY && idx_q == 10'd0 && in_phase_q != 8'd0;

    // counts
    always @* begin
        add = 1'b0;
        add_at = COUNT_DEVICE;
        add_by = helped;
        case (state_q)
            ST_NUMBER: begin
                add = !idx_q[0];
                add_at = COUNT_READ;
                add_by = 9'd1;
            end
            ST_TALLY: begin
                add = !idx_q[0];
                if (idx_q[2:1] == 2'd0) {add_at, add_by} = {COUNT_PULSE, 9'd1};
                if (idx_q[2:1] == 2'd1) add_at = COUNT_CELL;
            end
            ST_SHOW: if (idx_q == SHOWN + 10'd3) begin
                add = 1'b1;
                {add_at, add_by} = {COUNT_FAIL, fail_count};
            end else begin
                add = bin_valid;
                {add_at, add_by} = {1'b0, bin, 9'd1};
            end
            ST_CLOSE: begin
                add = 1'b1;
                {add_at, add_by} = {COUNT_ROW, 9'd1};
            end
            default: ;
        endcase
    end
    assign number = state_q == ST_NUMBER && idx_q[0];
    assign clear_all = state_q == ST_CHECK;
    assign forget = state_q == ST_ERASE;

    // columns
    wire final_kind = state_q == ST_READ || state_q == ST_SCAN || state_q == ST_NUMBER;
    assign kind = state_q == ST_PICK ? KIND_PICK : state_q == ST_SHOW ? KIND_SHOW : !final_kind
        ? KIND_SUMS : final_q ? KIND_FINAL : last ? KIND_JUDGE : KIND_ADD;
    assign again = !final_kind;
    assign reads_left = reads_q;
    assign fresh = in_phase_q == 8'd0;
    assign clear = state_q == ST_NUMBER || state_q == ST_ERASE || state_q == ST_ROOM;
    assign walk = (state_q == ST_PICK && !past) || (state_q == ST_SHOW && !idx_q[0]
        && idx_q < SHOWN);
    assign walk_col = state_q == ST_SHOW ? idx_q[8:1] : idx_q[7:0];

    assign own = state_q != ST_OFF;
    assign run = enable && !stop_q && state_q > ST_REFUSED;
    assign hold = begun;
    assign busy = own && state_q != ST_REFUSED
        && !(state_q == ST_WAIT && (!line_valid || left_q[8]));
    assign refused = state_q == ST_REFUSED;
    assign ev_refused = state_q == ST_JUDGE && bad;
    assign init = state_q == ST_CHECK;
    assign init_idx = idx_q[7:0];
    assign init_end = state_q == ST_JUDGE;
    assign read_go = state_q == ST_READ;
    assign pulse_start = state_q == ST_PULSE && !rst;
    assign pulse_on = pulse_start || state_q == ST_PULSING;
    assign show = state_q == ST_SHOW;
    assign emit = state_q == ST_REPORT;
    assign dump = state_q == ST_DUMP;
    assign close_poison = state_q == ST_POISON;
    assign close = state_q == ST_CLOSE || (close_poison && res_ready);

`ifdef FORMAL
    // It ends: within a row each change of state lowers a rank, and a state that stands still
    // counts up to a bound or waits for one of: a vector, room for the report, the macro, the
    // converter, the end of a pulse. So a row has COUNT erase pulses at most and, in each phase,
    // LIMIT verify reads and LIMIT - 1 pulses. Siblings are as assumed: LIMIT stands but while a
    // phase is loaded, the check has let through what it promises, a walk of the report ends.
    reg  f_past = 1'b0;
    always @(posedge clk) f_past <= 1'b1;
    // the reader (ohm_program_read) integrates from `go` to its sample, and no column of that read
    // comes before; the next one may begin when columns come (ohm_program_scans)
    (* anyseq *) wire f_sample;
    reg  f_open = 1'b0;
    always @(posedge clk) f_open <= f_past && run && !rst && ((read_go && read_idle && ready)
        || (f_open && !f_sample));
    always @* begin
        assume (read_idle == !f_open && (!read_next || (!f_open && reads_q != 4'd0)));
        assume (!whole || (!f_open && reads_q == 4'd0));
    end
    wire f_read = state_q == ST_NUMBER || state_q == ST_READ || state_q == ST_SCAN;
    wire f_after = state_q == ST_DECIDE || state_q == ST_STAIR || state_q == ST_STEP || begun;
    wire f_erases = begun && in_phase_q == 8'd0;
    wire f_row = state_q >= ST_ERASE && state_q <= ST_CLOSE;
    reg  [3:0] f_stage;                     // of a device, down to its report
    reg  [2:0] f_step;
    always @* begin
        f_stage = 4'd0;
        f_step = 3'd0;
        case (state_q)
            ST_ERASE: {f_stage, f_step} = {4'd9, 3'd1};
            ST_FETCH: {f_stage, f_step} = {4'd9, 3'd0};
            ST_PICK: {f_stage, f_step} = {4'd8, 3'd7};
            ST_LOAD: f_stage = final_q ? 4'd2 : phase ? 4'd4 : 4'd6;
            ST_ROOM: {f_stage, f_step} = {4'd0, 3'd4};
            ST_SHOW: {f_stage, f_step} = {4'd0, 3'd3};
            ST_REPORT: {f_stage, f_step} = {4'd0, 3'd2};
            ST_DUMP: {f_stage, f_step} = {4'd0, 3'd1};
            ST_CLOSE: {f_stage, f_step} = {4'd0, 3'd0};
            default: if (f_erases) {f_stage, f_step} = {4'd8, state_q == ST_PULSING ? 3'd6
                    : state_q == ST_TALLY ? 3'd5 : 3'd4};
                else {f_stage, f_step} = {final_q ? 4'd1 : phase ? 4'd3 : 4'd5,
                    state_q == ST_DECIDE || state_q == ST_NUMBER ? 3'd7 : state_q == ST_STAIR
                        || state_q == ST_READ ? 3'd6 : state_q == ST_STEP || state_q == ST_SCAN
                        ? 3'd5 : state_q == ST_PULSE ? 3'd4 : state_q == ST_PULSING ? 3'd3 : 3'd2};
        endcase
    end
    wire [7:0]  f_left = f_read || (f_after && !f_erases) ? limit - in_phase_q : 8'd0;
    wire [7:0]  f_erase = f_stage == 4'd8 ? erase_left_q : 8'd0;
    wire [25:0] f_rank = {!dev && minus, f_stage, f_erase | (final_q ? 8'd0 : f_left),
        f_after && !f_erases, f_read ? reads_q : 4'd0, f_step};
    always @* begin
        if (!f_past) assume (rst);
        assume (plus || minus);
        assume (!emitted || emit || dump);
        assume (row_first < ROWS && row_step < ROWS && row_step != 8'd0 && row_count1 < ROWS);
        assume (k <= 3'd4);
        if (f_past) begin
            assert (state_q <= ST_POISON);
            assert (!load_q || state_q == ST_LOAD || state_q == ST_OFF);
            if (state_q > ST_JUDGE && state_q != ST_REFUSED) assert (row < ROWS);
            if (f_row) assert ((dev ? minus : plus) || state_q == ST_CLOSE || state_q == ST_DUMP);
            if (state_q == ST_LOAD || state_q == ST_ERASE || state_q == ST_PICK)
                assert (state_q == ST_ERASE || in_phase_q == 8'd0);
            if (final_q && f_row && state_q > ST_FETCH) assert (phase);
            if (f_read && !final_q) assert (in_phase_q < limit);
            if (f_after && !f_erases) assert (!final_q && in_phase_q != 8'd0 && in_phase_q <= limit
                && (state_q == ST_DECIDE || in_phase_q < limit));
            if (f_erases) assert (!final_q && !phase);
            if (state_q == ST_PICK) assert (erase_left_q != 8'd0 && !final_q && !phase);
            if (state_q == ST_PULSE && f_erases) assert (erase_left_q != 8'd0);
            if (state_q == ST_ROOM || state_q == ST_SHOW || state_q == ST_REPORT) assert (final_q);
            // what stands still is bounded, or waits
            assert (state_q != ST_CHECK || idx_q <= {1'b0, LAST});
            assert (state_q != ST_LOAD || idx_q <= 10'd4);
            assert (state_q != ST_TALLY || idx_q <= 10'd5);
            assert (state_q != ST_SHOW || idx_q <= SHOWN + 10'd5);
            assert (state_q != ST_NUMBER || idx_q <= 10'd1);
            // a pulse and a read exclude each other
            assert (!f_open || state_q == ST_SCAN);
            assert (!pulse_on || (!f_open && !read_go));
        end
    end
    reg  [13:0] f_was;
    reg         f_loads;                    // PHASE_READ has just passed
    always @(posedge clk) begin
        f_was <= {plus, minus, codes, limit, k};
        f_loads <= load_q && passed_q[2:0] == PLACE_READ;
    end
    always @* if (f_past) assume ({plus, minus, codes} == f_was[13:11]
        && ({limit, k} == f_was[10:0] || f_loads));
    always @(posedge clk) if (f_past && !rst && !$past(rst)) begin
        if ($past(f_row) && f_row && ($past(state_q) != state_q || $past(no_phase)))
            assert (f_rank < $past(f_rank));
        if ($past(pulse_on)) assert ($stable({row, set, dev}) || !pulse_on);
        if (pulse_on && $past(pulse_start)) assert (!pulse_start);
        if ($past(pulse_on && !pulse_done)) assert (pulse_on);
        cover (state_q == ST_CLOSE && $past(state_q) == ST_DUMP);
        cover (state_q == ST_PULSE && in_phase_q == 8'd2 && !set);
    end
`endif
endmodule

`default_nettype wire
