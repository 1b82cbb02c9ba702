// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Sibling of ohm_inject for small tiles: nothing is copied. A short packet's source holds its words
// and is taken a cycle after the last one; ev_valid may fall in between, and its word then waits.
//
// Throughput: one flit a cycle within a packet, two idle cycles behind a short one. Latency: 1
// cycle from valid to the first flit when idle. Protocol and priority: as ohm_inject.
// Parameters: PIPE = 1: a register at the output.
//
//   ret_valid  1  1  1  1  0
//   ret_take   0  0  0  1  0
//   tx_valid   0  1  1  0
//   tx_flit       h0 h1
module ohm_inject_serial #(
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
                     ST_SHORT = 2'd1,   // sending a short packet
                     ST_DATA  = 2'd2;   // passing a data packet through
    reg [1:0]  state_q;
    reg [1:0]  left_q;                  // flits after this one
    reg        first_q;

    wire idle = state_q == ST_IDLE;
    wire over;                          // the source of the packet before is being taken
    wire any  = !over && (ans_valid || ret_valid || ev_valid);
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

    wire        there;                  // the next flit of a short packet, which waits at `short`
    wire [31:0] short;
    wire        ready;                  // for what goes out
    assign data_ready = state_q == ST_DATA && ready;
    assign gone       = ready && there;
    ohm_stage #(.W(34), .PIPE(PIPE)) u_stage (
        .clk(clk), .rst(rst), .in_ready(ready),
        .in_valid((state_q == ST_SHORT && there) || (state_q == ST_DATA && data_valid)),
        .in_data(state_q == ST_DATA ? data_flit : {left_q == 2'd0, first_q, short}),
        .out_valid(tx_valid), .out_ready(tx_ready), .out_data(tx_flit));

    reg        ans_q, ret_q;    // whose packet it is; neither: an event's
    reg        take_q;          // its last word has left
    wire       h1 = !first_q && (ret_q || left_q != 2'd0);
    always @(posedge clk)
        if (idle) begin
            ans_q <= ans_valid;
            ret_q <= !ans_valid && ret_valid;
        end
    always @(posedge clk) take_q <= !rst && state_q == ST_SHORT && gone && left_q == 2'd0;
    assign over     = take_q;
    assign there    = ans_q || ret_q || ev_valid;
    assign short    = first_q ? (ans_q ? ans_h0 : ret_q ? ret_h0 : ev_h0)
                    : h1      ? (ans_q ? ans_h1 : ret_q ? ret_h1 : ev_h1) : ans_q
                        ? ans_data : ev_detail;
    assign ans_take = take_q && ans_q;
    assign ret_take = take_q && ret_q;
    assign ev_take  = take_q && !ans_q && !ret_q;
endmodule
`default_nettype wire
