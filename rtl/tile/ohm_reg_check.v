// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Does a register of this tile live at a word address? Combinational; read-only registers count as existing
// (a write to one is ignored), array entries beyond the configuration's sizes do not.
//
// Throughput: one address a cycle. Latency: 0. Protocol: none. Parameters: as docs/configurations.md.
// The list mirrors docs/map.md, "Registers of a tile"; the owners of the registers are ohm_regs, ohm_events, ohm_ibuf,
// ohm_out, ohm_credit, ohm_return, ohm_core and the macro.
module ohm_reg_check #(
    parameter COLS    = 128,
    parameter NSTREAM = 4,
    parameter NSLICE  = 16,
    parameter NROUTE  = 4,
    parameter NCREDIT = 8,
    parameter NRETURN = 8
) (
    input  wire [15:0] addr,
    output wire        ok
);
`include "ohm_map.vh"
    // the difference wraps to a large number below the base
    function has_reg;
        input [15:0] a, base;
        input integer count;
        has_reg = a - base < count[15:0];
    endfunction

    assign ok = has_reg(addr, REG_ID, 6)
             || has_reg(addr, REG_CNT_VMM, 6)
             || has_reg(addr, REG_CNT_EVENT, REG_CNT_EVENT_COUNT)
             || has_reg(addr, REG_DESC, 2)
             || has_reg(addr, REG_SLICE, NSLICE * REG_SLICE_STRIDE)
             || has_reg(addr, REG_STREAM, NSTREAM * REG_STREAM_STRIDE)
             || has_reg(addr, REG_ROUTE, NROUTE * REG_ROUTE_STRIDE)
             || has_reg(addr, REG_CREDIT, NCREDIT)
             || has_reg(addr, REG_RETURN, NRETURN)
             || has_reg(addr, REG_MACRO_LSB, 2)
             || has_reg(addr, REG_COLMAP, COLS)
             || has_reg(addr, REG_BIAS, COLS)
             || has_reg(addr, REG_SCALE, COLS);
endmodule
`default_nettype wire
