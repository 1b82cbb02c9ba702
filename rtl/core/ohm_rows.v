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
// (poison 2). With several descriptors the load bank is cleared when a load begins, for lines that
// the vector before had and this one has not.
// TRANSPOSE = 1: a vector of a descriptor with TRANSPOSE (`turned`) drives columns, line c being
// column c, and table DRIVE says which element it gets: a line a cycle, ROWS1 + 5 cycles to
// ld_full.
//
//   line_q    <0><1><2> ... <R><R+1>           DRIVE is read; R = ROWS1
//   vec_raddr ---<e0><e1> ...  <eR >
//   vec_rdata -------<w0><w1> ...  <wR >       vec_pop with the last one
//
// Legal: ROWS, lines of the longer side, 4-256; COLS 4-256; NDESC 1-4; TRANSPOSE 0, 1.
`default_nettype none

module ohm_rows #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0
) (
    input  wire              clk,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              init_end,
    input  wire              run,
    // the descriptor of the vector on the vector port, and its fields
    input  wire [1:0]        desc,
    input  wire              turned,
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
    output wire [1:0]        ld_desc,
    input  wire              ld_take,
    output wire [2:0]        sat_in,        // inputs of -128 in this cycle
    output wire [8*ROWS-1:0] act_mag,       // plane b at b*ROWS
    output wire [ROWS-1:0]   act_neg
);
    `include "ohm_map.vh"

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

    wire start = state_q == ST_IDLE && vec_valid && !full_q;
    wire load_last;                     // the last cycle of ST_LOAD
    always @(posedge clk) begin
        got_q <= run && state_q == ST_LOAD && !turned;
        got_word_q <= word_q;
        if (!run) begin
            state_q <= ST_IDLE;
            full_q <= 1'b0;
            poison_q <= 1'b0;
            word_q <= 6'd0;
        end else begin
            if (ld_take) full_q <= 1'b0;
            case (state_q)
                ST_IDLE: if (start) begin
                    state_q <= vec_poison ? ST_POISON : ST_LOAD;
                    poison_q <= vec_poison;
                    seq_q <= vec_seq;
                    word_q <= 6'd0;
                end
                ST_LOAD: begin
                    word_q <= word_q + 6'd1;
                    if (load_last) state_q <= ST_END;
                end
                default: begin
                    state_q <= ST_IDLE;
                    full_q <= 1'b1;
                end
            endcase
        end
    end

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
    assign sat_in = {2'd0, sat[0]} + {2'd0, sat[1]} + {2'd0, sat[2]} + {2'd0, sat[3]}
        + {2'd0, line_sat};

    // driven columns -----------------------------------------------------------------------------
    wire       line_got, line_neg, line_sat;    // a line's operand is there
    wire [7:0] line_mag, line_at;
    generate
        if (TRANSPOSE != 0) begin : g_drive
            localparam [15:0] DRIVE_BASE = REG_DRIVE;
            reg  [8:0] line_q;
            reg  [7:0] at1_q, at2_q;
            reg        got1_q, got2_q;
            reg  [9:0] drive2_q;
            wire [9:0] drive;                   // of line at1_q
            ohm_table #(.BASE(DRIVE_BASE), .ENTRIES(COLS), .WIDTH(10), .NDESC(NDESC)) u_drive (
                .clk(clk), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
                .re(1'b1), .desc(desc), .entry(line_q[7:0]), .rdata(drive)
            );
            always @(posedge clk) begin
                line_q <= state_q == ST_LOAD ? line_q + 9'd1 : 9'd0;
                got1_q <= run && state_q == ST_LOAD && turned && line_q <= {1'b0, rows1};
                got2_q <= run && got1_q;
                {at2_q, at1_q} <= {at1_q, line_q[7:0]};
                drive2_q <= drive;
            end
            wire [7:0] element = drive2_q[DRIVE_ELEMENT_LSB +: DRIVE_ELEMENT_W];
            wire [7:0] byte_in = vec_rdata[8*element[1:0] +: 8];
            wire       minus = signed_in && byte_in[7];
            assign line_got = got2_q && drive2_q[DRIVE_ON_LSB];
            assign line_at = at2_q;
            assign line_sat = line_got && minus && byte_in == 8'h80;
            assign line_mag = line_sat ? 8'd127 : minus ? -byte_in : byte_in;
            assign line_neg = minus ^ drive2_q[DRIVE_NEG_LSB];
            assign load_last = turned ? line_q == {1'b0, rows1} + 9'd1 : word_q == rows1[7:2];
            assign vec_raddr = turned ? drive[DRIVE_ELEMENT_LSB + 2 +: 6] : word_q;
            wire unused_drive = &{1'b0, element[7:2]};
        end else begin : g_no_drive
            assign {line_got, line_neg, line_sat, line_mag, line_at} = 19'd0;
            assign load_last = word_q == rows1[7:2];
            assign vec_raddr = word_q;
            wire unused_drive = &{1'b0, cfg_we, cfg_addr, cfg_wdata, line_neg, line_mag, line_at};
        end
    endgenerate
    reg [1:0] desc_q;
    always @(posedge clk) if (start) desc_q <= desc;
    assign ld_desc = NDESC > 1 ? desc_q : 2'd0;
    wire unused_desc = &{1'b0, desc_q, desc};

    // load bank (cleared at enable: words past ROWS1 are never written and stay 0) and active bank
    reg [8*PAD-1:0] ld_mag_q;
    reg [PAD-1:0]   ld_neg_q;
    integer b, i;
    always @(posedge clk) begin
        if (init_end || (NDESC > 1 && start)) begin
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
        end else if (line_got) begin
            for (i = 0; i < PAD; i = i + 1)
                if (line_at == i[7:0]) begin
                    for (b = 0; b < 8; b = b + 1) ld_mag_q[b*PAD + i] <= line_mag[b];
                    ld_neg_q[i] <= line_neg;
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
