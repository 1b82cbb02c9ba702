// SPDX-License-Identifier: Apache-2.0
// Reference columns: their terms add up to one sum R for each vector, and every output gets its
// share of it.
//
//   out_rdata = acc_rdata + rnd(R * REFCOEF[o] * 2^-14)       modulo 2^32
//   out_rdata = acc_rdata                                     where `used` is 0
//
//   ref_valid _/~~\_______________     out_re    _/~~\_________
//   ref_bank  -<b >---------------     out_idx   -<o >---------
//   ref_term  -----<t >-----------     out_rdata -----<a >-----
//
// A bank's sum is cleared when the vector leaves (out_free) and at enable. The coefficient of the
// next output is read ahead, so outputs are read in order from 0, and nothing is read in the cycle
// of out_free.
// Throughput: one term and one output a cycle. Latency: 0 beside the accumulators' own.
// Table REFCOEF (signed Q2.14) reads as 0 on the configuration bus. Legal: COLS 4-256; BANKS 2-8.
`default_nettype none

module ohm_reference #(
    parameter COLS = 128,
    parameter BANKS = 4,
    parameter NDESC = 1,
    parameter BANK_W = $clog2(BANKS),
    parameter COL_W = $clog2(COLS)
) (
    input  wire              clk,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              init,
    input  wire              used,
    input  wire              ref_valid,
    input  wire [BANK_W-1:0] ref_bank,
    input  wire [31:0]       ref_term,      // one cycle later
    input  wire              out_re,
    input  wire              out_free,
    input  wire [1:0]        out_desc,      // of the vector whose output 0 may be read next
    input  wire [BANK_W-1:0] out_bank,
    input  wire [COL_W-1:0]  out_idx,
    input  wire [31:0]       acc_rdata,
    output wire [31:0]       out_rdata
);
    `include "ohm_map.vh"

    localparam [COL_W-1:0] LAST = COLS[COL_W-1:0] - 1'b1;

    reg [32*BANKS-1:0] sums_q;
    reg                valid_q;
    reg [BANK_W-1:0]   bank_q;
    always @(posedge clk) begin
        valid_q <= ref_valid;
        if (ref_valid) bank_q <= ref_bank;
        if (valid_q) sums_q[32*bank_q +: 32] <= sums_q[32*bank_q +: 32] + ref_term;
        if (out_free) sums_q[32*out_bank +: 32] <= 32'd0;
        if (init) sums_q <= {32*BANKS{1'b0}};
    end

    wire signed [15:0] coef;
    wire [COL_W-1:0] next = out_re && out_idx != LAST ? out_idx + 1'b1 : {COL_W{1'b0}};
    wire [7:0]       next_at = {{8-COL_W{1'b0}}, next};
    ohm_table #(.BASE(REG_REFCOEF), .ENTRIES(COLS), .WIDTH(16), .NDESC(NDESC)) u_coef (
        .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .re(NDESC > 1 || init || out_re || out_free), .desc(out_desc), .entry(next_at),
        .rdata(coef)
    );

    wire signed [31:0] sum = sums_q[32*out_bank +: 32];
    reg signed [47:0]  prod_q;
    always @(posedge clk) if (out_re) prod_q <= sum * coef;
    wire signed [47:0] share = (prod_q + 48'sd8192) >>> 14;
    assign out_rdata = acc_rdata + (used ? share[31:0] : 32'd0);

    wire unused = &{1'b0, out_desc, share[47:32]};
endmodule

`default_nettype wire
