// SPDX-License-Identifier: Apache-2.0
//
// ohm_fpga: the chip with a serial line to the host, a button and four lamps: what every board top
// instantiates.
//
// Throughput: the line's. The chip is the one of configuration board unless the parameters say
// otherwise.
// Protocol: ohm_uart_bridge (docs/start/boards.md). button = 1 resets all; so do the first 63
// cycles after power-up. lamp: 0 heartbeat, 1 packets come in, 2 packets go out, 3 stays lit once a
// frame was lost or broken.
// Parameters: DIV clock cycles per bit; HEART bits of the heartbeat's counter; the others are
// ohm_chip's.
//
//   rx ─► ohm_uart_bridge ─► ohm_chip (MESH_W x MESH_H tiles, emulated macros)
//   tx ◄─        │         ◄─
//
`default_nettype none
module ohm_fpga #(
    parameter DIV = 12,
    parameter HEART = 24,
    parameter ROWS = 16,
    parameter COLS = 16,
    parameter CODE_W = 10,
    parameter ACC_F = 0,
    parameter ACC_BANKS = 2,
    parameter IBUF_WORDS = 128,
    parameter NSTREAM = 1,
    parameter NSLOT   = 2,
    parameter PSUM_SLOTS = 0,
    parameter NSLICE = 8,
    parameter NROUTE = 1,
    parameter NCREDIT = 1,
    parameter NRETURN = 1,
    parameter WINDOW = 0,
    parameter MODES = 0,
    parameter FIFO_DEPTH = 2,
    parameter PIPE = 0,
    parameter MESH_W = 1,
    parameter MESH_H = 1,
    parameter LEAN = 1,
    parameter PROGRAM = 0
) (
    input  wire       clk,
    input  wire       rx,
    output wire       tx,
    input  wire       button,
    output wire [3:0] lamp
);
    // Registers of an FPGA start at 0; the button is not of this clock.
    reg [5:0] up_q;
    reg [1:0] button_q;
    reg       rst;
    initial {up_q, button_q, rst} = {6'd0, 2'b00, 1'b1};
    always @(posedge clk) begin
        button_q <= {button_q[0], button};
        if (button_q[1]) up_q <= 6'd0;
        else if (!(&up_q)) up_q <= up_q + 6'd1;
        rst <= !(&up_q);
    end

    wire [31:0] s_tdata, m_tdata, axil_rdata;
    wire        s_tvalid, s_tready, s_tlast, s_tuser, m_tvalid, m_tready, m_tlast;
    wire [7:0]  axil_addr;
    wire        axil_write, axil_awready, axil_data, axil_wready, axil_wbit, axil_read,
        axil_arready, axil_rvalid, axil_rready;
    wire        spoilt;

    ohm_uart_bridge #(.DIV(DIV)) u_uart (
        .clk(clk), .rst(rst), .rx(rx), .tx(tx),
        .s_axis_tdata(s_tdata), .s_axis_tvalid(s_tvalid), .s_axis_tready(s_tready),
        .s_axis_tlast(s_tlast),
        .s_axis_tuser(s_tuser),
        .m_axis_tdata(m_tdata), .m_axis_tvalid(m_tvalid), .m_axis_tready(m_tready),
        .m_axis_tlast(m_tlast),
        .axil_addr(axil_addr), .axil_write(axil_write), .axil_awready(axil_awready),
        .axil_data(axil_data), .axil_wready(axil_wready), .axil_wbit(axil_wbit),
        .axil_read(axil_read), .axil_arready(axil_arready), .axil_rvalid(axil_rvalid),
        .axil_rready(axil_rready),
        .axil_rdata(axil_rdata), .spoilt(spoilt)
    );

    wire [1:0] bresp, rresp;    // always OKAY
    wire       bvalid;
    ohm_chip #(
        .ROWS(ROWS), .COLS(COLS), .CODE_W(CODE_W), .ACC_F(ACC_F), .ACC_BANKS(ACC_BANKS),
        .IBUF_WORDS(IBUF_WORDS),
        .NSTREAM(NSTREAM), .NSLOT(NSLOT), .PSUM_SLOTS(PSUM_SLOTS), .NSLICE(NSLICE), .NROUTE(NROUTE),
        .NCREDIT(NCREDIT),
        .NRETURN(NRETURN), .WINDOW(WINDOW), .MODES(MODES), .FIFO_DEPTH(FIFO_DEPTH), .PIPE(PIPE),
        .MESH_W(MESH_W), .MESH_H(MESH_H), .LEAN(LEAN), .PROGRAM(PROGRAM)
    ) u_chip (
        .clk(clk), .rst(rst),
        .s_axis_tdata(s_tdata), .s_axis_tvalid(s_tvalid), .s_axis_tready(s_tready),
        .s_axis_tlast(s_tlast),
        .s_axis_tuser(s_tuser),
        .m_axis_tdata(m_tdata), .m_axis_tvalid(m_tvalid), .m_axis_tready(m_tready),
        .m_axis_tlast(m_tlast),
        .s_axil_awaddr(axil_addr), .s_axil_awvalid(axil_write), .s_axil_awready(axil_awready),
        .s_axil_wdata({31'd0, axil_wbit}), .s_axil_wstrb(4'b1111), .s_axil_wvalid(axil_data),
        .s_axil_wready(axil_wready),
        .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(1'b1),
        .s_axil_araddr(axil_addr), .s_axil_arvalid(axil_read), .s_axil_arready(axil_arready),
        .s_axil_rdata(axil_rdata), .s_axil_rresp(rresp), .s_axil_rvalid(axil_rvalid),
        .s_axil_rready(axil_rready)
    );

    reg [HEART-1:0] heart_q;
    reg             in_q, out_q, spoilt_q;
    always @(posedge clk) begin
        heart_q <= heart_q + 1'b1;
        if (s_tvalid && s_tready && s_tlast) in_q <= !in_q;
        if (m_tvalid && m_tready && m_tlast) out_q <= !out_q;
        if (spoilt) spoilt_q <= 1'b1;
        if (rst) begin
            heart_q  <= {HEART{1'b0}};
            in_q     <= 1'b0;
            out_q    <= 1'b0;
            spoilt_q <= 1'b0;
        end
    end
    assign lamp = {spoilt_q, out_q, in_q, heart_q[HEART-1]};

    wire unused = &{1'b0, bresp, rresp, bvalid};
endmodule
`default_nettype wire
