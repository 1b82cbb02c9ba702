// SPDX-License-Identifier: Apache-2.0
// Tile controller: takes vectors in order, reads the macro once per slice entry, and keeps the
// order of vectors until they leave.
//
//   cycle       0        1 ... N      N+1     N+2     N+3        N = 2^W - 1, with COUNT twice that
//   state       RESET    TICK         SETTLE  SAMPLE  RESET or IDLE
//   int_reset   1
//   int_en               1 ... 1
//   ramp_load                         1
//   sample                                    1
//   ramp_en                                           1 (N+3 on, in ohm_ramp)
//
// With a macro that is always ready nothing waits between cycle 0 and the end of the ramp: all
// waits are in `go`, one cycle before cycle 0 (proof below). A macro that computes instead of
// integrating (emulation view) lowers `ready` after the last pulse, which stretches SETTLE and
// nothing else. Steady state: one read per max(N + 3, STOP - START + 3, COLS1 + 1) cycles. Each
// tick waits for `step`, which is always 1 where all rows are compared at once. OVERLAP = 0: a read
// begins when the codes of the one before have left, a cycle after that is seen. Every vector,
// poison ones too, owns one of the ACC_BANKS accumulator banks from its first read (poison: from
// when it is taken) until ohm_post frees it; banks are used in ring order, which keeps the vectors
// in order. Duration links (ohm_link): a vector that will leave on one waits for link_ok; one that
// comes on one waits for nothing, for link_start is its `go`; poison keeps its place on the link,
// so it waits until the ramp before it is over. With several descriptors a vector keeps the number
// of its own (ld_desc) to its end, and a conversion carries it and its COLS1 above the tag.
// Legal: ACC_BANKS a power of two, 2-8; CODE_W 4-11; NDESC 1-4.
`default_nettype none

module ohm_ctrl #(
    parameter CODE_W = 10,
    parameter ACC_BANKS = 4,
    parameter BANK_W = $clog2(ACC_BANKS),
    parameter NDESC = 1,
    parameter TAG_W = 12 + BANK_W + (NDESC > 1 ? 10 : 0),
    parameter OVERLAP = 1
) (
    input  wire              clk,
    input  wire              run,
    output wire              busy,
    output wire              rows_in_use,   // the active operands are being read, or will be
    // slice table
    input  wire [3:0]        slice_last,
    output wire [3:0]        sl_idx,        // its fields answer a cycle later, long before `go`
    output wire [1:0]        sl_desc,       // the table's descriptor
    input  wire              sl_back,       // DESC.TRANSPOSE and COLS1 of it
    input  wire [7:0]        sl_cols1,
    input  wire [24:0]       sl_lsb,
    input  wire              sl_ok,
    input  wire [3:0]        sl_lo,
    input  wire [3:0]        sl_w,
    input  wire [1:0]        sl_in,
    input  wire [1:0]        sl_dev,
    input  wire              sl_neg,
    input  wire              sl_mul,
    input  wire              sl_count,
    input  wire [3:0]        sl_rs,
    input  wire [CODE_W-1:0] sl_start,
    input  wire [CODE_W-1:0] sl_stop,
    // load bank of ohm_rows
    input  wire              ld_full,
    input  wire              ld_poison,
    input  wire [31:0]       ld_seq,
    input  wire [1:0]        ld_desc,
    output wire              ld_take,
    // duration links
    input  wire              link_in,
    input  wire              link_out,
    input  wire              link_ok,       // the next tile can take one more
    input  wire              link_start,
    input  wire              link_poison,
    input  wire [31:0]       link_seq,
    output wire              pass,          // a poison vector takes its place
    output wire [BANK_W:0]   used,
    // row modulators
    output wire              mod_take,      // the slice table's fields are taken; mod_first follows
    output wire              mod_first,
    output wire              mod_en,
    output wire [8:0]        mod_tick,
    output wire              mod_count,
    output wire [3:0]        mod_lo,
    output wire [3:0]        mod_w,
    output wire [1:0]        mod_in,
    // macro
    input  wire              step,          // the tick passes
    input  wire              ready,
    output wire [1:0]        cell_sel,
    output wire              int_reset,
    output wire              int_en,
    output wire              sample,
    output wire [31:0]       op_seq,
    output wire [1:0]        op_desc,
    output wire              op_back,
    output wire [24:0]       op_lsb,
    output wire [3:0]        op_slice,
    output wire [3:0]        ramp_rs,
    // ramp, capture and scan
    output wire              ramp_load,
    output wire [CODE_W-1:0] ramp_start,
    output wire [CODE_W-1:0] ramp_stop,
    output wire [TAG_W-1:0]  ramp_tag,      // {COLS1, desc, mul, slice, bank, last, neg, LO + RS}
    input  wire [CODE_W:0]   ramp_left,
    input  wire              ramp_busy,
    input  wire              ans_last,
    input  wire              cap_full,
    input  wire [7:0]        scan_left,
    input  wire [7:0]        cols1,         // of the conversion in the capture
    // vectors in order
    input  wire              sum_done,      // the accumulators of sum_bank are final
    input  wire [BANK_W-1:0] sum_bank,
    output wire              head_done,     // the oldest vector is final or poison
    output wire              head_poison,
    output wire [31:0]       head_seq,
    output wire [1:0]        head_desc,
    output wire [BANK_W-1:0] head_bank,
    input  wire              head_free,
    input  wire [BANK_W-1:0] scan_bank,     // whose number the code trace shows
    output wire [31:0]       scan_seq
);
    localparam [2:0] ST_IDLE   = 3'd0;  // nothing to read, or waiting for `go`
    localparam [2:0] ST_RESET  = 3'd1;  // integrators reset, rows prepare tick 0
    localparam [2:0] ST_TICK   = 3'd2;  // N ticks
    localparam [2:0] ST_SETTLE = 3'd3;  // rows are off; last chance for the old ramp's last step
    localparam [2:0] ST_ACQ    = 3'd4;  // sample

    reg [2:0]          state_q;
    reg                more_q;          // the active vector has slices to read: entry k_q next
    reg [3:0]          k_q;
    reg [8:0]          tick_q;
    // the read under way
    reg [3:0]          slice_q, lo_q, w_q, rs_q;
    reg [1:0]          in_q, dev_q;
    reg                neg_q, mul_q, count_q, last_q;
    reg [CODE_W-1:0]   start_q, stop_q;
    reg [31:0]         seq_q;
    reg [BANK_W-1:0]   bank_q;
    // vectors in order
    reg [BANK_W-1:0]   alloc_q, head_q;
    reg [BANK_W:0]     used_q;
    reg [ACC_BANKS-1:0] done_q, poison_q;
    reg [32*ACC_BANKS-1:0] seqs_q;

    wire room = used_q != ACC_BANKS[BANK_W:0];
    wire [7:0] width = 8'hFF >> (4'd8 - (link_in ? w_q : sl_w));
    // N - 1 of the next read
    wire [8:0] ticks1 = (sl_count ? {width, 1'b0} : {1'b0, width}) - 9'd1;
    wire [9:0] ticks2 = {1'b0, ticks1} + 10'd3;                             // N + 2

    // Start condition. Let `go` be in cycle -1, so that int_reset is cycle 0, sample N+2, the new
    // ramp's first step N+3 and its first answer N+4.
    //  Hold capacitor: the ramp in progress has its last step in cycle ramp_left - 1 at the latest.
    //  It must be answered by the sample, cycle N+2: ramp_left <= N+2. (A ramp just loaded, in the
    //  cycle of its sample, already shows its whole length.) Capture: it must have moved to the
    //  scan registers by cycle N+3. The conversion in progress is full by cycle ramp_left + 1 <=
    //  N+3; the scan registers take it in the last cycle of the scan in progress, scan_left - 1:
    //  scan_left <= N+2 suffices. If yet another conversion, older than the one in progress, still
    //  waits for the scan registers, it moves in cycle max(0, scan_left - 1) and its own scan's
    //  last cycle is COLS1 + 1 later: scan_left + COLS1 <= N+2 suffices. Scan registers: not needed
    //  before the capture moves; a conversion waits in the capture, never on the hold capacitor.
    //  Accumulators: the vector owns its bank already, scans never stall.
    wire older = ramp_busy && (cap_full || ans_last);
    wire [8:0] scan_bound = {1'b0, scan_left} + (older ? {1'b0, cols1} : 9'd0);
    //  OVERLAP = 0: the capture is also what is scanned, and no ramp is left when it is free.
    wire hold_ok = OVERLAP == 0 || {{11-CODE_W{1'b0}}, ramp_left} <= {2'd0, ticks2};
    wire cap_ok = !(ramp_busy || cap_full) || (OVERLAP != 0 && {1'b0, scan_bound} <= ticks2);
    wire fresh = !more_q && ld_full && !ld_poison && room;
    wire may = ready && (more_q || fresh) && hold_ok && cap_ok && link_ok;
    wire at_rest = state_q == ST_IDLE || state_q == ST_ACQ;
    wire own;
    generate
        if (OVERLAP != 0) begin : g_now
            assign own = may && sl_ok && at_rest;
        end else begin : g_seen                 // what may go on may do so until it goes on
            reg may_q;
            always @(posedge clk) may_q <= run && may && at_rest;
            assign own = may_q && sl_ok && at_rest;
        end
    endgenerate
    wire go = run && (link_in ? link_start : own);

    // A poison vector needs no macro: it takes its place in the order at once.
    wire quiet = !link_out || (state_q == ST_IDLE && !ramp_busy && (link_in || link_ok));
    assign pass = run && (link_in ? link_poison : ld_full && ld_poison && room) && quiet;
    wire alloc = pass || (go && !more_q);

    always @(posedge clk) begin
        if (!run) begin
            state_q <= ST_IDLE;
            more_q <= 1'b0;
            k_q <= 4'd0;
        end else begin
            case (state_q)
                ST_RESET: state_q <= ST_TICK;
                ST_TICK: if (tick_q == 9'd0 && step) state_q <= ST_SETTLE;
                ST_SETTLE: if (ready) state_q <= ST_ACQ;
                default: state_q <= go ? ST_RESET : ST_IDLE;
            endcase
            if (go) begin
                more_q <= k_q != slice_last;
                k_q <= k_q == slice_last ? 4'd0 : k_q + 4'd1;
            end
        end
    end

    reg [8:0] at_q;                         // tick that the row lines show in the next cycle
    always @(posedge clk) begin             // data, without reset
        if (link_in ? sl_ok : go) begin     // from a link: one entry, always the same
            slice_q <= k_q;
            lo_q <= sl_lo;
            w_q <= sl_w;
            in_q <= sl_in;
            dev_q <= sl_dev;
            neg_q <= sl_neg;
            mul_q <= sl_mul;
            count_q <= sl_count;
            rs_q <= sl_rs;
            start_q <= sl_start;
            stop_q <= sl_stop;
            last_q <= k_q == slice_last;
        end
        if (go) begin
            tick_q <= ticks1;
            at_q <= 9'd0;
            if (!more_q) begin
                seq_q <= link_in ? link_seq : ld_seq;
                bank_q <= alloc_q;
            end
        end else begin
            if (mod_en && step) at_q <= at_q + 9'd1;
            if (int_en && step) tick_q <= tick_q - 9'd1;
        end
    end

    // order of vectors ---------------------------------------------------------------------------
    always @(posedge clk) begin
        if (!run) begin
            alloc_q <= {BANK_W{1'b0}};
            head_q <= {BANK_W{1'b0}};
            used_q <= {BANK_W+1{1'b0}};
            done_q <= {ACC_BANKS{1'b0}};
        end else begin
            if (alloc) begin
                alloc_q <= alloc_q + 1'b1;
                done_q[alloc_q] <= pass;
                poison_q[alloc_q] <= pass;
                seqs_q[32*alloc_q +: 32] <= link_in ? link_seq : ld_seq;
            end
            if (sum_done) done_q[sum_bank] <= 1'b1;
            if (head_free) begin
                done_q[head_q] <= 1'b0;
                head_q <= head_q + 1'b1;
            end
            if (alloc && !head_free) used_q <= used_q + 1'b1;
            if (head_free && !alloc) used_q <= used_q - 1'b1;
        end
    end

    assign busy = used_q != 0;
    assign used = used_q;
    assign rows_in_use = more_q || mod_en;
    assign sl_idx = k_q;
    assign ld_take = alloc;
    assign mod_take = go;
    assign mod_first = state_q == ST_RESET;
    assign mod_en = state_q == ST_RESET || state_q == ST_TICK;
    assign mod_tick = at_q;
    assign mod_count = count_q;
    assign mod_lo = lo_q;
    assign mod_w = w_q;
    assign mod_in = in_q;
    assign cell_sel = dev_q;
    assign int_reset = state_q == ST_RESET;
    assign int_en = state_q == ST_TICK;
    assign sample = state_q == ST_ACQ;
    assign op_seq = seq_q;
    assign op_slice = slice_q;
    assign ramp_rs = rs_q;
    assign ramp_load = state_q == ST_SETTLE && ready;
    assign ramp_start = start_q;
    assign ramp_stop = stop_q;
    localparam OWN_W = 12 + BANK_W;
    wire [OWN_W-1:0] tag = {mul_q, slice_q, bank_q, last_q, neg_q, {1'b0, lo_q} + {1'b0, rs_q}};
    generate
        if (NDESC > 1) begin : g_desc
            reg [1:0] desc_q;
            reg [7:0] cols1_q;
            reg       back_q;
            reg [24:0] lsb_q;
            reg [2*ACC_BANKS-1:0] descs_q;
            always @(posedge clk) begin
                if (go) begin
                    if (!more_q) desc_q <= ld_desc;
                    cols1_q <= sl_cols1;
                    back_q <= sl_back;
                    lsb_q <= sl_lsb;
                end
                if (alloc) descs_q[2*alloc_q +: 2] <= ld_desc;
                // who looks before the first vector sees descriptor 0, in every run alike
                if (!run) {desc_q, cols1_q, back_q, lsb_q, descs_q} <= {2*ACC_BANKS+36{1'b0}};
            end
            assign sl_desc = more_q ? desc_q : ld_desc;
            assign {op_desc, op_back, op_lsb} = {desc_q, back_q, lsb_q};
            assign ramp_tag = {cols1_q, desc_q, tag};
            assign head_desc = descs_q[2*head_q +: 2];
        end else begin : g_one_desc
            assign {sl_desc, op_desc, op_back, op_lsb, head_desc} = 32'd0;
            assign ramp_tag = tag;
            wire unused_desc = &{1'b0, sl_back, sl_cols1, sl_lsb, ld_desc};
        end
    endgenerate
    assign head_done = done_q[head_q];
    assign head_poison = poison_q[head_q];
    assign head_seq = seqs_q[32*head_q +: 32];
    assign head_bank = head_q;
    assign scan_seq = seqs_q[32*scan_bank +: 32];

`ifndef SYNTHESIS
    // the state's name, for waves
    reg [47:0] state_name;
    always @* case (state_q)
        ST_IDLE: state_name = "IDLE";
        ST_RESET: state_name = "RESET";
        ST_TICK: state_name = "TICK";
        ST_SETTLE: state_name = "SETTLE";
        default: state_name = "ACQ";
    endcase
    wire unused = &{1'b0, state_name};
`endif
endmodule

`default_nettype wire
