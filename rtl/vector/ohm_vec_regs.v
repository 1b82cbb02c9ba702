// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Registers of the vector unit (0x9000 up), writes to its memories, and what is refused at enable.
//
// What counts in a run is a copy, taken while the tile is disabled. After enable the programs are
// looked at, one a cycle; then `on`, or the refusal's event and `bad`. A write to a memory while
// enabled is ignored and reported.
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
    output reg  [31:0]  cfg_rdata,
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
    // as they were at enable
    output reg  [3:0]   cycle,
    output reg  [15:0]  steps,
    output reg  [4:0]   lanes,
    output reg  [23:0]  limit,
    output reg  [31:0]  add,
    output reg  [31:0]  seed,
    output reg  [31:0]  patience,
    output reg  [31:0]  init,
    output reg  [191:0] programs,
    output reg  [32*TABLES-1:0] table_x0,
    output reg  [4*TABLES-1:0]  table_shift
);
`include "ohm_map.vh"

    // ---- as written ----
    reg  [3:0]   cycle_q;
    reg  [20:0]  seq_q;
    reg  [23:0]  limit_q;
    reg  [31:0]  add_q, seed_q, patience_q, init_q;
    reg  [191:0] programs_q;
    reg  [32*TABLES-1:0] x0_q;
    reg  [4*TABLES-1:0]  shift_q;
    localparam [15:0] T = TABLES[15:0];
    wire         at_program = cfg_addr[15:3] == REG_VPROGRAM[15:3];
    wire         at_x0      = cfg_addr[15:3] == REG_VTABLE_X0[15:3] && {13'd0, cfg_addr[2:0]} < T;
    wire         at_shift   = cfg_addr[15:3] == REG_VTABLE_SHIFT[15:3]
                           && {13'd0, cfg_addr[2:0]} < T;
    wire [2:0]   i = cfg_addr[2:0];
    integer k;
    always @(posedge clk) begin
        if (cfg_we) begin
            case (cfg_addr)
                REG_VCYCLE: cycle_q    <= cfg_wdata[3:0];
                REG_VSEQ:   seq_q      <= cfg_wdata[20:0];
                REG_VLIMIT: limit_q    <= cfg_wdata[23:0];
                REG_VADD:   add_q      <= cfg_wdata;
                REG_VSEED:  seed_q     <= cfg_wdata;
                REG_VWAIT:  patience_q <= cfg_wdata;
                REG_VINIT:  init_q     <= cfg_wdata & VINIT_MASK;
                default: ;
            endcase
            if (at_program) programs_q[24*i +: 24] <= cfg_wdata[23:0];
            for (k = 0; k < TABLES; k = k + 1) begin
                if (at_x0 && i == k[2:0]) x0_q[32*k +: 32] <= cfg_wdata;
                if (at_shift && i == k[2:0]) shift_q[4*k +: 4] <= cfg_wdata[3:0];
            end
        end
        if (rst) begin
            cycle_q    <= 4'd0;
            seq_q      <= 21'd0;
            limit_q    <= 24'd0;
            add_q      <= 32'd0;
            seed_q     <= 32'd0;
            patience_q <= 32'd0;
            init_q     <= 32'd0;
            programs_q <= 192'd0;
            x0_q       <= {32*TABLES{1'b0}};
            shift_q    <= {4*TABLES{1'b0}};
        end
    end
    always @(posedge clk) begin
        cfg_rdata <= 32'd0;
        if (cfg_re) begin
            case (cfg_addr)
                REG_VSHAPE: cfg_rdata <= (TABLES << VSHAPE_TABLES_LSB) | (PROG << VSHAPE_PROG_LSB)
                                       | ((WORDS / 16) << VSHAPE_MEM_LSB) | LANES;
                REG_VCYCLE: cfg_rdata <= {28'd0, cycle_q};
                REG_VSEQ:   cfg_rdata <= {11'd0, seq_q};
                REG_VLIMIT: cfg_rdata <= {8'd0, limit_q};
                REG_VADD:   cfg_rdata <= add_q;
                REG_VSEED:  cfg_rdata <= seed_q;
                REG_VWAIT:  cfg_rdata <= patience_q;
                REG_VINIT:  cfg_rdata <= init_q;
                default: ;
            endcase
            if (at_program) cfg_rdata <= {8'd0, programs_q[24*i +: 24]};
            for (k = 0; k < TABLES; k = k + 1) begin
                if (at_x0 && i == k[2:0]) cfg_rdata <= x0_q[32*k +: 32];
                if (at_shift && i == k[2:0]) cfg_rdata <= {28'd0, shift_q[4*k +: 4]};
            end
        end
    end

    always @(posedge clk) if (!enable) begin
        cycle       <= cycle_q;
        steps       <= seq_q[VSEQ_STEPS_LSB +: VSEQ_STEPS_W];
        lanes       <= seq_q[VSEQ_LANES_LSB +: VSEQ_LANES_W];
        limit       <= limit_q;
        add         <= add_q;
        seed        <= seed_q;
        patience    <= patience_q;
        init        <= init_q;
        programs    <= programs_q;
        table_x0    <= x0_q;
        table_shift <= shift_q;
    end

    // ---- memories ----
    wire at_code  = cfg_addr[15:12] == REG_VCODE[15:12];
    wire at_table = cfg_addr[15:12] == REG_VTABLE[15:12];
    wire at_mem   = cfg_addr[15:14] == REG_VMEM[15:14];
    assign code_we  = cfg_we && at_code && !enable;
    assign table_we = cfg_we && at_table && !enable;
    assign mem_we   = cfg_we && at_mem && !enable;
    wire   ignored  = cfg_we && enable && (at_code || at_table || at_mem);
    assign start    = cfg_we && enable && cfg_addr == REG_VSTART && cfg_wdata[0];

    // ---- refusals: what an earlier program names must not be named again ----
    reg         judged_q;
    reg  [3:0]  p_q;
    reg  [7:0]  routes_q;
    reg  [3:0]  streams_q;
    reg  [3:0]  start_q, stream_q, route_q;     // {a program is wrong, which one, the first}
    wire [23:0] entry = programs[24*p_q[2:0] +: 24];
    wire [3:0]  p_streams = entry[VPROGRAM_STREAMS_LSB +: VPROGRAM_STREAMS_W];
    wire [7:0]  p_routes  = entry[VPROGRAM_ROUTES_LSB +: VPROGRAM_ROUTES_W];
    wire        there = p_q < cycle;
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
            if (there) begin
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
