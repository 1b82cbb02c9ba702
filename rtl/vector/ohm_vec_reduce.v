// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Over the lanes of a vector: sums of a group (sum, dot, mv), largest elements of all groups (top,
// argtop).
//
//   s2, s3  the largest of four lanes, of all
//   s4      the largest so far; best and best_i hold the result from the next cycle on until the
//           next group
//   s5      all products of a group in one sum, there in the next cycle; lane 0 adds it up
//
// Sums are exact. Of equal elements the one with the lowest index is kept. Throughput: one group a
// cycle. Parameters: as docs/reference/configurations.md.
module ohm_vec_reduce #(
    parameter LANES = 8,
    parameter LW    = $clog2(LANES)
) (
    input  wire                clk,
    input  wire [LANES-1:0]    s2_on,
    input  wire [32*LANES-1:0] s2_a,
    input  wire                s4_on,
    input  wire                s4_first,
    input  wire [11-LW:0]      s4_group,
    output reg  [31:0]         best,
    output reg  [11:0]         best_i,
    input  wire [48*LANES-1:0] s5_p,
    output reg  [51:0]         sum
);
    localparam N = LANES / 4;

    // ---- sum: a tree of pairs. Signs are doubled by hand at each level: Yosys would merge the
    // levels of a plain sum into one adder of carries saved, which takes twice the cells ----
    wire [51*4-1:0] sums;               // of four lanes each, padded to four of them
    genvar i;
    generate for (i = 0; i < 4; i = i + 1) begin : g_sum
        if (i < N) begin : g_there
            wire [191:0] p  = s5_p[192*i +: 192];
            wire [48:0]  s0 = {p[47], p[47:0]} + {p[95], p[95:48]};
            wire [48:0]  s1 = {p[143], p[143:96]} + {p[191], p[191:144]};
            wire [49:0]  s  = {s0[48], s0} + {s1[48], s1};
            assign sums[51*i +: 51] = {s[49], s};
        end else begin : g_none
            assign sums[51*i +: 51] = 51'd0;
        end
    end endgenerate
    wire [50:0] low  = sums[0 +: 51] + sums[51 +: 51];
    wire [50:0] high = sums[102 +: 51] + sums[153 +: 51];
    always @(posedge clk) sum <= {low[50], low} + {high[50], high};

    // ---- the largest: {there, index, value}; the first wins a tie ----
    localparam CW = LW + 33;
    function below;                     // p < q, as the sign of a difference of 33 bits
        input [31:0] p, q;
        below = |(({p[31], p} - {q[31], q}) & 33'h100000000);
    endfunction
    function [CW-1:0] better;
        input [CW-1:0] p, q;
        better = q[CW-1] && (!p[CW-1] || below(p[31:0], q[31:0])) ? q : p;
    endfunction
    reg  [CW*N-1:0] four_q;
    generate for (i = 0; i < N; i = i + 1) begin : g_four
        wire [CW*4-1:0] try;
        genvar k;
        for (k = 0; k < 4; k = k + 1) begin : g_lane
            localparam integer AT = 4 * i + k;
            assign try[CW*k +: CW] = {s2_on[AT], AT[LW-1:0], s2_a[32*AT +: 32]};
        end
        always @(posedge clk)
            four_q[CW*i +: CW] <= better(better(try[0 +: CW], try[CW +: CW]),
                                         better(try[2*CW +: CW], try[3*CW +: CW]));
    end endgenerate
    wire [CW*4-1:0] tries;              // padded to four
    generate for (i = 0; i < 4; i = i + 1) begin : g_pad
        if (i < N) begin : g_there
            assign tries[CW*i +: CW] = four_q[CW*i +: CW];
        end else begin : g_none
            assign tries[CW*i +: CW] = {CW{1'b0}};
        end
    end endgenerate
    reg [CW-1:0] all_q;
    always @(posedge clk)
        all_q <= better(better(tries[0 +: CW], tries[CW +: CW]),
                        better(tries[2*CW +: CW], tries[3*CW +: CW]));
    wire wins = s4_first || (all_q[CW-1] && below(best, all_q[31:0]));
    always @(posedge clk) if (s4_on && wins) begin
        best   <= all_q[31:0];
        best_i <= {s4_group, all_q[32 +: LW]};
    end
endmodule
`default_nettype wire
