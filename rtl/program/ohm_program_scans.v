// SPDX-License-Identifier: Apache-2.0
// The scans of a verify's 2^K reads, for the programming engine: which of them passes, when the
// next read may begin, when all are over. A read begins as soon as the scan of the one before does:
// its ramp is over then and the capture empty, and a conversion that is sooner than that scan waits
// in the capture. So a scan may follow another one without a gap, while columns of that one are
// still on their way through ohm_program_verdict.
//
//   again      ~~\________________________
//   scan       ______< 1 >< 2 >.. < 2^K >_     columns
//   next       ______/\___/\______________     with column 0, but of the last scan
//   first      ~~~~~~~~~~~~~\_____________     three cycles behind: the columns of scan 1, as their
//                                              sums are made
//   last       ____________________/~~~~~~     four cycles behind: of the last scan, as they are
//                                              judged
//   whole      _____________________________/~ no column is on its way any more
//
// Throughput: a read per max(COLS, N + M + 9) cycles: N ticks, M steps of the ramp. Latency: 3.
// Legal: COLS 16-256, in order.
`default_nettype none

module ohm_program_scans (
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
    reg [3:0] scans_q;                  // scans after this one
    reg [1:0] end_q;
    reg       last_q, whole_q;
    always @(posedge clk) begin
        end_q <= again ? 2'd0 : {end_q[0], scan_valid && scan_last};
        last_q <= scans_q == 4'd0;
        if (again) begin
            scans_q <= reads1;
            whole_q <= 1'b0;
        end else if (end_q[1]) begin
            if (scans_q == 4'd0) whole_q <= 1'b1;
            else scans_q <= scans_q - 4'd1;
        end
    end
    assign next = scan_valid && scan_col == 8'd0 && left != 4'd0;
    assign first = scans_q == reads1;
    assign last = last_q;
    assign whole = whole_q && idle;

`ifdef FORMAL
    // The verify is whole when as many scans as reads have passed, with all their columns; first
    // and last are those of the scan whose column is summed, or judged. Scans come as ohm_capture
    // sends them: columns one after the other, with any pause between two scans, or none.
    localparam [7:0] F_LAST = 8'd15;
    reg       f_past = 1'b0, f_end3 = 1'b0;
    reg [1:0] f_age = 2'd0;             // cycles since `again`
    reg [7:0] f_col = 8'd0;
    reg [4:0] f_scan = 5'd0;            // scans that have ended
    reg [2:0] f_put = 3'd0;             // columns on their way, the newest in bit 0; their scans
    reg [4:0] f_scan1 = 5'd0, f_scan2 = 5'd0, f_scan3 = 5'd0;
    reg [3:0] f_reads1;
    wire [4:0] f_reads = {1'b0, reads1} + 5'd1;
    wire [4:0] f_over = f_scan - {4'd0, end_q[0]} - {4'd0, end_q[1]};
    always @(posedge clk) begin
        f_past <= 1'b1;
        f_put <= {f_put[1:0], scan_valid};
        f_end3 <= !again && end_q[1];
        f_reads1 <= reads1;
        {f_scan1, f_scan2, f_scan3} <= {f_scan, f_scan1, f_scan2};
        if (f_age != 2'd3) f_age <= f_age + 2'd1;
        if (scan_valid) f_col <= scan_last ? 8'd0 : f_col + 8'd1;
        if (scan_valid && scan_last) f_scan <= f_scan + 5'd1;
        if (again) begin
            {f_scan, f_scan1, f_scan2, f_scan3} <= 20'd0;
            f_col <= 8'd0;
            f_age <= 2'd0;
        end
    end
    always @* begin
        if (!f_past) assume (again);
        assume (!again || (!scan_valid && f_put == 3'd0));
        assume (again || reads1 == f_reads1);
        assume (idle == (f_put == 3'd0));
        assume (scan_col == f_col && scan_last == (f_col == F_LAST));
        assume (f_col == 8'd0 || scan_valid || again);
        assume (!scan_valid || f_scan < f_reads);
        if (f_past && !again) begin
            assert (f_scan <= f_reads && f_col <= F_LAST);
            assert (end_q != 2'd3 && !(end_q[0] && f_end3) && f_over <= f_reads);
            assert ((!end_q[0] || (f_put[0] && f_col == 8'd0))
                && (!end_q[1] || (f_put[1] && f_col <= 8'd1))
                && (!f_end3 || f_col <= 8'd2 || f_age < 2'd3));
            assert (f_scan1 == f_scan - {4'd0, end_q[0]} && f_scan2 == f_over
                && (f_age == 2'd0 || f_scan3 == f_scan2 - {4'd0, f_end3}));
            assert ((!f_put[0] || f_age >= 2'd1) && (!f_put[1] || f_age >= 2'd2)
                && (!f_put[2] || f_age == 2'd3));
            assert (whole_q == (f_over == f_reads));
            assert (scans_q == (whole_q ? 4'd0 : reads1 - f_over[3:0]));
            assert (f_age == 2'd0 || last_q == (f_scan3 >= {1'b0, reads1}));
            if (whole) assert (f_scan == f_reads && !scan_valid);
            if (next) assert (scan_valid && f_col == 8'd0 && left != 4'd0);
            if (f_put[1]) assert (first == (f_scan2 == 5'd0));
            if (f_put[2]) assert (last == (f_scan3 == {1'b0, reads1}));
        end
    end
    always @(posedge clk) cover (f_past && whole && reads1 == 4'd1);
`endif
endmodule

`default_nettype wire
