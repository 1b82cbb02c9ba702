// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Registers of the vector unit (0x9000 up), writes to its memories, and what is refused at enable.
//
// Everything here is written while the tile is disabled; a later write is ignored and reported.
// After enable the programs are looked at, one a cycle; then `on`, or the refusal's event and
// `bad`. Programs and tables' registers lie in memories, read one entry at a time; a second copy of
// all registers is what the host reads. A memory has no reset: what has not been written reads as
// 0.
//
//   enable   _/~~~~~~~~~~~~~~~~~~~~
//   on       ___________/~~~~~~~~~~   ten cycles later, if nothing is refused
//   ev       ___________/~~\_______   if something is
//
// Throughput: one access a cycle; cfg_rdata one cycle after cfg_re, 0 for other addresses.
// Parameters and registers: docs/reference/vector.md.
module ohm_vec_regs #(
    parameter LANES   = 8,
    parameter WORDS   = 4096,
    parameter PROG    = 512,
    parameter TABLES  = 4,
    parameter NSTREAM = 4,
    parameter NROUTE  = 4
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         cfg_we,
    input  wire         cfg_re,
    input  wire [15:0]  cfg_addr,
    input  wire [31:0]  cfg_wdata,
    output wire [31:0]  cfg_rdata,
    input  wire         enable,
    // memories
    output wire         code_we,
    output wire         table_we,
    output wire         mem_we,
    // state
    output reg          on,
    output reg          bad,
    output reg          ev,
    output reg  [31:0]  ev_detail,
    output wire         start,              // VSTART is written
    // registers
    output reg  [3:0]   cycle,
    output reg  [15:0]  steps,
    output reg  [4:0]   lanes,
    output reg  [23:0]  limit,
    output reg  [31:0]  add,
    output reg  [31:0]  seed,
    output reg  [31:0]  patience,
    output reg  [31:0]  init,
    input  wire [2:0]   program_i,
    output wire [23:0]  entry,              // entry program_i, while on
    input  wire [2:0]   table_i,
    output wire [31:0]  table_x0,
    output wire [3:0]   table_shift
);
`include "ohm_map.vh"

    // ---- registers: those of the first block, where a place below 64 tells which ----
    localparam [3:0] T = TABLES[3:0];
    localparam TW = TABLES > 1 ? $clog2(TABLES) : 1;
    wire        block      = cfg_addr[15:6] == REG_VSHAPE[15:6];
    wire [5:0]  at         = cfg_addr[5:0];
    wire        at_program = at[5:3] == REG_VPROGRAM[5:3];
    wire        at_x0      = at[5:3] == REG_VTABLE_X0[5:3] && {1'b0, at[2:0]} < T;
    wire        at_shift   = at[5:3] == REG_VTABLE_SHIFT[5:3] && {1'b0, at[2:0]} < T;
    wire        at_single  = (at[5:4] == 2'd0 && at[3:0] > REG_VSTART[3:0]
                              && at[3:0] <= REG_VINIT[3:0]);
    wire        at_any     = block && (at_program || at_x0 || at_shift || at_single);
    wire        we         = cfg_we && !enable && at_any;
    reg  [31:0] mask;                       // bits that a register has
    always @* case (at[5:3])
        REG_VTABLE_X0[5:3]:    mask = 32'hFFFFFFFF;
        REG_VTABLE_SHIFT[5:3]: mask = VTABLE_SHIFT_MASK;
        REG_VPROGRAM[5:3]:     mask = VPROGRAM_MASK;
        REG_VINIT[5:3]:        mask = VINIT_MASK;
        default:               mask = at[2:0] == REG_VCYCLE[2:0] ? VCYCLE_MASK
                                    : at[2:0] == REG_VSEQ[2:0] ? VSEQ_MASK
                                    : at[2:0] == REG_VLIMIT[2:0] ? VLIMIT_MASK : 32'hFFFFFFFF;
    endcase
    wire [31:0] data = cfg_wdata & mask;
    always @(posedge clk) begin
        if (we && at_single) case (at[3:0])
            REG_VCYCLE[3:0]: cycle    <= data[3:0];
            REG_VSEQ[3:0]:   {lanes, steps} <= data[20:0];
            REG_VLIMIT[3:0]: limit    <= data[23:0];
            REG_VADD[3:0]:   add      <= data;
            REG_VSEED[3:0]:  seed     <= data;
            REG_VWAIT[3:0]:  patience <= data;
            default:         init     <= data;
        endcase
        if (rst) begin
            cycle          <= 4'd0;
            {lanes, steps} <= 21'd0;
            limit          <= 24'd0;
            add            <= 32'd0;
            seed           <= 32'd0;
            patience       <= 32'd0;
            init           <= 32'd0;
        end
    end

    // entries, and which of them have been written since reset
    reg  [23:0] programs [0:7];
    reg  [31:0] x0s [0:7];
    reg  [3:0]  shifts [0:7];
    reg  [7:0]  program_there_q;
    reg  [8:0]  single_there_q;
    reg  [TABLES-1:0] x0_there_q, shift_there_q;
    wire [2:0]  judge_i;
    integer k;
    wire [2:0]  program_at = program_i | judge_i;   // the first is 0 before, the second behind `on`
    always @(posedge clk) begin
        if (we && at_program) programs[at[2:0]] <= data[23:0];
        if (we && at_x0)      x0s[at[2:0]]      <= data;
        if (we && at_shift)   shifts[at[2:0]]   <= data[3:0];
        for (k = 0; k < 9; k = k + 1)
            if (we && at_single && at[3:0] == k[3:0]) single_there_q[k] <= 1'b1;
        for (k = 0; k < 8; k = k + 1)
            if (we && at_program && at[2:0] == k[2:0]) program_there_q[k] <= 1'b1;
        for (k = 0; k < TABLES; k = k + 1) begin
            if (we && at_x0 && at[2:0] == k[2:0])    x0_there_q[k]    <= 1'b1;
            if (we && at_shift && at[2:0] == k[2:0]) shift_there_q[k] <= 1'b1;
        end
        if (rst) begin
            single_there_q  <= 9'd0;
            program_there_q <= 8'd0;
            x0_there_q      <= {TABLES{1'b0}};
            shift_there_q   <= {TABLES{1'b0}};
        end
    end
    wire there = at_program ? program_there_q[at[2:0]]
               : at_x0 ? x0_there_q[at[TW-1:0]]
               : at_shift ? shift_there_q[at[TW-1:0]] : at_single && single_there_q[at[3:0]];
    assign entry       = programs[program_at] & {24{program_there_q[program_at]}};
    assign table_x0    = x0s[table_i] & {32{x0_there_q[table_i[TW-1:0]]}};
    assign table_shift = shifts[table_i] & {4{shift_there_q[table_i[TW-1:0]]}};

    // ---- what the host reads ----
    reg         shape_q, kept_q;
    wire [31:0] kept;
    ohm_ram #(.DEPTH(64), .WIDTH(32)) u_kept (
        .clk(clk), .we(we), .waddr(at), .wdata(data), .re(cfg_re), .raddr(at), .rdata(kept)
    );
    always @(posedge clk) begin
        shape_q <= cfg_re && cfg_addr == REG_VSHAPE;
        kept_q  <= cfg_re && block && there;
    end
    localparam [31:0] SHAPE = (TABLES << VSHAPE_TABLES_LSB) | (PROG << VSHAPE_PROG_LSB)
                            | ((WORDS / 16) << VSHAPE_MEM_LSB) | LANES;
    assign cfg_rdata = (kept & {32{kept_q}}) | (SHAPE & {32{shape_q}});

    // ---- memories ----
    wire at_code  = cfg_addr[15:12] == REG_VCODE[15:12];
    wire at_table = cfg_addr[15:12] == REG_VTABLE[15:12];
    wire at_mem   = cfg_addr[15:14] == REG_VMEM[15:14];
    assign code_we  = cfg_we && at_code && !enable;
    assign table_we = cfg_we && at_table && !enable;
    assign mem_we   = cfg_we && at_mem && !enable;
    wire   ignored  = cfg_we && enable && (at_code || at_table || at_mem || at_any);
    assign start    = cfg_we && enable && cfg_addr == REG_VSTART && cfg_wdata[0];

    // ---- refusals: what an earlier program names must not be named again ----
    reg         judged_q;
    reg  [3:0]  p_q;
    reg  [7:0]  routes_q;
    reg  [3:0]  streams_q;
    reg  [3:0]  start_q, stream_q, route_q;     // {a program is wrong, which one, the first}
    assign judge_i = p_q[2:0];
    wire [3:0]  p_streams = entry[VPROGRAM_STREAMS_LSB +: VPROGRAM_STREAMS_W];
    wire [7:0]  p_routes  = entry[VPROGRAM_ROUTES_LSB +: VPROGRAM_ROUTES_W];
    wire        judged = p_q < cycle;
    localparam [12:0] N_PROG    = PROG[12:0];
    localparam [3:0]  NO_STREAM = ~((1 << NSTREAM) - 1);
    localparam [7:0]  NO_ROUTE  = ~((1 << NROUTE) - 1);
    wire        init_on  = init[VINIT_ON_LSB];
    wire [7:0]  init_routes = init[VINIT_ROUTES_LSB +: VINIT_ROUTES_W];

    wire [7:0] refusal = cycle == 4'd0 || cycle > 4'd8 ? PROGRAM_CYCLE[7:0]
                       : steps == 16'd0 || lanes == 5'd0 || lanes > 5'd16 ? PROGRAM_SEQ[7:0]
                       : limit == 24'd0 ? PROGRAM_LIMIT0[7:0]
                       : start_q[3] || (init_on && {1'b0, init[11:0]} >= N_PROG)
                             ? PROGRAM_START[7:0]
                       : stream_q[3] || streams_q == 4'd0 ? PROGRAM_STREAMS[7:0]
                       : route_q[3] || (init_on && (init_routes & ~routes_q) != 8'd0)
                             ? PROGRAM_ROUTES[7:0] : 8'd0;
    reg [3:0] refused_program;
    always @* case (refusal)
        PROGRAM_START[7:0]:   refused_program = start_q[3] ? {1'b0, start_q[2:0]} : 4'd15;
        PROGRAM_STREAMS[7:0]: refused_program = stream_q[3] ? {1'b0, stream_q[2:0]} : 4'd0;
        PROGRAM_ROUTES[7:0]:  refused_program = route_q[3] ? {1'b0, route_q[2:0]} : 4'd15;
        default:              refused_program = 4'd0;
    endcase

    always @(posedge clk) begin
        ev        <= ignored;
        ev_detail <= {4'd0, cfg_addr, 12'd0} | PROGRAM_WRITE;
        if (enable && !judged_q) begin
            p_q <= p_q + 4'd1;
            if (judged) begin
                if (!start_q[3] && {1'b0, entry[11:0]} >= N_PROG) start_q <= {1'b1, p_q[2:0]};
                if (!stream_q[3] && (p_streams & (streams_q | NO_STREAM)) != 4'd0)
                    stream_q <= {1'b1, p_q[2:0]};
                if (!route_q[3] && (p_routes & (routes_q | NO_ROUTE)) != 8'd0)
                    route_q <= {1'b1, p_q[2:0]};
                streams_q <= streams_q | p_streams;
                routes_q  <= routes_q | p_routes;
            end
            if (p_q == 4'd8) begin
                judged_q <= 1'b1;
                p_q      <= 4'd0;
                on       <= refusal == 8'd0;
                bad      <= refusal != 8'd0;
                if (refusal != 8'd0) begin
                    ev        <= 1'b1;
                    ev_detail <= {20'd0, refused_program, refusal};
                end
            end
        end
        if (!enable) begin
            judged_q  <= 1'b0;
            on        <= 1'b0;
            p_q       <= 4'd0;
            streams_q <= 4'd0;
            routes_q  <= 8'd0;
            start_q   <= 4'd0;
            stream_q  <= 4'd0;
            route_q   <= 4'd0;
        end
        if (rst || (enable && !judged_q && p_q == 4'd0)) bad <= 1'b0;
        if (rst) ev <= 1'b0;
    end
    wire unused = &{1'b0, init[30:24], init[15:12]};
endmodule
`default_nettype wire
