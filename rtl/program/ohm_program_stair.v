// SPDX-License-Identifier: Apache-2.0
// The staircase of pulses (docs/reference/programming.md, section 3): amplitude from AMP0 in steps
// of AMP_STEP, at most AMP_MAX, and from there on the width, at most WIDTH_MAX.
//
//   load       _/~~\_______________      word: a PHASE_SET or PHASE_RESET, or PROGRAM_ERASE
//   climb      __________/~~\______      once after each pulse
//   amp, width -----< first >< next >    ended: the last pulse was the largest
//
// Throughput: a step a cycle. Latency: 1. Protocol: amp and width stand while a pulse is under way.
// AMP0 above AMP_MAX or WIDTH0 above WIDTH_MAX is refused at enable (ohm_program_check).
`default_nettype none

module ohm_program_stair (
    input  wire        clk,
    input  wire        load,
    input  wire        erase,
    input  wire [31:0] word,
    input  wire        climb,
    output wire [7:0]  amp,
    output wire [3:0]  width,
    output wire        ended
);
    `include "ohm_map.vh"

    reg [7:0] amp_q, step_q, amp_max_q;
    reg [3:0] width_q, width_max_q;
    reg       ended_q;
    wire [8:0] sum = {1'b0, amp_q} + {1'b0, step_q};

    always @(posedge clk)
        if (load) begin
            amp_q <= word[PHASE_SET_AMP0_LSB +: PHASE_SET_AMP0_W];
            step_q <= word[PHASE_SET_AMP_STEP_LSB +: PHASE_SET_AMP_STEP_W];
            amp_max_q <= word[PHASE_SET_AMP_MAX_LSB +: PHASE_SET_AMP_MAX_W];
            width_q <= erase ? word[PROGRAM_ERASE_WIDTH_LSB +: PROGRAM_ERASE_WIDTH_W]
                             : word[PHASE_SET_WIDTH0_LSB +: PHASE_SET_WIDTH0_W];
            width_max_q <= word[PHASE_SET_WIDTH_MAX_LSB +: PHASE_SET_WIDTH_MAX_W];
            ended_q <= 1'b0;
        end else if (climb) begin
            if (amp_q != amp_max_q) amp_q <= sum > {1'b0, amp_max_q} ? amp_max_q : sum[7:0];
            else if (width_q != width_max_q) width_q <= width_q + 4'd1;
            else ended_q <= 1'b1;
        end
    assign amp = amp_q;
    assign width = width_q;
    assign ended = ended_q;

`ifdef FORMAL
    // No pulse of a staircase is above its largest; it ends with that one, and then stands there.
    // Each step of an unended staircase is above the one before, so it ends after AMP_MAX - AMP0 +
    // WIDTH_MAX - WIDTH0 + 1 pulses at the latest.
    reg        f_past = 1'b0, f_on = 1'b0;
    reg [31:0] f_word;
    wire [7:0] f_amp0 = f_word[7:0], f_amp_max = f_word[23:16];
    wire [3:0] f_width0 = f_word[27:24], f_width_max = f_word[31:28];
    reg [8:0]  f_pulses;                // climbs since load
    wire [8:0] f_most = {1'b0, f_amp_max - f_amp0} + {5'd0, f_width_max - f_width0};
    always @(posedge clk) begin
        f_past <= 1'b1;
        if (load) begin
            f_on <= !erase;
            f_word <= word;
            f_pulses <= 9'd0;
        end else if (climb && !ended) f_pulses <= f_pulses + 9'd1;
    end
    always @* if (load && !erase) begin
        assume (word[7:0] <= word[23:16] && word[27:24] <= word[31:28]);
        assume (word[15:8] != 8'd0 || word[7:0] == word[23:16]);
    end
    always @* if (f_on) begin
        assert (f_word[7:0] <= f_amp_max && f_width0 <= f_width_max);
        assert (f_word[15:8] != 8'd0 || f_amp0 == f_amp_max);
        assert (step_q == f_word[15:8] && amp_max_q == f_amp_max && width_max_q == f_width_max);
        assert (amp >= f_amp0 && amp <= f_amp_max);
        assert (width >= f_width0 && width <= f_width_max);
        assert (width == f_width0 || amp == f_amp_max);
        assert (!ended || (amp == f_amp_max && width == f_width_max));
        assert (f_pulses <= {1'b0, amp - f_amp0} + {5'd0, width - f_width0} + {8'd0, ended});
        assert (f_pulses <= f_most + 9'd1);
    end
    always @(posedge clk) begin
        if (f_past && f_on && $past(f_on && climb && !load) && !$past(ended))
            assert (amp > $past(amp) || width > $past(width) || ended);
        cover (f_on && ended && f_pulses == 9'd4);
    end
`endif
endmodule

`default_nettype wire
