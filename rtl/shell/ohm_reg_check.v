// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Does a register of this tile live at a word address? Combinational; read-only registers count as existing
// (a write to one is ignored), array entries beyond the configuration's sizes do not.
//
// Throughput: one address a cycle. Latency: 0. Protocol: none. Parameters: as docs/reference/configurations.md.
// The list mirrors docs/reference/map.md, "Registers of a tile"; the owners of the registers are ohm_regs, ohm_events, ohm_ibuf,
// ohm_out, ohm_credit, ohm_return, ohm_window, ohm_core (ohm_link, ohm_calib) and the macro.
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
    parameter ADC     = 0
) (
    input  wire [15:0] addr,
    output wire        ok
);
`include "ohm_map.vh"
    localparam integer N_SUM    = COLS * REG_CALIB_SUM_STRIDE;
    localparam integer N_SLICE  = NSLICE * REG_SLICE_STRIDE;
    localparam integer N_STREAM = NSTREAM * REG_STREAM_STRIDE;
    localparam integer N_ROUTE  = NROUTE * REG_ROUTE_STRIDE;

    localparam integer N_WINDOW = REG_WINDOW_COUNT * REG_WINDOW_STRIDE;

    // every group starts at a multiple of its size rounded up to a power of two
    function hit;
        input [15:0] a, base, count;
        reg [15:0] span;
        begin
            span = count - 16'd1;
            span = span | span >> 1;
            span = span | span >> 2;
            span = span | span >> 4;
            hit = (a & ~span) == base && (a & span) < count;
        end
    endfunction

    assign ok = hit(addr, REG_ID, 16'd6)
             || hit(addr, REG_CNT_VMM, 16'd6)
             || hit(addr, REG_CNT_EVENT, REG_CNT_EVENT_COUNT[15:0])
             || hit(addr, REG_DESC, 16'd2)
             || hit(addr, REG_SLICE, N_SLICE[15:0])
             || hit(addr, REG_STREAM, N_STREAM[15:0])
             || hit(addr, REG_ROUTE, N_ROUTE[15:0])
             || hit(addr, REG_CREDIT, NCREDIT[15:0])
             || hit(addr, REG_RETURN, NRETURN[15:0])
             || (WINDOW != 0 && hit(addr, REG_WINDOW, N_WINDOW[15:0]) && addr[2:0] <= 3'd4)
             || (WINDOW != 0 && hit(addr, REG_BLOCK_MAP, 16'd8))
             || (MODES != 0 && hit(addr, REG_SLICE_EXT, NSLICE[15:0]))
             || (MODES != 0 && hit(addr, REG_TABLE, REG_TABLE_COUNT[15:0]))
             || (MODES != 0 && ADC == 0 && hit(addr, REG_RAMP_TAB, REG_RAMP_TAB_COUNT[15:0]))
             || (MODES != 0 && hit(addr, REG_TRIM, COLS[15:0]))
             || (MODES != 0 && hit(addr, REG_REFCOEF, COLS[15:0]))
             || (MODES != 0 && PSUM != 0 && (hit(addr, REG_CALIB_SEED, 16'd2) || hit(addr, REG_CALIB_SUM, N_SUM[15:0])))
             || (LINK_W != 0 && hit(addr, REG_LINK, 16'd2))
             || hit(addr, REG_MACRO_LSB, 16'd2)
             || hit(addr, REG_COLMAP, COLS[15:0])
             || hit(addr, REG_BIAS, COLS[15:0])
             || hit(addr, REG_SCALE, COLS[15:0]);
endmodule
`default_nettype wire
