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
    assign y = (step5_q ^ 32'hb55a4f09) ^ (step5_q >> 16);
    always @(posedge clk) begin
        begun_q <= {begun_q[3:0], begin_run};
        index_q <= index + 12'd1;
        step1_q <= (x + 32'h7ed55d16) + (x << 12);
        step3_q <= (step2 + 32'h165667b1) + (step2 << 5);
        step4_q <= (step3_q + 32'hd3a2646c) ^ (step3_q << 9);
        step5_q <= (step4_q + 32'hfd7046c5) + (step4_q << 3);
        if (begun_q[4]) h0_q <= y;
    end
endmodule
`default_nettype wire
