// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Datapath of the vector unit: memory, lanes, sums over lanes, and where each result goes.
//
//   s0  a group is read (or a word of a packet); scalar forms come into s1 two cycles earlier
//   s1 … s6  lanes (ohm_vec_lane); s6 writes memory or a scalar register
//   s5 … s7  sums over all lanes go through sum, shift and rounding of lane 0, a cycle later than
//            its own; s7 writes a scalar register, s8 the row of a matrix product
//
// What the host writes into the vector memory goes through the last choice of the lanes, what it
// reads through the choice of one lane that `get` and `send` have. The instruction (ins, sa, sb
// and its places) stands still until the last of its results is in s6. Throughput: one group a
// cycle. Parameters: as docs/reference/configurations.md.
module ohm_vec_exec #(
    parameter LANES  = 8,
    parameter WORDS  = 4096,
    parameter TABLES = 4,
    parameter LW     = $clog2(LANES),
    parameter GW     = $clog2(WORDS) - LW
) (
    input  wire              clk,
    input  wire              on,
    // the host, while the tile is disabled
    input  wire              enable,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              mem_we,
    input  wire              table_we,
    output wire [127:0]      four,      // read by port b, those with s1_lane among them
    output reg  [31:0]       one,       // the one of s1_lane, a cycle later
    output wire [31:0]       read,      // word at cfg_addr, one cycle later
    // the instruction
    input  wire [63:0]       ins,
    input  wire              d_vector,
    input  wire              b_vector,
    input  wire [31:0]       sa,
    input  wire [31:0]       sb,
    input  wire [3:0]        table_shift,
    input  wire [31:0]       table_x0,
    input  wire [31:0]       hash,      // of the element in s1
    input  wire [9:0]        at_d,
    input  wire              place,
    input  wire              go,
    input  wire              hold,
    input  wire              kill,
    // this group (s0)
    input  wire              last,
    input  wire              first_term,
    input  wire              last_term,
    input  wire [GW-1:0]     addr_a,
    input  wire [GW-1:0]     addr_b,
    input  wire [GW-1:0]     addr_d,
    input  wire [LW-1:0]     lane,
    input  wire [LANES-1:0]  lanes_on,
    input  wire [11:0]       count,
    input  wire              quiet,     // a send of which nothing is left
    input  wire [31:0]       line_data,
    // to the packer
    output reg               s1_send,
    output reg               s1_first,
    output reg               s1_last,
    output reg  [LW-1:0]     s1_lane,
    // results
    output wire              s_we,
    output wire [3:0]        s_waddr,
    output wire [31:0]       s_wdata,
    output wire              v_we,      // of an instruction
    output wire [LANES-1:0]  v_mask,
    output wire [GW-1:0]     v_addr,
    output wire [32*LANES-1:0] v_data
);
`include "ohm_map.vh"
    wire [5:0]  op  = ins[VI_OP_LSB +: VI_OP_W];
    wire is_mv = op == VOP_MV, is_mt = op == VOP_MT, is_get = op == VOP_GET;
    wire is_send = op == VOP_SEND, is_rnd = op == VOP_RND;
    wire is_best = op == VOP_TOP || op == VOP_ARGTOP;

    wire [1:0]  format = ins[VI_SH_LSB +: 2];

    wire        plus, from_hash, from_line, from_one, from_a, is_sum;
    wire [16:0] act;
    wire [5:0]  count_by;
    wire [15:0] table_one, table_rest;
    wire [23:0] table_high;
    reg  [3:0]  shift_q;                // of the table
    reg  [31:0] x0_q;
    always @(posedge clk) {shift_q, x0_q} <= {table_shift, table_x0};
    ohm_vec_act u_act (
        .clk(clk), .op(op), .sh(ins[VI_SH_LSB +: VI_SH_W]), .table_shift(shift_q),
        .plus(plus), .from_hash(from_hash), .from_line(from_line), .from_one(from_one),
        .from_a(from_a), .is_sum(is_sum), .act(act), .count(count_by),
        .table_one(table_one), .table_rest(table_rest), .table_high(table_high)
    );

    // ---- memory ----
    wire [32*LANES-1:0] group, b;
    wire [GW-1:0]       cfg_group = cfg_addr[GW+LW-1:LW];
    wire [LANES-1:0]    cfg_lane  = {{LANES-1{1'b0}}, 1'b1} << cfg_addr[LW-1:0];
    ohm_vec_mem #(.LANES(LANES), .GROUPS(1 << GW), .GW(GW)) u_mem (
        .clk(clk), .we(mem_we ? cfg_lane : v_we ? v_mask : {LANES{1'b0}}),
        .waddr(mem_we ? cfg_group : v_addr), .wdata(v_data),
        .re_a(!hold), .addr_a(addr_a), .rdata_a(group),
        .re_b(!hold), .addr_b(enable ? addr_b : cfg_group), .rdata_b(b)
    );
    reg             host_q;
    reg  [LW-1:0]   cfg_lane_q;
    wire [LW-1:0]   lane_b = host_q ? cfg_lane_q : s1_lane;
    generate
        if (LW > 2) begin : g_choice
            assign four = b[128*lane_b[LW-1:2] +: 128];
        end else begin : g_all
            assign four = b;
        end
    endgenerate
    wire [31:0] pick  = lane_b[1] ? {32{lane_b[0]}} : lane_b[0] ? four[63:32] : four[31:0];
    wire [31:0] one_b = lane_b[1] ? (pick & four[127:96]) | (~pick & four[95:64]) : pick;
    assign read = one_b;
    always @(posedge clk) begin
        host_q     <= !enable;
        cfg_lane_q <= cfg_addr[LW-1:0];
    end

    // ---- s0 to s8: what goes along ----
    // in lane 0 alone: a scalar form, there at once; that of rnd waits for its hash
    wire             s1_scalar = (place && ins[VI_S_LSB] && !is_rnd) || s1_late;
    reg              s1_late, s1_write, s1_sum, s1_more, s1_get, s1_start, s1_end;
    reg [GW-1:0]     s1_addr;
    reg [LANES-1:0]  s1_on;
    reg [11:0]       s1_count;
    reg              s2_get, s7_emit, s8_row;
    // s2 to s6, the newest in the low bits
    localparam IW = GW + LANES;
    reg [5*IW-1:0]   way_q;             // address, lanes
    reg [4:0]        scalar_q, write_q, sum_q, more_q, end_q;
    reg [2:0]        start_q;
    reg [3*(12-LW)-1:0] index_q;        // s2 to s4: group
    always @(posedge clk) begin
        if (!hold) begin
            s1_late  <= go && ins[VI_S_LSB] && is_rnd;
            s1_write <= go && d_vector && !is_mv && (!is_mt || last_term);
            s1_sum   <= go && is_sum;
            s1_get   <= go && is_get;
            s1_send  <= go && is_send && !quiet;
            s1_first <= first_term;
            s1_last  <= last;
            s1_start <= first_term;
            s1_more  <= go && (is_sum || is_mt) && !last_term;
            s1_end   <= last_term;
            s1_addr  <= addr_d;
            s1_on    <= lanes_on;
            s1_lane  <= lane;
            s1_count <= count;
        end
        way_q    <= {way_q[4*IW-1:0], s1_addr, s1_on};
        scalar_q <= {scalar_q[3:0], s1_scalar};
        write_q  <= {write_q[3:0], s1_write && !kill};
        sum_q    <= {sum_q[3:0], s1_sum && !kill};
        start_q  <= {start_q[1:0], s1_start};
        more_q   <= {more_q[3:0], s1_more && !kill};
        end_q    <= {end_q[3:0], s1_end};
        index_q  <= {index_q[2*(12-LW)-1:0], s1_count[11-LW:0]};
        s2_get   <= s1_get && !kill;
        s7_emit  <= sum_q[4] && end_q[4];
        s8_row   <= s7_emit && is_mv;
        if (!hold) one <= one_b;
        if (!on) begin
            {s1_late, s1_write, s1_sum, s1_more, s1_get, s1_send} <= 6'd0;
            {scalar_q, write_q, sum_q, more_q} <= 20'd0;
            {s2_get, s7_emit, s8_row} <= 3'd0;
        end
    end
    wire [LANES-1:0] s2_on = way_q[0 +: LANES], s4_on = way_q[2*IW +: LANES];
    wire             s6_scalar = scalar_q[4], s6_write = write_q[4];
    wire [GW-1:0]    s6_addr = way_q[4*IW+LANES +: GW];
    wire [LANES-1:0] s6_on   = way_q[4*IW +: LANES];

    // ---- lanes ----
    localparam TW = TABLES > 1 ? $clog2(TABLES) : 1;
    wire [TW-1:0] cfg_table, table_i;
    generate
        if (TABLES > 1) begin : g_tables
            assign cfg_table = cfg_addr[9 +: TW];
            assign table_i   = ins[TW-1:0];
        end else begin : g_table
            assign cfg_table = 1'b0;
            assign table_i   = 1'b0;
        end
    endgenerate

    // b where it is no vector: a whole word that comes, a register, an immediate; or the part of a
    // word that is lane i mod 4's. The element of b that `mt` takes is chosen too late in s1: it
    // comes to the lanes in s2.
    reg         is_narrow, vector_q;
    wire [31:0] word = from_hash ? hash : from_line ? line_data : from_a ? sa : sb;
    wire [127:0] each;
    always @(posedge clk) begin
        is_narrow <= op == VOP_UNPACK && format != 2'd3;
        vector_q  <= b_vector && go && !is_mt;
    end
    genvar i;
    generate for (i = 0; i < 4; i = i + 1) begin : g_part
        localparam integer BYTE = 8 * i, HALF = 16 * (i % 2);
        wire [7:0]  byte_in = line_data[BYTE +: 8];
        wire [15:0] half_in = line_data[HALF +: 16];
        wire        sign    = format[1] ? half_in[15] : byte_in[7] && format[0];
        wire [15:0] part    = format[1] ? half_in : {{8{sign}}, byte_in};
        assign each[32*i +: 32] = is_narrow ? {{16{sign}}, part} : word;
    end endgenerate

    wire [51:0] sum;
    wire [31:0] best;
    wire [11:0] best_i;
    wire [32*LANES-1:0] s2_a, result;
    wire [48*LANES-1:0] s5_p;
    generate for (i = 0; i < LANES; i = i + 1) begin : g_lane
        wire [31:0] own = b[32*i +: 32];
        ohm_vec_lane #(.TABLES(TABLES), .SUM(i == 0 ? 64 : 56), .EXT(i == 0)) u_lane (
            .clk(clk), .plus(plus), .act(act), .count(count_by), .table_x0(x0_q),
            .table_i(table_i), .table_shift(shift_q), .table_high(table_high),
            .table_one(table_one), .table_rest(table_rest), .table_we(table_we),
            .table_waddr({cfg_table, cfg_addr[8:0]}), .table_wdata(cfg_wdata[15:0]),
            .s1_a(i == 0 && s1_scalar ? sa : group[32*i +: 32]),
            .s1_b(vector_q ? own : each[32*(i%4) +: 32]),
            .from_one(from_one), .s2_one(one[15:0]),
            .s4_on(s4_on[i] || (i == 0 && scalar_q[2])),
            .s5_more(i == 0 && is_sum ? more_q[4] : more_q[3]),
            .ext_on(is_sum), .ext(sum),
            .put_on(mem_we || s8_row || (i == 0 && alone)), .put(i == 0 && alone ? single : put),
            .s2_a(s2_a[32*i +: 32]), .s5_p(s5_p[48*i +: 48]),
            .own(result[32*i +: 32]), .y(v_data[32*i +: 32])
        );
    end endgenerate
    // what is no result of a lane goes past it; into lane 0 also what a scalar register gets
    wire        alone  = s2_get || (s7_emit && is_best);
    wire [31:0] single = s2_get ? one : op == VOP_TOP ? best : {20'd0, best_i};
    wire [31:0] put    = mem_we ? cfg_wdata : row_q;
    reg  [31:0] row_q;                  // result of mv
    always @(posedge clk) row_q <= result[31:0];

    ohm_vec_reduce #(.LANES(LANES), .LW(LW)) u_reduce (
        .clk(clk), .s2_on(s2_on), .s2_a(s2_a), .s4_on(sum_q[2]), .s4_first(start_q[2]),
        .s4_group(index_q[2*(12-LW) +: 12-LW]), .best(best), .best_i(best_i),
        .s5_p(s5_p), .sum(sum)
    );

    // ---- results ----
    reg  [7:0]  at_row_q;               // row of mv
    always @(posedge clk) begin
        if (s8_row) at_row_q <= at_row_q + 8'd1;
        if (place) at_row_q <= 8'd0;
    end
    wire [13:0]   base_d = {4'd0, at_d} << (4 - LW);
    wire [15:0]   row_group = {8'd0, at_row_q} >> LW;
    assign v_we   = s6_write || s8_row;
    assign v_mask = s8_row ? {{LANES-1{1'b0}}, 1'b1} << at_row_q[LW-1:0] : s6_on;
    assign v_addr = s8_row ? base_d[GW-1:0] + row_group[GW-1:0] : s6_addr;

    assign s_we    = s6_scalar || s2_get || (s7_emit && !is_mv);
    assign s_waddr = ins[VI_D_LSB +: 4];
    assign s_wdata = v_data[31:0];

    wire unused = &{1'b0, result, cfg_addr, base_d, row_group, ins, s1_count};
endmodule
`default_nettype wire
