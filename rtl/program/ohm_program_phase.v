// SPDX-License-Identifier: Apache-2.0
// The fields of the phase that the programming engine is in, taken from its registers as they pass
// by: PHASE_READ at place 0, PHASE_RAMP at 1, PHASE_LSB at 2.
//
//   valid   _/~~\______
//   fields  -----<new>-     margin is 2^K * MARGIN K cycles later
//
// Throughput: a register a cycle. Latency: 1.
`default_nettype none

module ohm_program_phase #(
    parameter CODE_W = 10
) (
    input  wire              clk,
    input  wire              clear,         // LSB 0: the macro takes MACRO_LSB
    input  wire              valid,
    input  wire [2:0]        place,
    input  wire [31:0]       word,
    output reg  [3:0]        w,
    output reg  [2:0]        k,
    output reg               set_first,     // FIRST: the polarity of the first round
    output reg  [15:0]       margin,
    output reg  [7:0]        limit,
    output reg  [CODE_W-1:0] start,
    output reg  [CODE_W-1:0] stop,
    output reg  [24:0]       lsb
);
    `include "ohm_map.vh"
    `include "ohm_program.vh"

    reg [2:0] shift_q;                      // of the margin, still to be done
    always @(posedge clk) begin
        if (shift_q != 3'd0) begin
            margin <= {margin[14:0], 1'b0};
            shift_q <= shift_q - 3'd1;
        end
        if (valid) case (place)
            PLACE_READ: begin
                w <= word[PHASE_READ_W_LSB +: PHASE_READ_W_W];
                k <= word[PHASE_READ_K_LSB +: PHASE_READ_K_W];
                shift_q <= word[PHASE_READ_K_LSB +: PHASE_READ_K_W];
                set_first <= word[PHASE_READ_FIRST_LSB];
                margin <= {4'd0, word[PHASE_READ_MARGIN_LSB +: PHASE_READ_MARGIN_W]};
                limit <= word[PHASE_READ_LIMIT_LSB +: PHASE_READ_LIMIT_W];
            end
            PLACE_RAMP: begin
                start <= word[PHASE_RAMP_START_LSB +: CODE_W];
                stop <= word[PHASE_RAMP_STOP_LSB +: CODE_W];
            end
            default: ;
        endcase
        if (clear) lsb <= 25'd0;
        else if (valid && place == PLACE_LSB) lsb <= word[24:0];
    end
    wire unused = &{1'b0, word};
endmodule

`default_nettype wire
