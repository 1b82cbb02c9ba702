// SPDX-License-Identifier: Apache-2.0
// The registers of descriptors that are no tables: DESC, DESC_SIZE, DESC_LSB, ORDER, and which
// entries of the slice tables were written (ohm_desc has the tables).
//
//   of_slice, slices …   of slice_desc while `run`, before it of walk_desc; load and desc (of
//                        post_desc) likewise
//   sl_there, rp_there   first and second word of entry walk_idx of walk_desc were written
//   order_*              ORDER: descriptors in use, the lowest, the one after walk_desc
//   (order_more)
//
// All are combinational. Reading: one cycle, 0 elsewhere. DESC_LSB, which the macro has of
// descriptor 0 (MACRO_LSB), cannot be read; sl_lsb is 0 of that one.
// Legal: NSLICE 1-16; NDESC 1-4; DESC_BITS 29, or 30 with DESC.TRANSPOSE.
`default_nettype none

module ohm_desc_regs #(
    parameter NSLICE = 16,
    parameter NDESC = 1,
    parameter DESC_BITS = 29
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire [1:0]  link_on,         // bits 31:30 of DESC, which ohm_desc keeps
    input  wire        run,
    input  wire [1:0]  walk_desc,
    input  wire [3:0]  walk_idx,
    input  wire [1:0]  load_desc,
    input  wire [1:0]  slice_desc,
    input  wire [1:0]  post_desc,
    output wire [1:0]  of_slice,
    output wire [DESC_BITS-1:0] desc,
    output wire [29:0] size,
    output wire [DESC_BITS-1:0] load,
    output wire [29:0] load_size,
    output wire [DESC_BITS-1:0] slices,
    output wire [29:0] slices_size,
    output wire [24:0] sl_lsb,
    output wire        sl_there,
    output wire        rp_there,
    output wire        lsb_bad,         // LSB_min of walk_desc is illegal, or was never written
    output wire [3:0]  order_mask,
    output wire [3:0]  order_lag,
    output wire [1:0]  order_first,
    output wire [1:0]  order_next,
    output wire        order_more,
    output wire        alone,           // descriptor 0, and no other, is in use
    output wire        order_bad
);
    `include "ohm_map.vh"

    localparam [31:0] LSB_MAX = 32'd1 << 24;
    localparam DESC_W = NDESC > 2 ? 2 : NDESC > 1 ? 1 : 0;
    localparam ENTRY_W = 4 + DESC_W;
    wire [5:0] walked = {walk_desc, walk_idx};      // entry of all slice tables

    // of each descriptor, 0 where there is none
    reg [DESC_BITS*NDESC-1:0] descs_q;
    reg [30*NDESC-1:0] sizes_q;
    wire [16*NDESC-1:0] sl_theres, rp_theres;   // entries that were written: first, second word
    // MACRO_LSB or DESC_LSB, which the macro keeps, is illegal or was never written
    reg [NDESC-1:0]    lsb_bad_q;

    wire       at_slice = cfg_addr[15:8] == REG_SLICE[15:8] && !cfg_addr[5]
        && {1'b0, cfg_addr[4:1]} < NSLICE[4:0];
    wire [4:0] lsb_bads = {{5-NDESC{1'b0}}, lsb_bad_q};
    wire       lsb_put_bad = cfg_wdata == 32'd0 || cfg_wdata > LSB_MAX;

    genvar d;
    generate for (d = 0; d < NDESC; d = d + 1) begin : g_registers
        wire own = cfg_addr[7:6] == d;          // in the slice tables
        reg [15:0] sl_there_q, rp_there_q;
        assign sl_theres[16*d +: 16] = sl_there_q;
        assign rp_theres[16*d +: 16] = rp_there_q;
        always @(posedge clk) begin
            if (rst) begin
                descs_q[DESC_BITS*d +: DESC_BITS] <= {DESC_BITS{1'b0}};
                sizes_q[30*d +: 30] <= 30'd0;
                sl_there_q <= 16'd0;
                rp_there_q <= 16'd0;
                lsb_bad_q[d] <= 1'b1;
            end else if (cfg_we) begin
                if (cfg_addr == REG_DESC + d * REG_DESC_DESC)
                    descs_q[DESC_BITS*d +: DESC_BITS] <= cfg_wdata[DESC_BITS-1:0]
                        & DESC_MASK[DESC_BITS-1:0];
                if (cfg_addr == REG_DESC_SIZE + d * REG_DESC_SIZE_DESC)
                    sizes_q[30*d +: 30] <= cfg_wdata[29:0];
                if (cfg_addr == (d == 0 ? REG_MACRO_LSB : REG_DESC_LSB + d * REG_DESC_LSB_DESC))
                    lsb_bad_q[d] <= lsb_put_bad;
                if (at_slice && own && !cfg_addr[0])
                    sl_there_q[cfg_addr[4:1]] <= 1'b1;
                if (at_slice && own && cfg_addr[0])
                    rp_there_q[cfg_addr[4:1]] <= 1'b1;
            end
        end
    end endgenerate

    assign sl_there = sl_theres[walked[ENTRY_W-1:0]];
    assign rp_there = rp_theres[walked[ENTRY_W-1:0]];
    assign lsb_bad = lsb_bads[{1'b0, walk_desc}];

    // Which descriptors are in use, and which of them comes next.
    wire [31:0] order_rdata;
    generate
        if (NDESC > 1) begin : g_order
            reg  [7:0] order_q;                 // LAG, MASK
            reg        back_q;
            wire [3:0] mask = order_q[3:0] == 4'd0 ? 4'd1 : order_q[3:0];
            wire [3:0] above = mask & (4'b1110 << walk_desc);
            always @(posedge clk) begin
                if (rst) order_q <= 8'd0;
                else if (cfg_we && cfg_addr == REG_ORDER) order_q <= {
                    cfg_wdata[ORDER_LAG_LSB +: ORDER_LAG_W],
                    cfg_wdata[ORDER_MASK_LSB +: ORDER_MASK_W]};
                back_q <= cfg_re && cfg_addr == REG_ORDER;
            end
            wire [99:0] lsbs;               // descriptor 0's is the macro's own
            genvar k;
            for (k = 0; k < 4; k = k + 1) begin : g_lsb
                if (k > 0 && k < NDESC) begin : g_own
                    reg [24:0] lsb_q;
                    always @(posedge clk)
                        if (cfg_we && cfg_addr == REG_DESC_LSB + k * REG_DESC_LSB_DESC)
                            lsb_q <= cfg_wdata[24:0];
                    assign lsbs[25*k +: 25] = lsb_q;
                end else begin : g_none
                    assign lsbs[25*k +: 25] = 25'd0;
                end
            end
            assign sl_lsb = lsbs[25*of_slice +: 25];
            assign order_rdata = back_q ? {20'd0, order_q[7:4], 4'd0, order_q[3:0]} : 32'd0;
            assign {order_mask, order_lag} = {mask, order_q[7:4]};
            assign order_first = mask[0] ? 2'd0 : mask[1] ? 2'd1 : mask[2] ? 2'd2 : 2'd3;
            assign order_next = above[1] ? 2'd1 : above[2] ? 2'd2 : 2'd3;
            assign order_more = above != 4'd0;
            assign alone = mask == 4'd1;
            assign order_bad = order_q[7:4] == 4'd15 || (NDESC < 4 && mask >> NDESC != 4'd0);
        end else begin : g_one_order
            assign {order_mask, order_lag, order_first, order_next} = {4'd1, 8'd0};
            assign {alone, order_bad, order_more} = 3'b100;
            assign order_rdata = 32'd0;
            assign sl_lsb = 25'd0;
        end
    endgenerate
    // The descriptors that the fields are of, and their registers.
    wire [1:0] of_load = NDESC > 1 ? run ? load_desc : walk_desc : 2'd0;
    assign of_slice = NDESC > 1 ? run ? slice_desc : walk_desc : 2'd0;
    wire [1:0] of_post = NDESC > 1 ? run ? post_desc : walk_desc : 2'd0;
    generate
        if (NDESC > 1) begin : g_several
            // room for numbers that no descriptor has
            wire [5*DESC_BITS-1:0] all = {{(5-NDESC)*DESC_BITS{1'b0}}, descs_q};
            wire [149:0] sizes = {{(5-NDESC)*30{1'b0}}, sizes_q};
            wire unused_all = &{1'b0, all, sizes};
            assign desc = all[DESC_BITS*of_post +: DESC_BITS];
            assign load = all[DESC_BITS*of_load +: DESC_BITS];
            assign slices = all[DESC_BITS*of_slice +: DESC_BITS];
            assign size = sizes[30*of_post +: 30];
            assign load_size = sizes[30*of_load +: 30];
            assign slices_size = sizes[30*of_slice +: 30];
        end else begin : g_single
            assign {desc, load, slices} = {3{descs_q}};
            assign {size, load_size, slices_size} = {3{sizes_q}};
        end
    endgenerate

    // what is read back: DESC, DESC_SIZE
    wire [15:0] own_addr = NDESC > 1 ? {cfg_addr[15:6], 2'd0, cfg_addr[3:0]} : cfg_addr;
    wire       there = NDESC == 1 || {1'b0, cfg_addr[5:4]} < NDESC[2:0];
    reg [1:0]  back_q, back_desc_q;
    wire [DESC_BITS-1:0] back_reg = descs_q[DESC_BITS*back_desc_q +: DESC_BITS];
    wire [29:0] back_size = sizes_q[30*back_desc_q +: 30];
    always @(posedge clk) begin
        back_q <= {cfg_re && there && own_addr == REG_DESC_SIZE,
                   cfg_re && there && own_addr == REG_DESC};
        back_desc_q <= NDESC > 1 ? cfg_addr[5:4] : 2'd0;
    end
    assign cfg_rdata = (back_q[0] ? {link_on, {30-DESC_BITS{1'b0}}, back_reg} : 32'd0)
        | (back_q[1] ? {2'd0, back_size} : 32'd0) | order_rdata;

    wire unused = &{1'b0, of_load, of_post, load_desc, slice_desc, post_desc, walked, run};
endmodule

`default_nettype wire
