// SPDX-License-Identifier: Apache-2.0
//
// ohm_axil: the chip's AXI4-Lite slave: identity, mesh size, mesh reset, and the bridge's counters
// (docs/reference/map.md).
//
// Throughput: a write every two cycles, a read every two cycles. Latency: response one cycle after
// the address (and data).
// Protocol: AXI4-Lite, 8-bit byte addresses, 32-bit data. Address and data of a write may come in
// any order or together; each is held until the other is there. All outputs come from registers.
// Reads of unused addresses give 0, writes to them are ignored; the response is always OKAY.
// Counters count pulses (the last three add a number) and wrap.
// Parameters: MESH_W, MESH_H 1 to 16; CNT_W 9 to 32, bits of a counter; TALLY = 1: counters in a
// RAM (ohm_tally), each counts once in 18 cycles.
//
//   awvalid 1 0 0 0      arvalid 1 0
//   wvalid  0 1 0 0      rvalid  0 1
//   bvalid  0 0 0 1
//
`default_nettype none
module ohm_axil #(
    parameter MESH_W = 4,
    parameter MESH_H = 4,
    parameter CNT_W = 32,
    parameter TALLY = 0
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [7:0]  awaddr,
    input  wire        awvalid,
    output wire        awready,
    input  wire [31:0] wdata,
    input  wire [3:0]  wstrb,
    input  wire        wvalid,
    output wire        wready,
    output wire [1:0]  bresp,
    output wire        bvalid,
    input  wire        bready,
    input  wire [7:0]  araddr,
    input  wire        arvalid,
    output wire        arready,
    output wire [31:0] rdata,
    output wire [1:0]  rresp,
    output wire        rvalid,
    input  wire        rready,
    // events to count
    input  wire        in_pkt,
    input  wire        out_pkt,
    input  wire        bad_crc,
    input  wire        bad_len,
    input  wire        bad_dst,
    input  wire        out_drop,
    input  wire [8:0]  long_count,
    input  wire [8:0]  stray_count,
    input  wire [8:0]  parity_count,
    output reg         mesh_rst
);
`include "ohm_map.vh"
    localparam [31:0] MESH = (MESH_H << 8) | MESH_W;

    // ---- write ----
    reg        aw_q, w_q, b_q;      // address held, data held, response waiting
    reg [5:0]  awaddr_q;
    reg        wbit_q, wstrb_q;     // bit 0 of the word and its strobe: all that any register takes

    assign awready = !aw_q;
    assign wready  = !w_q;
    assign bvalid  = b_q;
    assign bresp   = 2'b00;

    wire write = aw_q && w_q && !b_q;

    always @(posedge clk) begin
        if (awvalid && awready)
            awaddr_q <= awaddr[7:2];
        if (wvalid && wready) begin
            wbit_q  <= wdata[0];
            wstrb_q <= wstrb[0];
        end
        if (write && wstrb_q && awaddr_q == AXIL_CTRL[7:2])
            mesh_rst <= wbit_q;
        aw_q <= (aw_q || awvalid) && !write;
        w_q  <= (w_q || wvalid) && !write;
        b_q  <= write || (b_q && !bready);
        if (rst) begin
            aw_q     <= 1'b0;
            w_q      <= 1'b0;
            b_q      <= 1'b0;
            mesh_rst <= 1'b0;
        end
    end

    // ---- read ----
    reg  r_q;
    wire read = arvalid && arready;
    assign arready = !r_q;
    assign rvalid  = r_q;
    assign rresp   = 2'b00;
    always @(posedge clk) begin
        r_q <= (r_q && !rready) || read;
        if (rst)
            r_q <= 1'b0;
    end

    // ---- counters ----
    localparam [CNT_W-1:0] ZERO = {CNT_W{1'b0}};
    generate
        if (TALLY == 0) begin : g_each
            reg [CNT_W-1:0] in_pkt_q, out_pkt_q, bad_crc_q, bad_len_q, bad_dst_q, out_drop_q,
                long_q, stray_q, parity_q;

            always @(posedge clk)
                if (rst) begin
                    in_pkt_q   <= ZERO;
                    out_pkt_q  <= ZERO;
                    bad_crc_q  <= ZERO;
                    bad_len_q  <= ZERO;
                    bad_dst_q  <= ZERO;
                    out_drop_q <= ZERO;
                    long_q     <= ZERO;
                    stray_q    <= ZERO;
                    parity_q   <= ZERO;
                end else begin
                    if (in_pkt)       in_pkt_q   <= in_pkt_q + 1'b1;
                    if (out_pkt)      out_pkt_q  <= out_pkt_q + 1'b1;
                    if (bad_crc)      bad_crc_q  <= bad_crc_q + 1'b1;
                    if (bad_len)      bad_len_q  <= bad_len_q + 1'b1;
                    if (bad_dst)      bad_dst_q  <= bad_dst_q + 1'b1;
                    if (out_drop)     out_drop_q <= out_drop_q + 1'b1;
                    if (|long_count)  long_q     <= long_q + {{CNT_W-9{1'b0}}, long_count};
                    if (|stray_count) stray_q    <= stray_q + {{CNT_W-9{1'b0}}, stray_count};
                    if (|parity_count) parity_q  <= parity_q + {{CNT_W-9{1'b0}}, parity_count};
                end

            reg [31:0] rdata_q;
            always @(posedge clk)
                if (read)
                    case ({araddr[7:2], 2'b00})
                        AXIL_ID[7:0]:       rdata_q <= AXIL_ID_VALUE;
                        AXIL_MESH[7:0]:     rdata_q <= MESH;
                        AXIL_CTRL[7:0]:     rdata_q <= {31'd0, mesh_rst};
                        AXIL_IN_PKTS[7:0]:  rdata_q <= {{32-CNT_W{1'b0}}, in_pkt_q};
                        AXIL_OUT_PKTS[7:0]: rdata_q <= {{32-CNT_W{1'b0}}, out_pkt_q};
                        AXIL_BAD_CRC[7:0]:  rdata_q <= {{32-CNT_W{1'b0}}, bad_crc_q};
                        AXIL_BAD_LEN[7:0]:  rdata_q <= {{32-CNT_W{1'b0}}, bad_len_q};
                        AXIL_BAD_DST[7:0]:  rdata_q <= {{32-CNT_W{1'b0}}, bad_dst_q};
                        AXIL_OUT_DROP[7:0]: rdata_q <= {{32-CNT_W{1'b0}}, out_drop_q};
                        AXIL_LONG[7:0]:     rdata_q <= {{32-CNT_W{1'b0}}, long_q};
                        AXIL_STRAY[7:0]:    rdata_q <= {{32-CNT_W{1'b0}}, stray_q};
                        AXIL_PARITY[7:0]:   rdata_q <= {{32-CNT_W{1'b0}}, parity_q};
                        default:            rdata_q <= 32'd0;
                    endcase
            assign rdata = rdata_q;
        end else begin : g_tally
            // in the order of `at`; those that may come several at once wait in a small number
            reg  [9:0]       long_q, stray_q, parity_q;
            reg  [31:0]      fixed_q;               // a register that is no counter
            reg              count_q;
            reg  [CNT_W-1:0] shown_q;
            reg              first_q;
            wire [8:0]       pending;
            wire [2:0]       some = {parity_q != 10'd0, stray_q != 10'd0,
                long_q != 10'd0} & ~pending[8:6];
            wire [CNT_W-1:0] count;
            reg  [3:0]       at;
            reg              hit;
            always @* begin
                hit = 1'b1;
                case ({araddr[7:2], 2'b00})
                    AXIL_IN_PKTS[7:0]:  at = 4'd0;
                    AXIL_OUT_PKTS[7:0]: at = 4'd1;
                    AXIL_BAD_CRC[7:0]:  at = 4'd2;
                    AXIL_BAD_LEN[7:0]:  at = 4'd3;
                    AXIL_BAD_DST[7:0]:  at = 4'd4;
                    AXIL_OUT_DROP[7:0]: at = 4'd5;
                    AXIL_LONG[7:0]:     at = 4'd6;
                    AXIL_STRAY[7:0]:    at = 4'd7;
                    AXIL_PARITY[7:0]:   at = 4'd8;
                    default: begin
                        at  = 4'd0;
                        hit = 1'b0;
                    end
                endcase
            end
            ohm_tally #(.N(9), .W(CNT_W)) u_tally (
                .clk(clk), .clr(rst),
                .inc({some, out_drop, bad_dst, bad_len, bad_crc, out_pkt, in_pkt}),
                .pending(pending),
                .re(read), .raddr(at), .rdata(count)
            );
            always @(posedge clk) begin
                long_q   <= rst ? 10'd0 : long_q + {1'b0, long_count} - {9'd0, some[0]};
                stray_q  <= rst ? 10'd0 : stray_q + {1'b0, stray_count} - {9'd0, some[1]};
                parity_q <= rst ? 10'd0 : parity_q + {1'b0, parity_count} - {9'd0, some[2]};
                first_q  <= read;
                if (read) count_q <= hit;
                if (first_q) shown_q <= count;
                if (read)
                    case ({araddr[7:2], 2'b00})
                        AXIL_ID[7:0]:   fixed_q <= AXIL_ID_VALUE;
                        AXIL_MESH[7:0]: fixed_q <= MESH;
                        AXIL_CTRL[7:0]: fixed_q <= {31'd0, mesh_rst};
                        default:        fixed_q <= 32'd0;
                    endcase
            end
            // the answer holds until it is taken
            assign rdata = count_q ? {{32-CNT_W{1'b0}}, first_q ? count : shown_q} : fixed_q;
            wire unused_tally = &{1'b0, pending, ZERO};
        end
    endgenerate

    wire unused = &{1'b0, awaddr[1:0], araddr[1:0], wdata, wstrb};

`ifdef FORMAL
    // Responses: one per request, held until taken; nothing taken twice.
    reg       f_past = 1'b0;
    reg [1:0] f_aw, f_w, f_r;       // requests taken and not yet answered

    always @(posedge clk) begin
        f_past <= 1'b1;
        f_aw <= rst ? 2'd0 : f_aw + {1'b0, awvalid && awready} - {1'b0, bvalid && bready};
        f_w  <= rst ? 2'd0 : f_w + {1'b0, wvalid && wready} - {1'b0, bvalid && bready};
        f_r  <= rst ? 2'd0 : f_r + {1'b0, arvalid && arready} - {1'b0, rvalid && rready};
        if (f_past && $past(f_past) && !$past(rst)) begin
            if ($past(bvalid && !bready))
                assert (bvalid);
            if ($past(rvalid && !rready))
                assert (rvalid && $stable(rdata));
            if ($past(mesh_rst) && !mesh_rst)
                assert ($past(awaddr_q == AXIL_CTRL[7:2] && write));
        end
        cover (f_past && bvalid && bready && mesh_rst && aw_q);
    end

    always @*
        if (!f_past)
            assume (rst);
        else begin
            assert (f_aw == {1'b0, aw_q} + {1'b0, b_q});
            assert (f_w == {1'b0, w_q} + {1'b0, b_q});
            assert (f_r == {1'b0, r_q});
            assert (!bvalid || (f_aw != 0 && f_w != 0));    // never before both
        end
`endif
endmodule
`default_nettype wire
