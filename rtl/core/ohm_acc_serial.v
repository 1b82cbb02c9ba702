// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_acc for small tiles: BANKS banks of COLS 32-bit words, bank behind bank in one
// RAM.
//
//   add_valid  _/~~~~~\_________      out_re    _/~~\_________
//   add_take   ~\__/~~~~~~~~~~~~      out_idx   -<o >---------
//   add_term   ----<t >---------      out_rdata -----<a >-----    the word is cleared behind it
//
// A term waits (add_take = 0) for a read; terms come three cycles apart at least. Sums wrap. All
// words are cleared while `init` walks at enable and behind every read.
// Throughput: a term in three cycles, or a read a cycle. Latency: 1 (read), 3 (term).
// Legal: COLS 4-256; BANKS 2-8; BANKS * COLS up to 256.
`default_nettype none

module ohm_acc_serial #(
    parameter COLS = 128,
    parameter BANKS = 2,
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
    reg              sum_valid_q, clr_q;
    reg [BANK_W-1:0] sum_bank_q, clr_bank_q;
    reg [COL_W-1:0]  sum_idx_q, clr_idx_q;

    wire add = add_valid && add_take;
    wire [31:0] old;
    wire [31:0] sum = old + add_term;

    always @(posedge clk) begin
        sum_valid_q <= add;
        clr_q <= out_re;
        if (add) begin
            sum_bank_q <= add_bank;
            sum_idx_q <= add_idx;
        end
        if (out_re) begin
            clr_bank_q <= out_bank;
            clr_idx_q <= out_idx;
        end
    end
    // A read keeps the term of the same cycle waiting, so that a sum and a clearing never meet.
    reg                    put_q;
    reg [BANK_W+COL_W-1:0] put_at_q;
    reg [31:0]             put_data_q;
    always @(posedge clk) begin
        put_q      <= init || sum_valid_q || clr_q;
        put_at_q   <= sum_valid_q ? {sum_bank_q, sum_idx_q}
                    : clr_q ? {clr_bank_q, clr_idx_q} : init_idx[BANK_W+COL_W-1:0];
        put_data_q <= sum_valid_q ? sum : 32'd0;
    end
    ohm_ram #(.DEPTH(BANKS * COLS), .WIDTH(32)) u_ram (
        .clk(clk),
        .we(put_q),
        .waddr(put_at_q),
        .wdata(put_data_q),
        .re(add || out_re),
        .raddr(out_re ? {out_bank, out_idx} : {add_bank, add_idx}),
        .rdata(old)
    );
    assign add_take = !out_re;
    assign out_rdata = old;
    wire unused = &{1'b0, init_idx};
endmodule

`default_nettype wire
