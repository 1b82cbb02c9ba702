// SPDX-License-Identifier: Apache-2.0
// Calibration: makes the tile's own input vectors and adds up what its outputs make of them
// (docs/explain/calibration.md).
//
//   generator:  s <= s ^ s<<13;  s <= s ^ s>>17;  s <= s ^ s<<5
//               once for every word that is read (xorshift32)
//   sums:       Σ y, Σ y*y, Σ y*p of each output, y the output held to 16 bits, p what it should be
//
//   vec_valid ~~~~~~~~~~~~~~~~~~~~\__    CALIB_COUNT vectors, numbers from SEQ_BASE
//   vec_re    __/~~~~~\______________    once for every word, in order
//   vec_rdata -----<w0><w1>----------    the state before this word's step
//   vec_pop   ____________/~~\_______
//
//   sum_valid _/~~\______________
//   sum_*     -<o>---------------
//   written   ______________/~~\_
//
// The sums are cleared during `init`. Reading them: docs/reference/map.md, CALIB_SUM; one cycle, 0
// while an output is on its way into them.
// Throughput: one word and one output a cycle; an output may come again after four cycles. Latency
// of a sum: 4. Legal: COLS 4-256.
`default_nettype none

module ohm_calib #(
    parameter COLS = 128,
    parameter COL_W = $clog2(COLS)
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              cfg_we,
    input  wire              cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output wire [31:0]       cfg_rdata,
    output wire              bad,           // SEED or COUNT is 0
    input  wire              init,
    input  wire [7:0]        init_idx,
    input  wire              init_end,
    input  wire [31:0]       seq_base,
    // vectors
    output wire              vec_valid,
    output wire [31:0]       vec_seq,
    input  wire              vec_re,
    output wire [31:0]       vec_rdata,
    input  wire              vec_pop,
    // outputs
    input  wire              sum_valid,
    input  wire [7:0]        sum_idx,
    input  wire [15:0]       sum_y,
    input  wire [15:0]       sum_p
);
    `include "ohm_map.vh"

    reg [31:0] seed_q;
    reg [15:0] count_q;
    always @(posedge clk)
        if (rst) {seed_q, count_q} <= 48'd0;
        else if (cfg_we) begin
            if (cfg_addr == REG_CALIB_SEED) seed_q <= cfg_wdata;
            if (cfg_addr == REG_CALIB_COUNT) count_q <= cfg_wdata[15:0];
        end
    assign bad = seed_q == 32'd0 || count_q == 16'd0;

    // generator ----------------------------------------------------------------------------------
    reg [31:0]  state_q, word_q, seq_q;
    reg [15:0]  left_q;
    wire [31:0] s1 = state_q ^ state_q << 13;
    wire [31:0] s2 = s1 ^ s1 >> 17;
    wire [31:0] s3 = s2 ^ s2 << 5;
    always @(posedge clk)
        if (init_end) begin
            state_q <= seed_q;
            seq_q <= seq_base;
            left_q <= count_q;
        end else begin
            if (vec_re) {word_q, state_q} <= {state_q, s3};
            if (vec_pop) begin
                seq_q <= seq_q + 32'd1;
                left_q <= left_q - 16'd1;
            end
        end
    assign vec_valid = left_q != 16'd0;
    assign vec_seq = seq_q;
    assign vec_rdata = word_q;

    // sums: 1 the output is here, 2 products and the sums so far, 3 written
    // ------------------------
    reg               v1_q, v2_q, read_q;
    reg [COL_W-1:0]   i1_q, i2_q;
    reg signed [15:0] y1_q, y2_q, p1_q;
    reg signed [31:0] yy_q, yp_q;
    always @(posedge clk) begin
        v1_q <= sum_valid;
        v2_q <= v1_q;
        if (sum_valid) begin
            i1_q <= sum_idx[COL_W-1:0];
            y1_q <= sum_y;
            p1_q <= sum_p;
        end
        if (v1_q) begin
            i2_q <= i1_q;
            y2_q <= y1_q;
            yy_q <= y1_q * y1_q;
            yp_q <= y1_q * p1_q;
        end
    end

    wire at_sum = cfg_addr[15:11] == REG_CALIB_SUM[15:11] && {1'b0, cfg_addr[10:3]} < COLS[8:0];
    wire [31:0] sum_1;
    wire [47:0] sum_yy, sum_yp;
    ohm_ram #(.DEPTH(COLS), .WIDTH(128)) u_sums (
        .clk(clk),
        .we(init ? {1'b0, init_idx} < COLS[8:0] : v2_q), .waddr(init ? init_idx[COL_W-1:0] : i2_q),
        .wdata(init ? 128'd0 : {sum_1 + {{16{y2_q[15]}}, y2_q}, sum_yy + {{16{yy_q[31]}}, yy_q},
        sum_yp + {{16{yp_q[31]}}, yp_q}}),
        .re(v1_q || (cfg_re && at_sum)), .raddr(v1_q ? i1_q : cfg_addr[3 +: COL_W]),
        .rdata({sum_1, sum_yy, sum_yp})
    );

    reg [31:0] reg_q;
    reg [2:0]  word_at_q;
    always @(posedge clk) begin
        reg_q <= !cfg_re ? 32'd0 : cfg_addr == REG_CALIB_SEED ? seed_q : cfg_addr == REG_CALIB_COUNT
            ? {16'd0, count_q} : 32'd0;
        read_q <= cfg_re && at_sum && !v1_q && !v2_q;
        word_at_q <= cfg_addr[2:0];
    end
    reg [31:0] sum_word;
    always @* case (word_at_q)
        3'd0: sum_word = sum_1;
        3'd1: sum_word = sum_yy[31:0];
        3'd2: sum_word = {{16{sum_yy[47]}}, sum_yy[47:32]};
        3'd3: sum_word = sum_yp[31:0];
        3'd4: sum_word = {{16{sum_yp[47]}}, sum_yp[47:32]};
        default: sum_word = 32'd0;
    endcase
    assign cfg_rdata = reg_q | (read_q ? sum_word : 32'd0);

    wire unused = &{1'b0, sum_idx, cfg_wdata};
endmodule

`default_nettype wire
