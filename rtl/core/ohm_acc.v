// SPDX-License-Identifier: Apache-2.0
// Accumulators: BANKS banks of COLS 32-bit words, one bank per vector on its way through the tile.
// One bank is written by the scan while another is read out by the post-processor.
//
//   add_valid  _/~~\____________      out_re    _/~~\_________
//   add_idx    -<o >------------      out_idx   -<o >---------
//   add_term   -----<t >--------      out_rdata -----<a >-----    the word is cleared behind it
//   (written)  _____/~~\________
//
// A term comes one cycle after its index. Terms may follow each other every cycle, also to the same
// accumulator: the sum just written is forwarded. Sums wrap. All words are cleared while `init`
// walks at enable and behind every read, so a bank is always zero when its next vector begins.
// Throughput: one term and one read a cycle. Latency: 1 (read), 2 (term). The scan and the
// post-processor never use the same bank in the same cycle. Legal: COLS 4-256; BANKS 2-8.
`default_nettype none

module ohm_acc #(
    parameter COLS = 128,
    parameter BANKS = 4,
    parameter BANK_W = $clog2(BANKS),
    parameter COL_W = $clog2(COLS)
) (
    input  wire              clk,
    input  wire              init,
    input  wire [7:0]        init_idx,
    input  wire              add_valid,
    output wire              add_take,
    input  wire [BANK_W-1:0] add_bank,
    input  wire [COL_W-1:0]  add_idx,
    input  wire [31:0]       add_term,
    input  wire              out_re,
    input  wire [BANK_W-1:0] out_bank,
    input  wire [COL_W-1:0]  out_idx,
    output wire [31:0]       out_rdata
);
    reg              sum_valid_q, fwd_q, clr_q;
    reg [BANK_W-1:0] sum_bank_q, clr_bank_q;
    reg [COL_W-1:0]  sum_idx_q, clr_idx_q;
    reg [31:0]       old_sum_q;

    wire [31:0] old;
    wire [31:0] sum = (fwd_q ? old_sum_q : old) + add_term;

    always @(posedge clk) begin
        sum_valid_q <= add_valid;
        clr_q <= out_re;
        if (add_valid) begin
            sum_bank_q <= add_bank;
            sum_idx_q <= add_idx;
            fwd_q <= sum_valid_q && sum_bank_q == add_bank && sum_idx_q == add_idx;
        end
        if (sum_valid_q) old_sum_q <= sum;
        if (out_re) begin
            clr_bank_q <= out_bank;
            clr_idx_q <= out_idx;
        end
    end
    wire [32*BANKS-1:0] banks;
    genvar g;
    generate for (g = 0; g < BANKS; g = g + 1) begin : g_bank
        wire add_here = add_valid && add_bank == g;
        wire sum_here = sum_valid_q && sum_bank_q == g;
        wire out_here = out_re && out_bank == g;
        wire clr_here = clr_q && clr_bank_q == g;
        ohm_ram #(.DEPTH(COLS), .WIDTH(32)) u_ram (
            .clk(clk),
            .we(init || sum_here || clr_here),
            .waddr(sum_here ? sum_idx_q : clr_here ? clr_idx_q : init_idx[COL_W-1:0]),
            .wdata(sum_here ? sum : 32'd0),
            .re(add_here || out_here),
            .raddr(add_here ? add_idx : out_idx),
            .rdata(banks[32*g +: 32])
        );
    end endgenerate
    assign add_take = 1'b1;
    assign old = banks[32*sum_bank_q +: 32];
    assign out_rdata = banks[32*clr_bank_q +: 32];
    wire unused = &{1'b0, init_idx};
endmodule

`default_nettype wire
