// SPDX-License-Identifier: Apache-2.0
//
// ohm_macro, behavioral view: hands the pins' edges to the C model (behav/macro) by DPI and brings
// the comparators back.
//
// C is called only where something happens: int_reset, changes of the row lines, sample, the ramp
// steps at which a comparator changes, MACRO_* writes, programming. Throughput and latency are
// those of the ports (docs/reference/borders.md): cmp answers one cycle after the ramp step; ready
// stays 1. Tick t is the t-th cycle of int_en since int_reset.
// Parameters: ROWS, COLS 1 to 256, CODE_W up to 12.
//
//   int_reset  1
//   int_en        1 ... 1
//   sample                 1
//   ramp_en                    1  1  1
//   cmp                           a  b  c
//
// Converters whose pins are counts bring them in each tick and the rest when adc_start comes; those
// that answer codes do it ADC_CYCLES cycles behind it. The first cycle has rst high. Illegal pin
// use prints FAIL with the reason, calls $finish and is left in the DPI context. With waves on,
// g_col[c].held_v (held column) and ramp_v are reals in LSB of the held sample: a column trips
// where the ramp passes it.
//
`default_nettype none
/* verilator lint_off DECLFILENAME */ // one module, several views
module ohm_macro #(
    parameter ROWS = 128,
    parameter COLS = 128,
    parameter CODE_W = 10,
    parameter SERIAL = 0,       // 0: the emulation view alone knows small tiles
    parameter PROGRAM = 0,
    parameter NDESC = 1,
    parameter TRANSPOSE = 0,
    parameter SIDE = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS,
    parameter LINES = TRANSPOSE != 0 && COLS > ROWS ? COLS : ROWS,
    parameter ADC = 0,
    parameter MUX = 1,
    parameter ADC_CYCLES = 1,
    parameter ADC_B = ADC == 0 ? 1 : (CODE_W + 1) * (ADC == 1 ? COLS : COLS / MUX)
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [7:0]        macro_id,
    input  wire              cfg_we,
    input  wire [15:0]       cfg_addr,
    input  wire [31:0]       cfg_wdata,
    input  wire              prog_valid,
    input  wire [3:0]        prog_dev,
    input  wire [7:0]        prog_row,
    input  wire [7:0]        prog_col,
    input  wire [31:0]       prog_data,
    input  wire [LINES-1:0]  row_on,
    input  wire [LINES-1:0]  row_neg,
    input  wire              transpose,
    input  wire [2:0]        cell_sel,
    input  wire              int_reset,
    input  wire              int_en,
    input  wire              sample,
    input  wire [31:0]       op_seq,
    input  wire [3:0]        op_desc,
    input  wire [3:0]        op_slice,
    input  wire [3:0]        ramp_rs,
    input  wire [24:0]       ramp_lsb,
    input  wire              ramp_en,
    input  wire [CODE_W-1:0] ramp_step,
    output wire [SIDE-1:0]   cmp,
    input  wire              adc_start,
    input  wire [7:0]        adc_mux,
    output wire              adc_valid,
    output wire [ADC_B-1:0]  adc_code,
    input  wire              pulse_start,
    input  wire              pulse_set,
    input  wire [2:0]        pulse_dev,
    input  wire [7:0]        pulse_amp,
    input  wire [3:0]        pulse_width,
    input  wire [COLS-1:0]   pulse_col,
    output wire              pulse_done,
    output wire              ready
);
    `include "ohm_map.vh"

    // Vectors are 256 bits on the C side, whatever the size of the macro.
    import "DPI-C" function chandle ohm_dpi_reset(input int macro_id);
    import "DPI-C" function int ohm_dpi_missing();
    import "DPI-C" function int ohm_dpi_waves();
    import "DPI-C" function string ohm_dpi_fault();
    import "DPI-C" function void ohm_dpi_cfg(input chandle macro, input int addr, input int data);
    import "DPI-C" function int ohm_dpi_prog(input chandle macro, input int dev, input int row,
        input int col,
                                             input int two_codes);
    import "DPI-C" function int ohm_dpi_begin(input chandle macro, input int seq, input int desc,
        input int slice, input int back, input int cell_sel, input int lsb);
    import "DPI-C" function int ohm_dpi_pulse(input chandle macro, input int up, input int dev,
        input int amp, input int width, input bit [255:0] rows, input bit [255:0] cols);
    import "DPI-C" function int ohm_dpi_rows(input chandle macro, input int tick,
        input bit [255:0] row_on,
                                             input bit [255:0] row_neg);
    import "DPI-C" function int ohm_dpi_sample(input chandle macro, input int ramp_rs,
        input int lsb, input int ticks);
    import "DPI-C" function int ohm_dpi_cmp(input chandle macro, input int step,
        output bit [255:0] cmp,
                                            output int change);
    import "DPI-C" function int ohm_dpi_count(input chandle macro, input int ramp_rs,
        input int limit,
                                              output bit [4095:0] count);
    import "DPI-C" function int ohm_dpi_convert(input chandle macro, input int limit,
        output bit [4095:0] code);
    import "DPI-C" function int ohm_dpi_misuse(input chandle macro, input string what);
    import "DPI-C" function real ohm_dpi_hold(input chandle macro, input int col);

    localparam [3:0] PINS = ADC_PINS[4*ADC +: 4];
    localparam RAMP = PINS == ADC_PINS_COMPARATORS;
    localparam COUNTS = PINS == ADC_PINS_COUNTS;
    localparam W = RAMP ? 1 : CODE_W + 1;
    localparam EACH = PINS == ADC_PINS_CODES ? MUX : 1;     // columns to a converter
    localparam NUMBERS = RAMP ? 1 : COLS / EACH;
    localparam [31:0] LIMIT = 32'd1 << (CODE_W - 1);

    localparam signed [31:0] STEP_MIN = 32'sh8000_0000;

    chandle            model_q;       // the C model, found during reset
    reg [LINES-1:0]    row_on_q;      // row lines as C knows them
    reg [LINES-1:0]    row_neg_q;
    reg                transpose_q;
    reg [2:0]          cell_sel_q;
    reg signed [31:0]  tick_q;        // cycles of int_en since int_reset
    // right for steps from answer_q up to, not including, change_q
    reg [SIDE-1:0]     cmp_q;
    reg signed [31:0]  answer_q;
    reg signed [31:0]  change_q;
    reg [NUMBERS*W-1:0]    code_q;    // counts, codes
    reg [ADC_CYCLES-1:0]   due_q;     // answers on their way
    reg [4:0]          left_q;        // cycles of the pulse under way after this one, 0: none
    reg [COLS-1:0]     pulse_col_q;
    bit                waves_q;
    reg                shown_q;       // a fresh sample waits to be shown
    /* verilator lint_off UNUSEDSIGNAL */ // for waves only
    real               ramp_v;
    /* verilator lint_on UNUSEDSIGNAL */

    initial if (SERIAL != 0) begin
        $display("FAIL  %m: SERIAL = %0d, expected 0", SERIAL);
        $finish;
    end

    wire signed [31:0] step = 32'($signed(ramp_step));

    wire unused = &{1'b0, adc_start, adc_mux, due_q};
    assign adc_valid = !RAMP && due_q[ADC_CYCLES-1];
    assign adc_code = code_q[ADC_B-1:0];
    assign cmp = cmp_q;
    assign ready = 1'b1;
    assign pulse_done = left_q == 5'd1;
    initial if (NDESC < 1 || NDESC > 4) begin
        $display("FAIL  %m: NDESC = %0d, expected 1 to 4", NDESC);
        $finish;
    end
    initial if (PROGRAM != 0 && PROGRAM != 1) begin
        $display("FAIL  %m: PROGRAM = %0d, expected 0 or 1", PROGRAM);
        $finish;
    end

    always @(posedge clk) begin : pins
        int fault, change;
        /* verilator lint_off UNUSEDSIGNAL */ // a macro with fewer columns leaves the upper bits
        bit [255:0] answer;
        bit [4095:0] numbers; // 16 bits a column
        /* verilator lint_on UNUSEDSIGNAL */

        fault = 0;
        shown_q <= sample && waves_q;
        if (!RAMP) due_q <= ADC_CYCLES'({due_q, 1'b0}
            | (ADC_CYCLES + 1)'(!rst && (adc_start || (COUNTS && int_en))));
        if (rst) begin
            model_q <= ohm_dpi_reset(32'(macro_id));
            waves_q <= ohm_dpi_waves() != 0;
            cmp_q <= {SIDE{1'b0}};
            answer_q <= STEP_MIN;
            change_q <= STEP_MIN;
            tick_q <= 0;
            left_q <= 5'd0;
        end else if (model_q == null) begin
            fault = ohm_dpi_missing();
        end else begin
            // The ramp comes before the sample: in its cycle the comparators still see the held
            // value before.
            if (RAMP && ramp_en && (step >= change_q || step < answer_q)) begin
                fault |= ohm_dpi_cmp(model_q, step, answer, change);
                cmp_q <= answer[SIDE-1:0];
                answer_q <= step;
                change_q <= change;
            end

            if (!RAMP && adc_start) begin
                fault |= ohm_dpi_convert(model_q, LIMIT, numbers);
                for (int i = 0; i < NUMBERS; i++) code_q[i*W +: W] <=
                    numbers[(i*EACH + (EACH > 1 ? 32'(adc_mux) : 0))*16 +: W];
            end

            if (int_reset) begin
                fault |= ohm_dpi_begin(model_q, op_seq, 32'(op_desc), 32'(op_slice), 32'(transpose),
                    32'(cell_sel), 32'(ramp_lsb));
                cell_sel_q <= cell_sel;
                transpose_q <= transpose;
                tick_q <= 0;
            end
            if (int_en) begin
                if (tick_q == 0 || row_on != row_on_q || row_neg != row_neg_q) begin
                    fault |= ohm_dpi_rows(model_q, tick_q, 256'(row_on), 256'(row_neg));
                    row_on_q <= row_on;
                    row_neg_q <= row_neg;
                end
                if (COUNTS) begin
                    fault |= ohm_dpi_count(model_q, 32'(ramp_rs), LIMIT, numbers);
                    for (int i = 0; i < NUMBERS; i++) code_q[i*W +: W] <= numbers[i*16 +: W];
                end
                tick_q <= tick_q + 1;
                if (int_reset || sample)
                    fault |= ohm_dpi_misuse(model_q, "int_en in the cycle of int_reset or sample");
                if (cell_sel != cell_sel_q)
                    fault |= ohm_dpi_misuse(model_q, "cell_sel changes during integration");
                if (transpose != transpose_q)
                    fault |= ohm_dpi_misuse(model_q, "transpose changes during integration");
            end else if (row_on != {LINES{1'b0}} && !pulse_start && left_q == 5'd0) begin
                fault |= ohm_dpi_misuse(model_q, "row_on outside int_en");
            end
            if (pulse_start) begin
                fault |= ohm_dpi_pulse(model_q, 32'(pulse_set), 32'(pulse_dev), 32'(pulse_amp),
                    32'(pulse_width), 256'(row_on), 256'(pulse_col));
                row_on_q <= row_on;
                pulse_col_q <= pulse_col;
                if (left_q != 5'd0)
                    fault |= ohm_dpi_misuse(model_q, "pulse_start before pulse_done");
                if (int_reset || int_en)
                    fault |= ohm_dpi_misuse(model_q, "a pulse begins during a read");
                if (row_neg != {LINES{1'b0}})
                    fault |= ohm_dpi_misuse(model_q, "row_neg at pulse_start");
            end else if (left_q != 5'd0) begin
                if (row_on != row_on_q || pulse_col != pulse_col_q)
                    fault |= ohm_dpi_misuse(model_q, "rows or columns change during a pulse");
                if (int_reset || int_en)
                    fault |= ohm_dpi_misuse(model_q, "a read begins during a pulse");
            end
            left_q <= pulse_start ? 5'(pulse_width) + 5'd1 : left_q == 5'd0 ? 5'd0 : left_q - 5'd1;
            if (sample) begin
                fault |= ohm_dpi_sample(model_q, 32'(ramp_rs), 32'(ramp_lsb), tick_q);
                change_q <= STEP_MIN; // ask at the next ramp step
                if (cell_sel != cell_sel_q)
                    fault |= ohm_dpi_misuse(model_q, "cell_sel changes before sample");
            end

            if (cfg_we && (cfg_addr == REG_MACRO_LSB || cfg_addr == REG_MACRO_TIME))
                ohm_dpi_cfg(model_q, 32'(cfg_addr), cfg_wdata);
            if (prog_valid)
                fault |= ohm_dpi_prog(model_q, 32'(prog_dev), 32'(prog_row), 32'(prog_col),
                    prog_data);
        end

        if (fault != 0) begin
            $display("FAIL %m: %s", ohm_dpi_fault());
            $finish;
        end
    end

    // Analog traces, moved at a sample and at ramp steps, only with waves on.
    always @(posedge clk)
        if (ramp_en && waves_q)
            ramp_v <= $itor(step) + 0.5;

    genvar c;
    generate
        for (c = 0; c < SIDE; c = c + 1) begin : g_col
            /* verilator lint_off UNUSEDSIGNAL */ // for waves only
            real held_v;
            /* verilator lint_on UNUSEDSIGNAL */
            always @(posedge shown_q) // its own event: one test a cycle instead of COLS
                held_v <= ohm_dpi_hold(model_q, c);
        end
    endgenerate
endmodule
`default_nettype wire
