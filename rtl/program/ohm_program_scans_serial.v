// SPDX-License-Identifier: Apache-2.0
// Sibling of ohm_program_scans for small tiles, whose capture is also what is scanned: a read
// begins when the scan of the one before is over and judged.
//
//   scan       ____< 1 >________ .. < 2^K >_________
//   next       _____________/\______________________     but behind the last
//   whole      ___________________________________/\
//   first, last                                          stand for a whole read
//
// Throughput: a read per read, conversion and scan. Latency: 1 from the last column's verdict.
`default_nettype none

module ohm_program_scans_serial (
    input  wire       clk,
    input  wire       again,            // no read of the verify has begun
    input  wire [3:0] reads1,           // 2^K - 1
    input  wire [3:0] left,             // reads to begin after this one
    input  wire       scan_valid,
    input  wire       scan_last,
    input  wire [7:0] scan_col,
    input  wire       idle,             // ohm_program_verdict has no column on its way
    output wire       next,
    output wire       first,
    output wire       last,
    output wire       whole
);
    reg scanned_q;
    always @(posedge clk)
        if (again || next) scanned_q <= 1'b0;
        else if (scan_valid && scan_last) scanned_q <= 1'b1;
    wire over = scanned_q && idle;
    assign next = over && left != 4'd0;
    assign first = left == reads1;
    assign last = left == 4'd0;
    assign whole = over && !next;
    wire unused = &{1'b0, scan_col};
endmodule

`default_nettype wire
