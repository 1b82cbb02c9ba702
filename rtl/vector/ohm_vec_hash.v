// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// The hash H of docs/reference/vector.md, one for all lanes: of seed and number of a run once, then
// of each element of `rnd`, one a cycle.
//
//   begin   _/~~\____________________   value = seed ^ n; h0 is its hash from six cycles later on
//   place   _________/~~\____________   index 0 goes in with it, then 1, 2, …
//   y       ---------------------<y0><y1>   four cycles later
//
// Latency: 4, y combinational from its last register. Throughput: one element a cycle.
module ohm_vec_hash (
    input  wire        clk,
    input  wire        runs,            // indices go on; else nothing here moves
    input  wire        begin_run,
    input  wire [31:0] value,
    input  wire [15:0] imm,
    input  wire        place,
    output wire [31:0] y
);
    reg  [4:0]  begun_q;
    reg  [11:0] index_q;
    reg  [31:0] h0_q, step1_q, step3_q, step4_q, step5_q;
    wire [11:0] index = place ? 12'd0 : index_q;
    wire [31:0] x     = begun_q[0] ? value : h0_q ^ {imm, 4'd0, index};
    wire [31:0] step2 = (step1_q ^ 32'hc761c23c) ^ (step1_q >> 19);
    // of a word, a constant and the shifted word: the bits that the shifted word does not reach are
    // apart, so that Yosys keeps two adders and makes no adder of carries saved, which is LUTs
    wire [31:0] part1 = x + 32'h7ed55d16;
    wire [31:0] part3 = step2 + 32'h165667b1;
    wire [31:0] part5 = step4_q + 32'hfd7046c5;
    assign y = (step5_q ^ 32'hb55a4f09) ^ (step5_q >> 16);
    always @(posedge clk) begin
        begun_q <= {begun_q[3:0], begin_run};
        if (runs) index_q <= index + 12'd1;
        step1_q <= {part1[31:12] + x[19:0], part1[11:0]};
        step3_q <= {part3[31:5] + step2[26:0], part3[4:0]};
        step4_q <= (step3_q + 32'hd3a2646c) ^ (step3_q << 9);
        step5_q <= {part5[31:3] + step4_q[28:0], part5[2:0]};
        if (begun_q[4]) h0_q <= y;
    end
endmodule
`default_nettype wire
