// SPDX-License-Identifier: Apache-2.0
// Where the core's vectors come from: the vector port, or with DESC.CALIB the tile's own generator
// (ohm_calib), which then adds up what comes of them; the vector port is not asked meanwhile.
//
// Throughput and latency: those of the parts; the choice is combinational. Registers: those of
// ohm_calib. Legal: COLS, outputs of a tile, 4-256; MODES, PSUM 0 (no calibration), 1.
`default_nettype none

module ohm_source #(
    parameter COLS = 128,
    parameter MODES = 1,
    parameter PSUM = 1
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire        calib,
    output wire        calib_bad,
    input  wire        init,
    input  wire [7:0]  init_idx,
    input  wire        init_end,
    input  wire [31:0] seq_base,
    // the vector port
    input  wire        vec_valid,
    input  wire        vec_poison,
    input  wire [31:0] vec_seq,
    input  wire [31:0] vec_rdata,
    output wire        vec_pop,
    // what the rows get
    output wire        in_valid,
    output wire        in_poison,
    output wire [31:0] in_seq,
    input  wire        in_re,
    output wire [31:0] in_rdata,
    input  wire        in_pop,
    // outputs
    input  wire        sum_valid,
    input  wire [7:0]  sum_idx,
    input  wire [15:0] sum_y,
    input  wire [15:0] sum_p
);
    generate
        if (MODES != 0 && PSUM != 0) begin : g_calib
            wire        own_valid;
            wire [31:0] own_seq, own_rdata;
            ohm_calib #(.COLS(COLS)) u_calib (
                .clk(clk), .rst(rst),
                .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
                .cfg_rdata(cfg_rdata),
                .bad(calib_bad), .init(init), .init_idx(init_idx), .init_end(init_end),
                .seq_base(seq_base),
                .vec_valid(own_valid), .vec_seq(own_seq), .vec_re(in_re && calib),
                .vec_rdata(own_rdata), .vec_pop(in_pop && calib),
                .sum_valid(sum_valid), .sum_idx(sum_idx), .sum_y(sum_y), .sum_p(sum_p)
            );
            assign in_valid = calib ? own_valid : vec_valid;
            assign in_poison = vec_poison && !calib;
            assign in_seq = calib ? own_seq : vec_seq;
            assign in_rdata = calib ? own_rdata : vec_rdata;
        end else begin : g_no_calib
            assign {cfg_rdata, calib_bad} = 33'd0;
            assign {in_valid, in_poison, in_seq, in_rdata} = {vec_valid, vec_poison, vec_seq,
                vec_rdata};
            wire unused_calib = &{1'b0, clk, rst, cfg_we, cfg_re, cfg_addr, cfg_wdata, init,
                init_idx, init_end, seq_base, in_re, sum_valid, sum_idx, sum_y, sum_p};
        end
    endgenerate
    assign vec_pop = in_pop && !calib;
endmodule

`default_nettype wire
