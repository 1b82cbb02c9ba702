// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// One lane of the vector unit: element-wise operations, products and their sums, tables.
//
//   s1  operands in; distance from the table's x0; first step of the hash
//   s2  product; sum, comparison, logic; place in the table
//   s3  accumulator: the product, or the sum so far (mt); the two entries of the table
//   s4  shift; product of the interpolation
//   s5  y, combinational: rounded and held to 32 bits
//
// op, sh, imm, the table's registers and h0 stand still from the cycle before s1 to the last s5 of
// an instruction. With ext_on, in s4, what is shifted is `ext`, the sum of all lanes.
// Throughput: one element a cycle. Latency: s1 to s5. Meaning of the operations:
// docs/reference/vector.md. Parameters: TABLES as docs/reference/configurations.md.
module ohm_vec_lane #(
    parameter TABLES = 4,
    parameter TW     = TABLES > 1 ? $clog2(TABLES) : 1
) (
    input  wire          clk,
    input  wire [5:0]    op,
    input  wire [5:0]    sh,
    input  wire [15:0]   imm,
    input  wire [31:0]   table_x0,
    input  wire [3:0]    table_shift,
    input  wire [15:0]   table_top,     // entry 256
    input  wire [31:0]   h0,            // hash of seed and number of the run
    input  wire          table_we,
    input  wire [TW+7:0] table_waddr,   // table, entry below 256
    input  wire [15:0]   table_wdata,
    input  wire          s1_on,         // the lane has an element
    input  wire [31:0]   s1_a,
    input  wire [31:0]   s1_b,
    input  wire [11:0]   s1_index,      // the element's
    input  wire          s3_first,      // a sum begins
    input  wire          ext_on,
    input  wire [63:0]   ext,
    output reg  [47:0]   s3_p,          // product (a itself for `sum`), 0 without an element
    output reg  [31:0]   s3_r,          // a, for `top`
    output reg  [31:0]   y              // in s5
);
`include "ohm_map.vh"

    // ---- s1 ----
    reg         on_q;
    reg  [31:0] a_q, b_q, hash1_q;
    reg  [32:0] u_q;                    // distance from x0
    wire [31:0] x = h0 ^ {imm, 16'd0} ^ {20'd0, s1_index};
    always @(posedge clk) begin
        on_q    <= s1_on;
        a_q     <= s1_a;
        b_q     <= s1_b;
        u_q     <= {s1_a[31], s1_a} - {table_x0[31], table_x0};
        hash1_q <= (x + 32'h7ed55d16) + (x << 12);
    end

    // ---- s2 ----
    // difference for comparisons and abs, sum for add
    wire        is_abs = op == VOP_ABS;
    wire        plus   = op == VOP_ADD;
    wire [32:0] left   = is_abs ? 33'd0 : {a_q[31], a_q};
    wire [32:0] right  = is_abs ? {a_q[31], a_q} : {b_q[31], b_q};
    wire [32:0] sum    = left + (plus ? right : ~right) + {32'd0, !plus};
    wire        less   = sum[32];       // a < b
    function [5:0] leading_zeros;
        input [31:0] v;
        integer k;
        begin
            leading_zeros = 6'd32;
            for (k = 0; k < 32; k = k + 1) if (v[k]) leading_zeros = 6'd31 - k[5:0];
        end
    endfunction
    reg  [31:0] r;
    always @* case (op)
        VOP_ADD, VOP_SUB: r = sum[31:0];
        VOP_MIN: r = less ? a_q : b_q;
        VOP_MAX: r = less ? b_q : a_q;
        VOP_AND: r = a_q & b_q;
        VOP_OR:  r = a_q | b_q;
        VOP_XOR: r = a_q ^ b_q;
        VOP_CLT: r = {32{less}};
        VOP_CEQ: r = {32{a_q == b_q}};
        VOP_ABS: r = !a_q[31] ? a_q : sum[31] ? 32'h7FFFFFFF : sum[31:0];
        VOP_CLZ: r = {26'd0, leading_zeros(a_q)};
        VOP_MOV, VOP_PUT, VOP_UNPACK: r = b_q;
        default: r = a_q;               // shl, sra, top, argtop
    endcase
    wire signed [47:0] product = $signed(a_q) * $signed(b_q[15:0]);

    // place in the table, held to its ends; f is the part behind the entry
    wire [32:0] u_low  = u_q >> table_shift;
    wire        below  = u_q[32];
    wire        above  = !below && u_low[32:8] != 25'd0;
    wire [7:0]  place  = below ? 8'd0 : u_low[7:0];
    wire [14:0] behind = u_q[14:0] & ~(15'h7FFF << table_shift);
    wire [7:0]  even_i = {1'b0, place[7:1]} + {7'd0, place[0]};
    wire [15:0] even, odd;
    wire [TW-1:0] table_i = imm[TW-1:0];
    ohm_ram #(.DEPTH(128 * TABLES), .WIDTH(16)) u_even (
        .clk(clk), .we(table_we && !table_waddr[0]), .waddr(table_waddr[$clog2(128*TABLES):1]),
        .wdata(table_wdata), .re(1'b1),
        .raddr(even_addr), .rdata(even)
    );
    ohm_ram #(.DEPTH(128 * TABLES), .WIDTH(16)) u_odd (
        .clk(clk), .we(table_we && table_waddr[0]), .waddr(table_waddr[$clog2(128*TABLES):1]),
        .wdata(table_wdata), .re(1'b1),
        .raddr(odd_addr), .rdata(odd)
    );
    wire [$clog2(128*TABLES)-1:0] even_addr, odd_addr;
    generate
        if (TABLES > 1) begin : g_tables
            assign even_addr = {table_i, even_i[6:0]};
            assign odd_addr  = {table_i, place[7:1]};
        end else begin : g_table
            assign even_addr = even_i[6:0];
            assign odd_addr  = place[7:1];
        end
    endgenerate

    reg  [4:0]  count_q;                // of shl and sra
    reg  [14:0] behind_q;
    reg         above_q, last_q, odd_q;
    reg  [31:0] hash3_q;
    wire [31:0] hash2 = (hash1_q ^ 32'hc761c23c) ^ (hash1_q >> 19);
    always @(posedge clk) begin
        s3_p     <= !on_q ? 48'd0 : op == VOP_SUM ? {{16{a_q[31]}}, a_q} : product;
        s3_r     <= r;
        count_q  <= b_q[4:0];
        behind_q <= below || above ? 15'd0 : behind;
        above_q  <= above;
        last_q   <= place == 8'd255;
        odd_q    <= place[0];
        hash3_q  <= (hash2 + 32'h165667b1) + (hash2 << 5);
    end

    // ---- s3 ----
    wire is_shl = op == VOP_SHL;
    wire is_sra = op == VOP_SRA;
    wire signed [63:0] term = is_shl ? {s3_r, 32'd0} : is_sra ? {{32{s3_r[31]}}, s3_r}
                                                              : {{16{s3_p[47]}}, s3_p};
    wire [15:0] entry = above_q ? table_top : odd_q ? odd : even;
    wire [15:0] after = odd_q ? (last_q ? table_top : even) : odd;
    reg  [63:0] acc_q;
    reg  [5:0]  count3_q;
    reg  [16:0] step_q;                 // from one entry to the next
    reg  [15:0] entry_q;
    reg  [14:0] behind3_q;
    reg  [31:0] r3_q, hash4_q;
    always @(posedge clk) begin
        acc_q     <= s3_first ? term : acc_q + term;
        count3_q  <= is_shl ? 6'd32 - {1'b0, count_q} : is_sra ? {1'b0, count_q} : sh;
        step_q    <= {after[15], after} - {entry[15], entry};
        entry_q   <= entry;
        behind3_q <= behind_q;
        r3_q      <= s3_r;
        hash4_q   <= (hash3_q + 32'hd3a2646c) ^ (hash3_q << 9);
    end

    // ---- s4: bit 0 of what is shifted is the bit behind the point ----
    wire signed [64:0] wide = {ext_on ? ext : acc_q, 1'b0};
    wire signed [31:0] slope = $signed(step_q) * $signed({1'b0, behind3_q});
    reg  [64:0] shifted_q;
    reg  [31:0] slope_q, r4_q, hash5_q;
    reg  [15:0] entry4_q;
    always @(posedge clk) begin
        shifted_q <= wide >>> count3_q;
        slope_q   <= slope;
        entry4_q  <= entry_q;
        r4_q      <= r3_q;
        hash5_q   <= (hash4_q + 32'hfd7046c5) + (hash4_q << 3);
    end

    // ---- s5 ----
    wire [31:0] whole = shifted_q[32:1];
    wire        fits  = shifted_q[64:32] == 33'd0 || shifted_q[64:32] == 33'h1FFFFFFFF;
    wire        top   = whole == 32'h7FFFFFFF;      // one more does not fit
    wire [31:0] held  = !fits ? {shifted_q[64], {31{!shifted_q[64]}}}
                      : top ? whole : whole + {31'd0, shifted_q[0]};
    wire signed [32:0] slope_wide = {slope_q, 1'b0};
    wire [32:0] slope_low = slope_wide >>> table_shift;
    wire [16:0] between = {entry4_q[15], entry4_q} + slope_low[17:1] + {16'd0, slope_low[0]};
    always @* case (op)
        VOP_MUL, VOP_DOT, VOP_MV, VOP_MT: y = held;
        VOP_SUM, VOP_SHL, VOP_SRA: y = whole;
        VOP_TAB: y = {{15{between[16]}}, between};
        VOP_RND: y = (hash5_q ^ 32'hb55a4f09) ^ (hash5_q >> 16);
        default: y = r4_q;
    endcase

    wire unused = &{1'b0, even_i[7], slope_low[32:18], u_low};
endmodule
`default_nettype wire
