// SPDX-License-Identifier: Apache-2.0
// The descriptor: its registers (DESC, DESC_SIZE, SLICE, SLICE_RAMP, SLICE_EXT) and its check when
// the tile is enabled.
//
//   enable    ___/~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\____
//   init      ____/~~~~~~~~~~~~~\_______________________   init_idx 0, 1 ... WALK-1
//   init_end  __________________/~~\____________________   last cycle before run
//   run       _____________________/~~~~~~~~~~~~~~~\____   or bad_desc, one cycle ev_bad_desc
//
// WALK = max(PREPARE, NSLICE) cycles: slice entry and column map word init_idx are checked, and
// other blocks use the same walk to prepare (accumulators cleared, used columns marked). From
// `enable` to `run`: WALK + 3 cycles, one more for each slice word (RAMS 1: register) that is read
// back during the walk. `run` falls one cycle after `enable` and resets the rest of the core. When
// several things are wrong the lowest detail code is reported. Slice port: the table is a RAM;
// sl_idx selects an entry, its fields answer one cycle later, while sl_ok is 1 (0: a read-back took
// the port). Registers should only be written while the tile is disabled. Read-back: one cycle, 0
// elsewhere. RAMS = 1: both words of an entry are in one RAM and read in turn: the walk takes two
// cycles an entry, and sl_ok is 1 every other cycle, two after sl_idx at most.
// NDESC > 1: each descriptor of ORDER is walked and judged in turn, lowest first: WALK + 2 cycles
// each. The fields are those of the descriptor whose number is asked with: load_desc (stream,
// signed_in, turned, rows1), slice_desc (slice table, cols1, sl_back), post_desc (the others);
// before `run` of the one that is walked.
// Legal: ROWS, COLS 4-256; CODE_W 4-11; NSLICE 1-16; NSTREAM 1-4; PSUM, MODES, TRANSPOSE 0, 1;
// LINK_W 0-256; NDESC 1-4, with LINK_W or RAMS 1 one.
`default_nettype none

module ohm_desc #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter NSLICE = 16,
    parameter NSTREAM = 4,
    parameter PSUM = 1,             // 0: the tile takes no partial sums
    parameter MODES = 1,
    parameter ADC = 0,
    parameter CODES = 0,            // of a converter, from START to STOP at most; 0: any
    parameter LINK_W = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter RAMS = 2,             // that hold the two words of slice entries
    parameter PREPARE = COLS        // entries that others prepare during the walk, COLS to 256
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              cfg_we,
    input  wire              cfg_re,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    output wire [31:0]       cfg_rdata,
    input  wire              enable,
    output wire              init,
    output wire [7:0]        init_idx,
    output wire              init_end,
    input  wire [1:0]        load_desc,
    input  wire [1:0]        slice_desc,
    input  wire [1:0]        post_desc,
    output wire [1:0]        walk_desc,     // the one that is walked
    output wire [3:0]        order_mask,
    output wire [3:0]        order_lag,
    output wire [1:0]        order_first,
    input  wire              walk_asked,    // a walker, or ARGMAX
    input  wire              map_bad,       // column map word of last cycle's init_idx is illegal
    input  wire              walk,          // windows make the vectors
    input  wire [1:0]        link_near,     // tiles at the links' other ends, {west, east}
    input  wire              link_bad,      // registers of the links
    input  wire              map_shared,    // more than one column an output, or a shift
    input  wire              map_turned,    // a shift, or a reference column
    input  wire              window_bad,    // registers of walker, pooling or residual
    input  wire              calib_bad,     // registers of the calibration
    output wire              run,
    output wire              bad_desc,
    output wire              ev_bad_desc,
    output wire [31:0]       ev_detail,
    output wire [1:0]        mode,
    output wire              psum,
    output wire              signed_in,
    output wire              relu,
    output wire              osigned,
    output wire [1:0]        stream,
    output wire              turned,        // DESC.TRANSPOSE
    output wire [5:0]        shift,
    output wire [1:0]        func,
    output wire              link_in,
    output wire              link_out,
    output wire              calib,
    output wire              mul_used,      // some slice in use has MUL
    output wire              by_table,      // the slice has TABLE
    output wire [3:0]        slice_last,    // index of the last slice entry in use
    output wire [7:0]        rows1,
    output wire [7:0]        cols1,
    output wire [7:0]        outs1,
    input  wire [3:0]        sl_idx,
    output wire              sl_ok,
    output wire [3:0]        sl_lo,
    output wire [3:0]        sl_w,
    output wire [1:0]        sl_in,
    output wire [1:0]        sl_dev,
    output wire              sl_neg,
    output wire              sl_mul,
    output wire              sl_part,
    output wire              sl_count,
    output wire [7:0]        sl_row_first,
    output wire [7:0]        sl_row_last,
    output wire              sl_back,       // DESC.TRANSPOSE
    output wire [24:0]       sl_lsb,        // DESC_LSB; 0: MACRO_LSB
    output wire [3:0]        sl_rs,
    output wire [CODE_W-1:0] sl_start,
    output wire [CODE_W-1:0] sl_stop
);
    `include "ohm_map.vh"

    localparam WALK = PREPARE > NSLICE ? PREPARE : NSLICE;
    localparam [8:0] LAST = WALK[8:0] - 9'd1;
    localparam SLICES = NSLICE > 1 ? NSLICE : 2;
    localparam SIDX_W = $clog2(SLICES);
    localparam signed [15:0] CODE_LIMIT = 16'sd1 << (CODE_W - 1);
    localparam signed [31:0] ALL_CODES = CODES;
    localparam signed [16:0] SPAN = ALL_CODES[16:0];
    localparam [31:0] LSB_MAX = 32'd1 << 24;
    localparam LAST_FAULT = NDESC > 1 ? BAD_DESC_TRANSPOSE : BAD_DESC_LINK_ROWS;
    localparam DESC_BITS = TRANSPOSE != 0 ? 30 : 29;
    localparam DESC_W = NDESC > 2 ? 2 : NDESC > 1 ? 1 : 0;

    localparam [2:0] ST_OFF     = 3'd0;  // disabled
    localparam [2:0] ST_WALK    = 3'd1;  // others check and prepare entry init_idx
    localparam [2:0] ST_DRAIN   = 3'd2;  // answer to the last column map read
    localparam [2:0] ST_JUDGE   = 3'd3;  // all faults known
    localparam [2:0] ST_RUN     = 3'd4;
    localparam [2:0] ST_REFUSED = 3'd5;  // idle until disabled

    reg [2:0] state_q;
    reg [8:0] idx_q;
    wire      anew = state_q == ST_OFF || (NDESC > 1 && state_q == ST_JUDGE);
    localparam ENTRY_W = 4 + DESC_W;
    wire [5:0] walked = {walk_desc, idx_q[3:0]};    // entry of the tables of what was written

    // registers ----------------------------------------------------------------------------------
    // of each descriptor, 0 where there is none
    reg [DESC_BITS*NDESC-1:0] descs_q;
    reg [30*NDESC-1:0] sizes_q;
    reg [16*NDESC-1:0] sl_there_q, rp_there_q;  // entries that were written: first, second word
    // MACRO_LSB or DESC_LSB, which the macro keeps, is illegal or was never written
    reg [NDESC-1:0]    lsb_bad_q;

    // NSLICE may be less than the map's 16 entries; the rest ignore writes and read as 0.
    wire       at_slices = cfg_addr[15:8] == REG_SLICE[15:8]
        && {1'b0, cfg_addr[7:6]} < NDESC[2:0];
    wire       at_slice = at_slices && !cfg_addr[5] && {1'b0, cfg_addr[4:1]} < NSLICE[4:0];
    wire [SIDX_W-1:0] cfg_slice = cfg_addr[SIDX_W:1];
    wire [4:0] lsb_bads = {{5-NDESC{1'b0}}, lsb_bad_q};
    wire       lsb_bad = cfg_wdata == 32'd0 || cfg_wdata > LSB_MAX;

    genvar d;
    generate for (d = 0; d < NDESC; d = d + 1) begin : g_registers
        wire own = cfg_addr[7:6] == d;          // in the slice tables
        always @(posedge clk) begin
            if (rst) begin
                descs_q[DESC_BITS*d +: DESC_BITS] <= {DESC_BITS{1'b0}};
                sizes_q[30*d +: 30] <= 30'd0;
                sl_there_q[16*d +: 16] <= 16'd0;
                rp_there_q[16*d +: 16] <= 16'd0;
                lsb_bad_q[d] <= 1'b1;
            end else if (cfg_we) begin
                if (cfg_addr == REG_DESC + d * REG_DESC_DESC)
                    descs_q[DESC_BITS*d +: DESC_BITS] <= cfg_wdata[DESC_BITS-1:0]
                        & DESC_MASK[DESC_BITS-1:0];
                if (cfg_addr == REG_DESC_SIZE + d * REG_DESC_SIZE_DESC)
                    sizes_q[30*d +: 30] <= cfg_wdata[29:0];
                if (cfg_addr == (d == 0 ? REG_MACRO_LSB : REG_DESC_LSB + d * REG_DESC_LSB_DESC))
                    lsb_bad_q[d] <= lsb_bad;
                if (at_slice && own && !cfg_addr[0]) sl_there_q[16*d + {28'd0, cfg_addr[4:1]}] <= 1'b1;
                if (at_slice && own && cfg_addr[0]) rp_there_q[16*d + {28'd0, cfg_addr[4:1]}] <= 1'b1;
            end
        end
    end endgenerate

    // Which descriptors are in use, and which of them is walked.
    wire       alone, order_bad, more;          // descriptor 0 alone; another one is to be walked
    wire [1:0] order_next;
    reg  [1:0] at_q;
    wire [31:0] order_rdata;
    generate
        if (NDESC > 1) begin : g_order
            reg  [7:0] order_q;                 // LAG, MASK
            reg        back_q;
            wire [3:0] mask = order_q[3:0] == 4'd0 ? 4'd1 : order_q[3:0];
            wire [3:0] above = mask & (4'b1110 << at_q);
            always @(posedge clk) begin
                if (rst) order_q <= 8'd0;
                else if (cfg_we && cfg_addr == REG_ORDER) order_q <= {
                    cfg_wdata[ORDER_LAG_LSB +: ORDER_LAG_W],
                    cfg_wdata[ORDER_MASK_LSB +: ORDER_MASK_W]};
                back_q <= cfg_re && cfg_addr == REG_ORDER;
            end
            // descriptor 0's is the macro's own
            reg [24:0] lsb_q [1:3];
            genvar k;
            for (k = 1; k < 4; k = k + 1) begin : g_lsb
                always @(posedge clk)
                    if (cfg_we && cfg_addr == REG_DESC_LSB + k * REG_DESC_LSB_DESC)
                        lsb_q[k] <= cfg_wdata[24:0];
            end
            assign sl_lsb = of_slice == 2'd0 ? 25'd0 : lsb_q[of_slice];
            assign order_rdata = back_q ? {20'd0, order_q[7:4], 4'd0, order_q[3:0]} : 32'd0;
            assign {order_mask, order_lag} = {mask, order_q[7:4]};
            assign order_first = mask[0] ? 2'd0 : mask[1] ? 2'd1 : mask[2] ? 2'd2 : 2'd3;
            assign order_next = above[1] ? 2'd1 : above[2] ? 2'd2 : 2'd3;
            assign more = above != 4'd0;
            assign alone = mask == 4'd1;
            assign order_bad = order_q[7:4] == 4'd15 || (NDESC < 4 && mask >> NDESC != 4'd0);
        end else begin : g_one_order
            assign {order_mask, order_lag, order_first, order_next} = {4'd1, 8'd0};
            assign {alone, order_bad, more} = 3'b100;
            assign order_rdata = 32'd0;
            assign sl_lsb = 25'd0;
        end
    endgenerate
    assign walk_desc = NDESC > 1 ? at_q : 2'd0;

    // The descriptors that the fields are of, and their registers.
    wire [1:0] of_load = NDESC > 1 ? run ? load_desc : at_q : 2'd0;
    wire [1:0] of_slice = NDESC > 1 ? run ? slice_desc : at_q : 2'd0;
    wire [1:0] of_post = NDESC > 1 ? run ? post_desc : at_q : 2'd0;
    wire [DESC_BITS-1:0] desc_q, load_q, table_desc_q;
    wire [29:0] size_q, load_size_q, table_size_q;
    generate
        if (NDESC > 1) begin : g_several
            // room for numbers that no descriptor has
            wire [5*DESC_BITS-1:0] all = {{(5-NDESC)*DESC_BITS{1'b0}}, descs_q};
            wire [149:0] sizes = {{(5-NDESC)*30{1'b0}}, sizes_q};
            wire unused_all = &{1'b0, all, sizes};
            assign desc_q = all[DESC_BITS*of_post +: DESC_BITS];
            assign load_q = all[DESC_BITS*of_load +: DESC_BITS];
            assign table_desc_q = all[DESC_BITS*of_slice +: DESC_BITS];
            assign size_q = sizes[30*of_post +: 30];
            assign load_size_q = sizes[30*of_load +: 30];
            assign table_size_q = sizes[30*of_slice +: 30];
        end else begin : g_single
            assign {desc_q, load_q, table_desc_q} = {3{descs_q}};
            assign {size_q, load_size_q, table_size_q} = {3{sizes_q}};
        end
    endgenerate

    // The slice table: one read port, the walk's and then the controller's unless a word is read
    // back.
    wire              at_ext = MODES != 0 && at_slices && cfg_addr[5:4] == 2'b10
        && {1'b0, cfg_addr[3:0]} < NSLICE[4:0];
    // RAMS 1: any read, known sooner
    wire              back = cfg_re && (RAMS == 1 || at_slice || at_ext);
    // the entry's second word is read; with two RAMs both words, always
    wire              turn;
    assign            init = state_q == ST_WALK && !back && turn;
    wire [SIDX_W-1:0] rd_idx = back ? (at_ext
        ? cfg_addr[SIDX_W-1:0] : cfg_slice) : state_q == ST_WALK
        ? idx_q[SIDX_W-1:0] : sl_idx[SIDX_W-1:0];
    // with several descriptors, the number of the table stands above the entry's
    wire [SIDX_W+1:0] cfg_place = {cfg_addr[7:6], cfg_slice};
    wire [SIDX_W+1:0] ext_place = {cfg_addr[7:6], cfg_addr[SIDX_W-1:0]};
    wire [SIDX_W+1:0] rd_place = {back ? cfg_addr[7:6] : of_slice, rd_idx};
    localparam PLACE_W = SIDX_W + DESC_W;
    localparam PLACES = NDESC > 1 ? NDESC << SIDX_W : SLICES;
    wire [20:0]       sl;
    wire [31:0]       rp, rd_first, rd_second;  // an entry's words; what is read back
    wire              both;                 // they are of one entry
    generate
        if (RAMS == 2) begin : g_two
            ohm_ram #(.DEPTH(PLACES), .WIDTH(21)) u_slice (
                .clk(clk), .we(cfg_we && at_slice && !cfg_addr[0]),
                .waddr(cfg_place[PLACE_W-1:0]), .wdata(cfg_wdata[20:0]),
                .re(1'b1), .raddr(rd_place[PLACE_W-1:0]), .rdata(sl)
            );
            ohm_ram #(.DEPTH(PLACES), .WIDTH(32)) u_ramp (
                .clk(clk), .we(cfg_we && at_slice && cfg_addr[0]),
                .waddr(cfg_place[PLACE_W-1:0]), .wdata(cfg_wdata),
                .re(1'b1), .raddr(rd_place[PLACE_W-1:0]), .rdata(rp)
            );
            assign {turn, both} = 2'b11;
            assign {rd_first, rd_second} = {11'd0, sl, rp};
        end else begin : g_one                  // first and second word in turn
            reg        turn_q, first_q, second_q;
            reg [20:0] sl_q;
            ohm_ram #(.DEPTH(2 * SLICES), .WIDTH(32)) u_slice (
                .clk(clk), .we(cfg_we && at_slice), .waddr({cfg_slice, cfg_addr[0]}),
                .wdata(cfg_wdata),
                .re(1'b1), .raddr({rd_idx, back ? cfg_addr[0] : turn_q}), .rdata(rp)
            );
            always @(posedge clk) begin
                if (!back) turn_q <= !turn_q;
                first_q <= !back && !turn_q;
                second_q <= !back && turn_q;
                if (first_q) sl_q <= rp[20:0];
                if (rst) turn_q <= 1'b0;
            end
            assign {turn, both, sl} = {turn_q, second_q, sl_q};
            assign {rd_first, rd_second} = {11'd0, rp[20:0], rp};
        end
    endgenerate
    // the walk has read an entry in use; which words of it are there
    reg         chk_q, chk_sl_q, chk_rp_q;
    wire [31:0] ext;
    wire        ext_bad;            // of the entry that the walk has read
    generate
        if (MODES != 0) begin : g_ext
            reg [16*NDESC-1:0] there_q;
            reg        chk_there_q, mul_used_q;
            wire [5:0] cfg_entry = {cfg_addr[7:6], cfg_addr[3:0]};
            wire unused_entry = &{1'b0, cfg_entry};
            ohm_ram #(.DEPTH(PLACES), .WIDTH(32)) u_ext (
                .clk(clk), .we(cfg_we && at_ext), .waddr(ext_place[PLACE_W-1:0]),
                .wdata(cfg_wdata),
                .re(1'b1), .raddr(rd_place[PLACE_W-1:0]), .rdata(ext)
            );
            always @(posedge clk) begin
                if (rst) there_q <= {16*NDESC{1'b0}};
                else if (cfg_we && at_ext) there_q[cfg_entry[ENTRY_W-1:0]] <= 1'b1;
                chk_there_q <= there_q[walked[ENTRY_W-1:0]];
                if (state_q == ST_OFF) mul_used_q <= 1'b0;
                else if (chk_q && sl_mul) mul_used_q <= 1'b1;
            end
            assign mul_used = mul_used_q;
            assign ext_bad = (sl_mul || sl_part) && (!chk_there_q
                || ext[SLICE_EXT_GAIN_LSB +: SLICE_EXT_GAIN_W] == 16'd0
                             || (sl_part && (sl_row_first > sl_row_last
                                 || {1'b0, sl_row_last} >= lines)));
        end else begin : g_no_ext
            assign ext = 32'd0;
            assign mul_used = 1'b0;
            assign ext_bad = sl[SLICE_MUL_LSB] || sl[SLICE_PART_LSB] || sl[SLICE_COUNT_LSB];
        end
    endgenerate
    wire unused = &{1'b0, sl_idx, rp, ext, cfg_place, ext_place, rd_place, load_desc, slice_desc,
        post_desc, at_q, order_next, load_q, load_size_q, table_desc_q, table_size_q, walk_asked,
        map_turned, of_load, of_post, walked,
        order_bad};

    // what is read back: first slice word, second, SLICE_EXT, DESC, DESC_SIZE
    wire [15:0] own_addr = NDESC > 1 ? {cfg_addr[15:6], 2'd0, cfg_addr[3:0]} : cfg_addr;
    wire       there = NDESC == 1 || {1'b0, cfg_addr[5:4]} < NDESC[2:0];
    reg [4:0]  back_q;
    reg [1:0]  back_desc_q;
    always @(posedge clk) back_desc_q <= NDESC > 1 ? cfg_addr[5:4] : 2'd0;
    wire [DESC_BITS-1:0] back_reg = descs_q[DESC_BITS*back_desc_q +: DESC_BITS];
    wire [29:0] back_size = sizes_q[30*back_desc_q +: 30];
    always @(posedge clk)
        back_q <= {cfg_re && there && own_addr == REG_DESC_SIZE,
                   cfg_re && there && own_addr == REG_DESC,
                   cfg_re && at_ext, cfg_re && at_slice && cfg_addr[0], cfg_re && at_slice
                       && !cfg_addr[0]};
    assign cfg_rdata = (back_q[0] ? rd_first : 32'd0) | (back_q[1]
        ? rd_second : 32'd0) | (back_q[2] ? ext : 32'd0)
                       | (back_q[3] ? {link_in, link_out, {30-DESC_BITS{1'b0}}, back_reg} : 32'd0)
                       | (back_q[4] ? {2'd0, back_size} : 32'd0) | order_rdata;
    assign sl_ok = back_q[2:0] == 3'd0 && both;

    // fields -------------------------------------------------------------------------------------
    wire [4:0] nslice = desc_q[DESC_NSLICE_LSB +: DESC_NSLICE_W];
    // lines that a read of the walked one may drive, and sense
    wire       back_read = TRANSPOSE != 0 && desc_q[DESC_BITS-1];
    wire [8:0] lines = back_read ? COLS[8:0] : ROWS[8:0];
    wire [8:0] sensed = back_read ? ROWS[8:0] : COLS[8:0];
    wire [9:0] rows1_all = size_q[DESC_SIZE_ROWS1_LSB +: DESC_SIZE_ROWS1_W];
    wire [9:0] cols1_all = size_q[DESC_SIZE_COLS1_LSB +: DESC_SIZE_COLS1_W];
    wire [9:0] outs1_all = size_q[DESC_SIZE_OUTS1_LSB +: DESC_SIZE_OUTS1_W];
    // 16 wraps to 15, as it should
    wire [3:0] nslice1 = table_desc_q[DESC_NSLICE_LSB +: 4] - 4'd1;

    assign mode = desc_q[DESC_MODE_LSB +: DESC_MODE_W];
    assign psum = PSUM != 0 && desc_q[DESC_PSUM_LSB];
    assign signed_in = load_q[DESC_SIGNED_LSB];
    assign relu = desc_q[DESC_RELU_LSB];
    assign osigned = desc_q[DESC_OSIGNED_LSB];
    assign stream = load_q[DESC_STREAM_LSB +: DESC_STREAM_W];
    assign shift = desc_q[DESC_SHIFT_LSB +: DESC_SHIFT_W];
    assign func = desc_q[DESC_FUNC_LSB +: DESC_FUNC_W];
    assign calib = MODES != 0 && PSUM != 0 && desc_q[DESC_CALIB_LSB];
    assign slice_last = nslice1;
    assign turned = TRANSPOSE != 0 && load_q[DESC_BITS-1];
    assign sl_back = TRANSPOSE != 0 && table_desc_q[DESC_BITS-1];

    // Links. Without them one bit remembers that they are asked for, which is refused.
    wire link_asked;
    generate
        if (LINK_W != 0) begin : g_link
            reg [1:0] link_q;
            always @(posedge clk) begin
                if (rst) link_q <= 2'd0;
                else if (cfg_we && cfg_addr == REG_DESC) link_q <= {cfg_wdata[DESC_LINK_IN_LSB],
                    cfg_wdata[DESC_LINK_OUT_LSB]};
            end
            assign {link_in, link_out} = link_q;
            assign link_asked = link_q != 2'd0;
        end else begin : g_no_link
            reg asked_q;
            always @(posedge clk) begin
                if (rst) asked_q <= 1'b0;
                else if (cfg_we && cfg_addr == REG_DESC) asked_q <= cfg_wdata[DESC_LINK_IN_LSB]
                    || cfg_wdata[DESC_LINK_OUT_LSB];
            end
            assign {link_in, link_out} = 2'b00;
            assign link_asked = asked_q;
        end
    endgenerate
    assign {rows1, cols1, outs1} = {load_size_q[DESC_SIZE_ROWS1_LSB +: 8],
        table_size_q[DESC_SIZE_COLS1_LSB +: 8], outs1_all[7:0]};

    assign sl_lo = sl[SLICE_LO_LSB +: SLICE_LO_W];
    assign sl_w = sl[SLICE_W_LSB +: SLICE_W_W];
    assign sl_in = sl[SLICE_IN_LSB +: SLICE_IN_W];
    assign sl_dev = sl[SLICE_DEV_LSB +: SLICE_DEV_W];
    assign sl_neg = sl[SLICE_NEG_LSB];
    assign sl_mul = MODES != 0 && sl[SLICE_MUL_LSB];
    assign sl_part = MODES != 0 && sl[SLICE_PART_LSB];
    assign sl_count = MODES != 0 && sl[SLICE_COUNT_LSB];
    assign sl_row_first = ext[SLICE_EXT_FIRST_LSB +: SLICE_EXT_FIRST_W];
    assign sl_row_last = ext[SLICE_EXT_LAST_LSB +: SLICE_EXT_LAST_W];
    assign sl_rs = sl[SLICE_RS_LSB +: SLICE_RS_W];
    assign sl_start = rp[SLICE_RAMP_START_LSB +: CODE_W];
    assign sl_stop = rp[SLICE_RAMP_STOP_LSB +: CODE_W];

    // check --------------------------------------------------------------------------------------
    always @(posedge clk) begin
        chk_q <= init && idx_q < {4'd0, nslice} && idx_q < NSLICE[8:0];
        chk_sl_q <= sl_there_q[walked[ENTRY_W-1:0]];
        chk_rp_q <= rp_there_q[walked[ENTRY_W-1:0]];
    end
    wire signed [15:0] start = rp[SLICE_RAMP_START_LSB +: SLICE_RAMP_START_W];
    wire signed [15:0] stop = rp[SLICE_RAMP_STOP_LSB +: SLICE_RAMP_STOP_W];
    wire signed [16:0] span = {stop[15], stop} - {start[15], start};
    wire [4:0]         top = {1'b0, sl_lo} + {1'b0, sl_w};

    // TABLE: what it asks of the column map is known when the walk is over
    wire sl_table = sl[SLICE_TABLE_LSB];
    reg  table_q, shared_q;
    always @(posedge clk) begin
        if (anew) begin
            table_q <= 1'b0;
            shared_q <= 1'b0;
        end else begin
            if (chk_q && sl_table) table_q <= 1'b1;
            if (map_shared) shared_q <= 1'b1;
        end
    end
    assign by_table = table_q;

    reg [LAST_FAULT:1] fault_q;     // bit = detail of the event
    wire [LAST_FAULT:1] fault = fault_q
        | {{LAST_FAULT-1{1'b0}}, table_q && shared_q} << (BAD_DESC_TABLE - 1);
    always @(posedge clk) begin
        if (anew) fault_q <= {LAST_FAULT{1'b0}};
        else begin
            if (nslice == 5'd0 || nslice > NSLICE[4:0]) fault_q[BAD_DESC_NSLICE] <= 1'b1;
            if (rows1_all >= {1'b0, lines} || cols1_all >= {1'b0, sensed}
                || outs1_all >= SIDE[9:0]) fault_q[BAD_DESC_SIZE] <= 1'b1;
            if (shift > 6'd40) fault_q[BAD_DESC_SHIFT] <= 1'b1;
            if (map_bad) fault_q[BAD_DESC_COLMAP] <= 1'b1;
            if (alone ? window_bad : walk_asked) fault_q[BAD_DESC_WINDOW] <= 1'b1;
            if (mode > DESC_MODE_V || (PSUM == 0
                && desc_q[DESC_PSUM_LSB])) fault_q[BAD_DESC_MODE] <= 1'b1;
            if (lsb_bads[{1'b0, walk_desc}]) fault_q[BAD_DESC_LSB] <= 1'b1;
            if ({1'b0, stream} >= NSTREAM[2:0]) fault_q[BAD_DESC_STREAM] <= 1'b1;
            if (func > DESC_FUNC_THRESHOLD || (func != DESC_FUNC_LINEAR && (relu
                || MODES == 0))) fault_q[BAD_DESC_FUNC] <= 1'b1;
            if (desc_q[DESC_CALIB_LSB] && (!alone || !calib || !psum || walk
                || calib_bad)) fault_q[BAD_DESC_CALIB] <= 1'b1;
            if (link_asked && (LINK_W == 0 || nslice != 5'd1 || desc_q[DESC_PSUM_LSB] || walk
                || (link_in && !link_near[1])
                               || (link_out && (!link_near[0]
                                   || cols1_all >= LINK_W[9:0])))) fault_q[BAD_DESC_LINK] <= 1'b1;
            if (LINK_W != 0 && link_bad) fault_q[BAD_DESC_LINK_ROWS] <= 1'b1;
            if (chk_q) begin
                if (link_asked && (sl_part || sl_count || (link_in && (sl_lo != 4'd0
                    || sl_in != SLICE_IN_ALL)))) fault_q[BAD_DESC_LINK] <= 1'b1;
                if (!chk_sl_q || sl_w == 4'd0 || top > 5'd8) fault_q[BAD_DESC_W] <= 1'b1;
                if (sl_in > SLICE_IN_NEGATIVE) fault_q[BAD_DESC_IN] <= 1'b1;
                if (sl_dev > SLICE_DEV_MINUS) fault_q[BAD_DESC_DEV] <= 1'b1;
                if (ext_bad) fault_q[BAD_DESC_EXT] <= 1'b1;
                if (CODES != 0 && span >= SPAN) fault_q[BAD_DESC_ADC] <= 1'b1;
                if (sl_table && (!alone || MODES == 0 || ADC != ADC_RAMP || nslice != 5'd1
                    || desc_q[DESC_PSUM_LSB] || mode == DESC_MODE_PSUM || span > 17'sd254))
                    fault_q[BAD_DESC_TABLE] <= 1'b1;
                if (!chk_rp_q || start >= stop || start <= -CODE_LIMIT
                    || stop >= CODE_LIMIT) fault_q[BAD_DESC_RAMP] <= 1'b1;
            end
        end
    end

    // which stream a lower descriptor has, and what only several descriptors can have wrong
    generate if (NDESC > 1) begin : g_several_faults
        reg [3:0] streams_q;
        always @(posedge clk) begin
            if (state_q == ST_OFF) streams_q <= 4'd0;
            else if (state_q == ST_JUDGE) streams_q[stream] <= 1'b1;
            if (!anew) begin
                if (order_bad || streams_q[stream]) fault_q[BAD_DESC_ORDER] <= 1'b1;
                if (back_read && (at_q == 2'd0 || map_turned)) fault_q[BAD_DESC_TRANSPOSE] <= 1'b1;
            end
        end
    end endgenerate

    always @(posedge clk) begin
        if (rst || !enable) begin
            state_q <= ST_OFF;
            idx_q <= 9'd0;
            at_q <= order_first;
        end else case (state_q)
            ST_OFF: state_q <= ST_WALK;
            ST_WALK: begin
                if (init) idx_q <= idx_q + 9'd1;
                if (init && idx_q == LAST) state_q <= ST_DRAIN;
            end
            ST_DRAIN: state_q <= ST_JUDGE;
            ST_JUDGE: begin
                state_q <= |fault ? ST_REFUSED : more ? ST_WALK : ST_RUN;
                if (more) begin
                    idx_q <= 9'd0;
                    if (fault == {LAST_FAULT{1'b0}}) at_q <= order_next;
                end
            end
            default: ;      // ST_RUN, ST_REFUSED: until disabled
        endcase
    end

    reg [4:0] detail;
    integer i;
    always @* begin
        detail = 5'd0;
        for (i = LAST_FAULT; i >= 1; i = i - 1) if (fault[i]) detail = i[4:0];
    end

    assign init_idx = idx_q[7:0];
    assign init_end = state_q == ST_JUDGE;
    assign run = state_q == ST_RUN;
    assign bad_desc = state_q == ST_REFUSED;
    assign ev_bad_desc = state_q == ST_JUDGE && |fault;
    assign ev_detail = {22'd0, walk_desc, 3'd0, detail};

`ifdef FORMAL
    // Nothing runs with an illegal descriptor, and one that was refused stays refused: proved from
    // reset on over every way to write registers, then enable. f_k is any slice entry.
    (* anyconst *) reg [3:0] f_k;
    reg        f_past = 1'b0, f_first = 1'b0, f_second = 1'b0;
    reg [31:0] f_slice, f_ramp;
    reg        f_lsb_ok = 1'b0, f_map_bad = 1'b0, f_init = 1'b0;
    always @(posedge clk) begin
        f_past <= 1'b1;
        if (cfg_we && cfg_addr == REG_SLICE + {11'd0, f_k, 1'b0}) begin
            f_first <= 1'b1;
            f_slice <= cfg_wdata;
        end
        if (cfg_we && cfg_addr == REG_SLICE_RAMP + {11'd0, f_k, 1'b0}) begin
            f_second <= 1'b1;
            f_ramp <= cfg_wdata;
        end
        if (cfg_we && cfg_addr == REG_MACRO_LSB) f_lsb_ok <= cfg_wdata >= 32'd1
            && cfg_wdata <= 32'h1000000;
        f_init <= init;
        f_map_bad <= state_q != ST_OFF && (f_map_bad || map_bad);
    end
    wire signed [15:0] f_start = f_ramp[15:0], f_stop = f_ramp[31:16];
    always @* begin
        assume (f_k < NSLICE);
        assume (rst == !f_past);
        assume (!enable || !cfg_we);
        assume ((!map_bad && !map_shared) || f_init);
        assert (!(run && bad_desc) && !(run && init));
        if (f_past && run) begin
            assert (nslice >= 5'd1 && nslice <= NSLICE && rows1_all < ROWS && cols1_all < COLS
                && outs1_all < COLS);
            assert (mode <= DESC_MODE_V && shift <= 6'd40 && stream < NSTREAM);
            assert (f_lsb_ok && !f_map_bad);
            assert (PSUM != 0 || !desc_q[DESC_PSUM_LSB]);
            assert (func == DESC_FUNC_LINEAR
                    || (MODES != 0 && func <= DESC_FUNC_THRESHOLD && !relu));
            assert (!desc_q[DESC_CALIB_LSB] || (MODES != 0 && psum));
            assert (!link_asked || (LINK_W != 0 && nslice == 5'd1 && !psum && (!link_out
                || cols1_all < LINK_W)));
            if (f_k < nslice) begin
                assert (f_first && f_second);
                assert (f_slice[7:4] >= 4'd1 && f_slice[7:4] <= 4'd8
                    && f_slice[3:0] <= 4'd8 - f_slice[7:4]);
                assert (f_slice[9:8] != 2'd3 && f_slice[11:10] != 2'd3);
                assert (f_start < f_stop && f_start > -CODE_LIMIT && f_stop < CODE_LIMIT);
                if (CODES != 0) assert (f_stop - f_start < SPAN);
                if (MODES == 0) assert (f_slice[15:13] == 3'd0 && !f_slice[20]);
                if (f_slice[20]) assert (nslice == 5'd1 && !psum
                    && mode != DESC_MODE_PSUM
                    && f_stop - f_start <= 254 && by_table && !shared_q);
                if (link_asked) assert (f_slice[15:14] == 2'd0);
                if (link_in) assert (f_slice[3:0] == 4'd0 && f_slice[9:8] == 2'd0);
            end
        end
    end
    always @(posedge clk) begin
        if (f_past && $past(bad_desc) && $past(enable) && !$past(rst)) assert (bad_desc && !run);
        cover (f_past && run);
        cover (f_past && bad_desc && detail == BAD_DESC_IN);
    end
`endif
endmodule

`default_nettype wire
