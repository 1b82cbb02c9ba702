// SPDX-License-Identifier: Apache-2.0
// Stands for any ohm_ingress in the proof of ohm_router: whole packets with routes that it may
// have, at any time, each flit staying until it is taken. What is at rx does not matter.
`default_nettype none
module ohm_ingress #(
    parameter FLIT_W = 32,
    parameter FIFO_DEPTH = 4,
    parameter MAX_FLITS = 130,
    parameter [4:0] TURNS = 5'b11111,
    parameter PIPE = 0,
    parameter PARITY = 0
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [3:0]        x,
    input  wire [3:0]        y,
    input  wire              rx_valid,
    output wire              rx_ready,
    input  wire [FLIT_W+1:0] rx_flit,
    output wire              out_valid,
    input  wire              out_ready,
    output wire [FLIT_W+1:0] out_flit,
    output wire [4:0]        out_route,
    output wire              long_path,
    output wire              bad_flit
);
    (* anyseq *) wire              f_valid;
    (* anyseq *) wire [FLIT_W+1:0] f_flit;
    (* anyseq *) wire [4:0]        f_route;
    reg              f_open = 1'b0, f_waits = 1'b0;
    reg [FLIT_W+1:0] f_held;
    reg [4:0]        f_way;

    assign rx_ready = 1'b1;
    assign {long_path, bad_flit} = 2'd0;
    assign out_valid = f_waits || f_valid;
    assign out_flit  = f_waits ? f_held : f_flit;
    assign out_route = f_waits ? f_way : (f_valid && !f_open) ? f_route : 5'd0;

    // one output, or N with L
    function legal(input [4:0] route);
        legal = route != 5'd0 && (route & ~TURNS) == 5'd0
            && (route == 5'b10001 || (route & (route - 5'd1)) == 5'd0);
    endfunction

    always @* begin
        assume (legal(f_route));
        assume ((f_flit[FLIT_W +: 2] == 2'b01) == !f_open);
        if (f_waits) begin
            assert ((f_held[FLIT_W +: 2] == 2'b01) == !f_open);
            assert (f_open ? f_way == 5'd0 : legal(f_way));
        end
    end

    always @(posedge clk) begin
        f_waits <= out_valid && !out_ready && !rst;
        f_held  <= out_flit;
        f_way   <= out_route;
        if (out_valid && out_ready) f_open <= !out_flit[FLIT_W+1];
        if (rst) f_open <= 1'b0;
    end
endmodule
`default_nettype wire
