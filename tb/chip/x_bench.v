// SPDX-License-Identifier: Apache-2.0
//
// x_bench: a chip with the macro's emulation view under a simulator that knows X (Icarus), driven
// by a script of words; no port of the chip may be X after reset, nor any word that it sends.
//
// Every register and memory begins as X. The chip runs the script up to word CUT, gets a reset of
// two cycles in the middle of what it does, and then runs the whole script.
// A word of the script: {wait, last, class, data}; wait: until so many packets, data, have come.
//   +script=FILE (hexadecimal) +words=N +cut=N
// Prints `word HHHHHHHH` for each word of the second run, `packet` behind a packet, and at the end
// `done CYCLES`; FAIL with the reason ends it.
//
`default_nettype none
`timescale 1ns / 1ps
`include "x_parameters.vh"  // OHM_PARAMETERS: those of the configuration
module x_bench;
    localparam WORDS = 65536;
    localparam PATIENCE = 200000;

    reg         clk = 1'b0, rst = 1'b1;
    reg  [34:0] script [0:WORDS-1];
    reg  [31:0] s_data = 32'd0;
    reg         s_valid = 1'b0, s_last = 1'b0, s_user = 1'b0, shown = 1'b0;
    wire [31:0] m_data, rdata;
    wire        s_ready, m_valid, m_last, awready, wready, bvalid, arready, rvalid;
    wire [1:0]  bresp, rresp;
    integer     words, cut, packets, cycles;
    reg [8*256-1:0] path;

    ohm_chip #(`OHM_PARAMETERS) u_chip (
        .clk(clk), .rst(rst),
        .s_axis_tdata(s_data), .s_axis_tvalid(s_valid), .s_axis_tready(s_ready),
        .s_axis_tlast(s_last), .s_axis_tuser(s_user),
        .m_axis_tdata(m_data), .m_axis_tvalid(m_valid), .m_axis_tready(1'b1),
        .m_axis_tlast(m_last),
        .s_axil_awaddr(8'd0), .s_axil_awvalid(1'b0), .s_axil_awready(awready),
        .s_axil_wdata(32'd0), .s_axil_wstrb(4'd0), .s_axil_wvalid(1'b0), .s_axil_wready(wready),
        .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(1'b1),
        .s_axil_araddr(8'd0), .s_axil_arvalid(1'b0), .s_axil_arready(arready),
        .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(1'b1));

    always #5 clk = !clk;

    task fail(input [8*24-1:0] what);
        begin
            $display("FAIL x: %0s, cycle %0d", what, cycles);
            $finish;
        end
    endtask

    // What the ports say before an edge, outside of reset.
    always @(posedge clk) begin
        cycles = cycles + 1;
        if (!rst) begin
            if (^{s_ready, m_valid, awready, wready, bvalid, arready, rvalid} === 1'bx)
                fail("a ready or valid is X");
            if (m_valid === 1'b1) begin
                if (^{m_data, m_last} === 1'bx) fail("a word is X");
                if (shown) $display("word %h", m_data);
                if (m_last && shown) $display("packet");
                if (m_last) packets = packets + 1;
            end
        end
    end

    task reset;
        begin
            @(negedge clk) rst = 1'b1;
            s_valid = 1'b0;
            repeat (2) @(negedge clk);
            rst = 1'b0;
            packets = 0;
        end
    endtask

    task run(input integer last);
        integer i, since;
        begin
            for (i = 0; i < last; i = i + 1) begin
                since = cycles;
                if (script[i][34])
                    while (packets < script[i][31:0]) begin
                        @(negedge clk);
                        if (cycles - since > PATIENCE) fail("no packet comes");
                    end
                else begin
                    {s_last, s_user, s_data} = script[i][33:0];
                    s_valid = 1'b1;
                    #1;             // what the port says of this word
                    while (s_ready !== 1'b1) begin
                        @(negedge clk);
                        if (cycles - since > PATIENCE) fail("no word is taken");
                        #1;
                    end
                    @(negedge clk) s_valid = 1'b0;
                end
            end
        end
    endtask

    initial begin
        cycles = 0;
        packets = 0;
        if (!$value$plusargs("script=%s", path) || !$value$plusargs("words=%d", words)
            || !$value$plusargs("cut=%d", cut)) fail("no script");
        $readmemh(path, script, 0, words - 1);
        reset;
        run(cut);
        reset;
        shown = 1'b1;
        run(words);
        repeat (1000) @(negedge clk);
        $display("done %0d", cycles);
        $finish;
    end
endmodule
`default_nettype wire
