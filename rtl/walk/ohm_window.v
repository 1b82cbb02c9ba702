// SPDX-License-Identifier: Apache-2.0
// Window walker: stands between the input buffer and the core, takes the lines of maps from the one
// and gives the core windows of them as vectors (docs/explain/convolution.md). With walker 0 off it
// is a wire.
//
// Two buffers: a window is assembled while the core reads or computes an older one; the residual
// bytes of the same vector follow into a queue of RES_SLOTS vectors, from where ohm_post reads
// them.
//
//   ROW     1 cycle   which lines the block row needs
//   LINES   1 + one for each line taken or freed + waiting for lines to come
//   WAIT    1 + waiting for a free buffer (and room in the queue)
//   FILL    one byte a cycle, one word where FIRST, COUNT and PITCH are multiples of 4
//   TURN    1 cycle   walker 1 is on: the residual is next, FILL again
//   STEP    1 cycle   the vector is whole; vec_valid from the next cycle on
//
// LINES does the first that is possible: free a line of walker 0, of walker 1, take a line of
// walker 0, of walker 1. A vector takes 2 cycles and its bytes (words), 3 and its bytes with a
// residual; a poison one WAIT and STEP alone. After the last vector of a block row comes ROW; after
// an image's last block row ROW and LINES once more for the lines that are left, then ROW of the
// next image. Enabled in cycle 0, the first ROW is cycle 1 + max(65, 2^(w+1), first cycle of
// `run`), w = log2 of ROWS/4, rounded up.
// Throughput: a window of n bytes every n + 2 cycles. Read ports answer one cycle after the
// address. Registers: those of ohm_walker, BLOCK_MAP, BLOCK_STEP, RSCALE. Parameters: as
// docs/reference/configurations.md; ACC_BANKS sets RES_SLOTS.
`default_nettype none

module ohm_window #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter NSTREAM = 4,
    parameter ACC_BANKS = 4
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         cfg_we,
    input  wire         cfg_re,
    input  wire [15:0]  cfg_addr,
    input  wire [31:0]  cfg_wdata,
    output wire [31:0]  cfg_rdata,

    input  wire         enable,
    input  wire         run,            // the descriptor is accepted
    input  wire [31:0]  seq_base,
    input  wire [1:0]   desc_stream,
    input  wire [1:0]   desc_mode,
    input  wire [7:0]   rows1,
    input  wire [7:0]   outs1,
    input  wire [4:0]   pool_h1,
    input  wire [4:0]   pool_w1,
    input  wire [4:0]   pool_stride,
    input  wire [4:0]   pool_across,
    input  wire         pool_lines,     // a row of windows at a time
    output wire         any,            // a walker is on
    output wire         on,             // walker 0
    // registers are not to be used together; kept while disabled
    output reg          bad,
    output wire         busy,

    // input buffer
    output reg  [127:0] first_seq,      // while disabled
    input  wire [3:0]   line_valid,
    input  wire [3:0]   line_poison,
    output wire [1:0]   stream,
    input  wire [31:0]  line_seq,
    input  wire [11:0]  line_words,
    output wire [3:0]   rd_slot,
    output wire [11:0]  rd_word,
    input  wire [31:0]  rd_data,
    output wire         take,
    output wire         pop,
    input  wire [15:0]  slots1,

    // vectors for the core
    output wire         vec_valid,
    output wire         vec_poison,
    output wire [31:0]  vec_seq,
    input  wire [5:0]   vec_raddr,
    output wire [31:0]  vec_rdata,
    input  wire         vec_pop,

    // residual for the post-process: of the oldest vector there
    output wire         rsd_on,
    output wire         rsd_signed,
    output reg  [31:0]  rscale,
    input  wire         rsd_re,
    input  wire [7:0]   rsd_raddr,
    output wire [7:0]   rsd_rdata,
    input  wire         rsd_pop
);
    `include "ohm_map.vh"
    localparam WA = ROWS > 8 ? $clog2(ROWS) - 2 : 1;    // words of a window
    localparam OA = COLS > 8 ? $clog2(COLS) - 2 : 1;    // words of a residual
    localparam RES_SLOTS = ACC_BANKS > 4 ? 16 : 8;
    localparam RA = $clog2(RES_SLOTS);
    localparam [RA:0] RES_ALL = RES_SLOTS[RA:0];

    // registers ----------------------------------------------------------------------------------
    reg [25:0] block_map_q, block_step_q;
    reg [31:0] rdata_q;
    always @(posedge clk) begin
        if (rst) begin
            block_map_q  <= 26'd0;
            block_step_q <= 26'd0;
            rscale       <= 32'd0;
        end else if (cfg_we) case (cfg_addr)
            REG_BLOCK_MAP: block_map_q <= cfg_wdata[25:0];
            REG_BLOCK_STEP: block_step_q <= cfg_wdata[25:0];
            REG_RSCALE: rscale <= cfg_wdata;
            default: ;
        endcase
        rdata_q <= 32'd0;
        if (cfg_re) case (cfg_addr)
            REG_BLOCK_MAP: rdata_q <= {6'd0, block_map_q};
            REG_BLOCK_STEP: rdata_q <= {6'd0, block_step_q};
            REG_RSCALE: rdata_q <= rscale;
            default: ;
        endcase
    end
    wire [9:0] block_rows1 = block_map_q[BLOCK_MAP_ROWS1_LSB +: BLOCK_MAP_ROWS1_W];
    wire [9:0] block_cols1 = block_map_q[BLOCK_MAP_COLS1_LSB +: BLOCK_MAP_COLS1_W];

    // walkers ------------------------------------------------------------------------------------
    wire        go_row, over, go_dx, go_dy, go_block, go_next, go_image;
    wire        on0, on1, prepared0, prepared1, free0, free1, take0, take1;
    reg         did_free0, did_free1, did_take0, did_take1;
    wire        signed0, stride_bad0, stride_bad1, words0, words1;
    wire [1:0]  own_stream, stream1;
    wire [31:0] line0_0, line0_1, rd_walker0, rd_walker1;
    wire [29:0] x0, x1;
    wire [22:0] at0, at1;
    wire [19:0] y0, y1;
    wire [11:0] pitch0, pitch1;
    wire [9:0]  span0, span1, lines0, lines1, pixels0, pixels1;
    wire [7:0]  count0, count1, pad0, pad1;
    wire [3:0]  slot0, slot1, h0, h1, w0, w1;
    wire        residual = on0 && on1;

    ohm_walker #(.ENTRY(0)) u_walker0 (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_walker0), .enable(enable), .start(enable && on0), .prepared(prepared0),
        .block_first(block_step_q[BLOCK_STEP_FIRST_LSB +: BLOCK_STEP_FIRST_W]),
        .block_step(block_step_q[BLOCK_STEP_STEP_LSB +: BLOCK_STEP_STEP_W]), .pool_h1(pool_h1),
        .pool_stride(pool_stride), .pool_across(pool_across),
        .on(on0), .is_signed(signed0), .pad(pad0), .stream(own_stream), .line0(line0_0),
        .stride_bad(stride_bad0), .span1(span0),
        .go_row(go_row), .over(over), .go_dx(go_dx), .go_dy(go_dy), .go_block(go_block),
        .go_next(go_next),
        .go_image(go_image), .want_free(free0), .want_take(take0), .freed(did_free0),
        .taken(did_take0),
        .win_x(x0), .win_addr(at0), .win_y(y0), .image_slot(slot0), .lines1(lines0),
        .pixels1(pixels0), .pitch(pitch0),
        .count1(count0), .h1(h0), .w1(w0), .words(words0)
    );
    ohm_walker #(.ENTRY(1)) u_walker1 (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_walker1), .enable(enable), .start(enable && residual), .prepared(prepared1),
        .block_first(block_step_q[BLOCK_STEP_FIRST_LSB +: BLOCK_STEP_FIRST_W]),
        .block_step(block_step_q[BLOCK_STEP_STEP_LSB +: BLOCK_STEP_STEP_W]), .pool_h1(pool_h1),
        .pool_stride(pool_stride), .pool_across(pool_across),
        .on(on1), .is_signed(rsd_signed), .pad(pad1), .stream(stream1), .line0(line0_1),
        .stride_bad(stride_bad1), .span1(span1),
        .go_row(go_row), .over(over), .go_dx(go_dx), .go_dy(go_dy), .go_block(go_block),
        .go_next(go_next),
        .go_image(go_image), .want_free(free1), .want_take(take1), .freed(did_free1),
        .taken(did_take1),
        .win_x(x1), .win_addr(at1), .win_y(y1), .image_slot(slot1), .lines1(lines1),
        .pixels1(pixels1), .pitch(pitch1),
        .count1(count1), .h1(h1), .w1(w1), .words(words1)
    );
    assign cfg_rdata = rdata_q | rd_walker0 | rd_walker1;
    assign on = on0;
    assign any = on0 || on1;

    // walker 0 reads the descriptor's stream
    always @(posedge clk)
        if (!enable)
            bad <= (on1 && !on0)
                || (on0 && (stride_bad0 || pool_stride == 5'd0
                    || (pool_lines && block_cols1 != 10'd0)
                    || {1'b0, desc_stream} >= NSTREAM[2:0]
                            || span0 > {6'd0, slots1[4*desc_stream +: 4]}))
                || (residual && (desc_mode == DESC_MODE_PSUM || count1 != outs1
                                 || stride_bad1 || stream1 == desc_stream
                                 || {1'b0, stream1} >= NSTREAM[2:0]
                                     || span1 > {6'd0, slots1[4*stream1 +: 4]}));

    integer i;
    always @* begin
        first_seq = 128'd0;
        i = 0;                          // the index must not infer a latch
        if (!enable)
            for (i = 0; i < 4; i = i + 1)
                first_seq[32*i +: 32] = on0 && desc_stream == i[1:0] ? line0_0 : residual
                    && stream1 == i[1:0] ? line0_1 : seq_base;
    end

    // the walk -----------------------------------------------------------------------------------
    localparam [2:0] ST_OFF   = 3'd0,   // walker 0 off, or nothing may start yet
                     ST_ROW   = 3'd1,
                     ST_LINES = 3'd2,
                     ST_WAIT  = 3'd3,
                     ST_FILL  = 3'd4,
                     ST_TURN  = 3'd5,
                     ST_STEP  = 3'd6;
    reg [2:0]  state_q;
    reg [10:0] by_q;
    reg [9:0]  j_q;
    reg [4:0]  dx_q, dy_q;
    reg        spoilt_q;                // a line of this image is poison
    reg        fill_q, give_q;          // buffer being filled, buffer the core reads
    reg [1:0]  full_q, poison_q;
    reg [31:0] seq_q;
    reg [RA:0]   held_q;                // vectors in the residual's queue
    reg [RA-1:0] put_q, get_q;
    reg [WA+1:0] clear_q;               // the buffers hold 0 past the window: cleared at enable
    wire       clearing = !clear_q[WA+1];

    assign over = by_q > {1'b0, block_rows1};
    reg settled;
    always @* begin
        did_free0 = 1'b0;
        did_free1 = 1'b0;
        did_take0 = 1'b0;
        did_take1 = 1'b0;
        settled   = 1'b0;
        if (state_q == ST_LINES) begin
            if (free0) did_free0 = 1'b1;
            else if (free1) did_free1 = 1'b1;
            else if (take0 && line_valid[desc_stream]) did_take0 = 1'b1;
            else if (take1 && line_valid[stream1]) did_take1 = 1'b1;
            settled = !(free0 || free1 || take0 || take1);
        end
    end

    wire step     = state_q == ST_STEP;
    wire last_dx  = dx_q == pool_w1;
    wire last_dy  = dy_q == pool_h1;
    wire last_j   = j_q == block_cols1;
    assign go_row   = state_q == ST_ROW;
    assign go_image = settled && over;
    assign go_dx    = step && !last_dx;
    assign go_dy    = step && last_dx && !last_dy;
    assign go_block = step && last_dx && last_dy && !last_j;
    assign go_next  = step && last_dx && last_dy && last_j;

    wire room = !full_q[fill_q] && (!residual || held_q != RES_ALL);
    reg  second_q;                      // the residual is being assembled
    reg  fill_end;

    always @(posedge clk) begin
        if (on0) case (state_q)
            ST_OFF: if (run && prepared0 && (prepared1 || !on1) && !clearing) state_q <= ST_ROW;
            ST_ROW: state_q <= ST_LINES;
            ST_LINES: begin
                if (did_take0 && line_poison[desc_stream]) spoilt_q <= 1'b1;
                if (did_take1 && line_poison[stream1]) spoilt_q <= 1'b1;
                if (settled) state_q <= over ? ST_ROW : ST_WAIT;
                if (go_image) begin
                    by_q     <= 11'd0;
                    spoilt_q <= 1'b0;
                end
            end
            ST_WAIT: if (room) state_q <= spoilt_q ? ST_STEP : ST_FILL;
            ST_FILL: if (fill_end) state_q <= residual && !second_q ? ST_TURN : ST_STEP;
            ST_TURN: state_q <= ST_FILL;
            default: begin
                fill_q           <= !fill_q;
                full_q[fill_q]   <= 1'b1;
                poison_q[fill_q] <= spoilt_q;
                dx_q <= last_dx ? 5'd0 : dx_q + 5'd1;
                if (last_dx) dy_q <= last_dy ? 5'd0 : dy_q + 5'd1;
                if (last_dx && last_dy) j_q <= last_j ? 10'd0 : j_q + 10'd1;
                if (go_next) by_q <= by_q + 11'd1;
                state_q <= go_next ? ST_ROW : ST_WAIT;
                put_q   <= put_q + 1'b1;
            end
        endcase
        if (on0 && vec_pop) begin
            full_q[give_q] <= 1'b0;
            give_q         <= !give_q;
            seq_q          <= seq_q + 32'd1;
        end
        if (residual && step != rsd_pop) held_q <= step ? held_q + 1'b1 : held_q - 1'b1;
        if (rsd_pop) get_q <= get_q + 1'b1;
        if (clearing) clear_q <= clear_q + 1'b1;
        if (rst || !enable) begin
            state_q  <= ST_OFF;
            by_q     <= 11'd0;
            j_q      <= 10'd0;
            dx_q     <= 5'd0;
            dy_q     <= 5'd0;
            spoilt_q <= 1'b0;
            fill_q   <= 1'b0;
            give_q   <= 1'b0;
            full_q   <= 2'd0;
            seq_q    <= seq_base;
            held_q   <= {RA+1{1'b0}};
            put_q    <= {RA{1'b0}};
            get_q    <= {RA{1'b0}};
            clear_q  <= {WA+2{1'b0}};
        end
    end

    // assembly: which byte is asked for
    // ------------------------------------------------------------
    reg [29:0] x_q;
    reg [22:0] pixel_at_q, at_q;
    reg [19:0] y_q;
    reg [3:0]  kx_q, ky_q;
    reg [7:0]  c_q, n_q;                // byte of the pixel, of the vector

    reg        words, last_c, last_x, in_map;
    reg [7:0]  step_c;
    reg [22:0] next_pixel;
    always @* begin
        words      = 1'b0;
        last_c     = 1'b0;
        last_x     = 1'b0;
        in_map     = 1'b0;
        step_c     = 8'd1;
        next_pixel = pixel_at_q;
        fill_end   = 1'b0;
        if (state_q == ST_FILL) begin
            words      = second_q ? words1 : words0;
            step_c     = words ? 8'd4 : 8'd1;
            last_c     = (words ? c_q | 8'd3 : c_q) == (second_q ? count1 : count0);
            last_x     = kx_q == (second_q ? w1 : w0);
            next_pixel = pixel_at_q + {11'd0, second_q ? pitch1 : pitch0};
            fill_end   = (words ? n_q | 8'd3 : n_q) >= (second_q ? outs1 : rows1)
                       || (last_c && last_x && ky_q == (second_q ? h1 : h0));
            // negative coordinates are large ones
            in_map     = x_q <= {20'd0, second_q ? pixels1 : pixels0}
                && y_q <= {10'd0, second_q ? lines1 : lines0}
                       && at_q[22:2] < {9'd0, line_words};
        end
    end

    always @(posedge clk) begin
        if (state_q == ST_WAIT || state_q == ST_TURN) begin
            second_q   <= state_q == ST_TURN;
            x_q        <= state_q == ST_TURN ? x1 : x0;
            y_q        <= state_q == ST_TURN ? y1 : y0;
            pixel_at_q <= state_q == ST_TURN ? at1 : at0;
            at_q       <= state_q == ST_TURN ? at1 : at0;
            kx_q       <= 4'd0;
            ky_q       <= 4'd0;
            c_q        <= 8'd0;
            n_q        <= 8'd0;
        end else if (state_q == ST_FILL) begin
            n_q  <= n_q + step_c;
            c_q  <= last_c ? 8'd0 : c_q + step_c;
            at_q <= at_q + {15'd0, step_c};
            if (last_c) begin
                kx_q       <= last_x ? 4'd0 : kx_q + 4'd1;
                x_q        <= last_x ? (second_q ? x1 : x0) : x_q + 30'd1;
                pixel_at_q <= last_x ? (second_q ? at1 : at0) : next_pixel;
                at_q       <= last_x ? (second_q ? at1 : at0) : next_pixel;
                if (last_x) begin
                    ky_q <= ky_q + 4'd1;
                    y_q  <= y_q + 20'd1;
                end
            end
        end
    end

    wire of_1 = state_q == ST_LINES ? did_free1 || did_take1 : second_q;
    assign stream  = residual && of_1 ? stream1 : desc_stream;
    assign rd_slot = !on0 ? line_seq[3:0] : (second_q ? slot1 : slot0) + y_q[3:0];
    assign rd_word = !on0 ? {6'd0, vec_raddr} : at_q[13:2];
    assign take    = on0 ? did_take0 || did_take1 : vec_pop;
    assign pop     = on0 ? did_free0 || did_free1 : vec_pop;

    // assembly: where the answer goes
    // --------------------------------------------------------------
    reg        put_word_q, whole_q, zero_q, to_queue_q;
    reg [1:0]  from_q;
    reg [7:0]  to_q;

    always @(posedge clk) begin
        put_word_q <= state_q == ST_FILL && enable;
        if (state_q == ST_FILL) begin
            whole_q    <= words;
            zero_q     <= !in_map;
            to_queue_q <= second_q;
            from_q     <= at_q[1:0];
            to_q       <= n_q;
        end
    end

    reg [3:0]  lanes;
    reg [31:0] data;
    always @* begin
        lanes = 4'd0;
        data  = 32'd0;
        if (put_word_q) begin
            lanes = whole_q ? 4'hF : 4'd1 << to_q[1:0];
            if (!zero_q) data = whole_q ? rd_data : {4{rd_data[8*from_q +: 8]}};
            else if (!to_queue_q) data = {4{pad0}};
        end
    end
    wire [31:0] win_rdata, rsd_word;
    wire        clear = clearing && on0;
    ohm_byte_ram #(.DEPTH(2 << WA)) u_windows (
        .clk(clk), .we(clear ? 4'hF : to_queue_q ? 4'd0 : lanes),
        .waddr(clear ? clear_q[WA:0] : {fill_q, to_q[WA+1:2]}), .wdata(data),
        .re(on0), .raddr({give_q, vec_raddr[WA-1:0]}), .rdata(win_rdata)
    );
    ohm_byte_ram #(.DEPTH(RES_SLOTS << OA)) u_residual (
        .clk(clk), .we(to_queue_q ? lanes : 4'd0), .waddr({put_q, to_q[OA+1:2]}), .wdata(data),
        .re(rsd_re && residual), .raddr({get_q, rsd_raddr[OA+1:2]}), .rdata(rsd_word)
    );

    reg [1:0] rsd_lane_q;
    always @(posedge clk) if (rsd_re && residual) rsd_lane_q <= rsd_raddr[1:0];
    assign rsd_on    = residual;
    assign rsd_rdata = rsd_word[8*rsd_lane_q +: 8];

    // towards the core
    // -----------------------------------------------------------------------------
    assign vec_valid  = on0 ? full_q[give_q] : line_valid[desc_stream];
    assign vec_poison = on0 ? poison_q[give_q] : line_poison[desc_stream];
    assign vec_seq    = on0 ? seq_q : line_seq;
    assign vec_rdata  = on0 ? win_rdata : rd_data;
    assign busy       = full_q != 2'd0 || (state_q != ST_OFF && state_q != ST_ROW
        && state_q != ST_LINES);

    // the descriptor has walker 0's stream; a residual is signed or not, windows are DESC.SIGNED;
    // what small macros do not need
    wire unused = &{1'b0, signed0, own_stream, pad1, to_q, vec_raddr, rsd_raddr};
endmodule

`default_nettype wire
