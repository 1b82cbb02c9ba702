rtl/fpga/ohm_fpga.v
rtl/fpga/ohm_uart_bridge.v
rtl/fpga/ohm_uart_rx.v
rtl/fpga/ohm_uart_tx.v
rtl/fpga/ohm_board_hx8k.v
rtl/fpga/ohm_board_up5k.v
rtl/fpga/ohm_board_ulx3s.v
rtl/fpga/ohm_board_ulx3s_tiny.v
