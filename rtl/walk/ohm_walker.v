// SPDX-License-Identifier: Apache-2.0
// One window walker: its registers, where its present window lies in the map, and which lines of
// the map it holds. ohm_window moves it, and has two: entry 0 reads the windows, entry 1 the
// residual (docs/explain/convolution.md).
//
//   prepared   65 cycles after enable: products of strides and pitch, one serial multiplier
//   go_row     lines [lo, hi] are wanted (all, when `over`), and the window is the first of the
//              block row
//   want_free  the oldest line held is below lo          freed    it is freed
//   want_take  not all up to hi are taken                taken    the next one is taken
//   go_dx, go_dy, go_block, go_next   the next window across, down, of the next block; the next
//                                     block row
//   go_image   the next image
//
// Throughput: a move a cycle. Latency: all outputs follow the move in the next cycle. Coordinates
// are signed; a pixel's address is a byte in its line, modulo 2^23, exact for every pixel of the
// map.
// What follows from the registers alone is kept while the tile is disabled, and combinational parts
// rest while the walker is off: a simulation of tiles that do not walk pays nothing for it.
// Registers: WINDOW, WINDOW_MAP, WINDOW_PIXEL, WINDOW_KERNEL, WINDOW_LINE0 of entry ENTRY, 0 or 1.
`default_nettype none

module ohm_walker #(
    parameter ENTRY = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        cfg_we,
    input  wire        cfg_re,
    input  wire [15:0] cfg_addr,
    input  wire [31:0] cfg_wdata,
    output reg  [31:0] cfg_rdata,

    input  wire        enable,
    input  wire        start,           // tile and walker enabled; low: nothing is held
    input  wire [9:0]  block_first,
    input  wire [9:0]  block_step,
    input  wire [4:0]  pool_h1,
    input  wire [4:0]  pool_stride,
    input  wire [4:0]  pool_across,
    output wire        prepared,

    output wire        on,
    output wire        is_signed,
    output wire [7:0]  pad,             // byte of what lies outside the map
    output wire [1:0]  stream,
    output wire [31:0] line0,
    output wire        stride_bad,
    output wire [9:0]  span1,           // lines of a block row, less 1

    input  wire        go_row,
    input  wire        over,
    input  wire        go_dx,
    input  wire        go_dy,
    input  wire        go_block,
    input  wire        go_next,
    input  wire        go_image,
    output reg         want_free,
    output reg         want_take,
    input  wire        freed,
    input  wire        taken,

    output wire [29:0] win_x,           // of the window: first pixel, its address, first line
    output wire [22:0] win_addr,
    output wire [19:0] win_y,
    output wire [3:0]  image_slot,      // low bits of the number of the image's line 0
    output wire [9:0]  lines1,
    output wire [9:0]  pixels1,
    output wire [11:0] pitch,
    output wire [7:0]  count1,
    output wire [3:0]  h1,
    output wire [3:0]  w1,
    output wire        words            // everything lies in whole words
);
    `include "ohm_map.vh"
    localparam [15:0] BASE = REG_WINDOW + ENTRY * REG_WINDOW_STRIDE;

    // registers ----------------------------------------------------------------------------------
    reg [9:0]  window_q;
    reg [7:0]  pad_q;
    reg [25:0] map_q;
    reg [31:0] pixel_q, kernel_q, line0_q;
    wire       hit = cfg_addr[15:3] == BASE[15:3];

    always @(posedge clk) begin
        if (rst) begin
            window_q <= 10'd0;
            pad_q    <= 8'd0;
            map_q    <= 26'd0;
            pixel_q  <= 32'd0;
            kernel_q <= 32'd0;
            line0_q  <= 32'd0;
        end else if (cfg_we && hit) case (cfg_addr[2:0])
            3'd0: begin
                window_q <= cfg_wdata[9:0];
                pad_q    <= cfg_wdata[WINDOW_PAD_LSB +: WINDOW_PAD_W];
            end
            3'd1: map_q <= cfg_wdata[25:0];
            3'd2: pixel_q <= cfg_wdata;
            3'd3: kernel_q <= cfg_wdata;
            3'd4: line0_q <= cfg_wdata;
            default: ;
        endcase
        cfg_rdata <= 32'd0;
        if (cfg_re && hit) case (cfg_addr[2:0])
            3'd0: cfg_rdata <= {8'd0, pad_q, 6'd0, window_q};
            3'd1: cfg_rdata <= {6'd0, map_q};
            3'd2: cfg_rdata <= pixel_q;
            3'd3: cfg_rdata <= kernel_q;
            3'd4: cfg_rdata <= line0_q;
            default: ;
        endcase
    end

    wire [11:0] first  = pixel_q[WINDOW_PIXEL_FIRST_LSB +: WINDOW_PIXEL_FIRST_W];
    wire [3:0]  stride = kernel_q[WINDOW_KERNEL_STRIDE_LSB +: WINDOW_KERNEL_STRIDE_W];
    wire [3:0]  beside = kernel_q[WINDOW_KERNEL_ACROSS_LSB +: WINDOW_KERNEL_ACROSS_W];
    wire [3:0]  across = beside == 4'd0 ? stride : beside;
    wire [7:0]  top    = kernel_q[WINDOW_KERNEL_TOP_LSB +: WINDOW_KERNEL_TOP_W];
    wire [7:0]  left   = kernel_q[WINDOW_KERNEL_LEFT_LSB +: WINDOW_KERNEL_LEFT_W];

    assign on         = window_q[WINDOW_ON_LSB];
    assign is_signed  = window_q[WINDOW_SIGNED_LSB];
    assign stream     = window_q[WINDOW_STREAM_LSB +: WINDOW_STREAM_W];
    assign line0      = line0_q;
    assign lines1     = map_q[WINDOW_MAP_LINES1_LSB +: WINDOW_MAP_LINES1_W];
    assign pixels1    = map_q[WINDOW_MAP_PIXELS1_LSB +: WINDOW_MAP_PIXELS1_W];
    assign pitch      = pixel_q[WINDOW_PIXEL_PITCH_LSB +: WINDOW_PIXEL_PITCH_W];
    assign count1     = pixel_q[WINDOW_PIXEL_COUNT1_LSB +: WINDOW_PIXEL_COUNT1_W];
    assign h1         = kernel_q[WINDOW_KERNEL_H1_LSB +: WINDOW_KERNEL_H1_W];
    assign w1         = kernel_q[WINDOW_KERNEL_W1_LSB +: WINDOW_KERNEL_W1_W];
    assign stride_bad = stride == 4'd0;
    assign pad        = pad_q;

    function [8:0] times;               // as additions: not worth a multiplier of its own
        input [4:0] a;
        input [3:0] b;
        times = (b[0] ? {4'd0, a} : 9'd0) + (b[1] ? {3'd0, a, 1'd0} : 9'd0)
              + (b[2] ? {2'd0, a, 2'd0} : 9'd0) + (b[3] ? {1'd0, a, 3'd0} : 9'd0);
    endfunction

    reg [8:0]  block_q, block_across_q; // lines and pixels from a block to the next
    reg [9:0]  span1_q;
    reg        words_q;
    always @(posedge clk)
        if (!enable) begin
            block_q        <= {4'd0, pool_stride} * {5'd0, stride};
            block_across_q <= times(pool_across, across);
            span1_q <= {5'd0, pool_h1} * {6'd0, stride} + {6'd0, h1};
            words_q <= first[1:0] == 2'd0 && pitch[1:0] == 2'd0 && count1[1:0] == 2'd3;
        end
    assign span1 = span1_q;
    assign words = words_q;

    // products, twelve bits of B in turn: acc + A * B
    // ----------------------------------------------
    //   0 addr_stride = stride across * pitch
    //   1 start_x     = LEFT + block * FIRST
    //   2 block_x     = block * STEP
    //   3 start_addr  = FIRST byte + start_x * pitch
    //   4 block_addr  = block_x * pitch
    reg [2:0]  op_q;
    reg [3:0]  bit_q;
    reg [22:0] a_q, acc_q;
    reg [11:0] b_q;
    reg [15:0] addr_stride_q;
    reg [19:0] start_x_q;
    reg [18:0] block_x_q;
    reg [22:0] start_addr_q, block_addr_q;
    reg        prepared_q;
    reg [22:0] sum;
    always @* begin
        sum = acc_q;
        if (start && b_q[0]) sum = acc_q + a_q;
    end

    always @(posedge clk)
        if (!start) begin
            op_q       <= 3'd0;
            bit_q      <= 4'd0;
            prepared_q <= 1'b0;
        end else if (!prepared_q) begin
            bit_q <= bit_q + 4'd1;
            a_q   <= {a_q[21:0], 1'b0};
            b_q   <= {1'b0, b_q[11:1]};
            acc_q <= sum;
            if (bit_q == 4'd0) begin
                a_q   <= op_q == 3'd0 ? {19'd0, across} : op_q == 3'd3
                    ? {{3{start_x_q[19]}}, start_x_q}
                       : op_q == 3'd4 ? {4'd0, block_x_q} : {14'd0, block_across_q};
                b_q   <= op_q == 3'd1 ? {2'd0, block_first} : op_q == 3'd2 ? {2'd0, block_step}
                    : pitch;
                acc_q <= op_q == 3'd1 ? {{15{left[7]}}, left} : op_q == 3'd3 ? {11'd0, first}
                    : 23'd0;
            end
            if (bit_q == 4'd12) begin
                bit_q <= 4'd0;
                op_q  <= op_q + 3'd1;
                case (op_q)
                    3'd0: addr_stride_q <= sum[15:0];
                    3'd1: start_x_q <= sum[19:0];
                    3'd2: block_x_q <= sum[18:0];
                    3'd3: start_addr_q <= sum;
                    default: begin
                        block_addr_q <= sum;
                        prepared_q   <= 1'b1;
                    end
                endcase
            end
        end
    assign prepared = prepared_q;

    // lines --------------------------------------------------------------------------------------
    reg [19:0] row_y_q;                 // first line of the block row, before it is clipped
    reg [10:0] lo_q, taken_q, freed_q;
    reg [9:0]  hi_q;
    reg [3:0]  image_slot_q;

    function [9:0] clip;                // to 0 ... last
        input [19:0] y;
        input [9:0]  last;
        clip = y[19] ? 10'd0 : y[18:0] > {9'd0, last} ? last : y[9:0];
    endfunction

    always @(posedge clk)
        if (!start) begin
            row_y_q      <= {{12{top[7]}}, top};
            taken_q      <= 11'd0;
            freed_q      <= 11'd0;
            image_slot_q <= line0_q[3:0];
        end else begin
            if (go_row) begin
                lo_q <= over ? {1'b0, lines1} + 11'd1 : {1'b0, clip(row_y_q, lines1)};
                hi_q <= over ? lines1 : clip(row_y_q + {10'd0, span1_q}, lines1);
            end
            if (go_next) row_y_q <= row_y_q + {11'd0, block_q};
            if (taken) taken_q <= taken_q + 11'd1;
            if (freed) freed_q <= freed_q + 11'd1;
            if (go_image) begin
                row_y_q      <= {{12{top[7]}}, top};
                taken_q      <= 11'd0;
                freed_q      <= 11'd0;
                image_slot_q <= image_slot_q + lines1[3:0] + 4'd1;
            end
        end
    always @* begin
        want_free = 1'b0;
        want_take = 1'b0;
        if (start) begin
            want_free = freed_q < lo_q && freed_q < taken_q;
            want_take = taken_q <= {1'b0, hi_q};
        end
    end
    assign image_slot = image_slot_q;

    // windows: of the block the first one in a row of windows, and the present one ----------------
    reg [29:0] block_pos_q, x_q;
    reg [22:0] block_at_q, addr_q;
    reg [19:0] y_q;

    always @(posedge clk) begin
        if (go_dx) begin
            x_q    <= x_q + {26'd0, across};
            addr_q <= addr_q + {7'd0, addr_stride_q};
        end
        if (go_dy) begin
            x_q    <= block_pos_q;
            addr_q <= block_at_q;
            y_q    <= y_q + {16'd0, stride};
        end
        if (go_block) begin
            block_pos_q <= block_pos_q + {11'd0, block_x_q};
            block_at_q  <= block_at_q + block_addr_q;
            x_q         <= block_pos_q + {11'd0, block_x_q};
            addr_q      <= block_at_q + block_addr_q;
            y_q         <= row_y_q;
        end
        if (go_row) begin
            block_pos_q <= {{10{start_x_q[19]}}, start_x_q};
            block_at_q  <= start_addr_q;
            x_q         <= {{10{start_x_q[19]}}, start_x_q};
            addr_q      <= start_addr_q;
            y_q         <= row_y_q;
        end
    end
    assign win_x    = x_q;
    assign win_addr = addr_q;
    assign win_y    = y_q;
endmodule

`default_nettype wire
