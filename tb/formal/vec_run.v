// SPDX-License-Identifier: Apache-2.0
//
// The sequencer of the vector unit (ohm_vec_seq) and what finds faults of operands (ohm_vec_place)
// with any program, any registers, vectors that come, are poison or never come, and banks that are
// free at any time.
// Proved by induction, so for any number of runs:
//   each run sends on each route that it names once, by a send or by poison, and on no other; it
//   frees each stream that it names once; it executes no more instructions than the limit, which
//   is looked at before each one; a run that is stopped is reported once, no other is; of an
//   instruction at fault no more than one group has been read, and its writes are called off in
//   the cycle behind it; no state but the wait for streams, for a bank and the walk over groups
//   (which ends: vec_walk.v) lasts longer than eight cycles.
//
`default_nettype none
module vec_run #(
    parameter PROG = 64
) (
    input wire clk
);
`include "ohm_map.vh"
    (* anyseq *) wire [63:0] code;
    (* anyseq *) wire [31:0] s_a, s_b, index_d, index_a, index_b;
    (* anyseq *) wire [3:0]  line_valid, line_poison;
    (* anyseq *) wire [11:0] line_words;
    wire [3:0] fault;
    (* anyseq *) wire        last, hold, res_ready, equal, less, a_one, b_length;
    (* anyconst *) wire [23:0] limit;
    (* anyconst *) wire [31:0] patience;

    // the run that is due: any, and the same until it is over
    (* anyseq *) wire [3:0]  any_streams;
    (* anyseq *) wire [7:0]  any_routes, any_quiet, any_recurrent;
    (* anyseq *) wire        any_marked, any_valid;
    reg  [3:0]  streams_q;
    reg  [7:0]  routes_q, quiet_q, recurrent_q;
    reg         marked_q, valid_q = 1'b0, on_q = 1'b0;
    // what a send on does nothing is right from the third cycle of a turn on
    reg  [1:0]  f_settled = 2'd0;
    wire [7:0]  quiet = f_settled[1] ? quiet_q : any_quiet;

    wire        fin, fin_bad, line_pop, s_clear, place, go, kill, poison, poison_again, retire;
    wire        ev_lost, code_re, d_vector, a_vector, b_vector, ev_stop, busy, begin_run, s_we;
    wire [1:0]  line_stream;
    wire [63:0] ins;
    wire [7:0]  poison_routes, fin_code, send_routes, unsent;
    wire [3:0]  held, s_waddr, s_addr_a, s_addr_b;
    wire [31:0] sa, sb, s_wdata, ev_detail;
    wire [11:0] len1;
    wire [12:0] retire_pc;
    wire [$clog2(PROG)-1:0] code_addr;
    ohm_vec_seq #(.PROG(PROG), .TABLES(2)) u_seq (
        .clk(clk), .on(on_q), .limit(limit), .patience(patience),
        .turn_valid(valid_q), .turn_which(4'd0), .turn_n(32'd0), .turn_step(16'd0),
        .turn_lane(4'd0), .turn_pc(12'd0), .turn_streams(streams_q), .turn_routes(routes_q),
        .turn_quiet(quiet), .turn_recurrent(recurrent_q), .turn_marked(marked_q),
        .fin(fin), .fin_bad(fin_bad), .busy(busy),
        .line_valid(line_valid), .line_poison(line_poison), .line_stream(line_stream),
        .line_pop(line_pop), .ev_lost(ev_lost),
        .code_re(code_re), .code_addr(code_addr), .code(code),
        .s_clear(s_clear), .s_we(s_we), .s_waddr(s_waddr), .s_wdata(s_wdata),
        .s_addr_a(s_addr_a), .s_addr_b(s_addr_b), .s_a(s_a), .s_b(s_b),
        .equal(equal), .less(less), .a_one(a_one), .b_length(b_length),
        .ins(ins), .d_vector(d_vector), .a_vector(a_vector), .b_vector(b_vector),
        .sa(sa), .sb(sb), .len1(len1), .held(held), .unsent(unsent), .send_routes(send_routes),
        .begin_run(begin_run), .runs(), .place(place), .go(go), .last(last), .hold(hold),
        .fault(fault),
        .kill(kill), .res_ready(res_ready), .poison(poison), .poison_again(poison_again),
        .poison_routes(poison_routes), .ev_stop(ev_stop), .ev_detail(ev_detail), .retire(retire),
        .retire_pc(retire_pc), .fin_code(fin_code)
    );

    wire [9:0]  at_d, at_a, at_b;
    wire [7:0]  rows1;
    wire [11:0] element, words1;
    ohm_vec_place #(.WORDS(256)) u_place (
        .clk(clk), .start(place), .ins(ins), .format(ins[VI_SH_LSB +: 2]), .d_vector(d_vector),
        .a_vector(a_vector), .b_vector(b_vector), .sb(sb), .index_d(index_d), .index_a(index_a),
        .index_b(index_b), .len1(len1), .held(held), .unsent(unsent), .line_words(line_words),
        .at_d(at_d), .at_a(at_a), .at_b(at_b), .rows1(rows1), .element(element), .words1(words1),
        .fault(fault)
    );

    // ---- inside, for what it says and for the invariants ----
    (* hierconn *) wire [3:0]  \u_seq.state_q ;
    (* hierconn *) wire [2:0]  \u_seq.count_q ;
    (* hierconn *) wire [23:0] \u_seq.done_q ;
    (* hierconn *) wire [3:0]  \u_seq.pop_q ;
    (* hierconn *) wire        \u_seq.over_q ;
    (* hierconn *) wire        \u_seq.bad_q ;
    (* hierconn *) wire        \u_seq.limit_q ;
    (* hierconn *) wire        \u_seq.all_sent_q ;
    (* hierconn *) wire        \u_seq.owes_q ;
    (* hierconn *) wire        \u_seq.end_q ;
    (* hierconn *) wire [10:0] \u_seq.kind_q ;
    (* hierconn *) wire [7:0]  \u_seq.small_q ;
    (* hierconn *) wire [6:0]  \u_seq.empty_q ;
    (* hierconn *) wire        \u_seq.late_q ;
    (* hierconn *) wire        \u_seq.judged_q ;
    (* hierconn *) wire [7:0]  \u_seq.code_q ;
    (* hierconn *) wire [3:0]  \u_seq.word_fault ;
    (* hierconn *) wire        \u_seq.tail_over ;
    (* hierconn *) wire        \u_seq.stop_over ;
    localparam [3:0] TURN = 4'd0, AGAIN = 4'd1, START = 4'd2, DECODE = 4'd4, PLACE = 4'd5,
                     GO = 4'd6, TAIL = 4'd7, FREE = 4'd8, STOP = 4'd9, POISON = 4'd10,
                     HASH = 4'd11, JUMP = 4'd12;
    wire [3:0]  state  = \u_seq.state_q ;
    wire [3:0]  pop    = \u_seq.pop_q ;
    wire        over   = \u_seq.over_q ;
    wire        bad    = \u_seq.bad_q ;
    wire [7:0]  why    = \u_seq.code_q ;
    wire        runs   = state != TURN;
    wire        walks  = state == GO || state == TAIL || state == HASH;
    wire        stops  = \u_seq.stop_over ;
    // in the cycles before, why is the last run's
    wire        known  = !(state == AGAIN || (state == START && \u_seq.count_q == 3'd2));
    wire [10:0] kind;
    wire [7:0]  small_of;
    wire [6:0]  empty;
    wire        is_end;
    ohm_vec_kind #(.TABLES(2)) u_kind (
        .word(ins), .kind(kind), .small_of(small_of), .empty(empty), .is_end(is_end)
    );
    wire        owes   = (unsent & ~quiet_q) != 8'd0;
    wire        is_send = ins[VI_OP_LSB +: VI_OP_W] == VOP_SEND;
    wire        sent   = \u_seq.tail_over && is_send;
    wire [7:0]  now    = (sent ? ins[7:0] : 8'd0)
                       | (poison && !poison_again ? poison_routes : 8'd0);
    wire [3:0]  freed  = line_pop ? 4'd1 << line_stream : 4'd0;

    // ---- what has happened in this run ----
    reg  [7:0]  f_sent;
    reg  [3:0]  f_freed, f_state = TURN;
    reg  [23:0] f_done;
    reg  [3:0]  f_stays = 4'd0;
    reg         f_reported, f_lost;
    reg  [1:0]  f_groups;               // of this instruction, up to 3
    always @(posedge clk) begin
        on_q <= 1'b1;
        f_settled <= !on_q || fin ? 2'd0 : {f_settled[0], 1'b1};
        if (!on_q || fin) begin
            {streams_q, routes_q, quiet_q} <= {any_streams, any_routes, any_quiet};
            {recurrent_q, marked_q, valid_q} <= {any_recurrent, any_marked, any_valid};
        end else valid_q <= valid_q || any_valid;
        f_sent     <= f_sent | now;
        f_freed    <= f_freed | freed;
        f_reported <= f_reported || stops;
        if (state == DECODE && \u_seq.word_fault == 4'd0) f_done <= f_done + 24'd1;
        if (begin_run) begin
            f_sent     <= 8'd0;
            f_freed    <= 4'd0;
            f_reported <= 1'b0;
            f_done     <= 24'd0;
            f_lost     <= ev_lost;
        end
        if (place) f_groups <= 2'd0;
        else if (go && f_groups != 2'd3) f_groups <= f_groups + 2'd1;
        f_state <= state;
        f_stays <= state != f_state || go || hold || !res_ready || !runs || !on_q ? 4'd0
                 : f_stays + 4'd1;
    end

    always @* begin
        assume (limit != 24'd0);
        assume ((quiet_q & ~routes_q) == 8'd0);

        // what is to be shown
        if (on_q) begin
            assert ((now & f_sent) == 8'd0 && (now & ~routes_q) == 8'd0);
            if (fin) assert ((f_sent | now | quiet_q) == (routes_q | quiet_q));
            if (poison_again && poison) assert (f_lost && poison_routes == recurrent_q);
            if (line_pop) assert ((freed & f_freed) == 4'd0 && (freed & ~streams_q) == 4'd0);
            if (fin) assert ((f_freed | freed) == streams_q);
            if (runs) assert (f_done <= limit);
            if (state == DECODE && f_done == limit) assert (\u_seq.word_fault != 4'd0);
            assert (s_clear == (state == TURN));
            if (stops) assert (!f_reported && why != 8'd0 && why != 8'd255);
            if (fin) assert ((f_reported || stops) == (fin_code != 8'd0 && fin_code != 8'd255)
                             && fin_bad == (fin_code != 8'd0));
            if (kill) assert (!go && !place && !retire && f_groups <= 2'd1);
            assert (f_stays <= 4'd8);
        end

        // what induction needs
        if (on_q) assert (state <= JUMP);
        if (on_q && runs) begin
            assert (valid_q);
            assert (held == (streams_q & ~f_freed) && (f_freed & ~streams_q) == 4'd0);
            assert (unsent == (routes_q & ~f_sent) && (f_sent & ~routes_q) == 8'd0);
            if (state == AGAIN) assert (f_lost && \u_seq.count_q == 3'd2);
            if (!bad) assert (f_done == \u_seq.done_q && (why == 8'd0 || !known) && !f_reported);
            if (bad && state == START && known) assert (why == 8'd255);
            if (bad && state != STOP && known)
                assert (f_reported == (why != 8'd255) && why != 8'd0);
            if (bad) assert (state == START || state == AGAIN || state == STOP || state == FREE
                             || state == POISON);
            if (state == STOP) assert (bad && !f_reported && why != 8'd0 && why[7:4] == 4'd0
                                       && \u_seq.count_q <= 3'd3);
            if (state == START || state == HASH || state == AGAIN)
                assert (\u_seq.count_q <= 3'd6);
            if (state == AGAIN || state == START)
                assert (f_sent == 8'd0 && f_freed == 4'd0 && f_done == 24'd0 && !f_reported
                        && \u_seq.count_q <= 3'd2 && (!known || why == 8'd0 || why == 8'd255));
            if (state != FREE && !(state == STOP && \u_seq.count_q == 3'd3)) assert (over);
            // what is worked out in front is right when it is looked at
            if (state == DECODE || state == PLACE || walks)
                assert (\u_seq.kind_q == kind && \u_seq.small_q == small_of
                        && \u_seq.empty_q == empty && \u_seq.end_q == is_end);
            if (state == DECODE) assert (\u_seq.limit_q == (\u_seq.done_q == limit)
                                         && \u_seq.all_sent_q == (unsent == 8'd0));
            if (state == DECODE || state == PLACE || walks || state == STOP || state == POISON
                || (state == FREE && over) || (state == START && \u_seq.count_q == 3'd0))
                assert (\u_seq.owes_q == owes && f_settled == 2'd3);
            if (state == START) assert (f_settled[0] && (f_settled[1] || \u_seq.count_q == 3'd2));
            if (state == FREE) assert (pop != 4'd0 && (over ? pop == held : (pop & ~held) == 4'd0));
            if (state == FREE && !over) assert (!bad);
            if (state == FREE && over && !bad) assert (unsent == 8'd0);
            if (state == POISON) assert (bad && held == 4'd0);
        end
        assert (f_settled != 2'd2);
        if (on_q && runs && state != START && state != AGAIN) assert (f_settled == 2'd3);
        if (on_q) begin
            assert (!(\u_seq.late_q && \u_seq.judged_q ));
            if (\u_seq.late_q ) assert ((state == GO || state == HASH) && f_groups == 2'd0);
            if (\u_seq.judged_q ) assert (walks && f_groups <= 2'd1);
            if (state == GO || (state == TAIL && \u_seq.judged_q ))
                assert (\u_seq.count_q >= 3'd2);
            if (state == PLACE) assert (!\u_seq.late_q && !\u_seq.judged_q );
            // a send that is under way may have its routes
            if (is_send && walks && !\u_seq.late_q && !kill)
                assert ((ins[7:0] & ~unsent) == 8'd0);
            // how long a state stays is what is left of its count
            if (state == GO || state == TAIL) assert (\u_seq.count_q <= 3'd6);
            if (state == HASH) assert (\u_seq.count_q == 3'd6 || \u_seq.count_q == 3'd5);
            if (state == f_state) case (state)
                START, TAIL, HASH, STOP: begin
                    assert (f_stays + {1'b0, \u_seq.count_q } <= 4'd7);
                end
                FREE: begin
                    assert (f_stays + pop[0] + pop[1] + pop[2] + pop[3] <= 4'd7);
                end
                default: begin
                    assert (f_stays <= 4'd1);
                end
            endcase
        end
    end
endmodule
`default_nettype wire
