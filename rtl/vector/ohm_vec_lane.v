// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// One lane of the vector unit: element-wise operations, products and their sums, tables.
//
//   s1  operands in; distance u from the table's x0
//   s2  sum or difference; logic; leading zeros; place in the table
//   s3  result of what is no product; step of the table
//   s4  product
//   s5  sum with what came before (mt, sums); shift but for its last step
//   s6  that; y: rounded, the table's entry added, held to 32 bits
//
// Every result takes the way through multiplier, shift and rounding, so that they need no
// choice behind them: times 1, shifted by 0. `shl` is a product with a power of two, `tab` one of
// the step and the place behind the entry, its shift the table's. Past the table's end the place
// is the whole last interval; in front of it the beginning of the first one.
//
// What there is of the instruction stands still: plus, x0 in s1, all else from s2 to the last s5.
// In s5 of a lane with EXT = 1, ext is taken in place of the product while ext_on.
// Throughput: one element a cycle. Latency: s1 to s6. Meaning of the operations:
// docs/reference/vector.md. Parameters: SUM bits of a sum; TABLES as in
// docs/reference/configurations.md.
module ohm_vec_lane #(
    parameter TABLES = 4,
    parameter SUM    = 56,
    parameter EXT    = 0,
    parameter TW     = TABLES > 1 ? $clog2(TABLES) : 1
) (
    input  wire          clk,
    input  wire          plus,          // in s1: b is inverted
    input  wire [16:0]   act,           // of ohm_vec_act, from s2 on
    input  wire [5:0]    count,         // of the shift
    input  wire [31:0]   table_x0,
    input  wire [TW-1:0] table_i,
    input  wire [3:0]    table_shift,
    input  wire [23:0]   table_high,    // bits of u above 8 that tell that it is past the table
    input  wire [15:0]   table_one,     // 2^table_shift, 0 for what is no `tab`
    input  wire [15:0]   table_rest,    // bits below it, alike
    input  wire          table_we,
    input  wire [TW+8:0] table_waddr,   // table, entry
    input  wire [15:0]   table_wdata,
    input  wire [31:0]   s1_a,
    input  wire [31:0]   s1_b,
    input  wire          from_one,      // mt: s2_one is the second factor
    input  wire [15:0]   s2_one,
    input  wire          s4_on,         // the lane has an element
    input  wire          s5_more,       // the sum goes on behind this one
    input  wire          ext_on,
    input  wire [51:0]   ext,
    input  wire          put_on,        // put in place of the result
    input  wire [31:0]   put,
    output reg  [31:0]   s2_a,
    output reg  [47:0]   s5_p,          // product, 0 without an element
    output wire [31:0]   own,           // result, in s6
    output wire [31:0]   y              // it, or put
);
    wire is_tab, is_shl, is_sra, is_product, one_less, is_clz, is_xor, is_min, is_max, is_clt,
         is_ceq, is_abs, as_sum, wraps, is_power;
    wire [1:0] both_of;
    assign {is_power, wraps, as_sum, is_abs, is_ceq, is_clt, is_max, is_min, both_of,
            is_xor, is_clz, one_less, is_product, is_sra, is_shl, is_tab} = act;

    // ---- s1 ----
    reg  [31:0] b_q;                                // inverted for add
    reg  [32:0] u_q;
    always @(posedge clk) begin
        s2_a <= s1_a;
        b_q  <= s1_b ^ {32{plus}};
        u_q  <= {s1_a[31], s1_a} - {table_x0[31], table_x0};
    end

    // ---- s2: one subtractor for all: a - b; a - ~b - 1, the sum; a - 0 - 1 for abs ----
    wire [33:0] with_low = {s2_a[31], s2_a, 1'b0} - {b_q[31], b_q, one_less};
    wire [32:0] x = with_low[33:1];
    wire        less = x[32];
    // a, b, both, one of them in a cell a bit; for xor another one. What is 0 is cleared behind it.
    wire        far = is_shl && b_q[4];             // by 16 and more
    wire [1:0]  logic_op = both_of | {1'b0, is_max ? less : is_min && !less};
    wire [31:0] both = logic_op[1] ? (logic_op[0] ? s2_a | b_q : s2_a & b_q)
                                   : logic_op[0] ? b_q : s2_a;
    wire [31:0] g    = is_xor ? s2_a ^ b_q : both;
    wire [5:0]  zeros;
    ohm_vec_clz u_clz (.v(s2_a), .n(zeros));

    // place in the table and what is behind it, bits below 2^shift; the multiplier's second operand
    wire        below = u_q[32];
    wire        above = !below && (u_q[31:8] & table_high) != 24'd0;
    wire [22:0] u_4   = u_q[22:0] >> {table_shift[3:2], 2'd0};
    wire [10:0] u_1   = u_4[10:0] >> table_shift[1:0];
    wire [7:0]  place = below ? 8'd0 : u_1[7:0] | {8{above}};
    wire [15:0] behind = above ? table_one : u_q[15:0] & table_rest;
    wire [1:0]  power_i = b_q[1:0] & {2{is_shl}};
    wire [3:0]  power_l = {4{is_power}} & (4'd1 << power_i);
    wire [3:0]  power_h = 4'd1 << (b_q[3:2] & {2{is_shl}});
    wire [15:0] power = {power_l & {4{power_h[3]}}, power_l & {4{power_h[2]}},
                         power_l & {4{power_h[1]}}, power_l & {4{power_h[0]}}};
    wire [15:0] factor = from_one ? s2_one : b_q[15:0];
    wire [16:0] times = {factor[15] && is_product,
                         (factor & {16{is_product}}) | behind | power};
    // table_i, entry i; entry i + 1 has the same address in the second memory
    wire [15:0]   entry, after;
    wire [TW+8:0] one_back = table_waddr - 1'b1;
    ohm_ram #(.DEPTH(256 << TW), .WIDTH(16)) u_entry (
        .clk(clk), .we(table_we && !table_waddr[8]), .waddr({table_waddr[TW+8:9],
        table_waddr[7:0]}), .wdata(table_wdata), .re(1'b1), .raddr({table_i, place}), .rdata(entry)
    );
    ohm_ram #(.DEPTH(256 << TW), .WIDTH(16)) u_after (
        .clk(clk), .we(table_we && !one_back[8]), .waddr({one_back[TW+8:9], one_back[7:0]}),
        .wdata(table_wdata), .re(1'b1), .raddr({table_i, place}), .rdata(after)
    );
    reg  [32:0] x_q;
    reg  [31:0] g_q;
    reg  [16:0] times_q;
    reg  [4:0]  by_q;                               // of sra
    always @(posedge clk) begin
        x_q     <= x;
        g_q[31:16] <= is_clz ? 16'd0 : far ? s2_a[15:0] : g[31:16];
        g_q[15:6]  <= is_clz || far ? 10'd0 : g[15:6];
        g_q[5:0]   <= far ? 6'd0 : is_clz ? zeros : g[5:0];
        times_q <= is_tab && below ? 17'd0 : times;
        by_q    <= b_q[4:0];
    end

    // ---- s3: a choice that is the same for all bits, of the step its sign above ----
    wire        equal = x_q[31:0] == 32'd0;
    wire        least = x_q[32:31] == 2'b10;        // 2^31 less 1 is its abs
    wire        turns = is_abs && g_q[31];
    wire        as_x  = as_sum || (turns && least);
    wire        not_x = turns && !least;
    wire        ones  = (is_clt && x_q[32]) || (is_ceq && equal);
    wire        zero  = (is_clt && !x_q[32]) || (is_ceq && !equal);
    wire [1:0]  way   = {not_x || ones, as_x || ones};
    wire [1:0]  way_u = way | {2{is_tab}};
    wire [16:0] r_low = way[1] ? (way[0] ? 17'h1FFFF : ~x_q[16:0]) : way[0] ? x_q[16:0] : g_q[16:0];
    wire [14:0] r_up  = way_u[1] ? (way_u[0] ? 15'h7FFF : ~x_q[31:17])
                                 : way_u[0] ? x_q[31:17] : g_q[31:17];
    wire [16:0] step  = {after[15], after} - {entry[15], entry};
    reg  [31:0] r_q;
    reg  [15:0] entry4_q, entry5_q, entry6_q;
    reg  [16:0] times4_q;
    reg  [4:0]  by4_q;
    always @(posedge clk) begin
        r_q[16:0]  <= zero ? 17'd0 : is_tab ? step : r_low;
        r_q[31:17] <= zero || (is_tab && !step[16]) ? 15'd0 : r_up;
        times4_q <= times_q;
        by4_q    <= by_q;
        entry4_q <= is_tab ? entry : 16'd0;
    end

    // ---- s4 ----
    wire signed [48:0] product = $signed(r_q) * $signed(times4_q);
    reg  [5:0] count5_q;
    always @(posedge clk) begin
        s5_p     <= s4_on ? product[47:0] : 48'd0;
        count5_q <= is_sra ? {1'b0, by4_q} : count;
        entry5_q <= entry4_q;
    end

    // ---- s5 ----
    wire [SUM-1:0] term;
    generate
        if (EXT) begin : g_ext
            assign term = ext_on ? {{SUM-52{ext[51]}}, ext} : {{SUM-48{s5_p[47]}}, s5_p};
        end else begin : g_own
            assign term = {{SUM-48{s5_p[47]}}, s5_p};
            wire unused_ext = &{1'b0, ext_on, ext};
        end
    endgenerate
    reg  [SUM-1:0] sum_q;
    wire [SUM-1:0] sum = term + sum_q;
    wire [32:0] shifted;                            // in s6, as what follows
    wire        fits, minus;
    ohm_vec_shift #(.W(SUM)) u_shift (
        .clk(clk), .v(sum), .n(count5_q), .minus(minus), .y(shifted), .fits(fits)
    );
    reg         up_q, wraps_q;
    always @(posedge clk) begin
        sum_q    <= s5_more ? sum : {SUM{1'b0}};
        up_q     <= !is_sra;
        wraps_q  <= wraps;
        entry6_q <= entry5_q;
    end

    // ---- s6: half is added to the bit behind the point ----
    wire [33:0] with_half = {shifted[32], shifted} + {{17{entry6_q[15]}}, entry6_q, up_q};
    wire [32:0] rounded = with_half[33:1];
    wire        full    = !wraps_q && (!fits || rounded[32] != rounded[31]);
    assign own = full ? {minus, {31{!minus}}} : rounded[31:0];
    // the same with put, one cell of four inputs a bit
    wire [1:0]  choice = {full && !put_on, put_on || (full && !minus)};
    wire [31:0] most   = {!choice[0], {31{choice[0]}}};
    assign y = choice[1] ? most : choice[0] ? put : rounded[31:0];
    wire unused = &{1'b0, u_4[22:11], u_1[10:8], product[48], with_low[0], with_half[0]};
endmodule
`default_nettype wire
