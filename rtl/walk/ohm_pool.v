// SPDX-License-Identifier: Apache-2.0
// Between core and output stage: makes one vector of the windows of a block (largest or mean per
// output), or class and value of a vector (arg-max). Switched off, it is a wire.
//
//   core_valid  ... ~~~~\_______________  last window of the block
//   res_valid       ... ____/~~~~~~~~\___ the same words, 4 cycles later, with res_done as it came
//   arg-max, after core_done (cycle 0): word 0, the class, in cycle 1; word 1, the value, with
//   res_done, in cycle 2
//
// Windows that are not a block's last leave nothing, and need no room in the output stage:
// core_ready is 1 for them. A block with a poison window leaves as poison. The mean is floor((sum *
// SCALE - DOWN + h) / 2^SHIFT), clipped as y is.
// Throughput: a word a cycle in and out; a core that pauses two cycles between vectors.
// Registers: POOL, POOL_MEAN, CLASS0. Legal: COLS 4-256.
`default_nettype none

module ohm_pool #(
    parameter COLS = 128
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output reg  [31:0] cfg_rdata,

    input  wire        enable,
    input  wire        walk,            // windows come in blocks: walker 0 is on
    input  wire [1:0]  mode,
    input  wire        osigned,
    output wire [4:0]  walk_h1,         // rows of windows that are walked as one, less 1
    output wire [4:0]  pool_w1,
    output wire [4:0]  pool_stride,
    output wire [4:0]  pool_across,
    output wire        lines,           // a row of windows at a time
    output wire        argmax,
    output reg         bad,             // kept while disabled
    output wire        busy,

    output wire        core_ready,
    input  wire        core_valid,
    input  wire [7:0]  core_idx,
    input  wire [31:0] core_data,
    input  wire        core_done,
    input  wire [31:0] core_seq,
    input  wire        core_poison,

    input  wire        res_ready,
    output wire        res_valid,
    output wire [7:0]  res_idx,
    output wire [31:0] res_data,
    output wire        res_done,
    output wire [31:0] res_seq,
    output wire        res_poison
);
    `include "ohm_map.vh"
    localparam CW = $clog2(COLS);

    // registers ----------------------------------------------------------------------------------
    reg [31:0] pool_q;
    reg [22:0] mean_q;
    reg [15:0] class_q;
    always @(posedge clk) begin
        if (rst) begin
            pool_q  <= 32'd0;
            mean_q  <= 23'd0;
            class_q <= 16'd0;
        end else if (cfg_we) case (cfg_addr)
            REG_POOL: pool_q <= cfg_wdata;
            REG_POOL_MEAN: mean_q <= cfg_wdata[22:0];
            REG_CLASS0: class_q <= cfg_wdata[15:0];
            default: ;
        endcase
        cfg_rdata <= 32'd0;
        if (cfg_re) case (cfg_addr)
            REG_POOL: cfg_rdata <= pool_q;
            REG_POOL_MEAN: cfg_rdata <= {9'd0, mean_q};
            REG_CLASS0: cfg_rdata <= {16'd0, class_q};
            default: ;
        endcase
    end
    wire [4:0]  pool_h1 = pool_q[POOL_H1_LSB +: POOL_H1_W];
    wire [4:0]  across  = pool_q[POOL_ACROSS_LSB +: POOL_ACROSS_W];
    assign lines       = pool_q[POOL_LINES_LSB];
    assign walk_h1     = lines ? 5'd0 : pool_h1;
    assign pool_w1     = pool_q[POOL_W1_LSB +: POOL_W1_W];
    assign pool_stride = pool_q[POOL_STRIDE_LSB +: POOL_STRIDE_W];
    assign pool_across = across == 5'd0 ? pool_stride : across;
    assign      argmax  = pool_q[POOL_ARGMAX_LSB];
    wire        average = pool_q[POOL_AVERAGE_LSB];
    wire        many    = walk && {pool_h1, pool_w1} != 10'd0;
    wire        blocks  = many && mode == DESC_MODE_Y;
    wire [15:0] scale   = mean_q[POOL_MEAN_SCALE_LSB +: POOL_MEAN_SCALE_W];
    wire        down    = mean_q[POOL_MEAN_DOWN_LSB];
    wire [5:0]  shift   = mean_q[POOL_MEAN_SHIFT_LSB +: POOL_MEAN_SHIFT_W];
    always @(posedge clk)
        if (!enable) bad <= (argmax && mode != DESC_MODE_V) || (many && mode == DESC_MODE_V)
                            || (blocks && average && shift > 6'd40);

    // which window of the block is next ----------------------------------------------------------
    reg [4:0] dx_q, dy_q;
    reg       spoilt_q;                 // an earlier window was poison
    wire      first  = {dx_q, dy_q} == 10'd0;
    wire      last   = dx_q == pool_w1 && dy_q == pool_h1;
    wire      spoilt = spoilt_q || core_poison;

    always @(posedge clk)
        if (rst || !enable) begin
            dx_q     <= 5'd0;
            dy_q     <= 5'd0;
            spoilt_q <= 1'b0;
        end else if (blocks && core_done) begin
            dx_q     <= dx_q == pool_w1 ? 5'd0 : dx_q + 5'd1;
            if (dx_q == pool_w1) dy_q <= last ? 5'd0 : dy_q + 5'd1;
            spoilt_q <= spoilt && !last;
        end

    // pooling: 1 memory answers, 2 value, 3 product, 4 result
    // --------------------------------------
    // a sum of up to 1024 bytes, or the largest
    (* no_rw_check *) reg [18:0] mem [0:(1 << CW) - 1];
    reg [18:0]         mem_q;
    reg                in_q, first_q;
    reg [4:1]          v_q, done_q;
    reg [7:0]          i1_q, i2_q, i3_q, i4_q;
    reg signed [18:0]  d1_q, value2_q, value3_q;
    reg signed [41:0]  prod3_q;
    reg [31:0]         data4_q;
    reg [31:0]         seq_q;
    reg                poison_q;

    reg signed [18:0] value;
    reg signed [41:0] mean;
    reg               over, under;
    always @* begin                     // at rest when nothing is pooled
        value = d1_q;
        mean  = 42'sd0;
        over  = 1'b0;
        under = 1'b0;
        if (in_q && !first_q) value = average ? $signed(mem_q) + d1_q : $signed(mem_q) > d1_q
            ? $signed(mem_q) : d1_q;
        if (v_q[3]) begin
            mean  = (prod3_q + (shift == 6'd0 ? 42'sd0 : 42'sd1 << (shift - 6'd1))) >>> shift;
            over  = osigned ? mean > 42'sd127 : mean > 42'sd255;
            under = osigned ? mean < -42'sd127 : mean < 42'sd0;
        end
    end

    always @(posedge clk) begin
        in_q   <= blocks && core_valid;
        v_q    <= {v_q[3:1], blocks && core_valid && last && !spoilt};
        done_q <= {done_q[3:1], blocks && core_done && last};
        if (blocks && core_valid) begin
            i1_q    <= core_idx;
            d1_q    <= {{10{core_data[8]}}, core_data[8:0]};
            first_q <= first;
            mem_q   <= mem[core_idx[CW-1:0]];
        end
        if (in_q) mem[i1_q[CW-1:0]] <= value;
        if (v_q[1]) begin
            i2_q     <= i1_q;
            value2_q <= value;
        end
        if (v_q[2]) begin
            i3_q     <= i2_q;
            value3_q <= value2_q;
            if (average) prod3_q <= value2_q * $signed({1'b0, scale}) - $signed({41'd0, down});
        end
        if (v_q[3]) begin
            i4_q    <= i3_q;
            data4_q <= !average ? {{13{value3_q[18]}}, value3_q}
                     : over ? (osigned ? 32'd127 : 32'd255) : under ? (osigned ? -32'd127 : 32'd0)
                         : mean[31:0];
        end
        if (core_done && (argmax || (blocks && last))) begin
            seq_q    <= core_seq;
            poison_q <= spoilt;
        end
        if (rst || !enable) begin
            v_q    <= 4'd0;
            done_q <= 4'd0;
        end
    end

    // arg-max ------------------------------------------------------------------------------------
    reg [31:0] best_q;
    reg [7:0]  best_i_q;
    reg [2:1]  am_q;
    always @(posedge clk) begin
        if (argmax && core_valid && (core_idx == 8'd0 || $signed(core_data) > $signed(best_q)))
            begin
            best_q   <= core_data;
            best_i_q <= core_idx;
        end
        am_q <= {am_q[1] && !poison_q, argmax && core_done};
        if (rst || !enable) am_q <= 2'd0;
    end

    // towards the output stage -------------------------------------------------------------------
    wire under_way = v_q != 4'd0 || done_q != 4'd0 || am_q != 2'd0;
    wire off = !blocks && !argmax;
    assign core_ready = (blocks && !last) || (res_ready && !under_way);
    assign res_valid  = off ? core_valid : argmax ? (am_q[1] && !poison_q) || am_q[2] : v_q[4];
    assign res_idx    = off ? core_idx : argmax ? {7'd0, am_q[2]} : i4_q;
    assign res_data   = off ? core_data : !argmax ? data4_q : am_q[2] ? best_q
        : {16'd0, class_q} + {24'd0, best_i_q};
    assign res_done   = off ? core_done : argmax ? (am_q[1] && poison_q) || am_q[2] : done_q[4];
    assign res_seq    = off ? core_seq : seq_q;
    assign res_poison = off ? core_poison : poison_q;
    assign busy       = under_way;
endmodule

`default_nettype wire
