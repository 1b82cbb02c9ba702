// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// What this tile owes its producers: a CREDIT packet per RETURN entry whenever a slot of its stream
// is freed.
//
// The packet carries the limit at the moment it leaves (head + slots), so several freed slots merge
// into one packet.
//
// Throughput: one packet offered a cycle, lowest entry first. Latency: offered the cycle after the
// pop.
// Protocol: valid with h0/h1 until take; take clears the entry unless a slot is freed in the same
// cycle. Register: RETURN. Parameters: as docs/reference/configurations.md; KEEP = 1: the entry
// that is offered is kept in a register until take, though a lower one may be due by then; the
// limit is the latest.
module ohm_return #(
    parameter NRETURN = 8,
    parameter NDESC = 1,
    parameter KEEP = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [3:0]  tile_x,
    input  wire [3:0]  tile_y,
    input  wire        enable,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output wire [31:0] cfg_rdata,
    input  wire        vec_pop,         // a slot of this stream is freed
    input  wire [1:0]  vec_stream,
    input  wire [63:0] vec_limit,       // of each stream
    input  wire        ps_pop,
    input  wire [1:0]  ps_desc,         // of this descriptor's partial sums
    input  wire [63:0] ps_limit,        // of each descriptor
    output wire        valid,
    input  wire        take,
    output wire [31:0] h0,
    output wire [31:0] h1
);
`include "ohm_map.vh"
    // the bits of an entry that the map defines; the rest read as 0
    localparam [31:0] USED = 32'hFFF8_3C00;

    localparam IW = NRETURN > 1 ? $clog2(NRETURN) : 1;
    reg  [31:0] entry [0:NRETURN-1];
    reg  [NRETURN-1:0] due_q;
    wire        cfg_hit = cfg_addr[15:4] == REG_RETURN[15:4]
        && {1'b0, cfg_addr[3:0]} < NRETURN[4:0];

    wire [NRETURN-1:0] freed;
    genvar g;
    generate for (g = 0; g < NRETURN; g = g + 1) begin : g_entry
        wire [31:0] e = entry[g];
        assign freed[g] = e[RETURN_VALID_LSB] && (e[RETURN_PSUM_LSB]
                        ? ps_pop
                        && (NDESC == 1 || e[RETURN_STREAM_LSB +: RETURN_STREAM_W] == ps_desc)
                        : vec_pop && e[RETURN_STREAM_LSB +: RETURN_STREAM_W] == vec_stream);
    end endgenerate

    reg [3:0] lowest;
    integer i;
    always @* begin
        lowest = 4'd0;
        for (i = NRETURN - 1; i >= 0; i = i - 1) if (due_q[i]) lowest = i[3:0];
    end
    wire [3:0] pick;
    generate
        if (KEEP == 0) begin : g_lowest
            assign pick = lowest;
            assign valid = |due_q;
        end else begin : g_kept
            reg       offer_q;
            reg [3:0] pick_q;
            always @(posedge clk) begin
                if (!offer_q) pick_q <= lowest;
                offer_q <= !rst && enable && (offer_q ? !take : |due_q);
            end
            assign pick = pick_q;
            assign valid = offer_q;
        end
    endgenerate
    wire [NRETURN:0]   pick_1h = {{NRETURN{1'b0}}, 1'b1} << pick;

    wire [31:0] e      = entry[pick[IW-1:0]];
    wire        host   = e[RETURN_HOST_LSB];
    assign h0 = {TYPE_CREDIT, host
        ? {tile_y, tile_x} : {e[RETURN_Y_LSB +: 4], e[RETURN_X_LSB +: 4]}, host,
                 4'd0, 1'b0, e[RETURN_CHAN_LSB +: 4], 10'd0};
    assign h1 = {16'd0, e[RETURN_PSUM_LSB]
        ? ps_limit[NDESC == 1 ? 0 : 16*e[RETURN_STREAM_LSB +: RETURN_STREAM_W] +: 16]
        : vec_limit[16*e[RETURN_STREAM_LSB +: RETURN_STREAM_W] +: 16]};

    // upper bits, when there are few entries
    wire unused = &{1'b0, pick, pick_1h, ps_desc, ps_limit};

    reg          back_q;        // as in ohm_credit
    reg [IW-1:0] back_idx_q;
    assign cfg_rdata = back_q ? entry[back_idx_q] : 32'd0;

    integer k;
    always @(posedge clk) begin
        back_q <= cfg_re && cfg_hit;
        back_idx_q <= cfg_addr[IW-1:0];
        if (rst) begin
            for (k = 0; k < NRETURN; k = k + 1) entry[k] <= 32'd0;
        end else if (cfg_we && cfg_hit) entry[cfg_addr[IW-1:0]] <= cfg_wdata & USED;
        if (rst || !enable) due_q <= {NRETURN{1'b0}};
        else if (vec_pop || ps_pop
            || take) due_q <= (take ? due_q & ~pick_1h[NRETURN-1:0] : due_q) | freed;
    end
endmodule
`default_nettype wire
