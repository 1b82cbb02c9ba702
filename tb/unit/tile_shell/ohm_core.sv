// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Stand-in for the compute core in the bench of the tile shell: takes vectors and partial sums,
// waits at random, and hands over outputs that depend on every word it was given:
//   hash = fold of the vector's words by h = 33·h + w
//   out[o] = hash + o·0x01000193 + partial sum[o]
// It reports configuration writes to the bench, and keeps DESC and DESC_SIZE. The macro's pins are
// tied off.
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */
module ohm_core #(
    parameter ROWS = 128, COLS = 128, CODE_W = 10, ACC_F = 6, ACC_BANKS = 4, NSLICE = 16,
        NSTREAM = 4, PSUM = 1, MODES = 1, LINK_W = 0, LINK_B = LINK_W != 0 ? LINK_W + 4 : 1,
    parameter NDESC = 1, TRANSPOSE = 0, ADC = 0, MUX = 1, ADC_CYCLES = 1, ADC_BITS = 10
) (
    input  wire              clk, rst,
    input  wire              cfg_we, cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output reg  [31:0]       cfg_rdata,
    input  wire              enable, early_stop,
    output wire              busy, bad_desc, ev_bad_desc,
    output wire [31:0]       ev_detail,
    output wire [1:0]        desc_stream, desc_mode,
    output wire              run,
    output wire [7:0]        rows1, outs1,
    output wire              osigned,
    input  wire              window_bad, walk, walk_asked,
    input  wire [31:0]       seq_base,
    output wire [31:0]       next_seq,
    input  wire [1:0]        link_near,
    input  wire [LINK_B-1:0] link_rx,
    output wire              link_rx_ready,
    output wire [LINK_B-1:0] link_tx,
    input  wire              link_tx_ready,
    input  wire              vec_valid, vec_poison,
    input  wire [31:0]       vec_seq,
    output wire [5:0]        vec_raddr,
    input  wire [31:0]       vec_rdata,
    output wire              vec_pop,
    output wire [1:0]        ps_desc, res_desc,
    input  wire              ps_valid, ps_poison,
    input  wire [31:0]       ps_seq,
    output wire [7:0]        ps_raddr,
    input  wire [31:0]       ps_rdata,
    output wire              ps_pop,
    input  wire              rsd_on, rsd_signed,
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
    output wire [ROWS-1:0]   row_on, row_neg,
    output wire              transpose,
    output wire [24:0]       ramp_lsb,
    output wire [1:0]        cell_sel,
    output wire              int_reset, int_en, sample,
    output wire [31:0]       op_seq,
    output wire [3:0]        op_desc, op_slice, ramp_rs,
    output wire              ramp_en,
    output wire [CODE_W-1:0] ramp_step,
    input  wire [COLS-1:0]   cmp,
    output wire              adc_start,
    output wire [7:0]        adc_mux,
    input  wire              adc_valid,
    input  wire [0:0]        adc_code,
    input  wire              ready,
    input  wire              conv_own, conv_run, conv_init, conv_init_end, conv_load,
    input  wire [7:0]        conv_init_idx,
    input  wire [CODE_W-1:0] conv_start, conv_stop,
    output wire              scan_valid, scan_last,
    output wire [7:0]        scan_col,
    output wire [CODE_W-1:0] scan_code,
    output wire              trc_code_valid,
    output wire [31:0]       trc_code_seq,
    output wire [3:0]        trc_code_desc, trc_code_slice,
    output wire [7:0]        trc_code_col,
    output wire [CODE_W-1:0] trc_code,
    output wire              trc_res_valid,
    output wire [31:0]       trc_res_seq,
    output wire [3:0]        trc_res_desc,
    output wire [7:0]        trc_res_out,
    output wire [31:0]       trc_res_acc, trc_res_y
);
`include "ohm_map.vh"
    import "DPI-C" function void bench_cfg(input int addr, input int data);
    import "DPI-C" function void bench_fail(input string what);

    assign next_seq = vec_seq;
    assign {link_rx_ready, link_tx} = {LINK_B+1{1'b0}};

    reg [31:0] desc_q, size_q, lfsr_q;
    wire       psum  = desc_q[DESC_PSUM_LSB];
    wire [7:0] nw    = size_q[DESC_SIZE_ROWS1_LSB + 2 +: 8];           // words, less 1
    wire       go    = lfsr_q[2:0] != 3'd0;
    // res_done after the last word
    wire       late  = lfsr_q[5];

    localparam [2:0] ST_IDLE = 0, ST_LOAD = 1, ST_PSUM = 2, ST_ROOM = 3, ST_OUT = 4, ST_DONE = 5;
    reg [2:0]  state_q;
    reg [8:0]  n_q;
    reg [31:0] hash_q, seq_q;
    reg        poison_q, bad_q, late_q, ev_q, en_q;

    always @(posedge clk) begin
        lfsr_q <= {lfsr_q[30:0], lfsr_q[31] ^ lfsr_q[21] ^ lfsr_q[1] ^ lfsr_q[0]};
        cfg_rdata <= !cfg_re ? 0 : cfg_addr == REG_DESC ? desc_q : cfg_addr == REG_DESC_SIZE
            ? size_q : 0;
        ev_q <= 1'b0;
        if (cfg_we) begin
            bench_cfg({16'd0, cfg_addr}, cfg_wdata);
            if (cfg_addr == REG_DESC) desc_q <= cfg_wdata;
            if (cfg_addr == REG_DESC_SIZE) size_q <= cfg_wdata;
        end
        en_q <= enable;
        // as the real core does at enable: a descriptor without slices is refused
        if (enable && !en_q && desc_q[DESC_NSLICE_LSB +: DESC_NSLICE_W] == 0) begin
            ev_q  <= 1'b1;
            bad_q <= 1'b1;
        end
        n_q <= n_q + 9'd1;
        case (state_q)
            ST_IDLE: if (enable && !bad_q && vec_valid && go) begin
                seq_q    <= vec_seq;
                poison_q <= vec_poison;
                hash_q   <= 0;
                n_q      <= 0;
                state_q  <= ST_LOAD;
            end
            ST_LOAD: begin
                if (!vec_valid || vec_seq != seq_q || vec_poison != poison_q)
                    bench_fail("vector changed while read");
                if (n_q != 0) hash_q <= hash_q * 33 + vec_rdata;
                if (vec_pop) state_q <= ST_PSUM;
            end
            ST_PSUM: if (!psum || (ps_valid && go)) begin
                if (psum && ps_seq != seq_q) bench_fail("partial sum of another vector");
                if (psum && ps_poison) poison_q <= 1'b1;
                state_q <= ST_ROOM;
            end
            ST_ROOM: begin
                n_q <= 0;
                late_q <= late;
                if (res_ready) state_q <= poison_q ? ST_DONE : ST_OUT;
            end
            ST_OUT: begin
                if (!res_ready) bench_fail("res_ready fell within a vector");
                if (n_q == {1'b0, outs1} + 9'd1) state_q <= late_q ? ST_DONE : ST_IDLE;
            end
            default: state_q <= ST_IDLE;
        endcase
        if (!enable) begin
            state_q <= ST_IDLE;
            bad_q   <= 1'b0;
        end
        if (rst) begin
            state_q <= ST_IDLE;
            lfsr_q  <= 32'h1234_5671;
            bad_q   <= 1'b0;
            desc_q  <= 0;
            size_q  <= 0;
        end
    end

    assign vec_raddr  = n_q[5:0];
    assign vec_pop    = state_q == ST_LOAD && (poison_q || n_q == {1'b0, nw} + 9'd1);
    assign ps_raddr   = n_q[7:0];
    assign res_valid  = state_q == ST_OUT && n_q != 0;
    assign res_idx    = n_q[7:0] - 8'd1;
    assign res_data   = hash_q + {24'd0, res_idx} * 32'h0100_0193 + (psum ? ps_rdata : 32'd0);
    assign res_done   = (state_q == ST_OUT && n_q == {1'b0, outs1} + 9'd1 && !late_q)
        || state_q == ST_DONE;
    assign res_poison = poison_q;
    assign res_seq    = seq_q;
    assign ps_pop     = psum && res_done;
    assign busy       = state_q != ST_IDLE;
    assign bad_desc   = bad_q;
    assign ev_bad_desc = ev_q;
    assign ev_detail  = 32'd1;
    assign run        = en_q && enable && !bad_q;
    assign rows1      = size_q[DESC_SIZE_ROWS1_LSB +: 8];
    assign outs1      = size_q[DESC_SIZE_OUTS1_LSB +: 8];
    assign osigned    = desc_q[DESC_OSIGNED_LSB];
    assign {rsd_re, rsd_raddr, rsd_pop} = '0;
    assign desc_stream = desc_q[DESC_STREAM_LSB +: 2];
    assign desc_mode   = desc_q[DESC_MODE_LSB +: 2];
    assign {ps_desc, res_desc, transpose, ramp_lsb} = '0;
    assign {row_on, row_neg, cell_sel, int_reset, int_en, sample, op_seq, op_desc, op_slice,
        ramp_rs, ramp_en, ramp_step, adc_start, adc_mux} = '0;
    assign {trc_code_valid, trc_code_seq, trc_code_desc, trc_code_slice, trc_code_col, trc_code} =
        '0;
    assign {trc_res_valid, trc_res_seq, trc_res_desc, trc_res_out, trc_res_acc, trc_res_y} = '0;
    assign {scan_valid, scan_last, scan_col, scan_code} = {CODE_W+10{1'b0}};
endmodule
`default_nettype wire
