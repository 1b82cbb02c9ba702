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
    localparam signed [15:0] CODE_LIMIT = 16'sd1 << (CODE_W - 1);
    localparam signed [31:0] ALL_CODES = CODES;
    localparam signed [16:0] SPAN = ALL_CODES[16:0];
    localparam LAST_FAULT = NDESC > 1 ? BAD_DESC_TRANSPOSE : BAD_DESC_LINK_ROWS;
    localparam DESC_BITS = TRANSPOSE != 0 ? 30 : 29;

    localparam [2:0] ST_OFF     = 3'd0;  // disabled
    localparam [2:0] ST_WALK    = 3'd1;  // others check and prepare entry init_idx
    localparam [2:0] ST_DRAIN   = 3'd2;  // answer to the last column map read
    localparam [2:0] ST_JUDGE   = 3'd3;  // all faults known
    localparam [2:0] ST_RUN     = 3'd4;
    localparam [2:0] ST_REFUSED = 3'd5;  // idle until disabled

    reg [2:0] state_q;
    reg [8:0] idx_q;
    wire      more;                         // another descriptor is to be walked
    wire      anew = state_q == ST_OFF || (NDESC > 1 && state_q == ST_JUDGE && more);

    // registers ----------------------------------------------------------------------------------
    reg  [1:0]  at_q;                           // the descriptor that is walked
    wire        alone, order_bad;               // descriptor 0 is alone
    wire [1:0]  order_next, of_slice;
    wire [31:0] regs_rdata;
    wire        sl_there, rp_there, lsb_bad;    // of the walked entry, and descriptor
    wire [DESC_BITS-1:0] desc_q, load_q, table_desc_q;
    wire [29:0] size_q, load_size_q, table_size_q;
    assign walk_desc = NDESC > 1 ? at_q : 2'd0;
    ohm_desc_regs #(
        .NSLICE(NSLICE), .NDESC(NDESC), .DESC_BITS(DESC_BITS)
    ) u_regs (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(regs_rdata), .link_on({link_in, link_out}),
        .run(run), .walk_desc(walk_desc), .walk_idx(idx_q[3:0]), .load_desc(load_desc),
        .slice_desc(slice_desc), .post_desc(post_desc), .of_slice(of_slice), .desc(desc_q),
        .size(size_q), .load(load_q), .load_size(load_size_q), .slices(table_desc_q),
        .slices_size(table_size_q), .sl_lsb(sl_lsb), .sl_there(sl_there), .rp_there(rp_there),
        .lsb_bad(lsb_bad), .order_mask(order_mask), .order_lag(order_lag),
        .order_first(order_first), .order_next(order_next), .order_more(more), .alone(alone),
        .order_bad(order_bad)
    );

    // slice tables: the walk's, then the controller's
    wire [20:0] sl;
    wire [31:0] rp, ext, table_rdata;
    wire        ext_there;
    ohm_slice_table #(.NSLICE(NSLICE), .NDESC(NDESC), .MODES(MODES), .RAMS(RAMS)) u_slices (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(table_rdata), .walk(state_q == ST_WALK), .step(init),
        .desc(of_slice), .idx(state_q == ST_WALK ? idx_q[3:0] : sl_idx), .sl(sl), .rp(rp),
        .ext(ext), .ext_there(ext_there), .sl_ok(sl_ok)
    );
    assign cfg_rdata = table_rdata | regs_rdata;
    // the walk has read an entry in use; which words of it are there
    reg         chk_q, chk_sl_q, chk_rp_q;
    wire        ext_bad;            // of the entry that the walk has read
    generate
        if (MODES != 0) begin : g_ext
            reg mul_used_q;
            always @(posedge clk)
                if (state_q == ST_OFF) mul_used_q <= 1'b0;
                else if (chk_q && sl_mul) mul_used_q <= 1'b1;
            assign mul_used = mul_used_q;
            assign ext_bad = (sl_mul || sl_part) && (!ext_there
                || ext[SLICE_EXT_GAIN_LSB +: SLICE_EXT_GAIN_W] == 16'd0
                             || (sl_part && (sl_row_first > sl_row_last
                                 || {1'b0, sl_row_last} >= lines)));
        end else begin : g_no_ext
            assign mul_used = 1'b0;
            assign ext_bad = sl[SLICE_MUL_LSB] || sl[SLICE_PART_LSB] || sl[SLICE_COUNT_LSB];
        end
    endgenerate
    wire unused = &{1'b0, rp, ext, ext_there, at_q, order_next, load_q, load_size_q, table_desc_q,
        table_size_q, walk_asked, map_turned, order_bad};

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
        chk_sl_q <= sl_there;
        chk_rp_q <= rp_there;
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

    // which streams lower descriptors have, and what only several descriptors can have wrong
    wire order_fault, turned_fault;
    generate
        if (NDESC > 1) begin : g_several_faults
            reg [3:0] streams_q;
            always @(posedge clk)
                if (state_q == ST_OFF) streams_q <= 4'd0;
                else if (state_q == ST_JUDGE) streams_q[stream] <= 1'b1;
            assign order_fault = order_bad || streams_q[stream];
            assign turned_fault = back_read && (at_q == 2'd0 || map_turned);
        end else assign {order_fault, turned_fault} = 2'b00;
    endgenerate

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
            if (lsb_bad) fault_q[BAD_DESC_LSB] <= 1'b1;
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
            if (order_fault) fault_q[LAST_FAULT > BAD_DESC_ORDER ? BAD_DESC_ORDER : 1] <= 1'b1;
            if (turned_fault) fault_q[LAST_FAULT] <= 1'b1;
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
    // reset on over every way to write registers, then enable. f_k is any slice entry of f_d, any
    // descriptor; f_e is any other.
    (* anyconst *) reg [3:0] f_k;
    (* anyconst *) reg [1:0] f_d, f_e;
    wire [15:0] f_entry = REG_SLICE + {8'd0, f_d, 1'b0, f_k, 1'b0};
    wire [15:0] f_lsb = f_d == 2'd0 ? REG_MACRO_LSB : REG_DESC_LSB + f_d * REG_DESC_LSB_DESC;
    reg [1:0]  f_stream = 2'd0;             // of f_e
    reg        f_past = 1'b0, f_first = 1'b0, f_second = 1'b0;
    reg [31:0] f_slice, f_ramp;
    reg        f_lsb_ok = 1'b0, f_map_bad = 1'b0, f_init = 1'b0;
    always @(posedge clk) begin
        f_past <= 1'b1;
        if (cfg_we && cfg_addr == f_entry) begin
            f_first <= 1'b1;
            f_slice <= cfg_wdata;
        end
        if (cfg_we && cfg_addr == f_entry + 16'd1) begin
            f_second <= 1'b1;
            f_ramp <= cfg_wdata;
        end
        if (cfg_we && cfg_addr == REG_DESC + f_e * REG_DESC_DESC)
            f_stream <= cfg_wdata[DESC_STREAM_LSB +: DESC_STREAM_W];
        if (cfg_we && cfg_addr == f_lsb) f_lsb_ok <= cfg_wdata >= 32'd1
            && cfg_wdata <= 32'h1000000;
        f_init <= init;
        f_map_bad <= state_q != ST_OFF && (f_map_bad || map_bad);
    end
    wire signed [15:0] f_start = f_ramp[15:0], f_stop = f_ramp[31:16];
    always @* begin
        assume (f_k < NSLICE && f_d < NDESC && f_e != f_d);
        assume (!run || (load_desc == f_d && slice_desc == f_d && post_desc == f_d));
        assume (rst == !f_past);
        assume (!enable || !cfg_we);
        assume ((!map_bad && !map_shared) || f_init);
        assert (!(run && bad_desc) && !(run && init));
        if (f_past && run) assert (!order_bad && order_mask != 4'd0);
        if (f_past && run && order_mask[f_d]) begin
            if (order_mask[f_e]) assert (stream != f_stream);
            if (turned) assert (TRANSPOSE != 0 && f_d != 2'd0);
            if (!alone) assert (!link_asked && !desc_q[DESC_CALIB_LSB]);
            assert (nslice >= 5'd1 && nslice <= NSLICE && rows1_all < lines && cols1_all < sensed
                && outs1_all < SIDE);
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
                if (!alone) assert (!f_slice[20]);
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
