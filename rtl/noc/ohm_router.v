// SPDX-License-Identifier: Apache-2.0
//
// ohm_router: five-port wormhole router (0 N, 1 E, 2 S, 3 W, 4 L = tile), X-then-Y, with northward copies to the tile.
//
// Throughput: one flit a cycle on every port, no dead cycle between packets. Latency: 1 + PIPE cycles per router: a flit at
// rx in cycle t is at tx in cycle t+1+PIPE when its path is free.
// Protocol: flits {last, first, data}, valid/ready; tx_valid, once up, stays with its flit until tx_ready, and rx_ready
// comes from a register. A packet keeps its output from its first flit to its last; a waiting packet gets a free output by
// round robin. A copied packet takes L before it asks for N (docs/noc.md: deadlock).
// A path never stays open: after MAX_FLITS flits without last, the last of them is marked last; a first in mid-packet
// closes the old path with an abort flit {last = 1, first = 1, 0}, which no receiver takes for a good packet. Both pulse
// long_path. Flits that belong to no open path are discarded.
// PARITY = 1: a flit {last, first, parity, data[31:0]} has an even number of ones; one that has not was hit on its way. In
// mid-packet it closes the path with an abort flit, else it is discarded; both pulse bad_flit, and the rest of the packet is
// discarded. No wrong header is ever followed, no lost last mark keeps a path open.
// Parameters: FLIT_W >= 32 data bits (the header is in the low 32), FIFO_DEPTH 2 to 16, MAX_FLITS the longest packet,
// PORTS one bit per input that exists (a missing one is ignored; tie its neighbour's side off), PIPE = 1 puts a
// register between queue and arbiter, PARITY = 1 needs FLIT_W = 33, SHARED = 1: other routers use the same tile port (a
// copy then waits one cycle more).
//
//   rx_valid  1  1  1  0
//   tx_valid  0  1  1  1        no stall: one cycle behind
//
`default_nettype none
module ohm_router #(
    parameter FLIT_W = 32,
    parameter FIFO_DEPTH = 4,
    parameter MAX_FLITS = 130,
    parameter [4:0] PORTS = 5'b11111,
    parameter PIPE = 0,
    parameter PARITY = 0,
    parameter SHARED = 0
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire [3:0]              x,
    input  wire [3:0]              y,
    input  wire [4:0]              rx_valid,
    output wire [4:0]              rx_ready,
    input  wire [5*(FLIT_W+2)-1:0] rx_flit,
    output reg  [4:0]              tx_valid,
    input  wire [4:0]              tx_ready,
    output reg  [5*(FLIT_W+2)-1:0] tx_flit,
    output reg                     long_path,
    output reg                     bad_flit
);
    /* verilator no_inline_module */
    localparam FW = FLIT_W + 2;
    localparam CW = $clog2(MAX_FLITS + 1);
    localparam integer MAX1 = MAX_FLITS - 1;
    localparam N = 0, L = 4;   // the outputs of a copy
    localparam [FW-1:0] ABORT = {2'b11, {FLIT_W{1'b0}}};

    // Sets of (input, output): dest and dest_q hold 5 outputs per input, want, grant and owner_q 5 inputs per output.

    // inputs
    wire [4:0]      have;       // a flit is at the head of the queue
    wire [5*FW-1:0] head;
    wire [24:0]     route;      // outputs for the head, were it a header
    wire [4:0]      odd;        // the head was hit on its way
    reg  [4:0]      open_q;     // in mid-packet
    reg  [24:0]     dest_q;     // outputs of the open packet
    reg  [5*CW-1:0] count_q;     // its flits so far
    reg  [4:0]      send;       // the head, or an abort flit, asks to go out
    reg  [4:0]      abort;      // it is an abort flit; the head stays
    reg  [4:0]      cut;        // it gets its last mark here
    reg  [4:0]      fin;        // it is the last
    reg  [5*FW-1:0] sent;       // it, as it leaves
    reg  [24:0]     dest;
    reg  [4:0]      stuck;      // an output of the set has not taken it
    wire [4:0]      move = send & ~stuck;
    wire [4:0]      stay = abort & ~odd;
    wire [4:0]      pop  = have & ~(send & (stuck | stay));    // what does not ask to go out is discarded

    // outputs
    reg  [24:0]     want;
    wire [4:0]      copy = want[L*5 +: 5] & want[N*5 +: 5];
    wire [24:0]     grant;
    wire [4:0]      grant_l;    // grant of L, by itself: the one of N follows from it
    reg  [24:0]     owner_q;    // who holds the output, one-hot; 0: free
    reg  [4:0]      done_q;     // the output has taken the present flit of a copied packet, the other one has not

    genvar p;
    generate
        for (p = 0; p < 5; p = p + 1) begin : g_port
            if (PORTS[p]) begin : g_in
                wire          valid, ready, is_odd;
                wire [FW-1:0] flit;
                wire [4:0]    to;
                ohm_fifo #(.W(FW), .DEPTH(FIFO_DEPTH)) u_fifo (
                    .clk(clk), .rst(rst),
                    .in_valid(rx_valid[p]), .in_ready(rx_ready[p]), .in_data(rx_flit[p*FW +: FW]),
                    .out_valid(valid), .out_ready(ready), .out_data(flit));
                ohm_route u_route (.x(x), .y(y), .header(flit[31:0]), .dest(to));
                assign is_odd = PARITY != 0 && ^flit;
                if (PIPE != 0) begin : g_pipe
                    ohm_fifo #(.W(FW + 6), .DEPTH(2)) u_stage (
                        .clk(clk), .rst(rst),
                        .in_valid(valid), .in_ready(ready), .in_data({is_odd, to, flit}),
                        .out_valid(have[p]), .out_ready(pop[p]), .out_data({odd[p], route[p*5 +: 5], head[p*FW +: FW]}));
                end else begin : g_direct
                    assign have[p] = valid;
                    assign ready = pop[p];
                    assign {odd[p], route[p*5 +: 5], head[p*FW +: FW]} = {is_odd, to, flit};
                end
            end else begin : g_none
                wire unused = &{1'b0, rx_valid[p], rx_flit[p*FW +: FW], pop[p]};
                assign odd[p] = 1'b0;
                assign rx_ready[p] = 1'b1;
                assign have[p] = 1'b0;
                assign head[p*FW +: FW] = {FW{1'b0}};
                assign route[p*5 +: 5] = 5'd0;
            end

            // A copy asks for N only once it holds L: that order keeps copies free of deadlock. A shared L is held when
            // it has taken the first flit.
            wire [4:0] req  = (p == N) ? want[p*5 +: 5] & ~(copy & ~has_l) : want[p*5 +: 5];
            wire       free = owner_q[p*5 +: 5] == 5'd0;
            wire [4:0] pick;
            ohm_turns u_turns (.clk(clk), .rst(rst), .req(req), .take(free), .gnt(pick));
            assign grant[p*5 +: 5] = free ? pick : owner_q[p*5 +: 5];
        end
    endgenerate
    wire [4:0] has_l = (SHARED != 0) ? owner_q[L*5 +: 5] & {5{done_q[L]}} : (PIPE != 0) ? owner_q[L*5 +: 5] : grant_l;
    assign grant_l = g_port[L].free ? g_port[L].pick : owner_q[L*5 +: 5];

    // Forward: what each input asks for. first without last opens a packet; in mid-packet it ends the old one.
    always @* begin : ask
        integer i;
        send  = 5'd0;
        abort = 5'd0;
        cut   = 5'd0;
        fin   = 5'd0;
        dest  = 25'd0;
        want  = 25'd0;
        sent  = {5*FW{1'b0}};
        for (i = 0; i < 5; i = i + 1)
            if (have[i]) begin
                abort[i] = open_q[i] && (odd[i] || head[i*FW + FLIT_W +: 2] == 2'b01);
                send[i]  = open_q[i] || (!odd[i] && head[i*FW + FLIT_W +: 2] == 2'b01);
                cut[i]   = send[i] && !head[i*FW + FLIT_W + 1] && (abort[i] || count_q[i*CW +: CW] == MAX1[CW-1:0]);
                fin[i]   = cut[i] || (send[i] && head[i*FW + FLIT_W + 1]);
                sent[i*FW +: FW] = abort[i] ? ABORT : {fin[i], head[i*FW +: FLIT_W+1]};
                if (PARITY != 0 && cut[i] && !abort[i])
                    sent[i*FW + FLIT_W - 1] = !head[i*FW + FLIT_W - 1];
                if (send[i])
                    dest[i*5 +: 5] = open_q[i] ? dest_q[i*5 +: 5] : route[i*5 +: 5];
                {want[20 + i], want[15 + i], want[10 + i], want[5 + i], want[i]} = dest[i*5 +: 5];
            end
    end

    always @* begin : drive
        integer i, o;
        tx_valid = 5'd0;
        tx_flit  = {5*FW{1'b0}};
        for (o = 0; o < 5; o = o + 1)
            for (i = 0; i < 5; i = i + 1)
                if (grant[o*5 + i]) begin
                    tx_valid[o] = send[i] && !done_q[o];
                    tx_flit[o*FW +: FW] = sent[i*FW +: FW];
                end
    end

    // Backward: a flit moves on when all outputs of its set have taken it.
    always @* begin : hold
        integer o;
        stuck = 5'd0;
        for (o = 0; o < 5; o = o + 1)
            if (|want[o*5 +: 5])
                stuck = stuck | (want[o*5 +: 5] & ~(grant[o*5 +: 5] & {5{tx_ready[o] || done_q[o]}}));
    end

    always @(posedge clk) begin : state
        integer i, o;
        long_path <= |(move & cut & ~odd);
        bad_flit  <= |(pop & odd);
        for (i = 0; i < 5; i = i + 1)
            if (move[i]) begin
                open_q[i] <= !fin[i];
                dest_q[i*5 +: 5] <= dest[i*5 +: 5];
                count_q[i*CW +: CW] <= fin[i] ? {CW{1'b0}} : count_q[i*CW +: CW] + 1'b1;
            end
        for (o = 0; o < 5; o = o + 1)
            if (|grant[o*5 +: 5]) begin
                owner_q[o*5 +: 5] <= (|(grant[o*5 +: 5] & move & fin)) ? 5'd0 : grant[o*5 +: 5];
                done_q[o] <= (done_q[o] || (tx_valid[o] && tx_ready[o])) && ~|(grant[o*5 +: 5] & move);
            end
        if (rst) begin
            open_q    <= 5'd0;
            dest_q    <= 25'd0;
            count_q    <= {5*CW{1'b0}};
            owner_q   <= 25'd0;
            done_q    <= 5'd0;
            long_path <= 1'b0;
            bad_flit  <= 1'b0;
        end
    end

`ifdef FORMAL
    // For any input flits at all, legal or not: each output carries whole packets, one after the other, that stay as they
    // are until taken; who holds an output has a use for it; no packet is longer than MAX_FLITS.
    reg            f_past = 1'b0;
    reg [4:0]      f_open;      // an output is in mid-packet
    reg [5*CW-1:0] f_count;     // its flits so far
    reg [4:0]      f_valid;     // offered and not taken in the last cycle
    reg [5*FW-1:0] f_flit;
    reg [7:0]      f_place;
    wire [4:0]     f_take = tx_valid & tx_ready;

    initial begin               // as after reset
        open_q  = 5'd0;
        count_q = {5*CW{1'b0}};
        owner_q = 25'd0;
        done_q  = 5'd0;
        f_open  = 5'd0;
        f_count = {5*CW{1'b0}};
        f_valid = 5'd0;
    end

    always @(posedge clk) begin : f_state
        integer f_o;
        f_past  <= 1'b1;
        f_valid <= tx_valid & ~tx_ready & {5{!rst}};
        f_flit  <= tx_flit;
        f_place <= {y, x};
        for (f_o = 0; f_o < 5; f_o = f_o + 1)
            if (f_take[f_o]) begin
                f_open[f_o] <= !tx_flit[f_o*FW + FLIT_W + 1];
                f_count[f_o*CW +: CW] <= tx_flit[f_o*FW + FLIT_W + 1] ? {CW{1'b0}} : f_count[f_o*CW +: CW] + 1'b1;
            end
        if (rst) begin
            f_open  <= 5'd0;
            f_count <= {5*CW{1'b0}};
        end
    end

    always @* begin : f_prove
        integer f_i, f_o;
        if (!f_past)
            assume (rst);
        else begin
            assume ({y, x} == f_place);
            for (f_o = 0; f_o < 5; f_o = f_o + 1) begin
                // the protocol
                assert (!f_valid[f_o] || (tx_valid[f_o] && tx_flit[f_o*FW +: FW] == f_flit[f_o*FW +: FW]));
                if (tx_valid[f_o]) begin
                    assert (f_open[f_o] ? tx_flit[f_o*FW + FLIT_W +: 2] != 2'b01 : tx_flit[f_o*FW + FLIT_W +: 2] == 2'b01);
                    assert (f_count[f_o*CW +: CW] < MAX_FLITS);
                    assert (tx_flit[f_o*FW + FLIT_W + 1] || f_count[f_o*CW +: CW] != MAX_FLITS - 1);
                    assert (PARITY == 0 || ^tx_flit[f_o*FW +: FW] == 1'b0);
                end
                // what makes it so
                assert ((owner_q[f_o*5 +: 5] & (owner_q[f_o*5 +: 5] - 5'd1)) == 5'd0);
                assert (!f_open[f_o] || owner_q[f_o*5 +: 5] != 5'd0);
                assert (!done_q[f_o] || owner_q[f_o*5 +: 5] != 5'd0);
                for (f_i = 0; f_i < 5; f_i = f_i + 1) begin
                    if (owner_q[f_o*5 + f_i]) begin
                        assert (open_q[f_i] ? dest_q[f_i*5 + f_o] : send[f_i] && dest[f_i*5 + f_o]);
                        // its flits so far are those of the input, one more when it has taken the present one of a copy
                        assert (f_count[f_o*CW +: CW] == count_q[f_i*CW +: CW] + {{CW-1{1'b0}}, done_q[f_o]} ||
                                (done_q[f_o] && !f_open[f_o]));
                        assert (f_open[f_o] || done_q[f_o] || !open_q[f_i]);
                        assert (!done_q[f_o] || (have[f_i] && send[f_i]));
                        assert (!(done_q[f_o] && fin[f_i]) || !f_open[f_o]);
                        assert (!(done_q[f_o] && !fin[f_i]) || f_open[f_o]);
                    end
                    assert (!open_q[f_i] || !dest_q[f_i*5 + f_o] || owner_q[f_o*5 + f_i]);
                end
            end
            for (f_i = 0; f_i < 5; f_i = f_i + 1) begin
                assert (open_q[f_i] == (count_q[f_i*CW +: CW] != 0));
                assert (count_q[f_i*CW +: CW] < MAX_FLITS);
            end
        end
    end

    always @(posedge clk) begin
        cover (f_past && |(move & fin & abort));
        cover (f_past && move[2] && dest[2*5 + N] && dest[2*5 + L] && open_q[2]);   // a copy moves on
    end
`endif
endmodule
`default_nettype wire
