// SPDX-License-Identifier: Apache-2.0
//
// Stands in for ohm_tile in the mesh bench: a traffic endpoint. Flits to send come from C, received
// flits go to C. It sends whatever C gives, legal or not. A real tile always takes; this one pauses
// when C says so.
`default_nettype none
/* verilator lint_off DECLFILENAME */   // one module, several views
/* verilator lint_off UNUSEDPARAM */    // only the real tile has use for its sizes
module ohm_tile #(
    parameter ROWS = 16, COLS = 16, CODE_W = 10, ACC_F = 0, ACC_BANKS = 2, IBUF_WORDS = 128,
        NSTREAM = 1, NSLOT = 16,
    parameter PSUM_SLOTS = 2, NSLICE = 8, NROUTE = 2, NCREDIT = 4, NRETURN = 4, WINDOW = 0,
        MODES = 0,
    parameter PIPE = 0, LINK_W = 0, PROGRAM = 0, NDESC = 1, TRANSPOSE = 0,
    parameter LINK_B = LINK_W != 0 ? LINK_W + 4 : 1, ADC = 0, MUX = 1, ADC_CYCLES = 1, ADC_BITS = 10
) (
    input  wire              clk,
    input  wire              rst,
    input  wire [3:0]        tile_x,
    input  wire [3:0]        tile_y,
    input  wire              rx_valid,
    input  wire [33:0]       rx_flit,
    output wire              rx_ready,
    output wire              tx_valid,
    output wire [33:0]       tx_flit,
    input  wire              tx_ready,
    /* verilator lint_off UNUSEDSIGNAL */   // no duration links here
    input  wire [1:0]        link_near,
    input  wire [LINK_B-1:0] link_rx,
    output wire              link_rx_ready,
    output wire [LINK_B-1:0] link_tx,
    input  wire              link_tx_ready
    /* verilator lint_on UNUSEDSIGNAL */
);
    // next flit of this endpoint: bits 33:0, bit 34 set when there is one
    import "DPI-C" context function longint unsigned noc_next(input int x, input int y);
    // the endpoint takes nothing in the next cycle
    import "DPI-C" context function int noc_stall(input int x, input int y);
    import "DPI-C" context function void noc_got(input int x, input int y,
        input longint unsigned flit);

    reg [34:0] tx_q;
    reg        stall_q;
    always @(posedge clk)
        if (rst) begin
            tx_q    <= 35'd0;
            stall_q <= 1'b0;
        end else begin
            stall_q <= 1'(noc_stall({28'd0, tile_x}, {28'd0, tile_y}));
            if (!tx_valid || tx_ready)
                tx_q <= 35'(noc_next({28'd0, tile_x}, {28'd0, tile_y}));
            if (rx_valid && rx_ready)
                noc_got({28'd0, tile_x}, {28'd0, tile_y}, {30'd0, rx_flit});
        end

    assign {tx_valid, tx_flit} = tx_q;
    assign rx_ready = !stall_q;
    assign {link_rx_ready, link_tx} = '0;
endmodule
/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on DECLFILENAME */
`default_nettype wire
