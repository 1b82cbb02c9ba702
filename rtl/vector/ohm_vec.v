// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// The vector unit: a programmable unit for what stands between two VMMs (gates, norms, softmax,
// products of activations, memory), on the line port and the result port of ohm_shell.
//
//                ┌──────────────┐  run  ┌─────────────┐ group  ┌──────────────┐
//   registers ─► │ ohm_vec_turn │ ────► │ ohm_vec_seq │ ─────► │ ohm_vec_exec │ ─► ohm_vec_send
//                └──────────────┘       └─────────────┘        └──────────────┘      ─► results
//                                  place: ohm_vec_place, ohm_vec_issue     ▲
//   lines ─────────────────────────────────────────────────────────────────┘
//
// Instructions, their cycles, registers, faults: docs/reference/vector.md. Ports: as
// docs/reference/borders.md; res_routes, res_words1, res_at come with res_done.
// Throughput: LANES elements a cycle. Parameters: as docs/reference/configurations.md.
module ohm_vec #(
    parameter LANES   = 8,
    parameter WORDS   = 4096,
    parameter PROG    = 512,
    parameter TABLES  = 4,
    parameter NSTREAM = 4,
    parameter NROUTE  = 4,
    parameter COLS    = 128
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         cfg_we,
    input  wire         cfg_re,
    input  wire [15:0]  cfg_addr,
    input  wire [31:0]  cfg_wdata,
    output wire [31:0]  cfg_rdata,
    input  wire         enable,
    input  wire [31:0]  seq_base,
    output wire         busy,
    output wire         bad_desc,
    output wire         ev_bad_desc,
    output wire [31:0]  ev_detail,
    output wire         ev_lost,        // number next_seq
    output wire [31:0]  next_seq,
    // lines
    input  wire [3:0]   line_valid,
    input  wire [3:0]   line_poison,
    output wire [1:0]   line_stream,
    input  wire [11:0]  line_words,
    output wire [3:0]   line_slot,
    output wire [11:0]  line_word,
    input  wire [31:0]  line_data,
    output wire         line_take,
    output wire         line_pop,
    // results
    input  wire         res_ready,
    output wire         res_valid,
    output wire [7:0]   res_idx,
    output wire [31:0]  res_data,
    output wire         res_done,
    output wire [31:0]  res_seq,
    output wire         res_poison,
    output wire [7:0]   res_routes,
    output wire [7:0]   res_words1,
    output wire [15:0]  res_at,
    output wire [31:0]  res_add,
    // trace
    output wire         trc_ins_valid,
    output wire [31:0]  trc_ins_seq,
    output wire [3:0]   trc_ins_prog,
    output wire [11:0]  trc_ins_pc,
    output wire         trc_vec_valid,
    output wire [13:0]  trc_vec_addr,
    output wire [LANES-1:0]    trc_vec_mask,
    output wire [32*LANES-1:0] trc_vec_data,
    output wire         trc_reg_valid,
    output wire [3:0]   trc_reg_idx,
    output wire [31:0]  trc_reg_data,
    output wire         trc_send_valid,
    output wire [31:0]  trc_send_data,
    output wire         trc_run_valid,
    output wire [31:0]  trc_run_seq,
    output wire [3:0]   trc_run_prog,
    output wire [7:0]   trc_run_code
);
`include "ohm_map.vh"
    localparam LW = $clog2(LANES);          // of a lane, of a group of LANES words
    localparam GW = $clog2(WORDS) - LW;

    // ---- registers ----
    wire         code_we, table_we, mem_we, on, bad, ev_cfg, started;
    wire [31:0]  ev_cfg_detail, add, seed, patience, init, rd_regs, rd_count;
    wire [3:0]   cycle;
    wire [15:0]  steps;
    wire [4:0]   lanes;
    wire [23:0]  limit;
    wire [2:0]   program_i;
    wire [23:0]  entry;
    wire [31:0]  table_x0;
    wire [3:0]   table_shift;
    ohm_vec_regs #(
        .LANES(LANES), .WORDS(WORDS), .PROG(PROG), .TABLES(TABLES), .NSTREAM(NSTREAM),
        .NROUTE(NROUTE)
    ) u_regs (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(rd_regs), .enable(enable),
        .code_we(code_we), .table_we(table_we), .mem_we(mem_we),
        .on(on), .bad(bad), .ev(ev_cfg), .ev_detail(ev_cfg_detail), .start(started),
        .cycle(cycle), .steps(steps), .lanes(lanes), .limit(limit), .add(add), .seed(seed),
        .patience(patience), .init(init), .program_i(program_i), .entry(entry),
        .table_i(ins[2:0]), .table_x0(table_x0), .table_shift(table_shift)
    );

    // ---- the run that is due ----
    wire         turn_valid, turn_marked, fin, fin_bad;
    wire [3:0]   turn_which, turn_lane, turn_streams;
    wire [31:0]  turn_n;
    wire [15:0]  turn_step;
    wire [11:0]  turn_pc;
    wire [7:0]   turn_routes, turn_quiet, turn_recurrent, fin_code;
    ohm_vec_turn u_turn (
        .clk(clk), .enable(enable), .on(on), .start(started), .seq_base(seq_base), .cycle(cycle),
        .steps(steps), .lanes(lanes), .init(init), .program_i(program_i), .entry(entry),
        .valid(turn_valid), .which(turn_which), .head(next_seq), .n(turn_n), .step(turn_step),
        .lane(turn_lane), .pc(turn_pc), .streams(turn_streams), .routes(turn_routes),
        .quiet(turn_quiet), .recurrent(turn_recurrent), .marked(turn_marked),
        .fin(fin), .fin_bad(fin_bad)
    );

    // ---- program memory ----
    localparam PW = $clog2(PROG);
    wire          code_re;
    wire [PW-1:0] code_addr;
    wire [63:0]   code;
    ohm_ram #(.DEPTH(PROG), .WIDTH(32)) u_code_low (
        .clk(clk), .we(code_we && !cfg_addr[0]), .waddr(cfg_addr[PW:1]), .wdata(cfg_wdata),
        .re(code_re), .raddr(code_addr), .rdata(code[31:0])
    );
    ohm_ram #(.DEPTH(PROG), .WIDTH(32)) u_code_high (
        .clk(clk), .we(code_we && cfg_addr[0]), .waddr(cfg_addr[PW:1]), .wdata(cfg_wdata),
        .re(code_re), .raddr(code_addr), .rdata(code[63:32])
    );

    // ---- scalar registers ----
    wire         s_clear, seq_we, exec_we;
    wire [3:0]   seq_waddr, exec_waddr, s_addr_a, s_addr_b;
    wire [31:0]  seq_wdata, exec_wdata, raw_a, raw_b, s_a, s_b, index_d, index_a, index_b;
    wire         there_a, there_b;
    ohm_vec_scalar u_scalar (
        .clk(clk), .clear(s_clear), .we(seq_we || exec_we),
        .waddr(seq_we ? seq_waddr : exec_waddr), .wdata(seq_we ? seq_wdata : exec_wdata),
        .addr_a(s_addr_a), .addr_b(s_addr_b), .raw_a(raw_a), .raw_b(raw_b),
        .there_a(there_a), .there_b(there_b), .a(s_a), .b(s_b),
        .index_d(index_d), .index_a(index_a), .index_b(index_b)
    );

    wire         equal, less, a_one, b_length;
    ohm_vec_compare u_compare (
        .a(raw_a), .b(raw_b), .there_a(there_a), .there_b(there_b),
        .equal(equal), .less(less), .a_one(a_one), .b_length(b_length)
    );

    // ---- sequencer ----
    wire [63:0]  ins;
    wire         d_vector, a_vector, b_vector, place, go, begin_run, runs, last, hold, kill, poison;
    wire         poison_again, ev_stop, retire, seq_busy;
    wire [31:0]  sa, sb, hash, ev_stop_detail;
    wire [11:0]  len1;
    wire [3:0]   held, fault;
    wire [7:0]   unsent, send_routes, poison_routes;
    wire [12:0]  retire_pc;
    ohm_vec_seq #(.PROG(PROG), .TABLES(TABLES)) u_seq (
        .clk(clk), .on(on), .limit(limit), .patience(patience),
        .turn_valid(turn_valid), .turn_which(turn_which), .turn_n(turn_n), .turn_step(turn_step),
        .turn_lane(turn_lane), .turn_pc(turn_pc), .turn_streams(turn_streams),
        .turn_routes(turn_routes), .turn_quiet(turn_quiet), .turn_recurrent(turn_recurrent),
        .turn_marked(turn_marked), .fin(fin), .fin_bad(fin_bad), .busy(seq_busy),
        .line_valid(line_valid), .line_poison(line_poison), .line_stream(line_stream),
        .line_pop(line_pop), .ev_lost(ev_lost),
        .code_re(code_re), .code_addr(code_addr), .code(code),
        .s_clear(s_clear), .s_we(seq_we), .s_waddr(seq_waddr), .s_wdata(seq_wdata),
        .s_addr_a(s_addr_a), .s_addr_b(s_addr_b), .s_a(s_a), .s_b(s_b),
        .equal(equal), .less(less), .a_one(a_one), .b_length(b_length),
        .ins(ins), .d_vector(d_vector), .a_vector(a_vector), .b_vector(b_vector),
        .sa(sa), .sb(sb), .len1(len1), .held(held), .unsent(unsent), .send_routes(send_routes),
        .begin_run(begin_run), .runs(runs), .place(place), .go(go), .last(last), .hold(hold),
        .fault(fault), .kill(kill), .res_ready(res_ready), .poison(poison),
        .poison_again(poison_again), .poison_routes(poison_routes),
        .ev_stop(ev_stop), .ev_detail(ev_stop_detail), .retire(retire), .retire_pc(retire_pc),
        .fin_code(fin_code)
    );
    assign busy        = on && seq_busy;
    assign bad_desc    = bad;
    assign ev_bad_desc = ev_stop || ev_cfg;
    assign ev_detail   = ev_stop ? ev_stop_detail : ev_cfg_detail;
    assign line_take   = line_pop;

    // ---- operands ----
    wire [9:0]       at_d, at_a, at_b;
    wire [7:0]       rows1;
    wire [11:0]      element, words1, count;
    wire             first_term, last_term;
    wire [GW-1:0]    addr_a, addr_b, addr_d;
    wire [LW-1:0]    lane, s1_lane;
    wire [LANES-1:0] lanes_on;
    wire [5:0]       op    = ins[VI_OP_LSB +: VI_OP_W];
    wire             quiet = op == VOP_SEND && send_routes == 8'd0;
    wire [1:0]       format = op == VOP_RND ? 2'd3 : ins[VI_SH_LSB +: 2];
    ohm_vec_hash u_hash (
        .clk(clk), .runs(runs), .begin_run(begin_run), .value(seed ^ turn_n),
        .imm(ins[VI_IMM_LSB +: VI_IMM_W]), .place(place), .y(hash)
    );
    ohm_vec_place #(.WORDS(WORDS)) u_place (
        .clk(clk), .start(place), .ins(ins), .format(format), .d_vector(d_vector),
        .a_vector(a_vector), .b_vector(b_vector), .sb(sb), .index_d(index_d),
        .index_a(index_a), .index_b(index_b), .len1(len1), .held(held), .unsent(unsent),
        .line_words(line_words),
        .at_d(at_d), .at_a(at_a), .at_b(at_b), .rows1(rows1), .element(element), .words1(words1),
        .fault(fault)
    );
    ohm_vec_issue #(.LANES(LANES), .GROUPS(1 << GW), .GW(GW)) u_issue (
        .clk(clk), .start(place), .go(go), .op(op), .format(format),
        .once(ins[VI_S_LSB] || quiet), .stride(ins[14:8]), .at_d(at_d), .at_a(at_a), .at_b(at_b),
        .rows1(rows1), .element(element), .len1(len1), .words1(words1),
        .last(last), .first_term(first_term), .last_term(last_term),
        .addr_a(addr_a), .addr_b(addr_b), .addr_d(addr_d), .lane(lane), .on(lanes_on),
        .count(count)
    );
    assign line_word = ins[11:0] + count;
    assign line_slot = turn_n[3:0];

    // ---- datapath ----
    wire                s1_send, s1_first, s1_last;
    wire [127:0]        four;
    wire [31:0]         one;
    wire [GW-1:0]       v_addr;
    wire [31:0]         read;
    ohm_vec_exec #(.LANES(LANES), .WORDS(WORDS), .TABLES(TABLES)) u_exec (
        .clk(clk), .on(on), .enable(enable), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .mem_we(mem_we), .table_we(table_we), .four(four), .one(one), .read(read),
        .ins(ins), .d_vector(d_vector), .b_vector(b_vector), .sa(sa), .sb(sb),
        .table_shift(table_shift), .table_x0(table_x0), .hash(hash),
        .at_d(at_d), .place(place), .go(go), .hold(hold), .kill(kill),
        .last(last), .first_term(first_term), .last_term(last_term),
        .addr_a(addr_a), .addr_b(addr_b), .addr_d(addr_d), .lane(lane), .lanes_on(lanes_on),
        .count(count), .quiet(quiet), .line_data(line_data),
        .s1_send(s1_send), .s1_first(s1_first), .s1_last(s1_last), .s1_lane(s1_lane),
        .s_we(exec_we), .s_waddr(exec_waddr), .s_wdata(exec_wdata),
        .v_we(trc_vec_valid), .v_mask(trc_vec_mask), .v_addr(v_addr), .v_data(trc_vec_data)
    );

    // ---- results ----
    wire        send_valid, send_done;
    wire [15:0] send_at;
    wire [1:0]  last_packed = !ins[VI_SH_LSB + 1] ? len1[1:0]
                            : ins[VI_SH_LSB] ? 2'd0 : {1'b0, len1[0]};
    ohm_vec_send #(.LW(LW), .COLS(COLS)) u_send (
        .clk(clk), .clear(kill || !on), .s1_valid(s1_send), .s1_first(s1_first), .s1_last(s1_last),
        .s1_lane(s1_lane), .s1_four(four), .s2_one(one), .format(ins[VI_SH_LSB +: 2]),
        .last_packed(last_packed), .hold(hold), .res_ready(res_ready), .res_valid(send_valid),
        .res_idx(res_idx), .res_data(res_data), .res_done(send_done), .res_at(send_at)
    );
    assign res_valid  = send_valid;
    assign res_done   = send_done || poison;
    assign res_poison = poison;
    assign res_seq    = poison_again ? turn_n - {27'd0, lanes} : turn_n;
    assign res_routes = poison ? poison_routes : send_routes;
    assign res_words1 = poison ? 8'd0 : res_idx;
    assign res_at     = poison ? 16'd0 : send_at;
    assign res_add    = add;

    // ---- what the host reads ----
    reg enable_q, mem_q;
    always @(posedge clk) begin
        enable_q <= enable;
        mem_q    <= cfg_re && !enable && cfg_addr[15:14] == REG_VMEM[15:14];
    end
    ohm_counters u_counters (
        .clk(clk), .rst(rst), .clr(enable && !enable_q), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_rdata(rd_count), .vmm_inc(fin && !fin_bad), .poison_inc(fin && fin_bad),
        .clip_lo_inc(1'b0), .clip_hi_inc(1'b0), .sat_in_inc(3'd0), .sat_out_inc(1'b0)
    );
    assign cfg_rdata = rd_regs | rd_count | (read & {32{mem_q}});

    // ---- trace: what an instruction writes comes before the instruction, that before the run's
    // end; so a `loop`, which writes early, waits for the instruction before it ----
    reg [2:0]  ins_q;
    reg [38:0] pc_q;
    reg        loop_q;
    reg [35:0] reg_q;
    reg [3:0]  fin_q;
    reg [44*4-1:0] run_q;
    reg [36*3-1:0] who_q;
    always @(posedge clk) begin
        ins_q  <= {ins_q[1:0], retire};
        pc_q   <= {pc_q[25:0], retire_pc};
        who_q  <= {who_q[71:0], turn_which, turn_n};
        loop_q <= seq_we && ins_q[0];   // not at a run's beginning
        reg_q  <= {seq_waddr, seq_wdata};
        fin_q  <= {fin_q[2:0], fin};
        run_q  <= {run_q[131:0], fin_code, turn_which, turn_n};
        if (!on) {ins_q, loop_q, fin_q} <= 8'd0;
    end
    assign trc_ins_valid  = ins_q[2];
    assign trc_ins_pc     = pc_q[37:26];
    assign {trc_ins_prog, trc_ins_seq} = who_q[107:72];
    assign trc_vec_addr   = {{14-GW{1'b0}}, v_addr} << LW;
    assign trc_reg_valid  = loop_q ? reg_q[35:32] != 4'd0 : exec_we && exec_waddr != 4'd0;
    assign {trc_reg_idx, trc_reg_data} = loop_q ? reg_q : {exec_waddr, exec_wdata};
    assign trc_send_valid = res_valid;
    assign trc_send_data  = res_data;
    assign trc_run_valid  = fin_q[3];
    assign {trc_run_code, trc_run_prog, trc_run_seq} = run_q[175:132];

    wire unused = &{1'b0, pc_q[38]};
endmodule
`default_nettype wire
