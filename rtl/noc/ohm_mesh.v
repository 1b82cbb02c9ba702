// SPDX-License-Identifier: Apache-2.0
//
// ohm_mesh: MESH_W x MESH_H routers, each with its tile and the tile's trace sink.
//
// Tile (0,0) is south-west; x grows east, y grows north. The host's link is the W port of router (0,0).
// Throughput: one flit a cycle on every link. Latency: a packet's head needs one cycle per router it passes (links + 1)
// on free paths.
// Protocol: valid/ready links with flits {last, first, data[31:0]}. Links over the edge take everything: a packet whose
// route leaves the mesh is discarded there and counted. long_count is the number of routers that closed a path,
// stray_count the number of such packets, both as pulses for ohm_axil.
// Parameters: MESH_W and MESH_H 1 to 16; TRIM = 1 leaves out the inputs of edge routers that have no neighbour (smaller;
// same behaviour, but routers at edges are then modules of their own, slower to compile in simulation); MAX_FLITS and
// FIFO_DEPTH as in ohm_router; the others are the tile's (docs/configurations.md).
//
//            y=1  (0,1)══(1,1)══(2,1)
//                   ║      ║      ║
//   host ═══ y=0  (0,0)══(1,0)══(2,0)
//
`default_nettype none
module ohm_mesh #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter ACC_F = 6,
    parameter ACC_BANKS = 4,
    parameter IBUF_WORDS = 2048,
    parameter NSTREAM = 4,
    parameter PSUM_SLOTS = 4,
    parameter NSLICE = 16,
    parameter NROUTE = 4,
    parameter NCREDIT = 8,
    parameter NRETURN = 8,
    parameter WINDOW = 1,
    parameter MODES = 1,
    parameter FIFO_DEPTH = 4,
    parameter MAX_FLITS = 130,
    parameter MESH_W = 4,
    parameter MESH_H = 4,
    parameter TRIM = 0,
    parameter LEAN = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        host_in_valid,
    input  wire [33:0] host_in_flit,
    output wire        host_in_ready,
    output wire        host_out_valid,
    output wire [33:0] host_out_flit,
    input  wire        host_out_ready,
    output reg  [8:0]  long_count,
    output reg  [8:0]  stray_count
);
    localparam NT = MESH_W * MESH_H;
    localparam FW = 34;
    localparam N = 0, E = 1, S = 2, W = 3, L = 4;   // router ports

    wire [NT-1:0]   long_path; // a router closed a path
    wire [4*NT-1:0] stray;     // a packet's first flit went over the edge, per side

    genvar gx, gy, gs;
    generate
        for (gy = 0; gy < MESH_H; gy = gy + 1) begin : g_y
            for (gx = 0; gx < MESH_W; gx = gx + 1) begin : g_x
                localparam [3:0] X = gx;
                localparam [3:0] Y = gy;
                localparam T = gy * MESH_W + gx;
                localparam HOST = gx == 0 && gy == 0;
                // neighbours {W, S, E, N}; the host counts as one
                localparam [3:0] NEAR = {gx > 0 || HOST, gy > 0, gx < MESH_W - 1, gy < MESH_H - 1};

                wire [4:0]      rx_valid, rx_ready, tx_valid, tx_ready;
                wire [5*FW-1:0] rx_flit, tx_flit;

                ohm_router #(.FLIT_W(32), .FIFO_DEPTH(FIFO_DEPTH), .MAX_FLITS(MAX_FLITS),
                             .PORTS(TRIM != 0 ? {1'b1, NEAR} : 5'b11111)) u_router (
                    .clk(clk), .rst(rst), .x(X), .y(Y),
                    .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_flit(rx_flit),
                    .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit),
                    .long_path(long_path[T]));

                // Each side: what the neighbour sends, and whether it takes what we send.
                if (NEAR[N]) begin : g_n
                    assign rx_valid[N] = g_y[gy+1].g_x[gx].tx_valid[S];
                    assign rx_flit[N*FW +: FW] = g_y[gy+1].g_x[gx].tx_flit[S*FW +: FW];
                    assign tx_ready[N] = g_y[gy+1].g_x[gx].rx_ready[S];
                end
                if (NEAR[E]) begin : g_e
                    assign rx_valid[E] = g_y[gy].g_x[gx+1].tx_valid[W];
                    assign rx_flit[E*FW +: FW] = g_y[gy].g_x[gx+1].tx_flit[W*FW +: FW];
                    assign tx_ready[E] = g_y[gy].g_x[gx+1].rx_ready[W];
                end
                if (NEAR[S]) begin : g_s
                    assign rx_valid[S] = g_y[gy-1].g_x[gx].tx_valid[N];
                    assign rx_flit[S*FW +: FW] = g_y[gy-1].g_x[gx].tx_flit[N*FW +: FW];
                    assign tx_ready[S] = g_y[gy-1].g_x[gx].rx_ready[N];
                end
                if (HOST) begin : g_host
                    assign rx_valid[W] = host_in_valid;
                    assign rx_flit[W*FW +: FW] = host_in_flit;
                    assign tx_ready[W] = host_out_ready;
                    assign host_in_ready  = rx_ready[W];
                    assign host_out_valid = tx_valid[W];
                    assign host_out_flit  = tx_flit[W*FW +: FW];
                end else if (NEAR[W]) begin : g_w
                    assign rx_valid[W] = g_y[gy].g_x[gx-1].tx_valid[E];
                    assign rx_flit[W*FW +: FW] = g_y[gy].g_x[gx-1].tx_flit[E*FW +: FW];
                    assign tx_ready[W] = g_y[gy].g_x[gx-1].rx_ready[E];
                end

                // Sides without neighbour take everything, and tell of first flits.
                for (gs = 0; gs < 4; gs = gs + 1) begin : g_side
                    if (!NEAR[gs]) begin : g_edge
                        wire unused = &{1'b0, rx_ready[gs], tx_flit[gs*FW +: 32]};
                        assign rx_valid[gs] = 1'b0;
                        assign rx_flit[gs*FW +: FW] = {FW{1'b0}};
                        assign tx_ready[gs] = 1'b1;
                        assign stray[T*4 + gs] = tx_valid[gs] && tx_flit[gs*FW + 32 +: 2] == 2'b01;
                    end else begin : g_link
                        assign stray[T*4 + gs] = 1'b0;
                    end
                end

                wire              trc_code_valid, trc_res_valid;
                wire [31:0]       trc_code_seq, trc_res_seq, trc_res_acc, trc_res_y;
                wire [3:0]        trc_code_desc, trc_code_slice, trc_res_desc;
                wire [7:0]        trc_code_col, trc_res_out;
                wire [CODE_W-1:0] trc_code;

                ohm_tile #(
                    .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
                    .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .PSUM_SLOTS(PSUM_SLOTS), .NSLICE(NSLICE),
                    .NROUTE(NROUTE), .NCREDIT(NCREDIT), .NRETURN(NRETURN), .WINDOW(WINDOW), .MODES(MODES), .LEAN(LEAN)
                ) u_tile (
                    .clk(clk), .rst(rst), .tile_x(X), .tile_y(Y),
                    .rx_valid(tx_valid[L]), .rx_flit(tx_flit[L*FW +: FW]), .rx_ready(tx_ready[L]),
                    .tx_valid(rx_valid[L]), .tx_flit(rx_flit[L*FW +: FW]), .tx_ready(rx_ready[L]),
                    .trc_code_valid(trc_code_valid), .trc_code_seq(trc_code_seq), .trc_code_desc(trc_code_desc),
                    .trc_code_slice(trc_code_slice), .trc_code_col(trc_code_col), .trc_code(trc_code),
                    .trc_res_valid(trc_res_valid), .trc_res_seq(trc_res_seq), .trc_res_desc(trc_res_desc),
                    .trc_res_out(trc_res_out), .trc_res_acc(trc_res_acc), .trc_res_y(trc_res_y));

                ohm_trace #(.CODE_W(CODE_W)) u_trace (
                    .clk(clk), .tile_id({Y, X}),
                    .trc_code_valid(trc_code_valid), .trc_code_seq(trc_code_seq), .trc_code_desc(trc_code_desc),
                    .trc_code_slice(trc_code_slice), .trc_code_col(trc_code_col), .trc_code(trc_code),
                    .trc_res_valid(trc_res_valid), .trc_res_seq(trc_res_seq), .trc_res_desc(trc_res_desc),
                    .trc_res_out(trc_res_out), .trc_res_acc(trc_res_acc), .trc_res_y(trc_res_y));
            end
        end
    endgenerate

    function [8:0] ones;
        input [4*NT-1:0] set;
        integer i;
        begin
            ones = 9'd0;
            for (i = 0; i < 4 * NT; i = i + 1)
                ones = ones + {8'd0, set[i]};
        end
    endfunction

    always @(posedge clk) begin
        long_count  <= (|long_path) ? ones({{3*NT{1'b0}}, long_path}) : 9'd0;
        stray_count <= (|stray) ? ones(stray) : 9'd0;
        if (rst) begin
            long_count  <= 9'd0;
            stray_count <= 9'd0;
        end
    end
endmodule
`default_nettype wire
