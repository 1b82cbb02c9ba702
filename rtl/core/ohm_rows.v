// SPDX-License-Identifier: Apache-2.0
// Row operands: fetches the next vector from the input buffer into the load bank while the previous
// one still integrates, and hands it to the active bank when the controller takes it.
//
//   vec_valid ~~~~~~~~~~~~~~~~~~~~~\____      words 0 ... ROWS1/4, then pop
//   vec_raddr ---<0><1><2>------------
//   vec_rdata ------<w0><w1><w2>------
//   vec_pop   ____________/~~\________
//   ld_full   ________________/~~~~~~~\___    until ld_take; next cycle the active bank has it
//   ld_take   _____________________/~~\___
//
// Operands are kept as bit planes, one ROWS-wide vector per magnitude bit and one for the sign, so
// that the pulse comparison is a few ROWS-wide operations (ohm_row_mod). Signed inputs become sign
// and magnitude here; -128 is taken as -127 and counted. Rows past ROWS1 hold 0.
// A poison vector is popped without a load and waits in ld_full like any other.
// Throughput: one vector per ROWS1/4 + 4 cycles. Latency vec_valid to ld_full: ROWS1/4 + 3 cycles
// (poison 2).
// Legal: ROWS 4-256.
`default_nettype none

module ohm_rows #(
    parameter ROWS = 128
) (
    input  wire              clk,
    input  wire              init_end,
    input  wire              run,
    input  wire              signed_in,
    input  wire [7:0]        rows1,
    input  wire              vec_valid,
    input  wire              vec_poison,
    input  wire [31:0]       vec_seq,
    output wire [5:0]        vec_raddr,
    input  wire [31:0]       vec_rdata,
    // a word is read; the input buffer does not need to know
    output wire              vec_re,
    output wire              vec_pop,
    output wire              ld_busy,
    output wire              ld_full,
    output wire              ld_poison,
    output wire [31:0]       ld_seq,
    input  wire              ld_take,
    output wire [2:0]        sat_in,        // inputs of -128 in this cycle
    output wire [8*ROWS-1:0] act_mag,       // plane b at b*ROWS
    output wire [ROWS-1:0]   act_neg
);
    localparam PAD = 4 * ((ROWS + 3) / 4);  // whole words

    localparam [1:0] ST_IDLE   = 2'd0;  // load bank empty or waiting for ld_take
    localparam [1:0] ST_LOAD   = 2'd1;  // address of word_q is out
    localparam [1:0] ST_END    = 2'd2;  // last word arrives, slot is freed
    localparam [1:0] ST_POISON = 2'd3;  // nothing to load, slot is freed

    reg [1:0]  state_q;
    reg [5:0]  word_q, got_word_q;
    reg        got_q;                   // vec_rdata holds word got_word_q
    reg        full_q, poison_q;
    reg [31:0] seq_q;

    always @(posedge clk) begin
        got_q <= run && state_q == ST_LOAD;
        got_word_q <= word_q;
        if (!run) begin
            state_q <= ST_IDLE;
            full_q <= 1'b0;
            poison_q <= 1'b0;
            word_q <= 6'd0;
        end else begin
            if (ld_take) full_q <= 1'b0;
            case (state_q)
                ST_IDLE: if (vec_valid && !full_q) begin
                    state_q <= vec_poison ? ST_POISON : ST_LOAD;
                    poison_q <= vec_poison;
                    seq_q <= vec_seq;
                    word_q <= 6'd0;
                end
                ST_LOAD: begin
                    word_q <= word_q + 6'd1;
                    if (word_q == rows1[7:2]) state_q <= ST_END;
                end
                default: begin
                    state_q <= ST_IDLE;
                    full_q <= 1'b1;
                end
            endcase
        end
    end

    assign vec_raddr = word_q;
    assign vec_re = state_q == ST_LOAD;
    assign vec_pop = state_q == ST_END || state_q == ST_POISON;
    assign ld_busy = state_q != ST_IDLE || full_q;
    assign ld_full = full_q;
    assign ld_poison = poison_q;
    assign ld_seq = seq_q;

    // four bytes to sign and magnitude -----------------------------------------------------------
    reg [31:0] mag;
    reg [3:0]  neg, sat;
    reg [7:0]  x;
    integer j;
    always @* begin
        mag = 32'd0;
        neg = 4'd0;
        sat = 4'd0;
        x = 8'd0;
        j = 0;                              // the index must not infer a latch
        if (got_q) for (j = 0; j < 4; j = j + 1) begin
            x = vec_rdata[8*j +: 8];
            if ({got_word_q, j[1:0]} <= rows1) begin
                neg[j] = signed_in && x[7];
                sat[j] = signed_in && x == 8'h80;
                mag[8*j +: 8] = sat[j] ? 8'd127 : neg[j] ? -x : x;
            end
        end
    end
    assign sat_in = {2'd0, sat[0]} + {2'd0, sat[1]} + {2'd0, sat[2]} + {2'd0, sat[3]};

    // load bank (cleared at enable: words past ROWS1 are never written and stay 0) and active bank
    reg [8*PAD-1:0] ld_mag_q;
    reg [PAD-1:0]   ld_neg_q;
    integer b, i;
    always @(posedge clk) begin
        if (init_end) begin
            ld_mag_q <= {8*PAD{1'b0}};
            ld_neg_q <= {PAD{1'b0}};
        end else if (got_q) begin
            // an enable per word; an index would build a shifter
            for (i = 0; i < PAD / 4; i = i + 1)
                if (got_word_q == i[5:0]) begin
                    for (b = 0; b < 8; b = b + 1)
                        ld_mag_q[b*PAD + 4*i +: 4] <= {mag[24+b], mag[16+b], mag[8+b], mag[b]};
                    ld_neg_q[4*i +: 4] <= neg;
                end
        end
    end
    wire [8*ROWS-1:0] ld_mag;
    genvar p;
    generate
        for (p = 0; p < 8; p = p + 1) begin : g_plane
            assign ld_mag[p*ROWS +: ROWS] = ld_mag_q[p*PAD +: ROWS];
        end
    endgenerate
    reg [8*ROWS-1:0] mag_q;
    reg [ROWS-1:0]   neg_q;
    always @(posedge clk)
        if (ld_take && !poison_q) begin
            mag_q <= ld_mag;
            neg_q <= ld_neg_q[ROWS-1:0];
        end
    assign act_mag = mag_q;
    assign act_neg = neg_q;
    wire unused = &{1'b0, ld_mag_q, ld_neg_q};      // the padding
endmodule

`default_nettype wire
