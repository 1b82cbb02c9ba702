// SPDX-License-Identifier: Apache-2.0
// What the programming engine counts, in one RAM with one adder: the eight bins of the histogram
// (entries 0 to 7), the totals in the order of their registers (from 8 on) and the columns selected
// for the device that is worked on; entries are those of ohm_program.vh. It has a port of its own
// for what is read back.
//
//   add      _/~~\__________     at, by: entry and what it counts up by
//   old      ------<n>------     its word before
//   (next add)      /~~\____
//
// Without `add` the word of entry `at` shows as `old` a cycle later, too.
// Throughput: an addition every other cycle; `add` is not looked at in the cycle behind one.
// Latency: 2. `clear` forgets all, `forget` the bins and the device's columns.
`default_nettype none

module ohm_program_tally (
    input  wire        clk,
    input  wire        rst,
    input  wire        clear,
    input  wire        forget,
    input  wire        add,
    input  wire [3:0]  at,
    input  wire [8:0]  by,
    output wire [31:0] old,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    output wire [31:0] cfg_rdata
);
    `include "ohm_map.vh"
    `include "ohm_program.vh"

    // One memory with two readers. A count that is 0 is its register's reset, which costs no gate.
    (* no_rw_check *) reg [31:0] mem [0:15];
    reg  [15:0] seen_q;                     // entries that were counted, else they are 0
    reg  [31:0] old_q, back_q;
    reg         add_q;
    reg  [3:0]  at_q;
    reg  [8:0]  by_q;
    wire [3:0]  asked = {1'b1, cfg_addr[2:0]};
    wire        back = cfg_re && cfg_addr[15:3] == REG_CNT_PROGRAM_ROW[15:3];
    always @(posedge clk) if (add_q) mem[at_q] <= old_q + {23'd0, by_q};
    always @(posedge clk)
        if (!seen_q[at]) old_q <= 32'd0;
        else old_q <= mem[at];
    always @(posedge clk)
        if (!(back && seen_q[asked])) back_q <= 32'd0;
        else back_q <= mem[asked];
    always @(posedge clk) begin
        add_q <= add && !add_q;
        at_q <= at;
        by_q <= by;
        if (add_q) seen_q[at_q] <= 1'b1;
        if (forget) {seen_q[COUNT_DEVICE], seen_q[7:0]} <= 9'd0;
        if (rst || clear) seen_q <= 16'd0;
    end
    assign old = old_q;
    assign cfg_rdata = back_q;
endmodule

`default_nettype wire
