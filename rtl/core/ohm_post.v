// SPDX-License-Identifier: Apache-2.0
// Post-processor: takes the oldest vector when its accumulators are final, adds the partial sum,
// the bias and the residual (rsd_on), scales, clips or looks up, and hands the outputs over in
// order.
//
//   a = acc + partial sum     v = a + BIAS + r * RSCALE     y0 = rnd(v * SCALE / 2^s)
//   y = clip(relu(y0)) or y = TABLE[clip(y0, -128, 127) + 128],
//   or y = 1 for y0 >= 0, else 0 or -1 (DESC.FUNC)
//
//   st SWEEP   _/~~~~~ ... ~~\____________________      idx 0 ... OUTS1: accumulator, psum, tables
//   *_pop      ________________/~~\_______________      (bank freed in the same cycle)
//   res_valid  ________________/~~~~~ ... ~~\_____
//   res_done   ____________________________/~~\___      with the last word
//
// It starts when the vector is final, its partial sum is there (DESC.PSUM) and res_ready: nothing
// stalls after that. A poison vector, or one whose partial sum is poison, leaves as res_done with
// res_poison and no words; the latter's accumulators are swept all the same, to clear them. With
// `calib` y0 goes to the sums as well (ohm_calib), in the cycle before res_valid.
// Throughput: one vector per OUTS1 + 7 cycles (poison 2). Latency: first word 6 cycles after the
// start. With SERIAL = 1 (small FPGAs) one output is in work at a time and takes 22 + s cycles.
// Tables BIAS, SCALE and TABLE read as 0 on the configuration bus. Legal: COLS 4-256; MODES 0 (no
// FUNC), 1 (with SERIAL = 0).
`default_nettype none

module ohm_post #(
    parameter COLS = 128,
    parameter BANK_W = 2,
    parameter SERIAL = 0,
    parameter MODES = 1,
    parameter NDESC = 1,
    parameter COL_W = $clog2(COLS)
) (
    input  wire              clk,
    input  wire              run,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire [1:0]        mode,
    input  wire              psum,
    input  wire              calib,         // the partial sum is what y0 should be: not added
    input  wire              relu,
    input  wire              osigned,
    input  wire [1:0]        func,
    input  wire [5:0]        shift,
    input  wire [7:0]        outs1,
    input  wire              head_done,
    input  wire              head_poison,
    input  wire [31:0]       head_seq,
    input  wire [1:0]        head_desc,
    output wire [1:0]        desc,          // whose fields are asked for: mode to outs1
    input  wire [BANK_W-1:0] head_bank,
    output wire              head_free,
    output wire              acc_re,
    output wire [BANK_W-1:0] acc_bank,
    output wire [COL_W-1:0]  acc_idx,
    input  wire [31:0]       acc_rdata,
    input  wire              ps_valid,
    input  wire              ps_poison,
    input  wire [31:0]       ps_seq,
    output wire [7:0]        ps_raddr,
    input  wire [31:0]       ps_rdata,
    output wire              ps_pop,
    input  wire              rsd_on,
    input  wire              rsd_signed,
    input  wire [31:0]       rscale,
    output wire              rsd_re,
    output wire [7:0]        rsd_raddr,
    input  wire [7:0]        rsd_rdata,
    output wire              rsd_pop,
    input  wire              res_ready,
    output wire              res_valid,
    output wire [7:0]        res_idx,
    output wire [31:0]       res_data,
    output wire              res_done,
    output wire [31:0]       res_seq,
    output wire              res_poison,
    output wire [31:0]       res_acc,       // for the trace: a
    output wire              sat_out,
    // calibration: y0 held to 16 bits, and what it should be
    output wire              sum_valid,
    output wire [7:0]        sum_idx,
    output wire [15:0]       sum_y,
    output wire [15:0]       sum_p
);
    `include "ohm_map.vh"


    localparam [1:0] ST_WAIT  = 2'd0;   // for the oldest vector and all it needs
    localparam [1:0] ST_SWEEP = 2'd1;   // one output a cycle
    localparam [1:0] ST_FREE  = 2'd2;   // last answers are in: partial sum and bank are free
    localparam [1:0] ST_TAIL  = 2'd3;   // pipeline empties, until res_done

    reg [1:0]        state_q;
    reg [7:0]        idx_q;
    reg              poison_q;          // of the vector being handled: no words
    reg [31:0]       seq_q;
    reg [BANK_W-1:0] bank_q;
    reg [1:0]        desc_q;
    assign desc = NDESC == 1 ? 2'd0 : state_q == ST_WAIT ? head_desc : desc_q;
    always @(posedge clk) if (state_q == ST_WAIT) desc_q <= head_desc;

    // Both streams count from SEQ_BASE, so the numbers agree; a wrong partial sum would never be
    // added.
    wire ps_ok = !psum || (ps_valid && ps_seq[15:0] == head_seq[15:0]);
    wire start;
    wire [31:0] ps_word = psum && !calib ? ps_rdata : 32'd0;
    wire [31:0] ps_add;
    generate
        if (SERIAL == 0) begin : g_now
            assign start = head_done && ps_ok && res_ready;
            assign ps_add = ps_word;
        // both stand while it waits, and idx_q stands two cycles before acc_re
        end else begin : g_seen
            reg        seen_q;
            reg [31:0] ps_q;
            always @(posedge clk) begin
                seen_q <= run && state_q == ST_WAIT && !start && head_done && ps_ok;
                ps_q   <= ps_word;
            end
            assign start = seen_q && res_ready;
            assign ps_add = ps_q;
        end
    endgenerate

    always @(posedge clk) begin
        if (!run) state_q <= ST_WAIT;
        else case (state_q)
            ST_WAIT: begin
                idx_q <= 8'd0;
                if (start) begin
                    state_q <= head_poison ? ST_FREE : ST_SWEEP;
                    poison_q <= head_poison || (psum && ps_poison);
                    seq_q <= head_seq;
                    bank_q <= head_bank;
                end
            end
            ST_SWEEP: if (acc_re) begin
                idx_q <= idx_q + 8'd1;
                if (idx_q == outs1) state_q <= ST_FREE;
            end
            ST_FREE: state_q <= poison_q ? ST_WAIT : ST_TAIL;
            default: if (res_done) state_q <= ST_WAIT;
        endcase
    end

    wire busy;                          // the serial unit has an output in work
    assign acc_re = state_q == ST_SWEEP && !busy;
    assign acc_bank = bank_q;
    assign acc_idx = idx_q[COL_W-1:0];
    assign ps_raddr = idx_q;
    assign ps_pop = state_q == ST_FREE && psum;
    assign rsd_re = acc_re;
    assign rsd_raddr = idx_q;
    assign rsd_pop = state_q == ST_FREE && rsd_on;
    assign head_free = state_q == ST_FREE;

    // tables -------------------------------------------------------------------------------------

    // steps of an output: 1 memories answer, 2 a, 3 v, 4 product, 5 result ------------------------
    reg [5:1]           v_q;
    reg [7:0]           i1_q;
    wire [31:0]         a1 = acc_rdata + ps_add;
    wire [8:0]          rsd = {rsd_signed && rsd_rdata[7], rsd_rdata};
    reg [31:0]          rsd2_q;
    wire [31:0]         a4, v;          // of the output whose y0 is there
    wire signed [47:0]  y0;
    wire                v4;             // y0 is there

    wire zero = relu && y0 < 0;
    // the bits above the byte's; where they are as the sign, y0 fits
    wire over = !y0[47] && (|y0[46:8] || (osigned && y0[7]));
    wire under = !zero && y0[47] && (!osigned || !(&y0[46:7]) || y0[6:0] == 7'd0);
    wire        y_neg = osigned && y0 < 0 && !zero;         // all bits above the byte
    wire [7:0]  y_low = over ? {!osigned, 7'h7F} : under ? {osigned, 6'd0, osigned} : zero ? 8'd0
        : y0[7:0];
    wire [31:0] y = {{24{y_neg}}, y_low};

    wire [31:0] step = y0 >= 0 ? 32'd1 : osigned ? -32'd1 : 32'd0;

    always @(posedge clk) begin
        v_q <= {v4, v_q[3:1], run && acc_re && !poison_q};
        if (acc_re) i1_q <= idx_q;
        if (v_q[1]) rsd2_q <= rsd_on ? {{23{rsd[8]}}, rsd} * rscale : 32'd0;
        if (!run) v_q <= 5'd0;
    end
    wire [31:0] data4 = mode == DESC_MODE_PSUM ? a4 : mode != DESC_MODE_Y ? v
                      : MODES != 0 && func == DESC_FUNC_THRESHOLD ? step : y;
    wire        clip4 = mode == DESC_MODE_Y && (MODES == 0 || func == DESC_FUNC_LINEAR)
                      && (over || under);

    generate
        if (SERIAL == 0) begin : g_parallel
            wire [31:0] bias;
            wire [15:0] scale;
            ohm_table #(.BASE(REG_BIAS), .ENTRIES(COLS), .WIDTH(32), .NDESC(NDESC)) u_bias (
                .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
                .re(acc_re), .desc(desc), .entry(idx_q), .rdata(bias)
            );
            ohm_table #(.BASE(REG_SCALE), .ENTRIES(COLS), .WIDTH(16), .NDESC(NDESC)) u_scale (
                .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
                .re(acc_re), .desc(desc), .entry(idx_q), .rdata(scale)
            );

            reg [7:0]          i2_q, i3_q, i4_q, i5_q;
            reg [31:0]         a2_q, a3_q, a4_q, a5_q, bias2_q, v4_q, data5_q;
            reg signed [31:0]  v3_q;
            reg [15:0]         scale2_q;
            reg signed [15:0]  scale3_q;
            reg                clip5_q;
            reg signed [47:0]  prod4_q;
            wire signed [47:0] half = shift == 6'd0 ? 48'sd0 : 48'sd1 << (shift - 6'd1);
            always @(posedge clk) begin
                if (v_q[1]) begin
                    i2_q <= i1_q;
                    a2_q <= a1;
                    bias2_q <= bias;
                    scale2_q <= scale;
                end
                if (v_q[2]) begin
                    i3_q <= i2_q;
                    a3_q <= a2_q;
                    v3_q <= a2_q + bias2_q + rsd2_q;
                    scale3_q <= scale2_q;
                end
                if (v_q[3]) begin
                    i4_q <= i3_q;
                    a4_q <= a3_q;
                    v4_q <= v3_q;
                    prod4_q <= v3_q * scale3_q;
                end
                if (v_q[4]) begin
                    i5_q <= i4_q;
                    a5_q <= a4_q;
                    data5_q <= data4;
                    clip5_q <= clip4;
                end
            end
            // the table answers with step 5
            wire        table5, table_clip5;
            wire [31:0] table_y5;
            if (MODES != 0) begin : g_table
                wire       up = y0 > 48'sd127, down = y0 < -48'sd128;
                wire [7:0] entry;
                ohm_ram #(.DEPTH(256), .WIDTH(8)) u_table (
                    .clk(clk), .we(cfg_we && cfg_addr[15:8] == REG_TABLE[15:8]),
                    .waddr(cfg_addr[7:0]), .wdata(cfg_wdata[7:0]),
                    .re(v_q[4]), .raddr(up ? 8'd255 : down ? 8'd0 : {!y0[7], y0[6:0]}),
                    .rdata(entry)
                );
                assign table5 = mode == DESC_MODE_Y && func == DESC_FUNC_TABLE;
                assign table_clip5 = osigned && entry == 8'h80;
                assign table_y5 = table_clip5 ? -32'd127 : {{24{osigned && entry[7]}}, entry};
            end else begin : g_no_table
                assign table5 = 1'b0;
                assign table_clip5 = 1'b0;
                assign table_y5 = 32'd0;
            end

            assign y0 = (prod4_q + half) >>> shift;

            if (MODES != 0) begin : g_calib
                reg [15:0] p2_q, p3_q, p4_q;
                always @(posedge clk) begin
                    if (calib && v_q[1]) p2_q <= ps_rdata[15:0];
                    if (calib && v_q[2]) p3_q <= p2_q;
                    if (calib && v_q[3]) p4_q <= p3_q;
                end
                assign sum_valid = v_q[4] && calib;
                assign sum_idx = i4_q;
                assign sum_y = y0 > 48'sd32767 ? 16'h7FFF : y0 < -48'sd32768 ? 16'h8000 : y0[15:0];
                assign sum_p = p4_q;
            end else begin : g_no_calib
                assign {sum_valid, sum_idx, sum_y, sum_p} = 41'd0;
            end

            assign a4 = a4_q;
            assign v = v4_q;
            assign v4 = v_q[4];
            assign res_idx = i5_q;
            assign res_data = table5 ? table_y5 : data5_q;
            assign res_acc = a5_q;
            assign sat_out = v_q[5] && (table5 ? table_clip5 : clip5_q);
            assign busy = 1'b0;
        end else begin : g_serial
            // One table, bias below scale, read in turn; everything holds until the next output
            // begins.
            wire in_table = {1'b0, cfg_addr[7:0]} < COLS[8:0];
            wire bias_we = cfg_we && in_table && cfg_addr[15:8] == REG_BIAS[15:8];
            wire scale_we = cfg_we && in_table && cfg_addr[15:8] == REG_SCALE[15:8];
            wire [31:0] word;
            ohm_ram #(.DEPTH(2 * COLS), .WIDTH(32)) u_table (
                .clk(clk), .we(bias_we || scale_we), .waddr({scale_we, cfg_addr[COL_W-1:0]}),
                .wdata(cfg_wdata),
                .re(acc_re || v_q[2]), .raddr(v_q[2] ? {1'b1, i1_q[COL_W-1:0]} : {1'b0, acc_idx}),
                .rdata(word)
            );

            // The product grows in p_q from above while the scale leaves it below; then s shifts.
            // The last bit out rounds. Only what the clip needs is kept of y0: past +-511 it is as
            // good as infinite.
            reg [31:0]        a_q;
            reg signed [31:0] s_q;                              // a, then v
            // mul: the product grows; top: the scale's sign bit
            reg               busy_q, work_q, out_q, mul, top;
            reg [5:0]         count_q;
            reg signed [48:0] p_q;
            wire [32:0]       add = {33{p_q[0]}} & ({s_q[31], s_q} ^ {33{top}});
            wire [32:0]       sum = p_q[48:16] + add + {32'd0, top && p_q[0]};
            wire              fits = p_q[48:9] == {40{p_q[48]}};
            wire [10:0]       near = {p_q[9], p_q[9:0]} + {10'd0, out_q};
            reg [10:0]        y_q;                              // y0 of the cycle before
            always @(posedge clk) begin
                y_q <= fits ? near : {p_q[48], {10{!p_q[48]}}};
                if (v_q[1]) s_q <= a1;
                if (v_q[2]) begin
                    a_q <= s_q;
                    if (mode != DESC_MODE_PSUM) s_q <= s_q + word + rsd2_q;
                end
                busy_q <= run && ((acc_re && !poison_q) || (busy_q && !v_q[5]));
                if (v_q[3]) begin
                    work_q <= 1'b1;
                    mul <= 1'b1;
                    count_q <= 6'd15;
                    p_q <= {33'd0, word[15:0]};
                    out_q <= 1'b0;
                end else if (work_q) begin
                    count_q <= top ? shift : count_q - 6'd1;
                    mul <= mul && !top;
                    if (v4) work_q <= 1'b0;
                    if (mul) p_q <= {sum[32], sum, p_q[15:1]};
                    else if (!v4) {p_q, out_q} <= {p_q[48], p_q};
                end
                top <= work_q && mul && count_q == 6'd1;
                if (!run) work_q <= 1'b0;
            end
            assign y0 = {{37{y_q[10]}}, y_q};
            assign v4 = work_q && !mul && count_q == 6'd0;
            assign busy = busy_q;
            assign a4 = s_q;
            assign v = s_q;
            assign res_idx = i1_q;
            assign res_data = data4;
            assign res_acc = a_q;
            assign sat_out = v_q[5] && clip4;
            assign {sum_valid, sum_idx, sum_y, sum_p} = 41'd0;
            wire unused_v = v_q[4];
        end
    endgenerate

    assign res_valid = v_q[5];
    assign res_poison = state_q == ST_FREE && poison_q;
    assign res_done = res_poison || (v_q[5] && res_idx == outs1);
    assign res_seq = seq_q;
    // numbers in flight differ in their low bits
    wire unused = &{1'b0, ps_seq[31:16], head_seq, head_desc, desc_q};
endmodule

`default_nettype wire
