// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Network interface, sending side: whole packets, one after another, onto the router's local port.
//
// Priority: answers, credits, events, then data. The short ones are copied when chosen, so their
// sources are free at once; a data packet flows through.
//
// Throughput: one flit a cycle within a packet, one idle cycle between packets. Latency: 1 cycle
// from valid to the first flit when idle. Protocol: valid until take (one cycle);
// data_valid/data_ready per flit, `last` in bit 33. tx_ready reaches only data_ready; no input
// valid reaches an output in the same cycle but data_valid -> tx_valid.
//
// Parameters: PIPE = 1: a register at the output. Small tiles have ohm_inject_serial.
//
//   ret_valid  1  0
//   ret_take   1  0
//   tx_valid   0  1  1  0
//   tx_flit       h0 h1
module ohm_inject #(
    parameter PIPE = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        ans_valid,
    output wire        ans_take,
    input  wire [31:0] ans_h0,
    input  wire [31:0] ans_h1,
    input  wire [31:0] ans_data,
    input  wire        ret_valid,
    output wire        ret_take,
    input  wire [31:0] ret_h0,
    input  wire [31:0] ret_h1,
    input  wire        ev_valid,
    output wire        ev_take,
    input  wire [31:0] ev_h0,
    input  wire [31:0] ev_h1,
    input  wire [31:0] ev_detail,
    input  wire        data_valid,
    output wire        data_ready,
    input  wire [33:0] data_flit,
    output wire        tx_valid,
    input  wire        tx_ready,
    output wire [33:0] tx_flit
);
    localparam [1:0] ST_IDLE  = 2'd0,   // choosing
                     ST_SHORT = 2'd1,   // sending a copied packet
                     ST_DATA  = 2'd2;   // passing a data packet through
    reg [1:0]  state_q;
    reg [1:0]  left_q;                  // flits after this one
    reg        first_q;

    wire idle = state_q == ST_IDLE;
    wire any  = ans_valid || ret_valid || ev_valid;
    wire gone;                          // a flit of a short packet leaves
    always @(posedge clk)
        if (rst) state_q <= ST_IDLE;
        else case (state_q)
            ST_IDLE: begin
                first_q <= 1'b1;
                left_q  <= ans_valid || !ret_valid ? 2'd2 : 2'd1;
                if (any) state_q <= ST_SHORT;
                else if (data_valid) state_q <= ST_DATA;
            end
            ST_SHORT: if (gone) begin
                first_q <= 1'b0;
                left_q  <= left_q - 2'd1;
                if (left_q == 2'd0) state_q <= ST_IDLE;
            end
            ST_DATA: if (data_valid && ready && data_flit[33]) state_q <= ST_IDLE;
            default: state_q <= ST_IDLE;
        endcase

    wire        ready;                  // for what goes out
    reg  [95:0] short_q;                // a copied packet, next flit in the low word
    assign data_ready = state_q == ST_DATA && ready;
    assign gone       = ready;
    ohm_stage #(.W(34), .PIPE(PIPE)) u_stage (
        .clk(clk), .rst(rst), .in_ready(ready),
        .in_valid(state_q == ST_SHORT || (state_q == ST_DATA && data_valid)),
        .in_data(state_q == ST_DATA ? data_flit : {left_q == 2'd0, first_q, short_q[31:0]}),
        .out_valid(tx_valid), .out_ready(tx_ready), .out_data(tx_flit));

    always @(posedge clk)
        if (idle) short_q <= ans_valid ? {ans_data, ans_h1, ans_h0}
                           : ret_valid ? {32'd0, ret_h1, ret_h0} : {ev_detail, ev_h1, ev_h0};
        else if (state_q == ST_SHORT && gone) short_q <= {32'd0, short_q[95:32]};
    assign ans_take = idle && ans_valid;
    assign ret_take = idle && !ans_valid && ret_valid;
    assign ev_take  = idle && !ans_valid && !ret_valid && ev_valid;
endmodule
`default_nettype wire
