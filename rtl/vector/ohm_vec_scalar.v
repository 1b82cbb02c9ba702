// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// The sixteen scalar registers of a run. s0 reads as 0; after `clear` all do until they are
// written. The index registers s13, s14, s15 are there at any time.
//
// The words as the memory has them, raw_*, and whether they count are there before a and b are.
//
// Throughput: two reads and one write a cycle. Latency: reads are combinational, a write shows in
// the next cycle.
module ohm_vec_scalar (
    input  wire        clk,
    input  wire        clear,
    input  wire        we,
    input  wire [3:0]  waddr,
    input  wire [31:0] wdata,
    input  wire [3:0]  addr_a,
    input  wire [3:0]  addr_b,
    output wire [31:0] raw_a,
    output wire [31:0] raw_b,
    output wire        there_a,
    output wire        there_b,
    output wire [31:0] a,
    output wire [31:0] b,
    output wire [31:0] index_d,
    output wire [31:0] index_a,
    output wire [31:0] index_b
);
    reg [31:0] file [0:15];
    reg [15:0] there_q;
    reg [95:0] index_q;                 // copies of s15, s14, s13
    integer i;
    always @(posedge clk) begin
        for (i = 1; i < 16; i = i + 1) if (we && waddr == i[3:0]) there_q[i] <= 1'b1;
        if (we) begin
            file[waddr]    <= wdata;
            if (waddr == 4'd13) index_q[31:0]  <= wdata;
            if (waddr == 4'd14) index_q[63:32] <= wdata;
            if (waddr == 4'd15) index_q[95:64] <= wdata;
        end
        if (clear) begin
            there_q <= 16'd0;
            index_q <= 96'd0;
        end
    end
    assign raw_a   = file[addr_a];
    assign raw_b   = file[addr_b];
    assign there_a = there_q[addr_a];
    assign there_b = there_q[addr_b];
    assign a = raw_a & {32{there_a}};
    assign b = raw_b & {32{there_b}};
    assign index_d = index_q[31:0];
    assign index_a = index_q[63:32];
    assign index_b = index_q[95:64];
endmodule
`default_nettype wire
