// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Sums and largest elements over all lanes and groups of a vector (sum, dot, mv; top, argtop).
//
//   s3, s4  trees over the lanes, four to one each
//   s5      accumulators; sum, best and best_i hold the result from the cycle after s5 of the last
//           group until the next group
//
// The sum is exact: 64 bits hold 4,095 products of 48. Of equal elements the one with the lowest
// index is kept. Throughput: one group a cycle. Parameters: as docs/reference/configurations.md.
module ohm_vec_reduce #(
    parameter LANES = 8,
    parameter LW    = $clog2(LANES)
) (
    input  wire                clk,
    input  wire [LANES-1:0]    s3_on,
    input  wire [48*LANES-1:0] s3_p,
    input  wire [32*LANES-1:0] s3_r,
    input  wire                s5_on,
    input  wire                s5_first,
    input  wire [11-LW:0]      s5_group,
    output reg  [63:0]         sum,
    output reg  [31:0]         best,
    output reg  [11:0]         best_i
);
    localparam N = LANES / 4;           // partial results after s3
    localparam IW = 4;                  // index of a lane

    // one contender: {there, index, value}; the first wins a tie
    function [IW+32:0] better;
        input [IW+32:0] p, q;
        better = q[IW+32] && (!p[IW+32] || $signed(q[31:0]) > $signed(p[31:0])) ? q : p;
    endfunction

    reg [50*N-1:0]      part_q;
    reg [(IW+33)*N-1:0] best3_q;
    genvar i;
    generate for (i = 0; i < N; i = i + 1) begin : g_part
        wire [199:0]           four;
        wire [(IW+33)*4-1:0]   try;
        genvar k;
        for (k = 0; k < 4; k = k + 1) begin : g_lane
            wire [47:0] p = s3_p[48*(4*i+k) +: 48];
            localparam [IW-1:0] AT = 4*i + k;
            assign four[50*k +: 50] = {{2{p[47]}}, p};
            assign try[(IW+33)*k +: IW+33] = {s3_on[4*i+k], AT, s3_r[32*(4*i+k) +: 32]};
        end
        always @(posedge clk) begin
            part_q[50*i +: 50] <= (four[0 +: 50] + four[50 +: 50])
                                + (four[100 +: 50] + four[150 +: 50]);
            best3_q[(IW+33)*i +: IW+33] <=
                better(better(try[0 +: IW+33], try[IW+33 +: IW+33]),
                       better(try[2*(IW+33) +: IW+33], try[3*(IW+33) +: IW+33]));
        end
    end endgenerate

    // padded to four
    wire [52*4-1:0]      parts;
    wire [(IW+33)*4-1:0] tries;
    generate for (i = 0; i < 4; i = i + 1) begin : g_pad
        if (i < N) begin : g_there
            assign parts[52*i +: 52] = {{2{part_q[50*i + 49]}}, part_q[50*i +: 50]};
            assign tries[(IW+33)*i +: IW+33] = best3_q[(IW+33)*i +: IW+33];
        end else begin : g_none
            assign parts[52*i +: 52] = 52'd0;
            assign tries[(IW+33)*i +: IW+33] = {IW+33{1'b0}};
        end
    end endgenerate
    reg [51:0]    sum4_q;
    reg [IW+32:0] best4_q;
    always @(posedge clk) begin
        sum4_q  <= (parts[0 +: 52] + parts[52 +: 52]) + (parts[104 +: 52] + parts[156 +: 52]);
        best4_q <= better(better(tries[0 +: IW+33], tries[IW+33 +: IW+33]),
                          better(tries[2*(IW+33) +: IW+33], tries[3*(IW+33) +: IW+33]));
    end

    wire [63:0] term = {{12{sum4_q[51]}}, sum4_q};
    wire        wins = s5_first || (best4_q[IW+32] && $signed(best4_q[31:0]) > $signed(best));
    always @(posedge clk) if (s5_on) begin
        sum <= s5_first ? term : sum + term;
        if (wins) begin
            best   <= best4_q[31:0];
            best_i <= {s5_group, best4_q[32 +: LW]};
        end
    end
    wire unused = &{1'b0, best4_q[IW+31:32]};
endmodule
`default_nettype wire
