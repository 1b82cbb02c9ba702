// SPDX-License-Identifier: Apache-2.0
// What the parts of the programming engine (rtl/program) agree on.
/* verilator lint_off UNUSEDPARAM */     // each part uses some

// What a pass over the columns does (ohm_program_verdict).
localparam [2:0] KIND_ADD   = 3'd0;     // a code is added
localparam [2:0] KIND_JUDGE = 3'd1;     // and the column is judged
localparam [2:0] KIND_FINAL = 3'd2;     // or kept for the report
localparam [2:0] KIND_PICK  = 3'd3;     // every column that is not left alone
localparam [2:0] KIND_SHOW  = 3'd4;     // for the report
localparam [2:0] KIND_SUMS  = 3'd5;     // sums alone

// Places of registers (ohm_program_regs), those of phase 1 eight further.
localparam [2:0] PLACE_READ    = 3'd0;
localparam [2:0] PLACE_RAMP    = 3'd1;
localparam [2:0] PLACE_LSB     = 3'd2;
localparam [2:0] PLACE_SET     = 3'd3;
localparam [2:0] PLACE_RESET   = 3'd4;
localparam [2:0] PLACE_PROGRAM = 3'd5;
localparam [2:0] PLACE_ROWS    = 3'd6;
localparam [2:0] PLACE_ERASE   = 3'd7;

// Entries of the counts (ohm_program_tally); 0 to 7 are the bins of the histogram.
localparam [3:0] COUNT_ROW    = 4'd8;
localparam [3:0] COUNT_FAIL   = 4'd9;
localparam [3:0] COUNT_PULSE  = 4'd10;
localparam [3:0] COUNT_CELL   = 4'd11;
localparam [3:0] COUNT_READ   = 4'd12;
localparam [3:0] COUNT_DEVICE = 4'd13;
/* verilator lint_on UNUSEDPARAM */
