// SPDX-License-Identifier: Apache-2.0
//
// A sender and a receiver of numbered vectors, joined by credits: ohm_credit, ohm_slots and
// ohm_return as they are, everything between them at its worst. Proved by induction, so for any
// number of vectors:
//   never more than `slots` vectors are under way or held; each that arrives finds its slot; a slot
//   is freed once, when its vector was there; a CREDIT that arrives makes up for all that were lost
//   or late before it, and none is forgotten.
//
// The sender asks as ohm_out does and sends the next number when it may. Vectors arrive in order,
// after any time, and any of them are lost. A CREDIT arrives after any time, in any order, once,
// often or never; it is at most 2^14 numbers old.
//
//   head <= front <= come <= send <= limit at the sender <= newest CREDIT <= head + slots
//
`default_nettype none
module credit_loop #(
    parameter SLOTS = 4
) (
    input wire clk
);
`include "ohm_map.vh"
    (* anyconst *) wire [15:0] base;            // first number
    (* anyconst *) wire [2:0]  log2_slots;
    (* anyseq *) wire        may_send, may_come, may_commit, may_take, may_pop, may_leave,
        may_raise, may_ack, poison;
    // number that arrives; limit of a CREDIT that arrives
    (* anyseq *) wire [15:0] seq, old;
    wire [15:0] slots = 16'd1 << log2_slots;

    // reset, RETURN is written, CREDIT is written, enabled
    reg [1:0] age_q = 2'd0;
    wire rst = age_q == 2'd0;
    wire run = age_q == 2'd3;
    wire [15:0] cfg_addr  = age_q == 2'd1 ? REG_RETURN : REG_CREDIT;
    wire [31:0] entry     = 32'd1 << RETURN_VALID_LSB;
    wire [31:0] cfg_wdata = age_q == 2'd1 ? entry : {16'd0, base + slots};
    wire cfg_we = age_q == 2'd1 || age_q == 2'd2;

    // ---- sender and the way of the vectors ----
    // next to send; next that may arrive; limit of the newest CREDIT
    reg [15:0] send_q, come_q, newest_q;
    reg [15:0] seq_q;                           // checked, to be committed
    reg        wait_q, late_q, poison_q;
    wire       ask_ok;
    wire       send   = run && may_send && ask_ok;
    wire       come   = run && may_come && !wait_q && come_q != send_q;
    // two cycles after the check, one without words
    wire       commit = wait_q && may_commit && (late_q || poison_q);
    wire       raise  = run && may_raise;

    // ---- receiver ----
    wire        chk_ok, stale_next, front_valid, front_poison, lost, due;
    wire [3:0]  chk_slot, slots1;
    wire [31:0] front, h0, h1, credit_rdata, return_rdata;
    wire [15:0] limit;
    wire        take  = run && may_take && front_valid && limit != front[15:0];
    wire        pop   = run && may_pop && (front[15:0] != limit - slots || take);
    wire        leave = run && may_leave && due;

    ohm_credit #(.NCREDIT(1)) u_credit (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(1'b0), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(credit_rdata),
        .raise(raise), .raise_idx(4'd0), .raise_limit(old), .ask_idx(5'd0), .ask_seq(send_q),
        .ask_ok(ask_ok));

    ohm_slots #(.SLOTS(SLOTS), .HOLD(1)) u_slots (
        .clk(clk), .rst(rst), .enable(run), .seq_base({16'd0, base}), .log2_slots(log2_slots),
        .expect_words(12'd1),
        .chk(come), .chk_seq(seq), .chk_ok(chk_ok), .chk_slot(chk_slot),
        .commit(commit), .com_seq(come ? seq : seq_q), .com_len(10'd1), .com_poison(poison_q),
        .com_stale(stale_next),
        .slots1(slots1), .front_valid(front_valid), .front_poison(front_poison), .front_seq(front),
        .take(take), .pop(pop),
        .limit(limit), .lost_req(lost), .lost_ack(may_ack));

    ohm_return #(.NRETURN(1)) u_return (
        .clk(clk), .rst(rst), .tile_x(4'd0), .tile_y(4'd0), .enable(run),
        .cfg_we(cfg_we), .cfg_re(1'b0), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(return_rdata),
        .vec_pop(pop), .vec_stream(2'd0), .vec_limit({48'd0, limit}), .ps_pop(1'b0),
        .ps_desc(2'd0), .ps_limit(64'd0),
        .valid(due), .take(leave), .h0(h0), .h1(h1));

    reg stale;
    always @(posedge clk) stale <= stale_next;
    always @(posedge clk) begin
        if (!run) age_q <= age_q + 2'd1;
        if (send) send_q <= send_q + 16'd1;
        if (come) begin
            come_q   <= seq + 16'd1;            // those between are lost
            seq_q    <= seq;
            poison_q <= poison;
        end
        wait_q <= come || (wait_q && !commit);
        late_q <= wait_q;
        if (leave) newest_q <= h1[15:0];
        if (!run) begin
            send_q   <= base;
            come_q   <= base;
            wait_q   <= 1'b0;
            newest_q <= base + slots;
        end
    end

    // ---- registers inside, for the invariants; flatten joins them ----
    (* hierconn *) wire [15:0]      \u_slots.head_q ;
    (* hierconn *) wire [SLOTS-1:0] \u_slots.done_q ;
    (* hierconn *) wire [SLOTS-1:0] \u_slots.some_q ;
    (* hierconn *) wire [SLOTS-1:0] \u_slots.poison_q ;
    (* hierconn *) wire [SLOTS-1:0] \u_slots.taken_q ;
    (* hierconn *) wire [15:0]      \u_credit.limit[0] ;
    (* hierconn *) wire [31:0]      \u_return.entry[0] ;
    wire [15:0]      head    = \u_slots.head_q ;
    wire [SLOTS-1:0] done    = \u_slots.done_q ;
    wire [SLOTS-1:0] some    = \u_slots.some_q ;
    wire [SLOTS-1:0] spoilt  = \u_slots.poison_q ;
    wire [SLOTS-1:0] taken   = \u_slots.taken_q ;
    wire [15:0]      granted = \u_credit.limit[0] ;

    wire [15:0] d_front   = front[15:0] - head; // all as distances from head
    wire [15:0] d_come    = come_q - head;
    wire [15:0] d_send    = send_q - head;
    wire [15:0] d_granted = granted - head;
    wire [15:0] d_newest  = newest_q - head;
    reg  [15:0] d_slot [0:SLOTS-1];             // of the number that the slot is for
    reg         f_raised = 1'b0;                // the newest CREDIT has just arrived
    reg  [15:0] f_limit;

    always @(posedge clk) begin
        f_raised <= raise && old == newest_q;
        f_limit  <= newest_q;
    end

    integer i;
    always @* begin
        assume (log2_slots != 3'd0 && slots <= SLOTS);
        assume (newest_q - old < 16'h4000);
        if (come) assume (seq - come_q < send_q - come_q);

        // what is to be shown
        if (run) assert (d_send <= slots);              // under way or held
        if (run && come) assert (chk_ok);
        if (run && commit) assert (!stale);
        if (run && pop) assert (done[head[1:0] & slots1[1:0]]);
        if (run && !due) assert (newest_q == limit);    // no freed slot is forgotten
        if (f_raised) assert (granted == f_limit);      // what was lost before is made up for

        // what induction needs
        for (i = 0; i < SLOTS; i = i + 1) d_slot[i] = (i[15:0] - head) & {12'd0, slots1};
        if (age_q != 2'd0) assert (limit == head + slots);
        if (age_q != 2'd0 && !run) begin
            assert (head == base && front[15:0] == base && send_q == base && come_q == base
                && newest_q == base + slots);
            assert (done == 0 && some == 0 && spoilt == 0 && taken == 0 && !wait_q && !due);
        end
        if (age_q >= 2'd2) assert (\u_return.entry[0] == entry);
        if (run) begin
            assert (d_front <= d_come && d_come <= d_send && d_send <= d_granted
                && d_granted <= d_newest && d_newest <= slots);
            for (i = 0; i < SLOTS; i = i + 1) begin
                assert (taken[i] == (i < slots && d_slot[i] < d_front));
                assert (!done[i] || (i < slots && d_slot[i] < d_come - wait_q));
                assert (done[i] || (!taken[i] && !spoilt[i]));
            end
            if (wait_q) assert (seq_q == come_q - 16'd1 && d_front < d_come);
        end else assert (!f_raised);
    end
endmodule
`default_nettype wire
