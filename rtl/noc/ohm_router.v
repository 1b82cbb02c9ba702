// SPDX-License-Identifier: Apache-2.0
//
// ohm_router: five-port wormhole router (0 N, 1 E, 2 S, 3 W, 4 L = tile), X-then-Y, with northward
// copies to the tile.
//
//   rx ─► ohm_ingress ×5: queue, route, whole packets only ─► ohm_turns ×5: whose packet has an
//   output ─► crossbar ─► tx
//
// Throughput: one flit a cycle on every port, no dead cycle between packets. Latency: 1 + PIPE
// cycles per router: a flit at rx in cycle t is at tx in cycle t+1+PIPE when its path is free.
// Protocol: flits {last, first, data}, valid/ready; tx_valid, once up, stays with its flit until
// tx_ready, and rx_ready comes from a register. A packet keeps its output from its first flit to
// its last; waiting packets get a free output by ohm_turns. A copied packet takes L before it asks
// for N (docs/explain/noc.md: deadlock). What comes broken is repaired or discarded by ohm_ingress,
// so that a path never stays open and no wrong header is followed; long_path and bad_flit pulse a
// cycle later.
// Parameters: FLIT_W >= 32 data bits (the header is in the low 32), FIFO_DEPTH 2 to 16, MAX_FLITS
// the longest packet, PORTS one bit per input that exists (a missing one is ignored; tie its
// neighbour's side off), PIPE = 1 puts a register before the turns, PARITY = 1 needs FLIT_W = 33,
// SHARED = 1: other routers use the same tile port (a copy then waits one cycle more; with PIPE as
// well).
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
    output wire [4:0]              tx_valid,
    input  wire [4:0]              tx_ready,
    output reg  [5*(FLIT_W+2)-1:0] tx_flit,
    output reg                     long_path,
    output reg                     bad_flit
);
    /* verilator no_inline_module */
    localparam FW = FLIT_W + 2;
    localparam N = 0, L = 4;    // the outputs of a copy
    // Outputs {L, W, S, E, N} for inputs L, W, S, E, N: the turns there are when X goes before Y.
    // From N to W: to the host.
    localparam [24:0] TURNS = {5'b11111, 5'b10111, 5'b10001, 5'b11101, 5'b11100};

    // Sets of (input, output): route holds 5 outputs per input, want, pick, grant and owner_q 5
    // inputs per output.
    wire [4:0]      have;       // a flit of a packet is there
    wire [5*FW-1:0] flit;
    wire [24:0]     route;      // its outputs if it is the first
    wire [4:0]      long, bad;
    reg  [4:0]      last;
    reg  [24:0]     want;       // the route, by output
    reg  [4:0]      starts, goes_on;        // a first flit moves on; another does
    wire [24:0]     pick;       // whose turn it is
    wire [24:0]     grant;
    wire [4:0]      asked;      // pick is not 0
    reg  [4:0]      busy_q;     // somebody holds the output:
    reg  [24:0]     owner_q;    // who, one-hot; 0: free
    // N or L has taken the present flit of a copied packet, the other one has not
    reg             n_done_q, l_done_q;
    wire [4:0]      done  = {l_done_q, 3'd0, n_done_q};
    wire [4:0]      taken = tx_ready | done;
    wire [4:0]      copies = (want[N*5 +: 5] & want[L*5 +: 5])
        | (owner_q[N*5 +: 5] & owner_q[L*5 +: 5]);

    // A copy asks for N only once it holds L: that order keeps copies free of deadlock. A shared L
    // is held when it has taken the first flit.
    wire [4:0] has_l = (SHARED != 0) ? owner_q[L*5 +: 5] & {5{l_done_q}} : (PIPE != 0)
        ? owner_q[L*5 +: 5] : grant[L*5 +: 5];

    genvar p;
    generate
        for (p = 0; p < 5; p = p + 1) begin : g_port
            if (PORTS[p]) begin : g_in
                ohm_ingress #(.FLIT_W(FLIT_W), .FIFO_DEPTH(FIFO_DEPTH), .MAX_FLITS(MAX_FLITS),
                    .TURNS(TURNS[p*5 +: 5]), .PIPE(PIPE),
                              .PARITY(PARITY)) u_ingress (
                    .clk(clk), .rst(rst), .x(x), .y(y),
                    .rx_valid(rx_valid[p]), .rx_ready(rx_ready[p]), .rx_flit(rx_flit[p*FW +: FW]),
                    .out_valid(have[p]), .out_ready(starts[p] || goes_on[p]),
                    .out_flit(flit[p*FW +: FW]), .out_route(route[p*5 +: 5]),
                    .long_path(long[p]), .bad_flit(bad[p]));
            end else begin : g_none
                wire unused = &{1'b0, rx_valid[p], rx_flit[p*FW +: FW], starts[p], goes_on[p]};
                assign {rx_ready[p], have[p], route[p*5 +: 5], long[p], bad[p]} = {1'b1, 8'd0};
                assign flit[p*FW +: FW] = {FW{1'b0}};
            end

            wire [4:0] req = (p == N) ? want[p*5 +: 5] & ~(want[L*5 +: 5] & ~has_l)
                : want[p*5 +: 5];
            ohm_turns u_turns (.clk(clk), .rst(rst), .req(req), .take(!busy_q[p]),
                .gnt(pick[p*5 +: 5]));
            assign grant[p*5 +: 5] = busy_q[p] ? owner_q[p*5 +: 5] : pick[p*5 +: 5];
            assign asked[p] = |req;
            assign tx_valid[p] = (busy_q[p] ? |(owner_q[p*5 +: 5] & have) : asked[p]) && !done[p];
        end
    endgenerate

    // Forward
    always @* begin : forward
        integer i, o;
        want = 25'd0;
        tx_flit = {5*FW{1'b0}};
        for (i = 0; i < 5; i = i + 1) begin
            last[i] = flit[i*FW + FW-1];
            {want[20 + i], want[15 + i], want[10 + i], want[5 + i], want[i]} = route[i*5 +: 5];
            for (o = 0; o < 5; o = o + 1)
                if (grant[o*5 + i])
                    tx_flit[o*FW +: FW] = flit[i*FW +: FW];
        end
    end

    // Backward: a flit moves on when all its outputs have taken it. Whether one that is not the
    // first does depends on registers and tx_ready only: its packet holds its outputs.
    always @* begin : backward
        integer o;
        starts  = want[N*5 +: 5] & grant[N*5 +: 5] & {5{taken[N]}}
            & ({5{taken[L]}} | ~want[L*5 +: 5]);
        goes_on = have;
        for (o = 0; o < 5; o = o + 1) begin
            if (o != N && tx_ready[o])
                starts = starts | (want[o*5 +: 5] & grant[o*5 +: 5] & ~want[N*5 +: 5]);
            goes_on = goes_on & ~want[o*5 +: 5];
            if (!taken[o])
                goes_on = goes_on & ~owner_q[o*5 +: 5];
        end
    end

    wire l_copies = |(grant[L*5 +: 5] & copies & have);
    wire n_copies = |(grant[N*5 +: 5] & copies & have);     // of the same packet: it holds L
    always @(posedge clk) begin : state
        integer o;
        long_path <= |long;
        bad_flit  <= |bad;
        for (o = 0; o < 5; o = o + 1)
            if (!busy_q[o]) begin
                busy_q[o] <= asked[o];
                owner_q[o*5 +: 5] <= pick[o*5 +: 5];
            end else if (|(owner_q[o*5 +: 5] & goes_on & last)) begin
                busy_q[o] <= 1'b0;
                owner_q[o*5 +: 5] <= 5'd0;
            end
        l_done_q <= l_copies && taken[L] && !(n_copies && taken[N]);
        n_done_q <= n_copies && taken[N] && !taken[L];
        if (rst) begin
            busy_q    <= 5'd0;
            owner_q   <= 25'd0;
            l_done_q  <= 1'b0;
            n_done_q  <= 1'b0;
            long_path <= 1'b0;
            bad_flit  <= 1'b0;
        end
    end

`ifdef FORMAL
    // With ingresses that keep their word (tb/formal/ohm_ingress.v stands for any): each output
    // carries whole packets, one after the other, that stay as they are until taken; who holds an
    // output has a use for it; a copied flit goes to both outputs once.
    reg            f_past = 1'b0;
    reg [4:0]      f_in;        // an input is in mid-packet
    reg [4:0]      f_open;      // an output is in mid-packet
    reg [4:0]      f_valid;     // offered and not taken in the last cycle
    reg [5*FW-1:0] f_flit;
    wire [4:0]     f_take = tx_valid & tx_ready;
    wire [4:0]     f_move = starts | goes_on;
    reg [4:0]      f_owns;

    initial begin               // as after reset
        {busy_q, owner_q, l_done_q, n_done_q} = 32'd0;
        {f_in, f_open, f_valid} = 15'd0;
    end

    always @(posedge clk) begin : f_state
        integer f_o;
        f_past  <= 1'b1;
        f_valid <= tx_valid & ~tx_ready & {5{!rst}};
        f_flit  <= tx_flit;
        for (f_o = 0; f_o < 5; f_o = f_o + 1) begin
            if (f_take[f_o]) f_open[f_o] <= !tx_flit[f_o*FW + FW-1];
            if (f_move[f_o]) f_in[f_o] <= !last[f_o];
        end
        if (rst) {f_in, f_open} <= 10'd0;
    end

    always @* begin : f_prove
        integer f_i, f_o;
        if (!f_past)
            assume (rst);
        else begin
            for (f_o = 0; f_o < 5; f_o = f_o + 1) begin
                // the protocol
                assert (!f_valid[f_o] || (tx_valid[f_o]
                    && tx_flit[f_o*FW +: FW] == f_flit[f_o*FW +: FW]));
                assert (!tx_valid[f_o] || (tx_flit[f_o*FW + FLIT_W +: 2] == 2'b01) == !f_open[f_o]);
                // what makes it so
                assert ((owner_q[f_o*5 +: 5] & (owner_q[f_o*5 +: 5] - 5'd1)) == 5'd0);
                assert (busy_q[f_o] == (owner_q[f_o*5 +: 5] != 5'd0));
                assert (!f_open[f_o] || busy_q[f_o]);
                assert (!done[f_o] || busy_q[f_o]);
                for (f_i = 0; f_i < 5; f_i = f_i + 1)
                    if (owner_q[f_o*5 + f_i]) begin
                        assert (f_in[f_i] || want[f_o*5 + f_i]);
                        assert (!done[f_o] || (have[f_i] && copies[f_i]));
                        // an output is where its input is, but for a flit of a copy that it has
                        // taken and the other has not
                        assert (f_open[f_o] == (done[f_o] ? !last[f_i] : f_in[f_i]));
                    end
            end
            assert (!(l_done_q && n_done_q));
            for (f_i = 0; f_i < 5; f_i = f_i + 1) begin
                for (f_o = 0; f_o < 5; f_o = f_o + 1)
                    f_owns[f_o] = owner_q[f_o*5 + f_i];
                assert (!f_in[f_i] || f_owns != 5'd0);
                assert ((f_owns & ~(f_in[f_i] ? TURNS[f_i*5 +: 5] : route[f_i*5 +: 5])) == 5'd0);
                // a copy holds N only with L
                assert (!f_owns[N] || f_owns[L] || !want[L*5 + f_i]);
                assert (f_owns == 5'b10001 || (f_owns & (f_owns - 5'd1)) == 5'd0);
                assert (!f_move[f_i] || have[f_i]);
                // so does the stand-in, valid or not
                assert (f_in[f_i] == (flit[f_i*FW + FLIT_W +: 2] != 2'b01));
            end
        end
    end

    always @(posedge clk)
        // a copy moves on
        cover (f_past && f_move[2] && owner_q[N*5 + 2] && owner_q[L*5 + 2] && f_in[2]);
`endif
endmodule
`default_nettype wire
