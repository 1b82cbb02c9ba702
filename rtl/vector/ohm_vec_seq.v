// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Sequencer of the vector unit: takes up the run that is due when its streams are whole, fetches
// and starts its instructions one after the other, stops it at a fault, frees its inputs and sends
// poison where that is owed.
//
//   TURN ─► (AGAIN) ─► START ─► FETCH ─► DECODE ─► PLACE ─► (HASH) ─► GO ─► TAIL ─► FETCH …
//     ▲                  │                 │ control: back to FETCH at once, or by way of JUMP
//     │                  │ poisoned        │ fault ─► STOP ─┐
//     └── (POISON) ◄── (FREE) ◄────────────┴ end, free ◄────┘
//
// The program memory answers a cycle before FETCH, which keeps the word; the one behind it is read
// while an instruction is decoded, so only a jump waits for its word. An instruction: word kept in
// the first cycle, decoded in the second, its operands placed in the third (`place`), its first
// group read in the fourth (`go`), when faults of its operands are found; they are known in the
// fifth, before anything has been written (`kill`).
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
    input  wire          equal,         // s_a and s_b compared, as ohm_vec_compare has it
    input  wire          less,
    input  wire          a_one,
    input  wire          b_length,
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
    output wire          runs,          // it goes on
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
                     ST_FREE = 4'd8, ST_STOP = 4'd9, ST_POISON = 4'd10, ST_HASH = 4'd11,
                     ST_JUMP = 4'd12;

    reg  [3:0]  state_q;
    reg  [2:0]  count_q;                // cycles of START, HASH and TAIL, STOP that are left
    reg  [12:0] next_q;                 // address of the word that comes next
    reg  [12:0] pc_q;                   // of the instruction
    reg  [23:0] done_q;                 // instructions of this run
    reg         limit_q, outside_q;     // they are as many as may be; pc_q is past the memory
    reg  [3:0]  addr_a_q, addr_b_q;     // scalar registers that the instruction reads
    reg         loop_q;                 // a `loop` counts
    reg         owes_q;                 // routes are left that poison would be owed
    reg         all_sent_q;             // none are left that the run names
    reg  [10:0] kind_q;                 // of the instruction, as ohm_vec_kind has them
    reg  [7:0]  small_q;
    reg  [6:0]  empty_q;
    reg         end_q;
    reg  [31:0] wait_q;                 // cycles since the turn came, and 1
    reg         expired_q;              // they are as many as VWAIT says
    reg  [3:0]  pop_q;                  // streams still to free
    reg         over_q, bad_q;          // after FREE the run is over; it is poisoned or stopped
    reg  [7:0]  code_q;                 // why

    // ---- the word in FETCH: which scalar registers it reads ----
    wire [5:0]  code_op = code[VI_OP_LSB +: VI_OP_W];
    wire [3:0]  code_a  = code_op == VOP_LOOP ? code[VI_D_LSB +: 4] : code[VI_A_LSB +: 4];
    wire [3:0]  code_b  = code_op == VOP_MV || code_op == VOP_MT ? code[VI_IMM_LSB +: 4]
                                                                 : code[VI_B_LSB +: 4];
    wire [10:0] code_kind;
    wire [7:0]  code_small;
    wire [6:0]  code_empty;
    wire        code_end;
    ohm_vec_kind #(.TABLES(TABLES)) u_kind (
        .word(code), .kind(code_kind), .small_of(code_small), .empty(code_empty),
        .is_end(code_end)
    );
    assign s_addr_a = addr_a_q;
    assign s_addr_b = addr_b_q;

    // ---- the word in DECODE, and later ----
    wire [5:0]  op   = ins[VI_OP_LSB +: VI_OP_W];
    wire [1:0]  bk   = ins[VI_BK_LSB +: VI_BK_W];
    wire [15:0] imm  = ins[VI_IMM_LSB +: VI_IMM_W];
    wire        reduction, matrix, is_branch, is_free, is_send, is_len, is_loop, is_end;
    assign {is_end, is_loop, is_len, is_send, is_free} = kind_q[10:6];
    assign {is_branch, matrix, reduction} = {kind_q[4], kind_q[2:1]};
    wire        is_sum = matrix || reduction;
    wire        is_rnd = op == VOP_RND;
    wire        dec_d, dec_a, dec_b, bad_op, bad_field;
    ohm_vec_decode u_decode (
        .word(ins), .kind(kind_q), .small_of(small_q), .empty(empty_q),
        .d_vector(dec_d), .a_vector(dec_a), .b_vector(dec_b), .bad_op(bad_op), .bad_field(bad_field)
    );
    wire [31:0] b_value = bk == 2'd2 ? {{16{imm[15]}}, imm} : s_b;
    wire        jumps = is_loop ? !a_one : is_branch
                     && (op == VOP_BEQ ? equal : op == VOP_BNE ? !equal
                       : op == VOP_BLT ? less : !less);
    wire        len_bad = is_len && bk == 2'd1 && !b_length;
    wire [3:0]  word_fault = limit_q ? PROGRAM_LIMIT[3:0]
                           : outside_q ? PROGRAM_PC[3:0]
                           : bad_op ? PROGRAM_OPCODE[3:0]
                           : bad_field ? PROGRAM_FIELD[3:0]
                           : len_bad ? PROGRAM_VALUE[3:0]
                           : is_free && (imm[3:0] & ~held) != 4'd0 ? PROGRAM_STREAM[3:0]
                           : is_end && !all_sent_q ? PROGRAM_UNSENT[3:0] : 4'd0;

    // ---- what runs ----
    wire        whole   = (turn_streams & ~line_valid) == 4'd0;
    wire        timed   = turn_valid && patience != 32'd0;
    wire        lost    = expired_q && !whole;
    wire        take_up = state_q == ST_TURN && turn_valid && (whole || lost);
    wire        damaged = turn_marked || lost || (turn_streams & line_valid & line_poison) != 4'd0;
    assign ev_lost = state_q == ST_TURN && turn_valid && lost;
    assign busy    = state_q != ST_TURN || (turn_valid && whole);

    reg         late_q, judged_q;       // the second, and the third cycle after PLACE
    assign place = state_q == ST_PLACE;
    assign kill  = judged_q && fault != 4'd0;
    assign go    = state_q == ST_GO && !hold && !kill;
    assign send_routes = ins[7:0] & ~turn_quiet;
    wire        tail_over = state_q == ST_TAIL && !hold && count_q == 3'd0 && !kill;

    // where a run goes when nothing of it is left to free
    wire [7:0]  owed = unsent & ~turn_quiet;
    wire        stop_over  = state_q == ST_STOP && count_q == 3'd0;
    wire        start_bad  = state_q == ST_START && count_q == 3'd0 && bad_q;
    // an `end` without a fault, by itself because the next run's turn hangs on it
    wire        end_now    = state_q == ST_DECODE && end_q && all_sent_q && !limit_q && !outside_q;
    wire [3:0]  left       = pop_q & (pop_q - 4'd1);
    wire        free_over  = state_q == ST_FREE && left == 4'd0;
    wire        ends       = ((stop_over || start_bad || end_now) && held == 4'd0)
                          || (free_over && over_q);
    wire        ends_bad   = bad_q;
    assign poison        = (state_q == ST_POISON || state_q == ST_AGAIN) && res_ready;
    assign poison_again  = state_q == ST_AGAIN;
    assign poison_routes = poison_again ? turn_recurrent : owed;
    assign fin     = (ends && !(ends_bad && owes_q)) || (state_q == ST_POISON && res_ready);
    assign fin_bad = ends_bad;
    assign fin_code = code_q;

    assign line_pop    = state_q == ST_FREE;
    assign line_stream = state_q == ST_FREE
        ? (pop_q[0] ? 2'd0 : pop_q[1] ? 2'd1 : pop_q[2] ? 2'd2 : 2'd3) : ins[VI_B_LSB +: 2];
    assign code_re   = state_q == ST_START || state_q == ST_DECODE || state_q == ST_JUMP;
    assign code_addr = next_q[PW-1:0];

    // s1, s2, s3 at the beginning; `loop`'s in the cycle behind DECODE
    assign s_clear   = state_q == ST_TURN;
    assign begin_run = take_up;
    assign runs      = state_q != ST_TURN;
    wire   starts  = state_q == ST_START;
    assign s_we    = starts || loop_q;
    assign s_waddr = starts ? 4'd3 - {1'b0, count_q} : ins[VI_D_LSB +: 4];
    assign s_wdata = !starts ? sa - 32'd1 : count_q[1] ? turn_n
                   : count_q[0] ? {16'd0, turn_step} : {28'd0, turn_lane};

    wire   control = is_len || is_branch || is_loop;
    assign retire  = (state_q == ST_DECODE && word_fault == 4'd0 && (control || end_now))
                  || tail_over || (free_over && !over_q);
    assign retire_pc = pc_q;

    always @(posedge clk) begin
        ev_stop <= 1'b0;
        late_q   <= place;
        judged_q <= late_q;
        limit_q  <= done_q == limit;
        owes_q   <= owed != 8'd0;
        all_sent_q <= unsent == 8'd0;
        loop_q   <= state_q == ST_DECODE && word_fault == 4'd0 && is_loop;
        wait_q    <= state_q == ST_TURN && timed ? wait_q + 32'd1 : 32'd1;
        expired_q <= state_q == ST_TURN && timed && wait_q == patience;
        case (state_q)
            ST_TURN: begin
                count_q <= 3'd2;
                next_q  <= {1'b0, turn_pc};
                done_q  <= 24'd0;
                len1    <= 12'd15;
                held    <= turn_streams;
                unsent  <= turn_routes;
                bad_q   <= damaged;
                over_q  <= 1'b1;
                if (take_up) state_q <= lost && turn_recurrent != 8'd0 ? ST_AGAIN : ST_START;
            end
            ST_AGAIN: if (res_ready) state_q <= ST_START;
            ST_START: begin
                count_q <= count_q - 3'd1;
                code_q  <= {8{bad_q}};
                if (count_q == 3'd0 && !bad_q) state_q <= ST_FETCH;
            end
            ST_JUMP: state_q <= ST_FETCH;
            ST_FETCH: begin
                state_q   <= ST_DECODE;
                ins       <= code;
                {kind_q, small_q, empty_q, end_q} <= {code_kind, code_small, code_empty, code_end};
                addr_a_q  <= code_a;
                addr_b_q  <= code_b;
                pc_q      <= next_q;
                outside_q <= next_q[12:PW] != {13-PW{1'b0}};
                next_q    <= next_q + 13'd1;
            end
            ST_DECODE: begin
                d_vector <= dec_d;
                a_vector <= dec_a;
                b_vector <= dec_b;
                sa       <= s_a;
                sb       <= matrix ? s_b : b_value;
                done_q   <= done_q + 24'd1;
                count_q  <= 3'd3;
                // what matters to no one after a fault does not wait for its finding
                if (jumps) next_q <= {1'b0, imm[11:0]};
                if (is_len) len1 <= b_value[11:0] - 12'd1;
                over_q <= !is_free;
                if (word_fault != 4'd0) begin
                    state_q <= ST_STOP;
                    bad_q   <= 1'b1;
                    code_q  <= {4'd0, word_fault};
                end else state_q <= jumps ? ST_JUMP : control ? ST_FETCH
                                  : is_free ? ST_FREE : ST_PLACE;
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
                    if (is_send) unsent <= unsent & ~ins[7:0];
                end
            end
            ST_FREE: begin
                held <= held & ~(pop_q & ~left);
                if (left == 4'd0 && !over_q) begin
                    state_q <= ST_FETCH;
                    over_q  <= 1'b1;
                end
            end
            ST_STOP: begin
                count_q <= count_q - 3'd1;
                over_q  <= 1'b1;
            end
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
        if (ends) state_q <= ends_bad && owes_q ? ST_POISON : ST_TURN;
        if (state_q == ST_POISON && res_ready) state_q <= ST_TURN;
        pop_q <= state_q == ST_FREE ? left
               : state_q == ST_DECODE && is_free ? imm[3:0] : held;
        if (!on) begin
            state_q  <= ST_TURN;
            late_q   <= 1'b0;
            judged_q <= 1'b0;
            ev_stop  <= 1'b0;
            loop_q   <= 1'b0;
        end
    end
    wire unused = &{1'b0, ins};
endmodule
`default_nettype wire
