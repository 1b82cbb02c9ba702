// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Datapath of the vector unit: memory, lanes, sums over lanes, and where each result goes.
//
//   s0  a group is read (or a word of a packet); scalar forms come in here one cycle earlier
//   s1 … s5  lanes (ohm_vec_lane); s5 writes memory or a scalar register
//   s6, s7   sums over all lanes go through the shift of lane 0 and are written
//
// The instruction (ins, sa, sb and its places) stands still until the last of its results is
// written. Throughput: one group a cycle. Parameters: as docs/reference/configurations.md.
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
    output wire [32*LANES-1:0] read,    // group that cfg_addr lies in, one cycle later
    // tables
    input  wire [32*TABLES-1:0] table_x0,
    input  wire [4*TABLES-1:0]  table_shift,
    // the instruction
    input  wire [63:0]       ins,
    input  wire              d_vector,
    input  wire              b_vector,
    input  wire [31:0]       sa,
    input  wire [31:0]       sb,
    input  wire [31:0]       hash,
    input  wire [9:0]        at_d,
    input  wire              place,
    input  wire              go,
    input  wire              go_scalar,
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
    wire [15:0] imm = ins[VI_IMM_LSB +: VI_IMM_W];
    wire [5:0]  sh  = ins[VI_SH_LSB +: VI_SH_W];
    wire is_mv = op == VOP_MV, is_mt = op == VOP_MT, is_get = op == VOP_GET, is_put = op == VOP_PUT;
    wire is_unpack = op == VOP_UNPACK, is_send = op == VOP_SEND;
    wire is_sum = op >= VOP_SUM && op <= VOP_MV;    // over the lanes
    wire is_best = op == VOP_TOP || op == VOP_ARGTOP;

    // ---- memory ----
    wire [32*LANES-1:0] a, b;
    wire [GW-1:0]       cfg_group = cfg_addr[GW+LW-1:LW];
    wire [LANES-1:0]    cfg_lane  = {{LANES-1{1'b0}}, 1'b1} << cfg_addr[LW-1:0];
    ohm_vec_mem #(.LANES(LANES), .GROUPS(1 << GW), .GW(GW)) u_mem (
        .clk(clk), .we(mem_we ? cfg_lane : v_we ? v_mask : {LANES{1'b0}}),
        .waddr(mem_we ? cfg_group : v_addr), .wdata(mem_we ? {LANES{cfg_wdata}} : v_data),
        .re_a(!hold), .addr_a(enable ? addr_a : cfg_group), .rdata_a(a),
        .re_b(!hold), .addr_b(addr_b), .rdata_b(b)
    );
    assign read = a;

    // ---- s0 to s7: what goes along ----
    reg              s1_scalar, s1_write, s1_sum, s1_get, s1_start, s1_end;
    reg [GW-1:0]     s1_addr;
    reg [LANES-1:0]  s1_on;
    reg [11:0]       s1_count;
    reg              s2_scalar, s2_write, s2_sum, s2_get, s2_start, s2_end;
    reg [GW-1:0]     s2_addr, s3_addr, s4_addr, s5_addr;
    reg [LANES-1:0]  s2_on, s3_on, s4_on, s5_on;
    reg [11-LW:0]    s2_group, s3_group, s4_group, s5_group;
    reg              s3_scalar, s3_write, s3_sum, s3_start, s3_end;
    reg              s4_scalar, s4_write, s4_sum, s4_start, s4_end;
    reg              s5_scalar, s5_write, s5_sum, s5_start, s5_end;
    reg              s6_emit, s7_emit;
    reg [31:0]       get_q;
    always @(posedge clk) begin
        if (!hold) begin
            s1_scalar <= go_scalar;
            s1_write  <= go && d_vector && !is_mv && (!is_mt || last_term);
            s1_sum    <= go && is_sum;
            s1_get    <= go && is_get;
            s1_send   <= go && is_send && !quiet;
            s1_first  <= first_term;
            s1_last   <= last;
            s1_start  <= is_sum || is_mt ? first_term : 1'b1;
            s1_end    <= last_term;
            s1_addr   <= addr_d;
            s1_on     <= lanes_on;
            s1_lane   <= lane;
            s1_count  <= go_scalar ? 12'd0 : count;
        end
        {s2_scalar, s2_start, s2_end} <= {s1_scalar, s1_start, s1_end};
        {s2_write, s2_sum, s2_get} <= kill ? 3'd0 : {s1_write, s1_sum, s1_get};
        {s3_scalar, s3_write, s3_sum, s3_start, s3_end} <= {s2_scalar, s2_write, s2_sum, s2_start,
                                                            s2_end};
        {s4_scalar, s4_write, s4_sum, s4_start, s4_end} <= {s3_scalar, s3_write, s3_sum, s3_start,
                                                            s3_end};
        {s5_scalar, s5_write, s5_sum, s5_start, s5_end} <= {s4_scalar, s4_write, s4_sum, s4_start,
                                                            s4_end};
        {s2_addr, s3_addr, s4_addr, s5_addr} <= {s1_addr, s2_addr, s3_addr, s4_addr};
        {s2_on, s3_on, s4_on, s5_on} <= {s1_on, s2_on, s3_on, s4_on};
        {s2_group, s3_group, s4_group, s5_group} <= {s1_count[11-LW:0], s2_group, s3_group,
                                                     s4_group};
        s6_emit <= s5_sum && s5_end;
        s7_emit <= s6_emit;
        get_q   <= b[32*s1_lane +: 32];
        if (!on) begin
            {s1_scalar, s1_write, s1_sum, s1_get, s1_send} <= 5'd0;
            {s2_scalar, s2_write, s2_sum, s2_get} <= 4'd0;
            {s3_scalar, s3_write, s3_sum} <= 3'd0;
            {s4_scalar, s4_write, s4_sum} <= 3'd0;
            {s5_scalar, s5_write, s5_sum} <= 3'd0;
            {s6_emit, s7_emit} <= 2'd0;
        end
    end

    // ---- lanes ----
    localparam TW = TABLES > 1 ? $clog2(TABLES) : 1;
    reg  [16*TABLES-1:0] top_q;         // entry 256 of each table
    wire [2:0]  cfg_table = cfg_addr[11:9];
    wire [TW-1:0] table_i = imm[TW-1:0];
    integer t;
    always @(posedge clk)
        for (t = 0; t < TABLES; t = t + 1)
            if (table_we && cfg_addr[8] && cfg_table == t[2:0]) top_q[16*t +: 16]
                <= cfg_wdata[15:0];
    wire [31:0] x0;
    wire [3:0]  shift;
    wire [15:0] top;
    generate
        if (TABLES > 1) begin : g_tables
            assign {x0, shift, top} = {table_x0[32*table_i +: 32], table_shift[4*table_i +: 4],
                                       top_q[16*table_i +: 16]};
        end else begin : g_table
            assign {x0, shift, top} = {table_x0, table_shift, top_q};
        end
    endgenerate

    wire [31:0] everywhere = is_mt ? b[32*s1_lane +: 32] : is_put ? sa : sb;
    wire [63:0] sum;
    wire [31:0] best;
    wire [11:0] best_i;
    wire [48*LANES-1:0] s3_p;
    wire [32*LANES-1:0] s3_r, y;
    wire        unsigned_bytes = sh[1:0] == 2'd0;
    wire [7:0]  wide_table = {5'd0, cfg_table};
    genvar i;
    generate for (i = 0; i < LANES; i = i + 1) begin : g_lane
        localparam [LW-1:0] AT = i;
        localparam integer BYTE = 8 * (i % 4), HALF = 16 * (i % 2);
        wire [7:0]  byte_in = line_data[BYTE +: 8];
        wire [15:0] half_in = line_data[HALF +: 16];
        wire [31:0] part = sh[1] ? (sh[0] ? line_data : {{16{half_in[15]}}, half_in})
                                 : {{24{byte_in[7] && !unsigned_bytes}}, byte_in};
        ohm_vec_lane #(.TABLES(TABLES)) u_lane (
            .clk(clk), .op(op), .sh(sh), .imm(imm),
            .table_x0(x0), .table_shift(shift), .table_top(top), .h0(hash),
            .table_we(table_we && !cfg_addr[8]),
            .table_waddr({wide_table[TW-1:0], cfg_addr[7:0]}), .table_wdata(cfg_wdata[15:0]),
            .s1_on(s1_on[i]), .s1_a(s1_scalar ? sa : a[32*i +: 32]),
            .s1_b(is_unpack ? part : b_vector && !is_mt ? b[32*i +: 32] : everywhere),
            .s1_index({s1_count[11-LW:0], AT}),
            .s3_first(s3_start), .ext_on(i == 0 && s6_emit), .ext(i == 0 ? sum : 64'd0),
            .s3_p(s3_p[48*i +: 48]), .s3_r(s3_r[32*i +: 32]), .y(y[32*i +: 32])
        );
    end endgenerate

    ohm_vec_reduce #(.LANES(LANES), .LW(LW)) u_reduce (
        .clk(clk), .s3_on(s3_on), .s3_p(s3_p), .s3_r(s3_r),
        .s5_on(s5_sum), .s5_first(s5_start), .s5_group(s5_group),
        .sum(sum), .best(best), .best_i(best_i)
    );

    // ---- results ----
    reg  [7:0]  row_q;                  // of mv
    always @(posedge clk) begin
        if (s7_emit) row_q <= row_q + 8'd1;
        if (place) row_q <= 8'd0;
    end
    wire [13:0]   base_d = {4'd0, at_d} << (4 - LW);
    wire [15:0]   row_group = {8'd0, row_q} >> LW;
    wire          row_we = s7_emit && is_mv;
    assign v_we   = s5_write || row_we;
    assign v_mask = row_we ? {{LANES-1{1'b0}}, 1'b1} << row_q[LW-1:0] : s5_on;
    assign v_addr = row_we ? base_d[GW-1:0] + row_group[GW-1:0] : s5_addr;
    assign v_data = row_we ? {LANES{y[31:0]}} : y;

    assign s_we    = s5_scalar || s2_get || (s7_emit && !is_mv);
    assign s_waddr = ins[VI_D_LSB +: 4];
    assign s_wdata = s2_get ? get_q : s7_emit && is_best
        ? (op == VOP_TOP ? best : {20'd0, best_i}) : y[31:0];

    wire unused = &{1'b0, cfg_addr, base_d, row_group, ins, s1_count, wide_table};
endmodule
`default_nettype wire
