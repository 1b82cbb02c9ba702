// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Does a register of this tile live at a word address? Combinational; read-only registers count as
// existing (a write to one is ignored), array entries beyond the configuration's sizes do not.
//
// Throughput: one address a cycle. Latency: 0. Protocol: none.
// Parameters: as docs/reference/configurations.md.
// The comparisons are made from the map (docs/reference/map.md, "Registers of a tile"); the owners
// of the registers are ohm_regs, ohm_events, ohm_ibuf, ohm_out, ohm_credit, ohm_return, ohm_window,
// ohm_pool, ohm_core (ohm_desc, ohm_link, ohm_calib), the macro and the vector unit. KIND as of
// ohm_kinds.vh.
module ohm_reg_check #(
    parameter COLS    = 128,
    parameter NSTREAM = 4,
    parameter NSLICE  = 16,
    parameter NROUTE  = 4,
    parameter NCREDIT = 8,
    parameter NRETURN = 8,
    parameter WINDOW  = 1,
    parameter MODES   = 1,
    parameter PSUM    = 1,
    parameter LINK_W  = 0,
    parameter ADC     = 0,
    parameter VMEM_WORDS = 4096,
    parameter VPROG   = 512,
    parameter VTABLES = 4,
    parameter KIND    = 0,
    parameter PROGRAM = 0,
    parameter NDESC   = 1,
    parameter TRANSPOSE = 0,
    parameter ROWS    = 128,
    parameter SIDE    = TRANSPOSE != 0 && ROWS > COLS ? ROWS : COLS
) (
    input  wire [15:0] addr,
    output wire        ok
);
`include "ohm_map.vh"
`include "ohm_kinds.vh"
`include "ohm_reg_exists.vh"
    assign ok = reg_exists(addr);
endmodule
`default_nettype wire
