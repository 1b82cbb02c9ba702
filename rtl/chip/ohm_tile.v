// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// A crossbar tile. It only wires its parts: the shell, which is the same for every kind of tile,
// the window walker, the compute core, the programming engine and the analog macro.
//
//   rx ─► ┌───────────┐ ─ lines ──► ┌──────────┐ ─ vectors ─► ┌──────────┐ ─ pulses ► ┌───────────┐
//         │ ohm_shell │             │ ohm_walk │              │ ohm_core │            │ ohm_macro │
//   tx ◄─ └───────────┘ ◄─ results ─└──────────┘ ◄─ outputs ──└──────────┘ ◄─ codes ──└───────────┘
//
// Throughput and latency: see the parts; the core sets the pace. rx_ready is constant 1: a tile
// never blocks the mesh. Protocol: docs/reference/borders.md. Packets, registers, events:
// docs/reference/map.md.
// Parameters: as docs/reference/configurations.md. ohm_trace shows codes and results to the
// simulation. The position is an input, not a parameter, so that all tiles are one module and
// compile once.
module ohm_tile #(
    parameter ROWS       = 128,
    parameter COLS       = 128,
    parameter CODE_W     = 10,
    parameter ACC_F      = 6,
    parameter ACC_BANKS  = 4,
    parameter IBUF_WORDS = 2048,
    parameter NSTREAM    = 4,
    parameter NSLOT      = 16,
    parameter PSUM_SLOTS = 4,
    parameter NSLICE     = 16,
    parameter NROUTE     = 4,
    parameter NCREDIT    = 8,
    parameter NRETURN    = 8,
    parameter WINDOW     = 1,
    parameter MODES      = 1,
    parameter PIPE       = 0,
    parameter LINK_W     = 0,
    parameter LINK_B     = LINK_W != 0 ? LINK_W + 4 : 1,    // wires of a link
    parameter PROGRAM    = 0,
    parameter NDESC      = 1,
    parameter TRANSPOSE  = 0,
    parameter SIDE       = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,     // lines sensed
    parameter LINES      = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,     // lines driven
    parameter ADC        = 0,
    parameter MUX        = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_BITS   = CODE_W
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [3:0]        tile_x,
    input  wire [3:0]        tile_y,
    input  wire              rx_valid,
    output wire              rx_ready,
    input  wire [33:0]       rx_flit,       // {last, first, data}
    output wire              tx_valid,
    input  wire              tx_ready,
    output wire [33:0]       tx_flit,
    // duration links (docs/explain/links.md): neighbours there {west, east}; from the west, to the
    // east
    input  wire [1:0]        link_near,
    input  wire [LINK_B-1:0] link_rx,
    output wire              link_rx_ready,
    output wire [LINK_B-1:0] link_tx,
    input  wire              link_tx_ready
);
    /* verilator no_inline_module */
    localparam ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX);

    // configuration bus, programming port, control
    wire         cfg_we, cfg_re, prog_valid, enable, early_stop;
    wire [15:0]  cfg_addr;
    wire [31:0]  cfg_wdata, rd_core, rd_walk, prog_data, seq_base, next_seq, ev_detail;
    wire [3:0]   prog_dev;
    wire [7:0]   prog_row, prog_col, rows1, outs1;
    wire [1:0]   desc_stream, desc_mode;
    wire         run, osigned, walk, walk_bad, walk_busy, core_busy, bad_desc, ev_bad_desc;
    // lines, vectors, residuals, partial sums
    wire [127:0] first_seq;
    wire [3:0]   line_valid, line_poison, line_slot;
    wire [15:0]  line_slots1;
    wire [1:0]   line_stream;
    wire [11:0]  line_words, line_word;
    wire [31:0]  line_seq, line_data, vec_seq, vec_rdata, rscale, ps_seq, ps_rdata;
    wire         line_take, line_pop, vec_valid, vec_poison, vec_pop;
    wire [5:0]   vec_raddr;
    wire         rsd_on, rsd_signed, rsd_re, rsd_pop, ps_valid, ps_poison, ps_pop;
    wire [7:0]   rsd_raddr, rsd_rdata, ps_raddr;
    // outputs of the core, results for the shell
    wire         y_ready, y_valid, y_done, y_poison, res_ready, res_valid, res_done, res_poison;
    wire [7:0]   y_idx, res_idx;
    wire [31:0]  y_data, y_seq, res_data, res_seq;
    // macro
    wire [LINES-1:0]  row_on, row_neg;
    wire              transpose, walk_asked;
    wire [1:0]        ps_desc, res_desc;
    wire              int_reset, int_en, sample, ramp_en, macro_ready, adc_start, adc_valid;
    wire [31:0]       op_seq;
    wire [3:0]        op_desc, op_slice, ramp_rs;
    wire [CODE_W-1:0] ramp_step;
    wire [SIDE-1:0]   cmp;
    wire [7:0]        adc_mux;
    wire [ADC_B-1:0]  adc_code;
    wire [24:0]       ramp_lsb;
    wire [2:0]        cell_sel, pulse_dev;
    wire              pulse_start, pulse_set, pulse_done;
    wire [7:0]        pulse_amp;
    wire [3:0]        pulse_width;
    wire [COLS-1:0]   pulse_col;
    // walk and core where the programming engine stands between
    wire              programs, core_enable, x_busy, x_bad_desc, x_ev_bad_desc, in_line;
    wire [1:0]        target_stream, mode;
    wire [31:0]       rd_program, x_ev_detail, x_next_seq;
    wire [127:0]      w_first_seq;
    wire [1:0]        w_stream;
    wire [3:0]        w_slot;
    wire [11:0]       w_word;
    wire              w_take, w_pop, w_valid, w_done, w_poison;
    wire [7:0]        w_idx;
    wire [31:0]       w_data, w_seq;
    wire [LINES-1:0]  c_row_on, c_row_neg;
    wire [1:0]        c_cell_sel;
    wire              c_int_reset, c_int_en, c_sample;
    wire [31:0]       c_op_seq;
    wire [3:0]        c_op_desc, c_op_slice, c_ramp_rs;
    wire [24:0]       c_ramp_lsb;
    wire              conv_own, conv_run, conv_init, conv_init_end, conv_load;
    wire [7:0]        conv_init_idx, scan_col;
    wire [CODE_W-1:0] conv_start, conv_stop, scan_code;
    wire              scan_valid, scan_last;
    wire              c_code_valid;
    wire [31:0]       c_code_seq;
    wire [3:0]        c_code_desc, c_code_slice;
    wire [7:0]        c_code_col;
    wire [CODE_W-1:0] c_code;
    // trace
    wire              trc_code_valid, trc_res_valid;
    wire [31:0]       trc_code_seq, trc_res_seq, trc_res_acc, trc_res_y;
    wire [3:0]        trc_code_desc, trc_code_slice, trc_res_desc;
    wire [7:0]        trc_code_col, trc_res_out;
    wire [CODE_W-1:0] trc_code;

    ohm_shell #(
        .ROWS(ROWS), .COLS(COLS), .IBUF_WORDS(IBUF_WORDS), .NSTREAM(NSTREAM), .NSLOT(NSLOT),
        .PSUM_SLOTS(PSUM_SLOTS), .NSLICE(NSLICE), .NROUTE(NROUTE), .NCREDIT(NCREDIT),
        .NRETURN(NRETURN), .WINDOW(WINDOW), .MODES(MODES), .PIPE(PIPE), .LINK_W(LINK_W), .ADC(ADC),
        .VMEM_WORDS(256), .VPROG(64), .VTABLES(1), .PROGRAM(PROGRAM), .NDESC(NDESC),
        .TRANSPOSE(TRANSPOSE)
    ) u_shell (
        .clk(clk), .rst(rst), .tile_x(tile_x), .tile_y(tile_y),
        .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_flit(rx_flit),
        .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_flit(tx_flit),
        .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .cfg_rdata(rd_walk | rd_core | rd_program),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col),
        .prog_data(prog_data), .enable(enable), .early_stop(early_stop), .programs(programs),
        .target_stream(target_stream), .seq_base(seq_base), .busy(x_busy),
        .bad_desc(x_bad_desc), .ev_bad_desc(x_ev_bad_desc), .ev_detail(x_ev_detail),
        .ev_lost(1'b0), .next_seq(x_next_seq),
        .first_seq(first_seq), .line_valid(line_valid), .line_poison(line_poison),
        .line_slots1(line_slots1), .line_stream(line_stream), .line_seq(line_seq),
        .line_words(line_words), .line_slot(line_slot), .line_word(line_word),
        .line_data(line_data), .line_take(line_take), .line_pop(line_pop),
        .ps_desc(ps_desc), .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq),
        .ps_raddr(ps_raddr), .ps_rdata(ps_rdata), .ps_pop(ps_pop), .res_desc(res_desc),
        .res_mode(mode), .res_in_line(in_line),
        .res_ready(res_ready), .res_valid(res_valid), .res_idx(res_idx), .res_data(res_data),
        .res_done(res_done), .res_seq(res_seq), .res_poison(res_poison),
        .res_routes(8'd0), .res_words1(8'd0), .res_at(16'd0), .res_add(32'd0)
    );

    ohm_walk #(
        .ROWS(ROWS), .COLS(SIDE), .NSTREAM(NSTREAM), .ACC_BANKS(ACC_BANKS), .WINDOW(WINDOW)
    ) u_walk (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(rd_walk),
        .enable(core_enable), .run(run), .seq_base(seq_base), .desc_stream(desc_stream),
        .desc_mode(desc_mode), .rows1(rows1), .outs1(outs1), .osigned(osigned),
        .walk(walk), .asked(walk_asked), .bad(walk_bad), .busy(walk_busy),
        .first_seq(w_first_seq), .line_valid(line_valid), .line_poison(line_poison),
        .line_slots1(line_slots1), .line_stream(w_stream), .line_seq(line_seq),
        .line_words(line_words), .line_slot(w_slot), .line_word(w_word),
        .line_data(line_data), .line_take(w_take), .line_pop(w_pop),
        .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq), .vec_raddr(vec_raddr),
        .vec_rdata(vec_rdata), .vec_pop(vec_pop),
        .rsd_on(rsd_on), .rsd_signed(rsd_signed), .rscale(rscale), .rsd_re(rsd_re),
        .rsd_raddr(rsd_raddr), .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop),
        .y_ready(y_ready), .y_valid(y_valid), .y_idx(y_idx), .y_data(y_data), .y_done(y_done),
        .y_seq(y_seq), .y_poison(y_poison),
        .res_ready(res_ready), .res_valid(w_valid), .res_idx(w_idx), .res_data(w_data),
        .res_done(w_done), .res_seq(w_seq), .res_poison(w_poison)
    );

    ohm_core #(
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
        .NSLICE(NSLICE), .NSTREAM(NSTREAM), .PSUM(PSUM_SLOTS != 0), .MODES(MODES),
        .LINK_W(LINK_W), .NDESC(NDESC), .TRANSPOSE(TRANSPOSE), .ADC(ADC), .MUX(MUX),
        .ADC_CYCLES(ADC_CYCLES), .ADC_BITS(ADC_BITS)
    ) u_core (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(rd_core),
        .enable(core_enable), .early_stop(early_stop), .busy(core_busy), .bad_desc(bad_desc),
        .ev_bad_desc(ev_bad_desc), .ev_detail(ev_detail), .desc_stream(desc_stream),
        .desc_mode(desc_mode), .run(run), .rows1(rows1), .outs1(outs1), .osigned(osigned),
        .window_bad(walk_bad), .walk(walk), .walk_asked(walk_asked), .seq_base(seq_base),
        .next_seq(next_seq),
        .vec_valid(vec_valid), .vec_poison(vec_poison), .vec_seq(vec_seq), .vec_raddr(vec_raddr),
        .vec_rdata(vec_rdata), .vec_pop(vec_pop),
        .link_near(link_near), .link_rx(link_rx), .link_rx_ready(link_rx_ready),
        .link_tx(link_tx), .link_tx_ready(link_tx_ready),
        .ps_desc(ps_desc), .res_desc(res_desc), .transpose(transpose),
        .ps_valid(ps_valid), .ps_poison(ps_poison), .ps_seq(ps_seq), .ps_raddr(ps_raddr),
        .ps_rdata(ps_rdata), .ps_pop(ps_pop),
        .rsd_on(rsd_on), .rsd_signed(rsd_signed), .rscale(rscale), .rsd_re(rsd_re),
        .rsd_raddr(rsd_raddr), .rsd_rdata(rsd_rdata), .rsd_pop(rsd_pop),
        .res_ready(y_ready), .res_valid(y_valid), .res_idx(y_idx), .res_data(y_data),
        .res_done(y_done), .res_seq(y_seq), .res_poison(y_poison),
        .row_on(c_row_on), .row_neg(c_row_neg), .cell_sel(c_cell_sel), .int_reset(c_int_reset),
        .int_en(c_int_en), .sample(c_sample), .op_seq(c_op_seq), .op_desc(c_op_desc),
        .op_slice(c_op_slice),
        .ramp_rs(c_ramp_rs), .ramp_lsb(c_ramp_lsb), .ramp_en(ramp_en), .ramp_step(ramp_step),
        .cmp(cmp),
        .adc_start(adc_start), .adc_mux(adc_mux), .adc_valid(adc_valid), .adc_code(adc_code),
        .ready(macro_ready),
        .conv_own(conv_own), .conv_run(conv_run), .conv_init(conv_init),
        .conv_init_idx(conv_init_idx), .conv_init_end(conv_init_end), .conv_load(conv_load),
        .conv_start(conv_start), .conv_stop(conv_stop), .scan_valid(scan_valid),
        .scan_last(scan_last), .scan_col(scan_col), .scan_code(scan_code),
        .trc_code_valid(c_code_valid), .trc_code_seq(c_code_seq),
        .trc_code_desc(c_code_desc), .trc_code_slice(c_code_slice),
        .trc_code_col(c_code_col), .trc_code(c_code), .trc_res_valid(trc_res_valid),
        .trc_res_seq(trc_res_seq), .trc_res_desc(trc_res_desc), .trc_res_out(trc_res_out),
        .trc_res_acc(trc_res_acc), .trc_res_y(trc_res_y)
    );

    ohm_program #(
        .PROGRAM(PROGRAM), .SERIAL(0), .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W),
        .TRANSPOSE(TRANSPOSE),
        .NSTREAM(NSTREAM), .CODES(ADC == 2 ? 1 << ADC_BITS : 0)
    ) u_program (
        .clk(clk), .rst(rst), .cfg_we(cfg_we), .cfg_re(cfg_re), .cfg_addr(cfg_addr),
        .cfg_wdata(cfg_wdata), .cfg_rdata(rd_program),
        .enable(enable), .programs(programs), .seq_base(seq_base), .core_enable(core_enable),
        .target_stream(target_stream), .core_busy(walk_busy || core_busy),
        .core_bad_desc(bad_desc), .core_ev_bad_desc(ev_bad_desc), .core_ev_detail(ev_detail),
        .core_next_seq(next_seq), .busy(x_busy), .bad_desc(x_bad_desc),
        .ev_bad_desc(x_ev_bad_desc), .ev_detail(x_ev_detail), .next_seq(x_next_seq),
        .walk_first_seq(w_first_seq), .walk_stream(w_stream), .walk_slot(w_slot),
        .walk_word(w_word), .walk_take(w_take), .walk_pop(w_pop), .first_seq(first_seq),
        .line_valid(line_valid), .line_poison(line_poison), .line_stream(line_stream),
        .line_seq(line_seq), .line_slot(line_slot), .line_word(line_word),
        .line_data(line_data), .line_take(line_take), .line_pop(line_pop),
        .walk_mode(desc_mode), .walk_in_line(walk), .walk_valid(w_valid), .walk_idx(w_idx),
        .walk_data(w_data), .walk_done(w_done), .walk_seq(w_seq), .walk_poison(w_poison),
        .res_mode(mode), .res_in_line(in_line), .res_ready(res_ready), .res_valid(res_valid),
        .res_idx(res_idx), .res_data(res_data), .res_done(res_done), .res_seq(res_seq),
        .res_poison(res_poison),
        .conv_own(conv_own), .conv_run(conv_run), .conv_init(conv_init),
        .conv_init_idx(conv_init_idx), .conv_init_end(conv_init_end), .conv_load(conv_load),
        .conv_start(conv_start), .conv_stop(conv_stop), .scan_valid(scan_valid),
        .scan_last(scan_last), .scan_col(scan_col), .scan_code(scan_code),
        .core_row_on(c_row_on), .core_row_neg(c_row_neg), .core_cell_sel(c_cell_sel),
        .core_int_reset(c_int_reset), .core_int_en(c_int_en), .core_sample(c_sample),
        .core_op_seq(c_op_seq), .core_op_desc(c_op_desc), .core_op_slice(c_op_slice),
        .core_ramp_rs(c_ramp_rs), .core_ramp_lsb(c_ramp_lsb), .row_on(row_on), .row_neg(row_neg),
        .cell_sel(cell_sel),
        .int_reset(int_reset), .int_en(int_en), .sample(sample), .op_seq(op_seq),
        .op_desc(op_desc), .op_slice(op_slice), .ramp_rs(ramp_rs), .ramp_lsb(ramp_lsb),
        .ready(macro_ready), .pulse_start(pulse_start), .pulse_set(pulse_set),
        .pulse_dev(pulse_dev), .pulse_amp(pulse_amp), .pulse_width(pulse_width),
        .pulse_col(pulse_col), .pulse_done(pulse_done),
        .core_code_valid(c_code_valid), .core_code_seq(c_code_seq),
        .core_code_desc(c_code_desc), .core_code_slice(c_code_slice),
        .core_code_col(c_code_col), .core_code(c_code), .trc_code_valid(trc_code_valid),
        .trc_code_seq(trc_code_seq), .trc_code_desc(trc_code_desc),
        .trc_code_slice(trc_code_slice), .trc_code_col(trc_code_col), .trc_code(trc_code)
    );

    ohm_macro #(
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .PROGRAM(PROGRAM), .TRANSPOSE(TRANSPOSE),
        .NDESC(NDESC), .ADC(ADC), .MUX(MUX), .ADC_CYCLES(ADC_CYCLES)
    ) u_macro (
        .clk(clk), .rst(rst), .macro_id({tile_y, tile_x}),
        .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_wdata(cfg_wdata),
        .prog_valid(prog_valid), .prog_dev(prog_dev), .prog_row(prog_row), .prog_col(prog_col),
        .prog_data(prog_data),
        .row_on(row_on), .row_neg(row_neg), .transpose(transpose), .cell_sel(cell_sel),
        .int_reset(int_reset), .int_en(int_en), .sample(sample), .op_seq(op_seq),
        .op_desc(op_desc), .op_slice(op_slice), .ramp_rs(ramp_rs), .ramp_lsb(ramp_lsb),
        .ramp_en(ramp_en), .ramp_step(ramp_step), .cmp(cmp),
        .adc_start(adc_start), .adc_mux(adc_mux), .adc_valid(adc_valid), .adc_code(adc_code),
        .pulse_start(pulse_start), .pulse_set(pulse_set), .pulse_dev(pulse_dev),
        .pulse_amp(pulse_amp), .pulse_width(pulse_width), .pulse_col(pulse_col),
        .pulse_done(pulse_done),
        .ready(macro_ready)
    );

    ohm_trace #(.ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W)) u_trace (
        .clk(clk), .tile_id({tile_y, tile_x}),
        .trc_code_valid(trc_code_valid), .trc_code_seq(trc_code_seq),
        .trc_code_desc(trc_code_desc), .trc_code_slice(trc_code_slice),
        .trc_code_col(trc_code_col), .trc_code(trc_code), .trc_res_valid(trc_res_valid),
        .trc_res_seq(trc_res_seq), .trc_res_desc(trc_res_desc), .trc_res_out(trc_res_out),
        .trc_res_acc(trc_res_acc), .trc_res_y(trc_res_y),
        .pulse_start(pulse_start), .pulse_set(pulse_set), .pulse_dev(pulse_dev),
        .pulse_amp(pulse_amp), .pulse_width(pulse_width), .row_on(row_on[ROWS-1:0]),
        .pulse_col(pulse_col)
    );
    wire unused_lines = &{1'b0, row_on};
endmodule
`default_nettype wire
