// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Sequencer of the vector unit: takes up the run that is due when its streams are whole, fetches
// and starts its instructions one after the other, stops it at a fault, frees its inputs and sends
// poison where that is owed.
//
//   TURN ─► (AGAIN) ─► START ─► FETCH ─► DECODE ─► PLACE ─► (HASH) ─► GO ─► TAIL ─► FETCH …
//     ▲                  │                 │ control: back to FETCH at once
//     │                  │ poisoned        │ fault ─► STOP ─┐
//     └── (POISON) ◄── (FREE) ◄────────────┴ end, free ◄────┘
//
// An instruction: word fetched in the first cycle, decoded in the second, its operands placed in
// the third (`place`), its first group read in the fourth (`go`), when faults of its operands are
// found; they are known in the fifth, before anything has been written (`kill`).
// Cycles of all instructions, runs, stops: docs/reference/vector.md.
// Parameters: as docs/reference/configurations.md.
module ohm_vec_seq #(
    parameter PROG   = 512,
    parameter TABLES = 4,
    parameter PW     = $clog2(PROG)
) (
    input  wire          clk,
    input  wire          on,
    input  wire [23:0]   limit,
    input  wire [31:0]   patience,
    // the run that is due
    input  wire          turn_valid,
    input  wire [3:0]    turn_which,
    input  wire [31:0]   turn_n,
    input  wire [15:0]   turn_step,
    input  wire [3:0]    turn_lane,
    input  wire [11:0]   turn_pc,
    input  wire [3:0]    turn_streams,
    input  wire [7:0]    turn_routes,
    input  wire [7:0]    turn_quiet,
    input  wire [7:0]    turn_recurrent,
    input  wire          turn_marked,
    output wire          fin,
    output wire          fin_bad,
    output wire          busy,
    // streams
    input  wire [3:0]    line_valid,
    input  wire [3:0]    line_poison,
    output wire [1:0]    line_stream,
    output wire          line_pop,
    output wire          ev_lost,
    // program memory: the word one cycle after code_re
    output wire          code_re,
    output wire [PW-1:0] code_addr,
    input  wire [63:0]   code,
    // scalar registers
    output wire          s_clear,
    output wire          s_we,
    output wire [3:0]    s_waddr,
    output wire [31:0]   s_wdata,
    output wire [3:0]    s_addr_a,
    output wire [3:0]    s_addr_b,
    input  wire [31:0]   s_a,
    input  wire [31:0]   s_b,
    // the instruction that is being done
    output reg  [63:0]   ins,
    output reg           d_vector,
    output reg           a_vector,
    output reg           b_vector,
    output reg  [31:0]   sa,            // scalar operands
    output reg  [31:0]   sb,
    output reg  [11:0]   len1,          // L - 1
    output reg  [3:0]    held,          // streams not freed yet
    output reg  [7:0]    unsent,        // routes not sent on yet
    output wire [7:0]    send_routes,
    output wire          begin_run,     // a run is taken up
    output wire          place,
    output wire          go,
    input  wire          last,
    input  wire          hold,
    input  wire [3:0]    fault,         // of operands
    output wire          kill,
    // poison
    input  wire          res_ready,
    output wire          poison,
    output wire          poison_again,
    output wire [7:0]    poison_routes,
    // what happened
    output reg           ev_stop,
    output reg  [31:0]   ev_detail,
    output wire          retire,        // an instruction is over
    output wire [12:0]   retire_pc,
    output wire [7:0]    fin_code
);
`include "ohm_map.vh"
    localparam [3:0] ST_TURN = 4'd0, ST_AGAIN = 4'd1, ST_START = 4'd2, ST_FETCH = 4'd3,
                     ST_DECODE = 4'd4, ST_PLACE = 4'd5, ST_GO = 4'd6, ST_TAIL = 4'd7,
                     ST_FREE = 4'd8, ST_STOP = 4'd9, ST_POISON = 4'd10, ST_HASH = 4'd11;
    localparam [12:0] N_PROG = PROG[12:0];

    reg  [3:0]  state_q;
    reg  [2:0]  count_q;                // cycles of START, HASH and TAIL, STOP that are left
    reg  [12:0] pc_q;
    reg  [23:0] done_q;                 // instructions of this run
    reg  [31:0] wait_q;
    reg  [3:0]  pop_q;                  // streams still to free
    reg         over_q, bad_q;          // after FREE the run is over; it is poisoned or stopped
    reg  [7:0]  code_q;                 // why

    // ---- the word in DECODE ----
    wire [5:0]  op   = code[VI_OP_LSB +: VI_OP_W];
    wire [1:0]  bk   = code[VI_BK_LSB +: VI_BK_W];
    wire [15:0] imm  = code[VI_IMM_LSB +: VI_IMM_W];
    wire [3:0]  d    = code[VI_D_LSB +: 4];
    wire        is_loop = op == VOP_LOOP, is_len = op == VOP_LEN, is_free = op == VOP_FREE;
    wire        is_end = op == VOP_END, is_branch = op >= VOP_BEQ && op <= VOP_BGE;
    wire        dec_d, dec_a, dec_b, bad_op, bad_field;
    ohm_vec_decode #(.TABLES(TABLES)) u_decode (
        .word(code), .d_vector(dec_d), .a_vector(dec_a), .b_vector(dec_b),
        .bad_op(bad_op), .bad_field(bad_field)
    );
    wire        matrix = op == VOP_MV || op == VOP_MT;
    assign s_addr_a = is_loop ? d : code[VI_A_LSB +: 4];
    assign s_addr_b = matrix ? imm[3:0] : code[VI_B_LSB +: 4];
    wire [31:0] b_value = bk == 2'd2 ? {{16{imm[15]}}, imm} : s_b;
    wire [31:0] one_less = s_a - 32'd1;
    wire [32:0] difference = {s_a[31], s_a} - {s_b[31], s_b};
    wire        jump = is_loop ? s_a != 32'd1
                     : op == VOP_BEQ ? s_a == s_b : op == VOP_BNE ? s_a != s_b
                     : op == VOP_BLT ? difference[32] : op == VOP_BGE && !difference[32];

    wire        len_bad = is_len && bk == 2'd1 && (s_b[31:12] != 20'd0 || s_b[11:0] == 12'd0);
    wire [3:0]  word_fault = done_q == limit ? PROGRAM_LIMIT[3:0]
                           : pc_q >= N_PROG ? PROGRAM_PC[3:0]
                           : bad_op ? PROGRAM_OPCODE[3:0]
                           : bad_field ? PROGRAM_FIELD[3:0]
                           : len_bad ? PROGRAM_VALUE[3:0]
                           : is_free && (imm[3:0] & ~held) != 4'd0 ? PROGRAM_STREAM[3:0]
                           : is_end && unsent != 8'd0 ? PROGRAM_UNSENT[3:0] : 4'd0;

    // ---- what runs ----
    wire        whole   = (turn_streams & ~line_valid) == 4'd0;
    wire        lost    = patience != 32'd0 && wait_q == patience && !whole;
    wire        take_up = state_q == ST_TURN && turn_valid && (whole || lost);
    wire        damaged = turn_marked || lost || (turn_streams & line_valid & line_poison) != 4'd0;
    assign ev_lost = state_q == ST_TURN && turn_valid && lost;
    assign busy    = state_q != ST_TURN || (turn_valid && whole);

    reg         late_q, judged_q;       // the second, and the third cycle after PLACE
    assign place = state_q == ST_PLACE;
    assign kill  = judged_q && fault != 4'd0;
    assign go    = state_q == ST_GO && !hold && !kill;
    wire [5:0]  op_q = ins[VI_OP_LSB +: VI_OP_W];
    wire        is_send = op_q == VOP_SEND;
    wire        is_sum  = op_q >= VOP_SUM && op_q <= VOP_MT;
    wire        is_rnd  = op_q == VOP_RND;
    assign send_routes = ins[7:0] & ~turn_quiet;
    wire        tail_over = state_q == ST_TAIL && !hold && count_q == 3'd0 && !kill;

    // where a run goes when nothing of it is left to free
    wire [7:0]  owed = unsent & ~turn_quiet;
    wire        stop_over  = state_q == ST_STOP && count_q == 3'd0;
    wire        start_bad  = state_q == ST_START && count_q == 3'd0 && bad_q;
    wire        end_now    = state_q == ST_DECODE && word_fault == 4'd0 && is_end;
    wire [3:0]  left       = pop_q & (pop_q - 4'd1);
    wire        free_over  = state_q == ST_FREE && left == 4'd0;
    wire        ends       = ((stop_over || start_bad || end_now) && held == 4'd0)
                          || (free_over && over_q);
    wire        ends_bad   = bad_q;
    assign poison        = (state_q == ST_POISON || state_q == ST_AGAIN) && res_ready;
    assign poison_again  = state_q == ST_AGAIN;
    assign poison_routes = poison_again ? turn_recurrent : owed;
    assign fin     = (ends && !(ends_bad && owed != 8'd0)) || (state_q == ST_POISON && res_ready);
    assign fin_bad = ends_bad;
    assign fin_code = code_q;

    assign line_pop    = state_q == ST_FREE;
    assign line_stream = state_q == ST_FREE
        ? (pop_q[0] ? 2'd0 : pop_q[1] ? 2'd1 : pop_q[2] ? 2'd2 : 2'd3) : ins[VI_B_LSB +: 2];
    assign code_re   = state_q == ST_FETCH;
    assign code_addr = pc_q[PW-1:0];

    // s1, s2, s3 at the beginning; `loop` later
    assign s_clear   = take_up;
    assign begin_run = take_up;
    wire   s_loop  = state_q == ST_DECODE && is_loop && word_fault == 4'd0;
    assign s_we    = state_q == ST_START || s_loop;
    assign s_waddr = s_loop ? d : 4'd3 - {1'b0, count_q};
    assign s_wdata = s_loop ? one_less : count_q == 3'd2 ? turn_n
                   : count_q == 3'd1 ? {16'd0, turn_step} : {28'd0, turn_lane};

    wire   control = is_len || is_branch || is_loop;
    assign retire  = (state_q == ST_DECODE && word_fault == 4'd0 && (control || end_now))
                  || tail_over || (free_over && !over_q);
    assign retire_pc = pc_q;

    always @(posedge clk) begin
        ev_stop <= 1'b0;
        late_q   <= place;
        judged_q <= late_q;
        wait_q   <= state_q == ST_TURN && turn_valid ? wait_q + 32'd1 : 32'd0;
        case (state_q)
            ST_TURN: begin
                count_q <= 3'd2;
                pc_q    <= {1'b0, turn_pc};
                done_q  <= 24'd0;
                len1    <= 12'd15;
                held    <= turn_streams;
                unsent  <= turn_routes;
                bad_q   <= damaged;
                code_q  <= damaged ? 8'd255 : 8'd0;
                over_q  <= 1'b1;
                if (take_up) state_q <= lost && turn_recurrent != 8'd0 ? ST_AGAIN : ST_START;
            end
            ST_AGAIN: if (res_ready) state_q <= ST_START;
            ST_START: begin
                count_q <= count_q - 3'd1;
                if (count_q == 3'd0 && !bad_q) state_q <= ST_FETCH;
            end
            ST_FETCH: state_q <= ST_DECODE;
            ST_DECODE: begin
                ins      <= code;
                d_vector <= dec_d;
                a_vector <= dec_a;
                b_vector <= dec_b;
                sa       <= s_a;
                sb       <= matrix ? s_b : b_value;
                done_q   <= done_q + 24'd1;
                count_q  <= 3'd3;
                if (word_fault != 4'd0) begin
                    state_q <= ST_STOP;
                    bad_q   <= 1'b1;
                    code_q  <= {4'd0, word_fault};
                end else if (control) begin
                    state_q <= ST_FETCH;
                    pc_q    <= !is_len && jump ? {1'b0, imm[11:0]} : pc_q + 13'd1;
                    if (is_len) len1 <= b_value[11:0] - 12'd1;
                end else if (is_free) begin
                    state_q <= ST_FREE;
                    over_q  <= 1'b0;
                end else if (!is_end) state_q <= ST_PLACE;
            end
            ST_PLACE: begin
                state_q <= is_rnd ? ST_HASH : ST_GO;
                count_q <= is_sum ? 3'd6 : is_rnd ? 3'd6 : 3'd2;
            end
            ST_HASH: begin
                count_q <= count_q - 3'd1;
                if (count_q == 3'd5) state_q <= ST_GO;
            end
            ST_GO: if (go && last) state_q <= ST_TAIL;
            ST_TAIL: if (!hold) begin
                count_q <= count_q - 3'd1;
                if (count_q == 3'd0) begin
                    state_q <= ST_FETCH;
                    pc_q    <= pc_q + 13'd1;
                    if (is_send) unsent <= unsent & ~ins[7:0];
                end
            end
            ST_FREE: begin
                held[line_stream] <= 1'b0;
                if (left == 4'd0 && !over_q) begin
                    state_q <= ST_FETCH;
                    pc_q    <= pc_q + 13'd1;
                    over_q  <= 1'b1;
                end
            end
            ST_STOP: count_q <= count_q - 3'd1;
            default: ;
        endcase
        if (kill) begin
            state_q <= ST_STOP;
            count_q <= 3'd0;
            bad_q   <= 1'b1;
            code_q  <= {4'd0, fault};
        end
        if (stop_over) begin
            ev_stop   <= 1'b1;
            ev_detail <= {4'd8, 3'd0, pc_q, turn_which, code_q};
        end
        if (stop_over || start_bad || end_now) state_q <= ST_FREE;
        if (ends) state_q <= ends_bad && owed != 8'd0 ? ST_POISON : ST_TURN;
        if (state_q == ST_POISON && res_ready) state_q <= ST_TURN;
        pop_q <= state_q == ST_FREE ? left
               : state_q == ST_DECODE && is_free && word_fault == 4'd0 ? imm[3:0] : held;
        if (!on) begin
            state_q  <= ST_TURN;
            late_q   <= 1'b0;
            judged_q <= 1'b0;
            ev_stop  <= 1'b0;
        end
    end
    wire unused = &{1'b0, ins, difference[31:0]};
endmodule
`default_nettype wire
