// SPDX-License-Identifier: Apache-2.0
//
// ohm_ingress: an input of a router: its queue, the route of each packet's first flit, and repair
// of what is broken, so that only whole packets reach the crossbar, whatever comes in.
//
// Throughput: one flit a cycle. Latency: 1 + PIPE cycles: a flit at rx in cycle t is at out in
// cycle t+1+PIPE.
// Protocol: flits {last, first, data}, valid/ready; out_valid, once up, stays with its flit until
// out_ready; rx_ready comes from a register. out_route: on a packet's first flit its outputs {L, W,
// S, E, N}, else 0, also while out_valid = 0. At out a packet is a first flit without last, then
// flits without first, or an abort flit {last = 1, first = 1, 0}, up to last: - after MAX_FLITS
// flits without last, the last of them is marked last;
// - a first in mid-packet closes the old one with an abort flit, which no receiver takes for a good
// packet; - flits that belong to no open packet, and packets that want to turn where X-then-Y never
// turns, are discarded. All but flits that belong to no packet pulse long_path, once a packet, as
// they leave. PARITY = 1: a flit {last, first, parity, data[31:0]} has an even number of ones; one
// that has not was hit on its way. In mid-packet it closes the packet with an abort flit, else it
// is discarded; both pulse bad_flit, and the rest of the packet is discarded.
// Parameters: FLIT_W >= 32 data bits (the header is in the low 32), FIFO_DEPTH 2 to 16, MAX_FLITS
// the longest packet, TURNS the outputs that a packet from here may ask for, PIPE = 1 puts a
// register between queue and out, PARITY = 1 needs FLIT_W = 33.
//
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
    localparam FW = FLIT_W + 2;
    localparam CW = $clog2(MAX_FLITS + 1);
    localparam integer MAX2 = MAX_FLITS - 2;
    localparam [FW-1:0] ABORT = {2'b11, {FLIT_W{1'b0}}};

    wire          have, pop;
    wire [FW-1:0] head;
    ohm_fifo #(.W(FW), .DEPTH(FIFO_DEPTH)) u_fifo (
        .clk(clk), .rst(rst),
        .in_valid(rx_valid), .in_ready(rx_ready), .in_data(rx_flit),
        .out_valid(have), .out_ready(pop), .out_data(head));
    wire [4:0] to;
    ohm_route u_route (.x(x), .y(y), .header(head[31:0]), .dest(to));

    reg           open_q;       // in mid-packet
    reg  [CW-1:0] count_q;      // its flits so far
    reg           full_q;       // they are MAX_FLITS - 1
    reg           lost_q;       // it has no way, and is discarded

    reg          odd, first, abort, send, cut, fin;
    reg [4:0]    route;
    reg [FW-1:0] sent;          // the head, or an abort flit, as it goes on
    always @* begin
        odd   = PARITY != 0 && have && ^head;
        first = have && !odd && head[FLIT_W +: 2] == 2'b01;
        abort = open_q && (odd || first);
        cut   = open_q && !head[FW-1] && (abort || full_q);
        fin   = open_q && (head[FW-1] || abort || full_q);
        route = (first && !open_q) ? to & TURNS : 5'd0;
        send  = have && (open_q ? !lost_q : route != 5'd0);
        sent  = abort ? ABORT : {fin, head[FW-2:0]};
        if (PARITY != 0 && cut && !abort) sent[FLIT_W-1] = !head[FLIT_W-1];
    end

    wire ready;
    // what is not, is discarded
    wire in_packet = open_q || first;
    wire move = have && in_packet && ready;
    // an abort flit leaves a first flit where it is
    assign pop = have && (!in_packet || (ready && !(open_q && first)));
    assign long_path = move && !odd && !lost_q && (open_q ? cut : route == 5'd0);
    assign bad_flit  = pop && odd;

    generate
        if (PIPE != 0) begin : g_pipe
            ohm_skid #(.W(FW + 5), .ZERO(5)) u_stage (
                .clk(clk), .rst(rst),
                .in_valid(send), .in_ready(ready), .in_data({sent, route}),
                .out_valid(out_valid), .out_ready(out_ready), .out_data({out_flit, out_route}));
        end else begin : g_direct
            assign ready = out_ready || !send;  // what does not go on waits for nobody
            assign out_valid = send;
            assign {out_flit, out_route} = {sent, route};
        end
    endgenerate

    always @(posedge clk) begin
        if (move) begin
            open_q  <= !fin;
            count_q <= fin ? {CW{1'b0}} : count_q + 1'b1;
            full_q  <= !fin && count_q == MAX2[CW-1:0];
            lost_q  <= !fin && (open_q ? lost_q : route == 5'd0);
        end
        if (rst) begin
            open_q  <= 1'b0;
            count_q <= {CW{1'b0}};
            full_q  <= 1'b0;
            lost_q  <= 1'b0;
        end
    end

`ifdef FORMAL
    // For any flits at all at rx, out carries whole packets that stay as they are until taken, none
    // longer than MAX_FLITS.
    reg          f_past = 1'b0;
    reg          f_open;        // out is in mid-packet
    reg [CW-1:0] f_count;       // its flits so far
    reg          f_waits;       // offered and not taken in the last cycle
    reg [FW+4:0] f_offered;
    reg [7:0]    f_place;
    wire         f_take = out_valid && out_ready;

    always @(posedge clk) begin
        f_past    <= 1'b1;
        f_waits   <= out_valid && !out_ready && !rst;
        f_offered <= {out_flit, out_route};
        f_place   <= {y, x};
        if (f_take) begin
            f_open  <= !out_flit[FW-1];
            f_count <= out_flit[FW-1] ? {CW{1'b0}} : f_count + 1'b1;
        end
        if (rst) begin
            f_open  <= 1'b0;
            f_count <= {CW{1'b0}};
        end
    end

    always @* begin
        if (!f_past)
            assume (rst);
        else begin
            assume ({y, x} == f_place);
            assert (!f_waits || (out_valid && {out_flit, out_route} == f_offered));
            assert ((out_route != 5'd0) == (out_valid && !f_open));
            if (out_valid) begin
                assert (f_open ? out_flit[FLIT_W +: 2] != 2'b01 : out_flit[FLIT_W +: 2] == 2'b01);
                assert (f_count < MAX_FLITS);
                assert (out_flit[FW-1] || f_count != MAX_FLITS - 1);
                assert (PARITY == 0 || ^out_flit == 1'b0);
            end
            // nothing that is discarded waits for the crossbar, which does not see it
            assert (PIPE != 0 || !have || send || ready);
            // what makes it so
            assert (open_q == (count_q != 0));
            assert (count_q < MAX_FLITS && full_q == (count_q == MAX_FLITS - 1));
            assert (f_open == (f_count != 0) && f_count < MAX_FLITS);
            if (PIPE == 0) assert (f_count == (lost_q ? {CW{1'b0}} : count_q));
        end
    end

    always @(posedge clk) begin
        cover (f_past && f_take && out_flit == ABORT);
        cover (f_past && long_path && !abort);
        cover (f_past && lost_q);
    end
`endif
endmodule
`default_nettype wire
