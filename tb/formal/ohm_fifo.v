// SPDX-License-Identifier: Apache-2.0
//
// Stands in for ohm_fifo in proofs of what is built on it: any words at any time, as long as a word
// that is offered stays until it is taken (ohm_fifo's own proof shows that it does so). What holds
// with this one holds with any depth.
`default_nettype none
module ohm_fifo #(
    parameter W = 34,
    parameter DEPTH = 4
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [W-1:0] in_data,
    output wire         out_valid,
    input  wire         out_ready,
    output wire [W-1:0] out_data
);
    (* anyseq *) wire         f_ready, f_valid;
    (* anyseq *) wire [W-1:0] f_data;
    reg         f_waits = 1'b0;
    reg [W-1:0] f_word;

    assign in_ready  = f_ready;
    assign out_valid = f_valid;
    assign out_data  = f_data;

    always @(posedge clk) begin
        f_waits <= !rst && f_valid && !out_ready;
        f_word  <= f_data;
    end

    always @* begin
        if (f_waits) begin
            assume (f_valid);
            assume (f_data == f_word);
        end
    end
endmodule
`default_nettype wire
