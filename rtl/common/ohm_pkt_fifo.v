// SPDX-License-Identifier: Apache-2.0
//
// ohm_pkt_fifo: store-and-forward queue in one RAM. Words put in stay invisible until commit;
// rollback forgets them.
//
// Throughput: one word a cycle in and out, without gaps between committed packets.
// Latency: the first word of a packet is at the output two cycles after its commit (RAM read,
// output register).
// Protocol: in one cycle first rollback (forgets the words since the last commit), then the word
// (written where in_valid && in_ready), then commit (shows all words written so far). in_ready (not
// full, before any rollback) comes from registers and does not depend on in_valid. Output:
// valid/ready, out_valid from a register.
// Parameters: W bits, DEPTH a power of two, 4 or more. The RAM has one write port and one
// registered read port.
//
//   in_valid  1  1  1  0  0
//   commit    0  0  1  0  0
//   out_valid 0  0  0  0  1  …
//
`default_nettype none
module ohm_pkt_fifo #(
    parameter W = 34,
    parameter DEPTH = 512
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [W-1:0] in_data,
    input  wire         commit,
    input  wire         rollback,
    output wire         out_valid,
    input  wire         out_ready,
    output wire [W-1:0] out_data
);
    localparam AW = $clog2(DEPTH);

    // Pointers have one bit more than an address: equal means empty, equal but for that bit means
    // full.
    // read only where committed, written only elsewhere
    (* no_rw_check *) reg [W-1:0] mem [0:DEPTH-1];
    reg [AW:0]  wr_q, good_q, rd_q;
    reg [W-1:0] data_q;             // RAM output register, no reset
    reg         valid_q;

    wire        push  = in_valid && in_ready;
    wire [AW:0] at    = rollback ? good_q : wr_q;
    wire [AW:0] wr_d  = at + {{AW{1'b0}}, push};
    wire        fetch = rd_q != good_q && (!valid_q || out_ready);

    assign in_ready  = (wr_q ^ rd_q) != {1'b1, {AW{1'b0}}};
    assign out_valid = valid_q;
    assign out_data  = data_q;

    always @(posedge clk) begin
        if (push)
            mem[at[AW-1:0]] <= in_data;
        if (fetch)
            data_q <= mem[rd_q[AW-1:0]];
    end

    always @(posedge clk)
        if (rst) begin
            wr_q    <= {(AW+1){1'b0}};
            good_q  <= {(AW+1){1'b0}};
            rd_q    <= {(AW+1){1'b0}};
            valid_q <= 1'b0;
        end else begin
            wr_q <= wr_d;
            if (commit)
                good_q <= wr_d;
            if (fetch)
                rd_q <= rd_q + 1'b1;
            valid_q <= fetch || (valid_q && !out_ready);
        end

`ifdef FORMAL
    // One word, any, is followed from the cycle it is written: it comes out unchanged and in its
    // place if and only if it was committed, and never after a rollback.
    (* anyseq *) wire f_choose;
    reg         f_past = 1'b0;
    reg         f_here, f_good, f_out;      // in the RAM; committed; in the output register
    reg [AW:0]  f_at;                       // where
    reg [W-1:0] f_word;
    wire [AW:0] f_used = wr_q - rd_q, f_show = good_q - rd_q, f_ahead = f_at - rd_q;
    wire        f_pick = push && f_choose && !f_here && !f_out;
    wire        f_gone = f_here && !f_good && rollback;

    always @(posedge clk) begin
        f_past <= 1'b1;
        if (f_pick) begin
            f_at   <= at;
            f_word <= in_data;
        end
        f_here <= !rst && (f_pick || (f_here && !f_gone && !(fetch && rd_q == f_at)));
        f_good <= f_pick ? commit : (f_good || (commit && !f_gone));
        f_out  <= !rst && ((f_here && fetch && rd_q == f_at) || (f_out && !(valid_q && out_ready)));
    end

    always @* begin
        if (!f_past)
            assume (rst);
        else begin
            assert (f_used <= DEPTH);
            assert (f_show <= f_used);
            assert (in_ready == (f_used != DEPTH));
            assert (!fetch || f_show != 0);
            assert (!(f_here && f_out));
            if (f_here) begin
                assert (f_ahead < f_used);
                assert (f_good == (f_ahead < f_show));      // visible if and only if committed
                assert (mem[f_at[AW-1:0]] == f_word);
            end
            if (f_out)
                assert (out_valid && out_data == f_word);
        end
    end

    always @(posedge clk) begin
        if (f_past && $past(f_past) && !$past(rst) && !rst) begin
            if ($past(out_valid && !out_ready))
                assert (out_valid && $stable(out_data));
            if ($past(f_here && fetch && rd_q == f_at))
                assert (f_out);
        end
        cover (f_past && f_out && out_ready);
        cover (f_past && f_used == DEPTH && rollback && f_show != 0);
    end
`endif
endmodule
`default_nettype wire
